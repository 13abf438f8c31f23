/*
 * The end of the process at any moment (LOC-02, UPC-08). A child process works and is killed: before
 * each request, after the server has executed it, and before each commit to the database; its parent
 * opens what it left. Between those moments nothing durable changes, so these are all moments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dying.h"
#include "story.h"

enum { MOMENTS_MAX = 2000 }; /* far more than there are: a loop that does not end is a failure */

static struct model_server *server; /* in memory that parent and child share */

/* -- the tests ------------------------------------------------------------------------------------------- */

/* UPC-08, LOC-02: at each request of the sync, before and after the server has executed it. */
static void the_end_at_any_request_loses_and_doubles_nothing(void **state) {
  struct company *company = *state;
  static const enum model_fault ends[] = {MODEL_KILL, MODEL_KILL_LATER};
  for (size_t i = 0; i < 2; i++) {
    size_t nth = 0;
    bool killed = true;
    while (killed) {
      assert_true(nth < MOMENTS_MAX);
      story_begin(company, server);
      model_fail(server, ++nth, ends[i]);
      killed = dying_at_work(company, story_sync, 0);
      company_setup_again(company);
      story_edits_are_visible(company);
      story_ends_well(company, server);
    }
    assert_true(nth > 5); /* three batches, three pages */
  }
}

/* LOC-02, DNL-06: before each commit of the sync. */
static void the_end_at_any_commit_loses_and_doubles_nothing(void **state) {
  struct company *company = *state;
  int nth = 0;
  bool killed = true;
  while (killed) {
    assert_true(nth < MOMENTS_MAX);
    story_begin(company, server);
    killed = dying_at_work(company, story_sync, ++nth);
    company_setup_again(company);
    story_edits_are_visible(company);
    story_ends_well(company, server);
  }
  assert_true(nth > 10);
}

/* UPC-08, UPC-02: a replay that dies is replayed again, under the same id. */
static void the_end_in_a_replay_leaves_the_request(void **state) {
  struct company *company = *state;
  int nth = 0;
  bool killed = true;
  while (killed) {
    assert_true(nth < MOMENTS_MAX);
    story_begin(company, server);
    model_fail(server, 1, MODEL_HUNG);
    assert_int_equal(company_sync_org(company, "{'syncType':'uploadOnly'}"), 2032);
    killed = dying_at_work(company, story_sync, ++nth);
    company_setup_again(company);
    story_edits_are_visible(company);
    story_ends_well(company, server);
  }
  assert_true(nth > 5);
}

static void edit(struct company *company) {
  company_create(company, "Member", "{'Name':'last','TeamId':-1}");
}

/* LOC-02: a row and its log entry are there together, or neither is. */
static void the_end_at_an_edit_leaves_it_whole_or_not_at_all(void **state) {
  struct company *company = *state;
  int nth = 0;
  bool killed = true;
  while (killed) {
    assert_true(nth < MOMENTS_MAX);
    story_begin(company, server);
    killed = dying_at_work(company, edit, ++nth);
    company_setup_again(company);
    story_ends_well(company, server);
    assert_int_equal(model_count(server, "last"), killed ? 0 : 1);
  }
  assert_int_equal(nth, 2); /* one commit */
}

static int share_server(void **state) {
  (void)state;
  dying_install();
  server = model_new();
  return 0;
}

static int share_hierarchical(void **state) { /* HIE-02: passes and carriers as well */
  share_server(state);
  server->hierarchical = true;
  return 0;
}

static int drop_server(void **state) {
  (void)state;
  model_free(server);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_COMPANY(the_end_at_any_request_loses_and_doubles_nothing),
      WITH_COMPANY(the_end_at_any_commit_loses_and_doubles_nothing),
      WITH_COMPANY(the_end_in_a_replay_leaves_the_request),
      WITH_COMPANY(the_end_at_an_edit_leaves_it_whole_or_not_at_all)};
  return cmocka_run_group_tests_name("engine/process_end", tests, share_server, drop_server) +
         cmocka_run_group_tests_name("engine/process_end, hierarchical", tests, share_hierarchical,
                                     drop_server);
}
