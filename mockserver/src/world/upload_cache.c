#include "world/upload_cache.h"

#include <stdlib.h>
#include <string.h>

#include "world/model.h"

static struct cached_upload *find(const struct upload_cache *cache, const struct model_service *service,
                                  const char *id) {
  for (size_t i = 0; i < cache->count; i++)
    if (cache->entries[i].service == service && strcmp(cache->entries[i].id, id) == 0) return &cache->entries[i];
  return NULL;
}

static struct cached_upload *add(struct upload_cache *cache, struct model_service *service, const char *id) {
  if (cache->count == cache->capacity) {
    size_t capacity = cache->capacity ? cache->capacity * 2 : 16;
    struct cached_upload *entries = realloc(cache->entries, capacity * sizeof *entries);
    if (!entries) return NULL;
    cache->entries = entries;
    cache->capacity = capacity;
  }
  struct cached_upload *entry = &cache->entries[cache->count];
  *entry = (struct cached_upload){.service = service, .id = strdup(id)};
  if (!entry->id) return NULL;
  cache->count++;
  return entry;
}

/* One that is in progress stays: it is the back end's word that it works once for an id. */
static void drop_oldest(struct upload_cache *cache) {
  for (size_t i = 0; cache->keep > 0 && cache->count >= cache->keep && i < cache->count;) {
    struct cached_upload *entry = &cache->entries[i];
    if (!entry->answer) {
      i++;
      continue;
    }
    free(entry->id);
    shared_text_drop(entry->answer);
    memmove(entry, entry + 1, (--cache->count - i) * sizeof *entry);
  }
}

static bool is_too_old(const struct cached_upload *entry, int64_t now_ms) {
  return entry->answer && now_ms - entry->answered_at_ms >= ANSWER_KEPT_MS;
}

enum upload_state upload_cache_begin(struct upload_cache *cache, struct model_service *service, const char *id,
                                     int64_t now_ms) {
  struct cached_upload *entry = find(cache, service, id);
  if (!entry) {
    drop_oldest(cache);
    entry = add(cache, service, id);
  } else if (is_too_old(entry, now_ms)) {
    shared_text_drop(entry->answer);
    entry->answer = NULL;
  } else if (entry->answer) {
    return UPLOAD_ANSWERED;
  } else if (now_ms - entry->first_hit_ms < service->resubmit_after_ms) { /* W-46 */
    return UPLOAD_BUSY;
  }
  if (entry) entry->first_hit_ms = now_ms;
  return UPLOAD_MINE;
}

const struct cached_upload *upload_cache_answer(const struct upload_cache *cache, const struct model_service *service,
                                                const char *id, int64_t now_ms) {
  const struct cached_upload *entry = find(cache, service, id);
  return entry && entry->answer && !is_too_old(entry, now_ms) ? entry : NULL;
}

void upload_cache_keep(struct upload_cache *cache, const struct model_service *service, const char *id,
                       struct shared_text *answer, int status, int64_t now_ms) {
  struct cached_upload *entry = find(cache, service, id);
  if (!entry || entry->answer) return;
  entry->answer = shared_text_hold(answer);
  entry->status = status;
  entry->answered_at_ms = now_ms;
}

void upload_cache_done(struct upload_cache *cache) {
  for (size_t i = 0; i < cache->count; i++) {
    free(cache->entries[i].id);
    shared_text_drop(cache->entries[i].answer);
  }
  free(cache->entries);
}
