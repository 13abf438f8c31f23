#include "engine/exchange.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "core/codes.h"
#include "engine/identity.h"

enum { HEADERS_MAX = 9, HTTP_UNAUTHORIZED = 401 };

/* What each kind of request carries beside its content (wire.md 2 and 3, NET-07). */
static const struct {
  const char *method;
  const char *override;        /* X-Http-Method-Override, or NULL */
  const char *service_version; /* X-Voltmx-Service-Version, or NULL */
  bool application;            /* app key and secret */
} kinds[] = {
    [VMX_SEND_DOCUMENT] = {"GET", NULL, NULL, true},
    [VMX_SEND_METADATA] = {"GET", "GET", "2.0", false},
    [VMX_SEND_DOWNLOAD] = {"POST", "GET", NULL, false},
    [VMX_SEND_UPLOAD] = {"POST", "UPLOAD", NULL, false},
};

static const enum vmx_transport transports[NET_OUTCOME_COUNT] = {
    [NET_ANSWERED] = VMX_ANSWERED,
    [NET_CONNECT_TIMEOUT] = VMX_CONNECT_TIMEOUT,
    [NET_TIMEOUT] = VMX_ANSWER_TIMEOUT,
    [NET_CUT_SHORT] = VMX_CUT,
    [NET_REFUSED] = VMX_REFUSED,
    [NET_HOST] = VMX_HOST_NOT_FOUND,
    [NET_OFFLINE] = VMX_NO_CONNECTIVITY,
    [NET_TLS] = VMX_TLS_FAILED,
    [NET_BAD_URL] = VMX_BAD_URL,
    [NET_GARBLED] = VMX_ANSWER_TOO_LARGE,
    [NET_TOO_LARGE] = VMX_ANSWER_TOO_LARGE,
    [NET_FAILED] = VMX_TRANSPORT_FAILED,
};

struct headers {
  struct net_header items[HEADERS_MAX];
  size_t count;
};

static void add_header(struct headers *headers, const char *name, const char *value) {
  if (!value) return;
  assert(headers->count < HEADERS_MAX);
  headers->items[headers->count++] = (struct net_header){name, value};
}

/* `request_id` is this sending's own, the cache id the request's (wire.md 3). */
static void collect_headers(const struct vmx_exchange *exchange, const char *request_id,
                            struct headers *headers) {
  const struct vmx_client *client = exchange->client;
  const struct vmx_exchange_request *request = &exchange->request;
  bool application = kinds[request->kind].application;
  add_header(headers, "Content-Type", "application/json");
  add_header(headers, "X-Http-Method-Override", kinds[request->kind].override);
  add_header(headers, "X-Voltmx-App-Key", application ? client->app_key : NULL);
  add_header(headers, "X-Voltmx-App-Secret", application ? client->app_secret : NULL);
  add_header(headers, "X-Voltmx-Authorization", client->token); /* raw: API-08 */
  add_header(headers, "X-Voltmx-API-Version", request->version);
  add_header(headers, "X-Voltmx-Service-Version", kinds[request->kind].service_version);
  add_header(headers, "X-Voltmx-RequestCacheId", request->cache_id); /* UPC-01 */
  add_header(headers, "X-Voltmx-RequestId", request_id);
}

static void finish(struct vmx_exchange *exchange, const struct vmx_exchange_result *result) {
  exchange->running = false;
  exchange->done(exchange->context, result);
}

static void finish_failed(struct vmx_exchange *exchange, const struct base_error *err) {
  finish(exchange, &(struct vmx_exchange_result){.err = *err});
}

static void on_answer(void *context, const struct net_answer *answer);

static void submit(struct vmx_exchange *exchange) {
  struct vmx_client *client = exchange->client;
  struct headers headers = {.count = 0};
  char id[VMX_REQUEST_ID_SIZE];
  bool named = vmx_request_id(client, id, NULL) == 0; /* optional: none without randomness */
  collect_headers(exchange, named ? id : NULL, &headers);
  const struct net_request request = {.method = kinds[exchange->request.kind].method,
                                      .url = exchange->request.url,
                                      .headers = headers.items,
                                      .header_count = headers.count,
                                      .body = exchange->request.body,
                                      .body_len = exchange->request.body_len,
                                      .timeout_ms = client->network_timeout_ms,
                                      .done = on_answer,
                                      .context = exchange};
  struct base_error err = {0};
  const struct net_transport *transport = &client->environment.transport;
  exchange->token_version = client->token_version;
  exchange->sent_at_ms = vmx_now(client);
  exchange->running = true;
  if (transport->ops->submit(transport->self, &request, &exchange->id, &err) != 0)
    finish_failed(exchange, &err);
}

/* A token that another exchange has renewed meanwhile is tried as it is. */
static int renew_token(struct vmx_exchange *exchange, struct base_error *err) {
  if (exchange->token_version != exchange->client->token_version) return 0;
  return vmx_identity_ask(exchange->client, true, err);
}

/* W-7: the token is asked for once more, and the same request sent again: nothing was executed,
 * so an upload keeps its cache id (C-11). */
static void on_unauthorized(struct vmx_exchange *exchange) {
  struct base_error err = {0};
  if (exchange->asked_again)
    base_fail(&err, VMX_CODE_IDENTITY, "W-7", "the server refused the claims token twice (HTTP 401)");
  else renew_token(exchange, &err);
  exchange->asked_again = true;
  if (err.code != 0) finish_failed(exchange, &err);
  else submit(exchange);
}

static void on_answer(void *context, const struct net_answer *answer) {
  struct vmx_exchange *exchange = context;
  if (answer->outcome == NET_ANSWERED && answer->status == HTTP_UNAUTHORIZED) {
    on_unauthorized(exchange);
    return;
  }
  const struct vmx_exchange_result result = {
      .answer = {.transport = transports[answer->outcome],
                 .status = answer->status,
                 .body = answer->body,
                 .len = answer->body_len},
      .retry_after = answer->retry_after,
      .network_ms = base_elapsed_ms(exchange->sent_at_ms, vmx_now(exchange->client))};
  finish(exchange, &result);
}

void vmx_exchange_send(struct vmx_exchange *exchange, const struct vmx_exchange_request *request) {
  assert(!exchange->running);
  exchange->request = *request;
  if (exchange->client->online) {
    submit(exchange);
    return;
  }
  finish(exchange, &(struct vmx_exchange_result){.answer = {.transport = VMX_NO_CONNECTIVITY}});
}

void vmx_exchange_abort(struct vmx_exchange *exchange) {
  if (!exchange->running) return;
  const struct net_transport *transport = &exchange->client->environment.transport;
  transport->ops->cancel(transport->self, exchange->id);
  exchange->running = false;
}

/* Names are data: whatever is not plainly safe in a path is encoded (W-7, W-11). */
static void append_encoded(struct base_buf *out, const char *text) {
  static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  for (; *text; text++) {
    if (strchr(safe, *text)) base_buf_char(out, *text);
    else base_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
  }
}

void vmx_exchange_url(struct base_buf *out, const char *url, const struct vmx_object *object,
                      const char *query) {
  base_buf_text(out, url);
  if (object) {
    base_buf_text(out, "/objects/");
    append_encoded(out, object->name);
  }
  if (query[0] == '\0') return;
  base_buf_char(out, strchr(url, '?') ? '&' : '?');
  base_buf_text(out, query);
}
