/**
 * `foundrycheck doctor`: a few probes of an adapter against a small Foundry, before any verdict. Each one
 * proves something that every scenario relies on, and says in a sentence what is wrong.
 */
#ifndef CONFORMANCE_DOCTOR_H
#define CONFORMANCE_DOCTOR_H

#include <stdbool.h>

#include "session.h"

struct cJSON;

/**
 * Run the probes in their order, up to the first that fails: an array of {probe, ok, message}, the
 * caller's. `config->suite` and `config->catalogue` are not needed.
 */
struct cJSON *doctor_examine(const struct session_config *config);
bool doctor_is_well(const struct cJSON *probes);

#endif
