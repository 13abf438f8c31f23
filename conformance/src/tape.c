#include "tape.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/utf8.h"
#include "foundrymock/mock.h"
#include "session.h"

struct tape {
  bool plays;
  bool stopped;
  bool inside;        /* a wrapped function is at work: what it calls itself is its own matter */
  cJSON *lines;
  const cJSON *next;  /* of those that are played */
  int functions;      /* Lua functions that were handed over so far: their numbers */
  int events;         /* of the session's timeline: how many are known to the tape */
  lua_Integer callbacks; /* of runner.callbacks(): how many were given out */
  uint64_t now;          /* of what was played: the last place in the world's order */
};

struct tape *tape_new(cJSON *lines) {
  struct tape *tape = calloc(1, sizeof *tape);
  if (!tape) return NULL;
  tape->plays = lines != NULL;
  tape->lines = lines ? lines : cJSON_CreateArray();
  tape->next = tape->lines->child;
  return tape;
}

void tape_free(struct tape *tape) {
  if (!tape) return;
  cJSON_Delete(tape->lines);
  free(tape);
}

bool tape_plays(const struct tape *tape) { return tape && tape->plays; }
const cJSON *tape_lines(const struct tape *tape) { return tape->lines; }
void tape_stop(struct tape *tape) { tape->stopped = true; }
void tape_start(struct tape *tape) { tape->stopped = false; }
void tape_add(struct tape *tape, cJSON *line) { cJSON_AddItemToArray(tape->lines, line); }

static bool is_kind(const cJSON *line, const char *kind) { return line && strcmp(line->child->string, kind) == 0; }

bool tape_is_at(const struct tape *tape, const char *kind) { return is_kind(tape->next, kind); }

const cJSON *tape_find(struct tape *tape, const char *kind) {
  const cJSON *line = tape->next;
  while (line && !is_kind(line, kind)) line = line->next;
  if (line) tape->next = line->next;
  return line;
}

uint64_t tape_now(struct tape *tape, uint64_t now) {
  if (tape->plays) {
    int64_t at = (int64_t)tape->now;
    if (!tape_is_at(tape, "now")) return tape->now;
    json_integer(tape->next->child, &at);
    tape->next = tape->next->next;
    return (uint64_t)at;
  }
  if (tape->inside || tape->stopped) return now;
  cJSON *line = cJSON_CreateObject();
  cJSON_AddItemToObject(line, "now", json_create_integer((int64_t)now));
  tape_add(tape, line);
  return now;
}

/* ---- values ---- */

/* JSON has no bytes: what is no UTF-8 is written with question marks. Such values are compared alone. */
static void mend_text(char *text) {
  if (!text || utf8_valid(text, strlen(text))) return;
  for (; *text; text++)
    if ((unsigned char)*text >= 0x80) *text = '?';
}

static void mend_texts(cJSON *value) {
  for (; value; value = value->next) {
    if (cJSON_IsString(value)) mend_text(value->valuestring);
    mend_text(value->string);
    mend_texts(value->child);
  }
}

/* The values from `first` to the stack's top. A function stands as {"function": number}, nil as null. */
static cJSON *values_from(lua_State *L, int first, int *functions) {
  cJSON *list = cJSON_CreateArray();
  int last = lua_gettop(L);
  for (int i = first; i <= last; i++) {
    struct base_error err = {0};
    cJSON *value = NULL;
    if (lua_isfunction(L, i)) {
      value = cJSON_CreateObject();
      cJSON_AddItemToObject(value, "function", json_create_integer(++*functions));
    } else if (lua_isnil(L, i)) value = cJSON_CreateNull();
    else value = mock_lua_read_json(L, i, &err);
    cJSON_AddItemToArray(list, value ? value : cJSON_CreateString(err.text));
  }
  mend_texts(list->child);
  return list;
}

static int push_values(lua_State *L, const cJSON *list) {
  const cJSON *value;
  int count = 0;
  luaL_checkstack(L, cJSON_GetArraySize(list) + 8, "a call has too many results");
  cJSON_ArrayForEach(value, list) {
    if (cJSON_IsNull(value)) lua_pushnil(L);
    else mock_lua_push_json(L, value);
    count++;
  }
  return count;
}

/* ---- events of the timeline ---- */

static void add_events(struct session *session, cJSON *line) {
  struct tape *tape = session->tape;
  int count = cJSON_GetArraySize(session->calls);
  if (tape->events < count) {
    cJSON *list = cJSON_AddArrayToObject(line, "events");
    for (int i = tape->events; i < count; i++)
      cJSON_AddItemToArray(list, cJSON_Duplicate(cJSON_GetArrayItem(session->calls, i), true));
  }
  tape->events = count;
}

static void forget_events(struct session *session) { session->tape->events = cJSON_GetArraySize(session->calls); }

void tape_take_events(struct session *session, const cJSON *line) {
  const cJSON *event;
  cJSON_ArrayForEach(event, json_find(line, "events")) {
    int64_t at = 0;
    cJSON_AddItemToArray(session->calls, cJSON_Duplicate(event, true));
    if (json_integer(json_find(event, "at"), &at) && (uint64_t)at > session->tape->now) session->tape->now = (uint64_t)at;
  }
}

/* ---- recording ---- */

static struct session *session_of(lua_State *L) { return lua_touserdata(L, lua_upvalueindex(1)); }

static void add_error(lua_State *L, cJSON *line) {
  const char *text = luaL_tolstring(L, -1, NULL);
  cJSON_AddStringToObject(line, "error", text);
  mend_texts(line->child);
  lua_pop(L, 1);
}

/* Upvalues: session, number, the function. */
static int recorded_function(lua_State *L) {
  struct session *session = session_of(L);
  struct tape *tape = session->tape;
  bool inside = tape->inside;
  int none = 0, count = lua_gettop(L);
  bool written = !tape->stopped;
  if (written) {
    cJSON *line = cJSON_CreateObject();
    cJSON_AddItemToObject(line, "enter", json_create_integer(lua_tointeger(L, lua_upvalueindex(2))));
    cJSON_AddItemToObject(line, "args", values_from(L, 1, &none));
    add_events(session, line);
    tape_add(tape, line);
  }
  tape->inside = false;
  lua_pushvalue(L, lua_upvalueindex(3));
  lua_insert(L, 1);
  int status = lua_pcall(L, count, LUA_MULTRET, 0);
  tape->inside = inside;
  if (written) {
    cJSON *line = cJSON_CreateObject();
    cJSON_AddItemToObject(line, "leave", json_create_integer(lua_tointeger(L, lua_upvalueindex(2))));
    if (status != LUA_OK) add_error(L, line);
    tape_add(tape, line);
    forget_events(session);
  }
  return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

/* Functions among the arguments are wrapped, with the numbers that values_from() gave them. */
static void wrap_functions(lua_State *L, int count, int number) {
  for (int i = 1; i <= count; i++) {
    if (!lua_isfunction(L, i)) continue;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushinteger(L, ++number);
    lua_pushvalue(L, i);
    lua_pushcclosure(L, recorded_function, 3);
    lua_replace(L, i);
  }
}

/* runner.callbacks() gives one growing list: what is new in it is written. */
static void add_callbacks(lua_State *L, struct tape *tape, cJSON *line) {
  struct base_error err = {0};
  cJSON *list = cJSON_AddArrayToObject(line, "results");
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  while (tape->callbacks < count) {
    lua_rawgeti(L, -1, ++tape->callbacks);
    cJSON_AddItemToArray(list, mock_lua_read_json(L, -1, &err));
    lua_pop(L, 1);
  }
}

static bool is_callbacks(const char *name) { return strcmp(name, "runner.callbacks") == 0; }

static void add_outcome(lua_State *L, struct session *session, cJSON *line, int status, bool was_over) {
  int none = 0;
  if (status != LUA_OK) add_error(L, line);
  else if (is_callbacks(line->child->valuestring)) add_callbacks(L, session->tape, line);
  else cJSON_AddItemToObject(line, "results", values_from(L, 1, &none));
  add_events(session, line);
  if (!was_over && session->over) {
    cJSON_AddStringToObject(line, "outcome", outcome_row(session->result->outcome)->word);
    cJSON_AddStringToObject(line, "reason", session->result->reason);
  }
}

static int call_through(lua_State *L) {
  int count = lua_gettop(L);
  lua_pushvalue(L, lua_upvalueindex(3));
  lua_insert(L, 1);
  lua_call(L, count, LUA_MULTRET);
  return lua_gettop(L);
}

/* Upvalues: session, name, the function. */
static int recorded_call(lua_State *L) {
  struct session *session = session_of(L);
  struct tape *tape = session->tape;
  if (tape->inside || tape->stopped) return call_through(L);
  int count = lua_gettop(L), number = tape->functions;
  bool was_over = session->over;
  cJSON *line = cJSON_CreateObject();
  cJSON_AddStringToObject(line, "call", lua_tostring(L, lua_upvalueindex(2)));
  cJSON_AddItemToObject(line, "args", values_from(L, 1, &tape->functions));
  wrap_functions(L, count, number);
  forget_events(session);
  tape->inside = true;
  lua_pushvalue(L, lua_upvalueindex(3));
  lua_insert(L, 1);
  int status = lua_pcall(L, count, LUA_MULTRET, 0);
  tape->inside = false;
  add_outcome(L, session, line, status, was_over);
  tape_add(tape, line);
  return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

/* ---- playing ---- */

static const char FUNCTIONS = 0; /* its address is the registry's key: number -> function */

/* Functions among the arguments get the next numbers. */
static void keep_functions(lua_State *L, int count, int *number) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &FUNCTIONS) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &FUNCTIONS);
  }
  for (int i = 1; i <= count; i++) {
    if (!lua_isfunction(L, i)) continue;
    lua_pushvalue(L, i);
    lua_rawseti(L, -2, ++*number);
  }
  lua_pop(L, 1);
}

static int64_t line_number(const cJSON *line) {
  int64_t number = 0;
  json_integer(json_find(line, "line"), &number);
  return number;
}

/* The script is not the one that was recorded, or it took another way: the session ends. Pushes the sentence to raise. */
static int part_ways(lua_State *L, struct session *session, const char *asked, const cJSON *line) {
  char reason[400];
  bool verdict = is_kind(line, "now") || is_kind(line, "over"); /* the recorded script got no further */
  bool cut = verdict && cJSON_GetArraySize(session->result->findings) > 0;
  CLEANUP(free_text) char *args = line ? json_print(json_find(line, "args")) : NULL;
  if (cut) snprintf(reason, sizeof reason, "a check that only warns now ended the recorded run here: record it with less --strict");
  else if (!line) snprintf(reason, sizeof reason, "the script asks for %.200s where the recording has ended", asked);
  else
    snprintf(reason, sizeof reason, "the script asks for %.150s where line %lld of the recording has %s %s %.120s", asked,
             (long long)line_number(line), line->child->string,
             cJSON_IsString(line->child) ? line->child->valuestring : "", args ? args : "");
  session_end(session, cut ? OUTCOME_SKIPPED : OUTCOME_ERROR, reason);
  lua_pushstring(L, reason);
  return 1;
}

/* A function that was called at this place: by a rule on a request's thread, or by a wait. */
static void play_function(lua_State *L, struct session *session) {
  struct tape *tape = session->tape;
  const cJSON *line = tape->next;
  int64_t number = 0;
  json_integer(line->child, &number);
  tape_take_events(session, line);
  tape->next = line->next;
  int top = lua_gettop(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &FUNCTIONS);
  if (!lua_istable(L, -1) || lua_rawgeti(L, -1, number) != LUA_TFUNCTION)
    part_ways(L, session, "no function of that number", line), lua_error(L);
  int status = lua_pcall(L, push_values(L, json_find(line, "args")), 0, 0);
  if (session->over && status != LUA_OK) lua_error(L);
  if (!tape_is_at(tape, "leave")) part_ways(L, session, "the end of a function", tape->next), lua_error(L);
  tape->next = tape->next->next;
  lua_settop(L, top);
}

static int play_callbacks(lua_State *L, struct session *session, const cJSON *line) {
  const cJSON *item;
  lua_rawgeti(L, LUA_REGISTRYINDEX, session->callbacks_ref);
  cJSON_ArrayForEach(item, json_find(line, "results")) {
    mock_lua_push_json(L, item);
    lua_rawseti(L, -2, ++session->tape->callbacks);
  }
  return 1;
}

static int play_outcome(lua_State *L, struct session *session, const cJSON *line) {
  const char *error = json_find_string(line, "error"), *outcome = json_find_string(line, "outcome");
  const char *reason = json_find_string(line, "reason");
  tape_take_events(session, line);
  if (outcome && !session->over) {
    session->over = true;
    result_end(session->result, outcome_find(outcome), reason ? reason : "");
  }
  if (error) {
    lua_pushstring(L, error);
    return lua_error(L);
  }
  if (is_callbacks(line->child->valuestring)) return play_callbacks(L, session, line);
  return push_values(L, json_find(line, "results"));
}

/* Is this call the one of the line? If not, the session has ended, and the sentence to raise is on the stack's top. */
static bool is_asked_for(lua_State *L, struct session *session, const char *name, int functions, const cJSON *line) {
  CLEANUP(json_free) cJSON *args = values_from(L, 1, &functions);
  if (is_kind(line, "call") && strcmp(line->child->valuestring, name) == 0 && json_equal(json_find(line, "args"), args))
    return true;
  char asked[200];
  CLEANUP(free_text) char *text = json_print(args);
  snprintf(asked, sizeof asked, "%s %.150s", name, text ? text : "");
  part_ways(L, session, asked, line);
  return false;
}

/* Upvalues: session, name. */
static int played_call(lua_State *L) {
  struct session *session = session_of(L);
  struct tape *tape = session->tape;
  const char *name = lua_tostring(L, lua_upvalueindex(2));
  int number = tape->functions;
  if (session->over && !session->aftermath) return luaL_error(L, "the scenario is over");
  keep_functions(L, lua_gettop(L), &tape->functions);
  while (tape_is_at(tape, "enter")) play_function(L, session);
  const cJSON *line = tape->next;
  if (!is_asked_for(L, session, name, number, line)) return lua_error(L);
  tape->next = line->next;
  return play_outcome(L, session, line);
}

/* ---- wrapping ---- */

/* The function of that name in the table on top. */
static void wrap_one(lua_State *L, struct session *session, const char *prefix, const char *name) {
  lua_pushlightuserdata(L, session);
  lua_pushfstring(L, "%s%s", prefix, name);
  lua_getfield(L, -3, name);
  lua_pushcclosure(L, session->tape->plays ? played_call : recorded_call, 3);
  lua_setfield(L, -2, name);
}

/* They compute, and tell nothing of the world. */
static bool is_pure(const char *name) {
  static const char *const NAMES[] = {"encode", "decode", "publish", "made"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    if (strcmp(NAMES[i], name) == 0) return true;
  return false;
}

/* A table must not be changed while it is walked: its names first. */
static void wrap_all(lua_State *L, struct session *session, const char *prefix) {
  lua_newtable(L);
  lua_Integer count = 0;
  lua_pushnil(L);
  while (lua_next(L, -3)) {
    if (lua_type(L, -2) == LUA_TSTRING && lua_iscfunction(L, -1) && !is_pure(lua_tostring(L, -2))) {
      lua_pushvalue(L, -2);
      lua_rawseti(L, -4, ++count);
    }
    lua_pop(L, 1);
  }
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    const char *name = lua_tostring(L, -1);
    lua_pushvalue(L, -3);
    wrap_one(L, session, prefix, name);
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
}

void tape_wrap(lua_State *L, struct session *session, const char *prefix, const char *const *names) {
  if (!names) wrap_all(L, session, prefix);
  else
    for (; *names; names++) wrap_one(L, session, prefix, *names);
}
