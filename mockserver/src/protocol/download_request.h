/** What a download asks for: contexts, filter and expand of each object, page size, deltas (W-18, W-19, W-28). */
#ifndef MOCK_PROTOCOL_DOWNLOAD_REQUEST_H
#define MOCK_PROTOCOL_DOWNLOAD_REQUEST_H

#include "world/journal.h"
#include "world/pages.h"

/** The context of this object, by its full or its short name (W-3); NULL when there is none. Borrowed. */
const cJSON *download_context(const struct journal_entry *entry, const struct model_object *object);
/** The batch context that a later page is asked for with; NULL for a first page. Borrowed. */
const char *download_batch_context(const struct journal_entry *entry);
/** Raw texts, "" = none; the caller's, NULL without memory. */
void download_odata(struct journal_entry *entry, const cJSON *context, char **filter, char **expand);
/** `$batchsize`; 0 = everything. */
int64_t download_batch_size(struct journal_entry *entry);

void download_write_delta(const struct mock_world *world, const struct page_object *at, uint64_t revision, char out[64]);
/** The revision that the client has; 0 = none. A delta that was never given for this object and filter counts as none. */
uint64_t download_read_delta(const struct mock_world *world, struct journal_entry *entry, const struct page_object *at,
                             const cJSON *context);

/** Findings about the request as a whole. */
void download_check(struct journal_entry *entry);

#endif
