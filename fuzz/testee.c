/*
 * Target: what a testee prints, and the tables of its protocol. The first byte says where the bytes are
 * cut in two as they come through the pipe (0: not at all); four calls wait for answers: hello (1),
 * startSync (2), snapshot (3), close (4).
 *
 * Held: however the bytes are cut, the same fault in the same words, callbacks and answers; callbacks
 * count from 1; the first fault stays; its words are one line of UTF-8; a line beyond the limit is a flood; the
 * tables' schemas are JSON.
 */
#include "../conformance/src/testee.c" /* its inside, without a process */

#include "base/utf8.h"
#include "oracle.h"
#include "spending.h"

/* Of reading the output. */
static const struct spending most = {.steps = 50000, .steps_each = 900, .bytes = 32 * 1024, .bytes_each = 250};

enum { LINE_MAX_BYTES = 2048, MESSAGES_MAX = 20 };

static const char *const methods[] = {"hello", "startSync", "snapshot", "close"};
enum { CALLS = sizeof methods / sizeof *methods };

static struct testee *begin(void) {
  const struct testee_config config = {.line_max = LINE_MAX_BYTES, .messages_max = MESSAGES_MAX};
  struct testee *testee = make_testee(&config);
  MUST(testee && testee->callbacks);
  for (size_t i = 0; i < CALLS; i++) MUST(testee_send(testee, methods[i], NULL) == i + 1);
  return testee;
}

static bool is_one_line(const char *text) {
  return text[0] && utf8_valid(text, strlen(text)) && !strchr(text, '\n');
}

static void check_callbacks(const struct testee *testee, size_t lines) {
  const cJSON *callback;
  int64_t seq = 0, last = 0;
  MUST((size_t)cJSON_GetArraySize(testee->callbacks) <= lines);
  cJSON_ArrayForEach(callback, testee->callbacks) {
    MUST(json_integer(json_find(callback, "seq"), &seq) && seq == last + 1);
    MUST(json_find_string(callback, "kind"));
    last = seq;
  }
}

/* The words of what was wrong, all callbacks and answers: what a scenario can see. */
static char *seen(struct testee *testee) {
  CLEANUP(base_buf_done) struct base_buf out = BASE_BUF_INIT;
  CLEANUP(free_text) char *callbacks = json_print(testee->callbacks);
  base_buf_printf(&out, "%d %s %s", testee->fault, testee->fault_text, callbacks);
  for (size_t i = 0; i < CALLS; i++) {
    CLEANUP(json_free) cJSON *answer = NULL;
    enum testee_answer kind = testee_take_answer(testee, i + 1, &answer, NULL);
    MUST((kind == TESTEE_PENDING) == (answer == NULL));
    CLEANUP(free_text) char *text = answer ? json_print(answer) : NULL;
    base_buf_printf(&out, " %d %s", kind, text ? text : "");
  }
  MUST(!out.failed);
  return base_buf_steal(&out);
}

static char *run(const char *bytes, size_t len, size_t cut, size_t lines) {
  struct testee *testee = begin();
  spending_begin();
  take_output(testee, bytes, cut);
  enum testee_fault early = testee->fault;
  take_output(testee, bytes + cut, len - cut);
  spending_end(&most, len);
  MUST(early == TESTEE_FINE || early == testee->fault);
  MUST(testee->fault != TESTEE_KILLED && testee->fault != TESTEE_CRASHED);
  if (testee->fault != TESTEE_FINE) MUST(is_one_line(testee->fault_text));
  MUST(testee->line.len <= LINE_MAX_BYTES);
  check_callbacks(testee, lines);
  char *text = seen(testee);
  free_testee(testee);
  return text;
}

/* The tables read the other way: what the runner sends keeps to them, too. */
static void check_params(const char *bytes, size_t len) {
  CLEANUP(json_free) cJSON *message = NULL;
  struct base_error err = {0};
  const char *end = memchr(bytes, '\n', len);
  if (json_parse(bytes, end ? (size_t)(end - bytes) : len, JSON_LAST_COUNTS, &message, NULL) != 0) return;
  const char *method = json_find_string(message, "method");
  if (!method) return;
  int status = protocol_check_params(method, json_find(message, "params"), &err);
  MUST(status == 0 ? protocol_knows(method) : status == PROTOCOL_ERR_MESSAGE && is_one_line(err.text));
}

/* Once, before any input: every schema that the tables print is JSON and says its name. */
__attribute__((constructor)) static void check_schemas(void) {
  for (size_t i = 0; i < protocol_schema_count(); i++) {
    char name[64];
    CLEANUP(json_free) cJSON *schema = NULL;
    CLEANUP(free_text) char *text = protocol_schema(i);
    MUST(text && json_parse(text, strlen(text), JSON_REPEATED_REFUSED, &schema, NULL) == 0);
    MUST(strstr(json_find_string(schema, "$id"), protocol_schema_name(i, name)));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  check_params((const char *)data + 1, size - 1);
  const char *bytes = (const char *)data + 1;
  size_t len = size - 1, lines = 0;
  for (size_t i = 0; i < len; i++) lines += bytes[i] == '\n';
  CLEANUP(free_text) char *whole = run(bytes, len, 0, lines);
  CLEANUP(free_text) char *halves = run(bytes, len, data[0] <= len ? data[0] : len / 2, lines);
  MUST(strcmp(whole, halves) == 0);
  return 0;
}
