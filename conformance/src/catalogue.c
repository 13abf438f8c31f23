#include "catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "file.h"

struct catalogue {
  cJSON *tree;
  struct requirement *rows;
  size_t count;
};

static const char *const LEVEL_NAMES[LEVELS] = {"MUST", "SHOULD", "MAY"};

static const struct {
  const char *name;
  unsigned bit;
} BASES[] = {{"D", BASIS_DOCUMENTED},    {"O:web", BASIS_WEB}, {"O:ios", BASIS_IOS},
             {"O:win", BASIS_WINDOWS}, {"O:js", BASIS_JS},   {"X", BASIS_OURS}};
enum { BASIS_COUNT = sizeof BASES / sizeof *BASES };

static const char *const KEYS[] = {"id",      "level", "basis", "title",  "source",  "always",
                                   "api",     "channel", "since", "accepted", "clauses", "proof"};

const char *requirement_level_name(enum requirement_level level) { return LEVEL_NAMES[level]; }

void requirement_basis_text(unsigned basis, char out[48]) {
  size_t len = 0;
  out[0] = '\0';
  for (size_t i = 0; i < BASIS_COUNT; i++)
    if (basis & BASES[i].bit)
      len += (size_t)snprintf(out + len, 48 - len, "%s%s", len ? ", " : "", BASES[i].name);
}

static int bad(struct base_error *err, const char *id, const char *what) {
  return base_fail(err, CATALOGUE_ERR_CONTENT, "", "requirement %s: %s", id, what);
}

static bool read_level(const cJSON *entry, enum requirement_level *out) {
  const char *name = json_find_string(entry, "level");
  for (int i = 0; name && i < LEVELS; i++)
    if (strcmp(name, LEVEL_NAMES[i]) == 0) return *out = (enum requirement_level)i, true;
  return false;
}

static unsigned basis_bit(const cJSON *word) {
  for (size_t i = 0; cJSON_IsString(word) && i < BASIS_COUNT; i++)
    if (strcmp(word->valuestring, BASES[i].name) == 0) return BASES[i].bit;
  return 0;
}

static bool read_basis(const cJSON *entry, unsigned *out) {
  const cJSON *list = json_find(entry, "basis"), *word;
  *out = 0;
  if (!cJSON_IsArray(list)) return false;
  cJSON_ArrayForEach(word, list) {
    unsigned bit = basis_bit(word);
    if (!bit) return false;
    *out |= bit;
  }
  return *out != 0;
}

static int read_rule(const cJSON *entry, const char *id, struct requirement_rule *rule,
                     struct base_error *err) {
  rule->title = json_find_string(entry, "title");
  if (!rule->title || !*rule->title) return bad(err, id, "it has no title");
  if (!read_level(entry, &rule->level)) return bad(err, id, "its level is none of MUST, SHOULD, MAY");
  if (!read_basis(entry, &rule->basis))
    return bad(err, id, "its basis is no list of D, O:web, O:ios, O:win, O:js, X");
  return 0;
}

static bool api_bit(const char *name, unsigned *mask) {
  enum profile_api api;
  if (!profile_api_find(name, &api)) return false;
  *mask |= 1U << api;
  return true;
}

static bool channel_bit(const char *name, unsigned *mask) {
  enum profile_channel channel;
  if (!profile_channel_find(name, &channel)) return false;
  *mask |= 1U << channel;
  return true;
}

/* Absent = everywhere. */
static bool read_mask(const cJSON *list, bool (*bit)(const char *, unsigned *), unsigned *mask) {
  const cJSON *word;
  *mask = list ? 0 : ~0U;
  if (list && !cJSON_IsArray(list)) return false;
  cJSON_ArrayForEach(word, list) if (!cJSON_IsString(word) || !bit(word->valuestring, mask)) return false;
  return *mask != 0;
}

static int read_clauses(const cJSON *entry, struct requirement *row, struct base_error *err) {
  const cJSON *clauses = json_find(entry, "clauses"), *clause;
  if (!clauses) return 0;
  if (!cJSON_IsObject(clauses)) return bad(err, row->id, "its clauses are no object");
  row->clauses = calloc((size_t)cJSON_GetArraySize(clauses) + 1, sizeof *row->clauses);
  if (!row->clauses) return bad(err, row->id, "out of memory");
  cJSON_ArrayForEach(clause, clauses) {
    char id[96];
    snprintf(id, sizeof id, "%s/%s", row->id, clause->string);
    struct requirement_clause *out = &row->clauses[row->clause_count];
    int status = read_rule(clause, id, &out->rule, err);
    if (status) return status;
    out->name = clause->string;
    row->clause_count++;
  }
  return 0;
}

static int check_keys(const cJSON *entry, const char *id, struct base_error *err) {
  const cJSON *member;
  cJSON_ArrayForEach(member, entry) {
    bool known = false;
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
      known = known || strcmp(KEYS[i], member->string) == 0;
    if (!known)
      return base_fail(err, CATALOGUE_ERR_CONTENT, "", "requirement %s: unknown member \"%s\"", id,
                       member->string);
  }
  return 0;
}

static int read_requirement(const cJSON *entry, struct requirement *row, struct base_error *err) {
  row->id = json_find_string(entry, "id");
  if (!row->id || !*row->id || strchr(row->id, '/')) return bad(err, "without a good id", "every entry needs one");
  row->source = json_find_string(entry, "source");
  if (!row->source) return bad(err, row->id, "it has no source");
  row->always = cJSON_IsTrue(json_find(entry, "always"));
  row->accepted = json_find(entry, "accepted");
  if (row->accepted && !cJSON_IsObject(row->accepted)) return bad(err, row->id, "accepted is no object");
  row->proof = json_find_string(entry, "proof");
  if (json_find(entry, "proof") && (!row->proof || !*row->proof)) return bad(err, row->id, "proof is no text");
  if (!read_mask(json_find(entry, "api"), api_bit, &row->apis)) return bad(err, row->id, "unknown api");
  if (!read_mask(json_find(entry, "channel"), channel_bit, &row->channels))
    return bad(err, row->id, "unknown channel");
  const cJSON *since = json_find(entry, "since");
  if (since && !profile_version_read(cJSON_GetStringValue(since), &row->since))
    return bad(err, row->id, "since is no version");
  int status = check_keys(entry, row->id, err);
  if (!status) status = read_rule(entry, row->id, &row->rule, err);
  return status ? status : read_clauses(entry, row, err);
}

static int read_rows(struct catalogue *catalogue, struct base_error *err) {
  const cJSON *entry;
  cJSON_ArrayForEach(entry, catalogue->tree) {
    struct requirement *row = &catalogue->rows[catalogue->count];
    struct requirement_ref seen;
    int status = read_requirement(entry, row, err);
    if (!status && catalogue_find(catalogue, row->id, &seen)) status = bad(err, row->id, "it is there twice");
    catalogue->count++;
    if (status) return status;
  }
  return 0;
}

static void catalogue_drop(struct catalogue **catalogue) { catalogue_free(*catalogue); }

int catalogue_parse(const char *text, size_t len, struct catalogue **out, struct base_error *err) {
  CLEANUP(catalogue_drop) struct catalogue *catalogue = calloc(1, sizeof *catalogue);
  if (!catalogue) return base_fail(err, CATALOGUE_ERR_CONTENT, "", "out of memory");
  if (json_parse(text, len, JSON_REPEATED_REFUSED, &catalogue->tree, err)) {
    err->code = CATALOGUE_ERR_CONTENT;
    return err->code;
  }
  if (!cJSON_IsArray(catalogue->tree))
    return base_fail(err, CATALOGUE_ERR_CONTENT, "", "the catalogue is no array of requirements");
  catalogue->rows = calloc((size_t)cJSON_GetArraySize(catalogue->tree) + 1, sizeof *catalogue->rows);
  if (!catalogue->rows) return base_fail(err, CATALOGUE_ERR_CONTENT, "", "out of memory");
  int status = read_rows(catalogue, err);
  if (!status) *out = TAKE(catalogue);
  return status;
}

int catalogue_load(const char *path, struct catalogue **out, struct base_error *err) {
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  if (file_read(path, &text, err)) return err->code = CATALOGUE_ERR_FILE;
  int status = catalogue_parse(base_buf_string(&text), text.len, out, err);
  return status ? base_fail_within(err, "%s", path) : 0;
}

void catalogue_free(struct catalogue *catalogue) {
  if (!catalogue) return;
  for (size_t i = 0; i < catalogue->count; i++) free(catalogue->rows[i].clauses);
  free(catalogue->rows);
  cJSON_Delete(catalogue->tree);
  free(catalogue);
}

size_t catalogue_count(const struct catalogue *catalogue) { return catalogue->count; }

const struct requirement *catalogue_row(const struct catalogue *catalogue, size_t i) {
  return &catalogue->rows[i];
}

static const struct requirement_rule *find_rule(const struct requirement *row, const char *clause) {
  if (!clause) return &row->rule;
  for (size_t i = 0; i < row->clause_count; i++)
    if (strcmp(row->clauses[i].name, clause) == 0) return &row->clauses[i].rule;
  return NULL;
}

bool catalogue_find(const struct catalogue *catalogue, const char *id, struct requirement_ref *out) {
  const char *slash = strchr(id, '/');
  size_t len = slash ? (size_t)(slash - id) : strlen(id);
  for (size_t i = 0; i < catalogue->count; i++) {
    const struct requirement *row = &catalogue->rows[i];
    if (strlen(row->id) != len || strncmp(row->id, id, len) != 0) continue;
    const struct requirement_rule *rule = find_rule(row, slash ? slash + 1 : NULL);
    *out = (struct requirement_ref){row, rule};
    return rule != NULL;
  }
  return false;
}
