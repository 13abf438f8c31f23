/* Claims tokens and the two spellings of headers: W-6, W-7, C-10, C-11. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "wire.h"

/* A download with the token that a script gives; its status. */
static int status_with(struct fixture *fixture, const char *header, const char *script) {
  char line[300];
  cJSON *token = fixture_run(fixture, script);
  snprintf(line, sizeof line, "%s: %s\r\n", header, cJSON_GetStringValue(token));
  struct response response = client_download(fixture->url, ORG, line, "{}");
  int status = response.status;
  if (status == 401 && !json_find(response.json, "errmsg")) fail_msg("no errmsg: %s", response.body);
  response_done(&response);
  cJSON_Delete(token);
  return status;
}

static int status_of(struct fixture *fixture, const char *script) {
  return status_with(fixture, "X-Voltmx-Authorization", script);
}

static void assert_reason(struct fixture *fixture, const char *line, const char *part) {
  struct response response = client_download(fixture->url, ORG, line, "{}");
  assert_int_equal(response.status, 401);
  if (!strstr(response.body, part)) fail_msg("%s", response.body);
  response_done(&response);
}

/* W-7 */
static void a_token_lives_for_its_time(void **state) {
  fixture_do(*state, "identity = server:identity{lifetime = '30min'} old = identity:token()");
  assert_int_equal(status_of(*state, "return old"), 200);
  fixture_do(*state, "server.clock:advance('29min') new = identity:token()");
  assert_int_equal(status_of(*state, "return old"), 200);
  fixture_do(*state, "server.clock:advance('1min')");
  assert_int_equal(status_of(*state, "return old"), 401);
  assert_int_equal(status_of(*state, "return new"), 200); /* refreshed in time */
  assert_reason(*state, NULL, "missing");
  assert_reason(*state, "X-Voltmx-Authorization: made-up\r\n", "not one that was given out");
}

static void tokens_without_a_lifetime_stay_good(void **state) {
  fixture_do(*state, "identity = server:identity() token = identity:token() server.clock:advance('9000d')");
  assert_int_equal(status_of(*state, "return token"), 200);
  assert_int_equal(status_of(*state, "assert(identity:token() ~= token) return token"), 200);
}

static void an_identity_may_expire_everything_at_once(void **state) {
  fixture_do(*state, "identity = server:identity{lifetime = '1h'} token = identity:token() identity:expire()");
  assert_int_equal(status_of(*state, "return token"), 401);
  assert_int_equal(status_of(*state, "return identity:token()"), 200);
  fixture_do(*state, "server.clock:advance('0ms')");
  assert_int_equal(status_of(*state, "return token"), 401);
}

static void an_identity_may_refuse_some_requests(void **state) {
  fixture_do(*state, "identity = server:identity() token = identity:token() identity:refuse(2)");
  assert_int_equal(status_of(*state, "return token"), 401);
  assert_int_equal(status_of(*state, "return token"), 401);
  assert_int_equal(status_of(*state, "return token"), 200);
  fixture_do(*state, "identity:refuse()");
  for (int i = 0; i < 5; i++) assert_int_equal(status_of(*state, "return token"), 401);
  fixture_do(*state, "identity:accept()");
  assert_int_equal(status_of(*state, "return token"), 200);
}

/* The drain at the end of a scenario is not to meet a refusal. */
static void lifting_everything_ends_a_refusal(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "server:identity():refuse() server:require_token(nil)");
  mock_world_lock(fixture->world);
  mock_world_lift_all(fixture->world);
  mock_world_unlock(fixture->world);
  struct response response = client_download(fixture->url, ORG, NULL, "{}");
  assert_int_equal(response.status, 200);
  response_done(&response);
}

/* C-11: a 401 executed nothing, and its id is free. */
static void a_refused_upload_executed_nothing(void **state) {
  static const char BODY[] = "{\"records\":[{\"EmpId\":-1,\"Name\":\"a\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":1}}]}";
  struct fixture *fixture = *state;
  fixture_do(fixture, "identity = server:identity() identity:refuse(1)");
  cJSON *token = fixture_run(fixture, "return identity:token()");
  char lines[300];
  snprintf(lines, sizeof lines, "X-Voltmx-RequestCacheId: a-1\r\nX-Voltmx-Authorization: %s\r\n", cJSON_GetStringValue(token));
  struct response first = client_upload(fixture->url, ORG, lines, BODY);
  assert_int_equal(first.status, 401);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 0);
  struct response second = client_upload(fixture->url, ORG, lines, BODY);
  assert_int_equal(second.status, 200);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
  cJSON_Delete(token);
  response_done(&first);
  response_done(&second);
}

/* ---- spellings (W-6, C-10) ---- */

static void names_have_no_case_and_two_spellings(void **state) {
  static const char *const NAMES[] = {"X-Voltmx-Authorization", "X-Kony-Authorization", "x-voltmx-authorization", "X-KONY-AUTHORIZATION"};
  fixture_do(*state, "server:require_token('Raw Token')");
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    assert_int_equal(status_with(*state, NAMES[i], "return 'Raw Token'"), 200);
  assert_int_equal(status_of(*state, "return 'raw token'"), 401); /* values have a case */
}

struct spelling {
  const char *headers, *finding;
  int status;
};

static const struct spelling SPELLINGS[] = {
    {"X-Voltmx-Authorization: good\r\nX-Kony-Authorization: bad\r\n", "W-6: x-voltmx-authorization and x-kony-authorization", 200},
    {"X-Kony-Authorization: good\r\nX-Voltmx-Authorization: bad\r\n", "W-6: x-voltmx-authorization", 401},
    {"X-Voltmx-Authorization: good\r\nX-Kony-Authorization: good\r\n", NULL, 200},
    {"X-Voltmx-Authorization: good\r\nX-Voltmx-API-Version: 1.0\r\nX-Kony-API-Version: 1.1\r\n", "W-6: x-voltmx-api-version", 200},
    {"X-Voltmx-Authorization: good\r\nX-Voltmx-RequestId: a\r\nX-Kony-RequestId: A\r\n", "W-6: x-voltmx-requestid", 200},
};

static void of_two_values_voltmx_counts_and_it_is_a_finding(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "server:require_token('good')");
  for (size_t i = 0; i < sizeof SPELLINGS / sizeof *SPELLINGS; i++) {
    struct response response = client_download(fixture->url, ORG, SPELLINGS[i].headers, "{}");
    assert_int_equal(response.status, SPELLINGS[i].status);
    response_done(&response);
    if (SPELLINGS[i].finding) assert_finding(fixture, SPELLINGS[i].finding);
    else assert_no_finding(fixture);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(a_token_lives_for_its_time), TEST(tokens_without_a_lifetime_stay_good),
      TEST(an_identity_may_expire_everything_at_once), TEST(an_identity_may_refuse_some_requests),
      TEST(lifting_everything_ends_a_refusal), TEST(a_refused_upload_executed_nothing),
      TEST(names_have_no_case_and_two_spellings), TEST(of_two_values_voltmx_counts_and_it_is_a_finding)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
