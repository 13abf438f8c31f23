/*
 * Reads a journal of the format that file.c writes, strictly: what is no record, or does not fit those before
 * it, is an error with its line's number. A file holds one journal after another: each begins with its header.
 */
#include "journal/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "foundrymock/mock.h"
#include "journal/record.h"

enum { LINE_MAX_BYTES = 512 * 1024 * 1024 };

struct reading {
  struct journal_run run; /* the one that is read */
  journal_run_end *end;
  void *context;
};

static void run_done(struct journal_run *run) {
  for (size_t i = 0; i < run->count; i++) {
    journal_free_entry(run->items[i].entry);
    cJSON_Delete(run->items[i].note);
  }
  free(run->items);
  cJSON_Delete(run->head);
  *run = (struct journal_run){0};
}

static void reading_done(struct reading *reading) {
  run_done(&reading->run);
}

/* ---- entries, in the order of their seq ---- */

static uint64_t seq_of(const cJSON *json) {
  int64_t seq = 0;
  json_integer(json_find(json, "seq"), &seq);
  return (uint64_t)seq;
}

/* What it is given is the run's, or is freed. */
static int add_item(struct journal_run *run, struct journal_item item, struct base_error *err) {
  size_t count = run->count;
  struct journal_item *list = run->items;
  if ((count & (count - 1)) == 0) list = realloc(list, (count ? 2 * count : 1) * sizeof *list); /* the room doubles at each power of two */
  if (list && (item.entry || item.note)) {
    run->items = list;
    list[run->count++] = item;
    return 0;
  }
  if (list) run->items = list;
  journal_free_entry(item.entry);
  cJSON_Delete(item.note);
  return base_fail(err, JOURNAL_ERR_MEMORY, "", "out of memory");
}

/* The request of that number, NULL when the run has none. */
static struct journal_item *find_request(const struct journal_run *run, uint64_t seq) {
  size_t from = 0, to = run->count;
  while (from < to) {
    size_t middle = from + (to - from) / 2;
    if (run->items[middle].seq < seq) from = middle + 1;
    else to = middle;
  }
  struct journal_item *item = from < run->count && run->items[from].seq == seq ? &run->items[from] : NULL;
  return item && item->entry && !item->entry->event ? item : NULL;
}

static int add_request(struct journal_run *run, const cJSON *record, struct base_error *err) {
  struct journal_entry *entry = calloc(1, sizeof *entry);
  int status = entry ? record_read_request(record, entry, err) : base_fail(err, JOURNAL_ERR_MEMORY, "", "out of memory");
  if (status == 0) return add_item(run, (struct journal_item){.seq = entry->seq, .entry = entry, .open = true}, err);
  journal_free_entry(entry);
  return status;
}

static int add_answer(struct journal_run *run, const cJSON *record, struct base_error *err) {
  struct journal_item *item = find_request(run, seq_of(record));
  if (!item || !item->open)
    return base_fail(err, JOURNAL_ERR_FORMAT, "", "an answer to request %llu, which is not open", (unsigned long long)seq_of(record));
  item->open = false;
  return record_read_answer(record, item->entry, err);
}

/* An answer that was about to leave whole, and did not. */
static int add_gone(struct journal_run *run, const cJSON *record, struct base_error *err) {
  struct journal_item *item = find_request(run, seq_of(record));
  int64_t sent = 0;
  if (!item || item->open)
    return base_fail(err, JOURNAL_ERR_FORMAT, "", "the client of request %llu is gone, which has no answer", (unsigned long long)seq_of(record));
  json_integer(json_find(record, "sent"), &sent);
  item->entry->end = END_GONE;
  item->entry->sent = (uint64_t)sent;
  return 0;
}

static int add_event(struct journal_run *run, const cJSON *record, struct base_error *err) {
  struct journal_entry *entry = calloc(1, sizeof *entry);
  if (entry) {
    entry->seq = entry->ended = seq_of(record);
    entry->event = strdup(json_find_string(record, "text"));
  }
  return add_item(run, (struct journal_item){.seq = seq_of(record), .entry = entry}, err);
}

static int add_note(struct journal_run *run, const cJSON *record, struct base_error *err) {
  cJSON *note = cJSON_CreateObject();
  static const char *const MEMBERS[] = {"seq", "name", "data"}, *const NAMES[] = {"seq", "note", "data"};
  for (size_t i = 0; i < 3; i++) cJSON_AddItemToObject(note, NAMES[i], cJSON_Duplicate(json_find(record, MEMBERS[i]), true));
  return add_item(run, (struct journal_item){.seq = seq_of(record), .note = note}, err);
}

/* ---- lines ---- */

static int end_run(struct reading *reading, struct base_error *err) {
  int status = reading->run.head ? reading->end(reading->context, &reading->run, err) : 0;
  run_done(&reading->run);
  return status;
}

static int begin_run(struct reading *reading, const cJSON *record, struct base_error *err) {
  int64_t version = 0;
  json_integer(json_find(record, "version"), &version);
  if (version != JOURNAL_VERSION)
    return base_fail(err, JOURNAL_ERR_FORMAT, "", "version %lld of the format: this program reads %d", (long long)version,
                     JOURNAL_VERSION);
  int status = end_run(reading, err);
  if (status == 0) reading->run.head = cJSON_Duplicate(record, true);
  return status == 0 && !reading->run.head ? base_fail(err, JOURNAL_ERR_MEMORY, "", "out of memory") : status;
}

/* Whatever is not an answer takes the next number. */
static int check_order(const struct journal_run *run, const cJSON *record, struct base_error *err) {
  uint64_t seq = seq_of(record), last = run->count > 0 ? run->items[run->count - 1].seq : 0;
  if ((int64_t)seq > (int64_t)last) return 0;
  return base_fail(err, JOURNAL_ERR_FORMAT, "", "seq %lld does not come after %llu", (long long)seq, (unsigned long long)last);
}

typedef int add_to_run(struct journal_run *run, const cJSON *record, struct base_error *err);

static const struct {
  const char *type;
  add_to_run *add;
  bool numbered; /* it has a number of its own */
} TYPES[] = {{"request", add_request, true}, {"answer", add_answer, false}, {"gone", add_gone, false},
             {"event", add_event, true},     {"note", add_note, true}};

static int add_record(struct reading *reading, const cJSON *record, struct base_error *err) {
  int status = record_check(record, err);
  if (status != 0) return status;
  const char *type = json_find_string(record, "type");
  if (strcmp(type, "journal") == 0) return begin_run(reading, record, err);
  if (!reading->run.head) return base_fail(err, JOURNAL_ERR_FORMAT, "", "a journal begins with a record of type journal");
  for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
    if (strcmp(TYPES[i].type, type) != 0) continue;
    if (TYPES[i].numbered) status = check_order(&reading->run, record, err);
    return status == 0 ? TYPES[i].add(&reading->run, record, err) : status;
  }
  return 0; /* record_check() knows no other */
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

int journal_read_runs(const char *path, journal_run_end *end, void *context, struct base_error *err) {
  CLEANUP(close_stream) FILE *file = fopen(path, "rb");
  CLEANUP(free_text) char *line = NULL;
  CLEANUP(reading_done) struct reading reading = {.end = end, .context = context};
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
  return end_run(&reading, err);
}

/* ---- as JSON ---- */

/* A tree takes more room than its bytes, which nobody needs from here on. */
static int list_run(void *context, struct journal_run *run, struct base_error *err) {
  cJSON *journal = cJSON_CreateObject();
  static const char *const MEMBERS[] = {"world", "url", "time"};
  for (size_t i = 0; i < 3; i++) cJSON_AddItemToObject(journal, MEMBERS[i], cJSON_Duplicate(json_find(run->head, MEMBERS[i]), true));
  cJSON *entries = cJSON_AddArrayToObject(journal, "entries");
  for (size_t i = 0; i < run->count; i++) {
    struct journal_item *item = &run->items[i];
    cJSON_AddItemToArray(entries, item->note ? TAKE(item->note) : journal_json(item->entry));
    journal_free_entry(TAKE(item->entry));
  }
  if (entries && cJSON_AddItemToArray(context, journal)) return 0;
  cJSON_Delete(journal);
  return base_fail(err, JOURNAL_ERR_MEMORY, "", "out of memory");
}

int mock_journal_read(const char *path, struct cJSON **out, struct base_error *err) {
  CLEANUP(json_free) cJSON *journals = cJSON_CreateArray();
  int status = journal_read_runs(path, list_run, journals, err);
  if (status == 0) *out = TAKE(journals);
  return status;
}
