/**
 * The Lua state of a world: sandbox, budgets, the language's server side.
 *
 * Always true: every call runs protected (an error outside a protected call would end the process);
 * what they may take of memory and work is bounded (budget.h), and beyond it they end with an error.
 */
#ifndef MOCK_SCRIPT_SCRIPT_H
#define MOCK_SCRIPT_SCRIPT_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"

struct mock_world;
struct journal_entry;

struct script {
  struct mock_world *world;
  lua_State *L;
  lua_State *rules; /**< coroutine for the functions of rules */
  size_t memory;
  size_t live; /**< of that: what was left when budget.c last collected */
  int64_t instructions; /**< since the last call or wait */
  int64_t limit;        /**< of those: MOCK_SCRIPT_INSTRUCTIONS, in tests less */
  bool in_rule;
  int function; /**< reference of the rule's function that runs, 0 = none */
  bool failing; /**< its error is being described, unprotected: that gets what memory it needs */
  const struct journal_entry *request; /**< that the function of a rule was called for, or NULL */
};

int script_open(struct mock_world *world, struct base_error *err);
void script_close(struct mock_world *world);
struct script *script_of(lua_State *L);

/** Adds the table of C functions that the Lua layer is made of, and pushes it. */
void script_push_core(lua_State *L);
/** Adds those of the protocol to the table on top. */
void script_add_protocol(lua_State *L);
/** And those of rules. */
void script_add_rules(lua_State *L);
/** And those of the inspector. */
void script_add_inspect(lua_State *L);
/** The libraries that a script may use, without what leads outside or escapes the budgets. */
void script_open_libraries(lua_State *L);
/** string.find, match, gmatch, gsub, in the table on top of the stack: what a pattern does is counted. */
void script_add_patterns(lua_State *L);
/** Protected call on `L` with traceback; the message goes to `err`. */
int script_protected(lua_State *L, int args, int results, struct base_error *err);
/**
 * Protected call of `function` with `context` as light userdata, in the coroutine of the rules: the script's own stack
 * may be in the middle of a wait. It has a budget of instructions of its own and must not wait.
 */
int script_run_aside(struct mock_world *world, lua_CFunction function, void *context, struct base_error *err);
/** What script_push_request() needs. */
void script_add_requests(lua_State *L);
/** Push a request of the journal: a table whose members are made when they are looked at. */
void script_push_request(lua_State *L, const struct journal_entry *entry);
/** If the table at `index` is such a one: make what is missing, so that it is a table like every other. */
void script_complete_request(lua_State *L, int index);
/** A cJSON tree that Lua's garbage collector frees: *box is NULL until it is filled. */
cJSON **script_box(lua_State *L);
/** Raise `err` as a Lua error with the script's position. */
int script_raise(lua_State *L, const struct base_error *err);

/** The embedded Lua layer: texts and their names, ended by a NULL name. */
struct script_source {
  const char *file; /**< "rule" */
  const char *name; /**< of the chunk: "=mock/rule.lua" */
  const unsigned char *text;
  size_t len;
};
extern const struct script_source SCRIPT_SOURCES[]; /**< run when a world is opened */
extern const struct script_source SCRIPT_LATER[];   /**< run when somebody wants what they have: core.load() */

#endif
