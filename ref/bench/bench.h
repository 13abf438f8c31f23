/**
 * What the files of vmx-bench share: failing, time, folders, and the figures that are reported.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { BENCH_PAGE = 500, BENCH_ROUNDS_MAX = 99 };

/** Tell `what` and end the process with 3: a bench has nobody to pass an error to. */
_Noreturn void bench_give_up(const char *what);

double bench_now_s(void);

/** A new folder below `$TMPDIR` (else /tmp), in the caller's `path`; and away with it. */
enum { BENCH_PATH = 256 };
void bench_folder(char path[BENCH_PATH]);
void bench_remove(const char *path);

/* ---- processes --------------------------------------------------------------------------------- */

/** Another program, asked through its stdin, telling through its stdout. */
struct bench_process {
  pid_t pid;
  FILE *asked, *told;
};

/** Start `argv` (ends with NULL) in `folder` (NULL: here). argv[0] NULL: this program itself, which a
 *  profiler then does not follow. */
struct bench_process bench_start(const char *folder, const char *argv[]);
/** Close its stdin, which ends it, after `last_told` (or NULL) has read what it still tells. */
void bench_end(struct bench_process *process, int64_t *last_told);

/* ---- figures ----------------------------------------------------------------------------------- */

/** One measured thing in all rounds. */
struct bench_series {
  double values[BENCH_ROUNDS_MAX];
  int count;
};

void bench_add(struct bench_series *series, double value);

enum bench_goal { BENCH_REPORTED, BENCH_AT_LEAST, BENCH_BELOW, BENCH_EXACTLY };

struct bench_figure {
  const char *key;   /**< in the JSON */
  const char *label; /**< on the terminal */
  int decimals;
  enum bench_goal kind;
  double goal;
};

/** Print the figure's line, and remember a copy of it for bench_write_json(). The median counts. */
void bench_tell(const struct bench_figure *figure, const struct bench_series *series);
void bench_heading(const char *text);
void bench_write_json(const char *path);

#endif
