/** What `foundrycheck list` and `foundrycheck requirements` print: text for a reader, or JSON. Pure. */
#ifndef CONFORMANCE_LISTING_H
#define CONFORMANCE_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "catalogue.h"
#include "suite.h"

void listing_scenarios(struct base_buf *out, const struct scenario *const *scenarios, size_t count, bool json);

/** Each requirement with the scenarios of the list that cover it. */
void listing_requirements(struct base_buf *out, const struct catalogue *catalogue,
                          const struct scenario *const *scenarios, size_t count, bool json);

#endif
