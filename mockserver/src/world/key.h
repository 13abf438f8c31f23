/**
 * Values by datatype: normal forms and order (W-13 to W-15).
 *
 * A row's key is turned into bytes whose memcmp() order is the order of its columns by datatype
 * (numbers by decimal value, everything else by code point), so that rows are sorted and found
 * without knowing any datatype: 5, 5.0 and "5" are one key.
 */
#ifndef MOCK_WORLD_KEY_H
#define MOCK_WORLD_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"

enum datatype { TYPE_STRING, TYPE_NUMBER, TYPE_BOOLEAN, TYPE_DATE, TYPE_BINARY };

enum value_kind { VALUE_ABSENT, VALUE_NULL, VALUE_FALSE, VALUE_TRUE, VALUE_NUMBER, VALUE_TEXT, VALUE_TREE };

/** A value where it stands, in a JSON text or a tree. Borrows. */
struct value {
  enum value_kind kind;
  bool normal; /**< `text` stands in a JSON text, quotes around it or not, as its column is kept: value_begin() */
  bool joined; /**< normal, and it stands there behind the value of the column before, with its name between, just as in a row */
  size_t len;
  union {
    const char *text;  /**< a number's digits, or a text without escapes; not NUL-terminated */
    const cJSON *tree; /**< VALUE_TREE: an object or array */
  };
};

/** `scratch` serves nodes made by cJSON_CreateNumber(). NULL is VALUE_ABSENT. */
struct value value_of(const cJSON *node, char scratch[32]);
/** Where a normal one stands. */
static inline const char *value_begin(const struct value *value) { return value->text - (value->kind == VALUE_TEXT); }
static inline const char *value_end(const struct value *value) { return value->text + value->len + (value->kind == VALUE_TEXT); }
/** Append it as JSON in its normal form, that of value_normal(). */
void value_append(struct base_buf *json, const struct value *value, enum datatype type);
/** key_append() of such a value. */
bool value_append_key(struct base_buf *key, const struct value *value, enum datatype type);
/** The value of a number, or of a text that is one, that is an integer and fits. */
bool value_integer(const struct value *value, int64_t *out);

/** False when `name` is none of the five datatypes of W-8. */
bool datatype_find(const char *name, enum datatype *out);
/** Kinds of values that are of the datatype whatever they hold (W-13 to W-15), a bit for each: 1 << VALUE_TEXT. */
unsigned datatype_kinds(enum datatype type);
/** Kinds of values that a row keeps just as they stand in a JSON text without escapes, a bit for each. Binary ones do not travel. */
unsigned datatype_kept(enum datatype type);
/** Is it a value of the datatype? A number's or a boolean's text is; null is of each, and nothing else of TYPE_BINARY. */
bool value_fits(const struct value *value, enum datatype type);

/**
 * The value as the world keeps it: a number or its text as a number node with the digits as given
 * (W-14), a boolean in any form as true or false (W-13), anything else as it came. The caller's.
 */
cJSON *value_normal(const cJSON *given, enum datatype type);

/** The boolean that true, 1, "1", "true" and their opposites mean (W-13); false when it is none. */
bool value_boolean(const cJSON *value, bool *out);

/** Append the ordered bytes of one key column. False for null, objects and arrays. */
bool key_append(struct base_buf *key, const cJSON *value, enum datatype type);

/** Do two values of one datatype mean the same key? False when either means none. */
bool key_same(const cJSON *a, const cJSON *b, enum datatype type);
bool value_same_key(const struct value *a, const struct value *b, enum datatype type);

/** The digits of a number, or of a text that is one; NULL otherwise. Borrowed. */
const char *value_digits(const cJSON *value, char scratch[32]);

/** Equal by value: numbers by decimal value, in text or not (W-14); an absent `value` is null. */
bool value_same(const cJSON *value, const cJSON *wanted);
/** Has the record each of the columns with its value? */
bool value_has_columns(const cJSON *record, const cJSON *columns);

#endif
