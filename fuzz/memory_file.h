/** A file in memory, for readers that take a path. */
#ifndef FUZZ_MEMORY_FILE_H
#define FUZZ_MEMORY_FILE_H

#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include "oracle.h"

/** The path of a file that holds the bytes, so often. Good until the next call. */
static inline const char *memory_file(const void *bytes, size_t len, unsigned copies) {
  static int file = -1;
  static char path[32];
  if (file < 0) {
    file = memfd_create("input", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  }
  MUST(file >= 0 && ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0);
  for (unsigned i = 0; i < copies; i++) MUST(write(file, bytes, len) == (ssize_t)len);
  return path;
}

#endif
