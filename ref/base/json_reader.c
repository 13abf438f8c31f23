#include "base/json_reader.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "base/utf8.h"

/* What may come next. Always true: in VALUE_OR_END and KEY_OR_END the innermost container is empty. */
enum { WANT_VALUE, WANT_VALUE_OR_END, WANT_KEY, WANT_KEY_OR_END, WANT_COMMA_OR_END, WANT_NOTHING, BROKEN };

void json_reader_init(struct json_reader *reader, const char *text, size_t len) {
  *reader = (struct json_reader){.text = text, .len = len, .state = WANT_VALUE};
}

static enum json_token bad(struct json_reader *r, const char *problem) {
  r->state = BROKEN;
  r->problem = problem;
  return JSON_BAD;
}

static bool in_object(const struct json_reader *r) {
  unsigned level = r->depth - 1;
  return (r->objects[level / 64] >> (level % 64)) & 1;
}

static void value_done(struct json_reader *r) {
  r->state = r->depth == 0 ? WANT_NOTHING : WANT_COMMA_OR_END;
}

static void skip_all_blanks(struct json_reader *r) {
  while (r->pos < r->len) {
    char c = r->text[r->pos];
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
    r->pos++;
  }
}

static inline void skip_blanks(struct json_reader *r) {
  if (r->pos == r->len || r->text[r->pos] <= ' ') skip_all_blanks(r); /* seldom */
}

static int hex4(const char *p) {
  int value = 0;
  for (int i = 0; i < 4; i++) {
    char c = p[i];
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/* At a backslash: its escape's length, or 0 with the problem. */
static size_t escape_length(struct json_reader *r) {
  const char *p = r->text + r->pos;
  size_t left = r->len - r->pos;
  if (left < 2) return bad(r, "a string ends inside an escape"), 0;
  if (memchr("\"\\/bfnrt", p[1], 8)) return 2;
  if (p[1] != 'u') return bad(r, "an unknown escape in a string"), 0;
  int unit = left >= 6 ? hex4(p + 2) : -1;
  if (unit < 0) return bad(r, "\\u without four hexadecimal digits"), 0;
  if (unit == 0) return bad(r, "U+0000 in a string"), 0;
  if (unit < 0xD800 || unit > 0xDFFF) return 6;
  int low = unit <= 0xDBFF && left >= 12 && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8) : -1;
  if (low < 0xDC00 || low > 0xDFFF) return bad(r, "a lone surrogate in a string"), 0;
  return 12;
}

static bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

/* The high bits of the bytes of `word` that are not plain; exact up to the lowest one, and none when
 * all are plain. */
static uint64_t special_bytes(uint64_t word) {
  const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
  uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
  uint64_t below = ((word - ones * 0x20) | (quote - ones) | (backslash - ones)) & ~word;
  return (below | word) & highs;
}

/* Where the run of plain bytes from `p` ends, found eight bytes at a time. */
static const char *skip_plain(const char *p, const char *end) {
  for (uint64_t word; end - p >= (ptrdiff_t)sizeof word; p += sizeof word) {
    memcpy(&word, p, sizeof word);
    uint64_t special = special_bytes(le64toh(word));
    if (special) return p + __builtin_ctzll(special) / 8;
  }
  while (p < end && is_plain((unsigned char)*p)) p++;
  return p;
}

size_t json_plain(const char *text, size_t len) {
  return (size_t)(skip_plain(text, text + len) - text);
}

/* At a byte that is not plain and no quote, or at the end of the text. */
static bool step_over_special(struct json_reader *r) {
  if (r->pos == r->len) return bad(r, "a string without an end"), false;
  unsigned char c = (unsigned char)r->text[r->pos];
  if (c < 0x20) return bad(r, "a control character in a string"), false;
  size_t step;
  if (c == '\\') {
    r->escaped = true;
    step = escape_length(r);
  } else {
    step = utf8_length(r->text + r->pos, r->len - r->pos);
    if (step == 0) bad(r, "malformed UTF-8 in a string");
  }
  r->pos += step;
  return step > 0;
}

/* Behind the opening quote: find the closing one, checking everything between. */
static bool scan_string(struct json_reader *r) {
  const char *end = r->text + r->len;
  r->start = r->pos;
  r->escaped = false;
  for (;;) {
    const char *p = skip_plain(r->text + r->pos, end);
    r->pos = (size_t)(p - r->text);
    if (p < end && *p == '"') {
      r->end = r->pos++;
      return true;
    }
    if (!step_over_special(r)) return false;
  }
}

static size_t scan_digits(struct json_reader *r) {
  size_t from = r->pos;
  while (r->pos < r->len && r->text[r->pos] >= '0' && r->text[r->pos] <= '9') r->pos++;
  return r->pos - from;
}

static bool at_char(const struct json_reader *r, char c) {
  return r->pos < r->len && r->text[r->pos] == c;
}

static enum json_token scan_number(struct json_reader *r) {
  r->start = r->pos;
  if (at_char(r, '-')) r->pos++;
  bool zero = at_char(r, '0');
  size_t whole = scan_digits(r);
  if (whole == 0) return bad(r, "not a value");
  if (zero && whole > 1) return bad(r, "a number with a leading zero");
  if (at_char(r, '.')) {
    r->pos++;
    if (scan_digits(r) == 0) return bad(r, "a number without digits behind its point");
  }
  if (at_char(r, 'e') || at_char(r, 'E')) {
    r->pos++;
    if (at_char(r, '+') || at_char(r, '-')) r->pos++;
    if (scan_digits(r) == 0) return bad(r, "a number without digits in its exponent");
  }
  r->end = r->pos;
  value_done(r);
  return JSON_NUMBER;
}

static enum json_token scan_word(struct json_reader *r, const char *word, enum json_token token) {
  size_t len = strlen(word);
  if (r->len - r->pos < len || memcmp(r->text + r->pos, word, len) != 0) return bad(r, "not a value");
  r->start = r->pos;
  r->pos += len;
  r->end = r->pos;
  value_done(r);
  return token;
}

static enum json_token open_level(struct json_reader *r, bool object) {
  if (r->depth == JSON_DEPTH_MAX) return bad(r, "nested too deeply");
  uint64_t bit = (uint64_t)1 << (r->depth % 64);
  if (object) r->objects[r->depth / 64] |= bit;
  else r->objects[r->depth / 64] &= ~bit;
  r->depth++;
  r->start = r->pos++;
  r->end = r->pos;
  r->state = object ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
  return object ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN;
}

static enum json_token close_level(struct json_reader *r, bool object) {
  r->depth--;
  r->start = r->pos++;
  r->end = r->pos;
  value_done(r);
  return object ? JSON_OBJECT_END : JSON_ARRAY_END;
}

static enum json_token read_value(struct json_reader *r) {
  switch (r->text[r->pos]) {
  case '{': return open_level(r, true);
  case '[': return open_level(r, false);
  case 't': return scan_word(r, "true", JSON_TRUE);
  case 'f': return scan_word(r, "false", JSON_FALSE);
  case 'n': return scan_word(r, "null", JSON_NULL);
  case '"':
    r->pos++;
    if (!scan_string(r)) return JSON_BAD;
    value_done(r);
    return JSON_STRING;
  default: return scan_number(r);
  }
}

static enum json_token read_key(struct json_reader *r) {
  if (r->text[r->pos] != '"') return bad(r, "a name in quotes is missing");
  r->pos++;
  if (!scan_string(r)) return JSON_BAD;
  skip_blanks(r);
  if (!at_char(r, ':')) return bad(r, "a colon is missing");
  r->pos++;
  r->state = WANT_VALUE;
  return JSON_KEY;
}

enum json_token json_next(struct json_reader *r) {
  if (r->state == BROKEN) return JSON_BAD;
  skip_blanks(r);
  if (r->pos == r->len)
    return r->state == WANT_NOTHING ? JSON_END : bad(r, r->len == 0 ? "empty" : "ends too early");
  char c = r->text[r->pos];
  switch (r->state) {
  case WANT_NOTHING: return bad(r, "something stands behind the value");
  case WANT_COMMA_OR_END: {
    bool object = in_object(r);
    if (c == (object ? '}' : ']')) return close_level(r, object);
    if (c != ',') return bad(r, "a comma is missing");
    r->pos++;
    r->state = object ? WANT_KEY : WANT_VALUE;
    return json_next(r);
  }
  case WANT_KEY_OR_END:
    if (c == '}') return close_level(r, true);
    return read_key(r);
  case WANT_KEY: return read_key(r);
  case WANT_VALUE_OR_END:
    if (c == ']') return close_level(r, false);
    return read_value(r);
  default: return read_value(r);
  }
}

bool json_skip(struct json_reader *r, enum json_token token) {
  bool container = token == JSON_OBJECT_BEGIN || token == JSON_ARRAY_BEGIN;
  size_t start = token == JSON_STRING ? r->start - 1 : r->start;
  unsigned outer = r->depth - (container ? 1 : 0);
  while (container && r->depth > outer)
    if (json_next(r) == JSON_BAD) return false;
  if (token == JSON_BAD) return false;
  r->start = start;
  r->end = r->pos;
  return true;
}

static size_t unescape_one(const char *p, size_t *consumed, char *out) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  const char *simple = strchr(from, p[1]);
  *consumed = 2;
  if (p[1] != 'u') {
    assert(simple);
    out[0] = to[simple - from];
    return 1;
  }
  uint32_t code = (uint32_t)hex4(p + 2);
  *consumed = 6;
  if (code >= 0xD800 && code <= 0xDBFF) {
    code = 0x10000 + ((code - 0xD800) << 10) + ((uint32_t)hex4(p + 8) - 0xDC00);
    *consumed = 12;
  }
  return utf8_encode(code, out);
}

size_t json_unescape(const char *raw, size_t len, char *out) {
  size_t written = 0;
  for (size_t i = 0; i < len;) {
    if (raw[i] != '\\') {
      out[written++] = raw[i++];
      continue;
    }
    size_t consumed;
    char bytes[4];
    size_t count = unescape_one(raw + i, &consumed, bytes);
    memcpy(out + written, bytes, count);
    written += count;
    i += consumed;
  }
  return written;
}

bool json_token_resolves_to(const struct json_reader *r, const char *text) {
  size_t len = strlen(text), span = r->end - r->start;
  const char *raw = r->text + r->start;
  size_t matched = 0;
  for (size_t i = 0; i < span;) {
    char bytes[4] = {raw[i]};
    size_t count = 1, consumed = 1;
    if (raw[i] == '\\') count = unescape_one(raw + i, &consumed, bytes);
    if (matched + count > len || memcmp(text + matched, bytes, count) != 0) return false;
    matched += count;
    i += consumed;
  }
  return matched == len;
}

size_t json_line(const char *text, size_t pos) {
  size_t line = 1;
  for (size_t i = 0; i < pos; i++) line += text[i] == '\n';
  return line;
}
