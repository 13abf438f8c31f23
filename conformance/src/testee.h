/**
 * One testee: a process that speaks the testee protocol on its standard input and output.
 *
 * A thread of its own does all reading and writing, so a caller never blocks on a pipe. What comes is
 * put into order and checked: a callback's seq goes up by one, an answer belongs to a call, a message
 * keeps its schema. The first thing that is wrong becomes the testee's *fault* and stays it; whoever
 * waits is woken.
 *
 * Lock order: the listener's own lock (a world's) is taken before the testee's, never the other way: the
 * testee calls its listener with none of its locks held but the one that guards the listener itself.
 */
#ifndef CONFORMANCE_TESTEE_H
#define CONFORMANCE_TESTEE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "process.h"

struct testee;
struct trace;
struct cJSON;

enum testee_error { TESTEE_ERR_START = 1, TESTEE_ERR_HELLO };

enum { TESTEE_LINE_MAX = 64 * 1024 * 1024, TESTEE_MESSAGES_MAX = 200 * 1000 };

struct testee_config {
  struct process_words command; /**< borrowed while the testee lives */
  struct trace *trace;          /**< or NULL */
  size_t line_max;              /**< bytes of one line; 0 = TESTEE_LINE_MAX */
  unsigned messages_max;        /**< messages of one scenario; 0 = TESTEE_MESSAGES_MAX */
  const volatile sig_atomic_t *stop; /**< not 0: the run is to end, nobody waits for a testee any more; may be NULL */
};

/** Whom to tell that something came. Both functions are called from the testee's thread. */
struct testee_listener {
  uint64_t (*now)(void *context); /**< the order number for a callback that just came */
  void (*wake)(void *context);
  void *context;
};

enum testee_fault {
  TESTEE_FINE,
  TESTEE_KILLED,  /**< by testee_kill() */
  TESTEE_CRASHED, /**< it ended by itself */
  TESTEE_RUBBISH, /**< it broke the protocol */
  TESTEE_FLOOD    /**< more than the limits allow */
};

/** Owns: *out is the caller's, released with testee_stop(). Fails: TESTEE_ERR_START */
int testee_start(const struct testee_config *config, struct testee **out, struct base_error *err);
/**
 * Say bye, wait up to `patience_ms` for the end, then kill. Returns false, with a sentence, when a
 * testee that was fine until then did not end with status 0. `testee` may be NULL.
 */
bool testee_stop(struct testee *testee, int64_t patience_ms, char problem[256]);

/** From now on tell `listener`; NULL = nobody. Never call it with the listener's lock held. */
void testee_listen(struct testee *testee, const struct testee_listener *listener);
/** A new scenario begins: old callbacks, log and counts are forgotten. */
void testee_begin(struct testee *testee);

/** Send one call; returns its id. `params` is borrowed, NULL = {}. */
uint64_t testee_send(struct testee *testee, const char *method, const struct cJSON *params);

enum testee_answer {
  TESTEE_PENDING,
  TESTEE_RESULT, /**< *out is the result, the caller's */
  TESTEE_ERROR   /**< *out is the JSON-RPC error object, the caller's */
};
/** The answer to call `id`, once; `at` (may be NULL): when it came, by the listener's order. */
enum testee_answer testee_take_answer(struct testee *testee, uint64_t id, struct cJSON **out, uint64_t *at);
/** The next callback {seq, sync|cancel, kind, payload, at}, the caller's; NULL = none. */
struct cJSON *testee_take_callback(struct testee *testee);

/** Wait until something comes, or (false) CLOCK_MONOTONIC reaches `until_ms` or the run is to end. Without listener. */
bool testee_wait(struct testee *testee, int64_t until_ms);
/** testee_send(), testee_wait() and testee_take_answer() in one; PENDING = nothing came in time. */
enum testee_answer testee_call(struct testee *testee, const char *method, const struct cJSON *params,
                               int64_t patience_ms, struct cJSON **out);
/**
 * The first call. Owns: *out, the result, is the caller's.
 * Fails: TESTEE_ERR_HELLO: it ended, printed rubbish, refused, or did not answer in time
 */
int testee_hello(struct testee *testee, int64_t patience_ms, struct cJSON **out, struct base_error *err);

enum testee_fault testee_fault(struct testee *testee, char text[256]);
bool testee_alive(struct testee *testee);
/** SIGKILL. It is dead when testee_alive() says so; the listener is told. Threads: any. */
void testee_kill(struct testee *testee);
/** Its last lines on standard error, the caller's. */
struct cJSON *testee_log(struct testee *testee);

#endif
