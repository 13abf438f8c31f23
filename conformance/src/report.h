/**
 * The report: one JSON document that everything else is drawn from.
 *
 * report_build() puts it together; the console, JUnit, HTML and JSON are pure functions
 * of it. Its order is that of the suite, and all that depends on time stands in the member "timing", so
 * that two runs over the same port differ nowhere else.
 */
#ifndef CONFORMANCE_REPORT_H
#define CONFORMANCE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "catalogue.h"
#include "judge.h"
#include "profile.h"
#include "result.h"
#include "suite.h"

struct expected;

struct report_input {
  const struct catalogue *catalogue;
  const struct scenario *const *scenarios;
  const struct result *results;
  size_t count;
  const struct cJSON *hello; /**< NULL when no testee could be started */
  struct profile profile;
  enum judge_strictness strictness;
  struct expected *expected;       /**< or NULL */
  bool whole;                      /**< every scenario of the suite is in it */
  const uint64_t *seed;            /**< NULL = nothing in the run was random */
  const char *problem;             /**< why the run as a whole failed, or NULL */
  int64_t wall_ms;
  unsigned threads;
};

/** What one scenario adds to the document; the caller's. */
struct cJSON *report_scenario(const struct scenario *scenario, const struct result *result);
/** The document; the caller's. "exitCode" in it is the run's. */
struct cJSON *report_build(const struct report_input *input);

struct report_style {
  bool colour;
  bool quiet;          /**< nothing of scenarios that are fine */
  const char *command; /**< before "--name …" in the line that runs one scenario again */
};

/** "foundrycheck 0.1.0: vmxsync-testee 0.1.0, js on web, API 9.5" */
void report_console_head(struct base_buf *out, const struct report_input *input, const struct report_style *style);
/** One scenario: a line, and all that is known when it is bad. */
void report_console_scenario(struct base_buf *out, const struct cJSON *entry,
                             const struct report_style *style);
/** An always-on rule that was broken, and all that is known of it. */
void report_console_rule(struct base_buf *out, const struct cJSON *rule, const struct report_style *style);
/** What follows the scenarios: rules, capabilities, outcomes, counts, the verdict. */
void report_console_tail(struct base_buf *out, const struct cJSON *document,
                         const struct report_style *style);

/* Of these `command` is that of struct report_style, too. */

void report_junit(struct base_buf *out, const struct cJSON *document, const char *command);
/** A page that stands alone: it fetches nothing and has no script. */
void report_html(struct base_buf *out, const struct cJSON *document, const char *command);
void report_json(struct base_buf *out, const struct cJSON *document);

/** Forms in which a report is written. */
struct report_kind {
  const char *word; /**< "junit" */
  void (*print)(struct base_buf *out, const struct cJSON *document, const char *command);
};

/** Of "junit:FILE"; `file` becomes FILE. NULL when the word is none, or FILE is empty. */
const struct report_kind *report_kind_find(const char *report, const char **file);

#endif
