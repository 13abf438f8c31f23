#include "http/raw.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "http/sockets.h"
#include "world/world.h"

enum { CONNECTIONS = 64, REQUEST_MAX = 1024 * 1024, BACKLOG = 64, FIXED = 2 /* places in poll(): the port, the stop */ };

static const char *const ENDS[] = {"then closed", "then reset", "then nothing more"};

struct connection {
  int socket;
  bool answered; /* kept in silence */
  struct base_buf request;
};

struct raw_listener {
  struct mock_world *world;
  int socket, stop, port;
  pthread_t thread;
  bool running;
  pthread_mutex_t lock; /* guards what is answered */
  struct base_buf bytes;
  enum raw_end end;
  bool unread;
  struct connection connections[CONNECTIONS];
  size_t count;
};

/* ---- one connection ---- */

static void end_connection(struct raw_listener *raw, size_t i, bool reset) {
  struct connection *connection = &raw->connections[i];
  if (reset) sockets_reset(connection->socket);
  close(connection->socket);
  base_buf_done(&connection->request);
  *connection = raw->connections[--raw->count];
}

/* Head and announced body are there. */
static bool is_whole(const struct base_buf *request) {
  const char *text = base_buf_string(request), *head_end = strstr(text, "\r\n\r\n");
  const char *length = strcasestr(text, "\r\nContent-Length:");
  if (!head_end) return request->len >= REQUEST_MAX;
  size_t body = length && length < head_end ? strtoul(length + 17, NULL, 10) : 0;
  return request->len >= (size_t)(head_end + 4 - text) + body || request->len >= REQUEST_MAX;
}

static void journal(struct raw_listener *raw, const struct base_buf *request, size_t sent, enum raw_end end) {
  char line[120] = "before a request";
  if (request->len > 0) snprintf(line, sizeof line, "%.*s", (int)strcspn(base_buf_string(request), "\r\n"), base_buf_string(request));
  journal_readable(line, strlen(line));
  mock_world_lock(raw->world);
  journal_event(raw->world, "raw port %d: %s (%zu bytes): answered with %zu bytes, %s", raw->port, line, request->len, sent, ENDS[end]);
  mock_world_notify(raw->world);
  mock_world_unlock(raw->world);
}

static size_t send_bytes(int socket, const char *bytes, size_t len) {
  size_t sent = 0;
  while (sent < len) {
    ssize_t some = send(socket, bytes + sent, len - sent, MSG_NOSIGNAL);
    if (some <= 0) break;
    sent += (size_t)some;
  }
  return sent;
}

/* Journalled before the end, so that whoever sees the end finds it there. */
static void answer(struct raw_listener *raw, size_t i) {
  struct connection *connection = &raw->connections[i];
  pthread_mutex_lock(&raw->lock);
  size_t sent = send_bytes(connection->socket, base_buf_string(&raw->bytes), raw->bytes.len);
  enum raw_end end = raw->end;
  pthread_mutex_unlock(&raw->lock);
  connection->answered = true;
  journal(raw, &connection->request, sent, end);
  if (end != RAW_SILENCE) end_connection(raw, i, end == RAW_RESET);
}

static void read_some(struct raw_listener *raw, size_t i) {
  struct connection *connection = &raw->connections[i];
  char *to = base_buf_reserve(&connection->request, 16 * 1024);
  ssize_t len = to ? recv(connection->socket, to, 16 * 1024, 0) : 0;
  if (len <= 0) {
    end_connection(raw, i, false);
    return;
  }
  base_buf_added(&connection->request, (size_t)len);
  if (connection->answered) base_buf_clear(&connection->request);
  else if (is_whole(&connection->request)) answer(raw, i);
}

static bool answers_unread(struct raw_listener *raw) {
  pthread_mutex_lock(&raw->lock);
  bool unread = raw->unread;
  pthread_mutex_unlock(&raw->lock);
  return unread;
}

static void take(struct raw_listener *raw) {
  const struct timeval patience = {.tv_sec = 1}; /* with a client that reads nothing */
  int socket = accept4(raw->socket, NULL, NULL, SOCK_CLOEXEC);
  if (socket < 0) return;
  if (raw->count == CONNECTIONS) {
    close(socket);
    return;
  }
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  raw->connections[raw->count++] = (struct connection){.socket = socket, .request = BASE_BUF_INIT};
  if (answers_unread(raw)) answer(raw, raw->count - 1);
}

/* ---- the port ---- */

static void *serve(void *context) {
  struct raw_listener *raw = context;
  for (;;) {
    struct pollfd about[FIXED + CONNECTIONS] = {{.fd = raw->socket, .events = POLLIN}, {.fd = raw->stop, .events = POLLIN}};
    size_t count = raw->count;
    for (size_t i = 0; i < count; i++) about[FIXED + i] = (struct pollfd){.fd = raw->connections[i].socket, .events = POLLIN};
    poll(about, FIXED + count, -1);
    if (about[1].revents) return NULL;
    for (size_t i = count; i-- > 0;) /* from the end: one that ends is replaced by the last, which had its turn */
      if (about[FIXED + i].revents) read_some(raw, i);
    if (about[0].revents) take(raw);
  }
}

static int bind_port(struct raw_listener *raw, struct base_error *err) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof at;
  raw->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  raw->stop = eventfd(0, EFD_CLOEXEC);
  if (raw->socket < 0 || raw->stop < 0 || bind(raw->socket, (struct sockaddr *)&at, sizeof at) != 0 ||
      listen(raw->socket, BACKLOG) != 0 || getsockname(raw->socket, (struct sockaddr *)&at, &size) != 0)
    return base_fail(err, MOCK_ERR_LISTEN, "", "no port for a raw listener can be had");
  raw->port = ntohs(at.sin_port);
  return 0;
}

int raw_open(struct mock_world *world, struct raw_listener **out, struct base_error *err) {
  struct raw_listener *raw = calloc(1, sizeof *raw);
  if (!raw) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  *raw = (struct raw_listener){.world = world, .socket = -1, .stop = -1};
  pthread_mutex_init(&raw->lock, NULL);
  int status = bind_port(raw, err);
  raw->running = status == 0 && pthread_create(&raw->thread, NULL, serve, raw) == 0;
  if (status == 0 && !raw->running) status = base_fail(err, MOCK_ERR_MEMORY, "", "no thread for a raw listener can be had");
  if (status == 0) *out = raw;
  else raw_close(raw);
  return status;
}

int raw_port(const struct raw_listener *raw) {
  return raw->port;
}

int raw_answer(struct raw_listener *raw, const void *bytes, size_t len, enum raw_end end, bool unread, struct base_error *err) {
  pthread_mutex_lock(&raw->lock);
  base_buf_clear(&raw->bytes);
  base_buf_append(&raw->bytes, bytes, len);
  bool failed = raw->bytes.failed;
  raw->end = end;
  raw->unread = unread;
  pthread_mutex_unlock(&raw->lock);
  return failed ? base_fail(err, MOCK_ERR_MEMORY, "", "out of memory") : 0;
}

void raw_close(struct raw_listener *raw) {
  if (!raw) return;
  if (raw->running) {
    eventfd_write(raw->stop, 1);
    pthread_join(raw->thread, NULL);
  }
  while (raw->count > 0) end_connection(raw, raw->count - 1, false);
  if (raw->socket >= 0) close(raw->socket);
  if (raw->stop >= 0) close(raw->stop);
  base_buf_done(&raw->bytes);
  pthread_mutex_destroy(&raw->lock);
  free(raw);
}
