/**
 * Cancelling (CAN-01..CAN-03): any thread asks, the driving thread takes what was asked.
 *
 *   vmx_cancel_ask (any thread) -> the inbox -> vmx_cancels_take -> the run's `cancelled`, and a notice
 *
 * Always true:
 *  - the lock guards the list alone: nothing is called while it is held;
 *  - a cancel in the inbox owns all that its answer needs, so taking it cannot fail (API-03);
 *  - whether the sync runs is decided when the cancel is taken: at the start of a step, before a run
 *    sends its next request or ends, and before another sync starts.
 */
#ifndef ENGINE_CANCEL_H
#define ENGINE_CANCEL_H

#include "engine/client.h"

/** Fails: 2460 the machine gives no lock */
int vmx_inbox_init(struct vmx_inbox *inbox, struct base_error *err);

/** Forget what is in it: nobody is called. */
void vmx_inbox_done(struct vmx_inbox *inbox);

/** Threads: any. Fails: 2304 a callback is missing, or the application's sync is meant; 2460 no memory */
int vmx_cancel_ask(struct vmx_client *client, enum vmx_sync_level level, const char *target,
                   const struct vmx_callbacks *callbacks, struct base_error *err);

/** Decide all that were asked, in their order; who asked is told by the next step's notices. */
void vmx_cancels_take(struct vmx_client *client);

/** Was any asked and not taken? */
bool vmx_cancels_wait(struct vmx_client *client);

#endif
