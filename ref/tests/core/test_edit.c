/* Options and records of local calls, before a store sees them (W-49, W-50, C-3). */
#include "model_support.h"

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
  static const char *const good[] = {"A = 'it''s; fine -- here'", "(A = 1) OR (B IN (1, 2))", "\"A\" IS NULL", "[A] > 1"};
  static const char *const bad[] = {"", "  ", "1) OR (1", "(1", "1; SELECT 2", "1 -- x", "1 /* x", "'open", "A = ?", "A = :a"};
  for (size_t i = 0; i < 4; i++) assert_int_equal(vmx_edit_check_condition(good[i], NULL), 0);
  for (size_t i = 0; i < 10; i++) assert_int_equal(vmx_edit_check_condition(bad[i], NULL), 2304);
}

static void untracked_creates_may_give_generated_columns(void **state) { /* W-50 */
  struct fixture *f = *state;
  const struct vmx_object *dept = support_object(f->model, "Dept");
  struct vmx_edit_record record;
  assert_int_equal(vmx_edit_record_read(dept, "{\"Id\":5}", 8, &f->arena, &record, NULL), 0);
  assert_int_equal(vmx_edit_check_create(dept, &record, true, NULL), 2309);
  assert_int_equal(vmx_edit_check_create(dept, &record, false, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {TEST(nothing_given_means_everything),
                                     TEST(primary_keys_outrank_conditions),
                                     TEST(bad_options_have_their_codes),
                                     TEST(switches_come_as_text_too),
                                     TEST(conditions_are_one_expression),
                                     TEST(untracked_creates_may_give_generated_columns)};
  return cmocka_run_group_tests_name("core/edit", tests, NULL, NULL);
}
