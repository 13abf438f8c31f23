/**
 * A strict pull reader for JSON (RFC 8259): tokens are spans of the text, nothing is copied, numbers
 * keep their digits. It never allocates and never recurses, so its cost is linear and its state fixed.
 *
 * Refused: trailing bytes, bad UTF-8, lone surrogates, U+0000 (no column can hold it), control
 * characters in strings, nesting beyond JSON_DEPTH_MAX. Repeated keys are the business of whoever
 * builds something from the tokens.
 */
#ifndef BASE_JSON_READER_H
#define BASE_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { JSON_DEPTH_MAX = 512 };

enum json_token {
  JSON_END,          /**< the text is complete */
  JSON_OBJECT_BEGIN, JSON_OBJECT_END,
  JSON_ARRAY_BEGIN, JSON_ARRAY_END,
  JSON_KEY,          /**< a member's name; its value is the next token */
  JSON_STRING, JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_NULL,
  JSON_BAD           /**< not JSON: `problem` says why, at `pos`; every later call says so again */
};

struct json_reader {
  const char *text;    /**< borrowed */
  size_t len;
  size_t pos;          /**< next byte to read */
  size_t start, end;   /**< span of the last token; of a string or key without its quotes */
  bool escaped;        /**< the last string or key holds a backslash: see json_unescape() */
  unsigned depth;      /**< open objects and arrays */
  const char *problem; /**< NULL, or what is wrong; static text */
  uint8_t state;       /**< what may come next */
  uint8_t after;       /**< `state` behind a value of the innermost object or array */
  uint64_t objects[JSON_DEPTH_MAX / 64]; /**< bit d: level d is an object */
};

void json_reader_init(struct json_reader *reader, const char *text, size_t len);

enum json_token json_next(struct json_reader *reader);

/**
 * Step over the rest of the value whose first token was `token` (just returned by json_next()).
 * Afterwards start..end spans the whole value as it stands in the text, quotes included.
 * Returns false on JSON_BAD.
 */
bool json_skip(struct json_reader *reader, enum json_token token);

/** json_token_is() of a token with escapes. */
bool json_token_resolves_to(const struct json_reader *reader, const char *text);

/** Is the last string or key equal to `text`? Escapes are honoured. Inline: for a literal it costs next
 *  to nothing. */
static inline bool json_token_is(const struct json_reader *reader, const char *text) {
  if (reader->escaped) return json_token_resolves_to(reader, text);
  size_t len = strlen(text);
  return reader->end - reader->start == len && memcmp(reader->text + reader->start, text, len) == 0;
}

/** How many bytes of `text` stand in a JSON string as they are, up to the first that is not printable
 *  ASCII or needs an escape. */
size_t json_plain(const char *text, size_t len);

/** Resolve escapes of a string token's span: writes at most `len` bytes to `out`, returns how many. */
size_t json_unescape(const char *raw, size_t len, char *out);

/** Line of the position `pos`, from 1, for messages. */
size_t json_line(const char *text, size_t pos);

#endif
