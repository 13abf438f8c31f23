/**
 * What led to an outcome, as lines of text in the world's order: the requests of the journal, and the
 * calls and callbacks that the session noted.
 */
#ifndef CONFORMANCE_TIMELINE_H
#define CONFORMANCE_TIMELINE_H

struct cJSON;

enum { TIMELINE_LINES = 40, TIMELINE_LINE_SIZE = 180, TIMELINE_FAILURE_SIZE = 800 };

/** How the text of a progress event begins: "   progress of s1: Upload Started". */
#define TIMELINE_PROGRESS "   progress of "
/** How an event begins that may be longer than others: what failed stands deep in the payload. */
#define TIMELINE_FAILURE "   failure of "

/**
 * Merge `journal` (entries with seq) and `events` ({at, text}) into an array of texts, the caller's: the
 * last TIMELINE_LINES of them. Progress events of one sync that follow each other share a line.
 */
struct cJSON *timeline_merge(const struct cJSON *journal, const struct cJSON *events);

#endif
