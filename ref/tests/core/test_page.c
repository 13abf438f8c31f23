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

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(filters_go_into_the_body_at_service_level),
                                     cmocka_unit_test(filters_go_into_the_query_at_object_level),
                                     cmocka_unit_test(names_of_the_protocol_are_refused),
                                     cmocka_unit_test(a_page_cut_anywhere_is_bad),
                                     cmocka_unit_test(a_byte_changed_anywhere_does_no_harm),
                                     cmocka_unit_test(object_level_records_stand_at_the_top)};
  return cmocka_run_group_tests_name("core/page", tests, NULL, NULL);
}
