/** Does a fault that is to fire once fire once, when many requests meet it at the same moment? */
#ifndef MOCK_BENCH_RACE_H
#define MOCK_BENCH_RACE_H

enum { RACE_CONNECTIONS = 8 };

struct race {
  int twice, never; /**< rounds in which it fired more than once, or not at all */
};

/**
 * `rounds` times: GET `path` with the round's number behind it (from 1) over RACE_CONNECTIONS connections at once, and count the
 * answers that are 503. There is a fault for each of these addresses.
 */
struct race race_run(unsigned port, const char *path, int rounds);

#endif
