/* The primitives of rules: which requests, then what happens. */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "http/raw.h"
#include "script/arguments.h"
#include "world/world.h"

/* ---- which ---- */

/* core.rule(match) -> its number */
static int core_rule(lua_State *L) {
  struct base_error err = {0};
  struct rule *rule;
  check_status(L, rules_add(&world_of(L)->rules, check_json(L, 1, "a rule's conditions"), &rule, &err), &err);
  lua_pushinteger(L, (lua_Integer)rule->id);
  return 1;
}

/* core.condition(rule, {name = value}) */
static int core_condition(lua_State *L) {
  struct base_error err = {0};
  struct rule *rule = check_rule(L, 1);
  const cJSON *match = check_json(L, 2, "match(): the conditions"), *member;
  check_status(L, conditions_add(&rule->conditions, match, &err), &err);
  cJSON_ArrayForEach(member, match) {
    char *value = json_print(member);
    base_buf_printf(&rule->description, " %s(%s)", member->string, value ? value : "");
    free(value);
  }
  return 0;
}

/* core.probability(rule, 0 < p <= 1, seed) */
static int core_probability(lua_State *L) {
  struct rule *rule = check_rule(L, 1);
  lua_Number probability = luaL_checknumber(L, 2);
  lua_Integer seed = luaL_checkinteger(L, 3);
  luaL_argcheck(L, probability > 0 && probability <= 1, 2, "a number above 0, at most 1");
  rule->probability = probability;
  rule->seed = (uint64_t)seed;
  base_buf_printf(&rule->description, " probability(%g, seed %lld)", probability, (long long)seed);
  return 0;
}

/* core.select(rule, name, value): times, nth, optional, where */
static int core_select(lua_State *L) {
  static const char *const NAMES[] = {"times", "nth", "optional", "where", NULL};
  struct rule *rule = check_rule(L, 1);
  int name = luaL_checkoption(L, 2, NULL, NAMES);
  if (name < 2) luaL_argcheck(L, luaL_checkinteger(L, 3) >= 1, 3, "a number from 1");
  switch (name) {
  case 0: rule->times = (int64_t)lua_tointeger(L, 3); break;
  case 1: rule->nth = (int64_t)lua_tointeger(L, 3); break;
  case 2: rule->optional = true; break;
  default: rule->where = check_function(L, 3);
  }
  base_buf_printf(&rule->description, " %s", NAMES[name]);
  if (name < 2) base_buf_printf(&rule->description, "(%lld)", (long long)lua_tointeger(L, 3));
  return 0;
}

/* ---- what happens ---- */

static char *copy_bytes(lua_State *L, int index, size_t *len) {
  const char *text = lua_tolstring(L, index, len);
  char *copy = text ? malloc(*len + 1) : NULL;
  if (copy) memcpy(copy, text, *len + 1);
  return copy;
}

/* core.act(rule, name, {number=, second=, text=, more=, json=, what= the json is to the script}, function) */
static int core_act(lua_State *L) {
  enum action_kind kind;
  size_t len;
  struct rule *rule = check_rule(L, 1);
  luaL_argcheck(L, action_find(luaL_checkstring(L, 2), &kind), 2, "no such action");
  luaL_checktype(L, 3, LUA_TTABLE);
  lua_settop(L, 4);
  lua_getfield(L, 3, "number"); /* 5 */
  lua_getfield(L, 3, "text");   /* 6 */
  lua_getfield(L, 3, "more");   /* 7 */
  lua_getfield(L, 3, "json");   /* 8 */
  lua_getfield(L, 3, "second"); /* 9 */
  lua_getfield(L, 3, "what");   /* 10 */
  int64_t number = (int64_t)luaL_optinteger(L, 5, 0), second = (int64_t)luaL_optinteger(L, 9, 0);
  const cJSON *json = check_json(L, 8, luaL_optstring(L, 10, ACTION_TRAITS[kind].name));
  luaL_optstring(L, 6, NULL);
  luaL_optstring(L, 7, NULL);
  int function = lua_isnil(L, 4) ? 0 : check_function(L, 4);
  struct rule_action *action = rules_add_action(&world_of(L)->rules, rule, kind);
  if (!action) return luaL_error(L, "out of memory");
  action->number = number;
  action->second = second;
  action->function = function;
  action->text = copy_bytes(L, 6, &action->text_len);
  action->more = copy_bytes(L, 7, &len);
  action->json = json ? cJSON_Duplicate(json, true) : NULL;
  action_describe(action, &rule->description);
  return 0;
}

static int core_point(lua_State *L) {
  enum rule_point point;
  luaL_argcheck(L, rules_find_point(luaL_checkstring(L, 1), &point), 1, "arrived, stored, first_byte or answered");
  lua_pushinteger(L, (lua_Integer)point);
  return 1;
}

/* core.linger_limit() -> milliseconds that a real wait may take */
static int core_linger_limit(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)world_of(L)->linger_ms);
  return 1;
}

/* ---- ports that answer with bytes ---- */

/* core.raw_port() -> its number in the world, base of its URLs */
static int core_raw_port(lua_State *L) {
  struct mock_world *world = world_of(L);
  struct base_error err = {0};
  if (world->raw_count == WORLD_RAW_PORTS) return luaL_error(L, "a world has at most %d raw listeners", WORLD_RAW_PORTS);
  check_status(L, raw_open(world, &world->raw_ports[world->raw_count], &err), &err);
  lua_pushinteger(L, (lua_Integer)++world->raw_count);
  lua_pushfstring(L, "http://127.0.0.1:%d/w/%s", raw_port(world->raw_ports[world->raw_count - 1]), world->name);
  return 2;
}

/* core.raw_answer(number, bytes, end, unread) */
static int core_raw_answer(lua_State *L) {
  static const char *const ENDS[] = {"close", "reset", "silence", NULL};
  struct base_error err = {0};
  struct mock_world *world = world_of(L);
  size_t len, number = (size_t)luaL_checkinteger(L, 1);
  const char *bytes = luaL_checklstring(L, 2, &len);
  int end = luaL_checkoption(L, 3, NULL, ENDS);
  luaL_argcheck(L, number >= 1 && number <= world->raw_count, 1, "no raw listener");
  return check_status(L, raw_answer(world->raw_ports[number - 1], bytes, len, (enum raw_end)end, lua_toboolean(L, 4), &err), &err);
}

/* ---- what became of it ---- */

static int core_fired(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_rule(L, 1)->fired);
  return 1;
}

static int core_matched(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_rule(L, 1)->matched);
  return 1;
}

static int core_lift(lua_State *L) {
  rules_lift_rule(&world_of(L)->rules, check_rule(L, 1));
  world_let_go(world_of(L));
  return 0;
}

static int core_sync_ended(lua_State *L) {
  mock_world_sync_ended(world_of(L));
  return 0;
}

/* core.unfired(), core.near_misses(): reports */
static int core_unfired(lua_State *L) { return push_tree(L, mock_world_unfired_rules(world_of(L))); }
static int core_near_misses(lua_State *L) { return push_tree(L, mock_world_near_misses(world_of(L))); }

static const luaL_Reg RULES[] = {
    {"rule", core_rule}, {"condition", core_condition}, {"probability", core_probability}, {"select", core_select},
    {"act", core_act}, {"point", core_point}, {"linger_limit", core_linger_limit},
    {"raw_port", core_raw_port}, {"raw_answer", core_raw_answer}, {"fired", core_fired},
    {"matched", core_matched}, {"lift", core_lift}, {"sync_ended", core_sync_ended}, {"unfired", core_unfired},
    {"near_misses", core_near_misses}, {NULL, NULL}};

void script_add_rules(lua_State *L) {
  luaL_setfuncs(L, RULES, 0);
}
