/**
 * A growing byte buffer with a maximum. Always NUL-terminated behind `len`, so that text in it can
 * be read as a C string. A failed append (no memory, or beyond `max`) sets `failed` and leaves the
 * bytes as they were; later appends do nothing: write all, then check once.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct base_buf {
  char *data;      /**< NULL while empty, otherwise NUL-terminated */
  size_t len;      /**< bytes in use */
  size_t capacity; /**< bytes allocated */
  size_t max;      /**< bytes allowed; 0 = BASE_BUF_MAX */
  bool failed;     /**< an append did not fit */
};

enum { BASE_BUF_MAX = 512 * 1024 * 1024 };

#define BASE_BUF_INIT {0}

void base_buf_done(struct base_buf *buf);  /**< free and reset; fine on a zeroed buffer */
void base_buf_printf(struct base_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** base_buf_reserve() where there is no room yet. */
char *base_buf_grow(struct base_buf *buf, size_t len);

/* Inline: most appends are short, and find room. */

/** Length 0, memory kept. */
static inline void base_buf_clear(struct base_buf *buf) {
  buf->len = 0;
  buf->failed = false;
  if (buf->data) buf->data[0] = '\0';
}

/** Room for `len` more bytes: returns where to write them, or NULL. Commit with base_buf_added(). */
static inline char *base_buf_reserve(struct base_buf *buf, size_t len) {
  bool room = !buf->failed && buf->capacity > buf->len && len < buf->capacity - buf->len;
  return room ? buf->data + buf->len : base_buf_grow(buf, len);
}

static inline void base_buf_added(struct base_buf *buf, size_t len) {
  assert(buf->len + len < buf->capacity);
  buf->len += len;
  buf->data[buf->len] = '\0';
}

static inline void base_buf_append(struct base_buf *buf, const void *bytes, size_t len) {
  char *to = base_buf_reserve(buf, len);
  if (!to) return;
  if (len) memcpy(to, bytes, len);
  base_buf_added(buf, len);
}

static inline void base_buf_text(struct base_buf *buf, const char *text) {
  base_buf_append(buf, text, strlen(text));
}

static inline void base_buf_char(struct base_buf *buf, char c) {
  base_buf_append(buf, &c, 1);
}

/** The bytes as an allocated C string that is the caller's ("" when empty), NULL if failed. */
char *base_buf_steal(struct base_buf *buf);

/** The bytes as a C string, "" when empty. Borrowed. */
const char *base_buf_string(const struct base_buf *buf);

#endif
