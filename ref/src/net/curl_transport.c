/*
 * One multi handle, a list of running requests. libcurl limits the connect; the time from the last
 * byte sent to the last byte received is ours (libcurl has no such limit): its debug callback tells
 * when bytes leave, and step() ends whoever is past its deadline (W-7).
 *
 * Always true: a request is in the list and in the multi handle, or in neither; `deadline_ms` is
 * NO_DEADLINE until its first byte left.
 */
#include "net/curl_transport.h"

#include <assert.h>
#include <curl/curl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define NO_DEADLINE INT64_MAX

enum { ERR_NETWORK = 2030 };

struct curl_request {
  struct curl_request *next;
  uint64_t id;
  CURL *easy;
  struct curl_slist *headers;
  struct base_buf answer;
  char *retry_after;
  char problem[CURL_ERROR_SIZE];
  bool sent;           /* a byte of the request left */
  bool too_large;      /* the body went over NET_ANSWER_MAX */
  int64_t deadline_ms; /* monotonic */
  int64_t timeout_ms;
  const struct base_clock *clock;
  net_done done;
  void *context;
};

struct curl_transport {
  CURLM *multi;
  struct base_clock clock;
  struct curl_request *requests;
  uint64_t last_id;
};

/* -- one request --------------------------------------------------------------------------------- */

static void request_free(struct curl_request *request) {
  if (!request) return;
  curl_easy_cleanup(request->easy);
  curl_slist_free_all(request->headers);
  base_buf_done(&request->answer);
  free(request->retry_after);
  free(request);
}

static void request_release(struct curl_request **request) { request_free(*request); }

/* The limit counts from the last byte that left, so each one moves it (W-7). */
static int on_debug(CURL *easy, curl_infotype type, char *data, size_t size, void *user) {
  (void)easy, (void)data, (void)size;
  struct curl_request *request = user;
  if (type != CURLINFO_HEADER_OUT && type != CURLINFO_DATA_OUT) return 0;
  request->sent = true;
  if (request->timeout_ms > 0)
    request->deadline_ms =
        base_time_after(request->clock->monotonic_ms(request->clock->context), request->timeout_ms);
  return 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *user) {
  struct curl_request *request = user;
  base_buf_append(&request->answer, data, size * count);
  request->too_large = request->answer.failed;
  return request->too_large ? 0 : size * count;
}

/* Only Retry-After is wanted (NET-05). A new status line begins a new set of headers. */
static size_t on_header(char *data, size_t size, size_t count, void *user) {
  static const char name[] = "retry-after:";
  struct curl_request *request = user;
  size_t len = size * count;
  if (len < sizeof name - 1 || strncasecmp(data, name, sizeof name - 1) != 0) return len;
  const char *start = data + sizeof name - 1;
  const char *end = data + len;
  while (start < end && (*start == ' ' || *start == '\t')) start++;
  while (end > start && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' ')) end--;
  free(request->retry_after);
  request->retry_after = strndup(start, (size_t)(end - start));
  return len;
}

static bool append_header(struct curl_request *request, const char *line) {
  struct curl_slist *longer = curl_slist_append(request->headers, line);
  if (longer) request->headers = longer;
  return longer != NULL;
}

static bool set_headers(struct curl_request *request, const struct net_request *from) {
  /* Without this libcurl waits a second for 100-continue before large bodies. */
  bool fine = append_header(request, "Expect:");
  for (size_t i = 0; fine && i < from->header_count; i++) {
    CLEANUP(free_text) char *line = NULL;
    const struct net_header *header = &from->headers[i];
    /* "Name;" is how libcurl is told to send a header without a value. */
    bool made = asprintf(&line, header->value[0] ? "%s: %s" : "%s;%s", header->name,
                         header->value) >= 0;
    fine = made && append_header(request, line);
    if (!made) line = NULL;
  }
  return fine && curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, request->headers) == CURLE_OK;
}

static bool set_body(struct curl_request *request, const struct net_request *from) {
  if (!from->body) return true;
  return curl_easy_setopt(request->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                          (curl_off_t)from->body_len) == CURLE_OK &&
         curl_easy_setopt(request->easy, CURLOPT_COPYPOSTFIELDS, from->body) == CURLE_OK;
}

static long connect_timeout(int64_t timeout_ms) {
  if (timeout_ms <= 0) return 0;
  return timeout_ms > INT_MAX ? INT_MAX : (long)timeout_ms;
}

/* What every request shares: no proxy of the environment, no redirects, no signals (W-7). */
static bool set_rules(struct curl_request *request) {
  CURL *easy = request->easy;
  return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip") == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->problem) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                          connect_timeout(request->timeout_ms)) == CURLE_OK;
}

static bool set_callbacks(struct curl_request *request) {
  CURL *easy = request->easy;
  return curl_easy_setopt(easy, CURLOPT_PRIVATE, request) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_WRITEDATA, request) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_HEADERDATA, request) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_DEBUGDATA, request) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L) == CURLE_OK;
}

/* Connections are kept and, when the server closed an idle one, opened again by libcurl (NET-04). */
static bool request_prepare(struct curl_request *request, const struct net_request *from) {
  request->easy = curl_easy_init();
  return request->easy && set_rules(request) && set_callbacks(request) &&
         curl_easy_setopt(request->easy, CURLOPT_URL, from->url) == CURLE_OK &&
         set_body(request, from) &&
         curl_easy_setopt(request->easy, CURLOPT_CUSTOMREQUEST, from->method) == CURLE_OK &&
         set_headers(request, from);
}

static struct curl_request *request_new(struct curl_transport *self,
                                        const struct net_request *from) {
  CLEANUP(request_release) struct curl_request *request = calloc(1, sizeof *request);
  if (!request) return NULL;
  request->clock = &self->clock;
  request->timeout_ms = from->timeout_ms;
  request->deadline_ms = NO_DEADLINE;
  request->answer.max = NET_ANSWER_MAX;
  request->done = from->done;
  request->context = from->context;
  return request_prepare(request, from) ? TAKE(request) : NULL;
}

/* -- how it ended -------------------------------------------------------------------------------- */

struct outcome_row {
  CURLcode code;
  enum net_outcome unsent; /* no byte had left */
  enum net_outcome sent;
};

/* What is not in the table, no memory included, is NET_FAILED before the first byte and NET_CUT_SHORT
 * after it: the server may have acted (W-41). */
static const struct outcome_row outcome_rows[] = {
    {CURLE_OK, NET_ANSWERED, NET_ANSWERED},
    {CURLE_OPERATION_TIMEDOUT, NET_CONNECT_TIMEOUT, NET_TIMEOUT},
    {CURLE_COULDNT_RESOLVE_HOST, NET_HOST, NET_HOST},
    {CURLE_COULDNT_CONNECT, NET_REFUSED, NET_REFUSED},
    {CURLE_URL_MALFORMAT, NET_BAD_URL, NET_BAD_URL},
    {CURLE_UNSUPPORTED_PROTOCOL, NET_BAD_URL, NET_GARBLED}, /* HTTP/0.9 when bytes had left */
    {CURLE_SEND_ERROR, NET_REFUSED, NET_CUT_SHORT},
    {CURLE_RECV_ERROR, NET_REFUSED, NET_CUT_SHORT},
    {CURLE_GOT_NOTHING, NET_REFUSED, NET_CUT_SHORT},
    {CURLE_WEIRD_SERVER_REPLY, NET_GARBLED, NET_GARBLED},
    {CURLE_BAD_CONTENT_ENCODING, NET_GARBLED, NET_GARBLED},
    {CURLE_SSL_CONNECT_ERROR, NET_TLS, NET_TLS},
    {CURLE_SSL_CERTPROBLEM, NET_TLS, NET_TLS},
    {CURLE_SSL_CIPHER, NET_TLS, NET_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, NET_TLS, NET_TLS},
    {CURLE_USE_SSL_FAILED, NET_TLS, NET_TLS},
    {CURLE_SSL_CACERT_BADFILE, NET_TLS, NET_TLS},
    {CURLE_SSL_ISSUER_ERROR, NET_TLS, NET_TLS},
};

static enum net_outcome outcome_of(const struct curl_request *request, CURLcode code) {
  if (request->too_large) return NET_TOO_LARGE;
  for (size_t i = 0; i < sizeof outcome_rows / sizeof *outcome_rows; i++)
    if (outcome_rows[i].code == code)
      return request->sent ? outcome_rows[i].sent : outcome_rows[i].unsent;
  return request->sent ? NET_CUT_SHORT : NET_FAILED;
}

static const char *problem_of(const struct curl_request *request, enum net_outcome outcome) {
  if (outcome == NET_ANSWERED) return "";
  return request->problem[0] ? request->problem : net_outcome_name(outcome);
}

static void detach(struct curl_transport *self, struct curl_request *request) {
  struct curl_request **link = &self->requests;
  while (*link != request) link = &(*link)->next;
  *link = request->next;
  curl_multi_remove_handle(self->multi, request->easy);
}

static void finish(struct curl_transport *self, struct curl_request *request,
                   enum net_outcome outcome) {
  long status = 0;
  if (outcome == NET_ANSWERED) curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
  detach(self, request);
  struct net_answer answer = {.outcome = outcome,
                              .sent = request->sent,
                              .status = (int)status,
                              .body = base_buf_string(&request->answer),
                              .body_len = request->answer.len,
                              .retry_after = request->retry_after,
                              .problem = problem_of(request, outcome)};
  request->done(request->context, &answer);
  request_free(request);
}

/* -- the interface ------------------------------------------------------------------------------- */

static int transport_submit(void *context, const struct net_request *from, uint64_t *id,
                            struct base_error *err) {
  struct curl_transport *self = context;
  CLEANUP(request_release) struct curl_request *request = request_new(self, from);
  if (!request) return base_fail(err, ERR_NETWORK, "NET-01", "no memory for a request");
  if (curl_multi_add_handle(self->multi, request->easy) != CURLM_OK)
    return base_fail(err, ERR_NETWORK, "NET-01", "libcurl refuses the request to %s", from->url);
  request->id = *id = ++self->last_id;
  request->next = self->requests;
  self->requests = TAKE(request);
  return 0;
}

static void transport_cancel(void *context, uint64_t id) {
  struct curl_transport *self = context;
  for (struct curl_request *request = self->requests; request; request = request->next) {
    if (request->id != id) continue;
    detach(self, request);
    request_free(request);
    return;
  }
}

static int64_t now_ms(const struct curl_transport *self) {
  return self->clock.monotonic_ms(self->clock.context);
}

/* Milliseconds to the next deadline, at most `timeout_ms` (-1 = no limit, then a day is fine). */
static int wait_ms(const struct curl_transport *self, int timeout_ms) {
  int64_t wait = timeout_ms < 0 ? 24 * 3600 * 1000 : timeout_ms;
  int64_t now = now_ms(self);
  for (const struct curl_request *request = self->requests; request; request = request->next) {
    if (request->deadline_ms == NO_DEADLINE) continue;
    int64_t left = request->deadline_ms > now ? request->deadline_ms - now : 0;
    if (left < wait) wait = left;
  }
  return (int)wait;
}

/* One answer at a time: what is sent because of it leaves before the next one is worked on, so that
 * the answers of parallel services do not wait for each other (SEQ-03). */
static bool finish_answered(struct curl_transport *self) {
  int left;
  CURLMsg *message = curl_multi_info_read(self->multi, &left);
  while (message && message->msg != CURLMSG_DONE) message = curl_multi_info_read(self->multi, &left);
  if (!message) return false;
  CURLcode code = message->data.result;
  struct curl_request *request = NULL;
  curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&request);
  finish(self, request, outcome_of(request, code));
  return true;
}

static struct curl_request *find_expired(const struct curl_transport *self) {
  int64_t now = now_ms(self);
  struct curl_request *request = self->requests;
  while (request && request->deadline_ms > now) request = request->next;
  return request;
}

static int perform(struct curl_transport *self, bool *any, struct base_error *err) {
  int running;
  CURLMcode code = curl_multi_perform(self->multi, &running);
  if (code != CURLM_OK)
    return base_fail(err, ERR_NETWORK, "NET-01", "the network loop: %s", curl_multi_strerror(code));
  if (finish_answered(self)) *any = true;
  return 0;
}

static int poll_all(struct curl_transport *self, int timeout_ms, struct pollfd *fds, size_t count,
                    struct base_error *err) {
  struct curl_waitfd watched[NET_FDS_MAX];
  assert(count <= NET_FDS_MAX);
  for (size_t i = 0; i < count; i++)
    watched[i] = (struct curl_waitfd){.fd = fds[i].fd, .events = CURL_WAIT_POLLIN};
  CURLMcode code = curl_multi_poll(self->multi, watched, (unsigned)count, timeout_ms, NULL);
  for (size_t i = 0; i < count; i++)
    fds[i].revents = (short)(watched[i].revents & CURL_WAIT_POLLIN ? POLLIN : 0);
  if (code == CURLM_OK) return 0;
  return base_fail(err, ERR_NETWORK, "NET-01", "the network loop: %s", curl_multi_strerror(code));
}

/* Whoever ended something before the wait does not wait: the caller has news. */
static int transport_step(void *context, int timeout_ms, struct pollfd *fds, size_t count,
                          struct base_error *err) {
  struct curl_transport *self = context;
  bool any = false;
  int code = perform(self, &any, err);
  if (code == 0) code = poll_all(self, any ? 0 : wait_ms(self, timeout_ms), fds, count, err);
  if (code == 0) code = perform(self, &any, err);
  if (code != 0) return code;
  for (struct curl_request *late; (late = find_expired(self));) finish(self, late, NET_TIMEOUT);
  return 0;
}

static void transport_wakeup(void *context) {
  struct curl_transport *self = context;
  curl_multi_wakeup(self->multi);
}

static void transport_close(void *context) {
  struct curl_transport *self = context;
  while (self->requests) transport_cancel(self, self->requests->id);
  curl_multi_cleanup(self->multi);
  free(self);
  curl_global_cleanup();
}

int net_curl_open(struct net_transport *out, struct base_error *err) {
  static const struct net_transport_ops ops = {transport_submit, transport_cancel, transport_step,
                                               transport_wakeup, transport_close};
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return base_fail(err, ERR_NETWORK, "W-7", "libcurl cannot start");
  struct curl_transport *self = calloc(1, sizeof *self);
  if (self) self->multi = curl_multi_init();
  if (!self || !self->multi) {
    free(self);
    curl_global_cleanup();
    return base_fail(err, ERR_NETWORK, "W-7", "no memory for the network");
  }
  self->clock = base_clock_system();
  *out = (struct net_transport){&ops, self};
  return 0;
}
