/*
 * Target: the strict JSON reader and the trees built on it, the base of every parser here.
 *
 * Held: the reader accepts what a recursive second implementation does (slow.h); reader and tree accept
 * the same texts, and an index has the reader's tokens; refusing repeated names only ever refuses more; a
 * skipped value is the whole text; a printed tree parses to an equal one and prints the same again;
 * every refusal says why in one line of UTF-8.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/json_index.h"
#include "base/json_reader.h"
#include "base/utf8.h"
#include "oracle.h"
#include "slow.h"
#include "spending.h"

/* Of reading the text four times. */
static const struct spending most = {.steps = 20000, .steps_each = 600, .bytes = 16 * 1024, .bytes_each = 200};

enum { EQUAL_MAX = 4096 }; /* json_equal() looks names up one by one: longer texts would only cost time */

/* Where reading ended is told by its line. */
static void check_line(const char *text, size_t pos) {
  size_t line = 1;
  for (size_t i = 0; i < pos; i++) line += text[i] == '\n';
  MUST(json_line(text, pos) == line);
}

/* A string with its escapes resolved is what it is compared with, and no longer text is. */
static void check_string(const struct json_reader *reader, const char *text) {
  size_t span = reader->end - reader->start;
  CLEANUP(free_text) char *plain = malloc(span + 2);
  MUST(plain);
  size_t len = json_unescape(text + reader->start, span, plain);
  MUST(len <= span && utf8_valid(plain, len) && json_plain(plain, len) <= len);
  plain[len] = '\0';
  MUST(json_token_is(reader, plain) && json_token_resolves_to(reader, plain));
  strcpy(plain + len, "x");
  MUST(!json_token_is(reader, plain) && !json_token_resolves_to(reader, plain));
}

static bool reader_accepts(const char *text, size_t len) {
  struct json_reader reader;
  json_reader_init(&reader, text, len);
  enum json_token token;
  while ((token = json_next(&reader)) != JSON_END && token != JSON_BAD) {
    MUST(reader.start <= reader.end && reader.end <= len);
    MUST(reader.depth <= JSON_DEPTH_MAX);
    if (token == JSON_STRING || token == JSON_KEY) check_string(&reader, text);
  }
  MUST(json_next(&reader) == token); /* an end stays an end */
  MUST((token == JSON_BAD) == (reader.problem != NULL));
  check_line(text, reader.pos);
  return token == JSON_END;
}

static bool skip_accepts(const char *text, size_t len) {
  struct json_reader reader;
  json_reader_init(&reader, text, len);
  enum json_token token = json_next(&reader);
  if (token == JSON_BAD || !json_skip(&reader, token)) return false;
  MUST(reader.start < reader.end && reader.end <= len);
  return json_next(&reader) == JSON_END;
}

static void check_refusal(const struct base_error *err) {
  MUST(err->code == JSON_ERR_SYNTAX);
  MUST(err->text[0] && utf8_valid(err->text, strlen(err->text)));
  MUST(!strchr(err->text, '\n'));
}

static cJSON *parsed(const char *text, size_t len, enum json_repeated repeated) {
  cJSON *tree = NULL;
  struct base_error err = {0};
  int status = json_parse(text, len, repeated, &tree, &err);
  MUST((status == 0) == (tree != NULL));
  if (status != 0) check_refusal(&err);
  return tree;
}

static void check_print(const cJSON *tree, size_t len) {
  CLEANUP(free_text) char *once = json_print(tree);
  MUST(once);
  CLEANUP(json_free) cJSON *again = parsed(once, strlen(once), JSON_REPEATED_REFUSED);
  MUST(again);
  CLEANUP(free_text) char *twice = json_print(again);
  MUST(twice && strcmp(once, twice) == 0);
  if (len <= EQUAL_MAX) MUST(json_equal(tree, again) && json_equal(again, tree));
}

/* A value whose first token was read just now, behind `name`, zeroed when it is no member. */
static void check_item(const struct json_item *item, const struct json_reader *reader, enum json_token token, const struct json_item *name) {
  bool container = token == JSON_OBJECT_BEGIN || token == JSON_ARRAY_BEGIN;
  MUST(item->token == token && item->start == reader->start);
  MUST(container || (item->len == reader->end - reader->start && item->size == 1));
  MUST(item->escaped == (token == JSON_STRING && reader->escaped));
  MUST(item->name == name->start && item->name_len == name->len && item->name_escaped == name->escaped);
}

/* The reader's tokens are the index's items, in the same order. */
static void check_items(const struct json_index *index, size_t len) {
  const struct json_item *item = index->items, *open[JSON_DEPTH_MAX], none = {0};
  struct json_item name = none;
  struct json_reader reader;
  enum json_token token;
  json_reader_init(&reader, index->text, len);
  while ((token = json_next(&reader)) != JSON_END) {
    MUST(token != JSON_BAD);
    if (token == JSON_KEY) {
      name = (struct json_item){.start = (uint32_t)reader.start, .len = (uint32_t)(reader.end - reader.start), .escaped = reader.escaped};
    } else if (token == JSON_OBJECT_END || token == JSON_ARRAY_END) {
      const struct json_item *ended = open[reader.depth];
      MUST(ended->start + ended->len == reader.end && ended + ended->size == item);
    } else {
      MUST(item < index->items + index->count);
      check_item(item, &reader, token, &name);
      if (token == JSON_OBJECT_BEGIN || token == JSON_ARRAY_BEGIN) open[reader.depth - 1] = item;
      name = none;
      item++;
    }
  }
  MUST(item == index->items + index->count);
}

/* An index has the tokens that the reader has. */
static bool index_accepts(const char *text, size_t len, const cJSON *tree) {
  struct json_index index = {0};
  struct base_error err = {0};
  if (json_index_read(text, len, &index, &err) != 0) {
    check_refusal(&err);
    return false;
  }
  check_items(&index, len);
  CLEANUP(json_free) cJSON *same = json_item_tree(&index, index.items);
  MUST(same && tree);
  if (len <= EQUAL_MAX) MUST(json_equal(same, tree));
  json_index_done(&index);
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *text = (const char *)data;
  spending_begin();
  bool accepted = reader_accepts(text, size), skipped = skip_accepts(text, size);
  CLEANUP(json_free) cJSON *lenient = parsed(text, size, JSON_LAST_COUNTS);
  CLEANUP(json_free) cJSON *strict = parsed(text, size, JSON_REPEATED_REFUSED);
  bool indexed = index_accepts(text, size, lenient);
  spending_end(&most, size);
  MUST(slow_json(text, size) == accepted);
  MUST(skipped == accepted && indexed == accepted && (lenient != NULL) == accepted);
  MUST(!strict || lenient);
  if (lenient) check_print(lenient, size);
  return 0;
}
