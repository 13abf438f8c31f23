/**
 * Online calls (W-4): rows of an object one by one, without sync, and the content of binary columns.
 *
 *   GET    url/objects/{object}?$filter=…&$orderby=…&$top=…&$skip=…&$select=…&{key}=…
 *   POST   a record            PUT, PATCH  the changed columns with the key        DELETE  the key
 *   GET, PUT, POST, DELETE     url/binary/{object}?{key}=…&fieldName={column}&type=bytes
 *
 * Always true: a row that is changed here takes the service's next revision, as by an upload: a delta brings it.
 */
#ifndef MOCK_PROTOCOL_ONLINE_H
#define MOCK_PROTOCOL_ONLINE_H

#include "base/error.h"
#include "protocol/answer.h"
#include "world/journal.h"

/** Is this POST without an override the creation of a row? Sync calls have a header, and another body (W-5). */
bool online_creates(const struct journal_entry *entry);

/** Fails: MOCK_ERR_MEMORY. What the protocol refuses is an answer. */
int online_answer(struct journal_entry *entry, struct answer *answer, struct base_error *err);

#endif
