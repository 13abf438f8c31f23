#include "engine/cancel.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/codes.h"
#include "engine/notice.h"
#include "engine/sync.h"

struct vmx_cancel {
  struct vmx_cancel *next;
  enum vmx_sync_level level;
  char *target; /* NULL: nobody was named */
  struct vmx_callbacks callbacks;
  struct vmx_notice *notice; /* made beforehand */
};

static void cancel_free(struct vmx_cancel *cancel) {
  if (!cancel) return;
  vmx_notice_free(cancel->notice);
  free(cancel->target);
  free(cancel);
}

static void cancel_release(struct vmx_cancel **cancel) { cancel_free(*cancel); }

/* -- the inbox ------------------------------------------------------------------------------------ */

static void empty(struct vmx_inbox *inbox) {
  inbox->first = NULL;
  inbox->end = &inbox->first;
}

int vmx_inbox_init(struct vmx_inbox *inbox, struct base_error *err) {
  empty(inbox);
  if (pthread_mutex_init(&inbox->lock, NULL) == 0) return 0;
  return base_fail(err, VMX_CODE_SYNC, "CAN-01", "the machine gives no lock");
}

static void put(struct vmx_inbox *inbox, struct vmx_cancel *cancel) {
  pthread_mutex_lock(&inbox->lock);
  *inbox->end = cancel;
  inbox->end = &cancel->next;
  pthread_mutex_unlock(&inbox->lock);
}

static struct vmx_cancel *take_all(struct vmx_inbox *inbox) {
  pthread_mutex_lock(&inbox->lock);
  struct vmx_cancel *first = inbox->first;
  empty(inbox);
  pthread_mutex_unlock(&inbox->lock);
  return first;
}

/* The next one of a list that take_all() gave; the list moves on. */
static struct vmx_cancel *next_of(struct vmx_cancel **list) {
  struct vmx_cancel *cancel = *list;
  if (cancel) *list = cancel->next;
  return cancel;
}

void vmx_inbox_done(struct vmx_inbox *inbox) {
  struct vmx_cancel *list = take_all(inbox);
  for (struct vmx_cancel *cancel; (cancel = next_of(&list));) cancel_free(cancel);
  pthread_mutex_destroy(&inbox->lock);
}

bool vmx_cancels_wait(struct vmx_client *client) {
  pthread_mutex_lock(&client->cancels.lock);
  bool any = client->cancels.first != NULL;
  pthread_mutex_unlock(&client->cancels.lock);
  return any;
}

/* -- asking: any thread --------------------------------------------------------------------------- */

static struct vmx_cancel *cancel_new(enum vmx_sync_level level, const char *target,
                                     const struct vmx_callbacks *callbacks) {
  CLEANUP(cancel_release) struct vmx_cancel *cancel = calloc(1, sizeof *cancel);
  if (!cancel) return NULL;
  cancel->level = level;
  cancel->callbacks = *callbacks;
  cancel->target = target ? strdup(target) : NULL;
  cancel->notice = vmx_notice_new();
  return (cancel->target || !target) && cancel->notice ? TAKE(cancel) : NULL;
}

int vmx_cancel_ask(struct vmx_client *client, enum vmx_sync_level level, const char *target,
                   const struct vmx_callbacks *callbacks, struct base_error *err) {
  int code = vmx_callbacks_check(callbacks, err);
  if (code != 0) return code;
  if (level == VMX_LEVEL_APPLICATION)
    return base_fail(err, VMX_CODE_OPTION, "CAN-01", "an application's sync cannot be cancelled");
  struct vmx_cancel *cancel = cancel_new(level, target, callbacks);
  if (!cancel) return base_fail(err, VMX_CODE_SYNC, "API-03", "out of memory");
  put(&client->cancels, cancel);
  vmx_client_wakeup(client);
  return 0;
}

/* -- taking: the driving thread ------------------------------------------------------------------- */

static bool is_target(const struct vmx_sync *sync, const struct vmx_cancel *cancel) {
  const char *target = cancel->target;
  if (sync->ended || sync->level != cancel->level || !target) return false;
  if (sync->level == VMX_LEVEL_SERVICE) return strcmp(sync->service->name, target) == 0;
  return strcmp(sync->object->name, target) == 0 || strcmp(sync->object->short_name, target) == 0;
}

static struct vmx_sync *find_target(const struct vmx_client *client,
                                    const struct vmx_cancel *cancel) {
  struct vmx_sync *sync = client->syncs;
  while (sync && !is_target(sync, cancel)) sync = sync->next;
  return sync;
}

/* The request under way ends by itself; what would come behind it does not (CAN-01). The mark is the run's: the
 * next sync knows nothing of it (CAN-03). */
static void accept(struct vmx_client *client, struct vmx_cancel *cancel, struct vmx_sync *sync) {
  static const char done[] = "{\"status\":0}";
  for (size_t i = 0; i < sync->count; i++) sync->runs[i].cancelled = true;
  vmx_notice_queue_text(client, TAKE(cancel->notice), cancel->callbacks.success,
                        cancel->callbacks.user, done);
}

/* CAN-02 */
static void refuse(struct vmx_client *client, struct vmx_cancel *cancel) {
  struct base_error failure = {0};
  base_fail(&failure, VMX_CODE_CANCEL, "CAN-02", "no sync of %s runs",
            cancel->target ? cancel->target : "it");
  vmx_notice_queue(client, TAKE(cancel->notice), cancel->callbacks.failure, cancel->callbacks.user,
                   vmx_error_tree(client, &failure));
}

void vmx_cancels_take(struct vmx_client *client) {
  struct vmx_cancel *list = take_all(&client->cancels);
  for (struct vmx_cancel *cancel; (cancel = next_of(&list));) {
    struct vmx_sync *sync = find_target(client, cancel);
    if (sync) accept(client, cancel, sync);
    else refuse(client, cancel);
    cancel_free(cancel);
  }
}
