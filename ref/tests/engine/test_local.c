/*
 * The local calls as an application makes them: each code of each call by what leads to it, reads beside a
 * running sync, and the calls that change the schema or forget (LOC-01..LOC-06, SET-01..SET-06, W-49..W-51).
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

/* Departments with people below them, a composite key, and every datatype that local calls check. */
static const char people[] =
    "{'opstatus':0,'timestamp':'t1','uploadCache':true,'namespaces':[{'name':'','objects':["
    "{'name':'Dept','key':['Id'],'fields':[{'name':'Id','datatype':'number'},{'name':'Title','datatype':'string'}],"
    "'relationships':[{'name':'staff','type':'OneToMany','target_object':'Person','source_fields':['Id'],"
    "'target_fields':['DeptId'],'cascade':true}]},"
    "{'name':'Person','key':['Id'],'fields':[{'name':'Id','datatype':'number','nullable':false,'auto_generated':true},"
    "{'name':'Name','datatype':'string','length':5,'nullable':false},{'name':'Pay','datatype':'number'},"
    "{'name':'Here','datatype':'boolean'},{'name':'DeptId','datatype':'number'}]}]},"
    "{'name':'x','objects':[{'name':'Pair','key':['A','B'],'fields':[{'name':'A','datatype':'string'},"
    "{'name':'B','datatype':'number'},{'name':'V','datatype':'string'}]}]}]}";

static void setup_people(struct company *company) {
  CLEANUP(free_text) char *metadata = look_text("%s", people);
  company_setup_with(company, metadata, company_note);
}

/* -- one function for every call ------------------------------------------------------------------------ */

enum call { CREATE, UPDATE, DELETE, GET, SNAPSHOT, SELECT, PENDING, MARK, ROLLBACK, CLEAR, DROP };

/* What it is called with; ' stands for ". `record` is the query of SELECT, the keys of ROLLBACK. */
struct made {
  enum call call;
  const char *target, *record, *options;
  enum vmx_scope_level level;
};

static int make(struct company *company, const struct made *made, char **out, struct base_error *err) {
  struct vmx_client *client = company->client;
  CLEANUP(free_text) char *record = made->record ? look_text("%s", made->record) : NULL;
  CLEANUP(free_text) char *options = made->options ? look_text("%s", made->options) : NULL;
  switch (made->call) {
  case CREATE: return vmx_create(client, made->target, record, options, out, err);
  case UPDATE: return vmx_update(client, made->target, record, options, err);
  case DELETE: return vmx_delete(client, made->target, record, options, err);
  case GET: return vmx_get(client, made->target, options, out, err);
  case SNAPSHOT: return vmx_snapshot(client, made->target, out, err);
  case SELECT: return vmx_execute_select_query(client, made->record, out, err);
  case PENDING: return vmx_get_pending_records(client, made->target, options, out, err);
  case MARK: return vmx_mark_for_upload(client, made->target, options, err);
  case ROLLBACK: return vmx_rollback(client, made->level, made->target, record, err);
  case CLEAR: return vmx_clear_offline_data(client, made->level, made->target, err);
  default: return vmx_drop(client, err);
  }
}

/* The code, in result and error alike; nothing is given out when it is not 0. */
static int code_of(struct company *company, const struct made *made) {
  struct base_error err = {0};
  CLEANUP(free_text) char *out = NULL;
  int code = make(company, made, &out, &err);
  assert_int_equal(err.code, code);
  if (code != 0) assert_null(out);
  if (code != 0) assert_true(err.text[0] != '\0');
  return code;
}

static void answers(struct company *company, const struct made *made, const char *wanted) {
  struct base_error err = {0};
  CLEANUP(free_text) char *out = NULL;
  if (make(company, made, &out, &err) != 0) fail_msg("%s", err.text);
  look_is(out, "", wanted);
}

static void does(struct company *company, enum call call, const char *target, const char *record,
                 const char *options) {
  const struct made made = {call, target, record, options, 0};
  int code = code_of(company, &made);
  if (code != 0) fail_msg("call %d of %s: %d", call, target ? target : "all", code);
}

/* Two departments, three people, a pair: all from the server, nothing pending. */
static void fill(struct company *company) {
  fake_say(&company->network, "GET http://f/Org", 200,
           "{'opstatus':0,'Objects':[{'name':'Dept','records':[{'Id':1,'Title':'R'},{'Id':2,'Title':'S'}]},"
           "{'name':'Person','records':[{'Id':1,'Name':'Ada','Pay':'9','Here':true,'DeptId':1},"
           "{'Id':2,'Name':'Bob','Pay':10,'Here':false,'DeptId':1},{'Id':3,'Name':'Eve','Pay':null,'Here':null,'DeptId':2}]},"
           "{'name':'x.Pair','records':[{'A':'a','B':1,'V':'v'}]}],'delta_context':{'objs':{'Person':{'delta':'d1'}}}}");
  assert_int_equal(company_sync_org(company, NULL), 0);
}

/* -- codes ------------------------------------------------------------------------------------------------ */

/* API-05, W-50: every call, before setup; and the names that it does not know. */
static void names_are_checked_before_anything_else(void **state) {
  struct company *company = *state;
  static const struct {
    struct made made;
    int without_setup, code;
  } calls[] = {{{CREATE, "", "{}", NULL, 0}, 2483, 2400},      {{CREATE, "Nobody", "{}", NULL, 0}, 2483, 2404},
               {{UPDATE, NULL, "{}", NULL, 0}, 2483, 2400},    {{UPDATE, "person", "{}", NULL, 0}, 2483, 2404},
               {{DELETE, "", NULL, NULL, 0}, 2483, 2400},      {{DELETE, "Nobody", NULL, NULL, 0}, 2483, 2404},
               {{GET, NULL, NULL, NULL, 0}, 2483, 2400},       {{GET, "Online", NULL, NULL, 0}, 2483, 2404},
               {{SNAPSHOT, "", NULL, NULL, 0}, 2483, 2400},    {{SNAPSHOT, "Pair", NULL, NULL, 0}, 2483, 0},
               {{SELECT, NULL, "SELECT 1", NULL, 0}, 2483, 0}, {{SELECT, NULL, "DELETE FROM Person", NULL, 0}, 2483, 2001},
               {{SELECT, NULL, NULL, NULL, 0}, 2483, 2001},    {{PENDING, "", NULL, NULL, 0}, 2483, 2400},
               {{PENDING, "Nobody", NULL, NULL, 0}, 2483, 2404}, {{MARK, NULL, NULL, NULL, 0}, 2483, 2400},
               {{MARK, "Nobody", NULL, NULL, 0}, 2483, 2404},
               {{ROLLBACK, NULL, NULL, NULL, VMX_SCOPE_APPLICATION}, 2483, 0},
               {{ROLLBACK, "", NULL, NULL, VMX_SCOPE_SERVICE}, 2483, 2401},
               {{ROLLBACK, "Nobody", NULL, NULL, VMX_SCOPE_SERVICE}, 2483, 2406},
               {{ROLLBACK, "Online", NULL, NULL, VMX_SCOPE_SERVICE}, 2483, 2406},
               {{ROLLBACK, NULL, NULL, NULL, VMX_SCOPE_OBJECT}, 2483, 2400},
               {{ROLLBACK, "Nobody", NULL, NULL, VMX_SCOPE_OBJECT}, 2483, 2404},
               {{ROLLBACK, NULL, "{}", NULL, VMX_SCOPE_APPLICATION}, 2483, 2304},
               {{ROLLBACK, ORG, "{'Id':1}", NULL, VMX_SCOPE_SERVICE}, 2483, 2304},
               {{CLEAR, NULL, NULL, NULL, VMX_SCOPE_APPLICATION}, 2483, 2304},
               {{CLEAR, "", NULL, NULL, VMX_SCOPE_SERVICE}, 2483, 2401},
               {{CLEAR, "Nobody", NULL, NULL, VMX_SCOPE_SERVICE}, 2483, 2406},
               {{CLEAR, NULL, NULL, NULL, VMX_SCOPE_OBJECT}, 2483, 2400},
               {{CLEAR, "Nobody", NULL, NULL, VMX_SCOPE_OBJECT}, 2483, 2404},
               {{DROP, NULL, NULL, NULL, 0}, 0, 0}};
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (code_of(company, &calls[i].made) != calls[i].without_setup) fail_msg("call %zu before setup", i);
  setup_people(company);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (code_of(company, &calls[i].made) != calls[i].code) fail_msg("call %zu", i);
}

/* LOC-05, W-50: what leads to each code; nothing changes, whatever it was. */
static void each_refusal_has_its_code_and_changes_nothing(void **state) {
  struct company *company = *state;
  static const struct {
    struct made made;
    int code;
  } calls[] = {{{CREATE, "Person", NULL, NULL, 0}, 2307},
               {{CREATE, "Person", "{}", NULL, 0}, 2307},
               {{CREATE, "Person", "{'Name':'Zoe'}", "[]", 0}, 2304},
               {{CREATE, "Person", "{'Name':'Zoe'}", "{'trackChanges':2}", 0}, 2304},
               {{CREATE, "Person", "{'Pay':1}", NULL, 0}, 2308},
               {{CREATE, "Person", "{'Id':9,'Name':'Zoe'}", NULL, 0}, 2309},
               {{CREATE, "Person", "{'Name':'Zoe','Wage':1}", NULL, 0}, 2310},
               {{CREATE, "Person", "{'Name':'longer'}", NULL, 0}, 2311},
               {{CREATE, "Person", "{'Name':'Zoe','Pay':'much'}", NULL, 0}, 2311}, /* C-5 */
               {{CREATE, "Person", "{'Name':'Zoe','Here':2}", NULL, 0}, 2311},
               {{CREATE, "Person", "{'Name':{}}", NULL, 0}, 2311},
               {{CREATE, "x.Pair", "{'A':'b'}", NULL, 0}, 2305},
               {{CREATE, "x.Pair", "{'A':'','B':1}", NULL, 0}, 2305},
               {{CREATE, "x.Pair", "{'A':'a','B':'1.0'}", NULL, 0}, 2300}, /* W-16 */
               {{UPDATE, "Person", "{'Id':9,'Name':'Zoe'}", NULL, 0}, 2301},
               {{UPDATE, "Person", "{'Name':'Zoe'}", "{'primaryKeys':{'Id':9}}", 0}, 2301},
               {{UPDATE, "Person", "{'Name':'Zoe'}", "{'whereCondition':{'Name':'ada'}}", 0}, 2301},
               {{UPDATE, "Person", "{'Id':7}", "{'primaryKeys':{'Id':1}}", 0}, 2303},
               {{UPDATE, "Person", "{'Name':'Zoe'}", "{'whereConditionAsAString':'1; 2'}", 0}, 2304},
               {{UPDATE, "Person", "{'Name':'Zoe'}", "{'whereConditionAsAString':'Wage = 1'}", 0}, 2304},
               {{UPDATE, "Person", "{'Name':'Zoe'}", NULL, 0}, 2305}, /* W-49: all rows need a whereCondition */
               {{UPDATE, "Person", "{'Name':'Zoe'}", "{'primaryKeys':{'Id':''}}", 0}, 2311},
               {{UPDATE, "Person", "{'Name':'Zoe'}", "{'primaryKeys':{}}", 0}, 2305},
               {{UPDATE, "Person", NULL, "{'primaryKeys':{'Id':1}}", 0}, 2307},
               {{UPDATE, "Person", "{'Name':null}", "{'whereCondition':{}}", 0}, 2308},
               {{UPDATE, "Person", "{'Wage':1}", "{'primaryKeys':{'Id':1}}", 0}, 2310},
               {{UPDATE, "Person", "{'Name':'Zoe'}", "{'whereCondition':{'Wage':1}}", 0}, 2310},
               {{UPDATE, "Person", "{'Pay':[]}", "{'primaryKeys':{'Id':1}}", 0}, 2311},
               {{DELETE, "Person", NULL, NULL, 0}, 2305},
               {{DELETE, "Person", NULL, "{'likeCondition':{'Name':'%'}}", 0}, 2305}, /* a get's alone */
               {{DELETE, "Person", "{'Id':9}", NULL, 0}, 2301},
               {{DELETE, "x.Pair", "{'A':'a'}", NULL, 0}, 2305},
               {{DELETE, "Person", "{'Wage':1}", NULL, 0}, 2310},
               {{DELETE, "Person", NULL, "{'primaryKeys':1}", 0}, 2304},
               {{GET, "Person", NULL, "{'orderByMap':{'Wage':'ASC'}}", 0}, 2306},
               {{GET, "Person", NULL, "{'orderByMap':{'Pay':'UP'}}", 0}, 2304},
               {{GET, "Person", NULL, "{'projectionColumns':['Wage']}", 0}, 2310},
               {{GET, "Person", NULL, "{'primaryKeys':{'Id':null}}", 0}, 2305},
               {{GET, "Person", NULL, "{'whereCondition':{'Pay':'x'}}", 0}, 2311},
               {{PENDING, "Person", NULL, "{'whereConditionAsAString':7}", 0}, 2304},
               {{PENDING, "Person", NULL, "{'primaryKeys':{'Wage':1}}", 0}, 2310},
               {{MARK, "Person", NULL, "7", 0}, 2304},
               {{MARK, "x.Pair", NULL, "{'primaryKeys':{'A':'a'}}", 0}, 2305},
               {{ROLLBACK, "Person", "{'Id':9}", NULL, VMX_SCOPE_OBJECT}, 2301},
               {{ROLLBACK, "Person", "[]", NULL, VMX_SCOPE_OBJECT}, 2304},
               {{ROLLBACK, "x.Pair", "{'A':'a'}", NULL, VMX_SCOPE_OBJECT}, 2305},
               {{ROLLBACK, "Person", "{'Wage':1}", NULL, VMX_SCOPE_OBJECT}, 2310},
               {{ROLLBACK, "Person", "{'Id':'x'}", NULL, VMX_SCOPE_OBJECT}, 2311},
               {{SELECT, NULL, "SELECT Wage FROM Person", NULL, 0}, 2001},
               {{SELECT, NULL, "SELECT * FROM vmx_log", NULL, 0}, 2001}};
  setup_people(company);
  fill(company);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    int code = code_of(company, &calls[i].made);
    if (code != calls[i].code) fail_msg("call %zu: %d, not %d", i, code, calls[i].code);
  }
  company_rows_are(company, "Person", "[{'Id':1,'Name':'Ada','Pay':9,'Here':1,'DeptId':1},{'Id':2,'Name':'Bob','Pay':10,"
                                      "'Here':0,'DeptId':1},{'Id':3,'Name':'Eve','Pay':null,'Here':null,'DeptId':2}]");
  company_rows_are(company, "x.Pair", "[{'A':'a','B':1,'V':'v'}]");
  company_pending_are(company, "Person", "[]");
  does(company, CREATE, "Person", "{'Name':'Zoe'}", NULL); /* nor was a key used up (W-16) */
  company_pending_are(company, "Person", "[{'Id':-1}]");
}

/* -- reads ------------------------------------------------------------------------------------------------- */

/* W-49: what a get and a query give, beside a running sync and its edits too. */
static void reads_are_answered_while_a_sync_runs(void **state) {
  struct company *company = *state;
  struct listener running = {0};
  const struct made get = {GET, "Person", NULL, "{'projectionColumns':['Name','Pay'],'orderByMap':[{'Pay':'DESC'}]}", 0};
  const struct made select = {SELECT, NULL, "SELECT Title, count(*) AS n FROM Person JOIN Dept ON DeptId = Dept.Id GROUP BY 1", NULL, 0};
  setup_people(company);
  fill(company);
  fake_hold(&company->network, "GET http://f/Org", COMPANY_NOTHING);
  company_start(company, &running, VMX_SCOPE_SERVICE, ORG, NULL);
  answers(company, &get, "[{'Name':'Bob','Pay':10},{'Name':'Ada','Pay':9},{'Name':'Eve','Pay':null}]");
  answers(company, &select, "[{'Title':'R','n':2},{'Title':'S','n':1}]");
  does(company, DELETE, "Dept", "{'Id':1}", NULL); /* LOC-06 */
  answers(company, &get, "[{'Name':'Eve','Pay':null}]");
  answers(company, &select, "[{'Title':'S','n':1}]");
  company_pending_are(company, "Person", "[{'Id':1},{'Id':2}]");
  fake_release(&company->network);
  company_run(company);
  assert_int_equal(listener_code(&running), 0);
  listener_reset(&running);
}

/* -- forgetting --------------------------------------------------------------------------------------------- */

static const struct made forgetting[] = {{ROLLBACK, NULL, NULL, NULL, VMX_SCOPE_APPLICATION},
                                         {ROLLBACK, ORG, NULL, NULL, VMX_SCOPE_SERVICE},
                                         {ROLLBACK, "Person", NULL, NULL, VMX_SCOPE_OBJECT},
                                         {ROLLBACK, "Person", "{'Id':-1}", NULL, VMX_SCOPE_OBJECT},
                                         {CLEAR, ORG, NULL, NULL, VMX_SCOPE_SERVICE},
                                         {CLEAR, "Person", NULL, NULL, VMX_SCOPE_OBJECT},
                                         {DROP, NULL, NULL, NULL, 0}};
enum { FORGETTING = sizeof forgetting / sizeof *forgetting };

/* LOC-03, W-51: at each level, while a sync of each level runs, and while a setup does: 2353, nothing changed. */
static void nothing_is_forgotten_while_a_sync_or_setup_runs(void **state) {
  struct company *company = *state;
  static const struct {
    enum vmx_scope_level level;
    const char *target;
  } syncs[] = {{VMX_SCOPE_APPLICATION, NULL}, {VMX_SCOPE_SERVICE, ORG}, {VMX_SCOPE_OBJECT, "Person"}};
  for (size_t s = 0; s < 4; s++) {
    struct listener running = {0};
    struct vmx_callbacks callbacks = listener_callbacks(&running);
    struct base_error err = {0};
    company_renew(company);
    setup_people(company);
    does(company, CREATE, "Person", "{'Name':'Zoe'}", "{'markForUpload':false}");
    fake_hold(&company->network, s < 3 ? "GET http://f/Org" : "meta/Org", "{\"opstatus\":0,\"Objects\":[],\"records\":[]}");
    if (s == 0) fake_expect(&company->network, "GET http://f/Sales", 200, COMPANY_NOTHING);
    if (s == 3) fake_expect(&company->network, "meta/Sales", 200, company_note);
    if (s < 3) company_start(company, &running, syncs[s].level, syncs[s].target, NULL);
    else assert_int_equal(vmx_incremental_setup(company->client, NULL, &callbacks, &err), 0);
    assert_int_equal(vmx_client_step(company->client, 0, NULL, 0, &err), 0);
    for (size_t i = 0; i < FORGETTING; i++)
      if (code_of(company, &forgetting[i]) != 2353) fail_msg("call %zu in sync %zu", i, s);
    answers(company, &(struct made){GET, "Person", NULL, "{'projectionColumns':['Name']}", 0}, "[{'Name':'Zoe'}]");
    fake_release(&company->network);
    company_run(company);
    assert_int_equal(running.successes + running.failures, 1);
    listener_reset(&running);
  }
}

/* LOC-03, LOC-04, SET-02: what is left of an edit, and what the next sync asks for and sends. */
static void what_is_forgotten_is_not_sent(void **state) {
  struct company *company = *state;
  static const struct {
    size_t call;
    bool fresh;       /* the next sync fetches everything: the delta is gone */
    const char *left; /* of people */
  } rows[] = {{0, false, "[{'Id':1},{'Id':2},{'Id':3}]"}, {1, false, "[{'Id':1},{'Id':2},{'Id':3}]"},
              {2, false, "[{'Id':1},{'Id':2},{'Id':3}]"}, {4, true, "[]"}, {5, true, "[]"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    company_renew(company);
    setup_people(company);
    fill(company);
    does(company, CREATE, "Person", "{'Name':'Zoe'}", NULL);
    does(company, DELETE, "Person", "{'Id':1}", NULL);
    does(company, UPDATE, "Person", "{'Name':'Rob'}", "{'primaryKeys':{'Id':2},'markForUpload':false}");
    assert_int_equal(code_of(company, &forgetting[rows[i].call]), 0);
    answers(company, &(struct made){GET, "Person", NULL, "{'projectionColumns':['Id']}", 0}, rows[i].left);
    company_pending_are(company, "Person", "[]");
    fake_expect(&company->network, "GET http://f/Org", 200, COMPANY_NOTHING);
    assert_int_equal(company_sync_org(company, NULL), 0);
    assert_int_equal(fake_count(&company->network, "UPLOAD"), 0);
    const char *body = fake_find(&company->network, "GET http://f/Org", 1)->body;
    assert_int_equal(strstr(body, "\"Person\":{\"delta\":") != NULL, !rows[i].fresh);
  }
}

/* -- setups -------------------------------------------------------------------------------------------------- */

static int run_setup(struct company *company,
                     int (*setup)(struct vmx_client *, const char *, const struct vmx_callbacks *, struct base_error *)) {
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  listener_reset(&company->listener);
  assert_int_equal(setup(company->client, NULL, &callbacks, &err), 0);
  company_run(company);
  return listener_code(&company->listener);
}

static void say_metadata(struct company *company, const char *organization) {
  fake_say(&company->network, "meta/Org", 200, "%s", organization);
  fake_expect(&company->network, "meta/Sales", 200, company_note);
}

/* SET-03: documented, an application may begin with it; SET-02: with a reset it may not. */
static void an_incremental_setup_may_be_the_first(void **state) {
  struct company *company = *state;
  assert_int_equal(run_setup(company, vmx_reset), 2483);
  assert_int_equal(company->network.request_count, 0);
  say_metadata(company, people);
  assert_int_equal(run_setup(company, vmx_incremental_setup), 0);
  fill(company);
  company_restart(company, VMX_API_JS);
  say_metadata(company, people);
  assert_int_equal(run_setup(company, vmx_incremental_setup), 0); /* and the first of a session */
  answers(company, &(struct made){GET, "x.Pair", NULL, NULL, 0}, "[{'A':'a','B':1,'V':'v'}]");
}

/* SET-03, W-9: what came and went, by the calls and by the next sync; a changed key is refused. */
static void an_incremental_setup_brings_what_changed(void **state) {
  struct company *company = *state;
#define PERSON(fields) "{'opstatus':0,'timestamp':'t2','namespaces':[{'name':'','objects':[{'name':'Person','key':['Id'],"   \
                       "'fields':[{'name':'Id','datatype':'number','nullable':false,'auto_generated':true}," fields "]}]}]}"
  setup_people(company);
  fill(company);
  does(company, UPDATE, "Person", "{'Id':1,'Pay':11,'Name':'Adele'}", NULL);
  does(company, UPDATE, "Dept", "{'Id':1,'Title':'X'}", NULL);
  say_metadata(company, PERSON("{'name':'Name','datatype':'string'},{'name':'Born','datatype':'date'}"));
  assert_int_equal(run_setup(company, vmx_incremental_setup), 0);
  company_rows_are(company, "Person", "[{'Id':1,'Name':'Adele','Born':null},{'Id':2,'Name':'Bob','Born':null},"
                                      "{'Id':3,'Name':'Eve','Born':null}]");
  company_pending_are(company, "Person", "[{'Id':1}]");
  assert_int_equal(code_of(company, &(struct made){GET, "Dept", NULL, NULL, 0}), 2404);
  assert_int_equal(code_of(company, &(struct made){UPDATE, "Person", "{'Id':1,'Pay':2}", NULL, 0}), 2310);
  say_metadata(company, "{'opstatus':0,'timestamp':'t3','namespaces':[{'name':'','objects':[{'name':'Person','key':['Name'],"
                        "'fields':[{'name':'Name','datatype':'string'}]}]}]}");
  assert_int_equal(run_setup(company, vmx_incremental_setup), 2339);
  company_pending_are(company, "Person", "[{'Id':1}]");
  fake_say(&company->network, "UPLOAD", 200, "{'opstatus':0,'_metadata':{},'objects':[{'name':'Person','records':[{'Id':1,"
           "'Name':'Adele','Born':null,'_metadata':{'rowId':1}}]}]}");
  fake_expect(&company->network, "GET http://f/Org", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync_org(company, NULL), 0);
  const struct fake_request *upload = fake_find(&company->network, "UPLOAD", 0);
  CLEANUP(free_text) char *records = look(upload->body, "records");
  look_is(records, "", "[{'Id':1,'Name':'Adele','_metadata':{'object':'Person','action':'update','rowId':1,'checksum':'',"
                       "'ignore_duplicate':'false'}}]");
  const char *body = fake_find(&company->network, "GET http://f/Org", 1)->body;
  assert_non_null(strstr(body, "\"delta\":\"d1\"")); /* the delta of what stayed */
}

/* SET-06, W-10, W-11, SET-04: each fault of the metadata by its code, in the service that has it; nothing is set up. */
static void each_fault_of_the_metadata_is_told_by_service(void **state) {
  struct company *company = *state;
#define OBJECTS(objects) "{'opstatus':0,'timestamp':'t','namespaces':[{'name':'','objects':[" objects "]}]}"
#define ITEM(key, fields, more) "{'name':'Item','key':[" key "],'fields':[" fields "]" more "}"
#define ID "{'name':'Id','datatype':'number'}"
  static const struct {
    const char *metadata, *code;
  } faults[] = {{"{'opstatus':0,'namespaces':[]}", "2341"},
                {"", "2342"},
                {"{'opstatus':0,'timestamp':'t'}", "2344"},
                {"{'opstatus':0,'timestamp':'t','namespaces':[{'name':''}]}", "2345"},
                {OBJECTS("{'name':'Item','key':['Id']}"), "2349"},
                {OBJECTS("{'name':'Item','fields':[" ID "]}"), "2356"},
                {OBJECTS(ITEM("'Id'", ID ",{'name':'','datatype':'string'}", "")), "2409"},
                {OBJECTS(ITEM("'Id'", ID, ",'relationships':[{'name':'r','type':'Cousin','target_object':'Item',"
                                          "'source_fields':['Id'],'target_fields':['Id']}]")), "2346"},
                {OBJECTS(ITEM("'Id'", ID, ",'relationships':[{'name':'r','type':'OneToMany','target_object':'Nobody',"
                                          "'source_fields':['Id'],'target_fields':['Id']}]")), "2338"},
                {OBJECTS(ITEM("'Id','Id'", ID, "")), "2339"},
                {"{'opstatus':8009,'errmsg':'no'}", "2038"},
                {"rubbish", "2037"}};
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    CLEANUP(free_text) char *metadata = look_text("%s", faults[i].metadata);
    fake_expect(&company->network, "meta/Org", 200, metadata);
    fake_expect(&company->network, "meta/Sales", 200, company_note);
    assert_int_equal(run_setup(company, vmx_setup), 2332);
    company_payload_is(company, "userInfo.failedObjectServices.Organization.code", faults[i].code);
    company_payload_is(company, "userInfo.successfulObjectServices.Sales", "{}");
    assert_int_equal(code_of(company, &(struct made){GET, "Note", NULL, NULL, 0}), 2483);
    fake_forget_answers(&company->network);
  }
  CLEANUP(free_text) char *note = look_text("%s", company_note);
  fake_expect(&company->network, "meta/Org", 200, note); /* SET-04 */
  fake_expect(&company->network, "meta/Sales", 200, note);
  assert_int_equal(run_setup(company, vmx_setup), 2330);
  company_told(company, "Note");
}

/* SET-02, W-44, C-7: a drop takes everything, the counters too; a reset keeps the structure. */
static void drop_and_reset_begin_anew(void **state) {
  struct company *company = *state;
  setup_people(company);
  fill(company);
  does(company, CREATE, "Person", "{'Name':'Zoe'}", NULL);
  fake_expect_outcome(&company->network, "UPLOAD", NET_TIMEOUT);
  assert_int_not_equal(company_sync_org(company, NULL), 0); /* an upload is cached now */
  say_metadata(company, people);
  assert_int_equal(run_setup(company, vmx_reset), 0);
  company_rows_are(company, "Person", "[]");
  company_pending_are(company, "Person", "[]");
  fake_expect(&company->network, "GET http://f/Org", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync_org(company, NULL), 0); /* no replay, and everything is asked for */
  assert_int_equal(fake_count(&company->network, "UPLOAD"), 1);
  does(company, CREATE, "Person", "{'Name':'Zoe'}", NULL);
  company_pending_are(company, "Person", "[{'Id':-2}]");
  does(company, DROP, NULL, NULL, NULL);
  assert_int_equal(code_of(company, &(struct made){GET, "Person", NULL, NULL, 0}), 2483);
  company_restart(company, VMX_API_JS);
  setup_people(company); /* over the network again */
  does(company, CREATE, "Person", "{'Name':'Zoe'}", NULL);
  company_pending_are(company, "Person", "[{'Id':-1}]");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_COMPANY(names_are_checked_before_anything_else),
      WITH_COMPANY(each_refusal_has_its_code_and_changes_nothing),
      WITH_COMPANY(reads_are_answered_while_a_sync_runs),
      WITH_COMPANY(nothing_is_forgotten_while_a_sync_or_setup_runs),
      WITH_COMPANY(what_is_forgotten_is_not_sent),
      WITH_COMPANY(an_incremental_setup_may_be_the_first),
      WITH_COMPANY(an_incremental_setup_brings_what_changed),
      WITH_COMPANY(each_fault_of_the_metadata_is_told_by_service),
      WITH_COMPANY(drop_and_reset_begin_anew)};
  return cmocka_run_group_tests_name("engine/local", tests, NULL, NULL);
}
