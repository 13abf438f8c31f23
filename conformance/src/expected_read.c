/* Known deviations: the file's text into entries. Each message names the line. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/utf8.h"
#include "expected_internal.h"
#include "file.h"

static const char *const KINDS[EXPECTED_KINDS] = {"scenario", "check", "rule"};

const char *expected_kind_name(enum expected_kind kind) { return KINDS[kind]; }

/* The members of an entry, where they are kept, and of which kinds they are. */
static const struct member {
  const char *name;
  size_t offset;
  bool needed, scenario_only;
} MEMBERS[] = {
    {"check", offsetof(struct expected_entry, check), false, true},
    {"message", offsetof(struct expected_entry, message), false, false},
    {"port", offsetof(struct expected_entry, port), false, false},
    {"version", offsetof(struct expected_entry, version), false, false},
    {"reason", offsetof(struct expected_entry, reason), true, false},
    {"link", offsetof(struct expected_entry, link), true, false},
    {"expires", offsetof(struct expected_entry, expires), false, false},
};
enum { MEMBER_COUNT = sizeof MEMBERS / sizeof *MEMBERS };

static char **place_of(struct expected_entry *entry, const struct member *member) {
  return (char **)((char *)entry + member->offset);
}

static int wrong(struct base_error *err, size_t line, const char *what) {
  return base_fail(err, EXPECTED_ERR_FILE, "R-6", "line %zu: %s", line, what);
}

static int no_memory(struct base_error *err) { return base_fail(err, EXPECTED_ERR_FILE, "", "out of memory"); }

/* Without the blanks around it. */
static char *trim(char *text) {
  while (*text == ' ' || *text == '\t') text++;
  size_t len = strlen(text);
  while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t')) text[--len] = '\0';
  return text;
}

/* ---- values that have a form ---- */

static bool is_date(const char *text) {
  static const char form[] = "0000-00-00";
  if (strlen(text) != sizeof form - 1) return false;
  for (size_t i = 0; form[i]; i++)
    if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i]) return false;
  int month = atoi(text + 5), day = atoi(text + 8);
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static bool is_version_condition(const char *text) {
  size_t sign = strspn(text, "<=>");
  if (sign == 0 || sign > 2 || (sign == 2 && text[1] != '=') || strncmp(text, "==", 2) == 0) return false;
  const char *version = text + sign + strspn(text + sign, " ");
  return isdigit((unsigned char)*version) && strspn(version, "0123456789.") == strlen(version);
}

static int check_value(const struct member *member, const char *value, size_t line, struct base_error *err) {
  if (!*value) return base_fail(err, EXPECTED_ERR_FILE, "R-6", "line %zu: %s is empty", line, member->name);
  if (strcmp(member->name, "expires") == 0 && !is_date(value))
    return wrong(err, line, "expires takes a day like 2027-01-31");
  if (strcmp(member->name, "version") == 0 && !is_version_condition(value))
    return wrong(err, line, "version takes < <= = >= or > and a version like 2.1");
  return 0;
}

/* ---- lines ---- */

/* Room for one more behind `count` items: at each power of two the room doubles. NULL without memory. */
static void *one_more(void *items, size_t count, size_t size) {
  return (count & (count - 1)) == 0 ? realloc(items, (count ? 2 * count : 1) * size) : items;
}

static struct expected_entry *add_entry(struct expected *expected) {
  void *entries = one_more(expected->entries, expected->count, sizeof *expected->entries);
  if (!entries) return NULL;
  expected->entries = entries;
  struct expected_entry *entry = &expected->entries[expected->count++];
  *entry = (struct expected_entry){0};
  return entry;
}

static int read_head(struct expected *expected, char *text, size_t line, struct base_error *err) {
  size_t len = strlen(text);
  char *space = strchr(text, ' ');
  if (text[len - 1] != ']') return wrong(err, line, "the head of an entry ends with ]");
  text[len - 1] = '\0';
  for (int i = 0; space && i < EXPECTED_KINDS; i++) {
    if (strlen(KINDS[i]) != (size_t)(space - text - 1) || strncmp(KINDS[i], text + 1, strlen(KINDS[i])) != 0) continue;
    char *name = trim(space);
    if (!*name) break;
    struct expected_entry *entry = add_entry(expected);
    if (!entry || !(entry->name = strdup(name))) return no_memory(err);
    entry->kind = (enum expected_kind)i;
    entry->line = entry->last_line = line;
    return 0;
  }
  return wrong(err, line, "an entry begins with [scenario NAME], [check ID] or [rule ID]");
}

static const struct member *find_member(const char *name) {
  for (size_t i = 0; i < MEMBER_COUNT; i++)
    if (strcmp(MEMBERS[i].name, name) == 0) return &MEMBERS[i];
  return NULL;
}

static int read_member(struct expected *expected, char *text, size_t line, struct base_error *err) {
  char *equals = strchr(text, '=');
  if (!equals) return wrong(err, line, "it is no comment, no [head] and no NAME = VALUE");
  if (expected->count == 0) return wrong(err, line, "a member stands before the first [head]");
  *equals = '\0';
  const char *name = trim(text), *value = trim(equals + 1);
  struct expected_entry *entry = &expected->entries[expected->count - 1];
  const struct member *member = find_member(name);
  char shown[UTF8_EXCERPT];
  if (!member)
    return base_fail(err, EXPECTED_ERR_FILE, "R-6", "line %zu: an entry has no member \"%s\"", line, utf8_excerpt(name, shown));
  if (member->scenario_only && entry->kind != EXPECTED_SCENARIO)
    return wrong(err, line, "check stands in entries of scenarios alone");
  if (*place_of(entry, member))
    return base_fail(err, EXPECTED_ERR_FILE, "R-6", "line %zu: %s is given twice", line, name);
  int status = check_value(member, value, line, err);
  if (status) return status;
  entry->last_line = line;
  return (*place_of(entry, member) = strdup(value)) ? 0 : no_memory(err);
}

static int check_entry(struct expected_entry *entry, bool unfinished, struct base_error *err) {
  for (size_t i = 0; i < MEMBER_COUNT; i++) {
    const char *value = *place_of(entry, &MEMBERS[i]);
    if (!MEMBERS[i].needed) continue;
    if (!value)
      return base_fail(err, EXPECTED_ERR_FILE, "R-6", "line %zu: the entry has no %s", entry->line, MEMBERS[i].name);
    if (!unfinished && strcmp(value, EXPECTED_UNWRITTEN) == 0)
      return base_fail(err, EXPECTED_ERR_FILE, "R-6", "line %zu: the entry's %s is still to be written", entry->line,
                       MEMBERS[i].name);
  }
  return 0;
}

static int read_line(struct expected *expected, const char *line, size_t number, struct base_error *err) {
  CLEANUP(free_text) char *copy = strdup(line);
  if (!copy) return no_memory(err);
  char *text = trim(copy);
  if (*text == '\0' || *text == '#') return 0;
  return *text == '[' ? read_head(expected, text, number, err) : read_member(expected, text, number, err);
}

/* ---- the whole ---- */

/* "\n" ends a line, and every "\r" before it belongs to its end: else one would go each time the file is written. */
static int split_lines(struct expected *expected, const char *text, size_t len, struct base_error *err) {
  const char *end = text + len;
  while (text < end) {
    const char *stop = memchr(text, '\n', (size_t)(end - text));
    size_t size = (size_t)((stop ? stop : end) - text);
    while (size > 0 && text[size - 1] == '\r') size--;
    void *lines = one_more(expected->lines, expected->line_count, sizeof *expected->lines);
    if (!lines) return no_memory(err);
    expected->lines = lines;
    if (!(expected->lines[expected->line_count] = strndup(text, size))) return no_memory(err);
    expected->line_count++;
    text = stop ? stop + 1 : end;
  }
  return 0;
}

static int read_all(struct expected *expected, bool unfinished, struct base_error *err) {
  int status = 0;
  for (size_t i = 0; i < expected->line_count && !status; i++)
    status = read_line(expected, expected->lines[i], i + 1, err);
  for (size_t i = 0; i < expected->count && !status; i++)
    status = check_entry(&expected->entries[i], unfinished, err);
  return status;
}

static int parse(const char *text, size_t len, bool unfinished, struct expected **out, struct base_error *err) {
  if (memchr(text, '\0', len) || !utf8_valid(text, len))
    return base_fail(err, EXPECTED_ERR_FILE, "R-6", "it is no UTF-8 text");
  struct expected *expected = calloc(1, sizeof *expected);
  if (!expected || !(expected->unlisted = cJSON_CreateArray())) {
    free(expected);
    return no_memory(err);
  }
  int status = split_lines(expected, text, len, err);
  if (!status) status = read_all(expected, unfinished, err);
  if (status) expected_free(expected);
  else *out = expected;
  return status;
}

int expected_parse(const char *text, size_t len, struct expected **out, struct base_error *err) {
  return parse(text, len, false, out, err);
}

static int load(const char *path, bool unfinished, struct expected **out, struct base_error *err) {
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  if (file_read(path, &text, err)) return err->code = EXPECTED_ERR_FILE;
  int status = parse(base_buf_string(&text), text.len, unfinished, out, err);
  return status ? base_fail_within(err, "%s", path) : 0;
}

int expected_load(const char *path, struct expected **out, struct base_error *err) {
  return load(path, false, out, err);
}

int expected_load_unfinished(const char *path, struct expected **out, struct base_error *err) {
  return load(path, true, out, err);
}

void expected_free(struct expected *expected) {
  if (!expected) return;
  for (size_t i = 0; i < expected->line_count; i++) free(expected->lines[i]);
  for (size_t i = 0; i < expected->count; i++) {
    for (size_t m = 0; m < MEMBER_COUNT; m++) free(*place_of(&expected->entries[i], &MEMBERS[m]));
    free(expected->entries[i].name);
  }
  free(expected->lines);
  free(expected->entries);
  cJSON_Delete(expected->unlisted);
  free(expected);
}
