/*
 * A temporary key becomes the server's: the row, its log entries, its remembered copy, and the
 * foreign keys of its children in rows and log; children whose own key holds it follow in turn. A row
 * that stands under the new key already becomes one with it, and no edit of either is lost.
 * So an edit made after a time-out follows its replay under the generated key (UPC-05, UPL-06).
 * All inside the transaction of the caller.
 */
#include <string.h>

#include "store/internal.h"

/* One log entry, read before anything is written. */
struct entry {
  int64_t row_id;
  const char *key;
  struct vmx_value *row;
};

struct entries {
  struct entry *items;
  size_t count, capacity;
};

static int add_entry(struct entries *list, const struct vmx_object *object, struct vmx_arena *arena,
                     sqlite3_stmt *statement, int key_column, int row_column,
                     struct base_error *err) {
  struct vmx_value key = {0}, packed;
  if (list->count == list->capacity) {
    size_t capacity = list->capacity ? list->capacity * 2 : 16;
    struct entry *items = vmx_arena_array(arena, capacity, sizeof *items);
    if (!items) return store_no_memory(err);
    if (list->count) memcpy(items, list->items, list->count * sizeof *items);
    list->items = items;
    list->capacity = capacity;
  }
  struct entry *entry = &list->items[list->count];
  entry->row_id = sqlite3_column_int64(statement, 0);
  entry->row = vmx_arena_array(arena, object->field_count, sizeof *entry->row);
  if (!entry->row || !store_column(statement, row_column, arena, &packed) ||
      (key_column >= 0 && !store_column(statement, key_column, arena, &key)))
    return store_no_memory(err);
  entry->key = key.text;
  if (!packed.text || !vmx_row_unpack(object, packed.text, packed.len, arena, entry->row))
    return base_fail(err, VMX_CODE_STORE, "LOC-02", "log entry %lld of %s cannot be read",
                     (long long)entry->row_id, object->name);
  list->count++;
  return 0;
}

static int entries_of_row(struct vmx_store *store, const struct vmx_object *object, const char *key,
                          struct vmx_arena *arena, struct entries *out, struct base_error *err) {
  sqlite3_stmt *statement = store_statement(store, SQL_LOG_OF_ROW, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 2, (const char *const[]){object->name, key});
  bool row = true;
  int status = 0;
  while (status == 0 && (status = store_step(store, statement, &row, err)) == 0 && row)
    status = add_entry(out, object, arena, statement, -1, 1, err);
  sqlite3_reset(statement);
  return status;
}

/* Entries of the link's child that hold `value` somewhere in a foreign key. */
static int entries_referring(struct vmx_store *store, const struct vmx_object *child,
                             const struct vmx_value *value, struct vmx_arena *arena,
                             struct entries *out, struct base_error *err) {
  char digits[STORE_DIGITS];
  sqlite3_stmt *statement = store_statement(store, SQL_REFERENCE_FIND, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 1, &child->service->name);
  store_bind_bytes(statement, 2, digits, log_reference(value, digits));
  store_bind_bytes(statement, 3, child->name, strlen(child->name));
  bool row = true;
  int status = 0;
  while (status == 0 && (status = store_step(store, statement, &row, err)) == 0 && row)
    status = add_entry(out, child, arena, statement, 1, 2, err);
  sqlite3_reset(statement);
  return status;
}

/* ---- the row itself ---------------------------------------------------------------------------- */

static void set_key(const struct vmx_object *object, struct vmx_value *row,
                    const struct vmx_value *after) {
  for (size_t i = 0; i < object->key_count; i++) row[object->key[i]] = after[object->key[i]];
}

static int move_row(struct vmx_store *store, const struct vmx_object *object, const char *old_key,
                    const char *new_key, const struct vmx_value *after, struct vmx_arena *arena,
                    struct base_error *err) {
  struct store_row row;
  int status = rows_get(store, object, old_key, arena, &row, err);
  if (status != 0 || !row.found) return status;
  set_key(object, row.row, after);
  struct vmx_value checksum = {row.checksum, strlen(row.checksum)};
  status = rows_delete(store, object, old_key, err);
  return status == 0 ? rows_put(store, object, new_key, row.row, &checksum, false, err) : status;
}

static int move_log(struct vmx_store *store, const struct vmx_object *object, const char *old_key,
                    const char *new_key, const struct vmx_value *after, struct vmx_arena *arena,
                    struct base_error *err) {
  struct entries entries = {0};
  int status = entries_of_row(store, object, old_key, arena, &entries, err);
  for (size_t i = 0; status == 0 && i < entries.count; i++) {
    set_key(object, entries.items[i].row, after);
    status = log_write(store, object, entries.items[i].row_id, new_key, entries.items[i].row, err);
  }
  return status;
}

/* A copy that stands under the new key already is the server's: it stays. */
static int move_copy(struct vmx_store *store, const struct vmx_object *object, const char *old_key,
                     const char *new_key, const struct vmx_value *after, struct vmx_arena *arena,
                     struct base_error *err) {
  struct store_copy copy;
  int status = copy_get(store, object, old_key, arena, &copy, err);
  if (status != 0 || !copy.kept) return status;
  if (copy.row) set_key(object, copy.row, after);
  status = copy_delete(store, object, old_key, err);
  return status == 0 ? copy_keep(store, object, new_key, copy.row,
                                 copy.checksum.text ? copy.checksum.text : "", err)
                     : status;
}

/* ---- a row that stands under the new key already ------------------------------------------------- */

/* The server gave a created row the key of a row that is here: now both are one row, with the edits
 * of both. What the server had is remembered before the edits meet (UPL-12). */
static int keep_standing(struct vmx_store *store, const struct vmx_object *object,
                         const char *old_key, const char *new_key, struct vmx_arena *arena,
                         bool *standing, struct base_error *err) {
  bool edited = false, moves = false;
  struct store_row row = {0}, moved = {0};
  int status = log_pending(store, object, old_key, &moves, err);
  if (status == 0) status = log_pending(store, object, new_key, &edited, err);
  if (status == 0) status = rows_get(store, object, new_key, arena, &row, err);
  if (status == 0) status = rows_get(store, object, old_key, arena, &moved, err);
  if (status != 0) return status;
  *standing = edited && (moves || moved.found);
  if (!moves || edited || !row.found) return 0;
  return copy_keep(store, object, new_key, row.row, row.checksum, err);
}

static int last_action(struct vmx_store *store, const struct vmx_object *object, const char *key,
                       enum vmx_action *action, struct base_error *err) {
  sqlite3_stmt *statement = store_statement(store, SQL_LOG_LAST, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 2, (const char *const[]){object->name, key});
  bool row;
  int status = store_step(store, statement, &row, err);
  if (status == 0 && row) *action = (enum vmx_action)sqlite3_column_int(statement, 1);
  sqlite3_reset(statement);
  return status;
}

/* The application reads what the last of all edits says. */
static int show_last_edit(struct vmx_store *store, const struct vmx_object *object,
                          const char *key, struct vmx_arena *arena, struct base_error *err) {
  struct entries entries = {0};
  enum vmx_action action = VMX_UPDATE;
  int status = entries_of_row(store, object, key, arena, &entries, err);
  if (status == 0) status = last_action(store, object, key, &action, err);
  if (status != 0 || entries.count == 0) return status;
  if (action == VMX_DELETE) return rows_delete(store, object, key, err);
  return rows_put(store, object, key, entries.items[entries.count - 1].row, NULL, false, err);
}

/* ---- children ---------------------------------------------------------------------------------- */

static bool refers(const struct vmx_link *link, const struct vmx_value *child,
                   const struct vmx_value *parent) {
  for (size_t i = 0; i < link->count; i++)
    if (!vmx_value_equal(link->child->fields[link->child_fields[i]].datatype,
                         &child[link->child_fields[i]], &parent[link->parent_fields[i]]))
      return false;
  return true;
}

static void set_foreign_key(const struct vmx_link *link, struct vmx_value *child,
                            const struct vmx_value *parent) {
  for (size_t i = 0; i < link->count; i++)
    child[link->child_fields[i]] = parent[link->parent_fields[i]];
}

static bool touches_key(const struct vmx_link *link) {
  for (size_t i = 0; i < link->count; i++)
    if (link->child->fields[link->child_fields[i]].key) return true;
  return false;
}

static int follow_row(struct vmx_store *store, const struct vmx_link *link, const char *key,
                      const struct vmx_value *after, struct vmx_arena *arena,
                      struct base_error *err) {
  const struct vmx_object *child = link->child;
  struct store_row row;
  int status = rows_get(store, child, key, arena, &row, err);
  if (status != 0 || !row.found) return status;
  struct vmx_value *before = vmx_arena_array(arena, child->field_count, sizeof *before);
  if (!before) return store_no_memory(err);
  memcpy(before, row.row, child->field_count * sizeof *before);
  set_foreign_key(link, row.row, after);
  status = rows_put(store, child, key, row.row, NULL, false, err);
  if (status != 0 || !touches_key(link)) return status;
  return store_rekey(store, child, key, before, row.row, err);
}

/* Log entries whose row is gone locally, or that were made before the row's last edit. */
static int follow_log(struct vmx_store *store, const struct vmx_link *link,
                      const struct vmx_value *before, const struct vmx_value *after,
                      struct vmx_arena *arena, struct base_error *err) {
  struct entries entries = {0};
  const struct vmx_value *named = NULL;
  for (size_t i = 0; i < link->count && !named; i++)
    if (vmx_value_temporary(&before[link->parent_fields[i]]))
      named = &before[link->parent_fields[i]];
  int status = named ? entries_referring(store, link->child, named, arena, &entries, err) : 0;
  for (size_t i = 0; status == 0 && i < entries.count; i++) {
    struct entry *entry = &entries.items[i];
    if (!refers(link, entry->row, before)) continue;
    struct vmx_value *old = vmx_arena_array(arena, link->child->field_count, sizeof *old);
    if (!old) return store_no_memory(err);
    memcpy(old, entry->row, link->child->field_count * sizeof *old);
    set_foreign_key(link, entry->row, after);
    status = log_write(store, link->child, entry->row_id, entry->key, entry->row, err);
    if (status == 0 && touches_key(link))
      status = store_rekey(store, link->child, entry->key, old, entry->row, err);
  }
  return status;
}

static int follow(struct vmx_store *store, const struct vmx_link *link,
                  const struct vmx_value *before, const struct vmx_value *after,
                  struct vmx_arena *arena, struct base_error *err) {
  struct store_keys keys;
  int status = rows_children(store, link, before, arena, &keys, err);
  for (size_t i = 0; status == 0 && i < keys.count; i++)
    status = follow_row(store, link, keys.items[i], after, arena, err);
  return status == 0 ? follow_log(store, link, before, after, arena, err) : status;
}

static bool parent_changes(const struct vmx_link *link, const struct vmx_value *before,
                           const struct vmx_value *after) {
  for (size_t i = 0; i < link->count; i++) {
    size_t field = link->parent_fields[i];
    if (link->parent->fields[field].key && before[field].text &&
        !vmx_value_equal(link->parent->fields[field].datatype, &before[field], &after[field]))
      return true;
  }
  return false;
}

int store_rekey(struct vmx_store *store, const struct vmx_object *object, const char *old_key,
                const struct vmx_value *before, const struct vmx_value *after,
                struct base_error *err) {
  CLEANUP(arena_cleanup) struct vmx_arena arena = {0};
  const char *new_key;
  int status = rows_key_copy(store, object, after, &arena, &new_key, err);
  if (status != 0) return status;
  if (strcmp(old_key, new_key) == 0) return 0;
  /* Children see the whole parent row: key columns of `after`, the others of `before`. */
  struct vmx_value *whole = vmx_arena_array(&arena, object->field_count, sizeof *whole);
  if (!whole) return store_no_memory(err);
  memcpy(whole, before, object->field_count * sizeof *whole);
  set_key(object, whole, after);
  bool standing = false;
  status = keep_standing(store, object, old_key, new_key, &arena, &standing, err);
  if (status == 0) status = move_row(store, object, old_key, new_key, after, &arena, err);
  if (status == 0) status = move_log(store, object, old_key, new_key, after, &arena, err);
  if (status == 0) status = move_copy(store, object, old_key, new_key, after, &arena, err);
  if (status == 0 && standing) status = show_last_edit(store, object, new_key, &arena, err);
  for (size_t i = 0; status == 0 && i < object->service->link_count; i++) {
    const struct vmx_link *link = &object->service->links[i];
    if (link->parent == object && parent_changes(link, before, whole))
      status = follow(store, link, before, whole, &arena, err);
  }
  return status;
}
