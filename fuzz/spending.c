#include "spending.h"

#include <stdbool.h>

#include "oracle.h"
#include "steps.h"

/* Sanitizers' own; NULL without one. */
extern __attribute__((weak)) int __sanitizer_install_malloc_and_free_hooks(void (*taken)(const volatile void *, size_t),
                                                                           void (*given_back)(const volatile void *));

static uint64_t bytes, bytes_before, steps_before;
static double most_steps, most_bytes; /* parts of their limits */

static void taken(const volatile void *at, size_t size) {
  (void)at;
  bytes += size;
}

static void given_back(const volatile void *at) { (void)at; }

static bool counts_bytes(void) { return __sanitizer_install_malloc_and_free_hooks != NULL; }

static void install(void) {
  static bool installed;
  if (installed || !counts_bytes()) return;
  MUST(__sanitizer_install_malloc_and_free_hooks(taken, given_back) != 0);
  installed = true;
}

void spending_begin(void) {
  install();
  bytes_before = bytes;
  steps_before = fuzz_steps();
}

static void keep_most(double *most, uint64_t spent, uint64_t limit) {
  double part = (double)spent / (double)limit;
  if (part > *most) *most = part;
}

void spending_end(const struct spending *most, size_t size) {
  uint64_t steps_spent = fuzz_steps() - steps_before, bytes_spent = bytes - bytes_before;
  uint64_t steps_most = most->steps + most->steps_each * size, bytes_most = most->bytes + most->bytes_each * size;
  if (getenv("FUZZ_SPENDING"))
    fprintf(stderr, "spent on %zu bytes: %ju steps of %ju, %ju bytes of %ju\n", size, (uintmax_t)steps_spent,
            (uintmax_t)steps_most, (uintmax_t)bytes_spent, (uintmax_t)bytes_most);
  MUST(steps_spent <= steps_most);
  MUST(bytes_spent <= bytes_most);
  keep_most(&most_steps, steps_spent, steps_most);
  keep_most(&most_bytes, bytes_spent, bytes_most);
}

void spending_tell(void) {
  if (fuzz_steps()) printf("at most %.0f %% of the steps that an input may take\n", most_steps * 100);
  else puts("steps are not counted in this build");
  if (counts_bytes()) printf("at most %.0f %% of the bytes that an input may take\n", most_bytes * 100);
  else puts("bytes are not counted in this build");
}
