#include "steps.h"

/* Each thread's own: one number for all of them would go from core to core at every edge. */
static _Thread_local uint64_t steps __attribute__((tls_model("initial-exec")));

/* The compiler calls this at every edge. Weak, because libFuzzer has one of its own, which counts nothing for us. */
__attribute__((weak)) void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void) { steps++; }

uint64_t fuzz_steps(void) { return steps; }
