/**
 * A schedule written as a scenario in Lua, step by step as it is played: what a finding becomes, so that every port
 * can be asked the same. Nothing is written unless FUZZ_SCENARIO names a file or FUZZ_TELL is set (standard error).
 * Moments inside the engine have no name in a scenario: an edit during a sync comes behind it, a crash comes when the
 * next request arrives or was stored.
 */
#ifndef FUZZ_SCHEDULE_LUA_H
#define FUZZ_SCHEDULE_LUA_H

#include <stdbool.h>
#include <stdio.h>

#include "schedule_server.h"

struct schedule_lua {
  FILE *file;    /* NULL: nothing is written */
  bool crashing; /* the next sync ends with its process */
  bool stored;   /* once a request was stored, else when it arrives */
  long places[SCHEDULE_PLAN]; /* where the lines of the last faults begin; 0: there is none */
};

enum lua_edit { LUA_CREATE, LUA_CHANGE, LUA_DEFER, LUA_DELETE };

void lua_begin(struct schedule_lua *lua, const char *server_script);
/** The checks of the end; then the file is whole, whatever the target says of them. */
void lua_end(struct schedule_lua *lua);
void lua_done(struct schedule_lua *lua);

void lua_line(struct schedule_lua *lua, const char *line);
/** `team` is an entity, -1: none. */
void lua_edit(struct schedule_lua *lua, enum lua_edit edit, const char *object, int entity, const char *name, int team);
void lua_server(struct schedule_lua *lua, int object, int entity, const char *name);
/** Of the next requests, each by its place. */
void lua_faults(struct schedule_lua *lua, const enum schedule_fault plan[SCHEDULE_PLAN]);
/** So many requests came: the other faults become comments, because a rule that never fires is an error. */
void lua_met(struct schedule_lua *lua, size_t requests);
/** `object` "": the service. */
void lua_sync(struct schedule_lua *lua, const char *object, const char *type, int up, int down, bool preserve);
/** The process ends in the sync that comes next. */
void lua_crash(struct schedule_lua *lua, bool stored);

#endif
