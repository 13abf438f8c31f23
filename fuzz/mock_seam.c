#include "mock_seam.h"

#include <lua.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "foundrymock/mock.h"
#include "http/raw.h"
#include "oracle.h"
#include "protocol/serve.h"

/* ---- what mockserver/src/http does otherwise ---------------------------------------------------- */

/* The other end: what a peer's connection points to. */
struct end {
  struct base_buf *out;
  enum seam_end how;
};

static struct end *end_of(const struct http_peer *peer) { return (struct end *)(void *)peer->connection; }

bool http_peer_gone(struct http_peer *peer) { return end_of(peer)->how != SEAM_OPEN; }

/* There is nobody to wait for: whoever does would wait for ever. */
void http_peer_wait(struct http_peer *peer, int event, int ms) {
  bool a_request_waits = peer != NULL;
  (void)event, (void)ms;
  MUST(!a_request_waits);
}

bool http_peer_send(struct http_peer *peer, const void *bytes, size_t len) {
  base_buf_append(end_of(peer)->out, bytes, len);
  return !end_of(peer)->out->failed;
}

bool http_peer_send_both(struct http_peer *peer, const struct base_buf *head, const struct base_buf *body) {
  return http_peer_send(peer, head->data, head->len) && http_peer_send(peer, body->data, body->len);
}

void http_peer_close(const struct http_peer *peer) { end_of(peer)->how = SEAM_CLOSED; }
void http_peer_reset(const struct http_peer *peer) { end_of(peer)->how = SEAM_RESET; }

int http_listener(struct mock_server *server, const char *kind, char out[80], struct base_error *err) {
  (void)server, (void)out;
  return base_fail(err, MOCK_ERR_LISTEN, "", "there is no listener %.40s here", kind);
}

int http_add_world(struct mock_server *server, struct mock_world *world, struct base_error *err) {
  (void)server, (void)world, (void)err;
  return 0;
}

void http_replace_world(struct mock_server *server, struct mock_world *old, struct mock_world *next) {
  (void)server, (void)old, (void)next;
}

void http_remove_world(struct mock_server *server, struct mock_world *world) { (void)server, (void)world; }

const char *mock_server_url(const struct mock_server *server) {
  (void)server;
  return "http://mock";
}

int raw_open(struct mock_world *world, struct raw_listener **out, struct base_error *err) {
  (void)world, (void)out;
  return base_fail(err, MOCK_ERR_LISTEN, "", "there are no ports here");
}

int raw_port(const struct raw_listener *raw) {
  (void)raw;
  return 0;
}

int raw_answer(struct raw_listener *raw, const void *bytes, size_t len, enum raw_end end, bool unread,
               struct base_error *err) {
  (void)raw, (void)bytes, (void)len, (void)end, (void)unread;
  return base_fail(err, MOCK_ERR_LISTEN, "", "there are no ports here");
}

void raw_close(struct raw_listener *raw) { (void)raw; }

/* ---- the world ------------------------------------------------------------------------------------- */

struct mock_world *seam_open(const char *script) {
  struct base_error err = {0};
  struct mock_world *world = NULL;
  int status = mock_world_open(NULL, "fuzz", &world, &err);
  if (status != 0) fprintf(stderr, "%s\n", err.text);
  MUST(status == 0);
  free(seam_run(world, script));
  return world;
}

void seam_close(struct mock_world *world) { mock_world_free(world); }

char *seam_run(struct mock_world *world, const char *script) {
  struct base_error err = {0};
  mock_world_lock(world);
  lua_State *L = mock_world_lua(world);
  int status = mock_script_load(world, script, strlen(script), "fuzz.lua", &err);
  if (status == 0) status = mock_script_call(world, 0, 1, &err);
  if (status != 0) fprintf(stderr, "%s\n", err.text);
  MUST(status == 0);
  CLEANUP(json_free) cJSON *value = lua_isnil(L, -1) ? cJSON_CreateNull() : mock_lua_read_json(L, -1, &err);
  lua_pop(L, 1);
  mock_world_unlock(world);
  MUST(value);
  return json_print(value);
}

enum seam_end seam_serve(struct mock_world *world, const struct http_request *request, struct base_buf *out) {
  struct end end = {.out = out};
  struct http_peer peer = {.connection = (struct mg_connection *)(void *)&end, .socket = -1};
  struct http_request copy = *request;
  copy.body.capacity = 0; /* its bytes stay the caller's */
  if (!serve_head(world, &copy, &peer)) serve_request(world, &copy, &peer);
  return end.how;
}
