/**
 * Temporary keys within one request (W-34): which generated key took the place of which negative one.
 */
#ifndef MOCK_PROTOCOL_TEMPORARY_KEYS_H
#define MOCK_PROTOCOL_TEMPORARY_KEYS_H

#include "world/byte_map.h"
#include "world/model.h"

struct work;
struct edit;

struct temporary_keys {
  struct byte_map given; /**< by object, column and temporary key */
};

/** A negative integer, which only a temporary key can be. */
bool temporary_value(const struct value *value, int64_t *out);
/** `column`: its place in the model. */
void temporary_add(struct temporary_keys *keys, const struct model_object *object, size_t column, int64_t temporary,
                   int64_t given);
/**
 * Put the keys that were given in the places of temporary ones: in the record's own key and in columns that relations
 * name. Returns the name of a column that refers to a row that was never stored, or NULL when there is none.
 */
const char *temporary_resolve(const struct work *work, struct edit *edit);
void temporary_done(struct temporary_keys *keys);

#endif
