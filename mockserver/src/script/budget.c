#include "script/budget.h"

#include <lauxlib.h>
#include <stdlib.h>

#include "script/script.h"
#include "world/world.h"

enum { HOOK_EVERY = 10000, LARGE = 4096 /* bytes */, BYTES_PER_INSTRUCTION = 32 };

static const char TOO_LONG[] = "ran %I instructions without waiting for anything";

bool budget_is_over(const struct script *script) {
  return script->instructions > script->limit;
}

/* Saturates. */
static void count(struct script *script, lua_Unsigned instructions) {
  const lua_Unsigned room = (lua_Unsigned)(INT64_MAX - script->instructions);
  script->instructions += (int64_t)(instructions < room ? instructions : room);
}

/* ---- memory ---- */

static bool may_grow(const struct script *script, size_t by) {
  if (script->failing) return true;
  return script->memory + by <= MOCK_SCRIPT_MEMORY && (by <= LARGE || !budget_is_over(script));
}

void *budget_allocate(void *context, void *block, size_t old_size, size_t size) {
  struct script *script = context;
  if (!block) old_size = 0; /* Lua passes a type's number here */
  if (size == 0) {
    script->memory -= old_size;
    free(block);
    return NULL;
  }
  if (size > old_size) {
    if (!may_grow(script, size - old_size)) return NULL;
    count(script, size / BYTES_PER_INSTRUCTION);
  }
  void *fresh = realloc(block, size);
  if (fresh) script->memory = script->memory - old_size + size;
  return fresh;
}

void budget_push_refusal(lua_State *L) {
  if (budget_is_over(script_of(L))) lua_pushfstring(L, TOO_LONG, (LUAI_UACINT)script_of(L)->limit);
  else lua_pushfstring(L, "not enough memory: a world's scripts may take %d MiB", (int)(MOCK_SCRIPT_MEMORY / 1024 / 1024));
}

/* A small heap is collected when it has grown to the fourfold: what the rules of a request leave there is little, and to go
   over what stays costs more. A large one when it has doubled: there has to be room for it. */
static void set_pace(lua_State *L) {
  enum { SMALL = MOCK_SCRIPT_MEMORY / 16, SELDOM = 400, OFTEN = 200 /* percent */ };
  lua_gc(L, LUA_GCINC, script_of(L)->memory < SMALL ? SELDOM : OFTEN, 0, 0);
}

/* ---- work ---- */

/* The message stands on top of the stack, its place included. */
static void end_script(lua_State *L) {
  lua_pushfstring(L, TOO_LONG, (LUAI_UACINT)script_of(L)->limit);
  lua_concat(L, 2);
  lua_error(L);
}

static void count_instructions(lua_State *L, lua_Debug *record) {
  struct script *script = script_of(L);
  count(script, HOOK_EVERY);
  set_pace(L);
  if (!budget_is_over(script)) return;
  lua_sethook(L, count_instructions, LUA_MASKCOUNT, 1);
  lua_getinfo(L, "Sl", record);
  lua_pushfstring(L, "%s:%d: ", record->short_src, record->currentline);
  end_script(L);
}

/* Lua collects when its heap has doubled, and its text buffers fail before that: what a call left behind is not the next one's. */
static void make_room(lua_State *L) {
  struct script *script = script_of(L);
  if (script->memory < MOCK_SCRIPT_MEMORY / 2 || script->memory < script->live + MOCK_SCRIPT_MEMORY / 8) return;
  lua_gc(L, LUA_GCCOLLECT, 0);
  script->live = script->memory;
}

void budget_start(lua_State *L) {
  make_room(L);
  set_pace(L);
  script_of(L)->instructions = 0;
  lua_sethook(L, count_instructions, LUA_MASKCOUNT, HOOK_EVERY);
}

void budget_charge(lua_State *L, lua_Unsigned instructions) {
  struct script *script = script_of(L);
  count(script, instructions);
  if (!budget_is_over(script)) return;
  lua_sethook(L, count_instructions, LUA_MASKCOUNT, 1);
  luaL_where(L, 1);
  end_script(L);
}

void mock_script_waited(struct mock_world *world) {
  world->script->instructions = 0;
}
