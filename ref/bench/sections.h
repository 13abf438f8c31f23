/**
 * What vmx-bench measures. Each section prints its figures under a heading.
 */
#ifndef BENCH_SECTIONS_H
#define BENCH_SECTIONS_H

#include <stdint.h>

struct bench_settings {
  int rounds;
  int64_t records;      /**< of a download */
  int64_t many;         /**< of the download whose memory is watched */
  int64_t edits;        /**< of an upload */
  int64_t peer_records; /**< pulled and pushed by each peer */
  const char *peers;    /**< folder with the peers' programs and packages, or NULL */
};

/** The engine beside its floors. */
void bench_engine(const struct bench_settings *settings);

/** The engine beside other sync engines, each in a process of its own. */
void bench_peers(const struct bench_settings *settings);

/** For a profiler: `what` ("download", "upload", "upsert") over `records`, with no rounds and no words. */
void bench_once(const char *what, int64_t records);

/** Tell by how many KiB the resident memory grows, at its highest, over a sync with the server on `port`. */
void bench_watch(unsigned port);

#endif
