/**
 * Delta debugging: which of the steps that lead to a failure are needed for it. Pure.
 *
 * Whole stretches are left out first, from a half of the list down to single steps, until no single step can be
 * left out any more. The same answers give the same result.
 */
#ifndef CONFORMANCE_SHRINK_H
#define CONFORMANCE_SHRINK_H

#include <stdbool.h>
#include <stddef.h>

enum { SHRINK_STEPS_MAX = 1000 }; /**< a longer list is left as it is */

/** Is the failure still there when only the steps with `kept[i]` are done? */
typedef bool shrink_question(void *context, const bool *kept, size_t count);

/**
 * `kept` has `count` places, all true: the whole list fails. In the end it has those that are needed.
 * At most `most` questions are asked. Returns how many were.
 */
unsigned shrink(bool *kept, size_t count, unsigned most, shrink_question *still_fails, void *context);

#endif
