/**
 * The server's side of the upload cache: answers by request id (W-45, W-46).
 *
 * Always true: an entry without an answer belongs to the request that is or was at work on it; an
 * answer is kept for 24 virtual hours and never changes: the back end works once for an id (UPC-04).
 */
#ifndef MOCK_WORLD_UPLOAD_CACHE_H
#define MOCK_WORLD_UPLOAD_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "world/shared_text.h"

struct model_service;

enum { ANSWER_KEPT_MS = 24 * 3600 * 1000 };

struct cached_upload {
  struct model_service *service;
  char *id;
  int64_t first_hit_ms;   /**< virtual time of the (re)submission that works on it */
  int64_t answered_at_ms;
  struct shared_text *answer; /**< NULL = in progress */
  int status;    /**< its HTTP status: error answers are kept as well (W-45) */
};

struct upload_cache {
  struct cached_upload *entries;
  size_t count, capacity;
  size_t keep; /**< answers that are remembered, the oldest go first; 0 = all */
};

enum upload_state {
  UPLOAD_MINE,     /**< new, or submitted again after resubmit_after_ms: the caller does the work */
  UPLOAD_ANSWERED, /**< there is an answer */
  UPLOAD_BUSY      /**< somebody else is at work on it */
};

enum upload_state upload_cache_begin(struct upload_cache *cache, struct model_service *service, const char *id,
                                     int64_t now_ms);
/** The entry with the kept answer, NULL when there is none. Borrowed. */
const struct cached_upload *upload_cache_answer(const struct upload_cache *cache, const struct model_service *service,
                                                const char *id, int64_t now_ms);
/** Keep the answer, which is held from now on, unless there is one. */
void upload_cache_keep(struct upload_cache *cache, const struct model_service *service, const char *id,
                       struct shared_text *answer, int status, int64_t now_ms);
void upload_cache_done(struct upload_cache *cache);

#endif
