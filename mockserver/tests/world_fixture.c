#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "world_fixture.h"

#include <lua.h>
#include <stdlib.h>
#include <string.h>

#include "world/world.h"

static const char SETUP[] =
    "foundry = require 'foundry'\n"
    "org = server:service('Org', {uploadCache = true, response_wait_ms = 0})\n"
    "departments = org:object('Department', foundry.model.department)\n"
    "employees = org:object('Employee', foundry.model.employee)\n"
    "boxes = org:object('Box', {key = {'BoxId'}, fields = {\n"
    "  {name = 'BoxId', datatype = 'number', auto_generated = true, nullable = false},\n"
    "  {name = 'Owner', datatype = 'number'}}})\n"
    "org:relate{name = 'owner', type = 'ManyToOne', from = boxes, to = employees,\n"
    "  source_fields = {'Owner'}, target_fields = {'EmpId'}}\n";

int fixture_open(void **state) {
  struct fixture *fixture = calloc(1, sizeof *fixture);
  struct base_error err = {0};
  const struct mock_config config = {.threads = FIXTURE_THREADS};
  assert_int_equal(mock_server_start(&config, &fixture->server, &err), 0);
  if (mock_world_open(fixture->server, "test", &fixture->world, &err) != 0) fail_msg("%s", err.text);
  fixture->url = mock_world_url(fixture->world);
  fixture_do(fixture, SETUP);
  *state = fixture;
  return 0;
}

int fixture_close(void **state) {
  struct fixture *fixture = *state;
  mock_world_free(fixture->world);
  mock_server_stop(fixture->server);
  free(fixture);
  return 0;
}

static int run(struct fixture *fixture, const char *script, cJSON **value, struct base_error *err) {
  mock_world_lock(fixture->world);
  lua_State *L = mock_world_lua(fixture->world);
  int status = mock_script_load(fixture->world, script, strlen(script), "test.lua", err);
  if (status == 0) status = mock_script_call(fixture->world, 0, 1, err);
  if (status == 0) {
    *value = lua_isnil(L, -1) ? cJSON_CreateNull() : mock_lua_read_json(L, -1, err);
    lua_pop(L, 1);
  }
  mock_world_unlock(fixture->world);
  return status;
}

cJSON *fixture_run(struct fixture *fixture, const char *script) {
  struct base_error err = {0};
  cJSON *value = NULL;
  if (run(fixture, script, &value, &err) != 0 || !value) fail_msg("%s", err.text);
  return value;
}

void fixture_do(struct fixture *fixture, const char *script) {
  cJSON_Delete(fixture_run(fixture, script));
}

void fixture_fail(struct fixture *fixture, const char *script, struct base_error *err) {
  cJSON *value = NULL;
  if (run(fixture, script, &value, err) == 0) {
    cJSON_Delete(value);
    fail_msg("the script did not fail");
  }
}

int64_t fixture_number(struct fixture *fixture, const char *script) {
  int64_t number = INT64_MIN;
  cJSON *value = fixture_run(fixture, script);
  json_integer(value, &number);
  cJSON_Delete(value);
  return number;
}

void fixture_wait(struct fixture *fixture, const char *script) {
  struct base_error err = {0};
  mock_world_lock(fixture->world);
  lua_State *L = mock_world_lua(fixture->world);
  for (bool met = false; !met;) {
    if (mock_script_load(fixture->world, script, strlen(script), "test.lua", &err) ||
        mock_script_call(fixture->world, 0, 1, &err))
      fail_msg("%s", err.text);
    met = lua_toboolean(L, -1);
    lua_pop(L, 1);
    if (!met) mock_world_wait(fixture->world, INT64_MAX / 1000);
  }
  mock_world_unlock(fixture->world);
}

void fixture_settle(struct fixture *fixture) {
  mock_world_lock(fixture->world);
  while (fixture->world->at_work > 0) mock_world_wait(fixture->world, (int64_t)INT32_MAX * 1000);
  mock_world_unlock(fixture->world);
}
