#include "result.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

enum { GOOD = 0, DEVIATES = 1, BROKEN = 3 };

#define GREEN "\033[32m"
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define GREY "\033[90m"

static const struct outcome_row ROWS[OUTCOMES] = {
    [OUTCOME_PASSED] = {"passed", GREEN, GOOD, false, false},
    [OUTCOME_NOT_APPLICABLE] = {"not applicable", GREY, GOOD, true, false},
    [OUTCOME_UNSUPPORTED] = {"unsupported", GREY, GOOD, true, false},
    [OUTCOME_SKIPPED] = {"skipped", GREY, GOOD, true, false},
    [OUTCOME_WARNED] = {"warned", YELLOW, GOOD, false, true},
    [OUTCOME_KNOWN] = {"known deviation", YELLOW, GOOD, true, false},
    [OUTCOME_INCONCLUSIVE] = {"inconclusive", YELLOW, GOOD, true, false},
    [OUTCOME_UNEXPECTED] = {"unexpected pass", RED, DEVIATES, true, false},
    [OUTCOME_FAILED] = {"FAILED", RED, DEVIATES, false, true},
    [OUTCOME_CRASHED] = {"TESTEE CRASHED", RED, DEVIATES, true, true},
    [OUTCOME_HUNG] = {"TESTEE HUNG", RED, DEVIATES, true, true},
    [OUTCOME_ERROR] = {"ERROR", RED, BROKEN, true, true},
};

const struct outcome_row *outcome_row(enum outcome outcome) { return &ROWS[outcome]; }

enum outcome outcome_find(const char *word) {
  for (int i = 0; i < OUTCOMES; i++)
    if (strcmp(ROWS[i].word, word) == 0) return (enum outcome)i;
  return OUTCOME_ERROR;
}

void result_init(struct result *result) {
  *result = (struct result){.attempts = 1,
                            .rounds = 1,
                            .findings = cJSON_CreateArray(),
                            .accepted = cJSON_CreateArray(),
                            .notes = cJSON_CreateArray(),
                            .rules = cJSON_CreateArray(),
                            .timeline = cJSON_CreateArray(),
                            .log = cJSON_CreateArray()};
}

void result_done(struct result *result) {
  cJSON *lists[] = {result->findings, result->accepted, result->notes,
                    result->rules,    result->timeline, result->log};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) cJSON_Delete(lists[i]);
  free(result->reason);
  *result = (struct result){0};
}

void result_end(struct result *result, enum outcome outcome, const char *reason) {
  if (outcome <= result->outcome) return;
  char *copy = strdup(reason);
  result->outcome = outcome;
  free(result->reason);
  result->reason = copy;
}

void result_note(struct result *result, const char *text) {
  cJSON_AddItemToArray(result->notes, cJSON_CreateString(text));
}

void result_accept(struct result *result, const char *id, const char *name, const char *sentence) {
  cJSON *item = cJSON_CreateObject();
  cJSON_AddStringToObject(item, "id", id);
  cJSON_AddStringToObject(item, "name", name);
  cJSON_AddStringToObject(item, "title", sentence);
  cJSON_AddItemToArray(result->accepted, item);
}

static cJSON *find_rule(struct result *result, const char *id) {
  cJSON *rule;
  cJSON_ArrayForEach(rule, result->rules) if (strcmp(json_find_string(rule, "id"), id) == 0) return rule;
  rule = cJSON_CreateObject();
  cJSON_AddStringToObject(rule, "id", id);
  cJSON_AddTrueToObject(rule, "ok");
  cJSON_AddItemToArray(result->rules, rule);
  return rule;
}

void result_watch(struct result *result, const char *id, bool ok, const char *message) {
  cJSON *rule = find_rule(result, id);
  if (ok || json_find(rule, "message")) return;
  cJSON_ReplaceItemInObjectCaseSensitive(rule, "ok", cJSON_CreateFalse());
  cJSON_AddStringToObject(rule, "message", message);
}

bool result_breaks_rule(const struct result *result) {
  const cJSON *rule;
  cJSON_ArrayForEach(rule, result->rules) if (json_find(rule, "message")) return true;
  return false;
}

void result_swap(struct result *a, struct result *b) {
  struct result other = *a;
  *a = *b;
  *b = other;
}

/* Rules broken in a round that is not kept are still broken. */
static void merge_rules(struct result *kept, const struct result *other) {
  const cJSON *rule;
  cJSON_ArrayForEach(rule, other->rules) {
    const char *message = json_find_string(rule, "message");
    result_watch(kept, json_find_string(rule, "id"), message == NULL, message);
  }
}

void result_absorb(struct result *kept, struct result *other) {
  merge_rules(kept, other);
  kept->duration_ms += other->duration_ms;
  result_done(other);
}

void result_merge(struct result *kept, struct result *round) {
  unsigned rounds = kept->rounds + round->rounds, bad = kept->bad + round->bad;
  if (round->outcome > kept->outcome) result_swap(kept, round);
  result_absorb(kept, round);
  kept->rounds = rounds;
  kept->bad = bad;
}
