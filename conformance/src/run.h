/**
 * Many scenarios at a time: threads that each keep one testee, and a queue of scenarios.
 *
 * Scenarios that let a client time out (tag "hang") go first, because the run lasts at least as long as
 * the longest of them; a shuffled run begins them in an order that its seed makes. Results are told in the suite's order whatever the order of their ends.
 */
#ifndef CONFORMANCE_RUN_H
#define CONFORMANCE_RUN_H

#include <signal.h>

#include "session.h"

struct run_config {
  struct session_config session;
  const struct scenario *const *scenarios;
  size_t count;
  unsigned threads, repeat;
  bool until_fail;             /**< a round that is not good is the last one */
  bool shuffle;
  volatile sig_atomic_t *stop; /**< not 0: begin nothing more; may be NULL */
  /** One scenario is done, all its rounds; called in order, from one thread at a time. */
  void (*done)(void *context, size_t i, struct result *result);
  void *context;
};

/**
 * Run them all. `first` is a testee that was started already; all are stopped at the end. results[count]
 * are filled. `problem` is a sentence when a testee did not end well, "" otherwise.
 */
void run_all(const struct run_config *config, struct session_testee *first, struct result *results,
             char problem[256]);

#endif
