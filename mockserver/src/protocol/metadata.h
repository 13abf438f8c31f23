/** The service document (W-1, W-2) and the metadata of a service (W-8). */
#ifndef MOCK_PROTOCOL_METADATA_H
#define MOCK_PROTOCOL_METADATA_H

#include "protocol/answer.h"
#include "world/journal.h"

/** Fails: MOCK_ERR_SCRIPT an edit function failed */
int metadata_answer(struct mock_world *world, struct journal_entry *entry, struct answer *answer,
                    struct base_error *err);
int document_answer(struct mock_world *world, struct answer *answer, struct base_error *err);
/** The service document as the world serves it now, edits included: also for runners. The caller's. */
cJSON *document_make(const struct mock_world *world);

#endif
