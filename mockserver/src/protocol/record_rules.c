#include "protocol/record_rules.h"

#include "script/functions.h"

static int apply_reject(struct work *work, struct edit *edit, const struct rule_action *action, struct base_error *err) {
  bool refused = action->json ? value_has_columns(edit->sent, action->json) : true;
  int status = action->function ? script_predicate(work->world, action->function, edit->sent, &refused, err) : 0;
  if (status == 0 && refused) edit_fail(edit, action->number, "%s", action->text);
  return status;
}

int record_rules_reject(struct work *work, struct edit *edit, struct base_error *err) {
  int status = 0;
  for (size_t i = 0; i < work->plan->count; i++)
    for (size_t k = 0; k < work->plan->rules[i]->action_count && status == 0; k++) {
      const struct rule_action *action = &work->plan->rules[i]->actions[k];
      if (action->kind == ACTION_REJECT && !edit->opstatus) status = apply_reject(work, edit, action, err);
    }
  return status;
}

/* An object or an array of messages is answered as it is; texts gather in a list. */
static void add_message(cJSON *metadata, const struct rule_action *action) {
  cJSON *list = json_find(metadata, "intermediateErrors");
  if (!list && action->json) {
    cJSON_AddItemToObject(metadata, "intermediateErrors", cJSON_Duplicate(action->json, true));
    return;
  }
  if (!list) list = cJSON_AddArrayToObject(metadata, "intermediateErrors");
  if (cJSON_IsArray(list)) cJSON_AddItemToArray(list, action->json ? cJSON_Duplicate(action->json, true) : cJSON_CreateString(action->text));
}

void record_rules_intermediate(const struct work *work, cJSON *metadata) {
  for (size_t i = 0; i < work->plan->count; i++)
    for (size_t k = 0; k < work->plan->rules[i]->action_count; k++) {
      const struct rule_action *action = &work->plan->rules[i]->actions[k];
      if (action->kind != ACTION_INTERMEDIATE_ERROR) continue;
      add_message(metadata, action);
    }
}
