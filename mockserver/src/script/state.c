/* The state itself: opened, called, closed; the functions of rules. */
#include "script/script.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "script/budget.h"
#include "script/functions.h"
#include "world/world.h"

struct script *script_of(lua_State *L) {
  struct script *script;
  memcpy(&script, lua_getextraspace(L), sizeof script);
  return script;
}

/* ---- protected calls ---- */

/* One line: the frames of the traceback stand behind the message, the innermost first. */
static void describe_error(lua_State *L, struct base_error *err) {
  const char *text = luaL_tolstring(L, -1, NULL);
  text = luaL_gsub(L, text, "\nstack traceback:\n\t", "; traceback: ");
  text = luaL_gsub(L, text, "\n\t", " < ");
  base_fail(err, MOCK_ERR_SCRIPT, "", "%s", luaL_gsub(L, text, "\n", " "));
  lua_pop(L, 5);
}

static bool is_own(const char *source) {
  return strncmp(source, "mock/", strlen("mock/")) == 0;
}

/* The innermost frame that is the script's, 0 = there is none. */
static int script_level(lua_State *L, lua_Debug *frame) {
  for (int level = 1; lua_getstack(L, level, frame); level++) {
    lua_getinfo(L, "Sl", frame);
    if (frame->currentline > 0 && !is_own(frame->short_src)) return level;
  }
  return 0;
}

/* An error may be any value: of a table its JSON, if it has one. */
static const char *message_of(lua_State *L) {
  int type = lua_type(L, 1);
  struct base_error err = {0};
  if (type == LUA_TNIL) return lua_pushliteral(L, "an error without a message");
  if (type != LUA_TTABLE || luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL) return luaL_tolstring(L, 1, NULL);
  cJSON **json = script_box(L);
  *json = mock_lua_read_json(L, 1, &err);
  CLEANUP(free_text) char *text = *json ? json_print(*json) : NULL;
  return lua_pushfstring(L, "an error that is a table%s%s", text ? ": " : "", text ? text : "");
}

/* Push "script.lua:5: ", the place of the rule's function that runs, or nothing: false. */
static bool push_function_place(lua_State *L) {
  lua_Debug about;
  if (!script_of(L)->function) return false;
  lua_rawgeti(L, LUA_REGISTRYINDEX, script_of(L)->function);
  lua_getinfo(L, ">S", &about);
  lua_pushfstring(L, "%s:%d: ", about.short_src, about.linedefined);
  return true;
}

/* An error in the language's own files comes from a word that was used wrongly: it is told at the script's line. */
static int add_traceback(lua_State *L) {
  lua_Debug frame;
  const char *message = message_of(L);
  int level = script_level(L, &frame);
  if (level > 0 && is_own(message))
    message = lua_pushfstring(L, "%s:%d:%s", frame.short_src, frame.currentline, message + strcspn(message, " "));
  else if (level == 0 && push_function_place(L))
    message = lua_pushfstring(L, "%swhat this function left: %s", lua_tostring(L, -1), message);
  if (level > 0) luaL_traceback(L, L, message, level);
  return 1;
}

/* There is no place of it: the function that ran is named by its own. */
static void push_refusal(lua_State *L) {
  budget_push_refusal(L);
  if (!push_function_place(L)) return;
  lua_pushliteral(L, "in this function: ");
  lua_rotate(L, -3, -1);
  lua_concat(L, 3);
}

int script_protected(lua_State *L, int args, int results, struct base_error *err) {
  int handler = lua_gettop(L) - args;
  lua_pushcfunction(L, add_traceback);
  lua_insert(L, handler);
  int status = lua_pcall(L, args, results, handler);
  lua_remove(L, handler);
  if (status == LUA_OK) return 0;
  struct base_error local = {0};
  script_of(L)->failing = true;
  if (status == LUA_ERRMEM) push_refusal(L);
  describe_error(L, err ? err : &local);
  if (status == LUA_ERRMEM) lua_pop(L, 1);
  script_of(L)->failing = false;
  return MOCK_ERR_SCRIPT;
}

int mock_script_call(struct mock_world *world, int args, int results, struct base_error *err) {
  budget_start(world->script->L);
  return script_protected(world->script->L, args, results, err);
}

int mock_script_load(struct mock_world *world, const char *text, size_t len, const char *name,
                     struct base_error *err) {
  lua_State *L = world->script->L;
  char chunk[256];
  snprintf(chunk, sizeof chunk, "@%s", name);
  if (luaL_loadbufferx(L, text, len, chunk, "t") == LUA_OK) return 0;
  describe_error(L, err);
  return MOCK_ERR_SCRIPT;
}

void mock_script_push_core(struct mock_world *world) {
  lua_getfield(world->script->L, LUA_REGISTRYINDEX, "mock.core");
}

struct lua_State *mock_world_lua(struct mock_world *world) {
  return world->script->L;
}

int script_raise(lua_State *L, const struct base_error *err) {
  return luaL_error(L, "%s", err->text);
}

/* ---- functions of rules ---- */

struct rule_call {
  const struct journal_entry *entry;
  int function;
  const cJSON *arguments[2];
  cJSON **edited;
  char **text;
  bool *truth;
  const char *kind; /* first argument instead of a tree */
  struct script_decision *decision;
  struct script_reply *reply;
};

static void read_edited(lua_State *L, struct rule_call *call) {
  struct base_error err = {0};
  if (lua_type(L, -1) == LUA_TSTRING) {
    *call->text = strdup(lua_tostring(L, -1));
    return;
  }
  if (lua_isnil(L, -1)) lua_pushvalue(L, 1); /* edited in place */
  cJSON *fresh = mock_lua_read_json(L, -1, &err);
  if (!fresh) script_raise(L, &err);
  cJSON_Delete(*call->edited);
  *call->edited = fresh;
}

static int run_rule_call(lua_State *L) {
  struct rule_call *call = lua_touserdata(L, 1);
  lua_settop(L, 0);
  for (int i = 0; i < 2; i++) {
    if (call->arguments[i]) mock_lua_push_json(L, call->arguments[i]);
    else lua_pushnil(L);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, call->function);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_call(L, 2, 1);
  if (call->truth) *call->truth = lua_toboolean(L, -1);
  if (call->edited) read_edited(L, call);
  return 0;
}

/* A row has nil where JSON has null, as everywhere in the language. */
static void push_row(lua_State *L, const cJSON *row) {
  mock_lua_push_json(L, row);
  for (const cJSON *column = row ? row->child : NULL; column; column = column->next) {
    if (!cJSON_IsNull(column)) continue;
    lua_pushnil(L);
    lua_setfield(L, -2, column->string);
  }
}

static void read_decision(lua_State *L, struct script_decision *decision) {
  struct base_error err = {0};
  if (lua_isnil(L, 1)) return;
  if (!lua_istable(L, 1)) luaL_error(L, "on_conflict() gives a row or nil, not a %s", luaL_typename(L, 1));
  const char *action = luaL_tolstring(L, 2, NULL);
  decision->deletes = strcmp(action, "delete") == 0;
  if (!lua_isnil(L, 2) && !decision->deletes && strcmp(action, "update") != 0)
    luaL_error(L, "on_conflict() gives \"update\" or \"delete\", not \"%s\"", action);
  decision->submit = lua_isnil(L, 3) || lua_toboolean(L, 3);
  decision->row = mock_lua_read_json(L, 1, &err);
  if (!decision->row) script_raise(L, &err);
}

static int run_conflict(lua_State *L) {
  struct rule_call *call = lua_touserdata(L, 1);
  lua_settop(L, 0);
  lua_rawgeti(L, LUA_REGISTRYINDEX, call->function);
  lua_pushstring(L, call->kind);
  push_row(L, call->arguments[0]);
  push_row(L, call->arguments[1]);
  lua_call(L, 3, 3);
  read_decision(L, call->decision);
  return 0;
}

/* The text comes last: behind it nothing can fail. */
static int run_answer(lua_State *L) {
  struct rule_call *call = lua_touserdata(L, 1);
  struct script_reply *reply = call->reply;
  struct base_error err = {0};
  lua_settop(L, 0);
  lua_rawgeti(L, LUA_REGISTRYINDEX, call->function);
  mock_lua_push_json(L, call->arguments[0]);
  lua_call(L, 1, 3);
  const char *text = luaL_checklstring(L, 1, &reply->len);
  reply->status = (int)luaL_checkinteger(L, 2);
  if (!lua_isnil(L, 3) && !(reply->headers = mock_lua_read_json(L, 3, &err))) script_raise(L, &err);
  reply->text = malloc(reply->len + 1);
  if (reply->text) memcpy(reply->text, text, reply->len + 1);
  return 0;
}

/* The counter of the waiting script is put back afterwards: rules have a budget of their own. */
int script_run_aside(struct mock_world *world, lua_CFunction function, void *context, struct base_error *err) {
  struct script *script = world->script;
  int64_t instructions = script->instructions;
  bool in_rule = script->in_rule;
  script->in_rule = true;
  budget_start(script->rules);
  lua_pushcfunction(script->rules, function);
  lua_pushlightuserdata(script->rules, context);
  int status = script_protected(script->rules, 1, 0, err);
  script->instructions = instructions;
  script->in_rule = in_rule;
  return status;
}

static int run_call(struct mock_world *world, lua_CFunction run, struct rule_call *call, struct base_error *err) {
  world->script->function = call->function;
  int status = script_run_aside(world, run, call, err);
  world->script->function = 0;
  return status;
}

static int call_rule(struct mock_world *world, struct rule_call *call, struct base_error *err) {
  return run_call(world, call->decision ? run_conflict : call->reply ? run_answer : run_rule_call, call, err);
}

static int run_request_call(lua_State *L) {
  struct rule_call *call = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, call->function);
  script_push_request(L, call->entry);
  lua_call(L, 1, 1);
  *call->truth = lua_toboolean(L, -1);
  return 0;
}

int script_request_predicate(struct mock_world *world, int function, const struct journal_entry *entry, bool *out,
                             struct base_error *err) {
  struct rule_call call = {.function = function, .entry = entry, .truth = out};
  world->script->request = entry;
  int status = run_call(world, run_request_call, &call, err);
  world->script->request = NULL;
  return status;
}

int script_predicate(struct mock_world *world, int function, const cJSON *argument, bool *out,
                     struct base_error *err) {
  struct rule_call call = {.function = function, .arguments = {argument}, .truth = out};
  return call_rule(world, &call, err);
}

int script_edit(struct mock_world *world, int function, cJSON **value, char **text, const cJSON *request,
                struct base_error *err) {
  struct rule_call call = {.function = function, .arguments = {*value, request}, .edited = value, .text = text};
  return call_rule(world, &call, err);
}

int script_action(struct mock_world *world, int function, const cJSON *request, struct base_error *err) {
  struct rule_call call = {.function = function, .arguments = {request}};
  return call_rule(world, &call, err);
}

int script_answer(struct mock_world *world, int function, const cJSON *request, struct script_reply *out, struct base_error *err) {
  struct rule_call call = {.function = function, .arguments = {request}, .reply = out};
  int status = call_rule(world, &call, err);
  if (status == 0 && !out->text) status = base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  return status;
}

int script_conflict(struct mock_world *world, int function, const char *kind, const cJSON *client_row,
                    const cJSON *server_row, struct script_decision *out, struct base_error *err) {
  struct rule_call call = {.function = function, .arguments = {client_row, server_row}, .kind = kind, .decision = out};
  return call_rule(world, &call, err);
}

/* ---- opening ---- */

static void run_source(lua_State *L, const struct script_source *source) {
  if (luaL_loadbufferx(L, (const char *)source->text, source->len, source->name, "bt") != LUA_OK) lua_error(L);
  lua_getfield(L, LUA_REGISTRYINDEX, "mock.core");
  lua_call(L, 1, 0);
}

/* core.load(file): one of SCRIPT_LATER */
static int core_load(lua_State *L) {
  const struct script_source *source = SCRIPT_LATER;
  const char *file = luaL_checkstring(L, 1);
  while (source->file && strcmp(source->file, file) != 0) source++;
  luaL_argcheck(L, source->file, 1, "no such file");
  run_source(L, source);
  return 0;
}

static int prepare(lua_State *L) {
  struct script *script = script_of(L);
  script_open_libraries(L);
  script->rules = lua_newthread(L);
  lua_setfield(L, LUA_REGISTRYINDEX, "mock.rules");
  lua_checkstack(script->rules, 64);
  script_add_requests(L);
  script_push_core(L);
  lua_pushcfunction(L, core_load);
  lua_setfield(L, -2, "load");
  lua_setfield(L, LUA_REGISTRYINDEX, "mock.core");
  for (const struct script_source *source = SCRIPT_SOURCES; source->file; source++) run_source(L, source);
  return 0;
}

int script_open(struct mock_world *world, struct base_error *err) {
  struct script *script = calloc(1, sizeof *script);
  if (!script) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  world->script = script;
  script->world = world;
  script->limit = MOCK_SCRIPT_INSTRUCTIONS;
  script->L = lua_newstate(budget_allocate, script);
  if (!script->L) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  memcpy(lua_getextraspace(script->L), &script, sizeof script);
  budget_start(script->L);
  lua_pushcfunction(script->L, prepare);
  return script_protected(script->L, 0, 0, err);
}

void script_close(struct mock_world *world) {
  if (!world->script) return;
  if (world->script->L) lua_close(world->script->L);
  free(world->script);
}
