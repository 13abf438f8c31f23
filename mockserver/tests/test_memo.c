/* What is made once and given again: answers while nothing has changed, members of requests when they are looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_client.h"
#include "world_fixture.h"

static const char PAGE[] = "/services/data/v1/Org?offline=true&$batchsize=1";

static char *download(struct fixture *fixture, const char *path, const char *body) {
  struct response response = client_download(fixture->url, path, NULL, body);
  assert_int_equal(response.status, 200);
  char *text = strdup(response.body);
  response_done(&response);
  return text;
}

/* Asks twice, with `between` in between: is it the same text? */
static bool same_after(struct fixture *fixture, const char *between) {
  char *one = download(fixture, PAGE, "{}");
  fixture_do(fixture, between);
  char *other = download(fixture, PAGE, "{}");
  bool same = strcmp(one, other) == 0;
  free(one);
  free(other);
  return same;
}

static void the_same_request_gets_the_same_bytes(void **state) {
  fixture_do(*state, "employees:insert{{Name = 'Ada'}, {Name = 'Grace'}}");
  assert_true(same_after(*state, "")); /* the batch context included */
}

static void whatever_changes_the_service_changes_the_answer(void **state) {
  static const char *const CHANGES[] = {"employees:insert{Name = 'Barbara'}", "employees:update(101, {Name = 'Ada L.'})", "employees:delete(101)",
                                        "server.clock:advance('1s')", "org:object('Note', foundry.model.note):insert{Id = '1', Text = 'x'}"};
  fixture_do(*state, "employees:insert{{Name = 'Ada'}, {Name = 'Grace'}, {Name = 'Frances'}}");
  for (size_t i = 0; i < sizeof CHANGES / sizeof CHANGES[0]; i++)
    if (same_after(*state, CHANGES[i])) fail_msg("the same answer after %s", CHANGES[i]);
}

static void an_upload_changes_the_answer(void **state) {
  struct fixture *fixture = *state;
  char *one = download(fixture, PAGE, "{}");
  struct response response = client_upload(fixture->url, "/services/data/v1/Org", "X-Voltmx-RequestCacheId: a\r\n",
                                           "{\"records\":[{\"EmpId\":-1,\"Name\":\"Ada\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":1}}]}");
  response_done(&response);
  char *other = download(fixture, PAGE, "{}");
  assert_null(strstr(one, "\"Ada\""));
  assert_non_null(strstr(other, "\"Ada\""));
  free(one);
  free(other);
}

static void findings_come_each_time(void **state) {
  for (int i = 0; i < 2; i++) free(download(*state, "/services/data/v1/Org?$batchsize=x", "{}"));
  assert_int_equal(fixture_number(*state, "local list = org:downloads()\n"
                                          "assert(#list[1].findings == #list[2].findings)\n"
                                          "for i, text in ipairs(list[1].findings) do assert(text == list[2].findings[i]) end\n"
                                          "return #list[2].findings"), 2);
}

static void edits_change_their_own_answer_alone(void **state) {
  fixture_do(*state, "employees:insert{Name = 'Ada'}");
  char *plain = download(*state, PAGE, "{}");
  fixture_do(*state, "org:on_download():once():edit(function(answer) answer.Objects[1].records[1].Name = 'edited' end)");
  char *edited = download(*state, PAGE, "{}"), *again = download(*state, PAGE, "{}");
  assert_non_null(strstr(edited, "\"edited\""));
  assert_string_equal(plain, again);
  free(plain);
  free(edited);
  free(again);
}

static void the_journal_has_each_answer(void **state) {
  fixture_do(*state, "employees:insert{Name = 'Ada'}");
  for (int i = 0; i < 3; i++) free(download(*state, PAGE, "{}"));
  assert_int_equal(fixture_number(*state, "local count = 0\nfor _, request in ipairs(org:downloads()) do\n"
                                          "  if request.answer.Objects[1].records[1].Name == 'Ada' and request.answer_text:find('Ada') then count = count + 1 end\n"
                                          "end\nreturn count"), 3);
}

static void more_different_requests_than_are_remembered(void **state) {
  char path[80];
  fixture_do(*state, "employees:insert{Name = 'Ada'}");
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < 40; i++) {
      snprintf(path, sizeof path, "/services/data/v1/Org?offline=true&$batchsize=%d", i + 1);
      char *text = download(*state, path, "{}");
      assert_non_null(strstr(text, "\"Ada\""));
      free(text);
    }
}

/* ---- requests in where() ---- */

/* The function's text; `seen` is the world's to ask for afterwards. */
static void where(struct fixture *fixture, const char *function) {
  char script[1024];
  snprintf(script, sizeof script, "seen = {}\norg:on_download():where(function(request) %s end):status(503)", function);
  fixture_do(fixture, script);
  struct response response = client_download(fixture->url, "/services/data/v1/Org?offline=true&a=b", NULL, "{\"delta_context\":{}}");
  response_done(&response);
}

static void members_are_made_when_they_are_looked_at(void **state) {
  where(*state, "seen = {request.kind, request.method, request.query.a, request.headers['content-type'], request.body_text, request.service,\n"
                "tostring(request.object), tostring(request.nothing), type(request.body.delta_context), tostring(request.replayed), #request.findings}");
  cJSON *seen = fixture_run(*state, "return table.concat(seen, '|')");
  assert_string_equal(cJSON_GetStringValue(seen), "download|POST|b|application/json|{\"delta_context\":{}}|Org|nil|nil|table|false|0");
  cJSON_Delete(seen);
}

static void a_request_is_a_table_like_every_other(void **state) {
  where(*state, "request.query.a = 'changed' request.mine = 1\nfor name, value in pairs(request) do seen[name] = value end\nseen.text = foundry.encode(request)");
  assert_int_equal(fixture_number(*state, "assert(seen.query.a == 'changed' and seen.mine == 1 and seen.kind == 'download' and seen.seq > 0)\n"
                                          "assert(seen.text:find('\"mine\":1') and seen.text:find('\"a\":\"changed\"') and seen.text:find('\"method\":\"POST\"'))\nreturn 1"), 1);
}

static void a_request_as_json_is_whole_although_nobody_looked(void **state) {
  where(*state, "seen.text = foundry.encode{request}");
  assert_int_equal(fixture_number(*state, "local request = foundry.decode(seen.text)[1]\n"
                                          "assert(request.path == '/services/data/v1/Org' and request.body.delta_context)\nreturn 1"), 1);
}

static void a_request_can_be_kept(void **state) {
  where(*state, "seen.request = request");
  assert_int_equal(fixture_number(*state, "assert(seen.request.query.a == 'b') return seen.request.seq == org:downloads()[1].seq and 1 or 0"), 1);
}

static void a_request_that_was_let_go_has_nothing_more(void **state) {
  struct fixture *fixture = *state;
  mock_world_set_keep(fixture->world, 1);
  where(fixture, "if not seen.request then seen.request = request seen.path = request.path end");
  for (int i = 0; i < 3; i++) {
    free(download(fixture, PAGE, "{}"));
    fixture_settle(fixture); /* one at work is not let go */
  }
  assert_int_equal(fixture_number(fixture, "assert(seen.request.path == '/services/data/v1/Org') return seen.request.query == nil and 1 or 0"), 1);
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)
  const struct CMUnitTest tests[] = {
      TEST(the_same_request_gets_the_same_bytes), TEST(whatever_changes_the_service_changes_the_answer), TEST(an_upload_changes_the_answer),
      TEST(findings_come_each_time), TEST(edits_change_their_own_answer_alone), TEST(the_journal_has_each_answer),
      TEST(more_different_requests_than_are_remembered), TEST(members_are_made_when_they_are_looked_at),
      TEST(a_request_is_a_table_like_every_other), TEST(a_request_as_json_is_whole_although_nobody_looked),
      TEST(a_request_can_be_kept), TEST(a_request_that_was_let_go_has_nothing_more)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
