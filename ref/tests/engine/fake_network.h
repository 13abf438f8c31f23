/**
 * A network that says what a test has written down: net/transport.h without sockets and without time.
 *
 * A request is known as "METHOD-OVERRIDE URL", for example "UPLOAD http://f/Org?a=1"; a GET without
 * override (the service document) as "- URL". Answers are taken in order, the first that fits a
 * request; what none fits goes to the server function, if there is one; a request that nobody answers
 * fails the test. step() answers the oldest waiting request that is not held.
 *
 * The clock goes on by one millisecond whenever somebody looks, unless a test has written down its readings;
 * random bytes never repeat.
 */
#ifndef FAKE_NETWORK_H
#define FAKE_NETWORK_H

#include "engine/client.h"

struct fake_request {
  uint64_t id;
  char *line;  /* "UPLOAD http://..." */
  char *body;
  char *headers; /* "Name: value\n" each */
  net_done done;
  void *context;
};

struct fake_answer {
  const char *match; /* part of the request's line */
  enum net_outcome outcome;
  int status;
  const char *body;
  const char *retry_after;
  char *owned;   /* what fake_say() wrote */
  bool hold;     /* not before fake_release() */
  bool used;
};

/** Fills `answer`; what it points to lives until the next call. */
typedef void fake_server(void *self, const struct fake_request *request, struct net_answer *answer);

struct fake_network {
  struct fake_answer *answers;
  size_t answer_count, answer_capacity;
  struct fake_request *requests; /* all that came, in order */
  size_t request_count, request_capacity;
  uint64_t *waiting; /* ids, oldest first */
  size_t waiting_count, waiting_capacity;
  fake_server *server;
  void *server_self;
  int64_t now_ms;
  const int64_t *readings; /* what the clock says, over and over; NULL: it goes on */
  size_t reading_count, reading;
  uint64_t random;
  bool released;
  bool refuses;      /* nothing can be submitted */
  bool no_random;    /* there is no randomness */
  bool closed;
};

void fake_init(struct fake_network *network);
void fake_done(struct fake_network *network);
struct vmx_environment fake_environment(struct fake_network *network);

/** The next answer to a request whose line holds `match`; both texts are borrowed. */
void fake_expect(struct fake_network *network, const char *match, int status, const char *body);
void fake_expect_outcome(struct fake_network *network, const char *match, enum net_outcome outcome);
void fake_hold(struct fake_network *network, const char *match, const char *body);
void fake_release(struct fake_network *network);

/** fake_expect() of a body that is printed; ' stands for ". */
void fake_say(struct fake_network *network, const char *match, int status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** fake_expect() with a Retry-After header. */
void fake_expect_retry(struct fake_network *network, const char *match, int status,
                       const char *body, const char *retry_after);

/** Whom to ask when no written answer fits; NULL: nobody. */
void fake_serve(struct fake_network *network, fake_server *server, void *self);

/** What was written down and not asked for is taken back. */
void fake_forget_answers(struct fake_network *network);

/** Request `index` of all, from 0; the test fails when there were fewer. Valid until the next one. */
const struct fake_request *fake_request(const struct fake_network *network, size_t index);

/** How many requests had `match` in their line. */
size_t fake_count(const struct fake_network *network, const char *match);

/** Request `index`, from 0, of those with `match` in their line; the test fails when there were fewer. */
const struct fake_request *fake_find(const struct fake_network *network, const char *match,
                                     size_t index);

/** Value of a header of a request, or NULL. The caller's text. */
char *fake_header(const struct fake_request *request, const char *name);

/** Every answer was used. */
void fake_all_used(const struct fake_network *network);

#endif
