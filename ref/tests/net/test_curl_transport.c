/*
 * The real transport against a server of this test's own: one thread, one listening socket, one
 * scripted act for each connection. What is checked is the class of each outcome (W-7, W-41,
 * wire.md 10), never how long it took.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "net/curl_transport.h"

enum act {
  ACT_ANSWER,        /* write `text`, keep the connection */
  ACT_ANSWER_CLOSE,  /* write `text`, close */
  ACT_RESET_AT_ONCE, /* close without reading */
  ACT_TALK_FIRST,    /* write `text` before anything was asked, then close */
  ACT_HOLD           /* read, answer nothing until the test ends */
};

struct server {
  int listener;
  int port;
  enum act act;
  const char *text;
  size_t requests; /* how many were answered */
  struct base_buf seen;
  char head[512]; /* the start of the last request that was read whole */
  pthread_t thread;
};

static void keep_head(struct server *server) {
  snprintf(server->head, sizeof server->head, "%.*s", (int)sizeof server->head - 1,
           server->seen.data);
}

/* Reads one request: its head and as many bytes of body as Content-Length says. */
static bool read_request(struct server *server, int fd) {
  base_buf_clear(&server->seen);
  for (;;) {
    char *room = base_buf_reserve(&server->seen, 4096);
    ssize_t got = read(fd, room, 4096);
    if (got <= 0) return false;
    base_buf_added(&server->seen, (size_t)got);
    const char *head_end = strstr(server->seen.data, "\r\n\r\n");
    if (!head_end) continue;
    const char *length = strcasestr(server->seen.data, "content-length:");
    size_t body = length ? strtoul(length + 15, NULL, 10) : 0;
    if (server->seen.len < (size_t)(head_end - server->seen.data) + 4 + body) continue;
    keep_head(server);
    return true;
  }
}

static void write_all(int fd, const char *text) {
  size_t len = strlen(text);
  while (len > 0) {
    ssize_t put = send(fd, text, len, MSG_NOSIGNAL);
    if (put <= 0) return;
    text += put;
    len -= (size_t)put;
  }
}

static void close_with_reset(int fd) {
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close(fd);
}

static void talk_first(const struct server *server, int fd) {
  char rest[256];
  write_all(fd, server->text);
  shutdown(fd, SHUT_WR);
  while (read(fd, rest, sizeof rest) > 0) continue;
  close(fd);
}

static void serve_connection(struct server *server, int fd) {
  if (server->act == ACT_RESET_AT_ONCE) {
    close_with_reset(fd);
    return;
  }
  if (server->act == ACT_TALK_FIRST) {
    talk_first(server, fd);
    return;
  }
  while (read_request(server, fd)) {
    server->requests++;
    if (server->act == ACT_HOLD) continue;
    write_all(fd, server->text);
    if (server->act == ACT_ANSWER_CLOSE) break;
  }
  close(fd);
}

static void *serve(void *context) {
  struct server *server = context;
  for (;;) {
    int fd = accept(server->listener, NULL, NULL);
    if (fd < 0) return NULL;
    serve_connection(server, fd);
  }
}

static int bind_socket(int *port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t len = sizeof address;
  assert_true(fd >= 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
  *port = ntohs(address.sin_port);
  return fd;
}

static void server_start(struct server *server, enum act act, const char *text) {
  *server = (struct server){.act = act, .text = text};
  server->listener = bind_socket(&server->port);
  assert_int_equal(listen(server->listener, 8), 0);
  assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

/* The client's transport is closed by now, so the thread is in accept() or about to be. */
static void server_stop(struct server *server) {
  shutdown(server->listener, SHUT_RDWR);
  pthread_join(server->thread, NULL);
  close(server->listener);
  base_buf_done(&server->seen);
}

/* -- the client's side --------------------------------------------------------------------------- */

struct client {
  struct net_transport transport;
  int ends;
  enum net_outcome outcome;
  bool sent;
  int status;
  char body[64];
  size_t body_len;
  char retry_after[32];
};

static void on_done(void *context, const struct net_answer *answer) {
  struct client *client = context;
  client->ends++;
  client->outcome = answer->outcome;
  client->sent = answer->sent;
  client->status = answer->status;
  client->body_len = answer->body_len;
  snprintf(client->body, sizeof client->body, "%.60s", answer->body);
  snprintf(client->retry_after, sizeof client->retry_after, "%s",
           answer->retry_after ? answer->retry_after : "");
}

static void client_open(struct client *client) {
  *client = (struct client){0};
  struct base_error err = {0};
  assert_int_equal(net_curl_open(&client->transport, &err), 0);
}

static void client_close(struct client *client) {
  client->transport.ops->close(client->transport.self);
}

static uint64_t client_send(struct client *client, const char *url, const char *body) {
  const struct net_header headers[] = {{"Content-Type", "application/json"},
                                       {"X-Voltmx-Authorization", "raw token"}};
  struct net_request request = {.method = body ? "POST" : "GET",
                                .url = url,
                                .headers = headers,
                                .header_count = 2,
                                .body = body,
                                .body_len = body ? strlen(body) : 0,
                                .timeout_ms = 2000,
                                .done = on_done,
                                .context = client};
  uint64_t id = 0;
  struct base_error err = {0};
  assert_int_equal(client->transport.ops->submit(client->transport.self, &request, &id, &err), 0);
  return id;
}

static void client_wait(struct client *client, int ends) {
  struct base_error err = {0};
  while (client->ends < ends)
    assert_int_equal(client->transport.ops->step(client->transport.self, -1, NULL, 0, &err), 0);
}

static void client_ask(struct client *client, int port, const char *body) {
  char url[64];
  snprintf(url, sizeof url, "http://127.0.0.1:%d/x?a=1", port);
  client_send(client, url, body);
  client_wait(client, client->ends + 1);
}

static void outcome_is(enum act act, const char *text, enum net_outcome outcome, bool sent) {
  struct server server;
  struct client client;
  server_start(&server, act, text);
  client_open(&client);
  client_ask(&client, server.port, "{}");
  client_close(&client);
  server_stop(&server);
  assert_string_equal(net_outcome_name(client.outcome), net_outcome_name(outcome));
  assert_int_equal(client.sent, sent);
}

/* -- tests --------------------------------------------------------------------------------------- */

static void sends_a_post_and_reads_the_answer(void **state) {
  (void)state;
  struct server server;
  struct client client;
  server_start(&server, ACT_ANSWER,
               "HTTP/1.1 429 Slow\r\nRetry-After: 7 \r\nContent-Length: 4\r\n\r\nbody");
  client_open(&client);
  client_ask(&client, server.port, "{\"a\":1}");
  client_close(&client);
  server_stop(&server);
  assert_int_equal(client.outcome, NET_ANSWERED);
  assert_int_equal(client.status, 429);
  assert_string_equal(client.body, "body");
  assert_string_equal(client.retry_after, "7");
}

static void sends_headers_raw_and_never_expects(void **state) {
  (void)state;
  struct server server;
  struct client client;
  char *body = malloc(2 * 1024 * 1024);
  memset(body, ' ', 2 * 1024 * 1024 - 1);
  body[2 * 1024 * 1024 - 1] = '\0';
  server_start(&server, ACT_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  client_open(&client);
  client_ask(&client, server.port, body);
  client_close(&client);
  server_stop(&server);
  free(body);
  assert_memory_equal(server.head, "POST /x?a=1 HTTP/1.1\r\n", 22);
  assert_non_null(strstr(server.head, "\r\nX-Voltmx-Authorization: raw token\r\n"));
  assert_null(strcasestr(server.head, "\r\nexpect:"));
}

static void does_not_follow_redirects(void **state) {
  (void)state;
  struct server server;
  struct client client;
  server_start(&server, ACT_ANSWER,
               "HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n");
  client_open(&client);
  client_ask(&client, server.port, NULL);
  client_close(&client);
  server_stop(&server);
  assert_int_equal(client.status, 302);
  assert_int_equal(server.requests, 1);
}

/* NET-04 */
static void reopens_a_connection_that_the_server_closed(void **state) {
  (void)state;
  struct server server;
  struct client client;
  server_start(&server, ACT_ANSWER_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  client_open(&client);
  client_ask(&client, server.port, "{}");
  client_ask(&client, server.port, "{}");
  client_close(&client);
  server_stop(&server);
  assert_int_equal(client.outcome, NET_ANSWERED);
  assert_int_equal(server.requests, 2);
}

static void a_body_cut_short(void **state) {
  (void)state;
  outcome_is(ACT_ANSWER_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", NET_CUT_SHORT,
             true);
}

static void a_connection_closed_instead_of_an_answer(void **state) {
  (void)state;
  outcome_is(ACT_ANSWER_CLOSE, "", NET_CUT_SHORT, true);
}

static void no_http(void **state) {
  (void)state;
  outcome_is(ACT_ANSWER_CLOSE, "rubbish\r\n\r\n", NET_GARBLED, true);
}

static void an_encoding_that_does_not_decode(void **state) {
  (void)state;
  outcome_is(ACT_ANSWER_CLOSE,
             "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n"
             "this is not gzipped.",
             NET_GARBLED, true);
}

static void a_reset_before_the_answer_is_cut_short_or_refused(void **state) {
  (void)state;
  struct server server;
  struct client client;
  server_start(&server, ACT_RESET_AT_ONCE, "");
  client_open(&client);
  client_ask(&client, server.port, "{}");
  client_close(&client);
  server_stop(&server);
  /* Whether the first byte left before the reset came in is up to the kernel: both agree with `sent`. */
  assert_int_equal(client.outcome, client.sent ? NET_CUT_SHORT : NET_REFUSED);
}

static void nobody_listens(void **state) {
  (void)state;
  struct client client;
  int port;
  int bound = bind_socket(&port); /* bound and never listening: nobody else gets the port */
  client_open(&client);
  client_ask(&client, port, "{}");
  client_close(&client);
  close(bound);
  assert_int_equal(client.outcome, NET_REFUSED);
  assert_false(client.sent);
}

static void a_url_that_is_none(void **state) {
  (void)state;
  static const char *const urls[] = {"http://[", "ftp://127.0.0.1/x", "http://127.0.0.1:99999/"};
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    struct client client;
    client_open(&client);
    client_send(&client, urls[i], NULL);
    client_wait(&client, 1);
    client_close(&client);
    assert_int_equal(client.outcome, NET_BAD_URL);
  }
}

static void a_silent_server_times_out(void **state) {
  (void)state;
  outcome_is(ACT_HOLD, "", NET_TIMEOUT, true);
}

static void plain_http_where_tls_was_asked(void **state) {
  (void)state;
  struct server server;
  struct client client;
  char url[64];
  server_start(&server, ACT_TALK_FIRST, "HTTP/1.1 200 OK\r\n\r\n");
  client_open(&client);
  snprintf(url, sizeof url, "https://127.0.0.1:%d/", server.port);
  client_send(&client, url, "{}");
  client_wait(&client, 1);
  client_close(&client);
  server_stop(&server);
  assert_int_equal(client.outcome, NET_TLS);
  assert_false(client.sent);
}

static void a_cancelled_request_never_ends(void **state) {
  (void)state;
  struct server server;
  struct client client;
  char url[64];
  server_start(&server, ACT_HOLD, "");
  client_open(&client);
  snprintf(url, sizeof url, "http://127.0.0.1:%d/", server.port);
  uint64_t id = client_send(&client, url, "{}");
  struct base_error err = {0};
  client.transport.ops->step(client.transport.self, 0, NULL, 0, &err);
  client.transport.ops->cancel(client.transport.self, id);
  client.transport.ops->cancel(client.transport.self, id);
  client.transport.ops->step(client.transport.self, 0, NULL, 0, &err);
  client_close(&client);
  server_stop(&server);
  assert_int_equal(client.ends, 0);
}

static void close_forgets_what_runs(void **state) {
  (void)state;
  struct server server;
  struct client client;
  char url[64];
  server_start(&server, ACT_HOLD, "");
  client_open(&client);
  snprintf(url, sizeof url, "http://127.0.0.1:%d/", server.port);
  for (int i = 0; i < 3; i++) client_send(&client, url, "{}");
  struct base_error err = {0};
  client.transport.ops->step(client.transport.self, 0, NULL, 0, &err);
  client_close(&client);
  server_stop(&server);
  assert_int_equal(client.ends, 0);
}

static void wakeup_and_descriptors_end_a_wait(void **state) {
  (void)state;
  struct client client;
  int pipe_ends[2];
  struct base_error err = {0};
  client_open(&client);
  client.transport.ops->wakeup(client.transport.self);
  assert_int_equal(client.transport.ops->step(client.transport.self, -1, NULL, 0, &err), 0);
  assert_int_equal(pipe(pipe_ends), 0);
  assert_int_equal(write(pipe_ends[1], "x", 1), 1);
  struct pollfd fd = {.fd = pipe_ends[0], .events = POLLIN};
  assert_int_equal(client.transport.ops->step(client.transport.self, -1, &fd, 1, &err), 0);
  assert_true(fd.revents & POLLIN);
  client_close(&client);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sends_a_post_and_reads_the_answer),
      cmocka_unit_test(sends_headers_raw_and_never_expects),
      cmocka_unit_test(does_not_follow_redirects),
      cmocka_unit_test(reopens_a_connection_that_the_server_closed),
      cmocka_unit_test(a_body_cut_short),
      cmocka_unit_test(a_connection_closed_instead_of_an_answer),
      cmocka_unit_test(no_http),
      cmocka_unit_test(an_encoding_that_does_not_decode),
      cmocka_unit_test(a_reset_before_the_answer_is_cut_short_or_refused),
      cmocka_unit_test(nobody_listens),
      cmocka_unit_test(a_url_that_is_none),
      cmocka_unit_test(a_silent_server_times_out),
      cmocka_unit_test(plain_http_where_tls_was_asked),
      cmocka_unit_test(a_cancelled_request_never_ends),
      cmocka_unit_test(close_forgets_what_runs),
      cmocka_unit_test(wakeup_and_descriptors_end_a_wait)};
  return cmocka_run_group_tests_name("net/curl_transport", tests, NULL, NULL);
}
