/*
 * A hierarchical service from the call to the wire and back: one request for parent and children,
 * passes as part of the upload, what callbacks tell of them, errors of the hierarchy, replays, nested
 * downloads. Forests are core's test, contents the store's.
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
#define UPLOAD_ONLY "{'syncType':'uploadOnly'}"

/* ---- a service with Dept, its Emps, their Tasks ------------------------------------------------------ */

#define OBJECT(name, parent, relations, operations)                                                \
  "{'name':'" name "','key':['" name "Id'],'fields':[{'name':'" name                                \
  "Id','datatype':'number','nullable':false,'auto_generated':true},{'name':'Name','datatype':'string'}" parent \
  "],'relationships':[" relations "],'operations':{" operations "}}"
#define PARENT(name) ",{'name':'" name "Id','datatype':'number'}"
#define HAS(child, key) "{'name':'r','type':'OneToMany','target_object':'" child "','source_fields':['" key "'],'target_fields':['" key "']}"
#define TAKES(child)                                                                               \
  "'create':{'actions':[{'type':['create'],'supportedObjects':['" child "']}]},"                   \
  "'update':{'actions':[{'type':['update'],'supportedObjects':['" child "']}]},'get':{'$expand':'" child "'}"
#define METADATA(dept_relations, dept_operations)                                                  \
  "{'timestamp':'t1','uploadCache':true,'namespaces':[{'name':'','objects':["                      \
  OBJECT("Dept", "", dept_relations, dept_operations) ","                                          \
  OBJECT("Emp", PARENT("Dept"), HAS("Task", "EmpId"), TAKES("Task")) ","                           \
  OBJECT("Task", PARENT("Emp"), "", "") "]}]}"

/* A text with " for ', which lives as long as the program: the metadata is borrowed. */
static const char *quoted(const char *text) {
  static char *texts[8];
  static size_t count;
  assert_true(count < 8);
  return texts[count++] = look_text("%s", text);
}

static const char *metadata(void) {
  static const char *text;
  if (!text) text = quoted(METADATA(HAS("Emp", "DeptId"), TAKES("Emp")));
  return text;
}

static void setup(struct company *company) {
  company_renew(company);
  company_setup_with(company, metadata(), company_note);
}

static void update(struct company *company, const char *object, const char *record) {
  CLEANUP(free_text) char *text = look_text("%s", record);
  struct base_error err = {0};
  if (vmx_update(company->client, object, text, NULL, &err) != 0) fail_msg("%s", err.text);
}

static void delete_row(struct company *company, const char *object, const char *key) {
  CLEANUP(free_text) char *text = look_text("%s", key);
  struct base_error err = {0};
  if (vmx_delete(company->client, object, text, NULL, &err) != 0) fail_msg("%s", err.text);
}

/* Dept -1 with Emp -2 with Task -3. */
static void create_tree(struct company *company) {
  company_create(company, "Dept", "{'Name':'d'}");
  company_create(company, "Emp", "{'Name':'e','DeptId':-1}");
  company_create(company, "Task", "{'Name':'t','EmpId':-2}");
}

#define ANSWER(opstatus, groups) "{'opstatus':" opstatus ",'_metadata':{'recordCount':1},'objects':[" groups "]}"
#define GROUP(name, records) "{'name':'" name "','records':[" records "]}"
#define META(row_id) "'_metadata':{'rowId':" row_id ",'checksum':'c" row_id "','opstatus':0}"
#define DEPT(id, row_id) "'DeptId':" id ",'Name':'d'," META(row_id)
#define EMP(id, dept, row_id) "'EmpId':" id ",'Name':'e','DeptId':" dept "," META(row_id)
#define TASK(id, emp, row_id) "'TaskId':" id ",'Name':'t','EmpId':" emp "," META(row_id)
#define TREE ANSWER("0", GROUP("Dept", "{" DEPT("101", "1") ",'Emp':[{" EMP("102", "101", "2") ",'Task':[{" TASK("103", "102", "3") "}]}]}"))
#define TREE_ROWS_ARE(company)                                                                     \
  company_rows_are(company, "Dept", "[{'DeptId':101,'Name':'d'}]");                                \
  company_rows_are(company, "Emp", "[{'EmpId':102,'Name':'e','DeptId':101}]");                     \
  company_rows_are(company, "Task", "[{'TaskId':103,'Name':'t','EmpId':102}]")

static const struct fake_request *upload(const struct company *company, size_t index) {
  return fake_find(&company->network, "UPLOAD", index);
}

/* ---- requests ------------------------------------------------------------------------------------------ */

/* HIE-01, UPL-06: at service and application level one nested request, at object level flat ones. */
static void levels_nest_or_not(void **state) {
  struct company *company = *state;
  static const enum vmx_scope_level levels[] = {VMX_SCOPE_SERVICE, VMX_SCOPE_APPLICATION};
  for (size_t i = 0; i < 2; i++) {
    setup(company);
    create_tree(company);
    fake_say(&company->network, "UPLOAD http://f/Org", 200, TREE);
    assert_int_equal(company_sync(company, levels[i], i ? NULL : ORG,
                                  i ? "{'objectServicesOptions':{'Organization':" UPLOAD_ONLY ",'Sales':" UPLOAD_ONLY "}}" : UPLOAD_ONLY), 0);
    const char *body = upload(company, 0)->body;
    look_is(body, "records.0.Emp.0.Task.0.Name", "'t'");
    look_is(body, "records.0.Emp.0._metadata.object", "'Emp'");
    look_is(body, "echo", NULL);
    TREE_ROWS_ARE(company);
    company_pending_are(company, "Task", "[]");
  }
  setup(company);
  create_tree(company);
  fake_say(&company->network, "UPLOAD http://f/Org/objects/Dept", 200, ANSWER("0", GROUP("Dept", "{" DEPT("101", "1") "}")));
  assert_int_equal(company_sync(company, VMX_SCOPE_OBJECT, "Dept", UPLOAD_ONLY), 0);
  fake_say(&company->network, "UPLOAD http://f/Org/objects/Emp", 200, ANSWER("0", GROUP("Emp", "{" EMP("102", "101", "2") "}")));
  assert_int_equal(company_sync(company, VMX_SCOPE_OBJECT, "Emp", UPLOAD_ONLY), 0);
  for (size_t i = 0; i < 2; i++) {
    look_is(upload(company, i)->body, "echo", "[]");
    assert_int_equal(look_count(upload(company, i)->body, "records"), 1);
  }
  look_is(upload(company, 1)->body, "records.0.DeptId", "101");
}

/* HIE-02: carriers, passes and deletes in one sync; W-48. */
static void a_sync_takes_as_many_passes_as_it_needs(void **state) {
  struct company *company = *state;
  setup(company);
  create_tree(company);
  fake_say(&company->network, "UPLOAD", 200, TREE);
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  update(company, "Task", "{'TaskId':103,'Name':'t2'}");
  company_create(company, "Emp", "{'Name':'e','DeptId':101}");
  update(company, "Emp", "{'EmpId':-4,'Name':'e2'}");
  delete_row(company, "Task", "{'TaskId':103}");
  fake_say(&company->network, "UPLOAD", 200, ANSWER("0", GROUP("Dept", "{" DEPT("101", "-1") ",'Emp':[{" EMP("102", "101", "-1")
           ",'Task':[{" TASK("103", "102", "4") "}]},{" EMP("104", "101", "5") "}]}")));
  fake_say(&company->network, "UPLOAD", 200, ANSWER("0", GROUP("Dept", "{" DEPT("101", "-1") ",'Emp':[{" EMP("102", "101", "-1")
           ",'Task':[{'TaskId':103," META("7") "}]},{" EMP("104", "101", "6") "}]}")));
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  look_is(upload(company, 1)->body, "records.0._metadata.rowId", "-1");
  look_is(upload(company, 1)->body, "records.0._metadata.action", "'update'");
  look_is(upload(company, 1)->body, "records.0.Emp.0._metadata.rowId", "-1");
  look_is(upload(company, 1)->body, "records.0.Emp.0.Task.0._metadata.action", "'update'");
  look_is(upload(company, 1)->body, "records.0.Emp.1._metadata.action", "'create'");
  look_is(upload(company, 2)->body, "records.0.Emp.1.Task.0._metadata.action", "'delete'");
  look_is(upload(company, 2)->body, "records.0.Emp.0.EmpId", "104"); /* the key of the pass before */
  company_rows_are(company, "Task", "[]");
  company_payload_is(company, "syncErrors", NULL);
}

/* ---- what callbacks tell --------------------------------------------------------------------------------- */

/* PRG-07, CBK-07: passes are batches of the one upload; carriers are nobody's records. */
static void passes_are_part_of_the_upload(void **state) {
  struct company *company = *state;
  setup(company);
  create_tree(company);
  fake_say(&company->network, "UPLOAD", 200, TREE);
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  update(company, "Task", "{'TaskId':103,'Name':'t2'}");
  delete_row(company, "Task", "{'TaskId':103}");
  fake_say(&company->network, "UPLOAD", 200, ANSWER("0", GROUP("Task", "{" TASK("103", "102", "4") "}")));
  fake_say(&company->network, "UPLOAD", 200, ANSWER("0", GROUP("Task", "{'TaskId':103," META("5") "}")));
  assert_int_equal(company_sync_org(company, "{'syncType':'uploadOnly','getSyncStats':true}"), 0);
  assert_string_equal(company->listener.progress,
                      "Sync Started,Upload Started,Upload InProgress,Upload InProgress,Upload Ended,Sync Ended");
  company_payload_is(company, "syncStats.totalUploadedRecords", "2");
  assert_int_equal(look_count(company->listener.last, "syncStats.uploadStats"), 2);
  company_payload_is(company, "syncStats.uploadStats.0.numberOfRecords", "1");
  company_payload_is(company, "syncStats.uploadStats.1.batchNumber", "2");
  CLEANUP(free_text) char *events = listener_events(&company->listener);
  look_is(events, "2.totalRecordsToUpload", "2");
  look_is(events, "4.totalUploadedRecords", "2");
}

/* ---- errors -------------------------------------------------------------------------------------------------- */

/* HIE-03, W-47: 2466 and 2467 fail the setup, as the service's error inside 2332. */
static void a_bad_hierarchy_fails_the_setup(void **state) {
  struct company *company = *state;
  static const struct {
    const char *metadata, *code;
  } rows[] = {{METADATA(HAS("Emp", "DeptId"), TAKES("Task")), "2466"},
              {METADATA(HAS("Emp", "DeptId"), TAKES("Nobody")), "2466"},
              {METADATA("{'name':'r','type':'OneToMany','target_object':'Emp','source_fields':['DeptId','Name'],"
                        "'target_fields':['DeptId']}", TAKES("Emp")), "2467"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    company_renew(company);
    struct vmx_callbacks callbacks = company_callbacks(company);
    struct base_error err = {0};
    fake_say(&company->network, "GET http://f/meta/Org", 200, "%s", rows[i].metadata);
    fake_expect(&company->network, "GET http://f/meta/Sales", 200, company_note);
    assert_int_equal(vmx_setup(company->client, NULL, &callbacks, &err), 0);
    company_run(company);
    assert_int_equal(company_code(company), 2332);
    company_payload_is(company, "userInfo.failedObjectServices.Organization.code", rows[i].code);
    assert_int_equal(company_sync_org(company, NULL), 2483);
  }
}

/* HIE-03: an eleventh pass is 2469: what ten passes stored stays, nothing is downloaded, nothing lost. */
static void too_many_passes_fail_the_sync(void **state) {
  struct company *company = *state;
  setup(company);
  fake_say(&company->network, "GET http://f/Org?", 200,
           "{'opstatus':0,'Objects':[{'name':'Dept','records':[{'DeptId':101,'Name':'d'}]}]}");
  assert_int_equal(company_sync_org(company, "{'syncType':'downloadOnly'}"), 0);
  struct base_error err = {0};
  for (int i = 0; i < 6; i++) { /* untracked creates make room for one more delete */
    CLEANUP(free_text) char *created = NULL;
    update(company, "Dept", "{'DeptId':101,'Name':'d'}");
    delete_row(company, "Dept", "{'DeptId':101}");
    assert_int_equal(vmx_create(company->client, "Dept", "{\"DeptId\":101,\"Name\":\"d\"}", "{\"trackChanges\":false}", &created, &err), 0);
  }
  for (int i = 1; i <= 10; i++)
    fake_say(&company->network, "UPLOAD", 200, ANSWER("0", GROUP("Dept", "{'DeptId':101,'Name':'d','_metadata':{'rowId':%d}}")), i);
  assert_int_equal(company_sync_org(company, NULL), 2469);
  assert_int_equal(fake_count(&company->network, "UPLOAD"), 10);
  assert_int_equal(fake_count(&company->network, "GET http://f/Org?"), 1);
  company_pending_are(company, "Dept", "[{'DeptId':101}]");
  for (int i = 11; i <= 12; i++)
    fake_say(&company->network, "UPLOAD", 200, ANSWER("0", GROUP("Dept", "{'DeptId':101,'Name':'d','_metadata':{'rowId':%d}}")), i);
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  company_pending_are(company, "Dept", "[]");
}

/* HIE-03: two parent rows are 2468 before anything of the pass is sent. */
static void two_parents_fail_the_sync(void **state) {
  struct company *company = *state;
  company_renew(company);
  CLEANUP(free_text) char *text = look_text(
      "{'timestamp':'t','namespaces':[{'name':'','objects':["
      OBJECT("Dept", "", HAS("Emp", "DeptId"), TAKES("Emp")) "," OBJECT("Proj", "", HAS("Emp", "ProjId"), TAKES("Emp")) ","
      OBJECT("Emp", PARENT("Dept") PARENT("Proj"), "", "") "]}]}");
  company_setup_with(company, text, company_note);
  company_create(company, "Dept", "{'Name':'d'}");
  company_create(company, "Proj", "{'Name':'p'}");
  company_create(company, "Emp", "{'Name':'e','DeptId':-1,'ProjId':-2}");
  assert_int_equal(company_sync_org(company, NULL), 2468);
  assert_int_equal(fake_count(&company->network, "UPLOAD"), 0);
  company_pending_are(company, "Emp", "[{'EmpId':-3}]");
  update(company, "Emp", "{'EmpId':-3,'ProjId':null}"); /* the log's first entry still names both */
  assert_int_equal(company_sync_org(company, NULL), 2468);
}

/* W-39, UPL-15: a request that the server refuses does not stop the others of its pass, nor the next. */
static void a_refused_request_does_not_stop_the_others(void **state) {
  struct company *company = *state;
  setup(company);
  create_tree(company);
  company_create(company, "Dept", "{'Name':'d'}");
  fake_say(&company->network, "UPLOAD", 200, "{'opstatus':8009,'errmsg':'no'}");
  fake_say(&company->network, "UPLOAD", 200, ANSWER("0", GROUP("Dept", "{" DEPT("104", "4") "}")));
  assert_int_equal(company_sync_org(company, "{'syncType':'uploadOnly','uploadBatchSize':1}"), 0);
  assert_int_equal(look_count(company->listener.last, "syncErrors.upload"), 3);
  company_pending_are(company, "Dept", "[{'DeptId':-1}]");
  company_pending_are(company, "Task", "[{'TaskId':-3}]");
}

/* ---- single records ------------------------------------------------------------------------------------------ */

/* UPL-07..UPL-09, W-36..W-38 hold for nested records: what of the tree stays pending, and what is told. */
static void single_nested_records_have_their_ends(void **state) {
  struct company *company = *state;
  static const struct {
    const char *answer;
    int code;
    size_t errors;
    const char *dept, *emp, *task; /* pending */
  } rows[] = {
      {TREE, 0, 0, "[]", "[]", "[]"},
      {ANSWER("0", GROUP("Task", "{" TASK("103", "102", "3") "}") "," GROUP("Emp", "{" EMP("102", "101", "2") "}") ","
              GROUP("Dept", "{" DEPT("101", "1") "}")), 0, 0, "[]", "[]", "[]"}, /* flat, children first */
      {ANSWER("500100", GROUP("Dept", "{" DEPT("101", "1") ",'Emp':[{'EmpId':-2,'_metadata':{'rowId':2,'errmsg':'no'},"
              "'Task':[{'TaskId':-3,'_metadata':{'rowId':3,'opstatus':7}}]}]}")), 0, 2, "[]", "[{'EmpId':-2}]", "[{'TaskId':-3}]"},
      {ANSWER("0", GROUP("Dept", "{" DEPT("101", "1") "}")), 0, 2, "[]", "[{'EmpId':-2}]", "[{'TaskId':-3}]"}, /* left out */
      {ANSWER("0", GROUP("Dept", "{" DEPT("101", "1") ",'Emp':[{'EmpId':102," META("2") ",'Task':[{" TASK("103", "102", "3") "}]}]}")),
       0, 1, "[]", "[{'EmpId':102}]", "[]"}, /* partial */
      {ANSWER("0", GROUP("Dept", "{" DEPT("101", "1") ",'Emp':[{" EMP("102", "101", "9") "}]}")),
       2473, 0, "[{'DeptId':-1}]", "[{'EmpId':-2}]", "[{'TaskId':-3}]"},
      {ANSWER("0", GROUP("Dept", "{" DEPT("101", "1") ",'Emp':[{'Name':'e','DeptId':101," META("2") "}]}")),
       2484, 0, "[{'DeptId':-1}]", "[{'EmpId':-2}]", "[{'TaskId':-3}]"},
      {ANSWER("0", GROUP("Dept", "{" DEPT("101", "1") ",'Emp':[7]}")),
       2473, 0, "[{'DeptId':-1}]", "[{'EmpId':-2}]", "[{'TaskId':-3}]"},
      {ANSWER("0", GROUP("Dept", "{" DEPT("77", "-1") "},{" DEPT("101", "1") "}")), 2473, 0, "[{'DeptId':-1}]", "[{'EmpId':-2}]",
       "[{'TaskId':-3}]"}}; /* a carrier, and none was sent */
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    setup(company);
    create_tree(company);
    fake_say(&company->network, "UPLOAD", 200, "%s", rows[i].answer);
    assert_int_equal(company_sync_org(company, UPLOAD_ONLY), rows[i].code);
    assert_int_equal(look_count(company->listener.last, "syncErrors.upload"), rows[i].errors);
    company_pending_are(company, "Dept", rows[i].dept);
    company_pending_are(company, "Emp", rows[i].emp);
    company_pending_are(company, "Task", rows[i].task);
  }
}

/* UPL-07, W-33: a rejected parent keeps its children for the next sync, in whatever pass they would go. */
static void children_of_a_rejected_parent_go_with_the_next_sync(void **state) {
  struct company *company = *state;
  setup(company);
  create_tree(company);
  update(company, "Task", "{'TaskId':-3,'Name':'t2'}");
  fake_say(&company->network, "UPLOAD", 200, ANSWER("20006", GROUP("Dept", "{'DeptId':-1,'_metadata':{'rowId':1,'errmsg':'no'},"
           "'Emp':[{'EmpId':-2,'_metadata':{'rowId':2,'errmsg':'no'},'Task':[{'TaskId':-3,'_metadata':{'rowId':3,'errmsg':'no'}}]}]}")));
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 2038);
  assert_int_equal(fake_count(&company->network, "UPLOAD"), 1);
  fake_say(&company->network, "UPLOAD", 200, TREE);
  fake_say(&company->network, "UPLOAD", 200, ANSWER("0", GROUP("Task", "{" TASK("103", "102", "4") "}")));
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  look_is(upload(company, 1)->body, "records.0.Emp.0.Task.0._metadata.rowId", "3");
  look_is(upload(company, 2)->body, "records.0.Emp.0.Task.0.Name", "'t2'");
  TREE_ROWS_ARE(company);
}

/* UPL-12, W-34: a Dept's head is made in it, so neither can go whole before the other; each goes when the
 * key that it names is there. */
static void trees_that_need_each_other_go_in_two_passes(void **state) {
  struct company *company = *state;
  company_renew(company);
  CLEANUP(free_text) char *text = look_text(
      "{'timestamp':'t','namespaces':[{'name':'','objects':["
      OBJECT("Dept", ",{'name':'HeadId','datatype':'number'}", HAS("Emp", "DeptId") ",{'name':'h','type':'ManyToOne','target_object':'Emp',"
             "'source_fields':['HeadId'],'target_fields':['EmpId']}", TAKES("Emp")) ","
      OBJECT("Emp", PARENT("Dept") ",{'name':'BossId','datatype':'number'}", "{'name':'b','type':'ManyToOne','target_object':'Emp',"
             "'source_fields':['BossId'],'target_fields':['EmpId']}", "") "]}]}");
  company_setup_with(company, text, company_note);
  fake_say(&company->network, "GET http://f/Org?", 200,
           "{'opstatus':0,'Objects':[{'name':'Dept','records':[{'DeptId':101,'Name':'d','HeadId':null}]}]}");
  assert_int_equal(company_sync_org(company, "{'syncType':'downloadOnly'}"), 0);
  company_create(company, "Emp", "{'Name':'e','DeptId':101}");
  company_create(company, "Emp", "{'Name':'e','BossId':-1}");
  update(company, "Emp", "{'EmpId':-1,'Name':'e'}");
  update(company, "Dept", "{'DeptId':101,'HeadId':-2}");
  update(company, "Dept", "{'DeptId':101,'HeadId':null}"); /* not before the one that names the head */
#define STAFF(id, dept, boss, row_id) "{'EmpId':" id ",'Name':'e','DeptId':" dept ",'BossId':" boss "," META(row_id) "}"
  fake_say(&company->network, "UPLOAD", 200, ANSWER("0", GROUP("Emp", STAFF("102", "101", "null", "1") "," STAFF("103", "null", "102", "2"))));
  fake_say(&company->network, "UPLOAD", 200, ANSWER("0", GROUP("Dept", "{'DeptId':101,'Name':'d','HeadId':103," META("4")
           ",'Emp':[" STAFF("102", "101", "null", "3") "]},{'DeptId':101,'Name':'d','HeadId':null," META("5") "}")));
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  assert_int_equal(look_count(upload(company, 0)->body, "records"), 2);
  look_is(upload(company, 0)->body, "records.0.EmpId", "-1");
  look_is(upload(company, 0)->body, "records.1.EmpId", "-2");
  look_is(upload(company, 1)->body, "records.0.HeadId", "103");
  company_pending_are(company, "Dept", "[]");
  company_pending_are(company, "Emp", "[]");
}

/* W-33, W-48: what an answer of the pass makes wait takes its carrier along; W-34: the key goes first. */
static void a_carrier_of_nothing_does_not_travel(void **state) {
  struct company *company = *state;
  company_renew(company);
  CLEANUP(free_text) char *text = look_text(
      "{'timestamp':'t','namespaces':[{'name':'','objects':["
      OBJECT("Dept", "", HAS("Emp", "DeptId"), TAKES("Emp")) "," OBJECT("Proj", "", HAS("Emp", "ProjId"), "") ","
      OBJECT("Emp", PARENT("Dept") PARENT("Proj"), "", "") "]}]}");
  company_setup_with(company, text, company_note);
  fake_say(&company->network, "GET http://f/Org?", 200,
           "{'opstatus':0,'Objects':[{'name':'Dept','records':[{'DeptId':101,'Name':'d'}]}]}");
  assert_int_equal(company_sync_org(company, "{'syncType':'downloadOnly'}"), 0);
  company_create(company, "Proj", "{'Name':'p'}");
  company_create(company, "Emp", "{'Name':'e','DeptId':101,'ProjId':-1}");
  company_create(company, "Dept", "{'Name':'d'}");
  fake_say(&company->network, "UPLOAD", 200, ANSWER("20006", GROUP("Proj", "{'ProjId':-1,'_metadata':{'rowId':1,'errmsg':'no'}}")));
  fake_say(&company->network, "UPLOAD", 200, ANSWER("0", GROUP("Dept", "{" DEPT("102", "3") "}")));
  assert_int_equal(company_sync_org(company, "{'syncType':'uploadOnly','uploadBatchSize':1}"), 0);
  assert_int_equal(fake_count(&company->network, "UPLOAD"), 2);
  assert_int_equal(look_count(upload(company, 1)->body, "records"), 1);
  look_is(upload(company, 1)->body, "records.0._metadata.rowId", "3");
  company_pending_are(company, "Emp", "[{'EmpId':-2}]");
}

/* ---- the upload cache ------------------------------------------------------------------------------------------ */

/* The first two uploads are one request: its id and its bytes (W-42). */
static void it_was_sent_twice(const struct company *company) {
  assert_string_equal(upload(company, 1)->body, upload(company, 0)->body);
  CLEANUP(free_text) char *first = fake_header(upload(company, 0), "X-Voltmx-RequestCacheId");
  CLEANUP(free_text) char *second = fake_header(upload(company, 1), "X-Voltmx-RequestCacheId");
  assert_string_equal(first, second);
}

/* UPC-02, UPC-05, UPC-08, W-42: after a time-out and a restart the same id and bytes, then what is newer. */
static void a_nested_request_is_replayed_as_it_was(void **state) {
  struct company *company = *state;
  setup(company);
  create_tree(company);
  fake_expect_outcome(&company->network, "UPLOAD", NET_TIMEOUT);
  assert_int_equal(company_sync_org(company, NULL), 2032);
  company_restart(company, VMX_API_JS);
  company_setup_again(company);
  update(company, "Emp", "{'EmpId':-2,'Name':'e2'}");
  fake_say(&company->network, "UPLOAD", 200, TREE);
  fake_say(&company->network, "UPLOAD", 200, ANSWER("0", GROUP("Dept", "{" DEPT("101", "-1") ",'Emp':[{'EmpId':102,'Name':'e2','DeptId':101," META("4") "}]}")));
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  it_was_sent_twice(company);
  look_is(upload(company, 2)->body, "records.0.Emp.0.EmpId", "102");
  company_rows_are(company, "Emp", "[{'EmpId':102,'Name':'e2','DeptId':101}]");
  company_pending_are(company, "Emp", "[]");
}

/* C-11: a 401 executed nothing; the repetition is the same nested request under the same id. */
static void after_a_401_the_same_request_goes_again(void **state) {
  struct company *company = *state;
  setup(company);
  create_tree(company);
  fake_expect(&company->network, "UPLOAD", 401, "");
  fake_say(&company->network, "UPLOAD", 200, TREE);
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  it_was_sent_twice(company);
  TREE_ROWS_ARE(company);
}

/* W-9: a service that is flat since still replays what it sent nested. */
static void a_cached_nested_request_survives_a_change_of_the_service(void **state) {
  struct company *company = *state;
  setup(company);
  create_tree(company);
  fake_expect_outcome(&company->network, "UPLOAD", NET_TIMEOUT);
  assert_int_equal(company_sync_org(company, NULL), 2032);
  CLEANUP(free_text) char *flat = look_text(METADATA(HAS("Emp", "DeptId"), ""));
  char *where = strstr(flat, "\"t1\"");
  where[2] = '2';
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  for (int i = 0; i < 2; i++) { /* once to see that it moved, once to have it */
    fake_expect(&company->network, "GET http://f/meta/Org", 200, flat);
    fake_expect(&company->network, "GET http://f/meta/Sales", 200, company_note);
  }
  listener_reset(&company->listener);
  assert_int_equal(vmx_setup(company->client, "{\"incrementalSetup\":true}", &callbacks, &err), 0);
  company_run(company);
  assert_int_equal(listener_code(&company->listener), 0);
  fake_forget_answers(&company->network);
  fake_say(&company->network, "UPLOAD", 200, TREE);
  assert_int_equal(company_sync_org(company, UPLOAD_ONLY), 0);
  TREE_ROWS_ARE(company);
}

/* ---- downloads --------------------------------------------------------------------------------------------------- */

#define NESTED(records)                                                                            \
  "{'opstatus':0,'Objects':[{'name':'Dept','opstatus':0,'records':[" records "]}],"                \
  "'delta_context':{'objs':{'Dept':{'delta':'d1'},'Emp':{'delta':'e1'},'Task':{'delta':'t1'}}}}"

/* DNL-13: records nested to any depth go to their own objects and are counted (CBK-07); deletes too. */
static void nested_records_go_to_their_own_objects(void **state) {
  struct company *company = *state;
  setup(company);
  fake_say(&company->network, "GET http://f/Org?", 200,
           NESTED("{'DeptId':101,'Name':'d','Emp':[{'EmpId':102,'Name':'e','DeptId':101,'Task':["
                "{'TaskId':103,'Name':'t','EmpId':102}]},{'EmpId':104,'Name':'f','DeptId':101}]}"));
  assert_int_equal(company_sync_org(company, "{'syncType':'downloadOnly','getSyncStats':true}"), 0);
  assert_non_null(strstr(fake_find(&company->network, "GET http://f/Org?", 0)->body, "$expand=Emp"));
  company_payload_is(company, "syncStats.totalDownloadedRecords", "4");
  company_rows_are(company, "Emp", "[{'EmpId':102,'Name':'e','DeptId':101},{'EmpId':104,'Name':'f','DeptId':101}]");
  company_rows_are(company, "Task", "[{'TaskId':103,'Name':'t','EmpId':102}]");
  fake_say(&company->network, "GET http://f/Org?", 200,
           NESTED("{'DeptId':101,'Name':'d','Emp':[{'EmpId':104,'_metadata':{'action':'delete'}},{'EmpId':102,'Name':'e','DeptId':101,"
                "'Task':[{'TaskId':103,'_metadata':{'action':'delete'}}]}]}"));
  assert_int_equal(company_sync_org(company, "{'syncType':'downloadOnly'}"), 0);
  company_rows_are(company, "Emp", "[{'EmpId':102,'Name':'e','DeptId':101}]");
  company_rows_are(company, "Task", "[]");
}

/* DNL-05, DNL-13: a partial nested record is refused and told, its own object's delta does not move. */
static void a_partial_nested_record_is_refused(void **state) {
  struct company *company = *state;
  setup(company);
  fake_say(&company->network, "GET http://f/Org?", 200,
           NESTED("{'DeptId':101,'Name':'d','Emp':[{'EmpId':102,'DeptId':101,'Task':[{'TaskId':103,'Name':'t','EmpId':102}]}]}"));
  assert_int_equal(company_sync_org(company, "{'syncType':'downloadOnly'}"), 0);
  company_payload_is(company, "syncErrors.download.0.object", "'Emp'");
  company_payload_is(company, "syncErrors.download.0.opstatus", "2474");
  company_rows_are(company, "Emp", "[]");
  company_rows_are(company, "Task", "[{'TaskId':103,'Name':'t','EmpId':102}]");
  fake_say(&company->network, "GET http://f/Org?", 200, NESTED(""));
  assert_int_equal(company_sync_org(company, "{'syncType':'downloadOnly'}"), 0);
  const char *body = fake_find(&company->network, "GET http://f/Org?", 1)->body;
  look_is(body, "delta_context.objs.Dept.delta", "'d1'");
  look_is(body, "delta_context.objs.Emp.delta", NULL);
  look_is(body, "delta_context.objs.Task.delta", "'t1'");
}

int main(void) {
  const struct CMUnitTest tests[] = {WITH_COMPANY(levels_nest_or_not),
                                     WITH_COMPANY(a_sync_takes_as_many_passes_as_it_needs),
                                     WITH_COMPANY(passes_are_part_of_the_upload),
                                     WITH_COMPANY(a_bad_hierarchy_fails_the_setup),
                                     WITH_COMPANY(too_many_passes_fail_the_sync),
                                     WITH_COMPANY(two_parents_fail_the_sync),
                                     WITH_COMPANY(a_refused_request_does_not_stop_the_others),
                                     WITH_COMPANY(single_nested_records_have_their_ends),
                                     WITH_COMPANY(children_of_a_rejected_parent_go_with_the_next_sync),
                                     WITH_COMPANY(trees_that_need_each_other_go_in_two_passes),
                                     WITH_COMPANY(a_carrier_of_nothing_does_not_travel),
                                     WITH_COMPANY(a_nested_request_is_replayed_as_it_was),
                                     WITH_COMPANY(after_a_401_the_same_request_goes_again),
                                     WITH_COMPANY(a_cached_nested_request_survives_a_change_of_the_service),
                                     WITH_COMPANY(nested_records_go_to_their_own_objects),
                                     WITH_COMPANY(a_partial_nested_record_is_refused)};
  return cmocka_run_group_tests_name("engine/hierarchy", tests, NULL, NULL);
}
