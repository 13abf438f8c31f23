/*
 * Each allocation of a parse fails once: the call says 2460 and leaves nothing behind (the address
 * sanitizer watches for leaks). The linker sends malloc, calloc and strdup of this program here;
 * cJSON gets the same by its hooks.
 */
#include "options_support.h"

#include "base/json.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
char *__wrap_strdup(const char *text);

static bool counting;
static size_t left; /* allocations that still succeed */

static bool refused(void) {
  if (!counting) return false;
  if (left == 0) return true;
  left--;
  return false;
}

void *__wrap_malloc(size_t size) { return refused() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return refused() ? NULL : __real_calloc(count, size); }
char *__wrap_strdup(const char *text) { return refused() ? NULL : __real_strdup(text); }

static const char everything[] =
    "{\"syncMode\":\"sequential\",\"objectServicesOptions\":{\"Sales\":{\"filter\":{\"Order\":\"a\"},"
    "\"removeAfterUpload\":[\"Order\"],\"uploadRequestQueryParams\":{\"a\":\"b\",\"c\":\"d\"}},"
    "\"Organization\":{\"syncType\":\"bad\"}}}";

static int parse_with(size_t allocations, enum vmx_sync_level level, const char *text, struct vmx_options *out,
                      struct base_error *err) {
  left = allocations;
  counting = true;
  int status = parse_at(level, text, out, err);
  counting = false;
  return status;
}

static void expect_2460_at_each_allocation(enum vmx_sync_level level, const char *text, size_t at_least) {
  size_t allocations = 0;
  for (int status = -1; status != 0; allocations++) {
    struct vmx_options options = {0};
    struct base_error err = {0};
    status = parse_with(allocations, level, text, &options, &err);
    if (status == 0) {
      vmx_options_done(&options);
      break;
    }
    assert_int_equal(status, VMX_CODE_SYNC);
    assert_int_equal(err.code, VMX_CODE_SYNC);
    assert_null(options.services);
  }
  assert_true(allocations > at_least);
}

static void a_failing_allocation_fails_an_application_call(void **state) {
  (void)state;
  expect_2460_at_each_allocation(VMX_LEVEL_APPLICATION, everything, 20);
}

static void a_failing_allocation_fails_a_call_below_it(void **state) {
  (void)state;
  expect_2460_at_each_allocation(VMX_LEVEL_OBJECT, "{\"filter\":\"A eq 1\",\"removeAfterUpload\":[\"Employee\"]}", 5);
}

int main(void) {
  cJSON_Hooks hooks = {__wrap_malloc, free};
  cJSON_InitHooks(&hooks);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_failing_allocation_fails_an_application_call),
      cmocka_unit_test(a_failing_allocation_fails_a_call_below_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
