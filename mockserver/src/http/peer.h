/** The other end of a connection, beside what http.h tells everybody: for the server alone. */
#ifndef MOCK_HTTP_PEER_H
#define MOCK_HTTP_PEER_H

#include "http/http.h"

struct http_peer peer_of(struct mg_connection *connection);
/** It waits for a word before it sends its body. */
void peer_continue(struct http_peer *peer);
/** It sends no more. */
bool peer_stopped(const struct http_peer *peer);
/** Bytes that came on the connection so far. */
size_t peer_received(const struct http_peer *peer);

#endif
