/*
 * The answer to one upload: each record finds its log entry by rowId (W-34..W-36), wherever it stands:
 * records may be nested as the request was, or not (W-48 h). Carriers are found by object and key.
 *
 * Always true: items[i] belongs to entries[i]; an answer that breaks a rule is refused as a whole
 * before anything of it was used.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "core/answer.h"
#include "core/codes.h"
#include "core/upload.h"

/* One answered record, before it is matched. Names are found in a second look at `span`. */
struct record {
  size_t start, len; /* the whole object in the text */
  const struct vmx_object *object; /* as the answer has it, for carriers; NULL: it does not say */
  bool has_row_id, failed, has_action, deleted;
  int64_t row_id, opstatus;
  const char *errmsg, *intermediate;
  struct vmx_value checksum;
};

struct decoding {
  const struct vmx_upload_batch *batch;
  const char *text;
  struct json_reader reader;
  struct vmx_upload_outcomes *out;
  bool errors_only; /* of a refused request: nothing is matched strictly */
  bool metadata_seen;
  int64_t opstatus;
  struct base_error *err;
};

static int no_memory(struct base_error *err) {
  return base_fail(err, VMX_CODE_SYNC, "", "out of memory");
}

static int not_json(struct decoding *d) {
  return base_fail(d->err, VMX_CODE_ANSWER, "NET-02", "the answer is not JSON: %s",
                   d->reader.problem ? d->reader.problem : "ends too early");
}

static int wrong(struct decoding *d, const char *sentence) {
  return base_fail(d->err, VMX_CODE_UPLOAD, "NET-02", "%s", sentence);
}

/* *out stays as it is when the token is neither a string nor a number. */
static int keep_text(struct decoding *d, const struct json_reader *r, enum json_token token,
                     const char **out) {
  struct vmx_value value;
  if (token != JSON_STRING && token != JSON_NUMBER) return 0;
  if (!vmx_value_take(r, token, VMX_STRING, &d->out->arena, &value)) return no_memory(d->err);
  *out = vmx_arena_text(&d->out->arena, value.text, value.len);
  return *out ? 0 : no_memory(d->err);
}

/* ---- one record ------------------------------------------------------------------------------ */

/* `r` stands on the key; `at` is a copy that stands on the value's first token. */
static int read_metadata_member(struct decoding *d, struct json_reader *r, struct record *record) {
  struct json_reader name = *r;
  enum json_token token = json_next(r);
  struct json_reader at = *r;
  if (token == JSON_BAD || !json_skip(r, token)) return not_json(d);
  const char *raw = r->text + r->start;
  size_t len = r->end - r->start;
  if (json_token_is(&name, "rowId") && token != JSON_NULL) {
    record->has_row_id = vmx_opstatus_read(raw, len, &record->row_id);
    if (!record->has_row_id) return wrong(d, "a rowId of the answer is no integer");
  } else if (json_token_is(&name, "opstatus") && token != JSON_NULL) {
    if (!vmx_opstatus_read(raw, len, &record->opstatus))
      return wrong(d, "a record's opstatus is not a number");
    record->failed = record->failed || record->opstatus != 0;
  } else if (json_token_is(&name, "errmsg") && token != JSON_NULL) {
    record->failed = true; /* W-35, UPL-07 */
    return keep_text(d, &at, token, &record->errmsg);
  } else if (json_token_is(&name, "action") && token == JSON_STRING) {
    record->has_action = true;
    record->deleted = json_token_is(&at, "delete");
  } else if (json_token_is(&name, "checksum")) {
    const char *text = NULL;
    int status = keep_text(d, &at, token, &text);
    if (text) record->checksum = (struct vmx_value){text, strlen(text)};
    return status;
  } else if (json_token_is(&name, "intermediateErrors") && token != JSON_NULL) {
    record->intermediate = vmx_arena_text(&d->out->arena, raw, len);
    if (!record->intermediate) return no_memory(d->err);
  }
  return 0;
}

static int read_metadata(struct decoding *d, struct json_reader *r, struct record *record) {
  enum json_token token = json_next(r);
  if (token != JSON_OBJECT_BEGIN)
    return token == JSON_BAD ? not_json(d) : wrong(d, "a record's _metadata is not an object");
  while ((token = json_next(r)) == JSON_KEY) {
    int status = read_metadata_member(d, r, record);
    if (status != 0) return status;
  }
  return token == JSON_OBJECT_END ? 0 : not_json(d);
}

/* Fills row and `seen` from the record's text, which was read once and is good JSON. */
static int read_row(struct decoding *d, const struct record *record,
                    const struct vmx_object *object, struct vmx_value *row, bool *seen) {
  struct json_reader r;
  json_reader_init(&r, d->text + record->start, record->len);
  json_next(&r);
  size_t expected = 0;
  while (json_next(&r) == JSON_KEY) {
    int field = vmx_object_read_field(object, &r, expected);
    enum json_token token = json_next(&r);
    if (field < 0 || !object->fields[field].travels) {
      json_skip(&r, token);
      continue;
    }
    if (token == JSON_OBJECT_BEGIN || token == JSON_ARRAY_BEGIN)
      return wrong(d, "a column of a record holds an object or array");
    struct vmx_value value;
    if (!vmx_value_take(&r, token, object->fields[field].datatype, &d->out->arena, &value))
      return no_memory(d->err);
    expected = (size_t)field + 1;
    seen[field] = true;
    row[field] = (struct vmx_value){0};
    if (!value.text) continue;
    const char *text = vmx_arena_text(&d->out->arena, value.text, value.len);
    if (!text) return no_memory(d->err);
    row[field] = (struct vmx_value){text, value.len};
  }
  return 0;
}

/* ---- from record to outcome --------------------------------------------------------------------- */

static struct vmx_outcome *find_outcome(struct decoding *d, int64_t row_id) {
  size_t low = 0, high = d->out->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (d->out->items[middle].entry->row_id < row_id) low = middle + 1;
    else high = middle;
  }
  bool found = low < d->out->count && d->out->items[low].entry->row_id == row_id;
  return found ? &d->out->items[low] : NULL;
}

/* 2484: a good record has its key (W-36, UPL-08). */
static int check_key_present(struct decoding *d, const struct vmx_object *object,
                             const struct vmx_value *row, int64_t row_id) {
  for (size_t i = 0; i < object->key_count; i++)
    if (!row[object->key[i]].text || row[object->key[i]].len == 0)
      return base_fail(d->err, VMX_CODE_RECORD_KEY, "W-36",
                       "the answer to rowId %lld lacks the key field %s of %s", (long long)row_id,
                       object->fields[object->key[i]].name, object->name);
  return 0;
}

/* Only a create, or a temporary part of the key, may come back with another key (W-34). */
static int settle_key(struct decoding *d, struct vmx_outcome *outcome) {
  const struct vmx_log_entry *entry = outcome->entry;
  for (size_t i = 0; i < entry->object->key_count && entry->action != VMX_CREATE; i++) {
    size_t field = entry->object->key[i];
    if (vmx_value_temporary(&entry->row[field]) ||
        vmx_value_equal(entry->object->fields[field].datatype, &entry->row[field],
                        &outcome->row[field]))
      continue;
    return base_fail(d->err, VMX_CODE_UPLOAD, "W-36",
                     "the answer to rowId %lld has the key of another row of %s",
                     (long long)entry->row_id, entry->object->name);
  }
  struct base_buf key = BASE_BUF_INIT;
  vmx_key_text(&key, entry->object, outcome->row);
  outcome->key = key.failed ? NULL : vmx_arena_text(&d->out->arena, base_buf_string(&key), key.len);
  base_buf_done(&key);
  return outcome->key ? 0 : no_memory(d->err);
}

/* W-17, UPL-09 */
static bool is_partial(const struct vmx_object *object, const bool *seen) {
  for (size_t i = 0; i < object->field_count; i++)
    if (object->fields[i].required && !seen[i]) return true;
  return false;
}

/* API-14: a record that a post-processor made whole is like any other; only columns that lack make it partial. */
static int settle_good(struct decoding *d, const struct record *record,
                       struct vmx_outcome *outcome) {
  const struct vmx_object *object = outcome->entry->object;
  outcome->row = vmx_arena_array(&d->out->arena, object->field_count, sizeof *outcome->row);
  bool *seen = vmx_arena_array(&d->out->arena, object->field_count, sizeof *seen);
  if (!outcome->row || !seen) return no_memory(d->err);
  int status = read_row(d, record, object, outcome->row, seen);
  if (status == 0) status = check_key_present(d, object, outcome->row, record->row_id);
  if (status == 0) status = settle_key(d, outcome);
  if (status != 0) return status;
  bool deleted = record->has_action ? record->deleted : outcome->entry->action == VMX_DELETE;
  outcome->kind = deleted                    ? VMX_OUTCOME_DELETED
                  : is_partial(object, seen) ? VMX_OUTCOME_PARTIAL
                                             : VMX_OUTCOME_ACCEPTED;
  return 0;
}

static int by_object_and_key(const struct vmx_log_entry *entry, const struct vmx_object *object,
                             const char *key) {
  if (entry->object != object) return entry->object->id < object->id ? -1 : 1;
  return strcmp(entry->key, key);
}

static struct vmx_outcome *find_carrier(struct decoding *d, const struct vmx_object *object,
                                        const char *key) {
  size_t low = d->out->count, end = low + d->out->carrier_count, high = end;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (by_object_and_key(d->out->items[middle].entry, object, key) < 0) low = middle + 1;
    else high = middle;
  }
  bool found = low < end && by_object_and_key(d->out->items[low].entry, object, key) == 0;
  return found ? &d->out->items[low] : NULL;
}

/*
 * W-36: a parent that travelled without an edit comes back. It is the server's row (CON-01), but no edit
 * waits for it: a partial one says nothing, and one that was not sent does no harm.
 */
static int settle_carrier(struct decoding *d, const struct record *record, bool *settled) {
  const struct vmx_object *object = record->object;
  struct vmx_value *row = vmx_arena_array(&d->out->arena, object->field_count, sizeof *row);
  bool *seen = vmx_arena_array(&d->out->arena, object->field_count, sizeof *seen);
  if (!row || !seen) return no_memory(d->err);
  int status = read_row(d, record, object, row, seen);
  if (status != 0) return d->errors_only ? 0 : status;
  struct base_buf key = BASE_BUF_INIT;
  bool keyed = vmx_key_text(&key, object, row), failed = key.failed;
  struct vmx_outcome *outcome =
      keyed && !failed ? find_carrier(d, object, base_buf_string(&key)) : NULL;
  base_buf_done(&key);
  *settled = outcome != NULL;
  if (failed) return no_memory(d->err);
  if (!outcome) return 0;
  *outcome = (struct vmx_outcome){.entry = outcome->entry, .row = row, .checksum = record->checksum,
                                  .key = outcome->entry->key, .opstatus = record->opstatus,
                                  .errmsg = record->errmsg, .intermediate = record->intermediate};
  outcome->kind = record->failed                           ? VMX_OUTCOME_FAILED
                  : record->has_action && record->deleted ? VMX_OUTCOME_DELETED
                  : is_partial(object, seen)               ? VMX_OUTCOME_MISSING
                                                           : VMX_OUTCOME_ACCEPTED;
  return 0;
}

/* The record of a carrier, or of nobody: then *settled stays false. */
static int settle_without_row_id(struct decoding *d, const struct record *record, bool *settled) {
  bool sent = d->out->carrier_count > 0;
  int status = sent && record->object ? settle_carrier(d, record, settled) : 0;
  *settled = *settled || (sent && record->has_row_id); /* a carrier that nobody knows */
  return status;
}

static int settle_record(struct decoding *d, const struct record *record) {
  if (!record->has_row_id || record->row_id == VMX_CARRIER) {
    bool settled = false;
    int status = settle_without_row_id(d, record, &settled);
    if (status != 0 || settled) return status;
  }
  struct vmx_outcome *outcome = record->has_row_id ? find_outcome(d, record->row_id) : NULL;
  if (d->errors_only && (!outcome || !record->failed)) return 0;
  if (!record->has_row_id && !record->failed)
    return base_fail(d->err, VMX_CODE_UPLOAD, "W-36", "a record of the answer has no rowId");
  if (record->has_row_id && !outcome && !d->batch->strangers)
    return base_fail(d->err, VMX_CODE_UPLOAD, "W-36",
                     "the answer has a record with rowId %lld, which was not sent",
                     (long long)record->row_id);
  if (!outcome) return 0;
  *outcome = (struct vmx_outcome){.entry = outcome->entry, /* of a doubled rowId the last counts */
                                  .checksum = record->checksum,
                                  .opstatus = record->opstatus,
                                  .errmsg = record->errmsg,
                                  .intermediate = record->intermediate};
  if (!record->failed) return settle_good(d, record, outcome);
  outcome->kind = VMX_OUTCOME_FAILED;
  return 0;
}

/* ---- the answer ---------------------------------------------------------------------------------- */

/* What is read of an entry of an array; `object`: whose records it holds, as far as the answer says. */
typedef int read_item(struct decoding *d, const struct vmx_object *object);

/* Behind the opening bracket. */
static int read_items(struct decoding *d, read_item *item, const struct vmx_object *object) {
  enum json_token token;
  while ((token = json_next(&d->reader)) == JSON_OBJECT_BEGIN) {
    int status = item(d, object);
    if (status != 0) return status;
  }
  if (token == JSON_ARRAY_END) return 0;
  return token == JSON_BAD ? not_json(d) : wrong(d, "an entry of the answer is not an object");
}

/* An array of objects behind a key; null stands for an empty one. */
static int read_array(struct decoding *d, read_item *item, const struct vmx_object *object,
                      const char *not_array) {
  enum json_token token = json_next(&d->reader);
  if (token == JSON_NULL) return 0;
  if (token == JSON_BAD) return not_json(d);
  return token == JSON_ARRAY_BEGIN ? read_items(d, item, object) : wrong(d, not_array);
}

/* A record and those that stand in it (W-48 h): as deep as JSON may be. */
static int read_record(struct decoding *d, const struct vmx_object *object) {
  struct json_reader *r = &d->reader;
  struct record record = {.start = r->start, .object = object};
  enum json_token token;
  while ((token = json_next(r)) == JSON_KEY) {
    int status = 0;
    bool metadata = json_token_is(r, "_metadata");
    const struct vmx_object *child =
        d->batch->nested && !metadata ? vmx_service_read_object(d->batch->service, r) : NULL;
    if (metadata) status = read_metadata(d, r, &record);
    else if ((token = json_next(r)) == JSON_ARRAY_BEGIN && child)
      status = read_items(d, read_record, child);
    else if (!json_skip(r, token)) status = not_json(d);
    if (status != 0) return status;
  }
  if (token != JSON_OBJECT_END) return not_json(d);
  record.len = r->pos - record.start;
  return settle_record(d, &record);
}

/* The object that a group names, wherever in it the name stands. */
static const struct vmx_object *group_object(const struct decoding *d) {
  struct json_reader ahead = d->reader;
  const struct vmx_object *object = NULL;
  while (json_next(&ahead) == JSON_KEY) {
    bool name = json_token_is(&ahead, "name");
    enum json_token token = json_next(&ahead);
    if (name && token == JSON_STRING) object = vmx_service_read_object(d->batch->service, &ahead);
    if (!json_skip(&ahead, token)) return NULL;
  }
  return object;
}

static int read_group(struct decoding *d, const struct vmx_object *object) {
  struct json_reader *r = &d->reader;
  enum json_token token;
  if (d->batch->carrier_count > 0) object = group_object(d);
  while ((token = json_next(r)) == JSON_KEY) {
    int status = 0;
    if (json_token_is(r, "records"))
      status = read_array(d, read_record, object, "`records` of the answer is not an array");
    else if (!json_skip(r, json_next(r))) status = not_json(d);
    if (status != 0) return status;
  }
  return token == JSON_OBJECT_END ? 0 : not_json(d);
}

static int read_member(struct decoding *d) {
  struct json_reader *r = &d->reader;
  if (json_token_is(r, "objects"))
    return read_array(d, read_group, NULL, "`objects` of the answer is not an array");
  if (json_token_is(r, "records") && d->batch->object) /* object level: both forms are read */
    return read_array(d, read_record, d->batch->object, "`records` of the answer is not an array");
  bool opstatus = json_token_is(r, "opstatus");
  d->metadata_seen = d->metadata_seen || json_token_is(r, "_metadata");
  if (!json_skip(r, json_next(r))) return not_json(d);
  if (opstatus && !vmx_opstatus_read(r->text + r->start, r->end - r->start, &d->opstatus))
    return base_fail(d->err, VMX_CODE_ANSWER, "NET-01", "the answer's opstatus is not a number");
  return 0;
}

static int read_answer(struct decoding *d) {
  struct json_reader *r = &d->reader;
  enum json_token token = json_next(r);
  if (token != JSON_OBJECT_BEGIN)
    return token == JSON_BAD ? not_json(d)
                             : base_fail(d->err, VMX_CODE_ANSWER, "NET-01", "the answer is no object");
  while ((token = json_next(r)) == JSON_KEY) {
    int status = read_member(d);
    if (status != 0) return status;
  }
  if (token != JSON_OBJECT_END || json_next(r) != JSON_END) return not_json(d);
  if (d->errors_only) return 0;
  if (!vmx_opstatus_good(d->opstatus))
    return base_fail(d->err, VMX_CODE_OPSTATUS, "NET-01",
                     "the server reported an error (opstatus %lld)", (long long)d->opstatus);
  if (d->batch->replay && !d->metadata_seen)
    return base_fail(d->err, VMX_CODE_UPLOAD, "W-43",
                     "the answer to a cached request has no _metadata");
  return 0;
}

static int begin(struct decoding *d) {
  const struct vmx_upload_batch *batch = d->batch;
  *d->out = (struct vmx_upload_outcomes){0};
  size_t all = batch->count + batch->carrier_count;
  d->out->items = calloc(all ? all : 1, sizeof *d->out->items);
  if (!d->out->items) return no_memory(d->err);
  d->out->count = batch->count;
  d->out->carrier_count = batch->carrier_count;
  for (size_t i = 0; i < all; i++) d->out->items[i].entry = &batch->entries[i];
  return 0;
}

int vmx_upload_decode(const struct vmx_upload_batch *batch, const char *text, size_t len,
                      struct vmx_upload_outcomes *out, struct base_error *err) {
  struct decoding d = {.batch = batch, .text = text, .out = out, .err = err};
  json_reader_init(&d.reader, text, len);
  int status = begin(&d);
  if (status == 0) status = read_answer(&d);
  if (status != 0) vmx_upload_outcomes_done(out);
  return status;
}

void vmx_upload_outcomes_done(struct vmx_upload_outcomes *outcomes) {
  free(outcomes->items);
  vmx_arena_done(&outcomes->arena);
  *outcomes = (struct vmx_upload_outcomes){0};
}

/* ---- sync errors ----------------------------------------------------------------------------------- */

static cJSON *key_tree(const struct vmx_log_entry *entry) {
  struct base_buf text = BASE_BUF_INIT;
  cJSON *tree = NULL;
  vmx_key_write(&text, entry->object, VMX_BOOLEAN_NUMERIC, entry->row);
  if (!text.failed) json_parse(text.data, text.len, JSON_LAST_COUNTS, &tree, NULL);
  base_buf_done(&text);
  return tree;
}

static bool report(const struct vmx_outcome *outcome, int64_t opstatus, const char *errmsg,
                   struct vmx_sync_errors *errors) {
  CLEANUP(json_free) cJSON *keys = key_tree(outcome->entry);
  const struct vmx_sync_error entry = {.object_service = outcome->entry->object->service->name,
                                       .object = outcome->entry->object->name,
                                       .primary_keys = keys,
                                       .opstatus = opstatus,
                                       .errmsg = errmsg};
  return keys && vmx_sync_errors_upload(errors, &entry) == 0;
}

/* intermediateErrors: a message, an object or an array of them (W-35). */
static bool report_intermediate(const struct vmx_outcome *outcome, const cJSON *item,
                                struct vmx_sync_errors *errors) {
  if (cJSON_IsArray(item)) {
    bool all = true;
    for (const cJSON *one = item->child; one && all; one = one->next)
      all = report_intermediate(outcome, one, errors);
    return all;
  }
  int64_t opstatus = 0;
  const cJSON *number = json_find(item, "opstatus");
  const char *text = cJSON_GetStringValue(number);
  if (text) vmx_opstatus_read(text, strlen(text), &opstatus);
  else if (number) json_integer(number, &opstatus);
  const char *message = cJSON_IsString(item) ? item->valuestring : json_find_string(item, "errmsg");
  return report(outcome, opstatus, message ? message : outcome->intermediate, errors);
}

static bool report_outcome(const struct vmx_outcome *outcome, struct vmx_sync_errors *errors) {
  switch (outcome->kind) {
  case VMX_OUTCOME_MISSING:
    return report(outcome, VMX_CODE_UPLOAD, "the answer leaves this record out", errors);
  case VMX_OUTCOME_PARTIAL:
    return report(outcome, VMX_CODE_UPLOAD, "the answer's record lacks columns: partial records are refused",
                  errors);
  case VMX_OUTCOME_FAILED:
    return report(outcome, outcome->opstatus ? outcome->opstatus : VMX_CODE_UPLOAD,
                  outcome->errmsg ? outcome->errmsg : "the server rejected this record", errors);
  default: break;
  }
  if (!outcome->intermediate) return true;
  CLEANUP(json_free) cJSON *tree = NULL;
  if (json_parse(outcome->intermediate, strlen(outcome->intermediate), JSON_LAST_COUNTS, &tree,
                 NULL) != 0)
    return false;
  return report_intermediate(outcome, tree, errors);
}

bool vmx_upload_report(const struct vmx_upload_outcomes *outcomes, struct vmx_sync_errors *errors) {
  for (size_t i = 0; i < outcomes->count + outcomes->carrier_count; i++) {
    const struct vmx_outcome *outcome = &outcomes->items[i];
    bool silent = i >= outcomes->count && outcome->kind == VMX_OUTCOME_MISSING;
    if (!silent && !report_outcome(outcome, errors)) return false;
  }
  return true;
}

/* A record that the answer says nothing of failed with its request (W-39). */
static bool report_refused(const struct vmx_outcome *outcome, int64_t opstatus,
                           struct vmx_sync_errors *errors) {
  if (outcome->kind == VMX_OUTCOME_FAILED) return report_outcome(outcome, errors);
  return report(outcome, opstatus ? opstatus : VMX_CODE_OPSTATUS,
                "the server refused the request that held this record", errors);
}

static bool report_rejected(const struct vmx_upload_batch *batch, const char *text, size_t len,
                            struct vmx_sync_errors *errors) {
  struct vmx_upload_outcomes outcomes = {0};
  struct decoding d = {.batch = batch, .text = text, .out = &outcomes, .errors_only = true};
  json_reader_init(&d.reader, text, len);
  bool all = begin(&d) == 0;
  if (all) read_answer(&d); /* as far as it can be read */
  for (size_t i = 0; i < outcomes.count && all; i++)
    all = report_refused(&outcomes.items[i], d.opstatus, errors);
  vmx_upload_outcomes_done(&outcomes);
  return all;
}

bool vmx_upload_reject(struct vmx_upload *run, const struct vmx_upload_batch *batch,
                       const char *text, size_t len, struct vmx_sync_errors *errors) {
  for (size_t i = 0; i < batch->count; i++)
    if (!vmx_upload_block(run, batch->entries[i].object, batch->entries[i].key)) return false;
  return !text || report_rejected(batch, text, len, errors);
}
