/** Answers that travel as gzip (W-7): rule:gzip(), for clients that say they take it. */
#ifndef MOCK_PROTOCOL_COMPRESS_H
#define MOCK_PROTOCOL_COMPRESS_H

#include <stdbool.h>

#include "base/buf.h"

/** Does an Accept-Encoding header (NULL = absent) take gzip? */
bool compress_accepted(const char *accept_encoding);
/** Append the bytes as one gzip member. False without memory: nothing was appended. */
bool compress_gzip(const void *bytes, size_t len, struct base_buf *out);

#endif
