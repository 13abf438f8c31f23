/*
 * Encryption at rest (deviceDbEncryptionKey): keys that are none, keys that do not fit, databases that are
 * not encrypted; in a build with SQLCipher (VMXSYNC_SQLCIPHER) that a whole history works over an encrypted
 * database, and that its files hold nothing that could be read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "story.h"

#ifdef VMXSYNC_SQLCIPHER
enum { CAN_ENCRYPT = 1 };
#else
enum { CAN_ENCRYPT = 0 };
#endif

static const char key[] = "myencryptionpa$$phrase1";
static struct model_server *server;

/* -- files ------------------------------------------------------------------------------------------------- */

struct file {
  char *bytes;
  size_t size;
};

static void file_cleanup(struct file *file) { free(file->bytes); }

static struct file read_file(const struct company *company, const char *ending) {
  struct file out = {malloc(1 << 20), 0};
  CLEANUP(free_text) char *path = look_text("%s/offline.db%s", company->folder, ending);
  FILE *file = fopen(path, "rb");
  assert_non_null(out.bytes);
  if (!file) return out;
  out.size = fread(out.bytes, 1, 1 << 20, file);
  fclose(file);
  assert_in_range(out.size, 0, (1 << 20) - 1);
  return out;
}

static bool holds(const struct file *file, const char *text) {
  return memmem(file->bytes, file->size, text, strlen(text)) != NULL;
}

/* The client is closed; nothing is left of its database. */
static void wipe(struct company *company) {
  vmx_client_close(company->client);
  company->client = NULL;
  static const char *const endings[] = {"", "-wal", "-shm"};
  for (size_t i = 0; i < 3; i++) {
    CLEANUP(free_text) char *path = look_text("%s/offline.db%s", company->folder, endings[i]);
    unlink(path);
  }
}

static int open_with(struct company *company, const char *with, struct base_error *err) {
  company->encryption_key = with;
  return company_try_open(company, VMX_API_JS, VMX_CHANNEL_ANDROID, err);
}

/* A new database with a row and an edit. */
static void make(struct company *company, const char *with) {
  struct base_error err;
  wipe(company);
  if (open_with(company, with, &err) != 0) fail_msg("%s", err.text);
  company_setup(company, true);
  company_hire(company, "Ada");
}

/* -- keys that are refused ----------------------------------------------------------------------------------- */

/* 2475, whatever the build: nothing is made. */
static void a_key_needs_six_characters(void **state) {
  static const char *const keys[] = {"", "12345", "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"};
  struct company *company = *state;
  struct base_error err;
  wipe(company);
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    assert_int_equal(open_with(company, keys[i], &err), 2475);
    CLEANUP(file_cleanup) struct file file = read_file(company, "");
    assert_int_equal(file.size, 0);
  }
  assert_int_equal(open_with(company, NULL, &err), 0);
}

static int setup_code(struct company *company, const char *options) {
  struct vmx_callbacks callbacks = company_callbacks(company);
  CLEANUP(free_text) char *text = look_text("%s", options);
  struct base_error err = {0};
  listener_reset(&company->listener);
  assert_int_equal(vmx_setup(company->client, text, &callbacks, &err), 0);
  company_run(company);
  return listener_code(&company->listener);
}

/* The documented place is the options of setup: they are never passed over in silence. */
static void setup_may_only_name_the_key_that_is_there(void **state) {
  static const struct {
    const char *options;
    int plain, encrypted;
  } rows[] = {{"{'deviceDbEncryptionKey':'myencryptionpa$$phrase1'}", 2004, 0},
              {"{'deviceDbEncryptionKey':'another key'}", 2004, 2004},
              {"{'deviceDbEncryptionKey':'short'}", 2475, 2475},
              {"{'deviceDbEncryptionKey':123456}", 2475, 2475},
              {"{'deviceDbEncryptionKey':null}", 0, 0},
              {"{'devicedbencryptionkey':5}", 0, 0}};
  struct company *company = *state;
  for (int encrypted = 0; encrypted <= CAN_ENCRYPT; encrypted++) {
    make(company, encrypted ? key : NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
      assert_int_equal(setup_code(company, rows[i].options), encrypted ? rows[i].encrypted : rows[i].plain);
    company_rows_are(company, "Employee", "[{'EmpId':-1,'Name':'Ada'}]");
  }
}

/* Which key opens what; what is refused keeps its bytes, and opens with the right one. */
static void the_key_must_fit(void **state) {
  static const struct {
    const char *made, *opened;
    int code; /* in a build that can encrypt */
    const char *says;
  } rows[] = {{NULL, NULL, 0, ""},
              {NULL, key, 2004, "is not encrypted"},
              {key, key, 0, ""},
              {key, "myencryptionpa$$phrase2", 2006, "was not encrypted with this key"},
              {key, NULL, 2006, "is encrypted and needs its key"}};
  struct company *company = *state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct base_error err;
    if (rows[i].made && !CAN_ENCRYPT) continue;
    make(company, rows[i].made);
    vmx_client_close(company->client);
    CLEANUP(file_cleanup) struct file before = read_file(company, "");
    assert_int_equal(open_with(company, rows[i].opened, &err), rows[i].code);
    if (rows[i].code != 0) {
      CLEANUP(file_cleanup) struct file after = read_file(company, "");
      assert_int_equal(after.size, before.size);
      assert_memory_equal(after.bytes, before.bytes, before.size);
      const char *says = CAN_ENCRYPT ? rows[i].says : "built without SQLCipher";
      if (!strstr(err.text, says)) fail_msg("%s", err.text);
      assert_null(strstr(err.text, "phrase"));
      assert_int_equal(open_with(company, rows[i].made, &err), 0);
    }
    company_setup_again(company);
    company_rows_are(company, "Employee", "[{'EmpId':-1,'Name':'Ada'}]");
    company_pending_are(company, "Employee", "[{'EmpId':-1}]");
  }
}

/* -- what the files hold ------------------------------------------------------------------------------------- */

/* Rows, edits, a cached upload, metadata and names of tables; in the log and in the file itself. Plain files
 * do hold them: so the search finds what there is. */
static void files_hold_nothing_that_can_be_read(void **state) {
  static const char *const secrets[] = {"Grace Hopper", "Employee", "vmx_log", "services_meta", "SQLite format"};
  static const char *const endings[] = {"-wal", ""};
  struct company *company = *state;
  for (int encrypted = 0; encrypted <= CAN_ENCRYPT; encrypted++) {
    make(company, encrypted ? key : NULL);
    company_hire(company, "Grace Hopper");
    fake_expect_outcome(&company->network, "UPLOAD", NET_TIMEOUT);
    assert_int_equal(company_sync_org(company, NULL), 2032);
    size_t found = 0;
    for (size_t i = 0; i < 2; i++) {
      if (i == 1) vmx_client_close(company->client); /* the log goes into the file */
      CLEANUP(file_cleanup) struct file file = read_file(company, endings[i]);
      assert_true(file.size > 4096);
      for (size_t k = 0; k < sizeof secrets / sizeof *secrets; k++) found += holds(&file, secrets[k]);
    }
    if (encrypted) assert_int_equal(found, 0);
    else assert_true(found >= 9); /* the log of a new database has its head too */
    company_reopen(company);
  }
}

/* The story, from its first setup to both sides being equal, through a restart. */
static void a_history_goes_well_over_it(void **state) {
  struct company *company = *state;
  for (int encrypted = 0; encrypted <= CAN_ENCRYPT; encrypted++) {
    struct base_error err;
    story_serve(server);
    wipe(company);
    assert_int_equal(open_with(company, encrypted ? key : NULL, &err), 0);
    company_setup_with(company, model_metadata, company_note);
    fake_serve(&company->network, model_answer, server);
    assert_int_equal(company_sync_org(company, NULL), 0);
    story_edit(company);
    model_add(server, MODEL_MEMBER, "late", 0);
    model_fail(server, 1, MODEL_HUNG);
    story_sync(company);
    company_restart(company, VMX_API_JS);
    company_setup_again(company);
    story_edits_are_visible(company);
    story_ends_well(company, server);
    fake_serve(&company->network, NULL, NULL);
  }
}

static int begin(void **state) {
  (void)state;
  server = model_new();
  return 0;
}

static int end(void **state) {
  (void)state;
  model_free(server);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {WITH_COMPANY(a_key_needs_six_characters),
                                     WITH_COMPANY(setup_may_only_name_the_key_that_is_there),
                                     WITH_COMPANY(the_key_must_fit),
                                     WITH_COMPANY(files_hold_nothing_that_can_be_read),
                                     WITH_COMPANY(a_history_goes_well_over_it)};
  return cmocka_run_group_tests_name("engine/encryption", tests, begin, end);
}
