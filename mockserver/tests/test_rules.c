/* Which rules meet a request, how they compose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_client.h"
#include "world_fixture.h"

static const char ORG[] = "/services/data/v1/Org", EMPLOYEE[] = "/services/data/v1/Org/objects/Employee";
static const char ONE[] = "{\"records\":[{\"EmpId\":-1,\"Name\":\"Ada\",\"Notes\":\"n\",\"_metadata\":{\"object\":\"Employee\","
                          "\"action\":\"create\",\"rowId\":1,\"checksum\":\"\"}}]}";

static int status_of_upload(struct fixture *fixture, const char *path) {
  struct response response = client_upload(fixture->url, path, NULL, ONE);
  int status = response.status;
  response_done(&response);
  return status;
}

static int64_t opstatus_of_download(struct fixture *fixture, const char *path) {
  struct response response = client_download(fixture->url, path, NULL, "{}");
  int64_t opstatus = -1;
  json_integer(json_find(response.json, "opstatus"), &opstatus);
  response_done(&response);
  return opstatus;
}

static void once_is_once(void **state) {
  fixture_do(*state, "rule = org:on_upload():once():status(503)");
  assert_int_equal(status_of_upload(*state, ORG), 503);
  assert_int_equal(status_of_upload(*state, ORG), 200);
  assert_int_equal(fixture_number(*state, "return rule:fired()"), 1);
}

static void nth_counts_matching_requests(void **state) {
  fixture_do(*state, "org:on_upload():nth(2):status(503)");
  assert_int_equal(opstatus_of_download(*state, ORG), 0);
  assert_int_equal(status_of_upload(*state, ORG), 200);
  assert_int_equal(status_of_upload(*state, ORG), 503);
  assert_int_equal(status_of_upload(*state, ORG), 200);
}

static void times_is_that_often(void **state) {
  fixture_do(*state, "org:on_upload():times(2):status(503)");
  assert_int_equal(status_of_upload(*state, ORG), 503);
  assert_int_equal(status_of_upload(*state, ORG), 503);
  assert_int_equal(status_of_upload(*state, ORG), 200);
}

static void matching_is_by_level_object_and_filter(void **state) {
  fixture_do(*state, "org:on_download{level = 'object', object = 'Employee'}:opstatus(7)\n"
                     "org:on_download{filter = true}:opstatus(8)");
  assert_int_equal(opstatus_of_download(*state, ORG), 0);
  assert_int_equal(opstatus_of_download(*state, "/services/data/v1/Org/objects/Department"), 0);
  assert_int_equal(opstatus_of_download(*state, EMPLOYEE), 7);
  assert_int_equal(opstatus_of_download(*state, "/services/data/v1/Org/objects/Department?$filter=DeptId+eq+1"), 8);
}

static void where_decides_with_the_request(void **state) {
  fixture_do(*state, "org:on_upload():where(function(r) return r.records[1].Name == 'Ada' and r.level == 'object' end):status(503)");
  assert_int_equal(status_of_upload(*state, ORG), 200);
  assert_int_equal(status_of_upload(*state, EMPLOYEE), 503);
}

static void the_newest_fault_wins_and_the_older_keeps_its_turn(void **state) {
  fixture_do(*state, "old = org:on_upload():once():status(503)\nnew = org:on_upload():once():status(504)");
  assert_int_equal(status_of_upload(*state, ORG), 504);
  assert_int_equal(fixture_number(*state, "return old:fired()"), 0);
  assert_int_equal(status_of_upload(*state, ORG), 503);
  assert_int_equal(status_of_upload(*state, ORG), 200);
}

static void a_lifted_rule_is_gone(void **state) {
  fixture_do(*state, "rule = org:on_upload():status(503)");
  assert_int_equal(status_of_upload(*state, ORG), 503);
  fixture_do(*state, "rule:lift()");
  assert_int_equal(status_of_upload(*state, ORG), 200);
}

/* API-14: partial answers of a back end, mended by a post-processor: edits compose in the order of making. */
static void edits_compose_in_order(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():without('Notes')\n"
                      "org:on_upload():post_process(function(answer, request)\n"
                      "  local record = answer.objects[1].records[1]\n"
                      "  assert(record.Notes == nil)\n"
                      "  record.Notes = request.records[1].Notes .. ' copied'\n"
                      "end)");
  struct response response = client_upload(fixture->url, ORG, NULL, ONE);
  const cJSON *part = cJSON_GetArrayItem(json_find(response.json, "objects"), 0);
  const cJSON *record = cJSON_GetArrayItem(json_find(part, "records"), 0);
  assert_string_equal(json_find_string(record, "Notes"), "n copied");
  response_done(&response);
}

static void an_edit_may_send_any_text(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():edit(function() return 'not JSON' end)");
  struct response response = client_download(fixture->url, ORG, NULL, "{}");
  assert_string_equal(response.body, "not JSON");
  response_done(&response);
}

static void without_leaves_other_objects_alone(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "departments:insert{DeptId = 1, Title = 't'} employees:insert{EmpId = 1, Name = 'a'}\n"
                      "org:on_download():without('Name', 'Employee'):without('Title', 'Employee')");
  struct response response = client_download(fixture->url, ORG, NULL, "{}");
  assert_null(strstr(response.body, "\"Name\""));
  assert_non_null(strstr(response.body, "\"Title\""));
  response_done(&response);
}

/* An error in a rule's function is told three times: to the client, in the journal, to the runner. */
static void errors_of_functions_are_not_lost(void **state) {
  struct fixture *fixture = *state;
  struct base_error err = {0};
  fixture_do(fixture, "org:on_download():once():edit(function(answer) error('my mistake') end)");
  assert_false(mock_world_script_error(fixture->world, &err));
  struct response response = client_download(fixture->url, ORG, NULL, "{}");
  assert_int_equal(response.status, 500);
  assert_non_null(strstr(response.body, "test.lua:1: my mistake"));
  response_done(&response);
  mock_world_lock(fixture->world);
  assert_true(mock_world_script_error(fixture->world, &err));
  cJSON *journal = mock_world_journal(fixture->world, 0);
  mock_world_unlock(fixture->world);
  char *text = json_print(journal);
  assert_non_null(strstr(err.text, "my mistake"));
  assert_non_null(strstr(text, "a rule's function failed"));
  free(text);
  cJSON_Delete(journal);
  assert_int_equal(opstatus_of_download(*state, ORG), 0);
}

static void a_function_of_a_rule_must_not_wait(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():where(function() server:gate('g'):reached() end):opstatus(1)");
  struct response response = client_download(fixture->url, ORG, NULL, "{}");
  assert_non_null(strstr(response.body, "must not wait"));
  response_done(&response);
}

static void an_endless_function_ends(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():where(function() while true do end end):opstatus(1)");
  struct response response = client_download(fixture->url, ORG, NULL, "{}");
  assert_non_null(strstr(response.body, "instructions without waiting"));
  response_done(&response);
}

static void rules_that_were_due_are_told(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():once():status(503)\norg:on_upload():nth(9):status(504)\n"
                      "org:on_upload():once():optional():status(504)\norg:on_download():opstatus(1)");
  mock_world_lock(fixture->world);
  mock_world_lift_all(fixture->world);
  cJSON *list = mock_world_unfired_rules(fixture->world);
  mock_world_unlock(fixture->world);
  assert_int_equal(cJSON_GetArraySize(list), 2);
  assert_non_null(strstr(cJSON_GetArrayItem(list, 1)->valuestring, "nth(9) status"));
  cJSON_Delete(list);
}

/* A name that nothing has is told for rules that are not due, too; what was dropped, or is made later, is there. */
static void names_that_nothing_has_are_told(void **state) {
  static const struct { const char *rule, *text; } RULES[] = {
      {"org:on_upload{object = 'Employe'}:status(503)", "the service Org has no object Employe; there are Employee, Later, Box"},
      {"server:on_request{service = 'Orgg'}:status(503)", "there is no service Orgg; there are Org, Bare"},
      {"server:on_request{object = 'Boks'}:status(503)", "no service has an object Boks; there are Employee, Later, Box"},
      {"bare:on_download{object = 'Box'}:status(503)", "the service Bare has no object Box; there is none"},
      {"org:on_download():without('Name', 'employee')", "the service Org has no object employee; there are"},
      {"org:on_download():match{object = 'Later'}:without('Name', employees)", NULL},
      {"org:on_download():without('Name', 'Box')", NULL},
      {"org:on_upload{object = 'Department'}:status(503)", NULL}, /* it was there */
      {"org:on_upload{object = 'Employe'}:optional():status(503)", NULL},
      {"server:on_request{service = 'Org', object = 'Box'}:header('A', 'b')", NULL}};
  struct fixture *fixture = *state;
  fixture_do(fixture, "bare = server:service('Bare')");
  for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) fixture_do(fixture, RULES[i].rule);
  fixture_do(fixture, "org:object('Later', foundry.model.note) boxes:drop() departments:drop() org:object('Box', foundry.model.note)");
  mock_world_lock(fixture->world);
  cJSON *unfired = mock_world_unfired_rules(fixture->world), *misnamed = mock_world_misnamed(fixture->world);
  mock_world_unlock(fixture->world);
  for (int i = 0; i < 5; i++) {
    const char *line = cJSON_GetStringValue(cJSON_GetArrayItem(unfired, i));
    if (!line || !strstr(line, RULES[i].text)) fail_msg("%s: %s", RULES[i].rule, line ? line : "nothing");
    assert_non_null(strstr(cJSON_GetArrayItem(misnamed, i + 1)->valuestring, RULES[i].text));
  }
  assert_int_equal(cJSON_GetArraySize(unfired), 5);
  assert_int_equal(cJSON_GetArraySize(misnamed), 7); /* the service without objects, and the optional rule */
  assert_string_equal(cJSON_GetArrayItem(misnamed, 0)->valuestring, "the service Bare has no objects");
  cJSON_Delete(unfired);
  cJSON_Delete(misnamed);
}

static void points_come_in_order(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "seen = {}\nlocal rule = org:on_upload()\n"
                      "for _, point in ipairs{'answered', 'first_byte', 'stored', 'arrived'} do\n"
                      "  rule:at(point, function(request) seen[#seen + 1] = point .. #employees:rows() end)\n"
                      "end\n"
                      "org:on_upload():stored():at(function() seen[#seen + 1] = 'by point' end)");
  assert_int_equal(status_of_upload(fixture, ORG), 200);
  fixture_wait(fixture, "return #seen == 5");
  cJSON *seen = fixture_run(fixture, "return table.concat(seen, ' ')");
  assert_string_equal(seen->valuestring, "arrived0 stored1 by point first_byte1 answered1");
  cJSON_Delete(seen);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(once_is_once), TEST(nth_counts_matching_requests), TEST(times_is_that_often),
      TEST(matching_is_by_level_object_and_filter), TEST(where_decides_with_the_request),
      TEST(the_newest_fault_wins_and_the_older_keeps_its_turn), TEST(a_lifted_rule_is_gone),
      TEST(edits_compose_in_order), TEST(an_edit_may_send_any_text), TEST(without_leaves_other_objects_alone),
      TEST(errors_of_functions_are_not_lost), TEST(a_function_of_a_rule_must_not_wait),
      TEST(an_endless_function_ends), TEST(rules_that_were_due_are_told), TEST(names_that_nothing_has_are_told), TEST(points_come_in_order)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
