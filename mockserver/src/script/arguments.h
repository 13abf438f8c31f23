/**
 * Arguments of the C primitives: numbers of services, objects and rules, checked at each use; JSON; functions.
 * Each raises a Lua error that names the argument.
 */
#ifndef MOCK_SCRIPT_ARGUMENTS_H
#define MOCK_SCRIPT_ARGUMENTS_H

#include "script/script.h"
#include "world/model.h"

struct rule;

struct mock_world *world_of(lua_State *L);
struct model_service *check_service(lua_State *L, int index);
struct model_object *check_object(lua_State *L, int index);
struct rule *check_rule(lua_State *L, int index);
/** The argument as JSON, freed by Lua; NULL for nil. `what` it is to the script: "insert(): the row". */
cJSON *check_json(lua_State *L, int index, const char *what);
/** A Lua function kept for the world's lifetime. */
int check_function(lua_State *L, int index);
/** Raise `err` when `status` is not 0. */
int check_status(lua_State *L, int status, const struct base_error *err);
/** Push a tree that becomes Lua's to free. */
int push_tree(lua_State *L, cJSON *tree);

#endif
