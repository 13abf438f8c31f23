#include "protocol/outcome.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "protocol/record_rules.h"
#include "world/world.h"

enum { OPSTATUS_SOME_FAILED = 500100 };
enum { HEAD_ROOM = 192 }; /* for what stands before the lists */

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
  CLEANUP(row_done) struct row now = {0};
  bool found = edit->stored || (rows_look(edit->object, &edit->key, &now) && !now.deleted);
  if (edit->answered == VERB_DELETE || !(found || edit->answered_row)) {
    base_buf_char(out, '{');
    edit_write_key(edit, out);
  } else if (edit->answered_row) {
    CLEANUP(json_free) cJSON *record = rows_sent(edit->object, edit->answered_row);
    add_open(out, record);
    if (found) row_checksum(edit->object, &now, checksum);
  } else {
    rows_write_sent(edit->object, edit->stored ? edit->stored : now.version, out, checksum);
  }
}

static void add_intermediate(const struct work *work, struct base_buf *out) {
  CLEANUP(json_free) cJSON *errors = record_rules_intermediate(work);
  if (!errors) return;
  add_name(out, "intermediateErrors");
  json_append(out, errors);
}

static char *put(char *to, const char *text, size_t len) {
  memcpy(to, text, len);
  return to + len;
}

#define PUT(to, literal) put(to, literal, sizeof literal - 1)

/* What stands behind the row is a few short texts: they are put together before they are appended. */
static void write_stored(const struct work *work, const struct edit *edit, struct base_buf *out) {
  enum { USUAL = 128 };
  char checksum[17] = "", *at, text[USUAL];
  add_columns(edit, out, checksum);
  add_temporary(out, edit);
  separate(out);
  at = PUT(text, "\"_metadata\":{\"action\":\"");
  at = put(at, VERB_NAMES[edit->answered].text, VERB_NAMES[edit->answered].len);
  at = PUT(at, "\"");
  if (edit->metadata.row_id) at = PUT(at, ",\"rowId\":");
  base_buf_append(out, text, (size_t)(at - text));
  if (edit->metadata.row_id) json_item_append(work->body, edit->metadata.row_id, out);
  at = text;
  if (checksum[0]) at = PUT(put(PUT(at, ",\"checksum\":\""), checksum, 16), "\"");
  at = PUT(at, ",\"opstatus\":0");
  base_buf_append(out, text, (size_t)(at - text));
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

static void leave_room(struct base_buf *text) {
  char *room = base_buf_reserve(text, HEAD_ROOM);
  if (!room) return;
  memset(room, ' ', HEAD_ROOM);
  base_buf_added(text, HEAD_ROOM);
}

/* What a record says that it is of, "" when it says nothing. */
static const char *said_object(struct work *work, const struct edit *edit) {
  const char *said = json_item_text(work->body, edit->metadata.object, &work->scratch);
  return said ? said : "";
}

static bool is_list_of(const struct outcome_list *list, const struct edit *edit, const char *name) {
  return list->object == edit->object && (edit->object || strcmp(list->name, name) == 0);
}

/* NULL without memory. */
static struct outcome_list *new_list(const struct work *work, const struct model_object *object,
                                     const char *name) {
  struct outcome_list *list = calloc(1, sizeof *list);
  if (!list || !(list->name = strdup(name))) {
    free(list);
    return NULL;
  }
  list->object = object;
  base_buf_reserve(&list->text, HEAD_ROOM + work->entry->body_bytes.len); /* mostly enough */
  if (!work->lists) leave_room(&list->text);
  base_buf_text(&list->text, "{\"name\":");
  json_quote(&list->text, name, strlen(name));
  base_buf_text(&list->text, ",\"records\":[");
  return list;
}

struct base_buf *outcome_list(struct work *work, const struct edit *edit) {
  const char *name = edit->object ? edit->object->name : said_object(work, edit);
  struct outcome_list **at = &work->lists;
  while (*at && !is_list_of(*at, edit, name)) at = &(*at)->next;
  if (!*at) *at = new_list(work, edit->object, name);
  return *at ? &(*at)->text : NULL;
}

/* All lists behind one another, in the place of the first. */
static struct base_buf *join_lists(struct work *work) {
  struct base_buf *out = work->lists ? &work->lists->text : &work->scratch;
  if (!work->lists) {
    base_buf_clear(out);
    leave_room(out);
  }
  for (const struct outcome_list *list = work->lists; list; list = list->next) {
    if (list != work->lists) {
      base_buf_char(out, ',');
      base_buf_append(out, list->text.data, list->text.len);
    }
    base_buf_text(out, "]}");
    out->failed = out->failed || list->text.failed;
  }
  base_buf_text(out, "]}");
  return out;
}

/* The head is known last, and written into the room before the lists. */
static struct shared_text *write_whole(struct work *work, int64_t opstatus) {
  char head[HEAD_ROOM];
  static const char FORMAT[] = "{\"opstatus\":%" PRId64 ",\"_metadata\":{\"recordCount\":%" PRId64 ",\"successCount\":%" PRId64
                               ",\"failureCount\":%" PRId64 "},\"objects\":["; /* small in uploads (W-20) */
  int head_len = snprintf(head, sizeof head, FORMAT, opstatus, work->count, work->count - work->failures, work->failures);
  struct base_buf *lists = join_lists(work);
  size_t begin = HEAD_ROOM - (size_t)head_len, len = lists->len - begin;
  char *room = base_buf_steal(lists);
  if (room) memcpy(room + begin, head, (size_t)head_len);
  return shared_text_new_in(room, begin, len);
}

int outcome_answer(struct work *work, struct answer *answer, struct base_error *err) {
  int64_t opstatus = work->failures == 0 ? 0 : work->failures < work->count ? OPSTATUS_SOME_FAILED : work->first_failure; /* W-38 */
  struct shared_text *text = write_whole(work, opstatus);
  if (!text) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  text->failed = answer_opstatus_failed(opstatus);
  text->opstatus = opstatus;
  answer_text(answer, text);
  return 0;
}

void outcome_done(struct work *work) {
  for (struct outcome_list *list = work->lists, *next; list; list = next) {
    next = list->next;
    free(list->name);
    base_buf_done(&list->text);
    free(list);
  }
  work->lists = NULL;
}
