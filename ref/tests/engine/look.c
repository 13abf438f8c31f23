#include "look.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"

char *look_printed(const char *format, va_list args) {
  char *text = NULL;
  assert_true(vasprintf(&text, format, args) >= 0);
  for (char *c = text; *c; c++)
    if (*c == '\'') *c = '"';
  return text;
}

char *look_text(const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *text = look_printed(format, args);
  va_end(args);
  return text;
}

static cJSON *parse(const char *json) {
  cJSON *tree = NULL;
  struct base_error err = {0};
  if (json_parse(json, strlen(json), JSON_REPEATED_REFUSED, &tree, &err) != 0)
    fail_msg("%s in %s", err.text, json);
  return tree;
}

static const cJSON *member(const cJSON *item, const char *name) {
  if (!cJSON_IsArray(item)) return json_find(item, name);
  return cJSON_GetArrayItem(item, atoi(name));
}

static const cJSON *follow(const cJSON *item, const char *path) {
  CLEANUP(free_text) char *names = strdup(path);
  char *rest = names;
  for (char *name; item && *rest && (name = strsep(&rest, "."));) {
    item = member(item, name);
    if (!rest) break;
  }
  return item;
}

char *look(const char *json, const char *path) {
  CLEANUP(json_free) cJSON *tree = parse(json);
  const cJSON *found = follow(tree, path);
  return found ? json_print(found) : NULL;
}

size_t look_count(const char *json, const char *path) {
  CLEANUP(json_free) cJSON *tree = parse(json);
  const cJSON *found = follow(tree, path);
  return found ? (size_t)cJSON_GetArraySize(found) : 0;
}

void look_is(const char *json, const char *path, const char *wanted) {
  CLEANUP(json_free) cJSON *tree = parse(json);
  CLEANUP(free_text) char *text = wanted ? look_text("%s", wanted) : NULL;
  CLEANUP(json_free) cJSON *other = text ? parse(text) : NULL;
  const cJSON *found = follow(tree, path);
  if (!other && !found) return;
  if (!other || !found || !json_equal(found, other))
    fail_msg("%s: expected %s in %s", path, text ? text : "nothing", json);
}
