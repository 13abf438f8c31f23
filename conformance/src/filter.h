/** Which scenarios a command line asks for: one of each kind of filter that is given must match. */
#ifndef CONFORMANCE_FILTER_H
#define CONFORMANCE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "catalogue.h"
#include "options.h"
#include "suite.h"

enum filter_error { FILTER_ERR_NOTHING = 2 };

/** A name holds the text, or something that a pattern of fnmatch(3) matches. */
bool filter_matches(const struct options *options, const struct scenario *scenario);

/**
 * The scenarios that match, in the suite's order. A single --name that is a scenario's whole name asks for
 * that one alone.
 *
 * Owns:  *out is the caller's (free()), its elements are the suite's.
 * Fails: FILTER_ERR_NOTHING no scenario matches, or a requirement is asked for that does not exist
 */
int filter_select(const struct options *options, const struct suite *suite, const struct catalogue *catalogue,
                  const struct scenario *const **out, size_t *count, struct base_error *err);

#endif
