/** What the back end deletes by itself with a parent: children of relations with `cascade` and `backend_cascade_support`. */
#ifndef MOCK_WORLD_CASCADE_H
#define MOCK_WORLD_CASCADE_H

#include "world/rows.h"

/** Make a tombstone of the living row and of everything that goes with it. `record` is the row's. Fails: as rows_delete() */
int cascade_delete(struct model_object *object, const struct base_buf *key, const cJSON *record, struct base_error *err);

#endif
