/* A testee as a process: calls, callbacks, and everything that one can do wrong. */
#include "test.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "testee.h"

enum { PATIENCE_MS = 60 * 1000, SHORT_MS = 200 };

static struct process_words command_of(const char *arguments) {
  char text[1024];
  struct process_words words = {0};
  struct base_error err = {0};
  snprintf(text, sizeof text, "'%s' %s", FAKE_TESTEE, arguments);
  if (process_split(text, &words, &err)) fail_msg("%s", err.text);
  return words;
}

static struct testee *start_with(const char *arguments, struct process_words *words, size_t line_max,
                                 unsigned messages_max) {
  struct testee *testee = NULL;
  struct base_error err = {0};
  *words = command_of(arguments);
  struct testee_config config = {.command = *words, .line_max = line_max, .messages_max = messages_max};
  if (testee_start(&config, &testee, &err)) fail_msg("%s", err.text);
  return testee;
}

static void say_hello(struct testee *testee) {
  struct base_error err = {0};
  CLEANUP(json_free) cJSON *hello = NULL;
  if (testee_hello(testee, PATIENCE_MS, &hello, &err)) fail_msg("%s", err.text);
  assert_string_equal(json_find_string(hello, "name"), "fake");
}

static void stop(struct testee *testee, struct process_words *words) {
  char problem[256];
  testee_stop(testee, PATIENCE_MS, problem);
  process_words_done(words);
}

static int64_t soon(int64_t ms) {
  struct base_clock clock = base_clock_system();
  return clock.monotonic_ms(clock.context) + ms;
}

static cJSON *start_params(void) {
  return cJSON_Parse("{\"sync\":\"s1\",\"level\":\"application\",\"callbacks\":[\"success\",\"failure\"]}");
}

/* Call startSync, and wait until the testee is at fault. */
static enum testee_fault fault_of_start(struct testee *testee, char text[256]) {
  CLEANUP(json_free) cJSON *params = start_params();
  CLEANUP(json_free) cJSON *answer = NULL;
  testee_call(testee, "startSync", params, PATIENCE_MS, &answer);
  int64_t until_ms = soon(PATIENCE_MS);
  while (testee_fault(testee, text) == TESTEE_FINE && testee_wait(testee, until_ms)) continue;
  return testee_fault(testee, text);
}

static void answers_and_calls_back(void **state) {
  (void)state;
  struct process_words words;
  struct testee *testee = start_with("good", &words, 0, 0);
  say_hello(testee);
  CLEANUP(json_free) cJSON *params = start_params();
  CLEANUP(json_free) cJSON *answer = NULL;
  assert_int_equal(testee_call(testee, "startSync", params, PATIENCE_MS, &answer), TESTEE_RESULT);
  assert_true(cJSON_IsTrue(json_find(answer, "started")));
  CLEANUP(json_free) cJSON *callback = NULL;
  int64_t until_ms = soon(PATIENCE_MS);
  while (!(callback = testee_take_callback(testee)) && testee_wait(testee, until_ms)) continue;
  assert_string_equal(json_find_string(callback, "kind"), "success");
  assert_null(testee_take_callback(testee));
  char problem[256];
  assert_true(testee_stop(testee, PATIENCE_MS, problem));
  process_words_done(&words);
}

static void answers_come_to_their_calls(void **state) {
  (void)state;
  struct process_words words;
  struct testee *testee = start_with("good", &words, 0, 0);
  uint64_t first = testee_send(testee, "close", NULL), second = testee_send(testee, "snapshot", NULL);
  CLEANUP(json_free) cJSON *snapshot = NULL;
  CLEANUP(json_free) cJSON *closed = NULL;
  int64_t until_ms = soon(PATIENCE_MS);
  while (testee_take_answer(testee, second, &snapshot, NULL) == TESTEE_PENDING && testee_wait(testee, until_ms)) continue;
  assert_non_null(json_find(snapshot, "objects"));
  assert_int_equal(testee_take_answer(testee, first, &closed, NULL), TESTEE_RESULT);
  assert_int_equal(testee_take_answer(testee, first, &closed, NULL), TESTEE_PENDING);
  stop(testee, &words);
}

static void errors_are_answers(void **state) {
  (void)state;
  struct process_words words;
  struct testee *testee = start_with("error-in create -32010", &words, 0, 0);
  CLEANUP(json_free) cJSON *answer = NULL;
  int64_t code = 0;
  assert_int_equal(testee_call(testee, "create", NULL, PATIENCE_MS, &answer), TESTEE_ERROR);
  assert_true(json_integer(json_find(answer, "code"), &code));
  assert_int_equal(code, -32010);
  stop(testee, &words);
}

/* What it does, the fault it is, and a part of the sentence. */
static void is_at_fault(const char *arguments, enum testee_fault fault, const char *sentence) {
  struct process_words words;
  char text[256];
  struct testee *testee = start_with(arguments, &words, 64 * 1024, 1000);
  say_hello(testee);
  assert_int_equal(fault_of_start(testee, text), fault);
  assert_contains(text, sentence);
  stop(testee, &words);
}

static void rubbish_is_named(void **state) {
  (void)state;
  is_at_fault("rubbish", TESTEE_RUBBISH, "no JSON object: Segmentation fault (not really)");
  is_at_fault("wrong-id", TESTEE_RUBBISH, "belongs to no call");
  is_at_fault("wrong-seq", TESTEE_RUBBISH, "seq 6 where 1 was next");
  is_at_fault("twice", TESTEE_RUBBISH, "it answered a call twice: {");
  is_at_fault("bad-schema", TESTEE_RUBBISH, "exactly one of \"started\" and \"refused\"");
}

static void floods_are_stopped(void **state) {
  (void)state;
  is_at_fault("flood-line", TESTEE_FLOOD, "a line of more than 65536 bytes");
  is_at_fault("flood-messages", TESTEE_FLOOD, "more than 1000 messages");
}

static void a_crash_is_noticed_with_its_last_words(void **state) {
  (void)state;
  struct process_words words;
  char text[256];
  struct testee *testee = start_with("die-in startSync", &words, 0, 0);
  say_hello(testee);
  assert_int_equal(fault_of_start(testee, text), TESTEE_CRASHED);
  assert_contains(text, "status 7");
  assert_false(testee_alive(testee));
  CLEANUP(json_free) cJSON *log = testee_log(testee);
  assert_string_equal(cJSON_GetArrayItem(log, 0)->valuestring, "about to die");
  stop(testee, &words);
}

static void a_hung_testee_is_killed(void **state) {
  (void)state;
  struct process_words words;
  char text[256];
  struct testee *testee = start_with("hang-in close", &words, 0, 0);
  say_hello(testee);
  cJSON *answer = NULL;
  assert_int_equal(testee_call(testee, "close", NULL, SHORT_MS, &answer), TESTEE_PENDING);
  assert_int_equal(testee_fault(testee, text), TESTEE_FINE);
  testee_kill(testee);
  assert_false(testee_alive(testee));
  int64_t until_ms = soon(PATIENCE_MS);
  while (testee_fault(testee, text) == TESTEE_FINE && testee_wait(testee, until_ms)) continue;
  assert_int_equal(testee_fault(testee, text), TESTEE_KILLED);
  stop(testee, &words);
}

static void hello_fails(const char *command, const char *sentence) {
  struct process_words words = {0};
  struct testee *testee = NULL;
  struct base_error err = {0};
  CLEANUP(json_free) cJSON *hello = NULL;
  assert_int_equal(process_split(command, &words, &err), 0);
  struct testee_config config = {.command = words};
  assert_int_equal(testee_start(&config, &testee, &err), 0);
  assert_int_equal(testee_hello(testee, PATIENCE_MS, &hello, &err), TESTEE_ERR_HELLO);
  assert_contains(err.text, sentence);
  stop(testee, &words);
}

static void programs_that_are_no_adapter_fail_at_hello(void **state) {
  (void)state;
  hello_fails("/bin/false", "it ended by itself with status 1");
  hello_fails("cat", "it called hello, but only callbacks may come from a testee");
  hello_fails("echo Welcome", "no JSON object: Welcome");
}

static void a_program_that_is_not_there_is_named(void **state) {
  (void)state;
  struct process_words words = {0};
  struct testee *testee = NULL;
  struct base_error err = {0};
  assert_int_equal(process_split("/nowhere/adapter -x", &words, &err), 0);
  struct testee_config config = {.command = words};
  assert_int_equal(testee_start(&config, &testee, &err), TESTEE_ERR_START);
  assert_contains(err.text, "/nowhere/adapter");
  process_words_done(&words);
}

static void a_bad_end_after_bye_is_told(void **state) {
  (void)state;
  struct process_words words;
  char problem[256];
  struct testee *testee = start_with("leak-status", &words, 0, 0);
  say_hello(testee);
  assert_false(testee_stop(testee, PATIENCE_MS, problem));
  assert_contains(problem, "status 23 after bye");
  process_words_done(&words);
}

struct listening {
  uint64_t asked;
  unsigned woken;
};

static uint64_t give_now(void *context) {
  struct listening *listening = context;
  return 40 + ++listening->asked;
}
static void count_wake(void *context) { ((struct listening *)context)->woken++; }

static void a_listener_stamps_callbacks(void **state) {
  (void)state;
  struct process_words words;
  struct listening listening = {0};
  struct testee *testee = start_with("good", &words, 0, 0);
  say_hello(testee);
  testee_listen(testee, &(struct testee_listener){give_now, count_wake, &listening});
  CLEANUP(json_free) cJSON *params = start_params();
  CLEANUP(json_free) cJSON *answer = NULL;
  CLEANUP(json_free) cJSON *callback = NULL;
  int64_t at = 0, until_ms = soon(PATIENCE_MS);
  testee_call(testee, "startSync", params, PATIENCE_MS, &answer);
  while (!(callback = testee_take_callback(testee)) && testee_wait(testee, until_ms)) continue;
  testee_listen(testee, NULL);
  assert_true(json_integer(json_find(callback, "at"), &at));
  assert_int_equal(at, 42);
  assert_int_equal(listening.woken, 2);
  stop(testee, &words);
}

static void commands_are_split_as_a_shell_does(void **state) {
  (void)state;
  struct process_words words = {0};
  struct base_error err = {0};
  assert_int_equal(process_split("  node 'my adapter.js' \"a \\\"b\\\"\" c\\ d '' ", &words, &err), 0);
  const char *const want[] = {"node", "my adapter.js", "a \"b\"", "c d", ""};
  assert_int_equal(words.count, 5);
  for (size_t i = 0; i < 5; i++) assert_string_equal(words.words[i], want[i]);
  process_words_done(&words);
  assert_int_equal(process_split("a 'b", &words, &err), PROCESS_ERR_WORDS);
  assert_contains(err.text, "a quote is not closed");
  assert_int_equal(process_split("  ", &words, &err), PROCESS_ERR_WORDS);
}

int main(void) {
  signal(SIGPIPE, SIG_IGN); /* as the program does: a testee may be gone when it is written to */
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(answers_and_calls_back),
      cmocka_unit_test(answers_come_to_their_calls),
      cmocka_unit_test(errors_are_answers),
      cmocka_unit_test(rubbish_is_named),
      cmocka_unit_test(floods_are_stopped),
      cmocka_unit_test(a_crash_is_noticed_with_its_last_words),
      cmocka_unit_test(a_hung_testee_is_killed),
      cmocka_unit_test(programs_that_are_no_adapter_fail_at_hello),
      cmocka_unit_test(a_program_that_is_not_there_is_named),
      cmocka_unit_test(a_bad_end_after_bye_is_told),
      cmocka_unit_test(a_listener_stamps_callbacks),
      cmocka_unit_test(commands_are_split_as_a_shell_does),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
