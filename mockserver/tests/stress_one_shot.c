/* stress_one_shot [ROUNDS] [THREADS]: one-shot faults under parallel fire; exit 1 when one fired twice or never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "one_shot.h"

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 100000, threads = argc > 2 ? atoi(argv[2]) : 8;
  struct base_clock clock = base_clock_system();
  void *state = NULL;
  if (rounds < 1 || threads < 1 || threads > 32) {
    fprintf(stderr, "usage: stress_one_shot [ROUNDS from 1] [THREADS from 1 to 32]\n");
    return 2;
  }
  fixture_open(&state);
  mock_world_set_keep(((struct fixture *)state)->world, 1000);
  int64_t before = clock.monotonic_ms(clock.context);
  struct one_shot_result result = one_shot_rounds(state, threads, rounds);
  int64_t ms = clock.monotonic_ms(clock.context) - before;
  fixture_close(&state);
  printf("%d rounds of %d parallel requests in %lld ms: %d fired twice, %d never\n", result.rounds, threads, (long long)ms,
         result.twice, result.never);
  return result.twice || result.never ? 1 : 0;
}
