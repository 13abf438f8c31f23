/*
 * foundry-mock: serves one world that a Lua script made, until SIGINT or SIGTERM.
 *
 * Exit codes: 0 ended by a signal or --help; 2 usage, or the script cannot be read; 3 the port cannot be
 * had, or the script failed.
 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "foundrymock/mock.h"

enum { EXIT_USAGE = 2, EXIT_FAILED = 3, SCRIPT_MAX = 16 * 1024 * 1024 };
enum { DEFAULT_CONNECTIONS = 600, DEFAULT_KEEP = 10000 };

struct options {
  const char *script, *journal, *world;
  unsigned long port, connections, keep;
};

static const char HELP[] =
    "Usage: foundry-mock --script FILE [OPTION]...\n"
    "Serve a scripted Foundry: a Lua file declares services, objects, rows and rules.\n"
    "\n"
    "  --script FILE         the Lua script; it uses `server` and `require \"foundry\"`\n"
    "  --port N              port to listen on at 127.0.0.1 (default: any free one)\n"
    "  --world NAME          name of the world in its URL (default: mock)\n"
    "  --connections N       serve N connections at one time, idle and hanging ones too (default: 600)\n"
    "  --keep N              remember N requests, batch contexts and upload answers, each; the oldest go first\n"
    "                        (default: 10000; 0 = all, for as long as it runs)\n"
    "  --json-journal FILE   at the end write every request with its answer, as JSON (- = standard output)\n"
    "  --help                this text\n"
    "  --version             the version\n"
    "\n"
    "Prints the base URL and the URL of the service document; ends with SIGINT or SIGTERM.\n"
    "Exit status: 0 ended by a signal, 2 usage or no such script, 3 port taken or script failed.\n";

static int usage(const char *what, const char *value) {
  fprintf(stderr, "foundry-mock: %s%s (foundry-mock --help says more)\n", what, value);
  return EXIT_USAGE;
}

static bool read_number(const char *text, unsigned long least, unsigned long most, unsigned long *out) {
  char *end = NULL;
  unsigned long number = strtoul(text, &end, 10);
  if (*end || *text < '0' || *text > '9' || number < least || number > most) return false;
  *out = number;
  return true;
}

/* 0 go on, 1 done, or an exit code. */
static int read_options(int argc, char **argv, struct options *out) {
  static const struct option OPTIONS[] = {{"script", 1, NULL, 's'}, {"port", 1, NULL, 'p'}, {"world", 1, NULL, 'w'},
                                          {"connections", 1, NULL, 'c'}, {"keep", 1, NULL, 'k'},
                                          {"json-journal", 1, NULL, 'j'}, {"help", 0, NULL, 'h'},
                                          {"version", 0, NULL, 'v'}, {NULL, 0, NULL, 0}};
  int option;
  *out = (struct options){.world = "mock", .connections = DEFAULT_CONNECTIONS, .keep = DEFAULT_KEEP};
  opterr = 0;
  while ((option = getopt_long(argc, argv, ":h", OPTIONS, NULL)) != -1) {
    switch (option) {
    case 's': out->script = optarg; break;
    case 'w': out->world = optarg; break;
    case 'j': out->journal = optarg; break;
    case 'p':
      if (read_number(optarg, 0, 65535, &out->port)) break;
      return usage("--port takes a number from 0 to 65535, not ", optarg);
    case 'c':
      if (read_number(optarg, 1, 5000, &out->connections)) break;
      return usage("--connections takes a number from 1 to 5000, not ", optarg);
    case 'k':
      if (read_number(optarg, 0, 1000000000, &out->keep)) break;
      return usage("--keep takes a number from 0 to 1000000000, not ", optarg);
    case 'h': fputs(HELP, stdout); return 1;
    case 'v': puts("foundry-mock " FOUNDRY_MOCK_VERSION); return 1;
    case ':': return usage("a value is missing behind ", argv[optind - 1]);
    default: return usage("unknown option ", argv[optind - 1]);
    }
  }
  if (optind < argc) return usage("unexpected argument ", argv[optind]);
  return out->script ? 0 : usage("--script FILE is missing", "");
}

static void close_file(FILE **file) {
  if (*file) fclose(*file);
}

static void free_buf(struct base_buf *buf) {
  base_buf_done(buf);
}

static int read_script(const char *path, struct base_buf *text) {
  CLEANUP(close_file) FILE *file = fopen(path, "rb");
  text->max = SCRIPT_MAX;
  while (file && !text->failed && !feof(file) && !ferror(file)) {
    char *to = base_buf_reserve(text, 65536);
    size_t len = to ? fread(to, 1, 65536, file) : 0;
    if (to) base_buf_added(text, len);
  }
  if (file && !ferror(file) && !text->failed) return 0;
  fprintf(stderr, "foundry-mock: cannot read the script %s: %s\n", path,
          text->failed ? "it is larger than 16 MiB" : strerror(errno));
  return EXIT_USAGE;
}

static int run_script(struct mock_world *world, const char *path, const struct base_buf *text) {
  struct base_error err = {0};
  mock_world_lock(world);
  int status = mock_script_load(world, base_buf_string(text), text->len, path, &err);
  if (status == 0) status = mock_script_call(world, 0, 0, &err);
  mock_world_unlock(world);
  if (status == 0) return 0;
  fprintf(stderr, "foundry-mock: the script failed: %s\n", err.text);
  return EXIT_FAILED;
}

static int write_journal(struct mock_world *world, const char *path) {
  mock_world_lock(world);
  cJSON *journal = mock_world_journal(world, 0);
  mock_world_unlock(world);
  CLEANUP(free_text) char *text = json_print(journal);
  cJSON_Delete(journal);
  FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
  bool written = file && text && fprintf(file, "%s\n", text) > 0;
  if (file && file != stdout && fclose(file) != 0) written = false;
  if (written) return 0;
  fprintf(stderr, "foundry-mock: cannot write the journal to %s: %s\n", path, strerror(errno));
  return EXIT_FAILED;
}

/* The signals are blocked from the start, so that every thread inherits that and sigwait() gets them. */
static void block_signals(sigset_t *signals) {
  sigemptyset(signals);
  sigaddset(signals, SIGINT);
  sigaddset(signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, signals, NULL);
  signal(SIGPIPE, SIG_IGN);
}

static void report_script_error(struct mock_world *world) {
  struct base_error err = {0};
  mock_world_lock(world);
  if (mock_world_script_error(world, &err)) fprintf(stderr, "foundry-mock: a rule's function failed: %s\n", err.text);
  mock_world_unlock(world);
}

static int serve(struct mock_world *world, const struct options *options, const sigset_t *signals) {
  int signal_number;
  printf("%s\n%s/authService/100000002/appconfig\n", mock_world_url(world), mock_world_url(world));
  fflush(stdout);
  sigwait(signals, &signal_number);
  report_script_error(world);
  mock_world_close(world);
  return options->journal ? write_journal(world, options->journal) : 0;
}

static int run(const struct options *options, const struct base_buf *text, const sigset_t *signals) {
  struct mock_config config = {.port = (unsigned)options->port, .threads = (unsigned)options->connections};
  struct mock_server *server;
  struct mock_world *world;
  struct base_error err = {0};
  if (mock_server_start(&config, &server, &err) != 0) {
    fprintf(stderr, "foundry-mock: %s\n", err.text);
    return EXIT_FAILED;
  }
  int status = mock_world_open(server, options->world, &world, &err);
  if (status != 0) {
    fprintf(stderr, "foundry-mock: %s\n", err.text);
    status = status == MOCK_ERR_NAME ? EXIT_USAGE : EXIT_FAILED;
  } else {
    mock_world_set_keep(world, options->keep);
    status = run_script(world, options->script, text);
    if (status == 0) status = serve(world, options, signals);
    mock_world_free(world);
  }
  mock_server_stop(server);
  return status;
}

int main(int argc, char **argv) {
  struct options options;
  CLEANUP(free_buf) struct base_buf text = BASE_BUF_INIT;
  sigset_t signals;
  int status = read_options(argc, argv, &options);
  if (status != 0) return status == 1 ? 0 : status;
  status = read_script(options.script, &text);
  if (status != 0) return status;
  block_signals(&signals);
  return run(&options, &text, &signals);
}
