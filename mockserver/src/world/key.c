#include "world/key.h"

#include <endian.h>
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

unsigned datatype_kept(enum datatype type) {
  enum { WORDS = 1 << VALUE_NULL | 1 << VALUE_FALSE | 1 << VALUE_TRUE, NUMBERS = 1 << VALUE_NUMBER, TEXTS = 1 << VALUE_TEXT };
  static const unsigned KEPT[] = {[TYPE_STRING] = WORDS | NUMBERS | TEXTS, [TYPE_NUMBER] = WORDS | NUMBERS, [TYPE_BOOLEAN] = WORDS,
                                  [TYPE_DATE] = WORDS | NUMBERS | TEXTS, [TYPE_BINARY] = 0};
  return KEPT[type];
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
  if (value->normal) {
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

/* Of what stands behind the e. */
static int64_t written_exponent(const char *from, const char *end) {
  int64_t value = 0;
  for (const char *c = from; c < end; c++)
    if (*c >= '0' && *c <= '9' && value < INT32_MAX) value = value * 10 + (*c - '0');
  return from < end && *from == '-' ? -value : value;
}

/* Returns where those that are copied end. */
static char *copy_digits(char *to, const char **from, const char *end) {
  for (; *from < end && **from >= '0' && **from <= '9'; (*from)++) *to++ = **from;
  return to;
}

/* A number without sign is 0.d1d2d3… times ten to the power of *exponent. Its digits are written without zeros at
   either end, so that equal values have equal bytes. Returns how many they are. */
static size_t write_digits(char *to, const char *c, const char *end, int64_t *exponent) {
  while (c < end && *c == '0') c++;
  char *at = copy_digits(to, &c, end);
  *exponent = at - to;
  if (c < end && *c == '.') {
    c++;
    for (; at == to && c < end && *c == '0'; c++) --*exponent;
    at = copy_digits(at, &c, end);
  }
  while (at > to && at[-1] == '0') at--;
  if (c < end) *exponent += written_exponent(c + 1, end);
  return (size_t)(at - to);
}

/* In four bytes that sort as numbers do; from both far ends on all are alike. */
static void write_exponent(char to[4], int64_t exponent) {
  if (exponent < INT32_MIN) exponent = INT32_MIN;
  if (exponent > INT32_MAX) exponent = INT32_MAX;
  const uint32_t word = htobe32((uint32_t)(exponent - INT32_MIN));
  memcpy(to, &word, sizeof word);
}

/* '0' negative, '1' zero, '2' positive; then the exponent, the digits, an end that sorts before every digit. The bytes of
   a negative number are turned upside down. */
static void append_number(struct base_buf *key, const char *text, size_t len) {
  enum { BEGIN = 5, AROUND = BEGIN + 1 };
  bool negative = *text == '-';
  char *to = base_buf_reserve(key, AROUND + len);
  int64_t exponent;
  if (!to) return;
  size_t count = write_digits(to + BEGIN, text + (negative || *text == '+'), text + len, &exponent);
  *to = count == 0 ? '1' : negative ? '0' : '2';
  if (count > 0) write_exponent(to + 1, exponent);
  to[BEGIN + count] = '!';
  for (size_t i = 1; negative && i < AROUND + count; i++) to[i] = (char)~to[i];
  base_buf_added(key, count == 0 ? 1 : AROUND + count);
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
