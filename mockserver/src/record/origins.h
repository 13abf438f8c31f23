/**
 * Which of our paths stands for which address.
 *
 * Always true: a path without a mark belongs to the upstream; /@N/... to the N-th other origin that a service
 * document named, so that services on other hosts are recorded too. Thread-safe.
 */
#ifndef MOCK_RECORD_ORIGINS_H
#define MOCK_RECORD_ORIGINS_H

#include <pthread.h>

#include "base/buf.h"
#include "base/json.h"

enum { ORIGINS_MAX = 64 };

struct origins {
  pthread_mutex_t lock;
  char *upstream; /**< without a slash at its end */
  const char *own; /**< our base URL; borrowed */
  char *others[ORIGINS_MAX]; /**< "https://host:port" */
  size_t count;
};

/** False when `upstream` is no http or https URL with a host. */
bool origins_init(struct origins *origins, const char *upstream);
void origins_done(struct origins *origins);
/** Put our address in the place of every URL in a service document. */
void origins_rewrite(struct origins *origins, cJSON *document);
/** The address that `path` stands for, without query; *rest is the path behind the mark. The caller's; NULL = none. */
char *origins_resolve(struct origins *origins, const char *path, const char **rest);

#endif
