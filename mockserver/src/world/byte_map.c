#include "world/byte_map.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash_of(const char *bytes, size_t len) {
  uint64_t hash = 14695981039346656037u; /* FNV-1a */
  for (size_t i = 0; i < len; i++) hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211u;
  return hash;
}

/* The slot that holds the key, or the free one where it would go. There is always a free one. */
static struct byte_map_slot *slot_of(const struct byte_map *map, const char *bytes, size_t len) {
  size_t mask = map->capacity - 1, at = (size_t)hash_of(bytes, len) & mask;
  while (map->slots[at].bytes && (map->slots[at].len != len || memcmp(map->slots[at].bytes, bytes, len) != 0)) at = (at + 1) & mask;
  return &map->slots[at];
}

static bool grow(struct byte_map *map) {
  struct byte_map larger = {.count = map->count, .capacity = map->capacity ? map->capacity * 2 : 64};
  larger.slots = calloc(larger.capacity, sizeof *larger.slots);
  if (!larger.slots) return false;
  for (size_t i = 0; i < map->capacity; i++)
    if (map->slots[i].bytes) *slot_of(&larger, map->slots[i].bytes, map->slots[i].len) = map->slots[i];
  free(map->slots);
  *map = larger;
  return true;
}

int64_t *byte_map_find(const struct byte_map *map, const struct base_buf *key) {
  if (map->count == 0) return NULL;
  struct byte_map_slot *slot = slot_of(map, base_buf_string(key), key->len);
  return slot->bytes ? &slot->value : NULL;
}

bool byte_map_put(struct byte_map *map, const struct base_buf *key, int64_t value) {
  if (map->count * 4 >= map->capacity * 3 && !grow(map)) return false;
  struct byte_map_slot *slot = slot_of(map, base_buf_string(key), key->len);
  if (!slot->bytes) {
    char *copy = malloc(key->len + 1);
    if (!copy) return false;
    memcpy(copy, base_buf_string(key), key->len);
    *slot = (struct byte_map_slot){.bytes = copy, .len = key->len};
    map->count++;
  }
  slot->value = value;
  return true;
}

void byte_map_done(struct byte_map *map) {
  for (size_t i = 0; i < map->capacity; i++) free(map->slots[i].bytes);
  free(map->slots);
  *map = (struct byte_map){0};
}
