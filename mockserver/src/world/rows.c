#include "world/rows.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/decimal.h"
#include "world/world.h"

enum statement { FIND, PUT, EACH, STATE, BEGIN, COMMIT };

static const char SCHEMA[] = "CREATE TABLE row(object INTEGER, key BLOB, revision INTEGER, created INTEGER,"
                             " deleted INTEGER, record TEXT, PRIMARY KEY(object, key)) WITHOUT ROWID;";

static const char *const SQL[ROWS_STATEMENTS] = {
    [FIND] = "SELECT record, revision, created, deleted FROM row WHERE object = ?1 AND key = ?2",
    [PUT] = "INSERT INTO row VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET"
            " revision = ?3, created = ?4, deleted = ?5, record = ?6",
    [EACH] = "SELECT record, revision, created, deleted FROM row"
             " WHERE object = ?1 AND key > ?2 AND revision > ?3 ORDER BY key",
    [STATE] = "SELECT created, deleted FROM row WHERE object = ?1 AND key = ?2",
    [BEGIN] = "BEGIN",
    [COMMIT] = "COMMIT",
};

static int database_error(struct mock_world *world, struct base_error *err) {
  return base_fail(err, ROWS_ERR_DATABASE, "", "the world's database: %s", sqlite3_errmsg(world->db));
}

int rows_open(struct mock_world *world, struct base_error *err) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(":memory:", &world->db, flags, NULL) != SQLITE_OK ||
      sqlite3_exec(world->db, SCHEMA, NULL, NULL, NULL) != SQLITE_OK)
    return database_error(world, err);
  for (int i = 0; i < ROWS_STATEMENTS; i++)
    if (sqlite3_prepare_v2(world->db, SQL[i], -1, &world->statements[i], NULL) != SQLITE_OK)
      return database_error(world, err);
  return 0;
}

void rows_close(struct mock_world *world) {
  for (int i = 0; i < ROWS_STATEMENTS; i++) sqlite3_finalize(world->statements[i]);
  sqlite3_close(world->db);
}

void row_done(struct row *row) {
  cJSON_Delete(row->record);
  base_buf_done(&row->text);
  *row = (struct row){0};
}

/* ---- records ---- */

cJSON *rows_record(const struct model_object *object, const cJSON *given, const cJSON *base) {
  cJSON *record = cJSON_CreateObject();
  for (size_t i = 0; i < object->field_count; i++) {
    const struct model_field *field = &object->fields[i];
    const cJSON *value = json_find(given, field->name);
    if (!value) value = json_find(base, field->name);
    cJSON_AddItemToObject(record, field->name, value_normal(value, field->type));
  }
  return record;
}

/* Records mostly have their columns in the model's order: `*next` is where the search begins. */
static const cJSON *find_column(const cJSON *record, const cJSON **next, const char *name) {
  const cJSON *column = *next && strcmp((*next)->string, name) == 0 ? *next : json_find(record, name);
  if (column) *next = column->next;
  return column;
}

void rows_write(const struct model_object *object, const cJSON *given, const cJSON *base, const cJSON *binary,
                struct base_buf *text) {
  const cJSON *next = given ? given->child : NULL;
  for (size_t i = 0; i < object->field_count; i++) {
    const struct model_field *field = &object->fields[i];
    const cJSON *value = field->type == TYPE_BINARY ? json_find(binary, field->name) : NULL;
    if (!value) value = find_column(given, &next, field->name);
    if (!value) value = json_find(base, field->name);
    base_buf_char(text, i > 0 ? ',' : '{');
    json_quote(text, field->name, strlen(field->name));
    base_buf_char(text, ':');
    value_write(value, field->type, text);
  }
  base_buf_text(text, object->field_count > 0 ? "}" : "{}");
}

bool rows_key(const struct model_object *object, const cJSON *record, struct base_buf *key) {
  base_buf_clear(key);
  for (size_t i = 0; i < object->key_count; i++) {
    const struct model_field *field = &object->fields[object->keys[i]];
    const cJSON *value = json_find(record, field->name);
    if (!value || !key_append(key, value, field->type)) return false;
  }
  return true;
}

/* Keys that a scenario inserts by hand push the counter on, so that a generated one is always new. */
static void remember_generated(struct model_object *object, const cJSON *record) {
  char scratch[32];
  int64_t number;
  for (size_t i = 0; i < object->key_count; i++) {
    const struct model_field *field = &object->fields[object->keys[i]];
    const char *digits = field->generated ? value_digits(json_find(record, field->name), scratch) : NULL;
    if (digits && decimal_integer(digits, strlen(digits), &number) && number > object->last_generated)
      object->last_generated = number;
  }
}

int64_t rows_next_key(struct model_object *object) {
  return ++object->last_generated;
}

void rows_generate(struct model_object *object, cJSON *record) {
  for (size_t i = 0; i < object->key_count; i++) {
    const struct model_field *field = &object->fields[object->keys[i]];
    const cJSON *value = json_find(record, field->name);
    if (!field->generated || (value && !cJSON_IsNull(value))) continue;
    cJSON_DeleteItemFromObjectCaseSensitive(record, field->name);
    cJSON_AddItemToObject(record, field->name, json_create_integer(rows_next_key(object)));
  }
}

/* ---- statements ---- */

static void bind_key(sqlite3_stmt *statement, const struct model_object *object, const struct base_buf *key) {
  sqlite3_bind_int64(statement, 1, object->id);
  if (key && key->len) sqlite3_bind_blob(statement, 2, key->data, (int)key->len, SQLITE_STATIC);
  else sqlite3_bind_zeroblob(statement, 2, 0);
}

static void read_state(sqlite3_stmt *statement, struct row *out) {
  *out = (struct row){.revision = (uint64_t)sqlite3_column_int64(statement, 1),
                      .created = (uint64_t)sqlite3_column_int64(statement, 2),
                      .deleted = sqlite3_column_int(statement, 3) != 0};
}

static void read_row(sqlite3_stmt *statement, struct row *out) {
  const char *text = (const char *)sqlite3_column_text(statement, 0);
  size_t len = (size_t)sqlite3_column_bytes(statement, 0);
  read_state(statement, out);
  json_parse(text, len, JSON_LAST_COUNTS, &out->record, NULL);
}

const cJSON *row_record(struct row *row) {
  if (!row->record && row->text.len > 0) json_parse(row->text.data, row->text.len, JSON_LAST_COUNTS, &row->record, NULL);
  return row->record;
}

static void reset_statement(sqlite3_stmt *statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
}

bool rows_find(struct mock_world *world, const struct model_object *object, const struct base_buf *key,
               struct row *out) {
  sqlite3_stmt *statement = world->statements[FIND];
  bind_key(statement, object, key);
  bool found = sqlite3_step(statement) == SQLITE_ROW;
  if (found) read_row(statement, out);
  reset_statement(statement);
  return found;
}

bool rows_look(struct mock_world *world, const struct model_object *object, const struct base_buf *key,
               struct row *out) {
  sqlite3_stmt *statement = world->statements[FIND];
  bind_key(statement, object, key);
  bool found = sqlite3_step(statement) == SQLITE_ROW;
  if (found) {
    read_state(statement, out);
    base_buf_append(&out->text, sqlite3_column_text(statement, 0), (size_t)sqlite3_column_bytes(statement, 0));
  }
  reset_statement(statement);
  return found;
}

static int write_row(struct mock_world *world, struct model_object *object, const struct base_buf *key,
                     const struct base_buf *text, uint64_t created, bool deleted, struct base_error *err) {
  if (text->failed) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  sqlite3_stmt *statement = world->statements[PUT];
  uint64_t revision = object->service->revision + 1;
  bind_key(statement, object, key);
  sqlite3_bind_int64(statement, 3, (sqlite3_int64)revision);
  sqlite3_bind_int64(statement, 4, (sqlite3_int64)(created ? created : revision));
  sqlite3_bind_int(statement, 5, deleted);
  sqlite3_bind_text(statement, 6, base_buf_string(text), (int)text->len, SQLITE_STATIC);
  int status = sqlite3_step(statement) == SQLITE_DONE ? 0 : database_error(world, err);
  reset_statement(statement);
  if (status == 0) object->service->revision = revision;
  return status;
}

/* That of a living row; 0 where there is none. */
static uint64_t created_revision(struct mock_world *world, const struct model_object *object, const struct base_buf *key) {
  sqlite3_stmt *statement = world->statements[STATE];
  bind_key(statement, object, key);
  bool living = sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 1) == 0;
  uint64_t created = living ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
  reset_statement(statement);
  return created;
}

static void run_alone(struct mock_world *world, enum statement which) {
  sqlite3_step(world->statements[which]);
  sqlite3_reset(world->statements[which]);
}

void rows_begin(struct mock_world *world) {
  run_alone(world, BEGIN);
}

void rows_commit(struct mock_world *world) {
  run_alone(world, COMMIT);
}

int rows_put(struct mock_world *world, struct model_object *object, const cJSON *record, struct base_error *err) {
  CLEANUP(base_buf_done) struct base_buf key = BASE_BUF_INIT, text = BASE_BUF_INIT;
  if (!rows_key(object, record, &key))
    return base_fail(err, ROWS_ERR_KEY, "W-16", "object %.60s: the row has no value in a key column", object->name);
  remember_generated(object, record);
  json_append(&text, record);
  return write_row(world, object, &key, &text, created_revision(world, object, &key), false, err);
}

int rows_put_text(struct mock_world *world, struct model_object *object, const struct base_buf *key, const cJSON *keys,
                  const struct row *old, const struct base_buf *text, struct base_error *err) {
  remember_generated(object, keys);
  return write_row(world, object, key, text, old->deleted ? 0 : old->created, false, err);
}

int rows_delete(struct mock_world *world, struct model_object *object, const struct base_buf *key,
                struct base_error *err) {
  struct row old = {0};
  if (!rows_look(world, object, key, &old) || old.deleted) {
    row_done(&old);
    return base_fail(err, ROWS_ERR_KEY, "", "object %.60s: there is no living row of that key", object->name);
  }
  int status = write_row(world, object, key, &old.text, old.created, true, err);
  row_done(&old);
  return status;
}

int rows_each(struct mock_world *world, const struct model_object *object, uint64_t since,
              const struct base_buf *after, bool (*visit)(void *, struct row *), void *context,
              struct base_error *err) {
  sqlite3_stmt *statement = world->statements[EACH];
  bind_key(statement, object, after);
  sqlite3_bind_int64(statement, 3, (sqlite3_int64)since);
  int step;
  bool more = true;
  while (more && (step = sqlite3_step(statement)) == SQLITE_ROW) {
    struct row row;
    read_row(statement, &row);
    more = visit(context, &row);
    row_done(&row);
  }
  int status = more && step != SQLITE_DONE ? database_error(world, err) : 0;
  reset_statement(statement);
  return status;
}

/* ---- pages for people ---- */

static int run_page(struct mock_world *world, const char *sql, const struct model_object *object, const char *search,
                    const int64_t range[2], cJSON *list, int64_t *total, struct base_error *err) {
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(world->db, sql, -1, &statement, NULL) != SQLITE_OK) return database_error(world, err);
  sqlite3_bind_int64(statement, 1, object->id);
  sqlite3_bind_text(statement, 2, search, -1, SQLITE_STATIC);
  if (list) {
    sqlite3_bind_int64(statement, 3, range[0]);
    sqlite3_bind_int64(statement, 4, range[1]);
  }
  int step;
  while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
    cJSON *record = NULL;
    if (total) *total = sqlite3_column_int64(statement, 0);
    if (!list) continue;
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    json_parse(text, (size_t)sqlite3_column_bytes(statement, 0), JSON_LAST_COUNTS, &record, NULL);
    cJSON_AddItemToArray(list, record);
  }
  int status = step == SQLITE_DONE ? 0 : database_error(world, err);
  sqlite3_finalize(statement);
  return status;
}

#define ROWS_THAT_HOLD "FROM row WHERE object = ?1 AND deleted = 0 AND (?2 = '' OR instr(lower(record), lower(?2)) > 0)"

int rows_page(struct mock_world *world, const struct model_object *object, const char *search, int64_t offset,
              int64_t limit, cJSON *list, int64_t *total, struct base_error *err) {
  const int64_t range[2] = {limit, offset};
  int status = run_page(world, "SELECT count(*) " ROWS_THAT_HOLD, object, search, range, NULL, total, err);
  if (status != 0 || !list) return status;
  return run_page(world, "SELECT record " ROWS_THAT_HOLD " ORDER BY key LIMIT ?3 OFFSET ?4", object, search, range, list, NULL, err);
}

/* ---- what travels ---- */

bool rows_have_binary(const struct model_object *object) {
  for (size_t i = 0; i < object->field_count; i++)
    if (object->fields[i].type == TYPE_BINARY) return true;
  return false;
}

cJSON *rows_sent(const struct model_object *object, const cJSON *record) {
  cJSON *sent = cJSON_CreateObject();
  for (size_t i = 0; i < object->field_count; i++) {
    const struct model_field *field = &object->fields[i];
    if (field->type == TYPE_BINARY) continue; /* W-15 */
    const cJSON *value = json_find(record, field->name);
    cJSON_AddItemToObject(sent, field->name, value ? cJSON_Duplicate(value, true) : cJSON_CreateNull());
  }
  return sent;
}

void rows_keep_key(const struct model_object *object, cJSON *record, const cJSON *from) {
  for (size_t i = 0; i < object->key_count; i++) {
    const char *name = object->fields[object->keys[i]].name;
    cJSON_ReplaceItemInObjectCaseSensitive(record, name, cJSON_Duplicate(json_find(from, name), true));
  }
}

/* Rows from before a change of the schema have other columns, binary ones do not travel. */
static bool is_sent_whole(const struct model_object *object, const cJSON *record) {
  const cJSON *column = record->child;
  for (size_t i = 0; i < object->field_count; i++, column = column->next)
    if (!column || object->fields[i].type == TYPE_BINARY || strcmp(column->string, object->fields[i].name) != 0) return false;
  return !column;
}

cJSON *rows_take_sent(const struct model_object *object, struct row *row) {
  cJSON *record = row->record;
  if (!is_sent_whole(object, record)) return rows_sent(object, record);
  row->record = NULL;
  return record;
}

cJSON *rows_key_columns(const struct model_object *object, const cJSON *record) {
  cJSON *key = cJSON_CreateObject();
  for (size_t i = 0; i < object->key_count; i++) {
    const char *name = object->fields[object->keys[i]].name;
    const cJSON *value = json_find(record, name);
    if (value) cJSON_AddItemToObject(key, name, cJSON_Duplicate(value, true));
  }
  return key;
}

void rows_text_checksum(const struct base_buf *text, char out[17]) {
  static const char DIGITS[] = "0123456789abcdef";
  uint64_t hash = 14695981039346656037u; /* FNV-1a */
  for (size_t i = 0; i < text->len; i++) hash = (hash ^ (unsigned char)text->data[i]) * 1099511628211u;
  for (int i = 16; i-- > 0; hash >>= 4) out[i] = DIGITS[hash & 15];
  out[16] = '\0';
}

void rows_checksum(const struct model_object *object, const cJSON *record, char out[17]) {
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  const cJSON *next = record ? record->child : NULL;
  base_buf_char(&text, '{');
  for (size_t i = 0; i < object->field_count; i++) {
    const struct model_field *field = &object->fields[i];
    if (field->type == TYPE_BINARY) continue; /* W-15 */
    if (text.len > 1) base_buf_char(&text, ',');
    json_quote(&text, field->name, strlen(field->name));
    base_buf_char(&text, ':');
    json_append(&text, find_column(record, &next, field->name));
  }
  base_buf_char(&text, '}');
  rows_text_checksum(&text, out);
}

bool rows_soft_deleted(const struct model_object *object, const cJSON *record) {
  bool deleted = false;
  if (object->softdelete) value_boolean(json_find(record, object->softdelete), &deleted);
  return deleted;
}
