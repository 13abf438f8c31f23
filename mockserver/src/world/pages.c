#include "world/pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world/world.h"

static const int64_t CONTEXT_KEPT_MS = 24 * 3600 * 1000;

/* Opaque: nothing to be guessed or counted. */
static void name_page(struct page *page) {
  uint64_t mixed = (page->id * 0x9E3779B97F4A7C15u) >> 16;
  snprintf(page->bc, sizeof page->bc, "b1.%" PRIu64 ".%012" PRIx64, page->id, mixed);
}

struct page *pages_add(struct mock_world *world, struct model_service *service, size_t object_count) {
  struct page *page = calloc(1, sizeof *page);
  if (page) page->objects = calloc(object_count + 1, sizeof *page->objects);
  if (!page || !page->objects) {
    free(page);
    return NULL;
  }
  page->object_count = object_count;
  page->id = ++world->last_page;
  name_page(page);
  page->service = service;
  page->made_ms = world->clock_ms;
  page->older = world->pages;
  *(page->older ? &page->older->newer : &world->oldest_page) = page;
  world->pages = page;
  world->page_count++;
  return page;
}

struct page *pages_find(struct mock_world *world, const struct model_service *service,
                        const struct model_object *object, const char *bc) {
  uint64_t id = bc && strncmp(bc, "b1.", 3) == 0 ? strtoull(bc + 3, NULL, 10) : 0;
  for (struct page *page = world->pages; id && page; page = page->older) {
    if (page->id != id || page->service != service || page->object != object || strcmp(page->bc, bc) != 0) continue;
    return world->clock_ms - page->made_ms > CONTEXT_KEPT_MS ? NULL : page;
  }
  return NULL;
}

static void free_page(struct page *page) {
  for (size_t i = 0; i < page->object_count; i++) {
    free(page->objects[i].filter);
    free(page->objects[i].expand);
    base_buf_done(&page->objects[i].after);
  }
  free(page->objects);
  shared_text_drop(page->answer);
  free(page);
}

void pages_remove(struct mock_world *world, struct page *page) {
  *(page->newer ? &page->newer->older : &world->pages) = page->older;
  *(page->older ? &page->older->newer : &world->oldest_page) = page->newer;
  world->page_count--;
  free_page(page);
}

void pages_trim(struct mock_world *world) {
  while (world->keep > 0 && world->page_count > world->keep) pages_remove(world, world->oldest_page);
}

void pages_done(struct mock_world *world) {
  while (world->pages) pages_remove(world, world->pages);
}
