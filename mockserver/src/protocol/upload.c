/*
 * The back end works off the records of a request one by one, in their order. Each record ends in an
 * outcome: the row as it now is, or an error that leaves the row alone. Then the answer is built:
 * records by object, counts, and the opstatus of W-38.
 */
#include "protocol/upload.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "protocol/temporary_keys.h"
#include "script/functions.h"
#include "world/rows.h"
#include "world/world.h"

enum { OPSTATUS_CONFLICT = 20006, OPSTATUS_SOME_FAILED = 500100, OPSTATUS_BAD_REQUEST = 20001 };

enum verb { VERB_CREATE, VERB_UPDATE, VERB_PARTIAL_UPDATE, VERB_DELETE, VERB_UNKNOWN };
static const char *const VERB_NAMES[] = {"create", "update", "partialupdate", "delete"};

struct work {
  struct mock_world *world;
  struct journal_entry *entry;
  const struct rule_plan *plan;
  struct temporary_keys temporary;
  cJSON *touched; /* keys whose first edit in this request is done: object id -> texts (W-40) */
  cJSON *objects; /* of the answer */
  int64_t count, failures, first_failure;
};

/* One record on its way. */
struct edit {
  const cJSON *sent;
  cJSON *record; /* copy with temporary keys resolved */
  struct model_object *object;
  enum verb verb;
  const char *checksum;
  struct base_buf key;
  bool has_key;
  struct row row; /* what the server has */
  bool exists;    /* ... and is not deleted */
  bool first;     /* first edit of the row in this request */
  const char *answered; /* action of the answer */
  int64_t opstatus;
  char errmsg[256];
};

static void fail_edit(struct edit *edit, int64_t opstatus, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void fail_edit(struct edit *edit, int64_t opstatus, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(edit->errmsg, sizeof edit->errmsg, format, args);
  va_end(args);
  edit->opstatus = opstatus;
}

/* ---- reading a record ---- */

static enum verb find_verb(const char *name) {
  for (int i = 0; name && i < VERB_UNKNOWN; i++)
    if (strcmp(name, VERB_NAMES[i]) == 0) return (enum verb)i;
  return VERB_UNKNOWN;
}

static void read_edit(struct work *work, const cJSON *sent, struct edit *edit) {
  const cJSON *metadata = json_find(sent, "_metadata");
  const char *object = json_find_string(metadata, "object"), *action = json_find_string(metadata, "action");
  const char *checksum = json_find_string(metadata, "checksum");
  if (!object) object = work->entry->object_name;
  *edit = (struct edit){.sent = sent, .object = model_find_object(work->entry->service, object),
                        .verb = find_verb(action), .checksum = checksum ? checksum : ""};
  if (!edit->object) fail_edit(edit, OPSTATUS_BAD_REQUEST, "there is no object %.60s", object ? object : "without a name");
  else if (edit->verb == VERB_UNKNOWN) fail_edit(edit, OPSTATUS_BAD_REQUEST, "there is no action %.60s", action ? action : "without a name");
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
    cJSON_DeleteItemFromObjectCaseSensitive(edit->record, field->name);
    cJSON_AddItemToObject(edit->record, field->name, json_create_integer(given));
  }
}

static bool touch(struct work *work, const struct edit *edit) {
  char name[32];
  struct base_buf hex = BASE_BUF_INIT;
  snprintf(name, sizeof name, "%lld:", (long long)edit->object->id);
  base_buf_text(&hex, name);
  for (size_t i = 0; i < edit->key.len; i++) base_buf_printf(&hex, "%02x", (unsigned)(unsigned char)edit->key.data[i]);
  bool first = json_find(work->touched, base_buf_string(&hex)) == NULL;
  if (first) cJSON_AddTrueToObject(work->touched, base_buf_string(&hex));
  base_buf_done(&hex);
  return first;
}

static void find_row(struct work *work, struct edit *edit) {
  edit->record = cJSON_Duplicate(edit->sent, true);
  const char *dangling = temporary_resolve(&work->temporary, edit->object, edit->record);
  if (dangling && edit->verb != VERB_DELETE) {
    fail_edit(edit, OPSTATUS_CONFLICT, "%.60s refers to a row that was not stored", dangling);
    return;
  }
  if (edit->verb == VERB_CREATE) generate_keys(work, edit);
  edit->has_key = rows_key(edit->object, edit->record, &edit->key);
  if (!edit->has_key) {
    fail_edit(edit, OPSTATUS_BAD_REQUEST, "the record has no value in a key column");
    return;
  }
  edit->exists = rows_find(work->world, edit->object, &edit->key, &edit->row) && !edit->row.deleted;
  edit->first = touch(work, edit);
}

/* ---- conflicts (W-40) ---- */

enum conflict { CONFLICT_NONE, CREATE_EXISTS, UPDATE_CHANGED, UPDATE_GONE, DELETE_CHANGED };
enum resolution { APPLY, REFUSE, KEEP, KEEP_DELETED };

static const enum resolution RESOLUTIONS[][3] = {
    /*                   none    client wins  server wins */
    [CONFLICT_NONE] = {APPLY, APPLY, APPLY},
    [CREATE_EXISTS] = {REFUSE, APPLY, KEEP},
    [UPDATE_CHANGED] = {APPLY, APPLY, KEEP},
    [UPDATE_GONE] = {REFUSE, APPLY, KEEP_DELETED},
    [DELETE_CHANGED] = {APPLY, APPLY, KEEP},
};

static enum conflict find_conflict(const struct edit *edit, enum policy policy) {
  char checksum[17];
  bool update = edit->verb == VERB_UPDATE || edit->verb == VERB_PARTIAL_UPDATE;
  if (edit->verb == VERB_CREATE) return edit->exists ? CREATE_EXISTS : CONFLICT_NONE;
  if (!edit->exists) return update ? UPDATE_GONE : CONFLICT_NONE;
  if (policy == POLICY_NONE || !edit->first || !edit->checksum[0]) return CONFLICT_NONE;
  rows_checksum(edit->object, edit->row.record, checksum);
  if (strcmp(checksum, edit->checksum) == 0) return CONFLICT_NONE;
  return update ? UPDATE_CHANGED : DELETE_CHANGED;
}

/* ---- applying ---- */

/* Binary columns do not travel in sync (W-15): an upload says nothing of them. */
static void keep_binary(const struct model_object *object, cJSON *record, const cJSON *old) {
  for (size_t i = 0; i < object->field_count; i++) {
    const cJSON *value = json_find(old, object->fields[i].name);
    if (object->fields[i].type != TYPE_BINARY || !value) continue;
    cJSON_ReplaceItemInObjectCaseSensitive(record, object->fields[i].name, cJSON_Duplicate(value, true));
  }
}

static int write_edit(struct work *work, struct edit *edit, struct base_error *err) {
  if (edit->verb == VERB_DELETE) return edit->exists ? rows_delete(work->world, edit->object, &edit->key, err) : 0;
  const cJSON *old = edit->exists ? edit->row.record : NULL;
  cJSON *record = rows_record(edit->object, edit->record, edit->verb == VERB_PARTIAL_UPDATE ? old : NULL); /* W-32 */
  if (edit->verb != VERB_CREATE) keep_binary(edit->object, record, old);
  int status = rows_put(work->world, edit->object, record, err);
  cJSON_Delete(record);
  return status;
}

static int resolve(struct work *work, struct edit *edit, struct base_error *err) {
  enum policy policy = edit->object->service->policy;
  enum conflict conflict = find_conflict(edit, policy);
  edit->answered = VERB_NAMES[edit->verb];
  switch (RESOLUTIONS[conflict][policy]) {
  case APPLY: return write_edit(work, edit, err);
  case REFUSE:
    fail_edit(edit, OPSTATUS_CONFLICT, conflict == CREATE_EXISTS ? "a row of this key exists" : "there is no row of this key");
    return 0;
  case KEEP: edit->answered = "update"; return 0;
  default: edit->answered = "delete"; return 0;
  }
}

/* ---- rules that refuse records ---- */

/* The columns that the rule names have its values: numbers by decimal value, in text or not (W-14). */
static bool is_same_value(const cJSON *value, const cJSON *wanted) {
  char one[32], two[32];
  const char *x = value ? value_digits(value, one) : NULL, *y = value_digits(wanted, two);
  if (!value) return cJSON_IsNull(wanted);
  return x && y ? decimal_compare(x, strlen(x), y, strlen(y)) == 0 : json_equal(value, wanted);
}

static bool has_columns(const cJSON *record, const cJSON *columns) {
  const cJSON *column;
  cJSON_ArrayForEach(column, columns) {
    if (!is_same_value(json_find(record, column->string), column)) return false;
  }
  return true;
}

static int apply_reject(struct work *work, struct edit *edit, const struct rule_action *action, struct base_error *err) {
  bool refused = action->json ? has_columns(edit->sent, action->json) : true;
  int status = action->function ? script_predicate(work->world, action->function, edit->sent, &refused, err) : 0;
  if (status == 0 && refused) fail_edit(edit, action->number, "%s", action->text);
  return status;
}

static int apply_rejects(struct work *work, struct edit *edit, struct base_error *err) {
  int status = 0;
  for (size_t i = 0; i < work->plan->count; i++)
    for (size_t k = 0; k < work->plan->rules[i]->action_count && status == 0; k++) {
      const struct rule_action *action = &work->plan->rules[i]->actions[k];
      if (action->kind == ACTION_REJECT && !edit->opstatus) status = apply_reject(work, edit, action, err);
    }
  return status;
}

static void add_intermediate_errors(const struct work *work, cJSON *metadata) {
  for (size_t i = 0; i < work->plan->count; i++)
    for (size_t k = 0; k < work->plan->rules[i]->action_count; k++) {
      const struct rule_action *action = &work->plan->rules[i]->actions[k];
      if (action->kind != ACTION_INTERMEDIATE_ERROR) continue;
      cJSON *list = json_find(metadata, "intermediateErrors");
      if (!list) list = cJSON_AddArrayToObject(metadata, "intermediateErrors");
      cJSON_AddItemToArray(list, cJSON_CreateString(action->text));
    }
}

/* ---- the answer ---- */

static cJSON *records_of(struct work *work, const struct edit *edit) {
  const char *name = edit->object ? edit->object->name : json_find_string(json_find(edit->sent, "_metadata"), "object");
  cJSON *part;
  cJSON_ArrayForEach(part, work->objects) {
    if (strcmp(json_find_string(part, "name"), name ? name : "") == 0) return json_find(part, "records");
  }
  part = cJSON_CreateObject();
  cJSON_AddStringToObject(part, "name", name ? name : "");
  cJSON_AddItemToArray(work->objects, part);
  return cJSON_AddArrayToObject(part, "records");
}

static void add_row_id(cJSON *metadata, const struct edit *edit) {
  const cJSON *row_id = json_find(json_find(edit->sent, "_metadata"), "rowId");
  if (row_id) cJSON_AddItemToObject(metadata, "rowId", cJSON_Duplicate(row_id, true));
}

static cJSON *failed_record(const struct edit *edit) {
  cJSON *record = edit->object ? rows_key_columns(edit->object, edit->sent) : cJSON_CreateObject();
  cJSON *metadata = cJSON_AddObjectToObject(record, "_metadata");
  add_row_id(metadata, edit);
  cJSON_AddItemToObject(metadata, "opstatus", json_create_integer(edit->opstatus));
  cJSON_AddStringToObject(metadata, "errmsg", edit->errmsg);
  return record;
}

/* The temporary key comes back under `_` + name (W-34). */
static void add_temporary(cJSON *record, const struct edit *edit) {
  char name[256];
  int64_t temporary;
  for (size_t i = 0; i < edit->object->key_count; i++) {
    const struct model_field *field = &edit->object->fields[edit->object->keys[i]];
    const cJSON *sent = json_find(edit->sent, field->name);
    if (!field->generated || !temporary_value(sent, &temporary)) continue;
    snprintf(name, sizeof name, "_%.250s", field->name);
    cJSON_AddItemToObject(record, name, json_create_integer(temporary));
  }
}

static cJSON *stored_record(const struct work *work, const struct edit *edit) {
  struct row now = {0};
  char checksum[17];
  bool found = rows_find(work->world, edit->object, &edit->key, &now) && !now.deleted;
  cJSON *record = found ? rows_sent(edit->object, now.record) : rows_key_columns(edit->object, edit->record);
  add_temporary(record, edit);
  cJSON *metadata = cJSON_AddObjectToObject(record, "_metadata");
  cJSON_AddStringToObject(metadata, "action", edit->answered);
  add_row_id(metadata, edit);
  if (found) {
    rows_checksum(edit->object, now.record, checksum);
    cJSON_AddStringToObject(metadata, "checksum", checksum);
  }
  cJSON_AddItemToObject(metadata, "opstatus", json_create_integer(0));
  add_intermediate_errors(work, metadata);
  row_done(&now);
  return record;
}

static void add_outcome(struct work *work, const struct edit *edit) {
  cJSON *record = edit->opstatus ? failed_record(edit) : stored_record(work, edit);
  cJSON_AddItemToArray(records_of(work, edit), record);
  work->count++;
  if (!edit->opstatus) return;
  if (work->failures++ == 0) work->first_failure = edit->opstatus;
}

static int work_off(struct work *work, const cJSON *sent, struct base_error *err) {
  struct edit edit;
  read_edit(work, sent, &edit);
  int status = edit.opstatus ? 0 : apply_rejects(work, &edit, err);
  if (status == 0 && !edit.opstatus) find_row(work, &edit);
  if (status == 0 && !edit.opstatus) status = resolve(work, &edit, err);
  if (status == 0) add_outcome(work, &edit);
  cJSON_Delete(edit.record);
  base_buf_done(&edit.key);
  row_done(&edit.row);
  return status;
}

static cJSON *envelope(struct work *work) {
  int64_t opstatus = work->failures == 0 ? 0 : work->failures < work->count ? OPSTATUS_SOME_FAILED : work->first_failure;
  cJSON *json = cJSON_CreateObject();
  cJSON_AddItemToObject(json, "opstatus", json_create_integer(opstatus)); /* W-38 */
  cJSON *metadata = cJSON_AddObjectToObject(json, "_metadata");
  cJSON_AddItemToObject(metadata, "recordCount", json_create_integer(work->count));
  cJSON_AddItemToObject(metadata, "successCount", json_create_integer(work->count - work->failures));
  cJSON_AddItemToObject(metadata, "failureCount", json_create_integer(work->failures));
  cJSON_AddItemToObject(json, "objects", work->objects); /* small in uploads (W-20) */
  work->objects = NULL;
  return json;
}

int upload_answer(struct mock_world *world, struct journal_entry *entry, const struct rule_plan *plan,
                  struct answer *answer, struct base_error *err) {
  const cJSON *records = json_find(entry->body, "records"), *sent;
  if (!cJSON_IsArray(records)) {
    journal_finding(entry, "W-31: the upload has no list of records");
    answer_error(answer, 400, OPSTATUS_BAD_REQUEST, "the body of an upload is a JSON object with a list of records");
    return 0;
  }
  struct work work = {.world = world, .entry = entry, .plan = plan, .touched = cJSON_CreateObject(),
                      .objects = cJSON_CreateArray()};
  int status = 0;
  cJSON_ArrayForEach(sent, records) {
    if (status == 0 && cJSON_IsObject(sent)) status = work_off(&work, sent, err);
  }
  if (status == 0) answer_json(answer, envelope(&work));
  cJSON_Delete(work.touched);
  cJSON_Delete(work.objects);
  temporary_done(&work.temporary);
  return status;
}
