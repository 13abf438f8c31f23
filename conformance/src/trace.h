/** --trace FILE: every line that goes to or comes from a testee, as one JSON object a line. */
#ifndef CONFORMANCE_TRACE_H
#define CONFORMANCE_TRACE_H

#include <stddef.h>

#include "base/error.h"

struct trace;

enum trace_direction { TRACE_SENT, TRACE_RECEIVED, TRACE_LOG, TRACE_SCENARIO };

/** Owns: *out is the caller's, released with trace_close(). Fails: 1, the file cannot be written */
int trace_open(const char *path, struct trace **out, struct base_error *err);
void trace_close(struct trace *trace);
/** Threads: any. `trace` may be NULL. `testee` is the process id. */
void trace_line(struct trace *trace, long testee, enum trace_direction direction, const char *text, size_t len);

#endif
