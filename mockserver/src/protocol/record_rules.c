#include "protocol/record_rules.h"

#include <string.h>

#include "base/decimal.h"
#include "script/functions.h"

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

void record_rules_intermediate(const struct work *work, cJSON *metadata) {
  for (size_t i = 0; i < work->plan->count; i++)
    for (size_t k = 0; k < work->plan->rules[i]->action_count; k++) {
      const struct rule_action *action = &work->plan->rules[i]->actions[k];
      if (action->kind != ACTION_INTERMEDIATE_ERROR) continue;
      cJSON *list = json_find(metadata, "intermediateErrors");
      if (!list) list = cJSON_AddArrayToObject(metadata, "intermediateErrors");
      cJSON_AddItemToArray(list, cJSON_CreateString(action->text));
    }
}
