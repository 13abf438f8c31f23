#include "core/edit.h"

#include "core/codes.h"

int vmx_edit_record_read(const struct vmx_object *object, const char *text, size_t len,
                         struct vmx_arena *arena, struct vmx_columns *out,
                         struct base_error *err) {
  struct json_reader r;
  json_reader_init(&r, text ? text : "", text ? len : 0);
  int status =
      vmx_columns_read(object, &r, VMX_CODE_RECORD_EMPTY, "the record", arena, out, err);
  if (status != 0) return status;
  if (json_next(&r) != JSON_END)
    return base_fail(err, VMX_CODE_RECORD_EMPTY, "LOC-05", "the record of %s is followed by more",
                     object->name);
  if (out->count > 0) return 0;
  return base_fail(err, VMX_CODE_RECORD_EMPTY, "LOC-05", "the record of %s is empty", object->name);
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

int vmx_edit_check_create(const struct vmx_object *object, const struct vmx_columns *record,
                          bool track_changes, struct base_error *err) {
  for (size_t i = 0; i < object->field_count; i++) {
    int status =
        check_create_field(object, &object->fields[i], &record->row[i], track_changes, err);
    if (status != 0) return status;
  }
  return 0;
}

int vmx_edit_check_update(const struct vmx_object *object, const struct vmx_columns *record,
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

int vmx_edit_settle_selector(const struct vmx_object *object, const struct vmx_columns *record,
                             struct vmx_selector *selector, struct base_error *err) {
  if (selector->kind != VMX_SELECT_ALL) return 0;
  if (!record || !record->row)
    return base_fail(err, VMX_CODE_KEY_EMPTY, "W-49", "nothing names the rows of %s", object->name);
  int status = vmx_columns_check_key(object, record->row, err);
  if (status == 0) {
    selector->kind = VMX_SELECT_KEY;
    selector->row = record->row;
    selector->given = record->given;
  }
  return status;
}

