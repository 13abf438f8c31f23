#include "timeline.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/utf8.h"

struct line {
  int64_t at;
  const cJSON *entry; /* of the journal or of the events */
};

static int64_t number_of(const cJSON *entry, const char *name) {
  int64_t value = 0;
  json_integer(json_find(entry, name), &value);
  return value;
}

static int by_order(const void *a, const void *b) {
  const struct line *x = a, *y = b;
  return x->at < y->at ? -1 : x->at > y->at;
}

/* Cut at a character's boundary. */
static cJSON *line_text(const char *text, size_t size) {
  size_t len = strlen(text), keep = len;
  if (len > size) {
    keep = size;
    while (keep > 0 && !utf8_valid(text, keep)) keep--;
  }
  CLEANUP(base_buf_done) struct base_buf out = BASE_BUF_INIT;
  base_buf_append(&out, text, keep);
  if (keep < len) base_buf_text(&out, " …");
  return cJSON_CreateString(base_buf_string(&out));
}

static void print_text_member(struct base_buf *out, const cJSON *entry, const char *name,
                              const char *format) {
  const char *text = json_find_string(entry, name);
  if (!text) return;
  base_buf_text(out, format);
  base_buf_text(out, text);
}

/* Row ids and keys would be too much: how many, and the first one as it was sent. */
static void print_records(struct base_buf *out, const cJSON *entry) {
  const cJSON *records = json_find(entry, "records");
  int count = cJSON_GetArraySize(records);
  if (count == 0) return;
  CLEANUP(free_text) char *first = json_print(cJSON_GetArrayItem(records, 0));
  base_buf_printf(out, "; %d record%s: %s", count, count == 1 ? "" : "s", first ? first : "");
}

static void print_opstatus(struct base_buf *out, const cJSON *answer) {
  char scratch[32];
  const cJSON *opstatus = json_find(answer, "opstatus");
  if (json_is_number(opstatus)) base_buf_printf(out, ", opstatus %s", json_number_text(opstatus, scratch));
}

/* A record of an answer in a word: what became of it, or the opstatus that it failed with. */
static void print_word(struct base_buf *out, const cJSON *record, int number) {
  enum { SHOWN = 4 };
  char scratch[32];
  const cJSON *metadata = json_find(record, "_metadata"), *opstatus = json_find(metadata, "opstatus");
  const char *action = json_find_string(metadata, "action");
  bool failed = json_is_number(opstatus) && strcmp(json_number_text(opstatus, scratch), "0") != 0;
  if (number > SHOWN) return;
  base_buf_text(out, number == 0 ? " (" : ", ");
  if (number == SHOWN) base_buf_text(out, "…");
  else if (failed) base_buf_printf(out, "opstatus %s", json_number_text(opstatus, scratch));
  else base_buf_text(out, action ? action : "a record");
}

/* What the server answered, record by record; `Objects` of downloads, `objects` of uploads, or one object's `records`. */
static void print_answered(struct base_buf *out, const cJSON *answer) {
  int number = 0;
  const cJSON *group, *record, *groups = json_find(answer, "Objects");
  if (!groups) groups = json_find(answer, "objects");
  cJSON_ArrayForEach(record, json_find(answer, "records")) print_word(out, record, number++);
  cJSON_ArrayForEach(group, groups)
    cJSON_ArrayForEach(record, json_find(group, "records")) print_word(out, record, number++);
  const char *more = json_find_string(answer, "hasMoreRecords");
  if (number > 0) base_buf_text(out, more && strcmp(more, "true") == 0 ? "; more to come)" : ")");
}

static void print_request(struct base_buf *out, const cJSON *entry) {
  const char *kind = json_find_string(entry, "kind");
  base_buf_printf(out, "%5" PRId64 " request %s", number_of(entry, "seq"), kind ? kind : "other");
  print_text_member(out, entry, "service", " ");
  print_text_member(out, entry, "object", "/");
  const char *id = json_find_string(entry, "cache_id");
  if (id) base_buf_printf(out, ", cache id %.8s%s", id, strlen(id) > 8 ? "…" : "");
  if (cJSON_IsTrue(json_find(entry, "replayed"))) base_buf_text(out, " (seen before)");
  if (json_find(entry, "status")) base_buf_printf(out, " => HTTP %" PRId64, number_of(entry, "status"));
  else base_buf_text(out, " => no answer");
  print_opstatus(out, json_find(entry, "answer"));
  print_answered(out, json_find(entry, "answer"));
  print_text_member(out, entry, "fault", "; rule: ");
  if (cJSON_IsTrue(json_find(entry, "after_close"))) base_buf_text(out, "; after the scenario's end");
  print_records(out, entry);
}

static void print_journal_event(struct base_buf *out, const cJSON *entry) {
  CLEANUP(free_text) char *text = json_print(json_find(entry, "event"));
  base_buf_printf(out, "%5" PRId64 " %s", number_of(entry, "seq"), text ? text : "");
}

static cJSON *print_line(const cJSON *entry) {
  CLEANUP(base_buf_done) struct base_buf out = BASE_BUF_INIT;
  const char *text = json_find_string(entry, "text");
  bool failed = text && strncmp(text, TIMELINE_FAILURE, sizeof TIMELINE_FAILURE - 1) == 0;
  if (text) base_buf_printf(&out, "%5" PRId64 " %s", number_of(entry, "at"), text);
  else if (json_find(entry, "event")) print_journal_event(&out, entry);
  else print_request(&out, entry);
  return line_text(base_buf_string(&out), failed ? TIMELINE_FAILURE_SIZE : TIMELINE_LINE_SIZE);
}

static size_t collect(struct line *lines, const cJSON *list, const char *order) {
  const cJSON *entry;
  size_t count = 0;
  cJSON_ArrayForEach(entry, list) lines[count++] = (struct line){number_of(entry, order), entry};
  return count;
}

/* Where the state begins in "   progress of s1: Upload Started", or 0. */
static size_t progress_prefix(const struct line *line) {
  const char *text = json_find_string(line->entry, "text");
  if (!text || strncmp(text, TIMELINE_PROGRESS, sizeof TIMELINE_PROGRESS - 1) != 0) return 0;
  const char *colon = strstr(text, ": ");
  return colon ? (size_t)(colon - text) + 2 : 0;
}

static bool continues(const struct line *line, const struct line *next, size_t prefix) {
  return prefix > 0 && progress_prefix(next) == prefix &&
         strncmp(json_find_string(line->entry, "text"), json_find_string(next->entry, "text"), prefix) == 0;
}

/* The lines from `i` on that belong together, as one text; returns the first one behind them. */
static size_t print_group(cJSON *out, const struct line *lines, size_t i, size_t count) {
  size_t prefix = progress_prefix(&lines[i]), next = i + 1;
  if (next == count || !continues(&lines[i], &lines[next], prefix)) {
    cJSON_AddItemToArray(out, print_line(lines[i].entry));
    return next;
  }
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  base_buf_printf(&text, "%5" PRId64 " %s", lines[i].at, json_find_string(lines[i].entry, "text"));
  for (; next < count && continues(&lines[i], &lines[next], prefix); next++)
    base_buf_printf(&text, ", %s", json_find_string(lines[next].entry, "text") + prefix);
  cJSON_AddItemToArray(out, line_text(base_buf_string(&text), TIMELINE_LINE_SIZE));
  return next;
}

static void drop_earlier(cJSON *texts) {
  int count = cJSON_GetArraySize(texts), surplus = count - TIMELINE_LINES;
  if (surplus <= 0) return;
  for (int i = 0; i < surplus; i++) cJSON_DeleteItemFromArray(texts, 0);
  char text[64];
  snprintf(text, sizeof text, "      … %d earlier", surplus);
  cJSON_InsertItemInArray(texts, 0, cJSON_CreateString(text));
}

struct cJSON *timeline_merge(const cJSON *journal, const cJSON *events) {
  cJSON *out = cJSON_CreateArray();
  size_t room = (size_t)(cJSON_GetArraySize(journal) + cJSON_GetArraySize(events));
  CLEANUP(free_text) char *memory = calloc(room + 1, sizeof(struct line));
  struct line *lines = (struct line *)(void *)memory;
  if (!lines) return out;
  size_t count = collect(lines, journal, "seq");
  count += collect(lines + count, events, "at");
  qsort(lines, count, sizeof *lines, by_order);
  for (size_t i = 0; i < count;) i = print_group(out, lines, i, count);
  drop_earlier(out);
  return out;
}
