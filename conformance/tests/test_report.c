/* The report: verdict and exit code of a run, rules shown once, known deviations, and its three forms. */
#include "test.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "diff.h"
#include "expected.h"
#include "report.h"
#include "timeline.h"

static const char CATALOGUE[] =
    "[{\"id\":\"UPC-02\",\"level\":\"MUST\",\"basis\":[\"D\"],\"title\":\"replay first\",\"source\":\"s\"},"
    " {\"id\":\"API-03\",\"level\":\"MUST\",\"basis\":[\"D\"],\"title\":\"one end\",\"source\":\"s\",\"always\":true},"
    " {\"id\":\"API-15\",\"level\":\"SHOULD\",\"basis\":[\"X\"],\"title\":\"nothing after\",\"source\":\"s\",\"always\":true}]";

enum { SCENARIOS = 3 };

struct fixture {
  struct catalogue *catalogue;
  struct suite_file file;
  struct scenario scenarios[SCENARIOS];
  const struct scenario *selected[SCENARIOS];
  struct result results[SCENARIOS];
  cJSON *hello;
  struct report_input input;
};

static int set_up(void **state) {
  static char names[SCENARIOS][16] = {"cache/a/one", "cache/a/two", "cache/b/<&>"};
  struct fixture *f = calloc(1, sizeof *f);
  struct base_error err = {0};
  if (!f || catalogue_parse(CATALOGUE, sizeof CATALOGUE - 1, &f->catalogue, &err)) return -1;
  f->file.path = strdup("scenarios/cache/a.lua");
  for (int i = 0; i < SCENARIOS; i++) {
    f->scenarios[i] = (struct scenario){.name = names[i], .file = &f->file,
                                        .definition = cJSON_Parse("{\"covers\":[\"UPC-02\"]}")};
    f->selected[i] = &f->scenarios[i];
    result_init(&f->results[i]);
    f->results[i].duration_ms = 1500;
  }
  f->hello = cJSON_Parse("{\"name\":\"fake\",\"version\":\"1\",\"api\":\"js\",\"channel\":\"web\",\"apiVersion\":\"9.5\"}");
  f->input = (struct report_input){.catalogue = f->catalogue, .scenarios = f->selected, .results = f->results,
                                   .count = SCENARIOS, .hello = f->hello,
                                   .profile = {.api = PROFILE_JS, .channel = PROFILE_WEB, .version = {9, 5}}};
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  struct fixture *f = *state;
  for (int i = 0; i < SCENARIOS; i++) {
    cJSON_Delete(f->scenarios[i].definition);
    result_done(&f->results[i]);
  }
  cJSON_Delete(f->hello);
  catalogue_free(f->catalogue);
  free(f->file.path);
  free(f);
  return 0;
}

static int64_t code_of(const struct fixture *f) {
  CLEANUP(json_free) cJSON *document = report_build(&f->input);
  int64_t code = -1;
  json_integer(json_find(document, "exitCode"), &code);
  assert_int_equal(cJSON_IsTrue(json_find(document, "conforms")), code == 0);
  return code;
}

static void the_worst_outcome_is_the_exit_code(void **state) {
  static const struct {
    enum outcome outcome;
    int code;
  } ROWS[] = {{OUTCOME_WARNED, 0},      {OUTCOME_UNSUPPORTED, 0}, {OUTCOME_INCONCLUSIVE, 0}, {OUTCOME_KNOWN, 0},
              {OUTCOME_UNEXPECTED, 1}, {OUTCOME_FAILED, 1},      {OUTCOME_CRASHED, 1},      {OUTCOME_HUNG, 1},
              {OUTCOME_ERROR, 3}};
  struct fixture *f = *state;
  assert_int_equal(code_of(f), 0);
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    f->results[1].outcome = OUTCOME_PASSED;
    result_end(&f->results[1], ROWS[i].outcome, "because");
    assert_int_equal(code_of(f), ROWS[i].code);
  }
  f->results[1].outcome = OUTCOME_PASSED;
  f->input.problem = "the testee ended with status 23 after bye";
  assert_int_equal(code_of(f), 3);
}

static void a_broken_rule_fails_the_run_and_no_scenario(void **state) {
  struct fixture *f = *state;
  result_watch(&f->results[0], "API-03", true, NULL);
  result_watch(&f->results[1], "API-03", false, "two ends came");
  result_watch(&f->results[2], "API-03", false, "three ends came");
  assert_int_equal(code_of(f), 1);
  CLEANUP(json_free) cJSON *document = report_build(&f->input);
  const cJSON *rule = cJSON_GetArrayItem(json_find(document, "rules"), 0);
  assert_string_equal(json_find_string(rule, "scenario"), "cache/a/two");
  assert_string_equal(json_find_string(rule, "message"), "two ends came");
  const cJSON *scenario = cJSON_GetArrayItem(json_find(document, "scenarios"), 1);
  assert_string_equal(json_find_string(scenario, "outcome"), "passed");
}

static void a_weak_rule_warns(void **state) {
  struct fixture *f = *state;
  result_watch(&f->results[0], "API-15", false, "late progress");
  assert_int_equal(code_of(f), 0);
  f->input.strictness = JUDGE_STRICT_ALL;
  assert_int_equal(code_of(f), 1);
}

static struct expected *expect(const char *text) {
  struct expected *expected = NULL;
  struct base_error err = {0};
  if (expected_parse(text, strlen(text), &expected, &err)) fail_msg("%s", err.text);
  expected_set_port(expected, "acme", "1.9", "2026-11-26");
  return expected;
}

static void a_known_deviation_is_no_failure_and_a_pass_is(void **state) {
  struct fixture *f = *state;
  struct expected *expected = expect("[scenario cache/a/one]\nreason=old cache\nlink=T-1\n"
                                     "[scenario cache/a/two]\nreason=r\nlink=l\n");
  cJSON_AddItemToArray(f->results[0].findings, cJSON_Parse("{\"id\":\"UPC-02\",\"weight\":\"fails\",\"message\":\"no\"}"));
  result_end(&f->results[0], OUTCOME_FAILED, "UPC-02: no");
  for (size_t i = 0; i < SCENARIOS; i++) expected_apply(expected, f->scenarios[i].name, &f->results[i]);
  assert_int_equal(f->results[0].outcome, OUTCOME_KNOWN);
  assert_string_equal(f->results[0].reason, "known: old cache (T-1)");
  assert_int_equal(f->results[1].outcome, OUTCOME_UNEXPECTED);
  assert_int_equal(f->results[2].outcome, OUTCOME_PASSED);
  assert_int_equal(code_of(f), 1);
  expected_free(expected);
}

static void a_known_rule_does_not_fail_the_run(void **state) {
  struct fixture *f = *state;
  struct expected *expected = expect("[rule API-03]\nreason = two ends\nlink = T-2\n");
  f->input.expected = expected;
  result_watch(&f->results[0], "API-03", false, "two ends came");
  assert_int_equal(code_of(f), 0);
  expected_free(expected);
}

static void the_worst_round_is_kept(void **state) {
  (void)state;
  struct result kept, round;
  result_init(&kept);
  result_init(&round);
  result_end(&round, OUTCOME_FAILED, "second round");
  result_watch(&kept, "API-03", false, "first round");
  kept.bad = 0;
  round.bad = 1;
  result_merge(&kept, &round);
  assert_int_equal(kept.outcome, OUTCOME_FAILED);
  assert_int_equal(kept.rounds, 2);
  assert_int_equal(kept.bad, 1);
  assert_int_equal(cJSON_GetArraySize(kept.rules), 1);
  result_done(&kept);
}

/* Of the catalogue's first two: one that every scenario covers, and a rule; and how many the console counts as judged. */
static void they_stand(struct fixture *f, const char *covered, const char *rule, const char *judged) {
  CLEANUP(json_free) cJSON *document = report_build(&f->input);
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  struct report_style style = {.command = "foundrycheck run"};
  const cJSON *list = json_find(document, "requirements");
  assert_string_equal(json_find_string(cJSON_GetArrayItem(list, 0), "status"), covered);
  assert_string_equal(json_find_string(cJSON_GetArrayItem(list, 1), "status"), rule);
  report_console_tail(&text, document, &style);
  assert_contains(base_buf_string(&text), judged);
}

static void requirements_tell_how_they_stand(void **state) {
  struct fixture *f = *state;
  they_stand(f, "holds", "not covered", "; 1 of 3 requirements judged");
  result_watch(&f->results[0], "API-03", true, NULL);
  they_stand(f, "holds", "watched", "; 2 of 3 requirements judged");
  cJSON_AddItemToArray(f->results[0].findings, cJSON_Parse("{\"id\":\"UPC-02/order\",\"weight\":\"fails\"}"));
  they_stand(f, "fails", "watched", "; 2 of 3 requirements judged");
}

static void a_scenario_that_did_not_run_judges_nothing(void **state) {
  struct fixture *f = *state;
  for (int i = 0; i < SCENARIOS; i++) result_end(&f->results[i], OUTCOME_UNSUPPORTED, "not claimed");
  they_stand(f, "not judged", "not covered", "; 0 of 3 requirements judged");
  CLEANUP(json_free) cJSON *document = report_build(&f->input);
  assert_string_equal(json_find_string(document, "verdict"), "no verdict: no scenario was judged");
  assert_true(cJSON_IsFalse(json_find(document, "conforms")));
}

static void a_promise_that_is_not_claimed_is_reported(void **state) {
  struct fixture *f = *state;
  CLEANUP(json_free) cJSON *document = report_build(&f->input);
  CLEANUP(free_text) char *text = json_print(json_find(document, "missingCapabilities"));
  assert_contains(text, "uploadCache");
  assert_lacks(text, "progress");
}

static cJSON *finding(void) {
  return cJSON_Parse("{\"id\":\"UPC-02\",\"title\":\"replay first\",\"origin\":\"the page\",\"level\":\"MUST\",\"basis\":\"D\","
                     "\"weight\":\"fails\",\"reason\":\"\",\"message\":\"cache ids differ\",\"where\":\"a.lua:7\","
                     "\"source\":\"t.expect(uploads):has_ids {}\","
                     "\"expected\":[1,1,2],\"actual\":[1,2,3]}");
}

static void the_console_shows_all_of_a_failure(void **state) {
  struct fixture *f = *state;
  CLEANUP(base_buf_done) struct base_buf out = BASE_BUF_INIT;
  struct report_style style = {.command = "foundrycheck run"};
  result_end(&f->results[0], OUTCOME_FAILED, "UPC-02: cache ids differ");
  cJSON_AddItemToArray(f->results[0].findings, finding());
  cJSON_AddItemToArray(f->results[0].timeline, cJSON_CreateString("    3 request upload Org"));
  CLEANUP(json_free) cJSON *entry = report_scenario(&f->scenarios[0], &f->results[0]);
  report_console_scenario(&out, entry, &style);
  static const char *const PARTS[] = {"FAILED", "UPC-02 (MUST, D) replay first\n      source: the page\n", "cache ids differ  [a.lua:7]\n          t.expect(uploads):has_ids {}\n",
                                      "- [1,1,2]", "+ [1,2,3]", "3 request upload Org",
                                      "foundrycheck run --name 'cache/a/one'"};
  for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) assert_contains(out.data, PARTS[i]);
  assert_lacks(out.data, "\033");
}

static void quiet_leaves_the_good_ones_out(void **state) {
  struct fixture *f = *state;
  CLEANUP(base_buf_done) struct base_buf out = BASE_BUF_INIT;
  struct report_style style = {.quiet = true, .command = "x"};
  CLEANUP(json_free) cJSON *entry = report_scenario(&f->scenarios[0], &f->results[0]);
  report_console_scenario(&out, entry, &style);
  assert_int_equal(out.len, 0);
}

static void junit_escapes_and_counts(void **state) {
  struct fixture *f = *state;
  CLEANUP(base_buf_done) struct base_buf out = BASE_BUF_INIT;
  result_end(&f->results[2], OUTCOME_FAILED, "a \"b\" \x01");
  CLEANUP(json_free) cJSON *document = report_build(&f->input);
  report_junit(&out, document, "foundrycheck run");
  assert_contains(out.data, "<testsuites name=\"foundrycheck\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"0\">");
  assert_contains(out.data, "name=\"cache/b/&lt;&amp;&gt;\" time=\"1.500\"><failure message=\"a &quot;b&quot; ?\">");
}

/* Readers of JUnit want the counts on each suite, and the sum on top. */
static void junit_counts_the_rules_as_well(void **state) {
  struct fixture *f = *state;
  CLEANUP(base_buf_done) struct base_buf out = BASE_BUF_INIT;
  CLEANUP(json_free) cJSON *document = report_build(&f->input);
  cJSON_ReplaceItemInObjectCaseSensitive(
      document, "rules", cJSON_Parse("[{\"id\":\"API-03\",\"weight\":\"fails\"},{\"id\":\"API-15\",\"weight\":\"none\"}]"));
  report_junit(&out, document, "foundrycheck run");
  assert_contains(out.data, "<testsuite name=\"always-on rules\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">");
  assert_contains(out.data, "<testsuites name=\"foundrycheck\" tests=\"5\" failures=\"1\"");
}

/* A reader of JUnit alone must see all that makes the run red. */
static void junit_tells_what_is_wrong_with_the_run(void **state) {
  struct fixture *f = *state;
  CLEANUP(base_buf_done) struct base_buf out = BASE_BUF_INIT;
  f->input.problem = "the testee ended with status 23 after bye";
  CLEANUP(json_free) cJSON *document = report_build(&f->input);
  cJSON_ReplaceItemInObjectCaseSensitive(document, "expectations",
                                         cJSON_Parse("[{\"line\":2,\"entry\":\"[check API-03]\",\"problem\":\"its day has passed\"}]"));
  report_junit(&out, document, "foundrycheck run");
  assert_contains(out.data, "<testsuites name=\"foundrycheck\" tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"0\">");
  assert_contains(out.data, "<testsuite name=\"the run\" tests=\"2\" failures=\"1\" errors=\"1\" skipped=\"0\">");
  assert_contains(out.data, "name=\"known deviation [check API-03]\"><failure message=\"its day has passed\">");
  assert_contains(out.data, "<error message=\"the testee ended with status 23 after bye\">");
}

static void html_is_a_page_with_all_that_was_decided(void **state) {
  struct fixture *f = *state;
  CLEANUP(base_buf_done) struct base_buf out = BASE_BUF_INIT;
  result_end(&f->results[0], OUTCOME_FAILED, "UPC-02: cache ids differ");
  result_end(&f->results[1], OUTCOME_WARNED, "a check that does not count failed");
  cJSON_AddItemToArray(f->results[0].findings, finding());
  result_accept(&f->results[2], "SEQ-02", "listed", "The order of the <document>.");
  result_watch(&f->results[0], "API-03", false, "two ends came");
  CLEANUP(json_free) cJSON *document = report_build(&f->input);
  report_html(&out, document, "foundrycheck run --testee \"x\"");
  static const char *const PARTS[] = {
      "<!doctype html>", "<title>fake 1</title>", "<p class=\"verdict bad\">does not conform</p>",
      "<b>1</b> <span class=\"good\">passed</span> · <b>1</b> <span class=\"warn\">warned</span>",
      "<summary><span class=\"bad\">cache/a/one</span> <small>UPC-02: cache ids differ</small></summary><pre>FAILED",
      "foundrycheck run --testee &quot;x&quot; --name 'cache/a/one'", "<span class=\"bad\">API-03</span> <small>two ends came</small>",
      "<details open><summary class=\"bad\"><b>2</b> fail</summary>", "<tr><td class=\"bad\">UPC-02</td>",
      "The order of the &lt;document&gt;.", "<td>cache/b/&lt;&amp;&gt;</td>", "</body></html>\n"};
  for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) assert_contains(out.data, PARTS[i]);
  assert_lacks(out.data, "<script");
  assert_lacks(out.data, "http");
}

static void two_reports_differ_in_timing_alone(void **state) {
  struct fixture *f = *state;
  CLEANUP(json_free) cJSON *first = report_build(&f->input);
  f->input.wall_ms = 99;
  f->results[0].duration_ms = 7;
  CLEANUP(json_free) cJSON *second = report_build(&f->input);
  assert_false(json_equal(first, second));
  cJSON_DeleteItemFromObjectCaseSensitive(first, "timing");
  cJSON_DeleteItemFromObjectCaseSensitive(second, "timing");
  CLEANUP(free_text) char *a = json_print(first);
  CLEANUP(free_text) char *b = json_print(second);
  assert_string_equal(a, b);
}

static char *diff(const char *expected, const char *actual) {
  struct base_buf out = BASE_BUF_INIT;
  CLEANUP(json_free) cJSON *left = expected ? cJSON_Parse(expected) : NULL;
  CLEANUP(json_free) cJSON *right = actual ? cJSON_Parse(actual) : NULL;
  diff_print(&out, left, right, "", false);
  char *text = base_buf_steal(&out);
  base_buf_done(&out);
  return text;
}

static void a_diff_shows_what_differs_with_its_surroundings(void **state) {
  (void)state;
  CLEANUP(free_text) char *text =
      diff("[\"aaaaaaaaaaaaaaaaaaaa\",\"b\",\"c\",\"d\",\"e\",\"fffffffffffffffffffffffffffffffff\",\"g\"]",
           "[\"aaaaaaaaaaaaaaaaaaaa\",\"b\",\"c\",\"d\",\"e\",\"fffffffffffffffffffffffffffffffff\",\"h\"]");
  assert_contains(text, "-   \"g\"\n+   \"h\"\n  ]\n");
  assert_contains(text, "  …\n");
  assert_lacks(text, "aaaa");
}

static void a_diff_of_nothing_shows_the_other_side(void **state) {
  (void)state;
  CLEANUP(free_text) char *added = diff(NULL, "5");
  CLEANUP(free_text) char *removed = diff("{\"b\":1,\"a\":2}", NULL);
  assert_string_equal(added, "+ 5\n");
  assert_string_equal(removed, "- {\"b\":1,\"a\":2}\n");
}

static void two_texts_are_compared_by_their_lines(void **state) {
  (void)state;
  CLEANUP(free_text) char *text = diff("\"one\\ntwo\"", "\"one\\nthree\"");
  assert_string_equal(text, "  one\n- two\n+ three\n");
  CLEANUP(free_text) char *typed = diff("\"5\"", "5");
  assert_string_equal(typed, "- \"5\"\n+ 5\n");
}

static void members_in_another_order_are_no_difference(void **state) {
  (void)state;
  CLEANUP(free_text) char *text = diff("{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1,\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\":2}",
                                       "{\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\":2,\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1}");
  assert_string_equal(text, "");
}

static void a_timeline_is_in_the_worlds_order(void **state) {
  (void)state;
  CLEANUP(json_free) cJSON *journal = cJSON_Parse(
      "[{\"seq\":4,\"kind\":\"upload\",\"service\":\"Org\",\"cache_id\":\"x1\",\"replayed\":true,\"status\":200,"
      "\"answer\":{\"opstatus\":500100},\"records\":[{\"Name\":\"Ada\"}],\"fault\":\"hang\"},"
      "{\"seq\":2,\"kind\":\"metadata\",\"service\":\"Org\"}]");
  CLEANUP(json_free) cJSON *events = cJSON_Parse("[{\"at\":3,\"text\":\"-> startSync\"}]");
  CLEANUP(json_free) cJSON *lines = timeline_merge(journal, events);
  assert_int_equal(cJSON_GetArraySize(lines), 3);
  assert_string_equal(cJSON_GetArrayItem(lines, 0)->valuestring, "    2 request metadata Org => no answer");
  assert_string_equal(cJSON_GetArrayItem(lines, 1)->valuestring, "    3 -> startSync");
  assert_string_equal(cJSON_GetArrayItem(lines, 2)->valuestring,
                      "    4 request upload Org, cache id x1 (seen before) => HTTP 200, opstatus 500100; "
                      "rule: hang; 1 record: {\"Name\":\"Ada\"}");
}

static void a_timeline_tells_what_was_answered(void **state) {
  (void)state;
  CLEANUP(json_free) cJSON *journal = cJSON_Parse(
      "[{\"seq\":1,\"kind\":\"upload\",\"status\":200,\"answer\":{\"opstatus\":500100,\"objects\":[{\"records\":["
      "{\"_metadata\":{\"action\":\"delete\",\"opstatus\":0}},{\"_metadata\":{\"opstatus\":20006}}]},"
      "{\"records\":[{\"_metadata\":{\"action\":\"update\"}},{}, {}, {}]}]}},"
      "{\"seq\":2,\"kind\":\"download\",\"status\":200,\"answer\":{\"opstatus\":0,\"hasMoreRecords\":\"true\",\"records\":["
      "{\"_metadata\":{\"action\":\"create\"}}]}},"
      "{\"seq\":3,\"kind\":\"download\",\"status\":200,\"answer\":{\"Objects\":\"none\",\"records\":7}}]");
  CLEANUP(json_free) cJSON *lines = timeline_merge(journal, NULL);
  assert_string_equal(cJSON_GetArrayItem(lines, 0)->valuestring,
                      "    1 request upload => HTTP 200, opstatus 500100 (delete, opstatus 20006, update, a record, …)");
  assert_string_equal(cJSON_GetArrayItem(lines, 1)->valuestring,
                      "    2 request download => HTTP 200, opstatus 0 (create; more to come)");
  assert_string_equal(cJSON_GetArrayItem(lines, 2)->valuestring, "    3 request download => HTTP 200");
}

static void progress_events_of_one_sync_share_a_line(void **state) {
  (void)state;
  CLEANUP(json_free) cJSON *events = cJSON_Parse(
      "[{\"at\":1,\"text\":\"   progress of s1: Sync Started\"},{\"at\":2,\"text\":\"   progress of s1: Upload Started\"},"
      "{\"at\":3,\"text\":\"   progress of s2: Sync Started\"},{\"at\":4,\"text\":\"-> close\"},"
      "{\"at\":5,\"text\":\"   progress of s1: Sync Ended\"}]");
  CLEANUP(json_free) cJSON *lines = timeline_merge(NULL, events);
  assert_int_equal(cJSON_GetArraySize(lines), 4);
  assert_string_equal(cJSON_GetArrayItem(lines, 0)->valuestring,
                      "    1    progress of s1: Sync Started, Upload Started");
  assert_string_equal(cJSON_GetArrayItem(lines, 1)->valuestring, "    3    progress of s2: Sync Started");
  assert_string_equal(cJSON_GetArrayItem(lines, 3)->valuestring, "    5    progress of s1: Sync Ended");
}

/* An event of so many letters behind `begin`; how long is its line? */
static size_t length_of_line(const char *begin, int letters) {
  char text[2000];
  snprintf(text, sizeof text, "%s%0*d", begin, letters, 0);
  CLEANUP(json_free) cJSON *events = cJSON_CreateArray();
  cJSON *event = cJSON_CreateObject();
  cJSON_AddNumberToObject(event, "at", 1);
  cJSON_AddStringToObject(event, "text", text);
  cJSON_AddItemToArray(events, event);
  CLEANUP(json_free) cJSON *lines = timeline_merge(NULL, events);
  return strlen(cJSON_GetArrayItem(lines, 0)->valuestring);
}

static void a_failure_may_be_longer_than_other_events(void **state) {
  (void)state;
  size_t cut = strlen(" …");
  assert_int_equal(length_of_line("<- get ", 1000), TIMELINE_LINE_SIZE + cut);
  assert_int_equal(length_of_line(TIMELINE_FAILURE "s1 ", 1000), TIMELINE_FAILURE_SIZE + cut);
  assert_true(length_of_line(TIMELINE_FAILURE "s1 ", 500) > 500);
}

static void a_long_timeline_keeps_its_end(void **state) {
  (void)state;
  CLEANUP(json_free) cJSON *events = cJSON_CreateArray();
  for (int i = 0; i < 100; i++) {
    cJSON *event = cJSON_CreateObject();
    cJSON_AddNumberToObject(event, "at", i);
    cJSON_AddStringToObject(event, "text", i == 99 ? "the last" : "one");
    cJSON_AddItemToArray(events, event);
  }
  CLEANUP(json_free) cJSON *lines = timeline_merge(NULL, events);
  assert_int_equal(cJSON_GetArraySize(lines), TIMELINE_LINES + 1);
  assert_contains(cJSON_GetArrayItem(lines, 0)->valuestring, "60 earlier");
  assert_contains(cJSON_GetArrayItem(lines, TIMELINE_LINES)->valuestring, "the last");
}

int main(void) {
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      WITH_FIXTURE(the_worst_outcome_is_the_exit_code),
      WITH_FIXTURE(a_broken_rule_fails_the_run_and_no_scenario),
      WITH_FIXTURE(a_weak_rule_warns),
      WITH_FIXTURE(a_known_deviation_is_no_failure_and_a_pass_is),
      WITH_FIXTURE(a_known_rule_does_not_fail_the_run),
      cmocka_unit_test(the_worst_round_is_kept),
      WITH_FIXTURE(requirements_tell_how_they_stand),
      WITH_FIXTURE(a_scenario_that_did_not_run_judges_nothing),
      WITH_FIXTURE(a_promise_that_is_not_claimed_is_reported),
      WITH_FIXTURE(the_console_shows_all_of_a_failure),
      WITH_FIXTURE(quiet_leaves_the_good_ones_out),
      WITH_FIXTURE(junit_escapes_and_counts),
      WITH_FIXTURE(junit_counts_the_rules_as_well),
      WITH_FIXTURE(junit_tells_what_is_wrong_with_the_run),
      WITH_FIXTURE(html_is_a_page_with_all_that_was_decided),
      WITH_FIXTURE(two_reports_differ_in_timing_alone),
      cmocka_unit_test(a_diff_shows_what_differs_with_its_surroundings),
      cmocka_unit_test(a_diff_of_nothing_shows_the_other_side),
      cmocka_unit_test(two_texts_are_compared_by_their_lines),
      cmocka_unit_test(members_in_another_order_are_no_difference),
      cmocka_unit_test(a_timeline_is_in_the_worlds_order),
      cmocka_unit_test(a_timeline_tells_what_was_answered),
      cmocka_unit_test(progress_events_of_one_sync_share_a_line),
      cmocka_unit_test(a_failure_may_be_longer_than_other_events),
      cmocka_unit_test(a_long_timeline_keeps_its_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
