/** A hash of bytes, eight at a time: for tables and for checksums that tell changes, not for secrets. */
#ifndef MOCK_WORLD_HASH_H
#define MOCK_WORLD_HASH_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* For each `hash` another word gives another result. */
static inline uint64_t hash_word(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
  return hash ^ hash >> 32;
}

/* Up to eight bytes as a word, the same on every machine. */
static inline uint64_t hash_load(const char *at, size_t len) {
  uint64_t word = 0;
  memcpy(&word, at, len);
  return le64toh(word);
}

/** As 16 hexadecimal digits, and a NUL. */
static inline void hash_text(uint64_t hash, char out[17]) {
  const uint64_t ones = 0x0101010101010101;
  for (int half = 0; half < 2; half++) {
    uint64_t digits = half == 0 ? hash >> 32 : hash & UINT32_MAX; /* spread: a byte for each four bits */
    digits = (digits | digits << 16) & 0x0000FFFF0000FFFF;
    digits = (digits | digits << 8) & 0x00FF00FF00FF00FF;
    digits = (digits | digits << 4) & 0x0F0F0F0F0F0F0F0F;
    const uint64_t letters = (digits + 6 * ones) >> 4 & ones,
                   text = htobe64(digits + '0' * ones + ('a' - '0' - 10) * letters);
    memcpy(out + 8 * half, &text, sizeof text);
  }
  out[16] = '\0';
}

/**
 * Texts of one length that differ in eight bytes in a row alone have different hashes. Words go into two hashes in turns, so
 * that one need not wait for the other.
 */
static inline uint64_t hash_bytes(const void *bytes, size_t len) {
  const char *at = bytes;
  uint64_t one = len, two = ~(uint64_t)len;
  for (; len >= 16; at += 16, len -= 16) {
    one = hash_word(one, hash_load(at, 8));
    two = hash_word(two, hash_load(at + 8, 8));
  }
  if (len >= 8) one = hash_word(one, hash_load(at, 8));
  if (len % 8 > 0) two = hash_word(two, hash_load(at + len / 8 * 8, len % 8));
  return hash_word(one, two);
}

#endif
