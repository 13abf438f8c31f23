#include "program/watch.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
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

/* ---- the way to the file ---- */

enum { LINKS_MAX = 40 }; /* as the kernel has it */

/* A folder may be on the way twice: inotify has one watch for it. */
static bool watch_name(struct watch *watch, const char *folder, const char *path) {
  int watched = watch->count < WATCH_NAMES
                    ? inotify_add_watch(watch->files, folder, IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR) : -1;
  char *copy = watched >= 0 ? strdup(path) : NULL;
  if (copy) watch->names[watch->count++] = (struct watch_name){watched, copy};
  return copy != NULL;
}

/* Takes the first name off the way: `path` becomes that of the name in `folder`. False at the way's end. */
static bool next_name(char *way, const char *folder, char path[PATH_MAX]) {
  char *name = way + strspn(way, "/");
  size_t len = strcspn(name, "/");
  bool root = strcmp(folder, "/") == 0;
  if (len == 0 || snprintf(path, PATH_MAX, "%s/%.*s", root ? "" : folder, (int)len, name) >= PATH_MAX) return false;
  memmove(way, name + len, strlen(name + len) + 1);
  return true;
}

/* Where a link leads comes in front of the rest of the way. False when `path` is none. */
static bool follow_link(const char *path, char way[PATH_MAX], char folder[PATH_MAX]) {
  char target[PATH_MAX], rest[PATH_MAX];
  ssize_t len = readlink(path, target, sizeof target - 1);
  if (len <= 0) return false;
  target[len] = '\0';
  strcpy(rest, way);
  if (target[0] == '/') strcpy(folder, "/");
  if (snprintf(way, PATH_MAX, "%s%s", target, rest) >= PATH_MAX) way[0] = '\0';
  return true;
}

/* False when the file's next change would not be seen. What is not there yet will come in a folder that is watched. */
static bool watch_way(struct watch *watch) {
  char way[PATH_MAX], folder[PATH_MAX], path[PATH_MAX];
  bool watched = false;
  int links = 0;
  if (snprintf(way, sizeof way, "%s", watch->path) >= PATH_MAX) return false;
  strcpy(folder, way[0] == '/' ? "/" : ".");
  while (links <= LINKS_MAX && next_name(way, folder, path)) {
    watched = watch_name(watch, folder, path); /* one that may not be read keeps its changes to itself */
    if (follow_link(path, way, folder)) links++;
    else strcpy(folder, path);
  }
  return watched;
}

static void forget_names(struct watch_name *names, size_t count) {
  for (size_t i = 0; i < count; i++) free(names[i].path);
}

static bool is_watched(const struct watch *watch, int folder) {
  for (size_t i = 0; i < watch->count; i++)
    if (watch->names[i].folder == folder) return true;
  return false;
}

/* Something on the way is another one: folders that are no longer on it are let go, after the new ones are watched. */
static void watch_way_anew(struct watch *watch) {
  struct watch_name old[WATCH_NAMES];
  size_t count = watch->count;
  memcpy(old, watch->names, sizeof old);
  watch->count = 0;
  watch_way(watch);
  for (size_t i = 0; i < count; i++)
    if (!is_watched(watch, old[i].folder)) inotify_rm_watch(watch->files, old[i].folder);
  forget_names(old, count);
}

bool watch_open(struct watch *watch, const char *path) {
  sigset_t signals = ending_signals();
  *watch = (struct watch){.signals = signalfd(-1, &signals, SFD_CLOEXEC), .files = -1, .path = path};
  if (!path) return true;
  watch->files = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  return watch->files >= 0 && watch_way(watch);
}

/* ---- what happens on it ---- */

/* A file that was made is empty: it counts when it was written. A link is whole at once, and a folder may have come with all that is in it. */
static bool is_whole(const struct inotify_event *event, const char *path) {
  struct stat state;
  if (!(event->mask & IN_CREATE) || (event->mask & IN_ISDIR)) return true;
  return lstat(path, &state) == 0 && S_ISLNK(state.st_mode);
}

static bool concerns(const struct watch *watch, const struct inotify_event *event) {
  if (event->mask & IN_Q_OVERFLOW) return true;
  for (size_t i = 0; i < watch->count; i++) {
    const struct watch_name *name = &watch->names[i];
    if (event->wd == name->folder && event->len > 0 && strcmp(event->name, strrchr(name->path, '/') + 1) == 0 &&
        is_whole(event, name->path))
      return true;
  }
  return false;
}

/* Reads what has come so far: did it concern the file, and is there one? */
static bool file_changed(struct watch *watch) {
  _Alignas(struct inotify_event) char bytes[4096];
  bool changed = false;
  for (ssize_t len; (len = read(watch->files, bytes, sizeof bytes)) > 0;)
    for (char *at = bytes; at < bytes + len;) {
      const struct inotify_event *event = (const struct inotify_event *)(const void *)at;
      changed = changed || concerns(watch, event);
      at += sizeof *event + event->len;
    }
  if (changed) watch_way_anew(watch);
  return changed && access(watch->path, R_OK) == 0;
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
  forget_names(watch->names, watch->count);
  watch->count = 0;
  if (watch->signals >= 0) close(watch->signals);
  if (watch->files >= 0) close(watch->files);
}
