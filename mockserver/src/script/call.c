#include "script/call.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "script/script.h"
#include "world/world.h"

struct call {
  const char *name;
  const cJSON *argument;
  char *text;
};

static int run(lua_State *L) {
  struct call *call = lua_touserdata(L, 1);
  lua_getfield(L, LUA_REGISTRYINDEX, "mock.core");
  lua_getfield(L, -1, call->name);
  mock_lua_push_json(L, call->argument);
  lua_call(L, 1, 1);
  if (lua_type(L, -1) == LUA_TSTRING) call->text = strdup(lua_tostring(L, -1));
  return 0;
}

int script_call(struct mock_world *world, const char *name, const cJSON *argument, char **text, struct base_error *err) {
  struct call call = {name, argument, NULL};
  int status = script_run_aside(world, run, &call, err);
  if (status == 0 && text && !call.text) status = base_fail(err, MOCK_ERR_SCRIPT, "", "out of memory");
  if (status == 0 && text) *text = call.text;
  else free(call.text);
  return status;
}
