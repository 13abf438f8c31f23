/**
 * The rows of a world.
 *
 * Always true: a row is kept as one JSON object with every column of its object in the model's order;
 * its key is unique among the living and the deleted rows of its object; a deleted row stays as a
 * tombstone with its last values; each change takes the service's next revision (W-28).
 */
#ifndef MOCK_WORLD_ROWS_H
#define MOCK_WORLD_ROWS_H

#include "base/buf.h"
#include "world/model.h"

struct row {
  cJSON *record;     /**< owned; NULL before row_record(), save of rows_find() */
  struct row_version *version; /**< the same as it is kept: held; NULL of rows_find() */
  struct row_place place;      /**< where that was found */
  uint64_t revision; /**< of its last change */
  uint64_t created;  /**< revision that (last) created it */
  bool deleted;
};

enum { ROWS_ERR_KEY = 30 };

void row_done(struct row *row);

/**
 * A whole record of `object`: columns of `given`, in normal form; those that it leaves out are taken
 * from `base`, or null where there is none. Names that are no columns are left out. The caller's.
 */
cJSON *rows_record(const struct model_object *object, const cJSON *given, const cJSON *base);
/**
 * The same as text, appended, of a value for each column of the model; binary columns are those of `binary`, where it has
 * them.
 */
void rows_write(const struct model_object *object, const struct value *columns, const cJSON *base, const cJSON *binary,
                struct base_buf *text);
/** The ordered bytes of the record's key; false when a key column is missing or null. */
bool rows_key(const struct model_object *object, const cJSON *record, struct base_buf *key);
/** The same of a value for each column of the model. */
bool rows_columns_key(const struct model_object *object, const struct value *columns, struct base_buf *key);
/** Give generated key columns that have no value theirs. */
void rows_generate(struct model_object *object, cJSON *record);
/** The next generated key: larger than every one that was ever given or inserted. */
int64_t rows_next_key(struct model_object *object);

/** The row of that key, deleted or not. Returns false when there never was one. */
bool rows_find(const struct model_object *object, const struct base_buf *key, struct row *out);
/** The same, with the record as text alone: row_record() parses it when somebody asks. It is looked for at out->place first. */
bool rows_look(const struct model_object *object, const struct base_buf *key, struct row *out);
/** Borrowed from the row. */
const cJSON *row_record(struct row *row);
/** The caller's. */
cJSON *row_take_record(struct row *row);

/** Write a whole record as the next revision: a new row, or in the place of the one of its key.
 *  Fails: ROWS_ERR_KEY, MOCK_ERR_MEMORY */
int rows_put(struct model_object *object, const cJSON *record, struct base_error *err);
/**
 * The same of `columns` as rows_write() wrote them; `old` is the row of that key as rows_look() found it, all zero where there is none.
 * *out is the row as it is kept now, held for the caller.
 */
int rows_put_text(struct model_object *object, const struct base_buf *key, const struct value *columns,
                  const struct row *old, const struct base_buf *text, struct row_version **out, struct base_error *err);
/** Make a tombstone of a living row. Fails: as rows_put() */
int rows_delete(struct model_object *object, const struct base_buf *key, struct base_error *err);

/** Rows with a later revision than `since`, in key order, behind the key `after` (NULL = from the start);
 *  ends when `visit` says false. `visit` may take what the row holds, and leave it all zero; it writes no row. */
void rows_each(const struct model_object *object, uint64_t since, const struct base_buf *after,
               bool (*visit)(void *context, struct row *row), void *context);

/**
 * Living rows in key order: `limit` of them from the `offset`-th on whose JSON text holds `search`, without case
 * ("" = all), added to `list`, which may be NULL when `limit` is 0. Returns how many there are in all.
 */
int64_t rows_page(const struct model_object *object, const char *search, int64_t offset, int64_t limit, cJSON *list);

/** 16 hex digits over the columns that are sent, in the order of the metadata (W-30). */
void rows_checksum(const struct model_object *object, const cJSON *record, char out[17]);
/** The same of a row as it is kept. */
void row_checksum(const struct model_object *object, struct row *row, char out[17]);
/** Is this row deleted for clients by its soft-delete column (W-26)? */
bool rows_soft_deleted(const struct model_object *object, const cJSON *record);
/** The columns that travel (no binary ones, W-15), as a new object without _metadata. */
cJSON *rows_sent(const struct model_object *object, const cJSON *record);
/** Put the key of `from` in the place of the record's. */
void rows_keep_key(const struct model_object *object, cJSON *record, const cJSON *from);
/** The same as text, appended, an object that goes on: without its closing brace. And their checksum. */
void rows_write_sent(const struct model_object *object, const struct row_version *version, struct base_buf *out, char checksum[17]);
/** The key columns alone, as a new object. */
cJSON *rows_key_columns(const struct model_object *object, const cJSON *record);

#endif
