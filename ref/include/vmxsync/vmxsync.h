/**
 * vmxsync: Offline Objects sync for HCL Volt MX Foundry, as a C library.
 *
 * A client is a local database, a connection to one Foundry application, and the syncs that run. It
 * is driven by one thread: nothing moves, and no callback is called, but inside vmx_client_step() and
 * vmx_client_run(). Several clients in one process know nothing of each other.
 *
 *   vmx_client_open -> vmx_setup -> { local calls, vmx_start_sync } -> vmx_client_close
 *
 * JSON goes in and out as UTF-8 text; numbers keep their digits. Texts that are passed in are
 * borrowed for the call only. A text that comes back through a `char **` is the caller's (free()); one
 * that a callback gets is borrowed for that callback.
 *
 * Every call that can fail returns 0 or an error code, and then fills `err` (may be NULL), which the
 * caller owns. Codes are those of the Offline Objects documentation (2461, 2483, ...).
 *
 * Threads: one at a time for each client; vmx_client_wakeup() from any. Writing to a TLS connection that
 * the peer has closed may raise SIGPIPE: a program ignores it.
 */
#ifndef VMXSYNC_H
#define VMXSYNC_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define VMX_PUBLIC __attribute__((visibility("default")))

struct vmx_client;

/** Which SDK's payloads the callbacks get (CBK-02, CBK-03). */
enum vmx_api { VMX_API_JS, VMX_API_JAVA, VMX_API_OBJC };

/** Where the application runs: the web channel has no progress events (PRG-04). */
enum vmx_channel { VMX_CHANNEL_ANDROID, VMX_CHANNEL_IOS, VMX_CHANNEL_WINDOWS, VMX_CHANNEL_WEB };

/** What a call is about. */
enum vmx_scope_level {
  VMX_SCOPE_APPLICATION, /**< `target` is ignored */
  VMX_SCOPE_SERVICE,     /**< `target` names an object service */
  VMX_SCOPE_OBJECT       /**< `target` names an object, "namespace.object" or short when unique */
};

/** `payload` is JSON text (wire.md 11), borrowed. Any call of this header but close is allowed. */
typedef void (*vmx_callback)(void *user, const char *payload);

struct vmx_callbacks {
  vmx_callback success;  /**< required */
  vmx_callback failure;  /**< required */
  vmx_callback progress; /**< NULL: none; java and objc require it at application level */
  void *user;
};

/**
 * The identity layer. Asked for the claims token before each startSync, and once more (`again`) after
 * the server refused it with HTTP 401 (W-7).
 *
 * Returns the token, borrowed until the next call, or NULL: there is none. `err` may then be filled
 * with a code of the identity layer's own; without one it is 106.
 */
struct vmx_identity {
  const char *(*token)(void *user, bool again, struct base_error *err);
  void *user;
};

struct vmx_config {
  const char *storage;          /**< folder of the local database, made when it is not there */
  const char *service_url;      /**< base URL of the Foundry, or the service document's own, which
                                     ends in /appconfig (W-1); or NULL */
  const char *service_document; /**< the document's JSON text: it is not fetched then; or NULL */
  const char *app_key;          /**< or NULL */
  const char *app_secret;       /**< or NULL */
  const char *claims_token;     /**< NULL: none; not read when `identity.token` is given */
  struct vmx_identity identity;
  int64_t network_timeout_ms;   /**< for the connect, and for the answer; 0: one minute */
  enum vmx_api api;
  enum vmx_channel channel;
  bool strict_options;             /**< refuse what the documentation does not list (OPT-03) */
  const struct base_clock *clock;  /**< copied; NULL: the machine's */
};

/** "0.1.0". */
VMX_PUBLIC const char *vmx_version(void);

/**
 * Open the local database in `config->storage`, making it if it is not there. Sends nothing.
 *
 * Owns:    *out is the caller's, released with vmx_client_close(). Untouched on failure.
 * Borrows: `config` for this call only; what identity and clock point to until close.
 * Fails:   2006 the database cannot be opened, made or locked; 2009 its schema cannot be upgraded;
 *          2010 it is newer than this client, or another program's;
 *          2030 the network cannot be started; 2460 no memory or no storage named
 * Spec:    API-09, W-7
 */
VMX_PUBLIC int vmx_client_open(const struct vmx_config *config, struct vmx_client **out,
                               struct base_error *err);

/**
 * Abort what runs and release the client; NULL is fine. No callback is called, now or later. Not
 * allowed inside a callback.
 */
VMX_PUBLIC void vmx_client_close(struct vmx_client *client);

/* ---- driving it --------------------------------------------------------------------------------- */

/**
 * Move what can be moved, wait at most `timeout_ms` (-1: until something happens) for more. The
 * descriptors in `fds` (8 at most, POLLIN) end the wait too; their revents is filled in, so a program
 * can wait for its own input and for the client at one place.
 *
 * Fails: 2030 the network loop is broken
 */
VMX_PUBLIC int vmx_client_step(struct vmx_client *client, int timeout_ms, struct pollfd *fds,
                               size_t count, struct base_error *err);

/** Step until nothing runs. Fails: 2030 the network loop is broken */
VMX_PUBLIC int vmx_client_run(struct vmx_client *client, struct base_error *err);

/** True when nothing runs: no setup, no sync, no callback is due. */
VMX_PUBLIC bool vmx_client_idle(struct vmx_client *client);

/** Make a waiting step return. Threads: any, while the client is open. */
VMX_PUBLIC void vmx_client_wakeup(struct vmx_client *client);

/** `false`: requests fail with 2036 and nothing is sent. A client starts online. */
VMX_PUBLIC void vmx_client_set_online(struct vmx_client *client, bool online);

/* ---- setup: asynchronous, the end comes through the callbacks ------------------------------------ */

/**
 * Learn services and objects: over the network the first time, from the database ever after.
 * `options` is JSON text, NULL for none: `treatBooleanFieldValuesAsNumeric` (W-13).
 *
 * Fails: 2304 a required callback is missing: no callback follows
 * Spec:  SET-01, SET-05, W-9, W-10
 */
VMX_PUBLIC int vmx_setup(struct vmx_client *client, const char *options,
                         const struct vmx_callbacks *callbacks, struct base_error *err);

/** Fetch the schema again; rows and pending edits of what stays, stay. Spec: SET-03, W-9 */
VMX_PUBLIC int vmx_incremental_setup(struct vmx_client *client, const char *options,
                                     const struct vmx_callbacks *callbacks, struct base_error *err);

/** Fetch the schema, then empty all tables; a failed fetch changes nothing. Spec: SET-02, C-7 */
VMX_PUBLIC int vmx_reset(struct vmx_client *client, const char *options,
                         const struct vmx_callbacks *callbacks, struct base_error *err);

/* ---- sync --------------------------------------------------------------------------------------- */

/**
 * Start a sync. Ends in exactly one callback, never before this call has returned, or in the
 * refusal that this call returns: then no callback follows.
 *
 * `options` is JSON text as the application wrote it, NULL for none; what is wrong with it ends in
 * the failure callback.
 *
 * Fails: 2304 a required callback is missing; 2460 no memory
 * Spec:  API-01..API-15
 */
VMX_PUBLIC int vmx_start_sync(struct vmx_client *client, enum vmx_scope_level level,
                              const char *target, const char *options,
                              const struct vmx_callbacks *callbacks, struct base_error *err);

/**
 * Cancel the running sync that was started with the same level and target. The request under way
 * ends and is stored, then the sync fails with 2478. Fails through the callback with 2479 when no
 * such sync runs.
 *
 * Fails: 2304 a required callback is missing, or the level is the application's
 * Spec:  CAN-01..CAN-03
 */
VMX_PUBLIC int vmx_cancel_sync(struct vmx_client *client, enum vmx_scope_level level,
                               const char *target, const struct vmx_callbacks *callbacks,
                               struct base_error *err);

/* ---- local calls: they end at once, also while syncs run ----------------------------------------- */

/* All fail with 2483 before setup and 2404, 2406 when the target is unknown. `options` may be NULL. */

/** `*created` is the record with its key. Fails: 2300, 2304, 2305, 2307..2311. Spec: W-49, W-50 */
VMX_PUBLIC int vmx_create(struct vmx_client *client, const char *object, const char *record,
                          const char *options, char **created, struct base_error *err);

/** Fails: 2301, 2303..2305, 2307, 2308, 2310, 2311; nothing changes then. Spec: W-49, W-50 */
VMX_PUBLIC int vmx_update(struct vmx_client *client, const char *object, const char *record,
                          const char *options, struct base_error *err);

/** `record` may be NULL. Fails: 2301, 2304, 2305, 2310. Spec: W-49, LOC-06 */
VMX_PUBLIC int vmx_delete(struct vmx_client *client, const char *object, const char *record,
                          const char *options, struct base_error *err);

/** `*rows` is an array of records that have every column. Fails: 2304, 2305, 2310. Spec: W-49 */
VMX_PUBLIC int vmx_get(struct vmx_client *client, const char *object, const char *options,
                       char **rows, struct base_error *err);

/** All rows as an application reads them, an array. */
VMX_PUBLIC int vmx_snapshot(struct vmx_client *client, const char *object, char **rows,
                            struct base_error *err);

/** `*pending` is {"pendingSyncRecords":[{key columns}...]}. Spec: LOC-01, C-4 */
VMX_PUBLIC int vmx_get_pending_records(struct vmx_client *client, const char *object,
                                       const char *options, char **pending, struct base_error *err);

/** Edits made with markForUpload:false go with the next upload. Spec: UPL-04 */
VMX_PUBLIC int vmx_mark_for_upload(struct vmx_client *client, const char *object,
                                   const char *options, struct base_error *err);

/**
 * Rows as after the last sync, nothing pending. `primary_keys` (JSON, object level) names one
 * record; NULL: all of the scope.
 * Fails: 2353 a sync of the scope runs; 2301, 2305, 2310
 * Spec:  LOC-03, W-51
 */
VMX_PUBLIC int vmx_rollback(struct vmx_client *client, enum vmx_scope_level level,
                            const char *target, const char *primary_keys, struct base_error *err);

/**
 * Rows and sync context of a service or an object go; no delete is sent.
 * Fails: 2353 a sync of the scope runs
 * Spec:  LOC-04, W-51
 */
VMX_PUBLIC int vmx_clear_offline_data(struct vmx_client *client, enum vmx_scope_level level,
                                      const char *target, struct base_error *err);

/** All tables go, setup is needed again. Fails: 2353 a sync or setup runs; 2430. Spec: SET-02, W-51 */
VMX_PUBLIC int vmx_drop(struct vmx_client *client, struct base_error *err);

/** The payload that an application of this client's API gets for `err`: the caller's text, or NULL. */
VMX_PUBLIC char *vmx_error_payload(const struct vmx_client *client, const struct base_error *err);

#ifdef __cplusplus
}
#endif

#endif
