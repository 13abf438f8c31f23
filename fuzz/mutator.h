/** What AFL++ calls of a mutator that it loads (its own header is no part of its packages). */
#ifndef FUZZ_MUTATOR_H
#define FUZZ_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/** FUZZ_DICTIONARY in the environment names the target's dictionary. NULL without memory. */
void *afl_custom_init(void *afl, unsigned seed);

/** A changed copy of the input in *out, which stays the mutator's until the next call; its length, 0: none. */
size_t afl_custom_fuzz(void *self, uint8_t *bytes, size_t len, uint8_t **out, uint8_t *other, size_t other_len, size_t most);

void afl_custom_deinit(void *self);

#endif
