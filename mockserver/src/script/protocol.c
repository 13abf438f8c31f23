/* Primitives of the protocol: conflicts, tokens, schema changes. */
#include <lauxlib.h>

#include "script/arguments.h"

static int core_on_conflict(lua_State *L) {
  struct model_service *service = check_service(L, 1);
  service->on_conflict = check_function(L, 2);
  return 0;
}

static int core_drop_object(lua_State *L) {
  struct base_error err = {0};
  return check_status(L, model_drop_object(check_object(L, 1), &err), &err);
}

static const luaL_Reg PROTOCOL[] = {{"on_conflict", core_on_conflict}, {"drop_object", core_drop_object}, {NULL, NULL}};

void script_add_protocol(lua_State *L) {
  luaL_setfuncs(L, PROTOCOL, 0);
}
