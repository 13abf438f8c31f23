/**
 * A Foundry that costs next to nothing: canned pages and echoed uploads on bare CivetWeb, in a process
 * of its own, so that neither its time nor its memory nor its instructions are counted as a client's.
 * The peers find the same records under /peers, without Foundry's protocol around them.
 */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "bench.h"

struct bench_load {
  unsigned services;   /**< "S0", "S1", ..., each with one object "R0", "R1", ... of ten columns */
  int64_t records;     /**< of each service */
  unsigned latency_ms; /**< before each answer */
  bool upload_cache;   /**< of the services (UPC-01) */
};

struct bench_server {
  struct bench_process process;
  unsigned port;
};

/** Start this program again as a server. Gives up when nothing can be served. */
struct bench_server bench_server_start(const struct bench_load *load);
/** End it; returns how many uploads and downloads it answered. */
int64_t bench_server_stop(struct bench_server *server);

/** What the program does as a server: serve until stdin ends. */
_Noreturn void bench_serve(const struct bench_load *load);

#endif
