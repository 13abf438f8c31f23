/*
 * foundry-mock judge: a journal on disk, looked at again, by the wire rules' findings and by a script with checks and rules.
 *
 * Always true: the journal is read, and never written.
 */
#include "program/judge.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "program/journal.h"
#include "program/options.h"
#include "program/script_file.h"

enum { EXIT_FOUND = 1 }; /* there is something to find fault with */

struct options {
  const char *journal, *script, *har, *json_journal;
  unsigned long run;
};

static void say_help(void);

#define OPTION(name) offsetof(struct options, name)

static const struct option_row OPTIONS[] = {
    {"journal", "FILE", "the journal: what foundry-mock --journal wrote (NDJSON, JOURNAL.md)\n", OPTION_TEXT, OPTION(journal), 0, 0, NULL},
    {"run", "N", "of several runs in the file the N-th (default: the last)\n", OPTION_NUMBER, OPTION(run), 1, 1000000000, NULL},
    {"script", "FILE", "a script that looks at it: server:requests(), org:uploads() and the rest have what the\n"
                       "journal holds, error() and assert() say that it is wrong; rules say which requests\n"
                       "they would meet, and which came nearest\n", OPTION_TEXT, OPTION(script), 0, 0, NULL},
    {"har", "FILE", "write the run as an HTTP archive (- = standard output)\n", OPTION_TEXT, OPTION(har), 0, 0, NULL},
    {"json-journal", "FILE", "write its requests with their answers, as JSON (- = standard output)\n", OPTION_TEXT, OPTION(json_journal), 0, 0, NULL},
    {"help", NULL, "this text\n", OPTION_SAY, 0, 0, 0, say_help},
    {NULL, NULL, NULL, OPTION_FLAG, 0, 0, 0, NULL}};

static void say_help(void) {
  puts("Usage: foundry-mock judge --journal FILE [OPTION]...\n"
       "Judge a journal again: what its requests broke of the wire rules, what a script demands of them, which rules they meet.\n");
  options_print(OPTIONS);
  puts("\nExit status: 0 all well, 1 there are findings, the script failed, or a rule of it that was due met no request,\n"
       "2 usage or no such script, 3 the journal cannot be read or a file cannot be written.");
}

static int fail(const struct base_error *err) {
  fprintf(stderr, "foundry-mock: %s\n", err->text);
  return EXIT_FAILED;
}

/* ---- the verdict, line by line ---- */

static void print_lines(const cJSON *request, const char *what, const cJSON *lines) {
  const cJSON *line;
  int64_t seq = 0;
  json_integer(json_find(request, "seq"), &seq);
  cJSON_ArrayForEach(line, lines)
    printf("request %lld (%s %s)%s %s\n", (long long)seq, json_find_string(request, "kind"), json_find_string(request, "target"), what, line->valuestring);
}

/* The number of findings. */
static int print_request(const cJSON *request) {
  const cJSON *findings = json_find(request, "findings");
  CLEANUP(json_free) cJSON *open = json_find(request, "open") ? cJSON_CreateArray() : NULL;
  if (open) cJSON_AddItemToArray(open, cJSON_CreateString("the journal ended"));
  print_lines(request, ":", findings);
  print_lines(request, " meets", json_find(request, "rules"));
  print_lines(request, " was at work when", open);
  return cJSON_GetArraySize(findings);
}

static int print_verdict(const cJSON *requests, const cJSON *unfired) {
  const cJSON *request, *line;
  int findings = 0;
  cJSON_ArrayForEach(request, requests) findings += print_request(request);
  cJSON_ArrayForEach(line, unfired) printf("never came: %s\n", line->valuestring);
  printf("requests: %d, findings: %d\n", cJSON_GetArraySize(requests), findings);
  return findings > 0 || cJSON_GetArraySize(unfired) > 0 ? EXIT_FOUND : 0;
}

static int judge(struct mock_world *world) {
  struct base_error err = {0};
  CLEANUP(json_free) cJSON *requests = NULL;
  mock_world_lock(world);
  int status = mock_world_judge(world, &requests, &err);
  CLEANUP(json_free) cJSON *unfired = mock_world_unfired_rules(world);
  mock_world_unlock(world);
  if (status == 0) return print_verdict(requests, unfired);
  fail(&err);
  return EXIT_FOUND;
}

/* ---- the way ---- */

static int run_script(struct mock_world *world, const char *path, const struct base_buf *text) {
  return script_file_run(world, path, text, -1, -1, "the script failed") == 0 ? 0 : EXIT_FOUND;
}

static int write_files(struct mock_world *world, const struct options *options) {
  int status = options->har ? program_write_archive(world, options->har) : 0;
  int journal = options->json_journal ? program_write_journal(world, options->json_journal) : 0;
  return status ? status : journal;
}

static int judge_world(struct mock_world *world, const struct options *options, const struct base_buf *script) {
  struct base_error err = {0};
  mock_world_lock(world);
  int status = mock_world_recall(world, options->journal, (unsigned)options->run, &err);
  mock_world_unlock(world);
  if (status != 0) return fail(&err);
  status = write_files(world, options);
  int checks = status == 0 && options->script ? run_script(world, options->script, script) : 0;
  int verdict = status == 0 ? judge(world) : status;
  return checks ? checks : verdict;
}

/* Nobody asks this server for anything: it is where a world lives. */
static int open_world(const struct options *options, const struct base_buf *script) {
  struct base_error err = {0};
  struct mock_server *server;
  struct mock_world *world;
  if (mock_server_start(&(struct mock_config){.threads = 1}, &server, &err) != 0) return fail(&err);
  int status = mock_world_open(server, "mock", &world, &err) != 0 ? fail(&err) : 0;
  if (status == 0) {
    status = judge_world(world, options, script);
    mock_world_free(world);
  }
  mock_server_stop(server);
  return status;
}

int command_judge(int argc, char **argv) {
  struct options options = {0};
  struct base_buf script = BASE_BUF_INIT;
  int status = options_read(OPTIONS, argc, argv, &options);
  if (status == OPTIONS_DONE) return 0;
  if (status == 0 && !options.journal) status = options_wrong("--journal FILE is missing");
  if (status == 0 && options.script) status = script_file_read(options.script, &script);
  if (status == 0) status = open_world(&options, &script);
  base_buf_done(&script);
  return status;
}
