#include "schedule_lua.h"

#include <stdarg.h>
#include <stdlib.h>

static const char opening[] =
    "-- Written by the fuzz target schedule. The rows' names tell who they are and how often they were changed.\n"
    "scenario \"a schedule of edits, faults and restarts loses nothing and doubles nothing\" {\n"
    "  covers = { \"UPL-12\", \"UPC-04\", \"LOC-02\" },\n"
    "  needs = { \"localCrud\", \"uploadCache\", \"restart\", \"kill\" },\n"
    "  timeout = 2000,\n"
    "  run = function(t)\n"
    "local server = t.server\n";

static const char helpers[] =
    "local app = t:app():setup()\n"
    "local function row_of(rows, entity)\n"
    "  for _, row in ipairs(rows) do\n"
    "    if row.Name:match('^e' .. entity .. '%.') then return row end\n"
    "  end\n"
    "  return {}\n"
    "end\n"
    "local function app_key(object, entity)\n"
    "  local column = object .. 'Id'\n"
    "  return { [column] = row_of(app:rows(object), entity)[column] }\n"
    "end\n"
    "local function record(name, team)\n"
    "  return { Name = name, Twin = name, TeamId = team and app_key('Team', team).TeamId }\n"
    "end\n"
    "local function server_put(object, entity, name)\n"
    "  local row, changes = row_of(object:rows(), entity), { Name = name, Twin = name }\n"
    "  local id = row.MemberId or row.TeamId\n"
    "  if object == teams then id = row.TeamId end\n"
    "  if id then object:update(id, changes) else object:insert(changes) end\n"
    "end\n"
    "local faults = {}\n"
    "local function lift()\n"
    "  for _, rule in ipairs(faults) do rule:lift() end\n"
    "  faults = {}\n"
    "end\n"
    "local function revive()\n"
    "  t.wait(function() return not app:alive() end, 'the end of the process')\n"
    "  app:revive()\n"
    "  lift()\n"
    "end\n";

static const char closing[] =
    "app:mark('Team')\napp:mark('Member')\n"
    "for _ = 1, 3 do\n"
    "  app:sync()\n"
    "  if #app:pending('Team') + #app:pending('Member') == 0 then break end\n"
    "end\n"
    "t.expect(app:pending('Team')):count(0)\n"
    "t.expect(app:pending('Member')):count(0)\n"
    "t.expect(app:rows('Team')):equals(teams:rows())\n"
    "t.expect(app:rows('Member')):equals(members:rows())\n"
    "  end,\n}\n";

__attribute__((format(printf, 2, 3))) static void put(struct schedule_lua *lua, const char *format, ...) {
  va_list args;
  if (!lua->file) return;
  va_start(args, format);
  vfprintf(lua->file, format, args);
  va_end(args);
  fflush(lua->file); /* the next step may be the one that breaks */
}

void lua_begin(struct schedule_lua *lua, const char *server_script) {
  const char *path = getenv("FUZZ_SCENARIO");
  *lua = (struct schedule_lua){.file = path ? fopen(path, "w") : getenv("FUZZ_TELL") ? stderr : NULL};
  put(lua, "%s%s%s", opening, server_script, helpers);
}

void lua_end(struct schedule_lua *lua) { put(lua, "%s", closing); }

void lua_done(struct schedule_lua *lua) {
  if (lua->file && lua->file != stderr) fclose(lua->file);
}

void lua_line(struct schedule_lua *lua, const char *line) { put(lua, "%s\n", line); }

void lua_edit(struct schedule_lua *lua, enum lua_edit edit, const char *object, int entity, const char *name, int team) {
  char in_team[32] = "";
  if (team >= 0) snprintf(in_team, sizeof in_team, ", %d", team);
  const char *deferred = edit == LUA_DEFER ? ", { markForUpload = false }" : "";
  if (edit == LUA_DELETE) put(lua, "app:delete('%s', app_key('%s', %d))\n", object, object, entity);
  else if (edit == LUA_CREATE) put(lua, "app:create('%s', record('%s'%s))\n", object, name, in_team);
  else
    put(lua, "app:update('%s', app_key('%s', %d), record('%s'%s)%s)\n", object, object, entity, name, in_team, deferred);
}

void lua_server(struct schedule_lua *lua, int object, int entity, const char *name) {
  put(lua, "server_put(%s, %d, '%s')\n", object ? "members" : "teams", entity, name);
}

void lua_faults(struct schedule_lua *lua, const enum schedule_fault plan[SCHEDULE_PLAN]) {
  for (int i = 0; i < SCHEDULE_PLAN; i++) {
    lua->places[i] = plan[i] != FAULT_NONE && lua->file ? ftell(lua->file) : 0;
    if (plan[i] == FAULT_NONE) continue;
    put(lua, "  faults[#faults + 1] = organization:on_request():nth(%d)%s\n", i + 1, schedule_fault_rule(plan[i]));
  }
}

void lua_met(struct schedule_lua *lua, size_t requests) {
  if (!lua->file || lua->file == stderr) return;
  for (size_t i = requests; i < SCHEDULE_PLAN; i++)
    if (lua->places[i] > 0 && fseek(lua->file, lua->places[i], SEEK_SET) == 0) put(lua, "--");
  fseek(lua->file, 0, SEEK_END);
}

void lua_crash(struct schedule_lua *lua, bool stored) {
  lua->crashing = true;
  lua->stored = stored;
}

void lua_sync(struct schedule_lua *lua, const char *object, const char *type, int up, int down, bool preserve) {
  if (lua->crashing) put(lua, "app:kill_at(organization:on_request():once():%s())\n", lua->stored ? "stored" : "arrived");
  if (*object) put(lua, "app:object('%s')", object);
  else put(lua, "app:service('Organization')");
  put(lua, ":%s { syncType = '%s', uploadBatchSize = %d, downloadBatchSize = %d, preserveBatchContext = %s }\n",
      lua->crashing ? "start" : "sync", type, up, down, preserve ? "true" : "false");
  if (!lua->crashing) put(lua, "lift()\n");
  lua->crashing = false;
}
