/* Delta debugging: what is left is needed, all of it and nothing else. */
#include "test.h"

#include "shrink.h"

enum { STEPS = 23 };

struct wanted {
  const size_t *places; /* the steps that together make the failure */
  size_t count;
  unsigned asked;
};

static bool fails(void *context, const bool *kept, size_t count) {
  struct wanted *wanted = context;
  assert_int_equal(count, STEPS);
  wanted->asked++;
  for (size_t i = 0; i < wanted->count; i++)
    if (!kept[wanted->places[i]]) return false;
  return true;
}

static void check(const size_t *places, size_t count) {
  bool kept[STEPS];
  struct wanted wanted = {places, count, 0};
  for (size_t i = 0; i < STEPS; i++) kept[i] = true;
  unsigned asked = shrink(kept, STEPS, 1000, fails, &wanted);
  assert_int_equal(asked, wanted.asked);
  for (size_t i = 0, next = 0; i < STEPS; i++) {
    bool needed = next < count && places[next] == i;
    assert_int_equal(kept[i], needed);
    next += needed;
  }
}

static void only_what_is_needed_is_left(void **state) {
  (void)state;
  check((size_t[]){11}, 1);
  check((size_t[]){0, 22}, 2);
  check((size_t[]){3, 4, 9, 17, 20}, 5);
}

static void a_failure_that_needs_everything_is_left_whole(void **state) {
  (void)state;
  size_t places[STEPS];
  for (size_t i = 0; i < STEPS; i++) places[i] = i;
  check(places, STEPS);
}

static void it_stops_after_so_many_questions(void **state) {
  (void)state;
  bool kept[STEPS];
  struct wanted wanted = {(size_t[]){11}, 1, 0};
  for (size_t i = 0; i < STEPS; i++) kept[i] = true;
  assert_int_equal(shrink(kept, STEPS, 2, fails, &wanted), 2);
  assert_true(kept[11]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(only_what_is_needed_is_left),
      cmocka_unit_test(a_failure_that_needs_everything_is_left_whole),
      cmocka_unit_test(it_stops_after_so_many_questions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
