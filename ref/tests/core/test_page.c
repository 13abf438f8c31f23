/* Download requests, and pages cut off or broken at any byte (W-18, W-19, NET-02). */
#include "model_support.h"

#include "core/download.h"

struct fixture {
  struct vmx_model *model;
  struct vmx_download run;
};

static struct fixture open_run(const char *object, const struct vmx_pairs *params,
                               const struct vmx_pairs *filter) {
  struct fixture f = {.model = support_model(SUPPORT_METADATA)};
  const struct vmx_download_config config = {.service = &f.model->services[0],
                                             .object = object ? support_object(f.model, object) : NULL,
                                             .batch_size = 0,
                                             .query_params = params,
                                             .filter = filter};
  assert_int_equal(vmx_download_init(&f.run, &config, NULL), 0);
  return f;
}

static void close_run(struct fixture *f) {
  vmx_download_done(&f->run);
  vmx_model_free(f->model);
}

static void assert_request(const struct vmx_download *run, const char *body, const char *query) {
  struct base_buf b = BASE_BUF_INIT, q = BASE_BUF_INIT;
  assert_int_equal(vmx_download_request(run, &b, &q, NULL), 0);
  assert_string_equal(base_buf_string(&b), body);
  assert_string_equal(base_buf_string(&q), query);
  base_buf_done(&b);
  base_buf_done(&q);
}

static void filters_go_into_the_body_at_service_level(void **state) { /* W-19, OPT-12 */
  (void)state;
  char name[] = "Emp", value[] = "Name eq 'a\"b'";
  struct vmx_pair pair = {name, value};
  const struct vmx_pairs filter = {&pair, 1};
  struct fixture f = open_run(NULL, NULL, &filter);
  f.run.deltas[1] = (struct vmx_value){"\"d\"", 3};
  assert_request(&f.run,
                 "{\"delta_context\":{\"objs\":{\"Emp\":{\"delta\":\"d\",\"odatastring\":\"$filter=Name eq 'a\\\"b'\"}}}}",
                 "%24batchsize=0&offline=true");
  close_run(&f);
}

static void filters_go_into_the_query_at_object_level(void **state) { /* W-18, W-19 */
  (void)state;
  char name[] = "Emp", value[] = "a+b é", key[] = "k&", text[] = "1%";
  struct vmx_pair pair = {name, value}, param = {key, text};
  const struct vmx_pairs filter = {&pair, 1}, params = {&param, 1};
  struct fixture f = open_run("Emp", &params, &filter);
  assert_request(&f.run, "{}", "k%26=1%25&%24batchsize=0&%24filter=a%2Bb%20%C3%A9");
  close_run(&f);
}

static void names_of_the_protocol_are_refused(void **state) { /* W-18 */
  (void)state;
  char key[] = "$filter", text[] = "x";
  struct vmx_pair param = {key, text};
  const struct vmx_pairs params = {&param, 1};
  struct fixture f = open_run(NULL, &params, NULL);
  struct base_buf b = BASE_BUF_INIT, q = BASE_BUF_INIT;
  assert_int_equal(vmx_download_request(&f.run, &b, &q, NULL), 2030);
  base_buf_done(&b);
  base_buf_done(&q);
  close_run(&f);
}

/* Reads the page to its end; counts records. */
static enum vmx_page_event read_page(struct vmx_download *run, const char *text, size_t len, size_t *records) {
  struct base_error err = {0};
  struct vmx_page page = {0};
  assert_int_equal(vmx_page_open(&page, run, text, len, &err), 0);
  enum vmx_page_event event;
  *records = 0;
  while ((event = vmx_page_next(&page, &err)) != VMX_PAGE_END && event != VMX_PAGE_BAD)
    *records += event == VMX_PAGE_RECORD;
  assert_int_equal(event == VMX_PAGE_BAD, err.code != 0);
  vmx_page_close(&page);
  return event;
}

static const char service_page[] =
    "{\"Objects\":[{\"records\":[{\"Id\":1,\"Name\":\"x\\n\",\"staff\":[{\"EmpId\":2,\"Name\":\"e\",\"Pay\":1,\"On\":1,"
    "\"DeptId\":1}]}],\"name\":\"Dept\"}],\"delta_context\":{\"objs\":{\"Dept\":{\"delta\":\"d\"}}},\"opstatus\":0}";

static void a_page_cut_anywhere_is_bad(void **state) { /* NET-02 */
  (void)state;
  struct fixture f = open_run(NULL, NULL, NULL);
  size_t records, len = strlen(service_page);
  assert_int_equal(read_page(&f.run, service_page, len, &records), VMX_PAGE_END);
  assert_int_equal(records, 2);
  for (size_t cut = 0; cut < len; cut++) {
    char *copy = malloc(cut + 1); /* of its own size: a read behind the end is seen */
    assert_non_null(copy);
    memcpy(copy, service_page, cut);
    assert_int_equal(read_page(&f.run, copy, cut, &records), VMX_PAGE_BAD);
    free(copy);
  }
  close_run(&f);
}

static void a_byte_changed_anywhere_does_no_harm(void **state) { /* NET-02 */
  (void)state;
  struct fixture f = open_run(NULL, NULL, NULL);
  size_t records, len = strlen(service_page);
  static const char bytes[] = "{}[]\",:0n\x01\xff\\";
  char *copy = malloc(len);
  assert_non_null(copy);
  for (size_t at = 0; at < len; at++)
    for (size_t k = 0; k < strlen(bytes); k++) {
      memcpy(copy, service_page, len);
      copy[at] = bytes[k];
      read_page(&f.run, copy, len, &records);
      assert_true(records <= 2);
    }
  free(copy);
  close_run(&f);
}

static void object_level_records_stand_at_the_top(void **state) { /* W-20 */
  (void)state;
  static const char page[] = "{\"opstatus\":\"0\",\"records\":[{\"Id\":1,\"Name\":null}],\"_metadata\":{}}";
  struct fixture f = open_run("Dept", NULL, NULL);
  size_t records;
  assert_int_equal(read_page(&f.run, page, strlen(page), &records), VMX_PAGE_END);
  assert_int_equal(records, 1);
  close_run(&f);
}

/* -- what a page comes to, event by event ------------------------------------------------------------- */

/* "Dept 1", "-Dept 1" for a delete, "!Dept 2474 why" for a problem; then "end", "more" or a code. */
static void write_event(struct base_buf *out, enum vmx_page_event event, const struct vmx_page *page,
                        const struct base_error *err) {
  const struct vmx_page_record *record = &page->record;
  const struct vmx_page_problem *problem = &page->problem;
  const struct vmx_value *key = event == VMX_PAGE_RECORD ? &record->row[record->object->key[0]] : NULL;
  if (key)
    base_buf_printf(out, "%s%s %.*s, ", record->deleted ? "-" : "", record->object->name,
                    (int)key->len, key->text);
  else if (event == VMX_PAGE_PROBLEM)
    base_buf_printf(out, "!%s %lld %s, ", problem->object ? problem->object->name : "?",
                    (long long)problem->opstatus, problem->errmsg);
  else if (event == VMX_PAGE_END) base_buf_text(out, page->end.more ? "more" : "end");
  else base_buf_printf(out, "%d", err->code);
}

static void write_deltas(struct base_buf *out, const struct vmx_page *page) {
  size_t cursor = 0;
  const struct vmx_object *object;
  struct vmx_value raw;
  while (vmx_page_delta(page, &cursor, &object, &raw))
    base_buf_printf(out, " %s=%.*s", object->name, (int)raw.len, raw.text);
}

/* ' stands for " in the page. */
static void page_comes_to(const char *level, const char *text, const char *wanted) {
  struct fixture f = open_run(level, NULL, NULL);
  struct base_buf out = BASE_BUF_INIT;
  struct base_error err = {0};
  struct vmx_page page = {0};
  char *copy = strdup(text);
  for (char *c = copy; *c; c++)
    if (*c == '\'') *c = '"';
  assert_int_equal(vmx_page_open(&page, &f.run, copy, strlen(copy), &err), 0);
  enum vmx_page_event event;
  do write_event(&out, event = vmx_page_next(&page, &err), &page, &err);
  while (event != VMX_PAGE_END && event != VMX_PAGE_BAD);
  if (event == VMX_PAGE_END) write_deltas(&out, &page);
  if (strcmp(base_buf_string(&out), wanted) != 0)
    fail_msg("%s\n  comes to %s\n  not to   %s", text, base_buf_string(&out), wanted);
  vmx_page_close(&page);
  base_buf_done(&out);
  free(copy);
  close_run(&f);
}

struct expectation {
  const char *text, *comes_to;
};

static void pages_come_to(const char *level, const struct expectation *rows, size_t count) {
  for (size_t i = 0; i < count; i++) page_comes_to(level, rows[i].text, rows[i].comes_to);
}

#define DEPTS(records) "{'Objects':[{'name':'Dept','records':[" records "]}]}"

/* W-21, W-25, DNL-05, DNL-09: of records. */
static void records_are_taken_deleted_or_told(void **state) {
  (void)state;
  static const struct expectation rows[] = {
      {DEPTS("{'Id':1,'Name':'x'},{'Id':2,'Name':null}"), "Dept 1, Dept 2, end"},
      {DEPTS("{'Id':1,'N\\u0061me':'x','more':{'a':[1,{}]}}"), "Dept 1, end"},
      {DEPTS("{'Id':1,'_metadata':{'action':'delete'}}"), "-Dept 1, end"},
      {DEPTS("{'Id':1,'Name':'x','_metadata':{'action':'anything','checksum':5,'x':[]}}"), "Dept 1, end"},
      {DEPTS("{'Id':1,'Name':'x','_metadata':null}"), "Dept 1, end"},
      {DEPTS("{'Id':1,'Name':'x','_metadata':{'opstatus':0,'errmsg':null}}"), "Dept 1, end"},
      {DEPTS("{'Id':1,'_metadata':{'opstatus':17,'errmsg':'no'}},{'Id':2,'Name':'x'}"), "!Dept 17 no, Dept 2, end"},
      {DEPTS("{'Id':1,'Name':'x','_metadata':{'opstatus':'17'}}"),
       "!Dept 17 the server reports a failed record, end"},
      {DEPTS("{'Id':1,'Name':'x','_metadata':{'errmsg':'no'}}"), "!Dept 2474 no, end"},
      {DEPTS("{'Id':1,'Name':'a'},{'Id':{},'Name':'x'}"), "Dept 1, 2474"},
      {DEPTS("{'Id':1,'Name':'a'},7"), "Dept 1, 2474"},
      {DEPTS("{'Id':1,'Name':'a'},{'Id'}"), "Dept 1, 2037"},
      {DEPTS("{'Id':1,'Name':'a','staff':[{'EmpId':9,'_metadata':{'action':'delete'}}]}"), "Dept 1, -Emp 9, end"},
      {DEPTS("{'Id':1,'Name':'a','staff':[7]}"), "Dept 1, 2474"},
      {DEPTS("{'Id':1,'Name':'a','staff':{'EmpId':9}}"), "Dept 1, end"},
      {DEPTS("{'Id':1,'Name':'a','st\\u0061ff':[{'EmpId':9,'_metadata':{'action':'delete'}}]}"), "Dept 1, -Emp 9, end"},
      {DEPTS("{'Id':1,'Name':'a','Emp':[{'EmpId':9,'_metadata':{'action':'delete'}}]}"), "Dept 1, -Emp 9, end"}};
  pages_come_to(NULL, rows, sizeof rows / sizeof *rows);
}

/* W-20, W-21, DNL-09, DNL-14: of objects and of the answer around them. */
static void objects_are_taken_or_told(void **state) {
  (void)state;
  static const struct expectation rows[] = {
      {"{'Objects':[{'records':[{'Id':1,'Name':'x'}],'opstatus':0,'name':'Dept'}]}", "Dept 1, end"},
      {"{'Objects':[{'name':'Dept','records':null},{'name':'Emp'}]}", "end"},
      {"{'Objects':[{'name':'Nobody','records':[{'a':1}]}]}", "end"},
      {"{'Objects':[{'records':[{'a':1}]}]}", "end"},
      {"{'Objects':null}", "end"},
      {"{}", "end"},
      {"{'Objects':{}}", "2474"},
      {"{'Objects':[7]}", "2474"},
      {"{'Objects':[{'name':'Dept','records':{}}]}", "2474"},
      {"{'Objects':[{'name':'Dept','opstatus':8009,'errmsg':'closed','records':[]}]}", "!Dept 8009 closed, end"},
      {"{'Objects':[{'name':'Nobody','opstatus':8009,'errmsg':'closed'}]}", "!? 8009 closed, end"},
      {"{'Objects':[],'opstatus':8009,'errmsg':'closed'}", "2038"},
      {"{'Objects':[],'opstatus':8009,'errmsg':[]}", "2038"},
      {"{'Objects':[],'opstatus':[]}", "2037"},
      {"[]", "2037"},
      {"7", "2037"},
      {"", "2037"},
      {"{'Objects':[]} x", "2037"}};
  pages_come_to(NULL, rows, sizeof rows / sizeof *rows);
}

#define EMP9 "'EmpId':9,'Name':'n','Pay':1,'On':1,'DeptId':1"

/* DNL-13, W-21, W-25: nested records are those of their own object: behind their parents, refused when
 * they are partial, their object's delta held. */
static void nested_records_go_to_their_own_object(void **state) {
  (void)state;
  static const struct expectation rows[] = {
      {DEPTS("{'staff':[{" EMP9 "}],'Id':1,'Name':'a'},{'Id':2,'Name':'b'}"), "Dept 1, Dept 2, Emp 9, end"},
      {DEPTS("{'Id':1,'Name':'a','staff':[{'EmpId':8},{" EMP9 "}]}"),
       "Dept 1, !Emp 2474 a record of Emp lacks Name: partial records are refused, Emp 9, end"},
      {DEPTS("{'Id':1,'staff':[{" EMP9 "}]}"),
       "!Dept 2474 a record of Dept lacks Name: partial records are refused, Emp 9, end"},
      {DEPTS("{'Id':1,'_metadata':{'action':'delete'},'staff':[{'EmpId':9,'_metadata':{'action':'delete'}}]}"),
       "-Dept 1, -Emp 9, end"},
      {DEPTS("{'Id':1,'Name':'a','staff':[]},{'Id':2,'Name':'b','staff':null}"), "Dept 1, Dept 2, end"},
      {"{'Objects':[{'records':[{'Id':1,'Name':'a','staff':[{" EMP9 "}]}],'name':'Dept'}]}", "Dept 1, Emp 9, end"},
      {"{'Objects':[{'name':'Dept','opstatus':1,'errmsg':'no','records':[{'Id':1,'Name':'a','staff':[{" EMP9 "}]}]}]}",
       "!Dept 1 no, end"}};
  pages_come_to(NULL, rows, sizeof rows / sizeof *rows);
  page_comes_to("Dept", "{'records':[{'Id':1,'Name':'a','Emp':[{" EMP9 "}]}]}", "Dept 1, Emp 9, end");
}

/* Nested records count (DNL-13); a child's delta is held with its partial record. */
static void nested_records_are_counted(void **state) {
  (void)state;
  struct fixture f = open_run(NULL, NULL, NULL);
  size_t records;
  static const char page[] =
      "{\"Objects\":[{\"name\":\"Dept\",\"records\":[{\"Id\":1,\"Name\":\"a\",\"staff\":[{\"EmpId\":8},"
      "{\"EmpId\":9,\"_metadata\":{\"action\":\"delete\"}}]}]}],\"delta_context\":{\"objs\":{}}}";
  assert_int_equal(read_page(&f.run, page, strlen(page), &records), VMX_PAGE_END);
  assert_int_equal(f.run.page_records, 3);
  assert_true(f.run.held[1]);
  assert_false(f.run.held[0]);
  close_run(&f);
}

#define CONTEXT(objs) "{'Objects':[],'delta_context':" objs "}"

/* W-21, W-22, DNL-01: the context, and whose delta moves. */
static void the_context_says_what_comes_next(void **state) {
  (void)state;
  static const struct expectation rows[] = {
      {CONTEXT("{'objs':{'Dept':{'delta':'d1'},'Emp':{'x':1,'delta':7}}}"), "end Dept='d1' Emp=7"},
      {CONTEXT("{'other':[1],'objs':{'Dept':{'delta':null},'Emp':{'delta':{}}}}"), "end Emp={}"},
      {CONTEXT("{'objs':{'Dept':7,'Nobody':{'delta':1},'Emp':{}}}"), "end"},
      {CONTEXT("{'objs':7}"), "end"},
      {CONTEXT("{}"), "end"},
      {CONTEXT("null"), "end"},
      {CONTEXT("7"), "end"},
      {"{'Objects':[{'name':'Dept','opstatus':1}],'delta_context':{'objs':{'Dept':{'delta':1},'Emp':{'delta':2}}}}",
       "!Dept 1 the server reports a failed object, end Emp=2"},
      {"{'hasMoreRecords':'true','delta_context':{'objs':{'Dept':{'delta':1}}}}", "more"},
      {"{'hasMoreRecords':true,'delta_context':{'objs':{}}}", "more"},
      {"{'hasMoreRecords':'false','delta_context':{'objs':{}}}", "end"},
      {"{'hasMoreRecords':1}", "end"},
      {"{'hasMoreRecords':'true'}", "2405"},
      {"{'hasMoreRecords':'true','delta_context':null}", "2405"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char *wanted = strdup(rows[i].comes_to);
    for (char *c = wanted; *c; c++)
      if (*c == '\'') *c = '"';
    page_comes_to(NULL, rows[i].text, wanted);
    free(wanted);
  }
}

/* W-20, W-21: at object level another object's records are not taken, its children's are told apart. */
static void at_object_level_the_object_alone_counts(void **state) {
  (void)state;
  static const struct expectation rows[] = {
      {"{'records':[{'Id':1,'Name':'x'}],'delta_context':{'objs':{'Dept':{'delta':1},'Emp':{'delta':2}}}}",
       "Dept 1, end Dept=1"},
      {"{'records':null}", "end"},
      {"{'records':{}}", "2474"},
      {"{'records':[[]]}", "2474"},
      {"{'records'", "2037"},
      {"{'Objects':[{'name':'Emp','records':[{'EmpId':1,'_metadata':{'action':'delete'}}]}]}", "end"}};
  pages_come_to("Dept", rows, sizeof rows / sizeof *rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(filters_go_into_the_body_at_service_level),
                                     cmocka_unit_test(filters_go_into_the_query_at_object_level),
                                     cmocka_unit_test(names_of_the_protocol_are_refused),
                                     cmocka_unit_test(a_page_cut_anywhere_is_bad),
                                     cmocka_unit_test(a_byte_changed_anywhere_does_no_harm),
                                     cmocka_unit_test(object_level_records_stand_at_the_top),
                                     cmocka_unit_test(records_are_taken_deleted_or_told),
                                     cmocka_unit_test(objects_are_taken_or_told),
                                     cmocka_unit_test(nested_records_go_to_their_own_object),
                                     cmocka_unit_test(nested_records_are_counted),
                                     cmocka_unit_test(the_context_says_what_comes_next),
                                     cmocka_unit_test(at_object_level_the_object_alone_counts)};
  return cmocka_run_group_tests_name("core/page", tests, NULL, NULL);
}
