/**
 * A JSON text read once: an item for each value, in the order of the text, all in one allocation. As strict as a tree
 * (json.h), at a tenth of its cost; for large texts of which most values are used once or not at all. Fastest where the
 * objects of a list have the same names in the same order. A tree of any item can be had.
 *
 * Always true: an item is followed by what is within it; items are spans of the text, which stays the caller's.
 */
#ifndef BASE_JSON_INDEX_H
#define BASE_JSON_INDEX_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/json_reader.h"

struct json_item {
  uint32_t start, len;     /**< of a string without its quotes, of an object or array with its brackets */
  uint32_t name, name_len; /**< of a member, without quotes */
  uint32_t size;           /**< items from this one to the last one within it */
  uint8_t token;           /**< enum json_token: how the value begins */
  bool escaped, name_escaped; /**< a backslash is in it: json_unescape() */
};

/** Zeroed is of no text. */
struct json_index {
  const char *text;
  struct json_item *items; /**< the first is the whole; NULL = none */
  size_t count;
};

/**
 * Owns:  *out is the caller's, released with json_index_done(). Untouched on failure.
 * Borrows: `text`, as long as *out is used.
 * Fails: JSON_ERR_SYNTAX with line and reason in `err`, those of json_parse(); JSON_ERR_MEMORY
 */
int json_index_read(const char *text, size_t len, struct json_index *out, struct base_error *err);
void json_index_done(struct json_index *index);

/** Visit what is directly in an object or array: nothing in another value, or NULL. */
#define JSON_EACH_ITEM(item, in) \
  for (const struct json_item *item = json_item_first(in); item; item = json_item_next(in, item))

static inline const struct json_item *json_item_next(const struct json_item *in, const struct json_item *item) {
  const struct json_item *next = item + item->size;
  return next < in + in->size ? next : NULL;
}

static inline const struct json_item *json_item_first(const struct json_item *in) {
  return in && in->size > 1 ? in + 1 : NULL;
}

/** json_item_is_named() of a name with escapes. */
bool json_item_resolves_to(const struct json_index *index, const struct json_item *item, const char *name);

/** Is this the member `name`, of `len` bytes? */
static inline bool json_item_is_named(const struct json_index *index, const struct json_item *item, const char *name, size_t len) {
  if (item->name_escaped) return json_item_resolves_to(index, item, name);
  return item->name_len == len && memcmp(index->text + item->name, name, len) == 0;
}

/** The member `name`, of repeated ones the last; NULL = there is none, or `in` is no object, or NULL. */
const struct json_item *json_item_find(const struct json_index *index, const struct json_item *in, const char *name);
/** Its text without escapes, in `scratch`; NULL when it is no string, or NULL, or without memory. */
const char *json_item_text(const struct json_index *index, const struct json_item *item, struct base_buf *scratch);
/** The same of its name; NULL without memory, too. */
const char *json_item_name(const struct json_index *index, const struct json_item *item, struct base_buf *scratch);
/** Value of a number that is an integer and fits. */
bool json_item_integer(const struct json_index *index, const struct json_item *item, int64_t *out);
/** Append it as json_append() prints its tree. */
void json_item_append(const struct json_index *index, const struct json_item *item, struct base_buf *out);
/** Its value as a tree, the caller's; NULL without memory. */
cJSON *json_item_tree(const struct json_index *index, const struct json_item *item);

#endif
