#include "base/utf8.h"

#include <assert.h>
#include <string.h>

static bool continues(unsigned char byte) { return (byte & 0xC0) == 0x80; }

size_t utf8_length(const char *text, size_t len) {
  const unsigned char *b = (const unsigned char *)text;
  if (len == 0) return 0;
  if (b[0] < 0x80) return 1;
  if (b[0] >= 0xC2 && b[0] <= 0xDF) return len >= 2 && continues(b[1]) ? 2 : 0;
  if ((b[0] & 0xF0) == 0xE0) {
    if (len < 3 || !continues(b[1]) || !continues(b[2])) return 0;
    if (b[0] == 0xE0 && b[1] < 0xA0) return 0; /* overlong */
    if (b[0] == 0xED && b[1] > 0x9F) return 0; /* surrogate */
    return 3;
  }
  if (b[0] >= 0xF0 && b[0] <= 0xF4) {
    if (len < 4 || !continues(b[1]) || !continues(b[2]) || !continues(b[3])) return 0;
    if (b[0] == 0xF0 && b[1] < 0x90) return 0;
    if (b[0] == 0xF4 && b[1] > 0x8F) return 0;
    return 4;
  }
  return 0;
}

/* Are the next eight bytes there, and ASCII? */
static bool eight_plain(const char *text, size_t len) {
  uint64_t bytes;
  if (len < sizeof bytes) return false;
  memcpy(&bytes, text, sizeof bytes);
  return (bytes & 0x8080808080808080u) == 0;
}

bool utf8_valid(const char *text, size_t len) {
  for (size_t i = 0; i < len;) {
    size_t step = eight_plain(text + i, len - i) ? 8 : utf8_length(text + i, len - i);
    if (step == 0) return false;
    i += step;
  }
  return true;
}

size_t utf8_encode(uint32_t code, char *out) {
  assert(code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF));
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  if (code < 0x800) {
    out[0] = (char)(0xC0 | (code >> 6));
    out[1] = (char)(0x80 | (code & 0x3F));
    return 2;
  }
  if (code < 0x10000) {
    out[0] = (char)(0xE0 | (code >> 12));
    out[1] = (char)(0x80 | ((code >> 6) & 0x3F));
    out[2] = (char)(0x80 | (code & 0x3F));
    return 3;
  }
  out[0] = (char)(0xF0 | (code >> 18));
  out[1] = (char)(0x80 | ((code >> 12) & 0x3F));
  out[2] = (char)(0x80 | ((code >> 6) & 0x3F));
  out[3] = (char)(0x80 | (code & 0x3F));
  return 4;
}

const char *utf8_excerpt(const char *text, char out[UTF8_EXCERPT]) {
  static const char ellipsis[] = "\xe2\x80\xa6";
  size_t len = strlen(text), at = 0, used = 0;
  while (at < len) {
    size_t step = utf8_length(text + at, len - at);
    size_t width = step ? step : 1;
    if (used + width > UTF8_EXCERPT - sizeof ellipsis) break;
    bool plain = step > 1 || (step == 1 && (unsigned char)text[at] >= 0x20 && text[at] != 0x7f);
    if (plain) memcpy(out + used, text + at, width);
    else out[used] = '?';
    used += plain ? width : 1;
    at += width;
  }
  if (at < len) memcpy(out + used, ellipsis, sizeof ellipsis - 1), used += sizeof ellipsis - 1;
  out[used] = '\0';
  return out;
}
