#include "journal/base64.h"

#include <stdint.h>
#include <string.h>

static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const void *bytes, size_t len, struct base_buf *out) {
  const unsigned char *from = bytes;
  for (size_t i = 0; i < len; i += 3) {
    size_t count = len - i < 3 ? len - i : 3;
    uint32_t group = (uint32_t)from[i] << 16 | (count > 1 ? (uint32_t)from[i + 1] << 8 : 0) | (count > 2 ? from[i + 2] : 0);
    char four[4];
    for (size_t k = 0; k < 4; k++) four[k] = k <= count ? LETTERS[group >> (18 - 6 * k) & 63] : '=';
    base_buf_append(out, four, 4);
  }
}

/* Of four letters: how many bytes they mean, 0 = none. Only the last group may have padding. */
static size_t decode_group(const char *four, bool last, char bytes[3]) {
  size_t padding = !last || four[3] != '=' ? 0 : four[2] == '=' ? 2 : 1;
  uint32_t group = 0;
  for (size_t i = 0; i < 4; i++) {
    const char *letter = i < 4 - padding && four[i] ? strchr(LETTERS, four[i]) : NULL;
    if (!letter && i < 4 - padding) return 0;
    group = group << 6 | (letter ? (uint32_t)(letter - LETTERS) : 0);
  }
  if (padding > 0 && (group & (padding == 1 ? 0xFF : 0xFFFF))) return 0; /* bits that mean nothing are 0 */
  for (size_t i = 0; i < 3; i++) bytes[i] = (char)(group >> (16 - 8 * i) & 0xFF);
  return 3 - padding;
}

bool base64_decode(const char *text, size_t len, struct base_buf *out) {
  size_t before = out->len;
  for (size_t i = 0; i < len; i += 4) {
    char bytes[3];
    size_t count = len - i < 4 ? 0 : decode_group(text + i, i + 4 == len, bytes);
    if (count == 0) {
      out->len = before;
      return false;
    }
    base_buf_append(out, bytes, count);
  }
  return !out->failed;
}
