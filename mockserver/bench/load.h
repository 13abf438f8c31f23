/** Requests over kept connections, as many as go in a time: wrk sends them (load.lua). And one alone. */
#ifndef MOCK_BENCH_LOAD_H
#define MOCK_BENCH_LOAD_H

#include <stddef.h>

#include "base/buf.h"

enum { LOAD_REQUESTS = 20 };

/** A connection to 127.0.0.1; -1 = nobody listens. */
int load_connect(unsigned port);
/** The bytes of a request. The caller's, base_buf_done(). */
struct base_buf load_request(const char *path, const char *headers, const char *body);
/** Send it and read one whole answer into `answer` (head and body); gives up when that fails. Returns the body's place. */
size_t load_exchange(int socket, const struct base_buf *request, struct base_buf *answer);
struct load {
  unsigned long answers;
  double seconds;
};

/**
 * Over so many connections for `seconds`, at least 1: each sends the `count` requests in turn, the next when it has the answer to
 * the last. A slow server may give no answer in that time.
 */
struct load load_run(unsigned port, unsigned connections, const struct base_buf *requests, size_t count, unsigned seconds);

#endif
