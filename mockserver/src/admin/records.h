/** How many records travelled. */
#ifndef MOCK_ADMIN_RECORDS_H
#define MOCK_ADMIN_RECORDS_H

#include "world/journal.h"

/** Of an upload those that were sent, of everything else those of the answer as the rules left it; nested ones included. */
int64_t records_count(struct journal_entry *entry);

#endif
