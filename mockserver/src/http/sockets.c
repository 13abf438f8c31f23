#include "http/sockets.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

/* Is `socket` the one with these two ports? */
static bool fits(int socket, int local_port, int remote_port) {
  struct sockaddr_in local, remote;
  socklen_t size = sizeof local;
  if (getsockname(socket, (struct sockaddr *)&local, &size) != 0 || local.sin_family != AF_INET) return false;
  if (ntohs(local.sin_port) != local_port) return false;
  size = sizeof remote;
  if (getpeername(socket, (struct sockaddr *)&remote, &size) != 0) return false;
  return remote_port == 0 || ntohs(remote.sin_port) == remote_port;
}

/* Visits the descriptors of this process; `found` gets the first one that fits, unless all are shut. */
static int each_socket(int local_port, int remote_port, bool shut) {
  DIR *folder = opendir("/proc/self/fd");
  if (!folder) return -1;
  int found = -1;
  struct dirent *entry;
  while (found < 0 && (entry = readdir(folder))) {
    int socket = atoi(entry->d_name);
    if (socket <= 2 || !fits(socket, local_port, remote_port)) continue;
    if (shut) shutdown(socket, SHUT_RDWR);
    else found = socket;
  }
  closedir(folder);
  return found;
}

int sockets_find(int local_port, int remote_port) {
  return each_socket(local_port, remote_port, false);
}

void sockets_reset(int socket) {
  const struct linger now = {.l_onoff = 1, .l_linger = 0};
  const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  if (connect(socket, &nobody, sizeof nobody) != 0) shutdown(socket, SHUT_RDWR);
}

void sockets_drain(int socket) {
  enum { PAUSE_MS = 1000, PATIENCE_MS = 5000 };
  struct base_clock clock = base_clock_system();
  int64_t until = clock.monotonic_ms(clock.context) + PATIENCE_MS;
  struct pollfd more = {.fd = socket, .events = POLLIN};
  char bytes[16 * 1024];
  shutdown(socket, SHUT_WR);
  while (poll(&more, 1, PAUSE_MS) > 0 && clock.monotonic_ms(clock.context) < until)
    if (read(socket, bytes, sizeof bytes) <= 0) return; /* recv() is watched: received.h */
}

void sockets_shut_all(int local_port) {
  each_socket(local_port, 0, true);
}

void sockets_poke(const char *address, int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  int poke = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (poke < 0) return;
  inet_pton(AF_INET, address, &to.sin_addr);
  (void)connect(poke, (struct sockaddr *)&to, sizeof to);
  close(poke);
}
