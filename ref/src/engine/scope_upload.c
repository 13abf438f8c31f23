/*
 * The two steps of a scope run that send edits: REPLAY, what is cached from earlier syncs (W-42,
 * W-43), and UPLOAD, the batches of this one (W-31..W-39): of a hierarchical service those of all its
 * passes (W-48).
 *
 * Always true: a request with a cache id is on disk before it is sent (W-41), and every request that
 * was taken from the store is given back to it: applied, or ended with or without its cache entry.
 */
#include "core/codes.h"
#include "engine/identity.h"
#include "engine/scope_run.h"

static void send_batch(struct vmx_scope_run *run) {
  const struct vmx_upload_batch *batch = &run->batch;
  const struct vmx_exchange_request request = {.kind = VMX_SEND_UPLOAD,
                                               .url = base_buf_string(&run->url),
                                               .body = base_buf_string(&batch->body),
                                               .body_len = batch->body.len,
                                               .version = batch->service->version,
                                               .cache_id = batch->cached ? batch->id : NULL};
  vmx_scope_run_send(run, &request);
}

/* The failure of the store on top of another one is not told: the first one says more. */
static void end_request(struct vmx_scope_run *run, bool keep) {
  struct base_error ignored = {0};
  vmx_store_end_request(run->client->store, &run->batch, keep, &ignored);
}

/* Write the URL: the last piece of a request, so this tells whether all of it is there. */
static bool no_memory(struct vmx_scope_run *run, struct base_error *err) {
  const struct vmx_upload_batch *batch = &run->batch;
  base_buf_clear(&run->url);
  vmx_exchange_url(&run->url, batch->service->url, batch->object, base_buf_string(&batch->query));
  if (!run->url.failed && !run->batch.body.failed && !run->batch.query.failed) return false;
  base_fail(err, VMX_CODE_SYNC, "UPL-01", "out of memory for an upload request");
  return true;
}

/*
 * Only an answer that breaks a rule settles that its request goes (W-41). One that did not survive
 * the way, or that could not be stored here, leaves the request cached: the server has executed it,
 * and the next sync gets the same answer again (UPL-12, NET-03, UPC-04). A complete error answer
 * frees the edits for a request with a new id (UPC-09).
 */
static bool unsettled(int code) {
  return code != 0 && code != VMX_CODE_UPLOAD && code != VMX_CODE_RECORD_KEY &&
         code != VMX_CODE_OPSTATUS;
}

static int apply(struct vmx_scope_run *run, const struct vmx_answer *answer,
                 struct base_error *err) {
  vmx_scope_run_measure(run);
  return vmx_store_apply_upload(run->client->store, &run->upload, &run->batch, answer->body,
                                answer->len, &run->errors, err);
}

/* -- REPLAY: of every sync, a downloadOnly one too (UPC-03) --------------------------------------- */

/* Each that was counted is sent once: in a damaged database one may not go, and would be sent for ever. */
static int next_cached(struct vmx_scope_run *run, struct base_error *err) {
  vmx_upload_batch_clear(&run->batch);
  int code = vmx_store_next_cached(run->client->store, run->service, run->object, &run->batch, err);
  if (code != 0 || run->batch.id[0] == '\0' || run->state.cached_left > 0) return code;
  return base_fail(err, VMX_CODE_STORE, "LOC-02", "the cached request %s was replayed and is still there",
                   run->batch.id);
}

void vmx_replay_next(struct vmx_scope_run *run) {
  struct base_error err = {0};
  if (next_cached(run, &err) != 0) {
    vmx_scope_run_fail(run, &err);
  } else if (run->batch.id[0] == '\0') {
    run->state.cached_left = 0;
    vmx_scope_run_advance(run);
  } else if (no_memory(run, &err)) {
    vmx_scope_run_fail(run, &err);
  } else {
    send_batch(run);
  }
}

/*
 * W-43, UPC-07. Without an answer to the replay nobody knows more than before about the first try, so the
 * entry stays; that the second try was surely not sent does not matter. UPL-12
 */
static void replay_failed(struct vmx_scope_run *run, bool keep, const struct base_error *err) {
  end_request(run, keep);
  vmx_scope_run_fail(run, err);
}

void vmx_replay_answered(struct vmx_scope_run *run, const struct vmx_exchange_result *result) {
  struct base_error err = result->err;
  vmx_scope_run_remember(run, result);
  if (err.code != 0) {
    replay_failed(run, true, &err);
    return;
  }
  struct vmx_verdict verdict = vmx_answer_judge(VMX_CALL_REPLAY, &result->answer, &err);
  if (verdict.code != 0) {
    replay_failed(run, verdict.keep_replay || result->answer.transport != VMX_ANSWERED, &err);
    return;
  }
  int code = apply(run, &result->answer, &err);
  if (code != 0) {
    replay_failed(run, unsettled(code), &err);
    return;
  }
  if (run->state.cached_left > 0) run->state.cached_left--;
  vmx_scope_run_proceed(run);
}

/* -- UPLOAD -------------------------------------------------------------------------------------- */

static int next_batch(struct vmx_scope_run *run, struct base_error *err) {
  char id[VMX_REQUEST_ID_SIZE];
  vmx_upload_batch_clear(&run->batch);
  int code = vmx_request_id(run->client, id, err);
  if (code != 0) return code;
  return vmx_store_next_batch(run->client->store, &run->upload, id, base_buf_string(&run->query),
                              &run->batch, err);
}

static void send_new(struct vmx_scope_run *run) {
  if (run->state.batches_sent++ == 0) vmx_report(run, VMX_PHASE_UPLOAD, VMX_STATE_STARTED);
  vmx_report(run, VMX_PHASE_UPLOAD, VMX_STATE_IN_PROGRESS);
  send_batch(run);
}

static void uploads_done(struct vmx_scope_run *run) {
  if (run->report.open[VMX_PHASE_UPLOAD]) vmx_report(run, VMX_PHASE_UPLOAD, VMX_STATE_ENDED);
  vmx_scope_run_advance(run);
}

void vmx_upload_next(struct vmx_scope_run *run) {
  struct base_error err = {0};
  run->prepared_at_ms = vmx_now(run->client);
  if (run->query.failed) base_fail(&err, VMX_CODE_SYNC, "OPT-14", "out of memory for a query");
  else next_batch(run, &err);
  if (err.code == 0 && run->batch.count == 0) {
    uploads_done(run); /* UPL-02: nothing is pending, or nothing is left */
    return;
  }
  if (err.code == 0 && no_memory(run, &err)) end_request(run, false);
  if (err.code != 0) vmx_scope_run_fail(run, &err);
  else send_new(run);
}

/* What the server refused a request with, as far as it may be read; NULL: it did not refuse it. */
static const char *refusal(const struct vmx_verdict *verdict, const struct vmx_answer *answer) {
  if (verdict->code != VMX_CODE_OPSTATUS) return NULL;
  return verdict->has_objects ? answer->body : "";
}

/*
 * The batch failed as a whole: its rows wait for another sync (W-33), and its records are told where
 * the server refused it (UPL-07). 2038 alone lets the next batch go (W-39, UPL-15), as long as it is
 * known which rows have to wait.
 */
static void batch_failed(struct vmx_scope_run *run, const struct vmx_verdict *verdict,
                         const struct vmx_answer *answer, const struct base_error *err) {
  const char *text = refusal(verdict, answer);
  bool noted = vmx_upload_reject(&run->upload, &run->batch, text,
                                 verdict->has_objects ? answer->len : 0, &run->errors);
  end_request(run, verdict->unknown);
  if (err->code != VMX_CODE_OPSTATUS || !noted) {
    vmx_scope_run_fail(run, err);
    return;
  }
  if (run->upload_error.code == 0) run->upload_error = *err;
  vmx_scope_run_proceed(run);
}

static void count_batch(struct vmx_scope_run *run, const struct vmx_exchange_result *result,
                        int64_t arrived_at_ms) {
  const struct vmx_batch_stats stats =
      vmx_scope_run_stats(run, (int64_t)run->batch.count, result, arrived_at_ms);
  vmx_report_batch(&run->report.uploads, &stats);
}

void vmx_upload_answered(struct vmx_scope_run *run, const struct vmx_exchange_result *result) {
  struct base_error err = result->err;
  struct vmx_verdict verdict = {.code = err.code};
  int64_t arrived_at_ms = vmx_now(run->client);
  vmx_scope_run_remember(run, result);
  if (verdict.code == 0) verdict = vmx_answer_judge(VMX_CALL_UPLOAD, &result->answer, &err);
  if (verdict.code == 0) {
    verdict.code = apply(run, &result->answer, &err);
    verdict.unknown = unsettled(verdict.code);
  }
  if (verdict.code != 0) {
    batch_failed(run, &verdict, &result->answer, &err);
    return;
  }
  run->state.batches_succeeded++;
  count_batch(run, result, arrived_at_ms);
  vmx_scope_run_proceed(run);
}
