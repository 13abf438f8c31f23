#include "world/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "world/hash.h"
#include "world/world.h"

void row_done(struct row *row) {
  cJSON_Delete(row->record);
  row_version_drop(row->version);
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

/* As text, in the normal form; nothing is null. */
static void write_node(struct base_buf *text, const cJSON *node, enum datatype type) {
  char scratch[32];
  const struct value value = value_of(node, scratch);
  value_append(text, &value, type);
}

/* A column of this value, or the beginning of it. */
static void write_column(struct base_buf *text, bool first, const struct model_field *field,
                         const char *value, size_t len) {
  char *to = base_buf_reserve(text, 1 + field->label_len + len);
  if (!to) return;
  *to = first ? '{' : ',';
  memcpy(to + 1, field->label, field->label_len);
  memcpy(to + 1 + field->label_len, value, len);
  base_buf_added(text, 1 + field->label_len + len);
}

/* A column and those that are joined to it: mostly a piece of an upload. Returns how many. */
static size_t write_run(struct base_buf *text, bool first, const struct model_field *field,
                        const struct value *columns, size_t count) {
  size_t run = 1;
  while (run < count && columns[run].joined) run++;
  write_column(text, first, field, value_begin(columns),
               (size_t)(value_end(&columns[run - 1]) - value_begin(columns)));
  return run;
}

void rows_write(const struct model_object *object, const struct value *columns, const cJSON *base, const cJSON *binary,
                struct base_buf *text) {
  for (size_t i = 0, written = 1; i < object->field_count; i += written) {
    const struct model_field *field = &object->fields[i];
    const struct value *value = &columns[i];
    const cJSON *kept = field->type == TYPE_BINARY ? json_find(binary, field->name) : NULL;
    written = 1;
    if (!kept && value->kind == VALUE_ABSENT) kept = json_find(base, field->name);
    if (!kept && value->normal) {
      written = write_run(text, i == 0, field, value, object->field_count - i);
    } else if (!kept && value->kind == VALUE_ABSENT) {
      write_column(text, i == 0, field, "null", 4);
    } else {
      write_column(text, i == 0, field, "", 0);
      if (kept) write_node(text, kept, field->type);
      else value_append(text, value, field->type);
    }
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

bool rows_columns_key(const struct model_object *object, const struct value *columns, struct base_buf *key) {
  base_buf_clear(key);
  for (size_t i = 0; i < object->key_count; i++)
    if (!value_append_key(key, &columns[object->keys[i]], object->fields[object->keys[i]].type)) return false;
  return true;
}

/* Keys that a scenario inserts by hand push the counter on, so that a generated one is always new; one from the far end of the
   numbers does not, there is nothing behind it. */
static void remember_generated(struct model_object *object, size_t column, const struct value *value) {
  int64_t number;
  if (object->fields[column].generated && value_integer(value, &number) && number > object->last_generated && number < INT64_MAX / 2)
    object->last_generated = number;
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

/* ---- finding ---- */

static cJSON *parse_record(const struct row_version *version) {
  cJSON *record = NULL;
  json_parse(row_version_text(version), version->text_len, JSON_LAST_COUNTS, &record, NULL);
  return record;
}

/* To be ended with row_done(). */
static struct row row_of(struct row_version *version) {
  return (struct row){.version = row_version_hold(version), .revision = version->revision, .created = version->created,
                      .deleted = version->deleted};
}

const cJSON *row_record(struct row *row) {
  if (!row->record && row->version) row->record = parse_record(row->version);
  return row->record;
}

cJSON *row_take_record(struct row *row) {
  cJSON *record = row->record ? row->record : parse_record(row->version);
  row->record = NULL;
  return record;
}

bool rows_look(const struct model_object *object, const struct base_buf *key, struct row *out) {
  struct row_place place = out->place;
  struct row_version *version = row_index_find(&object->rows, base_buf_string(key), key->len, &place);
  if (!version) return false;
  *out = row_of(version);
  out->place = place;
  return true;
}

bool rows_find(const struct model_object *object, const struct base_buf *key, struct row *out) {
  out->place = (struct row_place){0};
  if (!rows_look(object, key, out)) return false;
  out->record = parse_record(out->version);
  row_version_drop(out->version);
  out->version = NULL;
  return true;
}

void rows_each(const struct model_object *object, uint64_t since, const struct base_buf *after,
               bool (*visit)(void *, struct row *), void *context) {
  struct row_place place = {0};
  struct row_version *version;
  bool more = true;
  if (after) place = row_index_behind(&object->rows, base_buf_string(after), after->len);
  while (more && (version = row_index_next(&object->rows, &place))) {
    if (version->revision <= since) continue;
    struct row row = row_of(version);
    more = visit(context, &row);
    row_done(&row);
  }
}

int64_t rows_page(const struct model_object *object, const char *search, int64_t offset, int64_t limit, cJSON *list) {
  struct row_place place = {0};
  const struct row_version *version;
  int64_t total = 0;
  while ((version = row_index_next(&object->rows, &place))) {
    if (version->deleted || !strcasestr(row_version_text(version), search)) continue;
    if (total >= offset && total - offset < limit) cJSON_AddItemToArray(list, parse_record(version));
    total++;
  }
  return total;
}

/* ---- writing ---- */

static bool put_version(struct row_index *index, const struct row *old, struct row_version *version) {
  return (old->version && row_index_replace(index, old->place, old->version, version)) || row_index_put(index, version);
}

/* A row that is created again, or for the first time, is as new as this change. `old`: as rows_look() found it. */
static int write_row(struct model_object *object, const struct base_buf *key, const struct row *old, const char *text,
                     size_t len, bool deleted, struct row_version **out, struct base_error *err) {
  uint64_t revision = object->service->revision + 1;
  struct row_version *version = row_version_new(base_buf_string(key), key->len, text, len);
  if (version) {
    version->revision = revision;
    version->created = old->version && !old->deleted ? old->created : revision;
    version->models = object->models;
    version->hash = hash_bytes(text, len);
    version->deleted = deleted;
  }
  if (!version || !put_version(&object->rows, old, version)) {
    row_version_drop(version);
    return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  }
  object->service->revision = revision;
  if (out) *out = row_version_hold(version);
  return 0;
}

int rows_put_text(struct model_object *object, const struct base_buf *key, const struct value *columns,
                  const struct row *old, const struct base_buf *text, struct row_version **out, struct base_error *err) {
  if (text->failed) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  for (size_t i = 0; i < object->key_count; i++) remember_generated(object, object->keys[i], &columns[object->keys[i]]);
  return write_row(object, key, old, base_buf_string(text), text->len, false, out, err);
}

static void remember_keys(struct model_object *object, const cJSON *record) {
  char scratch[32];
  for (size_t i = 0; i < object->key_count; i++) {
    const struct value value = value_of(json_find(record, object->fields[object->keys[i]].name), scratch);
    remember_generated(object, object->keys[i], &value);
  }
}

int rows_put(struct model_object *object, const cJSON *record, struct base_error *err) {
  CLEANUP(base_buf_done) struct base_buf key = BASE_BUF_INIT, text = BASE_BUF_INIT;
  CLEANUP(row_done) struct row old = {0};
  if (!rows_key(object, record, &key))
    return base_fail(err, ROWS_ERR_KEY, "W-16", "object %.60s: the row has no value in a key column", object->name);
  json_append(&text, record);
  if (text.failed) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  rows_look(object, &key, &old);
  remember_keys(object, record);
  return write_row(object, &key, &old, base_buf_string(&text), text.len, false, NULL, err);
}

int rows_delete(struct model_object *object, const struct base_buf *key, struct base_error *err) {
  CLEANUP(row_done) struct row old = {0};
  if (!rows_look(object, key, &old) || old.deleted)
    return base_fail(err, ROWS_ERR_KEY, "", "object %.60s: there is no living row of that key", object->name);
  return write_row(object, key, &old, row_version_text(old.version), old.version->text_len, true, NULL, err);
}

/* ---- what travels ---- */

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

cJSON *rows_key_columns(const struct model_object *object, const cJSON *record) {
  cJSON *key = cJSON_CreateObject();
  for (size_t i = 0; i < object->key_count; i++) {
    const char *name = object->fields[object->keys[i]].name;
    const cJSON *value = json_find(record, name);
    if (value) cJSON_AddItemToObject(key, name, cJSON_Duplicate(value, true));
  }
  return key;
}

/* Records mostly have their columns in the model's order: `*next` is where the search begins. */
static const cJSON *find_column(const cJSON *record, const cJSON **next, const char *name) {
  const cJSON *column = *next && strcmp((*next)->string, name) == 0 ? *next : json_find(record, name);
  if (column) *next = column->next;
  return column;
}

void rows_checksum(const struct model_object *object, const cJSON *record, char out[17]) {
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  const cJSON *next = record ? record->child : NULL;
  base_buf_char(&text, '{');
  for (size_t i = 0; i < object->field_count; i++) {
    const struct model_field *field = &object->fields[i];
    if (field->type == TYPE_BINARY) continue; /* W-15 */
    if (text.len > 1) base_buf_char(&text, ',');
    base_buf_append(&text, field->label, field->label_len);
    json_append(&text, find_column(record, &next, field->name));
  }
  base_buf_char(&text, '}');
  hash_text(hash_bytes(text.data, text.len), out);
}

/* Is the text what travels? Rows from before a change of the schema have other columns, binary ones do not travel. */
static bool is_sent_whole(const struct model_object *object, const struct row_version *version) {
  return !object->has_binary && version->models == object->models;
}

void row_checksum(const struct model_object *object, struct row *row, char out[17]) {
  const struct row_version *version = row->version;
  if (is_sent_whole(object, version)) hash_text(version->hash, out);
  else rows_checksum(object, row_record(row), out);
}

void rows_write_sent(const struct model_object *object, const struct row_version *version, struct base_buf *out, char checksum[17]) {
  if (is_sent_whole(object, version)) {
    hash_text(version->hash, checksum);
    base_buf_append(out, row_version_text(version), version->text_len - 1);
    return;
  }
  CLEANUP(json_free) cJSON *record = parse_record(version);
  CLEANUP(json_free) cJSON *sent = rows_sent(object, record);
  rows_checksum(object, record, checksum);
  json_append(out, sent);
  if (!out->failed) out->len--;
}

bool rows_soft_deleted(const struct model_object *object, const cJSON *record) {
  bool deleted = false;
  if (object->softdelete) value_boolean(json_find(record, object->softdelete), &deleted);
  return deleted;
}
