/**
 * Downloading one scope, page by page (wire.md 6), without I/O: requests are written, answers are
 * read record by record straight from the text. The store drives the reading inside its
 * transaction (vmx_store_apply_page()).
 *
 *   vmx_download_init -> vmx_store_begin_download -> { vmx_download_request -> (network)
 *     -> vmx_store_apply_page } while run.more -> vmx_download_done
 *
 * Always true of a run:
 *  1. `context` is empty exactly when the next request asks for the first page.
 *  2. deltas[] are those of the last complete download (W-22, DNL-03): they change with the last page.
 *  3. held[i] is set once an object failed or sent a partial record in this download: its delta
 *     does not move (W-21, W-25).
 *  4. No context is asked for a third time (W-27, C-6).
 */
#ifndef VMX_CORE_DOWNLOAD_H
#define VMX_CORE_DOWNLOAD_H

#include "core/model.h"
#include "core/options.h"
#include "core/payload.h"

struct vmx_download_config {
  const struct vmx_service *service;
  const struct vmx_object *object;      /**< object level; NULL: the whole service */
  int64_t batch_size;                   /**< 0: everything */
  const struct vmx_pairs *query_params; /**< NULL: none */
  const struct vmx_pairs *filter;       /**< by full object name; NULL: none */
  bool reconcile;                       /**< W-24 */
  bool preserve_context;                /**< W-23 */
};

struct vmx_context_mark {
  uint64_t hash[2];
  size_t len;
  unsigned times;
};

/** Zero-initialize; vmx_download_init() fills it, vmx_download_done() releases it. */
struct vmx_download {
  struct vmx_download_config config; /**< what it points to is borrowed until vmx_download_done() */
  struct base_buf context;           /**< raw JSON of the last answer's delta_context */
  struct vmx_value *deltas;          /**< raw JSON by object index; text NULL: none */
  bool *held;                        /**< by object index */
  struct vmx_arena arena;            /**< of deltas and held */
  struct vmx_context_mark *marks;    /**< contexts that were answered: a hash table, times 0 is free */
  size_t mark_count;
  size_t mark_capacity;              /**< 0 or a power of two, never full */
  bool more;                         /**< another page has to be asked for */
  bool resumed;                      /**< the first request continues a kept context (W-23) */
  int64_t batch_number;              /**< pages stored in this sync */
  int64_t records;                   /**< records in answers: nested ones and deletes too */
  int64_t page_records;              /**< those of the last page */
};

/** Fails: 2460 out of memory */
int vmx_download_init(struct vmx_download *run, const struct vmx_download_config *config,
                      struct base_error *err);
void vmx_download_done(struct vmx_download *run);

/** Back to the first page: the server refused a kept context (W-23). */
void vmx_download_restart(struct vmx_download *run);

/** The filter of an object, "" when it has none. */
const char *vmx_download_filter(const struct vmx_download *run, const struct vmx_object *object);

/** Is the object part of this run's scope? */
bool vmx_download_covers(const struct vmx_download *run, const struct vmx_object *object);

/**
 * Write the next request: `body`, and `query` percent-encoded without '?' (W-7, W-18, W-19).
 * Fails: 2030 the query parameters hold a name of the protocol (W-18); 2460 out of memory
 */
int vmx_download_request(const struct vmx_download *run, struct base_buf *body,
                         struct base_buf *query, struct base_error *err);

/** What identifies a scope, its objects and filters for W-23. */
void vmx_download_signature(const struct vmx_download *run, struct base_buf *out);

/* ---- reading a page: used by the store --------------------------------------------------------- */

enum vmx_page_event {
  VMX_PAGE_RECORD,  /**< page.record: upsert or delete */
  VMX_PAGE_PROBLEM, /**< page.problem: an object or a record failed; its object is held (3.) */
  VMX_PAGE_END,     /**< page.end: the whole text was good */
  VMX_PAGE_BAD      /**< the page is refused as a whole; the code is in `err` */
};

struct vmx_page_record {
  const struct vmx_object *object;
  bool deleted;
  struct vmx_value *row;     /**< field_count values; of a delete the key columns at least */
  struct vmx_value checksum; /**< text NULL: none was given */
};

struct vmx_page_problem {
  const struct vmx_object *object; /**< NULL: an object that is not known */
  int64_t opstatus;
  const char *errmsg;
};

struct vmx_page_end {
  bool more;
  const char *context; /**< raw JSON of delta_context, NULL: none. Borrows the text */
  size_t context_len;
};

/** Zero-initialize, vmx_page_open(), then vmx_page_next() until END or BAD, then vmx_page_close(). */
struct vmx_page {
  struct vmx_page_record record; /**< valid until the next call, as are all texts */
  struct vmx_page_problem problem;
  struct vmx_page_end end;
  struct vmx_page_state *state; /**< owned */
};

/** Borrows text and run until vmx_page_close(). Fails: 2460 out of memory */
int vmx_page_open(struct vmx_page *page, struct vmx_download *run, const char *text, size_t len,
                  struct base_error *err);

/** Fails (VMX_PAGE_BAD): 2037 no JSON; 2038 opstatus; 2474 wrong types; 2405 more without a context */
enum vmx_page_event vmx_page_next(struct vmx_page *page, struct base_error *err);
void vmx_page_close(struct vmx_page *page);

/**
 * After VMX_PAGE_END: the objects whose delta moves, one after the other (W-21).
 * `*cursor` starts at 0. Returns false when there is no more.
 */
bool vmx_page_delta(const struct vmx_page *page, size_t *cursor, const struct vmx_object **object,
                    struct vmx_value *raw);

/**
 * After the page was stored: take over context and deltas.
 * Fails: 2474 the server repeats itself (W-27); 2460 out of memory
 */
int vmx_download_advance(struct vmx_download *run, const struct vmx_page *page,
                         struct base_error *err);

#endif
