/** How many steps (edges of the flow) this thread has taken, where it was built with FOUNDRYCHECK_COUNT_STEPS; else 0. */
#ifndef FUZZ_STEPS_H
#define FUZZ_STEPS_H

#include <stdint.h>

uint64_t fuzz_steps(void);

#endif
