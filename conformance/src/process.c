#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"

extern char **environ;

int process_add_word(struct process_words *words, const char *word, struct base_error *err) {
  char **grown = realloc(words->words, (words->count + 2) * sizeof *grown);
  if (!grown) return base_fail(err, PROCESS_ERR_WORDS, "", "out of memory");
  words->words = grown;
  grown[words->count] = strdup(word);
  grown[words->count + 1] = NULL;
  return grown[words->count++] ? 0 : base_fail(err, PROCESS_ERR_WORDS, "", "out of memory");
}

void process_words_done(struct process_words *words) {
  for (size_t i = 0; i < words->count; i++) free(words->words[i]);
  free(words->words);
  *words = (struct process_words){0};
}

/* One word from *at on, without its quotes. Returns false when a quote is not closed. */
static bool read_word(const char **at, struct base_buf *word) {
  char quote = 0;
  const char *c = *at;
  for (; *c && (quote || !strchr(" \t\n", *c)); c++) {
    if (!quote && (*c == '\'' || *c == '"')) quote = *c;
    else if (quote && *c == quote) quote = 0;
    else if (*c == '\\' && quote != '\'' && c[1]) base_buf_char(word, *++c);
    else base_buf_char(word, *c);
  }
  *at = c;
  return quote == 0;
}

int process_split(const char *command, struct process_words *out, struct base_error *err) {
  CLEANUP(process_words_done) struct process_words words = {0};
  CLEANUP(base_buf_done) struct base_buf word = BASE_BUF_INIT;
  for (const char *at = command;;) {
    at += strspn(at, " \t\n");
    if (!*at) break;
    base_buf_clear(&word);
    if (!read_word(&at, &word))
      return base_fail(err, PROCESS_ERR_WORDS, "", "a quote is not closed in the command: %s", command);
    int status = process_add_word(&words, base_buf_string(&word), err);
    if (status) return status;
  }
  if (words.count == 0) return base_fail(err, PROCESS_ERR_WORDS, "", "the command of the testee is empty");
  *out = words;
  words = (struct process_words){0};
  return 0;
}

static void close_fd(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static int make_pipes(int pipes[3][2]) {
  for (int i = 0; i < 3; i++)
    if (pipe2(pipes[i], O_CLOEXEC) != 0) return errno;
  return 0;
}

/* pipes[0] is read by the child, the other two are written by it. */
static int spawn(const struct process_words *command, int pipes[3][2], pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t defaults, none;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, pipes[0][0], 0);
  posix_spawn_file_actions_adddup2(&actions, pipes[1][1], 1);
  posix_spawn_file_actions_adddup2(&actions, pipes[2][1], 2);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setsigmask(&attributes, &none);
  int status = posix_spawnp(pid, command->words[0], &actions, &attributes, command->words, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return status;
}

static void take_end(int *from, int *to) {
  *to = *from;
  *from = -1;
  fcntl(*to, F_SETFL, fcntl(*to, F_GETFL) | O_NONBLOCK);
}

int process_start(const struct process_words *command, struct process *out, struct base_error *err) {
  int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
  pid_t pid = 0;
  int status = make_pipes(pipes);
  if (!status) status = spawn(command, pipes, &pid);
  if (!status) {
    out->pid = pid;
    take_end(&pipes[0][1], &out->in);
    take_end(&pipes[1][0], &out->out);
    take_end(&pipes[2][0], &out->log);
  }
  for (int i = 0; i < 3; i++) close_fd(&pipes[i][0]), close_fd(&pipes[i][1]);
  return status ? base_fail(err, PROCESS_ERR_START, "", "cannot start the testee %s: %s", command->words[0],
                            strerror(status))
                : 0;
}

void process_close_input(struct process *process) { close_fd(&process->in); }

void process_kill(const struct process *process) {
  if (process->pid > 0) kill(-process->pid, SIGKILL);
}

void process_await(const struct process *process) {
  siginfo_t info;
  while (waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) continue;
}

void process_reap(struct process *process, int *status) {
  while (waitpid(process->pid, status, 0) < 0 && errno == EINTR) continue;
  process->pid = 0;
}

void process_status_text(int status, char text[64]) {
  if (WIFSIGNALED(status))
    snprintf(text, 64, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
  else snprintf(text, 64, "status %d", WEXITSTATUS(status));
}

void process_done(struct process *process) {
  close_fd(&process->in);
  close_fd(&process->out);
  close_fd(&process->log);
}
