/**
 * The inside of a client: what it stands on, what it knows, what runs.
 *
 * Always true:
 *  - callbacks are called inside vmx_client_step() only, so a call of the public API has returned
 *    before anything that it caused is told (API-11);
 *  - `ready` says that a setup of this session succeeded; then `model` is there, and what runs
 *    borrows from it, so it changes only while no sync runs;
 *  - at most one setup, and any number of syncs whose scopes do not overlap (API-06);
 *  - all of it belongs to the driving thread, save what any thread may reach: `cancels` under its lock,
 *    `online`, the transport's wakeup, and what is never written after the open.
 */
#ifndef ENGINE_CLIENT_H
#define ENGINE_CLIENT_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/json.h"
#include "core/model.h"
#include "core/payload.h"
#include "net/transport.h"
#include "store/store.h"
#include "vmxsync/vmxsync.h"

/** What a client stands on: a simulator brings its own (taken over, the transport is closed). */
struct vmx_environment {
  struct net_transport transport;
  struct base_clock clock;
  bool (*random)(void *context, void *bytes, size_t len); /**< false: there is none to be had */
  void *random_context;
};

struct vmx_cancel;
struct vmx_notice;
struct vmx_setup_run;
struct vmx_sync;

/** What any thread asked for, until the driving thread takes it (cancel.h). */
struct vmx_inbox {
  pthread_mutex_t lock;
  struct vmx_cancel *first, **end; /* oldest first */
};

struct vmx_client {
  struct vmx_environment environment;
  char *service_url, *service_document, *app_key, *app_secret; /* NULL: not given */
  struct vmx_identity identity;
  int64_t network_timeout_ms;
  enum vmx_api api;
  enum vmx_channel channel;
  bool strict_options;
  atomic_bool online;
  struct vmx_inbox cancels;

  char *token;            /* the claims token that is known, or NULL */
  unsigned token_version; /* counts changes of `token` */

  struct vmx_store *store;
  struct vmx_model *model; /* NULL before the first setup */
  bool ready;
  bool stepping; /* a callback may run */

  struct vmx_setup_run *setup;             /* the one that runs, or NULL */
  struct vmx_setup_run *ended_setups;      /* until the step is over */
  struct vmx_sync *syncs;                  /* newest first; ended ones until the step is over */
  struct vmx_notice *notices, **notice_end; /* callbacks that are due, oldest first */
};

/** Like vmx_client_open(), with all of this config, over an environment of the caller's, which is taken over on success. */
int vmx_client_open_over(const struct vmx_config *config, const struct vmx_environment *environment,
                         struct vmx_client **out, struct base_error *err);

/** 2304 when it is none of the three. */
int vmx_level_check(enum vmx_scope_level level, struct base_error *err);

static inline int64_t vmx_now_wall(const struct vmx_client *client) {
  return client->environment.clock.wall_ms(client->environment.clock.context);
}

static inline int64_t vmx_now(const struct vmx_client *client) {
  return client->environment.clock.monotonic_ms(client->environment.clock.context);
}

#endif
