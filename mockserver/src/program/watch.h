/**
 * What the program waits for: the signals that end it, and changes of one file.
 */
#ifndef MOCK_PROGRAM_WATCH_H
#define MOCK_PROGRAM_WATCH_H

#include <stdbool.h>

struct watch {
  int signals; /**< signalfd */
  int files;   /**< inotify, -1 = no file is watched */
  char name[256];
};

enum watch_event { WATCH_ENDED, WATCH_CHANGED };

/** Block SIGINT and SIGTERM, in this thread and in those that it will make, and ignore SIGPIPE. */
void watch_block_signals(void);
/**
 * Begin to watch. `path` may be NULL: signals alone. Its folder is watched, because editors write a new
 * file and rename it. False when the file cannot be watched (errno); the signals are all the same.
 */
bool watch_open(struct watch *watch, const char *path);
/** Waits until the file was written, or a signal came. */
enum watch_event watch_next(struct watch *watch);
void watch_close(struct watch *watch);

#endif
