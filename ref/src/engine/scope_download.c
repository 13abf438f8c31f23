/*
 * The step of a scope run that fetches pages (W-18..W-27): ask, store the page, and once more while
 * the server says that there is more. What is remembered of a failure is the store's (W-22, W-23).
 */
#include "core/codes.h"
#include "engine/scope_run.h"

int vmx_scope_download_open(struct vmx_scope_run *run, struct base_error *err) {
  const struct vmx_service_options *options = run->options;
  const struct vmx_download_config config = {.service = run->service,
                                             .object = run->object,
                                             .batch_size = options->download_batch_size,
                                             .query_params = &options->download_query_params,
                                             .filter = &options->filter,
                                             .reconcile = options->download_reconciliation_required,
                                             .preserve_context = options->preserve_batch_context};
  int code = vmx_download_init(&run->download, &config, err);
  if (code != 0) return code;
  return vmx_store_begin_download(run->client->store, &run->download, err);
}

static int write_request(struct vmx_scope_run *run, struct base_error *err) {
  base_buf_clear(&run->request_body);
  base_buf_clear(&run->query);
  base_buf_clear(&run->url);
  int code = vmx_download_request(&run->download, &run->request_body, &run->query, err);
  if (code != 0) return code;
  vmx_exchange_url(&run->url, run->service->url, run->object, base_buf_string(&run->query));
  if (!run->url.failed && !run->query.failed && !run->request_body.failed) return 0;
  return base_fail(err, VMX_CODE_SYNC, "DNL-01", "out of memory for a download request");
}

/* PRG-07: one block for each page. */
static void open_block(struct vmx_scope_run *run) {
  run->report.batch_number = run->download.batch_number + 1;
  vmx_report(run, VMX_PHASE_DOWNLOAD, VMX_STATE_STARTED);
}

void vmx_download_next(struct vmx_scope_run *run) {
  struct base_error err = {0};
  run->prepared_at_ms = vmx_now(run->client);
  if (write_request(run, &err) != 0) {
    vmx_scope_run_fail(run, &err);
    return;
  }
  if (!run->report.open[VMX_PHASE_DOWNLOAD]) open_block(run);
  const struct vmx_exchange_request request = {.kind = VMX_SEND_DOWNLOAD,
                                               .url = base_buf_string(&run->url),
                                               .body = base_buf_string(&run->request_body),
                                               .body_len = run->request_body.len,
                                               .version = run->service->version};
  vmx_scope_run_send(run, &request);
}

/* W-23: a kept context that the server refuses is given up, once. */
static bool refuses_context(const struct vmx_scope_run *run, const struct vmx_verdict *verdict,
                            const struct vmx_answer *answer) {
  return run->download.resumed && run->download.batch_number == 0 &&
         verdict->code == VMX_CODE_OPSTATUS && answer->status >= 200 && answer->status <= 299;
}

static int store_page(struct vmx_scope_run *run, const struct vmx_exchange_result *result,
                      struct base_error *err) {
  int64_t arrived_at_ms = vmx_now(run->client);
  vmx_report(run, VMX_PHASE_DOWNLOAD, VMX_STATE_IN_PROGRESS);
  vmx_scope_run_measure(run);
  int code = vmx_store_apply_page(run->client->store, &run->download, result->answer.body,
                                  result->answer.len, &run->errors, err);
  if (code != 0) return code;
  const struct vmx_batch_stats stats =
      vmx_scope_run_stats(run, run->download.page_records, result, arrived_at_ms);
  vmx_report_batch(&run->report.downloads, &stats);
  vmx_report(run, VMX_PHASE_DOWNLOAD, VMX_STATE_ENDED);
  return 0;
}

void vmx_download_answered(struct vmx_scope_run *run, const struct vmx_exchange_result *result) {
  struct base_error err = result->err;
  vmx_scope_run_remember(run, result);
  struct vmx_verdict verdict = {.code = err.code};
  if (verdict.code == 0) verdict = vmx_answer_judge(VMX_CALL_DOWNLOAD, &result->answer, &err);
  if (refuses_context(run, &verdict, &result->answer)) {
    vmx_download_restart(&run->download);
    vmx_scope_run_proceed(run);
    return;
  }
  if (verdict.code == 0) verdict.code = store_page(run, result, &err);
  if (verdict.code != 0) vmx_scope_run_fail(run, &err);
  else if (run->download.more) vmx_scope_run_proceed(run);
  else vmx_scope_run_advance(run);
}
