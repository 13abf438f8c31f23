#include "protocol/outcome.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "protocol/record_rules.h"
#include "world/world.h"

enum { OPSTATUS_SOME_FAILED = 500100 };

/* ---- JSON as text ---- */

static void separate(struct base_buf *out) {
  char last = out->len > 0 ? out->data[out->len - 1] : '[';
  if (last != '{' && last != '[') base_buf_char(out, ',');
}

static void add_name(struct base_buf *out, const char *name) {
  separate(out);
  json_quote(out, name, strlen(name));
  base_buf_char(out, ':');
}

static void add_text(struct base_buf *out, const char *name, const char *text) {
  add_name(out, name);
  json_quote(out, text, strlen(text));
}

static void add_integer(struct base_buf *out, const char *name, int64_t value) {
  char digits[24];
  add_name(out, name);
  base_buf_append(out, digits, (size_t)snprintf(digits, sizeof digits, "%" PRId64, value));
}

/* An object that goes on. */
static void add_open(struct base_buf *out, const cJSON *object) {
  json_append(out, object);
  if (!out->failed) out->len--;
}

/* ---- one record ---- */

static void add_row_id(const struct work *work, const struct edit *edit, struct base_buf *out) {
  if (!edit->metadata.row_id) return;
  separate(out);
  base_buf_text(out, "\"rowId\":");
  json_item_append(work->body, edit->metadata.row_id, out);
}

/* The key columns that it has, as they were sent. */
static void add_sent_key(const struct work *work, const struct edit *edit, struct base_buf *out) {
  for (size_t i = 0; edit->object && i < edit->object->key_count; i++) {
    const char *name = edit->object->fields[edit->object->keys[i]].name;
    const struct json_item *item = json_item_find(work->body, edit->sent, name);
    if (!item) continue;
    add_name(out, name);
    json_item_append(work->body, item, out);
  }
}

static void write_failed(const struct work *work, const struct edit *edit, struct base_buf *out) {
  base_buf_char(out, '{');
  add_sent_key(work, edit, out);
  add_name(out, "_metadata");
  base_buf_char(out, '{');
  add_row_id(work, edit, out);
  add_integer(out, "opstatus", edit->opstatus);
  add_text(out, "errmsg", edit->errmsg);
  base_buf_char(out, '}');
}

/* The temporary key comes back under `_` + name (W-34). */
static void add_temporary(struct base_buf *out, const struct edit *edit) {
  char name[256];
  int64_t temporary;
  for (size_t i = 0; i < edit->object->key_count; i++) {
    size_t column = edit->object->keys[i];
    const struct model_field *field = &edit->object->fields[column];
    if (!field->generated || column >= edit->column_count || !temporary_value(&edit->given[column], &temporary)) continue;
    snprintf(name, sizeof name, "_%.250s", field->name);
    add_integer(out, name, temporary);
  }
}

/* What was decided, else the row as it now is; the key columns of one that is gone for the client. A row that was stored
   just now is at hand. */
static void add_columns(const struct edit *edit, struct base_buf *out, char checksum[17]) {
  CLEANUP(row_done) struct row now = {.version = row_version_hold(edit->stored)};
  bool found = now.version || (rows_look(edit->object, &edit->key, &now) && !now.deleted);
  if (edit->answered == VERB_DELETE || !(found || edit->answered_row)) {
    base_buf_char(out, '{');
    edit_write_key(edit, out);
  } else if (edit->answered_row) {
    CLEANUP(json_free) cJSON *record = rows_sent(edit->object, edit->answered_row);
    add_open(out, record);
    if (found) row_checksum(edit->object, &now, checksum);
  } else {
    rows_write_sent(edit->object, now.version, out, checksum);
  }
}

static void add_intermediate(const struct work *work, struct base_buf *out) {
  CLEANUP(json_free) cJSON *errors = record_rules_intermediate(work);
  if (!errors) return;
  add_name(out, "intermediateErrors");
  json_append(out, errors);
}

static void write_stored(const struct work *work, const struct edit *edit, struct base_buf *out) {
  char checksum[17] = "";
  add_columns(edit, out, checksum);
  add_temporary(out, edit);
  separate(out);
  base_buf_text(out, "\"_metadata\":{\"action\":\"");
  base_buf_append(out, VERB_NAMES[edit->answered].text, VERB_NAMES[edit->answered].len);
  base_buf_char(out, '"');
  add_row_id(work, edit, out);
  if (checksum[0]) {
    base_buf_text(out, ",\"checksum\":\"");
    base_buf_append(out, checksum, 16);
    base_buf_char(out, '"');
  }
  base_buf_text(out, ",\"opstatus\":0");
  add_intermediate(work, out);
  base_buf_char(out, '}');
}

void outcome_begin(struct work *work, struct edit *edit, struct base_buf *out) {
  separate(out);
  if (edit->opstatus) write_failed(work, edit, out);
  else write_stored(work, edit, out);
  work->count++;
  if (edit->opstatus && work->failures++ == 0) work->first_failure = edit->opstatus;
}

/* ---- the lists ---- */

void outcome_nest(struct base_buf *out, const char *name) {
  add_name(out, name);
  base_buf_char(out, '[');
}

/* What a record says that it is of, "" when it says nothing. */
static const char *said_object(struct work *work, const struct edit *edit) {
  const char *said = json_item_text(work->body, edit->metadata.object, &work->scratch);
  return said ? said : "";
}

struct base_buf *outcome_list(struct work *work, const struct edit *edit) {
  const char *name = edit->object ? edit->object->name : said_object(work, edit);
  struct outcome_list **at = &work->lists;
  while (*at && strcmp((*at)->object, name) != 0) at = &(*at)->next;
  if (*at) return &(*at)->records;
  struct outcome_list *list = calloc(1, sizeof *list);
  if (list) list->object = strdup(name);
  if (list) base_buf_reserve(&list->records, work->entry->body_bytes.len); /* mostly enough */
  if (!list || !list->object) {
    free(list);
    return NULL;
  }
  *at = list;
  return &list->records;
}

static void write_list(struct base_buf *out, const struct outcome_list *list) {
  separate(out);
  base_buf_char(out, '{');
  add_text(out, "name", list->object);
  outcome_nest(out, "records");
  base_buf_append(out, list->records.data, list->records.len);
  base_buf_text(out, "]}");
  out->failed = out->failed || list->records.failed;
}

static void write_whole(const struct work *work, int64_t opstatus, struct base_buf *out) {
  base_buf_char(out, '{');
  add_integer(out, "opstatus", opstatus);
  add_name(out, "_metadata");
  base_buf_char(out, '{');
  add_integer(out, "recordCount", work->count);
  add_integer(out, "successCount", work->count - work->failures);
  add_integer(out, "failureCount", work->failures);
  base_buf_char(out, '}');
  outcome_nest(out, "objects"); /* small in uploads (W-20) */
  for (const struct outcome_list *list = work->lists; list; list = list->next) write_list(out, list);
  base_buf_text(out, "]}");
}

/* Of the answer, about. */
static size_t length_of(const struct work *work) {
  size_t length = 128;
  for (const struct outcome_list *list = work->lists; list; list = list->next) length += list->records.len + 128;
  return length;
}

int outcome_answer(struct work *work, struct answer *answer, struct base_error *err) {
  int64_t opstatus = work->failures == 0 ? 0 : work->failures < work->count ? OPSTATUS_SOME_FAILED : work->first_failure; /* W-38 */
  struct base_buf out = BASE_BUF_INIT;
  base_buf_reserve(&out, length_of(work));
  write_whole(work, opstatus, &out);
  struct shared_text *text = shared_text_new(base_buf_steal(&out));
  base_buf_done(&out);
  if (!text) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  text->failed = answer_opstatus_failed(opstatus);
  text->opstatus = opstatus;
  answer_text(answer, text);
  return 0;
}

void outcome_done(struct work *work) {
  for (struct outcome_list *list = work->lists, *next; list; list = next) {
    next = list->next;
    free(list->object);
    base_buf_done(&list->records);
    free(list);
  }
  work->lists = NULL;
}
