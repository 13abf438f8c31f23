/*
 * Databases of earlier versions, as ref/tests/data keeps them: opened by this version, with rows, pending
 * and deferred edits, a cached upload, deltas and a kept context in them, they go on as if nothing had
 * happened; and an upgrade that fails leaves what was there (2009), newer and foreign files alone (2010).
 *
 *   test_engine_upgrade FOLDER   makes such a database of the current version there, for the next one
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
#include <unistd.h>

#include "allocator.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "store/store.h"
#include "story.h"

static struct model_server *server;

/* -- the life of the databases ---------------------------------------------------------------------------- */

/* The story's edits and all else that a database can hold; the same each time, keys and ids included. */
static void live(struct company *company) {
  struct base_error err = {0};
  CLEANUP(free_text) char *created = NULL;
  story_begin(company, server);
  company_create(company, "Note", "{'Name':'a note'}");
  assert_int_equal(vmx_create(company->client, "Member", "{\"Name\":\"deferred\"}",
                              "{\"markForUpload\":false}", &created, &err), 0);
  model_add(server, MODEL_MEMBER, "later", 0);
  model_fail(server, 2, MODEL_LOST); /* the second page: the context of the first is kept */
  assert_int_equal(company_sync_org(company, "{'syncType':'downloadOnly','downloadBatchSize':1,"
                                             "'preserveBatchContext':true}"), 2032);
  model_fail(server, 1, MODEL_HUNG);
  assert_int_equal(company_sync_org(company, "{'syncType':'uploadOnly','uploadBatchSize':3}"), 2032);
  assert_int_equal(vmx_update(company->client, "Member", "{\"MemberId\":-3,\"TeamId\":-1}", NULL, &err), 0);
}

/* -- the database of an earlier version in the place of today's ----------------------------------------- */

static void path_of(const struct company *company, const char *suffix, char path[96]) {
  snprintf(path, 96, "%s/offline.db%s", company->folder, suffix);
}

static sqlite3 *open_directly(const struct company *company) {
  char path[96];
  sqlite3 *database = NULL;
  path_of(company, "", path);
  assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
  return database;
}

/* The first column of the query's rows, a line each; the caller's text. */
static char *ask(const struct company *company, const char *query) {
  sqlite3 *database = open_directly(company);
  sqlite3_stmt *statement = NULL;
  struct base_buf out = BASE_BUF_INIT;
  assert_int_equal(sqlite3_prepare_v2(database, query, -1, &statement, NULL), SQLITE_OK);
  while (sqlite3_step(statement) == SQLITE_ROW)
    base_buf_printf(&out, "%s\n", (const char *)sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return out.len ? base_buf_steal(&out) : strdup("");
}

static int version_of(const struct company *company) {
  CLEANUP(free_text) char *version = ask(company, "PRAGMA user_version");
  return atoi(version);
}

static char *read_bytes(const char *path) {
  char *bytes = calloc(1, 4096 + 1);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  assert_true(fread(bytes, 1, 4096, file) > 0);
  fclose(file);
  return bytes;
}

/* The client is closed before, and not opened after. */
static void put_image(const struct company *company, int version) {
  CLEANUP(free_text) char *image = story_image(version);
  char path[96];
  for (int i = 0; i < 2; i++) {
    path_of(company, i ? "-wal" : "", path);
    unlink(path);
  }
  sqlite3 *database = open_directly(company);
  assert_int_equal(sqlite3_exec(database, image, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(database);
  assert_int_equal(version_of(company), version);
}

static int try_open(const struct company *company, struct base_error *err) {
  struct vmx_store *store = NULL;
  *err = (struct base_error){0};
  int code = vmx_store_open(company->folder, NULL, &store, err);
  assert_int_equal(code == 0, store != NULL);
  vmx_store_close(store);
  return code;
}

static int current(struct company *company) {
  vmx_client_close(company->client);
  int version = version_of(company);
  company_reopen(company);
  return version;
}

/* -- an upgraded database -------------------------------------------------------------------------------- */

/* UPC-02, DNL-07: the cached upload is replayed as it was, and the download resumes where it was. */
static void goes_on_where_it_was(struct company *company) {
  static const char cached[] = "07000000-0000-4000-8000-000000000000";
  size_t before = company->network.request_count;
  assert_int_equal(company_sync_org(company, "{'downloadBatchSize':1,'preserveBatchContext':true}"), 0);
  CLEANUP(free_text) char *id =
      fake_header(fake_request(&company->network, before), "X-Voltmx-RequestCacheId");
  assert_string_equal(id, cached);
  size_t at = before;
  while (strncmp(fake_request(&company->network, at)->line, "UPLOAD", 6) == 0) at++;
  look_is(fake_request(&company->network, at)->body, "delta_context.objs.Member.bc", "'b4.6.105'");
  assert_string_equal(server->problem, "");
}

static void ends_well(struct company *company) {
  struct base_error err = {0};
  company_pending_are(company, "Member", "[{'MemberId':-4}]"); /* it is deferred */
  assert_int_equal(vmx_mark_for_upload(company->client, "Member", NULL, &err), 0);
  story_ends_well(company, server);
  assert_int_equal(model_count(server, "deferred"), 1);
  fake_say(&company->network, "UPLOAD http://f/Sales", 200,
           "{'opstatus':0,'_metadata':{},'objects':[{'name':'Note','records':[{'NoteId':1,'_NoteId':-1,"
           "'Name':'a note','_metadata':{'rowId':1,'opstatus':0}}]}]}");
  fake_expect(&company->network, "GET http://f/Sales", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync(company, VMX_SCOPE_SERVICE, "Sales", NULL), 0);
  company_rows_are(company, "Note", "[{'NoteId':1,'Name':'a note'}]");
}

/* API-09, LOC-02 */
static void a_database_of_each_earlier_version_goes_on(void **state) {
  struct company *company = *state;
  int today = current(company);
  assert_true(today > 1);
  for (int version = 1; version < today; version++) {
    live(company);
    vmx_client_close(company->client);
    put_image(company, version);
    company_reopen(company);
    company_setup_again(company); /* nothing is sent */
    story_edits_are_visible(company);
    goes_on_where_it_was(company);
    ends_well(company);
    assert_int_equal(current(company), today);
  }
}

/* What was made today and what was upgraded have the same tables, and say who made them. */
static void an_upgraded_database_equals_a_new_one(void **state) {
  static const char schema[] = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
                               " AND name NOT LIKE 'o\\_%' ESCAPE '\\' AND name NOT LIKE 'i\\_%' ESCAPE '\\'"
                               " ORDER BY name";
  struct company *company = *state;
  struct base_error err;
  int today = current(company);
  vmx_client_close(company->client);
  CLEANUP(free_text) char *fresh = ask(company, schema);
  CLEANUP(free_text) char *signature = ask(company, "PRAGMA application_id");
  for (int version = 1; version < today; version++) {
    put_image(company, version);
    assert_int_equal(try_open(company, &err), 0);
    CLEANUP(free_text) char *upgraded = ask(company, schema);
    CLEANUP(free_text) char *signed_too = ask(company, "PRAGMA application_id");
    CLEANUP(free_text) char *library = ask(company, "SELECT max(number)||' '||library FROM vmx_version");
    CLEANUP(free_text) char *wanted = look_text("%d %s\n", today, vmx_version());
    assert_string_equal(upgraded, fresh);
    assert_string_equal(signed_too, signature);
    assert_string_equal(library, wanted);
  }
  company_reopen(company);
}

/* -- upgrades that fail ---------------------------------------------------------------------------------- */

static int deny_at, asked; /* deny_at 0: nothing is denied */

static int deny(void *unused, int action, const char *one, const char *two, const char *database,
                const char *trigger) {
  (void)unused, (void)action, (void)one, (void)two, (void)database, (void)trigger;
  return deny_at > 0 && ++asked == deny_at ? SQLITE_DENY : SQLITE_OK;
}

static int watch_statements(sqlite3 *database, const char **problem, const void *api) {
  (void)problem, (void)api;
  sqlite3_set_authorizer(database, deny, NULL);
  return SQLITE_OK;
}

static void everything_is_as_before(const struct company *company, const char *all, int version) {
  CLEANUP(free_text) char *now = ask(company, "SELECT object||key||row FROM vmx_log UNION ALL"
                                              " SELECT id||body FROM vmx_request");
  assert_string_equal(now, all);
  assert_int_equal(version_of(company), version);
}

/* 2009: each action of each statement is refused in turn; those before the upgrade are an open's (2006). */
static void an_upgrade_that_fails_changes_nothing(void **state) {
  struct company *company = *state;
  struct base_error err;
  int code, failed = 0;
  vmx_client_close(company->client);
  put_image(company, 1);
  CLEANUP(free_text) char *all = ask(company, "SELECT object||key||row FROM vmx_log UNION ALL"
                                              " SELECT id||body FROM vmx_request");
  for (int nth = 1;; nth++) {
    deny_at = nth, asked = 0;
    code = try_open(company, &err);
    bool denied = asked >= deny_at;
    deny_at = 0;
    if (code == 0 && !denied) break;
    if (code == 0 || version_of(company) != 1) { /* what is behind the upgrade was refused */
      put_image(company, 1);
      continue;
    }
    assert_true(code == 2009 || code == 2006);
    failed += code == 2009;
    everything_is_as_before(company, all, 1);
  }
  assert_true(failed > 4); /* a table, two pragmas, a row, a commit */
  company_reopen(company);
}

static void an_upgrade_without_memory_changes_nothing(void **state) {
  struct company *company = *state;
  struct base_error err;
  int failed = 0;
  vmx_client_close(company->client);
  put_image(company, 1);
  CLEANUP(free_text) char *all = ask(company, "SELECT object||key||row FROM vmx_log UNION ALL"
                                              " SELECT id||body FROM vmx_request");
  bool fired = true;
  for (size_t nth = 1; fired; nth++) {
    allocator_arm(nth, nth % 2);
    int code = try_open(company, &err);
    fired = allocator_disarm();
    if (code == 0 || version_of(company) != 1) put_image(company, 1);
    else everything_is_as_before(company, all, 1);
    assert_true(code == 0 || (fired && err.code == code));
    failed += code == 2009;
  }
  assert_true(failed > 4);
  company_reopen(company);
}

/* -- files that are not for us ----------------------------------------------------------------------------- */

/* 2010: what the file holds, and a word of the message. */
static void a_file_that_is_not_ours_is_left_alone(void **state) {
  static const struct {
    const char *content, *says;
  } files[] = {
      {"CREATE TABLE t(x);INSERT INTO t VALUES(1)", "another program"},
      {"CREATE TABLE t(x);PRAGMA user_version=1", "another program"},
      {"CREATE TABLE t(x);PRAGMA user_version=2", "another program"},
      {"CREATE TABLE t(x);PRAGMA user_version=-1", "another program"},
      {"CREATE TABLE t(x);PRAGMA user_version=2;PRAGMA application_id=7", "another program"},
      {"CREATE TABLE vmx_version(number,library);INSERT INTO vmx_version VALUES(99,'9.1.0');"
       "PRAGMA user_version=99;PRAGMA application_id=0x766d7873", "schema version 99, made by vmxsync 9.1.0"},
      {"CREATE TABLE t(x);PRAGMA user_version=99;PRAGMA application_id=0x766d7873", "made by vmxsync ?"}};
  struct company *company = *state;
  struct base_error err;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    char path[96];
    vmx_client_close(company->client);
    path_of(company, "", path);
    unlink(path);
    sqlite3 *database = open_directly(company);
    assert_int_equal(sqlite3_exec(database, files[i].content, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
    CLEANUP(free_text) char *before = read_bytes(path);
    assert_int_equal(try_open(company, &err), 2010);
    if (!strstr(err.text, files[i].says)) fail_msg("%s", err.text);
    CLEANUP(free_text) char *after = read_bytes(path);
    assert_memory_equal(before, after, 4096);
    unlink(path);
    company_reopen(company);
  }
}

/* -- the program --------------------------------------------------------------------------------------------- */

static const char *wanted_at; /* folder of the database that is wanted */

static void makes_a_database(void **state) {
  struct company *company = *state;
  live(company);
  vmx_client_close(company->client);
  CLEANUP(free_text) char *command = look_text("cp %s/offline.db %s/", company->folder, wanted_at);
  assert_int_equal(system(command), 0);
  company_reopen(company);
}

static int begin(void **state) {
  (void)state;
  allocator_install();
  server = model_new();
  return sqlite3_auto_extension((void (*)(void))watch_statements) == SQLITE_OK ? 0 : -1;
}

static int end(void **state) {
  (void)state;
  model_free(server);
  return 0;
}

int main(int count, char **arguments) {
  const struct CMUnitTest making[] = {WITH_COMPANY(makes_a_database)};
  const struct CMUnitTest tests[] = {WITH_COMPANY(a_database_of_each_earlier_version_goes_on),
                                     WITH_COMPANY(an_upgraded_database_equals_a_new_one),
                                     WITH_COMPANY(an_upgrade_that_fails_changes_nothing),
                                     WITH_COMPANY(an_upgrade_without_memory_changes_nothing),
                                     WITH_COMPANY(a_file_that_is_not_ours_is_left_alone)};
  wanted_at = count > 1 ? arguments[1] : NULL;
  if (wanted_at) return cmocka_run_group_tests_name("engine/upgrade", making, begin, end);
  return cmocka_run_group_tests_name("engine/upgrade", tests, begin, end);
}
