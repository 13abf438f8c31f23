#include "script.h"

#include <lua.h>

#include "foundrymock/mock.h"
#include "primitives.h"
#include "suite.h"

static int run_file(struct mock_world *world, const struct suite_file *file, struct base_error *err) {
  int status = mock_script_load(world, file->text, file->len, file->path, err);
  return status ? status : mock_script_call(world, 0, 0, err);
}

int script_load(struct mock_world *world, const struct suite *suite, struct session *session,
                const struct suite_file *file, struct base_error *err) {
  const struct suite_file *prelude = suite_module(suite, "prelude.init");
  if (!prelude)
    return base_fail(err, MOCK_ERR_SCRIPT, "", "the scenarios folder has no prelude/init.lua");
  primitives_register(mock_world_lua(world), world, suite, session);
  int status = run_file(world, prelude, err);
  return status || !file ? status : run_file(world, file, err);
}

int script_run(struct mock_world *world, int place, struct base_error *err) {
  lua_State *L = mock_world_lua(world);
  if (lua_getglobal(L, "__run") != LUA_TFUNCTION) {
    lua_pop(L, 1);
    return base_fail(err, MOCK_ERR_SCRIPT, "", "the prelude defines no function __run");
  }
  lua_getglobal(L, "runner");
  lua_getfield(L, -1, "scenarios");
  lua_rawgeti(L, -1, place);
  lua_replace(L, -3);
  lua_pop(L, 1);
  return mock_script_call(world, 1, 0, err);
}

int script_judge(struct mock_world *world, struct base_error *err) {
  lua_State *L = mock_world_lua(world);
  if (lua_getglobal(L, "__judge") == LUA_TFUNCTION) return mock_script_call(world, 0, 0, err);
  lua_pop(L, 1);
  return 0;
}
