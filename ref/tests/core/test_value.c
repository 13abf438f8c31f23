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
  assert_key(dept, "{\"Id\":\"-2.50e-3\"}", "-25e-4");
  assert_key(dept, "{\"Id\":\"1E+2\"}", "100");
  assert_key(dept, "{\"Id\":\"1e99999999999\"}", "1e9999999999");
  assert_key(dept, "{\"Id\":\"-\"}", "-");
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

static struct vmx_value value_of(const char *text) {
  return (struct vmx_value){text, text ? strlen(text) : 0};
}

/* R-4, W-14: by datatype; null is null alone. */
static void values_are_equal_by_their_datatype(void **state) {
  (void)state;
  static const struct {
    enum vmx_datatype datatype;
    const char *a, *b;
    bool equal;
  } pairs[] = {{VMX_NUMBER, "5", "5.0", true},  {VMX_NUMBER, "5", "6", false},
               {VMX_NUMBER, "5", "five", false}, {VMX_NUMBER, "five", "5", false},
               {VMX_NUMBER, "x", "x", true},     {VMX_STRING, "5", "5.0", false},
               {VMX_STRING, "a", "b", false},    {VMX_STRING, "", "", true},
               {VMX_STRING, NULL, NULL, true},   {VMX_STRING, NULL, "", false},
               {VMX_STRING, "", NULL, false}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    const struct vmx_value a = value_of(pairs[i].a), b = value_of(pairs[i].b);
    assert_int_equal(vmx_value_equal(pairs[i].datatype, &a, &b), pairs[i].equal);
  }
}

static void temporary_keys_are_negative_integers(void **state) { /* W-16 */
  (void)state;
  static const struct {
    const char *text;
    bool temporary;
  } keys[] = {{"-1", true}, {"-1.0", true}, {"-12e1", true}, {"1", false}, {"-", false},  {"-x", false},
              {"-0", false}, {"-1.5", false}, {"", false},   {NULL, false}, {"-99999999999999999999", false}};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    const struct vmx_value value = value_of(keys[i].text);
    if (vmx_value_temporary(&value) != keys[i].temporary) fail_msg("%s", keys[i].text);
  }
}

/* LOC-05: a value that is quoted in the sentence is cut. */
static void a_bad_value_is_told_in_short(void **state) {
  (void)state;
  struct vmx_model *model = support_model(SUPPORT_METADATA);
  const struct vmx_object *emp = support_object(model, "Emp");
  const struct vmx_value value = value_of("a text that is longer than the forty characters of its excerpt");
  for (size_t field = 2; field <= 3; field++) {
    struct base_error err = {0};
    assert_int_equal(vmx_value_check(emp, &emp->fields[field], &value, &err), 2311);
    assert_null(strstr(err.text, "excerpt"));
  }
  vmx_model_free(model);
}

/* W-11: names are data, quotes in them too. */
static void rows_with_any_column_name_come_back(void **state) {
  (void)state;
  static const char metadata[] =
      "{\"timestamp\":\"t\",\"namespaces\":[{\"name\":\"\",\"objects\":[{\"name\":\"X\",\"key\":[\"a\\\"b\"],"
      "\"fields\":[{\"name\":\"a\\\"b\"},{\"name\":\"\\n\"}]}]}]}";
  struct vmx_model *model = support_model(metadata);
  const struct vmx_object *object = support_object(model, "X");
  const struct vmx_value row[] = {value_of("k"), value_of("v")};
  struct vmx_value back[2];
  struct vmx_arena arena = {0};
  struct base_buf out = BASE_BUF_INIT;
  vmx_row_pack(&out, object, row);
  assert_true(vmx_row_unpack(object, out.data, out.len, &arena, back));
  for (size_t i = 0; i < 2; i++) assert_true(vmx_value_equal(VMX_STRING, &row[i], &back[i]));
  static const char escaped[] = "{\"\\u0061\\\"b\":\"k\",\"\\u0063\":\"x\"}"; /* c is no column */
  assert_true(vmx_row_unpack(object, escaped, strlen(escaped), &arena, back));
  assert_true(vmx_value_equal(VMX_STRING, &row[0], &back[0]));
  base_buf_done(&out);
  vmx_arena_done(&arena);
  vmx_model_free(model);
}

/* LOC-02: a packed row that is damaged is told, not read in part. */
static void damaged_rows_are_refused(void **state) {
  (void)state;
  static const char *const damaged[] = {"", "[]", "{\"A\":1}", "{\"A\":\"x\"", "{\"A\":\"x\",}", "{\"A\"}"};
  struct vmx_model *model = support_model(SUPPORT_METADATA);
  struct vmx_arena arena = {0};
  struct vmx_value row[3];
  for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++)
    assert_false(vmx_row_unpack(support_object(model, "ns.Pair"), damaged[i], strlen(damaged[i]), &arena, row));
  vmx_arena_done(&arena);
  vmx_model_free(model);
}

/* W-14, W-15, C-5: the order in which rows are given is total, and numbers stand by value. */
static void values_stand_in_one_order(void **state) {
  (void)state;
  static const char *const numbers[] = {NULL,   "-10", "-9.5",  "0",    "0.1", "5e-1",
                                        "2",    "10",  "1e2",   "9223372036854775808", "", "abc"};
  static const char *const texts[] = {NULL, "", "10", "2", "B", "a", "ab", "\xc3\xa9", "\xf0\x9f\x98\x80"};
  for (size_t n = 0; n < 2; n++) {
    size_t count = n ? sizeof texts / sizeof *texts : sizeof numbers / sizeof *numbers;
    for (size_t i = 0; i < count; i++)
      for (size_t k = 0; k < count; k++) {
        const char *x = n ? texts[i] : numbers[i], *y = n ? texts[k] : numbers[k];
        const struct vmx_value a = {x, x ? strlen(x) : 0}, b = {y, y ? strlen(y) : 0};
        int order = vmx_value_compare(n ? VMX_STRING : VMX_NUMBER, &a, &b);
        assert_int_equal(order, (i > k) - (i < k));
      }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(values_stand_in_one_order),
                                     cmocka_unit_test(numbers_keep_their_digits),
                                     cmocka_unit_test(booleans_are_one_or_zero),
                                     cmocka_unit_test(texts_come_back_letter_for_letter),
                                     cmocka_unit_test(local_values_are_checked),
                                     cmocka_unit_test(keys_are_equal_by_value),
                                     cmocka_unit_test(packed_rows_come_back),
                                     cmocka_unit_test(values_are_equal_by_their_datatype),
                                     cmocka_unit_test(temporary_keys_are_negative_integers),
                                     cmocka_unit_test(a_bad_value_is_told_in_short),
                                     cmocka_unit_test(rows_with_any_column_name_come_back),
                                     cmocka_unit_test(damaged_rows_are_refused)};
  return cmocka_run_group_tests_name("core/value", tests, NULL, NULL);
}
