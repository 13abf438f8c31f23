/** Downloads: deltas, pages, filters (W-18 to W-21, W-26, W-28 to W-30). */
#ifndef MOCK_PROTOCOL_DOWNLOAD_H
#define MOCK_PROTOCOL_DOWNLOAD_H

#include "base/error.h"
#include "protocol/answer.h"
#include "world/journal.h"

/** Sets entry->page: which page of a download this request asks for, before any rule is chosen. */
void download_number(struct mock_world *world, struct journal_entry *entry);

/**
 * A page is answered as text; `bc` is the batch context that it names, "" = none.
 * Fails: MOCK_ERR_MEMORY. What the protocol refuses is an answer.
 */
int download_answer(struct mock_world *world, struct journal_entry *entry, struct answer *answer, char bc[48],
                    struct base_error *err);

/** rule:always_more(): the answer says that there is more, under a context that gives this page again. */
void download_repeat(struct mock_world *world, struct journal_entry *entry, struct answer *answer);
/** rule:endless(): the answer says that there is more, under a context of its own that gives this page again. */
void download_go_on(struct mock_world *world, struct journal_entry *entry, struct answer *answer);

#endif
