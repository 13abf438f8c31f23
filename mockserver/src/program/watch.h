/**
 * What the program waits for: the signals that end it, and changes of one file.
 *
 * Always true: on the way to the file every folder is watched in which the next name stands, links followed; so whatever
 * of them is written, replaced or led elsewhere is seen.
 */
#ifndef MOCK_PROGRAM_WATCH_H
#define MOCK_PROGRAM_WATCH_H

#include <stdbool.h>
#include <stddef.h>

/** A name on the way to the file. */
struct watch_name {
  int folder; /**< the watch of the folder that it stands in */
  char *path; /**< the folder's without links, and the name */
};

enum { WATCH_NAMES = 128 };

struct watch {
  int signals; /**< signalfd */
  int files;   /**< inotify, -1 = no file is watched */
  const char *path;
  struct watch_name names[WATCH_NAMES];
  size_t count;
};

enum watch_event { WATCH_ENDED, WATCH_CHANGED };

/** Block SIGINT and SIGTERM, in this thread and in those that it will make, and ignore SIGPIPE. */
void watch_block_signals(void);
/**
 * Begin to watch. `path` may be NULL: signals alone; else it is borrowed until watch_close(). False when the file cannot be
 * watched (errno); the signals are all the same.
 */
bool watch_open(struct watch *watch, const char *path);
/** Waits until the file is another one or was written, and is there, or a signal came. */
enum watch_event watch_next(struct watch *watch);
void watch_close(struct watch *watch);

#endif
