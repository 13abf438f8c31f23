#include "script/arguments.h"

#include <lauxlib.h>

#include "foundrymock/mock.h"
#include "world/world.h"

struct mock_world *world_of(lua_State *L) {
  return script_of(L)->world;
}

struct model_service *check_service(lua_State *L, int index) {
  struct mock_world *world = world_of(L);
  lua_Integer id = luaL_checkinteger(L, index);
  luaL_argcheck(L, id >= 1 && (size_t)id <= world->service_count, index, "no service");
  return world->services[id - 1];
}

struct model_object *check_object(lua_State *L, int index) {
  struct mock_world *world = world_of(L);
  lua_Integer id = luaL_checkinteger(L, index);
  for (size_t i = 0; i < world->service_count; i++)
    for (size_t k = 0; k < world->services[i]->object_count; k++)
      if (world->services[i]->objects[k]->id == id) return world->services[i]->objects[k];
  luaL_argerror(L, index, "no object");
  return NULL;
}

struct rule *check_rule(lua_State *L, int index) {
  struct rules *rules = &world_of(L)->rules;
  lua_Integer id = luaL_checkinteger(L, index);
  luaL_argcheck(L, id >= 1 && (size_t)id <= rules->count, index, "no rule");
  return rules->rules[id - 1];
}

cJSON *check_json(lua_State *L, int index, const char *what) {
  struct base_error err = {0};
  if (lua_isnoneornil(L, index)) return NULL;
  cJSON **box = script_box(L);
  *box = mock_lua_read_json(L, index, &err);
  if (!*box) luaL_error(L, "%s: %s", what, err.text);
  return *box;
}

/* A Lua function kept for the world's lifetime. */
int check_function(lua_State *L, int index) {
  luaL_checktype(L, index, LUA_TFUNCTION);
  lua_pushvalue(L, index);
  return luaL_ref(L, LUA_REGISTRYINDEX);
}

int push_tree(lua_State *L, cJSON *tree) {
  cJSON **box = script_box(L);
  *box = tree;
  mock_lua_push_json(L, tree);
  return 1;
}

int check_status(lua_State *L, int status, const struct base_error *err) {
  return status == 0 ? 0 : script_raise(L, err);
}
