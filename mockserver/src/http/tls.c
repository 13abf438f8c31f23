#include "http/tls.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "foundrymock/mock.h"
#include "http/certificate.h"
#include "http/refuse.h"
#include "http/sockets.h"

struct connection {
  struct tls_front *front;
  int client, plain;
  struct connection *next;
};

struct tls_front {
  SSL_CTX *context;
  char *certificate;
  int listener, port;
  struct sockaddr_in plain;
  void (*tell)(void *context, const char *text);
  void *tell_context;
  pthread_t acceptor;
  pthread_mutex_t lock; /* guards what follows */
  pthread_cond_t ended;
  struct connection *connections;
  bool closing;
};

/* ---- one connection ---- */

static bool send_all(int socket, const char *bytes, int len) {
  while (len > 0) {
    ssize_t sent = send(socket, bytes, (size_t)len, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    len -= (int)sent;
  }
  return true;
}

enum { RECORD_MAX = 16384 }; /* of TLS: one SSL_read() takes a record whole, so that poll() sees all that waits */

/* False when the client has ended, or the server behind takes no more. */
static bool pump_in(SSL *tls, int plain) {
  char bytes[RECORD_MAX];
  int len = SSL_read(tls, bytes, sizeof bytes);
  return len > 0 && send_all(plain, bytes, len);
}

/* False when the server behind has ended: then the client is told so, by a reset when it was one. */
static bool pump_out(SSL *tls, const struct connection *connection) {
  char bytes[RECORD_MAX];
  ssize_t len = recv(connection->plain, bytes, sizeof bytes, 0);
  if (len > 0) return SSL_write(tls, bytes, (int)len) == (int)len;
  struct linger now = {1, 0};
  if (len < 0 && errno == ECONNRESET) setsockopt(connection->client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  else if (SSL_shutdown(tls) >= 0) sockets_drain(connection->client);
  return false;
}

static void pump(SSL *tls, const struct connection *connection) {
  struct pollfd ends[] = {{.fd = connection->client, .events = POLLIN}, {.fd = connection->plain, .events = POLLIN}};
  for (bool open = true; open;) {
    if (poll(ends, 2, -1) < 0 && errno != EINTR) return;
    if (ends[0].revents) open = pump_in(tls, connection->plain);
    if (open && ends[1].revents) open = pump_out(tls, connection);
  }
}

static bool connect_plain(const struct connection *connection) {
  const struct sockaddr_in *to = &connection->front->plain;
  int on = 1;
  setsockopt(connection->plain, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(connection->client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connect(connection->plain, (const struct sockaddr *)to, sizeof *to) == 0;
}

static void forget(struct connection *connection) {
  struct tls_front *front = connection->front;
  pthread_mutex_lock(&front->lock);
  struct connection **at = &front->connections;
  while (*at != connection) at = &(*at)->next;
  *at = connection->next;
  close(connection->client); /* under the lock: tls_close() must not shut a number that is another's by now */
  close(connection->plain);
  pthread_cond_broadcast(&front->ended);
  pthread_mutex_unlock(&front->lock);
  free(connection);
}

/* OpenSSL writes to sockets that may be closed by then. */
static void block_broken_pipes(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

static void tell(const struct tls_front *front, const char *what, const char *why) {
  char text[200];
  snprintf(text, sizeof text, "no request: %s: %s", what, why);
  front->tell(front->tell_context, text);
}

/* A client that does not trust the certificate says so before it goes; one that only goes is no news. */
static void tell_error(const struct tls_front *front) {
  unsigned long error = ERR_peek_error();
  const char *reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_reason_error_string(error) : NULL;
  if (reason) tell(front, "the TLS connection failed", reason);
}

static void serve_tls(const struct connection *connection) {
  SSL *tls = SSL_new(connection->front->context);
  ERR_clear_error();
  if (tls && SSL_set_fd(tls, connection->client) == 1 && SSL_accept(tls) == 1 && connect_plain(connection))
    pump(tls, connection);
  tell_error(connection->front);
  SSL_free(tls);
  ERR_clear_error();
}

/* A handshake begins with a byte that no method has. */
static bool begins_plain(int client) {
  char first;
  return recv(client, &first, 1, MSG_PEEK) == 1 && isalpha((unsigned char)first);
}

static void refuse_plain(const struct connection *connection) {
  static const char TEXT[] = "this is plain HTTP, and the port speaks TLS: https://, not http://";
  struct base_buf answer = BASE_BUF_INIT;
  refuse_bytes(&answer, 400, TEXT);
  tell(connection->front, "answered 400", TEXT);
  if (send_all(connection->client, base_buf_string(&answer), (int)answer.len)) sockets_drain(connection->client);
  base_buf_done(&answer);
}

static void *serve(void *context) {
  struct connection *connection = context;
  block_broken_pipes();
  if (begins_plain(connection->client)) refuse_plain(connection);
  else serve_tls(connection);
  forget(connection);
  return NULL;
}

/* ---- the port ---- */

static void start_connection(struct tls_front *front, int client) {
  pthread_t thread;
  pthread_attr_t detached;
  struct connection *connection = malloc(sizeof *connection);
  int plain = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (!connection || plain < 0) {
    free(connection);
    close(client);
    if (plain >= 0) close(plain);
    return;
  }
  *connection = (struct connection){.front = front, .client = client, .plain = plain};
  pthread_mutex_lock(&front->lock);
  connection->next = front->connections;
  front->connections = connection;
  pthread_mutex_unlock(&front->lock);
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  if (pthread_create(&thread, &detached, serve, connection) != 0) forget(connection);
  pthread_attr_destroy(&detached);
}

static void *accept_all(void *context) {
  struct tls_front *front = context;
  for (;;) {
    int client = accept4(front->listener, NULL, NULL, SOCK_CLOEXEC);
    pthread_mutex_lock(&front->lock);
    bool closing = front->closing;
    pthread_mutex_unlock(&front->lock);
    if (closing) {
      if (client >= 0) close(client);
      return NULL;
    }
    if (client >= 0) start_connection(front, client);
    else if (errno != EINTR && errno != ECONNABORTED) poll(NULL, 0, 10); /* no descriptors left: some come back */
  }
}

static int listen_at(const char *address, unsigned port, int *bound) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  socklen_t size = sizeof at;
  int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return -1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (inet_pton(AF_INET, address, &at.sin_addr) != 1 || bind(listener, (struct sockaddr *)&at, sizeof at) != 0 ||
      listen(listener, 128) != 0 || getsockname(listener, (struct sockaddr *)&at, &size) != 0) {
    close(listener);
    return -1;
  }
  *bound = ntohs(at.sin_port);
  return listener;
}

static void release(struct tls_front *front) {
  if (front->listener >= 0) close(front->listener);
  SSL_CTX_free(front->context);
  free(front->certificate);
  pthread_cond_destroy(&front->ended);
  pthread_mutex_destroy(&front->lock);
  free(front);
}

static int start(struct tls_front *front, const char *address, unsigned port, struct base_error *err) {
  front->context = SSL_CTX_new(TLS_server_method());
  front->certificate = front->context ? certificate_make(front->context) : NULL;
  if (!front->certificate) return base_fail(err, MOCK_ERR_MEMORY, "", "OpenSSL makes no certificate");
  SSL_CTX_set_mode(front->context, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_options(front->context, SSL_OP_IGNORE_UNEXPECTED_EOF); /* many clients go without a word */
  front->listener = listen_at(address, port, &front->port);
  if (front->listener < 0 || pthread_create(&front->acceptor, NULL, accept_all, front) != 0)
    return base_fail(err, MOCK_ERR_LISTEN, "", "cannot listen on %s:%u: the port is taken or not allowed", address, port);
  return 0;
}

int tls_open(const struct tls_config *config, struct tls_front **out, struct base_error *err) {
  struct tls_front *front = calloc(1, sizeof *front);
  if (!front) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  front->plain = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)config->plain_port)};
  inet_pton(AF_INET, config->plain_address, &front->plain.sin_addr);
  front->tell = config->tell;
  front->tell_context = config->context;
  front->listener = -1;
  pthread_mutex_init(&front->lock, NULL);
  pthread_cond_init(&front->ended, NULL);
  int status = start(front, config->address, config->port, err);
  if (status != 0) release(front);
  else *out = front;
  return status;
}

int tls_port(const struct tls_front *front) {
  return front->port;
}

const char *tls_certificate(const struct tls_front *front) {
  return front->certificate;
}

void tls_close(struct tls_front *front) {
  if (!front) return;
  pthread_mutex_lock(&front->lock);
  front->closing = true;
  shutdown(front->listener, SHUT_RDWR); /* wakes accept() */
  pthread_mutex_unlock(&front->lock);
  pthread_join(front->acceptor, NULL);
  pthread_mutex_lock(&front->lock);
  for (struct connection *at = front->connections; at; at = at->next) {
    shutdown(at->client, SHUT_RDWR);
    shutdown(at->plain, SHUT_RDWR);
  }
  while (front->connections) pthread_cond_wait(&front->ended, &front->lock);
  pthread_mutex_unlock(&front->lock);
  release(front);
}
