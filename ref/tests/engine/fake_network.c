#include "fake_network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "look.h"

/* Room for one more in one of the network's lists. */
#define GROW(list, count, capacity)                                                                \
  do {                                                                                             \
    if ((count) < (capacity)) break;                                                               \
    (capacity) = (capacity) ? 2 * (capacity) : 16;                                                 \
    (list) = realloc((list), (capacity) * sizeof *(list));                                         \
    assert_non_null(list);                                                                         \
  } while (0)

/* -- requests ------------------------------------------------------------------------------------ */

static const char *override_of(const struct net_request *request) {
  for (size_t i = 0; i < request->header_count; i++)
    if (strcmp(request->headers[i].name, "X-Http-Method-Override") == 0)
      return request->headers[i].value;
  return "-";
}

static char *copy_headers(const struct net_request *request) {
  struct base_buf buf = BASE_BUF_INIT;
  for (size_t i = 0; i < request->header_count; i++)
    base_buf_printf(&buf, "%s: %s\n", request->headers[i].name, request->headers[i].value);
  return base_buf_steal(&buf);
}

static int submit(void *self, const struct net_request *from, uint64_t *id,
                  struct base_error *err) {
  struct fake_network *network = self;
  struct base_buf line = BASE_BUF_INIT;
  if (network->refuses) return base_fail(err, 2030, "", "the network takes no request");
  GROW(network->requests, network->request_count, network->request_capacity);
  GROW(network->waiting, network->waiting_count, network->waiting_capacity);
  base_buf_printf(&line, "%s %s", override_of(from), from->url);
  struct fake_request *request = &network->requests[network->request_count++];
  *id = network->request_count;
  *request = (struct fake_request){.id = *id,
                                   .line = base_buf_steal(&line),
                                   .body = strndup(from->body ? from->body : "", from->body_len),
                                   .headers = copy_headers(from),
                                   .done = from->done,
                                   .context = from->context};
  network->waiting[network->waiting_count++] = *id;
  return 0;
}

static void forget(struct fake_network *network, size_t place) {
  for (size_t i = place + 1; i < network->waiting_count; i++)
    network->waiting[i - 1] = network->waiting[i];
  network->waiting_count--;
}

static void cancel(void *self, uint64_t id) {
  struct fake_network *network = self;
  for (size_t i = 0; i < network->waiting_count; i++)
    if (network->waiting[i] == id) {
      forget(network, i);
      return;
    }
}

/* -- answers ------------------------------------------------------------------------------------- */

/* NULL: the server function answers. */
static struct fake_answer *find_answer(struct fake_network *network, const char *line) {
  for (size_t i = 0; i < network->answer_count; i++) {
    struct fake_answer *answer = &network->answers[i];
    if (!answer->used && strstr(line, answer->match)) return answer;
  }
  if (!network->server) fail_msg("no answer is written down for: %s", line);
  return NULL;
}

static void take_answer(struct fake_answer *answer, struct net_answer *told) {
  bool answered = answer->outcome == NET_ANSWERED;
  answer->used = true;
  *told = (struct net_answer){.outcome = answer->outcome,
                              .status = answered ? answer->status : 0,
                              .body = answered ? answer->body : "",
                              .body_len = answered ? strlen(answer->body) : 0,
                              .retry_after = answer->retry_after};
}

/* `done` may submit, which moves the lists: what it needs is taken out before. */
static void reply(struct fake_network *network, size_t place, struct fake_answer *answer) {
  const struct fake_request *request = &network->requests[network->waiting[place] - 1];
  net_done done = request->done;
  void *context = request->context;
  struct net_answer told = {.body = ""};
  if (answer) take_answer(answer, &told);
  else network->server(network->server_self, request, &told);
  told.sent = true;
  told.problem = "";
  forget(network, place);
  done(context, &told);
}

/* A test that waits for what never comes would hang: so nothing to do is a failure. */
static int step(void *self, int timeout_ms, struct pollfd *fds, size_t count,
                struct base_error *err) {
  struct fake_network *network = self;
  (void)fds, (void)count, (void)err;
  for (size_t i = 0; i < network->waiting_count; i++) {
    const char *line = network->requests[network->waiting[i] - 1].line;
    struct fake_answer *answer = find_answer(network, line);
    if (answer && answer->hold && !network->released) continue;
    reply(network, i, answer);
    return 0;
  }
  if (timeout_ms < 0) fail_msg("the client waits for ever");
  return 0;
}

/* -- the environment ------------------------------------------------------------------------------- */

static void wakeup(void *self) { (void)self; }
static void close_network(void *self) { ((struct fake_network *)self)->closed = true; }

static int64_t look_at_clock(void *context) {
  struct fake_network *network = context;
  if (!network->readings) return ++network->now_ms;
  return network->readings[network->reading++ % network->reading_count];
}

static bool random_bytes(void *context, void *bytes, size_t len) {
  if (((struct fake_network *)context)->no_random) return false;
  uint64_t number = ++((struct fake_network *)context)->random;
  memset(bytes, 0, len);
  memcpy(bytes, &number, len < sizeof number ? len : sizeof number);
  return true;
}

void fake_init(struct fake_network *network) { *network = (struct fake_network){.now_ms = 1000}; }

void fake_forget_answers(struct fake_network *network) {
  for (size_t i = 0; i < network->answer_count; i++) free(network->answers[i].owned);
  network->answer_count = 0;
}

void fake_done(struct fake_network *network) {
  for (size_t i = 0; i < network->request_count; i++) {
    free(network->requests[i].line);
    free(network->requests[i].body);
    free(network->requests[i].headers);
  }
  fake_forget_answers(network);
  free(network->answers);
  free(network->requests);
  free(network->waiting);
  assert_true(network->closed);
}

struct vmx_environment fake_environment(struct fake_network *network) {
  static const struct net_transport_ops ops = {submit, cancel, step, wakeup, close_network};
  return (struct vmx_environment){.transport = {&ops, network},
                                  .clock = {look_at_clock, look_at_clock, network},
                                  .random = random_bytes,
                                  .random_context = network};
}

/* -- writing answers down --------------------------------------------------------------------------- */

static void add(struct fake_network *network, struct fake_answer answer) {
  GROW(network->answers, network->answer_count, network->answer_capacity);
  network->answers[network->answer_count++] = answer;
}

void fake_expect(struct fake_network *network, const char *match, int status, const char *body) {
  add(network, (struct fake_answer){.match = match, .status = status, .body = body});
}

void fake_expect_outcome(struct fake_network *network, const char *match,
                         enum net_outcome outcome) {
  add(network, (struct fake_answer){.match = match, .outcome = outcome});
}

void fake_expect_retry(struct fake_network *network, const char *match, int status,
                       const char *body, const char *retry_after) {
  add(network, (struct fake_answer){
                   .match = match, .status = status, .body = body, .retry_after = retry_after});
}

void fake_say(struct fake_network *network, const char *match, int status, const char *format,
              ...) {
  va_list args;
  va_start(args, format);
  char *body = look_printed(format, args);
  va_end(args);
  add(network, (struct fake_answer){.match = match, .status = status, .body = body, .owned = body});
}

void fake_hold(struct fake_network *network, const char *match, const char *body) {
  add(network, (struct fake_answer){.match = match, .status = 200, .body = body, .hold = true});
}

void fake_release(struct fake_network *network) { network->released = true; }

void fake_serve(struct fake_network *network, fake_server *server, void *self) {
  network->server = server;
  network->server_self = self;
}

/* -- reading what came ------------------------------------------------------------------------------ */

const struct fake_request *fake_request(const struct fake_network *network, size_t index) {
  if (index >= network->request_count) fail_msg("there were %zu requests", network->request_count);
  return &network->requests[index];
}

size_t fake_count(const struct fake_network *network, const char *match) {
  size_t count = 0;
  for (size_t i = 0; i < network->request_count; i++)
    count += strstr(network->requests[i].line, match) != NULL;
  return count;
}

const struct fake_request *fake_find(const struct fake_network *network, const char *match,
                                     size_t index) {
  size_t seen = 0;
  for (size_t i = 0; i < network->request_count; i++)
    if (strstr(network->requests[i].line, match) && seen++ == index) return &network->requests[i];
  fail_msg("there were %zu requests with %s", seen, match);
  return NULL;
}

char *fake_header(const struct fake_request *request, const char *name) {
  struct base_buf key = BASE_BUF_INIT;
  base_buf_printf(&key, "%s: ", name);
  const char *found = strstr(request->headers, key.data);
  char *value = found ? strndup(found + key.len, strcspn(found + key.len, "\n")) : NULL;
  base_buf_done(&key);
  return value;
}

void fake_all_used(const struct fake_network *network) {
  for (size_t i = 0; i < network->answer_count; i++)
    if (!network->answers[i].used) fail_msg("never asked for: %s", network->answers[i].match);
}
