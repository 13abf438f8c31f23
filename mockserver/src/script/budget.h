/**
 * What a call of a script may take: memory, and work.
 *
 * Always true: work is counted in instructions. Those of Lua's own machine are counted by a hook, which does not see the
 * inside of a C function: so whatever in C can take longer than its size in memory is counted by that function itself
 * (budget_charge()), and each byte that is allocated counts as well. Beyond the limit every instruction fails, so that
 * a script's own pcall() cannot swallow the end, and no large block is given any more.
 */
#ifndef MOCK_SCRIPT_BUDGET_H
#define MOCK_SCRIPT_BUDGET_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

struct script;

/** The state's allocator; `context` is the script. */
void *budget_allocate(void *context, void *block, size_t old_size, size_t size);
/** Count from zero on, in this thread of the state and those that it makes. */
void budget_start(lua_State *L);
/** So much work is about to be done, or was. Raises a Lua error beyond the limit. */
void budget_charge(lua_State *L, lua_Unsigned instructions);
/** The script went beyond it: nothing of it is to run any more. */
bool budget_is_over(const struct script *script);
/** Push the reason why a block was not given. */
void budget_push_refusal(lua_State *L);

#endif
