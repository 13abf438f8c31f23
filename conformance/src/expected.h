/**
 * Known deviations of a port: an array of {"scenario" or "rule", "reason", "link"}.
 *
 * A listed scenario that fails is a known deviation; one that passes is an error, so that the list never
 * grows stale.
 */
#ifndef CONFORMANCE_EXPECTED_H
#define CONFORMANCE_EXPECTED_H

#include <stdbool.h>

#include "base/error.h"
#include "result.h"

struct expected;

enum expected_error { EXPECTED_ERR_FILE = 1 };

/** Owns: *out, expected_free(). Fails: EXPECTED_ERR_FILE, naming file, entry and what is wrong */
int expected_load(const char *path, struct expected **out, struct base_error *err);
int expected_parse(const char *text, size_t len, struct expected **out, struct base_error *err);
/** Fails: EXPECTED_ERR_FILE for the first scenario that does not exist. */
int expected_check(const struct expected *expected, bool (*exists)(const void *context, const char *name),
                   const void *context, struct base_error *err);
void expected_free(struct expected *expected);
/** Change the result's outcome to known or unexpected, if the scenario is listed. `expected` may be NULL. */
void expected_apply(const struct expected *expected, const char *scenario, struct result *result);
/** Why a broken always-on rule is known, or NULL. Borrowed. */
const char *expected_rule(const struct expected *expected, const char *id);

#endif
