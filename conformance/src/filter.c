#include "filter.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"

/* Anywhere in the name, as a pattern or as it is written (titles may hold '?' and '['). */
static bool name_matches(const struct scenario *scenario, const char *pattern) {
  char anywhere[1024];
  snprintf(anywhere, sizeof anywhere, "*%s*", pattern);
  return fnmatch(anywhere, scenario->name, 0) == 0 || strstr(scenario->name, pattern) != NULL;
}

static bool tag_matches(const struct scenario *scenario, const char *tag) {
  return scenario_lists(scenario, "tags", tag);
}

/* UPC-06 asks for UPC-06/order as well. */
static bool requirement_matches(const struct scenario *scenario, const char *id) {
  const cJSON *item;
  size_t len = strlen(id);
  cJSON_ArrayForEach(item, json_find(scenario->definition, "covers")) {
    const char *word = item->valuestring;
    if (strncmp(word, id, len) == 0 && (word[len] == '\0' || word[len] == '/')) return true;
  }
  return false;
}

static bool any_matches(const struct option_list *list, const struct scenario *scenario,
                        bool (*matches)(const struct scenario *, const char *)) {
  for (size_t i = 0; i < list->count; i++)
    if (matches(scenario, list->values[i])) return true;
  return list->count == 0;
}

bool filter_matches(const struct options *options, const struct scenario *scenario) {
  return any_matches(&options->names, scenario, name_matches) &&
         any_matches(&options->tags, scenario, tag_matches) &&
         any_matches(&options->requirements, scenario, requirement_matches);
}

static int check_requirements(const struct options *options, const struct catalogue *catalogue,
                              struct base_error *err) {
  for (size_t i = 0; i < options->requirements.count; i++) {
    struct requirement_ref ref;
    const char *id = options->requirements.values[i];
    if (!catalogue_find(catalogue, id, &ref))
      return base_fail(err, FILTER_ERR_NOTHING, "", "the catalogue has no requirement %s", id);
  }
  return 0;
}

/* A whole name asks for that scenario alone, although others may begin with it. */
static bool is_whole_name(const struct suite *suite, const char *pattern) {
  for (size_t i = 0; i < suite_count(suite); i++)
    if (strcmp(suite_row(suite, i)->name, pattern) == 0) return true;
  return false;
}

/* Of the name alone (FNV-1a): a scenario stays in its part when others come or go. */
static bool is_of_shard(const struct options *options, const struct scenario *row) {
  uint64_t hash = 14695981039346656037u;
  if (options->shards == 0) return true;
  for (const char *c = row->name; *c; c++) hash = (hash ^ (unsigned char)*c) * 1099511628211u;
  return (hash ^ hash >> 32) % options->shards == options->shard - 1;
}

static bool selects(const struct options *options, const struct suite *suite, const struct scenario *row) {
  const char *only = options->names.count == 1 ? options->names.values[0] : NULL;
  if (only && is_whole_name(suite, only) && strcmp(row->name, only) != 0) return false;
  return filter_matches(options, row);
}

static void describe(struct base_buf *out, const char *flag, const struct option_list *list) {
  for (size_t i = 0; i < list->count; i++) base_buf_printf(out, " %s \"%s\"", flag, list->values[i]);
}

/* Says what was asked for, and the first scenario in error: its file may be the one that is meant. */
static int nothing_matches(const struct options *options, const struct suite *suite, struct base_error *err) {
  CLEANUP(base_buf_done) struct base_buf asked = BASE_BUF_INIT;
  describe(&asked, "--name", &options->names);
  describe(&asked, "--tag", &options->tags);
  describe(&asked, "--requirement", &options->requirements);
  for (size_t i = 0; i < suite_count(suite); i++) {
    const struct scenario *row = suite_row(suite, i);
    if (!row->error) continue;
    return base_fail(err, FILTER_ERR_NOTHING, "", "no scenario matches%s, but %s is in error: %s",
                     base_buf_string(&asked), row->name, row->error);
  }
  return base_fail(err, FILTER_ERR_NOTHING, "", "no scenario matches%s", base_buf_string(&asked));
}

/* An empty part is one all the same: the other machines have the scenarios. */
static size_t keep_shard(const struct options *options, const struct scenario **selected, size_t count) {
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if (is_of_shard(options, selected[i])) selected[kept++] = selected[i];
  return kept;
}

int filter_select(const struct options *options, const struct suite *suite, const struct catalogue *catalogue,
                  const struct scenario *const **out, size_t *count, struct base_error *err) {
  int status = check_requirements(options, catalogue, err);
  if (status) return status;
  const struct scenario **selected = calloc(suite_count(suite) + 1, sizeof(struct scenario *));
  if (!selected) return base_fail(err, FILTER_ERR_NOTHING, "", "out of memory");
  size_t found = 0;
  for (size_t i = 0; i < suite_count(suite); i++)
    if (selects(options, suite, suite_row(suite, i))) selected[found++] = suite_row(suite, i);
  if (found == 0) {
    free(selected);
    return nothing_matches(options, suite, err);
  }
  *count = keep_shard(options, selected, found);
  *out = (const struct scenario *const *)selected;
  return 0;
}
