/**
 * How blanks, strings, numbers and words are stepped over, strictly: what the pull reader and the index have in common.
 *
 * A scanner returns where its token ends, or sets *problem, NULL before, to what is wrong (static text) and returns where.
 * Inline: most tokens are short, so that a call would cost as much as the work.
 */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Behind blanks that are there. */
const char *json_scan_all_blanks(const char *p, const char *end);
/** Behind a byte of a string that is neither plain nor a quote. *escaped is set when it is a backslash. `p` may be the end. */
const char *json_scan_special(const char *p, const char *end, bool *escaped, const char **problem);
/** The number that four hexadecimal digits are, or -1. */
int json_scan_hex(const char *p);

static inline const char *json_scan_blanks(const char *p, const char *end) {
  return p < end && (unsigned char)*p > ' ' ? p : json_scan_all_blanks(p, end); /* seldom */
}

static inline bool json_scan_is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

/** The high bits of the bytes of `word` that are not plain; exact up to the lowest one, and none when all are plain. */
static inline uint64_t json_scan_specials(uint64_t word) {
  const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
  uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
  return ((word - ones * 0x20) | (quote - ones) | (backslash - ones) | word) & highs;
}

/** Where the run of plain bytes from `p` ends, found eight bytes at a time. */
static inline const char *json_scan_plain(const char *p, const char *end) {
  for (uint64_t word; end - p >= (ptrdiff_t)sizeof word; p += sizeof word) {
    memcpy(&word, p, sizeof word);
    uint64_t specials = json_scan_specials(le64toh(word));
    if (specials) return p + (unsigned)__builtin_ctzll(specials) / 8;
  }
  while (p < end && json_scan_is_plain((unsigned char)*p)) p++;
  return p;
}

/** From behind the opening quote to the closing one, everything between is checked. *escaped tells of a backslash. */
static inline const char *json_scan_string(const char *p, const char *end, bool *escaped, const char **problem) {
  *escaped = false;
  for (;;) {
    p = json_scan_plain(p, end);
    if (p < end && *p == '"') return p;
    p = json_scan_special(p, end, escaped, problem);
    if (*problem) return p;
  }
}

static inline const char *json_scan_digits(const char *p, const char *end) {
  while (p < end && *p >= '0' && *p <= '9') p++;
  return p;
}

/** Digits that must be there, else `problem` is what is said, unless something is wrong already. */
static inline const char *json_scan_some_digits(const char *p, const char *end, const char *what, const char **problem) {
  const char *behind = json_scan_digits(p, end);
  if (behind == p && !*problem) *problem = what;
  return behind;
}

static inline const char *json_scan_number(const char *p, const char *end, const char **problem) {
  const char *digits = p + (*p == '-');
  p = json_scan_some_digits(digits, end, "not a value", problem);
  if (p == digits) return p;
  if (*digits == '0' && p - digits > 1) *problem = "a number with a leading zero";
  if (p < end && *p == '.') p = json_scan_some_digits(p + 1, end, "a number without digits behind its point", problem);
  if (p == end || (*p != 'e' && *p != 'E')) return p;
  digits = p + 1;
  if (digits < end && (*digits == '+' || *digits == '-')) digits++;
  return json_scan_some_digits(digits, end, "a number without digits in its exponent", problem);
}

/** true, false and null. */
static inline const char *json_scan_word(const char *p, const char *end, const char *word, size_t len, const char **problem) {
  if ((size_t)(end - p) >= len && memcmp(p, word, len) == 0) return p + len;
  *problem = "not a value";
  return p;
}

#endif
