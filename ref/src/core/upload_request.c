/* A cached request's entries, read back from its body (W-42, W-44, C-6). */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "core/codes.h"
#include "core/upload.h"

static int no_memory(struct base_error *err) {
  return base_fail(err, VMX_CODE_SYNC, "", "out of memory");
}

static int unreadable(const struct vmx_upload_batch *batch, struct base_error *err) {
  return base_fail(err, VMX_CODE_STORE, "UPC-08", "the cached request %s cannot be read",
                   batch->id);
}

static struct vmx_value read_column(const cJSON *value) {
  const char *text = NULL;
  if (cJSON_IsString(value)) text = value->valuestring;
  else if (cJSON_IsBool(value)) text = cJSON_IsTrue(value) ? "1" : "0";
  else if (cJSON_IsRaw(value)) text = value->valuestring; /* parsed numbers keep their digits */
  return (struct vmx_value){text, text ? strlen(text) : 0};
}

/* Row and key of an entry; borrows the tree. */
static bool read_row(const cJSON *record, const struct vmx_object *object, struct vmx_value *row,
                     struct base_buf *key) {
  for (size_t i = 0; i < object->field_count; i++)
    row[i] = read_column(json_find(record, object->fields[i].name));
  base_buf_clear(key);
  return vmx_key_text(key, object, row);
}

static int add_own(struct vmx_upload_batch *batch, const cJSON *record, struct base_buf *key,
                   struct base_error *err) {
  const cJSON *metadata = json_find(record, "_metadata");
  const cJSON *row_id = json_find(metadata, "rowId");
  const char *name = json_find_string(metadata, "object");
  const char *checksum = json_find_string(metadata, "checksum");
  struct vmx_log_entry entry = {.marked = true, .checksum = checksum ? checksum : ""};
  if (!name || !row_id || !json_integer(row_id, &entry.row_id) ||
      !vmx_action_read(json_find_string(metadata, "action"), &entry.action))
    return unreadable(batch, err);
  entry.object = batch->object ? batch->object
                               : vmx_service_find_object(batch->service, name, strlen(name));
  if (!entry.object) { /* the metadata dropped it since */
    batch->strangers = true;
    return 0;
  }
  struct vmx_value *row = vmx_arena_array(&batch->arena, entry.object->field_count, sizeof *row);
  if (!row) return no_memory(err);
  if (!read_row(record, entry.object, row, key)) return unreadable(batch, err);
  entry.key = base_buf_string(key);
  entry.row = row;
  return !key->failed && vmx_upload_batch_add(batch, &entry) ? 0 : no_memory(err);
}

/* A record and those that stand in it: no column is an array. As deep as JSON may be. */
static int add_records(struct vmx_upload_batch *batch, const cJSON *records, struct base_buf *key,
                       struct base_error *err) {
  int status = 0;
  for (const cJSON *record = records->child; record && status == 0; record = record->next) {
    status = add_own(batch, record, key, err);
    for (const cJSON *member = record->child; member && status == 0; member = member->next)
      if (cJSON_IsArray(member)) status = add_records(batch, member, key, err);
  }
  return status;
}

int vmx_upload_decode_request(struct vmx_upload_batch *batch, struct base_error *err) {
  CLEANUP(json_free) cJSON *root = NULL;
  int problem =
      json_parse(base_buf_string(&batch->body), batch->body.len, JSON_LAST_COUNTS, &root, NULL);
  if (problem != 0) return problem == JSON_ERR_MEMORY ? no_memory(err) : unreadable(batch, err);
  struct base_buf key = BASE_BUF_INIT;
  const cJSON *records = json_find(root, "records");
  batch->count = batch->carrier_count = 0;
  batch->strangers = false;
  batch->nested = !json_find(root, "echo"); /* W-47 */
  int status = cJSON_IsArray(records) ? add_records(batch, records, &key, err) : 0;
  vmx_upload_batch_sort(batch);
  base_buf_done(&key);
  return status;
}
