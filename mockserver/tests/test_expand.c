/* Nested downloads: W-18, W-19, W-21, W-29. Department -> Employee -> Box. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "wire.h"

static const char DEPARTMENT[] = "/services/data/v1/Org/objects/Department";

static int open_company(void **state) {
  int status = fixture_open(state);
  fixture_do(*state,
             "org:relate{name = 'staff', type = 'OneToMany', from = departments, to = employees,\n"
             "  source_fields = {'DeptId'}, target_fields = {'DeptId'}}\n"
             "departments:insert{{DeptId = 1, Title = 'one'}, {DeptId = 2, Title = 'two'}, {DeptId = 3, Title = 'three'}}\n"
             "employees:insert{{EmpId = 10, Name = 'a', DeptId = 1}, {EmpId = 11, Name = 'b', DeptId = 2},\n"
             "  {EmpId = 12, Name = 'c', DeptId = 1}, {EmpId = 13, Name = 'd'}}\n"
             "boxes:insert{{BoxId = 5, Owner = 12}, {BoxId = 6, Owner = 12}}");
  return status;
}

/* The object's part of a service-level download. */
static const cJSON *part(const struct response *response, const char *object) {
  const cJSON *each;
  cJSON_ArrayForEach(each, json_find(response->json, "Objects")) {
    if (strcmp(json_find_string(each, "name"), object) == 0) return each;
  }
  return NULL;
}

static struct response ask(struct fixture *fixture, const char *odata) {
  char body[300];
  snprintf(body, sizeof body, "{\"delta_context\":{\"objs\":{\"Department\":{\"odatastring\":\"%s\"}}}}", odata);
  return download(fixture, ORG, body);
}

/* W-21 */
static void children_nest_in_their_parents(void **state) {
  struct response response = ask(*state, "$expand=Employee");
  const cJSON *departments = part(&response, "Department");
  assert_at(departments, "records.0.Employee.0.EmpId", "10");
  assert_at(departments, "records.0.Employee.1.EmpId", "12");
  assert_at(departments, "records.0.Employee.1.Notes", "null"); /* full, as at the top */
  assert_at(departments, "records.0.Employee.1._metadata.action", "\"create\"");
  assert_at(departments, "records.1.Employee.0.EmpId", "11");
  assert_at(departments, "records.2.Employee", "[]");
  assert_at(departments, "_metadata.recordCount", "3"); /* nested ones do not count (W-29) */
  const cJSON *employees = part(&response, "Employee");
  assert_at(employees, "_metadata.recordCount", "4");
  assert_string_equal(json_find_string(at(departments, "records.0.Employee.0._metadata"), "checksum"),
                      json_find_string(at(employees, "records.0._metadata"), "checksum"));
  response_done(&response);
}

static void names_go_down_level_by_level(void **state) {
  struct response response = ask(*state, "$filter=DeptId eq 1&$expand=Employee/Box, staff");
  const cJSON *departments = part(&response, "Department");
  assert_null(at(departments, "records.1"));
  assert_null(at(departments, "records.0.Employee.2")); /* `staff` is the relation's name: the same records */
  assert_at(departments, "records.0.Employee.0.Box", "[]");
  assert_at(departments, "records.0.Employee.1.Box.1.BoxId", "6");
  response_done(&response);
  assert_no_finding(*state);
}

/* W-19: the text is split at the last &$expand=. */
static void a_filter_may_have_an_expand_in_it(void **state) {
  fixture_do(*state, "departments:insert{DeptId = 4, Title = '&$expand=Box'} employees:insert{EmpId = 20, Name = 'x', DeptId = 4}");
  struct response response = ask(*state, "$filter=Title eq '&$expand=Box'&$expand=Employee");
  assert_at(part(&response, "Department"), "records.0.DeptId", "4");
  assert_at(part(&response, "Department"), "records.0.Employee.0.EmpId", "20");
  assert_null(at(part(&response, "Department"), "records.1"));
  response_done(&response);
  assert_no_finding(*state);
}

/* W-18: at object level the query asks. */
static void an_object_level_download_expands_by_its_query(void **state) {
  char path[200];
  snprintf(path, sizeof path, "%s?$filter=%s&$expand=Employee", DEPARTMENT, "DeptId%20eq%201");
  struct response response = download(*state, path, "{}");
  assert_at(response.json, "records.0.Employee.1.EmpId", "12");
  assert_null(at(response.json, "records.1"));
  response_done(&response);
  assert_no_finding(*state);
}

/* A child may ask for its parent too. */
static void an_expand_may_go_up(void **state) {
  struct response response = download(*state, "/services/data/v1/Org/objects/Employee?$expand=Department", "{}");
  assert_at(response.json, "records.2.Department.0.Title", "\"one\"");
  assert_at(response.json, "records.3.Department", "[]");
  response_done(&response);
}

static struct response delta(struct fixture *fixture, struct response *last) {
  struct base_buf body = BASE_BUF_INIT;
  const char *known = json_find_string(at(last->json, "delta_context.objs.Department"), "delta");
  base_buf_printf(&body, "{\"delta_context\":{\"objs\":{\"Department\":{\"delta\":\"%s\"}}}}", known);
  char path[200];
  snprintf(path, sizeof path, "%s?$expand=Employee", DEPARTMENT);
  struct response response = download(fixture, path, base_buf_string(&body));
  base_buf_done(&body);
  response_done(last);
  return response;
}

/* A parent comes again when a record that nests in it changed, was deleted or came new. */
static void a_delta_has_parents_whose_children_changed(void **state) {
  char path[200];
  snprintf(path, sizeof path, "%s?$expand=Employee", DEPARTMENT);
  struct response response = download(*state, path, "{}");
  response = delta(*state, &response);
  assert_at(response.json, "records", "[]");
  fixture_do(*state, "employees:update(10, {Name = 'A'}) employees:delete(11)");
  response = delta(*state, &response);
  assert_at(response.json, "_metadata.updatedRecords", "2");
  assert_at(response.json, "records.0.DeptId", "1");
  assert_at(response.json, "records.0._metadata.action", "\"update\"");
  assert_at(response.json, "records.0.Employee.0.Name", "\"A\"");
  assert_at(response.json, "records.0.Employee.0._metadata.action", "\"update\"");
  assert_at(response.json, "records.1.Employee.0", "{\"EmpId\":11,\"_metadata\":{\"action\":\"delete\"}}");
  response = delta(*state, &response);
  assert_at(response.json, "records", "[]");
  fixture_do(*state, "departments:delete(1)");
  response = delta(*state, &response);
  assert_at(response.json, "records", "[{\"DeptId\":1,\"_metadata\":{\"action\":\"delete\"}}]");
  response_done(&response);
}

/* W-29: pages are cut by parents alone, and keep what they were asked to bring along. */
static void pages_keep_their_expand(void **state) {
  struct response response = download(*state, "/services/data/v1/Org/objects/Department?$batchsize=1&$expand=Employee", "{}");
  assert_at(response.json, "records.0.Employee.1.EmpId", "12");
  assert_null(at(response.json, "records.1"));
  assert_at(response.json, "hasMoreRecords", "\"true\"");
  response = next(*state, DEPARTMENT, &response);
  assert_at(response.json, "records.0.Employee.0.EmpId", "11");
  response = next(*state, DEPARTMENT, &response);
  assert_at(response.json, "records.0.DeptId", "3");
  assert_at(response.json, "hasMoreRecords", "\"false\"");
  response_done(&response);
}

/* What is kept for the next page counts no longer when a row or the schema changed. */
static void later_pages_show_what_changed_in_between(void **state) {
  struct response response = download(*state, "/services/data/v1/Org/objects/Department?$batchsize=1&$expand=Employee", "{}");
  fixture_do(*state, "employees:update(11, {Name = 'B'})");
  response = next(*state, DEPARTMENT, &response);
  assert_at(response.json, "records.0.Employee.0.Name", "\"B\"");
  fixture_do(*state, "employees:add_column{name = 'Car', datatype = 'string'} employees:insert{EmpId = 20, Name = 'x', DeptId = 3, Car = 'red'}");
  response = next(*state, DEPARTMENT, &response);
  assert_at(response.json, "records.0.Employee.0.Car", "\"red\"");
  response_done(&response);
  fixture_do(*state, "employees:drop_column('Car')");
  response = ask(*state, "$expand=Employee");
  assert_at(part(&response, "Department"), "records.2.Employee.0.EmpId", "20");
  assert_null(at(part(&response, "Department"), "records.2.Employee.0.Car"));
  response_done(&response);
}

/* W-26 */
static void soft_deleted_children_are_left_out_of_a_first_download(void **state) {
  fixture_do(*state, "parts = org:object('Part', {key = {'Id'}, softdelete_field = 'Gone', fields = {{name = 'Id', datatype = 'number'},\n"
                     "  {name = 'DeptId', datatype = 'number'}, {name = 'Gone', datatype = 'boolean'}}})\n"
                     "org:relate{name = 'parts', type = 'OneToMany', from = departments, to = parts, source_fields = {'DeptId'}, target_fields = {'DeptId'}}\n"
                     "parts:insert{{Id = 1, DeptId = 1, Gone = true}, {Id = 2, DeptId = 1, Gone = false}}");
  struct response response = ask(*state, "$expand=Part");
  assert_at(part(&response, "Department"), "records.0.Part.0.Id", "2");
  assert_null(at(part(&response, "Department"), "records.0.Part.1"));
  response_done(&response);
}

static void what_is_asked_wrong_is_a_finding(void **state) {
  struct response response = ask(*state, "$expand=Nothing,Employee");
  assert_at(part(&response, "Department"), "records.0.Employee.0.EmpId", "10");
  response_done(&response);
  assert_finding(*state, "W-18: $expand names \\\"Nothing\\\"");
  response = ask(*state, "Employee");
  assert_null(at(part(&response, "Department"), "records.0.Employee"));
  response_done(&response);
  assert_finding(*state, "W-19: the odatastring");
  fixture_do(*state, "departments:expand('Employee')");
  response = download(*state, ORG, "{}");
  response_done(&response);
  assert_finding(*state, "W-19: the download does not ask for the $expand of Department");
  response = client_call(((struct fixture *)*state)->url, "/services/metadata/v1/Org", NULL, NULL);
  assert_at(response.json, "namespaces.0.objects.0.operations.get", "{\"$expand\":\"Employee\"}");
  response_done(&response);
}

static void an_expand_in_circles_ends(void **state) {
  struct response response = ask(*state, "$expand=Employee/Department/Employee/Department/Employee/Department/Employee/Department/Employee");
  assert_non_null(at(part(&response, "Department"), "records.0.Employee.0.Department.0.Employee.0"));
  response_done(&response);
  assert_finding(*state, "at this depth");
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_company, fixture_close)
      TEST(children_nest_in_their_parents), TEST(names_go_down_level_by_level), TEST(a_filter_may_have_an_expand_in_it),
      TEST(an_object_level_download_expands_by_its_query), TEST(an_expand_may_go_up),
      TEST(a_delta_has_parents_whose_children_changed), TEST(pages_keep_their_expand), TEST(later_pages_show_what_changed_in_between),
      TEST(soft_deleted_children_are_left_out_of_a_first_download), TEST(what_is_asked_wrong_is_a_finding),
      TEST(an_expand_in_circles_ends)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
