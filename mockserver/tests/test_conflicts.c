/* Conflicts: every cell of W-40's table, checksums (W-30), custom decisions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "wire.h"

#define EDIT(id, action, checksum) \
  "{\"EmpId\":" id ",\"Name\":\"mine\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"" action "\",\"rowId\":1,\"checksum\":\"" checksum "\"}}"

/* W-40, cell by cell: row 1 is there and says "theirs"; row 9 is gone. What the answer says, and what the server has afterwards. */
struct cell {
  const char *policy, *record;
  const char *opstatus, *action, *answered, *stored;
};

static const struct cell TABLE[] = {
    /* create, key exists */
    {"none", EDIT("1", "create", ""), "20006", NULL, NULL, "theirs"},
    {"clientwins", EDIT("1", "create", ""), "0", "create", "mine", "mine"},
    {"serverwins", EDIT("1", "create", ""), "0", "update", "theirs", "theirs"},
    {"custom", EDIT("1", "create", ""), "0", "update", "create_exists mine theirs", "create_exists mine theirs"},
    /* update, row changed */
    {"none", EDIT("1", "update", "old"), "0", "update", "mine", "mine"},
    {"clientwins", EDIT("1", "update", "old"), "0", "update", "mine", "mine"},
    {"serverwins", EDIT("1", "update", "old"), "0", "update", "theirs", "theirs"},
    {"custom", EDIT("1", "update", "old"), "0", "update", "update_update mine theirs", "update_update mine theirs"},
    /* update, row gone */
    {"none", EDIT("9", "update", "old"), "20006", NULL, NULL, NULL},
    {"clientwins", EDIT("9", "update", "old"), "0", "update", "mine", "mine"},
    {"serverwins", EDIT("9", "update", "old"), "0", "delete", NULL, NULL},
    {"custom", EDIT("9", "update", "old"), "0", "update", "update_delete mine nil", "update_delete mine nil"},
    /* delete, row changed */
    {"none", EDIT("1", "delete", "old"), "0", "delete", NULL, NULL},
    {"clientwins", EDIT("1", "delete", "old"), "0", "delete", NULL, NULL},
    {"serverwins", EDIT("1", "delete", "old"), "0", "update", "theirs", "theirs"},
    {"custom", EDIT("1", "delete", "old"), "0", "update", "delete_update mine theirs", "delete_update mine theirs"},
    /* delete, row gone */
    {"none", EDIT("9", "delete", "old"), "0", "delete", NULL, NULL},
    {"clientwins", EDIT("9", "delete", "old"), "0", "delete", NULL, NULL},
    {"serverwins", EDIT("9", "delete", "old"), "0", "delete", NULL, NULL},
    {"custom", EDIT("9", "delete", "old"), "0", "delete", NULL, NULL},
    /* no conflict: without a checksum nothing is compared */
    {"serverwins", EDIT("1", "update", ""), "0", "update", "mine", "mine"},
    {"serverwins", EDIT("1", "partialupdate", ""), "0", "partialupdate", "mine", "mine"},
    {"custom", EDIT("1", "update", ""), "0", "update", "mine", "mine"},
    {"custom", EDIT("1", "delete", ""), "0", "delete", NULL, NULL},
    {"serverwins", EDIT("1", "partialupdate", "old"), "0", "update", "theirs", "theirs"},
    {"custom", EDIT("9", "partialupdate", "old"), "0", "update", "update_delete mine nil", "update_delete mine nil"},
};

static void prepare(struct fixture *fixture, const char *policy) {
  char script[300];
  snprintf(script, sizeof script, "server:service('Org', {conflict = '%s'})\n"
           "for _, row in ipairs(employees:rows()) do employees:delete(row.EmpId) end\n"
           "employees:insert{EmpId = 1, Name = 'theirs', Notes = 'n'}", policy);
  fixture_do(fixture, script);
}

static void assert_text(const struct cell *cell, const char *what, const char *found, const char *wanted) {
  if (strcmp(found ? found : "nothing", wanted ? wanted : "nothing") != 0)
    fail_msg("%s, %s: %s is %s", cell->policy, cell->record, what, found ? found : "nothing");
}

static void check_cell(struct fixture *fixture, const struct cell *cell) {
  prepare(fixture, cell->policy);
  struct response response = upload(fixture, NULL, cell->record);
  const cJSON *record = at(response.json, "objects.0.records.0");
  assert_at(record, "_metadata.opstatus", cell->opstatus);
  assert_text(cell, "the action", json_find_string(json_find(record, "_metadata"), "action"), cell->action);
  assert_text(cell, "the answer", json_find_string(record, "Name"), cell->answered);
  cJSON *stored = fixture_run(fixture, strstr(cell->record, "\"EmpId\":1") ? "return (employees:row(1) or {}).Name"
                                                                           : "return (employees:row(9) or {}).Name");
  assert_text(cell, "the row", cJSON_GetStringValue(stored), cell->stored);
  cJSON_Delete(stored);
  response_done(&response);
}

static void conflicts_end_as_the_table_says(void **state) {
  fixture_do(*state, "org:on_conflict(function(kind, client, theirs)\n"
                     "  local row = theirs or client\n"
                     "  row.Name = kind .. ' ' .. tostring(client.Name) .. ' ' .. tostring(theirs and theirs.Name)\n"
                     "  return row, 'update', true\nend)");
  for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) check_cell(*state, &TABLE[i]);
}

/* ---- custom ---- */

static struct response decide(struct fixture *fixture, const char *function) {
  char script[300];
  prepare(fixture, "custom");
  snprintf(script, sizeof script, "org:on_conflict(%s)", function);
  fixture_do(fixture, script);
  return upload(fixture, NULL, EDIT("1", "update", "old"));
}

static void nothing_decided_means_that_the_server_wins(void **state) {
  struct response response = decide(*state, "function() end");
  assert_at(response.json, "objects.0.records.0.Name", "\"theirs\"");
  assert_at(response.json, "objects.0.records.0._metadata.action", "\"update\"");
  response_done(&response);
  fixture_do(*state, "assert(employees:row(1).Name == 'theirs')");
}

static void a_policy_without_function_keeps_the_server_row(void **state) {
  prepare(*state, "custom");
  struct response response = upload(*state, NULL, EDIT("1", "update", "old"));
  assert_at(response.json, "objects.0.records.0.Name", "\"theirs\"");
  response_done(&response);
}

/* The client gets the row, the back end keeps its own, whose checksum the client learns. */
static void what_is_not_submitted_reaches_the_client_alone(void **state) {
  struct response response = decide(*state, "function(_, client) return client, 'update', false end");
  const cJSON *record = at(response.json, "objects.0.records.0");
  assert_at(record, "Name", "\"mine\"");
  fixture_do(*state, "assert(employees:row(1).Name == 'theirs')");
  struct response page = download(*state, EMPLOYEE, "{}");
  assert_string_equal(json_find_string(at(page.json, "records.0._metadata"), "checksum"),
                      json_find_string(at(record, "_metadata"), "checksum"));
  response_done(&page);
  response_done(&response);
}

static void a_decision_may_delete(void **state) {
  struct response response = decide(*state, "function(_, client) return client, 'delete' end");
  assert_at(response.json, "objects.0.records.0", "{\"EmpId\":1,\"_metadata\":{\"action\":\"delete\",\"rowId\":1,\"opstatus\":0}}");
  response_done(&response);
  fixture_do(*state, "assert(not employees:row(1))");
  response = decide(*state, "function(_, client) return client, 'delete', false end");
  assert_at(response.json, "objects.0.records.0._metadata.action", "\"delete\"");
  response_done(&response);
  fixture_do(*state, "assert(employees:row(1))");
}

static void a_decision_cannot_change_the_key(void **state) {
  struct response response = decide(*state, "function(_, client) client.EmpId = 77 return client end");
  assert_at(response.json, "objects.0.records.0.EmpId", "1");
  response_done(&response);
  fixture_do(*state, "assert(#employees:rows() == 1 and employees:row(1).Name == 'mine')");
}

/* W-15: binary content is not the upload's to say, whoever wins. */
static void a_decision_leaves_binary_columns_alone(void **state) {
  prepare(*state, "custom");
  fixture_do(*state, "files = org:object('File', {key = {'Id'}, fields = {{name = 'Id', datatype = 'number'},\n"
                     "{name = 'Name', datatype = 'string'}, {name = 'Data', datatype = 'binary'}}})\n"
                     "files:insert{Id = 1, Name = 'a', Data = 'AAAA'} org:on_conflict(function(_, client) return {Name = client.Name} end)");
  struct response response = upload(*state, NULL, "{\"Id\":1,\"Name\":\"b\",\"_metadata\":{\"object\":\"File\",\"action\":\"update\",\"rowId\":1,\"checksum\":\"old\"}}");
  assert_at(response.json, "objects.0.records.0.Name", "\"b\"");
  response_done(&response);
  fixture_do(*state, "local row = files:row(1) assert(row.Name == 'b' and row.Data == 'AAAA')");
}

static void the_function_sees_rows_as_the_language_has_them(void **state) {
  struct response response = decide(*state, "function(kind, client, theirs)\n"
      "  assert(client.Notes == nil and client._metadata == nil and theirs.Notes == 'n' and theirs.Salary == nil) end");
  assert_at(response.json, "opstatus", "0");
  response_done(&response);
}

static void a_wrong_decision_is_a_script_error(void **state) {
  static const char *const WRONG[] = {"function() return 'row' end", "function(_, c) return c, 'merge' end", "function() error('no') end"};
  static const char *const TEXTS[] = {"gives a row or nil, not a string", "not \\\"merge\\\"", "no"};
  for (size_t i = 0; i < 3; i++) {
    char script[200];
    prepare(*state, "custom");
    snprintf(script, sizeof script, "org:on_conflict(%s)", WRONG[i]);
    fixture_do(*state, script);
    struct response response = client_upload(((struct fixture *)*state)->url, ORG, NULL, "{\"records\":[" EDIT("1", "update", "old") "]}");
    assert_int_equal(response.status, 500);
    if (!strstr(response.body, TEXTS[i])) fail_msg("%s: %s", WRONG[i], response.body);
    response_done(&response);
  }
}

/* ---- checksums ---- */

static void checksum_of(struct fixture *fixture, char out[17]) {
  struct response page = download(fixture, EMPLOYEE, "{}");
  snprintf(out, 17, "%s", json_find_string(at(page.json, "records.0._metadata"), "checksum"));
  response_done(&page);
}

/* W-30: of the columns' values: it moves with them and comes back with them, however they are written. */
static void a_checksum_is_the_rows_values(void **state) {
  char first[17], second[17], third[17], fourth[17];
  fixture_do(*state, "employees:insert{EmpId = 1, Name = 'a', Active = true}");
  checksum_of(*state, first);
  fixture_do(*state, "employees:update(1, {Name = 'b'})");
  checksum_of(*state, second);
  fixture_do(*state, "employees:update(1, {Name = 'a', Active = 1})");
  checksum_of(*state, third);
  fixture_do(*state, "employees:update(1, {Name = 'a', Notes = ''})"); /* the empty string is a value (W-15) */
  checksum_of(*state, fourth);
  assert_string_not_equal(first, second);
  assert_string_equal(first, third);
  assert_string_not_equal(first, fourth);
  assert_int_equal(strspn(first, "0123456789abcdef"), 16);
}

static void the_right_checksum_is_no_conflict(void **state) {
  char checksum[17], record[300];
  prepare(*state, "serverwins");
  checksum_of(*state, checksum);
  snprintf(record, sizeof record, "{\"EmpId\":1,\"Name\":\"mine\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"update\",\"rowId\":1,\"checksum\":\"%s\"}}", checksum);
  struct response response = upload(*state, NULL, record);
  assert_at(response.json, "objects.0.records.0.Name", "\"mine\"");
  checksum_of(*state, checksum);
  assert_string_equal(json_find_string(at(response.json, "objects.0.records.0._metadata"), "checksum"), checksum);
  response_done(&response);
}

/* W-40: only the first edit of a row in a request is compared: the later ones are of the same hand. */
static void a_second_edit_of_a_row_is_not_compared(void **state) {
  char checksum[17], records[500];
  prepare(*state, "serverwins");
  checksum_of(*state, checksum);
  snprintf(records, sizeof records,
           "{\"EmpId\":1,\"Name\":\"one\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"update\",\"rowId\":1,\"checksum\":\"%s\"}},"
           "{\"EmpId\":1,\"Name\":\"two\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"update\",\"rowId\":2,\"checksum\":\"%s\"}}", checksum, checksum);
  struct response response = upload(*state, NULL, records);
  assert_at(response.json, "objects.0.records.1.Name", "\"two\"");
  response_done(&response);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(conflicts_end_as_the_table_says), TEST(nothing_decided_means_that_the_server_wins),
      TEST(a_policy_without_function_keeps_the_server_row), TEST(what_is_not_submitted_reaches_the_client_alone),
      TEST(a_decision_may_delete), TEST(a_decision_cannot_change_the_key), TEST(a_decision_leaves_binary_columns_alone), TEST(the_function_sees_rows_as_the_language_has_them),
      TEST(a_wrong_decision_is_a_script_error), TEST(a_checksum_is_the_rows_values), TEST(the_right_checksum_is_no_conflict),
      TEST(a_second_edit_of_a_row_is_not_compared)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
