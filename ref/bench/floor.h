/**
 * What nobody who stores the same records durably can go below: SQLite, libcurl and nothing between.
 * Records, statements and connections are ready when the clock starts.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stdint.h>

#include "samples.h"

/** Upserts with one prepared statement, a transaction for each page, WAL, synchronous=NORMAL; seconds. */
double floor_download(const struct sample *samples, int64_t count);

/**
 * The log into requests of `batch` records that the server on `port` answers, and for each answer one
 * transaction: log entries go, rows are upserted. Answers are received, not read. Seconds.
 */
double floor_upload(unsigned port, const struct sample *samples, int64_t count, int64_t batch);

#endif
