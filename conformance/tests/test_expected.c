/* Known deviations: how a list is read, which entries count, what they make of a result. */
#include "test.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "expected.h"

#define ENTRY "[scenario a/b/one]\nreason = r\nlink = l\n"

static struct expected *expect(const char *text, const char *port, const char *version, const char *today) {
  struct expected *expected = NULL;
  struct base_error err = {0};
  if (expected_parse(text, strlen(text), &expected, &err)) fail_msg("%s", err.text);
  expected_set_port(expected, port, version, today);
  return expected;
}

static void free_expected(struct expected **expected) { expected_free(*expected); }

/* A scenario that failed in one check, judged by the list. */
static enum outcome judge(struct expected *expected, const char *scenario, const char *check, const char *message) {
  struct result result;
  result_init(&result);
  cJSON *finding = cJSON_CreateObject();
  cJSON_AddStringToObject(finding, "id", check);
  cJSON_AddStringToObject(finding, "weight", "fails");
  cJSON_AddStringToObject(finding, "message", message);
  cJSON_AddItemToArray(result.findings, finding);
  result_end(&result, OUTCOME_FAILED, message);
  expected_apply(expected, scenario, &result);
  enum outcome outcome = result.outcome;
  result_done(&result);
  return outcome;
}

static enum outcome judge_pass(struct expected *expected, const char *scenario) {
  struct result result;
  result_init(&result);
  expected_apply(expected, scenario, &result);
  enum outcome outcome = result.outcome;
  result_done(&result);
  return outcome;
}

static int problem_count(const struct expected *expected, bool whole) {
  CLEANUP(json_free) cJSON *problems = expected_problems(expected, whole);
  return cJSON_GetArraySize(problems);
}

static void bad_lists_name_the_line(void **state) {
  (void)state;
  static const struct {
    const char *text, *why;
  } cases[] = {
      {"reason = r\n", "line 1: a member stands before the first [head]"},
      {"\n[scenario x]\nreason = r\n", "line 2: the entry has no link"},
      {ENTRY "link = m\n", "line 4: link is given twice"},
      {ENTRY "colour = red\n", "line 4: an entry has no member \"colour\""},
      {ENTRY "hello\n", "line 4: it is no comment"},
      {ENTRY "message =\n", "line 4: message is empty"},
      {ENTRY "expires = soon\n", "line 4: expires takes a day"},
      {ENTRY "expires = 2026-13-01\n", "line 4: expires takes a day"},
      {ENTRY "version = 2\n", "line 4: version takes"},
      {ENTRY "version = == 2\n", "line 4: version takes"},
      {ENTRY "version = < x\n", "line 4: version takes"},
      {"[scenario x\n", "line 1: the head of an entry ends with ]"},
      {"[]\n", "line 1: an entry begins with"},
      {"[scenario ]\n", "line 1: an entry begins with"},
      {"[story x]\n", "line 1: an entry begins with"},
      {"[rule API-03]\ncheck = UPC-02\n", "line 2: check stands in entries of scenarios alone"},
      {"[rule API-03]\nreason = (to be written)\nlink = l\n", "line 1: the entry's reason is still to be written"},
      {"\xff", "it is no UTF-8 text"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct expected *expected = NULL;
    struct base_error err = {0};
    assert_int_equal(expected_parse(cases[i].text, strlen(cases[i].text), &expected, &err), EXPECTED_ERR_FILE);
    assert_contains(err.text, cases[i].why);
    assert_null(expected);
  }
}

static void line_ends_and_blanks_do_not_matter(void **state) {
  (void)state;
  CLEANUP(free_expected) struct expected *expected =
      expect("# c\r\n\r\n  [scenario a/b/one]\r\n\treason=r\r\n link  =  l", "p", "1", "2026-01-01");
  assert_int_equal(judge(expected, "a/b/one", "UPC-02", "m"), OUTCOME_KNOWN);
}

static void entries_list_by_scenario_check_and_message(void **state) {
  (void)state;
  static const struct {
    const char *text;
    enum outcome outcome;
  } cases[] = {
      {ENTRY, OUTCOME_KNOWN},
      {"[scenario a/*]\nreason = r\nlink = l\n", OUTCOME_KNOWN},
      {"[scenario a/b/two]\nreason = r\nlink = l\n", OUTCOME_FAILED},
      {ENTRY "check = UPC-06\n", OUTCOME_KNOWN},
      {ENTRY "check = UPC-06/order\n", OUTCOME_KNOWN},
      {ENTRY "check = UPC-0\n", OUTCOME_FAILED},
      {ENTRY "check = UPC-02\n", OUTCOME_FAILED},
      {ENTRY "message = the ids\n", OUTCOME_KNOWN},
      {ENTRY "message = ids\n", OUTCOME_FAILED},
      {"[check UPC-06]\nreason = r\nlink = l\n", OUTCOME_KNOWN},
      {"[check UPC-02]\nreason = r\nlink = l\n", OUTCOME_FAILED},
      {"[rule UPC-06]\nreason = r\nlink = l\n", OUTCOME_FAILED},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CLEANUP(free_expected) struct expected *expected = expect(cases[i].text, "acme", "1.9", "2026-01-01");
    assert_int_equal(judge(expected, "a/b/one", "UPC-06/order", "the ids are wrong"), cases[i].outcome);
  }
}

static void a_second_failure_that_is_not_listed_counts(void **state) {
  (void)state;
  CLEANUP(free_expected) struct expected *expected = expect(ENTRY "check = UPC-02\n", "acme", "1", "2026-01-01");
  struct result result;
  result_init(&result);
  cJSON_AddItemToArray(result.findings, cJSON_Parse("{\"id\":\"UPC-02\",\"weight\":\"fails\",\"message\":\"m\"}"));
  cJSON_AddItemToArray(result.findings, cJSON_Parse("{\"id\":\"UPC-05\",\"weight\":\"fails\",\"message\":\"m\"}"));
  result_end(&result, OUTCOME_FAILED, "m");
  expected_apply(expected, "a/b/one", &result);
  assert_int_equal(result.outcome, OUTCOME_FAILED);
  result_done(&result);
}

static void conditions_choose_port_version_and_day(void **state) {
  (void)state;
  static const struct {
    const char *condition;
    enum outcome outcome;
  } cases[] = {
      {"port = acme\n", OUTCOME_KNOWN},       {"port = other\n", OUTCOME_FAILED},
      {"version = < 1.10\n", OUTCOME_KNOWN},  {"version = < 1.9\n", OUTCOME_FAILED},
      {"version = <= 1.9\n", OUTCOME_KNOWN},  {"version = = 1.9.0\n", OUTCOME_KNOWN},
      {"version = > 1.8.7\n", OUTCOME_KNOWN}, {"version = >= 2\n", OUTCOME_FAILED},
      {"version = > 1.9\n", OUTCOME_FAILED},  {"version = =1.9\n", OUTCOME_KNOWN},
      {"expires = 2026-06-15\n", OUTCOME_KNOWN}, {"expires = 2026-06-14\n", OUTCOME_FAILED},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[200];
    snprintf(text, sizeof text, ENTRY "%s", cases[i].condition);
    CLEANUP(free_expected) struct expected *expected = expect(text, "acme", "1.9", "2026-06-15");
    assert_int_equal(judge(expected, "a/b/one", "UPC-02", "m"), cases[i].outcome);
  }
}

static void an_entry_whose_failure_did_not_come_is_stale(void **state) {
  (void)state;
  CLEANUP(free_expected) struct expected *expected =
      expect(ENTRY "[scenario a/c/*]\nreason = r\nlink = l\n[check UPC-02]\nreason = r\nlink = l\n", "acme", "1", "2026-01-01");
  assert_int_equal(problem_count(expected, false), 0);
  assert_int_equal(judge_pass(expected, "a/b/one"), OUTCOME_UNEXPECTED);
  assert_int_equal(judge_pass(expected, "a/c/any"), OUTCOME_PASSED);
  assert_int_equal(problem_count(expected, false), 2);
  assert_int_equal(problem_count(expected, true), 3);
  assert_int_equal(judge(expected, "a/c/other", "UPC-02", "m"), OUTCOME_KNOWN);
  assert_int_equal(problem_count(expected, true), 1);
}

static void a_crash_is_listed_by_its_scenario_alone(void **state) {
  (void)state;
  CLEANUP(free_expected) struct expected *expected =
      expect(ENTRY "[scenario a/b/two]\ncheck = UPC-02\nreason = r\nlink = l\n", "acme", "1", "2026-01-01");
  for (int i = 0; i < 2; i++) {
    struct result result;
    result_init(&result);
    result_end(&result, OUTCOME_CRASHED, "status 7");
    expected_apply(expected, i == 0 ? "a/b/one" : "a/b/two", &result);
    assert_int_equal(result.outcome, i == 0 ? OUTCOME_KNOWN : OUTCOME_CRASHED);
    result_done(&result);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bad_lists_name_the_line),
      cmocka_unit_test(line_ends_and_blanks_do_not_matter),
      cmocka_unit_test(entries_list_by_scenario_check_and_message),
      cmocka_unit_test(a_second_failure_that_is_not_listed_counts),
      cmocka_unit_test(conditions_choose_port_version_and_day),
      cmocka_unit_test(an_entry_whose_failure_did_not_come_is_stale),
      cmocka_unit_test(a_crash_is_listed_by_its_scenario_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
