#include "world/key.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "base/decimal.h"

static const char *const DATATYPES[] = {"string", "number", "boolean", "date", "binary"};

bool datatype_find(const char *name, enum datatype *out) {
  for (size_t i = 0; name && i < sizeof DATATYPES / sizeof DATATYPES[0]; i++) {
    if (strcmp(DATATYPES[i], name) != 0) continue;
    *out = (enum datatype)i;
    return true;
  }
  return false;
}

const char *value_digits(const cJSON *value, char scratch[32]) {
  if (json_is_number(value)) return json_number_text(value, scratch);
  const char *text = cJSON_GetStringValue(value);
  return text && decimal_valid(text, strlen(text)) ? text : NULL;
}

bool value_boolean(const cJSON *value, bool *out) {
  char scratch[32];
  const char *text = cJSON_GetStringValue(value);
  const char *digits = value_digits(value, scratch);
  int64_t number = -1;
  if (digits && !decimal_integer(digits, strlen(digits), &number)) return false;
  bool yes = cJSON_IsTrue(value) || number == 1 || (text && strcmp(text, "true") == 0);
  bool no = cJSON_IsFalse(value) || number == 0 || (text && strcmp(text, "false") == 0);
  if (yes || no) *out = yes;
  return yes || no;
}

cJSON *value_normal(const cJSON *given, enum datatype type) {
  char scratch[32];
  bool truth;
  const char *digits = type == TYPE_NUMBER ? value_digits(given, scratch) : NULL;
  if (digits) return json_create_number(digits);
  if (type == TYPE_BOOLEAN && value_boolean(given, &truth)) return cJSON_CreateBool(truth);
  return given ? cJSON_Duplicate(given, true) : cJSON_CreateNull();
}

/* A number without sign as 0.d1d2d3… times ten to the power of `exponent`: its digits without zeros
   at either end, so that equal values have equal parts. */
struct parts {
  struct base_buf digits;
  int64_t exponent;
};

static int64_t written_exponent(const char *text) {
  int64_t value = 0;
  const char *e = strpbrk(text, "eE");
  if (!e) return 0;
  bool negative = e[1] == '-';
  for (const char *c = e + 1; *c; c++)
    if (*c >= '0' && *c <= '9' && value < INT32_MAX) value = value * 10 + (*c - '0');
  return negative ? -value : value;
}

static void split_number(const char *text, struct parts *out) {
  out->exponent = written_exponent(text);
  bool point = false, leading = true;
  for (const char *c = text; *c && *c != 'e' && *c != 'E'; c++) {
    if (*c == '.') point = true;
    if (*c < '0' || *c > '9') continue;
    if (*c != '0') leading = false;
    if (!leading) base_buf_char(&out->digits, *c);
    if (!leading && !point) out->exponent++;
    if (leading && point) out->exponent--;
  }
  while (out->digits.len && out->digits.data[out->digits.len - 1] == '0') out->digits.len--;
}

enum { EXPONENT_MIDDLE = 0x40000000 };

/* '0' negative, '1' zero, '2' positive; then the exponent in fixed width, the digits, an end that
   sorts before every digit. The bytes of a negative number are turned upside down. */
static void append_number(struct base_buf *key, const char *digits) {
  struct parts parts = {.digits = BASE_BUF_INIT};
  bool negative = digits[0] == '-';
  split_number(digits, &parts);
  if (parts.digits.len == 0) {
    base_buf_text(key, "1");
  } else {
    int64_t exponent = parts.exponent + EXPONENT_MIDDLE;
    if (exponent < 0) exponent = 0;
    base_buf_char(key, negative ? '0' : '2');
    size_t from = key->len;
    base_buf_printf(key, "%010" PRId64, exponent);
    base_buf_append(key, parts.digits.data, parts.digits.len);
    base_buf_char(key, '!');
    for (size_t i = from; negative && !key->failed && i < key->len; i++)
      key->data[i] = (char)('~' - key->data[i]);
  }
  base_buf_done(&parts.digits);
}

bool key_append(struct base_buf *key, const cJSON *value, enum datatype type) {
  char scratch[32];
  bool truth;
  const char *digits = type == TYPE_NUMBER ? value_digits(value, scratch) : NULL;
  if (digits) append_number(key, digits);
  else if (type == TYPE_BOOLEAN && value_boolean(value, &truth)) base_buf_char(key, truth ? '1' : '0');
  else if (cJSON_IsString(value)) base_buf_printf(key, "9%s", value->valuestring);
  else if (json_is_number(value)) base_buf_printf(key, "9%s", json_number_text(value, scratch));
  else return false;
  base_buf_char(key, '\0'); /* ends the column, and sorts before everything */
  return !key->failed;
}

bool value_same(const cJSON *value, const cJSON *wanted) {
  char one[32], two[32];
  const char *x = value ? value_digits(value, one) : NULL, *y = value_digits(wanted, two);
  if (!value) return cJSON_IsNull(wanted);
  return x && y ? decimal_compare(x, strlen(x), y, strlen(y)) == 0 : json_equal(value, wanted);
}

bool value_has_columns(const cJSON *record, const cJSON *columns) {
  const cJSON *column;
  cJSON_ArrayForEach(column, columns) {
    if (!value_same(json_find(record, column->string), column)) return false;
  }
  return true;
}

bool key_same(const cJSON *a, const cJSON *b, enum datatype type) {
  struct base_buf one = BASE_BUF_INIT, two = BASE_BUF_INIT;
  bool same = key_append(&one, a, type) && key_append(&two, b, type) && one.len == two.len &&
              memcmp(one.data, two.data, one.len) == 0;
  base_buf_done(&one);
  base_buf_done(&two);
  return same;
}
