/* Query strings, percent-encoded: %20 for a blank, %2B for a plus (W-7). */
#include <string.h>

#include "core/query.h"

static bool unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

static void encode(struct base_buf *out, const char *text) {
  static const char hex[] = "0123456789ABCDEF";
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    char bytes[3] = {'%', hex[c >> 4], hex[c & 15]};
    if (unreserved(c)) base_buf_char(out, (char)c);
    else base_buf_append(out, bytes, 3);
  }
}

void vmx_query_add(struct base_buf *out, const char *name, const char *value) {
  if (out->len > 0) base_buf_char(out, '&');
  encode(out, name);
  base_buf_char(out, '=');
  encode(out, value);
}

void vmx_query_write(struct base_buf *out, const struct vmx_pairs *params) {
  for (size_t i = 0; params && i < params->count; i++)
    vmx_query_add(out, params->items[i].name, params->items[i].value);
}
