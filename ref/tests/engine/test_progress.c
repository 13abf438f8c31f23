/*
 * Progress events and statistics: what they hold, and that their counts are what the server saw. That
 * events come in the order of PRG-02 and PRG-06 is checked in every sync (listener.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "company.h"

#define ORG "Organization"

/* Three edits in two batches, one of them rejected; two pages with a delete among three records. */
static void prepare(struct company *company) {
  company_setup(company, true);
  for (int i = 0; i < 3; i++) company_hire(company, "x");
  fake_say(&company->network, "UPLOAD", 200, SAYS("500100", HIRED("101", "-1", "x", "1") "," REJECTED("-2", "2")));
  fake_say(&company->network, "UPLOAD", 200, SAYS("0", HIRED("103", "-3", "x", "3")));
  fake_say(&company->network, "GET http://f/Org", 200, PAGE(ROW("5", "Eve") "," ROW("6", "Fay"), "b1"));
  fake_say(&company->network, "GET http://f/Org", 200,
           LAST_PAGE("{'EmpId':5,'_metadata':{'action':'delete'}}", "d1"));
}

static const char batches_of_two[] = "{'uploadBatchSize':2,'getSyncStats':true}";

/* Does each event hold what its row says, and nothing beside (values that are times: any number)? */
static void events_are(const struct company *company, const char *const *wanted, size_t count) {
  CLEANUP(free_text) char *events = listener_events(&company->listener);
  assert_int_equal(look_count(events, ""), count);
  for (size_t i = 0; i < count; i++) {
    char place[24];
    snprintf(place, sizeof place, "%zu", i);
    CLEANUP(free_text) char *event = look(events, place);
    CLEANUP(free_text) char *start = look(event, "startTime");
    CLEANUP(free_text) char *elapsed = look(event, "syncElapsedTime");
    CLEANUP(free_text) char *time =
        look_text("%s%s%s%s", start ? ",'startTime':" : "", start ? start : "",
                  elapsed ? ",'syncElapsedTime':" : "", elapsed ? elapsed : "");
    CLEANUP(free_text) char *whole = look_text("{%s%s}", wanted[i], time);
    look_is(event, "", whole);
    bool sync = strstr(wanted[i], "'Sync'") != NULL;
    assert_int_equal(sync, start || elapsed);
  }
}

#define NAMED "'objectServiceName':'Organization',"

/* PRG-01, PRG-03, PRG-07: phase, state, name, and the counts of wire.md 11. */
static void events_hold_what_the_server_saw(void **state) {
  struct company *company = *state;
  static const char *const wanted[] = {
      NAMED "'phase':'Sync','state':'Started','totalObjectsToSync':1",
      NAMED "'phase':'Upload','state':'Started'",
      NAMED "'phase':'Upload','state':'InProgress','totalRecordsToUpload':3",
      NAMED "'phase':'Upload','state':'InProgress','totalRecordsToUpload':3",
      NAMED "'phase':'Upload','state':'Ended','totalUploadedRecords':2",
      NAMED "'phase':'Download','state':'Started','batchNumber':1",
      NAMED "'phase':'Download','state':'InProgress','batchNumber':1",
      NAMED "'phase':'Download','state':'Ended','totalDownloadedRecords':2,'batchNumber':1",
      NAMED "'phase':'Download','state':'Started','batchNumber':2",
      NAMED "'phase':'Download','state':'InProgress','batchNumber':2",
      NAMED "'phase':'Download','state':'Ended','totalDownloadedRecords':3,'batchNumber':2",
      NAMED "'phase':'Sync','state':'Ended','totalUploadedRecords':2,'totalDownloadedRecords':3"};
  prepare(company);
  assert_int_equal(company_sync_org(company, batches_of_two), 0);
  events_are(company, wanted, sizeof wanted / sizeof *wanted);
}

/* PRG-01: an object is named by `name`. */
static void an_objects_events_have_its_name(void **state) {
  struct company *company = *state;
  static const char *const wanted[] = {
      "'name':'Employee','phase':'Sync','state':'Started','totalObjectsToSync':1",
      "'name':'Employee','phase':'Download','state':'Started','batchNumber':1",
      "'name':'Employee','phase':'Download','state':'InProgress','batchNumber':1",
      "'name':'Employee','phase':'Download','state':'Ended','totalDownloadedRecords':1,'batchNumber':1",
      "'name':'Employee','phase':'Sync','state':'Ended','totalUploadedRecords':0,'totalDownloadedRecords':1"};
  company_setup_with(company, company_two_objects, company_note);
  fake_say(&company->network, "GET http://f/Org/objects/Employee", 200,
           "{'opstatus':0,'records':[" ROW("5", "Eve") "]}");
  assert_int_equal(company_sync(company, VMX_SCOPE_OBJECT, "Employee", NULL), 0);
  events_are(company, wanted, sizeof wanted / sizeof *wanted);
}

/* PRG-01, PRG-02: of an application's parallel sync each service has its own course. */
static void each_service_of_an_application_has_its_own_events(void **state) {
  struct company *company = *state;
  static const char *const modes[] = {"sequential", "parallel"};
  for (size_t i = 0; i < 2; i++) {
    company_renew(company);
    prepare(company);
    fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
    CLEANUP(free_text) char *options =
        look_text("{'syncMode':'%s','objectServicesOptions':{'Organization':{'uploadBatchSize':2}}}", modes[i]);
    assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL, options), 0);
    CLEANUP(free_text) char *events = listener_events(&company->listener);
    size_t started = 0, ended = 0;
    for (const char *at = events; (at = strstr(at, "\"phase\":\"Sync\"")); at++) {
      started += strncmp(at, "\"phase\":\"Sync\",\"state\":\"Started\"", 32) == 0;
      ended += strncmp(at, "\"phase\":\"Sync\",\"state\":\"Ended\"", 30) == 0;
    }
    assert_int_equal(started, 2);
    assert_int_equal(ended, 2);
  }
}

/* PRG-04: the web channel calls no progress callback, at any level, and syncs the same. */
static void on_the_web_nobody_hears_of_progress(void **state) {
  struct company *company = *state;
  static const enum vmx_channel channels[] = {VMX_CHANNEL_ANDROID, VMX_CHANNEL_IOS,
                                              VMX_CHANNEL_WINDOWS, VMX_CHANNEL_WEB};
  char *rows[4] = {NULL};
  for (size_t i = 0; i < 4; i++) {
    struct base_error err = {0};
    company_renew(company);
    company_restart_as(company, VMX_API_JS, channels[i]);
    prepare(company);
    fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
    assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL,
                                  "{'objectServicesOptions':{'Organization':{'uploadBatchSize':2}}}"), 0);
    assert_int_equal(company->listener.events > 0, channels[i] != VMX_CHANNEL_WEB);
    assert_int_equal(vmx_snapshot(company->client, "Employee", &rows[i], &err), 0);
    assert_string_equal(rows[i], rows[0]);
  }
  for (size_t i = 0; i < 4; i++) free(rows[i]);
}

/* PRG-06, PRG-02: wherever a sync fails, what was told as started is told as ended, and nothing else. */
static void a_failed_sync_ends_what_it_began(void **state) {
  struct company *company = *state;
  static const struct {
    size_t good; /* requests that are answered */
    const char *progress;
  } fails[] = {
      {0, "Sync Started,Upload Started,Upload InProgress,Upload Ended,Sync Ended"},
      {1, "Sync Started,Upload Started,Upload InProgress,Upload InProgress,Upload Ended,Sync Ended"},
      {2, "Sync Started,Upload Started,Upload InProgress,Upload InProgress,Upload Ended,Download Started,"
          "Download Ended,Sync Ended"},
      {3, "Sync Started,Upload Started,Upload InProgress,Upload InProgress,Upload Ended,Download Started,"
          "Download InProgress,Download Ended,Download Started,Download Ended,Sync Ended"}};
  for (size_t i = 0; i < sizeof fails / sizeof *fails; i++) {
    company_renew(company);
    prepare(company);
    size_t setup = 2, place = setup + fails[i].good;
    company->network.answers[place].outcome = NET_TIMEOUT;
    assert_int_equal(company_sync_org(company, batches_of_two), 2032);
    assert_string_equal(company->listener.progress, fails[i].progress);
  }
}

/* -- statistics ---------------------------------------------------------------------------------------- */

/* CBK-07: the keys of wire.md 11 with counts that equal what the server saw. */
static void stats_count_what_the_server_saw(void **state) {
  struct company *company = *state;
  static const char *const numbers[] = {"startTime", "syncElapsedTime"};
  static const char *const times[] = {"requestCreationTime", "networkDurationTime",
                                      "responseParsingTime", "dataPersistanceTime"};
  static const char *const lists[] = {"uploadStats", "downloadStats"};
  static const char *const counts[2][2] = {{"2", "1"}, {"2", "1"}};
  prepare(company);
  assert_int_equal(company_sync_org(company, batches_of_two), 0);
  CLEANUP(free_text) char *stats = look(company->listener.last, "syncStats");
  look_is(stats, "objectServiceName", "'Organization'");
  look_is(stats, "numberOfRecordsSynced", "5");
  look_is(stats, "totalUploadedRecords", "2");
  look_is(stats, "totalDownloadedRecords", "3");
  for (size_t i = 0; i < 2; i++) {
    CLEANUP(free_text) char *number = look(stats, numbers[i]);
    assert_true(number && atoll(number) > 0);
  }
  for (size_t list = 0; list < 2; list++)
    for (size_t i = 0; i < 2; i++) {
      char place[40], number[8];
      snprintf(place, sizeof place, "%s.%zu", lists[list], i);
      snprintf(number, sizeof number, "%zu", i + 1);
      CLEANUP(free_text) char *batch = look(stats, place);
      assert_non_null(batch);
      look_is(batch, "batchNumber", number);
      look_is(batch, "numberOfRecords", counts[list][i]);
      for (size_t t = 0; t < 4; t++) {
        CLEANUP(free_text) char *time = look(batch, times[t]);
        assert_true(time && atoll(time) >= 0);
      }
    }
}

/* CBK-07: of an object they have its name; of what was not done the lists are there and empty. */
static void stats_of_a_small_sync_are_complete(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  fake_expect(&company->network, "GET http://f/Org/objects", 200, "{\"opstatus\":0,\"records\":[]}");
  assert_int_equal(company_sync(company, VMX_SCOPE_OBJECT, "Employee", "{'getSyncStats':'true'}"), 0);
  company_payload_is(company, "syncStats.name", "'Employee'");
  company_payload_is(company, "syncStats.uploadStats", "[]");
  company_payload_is(company, "syncStats.downloadStats.0.numberOfRecords", "0");
  company_payload_is(company, "syncStats.numberOfRecordsSynced", "0");
}

/* CBK-07: the clock goes on whenever somebody looks: reading and storing have both been looked at. */
static void the_stats_tell_reading_and_storing_apart(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_hire(company, "Ada");
  fake_say(&company->network, "UPLOAD", 200, SAYS("0", HIRED("101", "-1", "Ada", "1")));
  fake_say(&company->network, "GET http://f/Org?", 200, LAST_PAGE(ROW("6", "Fay"), "d1"));
  assert_int_equal(company_sync_org(company, "{'getSyncStats':'true'}"), 0);
  company_told(company, "'responseParsingTime':1,'dataPersistanceTime':2}],'downloadStats'");
  company_told(company, "'responseParsingTime':2,'dataPersistanceTime':4}]}");
}

/* -- clocks that jump ------------------------------------------------------------------------------------ */

#define YEAR_MS (INT64_C(365) * 24 * 3600 * 1000)

/* No duration is negative, and the statistics and events are whole. */
static void durations_make_sense(const char *json) {
  static const char *const names[] = {"syncElapsedTime", "requestCreationTime", "networkDurationTime",
                                      "responseParsingTime", "dataPersistanceTime"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    CLEANUP(free_text) char *name = look_text("'%s':", names[i]);
    for (const char *at = strstr(json, name); at; at = strstr(at + 1, name))
      if (atoll(at + strlen(name)) < 0) fail_msg("%s is negative in %s", names[i], json);
  }
}

/* CBK-07: forwards, backwards, by years, before 1970, to the ends of time: the sync is the same. The last
 * one is made with a kept context, which knows no time. */
static void a_clock_that_jumps_does_no_harm(void **state) {
  static const struct {
    int64_t readings[3];
    size_t count;
  } clocks[] = {{{0}, 1},
                {{5000, 4000, 3000}, 3},
                {{1000, 1000 + YEAR_MS}, 2},
                {{YEAR_MS * 60, YEAR_MS, YEAR_MS * 90}, 3},
                {{-YEAR_MS, YEAR_MS, -1}, 3},
                {{INT64_MAX, 0, INT64_MIN}, 3},
                {{INT64_MIN, INT64_MAX}, 2}};
  struct company *company = *state;
  for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
    company_renew(company);
    prepare(company);
    company->network.readings = clocks[i].readings;
    company->network.reading_count = clocks[i].count;
    assert_int_equal(company_sync_org(company, batches_of_two), 0);
    look_is(company->listener.last, "syncStats.numberOfRecordsSynced", "5");
    CLEANUP(free_text) char *events = listener_events(&company->listener);
    durations_make_sense(company->listener.last);
    durations_make_sense(events);
    fake_say(&company->network, "GET http://f/Org", 200, PAGE(ROW("7", "Gil"), "b2"));
    fake_expect_outcome(&company->network, "GET http://f/Org", NET_TIMEOUT);
    const char *options = "{'syncType':'downloadOnly','preserveBatchContext':true}";
    assert_int_equal(company_sync_org(company, options), 2032);
    fake_say(&company->network, "GET http://f/Org", 200, LAST_PAGE(ROW("8", "Hal"), "d2"));
    assert_int_equal(company_sync_org(company, options), 0);
    const struct fake_request *last = fake_request(&company->network, company->network.request_count - 1);
    look_is(last->body, "delta_context.objs.Employee.bc", "'b2'");
  }
}

/* PRG-01: startTime is the wall's, whatever it says; the time that passes is not its matter. */
static void the_start_is_told_as_the_wall_has_it(void **state) {
  static const int64_t walls[] = {1700000000000, 0, -1, -YEAR_MS, YEAR_MS * 200};
  struct company *company = *state;
  for (size_t i = 0; i < sizeof walls / sizeof *walls; i++) {
    char wanted[24];
    snprintf(wanted, sizeof wanted, "%lld", (long long)walls[i]);
    company_renew(company);
    prepare(company);
    company->network.readings = &walls[i];
    company->network.reading_count = 1;
    assert_int_equal(company_sync_org(company, batches_of_two), 0);
    look_is(company->listener.last, "syncStats.startTime", wanted);
    look_is(company->listener.last, "syncStats.syncElapsedTime", "0");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_COMPANY(events_hold_what_the_server_saw),
      WITH_COMPANY(an_objects_events_have_its_name),
      WITH_COMPANY(each_service_of_an_application_has_its_own_events),
      WITH_COMPANY(on_the_web_nobody_hears_of_progress),
      WITH_COMPANY(a_failed_sync_ends_what_it_began),
      WITH_COMPANY(stats_count_what_the_server_saw),
      WITH_COMPANY(stats_of_a_small_sync_are_complete),
      WITH_COMPANY(the_stats_tell_reading_and_storing_apart),
      WITH_COMPANY(a_clock_that_jumps_does_no_harm),
      WITH_COMPANY(the_start_is_told_as_the_wall_has_it)};
  return cmocka_run_group_tests_name("engine/progress", tests, NULL, NULL);
}
