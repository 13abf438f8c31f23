/**
 * Which requests a rule is for. A rule's conditions are the members of a JSON object, `match`; each has a row in
 * one table (conditions.c) that says what it may look like, when it holds, and what a request had instead.
 *
 * Always true: a condition looks at the request alone, so it may be judged again at any time.
 */
#ifndef MOCK_WORLD_CONDITIONS_H
#define MOCK_WORLD_CONDITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"
#include "world/journal.h"

enum { CONDITIONS_MAX = 16 };

struct conditions {
  cJSON *match; /**< owned */
  const cJSON *wanted[CONDITIONS_MAX]; /**< by the table's rows: a member of `match`, or NULL */
  uint32_t rows;                       /**< a bit for each that there is */
};

/**
 * Take `match` (an object or NULL) as the conditions, or add its members to those that are there.
 * Owns:  a copy is made.
 * Fails: CONDITIONS_ERR_MATCH an unknown condition, or one of the wrong shape; nothing was changed
 */
int conditions_add(struct conditions *conditions, const cJSON *match, struct base_error *err);
enum { CONDITIONS_ERR_MATCH = 40 };
void conditions_done(struct conditions *conditions);

/** The conditions that the request fails, a bit for each row of the table; 0 = it meets them all. */
uint32_t conditions_failed(const struct conditions *conditions, const struct journal_entry *entry);
/** How many conditions there are. */
unsigned conditions_count(const struct conditions *conditions);

const char *conditions_name(unsigned row);
/** What the request has that the condition of this row looks at, the caller's. */
cJSON *conditions_actual(const struct conditions *conditions, unsigned row, const struct journal_entry *entry);

#endif
