/**
 * Local edits as the application asks for them (W-49, W-50), checked before anything is touched.
 * Records and options come as JSON text, so that numbers keep their digits.
 */
#ifndef VMX_CORE_EDIT_H
#define VMX_CORE_EDIT_H

#include "core/model.h"

/** Which rows an edit or a read means (W-49). */
enum vmx_selection {
  VMX_SELECT_ALL,
  VMX_SELECT_KEY,  /**< `row` holds the key columns */
  VMX_SELECT_MAP,  /**< `row` and `given` hold what must be equal (C-3) */
  VMX_SELECT_TEXT  /**< `condition` is an SQL condition (C-3) */
};

struct vmx_selector {
  enum vmx_selection kind;
  struct vmx_value *row; /**< field_count values, or NULL */
  bool *given;           /**< by field: row[i] counts */
  const char *condition; /**< VMX_SELECT_TEXT */
};

struct vmx_edit_options {
  struct vmx_selector selector;
  bool track_changes;              /**< default true */
  bool track_intermediate_updates; /**< default true */
  bool mark_for_upload;            /**< default true */
};

/** A record that the application gave. */
struct vmx_edit_record {
  struct vmx_value *row; /**< field_count values, null where not given */
  bool *given;           /**< by field */
  size_t given_count;
};

/**
 * Read the options of a local call. `text` NULL, "null" and "{}" select everything.
 * All results live in `arena`.
 * Fails: 2304 an option is bad; 2305 a key column is null, empty or missing; 2310 unknown column;
 *        2460 out of memory
 */
int vmx_edit_options_read(const struct vmx_object *object, const char *text, size_t len,
                          struct vmx_arena *arena, struct vmx_edit_options *out,
                          struct base_error *err);

/**
 * Read a record and check its columns.
 * Fails: 2307 no object or empty; 2310 unknown column; 2311 type or length; 2460 out of memory
 */
int vmx_edit_record_read(const struct vmx_object *object, const char *text, size_t len,
                         struct vmx_arena *arena, struct vmx_edit_record *out,
                         struct base_error *err);

/**
 * May this record be created? Generated columns may be given when changes are not tracked (W-50).
 * Fails: 2305 a key column is null or empty; 2308 a mandatory column is missing; 2309 a generated
 *        column has a value
 */
int vmx_edit_check_create(const struct vmx_object *object, const struct vmx_edit_record *record,
                          bool track_changes, struct base_error *err);

/**
 * May this record change the row `before`?
 * Fails: 2303 a key column changes; 2308 a mandatory column becomes null
 */
int vmx_edit_check_update(const struct vmx_object *object, const struct vmx_edit_record *record,
                          const struct vmx_value *before, struct base_error *err);

/**
 * Complete an update's or delete's selector from the key columns of `record` (may be NULL) when the
 * options name no rows (W-49). Fails: 2305 the rows are not named
 */
int vmx_edit_settle_selector(const struct vmx_object *object, const struct vmx_edit_record *record,
                             struct vmx_selector *selector, struct base_error *err);

/** Is `text` one SQL expression: balanced, no comment, no second statement? Fails: 2304 (C-3) */
int vmx_edit_check_condition(const char *text, struct base_error *err);

#endif
