/*
 * Target: the file of known deviations of a port.
 *
 * Held: a refusal names its line in one line of UTF-8; the entries are the heads that a slow look finds,
 * each with reason and link, in the order of their lines; written again without a run the file is the
 * same, line by line, and reads to the same; a port that no entry is for has no use for any.
 */
#include "expected_internal.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/utf8.h"
#include "memory_file.h"
#include "oracle.h"
#include "spending.h"

/* Of one parse; of writing it again. */
static const struct spending most = {.steps = 20000, .steps_each = 200, .bytes = 32 * 1024, .bytes_each = 150};

static void release(struct expected **expected) { expected_free(*expected); }

static struct expected *parse(const char *text, size_t len, struct base_error *err) {
  struct expected *expected = NULL;
  spending_begin();
  int status = expected_parse(text, len, &expected, err);
  spending_end(&most, len);
  MUST((status == 0) == (expected != NULL));
  if (expected) return expected;
  MUST(err->code == EXPECTED_ERR_FILE && strcmp(err->spec, "R-6") == 0);
  MUST(err->text[0] && utf8_valid(err->text, strlen(err->text)) && !strchr(err->text, '\n'));
  return NULL;
}

/* Lines whose first character, behind blanks, is [. */
static size_t count_heads(const char *text, size_t len) {
  size_t heads = 0;
  bool fresh = true;
  for (size_t i = 0; i < len; i++) {
    heads += fresh && text[i] == '[';
    if (text[i] == '\n') fresh = true;
    else if (text[i] != ' ' && text[i] != '\t') fresh = false;
  }
  return heads;
}

static void check_entries(const struct expected *expected) {
  size_t line = 0;
  for (size_t i = 0; i < expected->count; i++) {
    const struct expected_entry *entry = &expected->entries[i];
    MUST(entry->name && *entry->name && entry->reason && *entry->reason && entry->link && *entry->link);
    MUST(entry->line > line && entry->last_line >= entry->line && entry->last_line <= expected->line_count);
    MUST(!entry->check || entry->kind == EXPECTED_SCENARIO);
    line = entry->last_line;
  }
}

static bool same_lines(const struct expected *a, const struct expected *b) {
  if (a->line_count != b->line_count || a->count != b->count) return false;
  for (size_t i = 0; i < a->line_count; i++)
    if (strcmp(a->lines[i], b->lines[i]) != 0) return false;
  return true;
}

/* `port` decides what counts; without a result nothing is stale, but a day may have passed. */
static void check_written(struct expected *expected, const char *port, size_t size) {
  CLEANUP(base_buf_done) struct base_buf once = BASE_BUF_INIT, twice = BASE_BUF_INIT;
  struct base_error err = {0};
  expected_set_port(expected, port, "2.0", "2026-11-26");
  CLEANUP(json_free) cJSON *problems = expected_problems(expected, false);
  MUST(cJSON_IsArray(problems) && cJSON_GetArraySize(problems) <= (int)expected->count);
  spending_begin();
  expected_fixed(expected, false, &once);
  spending_end(&most, size);
  CLEANUP(release) struct expected *again = parse(base_buf_string(&once), once.len, &err);
  MUST(again);
  if (cJSON_GetArraySize(problems) == 0) MUST(same_lines(expected, again));
  expected_set_port(again, port, "2.0", "2026-11-26");
  expected_fixed(again, false, &twice);
  MUST(strcmp(base_buf_string(&once), base_buf_string(&twice)) == 0);
}

/* From a file it is the same; one whose reasons are still to be written may be more. */
static void check_load(const uint8_t *data, size_t size, bool accepted) {
  const char *path = memory_file(data, size, 1);
  CLEANUP(release) struct expected *loaded = NULL, *unfinished = NULL;
  MUST((expected_load(path, &loaded, NULL) == 0) == accepted);
  MUST(expected_load_unfinished(path, &unfinished, NULL) == 0 || !accepted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *text = (const char *)data;
  struct base_error err = {0};
  CLEANUP(release) struct expected *expected = parse(text, size, &err);
  check_load(data, size, expected != NULL);
  if (!expected) return 0;
  MUST(expected->count == count_heads(text, size));
  check_entries(expected);
  check_written(expected, "nobody's port", size);
  check_written(expected, "acme-sdk", size);
  return 0;
}
