#include "world/byte_map.h"

#include <stdlib.h>
#include <string.h>

#include "world/hash.h"

/* The slot that holds the key, or the free one where it would go. There is always a free one. */
static struct byte_map_slot *slot_of(const struct byte_map *map, uint64_t hash, const void *key, size_t len) {
  size_t mask = map->capacity - 1;
  for (size_t at = (size_t)hash & mask;; at = (at + 1) & mask) {
    struct byte_map_slot *slot = &map->slots[at];
    if (!slot->used) return slot;
    if (slot->hash == hash && slot->len == len && memcmp(map->keys.data + slot->at, key, len) == 0) return slot;
  }
}

static bool grow(struct byte_map *map) {
  size_t capacity = map->capacity ? map->capacity * 2 : 64;
  struct byte_map_slot *slots = calloc(capacity, sizeof *slots);
  if (!slots) return false;
  for (size_t i = 0; i < map->capacity; i++) {
    const struct byte_map_slot *old = &map->slots[i];
    size_t at = (size_t)old->hash & (capacity - 1);
    if (!old->used) continue;
    while (slots[at].used) at = (at + 1) & (capacity - 1);
    slots[at] = *old;
  }
  free(map->slots);
  map->slots = slots;
  map->capacity = capacity;
  return true;
}

int64_t *byte_map_find(const struct byte_map *map, const void *key, size_t len) {
  if (map->count == 0) return NULL;
  struct byte_map_slot *slot = slot_of(map, hash_bytes(key, len), key, len);
  return slot->used ? &slot->value : NULL;
}

bool byte_map_put(struct byte_map *map, const void *key, size_t len, int64_t value) {
  if (map->count * 4 >= map->capacity * 3 && !grow(map)) return false;
  uint64_t hash = hash_bytes(key, len);
  struct byte_map_slot *slot = slot_of(map, hash, key, len);
  if (!slot->used) {
    size_t at = map->keys.len;
    base_buf_append(&map->keys, key, len);
    if (map->keys.failed) return false;
    *slot = (struct byte_map_slot){.hash = hash, .at = at, .len = len, .used = true};
    map->count++;
  }
  slot->value = value;
  return true;
}

void byte_map_done(struct byte_map *map) {
  free(map->slots);
  base_buf_done(&map->keys);
  *map = (struct byte_map){0};
}
