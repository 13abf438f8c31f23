/* foundrycheck: the commands. Every failure is one sentence on standard error and an exit code. */
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "catalogue.h"
#include "doctor.h"
#include "expected.h"
#include "file.h"
#include "filter.h"
#include "foundrymock/mock.h"
#include "listing.h"
#include "options.h"
#include "places.h"
#include "protocol.h"
#include "recording.h"
#include "report.h"
#include "run.h"
#include "suite.h"
#include "trace.h"

enum exit_code { CONFORMS = 0, DEVIATES = 1, USAGE = 2, BROKEN = 3 };

/* What the commands need, opened as they need it, released in reverse. */
struct program {
  struct options options;
  struct places places;
  struct catalogue *catalogue;
  struct mock_server *server;
  struct suite *suite;
  const struct scenario *const *selected;
  size_t count;
  struct expected *expected;
  struct trace *trace;
  struct recording *recording; /* written by run, read by replay */
  struct process_words command;
  char *storage;
  char *rerun; /* the command line without its filters */
};

static volatile sig_atomic_t stop_wanted;

static void want_stop(int signal_number) {
  (void)signal_number;
  stop_wanted = 1;
}

static int complain(int code, const struct base_error *err) {
  fprintf(stderr, "foundrycheck: %s\n", err->text);
  return code;
}

static int print(const struct base_buf *text) {
  fwrite(base_buf_string(text), 1, text->len, stdout);
  return fflush(stdout) == 0 ? 0 : BROKEN;
}

static void close_program(struct program *program) {
  if (program->storage && !program->options.keep) file_remove_folder(program->storage);
  else if (program->storage) fprintf(stderr, "foundrycheck: storage is kept in %s\n", program->storage);
  free(program->storage);
  free(program->rerun);
  process_words_done(&program->command);
  trace_close(program->trace);
  recording_close(program->recording);
  expected_free(program->expected);
  free((void *)(uintptr_t)program->selected);
  suite_free(program->suite);
  if (program->server) mock_server_stop(program->server);
  catalogue_free(program->catalogue);
  places_done(&program->places);
}

/* ---- opening ---- */

static unsigned thread_count(const struct options *options) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  return options->threads ? options->threads : cores > 1 ? (unsigned)(2 * cores) : 2;
}

/* Each open connection takes one: idle ones, and those of requests that hang. */
static unsigned connections(const struct options *options) {
  enum { FOR_ALL = 64, FOR_EACH_TESTEE = 16 };
  return FOR_ALL + FOR_EACH_TESTEE * thread_count(options);
}

static int open_server(struct program *program, struct base_error *err) {
  struct mock_config config = {.port = program->options.port, .threads = connections(&program->options)};
  return mock_server_start(&config, &program->server, err) ? BROKEN : 0;
}

static int open_catalogue(struct program *program, struct base_error *err) {
  const char *path = program->options.catalogue ? program->options.catalogue : program->places.catalogue;
  return catalogue_load(path, &program->catalogue, err) ? BROKEN : 0;
}

static int open_suite(struct program *program, struct base_error *err) {
  const char *folder = program->options.scenarios ? program->options.scenarios : program->places.scenarios;
  int status = open_catalogue(program, err);
  if (!status) status = open_server(program, err);
  if (!status && suite_load(folder, program->places.scenarios, program->catalogue, program->server,
                            &program->suite, err))
    status = program->options.scenarios && err->code == SUITE_ERR_FOLDER ? USAGE : BROKEN;
  if (!status && filter_select(&program->options, program->suite, program->catalogue, &program->selected,
                               &program->count, err))
    status = USAGE;
  return status;
}

static bool is_scenario(const void *context, const char *glob) {
  const struct suite *suite = context;
  for (size_t i = 0; i < suite_count(suite); i++)
    if (strcmp(suite_row(suite, i)->name, glob) == 0 || fnmatch(glob, suite_row(suite, i)->name, 0) == 0) return true;
  return false;
}

static int open_expected(struct program *program, struct base_error *err) {
  const struct options *options = &program->options;
  if (!options->expected) return 0;
  if ((options->fix_expected ? expected_load_unfinished : expected_load)(options->expected,
                                                                         &program->expected, err))
    return USAGE;
  if (expected_check(program->expected, program->catalogue, is_scenario, program->suite, err) == 0) return 0;
  base_fail_within(err, "%s", options->expected);
  return USAGE;
}

/* The entries that count are those for this port, on this day. */
static void settle_expected(struct program *program, const cJSON *hello) {
  char today[16] = "";
  const char *name = json_find_string(hello, "name"), *version = json_find_string(hello, "version");
  time_t now = time(NULL);
  struct tm day;
  if (gmtime_r(&now, &day)) strftime(today, sizeof today, "%Y-%m-%d", &day);
  expected_set_port(program->expected, name ? name : "", version ? version : "", today);
}

static bool is_whole(const struct program *program) { return program->count == suite_count(program->suite); }

static int fix_expected(const struct program *program) {
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  struct base_error err = {0};
  expected_fixed(program->expected, is_whole(program), &text);
  if (file_write(program->options.expected, base_buf_string(&text), text.len, &err)) return complain(BROKEN, &err);
  fprintf(stderr, "foundrycheck: %s is written anew\n", program->options.expected);
  return 0;
}

static int default_command(struct program *program, struct base_error *err) {
  const char *words[] = {program->places.testee, program->options.api ? "--api" : NULL, program->options.api,
                         program->options.channel ? "--channel" : NULL, program->options.channel};
  int status = 0;
  for (size_t i = 0; i < sizeof words / sizeof *words && !status; i++)
    if (words[i]) status = process_add_word(&program->command, words[i], err);
  return status;
}

static int open_storage(struct program *program, struct base_error *err) {
  const char *temporary = getenv("TMPDIR"), *given = program->options.storage;
  const char *parent = given ? given : temporary && *temporary ? temporary : "/tmp";
  return file_make_temporary(parent, &program->storage, err) ? BROKEN : 0;
}

static int open_testee(struct program *program, struct base_error *err) {
  const struct options *options = &program->options;
  if (options->testee ? process_split(options->testee, &program->command, err) : default_command(program, err))
    return USAGE;
  if (options->trace && trace_open(options->trace, &program->trace, err)) return BROKEN;
  return open_storage(program, err);
}

static struct session_config session_of(const struct program *program) {
  return (struct session_config){.catalogue = program->catalogue,
                                 .suite = program->suite,
                                 .server = program->server,
                                 .testee = {.command = program->command, .trace = program->trace, .stop = &stop_wanted},
                                 .stop = &stop_wanted,
                                 .strictness = program->options.strictness,
                                 .seed = program->options.seed,
                                 .histories = program->options.histories,
                                 .save_failures = program->options.save_failures,
                                 .limit_ms = program->options.limit_ms,
                                 .storage = program->storage,
                                 .recording = program->recording,
                                 .plays = program->options.command == COMMAND_REPLAY,
                                 .keep = program->options.keep};
}

/* ---- recordings ---- */

/* FNV-1a: tells whether a recording is judged by the catalogue that it was made with. */
static int digest_of_catalogue(const struct program *program, char digest[17], struct base_error *err) {
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  uint64_t hash = 0xCBF29CE484222325u;
  if (file_read(program->options.catalogue ? program->options.catalogue : program->places.catalogue, &text, err)) return BROKEN;
  for (size_t i = 0; i < text.len; i++) hash = (hash ^ (unsigned char)base_buf_string(&text)[i]) * 0x100000001B3u;
  snprintf(digest, 17, "%016" PRIx64, hash);
  return 0;
}

/* The first line of a recording. Seeds are text: JSON's readers round numbers of 64 bits. */
static cJSON *make_head(const struct program *program, const cJSON *hello, const char *digest) {
  char seed[24];
  cJSON *head = cJSON_CreateObject();
  snprintf(seed, sizeof seed, "%" PRIu64, program->options.seed);
  cJSON_AddStringToObject(head, "suite", CONFORMANCE_VERSION);
  cJSON_AddStringToObject(head, "catalogue", digest);
  cJSON_AddStringToObject(head, "seed", seed);
  cJSON_AddBoolToObject(head, "seeded", program->options.seeded);
  cJSON_AddItemToObject(head, "histories", json_create_integer(program->options.histories));
  cJSON_AddItemToObject(head, "hello", cJSON_Duplicate(hello, true));
  cJSON *names = cJSON_AddArrayToObject(head, "scenarios");
  for (size_t i = 0; i < program->count; i++)
    cJSON_AddItemToArray(names, cJSON_CreateString(program->selected[i]->name));
  return head;
}

static int begin_recording(struct program *program, const cJSON *hello, struct base_error *err) {
  char digest[17];
  if (!program->options.record) return 0;
  if (digest_of_catalogue(program, digest, err)) return BROKEN;
  CLEANUP(json_free) cJSON *head = make_head(program, hello, digest);
  return recording_create(program->options.record, head, &program->recording, err) ? BROKEN : 0;
}

static bool is_recorded(const cJSON *names, const char *name) {
  const cJSON *item;
  cJSON_ArrayForEach(item, names) if (cJSON_IsString(item) && strcmp(item->valuestring, name) == 0) return true;
  return false;
}

/* Of the scenarios that are asked for, those that the recorded run had. */
static int keep_recorded(struct program *program, struct base_error *err) {
  const cJSON *names = json_find(recording_head(program->recording), "scenarios");
  const struct scenario **kept = calloc(program->count + 1, sizeof *kept);
  if (!kept) return base_fail(err, BROKEN, "", "out of memory");
  size_t count = 0;
  for (size_t i = 0; i < program->count; i++)
    if (is_recorded(names, program->selected[i]->name)) kept[count++] = program->selected[i];
  free((void *)(uintptr_t)program->selected);
  program->selected = kept;
  program->count = count;
  return count ? 0 : base_fail(err, USAGE, "", "%.300s has none of these scenarios", program->options.argument);
}

/* What the recorded run was given beside the scenarios. */
static int take_head(struct program *program, struct base_error *err) {
  const cJSON *head = recording_head(program->recording);
  const char *seed = json_find_string(head, "seed"), *catalogue = json_find_string(head, "catalogue");
  char digest[17];
  int64_t histories = 0;
  json_integer(json_find(head, "histories"), &histories);
  program->options.seed = seed ? strtoull(seed, NULL, 10) : 1;
  program->options.seeded = cJSON_IsTrue(json_find(head, "seeded"));
  program->options.histories = histories > 0 ? (unsigned)histories : 0;
  if (digest_of_catalogue(program, digest, err)) return BROKEN;
  if (!catalogue || strcmp(catalogue, digest) != 0)
    fputs("foundrycheck: judged by another catalogue than the one of the recorded run\n", stderr);
  return 0;
}

/* ---- run ---- */

struct telling {
  const struct program *program;
  struct report_style style;
  bool console; /* standard output belongs to the console report */
};

static void tell_scenario(void *context, size_t i, struct result *result) {
  const struct telling *telling = context;
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  expected_apply(telling->program->expected, telling->program->selected[i]->name, result);
  CLEANUP(json_free) cJSON *entry = report_scenario(telling->program->selected[i], result);
  report_console_scenario(&text, entry, &telling->style);
  if (telling->console) print(&text);
}

/* Words that the line which runs one scenario again leaves out: filters, reports, brevity. */
static const struct {
  const char *word;
  bool has_value;
} LEFT_OUT[] = {{"--name", true},   {"--tag", true},  {"--requirement", true}, {"--report", true},
                {"--json", true},   {"--repeat", true}, {"--quiet", false},    {"-q", false},
                {"--shard", true},  {"--until-fail", false}, {"--shuffle", false},
                {"--fix-expected", false}, {"--record", true}};

/* How many words of the command line belong to an option that is left out: 0, 1, or 2 with its value. */
static int words_left_out(const char *word) {
  for (size_t i = 0; i < sizeof LEFT_OUT / sizeof *LEFT_OUT; i++) {
    size_t len = strlen(LEFT_OUT[i].word);
    if (strncmp(word, LEFT_OUT[i].word, len) != 0 || (word[len] != '\0' && word[len] != '=')) continue;
    return LEFT_OUT[i].has_value && word[len] == '\0' ? 2 : 1;
  }
  return 0;
}

static char *rerun_command(int argc, char *const *argv) {
  CLEANUP(base_buf_done) struct base_buf out = BASE_BUF_INIT;
  base_buf_printf(&out, "%s %s", argv[0], argc > 1 ? argv[1] : "run");
  for (int i = 2; i < argc;) {
    int skip = words_left_out(argv[i]);
    if (skip == 0) base_buf_printf(&out, strpbrk(argv[i], " '\"*$") ? " \"%s\"" : " %s", argv[i]);
    i += skip > 0 ? skip : 1;
  }
  return base_buf_steal(&out);
}

static bool writes_to_output(const struct options *options) {
  for (size_t i = 0; i < options->reports.count; i++) {
    const char *colon = strchr(options->reports.values[i], ':');
    if (colon && strcmp(colon + 1, "-") == 0) return true;
  }
  return options->json_file && strcmp(options->json_file, "-") == 0;
}

static int write_json(const cJSON *document, const char *path, struct base_error *err) {
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  report_json(&text, document);
  return file_write(path, base_buf_string(&text), text.len, err);
}

static int write_report(const struct program *program, const cJSON *document, const char *report,
                        struct base_error *err) {
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  const char *path;
  const struct report_kind *kind = report_kind_find(report, &path);
  if (!kind) return 0; /* the console */
  kind->print(&text, document, program->rerun);
  return file_write(path, base_buf_string(&text), text.len, err);
}

static int write_reports(const struct program *program, const cJSON *document) {
  const struct options *options = &program->options;
  struct base_error err = {0};
  int code = 0;
  for (size_t i = 0; i < options->reports.count; i++)
    if (write_report(program, document, options->reports.values[i], &err)) code = complain(BROKEN, &err);
  if (options->json_file && write_json(document, options->json_file, &err)) code = complain(BROKEN, &err);
  return code;
}

static int try_report(const char *path, struct base_error *err) {
  FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "a");
  if (!file) return base_fail(err, BROKEN, "", "the report %.300s cannot be written: %s", path, strerror(errno));
  return file == stdout || fclose(file) == 0 ? 0 : base_fail(err, BROKEN, "", "the report %.300s cannot be written", path);
}

/* Before the run: a report that cannot be written is told while nothing is lost yet. */
static int try_reports(const struct options *options, struct base_error *err) {
  int status = options->json_file ? try_report(options->json_file, err) : 0;
  for (size_t i = 0; i < options->reports.count && status == 0; i++) {
    const char *colon = strchr(options->reports.values[i], ':');
    if (colon) status = try_report(colon + 1, err);
  }
  return status;
}

static int conclude(const struct program *program, const struct telling *telling, struct report_input *input) {
  CLEANUP(json_free) cJSON *document = report_build(input);
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  int64_t code = BROKEN;
  report_console_tail(&text, document, &telling->style);
  if (telling->console) print(&text);
  json_integer(json_find(document, "exitCode"), &code);
  int written = write_reports(program, document);
  if (program->options.fix_expected && !written) written = fix_expected(program);
  return written ? written : (int)code;
}

static int run_scenarios(struct program *program, struct telling *telling, struct session_testee *first) {
  CLEANUP(base_buf_done) struct base_buf head = BASE_BUF_INIT;
  CLEANUP(json_free) cJSON *hello = cJSON_Duplicate(first->hello, true);
  struct base_clock clock = base_clock_system();
  int64_t start_ms = clock.monotonic_ms(clock.context);
  char problem[256] = "";
  struct base_error err = {0};
  struct result *results = calloc(program->count + 1, sizeof *results);
  if (!results) return BROKEN;
  struct run_config config = {.session = session_of(program), .scenarios = program->selected,
                              .count = program->count, .threads = thread_count(&program->options),
                              .repeat = program->options.repeat, .until_fail = program->options.until_fail,
                              .shuffle = program->options.shuffle, .stop = &stop_wanted,
                              .done = tell_scenario, .context = telling};
  struct report_input input = {.catalogue = program->catalogue, .scenarios = program->selected,
                               .results = results, .count = program->count, .hello = hello,
                               .profile = first->profile, .strictness = program->options.strictness,
                               .expected = program->expected, .whole = is_whole(program), .threads = config.threads,
                               .seed = program->options.seeded ? &program->options.seed : NULL};
  config.session.profile = &input.profile;
  settle_expected(program, hello);
  report_console_head(&head, &input, &telling->style);
  if (telling->console) print(&head);
  run_all(&config, first, results, problem);
  input.problem = problem[0] ? problem : stop_wanted ? "the run was stopped before its end" : NULL;
  if (program->options.command == COMMAND_REPLAY && !input.problem) input.problem = recording_problem(program->recording);
  input.wall_ms = clock.monotonic_ms(clock.context) - start_ms;
  int code = conclude(program, telling, &input);
  if (program->options.record && recording_finish(program->recording, input.problem, &err)) code = complain(BROKEN, &err);
  for (size_t i = 0; i < program->count; i++) result_done(&results[i]);
  free(results);
  return code;
}

/* A shuffled run that is given no seed takes one of its own, and prints it. */
static void settle_seed(struct options *options) {
  if (!options->shuffle || options->seeded) return;
  options->seeded = getrandom(&options->seed, sizeof options->seed, 0) == sizeof options->seed;
}

static int tell_run(struct program *program, struct session_testee *first) {
  bool colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
  struct telling telling = {.program = program, .console = !writes_to_output(&program->options),
                            .style = {colour, program->options.quiet, program->rerun}};
  return run_scenarios(program, &telling, first);
}

static int run_command(struct program *program) {
  struct base_error err = {0};
  const struct options *options = &program->options;
  settle_seed(&program->options);
  int status = open_suite(program, &err);
  if (!status) status = open_expected(program, &err);
  if (!status && try_reports(options, &err)) status = BROKEN;
  if (!status) status = open_testee(program, &err);
  if (status) return complain(status, &err);
  struct session_config session = session_of(program);
  struct session_testee first = {0};
  if (session_start_testee(&session, &first, &err)) {
    cJSON_Delete(first.hello);
    return complain(BROKEN, &err);
  }
  if (begin_recording(program, first.hello, &err)) {
    char problem[256];
    session_stop_testee(&first, false, problem);
    cJSON_Delete(first.hello);
    return complain(BROKEN, &err);
  }
  return tell_run(program, &first);
}

static int replay_command(struct program *program) {
  struct base_error err = {0};
  struct session_testee first = {0};
  int status = recording_open(program->options.argument, &program->recording, &err);
  if (status) return complain(BROKEN, &err);
  status = open_suite(program, &err);
  if (!status) status = keep_recorded(program, &err);
  if (!status) status = take_head(program, &err);
  if (!status) status = open_expected(program, &err);
  if (!status && try_reports(&program->options, &err)) status = BROKEN;
  if (!status) status = open_storage(program, &err);
  if (status) return complain(status, &err);
  struct session_config session = session_of(program);
  if (session_start_testee(&session, &first, &err)) {
    cJSON_Delete(first.hello);
    return complain(BROKEN, &err);
  }
  return tell_run(program, &first);
}

/* ---- list, requirements ---- */

/* Scenarios that cannot run are told on standard error. */
static int complain_of_broken(const struct program *program) {
  int code = 0;
  for (size_t i = 0; i < program->count; i++) {
    if (!program->selected[i]->error) continue;
    fprintf(stderr, "foundrycheck: %s: %s\n", program->selected[i]->name, program->selected[i]->error);
    code = BROKEN;
  }
  return code;
}

static int list_command(struct program *program) {
  struct base_error err = {0};
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  int status = open_suite(program, &err);
  if (status) return complain(status, &err);
  listing_scenarios(&text, program->selected, program->count, program->options.json);
  print(&text);
  return complain_of_broken(program);
}

static int requirements_command(struct program *program) {
  struct base_error err = {0};
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  int status = open_suite(program, &err);
  if (status) return complain(status, &err);
  listing_requirements(&text, program->catalogue, program->selected, program->count, program->options.json);
  return print(&text);
}

/* ---- doctor, schema ---- */

static void doctor_text(struct base_buf *out, const cJSON *probes) {
  const cJSON *probe;
  cJSON_ArrayForEach(probe, probes) {
    const char *message = json_find_string(probe, "message"), *note = json_find_string(probe, "note");
    base_buf_printf(out, "%s  %s\n", message ? "FAILED" : "ok    ", json_find_string(probe, "probe"));
    if (message) base_buf_printf(out, "        %s\n", message);
    if (note) base_buf_printf(out, "        %s\n", note);
  }
  base_buf_text(out, doctor_is_well(probes) ? "the adapter is ready\n" : "the adapter is not ready\n");
}

static int doctor_command(struct program *program) {
  struct base_error err = {0};
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  int status = open_server(program, &err);
  if (!status) status = open_testee(program, &err);
  if (status) return complain(status, &err);
  struct session_config config = session_of(program);
  CLEANUP(json_free) cJSON *probes = doctor_examine(&config);
  doctor_text(&text, probes);
  print(&text);
  if (program->options.json_file && write_json(probes, program->options.json_file, &err))
    return complain(BROKEN, &err);
  return doctor_is_well(probes) ? CONFORMS : BROKEN;
}

static int schema_command(struct program *program) {
  const char *wanted = program->options.argument;
  struct base_error err = {0};
  char name[64];
  for (size_t i = 0; i < protocol_schema_count(); i++) {
    CLEANUP(free_text) char *text = protocol_schema(i);
    protocol_schema_name(i, name);
    if (!wanted) puts(name);
    if (!wanted || strcmp(wanted, name) != 0) continue;
    fputs(text, stdout);
    return fflush(stdout) == 0 ? 0 : BROKEN;
  }
  if (!wanted) return 0;
  base_fail(&err, USAGE, "", "the testee protocol has no message \"%s\": foundrycheck schema lists them", wanted);
  return complain(USAGE, &err);
}

/* ---- main ---- */

static int (*const COMMANDS_BY_NUMBER[COMMANDS])(struct program *program) = {
    [COMMAND_RUN] = run_command,       [COMMAND_LIST] = list_command, [COMMAND_REQUIREMENTS] = requirements_command,
    [COMMAND_DOCTOR] = doctor_command, [COMMAND_SCHEMA] = schema_command,
    [COMMAND_REPLAY] = replay_command};

/* A second signal changes nothing: the end is near already, and leaves no folder and no process behind. */
static void prepare_signals(void) {
  struct sigaction action = {.sa_handler = want_stop}, before;
  if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, NULL); /* nohup */
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv) {
  CLEANUP(close_program) struct program program = {0};
  struct base_error err = {0};
  prepare_signals();
  places_init(&program.places);
  if (options_parse(argc, argv, &program.options, &err)) {
    complain(USAGE, &err);
    fputs("Try: foundrycheck --help\n", stderr);
    return USAGE;
  }
  if (program.options.version) return puts("foundrycheck " CONFORMANCE_VERSION) < 0 ? BROKEN : 0;
  if (program.options.help) {
    CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
    options_help(&text, &program.options);
    return print(&text);
  }
  program.rerun = rerun_command(argc, argv);
  return COMMANDS_BY_NUMBER[program.options.command](&program);
}
