#include "engine/scope_run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/codes.h"
#include "engine/cancel.h"
#include "engine/sync.h"

/* The work of each step of core/phase.h: the next piece, and what its answer means. */
static const struct {
  void (*next)(struct vmx_scope_run *run);
  void (*answered)(struct vmx_scope_run *run, const struct vmx_exchange_result *result);
} works[VMX_STEP_COUNT] = {
    [VMX_STEP_REPLAY] = {vmx_replay_next, vmx_replay_answered},
    [VMX_STEP_UPLOAD] = {vmx_upload_next, vmx_upload_answered},
    [VMX_STEP_DOWNLOAD] = {vmx_download_next, vmx_download_answered},
};

/* -- ends ---------------------------------------------------------------------------------------- */

static void succeed(struct vmx_scope_run *run) {
  struct vmx_subject subject = vmx_report_subject(run);
  vmx_report_close(run);
  struct vmx_sync_stats stats = vmx_report_stats(run);
  bool wanted = run->options->get_sync_stats; /* OPT-09 */
  vmx_sync_run_ended(run, vmx_payload_success(&subject, wanted ? &stats : NULL, &run->errors),
                     false);
}

/* Another thread, or a callback of this very step, may just have asked for it (CAN-01). */
static bool is_cancelled(const struct vmx_scope_run *run) {
  vmx_cancels_take(run->client);
  return run->cancelled;
}

/* C-1: once a cancel was accepted the sync ends with 2478, whatever its last request came to. */
static const struct base_error *settle_failure(const struct vmx_scope_run *run,
                                               const struct base_error *err,
                                               struct base_error *cancelled) {
  if (!is_cancelled(run)) return err;
  if (err) base_fail(cancelled, VMX_CODE_CANCELLED, "CAN-01", "the sync was cancelled (%s)", err->text);
  else base_fail(cancelled, VMX_CODE_CANCELLED, "CAN-01", "the sync was cancelled");
  return cancelled;
}

/* Whatever failed, all that stays is what the store keeps: the next sync begins from there (API-07). */
void vmx_scope_run_fail(struct vmx_scope_run *run, const struct base_error *err) {
  struct base_error cancelled = {0};
  vmx_run_enter(&run->state, VMX_STEP_ENDED);
  vmx_report_close(run);
  err = settle_failure(run, err, &cancelled);
  const struct vmx_failure failure = {.code = err->code,
                                      .message = err->text,
                                      .subject = vmx_report_subject(run),
                                      .http_status = run->http_status,
                                      .retry_after = run->retry_after,
                                      .errors = &run->errors};
  vmx_sync_run_ended(
      run, vmx_payload_failure(&failure, (enum vmx_payload_api)run->client->api), true);
}

void vmx_scope_run_remember(struct vmx_scope_run *run, const struct vmx_exchange_result *result) {
  run->http_status = result->answer.status;
  free(run->retry_after);
  run->retry_after = result->retry_after ? strdup(result->retry_after) : NULL;
}

/* -- from step to step --------------------------------------------------------------------------- */

void vmx_scope_run_proceed(struct vmx_scope_run *run) {
  if (is_cancelled(run)) vmx_scope_run_fail(run, NULL); /* CAN-01 */
  else works[run->state.step].next(run);
}

/* W-39, UPL-11, CBK-06: no batch succeeded, so nothing is downloaded and the sync fails. */
static bool uploads_failed(const struct vmx_scope_run *run) {
  return run->state.step == VMX_STEP_UPLOAD && run->state.batches_sent > 0 &&
         run->state.batches_succeeded == 0;
}

static int open_step(struct vmx_scope_run *run, struct base_error *err) {
  return run->state.step == VMX_STEP_DOWNLOAD ? vmx_scope_download_open(run, err) : 0;
}

void vmx_scope_run_advance(struct vmx_scope_run *run) {
  struct base_error err = {0};
  enum vmx_step next = vmx_run_next(&run->state);
  if (uploads_failed(run)) {
    vmx_scope_run_fail(run, &run->upload_error);
    return;
  }
  if (next == VMX_STEP_ENDED && is_cancelled(run)) { /* C-1: also during the last batch */
    vmx_scope_run_proceed(run);
    return;
  }
  vmx_run_enter(&run->state, next);
  if (next == VMX_STEP_ENDED) succeed(run);
  else if (open_step(run, &err) != 0) vmx_scope_run_fail(run, &err);
  else vmx_scope_run_proceed(run);
}

/* -- requests ------------------------------------------------------------------------------------ */

static void on_answer(void *context, const struct vmx_exchange_result *result) {
  struct vmx_scope_run *run = context;
  run->state.requests_under_way--;
  works[run->state.step].answered(run, result);
}

void vmx_scope_run_send(struct vmx_scope_run *run, const struct vmx_exchange_request *request) {
  assert(run->state.requests_under_way == 0);
  run->state.requests_under_way++;
  vmx_exchange_send(&run->exchange, request);
}

void vmx_scope_run_measure(struct vmx_scope_run *run) {
  const struct vmx_client *client = run->client;
  vmx_store_measure(client->store,
                    run->options->get_sync_stats ? &client->environment.clock : NULL);
}

struct vmx_batch_stats vmx_scope_run_stats(const struct vmx_scope_run *run, int64_t records,
                                           const struct vmx_exchange_result *result,
                                           int64_t arrived_at_ms) {
  int64_t elapsed_ms = base_elapsed_ms(arrived_at_ms, vmx_now(run->client));
  int64_t parsing_ms = vmx_store_parsing_ms(run->client->store);
  return (struct vmx_batch_stats){
      .number_of_records = records,
      .request_creation_ms = base_elapsed_ms(run->prepared_at_ms, run->exchange.sent_at_ms),
      .network_duration_ms = result->network_ms,
      .response_parsing_ms = parsing_ms,
      .data_persistence_ms = base_elapsed_ms(parsing_ms, elapsed_ms)};
}

/* -- the beginning ------------------------------------------------------------------------------- */

/* What this sync uploads is fixed before anything moves: later edits wait (W-31, UPL-10). */
static int open_upload(struct vmx_scope_run *run, struct base_error *err) {
  const struct vmx_service_options *options = run->options;
  struct vmx_store *store = run->client->store;
  const struct vmx_upload_config config = {
      .service = run->service,
      .object = run->object,
      .batch_size = options->upload_batch_size,
      .remove_after_upload =
          options->sync_type == VMX_UPLOAD_ONLY ? &options->remove_after_upload : NULL};
  vmx_upload_init(&run->upload, &config);
  vmx_query_write(&run->query, &options->upload_query_params);
  int code = vmx_store_begin_upload(store, &run->upload, err);
  if (code != 0) return code;
  return vmx_store_count_cached(store, run->service, run->object, &run->state.cached_left, err);
}

/* A service whose own options are bad fails before it sends or tells anything (wire.md 11). */
void vmx_scope_run_begin(struct vmx_scope_run *run) {
  struct base_error err = run->options->error;
  run->state.type = (enum vmx_sync_type)run->options->sync_type;
  run->exchange =
      (struct vmx_exchange){.client = run->client, .done = on_answer, .context = run};
  if (err.code == 0) {
    vmx_report_begin(run);
    open_upload(run, &err);
  }
  if (err.code != 0) vmx_scope_run_fail(run, &err);
  else vmx_scope_run_advance(run);
}

void vmx_scope_run_release(struct vmx_scope_run *run) {
  vmx_exchange_abort(&run->exchange);
  vmx_upload_done(&run->upload);
  vmx_upload_batch_done(&run->batch);
  vmx_download_done(&run->download);
  vmx_sync_errors_done(&run->errors);
  vmx_report_done(&run->report);
  base_buf_done(&run->url);
  base_buf_done(&run->request_body);
  base_buf_done(&run->query);
  free(run->retry_after);
}
