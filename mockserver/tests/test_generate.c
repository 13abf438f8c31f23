/* object:generate(): rows that fit the model, the same in every run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "world_fixture.h"

static void assert_true_in_lua(struct fixture *fixture, const char *script) {
  cJSON *value = fixture_run(fixture, script);
  char *text = json_print(value);
  if (!cJSON_IsTrue(value)) fail_msg("%s\ngave %s", script, text);
  cJSON_free(text);
  cJSON_Delete(value);
}

static void assert_fails_with(struct fixture *fixture, const char *script, const char *text) {
  struct base_error err = {0};
  fixture_fail(fixture, script, &err);
  if (!strstr(err.text, text)) fail_msg("%s\nfailed with: %s", script, err.text);
}

static void one_seed_gives_the_same_rows_in_every_run(void **state) {
  cJSON *rows = fixture_run(*state, "employees:generate{count = 2, seed = 7} return foundry.encode(foundry.array(employees:rows()))");
  /* the very text: another machine, or a later version, must not make other rows of the same seed */
  assert_string_equal(cJSON_GetStringValue(rows), "[{\"Active\":true,\"DeptId\":180830,\"EmpId\":101,\"HiredOn\":\"2021-08-18\",\"Name\":\"Chloé Nowak\","
                      "\"Notes\":\"Market summer ticket bridge silver forest north basket.\",\"Salary\":5529.15},"
                      "{\"Active\":false,\"DeptId\":598989,\"EmpId\":102,\"HiredOn\":\"2022-01-24\",\"Name\":\"Ada Ó Súilleabháin\","
                      "\"Notes\":\"Paper meter garden forest meter planet.\",\"Salary\":6200.45}]");
  cJSON_Delete(rows);
}

static void other_seeds_give_other_rows(void **state) {
  assert_true_in_lua(*state, "employees:generate{count = 50, seed = 1}\nlocal one = employees:rows()\n"
                             "for _, row in ipairs(one) do employees:delete(row.EmpId) end\n"
                             "employees.generated = 0\nemployees:generate{count = 50, seed = 2}\n"
                             "local same = 0\nfor i, row in ipairs(employees:rows()) do\n"
                             "  if row.Salary == one[i].Salary then same = same + 1 end\nend\nreturn same < 25");
}

static void more_rows_begin_with_the_fewer(void **state) {
  assert_true_in_lua(*state, "local model = {key = {'Id'}, fields = {{name = 'Id', datatype = 'number'}, {name = 'Price', datatype = 'number'}}}\n"
                             "local function made(count)\n  local object = server:service('S' .. count):object('Thing', model)\n"
                             "  return object:generate{count = count, seed = 3}:rows()\nend\n"
                             "local few, many = made(5), made(20)\n"
                             "for i, row in ipairs(few) do\n  if row.Price ~= many[i].Price then return i end\nend\nreturn #many == 20");
}

static void a_second_call_adds_rows_with_keys_of_their_own(void **state) {
  assert_true_in_lua(*state, "departments:insert{DeptId = 2, Title = 'by hand'}\ndepartments:generate(3)\ndepartments:generate(3)\n"
                             "return #departments:rows() == 7 and departments:row(2).Title == 'by hand'");
}

static void columns_keep_to_datatype_length_and_null(void **state) {
  assert_true_in_lua(*state,
                     "local wide = org:object('Wide', {key = {'Id'}, softdelete_field = 'Gone', fields = {\n"
                     "  {name = 'Id', datatype = 'string', nullable = false, length = 12}, {name = 'Title', datatype = 'string', length = 3, nullable = false},\n"
                     "  {name = 'Day', datatype = 'date', nullable = false}, {name = 'On', datatype = 'boolean', nullable = false},\n"
                     "  {name = 'Amount', datatype = 'number', nullable = false}, {name = 'Maybe', datatype = 'number', nullable = true},\n"
                     "  {name = 'Photo', datatype = 'binary', nullable = false}, {name = 'Gone', datatype = 'boolean', nullable = false}}})\n"
                     "wide:generate{count = 300, nulls = 0.5}\n"
                     "local nulls = 0\n"
                     "for i, row in ipairs(wide:rows()) do\n"
                     "  if #row.Id > 12 or utf8.len(row.Title) > 3 or type(row.On) ~= 'boolean' or row.Gone ~= false then return row end\n"
                     "  if not row.Day:match('^20%d%d%-%d%d%-%d%d$') or not tonumber(row.Amount) or #row.Photo % 4 ~= 0 then return row end\n"
                     "  if row.Maybe == nil then nulls = nulls + 1 end\n"
                     "end\nreturn nulls > 90 and nulls < 210 and #wide:rows() == 300");
}

static void foreign_keys_name_rows_that_exist(void **state) {
  assert_true_in_lua(*state, "employees:generate(4)\nboxes:generate{count = 50, nulls = 0.2}\nlocal owners, none = {}, 0\n"
                             "for _, box in ipairs(boxes:rows()) do\n"
                             "  if box.Owner == nil then none = none + 1 elseif not employees:row(box.Owner) then return box end\n"
                             "  if box.Owner then owners[box.Owner] = true end\nend\n"
                             "local count = 0 for _ in pairs(owners) do count = count + 1 end\nreturn count == 4 and none > 0 and none < 30");
}

static void a_parent_without_rows_leaves_null_or_is_an_error(void **state) {
  assert_true_in_lua(*state, "boxes:generate(3) return boxes:rows()[1].Owner == nil");
  assert_fails_with(*state, "local pins = org:object('Pin', {key = {'Id'}, fields = {{name = 'Id', datatype = 'number'},\n"
                            "  {name = 'Holder', datatype = 'number', nullable = false}}})\n"
                            "org:relate{name = 'Pins', type = 'OneToMany', from = employees, to = pins, source_fields = {'EmpId'}, target_fields = {'Holder'}}\n"
                            "pins:generate(1)",
                    "each row names a row of Employee, which has none");
}

static void a_key_that_names_its_parent_counts_within_it(void **state) {
  assert_true_in_lua(*state, "departments:generate(4)\nlocal rooms = org:object('Room', {key = {'DeptId', 'Number'}, fields = {\n"
                             "  {name = 'DeptId', datatype = 'number', nullable = false}, {name = 'Number', datatype = 'number', nullable = false}}})\n"
                             "org:relate{name = 'Rooms', type = 'OneToMany', from = departments, to = rooms, source_fields = {'DeptId'}, target_fields = {'DeptId'}}\n"
                             "rooms:generate(12)\nlocal list = rooms:rows()\n"
                             "return #list == 12 and list[1].Number == 1 and list[2].Number == 2 and list[3].Number == 3 and list[4].Number == 1");
}

static void keys_that_are_parents_alone_run_out(void **state) {
  static const char LINKS[] = "employees:generate(2) departments:generate(3)\n"
                              "local links = org:object('Link', {key = {'EmpId', 'DeptId'}, fields = {\n"
                              "  {name = 'EmpId', datatype = 'number', nullable = false}, {name = 'DeptId', datatype = 'number', nullable = false}}})\n"
                              "org:relate{name = 'a', type = 'ManyToOne', from = links, to = employees, source_fields = {'EmpId'}, target_fields = {'EmpId'}}\n"
                              "org:relate{name = 'b', type = 'ManyToOne', from = links, to = departments, source_fields = {'DeptId'}, target_fields = {'DeptId'}}\n"
                              "links:generate(6)\n";
  char more[1024];
  snprintf(more, sizeof more, "%sif #links:rows() ~= 6 then error('less') end\nlinks:generate(1)", LINKS);
  assert_fails_with(*state, more, "no more than 6 different keys");
}

static void a_row_may_name_an_earlier_row_of_its_object(void **state) {
  assert_true_in_lua(*state, "local nodes = org:object('Node', {key = {'Id'}, fields = {\n"
                             "  {name = 'Id', datatype = 'number', nullable = false, auto_generated = true}, {name = 'Parent', datatype = 'number'}}})\n"
                             "org:relate{name = 'Parent', type = 'ManyToOne', from = nodes, to = nodes, source_fields = {'Parent'}, target_fields = {'Id'}}\n"
                             "nodes:generate{count = 30, nulls = 0}\nfor i, node in ipairs(nodes:rows()) do\n"
                             "  if i == 1 and node.Parent ~= nil or i > 1 and not (node.Parent < node.Id) then return node end\nend\nreturn true");
}

static void columns_can_be_given(void **state) {
  assert_true_in_lua(*state, "employees:generate{count = 40, columns = {Name = 'unicode', Notes = {'a', 'b'}, Salary = {min = 5, max = 6},\n"
                             "  DeptId = function(row, index) return index * 10 end}}\n"
                             "for i, row in ipairs(employees:rows()) do\n"
                             "  if row.DeptId ~= i * 10 or (row.Salary ~= 5 and row.Salary ~= 6) or (row.Notes ~= 'a' and row.Notes ~= 'b') then return row end\n"
                             "end\nreturn #employees:rows() == 40");
}

static void every_generator_makes_values(void **state) {
  assert_true_in_lua(*state, "local fields, columns = {{name = 'Id', datatype = 'number', auto_generated = true}}, {}\n"
                             "for i, name in ipairs{'first_name', 'last_name', 'name', 'company', 'product', 'email', 'phone', 'street', 'city', 'country', 'code', 'uuid',\n"
                             "  'word', 'title', 'sentence', 'text', 'unicode', 'date', 'timestamp'} do\n"
                             "  fields[#fields + 1] = {name = name, datatype = 'string', nullable = false} columns[name] = name\nend\n"
                             "for i, name in ipairs{'money', 'quantity', 'integer', 'decimal', 'large', 'year', 'index'} do\n"
                             "  fields[#fields + 1] = {name = name, datatype = 'number', nullable = false} columns[name] = name\nend\n"
                             "local all = org:object('All', {key = {'Id'}, fields = fields}):generate{count = 200, columns = columns}\n"
                             "for _, row in ipairs(all:rows()) do\n  for _, field in ipairs(fields) do\n"
                             "    local value = row[field.name]\n    if value == nil or value == '' then return field.name end\n"
                             "    if field.datatype == 'number' and not tonumber(value) then return field.name end\n  end\n"
                             "  if row.large <= 9007199254740992 or not row.uuid:match('^%x+%-%x+%-4%x+%-%x+%-%x+$') then return row end\nend\nreturn true");
}

static void wrong_words_are_told(void **state) {
  static const struct {
    const char *script, *text;
  } CASES[] = {{"employees:generate()", "a number of rows or a table"},
               {"employees:generate{count = 1, colums = {}}", "generate() has no option colums: there are count"},
               {"employees:generate{}", "count is an integer"},
               {"employees:generate{count = -1}", "count is an integer"},
               {"employees:generate{count = 1, seed = 'x'}", "seed is an integer"},
               {"employees:generate{count = 1, nulls = 2}", "nulls is a share"},
               {"employees:generate{count = 1, columns = {Nam = 'name'}}", "has no column Nam"},
               {"employees:generate{count = 1, columns = {Name = 'nome'}}", "there is no generator \"nome\"; there are binary, boolean, city"},
               {"employees:generate{count = 1, columns = {Name = true}}", "column Name is given by"},
               {"org:object('Flag', {key = {'On'}, fields = {{name = 'On', datatype = 'boolean'}}}):generate(3)", "has two values"}};
  for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) assert_fails_with(*state, CASES[i].script, CASES[i].text);
}

static void many_rows_are_no_endless_loop(void **state) {
  assert_true_in_lua(*state, "employees:generate(20000) return #employees:rows() == 20000");
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)
  const struct CMUnitTest tests[] = {
      TEST(one_seed_gives_the_same_rows_in_every_run), TEST(other_seeds_give_other_rows), TEST(more_rows_begin_with_the_fewer),
      TEST(a_second_call_adds_rows_with_keys_of_their_own), TEST(columns_keep_to_datatype_length_and_null),
      TEST(foreign_keys_name_rows_that_exist), TEST(a_parent_without_rows_leaves_null_or_is_an_error),
      TEST(a_key_that_names_its_parent_counts_within_it), TEST(keys_that_are_parents_alone_run_out),
      TEST(a_row_may_name_an_earlier_row_of_its_object), TEST(columns_can_be_given), TEST(every_generator_makes_values),
      TEST(wrong_words_are_told), TEST(many_rows_are_no_endless_loop)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
