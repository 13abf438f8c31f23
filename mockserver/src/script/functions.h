/**
 * Calls of Lua functions that a script gave to a rule, on the thread of a request, under the world's
 * lock, in a coroutine of their own. They may use everything of the script but must not wait.
 * Fails: MOCK_ERR_SCRIPT with "file:line: message".
 */
#ifndef MOCK_SCRIPT_FUNCTIONS_H
#define MOCK_SCRIPT_FUNCTIONS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/json.h"

struct mock_world;

/** function(argument) -> boolean */
int script_predicate(struct mock_world *world, int function, const cJSON *argument, bool *out,
                     struct base_error *err);
/**
 * function(value, request): edits `value` in place or returns a new one; *value is replaced. When it
 * returns a string, *text gets that (the caller's) and *value stays: whatever text is to be sent.
 * `request` may be NULL.
 */
int script_edit(struct mock_world *world, int function, cJSON **value, char **text, const cJSON *request,
                struct base_error *err);
/** function(request) */
int script_action(struct mock_world *world, int function, const cJSON *request, struct base_error *err);

#endif
