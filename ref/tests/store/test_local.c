/* Local edits and reads (W-49, W-50, LOC-01, LOC-05, LOC-06), and what a restart finds. */
#include "store_support.h"

static void creates_with_counting_temporary_keys(void **state) { /* W-16 */
  struct fixture *f = *state;
  assert_string_equal(support_create(f, f->dept, "{\"Name\":\"a\"}", NULL), "{\"Id\":-1,\"Name\":\"a\"}");
  assert_string_equal(support_create(f, f->dept, "{\"Name\":\"b\"}", NULL), "{\"Id\":-2,\"Name\":\"b\"}");
  support_restart(f);
  assert_string_equal(support_create(f, f->emp, "{\"Name\":\"c\"}", NULL),
                      "{\"EmpId\":-3,\"Name\":\"c\",\"Pay\":null,\"On\":null,\"DeptId\":null,"
                      "\"Gone\":null,\"Photo\":null}");
}

static void keeps_values_without_loss(void **state) { /* DNL-12, W-14, W-15 */
  struct fixture *f = *state;
  support_create(f, f->emp,
                 "{\"Name\":\"\",\"Pay\":12345678901234567890.50,\"On\":true,\"Photo\":\"\\u00e9\"}", NULL);
  support_restart(f);
  assert_string_equal(support_rows(f, f->emp),
                      "[{\"EmpId\":-1,\"Name\":\"\",\"Pay\":12345678901234567890.50,\"On\":1,"
                      "\"DeptId\":null,\"Gone\":null,\"Photo\":\"\xc3\xa9\"}]");
  vmx_store_set_boolean_form(f->store, VMX_BOOLEAN_LITERAL); /* SET-05 */
  assert_non_null(strstr(support_rows(f, f->emp), "\"On\":true"));
}

static int create_code(struct fixture *f, const struct vmx_object *object, const char *record) {
  struct base_buf out = BASE_BUF_INIT;
  int code = vmx_store_create(f->store, object, text_of(record), text_of(NULL), &out, &f->err);
  base_buf_done(&out);
  return code;
}

static void refuses_bad_creates(void **state) { /* LOC-05 */
  struct fixture *f = *state;
  assert_int_equal(create_code(f, f->emp, "{}"), 2307);
  assert_int_equal(create_code(f, f->emp, "[]"), 2307);
  assert_int_equal(create_code(f, f->emp, "{\"Pay\":1}"), 2308);
  assert_int_equal(create_code(f, f->emp, "{\"EmpId\":4,\"Name\":\"x\"}"), 2309);
  assert_int_equal(create_code(f, f->emp, "{\"Name\":\"x\",\"Nope\":1}"), 2310);
  assert_int_equal(create_code(f, f->emp, "{\"Name\":\"x\",\"Pay\":\"ten\"}"), 2311);
  assert_int_equal(create_code(f, f->dept, "{\"Name\":\"sixsix\"}"), 2311);
  assert_int_equal(create_code(f, f->pair, "{\"A\":\"\",\"B\":1}"), 2305);
  assert_string_equal(support_rows(f, f->emp), "[]");
  assert_string_equal(support_pending(f, f->emp), "{\"pendingSyncRecords\":[]}");
}

static void refuses_a_key_twice_by_value(void **state) { /* W-16 */
  struct fixture *f = *state;
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":5}", NULL);
  assert_int_equal(create_code(f, f->pair, "{\"A\":\"x\",\"B\":5.0}"), 2300);
  assert_int_equal(create_code(f, f->pair, "{\"A\":\"x\",\"B\":\"50e-1\"}"), 2300);
}

static void updates_the_rows_that_are_meant(void **state) { /* W-49, C-3 */
  struct fixture *f = *state;
  size_t count = 0;
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":5,\"V\":\"1\"}", NULL);
  support_create(f, f->pair, "{\"A\":\"y\",\"B\":10,\"V\":\"1\"}", NULL);
  support_update(f, f->pair, "{\"V\":\"2\"}", "{\"primaryKeys\":{\"A\":\"x\",\"B\":5.0}}");
  support_update(f, f->pair, "{\"V\":\"3\"}", "{\"whereCondition\":{\"B\":\"10\"}}");
  assert_string_equal(support_rows(f, f->pair),
                      "[{\"A\":\"x\",\"B\":5,\"V\":\"2\"},{\"A\":\"y\",\"B\":10,\"V\":\"3\"}]");
  support_ok(f, vmx_store_update(f->store, f->pair, text_of("{\"V\":\"4\"}"),
                                 text_of("{\"whereConditionAsAString\":\"B > 6 AND A = 'y'\"}"), &count,
                                 &f->err));
  assert_int_equal(count, 1);
  support_update(f, f->pair, "{\"A\":\"x\",\"B\":5,\"V\":\"6\"}", NULL);
  assert_string_equal(support_rows(f, f->pair),
                      "[{\"A\":\"x\",\"B\":5,\"V\":\"6\"},{\"A\":\"y\",\"B\":10,\"V\":\"4\"}]");
}

static int update_code(struct fixture *f, const char *record, const char *options) {
  return vmx_store_update(f->store, f->pair, text_of(record), text_of(options), NULL, &f->err);
}

static void refuses_bad_updates(void **state) { /* LOC-05 */
  struct fixture *f = *state;
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":5,\"V\":\"1\"}", NULL);
  assert_int_equal(update_code(f, "{\"V\":\"2\"}", NULL), 2305);
  assert_int_equal(update_code(f, "{\"V\":\"2\"}", "{\"primaryKeys\":{\"A\":\"z\",\"B\":5}}"), 2301);
  assert_int_equal(update_code(f, "{\"A\":\"q\"}", "{\"primaryKeys\":{\"A\":\"x\",\"B\":5}}"), 2303);
  assert_int_equal(update_code(f, "{\"V\":\"2\"}", "{\"primaryKeys\":{\"A\":\"x\"}}"), 2305);
  assert_int_equal(update_code(f, "{\"V\":\"2\"}", "{\"whereConditionAsAString\":\"1) OR (1\"}"), 2304);
  assert_int_equal(update_code(f, "{\"V\":\"2\"}", "{\"whereConditionAsAString\":\"1; DROP TABLE vmx_log\"}"), 2304);
  assert_int_equal(update_code(f, "{\"V\":\"2\"}",
                               "{\"whereConditionAsAString\":\"(SELECT count(*) FROM vmx_log) > 0\"}"), 2304);
  assert_int_equal(update_code(f, "{\"V\":\"2\"}", "{\"trackChanges\":7}"), 2304);
  assert_string_equal(support_rows(f, f->pair), "[{\"A\":\"x\",\"B\":5,\"V\":\"1\"}]");
}

static void deletes_children_along(void **state) { /* LOC-06 */
  struct fixture *f = *state;
  support_create(f, f->dept, "{\"Name\":\"d\"}", NULL);
  support_create(f, f->emp, "{\"Name\":\"e\",\"DeptId\":-1}", NULL);
  support_create(f, f->emp, "{\"Name\":\"g\",\"DeptId\":9}", NULL);
  support_ok(f, vmx_store_delete(f->store, f->dept, text_of(NULL),
                                 text_of("{\"primaryKeys\":{\"Id\":-1}}"), NULL, &f->err));
  assert_string_equal(support_rows(f, f->dept), "[]");
  assert_null(strstr(support_rows(f, f->emp), "\"e\""));
  assert_non_null(strstr(support_rows(f, f->emp), "\"g\""));
}

static void lists_pending_rows_once_in_order(void **state) { /* LOC-01, C-4, UPL-04 */
  struct fixture *f = *state;
  support_create(f, f->pair, "{\"A\":\"z\",\"B\":1}", NULL);
  support_create(f, f->pair, "{\"A\":\"a\",\"B\":1}", NULL);
  support_create(f, f->pair, "{\"A\":\"u\",\"B\":1}", "{\"trackChanges\":false}");
  support_update(f, f->pair, "{\"V\":\"2\"}", "{\"primaryKeys\":{\"A\":\"z\",\"B\":1}}");
  support_ok(f, vmx_store_delete(f->store, f->pair, text_of("{\"A\":\"a\",\"B\":1}"), text_of(NULL),
                                 NULL, &f->err));
  assert_string_equal(support_pending(f, f->pair),
                      "{\"pendingSyncRecords\":[{\"A\":\"z\",\"B\":1},{\"A\":\"a\",\"B\":1}]}");
}

static void deletes_children_by_the_value_of_their_key(void **state) { /* LOC-06, W-16 */
  struct fixture *f = *state;
  support_download(f, "{\"Objects\":[{\"name\":\"Dept\",\"records\":[{\"Id\":5,\"Name\":\"d\"}]},"
                      "{\"name\":\"Emp\",\"records\":["
                      "{\"EmpId\":1,\"Name\":\"child\",\"Pay\":null,\"On\":null,\"DeptId\":\"5.0\"},"
                      "{\"EmpId\":2,\"Name\":\"other\",\"Pay\":null,\"On\":null,\"DeptId\":50}]}]}");
  support_ok(f, vmx_store_delete(f->store, f->dept, text_of(NULL),
                                 text_of("{\"primaryKeys\":{\"Id\":5}}"), NULL, &f->err));
  assert_null(strstr(support_rows(f, f->emp), "\"child\""));
  assert_non_null(strstr(support_rows(f, f->emp), "\"other\""));
  assert_string_equal(support_pending(f, f->emp), "{\"pendingSyncRecords\":[{\"EmpId\":1}]}");
}

static void selects_pending_rows_as_they_are_now(void **state) { /* LOC-01, C-3 */
  struct fixture *f = *state;
  const char *const wanted[] = {"{\"whereCondition\":{\"V\":\"new\"}}",
                                "{\"whereConditionAsAString\":\"V = 'new'\"}"};
  support_create(f, f->pair, "{\"A\":\"a\",\"B\":1,\"V\":\"old\"}", NULL);
  support_create(f, f->pair, "{\"A\":\"b\",\"B\":1,\"V\":\"old\"}", NULL);
  support_update(f, f->pair, "{\"V\":\"new\"}", "{\"primaryKeys\":{\"A\":\"a\",\"B\":1}}");
  for (size_t i = 0; i < 2; i++) {
    base_buf_clear(&f->out);
    support_ok(f, vmx_store_pending(f->store, f->pair, text_of(wanted[i]), &f->out, &f->err));
    assert_string_equal(f->out.data, "{\"pendingSyncRecords\":[{\"A\":\"a\",\"B\":1}]}");
  }
}

/* SET-03: what the database refuses changes nothing, and the client goes on with what it had. */
static void a_failed_setup_leaves_the_store_as_it_was(void **state) {
  struct fixture *f = *state;
  struct base_buf text = BASE_BUF_INIT;
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":1}", NULL);
  base_buf_text(&text, "{\"timestamp\":\"t\",\"namespaces\":[{\"name\":\"\",\"objects\":[{\"name\":\"Wide\",\"key\":[\"f0\"],\"fields\":[");
  for (int i = 0; i < 2100; i++) /* more columns than a table takes */
    base_buf_printf(&text, "%s{\"name\":\"f%d\",\"datatype\":\"string\"}", i ? "," : "", i);
  base_buf_text(&text, "]}]}]}");
  struct vmx_model *model = support_model(text.data);
  assert_int_equal(vmx_store_save_setup(f->store, model, &f->err), 2000);
  vmx_model_free(model);
  base_buf_done(&text);
  support_create(f, f->pair, "{\"A\":\"y\",\"B\":1}", NULL);
  assert_string_equal(support_pending(f, f->pair),
                      "{\"pendingSyncRecords\":[{\"A\":\"x\",\"B\":1},{\"A\":\"y\",\"B\":1}]}");
}

static void rolls_back_to_the_last_sync(void **state) { /* LOC-03, W-51 */
  struct fixture *f = *state;
  support_download(f, EMP_PAGE(EMP_ROW("1", "a") "," EMP_ROW("2", "b"), LAST_PAGE));
  support_update(f, f->emp, "{\"Name\":\"changed\"}", "{\"primaryKeys\":{\"EmpId\":1}}");
  support_ok(f, vmx_store_delete(f->store, f->emp, text_of(NULL),
                                 text_of("{\"primaryKeys\":{\"EmpId\":2}}"), NULL, &f->err));
  support_create(f, f->emp, "{\"Name\":\"new\"}", NULL);
  support_ok(f, vmx_store_rollback(f->store, f->service, f->emp, text_of("{\"EmpId\":1}"), &f->err));
  assert_non_null(strstr(support_rows(f, f->emp), "\"a\""));
  assert_non_null(strstr(support_rows(f, f->emp), "\"new\""));
  support_ok(f, vmx_store_rollback(f->store, f->service, NULL, text_of(NULL), &f->err));
  assert_null(strstr(support_rows(f, f->emp), "\"new\""));
  assert_non_null(strstr(support_rows(f, f->emp), "\"b\""));
  assert_string_equal(support_pending(f, f->emp), "{\"pendingSyncRecords\":[]}");
}

static void clears_rows_edits_and_context(void **state) { /* LOC-04 */
  struct fixture *f = *state;
  struct vmx_download run = {0};
  support_download(f, EMP_PAGE(EMP_ROW("1", "a"), LAST_PAGE));
  support_create(f, f->emp, "{\"Name\":\"new\"}", NULL);
  support_ok(f, vmx_store_clear(f->store, f->service, NULL, &f->err));
  assert_string_equal(support_rows(f, f->emp), "[]");
  assert_string_equal(support_pending(f, f->emp), "{\"pendingSyncRecords\":[]}");
  support_begin_download(f, &run, true, false);
  assert_null(run.deltas[f->emp->index].text);
  vmx_download_done(&run);
  assert_non_null(strstr(support_create(f, f->emp, "{\"Name\":\"n\"}", NULL), "-2")); /* C-7 */
}

static void drops_everything(void **state) { /* SET-02 */
  struct fixture *f = *state;
  struct vmx_model *model = NULL;
  support_create(f, f->emp, "{\"Name\":\"new\"}", NULL);
  support_ok(f, vmx_store_drop(f->store, &f->err));
  support_ok(f, vmx_store_load_setup(f->store, &model, &f->err));
  assert_null(model);
}

static void keeps_rows_when_columns_come_and_go(void **state) { /* SET-03, W-9 */
  struct fixture *f = *state;
  static const char metadata[] =
      "{\"timestamp\":\"t2\",\"namespaces\":[{\"name\":\"\",\"objects\":[{\"name\":\"Emp\",\"key\":[\"EmpId\"],"
      "\"fields\":[{\"name\":\"EmpId\",\"datatype\":\"number\",\"auto_generated\":true},"
      "{\"name\":\"Name\",\"datatype\":\"string\"},{\"name\":\"New\",\"datatype\":\"string\"}]}]}]}";
  support_create(f, f->emp, "{\"Name\":\"kept\",\"Pay\":3}", NULL);
  struct vmx_model *model = support_model(metadata);
  support_ok(f, vmx_store_save_setup(f->store, model, &f->err));
  assert_string_equal(support_rows(f, support_object(model, "Emp")),
                      "[{\"EmpId\":-1,\"Name\":\"kept\",\"New\":null}]");
  assert_string_equal(support_pending(f, support_object(model, "Emp")),
                      "{\"pendingSyncRecords\":[{\"EmpId\":-1}]}");
  vmx_model_free(f->model);
  f->model = model;
}

static void names_a_folder_that_cannot_be_used(void **state) { /* 2006 */
  struct fixture *f = *state;
  struct vmx_store *store = NULL;
  assert_int_equal(vmx_store_open("/proc/nowhere", NULL, &store, &f->err), 2006);
  assert_non_null(strstr(f->err.text, "/proc/nowhere"));
  assert_int_equal(vmx_store_open(f->folder, NULL, &store, &f->err), 2006); /* another client has it */
  assert_null(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {STORE_TEST(creates_with_counting_temporary_keys),
                                     STORE_TEST(keeps_values_without_loss),
                                     STORE_TEST(refuses_bad_creates),
                                     STORE_TEST(refuses_a_key_twice_by_value),
                                     STORE_TEST(updates_the_rows_that_are_meant),
                                     STORE_TEST(refuses_bad_updates),
                                     STORE_TEST(deletes_children_along),
                                     STORE_TEST(lists_pending_rows_once_in_order),
                                     STORE_TEST(deletes_children_by_the_value_of_their_key),
                                     STORE_TEST(selects_pending_rows_as_they_are_now),
                                     STORE_TEST(a_failed_setup_leaves_the_store_as_it_was),
                                     STORE_TEST(rolls_back_to_the_last_sync),
                                     STORE_TEST(clears_rows_edits_and_context),
                                     STORE_TEST(drops_everything),
                                     STORE_TEST(keeps_rows_when_columns_come_and_go),
                                     STORE_TEST(names_a_folder_that_cannot_be_used)};
  return cmocka_run_group_tests_name("store/local", tests, NULL, NULL);
}
