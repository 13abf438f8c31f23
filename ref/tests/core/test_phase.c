/* The order of a sync's steps (SEQ-05, W-39, W-42, OPT-10). */
#include "model_support.h"

#include "core/phase.h"

static void each_type_takes_its_steps(void **state) { /* PRG-07 */
  (void)state;
  static const enum vmx_step full[] = {VMX_STEP_REPLAY, VMX_STEP_UPLOAD, VMX_STEP_DOWNLOAD, VMX_STEP_ENDED};
  static const enum vmx_step up[] = {VMX_STEP_REPLAY, VMX_STEP_UPLOAD, VMX_STEP_ENDED};
  static const enum vmx_step down[] = {VMX_STEP_REPLAY, VMX_STEP_DOWNLOAD, VMX_STEP_ENDED};
  const struct {
    enum vmx_sync_type type;
    const enum vmx_step *steps;
    size_t count;
  } rows[] = {{VMX_FULL_SYNC, full, 4}, {VMX_UPLOAD_ONLY, up, 3}, {VMX_DOWNLOAD_ONLY, down, 3}};
  for (size_t i = 0; i < 3; i++) {
    struct vmx_run run = {.type = rows[i].type};
    for (size_t k = 0; k < rows[i].count; k++) {
      assert_int_equal(vmx_run_next(&run), rows[i].steps[k]);
      vmx_run_enter(&run, rows[i].steps[k]);
    }
    assert_false(vmx_run_may_enter(&run, VMX_STEP_ENDED));
  }
}

static void nothing_new_before_the_replays(void **state) { /* W-42 */
  (void)state;
  struct vmx_run run = {.step = VMX_STEP_REPLAY, .cached_left = 1};
  assert_false(vmx_run_may_enter(&run, VMX_STEP_UPLOAD));
  run.type = VMX_DOWNLOAD_ONLY;
  assert_false(vmx_run_may_enter(&run, VMX_STEP_DOWNLOAD));
  assert_true(vmx_run_may_enter(&run, VMX_STEP_ENDED)); /* a failed replay ends the sync */
}

static void downloads_wait_for_uploads(void **state) { /* SEQ-05, UPL-15 */
  (void)state;
  struct vmx_run run = {.step = VMX_STEP_UPLOAD, .batches_sent = 1};
  assert_false(vmx_run_may_enter(&run, VMX_STEP_DOWNLOAD));
  run.batches_succeeded = 1;
  assert_true(vmx_run_may_enter(&run, VMX_STEP_DOWNLOAD));
  run.requests_under_way = 1;
  assert_false(vmx_run_may_enter(&run, VMX_STEP_DOWNLOAD));
  assert_false(vmx_run_may_enter(&run, VMX_STEP_ENDED)); /* API-04 */
}

static void steps_are_not_left_out(void **state) {
  (void)state;
  struct vmx_run run = {.step = VMX_STEP_REPLAY};
  assert_false(vmx_run_may_enter(&run, VMX_STEP_DOWNLOAD));
  assert_string_equal(vmx_step_name(VMX_STEP_REPLAY), "replay");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(each_type_takes_its_steps),
                                     cmocka_unit_test(nothing_new_before_the_replays),
                                     cmocka_unit_test(downloads_wait_for_uploads),
                                     cmocka_unit_test(steps_are_not_left_out)};
  return cmocka_run_group_tests_name("core/phase", tests, NULL, NULL);
}
