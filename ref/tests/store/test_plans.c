/*
 * What the database is asked: no statement goes through a table that grows but those listed here, each with
 * its reason; and a sync with nothing to do goes through none at all. The statements are those of
 * internal.h, and all that are seen to be run in a round of every call.
 */
#include "store_support.h"

#include <sqlite3.h>

#include "store/internal.h"

/* ---- plans ------------------------------------------------------------------------------------- */

/* Statements that may go through a table, by their beginning; `idle`: a sync with nothing to do may too. */
static const struct {
  const char *table, *sql;
  bool idle;
  const char *reason;
} allowed_rows[] = {
    {"vmx_request", "SELECT count(*) FROM vmx_request", true, "it has one for each object and service at most"},
    {"vmx_request", "SELECT id,object,query,body FROM vmx_request", true, "as many"},
    {"vmx_request", "SELECT id FROM vmx_request WHERE service", true, "as many"},
    {"vmx_request", "DELETE FROM vmx_request WHERE", true, "as many"},
    {"vmx_context", "DELETE FROM vmx_context WHERE", true, "it has one for each object and service at most"},
    {"o_", "SELECT k,\"c_", false, "children are found by their value: \"5\" is 5.0 (W-16)"},
    {"o_", "SELECT k FROM ", false, "rows are meant by their values, or by an own condition (C-3)"},
    {"o_", "SELECT \"c_", false, "all rows are wanted"},
};
enum { ALLOWED = sizeof allowed_rows / sizeof *allowed_rows, SEEN_MAX = 400 };
static bool used[ALLOWED];

static bool begins(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static bool is_allowed(const char *sql, const char *table, bool idle) {
  for (size_t i = 0; i < ALLOWED; i++)
    if (begins(table, allowed_rows[i].table) && begins(sql, allowed_rows[i].sql)) {
      used[i] = true;
      return !idle || allowed_rows[i].idle;
    }
  return false;
}

/* The tables that a statement goes through from end to end: "SCAN name ..." of its plan. A search over an
 * index is none. */
static void check_plan(struct vmx_store *store, const char *sql, bool idle) {
  char *question = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
  sqlite3_stmt *statement = NULL;
  assert_non_null(question);
  if (sqlite3_prepare_v2(store->db, question, -1, &statement, NULL) != SQLITE_OK)
    fail_msg("%s: %s", sql, sqlite3_errmsg(store->db));
  while (sqlite3_step(statement) == SQLITE_ROW) {
    const char *detail = (const char *)sqlite3_column_text(statement, 3);
    if (!begins(detail, "SCAN ") || begins(detail, "SCAN CONSTANT ROW")) continue;
    if (!is_allowed(sql, detail + strlen("SCAN "), idle))
      fail_msg("%s: %s", detail, sql);
  }
  sqlite3_finalize(statement);
  sqlite3_free(question);
}

/* ---- statements that are run -------------------------------------------------------------------- */

static char *seen[SEEN_MAX];
static size_t seen_count;

/* Those of a transaction and of the schema have no plan. */
static bool has_plan(const char *sql) {
  static const char *const verbs[] = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"};
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
    if (begins(sql, verbs[i])) return true;
  return false;
}

static int see(unsigned kind, void *context, void *statement, void *text) {
  (void)kind, (void)context, (void)text;
  const char *sql = sqlite3_sql(statement);
  if (!sql || !has_plan(sql)) return 0;
  for (size_t i = 0; i < seen_count; i++)
    if (strcmp(seen[i], sql) == 0) return 0;
  assert_true(seen_count < SEEN_MAX);
  seen[seen_count++] = strdup(sql);
  return 0;
}

static void check_seen(struct vmx_store *store, bool idle, size_t least) {
  sqlite3_trace_v2(store->db, 0, NULL, NULL);
  size_t count = seen_count;
  seen_count = 0;
  assert_true(count >= least);
  for (size_t i = 0; i < count; i++) {
    check_plan(store, seen[i], idle);
    free(seen[i]);
  }
}

/* ---- rounds ---------------------------------------------------------------------------------------- */

static void ask_for_nothing(struct fixture *f, const char *page) {
  struct vmx_upload run = {0};
  struct vmx_upload_batch batch = {0};
  size_t cached = 0;
  support_begin_upload(f, &run, 50);
  support_ok(f, vmx_store_count_cached(f->store, f->service, NULL, &cached, &f->err));
  support_ok(f, vmx_store_next_cached(f->store, f->service, NULL, &batch, &f->err));
  support_ok(f, vmx_store_next_batch(f->store, &run, "id", "", &batch, &f->err));
  assert_int_equal(batch.count, 0);
  vmx_upload_batch_done(&batch);
  vmx_upload_done(&run);
  support_download(f, page);
}

static void edit(struct fixture *f) {
  size_t count;
  support_create(f, f->dept, "{\"Name\":\"d\"}", NULL);
  support_create(f, f->emp, "{\"Name\":\"e\",\"DeptId\":-1}", NULL);
  support_create(f, f->emp, "{\"Name\":\"g\",\"DeptId\":-1}", "{\"markForUpload\":false}");
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":1}", NULL);
  support_update(f, f->pair, "{\"V\":\"1\"}", "{\"whereCondition\":{\"A\":\"x\"}}");
  support_update(f, f->pair, "{\"V\":\"2\"}", "{\"trackIntermediateUpdates\":false,\"primaryKeys\":{\"A\":\"x\",\"B\":1}}");
  support_ok(f, vmx_store_mark_for_upload(f->store, f->emp, text_of(NULL), &f->err));
  support_ok(f, vmx_store_delete(f->store, f->pair, text_of(NULL),
                                 text_of("{\"whereConditionAsAString\":\"B > 0\"}"), &count, &f->err));
  support_pending(f, f->emp);
  support_rows(f, f->emp);
}

static void upload(struct fixture *f) {
  struct vmx_upload run = {0};
  struct vmx_upload_batch batch = {0};
  support_begin_upload(f, &run, 2);
  support_ok(f, vmx_store_next_batch(f->store, &run, "id-1", "a=b", &batch, &f->err));
  assert_int_equal(batch.count, 2);
  support_ok(f, support_answer(f, &run, &batch,
      "{\"opstatus\":0,\"_metadata\":{},\"objects\":[{\"name\":\"Dept\",\"records\":[{\"Id\":7,\"_Id\":-1,"
      "\"Name\":\"d\",\"_metadata\":{\"rowId\":1,\"opstatus\":0}}]},{\"name\":\"Emp\",\"records\":[{\"EmpId\":8,"
      "\"_EmpId\":-2,\"Name\":\"e\",\"Pay\":null,\"On\":null,\"DeptId\":7,"
      "\"_metadata\":{\"rowId\":2,\"opstatus\":0}}]}]}"));
  vmx_upload_batch_clear(&batch);
  support_ok(f, vmx_store_next_batch(f->store, &run, "id-2", "", &batch, &f->err));
  support_ok(f, vmx_store_end_request(f->store, &batch, true, &f->err));
  support_ok(f, vmx_store_next_cached(f->store, f->service, NULL, &batch, &f->err));
  support_ok(f, vmx_store_end_request(f->store, &batch, false, &f->err));
  vmx_upload_batch_done(&batch);
  vmx_upload_done(&run);
}

static void download(struct fixture *f) {
  struct vmx_download run = {0};
  support_begin_download(f, &run, true, true);
  support_ok(f, support_page(f, &run, EMP_PAGE(EMP_ROW("1", "one") "," EMP_ROW("-3", "mine"), MORE_PAGES("1"))));
  support_ok(f, support_page(f, &run, EMP_PAGE("{\"EmpId\":1,\"_metadata\":{\"action\":\"delete\"}}", LAST_PAGE)));
  vmx_download_done(&run);
}

static void undo(struct fixture *f) {
  size_t count;
  support_ok(f, vmx_store_delete(f->store, f->dept, text_of(NULL),
                                 text_of("{\"primaryKeys\":{\"Id\":7}}"), &count, &f->err)); /* cascade */
  support_ok(f, vmx_store_rollback(f->store, f->service, f->emp, text_of("{\"EmpId\":8}"), &f->err));
  support_ok(f, vmx_store_rollback(f->store, f->service, f->emp, text_of(NULL), &f->err));
  support_ok(f, vmx_store_rollback(f->store, NULL, NULL, text_of(NULL), &f->err));
  support_ok(f, vmx_store_clear(f->store, f->service, f->emp, &f->err));
  support_ok(f, vmx_store_clear(f->store, f->service, NULL, &f->err));
}

/* ---- the tests ------------------------------------------------------------------------------------ */

#define STATEMENT_TEXT(name, sql) sql,
static const char *const statements[] = {VMX_STATEMENTS(STATEMENT_TEXT)};

static void no_statement_of_the_list_goes_through_a_table(void **state) {
  struct fixture *f = *state;
  size_t checked = 0;
  for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
    if (!has_plan(statements[i])) continue;
    check_plan(f->store, statements[i], false);
    checked++;
  }
  assert_true(checked > 30);
}

static void no_call_goes_through_a_table_without_a_reason(void **state) {
  struct fixture *f = *state;
  sqlite3_trace_v2(f->store->db, SQLITE_TRACE_STMT, see, NULL);
  edit(f);
  upload(f);
  download(f);
  undo(f);
  check_seen(f->store, false, 40);
}

/* W-31, UPL-02: with rows, deltas and deferred edits in the database, a sync that has nothing to send and is
 * given nothing looks at none of them. */
static void a_sync_with_nothing_to_do_goes_through_no_table(void **state) {
  struct fixture *f = *state;
  support_download(f, EMP_PAGE(EMP_ROW("1", "one") "," EMP_ROW("2", "two"), LAST_PAGE));
  support_create(f, f->emp, "{\"Name\":\"g\"}", "{\"markForUpload\":false}");
  sqlite3_trace_v2(f->store->db, SQLITE_TRACE_STMT, see, NULL);
  ask_for_nothing(f, "{\"opstatus\":0,\"Objects\":[],\"delta_context\":{\"objs\":{}}}");
  check_seen(f->store, true, 6);
}

/* A reason that nothing needs any more is taken out of the list. */
static void each_reason_is_needed(void **state) {
  (void)state;
  for (size_t i = 0; i < ALLOWED; i++)
    if (!used[i]) fail_msg("nothing needs \"%s\" on %s", allowed_rows[i].sql, allowed_rows[i].table);
}

int main(void) {
  const struct CMUnitTest tests[] = {STORE_TEST(no_statement_of_the_list_goes_through_a_table),
                                     STORE_TEST(no_call_goes_through_a_table_without_a_reason),
                                     STORE_TEST(a_sync_with_nothing_to_do_goes_through_no_table),
                                     STORE_TEST(each_reason_is_needed)};
  return cmocka_run_group_tests_name("store/plans", tests, NULL, NULL);
}
