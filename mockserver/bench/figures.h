/** What mock-bench measures. */
#ifndef MOCK_BENCH_FIGURES_H
#define MOCK_BENCH_FIGURES_H

#include "base/buf.h"

/** Requests beside a bare handler, `rounds` times in turns of `seconds`: all kinds, or `only` this one (NULL = all). */
void figures_compare(int rounds, unsigned seconds, const char *only);
/** Cold start, memory and stop, `rounds` times; many worlds at once. */
void figures_alone(int rounds);
/**
 * Requests beside the mock servers that are installed in `folder` (peers/); cold start and memory; one-shot faults that many
 * requests meet. A peer that is not there is left out, and told.
 */
void figures_peers(const char *folder, int rounds, unsigned seconds);
/** A world with 2,000 rows (or --rows) of ten columns, and a where() of each rule that is asked and says no. */
extern const char FIGURES_SCRIPT[];
/** An upload of 50 updates of rows of ten columns. The caller's. */
struct base_buf figures_upload_body(void);
/** For a profiler: one kind of request ("small", "page", "fresh", "upload", "stored") for `seconds`. */
void figures_once(const char *kind, unsigned seconds);
/** For one that counts: so many requests of a kind to each of the two servers, one after the other. */
void figures_count(const char *kind, unsigned count);

#endif
