#include "base/json_index.h"

#include <assert.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/json.h"
#include "base/json_scan.h"

/* The innermost object or array is the item `open`, `closing` its bracket; the `size` of an open item is the item around it.
   Records of a list are mostly alike: a member is expected to have the name of the item `period` before it. */
struct builder {
  const char *text, *end;
  struct json_item *items, *next, *full;
  uint32_t open, depth;
  size_t period; /* in bytes */
  char closing; /* when none is open a blank, which stands nowhere where a bracket is looked for */
};

static bool grow(struct builder *b) {
  size_t count = (size_t)(b->next - b->items);
  size_t capacity = count ? 2 * count : (size_t)(b->end - b->text) / 16 + 8; /* mostly enough */
  struct json_item *items = capacity > UINT32_MAX ? NULL : realloc(b->items, capacity * sizeof *items);
  if (!items) return false;
  b->items = items;
  b->next = items + count;
  b->full = items + capacity;
  return true;
}

static inline uint32_t place(const struct builder *b, const char *p) { return (uint32_t)(p - b->text); }

/* Functions that read return where they end, or NULL: then it is no JSON. */

static inline char closing_of(const struct builder *b) {
  if (b->depth == 0) return ' ';
  return b->items[b->open].token == JSON_OBJECT_BEGIN ? '}' : ']';
}

/* At the closing bracket of the innermost one. */
static inline const char *close_item(struct builder *b, const char *p) {
  struct json_item *item = &b->items[b->open];
  b->open = item->size;
  b->depth--;
  b->closing = closing_of(b);
  item->size = (uint32_t)(b->next - item);
  item->len = place(b, p) + 1 - item->start;
  if (b->closing == ']') b->period = item->size * sizeof *item;
  return p + 1;
}

/* From behind a value to the comma behind it, over brackets that end others; when all are ended, to what follows. */
static inline const char *go_on(struct builder *b, const char *p) {
  if (__builtin_expect(p < b->end && *p == ',', true)) return p;
  p = json_scan_blanks(p, b->end);
  while (p < b->end && *p == b->closing) p = json_scan_blanks(close_item(b, p), b->end);
  return b->depth == 0 || (p < b->end && *p == ',') ? p : NULL;
}

static inline const char *set(struct json_item *item, enum json_token token, const char *from, const char *to) {
  item->token = (uint8_t)token;
  item->len = (uint32_t)(to - from);
  return to;
}

/* At an opening bracket. Stays there, with the item open: its bracket is to its first value what the comma is to others.
   One that is empty is read whole. */
static inline const char *open_item(struct builder *b, const char *p, struct json_item *item) {
  enum json_token token = *p == '{' ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN;
  char closing = *p == '{' ? '}' : ']';
  const char *inner = json_scan_blanks(p + 1, b->end);
  if (b->depth == JSON_DEPTH_MAX) return NULL;
  if (inner < b->end && *inner == closing) return set(item, token, p, inner + 1);
  item->token = (uint8_t)token;
  item->size = b->open;
  b->open = (uint32_t)(item - b->items);
  b->depth++;
  b->closing = closing;
  return p;
}

/* From a value, not from the end, to the comma behind it, or to its own bracket when it is open. */
static inline const char *read_value(struct builder *b, const char *p, struct json_item *item) {
  const char *end = b->end, *from = p;
  struct json_problem ignored; /* json_next() finds it again, and says where it is */
  item->start = place(b, p);
  item->size = 1;
  item->escaped = false;
  if (*p == '"') {
    item->start++;
    p = set(item, JSON_STRING, p + 1, json_scan_string(p + 1, end, &item->escaped, &ignored));
    return p ? go_on(b, p + 1) : NULL;
  }
  switch (*p) {
  case '{':
  case '[': p = open_item(b, p, item); break;
  case 't': p = set(item, JSON_TRUE, p, json_scan_word(p, end, "true", 4, &ignored)); break;
  case 'f': p = set(item, JSON_FALSE, p, json_scan_word(p, end, "false", 5, &ignored)); break;
  case 'n': p = set(item, JSON_NULL, p, json_scan_word(p, end, "null", 4, &ignored)); break;
  default: p = set(item, JSON_NUMBER, p, json_scan_number(p, end, &ignored)); break;
  }
  if (p == from) return p;
  return p ? go_on(b, p) : NULL;
}

/* memcmp() of four bytes or more, mostly few. */
static inline bool same(const char *one, const char *two, size_t len) {
  if (len < 8) return memcmp(one, two, 4) == 0 && memcmp(one + len - 4, two + len - 4, 4) == 0;
  size_t i = 0;
  do
    if (memcmp(one + i, two + i, 8) != 0) return false;
  while ((i += 8) < len - 8);
  return memcmp(one + len - 8, two + len - 8, 8) == 0;
}

/* Over blanks, to a value that may not be missing. */
static inline const char *to_value(const struct builder *b, const char *p) {
  p = json_scan_blanks(p, b->end);
  return p < b->end ? p : NULL;
}

/* From the comma or bracket before a member, over its name, to its value. */
static inline const char *read_name(const struct builder *b, const char *p, struct json_item *item) {
  struct json_problem ignored;
  p = json_scan_blanks(p + 1, b->end);
  if (p == b->end || *p != '"') return NULL;
  const char *quote = json_scan_string(p + 1, b->end, &item->name_escaped, &ignored);
  if (!quote) return NULL;
  item->name = place(b, p + 1);
  item->name_len = (uint32_t)(quote - p - 1);
  p = json_scan_blanks(quote + 1, b->end);
  return p < b->end && *p == ':' ? to_value(b, p + 1) : NULL;
}

/* The same, faster when all from there to the colon is what it was at the item that is expected to be alike: name and four
   bytes around it. */
static inline const char *expect_name(const struct builder *b, const char *p, struct json_item *item) {
  const struct json_item *like = (const void *)((const char *)item - b->period);
  size_t len = (size_t)like->name_len + 4;
  bool alike = like->name > 0 && b->end - p >= (ptrdiff_t)len && same(p, b->text + like->name - 2, len) && p[len - 1] == ':';
  if (__builtin_expect(!alike, false)) return read_name(b, p, item);
  item->name = place(b, p + 2);
  item->name_len = like->name_len;
  item->name_escaped = like->name_escaped;
  return to_value(b, p + len);
}

static inline const char *no_name(const struct builder *b, const char *p, struct json_item *item) {
  item->name = item->name_len = 0;
  item->name_escaped = false;
  return to_value(b, p);
}

static int read_items(struct builder *b) {
  if (!grow(b)) return JSON_ERR_MEMORY;
  const char *p = no_name(b, b->text, b->next);
  while (p && (p = read_value(b, p, b->next++))) {
    if (b->next == b->full && !grow(b)) return JSON_ERR_MEMORY;
    if (b->closing == '}') p = expect_name(b, p, b->next);
    else if (b->closing == ']') p = no_name(b, p + 1, b->next);
    else return p == b->end ? 0 : JSON_ERR_SYNTAX;
  }
  return JSON_ERR_SYNTAX;
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
  if (len > UINT32_MAX) return base_fail(err, JSON_ERR_MEMORY, "", "the text is too long for an index");
  if (len == 0) return tell_problem(text, len, err);
  struct builder b = {.text = text, .end = text + len, .period = sizeof *b.items, .closing = ' '};
  int status = read_items(&b);
  if (status != 0) free(b.items);
  if (status == JSON_ERR_SYNTAX) return tell_problem(text, len, err);
  if (status != 0) return base_fail(err, status, "", "out of memory");
  *out = (struct json_index){text, b.items, (size_t)(b.next - b.items)};
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
