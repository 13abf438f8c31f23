#include "primitives.h"

#include <inttypes.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "file.h"
#include "foundrymock/mock.h"
#include "protocol.h"
#include "session.h"
#include "suite.h"
#include "tape.h"
#include "timeline.h"

static const char SESSION_KEY = 0; /* its address is the registry's key */

/* Over, and not even its rules are judged any more. */
static bool is_ended(const struct session *session) { return session->over && !session->aftermath; }

/* The session of this state. Raises when the file is only read, and when the session is over. */
static struct session *get_session(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &SESSION_KEY);
  struct session *session = lua_touserdata(L, -1);
  lua_pop(L, 1);
  if (!session) luaL_error(L, "runner functions work inside a scenario, not while its file is read");
  if (is_ended(session)) luaL_error(L, "the scenario is over");
  return session;
}

/* The same for calls that wait or talk to the testee. */
static struct session *get_waiting_session(lua_State *L, const char *name) {
  struct session *session = get_session(L);
  if (session->over) luaL_error(L, "runner.%s: the scenario is over", name);
  if (!pthread_equal(session->thread, pthread_self()))
    luaL_error(L, "runner.%s cannot be used inside a rule: it would wait there", name);
  return session;
}

static int raise_if_over(lua_State *L, const struct session *session) {
  return is_ended(session) ? luaL_error(L, "the scenario is over") : 0;
}

/* ---- the testee ---- */

static void event_of_call(struct session *session, const char *method, const cJSON *params) {
  CLEANUP(free_text) char *text = params ? json_print(params) : NULL;
  bool plain = !text || strcmp(text, "{}") == 0 || strcmp(method, "open") == 0;
  session_event(session, session_now(session), "-> %s%s%s", method, plain ? "" : " ",
                plain ? "" : text);
}

/* At the place where it came, not where the waiting thread woke. */
static void event_of_answer(struct session *session, uint64_t at, const char *method, const cJSON *answer) {
  CLEANUP(free_text) char *text = json_print(answer);
  session_event(session, at, "<- %s %s", method, text ? text : "");
}

/* What an error answer means. Returns true when the script may go on with it. */
static bool judge_error(struct session *session, const char *method, const cJSON *error) {
  char reason[400];
  int64_t code = 0;
  CLEANUP(free_text) char *message = json_print(json_find(error, "message")); /* quoted: it may have lines */
  const struct capability *capability = capability_of_method(method);
  json_integer(json_find(error, "code"), &code);
  if (code == PROTOCOL_NO_FORM) return true;
  bool claimed = capability && capability_claimed(&session->testee->profile, capability->name);
  if (code == PROTOCOL_METHOD_NOT_FOUND && !claimed) {
    snprintf(reason, sizeof reason, "the testee does not support %s", method);
    session_end(session, OUTCOME_UNSUPPORTED, reason);
    return false;
  }
  snprintf(reason, sizeof reason, "the adapter answered %s with error %" PRId64 ": %s%s", method, code,
           message ? message : "no message",
           code == PROTOCOL_METHOD_NOT_FOUND ? ", although it claims the capability" : "");
  session_end(session, OUTCOME_ERROR, reason);
  return false;
}

static enum testee_answer wait_answer(struct session *session, const char *method, uint64_t id, cJSON **out,
                                      uint64_t *at) {
  char what[80];
  snprintf(what, sizeof what, "the answer to %s", method);
  for (;;) {
    enum testee_answer answer = testee_take_answer(session->testee->testee, id, out, at);
    if (answer != TESTEE_PENDING || session->killed) return answer;
    session_check_testee(session);
    if (!session->over) session_wait(session, what);
    if (session->over) return TESTEE_PENDING;
  }
}

static int push_error(lua_State *L, long long code, const char *message) {
  lua_pushnil(L);
  lua_createtable(L, 0, 2);
  lua_pushinteger(L, code);
  lua_setfield(L, -2, "code");
  lua_pushstring(L, message);
  lua_setfield(L, -2, "message");
  return 2;
}

static void note_instance(struct session *session, const char *method) {
  if (strcmp(method, "open") == 0) session->open = session->ever_opened = true;
  if (strcmp(method, "close") == 0) session->open = false;
}

/* params (owned by the caller) go, the answer comes; `*answer` says which. */
static cJSON *exchange(struct session *session, const char *method, const cJSON *params,
                       enum testee_answer *answer) {
  struct base_error err = {0};
  cJSON *value = NULL;
  uint64_t at = 0;
  *answer = TESTEE_PENDING;
  if (protocol_check_params(method, params, &err)) {
    session_end(session, OUTCOME_ERROR, err.text);
    return NULL;
  }
  event_of_call(session, method, params);
  note_instance(session, method);
  *answer = wait_answer(session, method, testee_send(session->testee->testee, method, params), &value, &at);
  if (value) event_of_answer(session, at, method, value);
  if (*answer == TESTEE_ERROR && !session->over) judge_error(session, method, value);
  return value;
}

static int runner_call(lua_State *L) {
  struct session *session = get_waiting_session(L, "call");
  const char *method = luaL_checkstring(L, 1);
  if (session->killed) return luaL_error(L, "%s: the testee was killed and not started again", method);
  struct base_error err = {0};
  cJSON *params = lua_isnoneornil(L, 2) ? cJSON_CreateObject() : mock_lua_read_json(L, 2, &err);
  if (!params) return luaL_error(L, "params of %s: %s", method, err.text);
  if (cJSON_IsArray(params) && cJSON_GetArraySize(params) == 0) params->type = cJSON_Object; /* {} */
  enum testee_answer answer;
  cJSON *value = exchange(session, method, params, &answer);
  cJSON_Delete(params);
  if (session->over) {
    cJSON_Delete(value);
    return raise_if_over(L, session);
  }
  if (answer == TESTEE_PENDING) return push_error(L, -1, "the testee was killed");
  if (answer == TESTEE_RESULT) {
    mock_lua_push_json(L, value);
    cJSON_Delete(value);
    return 1;
  }
  char message[256];
  int64_t code = 0;
  const char *text = json_find_string(value, "message");
  json_integer(json_find(value, "code"), &code);
  snprintf(message, sizeof message, "%s", text ? text : "");
  cJSON_Delete(value);
  return push_error(L, code, message);
}

/* Progress in words of its own, so that the timeline can put a row of events on one line. */
static void event_of_callback(struct session *session, const cJSON *callback) {
  int64_t at = 0;
  const cJSON *payload = json_find(callback, "payload");
  CLEANUP(free_text) char *text = json_print(payload);
  const char *kind = json_find_string(callback, "kind");
  const char *sync = json_find_string(callback, "sync"), *cancel = json_find_string(callback, "cancel");
  const char *phase = json_find_string(payload, "phase"), *state = json_find_string(payload, "state");
  json_integer(json_find(callback, "at"), &at);
  if (strcmp(kind, "progress") == 0 && phase && state)
    session_event(session, (uint64_t)at, TIMELINE_PROGRESS "%s: %s %s", sync, phase, state);
  else if (strcmp(kind, "failure") == 0)
    session_event(session, (uint64_t)at, TIMELINE_FAILURE "%s %s", sync ? sync : cancel, text ? text : "");
  else session_event(session, (uint64_t)at, "   %s of %s %s", kind, sync ? sync : cancel, text ? text : "");
}

/* Move what came since to the array of all callbacks, which is on the stack's top. */
static void take_callbacks(lua_State *L, struct session *session) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  cJSON *callback;
  while ((callback = testee_take_callback(session->testee->testee))) {
    if (!session->ever_opened)
      session_end(session, OUTCOME_ERROR, "a callback came before open: it belongs to a closed instance");
    event_of_callback(session, callback);
    mock_lua_push_json(L, callback);
    cJSON_Delete(callback);
    lua_rawseti(L, -2, ++count);
  }
}

static int runner_callbacks(lua_State *L) {
  struct session *session = get_session(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, session->callbacks_ref);
  take_callbacks(L, session);
  raise_if_over(L, session);
  return 1;
}

static int runner_wait(lua_State *L) {
  struct session *session = get_waiting_session(L, "wait");
  luaL_checktype(L, 1, LUA_TFUNCTION);
  const char *what = luaL_optstring(L, 2, "a condition of the scenario");
  for (;;) {
    lua_pushvalue(L, 1);
    lua_call(L, 0, 1);
    bool met = lua_toboolean(L, -1);
    lua_pop(L, 1);
    raise_if_over(L, session);
    if (met) return 0;
    session_check_testee(session);
    if (!session->over) session_wait(session, what);
    raise_if_over(L, session);
  }
}

static int runner_kill(lua_State *L) {
  struct session *session = get_session(L);
  if (session->killed) return 0;
  session->killed = session->ever_killed = true;
  session->open = false;
  session_event(session, session_now(session), "   the testee is killed");
  testee_kill(session->testee->testee);
  return 0;
}

static int runner_alive(lua_State *L) {
  struct session *session = get_session(L);
  lua_pushboolean(L, testee_alive(session->testee->testee));
  return 1;
}

/* A new process. The lock is released meanwhile: the old one's last requests may still be at work. */
static int runner_revive(lua_State *L) {
  struct session *session = get_waiting_session(L, "revive");
  struct base_error err = {0};
  lua_rawgeti(L, LUA_REGISTRYINDEX, session->callbacks_ref);
  take_callbacks(L, session);
  mock_world_unlock(session->world);
  int status = session_revive(session, &err);
  mock_world_lock(session->world);
  mock_script_waited(session->world);
  if (status) session_end(session, OUTCOME_ERROR, err.text);
  raise_if_over(L, session);
  session_event(session, session_now(session), "   the testee is started again");
  return 0;
}

/* ---- places ---- */

static int runner_storage(lua_State *L) {
  struct session *session = get_session(L);
  const char *name = luaL_optstring(L, 1, "app");
  struct base_error err = {0};
  if (strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != strlen(name) || !*name)
    return luaL_error(L, "a storage's name has letters, digits, _ and -: \"%s\"", name);
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", session->folder, name);
  if (file_make_folder(path, &err)) session_end(session, OUTCOME_ERROR, err.text);
  raise_if_over(L, session);
  lua_pushstring(L, path);
  return 1;
}

static int runner_base_url(lua_State *L) {
  lua_pushstring(L, mock_world_url(get_session(L)->world));
  return 1;
}

static int runner_document(lua_State *L) {
  get_session(L);
  lua_getglobal(L, "server");
  lua_getfield(L, -1, "document");
  lua_insert(L, -2);
  lua_call(L, 1, 1);
  return 1;
}

static int runner_now(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)mock_world_now(get_session(L)->world));
  return 1;
}

static int runner_lift_all(lua_State *L) {
  (void)L;
  session_lift(get_session(L));
  return 0;
}

/* ---- verdicts ---- */

/* A text member of the table at 1, or `otherwise`. The text stays on the stack. */
static const char *text_member(lua_State *L, const char *name, const char *otherwise) {
  lua_getfield(L, 1, name);
  const char *text = lua_tostring(L, -1);
  return text ? text : otherwise;
}

static bool flag_member(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

/* A value for the report: as JSON, or as Lua writes it. */
static void add_value(lua_State *L, cJSON *finding, const char *name) {
  struct base_error err = {0};
  lua_getfield(L, 1, name);
  if (!lua_isnil(L, -1)) {
    cJSON *value = mock_lua_read_json(L, -1, &err);
    if (!value) value = cJSON_CreateString(luaL_tolstring(L, -1, NULL));
    cJSON_AddItemToObject(finding, name, value);
  }
  lua_settop(L, 1);
}

static struct requirement_ref find_requirement(lua_State *L, struct session *session, const char *id) {
  struct requirement_ref ref = {0};
  if (!catalogue_find(session->config->catalogue, id, &ref))
    luaL_error(L, "%s is no requirement of the catalogue", id);
  return ref;
}

static cJSON *make_finding(const char *id, struct requirement_ref ref, const struct judge_verdict *verdict) {
  char basis[48];
  cJSON *finding = cJSON_CreateObject();
  requirement_basis_text(ref.rule->basis, basis);
  cJSON_AddStringToObject(finding, "id", id);
  cJSON_AddStringToObject(finding, "title", ref.rule->title);
  cJSON_AddStringToObject(finding, "origin", ref.requirement->source);
  cJSON_AddStringToObject(finding, "level", requirement_level_name(ref.rule->level));
  cJSON_AddStringToObject(finding, "basis", basis);
  cJSON_AddStringToObject(finding, "weight", verdict->weight == JUDGE_FAILS ? "fails" : "warns");
  cJSON_AddStringToObject(finding, "reason", verdict->reason);
  return finding;
}

static void end_failed(struct session *session, const char *id, const char *message) {
  char reason[400];
  snprintf(reason, sizeof reason, "%s: %.300s", id, message);
  session_end(session, OUTCOME_FAILED, reason);
}

/* Of a scenario's file, or of what a history has told so far: "history 1 of seed 1:14". */
static char *line_at(const struct session *session, const char *where) {
  char *line = suite_line(session->config->suite, where);
  const char *told = session->history ? session->history->text : NULL, *place = strrchr(where, ':');
  return line || !told || !place ? line : suite_text_line(told, place);
}

/* The author's line says what was compared, where the message cannot. */
static void add_place(struct session *session, cJSON *finding, const char *where) {
  CLEANUP(free_text) char *source = line_at(session, where);
  cJSON_AddStringToObject(finding, "where", where);
  if (source) cJSON_AddStringToObject(finding, "source", source);
}

/* A broken check: judged at once. */
static int broken_check(lua_State *L, struct session *session, const char *id, struct requirement_ref ref) {
  struct judge_verdict verdict =
      judge_broken(ref, &session->testee->profile, session->config->strictness);
  if (verdict.weight == JUDGE_DOES_NOT_APPLY) {
    char text[256];
    snprintf(text, sizeof text, "%s was broken, and is %s", id, verdict.reason);
    result_note(session->result, text);
    lua_pushboolean(L, false);
    return 1;
  }
  cJSON *finding = make_finding(id, ref, &verdict);
  cJSON_AddItemToArray(session->result->findings, finding);
  const char *message = text_member(L, "message", "does not hold");
  cJSON_AddStringToObject(finding, "message", message);
  add_place(session, finding, text_member(L, "where", ""));
  if (verdict.weight == JUDGE_FAILS) end_failed(session, id, message);
  lua_settop(L, 1);
  add_value(L, finding, "expected");
  add_value(L, finding, "actual");
  raise_if_over(L, session);
  lua_pushboolean(L, false);
  return 1;
}

static int runner_check(lua_State *L) {
  struct session *session = get_session(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  char id[64];
  const cJSON *covers = json_find(session->scenario->definition, "covers");
  snprintf(id, sizeof id, "%s", text_member(L, "id", cJSON_GetStringValue(cJSON_GetArrayItem(covers, 0))));
  lua_settop(L, 1);
  struct requirement_ref ref = find_requirement(L, session, id);
  session->result->checks++;
  if (!flag_member(L, "ok")) return broken_check(L, session, id, ref);
  lua_pushboolean(L, true);
  return 1;
}

static int runner_observe(lua_State *L) {
  struct session *session = get_session(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  const char *id = text_member(L, "id", "");
  find_requirement(L, session, id);
  bool ok = flag_member(L, "ok");
  result_watch(session->result, id, ok, text_member(L, "message", "it does not hold"));
  if (!ok)
    session_event(session, session_now(session), "   rule %s is broken: %s", id,
                  text_member(L, "message", ""));
  return 0;
}

static int runner_outcome(lua_State *L) {
  struct session *session = get_session(L);
  const char *id = luaL_checkstring(L, 1), *name = luaL_checkstring(L, 2);
  struct requirement_ref found = find_requirement(L, session, id);
  const char *sentence = json_find_string(found.requirement->accepted, name); /* */
  if (!sentence) return luaL_error(L, "%s accepts no outcome called \"%s\" in the catalogue", id, name);
  result_accept(session->result, id, name, sentence);
  return 0;
}

static int runner_note(lua_State *L) {
  struct session *session = get_session(L);
  result_note(session->result, luaL_checkstring(L, 1));
  return 0;
}

static int runner_skip(lua_State *L) {
  struct session *session = get_session(L);
  session_end(session, OUTCOME_SKIPPED, luaL_checkstring(L, 1));
  return raise_if_over(L, session);
}

static int runner_harness_error(lua_State *L) {
  struct session *session = get_session(L);
  session_end(session, OUTCOME_ERROR, luaL_checkstring(L, 1));
  return raise_if_over(L, session);
}

/* ---- histories ---- */

/* {steps, text}: what is about to be done of a history, and a scenario that does the same. */
static int runner_tell_history(lua_State *L) {
  struct session *session = get_session(L);
  struct base_error err = {0};
  luaL_checktype(L, 1, LUA_TTABLE);
  if (!session->history) return luaL_error(L, "runner.tell_history: this scenario is no property");
  lua_getfield(L, 1, "steps");
  cJSON *steps = mock_lua_read_json(L, -1, &err);
  if (!steps) return luaL_error(L, "runner.tell_history: %s", err.text);
  cJSON_Delete(session->history->told);
  session->history->told = steps;
  lua_getfield(L, 1, "text");
  char *text = strdup(luaL_checkstring(L, -1));
  free(session->history->text);
  session->history->text = text;
  return 0;
}

/* ---- the language ---- */

/* Is this state's session over? False while a file is only read. */
static bool is_over(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &SESSION_KEY);
  const struct session *session = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return session && is_ended(session);
}

/* What pcall gives, unless the session ended inside: then the error goes on. */
static int finish_pcall(lua_State *L, int status, lua_KContext first) {
  bool good = status == LUA_OK || status == LUA_YIELD;
  if (!good && is_over(L)) return lua_error(L);
  if (good) return lua_gettop(L) - (int)first;
  lua_pushboolean(L, false);
  lua_pushvalue(L, -2);
  return 2;
}

static int guarded_pcall(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, true);
  lua_insert(L, 1);
  return finish_pcall(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall), 0);
}

static int guarded_xpcall(lua_State *L) {
  int count = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushboolean(L, true);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);
  return finish_pcall(L, lua_pcallk(L, count - 2, LUA_MULTRET, 2, 2, finish_pcall), 2);
}

/* Upvalue 1: coroutine.resume. */
static int guarded_resume(lua_State *L) {
  int count = lua_gettop(L);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, count, LUA_MULTRET);
  return is_over(L) ? luaL_error(L, "the scenario is over") : lua_gettop(L);
}

/* Upvalues: world, suite, table of loaded modules, the state's own require. */
static int suite_require(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  struct mock_world *world = lua_touserdata(L, lua_upvalueindex(1));
  const struct suite *suite = lua_touserdata(L, lua_upvalueindex(2));
  lua_settop(L, 1);
  if (lua_getfield(L, lua_upvalueindex(3), name) != LUA_TNIL) return 1;
  const struct suite_file *file = suite_module(suite, name);
  if (!file) {
    lua_pushvalue(L, lua_upvalueindex(4));
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
  }
  struct base_error err = {0};
  if (mock_script_load(world, file->text, file->len, file->path, &err)) return luaL_error(L, "%s", err.text);
  if (mock_world_lua(world) != L) lua_xmove(mock_world_lua(world), L, 1);
  lua_call(L, 0, 1);
  if (lua_isnil(L, -1)) lua_pushboolean(L, true), lua_replace(L, -2);
  lua_pushvalue(L, -1);
  lua_setfield(L, lua_upvalueindex(3), name);
  return 1;
}

static const luaL_Reg RUNNER[] = {{"call", runner_call},
                                  {"callbacks", runner_callbacks},
                                  {"wait", runner_wait},
                                  {"kill", runner_kill},
                                  {"alive", runner_alive},
                                  {"revive", runner_revive},
                                  {"storage", runner_storage},
                                  {"base_url", runner_base_url},
                                  {"document", runner_document},
                                  {"now", runner_now},
                                  {"lift_all", runner_lift_all},
                                  {"check", runner_check},
                                  {"observe", runner_observe},
                                  {"outcome", runner_outcome},
                                  {"note", runner_note},
                                  {"skip", runner_skip},
                                  {"harness_error", runner_harness_error},
                                  {"tell_history", runner_tell_history},
                                  {"pcall", guarded_pcall},
                                  {NULL, NULL}};

/* Those that give data; checks and notes are verdicts, and are made anew. */
static const char *const DATA[] = {"call",   "callbacks", "wait",     "kill",     "alive", "revive",
                                   "storage", "base_url", "document", "now",      "lift_all", NULL};

static void wrap_for_tape(lua_State *L, struct mock_world *world, struct session *session) {
  tape_wrap(L, session, "runner.", DATA);
  mock_script_push_core(world);
  tape_wrap(L, session, "core.", NULL);
  lua_pop(L, 1);
}

static void push_profile(lua_State *L, const struct profile *profile) {
  lua_createtable(L, 0, 2);
  lua_pushstring(L, profile_api_name(profile->api));
  lua_setfield(L, -2, "api");
  lua_pushstring(L, profile_channel_name(profile->channel));
  lua_setfield(L, -2, "channel");
}

/* {seed, number, steps}; nil when the scenario is no property. */
static void push_history(lua_State *L, const struct history *history) {
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, (lua_Integer)history->seed);
  lua_setfield(L, -2, "seed");
  lua_pushinteger(L, history->number);
  lua_setfield(L, -2, "number");
  if (history->steps) mock_lua_push_json(L, history->steps);
  else lua_pushnil(L);
  lua_setfield(L, -2, "steps");
}

static void register_runner(lua_State *L, struct mock_world *world, struct session *session) {
  luaL_newlib(L, RUNNER);
  if (session && session->tape) wrap_for_tape(L, world, session);
  lua_newtable(L);
  lua_setfield(L, -2, "scenarios");
  if (session) mock_lua_push_json(L, session->testee->hello);
  else lua_newtable(L);
  lua_setfield(L, -2, "hello");
  if (session) push_profile(L, &session->testee->profile);
  else lua_newtable(L);
  lua_setfield(L, -2, "profile");
  lua_pushinteger(L, session ? (lua_Integer)session->config->seed : 1);
  lua_setfield(L, -2, "seed");
  if (session && session->history) push_history(L, session->history), lua_setfield(L, -2, "history");
  lua_setglobal(L, "runner");
}

static void guard_errors(lua_State *L) {
  lua_pushcfunction(L, guarded_pcall);
  lua_setglobal(L, "pcall");
  lua_pushcfunction(L, guarded_xpcall);
  lua_setglobal(L, "xpcall");
  if (lua_getglobal(L, "coroutine") == LUA_TTABLE) {
    lua_getfield(L, -1, "resume");
    lua_pushcclosure(L, guarded_resume, 1);
    lua_setfield(L, -2, "resume");
  }
  lua_pop(L, 1);
}

/* Suites are read-only; Lua has no const pointers. */
static void push_suite(lua_State *L, const struct suite *suite) {
  union {
    const void *shared;
    void *plain;
  } pointer = {.shared = suite};
  lua_pushlightuserdata(L, pointer.plain);
}

void primitives_register(lua_State *L, struct mock_world *world, const struct suite *suite,
                         struct session *session) {
  if (session) {
    lua_pushlightuserdata(L, session);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &SESSION_KEY);
    lua_newtable(L);
    session->callbacks_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  register_runner(L, world, session);
  guard_errors(L);
  lua_pushlightuserdata(L, world);
  push_suite(L, suite);
  lua_newtable(L);
  lua_getglobal(L, "require");
  lua_pushcclosure(L, suite_require, 4);
  lua_setglobal(L, "require");
}
