/**
 * A proxy that records a real Foundry: what it serves becomes a script for foundry-mock.
 */
#ifndef MOCK_RECORD_RECORD_H
#define MOCK_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "foundrymock/mock.h"

struct record;

struct record_config {
  const char *upstream;      /**< base URL: http(s)://host[:port][/prefix], to which /authService/... is added */
  unsigned port, threads;    /**< as in struct mock_config */
  bool insecure;             /**< accept any TLS certificate of the upstream */
  const char *const *fields; /**< names of more members whose values are secret, anywhere in a body or query */
  size_t field_count;
  size_t keep; /**< journal entries that are remembered, 0 = all */
};

enum { RECORD_ERR_UPSTREAM = 40 };

/**
 * Owns:  *out is the caller's, released with record_stop(). Untouched on failure.
 * Fails: MOCK_ERR_LISTEN, MOCK_ERR_MEMORY, RECORD_ERR_UPSTREAM no such URL
 */
int record_start(const struct record_config *config, struct record **out, struct base_error *err);
/** Our base URL, which stands for the upstream's. Borrowed. */
const char *record_url(const struct record *record);
/** The world whose journal has what was seen. Borrowed. */
struct mock_world *record_world(struct record *record);
/** No request is served any more; calls under way are given up. */
void record_close(struct record *record);
/** What was learned, as a Lua script; the caller's. Fails: MOCK_ERR_SCRIPT */
int record_script(struct record *record, char **out, struct base_error *err);
void record_stop(struct record *record);

#endif
