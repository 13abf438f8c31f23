/* The report as a page: first what was decided and why, then each requirement, then each scenario. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "markup.h"
#include "members.h"
#include "report.h"

static const char STYLE[] =
    "<style>\n"
    ":root{color-scheme:light dark;--good:#1a7f37;--bad:#c62828;--warn:#9a6700;--quiet:#6e7781;--line:#8884}\n"
    "@media (prefers-color-scheme:dark){:root{--good:#4cc26a;--bad:#ff7b72;--warn:#d9a520;--quiet:#9aa4ae}}\n"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}\n"
    "h2{margin-top:2.2rem}table{border-collapse:collapse;width:100%}\n"
    "td,th{text-align:left;vertical-align:top;padding:.25rem .7rem .25rem 0;border-bottom:1px solid var(--line)}\n"
    "td:first-child,th:first-child{white-space:nowrap}small,.quiet{color:var(--quiet)}\n"
    ".good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}.verdict{font-size:1.4rem;font-weight:600}\n"
    "summary{cursor:pointer;padding:.15rem 0}pre{overflow-x:auto;border-left:3px solid var(--line);padding-left:.8rem;font-size:13px}\n"
    "</style>\n";

/* <NAME class="CLASS">TEXT</NAME>; "" = no class. */
static void element(struct base_buf *out, const char *name, const char *class, const char *text) {
  base_buf_printf(out, "<%s%s%s%s>", name, *class ? " class=\"" : "", class, *class ? "\"" : "");
  markup_text(out, text);
  base_buf_printf(out, "</%s>", name);
}

static void cell(struct base_buf *out, const char *text) { element(out, "td", "", text); }

static void heading(struct base_buf *out, const char *text) {
  element(out, "h2", "", text);
  base_buf_char(out, '\n');
}

/* The class of an outcome: red where it makes the run red, yellow where it says more than "passed". */
static const char *class_of(const char *outcome) {
  const struct outcome_row *row = outcome_row(outcome_find(outcome));
  return row->exit_code ? "bad" : row->bad ? "warn" : strcmp(outcome, "passed") == 0 ? "good" : "quiet";
}

/* ---- what was decided ---- */

static void print_verdict(struct base_buf *out, const cJSON *document) {
  const char *verdict = text_of(document, "verdict");
  bool good = cJSON_IsTrue(json_find(document, "conforms")), red = number_of(document, "exitCode") > 0;
  element(out, "p", good ? "verdict good" : red ? "verdict bad" : "verdict warn", verdict);
  base_buf_char(out, '\n');
}

static void print_counts(struct base_buf *out, const cJSON *document) {
  const cJSON *count;
  base_buf_text(out, "<p>");
  cJSON_ArrayForEach(count, json_find(document, "counts")) {
    int64_t value = 0;
    json_integer(count, &value);
    base_buf_printf(out, "%s<b>%" PRId64 "</b> ", count->prev && count->prev->next ? " · " : "", value);
    element(out, "span", class_of(count->string), count->string);
  }
  base_buf_text(out, "</p>\n");
}

static void print_head(struct base_buf *out, const cJSON *document) {
  const cJSON *testee = json_find(document, "testee");
  char title[300], facts[300];
  int64_t wall_ms = number_of(json_find(document, "timing"), "wallMs");
  snprintf(title, sizeof title, "%.120s %.120s", text_of(testee, "name"), text_of(testee, "version"));
  snprintf(facts, sizeof facts, "%s on %s, API %.40s; %.40s, strict: %s; %" PRId64 ".%" PRId64 " s",
           text_of(testee, "api"), text_of(testee, "channel"), text_of(testee, "apiVersion"),
           text_of(document, "suite"), text_of(document, "strict"), wall_ms / 1000, wall_ms % 1000 / 100);
  base_buf_text(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width\">\n");
  element(out, "title", "", title);
  base_buf_printf(out, "\n%s</head><body>\n", STYLE);
  element(out, "h1", "", title);
  print_verdict(out, document);
  element(out, "p", "quiet", facts);
  print_counts(out, document);
  if (json_find(document, "problem")) element(out, "p", "bad", text_of(document, "problem"));
}

static void print_expectations(struct base_buf *out, const cJSON *list) {
  const cJSON *item;
  if (cJSON_GetArraySize(list) == 0) return;
  heading(out, "Known deviations that are not true any more");
  base_buf_text(out, "<table>\n");
  cJSON_ArrayForEach(item, list) {
    base_buf_printf(out, "<tr><td>line %" PRId64 "</td>", number_of(item, "line"));
    cell(out, text_of(item, "entry"));
    cell(out, text_of(item, "problem"));
    base_buf_text(out, "</tr>\n");
  }
  base_buf_text(out, "</table>\n");
}

/* ---- evidence ---- */

/* What the console says of a scenario or a rule, behind a line that can be opened. */
static void print_evidence(struct base_buf *out, const cJSON *item, const char *name, const char *class,
                           const char *command,
                           void (*print)(struct base_buf *, const cJSON *, const struct report_style *)) {
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  struct report_style style = {.command = command};
  print(&text, item, &style);
  base_buf_text(out, "<details><summary>");
  element(out, "span", class, name);
  base_buf_text(out, " <small>");
  markup_text(out, json_find(item, "message") ? text_of(item, "message") : text_of(item, "reason"));
  base_buf_text(out, "</small></summary><pre>");
  markup_text(out, base_buf_string(&text));
  base_buf_text(out, "</pre></details>\n");
}

static void print_rules(struct base_buf *out, const cJSON *rules, const char *command) {
  const cJSON *rule;
  bool first = true;
  cJSON_ArrayForEach(rule, rules) {
    if (number_of(rule, "broken") == 0) continue;
    if (first) heading(out, "Rules that are always on, and were broken");
    first = false;
    bool fails = strcmp(text_of(rule, "weight"), "fails") == 0;
    print_evidence(out, rule, text_of(rule, "id"), fails ? "bad" : "warn", command, report_console_rule);
  }
}

/* Those that make the run red, or those that only warn. */
static void print_scenarios(struct base_buf *out, const cJSON *scenarios, bool red, const char *title,
                            const char *command) {
  const cJSON *entry;
  bool first = true;
  cJSON_ArrayForEach(entry, scenarios) {
    const struct outcome_row *row = outcome_row(outcome_find(text_of(entry, "outcome")));
    if ((row->exit_code > 0) != red || (!red && !row->bad)) continue;
    if (first) heading(out, title);
    first = false;
    print_evidence(out, entry, text_of(entry, "name"), red ? "bad" : "warn", command,
                   report_console_scenario);
  }
}

/* ---- requirements ---- */

static const struct {
  const char *status, *class, *title;
  bool open;
} STANDS[] = {{"fails", "bad", "fail", true},
              {"warns", "warn", "are broken, and only warn", true},
              {"not judged", "quiet", "were not judged: what covers them did not run", false},
              {"not covered", "quiet", "are covered by nothing in this run", false},
              {"watched", "good", "were watched in every scenario, and held", false},
              {"holds", "good", "hold", false}};

static bool stands(const cJSON *requirement, const char *status) {
  return strcmp(text_of(requirement, "status"), status) == 0;
}

static int count_standing(const cJSON *requirements, const char *status) {
  const cJSON *requirement;
  int count = 0;
  cJSON_ArrayForEach(requirement, requirements) count += stands(requirement, status);
  return count;
}

static void print_requirement(struct base_buf *out, const cJSON *requirement, const char *class) {
  base_buf_printf(out, "<tr><td class=\"%s\">%s</td>", class, text_of(requirement, "id"));
  cell(out, text_of(requirement, "level"));
  base_buf_text(out, "<td>");
  markup_text(out, text_of(requirement, "title"));
  base_buf_text(out, "<br>");
  element(out, "small", "", text_of(requirement, "origin"));
  base_buf_printf(out, "</td><td>%d</td></tr>\n", cJSON_GetArraySize(json_find(requirement, "scenarios")));
}

static void print_requirements(struct base_buf *out, const cJSON *requirements) {
  const cJSON *requirement;
  heading(out, "Requirements");
  for (size_t i = 0; i < sizeof STANDS / sizeof *STANDS; i++) {
    int count = count_standing(requirements, STANDS[i].status);
    if (count == 0) continue;
    base_buf_printf(out,
                    "<details%s><summary class=\"%s\"><b>%d</b> "
                    "%s</summary>\n<table><tr><th></th><th></th><th></th><th>scenarios</th></tr>\n",
                    STANDS[i].open ? " open" : "", STANDS[i].class, count, STANDS[i].title);
    cJSON_ArrayForEach(requirement, requirements) if (stands(requirement, STANDS[i].status))
        print_requirement(out, requirement, STANDS[i].class);
    base_buf_text(out, "</table></details>\n");
  }
}

/* ---- what the port is like ---- */

/* A table of items, the named members as columns. */
static void print_table(struct base_buf *out, const char *title, const cJSON *items,
                        const char *const *columns) {
  const cJSON *item;
  if (cJSON_GetArraySize(items) == 0) return;
  heading(out, title);
  base_buf_text(out, "<table>\n");
  cJSON_ArrayForEach(item, items) {
    base_buf_text(out, "<tr>");
    for (size_t i = 0; columns[i]; i++) cell(out, text_of(item, columns[i]));
    base_buf_text(out, "</tr>\n");
  }
  base_buf_text(out, "</table>\n");
}

static void print_all(struct base_buf *out, const cJSON *scenarios) {
  const cJSON *entry;
  base_buf_printf(out, "<h2>Scenarios</h2>\n<details><summary>all %d</summary>\n<table>\n",
                  cJSON_GetArraySize(scenarios));
  cJSON_ArrayForEach(entry, scenarios) {
    const char *outcome = text_of(entry, "outcome");
    base_buf_text(out, "<tr>");
    element(out, "td", class_of(outcome), outcome);
    cell(out, text_of(entry, "name"));
    base_buf_text(out, "</tr>\n");
  }
  base_buf_text(out, "</table></details>\n");
}

void report_html(struct base_buf *out, const cJSON *document, const char *command) {
  static const char *const OUTCOME[] = {"id", "name", "title", NULL}, *const CAPABILITY[] = {"name", "help",
                                                                                             NULL};
  const cJSON *scenarios = json_find(document, "scenarios");
  print_head(out, document);
  print_scenarios(out, scenarios, true, "Not good", command);
  print_rules(out, json_find(document, "rules"), command);
  print_expectations(out, json_find(document, "expectations"));
  print_scenarios(out, scenarios, false, "Warned", command);
  print_requirements(out, json_find(document, "requirements"));
  print_table(out, "Where several outcomes are accepted, this port has", json_find(document, "accepted"),
              OUTCOME);
  print_table(out, "Promised by the channel's documentation, and not claimed",
              json_find(document, "missingCapabilities"), CAPABILITY);
  print_all(out, scenarios);
  base_buf_text(out, "</body></html>\n");
}
