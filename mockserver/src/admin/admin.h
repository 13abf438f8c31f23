/** What a person or a tool may ask the server beside every world: GET /mock/…, JSON answers (ADMIN.md). */
#ifndef MOCK_ADMIN_ADMIN_H
#define MOCK_ADMIN_ADMIN_H

#include "http/http.h"

enum { ADMIN_VERSION = 1 };

/** False when `uri` is none of ours: nothing was sent. May wait (long poll), with no lock held. */
bool admin_serve(struct mock_server *server, const char *uri, const struct http_request *request, struct http_peer *peer);

#endif
