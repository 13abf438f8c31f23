#include "markup.h"

void markup_text(struct base_buf *out, const char *text) {
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    if (*c == '&') base_buf_text(out, "&amp;");
    else if (*c == '<') base_buf_text(out, "&lt;");
    else if (*c == '>') base_buf_text(out, "&gt;");
    else if (*c == '"') base_buf_text(out, "&quot;");
    else if (*c == '\n') base_buf_text(out, "&#10;");
    else base_buf_char(out, *c < 0x20 && *c != '\t' ? '?' : (char)*c);
  }
}
