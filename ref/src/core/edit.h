/**
 * Local edits as the application asks for them (W-49, W-50), checked before anything is touched.
 * Records come as JSON text, so that numbers keep their digits.
 */
#ifndef VMX_CORE_EDIT_H
#define VMX_CORE_EDIT_H

#include "core/local_options.h"

/**
 * Read a record and check its columns.
 * Fails: 2307 no object or empty; 2310 unknown column; 2311 type or length; 2460 out of memory
 */
int vmx_edit_record_read(const struct vmx_object *object, const char *text, size_t len,
                         struct vmx_arena *arena, struct vmx_columns *out,
                         struct base_error *err);

/**
 * May this record be created? Generated columns may be given when changes are not tracked (W-50).
 * Fails: 2305 a key column is null or empty; 2308 a mandatory column is missing; 2309 a generated
 *        column has a value
 */
int vmx_edit_check_create(const struct vmx_object *object, const struct vmx_columns *record,
                          bool track_changes, struct base_error *err);

/**
 * May this record change the row `before`?
 * Fails: 2303 a key column changes; 2308 a mandatory column becomes null
 */
int vmx_edit_check_update(const struct vmx_object *object, const struct vmx_columns *record,
                          const struct vmx_value *before, struct base_error *err);

/**
 * Complete an update's or delete's selector from the key columns of `record` (may be NULL) when the
 * options name no rows (W-49). Fails: 2305 the rows are not named
 */
int vmx_edit_settle_selector(const struct vmx_object *object, const struct vmx_columns *record,
                             struct vmx_selector *selector, struct base_error *err);

#endif
