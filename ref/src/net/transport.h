/**
 * How requests leave and answers come back: an interface, so that a test or a simulated network can
 * stand in for libcurl. One request, one `done`: an answer, or an outcome that says why there is none.
 *
 * Always true: `done` runs inside step() only, once for each submitted request, never after cancel()
 * or close(). It may submit and cancel other requests.
 */
#ifndef NET_TRANSPORT_H
#define NET_TRANSPORT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** How a request ended, before anybody looks into the answer (wire.md 10). */
#define NET_OUTCOMES(X)                                                                            \
  X(NET_ANSWERED, "answered")               /* a complete HTTP answer, any status */               \
  X(NET_CONNECT_TIMEOUT, "connect time-out") /* no connection in time: surely not sent */          \
  X(NET_TIMEOUT, "time-out")                /* sent, no complete answer in time */                 \
  X(NET_CUT_SHORT, "cut short")             /* closed, reset or cut after the first byte was sent */ \
  X(NET_REFUSED, "refused")                 /* nobody listens, or closed before the first byte */  \
  X(NET_HOST, "host not found")                                                                    \
  X(NET_OFFLINE, "no network")                                                                     \
  X(NET_TLS, "TLS")                                                                                \
  X(NET_BAD_URL, "bad URL")                                                                        \
  X(NET_GARBLED, "garbled")                 /* no HTTP, or an encoding that does not decode */     \
  X(NET_TOO_LARGE, "too large")             /* more than NET_ANSWER_MAX bytes */                   \
  X(NET_FAILED, "failed")                   /* anything else before the first byte, memory included */

#define NET_OUTCOME_NAME(name, text) name,
enum net_outcome { NET_OUTCOMES(NET_OUTCOME_NAME) NET_OUTCOME_COUNT };
#undef NET_OUTCOME_NAME

enum {
  NET_ANSWER_MAX = 256 * 1024 * 1024, /**< bytes of a decoded body (W-7) */
  NET_FDS_MAX = 8                     /**< descriptors of the caller that step() can watch */
};

struct net_header {
  const char *name;
  const char *value; /**< no line breaks */
};

struct net_answer {
  enum net_outcome outcome;
  bool sent;               /**< the first byte may have left: the server may have acted (W-41) */
  int status;              /**< HTTP status, 0 unless NET_ANSWERED */
  const char *body;        /**< decoded, NUL behind it; "" when there is none */
  size_t body_len;
  const char *retry_after; /**< text of that header, or NULL */
  const char *problem;     /**< one line for people, "" when answered */
};

typedef void (*net_done)(void *context, const struct net_answer *answer);

struct net_request {
  const char *method; /**< "GET" or "POST" */
  const char *url;
  const struct net_header *headers;
  size_t header_count;
  const char *body; /**< NULL = none */
  size_t body_len;
  int64_t timeout_ms; /**< for the connect, and from the last byte sent to the last one received */
  net_done done;
  void *context;
};

struct net_transport_ops {
  /**
   * Start a request; everything in it is copied. *id names it for cancel().
   * Fails: 2030 without memory; whatever the network says comes through `done`.
   */
  int (*submit)(void *self, const struct net_request *request, uint64_t *id,
                struct base_error *err);

  /** Forget a request: its `done` is not called. An id that has ended is fine. */
  void (*cancel)(void *self, uint64_t id);

  /**
   * Move what can be moved and wait at most `timeout_ms` (-1 = until something happens) for more,
   * also for the descriptors in `fds` (revents is filled in). Fails: 2030 the loop is broken.
   */
  int (*step)(void *self, int timeout_ms, struct pollfd *fds, size_t count,
              struct base_error *err);

  /** Make a waiting step() return. The only call that any thread may make. */
  void (*wakeup)(void *self);

  /** Abort everything and release the transport. */
  void (*close)(void *self);
};

struct net_transport {
  const struct net_transport_ops *ops;
  void *self;
};

const char *net_outcome_name(enum net_outcome outcome);

#endif
