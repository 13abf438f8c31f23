#include "bare.h"

#include <civetweb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "bench.h"
#include "floor.h"

static const char HEAD[] = "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nContent-Type: application/json\r\n\r\n";
static struct base_buf wholes[3]; /* head and body */

static void answer_floor(struct mg_connection *connection, const char *body, size_t len) {
  struct base_buf answer = BASE_BUF_INIT, whole = BASE_BUF_INIT;
  floor_upload(body, len, &answer);
  base_buf_printf(&whole, HEAD, answer.len);
  base_buf_append(&whole, answer.data, answer.len);
  mg_write(connection, whole.data, whole.len);
  base_buf_done(&answer);
  base_buf_done(&whole);
}

static int answer_bare(struct mg_connection *connection) {
  static const char LETTERS[] = "spuv";
  const char *letter = strchr(LETTERS, mg_get_request_info(connection)->request_uri[1]);
  char body[65536];
  size_t len = 0;
  for (int got; (got = mg_read(connection, body + len, sizeof body - len)) > 0;) len += (size_t)got;
  if (!letter || !*letter) return 0;
  if (*letter == 'v') {
    answer_floor(connection, body, len);
    return 200;
  }
  const struct base_buf *whole = &wholes[letter - LETTERS];
  mg_write(connection, whole->data, whole->len);
  return 200;
}

_Noreturn void bare_serve(const char *const answers[3], int port_pipe) {
  static const char *const OPTIONS[] = {"listening_ports", "127.0.0.1:0", "num_threads", "16", "tcp_nodelay", "1",
                                        "enable_keep_alive", "yes", "keep_alive_timeout_ms", "30000", NULL};
  sigset_t ending;
  struct mg_server_port port;
  int signal_number;
  const struct mg_callbacks callbacks = {.begin_request = answer_bare};
  for (int i = 0; i < 3; i++) {
    base_buf_printf(&wholes[i], HEAD, strlen(answers[i]));
    base_buf_text(&wholes[i], answers[i]);
  }
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, NULL);
  mg_init_library(0);
  struct mg_context *context = mg_start(&callbacks, NULL, (const char **)(void *)(uintptr_t)OPTIONS);
  if (!context || mg_get_server_ports(context, 1, &port) != 1) bench_give_up("the bare server cannot listen");
  unsigned number = (unsigned)port.port;
  if (write(port_pipe, &number, sizeof number) != (ssize_t)sizeof number) bench_give_up("the bare server cannot tell its port");
  sigwait(&ending, &signal_number);
  _exit(0); /* mg_stop() would take two seconds */
}
