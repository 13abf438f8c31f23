/* Primitives of the protocol: conflicts, tokens, schema changes. */
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "http/http.h"
#include "script/arguments.h"
#include "world/world.h"

static int core_on_conflict(lua_State *L) {
  struct model_service *service = check_service(L, 1);
  service->on_conflict = check_function(L, 2);
  return 0;
}

static int core_drop_object(lua_State *L) {
  struct base_error err = {0};
  return check_status(L, model_drop_object(check_object(L, 1), &err), &err);
}

/* ---- claims tokens ---- */

static int core_require_token(lua_State *L) {
  if (!tokens_require(&world_of(L)->tokens, luaL_optstring(L, 1, NULL))) return luaL_error(L, "out of memory");
  return 0;
}

static int core_need_tokens(lua_State *L) {
  tokens_need(&world_of(L)->tokens);
  return 0;
}

/* core.issue_token(lifetime in ms, 0 = no end) -> token */
static int core_issue_token(lua_State *L) {
  struct mock_world *world = world_of(L);
  const char *token = tokens_issue(&world->tokens, world->clock_ms, (int64_t)luaL_checkinteger(L, 1));
  if (!token) return luaL_error(L, "out of memory");
  lua_pushstring(L, token);
  return 1;
}

static int core_expire_tokens(lua_State *L) {
  tokens_expire(&world_of(L)->tokens, world_of(L)->clock_ms);
  journal_event(world_of(L), "claims tokens expired");
  return 0;
}

/* core.refuse_tokens(times): -1 = all requests, 0 = none any more */
static int core_refuse_tokens(lua_State *L) {
  tokens_refuse(&world_of(L)->tokens, (int64_t)luaL_checkinteger(L, 1));
  return 0;
}

/* ---- listeners, browsers ---- */

/* core.listener(kind) -> base of its URLs for this world */
static int core_listener(lua_State *L) {
  struct mock_world *world = world_of(L);
  struct base_error err = {0};
  char url[80];
  check_status(L, http_listener(world->server, luaL_checkstring(L, 1), url, &err), &err);
  lua_pushfstring(L, "%s/w/%s", url, world->name);
  return 1;
}

/* core.serve_at(service, base or nil = the world's own, metadata too?) */
static int core_serve_at(lua_State *L) {
  struct model_service *service = check_service(L, 1);
  const char *base = luaL_optstring(L, 2, NULL);
  char *copy = base ? strdup(base) : NULL;
  free(service->base_url);
  service->base_url = copy;
  service->metadata_there = lua_toboolean(L, 3);
  return 0;
}

static int core_cors(lua_State *L) {
  world_of(L)->no_cors = !lua_toboolean(L, 1);
  return 0;
}

static const luaL_Reg PROTOCOL[] = {{"on_conflict", core_on_conflict},     {"drop_object", core_drop_object},
                                    {"require_token", core_require_token}, {"issue_token", core_issue_token},     {"need_tokens", core_need_tokens},
                                    
                                    {"expire_tokens", core_expire_tokens}, {"refuse_tokens", core_refuse_tokens},
                                    {"listener", core_listener},           {"serve_at", core_serve_at},
                                    {"cors", core_cors},
                                    {NULL, NULL}};

void script_add_protocol(lua_State *L) {
  luaL_setfuncs(L, PROTOCOL, 0);
}
