/*
 * Whose the database is: one client's at a time, and only where it may write. Real files, real locks, other
 * processes (engine/test_damage.c has the disk that only pretends).
 */
#include "store_support.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

static void path_of(const struct fixture *f, char path[96]) {
  snprintf(path, 96, "%s/offline.db", f->folder);
}

/* LOC-02: nobody can change, or even read, what a client works on; the client does not notice. */
static void others_are_kept_out(void **state) {
  static const char *const attempts[] = {"SELECT count(*) FROM vmx_log", "DELETE FROM vmx_log", "BEGIN IMMEDIATE",
                                         "PRAGMA user_version=7", "DROP TABLE vmx_log"};
  struct fixture *f = *state;
  char path[96];
  sqlite3 *other = NULL;
  path_of(f, path);
  assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
  for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
    assert_int_equal(sqlite3_exec(other, attempts[i], NULL, NULL, NULL), SQLITE_BUSY);
    support_create(f, f->dept, "{\"Name\":\"d\"}", NULL);
  }
  sqlite3_close(other);
  support_restart(f);
  assert_non_null(strstr(support_pending(f, f->dept), "\"Id\":-5"));
}

/* A child that holds the file until it is killed; its lock is there when this returns. */
static pid_t hold(const char *path) {
  int ready[2];
  char byte;
  assert_int_equal(pipe(ready), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    sqlite3 *database = NULL;
    bool held = sqlite3_open(path, &database) == SQLITE_OK &&
                sqlite3_exec(database, "PRAGMA locking_mode=EXCLUSIVE;BEGIN EXCLUSIVE", NULL, NULL, NULL) == SQLITE_OK;
    if (held && write(ready[1], "x", 1) == 1) pause();
    _exit(1);
  }
  close(ready[1]);
  assert_int_equal(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  return child;
}

/* API-09: while another process has it the open is refused; with its end it is free, whatever the end was. */
static void the_end_of_a_process_frees_its_database(void **state) {
  struct fixture *f = *state;
  struct vmx_store *store = NULL;
  char path[96];
  int status;
  path_of(f, path);
  support_create(f, f->dept, "{\"Name\":\"d\"}", NULL);
  vmx_store_close(f->store);
  f->store = NULL;
  pid_t child = hold(path);
  assert_int_equal(vmx_store_open(f->folder, NULL, &store, &f->err), 2006);
  assert_non_null(strstr(f->err.text, "locked"));
  assert_null(store);
  kill(child, SIGKILL);
  assert_int_equal(waitpid(child, &status, 0), child);
  support_restart(f);
  assert_non_null(strstr(support_rows(f, f->dept), "\"Id\":-1"));
}

enum { NOBODY = 65534 };

/* Open as somebody who is not root, in a child: its exit tells what went wrong, 0 nothing did. */
static int open_as_nobody(const char *folder, const char *says) {
  int status;
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    struct vmx_store *store = NULL;
    struct base_error err = {0};
    if (geteuid() == 0 && (setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0))
      _exit(1);
    int code = vmx_store_open(folder, NULL, &store, &err);
    if (code != 2006) _exit(2);
    _exit(strstr(err.text, says) && strstr(err.text, folder) ? 0 : 3);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

/* 2006, with the reason and the place; afterwards, with the rights back, everything is there. */
static void what_may_not_be_written_is_refused(void **state) {
  struct fixture *f = *state;
  char path[96];
  path_of(f, path);
  support_create(f, f->dept, "{\"Name\":\"d\"}", NULL);
  vmx_store_close(f->store);
  f->store = NULL;
  assert_int_equal(chmod(f->folder, 0555), 0);
  assert_int_equal(open_as_nobody(f->folder, "cannot be made or written to"), 0);
  assert_int_equal(chmod(f->folder, 0777), 0);
  assert_int_equal(chmod(path, 0444), 0);
  assert_int_equal(open_as_nobody(f->folder, "may be read only"), 0);
  assert_int_equal(chmod(path, 0000), 0);
  assert_int_equal(open_as_nobody(f->folder, "unable to open"), 0);
  assert_int_equal(chmod(path, 0644), 0);
  support_restart(f);
  assert_non_null(strstr(support_rows(f, f->dept), "\"Id\":-1"));
}

/* LOC-02: 2006 as well when a file stands where the folder should be, even one that could be run. */
static void a_file_is_no_folder(void **state) {
  struct fixture *f = *state;
  struct vmx_store *store = NULL;
  char path[96];
  path_of(f, path);
  for (mode_t mode = 0644; mode <= 0755; mode += 0111) {
    assert_int_equal(chmod(path, mode), 0);
    assert_int_equal(vmx_store_open(path, NULL, &store, &f->err), 2006);
    assert_non_null(strstr(f->err.text, "Not a directory"));
    assert_null(store);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {STORE_TEST(others_are_kept_out),
                                     STORE_TEST(the_end_of_a_process_frees_its_database),
                                     STORE_TEST(what_may_not_be_written_is_refused),
                                     STORE_TEST(a_file_is_no_folder)};
  return cmocka_run_group_tests_name("store/owner", tests, NULL, NULL);
}
