/* Downloads over real HTTP: first ones, deltas, filters, pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "wire.h"

/* W-20: a capital in downloads, a string in hasMoreRecords. */
static void a_first_download_has_the_living_rows(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{{EmpId = 1, Name = 'a'}, {EmpId = 2, Name = 'b'}} employees:delete(1)");
  struct response response = download(fixture, ORG, "{}");
  assert_at(response.json, "opstatus", "0");
  assert_at(response.json, "hasMoreRecords", "\"false\"");
  assert_at(response.json, "Objects.0.name", "\"Employee\"");
  assert_null(at(response.json, "Objects.1"));
  assert_at(response.json, "Objects.0.records.0.EmpId", "2");
  assert_at(response.json, "Objects.0.records.0.Notes", "null"); /* full records (W-17) */
  assert_at(response.json, "Objects.0._metadata.recordCount", "1");
  assert_int_equal(strlen(json_find_string(at(response.json, "Objects.0.records.0._metadata"), "checksum")), 16);
  response_done(&response);
}

static void a_delta_brings_what_changed(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{{EmpId = 1, Name = 'a'}, {EmpId = 2, Name = 'b'}, {EmpId = 3, Name = 'c'}}");
  struct response response = download(fixture, ORG, "{}");
  fixture_do(fixture, "employees:delete(1) employees:update(2, {Name = 'B'}) employees:insert{EmpId = 4, Name = 'd'}");
  response = next(fixture, ORG, &response);
  assert_at(response.json, "Objects.0.records.0._metadata.action", "\"delete\"");
  assert_at(response.json, "Objects.0.records.0.EmpId", "1");
  assert_at(response.json, "Objects.0.records.1._metadata.action", "\"update\"");
  assert_at(response.json, "Objects.0.records.2._metadata.action", "\"create\"");
  assert_at(response.json, "Objects.0._metadata.deletedRecords", "1");
  response = next(fixture, ORG, &response);
  assert_null(at(response.json, "Objects.0"));
  response_done(&response);
}

static void the_first_delta_of_an_empty_service_tells_of_deleted_rows(void **state) {
  struct fixture *fixture = *state;
  struct response response = download(fixture, ORG, "{}");
  fixture_do(fixture, "employees:insert{EmpId = 1, Name = 'a'} employees:delete(1)");
  response = next(fixture, ORG, &response);
  assert_at(response.json, "Objects.0.records.0._metadata.action", "\"delete\"");
  response_done(&response);
}

static void an_unknown_delta_counts_as_none_and_is_a_finding(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{EmpId = 1, Name = 'a'}");
  struct response response = download(fixture, ORG, "{\"delta_context\":{\"objs\":{\"Employee\":{\"delta\":\"d1.1.00\"}}}}");
  assert_at(response.json, "Objects.0.records.0.EmpId", "1");
  response_done(&response);
  assert_finding(fixture, "W-28");
}

/* W-28: made from one that was given, of a revision that is still to come. */
static void a_delta_of_a_later_revision_was_never_given(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{EmpId = 1, Name = 'a'}");
  struct response response = download(fixture, ORG, "{}");
  const char *delta = json_find_string(at(response.json, "delta_context.objs.Employee"), "delta");
  char body[200];
  snprintf(body, sizeof body, "{\"delta_context\":{\"objs\":{\"Employee\":{\"delta\":\"d1.9%s\"}}}}", delta + strlen("d1."));
  response_done(&response);
  response = download(fixture, ORG, body);
  assert_at(response.json, "Objects.0.records.0.EmpId", "1");
  response_done(&response);
  assert_finding(fixture, "W-28: the delta");
}

static void a_delta_belongs_to_its_filter(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{{EmpId = 1, Name = 'a'}, {EmpId = 2, Name = 'b'}}");
  struct response response = download(fixture, "/services/data/v1/Org/objects/Employee?$filter=EmpId%20eq%202", "{}");
  assert_at(response.json, "records.0.EmpId", "2");
  assert_null(at(response.json, "records.1"));
  response = next(fixture, EMPLOYEE, &response);
  assert_at(response.json, "records.0.EmpId", "1");
  response_done(&response);
  assert_finding(fixture, "W-28");
}

static void a_body_of_another_shape_is_served_and_is_a_finding(void **state) {
  static const struct {
    const char *body, *finding;
  } CASES[] = {{"[]", "W-19: the body of a download is no JSON object"},
               {"5", "W-19: the body of a download is no JSON object"},
               {"{\"delta_context\":[1]}", "W-19: delta_context is no JSON object"},
               {"{\"delta_context\":{\"objs\":[{\"delta\":\"x\"}]}}", "W-19: objs in delta_context is no JSON object"},
               {"{\"delta_context\":{\"objs\":{\"Employee\":5}}}", "W-19: the context of Employee is no JSON object"},
               {"{\"delta_context\":{\"objs\":{\"Employee\":{\"odatastring\":5}}}}", "W-19: the odatastring of Employee is no text"}};
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{EmpId = 1, Name = 'a'}");
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    struct response response = download(fixture, ORG, CASES[i].body);
    assert_at(response.json, "Objects.0.records.0.EmpId", "1");
    response_done(&response);
    cJSON *findings = fixture_run(fixture, "return table.concat(org:downloads()[#org:downloads()].findings, '; ')");
    assert_string_equal(findings->valuestring, CASES[i].finding);
    cJSON_Delete(findings);
  }
}

static void a_filter_in_the_body_is_cut_at_the_expand(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{{EmpId = 1, Name = '&$expand=x'}, {EmpId = 2, Name = 'b'}}");
  struct response response = download(fixture, ORG,
      "{\"delta_context\":{\"objs\":{\"Employee\":{\"odatastring\":\"$filter=Name eq '&$expand=x'&$expand=Child\"}}}}");
  assert_at(response.json, "Objects.0.records.0.EmpId", "1");
  assert_null(at(response.json, "Objects.0.records.1"));
  response_done(&response);
}

static void a_filter_that_cannot_be_read_filters_nothing(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{{EmpId = 1, Name = 'a'}, {EmpId = 2, Name = 'b'}}");
  struct response response = download(fixture, "/services/data/v1/Org/objects/Employee?$filter=%27", "{}");
  assert_at(response.json, "records.1.EmpId", "2");
  response_done(&response);
  assert_finding(fixture, "W-30");
}

/* W-29: pages in key order by datatype; the last one gives the deltas, fixed by the first. */
static void pages_follow_each_other(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "for i = 1, 5 do employees:insert{EmpId = i * 5, Name = 'n'} end departments:insert{DeptId = 1, Title = 't'}");
  const char path[] = "/services/data/v1/Org?offline=true&%24batchsize=2";
  struct response response = download(fixture, path, "{}");
  assert_at(response.json, "hasMoreRecords", "\"true\"");
  assert_at(response.json, "Objects.0.name", "\"Department\"");
  assert_at(response.json, "Objects.1.records.1.EmpId", "10");
  fixture_do(fixture, "employees:insert{EmpId = 1, Name = 'between'}");
  response = next(fixture, path, &response);
  assert_at(response.json, "Objects.0.name", "\"Employee\"");
  assert_null(at(response.json, "Objects.1"));
  assert_at(response.json, "Objects.0.records.0.EmpId", "15");
  response = next(fixture, path, &response);
  assert_at(response.json, "hasMoreRecords", "\"false\"");
  assert_at(response.json, "Objects.0.records.0.EmpId", "25");
  assert_non_null(at(response.json, "delta_context.objs.Department.delta"));
  response = next(fixture, path, &response);
  assert_at(response.json, "Objects.0.records.0.EmpId", "1");
  response_done(&response);
}

static void the_same_context_gives_the_same_page(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "for i = 1, 3 do employees:insert{EmpId = i, Name = 'n'} end");
  struct response first = download(fixture, "/services/data/v1/Org?offline=true&%24batchsize=2", "{}");
  char *context = json_print(json_find(first.json, "delta_context"));
  char body[512];
  snprintf(body, sizeof body, "{\"delta_context\":%s}", context);
  struct response one = download(fixture, ORG, body);
  fixture_do(fixture, "employees:update(3, {Name = 'later'})");
  struct response two = download(fixture, ORG, body);
  assert_string_equal(one.body, two.body);
  assert_non_null(strstr(one.body, "\"EmpId\":3"));
  fixture_do(fixture, "server.clock:advance('25h')");
  struct response old = download(fixture, ORG, body);
  assert_at(old.json, "opstatus", "20014");
  free(context);
  response_done(&first);
  response_done(&one);
  response_done(&two);
  response_done(&old);
}

/* W-18: what is missing is a finding, and served all the same; at object level nothing is. */
static void a_service_level_download_says_offline(void **state) {
  static const char *const PATHS[] = {"/services/data/v1/Org", "/services/data/v1/Org?offline=false", "/services/data/v1/Org?offline"};
  fixture_do(*state, "employees:insert{EmpId = 1, Name = 'n'}");
  for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
    struct response response = download(*state, PATHS[i], "{}");
    assert_at(response.json, "Objects.0.records.0.EmpId", "1");
    response_done(&response);
    assert_finding(*state, "W-18: a service-level download without offline=true");
  }
  struct response response = download(*state, EMPLOYEE, "{}");
  response_done(&response);
  assert_no_finding(*state);
}

/* W-18 */
static void a_page_size_that_is_none_is_a_finding(void **state) {
  static const char *const SIZES[] = {"-1", "many", "1.5", "", "99999999999999999999"};
  fixture_do(*state, "for i = 1, 3 do employees:insert{EmpId = i, Name = 'n'} end");
  for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
    char path[100];
    snprintf(path, sizeof path, "/services/data/v1/Org?offline=true&$batchsize=%s", SIZES[i]);
    struct response response = download(*state, path, "{}");
    assert_non_null(at(response.json, "Objects.0.records.2")); /* everything */
    response_done(&response);
    assert_finding(*state, "W-18: $batchsize is");
  }
}

/* W-29: a day and no longer, to the millisecond. */
static void a_context_lives_for_a_day(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "for i = 1, 3 do employees:insert{EmpId = i, Name = 'n'} end");
  struct response response = download(fixture, "/services/data/v1/Org?offline=true&%24batchsize=2", "{}");
  CLEANUP(free_text) char *context = json_print(json_find(response.json, "delta_context"));
  char body[512];
  snprintf(body, sizeof body, "{\"delta_context\":%s}", context);
  response_done(&response);
  for (int i = 0; i < 2; i++) {
    fixture_do(fixture, i == 0 ? "server.clock:advance('24h')" : "server.clock:advance('1ms')");
    response = download(fixture, ORG, body);
    assert_at(response.json, "opstatus", i == 0 ? "0" : "20014");
    response_done(&response);
  }
}

/* W-18, W-19: where a client may say what. */
static void contexts_and_queries_have_their_places(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "for i = 1, 3 do employees:insert{EmpId = i, Name = 'n'} end");
  struct response response = download(fixture, "/services/data/v1/Org?offline=true&$filter=EmpId%20eq%201", "{}");
  response_done(&response);
  assert_finding(fixture, "W-18: $filter or $expand in the query");
  response = download(fixture, "/services/data/v1/Org?offline=true&$batchsize=1", "{}");
  char body[300];
  snprintf(body, sizeof body, "{\"delta_context\":{\"objs\":{\"Employee\":{\"bc\":\"%s\"}}}}",
           json_find_string(at(response.json, "delta_context.objs.Employee"), "bc"));
  response = next(fixture, ORG, &response);
  assert_no_finding(fixture);
  response_done(&response);
  response = download(fixture, ORG, body);
  assert_at(response.json, "Objects.0.records.0.EmpId", "2"); /* served all the same */
  response_done(&response);
  assert_finding(fixture, "W-19: the delta_context of a later page is not the one that was given");
}

/* W-26 */
/* Rows are kept as text: one that was written before a change of the schema is answered by the new one. */
static void a_page_has_the_columns_of_today(void **state) {
  fixture_do(*state, "departments:insert{DeptId = 1, Title = 'a'}\n"
                     "org:object('Department', {key = {'DeptId'}, fields = {{name = 'DeptId', datatype = 'number'},\n"
                     "  {name = 'Floor', datatype = 'number'}}})\n"
                     "departments:insert{DeptId = 2, Floor = 3}");
  struct response page = download(*state, "/services/data/v1/Org/objects/Department", "{}");
  assert_non_null(strstr(page.body, "{\"DeptId\":1,\"Floor\":null,\"_metadata\":{\"action\":\"create\",\"checksum\":\""));
  assert_non_null(strstr(page.body, "{\"DeptId\":2,\"Floor\":3,\"_metadata\":{\"action\":\"create\",\"checksum\":\""));
  response_done(&page);
}

/* W-15 */
static void binary_columns_are_in_no_page(void **state) {
  fixture_do(*state, "org:object('File', {key = {'Id'}, fields = {{name = 'Id', datatype = 'number'},\n"
                     "{name = 'Data', datatype = 'binary'}, {name = 'Name', datatype = 'string'}}}):insert{Id = 1, Name = 'a', Data = 'AAAA'}");
  struct response page = download(*state, "/services/data/v1/Org/objects/File", "{}");
  assert_non_null(strstr(page.body, "{\"Id\":1,\"Name\":\"a\",\"_metadata\":{\"action\":\"create\",\"checksum\":\""));
  response_done(&page);
}

static void soft_deleted_rows_are_deletes_in_deltas_alone(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "s = server:service('Soft'):object('Item', {key = {'Id'}, softdelete_field = 'Gone', fields = {\n"
                      "  {name = 'Id', datatype = 'number'}, {name = 'Gone', datatype = 'boolean'}}})\n"
                      "s:insert{{Id = 1, Gone = '1'}, {Id = 2, Gone = false}}");
  const char path[] = "/services/data/v1/Soft?offline=true";
  struct response response = download(fixture, path, "{}");
  assert_at(response.json, "Objects.0.records.0.Id", "2");
  assert_null(at(response.json, "Objects.0.records.1"));
  fixture_do(fixture, "s:update(2, {Gone = true})");
  response = next(fixture, path, &response);
  assert_at(response.json, "Objects.0.records.0", "{\"Id\":2,\"_metadata\":{\"action\":\"delete\"}}");
  response_done(&response);
}

/* W-27 */
static void an_endless_server_repeats_one_context(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{EmpId = 1, Name = 'a'} org:on_download():always_more(3)");
  struct response response = download(fixture, ORG, "{}");
  char *first = json_print(json_find(response.json, "delta_context"));
  for (int i = 0; i < 2; i++) {
    response = next(fixture, ORG, &response);
    assert_at(response.json, "hasMoreRecords", "\"true\"");
    assert_at(response.json, "delta_context", first);
    assert_at(response.json, "Objects.0.records.0.EmpId", "1");
  }
  response = next(fixture, ORG, &response);
  assert_at(response.json, "hasMoreRecords", "\"false\"");
  free(first);
  response_done(&response);
}

static void a_cut_answer_ends_early(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():truncate(10)");
  struct response response = download(fixture, ORG, "{}");
  assert_int_equal(response.status, 200);
  assert_false(response.whole);
  assert_int_equal(strlen(response.body), 10);
  response_done(&response);
}

/* W-23: a context counts in the scope that it was given for. */
static void a_context_of_another_scope_is_unknown(void **state) {
  fixture_do(*state, "for i = 1, 3 do employees:insert{Name = 'e' .. i} end");
  struct response first = download(*state, "/services/data/v1/Org?offline=true&$batchsize=1", "{}");
  cJSON *body = cJSON_CreateObject();
  cJSON_AddItemToObject(body, "delta_context", cJSON_Duplicate(json_find(first.json, "delta_context"), true));
  char *text = json_print(body);
  struct response other = download(*state, EMPLOYEE, text);
  assert_at(other.json, "opstatus", "20014");
  struct response same = download(*state, ORG, text);
  assert_at(same.json, "opstatus", "0");
  free(text);
  cJSON_Delete(body);
  response_done(&first);
  response_done(&other);
  response_done(&same);
}

static void old_contexts_go_where_there_is_a_bound(void **state) {
  struct fixture *fixture = *state;
  mock_world_set_keep(fixture->world, 2);
  fixture_do(fixture, "for i = 1, 3 do employees:insert{Name = 'e' .. i} end");
  struct response first = download(fixture, "/services/data/v1/Org?offline=true&$batchsize=1", "{}");
  cJSON *body = cJSON_CreateObject();
  cJSON_AddItemToObject(body, "delta_context", cJSON_Duplicate(json_find(first.json, "delta_context"), true));
  char *text = json_print(body);
  response_done(&first);
  for (int i = 0; i < 3; i++) {
    char path[80]; /* the same request would get the same answer, with the same context */
    snprintf(path, sizeof path, "/services/data/v1/Org?offline=true&$batchsize=1&again=%d", i);
    struct response response = download(fixture, path, "{}");
    response_done(&response);
  }
  struct response late = download(fixture, ORG, text);
  assert_at(late.json, "opstatus", "20014");
  response_done(&late);
  free(text);
  cJSON_Delete(body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(a_first_download_has_the_living_rows), TEST(a_delta_brings_what_changed),
      TEST(the_first_delta_of_an_empty_service_tells_of_deleted_rows),
      TEST(an_unknown_delta_counts_as_none_and_is_a_finding), TEST(a_delta_of_a_later_revision_was_never_given), TEST(a_delta_belongs_to_its_filter),
      TEST(a_body_of_another_shape_is_served_and_is_a_finding), TEST(a_filter_in_the_body_is_cut_at_the_expand), TEST(a_filter_that_cannot_be_read_filters_nothing),
      TEST(pages_follow_each_other), TEST(the_same_context_gives_the_same_page),
      TEST(a_service_level_download_says_offline), TEST(a_page_size_that_is_none_is_a_finding), TEST(a_context_lives_for_a_day), TEST(contexts_and_queries_have_their_places), TEST(a_page_has_the_columns_of_today), TEST(binary_columns_are_in_no_page), TEST(soft_deleted_rows_are_deletes_in_deltas_alone),
      TEST(an_endless_server_repeats_one_context), TEST(a_cut_answer_ends_early),
      TEST(a_context_of_another_scope_is_unknown), TEST(old_contexts_go_where_there_is_a_bound)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
