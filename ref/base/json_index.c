#include "base/json_index.h"

#include <assert.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/json.h"
#include "base/json_scan.h"

/* The innermost object or array is the item `open`, `closing` its bracket; those around it are in `around`. */
struct builder {
  const char *text, *end;
  struct json_item *items;
  uint32_t count, capacity;
  uint32_t open, depth;
  char closing;
  const char *problem; /* NULL = none; json_next() finds it again, and says where it is */
  uint32_t around[JSON_DEPTH_MAX];
};

static bool grow(struct builder *b) {
  size_t capacity = b->capacity ? 2 * (size_t)b->capacity : (size_t)(b->end - b->text) / 16 + 8; /* mostly enough */
  struct json_item *items = capacity > UINT32_MAX ? NULL : realloc(b->items, capacity * sizeof *items);
  if (!items) return false;
  b->items = items;
  b->capacity = (uint32_t)capacity;
  return true;
}

static inline uint32_t place(const struct builder *b, const char *p) { return (uint32_t)(p - b->text); }

static inline const char *no_json(struct builder *b) {
  b->problem = "no JSON";
  return b->end;
}

static char closing_of(const struct json_item *item) { return item->token == JSON_OBJECT_BEGIN ? '}' : ']'; }

static inline const char *open_item(struct builder *b, const char *p, struct json_item *item) {
  if (b->depth == JSON_DEPTH_MAX) return no_json(b);
  b->around[b->depth++] = b->open;
  b->open = (uint32_t)(item - b->items);
  item->token = *p == '{' ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN;
  item->start = place(b, p);
  b->closing = closing_of(item);
  return p + 1;
}

/* At the closing bracket of the innermost one. */
static inline const char *close_item(struct builder *b, const char *p) {
  struct json_item *item = &b->items[b->open];
  item->size = b->count - b->open;
  item->len = place(b, p) + 1 - item->start;
  b->open = b->around[--b->depth];
  b->closing = closing_of(&b->items[b->open]);
  return p + 1;
}

/* Where it ends. */
static inline const char *set(const struct builder *b, struct json_item *item, enum json_token token, const char *from, const char *to) {
  item->token = (uint8_t)token;
  item->start = place(b, from);
  item->len = (uint32_t)(to - from);
  return to;
}

/* Fill the item in: behind the value, or behind the bracket of an object or array. */
static inline const char *read_value(struct builder *b, const char *p, struct json_item *item) {
  const char *end = b->end;
  if (p == end) return no_json(b);
  if (*p == '"') return set(b, item, JSON_STRING, p + 1, json_scan_string(p + 1, end, &item->escaped, &b->problem)) + 1;
  switch (*p) {
  case '{':
  case '[': return open_item(b, p, item);
  case 't': return set(b, item, JSON_TRUE, p, json_scan_word(p, end, "true", 4, &b->problem));
  case 'f': return set(b, item, JSON_FALSE, p, json_scan_word(p, end, "false", 5, &b->problem));
  case 'n': return set(b, item, JSON_NULL, p, json_scan_word(p, end, "null", 4, &b->problem));
  default: return set(b, item, JSON_NUMBER, p, json_scan_number(p, end, &b->problem));
  }
}

/* The member's name and its colon. */
static inline const char *read_name(struct builder *b, const char *p, struct json_item *item) {
  if (p == b->end || *p != '"') return no_json(b);
  const char *quote = json_scan_string(p + 1, b->end, &item->name_escaped, &b->problem);
  if (b->problem) return quote;
  item->name = place(b, p + 1);
  item->name_len = (uint32_t)(quote - p - 1);
  p = json_scan_blanks(quote + 1, b->end);
  return p < b->end && *p == ':' ? json_scan_blanks(p + 1, b->end) : no_json(b);
}

/* From behind a value, or the bracket that begins one, to where the next value begins: over brackets that end others, a
   comma, a name. Behind all of them, to the end of the text. */
static inline const char *go_on(struct builder *b, const char *p, struct json_item *next) {
  p = json_scan_blanks(p, b->end);
  while (b->depth > 0 && p < b->end) {
    bool empty = b->count == b->open + 1;
    if (*p == b->closing) {
      p = json_scan_blanks(close_item(b, p), b->end);
      continue;
    }
    if (!empty && *p != ',') return no_json(b);
    if (!empty) p = json_scan_blanks(p + 1, b->end);
    return b->closing == '}' ? read_name(b, p, next) : p;
  }
  return p < b->end ? no_json(b) : p;
}

/* False without memory. */
static bool read_items(struct builder *b) {
  const char *p = json_scan_blanks(b->text, b->end);
  if (!grow(b)) return false;
  b->items[0] = (struct json_item){.size = 1};
  do {
    p = read_value(b, p, &b->items[b->count++]);
    if (b->count == b->capacity && !grow(b)) return false;
    b->items[b->count] = (struct json_item){.size = 1};
    if (!b->problem) p = go_on(b, p, &b->items[b->count]);
  } while (!b->problem && b->depth > 0);
  return true;
}

/* The pull reader knows all reasons, and their places. */
static int tell_problem(const char *text, size_t len, struct base_error *err) {
  struct json_reader reader;
  enum json_token token;
  json_reader_init(&reader, text, len);
  do token = json_next(&reader);
  while (token != JSON_END && token != JSON_BAD);
  assert(token == JSON_BAD); /* an index refuses what json_next() refuses */
  return json_fail(&reader, err);
}

int json_index_read(const char *text, size_t len, struct json_index *out, struct base_error *err) {
  struct builder b;
  if (len > UINT32_MAX) return base_fail(err, JSON_ERR_MEMORY, "", "the text is too long for an index");
  if (len == 0) return tell_problem(text, len, err);
  b.text = text;
  b.end = text + len;
  b.items = NULL;
  b.count = b.capacity = b.open = b.depth = 0;
  b.closing = '\0';
  b.problem = NULL;
  bool read = read_items(&b);
  if (!read || b.problem) free(b.items);
  if (!read) return base_fail(err, JSON_ERR_MEMORY, "", "out of memory");
  if (b.problem) return tell_problem(text, len, err);
  *out = (struct json_index){text, b.items, b.count};
  return 0;
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
