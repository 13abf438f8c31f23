/* Which requests a rule is for: each condition, the dice, and that a one-shot rule fires once under fire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_client.h"
#include "one_shot.h"
#include "world_fixture.h"

static const char ORG[] = "/services/data/v1/Org?offline=true", EMPLOYEE[] = "/services/data/v1/Org/objects/Employee?mine=a%20b";

static void upload_record(struct fixture *fixture, const char *path, const char *more, const char *action, const char *key) {
  char body[256];
  snprintf(body, sizeof body, "{\"records\":[{%s,\"Name\":\"Ada\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"%s\",\"rowId\":1,"
                              "\"checksum\":\"\"}}]}", key, action);
  struct response response = client_upload(fixture->url, path, more, body);
  response_done(&response);
}

static void ask(struct fixture *fixture, const char *path) {
  struct response response = client_download(fixture->url, path, NULL, "{}");
  response_done(&response);
}

/* The same four requests for each; how many of them the rule met. */
static void each_condition_picks_its_requests(void **state) {
  static const struct {
    const char *match;
    int fired;
  } CASES[] = {
      {"org:on_upload()", 3},
      {"org:on_request()", 5},
      {"server:on_request()", 6},
      {"server:on_document()", 1},
      {"server:on_request{service = 'Org', kind = 'download'}", 2},
      {"org:on_upload{action = 'create'}", 1},
      {"org:on_upload{action = 'partialupdate'}", 0},
      {"org:on_upload{key = 5}", 1},
      {"org:on_upload{key = '5.0'}", 1},
      {"org:on_upload{key = {EmpId = 6}}", 1},
      {"org:on_upload{key = {5, 6, 7}}", 2},
      {"org:on_upload{key = {foundry.array{}, 8}}", 0},
      {"org:on_upload{header = {['x-mine'] = 'yes'}}", 1},
      {"org:on_upload{header = {['X-Mine'] = true}}", 1},
      {"org:on_upload{header = {['X-Mine'] = false}}", 2},
      {"org:on_request{query = {mine = 'a b'}}", 2},
      {"org:on_request{query = {mine = false}}", 3},
      {"org:on_upload{level = 'object'}", 1},
      {"org:on_upload{object = 'Department'}", 0},
      {"org:on_upload{object = 'Employee'}", 3},
      {"server:on_request{method = 'POST'}", 5},
      {"server:on_request{method = 'GET'}", 1},
      {"server:on_request{path = '/services/data/v1/Org'}", 3},
      {"org:on_upload{batch = 2}", 1},
      {"org:on_upload{batch = 3}", 0},
      {"org:on_upload():batch(1):match{action = 'create'}", 1},
      {"org:on_upload():nth(2)", 1},
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    char script[256];
    snprintf(script, sizeof script, "if rule then rule:lift() end server:sync_ended() rule = %s:header('X-Rule', 'met')", CASES[i].match);
    fixture_do(fixture, script);
    upload_record(fixture, ORG, NULL, "create", "\"EmpId\":-1");
    upload_record(fixture, ORG, "X-Mine: yes\r\n", "update", "\"EmpId\":5"); /* the second batch */
    ask(fixture, ORG);
    upload_record(fixture, EMPLOYEE, NULL, "update", "\"EmpId\":\"6\"");
    ask(fixture, EMPLOYEE);
    struct response response = client_call(fixture->url, "/authService/100000002/appconfig", NULL, NULL);
    response_done(&response);
    int64_t fired = fixture_number(fixture, "return rule:fired()");
    if (fired != CASES[i].fired) fail_msg("%s: %lld instead of %d", CASES[i].match, (long long)fired, CASES[i].fired);
  }
}

/* W-3: a record of an upload says the short name, a path either one; so may a rule, in its conditions and in what it edits. */
static void an_object_has_a_full_and_a_short_name(void **state) {
  static const struct { const char *name, *fired; } RULES[] = {
      {"'hr.Person'", "3"}, {"'Person'", "3"}, {"persons", "3"}, {"'it.Person'", "0"}, {"'hr'", "0"}};
  struct fixture *fixture = *state;
  fixture_do(fixture, "far = server:service('Far') persons = far:object('hr.Person', {key = {'Id'}, fields = {{name = 'Id', datatype = 'number'}, {name = 'Nick', datatype = 'string'}}})");
  for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
    char script[256], record[128];
    snprintf(script, sizeof script, "local name = %s if rule then rule:lift() edit:lift() end\n"
             "rule = far:on_request{object = type(name) == 'table' and name.name or name}:where(function() return true end)\n"
             "edit = far:on_upload():without('Nick', name)", RULES[i].name);
    fixture_do(fixture, script);
    snprintf(record, sizeof record, "{\"records\":[{\"Id\":%zu,\"Nick\":\"n\",\"_metadata\":{\"object\":\"Person\",\"action\":\"create\",\"rowId\":1}}]}", i);
    struct response uploaded = client_upload(fixture->url, "/services/data/v1/Far", NULL, record);
    bool edited = strstr(uploaded.body, "Nick") == NULL;
    assert_int_equal(edited, RULES[i].fired[0] != '0');
    struct response full = client_download(fixture->url, "/services/data/v1/Far/objects/hr.Person", NULL, "{}");
    struct response brief = client_download(fixture->url, "/services/data/v1/Far/objects/Person", NULL, "{}");
    cJSON *fired = fixture_run(fixture, "return tostring(rule:fired())");
    if (strcmp(fired->valuestring, RULES[i].fired) != 0) fail_msg("%s: %s", RULES[i].name, fired->valuestring);
    cJSON_Delete(fired);
    response_done(&uploaded);
    response_done(&full);
    response_done(&brief);
  }
}

static void unknown_or_odd_conditions_are_errors(void **state) {
  static const struct {
    const char *match, *text;
  } CASES[] = {{"org:on_upload{objekt = 'x'}", "there is no condition objekt"},
               {"org:on_upload{batch = 0}", "the condition batch is a number from 1"},
               {"org:on_upload{level = 'both'}", "the condition level is service or object"},
               {"server:on_request{kind = 'uploads'}", "the condition kind is upload, download"},
               {"org:on_upload{header = 'x'}", "the condition header is {name = text, true or false}"},
               {"org:on_upload():probability(0)", "a number above 0, at most 1"},
               {"org:on_upload():cut(-1)", "cut(): the number of bytes is a whole number from 0, not -1"},
               {"org:on_upload():retype_column('Name', 'date')", "the type is string, number"}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    struct base_error err = {0};
    fixture_fail(*state, CASES[i].match, &err);
    if (!strstr(err.text, CASES[i].text) || !strstr(err.text, "test.lua:1")) fail_msg("%s: %s", CASES[i].match, err.text);
  }
}

/* A login, a feature flag: whatever else an app asks on its way. */
static void a_rule_answers_at_a_path_that_nothing_serves(void **state) {
  static const char LOGIN[] = "/authService/100000002/login";
  struct fixture *fixture = *state;
  fixture_do(fixture, "server:on_request{path = '/authService/100000002/login'}:once():status(200, nil, {claims_token = {value = 'c1'}})");
  struct response response = client_call(fixture->url, LOGIN, "", "userid=ada");
  assert_int_equal(response.status, 200);
  assert_string_equal(response.body, "{\"claims_token\":{\"value\":\"c1\"}}");
  response_done(&response);
  response = client_call(fixture->url, LOGIN, "", "userid=ada");
  assert_int_equal(response.status, 404);
  response_done(&response);
  assert_int_equal(fixture_number(fixture, "return #server:requests():where(function(r) return r.executed end)"), 0);
}

/* Of what was asked: body, status and headers are the function's. */
static void a_function_answers_a_login(void **state) {
  static const char LOGIN[] = "/authService/100000002/login";
  struct fixture *fixture = *state;
  fixture_do(fixture, "local foundry = require 'foundry'\nlocal identity = server:identity{lifetime = '30min'}\n"
                      "server:on_request{path = '/authService/100000002/login'}:answer(function(request)\n"
                      "  local user = foundry.form(request.body_text)\n"
                      "  if user.password ~= 'a b&c%' then return 'no ' .. user.userid .. '\\0', 401, {['Content-Type'] = 'text/plain', ['X-Tries'] = 2} end\n"
                      "  return {claims_token = {value = identity:token()}, user = user.userid}\nend)");
  struct response response = client_call(fixture->url, LOGIN, "", "userid=ad%C3%A4&password=wrong");
  assert_int_equal(response.status, 401);
  assert_int_equal(response.body_len, sizeof "no ad\xc3\xa4");
  assert_memory_equal(response.body, "no ad\xc3\xa4", sizeof "no ad\xc3\xa4");
  assert_non_null(strstr(response.head, "\r\nContent-Type: text/plain\r\n"));
  assert_non_null(strstr(response.head, "\r\nX-Tries: 2\r\n"));
  response_done(&response);
  response = client_call(fixture->url, LOGIN, "", "password=a+b%26c%25&userid=x&userid=ada&empty");
  assert_int_equal(response.status, 200);
  assert_string_equal(json_find_string(response.json, "user"), "ada");
  char header[128];
  snprintf(header, sizeof header, "X-Voltmx-Authorization: %s\r\n", json_find_string(json_find(response.json, "claims_token"), "value"));
  struct response refused = client_download(fixture->url, ORG, NULL, "{}"), page = client_download(fixture->url, ORG, header, "{}");
  assert_int_equal(refused.status, 401);
  assert_int_equal(page.status, 200);
  response_done(&refused);
  response_done(&page);
  response_done(&response);
}

/* Instead of the back end, whatever the request is; what is wrong with it is said in the answer. */
static void what_a_function_answers_is_checked(void **state) {
  static const struct { const char *function, *text; } CASES[] = {
      {"function(request) return {kind = request.kind} end", "{\"kind\":\"download\"}"},
      {"function() end", "answer(): the function is to return a body, a table or a text, not a nil"},
      {"function() return {}, 99 end", "answer(): the function returned a status that is no whole number from 200 to 999, but 99"},
      {"function() return '', 200, 'x' end", "answer(): the function returned headers that are no table, but a string"},
      {"function() return '', 200, {A = true} end", "answer(): the function returned the header A with a boolean; headers are texts by name"},
      {"function() return '', 200, {'x'} end", "answer(): the function returned the header 1 with a string; headers are texts by name"},
      {"function() error('oops') end", "test.lua:1: oops"}};
  struct fixture *fixture = *state;
  char script[256];
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    snprintf(script, sizeof script, "org:on_download():answer(%s)", CASES[i].function);
    fixture_do(fixture, script);
    struct response response = client_download(fixture->url, ORG, NULL, "{}");
    assert_int_equal(response.status, i == 0 ? 200 : 500);
    if (!strstr(response.body, CASES[i].text)) fail_msg("%s: %s", CASES[i].function, response.body);
    response_done(&response);
  }
}

/* One more each time the same request comes again after a failure; a good answer begins anew. */
static void attempts_count_failures_of_the_same_request(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():times(2):status(503)");
  for (int i = 0; i < 4; i++) upload_record(fixture, ORG, "X-Voltmx-RequestCacheId: a\r\n", "create", "\"EmpId\":-1");
  upload_record(fixture, ORG, "X-Voltmx-RequestCacheId: b\r\n", "create", "\"EmpId\":-1");
  cJSON *attempts = fixture_run(fixture, "local list = {} for i, r in ipairs(org:uploads()) do list[i] = r.attempt end return table.concat(list, ' ')");
  assert_string_equal(attempts->valuestring, "1 2 3 1 1");
  cJSON_Delete(attempts);
  fixture_do(fixture, "second = org:on_download{attempt = 2}:once():opstatus(7) first = org:on_download():once():close()");
  ask(fixture, ORG);
  fixture_do(fixture, "server:sync_ended()");
  ask(fixture, ORG);
  assert_int_equal(fixture_number(fixture, "return first:fired() * 10 + second:fired()"), 11);
}

/* The second batch, again, with this key: conditions of one request, whatever came in between. */
static void a_batch_that_comes_again_is_the_batch_that_it_was(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload{batch = 2}:once():store():status(504)\n"
                      "again = org:on_upload():replays():header('X-Again', '1') new = org:on_upload{replay = false}:header('X-New', '1')\n"
                      "rule = org:on_upload{batch = 2, attempt = 2, key = {5, 6}, header = {['X-Mine'] = 'yes'}}:once():status(503)");
  upload_record(fixture, ORG, "X-Voltmx-RequestCacheId: a\r\n", "update", "\"EmpId\":4");
  for (int i = 0; i < 3; i++) upload_record(fixture, ORG, "X-Mine: yes\r\nX-Voltmx-RequestCacheId: b\r\n", "update", "\"EmpId\":5");
  upload_record(fixture, ORG, "X-Voltmx-RequestCacheId: c\r\n", "update", "\"EmpId\":5");
  cJSON *seen = fixture_run(fixture, "local list = {} for i, r in ipairs(org:uploads()) do list[i] = ('%d/%d %d'):format(r.batch, r.attempt, r.status) end\n"
                                     "return table.concat(list, ', ')");
  assert_string_equal(seen->valuestring, "1/1 200, 2/1 504, 2/2 503, 2/3 200, 3/1 200");
  assert_int_equal(fixture_number(fixture, "return rule:fired() * 100 + again:fired() * 10 + new:fired()"), 123);
  cJSON_Delete(seen);
}

/* As many as a script makes: one for each key, and one upload that brings them all. */
static void a_request_may_meet_any_number_of_rules(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "for i = 1, 200 do org:on_upload{key = 5}:once():reject{where = {EmpId = -i}} end\n"
                      "rule = org:on_upload():once():status(503)");
  upload_record(fixture, ORG, NULL, "update", "\"EmpId\":5");
  assert_int_equal(fixture_number(fixture, "return org:uploads()[1].status"), 503);
  assert_int_equal(fixture_number(fixture, "return #server:unfired_rules()"), 0);
}

/* ---- the dice ---- */

enum { THROWS = 200 };

static void throw_all(struct fixture *fixture, const char *rule, char seen[THROWS + 1]) {
  fixture_do(fixture, rule);
  for (int i = 0; i < THROWS; i++) {
    struct response response = client_download(fixture->url, ORG, NULL, "{}");
    seen[i] = response.status == 503 ? 'x' : '.';
    response_done(&response);
  }
  seen[THROWS] = '\0';
  fixture_do(fixture, "rule:lift()");
}

static void the_same_seed_throws_the_same(void **state) {
  char one[THROWS + 1], two[THROWS + 1], other[THROWS + 1];
  throw_all(*state, "rule = org:on_download():probability(0.3, 7):status(503)", one);
  throw_all(*state, "rule = org:on_download():probability(0.3, 7):status(503)", two);
  throw_all(*state, "rule = org:on_download():probability(0.3, 8):status(503)", other);
  assert_string_equal(one, two);
  assert_string_not_equal(one, other);
  int hits = 0;
  for (int i = 0; i < THROWS; i++) hits += one[i] == 'x';
  assert_in_range(hits, 40, 80); /* 60 of 200; the seed decides, so this never changes */
}

static void what_is_certain_is_always(void **state) {
  char seen[THROWS + 1];
  throw_all(*state, "rule = org:on_download():probability(1, 3):status(503)", seen);
  assert_int_equal(strspn(seen, "x"), THROWS);
}

/* ---- the reference ---- */

/* The words of a class in the stubs, one a line. */
static char *stub_words(const char *class) {
  char line[512], begin[64];
  struct base_buf words = BASE_BUF_INIT;
  FILE *file = fopen(MOCK_STUBS, "r");
  assert_non_null(file);
  snprintf(begin, sizeof begin, "function %s:", class);
  while (fgets(line, sizeof line, file))
    if (strncmp(line, begin, strlen(begin)) == 0)
      base_buf_printf(&words, "%.*s ", (int)strcspn(line + strlen(begin), "("), line + strlen(begin));
  fclose(file);
  return base_buf_steal(&words);
}

/* What the reference promises is there; of rules it names every word. */
static void the_stubs_name_the_words_of_the_language(void **state) {
  static const struct {
    const char *class, *value;
    bool whole;
  } CASES[] = {{"rule", "org:on_upload()", true}, {"service", "org", false}, {"object", "employees", false}, {"server", "server", false},
               {"listener", "server:listener('raw')", false}, {"clock", "server.clock", false}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    struct base_buf script = BASE_BUF_INIT;
    char *words = stub_words(CASES[i].class);
    base_buf_printf(&script, "local class, known, wrong = getmetatable(%s).__index, {}, {}\n"
                             "for word in ('%s'):gmatch('%%S+') do known[word] = true if not class[word] then wrong[#wrong + 1] = word .. ' is missing' end end\n"
                             "if %s then for word, is in pairs(class) do if type(is) == 'function' and not known[word] then\n"
                             "  wrong[#wrong + 1] = word .. ' is not in the stubs' end end end\n"
                             "return table.concat(wrong, ', ')", CASES[i].value, words, CASES[i].whole ? "true" : "false");
    cJSON *wrong = fixture_run(*state, base_buf_string(&script));
    if (wrong->valuestring[0]) fail_msg("%s: %s", CASES[i].class, wrong->valuestring);
    cJSON_Delete(wrong);
    base_buf_done(&script);
    free(words);
  }
  cJSON *version = fixture_run(*state, "return foundry.version");
  assert_string_equal(version->valuestring, "1.3");
  cJSON_Delete(version);
}

/* ---- under fire ---- */

enum { THREADS = 8, ROUNDS = 2000 };

static void a_one_shot_fault_fires_once_in_every_round(void **state) {
  struct one_shot_result result = one_shot_rounds(*state, THREADS, ROUNDS);
  assert_int_equal(result.rounds, ROUNDS);
  assert_int_equal(result.never, 0);
  assert_int_equal(result.twice, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(each_condition_picks_its_requests), TEST(an_object_has_a_full_and_a_short_name), TEST(unknown_or_odd_conditions_are_errors),
      TEST(attempts_count_failures_of_the_same_request), TEST(a_batch_that_comes_again_is_the_batch_that_it_was),
      TEST(a_request_may_meet_any_number_of_rules), TEST(a_rule_answers_at_a_path_that_nothing_serves),
      TEST(a_function_answers_a_login), TEST(what_a_function_answers_is_checked), TEST(the_same_seed_throws_the_same), TEST(what_is_certain_is_always),
      TEST(the_stubs_name_the_words_of_the_language), TEST(a_one_shot_fault_fires_once_in_every_round)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
