/**
 * A child process on three pipes, in a process group of its own so that killing it takes its children
 * along. The pipes are non-blocking and close-on-exec.
 */
#ifndef CONFORMANCE_PROCESS_H
#define CONFORMANCE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

struct process {
  pid_t pid; /**< 0 = none, or already reaped */
  int in;    /**< its standard input, to write; -1 when closed */
  int out;   /**< its standard output, to read */
  int log;   /**< its standard error, to read */
};

enum process_error { PROCESS_ERR_WORDS = 1, PROCESS_ERR_START };

/** A command's words, ended by NULL. */
struct process_words {
  char **words;
  size_t count;
};

/**
 * Split a command as a shell does: blanks, single and double quotes, backslash; nothing is expanded.
 * Fails: PROCESS_ERR_WORDS a quote is not closed, there are no words, no memory
 */
int process_split(const char *command, struct process_words *out, struct base_error *err);
/** Append one word. Fails: PROCESS_ERR_WORDS */
int process_add_word(struct process_words *words, const char *word, struct base_error *err);
void process_words_done(struct process_words *words);

/** Fails: PROCESS_ERR_START, naming the program and why */
int process_start(const struct process_words *command, struct process *out, struct base_error *err);
void process_close_input(struct process *process);
/** SIGKILL to the group; it is reaped by process_reap(). Fine when it is gone. */
void process_kill(const struct process *process);
/** Wait for its end without collecting it: until process_reap() its pid belongs to it. */
void process_await(const struct process *process);
/** Collect its status, waiting for the end; its pid is no longer used then. */
void process_reap(struct process *process, int *status);
/** How it ended: "status 3", "signal 11 (Segmentation fault)". */
void process_status_text(int status, char text[64]);
/** Close the pipes. */
void process_done(struct process *process);

#endif
