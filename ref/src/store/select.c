/*
 * executeSelectQuery: one read-only SELECT of the application over all its objects.
 *
 * The query stands in brackets behind a WITH clause that names the objects: what SQLite takes there is a
 * select, so anything that writes, attaches or sets is a syntax error before guard.c is even asked.
 */
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/utf8.h"
#include "store/internal.h"

enum { STEPS_BETWEEN = 100000 }; /* instructions of SQLite's machine between two looks at the limit */
static const int64_t steps_max = 2000000000; /* far above what a query over a device's rows takes */

static int query_fail(struct base_error *err, const char *why) {
  return base_fail(err, VMX_CODE_STORE_SELECT, "W-49", "the select query failed: %s", why);
}

/* ---- the statement ------------------------------------------------------------------------------ */

/* Is `name` the object's alone, spelled in any case? SQL does not tell spellings apart. */
static bool is_only(const struct vmx_model *model, const struct vmx_object *object,
                    const char *name) {
  for (size_t s = 0; s < model->service_count; s++)
    for (size_t i = 0; i < model->services[s].object_count; i++) {
      const struct vmx_object *other = &model->services[s].objects[i];
      if (other != object && (strcasecmp(other->name, name) == 0 ||
                              strcasecmp(other->short_name, name) == 0))
        return false;
    }
  return true;
}

static void name_object(struct base_buf *sql, const struct vmx_object *object, const char *name) {
  base_buf_text(sql, sql->len ? "," : "WITH ");
  sql_quote(sql, "", name);
  base_buf_text(sql, " AS (SELECT ");
  guard_columns(sql, object);
  base_buf_text(sql, " FROM ");
  sql_table(sql, object);
  base_buf_char(sql, ')');
}

/* Objects whose name occurs in the query, by full name and, where it is unique, by short name (W-3). */
static void with_sql(struct base_buf *sql, const struct vmx_model *model, const char *query) {
  for (size_t s = 0; s < model->service_count; s++)
    for (size_t i = 0; i < model->services[s].object_count; i++) {
      const struct vmx_object *object = &model->services[s].objects[i];
      bool plain = !strchr(object->short_name, '"'); /* else it is written in another way there */
      if (plain && !strcasestr(query, object->short_name)) continue;
      name_object(sql, object, object->name);
      if (strcmp(object->short_name, object->name) != 0 && is_only(model, object, object->short_name))
        name_object(sql, object, object->short_name);
    }
}

static size_t trimmed(const char *query) {
  size_t len = strlen(query);
  while (len > 0 && strchr(" \t\r\n;", query[len - 1])) len--;
  return len;
}

static bool is_select(const char *query) {
  static const char *const words[] = {"SELECT", "WITH", "VALUES"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strncasecmp(query, words[i], strlen(words[i])) == 0) return true;
  return false;
}

static int prepare(struct vmx_store *store, const char *query, sqlite3_stmt **out,
                   struct base_error *err) {
  struct guard guard = {store, NULL, 0};
  struct base_buf sql = BASE_BUF_INIT;
  const char *problem = NULL;
  query += strspn(query, " \t\r\n");
  if (!is_select(query)) return query_fail(err, "it is no SELECT");
  with_sql(&sql, store->model, query);
  base_buf_text(&sql, " SELECT * FROM (\n");
  base_buf_append(&sql, query, trimmed(query));
  base_buf_text(&sql, "\n)");
  store_settle(store);
  if (!sql.failed) guard_prepare(&guard, base_buf_string(&sql), out, &problem);
  int status = sql.failed ? store_no_memory(err) : problem ? query_fail(err, problem) : 0;
  base_buf_done(&sql);
  return status;
}

/* ---- the records -------------------------------------------------------------------------------- */

/* SQLite's digits, which know no locale; JSON has no word for what is infinite, but digits. */
static int write_real(struct base_buf *out, sqlite3_stmt *statement, int column) {
  const char *digits = (const char *)sqlite3_column_text(statement, column);
  if (!digits) return SQLITE_NOMEM;
  const char *infinite = strstr(digits, "Inf");
  base_buf_text(out, !infinite ? digits : *digits == '-' ? "-9e999" : "9e999");
  return SQLITE_OK;
}

/* Bytes that are no text are given as their hexadecimal digits. */
static void write_bytes(struct base_buf *out, const unsigned char *bytes, size_t len) {
  base_buf_char(out, '"');
  for (size_t i = 0; i < len; i++) base_buf_printf(out, "%02X", bytes[i]);
  base_buf_char(out, '"');
}

static int write_text(struct base_buf *out, sqlite3_stmt *statement, int column, bool text) {
  const char *bytes = text ? (const char *)sqlite3_column_text(statement, column)
                           : sqlite3_column_blob(statement, column);
  size_t len = (size_t)sqlite3_column_bytes(statement, column);
  if (!bytes && (text || len > 0)) return SQLITE_NOMEM;
  if (text && utf8_valid(bytes, len)) json_quote(out, bytes, len);
  else write_bytes(out, (const unsigned char *)bytes, len);
  return SQLITE_OK;
}

/* SET-05, W-13: does every object that has a column of this name call it a boolean? */
static bool names_boolean(const struct vmx_model *model, const char *name) {
  bool found = false;
  for (size_t s = 0; s < model->service_count; s++)
    for (size_t i = 0; i < model->services[s].object_count; i++) {
      const struct vmx_object *object = &model->services[s].objects[i];
      int field = vmx_object_find_field(object, name, strlen(name));
      if (field < 0) continue;
      if (object->fields[field].datatype != VMX_BOOLEAN) return false;
      found = true;
    }
  return found;
}

static void write_integer(struct base_buf *out, const struct vmx_store *store, const char *name,
                          int64_t value) {
  bool literal = store->booleans == VMX_BOOLEAN_LITERAL && (value == 0 || value == 1) &&
                 names_boolean(store->model, name);
  if (literal) base_buf_text(out, value ? "true" : "false");
  else base_buf_printf(out, "%lld", (long long)value);
}

static int write_value(struct base_buf *out, const struct vmx_store *store, const char *name,
                       sqlite3_stmt *statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
  case SQLITE_NULL: base_buf_text(out, "null"); return SQLITE_OK;
  case SQLITE_INTEGER:
    write_integer(out, store, name, sqlite3_column_int64(statement, column));
    return SQLITE_OK;
  case SQLITE_FLOAT: return write_real(out, statement, column);
  case SQLITE_TEXT: return write_text(out, statement, column, true);
  default: return write_text(out, statement, column, false);
  }
}

static int write_record(struct base_buf *out, const struct vmx_store *store,
                        sqlite3_stmt *statement) {
  for (int i = 0; i < sqlite3_column_count(statement); i++) {
    const char *name = sqlite3_column_name(statement, i);
    if (!name) return SQLITE_NOMEM;
    base_buf_char(out, i ? ',' : '{');
    json_quote(out, name, strlen(name));
    base_buf_char(out, ':');
    if (write_value(out, store, name, statement, i) != SQLITE_OK) return SQLITE_NOMEM;
  }
  base_buf_char(out, '}');
  return SQLITE_OK;
}

/* ---- running it --------------------------------------------------------------------------------- */

struct budget {
  int64_t left;
};

static int spend(void *context) {
  struct budget *budget = context;
  budget->left -= STEPS_BETWEEN;
  return budget->left <= 0;
}

static int step_all(struct vmx_store *store, sqlite3_stmt *statement, struct base_buf *rows,
                    struct base_error *err) {
  int result;
  base_buf_char(rows, '[');
  for (bool first = true; (result = sqlite3_step(statement)) == SQLITE_ROW; first = false) {
    if (!first) base_buf_char(rows, ',');
    if (write_record(rows, store, statement) != SQLITE_OK || rows->failed)
      return store_no_memory(err);
  }
  base_buf_char(rows, ']');
  if (result == SQLITE_DONE) return rows->failed ? store_no_memory(err) : 0;
  if (result == SQLITE_INTERRUPT) return query_fail(err, "it takes more steps than a query may");
  return query_fail(err, sqlite3_errmsg(store->db));
}

int vmx_store_select(struct vmx_store *store, struct vmx_text query, struct base_buf *rows,
                     struct base_error *err) {
  CLEANUP(finalize) sqlite3_stmt *statement = NULL;
  struct budget budget = {store->select_steps_max ? store->select_steps_max : steps_max};
  if (!query.text) return query_fail(err, "there is none");
  if (!utf8_valid(query.text, query.len)) return query_fail(err, "it is no UTF-8");
  int limit = sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, GUARD_VALUE_BYTES_MAX);
  int status = prepare(store, query.text, &statement, err);
  sqlite3_progress_handler(store->db, STEPS_BETWEEN, spend, &budget);
  if (status == 0) status = step_all(store, statement, rows, err);
  sqlite3_progress_handler(store->db, 0, NULL, NULL);
  sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, limit);
  return status;
}
