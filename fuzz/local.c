/*
 * Target: what an application hands to the local calls. Bits 0 to 2 of the first byte choose the call whose
 * options the rest is; 6 and 7 a record of Employee, or a key that stands alone.
 *
 * Held (wire.md W-49, W-50, C-3): a refusal has a code of the call and says why in one line of UTF-8; what
 * is taken lies inside the object, each column once; an option of another call has no effect; a
 * condition that is taken is one expression; reading the same text twice gives the same.
 */
#include "core/edit.h"
#include "model_fixture.h"
#include "spending.h"

/* Of one reading. */
static const struct spending most = {.steps = 20000, .steps_each = 200, .bytes = 48 * 1024, .bytes_each = 50};

static const enum vmx_local_call calls[] = {VMX_LOCAL_CREATE, VMX_LOCAL_UPDATE, VMX_LOCAL_DELETE, VMX_LOCAL_GET,
                                            VMX_LOCAL_MARK,   VMX_LOCAL_PENDING, VMX_LOCAL_GET,   VMX_LOCAL_UPDATE};

static const int option_codes[] = {VMX_CODE_OPTION,        VMX_CODE_KEY_EMPTY, VMX_CODE_ORDER_BY,
                                   VMX_CODE_UNKNOWN_FIELD, VMX_CODE_TYPE,      0};
static const int record_codes[] = {VMX_CODE_RECORD_EMPTY, VMX_CODE_UNKNOWN_FIELD, VMX_CODE_TYPE, 0};
static const int create_codes[] = {VMX_CODE_KEY_EMPTY, VMX_CODE_MANDATORY, VMX_CODE_GENERATED, 0};

static void check_columns(const struct vmx_object *object, const struct vmx_value *row, const bool *given) {
  for (size_t i = 0; i < object->field_count; i++) {
    MUST(given[i] || !row[i].text);
    MUST(!row[i].text || utf8_valid(row[i].text, row[i].len));
  }
}

static void check_selector(const struct vmx_object *object, const struct vmx_selector *selector) {
  MUST((selector->kind == VMX_SELECT_TEXT) == (selector->condition != NULL));
  if (selector->condition) MUST(vmx_local_check_condition(selector->condition, NULL) == 0);
  if (selector->row) check_columns(object, selector->row, selector->given);
  if (selector->kind == VMX_SELECT_KEY) MUST(vmx_columns_check_key(object, selector->row, NULL) == 0);
}

static void check_options(const struct vmx_object *object, enum vmx_local_call call,
                          const struct vmx_local_options *options) {
  bool edit = call & (VMX_LOCAL_CREATE | VMX_LOCAL_UPDATE | VMX_LOCAL_DELETE), get = call == VMX_LOCAL_GET;
  check_selector(object, &options->selector);
  MUST(call != VMX_LOCAL_CREATE || options->selector.kind == VMX_SELECT_ALL);
  MUST(get || options->selector.kind != VMX_SELECT_LIKE);
  MUST(edit || (options->track_changes && options->track_intermediate_updates && options->mark_for_upload));
  MUST(get || (options->order_count == 0 && options->column_count == 0 && !options->distinct));
  MUST(options->order_count <= object->field_count && options->column_count <= object->field_count);
  for (size_t i = 0; i < options->order_count; i++) {
    MUST(options->order[i].field < object->field_count);
    for (size_t k = 0; k < i; k++) MUST(options->order[k].field != options->order[i].field);
  }
  for (size_t i = 0; i < options->column_count; i++) {
    MUST(options->columns[i] < object->field_count);
    for (size_t k = 0; k < i; k++) MUST(options->columns[k] != options->columns[i]);
  }
}

static void read_options(const struct vmx_object *object, enum vmx_local_call call, const char *text, size_t len) {
  struct vmx_arena arena = {0};
  struct vmx_local_options options, again;
  struct base_error err = {0};
  spending_begin();
  int status = vmx_local_options_read(object, call, text, len, &arena, &options, &err);
  spending_end(&most, len);
  MUST(err.code == status);
  if (status == 0) check_options(object, call, &options);
  else check_refusal(&err, option_codes);
  MUST(vmx_local_options_read(object, call, text, len, &arena, &again, NULL) == status);
  MUST(status != 0 || (again.selector.kind == options.selector.kind && again.order_count == options.order_count &&
                       again.column_count == options.column_count && again.distinct == options.distinct));
  vmx_arena_done(&arena);
}

static void read_record(const struct vmx_object *object, const char *text, size_t len) {
  struct vmx_arena arena = {0};
  struct vmx_columns record;
  struct base_error err = {0};
  spending_begin();
  int status = vmx_edit_record_read(object, text, len, &arena, &record, &err);
  spending_end(&most, len);
  MUST(err.code == status);
  if (status != 0) check_refusal(&err, record_codes);
  else {
    MUST(record.count > 0 && record.count <= object->field_count);
    check_columns(object, record.row, record.given);
    status = vmx_edit_check_create(object, &record, true, &err);
    if (status != 0) check_refusal(&err, create_codes);
    status = vmx_edit_check_update(object, &record, record.row, NULL);
    MUST(status == 0 || status == VMX_CODE_MANDATORY);
  }
  vmx_arena_done(&arena);
}

static void read_key(const struct vmx_object *object, const char *text, size_t len) {
  struct vmx_arena arena = {0};
  struct vmx_selector selector;
  struct base_error err = {0};
  spending_begin();
  int status = vmx_local_key_read(object, text, len, &arena, &selector, &err);
  spending_end(&most, len);
  MUST(err.code == status);
  if (status != 0) check_refusal(&err, option_codes);
  MUST(selector.kind == VMX_SELECT_ALL || selector.kind == VMX_SELECT_KEY);
  check_selector(object, &selector);
  vmx_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const struct vmx_object *object = &fixture_service()->objects[0];
  if (size == 0) return 0;
  const char *text = (const char *)data + 1;
  if (data[0] & 0x80) read_key(object, text, size - 1);
  else if (data[0] & 0x40) read_record(object, text, size - 1);
  else read_options(object, calls[data[0] & 7], text, size - 1);
  return 0;
}
