/* Rows of the objects' tables, and which of them a selector means. */
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

static void select_sql(struct base_buf *sql, const struct vmx_object *object, const char *tail) {
  base_buf_text(sql, "SELECT k,sum");
  for (size_t i = 0; i < object->field_count; i++) {
    base_buf_char(sql, ',');
    sql_column(sql, &object->fields[i]);
  }
  base_buf_text(sql, " FROM ");
  sql_table(sql, object);
  base_buf_text(sql, tail);
}

static int prepare(struct vmx_store *store, struct base_buf *sql, sqlite3_stmt **out,
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
  case ROW_GET: select_sql(&sql, object, " WHERE k=?1"); break;
  case ROW_ALL: select_sql(&sql, object, " ORDER BY k"); break;
  case ROW_DELETE:
    base_buf_text(&sql, "DELETE FROM ");
    sql_table(&sql, object);
    base_buf_text(&sql, " WHERE k=?1");
    break;
  default: put_sql(&sql, object, which == ROW_PUT_SERVER); break;
  }
  prepare(store, &sql, statement, err);
  return *statement;
}

static bool has_integer_key(const struct vmx_object *object) {
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
      objects[object->id].integer_key = has_integer_key(object);
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

/* An integer is kept as one: rows of ascending keys are then appended to the table. */
static void bind_key(struct vmx_store *store, const struct vmx_object *object,
                     sqlite3_stmt *statement, const char *key) {
  int64_t integer;
  size_t len = strlen(key);
  if (store->objects[object->id].integer_key && decimal_integer(key, len, &integer))
    sqlite3_bind_int64(statement, 1, integer);
  else store_bind_bytes(statement, 1, key, len);
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
  bind_key(store, object, statement, key);
  bool row;
  int status = store_step(store, statement, &row, err);
  if (status == 0 && row && !rows_read(object, statement, arena, out))
    status = store_no_memory(err);
  sqlite3_reset(statement);
  return status;
}

int rows_put(struct vmx_store *store, const struct vmx_object *object, const char *key,
             const struct vmx_value *row, const struct vmx_value *checksum, bool server,
             struct base_error *err) {
  sqlite3_stmt *statement = statement_of(store, object, server ? ROW_PUT_SERVER : ROW_PUT, err);
  if (!statement) return VMX_CODE_STORE;
  bind_key(store, object, statement, key);
  store_bind_bytes(statement, 2, checksum ? checksum->text : NULL, checksum ? checksum->len : 0);
  for (size_t i = 0; i < object->field_count; i++)
    store_bind_bytes(statement, (int)i + 3, row[i].text, row[i].len);
  return store_run(store, statement, err);
}

int rows_delete(struct vmx_store *store, const struct vmx_object *object, const char *key,
                struct base_error *err) {
  sqlite3_stmt *statement = statement_of(store, object, ROW_DELETE, err);
  if (!statement) return VMX_CODE_STORE;
  bind_key(store, object, statement, key);
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

/* ---- selections -------------------------------------------------------------------------------- */

struct key_list {
  struct vmx_arena *arena;
  struct store_keys *out;
  size_t capacity;
};

static int add_key(struct key_list *list, const char *text, size_t len, struct base_error *err) {
  struct store_keys *keys = list->out;
  if (keys->count == list->capacity) {
    size_t capacity = list->capacity ? list->capacity * 2 : 64;
    char **items = vmx_arena_array(list->arena, capacity, sizeof *items);
    if (!items) return store_no_memory(err);
    if (keys->count) memcpy(items, keys->items, keys->count * sizeof *items);
    keys->items = items;
    list->capacity = capacity;
  }
  char *key = vmx_arena_text(list->arena, text, len);
  if (!key) return store_no_memory(err);
  keys->items[keys->count++] = key;
  return 0;
}

static int add_row_key(struct key_list *list, sqlite3_stmt *statement, struct base_error *err) {
  const char *key = (const char *)sqlite3_column_text(statement, 0);
  if (!key) return store_no_memory(err);
  return add_key(list, key, (size_t)sqlite3_column_bytes(statement, 0), err);
}

/* The value of a column without a copy. */
static int peek_column(sqlite3_stmt *statement, int column, struct vmx_value *out,
                       struct base_error *err) {
  out->text = (const char *)sqlite3_column_text(statement, column);
  out->len = out->text ? (size_t)sqlite3_column_bytes(statement, column) : 0;
  bool lost = !out->text && sqlite3_column_type(statement, column) != SQLITE_NULL;
  return lost ? store_no_memory(err) : 0;
}

/* C-3: all given columns equal, by datatype. */
static int matches(const struct vmx_object *object, const struct vmx_selector *selector,
                   sqlite3_stmt *statement, bool *out, struct base_error *err) {
  *out = true;
  for (size_t i = 0; selector->kind == VMX_SELECT_MAP && *out && i < object->field_count; i++) {
    struct vmx_value value;
    if (!selector->given[i]) continue;
    int status = peek_column(statement, (int)i + 2, &value, err);
    if (status != 0) return status;
    *out = vmx_value_equal(object->fields[i].datatype, &value, &selector->row[i]);
  }
  return 0;
}

static int select_scan(struct vmx_store *store, const struct vmx_object *object,
                       const struct vmx_selector *selector, struct key_list *list,
                       struct base_error *err) {
  sqlite3_stmt *statement = statement_of(store, object, ROW_ALL, err);
  if (!statement) return VMX_CODE_STORE;
  bool row = true, meant = false;
  int status = 0;
  while (status == 0 && (status = store_step(store, statement, &row, err)) == 0 && row) {
    status = matches(object, selector, statement, &meant, err);
    if (status == 0 && meant) status = add_row_key(list, statement, err);
  }
  sqlite3_reset(statement);
  return status;
}

static int select_key(struct vmx_store *store, const struct vmx_object *object,
                      const struct vmx_selector *selector, struct key_list *list,
                      struct base_error *err) {
  struct store_row row;
  const char *key;
  int status = rows_key_copy(store, object, selector->row, list->arena, &key, err);
  if (status != 0) return status;
  status = rows_get(store, object, key, list->arena, &row, err);
  return status == 0 && row.found ? add_key(list, key, strlen(key), err) : status;
}

/* The condition sees the object's columns under their own names, numbers as numbers. */
static void condition_sql(struct base_buf *sql, const struct vmx_object *object,
                          const char *condition) {
  base_buf_text(sql, "SELECT k FROM (SELECT k");
  for (size_t i = 0; i < object->field_count; i++) {
    const struct vmx_field *field = &object->fields[i];
    bool numeric = field->datatype == VMX_NUMBER || field->datatype == VMX_BOOLEAN;
    base_buf_text(sql, numeric ? ",CAST(" : ",(");
    sql_column(sql, field);
    base_buf_text(sql, numeric ? " AS NUMERIC) AS " : ") AS ");
    sql_quote(sql, "", field->name);
  }
  base_buf_text(sql, " FROM ");
  sql_table(sql, object);
  base_buf_printf(sql, ") WHERE (%s\n) ORDER BY k", condition);
}

/* A condition may read the object's table and call functions, nothing else. */
static int authorize(void *table, int action, const char *one, const char *two, const char *db,
                     const char *trigger) {
  (void)two, (void)db, (void)trigger;
  if (action == SQLITE_SELECT || action == SQLITE_FUNCTION) return SQLITE_OK;
  bool own = action == SQLITE_READ && one && (*one == '\0' || strcmp(one, table) == 0);
  return own ? SQLITE_OK : SQLITE_DENY;
}

static int prepare_condition(struct vmx_store *store, const struct vmx_object *object,
                             const char *condition, sqlite3_stmt **out, struct base_error *err) {
  struct base_buf sql = BASE_BUF_INIT, table = BASE_BUF_INIT;
  const char *tail = NULL;
  base_buf_printf(&table, "o_%s", object->name);
  condition_sql(&sql, object, condition);
  int status = sql.failed || table.failed ? store_no_memory(err) : 0;
  if (status == 0) {
    sqlite3_set_authorizer(store->db, authorize, table.data);
    int result = sqlite3_prepare_v2(store->db, sql.data, (int)sql.len + 1, out, &tail);
    sqlite3_set_authorizer(store->db, NULL, NULL);
    if (result != SQLITE_OK || *tail)
      status = base_fail(err, VMX_CODE_OPTION, "C-3", "whereConditionAsAString of %s: %s",
                         object->name, sqlite3_errmsg(store->db));
  }
  base_buf_done(&sql);
  base_buf_done(&table);
  return status;
}

static int select_condition(struct vmx_store *store, const struct vmx_object *object,
                            const struct vmx_selector *selector, struct key_list *list,
                            struct base_error *err) {
  CLEANUP(finalize) sqlite3_stmt *statement = NULL;
  int status = prepare_condition(store, object, selector->condition, &statement, err);
  bool row = true;
  while (status == 0 && (status = store_step(store, statement, &row, err)) == 0 && row)
    status = add_row_key(list, statement, err);
  return status;
}

int rows_select(struct vmx_store *store, const struct vmx_object *object,
                const struct vmx_selector *selector, struct vmx_arena *arena,
                struct store_keys *out, struct base_error *err) {
  *out = (struct store_keys){0};
  struct key_list list = {.arena = arena, .out = out};
  switch (selector->kind) {
  case VMX_SELECT_KEY: return select_key(store, object, selector, &list, err);
  case VMX_SELECT_TEXT: return select_condition(store, object, selector, &list, err);
  default: return select_scan(store, object, selector, &list, err);
  }
}

/* Candidates: all children, or those with a temporary key, which have an index (W-34). */
static void children_sql(struct base_buf *sql, const struct vmx_link *link, bool temporary) {
  base_buf_text(sql, "SELECT k");
  for (size_t i = 0; i < link->count; i++) {
    base_buf_char(sql, ',');
    sql_column(sql, &link->child->fields[link->child_fields[i]]);
  }
  base_buf_text(sql, " FROM ");
  sql_table(sql, link->child);
  if (!temporary) return;
  base_buf_text(sql, " WHERE ");
  sql_temporary(sql, link);
  base_buf_text(sql, "=CAST(?1 AS NUMERIC) AND ");
  sql_is_temporary(sql, link);
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

static int is_child(const struct vmx_link *link, const struct vmx_value *parent,
                    sqlite3_stmt *statement, bool *out, struct base_error *err) {
  *out = true;
  for (size_t i = 0; *out && i < link->count; i++) {
    struct vmx_value value;
    int status = peek_column(statement, (int)i + 1, &value, err);
    if (status != 0) return status;
    *out = value.text && vmx_value_equal(link->child->fields[link->child_fields[i]].datatype, &value,
                                         &parent[link->parent_fields[i]]);
  }
  return 0;
}

int rows_children(struct vmx_store *store, const struct vmx_link *link,
                  const struct vmx_value *before, struct vmx_arena *arena, struct store_keys *out,
                  struct base_error *err) {
  CLEANUP(finalize) sqlite3_stmt *statement = NULL;
  *out = (struct store_keys){0};
  struct key_list list = {.arena = arena, .out = out};
  struct base_buf sql = BASE_BUF_INIT;
  const struct vmx_value *first = &before[link->parent_fields[0]];
  bool temporary = vmx_value_temporary(first), row = true, child = false;
  children_sql(&sql, link, temporary);
  int status = prepare(store, &sql, &statement, err);
  if (status == 0 && temporary) store_bind_bytes(statement, 1, first->text, first->len);
  while (status == 0 && (status = store_step(store, statement, &row, err)) == 0 && row) {
    status = is_child(link, before, statement, &child, err);
    if (status == 0 && child) status = add_row_key(&list, statement, err);
  }
  return status;
}
