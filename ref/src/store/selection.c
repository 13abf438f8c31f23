/* Which rows a selector means, as the WHERE of a statement (W-49, C-3); children of a row. */
#include <string.h>

#include "store/internal.h"

/* ---- lists of keys ------------------------------------------------------------------------------ */

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

/* ---- the order of numbers ------------------------------------------------------------------------ */

static int compare_numbers(void *context, int a_len, const void *a, int b_len, const void *b) {
  (void)context;
  const struct vmx_value first = {a ? a : "", (size_t)a_len};
  const struct vmx_value second = {b ? b : "", (size_t)b_len};
  return vmx_value_compare(VMX_NUMBER, &first, &second);
}

int selection_register(struct vmx_store *store) {
  return sqlite3_create_collation(store->db, STORE_NUMBER_ORDER, SQLITE_UTF8, NULL,
                                  compare_numbers);
}

/* ---- WHERE --------------------------------------------------------------------------------------- */

/* C-3: the condition sees the object's columns under their own names. The key has the one name that no
 * column can have (W-11). */
static void condition_sql(struct base_buf *sql, const struct vmx_object *object,
                          const char *condition) {
  base_buf_text(sql, " WHERE k IN (SELECT \"_metadata\" FROM (SELECT k AS \"_metadata\",");
  guard_columns(sql, object);
  base_buf_text(sql, " FROM ");
  sql_table(sql, object);
  base_buf_printf(sql, ") WHERE (%s\n))", condition);
}

/* C-3: all given columns equal, by datatype; null is equal to null alone. */
static void columns_sql(struct base_buf *sql, const struct vmx_object *object,
                        const struct vmx_selector *selector) {
  const char *before = " WHERE ";
  bool like = selector->kind == VMX_SELECT_LIKE;
  for (size_t i = 0; i < object->field_count; i++) {
    if (!selector->given[i]) continue;
    base_buf_text(sql, before);
    sql_column(sql, &object->fields[i]);
    base_buf_printf(sql, like ? " LIKE ?%zu" : " IS ?%zu", i + 1);
    if (!like && object->fields[i].datatype == VMX_NUMBER)
      base_buf_text(sql, " COLLATE " STORE_NUMBER_ORDER);
    before = " AND ";
  }
}

void selection_sql(struct base_buf *sql, const struct vmx_object *object,
                   const struct vmx_selector *selector) {
  switch (selector->kind) {
  case VMX_SELECT_ALL: break;
  case VMX_SELECT_KEY: base_buf_text(sql, " WHERE k=?1"); break;
  case VMX_SELECT_TEXT: condition_sql(sql, object, selector->condition); break;
  case VMX_SELECT_MAP:
  case VMX_SELECT_LIKE: columns_sql(sql, object, selector); break;
  }
}

static int parameters_of(const struct vmx_object *object, const struct vmx_selector *selector) {
  if (selector->kind == VMX_SELECT_KEY) return 1;
  return selector->given ? (int)object->field_count : 0;
}

int selection_prepare(struct vmx_store *store, const struct vmx_object *object,
                      const struct vmx_selector *selector, struct base_buf *sql,
                      sqlite3_stmt **out, struct base_error *err) {
  if (sql->failed) return store_no_memory(err);
  struct guard guard = {store, object, parameters_of(object, selector)};
  const char *problem;
  store_settle(store);
  int result = guard_prepare(&guard, base_buf_string(sql), out, &problem);
  if (!problem) return 0;
  if (result == SQLITE_NOMEM || selector->kind != VMX_SELECT_TEXT) return store_fail(store, err);
  return base_fail(err, VMX_CODE_OPTION, "C-3", "whereConditionAsAString of %s: %s", object->name,
                   problem);
}

int selection_begin(struct vmx_store *store, const struct vmx_selector *selector) {
  return sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, selector->kind == VMX_SELECT_TEXT ? GUARD_VALUE_BYTES_MAX : -1);
}

void selection_end(struct vmx_store *store, int before) { sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, before); }

int selection_bind(struct vmx_store *store, const struct vmx_object *object,
                   const struct vmx_selector *selector, sqlite3_stmt *statement,
                   struct base_error *err) {
  const char *key;
  if (selector->kind == VMX_SELECT_KEY) {
    int status = rows_key(store, object, selector->row, &key, err);
    if (status == 0) rows_bind_key(store, object, statement, key);
    return status;
  }
  for (size_t i = 0; selector->given && i < object->field_count; i++)
    if (selector->given[i])
      store_bind_bytes(statement, (int)i + 1, selector->row[i].text, selector->row[i].len);
  return 0;
}

/* ---- the rows ------------------------------------------------------------------------------------ */

/* By its key a row is found without a statement of its own. */
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

static int prepare_keys(struct vmx_store *store, const struct vmx_object *object,
                        const struct vmx_selector *selector, sqlite3_stmt **out,
                        struct base_error *err) {
  struct base_buf sql = BASE_BUF_INIT;
  base_buf_text(&sql, "SELECT k FROM ");
  sql_table(&sql, object);
  selection_sql(&sql, object, selector);
  base_buf_text(&sql, " ORDER BY k");
  int status = selection_prepare(store, object, selector, &sql, out, err);
  base_buf_done(&sql);
  return status == 0 ? selection_bind(store, object, selector, *out, err) : status;
}

int rows_select(struct vmx_store *store, const struct vmx_object *object,
                const struct vmx_selector *selector, struct vmx_arena *arena,
                struct store_keys *out, struct base_error *err) {
  CLEANUP(finalize) sqlite3_stmt *statement = NULL;
  *out = (struct store_keys){0};
  struct key_list list = {.arena = arena, .out = out};
  if (selector->kind == VMX_SELECT_KEY) return select_key(store, object, selector, &list, err);
  int before = selection_begin(store, selector);
  int status = prepare_keys(store, object, selector, &statement, err);
  bool row = true;
  while (status == 0 && (status = store_step(store, statement, &row, err)) == 0 && row)
    status = add_row_key(&list, statement, err);
  selection_end(store, before);
  return status;
}

/* ---- children ------------------------------------------------------------------------------------ */

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

static int is_child(const struct vmx_link *link, const struct vmx_value *parent,
                    sqlite3_stmt *statement, bool *out, struct base_error *err) {
  *out = true;
  for (size_t i = 0; *out && i < link->count; i++) {
    struct vmx_value value;
    int status = store_peek(statement, (int)i + 1, &value, err);
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
  int status = rows_prepare(store, &sql, &statement, err);
  if (status == 0 && temporary) store_bind_bytes(statement, 1, first->text, first->len);
  while (status == 0 && (status = store_step(store, statement, &row, err)) == 0 && row) {
    status = is_child(link, before, statement, &child, err);
    if (status == 0 && child) status = add_row_key(&list, statement, err);
  }
  return status;
}
