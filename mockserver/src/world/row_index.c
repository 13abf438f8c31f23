#include "world/row_index.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE_ROWS = 256 };

struct row_piece {
  size_t count;
  struct row_version *rows[PIECE_ROWS];
};

/* ---- versions ---- */

struct row_version *row_version_new(const void *key, size_t key_len, const void *text, size_t text_len) {
  if (key_len > UINT32_MAX || text_len > UINT32_MAX) return NULL;
  struct row_version *version = malloc(sizeof *version + key_len + text_len + 1);
  if (!version) return NULL;
  *version = (struct row_version){.holders = 1, .key_len = (uint32_t)key_len, .text_len = (uint32_t)text_len};
  memcpy(version->bytes, key, key_len);
  memcpy(version->bytes + key_len, text, text_len);
  version->bytes[key_len + text_len] = '\0';
  return version;
}

struct row_version *row_version_hold(struct row_version *version) {
  if (version) version->holders++;
  return version;
}

void row_version_drop(struct row_version *version) {
  if (version && --version->holders == 0) free(version);
}

/* ---- places ---- */

static int compare(const struct row_version *row, const void *key, size_t key_len) {
  int sign = memcmp(row->bytes, key, row->key_len < key_len ? row->key_len : key_len);
  return sign ? sign : (row->key_len > key_len) - (row->key_len < key_len);
}

/* The last piece that begins at or before the key, else the first. */
static size_t piece_of(const struct row_index *index, const void *key, size_t key_len) {
  size_t low = 0, high = index->count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (compare(index->pieces[middle]->rows[0], key, key_len) <= 0) low = middle;
    else high = middle;
  }
  return low;
}

/* The first row at or behind the key. `index` is not empty. */
static struct row_place place_of(const struct row_index *index, const void *key, size_t key_len, bool *found) {
  size_t piece = piece_of(index, key, key_len), low = 0, high = index->pieces[piece]->count;
  *found = false;
  while (low < high && !*found) {
    size_t middle = low + (high - low) / 2;
    int sign = compare(index->pieces[piece]->rows[middle], key, key_len);
    *found = sign == 0;
    if (sign < 0) low = middle + 1;
    else high = middle;
  }
  return (struct row_place){piece, high};
}

/* NULL when there is no such place. */
static struct row_version **row_at(const struct row_index *index, struct row_place place) {
  bool there = place.piece < index->count && place.at < index->pieces[place.piece]->count;
  return there ? &index->pieces[place.piece]->rows[place.at] : NULL;
}

struct row_version *row_index_find(const struct row_index *index, const void *key, size_t key_len, struct row_place *place) {
  struct row_place nowhere = {0};
  if (!place) place = &nowhere;
  struct row_version **guess = row_at(index, *place);
  bool found = guess && compare(*guess, key, key_len) == 0;
  if (found) return *guess;
  if (index->count > 0) *place = place_of(index, key, key_len, &found);
  return found ? *row_at(index, *place) : NULL;
}

struct row_place row_index_behind(const struct row_index *index, const void *key, size_t key_len) {
  bool found;
  if (index->count == 0) return (struct row_place){0};
  struct row_place place = place_of(index, key, key_len, &found);
  place.at += found;
  return place;
}

struct row_version *row_index_next(const struct row_index *index, struct row_place *place) {
  if (place->piece < index->count && place->at == index->pieces[place->piece]->count) *place = (struct row_place){place->piece + 1, 0};
  return place->piece < index->count ? index->pieces[place->piece]->rows[place->at++] : NULL;
}

/* ---- putting ---- */

/* A new, empty piece at that place in the list; NULL without memory. */
static struct row_piece *add_piece(struct row_index *index, size_t at) {
  struct row_piece *piece = malloc(sizeof *piece);
  if (piece && index->count == index->capacity) {
    size_t capacity = index->capacity ? 2 * index->capacity : 4;
    struct row_piece **pieces = realloc(index->pieces, capacity * sizeof(struct row_piece *));
    if (!pieces) {
      free(piece);
      return NULL;
    }
    index->pieces = pieces;
    index->capacity = capacity;
  }
  if (!piece) return NULL;
  piece->count = 0;
  memmove(index->pieces + at + 1, index->pieces + at, (index->count - at) * sizeof *index->pieces);
  index->pieces[at] = piece;
  index->count++;
  return piece;
}

/* Room for one more at *place, which moves along. Rows that come in the order of their keys leave full pieces behind. */
static bool make_room(struct row_index *index, struct row_place *place) {
  struct row_piece *full = index->pieces[place->piece];
  if (full->count < PIECE_ROWS) return true;
  struct row_piece *second = add_piece(index, place->piece + 1);
  if (!second) return false;
  size_t kept = place->at == PIECE_ROWS ? PIECE_ROWS : PIECE_ROWS / 2;
  second->count = PIECE_ROWS - kept;
  memcpy(second->rows, full->rows + kept, second->count * sizeof *second->rows);
  full->count = kept;
  if (place->at >= kept) *place = (struct row_place){place->piece + 1, place->at - kept};
  return true;
}

static void insert(struct row_piece *piece, size_t at, struct row_version *version) {
  memmove(piece->rows + at + 1, piece->rows + at, (piece->count - at) * sizeof *piece->rows);
  piece->rows[at] = version;
  piece->count++;
}

static void replace(struct row_version **at, struct row_version *version) {
  row_version_drop(*at);
  *at = version;
}

bool row_index_replace(struct row_index *index, struct row_place place, const struct row_version *old, struct row_version *version) {
  struct row_version **at = row_at(index, place);
  if (!at || *at != old) return false;
  replace(at, version);
  return true;
}

bool row_index_put(struct row_index *index, struct row_version *version) {
  bool found;
  if (index->count == 0 && !add_piece(index, 0)) return false;
  struct row_place place = place_of(index, version->bytes, version->key_len, &found);
  if (found) {
    replace(&index->pieces[place.piece]->rows[place.at], version);
    return true;
  }
  if (!make_room(index, &place)) return false;
  insert(index->pieces[place.piece], place.at, version);
  return true;
}

void row_index_done(struct row_index *index) {
  for (size_t i = 0; i < index->count; i++) {
    for (size_t k = 0; k < index->pieces[i]->count; k++) row_version_drop(index->pieces[i]->rows[k]);
    free(index->pieces[i]);
  }
  free(index->pieces);
  *index = (struct row_index){0};
}
