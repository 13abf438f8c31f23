#include "protocol/record_rules.h"

#include "script/functions.h"

static int apply_reject(struct work *work, struct edit *edit, struct rule *rule, const struct rule_action *action, struct base_error *err) {
  bool refused = action->json ? value_has_columns(edit_tree(work, edit), action->json) : true;
  int status = action->function ? script_predicate(work->world, action->function, edit_tree(work, edit), &refused, err) : 0;
  if (status != 0 || !refused) return status;
  rule->effective = true;
  edit_fail(edit, action->number, "%s", action->text);
  return 0;
}

int record_rules_reject(struct work *work, struct edit *edit, struct base_error *err) {
  int status = 0;
  for (size_t i = 0; i < work->plan->count; i++)
    for (size_t k = 0; k < work->plan->rules[i]->action_count && status == 0; k++) {
      const struct rule_action *action = &work->plan->rules[i]->actions[k];
      if (action->kind == ACTION_REJECT && !edit->opstatus) status = apply_reject(work, edit, work->plan->rules[i], action, err);
    }
  return status;
}

/* An object or an array of messages is answered as it is; texts gather in a list. */
static cJSON *add_message(cJSON *errors, const struct rule_action *action) {
  if (!errors && action->json) return cJSON_Duplicate(action->json, true);
  if (!errors) errors = cJSON_CreateArray();
  if (cJSON_IsArray(errors)) cJSON_AddItemToArray(errors, action->json ? cJSON_Duplicate(action->json, true) : cJSON_CreateString(action->text));
  return errors;
}

cJSON *record_rules_intermediate(const struct work *work) {
  cJSON *errors = NULL;
  for (size_t i = 0; i < work->plan->count; i++)
    for (size_t k = 0; k < work->plan->rules[i]->action_count; k++) {
      const struct rule_action *action = &work->plan->rules[i]->actions[k];
      if (action->kind == ACTION_INTERMEDIATE_ERROR) errors = add_message(errors, action);
    }
  return errors;
}
