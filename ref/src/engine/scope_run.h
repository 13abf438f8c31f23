/**
 * The sync of one scope: a service, or one object. It walks the steps of core/phase.h, with one
 * request under way at most; each step's work is in a file of its own.
 *
 *   vmx_scope_run_begin -> REPLAY (scope_upload.c) -> UPLOAD (scope_upload.c)
 *                       -> DOWNLOAD (scope_download.c) -> success, or vmx_scope_run_fail
 *
 * Always true:
 *  - state.requests_under_way is 1 exactly while `exchange` runs;
 *  - request_body and batch are not touched while a request is under way: the transport may need them
 *    again (W-7);
 *  - a run shares nothing with another one but the client: options, queries, contexts, cache ids and
 *    stats are its own (SEQ-06), a cached request concerns its own scope (UPC-12), and the order in
 *    which runs move changes no data (SEQ-07);
 *  - what was told as started is told as ended, in failures too (PRG-06).
 */
#ifndef ENGINE_SCOPE_RUN_H
#define ENGINE_SCOPE_RUN_H

#include "core/phase.h"
#include "engine/exchange.h"
#include "engine/report.h"

struct vmx_sync;

struct vmx_scope_run {
  struct vmx_sync *sync;
  struct vmx_client *client;
  const struct vmx_service *service;
  const struct vmx_object *object; /* NULL: the whole service */
  const struct vmx_service_options *options;

  struct vmx_run state;
  bool cancelled;                  /* ends with 2478 when the request under way is stored (CAN-01) */
  struct vmx_exchange exchange;
  struct base_buf url;
  int64_t prepared_at_ms;          /* when the current request began to be made */

  struct vmx_upload upload;
  struct vmx_upload_batch batch;   /* the upload that is under way */
  struct base_error upload_error;  /* of the first batch that failed with 2038 (W-39) */

  struct vmx_download download;
  struct base_buf request_body, query;

  struct vmx_sync_errors errors;
  struct vmx_report report;
  int64_t http_status;             /* of the answer that made it fail, or 0 */
  char *retry_after;
};

void vmx_scope_run_begin(struct vmx_scope_run *run);
void vmx_scope_run_release(struct vmx_scope_run *run);

/* ---- for the steps ------------------------------------------------------------------------------ */

/** Send the request whose URL is in run->url. */
void vmx_scope_run_send(struct vmx_scope_run *run, const struct vmx_exchange_request *request);

/** Do the current step's next piece of work, unless the sync was cancelled. */
void vmx_scope_run_proceed(struct vmx_scope_run *run);

/** The current step has nothing left: on to the next one. */
void vmx_scope_run_advance(struct vmx_scope_run *run);

/** `err` may be NULL when the run was cancelled. */
void vmx_scope_run_fail(struct vmx_scope_run *run, const struct base_error *err);

/** Time what the store does with the next answer, when the statistics will tell it (CBK-07). */
void vmx_scope_run_measure(struct vmx_scope_run *run);

/** What a stored batch cost. `arrived_at_ms`: when its answer was there. */
struct vmx_batch_stats vmx_scope_run_stats(const struct vmx_scope_run *run, int64_t records,
                                           const struct vmx_exchange_result *result,
                                           int64_t arrived_at_ms);

/** Keep status and Retry-After of an answer that may become the failure's (NET-05). */
void vmx_scope_run_remember(struct vmx_scope_run *run, const struct vmx_exchange_result *result);

/* ---- the steps: next piece of work, and what to do with its answer ------------------------------- */

void vmx_replay_next(struct vmx_scope_run *run);
void vmx_replay_answered(struct vmx_scope_run *run, const struct vmx_exchange_result *result);
void vmx_upload_next(struct vmx_scope_run *run);
void vmx_upload_answered(struct vmx_scope_run *run, const struct vmx_exchange_result *result);
int vmx_scope_download_open(struct vmx_scope_run *run, struct base_error *err);
void vmx_download_next(struct vmx_scope_run *run);
void vmx_download_answered(struct vmx_scope_run *run, const struct vmx_exchange_result *result);

#endif
