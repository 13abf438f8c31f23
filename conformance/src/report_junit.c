/* The report as JUnit XML: one suite for each file, one case for each scenario. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "report.h"

static const char *text_of(const cJSON *item, const char *name) {
  const char *text = json_find_string(item, name);
  return text ? text : "";
}

/* XML 1.0 has no control characters but tab and line ends. */
static void escape(struct base_buf *out, const char *text) {
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    if (*c == '&') base_buf_text(out, "&amp;");
    else if (*c == '<') base_buf_text(out, "&lt;");
    else if (*c == '>') base_buf_text(out, "&gt;");
    else if (*c == '"') base_buf_text(out, "&quot;");
    else if (*c == '\n') base_buf_text(out, "&#10;");
    else base_buf_char(out, *c < 0x20 && *c != '\t' ? '?' : (char)*c);
  }
}

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

static void print_details(struct base_buf *out, const cJSON *entry) {
  struct report_style style = {.command = "foundrycheck run"};
  struct base_buf text = BASE_BUF_INIT;
  report_console_scenario(&text, entry, &style);
  escape(out, base_buf_string(&text));
  base_buf_done(&text);
}

static void print_case(struct base_buf *out, const cJSON *entry, int64_t duration_ms) {
  const char *outcome = text_of(entry, "outcome"), *element = element_of(outcome);
  base_buf_text(out, "    <testcase classname=\"");
  escape(out, text_of(entry, "file"));
  base_buf_text(out, "\" name=\"");
  escape(out, text_of(entry, "name"));
  base_buf_printf(out, "\" time=\"%" PRId64 ".%03" PRId64 "\">", duration_ms / 1000, duration_ms % 1000);
  if (element) {
    base_buf_printf(out, "<%s message=\"", element);
    escape(out, text_of(entry, "reason"));
    base_buf_text(out, "\">");
    print_details(out, entry);
    base_buf_printf(out, "</%s>", element);
  } else if (strcmp(outcome, "warned") == 0) {
    base_buf_text(out, "<system-out>");
    print_details(out, entry);
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

static int count_rules(const cJSON *rules, bool failed_only) {
  const cJSON *rule;
  int count = 0;
  cJSON_ArrayForEach(rule, rules) count += !failed_only || rule_fails(rule);
  return count;
}

/* Of the scenarios of `file` (NULL: of all) and of the rules; either may be NULL. */
static void print_counts(struct base_buf *out, const cJSON *scenarios, const char *file, const cJSON *rules) {
  base_buf_printf(out, " tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\">\n",
                  count_elements(scenarios, file, NULL) + count_rules(rules, false),
                  count_elements(scenarios, file, "failure") + count_rules(rules, true),
                  count_elements(scenarios, file, "error"), count_elements(scenarios, file, "skipped"));
}

static int64_t duration_of(const cJSON *document, const char *name) {
  int64_t ms = 0;
  json_integer(json_find(json_find(json_find(document, "timing"), "scenarios"), name), &ms);
  return ms;
}

/* The always-on rules are a suite of their own. */
static void print_rules(struct base_buf *out, const cJSON *rules) {
  const cJSON *rule;
  base_buf_text(out, "  <testsuite name=\"always-on rules\"");
  print_counts(out, NULL, NULL, rules);
  cJSON_ArrayForEach(rule, rules) {
    base_buf_text(out, "    <testcase classname=\"rules\" name=\"");
    escape(out, text_of(rule, "id"));
    base_buf_text(out, " ");
    escape(out, text_of(rule, "title"));
    base_buf_text(out, "\">");
    if (rule_fails(rule)) {
      base_buf_text(out, "<failure message=\"");
      escape(out, text_of(rule, "message"));
      base_buf_text(out, "\">first in ");
      escape(out, text_of(rule, "scenario"));
      base_buf_text(out, "</failure>");
    }
    base_buf_text(out, "</testcase>\n");
  }
  base_buf_text(out, "  </testsuite>\n");
}

void report_junit(struct base_buf *out, const cJSON *document) {
  const cJSON *scenarios = json_find(document, "scenarios"), *entry;
  const char *file = "";
  base_buf_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"foundrycheck\"");
  print_counts(out, scenarios, NULL, json_find(document, "rules"));
  cJSON_ArrayForEach(entry, scenarios) {
    if (strcmp(file, text_of(entry, "file")) != 0) {
      if (*file) base_buf_text(out, "  </testsuite>\n");
      file = text_of(entry, "file");
      base_buf_text(out, "  <testsuite name=\"");
      escape(out, file);
      base_buf_char(out, '"');
      print_counts(out, scenarios, file, NULL);
    }
    print_case(out, entry, duration_of(document, text_of(entry, "name")));
  }
  if (*file) base_buf_text(out, "  </testsuite>\n");
  print_rules(out, json_find(document, "rules"));
  base_buf_text(out, "</testsuites>\n");
}
