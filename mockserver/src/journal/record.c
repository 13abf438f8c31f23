#include "journal/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "journal/base64.h"
#include "protocol/request.h"
#include "world/world.h"

const struct record_member RECORD_MEMBERS[] = {
    {"journal", "version", "integer", true},   {"journal", "world", "string", true},
    {"journal", "url", "string", true},        {"journal", "time", "object", true},
    {"request", "seq", "integer", true},       {"request", "time", "object", true},
    {"request", "kind", "string", true},       {"request", "service", "string", false},
    {"request", "level", "string", false},     {"request", "object", "string", false},
    {"request", "http", "string", false},      {"request", "method", "string", true},
    {"request", "target", "string", true},     {"request", "headers", "array", true},
    {"request", "body", "object", true},       {"request", "cache_id", "string", false},
    {"request", "replayed", "boolean", true},  {"request", "attempt", "integer", false},
    {"request", "batch", "integer", false},    {"request", "findings", "array", true},
    {"answer", "seq", "integer", true},        {"answer", "ended", "integer", true},
    {"answer", "time", "object", true},        {"answer", "end", "string", true},
    {"answer", "status", "integer", false},    {"answer", "headers", "array", false},
    {"answer", "body", "object", false},       {"answer", "sent", "integer", true},
    {"answer", "fault", "string", false},      {"answer", "executed", "boolean", true},
    {"answer", "after_close", "boolean", true}, {"answer", "excused", "boolean", true},
    {"answer", "page", "integer", false},      {"answer", "batch", "integer", false},
    {"answer", "findings", "array", true},
    {"gone", "seq", "integer", true},          {"gone", "time", "object", true},
    {"gone", "sent", "integer", true},
    {"event", "seq", "integer", true},         {"event", "time", "object", true},
    {"event", "text", "string", true},
    {"note", "seq", "integer", true},          {"note", "time", "object", true},
    {"note", "name", "string", true},          {"note", "data", "any", true},
    {NULL, NULL, NULL, false}};

/* ---- writing ---- */

static void add_number(cJSON *json, const char *name, int64_t value) {
  cJSON_AddItemToObject(json, name, json_create_integer(value));
}

static void add_text(cJSON *json, const char *name, const char *text) {
  if (text) cJSON_AddStringToObject(json, name, text);
}

static void add_list(cJSON *json, const char *name, const cJSON *list) {
  cJSON_AddItemToObject(json, name, list ? cJSON_Duplicate(list, true) : cJSON_CreateArray());
}

static void add_time(cJSON *json, const struct journal_time *time) {
  char wall[40];
  struct tm parts;
  time_t seconds = (time_t)(time->wall_ms / 1000);
  gmtime_r(&seconds, &parts);
  size_t len = strftime(wall, sizeof wall, "%Y-%m-%dT%H:%M:%S", &parts);
  snprintf(wall + len, sizeof wall - len, ".%03dZ", (int)(time->wall_ms % 1000));
  cJSON *object = cJSON_AddObjectToObject(json, "time");
  add_number(object, "virtual_ms", time->virtual_ms);
  add_number(object, "monotonic_us", time->monotonic_us);
  cJSON_AddStringToObject(object, "wall", wall);
}

static cJSON *begin_record(const char *type, uint64_t seq, const struct journal_time *time) {
  cJSON *json = cJSON_CreateObject();
  cJSON_AddStringToObject(json, "type", type);
  if (seq) add_number(json, "seq", (int64_t)seq);
  add_time(json, time);
  return json;
}

cJSON *record_header(const struct mock_world *world) {
  struct journal_time now = journal_now(world);
  cJSON *json = begin_record("journal", 0, &now);
  add_number(json, "version", JOURNAL_VERSION);
  cJSON_AddStringToObject(json, "world", world->name);
  cJSON_AddStringToObject(json, "url", world->url);
  return json;
}

/* A JSON string holds no U+0000 and no malformed UTF-8. */
static bool is_text(const struct base_buf *bytes) {
  return utf8_valid(base_buf_string(bytes), bytes->len) && !memchr(base_buf_string(bytes), '\0', bytes->len);
}

cJSON *record_bytes(const struct base_buf *bytes) {
  cJSON *json = cJSON_CreateObject();
  if (is_text(bytes)) {
    cJSON_AddStringToObject(json, "text", base_buf_string(bytes));
    return json;
  }
  struct base_buf text = BASE_BUF_INIT;
  base64_encode(bytes->data, bytes->len, &text);
  cJSON_AddStringToObject(json, "base64", base_buf_string(&text));
  base_buf_done(&text);
  return json;
}

cJSON *record_request(const struct journal_entry *entry) {
  cJSON *json = begin_record("request", entry->seq, &entry->arrived);
  bool sync = entry->kind == KIND_UPLOAD || entry->kind == KIND_DOWNLOAD || entry->kind == KIND_CRUD;
  add_text(json, "kind", REQUEST_KINDS[entry->kind]);
  add_text(json, "service", entry->service_name);
  if (sync) add_text(json, "level", entry->object_level ? "object" : "service");
  add_text(json, "object", entry->object_name);
  add_text(json, "http", entry->version);
  add_text(json, "method", entry->method ? entry->method : "");
  add_text(json, "target", entry->target ? entry->target : "");
  cJSON_AddItemToObject(json, "headers", headers_list(&entry->header_bytes));
  cJSON *body = record_bytes(&entry->body_bytes);
  if (entry->body_unread) cJSON_AddTrueToObject(body, "unread");
  cJSON_AddItemToObject(json, "body", body);
  add_text(json, "cache_id", entry->cache_id);
  cJSON_AddBoolToObject(json, "replayed", entry->replayed);
  if (entry->attempt) add_number(json, "attempt", entry->attempt);
  if (entry->batch) add_number(json, "batch", entry->batch);
  add_list(json, "findings", entry->findings);
  return json;
}

/* Bytes that are no HTTP have no status. */
static void add_answer(cJSON *json, const struct journal_entry *entry) {
  if (entry->status) add_number(json, "status", entry->status);
  cJSON_AddItemToObject(json, "headers", headers_list(&entry->answer_headers));
  cJSON *body = record_bytes(&entry->answer_bytes);
  if (entry->generated) add_number(body, "generated", (int64_t)entry->generated);
  cJSON_AddItemToObject(json, "body", body);
}

cJSON *record_answer(const struct journal_entry *entry) {
  cJSON *json = begin_record("answer", entry->seq, &entry->left);
  add_number(json, "ended", (int64_t)entry->ended);
  add_text(json, "end", JOURNAL_ENDS[entry->end]);
  if (entry->status || entry->answer_bytes.len > 0) add_answer(json, entry);
  add_number(json, "sent", (int64_t)entry->sent);
  add_text(json, "fault", entry->fault);
  cJSON_AddBoolToObject(json, "executed", entry->executed);
  cJSON_AddBoolToObject(json, "after_close", entry->after_close);
  cJSON_AddBoolToObject(json, "excused", entry->excused);
  if (entry->page) add_number(json, "page", entry->page);
  if (entry->batch) add_number(json, "batch", entry->batch);
  add_list(json, "findings", entry->findings);
  return json;
}

cJSON *record_gone(const struct mock_world *world, const struct journal_entry *entry) {
  struct journal_time now = journal_now(world);
  cJSON *json = begin_record("gone", entry->seq, &now);
  add_number(json, "sent", (int64_t)entry->sent);
  return json;
}

cJSON *record_event(const struct journal_entry *entry) {
  cJSON *json = begin_record("event", entry->seq, &entry->arrived);
  cJSON_AddStringToObject(json, "text", entry->event);
  return json;
}

cJSON *record_note(const struct journal_entry *moment, const char *name, const cJSON *data) {
  cJSON *json = begin_record("note", moment->seq, &moment->arrived);
  cJSON_AddStringToObject(json, "name", name);
  cJSON_AddItemToObject(json, "data", data ? cJSON_Duplicate(data, true) : cJSON_CreateNull());
  return json;
}

/* ---- checking ---- */

static bool has_type(const cJSON *item, const char *type) {
  int64_t number;
  switch (type[0]) {
  case 'i': return json_integer(item, &number) && number >= 0;
  case 's': return cJSON_IsString(item);
  case 'b': return cJSON_IsBool(item);
  case 'o': return cJSON_IsObject(item);
  default: return type[1] == 'n' || cJSON_IsArray(item);
  }
}

static const struct record_member *find_member(const char *record, const char *name) {
  for (const struct record_member *member = RECORD_MEMBERS; member->name; member++)
    if (strcmp(member->record, record) == 0 && strcmp(member->name, name) == 0) return member;
  return NULL;
}

static int check_time(const cJSON *record, struct base_error *err) {
  const cJSON *time = json_find(record, "time");
  int64_t number;
  bool good = json_integer(json_find(time, "virtual_ms"), &number) && json_integer(json_find(time, "monotonic_us"), &number) &&
              json_find_string(time, "wall") && cJSON_GetArraySize(time) == 3;
  return good ? 0 : base_fail(err, JOURNAL_ERR_FORMAT, "", "time has the integers virtual_ms and monotonic_us and the text wall");
}

int record_check(const cJSON *record, struct base_error *err) {
  const char *type = json_find_string(record, "type");
  if (!type || !find_member(type, "time"))
    return base_fail(err, JOURNAL_ERR_FORMAT, "", "type is %s: it is journal, request, answer, event or note", type ? type : "missing");
  const cJSON *item;
  cJSON_ArrayForEach(item, record) {
    const struct record_member *member = find_member(type, item->string);
    if (strcmp(item->string, "type") == 0) continue;
    if (!member) return base_fail(err, JOURNAL_ERR_FORMAT, "", "a record of type %s has no member %.60s", type, item->string);
    if (!has_type(item, member->type))
      return base_fail(err, JOURNAL_ERR_FORMAT, "", "%s of a %s is no %s from 0 up", member->name, type, member->type);
  }
  for (const struct record_member *member = RECORD_MEMBERS; member->name; member++)
    if (member->required && strcmp(member->record, type) == 0 && !json_find(record, member->name))
      return base_fail(err, JOURNAL_ERR_FORMAT, "", "a record of type %s lacks %s", type, member->name);
  return check_time(record, err);
}

/* ---- reading ---- */

static int64_t get_number(const cJSON *record, const char *name) {
  int64_t number = 0;
  const cJSON *item = json_find(record, name);
  if (item) json_integer(item, &number);
  return number;
}

static bool is_true(const cJSON *record, const char *name) {
  return cJSON_IsTrue(json_find(record, name));
}

static char *copy_member(const cJSON *record, const char *name) {
  const char *text = json_find_string(record, name);
  return text ? strdup(text) : NULL;
}

static cJSON *copy_list(const cJSON *record, const char *name) {
  const cJSON *list = json_find(record, name);
  return cJSON_GetArraySize(list) > 0 ? cJSON_Duplicate(list, true) : NULL;
}

static struct journal_time read_time(const cJSON *record) {
  const cJSON *time = json_find(record, "time");
  struct tm parts = {0};
  const char *rest = strptime(json_find_string(time, "wall"), "%Y-%m-%dT%H:%M:%S", &parts);
  return (struct journal_time){.virtual_ms = get_number(time, "virtual_ms"), .monotonic_us = get_number(time, "monotonic_us"),
                               .wall_ms = rest ? (int64_t)timegm(&parts) * 1000 + (*rest == '.' ? atoi(rest + 1) : 0) : 0};
}

static int read_bytes(const cJSON *body, struct base_buf *out, struct base_error *err) {
  const char *text = json_find_string(body, "text"), *base64 = json_find_string(body, "base64");
  if (!text == !base64) return base_fail(err, JOURNAL_ERR_FORMAT, "", "a body has either text or base64");
  if (text) base_buf_text(out, text);
  else if (!base64_decode(base64, strlen(base64), out)) return base_fail(err, JOURNAL_ERR_FORMAT, "", "a body is no base64");
  return out->failed ? base_fail(err, JOURNAL_ERR_MEMORY, "", "out of memory") : 0;
}

static int read_word(const cJSON *record, const char *name, const char *const *words, int count, int *out,
                     struct base_error *err) {
  const char *word = json_find_string(record, name);
  for (int i = 0; i < count; i++) {
    if (strcmp(words[i], word) != 0) continue;
    *out = i;
    return 0;
  }
  return base_fail(err, JOURNAL_ERR_FORMAT, "", "%s is \"%.60s\", which is none of its words", name, word);
}

static int read_headers(const cJSON *record, struct base_buf *pairs, struct base_error *err) {
  if (headers_read(json_find(record, "headers"), pairs)) return 0;
  return base_fail(err, JOURNAL_ERR_FORMAT, "", "a header is a pair of texts, and base64 where its value is none");
}

static int list_headers(const struct base_buf *pairs, struct http_request *request, struct base_error *err) {
  const char *name, *value = NULL;
  while (headers_next(pairs, &name, &value)) {
    if (request->header_count == HTTP_HEADERS) return base_fail(err, JOURNAL_ERR_FORMAT, "", "more than %d headers", HTTP_HEADERS);
    request->headers[request->header_count++] = (struct http_header){name, value};
  }
  return 0;
}

/* It is a header's. */
static int read_cache_id(const cJSON *record, struct journal_entry *entry, struct base_error *err) {
  const char *id = json_find_string(record, "cache_id"), *said = journal_foundry_header(entry, "requestcacheid");
  if (id && (!said || strcmp(id, said) != 0))
    return base_fail(err, JOURNAL_ERR_FORMAT, "", "cache_id is \"%.60s\", which no header says", id);
  entry->cache_id = id ? said : NULL;
  return 0;
}

static int fill_request(const cJSON *record, const struct http_request *request, struct journal_entry *entry, struct base_error *err) {
  if (!request_parse(request, entry)) return base_fail(err, JOURNAL_ERR_MEMORY, "", "out of memory");
  entry->seq = (uint64_t)get_number(record, "seq");
  entry->arrived = read_time(record);
  entry->replayed = is_true(record, "replayed");
  entry->attempt = (unsigned)get_number(record, "attempt");
  entry->batch = (unsigned)get_number(record, "batch");
  cJSON_Delete(entry->findings);
  entry->findings = copy_list(record, "findings");
  return read_cache_id(record, entry, err);
}

int record_read_request(const cJSON *record, struct journal_entry *entry, struct base_error *err) {
  int kind = 0;
  const char *target = json_find_string(record, "target"), *query = strchr(target, '?');
  struct http_request request = {.method = json_find_string(record, "method"), .path = target, .query = query ? query + 1 : "",
                                 .version = json_find_string(record, "http"),
                                 .body_unread = is_true(json_find(record, "body"), "unread"), .body = BASE_BUF_INIT};
  struct base_buf headers = BASE_BUF_INIT;
  int status = read_word(record, "kind", REQUEST_KINDS, REQUEST_KIND_COUNT, &kind, err);
  if (status == 0) status = read_headers(record, &headers, err);
  if (status == 0) status = list_headers(&headers, &request, err);
  if (status == 0) status = read_bytes(json_find(record, "body"), &request.body, err);
  if (status == 0) status = fill_request(record, &request, entry, err);
  if (status == 0) entry->kind = (enum request_kind)kind;
  base_buf_done(&headers);
  base_buf_done(&request.body);
  return status;
}

int record_read_answer(const cJSON *record, struct journal_entry *entry, struct base_error *err) {
  int end = 0;
  int status = read_word(record, "end", JOURNAL_ENDS, END_COUNT, &end, err);
  const cJSON *body = json_find(record, "body");
  if (status == 0 && body) status = read_bytes(body, &entry->answer_bytes, err);
  if (status == 0) status = read_headers(record, &entry->answer_headers, err);
  if (status != 0) return status;
  entry->end = (enum journal_end)end;
  entry->ended = (uint64_t)get_number(record, "ended");
  entry->left = read_time(record);
  entry->status = (int)get_number(record, "status");
  entry->generated = (uint64_t)get_number(body, "generated");
  entry->sent = (uint64_t)get_number(record, "sent");
  entry->fault = copy_member(record, "fault");
  entry->executed = is_true(record, "executed");
  entry->after_close = is_true(record, "after_close");
  entry->excused = is_true(record, "excused");
  entry->page = (unsigned)get_number(record, "page");
  entry->batch = (unsigned)get_number(record, "batch");
  cJSON_Delete(entry->findings);
  entry->findings = copy_list(record, "findings");
  return 0;
}
