/* Rows of the objects' tables, one at a time; selection.c says which. */
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "store/internal.h"

/* ---- SQL names -------------------------------------------------------------------------------- */

void sql_quote(struct base_buf *out, const char *prefix, const char *name) {
  base_buf_char(out, '"');
  base_buf_text(out, prefix);
  for (; *name; name++) {
    if (*name == '"') base_buf_char(out, '"');
    base_buf_char(out, *name);
  }
  base_buf_char(out, '"');
}

void sql_table(struct base_buf *out, const struct vmx_object *object) {
  sql_quote(out, "o_", object->name);
}

void sql_column(struct base_buf *out, const struct vmx_field *field) {
  sql_quote(out, "c_", field->name);
}

void sql_temporary(struct base_buf *out, const struct vmx_link *link) {
  base_buf_text(out, "CAST(");
  sql_column(out, &link->child->fields[link->child_fields[0]]);
  base_buf_text(out, " AS NUMERIC)");
}

void sql_is_temporary(struct base_buf *out, const struct vmx_link *link) {
  base_buf_text(out, "substr(");
  sql_column(out, &link->child->fields[link->child_fields[0]]);
  base_buf_text(out, ",1,1)='-'");
}

/* ---- statements of one object ------------------------------------------------------------------ */

static void put_sql(struct base_buf *sql, const struct vmx_object *object, bool server) {
  base_buf_text(sql, "INSERT INTO ");
  sql_table(sql, object);
  base_buf_text(sql, "(k,sum");
  for (size_t i = 0; i < object->field_count; i++) {
    base_buf_char(sql, ',');
    sql_column(sql, &object->fields[i]);
  }
  base_buf_text(sql, ") VALUES(?1,?2");
  for (size_t i = 0; i < object->field_count; i++) base_buf_printf(sql, ",?%zu", i + 3);
  base_buf_text(sql, ") ON CONFLICT(k) DO UPDATE SET sum=coalesce(?2,sum)");
  for (size_t i = 0; i < object->field_count; i++) {
    if (server && !object->fields[i].travels) continue;
    base_buf_char(sql, ',');
    sql_column(sql, &object->fields[i]);
    base_buf_printf(sql, "=?%zu", i + 3);
  }
}

static void get_sql(struct base_buf *sql, const struct vmx_object *object) {
  base_buf_text(sql, "SELECT k,sum");
  for (size_t i = 0; i < object->field_count; i++) {
    base_buf_char(sql, ',');
    sql_column(sql, &object->fields[i]);
  }
  base_buf_text(sql, " FROM ");
  sql_table(sql, object);
  base_buf_text(sql, " WHERE k=?1");
}

int rows_prepare(struct vmx_store *store, struct base_buf *sql, sqlite3_stmt **out,
                 struct base_error *err) {
  int status = sql->failed ? base_fail(err, VMX_CODE_STORE, "", "out of memory for a statement") : 0;
  if (status == 0 && sqlite3_prepare_v3(store->db, sql->data, (int)sql->len + 1,
                                        SQLITE_PREPARE_PERSISTENT, out, NULL) != SQLITE_OK)
    status = store_fail(store, err);
  base_buf_done(sql);
  return status;
}

static sqlite3_stmt *statement_of(struct vmx_store *store, const struct vmx_object *object,
                                  enum vmx_object_sql which, struct base_error *err) {
  sqlite3_stmt **statement = &store->objects[object->id].statements[which];
  store_settle(store);
  if (*statement) {
    sqlite3_reset(*statement);
    return *statement;
  }
  struct base_buf sql = BASE_BUF_INIT;
  switch (which) {
  case ROW_GET: get_sql(&sql, object); break;
  case ROW_DELETE:
    base_buf_text(&sql, "DELETE FROM ");
    sql_table(&sql, object);
    base_buf_text(&sql, " WHERE k=?1");
    break;
  default: put_sql(&sql, object, which == ROW_PUT_SERVER); break;
  }
  rows_prepare(store, &sql, statement, err);
  return *statement;
}

bool rows_integer_key(const struct vmx_object *object) {
  return object->key_count == 1 && object->fields[object->key[0]].datatype == VMX_NUMBER;
}

void store_finish_statements(struct vmx_store *store) {
  for (size_t i = 0; i < store->object_count; i++)
    for (int k = 0; k < ROW_SQL_COUNT; k++) {
      sqlite3_finalize(store->objects[i].statements[k]);
      store->objects[i].statements[k] = NULL;
    }
}

void store_detach(struct vmx_store *store) {
  store_finish_statements(store);
  free(store->objects);
  store->objects = NULL;
  store->object_count = 0;
  store->model = NULL;
}

struct store_object *store_objects_new(const struct vmx_model *model) {
  struct store_object *objects = calloc(model->object_count + 1, sizeof *objects);
  for (size_t s = 0; objects && s < model->service_count; s++)
    for (size_t i = 0; i < model->services[s].object_count; i++) {
      const struct vmx_object *object = &model->services[s].objects[i];
      objects[object->id].integer_key = rows_integer_key(object);
    }
  return objects;
}

void store_attach(struct vmx_store *store, const struct vmx_model *model,
                  struct store_object *objects) {
  store_detach(store);
  store->model = model;
  store->objects = objects;
  store->object_count = model->object_count;
}

/* ---- one row ----------------------------------------------------------------------------------- */

/* What is no integer in a number's place is bound as bytes: SQLite would take "012" for 12. */
void rows_bind_key(struct vmx_store *store, const struct vmx_object *object,
                   sqlite3_stmt *statement, const char *key) {
  int64_t integer;
  size_t len = strlen(key);
  if (!store->objects[object->id].integer_key) store_bind_bytes(statement, 1, key, len);
  else if (decimal_integer(key, len, &integer)) sqlite3_bind_int64(statement, 1, integer);
  else sqlite3_bind_blob64(statement, 1, key, len, SQLITE_STATIC);
}

bool rows_read(const struct vmx_object *object, sqlite3_stmt *statement, struct vmx_arena *arena,
               struct store_row *out) {
  struct vmx_value checksum;
  out->found = true;
  out->row = vmx_arena_array(arena, object->field_count, sizeof *out->row);
  if (!out->row || !store_column(statement, 1, arena, &checksum)) return false;
  out->checksum = checksum.text ? checksum.text : "";
  for (size_t i = 0; i < object->field_count; i++)
    if (!store_column(statement, (int)i + 2, arena, &out->row[i])) return false;
  return true;
}

int rows_get(struct vmx_store *store, const struct vmx_object *object, const char *key,
             struct vmx_arena *arena, struct store_row *out, struct base_error *err) {
  *out = (struct store_row){.checksum = ""};
  sqlite3_stmt *statement = statement_of(store, object, ROW_GET, err);
  if (!statement) return VMX_CODE_STORE;
  rows_bind_key(store, object, statement, key);
  bool row;
  int status = store_step(store, statement, &row, err);
  if (status == 0 && row && !rows_read(object, statement, arena, out))
    status = store_no_memory(err);
  sqlite3_reset(statement);
  return status;
}

/* Every column that travels becomes the row's: nothing of an older version stays (LOC-07). */
static int put(struct vmx_store *store, const struct vmx_object *object, const char *key,
               const struct vmx_value *row, const struct vmx_value *checksum, bool server,
               struct base_error *err) {
  sqlite3_stmt *statement = statement_of(store, object, server ? ROW_PUT_SERVER : ROW_PUT, err);
  if (!statement) return VMX_CODE_STORE;
  rows_bind_key(store, object, statement, key);
  store_bind_bytes(statement, 2, checksum ? checksum->text : NULL, checksum ? checksum->len : 0);
  for (size_t i = 0; i < object->field_count; i++)
    store_bind_bytes(statement, (int)i + 3, row[i].text, row[i].len);
  return store_run(store, statement, err);
}

/* A table of integer keys says so when it is given another one. */
int rows_put(struct vmx_store *store, const struct vmx_object *object, const char *key,
             const struct vmx_value *row, const struct vmx_value *checksum, bool server,
             struct base_error *err) {
  struct base_error first = {0};
  int status = put(store, object, key, row, checksum, server, &first);
  if (status == 0) return 0;
  if ((sqlite3_errcode(store->db) & 0xff) != SQLITE_MISMATCH) {
    if (err) *err = first;
    return status;
  }
  status = schema_take_any_key(store, object, err);
  return status == 0 ? put(store, object, key, row, checksum, server, err) : status;
}

int rows_delete(struct vmx_store *store, const struct vmx_object *object, const char *key,
                struct base_error *err) {
  sqlite3_stmt *statement = statement_of(store, object, ROW_DELETE, err);
  if (!statement) return VMX_CODE_STORE;
  rows_bind_key(store, object, statement, key);
  return store_run(store, statement, err);
}

int rows_key(struct vmx_store *store, const struct vmx_object *object, const struct vmx_value *row,
             const char **key, struct base_error *err) {
  base_buf_clear(&store->scratch);
  bool whole = vmx_key_text(&store->scratch, object, row);
  *key = base_buf_string(&store->scratch);
  if (store->scratch.failed) return store_no_memory(err);
  if (whole) return 0;
  return base_fail(err, VMX_CODE_KEY_EMPTY, "LOC-05", "a key column of %s is null or empty",
                   object->name);
}

int rows_key_copy(struct vmx_store *store, const struct vmx_object *object,
                  const struct vmx_value *row, struct vmx_arena *arena, const char **key,
                  struct base_error *err) {
  const char *text;
  int status = rows_key(store, object, row, &text, err);
  if (status != 0) return status;
  *key = vmx_arena_text(arena, text, strlen(text));
  return *key ? 0 : store_no_memory(err);
}
