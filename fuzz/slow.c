#include "slow.h"

#include <string.h>

#include "base/json_reader.h" /* JSON_DEPTH_MAX alone */

/* ---- numbers, by their grammar ---------------------------------------------------------------- */

static size_t digits_at(const char *text, size_t len, size_t at) {
  size_t count = 0;
  while (at + count < len && text[at + count] >= '0' && text[at + count] <= '9') count++;
  return count;
}

/* Length of the number that begins at `at`, 0 when none does: -? (0 | [1-9][0-9]*) (.[0-9]+)? ([eE][+-]?[0-9]+)? */
static size_t number_at(const char *text, size_t len, size_t at) {
  size_t start = at;
  if (at < len && text[at] == '-') at++;
  size_t whole = digits_at(text, len, at);
  if (whole == 0) return 0;
  at += text[at] == '0' ? 1 : whole;
  if (at < len && text[at] == '.') {
    size_t fraction = digits_at(text, len, at + 1);
    if (fraction == 0) return 0;
    at += 1 + fraction;
  }
  if (at < len && (text[at] == 'e' || text[at] == 'E')) {
    size_t sign = at + 1 < len && (text[at + 1] == '+' || text[at + 1] == '-');
    size_t exponent = digits_at(text, len, at + 1 + sign);
    if (exponent == 0) return 0;
    at += 1 + sign + exponent;
  }
  return at - start;
}

bool slow_number(const char *text, size_t len) {
  size_t plus = len > 0 && text[0] == '+';
  return len > plus && !(plus && text[1] == '-') && number_at(text, len, plus) == len - plus;
}

/* ---- numbers, written out --------------------------------------------------------------------- */

static long exponent_of(const char *text, size_t len) {
  size_t at = 0;
  long value = 0;
  while (at < len && text[at] != 'e' && text[at] != 'E') at++;
  if (at == len) return 0;
  bool negative = text[++at] == '-';
  for (; at < len; at++)
    if (text[at] >= '0' && text[at] <= '9' && value < 1000000) value = value * 10 + (text[at] - '0');
  return negative ? -value : value;
}

static size_t whole_digits(const char *text, size_t len) {
  size_t count = 0;
  for (size_t i = 0; i < len && text[i] != '.' && text[i] != 'e' && text[i] != 'E'; i++)
    count += text[i] >= '0' && text[i] <= '9';
  return count;
}

bool slow_decimal(const char *text, size_t len, struct slow_decimal *out) {
  *out = (struct slow_decimal){.negative = len > 0 && text[0] == '-'};
  long place = SLOW_DIGITS - exponent_of(text, len) - (long)whole_digits(text, len);
  for (size_t i = 0; i < len && text[i] != 'e' && text[i] != 'E'; i++) {
    if (text[i] < '0' || text[i] > '9') continue;
    bool fits = place >= 0 && place < 2 * SLOW_DIGITS;
    if (!fits && text[i] != '0') return false;
    if (fits) out->digits[place] = (char)(text[i] - '0');
    place++;
  }
  return true;
}

static bool is_zero(const struct slow_decimal *number) {
  for (size_t i = 0; i < sizeof number->digits; i++)
    if (number->digits[i]) return false;
  return true;
}

int slow_compare(const struct slow_decimal *a, const struct slow_decimal *b) {
  if (is_zero(a) && is_zero(b)) return 0;
  if (a->negative != b->negative) {
    if (is_zero(a)) return b->negative ? 1 : -1;
    return a->negative ? -1 : 1;
  }
  int sign = memcmp(a->digits, b->digits, sizeof a->digits);
  sign = (sign > 0) - (sign < 0);
  return a->negative ? -sign : sign;
}

bool slow_integer(const struct slow_decimal *number, int64_t *out) {
  enum { MOST = 18 };
  int64_t value = 0;
  for (size_t i = 0; i < sizeof number->digits; i++) {
    bool counts = i >= SLOW_DIGITS - MOST && i < SLOW_DIGITS;
    if (!counts && number->digits[i]) return false;
    if (counts) value = value * 10 + number->digits[i];
  }
  *out = number->negative ? -value : value;
  return true;
}

/* ---- JSON, by recursive descent ---------------------------------------------------------------- */

struct text {
  const char *bytes;
  size_t len, at;
  unsigned depth;
};

static int peek(const struct text *t) { return t->at < t->len ? (unsigned char)t->bytes[t->at] : -1; }

static bool take(struct text *t, int byte) {
  if (peek(t) != byte) return false;
  t->at++;
  return true;
}

static void blanks(struct text *t) {
  while (peek(t) == ' ' || peek(t) == '\t' || peek(t) == '\n' || peek(t) == '\r') t->at++;
}

/* Four hexadecimal digits, -1 when they are none. */
static int hex4(struct text *t) {
  int value = 0;
  for (int i = 0; i < 4; i++, t->at++) {
    int byte = peek(t);
    if (byte >= '0' && byte <= '9') value = value * 16 + byte - '0';
    else if (byte >= 'a' && byte <= 'f') value = value * 16 + byte - 'a' + 10;
    else if (byte >= 'A' && byte <= 'F') value = value * 16 + byte - 'A' + 10;
    else return -1;
  }
  return value;
}

/* Behind the backslash. Surrogates come in pairs; U+0000 is refused. */
static bool escape(struct text *t) {
  int byte = peek(t);
  if (byte < 0) return false;
  t->at++;
  if (byte != 'u') return byte != 0 && strchr("\"\\/bfnrt", byte) != NULL;
  int unit = hex4(t);
  if (unit <= 0 || (unit >= 0xdc00 && unit <= 0xdfff)) return false;
  if (unit < 0xd800 || unit > 0xdbff) return true;
  if (!take(t, '\\') || !take(t, 'u')) return false;
  unit = hex4(t);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/* One character of more than one byte: the code point must need that many, be no surrogate, and exist. */
static bool wide_character(struct text *t) {
  static const struct { int first, mask; long least; int more; } forms[] = {
      {0xc0, 0xe0, 0x80, 1}, {0xe0, 0xf0, 0x800, 2}, {0xf0, 0xf8, 0x10000, 3}};
  int byte = peek(t);
  for (size_t f = 0; f < 3; f++) {
    if ((byte & forms[f].mask) != forms[f].first) continue;
    long code = byte & ~forms[f].mask;
    t->at++;
    for (int i = 0; i < forms[f].more; i++, t->at++) {
      int next = peek(t);
      if (next < 0 || (next & 0xc0) != 0x80) return false;
      code = code * 64 + (next & 0x3f);
    }
    return code >= forms[f].least && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  }
  return false;
}

static bool string(struct text *t) {
  if (!take(t, '"')) return false;
  for (;;) {
    int byte = peek(t);
    if (byte < 0x20) return false; /* the end as well */
    if (take(t, '"')) return true;
    if (take(t, '\\')) {
      if (!escape(t)) return false;
    } else if (byte < 0x80) t->at++;
    else if (!wide_character(t)) return false;
  }
}

static bool word(struct text *t, const char *expected) {
  size_t len = strlen(expected);
  if (t->len - t->at < len || memcmp(t->bytes + t->at, expected, len) != 0) return false;
  t->at += len;
  return true;
}

static bool value(struct text *t);

static bool member(struct text *t) {
  blanks(t);
  if (!string(t)) return false;
  blanks(t);
  return take(t, ':') && value(t);
}

/* Behind the bracket. */
static bool list(struct text *t, bool (*one)(struct text *), int end) {
  if (++t->depth > JSON_DEPTH_MAX) return false;
  blanks(t);
  bool good = take(t, end);
  while (!good) {
    if (!one(t)) return false;
    blanks(t);
    good = take(t, end);
    if (!good && !take(t, ',')) return false;
  }
  t->depth--;
  return true;
}

static bool value(struct text *t) {
  bool good = false;
  blanks(t);
  if (take(t, '{')) good = list(t, member, '}');
  else if (take(t, '[')) good = list(t, value, ']');
  else if (peek(t) == '"') good = string(t);
  else if (word(t, "true") || word(t, "false") || word(t, "null")) good = true;
  else {
    size_t len = number_at(t->bytes, t->len, t->at);
    t->at += len;
    good = len > 0;
  }
  blanks(t);
  return good;
}

bool slow_json(const char *text, size_t len) {
  struct text t = {.bytes = text, .len = len};
  return value(&t) && t.at == len;
}
