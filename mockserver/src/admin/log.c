/* What a log tells of a journal's entries. */
#include "admin/records.h"
#include "world/world.h"

static struct mock_log_line line_of(struct journal_entry *entry) {
  return (struct mock_log_line){.wall_ms = entry->arrived.wall_ms,
                                .event = entry->event,
                                .method = entry->method,
                                .target = entry->target,
                                .kind = REQUEST_KINDS[entry->kind],
                                .end = JOURNAL_ENDS[entry->end],
                                .status = entry->status,
                                .opstatus = entry->answer_opstatus,
                                .records = entry->event ? 0 : records_count(entry),
                                .elapsed_us = entry->left.monotonic_us - entry->arrived.monotonic_us,
                                .findings = cJSON_GetArraySize(entry->findings),
                                .finding = cJSON_GetStringValue(cJSON_GetArrayItem(entry->findings, 0)),
                                .fault = entry->fault};
}

static void log_entry(struct mock_world *world, struct journal_entry *entry) {
  struct mock_log_line line = line_of(entry);
  world->log(world->log_context, &line);
}

void mock_world_set_log(struct mock_world *world, mock_log *log, void *context) {
  world->log = log;
  world->log_context = context;
  world->log_entry = log ? log_entry : NULL;
}
