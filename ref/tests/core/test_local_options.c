/* Options of local calls, before a store sees them (W-49, W-50, C-3). */
#include "model_support.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "core/local_options.h"

struct fixture {
  struct vmx_model *model;
  const struct vmx_object *pair, *emp;
  struct vmx_arena arena;
  struct vmx_local_options options;
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->model = support_model(SUPPORT_METADATA);
  f->pair = support_object(f->model, "ns.Pair");
  f->emp = support_object(f->model, "Emp");
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  vmx_arena_done(&f->arena);
  vmx_model_free(f->model);
  free(f);
  return 0;
}

static int read_as(struct fixture *f, const struct vmx_object *object, enum vmx_local_call call,
                   const char *text, struct base_error *err) {
  return vmx_local_options_read(object, call, text, text ? strlen(text) : 0, &f->arena, &f->options, err);
}

static int read_options(struct fixture *f, const char *text) {
  return read_as(f, f->pair, VMX_LOCAL_UPDATE, text, NULL);
}

/* With ' for ". */
static int read_get(struct fixture *f, const char *text, struct base_error *err) {
  CLEANUP(free_text) char *json = strdup(text);
  for (char *p = json; *p; p++)
    if (*p == '\'') *p = '"';
  return read_as(f, f->emp, VMX_LOCAL_GET, json, err);
}

static void nothing_given_means_everything(void **state) {
  struct fixture *f = *state;
  static const char *const texts[] = {NULL, "null", "{}", " {\"unknown\":[{}]} ", "{\"primaryKeys\":null}"};
  for (size_t i = 0; i < 5; i++) {
    assert_int_equal(read_options(f, texts[i]), 0);
    assert_int_equal(f->options.selector.kind, VMX_SELECT_ALL);
    assert_true(f->options.track_changes && f->options.track_intermediate_updates && f->options.mark_for_upload);
  }
}

static void primary_keys_outrank_conditions(void **state) { /* W-49 */
  struct fixture *f = *state;
  assert_int_equal(read_options(f, "{\"whereConditionAsAString\":\"1\",\"whereCondition\":{\"V\":\"x\"},"
                                   "\"primaryKeys\":{\"A\":\"a\",\"B\":\"2\"}}"), 0);
  assert_int_equal(f->options.selector.kind, VMX_SELECT_KEY);
  assert_int_equal(read_options(f, "{\"primaryKeys\":{\"A\":\"a\",\"B\":2},\"whereCondition\":{\"V\":\"x\"}}"), 0);
  assert_int_equal(f->options.selector.kind, VMX_SELECT_KEY);
  assert_int_equal(read_options(f, "{\"whereConditionAsAString\":\"1\",\"whereCondition\":{\"V\":\"x\"}}"), 0);
  assert_int_equal(f->options.selector.kind, VMX_SELECT_MAP);
}

static void bad_options_have_their_codes(void **state) { /* LOC-05 */
  struct fixture *f = *state;
  assert_int_equal(read_options(f, "[]"), 2304);
  assert_int_equal(read_options(f, "{"), 2304);
  assert_int_equal(read_options(f, "{} x"), 2304);
  assert_int_equal(read_options(f, "{\"primaryKeys\":[]}"), 2304);
  assert_int_equal(read_options(f, "{\"primaryKeys\":{\"A\":\"\",\"B\":1}}"), 2305);
  assert_int_equal(read_options(f, "{\"whereCondition\":{\"Q\":1}}"), 2310);
  assert_int_equal(read_options(f, "{\"whereCondition\":{\"B\":\"x\"}}"), 2311);
  assert_int_equal(read_options(f, "{\"whereConditionAsAString\":5}"), 2304);
  assert_int_equal(read_options(f, "{\"markForUpload\":\"yes\"}"), 2304);
}

static void switches_come_as_text_too(void **state) {
  struct fixture *f = *state;
  assert_int_equal(read_options(f, "{\"trackChanges\":\"false\",\"trackIntermediateUpdates\":false}"), 0);
  assert_false(f->options.track_changes);
  assert_false(f->options.track_intermediate_updates);
}

static void conditions_are_one_expression(void **state) { /* C-3 */
  (void)state;
  static const char *const good[] = {"A = 'it''s; fine -- here'", "(A = 1) OR (B IN (1, 2))", "\"A\" IS NULL",
                                     "[A] > 1", "A - B > -1", "A / B = 2 * 3", "`A`='?'"};
  static const char *const bad[] = {"", "  ", "1) OR (1", "(1", "1; SELECT 2", "1 -- x", "1 /* x", "'open", "[open",
                                    "A = ?", "A = :a", "A = @a", "A = $1"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    assert_int_equal(vmx_local_check_condition(good[i], NULL), 0);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_int_equal(vmx_local_check_condition(bad[i], NULL), 2304);
}

/* W-49: switches of local calls. */
static void switches_are_true_or_false(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *value;
    int code;
    bool on;
  } values[] = {{"true", 0, true},    {"\"true\"", 0, true}, {"false", 0, false}, {"\"false\"", 0, false},
                {"null", 0, true},    {"\"\"", 2304, false}, {"0", 2304, false},  {"[]", 2304, false},
                {"{}", 2304, false}};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    char text[60];
    snprintf(text, sizeof text, "{\"trackChanges\":%s}", values[i].value);
    assert_int_equal(read_options(f, text), values[i].code);
    if (values[i].code == 0) assert_int_equal(f->options.track_changes, values[i].on);
  }
}

/* W-49, LOC-05: what a get refuses, and which option the sentence names. */
static void a_get_refuses_bad_shapes_by_name(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *text;
    int code;
    const char *named;
  } gets[] = {{"{'likeCondition':'A%'}", 2304, "likeCondition"},
              {"{'likeCondition':['A%']}", 2304, "likeCondition"},
              {"{'likeCondition':{'Name':null}}", 2304, "likeCondition"},
              {"{'likeCondition':{'Name':true}}", 2304, "likeCondition"},
              {"{'likeCondition':{'Name':{}}}", 2304, "likeCondition"},
              {"{'likeCondition':{'name':'x'}}", 2310, "name"}, /* OPT-19 */
              {"{'likeCondition':{'Name':'x'", 2304, "likeCondition"},
              {"{'orderByMap':'Name'}", 2304, "orderByMap"},
              {"{'orderByMap':['Name']}", 2304, "orderByMap"},
              {"{'orderByMap':[{'Name':'UP'}]}", 2304, "orderByMap"},
              {"{'orderByMap':[{'Name':1}]}", 2304, "orderByMap"},
              {"{'orderByMap':[{'Name':null}]}", 2304, "orderByMap"},
              {"{'orderByMap':{'Name':'ASC','Pay':'ASCENDING'}}", 2304, "orderByMap"},
              {"{'orderByMap':[{'Name':'ASC'},[]]}", 2304, "orderByMap"},
              {"{'orderByMap':[{'Name':'ASC'}", 2304, "orderByMap"},
              {"{'orderByMap':[{'Salary':'ASC'}]}", 2306, "Salary"},
              {"{'orderByMap':{'pay':'DESC'}}", 2306, "pay"},
              {"{'projectionColumns':'Name'}", 2304, "projectionColumns"},
              {"{'projectionColumns':{'Name':1}}", 2304, "projectionColumns"},
              {"{'projectionColumns':['Name',1]}", 2304, "projectionColumns"},
              {"{'projectionColumns':['Name'", 2304, "projectionColumns"},
              {"{'projectionColumns':['Name','Salary']}", 2310, "Salary"},
              {"{'distinct':1}", 2304, "distinct"},
              {"{'distinct':'yes'}", 2304, "distinct"},
              {"{'whereConditionAsAString':[]}", 2304, "whereConditionAsAString"},
              {"{'whereCondition':'Pay = 1'}", 2304, "whereCondition"},
              {"{'whereCondition':{'Pay':'lots'}}", 2311, "Pay"},
              {"{'primaryKeys':5}", 2304, "primaryKeys"},
              {"{'primaryKeys':{}}", 2305, "EmpId"}};
  for (size_t i = 0; i < sizeof gets / sizeof *gets; i++) {
    struct base_error err = {0};
    int code = read_get(f, gets[i].text, &err);
    if (code != gets[i].code || !strstr(err.text, gets[i].named))
      fail_msg("%s: %d %s", gets[i].text, code, err.text);
  }
}

/* null and an option of another call are as if they were not there (OPT-22). */
static void what_is_not_the_calls_is_ignored(void **state) {
  struct fixture *f = *state;
  static const struct {
    enum vmx_local_call call;
    const char *text;
  } rows[] = {{VMX_LOCAL_GET, "{\"trackChanges\":7,\"markForUpload\":[]}"},
              {VMX_LOCAL_CREATE, "{\"primaryKeys\":7,\"whereCondition\":7,\"whereConditionAsAString\":7}"},
              {VMX_LOCAL_UPDATE, "{\"likeCondition\":7,\"orderByMap\":{\"Q\":1},\"projectionColumns\":7}"},
              {VMX_LOCAL_MARK, "{\"likeCondition\":7,\"distinct\":{\"a\":[1]}}"},
              {VMX_LOCAL_PENDING, "{\"trackIntermediateUpdates\":7}"},
              {VMX_LOCAL_GET, "{\"likeCondition\":null,\"orderByMap\":null,\"projectionColumns\":null,"
                              "\"distinct\":null,\"whereCondition\":null,\"whereConditionAsAString\":null}"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(read_as(f, f->emp, rows[i].call, rows[i].text, NULL), 0);
    assert_int_equal(f->options.selector.kind, VMX_SELECT_ALL);
    assert_true(f->options.track_changes && f->options.mark_for_upload);
    assert_int_equal(f->options.order_count + f->options.column_count + f->options.distinct, 0);
  }
}

/* Documented: primaryKeys, whereCondition, whereConditionAsAString, and likeCondition last. */
static void the_more_exact_selection_counts(void **state) {
  struct fixture *f = *state;
  static const char *const options[] = {"'primaryKeys':{'EmpId':1}", "'whereCondition':{'Name':'x'}",
                                        "'whereConditionAsAString':'1'", "'likeCondition':{'Name':'x'}"};
  static const enum vmx_selection kinds[] = {VMX_SELECT_KEY, VMX_SELECT_MAP, VMX_SELECT_TEXT, VMX_SELECT_LIKE};
  for (size_t a = 0; a < 4; a++)
    for (size_t b = 0; b < 4; b++) {
      char text[120];
      snprintf(text, sizeof text, "{%s,%s}", options[a], options[b]);
      assert_int_equal(read_get(f, text, NULL), 0);
      assert_int_equal(f->options.selector.kind, kinds[a < b ? a : b]);
    }
}

static void an_order_is_a_list_of_columns_or_a_map(void **state) {
  struct fixture *f = *state;
  static const char *const texts[] = {"{'orderByMap':[{'Pay':'DESC'},{'Name':'ASC'}]}",
                                      "{'orderByMap':{'Pay':'desc','Name':'Asc'}}",
                                      "{'orderByMap':[{'Pay':'DESC','Name':'ASC'},{'Pay':'ASC'}]}",
                                      "{'orderByMap':[],'orderByMap':[{'P\\u0061y':'DESC'},{'Name':'ASC'}]}"};
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(read_get(f, texts[i], NULL), 0);
    assert_int_equal(f->options.order_count, 2);
    assert_string_equal(f->emp->fields[f->options.order[0].field].name, "Pay");
    assert_true(f->options.order[0].descending);
    assert_string_equal(f->emp->fields[f->options.order[1].field].name, "Name");
    assert_false(f->options.order[1].descending);
  }
  assert_int_equal(read_get(f, "{'orderByMap':[]}", NULL), 0);
  assert_int_equal(f->options.order_count, 0);
  assert_int_equal(read_get(f, "{'orderByMap':{}}", NULL), 0);
  assert_int_equal(f->options.order_count, 0);
}

static void a_projection_names_each_column_once(void **state) {
  struct fixture *f = *state;
  assert_int_equal(read_get(f, "{'projectionColumns':['Pay','EmpId','Pay'],'distinct':'true'}", NULL), 0);
  assert_int_equal(f->options.column_count, 2);
  assert_string_equal(f->emp->fields[f->options.columns[0]].name, "Pay");
  assert_string_equal(f->emp->fields[f->options.columns[1]].name, "EmpId");
  assert_true(f->options.distinct);
}

/* LOC-03: a key that stands alone; none, and an empty one, mean everything. */
static void a_key_alone_names_a_row_or_all(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *text;
    int code;
    enum vmx_selection kind;
  } keys[] = {{NULL, 0, VMX_SELECT_ALL},
              {"null", 0, VMX_SELECT_ALL},
              {" {} ", 0, VMX_SELECT_ALL},
              {"{\"A\":\"a\",\"B\":\"2\"}", 0, VMX_SELECT_KEY},
              {"{\"A\":\"a\"}", 2305, VMX_SELECT_ALL},
              {"{\"A\":\"a\",\"B\":null}", 2305, VMX_SELECT_ALL},
              {"{\"A\":\"a\",\"B\":\"x\"}", 2311, VMX_SELECT_ALL},
              {"{\"Q\":1}", 2310, VMX_SELECT_ALL},
              {"[]", 2304, VMX_SELECT_ALL},
              {"", 2304, VMX_SELECT_ALL},
              {"null 1", 2304, VMX_SELECT_ALL},
              {"{\"A\":\"a\",\"B\":2} 1", 2304, VMX_SELECT_ALL}};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    struct vmx_selector selector;
    const char *text = keys[i].text;
    int code = vmx_local_key_read(f->pair, text, text ? strlen(text) : 0, &f->arena, &selector, NULL);
    if (code != keys[i].code) fail_msg("%s: %d", text, code);
    assert_int_equal(selector.kind, keys[i].kind);
  }
}

/* The table is what the help shows: each option once, with a sentence. */
static void the_table_is_whole(void **state) {
  size_t count;
  const struct vmx_local_option_row *rows = vmx_local_option_rows(&count);
  (void)state;
  assert_int_equal(count, 10);
  for (size_t i = 0; i < count; i++) {
    assert_true(rows[i].calls != 0 && rows[i].help[strlen(rows[i].help) - 1] == '.');
    for (size_t k = 0; k < i; k++) assert_string_not_equal(rows[i].key, rows[k].key);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {TEST(nothing_given_means_everything),
                                     TEST(primary_keys_outrank_conditions),
                                     TEST(bad_options_have_their_codes),
                                     TEST(switches_come_as_text_too),
                                     TEST(conditions_are_one_expression),
                                     TEST(switches_are_true_or_false),
                                     TEST(a_get_refuses_bad_shapes_by_name),
                                     TEST(what_is_not_the_calls_is_ignored),
                                     TEST(the_more_exact_selection_counts),
                                     TEST(an_order_is_a_list_of_columns_or_a_map),
                                     TEST(a_projection_names_each_column_once),
                                     TEST(a_key_alone_names_a_row_or_all),
                                     TEST(the_table_is_whole)};
  return cmocka_run_group_tests_name("core/local_options", tests, NULL, NULL);
}
