#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BAR_WIDTH = 24 };

enum progress_style progress_style(bool quiet) {
  if (quiet) return PROGRESS_NONE;
  return isatty(STDERR_FILENO) ? PROGRESS_BAR : PROGRESS_LINES;
}

static const char *name_of(const cJSON *event) {
  const char *name = json_find_string(event, "objectServiceName");
  if (!name) name = json_find_string(event, "name");
  return name ? name : "";
}

/* Events of several services come mixed, and counts are cumulative for each: keep the largest. */
static void keep(int64_t *count, const cJSON *event, const char *member) {
  int64_t value = 0;
  if (json_integer(json_find(event, member), &value) && value > *count) *count = value;
}

static void count(struct progress *progress, const cJSON *event) {
  keep(&progress->to_upload, event, "totalRecordsToUpload");
  keep(&progress->uploaded, event, "totalUploadedRecords");
  keep(&progress->downloaded, event, "totalDownloadedRecords");
  keep(&progress->pages, event, "batchNumber");
  if (progress->uploaded > progress->to_upload) progress->to_upload = progress->uploaded;
}

static void print_line(const cJSON *event) {
  const char *phase = json_find_string(event, "phase"), *state = json_find_string(event, "state");
  fprintf(stderr, "%s %s %s", name_of(event), phase ? phase : "?", state ? state : "?");
  for (const cJSON *m = event->child; m; m = m->next) {
    char scratch[32];
    if (json_is_number(m)) fprintf(stderr, " %s=%s", m->string, json_number_text(m, scratch));
  }
  fputc('\n', stderr);
}

/* The total of a download is known to nobody: its part of the bar is a count. */
static void draw_bar(struct progress *progress, const cJSON *event) {
  const char *phase = json_find_string(event, "phase");
  int64_t total = progress->to_upload ? progress->to_upload : 1;
  bool uploading = phase && strcmp(phase, "Upload") == 0;
  int filled = uploading || progress->to_upload ? (int)(BAR_WIDTH * progress->uploaded / total) : BAR_WIDTH;
  char bar[BAR_WIDTH + 1];
  memset(bar, ' ', BAR_WIDTH);
  memset(bar, '#', (size_t)filled);
  bar[BAR_WIDTH] = '\0';
  fprintf(stderr, "\r\033[K%-8s [%s] up %" PRId64 "/%" PRId64 ", down %" PRId64 " in %" PRId64 " pages  %.40s",
          phase ? phase : "", bar, progress->uploaded, progress->to_upload, progress->downloaded,
          progress->pages, name_of(event));
  progress->drawn = true;
}

void progress_event(struct progress *progress, const cJSON *event) {
  if (!cJSON_IsObject(event) || progress->style == PROGRESS_NONE) return;
  count(progress, event);
  if (progress->style == PROGRESS_BAR) draw_bar(progress, event);
  else print_line(event);
}

void progress_end(struct progress *progress) {
  if (progress->drawn) fputs("\r\033[K", stderr);
  progress->drawn = false;
}
