#include "floor.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"
#include "bench.h"

enum { CHAIN_BITS = 12 };

struct row {
  struct row *next;
  int64_t key;
  size_t len;
  char text[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct row *chains[1 << CHAIN_BITS];

static void upsert(int64_t key, const char *text, size_t len) {
  struct row **at = &chains[(uint64_t)key * 0x9E3779B97F4A7C15u >> (64 - CHAIN_BITS)], *row = malloc(sizeof *row + len), *old;
  if (!row) bench_give_up("no memory for a row");
  memcpy(row->text, text, len);
  while (*at && (*at)->key != key) at = &(*at)->next;
  old = *at;
  row->next = old ? old->next : NULL;
  row->key = key;
  row->len = len;
  *at = row;
  free(old);
}

struct span {
  const char *text;
  size_t len;
};

static struct span step_over(struct json_reader *reader) {
  json_skip(reader, json_next(reader));
  return (struct span){reader->text + reader->start, reader->end - reader->start};
}

/* The member `name` of the object that comes next. */
static struct span read_member(struct json_reader *reader, const char *name) {
  struct span found = {"null", 4};
  json_next(reader);
  while (json_next(reader) == JSON_KEY) {
    bool wanted = json_token_is(reader, name);
    struct span value = step_over(reader);
    if (wanted) found = value;
  }
  return found;
}

/* What stands before its `_metadata` is the row, and is answered. */
static void take_record(struct json_reader *reader, struct base_buf *out) {
  static const char RESULT[] = ",\"_metadata\":{\"action\":\"update\",\"opstatus\":0,\"rowId\":";
  struct span key = {"0", 1}, row_id = {"null", 4}, row = {reader->text + reader->start, 0};
  while (json_next(reader) == JSON_KEY) {
    if (json_token_is(reader, "_metadata")) {
      row.len = (size_t)(reader->text + reader->start - 2 - row.text); /* without quote and comma */
      row_id = read_member(reader, "rowId");
    } else {
      bool is_key = json_token_is(reader, "Id");
      struct span value = step_over(reader);
      if (is_key) key = value;
    }
  }
  upsert(strtoll(key.text, NULL, 10), row.text, row.len);
  base_buf_append(out, row.text, row.len);
  base_buf_append(out, RESULT, sizeof RESULT - 1);
  base_buf_append(out, row_id.text, row_id.len);
  base_buf_append(out, "}},", 3);
}

void floor_upload(const char *body, size_t len, struct base_buf *out) {
  struct json_reader reader;
  enum json_token token;
  json_reader_init(&reader, body, len);
  base_buf_reserve(out, len + 64); /* the results are no longer than what was sent of them */
  base_buf_text(out, "{\"opstatus\":0,\"objects\":[{\"name\":\"Row\",\"records\":[");
  pthread_mutex_lock(&lock); /* the upload is one change */
  while ((token = json_next(&reader)) != JSON_END && token != JSON_BAD)
    if (token == JSON_OBJECT_BEGIN && reader.depth == 3) take_record(&reader, out);
  pthread_mutex_unlock(&lock);
  if (token == JSON_BAD) bench_give_up("an upload is no JSON");
  out->len--; /* the last comma */
  base_buf_text(out, "]}]}");
}
