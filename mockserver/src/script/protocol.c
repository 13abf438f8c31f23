/* Primitives of the protocol: conflicts, tokens, schema changes. */
#include <lauxlib.h>

#include "script/arguments.h"

static int core_on_conflict(lua_State *L) {
  struct model_service *service = check_service(L, 1);
  service->on_conflict = check_function(L, 2);
  return 0;
}

static const luaL_Reg PROTOCOL[] = {{"on_conflict", core_on_conflict}, {NULL, NULL}};

void script_add_protocol(lua_State *L) {
  luaL_setfuncs(L, PROTOCOL, 0);
}
