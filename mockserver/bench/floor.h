/** The least that a server has to do with an upload that is answered record by record. */
#ifndef MOCK_BENCH_FLOOR_H
#define MOCK_BENCH_FLOOR_H

#include "base/buf.h"

/**
 * Read the body strictly, keep a copy of each record in a hash table in memory, in the place of an older one of its key,
 * and append the answer: a result for each record. No script, no journal, no model, no conflicts.
 *
 * Threads: any.
 */
void floor_upload(const char *body, size_t len, struct base_buf *out);

#endif
