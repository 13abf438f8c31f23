/* Pages into tables: one transaction a page, with what the page means (W-22..W-25). */
#include <string.h>

#include "base/json.h"
#include "store/internal.h"

/* W-19, DNL-11: an object has a delta for each filter. */
static int delta_of(struct vmx_store *store, const char *object, const char *filter,
                    struct vmx_arena *arena, struct vmx_value *out, struct base_error *err) {
  sqlite3_stmt *statement = store_statement(store, SQL_DELTA_FIND, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 2, (const char *const[]){object, filter});
  *out = (struct vmx_value){0};
  bool row;
  int status = store_step(store, statement, &row, err);
  if (status == 0 && row && !store_column(statement, 0, arena, out)) status = store_no_memory(err);
  sqlite3_reset(statement);
  return status;
}

static bool mark_held(struct vmx_download *run, const char *held) {
  CLEANUP(json_free) cJSON *names = NULL;
  if (json_parse(held, strlen(held), JSON_LAST_COUNTS, &names, NULL) != 0) return false;
  for (const cJSON *name = names->child; name; name = name->next) {
    const struct vmx_object *object =
        cJSON_IsString(name)
            ? vmx_service_find_object(run->config.service, name->valuestring,
                                      strlen(name->valuestring))
            : NULL;
    if (object) run->held[object->index] = true;
  }
  return true;
}

static int take_context(struct vmx_store *store, struct vmx_download *run, const char *signature,
                        struct base_error *err) {
  sqlite3_stmt *statement = store_statement(store, SQL_CONTEXT_FIND, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 1, &signature);
  bool row;
  int status = store_step(store, statement, &row, err);
  if (status != 0 || !row) return status;
  const char *context = (const char *)sqlite3_column_text(statement, 0);
  const char *held = (const char *)sqlite3_column_text(statement, 1);
  bool read = context && held && mark_held(run, held);
  if (read) base_buf_text(&run->context, context);
  run->resumed = true;
  sqlite3_reset(statement);
  return read && !run->context.failed ? 0 : store_no_memory(err);
}

static const char *scope_object(const struct vmx_download *run) {
  return run->config.object ? run->config.object->name : "";
}

static int forget_context(struct vmx_store *store, const struct vmx_download *run,
                          struct base_error *err) {
  return store_run_texts(store, SQL_CONTEXT_DELETE, 2,
                         (const char *const[]){run->config.service->name, scope_object(run)}, err);
}

/* W-23, DNL-07: resume where a sync with the option failed, if this one is the same and has it too; what
 * another one kept is forgotten. */
static int begin_context(struct vmx_store *store, struct vmx_download *run,
                         struct base_error *err) {
  if (!run->config.preserve_context) return forget_context(store, run, err);
  struct base_buf signature = BASE_BUF_INIT;
  vmx_download_signature(run, &signature);
  int status = signature.failed ? store_no_memory(err)
                                : take_context(store, run, signature.data, err);
  base_buf_done(&signature);
  return status == 0 && !run->resumed ? forget_context(store, run, err) : status;
}

int vmx_store_begin_download(struct vmx_store *store, struct vmx_download *run,
                             struct base_error *err) {
  const struct vmx_service *service = run->config.service;
  int status = begin_context(store, run, err);
  for (size_t i = 0; status == 0 && i < service->object_count; i++) {
    const struct vmx_object *object = &service->objects[i];
    if (vmx_download_covers(run, object))
      status = delta_of(store, object->name, vmx_download_filter(run, object), &run->arena,
                        &run->deltas[i], err);
  }
  return status;
}

/* ---- rows ---------------------------------------------------------------------------------------- */

int store_server_row(struct vmx_store *store, const struct vmx_object *object, const char *key,
                     const struct vmx_value *row, const struct vmx_value *checksum, bool deleted,
                     bool pending, bool reconcile, struct base_error *err) {
  static const struct vmx_value none = {"", 0};
  int status = 0;
  if (pending) status = copy_put(store, object, key, deleted ? NULL : row, checksum, err);
  if (status != 0 || (pending && reconcile)) return status; /* W-24, DNL-08: it stays visible */
  if (deleted) return rows_delete(store, object, key, err); /* DNL-04 */
  return rows_put(store, object, key, row, checksum->text ? checksum : &none, true, err);
}

/* Most objects have no pending edit at all: asked once a page. */
static int row_is_pending(struct vmx_store *store, const struct vmx_object *object, const char *key,
                          bool *pending, struct base_error *err) {
  struct store_object *own = &store->objects[object->id];
  int status = 0;
  if (own->pending < 0) {
    sqlite3_stmt *statement = store_statement(store, SQL_LOG_ANY, err);
    bool any;
    if (!statement) return VMX_CODE_STORE;
    store_bind_texts(statement, 1, &object->name);
    status = store_step(store, statement, &any, err);
    sqlite3_reset(statement);
    if (status == 0) own->pending = any;
  }
  *pending = false;
  return status == 0 && own->pending ? log_pending(store, object, key, pending, err) : status;
}

static int store_record(struct vmx_store *store, const struct vmx_page_record *record,
                        bool reconcile, struct base_error *err) {
  bool pending;
  const char *key;
  int status = rows_key(store, record->object, record->row, &key, err);
  if (status == 0) status = row_is_pending(store, record->object, key, &pending, err);
  if (status != 0) return status;
  return store_server_row(store, record->object, key, record->row, &record->checksum,
                          record->deleted, pending, reconcile, err);
}

static int report(const struct vmx_download *run, const struct vmx_page_problem *problem,
                  struct vmx_sync_errors *errors, struct base_error *err) {
  const struct vmx_sync_error entry = {.object_service = run->config.service->name,
                                       .object = problem->object ? problem->object->name : "",
                                       .opstatus = problem->opstatus,
                                       .errmsg = problem->errmsg};
  return vmx_sync_errors_download(errors, &entry) == 0 ? 0 : store_no_memory(err);
}

/* ---- what the page means --------------------------------------------------------------------------- */

static int store_deltas(struct vmx_store *store, const struct vmx_download *run,
                        const struct vmx_page *page, struct base_error *err) {
  size_t cursor = 0;
  const struct vmx_object *object;
  struct vmx_value raw;
  while (vmx_page_delta(page, &cursor, &object, &raw)) {
    const char *filter = vmx_download_filter(run, object);
    sqlite3_stmt *statement = store_statement(store, SQL_DELTA_PUT, err);
    if (!statement) return VMX_CODE_STORE;
    store_bind_texts(statement, 2, (const char *const[]){object->name, filter});
    store_bind_bytes(statement, 3, raw.text, raw.len);
    int status = store_run(store, statement, err);
    if (status != 0) return status;
  }
  return 0;
}

static void write_held(const struct vmx_download *run, struct base_buf *out) {
  const struct vmx_service *service = run->config.service;
  base_buf_char(out, '[');
  for (size_t i = 0; i < service->object_count; i++) {
    if (!run->held[i]) continue;
    if (out->len > 1) base_buf_char(out, ',');
    json_quote(out, service->objects[i].name, strlen(service->objects[i].name));
  }
  base_buf_char(out, ']');
}

static int keep_context(struct vmx_store *store, const struct vmx_download *run,
                        const struct vmx_page *page, struct base_error *err) {
  struct base_buf signature = BASE_BUF_INIT, held = BASE_BUF_INIT;
  vmx_download_signature(run, &signature);
  write_held(run, &held);
  int status = forget_context(store, run, err);
  sqlite3_stmt *statement = status == 0 ? store_statement(store, SQL_CONTEXT_PUT, err) : NULL;
  if (status == 0 && !statement) status = VMX_CODE_STORE;
  if (status == 0 && (signature.failed || held.failed)) status = store_no_memory(err);
  if (status == 0) {
    store_bind_texts(statement, 3, (const char *const[]){base_buf_string(&signature),
                                                         run->config.service->name,
                                                         scope_object(run)});
    store_bind_bytes(statement, 4, page->end.context, page->end.context_len);
    store_bind_bytes(statement, 5, held.data, held.len);
    status = store_run(store, statement, err);
  }
  base_buf_done(&signature);
  base_buf_done(&held);
  return status;
}

static int store_meaning(struct vmx_store *store, const struct vmx_download *run,
                         const struct vmx_page *page, struct base_error *err) {
  if (page->end.more) return run->config.preserve_context ? keep_context(store, run, page, err) : 0;
  int status = store_deltas(store, run, page, err); /* DNL-03 */
  return status == 0 ? forget_context(store, run, err) : status;
}

/* ---- the page -------------------------------------------------------------------------------------- */

/* Reading and storing take turns, record by record: each millisecond counts for whose turn it was. */
static enum vmx_page_event next_event(struct vmx_store *store, struct vmx_page *page,
                                      struct base_error *err) {
  int64_t began_ms = store_now(store);
  enum vmx_page_event event = vmx_page_next(page, err);
  store->parsing_ms = base_time_after(store->parsing_ms, base_elapsed_ms(began_ms, store_now(store)));
  return event;
}

static int store_page(struct vmx_store *store, struct vmx_download *run, struct vmx_page *page,
                      struct vmx_sync_errors *errors, struct base_error *err) {
  int status = 0;
  store->parsing_ms = 0;
  while (status == 0) {
    switch (next_event(store, page, err)) {
    case VMX_PAGE_RECORD:
      status = store_record(store, &page->record, run->config.reconcile, err);
      break;
    case VMX_PAGE_PROBLEM: status = report(run, &page->problem, errors, err); break;
    case VMX_PAGE_END: return store_meaning(store, run, page, err);
    case VMX_PAGE_BAD: return err->code;
    }
  }
  return status;
}

static void page_cleanup(struct vmx_page *page) { vmx_page_close(page); }

int vmx_store_apply_page(struct vmx_store *store, struct vmx_download *run, const char *text,
                         size_t len, struct vmx_sync_errors *errors, struct base_error *err) {
  struct base_error own = {0};
  CLEANUP(page_cleanup) struct vmx_page page = {0};
  if (!err) err = &own;
  for (size_t i = 0; i < store->object_count; i++) store->objects[i].pending = -1;
  int status = vmx_page_open(&page, run, text, len, err);
  /* Not durable at once: a page that a power cut takes is fetched again, its delta with it. */
  if (status == 0) status = store_begin(store, false, err);
  if (status != 0) return status;
  status = store_end(store, store_page(store, run, &page, errors, err), err);
  return status == 0 ? vmx_download_advance(run, &page, err) : status;
}
