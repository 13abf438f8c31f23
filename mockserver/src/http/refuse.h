/**
 * What is no request of any world: it is answered with the reason, its connection ends, and it stands as an event in
 * the journal of every world, since nobody knows whom it was meant for.
 */
#ifndef MOCK_HTTP_REFUSE_H
#define MOCK_HTTP_REFUSE_H

#include "http/head.h"
#include "http/http.h"

struct mg_request_info;

/** The answer that says so: the reason as `errmsg`, and that the connection ends. */
void refuse_bytes(struct base_buf *out, int status, const char *text);
/** A sentence about what came and is no request, for the journals. `server` is a struct mock_server. */
void refuse_told(void *server, const char *text);
/** A body that is too large, does not end, or was cut off: 413, 408 or 400. */
void refuse_cut(struct mock_server *server, struct http_peer *peer, const struct http_request *request, const char *uri);
/** A path outside of every world, that nobody serves: 404. */
void refuse_outside(struct mock_server *server, struct http_peer *peer, const struct http_request *request);
/** What CivetWeb could not read: it tells the status, we tell our readers. Its callback `http_error`. */
int refuse_malformed(struct mg_connection *connection, int status, const char *message);
/** A head that no request may have, the fault's status, which is returned. */
int refuse_head(struct mock_server *server, struct http_peer *peer, const struct mg_request_info *info, const struct head_fault *fault);
/** What CivetWeb reads and drops without a word: `OPTIONS *`, a URL of another host. Its callback `connection_close`. */
void refuse_unserved(const struct mg_connection *connection);

#endif
