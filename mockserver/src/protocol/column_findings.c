#include "protocol/column_findings.h"

#include <string.h>

#include "base/cleanup.h"

/* True the first time in the request that `what` is said about this column. */
static bool is_news(struct work *work, const struct edit *edit, char what, const char *column) {
  struct base_buf *name = &work->scratch;
  base_buf_clear(name);
  base_buf_char(name, what);
  base_buf_append(name, &edit->object->id, sizeof edit->object->id);
  base_buf_text(name, column);
  if (byte_map_find(&work->told, base_buf_string(name), name->len)) return false;
  return byte_map_put(&work->told, base_buf_string(name), name->len, 1);
}

void column_findings_member(struct work *work, const struct edit *edit, const struct json_item *member) {
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  if (member->token == JSON_ARRAY_BEGIN || json_item_is_named(work->body, member, "_metadata", 9)) return;
  const char *name = json_item_name(work->body, member, &text);
  if (name && is_news(work, edit, 'm', name))
    journal_finding(work->entry, "W-31: no column of %.60s: \"%.60s\"", edit->object->name, name);
}

/* ---- values ---- */

/* A delete may be its key alone, a carrier says nothing of its row, a partialupdate nothing of what it leaves out (W-32, W-47). */
static void check_null(struct work *work, const struct edit *edit, const struct model_field *field, enum value_kind kind) {
  bool left_out = kind == VALUE_ABSENT;
  if (edit->verb == VERB_DELETE || edit->carrier || (left_out && edit->verb == VERB_PARTIAL_UPDATE)) return;
  if (!is_news(work, edit, 'n', field->name)) return;
  journal_finding(work->entry, "W-8: %.60s of %.60s is not nullable, and %s", field->name, edit->object->name,
                  left_out ? "is left out, which means null (W-32)" : "is null");
}

static void check_datatype(struct work *work, const struct edit *edit, const struct model_field *field, const struct value *value) {
  static const struct { const char *rule, *is; } WRONG[] = {
      [TYPE_STRING] = {"W-15", "no text"}, [TYPE_NUMBER] = {"W-14", "no number"}, [TYPE_BOOLEAN] = {"W-13", "no boolean"},
      [TYPE_DATE] = {"W-15", "no date, which is a text"}, [TYPE_BINARY] = {"W-15", "binary, which does not travel in sync"}};
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  if (value_fits(value, field->type) || !is_news(work, edit, 't', field->name)) return;
  value_append(&text, value, TYPE_STRING); /* as it came */
  journal_finding(work->entry, "%s: %.60s of %.60s is %s: %.60s", WRONG[field->type].rule, field->name, edit->object->name,
                  WRONG[field->type].is, base_buf_string(&text));
}

static size_t count_characters(const struct value *value) {
  size_t count = 0;
  for (size_t i = 0; i < value->len; i++) count += ((unsigned char)value->text[i] & 0xC0) != 0x80;
  return count;
}

static void check_length(struct work *work, const struct edit *edit, const struct model_field *field, const struct value *value) {
  size_t count = value->kind == VALUE_TEXT && value->len > field->length ? count_characters(value) : 0;
  if (count > field->length && is_news(work, edit, 'l', field->name))
    journal_finding(work->entry, "W-8: %.60s of %.60s has a length of %zu, and a text of %zu characters", field->name,
                    edit->object->name, field->length, count);
}

static void check_value(struct work *work, const struct edit *edit, const struct model_field *field, const struct value *value) {
  bool allowed = field->kinds >> value->kind & 1;
  if (value->kind == VALUE_ABSENT || value->kind == VALUE_NULL) {
    if (!allowed) check_null(work, edit, field, value->kind);
    return;
  }
  if (!allowed) check_datatype(work, edit, field, value);
  check_length(work, edit, field, value);
}

/* With nearly all values nothing is wrong at first sight. */
void column_findings_values(struct work *work, const struct edit *edit) {
  const struct model_field *field = edit->object->fields;
  for (const struct value *value = edit->given, *end = value + edit->column_count; value < end; value++, field++)
    if (!(field->kinds >> value->kind & 1) || value->len > field->length) check_value(work, edit, field, value);
}
