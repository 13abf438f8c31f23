/*
 * The upload cache: which outcomes keep a request, how it is sent again, what becomes of it and of the
 * edits that are newer (wire.md 8). That no edit is lost or doubled whenever the process ends is
 * proved by test_process_end.c and test_histories.c.
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
#define UPLOAD_ONLY "{'syncType':'uploadOnly'}"

static const char accepted[] = SAYS("0", HIRED("101", "-1", "Ada", "1"));

/* How a request ends: an outcome without answer, or a status and a body. */
struct ending {
  enum net_outcome outcome;
  int status;
  const char *body;
};

static void expect_ending(struct company *company, const struct ending *ending) {
  if (ending->outcome != NET_ANSWERED)
    fake_expect_outcome(&company->network, "UPLOAD", ending->outcome);
  else
    fake_say(&company->network, "UPLOAD", ending->status, "%s", ending->body);
}

static const struct fake_request *upload(const struct company *company, size_t index) {
  return fake_find(&company->network, "UPLOAD", index);
}

static char *id_of(const struct company *company, size_t index) {
  char *id = fake_header(upload(company, index), "X-Voltmx-RequestCacheId");
  assert_non_null(id);
  return id;
}

static bool same_id(const struct company *company, size_t a, size_t b) {
  CLEANUP(free_text) char *one = id_of(company, a);
  CLEANUP(free_text) char *other = id_of(company, b);
  return strcmp(one, other) == 0;
}

/* The upload of Ada times out: its request is cached. */
static void leave_a_request(struct company *company) {
  fake_expect_outcome(&company->network, "UPLOAD", NET_TIMEOUT);
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 2032);
}

static void restart(struct company *company) {
  company_restart(company, VMX_API_JS);
  company_setup_again(company);
}

/* -- ids --------------------------------------------------------------------------------------------- */

/* UPC-01: of every batch, every sync, every scope its own; without upload cache none. */
static void each_upload_has_its_own_id(void **state) {
  struct company *company = *state;
  company_setup_with(company, company_two_objects, company_note_cached);
  for (int i = 0; i < 3; i++) company_hire(company, "x");
  company_create(company, "Note", "{'Name':'n'}");
  for (int i = 0; i < 4; i++) fake_expect(&company->network, "UPLOAD", 200, "{\"opstatus\":8009}");
  assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL,
                                "{'objectServicesOptions':{'Organization':{'uploadBatchSize':1}}}"),
                   2460);
  fake_expect(&company->network, "UPLOAD", 200, "{\"opstatus\":8009}");
  assert_int_equal(company_sync(company, VMX_SCOPE_OBJECT, "Employee", NULL), 2038);
  for (size_t i = 0; i < 5; i++)
    for (size_t n = 0; n < i; n++) assert_false(same_id(company, i, n));

  company_renew(company);
  company_setup(company, false);
  company_hire(company, "Ada");
  fake_say(&company->network, "UPLOAD", 200, accepted);
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  assert_null(fake_header(upload(company, 0), "X-Voltmx-RequestCacheId"));
}

/* -- which requests are kept --------------------------------------------------------------------------- */

#define LACKS_KEY "{'Name':'Ada','_metadata':{'action':'create','rowId':1,'opstatus':0}}"
#define STRANGER HIRED("101", "-1", "Ada", "99")

/* W-41's table: the code of the sync, and whether the request is sent again with its id. */
static const struct {
  struct ending ending;
  int code;
  bool kept;
} firsts[] = {{{NET_CONNECT_TIMEOUT, 0, ""}, 2031, true},
              {{NET_TIMEOUT, 0, ""}, 2032, true},
              {{NET_CUT_SHORT, 0, ""}, 2032, true},
              {{NET_GARBLED, 0, ""}, 2037, true},
              {{NET_TOO_LARGE, 0, ""}, 2037, true},
              {{NET_REFUSED, 0, ""}, 2034, false},
              {{NET_HOST, 0, ""}, 2035, false},
              {{NET_OFFLINE, 0, ""}, 2036, false},
              {{NET_TLS, 0, ""}, 2033, false},
              {{NET_BAD_URL, 0, ""}, 2039, false},
              {{NET_FAILED, 0, ""}, 2030, false},
              {{NET_ANSWERED, 408, ""}, 2032, true},
              {{NET_ANSWERED, 408, "{'opstatus':0}"}, 2032, true},
              {{NET_ANSWERED, 504, "gateway"}, 2031, true},
              {{NET_ANSWERED, 200, ""}, 2037, true},
              {{NET_ANSWERED, 200, "<html>"}, 2037, true},
              {{NET_ANSWERED, 200, "{'opstatus':0,'_metadata':{},'objects':[{"}, 2037, true},
              {{NET_ANSWERED, 200, "{'opstatus':[]}"}, 2037, true},
              {{NET_ANSWERED, 200, "{'opstatus':500210}"}, 2044, true},
              {{NET_ANSWERED, 200, "{'opstatus':8009}"}, 2038, false},
              {{NET_ANSWERED, 200, SAYS("20006", REJECTED("-1", "1"))}, 2038, false}, /* UPC-09 */
              {{NET_ANSWERED, 200, SAYS("0", STRANGER)}, 2473, false},
              {{NET_ANSWERED, 200, SAYS("0", LACKS_KEY)}, 2484, false},
              {{NET_ANSWERED, 429, ""}, 2030, false},
              {{NET_ANSWERED, 500, ""}, 2030, false},
              {{NET_ANSWERED, 500, "{'opstatus':17}"}, 2038, false},
              {{NET_ANSWERED, 503, ""}, 2038, false}};

/* UPC-02, UPC-09, W-41: after an unknown outcome the next sync begins with the same request, after a
 * known one its edits go in a new one; in the same session and after a restart. */
static void an_unknown_outcome_keeps_the_request(void **state) {
  struct company *company = *state;
  for (size_t i = 0; i < 2 * (sizeof firsts / sizeof *firsts); i++) {
    company_renew(company);
    company_setup(company, true);
    company_hire(company, "Ada");
    expect_ending(company, &firsts[i / 2].ending);
    assert_int_equal(company_sync_org(company, "{'uploadRequestQueryParams':{'a':'1'}}"), firsts[i / 2].code);
    assert_int_equal(company->network.request_count, 3); /* UPL-11: nothing is downloaded */
    if (i % 2) restart(company);
    fake_say(&company->network, "UPLOAD", 200, accepted);
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
    assert_true(same_id(company, 0, 1) == firsts[i / 2].kept);
    assert_true((strcmp(upload(company, 0)->line, upload(company, 1)->line) == 0) == firsts[i / 2].kept);
    assert_string_equal(upload(company, 0)->body, upload(company, 1)->body);
    company_rows_are(company, "Employee", "[{'EmpId':101,'Name':'Ada'}]");
    company_pending_are(company, "Employee", "[]");
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0); /* the entry is gone */
    assert_int_equal(fake_count(&company->network, "UPLOAD"), 2);
  }
}

/* -- replays ------------------------------------------------------------------------------------------- */

/* UPC-02, OPT-14: before the latest changes; with the query it was made with, not today's. */
static void a_replay_goes_first_and_as_it_was(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  company_hire(company, "Ada");
  fake_expect_outcome(&company->network, "UPLOAD", NET_TIMEOUT);
  assert_int_equal(company_sync_org(company, "{'uploadRequestQueryParams':{'a':'+ %'}}"), 2032);
  restart(company);
  company_hire(company, "Bob");
  fake_say(&company->network, "UPLOAD", 200, accepted);
  fake_say(&company->network, "UPLOAD", 200, SAYS("0", HIRED("102", "-2", "Bob", "2")));
  fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync_org(company, "{'uploadRequestQueryParams':{'b':'2'}}"), 0);
  assert_string_equal(upload(company, 1)->line, "UPLOAD http://f/Org?a=%2B%20%25");
  assert_string_equal(upload(company, 1)->body, upload(company, 0)->body);
  assert_string_equal(upload(company, 2)->line, "UPLOAD http://f/Org?b=2");
  assert_true(same_id(company, 0, 1));
  assert_false(same_id(company, 1, 2));
  company_rows_are(company, "Employee", "[{'EmpId':101,'Name':'Ada'},{'EmpId':102,'Name':'Bob'}]");
}

/* UPC-03: each sync type replays, at each level (W-42). */
static void every_sync_replays(void **state) {
  struct company *company = *state;
  static const struct {
    enum vmx_scope_level level;
    const char *target, *options;
  } syncs[] = {{VMX_SCOPE_SERVICE, ORG, "{'syncType':'downloadOnly'}"},
               {VMX_SCOPE_SERVICE, ORG, UPLOAD_ONLY},
               {VMX_SCOPE_SERVICE, ORG, NULL},
               {VMX_SCOPE_OBJECT, "Employee", "{'syncType':'downloadOnly'}"},
               {VMX_SCOPE_OBJECT, "Employee", UPLOAD_ONLY},
               {VMX_SCOPE_APPLICATION, NULL, "{}"}};
  for (size_t i = 0; i < sizeof syncs / sizeof *syncs; i++) {
    company_renew(company);
    company_setup(company, true);
    company_hire(company, "Ada");
    leave_a_request(company);
    fake_say(&company->network, "UPLOAD http://f/Org", 200, accepted);
    fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
    fake_expect(&company->network, "GET http://f/Org", 200, "{\"opstatus\":0,\"records\":[],\"Objects\":[]}");
    assert_int_equal(company_sync(company, syncs[i].level, syncs[i].target, syncs[i].options), 0);
    assert_true(same_id(company, 0, 1));
    assert_string_equal(fake_request(&company->network, 3)->line, "UPLOAD http://f/Org");
    company_pending_are(company, "Employee", "[]");
  }
}

/* UPC-05, W-33, W-44: later edits of the same row and of others are not in the replay; they follow it,
 * with the generated key. */
static void later_edits_follow_the_replay(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  company_hire(company, "Ada");
  leave_a_request(company);
  company_rename(company, -1, "Adele");
  company_hire(company, "Bob");
  fake_say(&company->network, "UPLOAD", 200, accepted);
  fake_say(&company->network, "UPLOAD", 200,
           SAYS("0", RENAMED("101", "Adele", "2") "," HIRED("102", "-2", "Bob", "3")));
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  assert_string_equal(upload(company, 0)->body, upload(company, 1)->body);
  look_is(upload(company, 2)->body, "records.0.EmpId", "101");
  look_is(upload(company, 2)->body, "records.0.Name", "'Adele'");
  look_is(upload(company, 2)->body, "records.0._metadata.checksum", "'c1'");
  look_is(upload(company, 2)->body, "records.1.EmpId", "-2");
  company_rows_are(company, "Employee", "[{'EmpId':101,'Name':'Adele'},{'EmpId':102,'Name':'Bob'}]");
}

static void time_out(struct company *company, const char *object, const char *record) {
  company_create(company, object, record);
  fake_expect_outcome(&company->network, "UPLOAD", NET_TIMEOUT);
  assert_int_equal(company_sync(company, VMX_SCOPE_OBJECT, object, UPLOAD_ONLY), 2032);
}

/* UPC-06, W-42: the requests of a service's objects in the order of their making, then new ones. */
static void all_requests_of_the_scope_go_before_anything_new(void **state) {
  struct company *company = *state;
  company_setup_with(company, company_two_objects, company_note);
  time_out(company, "Dept", "{'DeptId':7,'Name':'IT'}");
  time_out(company, "Employee", "{'Name':'Ada'}");
  restart(company);
  company_hire(company, "Bob");
  fake_say(&company->network, "UPLOAD http://f/Org/objects/Dept", 200,
           "{'opstatus':0,'_metadata':{},'objects':[{'name':'Dept','records':[{'DeptId':7,'Name':'IT',"
           "'_metadata':{'action':'create','rowId':1,'opstatus':0}}]}]}");
  fake_say(&company->network, "UPLOAD http://f/Org/objects/Employee", 200,
           SAYS("0", HIRED("101", "-1", "Ada", "2")));
  fake_say(&company->network, "UPLOAD http://f/Org", 200, SAYS("0", HIRED("102", "-2", "Bob", "3")));
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  static const char *const order[] = {"UPLOAD http://f/Org/objects/Dept",
                                      "UPLOAD http://f/Org/objects/Employee",
                                      "UPLOAD http://f/Org/objects/Dept",
                                      "UPLOAD http://f/Org/objects/Employee", "UPLOAD http://f/Org"};
  for (size_t i = 0; i < 5; i++) assert_string_equal(upload(company, i)->line, order[i]);
  assert_true(same_id(company, 0, 2));
  assert_true(same_id(company, 1, 3));
  company_pending_are(company, "Employee", "[]");
  company_pending_are(company, "Dept", "[]");
}

/* UPC-06, W-42: at object level the service's request, then the object's; a neighbour's is left. */
static void an_object_sync_replays_the_service_then_its_own(void **state) {
  struct company *company = *state;
  company_setup_with(company, company_two_objects, company_note);
  time_out(company, "Dept", "{'DeptId':7,'Name':'IT'}");
  company_hire(company, "Ada");
  fake_expect_outcome(&company->network, "UPLOAD", NET_REFUSED); /* the replay of Dept's, unanswered */
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 2034);
  fake_say(&company->network, "UPLOAD", 200, SAYS("0", HIRED("101", "-1", "Ada", "2")));
  assert_int_equal(company_sync(company, VMX_SCOPE_OBJECT, "Employee", UPLOAD_ONLY), 0);
  assert_string_equal(upload(company, 2)->line, "UPLOAD http://f/Org/objects/Employee");
  assert_int_equal(fake_count(&company->network, "UPLOAD"), 3);
  company_pending_are(company, "Dept", "[{'DeptId':7}]");
}

/* W-43's table: the code of the sync whose replay failed, and whether the entry stays. */
static const struct {
  struct ending ending;
  int code;
  bool stays;
} replays[] = {{{NET_CONNECT_TIMEOUT, 0, ""}, 2031, true},
               {{NET_TIMEOUT, 0, ""}, 2032, true},
               {{NET_CUT_SHORT, 0, ""}, 2032, true},
               {{NET_REFUSED, 0, ""}, 2034, true},
               {{NET_HOST, 0, ""}, 2035, true},
               {{NET_OFFLINE, 0, ""}, 2036, true},
               {{NET_TLS, 0, ""}, 2033, true},
               {{NET_FAILED, 0, ""}, 2030, true},
               {{NET_ANSWERED, 408, ""}, 2032, true},
               {{NET_ANSWERED, 504, ""}, 2031, true},
               {{NET_ANSWERED, 429, ""}, 2030, true},
               {{NET_ANSWERED, 429, "{'opstatus':17}"}, 2038, true},
               {{NET_ANSWERED, 200, "{'opstatus':500210}"}, 2044, true}, /* UPC-10 */
               {{NET_ANSWERED, 200, ""}, 2476, true},
               {{NET_ANSWERED, 200, "{"}, 2037, true},
               {{NET_ANSWERED, 200, "{'opstatus':8009}"}, 2038, false},
               {{NET_ANSWERED, 500, ""}, 2030, false},
               {{NET_ANSWERED, 503, ""}, 2038, false},
               {{NET_ANSWERED, 200, "{'opstatus':0,'objects':[]}"}, 2473, false},
               {{NET_ANSWERED, 200, SAYS("0", STRANGER)}, 2473, false},
               {{NET_ANSWERED, 200, SAYS("0", LACKS_KEY)}, 2484, false}};

/* UPC-07, UPC-10, W-43: nothing newer is sent, no edit is lost, and the third sync sends the old request
 * where it stayed, else a new one with all the edits. */
static void a_failed_replay_fails_the_sync(void **state) {
  struct company *company = *state;
  for (size_t i = 0; i < sizeof replays / sizeof *replays; i++) {
    company_renew(company);
    company_setup(company, true);
    company_hire(company, "Ada");
    leave_a_request(company);
    company_hire(company, "Bob");
    expect_ending(company, &replays[i].ending);
    assert_int_equal(company_sync_org(company, NULL), replays[i].code);
    assert_true(same_id(company, 0, 1));
    assert_int_equal(company->network.request_count, 4);
    assert_string_equal(company->listener.progress, "Sync Started,Sync Ended"); /* W-43 */
    company_pending_are(company, "Employee", "[{'EmpId':-1},{'EmpId':-2}]");
    if (i % 2) restart(company);
    if (replays[i].stays) {
      fake_say(&company->network, "UPLOAD", 200, accepted);
      fake_say(&company->network, "UPLOAD", 200, SAYS("0", HIRED("102", "-2", "Bob", "2")));
    } else {
      fake_say(&company->network, "UPLOAD", 200,
               SAYS("0", HIRED("101", "-1", "Ada", "1") "," HIRED("102", "-2", "Bob", "2")));
    }
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
    fake_all_used(&company->network);
    assert_true(same_id(company, 0, 2) == replays[i].stays);
    company_rows_are(company, "Employee", "[{'EmpId':101,'Name':'Ada'},{'EmpId':102,'Name':'Bob'}]");
  }
}

/* W-7: a token that is refused twice is no answer to the replay. */
static void a_replay_without_token_keeps_its_request(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  company_hire(company, "Ada");
  leave_a_request(company);
  fake_expect(&company->network, "UPLOAD", 401, "");
  fake_expect(&company->network, "UPLOAD", 401, "");
  assert_int_equal(company_sync_org(company, NULL), 106);
  fake_say(&company->network, "UPLOAD", 200, accepted);
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  assert_true(same_id(company, 0, 3));
}

/* UPL-07 over a replay: the rejected record stays pending, its mate is stored. */
static void a_replay_may_reject_a_record(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  company_hire(company, "Ada");
  company_hire(company, "Bob");
  leave_a_request(company);
  fake_say(&company->network, "UPLOAD", 200,
           SAYS("500100", HIRED("101", "-1", "Ada", "1") "," REJECTED("-2", "2")));
  assert_int_equal(company_sync_org(company, "{'syncType':'uploadOnly','getSyncStats':true}"), 0);
  company_payload_is(company, "syncErrors.upload.0.primaryKeys", "{'EmpId':-2}");
  company_payload_is(company, "syncErrors.upload.0.opstatus", "20006");
  company_payload_is(company, "syncStats.totalUploadedRecords", "1"); /* W-43 */
  company_rows_are(company, "Employee", "[{'EmpId':-2,'Name':'Bob'},{'EmpId':101,'Name':'Ada'}]");
  company_pending_are(company, "Employee", "[{'EmpId':-2}]");
  assert_int_equal(fake_count(&company->network, "UPLOAD"), 2); /* W-33: not again in this sync */
}

/* UPC-10: the first try still runs, so nobody may send its edits under another id; each sending has a
 * request id of its own (wire.md 3). */
static void an_upload_that_is_in_progress_keeps_its_id(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  company_hire(company, "Ada");
  for (int i = 0; i < 2; i++) {
    fake_expect(&company->network, "UPLOAD", 200, "{\"opstatus\":500210}");
    assert_int_equal(company_sync_org(company, NULL), 2044);
  }
  fake_say(&company->network, "UPLOAD", 200, accepted);
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  for (size_t i = 0; i < 2; i++) {
    CLEANUP(free_text) char *sending = fake_header(upload(company, i), "X-Voltmx-RequestId");
    CLEANUP(free_text) char *next = fake_header(upload(company, i + 1), "X-Voltmx-RequestId");
    assert_string_not_equal(sending, next);
    assert_true(same_id(company, i, i + 1));
  }
}

/* -- what empties the cache ------------------------------------------------------------------------------ */

enum empties { ROLLBACK, CLEAR, DROP };

/* UPC-11, W-44: rollback, clearOfflineData and drop of the scope; a record's or an object's rollback
 * leaves the service's request. */
static void emptying_a_scope_empties_its_cache(void **state) {
  struct company *company = *state;
  static const struct {
    enum empties what;
    enum vmx_scope_level level;
    const char *target, *key;
    bool empties;
  } calls[] = {{ROLLBACK, VMX_SCOPE_APPLICATION, NULL, NULL, true},
               {ROLLBACK, VMX_SCOPE_SERVICE, ORG, NULL, true},
               {ROLLBACK, VMX_SCOPE_SERVICE, "Sales", NULL, false},
               {ROLLBACK, VMX_SCOPE_OBJECT, "Employee", NULL, false},
               {ROLLBACK, VMX_SCOPE_OBJECT, "Employee", "{\"EmpId\":-1}", false},
               {CLEAR, VMX_SCOPE_SERVICE, ORG, NULL, true},
               {CLEAR, VMX_SCOPE_SERVICE, "Sales", NULL, false},
               {DROP, VMX_SCOPE_APPLICATION, NULL, NULL, true}};
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    struct base_error err = {0};
    company_renew(company);
    company_setup(company, true);
    company_hire(company, "Ada");
    leave_a_request(company);
    int code = calls[i].what == ROLLBACK
                   ? vmx_rollback(company->client, calls[i].level, calls[i].target, calls[i].key, &err)
               : calls[i].what == CLEAR
                   ? vmx_clear_offline_data(company->client, calls[i].level, calls[i].target, &err)
                   : vmx_drop(company->client, &err);
    assert_int_equal(code, 0);
    if (calls[i].what == DROP) company_setup(company, true);
    fake_say(&company->network, "UPLOAD", 200, accepted);
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
    assert_int_equal(fake_count(&company->network, "UPLOAD"), calls[i].empties ? 1 : 2);
    company_rows_are(company, "Employee",
                     calls[i].empties ? "[]" : "[{'EmpId':101,'Name':'Ada'}]"); /* C-6 */
  }
}

/* UPC-11: an object's own request goes with its rollback and its clearing, a neighbour's stays. */
static void emptying_an_object_empties_its_own_cache(void **state) {
  struct company *company = *state;
  for (int i = 0; i < 2; i++) {
    struct base_error err = {0};
    company_renew(company);
    company_setup_with(company, company_two_objects, company_note);
    time_out(company, "Dept", "{'DeptId':7,'Name':'IT'}");
    time_out(company, "Employee", "{'Name':'Ada'}");
    assert_int_equal(
        i ? vmx_clear_offline_data(company->client, VMX_SCOPE_OBJECT, "Dept", &err)
          : vmx_rollback(company->client, VMX_SCOPE_OBJECT, "Dept", NULL, &err), 0);
    fake_say(&company->network, "UPLOAD", 200, SAYS("0", HIRED("101", "-1", "Ada", "2")));
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
    assert_int_equal(fake_count(&company->network, "UPLOAD"), 3);
    assert_true(same_id(company, 1, 2));
    company_rows_are(company, "Dept", "[]");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_COMPANY(each_upload_has_its_own_id),
      WITH_COMPANY(an_unknown_outcome_keeps_the_request),
      WITH_COMPANY(a_replay_goes_first_and_as_it_was),
      WITH_COMPANY(every_sync_replays),
      WITH_COMPANY(later_edits_follow_the_replay),
      WITH_COMPANY(all_requests_of_the_scope_go_before_anything_new),
      WITH_COMPANY(an_object_sync_replays_the_service_then_its_own),
      WITH_COMPANY(a_failed_replay_fails_the_sync),
      WITH_COMPANY(a_replay_without_token_keeps_its_request),
      WITH_COMPANY(a_replay_may_reject_a_record),
      WITH_COMPANY(an_upload_that_is_in_progress_keeps_its_id),
      WITH_COMPANY(emptying_a_scope_empties_its_cache),
      WITH_COMPANY(emptying_an_object_empties_its_own_cache)};
  return cmocka_run_group_tests_name("engine/upload_cache", tests, NULL, NULL);
}
