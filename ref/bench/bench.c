#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void bench_give_up(const char *what) {
  fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
  exit(3);
}

double bench_now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void bench_folder(char path[BENCH_PATH]) {
  const char *below = getenv("TMPDIR");
  snprintf(path, BENCH_PATH, "%s/vmx-bench-XXXXXX", below && *below ? below : "/tmp");
  if (!mkdtemp(path)) bench_give_up("no folder for the databases can be made: is TMPDIR right?");
}

void bench_remove(const char *path) {
  char command[BENCH_PATH + 16];
  snprintf(command, sizeof command, "rm -rf '%s'", path);
  if (system(command) != 0) bench_give_up("a folder cannot be removed");
}

/* ---- processes --------------------------------------------------------------------------------- */

_Noreturn static void become(const char *folder, const char *argv[], int in, int out) {
  char self[BENCH_PATH] = "";
  if (!argv[0] && readlink("/proc/self/exe", self, sizeof self - 1) > 0) argv[0] = self;
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  if (argv[0] && (!folder || chdir(folder) == 0)) execvp(argv[0], (char *const *)(uintptr_t)argv);
  _exit(3);
}

struct bench_process bench_start(const char *folder, const char *argv[]) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) bench_give_up("no pipe");
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) become(folder, argv, in[0], out[1]);
  close(in[0]);
  close(out[1]);
  struct bench_process process = {pid, fdopen(in[1], "w"), fdopen(out[0], "r")};
  if (pid < 0 || !process.asked || !process.told) bench_give_up("a process cannot be started");
  return process;
}

void bench_end(struct bench_process *process, int64_t *last_told) {
  fclose(process->asked);
  if (last_told && fscanf(process->told, "%" SCNd64, last_told) != 1)
    bench_give_up("a process ended without telling its figure");
  fclose(process->told);
  waitpid(process->pid, NULL, 0);
}

/* ---- figures ----------------------------------------------------------------------------------- */

static const char *const signs[] = {
    [BENCH_REPORTED] = "", [BENCH_AT_LEAST] = ">=", [BENCH_BELOW] = "<", [BENCH_EXACTLY] = "="};

enum { FIGURES_MAX = 128 };

static struct told {
  struct bench_figure figure; /* with copies of its texts, which nobody frees */
  double median, least, most;
} told[FIGURES_MAX];
static int told_count;

void bench_add(struct bench_series *series, double value) {
  if (series->count == BENCH_ROUNDS_MAX) bench_give_up("too many rounds");
  series->values[series->count++] = value;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static struct told summarize(const struct bench_figure *figure, const struct bench_series *series) {
  struct bench_series sorted = *series;
  int count = sorted.count, half = count / 2;
  double *values = sorted.values;
  qsort(values, (size_t)count, sizeof *values, by_value);
  double median = count % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
  return (struct told){*figure, median, values[0], values[count - 1]};
}

static bool is_met(const struct told *one) {
  double goal = one->figure.goal;
  switch (one->figure.kind) {
  case BENCH_AT_LEAST: return one->median >= goal;
  case BENCH_BELOW: return one->median < goal;
  case BENCH_EXACTLY: return one->median == goal && one->least == one->most;
  default: return true;
  }
}

void bench_heading(const char *text) {
  printf("\n%-58s %10s %21s %9s\n", text, "median", "rounds", "goal");
}

void bench_tell(const struct bench_figure *figure, const struct bench_series *series) {
  struct told one = summarize(figure, series);
  char range[64] = "", goal[32] = "";
  if (series->count > 1)
    snprintf(range, sizeof range, "%.*f .. %.*f", figure->decimals, one.least, figure->decimals, one.most);
  if (figure->kind != BENCH_REPORTED)
    snprintf(goal, sizeof goal, "%s %g", signs[figure->kind], figure->goal);
  printf("%-58s %10.*f %21s %9s  %s\n", figure->label, figure->decimals, one.median, range, goal,
         figure->kind == BENCH_REPORTED ? "" : is_met(&one) ? "met" : "MISSED");
  fflush(stdout);
  if (told_count == FIGURES_MAX) bench_give_up("too many figures");
  one.figure.key = strdup(figure->key);
  one.figure.label = strdup(figure->label);
  if (!one.figure.key || !one.figure.label) bench_give_up("out of memory for a figure");
  told[told_count++] = one;
}

void bench_write_json(const char *path) {
  FILE *file = fopen(path, "w");
  if (!file) bench_give_up("the file for the figures cannot be written");
  fputs("{\"figures\":[", file);
  for (int i = 0; i < told_count; i++) {
    const struct told *one = &told[i];
    fprintf(file, "%s\n  {\"key\":\"%s\",\"label\":\"%s\",\"median\":%.4f,\"least\":%.4f,\"most\":%.4f", i ? "," : "",
            one->figure.key, one->figure.label, one->median, one->least, one->most);
    if (one->figure.kind != BENCH_REPORTED)
      fprintf(file, ",\"goal\":\"%s %g\",\"met\":%s", signs[one->figure.kind], one->figure.goal,
              is_met(one) ? "true" : "false");
    fputc('}', file);
  }
  fputs("\n]}\n", file);
  if (fclose(file) != 0) bench_give_up("the file for the figures cannot be written");
}
