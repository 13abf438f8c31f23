/*
 * The application's sync: several services, one end. Sequential and parallel, what a failure of one
 * means for the others, and what the callbacks are told in each API.
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

#define SEQUENTIAL "{'syncMode':'sequential'}"
#define PARALLEL "{'syncMode':'parallel'}"

static const char *const modes[] = {SEQUENTIAL, PARALLEL};
enum { MODES = 2 };

#define NOTED(key, temporary, name, row_id)                                                        \
  "{'opstatus':0,'_metadata':{'recordCount':1},'objects':[{'name':'Note','records':[{'NoteId':" key \
  ",'_NoteId':" temporary ",'Name':'" name                                                         \
  "','_metadata':{'action':'create','rowId':" row_id ",'checksum':'n','opstatus':0}}]}]}"
#define NOTE_PAGE(key, name, delta)                                                                \
  "{'opstatus':0,'Objects':[{'name':'Note','opstatus':0,'records':[{'NoteId':" key ",'Name':'" name \
  "','_metadata':{'action':'create','checksum':'n'}}]}],'delta_context':{'objs':{'Note':{'delta':'" \
  delta "'}}}}"

static int sync_all(struct company *company, const char *options) {
  return company_sync(company, VMX_SCOPE_APPLICATION, NULL, options);
}

static void line_is(const struct company *company, size_t index, const char *prefix) {
  const char *line = fake_request(&company->network, index)->line;
  if (strncmp(line, prefix, strlen(prefix)) != 0)
    fail_msg("request %zu: expected %s..., got %s", index, prefix, line);
}

static void nothing_to_download(struct company *company) {
  fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
  fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
}

/* Two edits in Organization, one in Sales; two pages there, one here. */
static void fill(struct company *company) {
  company_hire(company, "Ada");
  company_hire(company, "Bob");
  company_create(company, "Note", "{'Name':'n'}");
  fake_say(&company->network, "UPLOAD http://f/Org", 200, SAYS("0", HIRED("101", "-1", "Ada", "1")));
  fake_say(&company->network, "UPLOAD http://f/Org", 200, SAYS("0", HIRED("102", "-2", "Bob", "2")));
  fake_say(&company->network, "UPLOAD http://f/Sales", 200, NOTED("7", "-1", "n", "1"));
  fake_say(&company->network, "GET http://f/Org?", 200, PAGE(ROW("5", "Eve"), "b1"));
  fake_say(&company->network, "GET http://f/Org?", 200, LAST_PAGE(ROW("6", "Fay"), "d1"));
  fake_say(&company->network, "GET http://f/Sales?", 200, NOTE_PAGE("8", "m", "s1"));
}

/* SEQ-01, SEQ-02: nothing of the second service is sent before the first one's last answer came. */
static void a_sequential_sync_finishes_one_service_before_the_next(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  fill(company);
  assert_int_equal(sync_all(company, "{'syncMode':'sequential','objectServicesOptions':"
                                     "{'Organization':{'uploadBatchSize':1}}}"),
                   0);
  static const char *const order[] = {"UPLOAD http://f/Org", "UPLOAD http://f/Org",
                                      "GET http://f/Org",    "GET http://f/Org",
                                      "UPLOAD http://f/Sales", "GET http://f/Sales"};
  for (size_t i = 0; i < sizeof order / sizeof *order; i++) line_is(company, 2 + i, order[i]);
  fake_all_used(&company->network);
}

/* SEQ-03: two services have asked before either is answered, for uploads and for downloads. */
static void a_parallel_sync_asks_all_services_at_once(void **state) {
  struct company *company = *state;
  struct listener listener = {0};
  company_setup(company, false);
  company_hire(company, "Ada");
  company_create(company, "Note", "{'Name':'n'}");
  CLEANUP(free_text) char *org = look_text(SAYS("0", HIRED("101", "-1", "Ada", "1")));
  CLEANUP(free_text) char *sales = look_text(NOTED("7", "-1", "n", "1"));
  fake_hold(&company->network, "UPLOAD http://f/Org", org);
  fake_hold(&company->network, "UPLOAD http://f/Sales", sales);
  company_start(company, &listener, VMX_SCOPE_APPLICATION, NULL, PARALLEL);
  assert_int_equal(company->network.waiting_count, 2);
  fake_release(&company->network);
  nothing_to_download(company);
  company_run(company);
  assert_int_equal(listener_code(&listener), 0);
  listener_reset(&listener);
}

/* SEQ-04: in both modes, whichever fails, and of whatever. */
static void one_failure_does_not_stop_the_others(void **state) {
  struct company *company = *state;
  static const struct {
    const char *fails, *works;
  } cases[] = {{"Organization", "Sales"}, {"Sales", "Organization"}};
  for (size_t i = 0; i < 2 * MODES; i++) {
    const bool first = i / MODES == 0;
    CLEANUP(free_text) char *success = look_text("successResponse.%s.status", cases[i / MODES].works);
    CLEANUP(free_text) char *failure = look_text("failureResponse.%s.code", cases[i / MODES].fails);
    company_renew(company);
    company_setup(company, false);
    fake_expect(&company->network, first ? "GET http://f/Org?" : "GET http://f/Sales?", 500, "");
    nothing_to_download(company);
    assert_int_equal(sync_all(company, modes[i % MODES]), 2460);
    company_payload_is(company, success, "0");
    company_payload_is(company, failure, "2030");
    assert_int_equal(look_count(company->listener.last, "successResponse"), 1);
    assert_int_equal(look_count(company->listener.last, "failureResponse"), 1);
  }
}

/* SEQ-06: options, parameters, sizes, cache ids and stats of one service are not the other's. */
static void services_do_not_mix(void **state) {
  struct company *company = *state;
  for (size_t i = 0; i < MODES; i++) {
    company_renew(company);
    company_setup_with(company, company_employee, company_note_cached);
    company_hire(company, "Ada");
    company_hire(company, "Bob");
    company_create(company, "Note", "{'Name':'n'}");
    fake_expect_outcome(&company->network, "UPLOAD http://f/Org", NET_TIMEOUT);
    fake_expect_outcome(&company->network, "UPLOAD http://f/Sales", NET_TIMEOUT);
    CLEANUP(free_text) char *options = look_text(
        "{'syncMode':'%s','objectServicesOptions':{"
        "'Organization':{'uploadBatchSize':1,'getSyncStats':true,'uploadRequestQueryParams':{'o':'1'}},"
        "'Sales':{'downloadBatchSize':9,'getSyncStats':true,'uploadRequestQueryParams':{'s':'2'}}}}",
        i ? "parallel" : "sequential");
    assert_int_equal(sync_all(company, options), 2460);
    fake_say(&company->network, "UPLOAD http://f/Org?o=1", 200, SAYS("0", HIRED("101", "-1", "Ada", "1")));
    fake_say(&company->network, "UPLOAD http://f/Org?o=1", 200, SAYS("0", HIRED("102", "-2", "Bob", "2")));
    fake_say(&company->network, "UPLOAD http://f/Sales?s=2", 200, NOTED("7", "-1", "n", "1"));
    fake_say(&company->network, "GET http://f/Org?%24batchsize=500", 200, LAST_PAGE(ROW("5", "Eve"), "d1"));
    fake_say(&company->network, "GET http://f/Sales?%24batchsize=9", 200, NOTE_PAGE("8", "m", "s1"));
    assert_int_equal(sync_all(company, options), 0);
    fake_all_used(&company->network);
    static const char *const services[] = {"UPLOAD http://f/Org", "UPLOAD http://f/Sales"};
    CLEANUP(free_text) char *last = NULL;
    for (size_t n = 0; n < 2; n++) {
      const struct fake_request *first = fake_find(&company->network, services[n], 0);
      const struct fake_request *again = fake_find(&company->network, services[n], 1);
      CLEANUP(free_text) char *id = fake_header(first, "X-Voltmx-RequestCacheId");
      CLEANUP(free_text) char *replayed = fake_header(again, "X-Voltmx-RequestCacheId");
      assert_string_equal(id, replayed);
      assert_string_equal(first->body, again->body);
      if (last) assert_string_not_equal(id, last);
      else last = TAKE(id);
    }
    company_payload_is(company, "successResponse.Organization.syncStats.totalDownloadedRecords", "1");
    company_payload_is(company, "successResponse.Organization.syncStats.uploadStats.0.numberOfRecords", "1");
    company_payload_is(company, "successResponse.Sales.syncStats.totalDownloadedRecords", "1");
    company_payload_is(company, "successResponse.Sales.syncStats.objectServiceName", "'Sales'");
  }
}

/* SEQ-07: both modes send the same bodies and leave the same rows. */
static void both_modes_leave_the_same_data(void **state) {
  struct company *company = *state;
  char *bodies[MODES][6] = {{NULL}};
  static const char *const lines[6] = {"UPLOAD http://f/Org", "UPLOAD http://f/Sales",
                                       "GET http://f/Org?",   "GET http://f/Org?",
                                       "GET http://f/Sales?", "UPLOAD http://f/Org"};
  static const size_t nth[6] = {0, 0, 0, 1, 0, 1};
  for (size_t i = 0; i < MODES; i++) {
    CLEANUP(free_text) char *options =
        look_text("{'syncMode':'%s','objectServicesOptions':{'Organization':{'uploadBatchSize':1}}}",
                  i ? "parallel" : "sequential");
    company_renew(company);
    company_setup(company, false);
    fill(company);
    assert_int_equal(sync_all(company, options), 0);
    company_rows_are(company, "Employee",
                     "[{'EmpId':5,'Name':'Eve'},{'EmpId':6,'Name':'Fay'},{'EmpId':101,'Name':'Ada'},"
                     "{'EmpId':102,'Name':'Bob'}]");
    company_rows_are(company, "Note", "[{'NoteId':7,'Name':'n'},{'NoteId':8,'Name':'m'}]");
    for (size_t n = 0; n < 6; n++)
      bodies[i][n] = strdup(fake_find(&company->network, lines[n], nth[n])->body);
  }
  for (size_t n = 0; n < 6; n++) {
    assert_string_equal(bodies[0][n], bodies[1][n]);
    free(bodies[0][n]);
    free(bodies[1][n]);
  }
}

/* UPC-12: a request of one service that nobody answers is that service's failure alone, now and in the
 * next sync; the other one uploads, downloads and succeeds in both. */
static void a_cached_request_does_not_hold_up_another_service(void **state) {
  struct company *company = *state;
  for (size_t i = 0; i < MODES; i++) {
    company_renew(company);
    company_setup(company, true);
    company_hire(company, "Ada");
    for (int times = 1; times <= 2; times++) {
      company_create(company, "Note", "{'Name':'n'}");
      fake_expect_outcome(&company->network, "UPLOAD http://f/Org", NET_TIMEOUT);
      fake_say(&company->network, "UPLOAD http://f/Sales", 200,
               "{'opstatus':0,'_metadata':{},'objects':[{'name':'Note','records':[{'NoteId':%d,'_NoteId':-%d,"
               "'Name':'n','_metadata':{'action':'create','rowId':%d,'opstatus':0}}]}]}",
               10 + times, times, times);
      fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
      assert_int_equal(sync_all(company, modes[i]), 2460);
      company_payload_is(company, "failureResponse.Organization.code", "2032");
      company_payload_is(company, "successResponse.Sales.status", "0");
      company_pending_are(company, "Note", "[]");
    }
    fake_all_used(&company->network);
  }
}

/* API-01, CBK-01, CBK-10: an entry with a status code for every offline service, also for those that had
 * nothing to do; what is only online is left alone. */
static void a_success_has_an_entry_for_every_service(void **state) {
  struct company *company = *state;
  static const enum vmx_api apis[] = {VMX_API_JS, VMX_API_JAVA, VMX_API_OBJC};
  for (size_t i = 0; i < sizeof apis / sizeof *apis; i++) {
    company_renew(company);
    company_restart(company, apis[i]);
    company_setup(company, false);
    nothing_to_download(company);
    assert_int_equal(sync_all(company, "{}"), 0);
    assert_int_equal(look_count(company->listener.last, ""), 1);
    assert_int_equal(look_count(company->listener.last, "successResponse"), 2);
    company_payload_is(company, "successResponse.Organization",
                       "{'status':0,'objectServiceName':'Organization'}");
    company_payload_is(company, "successResponse.Sales", "{'status':0,'objectServiceName':'Sales'}");
  }
}

/* CBK-01: also when some of its records failed. */
static void a_success_with_failed_records_says_so(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_hire(company, "Ada");
  company_hire(company, "Bob");
  fake_say(&company->network, "UPLOAD http://f/Org", 200,
           SAYS("500100", HIRED("101", "-1", "Ada", "1") "," REJECTED("-2", "2")));
  nothing_to_download(company);
  assert_int_equal(sync_all(company, "{}"), 0);
  company_payload_is(company, "successResponse.Organization.status", "0");
  company_payload_is(company, "successResponse.Organization.syncErrors.upload.0.opstatus", "20006");
  company_payload_is(company, "successResponse.Sales.syncErrors", NULL);
}

/* CBK-02, CBK-03, CBK-04, CBK-08, CBK-09: every service in exactly one of the maps, code, domain and
 * message at the places of the API, and the service's name in its error's userInfo. */
static void a_failure_has_its_parts_where_the_api_has_them(void **state) {
  struct company *company = *state;
  static const struct {
    enum vmx_api api;
    const char *maps, *message, *status;
  } places[] = {{VMX_API_JS, "", "message", "-1"},
                {VMX_API_JAVA, "userInfo.", "message", NULL},
                {VMX_API_OBJC, "userInfo.", "userInfo.localizedDescription", NULL}};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    company_renew(company);
    company_restart(company, places[i].api);
    company_setup(company, false);
    fake_expect(&company->network, "GET http://f/Org?", 200, "{\"opstatus\":8009}");
    fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
    assert_int_equal(sync_all(company, "{}"), 2460);
    const char *payload = company->listener.last;
    CLEANUP(free_text) char *failed = look_text("%sfailureResponse.Organization", places[i].maps);
    CLEANUP(free_text) char *succeeded = look_text("%ssuccessResponse", places[i].maps);
    CLEANUP(free_text) char *failure = look(payload, failed);
    assert_int_equal(look_count(payload, succeeded), 1);
    company_payload_is(company, "domain", "'OfflineObjectsError'");
    company_payload_is(company, "status", places[i].status);
    assert_non_null(failure);
    look_is(failure, "code", "2038");
    look_is(failure, "domain", "'OfflineObjectsError'");
    look_is(failure, "status", places[i].status);
    look_is(failure, "userInfo.objectServiceName", "'Organization'");
    CLEANUP(free_text) char *message = look(failure, places[i].message);
    CLEANUP(free_text) char *whole = look(payload, places[i].message);
    assert_true(message && strlen(message) > 4);
    assert_true(whole && strlen(whole) > 4);
  }
}

/* OPT-11, wire.md 11: a service whose own options are bad fails, the others run. */
static void a_bad_option_is_its_services_failure(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
  assert_int_equal(sync_all(company, "{'objectServicesOptions':{'Organization':{'syncType':'up'}}}"),
                   2460);
  company_payload_is(company, "failureResponse.Organization.code", "2477");
  company_payload_is(company, "successResponse.Sales.status", "0");
  assert_int_equal(company->network.request_count, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_COMPANY(a_sequential_sync_finishes_one_service_before_the_next),
      WITH_COMPANY(a_parallel_sync_asks_all_services_at_once),
      WITH_COMPANY(one_failure_does_not_stop_the_others),
      WITH_COMPANY(services_do_not_mix),
      WITH_COMPANY(both_modes_leave_the_same_data),
      WITH_COMPANY(a_cached_request_does_not_hold_up_another_service),
      WITH_COMPANY(a_success_has_an_entry_for_every_service),
      WITH_COMPANY(a_success_with_failed_records_says_so),
      WITH_COMPANY(a_failure_has_its_parts_where_the_api_has_them),
      WITH_COMPANY(a_bad_option_is_its_services_failure)};
  return cmocka_run_group_tests_name("engine/application", tests, NULL, NULL);
}
