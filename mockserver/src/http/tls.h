/**
 * TLS in front of a plain port: what comes in over TLS goes on to it as it is, and back. So the server
 * behind knows nothing of it: connections that it closes, cuts or resets end in the same way at the client.
 *
 * Always true: a connection has a thread of its own and two sockets; when one ends, so does the other.
 */
#ifndef MOCK_HTTP_TLS_H
#define MOCK_HTTP_TLS_H

#include "base/error.h"

struct tls_front;

struct tls_config {
  const char *address;
  unsigned port; /**< 0 = any free one */
  const char *plain_address;
  int plain_port;
  /** Somebody spoke no TLS, or broke the handshake off: a sentence. Called from any thread. */
  void (*tell)(void *context, const char *text);
  void *context;
};

/**
 * Listen at an address, IPv4, in front of a plain port. Who sends a plain request is answered 400, and that.
 *
 * Owns:  *out is the caller's, released with tls_close(). Untouched on failure.
 * Fails: MOCK_ERR_LISTEN the port is taken or not allowed; MOCK_ERR_MEMORY
 */
int tls_open(const struct tls_config *config, struct tls_front **out, struct base_error *err);
int tls_port(const struct tls_front *front);
/** PEM. Borrowed. */
const char *tls_certificate(const struct tls_front *front);
/** Ends every connection. */
void tls_close(struct tls_front *front);

#endif
