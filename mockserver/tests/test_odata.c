/* $filter of W-30: one test for each behaviour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "odata/odata.h"

#define FIELD(text, ...) {.name = text, .name_len = sizeof text - 1, __VA_ARGS__}
static struct model_field FIELDS[] = {
    FIELD("EmpId", .type = TYPE_NUMBER, .generated = true, .key = true), FIELD("Name", .type = TYPE_STRING),
    FIELD("Active", .type = TYPE_BOOLEAN), FIELD("HiredOn", .type = TYPE_DATE), FIELD("Notes", .type = TYPE_STRING)};
static const struct model_object EMPLOYEE = {.fields = FIELDS, .field_count = 5};

static const char RECORD[] = "{\"EmpId\":12345678901234567890.50,\"Name\":\"O'Hara\",\"Active\":true,"
                             "\"HiredOn\":\"2020-02-29\",\"Notes\":null}";

static bool matches(const char *text) {
  struct odata *filter = NULL;
  struct base_error err = {0};
  cJSON *record = NULL;
  assert_int_equal(json_parse(RECORD, strlen(RECORD), JSON_LAST_COUNTS, &record, NULL), 0);
  if (odata_parse(text, &EMPLOYEE, &filter, &err) != 0) fail_msg("%s: %s", text, err.text);
  bool result = odata_matches(filter, record);
  odata_free(filter);
  cJSON_Delete(record);
  return result;
}

static void assert_refused(const char *text, const char *part) {
  struct odata *filter = NULL;
  struct base_error err = {0};
  assert_int_equal(odata_parse(text, &EMPLOYEE, &filter, &err), ODATA_ERR_SYNTAX);
  assert_null(filter);
  if (!strstr(err.text, part)) fail_msg("%s: %s", text, err.text);
}

static void numbers_compare_by_decimal_value(void **state) {
  (void)state;
  assert_true(matches("EmpId eq 12345678901234567890.5"));
  assert_false(matches("EmpId eq 12345678901234567890.4"));
  assert_true(matches("EmpId gt 12345678901234567890.4"));
  assert_true(matches("EmpId eq '12345678901234567890.5'"));
  assert_true(matches("EmpId ge 1e3 and EmpId lt 1e30"));
  assert_false(matches("EmpId le -1"));
}

static void texts_compare_by_code_point(void **state) {
  (void)state;
  assert_true(matches("Name eq 'O''Hara'"));
  assert_true(matches("Name lt 'P'"));
  assert_false(matches("Name eq 'o''hara'"));
  assert_true(matches("HiredOn ge '2020-01-01'"));
  assert_true(matches("HiredOn eq datetime'2020-02-29'"));
}

/* W-15, W-30: a date is text, whichever way it is written in the filter. */
static void dates_are_written_bare_or_quoted(void **state) {
  (void)state;
  assert_true(matches("HiredOn eq 2020-02-29"));
  assert_true(matches("HiredOn lt 2020-02-29T10:00:00Z"));
  assert_true(matches("HiredOn gt datetimeoffset'2020-02-28T23:59:59+02:00' and HiredOn ne 2020-03-01"));
  assert_true(matches("EmpId gt 2020 and (HiredOn ge 2020-01-01)"));
  assert_refused("HiredOn eq interval'2020-02-29'", "a column");
  assert_refused("HiredOn eq 2020-02-29x", "the end");
}

static void numbers_may_say_their_type(void **state) {
  (void)state;
  assert_true(matches("EmpId gt 5L and EmpId gt 5.5M and EmpId gt -1d"));
  assert_refused("EmpId eq 5Lx", "the end");
  assert_refused("EmpId eq 5LL", "the end");
}

static void booleans_have_several_forms(void **state) {
  (void)state;
  assert_true(matches("Active eq true"));
  assert_true(matches("Active eq 1"));
  assert_true(matches("Active eq 'true'"));
  assert_true(matches("Active"));
  assert_false(matches("Active eq false"));
}

static void null_equals_null_alone(void **state) {
  (void)state;
  assert_true(matches("Notes eq null"));
  assert_false(matches("Notes ne null"));
  assert_true(matches("Name ne null"));
  assert_false(matches("Notes gt 'a'"));
  assert_false(matches("Notes eq ''"));
}

static void operators_bind_not_and_or(void **state) {
  (void)state;
  assert_true(matches("Name eq 'x' and Name eq 'y' or Active eq true"));
  assert_false(matches("Name eq 'x' and (Name eq 'y' or Active eq true)"));
  assert_true(matches("not Name eq 'x'"));
  assert_true(matches("not (Name eq 'x') and not (Name eq 'y')"));
}

static void functions_look_into_texts(void **state) {
  (void)state;
  assert_true(matches("startswith(Name,'O''')"));
  assert_true(matches("endswith(Name, 'Hara')"));
  assert_true(matches("substringof('Har', Name)"));
  assert_true(matches("contains(Name, 'Har') eq true"));
  assert_false(matches("contains(Name, 'har')"));
  assert_false(matches("endswith(Name, 'far too long for this name')"));
  assert_false(matches("startswith(Notes, '')"));
}

static void what_cannot_be_read_is_refused_with_its_place(void **state) {
  (void)state;
  assert_refused("", "a column or a value");
  assert_refused("EmpId eq", "place 9");
  assert_refused("Nope eq 2", "place 1: a column");
  assert_refused("Name eq 'x", "a closing quote");
  assert_refused("(EmpId eq 2", ")");
  assert_refused("EmpId eq 2 banana", "the end");
  assert_refused("EmpId eq 2x", "the end");
  assert_refused("contains(Name)", ",");
  assert_refused("EmpId eq 1.2.3", "a number");
}

static void nesting_is_bounded(void **state) {
  (void)state;
  char text[4001];
  memset(text, '(', 4000);
  text[4000] = '\0';
  assert_refused(text, "less nesting");
  for (size_t i = 0; i + 4 < sizeof text; i += 4) memcpy(text + i, "not ", 4);
  assert_refused(text, "less nesting");
}

static void length_is_bounded(void **state) {
  (void)state;
  enum { TERMS = 100000, TERM = 7 };
  char *text = malloc(TERMS * TERM + 2);
  assert_non_null(text);
  for (size_t i = 0; i < TERMS; i++) memcpy(text + i * TERM, "1 and  ", TERM);
  strcpy(text + TERMS * TERM, "1");
  assert_refused(text, "a shorter filter");
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_compare_by_decimal_value), cmocka_unit_test(texts_compare_by_code_point),
      cmocka_unit_test(dates_are_written_bare_or_quoted),
      cmocka_unit_test(numbers_may_say_their_type), cmocka_unit_test(booleans_have_several_forms), cmocka_unit_test(null_equals_null_alone),
      cmocka_unit_test(operators_bind_not_and_or), cmocka_unit_test(functions_look_into_texts),
      cmocka_unit_test(what_cannot_be_read_is_refused_with_its_place), cmocka_unit_test(nesting_is_bounded),
      cmocka_unit_test(length_is_bounded)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
