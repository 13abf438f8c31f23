/** What the tests of the options share: a scope, a parse in one call, a fragment of JSON by row. */
#ifndef TEST_OPTIONS_SUPPORT_H
#define TEST_OPTIONS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "core/codes.h"
#include "core/options.h"

static const char *const organization_objects[] = {"Employee", "Department"};
static const char *const sales_objects[] = {"crm.Order", "crm.Item", "old.Item"};

static const struct vmx_scope_service scope_services[] = {
    {"Organization", organization_objects, 2},
    {"Sales", sales_objects, 3},
};

static const struct vmx_scope scope = {scope_services, 2};

static inline const char *target_at(enum vmx_sync_level level) {
  static const char *const targets[] = {NULL, "Organization", "Employee"};
  return targets[level];
}

/** Parse at `level` with that level's target; the caller looks at the code. */
static inline int parse_at(enum vmx_sync_level level, const char *text, struct vmx_options *out,
                           struct base_error *err) {
  return vmx_options_parse(text, text ? strlen(text) : 0, level, target_at(level), &scope, false, out,
                           err);
}

/** Parse what must be good as a whole. */
static inline struct vmx_options parsed_at(enum vmx_sync_level level, const char *text) {
  struct vmx_options options = {0};
  struct base_error err = {0};
  if (parse_at(level, text, &options, &err) != 0) fail_msg("%s: %s", text, err.text);
  return options;
}

/** Parse the options of one service, given as printf text, and expect its error code. */
__attribute__((format(printf, 2, 3)))
static inline void expect_service_code(int code, const char *format, ...) {
  char text[4096];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  CLEANUP(vmx_options_done) struct vmx_options options = parsed_at(VMX_LEVEL_SERVICE, text);
  if (options.services[0].error.code != code)
    fail_msg("%s: expected %d, got %d %s", text, code, options.services[0].error.code,
             options.services[0].error.text);
}

/** Parse at application level and expect the call itself to fail; gives the message. */
static inline void expect_call_code(int code, const char *text, struct base_error *err) {
  struct vmx_options options = {0};
  int status = parse_at(VMX_LEVEL_APPLICATION, text, &options, err);
  if (status != code) fail_msg("%s: expected %d, got %d", text, code, status);
  assert_int_equal(err->code, code);
  assert_null(options.services); /* untouched on failure */
}

#endif
