/**
 * The command line: commands and flags as two tables; parsing, usage errors and help walk them.
 *
 * Always true of parsed arguments: the command is known, each flag that it needs is there, each that
 * is there belongs to it, and numbers and choices have been checked.
 */
#ifndef VMXSYNC_ARGUMENTS_H
#define VMXSYNC_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** What the program ends with. */
enum {
  EXIT_OK = 0,
  EXIT_FAILED = 1,      /**< the sync or the local call failed */
  EXIT_USAGE = 2,       /**< the command line, or JSON that was given on it */
  EXIT_ENVIRONMENT = 3  /**< storage not writable, a file that is not there, output that is not taken */
};

/** X(id, flag, value, help): `value` is "" for a flag without one. */
#define CLI_FLAGS(X)                                                                               \
  X(STORAGE, "--storage", "DIR", "folder of the local database; made when it is not there")        \
  X(SERVICE_URL, "--service-url", "URL", "where the service document is fetched: for the first setup, refresh and reset") \
  X(APP_KEY, "--app-key", "KEY", "the application's key")                                          \
  X(APP_SECRET, "--app-secret", "SECRET", "the application's secret")                              \
  X(TOKEN, "--token", "TOKEN", "claims token, sent as it is")                                      \
  X(TIMEOUT, "--timeout", "MS", "network time-out in milliseconds")                                \
  X(OPTIONS, "--options", "JSON", "options: JSON text, a file, or - for standard input")           \
  X(STRICT, "--strict-options", "", "refuse an unknown syncMode")                                  \
  X(LEVEL, "--level", "LEVEL", "application (default), service or object")                         \
  X(TARGET, "--target", "NAME", "the service or object that is meant")                             \
  X(API, "--api", "API", "shape of the payloads: js (default), java or objc")                      \
  X(OBJECT, "--object", "NAME", "the object whose records are meant")                              \
  X(RECORD, "--record", "JSON", "a record: JSON text, a file, or - for standard input")            \
  X(KEYS, "--keys", "JSON", "the key columns of one record: JSON text, a file, or - for standard input") \
  X(QUERY, "--query", "SQL", "a SELECT over objects and columns by their names")                   \
  X(QUIET, "--quiet", "", "no progress on standard error")                                         \
  X(JSON, "--json", "FILE", "write the result there as well")                                      \
  X(MARKDOWN, "--markdown", "", "as the reference page")                                           \
  X(DICT, "--dict", "", "as a dictionary for AFL++")                                               \
  X(LOCAL, "--local", "", "those of the local calls instead")                                      \
  X(HELP, "--help", "", "this text")

#define CLI_FLAG_ENUM(id, flag, value, help) FLAG_##id,
enum cli_flag { CLI_FLAGS(CLI_FLAG_ENUM) FLAG_COUNT };
#undef CLI_FLAG_ENUM

struct cli_arguments;
typedef int cli_run(const struct cli_arguments *arguments);

struct cli_command {
  const char *name;
  const char *summary;
  uint32_t needs;  /**< bits 1 << FLAG_…: must be there */
  uint32_t allows; /**< may be there; --help always may */
  cli_run *run;
};

/** Parsed. Borrows argv. */
struct cli_arguments {
  const struct cli_command *command;
  const char *values[FLAG_COUNT]; /**< NULL: not given; of a flag without value: its name */
};

/**
 * Parse argv behind the program's name. Returns -1 when the command is to run; otherwise the answer
 * (help or a usage error) has been printed and this is the exit code.
 */
int cli_parse(int argc, char **argv, const struct cli_command *commands, size_t count,
              struct cli_arguments *out);

bool cli_has(const struct cli_arguments *arguments, enum cli_flag flag);

/** "vmxsync sync: " and one sentence on standard error; returns `code`. */
int cli_complain(const struct cli_arguments *arguments, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
