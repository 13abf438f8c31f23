/*
 * One CivetWeb server, any number of worlds under /w/NAME.
 *
 * Traps that this file knows: header and body go out in one write with TCP_NODELAY, or each answer
 * takes 40 ms; there must be more threads than keep-alive connections, or the extra client waits;
 * mg_stop() waits two seconds for idle connections and its own accept(), unless both are woken.
 */
#include <civetweb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "foundrymock/mock.h"
#include "http/head.h"
#include "http/http.h"
#include "http/listeners.h"
#include "http/peer.h"
#include "http/refuse.h"
#include "http/sockets.h"
#include "http/stack.h"
#include "admin/admin.h"
#include "base/clock.h"
#include "inspector/inspector.h"
#include "protocol/serve.h"
#include "world/world.h"

struct mock_server {
  struct mg_context *context;
  char address[64];
  int port;
  char url[128];
  size_t body_max;
  int64_t patience_ms; /* with bytes that do not come */
  pthread_mutex_t lock; /* guards the list of worlds and their pins */
  pthread_cond_t unpinned;
  struct mock_world **worlds;
  size_t world_count;
  http_site *site; /* outside of the worlds, NULL = 404; guarded by the lock too */
  void *site_context;
  atomic_bool stopped;
  struct listeners listeners; /* guarded by the lock */
};

/* ---- worlds ---- */

static struct mock_world *find_world(struct mock_server *server, const char *name, size_t len) {
  for (size_t i = 0; i < server->world_count; i++) {
    struct mock_world *world = server->worlds[i];
    if (strlen(world->name) == len && memcmp(world->name, name, len) == 0) return world;
  }
  return NULL;
}

int http_add_world(struct mock_server *server, struct mock_world *world, struct base_error *err) {
  int status = 0;
  pthread_mutex_lock(&server->lock);
  struct mock_world **list =
      realloc(server->worlds, (server->world_count + 1) * sizeof(struct mock_world *));
  if (list) server->worlds = list;
  if (!list) status = base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  else if (find_world(server, world->name, strlen(world->name)))
    status = base_fail(err, MOCK_ERR_NAME, "", "a world named \"%s\" is open", world->name);
  else server->worlds[server->world_count++] = world;
  pthread_mutex_unlock(&server->lock);
  return status;
}

void http_remove_world(struct mock_server *server, struct mock_world *world) {
  pthread_mutex_lock(&server->lock);
  for (size_t i = 0; i < server->world_count; i++)
    if (server->worlds[i] == world) server->worlds[i--] = server->worlds[--server->world_count];
  while (world->pins > 0) pthread_cond_wait(&server->unpinned, &server->lock);
  pthread_mutex_unlock(&server->lock);
}

void http_replace_world(struct mock_server *server, struct mock_world *old, struct mock_world *next) {
  pthread_mutex_lock(&server->lock);
  for (size_t i = 0; i < server->world_count; i++)
    if (server->worlds[i] == old) server->worlds[i] = next;
  pthread_mutex_unlock(&server->lock);
}

struct mock_world *http_pin_world(struct mock_server *server, const char *name, size_t len) {
  pthread_mutex_lock(&server->lock);
  struct mock_world *world = find_world(server, name, len);
  if (world) world->pins++;
  pthread_mutex_unlock(&server->lock);
  return world;
}

void http_unpin_world(struct mock_server *server, struct mock_world *world) {
  pthread_mutex_lock(&server->lock);
  world->pins--;
  pthread_cond_broadcast(&server->unpinned);
  pthread_mutex_unlock(&server->lock);
}

/* Visited without the server's lock: a world may be busy for long. */
void http_each_world(struct mock_server *server, void (*visit)(void *context, struct mock_world *world), void *context) {
  pthread_mutex_lock(&server->lock);
  size_t count = server->world_count;
  struct mock_world **worlds = calloc(count + 1, sizeof *worlds);
  for (size_t i = 0; worlds && i < count; i++) {
    worlds[i] = server->worlds[i];
    worlds[i]->pins++;
  }
  pthread_mutex_unlock(&server->lock);
  for (size_t i = 0; worlds && i < count; i++) {
    visit(context, worlds[i]);
    http_unpin_world(server, worlds[i]);
  }
  free(worlds);
}

/* ---- requests ---- */

/* Small bodies get small buffers: to free a large one costs more than to read it. */
static size_t piece_size(const struct base_buf *body, int64_t announced) {
  enum { LEAST = 1024, MOST = 64 * 1024 };
  size_t room = body->max - body->len, wanted = body->len > LEAST ? body->len : LEAST;
  if (announced > 0 && (uint64_t)announced > body->len) wanted = (size_t)announced - body->len;
  if (wanted > MOST) wanted = MOST;
  return wanted < room ? wanted : room;
}

/* One piece of the body; 0 = there is no more. A byte beyond the maximum makes the buffer fail. */
static int read_piece(struct mg_connection *connection, struct base_buf *body, int64_t announced) {
  char beyond;
  size_t room = piece_size(body, announced);
  char *to = room > 0 ? base_buf_reserve(body, room) : &beyond;
  int len = to ? mg_read(connection, to, room > 0 ? room : 1) : -1;
  if (len > 0 && room == 0) body->failed = true;
  else if (len > 0) base_buf_added(body, (size_t)len);
  return len;
}

static bool is_whole(const struct base_buf *body, int64_t announced) {
  return announced > 0 && body->len >= (uint64_t)announced;
}

/* CivetWeb says 0 at a body's end and, at times, when it stopped waiting: the announced length decides. */
static void read_body(struct mock_server *server, struct mg_connection *connection, struct http_request *request) {
  int64_t announced = mg_get_request_info(connection)->content_length;
  struct base_clock clock = base_clock_system();
  int64_t begin = 0;
  int len = 1;
  request->body.max = server->body_max;
  request->body.failed = announced > 0 && (uint64_t)announced > server->body_max; /* not worth a byte */
  while (!request->body.failed && len > 0 && !is_whole(&request->body, announced)) {
    begin = clock.monotonic_ms(clock.context);
    len = read_piece(connection, &request->body, announced);
  }
  request->body_wrong = len < 0 && clock.monotonic_ms(clock.context) - begin < server->patience_ms;
  request->body_cut = request->body.failed || len < 0 || (announced > 0 && !is_whole(&request->body, announced));
}

static void read_head(const struct mg_request_info *info, struct http_request *request) {
  request->method = info->request_method;
  request->query = info->query_string ? info->query_string : "";
  for (int i = 0; i < info->num_headers && request->header_count < HTTP_HEADERS; i++)
    request->headers[request->header_count++] =
        (struct http_header){info->http_headers[i].name, info->http_headers[i].value};
}

/* HTTP/1.0 knows no interim answer, and without a body there is nothing to wait for (RFC 9110, 10.1.1). */
static bool expects_continue(const struct http_peer *peer) {
  const struct mg_request_info *info = mg_get_request_info(peer->connection);
  const char *expected = peer->interim ? head_value(info, "Expect") : NULL;
  if (!expected || strcasecmp(expected, "100-continue") != 0) return false;
  return info->content_length > 0 || head_value(info, "Transfer-Encoding");
}

void http_set_site(struct mock_server *server, http_site *site, void *context) {
  pthread_mutex_lock(&server->lock);
  server->site = site;
  server->site_context = context;
  pthread_mutex_unlock(&server->lock);
}

/* False when nobody serves paths outside of the worlds. */
static bool serve_site(struct mock_server *server, struct http_request *request, struct http_peer *peer) {
  pthread_mutex_lock(&server->lock);
  http_site *site = server->site;
  void *context = server->site_context;
  pthread_mutex_unlock(&server->lock);
  if (site) site(context, request, peer);
  return site != NULL;
}

static struct mock_world *find_target(struct mock_server *server, const char *uri, const char **path) {
  if (strncmp(uri, "/w/", 3) != 0) return NULL;
  const char *name = uri + 3;
  size_t len = strcspn(name, "/?");
  *path = name + len;
  return http_pin_world(server, name, len);
}

/* The body's end, or of the connection. */
static bool read_whole(struct mock_server *server, struct http_peer *peer, struct http_request *request, const char *uri) {
  if (expects_continue(peer)) peer_continue(peer);
  read_body(server, peer->connection, request);
  if (request->body_cut) refuse_cut(server, peer, request, uri);
  return !request->body_cut;
}

static void serve_outside(struct mock_server *server, const char *uri, struct http_request *request, struct http_peer *peer) {
  request->path = uri;
  if (!read_whole(server, peer, request, uri)) return;
  if (inspector_serve(server, request, peer) || admin_serve(server, uri, request, peer) || serve_site(server, request, peer)) return;
  refuse_outside(server, peer, request);
}

_Static_assert(HTTP_HEADERS < MG_MAX_HEADERS, "CivetWeb drops what is beyond its maximum without a word");

static int begin_request(struct mg_connection *connection) {
  const struct mg_request_info *info = mg_get_request_info(connection);
  struct mock_server *server = info->user_data;
  struct http_peer peer = peer_of(connection);
  struct head_fault fault;
  if (head_find_fault(info, received_last(), &fault)) return refuse_head(server, &peer, info, &fault);
  struct http_request request = {.body = BASE_BUF_INIT, .version = info->http_version};
  const char *uri = info->local_uri_raw; /* without scheme and host, should it have these */
  read_head(info, &request);
  struct mock_world *world = find_target(server, uri, &request.path);
  if (!world) serve_outside(server, uri, &request, &peer);
  else if (!serve_head(world, &request, &peer) && read_whole(server, &peer, &request, uri))
    serve_request(world, &request, &peer);
  if (world) http_unpin_world(server, world);
  base_buf_done(&request.body);
  return 200;
}

static int forget_socket(const struct mg_connection *connection, void **data) {
  (void)connection;
  *data = NULL;
  return 0;
}

/* ---- start and stop ---- */

/* CivetWeb's own words are not for our readers: what matters is reported by status. */
static int log_message(const struct mg_connection *connection, const char *message) {
  (void)connection;
  (void)message;
  return 1;
}

static int start_tls(struct mock_server *server, unsigned port, struct base_error *err) {
  const struct tls_config config = {.address = server->address, .port = port, .plain_address = "127.0.0.1", .plain_port = server->port,
                                    .tell = refuse_told, .context = server};
  int status = tls_open(&config, &server->listeners.tls, err);
  if (status == 0) snprintf(server->url, sizeof server->url, "https://%s:%d", server->address, tls_port(server->listeners.tls));
  return status;
}

int http_listener(struct mock_server *server, const char *kind, char out[80], struct base_error *err) {
  pthread_mutex_lock(&server->lock);
  int status = listeners_url(&server->listeners, kind, server->address, server->port, out, err);
  pthread_mutex_unlock(&server->lock);
  return status;
}

static int start(struct mock_server *server, const struct mock_config *config, struct base_error *err) {
  char ports[96], threads[16], timeout[16], head[16];
  snprintf(server->address, sizeof server->address, "%s",
           config && config->address ? config->address : "127.0.0.1");
  bool tls = config && config->tls; /* then the plain port is behind it, and nobody's */
  snprintf(ports, sizeof ports, "%s:%u", tls ? "127.0.0.1" : server->address, config && !tls ? config->port : 0);
  snprintf(threads, sizeof threads, "%u", config && config->threads ? config->threads : MOCK_THREADS);
  server->patience_ms = config && config->request_timeout_ms ? config->request_timeout_ms : 60000;
  snprintf(timeout, sizeof timeout, "%u", (unsigned)server->patience_ms);
  snprintf(head, sizeof head, "%d", HTTP_HEAD_MAX);
  server->body_max = config && config->body_max ? config->body_max : HTTP_BODY_MAX;
  const char *options[] = {"listening_ports", ports, "num_threads", threads, "tcp_nodelay", "1",
                           "enable_keep_alive", "yes", "keep_alive_timeout_ms", "30000",
                           "request_timeout_ms", timeout, "max_request_size", head,
                           "connection_queue", "200", "decode_url", "no", "authentication_domain", server->address,
                           "enable_auth_domain_check", "no", NULL};
  struct mg_callbacks callbacks = {.begin_request = begin_request, .log_message = log_message,
                                   .init_connection = forget_socket, .http_error = refuse_malformed,
                                   .connection_close = refuse_unserved};
  stack_want_large(true);
  struct mg_context *context = mg_start(&callbacks, server, options);
  stack_want_large(false);
  struct mg_server_port port;
  if (!context || mg_get_server_ports(context, 1, &port) != 1) {
    if (context) mg_stop(context);
    return base_fail(err, MOCK_ERR_LISTEN, "", "cannot listen on %s: the port is taken or not allowed", ports);
  }
  server->context = context;
  server->port = port.port;
  snprintf(server->url, sizeof server->url, "http://%s:%d", server->address, server->port);
  return tls ? start_tls(server, config->port, err) : 0;
}

int mock_server_start(const struct mock_config *config, struct mock_server **out, struct base_error *err) {
  struct mock_server *server = calloc(1, sizeof *server);
  if (!server) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  pthread_mutex_init(&server->lock, NULL);
  pthread_cond_init(&server->unpinned, NULL);
  atomic_init(&server->stopped, false);
  server->listeners = (struct listeners){.tell = refuse_told, .context = server};
  mg_init_library(0);
  int status = start(server, config, err);
  if (status == 0) {
    *out = server;
    return 0;
  }
  if (server->context) mg_stop(server->context);
  mg_exit_library();
  pthread_cond_destroy(&server->unpinned);
  pthread_mutex_destroy(&server->lock);
  free(server);
  return status;
}

/* While mg_stop() waits: wakes the thread that accepts and those that read from idle connections. */
static void *poke_until_stopped(void *context) {
  struct mock_server *server = context;
  while (!atomic_load(&server->stopped)) {
    sockets_poke(server->address, server->port);
    sockets_shut_all(server->port);
    poll(NULL, 0, 2);
  }
  return NULL;
}

void mock_server_stop(struct mock_server *server) {
  if (!server) return;
  while (server->world_count > 0) {
    struct mock_world *world = server->worlds[server->world_count - 1];
    mock_world_close(world);
    http_remove_world(server, world);
    world->server = NULL; /* still its owner's to free */
  }
  listeners_close(&server->listeners);
  pthread_t poker;
  bool poking = pthread_create(&poker, NULL, poke_until_stopped, server) == 0;
  mg_stop(server->context);
  atomic_store(&server->stopped, true);
  if (poking) pthread_join(poker, NULL);
  mg_exit_library();
  pthread_cond_destroy(&server->unpinned);
  pthread_mutex_destroy(&server->lock);
  free(server->worlds);
  free(server);
}

const char *mock_server_certificate(struct mock_server *server) {
  pthread_mutex_lock(&server->lock);
  const char *certificate = server->listeners.tls ? tls_certificate(server->listeners.tls) : NULL;
  pthread_mutex_unlock(&server->lock);
  return certificate;
}

const char *mock_server_url(const struct mock_server *server) {
  return server->url;
}
