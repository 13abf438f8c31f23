/**
 * How blanks, strings, numbers and words are stepped over, strictly: what the pull reader and the index have in common.
 *
 * A scanner returns where its token ends, or NULL: *problem says what is wrong.
 * Inline: most tokens are short, so that a call would cost as much as the work.
 */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct json_problem {
  const char *what, *where; /**< static text; of the text that was read */
};

/** Note it in *problem: NULL. */
const char *json_scan_fail(const char *where, struct json_problem *problem, const char *what);
/** Behind blanks that are there. */
const char *json_scan_all_blanks(const char *p, const char *end);
/** json_scan_string() from anywhere in the string; *escaped stays set. */
const char *json_scan_rest(const char *p, const char *end, bool *escaped, struct json_problem *problem);
/** The number that four hexadecimal digits are, or -1. */
int json_scan_hex(const char *p);

static inline const char *json_scan_blanks(const char *p, const char *end) {
  return __builtin_expect(p < end && (unsigned char)*p > ' ', true) ? p : json_scan_all_blanks(p, end);
}

static inline bool json_scan_is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

/** The high bits of the bytes of `word` that are not plain; exact up to the lowest one, and none when all are plain. A quote
 *  is a blank but for one bit: with that flipped, control characters and quotes are what is below 0x21. */
static inline uint64_t json_scan_specials(uint64_t word) {
  const uint64_t ones = 0x0101010101010101;
  uint64_t controls = (word ^ ones * ('"' ^ ' ')) - ones * 0x21, backslashes = (word ^ ones * '\\') - ones;
  return (controls | backslashes | word) & ones * 0x80;
}

/** The first byte that is not plain, looked for eight bytes at a time; NULL when it is not before the last few. */
static inline const char *json_scan_to_special(const char *p, const char *end) {
  for (uint64_t word; end - p >= (ptrdiff_t)sizeof word; p += sizeof word) {
    memcpy(&word, p, sizeof word);
    uint64_t specials = json_scan_specials(le64toh(word));
    if (specials) return p + (unsigned)__builtin_ctzll(specials) / 8;
  }
  return NULL;
}

/** Where the run of plain bytes from `p` ends. */
static inline const char *json_scan_plain(const char *p, const char *end) {
  const char *special = json_scan_to_special(p, end);
  if (special) return special;
  p += (end - p) / 8 * 8;
  while (p < end && json_scan_is_plain((unsigned char)*p)) p++;
  return p;
}

/** From behind the opening quote to the closing one, everything between is checked. *escaped tells of a backslash. */
static inline const char *json_scan_string(const char *p, const char *end, bool *escaped, struct json_problem *problem) {
  *escaped = false;
  const char *special = json_scan_to_special(p, end);
  return __builtin_expect(special && *special == '"', true) ? special : json_scan_rest(p, end, escaped, problem);
}

static inline const char *json_scan_digits(const char *p, const char *end) {
  while (p < end && *p >= '0' && *p <= '9') p++;
  return p;
}

static inline const char *json_scan_number(const char *p, const char *end, struct json_problem *problem) {
  const char *digits = *p == '-' ? p + 1 : p;
  p = json_scan_digits(digits, end);
  if (p == digits) return json_scan_fail(p, problem, "not a value");
  if (*digits == '0' && p - digits > 1) return json_scan_fail(p, problem, "a number with a leading zero");
  if (p < end && *p == '.') {
    digits = p + 1;
    p = json_scan_digits(digits, end);
    if (p == digits) return json_scan_fail(p, problem, "a number without digits behind its point");
  }
  if (p == end || (*p != 'e' && *p != 'E')) return p;
  digits = p + 1;
  if (digits < end && (*digits == '+' || *digits == '-')) digits++;
  p = json_scan_digits(digits, end);
  return p > digits ? p : json_scan_fail(p, problem, "a number without digits in its exponent");
}

/** true, false and null. */
static inline const char *json_scan_word(const char *p, const char *end, const char *word, size_t len, struct json_problem *problem) {
  if ((size_t)(end - p) >= len && memcmp(p, word, len) == 0) return p + len;
  return json_scan_fail(p, problem, "not a value");
}

#endif
