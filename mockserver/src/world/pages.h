/**
 * Batch contexts that were given out (W-29): what the next page of a download is.
 *
 * Always true: a context means the same page for ever: once served, its answer is kept and given again;
 * it is refused when it is older than 24 virtual hours.
 */
#ifndef MOCK_WORLD_PAGES_H
#define MOCK_WORLD_PAGES_H

#include "base/buf.h"
#include "world/model.h"
#include "world/shared_text.h"

/** Where one object stands in a download. */
struct page_object {
  struct model_object *object;
  char *filter;          /**< raw text, "" = none */
  char *expand;          /**< the same, or NULL */
  uint64_t since;        /**< revision that the client has */
  struct base_buf after; /**< key of the last record sent */
  bool finished;
};

struct page {
  uint64_t id;
  char bc[48]; /**< the text that names it */
  struct page *newer, *older; /**< in the world's list */
  struct model_service *service;
  struct model_object *object; /**< of an object-level download, else NULL: a context counts in its scope alone */
  int64_t made_ms;
  uint64_t revision; /**< fixed by the first page: that of the last page's delta */
  int64_t batch_size;
  unsigned number; /**< of the page that it asks for, from 2 */
  struct page_object *objects;
  size_t object_count;
  struct shared_text *answer; /**< once served */
  char next_bc[48];           /**< the context that it names, "" = none */
};

/** A new, empty context in the world's list; NULL without memory. */
struct page *pages_add(struct mock_world *world, struct model_service *service, size_t object_count);
/** By the text of its `bc`; NULL when unknown in this scope or too old. `object` = NULL at service level. */
struct page *pages_find(struct mock_world *world, const struct model_service *service,
                        const struct model_object *object, const char *bc);
/** It is nobody's any more: out of the list, and freed. */
void pages_remove(struct mock_world *world, struct page *page);
/** The world's bound (mock_world_set_keep): the oldest contexts go. */
void pages_trim(struct mock_world *world);
void pages_done(struct mock_world *world);

#endif
