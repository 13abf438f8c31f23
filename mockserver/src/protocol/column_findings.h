/**
 * Do the columns of an upload's records fit the metadata (W-8, W-13 to W-15, W-31)? Nothing is refused here: what does not fit
 * is a finding, once for each column in a request, and is worked off as it was sent.
 */
#ifndef MOCK_PROTOCOL_COLUMN_FINDINGS_H
#define MOCK_PROTOCOL_COLUMN_FINDINGS_H

#include "protocol/edit.h"

/** A member of the record that is no column: is it at least `_metadata`, or a list, which may hold nested records (W-47)? */
void column_findings_member(struct work *work, const struct edit *edit, const struct json_item *member);
/** The values as they were given: datatype, length, null. */
void column_findings_values(struct work *work, const struct edit *edit);

#endif
