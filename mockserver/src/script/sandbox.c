/*
 * What a script may use of Lua's own libraries: nothing that leads outside, and nothing that can run for long where the
 * budget does not see it.
 *
 * The hook that counts is not asked inside a C function, in a finalizer, and in the handler of an error that it raised
 * itself. So patterns are matched by our own matcher, functions that take a number of steps from their arguments are
 * charged for these in advance, finalizers are refused, and a handler is not asked when the budget is over.
 */
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "script/budget.h"
#include "script/script.h"
#include "world/world.h"

/* ---- functions that are charged in advance ---- */

/* How many there are from `first` to `last`, both included. */
static lua_Unsigned count_of(lua_Integer first, lua_Integer last) {
  return last < first ? 0 : (lua_Unsigned)last - (lua_Unsigned)first + 1;
}

static lua_Integer length_of(lua_State *L) {
  return lua_istable(L, 1) ? luaL_len(L, 1) : 0;
}

static lua_Integer integer_or(lua_State *L, int argument, lua_Integer otherwise) {
  int is_integer;
  lua_Integer value = lua_tointegerx(L, argument, &is_integer);
  return is_integer ? value : otherwise; /* the function itself says what is wrong */
}

static size_t bytes_of(lua_State *L, int argument) {
  return lua_type(L, argument) == LUA_TSTRING ? lua_rawlen(L, argument) : 0;
}

static lua_Unsigned cost_of_insert(lua_State *L) {
  return lua_gettop(L) == 3 ? count_of(integer_or(L, 2, 1), length_of(L)) : 1;
}

static lua_Unsigned cost_of_remove(lua_State *L) {
  return lua_gettop(L) >= 2 ? count_of(integer_or(L, 2, 1), length_of(L)) : 1;
}

static lua_Unsigned cost_of_move(lua_State *L) {
  return count_of(integer_or(L, 2, 1), integer_or(L, 3, 0));
}

static lua_Unsigned cost_of_concat(lua_State *L) {
  return lua_isnoneornil(L, 4) ? count_of(integer_or(L, 3, 1), length_of(L)) : count_of(integer_or(L, 3, 1), integer_or(L, 4, 0));
}

static lua_Unsigned cost_of_sort(lua_State *L) {
  lua_Unsigned count = count_of(1, length_of(L)), cost = 0;
  for (lua_Unsigned left = count; left > 1; left /= 2) cost += count;
  return cost;
}

/* Copies of one byte are the slowest; of nothing at all there may be any number. */
static lua_Unsigned cost_of_rep(lua_State *L) {
  lua_Unsigned count = count_of(1, integer_or(L, 2, 0));
  return bytes_of(L, 1) + bytes_of(L, 3) == 0 ? count : count / 16;
}

static lua_Unsigned cost_of_reading(lua_State *L) {
  return bytes_of(L, 1) / 4;
}

static const struct charged {
  const char *library, *name;
  lua_Unsigned (*cost)(lua_State *L);
} CHARGED[] = {{LUA_TABLIBNAME, "insert", cost_of_insert}, {LUA_TABLIBNAME, "remove", cost_of_remove}, {LUA_TABLIBNAME, "move", cost_of_move},
               {LUA_TABLIBNAME, "concat", cost_of_concat}, {LUA_TABLIBNAME, "sort", cost_of_sort},     {LUA_STRLIBNAME, "rep", cost_of_rep},
               {LUA_UTF8LIBNAME, "len", cost_of_reading},  {LUA_UTF8LIBNAME, "offset", cost_of_reading}};

/* Upvalues: the row, the function. */
static int call_charged(lua_State *L) {
  const struct charged *charged = lua_touserdata(L, lua_upvalueindex(1));
  budget_charge(L, charged->cost(L));
  return lua_tocfunction(L, lua_upvalueindex(2))(L);
}

static void charge_in_advance(lua_State *L) {
  for (size_t i = 0; i < sizeof CHARGED / sizeof *CHARGED; i++) {
    lua_getglobal(L, CHARGED[i].library);
    lua_pushlightuserdata(L, (void *)(uintptr_t)&CHARGED[i]);
    lua_getfield(L, -2, CHARGED[i].name);
    lua_pushcclosure(L, call_charged, 2);
    lua_setfield(L, -2, CHARGED[i].name);
    lua_pop(L, 1);
  }
}

/* ---- what the hook cannot see ---- */

/* Upvalue: Lua's own. The metatable has to have __gc now for it ever to be called. */
static int set_metatable(lua_State *L) {
  if (lua_istable(L, 2)) {
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "setmetatable(): there is no __gc: the end of a table is nobody's to see");
    lua_pop(L, 1);
  }
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/* Upvalue: the script's handler. */
static int handle_error(lua_State *L) {
  if (budget_is_over(script_of(L))) return 1;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

/* All behind the handler, which stands in the first place. */
static int end_protected(lua_State *L, int status, lua_KContext context) {
  (void)context;
  bool good = status == LUA_OK || status == LUA_YIELD;
  lua_pushboolean(L, good);
  if (!good) {
    lua_insert(L, -2);
    return 2;
  }
  lua_replace(L, 1);
  return lua_gettop(L);
}

static int call_protected(lua_State *L) {
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, handle_error, 1);
  lua_remove(L, 2);
  lua_insert(L, 1); /* handler, function, arguments */
  return end_protected(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 0, end_protected), 0);
}

/* ---- nothing outside ---- */

static int load_text(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  const char *name = luaL_optstring(L, 2, text);
  if (luaL_loadbufferx(L, text, len, name, "t") == LUA_OK) return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

/* A script has no output of its own: what it prints is an event, and told to whoever watches. */
static int print_event(lua_State *L) {
  int count = lua_gettop(L);
  luaL_Buffer line;
  luaL_buffinit(L, &line);
  for (int i = 1; i <= count; i++) {
    if (i > 1) luaL_addchar(&line, '\t');
    luaL_tolstring(L, i, NULL);
    luaL_addvalue(&line);
  }
  luaL_pushresult(&line);
  world_tell(script_of(L)->world, "print: ", lua_tostring(L, -1));
  return 0;
}

static int require_foundry(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  if (strcmp(name, "foundry") != 0)
    return luaL_error(L, "require \"%s\": only the module \"foundry\" is there", name);
  lua_getfield(L, LUA_REGISTRYINDEX, "foundry");
  return 1;
}

static void remove_globals(lua_State *L) {
  static const char *const REMOVED[] = {"dofile", "loadfile", "collectgarbage"};
  for (size_t i = 0; i < sizeof REMOVED / sizeof REMOVED[0]; i++) {
    lua_pushnil(L);
    lua_setglobal(L, REMOVED[i]);
  }
}

void script_open_libraries(lua_State *L) {
  static const luaL_Reg LIBRARIES[] = {{LUA_GNAME, luaopen_base},          {LUA_STRLIBNAME, luaopen_string},
                                       {LUA_TABLIBNAME, luaopen_table},    {LUA_MATHLIBNAME, luaopen_math},
                                       {LUA_UTF8LIBNAME, luaopen_utf8},    {LUA_COLIBNAME, luaopen_coroutine}};
  for (size_t i = 0; i < sizeof LIBRARIES / sizeof LIBRARIES[0]; i++) {
    luaL_requiref(L, LIBRARIES[i].name, LIBRARIES[i].func, 1);
    lua_pop(L, 1);
  }
  remove_globals(L);
  charge_in_advance(L);
  lua_getglobal(L, LUA_STRLIBNAME);
  script_add_patterns(L);
  lua_pushnil(L);
  lua_setfield(L, -2, "dump");
  lua_pop(L, 1);
  lua_getglobal(L, "setmetatable");
  lua_pushcclosure(L, set_metatable, 1);
  lua_setglobal(L, "setmetatable");
  lua_register(L, "xpcall", call_protected);
  lua_register(L, "load", load_text);
  lua_register(L, "print", print_event);
  lua_register(L, "require", require_foundry);
}
