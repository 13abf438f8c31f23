/*
 * What becomes of single records: accepted, rejected, left out, partial, changed by the server; in
 * uploads and in pages. Rows, pending list and sync errors have to agree.
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
#include "model_server.h"

#define UPLOAD_ONLY "{'syncType':'uploadOnly'}"
#define EDITED "[{'EmpId':5,'Name':'Eva'},{'EmpId':6,'Name':'Fey'}]"

static const struct fake_request *upload(const struct company *company, size_t index) {
  return fake_find(&company->network, "UPLOAD", index);
}

/* Rows 5 and 6 are here with checksums s5 and s6. */
static void download_two(struct company *company) {
  fake_say(&company->network, "GET http://f/Org?", 200,
           LAST_PAGE(ROW("5", "Eve") "," ROW("6", "Fay"), "d1"));
  assert_int_equal(company_sync_org(company, "{'syncType':'downloadOnly'}"), 0);
}

/* Two edits are pending, rowIds 1 and 2. */
static void edit_two(struct company *company) {
  company_renew(company);
  company_setup(company, false);
  download_two(company);
  company_rename(company, 5, "Eva");
  company_rename(company, 6, "Fey");
}

/* -- batches ----------------------------------------------------------------------------------------- */

/* W-39's table. Of each batch: G stored, E an error opstatus, R refused for a stranger, T timed out. */
static const struct {
  const char *batches;
  int code;
  size_t sent;
  const char *pending;
} loops[] = {{"GGG", 0, 3, "[]"},
             {"EGG", 0, 3, "[{'EmpId':-1}]"},
             {"GEG", 0, 3, "[{'EmpId':-2}]"},
             {"GGE", 0, 3, "[{'EmpId':-3}]"},
             {"EEG", 0, 3, "[{'EmpId':-1},{'EmpId':-2}]"},
             {"EEE", 2038, 3, "[{'EmpId':-1},{'EmpId':-2},{'EmpId':-3}]"},
             {"GT", 2032, 2, "[{'EmpId':-2},{'EmpId':-3}]"},
             {"T", 2032, 1, "[{'EmpId':-1},{'EmpId':-2},{'EmpId':-3}]"},
             {"ET", 2032, 2, "[{'EmpId':-1},{'EmpId':-2},{'EmpId':-3}]"},
             {"GR", 2473, 2, "[{'EmpId':-2},{'EmpId':-3}]"},
             {"R", 2473, 1, "[{'EmpId':-1},{'EmpId':-2},{'EmpId':-3}]"}};

static void expect_batch(struct company *company, char batch, int number) {
  struct fake_network *network = &company->network;
  if (batch == 'G')
    fake_say(network, "UPLOAD", 200, SAYS("0", HIRED("%d", "-%d", "x", "%d")), 100 + number, number,
             number, number);
  else if (batch == 'E') fake_say(network, "UPLOAD", 200, "{'opstatus':8009,"
                     "'errmsg':'the server refused the request that held this record'}");
  else if (batch == 'R') fake_say(network, "UPLOAD", 200, SAYS("0", REJECTED("1", "99")));
  else fake_expect_outcome(network, "UPLOAD", NET_TIMEOUT);
}

/* UPL-11, UPL-15, W-39: 2038 alone lets the next batch go; without a batch that succeeded, or after
 * another error, nothing is downloaded and the sync fails. */
static void a_failed_batch_stops_the_loop_or_not(void **state) {
  struct company *company = *state;
  for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
    company_renew(company);
    company_setup(company, false);
    for (int n = 1; n <= 3; n++) company_hire(company, "x");
    for (int n = 0; loops[i].batches[n]; n++) expect_batch(company, loops[i].batches[n], n + 1);
    fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
    assert_int_equal(company_sync_org(company, "{'uploadBatchSize':1}"), loops[i].code);
    assert_int_equal(fake_count(&company->network, "UPLOAD"), loops[i].sent);
    assert_int_equal(fake_count(&company->network, "GET http://f/Org?"), loops[i].code == 0);
    company_pending_are(company, "Employee", loops[i].pending);
  }
}

/* UPL-07, CBK-05, W-39: the records of a batch that the server refused are told, each with its key;
 * those that the refusal speaks of with its words. */
static void the_records_of_a_refused_batch_are_told(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  for (int n = 1; n <= 4; n++) company_hire(company, "x");
  expect_batch(company, 'G', 1);
  expect_batch(company, 'E', 2);
  fake_say(&company->network, "UPLOAD", 200, SAYS("20006", REJECTED("-3", "3")));
  fake_expect(&company->network, "UPLOAD", 503, "");
  assert_int_equal(company_sync_org(company, "{'uploadBatchSize':1,'syncType':'uploadOnly'}"), 0);
  assert_int_equal(look_count(company->listener.last, "syncErrors.upload"), 3);
  company_payload_is(company, "syncErrors.upload.0",
                     "{'objectService':'Organization','object':'Employee','primaryKeys':{'EmpId':-2},"
                     "'opstatus':8009,"
                     "'errmsg':'the server refused the request that held this record'}");
  company_payload_is(company, "syncErrors.upload.1.primaryKeys", "{'EmpId':-3}");
  company_payload_is(company, "syncErrors.upload.1.errmsg", "'no such luck'");
  company_payload_is(company, "syncErrors.upload.2.opstatus", "2038");
}

/* -- rejected records ----------------------------------------------------------------------------------- */

/* UPL-07, CBK-05, CBK-06: the rejected record is told and pending with the user's values, its mate is
 * stored; the next sync sends it again. In each form of a rejection (W-35). */
static void a_rejected_record_stays_pending(void **state) {
  struct company *company = *state;
  static const char *const metadata[] = {"'opstatus':20006,'errmsg':'no such luck'",
                                         "'opstatus':'20006','errmsg':'no such luck'",
                                         "'errmsg':'no such luck'", "'opstatus':20006"};
  for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++) {
    edit_two(company);
    fake_say(&company->network, "UPLOAD", 200,
             SAYS("500100", RENAMED("5", "Eva", "1") ",{'EmpId':6,'_metadata':{'rowId':2,%s}}"),
             metadata[i]);
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
    company_payload_is(company, "syncErrors.download", "[]");
    assert_int_equal(look_count(company->listener.last, "syncErrors.upload"), 1);
    company_payload_is(company, "syncErrors.upload.0.objectService", "'Organization'");
    company_payload_is(company, "syncErrors.upload.0.object", "'Employee'");
    company_payload_is(company, "syncErrors.upload.0.primaryKeys", "{'EmpId':6}");
    company_payload_is(company, "syncErrors.upload.0.opstatus", i == 2 ? "2473" : "20006");
    if (i < 3) company_payload_is(company, "syncErrors.upload.0.errmsg", "'no such luck'");
    company_rows_are(company, "Employee", EDITED);
    company_pending_are(company, "Employee", "[{'EmpId':6}]");
    fake_say(&company->network, "UPLOAD", 200, SAYS("0", RENAMED("6", "Fey", "2")));
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
    assert_int_equal(look_count(upload(company, 1)->body, "records"), 1);
    look_is(upload(company, 1)->body, "records.0.Name", "'Fey'");
    company_payload_is(company, "syncErrors", NULL);
    company_pending_are(company, "Employee", "[]");
  }
}

/* UPL-07, W-37: a later edit of the row that was accepted in the same answer takes the rejected one
 * along; the other way round both stay. */
static void a_later_accepted_edit_takes_the_rejected_one_along(void **state) {
  struct company *company = *state;
  for (int later_fails = 0; later_fails < 2; later_fails++) {
    company_renew(company);
    company_setup(company, false);
    download_two(company);
    company_rename(company, 5, "Eva");
    company_rename(company, 5, "Ev");
    if (later_fails)
      fake_say(&company->network, "UPLOAD", 200, SAYS("500100", RENAMED("5", "Eva", "1") "," REJECTED("5", "2")));
    else
      fake_say(&company->network, "UPLOAD", 200, SAYS("500100", REJECTED("5", "1") "," RENAMED("5", "Ev", "2")));
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
    assert_int_equal(look_count(company->listener.last, "syncErrors.upload"), 1);
    company_rows_are(company, "Employee", "[{'EmpId':5,'Name':'Ev'},{'EmpId':6,'Name':'Fay'}]");
    company_pending_are(company, "Employee", later_fails ? "[{'EmpId':5}]" : "[]");
    if (!later_fails) continue;
    fake_say(&company->network, "UPLOAD", 200, SAYS("0", RENAMED("5", "Ev", "2")));
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
    assert_int_equal(look_count(upload(company, 1)->body, "records"), 1);
    look_is(upload(company, 1)->body, "records.0._metadata.checksum", "'c1'"); /* on the accepted one */
  }
}

/* CBK-06: uploadOnly, and the server said that all failed: failure with the sync errors; in each API. */
static void a_sync_whose_records_all_failed_fails(void **state) {
  struct company *company = *state;
  static const struct {
    enum vmx_api api;
    const char *errors;
  } places[] = {{VMX_API_JS, "syncErrors.upload"},
                {VMX_API_JAVA, "syncErrors.upload"},
                {VMX_API_OBJC, "userInfo.syncErrors.upload"}};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    edit_two(company);
    company_restart(company, places[i].api);
    company_setup_again(company);
    fake_say(&company->network, "UPLOAD", 200, SAYS("20006", REJECTED("5", "1") "," REJECTED("6", "2")));
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 2038);
    assert_int_equal(look_count(company->listener.last, places[i].errors), 2);
    company_rows_are(company, "Employee", EDITED);
    company_pending_are(company, "Employee", "[{'EmpId':5},{'EmpId':6}]");
  }
}

/* -- answers that break a rule ----------------------------------------------------------------------------- */

/* UPL-08, W-36: refused as a whole, or one record left out; no edit is lost, the next sync repairs. */
static void an_answer_that_breaks_a_rule_loses_no_edit(void **state) {
  struct company *company = *state;
  static const struct {
    const char *records, *pending;
    int code;
  } answers[] = {
      {RENAMED("5", "Eva", "1"), "[{'EmpId':6}]", 0},                          /* one is left out */
      {"", "[{'EmpId':5},{'EmpId':6}]", 0},                                     /* both are */
      {RENAMED("5", "Eva", "1") "," RENAMED("6", "Fey", "2") "," RENAMED("7", "Add", "3"),
       "[{'EmpId':5},{'EmpId':6}]", 2473},                                      /* one is added */
      {RENAMED("5", "Eva", "1") "," RENAMED("6", "Fey", "0"), "[{'EmpId':5},{'EmpId':6}]", 2473},
      {RENAMED("5", "Eva", "1") ",{'EmpId':6,'Name':'Fey','_metadata':{'opstatus':0}}",
       "[{'EmpId':5},{'EmpId':6}]", 2473},                                      /* without rowId */
      {RENAMED("5", "Eva", "1") ",{'EmpId':6,'Name':'Fey'}", "[{'EmpId':5},{'EmpId':6}]", 2473},
      {RENAMED("5", "Eva", "1") ",{'Name':'Fey','_metadata':{'rowId':2}}", "[{'EmpId':5},{'EmpId':6}]", 2484},
      {RENAMED("6", "Eva", "1") "," RENAMED("5", "Fey", "2"), "[{'EmpId':5},{'EmpId':6}]", 2473},
      {RENAMED("5", "Eva", "1") "," RENAMED("6", "old", "2") "," RENAMED("6", "Fey", "2"), "[]", 0}};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    edit_two(company);
    fake_say(&company->network, "UPLOAD", 200, SAYS("0", "%s"), answers[i].records);
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), answers[i].code);
    company_rows_are(company, "Employee", EDITED);
    company_pending_are(company, "Employee", answers[i].pending);
    if (i == 0) company_payload_is(company, "syncErrors.upload.0.opstatus", "2473");
    if (i > 1 && i < 8) fake_say(&company->network, "UPLOAD", 200, SAYS("0", RENAMED("5", "Eva", "1") "," RENAMED("6", "Fey", "2")));
    else if (i == 0) fake_say(&company->network, "UPLOAD", 200, SAYS("0", RENAMED("6", "Fey", "2")));
    else if (i == 1) continue;
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
    company_pending_are(company, "Employee", "[]");
  }
}

/* UPL-09, UPL-13, W-37: a partial record is refused and told, the row is the user's and pending, its
 * neighbour is stored, and the next full record heals it; of a create the generated key is adopted, so
 * that no second row is made. */
static void a_partial_record_of_an_upload_is_refused(void **state) {
  struct company *company = *state;
  for (int create = 0; create < 2; create++) {
    edit_two(company);
    if (create) company_hire(company, "Gil");
    fake_say(&company->network, "UPLOAD", 200,
             SAYS("0", RENAMED("5", "Eva", "1") ",%s"),
             create ? "{'EmpId':6,'Name':'Fey','_metadata':{'rowId':2}},"
                      "{'EmpId':101,'_EmpId':-1,'_metadata':{'action':'create','rowId':3}}"
                    : "{'EmpId':6,'_metadata':{'action':'update','rowId':2,'opstatus':0}}");
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
    assert_int_equal(look_count(company->listener.last, "syncErrors.upload"), 1);
    company_payload_is(company, "syncErrors.upload.0.opstatus", "2473");
    company_rows_are(company, "Employee",
                     create ? "[{'EmpId':5,'Name':'Eva'},{'EmpId':6,'Name':'Fey'},{'EmpId':101,'Name':'Gil'}]" : EDITED);
    company_pending_are(company, "Employee", create ? "[{'EmpId':101}]" : "[{'EmpId':6}]");
    if (create) fake_say(&company->network, "UPLOAD", 200, SAYS("0", RENAMED("101", "Gil", "3")));
    else fake_say(&company->network, "UPLOAD", 200, SAYS("0", RENAMED("6", "Fey", "2")));
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
    look_is(upload(company, 1)->body, "records.0._metadata.action", "'update'");
    look_is(upload(company, 1)->body, "records.0.Name", create ? "'Gil'" : "'Fey'");
    company_pending_are(company, "Employee", "[]");
  }
}

/* API-14: with the missing columns copied from the request the sync succeeds and the row is whole. */
static void an_answer_completed_from_the_request_is_stored(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_hire(company, "Ada");
  fake_say(&company->network, "UPLOAD", 200,
           SAYS("0", "{'EmpId':101,'Name':'Ada','_EmpId':-1,'more':{'x':[1]},'_metadata':{'rowId':1}}"));
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  company_rows_are(company, "Employee", "[{'EmpId':101,'Name':'Ada'}]");
  company_pending_are(company, "Employee", "[]");
}

/* -- what the server decided --------------------------------------------------------------------------------- */

enum edit { NAMED, FIRED };

/* CON-01, CON-02, W-40: what each policy's answer leaves here. The edit is of row 5; the next download
 * brings the server's row, if there is one, and nothing changes by it. */
static void the_servers_decision_becomes_the_local_row(void **state) {
  struct company *company = *state;
  static const struct {
    enum edit edit;
    const char *record, *row, *pending;
  } cases[] = {
      {NAMED, RENAMED("5", "Eva", "1"), "{'EmpId':5,'Name':'Eva'}", "[]"},       /* applied */
      {NAMED, RENAMED("5", "Theirs", "1"), "{'EmpId':5,'Name':'Theirs'}", "[]"}, /* kept */
      {NAMED, "{'EmpId':5,'_metadata':{'action':'delete','rowId':1}}", NULL, "[]"},
      {NAMED, HIRED("5", "5", "Eva", "1"), "{'EmpId':5,'Name':'Eva'}", "[]"},    /* created again */
      {NAMED, REJECTED("5", "1"), "{'EmpId':5,'Name':'Eva'}", "[{'EmpId':5}]"},
      {FIRED, "{'EmpId':5,'_metadata':{'action':'delete','rowId':1}}", NULL, "[]"},
      {FIRED, "{'EmpId':5,'_metadata':{'rowId':1}}", NULL, "[]"},
      {FIRED, RENAMED("5", "Theirs", "1"), "{'EmpId':5,'Name':'Theirs'}", "[]"}, /* it stays */
      {FIRED, REJECTED("5", "1"), NULL, "[{'EmpId':5}]"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    company_renew(company);
    company_setup(company, false);
    download_two(company);
    if (cases[i].edit == NAMED) company_rename(company, 5, "Eva");
    else company_fire(company, 5);
    fake_say(&company->network, "UPLOAD", 200, SAYS("0", "%s"), cases[i].record);
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
    CLEANUP(free_text) char *rows = look_text("[%s%s{'EmpId':6,'Name':'Fay'}]",
                                              cases[i].row ? cases[i].row : "", cases[i].row ? "," : "");
    company_rows_are(company, "Employee", rows);
    company_pending_are(company, "Employee", cases[i].pending);
  }
}

/* CON-02: a later edit lies over what the server decided about the first. */
static void a_later_edit_lies_over_the_servers_decision(void **state) {
  struct company *company = *state;
  struct listener running = {0};
  struct base_error err = {0};
  CLEANUP(free_text) char *answer = look_text(SAYS("0", RENAMED("5", "Theirs", "1")));
  company_setup(company, false);
  download_two(company);
  company_rename(company, 5, "Eva");
  fake_hold(&company->network, "UPLOAD", answer);
  company_start(company, &running, VMX_SCOPE_SERVICE, "Organization", UPLOAD_ONLY);
  company_rename(company, 5, "Ev");
  fake_release(&company->network);
  company_run(company);
  assert_int_equal(listener_code(&running), 0);
  company_rows_are(company, "Employee", "[{'EmpId':5,'Name':'Ev'},{'EmpId':6,'Name':'Fay'}]");
  company_pending_are(company, "Employee", "[{'EmpId':5}]");
  assert_int_equal(vmx_rollback(company->client, VMX_SCOPE_OBJECT, "Employee", NULL, &err), 0);
  company_rows_are(company, "Employee", "[{'EmpId':5,'Name':'Theirs'},{'EmpId':6,'Name':'Fay'}]");
  listener_reset(&running);
}

/* -- related rows --------------------------------------------------------------------------------------------- */

static void update_member(struct company *company, const char *record, const char *options) {
  CLEANUP(free_text) char *text = look_text("%s", record);
  struct base_error err = {0};
  if (vmx_update(company->client, "Member", text, options, &err) != 0) fail_msg("%s", err.text);
}

/* UPL-05, UPL-06, W-33, W-34: an update is folded into the row's entry, but not when it names a row that
 * is made behind that entry: the server could not know its temporary key. */
static void an_update_is_not_folded_before_the_row_it_names(void **state) {
  struct company *company = *state;
  static const char once[] = "{\"trackIntermediateUpdates\":false}";
  for (int later = 0; later < 2; later++) {
    struct model_server *server = model_new();
    model_init(server, 1);
    company_renew(company);
    company_setup_with(company, model_metadata, company_note);
    fake_serve(&company->network, model_answer, server);
    if (!later) company_create(company, "Team", "{'Name':'team'}");
    company_create(company, "Member", "{'Name':'a'}");
    if (later) company_create(company, "Team", "{'Name':'team'}");
    update_member(company, later ? "{'MemberId':-1,'Name':'b','TeamId':-2}" : "{'MemberId':-2,'Name':'b','TeamId':-1}", once);
    update_member(company, later ? "{'MemberId':-1,'Name':'c'}" : "{'MemberId':-2,'Name':'c'}", once);
    assert_int_equal(company_sync_org(company, "{'syncType':'uploadOnly','uploadBatchSize':1}"), 0);
    assert_int_equal(fake_count(&company->network, "UPLOAD"), later ? 3 : 2);
    assert_string_equal(server->problem, "");
    CLEANUP(free_text) char *rows = model_rows(server, MODEL_MEMBER);
    look_is(rows, "", later ? "[{'MemberId':101,'Name':'c','TeamId':102}]"
                            : "[{'MemberId':102,'Name':'c','TeamId':101}]");
    company_rows_are(company, "Member", rows);
    model_free(server);
  }
}

/* UPL-14, W-32: the whole row, nulls left out; a column that was emptied is left out too. */
static void a_record_carries_the_whole_row(void **state) {
  struct company *company = *state;
  company_setup_with(company, model_metadata, company_note);
  company_create(company, "Member", "{'Name':'a','TeamId':7}");
  update_member(company, "{'MemberId':-1,'Name':'b'}", NULL);
  update_member(company, "{'MemberId':-1,'TeamId':null}", NULL);
  fake_expect_outcome(&company->network, "UPLOAD", NET_TIMEOUT);
  assert_int_equal(company_sync_org(company, NULL), 2032);
  const char *body = upload(company, 0)->body;
  static const char *const names[] = {"'a'", "'b'", "'b'"}, *const teams[] = {"7", "7", NULL};
  for (size_t i = 0; i < 3; i++) {
    char path[60];
    snprintf(path, sizeof path, "records.%zu.Name", i);
    look_is(body, path, names[i]);
    snprintf(path, sizeof path, "records.%zu.TeamId", i);
    look_is(body, path, teams[i]);
  }
}

/* -- pages -------------------------------------------------------------------------------------------------- */

/* DNL-05, W-25: left out and told, its neighbours stored, the delta stays, the next full record heals;
 * of an unknown row, of a known one and of a pending one. */
static void a_partial_record_of_a_page_is_left_out(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  download_two(company);
  company_rename(company, 6, "Fey");
  fake_say(&company->network, "GET http://f/Org?", 200,
           LAST_PAGE(ROW("4", "Dan") ",{'EmpId':5,'_metadata':{'action':'update'}},{'EmpId':6},"
                     "{'EmpId':7}," ROW("8", "Hal"), "d2"));
  assert_int_equal(company_sync_org(company, "{'syncType':'downloadOnly'}"), 0);
  assert_int_equal(look_count(company->listener.last, "syncErrors.download"), 3);
  company_payload_is(company, "syncErrors.download.0.opstatus", "2474");
  company_payload_is(company, "syncErrors.download.0.object", "'Employee'");
  company_payload_is(company, "syncErrors.download.0.primaryKeys", NULL);
  company_rows_are(company, "Employee", "[{'EmpId':4,'Name':'Dan'},{'EmpId':5,'Name':'Eve'},"
                                        "{'EmpId':6,'Name':'Fey'},{'EmpId':8,'Name':'Hal'}]");
  company_pending_are(company, "Employee", "[{'EmpId':6}]");
  fake_say(&company->network, "GET http://f/Org?", 200, LAST_PAGE(ROW("5", "Eva") "," ROW("7", "Gil"), "d3"));
  assert_int_equal(company_sync_org(company, "{'syncType':'downloadOnly'}"), 0);
  look_is(fake_find(&company->network, "GET http://f/Org?", 2)->body,
          "delta_context.objs.Employee.delta", "'d1'"); /* it had not moved */
  company_rows_are(company, "Employee", "[{'EmpId':4,'Name':'Dan'},{'EmpId':5,'Name':'Eva'},"
                                        "{'EmpId':6,'Name':'Fey'},{'EmpId':7,'Name':'Gil'},"
                                        "{'EmpId':8,'Name':'Hal'}]");
}

/* DNL-06: a page with a fault behind its first records leaves none of them; the page before it stays. */
static void a_page_is_stored_whole_or_not_at_all(void **state) {
  struct company *company = *state;
  static const char *const faults[] = {"{'EmpId':[7],'Name':'x'}", "7",
                                       "{'EmpId':8,'Name':{}}"};
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    company_renew(company);
    company_setup(company, false);
    fake_say(&company->network, "GET http://f/Org?", 200, PAGE(ROW("5", "Eve"), "b1"));
    fake_say(&company->network, "GET http://f/Org?", 200, LAST_PAGE(ROW("6", "Fay") ",%s", "d1"), faults[i]);
    assert_int_equal(company_sync_org(company, NULL), 2474);
    company_rows_are(company, "Employee", "[{'EmpId':5,'Name':'Eve'}]");
  }
}

#define TWO(first, second)                                                                         \
  "{'opstatus':0,'Objects':[{'name':'Dept'," first ",'records':[]},{'name':'Employee'," second     \
  ",'records':[" ROW("5", "Eve") "]}],'delta_context':{'objs':{'Dept':{'delta':'p1'},"             \
  "'Employee':{'delta':'d1'}}}}"

/* DNL-09, CBK-05, W-21: the object that failed is told and keeps its delta, the other one is stored. */
static void an_object_that_fails_leaves_the_others_alone(void **state) {
  struct company *company = *state;
  company_setup_with(company, company_two_objects, company_note);
  fake_say(&company->network, "GET http://f/Org?", 200,
           TWO("'opstatus':8009,'errmsg':'closed'", "'opstatus':0"));
  fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync_org(company, NULL), 0);
  company_payload_is(company, "syncErrors.download",
                     "[{'objectService':'Organization','object':'Dept','opstatus':8009,'errmsg':'closed'}]");
  company_payload_is(company, "syncErrors.upload", "[]");
  company_rows_are(company, "Employee", "[{'EmpId':5,'Name':'Eve'}]");
  assert_int_equal(company_sync_org(company, NULL), 0);
  const char *body = fake_find(&company->network, "GET http://f/Org?", 1)->body;
  look_is(body, "delta_context.objs.Employee.delta", "'d1'");
  look_is(body, "delta_context.objs.Dept", NULL);
}

/* DNL-09: all objects failed: the sync says so in its sync errors. */
static void objects_that_all_fail_are_all_told(void **state) {
  struct company *company = *state;
  company_setup_with(company, company_two_objects, company_note);
  fake_say(&company->network, "GET http://f/Org?", 200, TWO("'opstatus':1", "'opstatus':2"));
  company_sync_org(company, NULL);
  assert_int_equal(look_count(company->listener.last, "syncErrors.download"), 2);
}

/* DNL-04, W-25: deletes of rows that are here, and of one that is not. */
static void deleted_records_leave(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  download_two(company);
  fake_say(&company->network, "GET http://f/Org?", 200,
           LAST_PAGE("{'EmpId':5,'_metadata':{'action':'delete'}},{'EmpId':99,'_metadata':{'action':'delete'}}", "d2"));
  assert_int_equal(company_sync_org(company, NULL), 0);
  company_rows_are(company, "Employee", "[{'EmpId':6,'Name':'Fay'}]");
}

#define ORDERS                                                                                     \
  "{\"opstatus\":0,\"timestamp\":\"t\",\"namespaces\":[{\"name\":\"\",\"objects\":["                   \
  "{\"name\":\"Order\",\"key\":[\"OrderId\"],\"fields\":[{\"name\":\"OrderId\",\"datatype\":\"number\","  \
  "\"nullable\":false,\"auto_generated\":true},{\"name\":\"Day\",\"datatype\":\"date\"}],"               \
  "\"relationships\":[{\"name\":\"items\",\"type\":\"OneToMany\",\"target_object\":\"Item\","           \
  "\"source_fields\":[\"OrderId\"],\"target_fields\":[\"OrderId\"]}]},"                              \
  "{\"name\":\"Item\",\"key\":[\"OrderId\",\"Line\"],\"fields\":[{\"name\":\"OrderId\",\"datatype\":"     \
  "\"number\",\"nullable\":false},{\"name\":\"Line\",\"datatype\":\"number\",\"nullable\":false},"         \
  "{\"name\":\"Count\",\"datatype\":\"number\"}]}]}]}"

/* UPL-06, W-34: a child whose own key holds its parent's generated one follows it, with its waiting edits. */
static void a_key_that_holds_the_parents_key_follows_it(void **state) {
  struct company *company = *state;
  company_setup_with(company, ORDERS, company_note);
  company_create(company, "Order", "{'Day':'2026-01-01'}");
  company_create(company, "Item", "{'OrderId':-1,'Line':1,'Count':2}");
  company_create(company, "Item", "{'OrderId':7,'Line':1,'Count':9}");
  company_create(company, "Item", "{'OrderId':-1,'Line':2}");
  struct base_error err = {0};
  assert_int_equal(vmx_delete(company->client, "Item", "{\"OrderId\":-1,\"Line\":2}", NULL, &err), 0);
  fake_say(&company->network, "UPLOAD", 200,
           "{'opstatus':0,'objects':[{'name':'Order','records':[{'OrderId':101,'_OrderId':-1,'Day':'2026-01-01',"
           "'_metadata':{'action':'create','rowId':1,'opstatus':0}}]}]}");
  fake_expect(&company->network, "UPLOAD", 500, "");
  assert_int_equal(company_sync_org(company, "{'uploadBatchSize':1,'syncType':'uploadOnly'}"), 2030);
  company_rows_are(company, "Order", "[{'OrderId':101,'Day':'2026-01-01'}]");
  company_rows_are(company, "Item", "[{'OrderId':7,'Line':1,'Count':9},{'OrderId':101,'Line':1,'Count':2}]");
  company_pending_are(company, "Item", "[{'OrderId':101,'Line':1},{'OrderId':7,'Line':1},{'OrderId':101,'Line':2}]");
  assert_non_null(strstr(fake_find(&company->network, "UPLOAD", 1)->body, "\"OrderId\":101"));
  /* The row that is gone again is known by its new key too: its edits are found under it. */
  assert_int_equal(vmx_rollback(company->client, VMX_SCOPE_OBJECT, "Item", "{\"OrderId\":101,\"Line\":2}", &err), 0);
  company_pending_are(company, "Item", "[{'OrderId':101,'Line':1},{'OrderId':7,'Line':1}]");

  fake_say(&company->network, "UPLOAD", 200,
           "{'opstatus':0,'objects':[{'name':'Item','records':["
           "{'OrderId':101,'Line':1,'Count':2,'_metadata':{'action':'create','rowId':2,'opstatus':0}},"
           "{'OrderId':7,'Line':1,'Count':9,'_metadata':{'action':'create','rowId':3,'opstatus':0}}]}]}");
  assert_int_equal(company_sync_org(company, "{'syncType':'uploadOnly'}"), 0);
  company_pending_are(company, "Item", "[]");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_COMPANY(a_failed_batch_stops_the_loop_or_not),
      WITH_COMPANY(the_records_of_a_refused_batch_are_told),
      WITH_COMPANY(a_rejected_record_stays_pending),
      WITH_COMPANY(a_later_accepted_edit_takes_the_rejected_one_along),
      WITH_COMPANY(a_sync_whose_records_all_failed_fails),
      WITH_COMPANY(an_answer_that_breaks_a_rule_loses_no_edit),
      WITH_COMPANY(a_partial_record_of_an_upload_is_refused),
      WITH_COMPANY(an_answer_completed_from_the_request_is_stored),
      WITH_COMPANY(the_servers_decision_becomes_the_local_row),
      WITH_COMPANY(a_later_edit_lies_over_the_servers_decision),
      WITH_COMPANY(an_update_is_not_folded_before_the_row_it_names),
      WITH_COMPANY(a_record_carries_the_whole_row),
      WITH_COMPANY(a_partial_record_of_a_page_is_left_out),
      WITH_COMPANY(a_page_is_stored_whole_or_not_at_all),
      WITH_COMPANY(an_object_that_fails_leaves_the_others_alone),
      WITH_COMPANY(objects_that_all_fail_are_all_told),
      WITH_COMPANY(deleted_records_leave),
      WITH_COMPANY(a_key_that_holds_the_parents_key_follows_it)};
  return cmocka_run_group_tests_name("engine/records", tests, NULL, NULL);
}
