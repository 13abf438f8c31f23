#include "core/edit.h"

#include <string.h>

#include "base/json.h"
#include "core/codes.h"

static int no_memory(struct base_error *err) {
  return base_fail(err, VMX_CODE_SYNC, "", "out of memory");
}

/* A map column -> value, as it is read: one for records, keys and conditions. */
struct map {
  struct vmx_value *row;
  bool *given;
  size_t count;
};

static int new_map(const struct vmx_object *object, struct vmx_arena *arena, struct map *map,
                   struct base_error *err) {
  map->row = vmx_arena_array(arena, object->field_count, sizeof *map->row);
  map->given = vmx_arena_array(arena, object->field_count, sizeof *map->given);
  return map->row && map->given ? 0 : no_memory(err);
}

static int field_of(const struct vmx_object *object, const struct json_reader *r,
                    struct base_error *err, size_t *out) {
  for (size_t i = 0; i < object->field_count; i++)
    if (json_token_is(r, object->fields[i].name)) {
      *out = i;
      return 0;
    }
  size_t len = r->end - r->start;
  return base_fail(err, VMX_CODE_UNKNOWN_FIELD, "LOC-05", "%s has no column \"%.*s\"",
                   object->name, (int)(len < 80 ? len : 80), r->text + r->start);
}

static int take_value(const struct vmx_object *object, size_t field, const struct json_reader *r,
                      enum json_token token, struct vmx_arena *arena, struct map *map,
                      struct base_error *err) {
  struct vmx_value value;
  if (token == JSON_OBJECT_BEGIN || token == JSON_ARRAY_BEGIN)
    return base_fail(err, VMX_CODE_TYPE, "LOC-05", "%s.%s was given an object or array",
                     object->name, object->fields[field].name);
  if (!vmx_value_take(r, token, object->fields[field].datatype, arena, &value))
    return no_memory(err);
  int status = vmx_value_check(object, &object->fields[field], &value, err);
  if (status != 0) return status;
  map->count += !map->given[field];
  map->given[field] = true;
  map->row[field] = (struct vmx_value){0};
  if (!value.text) return 0;
  const char *text = vmx_arena_text(arena, value.text, value.len);
  if (!text) return no_memory(err);
  map->row[field] = (struct vmx_value){text, value.len};
  return 0;
}

static int broken(const struct json_reader *r, int code, const char *what,
                  struct base_error *err) {
  return base_fail(err, code, "LOC-05", "%s is not an object of columns%s%s", what,
                   r->problem ? ": " : "", r->problem ? r->problem : "");
}

/* The reader's next value as a map; `code` when it is none. */
static int read_map(const struct vmx_object *object, struct json_reader *r, int code,
                    const char *what, struct vmx_arena *arena, struct map *map,
                    struct base_error *err) {
  int status = new_map(object, arena, map, err);
  if (status != 0) return status;
  if (json_next(r) != JSON_OBJECT_BEGIN) return broken(r, code, what, err);
  enum json_token token;
  while ((token = json_next(r)) == JSON_KEY) {
    size_t field = 0;
    status = field_of(object, r, err, &field);
    if (status != 0) return status;
    token = json_next(r);
    if (token == JSON_BAD) break;
    status = take_value(object, field, r, token, arena, map, err);
    if (status != 0) return status;
  }
  return token == JSON_OBJECT_END ? 0 : broken(r, code, what, err);
}

/* ---- options --------------------------------------------------------------------------------- */

static int check_whole_key(const struct vmx_object *object, const struct vmx_value *row,
                           struct base_error *err) {
  for (size_t i = 0; i < object->key_count; i++)
    if (!row[object->key[i]].text || row[object->key[i]].len == 0)
      return base_fail(err, VMX_CODE_KEY_EMPTY, "LOC-05", "the key column %s.%s is null or empty",
                       object->name, object->fields[object->key[i]].name);
  return 0;
}

static int read_selector(const struct vmx_object *object, struct json_reader *r, bool keys,
                         struct vmx_arena *arena, struct vmx_selector *out,
                         struct base_error *err) {
  struct map map = {0};
  int status = read_map(object, r, VMX_CODE_OPTION, keys ? "primaryKeys" : "whereCondition", arena,
                        &map, err);
  if (status == 0 && keys) status = check_whole_key(object, map.row, err);
  if (status != 0) return status;
  bool outranked = out->kind == VMX_SELECT_KEY; /* W-49: primaryKeys come first */
  if (!outranked)
    *out = (struct vmx_selector){.kind = keys ? VMX_SELECT_KEY : VMX_SELECT_MAP,
                                 .row = map.row,
                                 .given = map.given};
  return 0;
}

static int read_condition(const struct vmx_object *object, struct json_reader *r,
                          enum json_token token, struct vmx_arena *arena,
                          struct vmx_selector *out, struct base_error *err) {
  struct vmx_value value;
  if (token != JSON_STRING)
    return base_fail(err, VMX_CODE_OPTION, "C-3", "whereConditionAsAString of %s is no text",
                     object->name);
  if (!vmx_value_take(r, token, VMX_STRING, arena, &value)) return no_memory(err);
  const char *text = vmx_arena_text(arena, value.text, value.len);
  if (!text) return no_memory(err);
  int status = vmx_edit_check_condition(text, err);
  if (status != 0 || out->kind == VMX_SELECT_KEY || out->kind == VMX_SELECT_MAP) return status;
  *out = (struct vmx_selector){.kind = VMX_SELECT_TEXT, .condition = text};
  return 0;
}

static int read_switch(const char *name, const struct json_reader *r, enum json_token token,
                       bool *out, struct base_error *err) {
  bool yes = token == JSON_TRUE || (token == JSON_STRING && json_token_is(r, "true"));
  bool no = token == JSON_FALSE || (token == JSON_STRING && json_token_is(r, "false"));
  if (!yes && !no && token != JSON_NULL)
    return base_fail(err, VMX_CODE_OPTION, "UPL-04", "the option %s is not true or false", name);
  if (token != JSON_NULL) *out = yes;
  return 0;
}

static int read_option(const struct vmx_object *object, struct json_reader *r,
                       struct vmx_arena *arena, struct vmx_edit_options *out,
                       struct base_error *err) {
  const struct {
    const char *name;
    bool *value;
  } switches[] = {{"trackChanges", &out->track_changes},
                  {"trackIntermediateUpdates", &out->track_intermediate_updates},
                  {"markForUpload", &out->mark_for_upload}};
  bool keys = json_token_is(r, "primaryKeys"), where = json_token_is(r, "whereCondition");
  bool condition = json_token_is(r, "whereConditionAsAString");
  const struct json_reader name = *r;
  struct json_reader value = *r; /* stands before the value */
  enum json_token token = json_next(r);
  if (token == JSON_NULL) return 0;
  if ((keys || where) && token == JSON_OBJECT_BEGIN) {
    int status = read_selector(object, &value, keys, arena, &out->selector, err);
    *r = value;
    return status;
  }
  if (keys || where)
    return base_fail(err, VMX_CODE_OPTION, "W-49", "%s of %s is not an object of columns",
                     keys ? "primaryKeys" : "whereCondition", object->name);
  if (condition) return read_condition(object, r, token, arena, &out->selector, err);
  for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
    if (json_token_is(&name, switches[i].name))
      return read_switch(switches[i].name, r, token, switches[i].value, err);
  json_skip(r, token); /* unknown options are ignored (OPT-22) */
  return 0;
}

int vmx_edit_options_read(const struct vmx_object *object, const char *text, size_t len,
                          struct vmx_arena *arena, struct vmx_edit_options *out,
                          struct base_error *err) {
  *out = (struct vmx_edit_options){
      .track_changes = true, .track_intermediate_updates = true, .mark_for_upload = true};
  if (!text) return 0;
  struct json_reader r;
  json_reader_init(&r, text, len);
  enum json_token token = json_next(&r);
  if (token == JSON_NULL) return 0;
  while (token == JSON_OBJECT_BEGIN && (token = json_next(&r)) == JSON_KEY) {
    int status = read_option(object, &r, arena, out, err);
    if (status != 0) return status;
    token = JSON_OBJECT_BEGIN;
  }
  if (token == JSON_OBJECT_END && json_next(&r) == JSON_END) return 0;
  return base_fail(err, VMX_CODE_OPTION, "LOC-05", "the options are not an object%s%s",
                   r.problem ? ": " : "", r.problem ? r.problem : "");
}

/* ---- records --------------------------------------------------------------------------------- */

int vmx_edit_record_read(const struct vmx_object *object, const char *text, size_t len,
                         struct vmx_arena *arena, struct vmx_edit_record *out,
                         struct base_error *err) {
  struct json_reader r;
  json_reader_init(&r, text ? text : "", text ? len : 0);
  struct map map = {0};
  int status = read_map(object, &r, VMX_CODE_RECORD_EMPTY, "the record", arena, &map, err);
  if (status != 0) return status;
  if (json_next(&r) != JSON_END) return broken(&r, VMX_CODE_RECORD_EMPTY, "the record", err);
  if (map.count == 0)
    return base_fail(err, VMX_CODE_RECORD_EMPTY, "LOC-05", "the record of %s is empty",
                     object->name);
  *out = (struct vmx_edit_record){.row = map.row, .given = map.given, .given_count = map.count};
  return 0;
}

static int check_create_field(const struct vmx_object *object, const struct vmx_field *field,
                              const struct vmx_value *value, bool track_changes,
                              struct base_error *err) {
  if (field->auto_generated && !value->text) return 0; /* it will be made */
  if (field->auto_generated && track_changes)
    return base_fail(err, VMX_CODE_GENERATED, "LOC-05", "%s.%s is generated and was given a value",
                     object->name, field->name);
  if (field->key && (!value->text || value->len == 0))
    return base_fail(err, VMX_CODE_KEY_EMPTY, "LOC-05", "the key column %s.%s is null or empty",
                     object->name, field->name);
  if (!field->nullable && field->required && !value->text)
    return base_fail(err, VMX_CODE_MANDATORY, "LOC-05", "the mandatory column %s.%s is missing",
                     object->name, field->name);
  return 0;
}

int vmx_edit_check_create(const struct vmx_object *object, const struct vmx_edit_record *record,
                          bool track_changes, struct base_error *err) {
  for (size_t i = 0; i < object->field_count; i++) {
    int status =
        check_create_field(object, &object->fields[i], &record->row[i], track_changes, err);
    if (status != 0) return status;
  }
  return 0;
}

int vmx_edit_check_update(const struct vmx_object *object, const struct vmx_edit_record *record,
                          const struct vmx_value *before, struct base_error *err) {
  for (size_t i = 0; i < object->field_count; i++) {
    const struct vmx_field *field = &object->fields[i];
    if (!record->given[i]) continue;
    if (field->key && !vmx_value_equal(field->datatype, &record->row[i], &before[i]))
      return base_fail(err, VMX_CODE_KEY_CHANGED, "LOC-05", "the key column %s.%s cannot change",
                       object->name, field->name);
    if (!field->nullable && field->required && !record->row[i].text)
      return base_fail(err, VMX_CODE_MANDATORY, "LOC-05", "the mandatory column %s.%s becomes null",
                       object->name, field->name);
  }
  return 0;
}

int vmx_edit_settle_selector(const struct vmx_object *object, const struct vmx_edit_record *record,
                             struct vmx_selector *selector, struct base_error *err) {
  if (selector->kind != VMX_SELECT_ALL) return 0;
  if (!record || !record->row)
    return base_fail(err, VMX_CODE_KEY_EMPTY, "W-49", "nothing names the rows of %s", object->name);
  int status = check_whole_key(object, record->row, err);
  if (status == 0) {
    selector->kind = VMX_SELECT_KEY;
    selector->row = record->row;
    selector->given = record->given;
  }
  return status;
}

/* ---- conditions ------------------------------------------------------------------------------ */

/* Behind the quote at *p: to its end, doubled quotes included. False: there is none. */
static bool skip_quoted(const char **p) {
  char end = **p == '[' ? ']' : **p;
  for (++*p; **p; ++*p) {
    if (**p != end) continue;
    if (end != ']' && (*p)[1] == end) ++*p;
    else return true;
  }
  return false;
}

static bool forbidden(const char *p) {
  return *p == ';' || (p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*') || *p == '?' ||
         *p == '@' || *p == ':' || *p == '$';
}

int vmx_edit_check_condition(const char *text, struct base_error *err) {
  int depth = 0;
  bool good = text[strspn(text, " \t\r\n")] != '\0';
  for (const char *p = text; good && *p; p++) {
    if (strchr("'\"`[", *p)) good = skip_quoted(&p);
    else if (*p == '(') depth++;
    else if (*p == ')') good = --depth >= 0;
    else good = !forbidden(p);
  }
  if (good && depth == 0) return 0;
  return base_fail(err, VMX_CODE_OPTION, "C-3",
                   "whereConditionAsAString is not one SQL condition: %.200s", text);
}
