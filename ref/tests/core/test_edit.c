/* Records of local edits, before a store sees them (W-49, W-50). */
#include "model_support.h"

#include "core/edit.h"

struct fixture {
  struct vmx_model *model;
  const struct vmx_object *pair;
  struct vmx_arena arena;
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

static void untracked_creates_may_give_generated_columns(void **state) { /* W-50 */
  struct fixture *f = *state;
  const struct vmx_object *dept = support_object(f->model, "Dept");
  struct vmx_columns record;
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
    struct vmx_columns record;
    struct base_error err = {0};
    const char *text = records[i].text;
    int code = vmx_edit_record_read(f->pair, text, text ? strlen(text) : 0, &f->arena, &record, &err);
    if (code != records[i].code) fail_msg("%s: %d", text, code);
    assert_int_equal(err.code, code);
    if (code == 0) assert_int_equal(record.count, 1);
  }
}

static struct vmx_columns record_of(struct fixture *f, const struct vmx_object *object,
                                        const char *text) {
  struct vmx_columns record = {0};
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
      struct vmx_columns record = {0};
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
  const struct vmx_columns before = record_of(f, emp, "{\"EmpId\":7,\"Name\":\"x\",\"Pay\":1}");
  static const struct {
    const char *text;
    int code;
  } updates[] = {{"{\"Pay\":null}", 0},     {"{\"EmpId\":\"7.0\",\"Pay\":2}", 0},
                 {"{\"EmpId\":8}", 2303},   {"{\"EmpId\":null}", 2303},
                 {"{\"Name\":null}", 2308}, {"{\"Name\":\"\"}", 0},
                 {"{\"Gone\":null}", 0}};
  for (size_t i = 0; i < sizeof updates / sizeof *updates; i++) {
    const struct vmx_columns record = record_of(f, emp, updates[i].text);
    assert_int_equal(vmx_edit_check_update(emp, &record, before.row, NULL), updates[i].code);
  }
}

/* W-49: what no option names is named by the key in the record. */
static void a_record_names_its_row_by_its_key(void **state) {
  struct fixture *f = *state;
  struct vmx_selector selector = {.kind = VMX_SELECT_ALL};
  struct vmx_columns record = record_of(f, f->pair, "{\"A\":\"x\",\"V\":\"v\"}");
  assert_int_equal(vmx_edit_settle_selector(f->pair, NULL, &selector, NULL), 2305);
  assert_int_equal(vmx_edit_settle_selector(f->pair, &record, &selector, NULL), 2305);
  record = record_of(f, f->pair, "{\"A\":\"x\",\"B\":1}");
  assert_int_equal(vmx_edit_settle_selector(f->pair, &record, &selector, NULL), 0);
  assert_int_equal(selector.kind, VMX_SELECT_KEY);
  selector.kind = VMX_SELECT_TEXT; /* what was named stays */
  assert_int_equal(vmx_edit_settle_selector(f->pair, NULL, &selector, NULL), 0);
  assert_int_equal(selector.kind, VMX_SELECT_TEXT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {TEST(untracked_creates_may_give_generated_columns),
                                     TEST(a_record_is_one_object_of_columns),
                                     TEST(a_create_needs_its_key_and_mandatory_columns),
                                     TEST(an_update_keeps_the_key_and_mandatory_columns),
                                     TEST(a_record_names_its_row_by_its_key)};
  return cmocka_run_group_tests_name("core/edit", tests, NULL, NULL);
}
