/** Short bytes compared where they stand: most names are so short that a call would cost more than the work. */
#ifndef MOCK_WORLD_BYTES_H
#define MOCK_WORLD_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t bytes_load8(const char *at) {
  uint64_t word;
  memcpy(&word, at, sizeof word);
  return word;
}

static inline uint32_t bytes_load4(const char *at) {
  uint32_t word;
  memcpy(&word, at, sizeof word);
  return word;
}

/** Words one behind the other, the last one over the end of the one before. */
static inline bool bytes_same(const char *a, const char *b, size_t len) {
  if (len < 4) return memcmp(a, b, len) == 0;
  if (len < 8) return bytes_load4(a) == bytes_load4(b) && bytes_load4(a + len - 4) == bytes_load4(b + len - 4);
  for (size_t i = 0; i + 8 < len; i += 8)
    if (bytes_load8(a + i) != bytes_load8(b + i)) return false;
  return bytes_load8(a + len - 8) == bytes_load8(b + len - 8);
}

#endif
