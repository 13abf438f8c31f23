/**
 * A world of the mock that many inputs get one after the other, each as it was when its script had just been run:
 * opening one takes ten times as long as a request. What its script must not do: gates, barriers, tokens, raw ports,
 * rules that act before the body is read.
 */
#ifndef FUZZ_MOCK_KEPT_H
#define FUZZ_MOCK_KEPT_H

#include <stddef.h>
#include <stdint.h>

enum { KEPT_SERVICES = 2, KEPT_OBJECTS = 2 };

/** Zeroed at first, and kept for the life of the process. */
struct seam_kept {
  struct mock_world *world;
  struct kept_rows {
    struct row_version **versions; /* held */
    size_t count;
    int64_t last_generated;
  } rows[KEPT_SERVICES][KEPT_OBJECTS];
  uint64_t revisions[KEPT_SERVICES];
  size_t rules, lua_memory;
};

/** The world of `script`, always the same for one `kept`. Borrowed until the next call. */
struct mock_world *seam_begin(struct seam_kept *kept, const char *script);

#endif
