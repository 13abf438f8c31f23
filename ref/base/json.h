/**
 * JSON trees: cJSON's nodes and printer behind a strict parser (json_reader.h), because cJSON's own
 * rounds integers above 2^53, finds names without regard to case, and accepts trailing junk, repeated
 * keys and malformed UTF-8.
 *
 * A parsed number is a cJSON_Raw node that holds the digits as they were written, so that printing a
 * parsed tree gives every number back letter for letter. Test numbers with json_is_number(), never
 * with cJSON_IsNumber(); look members up with json_find(), never with cJSON_GetObjectItem().
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum json_repeated {
  JSON_REPEATED_REFUSED, /**< a repeated key is an error: options, documents, schemas */
  JSON_LAST_COUNTS       /**< of repeated keys the last one counts: answers of a server (DNL-14) */
};

enum { JSON_ERR_SYNTAX = 1, JSON_ERR_MEMORY = 2 };

/**
 * Parse `len` bytes into a tree.
 *
 * Owns:  *out is the caller's, released with cJSON_Delete(). Untouched on failure.
 * Fails: JSON_ERR_SYNTAX with line and reason in `err`; JSON_ERR_MEMORY
 */
int json_parse(const char *text, size_t len, enum json_repeated repeated, cJSON **out,
               struct base_error *err);

/** Why the reader stopped, with the line: JSON_ERR_SYNTAX. */
struct json_reader;
int json_fail(const struct json_reader *reader, struct base_error *err);

/** The tree as one line of text, the caller's (free()); NULL without memory. */
char *json_print(const cJSON *item);

/** The member `name`, case-sensitive, or NULL. `object` may be NULL or no object. Borrowed. */
cJSON *json_find(const cJSON *object, const char *name);

/** Text of the string member `name`, or NULL when it is absent or no string. Borrowed. */
const char *json_find_string(const cJSON *object, const char *name);

bool json_is_number(const cJSON *item);

/** A number's digits as written; `scratch` serves nodes made by cJSON_CreateNumber(). */
const char *json_number_text(const cJSON *item, char scratch[32]);

/** Value of a number that is an integer and fits (5, 5.0 and 5e0 alike). */
bool json_integer(const cJSON *item, int64_t *out);

/** A number node from digits that decimal_valid() accepts; NULL without memory. */
cJSON *json_create_number(const char *digits);
cJSON *json_create_integer(int64_t value);

/** Equal as JSON: numbers by decimal value, members in any order. */
bool json_equal(const cJSON *a, const cJSON *b);

/** Append text as a quoted, escaped JSON string. */
struct base_buf;
void json_quote(struct base_buf *buf, const char *text, size_t len);
/** Append a tree as json_print() prints it (parsed numbers letter for letter); NULL as null. */
void json_append(struct base_buf *buf, const cJSON *item);

/** cJSON_Delete for CLEANUP(). */
static inline void json_free(cJSON **item) { cJSON_Delete(*item); }

#endif
