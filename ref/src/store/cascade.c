/*
 * Deleting a row with all that is below it (LOC-06, W-50).
 *
 * Always true: children of a row whose relationship cascades go with it. Their deletes are uploaded, unless
 * the server cascades itself: then an entry of the log that is never sent (LOG_CASCADED) stands for the
 * child, until the parent's delete was answered or undone. So rollback brings the child back, and what
 * a download says of it meanwhile changes the remembered copy alone.
 */
#include <string.h>

#include "store/internal.h"

/* ---- deleting ------------------------------------------------------------------------------------ */

enum fate { FATE_UNTRACKED, FATE_TRACKED, FATE_CASCADED };

/* A row that was deleted. They are found level by level, downwards. */
struct doomed {
  struct doomed *before, *behind;
  size_t level;
  const struct vmx_object *object;
  const char *key;
  struct store_row row;
  enum fate fate;
};

struct felling {
  struct vmx_store *store;
  struct vmx_arena *arena;
  struct doomed *last;
  struct base_error *err;
};

/* A row that an ancestor's cascade took already is not there: cycles end here. */
static int doom(struct felling *f, const struct vmx_object *object, const char *key, size_t level,
                enum fate fate) {
  struct doomed *doomed = vmx_arena_alloc(f->arena, sizeof *doomed);
  if (!doomed) return store_no_memory(f->err);
  *doomed = (struct doomed){
      .before = f->last, .level = level, .object = object, .key = key, .fate = fate};
  int status = rows_get(f->store, object, key, f->arena, &doomed->row, f->err);
  if (status != 0 || !doomed->row.found) return status;
  status = rows_delete(f->store, object, key, f->err);
  if (f->last) f->last->behind = doomed;
  f->last = doomed;
  return status;
}

static enum fate childs_fate(enum fate parent, const struct vmx_link *link) {
  if (parent == FATE_UNTRACKED) return FATE_UNTRACKED;
  return link->backend_cascade_support ? FATE_CASCADED : FATE_TRACKED;
}

static int doom_children(struct felling *f, const struct doomed *parent) {
  const struct vmx_service *service = parent->object->service;
  for (size_t i = 0; i < service->link_count; i++) {
    const struct vmx_link *link = &service->links[i];
    if (link->parent != parent->object || !link->cascade) continue;
    struct store_keys keys;
    int status = rows_children(f->store, link, parent->row.row, f->arena, &keys, f->err);
    for (size_t k = 0; status == 0 && k < keys.count; k++)
      status = doom(f, link->child, keys.items[k], parent->level + 1,
                    childs_fate(parent->fate, link));
    if (status != 0) return status;
  }
  return 0;
}

static int log_one(const struct felling *f, const struct doomed *doomed, bool marked) {
  const struct log_edit edit = {.object = doomed->object,
                                .key = doomed->key,
                                .action = VMX_DELETE,
                                .row = doomed->row.row,
                                .marked = marked,
                                .cascaded = doomed->fate == FATE_CASCADED};
  if (doomed->fate == FATE_UNTRACKED) return 0;
  return log_track(f->store, &edit, &doomed->row, f->err);
}

/* The lowest level first, so that the server never meets an orphan; within a level by key. */
static int log_all(const struct felling *f, bool marked) {
  int status = 0;
  for (const struct doomed *last = f->last, *first; status == 0 && last; last = first->before) {
    first = last;
    while (first->before && first->before->level == last->level) first = first->before;
    const struct doomed *end = last->behind;
    for (const struct doomed *d = first; status == 0 && d != end; d = d->behind)
      status = log_one(f, d, marked);
  }
  return status;
}

int cascade_delete(struct vmx_store *store, const struct vmx_object *object, const char *key,
                   const struct vmx_local_options *options, struct vmx_arena *arena,
                   struct base_error *err) {
  struct felling f = {store, arena, NULL, err};
  int status = doom(&f, object, key, 0, options->track_changes ? FATE_TRACKED : FATE_UNTRACKED);
  for (const struct doomed *d = f.last; status == 0 && d; d = d->behind)
    status = doom_children(&f, d);
  return status == 0 ? log_all(&f, options->mark_for_upload) : status;
}

/* ---- the end of a parent's delete ---------------------------------------------------------------- */

/* A child that waits for its parent's end. */
struct waiting {
  struct waiting *behind;
  const struct vmx_object *object;
  int64_t row_id;
  const char *key;
  struct vmx_value *row; /* as it was before it was deleted */
};

struct settling {
  struct vmx_store *store;
  struct vmx_arena *arena;
  struct waiting **end;
  struct base_error *err;
};

static bool is_child(const struct vmx_link *link, const struct vmx_value *child,
                     const struct vmx_value *parent) {
  for (size_t i = 0; i < link->count; i++) {
    const struct vmx_value *value = &child[link->child_fields[i]];
    if (!value->text || !vmx_value_equal(link->child->fields[link->child_fields[i]].datatype, value,
                                         &parent[link->parent_fields[i]]))
      return false;
  }
  return true;
}

static int add_if_child(struct settling *s, const struct vmx_link *link,
                        const struct vmx_value *parent, sqlite3_stmt *statement) {
  struct vmx_value key, packed;
  struct waiting *waiting = vmx_arena_alloc(s->arena, sizeof *waiting);
  struct vmx_value *row = vmx_arena_array(s->arena, link->child->field_count, sizeof *row);
  if (!waiting || !row || !store_column(statement, 1, s->arena, &key) ||
      !store_column(statement, 2, s->arena, &packed) ||
      !vmx_row_unpack(link->child, packed.text, packed.len, s->arena, row))
    return store_no_memory(s->err);
  if (!is_child(link, row, parent)) return 0;
  *waiting = (struct waiting){NULL, link->child, sqlite3_column_int64(statement, 0), key.text, row};
  *s->end = waiting;
  s->end = &waiting->behind;
  return 0;
}

static int find_waiting(struct settling *s, const struct vmx_object *object,
                        const struct vmx_value *row) {
  const struct vmx_service *service = object->service;
  int status = 0;
  for (size_t i = 0; status == 0 && i < service->link_count; i++) {
    const struct vmx_link *link = &service->links[i];
    if (link->parent != object || !link->cascade || !link->backend_cascade_support) continue;
    sqlite3_stmt *statement = store_statement(s->store, SQL_LOG_CASCADED, s->err);
    if (!statement) return VMX_CODE_STORE;
    store_bind_texts(statement, 1, &link->child->name);
    bool found = true;
    while (status == 0 && (status = store_step(s->store, statement, &found, s->err)) == 0 && found)
      status = add_if_child(s, link, row, statement);
    sqlite3_reset(statement);
  }
  return status;
}

/* The row as the application last saw it, or, with no edit left, as the server last told it. */
static int bring_back(struct settling *s, const struct waiting *waiting, bool pending) {
  const struct vmx_object *object = waiting->object;
  struct store_row now;
  struct store_copy copy;
  int status = rows_get(s->store, object, waiting->key, s->arena, &now, s->err);
  if (status == 0) status = copy_get(s->store, object, waiting->key, s->arena, &copy, s->err);
  if (status != 0 || now.found) return status; /* it was created anew since */
  const struct vmx_value *row = pending ? waiting->row : copy.row;
  return row ? rows_put(s->store, object, waiting->key, row, &copy.checksum, false, s->err) : 0;
}

static int settle(struct settling *s, const struct waiting *waiting, bool deleted) {
  bool pending = false;
  int status = log_remove(s->store, waiting->object, waiting->row_id, s->err);
  if (status == 0) status = log_pending(s->store, waiting->object, waiting->key, &pending, s->err);
  if (status == 0 && !deleted) status = bring_back(s, waiting, pending);
  if (status != 0 || pending) return status;
  return copy_delete(s->store, waiting->object, waiting->key, s->err);
}

static int settle_children(struct vmx_store *store, const struct vmx_object *object,
                           const struct vmx_value *row, bool deleted, struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  struct waiting *first = NULL;
  struct settling s = {store, &arena, &first, err};
  int status = find_waiting(&s, object, row);
  for (const struct waiting *w = first; status == 0 && w; w = w->behind) {
    status = settle(&s, w, deleted);
    if (status == 0) status = find_waiting(&s, w->object, w->row);
  }
  return status;
}

/* ---- deletes in the log --------------------------------------------------------------------------- */

/* Are the rows of this object such that the server deletes others with them? Nearly none are. */
static bool cascades(const struct vmx_object *object) {
  const struct vmx_service *service = object->service;
  for (size_t i = 0; i < service->link_count; i++)
    if (service->links[i].parent == object && service->links[i].cascade &&
        service->links[i].backend_cascade_support)
      return true;
  return false;
}

/* A delete that is still in the log, and the row as it was. */
struct logged {
  struct logged *next;
  struct vmx_value *row;
  int64_t row_id;
};

static int add_logged(const struct vmx_object *object, sqlite3_stmt *statement,
                      struct vmx_arena *arena, struct logged **list, struct base_error *err) {
  struct vmx_value packed;
  struct logged *item = vmx_arena_alloc(arena, sizeof *item);
  struct vmx_value *row = vmx_arena_array(arena, object->field_count, sizeof *row);
  if (!item || !row || !store_column(statement, 0, arena, &packed) ||
      !vmx_row_unpack(object, packed.text, packed.len, arena, row))
    return store_no_memory(err);
  *item = (struct logged){*list, row, sqlite3_column_int64(statement, 1)};
  *list = item;
  return 0;
}

/* Those up to `row_id`, the first one first. */
static int read_deletes(struct vmx_store *store, const struct vmx_object *object, const char *key,
                        int64_t row_id, struct vmx_arena *arena, struct logged **out,
                        struct base_error *err) {
  sqlite3_stmt *statement = store_statement(store, SQL_LOG_DELETED, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 2, (const char *const[]){object->name, key});
  sqlite3_bind_int(statement, 3, VMX_DELETE);
  sqlite3_bind_int64(statement, 4, row_id);
  bool found = true;
  int status = 0;
  *out = NULL;
  while (status == 0 && (status = store_step(store, statement, &found, err)) == 0 && found)
    status = add_logged(object, statement, arena, out, err);
  sqlite3_reset(statement);
  return status;
}

int cascade_settle(struct vmx_store *store, const struct vmx_object *object, const char *key,
                   const struct cascade_end *end, struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  struct logged *deletes = NULL;
  if (!cascades(object)) return 0;
  int status = read_deletes(store, object, key, end->row_id, &arena, &deletes, err);
  for (; status == 0 && deletes; deletes = deletes->next) {
    bool deleted = deletes->row_id == end->row_id ? end->deleted : !end->refused;
    status = settle_children(store, object, deletes->row, deleted, err);
  }
  return status;
}

int cascade_undo(struct vmx_store *store, const struct vmx_object *object, const char *key,
                 struct base_error *err) {
  const struct cascade_end undone = {.row_id = INT64_MAX, .refused = true};
  return cascade_settle(store, object, key, &undone, err);
}
