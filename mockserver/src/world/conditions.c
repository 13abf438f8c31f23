#include "world/conditions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "world/model.h"
#include "world/rows.h"

struct condition {
  const char *name;
  bool (*fits)(const cJSON *wanted);
  const char *shape; /* what it is to look like */
  bool (*holds)(const cJSON *wanted, const struct journal_entry *entry);
  cJSON *(*actual)(const struct journal_entry *entry); /* NULL = the headers that it asks for */
};

/* ---- shapes ---- */

static bool is_text(const cJSON *wanted) { return cJSON_IsString(wanted); }
static bool is_yes_or_no(const cJSON *wanted) { return cJSON_IsBool(wanted); }

static bool is_place(const cJSON *wanted) {
  int64_t number;
  return json_integer(wanted, &number) && number >= 1;
}

static bool is_kind(const cJSON *wanted) {
  for (int i = 0; i < REQUEST_KIND_COUNT; i++)
    if (cJSON_IsString(wanted) && strcmp(wanted->valuestring, REQUEST_KINDS[i]) == 0) return true;
  return false;
}

static bool is_level(const cJSON *wanted) {
  return cJSON_IsString(wanted) && (strcmp(wanted->valuestring, "object") == 0 || strcmp(wanted->valuestring, "service") == 0);
}

static bool is_pairs(const cJSON *wanted) {
  const cJSON *pair;
  cJSON_ArrayForEach(pair, wanted) {
    if (!cJSON_IsString(pair) && !cJSON_IsBool(pair)) return false;
  }
  return cJSON_IsObject(wanted);
}

static bool is_key(const cJSON *wanted) { return !cJSON_IsNull(wanted) && !cJSON_IsBool(wanted); }

/* ---- what requests have ---- */

static cJSON *text_or_null(const char *text) {
  return text ? cJSON_CreateString(text) : cJSON_CreateNull();
}

static const char *level_of(const struct journal_entry *entry) { return entry->object_level ? "object" : "service"; }

static bool same_text(const cJSON *wanted, const char *text) { return text && strcmp(wanted->valuestring, text) == 0; }

static bool same_number(const cJSON *wanted, unsigned number) {
  int64_t value = 0;
  return json_integer(wanted, &value) && value == (int64_t)number;
}

/* What is looked for in the records of an upload, or what is gathered of them. */
struct search {
  const struct journal_entry *entry;
  const cJSON *wanted;
  cJSON *list;
};

typedef bool visit_record(void *context, const cJSON *record, const char *object);

static bool some_record(const cJSON *wanted, const struct journal_entry *entry, visit_record *differs) {
  struct search search = {.entry = entry, .wanted = wanted};
  return !journal_each_record(entry, differs, &search);
}

static cJSON *of_records(const struct journal_entry *entry, visit_record *gather) {
  struct search search = {.entry = entry, .list = cJSON_CreateArray()};
  journal_each_record(entry, gather, &search);
  return search.list;
}

static bool holds_service(const cJSON *wanted, const struct journal_entry *entry) { return same_text(wanted, entry->service_name); }
static cJSON *actual_service(const struct journal_entry *entry) { return text_or_null(entry->service_name); }

static bool holds_kind(const cJSON *wanted, const struct journal_entry *entry) { return same_text(wanted, REQUEST_KINDS[entry->kind]); }
static cJSON *actual_kind(const struct journal_entry *entry) { return cJSON_CreateString(REQUEST_KINDS[entry->kind]); }

static bool holds_level(const cJSON *wanted, const struct journal_entry *entry) { return same_text(wanted, level_of(entry)); }
static cJSON *actual_level(const struct journal_entry *entry) { return cJSON_CreateString(level_of(entry)); }

static const char *name_of(const struct search *search, const char *object) { return object ? object : search->entry->object_name; }

static bool same_object(const cJSON *wanted, const struct journal_entry *entry, const char *name) {
  return name && model_same_object(entry->service, wanted->valuestring, name);
}

static bool object_differs(void *context, const cJSON *record, const char *object) {
  const struct search *search = context;
  (void)record;
  return !same_object(search->wanted, search->entry, name_of(search, object));
}

static bool gather_object(void *context, const cJSON *record, const char *object) {
  const struct search *search = context;
  (void)record;
  return cJSON_AddItemToArray(search->list, text_or_null(name_of(search, object)));
}

/* A service-level download concerns all objects of its service, an upload those of its records. */
static bool holds_object(const cJSON *wanted, const struct journal_entry *entry) {
  if (entry->object_level) return same_object(wanted, entry, entry->object_name);
  return entry->kind != KIND_UPLOAD || some_record(wanted, entry, object_differs);
}

static cJSON *actual_object(const struct journal_entry *entry) {
  if (entry->object_level || entry->kind != KIND_UPLOAD) return text_or_null(entry->object_name);
  return of_records(entry, gather_object);
}

static bool holds_batch(const cJSON *wanted, const struct journal_entry *entry) { return same_number(wanted, entry->batch); }
static cJSON *actual_batch(const struct journal_entry *entry) { return json_create_integer(entry->batch); }

static bool holds_attempt(const cJSON *wanted, const struct journal_entry *entry) { return same_number(wanted, entry->attempt); }
static cJSON *actual_attempt(const struct journal_entry *entry) { return json_create_integer(entry->attempt); }

static bool holds_replay(const cJSON *wanted, const struct journal_entry *entry) { return cJSON_IsTrue(wanted) == entry->replayed; }
static cJSON *actual_replay(const struct journal_entry *entry) { return cJSON_CreateBool(entry->replayed); }

static bool has_filter(const struct journal_entry *entry) {
  if (json_find(entry->query, "$filter")) return true;
  const cJSON *context;
  CLEANUP(json_free) cJSON *held = NULL;
  cJSON_ArrayForEach(context, json_find(json_find(journal_body(entry, &held), "delta_context"), "objs")) {
    const char *odata = json_find_string(context, "odatastring");
    if (odata && strstr(odata, "$filter=")) return true;
  }
  return false;
}

static bool holds_filter(const cJSON *wanted, const struct journal_entry *entry) { return cJSON_IsTrue(wanted) == has_filter(entry); }
static cJSON *actual_filter(const struct journal_entry *entry) { return cJSON_CreateBool(has_filter(entry)); }

static const char *action_of(const cJSON *record) { return json_find_string(json_find(record, "_metadata"), "action"); }

static bool action_differs(void *context, const cJSON *record, const char *object) {
  const struct search *search = context;
  (void)object;
  return !same_text(search->wanted, action_of(record));
}

static bool gather_action(void *context, const cJSON *record, const char *object) {
  const struct search *search = context;
  (void)object;
  return cJSON_AddItemToArray(search->list, text_or_null(action_of(record)));
}

static bool holds_action(const cJSON *wanted, const struct journal_entry *entry) { return some_record(wanted, entry, action_differs); }
static cJSON *actual_action(const struct journal_entry *entry) { return of_records(entry, gather_action); }

/* ---- keys of records: 5, {EmpId = 5}, or a list of those ---- */

static const struct model_object *find_object(const struct journal_entry *entry, const char *name) {
  return entry->service && name ? model_find_object(entry->service, name) : NULL;
}

static bool has_key(const cJSON *wanted, const struct model_object *object, const cJSON *record) {
  if (cJSON_IsObject(wanted)) return value_has_columns(record, wanted);
  return object->key_count == 1 && value_same(json_find(record, object->fields[object->keys[0]].name), wanted);
}

static bool has_one_key(const cJSON *wanted, const struct model_object *object, const cJSON *record) {
  if (!cJSON_IsArray(wanted)) return has_key(wanted, object, record);
  const cJSON *each;
  cJSON_ArrayForEach(each, wanted) {
    if (has_key(each, object, record)) return true;
  }
  return false;
}

static bool key_differs(void *context, const cJSON *record, const char *name) {
  const struct search *search = context;
  const struct model_object *object = find_object(search->entry, name_of(search, name));
  return !object || !has_one_key(search->wanted, object, record);
}

static bool gather_key(void *context, const cJSON *record, const char *name) {
  const struct search *search = context;
  const struct model_object *object = find_object(search->entry, name_of(search, name));
  return !object || cJSON_AddItemToArray(search->list, rows_key_columns(object, record));
}

static bool holds_key(const cJSON *wanted, const struct journal_entry *entry) { return some_record(wanted, entry, key_differs); }
static cJSON *actual_key(const struct journal_entry *entry) { return of_records(entry, gather_key); }

/* ---- headers and parameters: {name = "text" | true (is there) | false (is not)} ---- */

static bool has_pair(const cJSON *wanted, const char *value) {
  if (cJSON_IsBool(wanted)) return cJSON_IsTrue(wanted) == (value != NULL);
  return value && strcmp(wanted->valuestring, value) == 0;
}

static const char *find_header(const struct journal_entry *entry, const char *name) {
  for (size_t i = entry->header_count; i-- > 0;)
    if (strcasecmp(entry->headers[i].name, name) == 0) return entry->headers[i].value;
  return NULL;
}

static bool holds_header(const cJSON *wanted, const struct journal_entry *entry) {
  const cJSON *pair;
  cJSON_ArrayForEach(pair, wanted) {
    if (!has_pair(pair, find_header(entry, pair->string))) return false;
  }
  return true;
}

static bool holds_query(const cJSON *wanted, const struct journal_entry *entry) {
  const cJSON *pair;
  cJSON_ArrayForEach(pair, wanted) {
    if (!has_pair(pair, json_find_string(entry->query, pair->string))) return false;
  }
  return true;
}

static cJSON *actual_query(const struct journal_entry *entry) { return journal_query(entry); }

static bool holds_method(const cJSON *wanted, const struct journal_entry *entry) { return same_text(wanted, entry->method); }
static cJSON *actual_method(const struct journal_entry *entry) { return text_or_null(entry->method); }

static bool holds_path(const cJSON *wanted, const struct journal_entry *entry) { return same_text(wanted, entry->path); }
static cJSON *actual_path(const struct journal_entry *entry) { return text_or_null(entry->path); }

/* ---- the table ---- */

static const struct condition CONDITIONS[] = {
    {"service", is_text, "a service's name", holds_service, actual_service},
    {"kind", is_kind, "upload, download, metadata, document, crud or other", holds_kind, actual_kind},
    {"level", is_level, "service or object", holds_level, actual_level},
    {"object", is_text, "an object's name", holds_object, actual_object},
    {"batch", is_place, "a number from 1", holds_batch, actual_batch},
    {"attempt", is_place, "a number from 1", holds_attempt, actual_attempt},
    {"replay", is_yes_or_no, "true or false", holds_replay, actual_replay},
    {"filter", is_yes_or_no, "true or false", holds_filter, actual_filter},
    {"action", is_text, "the action of a record", holds_action, actual_action},
    {"key", is_key, "a key, {column = value}, or a list of those", holds_key, actual_key},
    {"header", is_pairs, "{name = text, true or false}", holds_header, NULL},
    {"query", is_pairs, "{name = text, true or false}", holds_query, actual_query},
    {"method", is_text, "an HTTP method", holds_method, actual_method},
    {"path", is_text, "a path behind the world's URL", holds_path, actual_path},
};

enum { COUNT = sizeof CONDITIONS / sizeof CONDITIONS[0] };
_Static_assert((int)COUNT <= (int)CONDITIONS_MAX, "a bit and a place for each condition");

static int find_row(const char *name) {
  for (int i = 0; i < COUNT; i++)
    if (strcmp(CONDITIONS[i].name, name) == 0) return i;
  return -1;
}

static int fail_unknown(const char *name, struct base_error *err) {
  char names[256] = "";
  size_t len = 0;
  for (int i = 0; i < COUNT && len < sizeof names; i++)
    len += (size_t)snprintf(names + len, sizeof names - len, "%s%s", i ? ", " : "", CONDITIONS[i].name);
  return base_fail(err, CONDITIONS_ERR_MATCH, "", "there is no condition %.60s; there are %s", name, names);
}

int conditions_add(struct conditions *conditions, const cJSON *match, struct base_error *err) {
  const cJSON *member;
  cJSON_ArrayForEach(member, match) {
    int row = member->string ? find_row(member->string) : -1;
    if (row < 0) return fail_unknown(member->string ? member->string : "without a name", err);
    if (!CONDITIONS[row].fits(member))
      return base_fail(err, CONDITIONS_ERR_MATCH, "", "the condition %s is %s", member->string, CONDITIONS[row].shape);
  }
  if (!conditions->match) conditions->match = cJSON_CreateObject();
  cJSON_ArrayForEach(member, match) {
    cJSON *copy = cJSON_Duplicate(member, true);
    cJSON_DeleteItemFromObjectCaseSensitive(conditions->match, member->string);
    cJSON_AddItemToObject(conditions->match, member->string, copy);
    int row = find_row(member->string);
    conditions->wanted[row] = copy;
    conditions->rows |= 1u << row;
  }
  return 0;
}

void conditions_done(struct conditions *conditions) {
  cJSON_Delete(conditions->match);
}

uint32_t conditions_failed(const struct conditions *conditions, const struct journal_entry *entry) {
  uint32_t failed = 0;
  for (uint32_t left = conditions->rows; left; left &= left - 1) {
    int row = __builtin_ctz(left);
    if (!CONDITIONS[row].holds(conditions->wanted[row], entry)) failed |= 1u << row;
  }
  return failed;
}

unsigned conditions_count(const struct conditions *conditions) {
  return (unsigned)cJSON_GetArraySize(conditions->match);
}

const char *conditions_name(unsigned row) {
  return CONDITIONS[row].name;
}

/* Of many headers those that are asked for. */
static cJSON *headers_of(const cJSON *wanted, const struct journal_entry *entry) {
  const cJSON *pair;
  cJSON *headers = cJSON_CreateObject();
  cJSON_ArrayForEach(pair, wanted) {
    const char *value = find_header(entry, pair->string);
    if (value) cJSON_AddStringToObject(headers, pair->string, value);
  }
  return headers;
}

cJSON *conditions_actual(const struct conditions *conditions, unsigned row, const struct journal_entry *entry) {
  return CONDITIONS[row].actual ? CONDITIONS[row].actual(entry) : headers_of(conditions->wanted[row], entry);
}
