/* Known deviations: what they make of results, and what a run makes of them. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "expected_internal.h"

/* ---- which entries count ---- */

int expected_compare_versions(const char *a, const char *b) {
  while (*a || *b) {
    char *a_end, *b_end;
    unsigned long x = strtoul(a, &a_end, 10), y = strtoul(b, &b_end, 10);
    if (x != y) return x < y ? -1 : 1;
    bool stuck = a_end == a && b_end == b; /* letters: a version like "2.x" ends here */
    a = *a_end == '.' ? a_end + 1 : a_end;
    b = *b_end == '.' ? b_end + 1 : b_end;
    if (stuck) return 0;
  }
  return 0;
}

static bool version_fits(const char *condition, const char *version) {
  size_t sign = strspn(condition, "<=>");
  int order = expected_compare_versions(version, condition + sign + strspn(condition + sign, " "));
  bool equal = condition[sign - 1] == '=';
  if (order == 0) return equal;
  return condition[0] == '<' ? order < 0 : condition[0] == '>' && order > 0;
}

void expected_set_port(struct expected *expected, const char *name, const char *version, const char *today) {
  for (size_t i = 0; expected && i < expected->count; i++) {
    struct expected_entry *entry = &expected->entries[i];
    bool fits = (!entry->port || strcmp(entry->port, name) == 0) &&
                (!entry->version || version_fits(entry->version, version));
    bool passed = entry->expires && strcmp(today, entry->expires) > 0;
    entry->counts = fits && !passed;
    entry->expired = fits && passed;
  }
}

/* A name that is written out, or a pattern. Titles may hold '[' and '?'. */
static bool names(const struct expected_entry *entry, const char *scenario) {
  return strcmp(entry->name, scenario) == 0 || fnmatch(entry->name, scenario, 0) == 0;
}

/* UPC-06 means UPC-06/order as well. */
static bool is_of(const char *id, const char *wanted) {
  size_t len = strlen(wanted);
  return strncmp(id, wanted, len) == 0 && (id[len] == '\0' || id[len] == '/');
}

static bool begins(const char *text, const char *prefix) {
  return !prefix || (text && strncmp(text, prefix, strlen(prefix)) == 0);
}

int expected_check(const struct expected *expected, const struct catalogue *catalogue,
                   bool (*exists)(const void *context, const char *glob), const void *context,
                   struct base_error *err) {
  for (size_t i = 0; i < expected->count; i++) {
    const struct expected_entry *entry = &expected->entries[i];
    const char *id = entry->kind == EXPECTED_SCENARIO ? entry->check : entry->name;
    struct requirement_ref ref;
    if (entry->kind == EXPECTED_SCENARIO && !exists(context, entry->name))
      return base_fail(err, EXPECTED_ERR_FILE, "R-6", "line %zu: no scenario of the suite is called \"%s\"", entry->line,
                       entry->name);
    if (id && !catalogue_find(catalogue, id, &ref))
      return base_fail(err, EXPECTED_ERR_FILE, "R-6", "line %zu: the catalogue has no requirement %s", entry->line, id);
    if (entry->kind == EXPECTED_RULE && !ref.requirement->always)
      return base_fail(err, EXPECTED_ERR_FILE, "R-6",
                       "line %zu: %s is no rule that is always on: [check %s] lists it", entry->line, id, id);
  }
  return 0;
}

/* ---- results ---- */

static bool lists_finding(const struct expected_entry *entry, const char *scenario, const cJSON *finding) {
  const char *id = json_find_string(finding, "id");
  if (entry->kind == EXPECTED_RULE || !begins(json_find_string(finding, "message"), entry->message)) return false;
  if (entry->kind == EXPECTED_CHECK) return is_of(id, entry->name);
  return names(entry, scenario) && (!entry->check || is_of(id, entry->check));
}

/* A testee that crashed or hung: the scenario's own entries without a check. */
static bool lists_end(const struct expected_entry *entry, const char *scenario, const struct result *result) {
  return entry->kind == EXPECTED_SCENARIO && !entry->check && names(entry, scenario) &&
         begins(result->reason, entry->message);
}

/* The entry that counts for this failure; every one that does was met. NULL: none; *expired: one whose day has passed. */
static struct expected_entry *find_entry(struct expected *expected, const char *scenario, const struct result *result,
                                         const cJSON *finding, struct expected_entry **expired) {
  struct expected_entry *found = NULL;
  for (size_t i = 0; i < expected->count; i++) {
    struct expected_entry *entry = &expected->entries[i];
    if (!(finding ? lists_finding(entry, scenario, finding) : lists_end(entry, scenario, result))) continue;
    if (entry->expired) *expired = entry;
    if (!entry->counts) continue;
    entry->met = true;
    if (!found) found = entry;
  }
  return found;
}

static void keep_unlisted(struct expected *expected, const char *scenario, const char *check, const char *message) {
  cJSON *item = cJSON_CreateObject();
  cJSON_AddStringToObject(item, "scenario", scenario);
  if (check) cJSON_AddStringToObject(item, "check", check);
  cJSON_AddStringToObject(item, "message", message ? message : "");
  cJSON_AddItemToArray(expected->unlisted, item);
}

/* What is known of all that failed in a result. */
struct tally {
  struct expected_entry *known, *expired;
  bool unlisted;
};

static void judge_findings(struct expected *expected, const char *scenario, const struct result *result,
                           struct tally *tally) {
  const cJSON *finding;
  cJSON_ArrayForEach(finding, result->findings) {
    const char *weight = json_find_string(finding, "weight");
    struct expected_entry *entry = find_entry(expected, scenario, result, finding, &tally->expired);
    if (!weight || strcmp(weight, "fails") != 0) continue; /* a warning keeps its entry fresh, no more */
    if (entry) tally->known = entry;
    else {
      tally->unlisted = true;
      keep_unlisted(expected, scenario, json_find_string(finding, "id"), json_find_string(finding, "message"));
    }
  }
}

static void judge_end(struct expected *expected, const char *scenario, const struct result *result, struct tally *tally) {
  tally->known = find_entry(expected, scenario, result, NULL, &tally->expired);
  tally->unlisted = !tally->known;
  if (tally->unlisted) keep_unlisted(expected, scenario, NULL, result->reason);
}

static void change(struct result *result, enum outcome outcome, const char *what, const struct expected_entry *entry) {
  char reason[600];
  snprintf(reason, sizeof reason, "%s: %.250s (%.250s)", what, entry->reason, entry->link);
  result->outcome = OUTCOME_PASSED;
  result_end(result, outcome, reason);
}

static void note_expired(struct result *result, const struct expected_entry *entry) {
  char note[400];
  snprintf(note, sizeof note, "it was expected until %s: %.250s", entry->expires, entry->reason);
  result_note(result, note);
}

/* An entry that names this scenario alone has to see it fail. */
static struct expected_entry *find_unmet(struct expected *expected, const char *scenario) {
  for (size_t i = 0; i < expected->count; i++) {
    struct expected_entry *entry = &expected->entries[i];
    if (entry->kind == EXPECTED_SCENARIO && entry->counts && !entry->met && strcmp(entry->name, scenario) == 0) return entry;
  }
  return NULL;
}

static void mark_ran(struct expected *expected, const char *scenario) {
  for (size_t i = 0; i < expected->count; i++)
    if (expected->entries[i].kind == EXPECTED_SCENARIO && names(&expected->entries[i], scenario))
      expected->entries[i].ran = true;
}

void expected_apply(struct expected *expected, const char *scenario, struct result *result) {
  bool good = result->outcome == OUTCOME_PASSED || result->outcome == OUTCOME_WARNED;
  bool failed = outcome_row(result->outcome)->exit_code == 1;
  struct tally tally = {0};
  if (!expected || (!good && !failed)) return;
  mark_ran(expected, scenario);
  if (good || result->outcome == OUTCOME_FAILED) judge_findings(expected, scenario, result, &tally);
  else judge_end(expected, scenario, result, &tally);
  struct expected_entry *unmet = good ? find_unmet(expected, scenario) : NULL;
  if (unmet) change(result, OUTCOME_UNEXPECTED, "listed as a known deviation, but it passed", unmet);
  else if (failed && tally.known && !tally.unlisted) change(result, OUTCOME_KNOWN, "known", tally.known);
  else if (failed && tally.expired) note_expired(result, tally.expired);
}

const char *expected_rule(struct expected *expected, const char *id, const char *message) {
  for (size_t i = 0; expected && i < expected->count; i++) {
    struct expected_entry *entry = &expected->entries[i];
    if (entry->kind != EXPECTED_RULE || !entry->counts || !is_of(id, entry->name) || !begins(message, entry->message))
      continue;
    entry->met = true;
    return entry->reason;
  }
  return NULL;
}

/* ---- the list itself ---- */

static const char *problem_of(const struct expected_entry *entry, bool whole) {
  bool ran = entry->kind == EXPECTED_SCENARIO ? entry->ran : whole;
  if (entry->expired) return "its day has passed";
  return entry->counts && !entry->met && ran ? "nothing that it lists failed" : NULL;
}

cJSON *expected_problems(const struct expected *expected, bool whole) {
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; expected && i < expected->count; i++) {
    const struct expected_entry *entry = &expected->entries[i];
    const char *problem = problem_of(entry, whole);
    if (!problem) continue;
    char head[300];
    cJSON *item = cJSON_CreateObject();
    snprintf(head, sizeof head, "[%s %.250s]", expected_kind_name(entry->kind), entry->name);
    cJSON_AddNumberToObject(item, "line", (double)entry->line);
    cJSON_AddStringToObject(item, "entry", head);
    cJSON_AddStringToObject(item, "problem", problem);
    cJSON_AddItemToArray(list, item);
  }
  return list;
}

/* A line of the entry, or above it. */
static bool goes(const struct expected_entry *entry, const char *text, size_t line, bool whole) {
  bool comment = text[strspn(text, " \t")] == '#';
  return line >= entry->line && !comment && problem_of(entry, whole);
}

void expected_fixed(const struct expected *expected, bool whole, struct base_buf *out) {
  const cJSON *failure;
  size_t next = 0; /* the first entry that does not end above the line */
  for (size_t line = 1; line <= expected->line_count; line++) {
    const char *text = expected->lines[line - 1];
    while (next < expected->count && expected->entries[next].last_line < line) next++;
    if (next == expected->count || !goes(&expected->entries[next], text, line, whole)) base_buf_printf(out, "%s\n", text);
  }
  cJSON_ArrayForEach(failure, expected->unlisted) {
    const char *check = json_find_string(failure, "check"), *message = json_find_string(failure, "message");
    base_buf_printf(out, "\n[scenario %s]\n", json_find_string(failure, "scenario"));
    if (check) base_buf_printf(out, "check   = %s\n", check);
    size_t first_line = strcspn(message, "\n");
    if (first_line > 0) base_buf_printf(out, "message = %.*s\n", (int)first_line, message);
    base_buf_text(out, "reason  = " EXPECTED_UNWRITTEN "\nlink    = " EXPECTED_UNWRITTEN "\n");
  }
}
