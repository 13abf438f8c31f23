/**
 * Records of a download, and what nests in them (W-19, W-21, W-29): `$expand=Item/Tag,Note` names objects
 * that relations join, or the relations, level by level.
 *
 * Always true: the rows of every object that is named are loaded once and found by the columns that join them, until a
 * row or the schema of the service changes; nothing here counts for $batchsize.
 */
#ifndef MOCK_PROTOCOL_EXPAND_H
#define MOCK_PROTOCOL_EXPAND_H

#include "world/journal.h"
#include "world/pages.h"
#include "world/rows.h"

struct expand;

enum { EXPAND_LEVELS_MAX = 8 };

/** What at->expand names; *out NULL when that is nothing. The caller's. Fails: MOCK_ERR_MEMORY */
int expand_open(struct mock_world *world, struct journal_entry *entry, const struct page_object *at, struct expand **out,
                struct base_error *err);
void expand_free(struct expand *expand);
/** The world ends: let go of the rows that it keeps for the next page. */
void expand_forget(struct mock_world *world);

/** Did anything that nests in the record change since the client's revision? */
bool expand_changed(const struct expand *expand, const cJSON *row);
/** Add what nests in `row`, a record as it is kept, to `record`, the one that is sent. */
void expand_add(const struct expand *expand, const cJSON *row, cJSON *record);

/** A record as downloads send it: full, with action and checksum; or a key with action delete. Of a row with its record. The
 *  caller's. */
cJSON *expand_living(const struct model_object *object, const struct row *row, uint64_t since);
cJSON *expand_deleted(const struct model_object *object, const struct row *row);

#endif
