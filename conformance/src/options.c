#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"
#include "report.h"

enum { DEFAULT_LIMIT_S = 30, THREADS_MAX = 64, REPEAT_MAX = 100000, HISTORIES_MAX = 100000, SHARDS_MAX = 1000 };

enum { RUN = 1 << COMMAND_RUN, LIST = 1 << COMMAND_LIST, REQUIREMENTS = 1 << COMMAND_REQUIREMENTS,
       DOCTOR = 1 << COMMAND_DOCTOR, SCHEMA = 1 << COMMAND_SCHEMA,
       REPLAY = 1 << COMMAND_REPLAY,
       ALL = RUN | LIST | REQUIREMENTS | DOCTOR | SCHEMA | REPLAY };

static const struct {
  const char *name, *argument, *help;
} COMMAND_ROWS[COMMANDS] = {
    [COMMAND_RUN] = {"run", NULL, "run the scenarios against a testee and give the verdict"},
    [COMMAND_LIST] = {"list", NULL, "list the scenarios"},
    [COMMAND_REQUIREMENTS] = {"requirements", NULL, "print the catalogue, and which scenarios cover each"},
    [COMMAND_DOCTOR] = {"doctor", NULL, "prove an adapter with a few probes, before any verdict"},
    [COMMAND_SCHEMA] = {"schema", "[MESSAGE]", "print the JSON Schema of a message of the testee protocol"},
    [COMMAND_REPLAY] = {"replay", "FILE", "judge a recorded run again, without its testee"},
};

struct row {
  const char *name;  /* with its dashes */
  const char *short_name;
  const char *value; /* what it takes, NULL = nothing */
  int commands;
  int (*apply)(struct options *options, const char *value, struct base_error *err);
  const char *help;
};

static int usage(struct base_error *err, const char *option, const char *what) {
  return base_fail(err, OPTIONS_ERR_USAGE, "", "%s %s", option, what);
}

static int add(struct option_list *list, const char *value, const char *option, struct base_error *err) {
  if (list->count == OPTIONS_LIST_MAX) return usage(err, option, "is given too often");
  list->values[list->count++] = value;
  return 0;
}

static int number(const char *option, const char *value, unsigned most, unsigned *out, struct base_error *err) {
  char *end;
  unsigned long read = strtoul(value, &end, 10);
  if (*value < '0' || *value > '9' || *end || read == 0 || read > most)
    return base_fail(err, OPTIONS_ERR_USAGE, "", "%s takes a number from 1 to %u, not \"%s\"", option, most, value);
  *out = (unsigned)read;
  return 0;
}

#define TEXT_OPTION(member)                                                                        \
  static int set_##member(struct options *o, const char *value, struct base_error *err) {          \
    (void)err;                                                                                     \
    o->member = value;                                                                             \
    return 0;                                                                                      \
  }
#define FLAG_OPTION(member)                                                                        \
  static int set_##member(struct options *o, const char *value, struct base_error *err) {          \
    (void)value, (void)err;                                                                        \
    o->member = true;                                                                              \
    return 0;                                                                                      \
  }
TEXT_OPTION(testee)
TEXT_OPTION(trace)
TEXT_OPTION(scenarios)
TEXT_OPTION(catalogue)
TEXT_OPTION(expected)
TEXT_OPTION(storage)
TEXT_OPTION(record)
TEXT_OPTION(save_failures)
TEXT_OPTION(json_file)
FLAG_OPTION(help)
FLAG_OPTION(version)
FLAG_OPTION(keep)
FLAG_OPTION(quiet)
FLAG_OPTION(json)
FLAG_OPTION(shuffle)
FLAG_OPTION(until_fail)
FLAG_OPTION(fix_expected)

static int add_name(struct options *o, const char *value, struct base_error *err) {
  return add(&o->names, value, "--name", err);
}
static int add_tag(struct options *o, const char *value, struct base_error *err) {
  return add(&o->tags, value, "--tag", err);
}
static int add_requirement(struct options *o, const char *value, struct base_error *err) {
  return add(&o->requirements, value, "--requirement", err);
}

static int add_report(struct options *o, const char *value, struct base_error *err) {
  const char *file;
  if (strcmp(value, "console") != 0 && !report_kind_find(value, &file))
    return usage(err, "--report", "takes console, junit:FILE, html:FILE or json:FILE");
  return add(&o->reports, value, "--report", err);
}

static int set_api(struct options *o, const char *value, struct base_error *err) {
  enum profile_api api;
  if (!profile_api_find(value, &api)) return usage(err, "--api", "takes js, java or objc");
  o->api = value;
  return 0;
}

static int set_channel(struct options *o, const char *value, struct base_error *err) {
  enum profile_channel channel;
  if (!profile_channel_find(value, &channel)) return usage(err, "--channel", "takes android, ios, windows or web");
  o->channel = value;
  return 0;
}

/* "js/web": the words have static storage, so that they outlive the option's text. */
static int set_profile(struct options *o, const char *value, struct base_error *err) {
  char word[32];
  enum profile_api api;
  enum profile_channel channel;
  const char *slash = strchr(value, '/');
  snprintf(word, sizeof word, "%.*s", slash ? (int)(slash - value) : 0, value);
  if (!profile_api_find(word, &api) || !profile_channel_find(slash + 1, &channel))
    return usage(err, "--profile", "takes API/CHANNEL, for example java/android");
  o->api = profile_api_name(api);
  o->channel = profile_channel_name(channel);
  return 0;
}

static int set_strict(struct options *o, const char *value, struct base_error *err) {
  if (value && strcmp(value, "all") != 0) return usage(err, "--strict", "stands alone or is --strict=all");
  o->strictness = value ? JUDGE_STRICT_ALL : JUDGE_STRICT;
  return 0;
}

static int set_threads(struct options *o, const char *value, struct base_error *err) {
  return number("-j", value, THREADS_MAX, &o->threads, err);
}
static int set_repeat(struct options *o, const char *value, struct base_error *err) {
  return number("--repeat", value, REPEAT_MAX, &o->repeat, err);
}

static int set_histories(struct options *o, const char *value, struct base_error *err) {
  o->seeded = true; /* whoever asks for more wants to know which */
  return number("--histories", value, HISTORIES_MAX, &o->histories, err);
}

static int set_seed(struct options *o, const char *value, struct base_error *err) {
  char *end;
  errno = 0;
  o->seed = strtoull(value, &end, 10);
  o->seeded = true;
  if (*value >= '0' && *value <= '9' && !*end && errno == 0) return 0;
  return usage(err, "--seed", "takes a whole number");
}

static int set_shard(struct options *o, const char *value, struct base_error *err) {
  unsigned shard, shards;
  char end;
  if (*value < '0' || *value > '9' || sscanf(value, "%u/%u%c", &shard, &shards, &end) != 2 || shard < 1 ||
      shard > shards || shards > SHARDS_MAX)
    return usage(err, "--shard", "takes I/N, for example 2/8");
  o->shard = shard;
  o->shards = shards;
  return 0;
}

static int set_port(struct options *o, const char *value, struct base_error *err) {
  return number("--port", value, 65535, &o->port, err);
}

static int set_limit(struct options *o, const char *value, struct base_error *err) {
  char *end;
  double seconds = strtod(value, &end);
  if (end == value || *end || !(seconds >= 0.1 && seconds <= 3600))
    return usage(err, "--limit", "takes seconds from 0.1 to 3600");
  o->limit_ms = (int64_t)(seconds * 1000);
  return 0;
}

static const struct row ROWS[] = {
    {"--name", NULL, "GLOB", RUN | LIST | REPLAY, add_name, "scenarios whose name matches, or holds this text; may be repeated"},
    {"--tag", NULL, "WORD", RUN | LIST | REPLAY, add_tag, "scenarios with this tag; may be repeated"},
    {"--requirement", NULL, "ID", RUN | LIST | REPLAY, add_requirement, "scenarios that cover it; may be repeated"},
    {"--testee", NULL, "COMMAND", RUN | DOCTOR, set_testee, "the adapter to start (default: vmxsync-testee)"},
    {"--profile", NULL, "API/CHANNEL", RUN | DOCTOR, set_profile, "asked of the default testee, for example java/android"},
    {"--api", NULL, "API", RUN | DOCTOR, set_api, "asked of the default testee: js, java, objc"},
    {"--channel", NULL, "CHANNEL", RUN | DOCTOR, set_channel, "asked of the default testee: android, ios, windows, web"},
    {"--strict", NULL, "[all]", RUN | REPLAY, set_strict, "SHOULD counts as well; --strict=all: also what is our own decision"},
    {"--jobs", "-j", "N", RUN | REPLAY, set_threads, "so many testees at a time (default: twice the cores, at least 2)"},
    {"--repeat", NULL, "N", RUN, set_repeat, "run everything so often; the worst round counts"},
    {"--until-fail", NULL, NULL, RUN, set_until_fail, "repeat until a round is not good (at most --repeat rounds, if given)"},
    {"--shuffle", NULL, NULL, RUN, set_shuffle, "begin the scenarios in a random order"},
    {"--seed", NULL, "N", RUN, set_seed, "of --shuffle and of random scenarios; it is printed (default: 1, of --shuffle a new one)"},
    {"--histories", NULL, "N", RUN, set_histories, "so many random histories of each property (default: what it says, a few)"},
    {"--save-failures", NULL, "DIR", RUN, set_save_failures, "write the shortest history that breaks a property into DIR, as a scenario"},
    {"--shard", NULL, "I/N", RUN | LIST, set_shard, "the I-th of N parts; a scenario's part depends on its name alone"},
    {"--limit", NULL, "SECONDS", RUN | DOCTOR, set_limit, "a testee that does nothing for so long is hung (default: 30)"},
    {"--expected", NULL, "FILE", RUN | REPLAY, set_expected, "known deviations: what is expected to fail, and why"},
    {"--fix-expected", NULL, NULL, RUN | REPLAY, set_fix_expected, "write that file anew: without what is stale, with what is not listed"},
    {"--report", NULL, "KIND:FILE", RUN | REPLAY, add_report, "junit:FILE, html:FILE or json:FILE, - is standard output; may be repeated"},
    {"--json", NULL, "FILE", RUN | DOCTOR | REPLAY, set_json_file, "the report as JSON, - is standard output"},
    {"--json", NULL, NULL, LIST | REQUIREMENTS, set_json, "print JSON"},
    {"--quiet", "-q", NULL, RUN | REPLAY, set_quiet, "print only scenarios that are not fine"},
    {"--record", NULL, "FILE", RUN, set_record, "write all that the scenarios saw: foundrycheck replay FILE judges it again"},
    {"--trace", NULL, "FILE", RUN | DOCTOR, set_trace, "write every message of the testee protocol"},
    {"--scenarios", NULL, "DIR", RUN | LIST | REQUIREMENTS | REPLAY, set_scenarios, "folder of scenarios (default: the product's own)"},
    {"--catalogue", NULL, "FILE", RUN | LIST | REQUIREMENTS | REPLAY, set_catalogue, "requirements (default: the product's own)"},
    {"--storage", NULL, "DIR", RUN | DOCTOR, set_storage, "where the testees' folders are made (default: TMPDIR or /tmp)"},
    {"--keep", NULL, NULL, RUN | DOCTOR, set_keep, "keep those folders"},
    {"--port", NULL, "N", RUN | DOCTOR, set_port, "port of the mock server (default: any free one)"},
    {"--help", "-h", NULL, ALL, set_help, "this text"},
    {"--version", NULL, NULL, ALL, set_version, "the version"},
};
enum { ROW_COUNT = sizeof ROWS / sizeof *ROWS };

static const struct row *find_row(const char *name, size_t len, enum command command) {
  for (size_t i = 0; i < ROW_COUNT; i++) {
    const struct row *row = &ROWS[i];
    if (!(row->commands >> command & 1)) continue;
    if (strlen(row->name) == len && strncmp(row->name, name, len) == 0) return row;
    if (row->short_name && strlen(row->short_name) == len && strncmp(row->short_name, name, len) == 0) return row;
  }
  return NULL;
}

/* One option at argv[*at]: "--name value", "--name=value", "-jN". */
static int parse_option(int argc, char *const *argv, int *at, struct options *out, struct base_error *err) {
  const char *word = argv[*at], *equals = strchr(word, '=');
  const char *command = COMMAND_ROWS[out->command].name;
  bool glued = !equals && word[1] != '-' && strlen(word) > 2;
  size_t len = glued ? 2 : equals ? (size_t)(equals - word) : strlen(word);
  const struct row *row = find_row(word, len, out->command);
  if (!row)
    return base_fail(err, OPTIONS_ERR_USAGE, "", "foundrycheck %s has no option %.*s", command, (int)len, word);
  const char *value = glued ? word + 2 : equals ? equals + 1 : NULL;
  bool optional = row->value && row->value[0] == '[';
  if (!row->value && value) return usage(err, row->name, "takes no value");
  if (row->value && !value && !optional) {
    if (*at + 1 >= argc) return usage(err, row->name, "needs a value");
    value = argv[++*at];
  }
  return row->apply(out, value, err);
}

static int parse_command(const char *word, struct options *out, struct base_error *err) {
  for (int i = 0; i < COMMANDS; i++)
    if (strcmp(COMMAND_ROWS[i].name, word) == 0) {
      out->command = (enum command)i;
      return 0;
    }
  return base_fail(err, OPTIONS_ERR_USAGE, "", "foundrycheck has no command \"%s\"", word);
}

static int check_together(const struct options *options, struct base_error *err) {
  if (options->testee && (options->api || options->channel))
    return usage(err, "--api, --channel and --profile", "ask the default testee: a --testee decides for itself");
  if (options->record && (options->repeat > 1 || options->until_fail)) return usage(err, "--record", "is for one round of a run");
  if (options->command == COMMAND_REPLAY && !options->argument && !options->help)
    return usage(err, "replay", "needs the FILE that --record wrote");
  if (options->fix_expected && !options->expected) return usage(err, "--fix-expected", "needs --expected FILE");
  return 0;
}

int options_parse(int argc, char *const *argv, struct options *out, struct base_error *err) {
  struct options options = {.seed = 1, .limit_ms = DEFAULT_LIMIT_S * 1000};
  int at = 1, status = 0;
  bool named = argc > 1 && argv[1][0] != '-';
  if (named) status = parse_command(argv[at++], &options, err);
  for (; at < argc && !status; at++) {
    if (argv[at][0] == '-' && argv[at][1]) status = parse_option(argc, argv, &at, &options, err);
    else if (COMMAND_ROWS[options.command].argument && !options.argument) options.argument = argv[at];
    else status = base_fail(err, OPTIONS_ERR_USAGE, "", "\"%s\" is no option", argv[at]);
  }
  if (!status && !named && !options.help && !options.version)
    status = base_fail(err, OPTIONS_ERR_USAGE, "", "foundrycheck needs a command: run, list, requirements, doctor, schema, replay");
  if (!status) status = check_together(&options, err);
  if (options.repeat == 0) options.repeat = options.until_fail ? REPEAT_MAX : 1;
  if (!status) *out = options;
  return status;
}

static void help_option(struct base_buf *out, const struct row *row) {
  char left[48];
  const char *value = row->value ? row->value : "";
  const char *between = !row->value ? "" : *value == '[' ? "" : " ";
  snprintf(left, sizeof left, "%s%s%s%s%s", row->short_name ? row->short_name : "", row->short_name ? ", " : "",
           row->name, between, *value == '[' ? "[=all]" : value);
  base_buf_printf(out, "  %-24s %s\n", left, row->help);
}

void options_help(struct base_buf *out, const struct options *options) {
  enum command command = options->command;
  const char *argument = COMMAND_ROWS[command].argument;
  base_buf_printf(out, "foundrycheck %s [options]%s%s: %s\n\noptions\n", COMMAND_ROWS[command].name,
                  argument ? " " : "", argument ? argument : "", COMMAND_ROWS[command].help);
  for (size_t i = 0; i < ROW_COUNT; i++)
    if (ROWS[i].commands >> command & 1) help_option(out, &ROWS[i]);
  base_buf_text(out, "\ncommands\n");
  for (int i = 0; i < COMMANDS; i++)
    base_buf_printf(out, "  %-24s %s\n", COMMAND_ROWS[i].name, COMMAND_ROWS[i].help);
  base_buf_text(out, "\nexit codes: 0 conforms, 1 does not, 2 usage, 3 the harness or the adapter failed\n");
}
