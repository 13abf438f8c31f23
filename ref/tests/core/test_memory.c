/*
 * Torture of core's readers and writers: the nth allocation fails, for each n. Each call ends in 2460 with
 * nothing left behind (the address sanitizer watches), or does without that memory.
 */
#include "model_support.h"

#include <stdio.h>

#include "../engine/allocator.h"
#include "core/download.h"
#include "core/edit.h"
#include "core/hierarchy.h"
#include "core/upload.h"

enum { NTH_MAX = 10000 };

static struct vmx_model *model; /* of the works that need one */

/** 0 or a code; it allocates, and gives everything back. */
typedef int work(struct base_error *err);

static void torture(work *does, size_t at_least) {
  for (int all = 0; all < 2; all++)
    for (size_t nth = 1;; nth++) {
      struct base_error err = {0};
      allocator_arm(nth, all);
      int code = does(&err);
      bool failed = allocator_disarm();
      assert_int_equal(code, failed && code != 0 ? 2460 : 0); /* a sentence may be shorter */
      if (!failed) {
        assert_true(nth > at_least);
        break;
      }
      assert_true(nth < NTH_MAX);
    }
}

static int no_memory(struct base_error *err) { return base_fail(err, VMX_CODE_SYNC, "", "out of memory"); }

/* -- the works ------------------------------------------------------------------------------------------- */

static int read_model(struct base_error *err) {
  static const char metadata[] =
      "{\"timestamp\":7,\"uploadCache\":true,\"namespaces\":[{\"name\":\"n\",\"objects\":["
      "{\"name\":\"A\",\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\",\"auto_generated\":true},"
      "{\"name\":\"Ref\",\"datatype\":\"number\"}],\"relationships\":[{\"name\":\"r\",\"type\":\"OneToMany\","
      "\"target_object\":\"n.A\",\"source_fields\":[\"Id\"],\"target_fields\":[\"Ref\"]}],"
      "\"operations\":{\"get\":{\"$expand\":\"A\"},\"create\":{\"actions\":[{\"supportedObjects\":[{\"name\":\"A\",\"actions\":["
      "\"update\",{\"type\":[\"create\"],\"supportedObjects\":[\"A\"]}]}]}]}}}]}]}";
  struct vmx_model *read = vmx_model_new();
  if (!read) return no_memory(err);
  int code = vmx_model_read_document(read, SUPPORT_DOCUMENT, strlen(SUPPORT_DOCUMENT), err);
  if (code == 0)
    code = vmx_model_read_metadata(read, &read->services[0], metadata, strlen(metadata), err);
  if (code == 0) code = vmx_model_finish(read, err);
  vmx_model_free(read);
  return code;
}

/* Everything that a page can hold, in an order that makes records wait for their object's name. */
static const char page_text[] =
    "{\"errmsg\":\"fine\",\"Objects\":[{\"records\":[{\"Id\":1,\"Name\":\"x\\n\",\"_metadata\":{\"checksum\":\"c\\n\"},"
    "\"staff\":[{\"EmpId\":2,\"_metadata\":{\"action\":\"delete\"}}]},{\"Id\":9}],\"name\":\"D\\u0065pt\"},"
    "{\"name\":\"Emp\",\"opstatus\":\"5\",\"errmsg\":\"w\\u0065g\"},"
    "{\"name\":\"ns.Pair\",\"records\":[{\"A\":\"\\n\",\"B\":1,\"V\":null,\"_metadata\":{\"errmsg\":\"n\\n\"}}]}],"
    "\"delta_context\":{\"objs\":{\"Dept\":{\"delta\":\"d\"},\"ns.Pair\":{\"delta\":{}}}},\"opstatus\":0%s}";

static int read_page(struct vmx_download *run, const char *text, struct base_error *err) {
  struct vmx_page page = {0};
  int code = vmx_page_open(&page, run, text, strlen(text), err);
  if (code != 0) return code;
  enum vmx_page_event event = VMX_PAGE_RECORD;
  while (event != VMX_PAGE_END && event != VMX_PAGE_BAD) event = vmx_page_next(&page, err);
  code = event == VMX_PAGE_END ? vmx_download_advance(run, &page, err) : err->code;
  vmx_page_close(&page);
  return code;
}

static int write_request(struct vmx_download *run, struct base_error *err) {
  struct base_buf body = BASE_BUF_INIT, query = BASE_BUF_INIT, signature = BASE_BUF_INIT;
  int code = vmx_download_request(run, &body, &query, err);
  vmx_download_signature(run, &signature);
  if (code == 0 && signature.failed) code = no_memory(err);
  base_buf_done(&body);
  base_buf_done(&query);
  base_buf_done(&signature);
  return code;
}

static int download(struct base_error *err) {
  char name[] = "Emp", text[] = "a eq 'b\n'", key[] = "k", value[] = "v +";
  struct vmx_pair filter = {name, text}, param = {key, value};
  const struct vmx_pairs filters = {&filter, 1}, params = {&param, 1};
  const struct vmx_download_config config = {
      .service = &model->services[0], .query_params = &params, .filter = &filters};
  struct vmx_download run = {0};
  char more[sizeof page_text + 40], last[sizeof page_text];
  snprintf(more, sizeof more, page_text, ",\"hasMoreRecords\":\"true\"");
  snprintf(last, sizeof last, page_text, "");
  int code = vmx_download_init(&run, &config, err);
  if (code != 0) return code;
  if (code == 0) code = write_request(&run, err);
  if (code == 0) code = read_page(&run, more, err);
  if (code == 0) code = write_request(&run, err);
  if (code == 0) code = read_page(&run, last, err);
  if (code == 0) code = write_request(&run, err);
  vmx_download_done(&run);
  return code;
}

/* Three entries: one is stored, one is rejected, one is partial with messages in between. */
static const char upload_answer[] =
    "{\"opstatus\":0,\"_metadata\":{},\"objects\":[{\"records\":["
    "{\"EmpId\":101,\"_EmpId\":-1,\"Name\":\"\\n\",\"Pay\":null,\"On\":null,\"DeptId\":1,\"_metadata\":{\"rowId\":1,"
    "\"checksum\":\"c\\n\",\"intermediateErrors\":[\"so\",{\"opstatus\":\"3\",\"errmsg\":\"la\"}]}},"
    "{\"_metadata\":{\"rowId\":2,\"opstatus\":5,\"errmsg\":\"n\\n\"}},"
    "{\"EmpId\":103,\"_metadata\":{\"rowId\":3}}]}]}";

static int fill_batch(struct vmx_upload *run, struct vmx_upload_batch *batch, struct base_error *err) {
  const struct vmx_object *emp = support_object(model, "Emp");
  for (int i = 1; i <= 3; i++) {
    char key[4];
    snprintf(key, sizeof key, "-%d", i);
    const struct vmx_value row[7] = {{key, 2}, {"a\"", 2}, {0}, {0}, {"-9", 2}, {0}, {0}};
    const struct vmx_log_entry entry = {.row_id = i, .object = emp, .key = key, .action = VMX_CREATE,
                                        .marked = true, .row = row, .checksum = "c\""};
    if (vmx_upload_offer(run, batch, &entry) == VMX_OFFER_NO_MEMORY) return no_memory(err);
  }
  vmx_upload_encode(batch, VMX_BOOLEAN_LITERAL);
  return batch->body.failed ? no_memory(err) : 0;
}

static int take_answer(struct vmx_upload *run, const struct vmx_upload_batch *batch, struct base_error *err) {
  struct vmx_upload_outcomes outcomes = {0};
  struct vmx_sync_errors errors = {0};
  int code = vmx_upload_decode(batch, upload_answer, strlen(upload_answer), &outcomes, err);
  if (code == 0 && !vmx_upload_report(&outcomes, &errors)) code = no_memory(err);
  vmx_upload_outcomes_done(&outcomes);
  if (code == 0 && !vmx_upload_reject(run, batch, upload_answer, strlen(upload_answer), &errors))
    code = no_memory(err);
  vmx_sync_errors_done(&errors);
  return code;
}

static int upload(struct base_error *err) {
  const struct vmx_upload_config config = {.service = &model->services[0], .batch_size = 50};
  struct vmx_upload run;
  struct vmx_upload_batch batch = {.service = &model->services[0]};
  vmx_upload_init(&run, &config);
  run.limit_row_id = 10;
  const struct vmx_object *dept = support_object(model, "Dept");
  int code = vmx_upload_block(&run, dept, "-8") ? fill_batch(&run, &batch, err) : no_memory(err);
  if (code == 0) code = vmx_upload_decode_request(&batch, err);
  if (code == 0) code = take_answer(&run, &batch, err);
  vmx_upload_batch_done(&batch);
  vmx_upload_done(&run);
  return code;
}

/* -- a hierarchical service: rows of its own model ------------------------------------------------------ */

static struct vmx_model *nested_model;

#define TAKES(action) "\"" action "\":{\"actions\":[{\"supportedObjects\":[\"Emp\",\"Tag\"]}]}"
static const char nested_metadata[] =
    "{\"timestamp\":\"t\",\"namespaces\":[{\"name\":\"\",\"objects\":["
    "{\"name\":\"Dept\",\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\"},{\"name\":\"Code\"}],\"relationships\":["
    "{\"name\":\"e\",\"type\":\"OneToMany\",\"target_object\":\"Emp\",\"source_fields\":[\"Id\"],\"target_fields\":[\"DeptId\"]},"
    "{\"name\":\"t\",\"type\":\"OneToMany\",\"target_object\":\"Tag\",\"source_fields\":[\"Code\"],\"target_fields\":[\"Code\"]}],"
    "\"operations\":{" TAKES("create") "," TAKES("update") "}},"
    "{\"name\":\"Emp\",\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\"},{\"name\":\"DeptId\",\"datatype\":\"number\"}]},"
    "{\"name\":\"Tag\",\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\"},{\"name\":\"Code\"}]}]}]}";

/* Dept 7 is there; by its code every child names it. */
static int find_row(void *self, const struct vmx_object *object, const char *key,
                    struct vmx_arena *arena, const struct vmx_value **row, struct base_error *err) {
  static const struct vmx_value dept[] = {{"7", 1}, {"c", 1}};
  (void)self, (void)object, (void)arena, (void)err;
  if (strcmp(key, "7") == 0) *row = dept;
  return 0;
}

static int find_parents(void *self, const struct vmx_link *link, const struct vmx_value *child,
                        struct vmx_arena *arena, char *const **keys, size_t *count,
                        struct base_error *err) {
  static char key[] = "7";
  static char *const found[] = {key};
  (void)self, (void)link, (void)child, (void)arena, (void)err;
  *keys = found;
  *count = 1;
  return 0;
}

static const struct vmx_row_lookup lookup = {NULL, find_row, find_parents};

static int offer(struct vmx_hierarchy *h, struct vmx_upload *run, int64_t row_id, const char *name,
                 const char *key, const char *parent, enum vmx_action action, struct base_error *err) {
  const struct vmx_value row[] = {{key, strlen(key)}, {parent, parent ? strlen(parent) : 0}};
  const struct vmx_log_entry entry = {.row_id = row_id, .object = support_object(nested_model, name), .key = key,
                                      .action = action, .marked = true, .row = row, .checksum = ""};
  return vmx_hierarchy_offer(h, run, &entry, &lookup, err);
}

/* A tree with temporary keys, carriers by key and by columns, a row that waits; more rows than at first. */
static int offer_all(struct vmx_hierarchy *h, struct vmx_upload *run, struct base_error *err) {
  int code = offer(h, run, 1, "Dept", "-1", NULL, VMX_CREATE, err);
  if (code == 0) code = offer(h, run, 2, "Emp", "-2", "-1", VMX_CREATE, err);
  if (code == 0) code = offer(h, run, 3, "Emp", "-2", "7", VMX_UPDATE, err);
  if (code == 0) code = offer(h, run, 4, "Tag", "5", "c", VMX_UPDATE, err);
  for (int64_t i = 5; i < 60 && code == 0; i++) {
    char key[8];
    snprintf(key, sizeof key, "%d", (int)i);
    code = offer(h, run, i, "Emp", key, "7", VMX_UPDATE, err);
  }
  return code;
}

static bool add_node(struct vmx_upload_batch *batch, const struct vmx_node *node) {
  const struct vmx_value row[] = {{node->key, strlen(node->key)}, {"7", 1}};
  const struct vmx_log_entry entry = {.row_id = node->row_id, .object = node->object, .key = node->key, .action = node->action,
                                      .marked = true, .row = row, .checksum = "c", .depth = node->depth};
  if (!vmx_upload_batch_add(batch, &entry)) return false;
  for (const struct vmx_node *child = node->children; child; child = child->next)
    if (!add_node(batch, child)) return false;
  return true;
}

static const char nested_answer[] =
    "{\"_metadata\":{},\"objects\":[{\"records\":[{\"Id\":7,\"Code\":\"\\n\",\"_metadata\":{\"rowId\":-1,\"checksum\":\"\\n\"},"
    "\"Emp\":[{\"Id\":9,\"DeptId\":7,\"_metadata\":{\"rowId\":9}}],\"Tag\":[{\"Id\":5,\"_metadata\":{\"rowId\":4,\"errmsg\":\"n\\n\"}}]}],"
    "\"name\":\"D\\u0065pt\"}]}";

static int send_nested(struct vmx_upload *run, struct vmx_upload_batch *batch, struct base_error *err) {
  struct vmx_upload_outcomes outcomes = {0};
  struct vmx_sync_errors errors = {0};
  vmx_upload_encode(batch, VMX_BOOLEAN_NUMERIC);
  int code = batch->body.failed ? no_memory(err) : vmx_upload_decode_request(batch, err);
  if (code == 0) code = vmx_upload_decode(batch, nested_answer, strlen(nested_answer), &outcomes, err);
  if (code == 0 && !vmx_upload_report(&outcomes, &errors)) code = no_memory(err);
  vmx_upload_outcomes_done(&outcomes);
  if (code == 0 && !vmx_upload_reject(run, batch, nested_answer, strlen(nested_answer), &errors)) code = no_memory(err);
  vmx_sync_errors_done(&errors);
  return code;
}

static int nested_upload(struct base_error *err) {
  const struct vmx_upload_config config = {.service = &nested_model->services[0], .batch_size = 100};
  struct vmx_upload run;
  struct vmx_upload_batch batch = {.service = config.service, .nested = true};
  struct vmx_node *const *roots;
  vmx_upload_init(&run, &config);
  run.limit_row_id = 100;
  run.hierarchy = vmx_hierarchy_new(config.service);
  int code = run.hierarchy ? offer_all(run.hierarchy, &run, err) : no_memory(err);
  if (code == 0) code = vmx_hierarchy_plan(run.hierarchy, &lookup, err);
  size_t count = code == 0 ? vmx_hierarchy_take(run.hierarchy, 100, &roots) : 0;
  for (size_t i = 0; i < count && code == 0; i++)
    if (!add_node(&batch, roots[i])) code = no_memory(err);
  if (code == 0) code = send_nested(&run, &batch, err);
  vmx_upload_batch_done(&batch);
  vmx_upload_done(&run);
  return code;
}

static int edit(struct base_error *err) {
  static const char options[] = "{\"whereConditionAsAString\":\"V = '\\n'\",\"whereCondition\":{\"V\":\"\\n\"},"
                                "\"likeCondition\":{\"V\":\"\\n%\"},\"orderByMap\":[{\"V\":\"ASC\"}],"
                                "\"projectionColumns\":[\"V\"],\"primaryKeys\":{\"A\":\"\\n\",\"B\":2}}";
  static const char record[] = "{\"A\":\"\\n\",\"B\":1,\"V\":\"x\"}";
  const struct vmx_object *pair = support_object(model, "ns.Pair");
  struct vmx_arena arena = {0};
  struct vmx_local_options read = {0};
  struct vmx_columns row;
  int code = vmx_local_options_read(pair, VMX_LOCAL_GET, options, strlen(options), &arena, &read, err);
  if (code == 0) code = vmx_edit_record_read(pair, record, strlen(record), &arena, &row, err);
  vmx_arena_done(&arena);
  return code;
}

/* -- the tests --------------------------------------------------------------------------------------------- */

static void a_model_is_read_or_refused(void **state) {
  (void)state;
  torture(read_model, 8);
}

static void a_download_goes_on_or_is_refused(void **state) {
  (void)state;
  torture(download, 10);
}

static void an_upload_goes_on_or_is_refused(void **state) {
  (void)state;
  torture(upload, 15);
}

/* HIE-02 */
static void a_hierarchical_upload_goes_on_or_is_refused(void **state) {
  (void)state;
  torture(nested_upload, 30);
}

static void an_edit_is_read_or_refused(void **state) {
  (void)state;
  torture(edit, 0);
}

static int open_model(void **state) {
  (void)state;
  model = support_model(SUPPORT_METADATA);
  nested_model = support_model(nested_metadata);
  return 0;
}

static int close_model(void **state) {
  (void)state;
  vmx_model_free(model);
  vmx_model_free(nested_model);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_model_is_read_or_refused), cmocka_unit_test(a_download_goes_on_or_is_refused),
      cmocka_unit_test(an_upload_goes_on_or_is_refused), cmocka_unit_test(a_hierarchical_upload_goes_on_or_is_refused),
      cmocka_unit_test(an_edit_is_read_or_refused)};
  allocator_install();
  return cmocka_run_group_tests_name("core/memory", tests, open_model, close_model);
}
