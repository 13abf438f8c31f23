/* The tables that setup makes, one for each object, and what it keeps. */
#include <stdlib.h>
#include <string.h>

#include "store/internal.h"

/* ---- tables of objects ------------------------------------------------------------------------- */

static int exec_buf(struct vmx_store *store, struct base_buf *sql, struct base_error *err) {
  int status = sql->failed ? store_no_memory(err) : store_exec(store, base_buf_string(sql), err);
  base_buf_done(sql);
  return status;
}

static int list_names(struct vmx_store *store, const char *query, struct vmx_arena *arena,
                      struct store_keys *out, struct base_error *err) {
  CLEANUP(finalize) sqlite3_stmt *statement = NULL;
  *out = (struct store_keys){0};
  size_t capacity = 0;
  if (sqlite3_prepare_v2(store->db, query, -1, &statement, NULL) != SQLITE_OK)
    return store_fail(store, err);
  bool row = true;
  int status;
  while ((status = store_step(store, statement, &row, err)) == 0 && row) {
    struct vmx_value name;
    if (out->count == capacity) {
      char **items = vmx_arena_array(arena, capacity + 256, sizeof *items);
      if (!items) return store_no_memory(err);
      if (capacity) memcpy(items, out->items, capacity * sizeof *items);
      out->items = items;
      capacity += 256;
    }
    char *copy = store_column(statement, 0, arena, &name) && name.text
                     ? vmx_arena_text(arena, name.text, name.len)
                     : NULL;
    if (!copy) return store_no_memory(err);
    out->items[out->count++] = copy;
  }
  return status;
}

static void columns_sql(struct base_buf *sql, const struct vmx_object *object) {
  base_buf_text(sql, ",sum");
  for (size_t i = 0; i < object->field_count; i++) {
    base_buf_char(sql, ',');
    sql_column(sql, &object->fields[i]);
  }
}

/* A table of integer keys finds and appends rows without comparing records. */
static int make_table(struct vmx_store *store, const struct vmx_object *object, bool integers,
                      struct base_error *err) {
  struct base_buf sql = BASE_BUF_INIT;
  base_buf_text(&sql, "CREATE TABLE IF NOT EXISTS ");
  sql_table(&sql, object);
  base_buf_text(&sql, integers ? "(k INTEGER PRIMARY KEY" : "(k PRIMARY KEY");
  columns_sql(&sql, object);
  base_buf_text(&sql, integers ? ")" : ") WITHOUT ROWID");
  return exec_buf(store, &sql, err);
}

/* The key became one that is no number: there are no rows under the old one (change_check_keys()). */
static int drop_integers(struct vmx_store *store, const struct vmx_object *object,
                         struct vmx_arena *arena, struct base_error *err) {
  struct store_keys names;
  char *query = sqlite3_mprintf("SELECT name FROM pragma_table_info('o_%q')"
                                " WHERE name='k' AND type='INTEGER'", object->name);
  int status = query ? list_names(store, query, arena, &names, err) : store_no_memory(err);
  sqlite3_free(query);
  if (status != 0 || names.count == 0) return status;
  return store_execf(store, err, "DROP TABLE \"o_%w\"", object->name);
}

static bool has_name(const struct store_keys *names, const char *prefix, const char *name) {
  size_t len = strlen(prefix);
  for (size_t i = 0; i < names->count; i++)
    if (strncmp(names->items[i], prefix, len) == 0 && strcmp(names->items[i] + len, name) == 0)
      return true;
  return false;
}

static int alter(struct vmx_store *store, const struct vmx_object *object, const char *verb,
                 const char *column, struct base_error *err) {
  struct base_buf sql = BASE_BUF_INIT;
  base_buf_text(&sql, "ALTER TABLE ");
  sql_table(&sql, object);
  base_buf_text(&sql, verb);
  sql_quote(&sql, "", column);
  return exec_buf(store, &sql, err);
}

/* Columns that came and went (W-9). */
static int settle_columns(struct vmx_store *store, const struct vmx_object *object,
                          struct vmx_arena *arena, struct base_error *err) {
  struct store_keys columns;
  char *query = sqlite3_mprintf("SELECT name FROM pragma_table_info('o_%q')", object->name);
  int status = query ? list_names(store, query, arena, &columns, err) : store_no_memory(err);
  sqlite3_free(query);
  for (size_t i = 0; status == 0 && i < columns.count; i++) {
    const char *name = columns.items[i];
    bool known = strncmp(name, "c_", 2) != 0 ||
                 vmx_object_find_field(object, name + 2, strlen(name + 2)) >= 0;
    if (!known) status = alter(store, object, " DROP COLUMN ", name, err);
  }
  for (size_t i = 0; status == 0 && i < object->field_count; i++) {
    struct base_buf name = BASE_BUF_INIT;
    base_buf_printf(&name, "c_%s", object->fields[i].name);
    if (name.failed) status = store_no_memory(err);
    else if (!has_name(&columns, "c_", object->fields[i].name))
      status = alter(store, object, " ADD COLUMN ", base_buf_string(&name), err);
    base_buf_done(&name);
  }
  return status;
}

/* Tables of objects that the model does not have, with all that belongs to them (W-9). */
static int drop_strangers(struct vmx_store *store, const struct vmx_model *model,
                          struct vmx_arena *arena, struct base_error *err) {
  static const char *const owned[] = {"vmx_log", "vmx_copy", "vmx_delta", "vmx_context",
                                      "vmx_request"};
  struct store_keys tables;
  int status = list_names(store,
                          "SELECT name FROM sqlite_master WHERE type='table'"
                          " AND substr(name,1,2)='o_'",
                          arena, &tables, err);
  for (size_t i = 0; status == 0 && i < tables.count; i++) {
    const char *name = tables.items[i] + 2;
    const struct vmx_object *object = model ? vmx_model_find_object(model, name) : NULL;
    bool kept = object && strcmp(object->name, name) == 0 &&
                (!store->model || change_same_object(store, object));
    if (kept) continue;
    status = store_execf(store, err, "DROP TABLE \"o_%w\"", name);
    for (size_t k = 0; status == 0 && k < sizeof owned / sizeof *owned; k++)
      status = store_execf(store, err, "DELETE FROM %s WHERE object=%Q", owned[k], name);
  }
  return status;
}

/* What belongs to entries and services that are gone. */
static int drop_leftovers(struct vmx_store *store, struct base_error *err) {
  return store_exec(store,
                    "DELETE FROM vmx_reference WHERE NOT EXISTS (SELECT 1 FROM vmx_log l"
                    " WHERE l.service=vmx_reference.service AND l.row_id=vmx_reference.row_id);"
                    "DELETE FROM vmx_request WHERE service NOT IN (SELECT name FROM vmx_service);"
                    "DELETE FROM vmx_context WHERE service NOT IN (SELECT name FROM vmx_service)",
                    err);
}

static int drop_indexes(struct vmx_store *store, struct vmx_arena *arena, struct base_error *err) {
  struct store_keys names;
  int status = list_names(store,
                          "SELECT name FROM sqlite_master WHERE type='index'"
                          " AND substr(name,1,2)='i_'",
                          arena, &names, err);
  for (size_t i = 0; status == 0 && i < names.count; i++)
    status = store_execf(store, err, "DROP INDEX \"%w\"", names.items[i]);
  return status;
}

/* Rows that hold a temporary key are found at once, and no other row pays for it (W-34). */
static int make_index(struct vmx_store *store, const struct vmx_link *link, size_t service,
                      size_t number, struct base_error *err) {
  struct base_buf sql = BASE_BUF_INIT;
  base_buf_printf(&sql, "CREATE INDEX i_%zu_%zu ON ", service, number);
  sql_table(&sql, link->child);
  base_buf_char(&sql, '(');
  sql_temporary(&sql, link);
  base_buf_text(&sql, ") WHERE ");
  sql_is_temporary(&sql, link);
  return exec_buf(store, &sql, err);
}

/* The rows move into the object's new table, and its indexes are made anew. */
static int move_rows(struct vmx_store *store, const struct vmx_object *object,
                     struct base_error *err) {
  const struct vmx_service *service = object->service;
  struct base_buf sql = BASE_BUF_INIT;
  base_buf_text(&sql, "INSERT INTO ");
  sql_table(&sql, object);
  base_buf_text(&sql, "(k");
  columns_sql(&sql, object);
  base_buf_text(&sql, ") SELECT k");
  columns_sql(&sql, object);
  base_buf_text(&sql, " FROM vmx_integers;DROP TABLE vmx_integers");
  int status = exec_buf(store, &sql, err);
  size_t number = (size_t)(service - store->model->services);
  for (size_t i = 0; status == 0 && i < service->link_count; i++)
    if (service->links[i].child == object)
      status = make_index(store, &service->links[i], number, i, err);
  return status;
}

int schema_take_any_key(struct vmx_store *store, const struct vmx_object *object,
                        struct base_error *err) {
  store_finish_statements(store);
  int status = store_execf(store, err, "ALTER TABLE \"o_%w\" RENAME TO vmx_integers", object->name);
  if (status == 0) status = make_table(store, object, false, err);
  return status == 0 ? move_rows(store, object, err) : status;
}

static int settle_tables(struct vmx_store *store, const struct vmx_model *model,
                         struct vmx_arena *arena, struct base_error *err) {
  int status = change_check_keys(store, model, err);
  if (status == 0) status = change_undo_cascades(store, model, err);
  if (status == 0) status = drop_indexes(store, arena, err);
  if (status == 0) status = drop_strangers(store, model, arena, err);
  if (status == 0) status = change_forget_columns(store, model, err);
  if (status == 0) status = drop_leftovers(store, err);
  for (size_t s = 0; s < model->service_count && status == 0; s++) {
    const struct vmx_service *service = &model->services[s];
    for (size_t i = 0; i < service->object_count && status == 0; i++) {
      const struct vmx_object *object = &service->objects[i];
      bool integers = rows_integer_key(object);
      status = integers ? 0 : drop_integers(store, object, arena, err);
      if (status == 0) status = make_table(store, object, integers, err);
      if (status == 0) status = settle_columns(store, object, arena, err);
    }
    for (size_t i = 0; i < service->link_count && status == 0; i++)
      status = make_index(store, &service->links[i], s, i, err);
    if (status == 0)
      status = store_execf(store, err, "INSERT OR IGNORE INTO vmx_counter VALUES(%Q,0,0)",
                           service->name);
  }
  return status;
}

/* ---- setup ------------------------------------------------------------------------------------- */

static int save_texts(struct vmx_store *store, const struct vmx_model *model,
                      struct base_error *err) {
  int status = store_execf(store, err,
                           "DELETE FROM vmx_setup;DELETE FROM vmx_service;"
                           "INSERT INTO vmx_setup VALUES(1,%Q)",
                           model->document);
  for (size_t i = 0; status == 0 && i < model->service_count; i++)
    if (model->services[i].metadata)
      status = store_execf(store, err, "INSERT INTO vmx_service VALUES(%Q,%Q)",
                           model->services[i].name, model->services[i].metadata);
  return status;
}

int vmx_store_save_setup(struct vmx_store *store, const struct vmx_model *model,
                         struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  CLEANUP(free_objects) struct store_object *objects = store_objects_new(model);
  if (!objects) return store_no_memory(err);
  store_finish_statements(store); /* of tables that change; what is attached stays if that fails */
  int status = store_begin(store, true, err);
  if (status != 0) return status;
  status = save_texts(store, model, err);
  if (status == 0) status = settle_tables(store, model, &arena, err);
  status = store_end(store, status, err);
  if (status == 0) store_attach(store, model, TAKE(objects));
  return status;
}

/* The text in the first column of the query's one row; len 0 and NULL when there is none. */
static int load_text(struct vmx_store *store, const char *query, const char *name,
                     struct vmx_arena *arena, struct vmx_value *out, struct base_error *err) {
  CLEANUP(finalize) sqlite3_stmt *statement = NULL;
  *out = (struct vmx_value){0};
  if (sqlite3_prepare_v2(store->db, query, -1, &statement, NULL) != SQLITE_OK)
    return store_fail(store, err);
  if (name) store_bind_bytes(statement, 1, name, strlen(name));
  bool row;
  int status = store_step(store, statement, &row, err);
  if (status == 0 && row && !store_column(statement, 0, arena, out)) status = store_no_memory(err);
  return status;
}

static int load_services(struct vmx_store *store, struct vmx_model *model, struct vmx_arena *arena,
                         struct base_error *err) {
  for (size_t i = 0; i < model->service_count; i++) {
    struct vmx_value text;
    int status = load_text(store, "SELECT metadata FROM vmx_service WHERE name=?1",
                           model->services[i].name, arena, &text, err);
    if (status == 0 && text.text)
      status = vmx_model_read_metadata(model, &model->services[i], text.text, text.len, err);
    if (status != 0) return status;
  }
  return vmx_model_finish(model, err);
}

int vmx_store_load_setup(struct vmx_store *store, struct vmx_model **out, struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  CLEANUP(vmx_model_cleanup) struct vmx_model *model = vmx_model_new();
  CLEANUP(free_objects) struct store_object *objects = NULL;
  struct vmx_value text;
  if (!model) return store_no_memory(err);
  int status = load_text(store, "SELECT document FROM vmx_setup", NULL, &arena, &text, err);
  if (status == 0 && !text.text) {
    *out = NULL;
    return 0;
  }
  if (status == 0) status = vmx_model_read_document(model, text.text, text.len, err);
  if (status == 0) status = load_services(store, model, &arena, err);
  if (status != 0) return status;
  objects = store_objects_new(model);
  if (!objects) return store_no_memory(err);
  store_attach(store, model, TAKE(objects));
  *out = TAKE(model);
  return 0;
}

int vmx_store_drop(struct vmx_store *store, struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  store_finish_statements(store);
  int status = store_begin(store, true, err);
  if (status != 0) return store_failed_as(status, VMX_CODE_DROP, err);
  status = drop_strangers(store, NULL, &arena, err);
  if (status == 0)
    status = store_exec(store,
                        "DELETE FROM vmx_setup;DELETE FROM vmx_service;DELETE FROM vmx_counter;"
                        "DELETE FROM vmx_log;DELETE FROM vmx_reference;DELETE FROM vmx_copy;"
                        "DELETE FROM vmx_delta;DELETE FROM vmx_context;DELETE FROM vmx_request",
                        err);
  status = store_end(store, status, err);
  if (status == 0) store_detach(store);
  return store_failed_as(status, VMX_CODE_DROP, err);
}
