/*
 * Reads a journal of the format that file.c writes, strictly: what is no record, or does not fit those before
 * it, is an error with its line's number. A file holds one journal after another: each begins with its header.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "foundrymock/mock.h"
#include "journal/record.h"

enum { LINE_MAX_BYTES = 512 * 1024 * 1024 };

struct reading {
  cJSON *journals; /* the result */
  cJSON *entries;  /* of the last one */
  struct journal_entry *open; /* requests without an answer so far */
  size_t open_count;
  uint64_t last_seq;
};

static void reading_done(struct reading *reading) {
  for (size_t i = 0; i < reading->open_count; i++) journal_entry_done(&reading->open[i]);
  free(reading->open);
  cJSON_Delete(reading->journals);
}

/* ---- entries, in the order of their seq ---- */

static int64_t seq_of(const cJSON *json) {
  int64_t seq = 0;
  json_integer(json_find(json, "seq"), &seq);
  return seq;
}

/* A request is listed when it arrived: its place waits for its answer as a number. */
static int add_request(struct reading *reading, const cJSON *record, struct base_error *err) {
  size_t count = reading->open_count;
  if ((count & (count - 1)) == 0) { /* the room doubles at each power of two */
    struct journal_entry *list = realloc(reading->open, (count ? 2 * count : 1) * sizeof *list);
    if (!list) return base_fail(err, JOURNAL_ERR_MEMORY, "", "out of memory");
    reading->open = list;
  }
  struct journal_entry *entry = &reading->open[reading->open_count++];
  *entry = (struct journal_entry){0};
  int status = record_read_request(record, entry, err);
  if (status == 0) cJSON_AddItemToArray(reading->entries, journal_json(entry));
  return status;
}

/* From the last one back: what is looked for is near. */
static cJSON *find_entry(const struct reading *reading, int64_t seq) {
  cJSON *at = reading->entries->child ? reading->entries->child->prev : NULL;
  while (at && seq_of(at) != seq) at = at == reading->entries->child ? NULL : at->prev;
  return at;
}

static int add_answer(struct reading *reading, const cJSON *record, struct base_error *err) {
  int64_t seq = seq_of(record);
  for (size_t i = 0; i < reading->open_count; i++) {
    struct journal_entry *entry = &reading->open[i];
    if ((int64_t)entry->seq != seq) continue;
    int status = record_read_answer(record, entry, err);
    if (status != 0) return status;
    cJSON_ReplaceItemViaPointer(reading->entries, find_entry(reading, seq), journal_json(entry));
    journal_entry_done(entry);
    *entry = reading->open[--reading->open_count];
    return 0;
  }
  return base_fail(err, JOURNAL_ERR_FORMAT, "", "an answer to request %lld, which is not open", (long long)seq);
}

/* An answer that was about to leave whole, and did not. */
static int add_gone(struct reading *reading, const cJSON *record, struct base_error *err) {
  int64_t seq = seq_of(record);
  cJSON *wire = json_find(find_entry(reading, seq), "wire");
  if (!wire) return base_fail(err, JOURNAL_ERR_FORMAT, "", "the client of request %lld is gone, which has no answer", (long long)seq);
  cJSON_ReplaceItemInObjectCaseSensitive(wire, "ended_by", cJSON_CreateString(JOURNAL_ENDS[END_GONE]));
  cJSON_ReplaceItemInObjectCaseSensitive(wire, "sent", cJSON_Duplicate(json_find(record, "sent"), true));
  return 0;
}

static void add_plain(struct reading *reading, const cJSON *record) {
  cJSON *json = cJSON_CreateObject();
  static const char *const MEMBERS[] = {"seq", "text", "name", "data"}, *const NAMES[] = {"seq", "event", "note", "data"};
  for (size_t i = 0; i < 4; i++) {
    const cJSON *item = json_find(record, MEMBERS[i]);
    if (item) cJSON_AddItemToObject(json, NAMES[i], cJSON_Duplicate(item, true));
    if (i == 0 && json_find(record, "text")) cJSON_AddItemToObject(json, "ended", cJSON_Duplicate(item, true));
  }
  cJSON_AddItemToArray(reading->entries, json);
}

/* ---- lines ---- */

static int begin_journal(struct reading *reading, const cJSON *record, struct base_error *err) {
  int64_t version = 0;
  json_integer(json_find(record, "version"), &version);
  if (version != JOURNAL_VERSION)
    return base_fail(err, JOURNAL_ERR_FORMAT, "", "version %lld of the format: this program reads %d", (long long)version,
                     JOURNAL_VERSION);
  for (size_t i = 0; i < reading->open_count; i++) journal_entry_done(&reading->open[i]);
  reading->open_count = 0;
  reading->last_seq = 0;
  cJSON *journal = cJSON_CreateObject();
  static const char *const MEMBERS[] = {"world", "url", "time"};
  for (size_t i = 0; i < 3; i++) cJSON_AddItemToObject(journal, MEMBERS[i], cJSON_Duplicate(json_find(record, MEMBERS[i]), true));
  reading->entries = cJSON_AddArrayToObject(journal, "entries");
  cJSON_AddItemToArray(reading->journals, journal);
  return 0;
}

/* Whatever is not an answer takes the next number. */
static int check_order(struct reading *reading, const cJSON *record, struct base_error *err) {
  int64_t seq = seq_of(record);
  if (seq <= (int64_t)reading->last_seq)
    return base_fail(err, JOURNAL_ERR_FORMAT, "", "seq %lld does not come after %llu", (long long)seq,
                     (unsigned long long)reading->last_seq);
  reading->last_seq = (uint64_t)seq;
  return 0;
}

static int add_record(struct reading *reading, const cJSON *record, struct base_error *err) {
  int status = record_check(record, err);
  if (status != 0) return status;
  const char *type = json_find_string(record, "type");
  if (strcmp(type, "journal") == 0) return begin_journal(reading, record, err);
  if (!reading->entries) return base_fail(err, JOURNAL_ERR_FORMAT, "", "a journal begins with a record of type journal");
  if (strcmp(type, "answer") == 0) return add_answer(reading, record, err);
  if (strcmp(type, "gone") == 0) return add_gone(reading, record, err);
  status = check_order(reading, record, err);
  if (status != 0) return status;
  if (strcmp(type, "request") == 0) return add_request(reading, record, err);
  add_plain(reading, record);
  return 0;
}

static int add_line(struct reading *reading, const char *line, size_t len, struct base_error *err) {
  CLEANUP(json_free) cJSON *record = NULL;
  if (len == 0 || line[len - 1] != '\n') return base_fail(err, JOURNAL_ERR_FORMAT, "", "the line is not complete");
  if (len > LINE_MAX_BYTES) return base_fail(err, JOURNAL_ERR_FORMAT, "", "the line has more than %d bytes", LINE_MAX_BYTES);
  int status = json_parse(line, len - 1, JSON_REPEATED_REFUSED, &record, err);
  if (status != 0) return status;
  if (!cJSON_IsObject(record)) return base_fail(err, JOURNAL_ERR_FORMAT, "", "the line is no JSON object");
  return add_record(reading, record, err);
}

static void close_stream(FILE **file) {
  if (*file) fclose(*file);
}

int mock_journal_read(const char *path, struct cJSON **out, struct base_error *err) {
  CLEANUP(close_stream) FILE *file = fopen(path, "rb");
  CLEANUP(free_text) char *line = NULL;
  CLEANUP(reading_done) struct reading reading = {.journals = cJSON_CreateArray()};
  size_t capacity = 0, number = 0;
  ssize_t len;
  if (!file) return base_fail(err, JOURNAL_ERR_FILE, "", "the journal %.200s cannot be read: %s", path, strerror(errno));
  while ((len = getline(&line, &capacity, file)) >= 0) {
    number++;
    int status = add_line(&reading, line, (size_t)len, err);
    if (status != 0) return base_fail_within(err, "%.200s:%zu", path, number);
  }
  if (ferror(file)) return base_fail(err, JOURNAL_ERR_FILE, "", "the journal %.200s cannot be read: %s", path, strerror(errno));
  if (number == 0) return base_fail(err, JOURNAL_ERR_FORMAT, "", "the journal %.200s is empty", path);
  *out = TAKE(reading.journals);
  return 0;
}
