#include "samples.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

struct sample sample_of(int64_t number) {
  struct sample s = {.id = number, .salary = (double)(1000 + number % 5000) + 0.25, .department = number % 97};
  snprintf(s.name, sizeof s.name, "Employee %" PRId64, number);
  snprintf(s.street, sizeof s.street, "Long Street %" PRId64, number % 211);
  snprintf(s.phone, sizeof s.phone, "+49 721 %" PRId64, number);
  return s;
}

struct sample *samples_new(int64_t count) {
  struct sample *samples = malloc((size_t)count * sizeof *samples);
  if (!samples) bench_give_up("out of memory for the records");
  for (int64_t i = 0; i < count; i++) samples[i] = sample_of(i);
  return samples;
}

size_t sample_columns(const struct sample *s, char out[SAMPLE_JSON]) {
  return (size_t)snprintf(out, SAMPLE_JSON,
                          "\"Name\":\"%s\",\"Salary\":%.2f,\"Active\":1,\"HiredOn\":\"" SAMPLE_HIRED_ON "\","
                          "\"DeptId\":%" PRId64 ",\"City\":\"" SAMPLE_CITY "\",\"Street\":\"%s\","
                          "\"Phone\":\"%s\",\"Notes\":null",
                          s->name, s->salary, s->department, s->street, s->phone);
}

size_t sample_record(const struct sample *s, char out[SAMPLE_JSON]) {
  char columns[SAMPLE_JSON];
  sample_columns(s, columns);
  return (size_t)snprintf(out, SAMPLE_JSON,
                          "{\"Id\":%" PRId64 ",%.280s,\"_metadata\":{\"action\":\"create\",\"checksum\":\"%016" PRIx64 "\"}}",
                          s->id, columns, (uint64_t)s->id * 2654435761u);
}

size_t sample_document(const struct sample *s, char out[SAMPLE_JSON]) {
  char columns[SAMPLE_JSON];
  sample_columns(s, columns);
  return (size_t)snprintf(out, SAMPLE_JSON, "{\"id\":\"%" PRId64 "\",%.340s}", s->id, columns);
}
