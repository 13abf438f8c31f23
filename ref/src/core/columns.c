#include "core/columns.h"

#include <string.h>

#include "core/codes.h"

static int no_memory(struct base_error *err) {
  return base_fail(err, VMX_CODE_SYNC, "", "out of memory");
}

int vmx_column_find(const struct vmx_object *object, const struct json_reader *reader, int code,
                    size_t *out, struct base_error *err) {
  for (size_t i = 0; i < object->field_count; i++)
    if (json_token_is(reader, object->fields[i].name)) {
      *out = i;
      return 0;
    }
  size_t len = reader->end - reader->start;
  return base_fail(err, code, "LOC-05", "%s has no column \"%.*s\"", object->name,
                   (int)(len < 80 ? len : 80), reader->text + reader->start);
}

static int take_value(const struct vmx_object *object, size_t field, const struct json_reader *r,
                      enum json_token token, struct vmx_arena *arena, struct vmx_columns *columns,
                      struct base_error *err) {
  struct vmx_value value;
  if (token == JSON_OBJECT_BEGIN || token == JSON_ARRAY_BEGIN)
    return base_fail(err, VMX_CODE_TYPE, "LOC-05", "%s.%s was given an object or array",
                     object->name, object->fields[field].name);
  if (!vmx_value_take(r, token, object->fields[field].datatype, arena, &value))
    return no_memory(err);
  int status = vmx_value_check(object, &object->fields[field], &value, err);
  if (status != 0) return status;
  columns->count += !columns->given[field];
  columns->given[field] = true;
  columns->row[field] = (struct vmx_value){0};
  if (!value.text) return 0;
  const char *text = vmx_arena_text(arena, value.text, value.len);
  if (!text) return no_memory(err);
  columns->row[field] = (struct vmx_value){text, value.len};
  return 0;
}

static int broken(const struct json_reader *r, int code, const char *what,
                  struct base_error *err) {
  return base_fail(err, code, "LOC-05", "%s is not an object of columns%s%s", what,
                   r->problem ? ": " : "", r->problem ? r->problem : "");
}

int vmx_columns_read(const struct vmx_object *object, struct json_reader *reader, int code,
                     const char *what, struct vmx_arena *arena, struct vmx_columns *out,
                     struct base_error *err) {
  *out = (struct vmx_columns){vmx_arena_array(arena, object->field_count, sizeof *out->row),
                              vmx_arena_array(arena, object->field_count, sizeof *out->given), 0};
  if (!out->row || !out->given) return no_memory(err);
  if (json_next(reader) != JSON_OBJECT_BEGIN) return broken(reader, code, what, err);
  enum json_token token;
  while ((token = json_next(reader)) == JSON_KEY) {
    size_t field = 0;
    int status = vmx_column_find(object, reader, VMX_CODE_UNKNOWN_FIELD, &field, err);
    if (status != 0) return status;
    token = json_next(reader);
    if (token == JSON_BAD) break;
    status = take_value(object, field, reader, token, arena, out, err);
    if (status != 0) return status;
  }
  return token == JSON_OBJECT_END ? 0 : broken(reader, code, what, err);
}

int vmx_columns_check_key(const struct vmx_object *object, const struct vmx_value *row,
                          struct base_error *err) {
  for (size_t i = 0; i < object->key_count; i++)
    if (!row[object->key[i]].text || row[object->key[i]].len == 0)
      return base_fail(err, VMX_CODE_KEY_EMPTY, "LOC-05", "the key column %s.%s is null or empty",
                       object->name, object->fields[object->key[i]].name);
  return 0;
}
