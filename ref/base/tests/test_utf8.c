/* UTF-8: what is a character, and excerpts for messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/utf8.h"

static void overlong_surrogate_and_cut_forms_are_malformed(void **state) {
  (void)state;
  assert_false(utf8_valid("\xc0\x80", 2));
  assert_false(utf8_valid("\xed\xa0\x80", 3));
  assert_false(utf8_valid("\xe2\x80", 2));
  assert_true(utf8_valid("a\xc3\xa9\xe2\x80\xa6\xf0\x9f\x98\x80", 10));
}

static void a_short_text_is_its_own_excerpt(void **state) {
  (void)state;
  char out[UTF8_EXCERPT];
  assert_string_equal(utf8_excerpt("Organiz\xc3\xa9", out), "Organiz\xc3\xa9");
  assert_string_equal(utf8_excerpt("", out), "");
}

static void an_excerpt_is_one_line(void **state) {
  (void)state;
  char out[UTF8_EXCERPT];
  assert_string_equal(utf8_excerpt("a\nb\x7f\xff", out), "a?b??");
}

static void a_long_excerpt_ends_at_a_character(void **state) {
  (void)state;
  char text[200], out[UTF8_EXCERPT];
  for (size_t shift = 0; shift < 2; shift++) {
    memset(text, 'x', shift);
    for (size_t i = shift; i + 2 < sizeof text; i += 2) memcpy(text + i, "\xc3\xa9", 2);
    text[shift + 180] = '\0';
    utf8_excerpt(text, out);
    assert_true(utf8_valid(out, strlen(out)));
    assert_string_equal(out + strlen(out) - 3, "\xe2\x80\xa6");
    assert_true(strlen(out) < UTF8_EXCERPT);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(overlong_surrogate_and_cut_forms_are_malformed),
      cmocka_unit_test(a_short_text_is_its_own_excerpt),
      cmocka_unit_test(an_excerpt_is_one_line),
      cmocka_unit_test(a_long_excerpt_ends_at_a_character),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
