#include "arguments.h"

#include <stdarg.h>
#include <string.h>

#include "base/decimal.h"

struct flag_row {
  const char *flag, *value, *help;
};

#define FLAG_ROW(id, flag, value, help) {flag, value, help},
static const struct flag_row flags[] = {CLI_FLAGS(FLAG_ROW)};
#undef FLAG_ROW

/* Flags that take one of a few words. */
static const struct {
  enum cli_flag flag;
  const char *words[4];
} choices[] = {
    {FLAG_LEVEL, {"application", "service", "object"}},
    {FLAG_API, {"js", "java", "objc"}},
};

bool cli_has(const struct cli_arguments *arguments, enum cli_flag flag) {
  return arguments->values[flag] != NULL;
}

int cli_complain(const struct cli_arguments *arguments, int code, const char *format, ...) {
  va_list args;
  va_start(args, format);
  fprintf(stderr, "vmxsync%s%s: ", arguments->command ? " " : "",
          arguments->command ? arguments->command->name : "");
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  return code;
}

/* ---- help --------------------------------------------------------------------------------- */

static void print_flag(const struct flag_row *row, bool needed) {
  char title[40];
  snprintf(title, sizeof title, "%s%s%s", row->flag, *row->value ? " " : "", row->value);
  printf("  %-20s %s%s\n", title, row->help, needed ? " (required)" : "");
}

static int command_help(const struct cli_command *command) {
  printf("vmxsync %s: %s\n\n", command->name, command->summary);
  for (size_t i = 0; i < FLAG_COUNT; i++)
    if (((command->needs | command->allows | 1u << FLAG_HELP) >> i) & 1u)
      print_flag(&flags[i], (command->needs >> i) & 1u);
  return EXIT_OK;
}

static int program_help(const struct cli_command *commands, size_t count) {
  printf("vmxsync: sync Offline Objects from a shell.\n\nusage: vmxsync COMMAND [FLAGS]\n\n");
  for (size_t i = 0; i < count; i++) printf("  %-9s %s\n", commands[i].name, commands[i].summary);
  printf("\n`vmxsync COMMAND --help` lists a command's flags. --version prints the version.\n\n"
         "The result is one line of JSON on standard output, progress goes to standard error.\n"
         "Exit codes: 0 success, 1 the call failed, 2 usage, 3 environment.\n");
  return EXIT_OK;
}

/* ---- parsing ------------------------------------------------------------------------------ */

static const struct cli_command *find_command(const struct cli_command *commands, size_t count,
                                              const char *name) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(commands[i].name, name) == 0) return &commands[i];
  return NULL;
}

static int find_flag(const char *text) {
  for (int i = 0; i < FLAG_COUNT; i++)
    if (strcmp(flags[i].flag, text) == 0) return i;
  return -1;
}

/* One flag at argv[*at]; moves *at to its last word. Returns 0 or an exit code. */
static int take_flag(int argc, char **argv, int *at, struct cli_arguments *out) {
  const char *text = argv[*at];
  int flag = find_flag(text);
  uint32_t allowed = out->command->needs | out->command->allows | 1u << FLAG_HELP;
  if (flag < 0) return cli_complain(out, EXIT_USAGE, "unknown argument \"%s\" (try --help)", text);
  if (!((allowed >> flag) & 1u))
    return cli_complain(out, EXIT_USAGE, "%s does not belong to this command (try --help)", text);
  if (out->values[flag]) return cli_complain(out, EXIT_USAGE, "%s is given twice", text);
  bool takes_value = *flags[flag].value != '\0';
  if (takes_value && *at + 1 >= argc)
    return cli_complain(out, EXIT_USAGE, "%s needs a value: %s", text, flags[flag].value);
  out->values[flag] = takes_value ? argv[++*at] : flags[flag].flag;
  return 0;
}

static int check_needed(const struct cli_arguments *arguments) {
  for (size_t i = 0; i < FLAG_COUNT; i++)
    if (((arguments->command->needs >> i) & 1u) && !arguments->values[i])
      return cli_complain(arguments, EXIT_USAGE, "%s %s is missing (try --help)", flags[i].flag, flags[i].value);
  return 0;
}

static int check_choices(const struct cli_arguments *arguments) {
  for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
    const char *value = arguments->values[choices[i].flag];
    bool known = !value;
    for (size_t k = 0; value && choices[i].words[k]; k++)
      known = known || strcmp(value, choices[i].words[k]) == 0;
    if (known) continue;
    return cli_complain(arguments, EXIT_USAGE, "%s takes %s, %s or %s, not \"%s\"",
                        flags[choices[i].flag].flag, choices[i].words[0], choices[i].words[1],
                        choices[i].words[2], value);
  }
  return 0;
}

static int check_timeout(const struct cli_arguments *arguments) {
  const char *text = arguments->values[FLAG_TIMEOUT];
  int64_t ms = 0;
  if (!text || (decimal_integer(text, strlen(text), &ms) && ms >= 1 && ms <= 86400000)) return 0;
  return cli_complain(arguments, EXIT_USAGE, "--timeout takes 1 to 86400000 milliseconds, not \"%s\"", text);
}

/* A target goes with a level below the application, and the other way round. */
static int check_target(const struct cli_arguments *arguments) {
  const char *level = arguments->values[FLAG_LEVEL];
  bool whole = !level || strcmp(level, "application") == 0;
  if (whole && cli_has(arguments, FLAG_TARGET))
    return cli_complain(arguments, EXIT_USAGE, "--target needs --level service or object");
  if (!whole && !cli_has(arguments, FLAG_TARGET))
    return cli_complain(arguments, EXIT_USAGE, "--level %s needs --target NAME", level);
  return 0;
}

static int check(const struct cli_arguments *arguments) {
  int status = check_needed(arguments);
  if (status == 0) status = check_choices(arguments);
  if (status == 0) status = check_timeout(arguments);
  if (status == 0) status = check_target(arguments);
  return status;
}

int cli_parse(int argc, char **argv, const struct cli_command *commands, size_t count,
              struct cli_arguments *out) {
  *out = (struct cli_arguments){0};
  if (argc < 1) return cli_complain(out, EXIT_USAGE, "no command given (try --help)");
  if (strcmp(argv[0], "--help") == 0) return program_help(commands, count);
  if (strcmp(argv[0], "--version") == 0) return printf("vmxsync %s\n", VMXSYNC_VERSION), EXIT_OK;
  const struct cli_command *command = find_command(commands, count, argv[0]);
  if (!command) return cli_complain(out, EXIT_USAGE, "unknown command \"%s\" (try --help)", argv[0]);
  out->command = command;
  int status = 0;
  for (int at = 1; at < argc && status == 0; at++) status = take_flag(argc, argv, &at, out);
  if (status != 0) return status;
  if (cli_has(out, FLAG_HELP)) return command_help(command);
  status = check(out);
  return status != 0 ? status : -1;
}
