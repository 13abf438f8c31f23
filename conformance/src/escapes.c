#include "escapes.h"

#include <stdint.h>
#include <string.h>

enum { ESCAPE_LEN = 6 }; /* \uXXXX */

/* The code unit of an escape at the start of `text`; -1 = there is none. */
static int32_t code_unit(const char *text, size_t len) {
  if (len < ESCAPE_LEN || text[0] != '\\' || text[1] != 'u') return -1;
  int32_t unit = 0;
  for (size_t i = 2; i < ESCAPE_LEN; i++) {
    static const char DIGITS[] = "0123456789abcdefABCDEF";
    const char *digit = text[i] ? strchr(DIGITS, text[i]) : NULL;
    if (!digit) return -1;
    ptrdiff_t value = digit - DIGITS;
    unit = unit * 16 + (int32_t)(value < 16 ? value : value - 6);
  }
  return unit;
}

static int is_high(int32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
static int is_low(int32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

/* Mend the escape at the start of `text`; how many bytes are done. */
static size_t mend_one(char *text, size_t len) {
  int32_t unit = code_unit(text, len);
  if (unit < 0) return len < 2 ? len : 2;
  if (is_high(unit) && is_low(code_unit(text + ESCAPE_LEN, len - ESCAPE_LEN))) return 2 * ESCAPE_LEN;
  if (unit == 0 || is_high(unit) || is_low(unit)) memcpy(text + 2, "FFFD", 4);
  return ESCAPE_LEN;
}

void escapes_mend(char *json, size_t len) {
  for (size_t at = 0; at < len;) {
    char *escape = memchr(json + at, '\\', len - at);
    if (!escape) return;
    at = (size_t)(escape - json);
    at += mend_one(escape, len - at);
  }
}
