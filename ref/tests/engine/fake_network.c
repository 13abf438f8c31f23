#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "fake_network.h"

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
  (void)err;
  assert_true(network->request_count < FAKE_MAX);
  struct fake_request *request = &network->requests[network->request_count++];
  base_buf_printf(&line, "%s %s", override_of(from), from->url);
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
  network->waiting_count--;
  memmove(&network->waiting[place], &network->waiting[place + 1],
          (network->waiting_count - place) * sizeof network->waiting[0]);
}

static void cancel(void *self, uint64_t id) {
  struct fake_network *network = self;
  for (size_t i = 0; i < network->waiting_count; i++)
    if (network->waiting[i] == id) {
      forget(network, i);
      return;
    }
}

static struct fake_answer *find_answer(struct fake_network *network, const char *line) {
  for (size_t i = 0; i < network->answer_count; i++) {
    struct fake_answer *answer = &network->answers[i];
    if (!answer->used && strstr(line, answer->match)) return answer;
  }
  fail_msg("no answer is written down for: %s", line);
  return NULL;
}

static void reply(struct fake_network *network, size_t place, struct fake_answer *answer) {
  struct fake_request *request = &network->requests[network->waiting[place] - 1];
  bool answered = answer->outcome == NET_ANSWERED;
  struct net_answer told = {.outcome = answer->outcome,
                            .sent = true,
                            .status = answered ? answer->status : 0,
                            .body = answered ? answer->body : "",
                            .body_len = answered ? strlen(answer->body) : 0,
                            .problem = ""};
  answer->used = true;
  forget(network, place);
  request->done(request->context, &told);
}

/* A test that waits for what never comes would hang: so nothing to do is a failure. */
static int step(void *self, int timeout_ms, struct pollfd *fds, size_t count,
                struct base_error *err) {
  struct fake_network *network = self;
  (void)fds, (void)count, (void)err;
  for (size_t i = 0; i < network->waiting_count; i++) {
    const char *line = network->requests[network->waiting[i] - 1].line;
    struct fake_answer *answer = find_answer(network, line);
    if (answer->hold && !network->released) continue;
    reply(network, i, answer);
    return 0;
  }
  if (timeout_ms < 0) fail_msg("the client waits for ever");
  return 0;
}

static void wakeup(void *self) { (void)self; }
static void close_network(void *self) { ((struct fake_network *)self)->closed = true; }

static int64_t look(void *context) { return ++((struct fake_network *)context)->now_ms; }

static bool random_bytes(void *context, void *bytes, size_t len) {
  memset(bytes, (int)(++((struct fake_network *)context)->random), len);
  return true;
}

void fake_init(struct fake_network *network) { *network = (struct fake_network){.now_ms = 1000}; }

void fake_done(struct fake_network *network) {
  for (size_t i = 0; i < network->request_count; i++) {
    free(network->requests[i].line);
    free(network->requests[i].body);
    free(network->requests[i].headers);
  }
  assert_true(network->closed);
}

struct vmx_environment fake_environment(struct fake_network *network) {
  static const struct net_transport_ops ops = {submit, cancel, step, wakeup, close_network};
  return (struct vmx_environment){.transport = {&ops, network},
                                  .clock = {look, look, network},
                                  .random = random_bytes,
                                  .random_context = network};
}

static void add(struct fake_network *network, struct fake_answer answer) {
  assert_true(network->answer_count < FAKE_MAX);
  network->answers[network->answer_count++] = answer;
}

void fake_expect(struct fake_network *network, const char *match, int status, const char *body) {
  add(network, (struct fake_answer){.match = match, .status = status, .body = body});
}

void fake_expect_outcome(struct fake_network *network, const char *match,
                         enum net_outcome outcome) {
  add(network, (struct fake_answer){.match = match, .outcome = outcome});
}

void fake_hold(struct fake_network *network, const char *match, const char *body) {
  add(network, (struct fake_answer){.match = match, .status = 200, .body = body, .hold = true});
}

void fake_release(struct fake_network *network) { network->released = true; }

const struct fake_request *fake_request(const struct fake_network *network, size_t index) {
  if (index >= network->request_count) fail_msg("there were %zu requests", network->request_count);
  return &network->requests[index];
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
