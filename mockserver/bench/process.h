/** Programs that are measured. */
#ifndef MOCK_BENCH_PROCESS_H
#define MOCK_BENCH_PROCESS_H

#include <stdio.h>
#include <sys/types.h>

struct process {
  pid_t pid;
  unsigned port;
  char base[256]; /**< the path in front of /services, "/w/mock" */
  FILE *output;
};

/** Start foundry-mock with these arguments (NULL-ended) and wait for the line with its URL. */
struct process process_mock(const char *const *arguments);
/** Start the bare handler: it serves `answers` (bare.h). */
struct process process_bare(const char *const answers[3]);
/** Ask it to end, and wait until it has. Returns the seconds that took. */
double process_stop(struct process *process);
/** Seconds of processor time that it has used. */
double process_cpu_s(const struct process *process);
/** Resident memory in KiB. */
long process_resident_kib(const struct process *process);

#endif
