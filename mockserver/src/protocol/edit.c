#include "protocol/edit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "protocol/hierarchy.h"

const char *const VERB_NAMES[] = {"create", "update", "partialupdate", "delete"};

void edit_fail(struct edit *edit, int64_t opstatus, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(edit->errmsg, sizeof edit->errmsg, format, args);
  va_end(args);
  edit->opstatus = opstatus;
}

void edit_done(struct edit *edit) {
  cJSON_Delete(edit->own);
  base_buf_done(&edit->written);
  cJSON_Delete(edit->answered_row);
  base_buf_done(&edit->key);
  row_done(&edit->row);
}

/* ---- reading a record ---- */

enum verb verb_find(const char *name) {
  for (int i = 0; name && i < VERB_UNKNOWN; i++)
    if (strcmp(name, VERB_NAMES[i]) == 0) return (enum verb)i;
  return VERB_UNKNOWN;
}

/* A nested record is of the object whose name it stands under; what it says itself is to be the same (W-47). */
static struct model_object *find_object(struct work *work, const struct edit *edit, const char *said) {
  struct model_object *object = model_find_object(work->entry->service, said);
  if (!edit->place) return object;
  struct model_object *placed = model_find_object(work->entry->service, edit->place);
  if (said && object != placed)
    journal_finding(work->entry, "W-47: a record of %.60s is nested under the name %.60s", said, edit->place);
  return placed;
}

static bool is_carrier(const cJSON *metadata) {
  int64_t row_id;
  const cJSON *item = json_find(metadata, "rowId");
  return item && json_integer(item, &row_id) && row_id == -1;
}

void edit_read(struct work *work, const cJSON *sent, struct edit *parent, const char *place, struct edit *edit) {
  const cJSON *metadata = json_find(sent, "_metadata");
  const char *said = json_find_string(metadata, "object"), *action = json_find_string(metadata, "action");
  const char *checksum = json_find_string(metadata, "checksum");
  if (!said && !place) said = work->entry->object_name;
  *edit = (struct edit){.sent = sent, .record = sent, .parent = parent, .place = place, .verb = verb_find(action),
                        .carrier = is_carrier(metadata), .checksum = checksum ? checksum : ""};
  edit->object = find_object(work, edit, said);
  if (!edit->object) edit_fail(edit, OPSTATUS_BAD_REQUEST, "there is no object %.60s", said ? said : "without a name");
  else if (edit->verb == VERB_UNKNOWN) edit_fail(edit, OPSTATUS_BAD_REQUEST, "there is no action %.60s", action ? action : "without a name");
  if (edit->opstatus) journal_finding(work->entry, "W-31: a record of the upload: %s", edit->errmsg);
  if (!json_find(metadata, "rowId")) journal_finding(work->entry, "W-31: a record of the upload has no rowId");
}

/* ---- keys ---- */

/* Gives generated columns their values; the temporary ones are remembered for later records (W-34). */
static void generate_keys(struct work *work, struct edit *edit) {
  for (size_t i = 0; i < edit->object->key_count; i++) {
    const struct model_field *field = &edit->object->fields[edit->object->keys[i]];
    const cJSON *value = json_find(edit->record, field->name);
    int64_t temporary = 0;
    bool is_temporary = temporary_value(value, &temporary);
    if (!field->generated || (value && !cJSON_IsNull(value) && !is_temporary)) continue;
    int64_t given = rows_next_key(edit->object);
    if (is_temporary) temporary_add(&work->temporary, edit->object, field->name, temporary, given);
    cJSON *record = edit_change(edit);
    cJSON_DeleteItemFromObjectCaseSensitive(record, field->name);
    cJSON_AddItemToObject(record, field->name, json_create_integer(given));
  }
}

/* Remembers the row as edited: true when no earlier record of the request did. */
static bool touch(struct work *work, const struct edit *edit) {
  struct base_buf name = BASE_BUF_INIT;
  base_buf_append(&name, &edit->object->id, sizeof edit->object->id);
  base_buf_append(&name, edit->key.data, edit->key.len);
  const int64_t *earlier = byte_map_find(&work->touched, &name);
  bool first = !earlier;
  if (work->hierarchical && earlier && *earlier != (int64_t)edit->verb)
    journal_finding(work->entry, "W-48: a request has two edits of one row of %.60s, %s and %s", edit->object->name,
                    VERB_NAMES[*earlier], VERB_NAMES[edit->verb]);
  if (first) byte_map_put(&work->touched, &name, edit->verb);
  base_buf_done(&name);
  return first;
}

/* What nests in it has a copy of its own. */
static cJSON *copy_columns(const struct edit *edit) {
  cJSON *record = cJSON_CreateObject();
  const cJSON *member;
  cJSON_ArrayForEach(member, edit->sent)
    if (!hierarchy_is_nested(edit->object, member)) cJSON_AddItemToObject(record, member->string, cJSON_Duplicate(member, true));
  return record;
}

cJSON *edit_change(struct edit *edit) {
  if (!edit->own) edit->record = edit->own = copy_columns(edit);
  return edit->own;
}

/* Returns the name of a column that refers to a row which was not stored, or NULL. */
static const char *resolve_temporary(struct work *work, struct edit *edit) {
  cJSON resolved = {.type = cJSON_Object};
  const char *dangling = temporary_resolve(&work->temporary, edit->object, edit->record, &resolved);
  const cJSON *column;
  cJSON_ArrayForEach(column, &resolved)
    cJSON_ReplaceItemInObjectCaseSensitive(edit_change(edit), column->string, cJSON_Duplicate(column, true));
  cJSON_Delete(resolved.child);
  return dangling;
}

void edit_find_row(struct work *work, struct edit *edit) {
  const char *dangling = resolve_temporary(work, edit);
  if (dangling && edit->verb != VERB_DELETE) {
    edit_fail(edit, OPSTATUS_CONFLICT, "%.60s refers to a row that was not stored", dangling);
    return;
  }
  hierarchy_join_parent(work, edit);
  if (edit->verb == VERB_CREATE && !edit->carrier) generate_keys(work, edit);
  if (!rows_key(edit->object, edit->record, &edit->key)) {
    edit_fail(edit, OPSTATUS_BAD_REQUEST, "the record has no value in a key column");
    return;
  }
  edit->exists = rows_look(edit->object, &edit->key, &edit->row) && !edit->row.deleted;
  edit->first = !edit->carrier && touch(work, edit);
}
