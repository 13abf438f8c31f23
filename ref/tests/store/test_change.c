/* incrementalSetup on the database: objects and columns that come, go and change (SET-03, W-9). */
#include "store_support.h"

#include "base/cleanup.h"
#include "store/internal.h"

#define DOCUMENT(services) "{\"services_meta\":{" services "}}"
#define SERVICE(name)                                                                              \
  "\"" name "\":{\"type\":\"objectsvc\",\"url\":\"http://h/" name "\",\"metadata_url\":\"http://h/m/" name "\"}"
#define METADATA(objects) "{\"timestamp\":\"t\",\"uploadCache\":true,\"namespaces\":[{\"name\":\"\",\"objects\":[" objects "]}]}"
#define OBJECT(name, key, fields) "{\"name\":\"" name "\",\"key\":[" key "],\"fields\":[" fields "]}"
#define FIELD(name, type) "{\"name\":\"" name "\",\"datatype\":\"" type "\"}"
#define ID "{\"name\":\"Id\",\"datatype\":\"number\",\"nullable\":false,\"auto_generated\":true}"

/* One service with these objects, or two with the same. */
static struct vmx_model *model_of(const char *org, const char *sales) {
  struct vmx_model *model = vmx_model_new();
  struct base_error err = {0};
  const char *document = sales ? DOCUMENT(SERVICE("Org") "," SERVICE("Sales")) : DOCUMENT(SERVICE("Org"));
  assert_int_equal(vmx_model_read_document(model, document, strlen(document), &err), 0);
  assert_int_equal(vmx_model_read_metadata(model, &model->services[0], org, strlen(org), &err), 0);
  if (sales) assert_int_equal(vmx_model_read_metadata(model, &model->services[1], sales, strlen(sales), &err), 0);
  assert_int_equal(vmx_model_finish(model, &err), 0);
  return model;
}

/* The next setup; on failure the store goes on with the model that it had. */
static int change_both(struct fixture *f, const char *org, const char *sales) {
  struct vmx_model *model = model_of(org, sales);
  int code = vmx_store_save_setup(f->store, model, &f->err);
  struct vmx_model *old = code == 0 ? f->model : model;
  if (code == 0) {
    f->model = model;
    f->service = &model->services[0];
  }
  vmx_model_free(old);
  return code;
}

static int change(struct fixture *f, const char *objects) { return change_both(f, objects, NULL); }

static const struct vmx_object *named(const struct fixture *f, const char *name) {
  return support_object(f->model, name);
}

static const char two[] = METADATA(OBJECT("Item", "\"Id\"", ID "," FIELD("Name", "string") "," FIELD("Price", "number")) ","
                                   OBJECT("Shop", "\"Id\"", ID "," FIELD("Name", "string")));

static int setup(void **state) {
  assert_int_equal(support_setup(state), 0);
  struct fixture *f = *state;
  support_ok(f, change(f, two));
  support_download(f, "{\"Objects\":[{\"name\":\"Item\",\"records\":["
                      "{\"Id\":1,\"Name\":\"pen\",\"Price\":\"1.50\",\"_metadata\":{\"checksum\":\"i1\"}},"
                      "{\"Id\":2,\"Name\":\"ink\",\"Price\":7,\"_metadata\":{\"checksum\":\"i2\"}}]},"
                      "{\"name\":\"Shop\",\"records\":[{\"Id\":1,\"Name\":\"corner\"}]}],"
                      "\"delta_context\":{\"objs\":{\"Item\":{\"delta\":\"di\"},\"Shop\":{\"delta\":\"ds\"}}}}");
  support_update(f, named(f, "Item"), "{\"Id\":1,\"Price\":2}", NULL);
  support_create(f, named(f, "Shop"), "{\"Name\":\"new\"}", NULL);
  return 0;
}

static void delta_is(struct fixture *f, const char *object, const char *wanted) {
  struct vmx_download run = {0};
  support_begin_download(f, &run, true, false);
  const struct vmx_value *delta = &run.deltas[named(f, object)->index];
  if (!wanted) assert_null(delta->text);
  else assert_memory_equal(delta->text, wanted, strlen(wanted));
  vmx_download_done(&run);
}

/* The body of the next upload. */
static void uploads(struct fixture *f, const char *const *wanted, const char *unwanted) {
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_begin_upload(f, &run, 50);
  support_ok(f, vmx_store_next_batch(f->store, &run, "id", "", &batch, &f->err));
  for (; *wanted; wanted++)
    if (!strstr(base_buf_string(&batch.body), *wanted)) fail_msg("%s in %s", *wanted, base_buf_string(&batch.body));
  if (unwanted) assert_null(strstr(base_buf_string(&batch.body), unwanted));
  vmx_upload_batch_done(&batch);
  vmx_upload_done(&run);
}

static void a_new_object_changes_nothing_else(void **state) {
  struct fixture *f = *state;
  support_ok(f, change(f, METADATA(OBJECT("Item", "\"Id\"", ID "," FIELD("Name", "string") "," FIELD("Price", "number")) ","
                                   OBJECT("New", "\"Id\"", ID) ","
                                   OBJECT("Shop", "\"Id\"", ID "," FIELD("Name", "string")))));
  assert_string_equal(support_rows(f, named(f, "New")), "[]");
  assert_string_equal(support_rows(f, named(f, "Item")),
                      "[{\"Id\":1,\"Name\":\"pen\",\"Price\":2},{\"Id\":2,\"Name\":\"ink\",\"Price\":7}]");
  assert_string_equal(support_pending(f, named(f, "Item")), "{\"pendingSyncRecords\":[{\"Id\":1}]}");
  delta_is(f, "Item", "\"di\"");
  delta_is(f, "New", NULL);
  assert_non_null(strstr(support_create(f, named(f, "New"), "{\"Id\":null}", NULL), "-2")); /* W-16 */
  uploads(f, (const char *const[]){"\"Price\":2", "\"checksum\":\"i1\"", "\"object\":\"Shop\",\"action\":\"create\"", NULL}, NULL);
}

static void a_dropped_object_takes_all_of_it_along(void **state) {
  struct fixture *f = *state;
  support_ok(f, change(f, METADATA(OBJECT("Item", "\"Id\"", ID "," FIELD("Name", "string") "," FIELD("Price", "number")))));
  assert_null(vmx_model_find_object(f->model, "Shop"));
  uploads(f, (const char *const[]){"\"object\":\"Item\"", NULL}, "Shop");
  support_ok(f, vmx_store_rollback(f->store, f->service, NULL, text_of(NULL), &f->err));
  support_ok(f, change(f, two)); /* and nothing is left of it when the name comes back */
  assert_string_equal(support_rows(f, named(f, "Shop")), "[]");
  assert_string_equal(support_pending(f, named(f, "Shop")), "{\"pendingSyncRecords\":[]}");
  delta_is(f, "Shop", NULL);
  delta_is(f, "Item", "\"di\"");
}

/* The edit of a column that went: the rest of it is sent, and the value does not come back with the name. */
static void a_dropped_column_leaves_rows_edits_and_copies(void **state) {
  struct fixture *f = *state;
  static const char without[] = METADATA(OBJECT("Item", "\"Id\"", ID "," FIELD("Name", "string") "," FIELD("More", "boolean")) ","
                                         OBJECT("Shop", "\"Id\"", ID "," FIELD("Name", "string")));
  support_ok(f, change(f, without));
  assert_string_equal(support_rows(f, named(f, "Item")),
                      "[{\"Id\":1,\"Name\":\"pen\",\"More\":null},{\"Id\":2,\"Name\":\"ink\",\"More\":null}]");
  assert_string_equal(support_pending(f, named(f, "Item")), "{\"pendingSyncRecords\":[{\"Id\":1}]}");
  delta_is(f, "Item", "\"di\"");
  support_ok(f, change(f, two));
  uploads(f, (const char *const[]){"\"Id\":1,\"Name\":\"pen\",\"_metadata\"", NULL}, "Price");
  support_ok(f, vmx_store_rollback(f->store, f->service, named(f, "Item"), text_of(NULL), &f->err));
  assert_string_equal(support_rows(f, named(f, "Item")),
                      "[{\"Id\":1,\"Name\":\"pen\",\"Price\":null},{\"Id\":2,\"Name\":\"ink\",\"Price\":null}]");
}

/* C-5, W-14: what a column means may change; what it holds does not. */
static void another_datatype_reads_the_same_text(void **state) {
  struct fixture *f = *state;
  support_ok(f, change(f, METADATA(OBJECT("Item", "\"Id\"", ID "," FIELD("Name", "number") ",{\"name\":\"Price\",\"datatype\":"
                                          "\"string\",\"nullable\":false}"))));
  assert_string_equal(support_rows(f, named(f, "Item")),
                      "[{\"Id\":1,\"Name\":\"pen\",\"Price\":\"2\"},{\"Id\":2,\"Name\":\"ink\",\"Price\":\"7\"}]");
  base_buf_clear(&f->out); /* nullable as it is now */
  assert_int_equal(vmx_store_update(f->store, named(f, "Item"), text_of("{\"Id\":2,\"Price\":null}"), text_of(NULL), NULL, &f->err), 2308);
  support_update(f, named(f, "Item"), "{\"Id\":2,\"Price\":\"8 apples\"}", NULL);
  support_ok(f, vmx_store_rollback(f->store, f->service, named(f, "Item"), text_of("{\"Id\":1}"), &f->err));
  assert_string_equal(support_rows(f, named(f, "Item")),
                      "[{\"Id\":1,\"Name\":\"pen\",\"Price\":\"1.50\"},{\"Id\":2,\"Name\":\"ink\",\"Price\":\"8 apples\"}]");
}

/* A key that changes cannot keep its rows: the setup fails and changes nothing; an object without rows is free. */
static void a_changed_key_is_refused_while_there_are_rows(void **state) {
  struct fixture *f = *state;
  static const char *const keys[] = {
      METADATA(OBJECT("Shop", "\"Id\"", ID "," FIELD("Name", "string")) "," OBJECT("Item", "\"Name\"", ID "," FIELD("Name", "string"))),
      METADATA(OBJECT("Shop", "\"Id\"", ID "," FIELD("Name", "string")) "," OBJECT("Item", "\"Id\",\"Name\"", ID "," FIELD("Name", "string"))),
      METADATA(OBJECT("Item", "\"Id\"", FIELD("Id", "string")))};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    assert_int_equal(change(f, keys[i]), 2339);
    assert_non_null(strstr(f->err.text, "Item"));
    assert_string_equal(support_rows(f, named(f, "Item")),
                        "[{\"Id\":1,\"Name\":\"pen\",\"Price\":2},{\"Id\":2,\"Name\":\"ink\",\"Price\":7}]");
    support_reopen(f);
    assert_string_equal(support_pending(f, named(f, "Shop")), "{\"pendingSyncRecords\":[{\"Id\":-1}]}");
  }
  support_ok(f, vmx_store_delete(f->store, named(f, "Item"), text_of(NULL), text_of("{\"whereCondition\":{}}"), NULL, &f->err));
  assert_int_equal(change(f, keys[0]), 2339); /* the deletes are edits */
  support_ok(f, vmx_store_clear(f->store, f->service, named(f, "Item"), &f->err));
  support_ok(f, change(f, keys[0]));
  support_create(f, named(f, "Item"), "{\"Name\":\"by name\"}", NULL);
}

/* An object that moves to another service is dropped there and new here: its edits are not that service's. */
static void an_object_of_another_service_is_another_object(void **state) {
  struct fixture *f = *state;
  support_ok(f, change_both(f, METADATA(OBJECT("Item", "\"Id\"", ID "," FIELD("Name", "string"))),
                            METADATA(OBJECT("Shop", "\"Id\"", ID "," FIELD("Name", "string")))));
  assert_string_equal(support_rows(f, named(f, "Shop")), "[]");
  assert_string_equal(support_pending(f, named(f, "Shop")), "{\"pendingSyncRecords\":[]}");
  assert_non_null(strstr(support_rows(f, named(f, "Item")), "pen"));
  assert_non_null(strstr(support_create(f, named(f, "Shop"), "{\"Name\":\"x\"}", NULL), "\"Id\":-1"));
}

/* W-44: a cached request outlives the column and the object; what it held of them does no harm. */
static void a_cached_request_outlives_the_change(void **state) {
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_begin_upload(f, &run, 50);
  support_ok(f, vmx_store_next_batch(f->store, &run, "cached", "", &batch, &f->err));
  assert_int_equal(batch.count, 2);
  support_ok(f, vmx_store_end_request(f->store, &batch, true, &f->err));
  support_ok(f, change(f, METADATA(OBJECT("Item", "\"Id\"", ID "," FIELD("Name", "string")))));
  support_ok(f, vmx_store_next_cached(f->store, f->service, NULL, &batch, &f->err));
  assert_string_equal(batch.id, "cached");
  support_ok(f, support_answer(f, NULL, &batch,
                               "{\"opstatus\":0,\"_metadata\":{},\"objects\":[{\"name\":\"Item\",\"records\":[{\"Id\":1,"
                               "\"Name\":\"pen\",\"Price\":2,\"_metadata\":{\"rowId\":1,\"checksum\":\"i3\"}}]},"
                               "{\"name\":\"Shop\",\"records\":[{\"Id\":9,\"_Id\":-1,\"Name\":\"new\",\"_metadata\":{\"rowId\":2}}]}]}"));
  assert_string_equal(support_pending(f, named(f, "Item")), "{\"pendingSyncRecords\":[]}");
  vmx_upload_batch_done(&batch);
  vmx_upload_done(&run);
}

#define CHANGE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, support_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {CHANGE_TEST(a_new_object_changes_nothing_else),
                                     CHANGE_TEST(a_dropped_object_takes_all_of_it_along),
                                     CHANGE_TEST(a_dropped_column_leaves_rows_edits_and_copies),
                                     CHANGE_TEST(another_datatype_reads_the_same_text),
                                     CHANGE_TEST(a_changed_key_is_refused_while_there_are_rows),
                                     CHANGE_TEST(an_object_of_another_service_is_another_object),
                                     CHANGE_TEST(a_cached_request_outlives_the_change)};
  return cmocka_run_group_tests_name("store/change", tests, NULL, NULL);
}
