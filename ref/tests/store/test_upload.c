/* The log into requests, the upload cache, and answers into rows (W-31..W-44). */
#include "store_support.h"

#include "store/internal.h"

/* A run with one batch that was planned and stored as a request. */
static void next(struct fixture *f, struct vmx_upload *run, struct vmx_upload_batch *batch,
                 const char *id) {
  support_ok(f, vmx_store_next_batch(f->store, run, id, "q=1", batch, &f->err));
}

static void done(struct vmx_upload *run, struct vmx_upload_batch *batch) {
  vmx_upload_batch_done(batch);
  vmx_upload_done(run);
}

static size_t cached(struct fixture *f) {
  size_t count = 99;
  support_ok(f, vmx_store_count_cached(f->store, f->service, NULL, &count, &f->err));
  return count;
}

static void sends_batches_in_log_order(void **state) { /* UPL-01, UPL-14, W-31, W-32 */
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_create(f, f->emp, "{\"Name\":\"a\",\"Pay\":1.50,\"On\":true}", NULL);
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":5}", NULL);
  support_create(f, f->emp, "{\"Name\":\"c\"}", NULL);
  support_begin_upload(f, &run, 2);
  assert_int_equal(run.total, 3);
  support_create(f, f->emp, "{\"Name\":\"late\"}", NULL); /* UPL-10 */
  next(f, &run, &batch, "id-1");
  assert_int_equal(batch.count, 2);
  assert_non_null(strstr(batch.body.data,
                         "\"records\":[{\"EmpId\":-1,\"Name\":\"a\",\"Pay\":1.50,\"On\":1,\"_metadata\":"
                         "{\"object\":\"Emp\",\"action\":\"create\",\"rowId\":1,\"checksum\":\"\","
                         "\"ignore_duplicate\":\"false\"}},{\"A\":\"x\",\"B\":5,\"_metadata\":{\"object\":\"Pair\","));
  support_ok(f, support_answer(f, &run, &batch,
      "{\"opstatus\":0,\"objects\":[{\"name\":\"Emp\",\"records\":[{\"EmpId\":\"101\",\"_EmpId\":-1,\"Name\":\"a\","
      "\"Pay\":1.5,\"On\":1,\"DeptId\":null,\"_metadata\":{\"rowId\":1,\"checksum\":\"s\"}}]},"
      "{\"name\":\"ns.Pair\",\"records\":[{\"A\":\"x\",\"B\":5,\"V\":null,\"_metadata\":{\"rowId\":\"2\"}}]}]}"));
  assert_int_equal(run.uploaded, 2);
  next(f, &run, &batch, "id-2");
  assert_int_equal(batch.count, 1);
  assert_int_equal(batch.entries[0].row_id, 3);
  support_ok(f, vmx_store_end_request(f->store, &batch, false, &f->err));
  next(f, &run, &batch, "id-3"); /* the edit that came during the sync waits */
  assert_int_equal(batch.count, 0);
  assert_non_null(strstr(support_rows(f, f->emp), "\"EmpId\":101"));
  assert_false(vmx_sync_errors_any(&f->errors));
  done(&run, &batch);
}

static void gives_children_the_generated_key(void **state) { /* UPL-06, W-34 */
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_create(f, f->dept, "{\"Name\":\"d\"}", NULL);
  support_create(f, f->emp, "{\"Name\":\"e\",\"DeptId\":-1}", NULL);
  support_create(f, f->emp, "{\"Name\":\"untracked\",\"DeptId\":-1}", "{\"trackChanges\":false}");
  support_begin_upload(f, &run, 1);
  next(f, &run, &batch, "id-1");
  support_update(f, f->dept, "{\"Name\":\"later\"}", "{\"primaryKeys\":{\"Id\":-1}}");
  support_ok(f, support_answer(f, &run, &batch,
      "{\"objects\":[{\"name\":\"Dept\",\"records\":[{\"Id\":7,\"_Id\":-1,\"Name\":\"d\",\"_metadata\":{\"rowId\":1}}]}]}"));
  assert_string_equal(support_rows(f, f->dept), "[{\"Id\":7,\"Name\":\"later\"}]"); /* UPC-05 */
  assert_string_equal(support_pending(f, f->dept), "{\"pendingSyncRecords\":[{\"Id\":7}]}");
  assert_null(strstr(support_rows(f, f->emp), "\"DeptId\":-1"));
  next(f, &run, &batch, "id-2");
  assert_int_equal(batch.count, 1);
  assert_non_null(strstr(batch.body.data, "\"DeptId\":7"));
  done(&run, &batch);
}

static void keeps_rejected_records_pending(void **state) { /* UPL-07, CBK-05, W-33, W-35 */
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_create(f, f->dept, "{\"Name\":\"d\"}", NULL);
  support_create(f, f->dept, "{\"Name\":\"good\"}", NULL);
  support_update(f, f->dept, "{\"Name\":\"d2\"}", "{\"primaryKeys\":{\"Id\":-1}}");
  support_create(f, f->emp, "{\"Name\":\"child\",\"DeptId\":-1}", NULL);
  support_begin_upload(f, &run, 2);
  next(f, &run, &batch, "id-1");
  support_ok(f, support_answer(f, &run, &batch,
      "{\"opstatus\":500100,\"objects\":[{\"name\":\"Dept\",\"records\":[{\"Id\":-1,\"_metadata\":{\"rowId\":1,"
      "\"opstatus\":20006,\"errmsg\":\"no\"}},{\"Id\":8,\"Name\":\"good\",\"_metadata\":{\"rowId\":2}}]}]}"));
  assert_int_equal(cJSON_GetArraySize(f->errors.upload), 1);
  assert_string_equal(support_rows(f, f->dept), "[{\"Id\":-1,\"Name\":\"d2\"},{\"Id\":8,\"Name\":\"good\"}]");
  next(f, &run, &batch, "id-2"); /* the later edit of the row and its child wait */
  assert_int_equal(batch.count, 0);
  assert_string_equal(support_pending(f, f->dept), "{\"pendingSyncRecords\":[{\"Id\":-1}]}");
  done(&run, &batch);
  support_begin_upload(f, &run, 50); /* the next sync sends all of it */
  next(f, &run, &batch, "id-3");
  assert_int_equal(batch.count, 3);
  done(&run, &batch);
}

static void a_later_accepted_edit_takes_the_failed_one_along(void **state) { /* W-37 */
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":1,\"V\":\"1\"}", NULL);
  support_update(f, f->pair, "{\"V\":\"2\"}", "{\"primaryKeys\":{\"A\":\"x\",\"B\":1}}");
  support_begin_upload(f, &run, 50);
  next(f, &run, &batch, "id-1");
  static const char answer[] =
      "{\"objects\":[{\"records\":[{\"A\":\"x\",\"B\":1,\"V\":\"srv\",\"_metadata\":{\"rowId\":2}},"
      "{\"A\":\"x\",\"B\":1,\"_metadata\":{\"rowId\":1,\"errmsg\":\"no\"}}]}]}";
  support_ok(f, support_answer(f, &run, &batch, answer));
  assert_string_equal(support_pending(f, f->pair), "{\"pendingSyncRecords\":[]}");
  assert_string_equal(support_rows(f, f->pair), "[{\"A\":\"x\",\"B\":1,\"V\":\"srv\"}]");
  support_ok(f, support_answer(f, &run, &batch, answer)); /* storing twice is storing once */
  assert_string_equal(support_rows(f, f->pair), "[{\"A\":\"x\",\"B\":1,\"V\":\"srv\"}]");
  done(&run, &batch);
}

/* W-37, UPL-12: the second of three rows cannot be stored: the first is, the others stay pending, and the
 * request stays cached. */
static void a_row_that_cannot_be_stored_takes_no_other_along(void **state) {
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":1,\"V\":\"mine\"}", NULL);
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":2,\"V\":\"mine\"}", NULL);
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":3,\"V\":\"mine\"}", NULL);
  support_begin_upload(f, &run, 50);
  next(f, &run, &batch, "id-1");
  support_ok(f, store_exec(f->store,
                           "CREATE TEMP TRIGGER full BEFORE UPDATE ON \"o_ns.Pair\" WHEN old.c_B='2'"
                           " BEGIN SELECT RAISE(ABORT,'no room'); END", &f->err));
  static const char answer[] =
      "{\"objects\":[{\"records\":[{\"A\":\"x\",\"B\":1,\"V\":\"srv\",\"_metadata\":{\"rowId\":1}},"
      "{\"A\":\"x\",\"B\":2,\"V\":\"srv\",\"_metadata\":{\"rowId\":2}},"
      "{\"A\":\"x\",\"B\":3,\"V\":\"srv\",\"_metadata\":{\"rowId\":3}}]}]}";
  assert_int_equal(support_answer(f, &run, &batch, answer), VMX_CODE_STORE);
  assert_non_null(strstr(f->err.text, "no room"));
  assert_string_equal(support_pending(f, f->pair),
                      "{\"pendingSyncRecords\":[{\"A\":\"x\",\"B\":2},{\"A\":\"x\",\"B\":3}]}");
  assert_int_equal(cached(f), 1);
  support_ok(f, store_exec(f->store, "DROP TRIGGER full", &f->err));
  support_ok(f, support_answer(f, &run, &batch, answer));
  assert_string_equal(support_pending(f, f->pair), "{\"pendingSyncRecords\":[]}");
  assert_int_equal(cached(f), 0);
  done(&run, &batch);
}

static int answer_code(struct fixture *f, const char *answer) {
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_begin_upload(f, &run, 50);
  next(f, &run, &batch, "id-1");
  int code = support_answer(f, &run, &batch, answer);
  support_ok(f, vmx_store_end_request(f->store, &batch, false, &f->err));
  done(&run, &batch);
  return code;
}

static void refuses_answers_that_break_a_rule(void **state) { /* UPL-08, NET-02, W-36 */
  struct fixture *f = *state;
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":1}", NULL);
#define RECORD(columns, metadata) "{\"objects\":[{\"records\":[{" columns "\"_metadata\":{" metadata "}}]}]}"
  assert_int_equal(answer_code(f, RECORD("\"A\":\"x\",\"B\":1,\"V\":null,", "\"rowId\":99")), 2473);
  assert_int_equal(answer_code(f, RECORD("\"A\":\"x\",\"B\":1,\"V\":null,", "\"action\":\"create\"")), 2473);
  assert_int_equal(answer_code(f, RECORD("\"A\":\"x\",\"V\":null,", "\"rowId\":1")), 2484);
  assert_int_equal(answer_code(f, "{\"objects\":{}}"), 2473);
  assert_int_equal(answer_code(f, "{\"objects\":[{\"records\":[4]}]}"), 2473);
  assert_int_equal(answer_code(f, "{\"objects\":["), 2037);
  assert_int_equal(answer_code(f, "{\"opstatus\":20006}"), 2038);
  assert_string_equal(support_pending(f, f->pair), "{\"pendingSyncRecords\":[{\"A\":\"x\",\"B\":1}]}");
  assert_int_equal(answer_code(f, "{\"objects\":[]}"), 0); /* left out: still pending, reported */
  assert_int_equal(cJSON_GetArraySize(f->errors.upload), 1);
  assert_string_equal(support_pending(f, f->pair), "{\"pendingSyncRecords\":[{\"A\":\"x\",\"B\":1}]}");
}

static void refuses_partial_records_but_adopts_the_key(void **state) { /* UPL-09, UPL-13, W-37 */
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_create(f, f->emp, "{\"Name\":\"mine\"}", NULL);
  assert_int_equal(answer_code(f, RECORD("\"EmpId\":55,", "\"rowId\":1")), 0);
  assert_int_equal(cJSON_GetArraySize(f->errors.upload), 1);
  assert_non_null(strstr(support_rows(f, f->emp), "{\"EmpId\":55,\"Name\":\"mine\""));
  support_begin_upload(f, &run, 50);
  next(f, &run, &batch, "id-2");
  assert_int_equal(batch.count, 1);
  assert_non_null(strstr(batch.body.data, "\"action\":\"update\",\"rowId\":1"));
  support_ok(f, support_answer(f, &run, &batch,
      RECORD("\"EmpId\":55,\"Name\":\"srv\",\"Pay\":1,\"On\":0,\"DeptId\":null,", "\"rowId\":1")));
  assert_non_null(strstr(support_rows(f, f->emp), "{\"EmpId\":55,\"Name\":\"srv\",\"Pay\":1,\"On\":0"));
  assert_string_equal(support_pending(f, f->emp), "{\"pendingSyncRecords\":[]}");
  done(&run, &batch);
}

static void replays_what_is_cached_as_it_was(void **state) { /* UPC-02, UPC-05, UPC-08, W-42 */
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0}, replay = {0};
  support_create(f, f->emp, "{\"Name\":\"Ada\"}", NULL);
  support_begin_upload(f, &run, 50);
  next(f, &run, &batch, "id-1");
  assert_true(batch.cached);
  assert_int_equal(cached(f), 1);
  support_ok(f, vmx_store_end_request(f->store, &batch, true, &f->err)); /* outcome unknown */
  support_restart(f);
  support_update(f, f->emp, "{\"Name\":\"Ada L.\"}",
                 "{\"primaryKeys\":{\"EmpId\":-1},\"trackIntermediateUpdates\":false}");
  support_ok(f, vmx_store_next_cached(f->store, f->service, NULL, &replay, &f->err));
  assert_string_equal(replay.id, "id-1");
  assert_string_equal(replay.query.data, "q=1");
  assert_string_equal(replay.body.data, batch.body.data);
  assert_true(replay.replay);
  assert_int_equal(replay.count, 1);
  done(&run, &batch);
  support_begin_upload(f, &run, 50);
  assert_int_equal(run.total, 1); /* never folded into the cached entry (W-33) */
  support_ok(f, support_answer(f, &run, &replay,
      "{\"_metadata\":{},\"objects\":[{\"records\":[{\"EmpId\":101,\"_EmpId\":-1,\"Name\":\"Ada\",\"Pay\":null,"
      "\"On\":null,\"DeptId\":null,\"_metadata\":{\"rowId\":1,\"checksum\":\"k\"}}]}]}"));
  assert_int_equal(cached(f), 0);
  next(f, &run, &batch, "id-2");
  assert_non_null(strstr(batch.body.data, "{\"EmpId\":101,\"Name\":\"Ada L.\",\"_metadata\":{\"object\":\"Emp\","
                                          "\"action\":\"update\",\"rowId\":2,\"checksum\":\"k\""));
  vmx_upload_batch_done(&replay);
  done(&run, &batch);
}

static void a_replay_needs_its_metadata(void **state) { /* W-43 */
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":1}", NULL);
  support_begin_upload(f, &run, 50);
  next(f, &run, &batch, "id-1");
  support_ok(f, vmx_store_next_cached(f->store, f->service, NULL, &batch, &f->err));
  assert_int_equal(support_answer(f, &run, &batch, "{\"objects\":[]}"), 2473);
  support_ok(f, vmx_store_end_request(f->store, &batch, false, &f->err));
  assert_int_equal(cached(f), 0);
  assert_string_equal(support_pending(f, f->pair), "{\"pendingSyncRecords\":[{\"A\":\"x\",\"B\":1}]}");
  done(&run, &batch);
}

static void refuses_a_second_cached_request(void **state) { /* UPC-13 */
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":1}", NULL);
  support_create(f, f->pair, "{\"A\":\"y\",\"B\":1}", NULL);
  support_begin_upload(f, &run, 1);
  next(f, &run, &batch, "id-1");
  assert_int_equal(vmx_store_next_batch(f->store, &run, "id-2", "", &batch, &f->err), 2913);
  done(&run, &batch);
}

static void replays_objects_before_their_service(void **state) { /* UPC-06, W-42 */
  struct fixture *f = *state;
  const struct vmx_object *order[] = {NULL, f->pair, f->emp};
  static const char *const ids[] = {"service", "pair", "emp"};
  struct vmx_upload_batch batch = {0};
  support_create(f, f->dept, "{\"Name\":\"d\"}", NULL);
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":1}", NULL);
  support_create(f, f->emp, "{\"Name\":\"e\"}", NULL);
  for (size_t i = 0; i < 3; i++) {
    struct vmx_upload run;
    const struct vmx_upload_config config = {.service = f->service, .object = order[i], .batch_size = 1};
    vmx_upload_init(&run, &config);
    support_ok(f, vmx_store_begin_upload(f->store, &run, &f->err));
    next(f, &run, &batch, ids[i]);
    assert_int_equal(batch.count, 1);
    vmx_upload_done(&run);
  }
  static const char *const expected[] = {"pair", "emp", "service"};
  for (size_t i = 0; i < 3; i++) {
    support_ok(f, vmx_store_next_cached(f->store, f->service, NULL, &batch, &f->err));
    assert_string_equal(batch.id, expected[i]);
    support_ok(f, vmx_store_end_request(f->store, &batch, false, &f->err));
  }
  support_ok(f, vmx_store_next_cached(f->store, f->service, NULL, &batch, &f->err));
  assert_string_equal(batch.id, "");
  vmx_upload_batch_done(&batch);
}

static void folds_updates_and_defers_marked_ones(void **state) { /* UPL-04, UPL-05 */
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":1,\"V\":\"1\"}", NULL);
  support_update(f, f->pair, "{\"A\":\"x\",\"B\":1,\"V\":\"2\"}", "{\"trackIntermediateUpdates\":false}");
  support_create(f, f->pair, "{\"A\":\"y\",\"B\":1}", "{\"markForUpload\":false}");
  support_update(f, f->pair, "{\"A\":\"y\",\"B\":1,\"V\":\"2\"}", NULL);
  support_begin_upload(f, &run, 50);
  next(f, &run, &batch, "id-1");
  assert_int_equal(batch.count, 1);
  assert_non_null(strstr(batch.body.data, "\"V\":\"2\",\"_metadata\":{\"object\":\"Pair\",\"action\":\"create\",\"rowId\":1"));
  support_ok(f, vmx_store_end_request(f->store, &batch, false, &f->err));
  done(&run, &batch);
  support_ok(f, vmx_store_mark_for_upload(f->store, f->pair, text_of("{\"primaryKeys\":{\"A\":\"y\",\"B\":1}}"), &f->err));
  support_begin_upload(f, &run, 50);
  next(f, &run, &batch, "id-2");
  assert_int_equal(batch.count, 3);
  done(&run, &batch);
}

static void removes_uploaded_rows_when_asked(void **state) { /* OPT-18 */
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  char name[] = "ns.Pair", *names[] = {name};
  const struct vmx_names remove = {.items = names, .count = 1};
  const struct vmx_upload_config config = {.service = f->service, .batch_size = 50, .remove_after_upload = &remove};
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":1}", NULL);
  support_create(f, f->pair, "{\"A\":\"y\",\"B\":1}", NULL);
  vmx_upload_init(&run, &config);
  support_ok(f, vmx_store_begin_upload(f->store, &run, &f->err));
  next(f, &run, &batch, "id-1");
  support_update(f, f->pair, "{\"A\":\"y\",\"B\":1,\"V\":\"later\"}", NULL);
  support_ok(f, support_answer(f, &run, &batch,
      "{\"objects\":[{\"records\":[{\"A\":\"x\",\"B\":1,\"V\":null,\"_metadata\":{\"rowId\":1}},"
      "{\"A\":\"y\",\"B\":1,\"V\":null,\"_metadata\":{\"rowId\":2}}]}]}"));
  assert_string_equal(support_rows(f, f->pair), "[{\"A\":\"y\",\"B\":1,\"V\":\"later\"}]");
  done(&run, &batch);
}

static void blocks_rows_of_a_request_that_failed_whole(void **state) { /* UPL-15, W-39, section 10 */
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  static const char answer[] = "{\"opstatus\":20006,\"objects\":[{\"records\":[{\"_metadata\":{\"rowId\":1,"
                               "\"opstatus\":20006,\"errmsg\":\"no\"}}]}]}";
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":1}", NULL);
  support_update(f, f->pair, "{\"A\":\"x\",\"B\":1,\"V\":\"2\"}", NULL);
  support_begin_upload(f, &run, 1);
  next(f, &run, &batch, "id-1");
  vmx_upload_reject(&run, &batch, answer, strlen(answer), &f->errors);
  support_ok(f, vmx_store_end_request(f->store, &batch, false, &f->err));
  assert_int_equal(cJSON_GetArraySize(f->errors.upload), 1);
  next(f, &run, &batch, "id-2");
  assert_int_equal(batch.count, 0);
  done(&run, &batch);
}

/* The server gives a created row the key of a row that is here: the edits of both stay. UPL-12, W-34 */
static void rows_that_become_one_lose_no_edit(void **state) {
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_download(f, EMP_PAGE(EMP_ROW("7", "theirs"), LAST_PAGE));
  support_update(f, f->emp, "{\"Name\":\"deferred\"}",
                 "{\"primaryKeys\":{\"EmpId\":7},\"markForUpload\":false}");
  support_create(f, f->emp, "{\"Name\":\"made\"}", NULL);
  support_begin_upload(f, &run, 50);
  next(f, &run, &batch, "id-1");
  assert_int_equal(batch.count, 1);
  support_ok(f, support_answer(f, &run, &batch,
      RECORD("\"EmpId\":7,\"Name\":\"made\",\"Pay\":null,\"On\":null,\"DeptId\":null,", "\"rowId\":2")));
  assert_string_equal(support_pending(f, f->emp), "{\"pendingSyncRecords\":[{\"EmpId\":7}]}");
  assert_non_null(strstr(support_rows(f, f->emp), "\"deferred\""));
  assert_null(strstr(support_rows(f, f->emp), "\"made\""));
  support_ok(f, vmx_store_rollback(f->store, f->service, NULL, text_of(NULL), &f->err));
  assert_non_null(strstr(support_rows(f, f->emp), "\"made\"")); /* what the server has */
  done(&run, &batch);
}

static void a_standing_row_is_remembered_when_a_create_gets_its_key(void **state) { /* W-37, LOC-03 */
  struct fixture *f = *state;
  support_download(f, EMP_PAGE(EMP_ROW("55", "theirs"), LAST_PAGE));
  support_create(f, f->emp, "{\"Name\":\"mine\"}", NULL);
  assert_int_equal(answer_code(f, RECORD("\"EmpId\":55,", "\"rowId\":1")), 0); /* partial */
  assert_non_null(strstr(support_rows(f, f->emp), "\"mine\""));
  support_ok(f, vmx_store_rollback(f->store, f->service, NULL, text_of(NULL), &f->err));
  assert_non_null(strstr(support_rows(f, f->emp), "\"theirs\""));
}

/* Foreign keys are compared as numbers, in rows and log. UPL-06, W-16 */
static void children_follow_whatever_way_their_key_is_written(void **state) {
  struct fixture *f = *state;
  support_create(f, f->dept, "{\"Name\":\"d\"}", NULL);
  support_create(f, f->emp, "{\"Name\":\"e\",\"DeptId\":-1.0}", NULL);
  support_create(f, f->emp, "{\"Name\":\"gone\",\"DeptId\":\"-1.00\"}", NULL);
  support_ok(f, vmx_store_delete(f->store, f->emp, text_of(NULL),
                                 text_of("{\"primaryKeys\":{\"EmpId\":-3}}"), NULL, &f->err));
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_begin_upload(f, &run, 1);
  next(f, &run, &batch, "id-1");
  support_ok(f, support_answer(f, &run, &batch, RECORD("\"Id\":7,\"Name\":\"d\",", "\"rowId\":1")));
  assert_non_null(strstr(support_rows(f, f->emp), "\"DeptId\":7"));
  for (int i = 0; i < 3; i++) {
    next(f, &run, &batch, "id-x");
    assert_int_equal(batch.count, 1);
    assert_non_null(strstr(batch.body.data, "\"DeptId\":7"));
    support_ok(f, vmx_store_end_request(f->store, &batch, false, &f->err));
  }
  done(&run, &batch);
}

static void an_answer_with_many_rows_is_stored_row_by_row(void **state) { /* W-37, UPL-07 */
  struct fixture *f = *state;
  enum { ROWS = 40 };
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  struct base_buf text = BASE_BUF_INIT;
  char record[96];
  for (int edit = 0; edit < 2; edit++)
    for (int i = 0; i < ROWS; i++) {
      snprintf(record, sizeof record, "{\"A\":\"%d\",\"B\":1,\"V\":\"%d\"}", i, edit);
      if (edit == 0) support_create(f, f->pair, record, NULL);
      else support_update(f, f->pair, record, NULL);
    }
  support_begin_upload(f, &run, 1000);
  next(f, &run, &batch, "id-1");
  assert_int_equal(batch.count, 2 * ROWS);
  base_buf_text(&text, "{\"objects\":[{\"records\":[");
  for (int i = 0; i < 2 * ROWS; i++) /* each second row is refused for good */
    base_buf_printf(&text, "%s{\"A\":\"%d\",\"B\":1,\"V\":\"%d\",\"_metadata\":{\"rowId\":%d%s}}", i ? "," : "",
                    i % ROWS, i / ROWS, i + 1, i % 2 ? ",\"errmsg\":\"no\"" : "");
  base_buf_text(&text, "]}]}");
  support_ok(f, support_answer(f, &run, &batch, text.data));
  assert_int_equal(cached(f), 0);
  assert_int_equal(run.uploaded, ROWS);
  assert_int_equal(run.blocked_count, ROWS / 2);
  assert_null(strstr(support_pending(f, f->pair), "\"A\":\"0\""));
  assert_non_null(strstr(support_pending(f, f->pair), "\"A\":\"39\""));
  base_buf_done(&text);
  done(&run, &batch);
}

/* W-9: an object that setup dropped meanwhile does not make its answer a broken one. UPL-12 */
static void a_replay_may_hold_records_of_a_dropped_object(void **state) {
  struct fixture *f = *state;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_create(f, f->pair, "{\"A\":\"x\",\"B\":1}", NULL);
  support_create(f, f->dept, "{\"Name\":\"d\"}", NULL);
  support_begin_upload(f, &run, 50);
  next(f, &run, &batch, "id-1");
  vmx_upload_done(&run);
  struct vmx_model *model = support_model(
      "{\"timestamp\":\"t2\",\"uploadCache\":true,\"namespaces\":[{\"name\":\"\",\"objects\":[{\"name\":\"Dept\","
      "\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\",\"auto_generated\":true},"
      "{\"name\":\"Name\",\"datatype\":\"string\"}]}]}]}");
  support_ok(f, vmx_store_save_setup(f->store, model, &f->err));
  vmx_model_free(f->model);
  f->model = model;
  f->service = &model->services[0];
  f->dept = support_object(model, "Dept");
  support_ok(f, vmx_store_next_cached(f->store, f->service, NULL, &batch, &f->err));
  assert_int_equal(batch.count, 1);
  support_begin_upload(f, &run, 50);
  support_ok(f, support_answer(f, &run, &batch,
      "{\"_metadata\":{},\"objects\":[{\"records\":[{\"A\":\"x\",\"B\":1,\"V\":null,\"_metadata\":{\"rowId\":1}},"
      "{\"Id\":7,\"Name\":\"d\",\"_metadata\":{\"rowId\":2}}]}]}"));
  assert_string_equal(support_rows(f, f->dept), "[{\"Id\":7,\"Name\":\"d\"}]");
  done(&run, &batch);
}

int main(void) {
  const struct CMUnitTest tests[] = {STORE_TEST(sends_batches_in_log_order),
                                     STORE_TEST(gives_children_the_generated_key),
                                     STORE_TEST(keeps_rejected_records_pending),
                                     STORE_TEST(a_later_accepted_edit_takes_the_failed_one_along),
                                     STORE_TEST(a_row_that_cannot_be_stored_takes_no_other_along),
                                     STORE_TEST(refuses_answers_that_break_a_rule),
                                     STORE_TEST(refuses_partial_records_but_adopts_the_key),
                                     STORE_TEST(replays_what_is_cached_as_it_was),
                                     STORE_TEST(a_replay_needs_its_metadata),
                                     STORE_TEST(refuses_a_second_cached_request),
                                     STORE_TEST(replays_objects_before_their_service),
                                     STORE_TEST(folds_updates_and_defers_marked_ones),
                                     STORE_TEST(removes_uploaded_rows_when_asked),
                                     STORE_TEST(rows_that_become_one_lose_no_edit),
                                     STORE_TEST(a_standing_row_is_remembered_when_a_create_gets_its_key),
                                     STORE_TEST(children_follow_whatever_way_their_key_is_written),
                                     STORE_TEST(an_answer_with_many_rows_is_stored_row_by_row),
                                     STORE_TEST(a_replay_may_hold_records_of_a_dropped_object),
                                     STORE_TEST(blocks_rows_of_a_request_that_failed_whole)};
  return cmocka_run_group_tests_name("store/upload", tests, NULL, NULL);
}
