/*
 * The table itself, and boundary tests that it drives: whoever adds a row gets them for it.
 */
#include "options_support.h"

static const struct vmx_option_row *row_at(size_t i) {
  size_t count;
  const struct vmx_option_row *rows = vmx_option_rows(&count);
  return i < count ? &rows[i] : NULL;
}

static int64_t number_of(const struct vmx_options *options, const struct vmx_option_row *row) {
  const void *base = row->levels & VMX_AT_APPLICATION ? (const void *)options : &options->services[0];
  const void *place = (const char *)base + row->offset;
  switch (row->kind) {
  case VMX_OPTION_SIZE: return *(const int64_t *)place;
  case VMX_OPTION_SWITCH:
  case VMX_OPTION_BOOLEAN: return *(const bool *)place;
  default: return *(const int32_t *)place;
  }
}

/* The value that `json` gives the row's option, or -code when it is refused. */
static int64_t value_with(const struct vmx_option_row *row, const char *json) {
  char text[512];
  snprintf(text, sizeof text, "{\"%s\":%s}", row->key, json);
  bool whole = row->levels & VMX_AT_APPLICATION;
  CLEANUP(vmx_options_done)
  struct vmx_options options = parsed_at(whole ? VMX_LEVEL_APPLICATION : VMX_LEVEL_SERVICE, text);
  int code = options.services[0].error.code;
  return code ? -code : number_of(&options, row);
}

static void keys_are_unique_and_rows_complete(void **state) {
  (void)state;
  for (size_t i = 0; row_at(i); i++) {
    assert_true(strlen(row_at(i)->help) > 20);
    assert_true(strncmp(row_at(i)->spec, "OPT-", 4) == 0);
    assert_true(row_at(i)->levels != 0);
    assert_true(row_at(i)->code == 0 || vmx_code_find(row_at(i)->code));
    for (size_t k = i + 1; row_at(k); k++) assert_string_not_equal(row_at(i)->key, row_at(k)->key);
  }
}

static void absent_options_have_the_rows_default(void **state) {
  (void)state;
  CLEANUP(vmx_options_done) struct vmx_options options = parsed_at(VMX_LEVEL_APPLICATION, "{}");
  for (size_t i = 0; row_at(i); i++)
    if (row_at(i)->kind < VMX_OPTION_FILTER)
      assert_int_equal(number_of(&options, row_at(i)), row_at(i)->standard);
}

static void sizes_hold_at_their_bounds_as_number_and_as_text(void **state) {
  (void)state;
  for (size_t i = 0; row_at(i); i++) {
    const struct vmx_option_row *row = row_at(i);
    if (row->kind != VMX_OPTION_SIZE) continue;
    const int64_t at[] = {row->min - 1, row->min, row->min + 1, row->max - 1, row->max, row->max + 1};
    for (size_t k = 0; k < 6; k++) {
      int64_t expected = at[k] < row->min || at[k] > row->max ? row->standard : at[k];
      char number[32], text[40];
      snprintf(number, sizeof number, "%lld", (long long)at[k]);
      snprintf(text, sizeof text, "\" %lld\\t\"", (long long)at[k]);
      assert_int_equal(value_with(row, number), expected);
      assert_int_equal(value_with(row, text), expected);
    }
  }
}

static void sizes_that_are_not_numeric_mean_the_default(void **state) {
  (void)state;
  static const char *const values[] = {
      "\"\"", "\" \"", "\"ten\"", "\"2.0\"", "\"0x10\"", "\"2e1\"", "\"+-2\"", "\"2 0\"", "\"--2\"",
      "\"99999999999999999999\"", "\"-9223372036854775809\"", "99999999999999999999", "2.5", "1e400",
      "null", "true", "[20]", "{}", "\"\xd9\xa2\xd9\xa0\""};
  for (size_t i = 0; row_at(i); i++)
    for (size_t k = 0; row_at(i)->kind == VMX_OPTION_SIZE && k < sizeof values / sizeof *values; k++)
      assert_int_equal(value_with(row_at(i), values[k]), row_at(i)->standard);
}

static void sizes_are_numeric_text_with_sign_and_blanks(void **state) {
  (void)state;
  for (size_t i = 0; row_at(i); i++) {
    if (row_at(i)->kind != VMX_OPTION_SIZE) continue;
    assert_int_equal(value_with(row_at(i), "\"+20\""), 20);
    assert_int_equal(value_with(row_at(i), "\"  007 \\r\\n\""), 7);
    assert_int_equal(value_with(row_at(i), "20.0"), 20); /* C-9 */
  }
}

static void each_choice_is_taken(void **state) {
  (void)state;
  for (size_t i = 0; row_at(i); i++) {
    if (row_at(i)->kind > VMX_OPTION_LENIENT_CHOICE) continue;
    for (int64_t k = 0; row_at(i)->choices[k]; k++) {
      char json[64];
      snprintf(json, sizeof json, "\"%s\"", row_at(i)->choices[k]);
      assert_int_equal(value_with(row_at(i), json), k);
    }
  }
}

static void a_choice_that_is_not_listed_fails_with_the_rows_code(void **state) {
  (void)state;
  static const char *const values[] = {"\"\"", "\"other\"", "null", "5", "true", "[]", "{}"};
  for (size_t i = 0; row_at(i); i++)
    for (size_t k = 0; row_at(i)->kind <= VMX_OPTION_LENIENT_CHOICE && k < 7; k++)
      assert_int_equal(value_with(row_at(i), values[k]),
                       row_at(i)->kind == VMX_OPTION_CHOICE ? -row_at(i)->code : row_at(i)->standard);
}

static void switches_are_on_for_true_alone(void **state) {
  (void)state;
  static const char *const off[] = {"false", "\"false\"", "\"True\"", "\"\"", "1", "null", "[]", "{}"};
  for (size_t i = 0; row_at(i); i++) {
    if (row_at(i)->kind != VMX_OPTION_SWITCH) continue;
    assert_int_equal(value_with(row_at(i), "true"), 1);
    assert_int_equal(value_with(row_at(i), "\"true\""), 1);
    for (size_t k = 0; k < 8; k++) assert_int_equal(value_with(row_at(i), off[k]), 0);
  }
}

static void booleans_refuse_all_but_true_and_false(void **state) {
  (void)state;
  static const char *const bad[] = {"\"true\"", "\"false\"", "1", "0", "null", "[]", "{}", "\"\""};
  for (size_t i = 0; row_at(i); i++) {
    if (row_at(i)->kind != VMX_OPTION_BOOLEAN) continue;
    assert_int_equal(value_with(row_at(i), "true"), 1);
    assert_int_equal(value_with(row_at(i), "false"), 0);
    for (size_t k = 0; k < 8; k++) assert_int_equal(value_with(row_at(i), bad[k]), -row_at(i)->code);
  }
}

static void keys_are_case_sensitive(void **state) {
  (void)state;
  assert_non_null(vmx_option_find("syncType", VMX_AT_SERVICE));
  assert_null(vmx_option_find("SyncType", VMX_AT_SERVICE));
  assert_null(vmx_option_find("GetSyncStats", VMX_AT_SERVICE));
}

static void an_option_is_read_at_its_level_alone(void **state) {
  (void)state;
  assert_null(vmx_option_find("syncMode", VMX_AT_SERVICE));
  assert_null(vmx_option_find("syncType", VMX_AT_APPLICATION));
  assert_non_null(vmx_option_find("syncType", VMX_AT_OBJECT));
}

static void codes_ascend_and_have_a_meaning(void **state) {
  (void)state;
  size_t count;
  const struct vmx_code_row *codes = vmx_codes(&count);
  for (size_t i = 0; i < count; i++) {
    assert_true(i == 0 || codes[i].number > codes[i - 1].number);
    assert_string_equal(vmx_code_meaning(codes[i].number), codes[i].meaning);
  }
  assert_string_equal(vmx_code_meaning(1), "unknown error");
  assert_null(vmx_code_find(1));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_are_unique_and_rows_complete),
      cmocka_unit_test(absent_options_have_the_rows_default),
      cmocka_unit_test(sizes_hold_at_their_bounds_as_number_and_as_text),
      cmocka_unit_test(sizes_that_are_not_numeric_mean_the_default),
      cmocka_unit_test(sizes_are_numeric_text_with_sign_and_blanks),
      cmocka_unit_test(each_choice_is_taken),
      cmocka_unit_test(a_choice_that_is_not_listed_fails_with_the_rows_code),
      cmocka_unit_test(switches_are_on_for_true_alone),
      cmocka_unit_test(booleans_refuse_all_but_true_and_false),
      cmocka_unit_test(keys_are_case_sensitive),
      cmocka_unit_test(an_option_is_read_at_its_level_alone),
      cmocka_unit_test(codes_ascend_and_have_a_meaning),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
