/**
 * Values of columns: what is kept is text or nothing, and the column's datatype says what it means.
 *
 * Always true of a kept value:
 *  - `text` NULL is null (a column never set is the same, W-15); the empty string is a value;
 *  - a number keeps the digits that it was given (W-14), a boolean is "1" or "0" (W-13), a date
 *    and a string are as they came; what the server sent and the datatype cannot hold is kept as
 *    it came, as text (C-5);
 *  - the kind is found again from text and datatype alone, so one text column keeps everything (DNL-12).
 */
#ifndef VMX_CORE_VALUE_H
#define VMX_CORE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/json_reader.h"
#include "core/arena.h"

enum vmx_datatype { VMX_NUMBER, VMX_STRING, VMX_BOOLEAN, VMX_DATE, VMX_BINARY };

/** How booleans are written for server and application (`treatBooleanFieldValuesAsNumeric`, W-13). */
enum vmx_boolean_form { VMX_BOOLEAN_NUMERIC, VMX_BOOLEAN_LITERAL };

struct vmx_value {
  const char *text; /**< NULL: null. Borrowed; not always NUL-terminated */
  size_t len;
};

struct vmx_field;
struct vmx_object;

/**
 * The kept value of the token that the reader returned last (a string, number, true, false or null).
 * Escaped strings are resolved into `arena`, everything else borrows the reader's text.
 * Returns false without memory, or when the token is no scalar.
 */
bool vmx_value_take(const struct json_reader *reader, enum json_token token,
                    enum vmx_datatype datatype, struct vmx_arena *arena, struct vmx_value *out);

/** Write a kept value as JSON, losslessly: the digits of numbers as they were given. */
void vmx_value_write(struct base_buf *out, enum vmx_datatype datatype, enum vmx_boolean_form form,
                     const struct vmx_value *value);

/** Is a value that the application gave right for the field? Fails: 2311 type or length (W-50, C-5) */
int vmx_value_check(const struct vmx_object *object, const struct vmx_field *field,
                    const struct vmx_value *value, struct base_error *err);

/** Equal by datatype: numbers by decimal value, null only to null. */
bool vmx_value_equal(enum vmx_datatype datatype, const struct vmx_value *a,
                     const struct vmx_value *b);

/**
 * -1, 0, 1 in the order in which rows are given: null first, numbers by decimal value before texts that
 * are none (C-5), everything else by code point (W-14, W-15).
 */
int vmx_value_compare(enum vmx_datatype datatype, const struct vmx_value *a,
                      const struct vmx_value *b);

/** Is it a temporary key: a negative integer (W-16)? */
bool vmx_value_temporary(const struct vmx_value *value);

/* ---- rows: one value for each field of an object, in its order -------------------------------- */

/** The row as a JSON object; null columns left out, or (`nulls`) written as null. */
void vmx_row_write(struct base_buf *out, const struct vmx_object *object,
                   enum vmx_boolean_form form, const struct vmx_value *row, bool nulls);

/** The key columns as a JSON object: {"EmpId":5}. */
void vmx_key_write(struct base_buf *out, const struct vmx_object *object,
                   enum vmx_boolean_form form, const struct vmx_value *row);

/**
 * Append the row's key as text that is equal exactly when the keys are equal by datatype (W-16):
 * the canonical value itself, or length-prefixed parts of a composite key.
 * Returns false when a key column is null or empty (nothing useful was appended).
 */
bool vmx_key_text(struct base_buf *out, const struct vmx_object *object,
                  const struct vmx_value *row);

/** A row as it is kept in the log: a JSON object of texts, null columns left out. */
void vmx_row_pack(struct base_buf *out, const struct vmx_object *object,
                  const struct vmx_value *row);

/** Fill row[field_count] from a packed row; columns that the object no longer has are dropped. */
bool vmx_row_unpack(const struct vmx_object *object, const char *text, size_t len,
                    struct vmx_arena *arena, struct vmx_value *row);

#endif
