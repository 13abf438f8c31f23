/* Online calls: W-4. Rows one by one, and the content of binary columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

static int open_staff(void **state) {
  int status = fixture_open(state);
  fixture_do(*state, "for i, name in ipairs{'Ada', 'Grace', 'Edsger', 'Barbara'} do\n"
                     "  employees:insert{EmpId = i, Name = name, Salary = 5000 - i % 2 * 1000, Notes = i == 2 and 'n' or nil}\nend\n"
                     "photos = org:object('Photo', {key = {'Id'}, fields = {{name = 'Id', datatype = 'string'}, {name = 'Title', datatype = 'string'},\n"
                     "  {name = 'Data', datatype = 'binary'}}})\n"
                     "photos:insert{{Id = 'a b', Title = 't', Data = 'AAEC/w=='}, {Id = 'c', Title = 'u'}}");
  return status;
}

static struct response call(struct fixture *fixture, const char *method, const char *query, const char *body) {
  char path[400];
  snprintf(path, sizeof path, "%s%s", EMPLOYEE, query);
  return client_request(fixture->url, method, path, "Content-Type: application/json\r\n", body, body ? strlen(body) : 0);
}

/* The keys of the answered records, "1,3,". */
static void assert_list(struct fixture *fixture, const char *query, const char *expected) {
  char found[100] = "", digits[32];
  struct response response = call(fixture, "GET", query, NULL);
  const cJSON *record;
  assert_int_equal(response.status, 200);
  assert_at(response.json, "opstatus", "0");
  cJSON_ArrayForEach(record, json_find(response.json, "records"))
    snprintf(found + strlen(found), sizeof found - strlen(found), "%s,", json_number_text(json_find(record, "EmpId"), digits));
  if (strcmp(found, expected) != 0) fail_msg("%s: %s, not %s", query, found, expected);
  response_done(&response);
}

/* W-4 */
static void rows_are_listed_filtered_ordered_and_cut(void **state) {
  struct fixture *fixture = *state;
  assert_list(fixture, "", "1,2,3,4,");
  assert_list(fixture, "?$filter=Salary%20gt%204500", "2,4,");
  assert_list(fixture, "?$filter=startswith(Name,'E')%20or%20Name%20eq%20'Ada'", "1,3,");
  assert_list(fixture, "?EmpId=3", "3,");
  assert_list(fixture, "?$top=2", "1,2,");
  assert_list(fixture, "?$skip=3", "4,");
  assert_list(fixture, "?$top=2&$skip=1", "2,3,");
  assert_list(fixture, "?$top=0", "");
  assert_list(fixture, "?$orderby=Name", "1,4,3,2,");
  assert_list(fixture, "?$orderby=Name%20desc", "2,3,4,1,");
  assert_list(fixture, "?$orderby=Salary,Name%20desc", "3,1,2,4,");
  assert_list(fixture, "?$orderby=Notes", "1,3,4,2,"); /* nothing comes first, equal ones stay in key order */
  assert_list(fixture, "?$orderby=Salary%20desc&$top=1&$skip=1", "4,");
  fixture_do(fixture, "employees:delete(2)");
  assert_list(fixture, "", "1,3,4,");
  assert_no_finding(fixture);
  assert_int_equal(fixture_number(fixture, "local all = server:requests() return #all[1].records"), 0);
  fixture_do(fixture, "for _, each in ipairs(server:requests()) do assert(each.kind == 'crud' and each.level == 'object') end");
}

static void columns_are_selected(void **state) {
  struct response response = call(*state, "GET", "?$filter=EmpId%20eq%202&$select=EmpId,%20Notes", NULL);
  assert_at(response.json, "records", "[{\"EmpId\":2,\"Notes\":\"n\"}]");
  response_done(&response);
}

static void options_that_cannot_be_read_do_nothing(void **state) {
  static const char *const WRONG[][2] = {{"?$filter=Nope%20eq%201", "W-30"}, {"?$orderby=Nope", "W-4: $orderby"},
                                         {"?$orderby=Name%20sideways", "W-4: $orderby"}, {"?$top=-1", "W-4: $top"}, {"?$skip=x", "W-4: $skip"}};
  for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
    assert_list(*state, WRONG[i][0], "1,2,3,4,");
    assert_finding(*state, WRONG[i][1]);
  }
}

/* W-4, W-8, W-13 to W-15: of a row that is made what is left out is null, of one that is changed it stays. */
static void columns_that_do_not_fit_are_findings(void **state) {
  static const struct { const char *method, *body, *findings; } CALLS[] = {
      {"POST", "{\"Name\":\"Tony\",\"Salary\":\"1.5\",\"_metadata\":{}}", "[]"},
      {"POST", "{\"Name\":\"Tony\",\"Salry\":1,\"Active\":\"maybe\",\"Box\":[]}",
       "[\"W-4: no column of Employee: \\\"Salry\\\"\",\"W-4: no column of Employee: \\\"Box\\\"\",\"W-13: Active of Employee is no boolean: \\\"maybe\\\"\"]"},
      {"POST", "{\"Notes\":5}", "[\"W-8: Name of Employee is not nullable, and is left out, which means null (W-32)\",\"W-15: Notes of Employee is no text: 5\"]"},
      {"PUT", "{\"EmpId\":1,\"Notes\":\"n\"}", "[]"},
      {"PATCH", "{\"EmpId\":1,\"Name\":null,\"Salary\":true}", "[\"W-8: Name of Employee is not nullable, and is null\",\"W-14: Salary of Employee is no number: true\"]"}};
  for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++) {
    struct response response = call(*state, CALLS[i].method, "", CALLS[i].body);
    cJSON *request = last_request(*state);
    assert_int_equal(response.status, 200);
    assert_at(request, "findings", CALLS[i].findings);
    cJSON_Delete(request);
    response_done(&response);
  }
}

/* W-4: what an online call changes, a delta brings. */
static void a_row_is_created_changed_and_deleted(void **state) {
  struct fixture *fixture = *state;
  struct response page = download(fixture, EMPLOYEE, "{}");
  struct response made = call(fixture, "POST", "", "{\"Name\":\"Tony\",\"Active\":1}");
  assert_int_equal(made.status, 200);
  assert_at(made.json, "records.0.EmpId", "101");
  assert_at(made.json, "records.0.Active", "true");
  struct response changed = call(fixture, "PUT", "", "{\"EmpId\":101,\"Notes\":\"new\"}");
  assert_at(changed.json, "records.0.Notes", "\"new\"");
  assert_at(changed.json, "records.0.Name", "\"Tony\""); /* what was left out stays */
  struct response gone = call(fixture, "DELETE", "?EmpId=1", NULL);
  assert_int_equal(gone.status, 200);
  assert_no_finding(fixture);
  page = next(fixture, EMPLOYEE, &page);
  assert_at(page.json, "records.0", "{\"EmpId\":1,\"_metadata\":{\"action\":\"delete\"}}");
  assert_at(page.json, "records.1.Notes", "\"new\"");
  response_done(&page);
  response_done(&made);
  response_done(&changed);
  response_done(&gone);
}

/* W-4 */
static void the_key_of_a_row_stays(void **state) {
  static const char *const BODIES[] = {"{\"EmpId\":2,\"Notes\":\"x\"}", "{\"EmpId\":[],\"Notes\":\"x\"}", "{\"EmpId\":null,\"Notes\":\"x\"}"};
  for (size_t i = 0; i < 3; i++) {
    struct response response = call(*state, "PUT", "?EmpId=1", BODIES[i]);
    assert_int_equal(response.status, 200);
    assert_at(response.json, "records.0.EmpId", "1");
    response_done(&response);
  }
  fixture_do(*state, "assert(#employees:rows() == 4 and employees:row(1).Notes == 'x' and employees:row(2).Notes == 'n')");
}

struct refusal {
  const char *method, *query, *body;
  int status;
};

static const struct refusal REFUSALS[] = {
    {"POST", "", "{\"EmpId\":1,\"Name\":\"twice\"}", 409}, {"PUT", "", "{\"EmpId\":77,\"Name\":\"x\"}", 404},
    {"PUT", "", "{\"Name\":\"x\"}", 400},                  {"PUT", "?EmpId=1", "[]", 400},
    {"DELETE", "?EmpId=77", NULL, 404},                    {"DELETE", "", NULL, 400},
    {"POST", "", "{}", 400},                               {"POST", "", "[1]", 400},
    {"POST", "", "{\"records\":[]}", 400},                 {"OPTIONS", "", NULL, 405},
};

static void what_cannot_be_done_is_said(void **state) {
  for (size_t i = 0; i < sizeof REFUSALS / sizeof *REFUSALS; i++) {
    const struct refusal *each = &REFUSALS[i];
    struct response response = call(*state, each->method, each->query, each->body);
    if (response.status != each->status) fail_msg("%s %s %s: %d", each->method, each->query, each->body, response.status);
    if (!json_find_string(response.json, "errmsg")) fail_msg("%s %s: no errmsg", each->method, each->query);
    response_done(&response);
  }
  fixture_do(*state, "assert(#employees:rows() == 4)");
  struct response service = client_call(((struct fixture *)*state)->url, "/services/data/v1/Org", NULL, NULL);
  assert_int_equal(service.status, 404);
  response_done(&service);
}

/* An answer to HEAD says how long it would be, and ends with its head: the next one follows at once. */
static void an_answer_to_head_has_no_body(void **state) {
  struct fixture *fixture = *state;
  int client = client_connect(fixture->url);
  fixture_do(fixture, "org:on_request{method = 'HEAD'}:body(('x'):rep(100000))");
  client_send_bytes(client, fixture->url, "HEAD", EMPLOYEE, NULL, NULL, 0);
  client_send_bytes(client, fixture->url, "GET", EMPLOYEE, "Connection: close\r\n", NULL, 0);
  char bytes[8192];
  size_t len = 0;
  for (ssize_t got = 1; got > 0; len += got > 0 ? (size_t)got : 0) got = recv(client, bytes + len, sizeof bytes - 1 - len, 0);
  bytes[len] = '\0';
  close(client);
  assert_true(strncmp(bytes, "HTTP/1.1 200 ", 13) == 0 && strstr(bytes, "Content-Length: 100000\r\n"));
  assert_true(strncmp(strstr(bytes, "\r\n\r\n") + 4, "HTTP/1.1 200 ", 13) == 0);
}

/* W-5: without its header a sync call is no online call. */
static void a_sync_call_without_its_header_stays_one(void **state) {
  struct response response = call(*state, "POST", "", "{\"delta_context\":{\"objs\":{}}}");
  assert_int_equal(response.status, 400);
  assert_non_null(strstr(response.body, "without it the body is a row to create"));
  response_done(&response);
  assert_finding(*state, "W-5");
}

static void online_calls_need_the_token_and_meet_rules(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_online():once():status(503, {['Retry-After'] = '3'}) org:on_online{object = 'Employee'}:edit(function(a) a.extra = 1 end)");
  struct response busy = call(fixture, "GET", "", NULL);
  assert_int_equal(busy.status, 503);
  struct response edited = call(fixture, "GET", "", NULL);
  assert_at(edited.json, "extra", "1");
  fixture_do(fixture, "server:require_token('t')");
  struct response none = call(fixture, "GET", "", NULL);
  assert_int_equal(none.status, 401);
  response_done(&busy);
  response_done(&edited);
  response_done(&none);
}

/* ---- binary content ---- */

static struct response binary(struct fixture *fixture, const char *method, const char *query, const void *body, size_t len) {
  char path[400];
  snprintf(path, sizeof path, "/services/data/v1/Org/binary/Photo?%s", query);
  return client_request(fixture->url, method, path, "Content-Type: application/octet-stream\r\n", body, len);
}

/* W-4 */
static void bytes_come_and_go_as_they_are(void **state) {
  static const char BYTES[] = "\0\1\2\377\r\n{\"\0";
  struct response old = binary(*state, "GET", "Id=a%20b&fieldName=Data&type=bytes", NULL, 0);
  assert_int_equal(old.status, 200);
  assert_int_equal(old.body_len, 4);
  assert_memory_equal(old.body, "\0\1\2\377", 4);
  assert_non_null(strstr(old.head, "Content-Type: application/octet-stream\r\n"));
  struct response put = binary(*state, "PUT", "Id=a+b&fieldName=Data&type=bytes", BYTES, sizeof BYTES);
  assert_int_equal(put.status, 200);
  struct response fresh = binary(*state, "GET", "Id=a%20b&fieldName=Data&type=bytes", NULL, 0);
  assert_int_equal(fresh.body_len, sizeof BYTES);
  assert_memory_equal(fresh.body, BYTES, sizeof BYTES);
  assert_no_finding(*state);
  fixture_do(*state, "assert(photos:row('a b').Data == 'AAEC/w0KeyIAAA==' and photos:row('a b').Title == 't')");
  response_done(&old);
  response_done(&put);
  response_done(&fresh);
}

static void content_can_be_posted_emptied_and_taken_away(void **state) {
  struct response none = binary(*state, "GET", "Id=c&fieldName=Data&type=bytes", NULL, 0);
  assert_int_equal(none.status, 404);
  struct response posted = binary(*state, "POST", "Id=c&fieldName=Data&type=bytes", "", 0);
  assert_int_equal(posted.status, 200);
  struct response empty = binary(*state, "GET", "Id=c&fieldName=Data&type=bytes", NULL, 0);
  assert_int_equal(empty.status, 200);
  assert_int_equal(empty.body_len, 0);
  struct response gone = binary(*state, "DELETE", "Id=c&fieldName=Data&type=bytes", NULL, 0);
  assert_int_equal(gone.status, 200);
  fixture_do(*state, "assert(photos:row('c').Data == nil)");
  response_done(&none);
  response_done(&posted);
  response_done(&empty);
  response_done(&gone);
}

static void wrong_binary_calls_are_refused(void **state) {
  static const char *const WRONG[] = {"Id=c&fieldName=Title&type=bytes", "Id=c&fieldName=Nope&type=bytes", "Id=c&type=bytes",
                                      "Id=c&fieldName=Data", "Id=c&fieldName=Data&type=base64", "fieldName=Data&type=bytes"};
  for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
    struct response response = binary(*state, "GET", WRONG[i], NULL, 0);
    if (response.status != 400) fail_msg("%s: %d", WRONG[i], response.status);
    response_done(&response);
  }
  struct response nobody = binary(*state, "PUT", "Id=z&fieldName=Data&type=bytes", "x", 1);
  assert_int_equal(nobody.status, 404);
  response_done(&nobody);
  struct response nowhere = client_call(((struct fixture *)*state)->url, "/services/data/v1/Org/binary/Nope?type=bytes", NULL, NULL);
  assert_int_equal(nowhere.status, 404);
  response_done(&nowhere);
}

/* W-15: content that came online does not travel in sync, and an upload leaves it alone. */
static void content_stays_out_of_sync(void **state) {
  struct response page = download(*state, "/services/data/v1/Org/objects/Photo", "{}");
  assert_null(at(page.json, "records.0.Data"));
  assert_at(page.json, "records.0.Title", "\"t\"");
  response_done(&page);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_staff, fixture_close)
      TEST(rows_are_listed_filtered_ordered_and_cut), TEST(columns_are_selected), TEST(options_that_cannot_be_read_do_nothing),
      TEST(columns_that_do_not_fit_are_findings), TEST(a_row_is_created_changed_and_deleted), TEST(the_key_of_a_row_stays), TEST(what_cannot_be_done_is_said), TEST(an_answer_to_head_has_no_body),
      TEST(a_sync_call_without_its_header_stays_one),
      TEST(online_calls_need_the_token_and_meet_rules), TEST(bytes_come_and_go_as_they_are),
      TEST(content_can_be_posted_emptied_and_taken_away), TEST(wrong_binary_calls_are_refused), TEST(content_stays_out_of_sync)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
