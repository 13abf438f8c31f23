#include "dying.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

static int commits_left; /* 0: nobody dies of commits */

static int on_commit(void *unused) {
  (void)unused;
  if (commits_left > 0 && --commits_left == 0) raise(SIGKILL);
  return 0;
}

static int watch_commits(sqlite3 *database, const char **problem, const void *api) {
  (void)problem, (void)api;
  sqlite3_commit_hook(database, on_commit, NULL);
  return SQLITE_OK;
}

void dying_install(void) {
  assert_int_equal(sqlite3_auto_extension((void (*)(void))watch_commits), SQLITE_OK);
}

static void work_in_child(struct company *company, dying_work *work, int commits) {
  company_reopen(company);
  company_setup_again(company);
  commits_left = commits;
  work(company);
  _exit(0);
}

bool dying_at_work(struct company *company, dying_work *work, int commits) {
  int status = 0;
  company->network.random += 1000; /* another process, other random bytes */
  vmx_client_close(company->client);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) work_in_child(company, work, commits);
  assert_int_equal(waitpid(child, &status, 0), child);
  company->network.random += 1000;
  company_reopen(company);
  if (!WIFSIGNALED(status)) assert_int_equal(status, 0); /* otherwise a check failed in the child */
  else assert_int_equal(WTERMSIG(status), SIGKILL);
  return WIFSIGNALED(status);
}
