/** Clients in browsers: preflights, and headers that let a page of another origin read an answer. */
#ifndef MOCK_PROTOCOL_CORS_H
#define MOCK_PROTOCOL_CORS_H

#include "world/journal.h"

/** Is this the question of a browser whether it may send a request? No call of a client: it meets no rules. */
bool cors_is_preflight(const struct journal_entry *entry);
/** Add to a list of headers what a browser wants to see, where the request came from one. */
void cors_add_headers(const struct journal_entry *entry, struct base_buf *list);

#endif
