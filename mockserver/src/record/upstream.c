#include "record/upstream.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "record/record.h"

enum { CONNECT_TIMEOUT_MS = 30 * 1000 };

/* They concern one connection, or are libcurl's to say. */
static const char *const HOP_BY_HOP[] = {"Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "TE", "Trailer",
                                         "Upgrade", "Content-Length", "Content-Encoding", "Accept-Encoding", "Host", "Expect"};

static bool is_hop_by_hop(const char *name, size_t len) {
  for (size_t i = 0; i < sizeof HOP_BY_HOP / sizeof HOP_BY_HOP[0]; i++)
    if (strlen(HOP_BY_HOP[i]) == len && strncasecmp(HOP_BY_HOP[i], name, len) == 0) return true;
  return false;
}

void upstream_init(struct upstream *upstream, bool insecure) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  pthread_mutex_init(&upstream->lock, NULL);
  atomic_init(&upstream->stopped, false);
  upstream->insecure = insecure;
}

void upstream_done(struct upstream *upstream) {
  for (size_t i = 0; i < upstream->idle_count; i++) curl_easy_cleanup(upstream->idle[i]);
  pthread_mutex_destroy(&upstream->lock);
  curl_global_cleanup();
}

static CURL *take_handle(struct upstream *upstream) {
  pthread_mutex_lock(&upstream->lock);
  CURL *handle = upstream->idle_count > 0 ? upstream->idle[--upstream->idle_count] : NULL;
  pthread_mutex_unlock(&upstream->lock);
  return handle ? handle : curl_easy_init();
}

static void give_back(struct upstream *upstream, CURL *handle) {
  curl_easy_reset(handle); /* its connections stay */
  pthread_mutex_lock(&upstream->lock);
  bool kept = upstream->idle_count < UPSTREAM_IDLE;
  if (kept) upstream->idle[upstream->idle_count++] = handle;
  pthread_mutex_unlock(&upstream->lock);
  if (!kept) curl_easy_cleanup(handle);
}

/* ---- what comes ---- */

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
  struct base_buf *body = context;
  base_buf_append(body, bytes, size * count);
  return body->failed ? 0 : size * count;
}

/* A status line begins the head anew: what came before was an interim answer. */
static size_t take_header(char *line, size_t size, size_t count, void *context) {
  struct base_buf *headers = context;
  size_t len = size * count;
  const char *colon = memchr(line, ':', len);
  if (len > 5 && strncmp(line, "HTTP/", 5) == 0) base_buf_clear(headers);
  else if (colon && !is_hop_by_hop(line, (size_t)(colon - line))) base_buf_append(headers, line, len);
  return len;
}

static int look_whether_stopped(void *context, curl_off_t total, curl_off_t now, curl_off_t upload_total, curl_off_t upload_now) {
  const struct upstream *upstream = context;
  (void)total, (void)now, (void)upload_total, (void)upload_now;
  return atomic_load(&upstream->stopped);
}

/* ---- what goes ---- */

static struct curl_slist *add_line(struct curl_slist *list, const char *line) {
  struct curl_slist *longer = curl_slist_append(list, line);
  return longer ? longer : list;
}

static struct curl_slist *request_headers(const struct http_request *request) {
  struct curl_slist *list = NULL;
  bool typed = false;
  for (size_t i = 0; i < request->header_count; i++) {
    const struct http_header *header = &request->headers[i];
    struct base_buf line = BASE_BUF_INIT;
    if (is_hop_by_hop(header->name, strlen(header->name))) continue;
    typed = typed || strcasecmp(header->name, "Content-Type") == 0;
    base_buf_printf(&line, header->value[0] ? "%s: %s" : "%s;", header->name, header->value); /* libcurl's form of an empty one */
    list = add_line(list, base_buf_string(&line));
    base_buf_done(&line);
  }
  if (!typed) list = add_line(list, "Content-Type:"); /* no invention of libcurl's */
  return add_line(list, "Expect:");                   /* or bodies above 1 MiB wait for a second */
}

static void set_request(CURL *handle, const struct http_request *request) {
  bool body = request->body.len > 0 || strcmp(request->method, "POST") == 0 || strcmp(request->method, "PUT") == 0;
  if (strcmp(request->method, "HEAD") == 0) curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  else curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request->method);
  if (!body) return;
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, base_buf_string(&request->body));
}

static void set_options(CURL *handle, struct upstream *upstream, struct upstream_answer *answer) {
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
  curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, ""); /* decoded here, so that it can be read */
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, upstream->insecure ? 0L : 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, upstream->insecure ? 0L : 2L);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, look_whether_stopped);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, upstream);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer->body);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &answer->headers);
}

static int perform(CURL *handle, const char *url, struct upstream_answer *answer, struct base_error *err) {
  char reason[CURL_ERROR_SIZE] = "";
  long status = 0;
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(handle, CURLOPT_URL, url);
  CURLcode code = curl_easy_perform(handle);
  if (code != CURLE_OK)
    return base_fail(err, RECORD_ERR_UPSTREAM, "", "%.200s: %.200s", url, reason[0] ? reason : curl_easy_strerror(code));
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  answer->status = (int)status;
  return 0;
}

int upstream_call(struct upstream *upstream, const char *url, const struct http_request *request,
                  struct upstream_answer *out, struct base_error *err) {
  struct upstream_answer answer = {.headers = BASE_BUF_INIT, .body = {.max = HTTP_BODY_MAX}};
  CURL *handle = take_handle(upstream);
  if (!handle) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  struct curl_slist *headers = request_headers(request);
  set_options(handle, upstream, &answer);
  set_request(handle, request);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  int status = perform(handle, url, &answer, err);
  give_back(upstream, handle);
  curl_slist_free_all(headers);
  if (status == 0) *out = answer;
  else upstream_answer_done(&answer);
  return status;
}

void upstream_answer_done(struct upstream_answer *answer) {
  base_buf_done(&answer->headers);
  base_buf_done(&answer->body);
}
