#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "expected.h"

static void add_copy(cJSON *to, const char *name, const cJSON *item) {
  if (cJSON_GetArraySize(item) > 0) cJSON_AddItemToObject(to, name, cJSON_Duplicate(item, true));
}

static void add_number(cJSON *to, const char *name, int64_t value) {
  cJSON_AddItemToObject(to, name, json_create_integer(value));
}

struct cJSON *report_scenario(const struct scenario *scenario, const struct result *result) {
  cJSON *entry = cJSON_CreateObject();
  cJSON_AddStringToObject(entry, "name", scenario->name);
  cJSON_AddStringToObject(entry, "file", scenario->file->path);
  add_copy(entry, "covers", json_find(scenario->definition, "covers"));
  cJSON_AddStringToObject(entry, "outcome", outcome_row(result->outcome)->word);
  if (result->reason) cJSON_AddStringToObject(entry, "reason", result->reason);
  add_number(entry, "checks", result->checks);
  if (result->attempts > 1) add_number(entry, "attempts", result->attempts);
  if (result->rounds > 1) {
    add_number(entry, "rounds", result->rounds);
    add_number(entry, "bad", result->bad);
  }
  add_copy(entry, "findings", result->findings);
  add_copy(entry, "accepted", result->accepted);
  add_copy(entry, "notes", result->notes);
  add_copy(entry, "timeline", result->timeline);
  add_copy(entry, "log", result->log);
  return entry;
}

/* ---- always-on rules (R-3) ---- */

struct tally {
  unsigned watched, broken;
  const char *scenario, *message;
  const cJSON *timeline, *notes;
};

static void tally_result(const char *id, const struct scenario *scenario, const struct result *result,
                         struct tally *tally) {
  const cJSON *rule;
  cJSON_ArrayForEach(rule, result->rules) {
    if (strcmp(json_find_string(rule, "id"), id) != 0) continue;
    const char *message = json_find_string(rule, "message");
    tally->watched++;
    if (!message) return;
    if (tally->broken++ > 0) return;
    tally->scenario = scenario->name;
    tally->message = message;
    tally->timeline = result->timeline;
    tally->notes = result->notes;
  }
}

static struct tally tally_rule(const struct report_input *input, const char *id) {
  struct tally tally = {0};
  for (size_t i = 0; i < input->count; i++)
    tally_result(id, input->scenarios[i], &input->results[i], &tally);
  return tally;
}

static const char *weigh(const struct report_input *input, const char *id, const char *message,
                         struct judge_verdict *verdict) {
  struct requirement_ref ref = {0};
  const char *known = expected_rule(input->expected, id, message);
  catalogue_find(input->catalogue, id, &ref);
  *verdict = judge_broken(ref, &input->profile, input->strictness);
  if (known) snprintf(verdict->reason, sizeof verdict->reason, "known: %.140s", known);
  if (known && verdict->weight == JUDGE_FAILS) return "known";
  return verdict->weight == JUDGE_FAILS ? "fails" : verdict->weight == JUDGE_WARNS ? "warns" : "does not apply";
}

static void add_broken(const struct report_input *input, cJSON *entry, const struct tally *tally) {
  struct judge_verdict verdict;
  cJSON_AddStringToObject(entry, "weight", weigh(input, json_find_string(entry, "id"), tally->message, &verdict));
  cJSON_AddStringToObject(entry, "reason", verdict.reason);
  cJSON_AddStringToObject(entry, "scenario", tally->scenario);
  cJSON_AddStringToObject(entry, "message", tally->message);
  add_copy(entry, "notes", tally->notes);
  add_copy(entry, "timeline", tally->timeline);
}

static void add_rule(const struct report_input *input, cJSON *rules, const struct requirement *row,
                     const char *id, const struct requirement_rule *rule) {
  struct tally tally = tally_rule(input, id);
  if (tally.watched == 0) return;
  char basis[48];
  cJSON *entry = cJSON_CreateObject();
  requirement_basis_text(rule->basis, basis);
  cJSON_AddStringToObject(entry, "id", id);
  cJSON_AddStringToObject(entry, "title", rule->title);
  cJSON_AddStringToObject(entry, "origin", row->source);
  cJSON_AddStringToObject(entry, "level", requirement_level_name(rule->level));
  cJSON_AddStringToObject(entry, "basis", basis);
  add_number(entry, "watched", tally.watched);
  add_number(entry, "broken", tally.broken);
  if (tally.broken) add_broken(input, entry, &tally);
  cJSON_AddItemToArray(rules, entry);
}

static cJSON *build_rules(const struct report_input *input) {
  cJSON *rules = cJSON_CreateArray();
  for (size_t i = 0; i < catalogue_count(input->catalogue); i++) {
    const struct requirement *row = catalogue_row(input->catalogue, i);
    add_rule(input, rules, row, row->id, &row->rule);
    for (size_t c = 0; c < row->clause_count; c++) {
      char id[96];
      snprintf(id, sizeof id, "%s/%s", row->id, row->clauses[c].name);
      add_rule(input, rules, row, id, &row->clauses[c].rule);
    }
  }
  return rules;
}

/* ---- requirements ---- */

/* "UPC-06/order" is of UPC-06. */
static bool is_of(const char *word, const char *id) {
  size_t len = strlen(id);
  return strncmp(word, id, len) == 0 && (word[len] == '\0' || word[len] == '/');
}

static bool covers(const struct scenario *scenario, const char *id) {
  const cJSON *item;
  cJSON_ArrayForEach(item,
                     json_find(scenario->definition, "covers")) if (is_of(item->valuestring, id)) return true;
  return false;
}

static bool is_watched(const struct report_input *input, const char *id) {
  const cJSON *rule;
  for (size_t i = 0; i < input->count; i++)
    cJSON_ArrayForEach(rule,
                       input->results[i].rules) if (is_of(json_find_string(rule, "id"), id)) return true;
  return false;
}

/* With what weight is it broken in a list of findings or rules? NULL: with none. */
static const char *weight_in(const cJSON *list, const char *id) {
  const cJSON *item;
  const char *worst = NULL;
  cJSON_ArrayForEach(item, list) {
    const char *weight = json_find_string(item, "weight");
    if (!weight || !is_of(json_find_string(item, "id"), id)) continue;
    if (!worst || strcmp(weight, "fails") == 0) worst = weight;
  }
  return worst;
}

/* What the run says of a requirement, in a word. Scenarios that cover it and were not run to their end say nothing. */
static const char *status_of(const struct report_input *input, const cJSON *rules, const char *id,
                             const cJSON *scenarios) {
  const char *of_rule = weight_in(rules, id);
  const char *silent = is_watched(input, id)               ? "watched"
                       : cJSON_GetArraySize(scenarios) > 0 ? "not judged"
                                                           : "not covered";
  const char *status = of_rule ? "warns" : silent;
  if (of_rule && strcmp(of_rule, "fails") == 0) return of_rule;
  for (size_t i = 0; i < input->count; i++) {
    const struct result *result = &input->results[i];
    const char *weight = weight_in(result->findings, id);
    if (weight && strcmp(weight, "fails") == 0) return weight;
    if (weight) status = "warns";
    bool good = result->outcome == OUTCOME_PASSED || result->outcome == OUTCOME_WARNED;
    if (good && status == silent && covers(input->scenarios[i], id)) status = "holds";
  }
  return status;
}

static cJSON *build_requirement(const struct report_input *input, const cJSON *rules,
                                const struct requirement *row) {
  cJSON *entry = cJSON_CreateObject();
  cJSON_AddStringToObject(entry, "id", row->id);
  cJSON_AddStringToObject(entry, "level", requirement_level_name(row->rule.level));
  cJSON_AddStringToObject(entry, "title", row->rule.title);
  cJSON_AddStringToObject(entry, "origin", row->source);
  cJSON *scenarios = cJSON_AddArrayToObject(entry, "scenarios");
  for (size_t i = 0; i < input->count; i++) {
    if (!covers(input->scenarios[i], row->id)) continue;
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "name", input->scenarios[i]->name);
    cJSON_AddStringToObject(item, "outcome", outcome_row(input->results[i].outcome)->word);
    cJSON_AddItemToArray(scenarios, item);
  }
  cJSON_AddStringToObject(entry, "status", status_of(input, rules, row->id, scenarios));
  return entry;
}

static cJSON *build_requirements(const struct report_input *input, const cJSON *rules) {
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; i < catalogue_count(input->catalogue); i++)
    cJSON_AddItemToArray(list, build_requirement(input, rules, catalogue_row(input->catalogue, i)));
  return list;
}

/* ---- the rest ---- */

static bool holds_outcome(const cJSON *list, const cJSON *outcome) {
  const cJSON *item;
  cJSON_ArrayForEach(item, list) if (json_equal(item, outcome)) return true;
  return false;
}

/* which of the accepted outcomes the port has, each once. */
static cJSON *build_accepted(const struct report_input *input) {
  const cJSON *item;
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; i < input->count; i++)
    cJSON_ArrayForEach(item, input->results[i].accepted) if (!holds_outcome(list, item))
        cJSON_AddItemToArray(list, cJSON_Duplicate(item, true));
  return list;
}

/* Promised by the documentation of the profile's channel, and not claimed. */
static cJSON *build_missing(const struct profile *profile) {
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; i < capability_count(); i++) {
    if (!capability_promised(profile, i) || profile->capabilities >> i & 1) continue;
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "name", capability_row(i)->name);
    cJSON_AddStringToObject(item, "help", capability_row(i)->help);
    cJSON_AddItemToArray(list, item);
  }
  return list;
}

static cJSON *build_counts(const struct report_input *input) {
  unsigned counts[OUTCOMES] = {0};
  cJSON *object = cJSON_CreateObject();
  for (size_t i = 0; i < input->count; i++) counts[input->results[i].outcome]++;
  for (int i = 0; i < OUTCOMES; i++)
    if (counts[i]) add_number(object, outcome_row((enum outcome)i)->word, counts[i]);
  return object;
}

static cJSON *build_timing(const struct report_input *input) {
  cJSON *timing = cJSON_CreateObject();
  add_number(timing, "wallMs", input->wall_ms);
  add_number(timing, "threads", input->threads);
  cJSON *scenarios = cJSON_AddObjectToObject(timing, "scenarios");
  for (size_t i = 0; i < input->count; i++)
    add_number(scenarios, input->scenarios[i]->name, input->results[i].duration_ms);
  return timing;
}

static int exit_code(const struct report_input *input, const cJSON *rules, const cJSON *stale) {
  int code = input->problem ? 3 : 0;
  const cJSON *rule;
  for (size_t i = 0; i < input->count; i++) {
    int own = outcome_row(input->results[i].outcome)->exit_code;
    if (own > code) code = own;
  }
  cJSON_ArrayForEach(rule, rules) {
    const char *weight = json_find_string(rule, "weight");
    if (code == 0 && weight && strcmp(weight, "fails") == 0) code = 1;
  }
  if (code == 0 && cJSON_GetArraySize(stale) > 0) code = 1; /* */
  return code;
}

static const char CONFORMS[] = "conforms"; /* every other verdict is a sentence of its own */

/* A run whose scenarios were all left out is no failure, and shows nothing. */
static const char *verdict_of(const struct report_input *input, int code) {
  if (code == 1) return "does not conform";
  if (code > 1) return "no verdict: the harness or the adapter failed";
  for (size_t i = 0; i < input->count; i++) {
    enum outcome outcome = input->results[i].outcome;
    if (outcome == OUTCOME_PASSED || outcome == OUTCOME_WARNED || outcome == OUTCOME_KNOWN)
      return CONFORMS;
  }
  return "no verdict: no scenario was judged";
}

/* Text: it may be above 2^53. */
static void add_seed(cJSON *document, uint64_t seed) {
  char text[32];
  snprintf(text, sizeof text, "%" PRIu64, seed);
  cJSON_AddStringToObject(document, "seed", text);
}

struct cJSON *report_build(const struct report_input *input) {
  static const char *const STRICT[] = {"no", "yes", "all"};
  cJSON *document = cJSON_CreateObject();
  cJSON *rules = build_rules(input);
  cJSON *stale = expected_problems(input->expected, input->whole);
  int code = exit_code(input, rules, stale);
  const char *verdict = verdict_of(input, code);
  cJSON_AddStringToObject(document, "suite", "foundrycheck " CONFORMANCE_VERSION);
  cJSON_AddItemToObject(document, "testee", input->hello ? cJSON_Duplicate(input->hello, true) : cJSON_CreateNull());
  cJSON_AddStringToObject(document, "strict", STRICT[input->strictness]);
  cJSON_AddBoolToObject(document, "conforms", verdict == CONFORMS);
  add_number(document, "exitCode", code);
  cJSON_AddStringToObject(document, "verdict", verdict);
  if (input->seed) add_seed(document, *input->seed);
  if (input->problem) cJSON_AddStringToObject(document, "problem", input->problem);
  cJSON_AddItemToObject(document, "counts", build_counts(input));
  cJSON *scenarios = cJSON_AddArrayToObject(document, "scenarios");
  for (size_t i = 0; i < input->count; i++)
    cJSON_AddItemToArray(scenarios, report_scenario(input->scenarios[i], &input->results[i]));
  cJSON_AddItemToObject(document, "rules", rules);
  cJSON_AddItemToObject(document, "expectations", stale);
  cJSON_AddItemToObject(document, "requirements", build_requirements(input, rules));
  cJSON_AddItemToObject(document, "accepted", build_accepted(input));
  if (input->hello) cJSON_AddItemToObject(document, "missingCapabilities", build_missing(&input->profile));
  cJSON_AddItemToObject(document, "timing", build_timing(input));
  return document;
}

static void print_json(struct base_buf *out, const cJSON *document, const char *command) {
  (void)command;
  report_json(out, document);
}

static const struct report_kind KINDS[] = {
    {"junit", report_junit}, {"html", report_html}, {"json", print_json}};

const struct report_kind *report_kind_find(const char *report, const char **file) {
  for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
    size_t len = strlen(KINDS[i].word);
    if (strncmp(report, KINDS[i].word, len) != 0 || report[len] != ':' || !report[len + 1]) continue;
    *file = report + len + 1;
    return &KINDS[i];
  }
  return NULL;
}

void report_json(struct base_buf *out, const struct cJSON *document) {
  char *text = cJSON_Print(document);
  base_buf_text(out, text ? text : "");
  base_buf_char(out, '\n');
  cJSON_free(text);
}
