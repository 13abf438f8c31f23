/**
 * A Foundry that costs next to nothing: canned pages on bare CivetWeb, in a process of its own, so that
 * neither its time nor its memory is counted as the engine's. It knows downloads only.
 */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { BENCH_PAGE = 500 };

struct bench_server {
  pid_t pid;
  int stop_fd;   /**< closing it ends the process */
  int tell_fd;   /**< it tells its port, and at the end its downloads */
  unsigned port;
};

struct bench_load {
  unsigned services;  /**< "S0", "S1", ..., each with one object "R0", "R1", ... of ten columns */
  int64_t records;    /**< of each service */
  unsigned latency_ms; /**< before each answer */
};

/** Fork and serve. Returns 0, or -1 when nothing can be served. */
int bench_server_start(const struct bench_load *load, struct bench_server *out);
/** End the process; returns how many downloads it answered. */
int64_t bench_server_stop(struct bench_server *server);

/** Columns of record `i`: the same values as the pages', for the floors. */
void bench_record_json(char *out, size_t size, int64_t i, int64_t *len);

#endif
