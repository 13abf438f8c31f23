#include "engine/report.h"

#include <stdlib.h>

#include "engine/notice.h"
#include "engine/scope_run.h"
#include "engine/sync.h"

struct vmx_subject vmx_report_subject(const struct vmx_scope_run *run) {
  if (run->object) return (struct vmx_subject){VMX_LEVEL_OBJECT, run->object->name};
  return (struct vmx_subject){VMX_LEVEL_SERVICE, run->service->name};
}

void vmx_report_begin(struct vmx_scope_run *run) {
  run->report.start_time_ms = vmx_now_wall(run->client);
  run->report.started_at_ms = vmx_now(run->client);
  vmx_report(run, VMX_PHASE_SYNC, VMX_STATE_STARTED);
}

static int64_t elapsed(const struct vmx_scope_run *run) {
  return base_elapsed_ms(run->report.started_at_ms, vmx_now(run->client));
}

static void mark(struct vmx_report *report, enum vmx_progress_phase phase,
                 enum vmx_progress_state state) {
  if (state == VMX_STATE_STARTED) report->open[phase] = true;
  if (state == VMX_STATE_ENDED) report->open[phase] = false;
}

/* PRG-03: what is told was counted where it was sent and stored. */
void vmx_report(struct vmx_scope_run *run, enum vmx_progress_phase phase,
                enum vmx_progress_state state) {
  const struct vmx_callbacks *callbacks = &run->sync->callbacks;
  mark(&run->report, phase, state);
  if (!callbacks->progress) return;
  const struct vmx_progress event = {
      .subject = vmx_report_subject(run),
      .phase = phase,
      .state = state,
      .start_time_ms = run->report.start_time_ms,
      .sync_elapsed_ms = elapsed(run),
      .total_objects_to_sync = run->object ? 1 : (int64_t)run->service->object_count,
      .total_records_to_upload = run->upload.total,
      .total_uploaded_records = run->upload.uploaded,
      .total_downloaded_records = run->download.records,
      .batch_number = run->report.batch_number};
  cJSON *payload = vmx_payload_progress(&event);
  if (payload) vmx_deliver(callbacks->progress, callbacks->user, payload);
}

void vmx_report_close(struct vmx_scope_run *run) {
  static const enum vmx_progress_phase order[] = {VMX_PHASE_UPLOAD, VMX_PHASE_DOWNLOAD,
                                                  VMX_PHASE_SYNC};
  for (size_t i = 0; i < sizeof order / sizeof *order; i++)
    if (run->report.open[order[i]]) vmx_report(run, order[i], VMX_STATE_ENDED);
}

void vmx_report_batch(struct vmx_batch_list *list, const struct vmx_batch_stats *batch) {
  if (list->count == list->capacity) {
    size_t capacity = list->capacity ? 2 * list->capacity : 8;
    struct vmx_batch_stats *items = realloc(list->items, capacity * sizeof *items);
    if (!items) return;
    list->items = items;
    list->capacity = capacity;
  }
  struct vmx_batch_stats *added = &list->items[list->count++];
  *added = *batch;
  added->batch_number = (int64_t)list->count;
}

struct vmx_sync_stats vmx_report_stats(const struct vmx_scope_run *run) {
  const struct vmx_report *report = &run->report;
  return (struct vmx_sync_stats){.start_time_ms = report->start_time_ms,
                                 .sync_elapsed_ms = elapsed(run),
                                 .total_uploaded_records = run->upload.uploaded,
                                 .total_downloaded_records = run->download.records,
                                 .uploads = report->uploads.items,
                                 .upload_count = report->uploads.count,
                                 .downloads = report->downloads.items,
                                 .download_count = report->downloads.count};
}

void vmx_report_done(struct vmx_report *report) {
  free(report->uploads.items);
  free(report->downloads.items);
  *report = (struct vmx_report){0};
}
