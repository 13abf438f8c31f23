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
#include "base/json_reader.h"
#include "bench.h"

static const char HEAD[] = "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nContent-Type: application/json\r\n\r\n";
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

static void write_row(int64_t key, const char *text, size_t len) {
  sqlite3_bind_int64(upsert, 1, key);
  sqlite3_bind_text(upsert, 2, text, (int)len, SQLITE_STATIC);
  if (sqlite3_step(upsert) != SQLITE_DONE) bench_give_up("a row cannot be written");
  sqlite3_reset(upsert);
}

/* The number under `name` in the object that was just entered; the rest is stepped over. */
static int64_t read_number(struct json_reader *reader, const char *name) {
  int64_t number = 0;
  while (json_next(reader) == JSON_KEY) {
    bool wanted = json_token_is(reader, name);
    json_skip(reader, json_next(reader));
    if (wanted) number = strtoll(reader->text + reader->start, NULL, 10);
  }
  return number;
}

/* What stands before its `_metadata` is the row, and is answered. */
static void store_record(struct json_reader *reader, struct base_buf *out) {
  size_t begin = reader->start, len = 0;
  int64_t key = 0, row_id = 0;
  while (json_next(reader) == JSON_KEY) {
    bool is_key = json_token_is(reader, "Id"), metadata = json_token_is(reader, "_metadata");
    if (metadata) len = reader->start - 2 - begin; /* without quote and comma */
    enum json_token value = json_next(reader);
    if (metadata) row_id = read_number(reader, "rowId");
    else json_skip(reader, value);
    if (is_key) key = strtoll(reader->text + reader->start, NULL, 10);
  }
  write_row(key, reader->text + begin, len);
  base_buf_append(out, reader->text + begin, len);
  base_buf_printf(out, ",\"_metadata\":{\"action\":\"update\",\"rowId\":%lld,\"opstatus\":0}},", (long long)row_id);
}

/* The body is read once, nothing is copied that is not stored or sent; the answer has a result for each record. */
static void store(const char *body, size_t len, struct base_buf *out) {
  struct json_reader reader;
  enum json_token token;
  json_reader_init(&reader, body, len);
  base_buf_text(out, "{\"opstatus\":0,\"objects\":[{\"name\":\"Row\",\"records\":[");
  pthread_mutex_lock(&lock);
  sqlite3_exec(database, "BEGIN", NULL, NULL, NULL);
  while ((token = json_next(&reader)) != JSON_END && token != JSON_BAD)
    if (token == JSON_OBJECT_BEGIN && reader.depth == 3) store_record(&reader, out);
  sqlite3_exec(database, "COMMIT", NULL, NULL, NULL);
  pthread_mutex_unlock(&lock);
  if (token == JSON_BAD) bench_give_up("an upload is no JSON");
  out->len--; /* the last comma */
  base_buf_text(out, "]}]}");
}

static void store_and_answer(struct mg_connection *connection, const char *body, size_t len) {
  struct base_buf answer = BASE_BUF_INIT, whole = BASE_BUF_INIT;
  store(body, len, &answer);
  base_buf_printf(&whole, HEAD, answer.len);
  base_buf_append(&whole, answer.data, answer.len);
  mg_write(connection, whole.data, whole.len);
  base_buf_done(&answer);
  base_buf_done(&whole);
}

/* ---- serving ---- */

static int answer_bare(struct mg_connection *connection) {
  static const char LETTERS[] = "spuv";
  const char *letter = strchr(LETTERS, mg_get_request_info(connection)->request_uri[1]);
  char body[65536];
  size_t len = 0;
  for (int got; (got = mg_read(connection, body + len, sizeof body - len)) > 0;) len += (size_t)got;
  if (!letter || !*letter) return 0;
  if (*letter == 'v') {
    store_and_answer(connection, body, len);
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
