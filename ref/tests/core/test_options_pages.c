/* Files that must agree with the options table, and the option sets of the API page (OPT-21). */
#include "options_support.h"

static char *read_whole(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) fail_msg("%s cannot be opened", path);
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  char block[4096];
  for (size_t got; (got = fread(block, 1, sizeof block, file)) > 0;) base_buf_append(&text, block, got);
  fclose(file);
  char *whole = base_buf_steal(&text);
  assert_non_null(whole);
  return whole;
}

static void expect_file(const char *path, void write(struct base_buf *)) {
  CLEANUP(base_buf_done) struct base_buf made = BASE_BUF_INIT;
  write(&made);
  CLEANUP(free_text) char *committed = read_whole(path);
  if (strcmp(committed, base_buf_string(&made)) != 0)
    fail_msg("%s does not match the options table: write it anew with `vmxsync options`", path);
}

static void the_reference_page_is_up_to_date(void **state) {
  (void)state;
  expect_file(SOURCE_DIR "/ref/OPTIONS.md", vmx_options_markdown);
}

static void the_fuzzing_dictionary_is_up_to_date(void **state) {
  (void)state;
  expect_file(SOURCE_DIR "/fuzz/options.dict", vmx_options_dictionary);
}

static void the_help_names_every_option(void **state) {
  (void)state;
  CLEANUP(base_buf_done) struct base_buf help = BASE_BUF_INIT;
  vmx_options_help(&help);
  size_t count;
  const struct vmx_option_row *rows = vmx_option_rows(&count);
  for (size_t i = 0; i < count; i++) assert_non_null(strstr(base_buf_string(&help), rows[i].key));
}

static struct vmx_options example(const char *name) {
  char path[512];
  snprintf(path, sizeof path, "%s/ref/tests/data/%s", SOURCE_DIR, name);
  CLEANUP(free_text) char *text = read_whole(path);
  return parsed_at(VMX_LEVEL_APPLICATION, text);
}

static void expect_location_params(const struct vmx_service_options *service) {
  assert_int_equal(service->error.code, 0);
  assert_true(service->get_sync_stats);
  assert_int_equal(service->upload_query_params.count, 2);
  assert_string_equal(service->upload_query_params.items[0].value, "32001");
  assert_string_equal(service->upload_query_params.items[1].name, "SiteID");
}

static void the_javascript_example_works_once_its_name_is_trimmed(void **state) {
  (void)state;
  CLEANUP(vmx_options_done) struct vmx_options options = example("options-js-trimmed.json");
  expect_location_params(&options.services[0]);
  assert_int_equal(options.services[0].upload_batch_size, 200);
  assert_int_equal(options.services[0].sync_type, VMX_UPLOAD_ONLY);
}

static void the_javascript_example_as_printed_fails_before_anything_is_sent(void **state) {
  (void)state;
  CLEANUP(free_text) char *text = read_whole(SOURCE_DIR "/ref/tests/data/options-js.json");
  struct base_error err = {0};
  expect_call_code(VMX_CODE_SYNC_OPTIONS, text, &err);
  assert_non_null(strstr(err.text, "\" Organization\": did you mean \"Organization\""));
}

static void the_java_example_works(void **state) {
  (void)state;
  CLEANUP(vmx_options_done) struct vmx_options options = example("options-java.json");
  expect_location_params(&options.services[0]);
  assert_int_equal(options.services[0].upload_batch_size, 100);
  assert_int_equal(options.services[0].sync_type, VMX_UPLOAD_ONLY);
}

static void the_objective_c_example_works(void **state) {
  (void)state;
  CLEANUP(vmx_options_done) struct vmx_options options = example("options-objc.json");
  expect_location_params(&options.services[0]);
  assert_int_equal(options.services[0].upload_batch_size, 200);
  assert_int_equal(options.services[0].download_batch_size, 100);
  assert_int_equal(options.services[0].sync_type, VMX_FULL_SYNC);
  assert_string_equal(vmx_options_filter(&options.services[0], "Employee"), "EmployeeID eq 2");
  assert_string_equal(vmx_options_filter(&options.services[0], "Department"), "Name eq 'Human Resource'");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_reference_page_is_up_to_date),
      cmocka_unit_test(the_fuzzing_dictionary_is_up_to_date),
      cmocka_unit_test(the_help_names_every_option),
      cmocka_unit_test(the_javascript_example_works_once_its_name_is_trimmed),
      cmocka_unit_test(the_javascript_example_as_printed_fails_before_anything_is_sent),
      cmocka_unit_test(the_java_example_works),
      cmocka_unit_test(the_objective_c_example_works),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
