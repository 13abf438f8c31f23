/**
 * The functions of the runner inside a scenario's Lua state: the global table `runner`, on which the
 * prelude builds the language of scenarios. conformance/README.md lists them.
 *
 * The calls that may wait do so on the world's condition, lock released; they belong to the scenario's
 * own thread, and raise an error when a rule's function calls them.
 */
#ifndef CONFORMANCE_PRIMITIVES_H
#define CONFORMANCE_PRIMITIVES_H

struct lua_State;
struct mock_world;
struct session;
struct suite;

/**
 * Register `runner`, `require` for the suite's modules, and pcall, xpcall and coroutine.resume that let
 * the end of a session through. `session` is NULL while a file is only read: each function then says so.
 */
void primitives_register(struct lua_State *L, struct mock_world *world, const struct suite *suite,
                         struct session *session);

#endif
