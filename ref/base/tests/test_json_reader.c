/* The pull reader: every kind of token, and each way in which a text can be no JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_reader.h"

static const char *problem_of(const char *text) {
  static struct json_reader r;
  json_reader_init(&r, text, strlen(text));
  enum json_token token;
  while ((token = json_next(&r)) != JSON_END)
    if (token == JSON_BAD) return r.problem;
  return NULL;
}

static void reads_every_token(void **state) {
  (void)state;
  static const char text[] = " {\"a\" : [1, -2.5e+3, \"x\\n\", true, false, null, {}] } ";
  static const enum json_token expected[] = {
      JSON_OBJECT_BEGIN, JSON_KEY, JSON_ARRAY_BEGIN, JSON_NUMBER, JSON_NUMBER, JSON_STRING, JSON_TRUE,
      JSON_FALSE, JSON_NULL, JSON_OBJECT_BEGIN, JSON_OBJECT_END, JSON_ARRAY_END, JSON_OBJECT_END, JSON_END};
  struct json_reader r;
  json_reader_init(&r, text, strlen(text));
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) assert_int_equal(json_next(&r), expected[i]);
}

static void says_why_a_text_is_refused(void **state) {
  (void)state;
  static const struct { const char *text, *problem; } rows[] = {
      {"", "empty"},
      {"{", "ends too early"},
      {"{} x", "something stands behind the value"},
      {"[1 2]", "a comma is missing"},
      {"[1,]", "not a value"},
      {"{\"a\" 1}", "a colon is missing"},
      {"{a:1}", "a name in quotes is missing"},
      {"{\"a\":1,}", "a name in quotes is missing"},
      {"\"\\ud800\"", "a lone surrogate in a string"},
      {"\"\\udc00\"", "a lone surrogate in a string"},
      {"\"\\ud800\\u0041\"", "a lone surrogate in a string"},
      {"\"\\u0000\"", "U+0000 in a string"},
      {"\"\\u12g4\"", "\\u without four hexadecimal digits"},
      {"\"\\x\"", "an unknown escape in a string"},
      {"\"\\", "a string ends inside an escape"},
      {"\"\xff\"", "malformed UTF-8 in a string"},
      {"\"\xed\xa0\x80\"", "malformed UTF-8 in a string"},
      {"\"\xc0\xaf\"", "malformed UTF-8 in a string"},
      {"\"\x01\"", "a control character in a string"},
      {"\"abc", "a string without an end"},
      {"01", "a number with a leading zero"},
      {"1.", "a number without digits behind its point"},
      {"1e", "a number without digits in its exponent"},
      {"-", "not a value"},
      {"nul", "not a value"},
      {"+1", "not a value"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const char *problem = problem_of(rows[i].text);
    if (!problem || strcmp(problem, rows[i].problem) != 0)
      fail_msg("%s: expected '%s', got '%s'", rows[i].text, rows[i].problem, problem ? problem : "no problem");
  }
}

static void bounds_the_depth(void **state) {
  (void)state;
  char text[2 * (JSON_DEPTH_MAX + 1) + 1];
  memset(text, '[', JSON_DEPTH_MAX + 1);
  memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
  text[sizeof text - 1] = '\0';
  assert_string_equal(problem_of(text), "nested too deeply");
  text[2 * JSON_DEPTH_MAX + 1] = '\0';
  assert_null(problem_of(text + 1));
}

static void spans_a_skipped_value(void **state) {
  (void)state;
  static const char text[] = "[ {\"a\":[1,{\"b\":\"}\"}]} , \"s\" ]";
  struct json_reader r;
  json_reader_init(&r, text, strlen(text));
  assert_int_equal(json_next(&r), JSON_ARRAY_BEGIN);
  assert_true(json_skip(&r, json_next(&r)));
  assert_memory_equal(text + r.start, "{\"a\":[1,{\"b\":\"}\"}]}", r.end - r.start);
  assert_true(json_skip(&r, json_next(&r)));
  assert_int_equal(r.end - r.start, 3);
  assert_memory_equal(text + r.start, "\"s\"", 3);
  assert_int_equal(json_next(&r), JSON_ARRAY_END);
}

static void resolves_escapes(void **state) {
  (void)state;
  static const char text[] = "\"\\u00e9\\ud83d\\ude00\\\\\\/\\t\"";
  static const char expected[] = "\xc3\xa9\xf0\x9f\x98\x80\\/\t";
  struct json_reader r;
  json_reader_init(&r, text, strlen(text));
  assert_int_equal(json_next(&r), JSON_STRING);
  assert_true(r.escaped);
  char out[64];
  size_t len = json_unescape(text + r.start, r.end - r.start, out);
  assert_int_equal(len, strlen(expected));
  assert_memory_equal(out, expected, len);
  assert_true(json_token_is(&r, expected));
  assert_false(json_token_is(&r, "\xc3\xa9"));
}

/* Plain bytes are stepped over in words: what ends them may stand anywhere in one. */
static void finds_what_is_special_at_every_place(void **state) {
  (void)state;
  static const struct { const char *bytes, *problem; } rows[] = {
      {"\"", "something stands behind the value"}, {"\\n", NULL}, {"\x1f", "a control character in a string"},
      {"\xc3\xa9", NULL}, {"\x80", "malformed UTF-8 in a string"}, {"\xff", "malformed UTF-8 in a string"},
      {" ", NULL}, {"!", NULL}, {"#", NULL}, {"[", NULL}, {"]", NULL}, {"\x7f", NULL}};
  char text[64];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (int before = 0; before < 20; before++)
      for (int behind = 0; behind < 20; behind++) {
        snprintf(text, sizeof text, "\"%.*s%s%.*s\"", before, "abcdefghijklmnopqrstuvwxyz", rows[i].bytes, behind,
                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        const char *problem = problem_of(text);
        bool same = problem && rows[i].problem ? strcmp(problem, rows[i].problem) == 0 : problem == rows[i].problem;
        if (!same) fail_msg("%s: got '%s'", text, problem ? problem : "no problem");
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_every_token),     cmocka_unit_test(says_why_a_text_is_refused),
      cmocka_unit_test(bounds_the_depth),      cmocka_unit_test(spans_a_skipped_value),
      cmocka_unit_test(resolves_escapes),      cmocka_unit_test(finds_what_is_special_at_every_place),
  };
  return cmocka_run_group_tests_name("base/json_reader", tests, NULL, NULL);
}
