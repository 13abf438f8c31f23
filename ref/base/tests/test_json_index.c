/* Indexes of JSON texts: what a tree says, they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/json_index.h"

static struct json_index indexed(const char *text) {
  struct json_index index = {0};
  struct base_error err = {0};
  if (json_index_read(text, strlen(text), &index, &err) != 0) fail_msg("%s: %s", text, err.text);
  return index;
}

/* Every value, and how many there are within it. */
static void assert_same(const struct json_index *index, const struct json_item *item, const cJSON *node) {
  cJSON *tree = json_item_tree(index, item);
  if (!json_equal(tree, node)) fail_msg("%.*s", (int)item->len, index->text + item->start);
  cJSON_Delete(tree);
  const cJSON *child = node->child;
  JSON_EACH_ITEM(each, item) {
    if (child->string) assert_true(json_item_is_named(index, each, child->string, strlen(child->string)));
    assert_same(index, each, child);
    child = child->next;
  }
  assert_null(child);
}

static void an_index_says_what_a_tree_says(void **state) {
  (void)state;
  static const char *const texts[] = {
      "5", "\"a\"", "\"\"", "[]", "{}", " [ 1 , [ [ ] , { } ] , 2 ] ", "{\"a\":{\"b\":[1,{\"c\":null}],\"d\":true},\"e\":false}",
      "{\"\\u0061b\":\"\\\"x\\u00e9\\ud83d\\ude00\",\"\":{\"\\n\":[\"\\\\\"]}}", "[9007199254740993,0.10,1E+2,-0]"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    cJSON *tree = NULL;
    struct json_index index = indexed(texts[i]);
    json_parse(texts[i], strlen(texts[i]), JSON_REPEATED_REFUSED, &tree, NULL);
    assert_same(&index, index.items, tree);
    assert_int_equal(index.items->size, index.count);
    json_index_done(&index);
    cJSON_Delete(tree);
  }
}

static void an_index_refuses_what_a_tree_refuses(void **state) {
  (void)state;
  static const char *const texts[] = {
      "", " ", "[1", "{\"a\":1}\n x", "[01]", "{\"a\" 1}", "[1,]", "\"\xff\"", "]", "{", "[", "{\"a\"", "{\"a\":", "{\"a\":1",
      "{\"a\":1,", "{\"a\":1,}", "{,", "[,1]", "[1 2]", "[1 22]", "{\"a\":1 \"b\":2}", "{a:1}", "{1:2}", "[1}", "{\"a\":1]", "{}}", "[]]", "1 2",
      "\"abc", "\"\\x\"", "{\"\\ud800\":1}", "1.", "-", "-.", "1.e5", "1e", "e5", "[\ntru\n]", "falsy", "nul", "[\n\"\t\"]", "\1"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct base_error one = {0}, two = {0};
    struct json_index index = {0};
    cJSON *tree = NULL;
    assert_int_equal(json_index_read(texts[i], strlen(texts[i]), &index, &one), JSON_ERR_SYNTAX);
    assert_int_equal(json_parse(texts[i], strlen(texts[i]), JSON_LAST_COUNTS, &tree, &two), JSON_ERR_SYNTAX);
    assert_string_equal(one.text, two.text);
    assert_null(index.items);
  }
}

/* Of a text that ends where its memory does: nothing is read behind it. */
static void assert_read_as_a_tree_is(const char *text, size_t len) {
  char *copy = malloc(len);
  struct json_index index = {0};
  struct base_error one = {0}, two = {0};
  cJSON *tree = NULL;
  assert_non_null(copy);
  memcpy(copy, text, len);
  int status = json_index_read(copy, len, &index, &one);
  assert_int_equal(status, json_parse(copy, len, JSON_LAST_COUNTS, &tree, &two));
  assert_string_equal(one.text, two.text);
  cJSON_Delete(tree);
  tree = NULL;
  if (status == 0 && json_parse(copy, len, JSON_REPEATED_REFUSED, &tree, NULL) == 0) assert_same(&index, index.items, tree);
  cJSON_Delete(tree);
  json_index_done(&index);
  free(copy);
}

/* The names of a record are expected to be those of the one before: whatever else stands there is seen. */
static void records_that_are_nearly_alike_are_read_as_they_are(void **state) {
  (void)state;
  static const char *const texts[] = {
      "[{\"i\":1,\"name\":\"a\",\"nickname\":\"b\",\"n\\u0061m\":{\"rowId\":[1,2],\"\":{}}},{\"i\":2,\"name\":\"c\",\"nickname\":\"d\",\"n\\u0061m\":{\"rowId\":[],\"\":[]}}] ",
      "{\"records\":[{\"a\":1 , \"bcde\" : 2,\"f\" : 3},{\"a\":3 , \"bcde\" : 4,\"f\" : 5},{\"bcde\":5,\"a\":6},{},7,{\"bcde\":8}],\"bcde\":[[9],[{\"a\":1}],[{\"a\":2}]]}"};
  static const char others[] = "\"\\,:{}[] 1abm\n\xff";
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    size_t len = strlen(texts[i]);
    char *text = strdup(texts[i]);
    for (size_t end = 1; end <= len; end++) assert_read_as_a_tree_is(text, end);
    for (size_t at = 0; at < len; at++) {
      for (size_t other = 0; other < sizeof others; other++) {
        text[at] = others[other];
        assert_read_as_a_tree_is(text, len);
      }
      text[at] = texts[i][at];
    }
    free(text);
  }
}

static void the_depth_of_an_index_is_bounded(void **state) {
  (void)state;
  char text[2 * (JSON_DEPTH_MAX + 1) + 1] = "";
  struct json_index index = {0};
  struct base_error err = {0};
  memset(text, '[', JSON_DEPTH_MAX + 1);
  memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
  assert_int_equal(json_index_read(text, sizeof text - 1, &index, &err), JSON_ERR_SYNTAX);
  assert_non_null(strstr(err.text, "nested too deeply"));
  assert_int_equal(json_index_read(text + 1, sizeof text - 3, &index, &err), 0);
  assert_int_equal(index.count, JSON_DEPTH_MAX);
  json_index_done(&index);
}

static void members_are_found_by_their_names(void **state) {
  (void)state;
  struct base_buf scratch = BASE_BUF_INIT;
  struct json_index index = indexed("{\"a\":\"1\",\"A\":\"2\",\"\\u0062\":\"3\\n\",\"a\":\"4\",\"c\":{\"a\":\"5\"},\"d\":6}");
  assert_string_equal(json_item_text(&index, json_item_find(&index, index.items, "a"), &scratch), "4"); /* the last */
  assert_string_equal(json_item_text(&index, json_item_find(&index, index.items, "A"), &scratch), "2");
  assert_string_equal(json_item_text(&index, json_item_find(&index, index.items, "b"), &scratch), "3\n");
  const struct json_item *inner = json_item_find(&index, index.items, "c");
  assert_string_equal(json_item_text(&index, json_item_find(&index, inner, "a"), &scratch), "5");
  assert_null(json_item_text(&index, json_item_find(&index, index.items, "d"), &scratch));
  assert_null(json_item_find(&index, index.items, "e"));
  assert_null(json_item_find(&index, json_item_find(&index, index.items, "d"), "a"));
  assert_null(json_item_find(&index, NULL, "a"));
  json_index_done(&index);
  base_buf_done(&scratch);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_index_says_what_a_tree_says), cmocka_unit_test(an_index_refuses_what_a_tree_refuses),
      cmocka_unit_test(records_that_are_nearly_alike_are_read_as_they_are),
      cmocka_unit_test(the_depth_of_an_index_is_bounded),
      cmocka_unit_test(members_are_found_by_their_names)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
