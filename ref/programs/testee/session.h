/**
 * The adapter's state: one client at most, the calls that wait for it, the identity that the runner
 * scripts.
 *
 * Always true:
 *  - `listeners` holds everybody who was promised a callback; after close there is none, and setups
 *    that were under way were answered with an error;
 *  - `seq` counts the notifications of the process, from 1, over open and close.
 */
#ifndef TESTEE_SESSION_H
#define TESTEE_SESSION_H

#include "rpc.h"
#include "vmxsync/vmxsync.h"

struct listener;

struct identity {
  char *token;            /* NULL: there is none */
  char *next;             /* what the next question after a 401 gives */
  bool has_next;          /* then `next` NULL takes the token away */
  struct base_error error; /* code not 0: why there is none */
};

struct session {
  enum vmx_api api;
  enum vmx_channel channel;
  struct vmx_client *client; /* NULL: closed */
  struct identity identity;
  struct listener *listeners;
  int64_t seq;
  bool bye;
};

enum listener_kind { LISTEN_SYNC, LISTEN_CANCEL, LISTEN_CALL };

/** A new listener, or NULL. `name`: of the sync or cancel; the id of a call as JSON, NULL for none. */
struct listener *session_listen(struct session *session, enum listener_kind kind, const char *name);

/** Forget a listener whose call was refused. */
void session_unlisten(struct listener *listener);

/** The callbacks that tell the runner what `listener` hears. */
struct vmx_callbacks session_callbacks(struct listener *listener);

/** Close the client, if there is one: no callback follows. */
void session_close(struct session *session);

/** Take over what setClaimsToken says. False without memory. */
bool session_set_identity(struct session *session, const cJSON *params);

/** The identity layer that the runner scripts, for vmx_config. */
struct vmx_identity session_identity(struct session *session);

#endif
