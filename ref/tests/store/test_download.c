/* Pages into tables (W-20..W-27). */
#include "store_support.h"

#include "store/internal.h"

static const char *delta(struct fixture *f) {
  struct vmx_download run = {0};
  support_begin_download(f, &run, true, false);
  base_buf_clear(&f->out);
  base_buf_append(&f->out, run.deltas[f->emp->index].text, run.deltas[f->emp->index].len);
  vmx_download_done(&run);
  return base_buf_string(&f->out);
}

static void stores_pages_and_moves_the_delta_last(void **state) { /* DNL-01..03, W-19, W-22 */
  struct fixture *f = *state;
  struct vmx_download run = {0};
  struct base_buf body = BASE_BUF_INIT, query = BASE_BUF_INIT;
  support_begin_download(f, &run, true, false);
  support_ok(f, vmx_download_request(&run, &body, &query, &f->err));
  assert_string_equal(body.data, "{}");
  assert_string_equal(query.data, "%24batchsize=500&offline=true");
  support_ok(f, support_page(f, &run, EMP_PAGE(EMP_ROW("1", "a"), MORE_PAGES("p 1"))));
  assert_true(run.more);
  assert_string_equal(delta(f), "");
  support_ok(f, vmx_download_request(&run, &body, &query, &f->err));
  assert_string_equal(body.data, "{\"delta_context\":{\"objs\":{\"Emp\":{\"bc\":\"p 1\"}}}}");
  support_ok(f, support_page(f, &run, EMP_PAGE(EMP_ROW("2", "b"), LAST_PAGE)));
  assert_false(run.more);
  assert_int_equal(run.records, 2);
  assert_string_equal(delta(f), "\"d1\\u002f\""); /* byte for byte */
  vmx_download_done(&run);
  support_begin_download(f, &run, true, false);
  support_ok(f, vmx_download_request(&run, &body, &query, &f->err));
  assert_string_equal(body.data, "{\"delta_context\":{\"objs\":{\"Emp\":{\"delta\":\"d1\\u002f\"}}}}");
  vmx_download_done(&run);
  base_buf_done(&body);
  base_buf_done(&query);
}

static void deletes_what_the_server_deleted(void **state) { /* DNL-04, W-25 */
  struct fixture *f = *state;
  support_download(f, EMP_PAGE(EMP_ROW("1", "a") "," EMP_ROW("2", "b"), LAST_PAGE));
  support_download(f, EMP_PAGE("{\"EmpId\":\"1.0\",\"_metadata\":{\"action\":\"delete\"}},"
                               "{\"EmpId\":77,\"_metadata\":{\"action\":\"delete\"}}", LAST_PAGE));
  assert_null(strstr(support_rows(f, f->emp), "\"a\""));
  assert_non_null(strstr(support_rows(f, f->emp), "\"b\""));
}

static void a_row_that_comes_again_is_replaced_whole(void **state) { /* LOC-07, W-21 */
  struct fixture *f = *state;
  support_download(f, EMP_PAGE("{\"EmpId\":1,\"Name\":\"old\",\"Pay\":7,\"On\":true,\"DeptId\":8}", LAST_PAGE));
  assert_non_null(strstr(support_rows(f, f->emp), "8"));
  support_download(f, EMP_PAGE("{\"EmpId\":1,\"Name\":\"new\",\"Pay\":null,\"On\":false,\"DeptId\":null}", LAST_PAGE));
  const char *rows = support_rows(f, f->emp);
  assert_non_null(strstr(rows, "\"new\""));
  assert_null(strstr(rows, "7"));
  assert_null(strstr(rows, "8"));
}

static void refuses_partial_records_alone(void **state) { /* DNL-05, UPL-13, W-25 */
  struct fixture *f = *state;
  support_download(f, EMP_PAGE(EMP_ROW("1", "old"), LAST_PAGE));
  support_download(f, EMP_PAGE("{\"EmpId\":1,\"Pay\":1,\"On\":true,\"DeptId\":null}," EMP_ROW("2", "b"),
                               ",\"delta_context\":{\"objs\":{\"Emp\":{\"delta\":\"d2\"}}}"));
  assert_int_equal(cJSON_GetArraySize(f->errors.download), 1);
  assert_string_equal(delta(f), "\"d1\\u002f\"");
  assert_non_null(strstr(support_rows(f, f->emp), "\"old\""));
  assert_non_null(strstr(support_rows(f, f->emp), "\"b\""));
}

static void reports_an_object_that_failed(void **state) { /* DNL-09, W-21 */
  struct fixture *f = *state;
  support_download(f, "{\"Objects\":[{\"records\":[" EMP_ROW("1", "early") "],\"name\":\"Emp\"},"
                      "{\"records\":[{\"Id\":1,\"Name\":\"no\"}],\"name\":\"Dept\",\"opstatus\":20006,\"errmsg\":\"no\"},"
                      "{\"name\":\"Stranger\",\"records\":[{\"x\":[1]}]}],"
                      "\"delta_context\":{\"objs\":{\"Emp\":{\"delta\":\"d9\"},\"Dept\":{\"delta\":\"d9\"}}}}");
  assert_int_equal(cJSON_GetArraySize(f->errors.download), 1);
  assert_string_equal(support_rows(f, f->dept), "[]");
  assert_non_null(strstr(support_rows(f, f->emp), "\"early\"")); /* records before their name */
  assert_string_equal(delta(f), "\"d9\"");
}

static int page_code(struct fixture *f, const char *page) {
  struct vmx_download run = {0};
  support_begin_download(f, &run, true, false);
  int code = support_page(f, &run, page);
  vmx_download_done(&run);
  return code;
}

static void stores_nothing_of_a_bad_page(void **state) { /* DNL-06, NET-02 */
  struct fixture *f = *state;
  assert_int_equal(page_code(f, EMP_PAGE(EMP_ROW("1", "a"), LAST_PAGE) "x"), 2037);
  assert_int_equal(page_code(f, EMP_PAGE(EMP_ROW("1", "a"), ",\"opstatus\":8009")), 2038);
  assert_int_equal(page_code(f, EMP_PAGE(EMP_ROW("1", "a") ",7", LAST_PAGE)), 2474);
  assert_int_equal(page_code(f, EMP_PAGE("{\"EmpId\":1,\"Name\":[]}", LAST_PAGE)), 2474);
  assert_int_equal(page_code(f, EMP_PAGE(EMP_ROW("1", "a"), ",\"hasMoreRecords\":\"true\"")), 2405);
  assert_int_equal(page_code(f, "{\"Objects\":{}}"), 2474);
  assert_int_equal(page_code(f, "[]"), 2037);
  assert_string_equal(support_rows(f, f->emp), "[]");
}

static void an_endless_server_is_given_up(void **state) { /* DNL-10, W-27, C-6 */
  struct fixture *f = *state;
  struct vmx_download run = {0};
  support_begin_download(f, &run, true, false);
  support_ok(f, support_page(f, &run, EMP_PAGE(EMP_ROW("1", "a"), MORE_PAGES("same"))));
  support_ok(f, support_page(f, &run, EMP_PAGE(EMP_ROW("1", "a"), MORE_PAGES("same"))));
  assert_int_equal(support_page(f, &run, EMP_PAGE(EMP_ROW("1", "a"), MORE_PAGES("same"))), 2474);
  vmx_download_done(&run);
}

static void a_pending_edit_stays_visible(void **state) { /* DNL-08, W-24 */
  struct fixture *f = *state;
  struct vmx_upload upload;
  struct vmx_upload_batch batch = {0};
  support_download(f, EMP_PAGE(EMP_ROW("1", "a"), LAST_PAGE));
  support_update(f, f->emp, "{\"Name\":\"mine\"}", "{\"primaryKeys\":{\"EmpId\":1}}");
  support_download(f, EMP_PAGE("{\"EmpId\":1,\"Name\":\"theirs\",\"Pay\":2,\"On\":0,\"DeptId\":null,"
                               "\"_metadata\":{\"checksum\":\"new\"}}", LAST_PAGE));
  assert_non_null(strstr(support_rows(f, f->emp), "\"mine\""));
  support_begin_upload(f, &upload, 50);
  support_ok(f, vmx_store_next_batch(f->store, &upload, "i", "", &batch, &f->err));
  assert_non_null(strstr(batch.body.data, "\"checksum\":\"new\"")); /* the checksum moves on */
  vmx_upload_batch_done(&batch);
  vmx_upload_done(&upload);
  support_ok(f, vmx_store_rollback(f->store, f->service, NULL, text_of(NULL), &f->err));
  assert_non_null(strstr(support_rows(f, f->emp), "\"theirs\""));
}

static void without_reconciliation_the_servers_row_is_taken(void **state) { /* DNL-08 */
  struct fixture *f = *state;
  struct vmx_download run = {0};
  support_download(f, EMP_PAGE(EMP_ROW("1", "a"), LAST_PAGE));
  support_update(f, f->emp, "{\"Name\":\"mine\"}", "{\"primaryKeys\":{\"EmpId\":1}}");
  support_begin_download(f, &run, false, false);
  support_ok(f, support_page(f, &run, EMP_PAGE(EMP_ROW("1", "theirs"), LAST_PAGE)));
  vmx_download_done(&run);
  assert_non_null(strstr(support_rows(f, f->emp), "\"theirs\""));
  assert_string_equal(support_pending(f, f->emp), "{\"pendingSyncRecords\":[{\"EmpId\":1}]}");
}

static void keeps_the_batch_context_when_asked(void **state) { /* DNL-07, W-23 */
  struct fixture *f = *state;
  struct vmx_download run = {0};
  support_begin_download(f, &run, true, true);
  support_ok(f, support_page(f, &run, EMP_PAGE(EMP_ROW("1", "a"), MORE_PAGES("p1"))));
  vmx_download_done(&run); /* the sync failed here */
  support_restart(f);
  support_begin_download(f, &run, true, true);
  assert_true(run.resumed);
  assert_string_equal(run.context.data, "{\"objs\":{\"Emp\":{\"bc\":\"p1\"}}}");
  support_ok(f, support_page(f, &run, EMP_PAGE(EMP_ROW("2", "b"), LAST_PAGE)));
  vmx_download_done(&run);
  support_begin_download(f, &run, true, true); /* success forgets it */
  assert_false(run.resumed);
  vmx_download_done(&run);
}

static bool resumes(struct fixture *f, const char *filter_of_pay) {
  struct vmx_download run = {0};
  char name[] = "Emp", value[32];
  snprintf(value, sizeof value, "%s", filter_of_pay ? filter_of_pay : "");
  struct vmx_pair pair = {name, value};
  const struct vmx_pairs filter = {&pair, 1};
  const struct vmx_download_config config = {
      .service = f->service, .filter = filter_of_pay ? &filter : NULL, .preserve_context = true};
  support_ok(f, vmx_download_init(&run, &config, &f->err));
  support_ok(f, vmx_store_begin_download(f->store, &run, &f->err));
  bool resumed = run.resumed;
  if (!resumed) support_ok(f, support_page(f, &run, EMP_PAGE(EMP_ROW("1", "a"), MORE_PAGES("p1"))));
  vmx_download_done(&run);
  return resumed;
}

static void other_filters_and_rollbacks_forget_the_context(void **state) { /* W-23, DNL-07 */
  struct fixture *f = *state;
  struct vmx_download run = {0};
  assert_false(resumes(f, NULL));
  assert_true(resumes(f, NULL));
  const struct vmx_download_config other = {.service = f->service, .preserve_context = true};
  assert_false(resumes(f, "Pay gt 1"));
  assert_false(resumes(f, NULL)); /* the other filter's took its place */
  assert_true(resumes(f, NULL));
  support_ok(f, vmx_store_rollback(f->store, f->service, f->emp, text_of(NULL), &f->err));
  support_ok(f, vmx_download_init(&run, &other, &f->err));
  support_ok(f, vmx_store_begin_download(f->store, &run, &f->err));
  assert_false(run.resumed);
  vmx_download_done(&run);
}

static void repeated_pages_are_told_among_many(void **state) { /* W-27, DNL-10 */
  struct fixture *f = *state;
  struct vmx_download run = {0};
  char page[256];
  support_begin_download(f, &run, true, false);
  for (int i = 0; i < 300; i++) {
    snprintf(page, sizeof page, "{\"delta_context\":{\"bc\":\"%d\"},\"hasMoreRecords\":\"true\"}", i % 150);
    support_ok(f, support_page(f, &run, page));
  }
  assert_int_equal(run.mark_count, 150);
  assert_int_equal(support_page(f, &run, page), 2474);
  vmx_download_done(&run);
}

static void a_delta_that_stands_twice_is_taken_once(void **state) { /* DNL-14, W-21 */
  struct fixture *f = *state;
  struct vmx_download run = {0};
  support_download(f, "{\"delta_context\":{\"x\":1,\"objs\":{\"Emp\":{\"delta\":\"d1\"},\"Nobody\":{\"delta\":\"n\"},"
                      "\"Dept\":{\"bc\":1},\"Emp\":{\"delta\":\"d2\"}}}}");
  support_begin_download(f, &run, true, false);
  assert_string_equal(run.deltas[f->emp->index].text, "\"d2\"");
  assert_null(run.deltas[f->dept->index].text);
  vmx_download_done(&run);
}

static void stores_nested_children(void **state) { /* DNL-13, W-21 */
  struct fixture *f = *state;
  struct vmx_download run = {0};
  support_begin_download(f, &run, true, false);
  support_ok(f, support_page(f, &run,
      "{\"Objects\":[{\"name\":\"Dept\",\"records\":[{\"Emp\":[" EMP_ROW("4", "kid") "],\"Id\":3,\"Name\":\"d\"}]}]}"));
  assert_int_equal(run.records, 2);
  vmx_download_done(&run);
  assert_non_null(strstr(support_rows(f, f->emp), "\"kid\""));
  assert_string_equal(support_rows(f, f->dept), "[{\"Id\":3,\"Name\":\"d\"}]");
}

static void unknown_fields_and_repeated_keys_do_no_harm(void **state) { /* DNL-14 */
  struct fixture *f = *state;
  support_download(f, EMP_PAGE("{\"EmpId\":1,\"x\":{\"y\":[1]},\"Name\":\"one\",\"Name\":\"\\u0061\",\"Pay\":null,"
                               "\"On\":\"false\",\"DeptId\":1,\"_metadata\":{\"action\":\"odd\"}}", LAST_PAGE));
  assert_string_equal(support_rows(f, f->emp),
                      "[{\"EmpId\":1,\"Name\":\"a\",\"Pay\":null,\"On\":0,\"DeptId\":1,\"Gone\":null,\"Photo\":null}]");
}

static void each_filter_has_its_own_delta(void **state) { /* DNL-11 */
  struct fixture *f = *state;
  struct vmx_download run = {0};
  char name[] = "Emp", value[] = "Pay gt 1";
  struct vmx_pair pair = {name, value};
  const struct vmx_pairs filter = {&pair, 1};
  const struct vmx_download_config config = {.service = f->service, .filter = &filter};
  support_download(f, EMP_PAGE(EMP_ROW("1", "a"), LAST_PAGE));
  support_ok(f, vmx_download_init(&run, &config, &f->err));
  support_ok(f, vmx_store_begin_download(f->store, &run, &f->err));
  assert_null(run.deltas[f->emp->index].text);
  vmx_download_done(&run);
}

static int64_t number_of(struct fixture *f, const char *query) {
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_prepare_v2(f->store->db, query, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  int64_t number = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return number;
}

/* C-5, W-14: keys that are no integers of 64 bits, or are only written like them, stand beside those that are. */
static void keys_of_a_number_column_may_be_anything(void **state) {
  struct fixture *f = *state;
  static const char indexes[] = "SELECT count(*) FROM sqlite_master WHERE tbl_name='o_Emp' AND name LIKE 'i\\_%' ESCAPE '\\'";
  static const char *const others[] = {"\"012\"", "\" 12\"", "\"abc\"", "1.5", "9223372036854775808", "\"1.\"", "\"0x5\""};
  support_download(f, EMP_PAGE(EMP_ROW("1", "one") "," EMP_ROW("5", "five") "," EMP_ROW("12", "twelve"), LAST_PAGE));
  int64_t before = number_of(f, indexes);
  assert_true(before > 0);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    char page[512];
    snprintf(page, sizeof page, EMP_PAGE(EMP_ROW("13", "thirteen") ",{\"EmpId\":%s,\"Name\":\"other%zu\",\"Pay\":1,"
             "\"On\":true,\"DeptId\":null}", LAST_PAGE), others[i], i);
    support_download(f, page);
    assert_int_equal(number_of(f, "SELECT count(*) FROM o_Emp"), 5 + (int64_t)i);
  }
  assert_int_equal(number_of(f, indexes), before);
  support_restart(f);
  assert_non_null(strstr(support_rows(f, f->emp), "\"twelve\""));
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    char page[512], name[16];
    snprintf(page, sizeof page, EMP_PAGE("{\"EmpId\":%s,\"_metadata\":{\"action\":\"delete\"}}", LAST_PAGE), others[i]);
    snprintf(name, sizeof name, "\"other%zu\"", i);
    assert_non_null(strstr(support_rows(f, f->emp), name));
    support_download(f, page);
    assert_null(strstr(support_rows(f, f->emp), name));
  }
  support_download(f, EMP_PAGE("{\"EmpId\":12,\"_metadata\":{\"action\":\"delete\"}}", LAST_PAGE));
  assert_null(strstr(support_rows(f, f->emp), "\"twelve\""));
  assert_int_equal(number_of(f, "SELECT count(*) FROM o_Emp"), 3);
}

/* DNL-06: a page that makes the table one of any keys, and fails, leaves it as it was. */
static void a_page_that_fails_leaves_the_table_one_of_integers(void **state) {
  struct fixture *f = *state;
  static const char form[] = "SELECT count(*) FROM pragma_table_info('o_Emp') WHERE name='k' AND type='INTEGER'";
  struct vmx_download run = {0};
  support_download(f, EMP_PAGE(EMP_ROW("1", "one"), LAST_PAGE));
  support_begin_download(f, &run, true, false);
  assert_int_not_equal(support_page(f, &run, EMP_PAGE("{\"EmpId\":\"abc\",\"Name\":\"x\",\"Pay\":1,\"On\":true,"
                                                      "\"DeptId\":null}", ",")), 0);
  vmx_download_done(&run);
  assert_int_equal(number_of(f, form), 1);
  support_download(f, EMP_PAGE(EMP_ROW("2", "two") ",{\"EmpId\":\"abc\",\"Name\":\"x\",\"Pay\":1,\"On\":true,"
                               "\"DeptId\":null}", LAST_PAGE));
  assert_int_equal(number_of(f, form), 0);
  assert_int_equal(number_of(f, "SELECT count(*) FROM o_Emp"), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {STORE_TEST(stores_pages_and_moves_the_delta_last),
                                     STORE_TEST(deletes_what_the_server_deleted),
                                     STORE_TEST(a_row_that_comes_again_is_replaced_whole),
                                     STORE_TEST(refuses_partial_records_alone),
                                     STORE_TEST(reports_an_object_that_failed),
                                     STORE_TEST(stores_nothing_of_a_bad_page),
                                     STORE_TEST(an_endless_server_is_given_up),
                                     STORE_TEST(a_pending_edit_stays_visible),
                                     STORE_TEST(without_reconciliation_the_servers_row_is_taken),
                                     STORE_TEST(keeps_the_batch_context_when_asked),
                                     STORE_TEST(other_filters_and_rollbacks_forget_the_context),
                                     STORE_TEST(repeated_pages_are_told_among_many),
                                     STORE_TEST(a_delta_that_stands_twice_is_taken_once),
                                     STORE_TEST(stores_nested_children),
                                     STORE_TEST(unknown_fields_and_repeated_keys_do_no_harm),
                                     STORE_TEST(keys_of_a_number_column_may_be_anything),
                                     STORE_TEST(a_page_that_fails_leaves_the_table_one_of_integers),
                                     STORE_TEST(each_filter_has_its_own_delta)};
  return cmocka_run_group_tests_name("store/download", tests, NULL, NULL);
}
