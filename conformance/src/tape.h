/**
 * What a session's script asked of the runner and the mock, and what it was told: written down, or played back.
 *
 * Every function that gives a script data (runner.call, the mock's primitives …) is wrapped. While it is recorded each call is
 * a line with its arguments and results, and each call of a Lua function that a rule or a wait holds is one where it happened.
 * While it is played the same script gets the same results, and its functions are called at the same places; checks are
 * no data: they are made and judged anew. Guarded by the world's lock.
 */
#ifndef CONFORMANCE_TAPE_H
#define CONFORMANCE_TAPE_H

#include <stdbool.h>
#include <stdint.h>

struct cJSON;
struct lua_State;
struct session;
struct tape;

/** A tape to write on; or one with these lines (owned from here on) to be played. */
struct tape *tape_new(struct cJSON *lines);
void tape_free(struct tape *tape);
bool tape_plays(const struct tape *tape);
/** What was written. Borrowed. */
const struct cJSON *tape_lines(const struct tape *tape);

/** Wrap the functions of the table on top of the stack; `prefix` stands before their names: "runner.". Those of `names` (ended
    by NULL), or, when that is NULL, all that are in C. */
void tape_wrap(struct lua_State *L, struct session *session, const char *prefix, const char *const *names);

/** The script is over: calls of functions are not written any more. */
void tape_stop(struct tape *tape);
void tape_start(struct tape *tape);
/** Add a line (owned from here on) of the session's own. */
void tape_add(struct tape *tape, struct cJSON *line);
/** Go on behind the next line of this kind, and give it; NULL when there is none. Borrowed. */
const struct cJSON *tape_find(struct tape *tape, const char *kind);
/** Is the next line of this kind? */
bool tape_is_at(const struct tape *tape, const char *kind);
/** The events of a line, for the session's timeline. */
void tape_take_events(struct session *session, const struct cJSON *line);
/** The place in the world's order at which a verdict fell: written, or read. */
uint64_t tape_now(struct tape *tape, uint64_t now);

#endif
