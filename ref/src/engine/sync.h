/**
 * One startSync: what was asked for, the scope runs that do it, the one end that the application is
 * told.
 *
 *   vmx_sync_start (checks; refusals and failures of the call)
 *     -> vmx_syncs_begin (token, runs: all at once or one after the other)
 *       -> vmx_scope_run_begin ... vmx_sync_run_ended (each) -> the callback
 *
 * Always true:
 *  - a running sync owns its scope: no other one overlaps it (API-06, API-13);
 *  - `ended` is set before the end is told, exactly once, and nothing is told afterwards (API-03,
 *    API-15);
 *  - next_run counts the runs that began, ended_runs those that ended; sequential: they differ by one
 *    at most (SEQ-01).
 */
#ifndef ENGINE_SYNC_H
#define ENGINE_SYNC_H

#include "engine/scope_run.h"

struct vmx_sync {
  struct vmx_sync *next;
  struct vmx_client *client;
  enum vmx_sync_level level;
  const struct vmx_service *service; /* NULL at application level */
  const struct vmx_object *object;   /* object level only */
  struct vmx_callbacks callbacks;
  struct vmx_options options;
  struct vmx_scope_run *runs;
  size_t count;
  size_t next_run, ended_runs;
  size_t failures;             /* ended runs that failed */
  bool begun, ended;
  bool starting;               /* start_runs() is at work: it looks after the end itself */
  cJSON *succeeded, *failed;   /* application level: payloads by service name */
};

/** Fails: 2304 a callback is missing, 2460 no memory; anything else ends in the failure callback. */
int vmx_sync_start(struct vmx_client *client, enum vmx_sync_level level, const char *target,
                   const char *options, const struct vmx_callbacks *callbacks,
                   struct base_error *err);

/** Begin the oldest new sync; true when there was one. */
bool vmx_syncs_begin(struct vmx_client *client);

/** Release the syncs that have ended, or (`abort`) all. */
void vmx_syncs_sweep(struct vmx_client *client, bool abort);

/** Does a sync run that overlaps the scope (service NULL: any; object NULL: the whole service)? */
bool vmx_sync_runs(const struct vmx_client *client, const struct vmx_service *service,
                   const struct vmx_object *object);

/** A run has ended. Taken: payload, the success or (`failed`) failure payload of the run. */
void vmx_sync_run_ended(struct vmx_scope_run *run, cJSON *payload, bool failed);

#endif
