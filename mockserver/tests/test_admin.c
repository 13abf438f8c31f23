/* GET /mock/…: worlds, lists of requests, long poll, near misses, HAR. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_client.h"
#include "world/world.h"
#include "world_fixture.h"

static const char ORG[] = "/services/data/v1/Org?offline=true", WORLD[] = "/mock/worlds/test";

/* The answer at `path`, outside of every world. */
static struct response ask(struct fixture *fixture, const char *path, int status) {
  struct response response = client_call(mock_server_url(fixture->server), path, NULL, NULL);
  if (response.status != status || !response.json) fail_msg("%s: %d %s", path, response.status, response.body ? response.body : "");
  return response;
}

static struct response ask_world(struct fixture *fixture, const char *path, int status) {
  char whole[512];
  snprintf(whole, sizeof whole, "%s%s", WORLD, path);
  return ask(fixture, whole, status);
}

static int count(const struct response *response, const char *list) {
  return cJSON_GetArraySize(json_find(response->json, list));
}

static int64_t number(const cJSON *json, const char *name) {
  int64_t value = -1;
  json_integer(json_find(json, name), &value);
  return value;
}

static void download(struct fixture *fixture) {
  struct response response = client_download(fixture->url, ORG, NULL, "{}");
  response_done(&response);
}

static void upload(struct fixture *fixture) {
  struct response response = client_upload(fixture->url, "/services/data/v1/Org", "X-Voltmx-RequestCacheId: i1\r\n",
                                           "{\"records\":[{\"EmpId\":7,\"Name\":\"Ada\",\"_metadata\":{\"object\":\"Employee\","
                                           "\"action\":\"update\",\"rowId\":1,\"checksum\":\"\"}}]}");
  response_done(&response);
}

static void the_worlds_are_listed(void **state) {
  struct response response = ask(*state, "/mock", 200);
  const cJSON *world = cJSON_GetArrayItem(json_find(response.json, "worlds"), 0);
  assert_string_equal(json_find_string(world, "name"), "test");
  assert_string_equal(cJSON_GetArrayItem(json_find(world, "services"), 0)->valuestring, "Org");
  response_done(&response);
}

static void requests_are_filtered(void **state) {
  download(*state);
  upload(*state);
  struct response response = client_call(((struct fixture *)*state)->url, "/nowhere", NULL, NULL);
  response_done(&response);
  static const struct {
    const char *query;
    int expected;
  } CASES[] = {{"", 3}, {"?kind=upload", 1}, {"?kind=download", 1}, {"?service=Org", 2}, {"?service=None", 0}, {"?status=404", 1},
               {"?limit=2", 2}, {"?end=answered", 3}, {"?end=reset", 0}, {"?kind=event", 0}, {"?fault=true", 0}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    char path[128];
    snprintf(path, sizeof path, "/requests%s", CASES[i].query);
    response = ask_world(*state, path, 200);
    if (count(&response, "requests") != CASES[i].expected) fail_msg("%s: %s", path, response.body);
    response_done(&response);
  }
}

/* What is cut off by the limit comes with the next call; a request whose end is noted in between comes in both. */
static uint64_t seqs_of(const struct response *response) {
  uint64_t seqs = 0;
  const cJSON *request;
  cJSON_ArrayForEach(request, json_find(response->json, "requests")) seqs |= 1ull << number(request, "seq");
  return seqs;
}

static void a_cursor_goes_on_where_the_last_list_ended(void **state) {
  int64_t cursor = 0;
  uint64_t seen = 0;
  bool more = true;
  for (int i = 0; i < 5; i++) download(*state);
  while (more) {
    char path[128];
    snprintf(path, sizeof path, "/requests?limit=2&since=%lld", (long long)cursor);
    struct response response = ask_world(*state, path, 200);
    seen |= seqs_of(&response);
    cursor = number(response.json, "cursor");
    more = cJSON_IsTrue(json_find(response.json, "more"));
    response_done(&response);
  }
  assert_int_equal(__builtin_popcountll(seen), 5);
}

/* The summaries' records, in the order in which the requests came. */
static void assert_records(struct fixture *fixture, const char *expected) {
  enum { SEQS = 64 };
  int64_t records[SEQS];
  char text[SEQS * 24] = "";
  const cJSON *request;
  for (int seq = 0; seq < SEQS; seq++) records[seq] = -1;
  fixture_settle(fixture);
  struct response response = ask_world(fixture, "/requests", 200);
  cJSON_ArrayForEach(request, json_find(response.json, "requests")) records[number(request, "seq") % SEQS] = number(request, "records");
  for (int seq = 0; seq < SEQS; seq++)
    if (records[seq] >= 0) snprintf(text + strlen(text), sizeof text - strlen(text), " %lld", (long long)records[seq]);
  assert_string_equal(text, expected);
  response_done(&response);
}

static void page_of(struct fixture *fixture, const char *query, const char *body, struct response *out) {
  char path[128];
  snprintf(path, sizeof path, "%s%s", ORG, query);
  *out = client_download(fixture->url, path, NULL, body);
}

/* Each page its own, as the rules left it; nested ones, deletes; none where there is no answer that is JSON. */
static void the_records_of_each_answer_are_counted(void **state) {
  struct fixture *fixture = *state;
  struct response first, response;
  char body[256];
  fixture_do(fixture, "for i = 1, 5 do employees:insert{EmpId = i, Name = 'n', Notes = 'n'} end boxes:insert{{BoxId = 1, Owner = 1}, {BoxId = 2, Owner = 1}}");
  page_of(fixture, "&%24batchsize=3", "{}", &first); /* three employees, two boxes */
  char *context = json_print(json_find(first.json, "delta_context"));
  snprintf(body, sizeof body, "{\"delta_context\":%s}", context);
  page_of(fixture, "&%24batchsize=3", body, &response); /* two employees */
  response_done(&response);
  page_of(fixture, "&%24batchsize=3", body, &response); /* again */
  response_done(&response);
  response = client_download(fixture->url, "/services/data/v1/Org/objects/Employee?%24expand=Box", NULL, "{}"); /* at the top, two nested */
  response_done(&response);
  fixture_do(fixture, "org:on_download():once():drop_record(3)");
  page_of(fixture, "", "{}", &response);
  response_done(&response);
  fixture_do(fixture, "org:on_download():once():garbage(10, 'body')");
  page_of(fixture, "", "{}", &response);
  response_done(&response);
  upload(fixture);
  response = client_call(fixture->url, "/services/metadata/v1/Org", NULL, NULL);
  response_done(&response);
  assert_records(fixture, " 5 2 2 7 6 0 1 0");
  assert_records(fixture, " 5 2 2 7 6 0 1 0"); /* and once more, of what was kept */
  response_done(&first);
  free(context);
}

static void bad_questions_are_told_so(void **state) {
  static const struct {
    const char *path;
    int status;
    const char *text;
  } CASES[] = {{"/requests?status=teapot", 400, "status is \\\"teapot\\\""}, {"/requests?sinc=1", 400, "no parameter sinc"},
               {"/requests?kind=uploads", 400, "kind is"},      {"/requests?wait_ms=60001", 400, "from 0 to 60000"},
               {"/requests/99", 404, "no entry 99"},            {"/nothing", 404, "has no /nothing"},
               {"/rules/1", 404, "has no /rules/1"}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    struct response response = ask_world(*state, CASES[i].path, CASES[i].status);
    if (!strstr(response.body, CASES[i].text)) fail_msg("%s: %s", CASES[i].path, response.body);
    response_done(&response);
  }
  struct response response = ask(*state, "/mock/worlds/other", 404);
  assert_non_null(strstr(response.body, "no world other"));
  response_done(&response);
  response = client_call(mock_server_url(((struct fixture *)*state)->server), WORLD, NULL, "{}");
  assert_int_equal(response.status, 405);
  response_done(&response);
}

/* A client has its answer a moment before the entry is complete. */
static void settle(struct mock_world *world) {
  mock_world_lock(world);
  while (world->at_work > 0) mock_world_wait(world, INT64_MAX / 1000);
  mock_world_unlock(world);
}

static void one_request_is_told_whole(void **state) {
  upload(*state);
  settle(((struct fixture *)*state)->world);
  struct response list = ask_world(*state, "/requests", 200);
  char path[64];
  snprintf(path, sizeof path, "/requests/%lld", (long long)number(cJSON_GetArrayItem(json_find(list.json, "requests"), 0), "seq"));
  struct response response = ask_world(*state, path, 200);
  const cJSON *request = json_find(response.json, "request"), *answer = json_find(response.json, "answer");
  assert_non_null(strstr(json_find_string(json_find(request, "body"), "text"), "\"Name\":\"Ada\""));
  const cJSON *header = cJSON_GetArrayItem(json_find(request, "headers"), 2);
  assert_string_equal(cJSON_GetArrayItem(header, 0)->valuestring, "X-Http-Method-Override"); /* order and case */
  assert_int_equal(number(answer, "status"), 200);
  assert_string_equal(json_find_string(answer, "end"), "answered");
  response_done(&list);
  response_done(&response);
}

/* HTTP says 200, the answer says more. */
static void the_answers_opstatus_is_told_unless_it_is_0(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{EmpId = 7, Name = 'A'}\norg:on_upload():nth(2):opstatus(20001)\norg:on_upload():nth(3):edit(function(a) a.opstatus = 500100 end)");
  for (int i = 0; i < 3; i++) { /* the list is in the order of their ends */
    upload(fixture);
    settle(fixture->world);
  }
  struct response list = ask_world(fixture, "/requests?kind=upload", 200);
  const cJSON *requests = json_find(list.json, "requests");
  assert_null(json_find(cJSON_GetArrayItem(requests, 0), "opstatus"));
  assert_int_equal(number(cJSON_GetArrayItem(requests, 1), "opstatus"), 20001);
  assert_int_equal(number(cJSON_GetArrayItem(requests, 2), "opstatus"), 500100);
  assert_string_equal(json_find_string(cJSON_GetArrayItem(requests, 1), "fault"), "upload rule 1: nth(2) opstatus(20001)");
  response_done(&list);
}

/* ---- long poll ---- */

struct poll_call {
  struct fixture *fixture;
  struct response response;
};

static void *poll_main(void *context) {
  struct poll_call *call = context;
  call->response = client_call(mock_server_url(call->fixture->server), "/mock/worlds/test/requests?wait_ms=60000&kind=upload", NULL, NULL);
  return NULL;
}

static void a_long_poll_ends_with_the_first_new_request(void **state) {
  struct poll_call call = {.fixture = *state};
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, poll_main, &call), 0);
  download(*state); /* is not waited for */
  upload(*state);
  pthread_join(thread, NULL);
  assert_int_equal(call.response.status, 200);
  assert_int_equal(count(&call.response, "requests"), 1);
  response_done(&call.response);
}

static void a_long_poll_ends_with_the_world(void **state) {
  struct poll_call call = {.fixture = *state};
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, poll_main, &call), 0);
  mock_world_close(call.fixture->world);
  pthread_join(thread, NULL);
  assert_int_equal(count(&call.response, "requests"), 0);
  response_done(&call.response);
}

static void a_request_at_work_comes_again_when_it_has_ended(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():hold('g')");
  int client = client_connect(fixture->url);
  client_send(client, fixture->url, ORG, "X-Http-Method-Override: GET\r\n", "{}");
  fixture_do(fixture, "server:gate('g'):reached()");
  struct response response = ask_world(fixture, "/requests", 200);
  const cJSON *entry = cJSON_GetArrayItem(json_find(response.json, "requests"), 0);
  assert_true(cJSON_IsTrue(json_find(entry, "at_work")));
  assert_string_equal(json_find_string(entry, "end"), "none");
  char path[96];
  snprintf(path, sizeof path, "/requests?wait_ms=60000&kind=download&since=%lld", (long long)number(response.json, "cursor"));
  response_done(&response);
  fixture_do(fixture, "server:gate('g'):open()");
  response = ask_world(fixture, path, 200);
  entry = cJSON_GetArrayItem(json_find(response.json, "requests"), 0);
  assert_string_equal(json_find_string(entry, "end"), "answered");
  assert_non_null(strstr(json_find_string(entry, "fault"), "hold"));
  response_done(&response);
  close(client);
}

/* ---- near misses ---- */

/* For each rule: which condition failed on which value. */
static void near_misses_name_condition_and_value(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload{key = 8}:once():status(503)\n"
                      "org:on_upload{header = {['X-Mine'] = 'yes'}}:once():status(503)\n"
                      "org:on_upload():nth(3):status(503)\n"
                      "org:on_upload():once():where(function() return false end):status(503)\n"
                      "org:on_download{batch = 2}:once():opstatus(9)");
  upload(fixture);
  struct response response = ask_world(fixture, "/near-misses", 200);
  static const char *const CONDITIONS[] = {"key", "header", "nth", "where", "kind"};
  assert_int_equal(count(&response, "rules"), 5);
  for (int i = 0; i < 5; i++) {
    const cJSON *rule = cJSON_GetArrayItem(json_find(response.json, "rules"), i);
    const cJSON *failed = json_find(cJSON_GetArrayItem(json_find(rule, "nearest"), 0), "failed");
    assert_string_equal(json_find_string(cJSON_GetArrayItem(failed, 0), "condition"), CONDITIONS[i]);
  }
  const cJSON *rule = cJSON_GetArrayItem(json_find(response.json, "rules"), 0);
  const cJSON *failed = cJSON_GetArrayItem(json_find(cJSON_GetArrayItem(json_find(rule, "nearest"), 0), "failed"), 0);
  assert_int_equal(number(failed, "expected"), 8);
  assert_int_equal(number(cJSON_GetArrayItem(json_find(failed, "actual"), 0), "EmpId"), 7);
  assert_non_null(strstr(response.body, "\"expected\":{\"X-Mine\":\"yes\"},\"actual\":{}")); /* not all that it had */
  assert_non_null(strstr(response.body, "nearest was request 1: key is to be 8 and was [{"));
  response_done(&response);
}

static void the_nearest_request_stands_first(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload{key = 8, attempt = 2}:once():status(503)");
  for (int i = 0; i < 5; i++) download(fixture); /* fail three conditions */
  upload(fixture);                               /* fails two */
  struct response response = ask_world(fixture, "/near-misses", 200);
  const cJSON *nearest = json_find(cJSON_GetArrayItem(json_find(response.json, "rules"), 0), "nearest");
  assert_int_equal(cJSON_GetArraySize(nearest), 3);
  assert_int_equal(cJSON_GetArraySize(json_find(cJSON_GetArrayItem(nearest, 0), "failed")), 2);
  response_done(&response);
}

/* All conditions are met and it is not its turn: nearer than what came later and is of another kind. */
static void a_request_that_met_all_conditions_is_nearest(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():nth(9):status(503)");
  upload(fixture);
  for (int i = 0; i < 5; i++) download(fixture);
  struct response response = ask_world(fixture, "/near-misses", 200);
  const cJSON *nearest = json_find(cJSON_GetArrayItem(json_find(response.json, "rules"), 0), "nearest");
  const cJSON *failed = cJSON_GetArrayItem(json_find(cJSON_GetArrayItem(nearest, 0), "failed"), 0);
  assert_string_equal(json_find_string(failed, "condition"), "nth");
  assert_int_equal(number(failed, "actual"), 1);
  response_done(&response);
}

static void rules_are_listed_with_what_became_of_them(void **state) {
  fixture_do(*state, "org:on_download():once():opstatus(1)\norg:on_upload():once():opstatus(2)");
  download(*state);
  struct response response = ask_world(*state, "/rules", 200);
  const cJSON *rules = json_find(response.json, "rules");
  assert_int_equal(number(cJSON_GetArrayItem(rules, 0), "fired"), 1);
  assert_true(cJSON_IsTrue(json_find(cJSON_GetArrayItem(rules, 1), "due")));
  response_done(&response);
}

/* It fired, and no record was like that. */
static void a_refusal_that_refused_nobody_is_idle(void **state) {
  fixture_do(*state, "org:on_upload():reject{where = {Name = 'nobody'}}\norg:on_upload():reject()\n"
                     "org:on_upload():reject{where = {Name = 'nobody'}}:header('X-More', '1')");
  upload(*state);
  struct response response = ask_world(*state, "/rules", 200);
  const cJSON *rules = json_find(response.json, "rules");
  assert_true(cJSON_IsTrue(json_find(cJSON_GetArrayItem(rules, 0), "idle")));
  assert_null(json_find(cJSON_GetArrayItem(rules, 1), "idle"));
  assert_null(json_find(cJSON_GetArrayItem(rules, 2), "idle"));
  response_done(&response);
}

/* ---- HAR ---- */

static void the_archive_holds_each_exchange(void **state) {
  fixture_do(*state, "org:on_download():once():body('\\xff\\0x', 'image/png')");
  download(*state);
  upload(*state);
  settle(((struct fixture *)*state)->world);
  struct response response = ask_world(*state, "/har", 200);
  const cJSON *log = json_find(response.json, "log"), *entries = json_find(log, "entries");
  assert_string_equal(json_find_string(log, "version"), "1.2");
  assert_int_equal(cJSON_GetArraySize(entries), 2);
  const cJSON *content = json_find(json_find(cJSON_GetArrayItem(entries, 0), "response"), "content");
  assert_string_equal(json_find_string(content, "text"), "/wB4");
  assert_string_equal(json_find_string(content, "encoding"), "base64");
  assert_string_equal(json_find_string(content, "mimeType"), "image/png");
  const cJSON *request = json_find(cJSON_GetArrayItem(entries, 1), "request");
  assert_non_null(strstr(json_find_string(request, "url"), "/w/test/services/data/v1/Org"));
  assert_non_null(strstr(json_find_string(json_find(request, "postData"), "text"), "Ada"));
  /* HAR 1.2: what an entry must have */
  static const char *const MEMBERS[] = {"startedDateTime", "time", "request", "response", "cache", "timings"};
  for (size_t i = 0; i < sizeof MEMBERS / sizeof *MEMBERS; i++) assert_non_null(json_find(cJSON_GetArrayItem(entries, 0), MEMBERS[i]));
  response_done(&response);
}

/* For whoever opens it in a browser: the status in words, cookies one by one, what broke off. */
static void the_archive_tells_what_broke_off(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():once():status(503, {['Set-Cookie'] = 'sid=1; Path=/'})\norg:on_download():nth(2):cut(30)");
  for (int i = 0; i < 2; i++) {
    int client = client_connect(fixture->url);
    client_send(client, fixture->url, "/services/data/v1/Org", "Connection: close\r\nX-Http-Method-Override: GET\r\nCookie: a=b=c; flag; d=\r\n", "{}");
    struct raw_answer raw = client_read_raw(client);
    base_buf_done(&raw.bytes);
    close(client);
  }
  settle(fixture->world);
  struct response response = ask_world(fixture, "/har", 200);
  char *text = json_print(json_find(json_find(response.json, "log"), "entries"));
  assert_non_null(strstr(text, "\"cookies\":[{\"name\":\"a\",\"value\":\"b=c\"},{\"name\":\"flag\",\"value\":\"\"},{\"name\":\"d\",\"value\":\"\"}]"));
  assert_non_null(strstr(text, "\"cookies\":[{\"name\":\"sid\",\"value\":\"1\"}]"));
  assert_non_null(strstr(text, "\"status\":503,\"statusText\":\"Service Unavailable\""));
  assert_non_null(strstr(text, "\"_error\":\"cut after 30 bytes\""));
  assert_non_null(strstr(text, "\"_findings\":[\"W-"));
  free(text);
  response_done(&response);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(the_worlds_are_listed), TEST(requests_are_filtered), TEST(a_cursor_goes_on_where_the_last_list_ended),
      TEST(bad_questions_are_told_so), TEST(the_records_of_each_answer_are_counted), TEST(one_request_is_told_whole), TEST(the_answers_opstatus_is_told_unless_it_is_0), TEST(a_long_poll_ends_with_the_first_new_request),
      TEST(a_long_poll_ends_with_the_world), TEST(a_request_at_work_comes_again_when_it_has_ended),
      TEST(near_misses_name_condition_and_value), TEST(the_nearest_request_stands_first), TEST(a_request_that_met_all_conditions_is_nearest),
      TEST(rules_are_listed_with_what_became_of_them), TEST(a_refusal_that_refused_nobody_is_idle), TEST(the_archive_holds_each_exchange),
      TEST(the_archive_tells_what_broke_off)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
