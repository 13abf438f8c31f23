/** The way of one request through a world: journal, barrier, rules, back end, rules again, answer. */
#ifndef MOCK_PROTOCOL_SERVE_H
#define MOCK_PROTOCOL_SERVE_H

#include "http/http.h"

/** Handles the request to its end, on its own thread; takes and releases the world's lock. A large body is the journal's then. */
void serve_request(struct mock_world *world, struct http_request *request, struct http_peer *peer);
/** Before the body is read (`body_unread` is set meanwhile): true when a rule has ended the request here. */
bool serve_head(struct mock_world *world, struct http_request *request, struct http_peer *peer);

#endif
