/**
 * One exchange with Foundry: a request with its headers (wire.md 3), sent again once when the token
 * was refused, until there is an answer to judge or an outcome that says why there is none.
 *
 * Always true: `done` is called exactly once for each vmx_exchange_send(), perhaps before that
 * returns, never after vmx_exchange_abort(). The owner sends the next one from `done` or later.
 */
#ifndef ENGINE_EXCHANGE_H
#define ENGINE_EXCHANGE_H

#include "core/answer.h"
#include "engine/client.h"

enum vmx_exchange_kind { VMX_SEND_DOCUMENT, VMX_SEND_METADATA, VMX_SEND_DOWNLOAD, VMX_SEND_UPLOAD };

struct vmx_exchange_result {
  struct base_error err;   /**< code not 0: no answer to judge; the identity layer or memory failed */
  struct vmx_answer answer;
  const char *retry_after; /**< or NULL */
  int64_t network_ms;
};

typedef void (*vmx_exchange_done)(void *context, const struct vmx_exchange_result *result);

/** What is sent. All borrowed until `done`. */
struct vmx_exchange_request {
  enum vmx_exchange_kind kind;
  const char *url;      /**< complete, with the query */
  const char *body;     /**< NULL for document and metadata */
  size_t body_len;
  const char *version;  /**< of the service, or NULL */
  const char *cache_id; /**< RequestCacheId, or NULL (W-41) */
};

/** Part of its owner; the owner fills client, done and context, and zeroes the rest. */
struct vmx_exchange {
  struct vmx_client *client;
  vmx_exchange_done done;
  void *context;
  struct vmx_exchange_request request;
  uint64_t id;            /* of the transport, while running */
  bool running;
  bool asked_again;       /* the token was refused once: a second time is the end (W-7) */
  unsigned token_version; /* of the token that was sent */
  int64_t sent_at_ms;
};

void vmx_exchange_send(struct vmx_exchange *exchange, const struct vmx_exchange_request *request);
void vmx_exchange_abort(struct vmx_exchange *exchange);

/** url, "/objects/" + object when there is one, "?" + query when it is not empty (W-3, W-7). */
void vmx_exchange_url(struct base_buf *out, const char *url, const struct vmx_object *object,
                      const char *query);

#endif
