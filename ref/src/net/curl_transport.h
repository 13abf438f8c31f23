/** The real network: net/transport.h over one libcurl multi handle. */
#ifndef NET_CURL_TRANSPORT_H
#define NET_CURL_TRANSPORT_H

#include "base/error.h"
#include "net/transport.h"

/**
 * Open a transport over libcurl.
 *
 * Owns:    *out is the caller's, released with out->ops->close(). Untouched on failure.
 * Threads: one at a time; wakeup() from any. libcurl's own global state is counted by libcurl
 *          (7.84 and later, thread-safe): nobody else has to initialize it.
 * Fails:   2030 libcurl cannot start
 * Spec:    W-7
 */
int net_curl_open(struct net_transport *out, struct base_error *err);

#endif
