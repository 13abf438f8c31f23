/*
 * A mutator for inputs with JSON in them: all of the input, all but its first byte (options, pages, answers to uploads), or
 * lines of it (journals, what a testee prints, bodies of requests). It changes the tree and prints it again, so that what
 * it makes is JSON. AFL++ loads it (AFL_CUSTOM_MUTATOR_LIBRARY); FUZZ_DICTIONARY names the target's dictionary, whose
 * words are names and values for it. An input without JSON it leaves to AFL++.
 */
#include "mutator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/utf8.h"

enum { WORDS_MAX = 512, CHANGES_MAX = 4, NODES_MAX = 4096 };

struct words {
  char *items[WORDS_MAX]; /* JSON texts of values, or plain names */
  size_t count;
};

struct mutator {
  uint64_t random;
  struct words names, values;
  char *out;
};

static const char *const bounds[] = {"null", "true", "false", "0", "1", "-1", "2", "500", "2147483647", "2147483648", "-2147483649",
                                     "9223372036854775807", "9223372036854775808", "1.5", "20.0", "1e400", "\"\"", "\"0\"", "\"1\"",
                                     "\" 20 \"", "\"true\"", "\"-1\"", "\"1e3\"", "[]", "{}", "[0]", "[\"\"]", "{\"\":\"\"}",
                                     "\"\\u00e9\"", "\"\\\"\\\\\""};

/* ---- chance ---------------------------------------------------------------------------------------------- */

static uint64_t next_random(struct mutator *m) {
  m->random ^= m->random << 13;
  m->random ^= m->random >> 7;
  return m->random ^= m->random << 17;
}

static size_t below(struct mutator *m, size_t limit) { return limit ? (size_t)(next_random(m) % limit) : 0; }

/* ---- the dictionary -------------------------------------------------------------------------------------- */

static void add_word(struct words *words, const char *text, size_t len) {
  if (words->count < WORDS_MAX) words->items[words->count++] = strndup(text, len);
}

/* `"name":` is a name; what is JSON is a value. */
static void take_word(struct mutator *m, const char *word) {
  CLEANUP(json_free) cJSON *value = NULL;
  size_t len = strlen(word);
  if (len > 3 && word[0] == '"' && strcmp(word + len - 2, "\":") == 0) add_word(&m->names, word + 1, len - 3);
  else if (json_parse(word, len, JSON_LAST_COUNTS, &value, NULL) == 0) add_word(&m->values, word, len);
}

static int hex(char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; }

/* A line of a dictionary: name="text", with \\, \" and \xNN. */
static void take_line(struct mutator *m, char *line) {
  char *from = strchr(line, '"'), *end = strrchr(line, '"');
  if (line[0] == '#' || !from || from == end) return;
  char *to = line;
  for (from++; from < end; from++) {
    if (*from == '\\' && from[1] == 'x' && end - from > 3) *to++ = (char)(hex(from[2]) * 16 + hex(from[3])), from += 3;
    else *to++ = *from == '\\' ? *++from : *from;
  }
  *to = '\0';
  take_word(m, line);
}

static void read_dictionary(struct mutator *m, const char *path) {
  FILE *file = path ? fopen(path, "r") : NULL;
  char line[1024];
  while (file && fgets(line, sizeof line, file)) take_line(m, line);
  if (file) fclose(file);
}

/* ---- places in a tree -------------------------------------------------------------------------------------- */

static size_t count_nodes(const cJSON *node) {
  size_t count = 1;
  for (const cJSON *child = node->child; child; child = child->next) count += count_nodes(child);
  return count;
}

struct place {
  cJSON *parent, *node;
};

/* The node that is `*left` further on, in the order of the text. */
static bool find_place(cJSON *parent, cJSON *node, size_t *left, struct place *out) {
  *out = (struct place){parent, node};
  if ((*left)-- == 0) return true;
  for (cJSON *child = node->child; child; child = child->next)
    if (find_place(node, child, left, out)) return true;
  return false;
}

static struct place any_place(struct mutator *m, cJSON *root) {
  struct place place = {NULL, root};
  size_t left = below(m, count_nodes(root));
  find_place(NULL, root, &left, &place);
  return place;
}

/* ---- changes ------------------------------------------------------------------------------------------------ */

static cJSON *any_value(struct mutator *m) {
  size_t all = sizeof bounds / sizeof *bounds, at = below(m, all + m->values.count);
  const char *text = at < all ? bounds[at] : m->values.items[at - all];
  cJSON *value = NULL;
  if (below(m, 8) == 0) return cJSON_CreateNull();
  json_parse(text, strlen(text), JSON_LAST_COUNTS, &value, NULL);
  return value;
}

static const char *any_name(struct mutator *m) { return m->names.count ? m->names.items[below(m, m->names.count)] : "name"; }

/* Puts `next` (taken) in the place of a node, under its name. */
static void put(cJSON **root, struct place place, cJSON *next) {
  if (!next) return;
  if (!place.parent) {
    cJSON_Delete(*root);
    *root = next;
    return;
  }
  if (place.node->string) {
    cJSON_free(next->string);
    next->string = place.node->string;
    place.node->string = NULL;
  }
  cJSON_ReplaceItemViaPointer(place.parent, place.node, next);
}

static void rename_member(struct mutator *m, struct place place) {
  if (!place.node->string) return;
  cJSON_free(place.node->string);
  place.node->string = strdup(any_name(m));
}

static void add_member(struct mutator *m, cJSON *node, cJSON *value) {
  if (cJSON_IsObject(node)) cJSON_AddItemToObject(node, any_name(m), value);
  else if (cJSON_IsArray(node)) cJSON_AddItemToArray(node, value);
  else cJSON_Delete(value);
}

/* A copy behind the last one of its container; in an object under the same name or another one. */
static void repeat(struct mutator *m, struct place place) {
  if (!place.parent) return;
  cJSON *copy = cJSON_Duplicate(place.node, true);
  if (cJSON_IsArray(place.parent)) cJSON_AddItemToArray(place.parent, copy);
  else cJSON_AddItemToObject(place.parent, below(m, 4) ? any_name(m) : place.node->string, copy);
}

/* A copy of a node, many times in its array: what grows faster than its input shows with many. */
static void multiply(struct mutator *m, struct place place) {
  if (!cJSON_IsArray(place.parent)) return;
  size_t times = (size_t)1 << below(m, 9);
  if (times * count_nodes(place.node) > NODES_MAX) return;
  for (size_t i = 0; i < times; i++) cJSON_AddItemToArray(place.parent, cJSON_Duplicate(place.node, true));
}

/* A text with one character more, less or another one. NULL: it would be no UTF-8. */
static cJSON *near_text(struct mutator *m, const char *before) {
  static const char characters[] = "0a \"\\/.-+eE_%AZ\n\t\x7f";
  CLEANUP(base_buf_done) struct base_buf after = BASE_BUF_INIT;
  size_t len = strlen(before), at = below(m, 3) ? below(m, len + 1) : len;
  bool adds = below(m, 2), drops = at < len && below(m, 2);
  base_buf_append(&after, before, at);
  if (adds) base_buf_char(&after, characters[below(m, sizeof characters - 1)]);
  base_buf_text(&after, before + at + drops);
  return utf8_valid(after.data, after.len) ? cJSON_CreateString(base_buf_string(&after)) : NULL;
}

/* One more or one less, or its digits as a text. */
static cJSON *near_number(struct mutator *m, const cJSON *number) {
  CLEANUP(free_text) char *digits = json_print(number);
  int64_t value = 0;
  if (!digits || below(m, 3) == 0 || !json_integer(number, &value) || value == INT64_MIN || value == INT64_MAX)
    return digits ? cJSON_CreateString(digits) : NULL;
  return json_create_integer(below(m, 2) ? value + 1 : value - 1);
}

/* A value next to the one that is there. */
static cJSON *near_value(struct mutator *m, const cJSON *node) {
  if (cJSON_IsBool(node)) return cJSON_CreateBool(!cJSON_IsTrue(node));
  if (json_is_number(node)) return near_number(m, node);
  return cJSON_IsString(node) ? near_text(m, node->valuestring) : NULL;
}

static void wrap(struct mutator *m, cJSON **root, struct place place) {
  cJSON *box = below(m, 2) ? cJSON_CreateArray() : cJSON_CreateObject();
  add_member(m, box, cJSON_Duplicate(place.node, true));
  put(root, place, box);
}

static void change(struct mutator *m, cJSON **root, cJSON *other) {
  struct place place = any_place(m, *root);
  switch (below(m, 12)) {
  case 0:
  case 1: put(root, place, any_value(m)); break;
  case 2: rename_member(m, place); break;
  case 3: repeat(m, place); break;
  case 4:
    if (place.parent) cJSON_Delete(cJSON_DetachItemViaPointer(place.parent, place.node));
    break;
  case 5: add_member(m, place.node, any_value(m)); break;
  case 6: put(root, place, cJSON_Duplicate(any_place(m, other ? other : *root).node, true)); break;
  case 7: add_member(m, place.node, cJSON_Duplicate(any_place(m, other ? other : *root).node, true)); break;
  case 8: multiply(m, place); break;
  case 9:
  case 10: put(root, place, near_value(m, place.node)); break;
  default: wrap(m, root, place); break;
  }
}

/* ---- beginning ----------------------------------------------------------------------------------------------- */

void *afl_custom_init(void *afl, unsigned seed) {
  struct mutator *m = calloc(1, sizeof *m);
  (void)afl;
  if (!m) return NULL;
  m->random = seed * 2654435761u + 1;
  read_dictionary(m, getenv("FUZZ_DICTIONARY"));
  return m;
}

/* ---- the JSON in an input ------------------------------------------------------------------------------------ */

/* Bytes of an input from `from` on. */
struct span {
  size_t from, len;
};

static cJSON *tree_of(const uint8_t *bytes, struct span span) {
  cJSON *tree = NULL;
  if (span.len > 0) json_parse((const char *)bytes + span.from, span.len, JSON_LAST_COUNTS, &tree, NULL);
  return tree;
}

/* The line at `at`; a request ends like a line. */
static struct span line_at(const uint8_t *bytes, size_t len, size_t at) {
  struct span line = {at, 0};
  while (line.from > 0 && bytes[line.from - 1] != '\n' && bytes[line.from - 1] != 0x1e) line.from--;
  while (line.from + line.len < len && bytes[line.from + line.len] != '\n' && bytes[line.from + line.len] != 0x1e) line.len++;
  return line;
}

/* All of it, all but the first byte, or a line. NULL: there is none. */
static cJSON *find_tree(struct mutator *m, const uint8_t *bytes, size_t len, struct span *span) {
  struct span all = {0, len}, behind_first = {1, len ? len - 1 : 0};
  cJSON *tree = tree_of(bytes, *span = behind_first);
  if (!tree) tree = tree_of(bytes, *span = all);
  for (int tries = 0; !tree && len > 0 && tries < 4; tries++) tree = tree_of(bytes, *span = line_at(bytes, len, below(m, len)));
  return tree;
}

/* ---- what AFL++ calls ---------------------------------------------------------------------------------------- */

/* The input with `text` in the place of `span`; its length, 0: without memory, or longer than `most`. */
static size_t put_together(struct mutator *m, const uint8_t *bytes, size_t len, struct span span, const char *text, size_t most) {
  size_t size = text ? strlen(text) : 0, behind = span.from + span.len, all = len - span.len + size;
  if (size == 0 || all > most) return 0;
  free(m->out);
  m->out = malloc(all);
  if (!m->out) return 0;
  memcpy(m->out, bytes, span.from);
  memcpy(m->out + span.from, text, size);
  memcpy(m->out + span.from + size, bytes + behind, len - behind);
  if (span.from == 1 && below(m, 8) == 0) m->out[0] = (char)next_random(m);
  return all;
}

/* 0: nothing came of it, AFL++ goes on. */
size_t afl_custom_fuzz(void *self, uint8_t *bytes, size_t len, uint8_t **out, uint8_t *other, size_t other_len, size_t most) {
  struct mutator *m = self;
  struct span span, of_other;
  cJSON *root = find_tree(m, bytes, len, &span);
  *out = bytes; /* AFL++ ends when there is nothing, even of no length */
  CLEANUP(json_free) cJSON *second = root && below(m, 4) == 0 ? find_tree(m, other, other_len, &of_other) : NULL;
  if (!root) return 0;
  for (size_t i = 0, changes = 1 + below(m, CHANGES_MAX); i < changes; i++) change(m, &root, second);
  CLEANUP(free_text) char *text = json_print(root);
  cJSON_Delete(root);
  size_t size = put_together(m, bytes, len, span, text, most);
  if (size > 0) *out = (uint8_t *)m->out;
  return size;
}

void afl_custom_deinit(void *self) {
  struct mutator *m = self;
  for (size_t i = 0; i < m->names.count; i++) free(m->names.items[i]);
  for (size_t i = 0; i < m->values.count; i++) free(m->values.items[i]);
  free(m->out);
  free(m);
}
