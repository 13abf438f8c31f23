/** Lists of journal entries: which ones, how many, and waiting for new ones. */
#ifndef MOCK_ADMIN_LISTING_H
#define MOCK_ADMIN_LISTING_H

#include "base/error.h"
#include "http/http.h"
#include "world/journal.h"

struct listing {
  const char *service, *kind, *object, *end; /**< NULL = any; borrowed from the query */
  int64_t status;                      /**< 0 = any */
  int64_t since, limit, wait_ms;
  bool fault;                          /**< only where a rule did something */
};

/** From the query's parameters. Fails: LISTING_ERR_PARAMETER an unknown one, or a bad value */
int listing_read(const cJSON *query, struct listing *out, struct base_error *err);
enum { LISTING_ERR_PARAMETER = 50 };

/**
 * {"cursor", "more", "requests"}: the entries that changed after `since`, oldest change first; asked again with
 * since = cursor it goes on from there. Waits up to wait_ms while there is none. Under the world's lock, which it
 * releases while it waits. The caller's.
 */
cJSON *listing_wait(struct mock_world *world, struct http_peer *peer, const struct listing *listing);
cJSON *listing_summary(struct journal_entry *entry);

#endif
