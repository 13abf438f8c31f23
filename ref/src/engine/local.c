/*
 * The public calls that end at once: checks of names and of what runs, then one call of the store.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/codes.h"
#include "engine/notice.h"
#include "engine/sync.h"

static void release_buf(struct base_buf *buf) { base_buf_done(buf); }

static struct vmx_text text_of(const char *text) {
  return (struct vmx_text){text, text ? strlen(text) : 0};
}

/* The bytes that a store call wrote, as the caller's text. */
static int hand_over(struct base_buf *buf, int code, char **out, struct base_error *err) {
  if (code != 0) return code;
  char *text = base_buf_steal(buf);
  if (!text) return base_fail(err, VMX_CODE_SYNC, "W-49", "out of memory");
  *out = text;
  return 0;
}

/* -- names --------------------------------------------------------------------------------------- */

static int check_ready(const struct vmx_client *client, struct base_error *err) {
  if (client->ready) return 0;
  return base_fail(err, VMX_CODE_NO_SETUP, "API-05", "setup was not done");
}

static int find_object(const struct vmx_client *client, const char *name,
                       const struct vmx_object **out, struct base_error *err) {
  int code = check_ready(client, err);
  if (code != 0) return code;
  if (!name || name[0] == '\0')
    return base_fail(err, VMX_CODE_OBJECT_EMPTY, "W-50", "the object name is empty");
  const struct vmx_object *object = vmx_model_find_object(client->model, name);
  if (!object) return base_fail(err, VMX_CODE_UNKNOWN_OBJECT, "W-50", "unknown object %s", name);
  *out = object;
  return 0;
}

static int find_service(const struct vmx_client *client, const char *name,
                        const struct vmx_service **out, struct base_error *err) {
  int code = check_ready(client, err);
  if (code != 0) return code;
  if (!name || name[0] == '\0')
    return base_fail(err, VMX_CODE_SERVICE_EMPTY, "W-50", "the service name is empty");
  const struct vmx_service *service = vmx_model_find_service(client->model, name);
  if (!service || !service->offline)
    return base_fail(err, VMX_CODE_UNKNOWN_SERVICE, "W-50", "unknown service %s", name);
  *out = service;
  return 0;
}

/* -- rows ---------------------------------------------------------------------------------------- */

int vmx_create(struct vmx_client *client, const char *object, const char *record,
               const char *options, char **created, struct base_error *err) {
  __attribute__((cleanup(release_buf))) struct base_buf buf = BASE_BUF_INIT;
  const struct vmx_object *found = NULL;
  int code = find_object(client, object, &found, err);
  if (code != 0) return code;
  code = vmx_store_create(client->store, found, text_of(record), text_of(options), &buf, err);
  return hand_over(&buf, code, created, err);
}

int vmx_update(struct vmx_client *client, const char *object, const char *record,
               const char *options, struct base_error *err) {
  const struct vmx_object *found = NULL;
  int code = find_object(client, object, &found, err);
  if (code != 0) return code;
  return vmx_store_update(client->store, found, text_of(record), text_of(options), NULL, err);
}

int vmx_delete(struct vmx_client *client, const char *object, const char *record,
               const char *options, struct base_error *err) {
  const struct vmx_object *found = NULL;
  int code = find_object(client, object, &found, err);
  if (code != 0) return code;
  return vmx_store_delete(client->store, found, text_of(record), text_of(options), NULL, err);
}

int vmx_get(struct vmx_client *client, const char *object, const char *options, char **rows,
            struct base_error *err) {
  __attribute__((cleanup(release_buf))) struct base_buf buf = BASE_BUF_INIT;
  const struct vmx_object *found = NULL;
  int code = find_object(client, object, &found, err);
  if (code != 0) return code;
  code = vmx_store_get(client->store, found, text_of(options), &buf, err);
  return hand_over(&buf, code, rows, err);
}

int vmx_snapshot(struct vmx_client *client, const char *object, char **rows,
                 struct base_error *err) {
  __attribute__((cleanup(release_buf))) struct base_buf buf = BASE_BUF_INIT;
  const struct vmx_object *found = NULL;
  int code = find_object(client, object, &found, err);
  if (code != 0) return code;
  code = vmx_store_snapshot(client->store, found, &buf, err);
  return hand_over(&buf, code, rows, err);
}

int vmx_execute_select_query(struct vmx_client *client, const char *query, char **rows,
                             struct base_error *err) {
  __attribute__((cleanup(release_buf))) struct base_buf buf = BASE_BUF_INIT;
  int code = check_ready(client, err);
  if (code != 0) return code;
  code = vmx_store_select(client->store, text_of(query), &buf, err);
  return hand_over(&buf, code, rows, err);
}

int vmx_get_pending_records(struct vmx_client *client, const char *object, const char *options,
                            char **pending, struct base_error *err) {
  __attribute__((cleanup(release_buf))) struct base_buf buf = BASE_BUF_INIT;
  const struct vmx_object *found = NULL;
  int code = find_object(client, object, &found, err);
  if (code != 0) return code;
  code = vmx_store_pending(client->store, found, text_of(options), &buf, err);
  return hand_over(&buf, code, pending, err);
}

int vmx_mark_for_upload(struct vmx_client *client, const char *object, const char *options,
                        struct base_error *err) {
  const struct vmx_object *found = NULL;
  int code = find_object(client, object, &found, err);
  if (code != 0) return code;
  return vmx_store_mark_for_upload(client->store, found, text_of(options), err);
}

/* -- scopes -------------------------------------------------------------------------------------- */

/* A scope as the store takes it: service NULL stands for every offline service. */
struct scope {
  const struct vmx_service *service;
  const struct vmx_object *object;
};

static int find_scope(const struct vmx_client *client, enum vmx_scope_level level,
                      const char *target, struct scope *out, struct base_error *err) {
  *out = (struct scope){NULL, NULL};
  int code = vmx_level_check(level, err);
  if (code != 0) return code;
  if (level == VMX_SCOPE_APPLICATION) return check_ready(client, err);
  if (level == VMX_SCOPE_SERVICE) return find_service(client, target, &out->service, err);
  code = find_object(client, target, &out->object, err);
  if (code == 0) out->service = out->object->service;
  return code;
}

/* W-51, LOC-03: nothing changes while a sync of the scope, or a setup, runs. */
static int check_quiet(const struct vmx_client *client, const struct scope *scope,
                       struct base_error *err) {
  if (client->setup) return base_fail(err, VMX_CODE_BUSY, "W-51", "a setup or reset runs");
  if (!vmx_sync_runs(client, scope->service, scope->object)) return 0;
  return base_fail(err, VMX_CODE_BUSY, "W-51", "a sync of this scope runs");
}

int vmx_rollback(struct vmx_client *client, enum vmx_scope_level level, const char *target,
                 const char *primary_keys, struct base_error *err) {
  struct scope scope;
  int code = find_scope(client, level, target, &scope, err);
  if (code == 0) code = check_quiet(client, &scope, err);
  if (code != 0) return code;
  if (primary_keys && !scope.object)
    return base_fail(err, VMX_CODE_OPTION, "LOC-03", "primary keys need an object to roll back");
  return vmx_store_rollback(client->store, scope.service, scope.object, text_of(primary_keys), err);
}

int vmx_clear_offline_data(struct vmx_client *client, enum vmx_scope_level level,
                           const char *target, struct base_error *err) {
  struct scope scope;
  int code = find_scope(client, level, target, &scope, err);
  if (code == 0) code = check_quiet(client, &scope, err);
  if (code != 0) return code;
  if (!scope.service)
    return base_fail(err, VMX_CODE_OPTION, "LOC-04",
                     "offline data is cleared for a service or an object");
  return vmx_store_clear(client->store, scope.service, scope.object, err);
}

int vmx_drop(struct vmx_client *client, struct base_error *err) {
  const struct scope everything = {NULL, NULL};
  int code = check_quiet(client, &everything, err);
  if (code != 0) return code;
  code = vmx_store_drop(client->store, err);
  if (code == 0) client->ready = false;
  return code;
}
