/**
 * Do the columns that were sent fit the metadata (W-4, W-8, W-13 to W-15, W-31)? Nothing is refused here: what does not fit is a
 * finding, once for each column in a request, and is worked off as it was sent.
 */
#ifndef MOCK_PROTOCOL_COLUMN_FINDINGS_H
#define MOCK_PROTOCOL_COLUMN_FINDINGS_H

#include "protocol/edit.h"

/** A member of an upload's record that is no column: is it at least `_metadata`, or a list, which may hold nested records (W-47)? */
void column_findings_member(struct work *work, const struct edit *edit, const struct json_item *member);
/** Its values as they were given: datatype, length, null. */
void column_findings_values(struct work *work, const struct edit *edit);
/** The body of an online call. One that `creates` a row says that what it leaves out is null. */
void column_findings_online(struct journal_entry *entry, const struct model_object *object, bool creates);

#endif
