#include "protocol/online.h"

#include <stdlib.h>
#include <string.h>

#include "http/http.h"
#include "protocol/column_findings.h"
#include "protocol/online_list.h"
#include "journal/base64.h"
#include "world/cascade.h"
#include "world/world.h"

enum { OPSTATUS_REFUSED = 20006, OPSTATUS_WRONG = 20001 };

struct call {
  struct journal_entry *entry;
  struct model_object *object;
  struct answer *answer;
  struct base_buf key;
  struct row row; /* of that key */
  bool found;     /* and living */
};

static int refuse(struct call *call, int status, int64_t opstatus, const char *why) {
  answer_error(call->answer, status, opstatus, "%.60s: %s", call->object->name, why);
  return 0;
}

static int answer_rows(struct call *call, cJSON *records) {
  cJSON *json = cJSON_CreateObject();
  cJSON_AddItemToObject(json, "opstatus", json_create_integer(0));
  cJSON_AddItemToObject(json, "httpStatusCode", json_create_integer(200));
  cJSON_AddItemToObject(json, "records", records);
  answer_json(call->answer, json);
  return 0;
}

static int answer_row(struct call *call, const cJSON *row) {
  cJSON *records = cJSON_CreateArray();
  cJSON_AddItemToArray(records, rows_sent(call->object, row));
  return answer_rows(call, records);
}

/* ---- the row that a call names ---- */

/* Key columns stand in the query, or in the body. */
static cJSON *named_key(const struct call *call) {
  cJSON *key = cJSON_CreateObject();
  for (size_t i = 0; i < call->object->key_count; i++) {
    const char *name = call->object->fields[call->object->keys[i]].name;
    const cJSON *value = json_find(call->entry->query, name);
    if (!value) value = json_find(call->entry->body, name);
    if (value) cJSON_AddItemToObject(key, name, cJSON_Duplicate(value, true));
  }
  return key;
}

static bool find_row(struct call *call) {
  cJSON *key = named_key(call);
  bool whole = rows_key(call->object, key, &call->key);
  cJSON_Delete(key);
  call->found = whole && rows_find(call->object, &call->key, &call->row) && !call->row.deleted;
  if (!whole) refuse(call, 400, OPSTATUS_WRONG, "the call names no row: a key column has no value");
  else if (!call->found) refuse(call, 404, OPSTATUS_REFUSED, "there is no row of this key");
  return call->found;
}

/* ---- rows ---- */

static int create(struct call *call, struct base_error *err) {
  if (!cJSON_IsObject(call->entry->body)) return refuse(call, 400, OPSTATUS_WRONG, "the body is a JSON object with the row's columns");
  column_findings_online(call->entry, call->object, true);
  cJSON *record = rows_record(call->object, call->entry->body, NULL);
  rows_generate(call->object, record);
  bool whole = rows_key(call->object, record, &call->key);
  call->found = whole && rows_find(call->object, &call->key, &call->row) && !call->row.deleted;
  int status = 0;
  if (!whole) refuse(call, 400, OPSTATUS_WRONG, "a key column has no value");
  else if (call->found) refuse(call, 409, OPSTATUS_REFUSED, "a row of this key exists");
  else if ((status = rows_put(call->object, record, err)) == 0) answer_row(call, record);
  cJSON_Delete(record);
  return status;
}

static int update(struct call *call, struct base_error *err) {
  if (!cJSON_IsObject(call->entry->body)) return refuse(call, 400, OPSTATUS_WRONG, "the body is a JSON object with columns");
  column_findings_online(call->entry, call->object, false);
  if (!find_row(call)) return 0;
  cJSON *record = rows_record(call->object, call->entry->body, call->row.record);
  rows_keep_key(call->object, record, call->row.record); /* the query may have named it, and the body another one */
  int status = rows_put(call->object, record, err);
  if (status == 0) answer_row(call, record);
  cJSON_Delete(record);
  return status;
}

static int delete_row(struct call *call, struct base_error *err) {
  if (!find_row(call)) return 0;
  int status = cascade_delete(call->object, &call->key, call->row.record, err);
  return status ? status : answer_rows(call, cJSON_CreateArray());
}

static int list_rows(struct call *call, struct base_error *err) {
  cJSON *records = cJSON_CreateArray();
  int status = online_list(call->entry, call->object, records, err);
  if (status == 0) return answer_rows(call, records);
  cJSON_Delete(records);
  return status;
}

/* ---- binary content ---- */

/* The row holds the bytes as base64 text; text of a script that is none goes out as it is. */
static void answer_bytes(struct call *call, const char *text) {
  struct base_buf bytes = BASE_BUF_INIT;
  answer_done(call->answer);
  if (!base64_decode(text, strlen(text), &bytes)) base_buf_text(&bytes, text);
  call->answer->text_len = bytes.len;
  call->answer->text = base_buf_steal(&bytes);
  call->answer->type = "application/octet-stream";
}

static int read_bytes(struct call *call, const char *column, struct base_error *err) {
  (void)err;
  const char *text = json_find_string(call->row.record, column);
  if (!text) return refuse(call, 404, OPSTATUS_REFUSED, "the column has no content");
  answer_bytes(call, text);
  return 0;
}

/* Takes the value. */
static int set_bytes(struct call *call, const char *column, cJSON *value, struct base_error *err) {
  cJSON *change = cJSON_CreateObject();
  cJSON_AddItemToObject(change, column, value);
  cJSON *record = rows_record(call->object, change, call->row.record);
  int status = rows_put(call->object, record, err);
  cJSON_Delete(change);
  cJSON_Delete(record);
  return status ? status : answer_rows(call, cJSON_CreateArray());
}

static int write_bytes(struct call *call, const char *column, struct base_error *err) {
  struct base_buf text = BASE_BUF_INIT;
  base64_encode(call->entry->body_bytes.data, call->entry->body_bytes.len, &text);
  cJSON *value = cJSON_CreateString(base_buf_string(&text));
  base_buf_done(&text);
  return set_bytes(call, column, value, err);
}

static int remove_bytes(struct call *call, const char *column, struct base_error *err) {
  return set_bytes(call, column, cJSON_CreateNull(), err);
}

/* ---- the call ---- */

static const char ALLOWED[] = "GET, HEAD, POST, PUT, PATCH, DELETE";
static const struct method {
  const char *name;
  int (*rows)(struct call *call, struct base_error *err);
  int (*bytes)(struct call *call, const char *column, struct base_error *err);
} METHODS[] = {{"GET", list_rows, read_bytes}, {"HEAD", list_rows, read_bytes}, {"POST", create, write_bytes},
               {"PUT", update, write_bytes},   {"PATCH", update, write_bytes},  {"DELETE", delete_row, remove_bytes}};

static const struct method *find_method(const char *name) {
  for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++)
    if (strcmp(METHODS[i].name, name) == 0) return &METHODS[i];
  return NULL;
}

static int serve_binary(struct call *call, const struct method *method, struct base_error *err) {
  const char *type = json_find_string(call->entry->query, "type");
  const struct model_field *field = model_find_field(call->object, json_find_string(call->entry->query, "fieldName"));
  if (!field || field->type != TYPE_BINARY) return refuse(call, 400, OPSTATUS_WRONG, "fieldName names no binary column");
  if (!type || strcmp(type, "bytes") != 0) return refuse(call, 400, OPSTATUS_WRONG, "type is bytes");
  return find_row(call) ? method->bytes(call, field->name, err) : 0;
}

bool online_creates(const struct journal_entry *entry) {
  return entry->object_level && cJSON_IsObject(entry->body) && entry->body->child && !json_find(entry->body, "records") &&
         !json_find(entry->body, "delta_context");
}

int online_answer(struct journal_entry *entry, struct answer *answer, struct base_error *err) {
  struct call call = {.entry = entry, .answer = answer,
                      .object = model_find_object(entry->service, entry->object_name)};
  const struct method *method = find_method(entry->method);
  int status = 0;
  if (!method) answer_not_allowed(answer, OPSTATUS_WRONG, ALLOWED, call.object->name);
  else if (entry->binary) status = serve_binary(&call, method, err);
  else status = method->rows(&call, err);
  base_buf_done(&call.key);
  row_done(&call.row);
  return status;
}
