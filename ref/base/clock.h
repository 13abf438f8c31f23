/** Time as an argument: whoever needs it is given one of these, so that a test can hold it still. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/** Two clocks and what they need. */
struct base_clock {
  int64_t (*wall_ms)(void *context);      /**< milliseconds since 1970, may jump */
  int64_t (*monotonic_ms)(void *context); /**< never goes back; its zero means nothing */
  void *context;
};

/** Milliseconds from one reading to a later one: never negative, and nothing overflows. A clock that an
 *  application brings may go back all the same: then no time has passed. */
int64_t base_elapsed_ms(int64_t from_ms, int64_t to_ms);

/** The time `duration_ms` (not negative) after a reading; the end of time where there is none behind it. */
int64_t base_time_after(int64_t from_ms, int64_t duration_ms);

/** The machine's clocks. */
struct base_clock base_clock_system(void);

#endif
