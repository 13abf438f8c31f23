/** One option's value: its default, and how it is read from JSON. Private to the options module. */
#ifndef VMX_CORE_OPTIONS_VALUE_H
#define VMX_CORE_OPTIONS_VALUE_H

#include "base/json.h"
#include "core/options.h"

/** A value in its surroundings. All borrowed. */
struct vmx_option_value {
  const struct vmx_option_row *row; /**< any kind but VMX_OPTION_SERVICES */
  const cJSON *json;
  enum vmx_sync_level level;                /**< of the call */
  const struct vmx_scope_service *service;  /**< whose option it is; NULL for an option of the call */
  const char *object;                       /**< object level: the object's full name */
  bool strict;
  void *into; /**< struct vmx_options or vmx_service_options, as the row's level says */
};

/** Write the row's default. `into` is zeroed, or holds a default already. */
void vmx_option_default(const struct vmx_option_row *row, void *into);

/**
 * Check the value and write it. On failure what is written so far still lies in the row's range.
 * Fails: row->code with a text that names the option; 2460 out of memory
 */
int vmx_option_read(const struct vmx_option_value *value, struct base_error *err);

/** "null", "an array", "5", "\"x\"": a value in a message. Returns `out`. */
enum { VMX_VALUE_SHOWN = 96 };
const char *vmx_value_shown(const cJSON *json, char out[VMX_VALUE_SHOWN]);

/** The object that `name` stands for: its full name, or its short one when no other has it (W-3). */
const char *vmx_scope_object(const struct vmx_scope_service *service, const char *name);

int vmx_options_no_memory(struct base_error *err);

#endif
