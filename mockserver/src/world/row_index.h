/**
 * The rows of one object in the order of their keys.
 *
 * Always true: a version of a row never changes; a key stands once. Keys are in sorted pieces of bounded size, so that
 * a row is found by halving twice, is put without moving more than a piece, and its followers are its neighbours.
 */
#ifndef MOCK_WORLD_ROW_INDEX_H
#define MOCK_WORLD_ROW_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A row as it was written once. Freed with its last holder, of which the index is one. */
struct row_version {
  uint64_t revision, created; /**< of this change; of the one that (last) created the row */
  uint64_t models;            /**< of the object then: while it is the same, the text has the model's columns in order */
  uint64_t hash;              /**< of its text: what its checksum is made of */
  unsigned holders;
  bool deleted;
  uint32_t key_len, text_len;
  char bytes[]; /**< key, text, NUL */
};

struct row_piece;

/** Zeroed is empty. */
struct row_index {
  struct row_piece **pieces; /**< none is empty */
  size_t count, capacity;
};

/** Where a row stands, or would. Good until the next put. */
struct row_place {
  size_t piece, at;
};

/** Held once; NULL without memory, or when a length does not fit. */
struct row_version *row_version_new(const void *key, size_t key_len, const void *text, size_t text_len);
struct row_version *row_version_hold(struct row_version *version);
/** NULL is fine. */
void row_version_drop(struct row_version *version);
/** Borrowed. */
static inline const char *row_version_text(const struct row_version *version) { return version->bytes + version->key_len; }

/**
 * The row of that key and its *place, where it is looked for first: a good guess spares the search. `place` may be NULL.
 * NULL when there is none. Borrowed.
 */
struct row_version *row_index_find(const struct row_index *index, const void *key, size_t key_len, struct row_place *place);
/** Take the caller's hold on `version`, in the place of the one of its key. False without memory: then nothing happened. */
bool row_index_put(struct row_index *index, struct row_version *version);
/** The same, without a search, of a version of `old`'s key, which was found at `place`: false when it is not there any more. */
bool row_index_replace(struct row_index *index, struct row_place place, const struct row_version *old, struct row_version *version);
/** The place behind that key. */
struct row_place row_index_behind(const struct row_index *index, const void *key, size_t key_len);
/** The row at *place, which is moved on; NULL at the end. Borrowed. */
struct row_version *row_index_next(const struct row_index *index, struct row_place *place);
void row_index_done(struct row_index *index);

#endif
