/* Edits of the application (W-49, W-50): each is one durable transaction. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/internal.h"

/* What one edit works with. */
struct local {
  struct vmx_store *store;
  const struct vmx_object *object;
  struct vmx_arena arena;
  struct vmx_arena row_arena; /* of the row that is being edited */
  struct vmx_local_options options;
  struct vmx_columns record; /* row NULL: none was given */
  struct base_error *err;
};

static void local_done(struct local *local) {
  vmx_arena_done(&local->arena);
  vmx_arena_done(&local->row_arena);
}

static int read_options(struct local *l, enum vmx_local_call call, struct vmx_text options) {
  return vmx_local_options_read(l->object, call, options.text, options.len, &l->arena, &l->options,
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
  const char *key;
  struct store_row before;
  status = rows_key_copy(l->store, l->object, l->record.row, &l->arena, &key, l->err);
  if (status == 0) status = rows_get(l->store, l->object, key, &l->arena, &before, l->err);
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
  int status = read_options(&l, VMX_LOCAL_CREATE, options);
  if (status == 0) status = read_record(&l, record);
  if (status == 0)
    status = vmx_edit_check_create(object, &l.record, l.options.track_changes, err);
  if (status == 0) status = store_begin(store, true, err);
  if (status != 0) return status;
  status = insert(&l);
  if (status == 0) vmx_row_write(created, object, store->booleans, l.record.row, true);
  if (status == 0 && created->failed) status = store_no_memory(err); /* then nothing was created */
  return store_end(store, status, err);
}

/* ---- update ------------------------------------------------------------------------------------ */

static int update_row(struct local *l, const char *key) {
  struct store_row before;
  int status = rows_get(l->store, l->object, key, &l->row_arena, &before, l->err);
  if (status == 0) status = vmx_edit_check_update(l->object, &l->record, before.row, l->err);
  if (status != 0) return status;
  struct vmx_value *after = vmx_arena_array(&l->row_arena, l->object->field_count, sizeof *after);
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
  for (size_t i = 0; status == 0 && i < keys.count; i++) {
    vmx_arena_clear(&l->row_arena);
    status = edit(l, keys.items[i]);
  }
  status = store_end(l->store, status, l->err);
  if (status == 0 && count) *count = keys.count;
  return status;
}

int vmx_store_update(struct vmx_store *store, const struct vmx_object *object,
                     struct vmx_text record, struct vmx_text options, size_t *count,
                     struct base_error *err) {
  CLEANUP(local_done) struct local l = {.store = store, .object = object, .err = err};
  int status = read_options(&l, VMX_LOCAL_UPDATE, options);
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
    int status = rows_children(l->store, link, row, &l->row_arena, &keys, l->err);
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
  int status = rows_get(l->store, object, key, &l->row_arena, &before, l->err);
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
  int status = read_options(&l, VMX_LOCAL_DELETE, options);
  if (status == 0 && record.text && l.options.selector.kind == VMX_SELECT_ALL)
    status = read_record(&l, record);
  if (status == 0) status = vmx_edit_settle_selector(object, &l.record, &l.options.selector, err);
  return status == 0 ? edit_rows(&l, delete_row, count) : status;
}
