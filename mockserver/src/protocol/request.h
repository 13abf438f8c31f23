/** From bytes to a journal entry: path, query, headers, body, and what is wrong with them (W-1 to W-7). */
#ifndef MOCK_PROTOCOL_REQUEST_H
#define MOCK_PROTOCOL_REQUEST_H

#include "http/http.h"
#include "world/journal.h"

/** Fill a fresh entry by the request alone. Everything is copied, into a block of its own. Needs no lock. False without memory. */
bool request_parse(const struct http_request *request, struct journal_entry *entry);
/**
 * The same as an entry that is in no journal yet, in one piece with its block, save that a large body is taken from the
 * request, which is left without it. The caller's; NULL without memory.
 */
struct journal_entry *request_entry(struct http_request *request);
/** Add what only the world knows: service, cache id, batch and attempt. */
void request_place(struct mock_world *world, struct journal_entry *entry);

/** %XX, and + as a blank when `plus` says so (W-7). The caller's; bytes that are no UTF-8 become "?". */
char *request_decode(const char *text, size_t len, bool plus);
/** The parameters, decoded: an object of texts, of repeated names the last counts. The caller's. */
cJSON *request_query(const char *query);

#endif
