#include "base/json_reader.h"

#include <assert.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/utf8.h"

/* What may come next. Always true: in KEY_OR_END and ELEMENT_OR_END the innermost container is empty; `after` is what comes
   behind a value of the innermost one. */
enum { WANT_VALUE, WANT_KEY_OR_END, WANT_ELEMENT_OR_END, AFTER_MEMBER, AFTER_ELEMENT, AFTER_ALL, BROKEN };

void json_reader_init(struct json_reader *reader, const char *text, size_t len) {
  *reader = (struct json_reader){.text = len ? text : "", .len = len, .state = WANT_VALUE, .after = AFTER_ALL};
}

static enum json_token bad(struct json_reader *r, const char *at, const char *problem) {
  r->problem = problem;
  r->pos = (size_t)(at - r->text);
  r->state = BROKEN;
  return JSON_BAD;
}

/* The token start..end was read, and the text up to `pos`. */
static inline enum json_token take(struct json_reader *r, const char *start, const char *end, const char *pos, uint8_t state,
                                   enum json_token token) {
  r->start = (size_t)(start - r->text);
  r->end = (size_t)(end - r->text);
  r->pos = (size_t)(pos - r->text);
  r->state = state;
  return token;
}

static inline enum json_token read_string(struct json_reader *r, const char *p, const char *end) {
  struct json_problem problem;
  const char *quote = json_scan_string(p + 1, end, &r->escaped, &problem);
  return quote ? take(r, p + 1, quote, quote + 1, r->after, JSON_STRING) : bad(r, problem.where, problem.what);
}

static enum json_token read_number(struct json_reader *r, const char *p, const char *end) {
  struct json_problem problem;
  const char *behind = json_scan_number(p, end, &problem);
  return behind ? take(r, p, behind, behind, r->after, JSON_NUMBER) : bad(r, problem.where, problem.what);
}

static inline enum json_token read_word(struct json_reader *r, const char *p, const char *end, const char *word, size_t len,
                                        enum json_token token) {
  struct json_problem problem;
  const char *behind = json_scan_word(p, end, word, len, &problem);
  return behind ? take(r, p, behind, behind, r->after, token) : bad(r, problem.where, problem.what);
}

static enum json_token open_level(struct json_reader *r, const char *p, bool object) {
  if (r->depth == JSON_DEPTH_MAX) return bad(r, p, "nested too deeply");
  uint64_t bit = (uint64_t)1 << (r->depth % 64);
  if (object) r->objects[r->depth / 64] |= bit;
  else r->objects[r->depth / 64] &= ~bit;
  r->depth++;
  r->after = object ? AFTER_MEMBER : AFTER_ELEMENT;
  return take(r, p, p + 1, p + 1, object ? WANT_KEY_OR_END : WANT_ELEMENT_OR_END, object ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN);
}

static uint8_t after_value(const struct json_reader *r) {
  unsigned level = r->depth - 1;
  if (r->depth == 0) return AFTER_ALL;
  return (r->objects[level / 64] >> (level % 64)) & 1 ? AFTER_MEMBER : AFTER_ELEMENT;
}

static enum json_token close_level(struct json_reader *r, const char *p, enum json_token token) {
  r->depth--;
  r->after = after_value(r);
  return take(r, p, p + 1, p + 1, r->after, token);
}

static inline enum json_token read_value(struct json_reader *r, const char *p, const char *end) {
  if (p == end) return bad(r, p, r->len == 0 ? "empty" : "ends too early");
  switch (*p) {
  case '"': return read_string(r, p, end);
  case '{': return open_level(r, p, true);
  case '[': return open_level(r, p, false);
  case 't': return read_word(r, p, end, "true", 4, JSON_TRUE);
  case 'f': return read_word(r, p, end, "false", 5, JSON_FALSE);
  case 'n': return read_word(r, p, end, "null", 4, JSON_NULL);
  default: return read_number(r, p, end);
  }
}

static inline enum json_token read_key(struct json_reader *r, const char *p, const char *end) {
  if (p == end) return bad(r, p, "ends too early");
  if (*p != '"') return bad(r, p, "a name in quotes is missing");
  struct json_problem problem;
  const char *quote = json_scan_string(p + 1, end, &r->escaped, &problem);
  if (!quote) return bad(r, problem.where, problem.what);
  const char *colon = json_scan_blanks(quote + 1, end);
  if (colon == end || *colon != ':') return bad(r, colon, "a colon is missing");
  return take(r, p + 1, quote, colon + 1, WANT_VALUE, JSON_KEY);
}

/* Behind a value: the closing bracket, or a comma, behind which the next token is. */
static inline const char *skip_comma(struct json_reader *r, const char *p, const char *end) {
  if (p < end && *p == ',') return json_scan_blanks(p + 1, end);
  bad(r, p, p == end ? "ends too early" : "a comma is missing");
  return NULL;
}

enum json_token json_next(struct json_reader *r) {
  const char *end = r->text + r->len, *p = json_scan_blanks(r->text + r->pos, end);
  char c = p < end ? *p : '\0';
  switch (r->state) {
  case WANT_VALUE: return read_value(r, p, end);
  case AFTER_MEMBER:
    if (c == '}') return close_level(r, p, JSON_OBJECT_END);
    p = skip_comma(r, p, end);
    return p ? read_key(r, p, end) : JSON_BAD;
  case AFTER_ELEMENT:
    if (c == ']') return close_level(r, p, JSON_ARRAY_END);
    p = skip_comma(r, p, end);
    return p ? read_value(r, p, end) : JSON_BAD;
  case WANT_KEY_OR_END: return c == '}' ? close_level(r, p, JSON_OBJECT_END) : read_key(r, p, end);
  case WANT_ELEMENT_OR_END: return c == ']' ? close_level(r, p, JSON_ARRAY_END) : read_value(r, p, end);
  case AFTER_ALL: return p == end ? take(r, p, p, p, AFTER_ALL, JSON_END) : bad(r, p, "something stands behind the value");
  default: return JSON_BAD;
  }
}

size_t json_plain(const char *text, size_t len) {
  return (size_t)(json_scan_plain(text, text + len) - text);
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
  uint32_t code = (uint32_t)json_scan_hex(p + 2);
  *consumed = 6;
  if (code >= 0xD800 && code <= 0xDBFF) {
    code = 0x10000 + ((code - 0xD800) << 10) + ((uint32_t)json_scan_hex(p + 8) - 0xDC00);
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
