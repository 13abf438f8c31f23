/* The buffer: growth, the maximum, what is left after a failed append; and errors' texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/utf8.h"

static void grows_and_terminates(void **state) {
  (void)state;
  struct base_buf buf = BASE_BUF_INIT;
  assert_string_equal(base_buf_string(&buf), "");
  for (int i = 0; i < 1000; i++) base_buf_printf(&buf, "%d,", i % 10);
  assert_int_equal(buf.len, 2000);
  assert_int_equal(strlen(buf.data), 2000);
  char *text = base_buf_steal(&buf);
  assert_int_equal(strlen(text), 2000);
  assert_null(buf.data);
  free(text);
}

static void keeps_its_bytes_at_the_maximum(void **state) {
  (void)state;
  struct base_buf buf = {.max = 4};
  base_buf_text(&buf, "abc");
  base_buf_text(&buf, "de");
  assert_true(buf.failed);
  base_buf_text(&buf, "f");
  assert_string_equal(base_buf_string(&buf), "abc");
  assert_null(base_buf_steal(&buf));
}

/* Every way that the maximum can be met: what fits exactly, and one byte more. */
static void takes_as_much_as_its_maximum(void **state) {
  (void)state;
  for (size_t max = 1; max < 300; max++)
    for (size_t first = 0; first <= max; first++) {
      char bytes[300] = {0};
      struct base_buf buf = {.max = max};
      base_buf_append(&buf, bytes, first);
      base_buf_append(&buf, bytes, max - first);
      assert_false(buf.failed);
      assert_int_equal(buf.len, max);
      base_buf_char(&buf, 'x');
      assert_true(buf.failed);
      assert_int_equal(buf.len, max);
      base_buf_done(&buf);
    }
}

static void cuts_an_error_at_a_character(void **state) {
  (void)state;
  char text[600];
  for (size_t i = 0; i < sizeof text - 2; i += 2) memcpy(text + i, "\xc3\xa9", 2);
  text[sizeof text - 2] = '\0';
  struct base_error err = {0};
  assert_int_equal(base_fail(&err, 7, "OPT-20", "%s", text), 7);
  assert_true(utf8_valid(err.text, strlen(err.text)));
  assert_int_equal(base_fail_within(&err, "file %s", "x"), 7);
  assert_memory_equal(err.text, "file x: \xc3\xa9", 10);
  assert_int_equal(base_fail(NULL, 3, "", "nobody listens"), 3);
}

static void makes_an_error_one_line_of_utf8(void **state) {
  (void)state;
  struct base_error err = {0};
  base_fail(&err, 7, "", "a\nb\xff\x7f%s", "\xe2\x82");
  assert_string_equal(err.text, "a?b????");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(grows_and_terminates), cmocka_unit_test(takes_as_much_as_its_maximum),
                                     cmocka_unit_test(keeps_its_bytes_at_the_maximum),
                                     cmocka_unit_test(cuts_an_error_at_a_character),
                                     cmocka_unit_test(makes_an_error_one_line_of_utf8)};
  return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
