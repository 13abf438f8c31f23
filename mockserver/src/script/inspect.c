/* Primitives of the inspector: a world as somebody from outside sees and changes it. */
#include <lauxlib.h>
#include <string.h>

#include "script/arguments.h"
#include "world/rows.h"
#include "world/world.h"

static void add_number(cJSON *json, const char *name, int64_t value) {
  cJSON_AddItemToObject(json, name, json_create_integer(value));
}

static cJSON *survey_object(const struct model_object *object) {
  cJSON *json = cJSON_CreateObject(), *keys = cJSON_CreateArray();
  cJSON_AddStringToObject(json, "name", object->name);
  for (size_t i = 0; i < object->key_count; i++)
    cJSON_AddItemToArray(keys, cJSON_CreateString(object->fields[object->keys[i]].name));
  cJSON_AddItemToObject(json, "key", keys);
  cJSON_AddItemToObject(json, "fields", cJSON_Duplicate(json_find(object->model, "fields"), true));
  add_number(json, "rows", rows_page(object, "", 0, 0, NULL));
  return json;
}

static cJSON *survey_service(const struct model_service *service) {
  cJSON *json = cJSON_CreateObject();
  cJSON_AddStringToObject(json, "name", service->name);
  cJSON_AddStringToObject(json, "version", service->version);
  cJSON_AddBoolToObject(json, "offline", service->offline);
  cJSON_AddBoolToObject(json, "upload_cache", service->upload_cache);
  add_number(json, "revision", (int64_t)service->revision);
  cJSON *objects = cJSON_AddArrayToObject(json, "objects");
  for (size_t i = 0; i < service->object_count; i++)
    cJSON_AddItemToArray(objects, survey_object(service->objects[i]));
  return json;
}

static void survey_gates(const struct gates *gates, cJSON *list) {
  for (size_t i = 0; i < gates->gate_count; i++) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", gates->gates[i]->name);
    add_number(json, "held", gates->gates[i]->held);
    cJSON_AddBoolToObject(json, "open", gates->gates[i]->open);
    cJSON_AddItemToArray(list, json);
  }
}

/* core.survey() -> the world's gates, and its services with their objects, and how many rows each has */
static int core_survey(lua_State *L) {
  struct mock_world *world = world_of(L);
  cJSON *json = cJSON_CreateObject();
  cJSON_AddStringToObject(json, "name", world->name);
  cJSON_AddStringToObject(json, "url", world->url);
  add_number(json, "clock_ms", world->clock_ms);
  survey_gates(&world->gates, cJSON_AddArrayToObject(json, "gates"));
  cJSON *services = cJSON_AddArrayToObject(json, "services");
  for (size_t i = 0; i < world->service_count; i++) cJSON_AddItemToArray(services, survey_service(world->services[i]));
  return push_tree(L, json);
}

/* core.find_object(service's name, object's name) -> its number, or nil */
static int core_find_object(lua_State *L) {
  const struct model_service *service = model_find_service(world_of(L), luaL_checkstring(L, 1));
  const struct model_object *object = model_find_object(service, luaL_checkstring(L, 2));
  if (object) lua_pushinteger(L, object->id);
  else lua_pushnil(L);
  return 1;
}

/* core.find_service(name) -> its number, or nil */
static int core_find_service(lua_State *L) {
  const struct mock_world *world = world_of(L);
  const char *name = luaL_checkstring(L, 1);
  for (size_t i = 0; i < world->service_count; i++) {
    if (strcmp(world->services[i]->name, name) != 0) continue;
    lua_pushinteger(L, (lua_Integer)i + 1);
    return 1;
  }
  return 0;
}

/* core.page(object, search, offset, limit) -> rows, how many there are */
static int core_page(lua_State *L) {
  const struct model_object *object = check_object(L, 1);
  const char *search = luaL_checkstring(L, 2);
  int64_t offset = (int64_t)luaL_checkinteger(L, 3), limit = (int64_t)luaL_checkinteger(L, 4);
  cJSON **list = script_box(L);
  *list = cJSON_CreateArray();
  int64_t total = rows_page(object, search, offset, limit, *list);
  mock_lua_push_json(L, *list);
  lua_pushinteger(L, (lua_Integer)total);
  return 2;
}

/* core.switch(rule, on): lift a rule, or let it be at work again */
static int core_switch(lua_State *L) {
  struct rule *rule = check_rule(L, 1);
  luaL_checktype(L, 2, LUA_TBOOLEAN);
  if (lua_toboolean(L, 2)) rules_restore_rule(&world_of(L)->rules, rule);
  else rules_lift_rule(&world_of(L)->rules, rule);
  world_let_go(world_of(L));
  return 0;
}

static const luaL_Reg INSPECT[] = {{"survey", core_survey}, {"find_object", core_find_object}, {"find_service", core_find_service},
                                   {"page", core_page}, {"switch", core_switch}, {NULL, NULL}};

void script_add_inspect(lua_State *L) {
  luaL_setfuncs(L, INSPECT, 0);
}
