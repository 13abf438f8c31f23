#include "engine/notice.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "core/codes.h"

/* An end must be told even when there is no memory to say it with (API-03). */
static const char no_memory[] =
    "{\"code\":2460,\"domain\":\"OfflineObjectsError\",\"message\":\"out of memory\"}";

struct vmx_notice {
  struct vmx_notice *next;
  vmx_callback callback;
  void *user;
  const char *payload;
  char *owned; /* the payload, when it was made for this notice */
};

void vmx_deliver(vmx_callback callback, void *user, cJSON *payload) {
  CLEANUP(free_text) char *text = payload && callback ? json_print(payload) : NULL;
  cJSON_Delete(payload);
  if (callback) callback(user, text ? text : no_memory);
}

/* Without memory for its payload no success is told: who is told one may rely on what it says. */
void vmx_deliver_end(const struct vmx_callbacks *callbacks, bool failed, cJSON *payload) {
  CLEANUP(free_text) char *text = payload ? json_print(payload) : NULL;
  cJSON_Delete(payload);
  vmx_callback callback = failed || !text ? callbacks->failure : callbacks->success;
  callback(callbacks->user, text ? text : no_memory);
}

struct vmx_notice *vmx_notice_new(void) { return calloc(1, sizeof(struct vmx_notice)); }

void vmx_notice_free(struct vmx_notice *notice) {
  if (!notice) return;
  free(notice->owned);
  free(notice);
}

void vmx_notice_queue_text(struct vmx_client *client, struct vmx_notice *notice,
                           vmx_callback callback, void *user, const char *payload) {
  notice->callback = callback;
  notice->user = user;
  notice->payload = payload;
  *client->notice_end = notice;
  client->notice_end = &notice->next;
}

void vmx_notice_queue(struct vmx_client *client, struct vmx_notice *notice, vmx_callback callback,
                      void *user, cJSON *payload) {
  notice->owned = payload ? json_print(payload) : NULL;
  cJSON_Delete(payload);
  vmx_notice_queue_text(client, notice, callback, user, notice->owned ? notice->owned : no_memory);
}

int vmx_notice_push(struct vmx_client *client, vmx_callback callback, void *user, cJSON *payload,
                    struct base_error *err) {
  struct vmx_notice *notice = vmx_notice_new();
  if (!notice) {
    cJSON_Delete(payload);
    return base_fail(err, VMX_CODE_SYNC, "API-03", "out of memory");
  }
  vmx_notice_queue(client, notice, callback, user, payload);
  return 0;
}

cJSON *vmx_error_tree(const struct vmx_client *client, const struct base_error *failure) {
  const struct vmx_failure told = {.code = failure->code, .message = failure->text};
  return vmx_payload_failure(&told, (enum vmx_payload_api)client->api);
}

int vmx_notice_failure(struct vmx_client *client, const struct vmx_callbacks *callbacks,
                       const struct base_error *failure, struct base_error *err) {
  return vmx_notice_push(client, callbacks->failure, callbacks->user,
                         vmx_error_tree(client, failure), err);
}

/* Takes the oldest notice out of the queue, or returns NULL. */
static struct vmx_notice *notice_pop(struct vmx_client *client) {
  struct vmx_notice *notice = client->notices;
  if (!notice) return NULL;
  client->notices = notice->next;
  if (!client->notices) client->notice_end = &client->notices;
  return notice;
}

/* Only what is due now: a callback that causes the next notice must not keep the step for ever. */
bool vmx_notices_deliver(struct vmx_client *client) {
  struct vmx_notice **end = client->notice_end;
  bool any = client->notices != NULL, last = !any;
  while (!last) {
    struct vmx_notice *notice = notice_pop(client);
    last = end == &notice->next;
    notice->callback(notice->user, notice->payload);
    vmx_notice_free(notice);
  }
  return any;
}

void vmx_notices_drop(struct vmx_client *client) {
  for (struct vmx_notice *notice; (notice = notice_pop(client));) vmx_notice_free(notice);
}

int vmx_callbacks_check(const struct vmx_callbacks *callbacks, struct base_error *err) {
  if (!callbacks || !callbacks->success)
    return base_fail(err, VMX_CODE_OPTION, "API-10", "the success callback is missing");
  if (!callbacks->failure)
    return base_fail(err, VMX_CODE_OPTION, "API-10", "the failure callback is missing");
  return 0;
}
