#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* A text cut by snprintf may end inside a character: drop the incomplete one. */
static void trim_to_character(char *text, size_t size) {
  size_t len = strlen(text);
  if (len + 1 < size) return;
  while (len > 0 && !utf8_valid(text, len)) len--;
  text[len] = '\0';
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
  trim_to_character(err->text, sizeof err->text);
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
  trim_to_character(err->text, sizeof err->text);
  return err->code;
}
