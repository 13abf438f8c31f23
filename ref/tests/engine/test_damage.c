/*
 * Databases that are not as the client left them: locked, read only, cut short, overwritten, without one of
 * their tables. Every call ends in success or in a code that is known, never in a crash; where nothing can
 * be read the open says so (2006), and the file keeps its bytes for whoever can mend it.
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
#include "story.h"

enum { PAGE_BYTES = 4096, RANDOM_DAMAGES = 300 };

static struct model_server *server;

/* -- a database with everything in it ---------------------------------------------------------------------- */

struct image {
  unsigned char *bytes;
  size_t size;
};

static void image_cleanup(struct image *image) { free(image->bytes); }

static void close_client(struct company *company) {
  vmx_client_close(company->client);
  company->client = NULL;
}

static struct image copy_of(const char *ending) {
  struct image image;
  const unsigned char *bytes = disk_bytes(ending, &image.size);
  image.bytes = malloc(image.size + 1);
  assert_non_null(image.bytes);
  if (image.size) memcpy(image.bytes, bytes, image.size);
  return image;
}

/* Rows, edits of each kind, a cached upload, a kept context, deltas; the client is closed. */
static void make_database(struct company *company) {
  story_begin(company, server);
  model_add(server, MODEL_MEMBER, "later", 0);
  model_fail(server, 2, MODEL_LOST);
  company_sync_org(company, "{'syncType':'downloadOnly','downloadBatchSize':1,'preserveBatchContext':true}");
  model_fail(server, 1, MODEL_HUNG);
  company_sync_org(company, "{'syncType':'uploadOnly','uploadBatchSize':3}");
  model_lift(server);
  close_client(company);
}

static struct image make_image(struct company *company) {
  make_database(company);
  return copy_of("");
}

/* -- a tour through every call ----------------------------------------------------------------------------- */

static void known(int code, const struct base_error *err) {
  if (code == 0) return;
  assert_int_equal(code, err->code);
  if (!vmx_code_find(code)) fail_msg("%d is no code: %s", code, err->text);
  assert_true(err->text[0] != '\0');
}

static void know_end(const struct company *company) {
  int code = listener_code(&company->listener); /* exactly one end: API-03 */
  if (code != 0 && !vmx_code_find(code)) fail_msg("%d is no code: %s", code, company->listener.last);
}

static void read_and_edit(struct company *company, const char *object, const char *record,
                          const char *keyed) {
  struct vmx_client *client = company->client;
  CLEANUP(free_text) char *rows = NULL;
  CLEANUP(free_text) char *pending = NULL;
  CLEANUP(free_text) char *created = NULL;
  struct base_error err = {0};
  known(vmx_snapshot(client, object, &rows, &err), &err);
  known(vmx_get_pending_records(client, object, NULL, &pending, &err), &err);
  known(vmx_create(client, object, record, NULL, &created, &err), &err);
  known(vmx_update(client, object, keyed, NULL, &err), &err);
  known(vmx_mark_for_upload(client, object, NULL, &err), &err);
}

static void undo(struct company *company) {
  struct vmx_client *client = company->client;
  struct base_error err = {0};
  known(vmx_rollback(client, VMX_SCOPE_OBJECT, "Team", NULL, &err), &err);
  known(vmx_rollback(client, VMX_SCOPE_APPLICATION, NULL, NULL, &err), &err);
  known(vmx_clear_offline_data(client, VMX_SCOPE_OBJECT, "Member", &err), &err);
  known(vmx_clear_offline_data(client, VMX_SCOPE_SERVICE, "Organization", &err), &err);
  known(vmx_drop(client, &err), &err);
}

/* Gives the code of the open. */
static int tour(struct company *company) {
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err;
  int code = company_try_open(company, VMX_API_JS, VMX_CHANNEL_ANDROID, &err);
  known(code, &err);
  if (code != 0) return code;
  fake_serve(&company->network, story_answer, server);
  listener_reset(&company->listener);
  known(vmx_setup(company->client, NULL, &callbacks, &err), &err);
  company_run(company);
  know_end(company);
  read_and_edit(company, "Team", "{\"Name\":\"x\"}", "{\"TeamId\":101,\"Name\":\"y\"}");
  read_and_edit(company, "Member", "{\"Name\":\"x\",\"TeamId\":-1}", "{\"MemberId\":102,\"Name\":\"y\"}");
  for (int i = 0; i < 2; i++) {
    company_sync_org(company, "{'uploadBatchSize':2,'downloadBatchSize':2,'preserveBatchContext':true}");
    know_end(company);
  }
  undo(company);
  close_client(company);
  return 0;
}

/* -- bytes that are not right -------------------------------------------------------------------------------- */

static void damaged(struct company *company, const struct image *image, const unsigned char *bytes,
                    size_t size) {
  struct model_server *as_it_was = model_new();
  memcpy(as_it_was, server, sizeof *server);
  disk_put("", bytes, size);
  tour(company);
  memcpy(server, as_it_was, sizeof *server);
  model_free(as_it_was);
  disk_put("", image->bytes, image->size);
}

static void a_page_that_was_overwritten_is_no_crash(void **state) {
  static const int fillings[] = {0x00, 0xFF, 0x0D, -1}; /* 0x0D: the mark of a leaf; -1: random */
  struct company *company = *state;
  CLEANUP(image_cleanup) struct image image = make_image(company);
  CLEANUP(image_cleanup) struct image copy = copy_of("");
  uint64_t random = 1;
  for (size_t at = 0; at < image.size; at += PAGE_BYTES)
    for (size_t i = 0; i < sizeof fillings / sizeof *fillings; i++) {
      memcpy(copy.bytes, image.bytes, image.size);
      for (size_t k = at; k < at + PAGE_BYTES; k++)
        copy.bytes[k] = (unsigned char)(fillings[i] >= 0 ? (uint64_t)fillings[i] : model_random(&random, 256));
      damaged(company, &image, copy.bytes, copy.size);
    }
}

static void single_bytes_that_were_changed_are_no_crash(void **state) {
  struct company *company = *state;
  CLEANUP(image_cleanup) struct image image = make_image(company);
  CLEANUP(image_cleanup) struct image copy = copy_of("");
  uint64_t random = 1;
  for (int i = 0; i < RANDOM_DAMAGES; i++) {
    memcpy(copy.bytes, image.bytes, image.size);
    for (uint64_t k = 0; k <= model_random(&random, 8); k++)
      copy.bytes[model_random(&random, image.size)] = (unsigned char)model_random(&random, 256);
    damaged(company, &image, copy.bytes, copy.size);
  }
}

static void a_file_that_was_cut_short_is_no_crash(void **state) {
  struct company *company = *state;
  CLEANUP(image_cleanup) struct image image = make_image(company);
  for (size_t size = 0; size < image.size; size += size < 128 ? 1 : PAGE_BYTES / 2)
    damaged(company, &image, image.bytes, size);
}

/* -- what is refused at the open ----------------------------------------------------------------------------- */

/* 2006, and not a byte of it has changed. */
static void is_refused(struct company *company, const char *says) {
  struct base_error err;
  CLEANUP(image_cleanup) struct image before = copy_of("");
  assert_int_equal(company_try_open(company, VMX_API_JS, VMX_CHANNEL_ANDROID, &err), 2006);
  if (!strstr(err.text, says)) fail_msg("%s", err.text);
  CLEANUP(image_cleanup) struct image after = copy_of("");
  assert_int_equal(after.size, before.size);
  assert_memory_equal(after.bytes, before.bytes, before.size);
}

static void a_file_that_is_no_database_is_refused(void **state) {
  static const char text[] = "this is a letter to somebody, and it is longer than the head of a database: "
                             "a hundred bytes at the least, or SQLite would not even read it.";
  struct company *company = *state;
  CLEANUP(image_cleanup) struct image image = make_image(company);
  disk_put("", text, sizeof text);
  is_refused(company, "is not a database");
  image.bytes[0] ^= 1; /* another magic */
  disk_put("", image.bytes, image.size);
  is_refused(company, "is not a database");
  image.bytes[0] ^= 1;
  disk_put("", image.bytes, image.size);
  company_reopen(company);
  company_setup_again(company);
  story_edits_are_visible(company);
}

static void a_file_that_is_locked_is_refused(void **state) {
  struct company *company = *state;
  make_database(company);
  disk_lock(true);
  is_refused(company, "locked");
  disk_lock(false);
  company_reopen(company);
  company_setup_again(company);
  story_edits_are_visible(company);
}

static void a_file_that_may_only_be_read_is_refused(void **state) {
  struct company *company = *state;
  make_database(company);
  disk_protect(true);
  is_refused(company, "may be read only");
  disk_clear();
  disk_protect(true); /* and none can be made */
  is_refused(company, "unable to open");
  disk_protect(false);
  company_reopen(company);
}

/* -- a log that is not right ---------------------------------------------------------------------------------- */

/* What the log cannot prove is as if it had not been written; the rest goes on. */
static void a_log_of_garbage_is_passed_over(void **state) {
  static const size_t from[] = {0, 24, 32, 56, 5000}; /* its head, sums, the first page's head, page, later */
  struct company *company = *state;
  for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
    uint64_t random = i;
    story_begin(company, server);
    CLEANUP(image_cleanup) struct image log = copy_of("-wal");
    CLEANUP(image_cleanup) struct image database = copy_of("");
    assert_true(log.size > 5000);
    for (size_t k = from[i]; k < log.size; k++) log.bytes[k] = (unsigned char)model_random(&random, 256);
    close_client(company); /* it writes the good log back */
    disk_put("", database.bytes, database.size);
    disk_put("-wal", log.bytes, log.size);
    assert_int_equal(tour(company), 0);
  }
}

/* -- tables that are missing ------------------------------------------------------------------------------------ */

static void a_table_that_is_missing_is_told(void **state) {
  static const char *const tables[] = {"vmx_setup", "vmx_service", "vmx_counter", "vmx_log", "vmx_reference",
                                       "vmx_copy", "vmx_delta", "vmx_context", "vmx_request", "vmx_version",
                                       "o_Team", "o_Member"};
  struct company *company = *state;
  CLEANUP(image_cleanup) struct image image = make_image(company);
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    char path[96];
    sqlite3 *database = NULL;
    CLEANUP(free_text) char *sql = look_text("DROP TABLE \"%s\"", tables[i]);
    snprintf(path, sizeof path, "%s/offline.db", company->folder);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
    tour(company);
    disk_put("", image.bytes, image.size);
  }
}

/* -- the program --------------------------------------------------------------------------------------------- */

static int install(void **state) {
  (void)state;
  disk_install();
  server = model_new();
  return 0;
}

static int end(void **state) {
  (void)state;
  model_free(server);
  return 0;
}

static int reopen_and_close(void **state) {
  struct company *company = *state;
  disk_clear();
  if (!company->client) company_reopen(company);
  int status = company_close(state);
  disk_clear();
  return status;
}

#define OVER_DISK(test) cmocka_unit_test_setup_teardown(test, company_open, reopen_and_close)

int main(void) {
  const struct CMUnitTest tests[] = {OVER_DISK(a_page_that_was_overwritten_is_no_crash),
                                     OVER_DISK(single_bytes_that_were_changed_are_no_crash),
                                     OVER_DISK(a_file_that_was_cut_short_is_no_crash),
                                     OVER_DISK(a_file_that_is_no_database_is_refused),
                                     OVER_DISK(a_file_that_is_locked_is_refused),
                                     OVER_DISK(a_file_that_may_only_be_read_is_refused),
                                     OVER_DISK(a_log_of_garbage_is_passed_over),
                                     OVER_DISK(a_table_that_is_missing_is_told)};
  return cmocka_run_group_tests_name("engine/damage", tests, install, end);
}
