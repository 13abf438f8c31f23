/**
 * The engine as an application uses it: the public API and nothing else.
 */
#ifndef BENCH_DRIVER_H
#define BENCH_DRIVER_H

#include <stdint.h>

#include "vmxsync/vmxsync.h"

/** Options of driver_upload(): `batch` is a literal number of records a request. */
#define DRIVER_UPLOAD_ONLY(batch) \
  "{\"objectServicesOptions\":{\"S0\":{\"syncType\":\"uploadOnly\",\"uploadBatchSize\":" batch "}}}"

/** A client on `folder` after its setup against the server on `port`; vmx_client_close() ends it. */
struct vmx_client *driver_open(unsigned port, const char *folder);

/** One application sync with these options, from the call to its success; seconds. */
double driver_sync(struct vmx_client *client, const char *options);

/** Create samples 0 to count - 1 in object R0. */
void driver_create(struct vmx_client *client, int64_t count);

/** Setup, one sync and everything around it, in a folder of its own; the sync's seconds. */
double driver_fresh_sync(unsigned port, const char *options);

/** A folder of pending creates: made once, copied for each sync that uploads them. */
void driver_prepare_edits(unsigned port, const char *folder, int64_t count);
double driver_upload(unsigned port, const char *prepared, const char *options);

#endif
