/*
 * Who may sync, and when a call is refused: setup, callbacks, overlapping scopes, cancelling, closing,
 * and the token. The running sync is never disturbed by a call that fails.
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

static const char accepted[] = SAYS("0", HIRED("101", "-1", "Ada", "1"));

static const struct scope {
  enum vmx_scope_level level;
  const char *target;
} scopes[] = {{VMX_SCOPE_APPLICATION, NULL}, {VMX_SCOPE_SERVICE, ORG}, {VMX_SCOPE_OBJECT, "Employee"}};
enum { SCOPES = 3 };

/* Starts a sync of Organization's service whose first answer, an empty page, is held. */
static void start_held(struct company *company, struct listener *listener) {
  fake_hold(&company->network, "GET http://f/Org", COMPANY_NOTHING);
  company_start(company, listener, VMX_SCOPE_SERVICE, ORG, NULL);
}

static int cancel(struct company *company, struct listener *listener, const struct scope *scope) {
  const struct vmx_callbacks callbacks = listener_callbacks(listener);
  struct base_error err = {0};
  int code = vmx_cancel_sync(company->client, scope->level, scope->target, &callbacks, &err);
  assert_int_equal(err.code, code);
  return code;
}

/* -- setup ------------------------------------------------------------------------------------------- */

/* API-05: at each level, before the first setup, before the one of this session, after a failed one. */
static void before_setup_there_is_nothing_to_sync(void **state) {
  struct company *company = *state;
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  for (size_t i = 0; i < SCOPES; i++)
    assert_int_equal(company_sync(company, scopes[i].level, scopes[i].target, "{}"), 2483);
  fake_expect(&company->network, "meta/Org", 500, "");
  fake_expect(&company->network, "meta/Sales", 200, "");
  assert_int_equal(vmx_setup(company->client, NULL, &callbacks, &err), 0);
  company_run(company);
  assert_int_equal(company_code(company), 2332);
  for (size_t i = 0; i < SCOPES; i++)
    assert_int_equal(company_sync(company, scopes[i].level, scopes[i].target, "{}"), 2483);
  company_setup(company, false);
  company_restart(company, VMX_API_JS);
  for (size_t i = 0; i < SCOPES; i++)
    assert_int_equal(company_sync(company, scopes[i].level, scopes[i].target, "{}"), 2483);
  assert_int_equal(company->network.request_count, 4); /* the metadata, twice */
}

/* W-10 */
static void a_failed_setup_names_the_services(void **state) {
  struct company *company = *state;
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  fake_expect(&company->network, "meta/Org", 500, "");
  fake_expect(&company->network, "meta/Sales", 200, "");
  assert_int_equal(vmx_setup(company->client, NULL, &callbacks, &err), 0);
  company_run(company);
  assert_int_equal(company_code(company), 2332);
  company_payload_is(company, "userInfo.failedObjectServices.Organization.code", "2030");
  company_payload_is(company, "userInfo.failedObjectServices.Sales.code", "2342");
}

/* SET-01, API-09 */
static void setup_needs_the_network_once(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_restart(company, VMX_API_JS);
  company_setup_again(company);
  assert_int_equal(company->network.request_count, 2);
}

/* -- callbacks ---------------------------------------------------------------------------------------- */

/* API-10: refused at the call, with a code, nothing is sent and nobody is called. */
static void missing_callbacks_are_refused_at_the_call(void **state) {
  struct company *company = *state;
  struct base_error err = {0};
  company_setup(company, false);
  for (size_t i = 0; i < 3 * SCOPES; i++) {
    struct listener listener = {0};
    struct vmx_callbacks callbacks = listener_callbacks(&listener);
    const struct scope *scope = &scopes[i % SCOPES];
    if (i / SCOPES == 0) callbacks.success = NULL;
    if (i / SCOPES == 1) callbacks.failure = NULL;
    assert_int_equal(vmx_start_sync(company->client, scope->level, scope->target, "{}",
                                    i / SCOPES == 2 ? NULL : &callbacks, &err), 2304);
    assert_true(vmx_client_idle(company->client));
    assert_int_equal(listener.successes + listener.failures, 0);
  }
  assert_int_equal(company->network.request_count, 2);
}

/* API-12: what is refused at the call is told by nobody else; what is told is not refused as well. */
static void an_invalid_call_is_refused_or_told_but_not_both(void **state) {
  struct company *company = *state;
  static const char *const bad[] = {"[]", "{", "{'objectServicesOptions':1}"};
  static const enum vmx_api apis[] = {VMX_API_JS, VMX_API_JAVA, VMX_API_OBJC};
  for (size_t i = 0; i < 3 * 2; i++) {
    struct listener listener = {0};
    struct vmx_callbacks callbacks = listener_callbacks(&listener);
    struct base_error err = {0};
    company_renew(company);
    company_restart(company, apis[i % 3]);
    company_setup(company, false);
    if (i / 3) callbacks.progress = NULL;
    for (size_t n = 0; n < sizeof bad / sizeof *bad; n++) {
      CLEANUP(free_text) char *options = look_text("%s", bad[n]);
      int code = vmx_start_sync(company->client, VMX_SCOPE_APPLICATION, NULL, options, &callbacks, &err);
      company_run(company);
      assert_int_equal((code != 0) + listener.failures, 1);
      assert_int_equal(listener.successes, 0);
      listener_reset(&listener);
    }
    assert_int_equal(company->network.request_count, 2);
  }
}

/* PRG-05, API-10: js needs no progress callback at any level, java and objc at application level alone;
 * without one a sync does the same. */
static void progress_is_optional_but_for_java_and_objc_applications(void **state) {
  struct company *company = *state;
  static const enum vmx_api apis[] = {VMX_API_JS, VMX_API_JAVA, VMX_API_OBJC};
  for (size_t i = 0; i < 3 * SCOPES; i++) {
    const struct scope *scope = &scopes[i % SCOPES];
    struct listener listener = {0};
    struct vmx_callbacks callbacks = listener_callbacks(&listener);
    struct base_error err = {0};
    bool required = apis[i / SCOPES] != VMX_API_JS && scope->level == VMX_SCOPE_APPLICATION;
    callbacks.progress = NULL;
    company_renew(company);
    company_restart(company, apis[i / SCOPES]);
    company_setup(company, false);
    company_hire(company, "Ada");
    fake_say(&company->network, "UPLOAD", 200, accepted);
    fake_say(&company->network, "GET http://f/Org", 200,
             scope->level == VMX_SCOPE_OBJECT ? "{'opstatus':0,'records':[" ROW("5", "Eve") "]}"
                                              : LAST_PAGE(ROW("5", "Eve"), "d1"));
    fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
    int code = vmx_start_sync(company->client, scope->level, scope->target, "{}", &callbacks, &err);
    assert_int_equal(code, required ? 2304 : 0);
    company_run(company);
    assert_int_equal(listener.successes, required ? 0 : 1);
    company_rows_are(company, "Employee",
                     required ? "[{'EmpId':-1,'Name':'Ada'}]"
                              : "[{'EmpId':5,'Name':'Eve'},{'EmpId':101,'Name':'Ada'}]");
    listener_reset(&listener);
  }
}

/* -- overlapping scopes -------------------------------------------------------------------------------- */

/* API-06, API-13: an object, its service and the application exclude each other, whichever came first;
 * the running sync ends as if nobody had called, and another service is free. */
static void overlapping_scopes_exclude_each_other(void **state) {
  struct company *company = *state;
  for (size_t i = 0; i < SCOPES; i++) {
    struct listener first = {.record = true};
    company_renew(company);
    company_setup(company, false);
    const char *page = scopes[i].level == VMX_SCOPE_OBJECT ? "{\"opstatus\":0,\"records\":[]}" : COMPANY_NOTHING;
    fake_hold(&company->network, "GET http://f/Org", page);
    fake_hold(&company->network, "GET http://f/Sales", COMPANY_NOTHING);
    company_start(company, &first, scopes[i].level, scopes[i].target, NULL);
    size_t sent = company->network.request_count;
    for (size_t n = 0; n < SCOPES; n++) {
      listener_reset(&company->listener);
      company_start(company, &company->listener, scopes[n].level, scopes[n].target, NULL);
      assert_int_equal(listener_code(&company->listener), 2461);
    }
    listener_reset(&company->listener);
    company_start(company, &company->listener, VMX_SCOPE_SERVICE, "Sales", NULL);
    bool excluded = scopes[i].level == VMX_SCOPE_APPLICATION;
    assert_int_equal(company->network.request_count, sent + !excluded);
    fake_release(&company->network);
    company_run(company);
    assert_int_equal(listener_code(&company->listener), excluded ? 2461 : 0);
    assert_int_equal(listener_code(&first), 0);
    listener_check_progress(&first);
    listener_reset(&first);
  }
}

/* API-13: two objects of one service do not exclude each other. */
static void objects_of_one_service_sync_side_by_side(void **state) {
  struct company *company = *state;
  struct listener first = {0}, second = {0};
  company_setup_with(company, company_two_objects, company_note);
  fake_hold(&company->network, "objects/Employee", "{\"opstatus\":0,\"records\":[]}");
  fake_hold(&company->network, "objects/Dept", "{\"opstatus\":0,\"records\":[]}");
  company_start(company, &first, VMX_SCOPE_OBJECT, "Employee", NULL);
  company_start(company, &second, VMX_SCOPE_OBJECT, "Dept", NULL);
  assert_int_equal(company->network.waiting_count, 2);
  fake_release(&company->network);
  company_run(company);
  assert_int_equal(listener_code(&first), 0);
  assert_int_equal(listener_code(&second), 0);
  listener_reset(&first);
  listener_reset(&second);
}

/* LOC-03, LOC-04, W-51 */
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
  company_rows_are(company, "Employee", "[{'EmpId':-1,'Name':'Ada'}]");
  fake_release(&company->network);
  company_run(company);
  assert_int_equal(vmx_rollback(company->client, VMX_SCOPE_OBJECT, "Employee", NULL, &err), 0);
  company_rows_are(company, "Employee", "[]");
  listener_reset(&first);
}

/* -- cancelling ---------------------------------------------------------------------------------------- */

/* What a cancel meets: which request is under way, what came back, what is left of it afterwards. */
static const struct cancelled {
  const char *match, *answer;
  const char *rows, *pending; /* after the sync that was cancelled */
} cancelled[] = {
    {"UPLOAD", SAYS("0", HIRED("101", "-1", "Ada", "1")),
     "[{'EmpId':-2,'Name':'Bob'},{'EmpId':101,'Name':'Ada'}]", "[{'EmpId':-2}]"},
    {"UPLOAD", "rubbish", "[{'EmpId':-2,'Name':'Bob'},{'EmpId':-1,'Name':'Ada'}]",
     "[{'EmpId':-1},{'EmpId':-2}]"},
    {"GET", "{'opstatus':0,'Objects':[{'name':'Employee','records':[" ROW("5", "Eve") "]}],'records':["
            ROW("5", "Eve") "],'delta_context':{'objs':{'Employee':{'bc':'b1'}}},'hasMoreRecords':'true'}",
     "[{'EmpId':5,'Name':'Eve'}]", "[]"},
    {"GET", "{'opstatus':0,'Objects':[{'name':'Employee','records':[" ROW("5", "Eve") "]}],'records':["
            ROW("5", "Eve") "],'delta_context':{'objs':{'Employee':{'delta':'d1'}}}}",
     "[{'EmpId':5,'Name':'Eve'}]", "[]"},
    {"GET", "rubbish", "[]", "[]"}};

/* CAN-01, C-1: at service and object level, in uploads and downloads, at the last batch too: what is
 * under way is stored, nothing else is sent, the sync fails with 2478 and the cancel succeeds. */
static void a_cancelled_sync_stores_what_is_under_way_and_fails(void **state) {
  struct company *company = *state;
  for (size_t i = 0; i < 2 * (sizeof cancelled / sizeof *cancelled); i++) {
    const struct cancelled *row = &cancelled[i / 2];
    const struct scope *scope = &scopes[1 + i % 2];
    struct listener first = {.record = true}, second = {0};
    CLEANUP(free_text) char *answer = look_text("%s", row->answer);
    company_renew(company);
    company_setup(company, true);
    if (row->match[0] == 'U') {
      company_hire(company, "Ada");
      company_hire(company, "Bob");
    }
    fake_hold(&company->network, row->match, answer);
    company_start(company, &first, scope->level, scope->target, "{'uploadBatchSize':1}");
    size_t sent = company->network.request_count;
    assert_int_equal(cancel(company, &second, scope), 0);
    fake_release(&company->network);
    company_run(company);
    assert_int_equal(listener_code(&first), 2478);
    assert_int_equal(listener_code(&second), 0);
    assert_int_equal(company->network.request_count, sent);
    listener_check_progress(&first);
    company_rows_are(company, "Employee", row->rows);
    company_pending_are(company, "Employee", row->pending);
    listener_reset(&first);
    listener_reset(&second);
  }
}

/* CAN-02: none runs, it has ended, another scope's runs, nobody is named. */
static void cancelling_what_does_not_run_fails(void **state) {
  struct company *company = *state;
  struct listener first = {0};
  static const struct scope others[] = {{VMX_SCOPE_OBJECT, "Employee"}, {VMX_SCOPE_SERVICE, "Sales"},
                                        {VMX_SCOPE_SERVICE, "Nobody"}, {VMX_SCOPE_OBJECT, "Nobody"},
                                        {VMX_SCOPE_SERVICE, NULL},     {VMX_SCOPE_OBJECT, ""}};
  company_setup(company, false);
  start_held(company, &first);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    struct listener second = {0};
    struct base_error err = {0};
    assert_int_equal(cancel(company, &second, &others[i]), 0);
    assert_int_equal(vmx_client_step(company->client, 0, NULL, 0, &err), 0);
    assert_int_equal(listener_code(&second), 2479);
    listener_reset(&second);
  }
  fake_release(&company->network);
  company_run(company);
  assert_int_equal(listener_code(&first), 0); /* not disturbed */
  listener_reset(&first);
  assert_int_equal(cancel(company, &first, &scopes[1]), 0);
  company_run(company);
  assert_int_equal(listener_code(&first), 2479);
  assert_int_equal(cancel(company, &first, &scopes[0]), 2304); /* the application's cannot be */
  listener_reset(&first);
}

/* CAN-03: the next sync is a new one; what was not sent goes with it. */
static void a_cancelled_sync_is_not_resumed(void **state) {
  struct company *company = *state;
  struct listener first = {0}, second = {0};
  CLEANUP(free_text) char *page = look_text(PAGE(ROW("5", "Eve"), "b1"));
  company_setup(company, false);
  fake_hold(&company->network, "GET http://f/Org?", page);
  company_start(company, &first, VMX_SCOPE_SERVICE, ORG, NULL);
  assert_int_equal(cancel(company, &second, &scopes[1]), 0);
  fake_release(&company->network);
  company_run(company);
  assert_int_equal(listener_code(&first), 2478);
  assert_true(vmx_client_idle(company->client));
  fake_say(&company->network, "GET http://f/Org?", 200, LAST_PAGE(ROW("6", "Fay"), "d1"));
  assert_int_equal(company_sync_org(company, NULL), 0);
  assert_string_equal(fake_find(&company->network, "GET http://f/Org?", 1)->body, "{}");
  company_rows_are(company, "Employee", "[{'EmpId':5,'Name':'Eve'},{'EmpId':6,'Name':'Fay'}]");
  listener_reset(&first);
  listener_reset(&second);
}

/* -- the end of a client, the token, the network -------------------------------------------------------- */

/* API-03, API-04 */
static void close_in_the_middle_calls_nobody_back(void **state) {
  struct company *company = *state;
  struct listener first = {0};
  company_setup(company, true);
  company_hire(company, "Ada");
  fake_hold(&company->network, "UPLOAD", accepted);
  company_start(company, &first, VMX_SCOPE_SERVICE, ORG, NULL);
  company_restart(company, VMX_API_JS);
  assert_int_equal(first.successes + first.failures, 0);
  assert_int_equal(company->network.waiting_count, 0);
  listener_reset(&first);
}

/* W-7, C-11 */
static void a_refused_token_is_asked_for_once_more(void **state) {
  struct company *company = *state;
  company_setup(company, true);
  company_hire(company, "Ada");
  fake_expect(&company->network, "UPLOAD", 401, "");
  fake_say(&company->network, "UPLOAD", 200, accepted);
  assert_int_equal(company_sync_org(company, "{'syncType':'uploadOnly'}"), 0);
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
  assert_int_equal(company_sync_org(company, NULL), 106);
}

static void offline_sends_nothing(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  vmx_client_set_online(company->client, false);
  for (size_t i = 0; i < SCOPES; i++)
    assert_int_equal(company_sync(company, scopes[i].level, scopes[i].target, NULL),
                     scopes[i].target ? 2036 : 2460);
  assert_int_equal(company->network.request_count, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_COMPANY(before_setup_there_is_nothing_to_sync),
      WITH_COMPANY(a_failed_setup_names_the_services),
      WITH_COMPANY(setup_needs_the_network_once),
      WITH_COMPANY(missing_callbacks_are_refused_at_the_call),
      WITH_COMPANY(an_invalid_call_is_refused_or_told_but_not_both),
      WITH_COMPANY(progress_is_optional_but_for_java_and_objc_applications),
      WITH_COMPANY(overlapping_scopes_exclude_each_other),
      WITH_COMPANY(objects_of_one_service_sync_side_by_side),
      WITH_COMPANY(local_scope_calls_wait_for_the_end_of_a_sync),
      WITH_COMPANY(a_cancelled_sync_stores_what_is_under_way_and_fails),
      WITH_COMPANY(cancelling_what_does_not_run_fails),
      WITH_COMPANY(a_cancelled_sync_is_not_resumed),
      WITH_COMPANY(close_in_the_middle_calls_nobody_back),
      WITH_COMPANY(a_refused_token_is_asked_for_once_more),
      WITH_COMPANY(a_second_refusal_is_the_identity_error),
      WITH_COMPANY(offline_sends_nothing)};
  return cmocka_run_group_tests_name("engine/calls", tests, NULL, NULL);
}
