/*
 * The end of the process at any moment (LOC-02, UPC-08). A child process works and is killed: before
 * each request, after the server has executed it, and before each commit to the database; its parent
 * opens what it left. Between those moments nothing durable changes, so these are all moments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "dying.h"
#include "model_server.h"

enum { MOMENTS_MAX = 2000 }; /* far more than there are: a loop that does not end is a failure */

/* -- one history ----------------------------------------------------------------------------------------- */

static struct model_server *server; /* in memory that parent and child share */

/* The server has rows, the client has seen them, and has edits of each kind. */
static void prepare(struct company *company) {
  model_init(server, 1);
  int64_t team = model_add(server, MODEL_TEAM, "old team", 0);
  for (int i = 0; i < 3; i++) {
    char name[24];
    snprintf(name, sizeof name, "old %d", i);
    model_add(server, MODEL_MEMBER, name, team);
  }
  company_renew(company);
  company_setup_with(company, model_metadata, company_note);
  fake_serve(&company->network, model_answer, server);
  assert_int_equal(company_sync_org(company, NULL), 0);
  company_create(company, "Team", "{'Name':'new team'}");
  company_create(company, "Member", "{'Name':'new 0','TeamId':-1}");
  company_create(company, "Member", "{'Name':'new 1','TeamId':101}");
  struct base_error err = {0};
  assert_int_equal(vmx_update(company->client, "Member", "{\"MemberId\":102,\"Name\":\"changed\"}",
                              NULL, &err), 0);
  assert_int_equal(vmx_update(company->client, "Member", "{\"MemberId\":-2,\"Name\":\"new 00\"}", NULL,
                              &err), 0);
  assert_int_equal(vmx_delete(company->client, "Member", "{\"MemberId\":103}", NULL, &err), 0);
  model_add(server, MODEL_MEMBER, "late", 0);
}

static void sync_in_small_pieces(struct company *company) {
  company_sync_org(company, "{'uploadBatchSize':2,'downloadBatchSize':2}");
}

/* LOC-02: every committed edit is pending or acknowledged, so the application sees it as before. */
static void edits_are_all_visible(struct company *company) {
  static const char *const names[] = {"new team", "new 00", "new 1", "changed", "old 2", "old team"};
  CLEANUP(free_text) char *teams = NULL;
  CLEANUP(free_text) char *members = NULL;
  struct base_error err = {0};
  assert_int_equal(vmx_snapshot(company->client, "Team", &teams, &err), 0);
  assert_int_equal(vmx_snapshot(company->client, "Member", &members, &err), 0);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    CLEANUP(free_text) char *quoted = look_text("'%s'", names[i]);
    if (!strstr(teams, quoted) && !strstr(members, quoted))
      fail_msg("%s is neither in %s nor in %s", names[i], teams, members);
  }
  assert_null(strstr(members, "\"old 1\"")); /* it was deleted */
  assert_null(strstr(members, "\"old 0\"")); /* it was changed */
}

static void both_sides_are_equal(struct company *company, int object, const char *name) {
  CLEANUP(free_text) char *rows = model_rows(server, object);
  company_rows_are(company, name, rows);
  company_pending_are(company, name, "[]");
}

/* UPL-12, UPC-04: one clean sync, and every edit is at the server once. */
static void all_is_well_after_a_clean_sync(struct company *company) {
  static const char *const once[] = {"old team", "new team", "new 00", "new 1", "changed", "old 2", "late"};
  model_lift(server);
  assert_int_equal(company_sync_org(company, NULL), 0);
  for (size_t i = 0; i < sizeof once / sizeof *once; i++)
    if (model_count(server, once[i]) != 1)
      fail_msg("the server has %s %zu times", once[i], model_count(server, once[i]));
  assert_int_equal(model_count(server, "old 1") + model_count(server, "old 0"), 0);
  both_sides_are_equal(company, MODEL_TEAM, "Team");
  both_sides_are_equal(company, MODEL_MEMBER, "Member");
  assert_string_equal(server->problem, "");
}

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
      prepare(company);
      model_fail(server, ++nth, ends[i]);
      killed = dying_at_work(company, sync_in_small_pieces, 0);
      company_setup_again(company);
      edits_are_all_visible(company);
      all_is_well_after_a_clean_sync(company);
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
    prepare(company);
    killed = dying_at_work(company, sync_in_small_pieces, ++nth);
    company_setup_again(company);
    edits_are_all_visible(company);
    all_is_well_after_a_clean_sync(company);
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
    prepare(company);
    model_fail(server, 1, MODEL_HUNG);
    assert_int_equal(company_sync_org(company, "{'syncType':'uploadOnly'}"), 2032);
    killed = dying_at_work(company, sync_in_small_pieces, ++nth);
    company_setup_again(company);
    edits_are_all_visible(company);
    all_is_well_after_a_clean_sync(company);
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
    prepare(company);
    killed = dying_at_work(company, edit, ++nth);
    company_setup_again(company);
    all_is_well_after_a_clean_sync(company);
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
  return cmocka_run_group_tests_name("engine/process_end", tests, share_server, drop_server);
}
