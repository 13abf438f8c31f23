/**
 * Uploading one scope (wire.md 7), without I/O: flat batches, or for a hierarchical service the
 * requests of core/hierarchy.h. The store reads the log, offers entries to the plan and applies the
 * outcomes.
 *
 *   vmx_upload_init -> vmx_store_begin_upload (the sync's limit, before the replays)
 *     { vmx_store_next_cached -> (network) -> vmx_store_apply_upload | vmx_store_end_request }
 *     { vmx_store_next_batch  -> (network) -> vmx_store_apply_upload | vmx_upload_reject +
 *                                             vmx_store_end_request }   until batch.count is 0
 *   vmx_upload_done
 *
 * Always true of a run:
 *  1. Entries above limit_row_id wait for the next sync (W-31, UPL-10).
 *  2. after_row_id ascends: no entry is offered twice in a sync. In passes (W-48) an entry that was
 *     answered has left the log or is blocked.
 *  3. A row in `blocked` failed in this sync, or waits for a mark: none of its later entries is
 *     taken, nor an entry that holds its temporary key (W-33).
 *  4. At object level no entry is taken that holds the temporary key of another object's row: that
 *     row is not sent here, and the server must not keep its temporary key (UPL-06).
 */
#ifndef VMX_CORE_UPLOAD_H
#define VMX_CORE_UPLOAD_H

#include "core/model.h"
#include "core/options.h"
#include "core/payload.h"
#include "core/query.h"

enum { VMX_CARRIER = -1 }; /**< the rowId of a parent that travels without an edit (W-47) */

/** One edit of the log, as it will be sent; or a carrier. */
struct vmx_log_entry {
  int64_t row_id;
  const struct vmx_object *object;
  const char *key;               /**< vmx_key_text() of the row */
  enum vmx_action action;
  bool marked;                   /**< false: waits for markForUpload (UPL-04) */
  const struct vmx_value *row;   /**< after the edit; of a delete before it */
  const char *checksum;          /**< the server's last, or "" */
  unsigned depth;                /**< in a nested request: below so many records; 0 is a root */
};

struct vmx_upload_config {
  const struct vmx_service *service;
  const struct vmx_object *object;             /**< object level; NULL: the whole service */
  int64_t batch_size;                          /**< 1 or more */
  const struct vmx_names *remove_after_upload; /**< uploadOnly syncs: OPT-18; else NULL */
};

struct vmx_blocked_row {
  const struct vmx_object *object;
  const char *key;
};

/** For hash tables of rows. */
uint64_t vmx_row_hash(const struct vmx_object *object, const char *key);

struct vmx_hierarchy;

/** Zero-initialize; vmx_upload_init() fills it, vmx_upload_done() releases it. */
struct vmx_upload {
  struct vmx_upload_config config; /**< what it points to is borrowed until vmx_upload_done() */
  int64_t limit_row_id;
  int64_t after_row_id;
  int64_t total;                   /**< log entries of this sync (totalRecordsToUpload) */
  int64_t uploaded;                /**< records without error so far (totalUploadedRecords) */
  struct vmx_arena arena;          /**< texts of `blocked` */
  struct vmx_blocked_row *blocked; /**< owned: a hash table, object NULL where a place is free */
  size_t blocked_count;
  size_t blocked_capacity;         /**< 0 or a power of two, never full */
  struct vmx_hierarchy *hierarchy; /**< owned: the passes of a hierarchical service; else NULL */
};

void vmx_upload_init(struct vmx_upload *run, const struct vmx_upload_config *config);
void vmx_upload_done(struct vmx_upload *run);

enum { VMX_REQUEST_ID_SIZE = 51 };

/** One request and the entries in it. Zero-initialize; vmx_upload_batch_done() releases it. */
struct vmx_upload_batch {
  char id[VMX_REQUEST_ID_SIZE];  /**< RequestCacheId */
  bool cached;                   /**< an entry of the upload cache holds it on disk: send the id */
  bool replay;                   /**< it was sent before (W-42) */
  bool strangers;                /**< a replay with records of objects that are gone since (W-9) */
  bool nested;                   /**< children stand in their parents (W-47) */
  const struct vmx_service *service;
  const struct vmx_object *object; /**< where it is sent to; NULL: the service */
  struct base_buf body;
  struct base_buf query;         /**< percent-encoded, without '?' */
  struct vmx_log_entry *entries; /**< `count` edits by ascending row_id, behind them the carriers by object
                                      and key; until a nested request is encoded in the order of writing */
  size_t count, carrier_count, capacity;
  struct vmx_arena arena;        /**< of the entries' texts */
};

void vmx_upload_batch_clear(struct vmx_upload_batch *batch); /**< empty, memory kept */
void vmx_upload_batch_done(struct vmx_upload_batch *batch);

/** Does it go up in passes (W-47, HIE-01)? Object level is always flat. */
bool vmx_upload_is_nested(const struct vmx_upload *run);

enum vmx_offer { VMX_OFFER_TAKEN, VMX_OFFER_WAITS, VMX_OFFER_FULL, VMX_OFFER_NO_MEMORY };

/**
 * Offer the next log entry (row_id ascending) to the batch. TAKEN copies it and moves after_row_id;
 * WAITS leaves it for another sync (2., 3.); FULL: the batch is complete, offer it to the next one.
 */
enum vmx_offer vmx_upload_offer(struct vmx_upload *run, struct vmx_upload_batch *batch,
                                const struct vmx_log_entry *entry);

/**
 * May the entry be sent in this sync (3., 4.)? TAKEN, or WAITS with its row blocked from now on; or
 * NO_MEMORY.
 */
enum vmx_offer vmx_upload_admit(struct vmx_upload *run, const struct vmx_log_entry *entry);

/** Put a copy of an entry into the batch, unconditionally. False without memory. */
bool vmx_upload_batch_add(struct vmx_upload_batch *batch, const struct vmx_log_entry *entry);

/** Write the request body of the batch's entries into batch->body (W-31, W-32, W-47). */
void vmx_upload_encode(struct vmx_upload_batch *batch, enum vmx_boolean_form form);

/** Bring the entries of a nested request that is written into their final order. */
void vmx_upload_batch_sort(struct vmx_upload_batch *batch);

/**
 * Make the entries of a cached request again from its body, which is what was sent: the log may have
 * changed since (C-6). Fails: 2000 the body cannot be read; 2460 out of memory
 */
int vmx_upload_decode_request(struct vmx_upload_batch *batch, struct base_error *err);

/** A row failed: nothing of it is sent any more in this sync. False without memory. */
bool vmx_upload_block(struct vmx_upload *run, const struct vmx_object *object, const char *key);
bool vmx_upload_blocked(const struct vmx_upload *run, const struct vmx_object *object,
                        const char *key);

/**
 * The request failed as a whole: block all its rows (W-33). When `text` is not NULL the server refused
 * it, and each record is added to `errors` (W-39): with an error of its own where `text`, a body that
 * may be anything, holds one (section 10). False without memory: then nothing more may be sent in this
 * sync.
 */
bool vmx_upload_reject(struct vmx_upload *run, const struct vmx_upload_batch *batch,
                       const char *text, size_t len, struct vmx_sync_errors *errors);

/* ---- reading an answer: used by the store ------------------------------------------------------- */

enum vmx_outcome_kind {
  VMX_OUTCOME_MISSING,  /**< the answer does not have it: pending, 2473 (W-36) */
  VMX_OUTCOME_ACCEPTED, /**< `row` is the server's row */
  VMX_OUTCOME_DELETED,  /**< the row is gone at the server */
  VMX_OUTCOME_PARTIAL,  /**< pending, 2473; `row` has the key (W-37) */
  VMX_OUTCOME_FAILED    /**< pending, opstatus and errmsg (W-35) */
};

/** What the answer says of one entry. */
struct vmx_outcome {
  enum vmx_outcome_kind kind;
  const struct vmx_log_entry *entry;
  struct vmx_value *row;     /**< ACCEPTED: all; PARTIAL, DELETED: key columns at least */
  const char *key;           /**< the row's key now (generated ones included); NULL: as entry->key */
  struct vmx_value checksum; /**< text NULL: none */
  int64_t opstatus;
  const char *errmsg;        /**< or NULL */
  const char *intermediate;  /**< raw JSON of intermediateErrors, or NULL (W-35) */
};

/** Zero-initialize; vmx_upload_outcomes_done() releases it. items[i] belongs to entries[i]. */
struct vmx_upload_outcomes {
  struct vmx_outcome *items;
  size_t count;
  size_t carrier_count; /**< behind the edits: ACCEPTED, DELETED, FAILED; MISSING: nothing was said */
  struct vmx_arena arena;
};

/**
 * Read the answer to `batch`.
 * Fails, and nothing may be stored: 2037 no JSON; 2038 an error opstatus; 2473 an unknown rowId,
 *   none on a good record, another row's key, wrong types, of a replay no `_metadata`; 2484 a key
 *   field is missing; 2460 out of memory
 */
int vmx_upload_decode(const struct vmx_upload_batch *batch, const char *text, size_t len,
                      struct vmx_upload_outcomes *out, struct base_error *err);
void vmx_upload_outcomes_done(struct vmx_upload_outcomes *outcomes);

/** Add the sync errors of the outcomes (failed, partial, missing, intermediate). False: no memory. */
bool vmx_upload_report(const struct vmx_upload_outcomes *outcomes, struct vmx_sync_errors *errors);

#endif
