/**
 * Temporary keys within one request (W-34): which generated key took the place of which negative one.
 */
#ifndef MOCK_PROTOCOL_TEMPORARY_KEYS_H
#define MOCK_PROTOCOL_TEMPORARY_KEYS_H

#include "world/byte_map.h"
#include "world/model.h"

struct temporary_keys {
  struct byte_map given; /**< by object, column and temporary key */
};

/** A negative integer, which only a temporary key can be. */
bool temporary_value(const cJSON *value, int64_t *out);
void temporary_add(struct temporary_keys *keys, const struct model_object *object, const char *column,
                   int64_t temporary, int64_t given);
/**
 * Find the temporary keys in `record`, a record of `object`: in its own key and in columns that relations name. Those
 * columns are added to `resolved` with the keys that were given. Returns the name of a column that refers to a row that
 * was never stored, or NULL when there is none.
 */
const char *temporary_resolve(const struct temporary_keys *keys, const struct model_object *object, const cJSON *record,
                              cJSON *resolved);
void temporary_done(struct temporary_keys *keys);

#endif
