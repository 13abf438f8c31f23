/*
 * What each option does to a sync: its effect on the wire and on the rows. How options are parsed is
 * proved in tests/core.
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

enum { SETUP_REQUESTS = 2 };

static void request_has(const struct fake_request *request, const char *text) {
  if (!strstr(request->line, text)) fail_msg("expected %s in %s", text, request->line);
}

/* The options of Organization, at service level and inside an application's. */
static int sync_with(struct company *company, bool application, const char *option) {
  CLEANUP(free_text) char *own = look_text("{%s}", option);
  CLEANUP(free_text) char *all = look_text("{'objectServicesOptions':{'Organization':%s}}", own);
  if (!application) return company_sync_org(company, own);
  fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
  return company_sync(company, VMX_SCOPE_APPLICATION, NULL, all);
}

/* -- application ----------------------------------------------------------------------------------- */

/* OPT-02: sequential asks the second service when the first has ended; parallel, the default too, asks
 * both at once. */
static void the_sync_mode_is_obeyed(void **state) {
  struct company *company = *state;
  static const struct {
    const char *options;
    bool sequential;
  } modes[] = {{"{'syncMode':'sequential'}", true}, {"{'syncMode':'parallel'}", false},
               {"{}", false}, {NULL, false}, {"{'syncMode':'SEQUENTIAL'}", true},
               {"{'syncMode':'one by one'}", false}};
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    struct listener listener = {0};
    company_renew(company);
    company_setup(company, false);
    fake_hold(&company->network, "GET http://f/Org?", COMPANY_NOTHING);
    fake_hold(&company->network, "GET http://f/Sales?", COMPANY_NOTHING);
    company_start(company, &listener, VMX_SCOPE_APPLICATION, NULL, modes[i].options);
    assert_int_equal(company->network.waiting_count, modes[i].sequential ? 1 : 2);
    fake_release(&company->network);
    company_run(company);
    assert_int_equal(listener_code(&listener), 0);
    listener_reset(&listener);
  }
}

/* OPT-04: each service gets its own options, one without an entry the defaults. */
static void each_service_has_its_own_options(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
  fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL,
                                "{'objectServicesOptions':{'Organization':{'downloadBatchSize':7,"
                                "'getSyncStats':true,'downloadRequestQueryParams':{'a':'1'}}}}"),
                   0);
  request_has(fake_find(&company->network, "f/Org?", 0), "a=1&%24batchsize=7");
  request_has(fake_find(&company->network, "f/Sales?", 0), "Sales?%24batchsize=500&");
  company_payload_is(company, "successResponse.Organization.syncStats.totalDownloadedRecords", "0");
  company_payload_is(company, "successResponse.Sales.syncStats", NULL);
}

/* OPT-05, OPT-01: refused before anything is sent. */
static void bad_maps_of_options_send_nothing(void **state) {
  struct company *company = *state;
  static const char *const bad[] = {"{rubbish", "[]", "'x'", "7", "true",
                                    "{'objectServicesOptions':[]}",
                                    "{'objectServicesOptions':'Organization'}",
                                    "{'objectServicesOptions':{'Nobody':{}}}",
                                    "{'objectServicesOptions':{'Online':{}}}",
                                    "{'objectServicesOptions':{'Organization':'x'}}",
                                    "{'objectServicesOptions':{'Organization':null}}"};
  company_setup(company, false);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL, bad[i]), 2482);
    assert_null(company->listener.progress);
    company_payload_is(company, "successResponse", NULL); /* wire.md 11: no service ran */
  }
  assert_int_equal(company->network.request_count, SETUP_REQUESTS);
}

/* -- sizes ----------------------------------------------------------------------------------------- */

/* OPT-07, OPT-08, W-18 */
static void the_download_size_is_sent(void **state) {
  struct company *company = *state;
  static const char *const sizes[][2] = {
      {"'x':1", "500"},
      {"'downloadBatchSize':20", "20"},
      {"'downloadBatchSize':'20'", "20"},
      {"'downloadBatchSize':' +20 '", "20"},
      {"'downloadBatchSize':20.0", "20"},
      {"'downloadBatchSize':0", "0"},
      {"'downloadBatchSize':'0'", "0"},
      {"'downloadBatchSize':-1", "500"},
      {"'downloadBatchSize':'-3'", "500"},
      {"'downloadBatchSize':2.5", "500"},
      {"'downloadBatchSize':'0x10'", "500"},
      {"'downloadBatchSize':'1e2'", "500"},
      {"'downloadBatchSize':'many'", "500"},
      {"'downloadBatchSize':''", "500"},
      {"'downloadBatchSize':99999999999999999999", "500"},
      {"'downloadBatchSize':null", "500"},
      {"'downloadBatchSize':true", "500"},
      {"'downloadBatchSize':[20]", "500"},
      {"'downloadBatchSize':{'a':20}", "500"}};
  company_setup(company, false);
  for (size_t i = 0; i < 2 * (sizeof sizes / sizeof *sizes); i++) {
    char wanted[40];
    fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
    assert_int_equal(sync_with(company, i % 2, sizes[i / 2][0]), 0);
    snprintf(wanted, sizeof wanted, "?%%24batchsize=%s&offline=true", sizes[i / 2][1]);
    request_has(fake_find(&company->network, "GET http://f/Org?", i), wanted);
  }
}

/* The answer to an upload: each of its records is stored. */
static void accept_all(void *self, const struct fake_request *request, struct net_answer *answer) {
  struct base_buf *body = self;
  size_t count = look_count(request->body, "records");
  base_buf_clear(body);
  for (size_t i = 0; i < count; i++) {
    char path[60];
    snprintf(path, sizeof path, "records.%zu._metadata.rowId", i);
    CLEANUP(free_text) char *row_id = look(request->body, path);
    CLEANUP(free_text) char *record =
        look_text("%s{'EmpId':%d,'_EmpId':-%s,'Name':'x','_metadata':{'action':'create','rowId':%s}}",
                  i ? "," : "", 100 + atoi(row_id), row_id, row_id);
    base_buf_text(body, record);
  }
  CLEANUP(free_text) char *whole = look_text(SAYS("0", "%s"), base_buf_string(body));
  base_buf_clear(body);
  base_buf_text(body, whole);
  *answer = (struct net_answer){
      .outcome = NET_ANSWERED, .status = 200, .body = body->data, .body_len = body->len};
}

/* OPT-06, OPT-08: 51 edits, cut as the size says. */
static void the_upload_size_cuts_the_edits(void **state) {
  struct company *company = *state;
  struct base_buf body = BASE_BUF_INIT;
  static const struct {
    const char *option;
    size_t batches, first;
  } sizes[] = {{"'x':1", 2, 50},
               {"'uploadBatchSize':0", 2, 50},
               {"'uploadBatchSize':-1", 2, 50},
               {"'uploadBatchSize':'20'", 3, 20},
               {"'uploadBatchSize':20", 3, 20},
               {"'uploadBatchSize':'x'", 2, 50},
               {"'uploadBatchSize':2.5", 2, 50},
               {"'uploadBatchSize':null", 2, 50},
               {"'uploadBatchSize':1000", 1, 51}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    char option[80];
    company_renew(company);
    company_setup(company, false);
    for (int n = 0; n < 51; n++) company_hire(company, "x");
    fake_serve(&company->network, accept_all, &body);
    snprintf(option, sizeof option, "%s,'syncType':'uploadOnly'", sizes[i].option);
    assert_int_equal(sync_with(company, false, option), 0);
    assert_int_equal(fake_count(&company->network, "UPLOAD"), sizes[i].batches);
    assert_int_equal(look_count(fake_find(&company->network, "UPLOAD", 0)->body, "records"),
                     sizes[i].first);
  }
  base_buf_done(&body);
}

/* -- switches -------------------------------------------------------------------------------------- */

/* OPT-09: "true" and true alone, at each level. */
static void stats_come_when_asked_for(void **state) {
  struct company *company = *state;
  static const struct {
    const char *option;
    bool wanted;
  } switches[] = {{"'getSyncStats':true", true},     {"'getSyncStats':'true'", true},
                  {"'getSyncStats':false", false},   {"'getSyncStats':'false'", false},
                  {"'getSyncStats':'TRUE'", false},  {"'getSyncStats':1", false},
                  {"'getSyncStats':null", false},    {"'getSyncStats':{}", false},
                  {"'getsyncstats':'true'", false}};
  company_setup(company, false);
  for (size_t i = 0; i < 2 * (sizeof switches / sizeof *switches); i++) {
    bool application = i % 2;
    fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
    assert_int_equal(sync_with(company, application, switches[i / 2].option), 0);
    const char *path = application ? "successResponse.Organization.syncStats" : "syncStats";
    assert_int_equal(look_count(company->listener.last, path) > 0, switches[i / 2].wanted);
  }
}

/* OPT-11: 2477, nothing is sent for that service, the edits stay; the others sync. */
static void another_sync_type_fails_its_service(void **state) {
  struct company *company = *state;
  static const char *const types[] = {"'up'", "''", "'UploadOnly'", "null", "1", "true", "['fullSync']"};
  company_setup(company, false);
  company_hire(company, "Ada");
  for (size_t i = 0; i < 2 * (sizeof types / sizeof *types); i++) {
    char option[60];
    bool application = i % 2;
    snprintf(option, sizeof option, "'syncType':%s", types[i / 2]);
    assert_int_equal(sync_with(company, application, option), application ? 2460 : 2477);
    if (!application) continue;
    company_payload_is(company, "failureResponse.Organization.code", "2477");
    company_payload_is(company, "successResponse.Sales.status", "0");
  }
  assert_int_equal(fake_count(&company->network, "f/Org"), 0);
  company_pending_are(company, "Employee", "[{'EmpId':-1}]");
}

/* OPT-16, DNL-08, W-24: on, the default, keeps a pending edit; off takes the server's row. Both send it. */
static void reconciliation_keeps_pending_edits_unless_it_is_off(void **state) {
  struct company *company = *state;
  static const char *const cases[][2] = {
      {"{'syncType':'downloadOnly'}", "Mine"},
      {"{'syncType':'downloadOnly','downloadReconciliationRequired':true}", "Mine"},
      {"{'syncType':'downloadOnly','downloadReconciliationRequired':false}", "Theirs"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    company_renew(company);
    company_setup(company, false);
    fake_say(&company->network, "GET http://f/Org?", 200, LAST_PAGE(ROW("5", "Eve"), "d1"));
    fake_say(&company->network, "GET http://f/Org?", 200,
             LAST_PAGE("{'EmpId':5,'Name':'Theirs','_metadata':{'action':'update','checksum':'new'}}", "d2"));
    assert_int_equal(company_sync_org(company, NULL), 0);
    company_rename(company, 5, "Mine");
    assert_int_equal(company_sync_org(company, cases[i][0]), 0);
    CLEANUP(free_text) char *rows = look_text("[{'EmpId':5,'Name':'%s'}]", cases[i][1]);
    company_rows_are(company, "Employee", rows);
    company_pending_are(company, "Employee", "[{'EmpId':5}]");
    fake_say(&company->network, "UPLOAD", 200, SAYS("0", RENAMED("5", "Mine", "1")));
    assert_int_equal(company_sync_org(company, "{'syncType':'uploadOnly'}"), 0);
    const char *body = fake_find(&company->network, "UPLOAD", 0)->body;
    look_is(body, "records.0.Name", "'Mine'");
    look_is(body, "records.0._metadata.checksum", "'new'");
  }
  assert_int_equal(company_sync_org(company, "{'downloadReconciliationRequired':'no'}"), 2304);
}

/* OPT-17, DNL-07, W-23: with the option in both syncs the download resumes at the page that failed. */
static void a_kept_context_resumes_the_download(void **state) {
  struct company *company = *state;
  static const struct {
    const char *first, *second;
    bool restart, resumes;
  } cases[] = {{"{'preserveBatchContext':true}", "{'preserveBatchContext':true}", false, true},
               {"{'preserveBatchContext':true}", "{'preserveBatchContext':'true'}", true, true},
               {"{'preserveBatchContext':true}", NULL, false, false},
               {NULL, "{'preserveBatchContext':true}", false, false},
               {NULL, NULL, false, false},
               {"{'preserveBatchContext':true}",
                "{'preserveBatchContext':true,'filter':{'Employee':'EmpId gt 1'}}", false, false}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    company_renew(company);
    company_setup(company, false);
    fake_say(&company->network, "GET http://f/Org?", 200, PAGE(ROW("5", "Eve"), "b1"));
    fake_expect(&company->network, "GET http://f/Org?", 500, "");
    assert_int_equal(company_sync_org(company, cases[i].first), 2030);
    if (cases[i].restart) {
      company_restart(company, VMX_API_JS);
      company_setup_again(company);
    }
    fake_say(&company->network, "GET http://f/Org?", 200, LAST_PAGE(ROW("6", "Fay"), "d1"));
    assert_int_equal(company_sync_org(company, cases[i].second), 0);
    look_is(fake_find(&company->network, "GET http://f/Org?", 2)->body,
            "delta_context.objs.Employee.bc", cases[i].resumes ? "'b1'" : NULL);
    fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
    assert_int_equal(company_sync_org(company, cases[i].second), 0); /* success forgets it */
    look_is(fake_find(&company->network, "GET http://f/Org?", 3)->body,
            "delta_context.objs.Employee.bc", NULL);
  }
}

/* W-23: a kept context that the server refuses costs one request, the sync starts at the first page. */
static void a_refused_context_starts_at_the_first_page_once(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  fake_say(&company->network, "GET http://f/Org?", 200, PAGE(ROW("5", "Eve"), "b1"));
  fake_expect_outcome(&company->network, "GET http://f/Org?", NET_TIMEOUT);
  assert_int_equal(company_sync_org(company, "{'preserveBatchContext':true}"), 2032);
  fake_expect(&company->network, "GET http://f/Org?", 200, "{\"opstatus\":20014}");
  fake_say(&company->network, "GET http://f/Org?", 200, LAST_PAGE(ROW("6", "Fay"), "d1"));
  assert_int_equal(company_sync_org(company, "{'preserveBatchContext':true}"), 0);
  assert_string_equal(fake_find(&company->network, "GET http://f/Org?", 3)->body, "{}");
  fake_expect(&company->network, "GET http://f/Org?", 200, "{\"opstatus\":20014}");
  assert_int_equal(company_sync_org(company, "{'preserveBatchContext':true}"), 2038);
}

/* -- filters, parameters, removal --------------------------------------------------------------------- */

/* OPT-12, W-19: in the body at service level, in the query at object level, letter for letter. */
static void filters_are_sent_unchanged(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
  fake_expect(&company->network, "GET http://f/Org/objects", 200, "{\"opstatus\":0,\"records\":[]}");
  assert_int_equal(company_sync_org(company, "{'filter':{'Employee':'Name eq A&B%  or'}}"), 0);
  assert_int_equal(company_sync(company, VMX_SCOPE_OBJECT, "Employee", "{'filter':'Name eq A&B%'}"), 0);
  look_is(fake_find(&company->network, "GET http://f/Org?", 0)->body,
          "delta_context.objs.Employee.odatastring", "'$filter=Name eq A&B%  or'");
  request_has(fake_find(&company->network, "GET http://f/Org/objects", 0),
              "%24filter=Name%20eq%20A%26B%25");
}

/* DNL-11: a filter's delta is not another filter's. */
static void each_filter_has_its_own_delta(void **state) {
  struct company *company = *state;
  static const struct {
    const char *options, *sent, *next;
  } syncs[] = {{"{'filter':{'Employee':'EmpId gt 1'}}", NULL, "f1"},
               {NULL, NULL, "n1"},
               {"{'filter':{'Employee':'EmpId gt 1'}}", "'f1'", "f2"},
               {"{'filter':{'Employee':'EmpId gt 2'}}", NULL, "g1"},
               {NULL, "'n1'", "n2"},
               {"{'filter':{'Employee':'EmpId gt 1'}}", "'f2'", "f3"}};
  company_setup(company, false);
  for (size_t i = 0; i < sizeof syncs / sizeof *syncs; i++) {
    fake_say(&company->network, "GET http://f/Org?", 200, LAST_PAGE("", "%s"), syncs[i].next);
    assert_int_equal(company_sync_org(company, syncs[i].options), 0);
    look_is(fake_find(&company->network, "GET http://f/Org?", i)->body,
            "delta_context.objs.Employee.delta", syncs[i].sent);
  }
}

/* OPT-14: each map on its own requests, reserved characters encoded (W-7). */
static void query_params_are_on_their_own_requests(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_hire(company, "Ada");
  fake_say(&company->network, "UPLOAD", 200, SAYS("0", HIRED("101", "-1", "Ada", "1")));
  fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync_org(company, "{'uploadRequestQueryParams':{'a b':'+&=%%\xc3\xa9 '},"
                                             "'downloadRequestQueryParams':{'down':'1+1'}}"),
                   0);
  assert_string_equal(fake_find(&company->network, "UPLOAD", 0)->line,
                      "UPLOAD http://f/Org?a%20b=%2B%26%3D%25%25%C3%A9%20");
  assert_string_equal(fake_find(&company->network, "GET http://f/Org?", 0)->line,
                      "GET http://f/Org?down=1%2B1&%24batchsize=500&offline=true");
}

/* OPT-18: uploadOnly removes what was stored; what was rejected or edited since stays. */
static void uploaded_rows_leave_when_asked(void **state) {
  struct company *company = *state;
  struct listener running = {0};
  company_setup(company, false);
  company_hire(company, "Ada");
  company_hire(company, "Bob");
  company_hire(company, "Cyd");
  CLEANUP(free_text) char *answer =
      look_text(SAYS("500100", HIRED("101", "-1", "Ada", "1") "," REJECTED("-2", "2") ","
                     HIRED("103", "-3", "Cyd", "3")));
  fake_hold(&company->network, "UPLOAD", answer);
  company_start(company, &running, VMX_SCOPE_SERVICE, "Organization",
                "{'syncType':'uploadOnly','removeAfterUpload':['Employee','Nobody']}");
  company_rename(company, -3, "Cyn");
  fake_release(&company->network);
  company_run(company);
  assert_int_equal(listener_code(&running), 0);
  company_rows_are(company, "Employee", "[{'EmpId':-2,'Name':'Bob'},{'EmpId':103,'Name':'Cyn'}]");
  company_pending_are(company, "Employee", "[{'EmpId':-2},{'EmpId':103}]");
  fake_say(&company->network, "GET http://f/Org?", 200, LAST_PAGE(ROW("101", "Ada"), "d1"));
  assert_int_equal(company_sync_org(company, "{'syncType':'downloadOnly'}"), 0);
  company_rows_are(company, "Employee", "[{'EmpId':-2,'Name':'Bob'},{'EmpId':101,'Name':'Ada'},"
                                        "{'EmpId':103,'Name':'Cyn'}]");
  listener_reset(&running);
}

/* OPT-18: no other sync type removes, and no list and unknown names do nothing. */
static void only_an_upload_only_sync_removes(void **state) {
  struct company *company = *state;
  static const char *const options[] = {"{'removeAfterUpload':['Employee']}",
                                        "{'syncType':'fullSync','removeAfterUpload':['Employee']}",
                                        "{'syncType':'uploadOnly','removeAfterUpload':'Employee'}",
                                        "{'syncType':'uploadOnly','removeAfterUpload':{'Employee':true}}",
                                        "{'syncType':'uploadOnly','removeAfterUpload':['employee',7]}"};
  for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
    company_renew(company);
    company_setup(company, false);
    company_hire(company, "Ada");
    fake_say(&company->network, "UPLOAD", 200, SAYS("0", HIRED("101", "-1", "Ada", "1")));
    fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
    assert_int_equal(company_sync_org(company, options[i]), 0);
    company_rows_are(company, "Employee", "[{'EmpId':101,'Name':'Ada'}]");
  }
}

/* OPT-22: at each level, also where a known name stands at the wrong one. */
static void unknown_options_change_nothing(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  for (int i = 0; i < 3; i++) fake_expect(&company->network, "GET", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL,
                                "{'wobble':[{}],'syncType':'uploadOnly','objectServicesOptions':{"
                                "'Sales':{'syncMode':'sequential','':null}}}"),
                   0);
  assert_int_equal(company_sync_org(company, "{'objectServicesOptions':7,'SyncType':'uploadOnly'}"), 0);
  assert_int_equal(fake_count(&company->network, "?%24batchsize=500&offline=true"), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_COMPANY(the_sync_mode_is_obeyed),
      WITH_COMPANY(each_service_has_its_own_options),
      WITH_COMPANY(bad_maps_of_options_send_nothing),
      WITH_COMPANY(the_download_size_is_sent),
      WITH_COMPANY(the_upload_size_cuts_the_edits),
      WITH_COMPANY(stats_come_when_asked_for),
      WITH_COMPANY(another_sync_type_fails_its_service),
      WITH_COMPANY(reconciliation_keeps_pending_edits_unless_it_is_off),
      WITH_COMPANY(a_kept_context_resumes_the_download),
      WITH_COMPANY(a_refused_context_starts_at_the_first_page_once),
      WITH_COMPANY(filters_are_sent_unchanged),
      WITH_COMPANY(each_filter_has_its_own_delta),
      WITH_COMPANY(query_params_are_on_their_own_requests),
      WITH_COMPANY(uploaded_rows_leave_when_asked),
      WITH_COMPANY(only_an_upload_only_sync_removes),
      WITH_COMPANY(unknown_options_change_nothing)};
  return cmocka_run_group_tests_name("engine/options", tests, NULL, NULL);
}
