#include "bare.h"

#include <civetweb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "bench.h"

static struct base_buf wholes[3]; /* head and body */

static int handle(struct mg_connection *connection) {
  static const char LETTERS[] = "spu";
  const char *letter = strchr(LETTERS, mg_get_request_info(connection)->request_uri[1]);
  char body[65536];
  while (mg_read(connection, body, sizeof body) > 0) continue;
  if (!letter || !*letter) return 0;
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
  const struct mg_callbacks callbacks = {.begin_request = handle};
  for (int i = 0; i < 3; i++)
    base_buf_printf(&wholes[i], "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nContent-Type: application/json\r\n\r\n%s", strlen(answers[i]), answers[i]);
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
