/** A map from bytes to numbers, for what a large upload looks up for each of its records. */
#ifndef MOCK_WORLD_BYTE_MAP_H
#define MOCK_WORLD_BYTE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct byte_map_slot {
  uint64_t hash;
  size_t at, len; /**< of the key in `keys` */
  int64_t value;
  bool used;
};

/** Zeroed is empty. */
struct byte_map {
  struct byte_map_slot *slots;
  struct base_buf keys; /**< of all slots, one behind the other */
  size_t count, capacity; /**< a power of two */
};

/** NULL when it is not there. Borrowed until the next put. */
int64_t *byte_map_find(const struct byte_map *map, const void *key, size_t len);
/** Put a value, in the place of an older one. False without memory. */
bool byte_map_put(struct byte_map *map, const void *key, size_t len, int64_t value);
void byte_map_done(struct byte_map *map);

#endif
