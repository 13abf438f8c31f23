#include "http/refuse.h"

#include <civetweb.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "http/peer.h"
#include "http/sockets.h"
#include "world/world.h"

/* A connection's own data once it had its answer; else the number of its socket (peer.c), which is never this. */
#define REFUSED ((void *)(intptr_t)-1)

static void note_stray(void *context, struct mock_world *world) {
  const char *text = context;
  mock_world_lock(world);
  if (!world->closed) journal_event(world, "%s", text);
  if (!world->closed && world->journal.count > 0) world_log(world, world->journal.entries[world->journal.count - 1]);
  mock_world_notify(world);
  mock_world_unlock(world);
}

/* What belongs to no world stands in the journal of each: nobody knows whom it was meant for. */
static void journal_stray(struct mock_server *server, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void journal_stray(struct mock_server *server, const char *format, ...) {
  char text[400];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  http_each_world(server, note_stray, text);
}

void refuse_told(void *server, const char *text) {
  journal_stray(server, "%s", text);
}

void refuse_bytes(struct base_buf *out, int status, const char *text) {
  struct base_buf body = BASE_BUF_INIT;
  base_buf_text(&body, "{\"errmsg\":");
  json_quote(&body, text, strlen(text));
  base_buf_char(&body, '}');
  base_buf_printf(out, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                  status, http_reason(status), body.len, base_buf_string(&body));
  base_buf_done(&body);
}

/* And the connection is over: what may still come cannot be told from a next request. */
static void answer_plainly(struct http_peer *peer, int status, const char *text) {
  struct base_buf out = BASE_BUF_INIT;
  refuse_bytes(&out, status, text);
  if (http_peer_send(peer, base_buf_string(&out), out.len) && peer->socket >= 0) sockets_drain(peer->socket);
  http_peer_close(peer);
  base_buf_done(&out);
}

/* Why a body did not come whole, and the status that says so. */
struct cut {
  int status;
  const char *why;
};

static struct cut find_cut(struct http_peer *peer, const struct http_request *request) {
  if (request->body.failed) return (struct cut){413, "the body is larger than is taken"};
  if (peer_stopped(peer))
    return (struct cut){400, "the client stopped sending before the body was whole"};
  if (request->body_wrong)
    return (struct cut){400, "the body's chunks cannot be read: before each stands its length in hexadecimal digits and CR LF, no extension"};
  return (struct cut){408, "the body did not come to an end in time"};
}

void refuse_cut(struct mock_server *server, struct http_peer *peer, const struct http_request *request, const char *uri) {
  struct cut cut = find_cut(peer, request);
  journal_stray(server, "no request: %.20s %.200s: answered %d: %s (%zu bytes came)", request->method, uri, cut.status, cut.why,
                request->body.len);
  answer_plainly(peer, cut.status, cut.why);
}

static void add_world(void *context, struct mock_world *world) {
  enum { SOME = 200 };
  struct base_buf *text = context;
  if (text->len < SOME) base_buf_printf(text, " /w/%s", world->name);
}

void refuse_outside(struct mock_server *server, struct http_peer *peer, const struct http_request *request) {
  struct base_buf text = BASE_BUF_INIT;
  base_buf_text(&text, "there is no world at this path: what an app is given begins with");
  http_each_world(server, add_world, &text);
  journal_stray(server, "no world: %.20s %.200s is outside of every world", request->method, request->path);
  answer_plainly(peer, 404, base_buf_string(&text));
  base_buf_done(&text);
}

/* What CivetWeb says of it is for those who know CivetWeb. */
int refuse_malformed(struct mg_connection *connection, int status, const char *message) {
  const struct mg_request_info *info = mg_get_request_info(connection);
  bool first = mg_get_user_connection_data(connection) == NULL; /* request of the connection: nothing else is in the bytes */
  struct http_peer peer = peer_of(connection);
  struct head_fault fault;
  char text[240];
  (void)status;
  if (!head_explain(info, message ? message : "", &fault))
    head_explain_unread(first ? received_last() : (struct received){0}, peer_received(&peer), peer_stopped(&peer), &fault);
  snprintf(text, sizeof text, "the request cannot be read: %s", fault.text);
  journal_stray(info->user_data, "no request: answered %d: %s", fault.status, text);
  answer_plainly(&peer, fault.status, text);
  mg_set_user_connection_data(connection, REFUSED);
  return 0;
}

int refuse_head(struct mock_server *server, struct http_peer *peer, const struct mg_request_info *info, const struct head_fault *fault) {
  journal_stray(server, "no request: %.20s %.200s: answered %d: %s", info->request_method, info->request_uri, fault->status, fault->text);
  answer_plainly(peer, fault->status, fault->text);
  return fault->status;
}

void refuse_unserved(const struct mg_connection *connection) {
  static const char TEXT[] = "the request is for another host, or for none: paths of this server begin with /";
  const struct mg_request_info *info = mg_get_request_info(connection);
  if (!info || !info->request_uri || info->local_uri || mg_get_user_connection_data(connection) == REFUSED) return;
  struct http_peer peer = peer_of((struct mg_connection *)(intptr_t)connection); /* it is still open, and this thread's */
  journal_stray(info->user_data, "no request: %.20s %.200s: answered 400: %s", info->request_method, info->request_uri, TEXT);
  answer_plainly(&peer, 400, TEXT);
}
