/*
 * What became of the rules: which were due and did not fire, and why the requests that came nearest did not make
 * them. Lifting a rule takes nothing away from what it owed: the drain lifts them all.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "world/misnamed.h"
#include "world/world.h"

static bool is_due(const struct rule *rule) {
  return !rule->optional && ((rule->nth && !rule->fired) || (rule->times && rule->fired < (uint64_t)rule->times));
}

/* Edits and refusals of records alone, and they never found what they are to change. */
static bool is_idle(const struct rule *rule) {
  bool of_records = false;
  for (size_t i = 0; i < rule->action_count; i++) {
    enum action_kind kind = rule->actions[i].kind;
    if (!ACTION_TRAITS[kind].of_records && kind != ACTION_STORE) return false;
    of_records = of_records || kind != ACTION_STORE;
  }
  return of_records && rule->fired > 0 && !rule->effective;
}

static void add_number(cJSON *json, const char *name, uint64_t value) {
  cJSON_AddItemToObject(json, name, json_create_integer((int64_t)value));
}

/* ---- one condition that failed ---- */

struct reason {
  const char *name, *text;
};

/* For the bits behind the conditions'. */
static const struct reason REASONS[] = {
    {"where", "the where() function said no"},
    {"nth", "another number of matching requests"},
    {"times", "it had fired often enough"},
    {"probability", "the dice said no"},
    {"newer", "a newer rule's fault counted instead"},
};

static cJSON *failed_condition(const struct rule *rule, unsigned bit, const struct journal_entry *entry) {
  cJSON *json = cJSON_CreateObject();
  cJSON_AddStringToObject(json, "condition", conditions_name(bit));
  cJSON_AddItemToObject(json, "expected", cJSON_Duplicate(rule->conditions.wanted[bit], true));
  cJSON_AddItemToObject(json, "actual", conditions_actual(&rule->conditions, bit, entry));
  return json;
}

static cJSON *failed_counter(const struct rule *rule, unsigned bit, const struct rule_miss *miss) {
  const struct reason *reason = &REASONS[bit - MISS_WHERE];
  cJSON *json = cJSON_CreateObject();
  cJSON_AddStringToObject(json, "condition", reason->name);
  if (bit == MISS_NTH) {
    add_number(json, "expected", (uint64_t)rule->nth);
    add_number(json, "actual", miss->matched);
  }
  cJSON_AddStringToObject(json, "why", reason->text);
  return json;
}

/* ---- one request ---- */

static const struct journal_entry *find_entry(const struct mock_world *world, uint64_t seq) {
  for (size_t i = world->journal.count; i-- > 0;)
    if (world->journal.entries[i]->seq == seq) return world->journal.entries[i];
  return NULL;
}

static cJSON *miss_json(const struct rule *rule, const struct rule_miss *miss, const struct journal_entry *entry) {
  cJSON *json = cJSON_CreateObject();
  add_number(json, "seq", miss->seq);
  cJSON_AddStringToObject(json, "request", entry->target ? entry->target : "");
  cJSON *list = cJSON_AddArrayToObject(json, "failed");
  for (unsigned bit = 0; bit < MISS_COUNT; bit++) {
    if (!(miss->failed >> bit & 1)) continue;
    cJSON_AddItemToArray(list, bit < MISS_WHERE ? failed_condition(rule, bit, entry) : failed_counter(rule, bit, miss));
  }
  return json;
}

static int compare_misses(const void *a, const void *b) {
  const struct rule_miss *one = a, *two = b;
  int more = one->count - two->count;
  return more != 0 ? more : one->seq < two->seq ? 1 : -1;
}

static void add_misses(const struct mock_world *world, const struct rule *rule, cJSON *json) {
  struct rule_miss sorted[RULE_MISSES];
  cJSON *list = cJSON_AddArrayToObject(json, "nearest");
  memcpy(sorted, rule->misses, sizeof sorted);
  qsort(sorted, RULE_MISSES, sizeof sorted[0], compare_misses);
  for (size_t i = 0; i < RULE_MISSES; i++) {
    const struct journal_entry *entry = sorted[i].seq ? find_entry(world, sorted[i].seq) : NULL;
    if (entry) cJSON_AddItemToArray(list, miss_json(rule, &sorted[i], entry));
  }
}

/* ---- the reports ---- */

static cJSON *rule_json(const struct mock_world *world, const struct rule *rule) {
  CLEANUP(base_buf_done) struct base_buf misnamed = BASE_BUF_INIT;
  cJSON *json = cJSON_CreateObject();
  add_number(json, "id", rule->id);
  cJSON_AddStringToObject(json, "rule", base_buf_string(&rule->description));
  cJSON_AddItemToObject(json, "match", cJSON_Duplicate(rule->conditions.match, true));
  add_number(json, "matched", rule->matched);
  add_number(json, "fired", rule->fired);
  cJSON_AddBoolToObject(json, "due", is_due(rule));
  cJSON_AddBoolToObject(json, "lifted", rule->lifted);
  if (is_idle(rule)) cJSON_AddTrueToObject(json, "idle");
  if (misnamed_tell(world, rule, &misnamed)) cJSON_AddStringToObject(json, "misnamed", base_buf_string(&misnamed));
  return json;
}

struct cJSON *mock_world_rules(struct mock_world *world) {
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; i < world->rules.count; i++) cJSON_AddItemToArray(list, rule_json(world, world->rules.rules[i]));
  return list;
}

struct cJSON *mock_world_near_misses(struct mock_world *world) {
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; i < world->rules.count; i++) {
    const struct rule *rule = world->rules.rules[i];
    if (rule->fired > 0) continue;
    cJSON *json = rule_json(world, rule);
    add_misses(world, rule, json);
    cJSON_AddItemToArray(list, json);
  }
  return list;
}

/* "; nearest: request 3 failed kind (expected "upload", actual "download")" */
static void describe_nearest(const struct mock_world *world, const struct rule *rule, struct base_buf *text) {
  cJSON *json = cJSON_CreateObject();
  add_misses(world, rule, json);
  const cJSON *nearest = cJSON_GetArrayItem(json_find(json, "nearest"), 0), *failed;
  int64_t seq = 0;
  if (nearest && json_integer(json_find(nearest, "seq"), &seq)) base_buf_printf(text, "; nearest was request %lld:", (long long)seq);
  cJSON_ArrayForEach(failed, json_find(nearest, "failed")) {
    const char *why = json_find_string(failed, "why");
    char *expected = json_print(json_find(failed, "expected")), *actual = json_print(json_find(failed, "actual"));
    if (why) base_buf_printf(text, " %s: %s", json_find_string(failed, "condition"), why);
    else base_buf_printf(text, " %s is to be %.80s and was %.120s", json_find_string(failed, "condition"), expected, actual);
    if (failed->next) base_buf_char(text, ',');
    free(expected);
    free(actual);
  }
  cJSON_Delete(json);
}

/* A rule that names what is not there was meant to fire, whether it is due or not. */
static void add_unfired(const struct mock_world *world, const struct rule *rule, cJSON *list) {
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT, misnamed = BASE_BUF_INIT;
  const char *service = json_find_string(rule->conditions.match, "service");
  bool hopeless = rule->fired == 0 && !rule->optional && misnamed_tell(world, rule, &misnamed);
  if (!hopeless && !is_due(rule)) return;
  base_buf_printf(&text, "%s of %s%s: fired %llu times, matched %llu requests", base_buf_string(&rule->description),
                  service ? "service " : "any service", service ? service : "", (unsigned long long)rule->fired,
                  (unsigned long long)rule->matched);
  if (hopeless) base_buf_printf(&text, "; %s", base_buf_string(&misnamed));
  else if (rule->fired == 0) describe_nearest(world, rule, &text);
  cJSON_AddItemToArray(list, cJSON_CreateString(base_buf_string(&text)));
}

struct cJSON *mock_world_unfired_rules(struct mock_world *world) {
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; i < world->rules.count; i++) add_unfired(world, world->rules.rules[i], list);
  return list;
}
