/**
 * What came of one scenario: plain data that the session fills and the reports read.
 *
 * Always true: `reason` is a sentence unless the outcome is passed; a finding with "weight":"fails" is
 * there exactly when the outcome is failed (or known); all lists are arrays, never NULL.
 */
#ifndef CONFORMANCE_RESULT_H
#define CONFORMANCE_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON;

/** In the order of how bad they are: of several rounds the last one of this list counts. */
enum outcome {
  OUTCOME_PASSED,
  OUTCOME_NOT_APPLICABLE, /**< nothing in it is required of this profile */
  OUTCOME_UNSUPPORTED,    /**< needs a capability that was never claimed */
  OUTCOME_SKIPPED,
  OUTCOME_WARNED,
  OUTCOME_KNOWN,        /**< failed as the expected-failures file says (R-6) */
  OUTCOME_INCONCLUSIVE, /**< the machine was too slow each time (R-5) */
  OUTCOME_UNEXPECTED,   /**< listed as a known deviation, and passed (R-6) */
  OUTCOME_FAILED,
  OUTCOME_CRASHED,
  OUTCOME_HUNG,
  OUTCOME_ERROR, /**< the scenario, the harness or the adapter is at fault */
  OUTCOMES
};

struct outcome_row {
  const char *word;   /**< in reports */
  const char *colour; /**< ANSI sequence */
  int exit_code;      /**< what the run's exit code is at least */
  bool needs_reason;  /**< the console shows the reason */
  bool bad;           /**< the console shows all that is known */
};

const struct outcome_row *outcome_row(enum outcome outcome);

/** The outcome of this word; OUTCOME_ERROR for a word that is none. */
enum outcome outcome_find(const char *word);

struct result {
  enum outcome outcome;
  char *reason; /**< NULL = none */
  unsigned checks;
  unsigned attempts;        /**< 1, more when it was inconclusive (R-5) */
  unsigned rounds, bad;     /**< of --repeat: how many there were, how many were not good */
  struct cJSON *findings;   /**< broken checks: {id, title, level, basis, weight, reason, message, …} */
  struct cJSON *accepted;   /**< {id, name}: which accepted outcome the port has (R-2) */
  struct cJSON *notes;      /**< texts */
  struct cJSON *rules;      /**< always-on rules: {id, ok, message} (R-3), one for each id */
  struct cJSON *timeline;   /**< what led to the end, one text an event; for bad outcomes */
  struct cJSON *log;        /**< last lines of the testee's standard error; for bad outcomes */
  int64_t duration_ms;
};

void result_init(struct result *result);
void result_done(struct result *result);
/** The first call decides, unless the later outcome is worse. `reason` is copied. */
void result_end(struct result *result, enum outcome outcome, const char *reason);
void result_note(struct result *result, const char *text);
void result_accept(struct result *result, const char *id, const char *name, const char *sentence);
/** An always-on rule was watched. The first broken one of an id is kept. */
void result_watch(struct result *result, const char *id, bool ok, const char *message);
/** Was an always-on rule broken? */
bool result_breaks_rule(const struct result *result);
void result_swap(struct result *a, struct result *b);
/** Of another run of the same scenario keep the rules that it broke, and the time that it took; `other` is left empty. */
void result_absorb(struct result *kept, struct result *other);
/** Keep the worse of two rounds in `kept`; `round` is left empty. */
void result_merge(struct result *kept, struct result *round);

#endif
