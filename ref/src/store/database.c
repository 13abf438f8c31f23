/* The connection, its statements and transactions. */
#include <stdarg.h>
#include <string.h>

#include "store/internal.h"

#define VMX_STATEMENTS_TEXT(name, sql) sql,
static const char *const statement_texts[] = {VMX_STATEMENTS(VMX_STATEMENTS_TEXT)};

int store_no_memory(struct base_error *err) {
  return base_fail(err, VMX_CODE_SYNC, "", "out of memory");
}

int store_fail(struct vmx_store *store, struct base_error *err) {
  return base_fail(err, VMX_CODE_STORE, "LOC-02", "the local database failed: %s",
                   sqlite3_errmsg(store->db));
}

int store_failed_as(int status, int code, struct base_error *err) {
  if (status < VMX_CODE_STORE || status > VMX_CODE_STORE_ROLLED_BACK) return status;
  if (err) err->code = code;
  return code;
}

int store_exec(struct vmx_store *store, const char *sql, struct base_error *err) {
  return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_fail(store, err);
}

int store_execf(struct vmx_store *store, struct base_error *err, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *sql = sqlite3_vmprintf(format, args);
  va_end(args);
  int status = sql ? store_exec(store, sql, err) : store_no_memory(err);
  sqlite3_free(sql);
  return status;
}

/* Without memory SQLite may fail even to roll back: nobody reads or begins over what it left open. */
void store_settle(struct vmx_store *store) {
  if (store->in_transaction || sqlite3_get_autocommit(store->db)) return;
  sqlite3_step(store->statements[SQL_ROLLBACK]);
  sqlite3_reset(store->statements[SQL_ROLLBACK]);
}

sqlite3_stmt *store_statement(struct vmx_store *store, enum vmx_sql sql, struct base_error *err) {
  sqlite3_stmt **statement = &store->statements[sql];
  store_settle(store);
  if (*statement) sqlite3_reset(*statement);
  else if (sqlite3_prepare_v3(store->db, statement_texts[sql], -1, SQLITE_PREPARE_PERSISTENT,
                              statement, NULL) != SQLITE_OK)
    store_fail(store, err);
  return *statement;
}

void store_bind_bytes(sqlite3_stmt *statement, int index, const char *text, size_t len) {
  if (text) sqlite3_bind_text64(statement, index, text, len, SQLITE_STATIC, SQLITE_UTF8);
  else sqlite3_bind_null(statement, index);
}

void store_bind_texts(sqlite3_stmt *statement, int count, const char *const *texts) {
  for (int i = 0; i < count; i++)
    store_bind_bytes(statement, i + 1, texts[i], texts[i] ? strlen(texts[i]) : 0);
}

int store_step(struct vmx_store *store, sqlite3_stmt *statement, bool *row,
               struct base_error *err) {
  int result = sqlite3_step(statement);
  *row = result == SQLITE_ROW;
  if (*row) return 0;
  int status = result == SQLITE_DONE ? 0 : store_fail(store, err);
  sqlite3_reset(statement);
  return status;
}

int store_run(struct vmx_store *store, sqlite3_stmt *statement, struct base_error *err) {
  bool row;
  int status = store_step(store, statement, &row, err);
  if (row) sqlite3_reset(statement);
  return status;
}

int store_run_texts(struct vmx_store *store, enum vmx_sql sql, int count, const char *const *texts,
                    struct base_error *err) {
  sqlite3_stmt *statement = store_statement(store, sql, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, count, texts);
  return store_run(store, statement, err);
}

int store_begin(struct vmx_store *store, bool durable, struct base_error *err) {
  if (!store_statement(store, SQL_ROLLBACK, err)) return VMX_CODE_STORE;
  if (store->durable != durable) {
    int status = store_exec(store, durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
                            err);
    if (status != 0) return status;
    store->durable = durable;
  }
  int status = store_exec(store, "BEGIN IMMEDIATE", err);
  store->in_transaction = status == 0;
  return status;
}

int store_end(struct vmx_store *store, int status, struct base_error *err) {
  store->in_transaction = false;
  if (status == 0 && sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK) return 0;
  if (status == 0)
    status = base_fail(err, VMX_CODE_STORE_ROLLED_BACK, "LOC-02",
                       "a transaction of the local database was rolled back: %s",
                       sqlite3_errmsg(store->db));
  store_settle(store);
  return status;
}

void vmx_store_measure(struct vmx_store *store, const struct base_clock *clock) {
  store->clock = clock ? *clock : (struct base_clock){0};
}

int64_t vmx_store_parsing_ms(const struct vmx_store *store) { return store->parsing_ms; }

int64_t store_now(const struct vmx_store *store) {
  return store->clock.monotonic_ms ? store->clock.monotonic_ms(store->clock.context) : 0;
}

bool store_column(sqlite3_stmt *statement, int column, struct vmx_arena *arena,
                  struct vmx_value *out) {
  const char *text = (const char *)sqlite3_column_text(statement, column);
  *out = (struct vmx_value){0};
  if (!text) return sqlite3_column_type(statement, column) == SQLITE_NULL;
  size_t len = (size_t)sqlite3_column_bytes(statement, column);
  *out = (struct vmx_value){vmx_arena_text(arena, text, len), len};
  return out->text != NULL;
}

int store_peek(sqlite3_stmt *statement, int column, struct vmx_value *out, struct base_error *err) {
  out->text = (const char *)sqlite3_column_text(statement, column);
  out->len = out->text ? (size_t)sqlite3_column_bytes(statement, column) : 0;
  bool lost = !out->text && sqlite3_column_type(statement, column) != SQLITE_NULL;
  return lost ? store_no_memory(err) : 0;
}
