/*
 * The sandbox's string.find, match, gmatch and gsub do what Lua's own do: one script, which makes up patterns and texts
 * from a seed, runs in both, and every line that it writes is the same, errors included.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world_fixture.h"

static const char SCRIPT[] =
    "local seed = %d\n"
    "local function below(most) seed = (seed * 1103515245 + 12345) & 0x7fffffff return (seed >> 8) %% most end\n"
    "local PIECES = {'a', 'b', 'c', '.', '%%a', '%%d', '%%s', '%%W', '%%x', '%%p', '%%.', '%%', '%%1', '%%2', '%%0', '%%b()', '%%bab', '%%b', '%%f[%%a]',\n"
    "  '%%f', '%%f[^b]', '[abc]', '[^a]', '[a-c]', '[%%d_]', '[]a]', '[^]]', '[', ']', '[a-', '[a-]', '[%%', '(', ')', '()', '^', '$', '*', '+', '-', '?', '*', '+', '-',\n"
    "  '?', '\\0', '\\xe9', ' '}\n"
    "local LETTERS = {'a', 'b', 'c', 'A', '(', ')', '1', '2', '.', ' ', '\\0', '\\xe9', '_', ']', '-'}\n"
    "local VALUES = {'x', '%%0', '%%1', '%%2', '<%%%%>', '%%', '%%z', 5, {a = 'A', b = false, [1] = 'one'},\n"
    "  function(a, b) return b or a ~= 'a' and a end, function() return {} end, true}\n"
    "local function text(of, most) local made = {} for i = 1, below(most + 1) do made[i] = of[below(#of) + 1] end return table.concat(made) end\n"
    "local lines = {}\n"
    "local function tell(...)\n"
    "  local told = {}\n"
    "  for i = 1, select('#', ...) do local value = select(i, ...) told[i] = type(value) == 'table' and 'table' or tostring(value) end\n"
    "  lines[#lines + 1] = table.concat(told, '|')\n"
    "end\n"
    "local function gather(subject, pattern, ...)\n"
    "  local found = {}\n"
    "  for a, b in string.gmatch(subject, pattern, ...) do\n"
    "    found[#found + 1] = tostring(a) .. ',' .. tostring(b)\n"
    "    if #found > 40 then break end\n"
    "  end\n"
    "  return table.concat(found, ';')\n"
    "end\n"
    "for _ = 1, 3000 do\n"
    "  local subject, pattern, place = text(LETTERS, 12), text(PIECES, 6), below(9) - 4\n"
    "  tell(subject, pattern, place)\n"
    "  tell(pcall(string.find, subject, pattern))\n"
    "  tell(pcall(string.find, subject, pattern, place, below(4) == 0))\n"
    "  tell(pcall(string.match, subject, pattern, place))\n"
    "  tell(pcall(gather, subject, pattern))\n"
    "  tell(pcall(gather, subject, pattern, place))\n"
    "  tell(pcall(string.gsub, subject, pattern, VALUES[below(#VALUES) + 1]))\n"
    "  tell(pcall(string.gsub, subject, pattern, VALUES[below(#VALUES) + 1], below(4) - 1))\n"
    "end\n"
    "local function hex(byte) return ('%%02x'):format(byte:byte()) end\n"
    "return (table.concat(lines, '\\n'):gsub('[\\0\\x80-\\xff]', hex))";

static void assert_same_lines(const char *ours, const char *luas) {
  size_t line = 0;
  for (size_t i = 0; ours[i] || luas[i]; i++) {
    if (ours[i] != luas[i]) fail_msg("%.200s\n-- but Lua: --\n%.200s", ours + (line > 100 ? line - 100 : 0), luas + (line > 100 ? line - 100 : 0));
    if (ours[i] == '\n') line = i + 1;
  }
}

static void run_in_both(struct fixture *fixture, const char *script) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  if (luaL_loadbuffer(L, script, strlen(script), "@test.lua") != LUA_OK || lua_pcall(L, 0, 1, 0) != LUA_OK) fail_msg("%s", lua_tostring(L, -1));
  cJSON *ours = fixture_run(fixture, script);
  assert_same_lines(cJSON_GetStringValue(ours), lua_tostring(L, -1));
  assert_true(strlen(lua_tostring(L, -1)) > 0);
  cJSON_Delete(ours);
  lua_close(L);
}

static void made_up_patterns_mean_the_same(void **state) {
  char script[8192];
  for (int seed = 1; seed <= 8; seed++) {
    assert_true((size_t)snprintf(script, sizeof script, SCRIPT, seed) < sizeof script);
    run_in_both(*state, script);
  }
}

/* Arguments of other types and shapes, limits, and what a person writes. */
static void chosen_ones_do_too(void **state) {
  static const char *const CALLS[] = {
      "string.find(nil, 'a')", "string.find('a', nil)", "string.find(123, 2)", "string.find('abc', 'b', -100)", "string.find('abc', '', 4)",
      "string.find('abc', '', 5)", "string.find('abc', 'b', 'x')", "string.find('abc', 'b', math.mininteger)", "string.find('a.b', '.', 1, true)",
      "string.find('a\\0b', '\\0')", "string.find('a\\0b', '%z')", "string.find('', '')", "string.find('a', ('()'):rep(33))", "string.find('a', ('()'):rep(32))",
      "string.match(('a'):rep(300), ('a*'):rep(250))", "string.match('b', ('a*'):rep(250) .. 'b')", "string.match(('a'):rep(300), ('a?'):rep(250))",
      "string.match(('a'):rep(300000), '.-$')", "string.match('2026-11-26', '^(%d+)-(%d+)-(%d+)$')", "string.match('  trimmed  ', '^%s*(.-)%s*$')",
      "string.match('key = value', '^(%w+)%s*=%s*(%w+)$')", "string.match('f(a(b)c)d', '%b()')", "string.match('THE (quick) fox', '%f[%a]%a+%f[%A]')",
      "string.match('aa', '(a)%1')", "string.match('aa', '(a%1)')", "string.match('a', ')')", "string.match('a', '(')", "string.match('a', '()%1')",
      "string.gsub('abc', '%w', '%0%0')", "string.gsub('abc', '', '-')", "string.gsub('abc', '.', {a = 1, b = true})", "string.gsub('hello', 'l+', string.upper)",
      "string.gsub('abc', 'b', '%9')", "string.gsub('abc', '(b)', '%2')", "string.gsub('abc', 'b')", "string.gsub('abc', 'b', 'x', 'y')",
      "string.gsub('abc', '()', '%1')", "string.gsub('aaa', '^a', 'b')", "string.gsub('aaa', 'a', 'b', 2)", "string.gsub('aaa', 'a', 'b', 1 << 62)",
      "string.gsub('abc', 'b', function() error('own', 0) end)", "string.gmatch('a')", "string.gmatch('abc', '.', 3)()", "string.gmatch('abc', '^a')()",
      "string.gmatch('abc', '.', 100)()", "string.gmatch('abc', '.', -1)()", "('x'):rep(3, ',')", "('x'):rep(-1)", "('x'):rep('y')", "table.concat({1, 2, 3}, ', ', 2, 3)",
      "table.concat({1, {}, 3})", "table.concat(nil)", "table.insert({}, 5, 1)", "table.insert({})", "table.remove({1, 2, 3}, 1)", "table.remove({}, 5)",
      "#table.move({1, 2, 3}, 1, 3, 2)", "table.move({}, 1, 'x', 2)", "table.sort({3, 'a'})", "table.sort({1}, 5)", "utf8.len('\\xff')", "utf8.offset('añb', 3)"};
  for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++) {
    char script[400];
    snprintf(script, sizeof script, "local told = table.pack(pcall(function() return %s end))\n"
             "for i = 1, told.n do told[i] = tostring(told[i]):gsub('^[^:]*:1: ', '') end return table.concat(told, '|')", CALLS[i]);
    run_in_both(*state, script);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(made_up_patterns_mean_the_same), TEST(chosen_ones_do_too)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
