#include "world/rules.h"

#include <stdlib.h>
#include <string.h>

#include "script/functions.h"
#include "world/world.h"

/* Of each action: its name in scenarios, whether it is a fault (the newest rule with one wins), whether
   it ends the request where it stands, whether the client of such a request may go away. */
static const struct {
  const char *name;
  bool is_fault, ends, excuses;
} ACTIONS[ACTION_COUNT] = {
    [ACTION_EDIT] = {"edit", false, false, false},
    [ACTION_WITHOUT] = {"without", false, false, false},
    [ACTION_OPSTATUS] = {"opstatus", true, true, false},
    [ACTION_STATUS] = {"status", true, true, false},
    [ACTION_BODY] = {"body", true, true, false},
    [ACTION_TRUNCATE] = {"truncate", true, false, true},
    [ACTION_REJECT] = {"reject", false, false, false},
    [ACTION_INTERMEDIATE_ERROR] = {"intermediate_error", false, false, false},
    [ACTION_ALWAYS_MORE] = {"always_more", true, false, false},
    [ACTION_STORE] = {"store", false, false, false},
    [ACTION_HANG] = {"hang", true, true, true},
    [ACTION_HOLD] = {"hold", false, false, true},
    [ACTION_LINGER] = {"linger", false, false, true},
    [ACTION_CLOSE] = {"close", true, true, true},
    [ACTION_AT] = {"at", false, false, true},
    [ACTION_FLAT] = {"flat", false, false, false},
};

static const char *const POINTS[POINT_COUNT] = {"arrived", "stored", "first_byte", "answered"};

bool rules_find_action(const char *name, enum action_kind *out) {
  for (int i = 0; i < ACTION_COUNT; i++) {
    if (strcmp(ACTIONS[i].name, name) != 0) continue;
    *out = (enum action_kind)i;
    return true;
  }
  return false;
}

bool rules_find_point(const char *name, enum rule_point *out) {
  for (int i = 0; i < POINT_COUNT; i++) {
    if (strcmp(POINTS[i], name) != 0) continue;
    *out = (enum rule_point)i;
    return true;
  }
  return false;
}

struct rule *rules_add(struct rules *rules, struct model_service *service, enum request_kind kind) {
  struct rule **list = realloc(rules->rules, (rules->count + 1) * sizeof(struct rule *));
  if (list) rules->rules = list;
  struct rule *rule = calloc(1, sizeof *rule);
  if (!list || !rule) {
    free(rule);
    return NULL;
  }
  *rule = (struct rule){.id = rules->count + 1, .service = service, .kind = kind, .level = -1, .filter = -1};
  base_buf_printf(&rule->description, "%s rule %zu:", REQUEST_KINDS[kind], rule->id);
  return rules->rules[rules->count++] = rule;
}

struct rule_action *rules_add_action(struct rule *rule, enum action_kind kind) {
  struct rule_action *list = realloc(rule->actions, (rule->action_count + 1) * sizeof *list);
  if (!list) return NULL;
  rule->actions = list;
  rule->actions[rule->action_count] = (struct rule_action){.kind = kind, .after_store = rule->storing};
  if (kind == ACTION_STORE) rule->storing = true;
  base_buf_printf(&rule->description, " %s", ACTIONS[kind].name);
  return &rule->actions[rule->action_count++];
}

/* ---- which requests ---- */

static bool holds_object(const struct journal_entry *entry, const char *name) {
  if (entry->object_level) return entry->object_name && strcmp(entry->object_name, name) == 0;
  if (entry->kind != KIND_UPLOAD) return true; /* a service-level call concerns all of its objects */
  const cJSON *record;
  cJSON_ArrayForEach(record, entry->records) {
    const char *object = json_find_string(json_find(record, "_metadata"), "object");
    if (object && strcmp(object, name) == 0) return true;
  }
  return false;
}

static bool has_filter(const struct journal_entry *entry) {
  if (json_find(entry->query, "$filter")) return true;
  const cJSON *context;
  cJSON_ArrayForEach(context, json_find(json_find(entry->body, "delta_context"), "objs")) {
    const char *odata = json_find_string(context, "odatastring");
    if (odata && strstr(odata, "$filter=")) return true;
  }
  return false;
}

static bool selectors_match(const struct rule *rule, const struct journal_entry *entry) {
  return !rule->lifted && rule->service == entry->service && rule->kind == entry->kind &&
         (rule->level < 0 || rule->level == (int)entry->object_level) &&
         (rule->page == 0 || rule->page == entry->page) && (!rule->replays || entry->replayed) &&
         (!rule->object || holds_object(entry, rule->object)) &&
         (rule->filter < 0 || rule->filter == (int)has_filter(entry));
}

static bool may_fire(const struct rule *rule) {
  return (rule->nth == 0 || rule->matched == (uint64_t)rule->nth) &&
         (rule->times == 0 || rule->fired < (uint64_t)rule->times);
}

static bool is_fault(const struct rule *rule) {
  for (size_t i = 0; i < rule->action_count; i++)
    if (ACTIONS[rule->actions[i].kind].is_fault) return true;
  return false;
}

static int is_match(struct mock_world *world, const struct rule *rule, const struct journal_entry *entry,
                    cJSON **request, bool *out, struct base_error *err) {
  *out = selectors_match(rule, entry);
  if (!*out || !rule->where) return 0;
  if (!*request) *request = journal_json(entry);
  return script_predicate(world, rule->where, *request, out, err);
}

static int collect(struct mock_world *world, const struct journal_entry *entry, struct rule_plan *plan,
                   cJSON **request, struct base_error *err) {
  for (size_t i = 0; i < world->rules.count; i++) {
    struct rule *rule = world->rules.rules[i];
    bool match;
    int status = is_match(world, rule, entry, request, &match, err);
    if (status != 0) return status;
    if (!match) continue;
    rule->matched++;
    if (may_fire(rule) && plan->count < PLAN_RULES) plan->rules[plan->count++] = rule;
  }
  return 0;
}

/* Of several faults the newest counts. */
static void drop_older_faults(struct rule_plan *plan) {
  struct rule_plan kept = {.count = 0};
  bool fault_seen = false, keep[PLAN_RULES];
  for (size_t i = plan->count; i-- > 0;) {
    bool fault = is_fault(plan->rules[i]);
    keep[i] = !fault || !fault_seen;
    fault_seen = fault_seen || fault;
  }
  for (size_t i = 0; i < plan->count; i++)
    if (keep[i]) kept.rules[kept.count++] = plan->rules[i];
  *plan = kept;
}

int rules_select(struct mock_world *world, const struct journal_entry *entry, struct rule_plan *plan,
                 struct base_error *err) {
  cJSON *request = NULL;
  plan->count = 0;
  int status = entry->service ? collect(world, entry, plan, &request, err) : 0;
  cJSON_Delete(request);
  if (status != 0) {
    plan->count = 0;
    return status;
  }
  drop_older_faults(plan);
  for (size_t i = 0; i < plan->count; i++) plan->rules[i]->fired++;
  return 0;
}

bool rules_end_early(const struct rule_plan *plan) {
  for (size_t i = 0; i < plan->count; i++)
    for (size_t k = 0; k < plan->rules[i]->action_count; k++) {
      const struct rule_action *action = &plan->rules[i]->actions[k];
      if (ACTIONS[action->kind].ends && !action->after_store) return true;
    }
  return false;
}

bool rules_excuse(const struct rule_plan *plan) {
  for (size_t i = 0; i < plan->count; i++)
    for (size_t k = 0; k < plan->rules[i]->action_count; k++)
      if (ACTIONS[plan->rules[i]->actions[k].kind].excuses) return true;
  return false;
}

/* ---- repetitions of closed requests ---- */

void rules_remember_closed(struct rules *rules, const struct rule *rule, const struct journal_entry *entry) {
  if (rules->closed_count == RULES_CLOSED) return;
  rules->closed[rules->closed_count].rule = rule;
  rules->closed[rules->closed_count].entry = entry;
  rules->closed[rules->closed_count++].repetitions = 0;
}

static bool is_same_request(const struct journal_entry *a, const struct journal_entry *b) {
  return a->kind == b->kind && strcmp(a->method, b->method) == 0 && strcmp(a->path, b->path) == 0 &&
         strcmp(a->body_text, b->body_text) == 0 && json_equal(a->query, b->query);
}

bool rules_is_repetition(struct rules *rules, const struct journal_entry *entry) {
  for (size_t i = 0; i < rules->closed_count; i++) {
    if (rules->closed[i].repetitions >= RULES_REPETITIONS) continue;
    if (!is_same_request(rules->closed[i].entry, entry)) continue;
    rules->closed[i].repetitions++;
    return true;
  }
  return false;
}

static void forget_place(struct rules *rules, size_t i) {
  rules->closed[i] = rules->closed[--rules->closed_count];
}

void rules_forget_entry(struct rules *rules, const struct journal_entry *entry) {
  for (size_t i = rules->closed_count; i-- > 0;)
    if (rules->closed[i].entry == entry) forget_place(rules, i);
}

void rules_forget_closed(struct rules *rules) {
  rules->closed_count = 0;
}

void mock_world_sync_ended(struct mock_world *world) {
  rules_forget_closed(&world->rules);
}

/* ---- the end ---- */

void rules_lift_rule(struct rules *rules, struct rule *rule) {
  rule->lifted = true;
  for (size_t i = rules->closed_count; i-- > 0;)
    if (rules->closed[i].rule == rule) forget_place(rules, i);
}

void rules_lift(struct rules *rules) {
  for (size_t i = 0; i < rules->count; i++) rules->rules[i]->lifted = true;
  rules_forget_closed(rules);
}

static bool is_due(const struct rule *rule) {
  return !rule->optional && ((rule->nth && !rule->fired) || (rule->times && rule->fired < (uint64_t)rule->times));
}

/* Lifting a rule takes nothing away from what it owed: the drain lifts them all. */
struct cJSON *mock_world_unfired_rules(struct mock_world *world) {
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; i < world->rules.count; i++) {
    const struct rule *rule = world->rules.rules[i];
    if (!is_due(rule)) continue;
    struct base_buf text = BASE_BUF_INIT;
    base_buf_printf(&text, "%s of service %s: fired %llu times, matched %llu requests",
                    base_buf_string(&rule->description), rule->service->name,
                    (unsigned long long)rule->fired, (unsigned long long)rule->matched);
    cJSON_AddItemToArray(list, cJSON_CreateString(base_buf_string(&text)));
    base_buf_done(&text);
  }
  return list;
}

void rules_done(struct rules *rules) {
  for (size_t i = 0; i < rules->count; i++) {
    struct rule *rule = rules->rules[i];
    for (size_t k = 0; k < rule->action_count; k++) {
      free(rule->actions[k].text);
      free(rule->actions[k].more);
      cJSON_Delete(rule->actions[k].json);
    }
    free(rule->actions);
    free(rule->object);
    base_buf_done(&rule->description);
    free(rule);
  }
  free(rules->rules);
}
