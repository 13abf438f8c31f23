/*
 * Deleting with what is below (LOC-06, W-50): several levels, cycles, and children that the server deletes
 * by itself, through upload, refusal and rollback.
 */
#include "store_support.h"

#define OBJECT(name, more)                                                                         \
  "{\"name\":\"" name "\",\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\"},"  \
  "{\"name\":\"Up\",\"datatype\":\"number\"},{\"name\":\"Side\",\"datatype\":\"number\"}]" more "}"
#define BELOW(child, column, backend)                                                              \
  "{\"name\":\"to" child column "\",\"type\":\"OneToMany\",\"target_object\":\"" child              \
  "\",\"source_fields\":[\"Id\"],\"target_fields\":[\"" column "\"],\"cascade\":true,"              \
  "\"backend_cascade_support\":" backend "}"
#define RELATIONS(relations) ",\"relationships\":[" relations "]"

/* Town > Street > House > Room, of which the server cascades the middle one; Node > Node; Ping > Pong > Ping;
 * Leaf > Leaf, all of which the server cascades. */
static const char metadata[] =
    "{\"timestamp\":\"t\",\"namespaces\":[{\"name\":\"\",\"objects\":["
    OBJECT("Town", RELATIONS(BELOW("Street", "Up", "false"))) ","
    OBJECT("Street", RELATIONS(BELOW("House", "Up", "true"))) ","
    OBJECT("House", RELATIONS(BELOW("Room", "Up", "false"))) ","
    OBJECT("Room", "") ","
    OBJECT("Node", RELATIONS(BELOW("Node", "Up", "false"))) ","
    OBJECT("Leaf", RELATIONS(BELOW("Leaf", "Up", "true"))) ","
    OBJECT("Ping", RELATIONS(BELOW("Pong", "Up", "false"))) ","
    OBJECT("Pong", RELATIONS(BELOW("Ping", "Up", "false") "," BELOW("Ping", "Side", "false"))) "]}]}";

static const char *const towns[] = {"Town", "Street", "House", "Room"};

static const struct vmx_object *named(const struct fixture *f, const char *name) {
  return support_object(f->model, name);
}

static int setup(void **state) {
  assert_int_equal(support_setup(state), 0);
  struct fixture *f = *state;
  struct vmx_model *model = support_model(metadata), *old = f->model;
  support_ok(f, vmx_store_save_setup(f->store, model, &f->err));
  vmx_model_free(old);
  f->model = model;
  f->service = &model->services[0];
  return 0;
}

#define CASCADE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, support_teardown)

#define ROW(id, up) "{\"Id\":" id ",\"Up\":" up ",\"Side\":null,\"_metadata\":{\"checksum\":\"c" id "\"}}"

/* One of each, and a second street with a house that stays. */
static void build(struct fixture *f) {
  support_download(f, "{\"Objects\":[{\"name\":\"Town\",\"records\":[" ROW("1", "null") "]},"
                      "{\"name\":\"Street\",\"records\":[" ROW("1", "1") "," ROW("2", "null") "]},"
                      "{\"name\":\"House\",\"records\":[" ROW("1", "\"1.0\"") "," ROW("2", "2") "," ROW("3", "1") "]},"
                      "{\"name\":\"Room\",\"records\":[" ROW("1", "1") "]}]}");
}

static void delete(struct fixture *f, const char *object, const char *key, const char *options) {
  support_ok(f, vmx_store_delete(f->store, named(f, object), text_of(key), text_of(options), NULL, &f->err));
}

/* Rows and pending rows of the towns' objects, by their keys: "1|1 2|1 2 3|1". */
static void write_keys(const char *text, struct base_buf *out) {
  for (const char *p = text; (p = strstr(p, "\"Id\":")); p++)
    base_buf_printf(out, "%s%d", out->len && out->data[out->len - 1] != '|' ? " " : "", atoi(p + 5));
}

static void are(struct fixture *f, const char *(*read)(struct fixture *, const struct vmx_object *),
                const char *wanted) {
  struct base_buf keys = BASE_BUF_INIT;
  for (size_t i = 0; i < 4; i++) {
    if (i) base_buf_char(&keys, '|');
    write_keys(read(f, named(f, towns[i])), &keys);
  }
  assert_string_equal(base_buf_string(&keys), wanted);
  base_buf_done(&keys);
}

static void rows_are(struct fixture *f, const char *wanted) { are(f, support_rows, wanted); }
static void pending_are(struct fixture *f, const char *wanted) { are(f, support_pending, wanted); }

/* What the next request holds, as "Room 1 delete,…". */
static void next_request(struct fixture *f, struct vmx_upload *run, struct vmx_upload_batch *batch,
                         const char *wanted) {
  struct base_buf records = BASE_BUF_INIT;
  support_begin_upload(f, run, 50);
  support_ok(f, vmx_store_next_batch(f->store, run, "id", "", batch, &f->err));
  for (size_t i = 0; i < batch->count; i++)
    base_buf_printf(&records, "%s%s %s %s", i ? "," : "", batch->entries[i].object->name, batch->entries[i].key,
                    vmx_action_name(batch->entries[i].action));
  assert_string_equal(base_buf_string(&records), wanted);
  assert_int_equal(run->total, batch->count);
  base_buf_done(&records);
}

static void end_request(struct vmx_upload *run, struct vmx_upload_batch *batch) {
  vmx_upload_batch_done(batch);
  vmx_upload_done(run);
}

/* All levels go; the house's delete is the server's, what is below it and above it is told, lowest first. */
static void every_level_goes_along(void **state) {
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  build(f);
  delete(f, "Town", "{\"Id\":1}", NULL);
  rows_are(f, "|2|2|");
  pending_are(f, "1|1||1");
  next_request(f, &run, &batch, "Room 1 delete,Street 1 delete,Town 1 delete");
  end_request(&run, &batch);
}

static void untracked_deletes_leave_nothing_behind(void **state) { /* W-50, UPL-04 */
  struct fixture *f = *state;
  build(f);
  delete(f, "Town", "{\"Id\":1}", "{\"trackChanges\":false}");
  rows_are(f, "|2|2|");
  pending_are(f, "|||");
  support_ok(f, vmx_store_rollback(f->store, NULL, NULL, text_of(NULL), &f->err));
  rows_are(f, "|2|2|"); /* W-51: untracked edits stay */
}

static void deferred_deletes_wait_at_every_level(void **state) { /* UPL-04 */
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  build(f);
  delete(f, "Town", "{\"Id\":1}", "{\"markForUpload\":false}");
  pending_are(f, "1|1||1");
  next_request(f, &run, &batch, "");
  end_request(&run, &batch);
  for (size_t i = 0; i < 4; i++)
    support_ok(f, vmx_store_mark_for_upload(f->store, named(f, towns[i]), text_of(NULL), &f->err));
  next_request(f, &run, &batch, "Room 1 delete,Street 1 delete,Town 1 delete");
  end_request(&run, &batch);
}

/* LOC-03, W-51: deleted ones are back, those too whose deletes were the server's. */
static void rollback_brings_every_level_back(void **state) {
  struct fixture *f = *state;
  build(f);
  delete(f, "Town", "{\"Id\":1}", NULL);
  support_reopen(f);
  support_ok(f, vmx_store_rollback(f->store, f->service, NULL, text_of(NULL), &f->err));
  rows_are(f, "1|1 2|1 2 3|1");
  pending_are(f, "|||");
  assert_non_null(strstr(support_rows(f, named(f, "House")), "\"Up\":1.0"));
}

/* The record's rollback undoes what the server was to do for it, and nothing else. */
static void rollback_of_one_brings_the_servers_part_back(void **state) {
  struct fixture *f = *state;
  build(f);
  delete(f, "Street", NULL, "{\"whereCondition\":{}}");
  rows_are(f, "1|||");
  pending_are(f, "|1 2||1");
  support_ok(f, vmx_store_rollback(f->store, f->service, named(f, "Street"), text_of("{\"Id\":1}"), &f->err));
  rows_are(f, "1|1|1 3|"); /* the room is a row of its own */
  pending_are(f, "|2||1");
  support_ok(f, vmx_store_rollback(f->store, f->service, named(f, "Room"), text_of(NULL), &f->err));
  rows_are(f, "1|1|1 3|1");
}

/* A child's own edit is there again, pending, when the delete of its parent is undone. */
static void edits_of_children_outlive_the_cascade(void **state) {
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  build(f);
  support_update(f, named(f, "House"), "{\"Id\":3,\"Side\":7}", NULL);
  delete(f, "Street", "{\"Id\":1}", NULL);
  pending_are(f, "|1|3|1");
  support_ok(f, vmx_store_mark_for_upload(f->store, named(f, "House"), text_of(NULL), &f->err));
  next_request(f, &run, &batch, "House 3 update,Room 1 delete,Street 1 delete");
  support_ok(f, vmx_store_end_request(f->store, &batch, false, &f->err));
  end_request(&run, &batch);
  support_ok(f, vmx_store_rollback(f->store, f->service, named(f, "Street"), text_of(NULL), &f->err));
  rows_are(f, "1|1 2|1 2 3|");
  assert_non_null(strstr(support_rows(f, named(f, "House")), "\"Side\":7"));
  pending_are(f, "||3|1");
  support_ok(f, vmx_store_rollback(f->store, f->service, NULL, text_of(NULL), &f->err));
  assert_null(strstr(support_rows(f, named(f, "House")), "\"Side\":7"));
}

#define ANSWER(records) "{\"opstatus\":0,\"_metadata\":{},\"objects\":[" records "]}"
#define GONE(object, id, row_id)                                                                   \
  "{\"name\":\"" object "\",\"records\":[{\"Id\":" id ",\"_metadata\":{\"action\":\"delete\",\"rowId\":" row_id "}}]}"
#define KEPT(object, id, row_id)                                                                   \
  "{\"name\":\"" object "\",\"records\":[{\"Id\":" id ",\"Up\":null,\"Side\":null,\"_metadata\":"    \
  "{\"action\":\"update\",\"rowId\":" row_id "}}]}"

/* W-24: what a download says meanwhile changes the remembered copy alone. */
static void hidden_children_follow_the_server(void **state) {
  struct fixture *f = *state;
  build(f);
  delete(f, "Street", "{\"Id\":1}", NULL);
  support_download(f, "{\"Objects\":[{\"name\":\"House\",\"records\":[{\"Id\":1,\"Up\":1,\"Side\":5},"
                      "{\"Id\":3,\"_metadata\":{\"action\":\"delete\"}}]}]}");
  rows_are(f, "1|2|2|");
  support_ok(f, vmx_store_rollback(f->store, NULL, NULL, text_of(NULL), &f->err));
  rows_are(f, "1|1 2|1 2|1");
  assert_non_null(strstr(support_rows(f, named(f, "House")), "\"Side\":5"));
}

/* What the server says of the street's delete, and what is there then, and after a rollback of everything. */
static void answered(struct fixture *f, const char *answer, const char *rows, const char *after) {
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  build(f);
  delete(f, "Street", "{\"Id\":1}", NULL);
  next_request(f, &run, &batch, "Room 1 delete,Street 1 delete");
  assert_int_equal(batch.entries[1].row_id, 4); /* 2 and 3 are the houses', which the server deletes */
  support_ok(f, support_answer(f, &run, &batch, answer));
  end_request(&run, &batch);
  rows_are(f, rows);
  support_ok(f, vmx_store_rollback(f->store, NULL, NULL, text_of(NULL), &f->err));
  rows_are(f, after);
  pending_are(f, "|||");
}

/* CON-01: the delete is done, and nothing of the children is left; the server keeps the row, and they are
 * there again; or it refused, and everything waits. */
static void an_answered_delete_ends_the_children_too(void **state) {
  answered(*state, ANSWER(GONE("Room", "1", "1") "," GONE("Street", "1", "4")), "1|2|2|", "1|2|2|");
}

static void a_row_that_the_server_keeps_has_its_children(void **state) {
  answered(*state, ANSWER(GONE("Room", "1", "1") "," KEPT("Street", "1", "4")), "1|1 2|1 2 3|", "1|1 2|1 2 3|");
}

static void a_refused_delete_keeps_them_waiting(void **state) {
  answered(*state, ANSWER(GONE("Room", "1", "1") ",{\"name\":\"Street\",\"records\":[{\"Id\":1,\"_metadata\":"
                          "{\"rowId\":4,\"opstatus\":20006}}]}"), "1|2|2|", "1|1 2|1 2 3|");
}

/* The row was deleted and made anew in one request: the children of the old one are done with. */
static void a_row_made_anew_ends_the_children_of_the_old(void **state) {
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  build(f);
  delete(f, "Street", "{\"Id\":1}", NULL);
  support_create(f, named(f, "Street"), "{\"Id\":1,\"Side\":4}", NULL);
  next_request(f, &run, &batch, "Room 1 delete,Street 1 delete,Street 1 create");
  support_ok(f, support_answer(f, &run, &batch, ANSWER(GONE("Room", "1", "1") "," GONE("Street", "1", "4") ","
                               "{\"name\":\"Street\",\"records\":[{\"Id\":1,\"Up\":null,\"Side\":4,"
                               "\"_metadata\":{\"action\":\"create\",\"rowId\":5}}]}")));
  end_request(&run, &batch);
  support_ok(f, vmx_store_rollback(f->store, NULL, NULL, text_of(NULL), &f->err));
  rows_are(f, "1|1 2|2|");
  pending_are(f, "|||");
}

/* Trees and cycles end, however deep: no stack is spent on them. */
static void cycles_and_depth_come_to_an_end(void **state) {
  struct fixture *f = *state;
  support_download(f, "{\"Objects\":[{\"name\":\"Ping\",\"records\":[{\"Id\":1,\"Up\":1,\"Side\":1},{\"Id\":2,\"Up\":null,\"Side\":1}]},"
                      "{\"name\":\"Pong\",\"records\":[{\"Id\":1,\"Up\":1,\"Side\":null}]},"
                      "{\"name\":\"Node\",\"records\":[{\"Id\":1,\"Up\":1,\"Side\":null},{\"Id\":2,\"Up\":1,\"Side\":null}]}]}");
  delete(f, "Ping", "{\"Id\":1}", NULL);
  assert_string_equal(support_rows(f, named(f, "Ping")), "[]");
  assert_string_equal(support_rows(f, named(f, "Pong")), "[]");
  assert_string_equal(support_pending(f, named(f, "Ping")), "{\"pendingSyncRecords\":[{\"Id\":2},{\"Id\":1}]}");
  delete(f, "Node", "{\"Id\":2}", NULL);
  assert_string_equal(support_rows(f, named(f, "Node")), "[{\"Id\":1,\"Up\":1,\"Side\":null}]");
  delete(f, "Node", "{\"Id\":1}", NULL);
  assert_string_equal(support_rows(f, named(f, "Node")), "[]");
}

static void a_long_chain_goes_as_a_whole(void **state) {
  struct fixture *f = *state;
  enum { LENGTH = 400 };
  for (int i = 1; i <= LENGTH; i++) {
    char record[60];
    snprintf(record, sizeof record, "{\"Id\":%d,\"Up\":%d}", i, i - 1);
    support_create(f, named(f, "Node"), record, "{\"trackChanges\":false}");
  }
  delete(f, "Node", "{\"Id\":1}", NULL);
  assert_string_equal(support_rows(f, named(f, "Node")), "[]");
  const char *pending = support_pending(f, named(f, "Node"));
  assert_non_null(strstr(pending, "{\"pendingSyncRecords\":[{\"Id\":400},{\"Id\":399}"));
  assert_non_null(strstr(pending, "{\"Id\":1}]}"));
}

/* What the server deletes along goes and comes back over all levels. */
static void the_servers_part_has_levels_too(void **state) {
  struct fixture *f = *state;
  support_download(f, "{\"Objects\":[{\"name\":\"Leaf\",\"records\":[" ROW("1", "null") "," ROW("2", "1") "," ROW("3", "2") "," ROW("4", "3") "]}]}");
  delete(f, "Leaf", "{\"Id\":1}", NULL);
  assert_string_equal(support_rows(f, named(f, "Leaf")), "[]");
  assert_string_equal(support_pending(f, named(f, "Leaf")), "{\"pendingSyncRecords\":[{\"Id\":1}]}");
  support_ok(f, vmx_store_rollback(f->store, f->service, named(f, "Leaf"), text_of("{\"Id\":1}"), &f->err));
  assert_non_null(strstr(support_rows(f, named(f, "Leaf")), "{\"Id\":4,\"Up\":3,\"Side\":null}]"));
}

/* SET-03: the same relationships, the same edits: what waits goes on waiting. */
static void the_same_schema_changes_nothing(void **state) {
  struct fixture *f = *state;
  build(f);
  delete(f, "Street", "{\"Id\":1}", NULL);
  struct vmx_model *model = support_model(metadata), *old = f->model;
  support_ok(f, vmx_store_save_setup(f->store, model, &f->err));
  vmx_model_free(old);
  f->model = model;
  rows_are(f, "1|2|2|");
  pending_are(f, "|1||1");
}

/* W-9: with the parent's object its delete goes, and nobody will answer it: the children stay what they were. */
static void a_dropped_parent_gives_the_children_back(void **state) {
  struct fixture *f = *state;
  static const char without[] = "{\"timestamp\":\"t\",\"namespaces\":[{\"name\":\"\",\"objects\":["
                                OBJECT("House", RELATIONS(BELOW("Room", "Up", "false"))) "," OBJECT("Room", "") "]}]}";
  build(f);
  delete(f, "Street", "{\"Id\":1}", NULL);
  struct vmx_model *model = support_model(without), *old = f->model;
  support_ok(f, vmx_store_save_setup(f->store, model, &f->err));
  vmx_model_free(old);
  f->model = model;
  assert_string_equal(support_rows(f, named(f, "House")), "[{\"Id\":1,\"Up\":1.0,\"Side\":null},"
                      "{\"Id\":2,\"Up\":2,\"Side\":null},{\"Id\":3,\"Up\":1,\"Side\":null}]");
  assert_string_equal(support_pending(f, named(f, "House")), "{\"pendingSyncRecords\":[]}");
}

/* LOC-04: who forgets the parent's delete has its children again; the server never heard of it. */
static void clearing_the_parent_gives_the_children_back(void **state) {
  struct fixture *f = *state;
  build(f);
  delete(f, "Street", "{\"Id\":1}", NULL);
  support_ok(f, vmx_store_clear(f->store, f->service, named(f, "Street"), &f->err));
  rows_are(f, "1||1 2 3|");
  pending_are(f, "|||1");
  delete(f, "House", "{\"Id\":1}", NULL);
  support_ok(f, vmx_store_clear(f->store, f->service, NULL, &f->err));
  rows_are(f, "|||");
  pending_are(f, "|||");
}

int main(void) {
  const struct CMUnitTest tests[] = {CASCADE_TEST(every_level_goes_along),
                                     CASCADE_TEST(untracked_deletes_leave_nothing_behind),
                                     CASCADE_TEST(deferred_deletes_wait_at_every_level),
                                     CASCADE_TEST(rollback_brings_every_level_back),
                                     CASCADE_TEST(rollback_of_one_brings_the_servers_part_back),
                                     CASCADE_TEST(edits_of_children_outlive_the_cascade),
                                     CASCADE_TEST(hidden_children_follow_the_server),
                                     CASCADE_TEST(an_answered_delete_ends_the_children_too),
                                     CASCADE_TEST(a_row_that_the_server_keeps_has_its_children),
                                     CASCADE_TEST(a_refused_delete_keeps_them_waiting),
                                     CASCADE_TEST(a_row_made_anew_ends_the_children_of_the_old),
                                     CASCADE_TEST(cycles_and_depth_come_to_an_end),
                                     CASCADE_TEST(a_long_chain_goes_as_a_whole),
                                     CASCADE_TEST(the_servers_part_has_levels_too),
                                     CASCADE_TEST(the_same_schema_changes_nothing),
                                     CASCADE_TEST(a_dropped_parent_gives_the_children_back),
                                     CASCADE_TEST(clearing_the_parent_gives_the_children_back)};
  return cmocka_run_group_tests_name("store/cascade", tests, NULL, NULL);
}
