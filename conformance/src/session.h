/**
 * One scenario at work: its world, its Lua state, the testee, and the result that grows.
 *
 * Everything here is guarded by the world's lock. The session is *over* from the moment an outcome ends
 * it; each primitive looks first and raises again, so that no script can catch its own end.
 */
#ifndef CONFORMANCE_SESSION_H
#define CONFORMANCE_SESSION_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalogue.h"
#include "judge.h"
#include "profile.h"
#include "result.h"
#include "suite.h"
#include "testee.h"

struct mock_server;
struct recording;
struct tape;
struct mock_world;
struct cJSON;

/** What all scenarios of a run share; read-only while it runs. */
struct session_config {
  const struct catalogue *catalogue;
  const struct suite *suite;
  struct mock_server *server;
  struct testee_config testee;
  const struct profile *profile; /**< what the run is judged by: each process has to be that; NULL = not known yet */
  enum judge_strictness strictness;
  uint64_t seed;       /**< of random scenarios */
  unsigned histories;  /**< how many of each property; 0 = as many as it says */
  const char *save_failures; /**< folder of scenarios for the histories that break; NULL = none */
  int64_t limit_ms;    /**< inactivity after which the testee counts as hung */
  const volatile sig_atomic_t *stop; /**< not 0: the run is to end; may be NULL */
  const char *storage; /**< the run's own folder */
  struct recording *recording; /**< where sessions are written, or read when `plays`; NULL = neither */
  bool plays;          /**< a recorded run is judged again: there is no testee */
  bool keep;           /**< storage stays */
};

/** A testee with what it said about itself. One worker's. */
struct session_testee {
  struct testee *testee; /**< NULL = to be started */
  struct cJSON *hello;
  struct profile profile;
};

/** One history of a property (property.h): what the script is to do, and what it told of it. */
struct history {
  uint64_t seed;
  unsigned number;     /**< of the property's, from 1 */
  unsigned tries;      /**< sessions that were opened for it */
  struct cJSON *steps; /**< these and no others; NULL = the script makes them from the seed */
  struct cJSON *told;  /**< the steps that were done, or NULL; owned */
  char *text;          /**< a scenario that does the same, or NULL; owned */
};

struct session {
  const struct session_config *config;
  const struct scenario *scenario;
  struct session_testee *testee;
  struct mock_world *world;
  struct result *result;
  struct tape *tape;       /**< NULL = neither recorded nor played */
  struct history *history; /**< NULL = the scenario is no property */
  char *folder;         /**< of its storages; made on first use */
  bool over;            /**< an outcome ended it */
  bool aftermath;       /**< over, and the rules are judged by what was seen: nothing else can be done */
  int64_t limit_ms;     /**< config's, and the time that this port's network time-out takes */
  bool open;            /**< the testee has an open instance */
  bool ever_opened;
  bool killed;          /**< on purpose, and not started again yet */
  bool ever_killed;
  struct cJSON *unfired; /**< rules that had not fired when the script ended or lifted them; NULL = not looked */
  struct cJSON *facts;  /**< what world and testee say at the end, beside the script; NULL = not asked yet */
  struct cJSON *journal; /**< of a session that is played */
  struct cJSON *calls;  /**< {at, text}: calls, answers and callbacks, for the timeline */
  int64_t give_up_ms;   /**< end of all patience */
  int callbacks_ref;    /**< Lua registry: array of callbacks given out so far */
  pthread_t thread;     /**< the only one that may wait */
};

/** Profile and capabilities of a hello result. Fails: 1, when it names none. */
int session_read_hello(const struct cJSON *hello, struct profile *out, struct base_error *err);
/** Start a testee and say hello, unless one is there. Fails: TESTEE_ERR_START, TESTEE_ERR_HELLO */
int session_start_testee(const struct session_config *config, struct session_testee *testee,
                         struct base_error *err);
/** Stop it. Returns false with a sentence when it did not end well. */
bool session_stop_testee(struct session_testee *testee, bool kill, char problem[256]);

/** Run one scenario, or one history of a property; up to SESSION_ATTEMPTS times while it is inconclusive. */
void session_run(const struct session_config *config, const struct scenario *scenario,
                 struct session_testee *testee, unsigned number, struct history *history, struct result *out);

enum { SESSION_ATTEMPTS = 3, SESSION_PATIENCE = 20 /**< limits that a whole scenario may take */ };

/* For the primitives. The world's lock is held. */
void session_end(struct session *session, enum outcome outcome, const char *reason);
/** Wait for the next event; ends the session as hung, naming `what`, after the limit. */
void session_wait(struct session *session, const char *what);
/** Take the next number of the world's order. */
uint64_t session_now(struct session *session);
/** Ends the session when the testee broke down. */
void session_check_testee(struct session *session);
void session_event(struct session *session, uint64_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** A new process in place of the one that was killed. Call it without the lock. Fails: TESTEE_ERR_START, TESTEE_ERR_HELLO */
int session_revive(struct session *session, struct base_error *err);
/** Keep what had not fired, then lift all rules of the world. */
void session_lift(struct session *session);

#endif
