#include "admin/listing.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "admin/records.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "world/world.h"

enum { LIMIT_DEFAULT = 1000, LIMIT_MAX = 100000, WAIT_MAX_MS = 60000, LOOK_EVERY_MS = 1000 };

/* ---- parameters ---- */

static const struct parameter {
  const char *name;
  size_t place;
  bool is_text;
  int64_t least, most;
} PARAMETERS[] = {
    {"service", offsetof(struct listing, service), true, 0, 0},
    {"kind", offsetof(struct listing, kind), true, 0, 0},
    {"object", offsetof(struct listing, object), true, 0, 0},
    {"end", offsetof(struct listing, end), true, 0, 0},
    {"status", offsetof(struct listing, status), false, 100, 599},
    {"since", offsetof(struct listing, since), false, 0, INT64_MAX},
    {"limit", offsetof(struct listing, limit), false, 1, LIMIT_MAX},
    {"wait_ms", offsetof(struct listing, wait_ms), false, 0, WAIT_MAX_MS},
};

static int read_number(const struct parameter *parameter, const char *text, void *place, struct base_error *err) {
  int64_t number = 0;
  if (!decimal_valid(text, strlen(text)) || !decimal_integer(text, strlen(text), &number) || number < parameter->least ||
      number > parameter->most)
    return base_fail(err, LISTING_ERR_PARAMETER, "", "%s is \"%.40s\": a whole number from %lld to %lld", parameter->name, text,
                     (long long)parameter->least, (long long)parameter->most);
  *(int64_t *)place = number;
  return 0;
}

static int read_parameter(const cJSON *given, struct listing *out, struct base_error *err) {
  if (strcmp(given->string, "fault") == 0) {
    out->fault = strcmp(given->valuestring, "true") == 0;
    if (out->fault) return 0;
    return base_fail(err, LISTING_ERR_PARAMETER, "", "fault is \"%.40s\": it is true or not there", given->valuestring);
  }
  for (size_t i = 0; i < sizeof PARAMETERS / sizeof PARAMETERS[0]; i++) {
    void *place = (char *)out + PARAMETERS[i].place;
    if (strcmp(PARAMETERS[i].name, given->string) != 0) continue;
    if (!PARAMETERS[i].is_text) return read_number(&PARAMETERS[i], given->valuestring, place, err);
    *(const char **)place = given->valuestring;
    return 0;
  }
  return base_fail(err, LISTING_ERR_PARAMETER, "", "there is no parameter %.40s", given->string);
}

static bool is_word(const char *word, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(words[i], word) == 0) return true;
  return false;
}

int listing_read(const cJSON *query, struct listing *out, struct base_error *err) {
  const cJSON *given;
  *out = (struct listing){.limit = LIMIT_DEFAULT};
  cJSON_ArrayForEach(given, query) {
    int status = read_parameter(given, out, err);
    if (status != 0) return status;
  }
  if (out->kind && strcmp(out->kind, "event") != 0 && !is_word(out->kind, REQUEST_KINDS, REQUEST_KIND_COUNT))
    return base_fail(err, LISTING_ERR_PARAMETER, "",
                     "kind is \"%.40s\": it is upload, download, metadata, document, crud, other or event", out->kind);
  if (out->end && !is_word(out->end, JOURNAL_ENDS, END_COUNT))
    return base_fail(err, LISTING_ERR_PARAMETER, "", "end is \"%.40s\": it is none, answered, cut, closed, reset or gone", out->end);
  return 0;
}

/* ---- which ---- */

static bool is_text(const char *wanted, const char *text) {
  return !wanted || (text && strcmp(wanted, text) == 0);
}

static bool is_listed(const struct listing *listing, const struct journal_entry *entry) {
  if ((int64_t)entry->revision <= listing->since) return false;
  return is_text(listing->kind, entry->event ? "event" : REQUEST_KINDS[entry->kind]) &&
         is_text(listing->service, entry->service_name) && is_text(listing->object, entry->object_name) &&
         is_text(listing->end, entry->event ? NULL : JOURNAL_ENDS[entry->end]) &&
         (listing->status == 0 || listing->status == entry->status) && (!listing->fault || entry->fault);
}

static int compare_revisions(const void *a, const void *b) {
  const struct journal_entry *one = *(const struct journal_entry *const *)a, *two = *(const struct journal_entry *const *)b;
  return one->revision < two->revision ? -1 : one->revision > two->revision;
}

/* ---- what is told of each ---- */

static void add_number(cJSON *json, const char *name, int64_t value) {
  cJSON_AddItemToObject(json, name, json_create_integer(value));
}

static void add_text(cJSON *json, const char *name, const char *text) {
  if (text) cJSON_AddStringToObject(json, name, text);
}

static void add_request(cJSON *json, struct journal_entry *entry) {
  add_text(json, "kind", REQUEST_KINDS[entry->kind]);
  add_text(json, "service", entry->service_name);
  add_text(json, "object", entry->object_name);
  add_text(json, "method", entry->method);
  add_text(json, "target", entry->target);
  add_text(json, "cache_id", entry->cache_id);
  if (entry->batch) add_number(json, "batch", entry->batch);
  if (entry->attempt) add_number(json, "attempt", entry->attempt);
  add_number(json, "records", records_count(entry));
  add_number(json, "bytes_in", (int64_t)entry->body_bytes.len);
  add_number(json, "bytes_out", (int64_t)entry->sent);
  cJSON_AddBoolToObject(json, "at_work", entry->at_work);
  add_text(json, "end", JOURNAL_ENDS[entry->end]);
  if (entry->status) add_number(json, "status", entry->status);
  if (entry->answer_opstatus) add_number(json, "opstatus", entry->answer_opstatus);
  add_text(json, "fault", entry->fault);
  add_number(json, "findings", cJSON_GetArraySize(entry->findings));
  if (entry->left.monotonic_us) add_number(json, "elapsed_us", entry->left.monotonic_us - entry->arrived.monotonic_us);
}

cJSON *listing_summary(struct journal_entry *entry) {
  cJSON *json = cJSON_CreateObject();
  add_number(json, "seq", (int64_t)entry->seq);
  if (entry->ended) add_number(json, "ended", (int64_t)entry->ended);
  add_number(json, "revision", (int64_t)entry->revision);
  add_number(json, "virtual_ms", entry->arrived.virtual_ms);
  add_number(json, "wall_ms", entry->arrived.wall_ms);
  if (entry->event) add_text(json, "event", entry->event);
  else add_request(json, entry);
  return json;
}

/* ---- the list ---- */

static size_t collect(const struct mock_world *world, const struct listing *listing, struct journal_entry **found) {
  size_t count = 0;
  for (size_t i = 0; i < world->journal.count; i++)
    if (is_listed(listing, world->journal.entries[i])) found[count++] = world->journal.entries[i];
  if (count > 1) qsort(found, count, sizeof *found, compare_revisions);
  return count;
}

static cJSON *make_list(const struct mock_world *world, const struct listing *listing) {
  struct journal_entry **found = calloc(world->journal.count + 1, sizeof *found);
  size_t count = found ? collect(world, listing, found) : 0;
  bool more = count > (size_t)listing->limit;
  if (more) count = (size_t)listing->limit;
  cJSON *json = cJSON_CreateObject();
  add_number(json, "cursor", (int64_t)(more ? found[count - 1]->revision : world->journal.revision));
  cJSON_AddBoolToObject(json, "more", more);
  add_number(json, "dropped", (int64_t)world->journal.dropped);
  cJSON *list = cJSON_AddArrayToObject(json, "requests");
  for (size_t i = 0; i < count; i++) cJSON_AddItemToArray(list, listing_summary(found[i]));
  free(found);
  return json;
}

static bool has_any(const struct mock_world *world, const struct listing *listing) {
  for (size_t i = world->journal.count; i-- > 0;)
    if (is_listed(listing, world->journal.entries[i])) return true;
  return false;
}

cJSON *listing_wait(struct mock_world *world, struct http_peer *peer, const struct listing *listing) {
  struct base_clock clock = base_clock_system();
  int64_t until = clock.monotonic_ms(clock.context) + listing->wait_ms;
  while (!has_any(world, listing) && !world->closed) {
    int64_t now = clock.monotonic_ms(clock.context);
    if (now >= until || http_peer_gone(peer)) break;
    mock_world_wait(world, until < now + LOOK_EVERY_MS ? until : now + LOOK_EVERY_MS);
  }
  return make_list(world, listing);
}
