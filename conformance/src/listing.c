#include "listing.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "filter.h"
#include "report.h"

/* ---- scenarios ---- */

static void list_words(struct base_buf *out, const char *title, const cJSON *list) {
  const cJSON *word;
  const char *between = title;
  cJSON_ArrayForEach(word, list) {
    base_buf_printf(out, "%s%s", between, word->valuestring);
    between = ", ";
  }
}

static void list_text(struct base_buf *out, const struct scenario *row) {
  base_buf_printf(out, "%s\n", row->name);
  list_words(out, "    covers ", json_find(row->definition, "covers"));
  list_words(out, "; needs ", json_find(row->definition, "needs"));
  list_words(out, "; api ", json_find(row->definition, "api"));
  list_words(out, "; channel ", json_find(row->definition, "channel"));
  list_words(out, "; tags ", json_find(row->definition, "tags"));
  base_buf_char(out, '\n');
}

static cJSON *list_json(const struct scenario *row) {
  cJSON *entry = cJSON_Duplicate(row->definition, true);
  cJSON_AddStringToObject(entry, "name", row->name);
  cJSON_AddStringToObject(entry, "file", row->file->path);
  if (row->error) cJSON_AddStringToObject(entry, "error", row->error);
  return entry;
}

void listing_scenarios(struct base_buf *out, const struct scenario *const *scenarios, size_t count, bool json) {
  CLEANUP(json_free) cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; i < count; i++) {
    if (json) cJSON_AddItemToArray(list, list_json(scenarios[i]));
    else list_text(out, scenarios[i]);
  }
  if (json) report_json(out, list);
  else base_buf_printf(out, "%zu scenarios\n", count);
}

/* ---- requirements ---- */

static bool covers(const struct scenario *scenario, const char *id) {
  struct options only = {.requirements = {.values = {id}, .count = 1}};
  return filter_matches(&only, scenario);
}

static cJSON *covering(const struct scenario *const *scenarios, size_t count, const char *id) {
  cJSON *names = cJSON_CreateArray();
  for (size_t i = 0; i < count; i++)
    if (covers(scenarios[i], id)) cJSON_AddItemToArray(names, cJSON_CreateString(scenarios[i]->name));
  return names;
}

static cJSON *requirement_json(const struct requirement *row, cJSON *names) {
  char basis[48];
  cJSON *entry = cJSON_CreateObject();
  requirement_basis_text(row->rule.basis, basis);
  cJSON_AddStringToObject(entry, "id", row->id);
  cJSON_AddStringToObject(entry, "level", requirement_level_name(row->rule.level));
  cJSON_AddStringToObject(entry, "basis", basis);
  cJSON_AddBoolToObject(entry, "always", row->always);
  if (row->proof) cJSON_AddStringToObject(entry, "proof", row->proof);
  cJSON_AddStringToObject(entry, "title", row->rule.title);
  cJSON_AddStringToObject(entry, "source", row->source);
  cJSON *clauses = cJSON_AddObjectToObject(entry, "clauses");
  for (size_t i = 0; i < row->clause_count; i++)
    cJSON_AddStringToObject(clauses, row->clauses[i].name, row->clauses[i].rule.title);
  cJSON_AddItemToObject(entry, "scenarios", names);
  return entry;
}

static void requirement_text(struct base_buf *out, const struct requirement *row, const cJSON *names) {
  const cJSON *name;
  char basis[48];
  requirement_basis_text(row->rule.basis, basis);
  base_buf_printf(out, "%-7s %-6s (%s)%s %s\n", row->id, requirement_level_name(row->rule.level), basis,
                  row->always ? " in every scenario:" : "", row->rule.title);
  base_buf_printf(out, "        source: %s\n", row->source);
  for (size_t i = 0; i < row->clause_count; i++)
    base_buf_printf(out, "        /%s: %s\n", row->clauses[i].name, row->clauses[i].rule.title);
  cJSON_ArrayForEach(name, names) base_buf_printf(out, "        covered by %s\n", name->valuestring);
  if (row->proof) base_buf_printf(out, "        proved elsewhere: %s\n", row->proof);
  else if (cJSON_GetArraySize(names) == 0 && !row->always) base_buf_text(out, "        not covered\n");
}

void listing_requirements(struct base_buf *out, const struct catalogue *catalogue,
                          const struct scenario *const *scenarios, size_t count, bool json) {
  CLEANUP(json_free) cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; i < catalogue_count(catalogue); i++) {
    const struct requirement *row = catalogue_row(catalogue, i);
    cJSON *entry = requirement_json(row, covering(scenarios, count, row->id));
    if (!json) requirement_text(out, row, json_find(entry, "scenarios"));
    cJSON_AddItemToArray(list, entry);
  }
  if (json) report_json(out, list);
}
