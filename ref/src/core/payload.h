/**
 * What an application's callbacks get, as JSON trees (wire.md 11). Pure: counters, names and times
 * come in as plain structs.
 *
 * The three APIs differ in a failure alone (CBK-02..CBK-04):
 *   js    {code, domain, message, status, callStack, userInfo, syncErrors, successResponse, failureResponse}
 *   java  {code, domain, message, callStack, userInfo{…, successResponse, failureResponse}, syncErrors}
 *   objc  {code, domain, userInfo{…, localizedDescription, callStack, syncErrors, successResponse, failureResponse}}
 *
 * Every function here returns a tree that is the caller's (cJSON_Delete()), or NULL without memory.
 * An argument marked "taken" is released in either case.
 */
#ifndef VMX_CORE_PAYLOAD_H
#define VMX_CORE_PAYLOAD_H

#include <stdint.h>

#include "base/json.h"
#include "core/options.h"

#define VMX_ERROR_DOMAIN "OfflineObjectsError"

enum vmx_payload_api { VMX_PAYLOAD_JS, VMX_PAYLOAD_JAVA, VMX_PAYLOAD_OBJC };

/** What was synced: decides between `objectServiceName` and `name`. Borrowed. */
struct vmx_subject {
  enum vmx_sync_level level; /**< an application has no name of its own */
  const char *name;          /**< the service or the object; NULL at application level */
};

/* ---- sync errors: records that failed (CBK-05) --------------------------------------------- */

/** Two growing lists. Zero-initialize; release with vmx_sync_errors_done(). */
struct vmx_sync_errors {
  cJSON *upload;   /**< array of entries, or NULL while there are none */
  cJSON *download; /**< the same; its entries have no primaryKeys */
};

struct vmx_sync_error {
  const char *object_service, *object; /**< borrowed */
  const cJSON *primary_keys;           /**< borrowed, copied; NULL in a download */
  int64_t opstatus;
  const char *errmsg;                  /**< NULL: the meaning of opstatus, if it is a code of ours */
};

/** Returns 0, or 2460 without memory (nothing is added). */
int vmx_sync_errors_upload(struct vmx_sync_errors *errors, const struct vmx_sync_error *entry);
int vmx_sync_errors_download(struct vmx_sync_errors *errors, const struct vmx_sync_error *entry);
bool vmx_sync_errors_any(const struct vmx_sync_errors *errors);
void vmx_sync_errors_done(struct vmx_sync_errors *errors);

/* ---- statistics (CBK-07) ------------------------------------------------------------------- */

struct vmx_batch_stats {
  int64_t batch_number;      /**< from 1 in each direction */
  int64_t number_of_records;
  int64_t request_creation_ms, network_duration_ms, response_parsing_ms, data_persistence_ms;
};

/** All borrowed. `total_*`: records without error uploaded; records received. */
struct vmx_sync_stats {
  int64_t start_time_ms; /**< milliseconds since 1970 */
  int64_t sync_elapsed_ms;
  int64_t total_uploaded_records, total_downloaded_records;
  const struct vmx_batch_stats *uploads, *downloads;
  size_t upload_count, download_count;
};

/* ---- ends ---------------------------------------------------------------------------------- */

/** Success of a service or object. `stats` NULL: not asked for. `errors` NULL or empty: no syncErrors. */
cJSON *vmx_payload_success(const struct vmx_subject *subject, const struct vmx_sync_stats *stats,
                           const struct vmx_sync_errors *errors);

/** What a failure tells. All borrowed. */
struct vmx_failure {
  int code;                             /**< never 0 */
  const char *message;                  /**< NULL: the meaning of the code */
  const char *call_stack;               /**< NULL: "" */
  struct vmx_subject subject;
  int64_t http_status;                  /**< 0: there was no answer */
  const char *retry_after;              /**< the header's text, or NULL */
  const struct vmx_sync_errors *errors; /**< NULL or empty: no syncErrors */
};

/** Failure of a service, of an object, or of a whole call before any service ran. */
cJSON *vmx_payload_failure(const struct vmx_failure *failure, enum vmx_payload_api api);

/** `{"successResponse": services}`. Taken: services, an object by service name. */
cJSON *vmx_payload_application_success(cJSON *services);

/**
 * 2460 with both maps at the places of the API (CBK-02, CBK-03).
 * Taken: both objects by service name; NULL stands for an empty one.
 */
cJSON *vmx_payload_application_failure(enum vmx_payload_api api, cJSON *succeeded, cJSON *failed);

/* ---- progress (PRG-01) --------------------------------------------------------------------- */

enum vmx_progress_phase { VMX_PHASE_SYNC, VMX_PHASE_UPLOAD, VMX_PHASE_DOWNLOAD };
enum vmx_progress_state { VMX_STATE_STARTED, VMX_STATE_IN_PROGRESS, VMX_STATE_ENDED };

/** One event. Only the fields that wire.md's table lists for (phase, state) are printed. */
struct vmx_progress {
  struct vmx_subject subject;
  enum vmx_progress_phase phase;
  enum vmx_progress_state state; /**< a sync itself is never in progress: Started and Ended alone */
  int64_t start_time_ms, sync_elapsed_ms;
  int64_t total_objects_to_sync;
  int64_t total_records_to_upload;
  int64_t total_uploaded_records, total_downloaded_records;
  int64_t batch_number;
};

cJSON *vmx_payload_progress(const struct vmx_progress *event);

#endif
