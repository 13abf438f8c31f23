#include "http/listeners.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "foundrymock/mock.h"

static int tls_url(struct listeners *listeners, const char *address, int plain_port, char out[80], struct base_error *err) {
  const struct tls_config config = {.address = address, .plain_address = address, .plain_port = plain_port, .tell = listeners->tell,
                                    .context = listeners->context};
  int status = listeners->tls ? 0 : tls_open(&config, &listeners->tls, err);
  if (status == 0) snprintf(out, 80, "https://%s:%d", address, tls_port(listeners->tls));
  return status;
}

/* The kernel answers a connection to a bound socket that does not listen with a reset, and nobody else gets the port. */
static int bind_refusing(struct listeners *listeners, const char *address, struct base_error *err) {
  struct sockaddr_in at = {.sin_family = AF_INET};
  socklen_t size = sizeof at;
  int bound = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bound < 0 || inet_pton(AF_INET, address, &at.sin_addr) != 1 || bind(bound, (struct sockaddr *)&at, sizeof at) != 0 ||
      getsockname(bound, (struct sockaddr *)&at, &size) != 0) {
    if (bound >= 0) close(bound);
    return base_fail(err, MOCK_ERR_LISTEN, "", "no port at %s is free", address);
  }
  listeners->refusing = bound;
  listeners->refusing_port = ntohs(at.sin_port);
  return 0;
}

static int refusing_url(struct listeners *listeners, const char *address, char out[80], struct base_error *err) {
  int status = listeners->refusing > 0 ? 0 : bind_refusing(listeners, address, err);
  if (status == 0) snprintf(out, 80, "http://%s:%d", address, listeners->refusing_port);
  return status;
}

int listeners_url(struct listeners *listeners, const char *kind, const char *address, int plain_port, char out[80],
                  struct base_error *err) {
  if (strcmp(kind, "tls_selfsigned") == 0) return tls_url(listeners, address, plain_port, out, err);
  if (strcmp(kind, "refused") == 0) return refusing_url(listeners, address, out, err);
  return base_fail(err, MOCK_ERR_LISTEN, "", "listener \"%.40s\": it is tls_selfsigned, refused or raw", kind);
}

void listeners_close(struct listeners *listeners) {
  tls_close(listeners->tls);
  if (listeners->refusing > 0) close(listeners->refusing);
  *listeners = (struct listeners){0};
}
