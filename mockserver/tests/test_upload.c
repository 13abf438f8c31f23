/* Flat uploads over real HTTP, and the upload cache. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"
#include "world/world.h"

/* ---- uploads ---- */

#define CREATE(id, name, row) \
  "{\"EmpId\":" id ",\"Name\":\"" name "\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":" row ",\"checksum\":\"\"}}"

/* W-34; W-20: small in uploads */
static void generated_keys_replace_temporary_ones(void **state) {
  struct fixture *fixture = *state;
  struct response response = upload(fixture, NULL,
      CREATE("-1", "Ada", "1") ",{\"EmpId\":-1,\"Name\":\"Ada L\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"update\",\"rowId\":2}},"
      "{\"BoxId\":-1,\"Owner\":-1,\"_metadata\":{\"object\":\"Box\",\"action\":\"create\",\"rowId\":3}}");
  assert_at(response.json, "opstatus", "0");
  assert_at(response.json, "objects.0.records.0.EmpId", "101");
  assert_at(response.json, "objects.0.records.0._EmpId", "-1");
  assert_at(response.json, "objects.0.records.1.EmpId", "101");
  assert_at(response.json, "objects.1.records.0.Owner", "101");
  assert_at(response.json, "_metadata", "{\"recordCount\":3,\"successCount\":3,\"failureCount\":0}");
  response_done(&response);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
}

/* W-31 */
static void records_out_of_the_logs_order_are_a_finding(void **state) {
  struct response response = upload(*state, "X-Voltmx-RequestCacheId: a\r\n", CREATE("-1", "a", "4") "," CREATE("-2", "b", "9"));
  response_done(&response);
  assert_no_finding(*state);
  response = upload(*state, "X-Voltmx-RequestCacheId: b\r\n", CREATE("-1", "a", "9") "," CREATE("-2", "b", "4"));
  response_done(&response);
  assert_finding(*state, "W-31: rowId 4 stands behind 9");
  response = upload(*state, "X-Voltmx-RequestCacheId: c\r\n", CREATE("-1", "a", "4") "," CREATE("-2", "b", "4"));
  response_done(&response);
  assert_finding(*state, "W-31: rowId 4 stands behind 4");
}

/* W-38 */
static void the_opstatus_tells_how_many_failed(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():reject{where = {Name = 'bad'}, opstatus = 777, errmsg = 'no'}");
  struct response some = upload(fixture, NULL, CREATE("-1", "good", "1") "," CREATE("-2", "bad", "2"));
  fixture_do(fixture, "org:on_upload():reject{where = {Name = 'worse'}, opstatus = 888, errmsg = 'never'}");
  struct response all = upload(fixture, NULL, CREATE("-3", "bad", "3") "," CREATE("-4", "worse", "4")); /* that of the first */
  assert_at(some.json, "opstatus", "500100");
  assert_at(some.json, "objects.0.records.1", "{\"EmpId\":-2,\"_metadata\":{\"rowId\":2,\"opstatus\":777,\"errmsg\":\"no\"}}");
  assert_at(all.json, "opstatus", "777");
  assert_at(all.json, "_metadata.failureCount", "2");
  assert_non_null(at(all.json, "objects.0.records.1"));
  response_done(&some);
  response_done(&all);
}

/* What stands behind the fault was not looked at, and what stands before it was not stored. */
static void a_body_that_is_no_json_stores_nothing(void **state) {
  struct fixture *fixture = *state;
  struct response response = client_upload(fixture->url, ORG, NULL, "{\"records\":[" CREATE("-1", "Ada", "1") "," CREATE("-2", "\xff", "2") "]}");
  assert_int_equal(response.status, 400);
  response_done(&response);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 0);
}

/* It is looked for at the record's end first: what stands there may be another's, and it may stand anywhere. */
static void metadata_is_found_wherever_it_stands(void **state) {
  static const char *const records[] = {
      "{\"EmpId\":-1,\"Name\":\"a\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":7}}",
      "{\"EmpId\":-1,\"Name\":\"a\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":7} }",
      "{\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":7},\"EmpId\":-1,\"Name\":\"a\"}",
      "{\"_metadata\":{\"object\":\"Nope\"},\"EmpId\":-1,\"Name\":\"a\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":7}}",
      "{\"EmpId\":-1,\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":7},\"Name\":\"a\",\"x\":{\"_metadata\":{\"object\":\"Box\"}}}",
      "{\"EmpId\":-1,\"Name\":\"a\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":7,\"_metadata\":{\"object\":\"Box\"}}}",
      "{\"EmpId\":-1,\"Name\":\"a\",\"_metadata\":{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"object\":\"Employee\",\"action\":\"create\",\"rowId\":7}}"};
  for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
    struct response response = upload(*state, NULL, records[i]);
    if (!strstr(response.body, "\"name\":\"Employee\"") || !strstr(response.body, "{\"action\":\"create\",\"rowId\":7"))
      fail_msg("%s: %s", records[i], response.body);
    response_done(&response);
  }
  assert_int_equal(fixture_number(*state, "return #employees:rows()"), sizeof records / sizeof *records);
}

/* A large body is the journal's as it came, a small one a copy. */
static void a_large_body_is_kept_whole(void **state) {
  struct fixture *fixture = *state;
  struct base_buf records = BASE_BUF_INIT;
  for (int i = 1; i <= 100; i++)
    base_buf_printf(&records, "%s" CREATE("-%d", "Ada", "%d"), i > 1 ? "," : "", i, i);
  struct response response = upload(fixture, NULL, base_buf_string(&records));
  assert_at(response.json, "_metadata.successCount", "100");
  response_done(&response);
  cJSON *body = fixture_run(fixture, "return org:uploads()[1].body_text");
  const char *kept = strstr(cJSON_GetStringValue(body), base_buf_string(&records));
  assert_non_null(kept);
  assert_string_equal(kept + records.len, "]}");
  cJSON_Delete(body);
  base_buf_done(&records);
}

/* The record, and the whole request, as they were sent. */
static void functions_see_what_was_sent(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload{key = -1}:where(function(request) return #request.body.records == 2 and request.body.records[2].EmpId == -2 end)\n"
                      "  :reject{where = function(record) return record.Name == 'caf\xc3\xa9' and record.EmpId == -1 and record._metadata.rowId == 1 end}");
  struct response response = upload(fixture, NULL, CREATE("-1", "caf\\u00e9", "1") "," CREATE("-2", "b", "2"));
  assert_at(response.json, "opstatus", "500100");
  assert_at(response.json, "objects.0.records.0.EmpId", "-1");
  response_done(&response);
  response = upload(fixture, NULL, CREATE("-1", "caf\\u00e9", "3"));
  assert_at(response.json, "opstatus", "0");
  response_done(&response);
}

static void a_child_of_a_refused_parent_is_refused(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():reject{where = function(record) return record.Name == 'bad' end}");
  struct response response = upload(fixture, NULL,
      CREATE("-1", "bad", "1") ",{\"BoxId\":-1,\"Owner\":-1,\"_metadata\":{\"object\":\"Box\",\"action\":\"create\",\"rowId\":2}}");
  assert_at(response.json, "objects.1.records.0._metadata.opstatus", "20006");
  response_done(&response);
  assert_int_equal(fixture_number(fixture, "return #boxes:rows()"), 0);
}

static void left_out_columns_are_null_save_in_a_partialupdate(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{{EmpId = 1, Name = 'a', Notes = 'n'}, {EmpId = 2, Name = 'b', Notes = 'n'}}");
  struct response response = upload(fixture, NULL,
      "{\"EmpId\":1,\"Name\":\"A\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"update\",\"rowId\":1}},"
      "{\"EmpId\":2,\"Name\":\"B\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"partialupdate\",\"rowId\":2}}");
  assert_at(response.json, "objects.0.records.0.Notes", "null");
  assert_at(response.json, "objects.0.records.1.Notes", "\"n\"");
  assert_at(response.json, "objects.0.records.1.Name", "\"B\"");
  response_done(&response);
}

/* W-13 to W-15, W-30: however a value is spelled, it is kept, answered and hashed in one form. */
static void values_have_one_form_however_they_are_spelled(void **state) {
  struct fixture *fixture = *state;
  struct response response = upload(fixture, NULL,
      "{\"E\\u006dpId\":\"5.0\",\"Name\":\"first\",\"Name\" : \"\\u0041\\\"\\/\\\\\\n\\ud83d\\ude00\",\"Salary\":\"12345678901234567890.50\","
      "\"Active\":\"1\",\"HiredOn\":null,\"Notes\":{ \"a\" : [1.0, \"\\u0062\"] },\"Unknown\":{\"x\":1},"
      "\"_met\\u0061data\":{\"object\":\"Employee\",\"action\":\"cr\\u0065ate\",\"r\\u006fwId\":7,\"rowId\":8}}");
  const cJSON *record = at(response.json, "objects.0.records.0");
  assert_at(record, "Name", "\"A\\\"/\\\\\\n\xf0\x9f\x98\x80\"");
  assert_at(record, "Active", "true");
  assert_at(record, "Notes", "{\"a\":[1.0,\"b\"]}");
  assert_at(record, "_metadata.rowId", "8"); /* of repeated names the last */
  assert_null(at(record, "Unknown"));
  assert_non_null(strstr(response.body, "{\"EmpId\":5.0,\"Name\":\"A\\\"/\\\\\\n\xf0\x9f\x98\x80\",\"Salary\":12345678901234567890.50,\"Active\":true,\"HiredOn\":null,"));
  struct response page = download(fixture, EMPLOYEE, "{}");
  assert_string_equal(json_find_string(at(page.json, "records.0._metadata"), "checksum"),
                      json_find_string(at(record, "_metadata"), "checksum"));
  response_done(&page);
  response_done(&response);
}

/* What stands in the request as it does in a row is copied in pieces: where a piece ends, nothing may be lost or doubled. The
   row and its checksum are the same each time. */
static void a_row_is_the_same_however_its_columns_stand(void **state) {
  static const char EXPECTED[] = "{\"EmpId\":1,\"Name\":\"a\",\"Salary\":2.50,\"Active\":true,\"HiredOn\":\"2026-01-02\",\"DeptId\":null,\"Notes\":\"n\",";
  static const char *const columns[] = {
      "\"Name\":\"a\",\"Salary\":2.50,\"Active\":true,\"HiredOn\":\"2026-01-02\",\"DeptId\":null,\"Notes\":\"n\"",
      "\"Name\":\"a\",\"Salary\":2.50,\"Active\":true,\"HiredOn\":\"2026-01-02\",\"Notes\":\"n\"",
      "\"Name\":\"a\", \"Salary\":2.50 ,\"Active\": true,\"HiredOn\" :\"2026-01-02\",\"Notes\":\"n\"",
      "\"Name\":\"a\",\"Salary\":\"2.50\",\"Active\":1,\"HiredOn\":\"2026-01-02\",\"Notes\":\"\\u006e\"",
      "\"Name\":\"x\",\"Salary\":2.50,\"Name\":\"a\",\"Active\":true,\"Salary\":7,\"Salary\":2.50,\"HiredOn\":\"2026-01-02\",\"Notes\":\"n\"",
      "\"Name\":\"x\",\"Salary\":7,\"Active\":true,\"Name\":\"a\",\"Salary\":2.50,\"HiredOn\":\"2026-01-02\",\"Notes\":\"n\"",
      "\"Name\":\"x\",\"Name\":\"a\",\"Salary\":2.50,\"Active\":false,\"HiredOn\":\"2026-01-02\",\"Active\":true,\"Notes\":\"n\"",
      "\"Nam\\u0065\":\"a\",\"Salary\":2.50,\"\\u0041ctive\":true,\"HiredOn\":\"2026-01-02\",\"Notes\":\"n\"",
      "\"Notes\":\"n\",\"HiredOn\":\"2026-01-02\",\"Active\":true,\"Salary\":2.50,\"Name\":\"a\"",
      "\"Active\":true,\"HiredOn\":\"2026-01-02\",\"DeptId\":null,\"Notes\":\"n\",\"Name\":\"a\",\"Salary\":2.50",
      "\"Name\":\"a\",\"Unknown\":0,\"Salary\":2.50,\"Active\":true,\"HiredOn\":\"2026-01-02\",\"Notes\":\"n\"",
      "\"Name\":\"a\",\"Salary\":{\"x\":[1]},\"Active\":true,\"HiredOn\":\"2026-01-02\",\"Notes\":\"n\",\"Salary\":2.50"};
  char record[512], *first = NULL;
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
    snprintf(record, sizeof record, "{\"EmpId\":1,%s,\"_metadata\":{\"object\":\"Employee\",\"action\":\"%s\",\"rowId\":1}}", columns[i],
             i > 0 ? "update" : "create");
    struct response response = upload(*state, NULL, record);
    char *sent = strstr(response.body, EXPECTED), *checksum = strstr(response.body, "\"checksum\":");
    if (!sent || !checksum) fail_msg("%s: %s", record, response.body);
    if (!first) first = strdup(checksum);
    assert_string_equal(checksum, first);
    response_done(&response);
  }
  free(first);
}

static void intermediate_errors_come_with_good_records(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():intermediate_error('slow printer')");
  struct response response = upload(fixture, NULL, CREATE("-1", "Ada", "1"));
  assert_at(response.json, "objects.0.records.0._metadata.intermediateErrors", "[\"slow printer\"]");
  response_done(&response);
  fixture_do(fixture, "org:on_upload():intermediate_error{code = 7}");
  response = upload(fixture, NULL, CREATE("-2", "Eda", "2"));
  assert_at(response.json, "objects.0.records.0._metadata.intermediateErrors", "[\"slow printer\",{\"code\":7}]");
  response_done(&response);
  fixture_do(fixture, "lone = server:service('Lone') lone:object('Note', foundry.model.note)\n"
                      "lone:on_upload():intermediate_error{code = 7}");
  response = client_upload(fixture->url, "/services/data/v1/Lone", NULL, "{\"records\":[{\"Id\":\"a\",\"Text\":\"t\",\"_metadata\":{\"object\":\"Note\",\"action\":\"create\",\"rowId\":1}}]}");
  assert_at(response.json, "objects.0.records.0._metadata.intermediateErrors", "{\"code\":7}");
  response_done(&response);
}

static void wrong_uploads_are_answered(void **state) {
  struct fixture *fixture = *state;
  struct response text = client_upload(fixture->url, ORG, NULL, "no JSON");
  assert_int_equal(text.status, 400);
  assert_finding(fixture, "W-31");
  assert_finding(fixture, "W-19: the body is no JSON: line 1");
  struct response object = upload(fixture, NULL, "{\"_metadata\":{\"object\":\"Nope\",\"action\":\"create\",\"rowId\":1}},"
                                                 "{\"EmpId\":1,\"_metadata\":{\"object\":\"Employee\",\"action\":\"eat\",\"rowId\":2}}");
  assert_at(object.json, "_metadata.failureCount", "2");
  response_done(&text);
  response_done(&object);
}

/* W-15: what does not travel is not changed by an upload. */
static void an_upload_leaves_binary_columns_alone(void **state) {
  fixture_do(*state, "files = org:object('File', {key = {'Id'}, fields = {{name = 'Id', datatype = 'number'},\n"
                     "{name = 'Name', datatype = 'string'}, {name = 'Data', datatype = 'binary'}}})\n"
                     "files:insert{Id = 1, Name = 'a', Data = 'AAAA'}");
  struct response response = upload(*state, NULL, "{\"Id\":1,\"Name\":\"b\",\"_metadata\":{\"object\":\"File\","
                                                  "\"action\":\"update\",\"rowId\":1,\"checksum\":\"\"}}");
  response_done(&response);
  fixture_do(*state, "local row = files:row(1) assert(row.Name == 'b' and row.Data == 'AAAA')");
}

/* W-8, W-13 to W-15, W-31, W-32: a value that does not fit its column, and a member that is none. */
static void what_does_not_fit_the_metadata_is_a_finding(void **state) {
  static const struct { const char *action, *columns, *findings; } RECORDS[] = {
      {"create", "\"Id\":1,\"Code\":\"\\u00e4\xc3\xb6\xc3\xbc\",\"Size\":\"-1.5e3\",\"Open\":\"1\",\"Day\":\"soon\",\"Box\":[]", "[]"},
      {"create", "\"Id\":1,\"Code\":\"abcd\",\"Code\":\"abc\",\"Size\":null,\"Open\":null,\"Day\":null", "[]"},
      {"create", "\"Id\":1,\"Code\":\"a\",\"C\\u006fed\":\"a\",\"_Id\":-1,\"Kid\":{}",
       "[\"W-31: no column of File: \\\"Coed\\\"\",\"W-31: no column of File: \\\"_Id\\\"\",\"W-31: no column of File: \\\"Kid\\\"\"]"},
      {"create", "\"Id\":1", "[\"W-8: Code of File is not nullable, and is left out, which means null (W-32)\"]"},
      {"update", "\"Id\":1,\"Code\":null", "[\"W-8: Code of File is not nullable, and is null\"]"},
      {"partialupdate", "\"Id\":1", "[]"},
      {"partialupdate", "\"Id\":1,\"Code\":null", "[\"W-8: Code of File is not nullable, and is null\"]"},
      {"delete", "\"Id\":1,\"Code\":null", "[]"},
      {"create", "\"Id\":1,\"Code\":\"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\"", "[\"W-8: Code of File has a length of 3, and a text of 4 characters\"]"},
      {"create", "\"Id\":1,\"Code\":5", "[\"W-15: Code of File is no text: 5\"]"},
      {"create", "\"Id\":1,\"Code\":{\"a\":[1]}", "[\"W-15: Code of File is no text: {\\\"a\\\":[1]}\"]"},
      {"create", "\"Id\":1,\"Code\":\"a\",\"Size\":\"much\",\"Open\":2,\"Day\":20260102",
       "[\"W-14: Size of File is no number: \\\"much\\\"\",\"W-13: Open of File is no boolean: 2\",\"W-15: Day of File is no date, which is a text: 20260102\"]"},
      {"create", "\"Id\":1,\"Code\":\"a\",\"Size\":true,\"Open\":[1]", "[\"W-14: Size of File is no number: true\",\"W-13: Open of File is no boolean: [1]\"]"},
      {"create", "\"Id\":1,\"Code\":\"a\",\"Data\":\"AA==\"", "[\"W-15: Data of File is binary, which does not travel in sync: \\\"AA==\\\"\"]"}};
  struct fixture *fixture = *state;
  char record[512];
  fixture_do(fixture, "org = server:service('Org') files = org:object('File', {key = {'Id'}, fields = {\n"
                      "{name = 'Id', datatype = 'number'}, {name = 'Code', datatype = 'string', nullable = false, length = 3},\n"
                      "{name = 'Size', datatype = 'number'}, {name = 'Open', datatype = 'boolean'}, {name = 'Day', datatype = 'date'},\n"
                      "{name = 'Data', datatype = 'binary', nullable = false}}})");
  for (size_t i = 0; i < sizeof RECORDS / sizeof *RECORDS; i++) {
    snprintf(record, sizeof record, "{%s,\"_metadata\":{\"object\":\"File\",\"action\":\"%s\",\"rowId\":1,\"checksum\":\"\"}}",
             RECORDS[i].columns, RECORDS[i].action);
    struct response response = upload(fixture, NULL, record);
    cJSON *request = last_request(fixture);
    assert_at(request, "findings", RECORDS[i].findings);
    cJSON_Delete(request);
    response_done(&response);
  }
}

/* ... once for each column, however many records have it. */
static void what_does_not_fit_is_told_once(void **state) {
  struct response response = upload(*state, "X-Voltmx-RequestCacheId: a\r\n",
      "{\"EmpId\":-1,\"Name\":\"a\",\"Pay\":1,\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":1}},"
      "{\"EmpId\":-2,\"Name\":\"b\",\"Pay\":2,\"Salary\":\"x\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":2}},"
      "{\"EmpId\":-3,\"Name\":\"c\",\"Pay\":3,\"Salary\":\"y\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":3}},"
      "{\"BoxId\":-3,\"Pay\":3,\"_metadata\":{\"object\":\"Box\",\"action\":\"create\",\"rowId\":4}}");
  cJSON *request = last_request(*state);
  assert_at(request, "findings", "[\"W-31: no column of Employee: \\\"Pay\\\"\",\"W-14: Salary of Employee is no number: \\\"x\\\"\","
                                 "\"W-31: no column of Box: \\\"Pay\\\"\"]");
  cJSON_Delete(request);
  response_done(&response);
}

/* ---- the upload cache ---- */

static const char ID[] = "X-Voltmx-RequestCacheId: id-1\r\n";

/* UPC-04, W-45 */
static void a_known_id_gets_the_stored_answer(void **state) {
  struct fixture *fixture = *state;
  struct response one = upload(fixture, ID, CREATE("-1", "Ada", "1"));
  struct response two = upload(fixture, ID, CREATE("-1", "Ada", "1"));
  assert_string_equal(one.body, two.body);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
  cJSON *request = last_request(fixture);
  assert_at(request, "replayed", "true");
  assert_at(request, "executed", "false");
  assert_at(request, "cache_id", "\"id-1\"");
  cJSON_Delete(request);
  fixture_do(fixture, "server.clock:advance('24h')");
  struct response three = upload(fixture, ID, CREATE("-1", "Ada", "1"));
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 2);
  response_done(&one);
  response_done(&two);
  response_done(&three);
}

static void an_id_that_comes_with_something_else_is_a_finding(void **state) {
  struct response one = upload(*state, ID, CREATE("-1", "Ada", "1")), same = upload(*state, ID, CREATE("-1", "Ada", "1"));
  assert_no_finding(*state);
  struct response other = upload(*state, ID, CREATE("-1", "Eva", "1"));
  assert_finding(*state, "W-42: RequestCacheId");
  assert_string_equal(one.body, other.body); /* the kept answer */
  response_done(&one);
  response_done(&same);
  response_done(&other);
}

static void error_answers_of_the_back_end_are_kept(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():once():reject{opstatus = 5}");
  struct response one = upload(fixture, ID, CREATE("-1", "Ada", "1"));
  struct response two = upload(fixture, ID, CREATE("-1", "Ada", "1"));
  assert_at(two.json, "opstatus", "5");
  response_done(&one);
  response_done(&two);
}

/* A function that fails on the second record: the first one is stored, once, and the id is not at work for ever. */
static void the_answer_of_a_function_that_failed_is_kept(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():reject{where = function(record) if record.Name == 'boom' then error('my mistake') end end}");
  for (int i = 0; i < 2; i++) {
    struct response response = client_upload(fixture->url, ORG, ID, "{\"records\":[" CREATE("-1", "Ada", "1") "," CREATE("-2", "boom", "2") "]}");
    assert_int_equal(response.status, 500);
    assert_non_null(strstr(response.body, "my mistake"));
    assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
    response_done(&response);
  }
  assert_int_equal(fixture_number(fixture, "return org:uploads()[2].executed and 1 or 0"), 0);
}

static void a_fault_before_the_back_end_keeps_nothing(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():once():status(504)");
  struct response one = client_upload(fixture->url, ORG, ID, "{\"records\":[" CREATE("-1", "Ada", "1") "]}");
  assert_int_equal(one.status, 504);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 0);
  struct response two = upload(fixture, ID, CREATE("-1", "Ada", "1"));
  assert_at(two.json, "opstatus", "0");
  response_done(&one);
  response_done(&two);
}

static void a_fault_after_store_keeps_the_answer(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():once():store():status(504, {['Retry-After'] = '7'}, {opstatus = 3})");
  struct response one = client_upload(fixture->url, ORG, ID, "{\"records\":[" CREATE("-1", "Ada", "1") "]}");
  assert_int_equal(one.status, 504);
  assert_non_null(strstr(one.head, "Retry-After: 7\r\n"));
  assert_at(one.json, "opstatus", "3");
  struct response two = upload(fixture, ID, CREATE("-1", "Ada", "1"));
  assert_at(two.json, "objects.0.records.0.EmpId", "101");
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
  response_done(&one);
  response_done(&two);
}

static void missing_and_odd_cache_ids_are_findings(void **state) {
  struct fixture *fixture = *state;
  struct response none = upload(fixture, NULL, CREATE("-1", "Ada", "1"));
  assert_finding(fixture, "W-41");
  struct response odd = upload(fixture, "X-Kony-RequestCacheId: a b\r\n", CREATE("-1", "Ada", "1"));
  assert_finding(fixture, "W-6");
  response_done(&none);
  response_done(&odd);
}

/* W-45: the id of a refused request is answered as it was, never "in progress". */
static void an_error_status_is_kept_too(void **state) {
  struct fixture *fixture = *state;
  for (int i = 0; i < 2; i++) {
    struct response response = client_upload(fixture->url, ORG, "X-Voltmx-RequestCacheId: a-1\r\n", "{}");
    assert_int_equal(response.status, 400);
    assert_at(response.json, "opstatus", "20001");
    response_done(&response);
  }
  assert_int_equal(fixture_number(fixture, "return org:uploads()[2].executed and 1 or 0"), 0);
}

static void upload_name(struct fixture *fixture, int number) {
  char id[64], record[256];
  snprintf(id, sizeof id, "X-Voltmx-RequestCacheId: id-%d\r\n", number);
  snprintf(record, sizeof record, "{\"EmpId\":-%d,\"Name\":\"e\",\"_metadata\":{\"object\":\"Employee\","
                                  "\"action\":\"create\",\"rowId\":1,\"checksum\":\"\"}}", number);
  struct response response = upload(fixture, id, record);
  response_done(&response);
  fixture_settle(fixture); /* one at work is not let go */
}

/* A mock that runs for weeks remembers the newest: requests, answers of the upload cache, batch contexts. */
static void a_world_may_remember_the_newest_alone(void **state) {
  struct fixture *fixture = *state;
  mock_world_set_keep(fixture->world, 4);
  for (int i = 1; i <= 6; i++) upload_name(fixture, i);
  assert_int_equal(fixture_number(fixture, "return #server:requests()"), 4);
  assert_int_equal(fixture_number(fixture, "return #server:requests()"), 4); /* known ones are found again */
  fixture_do(fixture, "assert(server:requests()[4].cache_id == 'id-6' and server:requests()[1].cache_id == 'id-3')");
  upload_name(fixture, 6); /* remembered */
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 6);
  upload_name(fixture, 1); /* forgotten: works again */
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 7);
  mock_world_lock(fixture->world);
  cJSON *journal = mock_world_journal(fixture->world, 0);
  mock_world_unlock(fixture->world);
  assert_at(journal, "0.event", "\"4 older entries were not kept\"");
  assert_int_equal(cJSON_GetArraySize(journal), 5);
  cJSON_Delete(journal);
}

static void upload_beside_one_that_hangs(struct fixture *fixture, int number) {
  char headers[64];
  snprintf(headers, sizeof headers, "X-Voltmx-RequestCacheId: id-%d\r\n", number);
  struct response response = client_upload(fixture->url, ORG, headers, "{\"records\":[" CREATE("-1", "Ada", "1") "]}");
  response_done(&response);
  mock_world_lock(fixture->world);
  while (fixture->world->at_work > 1) mock_world_wait(fixture->world, INT64_MAX / 1000);
  mock_world_unlock(fixture->world);
}

/* One that hangs is kept as long as it does, and keeps none of the others. */
static void what_hangs_does_not_keep_what_came_later(void **state) {
  struct fixture *fixture = *state;
  mock_world_set_keep(fixture->world, 4);
  upload_name(fixture, 1);
  fixture_do(fixture, "assert(server:requests()[1].cache_id == 'id-1') rule = org:on_download():hang()");
  int client = client_connect(fixture->url);
  client_send(client, fixture->url, ORG, "X-Http-Method-Override: GET\r\n", "{}");
  fixture_wait(fixture, "return rule:fired() == 1");
  for (int i = 2; i <= 9; i++) {
    upload_beside_one_that_hangs(fixture, i);
    assert_true(fixture_number(fixture, "return #server:requests()") <= 4);
  }
  cJSON *kept = fixture_run(fixture, "local list = {} for i, r in ipairs(server:requests()) do list[i] = r.cache_id or r.kind end return table.concat(list, ' ')");
  assert_string_equal(kept->valuestring, "download id-7 id-8 id-9");
  cJSON_Delete(kept);
  close(client);
  fixture_settle(fixture);
  upload_name(fixture, 10);
  cJSON *first = fixture_run(fixture, "return server:requests()[1].cache_id");
  assert_string_equal(cJSON_GetStringValue(first), "id-7");
  cJSON_Delete(first);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(generated_keys_replace_temporary_ones), TEST(records_out_of_the_logs_order_are_a_finding),
      TEST(values_have_one_form_however_they_are_spelled), TEST(a_row_is_the_same_however_its_columns_stand), TEST(a_body_that_is_no_json_stores_nothing),
      TEST(functions_see_what_was_sent), TEST(a_large_body_is_kept_whole), TEST(metadata_is_found_wherever_it_stands), TEST(the_opstatus_tells_how_many_failed), TEST(a_child_of_a_refused_parent_is_refused),
      TEST(left_out_columns_are_null_save_in_a_partialupdate), TEST(intermediate_errors_come_with_good_records),
      TEST(wrong_uploads_are_answered), TEST(an_upload_leaves_binary_columns_alone), TEST(what_does_not_fit_the_metadata_is_a_finding), TEST(what_does_not_fit_is_told_once),
      TEST(a_known_id_gets_the_stored_answer), TEST(an_id_that_comes_with_something_else_is_a_finding),
      TEST(error_answers_of_the_back_end_are_kept), TEST(the_answer_of_a_function_that_failed_is_kept), TEST(a_fault_before_the_back_end_keeps_nothing),
      TEST(a_fault_after_store_keeps_the_answer), TEST(missing_and_odd_cache_ids_are_findings),
      TEST(an_error_status_is_kept_too), TEST(a_world_may_remember_the_newest_alone),
      TEST(what_hangs_does_not_keep_what_came_later)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
