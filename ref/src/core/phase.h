/**
 * The steps of one scope's sync. The engine does the work; this says in what order it may happen.
 *
 *   STARTED ──> REPLAY ──> UPLOAD ──> DOWNLOAD ──> ENDED
 *      │           │ └───────┼──────────^  ^         ^
 *      │           │         │ uploadOnly  │         │
 *      └───────────┴─────────┴─────────────┴─────────┘  failure, cancel
 *
 * Invariants, checked by vmx_run_enter() at each change:
 *  1. A request that is cached goes before anything new: UPLOAD and DOWNLOAD are entered with
 *     cached_left == 0 (W-42, UPC-02, UPC-06).
 *  2. A downloadOnly sync never enters UPLOAD, an uploadOnly one never DOWNLOAD (OPT-10, PRG-07).
 *  3. DOWNLOAD is entered when no upload is under way, and only if a batch succeeded or none was
 *     sent (SEQ-05, W-39, UPL-15).
 *  4. ENDED is final, and nothing is under way in it (API-04).
 *  5. A step is never entered twice.
 */
#ifndef VMX_CORE_PHASE_H
#define VMX_CORE_PHASE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/options.h"

enum vmx_step {
  VMX_STEP_STARTED,
  VMX_STEP_REPLAY,
  VMX_STEP_UPLOAD,
  VMX_STEP_DOWNLOAD,
  VMX_STEP_ENDED,
  VMX_STEP_COUNT
};

struct vmx_run {
  enum vmx_step step;          /**< written by vmx_run_enter() alone */
  enum vmx_sync_type type;
  size_t cached_left;          /**< cached requests of the scope that were not answered yet */
  unsigned requests_under_way; /**< 0 or 1 */
  unsigned batches_sent, batches_succeeded;
};

const char *vmx_step_name(enum vmx_step step);

/** May `run` go to `next` now (table and invariants)? */
bool vmx_run_may_enter(const struct vmx_run *run, enum vmx_step next);

/** The only writer of run->step. A change that is not allowed is a bug and asserts. */
void vmx_run_enter(struct vmx_run *run, enum vmx_step next);

/** The step behind the current one when it succeeded. */
enum vmx_step vmx_run_next(const struct vmx_run *run);

#endif
