/*
 * foundry-mock-record, which `foundry-mock record` runs: the options of the recorder, and where its script goes.
 *
 * Always true: a file that was there before is not written over, unless --force was said.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "program/journal.h"
#include "program/options.h"
#include "program/watch.h"
#include "record/record.h"

enum { DEFAULT_CONNECTIONS = 200, DEFAULT_KEEP = 10000 };

struct options {
  const char *upstream, *script, *journal, *json_journal;
  unsigned long port, keep;
  struct option_list redact;
  bool insecure, force;
};

static void say_help(void);

#define OPTION(name) offsetof(struct options, name)

static const struct option_row OPTIONS[] = {
    {"upstream", "URL", "the real Foundry: http(s)://host[:port][/prefix], to which\n"
                        "/authService/100000002/appconfig is added\n", OPTION_TEXT, OPTION(upstream), 0, 0, NULL},
    {"script", "FILE", "at the end write what was learned to this Lua script (default: recorded.lua)\n", OPTION_TEXT, OPTION(script), 0, 0, NULL},
    {"force", NULL, "write over a script that is there already\n", OPTION_FLAG, OPTION(force), 0, 0, NULL},
    {"redact", "NAME", "the value of this member, parameter or header is a secret too; may be repeated.\n"
                       "Always secret: tokens, app key and secret, cookies, passwords\n", OPTION_LIST, OPTION(redact), 0, 0, NULL},
    {"insecure", NULL, "accept any TLS certificate of the upstream\n", OPTION_FLAG, OPTION(insecure), 0, 0, NULL},
    {"port", "N", "port to listen on at 127.0.0.1 (default: any free one)\n", OPTION_NUMBER, OPTION(port), 0, 65535, NULL},
    {"keep", "N", "remember N requests for the journal; what is learned knows all (default: 10000; 0 = all)\n", OPTION_NUMBER, OPTION(keep), 0, 1000000000, NULL},
    {"journal", "FILE", "write every request and answer to FILE as it happens (NDJSON, JOURNAL.md); appended to\n", OPTION_TEXT, OPTION(journal), 0, 0, NULL},
    {"json-journal", "FILE", "at the end write every request with its answer, as JSON (- = standard output)\n", OPTION_TEXT, OPTION(json_journal), 0, 0, NULL},
    {"help", NULL, "this text\n", OPTION_SAY, 0, 0, 0, say_help},
    {NULL, NULL, NULL, OPTION_FLAG, 0, 0, 0, NULL}};

static void say_help(void) {
  puts("Usage: foundry-mock record --upstream URL [OPTION]...\n"
       "Stand in front of a real Foundry, pass everything on, and write down what it serves: services, objects,\n"
       "rows and errors become a script for foundry-mock --script.\n");
  options_print(OPTIONS);
  puts("\nPrints the base URL and the URL of the service document, which name this program in the place of the\n"
       "upstream; what came by is shown at /, in a browser. Ends with SIGINT or SIGTERM. Secrets are taken out before anything is written.\n"
       "Exit status: 0 ended by a signal, 2 usage, 3 port taken or a file cannot be written.");
}

static int read_options(int argc, char **argv, struct options *options) {
  *options = (struct options){.script = "recorded.lua", .keep = DEFAULT_KEEP};
  int status = options_read(OPTIONS, argc, argv, options);
  if (status != 0) return status;
  if (!options->upstream) return options_wrong("--upstream URL is missing");
  if (!options->force && access(options->script, F_OK) == 0)
    return options_wrong("%s is there already: give another --script, or --force", options->script);
  return 0;
}

static int fail(const struct base_error *err) {
  fprintf(stderr, "foundry-mock: %s\n", err->text);
  return err->code == RECORD_ERR_UPSTREAM ? EXIT_USAGE : EXIT_FAILED;
}

static int write_script(struct record *record, const char *path) {
  struct base_error err = {0};
  CLEANUP(free_text) char *text = NULL;
  if (record_script(record, &text, &err) != 0) {
    fail(&err);
    return EXIT_FAILED;
  }
  FILE *file = fopen(path, "wb");
  bool written = file && fputs(text, file) >= 0;
  if (file && fclose(file) != 0) written = false;
  if (written) fprintf(stderr, "foundry-mock: what came by is in %s: foundry-mock --script %s serves it\n", path, path);
  else fprintf(stderr, "foundry-mock: cannot write the script %s: %s\n", path, strerror(errno));
  return written ? 0 : EXIT_FAILED;
}

static int serve(struct record *record, const struct options *options) {
  struct watch watch;
  watch_open(&watch, NULL);
  printf("%s\n%s/authService/100000002/appconfig\n", record_url(record), record_url(record));
  fflush(stdout);
  watch_next(&watch);
  watch_close(&watch);
  record_close(record);
  int status = write_script(record, options->script);
  int journal = options->json_journal ? program_write_journal(record_world(record), options->json_journal) : 0;
  return status ? status : journal;
}

int main(int argc, char **argv) {
  struct options options;
  struct record *record;
  struct base_error err = {0};
  int status = read_options(argc, argv, &options);
  if (status != 0) return status == OPTIONS_DONE ? 0 : status;
  watch_block_signals();
  const struct record_config config = {.upstream = options.upstream, .port = (unsigned)options.port, .threads = DEFAULT_CONNECTIONS,
                                       .insecure = options.insecure, .fields = options.redact.values,
                                       .field_count = options.redact.count, .keep = options.keep};
  if (record_start(&config, &record, &err) != 0) return fail(&err);
  status = options.journal ? mock_world_journal_file(record_world(record), options.journal, &err) : 0;
  status = status != 0 ? fail(&err) : serve(record, &options);
  record_stop(record);
  return status;
}
