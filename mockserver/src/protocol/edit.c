#include "protocol/edit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/column_findings.h"
#include "protocol/hierarchy.h"

const char *const VERB_NAMES[] = {"create", "update", "partialupdate", "delete"};

void edit_fail(struct edit *edit, int64_t opstatus, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(edit->errmsg, sizeof edit->errmsg, format, args);
  va_end(args);
  edit->opstatus = opstatus;
}

/* ---- what it is ---- */

enum verb verb_find(const char *name) {
  for (int i = 0; name && i < VERB_UNKNOWN; i++)
    if (strcmp(name, VERB_NAMES[i]) == 0) return (enum verb)i;
  return VERB_UNKNOWN;
}

struct edit_metadata edit_read_metadata(const struct json_index *body, const struct json_item *record) {
  struct edit_metadata metadata = {0};
  const struct json_item *found = json_item_find(body, record, "_metadata");
  JSON_EACH_ITEM(item, found) {
    if (json_item_is_named(body, item, "object", 6)) metadata.object = item;
    else if (json_item_is_named(body, item, "action", 6)) metadata.action = item;
    else if (json_item_is_named(body, item, "rowId", 5)) metadata.row_id = item;
    else if (json_item_is_named(body, item, "checksum", 8)) metadata.checksum = item;
  }
  return metadata;
}

/* A nested record is of the object whose name it stands under; what it says itself is to be the same (W-47). */
static void find_object(struct work *work, struct edit *edit) {
  const struct model_service *service = work->entry->service;
  const char *said = json_item_text(work->body, edit->metadata.object, &work->scratch);
  if (!said && !edit->place) said = work->entry->object_name;
  edit->object = model_find_object(service, said);
  if (edit->place) {
    struct model_object *placed = model_find_object(service, edit->place);
    if (said && edit->object != placed)
      journal_finding(work->entry, "W-47: a record of %.60s is nested under the name %.60s", said, edit->place);
    edit->object = placed;
  }
  if (!edit->object) edit_fail(edit, OPSTATUS_BAD_REQUEST, "there is no object %.60s", said ? said : "without a name");
}

static void find_verb(struct work *work, struct edit *edit) {
  const char *action = json_item_text(work->body, edit->metadata.action, &work->scratch);
  edit->verb = verb_find(action);
  if (!edit->opstatus && edit->verb == VERB_UNKNOWN)
    edit_fail(edit, OPSTATUS_BAD_REQUEST, "there is no action %.60s", action ? action : "without a name");
}

static bool is_carrier(const struct json_index *body, const struct json_item *row_id) {
  int64_t number;
  return row_id && json_item_integer(body, row_id, &number) && number == -1;
}

static void read_edit(struct work *work, struct edit *edit) {
  edit->metadata = edit_read_metadata(work->body, edit->sent);
  edit->carrier = is_carrier(work->body, edit->metadata.row_id);
  find_object(work, edit);
  find_verb(work, edit);
  if (edit->opstatus) journal_finding(work->entry, "W-31: a record of the upload: %s", edit->errmsg);
  if (!edit->metadata.row_id) journal_finding(work->entry, "W-31: a record of the upload has no rowId");
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
  *edit = (struct edit){.sent = sent, .parent = parent, .place = place, .key = edit->key,
                        .given_room = edit->given_room, .own_room = edit->own_room, .row.place = work->next_row};
  base_buf_clear(&edit->key);
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

/* Nearly all are what stands there. */
static struct value read_value(struct edit *edit, const struct json_index *body, const struct json_item *item) {
  static const uint8_t KINDS[JSON_BAD] = {[JSON_NULL] = VALUE_NULL, [JSON_TRUE] = VALUE_TRUE, [JSON_FALSE] = VALUE_FALSE,
                                          [JSON_NUMBER] = VALUE_NUMBER, [JSON_STRING] = VALUE_TEXT};
  enum value_kind kind = KINDS[item->token];
  const char *text = body->text + item->start;
  if (kind == VALUE_ABSENT) return read_tree(edit, body, item);
  if (item->escaped) return read_escaped(edit, text, item);
  bool labelled = !item->name_escaped && item->start == item->name + item->name_len + 2 + (kind == VALUE_TEXT);
  return (struct value){.kind = kind, .in_place = true, .labelled = labelled, .text = text, .len = item->len};
}

/* Records mostly have their columns in the model's order, if not all of them: it is looked for from `next` on. */
static const struct model_field *find_field(const struct edit *edit, const struct json_index *body,
                                            const struct json_item *item, size_t next) {
  const struct model_object *object = edit->object;
  for (size_t i = 0; i < object->field_count; i++, next++) {
    if (next >= object->field_count) next = 0;
    if (json_item_is_named(body, item, object->fields[next].name, object->fields[next].name_len)) return &object->fields[next];
  }
  return NULL;
}

/* Of repeated names the last counts. */
static bool read_columns(struct work *work, struct edit *edit) {
  size_t count = edit->object->field_count, next = 0;
  base_buf_clear(&edit->given_room);
  void *room = base_buf_reserve(&edit->given_room, count * sizeof *edit->given + edit->sent->len);
  if (!room) return false;
  edit->given = edit->columns = room;
  edit->column_count = count;
  edit->texts = (char *)(edit->given + count); /* no text is longer than it was with its escapes */
  for (size_t i = 0; i < count; i++) edit->given[i] = (struct value){.kind = VALUE_ABSENT};
  JSON_EACH_ITEM(item, edit->sent) {
    const struct model_field *field = find_field(edit, work->body, item, next);
    if (!field) {
      column_findings_member(work, edit, item);
      continue;
    }
    next = (size_t)(field - edit->object->fields);
    edit->given[next++] = read_value(edit, work->body, item);
  }
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
    journal_finding(work->entry, "W-48: a request has two edits of one row of %.60s, %s and %s", edit->object->name,
                    VERB_NAMES[*earlier], VERB_NAMES[edit->verb]);
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
