/* foundry-mock as a person meets it: exit codes, sentences, serving until a signal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "http_client.h"

struct process {
  pid_t pid;
  FILE *output; /* standard output and standard error */
};

static struct process spawn(const char *const *arguments) {
  const char *argv[16] = {MOCK_PROGRAM};
  int ends[2], count = 1;
  while (*arguments) argv[count++] = *arguments++;
  assert_int_equal(pipe(ends), 0);
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    dup2(ends[1], 1);
    dup2(ends[1], 2);
    close(ends[0]);
    close(ends[1]);
    execv(MOCK_PROGRAM, (char *const *)(const void *)argv);
    _exit(127);
  }
  close(ends[1]);
  return (struct process){pid, fdopen(ends[0], "r")};
}

/* Reads to the end; the exit code. */
static int finish(struct process *process, char text[2048]) {
  int status = 0;
  text[fread(text, 1, 2047, process->output)] = '\0';
  fclose(process->output);
  assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run(char text[2048], const char *const *arguments) {
  struct process process = spawn(arguments);
  return finish(&process, text);
}

/* A file in the build folder with this content. */
static void write_script(const char *path, const char *content) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_int_equal(fputs(content, file) >= 0, 1);
  assert_int_equal(fclose(file), 0);
}

static void help_and_version_end_well(void **state) {
  char text[2048];
  (void)state;
  assert_int_equal(run(text, (const char *[]){"--help", NULL}), 0);
  assert_non_null(strstr(text, "--json-journal"));
  assert_int_equal(run(text, (const char *[]){"--version", NULL}), 0);
  assert_non_null(strstr(text, "foundry-mock "));
}

static void wrong_usage_is_2(void **state) {
  char text[2048];
  (void)state;
  assert_int_equal(run(text, (const char *[]){NULL}), 2);
  assert_non_null(strstr(text, "--script FILE is missing"));
  assert_int_equal(run(text, (const char *[]){"--script", "x.lua", "--port", "many", NULL}), 2);
  assert_non_null(strstr(text, "many"));
  assert_int_equal(run(text, (const char *[]){"--script", "x.lua", "--keep", "-1", NULL}), 2);
  assert_non_null(strstr(text, "--keep takes a number"));
  assert_int_equal(run(text, (const char *[]){"--script", "x.lua", "--connections", "0", NULL}), 2);
  assert_non_null(strstr(text, "--connections takes a number"));
  assert_int_equal(run(text, (const char *[]){"--banana", NULL}), 2);
  assert_non_null(strstr(text, "--banana"));
}

static void a_missing_script_is_2(void **state) {
  char text[2048];
  (void)state;
  assert_int_equal(run(text, (const char *[]){"--script", "/nowhere/x.lua", NULL}), 2);
  assert_non_null(strstr(text, "cannot read the script /nowhere/x.lua"));
}

static void a_faulty_script_is_3(void **state) {
  char text[2048];
  (void)state;
  write_script("faulty.lua", "server:service('Org')\nserver:nothing()\n");
  assert_int_equal(run(text, (const char *[]){"--script", "faulty.lua", NULL}), 3);
  assert_non_null(strstr(text, "faulty.lua:2:"));
  write_script("syntax.lua", "server:service(\n");
  assert_int_equal(run(text, (const char *[]){"--script", "syntax.lua", NULL}), 3);
  assert_non_null(strstr(text, "syntax.lua:"));
  write_script("endless.lua", "while true do end\n");
  assert_int_equal(run(text, (const char *[]){"--script", "endless.lua", NULL}), 3);
  assert_non_null(strstr(text, "endless.lua:1:"));
}

static struct process serve_example(char base[256], const char *port) {
  struct process process =
      spawn((const char *[]){"--script", MOCK_EXAMPLE, "--port", port, "--json-journal", "journal.json", NULL});
  assert_non_null(fgets(base, 256, process.output));
  base[strcspn(base, "\n")] = '\0';
  if (strncmp(base, "http://127.0.0.1:", 17) != 0) fail_msg("%s", base);
  return process;
}

static void the_example_is_served_until_a_signal(void **state) {
  char base[256], text[2048];
  (void)state;
  struct process process = serve_example(base, "0");
  struct response response = client_download(base, "/services/data/v1/Organization?offline=true", NULL, "{}");
  assert_non_null(strstr(response.body, "\"Grace\""));
  response_done(&response);
  kill(process.pid, SIGTERM);
  assert_int_equal(finish(&process, text), 0);
  assert_non_null(strstr(text, "/authService/100000002/appconfig"));
  FILE *journal = fopen("journal.json", "r");
  assert_non_null(journal);
  assert_true(fread(text, 1, sizeof text - 1, journal) > 2);
  assert_int_equal(text[0], '[');
  fclose(journal);
}

/* 500 connections, half of them idle, half waiting for answers that never come: one more is served. */
static void many_connections_keep_nobody_away(void **state) {
  enum { CLIENTS = 500 };
  static const char HANGING[] = "local foundry = require 'foundry'\nlocal org = server:service('Org')\n"
                                "org:object('Note', foundry.model.note)\norg:on_download{level = 'object'}:hang()\n";
  char base[256], text[2048];
  int clients[CLIENTS];
  (void)state;
  write_script("hanging.lua", HANGING);
  struct process process = spawn((const char *[]){"--script", "hanging.lua", NULL});
  assert_non_null(fgets(base, sizeof base, process.output));
  base[strcspn(base, "\n")] = '\0';
  for (int i = 0; i < CLIENTS; i++) {
    clients[i] = client_connect(base);
    if (i % 2) client_send(clients[i], base, "/services/data/v1/Org/objects/Note", "X-Http-Method-Override: GET\r\n", "{}");
  }
  struct response response = client_download(base, "/services/data/v1/Org?offline=true", NULL, "{}");
  assert_int_equal(response.status, 200);
  response_done(&response);
  kill(process.pid, SIGTERM);
  assert_int_equal(finish(&process, text), 0);
  for (int i = 0; i < CLIENTS; i++) close(clients[i]);
}

static void a_taken_port_is_3(void **state) {
  char base[256], text[2048];
  (void)state;
  struct process first = serve_example(base, "0");
  char *port = strrchr(base, ':') + 1;
  port[strcspn(port, "/")] = '\0';
  assert_int_equal(run(text, (const char *[]){"--script", MOCK_EXAMPLE, "--port", port, NULL}), 3);
  assert_non_null(strstr(text, port));
  kill(first.pid, SIGINT);
  assert_int_equal(finish(&first, text), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(help_and_version_end_well), cmocka_unit_test(wrong_usage_is_2),
      cmocka_unit_test(a_missing_script_is_2), cmocka_unit_test(a_faulty_script_is_3),
      cmocka_unit_test(the_example_is_served_until_a_signal), cmocka_unit_test(a_taken_port_is_3),
      cmocka_unit_test(many_connections_keep_nobody_away)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
