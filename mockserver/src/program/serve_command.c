/*
 * foundry-mock without a command: one world that a script made.
 *
 * Always true: requests go to a world whose script ran to its end. A script that changed runs in a world
 * of its own, which takes the place of the old one when it is whole, and is thrown away when it is not.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "program/journal.h"
#include "program/log.h"
#include "program/models.h"
#include "program/options.h"
#include "program/script_file.h"
#include "program/serve.h"
#include "program/watch.h"

enum { DEFAULT_CONNECTIONS = 600, DEFAULT_KEEP = 10000, LINGER_MS = 10 * 60 * 1000 };
static const unsigned long NOT_GIVEN = ~0ul;

struct options {
  const char *script, *model, *print_model, *journal, *har, *json_journal, *world, *certificate;
  unsigned long port, connections, keep, rows, seed;
  bool no_reload, tls, log;
};

struct program {
  struct options options;
  const struct program_model *model; /* or NULL: the script is a file */
  struct base_buf text;
  struct mock_server *server;
  struct mock_world *world;
  struct watch watch;
};

static void say_help(void);

static void say_version(void) {
  puts("foundry-mock " FOUNDRY_MOCK_VERSION);
}

#define OPTION(name) offsetof(struct options, name)

static const struct option_row OPTIONS[] = {
    {"script", "FILE", "serve what this Lua script declares; it uses `server` and `require \"foundry\"`.\n"
                       "When the file changes it is run again: rows, rules and clock begin anew, the\n"
                       "journal goes on; a script with an error leaves the old one at work\n", OPTION_TEXT, OPTION(script), 0, 0, NULL},
    {"model", "NAME", "serve a ready-made model instead\n", OPTION_TEXT, OPTION(model), 0, 0, NULL},
    {"list-models", NULL, "the models, with what they have\n", OPTION_SAY, 0, 0, 0, models_print},
    {"print-model", "NAME", "its script, to begin one of your own with: foundry-mock --print-model sales >mine.lua\n", OPTION_TEXT, OPTION(print_model), 0, 0, NULL},
    {"stubs", NULL, "the reference of all that a script can say, with types for editors (LuaLS)\n", OPTION_SAY, 0, 0, 0, models_print_stubs},
    {"rows", "N", "how many rows the model makes up (a script: server.options.rows)\n", OPTION_NUMBER, OPTION(rows), 0, 1000000, NULL},
    {"seed", "S", "which rows: the same seed, the same rows (server.options.seed; default: 1)\n", OPTION_NUMBER, OPTION(seed), 0, 1ul << 62, NULL},
    {"port", "N", "port to listen on at 127.0.0.1 (default: any free one)\n", OPTION_NUMBER, OPTION(port), 0, 65535, NULL},
    {"tls", NULL, "speak TLS on the port, with a certificate that is made at the start\n", OPTION_FLAG, OPTION(tls), 0, 0, NULL},
    {"certificate", "FILE", "with --tls: write the certificate there (PEM), for clients to trust\n", OPTION_TEXT, OPTION(certificate), 0, 0, NULL},
    {"world", "NAME", "name of the world in its URL (default: mock)\n", OPTION_TEXT, OPTION(world), 0, 0, NULL},
    {"connections", "N", "serve N connections at one time, idle and hanging ones too (default: 600)\n", OPTION_NUMBER, OPTION(connections), 1, 5000, NULL},
    {"keep", "N", "remember N requests, batch contexts and upload answers, each; the oldest go first\n"
                  "(default: 10000; 0 = all, for as long as it runs)\n", OPTION_NUMBER, OPTION(keep), 0, 1000000000, NULL},
    {"journal", "FILE", "write every request and answer to FILE as it happens (NDJSON, JOURNAL.md); appended to\n", OPTION_TEXT, OPTION(journal), 0, 0, NULL},
    {"har", "FILE", "at the end write what is remembered as an HTTP archive (- = standard output)\n", OPTION_TEXT, OPTION(har), 0, 0, NULL},
    {"json-journal", "FILE", "at the end write every request with its answer, as JSON (- = standard output)\n", OPTION_TEXT, OPTION(json_journal), 0, 0, NULL},
    {"log", NULL, "a line for each request on standard error: when it came, status, kind, records, duration, target,\n"
                  "findings and fault; in colours on a terminal, unless NO_COLOR is set\n", OPTION_FLAG, OPTION(log), 0, 0, NULL},
    {"no-reload", NULL, "do not watch the script\n", OPTION_FLAG, OPTION(no_reload), 0, 0, NULL},
    {"help", NULL, "this text\n", OPTION_SAY, 0, 0, 0, say_help},
    {"version", NULL, "the version\n", OPTION_SAY, 0, 0, 0, say_version},
    {NULL, NULL, NULL, OPTION_FLAG, 0, 0, 0, NULL}};

static void say_help(void) {
  puts("Usage: foundry-mock --model NAME | --script FILE [OPTION]...\n"
       "       foundry-mock record --upstream URL [OPTION]...       (foundry-mock record --help)\n"
       "       foundry-mock judge --journal FILE [OPTION]...        (foundry-mock judge --help)\n"
       "Serve a mock Foundry: a Lua script declares services, objects, rows and rules.\n");
  options_print(OPTIONS);
  puts("\nPrints the base URL (an app's), the URL of the service document, and that of the inspector: a page that shows\n"
       "requests, rows and rules, and switches faults on. Ends with SIGINT or SIGTERM.\n"
       "Exit status: 0 ended by a signal, 2 usage or no such script, 3 port taken or script failed.");
}

static int find_model(const char *name, const struct program_model **out) {
  *out = models_find(name);
  return *out ? 0 : options_wrong("there is no model %s: foundry-mock --list-models names them", name);
}

static int print_model(const char *name) {
  const struct program_model *model;
  int status = find_model(name, &model);
  if (status != 0) return status;
  models_print_text(model);
  return OPTIONS_DONE;
}

static int read_options(int argc, char **argv, struct program *program) {
  struct options *options = &program->options;
  *options = (struct options){.world = "mock", .connections = DEFAULT_CONNECTIONS, .keep = DEFAULT_KEEP,
                              .rows = NOT_GIVEN, .seed = NOT_GIVEN};
  int status = options_read(OPTIONS, argc, argv, options);
  if (status != 0) return status;
  if (options->print_model) return print_model(options->print_model);
  if (!options->script && !options->model)
    return options_wrong("--model NAME or --script FILE is missing: --model organization is one to begin with");
  if (options->certificate && !options->tls) return options_wrong("--certificate needs --tls");
  if (options->script && options->model) return options_wrong("--model and --script exclude each other");
  return options->script ? 0 : find_model(options->model, &program->model);
}

/* ---- the world ---- */

static const char *script_name(const struct program *program) {
  return program->model ? program->model->name : program->options.script;
}

static int read_script(struct program *program) {
  base_buf_clear(&program->text);
  if (!program->model) return script_file_read(program->options.script, &program->text);
  base_buf_append(&program->text, program->model->text, program->model->len);
  return 0;
}

static int run_script(struct program *program, struct mock_world *world, const char *complaint) {
  const struct options *options = &program->options;
  mock_world_set_keep(world, options->keep);
  mock_world_set_linger(world, LINGER_MS);
  if (options->log) log_world(world);
  mock_world_set_repetitions(world, 0); /* nobody says here when an app's sync has ended */
  return script_file_run(world, script_name(program), &program->text, options->rows == NOT_GIVEN ? -1 : (long long)options->rows,
                         options->seed == NOT_GIVEN ? -1 : (long long)options->seed, complaint);
}

static int fail(const struct base_error *err) {
  fprintf(stderr, "foundry-mock: %s\n", err->text);
  return err->code == MOCK_ERR_NAME ? EXIT_USAGE : EXIT_FAILED;
}

/* The script changed. Whatever goes wrong, the world that is at work stays. */
static void reload(struct program *program) {
  struct base_error err = {0};
  struct mock_world *next;
  if (read_script(program) != 0) return;
  if (mock_world_open_next(program->world, &next, &err) != 0) {
    fail(&err);
    return;
  }
  if (run_script(program, next, "the changed script failed, the old one stays at work") != 0) {
    mock_world_free(next);
    return;
  }
  mock_world_take_over(next, program->world);
  program->world = next;
  fprintf(stderr, "foundry-mock: %s changed and was run again; rows, rules and clock begin anew\n", program->options.script);
}

/* What was asked for at the end; the first failure is the exit code. */
static int write_files(struct mock_world *world, const struct options *options) {
  struct base_error err = {0};
  int status = mock_world_journal_failed(world, &err) ? fail(&err) : 0;
  if (options->json_journal && program_write_journal(world, options->json_journal) != 0) status = EXIT_FAILED;
  if (options->har && program_write_archive(world, options->har) != 0) status = EXIT_FAILED;
  return status;
}

static void watch_script(struct program *program) {
  const char *path = program->options.no_reload ? NULL : program->options.script;
  if (!watch_open(&program->watch, path))
    fprintf(stderr, "foundry-mock: changes of %s will not be seen: %s\n", path, strerror(errno));
}

/* A fault that never came, or came and found nothing to change, is worth a line: the script's author counts on it. */
static void report_rules(struct mock_world *world) {
  mock_world_lock(world);
  CLEANUP(json_free) cJSON *unfired = mock_world_unfired_rules(world), *rules = mock_world_rules(world);
  mock_world_unlock(world);
  const cJSON *line, *rule;
  cJSON_ArrayForEach(line, unfired) fprintf(stderr, "foundry-mock: never came: %s\n", line->valuestring);
  cJSON_ArrayForEach(rule, rules) {
    if (json_find(rule, "idle")) fprintf(stderr, "foundry-mock: changed nothing: %s\n", json_find_string(rule, "rule"));
  }
}

static int serve(struct program *program) {
  const char *url = mock_world_url(program->world);
  watch_script(program);
  printf("%s\n%s/authService/100000002/appconfig\n%s/\n", url, url, mock_server_url(program->server));
  fflush(stdout);
  while (watch_next(&program->watch) == WATCH_CHANGED) reload(program);
  report_rules(program->world);
  mock_world_close(program->world);
  return write_files(program->world, &program->options);
}

static int write_certificate(const struct program *program) {
  const char *path = program->options.certificate;
  FILE *file = fopen(path, "wb");
  bool written = file && fputs(mock_server_certificate(program->server), file) >= 0;
  if (file && fclose(file) != 0) written = false;
  if (written) return 0;
  fprintf(stderr, "foundry-mock: cannot write the certificate to %s: %s\n", path, strerror(errno));
  return EXIT_FAILED;
}

/* A connection takes a descriptor, and another while it waits: as many as the system lets us have. */
static void raise_file_limit(void) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files); /* without it there are fewer, no error yet */
}

static int start(struct program *program) {
  struct mock_config config = {.port = (unsigned)program->options.port, .threads = (unsigned)program->options.connections,
                               .tls = program->options.tls};
  struct base_error err = {0};
  if (program_check_output(program->options.har) != 0 || program_check_output(program->options.json_journal) != 0) return EXIT_FAILED;
  watch_block_signals();
  raise_file_limit();
  if (mock_server_start(&config, &program->server, &err) != 0 ||
      mock_world_open(program->server, program->options.world, &program->world, &err) != 0)
    return fail(&err);
  if (program->options.journal && mock_world_journal_file(program->world, program->options.journal, &err) != 0) return fail(&err);
  int status = program->options.certificate ? write_certificate(program) : 0;
  if (status == 0) status = run_script(program, program->world, "the script failed");
  return status == 0 ? serve(program) : status;
}

extern void __gcov_dump(void) __attribute__((weak)); /* there when coverage is measured */

/* The answers have left and the journal is written. To take 600 threads down one by one takes longer than all that. */
static _Noreturn void leave(int status) {
  fflush(NULL);
  if (__gcov_dump) __gcov_dump();
  _exit(status);
}

int command_serve(int argc, char **argv) {
  struct program program = {.text = BASE_BUF_INIT, .watch = {.signals = -1, .files = -1}};
  int status = read_options(argc, argv, &program);
  if (status == 0) status = read_script(&program);
  if (status == 0) leave(start(&program));
  base_buf_done(&program.text);
  return status == OPTIONS_DONE ? 0 : status;
}
