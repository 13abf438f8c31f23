/**
 * What a scope run tells while it works: progress events and statistics.
 *
 * Always true: an Ended is told only for a block whose Started was told, and Sync Ended is the last
 * event (PRG-02, PRG-06).
 */
#ifndef ENGINE_REPORT_H
#define ENGINE_REPORT_H

#include "engine/client.h"

struct vmx_scope_run;

struct vmx_batch_list {
  struct vmx_batch_stats *items; /* owned */
  size_t count, capacity;
};

struct vmx_report {
  int64_t start_time_ms;  /* wall clock */
  int64_t started_at_ms;  /* monotonic */
  struct vmx_batch_list uploads, downloads;
  int64_t batch_number;   /* of the open download block */
  bool open[3];           /* by enum vmx_progress_phase: Started was told, Ended was not */
};

void vmx_report_begin(struct vmx_scope_run *run);

/** Tell one event, if the application listens. */
void vmx_report(struct vmx_scope_run *run, enum vmx_progress_phase phase,
                enum vmx_progress_state state);

/** Tell Ended for every open block, the sync's own last. */
void vmx_report_close(struct vmx_scope_run *run);

/** Add a batch to the statistics; without memory it is left out. */
void vmx_report_batch(struct vmx_batch_list *list, const struct vmx_batch_stats *batch);

struct vmx_sync_stats vmx_report_stats(const struct vmx_scope_run *run);
struct vmx_subject vmx_report_subject(const struct vmx_scope_run *run);
void vmx_report_done(struct vmx_report *report);

#endif
