/* Planning, encoding and answers of uploads, without a store (W-31..W-36). */
#include "model_support.h"

#include <stdio.h>

#include "core/upload.h"

struct fixture {
  struct vmx_model *model;
  struct vmx_upload run;
  struct vmx_upload_batch batch;
  const struct vmx_object *pair;
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->model = support_model(SUPPORT_METADATA);
  f->pair = support_object(f->model, "ns.Pair");
  const struct vmx_upload_config config = {.service = &f->model->services[0], .batch_size = 2};
  vmx_upload_init(&f->run, &config);
  f->run.limit_row_id = 10;
  f->batch.service = &f->model->services[0];
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  vmx_upload_done(&f->run);
  vmx_upload_batch_done(&f->batch);
  vmx_model_free(f->model);
  free(f);
  return 0;
}

static enum vmx_offer offer(struct fixture *f, int64_t row_id, const char *name, bool marked) {
  const struct vmx_value row[] = {{name, strlen(name)}, {"1", 1}, {0}};
  const struct vmx_log_entry entry = {
      .row_id = row_id, .object = f->pair, .key = name, .action = VMX_UPDATE, .marked = marked, .row = row, .checksum = "c\""};
  return vmx_upload_offer(&f->run, &f->batch, &entry);
}

static void fills_batches_up_to_their_size(void **state) { /* OPT-06, UPL-01 */
  struct fixture *f = *state;
  assert_int_equal(offer(f, 1, "a", true), VMX_OFFER_TAKEN);
  assert_int_equal(offer(f, 2, "b", true), VMX_OFFER_TAKEN);
  assert_int_equal(offer(f, 3, "c", true), VMX_OFFER_FULL);
  vmx_upload_batch_clear(&f->batch);
  assert_int_equal(offer(f, 2, "b", true), VMX_OFFER_WAITS); /* never twice in a sync */
  assert_int_equal(offer(f, 3, "c", true), VMX_OFFER_TAKEN);
  assert_int_equal(offer(f, 11, "d", true), VMX_OFFER_WAITS); /* above the sync's limit */
}

static void rows_wait_behind_their_first_unmarked_entry(void **state) { /* W-33 */
  struct fixture *f = *state;
  assert_int_equal(offer(f, 1, "a", false), VMX_OFFER_WAITS);
  assert_int_equal(offer(f, 2, "a", true), VMX_OFFER_WAITS);
  assert_int_equal(offer(f, 3, "b", true), VMX_OFFER_TAKEN);
}

static void blocked_rows_are_found_among_many(void **state) { /* W-33 */
  struct fixture *f = *state;
  char key[16];
  for (int i = 0; i < 3000; i++) {
    snprintf(key, sizeof key, "k%d", i);
    assert_true(vmx_upload_block(&f->run, f->pair, key));
    assert_true(vmx_upload_block(&f->run, f->pair, key)); /* twice is once */
  }
  assert_int_equal(f->run.blocked_count, 3000);
  for (int i = 0; i < 3100; i++) {
    snprintf(key, sizeof key, "k%d", i);
    assert_int_equal(vmx_upload_blocked(&f->run, f->pair, key), i < 3000);
  }
  assert_false(vmx_upload_blocked(&f->run, support_object(f->model, "Emp"), "k1"));
}

/* Its parent is not sent in this sync, so the server could not know the temporary key. UPL-06 */
static void at_object_level_a_child_waits_for_its_parents_key(void **state) {
  struct fixture *f = *state;
  const struct vmx_object *emp = support_object(f->model, "Emp");
  struct vmx_value row[] = {{"-2", 2}, {"n", 1}, {0}, {0}, {"-1", 2}, {0}, {0}};
  struct vmx_log_entry entry = {.row_id = 1, .object = emp, .key = "-2", .action = VMX_CREATE,
                                .marked = true, .row = row, .checksum = ""};
  assert_int_equal(vmx_upload_offer(&f->run, &f->batch, &entry), VMX_OFFER_TAKEN);
  f->run.config.object = emp;
  entry.row_id = 2;
  assert_int_equal(vmx_upload_offer(&f->run, &f->batch, &entry), VMX_OFFER_WAITS);
  row[4] = (struct vmx_value){"7", 1};
  entry.row_id = 3;
  entry.key = "-3";
  assert_int_equal(vmx_upload_offer(&f->run, &f->batch, &entry), VMX_OFFER_TAKEN);
}

static void leaves_nulls_out(void **state) { /* W-32 */
  struct fixture *f = *state;
  offer(f, 7, "a", true);
  vmx_upload_encode(&f->batch, VMX_BOOLEAN_NUMERIC);
  assert_non_null(strstr(f->batch.body.data,
                         "\"records\":[{\"A\":\"a\",\"B\":1,\"_metadata\":{\"object\":\"Pair\",\"action\":\"update\","
                         "\"rowId\":7,\"checksum\":\"c\\\"\",\"ignore_duplicate\":\"false\"}}]}"));
}

static void a_request_is_read_back_as_it_was(void **state) { /* W-42, C-6 */
  struct fixture *f = *state;
  offer(f, 7, "a", true);
  vmx_upload_encode(&f->batch, VMX_BOOLEAN_NUMERIC);
  assert_int_equal(vmx_upload_decode_request(&f->batch, NULL), 0);
  assert_int_equal(f->batch.count, 1);
  assert_int_equal(f->batch.entries[0].row_id, 7);
  assert_int_equal(f->batch.entries[0].action, VMX_UPDATE);
  assert_string_equal(f->batch.entries[0].checksum, "c\"");
  base_buf_text(&f->batch.body, "x");
  assert_int_equal(vmx_upload_decode_request(&f->batch, NULL), 2000);
}

static int decode(struct fixture *f, const char *text, struct vmx_upload_outcomes *out) {
  return vmx_upload_decode(&f->batch, text, strlen(text), out, NULL);
}

#define ANSWER(records) "{\"objects\":[{\"records\":[" records "]}]}"

static void of_a_doubled_row_id_the_last_counts(void **state) { /* W-36 */
  struct fixture *f = *state;
  struct vmx_upload_outcomes out = {0};
  offer(f, 7, "a", true);
  assert_int_equal(decode(f, ANSWER("{\"A\":\"a\",\"B\":1,\"V\":null,\"_metadata\":{\"rowId\":7}},"
                                    "{\"_metadata\":{\"rowId\":\"7\",\"opstatus\":\"20006\"}}"), &out), 0);
  assert_int_equal(out.items[0].kind, VMX_OUTCOME_FAILED);
  assert_int_equal(out.items[0].opstatus, 20006);
  vmx_upload_outcomes_done(&out);
}

static void another_rows_key_is_refused(void **state) { /* W-36 */
  struct fixture *f = *state;
  struct vmx_upload_outcomes out = {0};
  offer(f, 7, "a", true);
  assert_int_equal(decode(f, ANSWER("{\"A\":\"z\",\"B\":1,\"V\":null,\"_metadata\":{\"rowId\":7}}"), &out), 2473);
  assert_int_equal(decode(f, ANSWER("{\"A\":\"a\",\"B\":\"1.0\",\"V\":null,\"_metadata\":{\"rowId\":7}}"), &out), 0);
  assert_int_equal(out.items[0].kind, VMX_OUTCOME_ACCEPTED);
  vmx_upload_outcomes_done(&out);
}

static void the_server_may_have_deleted_the_row(void **state) { /* W-40 */
  struct fixture *f = *state;
  struct vmx_upload_outcomes out = {0};
  offer(f, 7, "a", true);
  assert_int_equal(decode(f, ANSWER("{\"A\":\"a\",\"B\":1,\"_metadata\":{\"rowId\":7,\"action\":\"delete\"}}"), &out), 0);
  assert_int_equal(out.items[0].kind, VMX_OUTCOME_DELETED);
  vmx_upload_outcomes_done(&out);
}

static void intermediate_errors_are_reported(void **state) { /* W-35 */
  struct fixture *f = *state;
  struct vmx_upload_outcomes out = {0};
  struct vmx_sync_errors errors = {0};
  offer(f, 7, "a", true);
  assert_int_equal(decode(f, ANSWER("{\"A\":\"a\",\"B\":1,\"V\":null,\"_metadata\":{\"rowId\":7,"
                                    "\"intermediateErrors\":[\"one\",{\"errmsg\":\"two\",\"opstatus\":9}]}}"), &out), 0);
  assert_true(vmx_upload_report(&out, &errors));
  assert_int_equal(cJSON_GetArraySize(errors.upload), 2);
  vmx_sync_errors_done(&errors);
  vmx_upload_outcomes_done(&out);
}

static void answers_cut_anywhere_are_refused(void **state) { /* NET-02 */
  struct fixture *f = *state;
  struct vmx_upload_outcomes out = {0};
  static const char text[] = ANSWER("{\"A\":\"a\",\"B\":1,\"V\":null,\"_metadata\":{\"rowId\":7,\"errmsg\":\"\\u00e9\"}}");
  offer(f, 7, "a", true);
  for (size_t cut = 0; cut < strlen(text); cut++) {
    char *copy = malloc(cut + 1);
    assert_non_null(copy);
    memcpy(copy, text, cut);
    assert_int_equal(vmx_upload_decode(&f->batch, copy, cut, &out, NULL), 2037);
    free(copy);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* W-41, UPC-08: a cached body that is damaged is told, whatever of it is. */
static void a_damaged_request_is_refused(void **state) {
  struct fixture *f = *state;
  static const char *const bodies[] = {
      "", "{", "{\"records\":[7]}", "{\"records\":[{}]}",
      "{\"records\":[{\"A\":\"a\",\"B\":1,\"_metadata\":{\"object\":\"Pair\",\"action\":\"update\"}}]}",
      "{\"records\":[{\"A\":\"a\",\"B\":1,\"_metadata\":{\"object\":\"Pair\",\"action\":\"update\",\"rowId\":\"x\"}}]}",
      "{\"records\":[{\"A\":\"a\",\"B\":1,\"_metadata\":{\"object\":\"Pair\",\"action\":\"odd\",\"rowId\":1}}]}",
      "{\"records\":[{\"A\":\"a\",\"B\":1,\"_metadata\":{\"object\":\"Pair\",\"rowId\":1}}]}",
      "{\"records\":[{\"A\":\"a\",\"_metadata\":{\"object\":\"Pair\",\"action\":\"update\",\"rowId\":1}}]}"};
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    base_buf_clear(&f->batch.body);
    base_buf_text(&f->batch.body, bodies[i]);
    assert_int_equal(vmx_upload_decode_request(&f->batch, NULL), 2000);
  }
}

/* W-13, W-42: values of a cached body in each form; records of a dropped object are strangers (W-9). */
static void a_request_is_read_in_each_form_of_a_value(void **state) {
  struct fixture *f = *state;
  base_buf_text(&f->batch.body,
                "{\"records\":[{\"EmpId\":1,\"Name\":\"x\",\"On\":true,\"_metadata\":{\"object\":\"Emp\",\"action\":\"create\","
                "\"rowId\":1}},{\"EmpId\":\"2\",\"Name\":null,\"On\":false,\"_metadata\":{\"object\":\"Emp\",\"action\":\"delete\","
                "\"rowId\":2}},{\"X\":1,\"_metadata\":{\"object\":\"Gone\",\"action\":\"delete\",\"rowId\":3}}]}");
  assert_int_equal(vmx_upload_decode_request(&f->batch, NULL), 0);
  assert_int_equal(f->batch.count, 2);
  assert_true(f->batch.strangers);
  assert_string_equal(f->batch.entries[0].row[3].text, "1");
  assert_string_equal(f->batch.entries[1].row[3].text, "0");
  assert_string_equal(f->batch.entries[1].key, "2");
  assert_string_equal(f->batch.entries[0].checksum, "");
  base_buf_clear(&f->batch.body);
  base_buf_text(&f->batch.body, "{\"records\":{}}");
  assert_int_equal(vmx_upload_decode_request(&f->batch, NULL), 0);
  assert_int_equal(f->batch.count, 0);
}

#define PAIR_OF(metadata) "{\"A\":\"a\",\"B\":1,\"V\":null,\"_metadata\":{" metadata "}}"

/* NET-02, UPL-08, W-35, W-36: one answer to rowId 7, and what the call says. */
static void answers_have_their_codes(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *text;
    int code;
  } answers[] = {{ANSWER(PAIR_OF("\"rowId\":7")), 0},
                 {ANSWER(PAIR_OF("\"rowId\":\"7\",\"opstatus\":\"0\",\"errmsg\":null,\"intermediateErrors\":null")), 0},
                 {ANSWER(PAIR_OF("\"rowId\":7,\"opstatus\":null,\"action\":7,\"checksum\":[]")), 0},
                 {ANSWER(PAIR_OF("\"rowId\":[]")), 2473},
                 {ANSWER(PAIR_OF("\"rowId\":7.5")), 2473},
                 {ANSWER(PAIR_OF("\"rowId\":null")), 2473},
                 {ANSWER(PAIR_OF("\"rowId\":7,\"opstatus\":{}")), 2473},
                 {ANSWER(PAIR_OF("\"rowId\":9")), 2473},
                 {ANSWER(PAIR_OF("\"opstatus\":5")), 0}, /* an error of nobody */
                 {ANSWER("{\"A\":\"a\",\"_metadata\":7}"), 2473},
                 {ANSWER("{\"A\":[],\"B\":1,\"_metadata\":{\"rowId\":7}}"), 2473},
                 {ANSWER("7"), 2473},
                 {"{\"objects\":[{\"records\":null},{\"name\":\"x\"}]}", 0},
                 {"{\"objects\":null}", 0},
                 {"{\"objects\":{}}", 2473},
                 {"{\"objects\":[7]}", 2473},
                 {"{\"objects\":[{\"records\":{}}]}", 2473},
                 {"{\"records\":[7]}", 0}, /* at service level they are somebody else's */
                 {"{\"opstatus\":[]}", 2037},
                 {"{\"opstatus\":8009}", 2038},
                 {"[]", 2037},
                 {"", 2037},
                 {"{} x", 2037}};
  offer(f, 7, "a", true);
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    struct vmx_upload_outcomes out = {0};
    int code = decode(f, answers[i].text, &out);
    if (code != answers[i].code) fail_msg("%s: %d", answers[i].text, code);
    vmx_upload_outcomes_done(&out);
  }
}

/* W-3, W-20: at object level `records` may stand at the top. */
static void at_object_level_both_forms_are_read(void **state) {
  struct fixture *f = *state;
  static const char *const forms[] = {ANSWER(PAIR_OF("\"rowId\":7")), "{\"records\":[" PAIR_OF("\"rowId\":7") "]}"};
  offer(f, 7, "a", true);
  f->batch.object = f->pair;
  for (size_t i = 0; i < 2; i++) {
    struct vmx_upload_outcomes out = {0};
    assert_int_equal(decode(f, forms[i], &out), 0);
    assert_int_equal(out.items[0].kind, VMX_OUTCOME_ACCEPTED);
    vmx_upload_outcomes_done(&out);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {TEST(fills_batches_up_to_their_size),
                                     TEST(rows_wait_behind_their_first_unmarked_entry),
                                     TEST(blocked_rows_are_found_among_many),
                                     TEST(at_object_level_a_child_waits_for_its_parents_key),
                                     TEST(leaves_nulls_out),
                                     TEST(a_request_is_read_back_as_it_was),
                                     TEST(of_a_doubled_row_id_the_last_counts),
                                     TEST(another_rows_key_is_refused),
                                     TEST(the_server_may_have_deleted_the_row),
                                     TEST(intermediate_errors_are_reported),
                                     TEST(answers_cut_anywhere_are_refused),
      TEST(a_damaged_request_is_refused),
      TEST(a_request_is_read_in_each_form_of_a_value),
      TEST(answers_have_their_codes),
      TEST(at_object_level_both_forms_are_read)};
  return cmocka_run_group_tests_name("core/upload", tests, NULL, NULL);
}
