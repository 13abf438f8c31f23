/* Options and records of local calls, before a store sees them (W-49, W-50, C-3). */
#include "model_support.h"

#include <stdio.h>

#include "core/edit.h"

struct fixture {
  struct vmx_model *model;
  const struct vmx_object *pair;
  struct vmx_arena arena;
  struct vmx_edit_options options;
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->model = support_model(SUPPORT_METADATA);
  f->pair = support_object(f->model, "ns.Pair");
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  vmx_arena_done(&f->arena);
  vmx_model_free(f->model);
  free(f);
  return 0;
}

static int read_options(struct fixture *f, const char *text) {
  return vmx_edit_options_read(f->pair, text, text ? strlen(text) : 0, &f->arena, &f->options, NULL);
}

static void nothing_given_means_everything(void **state) {
  struct fixture *f = *state;
  static const char *const texts[] = {NULL, "null", "{}", " {\"unknown\":[{}]} ", "{\"primaryKeys\":null}"};
  for (size_t i = 0; i < 5; i++) {
    assert_int_equal(read_options(f, texts[i]), 0);
    assert_int_equal(f->options.selector.kind, VMX_SELECT_ALL);
    assert_true(f->options.track_changes && f->options.track_intermediate_updates && f->options.mark_for_upload);
  }
}

static void primary_keys_outrank_conditions(void **state) { /* W-49 */
  struct fixture *f = *state;
  assert_int_equal(read_options(f, "{\"whereConditionAsAString\":\"1\",\"whereCondition\":{\"V\":\"x\"},"
                                   "\"primaryKeys\":{\"A\":\"a\",\"B\":\"2\"}}"), 0);
  assert_int_equal(f->options.selector.kind, VMX_SELECT_KEY);
  assert_int_equal(read_options(f, "{\"primaryKeys\":{\"A\":\"a\",\"B\":2},\"whereCondition\":{\"V\":\"x\"}}"), 0);
  assert_int_equal(f->options.selector.kind, VMX_SELECT_KEY);
  assert_int_equal(read_options(f, "{\"whereConditionAsAString\":\"1\",\"whereCondition\":{\"V\":\"x\"}}"), 0);
  assert_int_equal(f->options.selector.kind, VMX_SELECT_MAP);
}

static void bad_options_have_their_codes(void **state) { /* LOC-05 */
  struct fixture *f = *state;
  assert_int_equal(read_options(f, "[]"), 2304);
  assert_int_equal(read_options(f, "{"), 2304);
  assert_int_equal(read_options(f, "{} x"), 2304);
  assert_int_equal(read_options(f, "{\"primaryKeys\":[]}"), 2304);
  assert_int_equal(read_options(f, "{\"primaryKeys\":{\"A\":\"\",\"B\":1}}"), 2305);
  assert_int_equal(read_options(f, "{\"whereCondition\":{\"Q\":1}}"), 2310);
  assert_int_equal(read_options(f, "{\"whereCondition\":{\"B\":\"x\"}}"), 2311);
  assert_int_equal(read_options(f, "{\"whereConditionAsAString\":5}"), 2304);
  assert_int_equal(read_options(f, "{\"markForUpload\":\"yes\"}"), 2304);
}

static void switches_come_as_text_too(void **state) {
  struct fixture *f = *state;
  assert_int_equal(read_options(f, "{\"trackChanges\":\"false\",\"trackIntermediateUpdates\":false}"), 0);
  assert_false(f->options.track_changes);
  assert_false(f->options.track_intermediate_updates);
}

static void conditions_are_one_expression(void **state) { /* C-3 */
  (void)state;
  static const char *const good[] = {"A = 'it''s; fine -- here'", "(A = 1) OR (B IN (1, 2))", "\"A\" IS NULL",
                                     "[A] > 1", "A - B > -1", "A / B = 2 * 3", "`A`='?'"};
  static const char *const bad[] = {"", "  ", "1) OR (1", "(1", "1; SELECT 2", "1 -- x", "1 /* x", "'open", "[open",
                                    "A = ?", "A = :a", "A = @a", "A = $1"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    assert_int_equal(vmx_edit_check_condition(good[i], NULL), 0);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_int_equal(vmx_edit_check_condition(bad[i], NULL), 2304);
}

static void untracked_creates_may_give_generated_columns(void **state) { /* W-50 */
  struct fixture *f = *state;
  const struct vmx_object *dept = support_object(f->model, "Dept");
  struct vmx_edit_record record;
  assert_int_equal(vmx_edit_record_read(dept, "{\"Id\":5}", 8, &f->arena, &record, NULL), 0);
  assert_int_equal(vmx_edit_check_create(dept, &record, true, NULL), 2309);
  assert_int_equal(vmx_edit_check_create(dept, &record, false, NULL), 0);
}

/* LOC-05, W-50: what a record may be, and what each of its columns. */
static void a_record_is_one_object_of_columns(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *text;
    int code;
  } records[] = {{NULL, 2307},
                 {"", 2307},
                 {"{}", 2307},
                 {"[]", 2307},
                 {"7", 2307},
                 {"null", 2307},
                 {"{\"V\":\"x\"} y", 2307},
                 {"{\"V\":\"x\"", 2307},
                 {"{\"V\":tru}", 2307},
                 {"{\"V\"}", 2307},
                 {"{\"V\":{}}", 2311},
                 {"{\"V\":[1]}", 2311},
                 {"{\"B\":\"x\"}", 2311},
                 {"{\"v\":1}", 2310}, /* OPT-19 */
                 {"{\"a name that is longer than the eighty characters of an excerpt, and then some more of it\":1}", 2310},
                 {"{\"V\":null}", 0},
                 {"{\"V\":\"a\",\"\\u0056\":\"b\"}", 0}};
  for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
    struct vmx_edit_record record;
    struct base_error err = {0};
    const char *text = records[i].text;
    int code = vmx_edit_record_read(f->pair, text, text ? strlen(text) : 0, &f->arena, &record, &err);
    if (code != records[i].code) fail_msg("%s: %d", text, code);
    assert_int_equal(err.code, code);
    if (code == 0) assert_int_equal(record.given_count, 1);
  }
}

static struct vmx_edit_record record_of(struct fixture *f, const struct vmx_object *object,
                                        const char *text) {
  struct vmx_edit_record record = {0};
  assert_int_equal(vmx_edit_record_read(object, text, strlen(text), &f->arena, &record, NULL), 0);
  return record;
}

/* LOC-05, W-50: of a create. */
static void a_create_needs_its_key_and_mandatory_columns(void **state) {
  struct fixture *f = *state;
  const struct vmx_object *emp = support_object(f->model, "Emp");
  const struct {
    const struct vmx_object *object;
    const char *text;
    int tracked, untracked;
  } creates[] = {{f->pair, "{\"A\":\"x\",\"B\":1}", 0, 0},
                 {f->pair, "{\"A\":\"\",\"B\":1}", 2305, 2305},
                 {f->pair, "{\"A\":\"x\"}", 2305, 2305},
                 {f->pair, "{\"A\":null,\"B\":1}", 2305, 2305},
                 {emp, "{\"Name\":\"x\"}", 0, 0},
                 {emp, "{\"Name\":null}", 2308, 2308},
                 {emp, "{\"Pay\":1}", 2308, 2308},
                 {emp, "{\"EmpId\":7,\"Name\":\"x\"}", 2309, 0},
                 {emp, "{\"EmpId\":null,\"Name\":\"x\"}", 0, 0},
                 {emp, "{\"EmpId\":\"\",\"Name\":\"x\"}", 2311, 2311}};
  for (size_t i = 0; i < sizeof creates / sizeof *creates; i++)
    for (int tracked = 0; tracked < 2; tracked++) {
      struct vmx_edit_record record = {0};
      int code = vmx_edit_record_read(creates[i].object, creates[i].text, strlen(creates[i].text),
                                      &f->arena, &record, NULL);
      if (code == 0) code = vmx_edit_check_create(creates[i].object, &record, tracked, NULL);
      assert_int_equal(code, tracked ? creates[i].tracked : creates[i].untracked);
    }
}

/* LOC-05, W-50: of an update; columns that are not given stay. */
static void an_update_keeps_the_key_and_mandatory_columns(void **state) {
  struct fixture *f = *state;
  const struct vmx_object *emp = support_object(f->model, "Emp");
  const struct vmx_edit_record before = record_of(f, emp, "{\"EmpId\":7,\"Name\":\"x\",\"Pay\":1}");
  static const struct {
    const char *text;
    int code;
  } updates[] = {{"{\"Pay\":null}", 0},     {"{\"EmpId\":\"7.0\",\"Pay\":2}", 0},
                 {"{\"EmpId\":8}", 2303},   {"{\"EmpId\":null}", 2303},
                 {"{\"Name\":null}", 2308}, {"{\"Name\":\"\"}", 0},
                 {"{\"Gone\":null}", 0}};
  for (size_t i = 0; i < sizeof updates / sizeof *updates; i++) {
    const struct vmx_edit_record record = record_of(f, emp, updates[i].text);
    assert_int_equal(vmx_edit_check_update(emp, &record, before.row, NULL), updates[i].code);
  }
}

/* W-49: what no option names is named by the key in the record. */
static void a_record_names_its_row_by_its_key(void **state) {
  struct fixture *f = *state;
  struct vmx_selector selector = {.kind = VMX_SELECT_ALL};
  struct vmx_edit_record record = record_of(f, f->pair, "{\"A\":\"x\",\"V\":\"v\"}");
  assert_int_equal(vmx_edit_settle_selector(f->pair, NULL, &selector, NULL), 2305);
  assert_int_equal(vmx_edit_settle_selector(f->pair, &record, &selector, NULL), 2305);
  record = record_of(f, f->pair, "{\"A\":\"x\",\"B\":1}");
  assert_int_equal(vmx_edit_settle_selector(f->pair, &record, &selector, NULL), 0);
  assert_int_equal(selector.kind, VMX_SELECT_KEY);
  selector.kind = VMX_SELECT_TEXT; /* what was named stays */
  assert_int_equal(vmx_edit_settle_selector(f->pair, NULL, &selector, NULL), 0);
  assert_int_equal(selector.kind, VMX_SELECT_TEXT);
}

/* W-49: switches of local calls. */
static void switches_are_true_or_false(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *value;
    int code;
    bool on;
  } values[] = {{"true", 0, true},    {"\"true\"", 0, true}, {"false", 0, false}, {"\"false\"", 0, false},
                {"null", 0, true},    {"\"\"", 2304, false}, {"0", 2304, false},  {"[]", 2304, false},
                {"{}", 2304, false}};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    char text[60];
    snprintf(text, sizeof text, "{\"trackChanges\":%s}", values[i].value);
    assert_int_equal(read_options(f, text), values[i].code);
    if (values[i].code == 0) assert_int_equal(f->options.track_changes, values[i].on);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {TEST(nothing_given_means_everything),
                                     TEST(primary_keys_outrank_conditions),
                                     TEST(bad_options_have_their_codes),
                                     TEST(switches_come_as_text_too),
                                     TEST(conditions_are_one_expression),
                                     TEST(untracked_creates_may_give_generated_columns),
                                     TEST(a_record_is_one_object_of_columns),
                                     TEST(a_create_needs_its_key_and_mandatory_columns),
                                     TEST(an_update_keeps_the_key_and_mandatory_columns),
                                     TEST(a_record_names_its_row_by_its_key),
                                     TEST(switches_are_true_or_false)};
  return cmocka_run_group_tests_name("core/edit", tests, NULL, NULL);
}
