/**
 * The local database: SQLite in WAL mode, one file in the client's folder, one connection that owns
 * it. The only folder that knows <sqlite3.h>.
 *
 * Always true on disk, after the end of the process at any moment (LOC-02):
 *  1. A tracked edit and its log entry are committed together, durably, before the call returns.
 *  2. A row with log entries has a remembered server copy (or "none"), beside which the row that the
 *     application reads is kept; a row without log entries has none.
 *  3. A page is stored whole with what it means (context, on the last page deltas), or not at all
 *     (DNL-03, DNL-06).
 *  4. A cached request is on disk before it is sent; it goes in the transaction that stores the last
 *     key of its answer (W-41, UPC-08).
 *  5. Log entries are numbered for each service from 1; numbers and temporary keys are never reused.
 *
 * Threads: one thread at a time.
 * Fails, everywhere: 2000 the database failed (full, read-only, corrupt); 2003 a transaction was
 * rolled back; 2460 out of memory.
 */
#ifndef VMX_STORE_STORE_H
#define VMX_STORE_STORE_H

#include "base/clock.h"
#include "core/download.h"
#include "core/edit.h"
#include "core/model.h"
#include "core/upload.h"

struct vmx_store;

/**
 * Open the database in `folder`, making both if they are not there. `key` (copied) encrypts it, NULL: it is
 * not encrypted. What it is made with it keeps.
 * Owns:  *out is the caller's, vmx_store_close().
 * Fails: 2004 there is a key, but no SQLCipher in this build, or a database that is not encrypted;
 *        2006 it cannot be opened, made or locked; 2009 its schema cannot be upgraded, it is as before;
 *        2010 it is newer than this client, or another program's: it was not touched; 2475 the key is
 *        too short
 * Spec:  API-09, LOC-02
 */
int vmx_store_open(const char *folder, const char *key, struct vmx_store **out,
                   struct base_error *err);
void vmx_store_close(struct vmx_store *store);

/** Is the database encrypted with `key`? Fails: 2004 it is not; 2475 nothing could be, it is too short */
int vmx_store_check_key(const struct vmx_store *store, const char *key, struct base_error *err);

/**
 * Measure the calls that read answers from now on; NULL: do not. The clock is copied.
 * vmx_store_parsing_ms(): how long the last of them read, all else was storing (CBK-07).
 */
void vmx_store_measure(struct vmx_store *store, const struct base_clock *clock);
int64_t vmx_store_parsing_ms(const struct vmx_store *store);

/** How booleans are given to the application and the server; numeric at first (W-13). */
void vmx_store_set_boolean_form(struct vmx_store *store, enum vmx_boolean_form form);

/* ---- setup ------------------------------------------------------------------------------------- */

/**
 * Keep the model (finished) and make its tables in one transaction; tables and columns that it no
 * longer has go (W-9). Borrows `model` until the store is closed or another one is given. A failure
 * leaves the store with the model and the tables that it had.
 */
int vmx_store_save_setup(struct vmx_store *store, const struct vmx_model *model,
                         struct base_error *err);

/**
 * Load what was kept; *out is NULL when there was no setup (API-09, SET-01). The caller frees *out,
 * which the store borrows, after the store is closed or has another model.
 */
int vmx_store_load_setup(struct vmx_store *store, struct vmx_model **out, struct base_error *err);

/** Everything goes, setup is needed again (W-51 drop of the application). */
int vmx_store_drop(struct vmx_store *store, struct base_error *err);

/* ---- local calls (W-49, W-50) ------------------------------------------------------------------- */

/** `record` and `options` are JSON text; options.text NULL: none. */
struct vmx_text {
  const char *text;
  size_t len;
};

/** `created`: the created record as a JSON object. Fails: 2305, 2307..2311, 2300 the key is taken */
int vmx_store_create(struct vmx_store *store, const struct vmx_object *object,
                     struct vmx_text record, struct vmx_text options, struct base_buf *created,
                     struct base_error *err);

/** `count` (may be NULL): rows changed. Fails: 2301, 2303, 2304, 2305, 2307, 2308, 2310, 2311 */
int vmx_store_update(struct vmx_store *store, const struct vmx_object *object,
                     struct vmx_text record, struct vmx_text options, size_t *count,
                     struct base_error *err);

/** `record` may be empty (text NULL). Children go along where the relationship cascades (LOC-06). */
int vmx_store_delete(struct vmx_store *store, const struct vmx_object *object,
                     struct vmx_text record, struct vmx_text options, size_t *count,
                     struct base_error *err);

/** `rows`: a JSON array of records that have every column. */
int vmx_store_get(struct vmx_store *store, const struct vmx_object *object, struct vmx_text options,
                  struct base_buf *rows, struct base_error *err);

/**
 * One read-only SELECT over the objects by their names and columns by theirs; `rows`: a JSON array of
 * records. Fails: 2001 it is no such query, or it failed
 */
int vmx_store_select(struct vmx_store *store, struct vmx_text query, struct base_buf *rows,
                     struct base_error *err);

/** The rows as an application would read them: get of everything. */
int vmx_store_snapshot(struct vmx_store *store, const struct vmx_object *object,
                       struct base_buf *rows, struct base_error *err);

/** Deferred entries of the selected rows are freed for upload. */
int vmx_store_mark_for_upload(struct vmx_store *store, const struct vmx_object *object,
                              struct vmx_text options, struct base_error *err);

/** `out`: {"pendingSyncRecords":[{key columns}…]} in the order of first edit (LOC-01, C-4). */
int vmx_store_pending(struct vmx_store *store, const struct vmx_object *object,
                      struct vmx_text options, struct base_buf *out, struct base_error *err);

/**
 * W-51, one transaction. `service` NULL: every offline service; `object` NULL: the whole service;
 * `key` text NULL: the whole object, else primaryKeys as JSON.
 * Fails: 2301 the record is not there, 2305, 2310
 */
int vmx_store_rollback(struct vmx_store *store, const struct vmx_service *service,
                       const struct vmx_object *object, struct vmx_text key,
                       struct base_error *err);

/**
 * Rows, edits, deltas, kept contexts and cached requests of the scope go, in one transaction (LOC-04,
 * W-44). `service` NULL: every offline service (C-7); `object` NULL: the whole service.
 */
int vmx_store_clear(struct vmx_store *store, const struct vmx_service *service,
                    const struct vmx_object *object, struct base_error *err);

/* ---- upload (core/upload.h shows the order of the calls) ---------------------------------------- */

/** Fix what this sync uploads: limit_row_id and total (W-31). */
int vmx_store_begin_upload(struct vmx_store *store, struct vmx_upload *run, struct base_error *err);

/**
 * Plan and write the next request; batch->count is 0 when nothing is left. `id` is fresh, `query`
 * encoded. When the service has an upload cache the request is on disk when this returns (W-41).
 * Fails: 2913 the cache holds a request of this scope; of a hierarchical service 2468, 2469 (HIE-03)
 */
int vmx_store_next_batch(struct vmx_store *store, struct vmx_upload *run, const char *id,
                         const char *query, struct vmx_upload_batch *batch, struct base_error *err);

/** How many cached requests the scope has (object NULL: the service and its objects). */
int vmx_store_count_cached(struct vmx_store *store, const struct vmx_service *service,
                           const struct vmx_object *object, size_t *count, struct base_error *err);

/** The next cached request of the scope in W-42's order; batch->id is "" when there is none. */
int vmx_store_next_cached(struct vmx_store *store, const struct vmx_service *service,
                          const struct vmx_object *object, struct vmx_upload_batch *batch,
                          struct base_error *err);

/**
 * Store a good answer, each key a transaction of its own within the answer's; the cached request goes
 * with them (W-34..W-37, W-41). A key that cannot be stored ends it: those before it are stored. Adds to
 * errors and to run->uploaded, and blocks the rows that failed.
 * Fails: vmx_upload_decode()'s codes: nothing was stored, call vmx_store_end_request()
 */
int vmx_store_apply_upload(struct vmx_store *store, struct vmx_upload *run,
                           const struct vmx_upload_batch *batch, const char *text, size_t len,
                           struct vmx_sync_errors *errors, struct base_error *err);

/** The request failed. `keep`: its outcome is unknown, the cached request stays (W-41, W-43). */
int vmx_store_end_request(struct vmx_store *store, const struct vmx_upload_batch *batch, bool keep,
                          struct base_error *err);

/* ---- download (core/download.h shows the order of the calls) ------------------------------------ */

/** Load deltas and, with preserve_context, the kept context (W-23). */
int vmx_store_begin_download(struct vmx_store *store, struct vmx_download *run,
                             struct base_error *err);

/**
 * Store one page and move `run` on. Adds download sync errors.
 * Fails: vmx_page_next()'s and vmx_download_advance()'s codes; nothing of the page was stored,
 *        except at 2474 of W-27, where the page is stored
 */
int vmx_store_apply_page(struct vmx_store *store, struct vmx_download *run, const char *text,
                         size_t len, struct vmx_sync_errors *errors, struct base_error *err);

#endif
