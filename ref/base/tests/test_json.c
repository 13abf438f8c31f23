/* JSON trees: lossless numbers, case-sensitive names, repeated keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"

static cJSON *parsed(const char *text, enum json_repeated repeated) {
  cJSON *tree = NULL;
  struct base_error err = {0};
  if (json_parse(text, strlen(text), repeated, &tree, &err) != 0) fail_msg("%s: %s", text, err.text);
  return tree;
}

static void prints_what_it_parsed(void **state) {
  (void)state;
  static const char *const texts[] = {
      "{\"a\":9007199254740993,\"b\":0.10,\"c\":1E+2,\"A\":-0}",
      "[\"\xf0\x9f\x98\x80\",\"\",null,true,[[]],{}]",
      "123456789012345678901234567890",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    cJSON *tree = parsed(texts[i], JSON_REPEATED_REFUSED);
    char *text = json_print(tree);
    assert_string_equal(text, texts[i]);
    cJSON_free(text);
    cJSON_Delete(tree);
  }
}

static void finds_names_by_case(void **state) {
  (void)state;
  cJSON *tree = parsed("{\"Key\":\"a\",\"key\":\"b\"}", JSON_REPEATED_REFUSED);
  assert_string_equal(json_find_string(tree, "key"), "b");
  assert_string_equal(json_find_string(tree, "Key"), "a");
  assert_null(json_find(tree, "KEY"));
  cJSON_Delete(tree);
}

static void settles_repeated_names(void **state) {
  (void)state;
  static const char text[] = "{\"a\":1,\"b\":2,\"a\":3}";
  cJSON *tree = NULL;
  struct base_error err = {0};
  assert_int_equal(json_parse(text, strlen(text), JSON_REPEATED_REFUSED, &tree, &err), JSON_ERR_SYNTAX);
  assert_string_equal(err.text, "line 1: the name \"a\" stands twice in one object");
  assert_null(tree);
  tree = parsed(text, JSON_LAST_COUNTS);
  char *printed = json_print(tree);
  assert_string_equal(printed, "{\"b\":2,\"a\":3}");
  cJSON_free(printed);
  cJSON_Delete(tree);
}

static void names_line_and_reason(void **state) {
  (void)state;
  static const char text[] = "{\n  \"a\": tru\n}";
  cJSON *tree = NULL;
  struct base_error err = {0};
  assert_int_equal(json_parse(text, strlen(text), JSON_REPEATED_REFUSED, &tree, &err), JSON_ERR_SYNTAX);
  assert_string_equal(err.text, "line 2: not JSON: not a value");
}

static void reads_integers(void **state) {
  (void)state;
  static const struct { const char *text; bool ok; int64_t value; } rows[] = {
      {"5", true, 5}, {"5.0", true, 5}, {"50e-1", true, 5}, {"-9223372036854775808", true, INT64_MIN},
      {"9223372036854775807", true, INT64_MAX}, {"9223372036854775808", false, 0}, {"0.5", false, 0},
      {"1e999999999999", false, 0}, {"-0", true, 0}, {"\"5\"", false, 0}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    cJSON *tree = parsed(rows[i].text, JSON_REPEATED_REFUSED);
    int64_t value = 0;
    assert_int_equal(json_integer(tree, &value), rows[i].ok);
    assert_true(value == rows[i].value);
    cJSON_Delete(tree);
  }
}

static void compares_by_value(void **state) {
  (void)state;
  static const struct { const char *a, *b; bool equal; } rows[] = {
      {"{\"a\":1,\"b\":[5.0]}", "{\"b\":[5],\"a\":1e0}", true},
      {"[1,2]", "[2,1]", false}, {"[1]", "[1,2]", false}, {"null", "0", false}, {"\"5\"", "5", false},
      {"9007199254740993", "9007199254740992", false}, {"{\"a\":1}", "{\"A\":1}", false}, {"true", "false", false}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    cJSON *a = parsed(rows[i].a, JSON_REPEATED_REFUSED), *b = parsed(rows[i].b, JSON_REPEATED_REFUSED);
    if (json_equal(a, b) != rows[i].equal) fail_msg("%s and %s", rows[i].a, rows[i].b);
    cJSON_Delete(a);
    cJSON_Delete(b);
  }
}

/* Few members are compared with each other, many are sorted: both see what stands twice, the last counts. */
static void settles_repeated_names_among_many(void **state) {
  (void)state;
  for (int count = 2; count <= 40; count += 19) {
    struct base_buf text = BASE_BUF_INIT;
    base_buf_text(&text, "{\"m0\":-2,\"m0\":-1");
    for (int i = 1; i < count; i++) base_buf_printf(&text, ",\"m%d\":%d", i, i);
    base_buf_text(&text, ",\"m0\":0}");
    cJSON *tree = NULL;
    struct base_error err = {0};
    assert_int_equal(json_parse(text.data, text.len, JSON_REPEATED_REFUSED, &tree, &err), JSON_ERR_SYNTAX);
    assert_non_null(strstr(err.text, "\"m0\" stands twice"));
    assert_int_equal(json_parse(text.data, text.len, JSON_LAST_COUNTS, &tree, &err), 0);
    int64_t value = -1;
    assert_int_equal(cJSON_GetArraySize(tree), count);
    assert_true(json_integer(json_find(tree, "m0"), &value));
    assert_int_equal(value, 0);
    cJSON_Delete(tree);
    base_buf_done(&text);
  }
}

static void appends_what_it_parsed(void **state) {
  (void)state;
  static const char *const texts[] = {"null", "true", "false", "\"a\\n\\\"b\"", "-1.50", "9007199254740993", "[]", "{}",
                                      "[1,[\"x\",null],{\"a\":{\"b\":[false]}}]"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    cJSON *tree = NULL;
    struct base_buf out = BASE_BUF_INIT;
    assert_int_equal(json_parse(texts[i], strlen(texts[i]), JSON_REPEATED_REFUSED, &tree, NULL), 0);
    json_append(&out, tree);
    assert_string_equal(base_buf_string(&out), texts[i]);
    cJSON_Delete(tree);
    base_buf_done(&out);
  }
  struct base_buf out = BASE_BUF_INIT;
  json_append(&out, NULL);
  assert_string_equal(base_buf_string(&out), "null");
  base_buf_done(&out);
}

static void numbers_that_are_built_keep_their_digits(void **state) {
  (void)state;
  char scratch[32];
  static const char *const digits[][2] = {{"9007199254740993", "9007199254740993"}, {"+7", "7"}, {"1.50", "1.50"}};
  for (size_t i = 0; i < sizeof digits / sizeof *digits; i++) {
    cJSON *number = json_create_number(digits[i][0]);
    assert_string_equal(json_number_text(number, scratch), digits[i][1]);
    cJSON_Delete(number);
  }
  cJSON *plain = cJSON_CreateNumber(0.5);
  assert_string_equal(json_number_text(plain, scratch), "0.5");
  cJSON_Delete(plain);
}

static void quotes_text(void **state) {
  (void)state;
  struct base_buf buf = BASE_BUF_INIT;
  json_quote(&buf, "a\"b\\c\n\x01\b\f\r\t\v\xc3\xa9", 14);
  assert_string_equal(base_buf_string(&buf), "\"a\\\"b\\\\c\\n\\u0001\\b\\f\\r\\t\\u000b\xc3\xa9\"");
  base_buf_done(&buf);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(prints_what_it_parsed), cmocka_unit_test(finds_names_by_case),
      cmocka_unit_test(settles_repeated_names), cmocka_unit_test(names_line_and_reason),
      cmocka_unit_test(reads_integers), cmocka_unit_test(numbers_that_are_built_keep_their_digits),
      cmocka_unit_test(settles_repeated_names_among_many), cmocka_unit_test(appends_what_it_parsed), cmocka_unit_test(compares_by_value), cmocka_unit_test(quotes_text),
  };
  return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
