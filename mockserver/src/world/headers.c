#include "world/headers.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "journal/base64.h"
#include "world/journal.h"

void headers_add(struct base_buf *pairs, const char *name, const char *value) {
  base_buf_append(pairs, name, strlen(name) + 1);
  base_buf_append(pairs, value, strlen(value) + 1);
}

bool headers_next(const struct base_buf *pairs, const char **name, const char **value) {
  const char *next = *value ? *value + strlen(*value) + 1 : pairs->data;
  if (!next || next >= pairs->data + pairs->len) return false;
  *name = next;
  *value = next + strlen(next) + 1;
  return true;
}

void headers_set(struct base_buf *pairs, const char *name, const char *value) {
  size_t kept = 0, len;
  for (size_t at = 0; at < pairs->len; at += len) {
    char *pair = pairs->data + at;
    len = strlen(pair) + 1;
    len += strlen(pair + len) + 1;
    if (strcasecmp(pair, name) == 0) continue;
    memmove(pairs->data + kept, pair, len);
    kept += len;
  }
  pairs->len = kept;
  if (value) headers_add(pairs, name, value);
}

/* ---- as JSON ---- */

static void add_readable(cJSON *pair, const char *part) {
  cJSON *text = cJSON_CreateString(part);
  if (text) journal_readable(text->valuestring, strlen(text->valuestring));
  cJSON_AddItemToArray(pair, text);
}

static void add_base64(cJSON *pair, const char *value) {
  struct base_buf text = BASE_BUF_INIT;
  base64_encode(value, strlen(value), &text);
  cJSON_AddItemToArray(pair, cJSON_CreateString(base_buf_string(&text)));
  base_buf_done(&text);
}

cJSON *headers_list(const struct base_buf *pairs) {
  cJSON *list = cJSON_CreateArray();
  const char *name, *value = NULL;
  while (headers_next(pairs, &name, &value)) {
    cJSON *pair = cJSON_CreateArray();
    add_readable(pair, name);
    add_readable(pair, value);
    if (!utf8_valid(value, strlen(value))) add_base64(pair, value);
    cJSON_AddItemToArray(list, pair);
  }
  return list;
}

/* A value's very bytes. */
static bool read_base64(const char *base64, const char *name, struct base_buf *pairs) {
  struct base_buf bytes = BASE_BUF_INIT;
  bool good = base64_decode(base64, strlen(base64), &bytes);
  if (good) headers_add(pairs, name, base_buf_string(&bytes));
  base_buf_done(&bytes);
  return good;
}

bool headers_read(const cJSON *list, struct base_buf *pairs) {
  const cJSON *pair;
  cJSON_ArrayForEach(pair, list) {
    const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0));
    const char *value = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));
    const char *base64 = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 2));
    if (!name || !value) return false;
    if (!base64) headers_add(pairs, name, value);
    else if (!read_base64(base64, name, pairs)) return false;
  }
  return true;
}
