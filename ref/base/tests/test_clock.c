/* Time that passes between two readings, and readings to come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static void time_never_passes_backwards(void **state) {
  (void)state;
  static const struct {
    int64_t from, to, elapsed;
  } rows[] = {{5, 7, 2},          {7, 7, 0},          {7, 5, 0},
              {-7, -5, 2},        {-5, 5, 10},        {0, INT64_MAX, INT64_MAX},
              {-1, INT64_MAX, INT64_MAX}, {INT64_MIN, INT64_MAX, INT64_MAX}, {INT64_MAX, INT64_MIN, 0}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_true(base_elapsed_ms(rows[i].from, rows[i].to) == rows[i].elapsed);
}

static void time_has_an_end(void **state) {
  (void)state;
  static const struct {
    int64_t from, duration, after;
  } rows[] = {{5, 7, 12},         {-7, 5, -2},        {INT64_MAX, 0, INT64_MAX},
              {INT64_MAX, 1, INT64_MAX}, {1, INT64_MAX, INT64_MAX}, {INT64_MIN, INT64_MAX, -1}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_true(base_time_after(rows[i].from, rows[i].duration) == rows[i].after);
}

static void the_machines_clocks_tell_the_time(void **state) {
  (void)state;
  const struct base_clock clock = base_clock_system();
  int64_t first = clock.monotonic_ms(clock.context);
  assert_true(clock.wall_ms(clock.context) > 1600000000000); /* 2020 */
  assert_true(clock.monotonic_ms(clock.context) >= first);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(time_never_passes_backwards),
                                     cmocka_unit_test(time_has_an_end),
                                     cmocka_unit_test(the_machines_clocks_tell_the_time)};
  return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
