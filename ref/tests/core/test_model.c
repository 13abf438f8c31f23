/* Service document and metadata (W-1..W-3, W-8..W-12). */
#include "model_support.h"

static void reads_services_and_objects(void **state) {
  (void)state;
  struct vmx_model *model = support_model(SUPPORT_METADATA);
  const struct vmx_object *pair = support_object(model, "Pair"); /* W-3: the short name too */
  assert_string_equal(pair->name, "ns.Pair");
  assert_int_equal(pair->key_count, 2);
  assert_int_equal(model->object_count, 3);
  assert_true(model->services[0].offline); /* absent: offline (W-1) */
  assert_true(model->services[0].upload_cache);
  assert_false(model->services[0].hierarchical);
  const struct vmx_object *emp = support_object(model, "Emp");
  assert_false(emp->fields[5].required); /* the soft-delete column (W-17) */
  assert_false(emp->fields[6].required); /* a binary one */
  assert_int_equal(model->services[0].link_count, 1);
  assert_ptr_equal(model->services[0].links[0].child, emp);
  assert_null(vmx_model_find_object(model, "emp")); /* OPT-19 */
  vmx_model_free(model);
}

static int document_code(const char *text) {
  struct vmx_model *model = vmx_model_new();
  int code = vmx_model_read_document(model, text, strlen(text), NULL);
  vmx_model_free(model);
  return code;
}

static void takes_object_services_alone(void **state) { /* W-1 */
  (void)state;
  static const char text[] =
      "{\"services_meta\":{\"Int\":{\"type\":\"integsvc\"},\"Off\":{\"type\":\"objectsvc\",\"offline\":false,"
      "\"url\":\"u\",\"metadata_url\":\"m\"}}}";
  struct vmx_model *model = vmx_model_new();
  assert_int_equal(vmx_model_read_document(model, text, strlen(text), NULL), 0);
  assert_int_equal(model->service_count, 1);
  assert_false(model->services[0].offline);
  assert_null(vmx_model_find_service(model, "Int"));
  vmx_model_free(model);
}

static void refuses_bad_documents(void **state) {
  (void)state;
  assert_int_equal(document_code("nonsense"), 2330);
  assert_int_equal(document_code("{}"), 2330);
  assert_int_equal(document_code("{\"services_meta\":{\"S\":{\"type\":\"objectsvc\",\"url\":\"u\"}}}"), 2330);
}

#define OBJECTS(list) "{\"timestamp\":\"t\",\"namespaces\":[{\"name\":\"\",\"objects\":[" list "]}]}"
#define FIELDS "\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\"},{\"name\":\"R\"}]"
#define OBJECT(rest) OBJECTS("{\"name\":\"X\",\"key\":[\"Id\"]," rest "}")

static void names_each_fault(void **state) { /* W-10, W-11, SET-06 */
  (void)state;
  static const struct {
    int code;
    const char *text;
  } faults[] = {
      {2342, ""},
      {2342, " \n"},
      {2330, "<html>"},
      {2341, "{\"namespaces\":[]}"},
      {2344, "{\"timestamp\":\"t\"}"},
      {2344, "{\"timestamp\":\"t\",\"namespaces\":[]}"},
      {2345, "{\"timestamp\":\"t\",\"namespaces\":[{\"name\":\"\",\"objects\":[]}]}"},
      {2349, OBJECT("\"fields\":[]")},
      {2409, OBJECT("\"fields\":[{\"name\":\"\"}]")},
      {2356, OBJECTS("{\"name\":\"X\"," FIELDS "}")},
      {2356, OBJECTS("{\"name\":\"X\",\"key\":[\"Nope\"]," FIELDS "}")},
      {2346, OBJECT(FIELDS ",\"relationships\":[{\"name\":\"r\",\"type\":\"Odd\"}]")},
      {2338, OBJECT(FIELDS ",\"relationships\":[{\"name\":\"r\",\"type\":\"OneToMany\",\"target_object\":\"Y\","
                    "\"source_fields\":[\"Id\"],\"target_fields\":[\"R\"]}]")},
      {2338, OBJECT(FIELDS ",\"relationships\":[{\"name\":\"r\",\"type\":\"OneToMany\",\"target_object\":\"X\","
                    "\"source_fields\":[\"Id\"],\"target_fields\":[\"Z\"]}]")},
      {2330, OBJECT("\"fields\":[{\"name\":\"Id\"},{\"name\":\"iD\"}]")},
      {2330, OBJECT("\"fields\":[{\"name\":\"Id\"},{\"name\":\"_metadata\"}]")},
      {2339, OBJECT("\"fields\":[{\"name\":\"Id\",\"datatype\":\"string\",\"auto_generated\":true}]")},
      {2339, OBJECTS("{\"name\":\"X\",\"key\":[\"A\",\"B\"],\"fields\":[{\"name\":\"A\",\"datatype\":\"number\","
                     "\"auto_generated\":true},{\"name\":\"B\",\"datatype\":\"number\",\"auto_generated\":true}]}")},
  };
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    struct base_error err = {0};
    struct vmx_model *model = vmx_model_new();
    vmx_model_read_document(model, SUPPORT_DOCUMENT, strlen(SUPPORT_DOCUMENT), NULL);
    assert_int_equal(vmx_model_read_metadata(model, &model->services[0], faults[i].text,
                                             strlen(faults[i].text), &err),
                     faults[i].code);
    assert_int_equal(err.code, faults[i].code);
    assert_true(strlen(err.text) > 0);
    vmx_model_free(model);
  }
}

static void refuses_one_name_in_two_services(void **state) { /* W-11, SET-04 */
  (void)state;
  static const char document[] =
      "{\"services_meta\":{\"A\":{\"type\":\"objectsvc\",\"url\":\"u\",\"metadata_url\":\"m\"},"
      "\"B\":{\"type\":\"objectsvc\",\"url\":\"u\",\"metadata_url\":\"m\"}}}";
  static const char one[] = OBJECT(FIELDS);
  static const char two[] = OBJECTS("{\"name\":\"x\",\"key\":[\"Id\"]," FIELDS "}");
  struct base_error err = {0};
  struct vmx_model *model = vmx_model_new();
  assert_int_equal(vmx_model_read_document(model, document, strlen(document), &err), 0);
  assert_int_equal(vmx_model_read_metadata(model, &model->services[0], one, strlen(one), &err), 0);
  assert_int_equal(vmx_model_read_metadata(model, &model->services[1], two, strlen(two), &err), 0);
  assert_int_equal(vmx_model_finish(model, &err), 2330);
  assert_non_null(strstr(err.text, "service A"));
  assert_non_null(strstr(err.text, "service B"));
  vmx_model_free(model);
}

static void sees_a_hierarchical_service(void **state) { /* W-12 */
  (void)state;
  struct vmx_model *model = support_model(
      OBJECT(FIELDS ",\"operations\":{\"get\":{\"$expand\":\"Child\"},\"create\":{\"actions\":[\"create\","
                    "{\"type\":[\"create\"],\"supportedObjects\":[{\"name\":\"Child\"}]}]}}"));
  assert_true(model->services[0].hierarchical);
  assert_string_equal(model->services[0].objects[0].expand, "Child");
  vmx_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_services_and_objects),       cmocka_unit_test(takes_object_services_alone),
      cmocka_unit_test(refuses_bad_documents),            cmocka_unit_test(names_each_fault),
      cmocka_unit_test(refuses_one_name_in_two_services), cmocka_unit_test(sees_a_hierarchical_service)};
  return cmocka_run_group_tests_name("core/model", tests, NULL, NULL);
}
