/*
 * How edits are tracked: trackChanges, trackIntermediateUpdates and markForUpload in every combination,
 * by what the next request holds (UPL-04, UPL-05, W-33, W-50).
 */
#include "store_support.h"

#include "base/cleanup.h"

enum { CREATE, UPDATE, DELETE };

struct combination {
  bool track, intermediate, mark;
};

static const char *options_of(const struct combination *c, char *text, size_t size) {
  snprintf(text, size, "{\"trackChanges\":%s,\"trackIntermediateUpdates\":%s,\"markForUpload\":%s}",
           c->track ? "true" : "false", c->intermediate ? "true" : "false", c->mark ? "true" : "false");
  return text;
}

/* The row of the key {a, 1}, whose V counts the edits. */
static void edit(struct fixture *f, int kind, int number, const char *options) {
  char record[60];
  snprintf(record, sizeof record, "{\"A\":\"a\",\"B\":1,\"V\":\"%d\"}", number);
  if (kind == CREATE) support_create(f, f->pair, record, options);
  else if (kind == UPDATE) support_update(f, f->pair, record, options);
  else support_ok(f, vmx_store_delete(f->store, f->pair, text_of(record), text_of(options), NULL, &f->err));
}

static struct base_buf actions(struct fixture *f) {
  struct base_buf out = BASE_BUF_INIT;
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_begin_upload(f, &run, 50);
  support_ok(f, vmx_store_next_batch(f->store, &run, "id", "", &batch, &f->err));
  for (size_t i = 0; i < batch.count; i++) {
    const struct vmx_value *v = &batch.entries[i].row[2];
    base_buf_printf(&out, "%s%s %.*s", i ? "," : "", vmx_action_name(batch.entries[i].action), (int)v->len, v->text);
  }
  if (batch.count) support_ok(f, vmx_store_end_request(f->store, &batch, false, &f->err));
  vmx_upload_batch_done(&batch);
  vmx_upload_done(&run);
  return out;
}

static void sends(struct fixture *f, const char *wanted, const char *what) {
  CLEANUP(base_buf_done) struct base_buf out = actions(f);
  if (strcmp(base_buf_string(&out), wanted) != 0) fail_msg("%s: sends \"%s\", not \"%s\"", what, base_buf_string(&out), wanted);
}

static void has_pending(struct fixture *f, bool wanted, const char *what) {
  bool pending = strstr(support_pending(f, f->pair), "\"A\":\"a\"") != NULL;
  if (pending != wanted) fail_msg("%s: pending %d", what, pending);
}

static void every_combination_by_what_is_sent(void **state) {
  struct fixture *f = *state;
  static const struct {
    bool exists; /* the server's row V = 0 is there */
    int edits[3], count;
    const char *each, *folded; /* with trackIntermediateUpdates, and without */
  } histories[] = {{false, {CREATE}, 1, "create 1", "create 1"},
                   {false, {CREATE, UPDATE}, 2, "create 1,update 2", "create 2"},
                   {false, {CREATE, UPDATE, UPDATE}, 3, "create 1,update 2,update 3", "create 3"},
                   {false, {CREATE, UPDATE, DELETE}, 3, "create 1,update 2,delete 2", "create 2,delete 2"},
                   {true, {UPDATE}, 1, "update 1", "update 1"},
                   {true, {UPDATE, UPDATE, UPDATE}, 3, "update 1,update 2,update 3", "update 3"},
                   {true, {UPDATE, UPDATE, DELETE}, 3, "update 1,update 2,delete 2", "update 2,delete 2"},
                   {true, {DELETE}, 1, "delete 0", "delete 0"},
                   {true, {DELETE, CREATE, UPDATE}, 3, "delete 0,create 2,update 3", "delete 0,create 3"}};
  for (size_t h = 0; h < sizeof histories / sizeof *histories; h++)
    for (int bits = 0; bits < 8; bits++) {
      const struct combination c = {bits & 1, bits & 2, bits & 4};
      char options[120], what[40];
      snprintf(what, sizeof what, "history %zu, combination %d", h, bits);
      if (histories[h].exists)
        support_download(f, "{\"Objects\":[{\"name\":\"ns.Pair\",\"records\":[{\"A\":\"a\",\"B\":1,\"V\":\"0\"}]}]}");
      for (int i = 0; i < histories[h].count; i++)
        edit(f, histories[h].edits[i], i + 1, options_of(&c, options, sizeof options));
      const char *all = !c.track ? "" : c.intermediate ? histories[h].each : histories[h].folded;
      has_pending(f, c.track, what); /* LOC-01: deferred ones too */
      sends(f, c.mark ? all : "", what);
      support_ok(f, vmx_store_mark_for_upload(f->store, f->pair, text_of("{\"primaryKeys\":{\"A\":\"a\",\"B\":\"1\"}}"), &f->err));
      sends(f, all, what);
      support_ok(f, vmx_store_clear(f->store, f->service, f->pair, &f->err));
    }
}

/* W-33: entries of a row wait behind its first unmarked one, and children for the key of its create. */
static void deferred_edits_hold_up_what_is_behind_them(void **state) {
  struct fixture *f = *state;
  support_create(f, f->dept, "{\"Name\":\"d\"}", "{\"markForUpload\":false}");
  support_create(f, f->emp, "{\"Name\":\"e\",\"DeptId\":-1}", NULL);
  edit(f, CREATE, 1, NULL);
  edit(f, UPDATE, 2, "{\"markForUpload\":false}");
  edit(f, UPDATE, 3, NULL);
  CLEANUP(base_buf_done) struct base_buf first = actions(f);
  assert_string_equal(base_buf_string(&first), "create 1");
  support_ok(f, vmx_store_mark_for_upload(f->store, f->dept, text_of(NULL), &f->err));
  support_ok(f, vmx_store_mark_for_upload(f->store, f->pair, text_of("{}"), &f->err));
  struct vmx_upload run;
  struct vmx_upload_batch batch = {0};
  support_begin_upload(f, &run, 50);
  support_ok(f, vmx_store_next_batch(f->store, &run, "id", "", &batch, &f->err));
  assert_int_equal(batch.count, 5);
  vmx_upload_batch_done(&batch);
  vmx_upload_done(&run);
}

/* W-49: marking means the rows that its options mean, deleted ones too. */
static void marking_means_what_its_options_mean(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *options, *sent;
  } marks[] = {{"{\"primaryKeys\":{\"A\":\"a\",\"B\":1.0}}", "create 1,delete 1"},
               {"{\"whereCondition\":{\"V\":\"1\"}}", "create 1,delete 1"},
               {"{\"whereConditionAsAString\":\"V = '9'\"}", "create 9"}, /* a deleted row meets none */
               {"{\"primaryKeys\":{\"A\":\"z\",\"B\":1}}", ""},
               {"{\"whereCondition\":{}}", "create 1,delete 1,create 9"},
               {NULL, "create 1,delete 1,create 9"}};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    edit(f, CREATE, 1, "{\"markForUpload\":false}");
    edit(f, DELETE, 2, "{\"markForUpload\":false}");
    support_create(f, f->pair, "{\"A\":\"b\",\"B\":2,\"V\":\"9\"}", "{\"markForUpload\":false}");
    sends(f, "", "deferred");
    support_ok(f, vmx_store_mark_for_upload(f->store, f->pair, text_of(marks[i].options), &f->err));
    sends(f, marks[i].sent, marks[i].options ? marks[i].options : "none");
    support_ok(f, vmx_store_clear(f->store, f->service, f->pair, &f->err));
  }
}

/* C-4, LOC-01: options select among the pending rows as they were after their last edit. */
static void pending_rows_are_selected(void **state) {
  struct fixture *f = *state;
  static const struct {
    const char *options, *wanted;
  } gets[] = {{NULL, "[{\"A\":\"b\",\"B\":2},{\"A\":\"a\",\"B\":1}]"},
              {"null", "[{\"A\":\"b\",\"B\":2},{\"A\":\"a\",\"B\":1}]"},
              {"{\"likeCondition\":{\"A\":\"b\"}}", "[{\"A\":\"b\",\"B\":2},{\"A\":\"a\",\"B\":1}]"}, /* get's alone */
              {"{\"primaryKeys\":{\"A\":\"a\",\"B\":\"1.0\"}}", "[{\"A\":\"a\",\"B\":1}]"},
              {"{\"whereCondition\":{\"V\":\"1\"}}", "[{\"A\":\"a\",\"B\":1}]"},
              {"{\"whereCondition\":{\"V\":\"8\"}}", "[]"},
              {"{\"whereConditionAsAString\":\"B > 1\"}", "[{\"A\":\"b\",\"B\":2}]"},
              {"{\"whereConditionAsAString\":\"B = 1\"}", "[]"}};
  support_create(f, f->pair, "{\"A\":\"b\",\"B\":2,\"V\":\"8\"}", NULL);
  edit(f, CREATE, 1, "{\"markForUpload\":false}");
  support_update(f, f->pair, "{\"A\":\"b\",\"B\":2,\"V\":\"9\"}", NULL);
  edit(f, DELETE, 2, NULL);
  support_create(f, f->pair, "{\"A\":\"u\",\"B\":3}", "{\"trackChanges\":false}");
  for (size_t i = 0; i < sizeof gets / sizeof *gets; i++) {
    char wanted[120];
    snprintf(wanted, sizeof wanted, "{\"pendingSyncRecords\":%s}", gets[i].wanted);
    base_buf_clear(&f->out);
    support_ok(f, vmx_store_pending(f->store, f->pair, text_of(gets[i].options), &f->out, &f->err));
    assert_string_equal(f->out.data, wanted);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {STORE_TEST(every_combination_by_what_is_sent),
                                     STORE_TEST(deferred_edits_hold_up_what_is_behind_them),
                                     STORE_TEST(marking_means_what_its_options_mean),
                                     STORE_TEST(pending_rows_are_selected)};
  return cmocka_run_group_tests_name("store/tracking", tests, NULL, NULL);
}
