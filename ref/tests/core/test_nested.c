/* Nested requests written and read back (W-47); answers nested, flat or mixed (W-48 h). */
#include "hierarchy_support.h"

#include "core/upload.h"

/* ---- requests -------------------------------------------------------------------------------------------- */

struct nested {
  struct vmx_model *model;
  struct vmx_upload_batch batch;
};

static void add(struct nested *n, const char *object, int64_t row_id, const char *key, const char *parent,
                enum vmx_action action, unsigned depth) {
  const struct vmx_value row[HIERARCHY_FIELDS] = {{key, strlen(key)}, {parent, parent ? strlen(parent) : 0}};
  const struct vmx_log_entry entry = {.row_id = row_id, .object = support_object(n->model, object), .key = key,
                                      .action = action, .marked = true, .row = row, .checksum = "k", .depth = depth};
  assert_true(vmx_upload_batch_add(&n->batch, &entry));
}

/* Carrier Dept 7 with Emp -1 (with Task -2) and Emp 5, then the delete of Dept 8. */
static struct nested open_nested(void) {
  struct nested n = {.model = hierarchy_model(&usual)};
  n.batch.service = &n.model->services[0];
  n.batch.nested = true;
  add(&n, "Dept", VMX_CARRIER, "7", NULL, VMX_UPDATE, 0);
  add(&n, "Emp", 4, "-1", "7", VMX_CREATE, 1);
  add(&n, "Task", 9, "-2", "-1", VMX_CREATE, 2);
  add(&n, "Emp", 6, "5", "7", VMX_UPDATE, 1);
  add(&n, "Dept", 3, "8", NULL, VMX_DELETE, 0);
  vmx_upload_encode(&n.batch, VMX_BOOLEAN_NUMERIC);
  return n;
}

static void close_nested(struct nested *n) {
  vmx_upload_batch_done(&n->batch);
  vmx_model_free(n->model);
}

#define META(object, action, row_id)                                                               \
  "\"_metadata\":{\"object\":\"" object "\",\"action\":\"" action "\",\"rowId\":" row_id            \
  ",\"checksum\":\"k\",\"ignore_duplicate\":\"false\"}"

/* HIE-01, W-47: children under their object's name, the envelope without `echo`. */
static void a_nested_request_is_written(void **state) {
  (void)state;
  struct nested n = open_nested();
  assert_string_equal(base_buf_string(&n.batch.body),
      "{\"checksum\":\"\",\"sessionID\":\"\",\"hasMoreRecords\":\"false\",\"abortonError\":\"false\","
      "\"_metadata\":{\"totalNamespaces\":\"0\",\"totalRecords\":\"0\",\"totalObjects\":\"0\",\"recordCount\":\"0\"},"
      "\"records\":[{\"Id\":7," META("Dept", "update", "-1") ",\"Emp\":["
      "{\"Id\":-1,\"DeptId\":7," META("Emp", "create", "4") ",\"Task\":[{\"Id\":-2,\"EmpId\":-1," META("Task", "create", "9") "}]},"
      "{\"Id\":5,\"DeptId\":7," META("Emp", "update", "6") "}]},{\"Id\":8," META("Dept", "delete", "3") "}]}");
  static const int64_t order[] = {3, 4, 6, 9, VMX_CARRIER};
  assert_int_equal(n.batch.count, 4);
  assert_int_equal(n.batch.carrier_count, 1);
  for (size_t i = 0; i < 5; i++) assert_int_equal(n.batch.entries[i].row_id, order[i]);
  close_nested(&n);
}

/* W-47: each object's children stand under its own name, whatever stands in them. */
static void children_of_several_objects_stand_apart(void **state) {
  (void)state;
  struct nested n = {.model = hierarchy_model(&usual)};
  n.batch.service = &n.model->services[0];
  n.batch.nested = true;
  add(&n, "Emp", 1, "5", NULL, VMX_UPDATE, 0);
  add(&n, "Task", 2, "6", "5", VMX_CREATE, 1);
  add(&n, "Task", 3, "7", "5", VMX_CREATE, 1);
  add(&n, "Emp", 4, "8", NULL, VMX_UPDATE, 1);
  add(&n, "Task", 5, "9", "8", VMX_CREATE, 2);
  vmx_upload_encode(&n.batch, VMX_BOOLEAN_NUMERIC);
  assert_non_null(strstr(base_buf_string(&n.batch.body),
      "\"records\":[{\"Id\":5," META("Emp", "update", "1") ",\"Task\":[{\"Id\":6,\"EmpId\":5," META("Task", "create", "2")
      "},{\"Id\":7,\"EmpId\":5," META("Task", "create", "3") "}],\"Emp\":[{\"Id\":8," META("Emp", "update", "4")
      ",\"Task\":[{\"Id\":9,\"EmpId\":8," META("Task", "create", "5") "}]}]}]}"));
  close_nested(&n);
}

/* W-41, W-42, UPC-02 */
static void a_nested_request_is_read_back(void **state) {
  (void)state;
  struct nested n = open_nested();
  struct vmx_upload_batch again = {.service = n.batch.service};
  base_buf_text(&again.body, n.batch.body.data);
  assert_int_equal(vmx_upload_decode_request(&again, NULL), 0);
  assert_true(again.nested);
  assert_int_equal(again.count, 4);
  assert_int_equal(again.carrier_count, 1);
  for (size_t i = 0; i < 5; i++) {
    assert_int_equal(again.entries[i].row_id, n.batch.entries[i].row_id);
    assert_int_equal(again.entries[i].action, n.batch.entries[i].action);
    assert_string_equal(again.entries[i].key, n.batch.entries[i].key);
    assert_ptr_equal(again.entries[i].object, n.batch.entries[i].object);
  }
  vmx_upload_batch_done(&again);
  close_nested(&n);
}

/* ---- answers ----------------------------------------------------------------------------------------------- */

/* "3=accepted 4=… *Dept7=…", or the code. */
static void write_outcomes(struct base_buf *out, const struct vmx_upload_outcomes *outcomes) {
  static const char *const kinds[] = {"missing", "accepted", "deleted", "partial", "failed"};
  for (size_t i = 0; i < outcomes->count + outcomes->carrier_count; i++) {
    const struct vmx_outcome *outcome = &outcomes->items[i];
    if (i > 0) base_buf_char(out, ' ');
    if (i < outcomes->count) base_buf_printf(out, "%lld=", (long long)outcome->entry->row_id);
    else base_buf_printf(out, "*%s%s=", outcome->entry->object->name, outcome->entry->key);
    base_buf_text(out, kinds[outcome->kind]);
    if (outcome->key && strcmp(outcome->key, outcome->entry->key) != 0) base_buf_printf(out, ":%s", outcome->key);
  }
}

static void answer_comes_to(const struct nested *n, const char *text, const char *wanted) {
  struct vmx_upload_outcomes outcomes = {0};
  struct base_buf out = BASE_BUF_INIT;
  char *copy = strdup(text);
  for (char *c = copy; *c; c++)
    if (*c == '\'') *c = '"';
  int status = vmx_upload_decode(&n->batch, copy, strlen(copy), &outcomes, NULL);
  if (status == 0) write_outcomes(&out, &outcomes);
  else base_buf_printf(&out, "%d", status);
  if (strcmp(base_buf_string(&out), wanted) != 0)
    fail_msg("%s\n  comes to %s\n  not to   %s", text, base_buf_string(&out), wanted);
  vmx_upload_outcomes_done(&outcomes);
  base_buf_done(&out);
  free(copy);
}

#define DEPT7 "'Id':7,'HeadId':null,'_metadata':{'rowId':-1,'checksum':'s','opstatus':0}"
#define EMP4 "'Id':101,'_Id':-1,'DeptId':7,'BossId':null,'_metadata':{'rowId':4,'action':'create'}"
#define EMP6 "'Id':5,'DeptId':7,'BossId':null,'_metadata':{'rowId':6}"
#define TASK9 "'Id':102,'EmpId':101,'ProjId':null,'Tag':null,'_metadata':{'rowId':9}"
#define DEPT8 "{'Id':8,'_metadata':{'rowId':3,'action':'delete'}}"
#define OBJECTS(list) "{'opstatus':0,'_metadata':{},'objects':[" list "]}"
#define GROUP(name, records) "{'name':'" name "','records':[" records "]}"
#define ALL_GOOD "3=deleted 4=accepted:101 6=accepted 9=accepted:102 *Dept7=accepted"

/* W-48 h, W-36, W-38: nested as the request was, flat, or half of each. */
static void h_answers_are_read_in_both_forms(void **state) {
  (void)state;
  static const char *const rows[][2] = {
      {OBJECTS(GROUP("Dept", "{" DEPT7 ",'Emp':[{" EMP4 ",'Task':[{" TASK9 "}]},{" EMP6 "}]}," DEPT8)), ALL_GOOD},
      {OBJECTS(GROUP("Dept", "{'Emp':[{'Task':[{" TASK9 "}]," EMP4 "},{" EMP6 "}]," DEPT7 "}," DEPT8)), ALL_GOOD},
      {OBJECTS(GROUP("Dept", "{" DEPT7 "}," DEPT8) "," GROUP("Emp", "{" EMP4 "},{" EMP6 "}") "," GROUP("Task", "{" TASK9 "}")), ALL_GOOD},
      {OBJECTS(GROUP("Task", "{" TASK9 "}") ",{'records':[{" DEPT7 ",'Emp':[{" EMP6 "},{" EMP4 "}]}," DEPT8 "],'name':'Dept'}"), ALL_GOOD},
      {OBJECTS(GROUP("Dept", "{" DEPT7 ",'\\u0045mp':[{" EMP4 "}],'Task':null}")),
       "3=missing 4=accepted:101 6=missing 9=missing *Dept7=accepted"},
      {OBJECTS(GROUP("Emp", "{'_metadata':{'rowId':4,'errmsg':'no'},'Task':[{'_metadata':{'rowId':9,'opstatus':7}}]}")),
       "3=missing 4=failed 6=missing 9=failed *Dept7=missing"},
      {OBJECTS(GROUP("Emp", "{" EMP4 ",'Task':[{'Id':102,'_metadata':{'rowId':9}}]}")), /* UPL-09 */
       "3=missing 4=accepted:101 6=missing 9=partial:102 *Dept7=missing"}};
  struct nested n = open_nested();
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) answer_comes_to(&n, rows[i][0], rows[i][1]);
  close_nested(&n);
}

/* W-36: carriers are found by object and key, and do no harm. */
static void h_carriers_in_answers(void **state) {
  (void)state;
  static const char *const none = "3=missing 4=missing 6=missing 9=missing *Dept7=missing";
  const char *const rows[][2] = {
      {OBJECTS(GROUP("Dept", "{'Id':7,'HeadId':null,'_metadata':{'checksum':'s'}}")),
       "3=missing 4=missing 6=missing 9=missing *Dept7=accepted"}, /* without rowId */
      {OBJECTS(GROUP("Dept", "{'Id':'7.0','_metadata':{'rowId':-1,'action':'delete'}}")),
       "3=missing 4=missing 6=missing 9=missing *Dept7=deleted"},
      {OBJECTS(GROUP("Dept", "{'Id':7,'_metadata':{'rowId':-1,'errmsg':'closed'}}")),
       "3=missing 4=missing 6=missing 9=missing *Dept7=failed"},
      {OBJECTS(GROUP("Dept", "{'Id':7,'_metadata':{'rowId':-1}}")), none},              /* partial */
      {OBJECTS(GROUP("Dept", "{'_metadata':{'rowId':-1}}")), none},                      /* without key */
      {OBJECTS(GROUP("Dept", "{'Id':77,'HeadId':null,'_metadata':{'rowId':-1}}")), none}, /* not sent */
      {OBJECTS(GROUP("Proj", "{'Id':7,'_metadata':{'rowId':-1}}")), none},               /* another object's */
      {OBJECTS(GROUP("Dept", "{'Id':77,'HeadId':null}")), "2473"},                       /* nobody's (UPL-08) */
      {OBJECTS(GROUP("Dept", "{'Id':[],'_metadata':{'rowId':-1}}")), "2473"},
      {OBJECTS(GROUP("Dept", "{" DEPT7 ",'Emp':[7]}")), "2473"},
      {OBJECTS(GROUP("Dept", "{" DEPT7 ",'Emp':[{'Id':9,'DeptId':7,'BossId':null,'_metadata':{'rowId':99}}]}")), "2473"},
      {OBJECTS(GROUP("Dept", "{" DEPT7 ",'Emp':[{'Id':9}]}")), "2473"},
      {OBJECTS(GROUP("Dept", "{" DEPT7 ",'Emp':[{'DeptId':7,'_metadata':{'rowId':6}}]}")), "2484"},
      {OBJECTS(GROUP("Dept", "{" DEPT7 ",'Emp':{'Id':9},'tags':['x'],'Nobody':[{'Id':1}]}")),
       "3=missing 4=missing 6=missing 9=missing *Dept7=accepted"}};                      /* DNL-14 */
  struct nested n = open_nested();
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) answer_comes_to(&n, rows[i][0], rows[i][1]);
  close_nested(&n);
}

/* W-35: a carrier that failed is told; one that the answer leaves out is nobody's edit. */
static void a_failed_carrier_is_told(void **state) {
  (void)state;
  static const char *const answers[] = {"{\"objects\":[{\"name\":\"Dept\",\"records\":[{\"Id\":7,\"_metadata\":{\"rowId\":-1,\"errmsg\":\"closed\"}}]}]}",
                                        "{\"objects\":[]}"};
  struct nested n = open_nested();
  for (int i = 0; i < 2; i++) {
    struct vmx_upload_outcomes outcomes = {0};
    struct vmx_sync_errors errors = {0};
    assert_int_equal(vmx_upload_decode(&n.batch, answers[i], strlen(answers[i]), &outcomes, NULL), 0);
    assert_true(vmx_upload_report(&outcomes, &errors));
    assert_int_equal(cJSON_GetArraySize(errors.upload), i == 0 ? 5 : 4);
    vmx_upload_outcomes_done(&outcomes);
    vmx_sync_errors_done(&errors);
  }
  close_nested(&n);
}

static void nested_answers_cut_anywhere_are_refused(void **state) { /* NET-02 */
  (void)state;
  struct nested n = open_nested();
  char *text = strdup(OBJECTS(GROUP("Dept", "{" DEPT7 ",'Emp':[{" EMP4 "}]}")));
  for (char *c = text; *c; c++)
    if (*c == '\'') *c = '"';
  for (size_t cut = 0; cut < strlen(text); cut++) {
    struct vmx_upload_outcomes outcomes = {0};
    char *copy = malloc(cut + 1);
    assert_non_null(copy);
    memcpy(copy, text, cut);
    assert_int_equal(vmx_upload_decode(&n.batch, copy, cut, &outcomes, NULL), 2037);
    free(copy);
  }
  free(text);
  close_nested(&n);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_nested_request_is_written),
                                     cmocka_unit_test(children_of_several_objects_stand_apart),
                                     cmocka_unit_test(a_nested_request_is_read_back),
                                     cmocka_unit_test(h_answers_are_read_in_both_forms),
                                     cmocka_unit_test(h_carriers_in_answers),
                                     cmocka_unit_test(a_failed_carrier_is_told),
                                     cmocka_unit_test(nested_answers_cut_anywhere_are_refused)};
  return cmocka_run_group_tests_name("core/nested", tests, NULL, NULL);
}
