#include "core/value.h"

#include <string.h>

#include "base/decimal.h"
#include "base/json.h"
#include "core/codes.h"
#include "core/model.h"

static struct vmx_value literal(const char *text) {
  return (struct vmx_value){text, strlen(text)};
}

static bool is_text(const struct vmx_value *value, const char *text) {
  return value->len == strlen(text) && memcmp(value->text, text, value->len) == 0;
}

static bool is_number(const struct vmx_value *value) {
  return decimal_valid(value->text, value->len);
}

/* W-13: true, 1 and their strings are one value, false, 0 and theirs the other. */
static void settle_boolean(struct vmx_value *value) {
  if (is_text(value, "1") || is_text(value, "0")) return;
  if (is_text(value, "true")) *value = literal("1");
  else if (is_text(value, "false")) *value = literal("0");
  else if (is_number(value) && decimal_compare(value->text, value->len, "1", 1) == 0)
    *value = literal("1");
  else if (is_number(value) && decimal_compare(value->text, value->len, "0", 1) == 0)
    *value = literal("0");
}

static bool take_string(const struct json_reader *reader, struct vmx_arena *arena,
                        struct vmx_value *out) {
  const char *raw = reader->text + reader->start;
  size_t len = reader->end - reader->start;
  *out = (struct vmx_value){raw, len};
  if (!reader->escaped) return true;
  char *text = vmx_arena_text(arena, raw, len);
  if (!text) return false;
  *out = (struct vmx_value){text, json_unescape(raw, len, text)};
  text[out->len] = '\0';
  return true;
}

bool vmx_value_take(const struct json_reader *reader, enum json_token token,
                    enum vmx_datatype datatype, struct vmx_arena *arena, struct vmx_value *out) {
  switch (token) {
  case JSON_NULL: *out = (struct vmx_value){0}; return true;
  case JSON_TRUE:
  case JSON_FALSE:
  case JSON_NUMBER:
    *out = (struct vmx_value){reader->text + reader->start, reader->end - reader->start};
    break;
  case JSON_STRING:
    if (!take_string(reader, arena, out)) return false;
    break;
  default: return false;
  }
  if (datatype == VMX_BOOLEAN) settle_boolean(out);
  return true;
}

static void write_number(struct base_buf *out, const struct vmx_value *value) {
  size_t sign = value->text[0] == '+' ? 1 : 0; /* JSON's numbers have no plus */
  base_buf_append(out, value->text + sign, value->len - sign);
}

void vmx_value_write(struct base_buf *out, enum vmx_datatype datatype, enum vmx_boolean_form form,
                     const struct vmx_value *value) {
  if (!value->text) base_buf_text(out, "null");
  else if (datatype == VMX_NUMBER && is_number(value)) write_number(out, value);
  else if (datatype == VMX_BOOLEAN && (is_text(value, "1") || is_text(value, "0")))
    base_buf_text(out, form == VMX_BOOLEAN_NUMERIC   ? (value->text[0] == '1' ? "1" : "0")
                       : value->text[0] == '1' ? "true"
                                               : "false");
  else json_quote(out, value->text, value->len);
}

static size_t characters(const struct vmx_value *value) {
  size_t count = 0;
  for (size_t i = 0; i < value->len; i++) count += ((unsigned char)value->text[i] & 0xC0) != 0x80;
  return count;
}

int vmx_value_check(const struct vmx_object *object, const struct vmx_field *field,
                    const struct vmx_value *value, struct base_error *err) {
  if (!value->text) return 0;
  if (field->datatype == VMX_NUMBER && !is_number(value))
    return base_fail(err, VMX_CODE_TYPE, "C-5", "%s.%s is a number, \"%.*s\" is none", object->name,
                     field->name, (int)(value->len < 40 ? value->len : 40), value->text);
  if (field->datatype == VMX_BOOLEAN && !is_text(value, "1") && !is_text(value, "0"))
    return base_fail(err, VMX_CODE_TYPE, "LOC-05", "%s.%s is a boolean, \"%.*s\" is none",
                     object->name, field->name, (int)(value->len < 40 ? value->len : 40),
                     value->text);
  if (field->datatype == VMX_STRING && field->length > 0 &&
      characters(value) > (uint64_t)field->length)
    return base_fail(err, VMX_CODE_TYPE, "LOC-05", "%s.%s takes %lld characters, it was given %zu",
                     object->name, field->name, (long long)field->length, characters(value));
  return 0;
}

bool vmx_value_equal(enum vmx_datatype datatype, const struct vmx_value *a,
                     const struct vmx_value *b) {
  if (!a->text || !b->text) return !a->text && !b->text;
  if (datatype == VMX_NUMBER && is_number(a) && is_number(b))
    return decimal_compare(a->text, a->len, b->text, b->len) == 0;
  return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static int compare_bytes(const struct vmx_value *a, const struct vmx_value *b) {
  size_t shorter = a->len < b->len ? a->len : b->len;
  int order = shorter ? memcmp(a->text, b->text, shorter) : 0;
  if (order == 0) order = (a->len > b->len) - (a->len < b->len);
  return (order > 0) - (order < 0);
}

int vmx_value_compare(enum vmx_datatype datatype, const struct vmx_value *a,
                      const struct vmx_value *b) {
  if (!a->text || !b->text) return (a->text != NULL) - (b->text != NULL);
  if (datatype != VMX_NUMBER) return compare_bytes(a, b);
  bool first = is_number(a), second = is_number(b);
  if (first && second) return decimal_compare(a->text, a->len, b->text, b->len);
  return first == second ? compare_bytes(a, b) : second - first;
}

bool vmx_value_temporary(const struct vmx_value *value) {
  if (!value->text || value->len < 2 || value->text[0] != '-') return false;
  int64_t number;
  return decimal_integer(value->text, value->len, &number) && number < 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void write_member(struct base_buf *out, const struct vmx_field *field, bool *first) {
  if (!*first) base_buf_char(out, ',');
  *first = false;
  json_quote(out, field->name, field->name_len);
  base_buf_char(out, ':');
}

void vmx_row_write(struct base_buf *out, const struct vmx_object *object,
                   enum vmx_boolean_form form, const struct vmx_value *row, bool nulls) {
  bool first = true;
  base_buf_char(out, '{');
  for (size_t i = 0; i < object->field_count; i++) {
    if (!row[i].text && !nulls) continue;
    write_member(out, &object->fields[i], &first);
    vmx_value_write(out, object->fields[i].datatype, form, &row[i]);
  }
  base_buf_char(out, '}');
}

void vmx_key_write(struct base_buf *out, const struct vmx_object *object,
                   enum vmx_boolean_form form, const struct vmx_value *row) {
  bool first = true;
  base_buf_char(out, '{');
  for (size_t i = 0; i < object->key_count; i++) {
    const struct vmx_field *field = &object->fields[object->key[i]];
    write_member(out, field, &first);
    vmx_value_write(out, field->datatype, form, &row[object->key[i]]);
  }
  base_buf_char(out, '}');
}

/* An integer that is its own canonical text; longer ones go the long way round. */
static bool plain_integer(const struct vmx_value *value) {
  if (value->len > 18) return false;
  size_t at = value->text[0] == '-' ? 1 : 0;
  if (value->len == at || value->text[at] == '0') return value->len == 1 && at == 0;
  for (size_t i = at; i < value->len; i++)
    if (value->text[i] < '0' || value->text[i] > '9') return false;
  return true;
}

static int64_t exponent(const char *p, const char *end) {
  bool negative = *p == '-';
  int64_t power = 0;
  for (p += *p == '-' || *p == '+'; p < end; p++)
    if (power < INT32_MAX) power = power * 10 + (*p - '0');
  return negative ? -power : power;
}

/* Sign, digits without outer zeroes, power of ten: one text for each decimal value. */
static void append_canonical(struct base_buf *out, const struct vmx_value *value) {
  int64_t integer;
  if (decimal_integer(value->text, value->len, &integer)) {
    base_buf_printf(out, "%lld", (long long)integer);
    return;
  }
  const char *end = value->text + value->len, *e = value->text;
  while (e < end && *e != 'e' && *e != 'E') e++;
  int64_t power = e < end ? exponent(e + 1, end) : 0;
  struct base_buf digits = BASE_BUF_INIT;
  bool point = false;
  for (const char *p = value->text; p < e; p++) {
    if (*p == '.') point = true;
    if (*p < '0' || *p > '9') continue;
    if (digits.len > 0 || *p != '0') base_buf_char(&digits, *p);
    power -= point;
  }
  while (digits.len > 0 && digits.data[digits.len - 1] == '0') {
    digits.len--;
    power++;
  }
  base_buf_printf(out, "%s%.*se%lld", value->text[0] == '-' ? "-" : "", (int)digits.len,
                  base_buf_string(&digits), (long long)power);
  if (digits.failed) out->failed = true;
  base_buf_done(&digits);
}

static void append_key_part(struct base_buf *out, enum vmx_datatype datatype,
                            const struct vmx_value *value) {
  if (datatype != VMX_NUMBER || plain_integer(value) || !is_number(value))
    base_buf_append(out, value->text, value->len);
  else append_canonical(out, value);
}

bool vmx_key_text(struct base_buf *out, const struct vmx_object *object,
                  const struct vmx_value *row) {
  for (size_t i = 0; i < object->key_count; i++)
    if (!row[object->key[i]].text || row[object->key[i]].len == 0) return false;
  if (object->key_count == 1) {
    append_key_part(out, object->fields[object->key[0]].datatype, &row[object->key[0]]);
    return true;
  }
  struct base_buf part = BASE_BUF_INIT;
  for (size_t i = 0; i < object->key_count; i++) {
    base_buf_clear(&part);
    append_key_part(&part, object->fields[object->key[i]].datatype, &row[object->key[i]]);
    base_buf_printf(out, "%zu:", part.len);
    base_buf_append(out, base_buf_string(&part), part.len);
    if (part.failed) out->failed = true;
  }
  base_buf_done(&part);
  return true;
}

void vmx_row_pack(struct base_buf *out, const struct vmx_object *object,
                  const struct vmx_value *row) {
  bool first = true;
  base_buf_char(out, '{');
  for (size_t i = 0; i < object->field_count; i++) {
    if (!row[i].text) continue;
    write_member(out, &object->fields[i], &first);
    json_quote(out, row[i].text, row[i].len);
  }
  base_buf_char(out, '}');
}

bool vmx_row_unpack(const struct vmx_object *object, const char *text, size_t len,
                    struct vmx_arena *arena, struct vmx_value *row) {
  memset(row, 0, object->field_count * sizeof *row);
  struct json_reader reader;
  json_reader_init(&reader, text, len);
  if (json_next(&reader) != JSON_OBJECT_BEGIN) return false;
  size_t expected = 0;
  while (json_next(&reader) == JSON_KEY) {
    int field = vmx_object_read_field(object, &reader, expected);
    enum json_token token = json_next(&reader);
    struct vmx_value value;
    if (token != JSON_STRING || !take_string(&reader, arena, &value)) return false;
    if (field < 0) continue;
    row[field] = value;
    expected = (size_t)field + 1;
  }
  return reader.problem == NULL && reader.depth == 0;
}
