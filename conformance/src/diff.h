/** Two values side by side for a reader: pretty JSON, line by line, what differs marked with - and +. */
#ifndef CONFORMANCE_DIFF_H
#define CONFORMANCE_DIFF_H

#include <stdbool.h>

#include "base/buf.h"

struct cJSON;

enum { DIFF_LINES_MAX = 400, DIFF_CONTEXT = 3 };

/**
 * Either may be NULL: absent. Lines of `expected` alone begin with '-', of `actual` alone with '+', equal
 * ones with a blank. Two texts stand without quotes, line by line. Of longer equal stretches only
 * DIFF_CONTEXT lines on each side are printed.
 */
void diff_print(struct base_buf *out, const struct cJSON *expected, const struct cJSON *actual,
                const char *indent, bool colour);

#endif
