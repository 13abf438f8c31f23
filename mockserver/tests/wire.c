#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "wire.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

const cJSON *at(const cJSON *json, const char *way) {
  char copy[200];
  char *rest = copy;
  assert_true(strlen(way) < sizeof copy);
  strcpy(copy, way);
  for (char *step = strsep(&rest, "."); step && json; step = strsep(&rest, "."))
    json = cJSON_IsArray(json) ? cJSON_GetArrayItem(json, atoi(step)) : json_find(json, step);
  return json;
}

void assert_at(const cJSON *json, const char *way, const char *expected) {
  cJSON *want = NULL;
  assert_int_equal(json_parse(expected, strlen(expected), JSON_LAST_COUNTS, &want, NULL), 0);
  const cJSON *found = at(json, way);
  char *text = found ? json_print(found) : strdup("nothing");
  if (!json_equal(found, want)) fail_msg("%s is %s, not %s", way, text, expected);
  free(text);
  cJSON_Delete(want);
}

struct response download(struct fixture *fixture, const char *path, const char *body) {
  return client_download(fixture->url, path, NULL, body);
}

struct response upload(struct fixture *fixture, const char *more, const char *records) {
  struct base_buf body = BASE_BUF_INIT;
  base_buf_printf(&body, "{\"records\":[%s]}", records);
  struct response response = client_upload(fixture->url, ORG, more, base_buf_string(&body));
  base_buf_done(&body);
  assert_int_equal(response.status, 200);
  return response;
}

cJSON *last_request(struct fixture *fixture) {
  return fixture_run(fixture, "local all = server:requests() return all[#all]");
}

void assert_finding(struct fixture *fixture, const char *wanted) {
  cJSON *request = last_request(fixture);
  char *text = json_print(json_find(request, "findings"));
  if (!strstr(text, wanted)) fail_msg("no finding %s in %s", wanted, text);
  free(text);
  cJSON_Delete(request);
}

struct response next(struct fixture *fixture, const char *path, struct response *last) {
  struct base_buf body = BASE_BUF_INIT;
  char *context = json_print(json_find(last->json, "delta_context"));
  base_buf_printf(&body, "{\"delta_context\":%s}", context);
  struct response response = download(fixture, path, base_buf_string(&body));
  base_buf_done(&body);
  free(context);
  response_done(last);
  return response;
}

void assert_no_finding(struct fixture *fixture) {
  cJSON *request = last_request(fixture);
  char *text = json_print(json_find(request, "findings"));
  if (strcmp(text, "[]") != 0) fail_msg("findings: %s", text);
  free(text);
  cJSON_Delete(request);
}
