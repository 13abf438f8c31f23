#include "log_ring.h"

#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

/* Bytes that are no text become '?', so that reports stay valid. */
static void clean(char *line) {
  for (size_t i = 0, len = strlen(line); i < len;) {
    size_t step = utf8_length(line + i, len - i);
    if (step == 0 || (step == 1 && (unsigned char)line[i] < 0x20 && line[i] != '\t')) line[i] = '?';
    i += step ? step : 1;
  }
}

static void end_line(struct log_ring *ring) {
  char *line = ring->lines[ring->next];
  memcpy(line, ring->open, ring->open_len);
  line[ring->open_len] = '\0';
  clean(line);
  ring->open_len = 0;
  ring->next = (ring->next + 1) % LOG_RING_LINES;
  if (ring->count < LOG_RING_LINES) ring->count++;
}

void log_ring_add(struct log_ring *ring, const char *bytes, size_t len) {
  for (size_t i = 0; i < len; i++) {
    if (bytes[i] == '\n') end_line(ring);
    else if (bytes[i] != '\0' && ring->open_len < LOG_RING_LINE_SIZE - 1) ring->open[ring->open_len++] = bytes[i];
  }
}

void log_ring_clear(struct log_ring *ring) { ring->next = ring->count = ring->open_len = 0; }

struct cJSON *log_ring_lines(const struct log_ring *ring) {
  cJSON *list = cJSON_CreateArray();
  size_t first = ring->count < LOG_RING_LINES ? 0 : ring->next;
  for (size_t i = 0; i < ring->count; i++)
    cJSON_AddItemToArray(list, cJSON_CreateString(ring->lines[(first + i) % LOG_RING_LINES]));
  if (ring->open_len > 0) {
    char line[LOG_RING_LINE_SIZE];
    memcpy(line, ring->open, ring->open_len);
    line[ring->open_len] = '\0';
    clean(line);
    cJSON_AddItemToArray(list, cJSON_CreateString(line));
  }
  return list;
}
