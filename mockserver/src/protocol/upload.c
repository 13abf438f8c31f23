/*
 * The back end works off the records of a request one by one, in their order, a parent before what nests in
 * it. Each record ends in an outcome: the row as it now is, or an error that leaves the row alone. Then the
 * answer is built: records by object, nested as they came, counts, and the opstatus of W-38.
 */
#include "protocol/upload.h"

#include <stdio.h>
#include <string.h>

#include "protocol/conflict.h"
#include "protocol/edit.h"
#include "protocol/hierarchy.h"
#include "protocol/record_rules.h"
#include "world/world.h"

enum { OPSTATUS_SOME_FAILED = 500100, NESTING_MAX = 32 };

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

static void add_checksum(cJSON *metadata, const struct edit *edit, const cJSON *row) {
  char checksum[17];
  rows_checksum(edit->object, row, checksum);
  cJSON_AddStringToObject(metadata, "checksum", checksum);
}

/* What was decided, else the row as it now is; the key columns of one that is gone for the client. */
static cJSON *stored_record(const struct work *work, const struct edit *edit) {
  struct row now = {0};
  bool found = rows_find(work->world, edit->object, &edit->key, &now) && !now.deleted;
  bool deleted = strcmp(edit->answered, VERB_NAMES[VERB_DELETE]) == 0;
  cJSON *record = deleted || !(found || edit->answered_row) ? rows_key_columns(edit->object, edit->record)
                  : edit->answered_row                      ? rows_sent(edit->object, edit->answered_row)
                                                            : rows_take_sent(edit->object, &now);
  add_temporary(record, edit);
  cJSON *metadata = cJSON_AddObjectToObject(record, "_metadata");
  cJSON_AddStringToObject(metadata, "action", edit->answered);
  add_row_id(metadata, edit);
  if (found && !deleted) add_checksum(metadata, edit, now.record ? now.record : record);
  cJSON_AddItemToObject(metadata, "opstatus", json_create_integer(0));
  record_rules_intermediate(work, metadata);
  row_done(&now);
  return record;
}

/* Into `nest`, the list in the parent's answer, or into the list of its object. */
static cJSON *add_outcome(struct work *work, const struct edit *edit, cJSON *nest) {
  cJSON *record = edit->opstatus ? failed_record(edit) : stored_record(work, edit);
  cJSON_AddItemToArray(nest ? nest : records_of(work, edit), record);
  work->count++;
  if (edit->opstatus && work->failures++ == 0) work->first_failure = edit->opstatus;
  return record;
}

/* ---- the records ---- */

static int work_off_children(struct work *work, const struct edit *parent, cJSON *answered, int depth, struct base_error *err);

static int decide(struct work *work, struct edit *edit, struct base_error *err) {
  const struct edit *parent = edit->parent;
  bool orphan = parent && parent->opstatus;
  if (!edit->opstatus && !orphan) hierarchy_check_edit(work, edit);
  if (!edit->opstatus && orphan)
    edit_fail(edit, OPSTATUS_CONFLICT, "its parent, a record of %.60s, failed: %.100s", parent->object->name, parent->errmsg);
  int status = edit->opstatus ? 0 : record_rules_reject(work, edit, err);
  if (status == 0 && !edit->opstatus) edit_find_row(work, edit);
  if (status == 0 && !edit->opstatus) status = conflict_resolve(work, edit, err);
  return status;
}

static int work_off(struct work *work, const cJSON *sent, const struct edit *parent, cJSON *nest, const char *place,
                    int depth, struct base_error *err) {
  struct edit edit;
  edit_read(work, sent, parent, place, &edit);
  int status = decide(work, &edit, err);
  if (status == 0) {
    cJSON *answered = add_outcome(work, &edit, nest);
    if (edit.object) status = work_off_children(work, &edit, answered, depth, err);
  }
  edit_done(&edit);
  return status;
}

static void note_member(struct work *work, const struct edit *parent, const cJSON *member, int depth) {
  if (depth >= NESTING_MAX) journal_finding(work->entry, "W-47: records nest deeper than %d levels", NESTING_MAX);
  else
    journal_finding(work->entry, "W-47: %.60s in a record of %.60s is neither a column nor an object", member->string,
                    parent->object->name);
}

static int work_off_children(struct work *work, const struct edit *parent, cJSON *answered, int depth, struct base_error *err) {
  const cJSON *member, *sent;
  int status = 0;
  cJSON_ArrayForEach(member, parent->sent) {
    if (!hierarchy_is_nested(parent->object, member)) continue;
    if (depth >= NESTING_MAX || !model_find_object(work->entry->service, member->string)) {
      note_member(work, parent, member, depth);
      continue;
    }
    cJSON *nest = work->flat ? NULL : cJSON_AddArrayToObject(answered, member->string);
    cJSON_ArrayForEach(sent, member) {
      if (status == 0 && cJSON_IsObject(sent)) status = work_off(work, sent, parent, nest, member->string, depth + 1, err);
    }
  }
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

/* W-31: a flat upload is a piece of the client's log. */
static void check_log_order(struct work *work, const cJSON *records) {
  int64_t last = 0, row_id;
  const cJSON *record;
  cJSON_ArrayForEach(record, records) {
    const cJSON *item = json_find(json_find(record, "_metadata"), "rowId");
    if (!item || !json_integer(item, &row_id)) continue;
    if (row_id > 0 && row_id <= last)
      journal_finding(work->entry, "W-31: rowId %lld stands behind %lld", (long long)row_id, (long long)last);
    last = row_id;
  }
}

int upload_answer(struct mock_world *world, struct journal_entry *entry, const struct rule_plan *plan,
                  struct answer *answer, struct base_error *err) {
  const cJSON *records = json_find(entry->body, "records"), *sent;
  if (!cJSON_IsArray(records)) {
    journal_finding(entry, "W-31: the upload has no list of records");
    answer_error(answer, 400, OPSTATUS_BAD_REQUEST, "the body of an upload is a JSON object with a list of records");
    return 0;
  }
  struct work work = {.world = world, .entry = entry, .plan = plan,
                      .objects = cJSON_CreateArray(), .flat = rules_find(plan, ACTION_FLAT) != NULL,
                      .hierarchical = !entry->object_level && hierarchy_service(entry->service)};
  int status = 0;
  if (work.hierarchical) hierarchy_check_request(&work, records);
  else check_log_order(&work, records);
  cJSON_ArrayForEach(sent, records) {
    if (status == 0 && cJSON_IsObject(sent)) status = work_off(&work, sent, NULL, NULL, NULL, 0, err);
  }
  if (status == 0) answer_json(answer, envelope(&work));
  byte_map_done(&work.touched);
  cJSON_Delete(work.objects);
  temporary_done(&work.temporary);
  return status;
}
