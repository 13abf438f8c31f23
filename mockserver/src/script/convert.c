/* JSON <-> Lua, as mock.h says. Trees in the making belong to boxes, so that an error frees them. */
#include <inttypes.h>
#include <lauxlib.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "foundrymock/mock.h"
#include "script/script.h"

enum { CONVERT_DEPTH_MAX = 512 };

static int free_box(lua_State *L) {
  cJSON **box = lua_touserdata(L, 1);
  cJSON_Delete(*box);
  *box = NULL;
  return 0;
}

cJSON **script_box(lua_State *L) {
  cJSON **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  if (luaL_newmetatable(L, "mock.box")) {
    lua_pushcfunction(L, free_box);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return box;
}

/* ---- to Lua ---- */

/* Does the float print back as `digits`? "5.0" does, "1e2" and 20 digits of pi do not. */
static bool is_printed_alike(double value, const char *digits) {
  char text[40];
  for (int precision = 15; precision <= 17; precision++) {
    snprintf(text, sizeof text, "%.*g", precision, value);
    if (strcmp(text, digits) == 0) return true;
    strcat(text, ".0");
    if (strcmp(text, digits) == 0) return true;
  }
  return false;
}

static void push_number(lua_State *L, const cJSON *item) {
  char scratch[32], back[32];
  int64_t integer;
  const char *digits = json_number_text(item, scratch);
  if (json_integer(item, &integer)) {
    snprintf(back, sizeof back, "%" PRId64, integer);
    if (strcmp(back, digits) == 0) {
      lua_pushinteger(L, integer);
      return;
    }
  }
  double value = strtod(digits, NULL);
  if (isfinite(value) && is_printed_alike(value, digits)) lua_pushnumber(L, value);
  else lua_pushstring(L, digits);
}

static void push_container(lua_State *L, const cJSON *item) {
  luaL_checkstack(L, 8, "JSON is nested too deeply");
  int64_t place = 0;
  bool array = cJSON_IsArray(item);
  int count = cJSON_GetArraySize(item);
  lua_createtable(L, array ? count : 0, array ? 0 : count);
  for (const cJSON *child = item->child; child; child = child->next) {
    if (array) lua_pushinteger(L, ++place);
    else lua_pushstring(L, child->string);
    mock_lua_push_json(L, child);
    lua_rawset(L, -3);
  }
  if (!array) return;
  lua_getfield(L, LUA_REGISTRYINDEX, "foundry.array");
  lua_setmetatable(L, -2);
}

void mock_lua_push_json(lua_State *L, const cJSON *item) {
  if (!item) lua_pushnil(L);
  else if (json_is_number(item)) push_number(L, item);
  else if (cJSON_IsString(item)) lua_pushstring(L, item->valuestring);
  else if (cJSON_IsBool(item)) lua_pushboolean(L, cJSON_IsTrue(item));
  else if (cJSON_IsNull(item)) lua_getfield(L, LUA_REGISTRYINDEX, "foundry.null");
  else push_container(L, item);
}

/* ---- from Lua ---- */

static cJSON *read_value(lua_State *L, int index, int depth, struct base_error *err);

static cJSON *read_number(lua_State *L, int index, struct base_error *err) {
  char digits[40];
  if (lua_isinteger(L, index)) return json_create_integer(lua_tointeger(L, index));
  double value = lua_tonumber(L, index);
  if (!isfinite(value)) {
    base_fail(err, MOCK_ERR_SCRIPT, "", "a number that is not finite has no JSON form");
    return NULL;
  }
  for (int precision = 15; precision <= 17; precision++) {
    snprintf(digits, sizeof digits, "%.*g", precision, value);
    if (strtod(digits, NULL) == value) break;
  }
  if (!strpbrk(digits, ".e")) strcat(digits, ".0");
  return json_create_number(digits);
}

static bool is_marked_array(lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) return false;
  lua_getfield(L, LUA_REGISTRYINDEX, "foundry.array");
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same;
}

static bool is_array(lua_State *L, int index) {
  if (is_marked_array(L, index)) return true;
  bool first = lua_rawgeti(L, index, 1) != LUA_TNIL;
  lua_pop(L, 1);
  return first;
}

/* What is wrong has its place in front, from the inside out: "Tags[2]: a function has no JSON form". Of a very deep one the
   inner part does. */
__attribute__((format(printf, 2, 3))) static void add_place(struct base_error *err, const char *format, ...) {
  enum { DEEP = 200 };
  char place[80];
  va_list args;
  va_start(args, format);
  vsnprintf(place, sizeof place - 2, format, args);
  va_end(args);
  if (err->text[0] != '[' && err->text[0] != '.') strcat(place, ": ");
  size_t more = strlen(place), len = strlen(err->text);
  if (more + len > DEEP) return;
  memmove(err->text + more, err->text, len + 1);
  memcpy(err->text, place, more);
}

static bool fail_hole(lua_Integer place, struct base_error *err) {
  base_fail(err, MOCK_ERR_SCRIPT, "", "a list has nothing at this place, and more behind it");
  add_place(err, "[%lld]", (long long)place);
  return false;
}

/* Lua's length of a list with holes is any of several: nothing may be left over behind it. */
static bool is_whole(lua_State *L, int index, lua_Integer count, struct base_error *err) {
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    if (lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 1 && lua_tointeger(L, -1) <= count) continue;
    if (lua_isinteger(L, -1)) return fail_hole(count + 1, err);
    base_fail(err, MOCK_ERR_SCRIPT, "", "a list that has names as well (%.60s) has no JSON form",
              lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : luaL_typename(L, -1));
    return false;
  }
  return true;
}

static bool read_elements(lua_State *L, int index, lua_Integer count, int depth, cJSON *array, struct base_error *err) {
  for (lua_Integer i = 1; i <= count; i++) {
    if (lua_rawgeti(L, index, i) == LUA_TNIL) return fail_hole(i, err);
    cJSON *child = read_value(L, lua_gettop(L), depth + 1, err);
    lua_pop(L, 1);
    if (!child) add_place(err, "[%lld]", (long long)i);
    if (!child) return false;
    cJSON_AddItemToArray(array, child);
  }
  return true;
}

static cJSON *read_array(lua_State *L, int index, int depth, struct base_error *err) {
  cJSON *array = cJSON_CreateArray();
  lua_Integer count = (lua_Integer)lua_rawlen(L, index);
  int top = lua_gettop(L);
  if (read_elements(L, index, count, depth, array, err) && is_whole(L, index, count, err)) return array;
  lua_settop(L, top);
  cJSON_Delete(array);
  return NULL;
}

/* Names in ascending order: a Lua table has none of its own, and texts are to be the same each time. */
static int compare_members(const void *a, const void *b) {
  return strcmp((*(cJSON *const *)a)->string, (*(cJSON *const *)b)->string);
}

static void sort_members(cJSON *object) {
  size_t count = (size_t)cJSON_GetArraySize(object), i = 0;
  cJSON **members = count > 1 ? malloc(count * sizeof(cJSON *)) : NULL;
  if (!members) return;
  for (cJSON *child = object->child; child; child = child->next) members[i++] = child;
  qsort(members, count, sizeof(cJSON *), compare_members);
  for (i = 0; i < count; i++) {
    members[i]->next = i + 1 < count ? members[i + 1] : NULL;
    members[i]->prev = i > 0 ? members[i - 1] : members[count - 1];
  }
  object->child = members[0];
  free(members);
}

/* A table with a number as key. When it has no name it is meant as a list, whose first place is empty. */
static void refuse_key(lua_State *L, int index, struct base_error *err) {
  bool names = false;
  const char *type = luaL_typename(L, -2);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    names = names || !lua_isinteger(L, -2);
    lua_pop(L, 1);
  }
  if (names) base_fail(err, MOCK_ERR_SCRIPT, "", "a table with names and other keys (%s) has no JSON form", type);
  else fail_hole(1, err);
}

static cJSON *read_object(lua_State *L, int index, int depth, struct base_error *err) {
  cJSON *object = cJSON_CreateObject();
  lua_pushnil(L);
  while (lua_next(L, index)) {
    bool named = lua_type(L, -2) == LUA_TSTRING;
    cJSON *child = named ? read_value(L, lua_gettop(L), depth + 1, err) : NULL;
    if (!child) {
      if (named) add_place(err, ".%.60s", lua_tostring(L, -2));
      else refuse_key(L, index, err);
      lua_pop(L, 2);
      cJSON_Delete(object);
      return NULL;
    }
    cJSON_AddItemToObject(object, lua_tostring(L, -2), child);
    lua_pop(L, 1);
  }
  sort_members(object);
  return object;
}

static bool is_null(lua_State *L, int index) {
  lua_getfield(L, LUA_REGISTRYINDEX, "foundry.null");
  bool same = lua_rawequal(L, index, -1);
  lua_pop(L, 1);
  return same;
}

static cJSON *read_table(lua_State *L, int index, int depth, struct base_error *err) {
  script_complete_request(L, index);
  if (depth < CONVERT_DEPTH_MAX && lua_checkstack(L, 8))
    return is_array(L, index) ? read_array(L, index, depth, err) : read_object(L, index, depth, err);
  base_fail(err, MOCK_ERR_SCRIPT, "", "a table nested deeper than %d levels has no JSON form", CONVERT_DEPTH_MAX);
  return NULL;
}

static cJSON *read_value(lua_State *L, int index, int depth, struct base_error *err) {
  switch (lua_type(L, index)) {
  case LUA_TSTRING: return cJSON_CreateString(lua_tostring(L, index));
  case LUA_TBOOLEAN: return cJSON_CreateBool(lua_toboolean(L, index));
  case LUA_TNUMBER: return read_number(L, index, err);
  case LUA_TTABLE: return read_table(L, index, depth, err);
  default: break;
  }
  if (is_null(L, index)) return cJSON_CreateNull();
  base_fail(err, MOCK_ERR_SCRIPT, "", "a %s has no JSON form", luaL_typename(L, index));
  return NULL;
}

struct cJSON *mock_lua_read_json(lua_State *L, int index, struct base_error *err) {
  struct base_error local = {0}, *told = err ? err : &local;
  cJSON *value = read_value(L, lua_absindex(L, index), 0, told);
  if (!value && told->text[0] == '.') memmove(told->text, told->text + 1, strlen(told->text));
  return value;
}
