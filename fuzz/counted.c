/*
 * counted FILE COMMAND…: runs a command and adds a line to FILE: the seconds of processor time that it and all that it
 * left behind took. afl-fuzz kills its targets without waiting for them, so that neither its own figures nor the
 * shell's have that time; whoever is orphaned below this program is waited for here.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_STARTED = 127 };

static volatile sig_atomic_t child;

static void pass_on(int number) {
  if (child > 0) kill((pid_t)child, number);
}

/* What the command ended with; not before everybody has ended. */
static int wait_for_all(void) {
  int result = NOT_STARTED, status = 0;
  for (pid_t ended; (ended = wait(&status)) > 0 || errno == EINTR;)
    if (ended == (pid_t)child) result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

static double seconds_of(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

int main(int argc, char **argv) {
  struct rusage spent;
  if (argc < 3) return fprintf(stderr, "counted FILE COMMAND...\n"), 2;
  signal(SIGTERM, pass_on);
  signal(SIGINT, pass_on);
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return perror("counted"), NOT_STARTED;
  child = fork();
  if (child == 0) {
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    _exit(NOT_STARTED);
  }
  int result = wait_for_all();
  FILE *file = fopen(argv[1], "a");
  if (!file || getrusage(RUSAGE_CHILDREN, &spent) != 0) return perror(argv[1]), NOT_STARTED;
  fprintf(file, "%.1f\n", seconds_of(spent.ru_utime) + seconds_of(spent.ru_stime));
  return fclose(file) == 0 ? result : NOT_STARTED;
}
