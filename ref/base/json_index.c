#include "base/json_index.h"

#include <stdlib.h>

#include "base/decimal.h"
#include "base/json.h"

/* `open` are the places of the objects and arrays that are not closed yet. */
struct builder {
  struct json_reader reader;
  struct json_index index;
  size_t capacity;
  uint32_t open[JSON_DEPTH_MAX];
  uint32_t name, name_len; /* of the value that comes next */
  bool name_escaped;
};

static int grow(struct builder *b, struct base_error *err) {
  size_t capacity = b->capacity ? 2 * b->capacity : b->reader.len / 16 + 8; /* mostly enough */
  struct json_item *items = realloc(b->index.items, capacity * sizeof *items);
  if (!items) return base_fail(err, JSON_ERR_MEMORY, "", "out of memory");
  b->index.items = items;
  b->capacity = capacity;
  return 0;
}

static int add_item(struct builder *b, enum json_token token, struct base_error *err) {
  const struct json_reader *r = &b->reader;
  if (b->index.count == b->capacity && grow(b, err) != 0) return JSON_ERR_MEMORY;
  bool opens = token == JSON_OBJECT_BEGIN || token == JSON_ARRAY_BEGIN;
  if (opens) b->open[r->depth - 1] = (uint32_t)b->index.count;
  b->index.items[b->index.count++] = (struct json_item){
      .start = (uint32_t)r->start, .len = (uint32_t)(r->end - r->start), .name = b->name, .name_len = b->name_len,
      .size = 1, .token = (uint8_t)token, .escaped = token == JSON_STRING && r->escaped, .name_escaped = b->name_escaped};
  b->name_len = 0;
  b->name_escaped = false;
  return 0;
}

static void close_item(struct builder *b) {
  uint32_t place = b->open[b->reader.depth];
  struct json_item *item = &b->index.items[place];
  item->size = (uint32_t)(b->index.count - place);
  item->len = (uint32_t)b->reader.end - item->start;
}

static int take_token(struct builder *b, enum json_token token, struct base_error *err) {
  switch (token) {
  case JSON_BAD: return json_fail(&b->reader, err);
  case JSON_OBJECT_END:
  case JSON_ARRAY_END: close_item(b); return 0;
  case JSON_KEY:
    b->name = (uint32_t)b->reader.start;
    b->name_len = (uint32_t)(b->reader.end - b->reader.start);
    b->name_escaped = b->reader.escaped;
    return 0;
  default: return add_item(b, token, err);
  }
}

int json_index_read(const char *text, size_t len, struct json_index *out, struct base_error *err) {
  struct builder b;
  b.index = (struct json_index){.text = text};
  b.capacity = 0;
  b.name = b.name_len = 0;
  b.name_escaped = false;
  if (len > UINT32_MAX) return base_fail(err, JSON_ERR_MEMORY, "", "the text is too long for an index");
  json_reader_init(&b.reader, text, len);
  int status = 0;
  enum json_token token;
  while (status == 0 && (token = json_next(&b.reader)) != JSON_END) status = take_token(&b, token, err);
  if (status != 0) json_index_done(&b.index);
  else *out = b.index;
  return status;
}

void json_index_done(struct json_index *index) {
  free(index->items);
  *index = (struct json_index){0};
}

bool json_item_resolves_to(const struct json_index *index, const struct json_item *item, const char *name) {
  const struct json_reader at = {.text = index->text, .start = item->name, .end = item->name + item->name_len, .escaped = true};
  return json_token_resolves_to(&at, name);
}

const struct json_item *json_item_find(const struct json_index *index, const struct json_item *in, const char *name) {
  const struct json_item *found = NULL;
  size_t len = strlen(name);
  if (!in || in->token != JSON_OBJECT_BEGIN) return NULL;
  JSON_EACH_ITEM(item, in)
    if (json_item_is_named(index, item, name, len)) found = item;
  return found;
}

static const char *copy_text(const char *text, size_t len, bool escaped, struct base_buf *scratch) {
  base_buf_clear(scratch);
  char *to = base_buf_reserve(scratch, len);
  if (!to) return NULL;
  if (escaped) len = json_unescape(text, len, to);
  else memcpy(to, text, len);
  base_buf_added(scratch, len);
  return scratch->data;
}

const char *json_item_text(const struct json_index *index, const struct json_item *item, struct base_buf *scratch) {
  if (!item || item->token != JSON_STRING) return NULL;
  return copy_text(index->text + item->start, item->len, item->escaped, scratch);
}

const char *json_item_name(const struct json_index *index, const struct json_item *item, struct base_buf *scratch) {
  return copy_text(index->text + item->name, item->name_len, item->name_escaped, scratch);
}

bool json_item_integer(const struct json_index *index, const struct json_item *item, int64_t *out) {
  return item->token == JSON_NUMBER && decimal_integer(index->text + item->start, item->len, out);
}

void json_item_append(const struct json_index *index, const struct json_item *item, struct base_buf *out) {
  if (item->token == JSON_NUMBER) {
    base_buf_append(out, index->text + item->start, item->len);
    return;
  }
  cJSON *tree = json_item_tree(index, item);
  json_append(out, tree);
  cJSON_Delete(tree);
}

cJSON *json_item_tree(const struct json_index *index, const struct json_item *item) {
  cJSON *tree = NULL;
  size_t quote = item->token == JSON_STRING;
  json_parse(index->text + item->start - quote, item->len + 2 * quote, JSON_LAST_COUNTS, &tree, NULL);
  return tree;
}
