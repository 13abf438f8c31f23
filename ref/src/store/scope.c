/* Rollback and clearing of a record, an object, a service or everything (W-51, W-44). */
#include <stdint.h>
#include <string.h>

#include "store/internal.h"

/* One row as after the last sync: created ones gone, deleted ones back, nothing pending. */
static int rollback_row(struct vmx_store *store, const struct vmx_object *object, const char *key,
                        struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  struct store_copy copy;
  int status = copy_get(store, object, key, &arena, &copy, err);
  if (status != 0 || !copy.kept) return status;
  status = copy.row ? rows_put(store, object, key, copy.row, &copy.checksum, false, err)
                    : rows_delete(store, object, key, err);
  if (status == 0) status = cascade_undo(store, object, key, err);
  if (status == 0) status = log_delete(store, object, key, INT64_MAX, err);
  return status == 0 ? copy_delete(store, object, key, err) : status;
}

static int rollback_object(struct vmx_store *store, const struct vmx_object *object,
                           struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  struct key { struct key *next; const char *text; } *keys = NULL;
  sqlite3_stmt *statement = store_statement(store, SQL_COPY_LIST, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 1, &object->name);
  bool row = true;
  int status = 0;
  while (status == 0 && (status = store_step(store, statement, &row, err)) == 0 && row) {
    struct vmx_value text;
    struct key *key = vmx_arena_alloc(&arena, sizeof *key);
    if (!key || !store_column(statement, 0, &arena, &text)) status = store_no_memory(err);
    else *key = (struct key){keys, text.text}, keys = key;
  }
  sqlite3_reset(statement);
  for (; status == 0 && keys; keys = keys->next)
    status = rollback_row(store, object, keys->text, err);
  if (status != 0) return status;
  return store_execf(store, err, "DELETE FROM vmx_request WHERE object=%Q", object->name);
}

/* W-23: a kept context goes on with data that are no longer there. */
static int forget_contexts(struct vmx_store *store, const struct vmx_object *object,
                           struct base_error *err) {
  return store_execf(store, err, "DELETE FROM vmx_context WHERE service=%Q AND object IN ('',%Q)",
                     object->service->name, object->name);
}

static int rollback_service(struct vmx_store *store, const struct vmx_service *service,
                            struct base_error *err) {
  int status = 0;
  for (size_t i = 0; status == 0 && i < service->object_count; i++)
    status = rollback_object(store, &service->objects[i], err);
  if (status != 0) return status;
  return store_execf(store, err,
                     "DELETE FROM vmx_request WHERE service=%Q;"
                     "DELETE FROM vmx_context WHERE service=%Q",
                     service->name, service->name);
}

static int rollback_record(struct vmx_store *store, const struct vmx_object *object,
                           const struct vmx_selector *selector, struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  const char *key;
  bool pending;
  struct store_row row;
  int status = rows_key_copy(store, object, selector->row, &arena, &key, err);
  if (status == 0) status = log_pending(store, object, key, &pending, err);
  if (status == 0 && pending) return rollback_row(store, object, key, err);
  if (status == 0) status = rows_get(store, object, key, &arena, &row, err);
  if (status != 0 || row.found) return status;
  return base_fail(err, VMX_CODE_NOT_FOUND, "LOC-03", "%s has no row with the key %.80s",
                   object->name, key);
}

typedef int each_service(struct vmx_store *store, const struct vmx_service *service,
                         struct base_error *err);

/* The service, or (NULL) every offline one. */
static int for_services(struct vmx_store *store, const struct vmx_service *service,
                        each_service *work, struct base_error *err) {
  int status = 0;
  if (service) return work(store, service, err);
  for (size_t i = 0; status == 0 && i < store->model->service_count; i++)
    if (store->model->services[i].offline) status = work(store, &store->model->services[i], err);
  return status;
}

static int rollback_scope(struct vmx_store *store, const struct vmx_service *service,
                          const struct vmx_object *object, const struct vmx_selector *selector,
                          struct base_error *err) {
  if (!object) return for_services(store, service, rollback_service, err);
  int status = selector->kind == VMX_SELECT_KEY ? rollback_record(store, object, selector, err)
                                                : rollback_object(store, object, err);
  return status == 0 ? forget_contexts(store, object, err) : status;
}

int vmx_store_rollback(struct vmx_store *store, const struct vmx_service *service,
                       const struct vmx_object *object, struct vmx_text key,
                       struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  struct vmx_selector selector = {.kind = VMX_SELECT_ALL};
  int status = object ? vmx_local_key_read(object, key.text, key.len, &arena, &selector, err) : 0;
  if (status != 0) return status;
  status = store_begin(store, true, err);
  if (status == 0)
    status = store_end(store, rollback_scope(store, service, object, &selector, err), err);
  return store_failed_as(status, VMX_CODE_ROLLBACK, err);
}

/* ---- clear --------------------------------------------------------------------------------------- */

static int clear_object(struct vmx_store *store, const struct vmx_object *object,
                        struct base_error *err) {
  const char *name = object->name;
  int status = cascade_undo(store, object, NULL, err);
  if (status != 0) return status;
  return store_execf(store, err,
                     "DELETE FROM \"o_%w\";"
                     "DELETE FROM vmx_reference WHERE service=%Q AND row_id IN"
                     " (SELECT row_id FROM vmx_log WHERE object=%Q);"
                     "DELETE FROM vmx_log WHERE object=%Q;"
                     "DELETE FROM vmx_copy WHERE object=%Q;"
                     "DELETE FROM vmx_delta WHERE object=%Q;"
                     "DELETE FROM vmx_request WHERE object=%Q;"
                     "DELETE FROM vmx_context WHERE service=%Q AND object IN ('',%Q)",
                     name, object->service->name, name, name, name, name, name,
                     object->service->name, name);
}

static int clear_service(struct vmx_store *store, const struct vmx_service *service,
                         struct base_error *err) {
  int status = 0;
  for (size_t i = 0; status == 0 && i < service->object_count; i++)
    status = clear_object(store, &service->objects[i], err);
  if (status != 0) return status;
  return store_execf(store, err, "DELETE FROM vmx_request WHERE service=%Q", service->name);
}

int vmx_store_clear(struct vmx_store *store, const struct vmx_service *service,
                    const struct vmx_object *object, struct base_error *err) {
  int status = store_begin(store, true, err);
  if (status == 0) {
    status = object ? clear_object(store, object, err)
                    : for_services(store, service, clear_service, err);
    status = store_end(store, status, err);
  }
  if (!service) return status; /* a reset: nothing is cleared by name */
  return store_failed_as(status, object ? VMX_CODE_CLEAR_OBJECT : VMX_CODE_CLEAR_SERVICE, err);
}
