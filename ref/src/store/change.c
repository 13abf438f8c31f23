/*
 * What a changed schema means for rows and edits that are there (W-9, SET-03): values of columns that went
 * go from the edits too, an object of another service is another object, and a key stays what it is.
 */
#include <string.h>

#include "store/internal.h"

const struct vmx_object *change_same_object(const struct vmx_store *store,
                                            const struct vmx_object *object) {
  const struct vmx_object *old =
      store->model ? vmx_model_find_object(store->model, object->name) : NULL;
  bool same = old && strcmp(old->name, object->name) == 0 &&
              strcmp(old->service->name, object->service->name) == 0;
  return same ? old : NULL;
}

/* ---- keys ---------------------------------------------------------------------------------------- */

static bool same_key(const struct vmx_object *a, const struct vmx_object *b) {
  bool same = a->key_count == b->key_count;
  for (size_t i = 0; same && i < a->key_count; i++) {
    const struct vmx_field *x = &a->fields[a->key[i]], *y = &b->fields[b->key[i]];
    same = strcmp(x->name, y->name) == 0 && x->datatype == y->datatype;
  }
  return same;
}

static int has_rows(struct vmx_store *store, const struct vmx_object *object, bool *out,
                    struct base_error *err) {
  CLEANUP(finalize) sqlite3_stmt *statement = NULL;
  char *query = sqlite3_mprintf("SELECT EXISTS (SELECT 1 FROM \"o_%w\") OR EXISTS"
                                " (SELECT 1 FROM vmx_log WHERE object=%Q)",
                                object->name, object->name);
  int result = query ? sqlite3_prepare_v2(store->db, query, -1, &statement, NULL) : SQLITE_NOMEM;
  sqlite3_free(query);
  if (result != SQLITE_OK) return query ? store_fail(store, err) : store_no_memory(err);
  bool row;
  int status = store_step(store, statement, &row, err);
  *out = status == 0 && sqlite3_column_int(statement, 0) != 0;
  return status;
}

/* Rows are found by their key: under another one they would be strangers. */
static int check_key(struct vmx_store *store, const struct vmx_object *object,
                     struct base_error *err) {
  const struct vmx_object *old = change_same_object(store, object);
  bool rows = false;
  if (!old || same_key(old, object)) return 0;
  int status = has_rows(store, object, &rows, err);
  if (status != 0 || !rows) return status;
  return base_fail(err, VMX_CODE_METADATA_KEYS, "SET-03",
                   "the key of object %s changed, and it has rows or edits under the old one: drop is needed",
                   object->name);
}

/* ---- columns that went ---------------------------------------------------------------------------- */

static bool lost_column(const struct vmx_object *old, const struct vmx_object *object) {
  for (size_t i = 0; i < old->field_count; i++)
    if (vmx_object_find_field(object, old->fields[i].name, old->fields[i].name_len) < 0) return true;
  return false;
}

/* SQL's vmx_repack(row): the packed row without columns that the object no longer has. */
static void repack(sqlite3_context *context, int count, sqlite3_value **values) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  struct base_buf packed = BASE_BUF_INIT;
  const struct vmx_object *object = sqlite3_user_data(context);
  struct vmx_value *row = vmx_arena_array(&arena, object->field_count, sizeof *row);
  const char *text = (const char *)sqlite3_value_text(values[0]);
  size_t len = (size_t)sqlite3_value_bytes(values[0]);
  (void)count;
  bool good = row && text && vmx_row_unpack(object, text, len, &arena, row);
  if (good) vmx_row_pack(&packed, object, row);
  if (!good || packed.failed) sqlite3_result_error_nomem(context);
  else sqlite3_result_text64(context, packed.data, packed.len, SQLITE_TRANSIENT, SQLITE_UTF8);
  base_buf_done(&packed);
}

/* A value that stayed in an edit would come back with a column of the same name. */
static int forget_columns(struct vmx_store *store, const struct vmx_object *object,
                          struct base_error *err) {
  const struct vmx_object *old = change_same_object(store, object);
  if (!old || !lost_column(old, object)) return 0;
  union {
    const struct vmx_object *object;
    void *data;
  } user = {.object = object};
  if (sqlite3_create_function(store->db, "vmx_repack", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, user.data,
                              repack, NULL, NULL) != SQLITE_OK)
    return store_fail(store, err);
  int status = store_execf(store, err,
                           "UPDATE vmx_log SET row=vmx_repack(row) WHERE object=%Q;"
                           "UPDATE vmx_copy SET row=vmx_repack(row) WHERE object=%Q AND row IS NOT NULL",
                           object->name, object->name);
  sqlite3_create_function(store->db, "vmx_repack", 1, SQLITE_UTF8, NULL, NULL, NULL, NULL);
  return status;
}

/* ---- relationships that went ----------------------------------------------------------------------- */

static bool has_link(const struct vmx_model *model, const struct vmx_link *link) {
  const struct vmx_service *service = vmx_model_find_service(model, link->parent->service->name);
  for (size_t i = 0; service && i < service->link_count; i++) {
    const struct vmx_link *other = &service->links[i];
    if (other->cascade && other->backend_cascade_support &&
        strcmp(other->parent->name, link->parent->name) == 0 &&
        strcmp(other->child->name, link->child->name) == 0)
      return true;
  }
  return false;
}

/* Nobody will tell what became of children that wait for their parent's end: they are there again. */
int change_undo_cascades(struct vmx_store *store, const struct vmx_model *model,
                         struct base_error *err) {
  const struct vmx_model *old = store->model;
  int status = 0;
  for (size_t s = 0; old && s < old->service_count; s++)
    for (size_t i = 0; status == 0 && i < old->services[s].link_count; i++) {
      const struct vmx_link *link = &old->services[s].links[i];
      if (link->cascade && link->backend_cascade_support && !has_link(model, link))
        status = cascade_undo(store, link->parent, NULL, err);
    }
  return status;
}

/* ---- over all objects ------------------------------------------------------------------------------ */

typedef int each_object(struct vmx_store *store, const struct vmx_object *object,
                        struct base_error *err);

static int for_objects(struct vmx_store *store, const struct vmx_model *model, each_object *work,
                       struct base_error *err) {
  int status = 0;
  for (size_t s = 0; s < model->service_count; s++)
    for (size_t i = 0; status == 0 && i < model->services[s].object_count; i++)
      status = work(store, &model->services[s].objects[i], err);
  return status;
}

int change_check_keys(struct vmx_store *store, const struct vmx_model *model,
                      struct base_error *err) {
  return for_objects(store, model, check_key, err);
}

int change_forget_columns(struct vmx_store *store, const struct vmx_model *model,
                          struct base_error *err) {
  return for_objects(store, model, forget_columns, err);
}
