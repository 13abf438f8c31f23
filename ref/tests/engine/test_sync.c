/*
 * The engine over a fake network: what is sent, in which order, and how each sync ends. What the
 * store and core do with the content has tests of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "company.h"

#define ORG "Organization"

static const char accepted[] =
    "{\"opstatus\":0,\"_metadata\":{\"recordCount\":1,\"successCount\":1,\"failureCount\":0},"
    "\"objects\":[{\"name\":\"Employee\",\"records\":[{\"EmpId\":101,\"_EmpId\":-1,\"Name\":\"Ada\","
    "\"_metadata\":{\"action\":\"create\",\"rowId\":1,\"checksum\":\"a1\",\"opstatus\":0}}]}]}";

static const char accepted_second[] =
    "{\"opstatus\":0,\"_metadata\":{\"recordCount\":1,\"successCount\":1,\"failureCount\":0},"
    "\"objects\":[{\"name\":\"Employee\",\"records\":[{\"EmpId\":102,\"_EmpId\":-2,\"Name\":\"Bob\","
    "\"_metadata\":{\"action\":\"create\",\"rowId\":2,\"checksum\":\"a2\",\"opstatus\":0}}]}]}";

static const char page_first[] =
    "{\"opstatus\":0,\"Objects\":[{\"name\":\"Employee\",\"opstatus\":0,\"records\":[{\"EmpId\":5,"
    "\"Name\":\"Eve\",\"_metadata\":{\"action\":\"create\",\"checksum\":\"c\"}}]}],"
    "\"delta_context\":{\"objs\":{\"Employee\":{\"bc\":\"b1\"}}},\"hasMoreRecords\":\"true\"}";

static const char page_last[] =
    "{\"opstatus\":0,\"Objects\":[{\"name\":\"Employee\",\"opstatus\":0,\"records\":[{\"EmpId\":6,"
    "\"Name\":\"Fay\",\"_metadata\":{\"action\":\"create\",\"checksum\":\"d\"}}]}],"
    "\"delta_context\":{\"objs\":{\"Employee\":{\"delta\":\"d1\"}}}}";

static const char refused_batch[] = "{\"opstatus\":8009,\"errmsg\":\"no\"}";

static void line_is(const struct company *company, size_t index, const char *prefix) {
  const char *line = fake_request(&company->network, index)->line;
  if (strncmp(line, prefix, strlen(prefix)) != 0)
    fail_msg("request %zu: expected %s..., got %s", index, prefix, line);
}

static void row_count_is(struct company *company, const char *object, int wanted) {
  CLEANUP(free_text) char *rows = NULL;
  CLEANUP(json_free) cJSON *parsed = NULL;
  struct base_error err = {0};
  assert_int_equal(vmx_snapshot(company->client, object, &rows, &err), 0);
  assert_int_equal(json_parse(rows, strlen(rows), JSON_REPEATED_REFUSED, &parsed, NULL), 0);
  assert_int_equal(cJSON_GetArraySize(parsed), wanted);
}

/* -- one service --------------------------------------------------------------------------------- */

static void a_full_sync_uploads_then_downloads_all_pages(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_hire(company, "Ada");
  fake_expect(&company->network, "UPLOAD http://f/Org", 200, accepted);
  fake_expect(&company->network, "GET http://f/Org?", 200, page_first);
  fake_expect(&company->network, "GET http://f/Org?", 200, page_last);

  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, "{\"getSyncStats\":\"true\"}"), 0);

  fake_all_used(&company->network);
  row_count_is(company, "Employee", 3);
  company_told(company, "\"status\":0");
  company_told(company, "\"objectServiceName\":\"Organization\"");
  company_told(company, "\"totalUploadedRecords\":1");
  company_told(company, "\"totalDownloadedRecords\":2");
  assert_string_equal(company->listener.progress,
                      "Sync Started,Upload Started,Upload InProgress,Upload Ended,"
                      "Download Started,Download InProgress,Download Ended,"
                      "Download Started,Download InProgress,Download Ended,Sync Ended");
  assert_non_null(strstr(fake_request(&company->network, 4)->body, "\"bc\":\"b1\""));
}

static void nothing_pending_sends_no_upload(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, NULL), 0);
  assert_int_equal(company->network.request_count, 3);
}

static void an_object_sync_goes_to_its_own_url(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_hire(company, "Ada");
  fake_expect(&company->network, "UPLOAD http://f/Org/objects/Employee", 200, accepted);
  fake_expect(&company->network, "GET http://f/Org/objects/Employee", 200, "{\"opstatus\":0,\"records\":[]}");
  assert_int_equal(company_sync(company, VMX_SCOPE_OBJECT, "Employee", NULL), 0);
  company_told(company, "\"name\":\"Employee\"");
}

static void headers_say_what_a_request_is(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  company_hire(company, "Ada");
  fake_expect(&company->network, "UPLOAD http://f/Org", 200, accepted);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, "{\"syncType\":\"uploadOnly\"}"), 0);

  static const char *const wanted[][2] = {{"Content-Type", "application/json"},
                                          {"X-Voltmx-Authorization", "token"},
                                          {"X-Voltmx-API-Version", "1.0"},
                                          {"X-Http-Method-Override", "UPLOAD"}};
  const struct fake_request *upload = fake_request(&company->network, 2);
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    CLEANUP(free_text) char *value = fake_header(upload, wanted[i][0]);
    assert_non_null(value);
    assert_string_equal(value, wanted[i][1]);
  }
  CLEANUP(free_text) char *id = fake_header(upload, "X-Voltmx-RequestCacheId");
  CLEANUP(free_text) char *version =
      fake_header(fake_request(&company->network, 0), "X-Voltmx-Service-Version");
  assert_int_equal(strlen(id), 36);
  assert_string_equal(version, "2.0");
}

static void without_upload_cache_no_id_is_sent(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_hire(company, "Ada");
  fake_expect(&company->network, "UPLOAD", 200, accepted);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, "{\"syncType\":\"uploadOnly\"}"), 0);
  assert_null(fake_header(fake_request(&company->network, 2), "X-Voltmx-RequestCacheId"));
}

static void a_batch_with_an_error_opstatus_does_not_stop_the_next(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_hire(company, "Ada");
  company_hire(company, "Bob");
  fake_expect(&company->network, "UPLOAD", 200, refused_batch);
  fake_expect(&company->network, "UPLOAD", 200, accepted_second);
  fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, "{\"uploadBatchSize\":1}"), 0);
  fake_all_used(&company->network);
}

static void no_batch_succeeded_means_failure_and_no_download(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_hire(company, "Ada");
  fake_expect(&company->network, "UPLOAD", 200, refused_batch);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, NULL), 2038);
  assert_int_equal(company->network.request_count, 3);
  assert_string_equal(company->listener.progress,
                      "Sync Started,Upload Started,Upload InProgress,Upload Ended,Sync Ended");
}

static void each_outcome_has_its_code(void **state) {
  struct company *company = *state;
  static const struct {
    enum net_outcome outcome;
    int code;
  } rows[] = {{NET_CONNECT_TIMEOUT, 2031}, {NET_TIMEOUT, 2032}, {NET_CUT_SHORT, 2032},
              {NET_REFUSED, 2034},         {NET_HOST, 2035},    {NET_OFFLINE, 2036},
              {NET_TLS, 2033},             {NET_BAD_URL, 2039}, {NET_GARBLED, 2037},
              {NET_TOO_LARGE, 2037},       {NET_FAILED, 2030}};
  company_setup(company, false);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fake_expect_outcome(&company->network, "GET http://f/Org?", rows[i].outcome);
    assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, NULL), rows[i].code);
  }
}

static void an_http_status_is_told(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  fake_expect(&company->network, "GET http://f/Org?", 429, "slow down");
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, NULL), 2030);
  company_told(company, "\"httpStatus\":429");
}

/* -- upload cache -------------------------------------------------------------------------------- */

static void a_timed_out_upload_is_replayed_before_newer_changes(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  company_hire(company, "Ada");
  fake_expect_outcome(&company->network, "UPLOAD http://f/Org?a=1", NET_TIMEOUT);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG,
                                "{\"uploadRequestQueryParams\":{\"a\":\"1\"}}"),
                   2032);
  company_restart(company, VMX_API_JS);
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  assert_int_equal(vmx_setup(company->client, NULL, &callbacks, &err), 0);
  assert_int_equal(vmx_client_run(company->client, &err), 0);
  company_hire(company, "Bob");
  fake_expect(&company->network, "UPLOAD http://f/Org?a=1", 200, accepted);
  fake_expect(&company->network, "UPLOAD http://f/Org", 200, accepted_second);
  fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);

  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, NULL), 0);

  const struct fake_request *first = fake_request(&company->network, 2);
  const struct fake_request *replay = fake_request(&company->network, 3);
  CLEANUP(free_text) char *first_id = fake_header(first, "X-Voltmx-RequestCacheId");
  CLEANUP(free_text) char *replay_id = fake_header(replay, "X-Voltmx-RequestCacheId");
  CLEANUP(free_text) char *new_id =
      fake_header(fake_request(&company->network, 4), "X-Voltmx-RequestCacheId");
  assert_string_equal(first_id, replay_id);
  assert_string_equal(first->body, replay->body);
  assert_string_not_equal(replay_id, new_id);
  row_count_is(company, "Employee", 2);
}

static void a_download_only_sync_replays_too(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  company_hire(company, "Ada");
  fake_expect_outcome(&company->network, "UPLOAD", NET_CUT_SHORT);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, NULL), 2032);
  fake_expect(&company->network, "UPLOAD", 200, accepted);
  fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, "{\"syncType\":\"downloadOnly\"}"), 0);
  line_is(company, 3, "UPLOAD");
  line_is(company, 4, "GET");
}

static void a_failed_replay_ends_the_sync_and_keeps_its_id_when_unanswered(void **state) {
  struct company *company = *state;
  static const enum net_outcome outcomes[] = {NET_TIMEOUT, NET_REFUSED, NET_HOST};
  company_setup(company, true);
  company_hire(company, "Ada");
  fake_expect_outcome(&company->network, "UPLOAD", NET_TIMEOUT);
  company_sync(company, VMX_SCOPE_SERVICE, ORG, NULL);
  CLEANUP(free_text) char *id =
      fake_header(fake_request(&company->network, 2), "X-Voltmx-RequestCacheId");
  for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
    fake_expect_outcome(&company->network, "UPLOAD", outcomes[i]);
    assert_int_not_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, NULL), 0);
    CLEANUP(free_text) char *again =
        fake_header(fake_request(&company->network, 3 + i), "X-Voltmx-RequestCacheId");
    assert_string_equal(again, id);
  }
  assert_int_equal(company->network.request_count, 6);
}

static void a_refused_upload_is_not_cached(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  company_hire(company, "Ada");
  fake_expect_outcome(&company->network, "UPLOAD", NET_REFUSED);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, NULL), 2034);
  fake_expect(&company->network, "UPLOAD", 200, accepted);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, "{\"syncType\":\"uploadOnly\"}"), 0);
  CLEANUP(free_text) char *first =
      fake_header(fake_request(&company->network, 2), "X-Voltmx-RequestCacheId");
  CLEANUP(free_text) char *second =
      fake_header(fake_request(&company->network, 3), "X-Voltmx-RequestCacheId");
  assert_string_not_equal(first, second);
}

/* -- the application ------------------------------------------------------------------------------ */

static void a_sequential_sync_finishes_one_service_before_the_next(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  fake_expect(&company->network, "GET http://f/Org?", 200, page_first);
  fake_expect(&company->network, "GET http://f/Org?", 200, page_last);
  fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL,
                                "{\"syncMode\":\"sequential\"}"),
                   0);
  line_is(company, 2, "GET http://f/Org?");
  line_is(company, 3, "GET http://f/Org?");
  line_is(company, 4, "GET http://f/Sales?");
  company_told(company, "\"successResponse\":{");
}

static void a_parallel_sync_asks_all_services_at_once(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  fake_expect(&company->network, "GET http://f/Org?", 200, page_first);
  fake_expect(&company->network, "GET http://f/Org?", 200, page_last);
  fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL, "{}"), 0);
  line_is(company, 2, "GET http://f/Org?");
  line_is(company, 3, "GET http://f/Sales?");
}

static void one_failure_does_not_stop_the_others(void **state) {
  struct company *company = *state;
  static const char *const modes[] = {"{\"syncMode\":\"sequential\"}", "{}"};
  company_setup(company, false);
  for (size_t i = 0; i < 2; i++) {
    fake_expect(&company->network, "GET http://f/Org?", 500, "");
    fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
    assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL, modes[i]), 2460);
    company_told(company, "\"successResponse\":{\"Sales\":{");
    company_told(company, "\"failureResponse\":{\"Organization\":{");
  }
}

static void a_bad_option_is_its_services_failure(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
  assert_int_equal(
      company_sync(company, VMX_SCOPE_APPLICATION, NULL,
                   "{\"objectServicesOptions\":{\"Organization\":{\"syncType\":\"up\"}}}"),
      2460);
  company_told(company, "\"code\":2477");
  assert_int_equal(company->network.request_count, 3);
}

static void bad_application_options_send_nothing(void **state) {
  struct company *company = *state;
  static const char *const bad[] = {"{rubbish", "[]", "\"x\"", "{\"objectServicesOptions\":[]}"};
  company_setup(company, false);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL, bad[i]), 2482);
  assert_int_equal(company->network.request_count, 2);
}

/* -- who may sync --------------------------------------------------------------------------------- */

static void before_setup_there_is_nothing_to_sync(void **state) {
  struct company *company = *state;
  assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL, "{}"), 2483);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, NULL), 2483);
}

static void setup_needs_the_network_once(void **state) {
  struct company *company = *state;
  struct base_error err = {0};
  company_setup(company, false);
  company_restart(company, VMX_API_JS);
  assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL, "{}"), 2483);
  struct vmx_callbacks callbacks = company_callbacks(company);
  assert_int_equal(vmx_setup(company->client, NULL, &callbacks, &err), 0);
  assert_int_equal(vmx_client_run(company->client, &err), 0);
  assert_int_equal(company->listener.successes, 1);
  assert_int_equal(company->network.request_count, 2);
}

static void a_failed_setup_names_the_services(void **state) {
  struct company *company = *state;
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  fake_expect(&company->network, "meta/Org", 500, "");
  fake_expect(&company->network, "meta/Sales", 200, "");
  assert_int_equal(vmx_setup(company->client, NULL, &callbacks, &err), 0);
  assert_int_equal(vmx_client_run(company->client, &err), 0);
  assert_int_equal(company_code(company), 2332);
  company_told(company, "\"failedObjectServices\":{\"Organization\":");
  company_told(company, "\"code\":2342");
  assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL, "{}"), 2483);
}

static void missing_callbacks_are_refused_at_the_call(void **state) {
  struct company *company = *state;
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  company_setup(company, false);
  callbacks.success = NULL;
  assert_int_not_equal(
      vmx_start_sync(company->client, VMX_SCOPE_APPLICATION, NULL, "{}", &callbacks, &err), 0);
  callbacks = company_callbacks(company);
  callbacks.failure = NULL;
  assert_int_not_equal(
      vmx_start_sync(company->client, VMX_SCOPE_SERVICE, ORG, NULL, &callbacks, &err), 0);
  assert_true(vmx_client_idle(company->client));
}

/* Starts a service sync whose download is held; its own listener hears its end. */
static void start_held(struct company *company, struct listener *listener) {
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  callbacks.user = listener;
  fake_hold(&company->network, "GET http://f/Org?", COMPANY_NOTHING);
  assert_int_equal(
      vmx_start_sync(company->client, VMX_SCOPE_SERVICE, ORG, NULL, &callbacks, &err), 0);
  assert_int_equal(vmx_client_step(company->client, 0, NULL, 0, &err), 0);
}

static void listener_done(struct listener *listener) {
  free(listener->last);
  free(listener->progress);
}

static void overlapping_scopes_exclude_each_other(void **state) {
  struct company *company = *state;
  struct listener first = {0};
  struct base_error err = {0};
  company_setup(company, false);
  start_held(company, &first);
  static const struct {
    enum vmx_scope_level level;
    const char *target;
  } others[] = {{VMX_SCOPE_APPLICATION, NULL}, {VMX_SCOPE_SERVICE, ORG},
                {VMX_SCOPE_OBJECT, "Employee"}};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    struct vmx_callbacks callbacks = company_callbacks(company);
    assert_int_equal(vmx_start_sync(company->client, others[i].level, others[i].target, NULL,
                                    &callbacks, &err), 0);
    assert_int_equal(vmx_client_step(company->client, 0, NULL, 0, &err), 0);
    assert_int_equal(company_code(company), 2461);
  }
  fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
  struct vmx_callbacks callbacks = company_callbacks(company);
  assert_int_equal(
      vmx_start_sync(company->client, VMX_SCOPE_SERVICE, "Sales", NULL, &callbacks, &err), 0);
  fake_release(&company->network);
  assert_int_equal(vmx_client_run(company->client, &err), 0);
  assert_int_equal(first.successes, 1);
  assert_int_equal(first.failures, 0);
  listener_done(&first);
}

static void local_scope_calls_wait_for_the_end_of_a_sync(void **state) {
  struct company *company = *state;
  struct listener first = {0};
  struct base_error err = {0};
  company_setup(company, false);
  start_held(company, &first);
  company_hire(company, "Ada"); /* edits are fine while it runs */
  assert_int_equal(vmx_rollback(company->client, VMX_SCOPE_OBJECT, "Employee", NULL, &err), 2353);
  assert_int_equal(vmx_clear_offline_data(company->client, VMX_SCOPE_SERVICE, ORG, &err), 2353);
  assert_int_equal(vmx_drop(company->client, &err), 2353);
  fake_release(&company->network);
  assert_int_equal(vmx_client_run(company->client, &err), 0);
  assert_int_equal(vmx_rollback(company->client, VMX_SCOPE_OBJECT, "Employee", NULL, &err), 0);
  row_count_is(company, "Employee", 0);
  listener_done(&first);
}

static void a_cancelled_sync_stores_its_page_and_fails(void **state) {
  struct company *company = *state;
  struct listener first = {0};
  struct base_error err = {0};
  company_setup(company, false);
  struct vmx_callbacks callbacks = company_callbacks(company);
  callbacks.user = &first;
  fake_hold(&company->network, "GET http://f/Org?", page_first);
  assert_int_equal(
      vmx_start_sync(company->client, VMX_SCOPE_SERVICE, ORG, NULL, &callbacks, &err), 0);
  assert_int_equal(vmx_client_step(company->client, 0, NULL, 0, &err), 0);
  callbacks = company_callbacks(company);
  assert_int_equal(vmx_cancel_sync(company->client, VMX_SCOPE_SERVICE, ORG, &callbacks, &err), 0);
  fake_release(&company->network);
  assert_int_equal(vmx_client_run(company->client, &err), 0);
  assert_int_equal(first.failures, 1);
  assert_non_null(strstr(first.last, "\"code\":2478"));
  row_count_is(company, "Employee", 1);
  assert_int_equal(vmx_cancel_sync(company->client, VMX_SCOPE_SERVICE, ORG, &callbacks, &err), 0);
  assert_int_equal(vmx_client_run(company->client, &err), 0);
  assert_int_equal(company_code(company), 2479);
  listener_done(&first);
}

/* C-1: whatever the last request came to. */
static void a_cancelled_sync_ends_with_2478_when_its_request_fails(void **state) {
  struct company *company = *state;
  struct listener first = {0};
  struct base_error err = {0};
  company_setup(company, false);
  struct vmx_callbacks callbacks = company_callbacks(company);
  callbacks.user = &first;
  fake_hold(&company->network, "GET http://f/Org?", "rubbish");
  assert_int_equal(
      vmx_start_sync(company->client, VMX_SCOPE_SERVICE, ORG, NULL, &callbacks, &err), 0);
  assert_int_equal(vmx_client_step(company->client, 0, NULL, 0, &err), 0);
  callbacks = company_callbacks(company);
  assert_int_equal(vmx_cancel_sync(company->client, VMX_SCOPE_SERVICE, ORG, &callbacks, &err), 0);
  fake_release(&company->network);
  assert_int_equal(vmx_client_run(company->client, &err), 0);
  assert_non_null(strstr(first.last, "\"code\":2478"));
  listener_done(&first);
}

/* The clock goes on whenever somebody looks: reading and storing have both been looked at. CBK-07 */
static void the_stats_tell_reading_and_storing_apart(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_hire(company, "Ada");
  fake_expect(&company->network, "UPLOAD http://f/Org", 200, accepted);
  fake_expect(&company->network, "GET http://f/Org?", 200, page_last);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, "{\"getSyncStats\":\"true\"}"), 0);
  company_told(company, "\"responseParsingTime\":1,\"dataPersistanceTime\":2}],\"downloadStats\"");
  company_told(company, "\"responseParsingTime\":2,\"dataPersistanceTime\":4}]}");
}

/* UPC-10, UPL-12: the first try still runs, so nobody may send its edits under another id. */
static void an_upload_that_is_in_progress_keeps_its_id(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  company_hire(company, "Ada");
  fake_expect(&company->network, "UPLOAD", 200, "{\"opstatus\":500210}");
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, NULL), 2044);
  fake_expect(&company->network, "UPLOAD", 200, accepted);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, "{\"syncType\":\"uploadOnly\"}"), 0);
  const struct fake_request *first = fake_request(&company->network, 2);
  const struct fake_request *second = fake_request(&company->network, 3);
  CLEANUP(free_text) char *id = fake_header(first, "X-Voltmx-RequestCacheId");
  CLEANUP(free_text) char *again = fake_header(second, "X-Voltmx-RequestCacheId");
  CLEANUP(free_text) char *sending = fake_header(first, "X-Voltmx-RequestId");
  CLEANUP(free_text) char *other = fake_header(second, "X-Voltmx-RequestId");
  assert_string_equal(id, again);
  assert_string_not_equal(sending, other); /* wire.md 3: one for each sending */
}

static void close_in_the_middle_calls_nobody_back(void **state) {
  struct company *company = *state;
  struct listener first = {0};
  company_setup(company, true);
  company_hire(company, "Ada");
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  callbacks.user = &first;
  fake_hold(&company->network, "UPLOAD", accepted);
  assert_int_equal(
      vmx_start_sync(company->client, VMX_SCOPE_SERVICE, ORG, NULL, &callbacks, &err), 0);
  assert_int_equal(vmx_client_step(company->client, 0, NULL, 0, &err), 0);
  company_restart(company, VMX_API_JS);
  assert_int_equal(first.successes + first.failures, 0);
  assert_int_equal(company->network.waiting_count, 0);
  listener_done(&first);
}

/* -- identity ------------------------------------------------------------------------------------- */

static void a_refused_token_is_asked_for_once_more(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  company_hire(company, "Ada");
  fake_expect(&company->network, "UPLOAD", 401, "");
  fake_expect(&company->network, "UPLOAD", 200, accepted);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, "{\"syncType\":\"uploadOnly\"}"), 0);
  CLEANUP(free_text) char *first =
      fake_header(fake_request(&company->network, 2), "X-Voltmx-RequestCacheId");
  CLEANUP(free_text) char *second =
      fake_header(fake_request(&company->network, 3), "X-Voltmx-RequestCacheId");
  assert_string_equal(first, second);
}

static void a_second_refusal_is_the_identity_error(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  fake_expect(&company->network, "GET http://f/Org?", 401, "");
  fake_expect(&company->network, "GET http://f/Org?", 401, "");
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, NULL), 106);
}

static void offline_sends_nothing(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  vmx_client_set_online(company->client, false);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, ORG, NULL), 2036);
  assert_int_equal(company->network.request_count, 2);
}

static void java_needs_its_progress_callback_at_application_level(void **state) {
  struct company *company = *state;
  struct base_error err = {0};
  company_setup(company, false);
  company_restart(company, VMX_API_JAVA);
  struct vmx_callbacks callbacks = company_callbacks(company);
  callbacks.progress = NULL;
  assert_int_not_equal(
      vmx_start_sync(company->client, VMX_SCOPE_APPLICATION, NULL, "{}", &callbacks, &err), 0);
  assert_int_equal(
      vmx_start_sync(company->client, VMX_SCOPE_SERVICE, ORG, NULL, &callbacks, &err), 0);
}


int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_COMPANY(a_full_sync_uploads_then_downloads_all_pages),
      WITH_COMPANY(nothing_pending_sends_no_upload),
      WITH_COMPANY(an_object_sync_goes_to_its_own_url),
      WITH_COMPANY(headers_say_what_a_request_is),
      WITH_COMPANY(without_upload_cache_no_id_is_sent),
      WITH_COMPANY(a_batch_with_an_error_opstatus_does_not_stop_the_next),
      WITH_COMPANY(no_batch_succeeded_means_failure_and_no_download),
      WITH_COMPANY(each_outcome_has_its_code),
      WITH_COMPANY(an_http_status_is_told),
      WITH_COMPANY(a_timed_out_upload_is_replayed_before_newer_changes),
      WITH_COMPANY(a_download_only_sync_replays_too),
      WITH_COMPANY(a_failed_replay_ends_the_sync_and_keeps_its_id_when_unanswered),
      WITH_COMPANY(a_refused_upload_is_not_cached),
      WITH_COMPANY(a_sequential_sync_finishes_one_service_before_the_next),
      WITH_COMPANY(a_parallel_sync_asks_all_services_at_once),
      WITH_COMPANY(one_failure_does_not_stop_the_others),
      WITH_COMPANY(a_bad_option_is_its_services_failure),
      WITH_COMPANY(bad_application_options_send_nothing),
      WITH_COMPANY(before_setup_there_is_nothing_to_sync),
      WITH_COMPANY(setup_needs_the_network_once),
      WITH_COMPANY(a_failed_setup_names_the_services),
      WITH_COMPANY(missing_callbacks_are_refused_at_the_call),
      WITH_COMPANY(overlapping_scopes_exclude_each_other),
      WITH_COMPANY(local_scope_calls_wait_for_the_end_of_a_sync),
      WITH_COMPANY(a_cancelled_sync_stores_its_page_and_fails),
      WITH_COMPANY(a_cancelled_sync_ends_with_2478_when_its_request_fails),
      WITH_COMPANY(the_stats_tell_reading_and_storing_apart),
      WITH_COMPANY(an_upload_that_is_in_progress_keeps_its_id),
      WITH_COMPANY(close_in_the_middle_calls_nobody_back),
      WITH_COMPANY(a_refused_token_is_asked_for_once_more),
      WITH_COMPANY(a_second_refusal_is_the_identity_error),
      WITH_COMPANY(offline_sends_nothing),
      WITH_COMPANY(java_needs_its_progress_callback_at_application_level)};
  return cmocka_run_group_tests_name("engine/sync", tests, NULL, NULL);
}
