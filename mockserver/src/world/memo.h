/**
 * Answers to downloads that may be given again while nothing has changed: the same request gets the same bytes.
 *
 * Always true: an answer is found again only for the same target and body, while its service has the same revision and
 * schema, the clock shows the same time, and the batch context that it names is still known.
 */
#ifndef MOCK_WORLD_MEMO_H
#define MOCK_WORLD_MEMO_H

#include "world/journal.h"

/** The text that the same request got, NULL = none. Its findings are noted again. Borrowed. */
struct shared_text *memo_find(struct mock_world *world, struct journal_entry *entry);
/** Remember `text`, which names the batch context `bc` ("" = none); the entry's findings behind the first `findings`
 *  belong to it. */
void memo_keep(struct mock_world *world, const struct journal_entry *entry, const char *bc, int findings,
               struct shared_text *text);
void memo_done(struct mock_world *world);

#endif
