/*
 * Torture: opening, setup, an edit, a sync and a cancel, with the nth allocation failing for each n, once alone and once
 * with all that follow. Each ends in success or in an error, never in a crash or a leak; afterwards,
 * with memory again, one sync brings everything to where it belongs, and the server was given each
 * edit once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocator.h"
#include "base/cleanup.h"
#include "scene.h"

enum { NTH_MAX = 100000 }; /* far more than a sync needs: a loop that does not end is a failure */

static const char accepted[] =
    "{\"opstatus\":0,\"_metadata\":{\"recordCount\":2,\"successCount\":1,\"failureCount\":1},"
    "\"objects\":[{\"name\":\"Employee\",\"records\":[{\"EmpId\":101,\"_EmpId\":-1,\"Name\":\"Ada\","
    "\"_metadata\":{\"action\":\"create\",\"rowId\":1,\"checksum\":\"a1\",\"opstatus\":0}},"
    "{\"EmpId\":102,\"_EmpId\":-2,\"Name\":\"Bob\",\"_metadata\":{\"action\":\"create\",\"rowId\":2,"
    "\"checksum\":\"a2\",\"intermediateErrors\":[\"so so\"]}}]}]}";

static const char page_first[] =
    "{\"opstatus\":0,\"Objects\":[{\"name\":\"Employee\",\"errmsg\":\"fine\",\"opstatus\":0,\"records\":[{\"EmpId\":5,"
    "\"Name\":\"E\\u0076e\",\"_metadata\":{\"action\":\"create\",\"checksum\":\"c\"}},{\"EmpId\":9}]}],"
    "\"delta_context\":{\"objs\":{\"Employee\":{\"bc\":\"b1\"}}},\"hasMoreRecords\":\"true\"}";

static const char page_last[] =
    "{\"opstatus\":0,\"Objects\":[{\"records\":[{\"EmpId\":6,"
    "\"Name\":\"Fay\",\"_metadata\":{\"action\":\"create\",\"checksum\":\"d\"}}],\"name\":\"Employee\"}],"
    "\"delta_context\":{\"objs\":{\"Employee\":{\"delta\":\"d1\"}}}}";

static const char options[] =
    "{\"getSyncStats\":\"true\",\"preserveBatchContext\":true,\"uploadRequestQueryParams\":{\"a\":\"b c\"},"
    "\"filter\":{\"Employee\":\"EmpId gt 1\"}}";

/* -- the world: a fake network whose own work never fails ------------------------------------------ */

static struct net_transport_ops fake_ops;

static int submit(void *self, const struct net_request *request, uint64_t *id,
                  struct base_error *err) {
  allocator_pause();
  int code = fake_ops.submit(self, request, id, err);
  allocator_resume();
  return code;
}

struct ends {
  int successes, failures;
};

static void on_success(void *user, const char *payload) {
  ((struct ends *)user)->successes++;
  assert_non_null(payload);
}

static void on_failure(void *user, const char *payload) {
  ((struct ends *)user)->failures++;
  assert_non_null(strstr(payload, "\"code\":")); /* CBK-04 */
}

static void on_progress(void *user, const char *payload) {
  assert_int_equal(((struct ends *)user)->successes + ((struct ends *)user)->failures, 0);
  assert_non_null(payload);
}

static struct vmx_callbacks callbacks_of(struct ends *ends) {
  return (struct vmx_callbacks){on_success, on_failure, on_progress, ends};
}

/* Drive what `code` says was started to its one end (API-03). */
static bool finish(struct company *company, const struct ends *ends, int code) {
  struct base_error err = {0};
  if (code != 0) {
    assert_int_equal(ends->successes + ends->failures, 0); /* refused at the call */
    return false;
  }
  assert_int_equal(vmx_client_run(company->client, &err), 0);
  assert_int_equal(ends->successes + ends->failures, 1);
  return ends->successes == 1;
}

static bool setup(struct company *company) {
  struct ends ends = {0};
  struct base_error err = {0};
  const struct vmx_callbacks callbacks = callbacks_of(&ends);
  return finish(company, &ends, vmx_setup(company->client, NULL, &callbacks, &err));
}

static bool sync_all(struct company *company) {
  struct ends ends = {0};
  struct base_error err = {0};
  const struct vmx_callbacks callbacks = callbacks_of(&ends);
  return finish(company, &ends, vmx_start_sync(company->client, VMX_SCOPE_SERVICE, "Organization",
                                               options, &callbacks, &err));
}

/* Takes the place of the transport that the company was opened with. */
static void guard_network(struct company *company) {
  static struct net_transport_ops guarded;
  struct net_transport *transport = &company->client->environment.transport;
  if (transport->ops == &guarded) return;
  fake_ops = guarded = *transport->ops;
  guarded.submit = submit;
  transport->ops = &guarded;
}

static struct company *begin(struct scene *scene) {
  struct company *company = scene_open(scene);
  guard_network(company);
  return company;
}

static void rows_are(struct company *company, const char *wanted) {
  CLEANUP(free_text) char *rows = NULL;
  struct base_error err = {0};
  assert_int_equal(vmx_snapshot(company->client, "Employee", &rows, &err), 0);
  assert_string_equal(rows, wanted);
}

static void pending_are(struct company *company, const char *wanted) {
  CLEANUP(free_text) char *pending = NULL;
  struct base_error err = {0};
  assert_int_equal(vmx_get_pending_records(company->client, "Employee", NULL, &pending, &err), 0);
  assert_string_equal(pending, wanted);
}

/* -- what is tortured: each gives whether something failed ----------------------------------------- */

typedef bool torture(struct scene *scene, size_t nth, bool all);

static void torture_each(torture *once, void (*prepare)(struct company *company)) {
  struct scene scene = {.prepare = prepare};
  for (int all = 0; all < 2; all++) {
    size_t nth = 1;
    while (once(&scene, nth, all != 0)) assert_true(++nth < NTH_MAX);
    assert_true(nth > 10); /* it did allocate */
  }
  scene_close(&scene);
}

static bool an_open(struct scene *scene, size_t nth, bool all) {
  struct company *company = begin(scene);
  struct base_error err;
  vmx_client_close(company->client);
  allocator_arm(nth, all);
  int code = company_try_open(company, VMX_API_JS, VMX_CHANNEL_ANDROID, &err);
  bool failed = allocator_disarm();
  assert_true(code == 0 || (failed && err.code == code));
  assert_int_equal(code == 0, company->client != NULL);
  if (code != 0) company_reopen(company);
  return failed;
}

static bool a_setup(struct scene *scene, size_t nth, bool all) {
  struct company *company = begin(scene);
  for (int i = 0; i < 3; i++) {
    fake_expect(&company->network, "GET http://f/meta/Sales", 200, company_note);
    fake_expect(&company->network, "GET http://f/meta/Org", 200, company_employee);
  }
  allocator_arm(nth, all);
  bool good = setup(company);
  bool failed = allocator_disarm();
  assert_true(good || failed);
  if (scene_is_known(scene)) return failed;
  assert_true(setup(company));
  rows_are(company, "[]");
  return failed;
}

static void set_up(struct company *company) { company_setup(company, true); }

static bool an_edit(struct scene *scene, size_t nth, bool all) {
  struct company *company = begin(scene);
  struct base_error err = {0};
  CLEANUP(free_text) char *created = NULL;
  company_setup_again(company);
  allocator_arm(nth, all);
  int code = vmx_create(company->client, "Employee", "{\"Name\":\"A\\u0064a\"}", NULL, &created, &err);
  bool failed = allocator_disarm();
  assert_true(code == 0 || (failed && err.code == code));
  assert_int_equal(code == 0, created != NULL);
  bool there = code == 0;
  rows_are(company, there ? "[{\"EmpId\":-1,\"Name\":\"Ada\"}]" : "[]"); /* W-50 */
  pending_are(company, there ? "{\"pendingSyncRecords\":[{\"EmpId\":-1}]}" : "{\"pendingSyncRecords\":[]}");
  return failed;
}

/* UPC-04: every upload carried the id of the first one that the server has answered. */
static void one_id_was_used(const struct company *company) {
  CLEANUP(free_text) char *answered = NULL;
  for (size_t i = 0; i < company->network.request_count; i++) {
    const struct fake_request *request = fake_request(&company->network, i);
    if (strncmp(request->line, "UPLOAD", 6) != 0) continue;
    CLEANUP(free_text) char *id = fake_header(request, "X-Voltmx-RequestCacheId");
    assert_non_null(id);
    if (answered) assert_string_equal(id, answered);
    else answered = strdup(id);
  }
  assert_non_null(answered);
}

static void expect_sync(struct company *company) {
  fake_forget_answers(&company->network); /* whatever an earlier sync did not ask for */
  fake_expect(&company->network, "UPLOAD http://f/Org?a=b%20c", 200, accepted);
  fake_expect(&company->network, "GET http://f/Org?", 200, page_first);
  fake_expect(&company->network, "GET http://f/Org?", 200, page_last);
}

static void hire_two(struct company *company) {
  company_setup(company, true);
  company_hire(company, "Ada");
  company_hire(company, "Bob");
}

static bool a_sync(struct scene *scene, size_t nth, bool all) {
  struct company *company = begin(scene);
  company_setup_again(company);
  expect_sync(company);
  allocator_arm(nth, all);
  bool good = sync_all(company);
  bool failed = allocator_disarm();
  assert_true(good || failed);
  if (scene_is_known(scene)) return failed;
  assert_true(setup(company));
  expect_sync(company);
  assert_true(sync_all(company));
  rows_are(company, "[{\"EmpId\":5,\"Name\":\"Eve\"},{\"EmpId\":6,\"Name\":\"Fay\"},"
                    "{\"EmpId\":101,\"Name\":\"Ada\"},{\"EmpId\":102,\"Name\":\"Bob\"}]");
  pending_are(company, "{\"pendingSyncRecords\":[]}"); /* UPL-12 */
  one_id_was_used(company);
  return failed;
}

/* Asks for a cancel that is decided with the memory that is left: refused at the call, or told once (API-03). */
static int cancel(struct company *company, const char *target, struct ends *ends) {
  const struct vmx_callbacks callbacks = callbacks_of(ends);
  struct base_error err = {0};
  int code = vmx_cancel_sync(company->client, VMX_SCOPE_SERVICE, target, &callbacks, &err);
  assert_int_equal(err.code, code);
  return code;
}

static bool a_cancel(struct scene *scene, size_t nth, bool all) {
  struct company *company = begin(scene);
  struct ends sync = {0}, meant = {0}, astray = {0};
  struct base_error err = {0};
  const struct vmx_callbacks callbacks = callbacks_of(&sync);
  company_setup_again(company);
  fake_hold(&company->network, "GET http://f/Org?", page_first);
  assert_int_equal(vmx_start_sync(company->client, VMX_SCOPE_SERVICE, "Organization", NULL, &callbacks, &err), 0);
  assert_int_equal(vmx_client_step(company->client, 0, NULL, 0, &err), 0);
  allocator_arm(nth, all);
  int code = cancel(company, "Organization", &meant), other = cancel(company, "Sales", &astray);
  assert_int_equal(vmx_client_step(company->client, 0, NULL, 0, &err), 0);
  bool failed = allocator_disarm();
  assert_int_equal(meant.successes, code == 0);
  assert_int_equal(meant.failures, 0);
  assert_int_equal(astray.successes, 0);
  assert_int_equal(astray.failures, other == 0);
  assert_true((code == 0 && other == 0) || failed);
  vmx_client_close(company->client); /* the sync goes with it, untold */
  company->client = NULL;
  assert_int_equal(sync.successes + sync.failures, 0);
  return failed;
}

/* -- a hierarchical service: Team 7 is carried, a Team and its Member are created, a pass later changed; a
 * Label names Team 8, which is deleted, by its code --- */

#define FIELD(name, generated) "{\"name\":\"" name "\",\"datatype\":\"number\",\"auto_generated\":" generated "}"
#define TAKES(action) "\"" action "\":{\"actions\":[{\"supportedObjects\":[\"Member\",\"Label\"]}]}"
#define HAS(child, key) "{\"name\":\"r\",\"type\":\"OneToMany\",\"target_object\":\"" child "\",\"source_fields\":[\"" key "\"],\"target_fields\":[\"" key "\"]}"
static const char hierarchy[] =
    "{\"opstatus\":0,\"timestamp\":\"t1\",\"uploadCache\":true,\"namespaces\":[{\"name\":\"\",\"objects\":["
    "{\"name\":\"Team\",\"key\":[\"TeamId\"],\"fields\":[" FIELD("TeamId", "true") ",{\"name\":\"Name\"}," FIELD("Code", "false") "],"
    "\"relationships\":[" HAS("Member", "TeamId") "," HAS("Label", "Code") "],\"operations\":{" TAKES("create") "," TAKES("update") "}},"
    "{\"name\":\"Member\",\"key\":[\"MemberId\"],\"fields\":[" FIELD("MemberId", "true") "," FIELD("TeamId", "false") "]},"
    "{\"name\":\"Label\",\"key\":[\"LabelId\"],\"fields\":[" FIELD("LabelId", "true") "," FIELD("Code", "false") "]}]}]}";

#define STORED(columns, row_id) "{" columns ",\"_metadata\":{\"rowId\":" row_id ",\"checksum\":\"c\"}"
#define TEAM(id, name, row_id) STORED("\"TeamId\":" id ",\"Name\":\"" name "\",\"Code\":null", row_id)
#define MEMBER(id, team, row_id) STORED("\"MemberId\":" id ",\"TeamId\":" team, row_id) "}"
#define NESTED(teams) "{\"opstatus\":0,\"_metadata\":{},\"objects\":[{\"name\":\"Team\",\"records\":[" teams "]}]}"
static const char first_pass[] =
    NESTED(TEAM("101", "new", "1") ",\"Member\":[" MEMBER("102", "101", "2") "]}," TEAM("7", "old", "-1") ",\"Member\":["
           MEMBER("103", "7", "3") "]}," STORED("\"TeamId\":8", "5") "}," STORED("\"LabelId\":104,\"Code\":4", "6") "}");
static const char second_pass[] = NESTED(TEAM("7", "old", "-1") ",\"Member\":[" MEMBER("102", "7", "4") "]}");
static const char nested_page[] =
    "{\"opstatus\":0,\"Objects\":[{\"name\":\"Team\",\"records\":[{\"TeamId\":7,\"Name\":\"old\",\"Code\":null,\"Member\":[]},"
    "{\"TeamId\":8,\"Name\":\"gone\",\"Code\":4}]}]}";

static bool sync_plainly(struct company *company, const char *sync_options) {
  struct ends ends = {0};
  struct base_error err = {0};
  const struct vmx_callbacks callbacks = callbacks_of(&ends);
  return finish(company, &ends, vmx_start_sync(company->client, VMX_SCOPE_SERVICE, "Organization", sync_options, &callbacks, &err));
}

/* Which pass an upload is tells its last record: the answers are those of its id (W-45). */
static void answer_passes(void *self, const struct fake_request *request, struct net_answer *answer) {
  bool later = strstr(request->body, "\"rowId\":4") != NULL;
  (void)self;
  assert_true(later || strstr(request->body, "\"rowId\":2"));
  *answer = (struct net_answer){.status = 200, .body = later ? second_pass : first_pass};
  answer->body_len = strlen(answer->body);
}

static void plan_passes(struct company *company) {
  company_setup_with(company, hierarchy, company_note);
  fake_expect(&company->network, "GET http://f/Org?", 200, nested_page);
  assert_true(sync_plainly(company, "{\"syncType\":\"downloadOnly\"}"));
  fake_forget_answers(&company->network);
  company_create(company, "Team", "{'Name':'new'}");
  company_create(company, "Member", "{'TeamId':-1}");
  company_create(company, "Member", "{'TeamId':7}");
  struct base_error err = {0};
  assert_int_equal(vmx_update(company->client, "Member", "{\"MemberId\":-2,\"TeamId\":7}", NULL, &err), 0);
  assert_int_equal(vmx_delete(company->client, "Team", "{\"TeamId\":8}", NULL, &err), 0);
  company_create(company, "Label", "{'Code':4}");
}

/* HIE-02, UPL-12 */
static bool a_hierarchical_sync(struct scene *scene, size_t nth, bool all) {
  struct company *company = begin(scene);
  company_setup_again(company);
  fake_serve(&company->network, answer_passes, NULL);
  allocator_arm(nth, all);
  bool good = sync_plainly(company, "{\"syncType\":\"uploadOnly\"}");
  bool failed = allocator_disarm();
  assert_true(good || failed);
  if (scene_is_known(scene)) return failed;
  assert_true(setup(company));
  assert_true(sync_plainly(company, "{\"syncType\":\"uploadOnly\"}"));
  company_rows_are(company, "Team", "[{'TeamId':7,'Name':'old','Code':null},{'TeamId':101,'Name':'new','Code':null}]");
  company_rows_are(company, "Member", "[{'MemberId':102,'TeamId':7},{'MemberId':103,'TeamId':7}]");
  company_pending_are(company, "Team", "[]");
  company_rows_are(company, "Label", "[{'LabelId':104,'Code':4}]");
  company_pending_are(company, "Member", "[]");
  return failed;
}

static void opening_survives_every_failing_allocation(void **state) {
  (void)state;
  torture_each(an_open, NULL);
}

static void setup_survives_every_failing_allocation(void **state) {
  (void)state;
  torture_each(a_setup, NULL);
}

static void an_edit_survives_every_failing_allocation(void **state) {
  (void)state;
  torture_each(an_edit, set_up);
}

static void a_sync_survives_every_failing_allocation(void **state) {
  (void)state;
  torture_each(a_sync, hire_two);
}

static void a_cancel_survives_every_failing_allocation(void **state) {
  (void)state;
  torture_each(a_cancel, set_up);
}

static void a_hierarchical_sync_survives_every_failing_allocation(void **state) {
  (void)state;
  torture_each(a_hierarchical_sync, plan_passes);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(opening_survives_every_failing_allocation),
                                     cmocka_unit_test(a_hierarchical_sync_survives_every_failing_allocation),
                                     cmocka_unit_test(setup_survives_every_failing_allocation),
                                     cmocka_unit_test(an_edit_survives_every_failing_allocation),
                                     cmocka_unit_test(a_sync_survives_every_failing_allocation),
                                     cmocka_unit_test(a_cancel_survives_every_failing_allocation)};
  allocator_install();
  return cmocka_run_group_tests_name("engine/memory", tests, NULL, NULL);
}
