/**
 * One run of the program against one storage: a client that was opened and, for all but drop, set up.
 */
#ifndef VMXSYNC_SESSION_H
#define VMXSYNC_SESSION_H

#include "arguments.h"
#include "progress.h"
#include "vmxsync/vmxsync.h"

/** Always true: once `ended`, `payload` is the end's payload, or NULL without memory. */
struct session {
  const struct cli_arguments *arguments;
  struct vmx_client *client;
  struct progress progress;
  bool ended, succeeded;
  char *payload; /**< owned */
};

/**
 * Open the storage. What goes wrong is printed.
 *
 * Owns:  release with session_close(), whatever is returned.
 * Fails: EXIT_ENVIRONMENT the storage cannot be used
 */
int session_open(struct session *session, const struct cli_arguments *arguments);

/** Open the storage and set the client up, likewise. Fails: EXIT_FAILED the setup failed, too */
int session_begin(struct session *session, const struct cli_arguments *arguments);
void session_close(struct session *session);

/** Sync and wait for the end; the result is printed. Returns the exit code. */
int session_sync(struct session *session, const char *options);

/** vmx_incremental_setup() or vmx_reset(). */
typedef int session_setup(struct vmx_client *client, const char *options,
                          const struct vmx_callbacks *callbacks, struct base_error *err);

/** Fetch the schema once more and wait for the end; the result is printed. Returns the exit code. */
int session_set_up_again(struct session *session, session_setup *setup);

/** What --level says; the application's when it is not there. */
enum vmx_scope_level session_level(const struct cli_arguments *arguments);

/** The end of a local call: prints `json` (NULL: {}), or the failure when `status` is not 0. */
int session_answer(struct session *session, int status, const char *json, const struct base_error *err);

#endif
