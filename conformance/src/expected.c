#include "expected.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "file.h"

struct expected {
  cJSON *tree; /* array; every entry has one of scenario and rule, a reason and a link */
};

static int check_entry(const cJSON *entry, int number, struct base_error *err) {
  static const char *const NEEDED[] = {"reason", "link"};
  if (!json_find_string(entry, "scenario") == !json_find_string(entry, "rule"))
    return base_fail(err, EXPECTED_ERR_FILE, "R-6", "entry %d names neither a scenario nor a rule, or both", number);
  for (size_t i = 0; i < 2; i++) {
    const char *text = json_find_string(entry, NEEDED[i]);
    if (!text || !*text) return base_fail(err, EXPECTED_ERR_FILE, "R-6", "entry %d has no %s", number, NEEDED[i]);
  }
  return 0;
}

int expected_parse(const char *text, size_t len, struct expected **out, struct base_error *err) {
  CLEANUP(json_free) cJSON *tree = NULL;
  const cJSON *entry;
  int number = 0;
  if (json_parse(text, len, JSON_REPEATED_REFUSED, &tree, err)) return err->code = EXPECTED_ERR_FILE;
  if (!cJSON_IsArray(tree)) return base_fail(err, EXPECTED_ERR_FILE, "R-6", "it is no array of entries");
  cJSON_ArrayForEach(entry, tree) {
    int status = check_entry(entry, ++number, err);
    if (status) return status;
  }
  struct expected *expected = calloc(1, sizeof *expected);
  if (!expected) return base_fail(err, EXPECTED_ERR_FILE, "", "out of memory");
  expected->tree = TAKE(tree);
  *out = expected;
  return 0;
}

int expected_check(const struct expected *expected, bool (*exists)(const void *context, const char *name),
                   const void *context, struct base_error *err) {
  const cJSON *entry;
  cJSON_ArrayForEach(entry, expected->tree) {
    const char *name = json_find_string(entry, "scenario");
    if (name && !exists(context, name))
      return base_fail(err, EXPECTED_ERR_FILE, "R-6", "a known deviation names no scenario of the suite: \"%s\"", name);
  }
  return 0;
}

int expected_load(const char *path, struct expected **out, struct base_error *err) {
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  if (file_read(path, &text, err)) return err->code = EXPECTED_ERR_FILE;
  int status = expected_parse(base_buf_string(&text), text.len, out, err);
  return status ? base_fail_within(err, "%s", path) : 0;
}

void expected_free(struct expected *expected) {
  if (!expected) return;
  cJSON_Delete(expected->tree);
  free(expected);
}

static const cJSON *find_entry(const struct expected *expected, const char *kind, const char *name) {
  const cJSON *entry;
  if (!expected) return NULL;
  cJSON_ArrayForEach(entry, expected->tree) {
    const char *value = json_find_string(entry, kind);
    if (value && strcmp(value, name) == 0) return entry;
  }
  return NULL;
}

static void change(struct result *result, enum outcome outcome, const char *what, const cJSON *entry) {
  char reason[600];
  snprintf(reason, sizeof reason, "%s: %.250s (%.250s)", what, json_find_string(entry, "reason"),
           json_find_string(entry, "link"));
  result->outcome = OUTCOME_PASSED;
  result_end(result, outcome, reason);
}

void expected_apply(const struct expected *expected, const char *scenario, struct result *result) {
  const cJSON *entry = find_entry(expected, "scenario", scenario);
  if (!entry) return;
  if (result->outcome == OUTCOME_PASSED || result->outcome == OUTCOME_WARNED)
    change(result, OUTCOME_UNEXPECTED, "listed as a known deviation, but it passed", entry);
  else if (outcome_row(result->outcome)->exit_code == 1) change(result, OUTCOME_KNOWN, "known", entry);
}

const char *expected_rule(const struct expected *expected, const char *id) {
  return json_find_string(find_entry(expected, "rule", id), "reason");
}
