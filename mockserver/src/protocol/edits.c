/*
 * Edits of the back end's answer. Most work on its lists of records, nested ones included: a row of the table for each.
 * They say whether they changed anything: a rule that never did (its column is misspelt, say) tested nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "protocol/download.h"
#include "protocol/serving.h"
#include "script/functions.h"

/* ---- of one record ---- */

static bool drop_column(cJSON *record, const struct rule_action *action) {
  cJSON *value = cJSON_DetachItemFromObjectCaseSensitive(record, action->text);
  cJSON_Delete(value);
  return value != NULL;
}

/* Replaces in place: the order of columns stays. Takes `value`. */
static bool set_column(cJSON *record, const char *column, cJSON *value) {
  bool there = json_find(record, column) != NULL;
  if (there) cJSON_ReplaceItemInObjectCaseSensitive(record, column, value);
  else cJSON_Delete(value);
  return there;
}

static bool null_column(cJSON *record, const struct rule_action *action) {
  return set_column(record, action->text, cJSON_CreateNull());
}

static bool rename_column(cJSON *record, const struct rule_action *action) {
  cJSON *value = cJSON_DetachItemFromObjectCaseSensitive(record, action->text);
  if (!value) return false;
  const char *name = cJSON_GetStringValue(action->json);
  cJSON_DeleteItemFromObjectCaseSensitive(record, name);
  cJSON_AddItemToObject(record, name, value);
  return true;
}

static cJSON *as_text(const cJSON *value) {
  char *text = cJSON_IsString(value) ? strdup(value->valuestring) : json_print(value);
  cJSON *json = cJSON_CreateString(text ? text : "");
  free(text);
  return json;
}

/* The value within something of another type, or what comes nearest. */
static cJSON *retyped(const cJSON *value, const char *type) {
  if (strcmp(type, "string") == 0) return as_text(value);
  if (strcmp(type, "number") == 0) return json_is_number(value) ? cJSON_Duplicate(value, true) : json_create_integer(1);
  if (strcmp(type, "boolean") == 0) return cJSON_CreateTrue();
  cJSON *box = strcmp(type, "array") == 0 ? cJSON_CreateArray() : cJSON_CreateObject();
  cJSON *copy = cJSON_Duplicate(value, true);
  if (cJSON_IsArray(box)) cJSON_AddItemToArray(box, copy);
  else cJSON_AddItemToObject(box, "value", copy);
  return box;
}

static bool retype_column(cJSON *record, const struct rule_action *action) {
  const cJSON *value = json_find(record, action->text);
  return value && set_column(record, action->text, retyped(value, cJSON_GetStringValue(action->json)));
}

static bool lose_member(cJSON *record, const struct rule_action *action) {
  return drop_column(json_find(record, "_metadata"), action);
}

/* ---- of a list of records ---- */

static cJSON *pick(cJSON *records, int64_t place) {
  return place >= 1 && place <= cJSON_GetArraySize(records) ? cJSON_GetArrayItem(records, (int)place - 1) : NULL;
}

static bool drop_records(cJSON *records, const struct rule_action *action) {
  cJSON *record = pick(records, action->number);
  bool some = record || (action->number == 0 && records->child);
  if (record) cJSON_Delete(cJSON_DetachItemViaPointer(records, record));
  while (action->number == 0 && records->child) cJSON_Delete(cJSON_DetachItemViaPointer(records, records->child));
  return some;
}

static bool add_record(cJSON *records, const struct rule_action *action) {
  return cJSON_AddItemToArray(records, cJSON_Duplicate(action->json, true));
}

static bool double_records(cJSON *records, const struct rule_action *action) {
  int count = cJSON_GetArraySize(records);
  for (int i = 0; i < count; i++)
    if (action->number == 0 || action->number == i + 1)
      cJSON_AddItemToArray(records, cJSON_Duplicate(cJSON_GetArrayItem(records, i), true));
  return cJSON_GetArraySize(records) > count;
}

static bool reverse_records(cJSON *records, const struct rule_action *action) {
  (void)action;
  int count = cJSON_GetArraySize(records);
  for (int i = 1; i < count; i++) cJSON_InsertItemInArray(records, 0, cJSON_DetachItemFromArray(records, i));
  return count > 1;
}

static const struct {
  bool (*record)(cJSON *record, const struct rule_action *action);
  bool (*records)(cJSON *records, const struct rule_action *action);
} EDITS[ACTION_COUNT] = {
    [ACTION_WITHOUT] = {.record = drop_column}, [ACTION_NULL] = {.record = null_column},
    [ACTION_RENAME] = {.record = rename_column}, [ACTION_RETYPE] = {.record = retype_column},
    [ACTION_LOSE] = {.record = lose_member},    [ACTION_DROP] = {.records = drop_records},
    [ACTION_ADD] = {.records = add_record},     [ACTION_DOUBLE] = {.records = double_records},
    [ACTION_REVERSE] = {.records = reverse_records},
};

struct list_edit {
  const struct rule_action *action;
  bool changed;
};

static void edit_list(void *context, cJSON *records) {
  struct list_edit *edit = context;
  const struct rule_action *action = edit->action;
  cJSON *record;
  if (EDITS[action->kind].records) {
    edit->changed |= EDITS[action->kind].records(records, action);
    return;
  }
  cJSON_ArrayForEach(record, records) edit->changed |= EDITS[action->kind].record(record, action);
}

static bool edit_records(struct serving *s, const struct rule_action *action) {
  struct list_edit edit = {action, false};
  answer_each_list(s->answer.json, s->entry->service, action->more, s->entry->object_name, edit_list, &edit);
  return edit.changed;
}

/* ---- of the whole answer ---- */

static void set_more(cJSON *json, const cJSON *value) {
  cJSON_DeleteItemFromObjectCaseSensitive(json, "hasMoreRecords");
  if (value) cJSON_AddItemToObject(json, "hasMoreRecords", cJSON_Duplicate(value, true));
}

static void run_function(struct serving *s, const struct rule_action *action, const cJSON *request) {
  struct base_error err = {0};
  if (s->answer.text) return;
  if (script_edit(s->world, action->function, &s->answer.json, &s->answer.text, request, &err) != 0) serving_fail(s, &err);
}

static void stop_early(struct serving *s) {
  cJSON *no = cJSON_CreateString("false");
  set_more(s->answer.json, no);
  cJSON_Delete(no);
}

static void run_edit(struct serving *s, struct rule *rule, const struct rule_action *action, const cJSON *request) {
  bool repeats = rule->fired <= (uint64_t)action->number;
  switch (action->kind) {
  case ACTION_EDIT: run_function(s, action, request); break;
  case ACTION_MORE: set_more(s->answer.json, action->json); break;
  case ACTION_EARLY: stop_early(s); break;
  case ACTION_ALWAYS_MORE: if (repeats) download_repeat(s->world, s->entry, &s->answer); break;
  case ACTION_ENDLESS: if (repeats) download_go_on(s->world, s->entry, &s->answer); break;
  case ACTION_EMPTY_PAGES:
    if (!repeats) break;
    download_go_on(s->world, s->entry, &s->answer);
    edit_records(s, &(struct rule_action){.kind = ACTION_DROP});
    break;
  default: rule->effective |= edit_records(s, action);
  }
}

static bool has_edits(const struct rule_plan *plan) {
  for (size_t i = 0; i < plan->count; i++)
    for (size_t k = 0; k < plan->rules[i]->action_count; k++)
      if (ACTION_TRAITS[plan->rules[i]->actions[k].kind].phase == PHASE_EDIT) return true;
  return false;
}

void edit_answer(struct serving *s) {
  cJSON *request = NULL;
  if (!has_edits(&s->plan)) return;
  answer_unshare(&s->answer);
  for (size_t i = 0; i < s->plan.count; i++)
    for (size_t k = 0; k < s->plan.rules[i]->action_count && !s->finished && s->answer.json; k++) {
      const struct rule_action *action = &s->plan.rules[i]->actions[k];
      if (ACTION_TRAITS[action->kind].phase != PHASE_EDIT) continue;
      if (action->kind == ACTION_EDIT && !request) request = journal_json(s->entry);
      run_edit(s, s->plan.rules[i], action, request);
    }
  cJSON_Delete(request);
}
