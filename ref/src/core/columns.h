/**
 * Columns as the application gives them: a JSON object column -> value, checked against the object's
 * metadata. Records, keys and conditions of local calls are such maps (W-49, W-50).
 */
#ifndef VMX_CORE_COLUMNS_H
#define VMX_CORE_COLUMNS_H

#include "core/model.h"

/** Always true: row[i] is null where given[i] is false. In the arena that it was read into. */
struct vmx_columns {
  struct vmx_value *row; /**< field_count values */
  bool *given;           /**< by field */
  size_t count;          /**< columns that were given */
};

/**
 * Read the reader's next value as a map. `what` names it in messages.
 * Fails: `code` it is no object; 2310 unknown column; 2311 type or length; 2460 out of memory
 */
int vmx_columns_read(const struct vmx_object *object, struct json_reader *reader, int code,
                     const char *what, struct vmx_arena *arena, struct vmx_columns *out,
                     struct base_error *err);

/** Index of the column that the reader's last token names. Fails: `code` the object has none */
int vmx_column_find(const struct vmx_object *object, const struct json_reader *reader, int code,
                    size_t *out, struct base_error *err);

/** Is every key column there? Fails: 2305 one is null or empty (W-50) */
int vmx_columns_check_key(const struct vmx_object *object, const struct vmx_value *row,
                          struct base_error *err);

#endif
