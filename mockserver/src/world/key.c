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

/* ---- values where they stand ---- */

struct value value_of(const cJSON *node, char scratch[32]) {
  struct value value = {.kind = VALUE_TREE, .tree = node};
  if (!node) value.kind = VALUE_ABSENT;
  else if (cJSON_IsNull(node)) value.kind = VALUE_NULL;
  else if (cJSON_IsBool(node)) value.kind = cJSON_IsTrue(node) ? VALUE_TRUE : VALUE_FALSE;
  else if (cJSON_IsString(node)) value.kind = VALUE_TEXT;
  else if (json_is_number(node)) value.kind = VALUE_NUMBER;
  if (value.kind == VALUE_TEXT || value.kind == VALUE_NUMBER) {
    value.text = value.kind == VALUE_TEXT ? node->valuestring : json_number_text(node, scratch);
    value.len = strlen(value.text);
  }
  return value;
}

static bool is_number(const struct value *value) {
  return value->kind == VALUE_NUMBER || (value->kind == VALUE_TEXT && decimal_valid(value->text, value->len));
}

bool value_integer(const struct value *value, int64_t *out) {
  return is_number(value) && decimal_integer(value->text, value->len, out);
}

static bool is_text(const struct value *value, const char *text) {
  return value->kind == VALUE_TEXT && value->len == strlen(text) && memcmp(value->text, text, value->len) == 0;
}

static bool is_truth(const struct value *value, bool *out) {
  int64_t number = -1;
  bool integer = value_integer(value, &number);
  bool yes = value->kind == VALUE_TRUE || (integer && number == 1) || is_text(value, "true");
  bool no = value->kind == VALUE_FALSE || (integer && number == 0) || is_text(value, "false");
  if (yes || no) *out = yes;
  return yes || no;
}

unsigned datatype_kinds(enum datatype type) {
  static const unsigned KINDS[] = {[TYPE_STRING] = 1 << VALUE_TEXT, [TYPE_NUMBER] = 1 << VALUE_NUMBER,
                                   [TYPE_BOOLEAN] = 1 << VALUE_FALSE | 1 << VALUE_TRUE, [TYPE_DATE] = 1 << VALUE_TEXT,
                                   [TYPE_BINARY] = 0};
  return KINDS[type] | 1 << VALUE_ABSENT | 1 << VALUE_NULL;
}

bool value_fits(const struct value *value, enum datatype type) {
  bool truth;
  if (datatype_kinds(type) >> value->kind & 1) return true;
  return type == TYPE_NUMBER ? is_number(value) : type == TYPE_BOOLEAN && is_truth(value, &truth);
}

static void append_as_given(struct base_buf *json, const struct value *value) {
  switch (value->kind) {
  case VALUE_TRUE: base_buf_append(json, "true", 4); break;
  case VALUE_FALSE: base_buf_append(json, "false", 5); break;
  case VALUE_NUMBER: base_buf_append(json, value->text, value->len); break;
  case VALUE_TEXT: json_quote(json, value->text, value->len); break;
  case VALUE_TREE: json_append(json, value->tree); break;
  default: base_buf_append(json, "null", 4);
  }
}

void value_append(struct base_buf *json, const struct value *value, enum datatype type) {
  bool truth;
  if (value_is_normal(value, type)) {
    base_buf_append(json, value_begin(value), (size_t)(value_end(value) - value_begin(value)));
  } else if (type == TYPE_NUMBER && is_number(value)) {
    bool plus = value->text[0] == '+';
    base_buf_append(json, value->text + plus, value->len - plus);
  } else if (type == TYPE_BOOLEAN && is_truth(value, &truth)) {
    base_buf_text(json, truth ? "true" : "false");
  } else {
    append_as_given(json, value);
  }
}

bool value_boolean(const cJSON *value, bool *out) {
  char scratch[32];
  const struct value given = value_of(value, scratch);
  return is_truth(&given, out);
}

cJSON *value_normal(const cJSON *given, enum datatype type) {
  char scratch[32];
  bool truth;
  const char *digits = type == TYPE_NUMBER ? value_digits(given, scratch) : NULL;
  if (digits) return json_create_number(digits);
  if (type == TYPE_BOOLEAN && value_boolean(given, &truth)) return cJSON_CreateBool(truth);
  return given ? cJSON_Duplicate(given, true) : cJSON_CreateNull();
}

/* ---- keys ---- */

static bool is_exponent(char c) { return c == 'e' || c == 'E'; }

/* Of what stands behind the e. */
static int64_t written_exponent(const char *from, const char *end) {
  int64_t value = 0;
  for (const char *c = from; c < end; c++)
    if (*c >= '0' && *c <= '9' && value < INT32_MAX) value = value * 10 + (*c - '0');
  return from < end && *from == '-' ? -value : value;
}

/* A number without sign is 0.d1d2d3… times ten to the power of the result. Its digits are appended to `key` without
   zeros at either end, so that equal values have equal bytes. */
static int64_t append_digits(struct base_buf *key, const char *text, size_t len) {
  const char *c = text, *end = text + len;
  char *to = base_buf_reserve(key, len);
  size_t count = 0;
  int64_t exponent = 0;
  bool point = false, leading = true;
  if (!to) return 0;
  for (; c < end && !is_exponent(*c); c++) {
    if (*c == '.') point = true;
    if (*c < '0' || *c > '9') continue;
    if (*c != '0') leading = false;
    if (!leading) to[count++] = *c;
    if (!leading && !point) exponent++;
    if (leading && point) exponent--;
  }
  while (count > 0 && to[count - 1] == '0') count--;
  base_buf_added(key, count);
  return c < end ? exponent + written_exponent(c + 1, end) : exponent;
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
static void append_number(struct base_buf *key, const char *digits, size_t len) {
  static const char ROOM[EXPONENT_WIDTH + 1] = "2"; /* the sign, and the exponent that is known behind the digits */
  bool negative = digits[0] == '-';
  base_buf_append(key, ROOM, sizeof ROOM);
  size_t from = key->len;
  int64_t exponent = append_digits(key, digits, len);
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

bool value_append_key(struct base_buf *key, const struct value *value, enum datatype type) {
  bool truth, stands = value->kind == VALUE_TEXT || value->kind == VALUE_NUMBER;
  if (type == TYPE_NUMBER && is_number(value)) append_number(key, value->text, value->len);
  else if (type == TYPE_BOOLEAN && is_truth(value, &truth)) base_buf_char(key, truth ? '1' : '0');
  else if (!stands) return false;
  else {
    base_buf_char(key, '9');
    base_buf_append(key, value->text, value->len);
  }
  base_buf_char(key, '\0'); /* ends the column, and sorts before everything */
  return !key->failed;
}

bool key_append(struct base_buf *key, const cJSON *value, enum datatype type) {
  char scratch[32];
  const struct value given = value_of(value, scratch);
  return value_append_key(key, &given, type);
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

bool value_same_key(const struct value *a, const struct value *b, enum datatype type) {
  struct base_buf one = BASE_BUF_INIT, two = BASE_BUF_INIT;
  bool same = value_append_key(&one, a, type) && value_append_key(&two, b, type) && one.len == two.len &&
              memcmp(one.data, two.data, one.len) == 0;
  base_buf_done(&one);
  base_buf_done(&two);
  return same;
}

bool key_same(const cJSON *a, const cJSON *b, enum datatype type) {
  char one[32], two[32];
  const struct value x = value_of(a, one), y = value_of(b, two);
  return value_same_key(&x, &y, type);
}
