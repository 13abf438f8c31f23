#include "world/key.h"

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

void value_write(const cJSON *given, enum datatype type, struct base_buf *text) {
  char scratch[32];
  bool truth;
  const char *digits = type == TYPE_NUMBER ? value_digits(given, scratch) : NULL;
  if (digits) base_buf_text(text, digits[0] == '+' ? digits + 1 : digits);
  else if (type == TYPE_BOOLEAN && value_boolean(given, &truth)) base_buf_text(text, truth ? "true" : "false");
  else json_append(text, given);
}

static int64_t written_exponent(const char *text) {
  int64_t value = 0;
  const char *e = strpbrk(text, "eE");
  if (!e) return 0;
  bool negative = e[1] == '-';
  for (const char *c = e + 1; *c; c++)
    if (*c >= '0' && *c <= '9' && value < INT32_MAX) value = value * 10 + (*c - '0');
  return negative ? -value : value;
}

/* A number without sign is 0.d1d2d3… times ten to the power of the result. Its digits are appended to `key` without
   zeros at either end, so that equal values have equal bytes. */
static int64_t append_digits(struct base_buf *key, const char *text) {
  int64_t exponent = written_exponent(text);
  size_t from = key->len;
  bool point = false, leading = true;
  for (const char *c = text; *c && *c != 'e' && *c != 'E'; c++) {
    if (*c == '.') point = true;
    if (*c < '0' || *c > '9') continue;
    if (*c != '0') leading = false;
    if (!leading) base_buf_char(key, *c);
    if (!leading && !point) exponent++;
    if (leading && point) exponent--;
  }
  while (key->len > from && key->data[key->len - 1] == '0') key->len--;
  return exponent;
}

enum { EXPONENT_MIDDLE = 0x40000000, EXPONENT_WIDTH = 10 };

static void write_exponent(char to[EXPONENT_WIDTH], int64_t exponent) {
  static const uint64_t MOST = 9999999999;
  uint64_t rest = exponent < -EXPONENT_MIDDLE ? 0 : (uint64_t)(exponent + EXPONENT_MIDDLE);
  if (rest > MOST) rest = MOST;
  for (int i = EXPONENT_WIDTH; i-- > 0; rest /= 10) to[i] = (char)('0' + rest % 10);
}

/* '0' negative, '1' zero, '2' positive; then the exponent in fixed width, the digits, an end that
   sorts before every digit. The bytes of a negative number are turned upside down. */
static void append_number(struct base_buf *key, const char *digits) {
  static const char ROOM[EXPONENT_WIDTH + 1] = "2"; /* the sign, and the exponent that is known behind the digits */
  bool negative = digits[0] == '-';
  base_buf_append(key, ROOM, sizeof ROOM);
  size_t from = key->len;
  int64_t exponent = append_digits(key, digits);
  if (key->failed) return;
  if (key->len == from) {
    key->len -= sizeof ROOM;
    base_buf_char(key, '1');
    return;
  }
  base_buf_char(key, '!');
  if (key->failed) return;
  write_exponent(key->data + from - EXPONENT_WIDTH, exponent);
  if (!negative) return;
  key->data[from - sizeof ROOM] = '0';
  for (size_t i = from - EXPONENT_WIDTH; i < key->len; i++) key->data[i] = (char)('~' - key->data[i]);
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
