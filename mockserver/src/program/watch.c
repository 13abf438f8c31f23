#include "program/watch.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

static sigset_t ending_signals(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

void watch_block_signals(void) {
  sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  signal(SIGPIPE, SIG_IGN);
}

static bool watch_folder(struct watch *watch, const char *path) {
  char folder[PATH_MAX];
  const char *slash = strrchr(path, '/');
  snprintf(watch->name, sizeof watch->name, "%s", slash ? slash + 1 : path);
  snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
  watch->files = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  return watch->files >= 0 && inotify_add_watch(watch->files, folder, IN_CLOSE_WRITE | IN_MOVED_TO) >= 0;
}

bool watch_open(struct watch *watch, const char *path) {
  sigset_t signals = ending_signals();
  *watch = (struct watch){.signals = signalfd(-1, &signals, SFD_CLOEXEC), .files = -1};
  return !path || watch_folder(watch, path);
}

/* Reads what has come so far: did it concern the file? */
static bool file_changed(struct watch *watch) {
  _Alignas(struct inotify_event) char bytes[4096];
  bool changed = false;
  for (ssize_t len; (len = read(watch->files, bytes, sizeof bytes)) > 0;)
    for (char *at = bytes; at < bytes + len;) {
      const struct inotify_event *event = (const struct inotify_event *)(const void *)at;
      changed = changed || (event->len > 0 && strcmp(event->name, watch->name) == 0);
      at += sizeof *event + event->len;
    }
  return changed;
}

enum watch_event watch_next(struct watch *watch) {
  struct pollfd sources[] = {{.fd = watch->signals, .events = POLLIN}, {.fd = watch->files, .events = POLLIN}};
  for (;;) {
    if (poll(sources, 2, -1) < 0) continue;
    if (sources[0].revents) return WATCH_ENDED;
    if (sources[1].revents && file_changed(watch)) return WATCH_CHANGED;
  }
}

void watch_close(struct watch *watch) {
  if (watch->signals >= 0) close(watch->signals);
  if (watch->files >= 0) close(watch->files);
}
