/* Callback payloads, compared as whole JSON values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "core/codes.h"
#include "core/payload.h"

static const struct vmx_subject service = {VMX_LEVEL_SERVICE, "Org"};
static const struct vmx_subject object = {VMX_LEVEL_OBJECT, "Employee"};

static cJSON *json(const char *text) {
  cJSON *tree = NULL;
  struct base_error err = {0};
  if (json_parse(text, strlen(text), JSON_REPEATED_REFUSED, &tree, &err) != 0) fail_msg("%s", err.text);
  return tree;
}

/* Takes `made`. */
static void expect(cJSON *made, const char *expected) {
  CLEANUP(json_free) cJSON *actual = made;
  CLEANUP(json_free) cJSON *wanted = json(expected);
  CLEANUP(free_text) char *shown = json_print(actual);
  if (!json_equal(actual, wanted)) fail_msg("expected %s\ngot %s", expected, shown);
}

/* ---- service and object --------------------------------------------------------------------- */

static void a_success_has_status_and_name_alone(void **state) {
  (void)state;
  expect(vmx_payload_success(&service, NULL, NULL), "{\"status\":0,\"objectServiceName\":\"Org\"}");
  expect(vmx_payload_success(&object, NULL, NULL), "{\"status\":0,\"name\":\"Employee\"}");
}

static void empty_sync_errors_are_not_told(void **state) {
  (void)state;
  struct vmx_sync_errors errors = {0};
  assert_false(vmx_sync_errors_any(&errors));
  expect(vmx_payload_success(&object, NULL, &errors), "{\"status\":0,\"name\":\"Employee\"}");
}

static void sync_errors_have_keys_in_uploads_alone(void **state) {
  (void)state;
  CLEANUP(vmx_sync_errors_done) struct vmx_sync_errors errors = {0};
  CLEANUP(json_free) cJSON *keys = json("{\"EmpId\":9007199254740993}");
  assert_int_equal(vmx_sync_errors_upload(&errors, &(struct vmx_sync_error){"Org", "Employee", keys, 20006, "exists"}), 0);
  assert_int_equal(vmx_sync_errors_download(&errors, &(struct vmx_sync_error){"Org", "Dept", NULL, 2474, NULL}), 0);
  expect(vmx_payload_success(&service, NULL, &errors),
         "{\"status\":0,\"objectServiceName\":\"Org\",\"syncErrors\":{\"upload\":[{\"objectService\":\"Org\","
         "\"object\":\"Employee\",\"primaryKeys\":{\"EmpId\":9007199254740993},\"opstatus\":20006,\"errmsg\":\"exists\"}],"
         "\"download\":[{\"objectService\":\"Org\",\"object\":\"Dept\",\"opstatus\":2474,\"errmsg\":\"the download failed\"}]}}");
}

static void stats_have_totals_and_batches_in_both_directions(void **state) {
  (void)state;
  const struct vmx_batch_stats up[] = {{1, 50, 1000, 20, 3, 4}, {2, 1, 1100, 21, 5, 6}};
  const struct vmx_sync_stats stats = {.start_time_ms = 900, .sync_elapsed_ms = 400, .total_uploaded_records = 51,
                                       .total_downloaded_records = 7, .uploads = up, .upload_count = 2};
  expect(vmx_payload_success(&object, &stats, NULL),
         "{\"status\":0,\"name\":\"Employee\",\"syncStats\":{\"name\":\"Employee\",\"startTime\":900,\"syncElapsedTime\":400,"
         "\"numberOfRecordsSynced\":58,\"totalUploadedRecords\":51,\"totalDownloadedRecords\":7,\"uploadStats\":["
         "{\"batchNumber\":1,\"numberOfRecords\":50,\"requestCreationTime\":1000,\"networkDurationTime\":20,"
         "\"responseParsingTime\":3,\"dataPersistanceTime\":4},{\"batchNumber\":2,\"numberOfRecords\":1,"
         "\"requestCreationTime\":1100,\"networkDurationTime\":21,\"responseParsingTime\":5,\"dataPersistanceTime\":6}],"
         "\"downloadStats\":[]}}");
}

/* ---- failures by API (CBK-02..CBK-04) -------------------------------------------------------- */

static const struct vmx_failure busy = {.code = 2038, .message = "no", .call_stack = "upload", .http_status = 429,
                                        .retry_after = "7", .subject = {VMX_LEVEL_SERVICE, "Org"}};

static void a_js_failure_has_everything_at_the_top(void **state) {
  (void)state;
  expect(vmx_payload_failure(&busy, VMX_PAYLOAD_JS),
         "{\"code\":2038,\"domain\":\"OfflineObjectsError\",\"message\":\"no\",\"status\":-1,\"callStack\":\"upload\","
         "\"userInfo\":{\"objectServiceName\":\"Org\",\"httpStatus\":429,\"retryAfter\":\"7\"}}");
}

static void a_java_failure_is_what_its_getters_give(void **state) {
  (void)state;
  expect(vmx_payload_failure(&busy, VMX_PAYLOAD_JAVA),
         "{\"code\":2038,\"domain\":\"OfflineObjectsError\",\"message\":\"no\",\"callStack\":\"upload\","
         "\"userInfo\":{\"objectServiceName\":\"Org\",\"httpStatus\":429,\"retryAfter\":\"7\"}}");
}

static void an_objc_failure_describes_itself_in_user_info(void **state) {
  (void)state;
  expect(vmx_payload_failure(&busy, VMX_PAYLOAD_OBJC),
         "{\"code\":2038,\"domain\":\"OfflineObjectsError\",\"userInfo\":{\"objectServiceName\":\"Org\",\"httpStatus\":429,"
         "\"retryAfter\":\"7\",\"localizedDescription\":\"no\",\"callStack\":\"upload\"}}");
}

static void a_failure_without_message_says_what_its_code_means(void **state) {
  (void)state;
  const struct vmx_failure failure = {.code = VMX_CODE_NO_SETUP};
  expect(vmx_payload_failure(&failure, VMX_PAYLOAD_JS),
         "{\"code\":2483,\"domain\":\"OfflineObjectsError\",\"message\":\"setup was not done: there is nothing to sync\","
         "\"status\":-1,\"callStack\":\"\",\"userInfo\":{}}");
}

static void sync_errors_of_a_failure_stand_where_the_api_has_them(void **state) {
  (void)state;
  CLEANUP(vmx_sync_errors_done) struct vmx_sync_errors errors = {0};
  vmx_sync_errors_download(&errors, &(struct vmx_sync_error){"Org", "Dept", NULL, 1, "x"});
  struct vmx_failure failure = busy;
  failure.errors = &errors;
  CLEANUP(json_free) cJSON *java = vmx_payload_failure(&failure, VMX_PAYLOAD_JAVA);
  CLEANUP(json_free) cJSON *objc = vmx_payload_failure(&failure, VMX_PAYLOAD_OBJC);
  assert_non_null(json_find(json_find(java, "syncErrors"), "download"));
  assert_non_null(json_find(json_find(json_find(objc, "userInfo"), "syncErrors"), "upload"));
  assert_null(json_find(objc, "syncErrors"));
}

/* ---- application ----------------------------------------------------------------------------- */

static void an_application_success_holds_every_service(void **state) {
  (void)state;
  expect(vmx_payload_application_success(json("{\"Org\":{\"status\":0}}")), "{\"successResponse\":{\"Org\":{\"status\":0}}}");
  expect(vmx_payload_application_success(cJSON_CreateObject()), "{\"successResponse\":{}}");
}

static void the_maps_of_a_js_failure_stand_at_the_top(void **state) {
  (void)state;
  CLEANUP(json_free) cJSON *made = vmx_payload_application_failure(VMX_PAYLOAD_JS, json("{\"A\":1}"), json("{\"B\":2}"));
  assert_non_null(json_find(json_find(made, "successResponse"), "A"));
  assert_non_null(json_find(json_find(made, "failureResponse"), "B"));
  int64_t code = 0;
  assert_true(json_integer(json_find(made, "code"), &code));
  assert_int_equal(code, 2460);
}

static void the_maps_of_java_and_objc_failures_stand_in_user_info(void **state) {
  (void)state;
  for (int api = VMX_PAYLOAD_JAVA; api <= VMX_PAYLOAD_OBJC; api++) {
    CLEANUP(json_free)
    cJSON *made = vmx_payload_application_failure((enum vmx_payload_api)api, NULL, json("{\"B\":2}"));
    const cJSON *info = json_find(made, "userInfo");
    assert_true(cJSON_IsObject(json_find(info, "successResponse")));
    assert_non_null(json_find(json_find(info, "failureResponse"), "B"));
    assert_null(json_find(made, "failureResponse"));
  }
}

/* ---- progress -------------------------------------------------------------------------------- */

static const struct vmx_progress full = {.start_time_ms = 1, .sync_elapsed_ms = 2, .total_objects_to_sync = 3,
                                         .total_records_to_upload = 4, .total_uploaded_records = 5,
                                         .total_downloaded_records = 6, .batch_number = 7,
                                         .subject = {VMX_LEVEL_SERVICE, "Org"}};

static void each_progress_event_has_the_fields_of_its_row(void **state) {
  (void)state;
  static const struct {
    enum vmx_progress_phase phase;
    enum vmx_progress_state state;
    const char *expected;
  } rows[] = {
      {VMX_PHASE_SYNC, VMX_STATE_STARTED, "\"phase\":\"Sync\",\"state\":\"Started\",\"startTime\":1,\"totalObjectsToSync\":3"},
      {VMX_PHASE_SYNC, VMX_STATE_ENDED,
       "\"phase\":\"Sync\",\"state\":\"Ended\",\"syncElapsedTime\":2,\"totalUploadedRecords\":5,\"totalDownloadedRecords\":6"},
      {VMX_PHASE_UPLOAD, VMX_STATE_STARTED, "\"phase\":\"Upload\",\"state\":\"Started\""},
      {VMX_PHASE_UPLOAD, VMX_STATE_IN_PROGRESS, "\"phase\":\"Upload\",\"state\":\"InProgress\",\"totalRecordsToUpload\":4"},
      {VMX_PHASE_UPLOAD, VMX_STATE_ENDED, "\"phase\":\"Upload\",\"state\":\"Ended\",\"totalUploadedRecords\":5"},
      {VMX_PHASE_DOWNLOAD, VMX_STATE_STARTED, "\"phase\":\"Download\",\"state\":\"Started\",\"batchNumber\":7"},
      {VMX_PHASE_DOWNLOAD, VMX_STATE_IN_PROGRESS, "\"phase\":\"Download\",\"state\":\"InProgress\",\"batchNumber\":7"},
      {VMX_PHASE_DOWNLOAD, VMX_STATE_ENDED,
       "\"phase\":\"Download\",\"state\":\"Ended\",\"totalDownloadedRecords\":6,\"batchNumber\":7"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct vmx_progress event = full;
    event.phase = rows[i].phase;
    event.state = rows[i].state;
    char expected[256];
    snprintf(expected, sizeof expected, "{\"objectServiceName\":\"Org\",%s}", rows[i].expected);
    expect(vmx_payload_progress(&event), expected);
  }
}

static void progress_of_an_object_is_under_its_name_and_of_an_application_under_none(void **state) {
  (void)state;
  struct vmx_progress event = {.phase = VMX_PHASE_UPLOAD, .state = VMX_STATE_STARTED, .subject = object};
  expect(vmx_payload_progress(&event), "{\"phase\":\"Upload\",\"state\":\"Started\",\"name\":\"Employee\"}");
  event.subject = (struct vmx_subject){VMX_LEVEL_APPLICATION, NULL};
  expect(vmx_payload_progress(&event), "{\"phase\":\"Upload\",\"state\":\"Started\"}");
}

/* ---- no memory ------------------------------------------------------------------------------- */

static size_t allocations_left;

static void *limited_malloc(size_t size) {
  if (allocations_left == 0) return NULL;
  allocations_left--;
  return malloc(size);
}

/* One payload with everything in it; NULL when an allocation failed. */
static cJSON *big_payload(void) {
  CLEANUP(vmx_sync_errors_done) struct vmx_sync_errors errors = {0};
  if (vmx_sync_errors_download(&errors, &(struct vmx_sync_error){"Org", "Dept", NULL, 1, "x"}) != 0) return NULL;
  const struct vmx_batch_stats down[] = {{.batch_number = 1}};
  const struct vmx_sync_stats stats = {.downloads = down, .download_count = 1};
  cJSON *good = vmx_payload_success(&service, &stats, &errors);
  cJSON *map = good ? cJSON_CreateObject() : NULL;
  if (map && cJSON_AddItemToObject(map, "Org", good)) return vmx_payload_application_failure(VMX_PAYLOAD_OBJC, map, NULL);
  cJSON_Delete(map);
  cJSON_Delete(good);
  return NULL;
}

static void each_failing_allocation_gives_no_payload_and_no_leak(void **state) {
  (void)state;
  cJSON_Hooks hooks = {limited_malloc, free};
  cJSON *made = NULL;
  size_t limit = 0;
  for (; !made && limit < 1000; limit++) {
    allocations_left = limit;
    cJSON_InitHooks(&hooks);
    made = big_payload();
    cJSON_InitHooks(NULL);
  }
  assert_non_null(made);
  assert_true(limit > 30);
  cJSON_Delete(made);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_success_has_status_and_name_alone),
      cmocka_unit_test(empty_sync_errors_are_not_told),
      cmocka_unit_test(sync_errors_have_keys_in_uploads_alone),
      cmocka_unit_test(stats_have_totals_and_batches_in_both_directions),
      cmocka_unit_test(a_js_failure_has_everything_at_the_top),
      cmocka_unit_test(a_java_failure_is_what_its_getters_give),
      cmocka_unit_test(an_objc_failure_describes_itself_in_user_info),
      cmocka_unit_test(a_failure_without_message_says_what_its_code_means),
      cmocka_unit_test(sync_errors_of_a_failure_stand_where_the_api_has_them),
      cmocka_unit_test(an_application_success_holds_every_service),
      cmocka_unit_test(the_maps_of_a_js_failure_stand_at_the_top),
      cmocka_unit_test(the_maps_of_java_and_objc_failures_stand_in_user_info),
      cmocka_unit_test(each_progress_event_has_the_fields_of_its_row),
      cmocka_unit_test(progress_of_an_object_is_under_its_name_and_of_an_application_under_none),
      cmocka_unit_test(each_failing_allocation_gives_no_payload_and_no_leak),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
