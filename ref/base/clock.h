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

/** The machine's clocks. */
struct base_clock base_clock_system(void);

#endif
