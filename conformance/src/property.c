#include "property.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "file.h"
#include "judge.h"
#include "shrink.h"

enum { TRIES_MAX = 300 };

/* What runs one history after the other. */
struct property {
  const struct session_config *config;
  const struct scenario *scenario;
  struct session_testee *testee;
  unsigned number;
  /* of the history that broke: */
  cJSON *steps;            /* all of them */
  struct history *history; /* the shortest so far that breaks */
  struct result *result;   /* what came of it */
  unsigned tries;          /* histories that were run to shorten it */
};

bool property_is(const struct scenario *scenario) { return json_find(scenario->definition, "histories") != NULL; }

static bool is_stopped(const struct property *property) {
  return property->config->stop && *property->config->stop;
}

/* ---- seeds ---- */

static uint64_t mix(uint64_t random) { /* of splitmix64 */
  random += 0x9E3779B97F4A7C15u;
  random = (random ^ random >> 30) * 0xBF58476D1CE4E5B9u;
  random = (random ^ random >> 27) * 0x94D049BB133111EBu;
  return random ^ random >> 31;
}

static uint64_t seed_of(uint64_t seed, const char *name, unsigned number) {
  for (seed = mix(seed); *name; name++) seed = mix(seed ^ (unsigned char)*name);
  return mix(seed ^ number);
}

/* ---- failures ---- */

/* The first always-on rule that is broken and counts, or "". */
static const char *failed_rule(const struct property *property, const struct result *result) {
  const cJSON *rule;
  struct requirement_ref ref;
  cJSON_ArrayForEach(rule, result->rules) {
    const char *id = json_find_string(rule, "id");
    if (json_find(rule, "message") && catalogue_find(property->config->catalogue, id, &ref) &&
        judge_broken(ref, &property->testee->profile, property->config->strictness).weight == JUDGE_FAILS)
      return id;
  }
  return "";
}

static bool is_red(const struct property *property, const struct result *result) {
  return outcome_row(result->outcome)->exit_code != 0 || *failed_rule(property, result);
}

static const char *failed_id(const struct result *result) {
  const cJSON *finding;
  cJSON_ArrayForEach(finding, result->findings)
    if (strcmp(json_find_string(finding, "weight"), "fails") == 0) return json_find_string(finding, "id");
  return "";
}

/* The same outcome under the same requirement. */
static bool fails_alike(const struct property *property, const struct result *a, const struct result *b) {
  if (a->outcome > OUTCOME_WARNED || b->outcome > OUTCOME_WARNED)
    return a->outcome == b->outcome && strcmp(failed_id(a), failed_id(b)) == 0;
  return strcmp(failed_rule(property, a), failed_rule(property, b)) == 0;
}

/* ---- shrinking ---- */

static cJSON *chosen_steps(const cJSON *steps, const bool *kept) {
  cJSON *chosen = cJSON_CreateArray();
  const cJSON *step;
  size_t i = 0;
  cJSON_ArrayForEach(step, steps) if (kept[i++]) cJSON_AddItemToArray(chosen, cJSON_Duplicate(step, true));
  return chosen;
}

static void history_done(struct history *history) {
  cJSON_Delete(history->steps);
  cJSON_Delete(history->told);
  free(history->text);
  *history = (struct history){0};
}

static void swap_histories(struct history *a, struct history *b) {
  struct history other = *a;
  *a = *b;
  *b = other;
}

static void run_history(const struct property *property, struct history *history, struct result *out) {
  session_run(property->config, property->scenario, property->testee, property->number, history, out);
}

/* Does it break in the same way with these steps (owned from here on)? Then they are the history. */
static bool try_steps(struct property *property, cJSON *steps) {
  struct history shorter = {.number = property->history->number, .seed = property->history->seed,
                            .tries = property->history->tries, .steps = steps};
  struct result result;
  run_history(property, &shorter, &result);
  bool alike = fails_alike(property, &result, property->result);
  property->history->tries = shorter.tries;
  property->tries++;
  if (alike) {
    swap_histories(property->history, &shorter);
    result_swap(property->result, &result);
  }
  history_done(&shorter);
  result_done(&result);
  return alike;
}

static bool still_fails(void *context, const bool *kept, size_t count) {
  struct property *property = context;
  (void)count;
  return !is_stopped(property) && try_steps(property, chosen_steps(property->steps, kept));
}

static void leave_out_steps(struct property *property) {
  size_t count = (size_t)cJSON_GetArraySize(property->steps);
  bool *kept = calloc(count + 1, sizeof *kept);
  for (size_t i = 0; kept && i < count; i++) kept[i] = true;
  if (kept) shrink(kept, count, TRIES_MAX, still_fails, property);
  free(kept);
}

/* Do without members of steps, one after the other: options that change nothing, a fault that never came. A member that
   the step needs makes another failure, an error of the script. */
static void leave_out_members(struct property *property) {
  for (int step = 0; step < cJSON_GetArraySize(property->history->told); step++)
    for (int member = 0; member < cJSON_GetArraySize(cJSON_GetArrayItem(property->history->told, step));) {
      if (property->tries >= TRIES_MAX || is_stopped(property)) return;
      cJSON *steps = cJSON_Duplicate(property->history->told, true);
      cJSON_DeleteItemFromArray(cJSON_GetArrayItem(steps, step), member);
      if (!try_steps(property, steps)) member++;
    }
}

/* A hung testee is not asked again and again: each time costs the whole patience. */
static bool can_shrink(const struct property *property) {
  return property->result->outcome < OUTCOME_HUNG && property->steps;
}

static void shrink_history(struct property *property) {
  char note[200];
  property->steps = cJSON_Duplicate(property->history->told, true);
  if (can_shrink(property)) {
    leave_out_steps(property);
    leave_out_members(property);
  }
  snprintf(note, sizeof note, "history %u of --seed %" PRIu64 " breaks it: %d steps, shrunk to %d in %u tries",
           property->history->number, property->config->seed, cJSON_GetArraySize(property->steps),
           cJSON_GetArraySize(property->history->told), property->tries);
  result_note(property->result, note);
  cJSON_Delete(property->steps);
}

/* ---- saving ---- */

/* "edits, … reach the server" -> "edits-reach-the-server-seed-1-history-7.lua" */
static char *file_name(const struct property *property) {
  enum { WIDEST = 60 };
  char slug[WIDEST + 1];
  size_t len = 0;
  const char *title = strrchr(property->scenario->name, '/');
  for (title = title ? title + 1 : property->scenario->name; *title && len < WIDEST; title++) {
    if (isalnum((unsigned char)*title)) slug[len++] = (char)tolower((unsigned char)*title);
    else if (len > 0 && slug[len - 1] != '-') slug[len++] = '-';
  }
  while (len > 0 && slug[len - 1] == '-') len--;
  char *name = NULL;
  int written = asprintf(&name, "histories/%.*s-seed-%" PRIu64 "-history-%u.lua", (int)len, slug, property->config->seed,
                         property->history->number);
  return written < 0 ? NULL : name;
}

/* <DIR>/histories/…: DIR is a folder of scenarios. */
static void save_history(const struct property *property) {
  const char *folder = property->config->save_failures, *text = property->history->text;
  struct base_error err = {0};
  if (!folder || !text) return;
  CLEANUP(free_text) char *area = file_join(folder, "histories"), *name = file_name(property);
  CLEANUP(free_text) char *path = name ? file_join(folder, name) : NULL;
  char note[700];
  bool saved = area && path && !file_make_folder(folder, &err) && !file_make_folder(area, &err) &&
               !file_write(path, text, strlen(text), &err);
  if (saved) snprintf(note, sizeof note, "saved as %.500s: foundrycheck run --scenarios %.80s", path, folder);
  else snprintf(note, sizeof note, "the history could not be saved: %.500s", err.text);
  if (saved) result_note(property->result, note);
  else result_end(property->result, OUTCOME_ERROR, note);
}

/* ---- all of them ---- */

static unsigned history_count(const struct property *property) {
  int64_t own = 0;
  json_integer(json_find(property->scenario->definition, "histories"), &own);
  return property->config->histories ? property->config->histories : (unsigned)own;
}

/* Several histories are one round of one scenario: one that breaks it is what is shown, else the worst. One that was left out
   is told besides. */
static void add_history(struct result *sum, struct result *one, bool red) {
  unsigned checks = sum->checks + one->checks;
  CLEANUP(free_text) char *left_out = one->outcome == OUTCOME_SKIPPED && one->reason ? strdup(one->reason) : NULL;
  if (red || one->outcome > sum->outcome) result_swap(sum, one);
  result_absorb(sum, one);
  sum->checks = checks;
  if (left_out && sum->outcome != OUTCOME_SKIPPED) result_note(sum, left_out);
}

void property_run(const struct session_config *config, const struct scenario *scenario,
                  struct session_testee *testee, unsigned number, struct result *out) {
  struct property property = {.config = config, .scenario = scenario, .testee = testee, .number = number};
  unsigned count = history_count(&property);
  bool over = false;
  result_init(out);
  for (unsigned i = 1; i <= count && !over && !is_stopped(&property); i++) {
    struct history history = {.number = i, .seed = seed_of(config->seed, scenario->name, i)};
    struct result one;
    run_history(&property, &history, &one);
    property.history = &history;
    property.result = &one;
    bool red = is_red(&property, &one);
    over = red || one.outcome == OUTCOME_NOT_APPLICABLE || one.outcome == OUTCOME_UNSUPPORTED ||
           (one.outcome == OUTCOME_SKIPPED && config->plays); /* what follows was not recorded either */
    if (red) {
      shrink_history(&property);
      save_history(&property);
    }
    add_history(out, &one, red);
    history_done(&history);
  }
}
