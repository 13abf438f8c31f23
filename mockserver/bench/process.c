#include "process.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"
#include "bench.h"

struct process process_mock(const char *const *arguments) {
  const char *argv[24] = {MOCK_PROGRAM};
  char line[256] = "";
  int ends[2], count = 1;
  while (*arguments) argv[count++] = *arguments++;
  if (pipe(ends) != 0) bench_give_up("no pipe");
  pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], 1);
    close(ends[0]);
    close(ends[1]);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a bench that gives up leaves nothing behind */
    execv(MOCK_PROGRAM, (char *const *)(const void *)argv);
    _exit(127);
  }
  close(ends[1]);
  struct process process = {.pid = pid, .output = fdopen(ends[0], "r")};
  const char *port = fgets(line, sizeof line, process.output) ? strrchr(line, ':') : NULL;
  if (!port) bench_give_up("foundry-mock does not start");
  line[strcspn(line, "\n")] = '\0';
  process.port = (unsigned)strtoul(port + 1, NULL, 10);
  const char *path = strchr(port, '/');
  snprintf(process.base, sizeof process.base, "%s", path ? path : "");
  return process;
}

struct process process_bare(const char *const answers[3]) {
  int ends[2];
  unsigned port = 0;
  if (pipe(ends) != 0) bench_give_up("no pipe");
  pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    bare_serve(answers, ends[1]);
  }
  close(ends[1]);
  if (read(ends[0], &port, sizeof port) != (ssize_t)sizeof port) bench_give_up("the bare server does not start");
  close(ends[0]);
  return (struct process){.pid = pid, .port = port};
}

double process_stop(struct process *process) {
  int status;
  double begin = bench_now_s();
  kill(process->pid, SIGTERM);
  waitpid(process->pid, &status, 0);
  double took = bench_now_s() - begin;
  if (process->output) fclose(process->output);
  return took;
}

double process_cpu_s(const struct process *process) {
  clockid_t clock;
  struct timespec used;
  if (clock_getcpuclockid(process->pid, &clock) != 0 || clock_gettime(clock, &used) != 0) bench_give_up("no processor time of a process");
  return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

long process_resident_kib(const struct process *process) {
  char path[64], line[256];
  long kib = -1;
  snprintf(path, sizeof path, "/proc/%d/status", (int)process->pid);
  FILE *file = fopen(path, "r");
  while (file && fgets(line, sizeof line, file))
    if (strncmp(line, "VmRSS:", 6) == 0) kib = strtol(line + 6, NULL, 10);
  if (file) fclose(file);
  return kib;
}
