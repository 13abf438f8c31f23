/* Edits and reads of the application (W-49, W-50). Each edit is one durable transaction. */
#include <stdio.h>
#include <string.h>

#include "store/internal.h"

/* What one local call works with. */
struct local {
  struct vmx_store *store;
  const struct vmx_object *object;
  struct vmx_arena arena;
  struct vmx_edit_options options;
  struct vmx_edit_record record; /* row NULL: none was given */
  struct base_error *err;
};

static void local_done(struct local *local) { vmx_arena_done(&local->arena); }

static int read_options(struct local *l, struct vmx_text options) {
  return vmx_edit_options_read(l->object, options.text, options.len, &l->arena, &l->options,
                               l->err);
}

static int read_record(struct local *l, struct vmx_text record) {
  return vmx_edit_record_read(l->object, record.text, record.len, &l->arena, &l->record, l->err);
}

static int select_rows(struct local *l, struct store_keys *keys) {
  return rows_select(l->store, l->object, &l->options.selector, &l->arena, keys, l->err);
}

/* A tracked edit: the remembered copy (before the first one) and the log entry. */
static int track(struct local *l, const struct vmx_object *object, const char *key,
                 enum vmx_action action, const struct store_row *before,
                 const struct vmx_value *row) {
  int status = copy_keep(l->store, object, key, before->found ? before->row : NULL,
                         before->checksum, l->err);
  const struct log_edit edit = {.object = object,
                                .key = key,
                                .action = action,
                                .row = row,
                                .marked = l->options.mark_for_upload,
                                .fold = !l->options.track_intermediate_updates};
  return status == 0 ? log_add(l->store, &edit, l->err) : status;
}

/* ---- create ------------------------------------------------------------------------------------ */

/* W-16: generated key columns without a value count down from -1. */
static int generate_keys(struct local *l) {
  for (size_t i = 0; i < l->object->field_count; i++) {
    const struct vmx_field *field = &l->object->fields[i];
    if (!field->key || !field->auto_generated || l->record.row[i].text) continue;
    int64_t number;
    char digits[24];
    int status = log_temporary_key(l->store, l->object->service, &number, l->err);
    if (status != 0) return status;
    int len = snprintf(digits, sizeof digits, "%lld", (long long)number);
    const char *text = vmx_arena_text(&l->arena, digits, (size_t)len);
    if (!text) return store_no_memory(l->err);
    l->record.row[i] = (struct vmx_value){text, (size_t)len};
  }
  return 0;
}

static int insert(struct local *l) {
  int status = generate_keys(l);
  if (status != 0) return status;
  const char *text = rows_key(l->store, l->object, l->record.row, l->err);
  if (!text) return VMX_CODE_KEY_EMPTY;
  const char *key = vmx_arena_text(&l->arena, text, strlen(text));
  struct store_row before;
  status = key ? rows_get(l->store, l->object, key, &l->arena, &before, l->err)
               : store_no_memory(l->err);
  if (status != 0) return status;
  if (before.found)
    return base_fail(l->err, VMX_CODE_CRUD, "LOC-05", "%s has a row with the key %.80s already",
                     l->object->name, key);
  status = rows_put(l->store, l->object, key, l->record.row, NULL, false, l->err);
  if (status != 0 || !l->options.track_changes) return status;
  return track(l, l->object, key, VMX_CREATE, &before, l->record.row);
}

int vmx_store_create(struct vmx_store *store, const struct vmx_object *object,
                     struct vmx_text record, struct vmx_text options, struct base_buf *created,
                     struct base_error *err) {
  CLEANUP(local_done) struct local l = {.store = store, .object = object, .err = err};
  int status = read_options(&l, options);
  if (status == 0) status = read_record(&l, record);
  if (status == 0)
    status = vmx_edit_check_create(object, &l.record, l.options.track_changes, err);
  if (status == 0) status = store_begin(store, true, err);
  if (status != 0) return status;
  status = store_end(store, insert(&l), err);
  if (status != 0) return status;
  vmx_row_write(created, object, store->booleans, l.record.row, true);
  return created->failed ? store_no_memory(err) : 0;
}

/* ---- update ------------------------------------------------------------------------------------ */

static int update_row(struct local *l, const char *key) {
  struct store_row before;
  int status = rows_get(l->store, l->object, key, &l->arena, &before, l->err);
  if (status == 0) status = vmx_edit_check_update(l->object, &l->record, before.row, l->err);
  if (status != 0) return status;
  struct vmx_value *after = vmx_arena_array(&l->arena, l->object->field_count, sizeof *after);
  if (!after) return store_no_memory(l->err);
  for (size_t i = 0; i < l->object->field_count; i++) {
    bool changes = l->record.given[i] && !l->object->fields[i].key;
    after[i] = changes ? l->record.row[i] : before.row[i];
  }
  status = rows_put(l->store, l->object, key, after, NULL, false, l->err);
  if (status != 0 || !l->options.track_changes) return status;
  return track(l, l->object, key, VMX_UPDATE, &before, after);
}

typedef int each_row(struct local *l, const char *key);

/* Select, then edit each row, all in one transaction. */
static int edit_rows(struct local *l, each_row *edit, size_t *count) {
  struct store_keys keys;
  int status = store_begin(l->store, true, l->err);
  if (status != 0) return status;
  status = select_rows(l, &keys);
  if (status == 0 && keys.count == 0)
    status = base_fail(l->err, VMX_CODE_NOT_FOUND, "LOC-05", "no row of %s is meant",
                       l->object->name);
  for (size_t i = 0; status == 0 && i < keys.count; i++) status = edit(l, keys.items[i]);
  status = store_end(l->store, status, l->err);
  if (status == 0 && count) *count = keys.count;
  return status;
}

int vmx_store_update(struct vmx_store *store, const struct vmx_object *object,
                     struct vmx_text record, struct vmx_text options, size_t *count,
                     struct base_error *err) {
  CLEANUP(local_done) struct local l = {.store = store, .object = object, .err = err};
  int status = read_options(&l, options);
  if (status == 0) status = read_record(&l, record);
  if (status == 0) status = vmx_edit_settle_selector(object, &l.record, &l.options.selector, err);
  return status == 0 ? edit_rows(&l, update_row, count) : status;
}

/* ---- delete ------------------------------------------------------------------------------------ */

static int delete_one(struct local *l, const struct vmx_object *object, const char *key,
                      bool tracked);

/* LOC-06: children first; the server deletes its own when it supports the cascade. */
static int delete_children(struct local *l, const struct vmx_object *object,
                           const struct vmx_value *row, bool tracked) {
  const struct vmx_service *service = object->service;
  for (size_t i = 0; i < service->link_count; i++) {
    const struct vmx_link *link = &service->links[i];
    if (link->parent != object || !link->cascade) continue;
    struct store_keys keys;
    int status = rows_children(l->store, link, row, &l->arena, &keys, l->err);
    for (size_t k = 0; status == 0 && k < keys.count; k++)
      status = delete_one(l, link->child, keys.items[k],
                          tracked && !link->backend_cascade_support);
    if (status != 0) return status;
  }
  return 0;
}

static int delete_one(struct local *l, const struct vmx_object *object, const char *key,
                      bool tracked) {
  struct store_row before;
  int status = rows_get(l->store, object, key, &l->arena, &before, l->err);
  if (status != 0 || !before.found) return status; /* an ancestor's cascade took it */
  status = rows_delete(l->store, object, key, l->err);
  if (status == 0) status = delete_children(l, object, before.row, tracked);
  if (status != 0 || !tracked) return status;
  return track(l, object, key, VMX_DELETE, &before, before.row);
}

static int delete_row(struct local *l, const char *key) {
  return delete_one(l, l->object, key, l->options.track_changes);
}

int vmx_store_delete(struct vmx_store *store, const struct vmx_object *object,
                     struct vmx_text record, struct vmx_text options, size_t *count,
                     struct base_error *err) {
  CLEANUP(local_done) struct local l = {.store = store, .object = object, .err = err};
  int status = read_options(&l, options);
  if (status == 0 && record.text && l.options.selector.kind == VMX_SELECT_ALL)
    status = read_record(&l, record);
  if (status == 0) status = vmx_edit_settle_selector(object, &l.record, &l.options.selector, err);
  return status == 0 ? edit_rows(&l, delete_row, count) : status;
}

/* ---- reads ------------------------------------------------------------------------------------- */

static int write_rows(struct local *l, struct base_buf *out) {
  struct store_keys keys;
  int status = select_rows(l, &keys);
  base_buf_char(out, '[');
  for (size_t i = 0; status == 0 && i < keys.count; i++) {
    struct vmx_arena arena = {0};
    struct store_row row;
    status = rows_get(l->store, l->object, keys.items[i], &arena, &row, l->err);
    if (i > 0) base_buf_char(out, ',');
    if (status == 0) vmx_row_write(out, l->object, l->store->booleans, row.row, true);
    vmx_arena_done(&arena);
  }
  base_buf_char(out, ']');
  return status == 0 && out->failed ? store_no_memory(l->err) : status;
}

int vmx_store_get(struct vmx_store *store, const struct vmx_object *object, struct vmx_text options,
                  struct base_buf *rows, struct base_error *err) {
  CLEANUP(local_done) struct local l = {.store = store, .object = object, .err = err};
  int status = read_options(&l, options);
  return status == 0 ? write_rows(&l, rows) : status;
}

int vmx_store_snapshot(struct vmx_store *store, const struct vmx_object *object,
                       struct base_buf *rows, struct base_error *err) {
  return vmx_store_get(store, object, (struct vmx_text){0}, rows, err);
}

/* ---- pending edits ------------------------------------------------------------------------------- */

static int mark_row(struct local *l, const char *key) {
  return store_run_texts(l->store, SQL_LOG_MARK, 2, (const char *const[]){l->object->name, key},
                         l->err);
}

/* Rows that were deleted locally are marked too: the selection is over the log. */
static int select_pending(struct local *l, const struct vmx_selector *selector,
                          struct store_keys *keys, struct vmx_value ***rows) {
  struct vmx_store *store = l->store;
  sqlite3_stmt *statement = store_statement(store, SQL_LOG_ORDER, l->err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 1, &l->object->name);
  size_t capacity = 0;
  bool found = true;
  int status = 0;
  *keys = (struct store_keys){0};
  *rows = NULL;
  while ((status = store_step(store, statement, &found, l->err)) == 0 && found) {
    const char *key = (const char *)sqlite3_column_text(statement, 0);
    bool seen = keys->count > 0 && strcmp(keys->items[keys->count - 1], key) == 0;
    for (size_t i = 0; !seen && i < keys->count; i++) seen = strcmp(keys->items[i], key) == 0;
    if (seen) continue;
    if (keys->count == capacity) {
      capacity = capacity ? capacity * 2 : 64;
      char **items = vmx_arena_array(&l->arena, capacity, sizeof *items);
      struct vmx_value **grown = vmx_arena_array(&l->arena, capacity, sizeof *grown);
      if (!items || !grown) return store_no_memory(l->err);
      if (keys->count) memcpy(items, keys->items, keys->count * sizeof *items);
      if (keys->count) memcpy(grown, *rows, keys->count * sizeof *grown);
      keys->items = items;
      *rows = grown;
    }
    struct vmx_value packed, *row;
    row = vmx_arena_array(&l->arena, l->object->field_count, sizeof *row);
    char *copy = vmx_arena_text(&l->arena, key, strlen(key));
    if (!row || !copy || !store_column(statement, 1, &l->arena, &packed) ||
        !vmx_row_unpack(l->object, packed.text, packed.len, &l->arena, row))
      return store_no_memory(l->err);
    bool wanted = true;
    for (size_t i = 0; selector->given && i < l->object->field_count; i++)
      wanted = wanted && (!selector->given[i] ||
                          vmx_value_equal(l->object->fields[i].datatype, &row[i],
                                          &selector->row[i]));
    if (!wanted) continue;
    (*rows)[keys->count] = row;
    keys->items[keys->count++] = copy;
  }
  return status;
}

/* A condition in SQL is asked of the rows; a pending row that is deleted does not meet it. */
static int keep_selected(struct local *l, struct store_keys *keys, struct vmx_value **rows) {
  struct store_keys selected;
  int status = select_rows(l, &selected);
  size_t kept = 0;
  for (size_t i = 0; status == 0 && i < keys->count; i++)
    for (size_t k = 0; k < selected.count; k++)
      if (strcmp(keys->items[i], selected.items[k]) == 0) {
        rows[kept] = rows[i];
        keys->items[kept++] = keys->items[i];
        break;
      }
  if (status == 0) keys->count = kept;
  return status;
}

static int pending_rows(struct local *l, struct store_keys *keys, struct vmx_value ***rows) {
  int status = select_pending(l, &l->options.selector, keys, rows);
  if (status == 0 && l->options.selector.kind == VMX_SELECT_TEXT)
    status = keep_selected(l, keys, *rows);
  return status;
}

int vmx_store_mark_for_upload(struct vmx_store *store, const struct vmx_object *object,
                              struct vmx_text options, struct base_error *err) {
  CLEANUP(local_done) struct local l = {.store = store, .object = object, .err = err};
  struct store_keys keys;
  struct vmx_value **rows;
  int status = read_options(&l, options);
  if (status == 0) status = store_begin(store, true, err);
  if (status != 0) return status;
  status = pending_rows(&l, &keys, &rows);
  for (size_t i = 0; status == 0 && i < keys.count; i++) status = mark_row(&l, keys.items[i]);
  return store_end(store, status, err);
}

int vmx_store_pending(struct vmx_store *store, const struct vmx_object *object,
                      struct vmx_text options, struct base_buf *out, struct base_error *err) {
  CLEANUP(local_done) struct local l = {.store = store, .object = object, .err = err};
  struct store_keys keys;
  struct vmx_value **rows;
  int status = read_options(&l, options);
  if (status == 0) status = pending_rows(&l, &keys, &rows);
  if (status != 0) return status;
  base_buf_text(out, "{\"pendingSyncRecords\":[");
  for (size_t i = 0; i < keys.count; i++) {
    if (i > 0) base_buf_char(out, ',');
    vmx_key_write(out, object, store->booleans, rows[i]);
  }
  base_buf_text(out, "]}");
  return out->failed ? store_no_memory(err) : 0;
}
