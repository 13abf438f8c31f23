/* The log into requests, the upload cache, and answers into tables (W-31..W-44); the nested requests
 * of a hierarchical service are planned in hierarchy.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "store/internal.h"

static const char *name_of(const struct vmx_object *object) { return object ? object->name : ""; }

/* ---- planning ------------------------------------------------------------------------------------- */

static int last_row_id(struct vmx_store *store, const struct vmx_service *service, int64_t *out,
                       struct base_error *err) {
  sqlite3_stmt *statement = store_statement(store, SQL_LAST_ROW_ID, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 1, &service->name);
  bool row;
  int status = store_step(store, statement, &row, err);
  *out = status == 0 && row ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_reset(statement);
  return status;
}

int vmx_store_begin_upload(struct vmx_store *store, struct vmx_upload *run,
                           struct base_error *err) {
  const struct vmx_service *service = run->config.service;
  int status = last_row_id(store, service, &run->limit_row_id, err);
  sqlite3_stmt *statement = status == 0 ? store_statement(store, SQL_LOG_COUNT, err) : NULL;
  if (!statement) return status ? status : VMX_CODE_STORE;
  const char *object = name_of(run->config.object);
  store_bind_texts(statement, 1, &service->name);
  sqlite3_bind_int64(statement, 2, run->limit_row_id);
  store_bind_bytes(statement, 3, object, strlen(object));
  bool row;
  status = store_step(store, statement, &row, err);
  if (status == 0 && row) run->total = sqlite3_column_int64(statement, 0);
  sqlite3_reset(statement);
  return status;
}

int log_read_entry(const struct vmx_service *service, sqlite3_stmt *statement,
                   struct vmx_arena *arena, struct vmx_log_entry *out, struct base_error *err) {
  struct vmx_value name, key, packed, checksum;
  if (!store_column(statement, 1, arena, &name) || !store_column(statement, 2, arena, &key) ||
      !store_column(statement, 5, arena, &packed) || !store_column(statement, 6, arena, &checksum))
    return store_no_memory(err);
  *out = (struct vmx_log_entry){.row_id = sqlite3_column_int64(statement, 0),
                                .object = vmx_service_find_object(service, name.text, name.len),
                                .key = key.text,
                                .action = (enum vmx_action)sqlite3_column_int(statement, 3),
                                .marked = sqlite3_column_int(statement, 4),
                                .checksum = checksum.text ? checksum.text : ""};
  if (!out->object) return 0;
  struct vmx_value *row = vmx_arena_array(arena, out->object->field_count, sizeof *row);
  if (!row) return store_no_memory(err);
  out->row = row;
  if (vmx_row_unpack(out->object, packed.text, packed.len, arena, row)) return 0;
  return base_fail(err, VMX_CODE_STORE, "LOC-02", "log entry %lld of %s cannot be read",
                   (long long)out->row_id, name.text);
}

sqlite3_stmt *log_plan(struct vmx_store *store, const struct vmx_service *service,
                       const struct vmx_object *object, int64_t after, int64_t limit,
                       struct base_error *err) {
  sqlite3_stmt *statement = store_statement(store, SQL_LOG_PLAN, err);
  if (!statement) return NULL;
  const char *name = name_of(object);
  store_bind_texts(statement, 1, &service->name);
  sqlite3_bind_int64(statement, 2, after);
  sqlite3_bind_int64(statement, 3, limit);
  store_bind_bytes(statement, 4, name, strlen(name));
  return statement;
}

static int plan_flat(struct vmx_store *store, struct vmx_upload *run,
                     struct vmx_upload_batch *batch, struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  const struct vmx_service *service = run->config.service;
  sqlite3_stmt *statement = log_plan(store, service, run->config.object, run->after_row_id,
                                     run->limit_row_id, err);
  if (!statement) return VMX_CODE_STORE;
  bool row;
  int status;
  enum vmx_offer offer = VMX_OFFER_TAKEN;
  while (offer != VMX_OFFER_FULL && (status = store_step(store, statement, &row, err)) == 0 && row) {
    struct vmx_log_entry entry;
    vmx_arena_clear(&arena);
    status = log_read_entry(service, statement, &arena, &entry, err);
    if (status != 0) break;
    offer = entry.object ? vmx_upload_offer(run, batch, &entry) : VMX_OFFER_WAITS;
    if (offer == VMX_OFFER_NO_MEMORY) {
      status = store_no_memory(err);
      break;
    }
  }
  sqlite3_reset(statement);
  return status;
}

/* ---- requests ------------------------------------------------------------------------------------- */

static int refuse_second(struct vmx_store *store, const struct vmx_upload_batch *batch,
                         struct base_error *err) {
  sqlite3_stmt *statement = store_statement(store, SQL_REQUEST_OTHER, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 2, (const char *const[]){batch->service->name,
                                                       name_of(batch->object)});
  bool row;
  int status = store_step(store, statement, &row, err);
  sqlite3_reset(statement);
  if (status != 0 || !row) return status;
  return base_fail(err, VMX_CODE_CACHE_TWICE, "UPC-13",
                   "the upload cache holds a request of %s already",
                   batch->object ? batch->object->name : batch->service->name);
}

static int cache(struct vmx_store *store, const struct vmx_upload_batch *batch,
                 struct base_error *err) {
  int status = refuse_second(store, batch, err);
  sqlite3_stmt *statement = status == 0 ? store_statement(store, SQL_REQUEST_ADD, err) : NULL;
  if (!statement) return status ? status : VMX_CODE_STORE;
  store_bind_texts(statement, 4, (const char *const[]){batch->id, batch->service->name,
                                                       name_of(batch->object),
                                                       base_buf_string(&batch->query)});
  sqlite3_bind_blob64(statement, 5, batch->body.data, batch->body.len, SQLITE_STATIC);
  return store_run(store, statement, err);
}

static int claim_entries(struct vmx_store *store, const struct vmx_upload_batch *batch,
                         struct base_error *err) {
  for (size_t i = 0; i < batch->count; i++) {
    sqlite3_stmt *statement = store_statement(store, SQL_LOG_REQUEST, err);
    if (!statement) return VMX_CODE_STORE;
    store_bind_texts(statement, 1, &batch->service->name);
    sqlite3_bind_int64(statement, 2, batch->entries[i].row_id);
    store_bind_bytes(statement, 3, batch->id, strlen(batch->id));
    int status = store_run(store, statement, err);
    if (status != 0) return status;
  }
  return 0;
}

/* W-41, UPC-08: with a cache the request is on disk before its first byte leaves. */
static int open_request(struct vmx_store *store, const struct vmx_upload_batch *batch,
                        struct base_error *err) {
  int status = store_begin(store, batch->cached, err);
  if (status != 0) return status;
  status = claim_entries(store, batch, err);
  if (status == 0 && batch->cached) status = cache(store, batch, err);
  return store_end(store, status, err);
}

int vmx_store_next_batch(struct vmx_store *store, struct vmx_upload *run, const char *id,
                         const char *query, struct vmx_upload_batch *batch,
                         struct base_error *err) {
  vmx_upload_batch_clear(batch);
  batch->service = run->config.service;
  batch->object = run->config.object;
  int status = vmx_upload_is_nested(run) ? store_plan_nested(store, run, batch, err)
                                         : plan_flat(store, run, batch, err);
  if (status != 0 || batch->count == 0) return status;
  snprintf(batch->id, sizeof batch->id, "%s", id);
  batch->cached = batch->service->upload_cache;
  base_buf_text(&batch->query, query ? query : "");
  vmx_upload_encode(batch, store->booleans);
  if (batch->body.failed || batch->query.failed) return store_no_memory(err);
  return open_request(store, batch, err);
}

/* ---- cached requests -------------------------------------------------------------------------------- */

int vmx_store_count_cached(struct vmx_store *store, const struct vmx_service *service,
                           const struct vmx_object *object, size_t *count, struct base_error *err) {
  sqlite3_stmt *statement = store_statement(store, SQL_REQUEST_COUNT, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 2, (const char *const[]){service->name, name_of(object)});
  bool row;
  int status = store_step(store, statement, &row, err);
  if (status == 0) *count = (size_t)sqlite3_column_int64(statement, 0);
  sqlite3_reset(statement);
  return status;
}

static int read_request(const struct vmx_service *service, sqlite3_stmt *statement,
                        struct vmx_upload_batch *batch, struct base_error *err) {
  const char *id = (const char *)sqlite3_column_text(statement, 0);
  const char *object = (const char *)sqlite3_column_text(statement, 1);
  const char *query = (const char *)sqlite3_column_text(statement, 2);
  const void *body = sqlite3_column_blob(statement, 3);
  if (!id || !object || !query || !body) return store_no_memory(err);
  snprintf(batch->id, sizeof batch->id, "%s", id);
  batch->object = *object ? vmx_service_find_object(service, object, strlen(object)) : NULL;
  base_buf_text(&batch->query, query);
  base_buf_append(&batch->body, body, (size_t)sqlite3_column_bytes(statement, 3));
  return batch->query.failed || batch->body.failed ? store_no_memory(err) : 0;
}

int vmx_store_next_cached(struct vmx_store *store, const struct vmx_service *service,
                          const struct vmx_object *object, struct vmx_upload_batch *batch,
                          struct base_error *err) {
  vmx_upload_batch_clear(batch);
  batch->service = service;
  batch->cached = batch->replay = true;
  sqlite3_stmt *statement = store_statement(store, SQL_REQUEST_NEXT, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 2, (const char *const[]){service->name, name_of(object)});
  bool row;
  int status = store_step(store, statement, &row, err);
  if (status != 0 || !row) return status;
  status = read_request(service, statement, batch, err);
  sqlite3_reset(statement);
  return status == 0 ? vmx_upload_decode_request(batch, err) : status;
}

static int release(struct vmx_store *store, const struct vmx_upload_batch *batch,
                   struct base_error *err) {
  int status = store_run_texts(store, SQL_LOG_RELEASE, 2,
                               (const char *const[]){batch->service->name, batch->id}, err);
  if (status != 0 || !batch->cached) return status;
  return store_run_texts(store, SQL_REQUEST_DELETE, 1, (const char *const[]){batch->id}, err);
}

int vmx_store_end_request(struct vmx_store *store, const struct vmx_upload_batch *batch, bool keep,
                          struct base_error *err) {
  if (keep && batch->cached) return 0;
  int status = store_begin(store, batch->cached, err);
  return status == 0 ? store_end(store, release(store, batch, err), err) : status;
}

/* ---- answers: one key after the other --------------------------------------------------------------- */

/* The outcomes of one row of the request; or what is said of a carrier. */
struct group {
  const struct vmx_object *object;
  const struct vmx_outcome *first;   /* the one with the lowest rowId */
  const struct vmx_outcome *best;    /* the good one with the highest rowId, or NULL */
  const struct vmx_outcome *adopted; /* a partial answer to a create, or NULL (W-37) */
  const struct vmx_outcome *failed;  /* any that stays pending, or NULL */
  const struct vmx_outcome *carrier; /* then there is nothing else */
};

struct applying {
  struct vmx_store *store;
  struct vmx_upload *run;
  const struct vmx_upload_batch *batch;
  const struct vmx_upload_outcomes *outcomes;
  struct vmx_arena arena;
  struct base_error *err;
};

static int by_row(const struct vmx_outcome *a, const struct vmx_outcome *b) {
  const struct vmx_object *x = a->entry->object, *y = b->entry->object;
  if (x != y) return x->id < y->id ? -1 : 1;
  return strcmp(a->entry->key, b->entry->key);
}

/* The outcomes of a row side by side, in the order of their rowId: all stand in one array. */
static int by_row_then_place(const void *a, const void *b) {
  const struct vmx_outcome *const *x = a, *const *y = b;
  int order = by_row(*x, *y);
  return order ? order : *x < *y ? -1 : *x > *y;
}

static int by_first(const void *a, const void *b) {
  const struct group *x = a, *y = b;
  return x->first < y->first ? -1 : x->first > y->first;
}

static void add_outcome(struct group *group, const struct vmx_outcome *outcome) {
  bool good = outcome->kind == VMX_OUTCOME_ACCEPTED || outcome->kind == VMX_OUTCOME_DELETED;
  if (good) group->best = outcome;
  else group->failed = outcome;
  if (outcome->kind == VMX_OUTCOME_PARTIAL && outcome->entry->action == VMX_CREATE)
    group->adopted = outcome;
}

static size_t fill_groups(const struct vmx_outcome **sorted, size_t count, struct group *groups) {
  size_t filled = 0;
  for (size_t i = 0; i < count; i++) {
    if (i == 0 || by_row(sorted[i - 1], sorted[i]) != 0)
      groups[filled++] = (struct group){.object = sorted[i]->entry->object, .first = sorted[i]};
    add_outcome(&groups[filled - 1], sorted[i]);
  }
  return filled;
}

/* One group for each carrier, then for each row of the request, in the order of the rows' first edits: so
 * parents come before their children. In the arena. */
static bool make_groups(const struct vmx_upload_outcomes *outcomes, struct vmx_arena *arena,
                        struct group **out, size_t *count) {
  size_t carriers = outcomes->carrier_count;
  const struct vmx_outcome **sorted = vmx_arena_array(arena, outcomes->count, sizeof *sorted);
  struct group *groups = vmx_arena_array(arena, carriers + outcomes->count, sizeof *groups);
  if (!sorted || !groups) return false;
  for (size_t i = 0; i < carriers; i++) groups[i].carrier = &outcomes->items[outcomes->count + i];
  for (size_t i = 0; i < outcomes->count; i++) sorted[i] = &outcomes->items[i];
  qsort(sorted, outcomes->count, sizeof *sorted, by_row_then_place);
  size_t rows = fill_groups(sorted, outcomes->count, groups + carriers);
  qsort(groups + carriers, rows, sizeof *groups, by_first);
  *out = groups;
  *count = carriers + rows;
  return true;
}

/* Key and row of an entry as the log has them now: a parent's new key may have reached them. */
struct current {
  const char *key;
  struct vmx_value packed; /* text NULL: the entry is gone (stored before, or rolled back, C-6), and
                              stands as it was sent */
};

static int current_entry(struct applying *a, const struct vmx_log_entry *entry,
                         struct current *out) {
  *out = (struct current){.key = entry->key};
  sqlite3_stmt *statement = store_statement(a->store, SQL_LOG_FIND, a->err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 1, &a->batch->service->name);
  sqlite3_bind_int64(statement, 2, entry->row_id);
  store_bind_bytes(statement, 3, entry->object->name, strlen(entry->object->name));
  bool found;
  int status = store_step(a->store, statement, &found, a->err);
  if (status != 0 || !found) return status;
  struct vmx_value key;
  bool read = store_column(statement, 0, &a->arena, &key) &&
              store_column(statement, 1, &a->arena, &out->packed);
  sqlite3_reset(statement);
  if (!read) return store_no_memory(a->err);
  out->key = key.text;
  return 0;
}

/* The whole row of the entry, in the arena. */
static int current_row(struct applying *a, const struct current *now,
                       const struct vmx_log_entry *entry, const struct vmx_value **out) {
  *out = entry->row;
  if (!now->packed.text) return 0;
  struct vmx_value *row = vmx_arena_array(&a->arena, entry->object->field_count, sizeof *row);
  *out = row;
  if (row && vmx_row_unpack(entry->object, now->packed.text, now->packed.len, &a->arena, row))
    return 0;
  return store_no_memory(a->err);
}

/* The row gets the key that the server gave it, if that is another one. */
static int rekey(struct applying *a, const struct current *now, const struct vmx_outcome *outcome) {
  const struct vmx_value *row;
  if (strcmp(now->key, outcome->key) == 0) return 0;
  int status = current_row(a, now, outcome->entry, &row);
  if (status != 0) return status;
  return store_rekey(a->store, outcome->entry->object, now->key, row, outcome->row, a->err);
}

static bool removes(const struct applying *a, const struct vmx_object *object) {
  const struct vmx_names *names = a->run ? a->run->config.remove_after_upload : NULL;
  for (size_t i = 0; names && i < names->count; i++)
    if (strcmp(names->items[i], object->name) == 0) return true;
  return false;
}

/*
 * W-37, CON-01, CON-02: entries up to the answered one go; the server's row becomes local row or copy.
 * They go before the row gets its new key: edits that another row has under that key are not this
 * answer's, and stay (UPL-12).
 */
static int store_success(struct applying *a, const struct group *group) {
  const struct vmx_outcome *best = group->best;
  bool deleted = best->kind == VMX_OUTCOME_DELETED, pending;
  struct current now;
  int status = current_entry(a, best->entry, &now);
  const struct cascade_end end = {best->entry->row_id, deleted, group->failed != NULL};
  if (status == 0) status = cascade_settle(a->store, group->object, now.key, &end, a->err); /* LOC-06 */
  if (status == 0)
    status = log_delete(a->store, group->object, now.key, best->entry->row_id, a->err);
  if (status == 0) status = rekey(a, &now, best);
  if (status == 0) status = log_pending(a->store, group->object, best->key, &pending, a->err);
  if (status != 0) return status;
  if (pending)
    return copy_put(a->store, group->object, best->key, deleted ? NULL : best->row,
                    &best->checksum, a->err);
  status = copy_delete(a->store, group->object, best->key, a->err);
  if (status != 0) return status;
  bool gone = deleted || removes(a, group->object); /* OPT-18 */
  return store_server_row(a->store, group->object, best->key, best->row, &best->checksum, gone,
                          false, false, a->err);
}

/* W-37: the row exists at the server under this key, so its pending create becomes an update. */
static int adopt_key(struct applying *a, const struct vmx_outcome *outcome) {
  struct current now;
  int status = current_entry(a, outcome->entry, &now);
  if (status == 0) status = rekey(a, &now, outcome);
  sqlite3_stmt *statement = status == 0 ? store_statement(a->store, SQL_LOG_ACTION, a->err) : NULL;
  if (!statement) return status ? status : VMX_CODE_STORE;
  store_bind_texts(statement, 1, &a->batch->service->name);
  sqlite3_bind_int64(statement, 2, outcome->entry->row_id);
  sqlite3_bind_int(statement, 3, VMX_UPDATE);
  return store_run(a->store, statement, a->err);
}

static int block(struct applying *a, const struct group *group) {
  struct current now;
  if (!group->failed || !a->run) return 0;
  int status = current_entry(a, group->failed->entry, &now);
  if (status != 0) return status;
  return vmx_upload_block(a->run, group->object, now.key) ? 0 : store_no_memory(a->err);
}

/* CON-01: what the server says of a parent that travelled without an edit; its own edits stay. */
static int store_carrier(struct applying *a, const struct vmx_outcome *outcome) {
  const struct vmx_object *object = outcome->entry->object;
  bool pending, deleted = outcome->kind == VMX_OUTCOME_DELETED;
  if (!deleted && outcome->kind != VMX_OUTCOME_ACCEPTED) return 0;
  int status = log_pending(a->store, object, outcome->key, &pending, a->err);
  if (status != 0) return status;
  return store_server_row(a->store, object, outcome->key, outcome->row, &outcome->checksum, deleted,
                          pending, true, a->err);
}

static int store_group(struct applying *a, const struct group *group) {
  int status = 0;
  if (group->carrier) return store_carrier(a, group->carrier);
  if (group->adopted && !group->best) status = adopt_key(a, group->adopted);
  if (status == 0 && group->best) status = store_success(a, group);
  return status == 0 ? block(a, group) : status;
}

static int run_plain(struct vmx_store *store, enum vmx_sql sql, struct base_error *err) {
  return store_run_texts(store, sql, 0, NULL, err);
}

/* W-37: each key is a transaction within the answer's: one that fails takes no other with it, as long
 * as what there is of it can be undone (`whole`). */
static int store_key(struct applying *a, const struct group *group, bool *whole) {
  struct base_error ignored = {0};
  int status = run_plain(a->store, SQL_KEY_BEGIN, a->err);
  if (status != 0) return status;
  status = store_group(a, group);
  if (status != 0) *whole = run_plain(a->store, SQL_KEY_UNDO, &ignored) == 0;
  return status == 0 ? run_plain(a->store, SQL_KEY_END, a->err) : status;
}

static int store_keys(struct applying *a, const struct group *groups, size_t count, bool *whole) {
  int status = 0;
  for (size_t i = 0; status == 0 && i < count; i++) {
    vmx_arena_clear(&a->arena);
    status = store_key(a, &groups[i], whole);
  }
  return status == 0 ? release(a->store, a->batch, a->err) : status; /* W-41 */
}

/* What was stored before a key that failed stays stored. */
static int store_groups(struct applying *a) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  struct base_error ignored = {0};
  struct group *groups = NULL;
  size_t count = 0;
  bool whole = true;
  if (a->outcomes->count == 0) return vmx_store_end_request(a->store, a->batch, false, a->err);
  if (!make_groups(a->outcomes, &arena, &groups, &count)) return store_no_memory(a->err);
  int status = store_begin(a->store, true, a->err);
  if (status != 0) return status;
  status = store_keys(a, groups, count, &whole);
  if (status == 0 || !whole) return store_end(a->store, status, a->err);
  store_end(a->store, 0, &ignored);
  return status;
}

static void count_uploaded(struct vmx_upload *run, const struct vmx_upload_outcomes *outcomes) {
  for (size_t i = 0; i < outcomes->count; i++)
    run->uploaded += outcomes->items[i].kind == VMX_OUTCOME_ACCEPTED ||
                     outcomes->items[i].kind == VMX_OUTCOME_DELETED;
}

static void outcomes_cleanup(struct vmx_upload_outcomes *outcomes) {
  vmx_upload_outcomes_done(outcomes);
}

int vmx_store_apply_upload(struct vmx_store *store, struct vmx_upload *run,
                           const struct vmx_upload_batch *batch, const char *text, size_t len,
                           struct vmx_sync_errors *errors, struct base_error *err) {
  CLEANUP(outcomes_cleanup) struct vmx_upload_outcomes outcomes = {0};
  struct applying a = {
      .store = store, .run = run, .batch = batch, .outcomes = &outcomes, .err = err};
  int64_t began_ms = store_now(store);
  int status = vmx_upload_decode(batch, text, len, &outcomes, err);
  store->parsing_ms = base_elapsed_ms(began_ms, store_now(store));
  if (status == 0) status = store_groups(&a);
  vmx_arena_done(&a.arena);
  if (status != 0) return status;
  if (run) count_uploaded(run, &outcomes);
  return vmx_upload_report(&outcomes, errors) ? 0 : store_no_memory(err);
}
