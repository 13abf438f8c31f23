#include "core/phase.h"

#include <assert.h>

static const struct {
  const char *name;
  unsigned successors; /* bit s: step s may follow */
} steps[VMX_STEP_COUNT] = {
    [VMX_STEP_STARTED] = {"started", 1u << VMX_STEP_REPLAY | 1u << VMX_STEP_ENDED},
    [VMX_STEP_REPLAY] = {"replay", 1u << VMX_STEP_UPLOAD | 1u << VMX_STEP_DOWNLOAD |
                                       1u << VMX_STEP_ENDED},
    [VMX_STEP_UPLOAD] = {"upload", 1u << VMX_STEP_DOWNLOAD | 1u << VMX_STEP_ENDED},
    [VMX_STEP_DOWNLOAD] = {"download", 1u << VMX_STEP_ENDED},
    [VMX_STEP_ENDED] = {"ended", 0},
};

const char *vmx_step_name(enum vmx_step step) {
  assert((unsigned)step < VMX_STEP_COUNT);
  return steps[step].name;
}

static bool may_upload(const struct vmx_run *run) {
  return run->type != VMX_DOWNLOAD_ONLY && run->cached_left == 0; /* invariants 1 and 2 */
}

static bool may_download(const struct vmx_run *run) {
  bool uploads_done = run->batches_sent == 0 || run->batches_succeeded > 0; /* invariant 3 */
  bool left_out = run->type != VMX_DOWNLOAD_ONLY && run->step != VMX_STEP_UPLOAD;
  return run->type != VMX_UPLOAD_ONLY && run->cached_left == 0 && uploads_done && !left_out;
}

bool vmx_run_may_enter(const struct vmx_run *run, enum vmx_step next) {
  if (!(steps[run->step].successors & 1u << next)) return false; /* invariants 4 and 5 */
  if (run->requests_under_way > 0) return false;
  if (next == VMX_STEP_UPLOAD) return may_upload(run);
  if (next == VMX_STEP_DOWNLOAD) return may_download(run);
  return true;
}

void vmx_run_enter(struct vmx_run *run, enum vmx_step next) {
  assert(vmx_run_may_enter(run, next));
  run->step = next;
}

enum vmx_step vmx_run_next(const struct vmx_run *run) {
  switch (run->step) {
  case VMX_STEP_STARTED: return VMX_STEP_REPLAY;
  case VMX_STEP_REPLAY:
    return run->type == VMX_DOWNLOAD_ONLY ? VMX_STEP_DOWNLOAD : VMX_STEP_UPLOAD;
  case VMX_STEP_UPLOAD: return run->type == VMX_UPLOAD_ONLY ? VMX_STEP_ENDED : VMX_STEP_DOWNLOAD;
  default: return VMX_STEP_ENDED;
  }
}
