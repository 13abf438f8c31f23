/* What a get gives: which rows, in which order, with which columns (W-13..W-15, W-49, C-3). */
#include "store_support.h"

#include "base/cleanup.h"

/* Five employees: pay as numbers that differ as text, one without; two names twice. */
static void hire(struct fixture *f) {
  support_download(f, "{\"Objects\":[{\"name\":\"Emp\",\"records\":["
                      "{\"EmpId\":2,\"Name\":\"Bob\",\"Pay\":\"9\",\"On\":false,\"DeptId\":1},"
                      "{\"EmpId\":10,\"Name\":\"ada\",\"Pay\":10.0,\"On\":true,\"DeptId\":null},"
                      "{\"EmpId\":3,\"Name\":\"Ada\",\"Pay\":1e2,\"On\":true,\"DeptId\":1},"
                      "{\"EmpId\":4,\"Name\":\"Bob\",\"Pay\":null,\"On\":null,\"DeptId\":2},"
                      "{\"EmpId\":5,\"Name\":\"\xc3\x89va_%\",\"Pay\":\"10\",\"On\":\"1\",\"DeptId\":\"1.0\"}]}]}");
}

/* With ' for " in options and result. */
static int get(struct fixture *f, const char *options) {
  CLEANUP(free_text) char *text = strdup(options);
  for (char *p = text; *p; p++)
    if (*p == '\'') *p = '"';
  base_buf_clear(&f->out);
  int code = vmx_store_get(f->store, f->emp, text_of(text), &f->out, &f->err);
  for (char *p = f->out.data; p && *p; p++)
    if (*p == '"') *p = '\'';
  return code;
}

static void gives(struct fixture *f, const char *options, const char *rows) {
  if (get(f, options) != 0) fail_msg("%s: %d %s", options, f->err.code, f->err.text);
  if (strcmp(base_buf_string(&f->out), rows) != 0)
    fail_msg("%s:\n gives %s\n wanted %s", options, f->out.data, rows);
}

/* The selected rows' keys alone. */
static void selects(struct fixture *f, const char *selection, const char *keys) {
  char options[300], wanted[200] = "[";
  snprintf(options, sizeof options, "{%s%s'projectionColumns':['EmpId']}", selection,
           *selection ? "," : "");
  for (const char *p = keys; *p; p += strcspn(p, " "), p += strspn(p, " "))
    snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%s{'EmpId':%.*s}",
             p == keys ? "" : ",", (int)strcspn(p, " "), p);
  gives(f, options, strcat(wanted, "]"));
}

static void rows_come_whole_and_by_key(void **state) { /* W-49 */
  struct fixture *f = *state;
  hire(f);
  selects(f, "", "2 3 4 5 10");
  gives(f, "{'primaryKeys':{'EmpId':'4.0'}}",
        "[{'EmpId':4,'Name':'Bob','Pay':null,'On':null,'DeptId':2,'Gone':null,'Photo':null}]");
  gives(f, "{'primaryKeys':{'EmpId':99}}", "[]");
}

static void conditions_select(void **state) { /* W-49, C-3 */
  struct fixture *f = *state;
  static const struct {
    const char *selection, *keys;
  } rows[] = {{"'whereCondition':{}", "2 3 4 5 10"},
              {"'whereCondition':{'Pay':10}", "5 10"}, /* W-14 */
              {"'whereCondition':{'Pay':'100.00'}", "3"},
              {"'whereCondition':{'Pay':null}", "4"}, /* W-15 */
              {"'whereCondition':{'Name':'Bob','DeptId':2}", "4"},
              {"'whereCondition':{'Name':'bob'}", ""},
              {"'whereCondition':{'On':true}", "3 5 10"}, /* W-13 */
              {"'whereCondition':{'On':'0'}", "2"},
              {"'whereConditionAsAString':'Pay > 9'", "3 5 10"},
              {"'whereConditionAsAString':'EmpId IN (2, 4) OR [On] IS NULL'", "2 4"},
              {"'whereConditionAsAString':'abs(Pay - 10) < 1'", "5 10"},
              {"'likeCondition':{'Name':'b%'}", "2 4"},
              {"'likeCondition':{'Name':'_da'}", "3 10"},
              {"'likeCondition':{'Name':'Bo'}", ""},
              {"'likeCondition':{'Name':'%','DeptId':'1%'}", "2 3 5"},
              {"'likeCondition':{'Pay':'1%'}", "3 5 10"}, /* digits as they were given */
              {"'likeCondition':{'Pay':9}", "2"},
              {"'likeCondition':{'DeptId':'%'}", "2 3 4 5"}, /* null matches nothing */
              {"'likeCondition':{'Name':'%\xc3\x89%'}", "5"},
              {"'primaryKeys':{'EmpId':2},'whereCondition':{'EmpId':3}", "2"},
              {"'whereCondition':{'EmpId':3},'whereConditionAsAString':'EmpId=4'", "3"},
              {"'whereCondition':{'EmpId':3},'likeCondition':{'EmpId':'4'}", "3"}};
  hire(f);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) selects(f, rows[i].selection, rows[i].keys);
  base_buf_clear(&f->out);
  support_ok(f, vmx_store_get(f->store, f->emp,
                              text_of("{\"whereConditionAsAString\":\"DeptId = '1' AND Name LIKE 'B%'\","
                                      "\"projectionColumns\":[\"EmpId\"]}"), &f->out, &f->err));
  assert_string_equal(f->out.data, "[{\"EmpId\":2}]");
}

static void rows_stand_by_datatype(void **state) { /* W-14, W-15 */
  struct fixture *f = *state;
  static const struct {
    const char *selection, *keys;
  } rows[] = {{"'orderByMap':[{'Pay':'ASC'}]", "4 2 5 10 3"}, /* null, 9, 10, 10.0, 100: by key when equal */
              {"'orderByMap':[{'Pay':'DESC'}]", "3 5 10 2 4"},
              {"'orderByMap':[{'Name':'ASC'}]", "3 2 4 10 5"}, /* code points: A B a E-acute */
              {"'orderByMap':[{'Name':'DESC'},{'Pay':'ASC'}]", "5 10 4 2 3"},
              {"'orderByMap':{'DeptId':'DESC','EmpId':'DESC'}", "4 5 3 2 10"},
              {"'orderByMap':[{'On':'DESC'},{'Pay':'DESC'}]", "3 5 10 2 4"},
              {"'orderByMap':[{'EmpId':'DESC'}],'likeCondition':{'Name':'%b%'}", "4 2"},
              {"'orderByMap':[{'Pay':'DESC'}],'whereCondition':{'DeptId':1}", "3 5 2"},
              {"'orderByMap':[{'Pay':'DESC'}],'whereConditionAsAString':'Pay < 100'", "5 10 2"}};
  hire(f);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) selects(f, rows[i].selection, rows[i].keys);
}

static void digits_stay_in_a_projection(void **state) { /* W-14, DNL-12 */
  struct fixture *f = *state;
  support_download(f, EMP_PAGE("{\"EmpId\":9223372036854775807,\"Name\":\"x\","
                               "\"Pay\":123456789012345678901234567890.10,\"On\":true,\"DeptId\":null}", LAST_PAGE));
  gives(f, "{'projectionColumns':['Pay','EmpId']}",
        "[{'Pay':123456789012345678901234567890.10,'EmpId':9223372036854775807}]");
  gives(f, "{'whereCondition':{'Pay':'123456789012345678901234567890.1'},'projectionColumns':['On']}",
        "[{'On':1}]");
}

static void distinct_gives_each_value_once(void **state) {
  struct fixture *f = *state;
  hire(f);
  gives(f, "{'distinct':true,'projectionColumns':['Name'],'orderByMap':[{'Name':'ASC'}]}",
        "[{'Name':'Ada'},{'Name':'Bob'},{'Name':'ada'},{'Name':'\xc3\x89va_%'}]");
  gives(f, "{'distinct':true,'projectionColumns':['Pay'],'orderByMap':[{'Pay':'DESC'}]}",
        "[{'Pay':1e2},{'Pay':10},{'Pay':9},{'Pay':null}]"); /* 10 = 10.0: the first by key */
  gives(f, "{'distinct':true,'projectionColumns':['Name','EmpId'],'orderByMap':[{'EmpId':'DESC'}],"
           "'whereCondition':{'Name':'Bob'}}",
        "[{'Name':'Bob','EmpId':4}]"); /* of the first column alone */
  gives(f, "{'distinct':false,'projectionColumns':['Name'],'whereCondition':{'Name':'Bob'}}",
        "[{'Name':'Bob'},{'Name':'Bob'}]");
  assert_int_equal(get(f, "{'distinct':true}"), 0); /* whole rows differ by their key */
  selects(f, "'distinct':true,'whereCondition':{'Name':'Bob'}", "2 4");
}

static void booleans_have_the_form_of_the_setup(void **state) { /* W-13, SET-05 */
  struct fixture *f = *state;
  hire(f);
  gives(f, "{'primaryKeys':{'EmpId':3},'projectionColumns':['On']}", "[{'On':1}]");
  vmx_store_set_boolean_form(f->store, VMX_BOOLEAN_LITERAL);
  gives(f, "{'primaryKeys':{'EmpId':3},'projectionColumns':['On']}", "[{'On':true}]");
}

/* C-3: a condition reads its object and computes; what else it tries is 2304, and nothing happens. */
static void a_condition_can_do_nothing_else(void **state) {
  struct fixture *f = *state;
  static const char *const bad[] = {"1 =", "Nobody = 1", "EmpId = 1; DROP TABLE vmx_log", "1) OR (1",
                                    "EmpId IN (SELECT row_id FROM vmx_log)",
                                    "EmpId IN (SELECT c_Id FROM o_Dept)", "EXISTS (SELECT 1 FROM sqlite_master)",
                                    "load_extension(1)", "EmpId IN (SELECT 1 FROM pragma_table_info(1))",
                                    "EmpId IN (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n FROM r) SELECT n FROM r)",
                                    "1 ORDER BY EmpId", "1 LIMIT 1", "sqlite_version() > 0"};
  hire(f);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    char options[300];
    snprintf(options, sizeof options, "{'whereConditionAsAString':'%s'}", bad[i]);
    if (get(f, options) != 2304) fail_msg("%s: %d %s", bad[i], f->err.code, f->err.text);
    assert_non_null(strstr(f->err.text, "whereConditionAsAString"));
  }
  selects(f, "", "2 3 4 5 10");
}

static void a_condition_makes_no_huge_values(void **state) { /* C-3 */
  struct fixture *f = *state;
  hire(f);
  assert_int_equal(get(f, "{'whereConditionAsAString':'length(zeroblob(60000000)) > 0'}"), 0);
  assert_int_equal(get(f, "{'whereConditionAsAString':'length(zeroblob(90000000)) > 0'}"), 2000);
  const struct vmx_text all = text_of("{\"whereConditionAsAString\":\"length(zeroblob(90000000)) > 0\"}");
  assert_int_equal(vmx_store_delete(f->store, f->emp, (struct vmx_text){0}, all, NULL, &f->err), 2000);
  selects(f, "", "2 3 4 5 10");
}

/* W-11: names are data, those of the engine's own columns among them. */
static void columns_may_be_called_as_ours_are(void **state) {
  struct fixture *f = *state;
  struct vmx_model *model = support_model(
      "{\"timestamp\":\"t\",\"namespaces\":[{\"name\":\"\",\"objects\":[{\"name\":\"o_\\\"x\",\"key\":[\"K\"],"
      "\"fields\":[{\"name\":\"K\",\"datatype\":\"number\"},{\"name\":\"sum\",\"datatype\":\"number\"},"
      "{\"name\":\"n\",\"datatype\":\"string\"},{\"name\":\"it's \\\"me\\\"\",\"datatype\":\"string\"}]}]}]}");
  const struct vmx_object *object = support_object(model, "o_\"x");
  support_ok(f, vmx_store_save_setup(f->store, model, &f->err));
  support_create(f, object, "{\"K\":\"1.0\",\"sum\":7,\"n\":\"a\",\"it's \\\"me\\\"\":\"b\"}", NULL);
  support_create(f, object, "{\"K\":2,\"sum\":6,\"n\":\"a\"}", NULL);
  static const struct {
    const char *options, *rows;
  } gets[] = {{"{\"whereConditionAsAString\":\"K = 1\",\"projectionColumns\":[\"sum\"]}", "[{\"sum\":7}]"},
              {"{\"whereConditionAsAString\":\"sum < 7\",\"projectionColumns\":[\"K\"]}", "[{\"K\":2}]"},
              {"{\"whereConditionAsAString\":\"\\\"it's \\\"\\\"me\\\"\\\"\\\" = 'b'\",\"projectionColumns\":[\"K\"]}",
               "[{\"K\":1.0}]"},
              {"{\"distinct\":true,\"projectionColumns\":[\"n\",\"it's \\\"me\\\"\"],\"orderByMap\":{\"sum\":\"ASC\"}}",
               "[{\"n\":\"a\",\"it's \\\"me\\\"\":null}]"}};
  for (size_t i = 0; i < sizeof gets / sizeof *gets; i++) {
    base_buf_clear(&f->out);
    support_ok(f, vmx_store_get(f->store, object, text_of(gets[i].options), &f->out, &f->err));
    assert_string_equal(f->out.data, gets[i].rows);
  }
  vmx_model_free(f->model);
  f->model = model;
}

int main(void) {
  const struct CMUnitTest tests[] = {STORE_TEST(rows_come_whole_and_by_key),
                                     STORE_TEST(conditions_select),
                                     STORE_TEST(rows_stand_by_datatype),
                                     STORE_TEST(digits_stay_in_a_projection),
                                     STORE_TEST(distinct_gives_each_value_once),
                                     STORE_TEST(booleans_have_the_form_of_the_setup),
                                     STORE_TEST(a_condition_can_do_nothing_else),
                                     STORE_TEST(a_condition_makes_no_huge_values),
                                     STORE_TEST(columns_may_be_called_as_ours_are)};
  return cmocka_run_group_tests_name("store/read", tests, NULL, NULL);
}
