#include "world/rules.h"

#include <stdlib.h>
#include <string.h>

#include "script/functions.h"
#include "world/world.h"

static const char *const POINTS[POINT_COUNT] = {"arrived", "stored", "first_byte", "answered"};

bool rules_find_point(const char *name, enum rule_point *out) {
  for (int i = 0; i < POINT_COUNT; i++) {
    if (strcmp(POINTS[i], name) != 0) continue;
    *out = (enum rule_point)i;
    return true;
  }
  return false;
}

/* ---- making ---- */

static void describe_match(struct rule *rule) {
  const char *kind = json_find_string(rule->conditions.match, "kind");
  base_buf_printf(&rule->description, "%s rule %zu:", kind ? kind : "any request's", rule->id);
}

static void free_rule(struct rule *rule) {
  for (size_t k = 0; k < rule->action_count; k++) action_done(&rule->actions[k]);
  free(rule->actions);
  conditions_done(&rule->conditions);
  base_buf_done(&rule->description);
  free(rule);
}

/* Room for one more; by doubling, at powers of two. */
static bool grow(struct rule ***list, size_t count) {
  if (count > 0 && (count & (count - 1))) return true;
  struct rule **larger = realloc(*list, (count ? 2 * count : 1) * sizeof(struct rule *));
  if (larger) *list = larger;
  return larger != NULL;
}

int rules_add(struct rules *rules, const cJSON *match, struct rule **out, struct base_error *err) {
  struct rule *rule = calloc(1, sizeof *rule);
  bool room = rule && grow(&rules->rules, rules->count) && grow(&rules->active, rules->count);
  int status = room ? conditions_add(&rule->conditions, match, err) : base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  if (status != 0) {
    if (rule) free_rule(rule);
    return status;
  }
  rule->id = rules->count + 1;
  describe_match(rule);
  *out = rules->rules[rules->count++] = rules->active[rules->active_count++] = rule;
  return 0;
}

struct rule_action *rules_add_action(struct rules *rules, struct rule *rule, enum action_kind kind) {
  struct rule_action *list = realloc(rule->actions, (rule->action_count + 1) * sizeof *list);
  if (!list) return NULL;
  rule->actions = list;
  rule->actions[rule->action_count] = (struct rule_action){.kind = kind, .after_store = rule->storing};
  if (kind == ACTION_STORE) rule->storing = true;
  if (ACTION_TRAITS[kind].phase == PHASE_UNREAD && !rule->unread) {
    rule->unread = true;
    rules->unread++;
  }
  return &rule->actions[rule->action_count++];
}

/* ---- choosing ---- */

/* splitmix64: the k-th throw of these dice, the same in every run. */
static double throw_dice(uint64_t seed, uint64_t k) {
  uint64_t z = seed + k * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  return (double)(z >> 11) / 9007199254740992.0;
}

/* The counters' bits for a request that met all conditions and is counted already. */
static uint32_t counters_failed(const struct rule *rule) {
  uint32_t failed = 0;
  if (rule->nth && rule->matched != (uint64_t)rule->nth) failed |= 1u << MISS_NTH;
  if (rule->times && rule->fired >= (uint64_t)rule->times) failed |= 1u << MISS_TIMES;
  if (rule->probability > 0 && throw_dice(rule->seed, rule->matched) >= rule->probability) failed |= 1u << MISS_PROBABILITY;
  return failed;
}

static bool is_fault(const struct rule *rule) {
  for (size_t i = 0; i < rule->action_count; i++)
    if (ACTION_TRAITS[rule->actions[i].kind].is_fault) return true;
  return false;
}

/* How far it was from firing: a request that met all conditions, and the counters alone said no, is as near as can be. */
static int distance(uint32_t failed) {
  return __builtin_popcount(failed & ((1u << MISS_NTH) - 1));
}

/* The nearest stay, of equally near ones the newer. */
static void note_miss(struct rule *rule, const struct journal_entry *entry, uint32_t failed) {
  if (rule->fired > 0 || failed == 0 || entry->seq == 0) return;
  struct rule_miss *worst = &rule->misses[0];
  for (size_t i = 1; i < RULE_MISSES && worst->seq != 0; i++) {
    struct rule_miss *miss = &rule->misses[i];
    int more = miss->count - worst->count;
    if (miss->seq == 0 || more > 0 || (more == 0 && miss->seq < worst->seq)) worst = miss;
  }
  int count = distance(failed);
  if (worst->seq == 0 || worst->count >= count)
    *worst = (struct rule_miss){.seq = entry->seq, .failed = failed, .count = count, .matched = rule->matched};
}

static int judge(struct mock_world *world, struct rule *rule, const struct journal_entry *entry, uint32_t *failed,
                 struct base_error *err) {
  *failed = conditions_failed(&rule->conditions, entry);
  if (*failed == 0 && rule->where) {
    bool match = false;
    int status = script_request_predicate(world, rule->where, entry, &match, err);
    if (status != 0) return status;
    if (!match) *failed = 1u << MISS_WHERE;
  }
  if (*failed == 0) {
    rule->matched++;
    *failed = counters_failed(rule);
  }
  return 0;
}

static int collect(struct mock_world *world, const struct journal_entry *entry, bool unread, struct rule_plan *plan,
                   struct base_error *err) {
  for (size_t i = 0; i < world->rules.active_count; i++) {
    struct rule *rule = world->rules.active[i];
    uint32_t failed;
    if (rule->unread != unread) { /* it had its turn before the body was read; now the request has a number */
      if (rule->unread) note_miss(rule, entry, conditions_failed(&rule->conditions, entry));
      continue;
    }
    int status = judge(world, rule, entry, &failed, err);
    if (status != 0) return status;
    if (failed != 0) note_miss(rule, entry, failed);
    else if (grow(&plan->rules, plan->count)) plan->rules[plan->count++] = rule;
    else return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  }
  return 0;
}

/* Of several faults the newest counts. */
static void drop_older_faults(struct rule_plan *plan, const struct journal_entry *entry) {
  size_t newest = 0, kept = 0;
  for (size_t i = 0; i < plan->count; i++)
    if (is_fault(plan->rules[i])) newest = i;
  for (size_t i = 0; i < plan->count; i++) {
    struct rule *rule = plan->rules[i];
    if (i == newest || !is_fault(rule)) plan->rules[kept++] = rule;
    else note_miss(rule, entry, 1u << MISS_NEWER);
  }
  plan->count = kept;
}

int rules_select(struct mock_world *world, const struct journal_entry *entry, bool unread, struct rule_plan *plan,
                 struct base_error *err) {
  plan->count = 0;
  int status = collect(world, entry, unread, plan, err);
  if (status != 0) {
    plan->count = 0;
    return status;
  }
  drop_older_faults(plan, entry);
  for (size_t i = 0; i < plan->count; i++) plan->rules[i]->fired++;
  return 0;
}

void rules_plan_done(struct rule_plan *plan) {
  free(plan->rules);
  *plan = (struct rule_plan){0};
}

/* ---- asking a plan ---- */

const struct rule_action *rules_find(const struct rule_plan *plan, enum action_kind kind) {
  for (size_t i = 0; i < plan->count; i++)
    for (size_t k = 0; k < plan->rules[i]->action_count; k++)
      if (plan->rules[i]->actions[k].kind == kind) return &plan->rules[i]->actions[k];
  return NULL;
}

bool rules_end_early(const struct rule_plan *plan) {
  for (size_t i = 0; i < plan->count; i++)
    for (size_t k = 0; k < plan->rules[i]->action_count; k++)
      if (action_ends(&plan->rules[i]->actions[k]) && !plan->rules[i]->actions[k].after_store) return true;
  return false;
}

bool rules_excuse(const struct rule_plan *plan) {
  for (size_t i = 0; i < plan->count; i++)
    for (size_t k = 0; k < plan->rules[i]->action_count; k++)
      if (ACTION_TRAITS[plan->rules[i]->actions[k].kind].excuses) return true;
  return false;
}

/* ---- repetitions of closed requests ---- */

void rules_remember_closed(struct rules *rules, const struct rule *rule, const struct journal_entry *entry) {
  if (rules->closed_count == RULES_CLOSED || rules->repetitions == 0) return;
  rules->closed[rules->closed_count].rule = rule;
  rules->closed[rules->closed_count].entry = entry;
  rules->closed[rules->closed_count++].repetitions = 0;
}

static bool is_same_request(const struct journal_entry *a, const struct journal_entry *b) {
  return a->kind == b->kind && strcmp(a->method, b->method) == 0 && strcmp(a->path, b->path) == 0 &&
         a->body_bytes.len == b->body_bytes.len && json_equal(a->query, b->query) &&
         memcmp(base_buf_string(&a->body_bytes), base_buf_string(&b->body_bytes), a->body_bytes.len) == 0;
}

bool rules_is_repetition(struct rules *rules, const struct journal_entry *entry) {
  for (size_t i = 0; i < rules->closed_count; i++) {
    if (rules->closed[i].repetitions >= rules->repetitions) continue;
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
  world->journal.sync_ended = world_next_order(world);
}

/* ---- the end ---- */

void rules_lift_rule(struct rules *rules, struct rule *rule) {
  size_t at = 0;
  rule->lifted = true;
  while (at < rules->active_count && rules->active[at] != rule) at++;
  if (at < rules->active_count)
    memmove(rules->active + at, rules->active + at + 1, (--rules->active_count - at) * sizeof(struct rule *));
  for (size_t i = rules->closed_count; i-- > 0;)
    if (rules->closed[i].rule == rule) forget_place(rules, i);
}

/* There is room: it was in the list before. */
void rules_restore_rule(struct rules *rules, struct rule *rule) {
  size_t at = rules->active_count;
  if (!rule->lifted) return;
  rule->lifted = false;
  for (; at > 0 && rules->active[at - 1]->id > rule->id; at--) rules->active[at] = rules->active[at - 1];
  rules->active[at] = rule;
  rules->active_count++;
}

void rules_lift(struct rules *rules) {
  for (size_t i = 0; i < rules->active_count; i++) rules->active[i]->lifted = true;
  rules->active_count = 0;
  rules_forget_closed(rules);
}

void rules_done(struct rules *rules) {
  for (size_t i = 0; i < rules->count; i++) free_rule(rules->rules[i]);
  free(rules->rules);
  free(rules->active);
}
