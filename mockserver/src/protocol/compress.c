#include "protocol/compress.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

/* "gzip;q=0" means that it is not wanted. */
static bool is_wanted(const char *parameters, size_t len) {
  const char *q = memchr(parameters, 'q', len);
  return !q || q[1] != '=' || strtod(q + 2, NULL) > 0;
}

bool compress_accepted(const char *accept_encoding) {
  const char *at = accept_encoding;
  while (at && *at) {
    at += strspn(at, " ,\t");
    size_t len = strcspn(at, ","), name = strcspn(at, "; ,\t");
    bool gzip = (name == 4 && strncasecmp(at, "gzip", 4) == 0) || (name == 1 && *at == '*');
    if (gzip) return is_wanted(at + name, len - name);
    at += len;
  }
  return false;
}

bool compress_gzip(const void *bytes, size_t len, struct base_buf *out) {
  enum { GZIP_HEADER = 16, MEMORY = 8 };
  z_stream stream = {0};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + GZIP_HEADER, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
    return false;
  size_t most = deflateBound(&stream, (uLong)len);
  char *to = base_buf_reserve(out, most);
  stream.next_in = (Bytef *)(uintptr_t)bytes; /* zlib only reads it */
  stream.avail_in = (uInt)len;
  stream.next_out = (Bytef *)to;
  stream.avail_out = (uInt)most;
  bool done = to && deflate(&stream, Z_FINISH) == Z_STREAM_END;
  if (done) base_buf_added(out, stream.total_out);
  deflateEnd(&stream);
  return done;
}
