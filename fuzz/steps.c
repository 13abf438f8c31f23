#include "steps.h"

#include <stdatomic.h>

/* Threads may lose each other's steps; who reads the number runs on one. */
static _Atomic uint64_t steps;

/* The compiler calls this at every edge. Weak, because libFuzzer has one of its own, which counts nothing for us. */
__attribute__((weak)) void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void) {
  atomic_store_explicit(&steps, atomic_load_explicit(&steps, memory_order_relaxed) + 1, memory_order_relaxed);
}

uint64_t fuzz_steps(void) { return atomic_load_explicit(&steps, memory_order_relaxed); }
