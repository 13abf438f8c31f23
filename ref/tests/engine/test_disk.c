/*
 * A disk that fails: at each of its operations in turn, once or for good; that is full; that loses its
 * power at each operation. A client is opened, set up, downloads, edits and syncs over it; every call ends
 * in success or in a code that is known. Afterwards, over a disk in order, every edit whose call had
 * returned is there (LOC-02), and one sync makes both sides equal, with each edit once (UPL-12).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../store/disk.h"
#include "base/cleanup.h"
#include "core/codes.h"
#include "store/store.h"
#include "story.h"

enum { OPERATIONS_MAX = 20000 }; /* far more than there are: a loop that does not end is a failure */

static struct model_server *server;

/* -- edits, each on its own -------------------------------------------------------------------------------- */

enum verb { CREATE, UPDATE, DELETE };

/* What is gone and what is there once the edit is done; `after`: only behind that one. */
static const struct {
  enum verb verb;
  const char *object, *record, *gone, *there;
  int after;
} edits[] = {
    {CREATE, "Team", "{'Name':'new team'}", NULL, "new team", -1},
    {CREATE, "Member", "{'Name':'new 0','TeamId':-1}", NULL, "new 0", 0},
    {CREATE, "Member", "{'Name':'new 1','TeamId':101}", NULL, "new 1", -1},
    {UPDATE, "Member", "{'MemberId':102,'Name':'changed'}", "old 0", "changed", -1},
    {DELETE, "Member", "{'MemberId':103}", "old 1", NULL, -1},
    {UPDATE, "Member", "{'MemberId':104,'TeamId':-1}", NULL, "old 2", 0},
};
enum { EDITS = sizeof edits / sizeof *edits };

static int edit(struct company *company, int i, struct base_error *err) {
  CLEANUP(free_text) char *record = look_text("%s", edits[i].record);
  CLEANUP(free_text) char *created = NULL;
  switch (edits[i].verb) {
  case CREATE: return vmx_create(company->client, edits[i].object, record, NULL, &created, err);
  case UPDATE: return vmx_update(company->client, edits[i].object, record, NULL, err);
  default: return vmx_delete(company->client, edits[i].object, record, NULL, err);
  }
}

/* -- the work -------------------------------------------------------------------------------------------- */

static void begin(struct company *company) {
  story_serve(server);
  vmx_client_close(company->client);
  company->client = NULL;
  company_forget(company);
  disk_clear();
  fake_serve(&company->network, story_answer, server);
}

static bool known(int code, const char *text) {
  if (code != 0 && !vmx_code_find(code)) fail_msg("%d is no code: %s", code, text);
  return code == 0;
}

static bool setup(struct company *company) {
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  listener_reset(&company->listener);
  if (!known(vmx_setup(company->client, NULL, &callbacks, &err), err.text)) return false;
  company_run(company);
  return known(listener_code(&company->listener), company->listener.last);
}

static void sync_all(struct company *company) {
  known(company_sync_org(company, "{'uploadBatchSize':2,'downloadBatchSize':2}"), company->listener.last);
}

/* `done`: what became of each edit. */
static void work(struct company *company, bool done[EDITS]) {
  struct base_error err;
  memset(done, 0, EDITS * sizeof *done);
  if (!known(company_try_open(company, VMX_API_JS, VMX_CHANNEL_ANDROID, &err), err.text)) return;
  if (setup(company)) {
    sync_all(company);
    for (int i = 0; i < EDITS; i++)
      done[i] = (edits[i].after < 0 || done[edits[i].after]) && known(edit(company, i, &err), err.text);
    model_add(server, MODEL_MEMBER, "late", 0);
    sync_all(company);
  }
  vmx_client_close(company->client);
  company->client = NULL;
}

/* -- afterwards -------------------------------------------------------------------------------------------- */

static void edits_are_visible(struct company *company, const bool done[EDITS]) {
  CLEANUP(free_text) char *teams = NULL;
  CLEANUP(free_text) char *members = NULL;
  struct base_error err = {0};
  assert_int_equal(vmx_snapshot(company->client, "Team", &teams, &err), 0);
  assert_int_equal(vmx_snapshot(company->client, "Member", &members, &err), 0);
  for (int i = 0; i < EDITS; i++) {
    CLEANUP(free_text) char *there = look_text("'%s'", edits[i].there ? edits[i].there : "?");
    CLEANUP(free_text) char *gone = look_text("'%s'", edits[i].gone ? edits[i].gone : "?");
    if (done[i] && edits[i].there && !strstr(teams, there) && !strstr(members, there))
      fail_msg("%s is lost: %s %s", there, teams, members);
    if (done[i] && edits[i].gone && strstr(members, gone)) fail_msg("%s is back: %s", gone, members);
  }
}

static void edits_are_at_the_server_once(const bool done[EDITS]) {
  for (int i = 0; i < EDITS; i++) {
    size_t count = edits[i].there ? model_count(server, edits[i].there) : 1;
    if (count > 1 || (done[i] && count == 0)) fail_msg("the server has %s %zu times", edits[i].there, count);
    if (done[i] && edits[i].gone) assert_int_equal(model_count(server, edits[i].gone), 0);
  }
}

static void ends_well(struct company *company, const bool done[EDITS]) {
  struct base_error err;
  if (company_try_open(company, VMX_API_JS, VMX_CHANNEL_ANDROID, &err) != 0) fail_msg("%s", err.text);
  assert_true(setup(company));
  edits_are_visible(company, done);
  assert_int_equal(company_sync_org(company, NULL), 0);
  assert_int_equal(company_sync_org(company, NULL), 0); /* behind a cached request's replay */
  edits_are_at_the_server_once(done);
  story_sides_are_equal(company, server);
}

/* -- the tests --------------------------------------------------------------------------------------------- */

/* Each operation fails, alone or with all that follow; `fault` says how. */
static void fail_each(struct company *company, enum disk_fault fault, bool all) {
  bool done[EDITS], failed = true;
  size_t nth = 0;
  while (failed) {
    assert_true(nth < OPERATIONS_MAX);
    begin(company);
    disk_fail(++nth, fault, all);
    work(company, done);
    failed = disk_heal();
    ends_well(company, done);
  }
  for (int i = 0; i < EDITS; i++) assert_true(done[i]); /* the last time nothing failed */
  assert_true(nth > 50);
}

static void one_operation_that_fails_loses_nothing(void **state) { fail_each(*state, DISK_BROKEN, false); }
static void a_disk_that_breaks_loses_nothing(void **state) { fail_each(*state, DISK_BROKEN, true); }
static void a_disk_that_is_full_for_once_loses_nothing(void **state) { fail_each(*state, DISK_FULL, false); }
static void a_disk_that_is_full_loses_nothing(void **state) { fail_each(*state, DISK_FULL, true); }

/* The power goes at each operation; 0: nothing survives that was not synced. */
static void cut_each(struct company *company, bool something_survives) {
  bool done[EDITS], off = true;
  size_t nth = 0;
  while (off) {
    assert_true(nth < OPERATIONS_MAX);
    begin(company);
    nth++;
    disk_cut(nth, something_survives ? nth : 0);
    work(company, done);
    off = disk_power_on();
    ends_well(company, done);
  }
  assert_true(nth > 50);
}

static void a_power_cut_that_takes_all_loses_no_edit(void **state) { cut_each(*state, false); }
static void a_power_cut_that_takes_some_loses_no_edit(void **state) { cut_each(*state, true); }

/* The message says what is wrong with the disk; once that is over the same client goes on. */
static void the_application_is_told_what_is_wrong(void **state) {
  static const struct {
    enum disk_fault fault;
    const char *says;
  } rows[] = {{DISK_FULL, "database or disk is full"}, {DISK_BROKEN, "disk I/O error"}};
  struct company *company = *state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct base_error err = {0};
    begin(company);
    assert_int_equal(company_try_open(company, VMX_API_JS, VMX_CHANNEL_ANDROID, &err), 0);
    assert_true(setup(company));
    disk_fail(1, rows[i].fault, true);
    int code = edit(company, 0, &err);
    assert_true(code == 2000 || code == 2003);
    if (!strstr(err.text, rows[i].says)) fail_msg("%s", err.text);
    assert_true(disk_heal());
    assert_int_equal(edit(company, 0, &err), 0);
    assert_int_equal(company_sync_org(company, NULL), 0);
    assert_int_equal(model_count(server, edits[0].there), 1);
  }
}

/* -- upgrades ------------------------------------------------------------------------------------------------ */

static int try_open(struct company *company) {
  struct vmx_store *store = NULL;
  struct base_error err = {0};
  int code = vmx_store_open(company->folder, NULL, &store, &err);
  known(code, err.text);
  vmx_store_close(store);
  return code;
}

/* Statements over the file of a client that is closed. */
static void run_sql(const struct company *company, const char *sql) {
  char path[96];
  sqlite3 *database = NULL;
  snprintf(path, sizeof path, "%s/offline.db", company->folder);
  assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
  assert_int_equal(sqlite3_exec(database, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
  if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK) fail_msg("%s", sqlite3_errmsg(database));
  sqlite3_close(database);
}

/* The story's edits are in the image; the server need not be asked to see them. */
static void upgrade_each(struct company *company, bool cut, bool some_or_all) {
  CLEANUP(free_text) char *image = story_image(1);
  bool bad = true;
  size_t nth = 0;
  while (bad) {
    struct base_error err;
    assert_true(nth < OPERATIONS_MAX);
    begin(company);
    run_sql(company, image);
    nth++;
    if (cut) disk_cut(nth, some_or_all ? nth : 0);
    else disk_fail(nth, DISK_BROKEN, some_or_all);
    int code = try_open(company);
    bad = cut ? disk_power_on() : disk_heal();
    assert_true(bad || code == 0);
    if (company_try_open(company, VMX_API_JS, VMX_CHANNEL_ANDROID, &err) != 0) fail_msg("%s", err.text);
    assert_true(setup(company));
    story_edits_are_visible(company);
  }
  assert_true(nth > 20);
}

static void a_disk_that_fails_in_an_upgrade_loses_nothing(void **state) {
  upgrade_each(*state, false, false);
  upgrade_each(*state, false, true);
}

static void a_power_cut_in_an_upgrade_loses_nothing(void **state) {
  upgrade_each(*state, true, false);
  upgrade_each(*state, true, true);
}

/* -- the program --------------------------------------------------------------------------------------------- */

/* Often enough that checkpoints come between the calls, not at the end alone. */
static int checkpoint_often(sqlite3 *database, const char **problem, const void *api) {
  (void)problem, (void)api;
  sqlite3_wal_autocheckpoint(database, 8);
  return SQLITE_OK;
}

static int install(void **state) {
  (void)state;
  disk_install();
  assert_int_equal(sqlite3_auto_extension((void (*)(void))checkpoint_often), SQLITE_OK);
  server = model_new();
  return 0;
}

static int end(void **state) {
  (void)state;
  model_free(server);
  return 0;
}

/* The company's own opening and closing are over the disk too. */
static int close_all(void **state) {
  int status = company_close(state);
  disk_clear();
  return status;
}

#define OVER_DISK(test) cmocka_unit_test_setup_teardown(test, company_open, close_all)

int main(void) {
  const struct CMUnitTest tests[] = {OVER_DISK(one_operation_that_fails_loses_nothing),
                                     OVER_DISK(a_disk_that_breaks_loses_nothing),
                                     OVER_DISK(a_disk_that_is_full_for_once_loses_nothing),
                                     OVER_DISK(a_disk_that_is_full_loses_nothing),
                                     OVER_DISK(the_application_is_told_what_is_wrong),
                                     OVER_DISK(a_power_cut_that_takes_all_loses_no_edit),
                                     OVER_DISK(a_power_cut_that_takes_some_loses_no_edit),
                                     OVER_DISK(a_disk_that_fails_in_an_upgrade_loses_nothing),
                                     OVER_DISK(a_power_cut_in_an_upgrade_loses_nothing)};
  return cmocka_run_group_tests_name("engine/disk", tests, install, end);
}
