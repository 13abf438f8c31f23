/**
 * A second, slow and obvious reading of the rules that the parsers implement: what a differential target
 * holds the real one against. It shares no code with it. Where it would be too slow to say anything it says so.
 */
#ifndef FUZZ_SLOW_H
#define FUZZ_SLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Is the text one JSON value of RFC 8259, with the restrictions of base/json_reader.h? */
bool slow_json(const char *text, size_t len);

/** A number of JSON's grammar, a leading + allowed. */
bool slow_number(const char *text, size_t len);

enum { SLOW_DIGITS = 2000 };

/** A number written out: SLOW_DIGITS digits before the point and as many behind it. */
struct slow_decimal {
  bool negative;
  char digits[2 * SLOW_DIGITS]; /**< 0 to 9 as numbers, the point stands in the middle */
};

/** False: it does not fit into so many digits. The text must be a number. */
bool slow_decimal(const char *text, size_t len, struct slow_decimal *out);
int slow_compare(const struct slow_decimal *a, const struct slow_decimal *b);
/** The value of an integer of at most 18 digits; false for anything else. */
bool slow_integer(const struct slow_decimal *number, int64_t *out);

#endif
