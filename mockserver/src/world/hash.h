/** A hash of bytes, eight at a time: for tables and for checksums that tell changes, not for secrets. */
#ifndef MOCK_WORLD_HASH_H
#define MOCK_WORLD_HASH_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* For each `hash` another word gives another result. */
static inline uint64_t hash_word(uint64_t hash, uint64_t word) {
  hash = (hash ^ le64toh(word)) * 0x9E3779B97F4A7C15u;
  return hash ^ hash >> 32;
}

/** As 16 hexadecimal digits, and a NUL. */
static inline void hash_text(uint64_t hash, char out[17]) {
  const uint64_t ones = 0x0101010101010101;
  for (int half = 0; half < 2; half++) {
    uint64_t digits = half == 0 ? hash >> 32 : hash & UINT32_MAX; /* spread: a byte for each four bits */
    digits = (digits | digits << 16) & 0x0000FFFF0000FFFF;
    digits = (digits | digits << 8) & 0x00FF00FF00FF00FF;
    digits = (digits | digits << 4) & 0x0F0F0F0F0F0F0F0F;
    const uint64_t letters = (digits + 6 * ones) >> 4 & ones, text = htobe64(digits + '0' * ones + ('a' - '0' - 10) * letters);
    memcpy(out + 8 * half, &text, sizeof text);
  }
  out[16] = '\0';
}

/** The same on every machine. Texts of one length that differ in eight bytes in a row alone have different hashes. */
static inline uint64_t hash_bytes(const void *bytes, size_t len) {
  const char *at = bytes, *end = at + len;
  uint64_t hash = len, word;
  for (; (size_t)(end - at) >= sizeof word; at += sizeof word) {
    memcpy(&word, at, sizeof word);
    hash = hash_word(hash, word);
  }
  word = 0;
  if (at < end) memcpy(&word, at, (size_t)(end - at));
  return hash_word(hash, word);
}

#endif
