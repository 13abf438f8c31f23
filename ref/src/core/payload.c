/*
 * Callback payloads. A builder carries one flag for "no memory" through a chain of small steps, so
 * that each payload reads as the list of its members.
 */
#include "core/payload.h"

#include <assert.h>

#include "core/codes.h"

/* ---- building ----------------------------------------------------------------------------- */

/* Always true: `object` is NULL once `failed` is set, and every later step then does nothing. */
struct builder {
  cJSON *object;
  bool failed;
};

static struct builder begin(void) {
  cJSON *object = cJSON_CreateObject();
  return (struct builder){.object = object, .failed = !object};
}

static void fail(struct builder *b) {
  cJSON_Delete(b->object);
  *b = (struct builder){.failed = true};
}

/* Taken: `value`; NULL means that making it failed. `name` is a literal. */
static void add(struct builder *b, const char *name, cJSON *value) {
  if (!b->failed && value && cJSON_AddItemToObject(b->object, name, value)) return;
  cJSON_Delete(value);
  fail(b);
}

static void add_integer(struct builder *b, const char *name, int64_t value) {
  if (!b->failed) add(b, name, json_create_integer(value));
}

static void add_text(struct builder *b, const char *name, const char *text) {
  if (!b->failed) add(b, name, cJSON_CreateString(text));
}

static void add_name(struct builder *b, const struct vmx_subject *subject) {
  if (subject->level == VMX_LEVEL_APPLICATION) return;
  add_text(b, subject->level == VMX_LEVEL_OBJECT ? "name" : "objectServiceName", subject->name);
}

/* ---- sync errors -------------------------------------------------------------------------- */

static const char *error_text(const struct vmx_sync_error *entry) {
  return entry->errmsg ? entry->errmsg : vmx_code_meaning((int)entry->opstatus);
}

static cJSON *sync_error(const struct vmx_sync_error *entry) {
  struct builder b = begin();
  add_text(&b, "objectService", entry->object_service);
  add_text(&b, "object", entry->object);
  if (entry->primary_keys) add(&b, "primaryKeys", cJSON_Duplicate(entry->primary_keys, true));
  add_integer(&b, "opstatus", entry->opstatus);
  add_text(&b, "errmsg", error_text(entry));
  return b.object;
}

static int append(cJSON **list, const struct vmx_sync_error *entry) {
  if (!*list) *list = cJSON_CreateArray();
  cJSON *item = *list ? sync_error(entry) : NULL;
  if (item && cJSON_AddItemToArray(*list, item)) return 0;
  cJSON_Delete(item);
  return VMX_CODE_SYNC;
}

int vmx_sync_errors_upload(struct vmx_sync_errors *errors, const struct vmx_sync_error *entry) {
  return append(&errors->upload, entry);
}

int vmx_sync_errors_download(struct vmx_sync_errors *errors, const struct vmx_sync_error *entry) {
  assert(!entry->primary_keys); /* CBK-05 */
  return append(&errors->download, entry);
}

static bool any(const cJSON *list) { return list && list->child; }

bool vmx_sync_errors_any(const struct vmx_sync_errors *errors) {
  return errors && (any(errors->upload) || any(errors->download));
}

void vmx_sync_errors_done(struct vmx_sync_errors *errors) {
  cJSON_Delete(errors->upload);
  cJSON_Delete(errors->download);
  *errors = (struct vmx_sync_errors){0};
}

static cJSON *copy_list(const cJSON *list) {
  return list ? cJSON_Duplicate(list, true) : cJSON_CreateArray();
}

/* CBK-05: both arrays, when there is anything to tell. */
static void add_sync_errors(struct builder *b, const struct vmx_sync_errors *errors) {
  if (!vmx_sync_errors_any(errors)) return;
  struct builder both = begin();
  add(&both, "upload", copy_list(errors->upload));
  add(&both, "download", copy_list(errors->download));
  add(b, "syncErrors", both.object);
}

/* ---- statistics --------------------------------------------------------------------------- */

static cJSON *batch(const struct vmx_batch_stats *stats) {
  struct builder b = begin();
  add_integer(&b, "batchNumber", stats->batch_number);
  add_integer(&b, "numberOfRecords", stats->number_of_records);
  add_integer(&b, "requestCreationTime", stats->request_creation_ms);
  add_integer(&b, "networkDurationTime", stats->network_duration_ms);
  add_integer(&b, "responseParsingTime", stats->response_parsing_ms);
  add_integer(&b, "dataPersistanceTime", stats->data_persistence_ms); /* sic */
  return b.object;
}

static cJSON *batches(const struct vmx_batch_stats *stats, size_t count) {
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; list && i < count; i++) {
    cJSON *item = batch(&stats[i]);
    if (item && cJSON_AddItemToArray(list, item)) continue;
    cJSON_Delete(item);
    cJSON_Delete(list);
    list = NULL;
  }
  return list;
}

/* CBK-07 */
static void add_stats(struct builder *b, const struct vmx_subject *subject,
                      const struct vmx_sync_stats *stats) {
  if (!stats) return;
  struct builder s = begin();
  add_name(&s, subject);
  add_integer(&s, "startTime", stats->start_time_ms);
  add_integer(&s, "syncElapsedTime", stats->sync_elapsed_ms);
  add_integer(&s, "numberOfRecordsSynced",
              stats->total_uploaded_records + stats->total_downloaded_records);
  add_integer(&s, "totalUploadedRecords", stats->total_uploaded_records);
  add_integer(&s, "totalDownloadedRecords", stats->total_downloaded_records);
  add(&s, "uploadStats", batches(stats->uploads, stats->upload_count));
  add(&s, "downloadStats", batches(stats->downloads, stats->download_count));
  add(b, "syncStats", s.object);
}

/* ---- ends --------------------------------------------------------------------------------- */

cJSON *vmx_payload_success(const struct vmx_subject *subject, const struct vmx_sync_stats *stats,
                           const struct vmx_sync_errors *errors) {
  struct builder b = begin();
  add_integer(&b, "status", 0); /* CBK-08, CBK-10 */
  add_name(&b, subject);
  add_stats(&b, subject, stats);
  add_sync_errors(&b, errors);
  return b.object;
}

static const char *message_of(const struct vmx_failure *failure) {
  return failure->message ? failure->message : vmx_code_meaning(failure->code);
}

static const char *call_stack_of(const struct vmx_failure *failure) {
  return failure->call_stack ? failure->call_stack : "";
}

/* CBK-09, wire.md 10: who failed, and what the server's HTTP answer said. */
static struct builder user_info(const struct vmx_failure *failure) {
  struct builder b = begin();
  add_name(&b, &failure->subject);
  if (failure->http_status) add_integer(&b, "httpStatus", failure->http_status);
  if (failure->retry_after) add_text(&b, "retryAfter", failure->retry_after);
  return b;
}

/* CBK-04: code and domain stand at the top of every API's error, the message where that API has it. */
static void add_head(struct builder *b, const struct vmx_failure *failure) {
  add_integer(b, "code", failure->code);
  add_text(b, "domain", VMX_ERROR_DOMAIN);
}

static void add_details(struct builder *b, const struct vmx_failure *failure) {
  add_text(b, "callStack", call_stack_of(failure));
  add_sync_errors(b, failure->errors);
}

/* Taken: the maps, each NULL or an object; NULL leaves the member out. */
static void add_maps(struct builder *b, cJSON *succeeded, cJSON *failed) {
  if (succeeded) add(b, "successResponse", succeeded);
  if (failed) add(b, "failureResponse", failed);
}

static cJSON *failure_js(const struct vmx_failure *failure, cJSON *succeeded, cJSON *failed) {
  struct builder b = begin();
  add_head(&b, failure);
  add_text(&b, "message", message_of(failure));
  add_integer(&b, "status", -1); /* CBK-08 */
  add_details(&b, failure);
  add(&b, "userInfo", user_info(failure).object);
  add_maps(&b, succeeded, failed); /* CBK-02 */
  return b.object;
}

static cJSON *failure_java(const struct vmx_failure *failure, cJSON *succeeded, cJSON *failed) {
  struct builder b = begin(), info = user_info(failure);
  add_head(&b, failure);
  add_text(&b, "message", message_of(failure));
  add_details(&b, failure);
  add_maps(&info, succeeded, failed); /* CBK-03 */
  add(&b, "userInfo", info.object);
  return b.object;
}

static cJSON *failure_objc(const struct vmx_failure *failure, cJSON *succeeded, cJSON *failed) {
  struct builder b = begin(), info = user_info(failure);
  add_head(&b, failure);
  add_text(&info, "localizedDescription", message_of(failure));
  add_details(&info, failure);
  add_maps(&info, succeeded, failed); /* CBK-03 */
  add(&b, "userInfo", info.object);
  return b.object;
}

typedef cJSON *failure_function(const struct vmx_failure *failure, cJSON *succeeded, cJSON *failed);

static failure_function *const failures[] = {
    [VMX_PAYLOAD_JS] = failure_js,
    [VMX_PAYLOAD_JAVA] = failure_java,
    [VMX_PAYLOAD_OBJC] = failure_objc,
};

cJSON *vmx_payload_failure(const struct vmx_failure *failure, enum vmx_payload_api api) {
  assert(failure->code != 0);
  return failures[api](failure, NULL, NULL);
}

cJSON *vmx_payload_application_success(cJSON *services) {
  struct builder b = begin();
  add(&b, "successResponse", services); /* CBK-01 */
  return b.object;
}

cJSON *vmx_payload_application_failure(enum vmx_payload_api api, cJSON *succeeded, cJSON *failed) {
  const struct vmx_failure failure = {
      .code = VMX_CODE_SYNC,
      .message = "the sync of at least one object service failed: see failureResponse",
  };
  if (!succeeded) succeeded = cJSON_CreateObject();
  if (!failed) failed = cJSON_CreateObject();
  if (succeeded && failed) return failures[api](&failure, succeeded, failed);
  cJSON_Delete(succeeded);
  cJSON_Delete(failed);
  return NULL;
}

/* ---- progress ----------------------------------------------------------------------------- */

static const char *const phases[] = {
    [VMX_PHASE_SYNC] = "Sync", [VMX_PHASE_UPLOAD] = "Upload", [VMX_PHASE_DOWNLOAD] = "Download"};

static const char *const states[] = {[VMX_STATE_STARTED] = "Started",
                                     [VMX_STATE_IN_PROGRESS] = "InProgress",
                                     [VMX_STATE_ENDED] = "Ended"};

struct field {
  const char *name;
  size_t offset; /* of the int64_t in struct vmx_progress */
};

#define FIELD(name, member) {name, offsetof(struct vmx_progress, member)}
#define START_TIME FIELD("startTime", start_time_ms)
#define ELAPSED FIELD("syncElapsedTime", sync_elapsed_ms)
#define OBJECTS FIELD("totalObjectsToSync", total_objects_to_sync)
#define TO_UPLOAD FIELD("totalRecordsToUpload", total_records_to_upload)
#define UPLOADED FIELD("totalUploadedRecords", total_uploaded_records)
#define DOWNLOADED FIELD("totalDownloadedRecords", total_downloaded_records)
#define BATCH FIELD("batchNumber", batch_number)

/* wire.md 11: what each event holds beside phase, state and name (PRG-01). */
static const struct field fields[][3][3] = {
    [VMX_PHASE_SYNC] = {[VMX_STATE_STARTED] = {START_TIME, OBJECTS},
                        [VMX_STATE_ENDED] = {ELAPSED, UPLOADED, DOWNLOADED}},
    [VMX_PHASE_UPLOAD] = {[VMX_STATE_IN_PROGRESS] = {TO_UPLOAD},
                          [VMX_STATE_ENDED] = {UPLOADED}},
    [VMX_PHASE_DOWNLOAD] = {[VMX_STATE_STARTED] = {BATCH},
                            [VMX_STATE_IN_PROGRESS] = {BATCH},
                            [VMX_STATE_ENDED] = {DOWNLOADED, BATCH}},
};

static int64_t value_of(const struct vmx_progress *event, const struct field *field) {
  const void *place = (const char *)event + field->offset;
  return *(const int64_t *)place;
}

cJSON *vmx_payload_progress(const struct vmx_progress *event) {
  assert(event->phase != VMX_PHASE_SYNC || event->state != VMX_STATE_IN_PROGRESS);
  const struct field *more = fields[event->phase][event->state];
  struct builder b = begin();
  add_text(&b, "phase", phases[event->phase]);
  add_text(&b, "state", states[event->state]);
  add_name(&b, &event->subject);
  for (size_t i = 0; i < 3 && more[i].name; i++)
    add_integer(&b, more[i].name, value_of(event, &more[i]));
  return b.object;
}
