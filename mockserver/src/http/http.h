/**
 * The HTTP server: CivetWeb behind three words: a request comes in, bytes go out, a peer is gone.
 * The only folder that knows <civetweb.h>.
 */
#ifndef MOCK_HTTP_HTTP_H
#define MOCK_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct mock_server;
struct mock_world;
struct mg_connection;

struct http_header {
  const char *name, *value;
};

enum { HTTP_HEADERS = 63, HTTP_HEAD_MAX = 1024 * 1024, HTTP_BODY_MAX = 256 * 1024 * 1024 };

/** One request as it came; everything is borrowed for the time of its handling. */
struct http_request {
  const char *method;
  const char *path;  /**< raw, behind /w/NAME */
  const char *query; /**< raw, "" when there is none */
  struct http_header headers[HTTP_HEADERS];
  size_t header_count;
  struct base_buf body;
  const char *version; /**< "1.1" */
  bool body_unread; /**< only the head was read so far */
  bool body_wrong; /**< what came of it are no chunks, or the client stopped sending */
  bool body_cut; /**< the client went away, or sent more than HTTP_BODY_MAX */
};

/** The other end of the connection. */
struct http_peer {
  struct mg_connection *connection;
  int socket;            /**< -1 when it could not be found */
  bool interim;          /**< it may be sent an interim answer: HTTP/1.1, and no byte of the answer is out */
  bool half_closed;      /**< the client sends no more, and may still read */
  bool gone;             /**< http_peer_gone() has said so */
  unsigned probes;       /**< interim answers sent so far */
  int64_t next_probe_ms;
};

/**
 * The connection broke, or the client closed it altogether. One that has closed its sending side alone still
 * reads (RFC 9112, 9.6): it is there. The two look alike until something is sent, so a client that sends no more
 * gets an interim answer "100 Continue" now and then, which a reading one passes over.
 * Waits at most 20 ms, once for each such connection.
 */
bool http_peer_gone(struct http_peer *peer);
/**
 * Wait until `event` (an eventfd, or -1) is signalled, something happens to the connection that http_peer_gone() would
 * see, or `ms` have passed. The event is taken back. Not to be called with a lock held.
 */
void http_peer_wait(struct http_peer *peer, int event, int ms);
/** False when not every byte was taken. */
bool http_peer_send(struct http_peer *peer, const void *bytes, size_t len);
/** Two pieces in one go, from where they lie. */
bool http_peer_send_both(struct http_peer *peer, const struct base_buf *head, const struct base_buf *body);
/** End the connection: what was sent still arrives, nothing follows, and nothing more is read. */
void http_peer_close(const struct http_peer *peer);
/** End the connection by a reset (RST): what the client has not read yet may be lost to it. */
void http_peer_reset(const struct http_peer *peer);

/** The phrase behind a status in the first line of an answer. */
const char *http_reason(int status);
/** Do answers of this status have no body (204, 304)? */
bool http_has_no_body(int status);
/** Is this method GET, or HEAD, which is answered alike and without the body (RFC 9110, 9.3.2)? */
bool http_reads(const char *method);
bool http_is_head(const char *method);

/** Serves what is asked for outside of every world: request->path is the whole path. */
typedef void http_site(void *context, struct http_request *request, struct http_peer *peer);
void http_set_site(struct mock_server *server, http_site *site, void *context);

/** The base of the URLs of a listener beside the server's own port, made at its first use (listeners.h). */
int http_listener(struct mock_server *server, const char *kind, char out[80], struct base_error *err);

/** Fails: MOCK_ERR_NAME when a world of this name is open */
int http_add_world(struct mock_server *server, struct mock_world *world, struct base_error *err);
/** `next` takes the place of `old` in the list. */
void http_replace_world(struct mock_server *server, struct mock_world *old, struct mock_world *next);
/** Call `visit` with each world that is there, in no order; each stays until its visit is over. */
void http_each_world(struct mock_server *server, void (*visit)(void *context, struct mock_world *world), void *context);
/** A world by its name that stays until http_unpin_world(); NULL when there is none. */
struct mock_world *http_pin_world(struct mock_server *server, const char *name, size_t len);
void http_unpin_world(struct mock_server *server, struct mock_world *world);
/** Returns when no request holds the world any more. */
void http_remove_world(struct mock_server *server, struct mock_world *world);

#endif
