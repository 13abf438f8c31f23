/* Escapes that a C string cannot hold become U+FFFD, and nothing else changes. */
#include "escapes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void becomes(const char *text, const char *wanted) {
  char mended[64];
  strcpy(mended, text);
  escapes_mend(mended, strlen(mended));
  assert_string_equal(mended, wanted);
}

static void nul_is_replaced(void **state) {
  (void)state;
  becomes("\"a\\u0000b\"", "\"a\\uFFFDb\"");
}

static void half_a_pair_is_replaced(void **state) {
  (void)state;
  becomes("\"\\ud800\"", "\"\\uFFFD\"");
  becomes("\"\\uDC00\"", "\"\\uFFFD\"");
  becomes("\"\\ud83d\\u0041\"", "\"\\uFFFD\\u0041\"");
  becomes("\"\\ud83d\\ud83d\\ude00\"", "\"\\uFFFD\\ud83d\\ude00\"");
}

static void everything_else_stays(void **state) {
  (void)state;
  becomes("\"\\ud83d\\ude00 \\u00e9 \\n\"", "\"\\ud83d\\ude00 \\u00e9 \\n\"");
  becomes("\"\\\\u0000\"", "\"\\\\u0000\""); /* a backslash, then text */
  becomes("\"\\u00\"", "\"\\u00\"");
  becomes("\\", "\\");
  becomes("\"\\u000g\"", "\"\\u000g\"");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nul_is_replaced),
      cmocka_unit_test(half_a_pair_is_replaced),
      cmocka_unit_test(everything_else_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
