#include "program/log.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "foundrymock/mock.h"

enum { TEXT_MAX = 200 };

/* https://no-color.org */
static bool wants_colours(void) {
  const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");
  return isatty(STDERR_FILENO) && !(none && *none) && !(terminal && strcmp(terminal, "dumb") == 0);
}

/* By the first digit; what got no answer is as red as what failed. */
static const char *colour_of(int status) {
  static const char *const COLOURS[] = {"31", "36", "32", "36", "33", "31"};
  size_t digit = (size_t)status / 100;
  return COLOURS[digit < sizeof COLOURS / sizeof *COLOURS ? digit : 0];
}

/* Whatever a client sends: no control byte reaches the terminal, and no line is endless. */
static void add_text(struct base_buf *out, const char *text) {
  size_t len = strnlen(text, TEXT_MAX + 1);
  for (size_t i = 0; i < len && i < TEXT_MAX; i++) base_buf_char(out, (unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i]);
  if (len > TEXT_MAX) base_buf_text(out, "...");
}

static void add_time(struct base_buf *out, int64_t wall_ms) {
  time_t seconds = (time_t)(wall_ms / 1000);
  struct tm local;
  char text[16] = "";
  if (localtime_r(&seconds, &local)) strftime(text, sizeof text, "%H:%M:%S", &local);
  base_buf_printf(out, "%s.%03d  ", text, (int)(wall_ms % 1000));
}

/* The status, or why there is none, in six places. */
static void add_outcome(struct base_buf *out, const struct mock_log_line *line, bool colours) {
  char status[16];
  snprintf(status, sizeof status, "%d", line->status);
  if (colours) base_buf_printf(out, "\033[%sm", colour_of(line->status));
  base_buf_printf(out, "%-6s", line->status ? status : line->end);
  if (colours) base_buf_text(out, "\033[0m");
}

/* The first one, and how many more there are. */
static void add_findings(struct base_buf *out, const struct mock_log_line *line) {
  base_buf_text(out, "  finding ");
  add_text(out, line->finding);
  if (line->findings > 1) base_buf_printf(out, " (and %d more)", line->findings - 1);
}

static void add_notes(struct base_buf *out, const struct mock_log_line *line) {
  if (line->opstatus) base_buf_printf(out, "  opstatus %lld", (long long)line->opstatus);
  if (line->finding) add_findings(out, line);
  if (line->status && strcmp(line->end, "answered") != 0) base_buf_printf(out, "  %s", line->end);
  if (!line->fault) return;
  base_buf_text(out, "  fault ");
  add_text(out, line->fault);
}

static void add_request(struct base_buf *out, const struct mock_log_line *line, bool colours) {
  add_outcome(out, line, colours);
  base_buf_printf(out, "  %-8s  %5lld record%-1s  %8.1f ms  %s ", line->kind, (long long)line->records, line->records == 1 ? "" : "s",
                  (double)line->elapsed_us / 1000, line->method);
  add_text(out, line->target);
  add_notes(out, line);
}

/* One write for a line: those of several threads do not mix. */
static void log_line(void *context, const struct mock_log_line *line) {
  struct base_buf out = BASE_BUF_INIT;
  bool colours = wants_colours();
  (void)context;
  add_time(&out, line->wall_ms);
  if (line->event) add_text(&out, line->event);
  else add_request(&out, line, colours);
  base_buf_char(&out, '\n');
  fputs(base_buf_string(&out), stderr);
  base_buf_done(&out);
}

void log_world(struct mock_world *world) {
  mock_world_set_log(world, log_line, NULL);
}
