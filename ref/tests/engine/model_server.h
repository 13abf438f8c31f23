/**
 * A tiny Foundry for tests of whole histories: the service Organization with Team and its Members, keys
 * generated, upload cache on, pages, deltas, and faults when a test asks for them.
 *
 * Plain data: a copy is a snapshot, and in shared memory it outlives the process that it kills.
 * It never stops a test: what a client must not do is written to `problem`.
 */
#ifndef MODEL_SERVER_H
#define MODEL_SERVER_H

#include "fake_network.h"

enum { MODEL_ROWS = 256, MODEL_ANSWERS = 256, MODEL_ANSWER_SIZE = 4096, MODEL_OBJECTS = 2 };
enum { MODEL_TEAM, MODEL_MEMBER };

/** What happens to a request. Where it was executed, the answer is kept by its id. */
#define MODEL_FAULTS(X)                                                                            \
  X(MODEL_GOOD)                                                                                    \
  X(MODEL_REFUSED)     /* nobody listens */                                                        \
  X(MODEL_LOST)        /* it times out before it is executed */                                    \
  X(MODEL_UNAVAILABLE) /* 503 */                                                                   \
  X(MODEL_TOO_MANY)    /* 429 */                                                                   \
  X(MODEL_ERROR)       /* an error opstatus, nothing was executed */                               \
  X(MODEL_HUNG)        /* executed, and the answer times out */                                    \
  X(MODEL_CUT)         /* executed, and the connection ends */                                     \
  X(MODEL_GATEWAY)     /* executed, and a gateway says 504 */                                      \
  X(MODEL_EMPTY)       /* executed, and the body is empty */                                       \
  X(MODEL_TRUNCATED)   /* executed, and the body ends in its middle */                             \
  X(MODEL_BUSY)        /* executed, but 500210 for this time */                                    \
  X(MODEL_REJECTS)     /* executed, but one record is rejected for this time */                    \
  X(MODEL_KILL)        /* the client's process dies before the request is executed */              \
  X(MODEL_KILL_LATER)  /* ... and after it */

#define MODEL_FAULT_NAME(name) name,
enum model_fault { MODEL_FAULTS(MODEL_FAULT_NAME) MODEL_FAULT_COUNT };
#undef MODEL_FAULT_NAME

struct model_row {
  int object;
  int64_t key, team; /* team 0: none */
  char name[24];
  int64_t revision;
  bool deleted;
};

struct model_server {
  bool hierarchical; /* Teams take their Members along (W-12); model_init() keeps it */
  struct model_row rows[MODEL_ROWS];
  size_t row_count;
  int64_t revision, next_key;
  struct {
    char id[64];
    uint64_t request; /* hash of its body */
    char body[MODEL_ANSWER_SIZE];
  } answers[MODEL_ANSWERS]; /* by request id */
  size_t answer_count;
  char out[MODEL_ANSWER_SIZE];
  char problem[200]; /* the first thing that a client must not do, or "" */

  size_t requests, uploads; /* that came */
  size_t fault_at;          /* request that meets `fault`, counted from 1; 0: none */
  enum model_fault fault;
  unsigned fault_percent;   /* of the requests meet one of the faults up to MODEL_REJECTS */
  uint64_t random;
};

/** Metadata of Organization as the model serves it when it is flat. */
extern const char *const model_metadata;

/** The same as this server serves it. */
const char *model_metadata_of(const struct model_server *server);

/** One in memory that this process and its children share; model_free(). */
struct model_server *model_new(void);
void model_free(struct model_server *server);

void model_init(struct model_server *server, uint64_t seed);

/** A fake_server. */
void model_answer(void *self, const struct fake_request *request, struct net_answer *answer);

/** Request `nth` from now on (from 1) meets `fault`; the others are answered. */
void model_fail(struct model_server *server, size_t nth, enum model_fault fault);

/** From now on everything is answered. */
void model_lift(struct model_server *server);

/** Edits at the server. Every name is used once, so that it tells the row. */
void model_put(struct model_server *server, int object, int64_t key, const char *name, int64_t team);
int64_t model_add(struct model_server *server, int object, const char *name, int64_t team);
void model_delete(struct model_server *server, int object, int64_t key);

/** Living rows of an object as the client's snapshot shows them, ascending by key. The caller's text. */
char *model_rows(const struct model_server *server, int object);

/** How many living rows have the name. */
size_t model_count(const struct model_server *server, const char *name);

/** A pseudo-random number below `below`. */
uint64_t model_random(uint64_t *state, uint64_t below);

const char *model_fault_name(enum model_fault fault);

#endif
