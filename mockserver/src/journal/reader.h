/**
 * A journal file read again, one run of a mock after the other: each begins with its header.
 *
 * Always true: the items of a run are in the order of their seq, and what a line that is wrong left behind is freed.
 */
#ifndef MOCK_JOURNAL_READER_H
#define MOCK_JOURNAL_READER_H

#include "base/error.h"
#include "world/journal.h"

/** A request or an event, or a note as mock_journal_read() gives it. */
struct journal_item {
  uint64_t seq;
  struct journal_entry *entry; /**< NULL = a note, or it was taken */
  cJSON *note;
  bool open; /**< the request was at work when the run ended */
};

struct journal_run {
  cJSON *head; /**< its first record */
  struct journal_item *items;
  size_t count;
};

/** The run is whole. Its items may be taken (leaving NULL); the rest is freed when this returns. Returns 0 or an error. */
typedef int journal_run_end(void *context, struct journal_run *run, struct base_error *err);

/** Fails: as mock_journal_read(), and what `end` fails with */
int journal_read_runs(const char *path, journal_run_end *end, void *context, struct base_error *err);

#endif
