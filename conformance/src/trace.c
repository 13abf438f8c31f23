#include "trace.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"

struct trace {
  FILE *file;
  pthread_mutex_t mutex; /* one line at a time */
  struct base_clock clock;
  int64_t start_ms;
};

static const char *const DIRECTIONS[] = {"sent", "received", "log", "scenario"};

int trace_open(const char *path, struct trace **out, struct base_error *err) {
  CLEANUP(free_text) char *memory = calloc(1, sizeof(struct trace));
  struct trace *trace = (struct trace *)(void *)memory;
  if (!trace) return base_fail(err, 1, "", "out of memory");
  trace->file = fopen(path, "w");
  if (!trace->file) return base_fail(err, 1, "", "cannot write the trace %s: %s", path, strerror(errno));
  pthread_mutex_init(&trace->mutex, NULL);
  trace->clock = base_clock_system();
  trace->start_ms = trace->clock.monotonic_ms(trace->clock.context);
  *out = trace;
  memory = NULL;
  return 0;
}

void trace_close(struct trace *trace) {
  if (!trace) return;
  fclose(trace->file);
  pthread_mutex_destroy(&trace->mutex);
  free(trace);
}

void trace_line(struct trace *trace, long testee, enum trace_direction direction, const char *text,
                size_t len) {
  if (!trace) return;
  CLEANUP(base_buf_done) struct base_buf line = BASE_BUF_INIT;
  pthread_mutex_lock(&trace->mutex);
  base_buf_printf(&line, "{\"ms\": %" PRId64 ", \"testee\": %ld, \"%s\": ",
                  trace->clock.monotonic_ms(trace->clock.context) - trace->start_ms, testee,
                  DIRECTIONS[direction]);
  json_quote(&line, text, len);
  base_buf_text(&line, "}\n");
  fwrite(base_buf_string(&line), 1, line.len, trace->file);
  fflush(trace->file);
  pthread_mutex_unlock(&trace->mutex);
}
