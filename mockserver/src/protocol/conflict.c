#include "protocol/conflict.h"

#include <string.h>

#include "base/cleanup.h"
#include "script/functions.h"
#include "world/cascade.h"

enum conflict { CONFLICT_NONE, CREATE_EXISTS, UPDATE_CHANGED, UPDATE_GONE, DELETE_CHANGED };
enum resolution { APPLY, REFUSE, KEEP, ASK };

static const char *const KINDS[] = {[CREATE_EXISTS] = "create_exists", [UPDATE_CHANGED] = "update_update",
                                    [UPDATE_GONE] = "update_delete", [DELETE_CHANGED] = "delete_update"};

static const enum resolution RESOLUTIONS[][POLICY_COUNT] = {
    /*                   none    client wins  server wins  custom */
    [CONFLICT_NONE] = {APPLY, APPLY, APPLY, APPLY},
    [CREATE_EXISTS] = {REFUSE, APPLY, KEEP, ASK},
    [UPDATE_CHANGED] = {APPLY, APPLY, KEEP, ASK},
    [UPDATE_GONE] = {REFUSE, APPLY, KEEP, ASK},
    [DELETE_CHANGED] = {APPLY, APPLY, KEEP, ASK},
};

/* Is the row another one than the client has seen? */
static bool is_changed(struct work *work, struct edit *edit) {
  char checksum[17];
  const char *known = json_item_text(work->body, edit->metadata.checksum, &work->scratch);
  if (!known || !known[0]) return false;
  row_checksum(edit->object, &edit->row, checksum);
  return strcmp(checksum, known) != 0;
}

/* A carrier is no first edit: it says nothing of its row but that it is there, and is compared with nothing. */
static enum conflict find_conflict(struct work *work, struct edit *edit, enum policy policy) {
  bool update = edit->verb == VERB_UPDATE || edit->verb == VERB_PARTIAL_UPDATE;
  if (edit->verb == VERB_CREATE) return edit->exists ? CREATE_EXISTS : CONFLICT_NONE;
  if (!edit->exists) return update ? UPDATE_GONE : CONFLICT_NONE;
  if (policy == POLICY_NONE || !edit->first || !is_changed(work, edit)) return CONFLICT_NONE;
  return update ? UPDATE_CHANGED : DELETE_CHANGED;
}

/* ---- writing ---- */

/* Binary columns do not travel in sync (W-15): an upload says nothing of them. */
static void keep_binary(const struct model_object *object, cJSON *record, const cJSON *old) {
  for (size_t i = 0; i < object->field_count; i++) {
    const cJSON *value = json_find(old, object->fields[i].name);
    if (object->fields[i].type != TYPE_BINARY || !value) continue;
    cJSON_ReplaceItemInObjectCaseSensitive(record, object->fields[i].name, cJSON_Duplicate(value, true));
  }
}

/* The whole row that the edit wants (W-32). The old one's columns count where it leaves them out, binary ones always. */
static void write_wanted(struct edit *edit, struct base_buf *text) {
  bool partial = edit->verb == VERB_PARTIAL_UPDATE, binary = edit->verb != VERB_CREATE && edit->object->has_binary;
  const cJSON *old = edit->exists && (partial || binary) ? row_record(&edit->row) : NULL;
  rows_write(edit->object, edit->columns, partial ? old : NULL, binary ? old : NULL, text);
}

static int delete_row(struct edit *edit, struct base_error *err) {
  return edit->exists ? cascade_delete(edit->object, &edit->key, row_record(&edit->row), err) : 0;
}

static int apply(struct work *work, struct edit *edit, struct base_error *err) {
  struct base_buf *text = &work->scratch;
  if (edit->carrier && edit->exists) return 0;
  if (edit->verb == VERB_DELETE) return delete_row(edit, err);
  base_buf_clear(text);
  write_wanted(edit, text);
  return rows_put_text(edit->object, &edit->key, edit->columns, &edit->row, text, &edit->stored, err);
}

/* ---- custom ---- */

/* Answered as it now is, a deleted row as a delete. */
static int keep_server_row(struct edit *edit) {
  edit->answered = edit->exists ? VERB_UPDATE : VERB_DELETE;
  return 0;
}

/* The key is not for the script to change. */
static cJSON *decided_row(struct edit *edit, const cJSON *given) {
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  CLEANUP(json_free) cJSON *key = NULL;
  cJSON *record = rows_record(edit->object, given, NULL);
  base_buf_char(&text, '{');
  edit_write_key(edit, &text);
  base_buf_char(&text, '}');
  json_parse(base_buf_string(&text), text.len, JSON_LAST_COUNTS, &key, NULL);
  rows_keep_key(edit->object, record, key);
  if (edit->exists) keep_binary(edit->object, record, row_record(&edit->row));
  return record;
}

static int take_decision(struct edit *edit, const struct script_decision *decision, struct base_error *err) {
  if (!decision->row) return keep_server_row(edit);
  edit->answered = decision->deletes ? VERB_DELETE : VERB_UPDATE;
  if (decision->deletes) return decision->submit ? delete_row(edit, err) : 0;
  cJSON *record = decided_row(edit, decision->row);
  int status = decision->submit ? rows_put(edit->object, record, err) : 0;
  edit->answered_row = record;
  return status;
}

static int ask(struct work *work, struct edit *edit, enum conflict conflict, struct base_error *err) {
  int function = edit->object->service->on_conflict;
  if (!function) return keep_server_row(edit);
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  cJSON *wanted = NULL;
  write_wanted(edit, &text);
  json_parse(base_buf_string(&text), text.len, JSON_LAST_COUNTS, &wanted, NULL);
  struct script_decision decision = {0};
  int status = script_conflict(work->world, function, KINDS[conflict], wanted, edit->exists ? row_record(&edit->row) : NULL, &decision, err);
  cJSON_Delete(wanted);
  if (status == 0) status = take_decision(edit, &decision, err);
  cJSON_Delete(decision.row);
  return status;
}

int conflict_resolve(struct work *work, struct edit *edit, struct base_error *err) {
  enum policy policy = edit->object->service->policy;
  enum conflict conflict = find_conflict(work, edit, policy);
  edit->answered = edit->verb;
  switch (RESOLUTIONS[conflict][policy]) {
  case APPLY: return apply(work, edit, err);
  case REFUSE:
    edit_fail(edit, OPSTATUS_CONFLICT, conflict == CREATE_EXISTS ? "a row of this key exists" : "there is no row of this key");
    return 0;
  case ASK: return ask(work, edit, conflict, err);
  default: return keep_server_row(edit);
  }
}
