#include "world/journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "journal/file.h"
#include "world/world.h"

const char *const REQUEST_KINDS[REQUEST_KIND_COUNT] = {"upload", "download", "metadata", "document", "crud", "other"};
const char *const JOURNAL_ENDS[END_COUNT] = {"none", "answered", "cut", "closed", "reset", "gone"};

/* At the end of the block the entries move to its front, into a larger one when they fill more than half of it. */
static bool has_room(struct journal *journal) {
  size_t start = (size_t)(journal->entries - journal->block), capacity = journal->capacity;
  if (journal->block && start + journal->count < capacity) return true;
  if (2 * journal->count >= capacity) capacity = capacity ? 2 * capacity : 32;
  if (journal->count > 0) memmove(journal->block, journal->entries, journal->count * sizeof *journal->entries);
  journal->entries = journal->block;
  struct journal_entry **block =
      capacity == journal->capacity ? journal->block : realloc(journal->block, capacity * sizeof(struct journal_entry *));
  if (!block) return false;
  journal->entries = journal->block = block;
  journal->capacity = capacity;
  return true;
}

/* Holders are counted under the lock. */
static void unshare_answer(struct journal_entry *entry) {
  if (!entry->answer_shared) return;
  entry->answer_bytes = (struct base_buf){0};
  shared_text_drop(entry->answer_shared);
  entry->answer_shared = NULL;
}

void journal_entry_done(struct journal_entry *entry) {
  free(entry->event);
  free(entry->block);
  free(entry->fault);
  unshare_answer(entry);
  base_buf_done(&entry->answer_bytes);
  if (entry->body_bytes.capacity > 0) base_buf_done(&entry->body_bytes);
  base_buf_done(&entry->answer_headers);
  cJSON_Delete(entry->query);
  cJSON_Delete(entry->body);
  json_index_done(&entry->upload);
  cJSON_Delete(entry->findings);
  *entry = (struct journal_entry){0};
}

void journal_share_answer(struct journal_entry *entry, struct shared_text *text) {
  entry->answer_shared = shared_text_hold(text);
  entry->answer_bytes = (struct base_buf){.data = text->data, .len = text->len};
  entry->answer_failed = text->failed;
  entry->answer_opstatus = text->opstatus;
}

struct journal_entry *journal_find(const struct journal *journal, uint64_t seq) {
  size_t from = 0, to = journal->count;
  while (from < to) {
    size_t middle = from + (to - from) / 2;
    if (journal->entries[middle]->seq < seq) from = middle + 1;
    else to = middle;
  }
  return from < journal->count && journal->entries[from]->seq == seq ? journal->entries[from] : NULL;
}

void journal_free_entry(struct journal_entry *entry) {
  if (!entry) return;
  journal_entry_done(entry);
  free(entry);
}

static int64_t clock_us(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct journal_time journal_now(const struct mock_world *world) {
  return (struct journal_time){.virtual_ms = world->clock_ms, .monotonic_us = clock_us(CLOCK_MONOTONIC),
                               .wall_ms = clock_us(CLOCK_REALTIME) / 1000};
}

void journal_touch(struct mock_world *world, struct journal_entry *entry) {
  entry->revision = ++world->journal.revision;
}

/* What is at work stays, however old it is. */
static size_t find_oldest_over(const struct journal *journal) {
  size_t place = 0;
  while (place < journal->count && journal->entries[place]->at_work) place++;
  return place;
}

static void let_go(struct mock_world *world, size_t place) {
  struct journal *journal = &world->journal;
  struct journal_entry *entry = journal->entries[place];
  rules_forget_entry(&world->rules, entry);
  unshare_answer(entry);
  entry->next = journal->let_go;
  journal->let_go = entry;
  memmove(journal->entries + 1, journal->entries, place * sizeof(struct journal_entry *));
  journal->entries++;
  journal->count--;
  journal->dropped++;
  if (journal->dropped_seq < entry->seq) journal->dropped_seq = entry->seq;
}

static void drop_oldest(struct mock_world *world) {
  while (world->keep > 0 && world->journal.count >= world->keep) {
    size_t place = find_oldest_over(&world->journal);
    if (place == world->journal.count) return;
    let_go(world, place);
  }
}

bool journal_add(struct mock_world *world, struct journal_entry *entry) {
  drop_oldest(world);
  if (!has_room(&world->journal)) return false;
  entry->seq = world_next_order(world);
  entry->arrived = journal_now(world);
  journal_touch(world, entry);
  world->journal.entries[world->journal.count++] = entry;
  return true;
}

bool journal_recall(struct mock_world *world, struct journal_entry *entry) {
  if (!has_room(&world->journal)) return false;
  uint64_t last = entry->ended > entry->seq ? entry->ended : entry->seq;
  if (world->order < last) world->order = last;
  journal_touch(world, entry);
  world->journal.entries[world->journal.count++] = entry;
  return true;
}

struct journal_entry *journal_take_dropped(struct journal *journal) {
  struct journal_entry *dropped = journal->let_go;
  journal->let_go = NULL;
  return dropped;
}

void journal_free_dropped(struct journal_entry *dropped) {
  for (struct journal_entry *next; dropped; dropped = next) {
    next = dropped->next;
    journal_free_entry(dropped);
  }
}

void journal_event(struct mock_world *world, const char *format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  struct journal_entry *entry = calloc(1, sizeof *entry);
  if (!entry || !journal_add(world, entry)) {
    free(entry);
    return;
  }
  entry->event = strdup(journal_readable(text, strlen(text)));
  entry->ended = entry->seq;
  journal_file_event(world, entry);
}

static void move_entry(struct mock_world *world, struct journal_entry *entry, uint64_t later) {
  entry->seq += later;
  if (entry->ended) entry->ended += later;
  if (entry->service) entry->service = model_find_service(world, entry->service_name);
}

void journal_inherit(struct mock_world *world, struct mock_world *old) {
  struct journal *journal = &world->journal, own = *journal;
  *journal = old->journal;
  old->journal = (struct journal){0};
  for (size_t i = 0; i < journal->count; i++) move_entry(world, journal->entries[i], 0);
  for (size_t i = 0; i < own.count; i++) {
    move_entry(world, own.entries[i], old->order);
    own.entries[i]->revision = ++journal->revision;
    if (own.entries[i]->event) journal_file_event(world, own.entries[i]);
    if (has_room(journal)) journal->entries[journal->count++] = own.entries[i];
    else journal_free_entry(own.entries[i]);
  }
  free(own.block);
  world->order += old->order;
}

void journal_done(struct journal *journal) {
  journal_free_dropped(journal_take_dropped(journal));
  for (size_t i = 0; i < journal->count; i++) journal_free_entry(journal->entries[i]);
  free(journal->block);
  journal_file_close(journal->file);
}

void journal_finding(struct journal_entry *entry, const char *format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (!entry->findings) entry->findings = cJSON_CreateArray();
  cJSON_AddItemToArray(entry->findings, cJSON_CreateString(journal_readable(text, strlen(text)))); /* what was cut may have been a character */
}

cJSON *journal_query(const struct journal_entry *entry) {
  return entry->query ? cJSON_Duplicate(entry->query, true) : cJSON_CreateObject();
}

cJSON *journal_headers(const struct journal_entry *entry) {
  cJSON *object = cJSON_CreateObject();
  for (size_t i = 0; i < entry->header_count; i++) {
    cJSON_DeleteItemFromObjectCaseSensitive(object, entry->headers[i].name);
    cJSON_AddStringToObject(object, entry->headers[i].name, entry->headers[i].value);
  }
  return object;
}

/* The last header that is called `prefix` and `name`. */
static const char *find_header(const struct journal_entry *entry, const char *prefix, const char *name) {
  size_t begin = strlen(prefix), len = strlen(name);
  for (size_t i = entry->header_count; i-- > 0;) {
    const struct journal_header *header = &entry->headers[i];
    if (header->name_len == begin + len && memcmp(header->name, prefix, begin) == 0 && memcmp(header->name + begin, name, len) == 0)
      return header->value;
  }
  return NULL;
}

const char *journal_header(const struct journal_entry *entry, const char *name) {
  return find_header(entry, "", name);
}

const char *journal_foundry_header(const struct journal_entry *entry, const char *name) {
  const char *voltmx = find_header(entry, "x-voltmx-", name);
  return voltmx ? voltmx : find_header(entry, "x-kony-", name);
}

static void add_text(cJSON *json, const char *name, const char *text) {
  if (text) cJSON_AddStringToObject(json, name, text);
}

static void add_copy(cJSON *json, const char *name, const cJSON *item) {
  if (item) cJSON_AddItemToObject(json, name, cJSON_Duplicate(item, true));
}

char *journal_readable(char *text, size_t len) {
  if (utf8_valid(text, len) && !memchr(text, '\0', len)) return text;
  for (size_t i = 0; i < len;) {
    size_t size = text[i] ? utf8_length(text + i, len - i) : 0;
    if (size == 0) text[i++] = '?';
    else i += size;
  }
  return text;
}

static void add_bytes(cJSON *json, const char *name, const struct base_buf *bytes) {
  char *text = malloc(bytes->len + 1);
  if (!text) return;
  memcpy(text, base_buf_string(bytes), bytes->len + 1);
  cJSON_AddStringToObject(json, name, journal_readable(text, bytes->len));
  free(text);
}

/* ---- the body, and the records of an upload ---- */

/* A tree takes ten times the room of its text. */
const cJSON *journal_body(const struct journal_entry *entry, cJSON **held) {
  const struct base_buf *bytes = &entry->body_bytes;
  cJSON **tree = entry->tree ? entry->tree : held;
  if (!entry->body && !*tree && bytes->len > 0) json_parse(bytes->data, bytes->len, JSON_LAST_COUNTS, tree, NULL);
  return entry->body ? entry->body : *tree;
}

struct walk {
  bool (*visit)(void *context, const cJSON *record, const char *object);
  void *context;
};

/* A nested record that does not say of which object it is stands under its name (W-47). */
static bool walk_record(const struct walk *walk, const cJSON *record, const char *place) {
  const char *said = json_find_string(json_find(record, "_metadata"), "object");
  const cJSON *member, *child;
  if (!walk->visit(walk->context, record, said ? said : place)) return false;
  cJSON_ArrayForEach(member, record) {
    if (!cJSON_IsArray(member)) continue;
    cJSON_ArrayForEach(child, member) {
      if (json_find(child, "_metadata") && !walk_record(walk, child, member->string)) return false;
    }
  }
  return true;
}

bool journal_each_record(const struct journal_entry *entry,
                         bool (*visit)(void *context, const cJSON *record, const char *object), void *context) {
  const struct walk walk = {visit, context};
  if (entry->kind != KIND_UPLOAD) return true;
  CLEANUP(json_free) cJSON *held = NULL;
  const cJSON *record, *records = json_find(journal_body(entry, &held), "records");
  cJSON_ArrayForEach(record, records) {
    if (cJSON_IsObject(record) && !walk_record(&walk, record, NULL)) return false;
  }
  return true;
}

static bool copy_record(void *list, const cJSON *record, const char *object) {
  cJSON *copy = cJSON_Duplicate(record, true), *metadata = json_find(copy, "_metadata");
  if (object && !json_find(metadata, "object")) cJSON_AddStringToObject(metadata, "object", object);
  cJSON_AddItemToArray(list, copy);
  return true;
}

static void add_request(cJSON *json, const struct journal_entry *entry) {
  add_text(json, "kind", REQUEST_KINDS[entry->kind]);
  add_text(json, "service", entry->service_name);
  if (entry->kind == KIND_UPLOAD || entry->kind == KIND_DOWNLOAD || entry->kind == KIND_CRUD)
    add_text(json, "level", entry->object_level ? "object" : "service");
  add_text(json, "object", entry->object_name);
  add_text(json, "method", entry->method);
  add_text(json, "path", entry->path);
  cJSON_AddItemToObject(json, "query", journal_query(entry));
  cJSON_AddItemToObject(json, "headers", journal_headers(entry));
  CLEANUP(json_free) cJSON *held = NULL;
  add_copy(json, "body", journal_body(entry, &held));
  add_bytes(json, "body_text", &entry->body_bytes);
  journal_each_record(entry, copy_record, cJSON_AddArrayToObject(json, "records"));
  add_text(json, "cache_id", entry->cache_id);
}

/* What happened on the connection. */
static void add_wire(cJSON *json, const struct journal_entry *entry) {
  cJSON *wire = cJSON_AddObjectToObject(json, "wire");
  cJSON_AddStringToObject(wire, "ended_by", JOURNAL_ENDS[entry->end]);
  cJSON_AddItemToObject(wire, "sent", json_create_integer((int64_t)entry->sent));
  if (entry->generated) cJSON_AddItemToObject(wire, "generated", json_create_integer((int64_t)entry->generated));
  if (entry->body_unread) cJSON_AddTrueToObject(wire, "unread");
}

static void add_outcome(cJSON *json, const struct journal_entry *entry) {
  cJSON_AddBoolToObject(json, "replayed", entry->replayed);
  cJSON_AddBoolToObject(json, "executed", entry->executed);
  cJSON_AddBoolToObject(json, "after_close", entry->after_close);
  if (entry->end != END_NONE) add_wire(json, entry);
  if (entry->status) cJSON_AddItemToObject(json, "status", json_create_integer(entry->status));
  cJSON *answer = NULL;
  const struct base_buf *bytes = &entry->answer_bytes;
  if (bytes->len > 0 && json_parse(bytes->data, bytes->len, JSON_LAST_COUNTS, &answer, NULL) == 0)
    cJSON_AddItemToObject(json, "answer", answer);
  if (entry->status || bytes->len > 0) add_bytes(json, "answer_text", bytes);
  add_text(json, "fault", entry->fault);
  if (entry->page) cJSON_AddItemToObject(json, "page", json_create_integer(entry->page));
  if (entry->batch) cJSON_AddItemToObject(json, "batch", json_create_integer(entry->batch));
  if (entry->attempt) cJSON_AddItemToObject(json, "attempt", json_create_integer(entry->attempt));
  if (entry->findings) add_copy(json, "findings", entry->findings);
  else cJSON_AddArrayToObject(json, "findings");
}

cJSON *journal_json(const struct journal_entry *entry) {
  cJSON *json = cJSON_CreateObject();
  cJSON_AddItemToObject(json, "seq", json_create_integer((int64_t)entry->seq));
  if (entry->ended) cJSON_AddItemToObject(json, "ended", json_create_integer((int64_t)entry->ended));
  if (entry->event) {
    cJSON_AddStringToObject(json, "event", entry->event);
    return json;
  }
  add_request(json, entry);
  add_outcome(json, entry);
  return json;
}

static cJSON *dropped_json(const struct journal *journal) {
  char text[80];
  cJSON *json = cJSON_CreateObject();
  snprintf(text, sizeof text, "%zu older entries were not kept", journal->dropped);
  cJSON_AddItemToObject(json, "seq", json_create_integer(0));
  cJSON_AddStringToObject(json, "event", text);
  return json;
}

struct cJSON *mock_world_journal(struct mock_world *world, uint64_t after) {
  cJSON *list = cJSON_CreateArray();
  if (after == 0 && world->journal.dropped > 0) cJSON_AddItemToArray(list, dropped_json(&world->journal));
  for (size_t i = 0; i < world->journal.count; i++)
    if (world->journal.entries[i]->seq > after)
      cJSON_AddItemToArray(list, journal_json(world->journal.entries[i]));
  return list;
}
