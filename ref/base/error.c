#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/*
 * Names and values from the world end up in messages: make the text one line of well-formed UTF-8.
 * A text cut by snprintf may end inside a character: drop the incomplete one.
 */
static void settle(char *text, size_t size) {
  size_t len = strlen(text);
  bool cut = len + 1 == size;
  for (size_t at = 0; at < len;) {
    size_t step = utf8_length(text + at, len - at);
    if (step == 0 && cut && len - at < 4) text[at] = '\0', len = at;
    else if (step == 0 || (step == 1 && ((unsigned char)text[at] < 0x20 || text[at] == 0x7f))) text[at] = '?';
    at += step ? step : 1;
  }
}

int base_fail(struct base_error *err, int code, const char *spec, const char *format, ...) {
  assert(code != 0);
  if (!err) return code;
  err->code = code;
  snprintf(err->spec, sizeof err->spec, "%s", spec ? spec : "");
  va_list args;
  va_start(args, format);
  vsnprintf(err->text, sizeof err->text, format, args);
  va_end(args);
  settle(err->text, sizeof err->text);
  return code;
}

int base_fail_within(struct base_error *err, const char *format, ...) {
  if (!err) return -1;
  char where[sizeof err->text];
  char whole[2 * sizeof err->text + 2];
  va_list args;
  va_start(args, format);
  vsnprintf(where, sizeof where, format, args);
  va_end(args);
  snprintf(whole, sizeof whole, "%s: %s", where, err->text);
  whole[sizeof err->text - 1] = '\0';
  memcpy(err->text, whole, sizeof err->text);
  settle(err->text, sizeof err->text);
  return err->code;
}
