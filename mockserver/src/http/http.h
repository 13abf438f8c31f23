/**
 * The HTTP server: CivetWeb behind three words: a request comes in, bytes go out, a peer is gone.
 * The only folder that knows <civetweb.h>.
 */
#ifndef MOCK_HTTP_HTTP_H
#define MOCK_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

struct mock_server;
struct mock_world;
struct mg_connection;

struct http_header {
  const char *name, *value;
};

enum { HTTP_HEADERS = 64, HTTP_BODY_MAX = 256 * 1024 * 1024 };

/** One request as it came; everything is borrowed for the time of its handling. */
struct http_request {
  const char *method;
  const char *path;  /**< raw, behind /w/NAME */
  const char *query; /**< raw, "" when there is none */
  struct http_header headers[HTTP_HEADERS];
  size_t header_count;
  struct base_buf body;
  bool body_cut; /**< the client went away, or sent more than HTTP_BODY_MAX */
};

/** The other end of the connection. */
struct http_peer {
  struct mg_connection *connection;
  int socket; /**< -1 when it could not be found */
};

/** The client closed its end or the connection broke. Never waits. */
bool http_peer_gone(const struct http_peer *peer);
/** False when not every byte was taken. */
bool http_peer_send(const struct http_peer *peer, const void *bytes, size_t len);
/** End the connection: what was sent still arrives, nothing follows. */
void http_peer_close(const struct http_peer *peer);

/** Fails: MOCK_ERR_NAME when a world of this name is open */
int http_add_world(struct mock_server *server, struct mock_world *world, struct base_error *err);
/** Returns when no request holds the world any more. */
void http_remove_world(struct mock_server *server, struct mock_world *world);

#endif
