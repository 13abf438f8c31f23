#include "floor.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "bench.h"

static const char schema[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    "CREATE TABLE r(Id INTEGER PRIMARY KEY, Name, Salary, Active, HiredOn, DeptId, City, Street, Phone, Notes);"
    "CREATE TABLE log(row_id INTEGER PRIMARY KEY, row TEXT)";

static const char upsert_sql[] =
    "INSERT INTO r VALUES(?,?,?,?,?,?,?,?,?,?) ON CONFLICT(Id) DO UPDATE SET Name=excluded.Name,"
    "Salary=excluded.Salary,Active=excluded.Active,HiredOn=excluded.HiredOn,DeptId=excluded.DeptId,"
    "City=excluded.City,Street=excluded.Street,Phone=excluded.Phone,Notes=excluded.Notes";

struct floor {
  char folder[BENCH_PATH];
  sqlite3 *db;
  sqlite3_stmt *begin, *commit, *upsert;
};

static void prepare(struct floor *floor, const char *sql, sqlite3_stmt **out) {
  if (sqlite3_prepare_v2(floor->db, sql, -1, out, NULL) != SQLITE_OK) bench_give_up(sqlite3_errmsg(floor->db));
}

static bool run(struct floor *floor, sqlite3_stmt *statement) {
  int result = sqlite3_step(statement);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) bench_give_up(sqlite3_errmsg(floor->db));
  sqlite3_reset(statement);
  return false;
}

static void open_floor(struct floor *floor) {
  char path[BENCH_PATH + 16];
  bench_folder(floor->folder);
  snprintf(path, sizeof path, "%s/floor.db", floor->folder);
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(path, &floor->db, flags, NULL) != SQLITE_OK ||
      sqlite3_exec(floor->db, schema, NULL, NULL, NULL) != SQLITE_OK)
    bench_give_up("the floor's database cannot be made");
  prepare(floor, "BEGIN IMMEDIATE", &floor->begin);
  prepare(floor, "COMMIT", &floor->commit);
  prepare(floor, upsert_sql, &floor->upsert);
}

static void close_floor(struct floor *floor) {
  sqlite3_finalize(floor->begin);
  sqlite3_finalize(floor->commit);
  sqlite3_finalize(floor->upsert);
  sqlite3_close(floor->db);
  bench_remove(floor->folder);
}

static void upsert(struct floor *floor, const struct sample *s) {
  sqlite3_stmt *statement = floor->upsert;
  sqlite3_bind_int64(statement, 1, s->id);
  sqlite3_bind_text(statement, 2, s->name, -1, SQLITE_STATIC);
  sqlite3_bind_double(statement, 3, s->salary);
  sqlite3_bind_int(statement, 4, 1);
  sqlite3_bind_text(statement, 5, SAMPLE_HIRED_ON, -1, SQLITE_STATIC);
  sqlite3_bind_int64(statement, 6, s->department);
  sqlite3_bind_text(statement, 7, SAMPLE_CITY, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 8, s->street, -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 9, s->phone, -1, SQLITE_STATIC);
  run(floor, statement);
}

double floor_download(const struct sample *samples, int64_t count) {
  struct floor floor = {0};
  open_floor(&floor);
  double start = bench_now_s();
  for (int64_t i = 0; i < count; i++) {
    if (i % BENCH_PAGE == 0) run(&floor, floor.begin);
    upsert(&floor, &samples[i]);
    if ((i + 1) % BENCH_PAGE == 0 || i + 1 == count) run(&floor, floor.commit);
  }
  double seconds = bench_now_s() - start;
  close_floor(&floor);
  return seconds;
}

/* ---- upload ------------------------------------------------------------------------------------ */

static void fill_log(struct floor *floor, const struct sample *samples, int64_t count) {
  sqlite3_stmt *add = NULL;
  prepare(floor, "INSERT INTO log VALUES(?,?)", &add);
  run(floor, floor->begin);
  for (int64_t i = 0; i < count; i++) {
    char columns[SAMPLE_JSON], record[2 * SAMPLE_JSON];
    sample_columns(&samples[i], columns);
    int len = snprintf(record, sizeof record, "{\"Id\":%" PRId64 ",%s,\"_metadata\":{\"rowId\":%" PRId64 "}}", i, columns, i);
    sqlite3_bind_int64(add, 1, i);
    sqlite3_bind_text(add, 2, record, len, SQLITE_STATIC);
    run(floor, add);
  }
  run(floor, floor->commit);
  sqlite3_finalize(add);
}

static size_t on_body(char *data, size_t size, size_t count, void *user) {
  base_buf_append(user, data, size * count);
  return size * count;
}

static CURL *open_connection(unsigned port, struct curl_slist **headers, struct base_buf *answer) {
  char url[64];
  snprintf(url, sizeof url, "http://127.0.0.1:%u/peers", port);
  *headers = curl_slist_append(NULL, "Content-Type: application/json");
  CURL *easy = curl_easy_init();
  if (!easy || curl_easy_setopt(easy, CURLOPT_URL, url) || curl_easy_setopt(easy, CURLOPT_HTTPHEADER, *headers) ||
      curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) || curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer))
    bench_give_up("libcurl does not start");
  return easy;
}

static void post(CURL *easy, const struct base_buf *body, struct base_buf *answer) {
  base_buf_clear(answer);
  if (curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)body->len) ||
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body->data) || curl_easy_perform(easy))
    bench_give_up("the floor's upload fails");
}

struct log_statements {
  sqlite3_stmt *read, *remove;
};

static void make_body(struct floor *floor, const struct log_statements *log, int64_t from, int64_t until,
                      struct base_buf *body) {
  base_buf_clear(body);
  base_buf_text(body, "{\"records\":[");
  sqlite3_bind_int64(log->read, 1, from);
  sqlite3_bind_int64(log->read, 2, until);
  for (int64_t i = from; run(floor, log->read); i++) {
    if (i > from) base_buf_char(body, ',');
    base_buf_append(body, sqlite3_column_text(log->read, 0), (size_t)sqlite3_column_bytes(log->read, 0));
  }
  base_buf_text(body, "]}");
}

static void store_answer(struct floor *floor, const struct log_statements *log, const struct sample *samples,
                         int64_t from, int64_t until) {
  run(floor, floor->begin);
  sqlite3_bind_int64(log->remove, 1, from);
  sqlite3_bind_int64(log->remove, 2, until);
  run(floor, log->remove);
  for (int64_t i = from; i < until; i++) upsert(floor, &samples[i]);
  run(floor, floor->commit);
}

double floor_upload(unsigned port, const struct sample *samples, int64_t count, int64_t batch) {
  struct floor floor = {0};
  struct log_statements log = {0};
  struct base_buf body = BASE_BUF_INIT, answer = BASE_BUF_INIT;
  struct curl_slist *headers;
  open_floor(&floor);
  fill_log(&floor, samples, count);
  prepare(&floor, "SELECT row FROM log WHERE row_id>=? AND row_id<? ORDER BY row_id", &log.read);
  prepare(&floor, "DELETE FROM log WHERE row_id>=? AND row_id<?", &log.remove);
  CURL *easy = open_connection(port, &headers, &answer);
  double start = bench_now_s();
  for (int64_t from = 0; from < count; from += batch) {
    int64_t until = from + batch < count ? from + batch : count;
    make_body(&floor, &log, from, until, &body);
    post(easy, &body, &answer);
    store_answer(&floor, &log, samples, from, until);
  }
  double seconds = bench_now_s() - start;
  curl_easy_cleanup(easy);
  curl_slist_free_all(headers);
  sqlite3_finalize(log.read);
  sqlite3_finalize(log.remove);
  close_floor(&floor);
  base_buf_done(&body);
  base_buf_done(&answer);
  return seconds;
}
