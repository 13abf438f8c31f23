#include "base/clock.h"

#include <stddef.h>
#include <time.h>

static int64_t read_ms(clockid_t id) {
  struct timespec now;
  clock_gettime(id, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t wall_ms(void *context) {
  (void)context;
  return read_ms(CLOCK_REALTIME);
}

static int64_t monotonic_ms(void *context) {
  (void)context;
  return read_ms(CLOCK_MONOTONIC);
}

struct base_clock base_clock_system(void) {
  return (struct base_clock){wall_ms, monotonic_ms, NULL};
}

int64_t base_elapsed_ms(int64_t from_ms, int64_t to_ms) {
  if (to_ms <= from_ms) return 0;
  uint64_t elapsed = (uint64_t)to_ms - (uint64_t)from_ms;
  return elapsed > INT64_MAX ? INT64_MAX : (int64_t)elapsed;
}

int64_t base_time_after(int64_t from_ms, int64_t duration_ms) {
  return from_ms > INT64_MAX - duration_ms ? INT64_MAX : from_ms + duration_ms;
}
