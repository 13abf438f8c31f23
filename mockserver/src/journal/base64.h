/** Bytes as text, for what is no UTF-8 (RFC 4648, section 4: with padding, no line breaks). */
#ifndef MOCK_JOURNAL_BASE64_H
#define MOCK_JOURNAL_BASE64_H

#include <stdbool.h>

#include "base/buf.h"

void base64_encode(const void *bytes, size_t len, struct base_buf *out);
/** Append the bytes that the text means; false, and nothing appended, when it is no base64 in its one normal form. */
bool base64_decode(const char *text, size_t len, struct base_buf *out);

#endif
