#include "protocol/column_findings.h"

#include <string.h>

#include "base/cleanup.h"

/* ---- one value ---- */

static void tell_null(struct journal_entry *entry, const struct model_object *object, const struct model_field *field, enum value_kind kind) {
  journal_finding(entry, "W-8: %.60s of %.60s is not nullable, and %s", field->name, object->name,
                  kind == VALUE_ABSENT ? "is left out, which means null (W-32)" : "is null");
}

static void tell_datatype(struct journal_entry *entry, const struct model_object *object, const struct model_field *field,
                          const struct value *value) {
  static const struct { const char *rule, *is; } WRONG[] = {
      [TYPE_STRING] = {"W-15", "no text"}, [TYPE_NUMBER] = {"W-14", "no number"}, [TYPE_BOOLEAN] = {"W-13", "no boolean"},
      [TYPE_DATE] = {"W-15", "no date, which is a text"}, [TYPE_BINARY] = {"W-15", "binary, which does not travel in sync"}};
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  value_append(&text, value, TYPE_STRING); /* as it came */
  journal_finding(entry, "%s: %.60s of %.60s is %s: %.60s", WRONG[field->type].rule, field->name, object->name, WRONG[field->type].is,
                  base_buf_string(&text));
}

static size_t count_characters(const struct value *value) {
  size_t count = 0;
  for (size_t i = 0; i < value->len; i++) count += ((unsigned char)value->text[i] & 0xC0) != 0x80;
  return count;
}

static bool is_long(const struct model_field *field, const struct value *value) {
  return value->kind == VALUE_TEXT && value->len > field->length && count_characters(value) > field->length;
}

static void tell_length(struct journal_entry *entry, const struct model_object *object, const struct model_field *field,
                        const struct value *value) {
  journal_finding(entry, "W-8: %.60s of %.60s has a length of %zu, and a text of %zu characters", field->name, object->name,
                  field->length, count_characters(value));
}

static bool is_allowed(const struct model_field *field, const struct value *value) { return field->kinds >> value->kind & 1; }

static bool is_nothing(const struct value *value) { return value->kind == VALUE_ABSENT || value->kind == VALUE_NULL; }

/* ---- of an upload ---- */

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

/* A delete may be its key alone, a carrier says nothing of its row, a partialupdate nothing of what it leaves out (W-32, W-47). */
static bool says_nothing(const struct edit *edit, const struct value *value) {
  return edit->verb == VERB_DELETE || edit->carrier || (edit->verb == VERB_PARTIAL_UPDATE && value->kind == VALUE_ABSENT);
}

static void check_value(struct work *work, const struct edit *edit, const struct model_field *field, const struct value *value) {
  const struct model_object *object = edit->object;
  bool allowed = is_allowed(field, value);
  if (is_nothing(value)) {
    if (!allowed && !says_nothing(edit, value) && is_news(work, edit, 'n', field->name)) tell_null(work->entry, object, field, value->kind);
  } else if (!allowed && !value_fits(value, field->type)) {
    if (is_news(work, edit, 't', field->name)) tell_datatype(work->entry, object, field, value);
  } else if (is_long(field, value) && is_news(work, edit, 'l', field->name)) {
    tell_length(work->entry, object, field, value);
  }
}

/* With nearly all values nothing is wrong at first sight. */
void column_findings_values(struct work *work, const struct edit *edit) {
  const struct model_field *field = edit->object->fields;
  for (const struct value *value = edit->given, *end = value + edit->column_count; value < end; value++, field++)
    if (!is_allowed(field, value) || value->len > field->length) check_value(work, edit, field, value);
}

/* ---- of an online call ---- */

/* Binary content may come as text here (W-4). */
static void check_online(struct journal_entry *entry, const struct model_object *object, const struct model_field *field,
                         const struct value *value, bool creates) {
  if (field->type == TYPE_BINARY || (value->kind == VALUE_ABSENT && !creates)) return;
  if (is_nothing(value) && !is_allowed(field, value)) tell_null(entry, object, field, value->kind);
  if (!is_nothing(value) && !value_fits(value, field->type)) tell_datatype(entry, object, field, value);
  if (is_long(field, value)) tell_length(entry, object, field, value);
}

void column_findings_online(struct journal_entry *entry, const struct model_object *object, bool creates) {
  const cJSON *member;
  char scratch[32];
  cJSON_ArrayForEach(member, entry->body) {
    if (!model_find_field(object, member->string) && strcmp(member->string, "_metadata") != 0)
      journal_finding(entry, "W-4: no column of %.60s: \"%.60s\"", object->name, member->string);
  }
  for (size_t i = 0; i < object->field_count; i++) {
    const struct value value = value_of(json_find(entry->body, object->fields[i].name), scratch);
    check_online(entry, object, &object->fields[i], &value, creates);
  }
}
