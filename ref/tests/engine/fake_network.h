/**
 * A network that says what a test has written down: net/transport.h without sockets and without time.
 *
 * A request is known as "METHOD-OVERRIDE URL", for example "UPLOAD http://f/Org?a=1"; a GET without
 * override (the service document) as "- URL". Answers are taken in order, the first that fits a
 * request; a request that nothing fits fails the test. step() answers the oldest waiting request.
 *
 * The clock goes on by one millisecond whenever somebody looks.
 */
#ifndef FAKE_NETWORK_H
#define FAKE_NETWORK_H

#include "engine/client.h"

enum { FAKE_MAX = 64 };

struct fake_request {
  uint64_t id; /* 0: the place is free */
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
  bool hold;     /* not before fake_release() */
  bool used;
};

struct fake_network {
  struct fake_answer answers[FAKE_MAX];
  size_t answer_count;
  struct fake_request requests[FAKE_MAX]; /* all that came, in order */
  size_t request_count;
  uint64_t waiting[FAKE_MAX]; /* ids, oldest first */
  size_t waiting_count;
  int64_t now_ms;
  unsigned random;
  bool released;
  bool closed;
};

void fake_init(struct fake_network *network);
void fake_done(struct fake_network *network);
struct vmx_environment fake_environment(struct fake_network *network);

/** The next answer to a request whose line holds `match`. */
void fake_expect(struct fake_network *network, const char *match, int status, const char *body);
void fake_expect_outcome(struct fake_network *network, const char *match, enum net_outcome outcome);
void fake_hold(struct fake_network *network, const char *match, const char *body);
void fake_release(struct fake_network *network);

/** Request `index` of all, from 0; the test fails when there were fewer. */
const struct fake_request *fake_request(const struct fake_network *network, size_t index);

/** Value of a header of a request, or NULL. The caller's text. */
char *fake_header(const struct fake_request *request, const char *name);

/** Every answer was used. */
void fake_all_used(const struct fake_network *network);

#endif
