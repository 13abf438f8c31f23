#include "bare.h"

#include <civetweb.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "bench.h"

static struct base_buf wholes[3]; /* head and body */

/* ---- storing ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the database, as a world has one */
static sqlite3 *database;
static sqlite3_stmt *upsert;

static void open_database(void) {
  static const char TABLE[] = "CREATE TABLE row(key INTEGER PRIMARY KEY, record TEXT)";
  static const char UPSERT[] = "INSERT INTO row VALUES(?1, ?2) ON CONFLICT DO UPDATE SET record = ?2";
  if (sqlite3_open(":memory:", &database) != SQLITE_OK || sqlite3_exec(database, TABLE, NULL, NULL, NULL) != SQLITE_OK ||
      sqlite3_prepare_v2(database, UPSERT, -1, &upsert, NULL) != SQLITE_OK)
    bench_give_up("no database in memory");
}

static void store_record(const cJSON *record) {
  int64_t key = 0;
  char *text = json_print(record);
  json_integer(json_find(record, "Id"), &key);
  sqlite3_bind_int64(upsert, 1, key);
  sqlite3_bind_text(upsert, 2, text, -1, SQLITE_STATIC);
  if (sqlite3_step(upsert) != SQLITE_DONE) bench_give_up("a row cannot be written");
  sqlite3_reset(upsert);
  free(text);
}

static void store(const char *body, size_t len) {
  cJSON *json = NULL;
  const cJSON *record;
  if (json_parse(body, len, JSON_LAST_COUNTS, &json, NULL) != 0) bench_give_up("an upload is no JSON");
  pthread_mutex_lock(&lock);
  sqlite3_exec(database, "BEGIN", NULL, NULL, NULL);
  cJSON_ArrayForEach(record, json_find(json, "records")) store_record(record);
  sqlite3_exec(database, "COMMIT", NULL, NULL, NULL);
  pthread_mutex_unlock(&lock);
  cJSON_Delete(json);
}

/* ---- serving ---- */

static int handle(struct mg_connection *connection) {
  static const char LETTERS[] = "spuv";
  const char *letter = strchr(LETTERS, mg_get_request_info(connection)->request_uri[1]);
  char body[65536];
  size_t len = 0;
  for (int got; (got = mg_read(connection, body + len, sizeof body - len)) > 0;) len += (size_t)got;
  if (!letter || !*letter) return 0;
  if (*letter == 'v') store(body, len);
  const struct base_buf *whole = &wholes[*letter == 'v' ? 2 : letter - LETTERS];
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
  open_database();
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
