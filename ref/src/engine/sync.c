#include "engine/sync.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/codes.h"
#include "engine/cancel.h"
#include "engine/identity.h"
#include "engine/notice.h"

/* -- scopes -------------------------------------------------------------------------------------- */

/* A service and one of its objects exclude each other; the application excludes all (API-13). */
static bool overlaps(const struct vmx_sync *sync, const struct vmx_service *service,
                     const struct vmx_object *object) {
  if (!sync->service || !service) return true;
  if (sync->service != service) return false;
  return !sync->object || !object || sync->object == object;
}

bool vmx_sync_runs(const struct vmx_client *client, const struct vmx_service *service,
                   const struct vmx_object *object) {
  for (const struct vmx_sync *sync = client->syncs; sync; sync = sync->next)
    if (!sync->ended && overlaps(sync, service, object)) return true;
  return false;
}

/* The names that options may speak of. */
struct names {
  struct vmx_scope scope;
  struct vmx_scope_service *services;
  const char **objects;
};

static void names_done(struct names *names) {
  free(names->services);
  free(names->objects);
}

static void fill_names(struct names *names, const struct vmx_model *model) {
  size_t objects = 0;
  for (size_t i = 0; i < model->service_count; i++) {
    const struct vmx_service *service = &model->services[i];
    if (!service->offline) continue;
    names->services[names->scope.count++] =
        (struct vmx_scope_service){service->name, names->objects + objects, service->object_count};
    for (size_t j = 0; j < service->object_count; j++)
      names->objects[objects++] = service->objects[j].name;
  }
}

static int collect_names(struct names *names, const struct vmx_model *model,
                         struct base_error *err) {
  names->services = calloc(model->service_count + 1, sizeof *names->services);
  names->objects = calloc(model->object_count + 1, sizeof *names->objects);
  if (!names->services || !names->objects)
    return base_fail(err, VMX_CODE_SYNC, "API-01", "out of memory");
  names->scope.services = names->services;
  fill_names(names, model);
  return 0;
}

/* -- one sync ------------------------------------------------------------------------------------ */

static void sync_free(struct vmx_sync *sync) {
  if (!sync) return;
  for (size_t i = 0; i < sync->count; i++) vmx_scope_run_release(&sync->runs[i]);
  free(sync->runs);
  vmx_options_done(&sync->options);
  cJSON_Delete(sync->succeeded);
  cJSON_Delete(sync->failed);
  free(sync);
}

static void sync_release(struct vmx_sync **sync) { sync_free(*sync); }

static int read_options(struct vmx_sync *sync, const char *target, const char *options,
                        struct base_error *err) {
  CLEANUP(names_done) struct names names = {0};
  const struct vmx_client *client = sync->client;
  int code = collect_names(&names, client->model, err);
  if (code != 0) return code;
  return vmx_options_parse(options, options ? strlen(options) : 0, sync->level, target,
                           &names.scope, client->strict_options, &sync->options, err);
}

/* The parser has checked the target: what it names is in the model. */
static void settle_scope(struct vmx_sync *sync) {
  const struct vmx_service_options *options = sync->options.services;
  if (sync->level == VMX_LEVEL_APPLICATION) return;
  sync->service = vmx_model_find_service(sync->client->model, options->service);
  if (sync->level == VMX_LEVEL_OBJECT)
    sync->object = vmx_service_find_object(sync->service, options->object, strlen(options->object));
}

static int prepare_runs(struct vmx_sync *sync, struct base_error *err) {
  sync->runs = calloc(sync->options.count + 1, sizeof *sync->runs);
  if (!sync->runs) return base_fail(err, VMX_CODE_SYNC, "API-01", "out of memory");
  sync->count = sync->options.count;
  for (size_t i = 0; i < sync->count; i++) {
    struct vmx_scope_run *run = &sync->runs[i];
    run->sync = sync;
    run->client = sync->client;
    run->options = &sync->options.services[i];
    run->service = vmx_model_find_service(sync->client->model, run->options->service);
    run->object = sync->object;
  }
  return 0;
}

/* What may end a sync before it does anything: in this order. */
static int prepare(struct vmx_sync *sync, const char *target, const char *options,
                   struct base_error *err) {
  struct vmx_client *client = sync->client;
  if (!client->ready)
    return base_fail(err, VMX_CODE_NO_SETUP, "API-05", "setup was not done: there is nothing to sync");
  if (client->setup)
    return base_fail(err, VMX_CODE_BUSY, "W-51", "a setup or reset runs");
  int code = read_options(sync, target, options, err);
  if (code != 0) return code;
  settle_scope(sync);
  if (vmx_sync_runs(client, sync->service, sync->object))
    return base_fail(err, VMX_CODE_RUNS, "API-06", "a sync of this scope runs");
  return prepare_runs(sync, err);
}

/* A refusal is an end: no callback follows (API-12). PRG-04: the web channel never calls progress. PRG-05: java
 * and objc need it at application level. */
static int check_callbacks(const struct vmx_client *client, enum vmx_sync_level level,
                           const struct vmx_callbacks *callbacks, struct base_error *err) {
  int code = vmx_callbacks_check(callbacks, err);
  if (code != 0) return code;
  bool required = client->api != VMX_API_JS && level == VMX_LEVEL_APPLICATION;
  if (required && !callbacks->progress)
    return base_fail(err, VMX_CODE_OPTION, "API-10", "the progress callback is missing");
  return 0;
}

static struct vmx_sync *sync_new(struct vmx_client *client, enum vmx_sync_level level,
                                 const struct vmx_callbacks *callbacks) {
  struct vmx_sync *sync = calloc(1, sizeof *sync);
  if (!sync) return NULL;
  sync->client = client;
  sync->level = level;
  sync->callbacks = *callbacks;
  if (client->channel == VMX_CHANNEL_WEB) sync->callbacks.progress = NULL;
  return sync;
}

int vmx_sync_start(struct vmx_client *client, enum vmx_sync_level level, const char *target,
                   const char *options, const struct vmx_callbacks *callbacks,
                   struct base_error *err) {
  struct base_error failure = {0};
  int code = check_callbacks(client, level, callbacks, err);
  if (code != 0) return code;
  vmx_cancels_take(client); /* they were asked before this sync was there */
  CLEANUP(sync_release) struct vmx_sync *sync = sync_new(client, level, callbacks);
  if (!sync) return base_fail(err, VMX_CODE_SYNC, "API-03", "out of memory");
  if (prepare(sync, target, options, &failure) != 0)
    return vmx_notice_failure(client, callbacks, &failure, err);
  sync->next = client->syncs;
  client->syncs = TAKE(sync);
  return 0;
}

/* -- its end ------------------------------------------------------------------------------------- */

static void tell(struct vmx_sync *sync, bool failed, cJSON *payload) {
  sync->ended = true;
  vmx_deliver_end(&sync->callbacks, failed, payload);
}

static void end_application(struct vmx_sync *sync) {
  cJSON *succeeded = TAKE(sync->succeeded);
  cJSON *failed = TAKE(sync->failed);
  enum vmx_payload_api api = (enum vmx_payload_api)sync->client->api;
  if (sync->failures > 0)
    tell(sync, true, vmx_payload_application_failure(api, succeeded, failed));
  else
    tell(sync, false,
         vmx_payload_application_success(succeeded ? succeeded : cJSON_CreateObject()));
}

/* Both maps name each service once (CBK-01, CBK-02). */
static void keep_payload(struct vmx_scope_run *run, cJSON *payload, bool failed) {
  struct vmx_sync *sync = run->sync;
  failed = failed || !payload; /* without memory a service cannot say that it succeeded */
  cJSON **map = failed ? &sync->failed : &sync->succeeded;
  sync->failures += failed;
  if (!*map) *map = cJSON_CreateObject();
  if (!*map || !payload || !cJSON_AddItemToObject(*map, run->service->name, payload))
    cJSON_Delete(payload);
}

static bool all_ended(const struct vmx_sync *sync) { return sync->ended_runs == sync->count; }

/* Parallel: all at once; sequential: the next one when the last one has ended (SEQ-01, SEQ-03), in the order
 * of the service document (SEQ-02). */
static void start_runs(struct vmx_sync *sync) {
  bool sequential = sync->options.sync_mode == VMX_SYNC_SEQUENTIAL;
  sync->starting = true;
  while (sync->next_run < sync->count && (!sequential || sync->next_run == sync->ended_runs))
    vmx_scope_run_begin(&sync->runs[sync->next_run++]);
  sync->starting = false;
  if (sync->level == VMX_LEVEL_APPLICATION && all_ended(sync)) end_application(sync);
}

void vmx_sync_run_ended(struct vmx_scope_run *run, cJSON *payload, bool failed) {
  struct vmx_sync *sync = run->sync;
  sync->ended_runs++;
  if (sync->level != VMX_LEVEL_APPLICATION) {
    tell(sync, failed, payload);
    return;
  }
  keep_payload(run, payload, failed);
  if (!sync->starting) start_runs(sync); /* SEQ-04: a failure does not stop the others */
}

/* -- the loop's side ----------------------------------------------------------------------------- */

/* W-7: the token is asked for before anything is sent; without one the sync ends here (API-08). */
static void begin(struct vmx_sync *sync) {
  struct base_error err = {0};
  sync->begun = true;
  if (vmx_identity_ask(sync->client, false, &err) != 0)
    tell(sync, true, vmx_error_tree(sync->client, &err));
  else start_runs(sync);
}

static struct vmx_sync *find_new(const struct vmx_client *client) {
  struct vmx_sync *found = NULL; /* the oldest: the list begins with the newest */
  for (struct vmx_sync *sync = client->syncs; sync; sync = sync->next)
    if (!sync->begun) found = sync;
  return found;
}

/* One a step: a callback that starts the next sync must not keep the step for ever. */
bool vmx_syncs_begin(struct vmx_client *client) {
  struct vmx_sync *sync = find_new(client);
  if (sync) begin(sync);
  return sync != NULL;
}

void vmx_syncs_sweep(struct vmx_client *client, bool abort) {
  struct vmx_sync **link = &client->syncs;
  while (*link) {
    struct vmx_sync *sync = *link;
    if (!sync->ended && !abort) {
      link = &sync->next;
      continue;
    }
    *link = sync->next;
    sync_free(sync);
  }
}
