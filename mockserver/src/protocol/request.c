#include "protocol/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "protocol/cors.h"
#include "protocol/online.h"
#include "world/world.h"

static int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Returns how many bytes it wrote, at most `len`, before a NUL. */
static size_t decode_bytes(const char *text, size_t len, bool plus, char *out) {
  size_t used = 0;
  for (size_t i = 0; i < len; i++) {
    int high = text[i] == '%' && i + 2 < len ? hex_value(text[i + 1]) : -1;
    int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low >= 0) {
      out[used++] = (char)(high * 16 + low);
      i += 2;
    } else {
      out[used++] = plus && text[i] == '+' ? ' ' : text[i];
    }
  }
  out[used] = '\0';
  journal_readable(out, used);
  return used;
}

char *request_decode(const char *text, size_t len, bool plus) {
  char *out = malloc(len + 1);
  if (out) decode_bytes(text, len, plus, out);
  return out;
}

/* ---- the block: a struct journal_header for each header, then texts, one behind the other ---- */

struct block {
  struct journal_entry *entry;
  char *at; /* where the next text goes */
};

/* Room for all that is copied: a path is kept twice, and its parts are; of one that is no UTF-8 a byte may become three. */
static size_t room_for(const struct http_request *request) {
  enum { ENDS = 16 };
  size_t path = strlen(request->path), width = utf8_valid(request->path, path) ? 1 : 3;
  size_t room = ENDS + strlen(request->method) + 3 * width * path + strlen(request->query);
  for (size_t i = 0; i < request->header_count; i++)
    room += sizeof(struct journal_header) + 2 * (strlen(request->headers[i].name) + strlen(request->headers[i].value) + 2);
  return room + (request->version ? strlen(request->version) : 0) + request->body.len;
}

static const char *keep(struct block *block, const void *text, size_t len) {
  char *kept = block->at;
  memcpy(kept, text, len);
  kept[len] = '\0';
  block->at += len + 1;
  return kept;
}

static const char *keep_decoded(struct block *block, const char *text, size_t len) {
  if (!memchr(text, '%', len)) return keep(block, text, len); /* of a path, which is readable */
  char *kept = block->at;
  block->at += decode_bytes(text, len, false, kept) + 1;
  return kept;
}

/* ---- query and headers ---- */

/* Name and value of a pair lie one behind the other in `text`, which has room for both and their ends. */
static void read_pair(cJSON *object, const char *pair, size_t len, char *text) {
  const char *equals = memchr(pair, '=', len);
  size_t name_len = equals ? (size_t)(equals - pair) : len;
  char *value = text + decode_bytes(pair, name_len, true, text) + 1;
  decode_bytes(pair + name_len + (equals != NULL), equals ? len - name_len - 1 : 0, true, value);
  cJSON_DeleteItemFromObjectCaseSensitive(object, text); /* of repeated names the last counts */
  cJSON_AddStringToObject(object, text, value);
}

cJSON *request_query(const char *query) {
  cJSON *object = cJSON_CreateObject();
  char *text = *query ? malloc(strlen(query) + 2) : NULL;
  while (text && *query) {
    size_t len = strcspn(query, "&");
    if (len > 0) read_pair(object, query, len, text);
    query += len + (query[len] == '&');
  }
  free(text);
  return object;
}

/* Lower case as ASCII has it. */
static const char *keep_lower(struct block *block, const char *text, size_t len) {
  char *kept = block->at;
  for (size_t i = 0; i <= len; i++) kept[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i]);
  block->at += len + 1;
  return kept;
}

static const char *keep_readable(struct block *block, const char *text) {
  size_t len = strlen(text);
  char *kept = block->at;
  keep(block, text, len);
  return journal_readable(kept, len);
}

/* As they came, and as they are looked up. */
static void read_headers(struct block *block, const struct http_request *request) {
  struct journal_header *headers = (struct journal_header *)(void *)block->at;
  struct base_buf *bytes = &block->entry->header_bytes;
  const char *name, *value = NULL;
  block->at += request->header_count * sizeof *headers;
  bytes->data = block->at;
  for (size_t i = 0; i < request->header_count; i++) {
    keep(block, request->headers[i].name, strlen(request->headers[i].name));
    keep(block, request->headers[i].value, strlen(request->headers[i].value));
  }
  bytes->len = (size_t)(block->at - bytes->data);
  bool readable = utf8_valid(bytes->data, bytes->len); /* as nearly always: then the values are there already */
  for (size_t i = 0; headers_next(bytes, &name, &value); i++) {
    size_t len = (size_t)(value - name) - 1;
    headers[i] = (struct journal_header){keep_lower(block, name, len), readable ? value : keep_readable(block, value), len};
  }
  block->entry->headers = headers;
  block->entry->header_count = request->header_count;
}

/* ---- path ---- */

/* The part of a path after `prefix`, NULL when it does not start so. */
static const char *behind(const char *path, const char *prefix) {
  size_t len = strlen(prefix);
  return strncmp(path, prefix, len) == 0 ? path + len : NULL;
}

static void read_data_path(struct block *block, const char *rest) {
  struct journal_entry *entry = block->entry;
  size_t len = strcspn(rest, "/");
  entry->service_name = keep_decoded(block, rest, len);
  const char *object = behind(rest + len, "/objects/"), *binary = behind(rest + len, "/binary/");
  entry->binary = binary != NULL;
  if (binary) object = binary;
  if (object && (!*object || strchr(object, '/'))) object = NULL; /* nothing is there */
  if (object) {
    entry->object_level = true;
    entry->object_name = keep_decoded(block, object, strlen(object));
  }
  entry->kind = rest[len] == '\0' || object ? KIND_CRUD : KIND_OTHER;
}

static void read_path(struct block *block) {
  struct journal_entry *entry = block->entry;
  const char *path = entry->path, *rest;
  entry->kind = KIND_OTHER;
  if (strcmp(path, "/authService/100000002/appconfig") == 0) {
    entry->kind = KIND_DOCUMENT;
  } else if ((rest = behind(path, "/services/metadata/v1/"))) {
    entry->kind = KIND_METADATA;
    entry->service_name = keep_decoded(block, rest, strlen(rest));
  } else if ((rest = behind(path, "/services/data/v1/"))) {
    read_data_path(block, rest);
  }
}

/* ---- kinds ---- */

/* W-5: the header tells upload and download apart. */
static void read_override(struct journal_entry *entry) {
  const char *override = journal_header(entry, "x-http-method-override");
  if (cors_is_preflight(entry)) entry->kind = KIND_OTHER;
  if (entry->kind == KIND_METADATA) {
    if (!override || strcmp(override, "GET") != 0)
      journal_finding(entry, "W-6: X-Http-Method-Override is to be GET on metadata calls");
    return;
  }
  if (entry->kind != KIND_CRUD || entry->binary || !override || strcmp(entry->method, "POST") != 0) return;
  if (strcmp(override, "UPLOAD") == 0) entry->kind = KIND_UPLOAD;
  else if (strcmp(override, "GET") == 0) entry->kind = KIND_DOWNLOAD;
  else journal_finding(entry, "W-6: X-Http-Method-Override is \"%.60s\", neither GET nor UPLOAD", override);
}

static bool is_sync_call(const struct journal_entry *entry) {
  return entry->kind == KIND_UPLOAD || entry->kind == KIND_DOWNLOAD;
}

/* W-6, C-10: of two spellings with different values X-Voltmx-* counts. */
static void check_spellings(struct journal_entry *entry) {
  static const char VOLTMX[] = "x-voltmx-";
  for (size_t i = 0; i < entry->header_count; i++) {
    const struct journal_header *header = &entry->headers[i];
    char kony[128];
    if (strncmp(header->name, VOLTMX, sizeof VOLTMX - 1) != 0 || journal_header(entry, header->name) != header->value) continue;
    snprintf(kony, sizeof kony, "x-kony-%.100s", header->name + sizeof VOLTMX - 1);
    const char *other = journal_header(entry, kony);
    if (other && strcmp(other, header->value) != 0)
      journal_finding(entry, "W-6: %.110s and %s have different values", header->name, kony);
  }
}

static void check_headers(struct journal_entry *entry) {
  check_spellings(entry);
  if (!is_sync_call(entry) && entry->kind != KIND_METADATA) return;
  const char *type = journal_header(entry, "content-type");
  if (!type || strncasecmp(type, "application/json", 16) != 0)
    journal_finding(entry, "W-6: Content-Type is \"%.60s\", not application/json", type ? type : "");
  const char *version = entry->kind == KIND_METADATA ? journal_foundry_header(entry, "service-version") : NULL;
  if (entry->kind == KIND_METADATA && (!version || strcmp(version, "2.0") != 0))
    journal_finding(entry, "W-6: X-Voltmx-Service-Version is to be 2.0 on metadata calls");
}

/* ---- body ---- */

/* To copy a large one would take twice the memory, and longer than an allocation. It is kept for long: no larger than it is. */
static struct base_buf take_large(struct base_buf *body) {
  enum { LARGE = 4096 };
  if (body->len < LARGE || body->capacity == 0) return (struct base_buf){0};
  char *fitted = realloc(body->data, body->len + 1);
  struct base_buf taken = {.data = fitted ? fitted : body->data, .len = body->len, .capacity = body->len + 1};
  *body = (struct base_buf){.max = body->max};
  return taken;
}

static void read_body(struct block *block, const struct http_request *request) {
  struct journal_entry *entry = block->entry;
  struct base_error err = {0};
  if (!entry->body_bytes.data) {
    entry->body_bytes = (struct base_buf){.data = block->at, .len = request->body.len};
    keep(block, base_buf_string(&request->body), request->body.len);
  }
  const char *text = entry->body_bytes.data;
  size_t len = entry->body_bytes.len;
  int status = entry->kind == KIND_UPLOAD ? json_index_read(text, len, &entry->upload, &err)
                                          : json_parse(text, len, JSON_LAST_COUNTS, &entry->body, &err);
  if (status != 0 && is_sync_call(entry)) journal_finding(entry, "W-19: the body is no JSON: %.200s", err.text);
}

/* W-4, W-5: without the header a POST is the creation of a row, when it looks like one. */
static void check_post(struct journal_entry *entry) {
  bool asks = entry->kind == KIND_CRUD && !entry->binary && strcmp(entry->method, "POST") == 0;
  if (asks && !journal_header(entry, "x-http-method-override") && !online_creates(entry))
    journal_finding(entry, "W-5: a POST without X-Http-Method-Override");
}

/* ---- the cache id (W-6, C-9) ---- */

/* The first request with this id, NULL when this is it. */
static const struct journal_entry *first_of_id(const struct mock_world *world, const struct journal_entry *entry) {
  for (size_t i = 0; i < world->journal.count; i++) {
    const struct journal_entry *other = world->journal.entries[i];
    if (other != entry && other->cache_id && other->service == entry->service &&
        strcmp(other->cache_id, entry->cache_id) == 0)
      return other;
  }
  return NULL;
}

/* W-42: a replay is what was sent before. */
static void check_replay(struct journal_entry *entry, const struct journal_entry *first) {
  CLEANUP(json_free) cJSON *mine = NULL, *its = NULL;
  if (!json_equal(journal_body(entry, &mine), journal_body(first, &its)) || !json_equal(entry->query, first->query))
    journal_finding(entry, "W-42: RequestCacheId \"%.60s\" comes again with another body or query", entry->cache_id);
}

static void read_cache_id(struct mock_world *world, struct journal_entry *entry) {
  static const char LETTERS[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";
  if (!is_sync_call(entry)) return;
  const char *id = journal_foundry_header(entry, "requestcacheid");
  bool expected = entry->kind == KIND_UPLOAD && entry->service && entry->service->upload_cache;
  if (!id && expected) journal_finding(entry, "W-41: an upload without RequestCacheId, with upload cache on");
  if (id && !expected) journal_finding(entry, "W-41: a RequestCacheId where there is no upload cache");
  if (!id || entry->kind != KIND_UPLOAD) return;
  size_t len = strlen(id);
  if (len == 0 || len > 50 || strspn(id, LETTERS) != len)
    journal_finding(entry, "W-6: RequestCacheId \"%.60s\" is not 1 to 50 of 0-9 A-Z a-z -", id);
  entry->cache_id = id;
  const struct journal_entry *first = first_of_id(world, entry);
  entry->replayed = first != NULL;
  if (first) check_replay(entry, first);
}

/* ---- batches and attempts ---- */

enum { LOOK_BACK = 256 }; /* a repetition comes soon */

static bool is_same_try(const struct journal_entry *a, const struct journal_entry *b) {
  if (a->kind != b->kind || a->service != b->service) return false;
  if (a->cache_id || b->cache_id) return a->cache_id && b->cache_id && strcmp(a->cache_id, b->cache_id) == 0;
  return a->body_bytes.len == b->body_bytes.len && strcmp(a->method, b->method) == 0 &&
         strcmp(a->target, b->target) == 0 &&
         memcmp(base_buf_string(&a->body_bytes), base_buf_string(&b->body_bytes), a->body_bytes.len) == 0;
}

static bool went_well(const struct journal_entry *entry) {
  return entry->end == END_ANSWERED && entry->status >= 200 && entry->status <= 299 && !entry->answer_failed;
}

/* One more than the last same request's when that failed; an upload that comes again is the batch that it was. */
static void count_attempt(const struct journal *journal, struct journal_entry *entry) {
  entry->attempt = 1;
  for (size_t i = journal->count, seen = 0; i-- > 0 && seen < LOOK_BACK; seen++) {
    const struct journal_entry *other = journal->entries[i];
    if (other == entry || other->event || !is_same_try(other, entry)) continue;
    if (went_well(other)) return;
    entry->attempt = other->attempt + 1;
    if (entry->kind == KIND_UPLOAD) entry->batch = other->batch;
    return;
  }
}

/* The how manieth upload of its service since its last download or the sync's end; downloads have `page`. */
static void count_batch(const struct journal *journal, struct journal_entry *entry) {
  if (entry->kind != KIND_UPLOAD || !entry->service || entry->attempt > 1) return;
  entry->batch = 1;
  for (size_t i = journal->count, seen = 0; i-- > 0 && seen < LOOK_BACK; seen++) {
    const struct journal_entry *other = journal->entries[i];
    if (other->seq < journal->sync_ended) return;
    if (other == entry || other->event || other->service != entry->service || !is_sync_call(other) || other->attempt > 1) continue;
    if (other->kind == KIND_UPLOAD) entry->batch = other->batch + 1;
    return;
  }
}

/* ---- the whole ---- */

/* Of a path that is no UTF-8 such bytes are written %XX: a "?" in it would begin a query. */
static const char *keep_path(struct block *block, const char *path) {
  size_t len = strcspn(path, "?");
  char *kept = block->at;
  if (utf8_valid(path, len)) return keep(block, path, len);
  while (len > 0) {
    size_t size = utf8_length(path, len);
    if (size > 0) memcpy(block->at, path, size);
    else snprintf(block->at, sizeof "%FF", "%%%02X", (unsigned char)*path);
    block->at += size ? size : strlen("%FF");
    path += size ? size : 1;
    len -= size ? size : 1;
  }
  *block->at++ = '\0';
  return kept;
}

static const char *keep_target(struct block *block, const char *query) {
  const char *path = block->entry->path;
  if (!*query) return path;
  const char *kept = keep(block, path, strlen(path));
  block->at[-1] = '?';
  char *rest = block->at;
  keep(block, query, strlen(query));
  journal_readable(rest, strlen(query));
  return kept;
}

static void parse(struct block block, const struct http_request *request) {
  struct journal_entry *entry = block.entry;
  read_headers(&block, request);
  entry->method = keep(&block, request->method, strlen(request->method));
  entry->version = request->version ? keep(&block, request->version, strlen(request->version)) : NULL;
  entry->path = keep_path(&block, request->path);
  entry->target = keep_target(&block, request->query);
  entry->query = *request->query ? request_query(request->query) : NULL;
  read_path(&block);
  read_override(entry);
  check_headers(entry);
  entry->body_unread = request->body_unread;
  if (request->body_unread) return;
  read_body(&block, request);
  check_post(entry);
}

bool request_parse(const struct http_request *request, struct journal_entry *entry) {
  entry->block = malloc(room_for(request));
  if (entry->block) parse((struct block){entry, entry->block}, request);
  return entry->block != NULL;
}

struct journal_entry *request_entry(struct http_request *request) {
  struct base_buf large = take_large(&request->body);
  struct journal_entry *entry = malloc(sizeof *entry + room_for(request));
  if (!entry) {
    base_buf_done(&large);
    return NULL;
  }
  *entry = (struct journal_entry){.body_bytes = large};
  parse((struct block){entry, (char *)(entry + 1)}, request);
  return entry;
}

void request_place(struct mock_world *world, struct journal_entry *entry) {
  entry->service = model_find_service(world, entry->service_name);
  read_cache_id(world, entry);
  count_attempt(&world->journal, entry);
  count_batch(&world->journal, entry);
}
