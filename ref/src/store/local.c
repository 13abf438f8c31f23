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

static int track(struct local *l, const char *key, enum vmx_action action,
                 const struct store_row *before, const struct vmx_value *row) {
  const struct log_edit edit = {.object = l->object,
                                .key = key,
                                .action = action,
                                .row = row,
                                .marked = l->options.mark_for_upload,
                                .fold = !l->options.track_intermediate_updates};
  return log_track(l->store, &edit, before, l->err);
}

/* ---- create ------------------------------------------------------------------------------------ */

/* W-16: the generated key column that has no value yet; NULL: none. */
static struct vmx_value *missing_key(struct local *l) {
  for (size_t i = 0; i < l->object->field_count; i++) {
    const struct vmx_field *field = &l->object->fields[i];
    if (field->key && field->auto_generated && !l->record.row[i].text) return &l->record.row[i];
  }
  return NULL;
}

/* They count down from -1. */
static int generate(struct local *l, struct vmx_value *out) {
  int64_t number;
  char digits[STORE_DIGITS];
  int status = log_temporary_key(l->store, l->object->service, &number, l->err);
  if (status != 0) return status;
  size_t len = (size_t)snprintf(digits, sizeof digits, "%lld", (long long)number);
  *out = (struct vmx_value){vmx_arena_text(&l->arena, digits, len), len};
  return out->text ? 0 : store_no_memory(l->err);
}

/* The key of the record, and what stands under it. A key that somebody gave by hand may be the next
 * temporary one: then the one behind it is taken. */
static int settle_key(struct local *l, const char **key, struct store_row *before) {
  struct vmx_value *missing = missing_key(l);
  int status;
  do {
    status = missing ? generate(l, missing) : 0;
    if (status == 0)
      status = rows_key_copy(l->store, l->object, l->record.row, &l->arena, key, l->err);
    if (status == 0) status = rows_get(l->store, l->object, *key, &l->arena, before, l->err);
  } while (status == 0 && missing && before->found);
  return status;
}

static int insert(struct local *l) {
  const char *key;
  struct store_row before;
  int status = settle_key(l, &key, &before);
  if (status != 0) return status;
  if (before.found)
    return base_fail(l->err, VMX_CODE_CRUD, "LOC-05", "%s has a row with the key %.80s already",
                     l->object->name, key);
  status = rows_put(l->store, l->object, key, l->record.row, NULL, false, l->err);
  if (status != 0 || !l->options.track_changes) return status;
  return track(l, key, VMX_CREATE, &before, l->record.row);
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
  return track(l, key, VMX_UPDATE, &before, after);
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

static int delete_row(struct local *l, const char *key) {
  return cascade_delete(l->store, l->object, key, &l->options, &l->row_arena, l->err);
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
