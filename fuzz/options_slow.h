/** A second reading of the options that have a simple rule, straight from the requirements and not from the table. */
#ifndef FUZZ_OPTIONS_SLOW_H
#define FUZZ_OPTIONS_SLOW_H

#include "base/json.h"
#include "core/options.h"

/** `json` is the object that the options of one service were read from, or NULL. What differs is broken. */
void slow_check_options(const cJSON *json, const struct vmx_scope_service *scope, const struct vmx_service_options *options);

#endif
