/*
 * One scope's sync over a fake network: what is sent, in which order, and what is remembered for the
 * next one. What the store and core do with the content has tests of its own.
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

#define UPLOAD_ONLY "{'syncType':'uploadOnly'}"
#define DOWNLOAD_ONLY "{'syncType':'downloadOnly'}"

static const char accepted[] = SAYS("0", HIRED("101", "-1", "Ada", "1"));

/* -- order and addresses -------------------------------------------------------------------------- */

/* SEQ-05, DNL-01, PRG-07 */
static void a_full_sync_uploads_then_downloads_all_pages(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_hire(company, "Ada");
  fake_say(&company->network, "UPLOAD http://f/Org", 200, accepted);
  fake_say(&company->network, "GET http://f/Org?", 200, PAGE(ROW("5", "Eve"), "b1"));
  fake_say(&company->network, "GET http://f/Org?", 200, LAST_PAGE(ROW("6", "Fay"), "d1"));

  assert_int_equal(company_sync_org(company, "{'getSyncStats':'true'}"), 0);

  fake_all_used(&company->network);
  company_rows_are(company, "Employee",
                   "[{'EmpId':5,'Name':'Eve'},{'EmpId':6,'Name':'Fay'},{'EmpId':101,'Name':'Ada'}]");
  company_payload_is(company, "status", "0");
  company_payload_is(company, "objectServiceName", "'Organization'");
  company_payload_is(company, "syncStats.totalUploadedRecords", "1");
  company_payload_is(company, "syncStats.totalDownloadedRecords", "2");
  assert_string_equal(company->listener.progress,
                      "Sync Started,Upload Started,Upload InProgress,Upload Ended,"
                      "Download Started,Download InProgress,Download Ended,"
                      "Download Started,Download InProgress,Download Ended,Sync Ended");
  look_is(fake_request(&company->network, 4)->body, "",
          "{'delta_context':{'objs':{'Employee':{'bc':'b1'}}}}");
}

/* API-02, W-3 */
static void an_object_sync_goes_to_its_own_url(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_hire(company, "Ada");
  fake_say(&company->network, "UPLOAD http://f/Org/objects/Employee", 200, accepted);
  fake_say(&company->network, "GET http://f/Org/objects/Employee", 200, "{'opstatus':0,'records':[]}");
  assert_int_equal(company_sync(company, VMX_SCOPE_OBJECT, "Employee", NULL), 0);
  company_payload_is(company, "name", "'Employee'");
}

/* API-02: the edits of its neighbours stay where they are. */
static void an_object_sync_leaves_other_objects_alone(void **state) {
  struct company *company = *state;
  company_setup_with(company, company_two_objects_plain, company_note);
  company_create(company, "Dept", "{'DeptId':7,'Name':'IT'}");
  company_hire(company, "Ada");
  fake_say(&company->network, "UPLOAD http://f/Org/objects/Employee", 200,
           SAYS("0", HIRED("101", "-1", "Ada", "2")));
  assert_int_equal(company_sync(company, VMX_SCOPE_OBJECT, "Employee", UPLOAD_ONLY), 0);
  const char *body = fake_request(&company->network, 2)->body;
  assert_int_equal(look_count(body, "records"), 1);
  look_is(body, "records.0._metadata.object", "'Employee'");
  company_pending_are(company, "Dept", "[{'DeptId':7}]");
  company_pending_are(company, "Employee", "[]");
}

/* OPT-10: each type goes its way, and nothing else is sent. */
static void each_sync_type_sends_what_it_says(void **state) {
  struct company *company = *state;
  static const struct {
    const char *options;
    size_t uploads, downloads;
  } types[] = {{UPLOAD_ONLY, 1, 0},
               {DOWNLOAD_ONLY, 0, 1},
               {"{'syncType':'fullSync'}", 1, 1},
               {NULL, 1, 1}};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    company_renew(company);
    company_setup(company, false);
    company_hire(company, "Ada");
    fake_say(&company->network, "UPLOAD", 200, accepted);
    fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
    assert_int_equal(company_sync_org(company, types[i].options), 0);
    assert_int_equal(fake_count(&company->network, "UPLOAD"), types[i].uploads);
    assert_int_equal(fake_count(&company->network, "GET http://f/Org?"), types[i].downloads);
  }
}

/* wire.md 3, W-5, API-08, NET-07 */
static void headers_say_what_a_request_is(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  company_hire(company, "Ada");
  fake_say(&company->network, "UPLOAD http://f/Org", 200, accepted);
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);

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

/* -- what is uploaded ------------------------------------------------------------------------------ */

/* UPL-02: never edited, uploaded before, not tracked, not marked. */
static void nothing_pending_sends_no_upload(void **state) {
  struct company *company = *state;
  CLEANUP(free_text) char *created = NULL;
  CLEANUP(free_text) char *deferred = NULL;
  struct base_error err = {0};
  company_setup(company, true);
  for (int i = 0; i < 4; i++) fake_expect(&company->network, "GET", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync_org(company, NULL), 0);
  assert_int_equal(fake_count(&company->network, "UPLOAD"), 0);

  company_hire(company, "Ada");
  fake_say(&company->network, "UPLOAD", 200, accepted);
  assert_int_equal(company_sync_org(company, NULL), 0);
  assert_int_equal(vmx_create(company->client, "Employee", "{\"EmpId\":9,\"Name\":\"Own\"}",
                              "{\"trackChanges\":false}", &created, &err), 0);
  assert_int_equal(vmx_create(company->client, "Employee", "{\"Name\":\"Late\"}",
                              "{\"markForUpload\":false}", &deferred, &err), 0);
  assert_int_equal(company_sync_org(company, NULL), 0);
  assert_int_equal(company_sync(company, VMX_SCOPE_OBJECT, "Employee", UPLOAD_ONLY), 0);
  assert_int_equal(fake_count(&company->network, "UPLOAD"), 1);
}

/* UPL-03: action, key and values of each edit, and the server's row afterwards. */
static void edits_arrive_with_their_action_and_values(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  fake_say(&company->network, "GET http://f/Org?", 200,
           LAST_PAGE(ROW("5", "Eve") "," ROW("6", "Fay"), "d1"));
  assert_int_equal(company_sync_org(company, NULL), 0);
  company_hire(company, "Ada");
  company_rename(company, 5, "Eva");
  company_fire(company, 6);
  fake_say(&company->network, "UPLOAD", 200,
           SAYS("0", HIRED("101", "-1", "Ada", "1") "," RENAMED("5", "Eva of HR", "2") ","
                "{'EmpId':6,'_metadata':{'action':'delete','rowId':3,'opstatus':0}}"));
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);

  const char *body = fake_find(&company->network, "UPLOAD", 0)->body;
  look_is(body, "records.0", "{'EmpId':-1,'Name':'Ada','_metadata':{'object':'Employee','action':"
          "'create','rowId':1,'checksum':'','ignore_duplicate':'false'}}");
  look_is(body, "records.1", "{'EmpId':5,'Name':'Eva','_metadata':{'object':'Employee','action':"
          "'update','rowId':2,'checksum':'s5','ignore_duplicate':'false'}}");
  look_is(body, "records.2.EmpId", "6");
  look_is(body, "records.2._metadata.action", "'delete'");
  look_is(body, "records.2._metadata.checksum", "'s6'");
  company_rows_are(company, "Employee",
                   "[{'EmpId':5,'Name':'Eva of HR'},{'EmpId':101,'Name':'Ada'}]"); /* CON-01 */
  company_pending_are(company, "Employee", "[]");
}

/* UPL-01, UPL-12: every edit travels once, in batches of the size, in log order. */
static void batches_hold_the_edits_in_order(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_hire(company, "Ada");
  company_hire(company, "Bob");
  company_hire(company, "Cyd");
  fake_say(&company->network, "UPLOAD", 200,
           SAYS("0", HIRED("101", "-1", "Ada", "1") "," HIRED("102", "-2", "Bob", "2")));
  fake_say(&company->network, "UPLOAD", 200, SAYS("0", HIRED("103", "-3", "Cyd", "3")));
  assert_int_equal(company_sync_org(company, "{'uploadBatchSize':2,'syncType':'uploadOnly'}"), 0);
  const char *first = fake_find(&company->network, "UPLOAD", 0)->body;
  assert_int_equal(look_count(first, "records"), 2);
  look_is(first, "records.0._metadata.rowId", "1");
  look_is(first, "records.1._metadata.rowId", "2");
  const char *second = fake_find(&company->network, "UPLOAD", 1)->body;
  assert_int_equal(look_count(second, "records"), 1);
  look_is(second, "records.0._metadata.rowId", "3");
}

/* UPL-10: an edit of a row that is under way, and a new one, wait for the next sync; then they go on
 * top of what the server made of the first. */
static void edits_made_while_a_sync_runs_go_with_the_next(void **state) {
  struct company *company = *state;
  struct listener running = {0};
  company_setup(company, true);
  company_hire(company, "Ada");
  CLEANUP(free_text) char *answer = look_text(accepted);
  fake_hold(&company->network, "UPLOAD", answer);
  company_start(company, &running, VMX_SCOPE_SERVICE, "Organization", "{'uploadBatchSize':1}");
  company_rename(company, -1, "Adele");
  company_hire(company, "Bob");
  fake_release(&company->network);
  fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
  company_run(company);
  assert_int_equal(listener_code(&running), 0);
  assert_int_equal(fake_count(&company->network, "UPLOAD"), 1);
  company_rows_are(company, "Employee", "[{'EmpId':-2,'Name':'Bob'},{'EmpId':101,'Name':'Adele'}]");

  fake_say(&company->network, "UPLOAD", 200,
           SAYS("0", RENAMED("101", "Adele", "2") "," HIRED("102", "-2", "Bob", "3")));
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  const char *body = fake_find(&company->network, "UPLOAD", 1)->body;
  look_is(body, "records.0.EmpId", "101");
  look_is(body, "records.0.Name", "'Adele'");
  look_is(body, "records.0._metadata.action", "'update'");
  look_is(body, "records.1.EmpId", "-2");
  company_pending_are(company, "Employee", "[]");
  listener_reset(&running);
}

/* -- what is remembered of downloads ---------------------------------------------------------------- */

/* DNL-02: verbatim, whatever it is, over a restart, and at both levels (W-19). */
static void the_second_download_sends_the_delta_as_it_came(void **state) {
  struct company *company = *state;
  static const char *const deltas[] = {"'d1'", "''", "'a\\\"b\\u00e9\\/ c'", "17",
                                       "{'since':[1.50,'x'],'deep':{'a':null}}"};
  for (size_t i = 0; i < sizeof deltas / sizeof *deltas; i++) {
    company_renew(company);
    company_setup(company, false);
    fake_say(&company->network, "GET http://f/Org?", 200,
             "{'opstatus':0,'Objects':[{'name':'Employee','records':[" ROW("5", "Eve")
             "]}],'delta_context':{'objs':{'Employee':{'delta':%s}}}}", deltas[i]);
    assert_int_equal(company_sync_org(company, NULL), 0);
    assert_string_equal(fake_find(&company->network, "GET http://f/Org?", 0)->body, "{}");
    company_restart(company, VMX_API_JS);
    company_setup_again(company);
    fake_expect(&company->network, "GET http://f/Org", 200, COMPANY_NOTHING);
    fake_expect(&company->network, "GET http://f/Org", 200, "{\"opstatus\":0,\"records\":[]}");
    assert_int_equal(company_sync_org(company, NULL), 0);
    assert_int_equal(company_sync(company, VMX_SCOPE_OBJECT, "Employee", NULL), 0);
    CLEANUP(free_text) char *delta = look_text("%s", deltas[i]);
    assert_non_null(strstr(fake_find(&company->network, "GET http://f/Org?", 1)->body, delta));
    assert_non_null(strstr(fake_find(&company->network, "GET http://f/Org/objects", 0)->body, delta));
  }
}

/* DNL-03, DNL-06, W-22: a download that fails behind its first page leaves the old delta, or none. */
static void deltas_move_with_the_last_page(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  for (int i = 0; i < 2; i++) {
    fake_say(&company->network, "GET http://f/Org?", 200,
             PAGE(ROW("5", "Eve"), "b1','delta':'early")); /* a first page's delta is none */
    fake_expect_outcome(&company->network, "GET http://f/Org?", NET_TIMEOUT);
  }
  fake_say(&company->network, "GET http://f/Org?", 200, PAGE(ROW("5", "Eve"), "b2"));
  fake_say(&company->network, "GET http://f/Org?", 200, LAST_PAGE(ROW("6", "Fay"), "d1"));
  fake_say(&company->network, "GET http://f/Org?", 200, PAGE(ROW("7", "Gil"), "b3"));
  fake_expect_outcome(&company->network, "GET http://f/Org?", NET_CUT_SHORT);
  fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
  static const int codes[] = {2032, 2032, 0, 2032, 0};
  static const char *const first_bodies[] = {NULL, NULL, NULL, "'d1'", "'d1'"};
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    size_t first = company->network.request_count;
    assert_int_equal(company_sync_org(company, NULL), codes[i]);
    look_is(fake_request(&company->network, first)->body, "delta_context.objs.Employee.delta",
            first_bodies[i]);
  }
  company_rows_are(company, "Employee",
                   "[{'EmpId':5,'Name':'Eve'},{'EmpId':6,'Name':'Fay'},{'EmpId':7,'Name':'Gil'}]");
}

/* API-07: whatever it failed of, in the same session and after a restart. */
static void a_sync_after_a_failed_one_works(void **state) {
  struct company *company = *state;
  static const struct {
    const char *match, *body;
    enum net_outcome outcome;
    int status;
  } failures[] = {{"UPLOAD", "", NET_REFUSED, 0},
                  {"UPLOAD", "{\"opstatus\":8009}", NET_ANSWERED, 200},
                  {"UPLOAD", "rubbish", NET_ANSWERED, 500},
                  {"UPLOAD", "", NET_ANSWERED, 401}};
  for (size_t i = 0; i < 2 * (sizeof failures / sizeof *failures); i++) {
    bool restart = i % 2;
    company_renew(company);
    company_setup(company, false);
    company_hire(company, "Ada");
    for (int times = 0; times < 2; times++) { /* a refused token is asked for twice */
      if (failures[i / 2].outcome != NET_ANSWERED)
        fake_expect_outcome(&company->network, failures[i / 2].match, failures[i / 2].outcome);
      else
        fake_expect(&company->network, failures[i / 2].match, failures[i / 2].status,
                    failures[i / 2].body);
    }
    assert_int_not_equal(company_sync_org(company, NULL), 0);
    fake_forget_answers(&company->network);
    if (restart) {
      company_restart(company, VMX_API_JS);
      company_setup_again(company);
    }
    fake_say(&company->network, "UPLOAD", 200, accepted);
    fake_say(&company->network, "GET http://f/Org?", 200, LAST_PAGE("", "d1"));
    assert_int_equal(company_sync_org(company, NULL), 0);
    company_rows_are(company, "Employee", "[{'EmpId':101,'Name':'Ada'}]");
    company_pending_are(company, "Employee", "[]");
  }
}

/* W-11, W-3: an object's name is data; in a URL it is encoded. */
static void names_of_objects_are_encoded_in_urls(void **state) {
  struct company *company = *state;
  company_setup_with(company,
                     "{\"opstatus\":0,\"timestamp\":\"t\",\"namespaces\":[{\"name\":\"\",\"objects\":[{\"name\":"
                     "\"a b/\u00e9?\",\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\"}]}]}]}",
                     company_note);
  fake_say(&company->network, "GET http://f/Org/objects/a%20b%2F%C3%A9%3F?", 200, "{'opstatus':0,'records':[]}");
  assert_int_equal(company_sync(company, VMX_SCOPE_OBJECT, "a b/\u00e9?", NULL), 0);
  fake_all_used(&company->network);
}

/* NET-01: a request that the transport does not take, and an upload without an id, end the sync with edits intact. */
static void what_cannot_be_sent_ends_the_sync(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  company_hire(company, "Ada");
  company->network.refuses = true;
  assert_int_equal(company_sync_org(company, NULL), 2030);
  company->network.refuses = false;
  company->network.no_random = true;
  assert_int_equal(company_sync_org(company, "{'syncType':'uploadOnly'}"), 2460);
  company_pending_are(company, "Employee", "[{'EmpId':-1}]");
  assert_int_equal(fake_count(&company->network, "UPLOAD"), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_COMPANY(a_full_sync_uploads_then_downloads_all_pages),
      WITH_COMPANY(an_object_sync_goes_to_its_own_url),
      WITH_COMPANY(an_object_sync_leaves_other_objects_alone),
      WITH_COMPANY(each_sync_type_sends_what_it_says),
      WITH_COMPANY(headers_say_what_a_request_is),
      WITH_COMPANY(nothing_pending_sends_no_upload),
      WITH_COMPANY(edits_arrive_with_their_action_and_values),
      WITH_COMPANY(batches_hold_the_edits_in_order),
      WITH_COMPANY(edits_made_while_a_sync_runs_go_with_the_next),
      WITH_COMPANY(the_second_download_sends_the_delta_as_it_came),
      WITH_COMPANY(deltas_move_with_the_last_page),
      WITH_COMPANY(a_sync_after_a_failed_one_works),
      WITH_COMPANY(names_of_objects_are_encoded_in_urls),
      WITH_COMPANY(what_cannot_be_sent_ends_the_sync)};
  return cmocka_run_group_tests_name("engine/service", tests, NULL, NULL);
}
