/**
 * Options of the local calls (W-49, W-50, C-3), checked before anything is touched: which rows are
 * meant, how an edit is tracked, what a get gives and in which order. They are one table, as those of
 * startSync are; an option that is not the call's is ignored, as an unknown one is (OPT-22).
 */
#ifndef VMX_CORE_LOCAL_OPTIONS_H
#define VMX_CORE_LOCAL_OPTIONS_H

#include "core/columns.h"

/** Whose options are read. Bits, for the table. */
enum vmx_local_call {
  VMX_LOCAL_CREATE = 1,
  VMX_LOCAL_UPDATE = 2,
  VMX_LOCAL_DELETE = 4,
  VMX_LOCAL_GET = 8,
  VMX_LOCAL_MARK = 16,
  VMX_LOCAL_PENDING = 32
};

/** Which rows are meant. Of several that are given the lower number counts (W-49, documented). */
enum vmx_selection {
  VMX_SELECT_ALL,
  VMX_SELECT_KEY,  /**< `row` holds the key columns */
  VMX_SELECT_MAP,  /**< `row` and `given` hold what must be equal (C-3) */
  VMX_SELECT_TEXT, /**< `condition` is an SQL condition (C-3) */
  VMX_SELECT_LIKE  /**< `row` and `given` hold patterns that must all match: % and _, as SQL's LIKE */
};

struct vmx_selector {
  enum vmx_selection kind;
  const struct vmx_value *row; /**< field_count values, or NULL */
  const bool *given;           /**< by field: row[i] counts */
  const char *condition;       /**< VMX_SELECT_TEXT */
};

struct vmx_order {
  size_t field;
  bool descending;
};

struct vmx_local_options {
  struct vmx_selector selector;
  bool track_changes;              /**< default true */
  bool track_intermediate_updates; /**< default true */
  bool mark_for_upload;            /**< default true */
  const struct vmx_order *order;   /**< orderByMap: the first counts most; no field twice */
  size_t order_count;
  const size_t *columns; /**< projectionColumns: fields, none twice */
  size_t column_count;   /**< 0: all */
  bool distinct;         /**< one record for each value of the first projection column */
};

/** One option as the help shows it. */
struct vmx_local_option_row {
  const char *key;
  const char *value; /**< its form: "object", "text", "boolean", ... */
  unsigned calls;    /**< bits of vmx_local_call */
  const char *spec, *help;
};

/** The table, borrowed, static. */
const struct vmx_local_option_row *vmx_local_option_rows(size_t *count);

/**
 * Read the options of a call. `text` NULL, "null" and "{}" select everything.
 * All results live in `arena`.
 * Fails: 2304 an option is bad; 2305 a key column is null, empty or missing; 2306 unknown column to
 *        order by; 2310 unknown column; 2311 a value has the wrong type or length; 2460 out of memory
 */
int vmx_local_options_read(const struct vmx_object *object, enum vmx_local_call call,
                           const char *text, size_t len, struct vmx_arena *arena,
                           struct vmx_local_options *out, struct base_error *err);

/**
 * Read a key that stands alone, column -> value; NULL, "null" and "{}" mean all rows (LOC-03).
 * Fails: as vmx_local_options_read()
 */
int vmx_local_key_read(const struct vmx_object *object, const char *text, size_t len,
                       struct vmx_arena *arena, struct vmx_selector *out, struct base_error *err);

/** Is `text` one SQL expression: balanced, no comment, no second statement? Fails: 2304 (C-3) */
int vmx_local_check_condition(const char *text, struct base_error *err);

#endif
