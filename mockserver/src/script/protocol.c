/* Primitives of the protocol: conflicts, tokens, schema changes. */
#include <lauxlib.h>

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

static const luaL_Reg PROTOCOL[] = {{"on_conflict", core_on_conflict},     {"drop_object", core_drop_object},
                                    {"require_token", core_require_token}, {"issue_token", core_issue_token},     {"need_tokens", core_need_tokens},
                                    
                                    {"expire_tokens", core_expire_tokens}, {"refuse_tokens", core_refuse_tokens},
                                    {NULL, NULL}};

void script_add_protocol(lua_State *L) {
  luaL_setfuncs(L, PROTOCOL, 0);
}
