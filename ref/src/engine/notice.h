/** Calling back: at once inside a step, or as a notice that the next step delivers. */
#ifndef ENGINE_NOTICE_H
#define ENGINE_NOTICE_H

#include "engine/client.h"

/** Call `callback` now, if there is one. Taken: payload; NULL says that memory ran out. */
void vmx_deliver(vmx_callback callback, void *user, cJSON *payload);

/** Tell an end: success, or `failed`. Taken: payload. Without memory for it a failure is told. */
void vmx_deliver_end(const struct vmx_callbacks *callbacks, bool failed, cJSON *payload);

/** A notice that is not queued yet: whoever must not fail later makes it first. NULL without memory. */
struct vmx_notice *vmx_notice_new(void);
void vmx_notice_free(struct vmx_notice *notice);

/** vmx_deliver() in the next step, which cannot fail. Taken: notice, payload. */
void vmx_notice_queue(struct vmx_client *client, struct vmx_notice *notice, vmx_callback callback,
                      void *user, cJSON *payload);

/** The same with a text that lives as long as the program. Taken: notice. */
void vmx_notice_queue_text(struct vmx_client *client, struct vmx_notice *notice,
                           vmx_callback callback, void *user, const char *payload);

/** vmx_notice_queue() of a new notice. Fails: 2460 no memory (nothing will be called) */
int vmx_notice_push(struct vmx_client *client, vmx_callback callback, void *user, cJSON *payload,
                    struct base_error *err);

/** The failure payload of a call that never ran, for the client's API. NULL without memory. */
cJSON *vmx_error_tree(const struct vmx_client *client, const struct base_error *failure);

/** vmx_notice_push() of a failure. */
int vmx_notice_failure(struct vmx_client *client, const struct vmx_callbacks *callbacks,
                       const struct base_error *failure, struct base_error *err);

/** Deliver the notices that are due; true when there were any. */
bool vmx_notices_deliver(struct vmx_client *client);
void vmx_notices_drop(struct vmx_client *client);

/** Are success and failure given? Fails: 2304 (API-10) */
int vmx_callbacks_check(const struct vmx_callbacks *callbacks, struct base_error *err);

#endif
