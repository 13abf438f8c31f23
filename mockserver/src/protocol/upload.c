/*
 * The back end works off the records of a request one by one, in their order, a parent before what nests in
 * it. Each record ends in an outcome: the row as it now is, or an error that leaves the row alone. It is answered
 * at once (outcome.h), nested as it came.
 */
#include "protocol/upload.h"

#include <string.h>

#include "base/cleanup.h"
#include "protocol/conflict.h"
#include "protocol/edit.h"
#include "protocol/hierarchy.h"
#include "protocol/outcome.h"
#include "protocol/record_rules.h"
#include "world/world.h"

enum { NESTING_MAX = 32 };

/* ---- the records ---- */

static int work_off_children(struct work *work, struct edit *parent, struct base_buf *out, int depth, struct base_error *err);

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

/* Flat, a record is closed before what nested in it follows, else around it. */
static int answer_edit(struct work *work, struct edit *edit, struct base_buf *nest, int depth, struct base_error *err) {
  int status = 0;
  struct base_buf *out = nest ? nest : outcome_list(work, edit);
  if (!out) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  outcome_begin(work, edit, out);
  if (work->flat) base_buf_char(out, '}');
  if (edit->object && !edit->listless) status = work_off_children(work, edit, out, depth, err);
  if (!work->flat) base_buf_char(out, '}');
  return status;
}

/* W-31: a flat upload is a piece of the client's log. */
static void check_log_order(struct work *work, const struct edit *edit) {
  if (work->hierarchical || edit->parent || !edit->numbered) return;
  if (edit->row_id > 0 && edit->row_id <= work->last_row_id)
    journal_finding(work->entry, "W-31: rowId %lld stands behind %lld", (long long)edit->row_id, (long long)work->last_row_id);
  work->last_row_id = edit->row_id;
}

/* Into `nest`, the list in the parent's answer, or into the list of its object. */
static int work_off(struct work *work, const struct json_item *sent, struct edit *parent, struct base_buf *nest,
                    const char *place, int depth, struct base_error *err) {
  struct edit *edit = edit_begin(work, sent, parent, place);
  if (!edit) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  check_log_order(work, edit);
  int status = decide(work, edit, err);
  if (status == 0) status = answer_edit(work, edit, nest, depth, err);
  edit_end(work, edit);
  return status;
}

static void note_list(struct work *work, const struct edit *parent, const char *name, int depth) {
  if (depth >= NESTING_MAX) journal_finding(work->entry, "W-47: records nest deeper than %d levels", NESTING_MAX);
  else
    journal_finding(work->entry, "W-47: %.60s in a record of %.60s is neither a column nor an object", name, parent->object->name);
}

/* Of repeated names the last counts. */
static bool comes_again(const struct work *work, const struct edit *parent, const struct json_item *member, const char *name) {
  size_t len = strlen(name);
  while ((member = json_item_next(parent->sent, member)))
    if (json_item_is_named(work->body, member, name, len)) return true;
  return false;
}

/* The records under the name of an object in their parent. */
static int work_off_list(struct work *work, struct edit *parent, const struct json_item *list, const char *name,
                         struct base_buf *out, int depth, struct base_error *err) {
  int status = 0;
  struct base_buf *nest = work->flat ? NULL : out;
  if (depth >= NESTING_MAX || !model_find_object(work->entry->service, name)) {
    note_list(work, parent, name, depth);
    return 0;
  }
  if (comes_again(work, parent, list, name)) return 0;
  if (nest) outcome_nest(nest, name);
  JSON_EACH_ITEM(sent, list)
    if (status == 0 && sent->token == JSON_OBJECT_BEGIN) status = work_off(work, sent, parent, nest, name, depth + 1, err);
  if (nest) base_buf_char(nest, ']');
  return status;
}

static int work_off_children(struct work *work, struct edit *parent, struct base_buf *out, int depth, struct base_error *err) {
  CLEANUP(base_buf_done) struct base_buf name = BASE_BUF_INIT;
  int status = 0;
  JSON_EACH_ITEM(member, parent->sent) {
    if (status != 0 || !hierarchy_is_nested(work, parent->object, member)) continue;
    const char *text = json_item_name(work->body, member, &name);
    if (!text) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
    status = work_off_list(work, parent, member, text, out, depth, err);
  }
  return status;
}

/* ---- the request ---- */

static int work_off_request(struct work *work, const struct json_item *records, struct answer *answer, struct base_error *err) {
  int status = 0;
  if (work->hierarchical) hierarchy_check_request(work, records);
  JSON_EACH_ITEM(sent, records)
    if (status == 0 && sent->token == JSON_OBJECT_BEGIN) status = work_off(work, sent, NULL, NULL, NULL, 0, err);
  return status == 0 ? outcome_answer(work, answer, err) : status;
}

int upload_answer(struct mock_world *world, struct journal_entry *entry, const struct rule_plan *plan,
                  struct answer *answer, struct base_error *err) {
  const struct json_index *body = &entry->upload;
  const struct json_item *records = json_item_find(body, body->items, "records");
  if (!records || records->token != JSON_ARRAY_BEGIN) {
    journal_finding(entry, "W-31: the upload has no list of records");
    answer_error(answer, 400, OPSTATUS_BAD_REQUEST, "the body of an upload is a JSON object with a list of records");
    return 0;
  }
  struct work work = {.world = world, .entry = entry, .body = body, .plan = plan,
                      .flat = rules_find(plan, ACTION_FLAT) != NULL,
                      .hierarchical = !entry->object_level && hierarchy_service(entry->service)};
  int status = work_off_request(&work, records, answer, err);
  byte_map_done(&work.touched);
  byte_map_done(&work.told);
  base_buf_done(&work.scratch);
  edit_free_spare(&work);
  outcome_done(&work);
  temporary_done(&work.temporary);
  return status;
}
