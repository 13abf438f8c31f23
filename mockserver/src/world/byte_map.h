/** A map from bytes to numbers, for what a large upload looks up for each of its records. */
#ifndef MOCK_WORLD_BYTE_MAP_H
#define MOCK_WORLD_BYTE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct byte_map_slot {
  char *bytes; /**< NULL = free */
  size_t len;
  int64_t value;
};

/** Zeroed is empty. */
struct byte_map {
  struct byte_map_slot *slots;
  size_t count, capacity; /**< a power of two */
};

/** NULL when it is not there. Borrowed until the next put. */
int64_t *byte_map_find(const struct byte_map *map, const struct base_buf *key);
/** Put a value, in the place of an older one. False without memory. */
bool byte_map_put(struct byte_map *map, const struct base_buf *key, int64_t value);
void byte_map_done(struct byte_map *map);

#endif
