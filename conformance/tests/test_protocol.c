/* Messages of the testee protocol: what passes, what is named as wrong, and the printed schemas. */
#include "test.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "file.h"
#include "protocol.h"

static int check(int (*how)(const char *, const cJSON *, struct base_error *), const char *method,
                 const char *text, struct base_error *err) {
  CLEANUP(json_free) cJSON *value = NULL;
  if (json_parse(text, strlen(text), JSON_LAST_COUNTS, &value, err)) fail_msg("%s", err->text);
  return how(method, value, err);
}

static void passes(int (*how)(const char *, const cJSON *, struct base_error *), const char *method,
                   const char *text) {
  struct base_error err = {0};
  if (check(how, method, text, &err)) fail_msg("%s", err.text);
}

static void refuses(int (*how)(const char *, const cJSON *, struct base_error *), const char *method,
                    const char *text, const char *why) {
  struct base_error err = {0};
  assert_int_equal(check(how, method, text, &err), PROTOCOL_ERR_MESSAGE);
  assert_contains(err.text, why);
}

#define HELLO                                                                                      \
  "\"name\":\"n\",\"version\":\"1\",\"apiVersion\":\"9.5\",\"channel\":\"web\",\"capabilities\":[],"

static void hello_is_checked(void **state) {
  (void)state;
  passes(protocol_check_result, "hello", "{" HELLO "\"api\":\"js\",\"limits\":{\"minNetworkTimeoutMs\":1},\"more\":1}");
  refuses(protocol_check_result, "hello", "{" HELLO "\"limits\":{\"minNetworkTimeoutMs\":1}}", "\"api\" is missing");
  refuses(protocol_check_result, "hello", "{" HELLO "\"api\":\"c\",\"limits\":{\"minNetworkTimeoutMs\":1}}", "\"api\" is \"c\", none of js, java, objc");
  refuses(protocol_check_result, "hello", "{" HELLO "\"api\":\"js\",\"limits\":{}}", "\"minNetworkTimeoutMs\" is missing");
  refuses(protocol_check_result, "hello", "{" HELLO "\"api\":\"js\",\"limits\":[]}", "\"limits\" is no object");
  refuses(protocol_check_result, "hello", "[]", "result of hello is no object");
}

static void a_start_is_started_or_refused(void **state) {
  (void)state;
  passes(protocol_check_result, "startSync", "{\"started\":true}");
  passes(protocol_check_result, "startSync", "{\"refused\":true,\"payload\":null}");
  refuses(protocol_check_result, "startSync", "{}", "exactly one of");
  refuses(protocol_check_result, "startSync", "{\"started\":true,\"refused\":true}", "exactly one of");
}

static void params_of_a_start_are_checked(void **state) {
  (void)state;
  passes(protocol_check_params, "startSync",
         "{\"sync\":\"s1\",\"level\":\"application\",\"callbacks\":[\"success\"],\"options\":[null]}");
  refuses(protocol_check_params, "startSync", "{\"sync\":\"s1\",\"level\":\"app\",\"callbacks\":[]}",
          "\"level\" is \"app\", none of application, objectService, object");
  refuses(protocol_check_params, "startSync", "{\"sync\":\"s1\",\"level\":\"object\",\"callbacks\":[\"end\"]}",
          "\"callbacks\" is \"end\", none of success, failure, progress");
  refuses(protocol_check_params, "startSync", "{\"sync\":1,\"level\":\"object\",\"callbacks\":[]}", "\"sync\" is no string");
}

static void a_callback_belongs_to_one_call(void **state) {
  (void)state;
  struct base_error err = {0};
  CLEANUP(json_free) cJSON *good = cJSON_Parse("{\"seq\":1,\"sync\":\"s1\",\"kind\":\"success\",\"payload\":{}}");
  CLEANUP(json_free) cJSON *neither = cJSON_Parse("{\"seq\":1,\"kind\":\"success\"}");
  CLEANUP(json_free) cJSON *fraction = NULL;
  const char *text = "{\"seq\":1.5,\"sync\":\"s1\",\"kind\":\"success\"}";
  assert_int_equal(json_parse(text, strlen(text), JSON_LAST_COUNTS, &fraction, &err), 0);
  assert_int_equal(protocol_check_callback(good, &err), 0);
  assert_int_equal(protocol_check_callback(neither, &err), PROTOCOL_ERR_MESSAGE);
  assert_int_equal(protocol_check_callback(fraction, &err), PROTOCOL_ERR_MESSAGE);
  assert_contains(err.text, "\"seq\" is no integer");
}

static void null_and_absent_are_told_apart(void **state) {
  (void)state;
  const char *open = "{\"storage\":\"x\",\"fresh\":true,\"serviceUrl\":\"u\",\"serviceDocument\":{},\"appKey\":\"\","
                     "\"appSecret\":\"\",\"networkTimeoutMs\":1,\"claimsToken\":null}";
  passes(protocol_check_params, "open", open);
  refuses(protocol_check_params, "setClaimsToken", "{}", "\"token\" is missing");
  passes(protocol_check_params, "setClaimsToken", "{\"token\":null}");
}

static void unknown_calls_are_named(void **state) {
  (void)state;
  refuses(protocol_check_params, "sync", "{}", "no call \"sync\"");
  assert_true(protocol_knows("snapshot"));
  assert_false(protocol_knows("Snapshot"));
}

static void the_schemas_in_the_tree_are_these(void **state) {
  (void)state;
  for (size_t i = 0; i < protocol_schema_count(); i++) {
    char name[64], path[512];
    CLEANUP(free_text) char *text = protocol_schema(i);
    CLEANUP(base_buf_done) struct base_buf file = BASE_BUF_INIT;
    struct base_error err = {0};
    snprintf(path, sizeof path, CONFORMANCE_SOURCE "/conformance/schema/%s.json", protocol_schema_name(i, name));
    if (file_read(path, &file, &err)) fail_msg("%s", err.text);
    assert_string_equal(base_buf_string(&file), text);
  }
}

static void every_schema_is_strict_json(void **state) {
  (void)state;
  for (size_t i = 0; i < protocol_schema_count(); i++) {
    CLEANUP(free_text) char *text = protocol_schema(i);
    CLEANUP(json_free) cJSON *tree = NULL;
    struct base_error err = {0};
    if (json_parse(text, strlen(text), JSON_REPEATED_REFUSED, &tree, &err)) fail_msg("%s: %s", text, err.text);
    assert_string_equal(json_find_string(tree, "type"), "object");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hello_is_checked),
      cmocka_unit_test(a_start_is_started_or_refused),
      cmocka_unit_test(params_of_a_start_are_checked),
      cmocka_unit_test(a_callback_belongs_to_one_call),
      cmocka_unit_test(null_and_absent_are_told_apart),
      cmocka_unit_test(unknown_calls_are_named),
      cmocka_unit_test(the_schemas_in_the_tree_are_these),
      cmocka_unit_test(every_schema_is_strict_json),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
