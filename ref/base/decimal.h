/** Numbers as text, compared by decimal value: 5 = 5.0 = "5" = 50e-1, with no floating point. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** True when `text` is a number of JSON's grammar, a leading '+' allowed, nothing around it. */
bool decimal_valid(const char *text, size_t len);

/** -1, 0, 1 by value. Both must be valid. Any size: exponents beyond int32 compare as that bound. */
int decimal_compare(const char *a, size_t a_len, const char *b, size_t b_len);

/** The value as an int64, when it is an integer that fits ("20.0" is 20, C-9). */
bool decimal_integer(const char *text, size_t len, int64_t *out);

#endif
