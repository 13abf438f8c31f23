/** The rows that an online GET asks for (W-4): $filter, key columns, $orderby, $skip, $top, $select. */
#ifndef MOCK_PROTOCOL_ONLINE_LIST_H
#define MOCK_PROTOCOL_ONLINE_LIST_H

#include "world/journal.h"
#include "world/rows.h"

/** Into `records`, an array. An option that cannot be read does nothing, and is a finding. Fails: MOCK_ERR_MEMORY */
int online_list(struct journal_entry *entry, struct model_object *object, cJSON *records, struct base_error *err);

#endif
