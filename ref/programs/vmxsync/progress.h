/**
 * Progress events (wire.md 11) for a person: a bar that is drawn over on a terminal, a line for each
 * event elsewhere, nothing with --quiet. Draws on standard error alone.
 */
#ifndef VMXSYNC_PROGRESS_H
#define VMXSYNC_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"

enum progress_style { PROGRESS_NONE, PROGRESS_LINES, PROGRESS_BAR };

/** Always true: uploaded <= to_upload once both are known; counts never go down within a sync. */
struct progress {
  enum progress_style style;
  int64_t to_upload, uploaded, downloaded, pages;
  bool drawn; /**< a bar stands on the terminal's last line */
};

/** What fits standard error: a bar, lines, or nothing when `quiet`. */
enum progress_style progress_style(bool quiet);

/** Show one event as the application gets it. */
void progress_event(struct progress *progress, const cJSON *event);

/** Wipe the bar: whatever is printed next starts on a clean line. */
void progress_end(struct progress *progress);

#endif
