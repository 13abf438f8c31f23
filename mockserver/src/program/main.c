/* foundry-mock: serves a scripted Foundry, judges a journal, or hands over to the program that records a real one. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "program/judge.h"
#include "program/options.h"
#include "program/serve.h"

/* The recorder stands beside this program. */
static int run_recorder(char **argv) {
  char path[PATH_MAX];
  ssize_t len = readlink("/proc/self/exe", path, sizeof path - sizeof "-record");
  if (len > 0) {
    memcpy(path + len, "-record", sizeof "-record");
    execv(path, argv);
  }
  fprintf(stderr, "foundry-mock: the recorder cannot be run: %s%s%s\n", strerror(errno), len > 0 ? ": " : "", len > 0 ? path : "");
  return EXIT_FAILED;
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "record") == 0) return run_recorder(argv + 1);
  if (argc > 1 && strcmp(argv[1], "judge") == 0) return command_judge(argc - 1, argv + 1);
  return command_serve(argc, argv);
}
