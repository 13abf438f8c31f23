/**
 * A property: a scenario that is run for many random histories, each in a session of its own.
 *
 * A history is a list of steps that the script makes from its seed. The first one that is not good ends the property: it
 * is run again with fewer and fewer steps while it fails in the same way (shrink.h), and the shortest is the result.
 * History number n depends on the run's seed, the property's name and n alone.
 */
#ifndef CONFORMANCE_PROPERTY_H
#define CONFORMANCE_PROPERTY_H

#include <stdbool.h>

#include "session.h"

/** Is this scenario a property? */
bool property_is(const struct scenario *scenario);
/** Run its histories. `out` gets what came of the one that broke, or of all. */
void property_run(const struct session_config *config, const struct scenario *scenario,
                  struct session_testee *testee, unsigned number, struct result *out);

#endif
