/** A scenario file in a world's Lua state: the runner's functions, the prelude, the file, one call. */
#ifndef CONFORMANCE_SCRIPT_H
#define CONFORMANCE_SCRIPT_H

#include "base/error.h"

struct mock_world;
struct session;
struct suite;
struct suite_file;

/** Load prelude and file. `session` may be NULL: the file is only read. Fails: MOCK_ERR_SCRIPT */
int script_load(struct mock_world *world, const struct suite *suite, struct session *session,
                const struct suite_file *file, struct base_error *err);
/** Run the definition at `place`, from 1. Fails: MOCK_ERR_SCRIPT */
int script_run(struct mock_world *world, int place, struct base_error *err);
/** After a definition that did not come to its end: judge the rules that are always on by what was seen, where the
 *  prelude has a function __judge for that. Fails: MOCK_ERR_SCRIPT */
int script_judge(struct mock_world *world, struct base_error *err);

#endif
