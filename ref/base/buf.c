#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct base_buf *buf, size_t more) {
  if (buf->failed) return false;
  size_t max = buf->max ? buf->max : BASE_BUF_MAX;
  if (more > max - buf->len) {
    buf->failed = true;
    return false;
  }
  size_t need = buf->len + more + 1;
  if (need <= buf->capacity) return true;
  size_t capacity = buf->capacity ? buf->capacity * 2 : 64;
  while (capacity < need) capacity *= 2;
  if (capacity > max + 1) capacity = max + 1; /* who finds room need not ask for the maximum */
  char *data = realloc(buf->data, capacity);
  if (!data) {
    buf->failed = true;
    return false;
  }
  buf->data = data;
  buf->capacity = capacity;
  return true;
}

void base_buf_done(struct base_buf *buf) {
  free(buf->data);
  size_t max = buf->max;
  *buf = (struct base_buf){.max = max};
}

char *base_buf_grow(struct base_buf *buf, size_t len) {
  return grow(buf, len) ? buf->data + buf->len : NULL;
}

void base_buf_printf(struct base_buf *buf, const char *format, ...) {
  char text[128]; /* most fit, and are printed once */
  va_list args;
  va_start(args, format);
  int len = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (len >= 0 && (size_t)len < sizeof text) {
    base_buf_append(buf, text, (size_t)len);
    return;
  }
  char *to = len < 0 ? NULL : base_buf_reserve(buf, (size_t)len);
  if (!to) {
    buf->failed = true;
    return;
  }
  va_start(args, format);
  vsnprintf(to, (size_t)len + 1, format, args);
  va_end(args);
  base_buf_added(buf, (size_t)len);
}

char *base_buf_steal(struct base_buf *buf) {
  char *data = NULL;
  if (!buf->failed && grow(buf, 0)) {
    buf->data[buf->len] = '\0';
    data = buf->data;
    buf->data = NULL;
  }
  base_buf_done(buf);
  return data;
}

const char *base_buf_string(const struct base_buf *buf) {
  return buf->data ? buf->data : "";
}
