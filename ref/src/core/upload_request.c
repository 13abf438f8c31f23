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

static bool read_action(const char *name, enum vmx_action *out) {
  for (int i = VMX_CREATE; name && i <= VMX_DELETE; i++)
    if (strcmp(vmx_action_name((enum vmx_action)i), name) == 0) {
      *out = (enum vmx_action)i;
      return true;
    }
  return false;
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

static int add_record(struct vmx_upload_batch *batch, const cJSON *record, struct base_buf *key,
                      struct base_error *err) {
  const cJSON *metadata = json_find(record, "_metadata");
  const cJSON *row_id = json_find(metadata, "rowId");
  const char *name = json_find_string(metadata, "object");
  const char *checksum = json_find_string(metadata, "checksum");
  struct vmx_log_entry entry = {.marked = true, .checksum = checksum ? checksum : ""};
  if (!name || !row_id || !json_integer(row_id, &entry.row_id) ||
      !read_action(json_find_string(metadata, "action"), &entry.action))
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

int vmx_upload_decode_request(struct vmx_upload_batch *batch, struct base_error *err) {
  CLEANUP(json_free) cJSON *root = NULL;
  int problem =
      json_parse(base_buf_string(&batch->body), batch->body.len, JSON_LAST_COUNTS, &root, NULL);
  if (problem != 0) return problem == JSON_ERR_MEMORY ? no_memory(err) : unreadable(batch, err);
  struct base_buf key = BASE_BUF_INIT;
  const cJSON *records = json_find(root, "records");
  int status = 0;
  batch->count = 0;
  batch->strangers = false;
  for (const cJSON *record = cJSON_IsArray(records) ? records->child : NULL; record && status == 0;
       record = record->next)
    status = add_record(batch, record, &key, err);
  base_buf_done(&key);
  return status;
}
