#include "protocol/edit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/column_findings.h"
#include "protocol/hierarchy.h"

const struct verb_name VERB_NAMES[] = {{"create", 6}, {"update", 6}, {"partialupdate", 13}, {"delete", 6}};

void edit_fail(struct edit *edit, int64_t opstatus, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(edit->errmsg, sizeof edit->errmsg, format, args);
  va_end(args);
  edit->opstatus = opstatus;
}

/* ---- what it is ---- */

/* It mostly is the last member: what ends right before the record's bracket does. */
static const struct json_item *find_metadata(const struct json_index *body, const struct json_item *record) {
  enum { MOSTLY = 8 }; /* items of it */
  const struct json_item *end = record + record->size;
  uint32_t bracket = record->start + record->len - 1;
  for (const struct json_item *item = end - 1; item > record && end - item <= MOSTLY; item--)
    if (item->start + item->len == bracket && json_item_is_named(body, item, "_metadata", 9)) return item;
  return json_item_find(body, record, "_metadata");
}

struct edit_metadata edit_read_metadata(const struct json_index *body, const struct json_item *record) {
  struct edit_metadata metadata = {.whole = find_metadata(body, record)};
  JSON_EACH_ITEM(item, metadata.whole) {
    if (json_item_is_named(body, item, "object", 6)) metadata.object = item;
    else if (json_item_is_named(body, item, "action", 6)) metadata.action = item;
    else if (json_item_is_named(body, item, "rowId", 5)) metadata.row_id = item;
    else if (json_item_is_named(body, item, "checksum", 8)) metadata.checksum = item;
  }
  return metadata;
}

/* A text where it stands, if it has no escapes there; NULL when it is none. */
static const char *said_text(struct work *work, const struct json_item *item, size_t *len) {
  if (!item || item->token != JSON_STRING) return NULL;
  *len = item->len;
  if (!item->escaped) return work->body->text + item->start;
  const char *text = json_item_text(work->body, item, &work->scratch);
  *len = work->scratch.len;
  return text;
}

struct model_object *edit_said_object(struct work *work, const struct json_item *object) {
  size_t len;
  const char *said = said_text(work, object, &len);
  return said ? model_find_object_named(work->entry->service, said, len) : NULL;
}

enum verb edit_said_verb(struct work *work, const struct json_item *action) {
  size_t len;
  const char *said = said_text(work, action, &len);
  for (int i = 0; said && i < VERB_UNKNOWN; i++)
    if (VERB_NAMES[i].len == len && bytes_same(VERB_NAMES[i].text, said, len)) return (enum verb)i;
  return VERB_UNKNOWN;
}

/* A nested record is of the object whose name it stands under; what it says itself is to be the same (W-47). */
static struct model_object *find_object(struct work *work, const struct edit *edit) {
  const struct model_service *service = work->entry->service;
  const struct json_item *said = edit->metadata.object;
  if (!said || said->token != JSON_STRING)
    return model_find_object(service, edit->place ? edit->place : work->entry->object_name);
  struct model_object *object = edit_said_object(work, said),
                      *placed = edit->place ? model_find_object(service, edit->place) : object;
  if (object != placed)
    journal_finding(work->entry, "W-47: a record of %.60s is nested under the name %.60s",
                    json_item_text(work->body, said, &work->scratch), edit->place);
  return placed;
}

static void fail_object(struct work *work, struct edit *edit) {
  const char *said = json_item_text(work->body, edit->metadata.object, &work->scratch);
  if (!said && !edit->place) said = work->entry->object_name;
  edit_fail(edit, OPSTATUS_BAD_REQUEST, "there is no object %.60s", said ? said : "without a name");
}

static void fail_verb(struct work *work, struct edit *edit) {
  const char *action = json_item_text(work->body, edit->metadata.action, &work->scratch);
  edit_fail(edit, OPSTATUS_BAD_REQUEST, "there is no action %.60s", action ? action : "without a name");
}

static void read_edit(struct work *work, struct edit *edit) {
  const struct json_item *row_id;
  edit->metadata = edit_read_metadata(work->body, edit->sent);
  row_id = edit->metadata.row_id;
  edit->numbered = row_id && json_item_integer(work->body, row_id, &edit->row_id);
  edit->carrier = edit->numbered && edit->row_id == -1;
  edit->object = find_object(work, edit);
  edit->verb = edit_said_verb(work, edit->metadata.action);
  if (!edit->object) fail_object(work, edit);
  else if (edit->verb == VERB_UNKNOWN) fail_verb(work, edit);
  if (edit->opstatus) journal_finding(work->entry, "W-31: a record of the upload: %s", edit->errmsg);
  if (!row_id) journal_finding(work->entry, "W-31: a record of the upload has no rowId");
}

/* One that is over, or a new one. */
static struct edit *get_spare(struct work *work) {
  struct edit *edit = work->spare;
  if (!edit) return calloc(1, sizeof *edit);
  work->spare = edit->next;
  return edit;
}

struct edit *edit_begin(struct work *work, const struct json_item *sent, struct edit *parent, const char *place) {
  struct edit *edit = get_spare(work);
  if (!edit) return NULL;
  memset(edit, 0, offsetof(struct edit, key));
  edit->sent = sent;
  edit->parent = parent;
  edit->place = place;
  edit->row.place = work->next_row;
  read_edit(work, edit);
  return edit;
}

void edit_end(struct work *work, struct edit *edit) {
  cJSON_Delete(edit->trees);
  cJSON_Delete(edit->tree);
  cJSON_Delete(edit->answered_row);
  row_version_drop(edit->stored);
  row_done(&edit->row);
  edit->next = work->spare;
  work->spare = edit;
}

void edit_free_spare(struct work *work) {
  for (struct edit *edit = work->spare, *next; edit; edit = next) {
    next = edit->next;
    base_buf_done(&edit->key);
    base_buf_done(&edit->given_room);
    base_buf_done(&edit->own_room);
    free(edit);
  }
  work->spare = NULL;
}

const cJSON *edit_tree(const struct work *work, struct edit *edit) {
  if (!edit->tree) edit->tree = json_item_tree(work->body, edit->sent);
  return edit->tree;
}

/* ---- its columns ---- */

static struct value read_escaped(struct edit *edit, const char *text, const struct json_item *item) {
  struct value value = {.kind = VALUE_TEXT, .text = edit->texts, .len = json_unescape(text, item->len, edit->texts)};
  edit->texts += value.len;
  return value;
}

static struct value read_tree(struct edit *edit, const struct json_index *body, const struct json_item *item) {
  cJSON *tree = json_item_tree(body, item);
  if (!edit->trees) edit->trees = cJSON_CreateArray();
  cJSON_AddItemToArray(edit->trees, tree);
  return (struct value){.kind = tree ? VALUE_TREE : VALUE_NULL, .tree = tree};
}

static const uint8_t KINDS[JSON_BAD] = {[JSON_NULL] = VALUE_NULL, [JSON_TRUE] = VALUE_TRUE, [JSON_FALSE] = VALUE_FALSE,
                                        [JSON_NUMBER] = VALUE_NUMBER, [JSON_STRING] = VALUE_TEXT};

static bool is_kept(const struct model_field *field, const struct json_item *item) {
  return (field->kept >> KINDS[item->token] & 1) && !item->escaped;
}

static uint32_t quotes(const struct json_item *item) { return item->token == JSON_STRING; }

static void read_value(const struct json_index *body, const struct json_item *item, bool normal,
                       struct value *out) {
  out->kind = KINDS[item->token];
  out->normal = normal;
  out->len = item->len;
  out->text = body->text + item->start;
}

/* The column of that name, from `next` on, and around; the number of columns when there is none. */
static size_t find_column(const struct model_object *object, const struct json_index *body,
                          const struct json_item *item, size_t next) {
  for (size_t i = next; i < object->field_count; i++)
    if (json_item_is_named(body, item, object->fields[i].name, object->fields[i].name_len)) return i;
  for (size_t i = 0; i < next; i++)
    if (json_item_is_named(body, item, object->fields[i].name, object->fields[i].name_len)) return i;
  return object->field_count;
}

/* One that is not the column that was next, or not as it is kept. Of repeated names the last counts. Returns what is next. */
static size_t read_other(struct work *work, struct edit *edit, const struct json_item *item, size_t next,
                         uint32_t *end) {
  const struct model_object *object = edit->object;
  if (item->token == JSON_ARRAY_BEGIN) edit->listless = false;
  *end = 0;
  if (item == edit->metadata.whole) return next; /* no column has its name (W-11) */
  size_t column = find_column(object, work->body, item, next);
  if (column == object->field_count) {
    column_findings_member(work, edit, item);
    return next;
  }
  for (size_t i = column; i < object->field_count; i++)
    edit->given[i].joined = false; /* to what is read anew */
  if (item->escaped) edit->given[column] = read_escaped(edit, work->body->text + item->start, item);
  else if (KINDS[item->token] == VALUE_ABSENT) edit->given[column] = read_tree(edit, work->body, item);
  else read_value(work->body, item, is_kept(&object->fields[column], item), &edit->given[column]);
  *end = item->start + item->len + quotes(item);
  return column + 1;
}

/* Records mostly have their columns in the model's order, if not all of them, and as a row has them. */
static void read_values(struct work *work, struct edit *edit) {
  const struct json_index *body = work->body;
  const struct model_object *object = edit->object;
  size_t column = 0;
  uint32_t end = 0; /* of the value before; 0 = it is no column's */
  JSON_EACH_ITEM(item, edit->sent) {
    const struct model_field *field = &object->fields[column];
    if (column < object->field_count && model_field_begins(field, body->text + item->name, item->name_len) &&
        is_kept(field, item)) {
      struct value *value = &edit->given[column++];
      uint32_t begin = item->start - quotes(item);
      value->joined = end > 0 && begin == end + 1 + field->label_len; /* a comma */
      end = begin + item->len + 2 * quotes(item);
      read_value(body, item, true, value);
    } else {
      column = read_other(work, edit, item, column, &end);
    }
  }
}

static bool read_columns(struct work *work, struct edit *edit) {
  size_t count = edit->object->field_count;
  base_buf_clear(&edit->given_room);
  void *room = base_buf_reserve(&edit->given_room, count * sizeof *edit->given + edit->sent->len);
  if (!room) return false;
  edit->given = edit->columns = room;
  edit->column_count = count;
  edit->texts = (char *)(edit->given + count); /* no text is longer than it was with its escapes */
  memset(edit->given, 0, count * sizeof *edit->given); /* VALUE_ABSENT */
  edit->listless = true;
  read_values(work, edit);
  return true;
}

const struct value *edit_column(const struct edit *edit, size_t column) {
  static const struct value absent = {.kind = VALUE_ABSENT};
  return column < edit->column_count ? &edit->columns[column] : &absent;
}

/* A copy to be changed. */
static bool own_columns(struct edit *edit) {
  size_t size = edit->column_count * sizeof *edit->columns;
  if (edit->columns != edit->given) return true;
  base_buf_clear(&edit->own_room);
  void *room = base_buf_reserve(&edit->own_room, size + edit->column_count * sizeof *edit->digits);
  if (!room) {
    edit_fail(edit, OPSTATUS_BAD_REQUEST, "out of memory");
    return false;
  }
  memcpy(room, edit->given, size);
  edit->columns = room;
  edit->digits = (char (*)[24])(edit->columns + edit->column_count);
  return true;
}

bool edit_set(struct edit *edit, size_t column, struct value value) {
  if (!own_columns(edit)) return false;
  value.normal = value.joined = false; /* it may be of another column */
  edit->columns[column] = value;
  return true;
}

bool edit_set_integer(struct edit *edit, size_t column, int64_t value) {
  if (!own_columns(edit)) return false;
  char *digits = edit->digits[column];
  int len = snprintf(digits, sizeof *edit->digits, "%" PRId64, value);
  edit->columns[column] = (struct value){.kind = VALUE_NUMBER, .text = digits, .len = (size_t)len};
  return true;
}

void edit_write_key(const struct edit *edit, struct base_buf *out) {
  for (size_t i = 0, written = 0; i < edit->object->key_count; i++) {
    const struct model_field *field = &edit->object->fields[edit->object->keys[i]];
    const struct value *value = edit_column(edit, edit->object->keys[i]);
    if (value->kind == VALUE_ABSENT) continue;
    if (written++ > 0) base_buf_char(out, ',');
    base_buf_append(out, field->label, field->label_len);
    value_append(out, value, TYPE_STRING); /* as it came */
  }
}

/* ---- its row ---- */

/* Gives generated columns their values; the temporary ones are remembered for later records (W-34). */
static void generate_keys(struct work *work, struct edit *edit) {
  for (size_t i = 0; i < edit->object->key_count; i++) {
    size_t column = edit->object->keys[i];
    const struct value *value = &edit->columns[column];
    int64_t temporary = 0;
    bool is_temporary = temporary_value(value, &temporary), is_given = value->kind != VALUE_ABSENT && value->kind != VALUE_NULL;
    if (!edit->object->fields[column].generated || (is_given && !is_temporary)) continue;
    int64_t given = rows_next_key(edit->object);
    if (is_temporary) temporary_add(&work->temporary, edit->object, column, temporary, given);
    edit_set_integer(edit, column, given);
  }
}

/* Remembers the row as edited: true when no earlier record of the request did. Without a policy nobody asks (W-40). */
static bool touch(struct work *work, const struct edit *edit) {
  if (edit->object->service->policy == POLICY_NONE && !work->hierarchical) return true;
  struct base_buf *name = &work->scratch;
  base_buf_clear(name);
  base_buf_append(name, &edit->object->id, sizeof edit->object->id);
  base_buf_append(name, edit->key.data, edit->key.len);
  const int64_t *earlier = byte_map_find(&work->touched, name->data, name->len);
  if (work->hierarchical && earlier && *earlier != (int64_t)edit->verb)
    journal_finding(work->entry, "W-48: a request has two edits of one row of %.60s, %s and %s",
                    edit->object->name, VERB_NAMES[*earlier].text, VERB_NAMES[edit->verb].text);
  if (!earlier) byte_map_put(&work->touched, name->data, name->len, edit->verb);
  return !earlier;
}

void edit_find_row(struct work *work, struct edit *edit) {
  if (!read_columns(work, edit)) {
    edit_fail(edit, OPSTATUS_BAD_REQUEST, "out of memory");
    return;
  }
  column_findings_values(work, edit);
  const char *dangling = temporary_resolve(work, edit);
  if (dangling && edit->verb != VERB_DELETE) {
    edit_fail(edit, OPSTATUS_CONFLICT, "%.60s refers to a row that was not stored", dangling);
    return;
  }
  hierarchy_join_parent(work, edit);
  if (edit->verb == VERB_CREATE && !edit->carrier) generate_keys(work, edit);
  if (!rows_columns_key(edit->object, edit->columns, &edit->key)) {
    edit_fail(edit, OPSTATUS_BAD_REQUEST, "the record has no value in a key column");
    return;
  }
  edit->exists = rows_look(edit->object, &edit->key, &edit->row) && !edit->row.deleted;
  work->next_row = (struct row_place){edit->row.place.piece, edit->row.place.at + 1};
  edit->first = !edit->carrier && touch(work, edit);
}
