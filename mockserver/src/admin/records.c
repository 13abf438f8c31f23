#include "admin/records.h"

/* What nests in a record is a record when it has `_metadata`: a column may hold a list as well. */
static int64_t count_record(const struct json_index *index, const struct json_item *record) {
  int64_t count = 1;
  JSON_EACH_ITEM(member, record) {
    if (member->token != JSON_ARRAY_BEGIN) continue;
    JSON_EACH_ITEM(nested, member) if (json_item_find(index, nested, "_metadata")) count += count_record(index, nested);
  }
  return count;
}

static int64_t count_list(const struct json_index *index, const struct json_item *holder) {
  const struct json_item *list = json_item_find(index, holder, "records");
  int64_t count = 0;
  if (!list || list->token != JSON_ARRAY_BEGIN) return 0;
  JSON_EACH_ITEM(record, list) if (record->token == JSON_OBJECT_BEGIN) count += count_record(index, record);
  return count;
}

/* At the top, and at service level in a list for each object (W-20). */
static int64_t count_all(const struct base_buf *bytes) {
  struct json_index index = {0};
  if (bytes->len == 0 || json_index_read(bytes->data, bytes->len, &index, NULL) != 0) return 0;
  int64_t count = count_list(&index, index.items);
  const struct json_item *objects = json_item_find(&index, index.items, "Objects");
  JSON_EACH_ITEM(object, objects) count += count_list(&index, object);
  json_index_done(&index);
  return count;
}

int64_t records_count(struct journal_entry *entry) {
  if (entry->counted) return entry->records;
  bool upload = entry->kind == KIND_UPLOAD;
  entry->records = count_all(upload ? &entry->body_bytes : &entry->answer_bytes);
  entry->counted = upload || entry->ended != 0; /* an answer may still be replaced */
  return entry->records;
}
