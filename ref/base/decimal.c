#include "base/decimal.h"

#include <assert.h>
#include <string.h>

/* A value is sign * 0.d1 d2 ... dn * 10^exponent, its first and last digit not zero; zero has n = 0.
 * The digits stay in the text: `first` is d1's place, and the point is stepped over when reading. */
struct decimal {
  bool negative;
  const char *first; /* first digit that counts */
  size_t count;      /* digits that count, from first non-zero to last non-zero */
  int64_t exponent;
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t digits_at(const char *text, size_t len, size_t at) {
  size_t count = 0;
  while (at + count < len && is_digit(text[at + count])) count++;
  return count;
}

bool decimal_valid(const char *text, size_t len) {
  size_t at = len > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  size_t whole = digits_at(text, len, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  if (at < len && text[at] == '.') {
    size_t fraction = digits_at(text, len, at + 1);
    if (fraction == 0) return false;
    at += 1 + fraction;
  }
  if (at < len && (text[at] == 'e' || text[at] == 'E')) {
    at++;
    if (at < len && (text[at] == '-' || text[at] == '+')) at++;
    size_t power = digits_at(text, len, at);
    if (power == 0) return false;
    at += power;
  }
  return at == len;
}

static int64_t read_power(const char *text, size_t len) {
  bool negative = len > 0 && text[0] == '-';
  int64_t power = 0;
  for (size_t i = len > 0 && !is_digit(text[0]) ? 1 : 0; i < len; i++)
    if (power < INT32_MAX) power = power * 10 + (text[i] - '0');
  if (power > INT32_MAX) power = INT32_MAX;
  return negative ? -power : power;
}

static struct decimal parse(const char *text, size_t len) {
  assert(decimal_valid(text, len));
  struct decimal d = {.negative = len > 0 && text[0] == '-'};
  const char *end = text + len;
  const char *point = NULL, *e = end, *last = NULL;
  for (const char *p = text; p < end; p++) {
    if (*p == '.') point = p;
    if (*p == 'e' || *p == 'E') {
      e = p;
      break;
    }
    if (*p >= '1' && *p <= '9') {
      if (!d.first) d.first = p;
      last = p;
    }
  }
  if (!d.first) {
    d.negative = false;
    return d;
  }
  const char *whole_end = point ? point : e;
  d.exponent = d.first < whole_end ? whole_end - d.first : -(d.first - whole_end - 1);
  d.count = (size_t)(last - d.first) + 1;
  if (point && point > d.first && point < last) d.count--;
  if (e < end) d.exponent += read_power(e + 1, (size_t)(end - e - 1));
  return d;
}

static int compare_digits(const struct decimal *a, const struct decimal *b) {
  const char *p = a->first, *q = b->first;
  size_t common = a->count < b->count ? a->count : b->count;
  for (size_t i = 0; i < common; i++, p++, q++) {
    if (*p == '.') p++;
    if (*q == '.') q++;
    if (*p != *q) return *p < *q ? -1 : 1;
  }
  return a->count == b->count ? 0 : a->count < b->count ? -1 : 1;
}

int decimal_compare(const char *a_text, size_t a_len, const char *b_text, size_t b_len) {
  struct decimal a = parse(a_text, a_len), b = parse(b_text, b_len);
  if (a.count == 0 && b.count == 0) return 0;
  if (a.count == 0) return b.negative ? 1 : -1;
  if (b.count == 0) return a.negative ? -1 : 1;
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  int order = a.exponent != b.exponent ? (a.exponent < b.exponent ? -1 : 1) : compare_digits(&a, &b);
  return a.negative ? -order : order;
}

enum { SHORT_DIGITS = 18 }; /* so many digits fit 64 bits whatever they are */

/* Nearly all integers: a few digits, nothing else. */
static bool short_integer(const char *text, size_t len, int64_t *out) {
  size_t sign = len > 0 && text[0] == '-';
  if (len == sign || len > SHORT_DIGITS || (len > sign + 1 && text[sign] == '0')) return false;
  int64_t value = 0;
  for (size_t i = sign; i < len; i++) {
    if (!is_digit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  *out = sign ? -value : value;
  return true;
}

bool decimal_integer(const char *text, size_t len, int64_t *out) {
  if (short_integer(text, len, out)) return true;
  if (!decimal_valid(text, len)) return false;
  struct decimal d = parse(text, len);
  if (d.count == 0) {
    *out = 0;
    return true;
  }
  if (d.exponent > 19 || (int64_t)d.count > d.exponent) return false;
  int64_t value = 0;
  const char *p = d.first;
  for (int64_t i = 0; i < d.exponent; i++) {
    int digit = 0;
    if (i < (int64_t)d.count) {
      if (*p == '.') p++;
      digit = *p++ - '0';
    }
    if (__builtin_mul_overflow(value, 10, &value)) return false;
    if (__builtin_sub_overflow(value, digit, &value)) return false;
  }
  if (!d.negative && __builtin_sub_overflow(0, value, &value)) return false;
  *out = value;
  return true;
}
