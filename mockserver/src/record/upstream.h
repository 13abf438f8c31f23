/**
 * The client side of the recorder: one call to a real server, with libcurl. Thread-safe.
 */
#ifndef MOCK_RECORD_UPSTREAM_H
#define MOCK_RECORD_UPSTREAM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "http/http.h"

enum { UPSTREAM_IDLE = 32 };

struct upstream {
  pthread_mutex_t lock;
  void *idle[UPSTREAM_IDLE]; /**< handles whose connections are kept alive */
  size_t idle_count;
  bool insecure;
  atomic_bool stopped; /**< calls under way end soon */
};

struct upstream_answer {
  int status;
  struct base_buf headers; /**< lines with CR LF, those that concern the connection left out */
  struct base_buf body;    /**< decoded */
};

void upstream_init(struct upstream *upstream, bool insecure);
void upstream_done(struct upstream *upstream);
/**
 * The request, sent to `url`. Redirects are answers. The answer is the caller's, upstream_answer_done().
 * Fails: RECORD_ERR_UPSTREAM with libcurl's reason
 */
int upstream_call(struct upstream *upstream, const char *url, const struct http_request *request,
                  struct upstream_answer *out, struct base_error *err);
void upstream_answer_done(struct upstream_answer *answer);

#endif
