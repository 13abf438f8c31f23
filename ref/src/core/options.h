/**
 * The options of startSync: raw text in, checked values out. Pure: any bytes, no I/O, no clock.
 *
 * Everything about an option stands in one row of the table in options_table.c: parser, defaults,
 * help, reference page, fuzzing dictionary and boundary tests read that row.
 *
 * Two kinds of failure (wire.md 11):
 *  - the call's: vmx_options_parse() returns a code and nothing may be sent (2482: options are no
 *    object, objectServicesOptions is bad; 2400, 2401, 2404, 2406: the target);
 *  - one service's: the parse succeeds and that entry's `error` holds 2477, 2472, 2030 or 2304.
 *    That service fails before it sends anything, the others run.
 *
 * Always true of a `struct vmx_options` that was filled:
 *  - at application level services[i] belongs to scope->services[i], one for each, in that order;
 *    at service and object level there is exactly one entry;
 *  - every value lies in the range that its table row documents, also in an entry with an error
 *    (which holds what was read before the bad option, and defaults behind it).
 */
#ifndef VMX_CORE_OPTIONS_H
#define VMX_CORE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/** Where startSync was called. */
enum vmx_sync_level { VMX_LEVEL_APPLICATION, VMX_LEVEL_SERVICE, VMX_LEVEL_OBJECT };

enum vmx_sync_mode { VMX_SYNC_PARALLEL, VMX_SYNC_SEQUENTIAL };               /**< OPT-02 */
enum vmx_sync_type { VMX_FULL_SYNC, VMX_UPLOAD_ONLY, VMX_DOWNLOAD_ONLY };    /**< OPT-10 */

/** What can be synced: names alone. All borrowed for the call. */
struct vmx_scope_service {
  const char *name;
  const char *const *objects; /**< full names, "namespace.object" when there is a namespace (W-3) */
  size_t object_count;
};

struct vmx_scope {
  const struct vmx_scope_service *services; /**< the offline object services */
  size_t count;
};

/** Text by name: query parameters (name -> value), filters (object -> OData string). */
struct vmx_pair {
  char *name;
  char *value;
};

struct vmx_pairs {
  struct vmx_pair *items;
  size_t count;
};

struct vmx_names {
  char **items;
  size_t count;
};

/** The checked options of one service (or of one object, at object level). */
struct vmx_service_options {
  char *service;           /**< name as in the scope */
  char *object;            /**< object level: full name as in the scope; else NULL */
  struct base_error error; /**< code 0, or why this service fails: 2477, 2472, 2030, 2304 */
  int32_t sync_type;       /**< enum vmx_sync_type; OPT-10 */
  int64_t upload_batch_size;   /**< 1..2147483647 edits in a request; OPT-06 */
  int64_t download_batch_size; /**< 0..2147483647 records of each object; 0 = everything; OPT-07 */
  bool get_sync_stats;                   /**< OPT-09 */
  bool download_reconciliation_required; /**< OPT-16 */
  bool preserve_batch_context;           /**< OPT-17 */
  struct vmx_pairs filter;               /**< by full object name, values never empty; OPT-12 */
  struct vmx_pairs upload_query_params;  /**< decoded names and values, never empty; OPT-14 */
  struct vmx_pairs download_query_params;
  struct vmx_names remove_after_upload;  /**< full names of known objects, each once; OPT-18 */
};

/** Zero-initialize it; release it with vmx_options_done(). */
struct vmx_options {
  int32_t sync_mode; /**< enum vmx_sync_mode; parallel at service and object level; OPT-02 */
  struct vmx_service_options *services;
  size_t count;
};

/**
 * Read and check the options of one startSync.
 *
 * `text`   the options as they came, any bytes; NULL (and JSON null) stands for {}.
 * `target` the service or object that was named; ignored at application level. An object is found
 *          by its full name, or by its short one when that is unique in the scope.
 * `strict` strictOptions: a syncMode other than the two is refused (OPT-03).
 *
 * Owns:    what *out holds is the caller's, released with vmx_options_done(). Untouched on failure.
 * Borrows: text, target and scope for this call only.
 * Fails:   2482 the options as a whole are bad; 2400, 2401 the target is empty; 2404, 2406 it is
 *          unknown; 2460 out of memory
 * Spec:    OPT-01..OPT-22, wire.md 11
 */
int vmx_options_parse(const char *text, size_t len, enum vmx_sync_level level, const char *target,
                      const struct vmx_scope *scope, bool strict, struct vmx_options *out,
                      struct base_error *err);

/** Release what the options own and zero them. Fine on zeroed and on released options. */
void vmx_options_done(struct vmx_options *options);

/** The entry of `service`, or NULL. Borrowed. */
const struct vmx_service_options *vmx_options_find(const struct vmx_options *options,
                                                   const char *service);

/** The filter of an object (full name), or NULL: all records. Borrowed. */
const char *vmx_options_filter(const struct vmx_service_options *options, const char *object);

/** Is the object (full name) in removeAfterUpload of an uploadOnly sync? OPT-18 */
bool vmx_options_removes(const struct vmx_service_options *options, const char *object);

/**
 * Write options as JSON that vmx_options_parse() reads back to the same values, every option
 * spelled out. Entries with an error are left out at application level, and print as {} below it.
 */
void vmx_options_print(const struct vmx_options *options, enum vmx_sync_level level,
                       struct base_buf *out);

/* ---- the table ---------------------------------------------------------------------------- */

enum vmx_option_kind {
  VMX_OPTION_CHOICE,         /**< one of `choices`, exactly */
  VMX_OPTION_LENIENT_CHOICE, /**< one of `choices` in any case; any other: the default */
  VMX_OPTION_SIZE,           /**< integer or numeric text in min..max; any other: the default */
  VMX_OPTION_SWITCH,         /**< true or "true" is on, anything else off */
  VMX_OPTION_BOOLEAN,        /**< true or false, anything else is an error */
  VMX_OPTION_FILTER,         /**< OData text: by object at service level, plain at object level */
  VMX_OPTION_QUERY_PARAMS,   /**< text by name */
  VMX_OPTION_OBJECT_NAMES,   /**< array of object names; strangers are ignored */
  VMX_OPTION_SERVICES        /**< options by service name */
};

/** Bits of vmx_option_row.levels: where the option is read. */
enum {
  VMX_AT_APPLICATION = 1 << VMX_LEVEL_APPLICATION, /**< beside objectServicesOptions */
  VMX_AT_SERVICE = 1 << VMX_LEVEL_SERVICE,         /**< in a service's own options */
  VMX_AT_OBJECT = 1 << VMX_LEVEL_OBJECT
};

struct vmx_option_row {
  const char *key;             /**< as the application spells it */
  enum vmx_option_kind kind;
  unsigned levels;             /**< VMX_AT_ bits */
  int64_t standard;            /**< default: number, index of the choice, or 0/1 */
  int64_t min, max;            /**< VMX_OPTION_SIZE: the range */
  const char *const *choices;  /**< the choices, NULL-terminated; names refused in a map of
                                    query parameters; or NULL */
  int code;                    /**< what a bad value fails with; 0 = it never fails */
  const char *spec;            /**< requirement */
  size_t offset;               /**< the value's place in its struct */
  const char *help;            /**< one or two sentences for the reference page */
};

/** All rows, in the order of the reference page. Borrowed, static. */
const struct vmx_option_row *vmx_option_rows(size_t *count);

/** The row that reads `key` at a place (a VMX_AT_ bit), or NULL: case-sensitive (OPT-19). */
const struct vmx_option_row *vmx_option_find(const char *key, unsigned place);

/** The table as help for a terminal, as the reference page, as an AFL++ dictionary. */
void vmx_options_help(struct base_buf *out);
void vmx_options_markdown(struct base_buf *out);
void vmx_options_dictionary(struct base_buf *out);

#endif
