/* The report for a reader at a terminal. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "diff.h"
#include "members.h"
#include "report.h"

#define BOLD "\033[1m"
#define GREY "\033[90m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

static void coloured(struct base_buf *out, const struct report_style *style, const char *colour,
                     const char *text) {
  base_buf_printf(out, "%s%s%s", style->colour ? colour : "", text, style->colour ? PLAIN : "");
}

static const struct outcome_row *row_of(const char *word) {
  for (int i = 0; i < OUTCOMES; i++)
    if (strcmp(outcome_row((enum outcome)i)->word, word) == 0) return outcome_row((enum outcome)i);
  return outcome_row(OUTCOME_ERROR);
}

void report_console_head(struct base_buf *out, const struct report_input *input, const struct report_style *style) {
  char line[256];
  const cJSON *hello = input->hello;
  snprintf(line, sizeof line, "%s %s, %s on %s, API %s", text_of(hello, "name"), text_of(hello, "version"),
           text_of(hello, "api"), text_of(hello, "channel"), text_of(hello, "apiVersion"));
  base_buf_text(out, "foundrycheck " CONFORMANCE_VERSION ": ");
  coloured(out, style, BOLD, line);
  if (input->seed) base_buf_printf(out, "\nseed %" PRIu64, *input->seed);
  base_buf_text(out, "\n\n");
}

static void print_list(struct base_buf *out, const cJSON *list, const char *title, const char *indent) {
  const cJSON *line;
  if (cJSON_GetArraySize(list) == 0) return;
  base_buf_printf(out, "    %s\n", title);
  cJSON_ArrayForEach(line, list) base_buf_printf(out, "%s%s\n", indent, cJSON_GetStringValue(line));
}

static void print_finding(struct base_buf *out, const cJSON *finding, const struct report_style *style) {
  bool fails = strcmp(text_of(finding, "weight"), "fails") == 0;
  base_buf_text(out, "    ");
  coloured(out, style, fails ? RED : YELLOW, text_of(finding, "id"));
  base_buf_printf(out, " (%s, %s) %s\n      source: %s\n      %s", text_of(finding, "level"),
                  text_of(finding, "basis"), text_of(finding, "title"), text_of(finding, "origin"),
                  text_of(finding, "message"));
  if (*text_of(finding, "where")) base_buf_printf(out, "  [%s]", text_of(finding, "where"));
  base_buf_char(out, '\n');
  if (*text_of(finding, "source")) base_buf_printf(out, "          %s\n", text_of(finding, "source"));
  if (*text_of(finding, "reason")) base_buf_printf(out, "      %s\n", text_of(finding, "reason"));
  const cJSON *expected = json_find(finding, "expected"), *actual = json_find(finding, "actual");
  if (!expected && !actual) return;
  base_buf_text(out, "      - expected, + actual\n");
  diff_print(out, expected, actual, "      ", style->colour);
}

/* A single quote ends the shell's quoting: '\'' */
static void print_command(struct base_buf *out, const char *name, const struct report_style *style) {
  base_buf_printf(out, "    run this one alone: %s --name '", style->command);
  for (const char *c = name; *c; c++) {
    if (*c == '\'') base_buf_text(out, "'\\''");
    else base_buf_char(out, *c);
  }
  base_buf_text(out, "'\n\n");
}

static void print_evidence(struct base_buf *out, const cJSON *entry, const struct report_style *style) {
  const cJSON *finding;
  cJSON_ArrayForEach(finding, json_find(entry, "findings")) print_finding(out, finding, style);
  print_list(out, json_find(entry, "notes"), "notes", "      ");
  print_list(out, json_find(entry, "timeline"), "what led there", "    ");
  print_list(out, json_find(entry, "log"), "the testee's last words", "      ");
  print_command(out, text_of(entry, "name"), style);
}

static void print_rounds(struct base_buf *out, const cJSON *entry) {
  if (number_of(entry, "rounds") > 0)
    base_buf_printf(out, "  (%" PRId64 " of %" PRId64 " rounds not good)", number_of(entry, "bad"),
                    number_of(entry, "rounds"));
  if (number_of(entry, "attempts") > 1) base_buf_printf(out, "  (attempt %" PRId64 ")", number_of(entry, "attempts"));
}

void report_console_scenario(struct base_buf *out, const cJSON *entry, const struct report_style *style) {
  const struct outcome_row *row = row_of(text_of(entry, "outcome"));
  char word[32];
  if (style->quiet && !row->bad && row->exit_code == 0) return;
  snprintf(word, sizeof word, "%-15s", row->word);
  coloured(out, style, row->colour, word);
  base_buf_printf(out, " %s", text_of(entry, "name"));
  print_rounds(out, entry);
  base_buf_char(out, '\n');
  if (row->needs_reason) base_buf_printf(out, "    %s\n", text_of(entry, "reason"));
  if (row->bad) print_evidence(out, entry, style);
}

/* ---- the tail ---- */

void report_console_rule(struct base_buf *out, const cJSON *rule, const struct report_style *style) {
  bool fails = strcmp(text_of(rule, "weight"), "fails") == 0;
  coloured(out, style, fails ? RED : YELLOW, fails ? "RULE BROKEN" : "rule broken");
  base_buf_printf(out, "     %s (%s, %s) %s\n", text_of(rule, "id"), text_of(rule, "level"),
                  text_of(rule, "basis"), text_of(rule, "title"));
  base_buf_printf(out, "    source: %s\n    %s\n    in %" PRId64 " of %" PRId64 " scenarios, first in %s\n",
                  text_of(rule, "origin"), text_of(rule, "message"), number_of(rule, "broken"),
                  number_of(rule, "watched"), text_of(rule, "scenario"));
  if (*text_of(rule, "reason")) base_buf_printf(out, "    %s\n", text_of(rule, "reason"));
  print_list(out, json_find(rule, "notes"), "notes", "      ");
  print_list(out, json_find(rule, "timeline"), "what led there", "    ");
  print_command(out, text_of(rule, "scenario"), style);
}

static void print_rules(struct base_buf *out, const cJSON *rules, const struct report_style *style) {
  const cJSON *rule;
  cJSON_ArrayForEach(rule, rules) {
    if (number_of(rule, "broken") == 0) continue;
    base_buf_char(out, '\n');
    report_console_rule(out, rule, style);
  }
}

/* a list of known deviations that is not true any more. */
static void print_expectations(struct base_buf *out, const cJSON *list, const struct report_style *style) {
  const cJSON *item;
  cJSON_ArrayForEach(item, list) {
    base_buf_char(out, '\n');
    coloured(out, style, RED, "not expected any more");
    base_buf_printf(out, "  line %" PRId64 ": %s\n    %s\n", number_of(item, "line"), text_of(item, "entry"),
                    text_of(item, "problem"));
  }
}

static void print_missing(struct base_buf *out, const cJSON *missing) {
  const cJSON *item;
  if (cJSON_GetArraySize(missing) == 0) return;
  base_buf_text(out, "\npromised by the channel's documentation, and not claimed:\n");
  cJSON_ArrayForEach(item, missing)
    base_buf_printf(out, "    %-22s %s\n", text_of(item, "name"), text_of(item, "help"));
}

static void print_accepted(struct base_buf *out, const cJSON *accepted) {
  const cJSON *item;
  if (cJSON_GetArraySize(accepted) == 0) return;
  base_buf_text(out, "\nwhere several outcomes are accepted, this port has:\n");
  cJSON_ArrayForEach(item, accepted) base_buf_printf(out, "    %-14s %-10s %s\n", text_of(item, "id"),
                                                     text_of(item, "name"), text_of(item, "title"));
}

static void print_counts(struct base_buf *out, const cJSON *document) {
  const cJSON *count;
  const char *between = "\n";
  cJSON_ArrayForEach(count, json_find(document, "counts")) {
    int64_t value = 0;
    json_integer(count, &value);
    base_buf_printf(out, "%s%" PRId64 " %s", between, value, count->string);
    between = ", ";
  }
  if (*between == '\n') base_buf_text(out, "\nno scenario");
}

/* Those that a scenario or a rule has said something of. */
static void print_judged(struct base_buf *out, const cJSON *requirements) {
  const cJSON *requirement;
  int judged = 0;
  cJSON_ArrayForEach(requirement, requirements) judged +=
      strncmp(text_of(requirement, "status"), "not ", 4) != 0;
  base_buf_printf(out, "; %d of %d requirements judged", judged, cJSON_GetArraySize(requirements));
}

/* In a long run they are far above; what was said of each stands there. */
static void print_bad(struct base_buf *out, const cJSON *scenarios, const struct report_style *style) {
  enum { SHOWN = 40 };
  const cJSON *entry;
  int count = 0;
  if (cJSON_GetArraySize(scenarios) < 2) return;
  cJSON_ArrayForEach(entry, scenarios) {
    const struct outcome_row *row = row_of(text_of(entry, "outcome"));
    if (row->exit_code == 0 || count++ >= SHOWN) continue;
    char word[32];
    snprintf(word, sizeof word, "%-15s", row->word);
    base_buf_text(out, count == 1 ? "\nnot good:\n    " : "    ");
    coloured(out, style, row->colour, word);
    base_buf_printf(out, " %s\n                    %s\n", text_of(entry, "name"), text_of(entry, "reason"));
  }
  if (count > SHOWN) base_buf_printf(out, "    … and %d more\n", count - SHOWN);
}

void report_console_tail(struct base_buf *out, const cJSON *document, const struct report_style *style) {
  const char *problem = json_find_string(document, "problem");
  int64_t code = number_of(document, "exitCode");
  int64_t wall_ms = number_of(json_find(document, "timing"), "wallMs");
  print_rules(out, json_find(document, "rules"), style);
  print_expectations(out, json_find(document, "expectations"), style);
  print_accepted(out, json_find(document, "accepted"));
  print_missing(out, json_find(document, "missingCapabilities"));
  print_bad(out, json_find(document, "scenarios"), style);
  print_counts(out, document);
  print_judged(out, json_find(document, "requirements"));
  base_buf_printf(out, "; %" PRId64 ".%" PRId64 " s\n", wall_ms / 1000, wall_ms % 1000 / 100);
  if (problem) base_buf_printf(out, "%s\n", problem);
  bool good = cJSON_IsTrue(json_find(document, "conforms"));
  coloured(out, style, good ? GREEN : code == 0 ? YELLOW : RED, text_of(document, "verdict"));
  base_buf_char(out, '\n');
}
