/** UTF-8, strictly: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Length in bytes (1 to 4) of the character at text[0], or 0 when it is malformed or cut short. */
size_t utf8_length(const char *text, size_t len);

/** True when all of `text` is well-formed. */
bool utf8_valid(const char *text, size_t len);

/** Write the character `code` (a scalar value) to out[4]; returns its length. */
size_t utf8_encode(uint32_t code, char *out);

/** Room that an excerpt needs: 80 bytes of text, an ellipsis, the end. */
enum { UTF8_EXCERPT = 84 };

/**
 * The beginning of `text` in a form that fits into a message of one line: cut at a character's
 * boundary ("…" behind it), control characters and malformed bytes as '?'. Returns `out`.
 */
const char *utf8_excerpt(const char *text, char out[UTF8_EXCERPT]);

#endif
