/* The sandbox, the budgets, JSON in Lua. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/script.h"
#include "world/world.h"
#include "world_fixture.h"

static void assert_text(struct fixture *fixture, const char *script, const char *expected) {
  cJSON *value = fixture_run(fixture, script);
  assert_string_equal(cJSON_GetStringValue(value), expected);
  cJSON_Delete(value);
}

static void the_outside_world_is_not_there(void **state) {
  assert_text(*state,
              "local found = {}\n"
              "for _, name in ipairs{'io', 'os', 'debug', 'package', 'dofile', 'loadfile'} do\n"
              "  if _G[name] ~= nil then found[#found + 1] = name end\n"
              "end\n"
              "if string.dump then found[#found + 1] = 'string.dump' end\n"
              "return table.concat(found, ' ')",
              "");
}

/* Of the table that the mock's own files share: is this there, without anybody looking for it? */
static bool is_loaded(struct fixture *fixture, const char *name) {
  mock_world_lock(fixture->world);
  lua_State *L = mock_world_lua(fixture->world);
  int top = lua_gettop(L);
  mock_script_push_core(fixture->world);
  lua_pushstring(L, name);
  bool loaded = lua_rawget(L, -2) != LUA_TNIL;
  lua_settop(L, top);
  mock_world_unlock(fixture->world);
  return loaded;
}

static void what_few_worlds_need_is_loaded_by_those(void **state) {
  static const char *const LATER[] = {"columns", "generate", "learn", "inspect"};
  assert_true(is_loaded(*state, "new_rule"));
  for (size_t i = 0; i < sizeof LATER / sizeof *LATER; i++) assert_false(is_loaded(*state, LATER[i]));
  fixture_do(*state, "employees:generate(3)");
  for (size_t i = 0; i < sizeof LATER / sizeof *LATER; i++) assert_int_equal(is_loaded(*state, LATER[i]), i < 2);
  struct base_error err = {0};
  fixture_fail(*state, "employees:generate('x')", &err);
  assert_non_null(strstr(err.text, "test.lua:1: generate() takes a number of rows")); /* the script's line, as of every word */
}

static void binary_chunks_are_refused(void **state) {
  assert_text(*state, "local f, why = load('\\27Lua rubbish') return tostring(f)", "nil");
}

static void only_foundry_can_be_required(void **state) {
  struct base_error err = {0};
  fixture_fail(*state, "require 'socket'", &err);
  assert_non_null(strstr(err.text, "require \"socket\""));
}

static void a_syntax_error_names_file_and_line(void **state) {
  struct base_error err = {0};
  fixture_fail(*state, "local a = 1\nlocal b = = 2\n", &err);
  assert_non_null(strstr(err.text, "test.lua:2:"));
}

static void an_error_names_file_and_line_and_its_way(void **state) {
  struct base_error err = {0};
  fixture_fail(*state, "local function inner() error('broken') end\n\nlocal function outer() inner() return 1 end\nouter()", &err);
  assert_non_null(strstr(err.text, "test.lua:1: broken"));
  assert_non_null(strstr(err.text, "test.lua:3:"));
  assert_null(strchr(err.text, '\n'));
}

static void an_error_may_be_any_value(void **state) {
  static const struct {
    const char *script, *text;
  } CASES[] = {{"error{code = 7}", "an error that is a table: {\"code\":7}"}, {"error()", "an error without a message"}, {"error{f = error}", "an error that is a table;"},
               {"error(setmetatable({}, {__tostring = function() return 'my own' end}))", "my own"}, {"error(true)", "true"}, {"error(5, 0)", "5"}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    struct base_error err = {0};
    fixture_fail(*state, CASES[i].script, &err);
    if (strncmp(err.text, CASES[i].text, strlen(CASES[i].text)) != 0) fail_msg("%s: %s", CASES[i].script, err.text);
  }
}

static void an_endless_loop_ends(void **state) {
  struct base_error err = {0};
  fixture_fail(*state, "while true do end", &err);
  assert_non_null(strstr(err.text, "instructions without waiting"));
}

static void an_endless_loop_cannot_hide_behind_pcall(void **state) {
  struct base_error err = {0};
  fixture_fail(*state, "while true do pcall(function() while true do end end) end", &err);
  assert_non_null(strstr(err.text, "instructions without waiting"));
}

/* What a C function does is one instruction to Lua's own counter: each of these ran for minutes, or for ever. */
static void what_loops_inside_of_a_function_ends_as_well(void **state) {
  static const char *const LOOPS[] = {
      "('a'):rep(1000000):find('.-b')",
      "('a'):rep(100000):match('(.-)(.-)(.-)b')",
      "('a'):rep(1000000):gsub('a-b', '')",
      "for _ in ('a'):rep(1000000):gmatch('a*b') do end",
      "('('):rep(1000000):find('%b()')",
      "('a'):rep(1000000):find('[^%d%u]-b')",
      "local half = ('a'):rep(1000000) n = 0 while true do n = n + 1 (half .. half):find('^(a*)%1$') end",
      "local text = ('a'):rep(10000000) n = 0 while true do n = n + 1 text:find('b', 1, true) end",
      "('').rep('', 1 << 50)",
      "('').rep('', 1 << 50, '')",
      "n = 0 while true do n = n + 1 ('a'):rep(1000000) end",
      "local text = ('a'):rep(10000000) n = 0 while true do n = n + 1 text:upper() end",
      "local text = ('a'):rep(10000000) n = 0 while true do n = n + 1 utf8.len(text) end",
      "local text, copy = ('a'):rep(10000000) n = 0 while true do n = n + 1 copy = text .. 'b' end",
      "table.move({}, 1, 1 << 50, 2)",
      "table.move({}, math.mininteger, -1, 2)",
      "table.insert(setmetatable({}, {__len = function() return 1 << 50 end}), 1, 'a')",
      "table.remove(setmetatable({}, {__len = function() return 1 << 50 end}), 1)",
      "table.concat(setmetatable({}, {__index = function() return '' end}), '', 1, 1 << 50)",
      "local list = table.move({1}, 1, 1, 1) for i = 1, 1000000 do list[i] = -i end while true do table.sort(list) end",
      "xpcall(function() while true do end end, function() while true do end end)",
      "while true do xpcall(error, function() while true do end end) end",
      "while true do pcall(string.find, ('a'):rep(1000000), '.-b') end",
      "while true do pcall(table.move, {}, 1, 1 << 50, 2) end",
      "coroutine.wrap(function() ('a'):rep(1000000):find('.-b') end)()"};
  ((struct fixture *)*state)->world->script->limit = 2000000; /* or each takes a second */
  for (size_t i = 0; i < sizeof LOOPS / sizeof *LOOPS; i++) {
    struct base_error err = {0};
    fixture_fail(*state, LOOPS[i], &err);
    if (!strstr(err.text, "instructions without waiting")) fail_msg("%s: %s", LOOPS[i], err.text);
    int64_t rounds = fixture_number(*state, "local rounds = n or 0 n = nil return rounds"); /* the state lives on */
    if (rounds > 1000) fail_msg("%s: %d rounds", LOOPS[i], (int)rounds);
  }
}

/* The hook that counts is not asked in a finalizer. */
static void a_table_has_no_finalizer(void **state) {
  struct base_error err = {0};
  fixture_fail(*state, "setmetatable({}, {__gc = function() while true do end end})", &err);
  assert_non_null(strstr(err.text, "test.lua:1: setmetatable(): there is no __gc"));
  assert_text(*state, "local t = setmetatable({}, {__index = {a = 'b'}}) return setmetatable(t, nil) == t and getmetatable(t) == nil and 'gone'", "gone");
}

static void xpcall_is_lua_s_own_to_a_script(void **state) {
  assert_text(*state, "local good, why = xpcall(error, function(text) return text .. '!' end, 'oh', 0) return tostring(good) .. why", "falseoh!");
  assert_text(*state, "return table.concat({select(2, xpcall(function(...) return ... end, error, 'a', 'b'))}, ' ')", "a b");
  assert_text(*state, "local co = coroutine.wrap(function() return xpcall(function() return coroutine.yield('out') end, error) end)\n"
                      "return co() .. tostring(select(2, co('in')))", "outin");
  assert_text(*state, "return select(2, pcall(xpcall, print))", "bad argument #2 to 'xpcall' (function expected, got no value)");
}

static void memory_is_limited(void **state) {
  struct base_error err = {0};
  fixture_fail(*state, "return #('x'):rep(300 * 1024 * 1024)", &err);
  assert_non_null(strstr(err.text, "not enough memory: a world's scripts may take 256 MiB"));
  assert_int_equal(fixture_number(*state, "return 1"), 1); /* the state lives on */
}

static void json_survives_lua(void **state) {
  static const char TEXT[] = "{\"a\":[],\"b\":{},\"c\":null,\"d\":9223372036854775807,\"e\":0.1,\"f\":true,\"g\":\"\\u00e9\"}";
  char script[256];
  cJSON *expected = NULL, *actual = NULL;
  assert_int_equal(json_parse(TEXT, strlen(TEXT), JSON_REPEATED_REFUSED, &expected, NULL), 0);
  snprintf(script, sizeof script, "return foundry.decode([[%s]])", TEXT);
  actual = fixture_run(*state, script);
  assert_true(json_equal(expected, actual));
  cJSON_Delete(expected);
  cJSON_Delete(actual);
}

static void numbers_that_lua_cannot_hold_become_their_digits(void **state) {
  assert_text(*state, "return foundry.decode('[12345678901234567890]')[1]", "12345678901234567890");
  assert_text(*state, "return foundry.decode('[1e2]')[1]", "1e2");
  assert_text(*state, "return math.type(foundry.decode('[5]')[1]) .. math.type(foundry.decode('[5.5]')[1])", "integerfloat");
}

static void empty_tables_are_objects_unless_marked(void **state) {
  assert_text(*state, "return foundry.encode{a = {}, b = foundry.array{}}", "{\"a\":{},\"b\":[]}");
}

static void what_has_no_json_form_says_so(void **state) {
  struct base_error err = {0};
  fixture_fail(*state, "foundry.encode{f = error}", &err);
  assert_non_null(strstr(err.text, "function has no JSON form"));
  fixture_fail(*state, "foundry.encode(0/0)", &err);
  assert_non_null(strstr(err.text, "not finite"));
  fixture_fail(*state, "local t = {} t.t = t foundry.encode(t)", &err);
  assert_non_null(strstr(err.text, "nested deeper"));
}

static void faulty_models_are_refused_by_name(void **state) {
  struct base_error err = {0};
  fixture_fail(*state, "org:object('Bad', {key = {'Id'}, fields = {{name = 'Id', datatype = 'integer'}}})", &err);
  assert_non_null(strstr(err.text, "object Bad, field Id"));
  fixture_fail(*state, "org:object('Bad', {key = {}, fields = {{name = 'Id', datatype = 'number'}}})", &err);
  assert_non_null(strstr(err.text, "`key` must name a column"));
  fixture_fail(*state, "employees:insert{EmpId = 1, Nmae = 'x'}", &err);
  assert_non_null(strstr(err.text, "no column Nmae"));
  fixture_fail(*state, "server:service('X', {conflict = 'mine'})", &err);
  assert_non_null(strstr(err.text, "mine"));
}

static const struct {
  const char *script, *text;
} WRONG_WORDS[] = {
    {"org:on_upload():opstatus()", "opstatus(): the code is a whole number, not nil"},
    {"org:on_upload():deep(10000001)", "deep(): the number of levels is a whole number from 1 to 10000000, not 10000001"},
    {"org:on_upload():huge(1 << 40)", "huge(): the number of megabytes is a whole number from 1 to 1000000, not 1099511627776"},
    {"org:on_upload():garbage(1 << 40)", "garbage(): the number of bytes is a whole number from 1 to 100000000, not 1099511627776"},
    {"server.clock:advance('9223372036854775807ms')", "advance(\"9223372036854775807ms\"): at most 1000 years"},
    {"server.clock:advance('365001d')", "advance(\"365001d\"): at most 1000 years"},
    {"org:on_upload():status(1000)", "status(): the code is a whole number from 200 to 999, not 1000"},
    {"org:on_upload():header('A')", "header(): the value is a string, not nil"},
    {"org:on_upload():times(0)", "times(): the number is a whole number from 1, not 0"},
    {"org:on_upload():nth('2')", "nth(): the number is a whole number from 1, not \"2\""},
    {"org:on_upload():probability(2)", "probability(): a number above 0, at most 1, not 2"},
    {"org:on_upload():drop_record(-1)", "drop_record(): the place is a whole number from 1, not -1"},
    {"org:on_upload():without('Name', 5)", "without(): the object is given by itself or by its name"},
    {"org:on_upload():endless('x')", "endless(): the limit is a whole number from 1, not \"x\""},
    {"org:on_upload():intermediate_error()", "intermediate_error(): the message"},
    {"org:on_upload():reject{when = {}}", "reject(): there is no member when; there are errmsg, opstatus, where"},
    {"org:on_upload():reject{where = 5}", "reject(): where, unless it is a function, is a table, not a number"},
    {"org:on_upload('once')", "a rule's conditions are a table, { object = \"Employee\" } say, not a string"},
    {"server:barrier{org, 'Sales'}", "barrier(): number 2 of the list is no service, but a string"},
    {"server:barrier(5)", "barrier(): the list of services is a table, not a number"},
    {"employees:insert{{Name = 'a'}, nil, {Name = 'b'}}", "insert(): the list of rows: [2]: a list has nothing at this place, and more behind it"},
    {"employees:insert{{Name = 'a'}, {Name = 'b', Notes = {'x', nil, 'z'}}}", "insert(): row 2: Notes[2]: a list has nothing at this place"},
    {"employees:insert{{Name = 'a'}, n = 2}", "insert(): the list of rows is a list, and has no name n"},
    {"employees:insert{Name = 'a', Notes = {[1] = 1, [3] = 3}}", "insert(): the row: Notes[2]: a list has nothing at this place"},
    {"employees:insert{Name = 'a', Notes = {[2] = 2}}", "insert(): the row: Notes[1]: a list has nothing at this place"},
    {"employees:insert{Name = 'a', Notes = {1, 2, n = 2}}", "insert(): the row: Notes: a list that has names as well (n) has no JSON form"},
    {"employees:insert{Name = 'a', Notes = {a = {1, {b = print}}}}", "insert(): the row: Notes.a[2].b: a function has no JSON form"},
    {"employees:insert{nil, {Name = 'b'}}", "insert(): the row: [1]: a list has nothing at this place"},
    {"employees:update({1, nil, 3}, {})", "update(): the key: [2]: a list has nothing"},
    {"employees:update(1, {Notes = {1, nil, 3}})", "update(): the changes: Notes[2]: a list has nothing"},
    {"org:on_upload{key = {1, nil, 3}}", "a rule's conditions: key[2]: a list has nothing"},
    {"org:on_upload():match{key = {1, nil, 3}}", "match(): the conditions: key[2]: a list has nothing"},
    {"org:on_upload():reject{where = {Name = {1, nil, 3}}}", "reject(): where: Name[2]: a list has nothing"},
    {"org:on_download():add_record{Name = {1, nil, 3}}", "add_record(): the record: Name[2]: a list has nothing"},
    {"org:on_download():more_records{1, nil, 3}", "more_records(): the value: [2]: a list has nothing"},
    {"org:on_upload():intermediate_error{'a', nil, 'c'}", "intermediate_error(): the message: [2]: a list has nothing"},
    {"org:on_upload():status(200, {A = {1, nil, 3}})", "status(): the headers: A[2]: a list has nothing"},
    {"org:object('X', {key = {'Id'}, fields = {{name = 'Id', datatype = 'number'}, nil, {name = 'B', datatype = 'number'}}})", "object(): the model: fields[2]: a list has nothing"},
    {"org:relate{name = 'R', type = 'ManyToOne', from = boxes, to = employees, source_fields = {'Owner', nil, 'BoxId'}, target_fields = {'EmpId'}}",
       "relate(): the relation: source_fields[2]: a list has nothing"},
    {"foundry.encode{a = {1, nil, 3}}", "encode(): the value: a[2]: a list has nothing"},
    {"employees:generate{count = 1, columns = {Name = {'a', nil, 'c'}}}", "generate(): column Name: [2]: a list has nothing"},
    {"server:barrier{org, nil, org}", "barrier(): the list of services: [2]: a list has nothing"},
    {"org:on_upload{nope = 1}", "there is no condition nope; there are service, kind, level,"},
    {"org.on_upload()", "on_upload() is called with a colon: service:on_upload(…)"},
    {"org:on_uploads()", "class Service has no on_uploads; did you mean on_upload?"},
    {"org:on_upload():once():stats(503)", "class Rule has no stats; did you mean status?"},
    {"server:bananas()", "class Server has no bananas; traceback"},
    {"org:object('X', foundry.model.employe)", "foundry.model has no employe; did you mean employee?"},
    {"org:relate{name = 'R', from = boxes, to = employees, type = 'manytoone'}", "relate(): the type is OneToMany, ManyToOne or OneToOne, not manytoone"},
    {"server:service('X', {uploadcache = true})", "service(): there is no option uploadcache; there are conflict, offline"},
    {"server:service('X', {uploadCache = 'yes'})", "service(): uploadCache is a boolean, not a string"},
    {"org:object('X')", "object(): the model is a table, not nil"},
    {"org:relate{name = 'R', from = employees}", "relate(): to is a table, not nil"},
    {"org:nest{parent = employees}", "nest(): the child is a table, not nil"},
    {"employees:insert(5)", "insert(): the row, or the list of rows, is a table, not a number"},
    {"employees:insert{Nam = 'x'}", "object Employee has no column Nam"},
    {"employees:generate{count = 1, columns = {Name = function() error('oops') end}}", "oops"},
    {"server:listener('raw'):answer('x', 'stop')", "answer(): the ending is close, reset or silence, not stop"}};

/* The word, what was expected, the script's own line: not the file of the language in which it was noticed. */
static void a_word_that_is_used_wrongly_is_told_at_the_scripts_line(void **state) {
  for (size_t i = 0; i < sizeof WRONG_WORDS / sizeof WRONG_WORDS[0]; i++) {
    struct base_error err = {0};
    char script[320], expected[256];
    snprintf(script, sizeof script, "local _ = 1\n%s", WRONG_WORDS[i].script);
    snprintf(expected, sizeof expected, "test.lua:2: %s", WRONG_WORDS[i].text);
    fixture_fail(*state, script, &err);
    if (!strstr(err.text, expected)) fail_msg("%s: %s", WRONG_WORDS[i].script, err.text);
  }
}

static void an_object_is_given_by_itself_or_by_its_name(void **state) {
  fixture_do(*state, "org:on_download():without('Name', employees):null_column('Notes', 'Employee')");
}

static void take_line(void *context, const char *what, const char *text) {
  char *line = context;
  snprintf(line, 64, "%s%s", what, text);
}

static void what_is_printed_is_an_event_and_told_at_once(void **state) {
  char line[64] = "";
  struct fixture *fixture = *state;
  mock_world_lock(fixture->world);
  mock_world_set_tell(fixture->world, take_line, line);
  mock_world_unlock(fixture->world);
  assert_text(fixture, "print('a', 5, nil, true) return server:events()[1]", "print: a\t5\tnil\ttrue");
  assert_string_equal(line, "print: a\t5\tnil\ttrue");
  assert_text(fixture, "print('\\xff') return server:events()[2]", "print: ?"); /* a journal is UTF-8 */
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(the_outside_world_is_not_there), TEST(what_few_worlds_need_is_loaded_by_those), TEST(binary_chunks_are_refused), TEST(only_foundry_can_be_required),
      TEST(a_syntax_error_names_file_and_line), TEST(an_error_names_file_and_line_and_its_way),
      TEST(an_error_may_be_any_value), TEST(an_endless_loop_ends), TEST(an_endless_loop_cannot_hide_behind_pcall),
      TEST(what_loops_inside_of_a_function_ends_as_well), TEST(a_table_has_no_finalizer), TEST(xpcall_is_lua_s_own_to_a_script),
      TEST(memory_is_limited),
      TEST(json_survives_lua), TEST(numbers_that_lua_cannot_hold_become_their_digits),
      TEST(empty_tables_are_objects_unless_marked), TEST(what_has_no_json_form_says_so),
      TEST(faulty_models_are_refused_by_name), TEST(a_word_that_is_used_wrongly_is_told_at_the_scripts_line),
      TEST(an_object_is_given_by_itself_or_by_its_name), TEST(what_is_printed_is_an_event_and_told_at_once)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
