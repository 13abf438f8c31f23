/* Values of columns and keys of rows (W-13..W-16, C-5). */
#include "model_support.h"

#include "base/buf.h"

/* What is kept of a JSON token, NULL for null; and how it is written again. */
static const char *kept(struct vmx_arena *arena, enum vmx_datatype datatype, const char *json) {
  struct json_reader r;
  struct vmx_value value;
  json_reader_init(&r, json, strlen(json));
  assert_true(vmx_value_take(&r, json_next(&r), datatype, arena, &value));
  return value.text ? vmx_arena_text(arena, value.text, value.len) : NULL;
}

static void assert_written(enum vmx_datatype datatype, enum vmx_boolean_form form, const char *json,
                           const char *expected) {
  struct vmx_arena arena = {0};
  struct base_buf out = BASE_BUF_INIT;
  const char *text = kept(&arena, datatype, json);
  const struct vmx_value value = {text, text ? strlen(text) : 0};
  vmx_value_write(&out, datatype, form, &value);
  assert_string_equal(base_buf_string(&out), expected);
  base_buf_done(&out);
  vmx_arena_done(&arena);
}

static void numbers_keep_their_digits(void **state) { /* W-14 */
  (void)state;
  assert_written(VMX_NUMBER, VMX_BOOLEAN_NUMERIC, "9223372036854775807", "9223372036854775807");
  assert_written(VMX_NUMBER, VMX_BOOLEAN_NUMERIC, "1.50", "1.50");
  assert_written(VMX_NUMBER, VMX_BOOLEAN_NUMERIC, "\"19\"", "19");
  assert_written(VMX_NUMBER, VMX_BOOLEAN_NUMERIC, "\"+5\"", "5");
  assert_written(VMX_NUMBER, VMX_BOOLEAN_NUMERIC, "1E400", "1E400");
  assert_written(VMX_NUMBER, VMX_BOOLEAN_NUMERIC, "\"none\"", "\"none\""); /* C-5 */
}

static void booleans_are_one_or_zero(void **state) { /* W-13 */
  (void)state;
  static const char *const yes[] = {"true", "1", "\"1\"", "\"true\"", "1.0"};
  static const char *const no[] = {"false", "0", "\"0\"", "\"false\"", "0e1"};
  for (size_t i = 0; i < 5; i++) {
    assert_written(VMX_BOOLEAN, VMX_BOOLEAN_NUMERIC, yes[i], "1");
    assert_written(VMX_BOOLEAN, VMX_BOOLEAN_LITERAL, yes[i], "true");
    assert_written(VMX_BOOLEAN, VMX_BOOLEAN_NUMERIC, no[i], "0");
    assert_written(VMX_BOOLEAN, VMX_BOOLEAN_LITERAL, no[i], "false");
  }
  assert_written(VMX_BOOLEAN, VMX_BOOLEAN_NUMERIC, "\"maybe\"", "\"maybe\"");
}

static void texts_come_back_letter_for_letter(void **state) { /* W-15 */
  (void)state;
  assert_written(VMX_STRING, VMX_BOOLEAN_NUMERIC, "\"\"", "\"\"");
  assert_written(VMX_STRING, VMX_BOOLEAN_NUMERIC, "null", "null");
  assert_written(VMX_DATE, VMX_BOOLEAN_NUMERIC, "\"2020-02-30T1:2\"", "\"2020-02-30T1:2\"");
  assert_written(VMX_STRING, VMX_BOOLEAN_NUMERIC, "\"\\ud83d\\ude00\\n\"", "\"\xf0\x9f\x98\x80\\n\"");
}

static void local_values_are_checked(void **state) { /* LOC-05 */
  (void)state;
  struct vmx_model *model = support_model(SUPPORT_METADATA);
  const struct vmx_object *dept = support_object(model, "Dept"), *emp = support_object(model, "Emp");
  const struct vmx_value five = {"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 10}, six = {"abcdef", 6};
  const struct vmx_value yes = {"1", 1}, two = {"2", 1}, null = {0};
  assert_int_equal(vmx_value_check(dept, &dept->fields[1], &five, NULL), 0); /* characters, not bytes */
  assert_int_equal(vmx_value_check(dept, &dept->fields[1], &six, NULL), 2311);
  assert_int_equal(vmx_value_check(emp, &emp->fields[2], &six, NULL), 2311);
  assert_int_equal(vmx_value_check(emp, &emp->fields[3], &yes, NULL), 0);
  assert_int_equal(vmx_value_check(emp, &emp->fields[3], &two, NULL), 2311);
  assert_int_equal(vmx_value_check(emp, &emp->fields[3], &null, NULL), 0);
  vmx_model_free(model);
}

static void assert_key(const struct vmx_object *object, const char *packed, const char *expected) {
  struct vmx_arena arena = {0};
  struct base_buf key = BASE_BUF_INIT;
  struct vmx_value row[8];
  assert_true(object->field_count <= 8);
  assert_true(vmx_row_unpack(object, packed, strlen(packed), &arena, row));
  assert_int_equal(vmx_key_text(&key, object, row), expected != NULL);
  if (expected) assert_string_equal(base_buf_string(&key), expected);
  base_buf_done(&key);
  vmx_arena_done(&arena);
}

static void keys_are_equal_by_value(void **state) { /* W-16 */
  (void)state;
  struct vmx_model *model = support_model(SUPPORT_METADATA);
  const struct vmx_object *dept = support_object(model, "Dept"), *pair = support_object(model, "ns.Pair");
  assert_key(dept, "{\"Id\":\"5\"}", "5");
  assert_key(dept, "{\"Id\":\"5.0\"}", "5");
  assert_key(dept, "{\"Id\":\"50e-1\"}", "5");
  assert_key(dept, "{\"Id\":\"-0\"}", "0");
  assert_key(dept, "{\"Id\":\"0.250\"}", "25e-2");
  assert_key(dept, "{\"Id\":\"25e-2\"}", "25e-2");
  assert_key(dept, "{\"Id\":\"100000000000000000000\"}", "1e20");
  assert_key(dept, "{\"Id\":\"1e20\"}", "1e20");
  assert_key(dept, "{}", NULL);
  assert_key(pair, "{\"A\":\"1:2\",\"B\":\"5.0\"}", "3:1:21:5");
  assert_key(pair, "{\"A\":\"\",\"B\":\"5\"}", NULL);
  vmx_model_free(model);
}

static void packed_rows_come_back(void **state) {
  (void)state;
  struct vmx_model *model = support_model(SUPPORT_METADATA);
  const struct vmx_object *pair = support_object(model, "ns.Pair");
  struct vmx_arena arena = {0};
  struct base_buf out = BASE_BUF_INIT;
  struct vmx_value row[3];
  static const char packed[] = "{\"A\":\"\\\"\",\"Dropped\":\"x\",\"V\":\"\"}";
  assert_true(vmx_row_unpack(pair, packed, strlen(packed), &arena, row));
  vmx_row_pack(&out, pair, row);
  assert_string_equal(out.data, "{\"A\":\"\\\"\",\"V\":\"\"}");
  assert_false(vmx_row_unpack(pair, "{\"A\":5}", 7, &arena, row));
  assert_false(vmx_row_unpack(pair, "{\"A\":\"x\"", 8, &arena, row));
  base_buf_done(&out);
  vmx_arena_done(&arena);
  vmx_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_keep_their_digits),
                                     cmocka_unit_test(booleans_are_one_or_zero),
                                     cmocka_unit_test(texts_come_back_letter_for_letter),
                                     cmocka_unit_test(local_values_are_checked),
                                     cmocka_unit_test(keys_are_equal_by_value),
                                     cmocka_unit_test(packed_rows_come_back)};
  return cmocka_run_group_tests_name("core/value", tests, NULL, NULL);
}
