/* executeSelectQuery: one SELECT over all objects, and nothing else. */
#include "store_support.h"

#include "base/cleanup.h"
#include "store/internal.h"

static void fill(struct fixture *f) {
  support_download(f, "{\"Objects\":[{\"name\":\"Dept\",\"records\":[{\"Id\":1,\"Name\":\"R&D\"},{\"Id\":2,\"Name\":\"Ops\"}]},"
                      "{\"name\":\"Emp\",\"records\":["
                      "{\"EmpId\":1,\"Name\":\"Ada\",\"Pay\":\"12.50\",\"On\":true,\"DeptId\":1},"
                      "{\"EmpId\":2,\"Name\":\"Bob\",\"Pay\":9,\"On\":false,\"DeptId\":1},"
                      "{\"EmpId\":3,\"Name\":\"Eve\",\"Pay\":null,\"On\":null,\"DeptId\":2}]},"
                      "{\"name\":\"ns.Pair\",\"records\":[{\"A\":\"7\",\"B\":1,\"V\":\"2020-01-02\"}]}]}");
}

static int run(struct fixture *f, const char *query) {
  base_buf_clear(&f->out);
  f->err = (struct base_error){0};
  return vmx_store_select(f->store, text_of(query), &f->out, &f->err);
}

/* With ' for " in the rows. */
static void gives(struct fixture *f, const char *query, const char *rows) {
  if (run(f, query) != 0) fail_msg("%s: %s", query, f->err.text);
  for (char *p = f->out.data; *p; p++)
    if (*p == '"') *p = '\'';
  if (strcmp(f->out.data, rows) != 0) fail_msg("%s:\n gives %s\n wanted %s", query, f->out.data, rows);
}

/* W-14, W-15, W-3: objects and columns by name, values by datatype. */
static void a_query_reads_objects_by_name(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *query, *rows;
  } queries[] = {
      {"Select * from Dept where Id=1", "[{'Id':1,'Name':'R&D'}]"},
      {"select name, PAY from emp order by Pay desc", "[{'name':'Ada','PAY':12.5},{'name':'Bob','PAY':9},{'name':'Eve','PAY':null}]"},
      {"SELECT e.Name, d.Name FROM Emp e JOIN Dept d ON e.DeptId = d.Id WHERE e.Pay > 9",
       "[{'Name':'Ada','Name:1':'R&D'}]"},
      {"SELECT d.Name AS dept, count(*) AS n, sum(Pay) AS pay FROM Dept d LEFT JOIN Emp ON DeptId = Id"
       " GROUP BY d.Id HAVING count(*) > 1;\n ", "[{'dept':'R&D','n':2,'pay':21.5}]"},
      {"SELECT A, B, V FROM \"ns.Pair\" WHERE A = 7", "[{'A':'7','B':1,'V':'2020-01-02'}]"},
      {"SELECT V FROM Pair WHERE B = '1'", "[{'V':'2020-01-02'}]"},
      {"WITH low AS (SELECT * FROM Emp WHERE Pay < 10) SELECT Name FROM low", "[{'Name':'Bob'}]"},
      {"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n",
       "[{'i':1},{'i':2},{'i':3}]"},
      {"SELECT count(*) AS n FROM Emp", "[{'n':3}]"},
      {"SELECT count(*) AS n FROM (SELECT 1 FROM Emp UNION ALL SELECT 1 FROM Dept)", "[{'n':5}]"},
      {"SELECT Name FROM Emp WHERE EXISTS (SELECT 1 FROM Dept WHERE Id = DeptId AND Name = 'Ops')", "[{'Name':'Eve'}]"},
      {"SELECT Name FROM Emp WHERE [On] = 1 -- the ones that are there", "[{'Name':'Ada'}]"},
      {"SELECT EmpId FROM Emp ORDER BY Name DESC LIMIT 2", "[{'EmpId':3},{'EmpId':2}]"},
      {"SELECT upper(Name) AS u FROM Dept WHERE Name LIKE 'o%'", "[{'u':'OPS'}]"},
      {"VALUES (1, 2)", "[{'column1':1,'column2':2}]"},
      {"SELECT 9223372036854775807 AS big, 0.1 AS tenth, 9e999 AS much, x'0aff' AS bytes, NULL AS none, '' AS empty",
       "[{'big':9223372036854775807,'tenth':0.1,'much':9e999,'bytes':'0AFF','none':null,'empty':''}]"},
      {"SELECT 0.1 + 0.2 AS sum, 1e300 AS far, -9e999 AS low, 3.0 AS three", "[{'sum':0.3,'far':1.0e+300,'low':-9e999,'three':3.0}]"},
      {"SELECT CAST(x'ff' AS TEXT) AS broken", "[{'broken':'FF'}]"},
      {"SELECT Name FROM Emp WHERE 0", "[]"}};
  fill(f);
  for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) gives(f, queries[i].query, queries[i].rows);
}

static void booleans_are_told_by_their_column(void **state) { /* W-13, SET-05 */
  struct fixture *f = *state;
  fill(f);
  vmx_store_set_boolean_form(f->store, VMX_BOOLEAN_LITERAL);
  gives(f, "SELECT \"On\", EmpId FROM Emp WHERE EmpId < 3", "[{'On':true,'EmpId':1},{'On':false,'EmpId':2}]");
}

/* All that is no reading of objects is refused with 2001, and changes nothing. */
static void everything_else_is_refused(void **state) {
  struct fixture *f = *state;
  static const char *const bad[] = {
      NULL, "", "  ", "Emp", "DELETE FROM Emp", "DROP TABLE o_Emp", "PRAGMA user_version=9", "BEGIN", "VACUUM",
      "ATTACH '/tmp/x' AS x", "EXPLAIN SELECT 1", "INSERT INTO o_Dept(k) VALUES(9) RETURNING k",
      "WITH x AS (SELECT 1) DELETE FROM o_Emp", "SELECT 1; SELECT 2", "SELECT 1); DELETE FROM o_Emp; --",
      "SELECT 1); DELETE FROM o_Emp", "SELECT * FROM Nobody", "SELECT Nothing FROM Emp", "SELECT", "SELECT (",
      "SELECT * FROM vmx_log", "SELECT row_id FROM VMX_LOG", "SELECT count(*) FROM vmx_setup", "SELECT count(*) FROM main.vmx_log",
      "SELECT * FROM main.vmx_service", "WITH Emp AS (SELECT * FROM vmx_copy) SELECT * FROM Emp",
      "SELECT (SELECT document FROM vmx_setup)", "SELECT k FROM o_Emp", "SELECT sum FROM main.o_Emp",
      "SELECT name FROM sqlite_master", "SELECT count(*) FROM sqlite_schema", "SELECT * FROM sqlite_temp_master",
      "SELECT * FROM pragma_table_info('vmx_log')", "SELECT count(*) FROM pragma_database_list",
      "SELECT load_extension('x')", "SELECT sqlite_version()", "SELECT fts3_tokenizer('x')",
      "SELECT last_insert_rowid()", "SELECT ?1", "SELECT :name", "SELECT zeroblob(1000000000)",
      "SELECT 1 /* open", "SELECT 1 AS \"\xff\""};
  fill(f);
  support_create(f, f->emp, "{\"Name\":\"new\"}", NULL);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    if (run(f, bad[i]) != 2001) fail_msg("%s: %d %s", bad[i], f->err.code, base_buf_string(&f->out));
    assert_int_equal(f->err.code, 2001);
    assert_non_null(strstr(f->err.text, "select query"));
  }
  assert_non_null(strstr(support_rows(f, f->emp), "\"new\""));
  assert_string_equal(support_pending(f, f->emp), "{\"pendingSyncRecords\":[{\"EmpId\":-1}]}");
}

/* A query that does not come to an end is stopped, by the machine's steps and not by a clock. */
static void a_query_without_an_end_is_stopped(void **state) {
  struct fixture *f = *state;
  f->store->select_steps_max = 1000000;
  assert_int_equal(run(f, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"), 2001);
  assert_non_null(strstr(f->err.text, "more steps"));
  gives(f, "SELECT 1 AS one", "[{'one':1}]");
  support_create(f, f->dept, "{\"Name\":\"d\"}", NULL); /* and nothing of it is left behind */
}

/* W-3, W-11: a short name is there when it is the object's alone; reserved names are names. */
static void names_are_the_objects_own(void **state) {
  struct fixture *f = *state;
  struct vmx_model *model = support_model(
      "{\"timestamp\":\"t\",\"namespaces\":[{\"name\":\"a\",\"objects\":[{\"name\":\"Twin\",\"key\":[\"Id\"],"
      "\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\"}]}]},{\"name\":\"b\",\"objects\":[{\"name\":\"Twin\","
      "\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\"}]}]},{\"name\":\"\",\"objects\":["
      "{\"name\":\"vmx_log\",\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\"}]},"
      "{\"name\":\"order \\\"by\\\"\",\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\"}]}]}]}");
  support_ok(f, vmx_store_save_setup(f->store, model, &f->err));
  support_create(f, support_object(model, "a.Twin"), "{\"Id\":1}", NULL);
  support_create(f, support_object(model, "vmx_log"), "{\"Id\":3}", NULL);
  gives(f, "SELECT * FROM \"a.Twin\"", "[{'Id':1}]");
  gives(f, "SELECT * FROM \"b.Twin\"", "[]");
  assert_int_equal(run(f, "SELECT * FROM Twin"), 2001);
  gives(f, "SELECT Id, (SELECT count(*) FROM vmx_log) AS n FROM vmx_log", "[{'Id':3,'n':1}]");
  assert_int_equal(run(f, "SELECT count(*) FROM main.vmx_log"), 2001);
  gives(f, "SELECT count(*) AS n FROM \"order \"\"by\"\"\"", "[{'n':0}]");
  vmx_model_free(f->model);
  f->model = model;
}

/* SQLite prepares all statements anew when it is to ask somebody else. */
static void other_statements_stay_prepared(void **state) {
  struct fixture *f = *state;
  sqlite3_stmt *other;
  fill(f);
  gives(f, "SELECT Name FROM Dept WHERE Id=1", "[{'Name':'R&D'}]");
  assert_int_equal(sqlite3_prepare_v2(f->store->db, "SELECT count(*) FROM vmx_log", -1, &other, NULL), SQLITE_OK);
  gives(f, "SELECT Name FROM Dept WHERE Id=2", "[{'Name':'Ops'}]");
  assert_int_equal(sqlite3_step(other), SQLITE_ROW);
  assert_int_equal(sqlite3_stmt_status(other, SQLITE_STMTSTATUS_REPREPARE, 0), 0);
  sqlite3_finalize(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {STORE_TEST(a_query_reads_objects_by_name),
                                     STORE_TEST(booleans_are_told_by_their_column),
                                     STORE_TEST(everything_else_is_refused),
                                     STORE_TEST(a_query_without_an_end_is_stopped),
                                     STORE_TEST(names_are_the_objects_own),
                                     STORE_TEST(other_statements_stay_prepared)};
  return cmocka_run_group_tests_name("store/select", tests, NULL, NULL);
}
