/* The arena: what it hands out, and that under the address sanitizer nobody may touch what it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/arena.h"

/* NULL where the program is built without the address sanitizer. */
extern __attribute__((weak)) int __asan_address_is_poisoned(void const volatile *address);

static void hands_out_zeroed_memory_that_stays(void **state) {
  (void)state;
  struct vmx_arena arena = {0};
  char *first = vmx_arena_alloc(&arena, 3), *large = vmx_arena_array(&arena, 100, 1000);
  char *text = vmx_arena_text(&arena, "page", 2);
  assert_true(first && large && (uintptr_t)large % _Alignof(max_align_t) == 0);
  assert_true(first[2] == 0 && large[99999] == 0);
  assert_string_equal(text, "pa");
  assert_null(vmx_arena_array(&arena, SIZE_MAX / 2, 3));
  assert_null(vmx_arena_text(&arena, "", SIZE_MAX));
  vmx_arena_done(&arena);
}

static void uses_its_memory_again_after_a_clear(void **state) {
  (void)state;
  struct vmx_arena arena = {0};
  vmx_arena_clear(&arena);
  char *before = vmx_arena_alloc(&arena, 100);
  memset(before, 1, 100);
  vmx_arena_clear(&arena);
  char *after = vmx_arena_alloc(&arena, 50);
  assert_ptr_equal(after, before);
  assert_true(after[0] == 0 && after[49] == 0);
  vmx_arena_done(&arena);
}

static void what_is_not_handed_out_is_poisoned(void **state) {
  (void)state;
  if (!__asan_address_is_poisoned) skip(); /* nothing watches in this build */
  struct vmx_arena arena = {0};
  char *bytes = vmx_arena_alloc(&arena, 11), *more = vmx_arena_alloc(&arena, 32);
  assert_false(__asan_address_is_poisoned(bytes + 10) || __asan_address_is_poisoned(more + 31));
  assert_true(__asan_address_is_poisoned(bytes + 11) && __asan_address_is_poisoned(more + 32));
  vmx_arena_clear(&arena);
  assert_true(__asan_address_is_poisoned(bytes) && __asan_address_is_poisoned(more + 31));
  assert_ptr_equal(vmx_arena_alloc(&arena, 8), bytes);
  assert_true(!__asan_address_is_poisoned(bytes + 7) && __asan_address_is_poisoned(bytes + 8));
  vmx_arena_done(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hands_out_zeroed_memory_that_stays),
      cmocka_unit_test(uses_its_memory_again_after_a_clear),
      cmocka_unit_test(what_is_not_handed_out_is_poisoned),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
