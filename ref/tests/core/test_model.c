/* Service document and metadata (W-1..W-3, W-8..W-12). */
#include "model_support.h"

#include <stdio.h>

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
  static const char *const services[] = {
      "{\"type\":\"objectsvc\",\"url\":\"u\"}", "{\"type\":\"objectsvc\",\"metadata_url\":\"m\"}",
      "{\"type\":\"objectsvc\",\"url\":\"\",\"metadata_url\":\"m\"}",
      "{\"type\":\"objectsvc\",\"url\":\"u\",\"metadata_url\":\"\"}",
      "{\"type\":\"objectsvc\",\"url\":7,\"metadata_url\":\"m\"}"};
  for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
    char text[200];
    snprintf(text, sizeof text, "{\"services_meta\":{\"S\":%s}}", services[i]);
    assert_int_equal(document_code(text), 2330);
  }
  assert_int_equal(document_code("{\"services_meta\":[]}"), 2330);
  assert_int_equal(document_code("{\"services_meta\":{\"S\":7,\"T\":{\"type\":7},\"U\":{}}}"), 0);
}

#define OBJECTS(list) "{\"timestamp\":\"t\",\"namespaces\":[{\"name\":\"\",\"objects\":[" list "]}]}"
#define FIELDS "\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\"},{\"name\":\"R\"}]"
#define RELATION(rest) OBJECT(FIELDS ",\"relationships\":[{" rest "}]")
#define TO_X "\"type\":\"OneToMany\",\"target_object\":\"X\","
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
      {2341, "{\"timestamp\":\"\",\"namespaces\":[]}"},
      {2341, "{\"timestamp\":[],\"namespaces\":[]}"},
      {2344, "{\"timestamp\":7,\"namespaces\":{}}"},
      {2345, "{\"timestamp\":\"t\",\"namespaces\":[{\"objects\":{}}]}"},
      {2400, OBJECTS("{\"name\":\"\",\"key\":[\"Id\"]," FIELDS "}")},
      {2400, OBJECTS("{\"key\":[\"Id\"]," FIELDS "}")},
      {2400, OBJECTS("7")},
      {2349, OBJECT("\"fields\":{}")},
      {2409, OBJECT("\"fields\":[7]")},
      {2356, OBJECTS("{\"name\":\"X\",\"key\":{}," FIELDS "}")},
      {2356, OBJECTS("{\"name\":\"X\",\"key\":[7]," FIELDS "}")},
      {2339, OBJECTS("{\"name\":\"X\",\"key\":[\"Id\",\"Id\"]," FIELDS "}")},
      {2339, OBJECTS("{\"name\":\"X\",\"key\":[\"B\"],\"fields\":[{\"name\":\"B\",\"datatype\":\"binary\"}]}")},
      {2346, RELATION("\"target_object\":\"X\"")},
      {2338, RELATION("\"type\":\"OneToMany\",\"source_fields\":[\"Id\"],\"target_fields\":[\"R\"]")},
      {2338, RELATION(TO_X "\"source_fields\":\"Id\",\"target_fields\":[\"R\"]")},
      {2338, RELATION(TO_X "\"source_fields\":[\"Id\"],\"target_fields\":\"R\"")},
      {2338, RELATION(TO_X "\"source_fields\":[],\"target_fields\":[]")},
      {2338, RELATION(TO_X "\"source_fields\":[\"Id\",\"R\"],\"target_fields\":[\"R\"]")},
      {2338, RELATION(TO_X "\"source_fields\":[7],\"target_fields\":[\"R\"]")},
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

/* W-8: a length is a positive number; anything else limits nothing. */
static void lengths_are_positive_numbers(void **state) {
  (void)state;
  static const struct {
    const char *given;
    int64_t length;
  } lengths[] = {{"5", 5}, {"5.0", 5}, {"0", 0}, {"-5", 0}, {"\"5\"", 0}, {"5.5", 0}, {"null", 0}};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    char text[300];
    snprintf(text, sizeof text,
             OBJECT("\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\"},{\"name\":\"R\",\"length\":%s}]"),
             lengths[i].given);
    struct vmx_model *model = support_model(text);
    assert_int_equal(model->services[0].objects[0].fields[1].length, lengths[i].length);
    vmx_model_free(model);
  }
}

#define SIDE(name, relations)                                                                      \
  "{\"name\":\"" name "\",\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\"}," \
  "{\"name\":\"Ref\",\"datatype\":\"number\"}],\"relationships\":[" relations "]}"
#define TWO(relations_of_a, relations_of_b) OBJECTS(SIDE("A", relations_of_a) "," SIDE("B", relations_of_b))
#define BETWEEN(type, target, source, aim)                                                         \
  "{\"name\":\"r\",\"type\":\"" type "\",\"target_object\":\"" target "\",\"source_fields\":[" source \
  "],\"target_fields\":[" aim "]}"

/* W-8, W-47: the child is the side with the foreign key; of one to one the side that does not bring its
 * whole key, and the target when that says nothing. */
static void a_relationship_has_a_child(void **state) {
  (void)state;
  static const char *const cases[] = {TWO(BETWEEN("OneToMany", "B", "\"Id\"", "\"Ref\""), ""),
                                      TWO("", BETWEEN("ManyToOne", "A", "\"Ref\"", "\"Id\"")),
                                      TWO(BETWEEN("OneToOne", "B", "\"Id\"", "\"Ref\""), ""),
                                      TWO("", BETWEEN("OneToOne", "A", "\"Ref\"", "\"Id\"")),
                                      TWO(BETWEEN("OneToOne", "B", "\"Id\"", "\"Id\""), ""),
                                      TWO(BETWEEN("OneToOne", "B", "\"Ref\"", "\"Ref\""), ""),
                                      TWO(BETWEEN("OneToOne", "B", "\"Id\",\"Ref\"", "\"Id\",\"Ref\""), "")};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct vmx_model *model = support_model(cases[i]);
    const struct vmx_service *service = &model->services[0];
    assert_int_equal(service->link_count, 1);
    assert_string_equal(service->links[0].child->name, "B");
    assert_string_equal(service->links[0].parent->name, "A");
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

#define NESTING(operations, count)                                                                  \
  OBJECTS("{\"name\":\"A\",\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\"},{\"name\":\"Taken\"}],\"relationships\":["  \
          BETWEEN("OneToMany", "B", "\"Id\"", "\"Ref\"") "," BETWEEN("OneToMany", "Taken", "\"Id\"", "\"Ref\"")          \
          "],\"operations\":{\"get\":{\"$expand\":\"B\",\"actions\":[{\"supportedObjects\":[\"Nobody\"]}]}" operations "}},"    \
          SIDE("B", BETWEEN("OneToMany", "C", "\"Id\"", count "\"Ref\"")) "," SIDE("C", "") "," SIDE("Taken", ""))
#define CREATE(supported) ",\"create\":{\"actions\":[\"create\",{\"type\":[\"create\"],\"supportedObjects\":[" supported "]}]}"

/* "create:B(create update(create:C(..)))": the lists of object A. */
static void write_nesting(struct base_buf *out, const struct vmx_nesting *list) {
  for (; list; list = list->next) {
    base_buf_printf(out, " %s", list->child->name);
    for (int a = 0; a < VMX_ACTION_COUNT; a++)
      if (list->actions & 1u << a) base_buf_char(out, "cupd"[a]);
    if (!list->inside) continue;
    base_buf_char(out, '(');
    write_nesting(out, list->inside);
    base_buf_char(out, ')');
  }
}

/* W-12, W-47, HIE-03: what operations list, in each form; or the code. */
static void operations_list_children(void **state) {
  (void)state;
  static const struct {
    const char *metadata, *comes_to;
    bool hierarchical;
  } rows[] = {
      {NESTING("", ""), "", false}, /* get lists nothing */
      {NESTING(CREATE(""), ""), "", false},
      {NESTING(CREATE("{\"name\":\"B\",\"actions\":[\"create\",{\"type\":[\"update\",\"odd\"]}]}"), ""), "create: Bu Bc", true},
      {NESTING(CREATE("\"B\""), ""), "create: Bcupd", true},
      {NESTING(CREATE("{\"name\":\"B\"}"), ""), "create: Bcupd", true},
      {NESTING(CREATE("{\"name\":\"B\",\"actions\":[]}"), ""), "", true},
      {NESTING(CREATE("{\"name\":\"B\",\"actions\":[{\"type\":\"create\",\"supportedObjects\":[{\"name\":\"C\",\"actions\":[\"delete\"]}]}]}"), ""),
       "create: Bc( Cd)", true},
      {NESTING(",\"update\":{\"actions\":[{\"type\":[\"create\"],\"supportedObjects\":[\"B\"]}]}", ""), "", true},
      {NESTING(",\"delete\":{\"actions\":[{\"supportedObjects\":[\"B\"]}]}", ""), "delete: Bcupd", true},
      {NESTING(CREATE("\"Taken\""), ""), "", true}, /* a column has its name */
      {NESTING(CREATE("\"C\""), ""), "2466", true},
      {NESTING(CREATE("\"Nobody\""), ""), "2466", true},
      {NESTING(CREATE("7"), ""), "2466", true},
      {NESTING(CREATE("{\"name\":\"B\",\"actions\":[{\"supportedObjects\":[\"Taken\"]}]}"), ""), "2466", true},
      {NESTING(CREATE("\"B\""), "\"Id\","), "2467", true},
      {NESTING("", "\"Id\","), "2338", false}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct base_buf out = BASE_BUF_INIT;
    struct base_error err = {0};
    struct vmx_model *model = vmx_model_new();
    vmx_model_read_document(model, SUPPORT_DOCUMENT, strlen(SUPPORT_DOCUMENT), NULL);
    int status = vmx_model_read_metadata(model, &model->services[0], rows[i].metadata, strlen(rows[i].metadata), &err);
    assert_int_equal(model->services[0].hierarchical, rows[i].hierarchical);
    if (status != 0) base_buf_printf(&out, "%d", status);
    for (int a = 0; status == 0 && a < VMX_ACTION_COUNT; a++)
      if (model->services[0].objects[0].nests[a]) {
        base_buf_printf(&out, "%s:", vmx_action_name((enum vmx_action)a));
        write_nesting(&out, model->services[0].objects[0].nests[a]);
      }
    if (strcmp(base_buf_string(&out), rows[i].comes_to) != 0)
      fail_msg("row %zu comes to %s %s", i, base_buf_string(&out), err.text);
    if (status == 0) assert_string_equal(model->services[0].objects[0].expand, "B");
    base_buf_done(&out);
    vmx_model_free(model);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_services_and_objects),       cmocka_unit_test(takes_object_services_alone),
      cmocka_unit_test(refuses_bad_documents),            cmocka_unit_test(names_each_fault),
      cmocka_unit_test(lengths_are_positive_numbers),     cmocka_unit_test(a_relationship_has_a_child),
      cmocka_unit_test(refuses_one_name_in_two_services), cmocka_unit_test(operations_list_children)};
  return cmocka_run_group_tests_name("core/model", tests, NULL, NULL);
}
