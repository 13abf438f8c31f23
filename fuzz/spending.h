/**
 * What the code under test may spend on an input: steps (fuzz/steps.h) and bytes (asked of the allocator, given back
 * or not; counted where a sanitizer has hooks for it). Both are counted and not timed, so that a finding is one on
 * every machine. A limit is a constant and so much for each byte of the input: what grows faster than its input breaks
 * it on a few kilobytes. What a library does between two steps of ours is left to AFL++'s time-out.
 *
 * FUZZ_SPENDING=1 prints what each call spent.
 */
#ifndef FUZZ_SPENDING_H
#define FUZZ_SPENDING_H

#include <stddef.h>
#include <stdint.h>

struct spending {
  uint64_t steps, bytes;           /**< whatever the input */
  uint64_t steps_each, bytes_each; /**< for each byte of it */
};

/** From here on what is spent counts. */
void spending_begin(void);

/** It was spent on `size` bytes of input: more than `most` is broken. */
void spending_end(const struct spending *most, size_t size);

/** For the end of a run: the largest parts of their limits that were spent, on standard output. */
void spending_tell(void);

#endif
