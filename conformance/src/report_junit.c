/* The report as JUnit XML: one suite for each file, one case for each scenario. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "markup.h"
#include "members.h"
#include "report.h"

/* The scenario's element: which one, by outcome. */
static const struct {
  const char *word, *element;
} ELEMENTS[] = {{"FAILED", "failure"},        {"TESTEE CRASHED", "failure"}, {"TESTEE HUNG", "failure"},
                {"unexpected pass", "failure"}, {"ERROR", "error"},            {"not applicable", "skipped"},
                {"unsupported", "skipped"},   {"skipped", "skipped"},        {"known deviation", "skipped"},
                {"inconclusive", "skipped"}};

static const char *element_of(const char *outcome) {
  for (size_t i = 0; i < sizeof ELEMENTS / sizeof *ELEMENTS; i++)
    if (strcmp(ELEMENTS[i].word, outcome) == 0) return ELEMENTS[i].element;
  return NULL;
}

/* What the console says of a scenario or a rule. */
static void print_details(struct base_buf *out, const cJSON *entry, const char *command,
                          void (*print)(struct base_buf *, const cJSON *, const struct report_style *)) {
  struct report_style style = {.command = command};
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  print(&text, entry, &style);
  markup_text(out, base_buf_string(&text));
}

static void print_case(struct base_buf *out, const cJSON *entry, int64_t duration_ms, const char *command) {
  const char *outcome = text_of(entry, "outcome"), *element = element_of(outcome);
  base_buf_text(out, "    <testcase classname=\"");
  markup_text(out, text_of(entry, "file"));
  base_buf_text(out, "\" name=\"");
  markup_text(out, text_of(entry, "name"));
  base_buf_printf(out, "\" time=\"%" PRId64 ".%03" PRId64 "\">", duration_ms / 1000, duration_ms % 1000);
  if (element) {
    base_buf_printf(out, "<%s message=\"", element);
    markup_text(out, text_of(entry, "reason"));
    base_buf_text(out, "\">");
    print_details(out, entry, command, report_console_scenario);
    base_buf_printf(out, "</%s>", element);
  } else if (strcmp(outcome, "warned") == 0) {
    base_buf_text(out, "<system-out>");
    print_details(out, entry, command, report_console_scenario);
    base_buf_text(out, "</system-out>");
  }
  base_buf_text(out, "</testcase>\n");
}

static int count_elements(const cJSON *scenarios, const char *file, const char *element) {
  const cJSON *entry;
  int count = 0;
  cJSON_ArrayForEach(entry, scenarios) {
    const char *own = element_of(text_of(entry, "outcome"));
    if (file && strcmp(text_of(entry, "file"), file) != 0) continue;
    count += !element || (own && strcmp(own, element) == 0);
  }
  return count;
}

static bool rule_fails(const cJSON *rule) { return strcmp(text_of(rule, "weight"), "fails") == 0; }

static int count_failed(const cJSON *rules) {
  const cJSON *rule;
  int count = 0;
  cJSON_ArrayForEach(rule, rules) count += rule_fails(rule);
  return count;
}

static void print_counts(struct base_buf *out, int tests, int failures, int errors, int skipped) {
  base_buf_printf(out, " tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\">\n", tests, failures,
                  errors, skipped);
}

static void count_scenarios(struct base_buf *out, const cJSON *scenarios, const char *file) {
  print_counts(out, count_elements(scenarios, file, NULL), count_elements(scenarios, file, "failure"),
               count_elements(scenarios, file, "error"), count_elements(scenarios, file, "skipped"));
}

/* Of all suites. */
static void count_all(struct base_buf *out, const cJSON *document) {
  const cJSON *scenarios = json_find(document, "scenarios"), *rules = json_find(document, "rules");
  int stale = cJSON_GetArraySize(json_find(document, "expectations")),
      problems = json_find(document, "problem") != NULL;
  print_counts(out, count_elements(scenarios, NULL, NULL) + cJSON_GetArraySize(rules) + stale + problems,
               count_elements(scenarios, NULL, "failure") + count_failed(rules) + stale,
               count_elements(scenarios, NULL, "error") + problems,
               count_elements(scenarios, NULL, "skipped"));
}

static int64_t duration_of(const cJSON *document, const char *name) {
  int64_t ms = 0;
  json_integer(json_find(json_find(json_find(document, "timing"), "scenarios"), name), &ms);
  return ms;
}

/* The always-on rules are a suite of their own. */
static void print_rules(struct base_buf *out, const cJSON *rules, const char *command) {
  const cJSON *rule;
  base_buf_text(out, "  <testsuite name=\"always-on rules\"");
  print_counts(out, cJSON_GetArraySize(rules), count_failed(rules), 0, 0);
  cJSON_ArrayForEach(rule, rules) {
    base_buf_text(out, "    <testcase classname=\"rules\" name=\"");
    markup_text(out, text_of(rule, "id"));
    base_buf_text(out, " ");
    markup_text(out, text_of(rule, "title"));
    base_buf_text(out, "\">");
    if (rule_fails(rule)) {
      base_buf_text(out, "<failure message=\"");
      markup_text(out, text_of(rule, "message"));
      base_buf_text(out, "\">");
      print_details(out, rule, command, report_console_rule);
      base_buf_text(out, "</failure>");
    }
    base_buf_text(out, "</testcase>\n");
  }
  base_buf_text(out, "  </testsuite>\n");
}

/* What makes a run red beside its scenarios: known deviations that are not true any more, and a run that went wrong. */
static void print_run(struct base_buf *out, const cJSON *document) {
  const cJSON *stale = json_find(document, "expectations"), *item;
  const char *problem = json_find_string(document, "problem");
  int count = cJSON_GetArraySize(stale);
  if (count == 0 && !problem) return;
  base_buf_text(out, "  <testsuite name=\"the run\"");
  print_counts(out, count + (problem != NULL), count, problem != NULL, 0);
  cJSON_ArrayForEach(item, stale) {
    base_buf_text(out, "    <testcase classname=\"run\" name=\"known deviation ");
    markup_text(out, text_of(item, "entry"));
    base_buf_text(out, "\"><failure message=\"");
    markup_text(out, text_of(item, "problem"));
    base_buf_text(out, "\"></failure></testcase>\n");
  }
  if (problem) {
    base_buf_text(out, "    <testcase classname=\"run\" name=\"the run as a whole\"><error message=\"");
    markup_text(out, problem);
    base_buf_text(out, "\"></error></testcase>\n");
  }
  base_buf_text(out, "  </testsuite>\n");
}

void report_junit(struct base_buf *out, const cJSON *document, const char *command) {
  const cJSON *scenarios = json_find(document, "scenarios"), *entry;
  const char *file = "";
  base_buf_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"foundrycheck\"");
  count_all(out, document);
  cJSON_ArrayForEach(entry, scenarios) {
    if (strcmp(file, text_of(entry, "file")) != 0) {
      if (*file) base_buf_text(out, "  </testsuite>\n");
      file = text_of(entry, "file");
      base_buf_text(out, "  <testsuite name=\"");
      markup_text(out, file);
      base_buf_char(out, '"');
      count_scenarios(out, scenarios, file);
    }
    print_case(out, entry, duration_of(document, text_of(entry, "name")), command);
  }
  if (*file) base_buf_text(out, "  </testsuite>\n");
  print_rules(out, json_find(document, "rules"), command);
  print_run(out, document);
  base_buf_text(out, "</testsuites>\n");
}
