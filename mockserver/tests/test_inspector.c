/* The inspector's server side: the page's files, and the questions that the page asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http_client.h"
#include "world_fixture.h"

/* The server's own URL: the world's without /w/NAME. */
static const char *site(struct fixture *fixture) {
  return mock_server_url(fixture->server);
}

static struct response ask(struct fixture *fixture, const char *question) {
  return client_call(site(fixture), "/inspector/api/test", "Content-Type: application/json\r\n", question);
}

/* Asks and expects a good answer that holds `text`. */
static void expect(struct fixture *fixture, const char *question, const char *text) {
  struct response response = ask(fixture, question);
  if (response.status != 200 || !strstr(response.body, text)) fail_msg("%s\n%d %s", question, response.status, response.body);
  response_done(&response);
}

static void expect_error(struct fixture *fixture, const char *question, const char *text) {
  struct response response = ask(fixture, question);
  const char *errmsg = json_find_string(response.json, "errmsg");
  if (response.status != 400 || !errmsg || !strstr(errmsg, text)) fail_msg("%s\n%d %s", question, response.status, response.body);
  assert_null(strstr(errmsg, ".lua:"));
  assert_null(strstr(errmsg, "traceback"));
  response_done(&response);
}

static void the_page_is_served_with_its_files(void **state) {
  static const struct {
    const char *path, *type, *text;
  } FILES[] = {{"/", "text/html", "/inspector/app.js"},
               {"/inspector", "text/html", "<!doctype html>"},
               {"/inspector/?a=b", "text/html", "<!doctype html>"},
               {"/inspector/style.css", "text/css", "--back"},
               {"/inspector/app.js", "text/javascript", "use strict"}};
  for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
    struct response response = client_call(site(*state), FILES[i].path, "", NULL);
    assert_int_equal(response.status, 200);
    assert_true(response.whole);
    assert_non_null(strstr(response.head, FILES[i].type));
    assert_non_null(strstr(response.head, "Content-Security-Policy: default-src 'self'"));
    assert_non_null(strstr(response.body, FILES[i].text));
    response_done(&response);
  }
}

/* A page of another site can send text/plain without being asked first. */
static void only_json_by_post_changes_anything(void **state) {
  static const char QUESTION[] = "{\"ask\":\"advance\",\"duration\":\"1h\"}";
  static const struct {
    const char *path, *headers, *body;
    int status;
  } CASES[] = {{"/inspector/api/test", "Content-Type: text/plain\r\n", QUESTION, 415},
               {"/inspector/api/test", "", QUESTION, 415},
               {"/inspector/api/test", "Content-Type: application/json\r\n", NULL, 405},
               {"/inspector/api/other", "Content-Type: application/json\r\n", QUESTION, 404},
               {"/inspector/api/test", "Content-Type: application/json\r\n", "{", 400}};
  for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
    struct response response = client_call(site(*state), CASES[i].path, CASES[i].headers, CASES[i].body);
    assert_int_equal(response.status, CASES[i].status);
    assert_non_null(json_find_string(response.json, "errmsg"));
    response_done(&response);
  }
  assert_int_equal(fixture_number(*state, "return server.clock:now()"), 0);
}

static void a_survey_has_services_objects_and_faults(void **state) {
  fixture_do(*state, "employees:insert{{Name = 'Ada'}, {Name = 'Grace'}} employees:delete(101)");
  expect(*state, "{\"ask\":\"survey\"}", "\"name\":\"Org\"");
  expect(*state, "{\"ask\":\"survey\"}", "\"rows\":1");
  expect(*state, "{\"ask\":\"survey\"}", "\"title\":\"HTTP 503\"");
}

static void rows_come_in_pages_with_their_digits(void **state) {
  fixture_do(*state, "employees:insert{{Name = 'Ada', Salary = 9007199254740993}, {Name = 'ADAM'}, {Name = 'Grace'}}");
  expect(*state, "{\"ask\":\"rows\",\"service\":\"Org\",\"object\":\"Employee\"}", "\"total\":3");
  expect(*state, "{\"ask\":\"rows\",\"service\":\"Org\",\"object\":\"Employee\",\"limit\":1}", "\"Salary\":\"9007199254740993\"");
  expect(*state, "{\"ask\":\"rows\",\"service\":\"Org\",\"object\":\"Employee\",\"search\":\"aDa\"}", "\"total\":2");
  expect(*state, "{\"ask\":\"rows\",\"service\":\"Org\",\"object\":\"Employee\",\"search\":\"' OR 1\"}", "\"rows\":[]");
  expect(*state, "{\"ask\":\"rows\",\"service\":\"Org\",\"object\":\"Employee\",\"offset\":2}", "\"Grace\"");
}

static void rows_can_be_changed(void **state) {
  expect(*state, "{\"ask\":\"insert\",\"service\":\"Org\",\"object\":\"Employee\",\"row\":{\"Name\":\"Ada\"}}", "\"EmpId\":\"101\"");
  expect(*state, "{\"ask\":\"update\",\"service\":\"Org\",\"object\":\"Employee\",\"key\":{\"EmpId\":\"101\"},\"row\":{\"Salary\":\"12345678901234567890.50\"}}",
         "\"Salary\":\"12345678901234567890.50\"");
  struct response response = client_download(((struct fixture *)*state)->url, "/services/data/v1/Org?offline=true", NULL, "{}");
  assert_non_null(strstr(response.body, "\"EmpId\":101,\"Name\":\"Ada\",\"Salary\":12345678901234567890.50"));
  response_done(&response);
  expect(*state, "{\"ask\":\"delete\",\"service\":\"Org\",\"object\":\"Employee\",\"key\":{\"EmpId\":\"101\"}}", "true");
  assert_int_equal(fixture_number(*state, "return #employees:rows()"), 0);
}

static void what_cannot_be_done_is_told(void **state) {
  expect_error(*state, "{\"ask\":\"nothing\"}", "no question nothing");
  expect_error(*state, "{}", "no question nil");
  expect_error(*state, "[]", "no question");
  expect_error(*state, "{\"ask\":\"rows\",\"service\":\"Org\",\"object\":\"None\"}", "no object None in a service Org");
  expect_error(*state, "{\"ask\":\"insert\",\"service\":\"Org\",\"object\":\"Employee\",\"row\":{\"Nome\":1}}", "no column Nome");
  expect_error(*state, "{\"ask\":\"delete\",\"service\":\"Org\",\"object\":\"Employee\",\"key\":{\"EmpId\":1}}", "no living row");
  expect_error(*state, "{\"ask\":\"advance\",\"duration\":\"soon\"}", "a number and one of");
  expect_error(*state, "{\"ask\":\"fault\",\"service\":\"None\",\"kind\":\"upload\",\"fault\":\"503\"}", "no service None");
  expect_error(*state, "{\"ask\":\"fault\",\"service\":\"Org\",\"kind\":\"download\",\"fault\":\"lost\"}", "not for a download");
  expect_error(*state, "{\"ask\":\"fault\",\"service\":\"Org\",\"kind\":\"upload\",\"fault\":\"none\"}", "no fault none");
  expect_error(*state, "{\"ask\":\"switch\",\"rule\":7,\"on\":true}", "no rule");
}

static void every_fault_can_be_switched_on_and_off(void **state) {
  struct fixture *fixture = *state;
  struct response survey = ask(fixture, "{\"ask\":\"survey\"}");
  const cJSON *fault, *kind;
  int64_t rule = 0;
  char question[256];
  cJSON_ArrayForEach(fault, json_find(survey.json, "faults")) {
    cJSON_ArrayForEach(kind, json_find(fault, "kinds")) {
      snprintf(question, sizeof question, "{\"ask\":\"fault\",\"service\":\"Org\",\"kind\":\"%s\",\"fault\":\"%s\",\"times\":1}", kind->valuestring,
               json_find_string(fault, "id"));
      expect(fixture, question, "\"id\":");
      snprintf(question, sizeof question, "{\"ask\":\"switch\",\"rule\":%d,\"on\":false}", (int)++rule);
      expect(fixture, question, "false");
    }
  }
  response_done(&survey);
  assert_true(rule > 30);
  struct response response = client_download(fixture->url, "/services/data/v1/Org?offline=true", NULL, "{}");
  assert_int_equal(response.status, 200);
  response_done(&response);
}

static void a_fault_acts_until_it_is_switched_off_and_again_when_it_is_on(void **state) {
  static const struct {
    const char *question;
    int status;
  } STEPS[] = {{"{\"ask\":\"fault\",\"service\":\"Org\",\"kind\":\"download\",\"fault\":\"503\"}", 503},
               {"{\"ask\":\"switch\",\"rule\":1,\"on\":false}", 200},
               {"{\"ask\":\"switch\",\"rule\":1,\"on\":true}", 503}};
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof STEPS / sizeof STEPS[0]; i++) {
    expect(fixture, STEPS[i].question, "{");
    struct response response = client_download(fixture->url, "/services/data/v1/Org?offline=true", NULL, "{}");
    assert_int_equal(response.status, STEPS[i].status);
    response_done(&response);
  }
}

static void records_may_be_partial(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{Name = 'Ada'} departments:insert{DeptId = 1, Title = 't'}");
  expect(fixture, "{\"ask\":\"fault\",\"service\":\"Org\",\"kind\":\"download\",\"fault\":\"partial\",\"times\":1}", "{");
  struct response response = client_download(fixture->url, "/services/data/v1/Org?offline=true", NULL, "{}");
  assert_non_null(strstr(response.body, "{\"EmpId\":101,\"Name\":\"Ada\",\"Salary\":null,\"Active\":null,\"HiredOn\":null,\"DeptId\":null,\"_metadata\""));
  assert_non_null(strstr(response.body, "{\"DeptId\":1,\"_metadata\""));
  response_done(&response);
}

static void the_clock_goes_on(void **state) {
  expect(*state, "{\"ask\":\"advance\",\"duration\":\"25h\"}", "\"clock_ms\":90000000");
}

static void a_gate_is_shown_and_opened(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():hold('g')");
  int client = client_connect(fixture->url);
  client_send(client, fixture->url, "/services/data/v1/Org?offline=true", "X-Http-Method-Override: GET\r\n", "{}");
  fixture_do(fixture, "server:gate('g'):reached()");
  expect(fixture, "{\"ask\":\"survey\"}", "\"gates\":[{\"held\":1,\"name\":\"g\",\"open\":false}]");
  expect_error(fixture, "{\"ask\":\"open\"}", "the gate is a string, not nil");
  expect(fixture, "{\"ask\":\"open\",\"gate\":\"g\"}", "true");
  struct response response = client_read(client);
  assert_int_equal(response.status, 200);
  response_done(&response);
  close(client);
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)
  const struct CMUnitTest tests[] = {
      TEST(the_page_is_served_with_its_files), TEST(only_json_by_post_changes_anything), TEST(a_survey_has_services_objects_and_faults),
      TEST(rows_come_in_pages_with_their_digits), TEST(rows_can_be_changed), TEST(what_cannot_be_done_is_told),
      TEST(every_fault_can_be_switched_on_and_off), TEST(a_fault_acts_until_it_is_switched_off_and_again_when_it_is_on),
      TEST(records_may_be_partial), TEST(the_clock_goes_on), TEST(a_gate_is_shown_and_opened)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
