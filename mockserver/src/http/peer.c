#include "http/peer.h"

#include <civetweb.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "http/sockets.h"

static const char CONTINUE[] = "HTTP/1.1 100 Continue\r\n\r\n";

static int look(const struct http_peer *peer, short events, int timeout_ms) {
  struct pollfd state = {.fd = peer->socket, .events = events};
  return poll(&state, 1, timeout_ms) > 0 ? state.revents : 0;
}

/* The kernel of a client that closed altogether answers with a reset. */
static bool probe_breaks(struct http_peer *peer) {
  enum { FIRST_WAIT_MS = 20, PROBE_EVERY_MS = 1000, DOUBLED_MAX = 5 };
  struct base_clock clock = base_clock_system();
  int64_t now = clock.monotonic_ms(clock.context);
  if (now < peer->next_probe_ms) return false;
  bool first = peer->probes++ == 0;
  unsigned doubled = peer->probes < DOUBLED_MAX ? peer->probes : DOUBLED_MAX;
  peer->next_probe_ms = now + ((int64_t)PROBE_EVERY_MS << doubled);
  ssize_t sent = send(peer->socket, CONTINUE, sizeof CONTINUE - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
  (void)sent; /* what counts is what becomes of the connection */
  return (look(peer, 0, first ? FIRST_WAIT_MS : 0) & (POLLHUP | POLLERR)) != 0;
}

bool http_peer_gone(struct http_peer *peer) {
  if (peer->socket < 0) return false;
  int state = look(peer, POLLRDHUP, 0);
  peer->half_closed = (state & POLLRDHUP) != 0;
  peer->gone = (state & (POLLHUP | POLLERR)) || (peer->half_closed && peer->interim && probe_breaks(peer));
  return peer->gone;
}

/* Of a half-closed connection only its end is news; then there is none. */
void http_peer_wait(struct http_peer *peer, int event, int ms) {
  struct pollfd about[2] = {{.fd = event, .events = POLLIN},
                            {.fd = peer->gone ? -1 : peer->socket, .events = peer->half_closed ? 0 : POLLRDHUP}};
  eventfd_t count;
  poll(about, 2, ms);
  if (about[0].revents) eventfd_read(event, &count);
}

bool http_peer_send(struct http_peer *peer, const void *bytes, size_t len) {
  if (len == 0) return true;
  peer->interim = false;
  return mg_write(peer->connection, bytes, len) == (int)len;
}

/* The kernel takes both at once, nearly always; CivetWeb waits for room for what is left. */
bool http_peer_send_both(struct http_peer *peer, const struct base_buf *head, const struct base_buf *body) {
  struct iovec parts[] = {{head->data, head->len}, {body->data, body->len}};
  const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  ssize_t taken = peer->socket < 0 ? 0 : sendmsg(peer->socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  size_t sent = taken > 0 ? (size_t)taken : 0, of_head = sent < head->len ? sent : head->len;
  peer->interim = false;
  if (sent == head->len + body->len) return true;
  return http_peer_send(peer, base_buf_string(head) + of_head, head->len - of_head) &&
         http_peer_send(peer, base_buf_string(body) + (sent - of_head), body->len - (sent - of_head));
}

/* A request may have come behind the one that is answered: it is not read any more. */
void http_peer_close(const struct http_peer *peer) {
  mg_disable_connection_keep_alive(peer->connection);
  if (peer->socket >= 0) shutdown(peer->socket, SHUT_RDWR);
}

void http_peer_reset(const struct http_peer *peer) {
  mg_disable_connection_keep_alive(peer->connection);
  if (peer->socket >= 0) sockets_reset(peer->socket);
}

/* The socket is looked up once for each connection and remembered as a number plus one, until the connection ends (server.c). */
static int find_socket(struct mg_connection *connection, const struct mg_request_info *info) {
  intptr_t known = (intptr_t)mg_get_user_connection_data(connection);
  if (known > 0) return (int)known - 1;
  int socket = sockets_find(info->server_port, info->remote_port);
  mg_set_user_connection_data(connection, (void *)(intptr_t)(socket + 1));
  return socket;
}

struct http_peer peer_of(struct mg_connection *connection) {
  const struct mg_request_info *info = mg_get_request_info(connection);
  return (struct http_peer){.connection = connection, .socket = find_socket(connection, info),
                            .interim = info->http_version && strcmp(info->http_version, "1.1") == 0};
}

void peer_continue(struct http_peer *peer) {
  mg_write(peer->connection, CONTINUE, sizeof CONTINUE - 1);
}

bool peer_stopped(const struct http_peer *peer) {
  return peer->socket >= 0 && (look(peer, POLLRDHUP, 0) & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

size_t peer_received(const struct http_peer *peer) {
  struct tcp_info info = {0};
  socklen_t size = sizeof info;
  return peer->socket >= 0 && getsockopt(peer->socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_bytes_received : 0;
}
