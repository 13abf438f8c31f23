#include "protocol/download_request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "world/world.h"

/* ---- contexts ---- */

static const cJSON *contexts(const struct journal_entry *entry) {
  const cJSON *objs = json_find(json_find(entry->body, "delta_context"), "objs");
  return cJSON_IsObject(objs) ? objs : NULL;
}

/* Objects go by their full or their short name (W-3). */
const cJSON *download_context(const struct journal_entry *entry, const struct model_object *object) {
  const cJSON *context;
  cJSON_ArrayForEach(context, contexts(entry)) {
    if (model_find_object(entry->service, context->string) == object) return context;
  }
  const cJSON *whole = json_find(entry->body, "delta_context");
  return entry->object_level && json_find(whole, "delta") ? whole : NULL;
}

const char *download_batch_context(const struct journal_entry *entry) {
  const cJSON *context;
  cJSON_ArrayForEach(context, contexts(entry)) {
    const char *bc = json_find_string(context, "bc");
    if (bc) return bc;
  }
  return json_find_string(json_find(entry->body, "delta_context"), "bc");
}

/* ---- filter and expand (W-18, W-19) ---- */

static char *copy(const char *text) {
  return strdup(text ? text : "");
}

/* `$filter=EmpId eq 2&$expand=Child`, split at the last `&$expand=`; either part may be missing. */
static void split(struct journal_entry *entry, const char *text, char **filter, char **expand) {
  static const char FILTER[] = "$filter=", EXPAND[] = "&$expand=";
  const char *end = text + strlen(text), *last = NULL;
  for (const char *at = strstr(text, EXPAND); at; at = strstr(at + 1, EXPAND)) last = at;
  if (strncmp(text, EXPAND + 1, strlen(EXPAND) - 1) == 0) { /* no filter: the text begins with it */
    *filter = strdup("");
    *expand = strdup(text + strlen(EXPAND) - 1);
    return;
  }
  *expand = copy(last ? last + strlen(EXPAND) : NULL);
  bool filters = strncmp(text, FILTER, strlen(FILTER)) == 0;
  const char *from = filters ? text + strlen(FILTER) : "";
  *filter = filters ? strndup(from, (size_t)((last ? last : end) - from)) : strdup("");
  if (!filters && *text) journal_finding(entry, "W-19: the odatastring \"%.60s\" begins with neither $filter= nor $expand=", text);
}

void download_odata(struct journal_entry *entry, const cJSON *context, char **filter, char **expand) {
  const char *asked_filter = json_find_string(entry->query, "$filter"), *asked_expand = json_find_string(entry->query, "$expand");
  const char *text = json_find_string(context, "odatastring");
  if (!entry->object_level || (!asked_filter && !asked_expand)) {
    split(entry, text ? text : "", filter, expand);
    return;
  }
  *filter = copy(asked_filter);
  *expand = copy(asked_expand);
}

int64_t download_batch_size(struct journal_entry *entry) {
  const char *text = json_find_string(entry->query, "$batchsize");
  int64_t size = 0;
  if (!text) return 0;
  if (decimal_valid(text, strlen(text)) && decimal_integer(text, strlen(text), &size) && size >= 0) return size;
  journal_finding(entry, "W-18: $batchsize is \"%.40s\", no number from 0 up", text);
  return 0;
}

/* ---- deltas (W-28) ---- */

static uint64_t scope_hash(const struct mock_world *world, const struct page_object *at) {
  const char *parts[] = {world->name, at->object->service->name, at->object->name, at->filter};
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < 4; i++) {
    for (const char *c = parts[i]; *c; c++) hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    hash = (hash ^ 0xFF) * 1099511628211u;
  }
  return hash;
}

void download_write_delta(const struct mock_world *world, const struct page_object *at, uint64_t revision, char out[64]) {
  snprintf(out, 64, "d1.%" PRIu64 ".%016" PRIx64, revision, scope_hash(world, at));
}

uint64_t download_read_delta(const struct mock_world *world, struct journal_entry *entry, const struct page_object *at,
                           const cJSON *context) {
  char expected[64];
  const cJSON *item = json_find(context, "delta");
  if (!item) return 0;
  const char *delta = cJSON_GetStringValue(item);
  uint64_t revision = delta && strncmp(delta, "d1.", 3) == 0 ? strtoull(delta + 3, NULL, 10) : 0;
  download_write_delta(world, at, revision, expected);
  if (delta && strcmp(delta, expected) == 0 && revision <= entry->service->revision) return revision;
  journal_finding(entry, "W-28: the delta \"%.60s\" was never given for %.60s and this filter",
                  delta ? delta : "(no text)", at->object->name);
  return 0;
}

/* ---- what is wrong with it ---- */

/* W-19: what the metadata says that a get brings along is asked for by its client. */
static void check_expands(struct journal_entry *entry) {
  for (size_t i = 0; i < entry->service->object_count; i++) {
    const struct model_object *object = entry->service->objects[i];
    const char *wanted = json_find_string(json_find(json_find(object->model, "operations"), "get"), "$expand");
    const char *text = json_find_string(download_context(entry, object), "odatastring");
    if (wanted && (!text || !strstr(text, "$expand=")))
      journal_finding(entry, "W-19: the download does not ask for the $expand of %.60s", object->name);
  }
}

/* JSON of another shape than W-19's is served as if it were not there; whoever wrote it does not know that. */
static void check_object(struct journal_entry *entry, const cJSON *item, const char *what) {
  if (item && !cJSON_IsObject(item)) journal_finding(entry, "W-19: %s is no JSON object", what);
}

static void check_shapes(struct journal_entry *entry) {
  const cJSON *whole = json_find(entry->body, "delta_context"), *context;
  check_object(entry, entry->body, "the body of a download");
  check_object(entry, whole, "delta_context");
  check_object(entry, json_find(whole, "objs"), "objs in delta_context");
  cJSON_ArrayForEach(context, contexts(entry)) {
    const cJSON *odata = json_find(context, "odatastring");
    if (!cJSON_IsObject(context)) journal_finding(entry, "W-19: the context of %.60s is no JSON object", context->string);
    if (odata && !cJSON_IsString(odata)) journal_finding(entry, "W-19: the odatastring of %.60s is no text", context->string);
  }
}

void download_check(struct journal_entry *entry) {
  const char *offline = json_find_string(entry->query, "offline");
  if (!entry->object_level && (!offline || strcmp(offline, "true") != 0))
    journal_finding(entry, "W-18: a service-level download without offline=true");
  if (!entry->object_level && (json_find(entry->query, "$filter") || json_find(entry->query, "$expand")))
    journal_finding(entry, "W-18: $filter or $expand in the query of a service-level download");
  check_shapes(entry);
  if (!entry->object_level && !download_batch_context(entry)) check_expands(entry);
  const cJSON *context;
  cJSON_ArrayForEach(context, contexts(entry)) {
    if (!model_find_object(entry->service, context->string))
      journal_finding(entry, "W-19: the service has no object %.60s", context->string);
  }
}
