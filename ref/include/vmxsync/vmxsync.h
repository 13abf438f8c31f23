/**
 * vmxsync: Offline Objects sync for HCL Volt MX Foundry, as a C library.
 *
 * A client is a local database, a connection to one Foundry application, and the syncs that run. It
 * does nothing by itself: nothing moves, and no callback is called, but inside vmx_client_step() and
 * vmx_client_run(). Several clients in one process know nothing of each other.
 *
 *   vmx_client_open -> vmx_setup -> { local calls, vmx_start_sync } -> vmx_client_close
 *
 * Texts: JSON goes in and out as UTF-8; numbers keep their digits. A text that is passed in is borrowed
 * for the call only. A text that comes back through a `char **` is the caller's, released with
 * vmx_free(); one that a callback gets is borrowed for that callback.
 *
 * Errors: every call that can fail returns 0 or an error code, and then fills `err` (may be NULL),
 * which the caller owns. Codes are those of the Offline Objects documentation. Outputs are written on
 * success only. Not mentioned at each call: 2460, memory ran out; 2000 to 2003, the disk failed under
 * the local database.
 *
 * Threads: a client belongs to its driving thread, the one that steps it; another thread may take over
 * between two calls, when it is made sure that the one sees what the other did (a lock, a join). Calls
 * of the driving thread alone say nothing about threads. vmx_cancel_sync(), vmx_client_wakeup(),
 * vmx_client_set_online() and vmx_error_payload() may be called from any thread as long as the client
 * is open; who closes it sees to it that no other thread is inside them, or will be.
 *
 * Signals: writing to a TLS connection that the peer has closed may raise SIGPIPE: a program ignores
 * it.
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

/** Opaque: from vmx_client_open() to vmx_client_close(). */
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

/**
 * Called on the driving thread, inside a step. `payload` is JSON text (CBK, PRG), borrowed. Any call of
 * this header is allowed inside, but vmx_client_step(), vmx_client_run() and vmx_client_close().
 */
typedef void (*vmx_callback)(void *user, const char *payload);

/** Who is told what. Copied by the calls that take it. */
struct vmx_callbacks {
  vmx_callback success;  /**< required */
  vmx_callback failure;  /**< required */
  vmx_callback progress; /**< NULL: none; java and objc require it at application level */
  void *user;            /**< what the callbacks get; the caller's */
};

/**
 * The identity layer. Asked for the claims token on the driving thread, before each startSync, and once
 * more (`again`) after the server refused it with HTTP 401 (W-7). What a callback may not call it may
 * not call either.
 *
 * Returns the token, borrowed until the next call, or NULL: there is none. `err` may then be filled
 * with a code of the identity layer's own; without one it is 106.
 */
struct vmx_identity {
  const char *(*token)(void *user, bool again, struct base_error *err);
  void *user;
};

/**
 * How a client is opened. Zero-initialize it and set `size`: the struct grows at its end, and a program
 * that was compiled with a shorter one goes on working, with zeroes in what it does not know. All other
 * structs of this header stay as they are.
 */
struct vmx_config {
  size_t size;                  /**< sizeof(struct vmx_config), always */
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
  bool strict_options;             /**< refuse a syncMode that is not documented (OPT-03) */
  const struct base_clock *clock;  /**< copied; NULL: the machine's */
  const char *encryption_key;      /**< `deviceDbEncryptionKey`: a passphrase of six characters or more that
                                        the local database is made with, and is opened with ever after;
                                        NULL: it is not encrypted. Needs a library that was built with
                                        SQLCipher */
};

/** The version of the library that runs, "0.1.0": static text. Threads: any. */
VMX_PUBLIC const char *vmx_version(void);

/** Release a text that came through a `char **`; NULL is fine. Threads: any. */
VMX_PUBLIC void vmx_free(char *text);

/**
 * Open the local database in `config->storage`, making it if it is not there. Sends nothing.
 *
 * Owns:    *out is the caller's, released with vmx_client_close(). Untouched on failure.
 * Borrows: `config` for this call only; what identity and clock point to until close.
 * Threads: any; whoever steps the client first drives it.
 * Fails:   106 the claims token holds a line break; 2006 the database cannot be opened, made or locked;
 *          2009 its schema cannot be upgraded; 2010 it is newer than this client, or another program's;
 *          2004 it is not encrypted, or this library cannot; 2475 the key has not six characters;
 *          2030 the network cannot be started; 2460 no storage is named, config->size is wrong, api
 *          or channel is none of the list, or a member is set that this library does not know
 * Spec:    API-09, W-7
 */
VMX_PUBLIC int vmx_client_open(const struct vmx_config *config, struct vmx_client **out,
                               struct base_error *err);

/**
 * Abort what runs and release the client; NULL is fine. No callback is called, now or later, for cancels
 * that wait either. Not allowed inside a callback, nor while another thread is in a call of this client.
 */
VMX_PUBLIC void vmx_client_close(struct vmx_client *client);

/* ---- driving it --------------------------------------------------------------------------------- */

/**
 * Move what can be moved, call back who is to be told, wait at most `timeout_ms` milliseconds (-1: until
 * something happens, 0: not at all) for more. The `count` descriptors in `fds` (8 at most, POLLIN) end
 * the wait too; their revents is filled in. So a program waits for its own input and for the client at one
 * place: an epoll descriptor among them stands for a whole event loop.
 *
 * Returns early when it has told or begun something; it is called again.
 *
 * Fails: 2030 the network loop is broken, or there are too many descriptors; 2460 it is called inside a
 *        callback
 * Spec:  API-11
 */
VMX_PUBLIC int vmx_client_step(struct vmx_client *client, int timeout_ms, struct pollfd *fds,
                               size_t count, struct base_error *err);

/**
 * Step until nothing runs.
 *
 * Fails: 2030 the network loop is broken; 2460 it is called inside a callback
 * Spec:  API-11
 */
VMX_PUBLIC int vmx_client_run(struct vmx_client *client, struct base_error *err);

/** True when nothing runs: no setup, no sync, and no callback is due. */
VMX_PUBLIC bool vmx_client_idle(struct vmx_client *client);

/** Make a waiting step return; without one, the next step does not wait. Threads: any. */
VMX_PUBLIC void vmx_client_wakeup(struct vmx_client *client);

/**
 * Tell whether there is a network. Without one requests fail with 2036 and nothing is sent; what is under way
 * goes on. A client starts online. Threads: any.
 */
VMX_PUBLIC void vmx_client_set_online(struct vmx_client *client, bool online);

/* ---- setup: asynchronous, the end comes through the callbacks ------------------------------------ */

/**
 * Learn services and objects: over the network the first time, from the database ever after. Ends in
 * exactly one callback, never before this call has returned.
 * `options` is JSON text, NULL for none: `treatBooleanFieldValuesAsNumeric` (W-13). In it
 * `deviceDbEncryptionKey` may name the key of the config once more; it does not set one.
 *
 * Fails: 2304 a required callback is missing: no callback follows. Through the callback: 2304 the options
 *        are no object; 2004 the key is not the config's; 2475 it is no string of six characters or more;
 *        2353 another setup runs; 2332 a service's metadata is bad or did not come, or
 *        nothing says where it is (its `userInfo` says why, by service: W-10); 2330 the service document
 *        is bad, or two services share an object's name; 2030..2039 the document did not come
 * Spec:  SET-01, SET-04, SET-05, SET-06, W-9..W-11
 */
VMX_PUBLIC int vmx_setup(struct vmx_client *client, const char *options,
                         const struct vmx_callbacks *callbacks, struct base_error *err);

/**
 * Fetch the schema again, or for the first time. Objects and columns that came are there afterwards, those
 * that went are gone with their rows, edits and deltas; all else stays (W-9). An object whose key columns
 * changed cannot keep its rows: with rows or edits it fails the setup (2339), and drop is the way.
 *
 * Fails: 2304 a required callback is missing: no callback follows. Through the callback: 2353 a sync or
 *        another setup runs, and what vmx_setup() fails with; nothing changes then.
 * Spec:  SET-03, SET-06, W-9, W-10
 */
VMX_PUBLIC int vmx_incremental_setup(struct vmx_client *client, const char *options,
                                     const struct vmx_callbacks *callbacks, struct base_error *err);

/**
 * Empty all tables; their structure stays. The schema is fetched first: when that fails nothing changes.
 *
 * Fails: 2304 a required callback is missing: no callback follows. Through the callback: 2353 a sync or
 *        another setup runs; 2483 there was no setup; and what vmx_setup() fails with.
 * Spec:  SET-02, W-51, C-7
 */
VMX_PUBLIC int vmx_reset(struct vmx_client *client, const char *options,
                         const struct vmx_callbacks *callbacks, struct base_error *err);

/* ---- sync --------------------------------------------------------------------------------------- */

/**
 * Start a sync. Ends in exactly one callback, never before this call has returned, or in the
 * refusal that this call returns: then no callback follows.
 *
 * `options` is JSON text as the application wrote it, NULL for none; `vmxsync options` explains each one.
 * At the application's level the failure of a service makes it 2460: `failureResponse` has the service's own.
 *
 * Fails: 2304 a required callback is missing, or the level is none of the three: no callback follows.
 *        Through the callback: 2483 there was no setup; 2353 a setup runs; 2461 a sync of an overlapping
 *        scope runs; 2400, 2401, 2404, 2406 there is no such target; 2482, 2304, 2472, 2477, 2030 an option
 *        is bad; 106 there is no claims token, or the server refuses it; 2478 it was cancelled; 2030..2039
 *        a request failed; 2405 a page lacks its delta context; 2468, 2469 a hierarchy cannot be uploaded;
 *        2473, 2474, 2484 an answer's records are bad; 2476, 2913 a cached request failed
 * Spec:  API-01..API-15
 */
VMX_PUBLIC int vmx_start_sync(struct vmx_client *client, enum vmx_scope_level level,
                              const char *target, const char *options,
                              const struct vmx_callbacks *callbacks, struct base_error *err);

/**
 * Cancel the running sync that was started with the same level and target. The request under way
 * ends and is stored, nothing is sent after it, and the sync fails with 2478.
 *
 * This call only asks. The driving thread decides, in the order of asking: at the start of its next step,
 * or sooner, before a sync sends its next request or ends; a sync that is started after this call has
 * returned is not meant. Then one of the callbacks is called, on the driving thread inside a step:
 * `success`, or `failure` with 2479, no such sync runs. None is when the client is closed before.
 *
 * Threads: any, inside a callback too. It wakes a waiting step.
 * Fails:   2304 a required callback is missing, or the level is the application's or none of the three: no
 *          callback follows
 * Spec:    CAN-01..CAN-03, C-1
 */
VMX_PUBLIC int vmx_cancel_sync(struct vmx_client *client, enum vmx_scope_level level,
                               const char *target, const struct vmx_callbacks *callbacks,
                               struct base_error *err);

/* ---- local calls: they end at once, also while syncs run ----------------------------------------- */

/*
 * What holds for all of them, and is not said again:
 *
 * `object` names an object, "namespace.object" or short when unique. `options`, `record` and keys are
 * JSON texts, NULL and "null" for none; an option that is unknown, or not the call's, is ignored.
 * Which rows a call means is told by `primaryKeys` (column -> value), else by `whereCondition` (column
 * -> value, all equal; {} means every row, for update and delete too), else by `whereConditionAsAString`
 * (an SQL condition over the object's columns); values are compared by datatype. `vmxsync options --local`
 * lists every option.
 *
 * A result is the caller's, vmx_free(). No callback is called. A call that fails changes nothing.
 * Fails:   2483 no setup was done; 2400 the object's name is empty, 2404 there is no such object
 */

/**
 * Create a record. Generated key columns get temporary keys, which count down from -1. `options`:
 * `trackChanges` (false: it stays on the device, and generated columns may be given), `markForUpload`
 * (false: it waits until it is marked).
 *
 * `*created` is the record as a get gives it, key included.
 *
 * Fails: 2300 there is a record of this key; 2304 an option is bad; 2305 a key column is null or empty;
 *        2307 the record is no object or empty; 2308 a mandatory column is missing; 2309 a generated
 *        column was given a value; 2310 unknown column; 2311 a value has the wrong type or length
 * Spec:  W-49, W-50, W-16, UPL-04, LOC-05
 */
VMX_PUBLIC int vmx_create(struct vmx_client *client, const char *object, const char *record,
                          const char *options, char **created, struct base_error *err);

/**
 * Change the columns that `record` holds, in all rows that `options` means, or in the row that the key
 * columns of `record` name. `trackChanges`, `markForUpload` as at vmx_create();
 * `trackIntermediateUpdates` (false: of several updates of a row the last is uploaded).
 *
 * Fails: 2301 no such row; 2303 a key column would change; 2304 an option is bad; 2305 nothing names the
 *        rows, or a key column is null or empty; 2307 the record is no object or empty; 2308 a mandatory
 *        column would become null; 2310 unknown column; 2311 a value has the wrong type or length
 * Spec:  W-33, W-49, W-50, UPL-04, UPL-05, LOC-05
 */
VMX_PUBLIC int vmx_update(struct vmx_client *client, const char *object, const char *record,
                          const char *options, struct base_error *err);

/**
 * Delete all rows that `options` means, or the row that the key columns of `record` (may be NULL) name,
 * and the rows below it where the relationship cascades. `trackChanges`, `markForUpload` as at
 * vmx_create(). Deletes of children are uploaded unless the server cascades itself; those it makes are
 * undone with the parent's.
 *
 * Fails: 2301 no such row; 2304 an option is bad; 2305 nothing names the rows, or a key column is null
 *        or empty; 2307, 2310, 2311 as at vmx_update()
 * Spec:  W-49, W-50, LOC-06
 */
VMX_PUBLIC int vmx_delete(struct vmx_client *client, const char *object, const char *record,
                          const char *options, struct base_error *err);

/**
 * Read records. `*rows` is an array of them, those that `options` means, or all. They have every column
 * (null where there is no value), or those of `projectionColumns` (an array of names), in that order.
 * `likeCondition` (column -> pattern, all must match) is SQL's LIKE: % stands for any characters, _ for
 * one, ASCII letters match in both cases; it counts after the other conditions. `orderByMap` is an array of
 * maps of one column each, or one map: column -> "ASC" or "DESC", the first counts most. Numbers stand by
 * decimal value, everything else by code point, null is the least; what is equal stands by key. `distinct`
 * (boolean) gives the first record for each value of the first projection column.
 *
 * Fails: 2304 an option is bad; 2305 a key column is null or empty; 2306 unknown column to order by;
 *        2310 unknown column; 2311 a value has the wrong type
 * Spec:  W-13, W-14, W-15, W-49, C-3
 */
VMX_PUBLIC int vmx_get(struct vmx_client *client, const char *object, const char *options,
                       char **rows, struct base_error *err);

/** All rows as an application reads them: vmx_get() without options. Fails: 2404. Spec: W-49 */
VMX_PUBLIC int vmx_snapshot(struct vmx_client *client, const char *object, char **rows,
                            struct base_error *err);

/**
 * Run one SQL SELECT over all objects. Tables are the objects by their names (a name with a namespace in
 * double quotes, or short when unique), columns are theirs; joins, WITH, aggregates and SQLite's functions
 * without effects are there. Nothing else can be read or done, and a query that does not come to an
 * end is stopped.
 *
 * `*rows` is an array of records by the query's column names (of two that are alike the second is
 * "name:1"). SQL computes with numbers: integers of 64 bits are exact, others have 15 digits (vmx_get()
 * keeps every digit). A column that bears the name of boolean columns is given as the
 * setup wants booleans; bytes that are no text are given as hexadecimal digits.
 *
 * Fails: 2001 it is no SELECT, or it names what there is not, or may not be read or called, or it failed
 * Spec:  W-13, W-14, W-49
 */
VMX_PUBLIC int vmx_execute_select_query(struct vmx_client *client, const char *query, char **rows,
                                        struct base_error *err);

/**
 * Tell which rows have edits to upload. `*pending` is {"pendingSyncRecords":[{key columns}...]}: one entry
 * for each row with tracked edits, deferred and deleted ones too, in the order of first edit. `options`
 * select among them; rows that were deleted meet no `whereConditionAsAString`.
 *
 * Fails: 2304 an option is bad; 2305 a key column is null or empty; 2310 unknown column; 2311 a value
 *        has the wrong type; 2481 the local database failed
 * Spec:  LOC-01, C-4, W-49
 */
VMX_PUBLIC int vmx_get_pending_records(struct vmx_client *client, const char *object,
                                       const char *options, char **pending, struct base_error *err);

/**
 * Mark edits for upload. Those made with markForUpload:false go with the next one: those of the rows that
 * `options` means, or all of the object. Rows without such edits are fine.
 *
 * Fails: 2304 an option is bad; 2305 a key column is null or empty; 2310 unknown column; 2311 a value
 *        has the wrong type
 * Spec:  UPL-04, W-33, W-49
 */
VMX_PUBLIC int vmx_mark_for_upload(struct vmx_client *client, const char *object,
                                   const char *options, struct base_error *err);

/**
 * Bring rows back to what they were after the last sync: created ones go, deleted ones return, nothing of
 * them is pending, deferred edits included. Untracked edits stay, and so do deltas. Cached uploads of the
 * scope are forgotten; one of the service outlives the rollback of an object, and brings back what it
 * holds when it is replayed. `primary_keys` (object level; column -> value) names one record; NULL, or
 * "{}" for an object: all of the scope. Children of a row are rows of their own, to be rolled back first;
 * those that the server was to delete along with it come back with it.
 *
 * Fails: 2301 there is no such record; 2304 the keys are no object, or stand beside another level, or
 *        the level is none of the three; 2305
 *        a key column is missing, null or empty; 2310 unknown column; 2311 a value has the wrong type;
 *        2353 a setup or a sync of an overlapping scope runs; 2401 the service's name is empty, 2406
 *        there is no such service; 2471 the local database failed
 * Spec:  LOC-03, W-44, W-51, UPC-11, C-6
 */
VMX_PUBLIC int vmx_rollback(struct vmx_client *client, enum vmx_scope_level level,
                            const char *target, const char *primary_keys, struct base_error *err);

/**
 * Forget what the device has of a service or an object: rows, edits, sync context. No delete is sent, the
 * next sync fetches everything. Temporary keys go on counting.
 *
 * Fails: 2304 the level is the application's or none of the three; 2353 a setup or a sync of an overlapping scope runs; 2401
 *        the service's name is empty, 2406 there is no such service; 2480, 2485 the local database
 *        failed (service, object)
 * Spec:  LOC-04, W-44, W-51, C-7
 */
VMX_PUBLIC int vmx_clear_offline_data(struct vmx_client *client, enum vmx_scope_level level,
                                      const char *target, struct base_error *err);

/**
 * Drop the local database: all tables go, with edits, contexts and cached uploads; setup is needed again.
 * It needs no setup itself.
 *
 * Fails: 2353 a setup or a sync runs; 2430 the local database failed
 * Spec:  SET-02, W-44, W-51
 */
VMX_PUBLIC int vmx_drop(struct vmx_client *client, struct base_error *err);

/* ---- errors ------------------------------------------------------------------------------------- */

/**
 * The payload that an application of this client's API gets for `err`, whose code is not 0: what a port
 * tells when a local call failed. NULL: memory ran out.
 *
 * Owns:    the text is the caller's, released with vmx_free().
 * Threads: any.
 * Spec:    CBK-04
 */
VMX_PUBLIC char *vmx_error_payload(const struct vmx_client *client, const struct base_error *err);

#ifdef __cplusplus
}
#endif

#endif
