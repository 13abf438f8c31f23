/* Rows with edits that wait for upload: told, and freed for it (LOC-01, UPL-04, C-4). */
#include <stdlib.h>
#include <string.h>

#include "store/internal.h"

/* Rows with edits, as they were after the last one: keys[i] and rows[i] belong together. */
struct pending {
  struct vmx_store *store;
  const struct vmx_object *object;
  const struct vmx_selector *selector;
  struct vmx_arena *arena;
  struct store_keys keys;
  struct vmx_value **rows;
  size_t capacity;
  struct base_error *err;
};

static bool grow(struct pending *list) {
  if (list->keys.count < list->capacity) return true;
  size_t capacity = list->capacity ? list->capacity * 2 : 64;
  char **items = vmx_arena_array(list->arena, capacity, sizeof *items);
  struct vmx_value **rows = vmx_arena_array(list->arena, capacity, sizeof *rows);
  if (!items || !rows) return false;
  if (list->keys.count) memcpy(items, list->keys.items, list->keys.count * sizeof *items);
  if (list->keys.count) memcpy(rows, list->rows, list->keys.count * sizeof *rows);
  list->keys.items = items;
  list->rows = rows;
  list->capacity = capacity;
  return true;
}

static bool is_selected(const struct pending *list, const struct vmx_value *row) {
  const struct vmx_selector *selector = list->selector;
  for (size_t i = 0; selector->given && i < list->object->field_count; i++)
    if (selector->given[i] &&
        !vmx_value_equal(list->object->fields[i].datatype, &row[i], &selector->row[i]))
      return false;
  return true;
}

static int add(struct pending *list, sqlite3_stmt *statement) {
  const struct vmx_object *object = list->object;
  struct vmx_value key, packed;
  struct vmx_value *row = vmx_arena_array(list->arena, object->field_count, sizeof *row);
  if (!row || !grow(list) || !store_column(statement, 0, list->arena, &key) ||
      !store_column(statement, 1, list->arena, &packed))
    return store_no_memory(list->err);
  char *text = vmx_arena_text(list->arena, key.text, key.len);
  if (!text || !vmx_row_unpack(object, packed.text, packed.len, list->arena, row))
    return store_no_memory(list->err);
  if (!is_selected(list, row)) return 0;
  list->rows[list->keys.count] = row;
  list->keys.items[list->keys.count++] = text;
  return 0;
}

/* Rows that were deleted locally count too: the selection is over the log. */
static int read_log(struct pending *list) {
  sqlite3_stmt *statement = store_statement(list->store, SQL_LOG_ROWS, list->err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 1, &list->object->name);
  bool found = true;
  int status = 0;
  while (status == 0 && (status = store_step(list->store, statement, &found, list->err)) == 0 &&
         found)
    status = add(list, statement);
  sqlite3_reset(statement);
  return status;
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A condition in SQL is asked of the rows; a pending row that is deleted does not meet it. */
static int keep_selected(struct pending *list) {
  struct store_keys selected;
  int status =
      rows_select(list->store, list->object, list->selector, list->arena, &selected, list->err);
  size_t kept = 0;
  if (status != 0) return status;
  if (selected.count) qsort(selected.items, selected.count, sizeof *selected.items, by_text);
  for (size_t i = 0; selected.count && i < list->keys.count; i++) {
    char *key = list->keys.items[i];
    if (!bsearch(&key, selected.items, selected.count, sizeof *selected.items, by_text)) continue;
    list->rows[kept] = list->rows[i];
    list->keys.items[kept++] = key;
  }
  list->keys.count = kept;
  return 0;
}

static int select_pending(struct pending *list) {
  int status = read_log(list);
  return status == 0 && list->selector->kind == VMX_SELECT_TEXT ? keep_selected(list) : status;
}

static int mark_all(const struct pending *list) {
  int status = 0;
  for (size_t i = 0; status == 0 && i < list->keys.count; i++)
    status = store_run_texts(list->store, SQL_LOG_MARK, 2,
                             (const char *const[]){list->object->name, list->keys.items[i]},
                             list->err);
  return status;
}

int vmx_store_mark_for_upload(struct vmx_store *store, const struct vmx_object *object,
                              struct vmx_text options, struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  struct vmx_local_options read;
  struct pending list = {store, object, &read.selector, &arena, {0}, NULL, 0, err};
  int status = vmx_local_options_read(object, VMX_LOCAL_MARK, options.text, options.len, &arena,
                                      &read, err);
  if (status == 0) status = store_begin(store, true, err);
  if (status != 0) return status;
  status = select_pending(&list);
  if (status == 0) status = mark_all(&list);
  return store_end(store, status, err);
}

static int write_pending(const struct pending *list, struct base_buf *out) {
  base_buf_text(out, "{\"pendingSyncRecords\":[");
  for (size_t i = 0; i < list->keys.count; i++) {
    if (i > 0) base_buf_char(out, ',');
    vmx_key_write(out, list->object, list->store->booleans, list->rows[i]);
  }
  base_buf_text(out, "]}");
  return out->failed ? store_no_memory(list->err) : 0;
}

int vmx_store_pending(struct vmx_store *store, const struct vmx_object *object,
                      struct vmx_text options, struct base_buf *out, struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  struct vmx_local_options read;
  struct pending list = {store, object, &read.selector, &arena, {0}, NULL, 0, err};
  int status = vmx_local_options_read(object, VMX_LOCAL_PENDING, options.text, options.len, &arena,
                                      &read, err);
  if (status == 0) status = store_failed_as(select_pending(&list), VMX_CODE_PENDING, err);
  return status == 0 ? write_pending(&list, out) : status;
}
