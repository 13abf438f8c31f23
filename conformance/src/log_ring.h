/** The last lines that a testee wrote to its standard error: LOG_RING_LINES at most, long ones cut. */
#ifndef CONFORMANCE_LOG_RING_H
#define CONFORMANCE_LOG_RING_H

#include <stddef.h>

struct cJSON;

enum { LOG_RING_LINES = 50, LOG_RING_LINE_SIZE = 400 };

/** Zero-initialize. Always: count <= LOG_RING_LINES; lines[next] is the oldest when the ring is full. */
struct log_ring {
  char lines[LOG_RING_LINES][LOG_RING_LINE_SIZE];
  size_t next, count;
  char open[LOG_RING_LINE_SIZE]; /**< the line whose end has not come yet */
  size_t open_len;
};

void log_ring_add(struct log_ring *ring, const char *bytes, size_t len);
void log_ring_clear(struct log_ring *ring);
/** The lines, oldest first, an unfinished one last: an array of texts, the caller's. */
struct cJSON *log_ring_lines(const struct log_ring *ring);

#endif
