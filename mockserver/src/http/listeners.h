/**
 * Ports of a server beside its own: TLS in front of it, and one that refuses every connection.
 *
 * Threads: the owner's lock is held for each call but listeners_close().
 */
#ifndef MOCK_HTTP_LISTENERS_H
#define MOCK_HTTP_LISTENERS_H

#include "base/error.h"
#include "http/tls.h"

struct listeners {
  void (*tell)(void *context, const char *text); /**< as in struct tls_config */
  void *context;
  struct tls_front *tls; /**< NULL until it is asked for */
  int refusing;          /**< a socket that is bound and never listens; 0 until it is asked for */
  int refusing_port;
};

/** The base of a listener's URLs, "https://127.0.0.1:43210". `kind`: "tls_selfsigned" or "refused". Made at first use. */
int listeners_url(struct listeners *listeners, const char *kind, const char *address, int plain_port, char out[80],
                  struct base_error *err);
void listeners_close(struct listeners *listeners);

#endif
