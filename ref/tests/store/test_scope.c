/* Rollback and clearing: what they leave, and what a database that fails is told as (LOC-03, LOC-04, W-51). */
#include "store_support.h"

#include "store/internal.h"

static void delete(struct fixture *f, const struct vmx_object *object, const char *options) {
  support_ok(f, vmx_store_delete(f->store, object, text_of(NULL), text_of(options), NULL, &f->err));
}

static void roll_back(struct fixture *f, const struct vmx_object *object, const char *key) {
  support_ok(f, vmx_store_rollback(f->store, object ? f->service : NULL, object, text_of(key), &f->err));
}

static void pairs_are(struct fixture *f, const char *rows, const char *pending) {
  struct base_buf wanted = BASE_BUF_INIT;
  assert_string_equal(support_rows(f, f->pair), rows);
  base_buf_printf(&wanted, "{\"pendingSyncRecords\":%s}", pending);
  assert_string_equal(support_pending(f, f->pair), wanted.data);
  base_buf_done(&wanted);
}

#define PAIR(a, b, v) "{\"A\":\"" a "\",\"B\":" b ",\"V\":\"" v "\"}"

/* Two pairs from the server; composite keys, numbers by value (W-16). */
static void fill(struct fixture *f) {
  support_download(f, "{\"Objects\":[{\"name\":\"ns.Pair\",\"records\":[" PAIR("a", "1", "one") "," PAIR("a", "2", "two") "]}]}");
}

/* LOC-03, W-51: each way in which a row can have changed, undone for the record, the object and all. */
static void every_kind_of_edit_is_undone(void **state) {
  struct fixture *f = *state;
  static const char both[] = "[" PAIR("a", "1", "one") "," PAIR("a", "2", "two") "]";
  for (int level = 0; level < 3; level++) {
    static const char *const keys[] = {"{\"A\":\"a\",\"B\":\"1.0\"}", NULL, NULL};
    const struct vmx_object *object = level < 2 ? f->pair : NULL;
    fill(f);
    support_update(f, f->pair, "{\"A\":\"a\",\"B\":1,\"V\":\"x\"}", NULL); /* changed twice */
    support_update(f, f->pair, "{\"A\":\"a\",\"B\":1,\"V\":\"y\"}", "{\"trackIntermediateUpdates\":false}");
    roll_back(f, object, keys[level]);
    pairs_are(f, both, "[]");
    delete(f, f->pair, "{\"primaryKeys\":{\"A\":\"a\",\"B\":1}}"); /* deleted, and created anew */
    roll_back(f, object, keys[level]);
    pairs_are(f, both, "[]");
    delete(f, f->pair, "{\"primaryKeys\":{\"A\":\"a\",\"B\":1}}");
    support_create(f, f->pair, PAIR("a", "1", "anew"), NULL);
    roll_back(f, object, keys[level]);
    pairs_are(f, both, "[]");
    support_update(f, f->pair, "{\"A\":\"a\",\"B\":1,\"V\":\"x\"}", "{\"markForUpload\":false}"); /* deferred */
    roll_back(f, object, keys[level]);
    pairs_are(f, both, "[]");
    delete(f, f->pair, "{\"whereCondition\":{\"B\":1}}"); /* created, changed and deleted before any sync */
    roll_back(f, object, keys[level]);
    support_create(f, f->pair, PAIR("b", "3", "new"), NULL);
    roll_back(f, object, level ? keys[level] : "{\"A\":\"b\",\"B\":3}");
    pairs_are(f, both, "[]");
  }
}

/* W-50, W-51: an untracked edit is nobody's to undo; the copy that is remembered has it. */
static void untracked_edits_stay(void **state) {
  struct fixture *f = *state;
  fill(f);
  support_update(f, f->pair, "{\"A\":\"a\",\"B\":1,\"V\":\"local\"}", "{\"trackChanges\":false}");
  support_create(f, f->pair, PAIR("c", "9", "local"), "{\"trackChanges\":false}");
  delete(f, f->pair, "{\"primaryKeys\":{\"A\":\"a\",\"B\":2},\"trackChanges\":false}");
  pairs_are(f, "[" PAIR("a", "1", "local") "," PAIR("c", "9", "local") "]", "[]");
  support_update(f, f->pair, "{\"A\":\"a\",\"B\":1,\"V\":\"tracked\"}", NULL);
  roll_back(f, NULL, NULL);
  pairs_are(f, "[" PAIR("a", "1", "local") "," PAIR("c", "9", "local") "]", "[]");
}

static void a_record_is_named_by_its_whole_key(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *key;
    int code;
  } keys[] = {{"{\"A\":\"a\"}", 2305}, {"{\"A\":\"a\",\"B\":\"\"}", 2311}, {"{\"A\":\"a\",\"B\":null}", 2305},
              {"{\"A\":\"a\",\"Q\":1}", 2310}, {"[]", 2304}, {"{", 2304}, {"{\"A\":\"z\",\"B\":1}", 2301},
              {"{\"A\":\"a\",\"B\":1}", 0} /* nothing of it is pending: nothing to do */};
  fill(f);
  support_update(f, f->pair, "{\"A\":\"a\",\"B\":2,\"V\":\"x\"}", NULL);
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    int code = vmx_store_rollback(f->store, f->service, f->pair, text_of(keys[i].key), &f->err);
    if (code != keys[i].code) fail_msg("%s: %d", keys[i].key, code);
    pairs_are(f, "[" PAIR("a", "1", "one") "," PAIR("a", "2", "x") "]", "[{\"A\":\"a\",\"B\":2}]");
  }
  roll_back(f, f->pair, "{}"); /* none is named: all of the object */
  pairs_are(f, "[" PAIR("a", "1", "one") "," PAIR("a", "2", "two") "]", "[]");
}

/* The parent of a created child goes; the child is a row of its own, with the key that it had. */
static void a_child_outlives_the_rollback_of_its_parent(void **state) {
  struct fixture *f = *state;
  support_create(f, f->dept, "{\"Name\":\"d\"}", NULL);
  support_create(f, f->emp, "{\"Name\":\"e\",\"DeptId\":-1}", NULL);
  roll_back(f, f->dept, "{\"Id\":-1}");
  assert_string_equal(support_rows(f, f->dept), "[]");
  assert_non_null(strstr(support_rows(f, f->emp), "\"DeptId\":-1"));
  assert_string_equal(support_pending(f, f->emp), "{\"pendingSyncRecords\":[{\"EmpId\":-2}]}");
  support_create(f, f->dept, "{\"Name\":\"other\"}", NULL); /* W-16: no key is given twice */
  assert_non_null(strstr(support_rows(f, f->dept), "\"Id\":-3"));
  roll_back(f, f->emp, "{\"EmpId\":-2}");
  assert_string_equal(support_rows(f, f->emp), "[]");
}

static size_t cached(struct fixture *f, const struct vmx_object *object) {
  size_t count = 0;
  support_ok(f, vmx_store_count_cached(f->store, f->service, object, &count, &f->err));
  return count;
}

/* One pair and one employee in a cached request of the object, of the service. */
static void cache_requests(struct fixture *f) {
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_create(f, f->pair, PAIR("p", "1", "x"), NULL);
  for (int i = 0; i < 2; i++) {
    const struct vmx_upload_config config = {
        .service = f->service, .object = i ? NULL : f->pair, .batch_size = 50};
    if (i) support_create(f, f->pair, PAIR("p", "2", "y"), NULL);
    if (i) support_create(f, f->emp, "{\"Name\":\"e\"}", NULL);
    vmx_upload_init(&run, &config);
    support_ok(f, vmx_store_begin_upload(f->store, &run, &f->err));
    support_ok(f, vmx_store_next_batch(f->store, &run, i ? "of the service" : "of the object", "", &batch, &f->err));
    assert_int_equal(batch.count, i + 1);
    vmx_upload_done(&run);
  }
  vmx_upload_batch_done(&batch);
  assert_int_equal(cached(f, f->pair), 2);
}

/* UPC-11, W-44: who empties which entry of the upload cache. */
static void cached_requests_go_with_their_scope(void **state) {
  struct fixture *f = *state;
  static const struct {
    bool clear;
    int scope; /* 0 record, 1 object, 2 service, 3 all */
    size_t left;
  } calls[] = {{false, 0, 2}, {false, 1, 1}, {false, 2, 0}, {false, 3, 0}, {true, 1, 1}, {true, 2, 0}, {true, 3, 0}};
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    const struct vmx_object *object = calls[i].scope < 2 ? f->pair : NULL;
    const struct vmx_service *service = calls[i].scope < 3 ? f->service : NULL;
    cache_requests(f);
    if (calls[i].clear) support_ok(f, vmx_store_clear(f->store, service, object, &f->err));
    else support_ok(f, vmx_store_rollback(f->store, service, object,
                                          text_of(calls[i].scope == 0 ? "{\"A\":\"p\",\"B\":1}" : NULL), &f->err));
    if (cached(f, f->pair) != calls[i].left) fail_msg("call %zu leaves %zu", i, cached(f, f->pair));
    support_ok(f, vmx_store_clear(f->store, f->service, NULL, &f->err));
  }
}

/* C-6: what was rolled back while its upload was cached comes back with the replay's answer. */
static void a_replay_brings_a_rolled_back_edit_back(void **state) {
  struct fixture *f = *state;
  struct vmx_upload_batch batch = {0};
  cache_requests(f);
  roll_back(f, f->pair, NULL);
  pairs_are(f, "[]", "[]");
  support_ok(f, vmx_store_next_cached(f->store, f->service, NULL, &batch, &f->err));
  assert_string_equal(batch.id, "of the service");
  support_ok(f, support_answer(f, NULL, &batch,
                               "{\"opstatus\":0,\"_metadata\":{},\"objects\":[{\"name\":\"ns.Pair\",\"records\":[{\"A\":\"p\",\"B\":2,"
                               "\"V\":\"y\",\"_metadata\":{\"rowId\":2}}]},{\"name\":\"Emp\",\"records\":[{\"EmpId\":7,\"_EmpId\":-1,"
                               "\"Name\":\"e\",\"Pay\":null,\"On\":null,\"DeptId\":null,\"_metadata\":{\"rowId\":3}}]}]}"));
  vmx_upload_batch_done(&batch);
  pairs_are(f, "[" PAIR("p", "2", "y") "]", "[]");
}

/* W-16: a key that somebody gave by hand is not made a second time. */
static void temporary_keys_step_over_given_ones(void **state) {
  struct fixture *f = *state;
  support_create(f, f->emp, "{\"EmpId\":-1,\"Name\":\"by hand\"}", "{\"trackChanges\":false}");
  support_create(f, f->emp, "{\"EmpId\":\"-2.0\",\"Name\":\"by hand\"}", "{\"trackChanges\":false}");
  assert_non_null(strstr(support_create(f, f->emp, "{\"Name\":\"made\"}", NULL), "\"EmpId\":-3"));
}

/* A database that cannot be written, or read, is told by the code of each call; nothing changes. */
static void a_database_that_fails_is_told_by_call(void **state) {
  struct fixture *f = *state;
  fill(f);
  support_update(f, f->pair, "{\"A\":\"a\",\"B\":1,\"V\":\"x\"}", NULL);
  support_ok(f, store_exec(f->store, "PRAGMA query_only=1", &f->err));
  assert_int_equal(vmx_store_rollback(f->store, NULL, NULL, text_of(NULL), &f->err), 2471);
  assert_int_equal(f->err.code, 2471);
  assert_int_equal(vmx_store_clear(f->store, f->service, NULL, &f->err), 2480);
  assert_int_equal(vmx_store_clear(f->store, f->service, f->pair, &f->err), 2485);
  assert_int_equal(vmx_store_drop(f->store, &f->err), 2430);
  assert_int_equal(vmx_store_clear(f->store, NULL, NULL, &f->err), 2000);
  support_ok(f, store_exec(f->store, "PRAGMA query_only=0", &f->err));
  pairs_are(f, "[" PAIR("a", "1", "x") "," PAIR("a", "2", "two") "]", "[{\"A\":\"a\",\"B\":1}]");
  support_ok(f, store_exec(f->store, "ALTER TABLE vmx_log RENAME TO gone", &f->err));
  base_buf_clear(&f->out);
  assert_int_equal(vmx_store_pending(f->store, f->pair, text_of(NULL), &f->out, &f->err), 2481);
}

int main(void) {
  const struct CMUnitTest tests[] = {STORE_TEST(every_kind_of_edit_is_undone),
                                     STORE_TEST(untracked_edits_stay),
                                     STORE_TEST(a_record_is_named_by_its_whole_key),
                                     STORE_TEST(a_child_outlives_the_rollback_of_its_parent),
                                     STORE_TEST(cached_requests_go_with_their_scope),
                                     STORE_TEST(a_replay_brings_a_rolled_back_edit_back),
                                     STORE_TEST(temporary_keys_step_over_given_ones),
                                     STORE_TEST(a_database_that_fails_is_told_by_call)};
  return cmocka_run_group_tests_name("store/scope", tests, NULL, NULL);
}
