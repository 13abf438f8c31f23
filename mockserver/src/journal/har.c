/*
 * The journal as an HTTP archive, HAR 1.2, for the tools that show those. What HAR has no place for stands in
 * members that begin with an underscore, as the format allows; a request's body that is no text is base64 there too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "foundrymock/mock.h"
#include "http/http.h"
#include "journal/record.h"
#include "world/world.h"

static cJSON *named(const char *name, const char *value) {
  cJSON *json = cJSON_CreateObject();
  cJSON_AddStringToObject(json, "name", name);
  cJSON_AddStringToObject(json, "value", value ? value : "");
  return json;
}

/* The name or the value of a header. */
static const char *half(const cJSON *pair, int place) {
  return cJSON_GetStringValue(cJSON_GetArrayItem(pair, place));
}

static cJSON *list_headers(const cJSON *pairs) {
  cJSON *list = cJSON_CreateArray();
  const cJSON *pair;
  cJSON_ArrayForEach(pair, pairs) cJSON_AddItemToArray(list, named(half(pair, 0), half(pair, 1)));
  return list;
}

static const char *header_of(const cJSON *pairs, const char *name) {
  const cJSON *pair;
  cJSON_ArrayForEach(pair, pairs) {
    if (strcasecmp(half(pair, 0), name) == 0) return half(pair, 1);
  }
  return "";
}

/* The pairs of each Cookie header; of each Set-Cookie the first, behind which its attributes stand. */
static cJSON *list_cookies(const cJSON *pairs, const char *header, bool whole) {
  cJSON *list = cJSON_CreateArray();
  const cJSON *pair;
  cJSON_ArrayForEach(pair, pairs) {
    if (strcasecmp(half(pair, 0), header) != 0) continue;
    CLEANUP(free_text) char *text = strdup(half(pair, 1)), *rest = text;
    for (char *cookie; text && (cookie = strsep(&rest, ";")) && (whole || cookie == text);) {
      char *name = strsep(&cookie, "=");
      cJSON_AddItemToArray(list, named(name + strspn(name, " "), cookie));
    }
  }
  return list;
}

static cJSON *list_query(const cJSON *query) {
  cJSON *list = cJSON_CreateArray();
  const cJSON *member;
  cJSON_ArrayForEach(member, query) cJSON_AddItemToArray(list, named(member->string, cJSON_GetStringValue(member)));
  return list;
}

static void add_number(cJSON *json, const char *name, int64_t value) {
  cJSON_AddItemToObject(json, name, json_create_integer(value));
}

/* {"text"} or {"text", "encoding": "base64"} */
static void add_content(cJSON *json, const struct base_buf *bytes, const char *encoding) {
  CLEANUP(json_free) cJSON *body = record_bytes(bytes);
  const char *text = json_find_string(body, "text"), *base64 = json_find_string(body, "base64");
  cJSON_AddStringToObject(json, "text", text ? text : base64);
  if (!text) cJSON_AddStringToObject(json, encoding, "base64");
}

static cJSON *request_json(const struct mock_world *world, const struct journal_entry *entry) {
  struct base_buf url = BASE_BUF_INIT;
  CLEANUP(json_free) cJSON *headers = headers_list(&entry->header_bytes);
  cJSON *json = cJSON_CreateObject();
  base_buf_printf(&url, "%s%s", world->url, entry->target ? entry->target : "");
  cJSON_AddStringToObject(json, "method", entry->method ? entry->method : "");
  cJSON_AddStringToObject(json, "url", base_buf_string(&url));
  cJSON_AddStringToObject(json, "httpVersion", entry->version && strcmp(entry->version, "1.0") == 0 ? "HTTP/1.0" : "HTTP/1.1");
  cJSON_AddItemToObject(json, "cookies", list_cookies(headers, "Cookie", true));
  cJSON_AddItemToObject(json, "headers", list_headers(headers));
  cJSON_AddItemToObject(json, "queryString", list_query(entry->query));
  if (entry->body_bytes.len > 0) {
    cJSON *data = cJSON_AddObjectToObject(json, "postData");
    cJSON_AddStringToObject(data, "mimeType", header_of(headers, "Content-Type"));
    add_content(data, &entry->body_bytes, "_encoding");
  }
  add_number(json, "headersSize", -1);
  add_number(json, "bodySize", (int64_t)entry->body_bytes.len);
  base_buf_done(&url);
  return json;
}

/* What a browser's own archive calls it when an answer did not come, or not whole. */
static void add_error(cJSON *json, const struct journal_entry *entry) {
  char text[80];
  if (entry->end == END_ANSWERED) return;
  snprintf(text, sizeof text, "%s after %llu bytes", entry->ended ? JOURNAL_ENDS[entry->end] : "at work", (unsigned long long)entry->sent);
  cJSON_AddStringToObject(json, "_error", text);
}

static cJSON *response_json(const struct journal_entry *entry) {
  CLEANUP(json_free) cJSON *headers = headers_list(&entry->answer_headers);
  cJSON *json = cJSON_CreateObject();
  uint64_t size = entry->generated ? entry->generated : entry->answer_bytes.len;
  add_number(json, "status", entry->status);
  cJSON_AddStringToObject(json, "statusText", entry->status ? http_reason(entry->status) : JOURNAL_ENDS[entry->end]);
  cJSON_AddStringToObject(json, "httpVersion", "HTTP/1.1");
  cJSON_AddItemToObject(json, "cookies", list_cookies(headers, "Set-Cookie", false));
  cJSON_AddItemToObject(json, "headers", list_headers(headers));
  cJSON *content = cJSON_AddObjectToObject(json, "content");
  add_number(content, "size", (int64_t)size);
  cJSON_AddStringToObject(content, "mimeType", header_of(headers, "Content-Type"));
  add_content(content, &entry->answer_bytes, "encoding");
  cJSON_AddStringToObject(json, "redirectURL", header_of(headers, "Location"));
  add_number(json, "headersSize", -1);
  add_number(json, "bodySize", (int64_t)size);
  add_error(json, entry);
  return json;
}

static double elapsed_ms(const struct journal_entry *entry) {
  return entry->left.monotonic_us > entry->arrived.monotonic_us
             ? (double)(entry->left.monotonic_us - entry->arrived.monotonic_us) / 1000.0
             : 0;
}

static cJSON *entry_json(const struct mock_world *world, const struct journal_entry *entry) {
  CLEANUP(json_free) cJSON *record = record_request(entry);
  cJSON *json = cJSON_CreateObject(), *timings = cJSON_CreateObject();
  cJSON_AddStringToObject(json, "startedDateTime", json_find_string(json_find(record, "time"), "wall"));
  cJSON_AddNumberToObject(json, "time", elapsed_ms(entry));
  cJSON_AddItemToObject(json, "request", request_json(world, entry));
  cJSON_AddItemToObject(json, "response", response_json(entry));
  cJSON_AddObjectToObject(json, "cache");
  cJSON_AddNumberToObject(timings, "send", 0);
  cJSON_AddNumberToObject(timings, "wait", elapsed_ms(entry));
  cJSON_AddNumberToObject(timings, "receive", 0);
  cJSON_AddItemToObject(json, "timings", timings);
  add_number(json, "_seq", (int64_t)entry->seq);
  cJSON_AddStringToObject(json, "_kind", REQUEST_KINDS[entry->kind]);
  cJSON_AddStringToObject(json, "_end", JOURNAL_ENDS[entry->end]);
  add_number(json, "_virtual_ms", entry->arrived.virtual_ms);
  if (entry->fault) cJSON_AddStringToObject(json, "_fault", entry->fault);
  if (entry->findings) cJSON_AddItemToObject(json, "_findings", cJSON_Duplicate(entry->findings, true));
  return json;
}

struct cJSON *mock_world_har(struct mock_world *world) {
  cJSON *har = cJSON_CreateObject(), *log = cJSON_AddObjectToObject(har, "log");
  cJSON_AddStringToObject(log, "version", "1.2");
  cJSON *creator = cJSON_AddObjectToObject(log, "creator");
  cJSON_AddStringToObject(creator, "name", "foundry-mock");
  cJSON_AddStringToObject(creator, "version", FOUNDRY_MOCK_VERSION);
  cJSON *entries = cJSON_AddArrayToObject(log, "entries");
  for (size_t i = 0; i < world->journal.count; i++)
    if (!world->journal.entries[i]->event) cJSON_AddItemToArray(entries, entry_json(world, world->journal.entries[i]));
  return har;
}
