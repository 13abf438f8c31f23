/* Metadata over the life of a service: W-8, W-9, W-12, and what a change of the schema does to rows and deltas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "wire.h"

static const char METADATA[] = "/services/metadata/v1/Org";
static const char HEADERS[] = "Content-Type: application/json\r\nX-Http-Method-Override: GET\r\nX-Voltmx-Service-Version: 2.0\r\n";

static struct response metadata(struct fixture *fixture, const char *filter) {
  char path[200];
  snprintf(path, sizeof path, "%s%s%s", METADATA, filter ? "?$filter=" : "", filter ? filter : "");
  struct response response = client_call(fixture->url, path, HEADERS, NULL);
  assert_int_equal(response.status, 200);
  return response;
}

static const char *timestamp(const struct response *response) {
  const char *text = json_find_string(response->json, "timestamp");
  assert_non_null(text);
  return text;
}

/* W-8: what a script may declare about an object beside its fields. */
static void what_a_model_says_is_shown(void **state) {
  fixture_do(*state, "org:object('hr.Person', {key = {'Id'}, softdelete_field = 'Gone', delta_context_field = 'Changed', fields = {\n"
                     "  {name = 'Id', datatype = 'string', length = 36, nullable = false, creatable = true, updatable = false},\n"
                     "  {name = 'Gone', datatype = 'boolean'}, {name = 'Changed', datatype = 'date'}, {name = 'Photo', datatype = 'binary'}}})");
  struct response response = metadata(*state, NULL);
  const cJSON *person = at(response.json, "namespaces.1.objects.0");
  assert_at(response.json, "namespaces.1.name", "\"hr\"");
  assert_at(person, "name", "\"Person\"");
  assert_at(person, "softdelete_field", "\"Gone\"");
  assert_at(person, "delta_context_field", "\"Changed\"");
  assert_at(person, "fields.0", "{\"name\":\"Id\",\"datatype\":\"string\",\"length\":36,\"nullable\":false,\"auto_generated\":false,"
                                "\"creatable\":true,\"updatable\":false}");
  assert_at(person, "fields.3.datatype", "\"binary\"");
  assert_at(person, "relationships", "[]");
  assert_at(person, "operations", "{\"get\":{},\"create\":{},\"update\":{},\"partialupdate\":{},\"delete\":{}}");
  response_done(&response);
  assert_no_finding(*state);
}

static void policies_and_cache_are_told(void **state) {
  static const char *const POLICIES[] = {"none", "clientwins", "serverwins", "custom"};
  for (size_t i = 0; i < sizeof POLICIES / sizeof *POLICIES; i++) {
    char script[80], expected[20];
    snprintf(script, sizeof script, "server:service('Org', {conflict = '%s'})", POLICIES[i]);
    snprintf(expected, sizeof expected, "\"%s\"", POLICIES[i]);
    fixture_do(*state, script);
    struct response response = metadata(*state, NULL);
    assert_at(response.json, "conflict_policy", expected);
    assert_at(response.json, "uploadCache", "false");
    assert_at(response.json, "offline", "true");
    response_done(&response);
  }
}

/* ---- faults and names ---- */

struct fault {
  const char *change, *found; /* the text that is not to be there any more, or is */
  bool gone;
};

/* W-10: each of them can be served, and the next answer is whole again. */
static const struct fault FAULTS[] = {
    {"function(m) m.timestamp = nil end", "timestamp", true},
    {"function() return '' end", "opstatus", true},
    {"function(m) m.namespaces = nil end", "namespaces", true},
    {"function(m) m.namespaces[1].objects = foundry.array{} end", "Employee", true},
    {"function(m) m.namespaces[1].objects[2].fields = nil end", "Salary", true},
    {"function(m) for _, object in ipairs(m.namespaces[1].objects) do object.key = nil end end", "\"key\"", true},
    {"function(m) m.namespaces[1].objects[2].fields[1].name = '' end", "\"name\":\"\",", false},
    {"function(m) m.namespaces[1].objects[3].relationships[1].type = 'ManyToMany' end", "ManyToMany", false},
    {"function(m) m.namespaces[1].objects[3].relationships[1].target_object = 'Nowhere' end", "Nowhere", false},
};

static void every_fault_of_metadata_can_be_served(void **state) {
  for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
    char script[300];
    snprintf(script, sizeof script, "org:edit_metadata(%s)", FAULTS[i].change);
    fixture_do(*state, script);
    struct response response = metadata(*state, NULL);
    if ((strstr(response.body, FAULTS[i].found) == NULL) != FAULTS[i].gone) fail_msg("%s: %s", FAULTS[i].change, response.body);
    response_done(&response);
    fixture_do(*state, "org:edit_metadata(function() end)");
    response = metadata(*state, NULL);
    assert_at(response.json, "namespaces.0.objects.1.key", "[\"EmpId\"]");
    response_done(&response);
  }
}

/* W-11: names are data; what a client has to refuse can be declared. */
static void any_text_is_a_name(void **state) {
  fixture_do(*state, "name = [[a'b\"; DROP TABLE row; --]]\n"
                     "odd = org:object(name, {key = {'k\"'}, fields = {{name = 'k\"', datatype = 'string'}, {name = 'é;', datatype = 'string'}}})\n"
                     "odd:insert{['k\"'] = '1', ['é;'] = 'x'} assert(#odd:rows() == 1)\n"
                     "other = server:service('Other') other:object('Employee', foundry.model.employee) other:object('employee', foundry.model.note)\n"
                     "other:object('Odd', {key = {'a', 'b'}, fields = {{name = 'a', datatype = 'string', auto_generated = true},\n"
                     "  {name = 'b', datatype = 'number', auto_generated = true}, {name = '_metadata', datatype = 'string'}}})");
  struct response response = metadata(*state, NULL);
  assert_at(response.json, "namespaces.0.objects.3.name", "\"a'b\\\"; DROP TABLE row; --\"");
  response_done(&response);
  response = upload(*state, NULL, "{\"k\\\"\":\"2\",\"é;\":\"y\",\"_metadata\":{\"object\":\"a'b\\\"; DROP TABLE row; --\",\"action\":\"create\",\"rowId\":1}}");
  assert_at(response.json, "objects.0.records.0.é;", "\"y\"");
  response_done(&response);
  response = client_call(((struct fixture *)*state)->url, "/services/metadata/v1/Other", HEADERS, NULL);
  assert_at(response.json, "namespaces.0.objects.1.name", "\"employee\"");
  assert_at(response.json, "namespaces.0.objects.2.fields.2.name", "\"_metadata\"");
  response_done(&response);
}

/* W-13: every form is one value, in uploads as in rows of a script. */
static void booleans_come_in_any_form_and_leave_in_one(void **state) {
  static const char *const TRUE_FORMS[] = {"true", "1", "\"true\"", "\"1\"", "1.0"}, *const FALSE_FORMS[] = {"false", "0", "\"false\"", "\"0\"", "0.0"};
  for (size_t i = 0; i < 10; i++) {
    char record[200];
    const char *form = i < 5 ? TRUE_FORMS[i] : FALSE_FORMS[i - 5];
    snprintf(record, sizeof record, "{\"EmpId\":-1,\"Name\":\"a\",\"Active\":%s,\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":1}}", form);
    struct response response = upload(*state, NULL, record);
    assert_at(response.json, "objects.0.records.0.Active", i < 5 ? "true" : "false");
    response_done(&response);
  }
  fixture_do(*state, "assert(employees:insert{Name = 'b', Active = '1'}.Active == true)");
}

/* ---- what nests (W-12) ---- */

static const char NESTS[] = "org:relate{name = 'boxes', type = 'OneToMany', from = employees, to = boxes, source_fields = {'EmpId'}, target_fields = {'Owner'}}\n";

static void nesting_is_told_by_the_operations(void **state) {
  fixture_do(*state, NESTS);
  fixture_do(*state, "org:nest{parent = employees, child = boxes}");
  struct response response = metadata(*state, NULL);
  const cJSON *operations = at(response.json, "namespaces.0.objects.1.operations");
  assert_at(operations, "create.actions.0.type", "[\"create\"]");
  assert_at(operations, "create.actions.0.supportedObjects", "[{\"name\":\"Box\",\"actions\":[{\"type\":[\"create\"]}]}]");
  assert_at(operations, "update.actions.0.supportedObjects.0.actions.0.type", "[\"create\",\"update\",\"partialupdate\",\"delete\"]");
  assert_at(operations, "get", "{}");
  response_done(&response);
}

static void a_parent_is_told_which_actions_it_takes(void **state) {
  fixture_do(*state, NESTS);
  fixture_do(*state, "org:nest{parent = employees, child = boxes, actions = {update = {'create'}}}");
  struct response response = metadata(*state, NULL);
  const cJSON *operations = at(response.json, "namespaces.0.objects.1.operations");
  assert_at(operations, "update.actions.0.supportedObjects.0", "{\"name\":\"Box\",\"actions\":[{\"type\":[\"create\"]}]}");
  assert_at(operations, "create", "{}");
  response_done(&response);
}

/* What nests by operations that a script wrote in each form that W-12 knows: lists of actions, plain names, objects alone. */
static void operations_may_be_written_out(void **state) {
  static const char *const FORMS[] = {"{{type = {'create'}, supportedObjects = {{name = 'Box', actions = {{type = {'create'}}}}}}, {type = {'update'}, supportedObjects = {'Box'}}}",
                                      "{{type = {'create'}, supportedObjects = {{name = 'Box', actions = {'create', 'delete'}}}}}",
                                      "{{supportedObjects = {'Box'}}}", "{{type = 'create', supportedObjects = {{name = 'Box'}}}}"};
  for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
    char script[500];
    fixture_do(*state, NESTS);
    snprintf(script, sizeof script, "local model = {key = foundry.model.employee.key, fields = foundry.model.employee.fields,\n"
             "  operations = {create = {actions = %s}}} org:object('Employee', model)", FORMS[i]);
    fixture_do(*state, script);
    snprintf(script, sizeof script, "X-Voltmx-RequestCacheId: a%zu\r\n", i); /* a known id would be answered from the cache */
    struct response response = upload(*state, script,
        "{\"EmpId\":-1,\"Name\":\"a\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":1},"
        "\"Box\":[{\"BoxId\":-2,\"Owner\":-1,\"_metadata\":{\"action\":\"create\",\"rowId\":2}}]}");
    response_done(&response);
    assert_no_finding(*state);
    snprintf(script, sizeof script, "X-Voltmx-RequestCacheId: b%zu\r\n", i);
    response = upload(*state, script,
        "{\"EmpId\":-1,\"Name\":\"a\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":1},"
        "\"Box\":[{\"BoxId\":1,\"Owner\":-1,\"_metadata\":{\"action\":\"update\",\"rowId\":2}}]}");
    response_done(&response);
    if (i != 2 && i != 3) assert_finding(*state, "W-47: the metadata lets no update of Box nest in create of Employee");
    else assert_no_finding(*state);
  }
}

/* ---- the timestamp (W-9) ---- */

static void the_timestamp_moves_with_the_schema_alone(void **state) {
  static const char *const CHANGES[] = {"employees:add_column{name = 'Car', datatype = 'string'}", "employees:drop_column('Car')",
                                        "boxes:drop()", "departments:expand('Employee')",
                                        "org:object('New', foundry.model.note)"};
  struct response before = metadata(*state, NULL);
  fixture_do(*state, "employees:insert{Name = 'a'}");
  struct response same = metadata(*state, NULL);
  assert_string_equal(timestamp(&before), timestamp(&same));
  response_done(&same);
  for (size_t i = 0; i < sizeof CHANGES / sizeof *CHANGES; i++) {
    fixture_do(*state, CHANGES[i]);
    struct response after = metadata(*state, NULL);
    if (strcmp(timestamp(&before), timestamp(&after)) == 0) fail_msg("not moved by %s", CHANGES[i]);
    response_done(&before);
    before = after;
  }
  response_done(&before);
}

static void an_incremental_request_gets_the_whole(void **state) {
  struct response before = metadata(*state, NULL);
  char filter[100];
  fixture_do(*state, "employees:add_column{name = 'Car', datatype = 'string'}");
  snprintf(filter, sizeof filter, "timestamp%%20eq%%20%s", timestamp(&before));
  struct response after = metadata(*state, filter);
  assert_at(after.json, "namespaces.0.objects.0.name", "\"Department\"");
  assert_at(after.json, "namespaces.0.objects.1.fields.7.name", "\"Car\"");
  response_done(&before);
  response_done(&after);
  assert_no_finding(*state);
}

static void wrong_filters_are_findings(void **state) {
  struct response now = metadata(*state, NULL);
  char filter[100];
  snprintf(filter, sizeof filter, "timestamp%%20eq%%20'%s'", timestamp(&now));
  response_done(&now);
  struct response same = metadata(*state, filter);
  assert_finding(*state, "W-9: the metadata is asked for by its timestamp, which has not moved");
  struct response never = metadata(*state, "timestamp%20eq%20ts-9999");
  assert_finding(*state, "W-9: the metadata's timestamp \\\"ts-9999\\\" was never given");
  struct response other = metadata(*state, "name%20eq%201");
  assert_finding(*state, "W-9: the metadata's $filter is");
  response_done(&same);
  response_done(&never);
  response_done(&other);
}

/* ---- changes of the schema ---- */

static void a_new_column_is_null_and_can_be_filled(void **state) {
  fixture_do(*state, "employees:insert{EmpId = 1, Name = 'a'} employees:add_column{name = 'Car', datatype = 'string'}");
  struct response response = download(*state, EMPLOYEE, "{}");
  assert_at(response.json, "records.0.Car", "null");
  response_done(&response);
  response = upload(*state, NULL, "{\"EmpId\":1,\"Name\":\"a\",\"Car\":\"red\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"update\",\"rowId\":1}}");
  assert_at(response.json, "objects.0.records.0.Car", "\"red\"");
  response_done(&response);
  fixture_do(*state, "assert(employees:row(1).Car == 'red')");
}

static void a_dropped_column_is_gone_with_its_relations(void **state) {
  fixture_do(*state, "boxes:insert{BoxId = 1, Owner = 5} boxes:drop_column('Owner')");
  struct response response = download(*state, "/services/data/v1/Org/objects/Box", "{}");
  assert_null(at(response.json, "records.0.Owner"));
  response_done(&response);
  response = metadata(*state, NULL);
  assert_at(response.json, "namespaces.0.objects.2.relationships", "[]");
  response_done(&response);
  struct base_error err = {0};
  fixture_fail(*state, "boxes:drop_column('Owner')", &err);
  assert_non_null(strstr(err.text, "object Box has no column Owner"));
  fixture_fail(*state, "boxes:drop_column('BoxId')", &err); /* the key */
}

static void a_dropped_object_is_gone(void **state) {
  fixture_do(*state, "org:nest{parent = employees, child = boxes} employees:insert{Name = 'a'} boxes:insert{Owner = 1}");
  struct response first = download(*state, "/services/data/v1/Org?offline=true", "{}");
  assert_non_null(at(first.json, "Objects.1"));
  fixture_do(*state, "boxes:drop()");
  struct response shown = metadata(*state, NULL);
  assert_null(at(shown.json, "namespaces.0.objects.2"));
  assert_at(shown.json, "namespaces.0.objects.1.operations.create.actions.0.supportedObjects", "[]");
  response_done(&shown);
  struct response response = next(*state, ORG, &first);
  assert_null(at(response.json, "delta_context.objs.Box"));
  response_done(&response);
  assert_finding(*state, "W-19: the service has no object Box");
  response = download(*state, "/services/data/v1/Org/objects/Box", "{}");
  assert_int_equal(response.status, 404);
  response_done(&response);
  fixture_do(*state, "assert(not server:find_object('Box'))\n"
                     "boxes = org:object('Box', {key = {'BoxId'}, fields = {{name = 'BoxId', datatype = 'number'}}})\n"
                     "assert(#boxes:rows() == 0)"); /* another one */
}

/* A download that was under way goes on without it. */
static void pages_go_on_without_a_dropped_object(void **state) {
  fixture_do(*state, "for i = 1, 3 do employees:insert{Name = 'a'} boxes:insert{Owner = i} end");
  struct response page = download(*state, "/services/data/v1/Org?offline=true&$batchsize=1", "{}");
  fixture_do(*state, "boxes:drop()");
  page = next(*state, ORG, &page);
  assert_at(page.json, "Objects.0.name", "\"Employee\"");
  assert_null(at(page.json, "Objects.1"));
  response_done(&page);
}

/* Objects that were made from one model have their own: what one is told, another does not say. */
static void models_are_not_shared(void **state) {
  fixture_do(*state, "local one, two = org:object('One', foundry.model.note), org:object('Two', foundry.model.note)\n"
                     "one:add_column{name = 'More', datatype = 'string'} one:expand('Two')");
  struct response response = metadata(*state, NULL);
  assert_non_null(at(response.json, "namespaces.0.objects.3.fields.2"));
  assert_null(at(response.json, "namespaces.0.objects.4.fields.2"));
  assert_at(response.json, "namespaces.0.objects.4.operations.get", "{}");
  response_done(&response);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(what_a_model_says_is_shown), TEST(policies_and_cache_are_told), TEST(nesting_is_told_by_the_operations),
      TEST(a_parent_is_told_which_actions_it_takes), TEST(operations_may_be_written_out), TEST(the_timestamp_moves_with_the_schema_alone),
      TEST(every_fault_of_metadata_can_be_served), TEST(any_text_is_a_name), TEST(booleans_come_in_any_form_and_leave_in_one),
      TEST(an_incremental_request_gets_the_whole), TEST(wrong_filters_are_findings),
      TEST(a_new_column_is_null_and_can_be_filled), TEST(a_dropped_column_is_gone_with_its_relations),
      TEST(a_dropped_object_is_gone), TEST(pages_go_on_without_a_dropped_object), TEST(models_are_not_shared)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
