/* Decimal comparison without floating point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/decimal.h"

static void compares_by_value(void **state) {
  (void)state;
  static const struct { const char *a, *b; int order; } rows[] = {
      {"5", "5.0", 0}, {"5", "50e-1", 0}, {"-0", "0.000", 0}, {"0.1", "0.10", 0}, {"100", "1e2", 0},
      {"9007199254740993", "9007199254740992", 1}, {"-1", "1", -1}, {"-2", "-1", -1}, {"0", "-1", 1}, {"0", "1", -1},
      {"10.01", "10.1", -1}, {"0.009", "0.01", -1}, {"1e400", "2e399", 1}, {"12.5", "125e-1", 0}, {"+3", "3", 0},
      {"1e99999999999", "1e99999999998", 0}, {"1005", "100.5", 1}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const char *a = rows[i].a, *b = rows[i].b;
    if (decimal_compare(a, strlen(a), b, strlen(b)) != rows[i].order) fail_msg("%s and %s", a, b);
    if (decimal_compare(b, strlen(b), a, strlen(a)) != -rows[i].order) fail_msg("%s and %s", b, a);
  }
}

static void knows_the_grammar(void **state) {
  (void)state;
  static const char *const good[] = {"0", "-0", "10", "1.5", "1e5", "1E-5", "+7", "0.0"};
  static const char *const wrong[] = {"", "-", "01", "1.", ".5", "1e", "1e+", " 1", "1 ", "0x1", "nan", "--1"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) assert_true(decimal_valid(good[i], strlen(good[i])));
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    if (decimal_valid(wrong[i], strlen(wrong[i]))) fail_msg("'%s' was accepted", wrong[i]);
}

static void finds_integers_of_64_bits(void **state) {
  (void)state;
  static const struct { const char *text; bool integer; int64_t value; } rows[] = {
      {"0", true, 0}, {"-0", true, 0}, {"0.00", true, 0}, {"-0e5", true, 0}, {"7", true, 7}, {"+7", true, 7}, {"-7", true, -7}, {"70e-1", true, 7},
      {"123456789012345678", true, 123456789012345678}, {"-99999999999999999", true, -99999999999999999},
      {"9223372036854775807", true, INT64_MAX}, {"-9223372036854775808", true, INT64_MIN}, {"9223372036854775808", false, 0},
      {"5.0", true, 5}, {"1e18", true, 1000000000000000000}, {"1e19", false, 0}, {"1.5", false, 0}, {"", false, 0},
      {"-", false, 0}, {"01", false, 0}, {"-01", false, 0}, {"1 ", false, 0}, {"12a", false, 0}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    int64_t value = 0;
    bool integer = decimal_integer(rows[i].text, strlen(rows[i].text), &value);
    if (integer != rows[i].integer || (integer && value != rows[i].value)) fail_msg("'%s'", rows[i].text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(compares_by_value), cmocka_unit_test(knows_the_grammar),
                                     cmocka_unit_test(finds_integers_of_64_bits)};
  return cmocka_run_group_tests_name("base/decimal", tests, NULL, NULL);
}
