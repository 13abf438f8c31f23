/*
 * The passes of a hierarchical service (W-48): the log and the rows for core/hierarchy.h, and its
 * requests with the contents as they are now, because answers re-key what is sent after them.
 */
#include <string.h>

#include "core/hierarchy.h"
#include "store/internal.h"

/* ---- rows for the plan --------------------------------------------------------------------------- */

/*
 * A row with edits that do not travel now is sent as the server knows it: edits that are deferred, were
 * refused or came during the sync go with nobody (UPL-04, UPL-10, W-33).
 */
static int known_row(struct vmx_store *store, const struct vmx_object *object, const char *key,
                     struct vmx_arena *arena, struct store_row *out, struct base_error *err) {
  struct store_copy copy;
  int status = copy_get(store, object, key, arena, &copy, err);
  if (status != 0) return status;
  if (!copy.kept) return rows_get(store, object, key, arena, out, err);
  *out = (struct store_row){.found = copy.row != NULL,
                            .row = copy.row,
                            .checksum = copy.checksum.text ? copy.checksum.text : ""};
  return 0;
}

static int find_row(void *self, const struct vmx_object *object, const char *key,
                    struct vmx_arena *arena, const struct vmx_value **row, struct base_error *err) {
  struct store_row known;
  int status = known_row(self, object, key, arena, &known, err);
  if (status == 0 && known.found) *row = known.row;
  return status;
}

static bool holds_values(const struct vmx_link *link, const struct vmx_value *parent,
                         const struct vmx_value *wanted) {
  for (size_t i = 0; i < link->count; i++) {
    size_t field = link->parent_fields[i];
    if (!vmx_value_equal(link->parent->fields[field].datatype, &parent[field], &wanted[field]))
      return false;
  }
  return true;
}

static bool add_key(struct store_keys *keys, struct vmx_arena *arena, const struct vmx_value *key) {
  char **items = vmx_arena_array(arena, keys->count + 1, sizeof *items);
  char *copy = items ? vmx_arena_text(arena, key->text, key->len) : NULL;
  if (!copy) return false;
  if (keys->count) memcpy(items, keys->items, keys->count * sizeof *items);
  items[keys->count++] = copy;
  keys->items = items;
  return true;
}

/* A row that is deleted here and remembered (W-48 c). */
static int add_deleted(struct vmx_store *store, const struct vmx_link *link,
                       const struct vmx_value *wanted, sqlite3_stmt *copies,
                       struct vmx_arena *keys_arena, struct store_keys *keys,
                       struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  struct vmx_value key, packed;
  struct store_row local;
  struct vmx_value *row = vmx_arena_array(&arena, link->parent->field_count, sizeof *row);
  if (!row || !store_column(copies, 0, &arena, &key) || !store_column(copies, 1, &arena, &packed) ||
      !vmx_row_unpack(link->parent, packed.text, packed.len, &arena, row))
    return store_no_memory(err);
  if (!holds_values(link, row, wanted)) return 0;
  int status = rows_get(store, link->parent, key.text, &arena, &local, err);
  if (status != 0 || local.found) return status;
  return add_key(keys, keys_arena, &key) ? 0 : store_no_memory(err);
}

static int find_deleted(struct vmx_store *store, const struct vmx_link *link,
                        const struct vmx_value *wanted, struct vmx_arena *arena,
                        struct store_keys *keys, struct base_error *err) {
  sqlite3_stmt *copies = store_statement(store, SQL_COPY_ROWS, err);
  if (!copies) return VMX_CODE_STORE;
  store_bind_texts(copies, 1, &link->parent->name);
  bool row = true;
  int status = 0;
  while (status == 0 && (status = store_step(store, copies, &row, err)) == 0 && row)
    status = add_deleted(store, link, wanted, copies, arena, keys, err);
  sqlite3_reset(copies);
  return status;
}

static int find_parents(void *self, const struct vmx_link *link, const struct vmx_value *child,
                        struct vmx_arena *arena, char *const **keys, size_t *count,
                        struct base_error *err) {
  size_t fields = link->parent->field_count;
  struct vmx_value *wanted = vmx_arena_array(arena, fields, sizeof *wanted);
  bool *given = vmx_arena_array(arena, fields, sizeof *given);
  struct store_keys found = {0};
  if (!wanted || !given) return store_no_memory(err);
  for (size_t i = 0; i < link->count; i++) {
    if (!child[link->child_fields[i]].text) return 0; /* null names nobody */
    wanted[link->parent_fields[i]] = child[link->child_fields[i]];
    given[link->parent_fields[i]] = true;
  }
  const struct vmx_selector selector = {.kind = VMX_SELECT_MAP, .row = wanted, .given = given};
  int status = rows_select(self, link->parent, &selector, arena, &found, err);
  if (status == 0) status = find_deleted(self, link, wanted, arena, &found, err);
  *keys = found.items;
  *count = found.count;
  return status;
}

/* ---- a pass ----------------------------------------------------------------------------------------- */

static int offer_log(struct vmx_store *store, struct vmx_upload *run,
                     const struct vmx_row_lookup *lookup, struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  const struct vmx_service *service = run->config.service;
  sqlite3_stmt *statement = log_plan(store, service, NULL, 0, run->limit_row_id, err);
  if (!statement) return VMX_CODE_STORE;
  bool row = true;
  int status = 0;
  while (status == 0 && (status = store_step(store, statement, &row, err)) == 0 && row) {
    struct vmx_log_entry entry;
    vmx_arena_clear(&arena);
    status = log_read_entry(service, statement, &arena, &entry, err);
    if (status == 0 && entry.object)
      status = vmx_hierarchy_offer(run->hierarchy, run, &entry, lookup, err);
  }
  sqlite3_reset(statement);
  return status;
}

/* What is still unsent becomes the next pass; nothing is sent of one that cannot be planned. */
static int begin_pass(struct vmx_store *store, struct vmx_upload *run, struct base_error *err) {
  const struct vmx_row_lookup lookup = {store, find_row, find_parents};
  vmx_hierarchy_begin(run->hierarchy);
  int status = offer_log(store, run, &lookup, err);
  return status == 0 ? vmx_hierarchy_plan(run->hierarchy, &lookup, err) : status;
}

/* ---- a request -------------------------------------------------------------------------------------- */

struct filling {
  struct vmx_store *store;
  struct vmx_upload *run;
  struct vmx_upload_batch *batch;
  struct vmx_arena arena; /* of one record */
  struct vmx_node *apart; /* nodes that go as roots, by `back`: what they stood under waits */
  unsigned base;          /* depth of the root that is being written */
  struct base_error *err;
};

/* *stands: the entry may be sent; else it waits, and what stands below it for the next pass. */
static int add_entry(struct filling *f, struct vmx_node *node, bool *stands) {
  const struct vmx_service *service = f->run->config.service;
  struct vmx_log_entry entry = {0};
  sqlite3_stmt *statement =
      log_plan(f->store, service, node->object, node->row_id - 1, node->row_id, f->err);
  if (!statement) return VMX_CODE_STORE;
  bool row;
  int status = store_step(f->store, statement, &row, f->err);
  if (status == 0 && row) status = log_read_entry(service, statement, &f->arena, &entry, f->err);
  sqlite3_reset(statement);
  if (status != 0 || !entry.object) return status;
  enum vmx_offer offer = vmx_upload_admit(f->run, &entry);
  entry.depth = node->depth - f->base;
  node->written = *stands = offer == VMX_OFFER_TAKEN;
  if (*stands && !vmx_upload_batch_add(f->batch, &entry)) offer = VMX_OFFER_NO_MEMORY;
  return offer == VMX_OFFER_NO_MEMORY ? store_no_memory(f->err) : 0;
}

/* HIE-02: a parent without an edit of its own. */
static int add_carrier(struct filling *f, const struct vmx_node *node, bool *stands) {
  struct store_row known;
  int status = known_row(f->store, node->object, node->key, &f->arena, &known, f->err);
  if (status != 0 || !known.found) return status;
  const struct vmx_log_entry carrier = {.row_id = VMX_CARRIER,
                                        .object = node->object,
                                        .key = node->key,
                                        .action = node->action,
                                        .marked = true,
                                        .row = known.row,
                                        .checksum = known.checksum,
                                        .depth = node->depth - f->base};
  *stands = vmx_upload_batch_add(f->batch, &carrier);
  return *stands ? 0 : store_no_memory(f->err);
}

/* W-34: it waits for a key that this pass makes later; its children do not have to. In their order. */
static void set_children_apart(struct filling *f, const struct vmx_node *node) {
  struct vmx_node **end = &f->apart;
  while (*end) end = &(*end)->back;
  for (struct vmx_node *child = node->children; child; child = child->next) {
    child->back = NULL;
    *end = child;
    end = &child->back;
  }
}

/* As deep as VMX_NESTING_MAX. */
static int add_tree(struct filling *f, struct vmx_node *node) {
  size_t edits = f->batch->count, carriers = f->batch->carrier_count;
  bool stands = false;
  vmx_arena_clear(&f->arena);
  if (vmx_node_waits(node)) {
    set_children_apart(f, node);
    return 0;
  }
  int status = node->row_id == VMX_CARRIER ? add_carrier(f, node, &stands)
                                           : add_entry(f, node, &stands);
  if (!stands) return status;
  for (struct vmx_node *child = node->children; child && status == 0; child = child->next)
    status = add_tree(f, child);
  if (f->batch->count == edits) f->batch->carrier_count = carriers; /* nothing is left to carry */
  return status;
}

/* A root, and what of its tree has to go apart from it. */
static int add_root(struct filling *f, struct vmx_node *root) {
  f->base = root->depth;
  int status = add_tree(f, root);
  while (f->apart && status == 0) {
    struct vmx_node *next = f->apart;
    f->apart = next->back;
    f->base = next->depth;
    status = add_tree(f, next);
  }
  return status;
}

/* The roots of the next request of this pass or, when it is over, of the next one; none: all is sent. */
static int next_roots(struct vmx_store *store, struct vmx_upload *run,
                      struct vmx_node *const **roots, size_t *count, struct base_error *err) {
  *count = vmx_hierarchy_take(run->hierarchy, run->config.batch_size, roots);
  if (*count > 0) return 0;
  int status = begin_pass(store, run, err);
  if (status == 0) *count = vmx_hierarchy_take(run->hierarchy, run->config.batch_size, roots);
  return status;
}

int store_plan_nested(struct vmx_store *store, struct vmx_upload *run,
                      struct vmx_upload_batch *batch, struct base_error *err) {
  struct filling filling = {.store = store, .run = run, .batch = batch, .err = err};
  struct vmx_node *const *roots;
  size_t count;
  int status;
  if (!run->hierarchy && !(run->hierarchy = vmx_hierarchy_new(run->config.service)))
    return store_no_memory(err);
  batch->nested = true;
  do {
    status = next_roots(store, run, &roots, &count, err);
    for (size_t i = 0; i < count && status == 0; i++) status = add_root(&filling, roots[i]);
  } while (status == 0 && count > 0 && batch->count == 0); /* all of them may have to wait */
  vmx_arena_done(&filling.arena);
  return status;
}
