/**
 * `$filter` (W-30): text -> tree -> yes or no for a record. Pure: no I/O, no state.
 *
 *   or:    and ("or" and)*
 *   and:   not ("and" not)*
 *   not:   "not" not | "(" or ")" | call | compare
 *   call:  startswith|endswith|substringof|contains "(" value "," value ")" ["eq" true|false]
 *   compare: value [eq|ne|gt|ge|lt|le value]
 *   value: column, number (5, 5L), 'text' ('' = one quote), 2026-01-31T10:00:00Z, datetime'text', true, false, null
 *
 * Always true: every column of a parsed tree exists in the object that it was parsed for; nesting is
 * bounded, and so is the number of nodes. Comparison is by the column's datatype, never by floating point.
 */
#ifndef MOCK_ODATA_ODATA_H
#define MOCK_ODATA_ODATA_H

#include <stdbool.h>

#include "base/error.h"
#include "base/json.h"
#include "world/model.h"

struct odata;

enum { ODATA_ERR_SYNTAX = 40, ODATA_ERR_MEMORY, ODATA_DEPTH_MAX = 64, ODATA_NODES_MAX = 10000 };

/** Fails: ODATA_ERR_SYNTAX with place and reason; ODATA_ERR_MEMORY. *out is the caller's. */
int odata_parse(const char *text, const struct model_object *object, struct odata **out, struct base_error *err);
bool odata_matches(const struct odata *filter, const cJSON *record);
void odata_free(struct odata *filter);

#endif
