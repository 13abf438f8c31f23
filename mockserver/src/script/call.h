/**
 * Calls of the mock's own Lua layer from C, under the world's lock.
 */
#ifndef MOCK_SCRIPT_CALL_H
#define MOCK_SCRIPT_CALL_H

#include "base/error.h"
#include "base/json.h"

struct mock_world;

/**
 * Call the function `name` of the table that the files of mockserver/lua share, with `argument`. A text that it
 * returns goes to *text (may be NULL), the caller's.
 * Fails: MOCK_ERR_SCRIPT
 */
int script_call(struct mock_world *world, const char *name, const cJSON *argument, char **text, struct base_error *err);

#endif
