/* The edit log and the remembered server copies. */
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "store/internal.h"

/* ---- copies ------------------------------------------------------------------------------------ */

static int copy_write(struct vmx_store *store, enum vmx_sql sql, const struct vmx_object *object,
                      const char *key, const struct vmx_value *row, const struct vmx_value *checksum,
                      struct base_error *err) {
  struct base_buf packed = BASE_BUF_INIT;
  if (row) vmx_row_pack(&packed, object, row);
  sqlite3_stmt *statement = packed.failed ? NULL : store_statement(store, sql, err);
  int status = VMX_CODE_STORE;
  if (packed.failed) status = store_no_memory(err);
  if (statement) {
    store_bind_texts(statement, 2, (const char *const[]){object->name, key});
    sqlite3_bind_int(statement, 3, row != NULL);
    store_bind_bytes(statement, 4, checksum ? checksum->text : NULL, checksum ? checksum->len : 0);
    store_bind_bytes(statement, 5, row ? packed.data : NULL, packed.len);
    status = store_run(store, statement, err);
  }
  base_buf_done(&packed);
  return status;
}

int copy_keep(struct vmx_store *store, const struct vmx_object *object, const char *key,
              const struct vmx_value *row, const char *checksum, struct base_error *err) {
  struct vmx_value text = {checksum, strlen(checksum)};
  return copy_write(store, SQL_COPY_KEEP, object, key, row, &text, err);
}

int copy_put(struct vmx_store *store, const struct vmx_object *object, const char *key,
             const struct vmx_value *row, const struct vmx_value *checksum,
             struct base_error *err) {
  return copy_write(store, SQL_COPY_PUT, object, key, row, checksum, err);
}

int copy_delete(struct vmx_store *store, const struct vmx_object *object, const char *key,
                struct base_error *err) {
  return store_run_texts(store, SQL_COPY_DELETE, 2, (const char *const[]){object->name, key}, err);
}

int copy_get(struct vmx_store *store, const struct vmx_object *object, const char *key,
             struct vmx_arena *arena, struct store_copy *out, struct base_error *err) {
  *out = (struct store_copy){0};
  sqlite3_stmt *statement = store_statement(store, SQL_COPY_FIND, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 2, (const char *const[]){object->name, key});
  struct vmx_value packed = {0};
  int status = store_step(store, statement, &out->kept, err);
  if (status != 0 || !out->kept) return status;
  bool present = sqlite3_column_int(statement, 0);
  bool read = store_column(statement, 1, arena, &out->checksum) &&
              store_column(statement, 2, arena, &packed);
  sqlite3_reset(statement);
  if (read && present && packed.text) {
    out->row = vmx_arena_array(arena, object->field_count, sizeof *out->row);
    read = out->row && vmx_row_unpack(object, packed.text, packed.len, arena, out->row);
  }
  return read ? 0 : store_no_memory(err);
}

/* ---- counters ---------------------------------------------------------------------------------- */

static int next_number(struct vmx_store *store, enum vmx_sql sql, const struct vmx_service *service,
                       int64_t *out, struct base_error *err) {
  sqlite3_stmt *statement = store_statement(store, sql, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 1, &service->name);
  bool row;
  int status = store_step(store, statement, &row, err);
  if (status != 0) return status;
  if (!row)
    return base_fail(err, VMX_CODE_STORE, "W-16", "service %s has no counters", service->name);
  *out = sqlite3_column_int64(statement, 0);
  return store_run(store, statement, err);
}

int log_temporary_key(struct vmx_store *store, const struct vmx_service *service, int64_t *out,
                      struct base_error *err) {
  return next_number(store, SQL_NEXT_TEMPORARY, service, out, err);
}

/* ---- references -------------------------------------------------------------------------------- */

/* Temporary keys are compared as numbers: "-1.0" is -1 (W-16). */
size_t log_reference(const struct vmx_value *value, char digits[STORE_DIGITS]) {
  int64_t number = 0;
  decimal_integer(value->text, value->len, &number);
  return (size_t)snprintf(digits, STORE_DIGITS, "%lld", (long long)number);
}

/* An entry whose foreign keys hold temporary keys is found again when those become real (W-34). */
static int add_references(struct vmx_store *store, const struct vmx_object *object, int64_t row_id,
                          const struct vmx_value *row, struct base_error *err) {
  const struct vmx_service *service = object->service;
  for (size_t i = 0; i < service->link_count; i++)
    for (size_t k = 0; service->links[i].child == object && k < service->links[i].count; k++) {
      const struct vmx_value *value = &row[service->links[i].child_fields[k]];
      if (!vmx_value_temporary(value)) continue;
      char digits[STORE_DIGITS];
      sqlite3_stmt *statement = store_statement(store, SQL_REFERENCE_ADD, err);
      if (!statement) return VMX_CODE_STORE;
      store_bind_texts(statement, 1, &service->name);
      sqlite3_bind_int64(statement, 2, row_id);
      store_bind_bytes(statement, 3, digits, log_reference(value, digits));
      int status = store_run(store, statement, err);
      if (status != 0) return status;
    }
  return 0;
}

static int delete_references(struct vmx_store *store, const struct vmx_service *service,
                             int64_t row_id, struct base_error *err) {
  sqlite3_stmt *statement = store_statement(store, SQL_REFERENCE_DELETE, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 1, &service->name);
  sqlite3_bind_int64(statement, 2, row_id);
  return store_run(store, statement, err);
}

/* ---- entries ----------------------------------------------------------------------------------- */

int log_write(struct vmx_store *store, const struct vmx_object *object, int64_t row_id,
              const char *key, const struct vmx_value *row, struct base_error *err) {
  struct base_buf packed = BASE_BUF_INIT;
  vmx_row_pack(&packed, object, row);
  sqlite3_stmt *statement = store_statement(store, SQL_LOG_WRITE, err);
  int status = packed.failed ? store_no_memory(err) : statement ? 0 : VMX_CODE_STORE;
  if (status == 0) {
    store_bind_texts(statement, 1, &object->service->name);
    sqlite3_bind_int64(statement, 2, row_id);
    store_bind_bytes(statement, 3, key, strlen(key));
    store_bind_bytes(statement, 4, packed.data, packed.len);
    status = store_run(store, statement, err);
  }
  base_buf_done(&packed);
  if (status == 0) status = delete_references(store, object->service, row_id, err);
  return status == 0 ? add_references(store, object, row_id, row, err) : status;
}

static int append(struct vmx_store *store, const struct log_edit *edit, struct base_error *err) {
  int64_t row_id = 0;
  int status = next_number(store, SQL_NEXT_ROW_ID, edit->object->service, &row_id, err);
  if (status != 0) return status;
  struct base_buf packed = BASE_BUF_INIT;
  vmx_row_pack(&packed, edit->object, edit->row);
  sqlite3_stmt *statement = store_statement(store, SQL_LOG_ADD, err);
  status = packed.failed ? store_no_memory(err) : statement ? 0 : VMX_CODE_STORE;
  if (status == 0) {
    store_bind_texts(statement, 1, &edit->object->service->name);
    sqlite3_bind_int64(statement, 2, row_id);
    store_bind_bytes(statement, 3, edit->object->name, strlen(edit->object->name));
    store_bind_bytes(statement, 4, edit->key, strlen(edit->key));
    sqlite3_bind_int(statement, 5, (int)edit->action);
    sqlite3_bind_int(statement, 6, edit->cascaded ? LOG_CASCADED : edit->marked);
    store_bind_bytes(statement, 7, packed.data, packed.len);
    status = store_run(store, statement, err);
  }
  base_buf_done(&packed);
  return status == 0 ? add_references(store, edit->object, row_id, edit->row, err) : status;
}

/* The entry that made the row which `row` names through `link`; 0: none is pending. */
static int parents_create(struct vmx_store *store, const struct vmx_link *link,
                          const struct vmx_value *row, int64_t *row_id, struct base_error *err) {
  struct base_buf key = BASE_BUF_INIT;
  *row_id = 0;
  vmx_link_parent_key(link, row, &key);
  sqlite3_stmt *statement = store_statement(store, SQL_LOG_OF_ROW, err);
  int status = key.failed ? store_no_memory(err) : statement ? 0 : VMX_CODE_STORE;
  if (status == 0) {
    bool found;
    store_bind_texts(statement, 2, (const char *const[]){link->parent->name, base_buf_string(&key)});
    status = store_step(store, statement, &found, err);
    if (status == 0 && found) *row_id = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
  }
  base_buf_done(&key);
  return status;
}

static bool names_temporary_key(const struct vmx_link *link, const struct vmx_value *row) {
  for (size_t i = 0; i < link->count; i++)
    if (vmx_value_temporary(&row[link->child_fields[i]])) return true;
  return false;
}

/* Does the edit name a row that is made behind the entry? The server knows a temporary key only after
 * the create that made it (W-34), so such an edit cannot take the entry's place (UPL-06). */
static int names_later_row(struct vmx_store *store, const struct log_edit *edit, int64_t row_id,
                           bool *later, struct base_error *err) {
  const struct vmx_service *service = edit->object->service;
  *later = false;
  for (size_t i = 0; !*later && i < service->link_count; i++) {
    const struct vmx_link *link = &service->links[i];
    int64_t made = 0;
    if (link->child != edit->object || !names_temporary_key(link, edit->row)) continue;
    int status = parents_create(store, link, edit->row, &made, err);
    if (status != 0) return status;
    *later = made > row_id;
  }
  return 0;
}

/* The row's last entry, when an update may be folded into it (UPL-05, W-33); 0: none. */
static int find_foldable(struct vmx_store *store, const struct log_edit *edit, int64_t *row_id,
                         struct base_error *err) {
  *row_id = 0;
  sqlite3_stmt *statement = store_statement(store, SQL_LOG_LAST, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 2, (const char *const[]){edit->object->name, edit->key});
  bool row, later = false;
  int status = store_step(store, statement, &row, err);
  if (status != 0 || !row) return status;
  bool deleted = sqlite3_column_int(statement, 1) == VMX_DELETE;
  bool marked = sqlite3_column_int(statement, 2), unsent = sqlite3_column_int(statement, 3);
  int64_t last = sqlite3_column_int64(statement, 0);
  sqlite3_reset(statement);
  if (deleted || !unsent || (marked && !edit->marked)) return 0;
  status = names_later_row(store, edit, last, &later, err);
  if (status == 0 && !later) *row_id = last;
  return status;
}

static int add(struct vmx_store *store, const struct log_edit *edit, struct base_error *err) {
  int64_t row_id = 0;
  int status = edit->fold && edit->action == VMX_UPDATE ? find_foldable(store, edit, &row_id, err)
                                                        : 0;
  if (status != 0) return status;
  if (row_id != 0) return log_write(store, edit->object, row_id, edit->key, edit->row, err);
  return append(store, edit, err);
}

int log_track(struct vmx_store *store, const struct log_edit *edit, const struct store_row *before,
              struct base_error *err) {
  int status = copy_keep(store, edit->object, edit->key, before->found ? before->row : NULL,
                         before->checksum, err);
  return status == 0 ? add(store, edit, err) : status;
}

int log_remove(struct vmx_store *store, const struct vmx_object *object, int64_t row_id,
               struct base_error *err) {
  int status = delete_references(store, object->service, row_id, err);
  sqlite3_stmt *statement = status == 0 ? store_statement(store, SQL_LOG_REMOVE, err) : NULL;
  if (!statement) return status ? status : VMX_CODE_STORE;
  store_bind_texts(statement, 1, &object->service->name);
  sqlite3_bind_int64(statement, 2, row_id);
  return store_run(store, statement, err);
}

int log_pending(struct vmx_store *store, const struct vmx_object *object, const char *key,
                bool *pending, struct base_error *err) {
  sqlite3_stmt *statement = store_statement(store, SQL_LOG_PENDING, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 2, (const char *const[]){object->name, key});
  int status = store_step(store, statement, pending, err);
  sqlite3_reset(statement);
  return status;
}

static bool may_have_references(const struct vmx_object *object) {
  for (size_t i = 0; i < object->service->link_count; i++)
    if (object->service->links[i].child == object) return true;
  return false;
}

static int delete_references_of_row(struct vmx_store *store, const struct vmx_object *object,
                                    const char *key, int64_t row_id, struct base_error *err) {
  sqlite3_stmt *statement = store_statement(store, SQL_LOG_OF_ROW, err);
  if (!statement) return VMX_CODE_STORE;
  store_bind_texts(statement, 2, (const char *const[]){object->name, key});
  bool row = true;
  int status = 0;
  while (status == 0 && (status = store_step(store, statement, &row, err)) == 0 && row)
    if (sqlite3_column_int64(statement, 0) <= row_id)
      status = delete_references(store, object->service, sqlite3_column_int64(statement, 0), err);
  sqlite3_reset(statement);
  return status;
}

int log_delete(struct vmx_store *store, const struct vmx_object *object, const char *key,
               int64_t row_id, struct base_error *err) {
  int status = may_have_references(object)
                   ? delete_references_of_row(store, object, key, row_id, err)
                   : 0;
  sqlite3_stmt *statement = status == 0 ? store_statement(store, SQL_LOG_DELETE, err) : NULL;
  if (!statement) return status ? status : VMX_CODE_STORE;
  store_bind_texts(statement, 2, (const char *const[]){object->name, key});
  sqlite3_bind_int64(statement, 3, row_id);
  return store_run(store, statement, err);
}
