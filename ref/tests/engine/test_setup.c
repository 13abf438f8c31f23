/* Setup, incrementalSetup, reset and drop over a fake network, and where the token comes from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "company.h"

#define ONE_SERVICE "{\"services_meta\":{\"Sales\":{\"type\":\"objectsvc\",\"url\":\"http://f/Sales\",\"metadata_url\":\"http://f/meta/Sales\",\"version\":\"1.0\"}}}"

static const char task[] =
    "{\"opstatus\":0,\"timestamp\":\"t2\",\"offline\":true,\"namespaces\":[{\"name\":\"\",\"objects\":["
    "{\"name\":\"Task\",\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\",\"nullable\":false},"
    "{\"name\":\"Done\",\"datatype\":\"boolean\",\"nullable\":true}],\"relationships\":[],\"operations\":{}}]}]}";

typedef int (*setup_function)(struct vmx_client *client, const char *options,
                              const struct vmx_callbacks *callbacks, struct base_error *err);

/* Runs one of the setups: 0 = success, otherwise the failure's code. */
static int run_setup(struct company *company, setup_function function, const char *options) {
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  company->listener.successes = company->listener.failures = 0;
  assert_int_equal(function(company->client, options, &callbacks, &err), 0);
  assert_int_equal(vmx_client_run(company->client, &err), 0);
  assert_int_equal(company->listener.successes + company->listener.failures, 1);
  return company->listener.successes ? 0 : company_code(company);
}

/* A client that fetches its document, or has an identity layer. */
static void reopen(struct company *company, const struct vmx_config *config) {
  struct vmx_environment environment = fake_environment(&company->network);
  struct base_error err = {0};
  vmx_client_close(company->client);
  company->network.closed = false;
  assert_int_equal(vmx_client_open_over(config, &environment, &company->client, &err), 0);
}

static char *rows_of(struct company *company, const char *object) {
  char *rows = NULL;
  struct base_error err = {0};
  assert_int_equal(vmx_snapshot(company->client, object, &rows, &err), 0);
  return rows;
}

static void the_document_is_fetched_under_the_base_or_at_its_own_url(void **state) {
  struct company *company = *state;
  static const struct {
    const char *given, *asked;
  } urls[] = {{"http://f/base/", "- http://f/base/authService/100000002/appconfig"},
              {"http://f/base", "- http://f/base/authService/100000002/appconfig"},
              {"http://f/my/appconfig", "- http://f/my/appconfig"}};
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    const struct vmx_config config = {.storage = company->folder,
                                      .service_url = urls[i].given,
                                      .app_key = "key",
                                      .app_secret = "secret"};
    reopen(company, &config);
    fake_expect(&company->network, "appconfig", 404, "");
    assert_int_equal(run_setup(company, vmx_setup, NULL), 2030);
    const struct fake_request *request = fake_request(&company->network, i);
    CLEANUP(free_text) char *key = fake_header(request, "X-Voltmx-App-Key");
    assert_string_equal(request->line, urls[i].asked);
    assert_string_equal(key, "key");
  }
}

static void setup_works_without_a_token(void **state) {
  struct company *company = *state;
  const struct vmx_config config = {.storage = company->folder, .service_document = ONE_SERVICE};
  reopen(company, &config);
  fake_expect(&company->network, "meta/Sales", 200, task);
  assert_int_equal(run_setup(company, vmx_setup, NULL), 0);
  assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL, "{}"), 106);
  assert_int_equal(company->network.request_count, 1);
}

static void options_that_are_no_object_are_told(void **state) {
  struct company *company = *state;
  assert_int_equal(run_setup(company, vmx_setup, "[1"), 2304);
  assert_int_equal(run_setup(company, vmx_setup, "7"), 2304);
  assert_int_equal(company->network.request_count, 0);
}

static void booleans_are_numeric_unless_setup_says_otherwise(void **state) {
  struct company *company = *state;
  const struct vmx_config config = {
      .storage = company->folder, .service_document = ONE_SERVICE, .claims_token = "t"};
  struct base_error err = {0};
  char *created = NULL;
  reopen(company, &config);
  fake_expect(&company->network, "meta/Sales", 200, task);
  assert_int_equal(run_setup(company, vmx_setup, "{}"), 0);
  assert_int_equal(
      vmx_create(company->client, "Task", "{\"Id\":1,\"Done\":true}", NULL, &created, &err), 0);
  CLEANUP(free_text) char *numeric = rows_of(company, "Task");
  assert_non_null(strstr(numeric, "\"Done\":1"));
  assert_int_equal(
      run_setup(company, vmx_setup, "{\"treatBooleanFieldValuesAsNumeric\":false}"), 0);
  CLEANUP(free_text) char *literal = rows_of(company, "Task");
  assert_non_null(strstr(literal, "\"Done\":true"));
  free(created);
}

static void an_incremental_setup_keeps_rows_and_edits_of_what_stays(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_hire(company, "Ada");
  fake_expect(&company->network, "meta/Org", 500, "");
  fake_expect(&company->network, "meta/Sales", 200, task);
  assert_int_equal(run_setup(company, vmx_incremental_setup, NULL), 2332);
  CLEANUP(free_text) char *before = rows_of(company, "Employee");
  assert_non_null(strstr(before, "Ada"));

  company_setup(company, false); /* nothing is sent: the metadata is known, so both answers stay */
  assert_int_equal(run_setup(company, vmx_incremental_setup, NULL), 0);
  CLEANUP(free_text) char *after = rows_of(company, "Employee");
  CLEANUP(free_text) char *pending = NULL;
  struct base_error err = {0};
  assert_string_equal(after, before);
  assert_int_equal(
      vmx_get_pending_records(company->client, "Employee", NULL, &pending, &err), 0);
  assert_non_null(strstr(pending, "\"EmpId\":-1"));
  fake_all_used(&company->network);
}

static void a_reset_empties_the_tables_after_a_good_fetch_alone(void **state) {
  struct company *company = *state;
  company_setup(company, false);
  company_hire(company, "Ada");
  fake_expect_outcome(&company->network, "meta/Org", NET_REFUSED);
  fake_expect(&company->network, "meta/Sales", 200, task);
  assert_int_equal(run_setup(company, vmx_reset, NULL), 2332);
  CLEANUP(free_text) char *kept = rows_of(company, "Employee");
  assert_string_not_equal(kept, "[]");

  company_setup(company, false);
  assert_int_equal(run_setup(company, vmx_reset, NULL), 0);
  CLEANUP(free_text) char *emptied = rows_of(company, "Employee");
  assert_string_equal(emptied, "[]");
}

static void after_drop_setup_is_needed_again(void **state) {
  struct company *company = *state;
  struct base_error err = {0};
  char *rows = NULL;
  company_setup(company, false);
  assert_int_equal(vmx_drop(company->client, &err), 0);
  assert_int_equal(vmx_get(company->client, "Employee", NULL, &rows, &err), 2483);
  assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL, "{}"), 2483);
  company_setup(company, false);
  CLEANUP(free_text) char *fresh = rows_of(company, "Employee");
  assert_string_equal(fresh, "[]");
}

static void two_setups_at_once_exclude_each_other(void **state) {
  struct company *company = *state;
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  fake_expect(&company->network, "meta/Org", 500, "");
  fake_expect(&company->network, "meta/Sales", 500, "");
  assert_int_equal(vmx_setup(company->client, NULL, &callbacks, &err), 0);
  assert_int_equal(vmx_setup(company->client, NULL, &callbacks, &err), 0);
  assert_int_equal(vmx_client_step(company->client, 0, NULL, 0, &err), 0);
  assert_int_equal(company->listener.failures, 1);
  assert_int_equal(company_code(company), 2353);
  assert_int_equal(vmx_client_run(company->client, &err), 0);
  assert_int_equal(company->listener.failures, 2);
}

/* W-51: what a sync stands on does not change under it, and a sync does not begin while it changes. */
static void setups_and_syncs_exclude_each_other(void **state) {
  struct company *company = *state;
  struct listener syncing = {0};
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  company_setup(company, false);
  fake_hold(&company->network, "GET http://f/Org", COMPANY_NOTHING);
  company_start(company, &syncing, VMX_SCOPE_SERVICE, "Organization", NULL);
  static const setup_function changes[] = {vmx_incremental_setup, vmx_reset};
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    company->listener.failures = 0;
    assert_int_equal(changes[i](company->client, NULL, &callbacks, &err), 0);
    assert_int_equal(vmx_client_step(company->client, 0, NULL, 0, &err), 0);
    assert_int_equal(company->listener.failures, 1);
    assert_int_equal(company_code(company), 2353);
  }
  fake_release(&company->network);
  company_run(company);
  assert_int_equal(syncing.successes, 1);

  fake_expect(&company->network, "meta/Org", 500, "");
  fake_expect(&company->network, "meta/Sales", 500, "");
  listener_reset(&syncing);
  callbacks = listener_callbacks(&syncing);
  assert_int_equal(vmx_reset(company->client, NULL, &callbacks, &err), 0);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, "Organization", NULL), 2353);
  assert_int_equal(syncing.failures, 1);
  listener_reset(&syncing);
}

static void close_during_setup_calls_nobody_back(void **state) {
  struct company *company = *state;
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  fake_hold(&company->network, "meta/Org", "");
  fake_hold(&company->network, "meta/Sales", "");
  assert_int_equal(vmx_setup(company->client, NULL, &callbacks, &err), 0);
  assert_int_equal(vmx_client_step(company->client, 0, NULL, 0, &err), 0);
  company_restart(company, VMX_API_JS);
  assert_int_equal(company->listener.successes + company->listener.failures, 0);
}

/* -- the identity layer ----------------------------------------------------------------------------- */

struct layer {
  int asked, asked_again;
  bool refuses;
};

static const char *give_token(void *user, bool again, struct base_error *err) {
  struct layer *layer = user;
  layer->asked++;
  layer->asked_again += again;
  if (layer->refuses) base_fail(err, 4711, "", "no entry");
  return layer->refuses ? NULL : again ? "renewed" : "first";
}

static void the_identity_layer_is_asked_before_each_sync(void **state) {
  struct company *company = *state;
  struct layer layer = {0};
  const struct vmx_config config = {.storage = company->folder,
                                    .service_document = ONE_SERVICE,
                                    .identity = {give_token, &layer}};
  reopen(company, &config);
  fake_expect(&company->network, "meta/Sales", 200, task);
  assert_int_equal(run_setup(company, vmx_setup, NULL), 0);
  fake_expect(&company->network, "GET http://f/Sales?", 401, "");
  fake_expect(&company->network, "GET http://f/Sales?", 200, COMPANY_NOTHING);
  int asked = layer.asked;
  assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL, "{}"), 0);
  assert_int_equal(layer.asked - asked, 2);
  assert_int_equal(layer.asked_again, 1);
  CLEANUP(free_text) char *token =
      fake_header(fake_request(&company->network, 2), "X-Voltmx-Authorization");
  assert_string_equal(token, "renewed");
  layer.refuses = true;
  assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL, "{}"), 4711);
  assert_int_equal(company->network.request_count, 3);
}

static const char *give_two_lines(void *user, bool again, struct base_error *err) {
  (void)user, (void)again, (void)err;
  return "token\r\nX-Evil: yes";
}

/* API-08: a token travels raw, so one that would end its header is no token. */
static void a_token_of_two_lines_is_refused(void **state) {
  struct company *company = *state;
  const struct vmx_config config = {.storage = company->folder,
                                    .service_document = ONE_SERVICE,
                                    .identity = {give_two_lines, NULL}};
  reopen(company, &config);
  fake_expect(&company->network, "meta/Sales", 200, task);
  assert_int_equal(run_setup(company, vmx_setup, NULL), 0);
  assert_int_equal(company_sync(company, VMX_SCOPE_APPLICATION, NULL, "{}"), 106);
  assert_int_equal(fake_count(&company->network, "http://f/Sales?"), 0);
}

#define WITH_COMPANY(test) cmocka_unit_test_setup_teardown(test, company_open, company_close)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_COMPANY(the_document_is_fetched_under_the_base_or_at_its_own_url),
      WITH_COMPANY(setup_works_without_a_token),
      WITH_COMPANY(options_that_are_no_object_are_told),
      WITH_COMPANY(booleans_are_numeric_unless_setup_says_otherwise),
      WITH_COMPANY(an_incremental_setup_keeps_rows_and_edits_of_what_stays),
      WITH_COMPANY(a_reset_empties_the_tables_after_a_good_fetch_alone),
      WITH_COMPANY(after_drop_setup_is_needed_again),
      WITH_COMPANY(two_setups_at_once_exclude_each_other),
      WITH_COMPANY(setups_and_syncs_exclude_each_other),
      WITH_COMPANY(close_during_setup_calls_nobody_back),
      WITH_COMPANY(the_identity_layer_is_asked_before_each_sync),
      WITH_COMPANY(a_token_of_two_lines_is_refused)};
  return cmocka_run_group_tests_name("engine/setup", tests, NULL, NULL);
}
