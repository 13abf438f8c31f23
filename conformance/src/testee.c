#include "testee.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "escapes.h"
#include "log_ring.h"
#include "protocol.h"
#include "trace.h"

/* A call that was sent and whose answer was not taken yet. */
struct call {
  uint64_t id;
  char method[32];
  cJSON *result, *error; /* one of them once answered */
  uint64_t at;           /* when it was, by the listener's order */
  struct call *next;
};

struct testee {
  struct testee_config config;
  struct process process; /* written by the thread alone after the start, pid under `mutex` */
  pthread_t thread;
  int wake_fd; /* eventfd: there is something to write, or it is time to stop */

  pthread_mutex_t listener_mutex; /* guards `listener`; taken before `mutex` */
  struct testee_listener listener;

  pthread_mutex_t mutex; /* guards all below */
  pthread_cond_t changed;
  struct base_buf outgoing;
  size_t outgoing_sent;     /* bytes of it that are written */
  uint64_t changes, seen;   /* `changed` was broadcast so often; so often when testee_wait() looked */
  struct call *calls;
  cJSON *callbacks; /* array of those not taken yet */
  struct log_ring log;
  uint64_t last_id;
  int64_t last_seq;
  unsigned messages; /* of this scenario */
  enum testee_fault fault;
  char fault_text[256];
  bool dead, killed, leaving; /* leaving: bye was sent, the end is expected */
  int status;

  struct base_buf line; /* the thread's own: an unfinished line */
};

enum { STOPPED_PATIENCE_MS = 1000 }; /* for bye, when the run is to end */

static int64_t monotonic_ms(void) {
  struct base_clock clock = base_clock_system();
  return clock.monotonic_ms(clock.context);
}

static bool is_stopped(const struct testee *testee) {
  return testee->config.stop && *testee->config.stop;
}

static void wake_thread(struct testee *testee) {
  uint64_t one = 1;
  ssize_t written = write(testee->wake_fd, &one, sizeof one);
  (void)written; /* a full eventfd is a woken one */
}

static void announce(struct testee *testee) {
  testee->changes++;
  pthread_cond_broadcast(&testee->changed);
}

__attribute__((format(printf, 3, 4))) static void set_fault(struct testee *testee, enum testee_fault fault,
                                                           const char *format, ...) {
  if (testee->fault != TESTEE_FINE) return;
  testee->fault = fault;
  va_list args;
  va_start(args, format);
  vsnprintf(testee->fault_text, sizeof testee->fault_text, format, args);
  va_end(args);
}

/* A piece of what it printed, for a message. */
static void excerpt(const char *text, size_t len, char out[96]) {
  struct log_ring ring = {0};
  log_ring_add(&ring, text, len < 80 ? len : 80);
  CLEANUP(json_free) cJSON *lines = log_ring_lines(&ring);
  const char *first = cJSON_GetStringValue(cJSON_GetArrayItem(lines, 0));
  snprintf(out, 96, "%.80s%s", first ? first : "", len > 80 ? "…" : "");
}

static struct call *find_call(struct testee *testee, uint64_t id) {
  for (struct call *call = testee->calls; call; call = call->next)
    if (call->id == id) return call;
  return NULL;
}

static void take_result(struct testee *testee, struct call *call, cJSON *message, uint64_t at) {
  struct base_error err = {0};
  cJSON *error = cJSON_DetachItemFromObjectCaseSensitive(message, "error");
  cJSON *result = cJSON_DetachItemFromObjectCaseSensitive(message, "result");
  int64_t code;
  if (!error == !result)
    set_fault(testee, TESTEE_RUBBISH, "the answer to %s must have either a result or an error", call->method);
  else if (error && !json_integer(json_find(error, "code"), &code))
    set_fault(testee, TESTEE_RUBBISH, "the error that answers %s has no numeric code", call->method);
  else if (result && protocol_knows(call->method) && protocol_check_result(call->method, result, &err))
    set_fault(testee, TESTEE_RUBBISH, "%s", err.text);
  else if (error) call->error = TAKE(error);
  else call->result = TAKE(result);
  call->at = at;
  cJSON_Delete(error);
  cJSON_Delete(result);
}

static void take_callback(struct testee *testee, cJSON *message, uint64_t at) {
  struct base_error err = {0};
  int64_t seq = 0;
  cJSON *params = cJSON_DetachItemFromObjectCaseSensitive(message, "params");
  if (protocol_check_callback(params, &err)) set_fault(testee, TESTEE_RUBBISH, "%s", err.text);
  else if (json_integer(json_find(params, "seq"), &seq), seq != testee->last_seq + 1)
    set_fault(testee, TESTEE_RUBBISH, "a callback has seq %" PRId64 " where %" PRId64 " was next%s", seq,
              testee->last_seq + 1,
              seq == 1 ? ": one counter for the whole life of the process, open and close included" : "");
  else {
    cJSON_DeleteItemFromObjectCaseSensitive(params, "at");
    cJSON_AddItemToObject(params, "at", json_create_integer((int64_t)at));
    cJSON_AddItemToArray(testee->callbacks, TAKE(params));
    testee->last_seq = seq;
  }
  cJSON_Delete(params);
}

static void take_message(struct testee *testee, cJSON *message, uint64_t at, const char *text) {
  const char *method = json_find_string(message, "method");
  int64_t id = 0;
  struct call *call = json_integer(json_find(message, "id"), &id) ? find_call(testee, (uint64_t)id) : NULL;
  const char *version = json_find_string(message, "jsonrpc");
  if (!version || strcmp(version, "2.0") != 0)
    set_fault(testee, TESTEE_RUBBISH, "a message is no JSON-RPC 2.0: %s", text);
  else if (method && strcmp(method, "callback") == 0 && !json_find(message, "id"))
    take_callback(testee, message, at);
  else if (method)
    set_fault(testee, TESTEE_RUBBISH, "it called %.40s, but only callbacks may come from a testee", method);
  else if (!call && (id < 1 || (uint64_t)id > testee->last_id))
    set_fault(testee, TESTEE_RUBBISH, "an answer belongs to no call: %s", text);
  else if (!call || call->result || call->error)
    set_fault(testee, TESTEE_RUBBISH, "it answered a call twice: %s", text);
  else take_result(testee, call, message, at);
}

static void check_flood(struct testee *testee) {
  if (++testee->messages > testee->config.messages_max)
    set_fault(testee, TESTEE_FLOOD, "it sent more than %u messages in one scenario",
              testee->config.messages_max);
}

/* One complete line of its output. */
static void take_line(struct testee *testee, const char *line, size_t len) {
  if (len == 0) return;
  CLEANUP(json_free) cJSON *message = NULL;
  struct base_error err = {0};
  char text[96];
  trace_line(testee->config.trace, testee->process.pid, TRACE_RECEIVED, line, len);
  excerpt(line, len, text);
  CLEANUP(free_text) char *mended = malloc(len);
  if (mended) escapes_mend(memcpy(mended, line, len), len);
  bool good = mended && json_parse(mended, len, JSON_LAST_COUNTS, &message, &err) == 0 && cJSON_IsObject(message);

  pthread_mutex_lock(&testee->listener_mutex);
  uint64_t at = testee->listener.now ? testee->listener.now(testee->listener.context) : 0;
  pthread_mutex_lock(&testee->mutex);
  check_flood(testee);
  if (testee->fault == TESTEE_FINE && !good)
    set_fault(testee, TESTEE_RUBBISH, "it printed a line that is no JSON object: %s", text);
  if (testee->fault == TESTEE_FINE) take_message(testee, message, at, text);
  announce(testee);
  pthread_mutex_unlock(&testee->mutex);
  if (testee->listener.wake) testee->listener.wake(testee->listener.context);
  pthread_mutex_unlock(&testee->listener_mutex);
}

/* Its bytes are dropped. The end of such a line may never come: whoever listens is told now. */
static void note_long_line(struct testee *testee) {
  testee->line.failed = false;
  base_buf_clear(&testee->line);
  pthread_mutex_lock(&testee->listener_mutex);
  pthread_mutex_lock(&testee->mutex);
  set_fault(testee, TESTEE_FLOOD, "it printed a line of more than %zu bytes", testee->config.line_max);
  announce(testee);
  pthread_mutex_unlock(&testee->mutex);
  if (testee->listener.wake) testee->listener.wake(testee->listener.context);
  pthread_mutex_unlock(&testee->listener_mutex);
}

/* Cut what came into lines. A line beyond the limit is a flood. */
static void take_output(struct testee *testee, const char *bytes, size_t len) {
  while (len > 0) {
    const char *end = memchr(bytes, '\n', len);
    size_t part = end ? (size_t)(end - bytes) : len;
    base_buf_append(&testee->line, bytes, part);
    if (testee->line.failed) note_long_line(testee);
    if (!end) return;
    take_line(testee, base_buf_string(&testee->line), testee->line.len);
    base_buf_clear(&testee->line);
    bytes = end + 1;
    len -= part + 1;
  }
}

static void take_log(struct testee *testee, const char *bytes, size_t len) {
  trace_line(testee->config.trace, testee->process.pid, TRACE_LOG, bytes, len);
  pthread_mutex_lock(&testee->mutex);
  log_ring_add(&testee->log, bytes, len);
  pthread_mutex_unlock(&testee->mutex);
}

/* Read what is there. Returns false at the end of the pipe. */
static bool read_pipe(struct testee *testee, int fd, void (*take)(struct testee *, const char *, size_t)) {
  char bytes[65536];
  ssize_t len = read(fd, bytes, sizeof bytes);
  if (len > 0) take(testee, bytes, (size_t)len);
  return len > 0 || (len < 0 && (errno == EAGAIN || errno == EINTR));
}

static void write_pipe(struct testee *testee) {
  pthread_mutex_lock(&testee->mutex);
  struct base_buf *buf = &testee->outgoing;
  size_t left = buf->len - testee->outgoing_sent;
  ssize_t len = write(testee->process.in, buf->data + testee->outgoing_sent, left);
  bool broken = len < 0 && errno != EAGAIN && errno != EINTR;
  if (broken) process_close_input(&testee->process);
  if (len > 0) testee->outgoing_sent += (size_t)len;
  if (broken || testee->outgoing_sent == buf->len) {
    base_buf_clear(buf);
    testee->outgoing_sent = 0;
  }
  pthread_mutex_unlock(&testee->mutex);
}

/* It is gone, or is made to go: both output pipes are at their end. */
static void note_end(struct testee *testee) {
  char text[64];
  process_await(&testee->process);
  pthread_mutex_lock(&testee->listener_mutex);
  pthread_mutex_lock(&testee->mutex);
  process_reap(&testee->process, &testee->status);
  testee->dead = true;
  process_status_text(testee->status, text);
  if (testee->killed) set_fault(testee, TESTEE_KILLED, "it was killed");
  else if (!testee->leaving) set_fault(testee, TESTEE_CRASHED, "it ended by itself with %s", text);
  announce(testee);
  pthread_mutex_unlock(&testee->mutex);
  if (testee->listener.wake) testee->listener.wake(testee->listener.context);
  pthread_mutex_unlock(&testee->listener_mutex);
}

static bool wants_write(struct testee *testee) {
  pthread_mutex_lock(&testee->mutex);
  bool wants = testee->outgoing.len > 0 && testee->process.in >= 0;
  if (testee->leaving && !wants) process_close_input(&testee->process);
  pthread_mutex_unlock(&testee->mutex);
  return wants;
}

static bool is_killed(struct testee *testee) {
  pthread_mutex_lock(&testee->mutex);
  bool killed = testee->killed;
  pthread_mutex_unlock(&testee->mutex);
  return killed;
}

/* A process that left the testee's group may keep the pipes for ever: they end a moment after a kill. */
static void *run_thread(void *context) {
  enum { LEFT_OVER_MS = 200 };
  struct testee *testee = context;
  bool out_open = true, log_open = true;
  int64_t until_ms = INT64_MAX;
  while ((out_open || log_open) && monotonic_ms() < until_ms) {
    bool killed = is_killed(testee), write_now = wants_write(testee);
    if (killed && until_ms == INT64_MAX) until_ms = monotonic_ms() + LEFT_OVER_MS;
    struct pollfd fds[] = {{.fd = out_open ? testee->process.out : -1, .events = POLLIN},
                           {.fd = log_open ? testee->process.log : -1, .events = POLLIN},
                           {.fd = testee->wake_fd, .events = POLLIN},
                           {.fd = write_now ? testee->process.in : -1, .events = POLLOUT}};
    if (poll(fds, 4, killed ? LEFT_OVER_MS : -1) <= 0) continue;
    uint64_t count;
    if (fds[2].revents && read(testee->wake_fd, &count, sizeof count) < 0) continue;
    if (fds[3].revents) write_pipe(testee);
    if (fds[1].revents) log_open = read_pipe(testee, testee->process.log, take_log);
    if (fds[0].revents) out_open = read_pipe(testee, testee->process.out, take_output);
    if (!out_open) process_close_input(&testee->process);
  }
  note_end(testee);
  return NULL;
}

static void free_calls(struct testee *testee) {
  while (testee->calls) {
    struct call *call = testee->calls;
    testee->calls = call->next;
    cJSON_Delete(call->result);
    cJSON_Delete(call->error);
    free(call);
  }
}

static void free_testee(struct testee *testee) {
  process_done(&testee->process);
  if (testee->wake_fd >= 0) close(testee->wake_fd);
  free_calls(testee);
  cJSON_Delete(testee->callbacks);
  base_buf_done(&testee->outgoing);
  base_buf_done(&testee->line);
  pthread_cond_destroy(&testee->changed);
  pthread_mutex_destroy(&testee->mutex);
  pthread_mutex_destroy(&testee->listener_mutex);
  free(testee);
}

static struct testee *make_testee(const struct testee_config *config) {
  struct testee *testee = calloc(1, sizeof *testee);
  if (!testee) return NULL;
  testee->config = *config;
  if (!testee->config.line_max) testee->config.line_max = TESTEE_LINE_MAX;
  if (!testee->config.messages_max) testee->config.messages_max = TESTEE_MESSAGES_MAX;
  testee->line.max = testee->config.line_max;
  testee->process = (struct process){.in = -1, .out = -1, .log = -1};
  testee->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  testee->callbacks = cJSON_CreateArray();
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&testee->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  pthread_mutex_init(&testee->mutex, NULL);
  pthread_mutex_init(&testee->listener_mutex, NULL);
  return testee;
}

int testee_start(const struct testee_config *config, struct testee **out, struct base_error *err) {
  struct testee *testee = make_testee(config);
  if (!testee) return base_fail(err, TESTEE_ERR_START, "", "out of memory");
  if (process_start(&config->command, &testee->process, err)) {
    free_testee(testee);
    return err->code = TESTEE_ERR_START;
  }
  if (pthread_create(&testee->thread, NULL, run_thread, testee) != 0) {
    process_kill(&testee->process);
    process_reap(&testee->process, &testee->status);
    free_testee(testee);
    return base_fail(err, TESTEE_ERR_START, "", "no thread for the testee");
  }
  *out = testee;
  return 0;
}

/* Ask it to go. */
static void say_bye(struct testee *testee) {
  pthread_mutex_lock(&testee->mutex);
  bool fine = testee->fault == TESTEE_FINE && !testee->killed;
  testee->leaving = fine;
  pthread_mutex_unlock(&testee->mutex);
  if (fine) testee_send(testee, "bye", NULL);
}

static bool is_dead(struct testee *testee) {
  pthread_mutex_lock(&testee->mutex);
  bool dead = testee->dead;
  pthread_mutex_unlock(&testee->mutex);
  return dead;
}

/* Looks at least that often whether the run is to end: a signal wakes nobody. */
static bool wait_until(struct testee *testee, int64_t until_ms, bool stoppable) {
  enum { LOOK_EVERY_MS = 100 };
  pthread_mutex_lock(&testee->mutex);
  for (int64_t now_ms = monotonic_ms(); testee->changes == testee->seen && now_ms < until_ms; now_ms = monotonic_ms()) {
    if (stoppable && is_stopped(testee)) break;
    int64_t look_ms = until_ms - now_ms < LOOK_EVERY_MS ? until_ms : now_ms + LOOK_EVERY_MS;
    struct timespec look = {.tv_sec = look_ms / 1000, .tv_nsec = look_ms % 1000 * 1000000};
    pthread_cond_timedwait(&testee->changed, &testee->mutex, &look);
  }
  bool happened = testee->changes != testee->seen;
  testee->seen = testee->changes;
  pthread_mutex_unlock(&testee->mutex);
  return happened;
}

bool testee_wait(struct testee *testee, int64_t until_ms) { return wait_until(testee, until_ms, true); }

bool testee_stop(struct testee *testee, int64_t patience_ms, char problem[256]) {
  problem[0] = '\0';
  if (!testee) return true;
  testee_listen(testee, NULL);
  say_bye(testee);
  int64_t until_ms = monotonic_ms() + (is_stopped(testee) ? STOPPED_PATIENCE_MS : patience_ms);
  while (testee->leaving && !is_dead(testee) && wait_until(testee, until_ms, false)) continue;
  bool late = testee->leaving && !is_dead(testee);
  if (!is_dead(testee)) testee_kill(testee);
  pthread_join(testee->thread, NULL);
  char text[64];
  process_status_text(testee->status, text);
  if (late && !is_stopped(testee)) snprintf(problem, 256, "the testee did not end after bye and was killed");
  else if (testee->leaving && !late && testee->status != 0) snprintf(problem, 256, "the testee ended with %s after bye", text);
  free_testee(testee);
  return problem[0] == '\0';
}

void testee_listen(struct testee *testee, const struct testee_listener *listener) {
  pthread_mutex_lock(&testee->listener_mutex);
  testee->listener = listener ? *listener : (struct testee_listener){0};
  pthread_mutex_unlock(&testee->listener_mutex);
}

void testee_begin(struct testee *testee) {
  pthread_mutex_lock(&testee->mutex);
  cJSON_Delete(testee->callbacks);
  testee->callbacks = cJSON_CreateArray();
  testee->messages = 0;
  log_ring_clear(&testee->log);
  pthread_mutex_unlock(&testee->mutex);
}

static char *print_call(uint64_t id, const char *method, const cJSON *params) {
  CLEANUP(base_buf_done) struct base_buf line = BASE_BUF_INIT;
  CLEANUP(free_text) char *text = params ? json_print(params) : NULL;
  base_buf_printf(&line, "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64 ",\"method\":", id);
  json_quote(&line, method, strlen(method));
  base_buf_printf(&line, ",\"params\":%s}\n", text ? text : "{}");
  return base_buf_steal(&line);
}

uint64_t testee_send(struct testee *testee, const char *method, const cJSON *params) {
  pthread_mutex_lock(&testee->mutex);
  uint64_t id = ++testee->last_id;
  struct call *call = calloc(1, sizeof *call);
  CLEANUP(free_text) char *line = print_call(id, method, params);
  if (call && line) {
    call->id = id;
    snprintf(call->method, sizeof call->method, "%s", method);
    call->next = testee->calls;
    testee->calls = call;
    trace_line(testee->config.trace, testee->process.pid, TRACE_SENT, line, strlen(line) - 1);
    base_buf_text(&testee->outgoing, line);
  } else free(call);
  pthread_mutex_unlock(&testee->mutex);
  wake_thread(testee);
  return id;
}

enum testee_answer testee_take_answer(struct testee *testee, uint64_t id, cJSON **out, uint64_t *at_order) {
  enum testee_answer answer = TESTEE_PENDING;
  pthread_mutex_lock(&testee->mutex);
  for (struct call **at = &testee->calls; *at; at = &(*at)->next) {
    struct call *call = *at;
    if (call->id != id || (!call->result && !call->error)) continue;
    answer = call->result ? TESTEE_RESULT : TESTEE_ERROR;
    *out = call->result ? call->result : call->error;
    if (at_order) *at_order = call->at;
    *at = call->next;
    free(call);
    break;
  }
  pthread_mutex_unlock(&testee->mutex);
  return answer;
}

struct cJSON *testee_take_callback(struct testee *testee) {
  pthread_mutex_lock(&testee->mutex);
  cJSON *callback = cJSON_DetachItemFromArray(testee->callbacks, 0);
  pthread_mutex_unlock(&testee->mutex);
  return callback;
}

enum testee_answer testee_call(struct testee *testee, const char *method, const cJSON *params,
                               int64_t patience_ms, cJSON **out) {
  uint64_t id = testee_send(testee, method, params);
  int64_t until_ms = monotonic_ms() + patience_ms;
  for (;;) {
    char text[256];
    enum testee_answer answer = testee_take_answer(testee, id, out, NULL);
    if (answer != TESTEE_PENDING || testee_fault(testee, text) != TESTEE_FINE) return answer;
    if (!testee_wait(testee, until_ms)) return testee_take_answer(testee, id, out, NULL);
  }
}

/* The last line of its log, to go behind a sentence. */
static void last_words(struct testee *testee, char out[200]) {
  CLEANUP(json_free) cJSON *lines = testee_log(testee);
  const char *last = cJSON_GetStringValue(cJSON_GetArrayItem(lines, cJSON_GetArraySize(lines) - 1));
  snprintf(out, 200, "%s%.170s", last ? "; its last words: " : "", last ? last : "");
}

static int hello_failed(struct testee *testee, enum testee_answer answer, const cJSON *error,
                        int64_t patience_ms, struct base_error *err) {
  char text[256], words[200];
  const char *message = json_find_string(error, "message");
  last_words(testee, words);
  if (testee_fault(testee, text) != TESTEE_FINE)
    return base_fail(err, TESTEE_ERR_HELLO, "", "the testee did not answer hello: %s%s", text, words);
  if (is_stopped(testee))
    return base_fail(err, TESTEE_ERR_HELLO, "", "the run was stopped before the testee answered hello");
  if (answer == TESTEE_ERROR)
    return base_fail(err, TESTEE_ERR_HELLO, "", "the testee refused hello: %s",
                     message ? message : "it gave no reason");
  return base_fail(err, TESTEE_ERR_HELLO, "", "the testee did not answer hello within %" PRId64 " s",
                   patience_ms / 1000);
}

int testee_hello(struct testee *testee, int64_t patience_ms, cJSON **out, struct base_error *err) {
  CLEANUP(json_free) cJSON *params = cJSON_CreateObject();
  CLEANUP(json_free) cJSON *result = NULL;
  cJSON_AddNumberToObject(params, "protocol", PROTOCOL_VERSION);
  cJSON_AddStringToObject(params, "suite", "foundrycheck " CONFORMANCE_VERSION);
  enum testee_answer answer = testee_call(testee, "hello", params, patience_ms, &result);
  if (answer != TESTEE_RESULT) return hello_failed(testee, answer, result, patience_ms, err);
  *out = TAKE(result);
  return 0;
}

enum testee_fault testee_fault(struct testee *testee, char text[256]) {
  pthread_mutex_lock(&testee->mutex);
  enum testee_fault fault = testee->fault;
  snprintf(text, 256, "%s", testee->fault_text);
  pthread_mutex_unlock(&testee->mutex);
  return fault;
}

bool testee_alive(struct testee *testee) {
  pthread_mutex_lock(&testee->mutex);
  bool alive = !testee->dead && !testee->killed;
  pthread_mutex_unlock(&testee->mutex);
  return alive;
}

void testee_kill(struct testee *testee) {
  pthread_mutex_lock(&testee->mutex);
  testee->killed = true;
  if (!testee->dead) process_kill(&testee->process);
  pthread_mutex_unlock(&testee->mutex);
  wake_thread(testee);
}

struct cJSON *testee_log(struct testee *testee) {
  pthread_mutex_lock(&testee->mutex);
  cJSON *lines = log_ring_lines(&testee->log);
  pthread_mutex_unlock(&testee->mutex);
  return lines;
}
