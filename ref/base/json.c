#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/decimal.h"
#include "base/json_reader.h"
#include "base/utf8.h"

/* Builds the tree bottom up on an explicit stack: open[depth] is the container being filled. */
struct builder {
  struct json_reader reader;
  enum json_repeated repeated;
  cJSON *root;
  cJSON *open[JSON_DEPTH_MAX];
  unsigned depth;
  char *key; /* name of the member whose value comes next; owned */
};

static char *token_text(const struct json_reader *r) {
  size_t len = r->end - r->start;
  char *text = cJSON_malloc(len + 1);
  if (!text) return NULL;
  if (r->escaped) len = json_unescape(r->text + r->start, len, text);
  else memcpy(text, r->text + r->start, len);
  text[len] = '\0';
  return text;
}

static cJSON *make_node(const struct json_reader *r, enum json_token token) {
  cJSON *node = token == JSON_OBJECT_BEGIN  ? cJSON_CreateObject()
                : token == JSON_ARRAY_BEGIN ? cJSON_CreateArray()
                : token == JSON_TRUE        ? cJSON_CreateTrue()
                : token == JSON_FALSE       ? cJSON_CreateFalse()
                                            : cJSON_CreateNull();
  if (!node || (token != JSON_STRING && token != JSON_NUMBER)) return node;
  node->type = token == JSON_STRING ? cJSON_String : cJSON_Raw;
  node->valuestring = token_text(r);
  if (node->valuestring) return node;
  cJSON_Delete(node);
  return NULL;
}

static bool attach(struct builder *b, cJSON *node) {
  if (b->depth == 0) {
    b->root = node;
    return true;
  }
  cJSON *parent = b->open[b->depth - 1];
  node->string = b->key;
  b->key = NULL;
  if (cJSON_AddItemToArray(parent, node)) return true; /* keeps node->string, appends in O(1) */
  cJSON_Delete(node);
  return false;
}

struct member {
  cJSON *node;
  size_t place;
};

static int by_name_then_place(const void *a, const void *b) {
  const struct member *x = a, *y = b;
  int order = strcmp(x->node->string, y->node->string);
  return order ? order : x->place < y->place ? -1 : 1;
}

static int settle_pair(struct builder *b, cJSON *object, cJSON *earlier, struct base_error *err) {
  char name[UTF8_EXCERPT];
  if (b->repeated == JSON_REPEATED_REFUSED)
    return base_fail(err, JSON_ERR_SYNTAX, "", "line %zu: the name \"%s\" stands twice in one object",
                     json_line(b->reader.text, b->reader.pos), utf8_excerpt(earlier->string, name));
  cJSON_Delete(cJSON_DetachItemViaPointer(object, earlier));
  return 0;
}

enum { FEW_MEMBERS = 16 }; /* comparing all with all costs less than to sort them */

static int settle_few(struct builder *b, cJSON *object, struct base_error *err) {
  int status = 0;
  for (cJSON *node = object->child, *next; node && status == 0; node = next) {
    next = node->next;
    const cJSON *later = next;
    while (later && strcmp(later->string, node->string) != 0) later = later->next;
    if (later) status = settle_pair(b, object, node, err);
  }
  return status;
}

/* Repeated names of one object, in n log n. Returns 0 or a JSON_ERR_ code. */
static int settle_many(struct builder *b, cJSON *object, size_t count, struct base_error *err) {
  struct member *members = malloc(count * sizeof *members);
  if (!members) return base_fail(err, JSON_ERR_MEMORY, "", "out of memory");
  size_t i = 0;
  for (cJSON *node = object->child; node; node = node->next, i++) members[i] = (struct member){node, i};
  qsort(members, count, sizeof *members, by_name_then_place);
  int status = 0;
  for (i = 0; i + 1 < count && status == 0; i++)
    if (strcmp(members[i].node->string, members[i + 1].node->string) == 0)
      status = settle_pair(b, object, members[i].node, err);
  free(members);
  return status;
}

static int settle_repeated(struct builder *b, cJSON *object, struct base_error *err) {
  size_t count = (size_t)cJSON_GetArraySize(object);
  return count <= FEW_MEMBERS ? settle_few(b, object, err) : settle_many(b, object, count, err);
}

static int close_container(struct builder *b, struct base_error *err) {
  cJSON *closed = b->open[--b->depth];
  return cJSON_IsObject(closed) ? settle_repeated(b, closed, err) : 0;
}

static int add_value(struct builder *b, enum json_token token, struct base_error *err) {
  cJSON *node = make_node(&b->reader, token);
  if (!node || !attach(b, node)) return base_fail(err, JSON_ERR_MEMORY, "", "out of memory");
  if (token == JSON_OBJECT_BEGIN || token == JSON_ARRAY_BEGIN) b->open[b->depth++] = node;
  return 0;
}

int json_fail(const struct json_reader *reader, struct base_error *err) {
  return base_fail(err, JSON_ERR_SYNTAX, "", "line %zu: not JSON: %s", json_line(reader->text, reader->pos), reader->problem);
}

static int take_token(struct builder *b, enum json_token token, struct base_error *err) {
  switch (token) {
  case JSON_BAD: return json_fail(&b->reader, err);
  case JSON_OBJECT_END:
  case JSON_ARRAY_END: return close_container(b, err);
  case JSON_KEY:
    b->key = token_text(&b->reader);
    return b->key ? 0 : base_fail(err, JSON_ERR_MEMORY, "", "out of memory");
  default: return add_value(b, token, err);
  }
}

int json_parse(const char *text, size_t len, enum json_repeated repeated, cJSON **out,
               struct base_error *err) {
  struct builder b; /* not zeroed: most documents are small, and `open` is not */
  b.repeated = repeated;
  b.root = NULL;
  b.depth = 0;
  b.key = NULL;
  json_reader_init(&b.reader, text, len);
  int status = 0;
  enum json_token token;
  while (status == 0 && (token = json_next(&b.reader)) != JSON_END) status = take_token(&b, token, err);
  cJSON_free(b.key);
  if (status != 0) cJSON_Delete(b.root);
  else *out = b.root;
  return status;
}

char *json_print(const cJSON *item) {
  return cJSON_PrintUnformatted(item);
}

cJSON *json_find(const cJSON *object, const char *name) {
  if (!cJSON_IsObject(object)) return NULL;
  for (cJSON *node = object->child; node; node = node->next)
    if (node->string && strcmp(node->string, name) == 0) return node;
  return NULL;
}

const char *json_find_string(const cJSON *object, const char *name) {
  return cJSON_GetStringValue(json_find(object, name));
}

bool json_is_number(const cJSON *item) {
  return cJSON_IsNumber(item) || cJSON_IsRaw(item);
}

const char *json_number_text(const cJSON *item, char scratch[32]) {
  assert(json_is_number(item));
  if (cJSON_IsRaw(item)) return item->valuestring;
  snprintf(scratch, 32, "%.17g", item->valuedouble);
  return scratch;
}

bool json_integer(const cJSON *item, int64_t *out) {
  char scratch[32];
  if (!json_is_number(item)) return false;
  const char *digits = json_number_text(item, scratch);
  return decimal_integer(digits, strlen(digits), out);
}

cJSON *json_create_number(const char *digits) {
  assert(decimal_valid(digits, strlen(digits)));
  return cJSON_CreateRaw(digits[0] == '+' ? digits + 1 : digits);
}

cJSON *json_create_integer(int64_t value) {
  char digits[24];
  snprintf(digits, sizeof digits, "%" PRId64, value);
  return cJSON_CreateRaw(digits);
}

static bool numbers_equal(const cJSON *a, const cJSON *b) {
  char one[32], two[32];
  const char *x = json_number_text(a, one), *y = json_number_text(b, two);
  return decimal_compare(x, strlen(x), y, strlen(y)) == 0;
}

static bool objects_equal(const cJSON *a, const cJSON *b) {
  if (cJSON_GetArraySize(a) != cJSON_GetArraySize(b)) return false;
  for (const cJSON *member = a->child; member; member = member->next) {
    const cJSON *other = json_find(b, member->string);
    if (!other || !json_equal(member, other)) return false;
  }
  return true;
}

static bool arrays_equal(const cJSON *a, const cJSON *b) {
  const cJSON *x = a->child, *y = b->child;
  for (; x && y; x = x->next, y = y->next)
    if (!json_equal(x, y)) return false;
  return !x && !y;
}

bool json_equal(const cJSON *a, const cJSON *b) {
  if (!a || !b) return a == b;
  if (json_is_number(a)) return json_is_number(b) && numbers_equal(a, b);
  if ((a->type & 0xFF) != (b->type & 0xFF)) return false;
  if (cJSON_IsString(a)) return strcmp(a->valuestring, b->valuestring) == 0;
  if (cJSON_IsArray(a)) return arrays_equal(a, b);
  if (cJSON_IsObject(a)) return objects_equal(a, b);
  return true;
}

/* Most texts are plain: one piece, quotes around it. */
static bool quote_plain(struct base_buf *buf, const char *text, size_t len) {
  if (json_plain(text, len) != len) return false;
  char *to = base_buf_reserve(buf, len + 2);
  if (!to) return true; /* the buffer says so */
  to[0] = to[len + 1] = '"';
  if (len) memcpy(to + 1, text, len);
  base_buf_added(buf, len + 2);
  return true;
}

void json_quote(struct base_buf *buf, const char *text, size_t len) {
  static const char hex[] = "0123456789abcdef", short_form[] = "btn\0fr";
  if (quote_plain(buf, text, len)) return;
  base_buf_char(buf, '"');
  size_t from = 0;
  for (size_t i = 0; i < len; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    base_buf_append(buf, text + from, i - from);
    from = i + 1;
    char escape[6] = {'\\', (char)c, '0', '0', 0, 0};
    size_t size = 2;
    if (c >= 8 && c <= 13 && short_form[c - 8]) {
      escape[1] = short_form[c - 8];
    } else if (c < 0x20) {
      escape[1] = 'u';
      escape[2] = '0';
      escape[3] = '0';
      escape[4] = hex[c >> 4];
      escape[5] = hex[c & 15];
      size = 6;
    }
    base_buf_append(buf, escape, size);
  }
  base_buf_append(buf, text + from, len - from);
  base_buf_char(buf, '"');
}

static void append_children(struct base_buf *buf, const cJSON *item, char open, char close) {
  base_buf_char(buf, open);
  for (const cJSON *child = item->child; child; child = child->next) {
    if (child != item->child) base_buf_char(buf, ',');
    if (open == '{') {
      json_quote(buf, child->string, strlen(child->string));
      base_buf_char(buf, ':');
    }
    json_append(buf, child);
  }
  base_buf_char(buf, close);
}

void json_append(struct base_buf *buf, const cJSON *item) {
  char scratch[32];
  if (!item || cJSON_IsNull(item)) base_buf_append(buf, "null", 4);
  else if (cJSON_IsString(item)) json_quote(buf, item->valuestring, strlen(item->valuestring));
  else if (cJSON_IsBool(item)) base_buf_text(buf, cJSON_IsTrue(item) ? "true" : "false");
  else if (json_is_number(item)) base_buf_text(buf, json_number_text(item, scratch));
  else if (cJSON_IsArray(item)) append_children(buf, item, '[', ']');
  else append_children(buf, item, '{', '}');
}
