/**
 * The server side of the target schedule: the mock in this process behind the engine's fake network, with faults of
 * the network between them. Organization has Team and its Members; a row's Twin is written with its Name, so that
 * a row of which a part is old shows.
 */
#ifndef FUZZ_SCHEDULE_SERVER_H
#define FUZZ_SCHEDULE_SERVER_H

#include "fake_network.h"

/** What becomes of a request: name, is it executed, outcome, status, body (NULL: the mock's), and the rule of a
 *  scenario that does the same. */
#define SCHEDULE_FAULTS(X)                                                                         \
  X(FAULT_NONE, true, NET_ANSWERED, 200, NULL, "")                                                 \
  X(FAULT_REFUSED, false, NET_REFUSED, 0, "", ":close()")                                          \
  X(FAULT_LOST, false, NET_TIMEOUT, 0, "", ":hang()")                                              \
  X(FAULT_UNAVAILABLE, false, NET_ANSWERED, 503, "", ":status(503)")                               \
  X(FAULT_TOO_MANY, false, NET_ANSWERED, 429, "slow down", ":status(429)")                         \
  X(FAULT_ERROR, false, NET_ANSWERED, 200, "{\"opstatus\":8009,\"errmsg\":\"no\"}", ":opstatus(8009, \"no\")") \
  X(FAULT_HUNG, true, NET_TIMEOUT, 0, "", ":store():hang()")                                       \
  X(FAULT_CUT, true, NET_CUT_SHORT, 0, "", ":store():close()")                                     \
  X(FAULT_GATEWAY, true, NET_ANSWERED, 504, "<html>", ":store():status(504)")                      \
  X(FAULT_EMPTY, true, NET_ANSWERED, 200, "", ":store():body(\"\")")                               \
  X(FAULT_TRUNCATED, true, NET_ANSWERED, 200, NULL, ":truncate(20)")                               \
  X(FAULT_BUSY, true, NET_ANSWERED, 200, "{\"opstatus\":500210}", ":store():opstatus(500210, \"busy\")") \
  X(FAULT_REJECTS, true, NET_ANSWERED, 200, NULL, ":reject { where = function() return true end }")

#define SCHEDULE_FAULT_NAME(name, executed, outcome, status, body, rule) name,
enum schedule_fault { SCHEDULE_FAULTS(SCHEDULE_FAULT_NAME) SCHEDULE_FAULT_COUNT };
#undef SCHEDULE_FAULT_NAME

enum { SCHEDULE_PLAN = 4 };

struct schedule_server {
  struct mock_world *world;
  enum schedule_fault plan[SCHEDULE_PLAN]; /* of the requests that come next, in order; then all is well */
  size_t planned;
  struct base_buf out; /* the last answer */
};

void schedule_server_open(struct schedule_server *server, bool hierarchical);
void schedule_server_close(struct schedule_server *server);

/** From now on: the faults of the next requests; NULL: none. */
void schedule_server_plan(struct schedule_server *server, const enum schedule_fault plan[SCHEDULE_PLAN]);
/** The rule of a scenario for this fault. */
const char *schedule_fault_rule(enum schedule_fault fault);

/** A fake_server. */
void schedule_answer(void *self, const struct fake_request *request, struct net_answer *answer);

/** A new row, or another name for the row that is called `old`. Object 0 is Team, 1 Member. */
void schedule_server_put(struct schedule_server *server, int object, const char *old, const char *name);
/** Living rows, as JSON, in the order of their keys. The caller's. */
char *schedule_server_rows(struct schedule_server *server, int object);
/** How the server's data were declared, for a scenario. */
const char *schedule_server_script(bool hierarchical);

#endif
