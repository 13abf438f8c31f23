/* What methods and statuses mean, wherever something is served (RFC 9110): HEAD, Allow, the phrases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"

static const char CLOSE[] = "Content-Type: application/json\r\nX-Http-Method-Override: GET\r\nX-Voltmx-Service-Version: 2.0\r\nConnection: close\r\n";

static int open_all(void **state) {
  int status = fixture_open(state);
  fixture_do(*state, "org:object('Photo', {key = {'Id'}, fields = {{name = 'Id', datatype = 'string'}, {name = 'Data', datatype = 'binary'}}})"
                     ":insert{Id = 'a', Data = 'Zm90bw=='}\n"
                     "employees:generate{count = 400}");
  return status;
}

/* Of a world, or outside of all worlds. */
static struct base_buf ask(struct fixture *fixture, const char *method, const char *path, const char *body) {
  bool outside = strncmp(path, "/mock", 5) == 0 || strncmp(path, "/inspector", 10) == 0 || strcmp(path, "/") == 0;
  int client = client_connect(fixture->url);
  client_send_bytes(client, outside ? mock_server_url(fixture->server) : fixture->url, method, path, CLOSE, body, body ? strlen(body) : 0);
  struct raw_answer raw = client_read_raw(client);
  close(client);
  return raw.bytes;
}

/* W-4: the same head, its length included, and nothing behind it; large and small, by all that serve GET. */
static void head_is_get_without_the_body(void **state) {
  static const char *const PATHS[] = {"/authService/100000002/appconfig", "/services/metadata/v1/Org", "/services/data/v1/Org/objects/Employee",
                                      "/services/data/v1/Org/objects/Nope", "/services/data/v1/Org/binary/Photo?Id=a&fieldName=Data&type=bytes",
                                      "/nothing", "/mock", "/mock/worlds/test/rules", "/mock/nothing", "/", "/inspector/app.js"};
  for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
    struct base_buf get = ask(*state, "GET", PATHS[i], NULL), head = ask(*state, "HEAD", PATHS[i], NULL);
    const char *end = strstr(base_buf_string(&get), "\r\n\r\n");
    if (!end || strlen(end) == 4) fail_msg("%s: %s", PATHS[i], base_buf_string(&get));
    if (head.len != (size_t)(end - get.data) + 4 || memcmp(head.data, get.data, head.len) != 0) fail_msg("%s: %s", PATHS[i], base_buf_string(&head));
    base_buf_done(&get);
    base_buf_done(&head);
  }
}

/* What a rule makes of the answer: there is nothing of the body to cut, to repeat or to make up. */
static void an_answer_to_head_stays_one_under_rules(void **state) {
  static const char *const RULES[] = {"truncate(3)", "cut(100000)", "huge(1)", "twice()", "gzip()", "trickle(10000, 1)"};
  for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
    char script[200];
    snprintf(script, sizeof script, "org:on_request{kind = 'crud'}:once():%s", RULES[i]);
    fixture_do(*state, script);
    struct base_buf head = ask(*state, "HEAD", "/services/data/v1/Org/objects/Employee", NULL);
    const char *end = strstr(base_buf_string(&head), "\r\n\r\n");
    if (!end || (end[4] && strncmp(end + 4, "HTTP/1.1 200 OK", 15) != 0)) fail_msg("%s: %s", RULES[i], base_buf_string(&head));
    base_buf_done(&head);
  }
}

static void another_method_is_told_which_there_are(void **state) {
  static const struct {
    const char *method, *path, *allow;
  } CASES[] = {{"POST", "/authService/100000002/appconfig", "GET, HEAD"}, {"DELETE", "/services/metadata/v1/Org", "GET, HEAD"},
               {"OPTIONS", "/services/data/v1/Org/objects/Employee", "GET, HEAD, POST, PUT, PATCH, DELETE"},
               {"OPTIONS", "/services/data/v1/Org/binary/Photo?Id=a&fieldName=Data&type=bytes", "GET, HEAD, POST, PUT, PATCH, DELETE"},
               {"POST", "/mock", "GET, HEAD"}, {"PUT", "/inspector/app.js", "GET, HEAD"}, {"GET", "/inspector/api/test", "POST"}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    char line[100];
    struct base_buf answer = ask(*state, CASES[i].method, CASES[i].path, "{}");
    snprintf(line, sizeof line, "\r\nAllow: %s\r\n", CASES[i].allow);
    if (!strstr(base_buf_string(&answer), line) || strncmp(answer.data, "HTTP/1.1 405 Method Not Allowed\r\n", 33) != 0)
      fail_msg("%s %s: %s", CASES[i].method, CASES[i].path, base_buf_string(&answer));
    base_buf_done(&answer);
  }
  struct base_buf photo = ask(*state, "GET", "/services/data/v1/Org/binary/Photo?Id=a&fieldName=Data&type=bytes", NULL);
  assert_memory_equal(photo.data + photo.len - 4, "foto", 4); /* nobody has written it */
  base_buf_done(&photo);
}

/* Of an expectation that is none of RFC 9110's nothing is made. */
static void a_client_that_expects_to_go_on_is_told_to(void **state) {
  static const char *const EXPECTED[] = {"Expect: 100-Continue\r\nConnection: close\r\n", "Expect: tea\r\nConnection: close\r\n"};
  for (int i = 0; i < 2; i++) {
    int client = client_connect(((struct fixture *)*state)->url);
    client_send_bytes(client, ((struct fixture *)*state)->url, "POST", EMPLOYEE, EXPECTED[i], "{}", 2);
    struct raw_answer raw = client_read_raw(client);
    assert_int_equal(strncmp(base_buf_string(&raw.bytes), "HTTP/1.1 100 Continue\r\n", 23) == 0, i == 0);
    base_buf_done(&raw.bytes);
    close(client);
  }
}

static void each_status_has_its_phrase(void **state) {
  static const struct {
    int status;
    const char *phrase;
  } CASES[] = {{202, "Accepted"}, {403, "Forbidden"}, {418, "I'm a teapot"}, {422, "Unprocessable Content"}, {502, "Bad Gateway"},
               {299, "Success"}, {499, "Client Error"}, {599, "Server Error"}, {777, "Unknown"}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    char script[100], line[100];
    snprintf(script, sizeof script, "org:on_metadata():once():status(%d)", CASES[i].status);
    fixture_do(*state, script);
    struct base_buf answer = ask(*state, "GET", "/services/metadata/v1/Org", NULL);
    snprintf(line, sizeof line, "HTTP/1.1 %d %s\r\n", CASES[i].status, CASES[i].phrase);
    if (strncmp(base_buf_string(&answer), line, strlen(line)) != 0) fail_msg("%s: %s", line, base_buf_string(&answer));
    base_buf_done(&answer);
  }
  static const char TEXT[] = "POST /inspector/api/test HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  int client = client_connect(((struct fixture *)*state)->url);
  assert_int_equal(write(client, TEXT, sizeof TEXT - 1), sizeof TEXT - 1);
  struct raw_answer raw = client_read_raw(client);
  assert_int_equal(strncmp(base_buf_string(&raw.bytes), "HTTP/1.1 415 Unsupported Media Type\r\n", 37), 0);
  base_buf_done(&raw.bytes);
  close(client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, fixture_close)
      TEST(head_is_get_without_the_body), TEST(an_answer_to_head_stays_one_under_rules), TEST(another_method_is_told_which_there_are),
      TEST(a_client_that_expects_to_go_on_is_told_to), TEST(each_status_has_its_phrase)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
