/* The parse of a whole call: levels, targets, what fails the call and what fails one service. */
#include "options_support.h"

#include "base/utf8.h"

/* ---- the text (OPT-01, OPT-20) -------------------------------------------------------------- */

static void absent_and_null_mean_defaults(void **state) {
  (void)state;
  static const char *const texts[] = {NULL, "null", "{}", " {} "};
  for (size_t i = 0; i < 4; i++) {
    CLEANUP(vmx_options_done) struct vmx_options options = parsed_at(VMX_LEVEL_APPLICATION, texts[i]);
    assert_int_equal(options.sync_mode, VMX_SYNC_PARALLEL);
    assert_int_equal(options.count, 2);
    assert_string_equal(options.services[1].service, "Sales");
    assert_null(options.services[1].object);
  }
}

static void options_that_are_no_object_fail_the_call(void **state) {
  (void)state;
  static const char *const texts[] = {"", "[]", "5", "\"{}\"", "true", "{", "{}{}", "{\"a\":1,\"a\":2}", "\xff"};
  struct base_error err = {0};
  for (size_t i = 0; i < 9; i++) expect_call_code(VMX_CODE_SYNC_OPTIONS, texts[i], &err);
}

static void a_failure_of_the_call_says_what_it_got(void **state) {
  (void)state;
  struct base_error err = {0};
  expect_call_code(VMX_CODE_SYNC_OPTIONS, "[1]", &err);
  assert_string_equal(err.text, "the sync options must be a JSON object, not an array");
  assert_string_equal(err.spec, "OPT-01");
}

static void deep_text_ends_in_a_failure(void **state) {
  (void)state;
  enum { DEPTH = 100000 };
  CLEANUP(free_text) char *text = malloc(DEPTH + 1);
  assert_non_null(text);
  memset(text, '[', DEPTH);
  text[DEPTH] = '\0';
  struct base_error err = {0};
  expect_call_code(VMX_CODE_SYNC_OPTIONS, text, &err);
}

static void long_names_are_quoted_in_one_valid_line(void **state) {
  (void)state;
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  base_buf_text(&text, "{\"objectServicesOptions\":{\"\\n");
  for (int i = 0; i < 1000; i++) base_buf_text(&text, "\xe2\x82\xac");
  base_buf_text(&text, "\":{}}}");
  struct base_error err = {0};
  expect_call_code(VMX_CODE_SYNC_OPTIONS, base_buf_string(&text), &err);
  assert_true(utf8_valid(err.text, strlen(err.text)));
  assert_null(strchr(err.text, '\n'));
}

/* ---- targets (API-02) ----------------------------------------------------------------------- */

static int target_code(enum vmx_sync_level level, const char *target) {
  struct vmx_options options = {0};
  struct base_error err = {0};
  int status = vmx_options_parse(NULL, 0, level, target, &scope, false, &options, &err);
  vmx_options_done(&options);
  return status;
}

static void targets_that_are_empty_or_unknown_fail_the_call(void **state) {
  (void)state;
  assert_int_equal(target_code(VMX_LEVEL_SERVICE, NULL), VMX_CODE_SERVICE_EMPTY);
  assert_int_equal(target_code(VMX_LEVEL_SERVICE, ""), VMX_CODE_SERVICE_EMPTY);
  assert_int_equal(target_code(VMX_LEVEL_SERVICE, "organization"), VMX_CODE_UNKNOWN_SERVICE);
  assert_int_equal(target_code(VMX_LEVEL_OBJECT, ""), VMX_CODE_OBJECT_EMPTY);
  assert_int_equal(target_code(VMX_LEVEL_OBJECT, "employee"), VMX_CODE_UNKNOWN_OBJECT);
}

static void an_object_is_found_by_full_and_by_short_name(void **state) {
  (void)state;
  static const char *const names[] = {"crm.Order", "Order"};
  for (size_t i = 0; i < 2; i++) {
    CLEANUP(vmx_options_done) struct vmx_options options = {0};
    assert_int_equal(vmx_options_parse(NULL, 0, VMX_LEVEL_OBJECT, names[i], &scope, false, &options, NULL), 0);
    assert_string_equal(options.services[0].service, "Sales");
    assert_string_equal(options.services[0].object, "crm.Order");
  }
}

static void a_short_name_of_two_objects_is_unknown(void **state) {
  (void)state;
  assert_int_equal(target_code(VMX_LEVEL_OBJECT, "Item"), VMX_CODE_UNKNOWN_OBJECT);
  assert_int_equal(target_code(VMX_LEVEL_OBJECT, "old.Item"), 0);
}

/* ---- the call's options --------------------------------------------------------------------- */

static void the_sync_mode_is_read_in_any_case(void **state) {
  (void)state;
  CLEANUP(vmx_options_done)
  struct vmx_options options = parsed_at(VMX_LEVEL_APPLICATION, "{\"syncMode\":\"SEQUENTIAL\"}");
  assert_int_equal(options.sync_mode, VMX_SYNC_SEQUENTIAL);
}

static void strict_options_refuse_another_sync_mode(void **state) {
  (void)state;
  static const char bad[] = "{\"syncMode\":\"Sequential\"}", good[] = "{\"syncMode\":\"sequential\"}";
  CLEANUP(vmx_options_done) struct vmx_options options = {0};
  struct base_error err = {0};
  assert_int_equal(vmx_options_parse(bad, strlen(bad), VMX_LEVEL_APPLICATION, NULL, &scope, true, &options, &err),
                   VMX_CODE_SYNC_OPTIONS);
  assert_string_equal(err.spec, "OPT-03");
  assert_int_equal(vmx_options_parse(good, strlen(good), VMX_LEVEL_APPLICATION, NULL, &scope, true, &options, &err), 0);
  assert_int_equal(options.sync_mode, VMX_SYNC_SEQUENTIAL);
}

static void each_service_has_its_own_options(void **state) {
  (void)state;
  CLEANUP(vmx_options_done)
  struct vmx_options options = parsed_at(
      VMX_LEVEL_APPLICATION, "{\"objectServicesOptions\":{\"Sales\":{\"uploadBatchSize\":7}}}");
  assert_int_equal(vmx_options_find(&options, "Sales")->upload_batch_size, 7);
  assert_int_equal(vmx_options_find(&options, "Organization")->upload_batch_size, 50);
  assert_null(vmx_options_find(&options, "sales"));
}

static void bad_service_maps_fail_the_call(void **state) {
  (void)state;
  static const char *const values[] = {"null", "[]", "\"x\"", "{\"Sales\":null}", "{\"Sales\":[]}",
                                       "{\"Sales\":\"{}\"}", "{\"Nobody\":{}}", "{\"\":{}}"};
  for (size_t i = 0; i < 8; i++) {
    char text[128];
    snprintf(text, sizeof text, "{\"objectServicesOptions\":%s}", values[i]);
    struct base_error err = {0};
    expect_call_code(VMX_CODE_SYNC_OPTIONS, text, &err);
  }
}

static void a_name_with_blanks_is_refused_with_the_name_that_was_meant(void **state) {
  (void)state;
  struct base_error err = {0};
  expect_call_code(VMX_CODE_SYNC_OPTIONS, "{\"objectServicesOptions\":{\" Organization\\t\":{}}}", &err);
  assert_string_equal(err.spec, "OPT-21");
  assert_non_null(strstr(err.text, "\" Organization?\": did you mean \"Organization\""));
}

static void one_services_bad_option_leaves_the_others_alone(void **state) {
  (void)state;
  CLEANUP(vmx_options_done)
  struct vmx_options options =
      parsed_at(VMX_LEVEL_APPLICATION, "{\"objectServicesOptions\":{\"Organization\":{\"syncType\":\"upload\"},"
                                       "\"Sales\":{\"syncType\":\"uploadOnly\"}}}");
  assert_int_equal(options.services[0].error.code, VMX_CODE_SYNC_TYPE);
  assert_int_equal(options.services[1].error.code, 0);
  assert_int_equal(options.services[1].sync_type, VMX_UPLOAD_ONLY);
}

static void a_call_that_fails_beside_a_bad_service_fails(void **state) {
  (void)state;
  struct base_error err = {0};
  expect_call_code(VMX_CODE_SYNC_OPTIONS,
                   "{\"objectServicesOptions\":{\"Organization\":{\"syncType\":1},\"Nobody\":{}}}", &err);
}

static void unknown_options_are_ignored(void **state) {
  (void)state;
  expect_service_code(0, "{\"x\":null,\"synctype\":\"bad\",\"syncMode\":5,\"\":[[]]}");
  CLEANUP(vmx_options_done)
  struct vmx_options options = parsed_at(VMX_LEVEL_APPLICATION, "{\"uploadBatchSize\":7,\"filter\":null}");
  assert_int_equal(options.services[0].upload_batch_size, 50);
  assert_int_equal(options.services[0].error.code, 0);
}

/* W-3: at object level a short name means one object of the application, or nothing. */
static void a_short_name_of_two_services_objects_is_refused(void **state) {
  (void)state;
  static const char *const one[] = {"a.Item"}, *const two[] = {"b.Item", "Item2"};
  static const struct vmx_scope_service services[] = {{"One", one, 1}, {"Two", two, 2}};
  static const struct vmx_scope both = {services, 2};
  static const struct {
    const char *target;
    int code;
  } cases[] = {{"Item", VMX_CODE_UNKNOWN_OBJECT}, {"b.Item", 0}, {"Item2", 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CLEANUP(vmx_options_done) struct vmx_options options = {0};
    struct base_error err = {0};
    int code = vmx_options_parse("{}", 2, VMX_LEVEL_OBJECT, cases[i].target, &both, false, &options, &err);
    assert_int_equal(code, cases[i].code);
    if (code != 0) assert_non_null(strstr(err.text, "short name of two objects"));
  }
}

/* ---- filters (OPT-12, OPT-13) --------------------------------------------------------------- */

static void filters_are_kept_by_object_and_unchanged(void **state) {
  (void)state;
  CLEANUP(vmx_options_done)
  struct vmx_options options = parsed_at(
      VMX_LEVEL_APPLICATION, "{\"objectServicesOptions\":{\"Sales\":{\"filter\":{\"Order\":\" Name eq ((\"}}}}");
  assert_string_equal(vmx_options_filter(&options.services[1], "crm.Order"), " Name eq ((");
  assert_null(vmx_options_filter(&options.services[1], "crm.Item"));
}

static void an_objects_filter_is_the_text_alone(void **state) {
  (void)state;
  CLEANUP(vmx_options_done) struct vmx_options options = parsed_at(VMX_LEVEL_OBJECT, "{\"filter\":\"A eq 1\"}");
  assert_string_equal(vmx_options_filter(&options.services[0], "Employee"), "A eq 1");
}

static void filters_of_the_wrong_shape_fail_the_service(void **state) {
  (void)state;
  static const char *const bad[] = {"null", "{}", "\"A eq 1\"", "[]", "5", "{\"Employee\":\"\"}",
                                    "{\"Employee\":null}", "{\"Employee\":{}}", "{\"Employee\":5}",
                                    "{\"employee\":\"A eq 1\"}", "{\"Order\":\"A eq 1\"}",
                                    "{\"Employee\":\"A eq 1\",\"Nobody\":\"A eq 1\"}"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    expect_service_code(VMX_CODE_FILTER, "{\"filter\":%s}", bad[i]);
}

static void an_objects_filter_of_the_wrong_shape_fails(void **state) {
  (void)state;
  static const char *const bad[] = {"null", "{}", "\"\"", "{\"Employee\":\"A eq 1\"}", "5", "[]"};
  for (size_t i = 0; i < 6; i++) {
    char text[64];
    snprintf(text, sizeof text, "{\"filter\":%s}", bad[i]);
    CLEANUP(vmx_options_done) struct vmx_options options = parsed_at(VMX_LEVEL_OBJECT, text);
    assert_int_equal(options.services[0].error.code, VMX_CODE_FILTER);
  }
}

static void one_object_under_two_names_is_refused(void **state) {
  (void)state;
  CLEANUP(vmx_options_done)
  struct vmx_options options =
      parsed_at(VMX_LEVEL_APPLICATION,
                "{\"objectServicesOptions\":{\"Sales\":{\"filter\":{\"Order\":\"a\",\"crm.Order\":\"b\"}}}}");
  assert_int_equal(options.services[1].error.code, VMX_CODE_FILTER);
}

/* ---- query parameters (OPT-14, OPT-15, W-18) ------------------------------------------------ */

static void query_params_are_decoded_and_kept_apart(void **state) {
  (void)state;
  CLEANUP(vmx_options_done)
  struct vmx_options options =
      parsed_at(VMX_LEVEL_SERVICE, "{\"uploadRequestQueryParams\":{\"a b\":\"+&=%\\u00e9\"},"
                                   "\"downloadRequestQueryParams\":{\"c\":\"d\",\"e\":\"f\"}}");
  const struct vmx_service_options *service = &options.services[0];
  assert_int_equal(service->upload_query_params.count, 1);
  assert_string_equal(service->upload_query_params.items[0].name, "a b");
  assert_string_equal(service->upload_query_params.items[0].value, "+&=%\xc3\xa9");
  assert_int_equal(service->download_query_params.count, 2);
  assert_string_equal(service->download_query_params.items[1].value, "f");
}

static void query_params_that_are_empty_or_no_text_fail_the_service(void **state) {
  (void)state;
  static const char *const keys[] = {"uploadRequestQueryParams", "downloadRequestQueryParams"};
  static const char *const bad[] = {"null", "[]", "\"a=b\"", "5", "{\"\":\"b\"}", "{\"a\":\"\"}", "{\"a\":null}",
                                    "{\"a\":5}", "{\"a\":true}", "{\"a\":{}}", "{\"a\":\"b\",\"c\":[]}"};
  for (size_t k = 0; k < 2; k++) {
    expect_service_code(0, "{\"%s\":{}}", keys[k]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
      expect_service_code(VMX_CODE_NETWORK, "{\"%s\":%s}", keys[k], bad[i]);
  }
}

static void names_that_the_download_sends_are_reserved_for_it(void **state) {
  (void)state;
  static const char *const names[] = {"$batchsize", "$filter", "$expand", "offline"};
  for (size_t i = 0; i < 4; i++) {
    expect_service_code(VMX_CODE_NETWORK, "{\"downloadRequestQueryParams\":{\"%s\":\"x\"}}", names[i]);
    expect_service_code(0, "{\"uploadRequestQueryParams\":{\"%s\":\"x\"}}", names[i]);
  }
}

/* ---- removeAfterUpload (OPT-18) ------------------------------------------------------------- */

static void objects_to_remove_are_known_ones_each_once(void **state) {
  (void)state;
  CLEANUP(vmx_options_done)
  struct vmx_options options =
      parsed_at(VMX_LEVEL_SERVICE, "{\"syncType\":\"uploadOnly\",\"removeAfterUpload\":"
                                   "[\"Employee\",5,\"Nobody\",\"Employee\",null,\"employee\"]}");
  assert_int_equal(options.services[0].remove_after_upload.count, 1);
  assert_true(vmx_options_removes(&options.services[0], "Employee"));
  assert_false(vmx_options_removes(&options.services[0], "Department"));
}

static void nothing_is_removed_by_another_sync_type(void **state) {
  (void)state;
  CLEANUP(vmx_options_done)
  struct vmx_options options = parsed_at(VMX_LEVEL_SERVICE, "{\"removeAfterUpload\":[\"Employee\"]}");
  assert_false(vmx_options_removes(&options.services[0], "Employee"));
}

static void objects_to_remove_that_are_no_list_are_ignored(void **state) {
  (void)state;
  static const char *const values[] = {"null", "{}", "\"Employee\"", "true", "[]", "5"};
  for (size_t i = 0; i < 6; i++) {
    char text[64];
    snprintf(text, sizeof text, "{\"removeAfterUpload\":%s}", values[i]);
    CLEANUP(vmx_options_done) struct vmx_options options = parsed_at(VMX_LEVEL_SERVICE, text);
    assert_int_equal(options.services[0].error.code, 0);
    assert_int_equal(options.services[0].remove_after_upload.count, 0);
  }
}

/* ---- printing ------------------------------------------------------------------------------- */

static void expect_stable_print(enum vmx_sync_level level, const char *text) {
  CLEANUP(base_buf_done) struct base_buf once = BASE_BUF_INIT, twice = BASE_BUF_INIT;
  CLEANUP(vmx_options_done) struct vmx_options first = parsed_at(level, text);
  vmx_options_print(&first, level, &once);
  CLEANUP(vmx_options_done) struct vmx_options second = parsed_at(level, base_buf_string(&once));
  vmx_options_print(&second, level, &twice);
  assert_string_equal(base_buf_string(&once), base_buf_string(&twice));
  for (size_t i = 0; i < second.count; i++) assert_int_equal(second.services[i].error.code, 0);
}

static void printed_options_parse_to_the_same(void **state) {
  (void)state;
  static const char whole[] =
      "{\"syncMode\":\"sequential\",\"objectServicesOptions\":{\"Sales\":{\"filter\":{\"Order\":\"a \\\"b\\\"\"},"
      "\"removeAfterUpload\":[\"Order\"],\"syncType\":\"uploadOnly\",\"getSyncStats\":\"true\"},"
      "\"Organization\":{\"downloadBatchSize\":\"0\",\"downloadRequestQueryParams\":{\"\\u00e9\":\"\\t\"}}}}";
  expect_stable_print(VMX_LEVEL_APPLICATION, whole);
  expect_stable_print(VMX_LEVEL_SERVICE, "{\"downloadReconciliationRequired\":false}");
  expect_stable_print(VMX_LEVEL_OBJECT, "{\"filter\":\"A eq 1\",\"preserveBatchContext\":true}");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(absent_and_null_mean_defaults),
      cmocka_unit_test(options_that_are_no_object_fail_the_call),
      cmocka_unit_test(a_failure_of_the_call_says_what_it_got),
      cmocka_unit_test(deep_text_ends_in_a_failure),
      cmocka_unit_test(long_names_are_quoted_in_one_valid_line),
      cmocka_unit_test(targets_that_are_empty_or_unknown_fail_the_call),
      cmocka_unit_test(an_object_is_found_by_full_and_by_short_name),
      cmocka_unit_test(a_short_name_of_two_objects_is_unknown),
      cmocka_unit_test(the_sync_mode_is_read_in_any_case),
      cmocka_unit_test(strict_options_refuse_another_sync_mode),
      cmocka_unit_test(each_service_has_its_own_options),
      cmocka_unit_test(bad_service_maps_fail_the_call),
      cmocka_unit_test(a_name_with_blanks_is_refused_with_the_name_that_was_meant),
      cmocka_unit_test(one_services_bad_option_leaves_the_others_alone),
      cmocka_unit_test(a_call_that_fails_beside_a_bad_service_fails),
      cmocka_unit_test(unknown_options_are_ignored),
      cmocka_unit_test(a_short_name_of_two_services_objects_is_refused),
      cmocka_unit_test(filters_are_kept_by_object_and_unchanged),
      cmocka_unit_test(an_objects_filter_is_the_text_alone),
      cmocka_unit_test(filters_of_the_wrong_shape_fail_the_service),
      cmocka_unit_test(an_objects_filter_of_the_wrong_shape_fails),
      cmocka_unit_test(one_object_under_two_names_is_refused),
      cmocka_unit_test(query_params_are_decoded_and_kept_apart),
      cmocka_unit_test(query_params_that_are_empty_or_no_text_fail_the_service),
      cmocka_unit_test(names_that_the_download_sends_are_reserved_for_it),
      cmocka_unit_test(objects_to_remove_are_known_ones_each_once),
      cmocka_unit_test(nothing_is_removed_by_another_sync_type),
      cmocka_unit_test(objects_to_remove_that_are_no_list_are_ignored),
      cmocka_unit_test(printed_options_parse_to_the_same),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
