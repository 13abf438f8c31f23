/**
 * A text that several hold and nobody changes: an answer that is given again, and stands in the journal each time.
 * Always true: it is freed with its last holder. Counting is done under the world's lock.
 */
#ifndef MOCK_WORLD_SHARED_TEXT_H
#define MOCK_WORLD_SHARED_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct shared_text {
  char *room; /**< that `data` lies in */
  char *data; /**< NUL-terminated */
  size_t len;
  bool failed; /**< as an answer it says that it failed, by its opstatus */
  int64_t opstatus; /**< 0 = none, or good */
  unsigned holders;
};

/** Takes `data`; held once. NULL, and `data` freed, without memory or when `data` is NULL. */
struct shared_text *shared_text_new(char *data);
/** The same of the `len` bytes, with a NUL behind them, that begin so many bytes behind the start of `room`. */
struct shared_text *shared_text_new_in(char *room, size_t begin, size_t len);
struct shared_text *shared_text_hold(struct shared_text *text);
/** NULL is fine. */
void shared_text_drop(struct shared_text *text);

#endif
