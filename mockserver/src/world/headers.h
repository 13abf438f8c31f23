/**
 * Headers as they travel: name, NUL, value, NUL, one pair behind the other, in their order and letters. Values may
 * have any bytes but NUL and line ends.
 */
#ifndef MOCK_WORLD_HEADERS_H
#define MOCK_WORLD_HEADERS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"

void headers_add(struct base_buf *pairs, const char *name, const char *value);
/** Every header of this name goes; `value`, when it is not NULL, comes at the end. Names have no case. */
void headers_set(struct base_buf *pairs, const char *name, const char *value);
/** The next pair, the first one behind *value == NULL; false at the end. Borrowed. */
bool headers_next(const struct base_buf *pairs, const char **name, const char **value);
/** [[name, value], ...] of readable texts; of a value that is no UTF-8 its bytes follow, as base64. The caller's. */
cJSON *headers_list(const struct base_buf *pairs);
/** And back, bytes included. False when it is no such list. */
bool headers_read(const cJSON *list, struct base_buf *pairs);

#endif
