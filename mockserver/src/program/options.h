/**
 * The command lines of foundry-mock: one table for each, which the parser and --help read.
 */
#ifndef MOCK_PROGRAM_OPTIONS_H
#define MOCK_PROGRAM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum { EXIT_USAGE = 2, EXIT_FAILED = 3 };
enum { OPTIONS_DONE = 1 }; /**< what was asked for has been said: the program ends with 0 */

enum option_kind {
  OPTION_FLAG,   /**< bool */
  OPTION_TEXT,   /**< const char * */
  OPTION_NUMBER, /**< unsigned long, from `least` to `most` */
  OPTION_LIST,   /**< struct option_list: may be given several times */
  OPTION_SAY     /**< --help, --version: `say` is called, then OPTIONS_DONE */
};

enum { OPTION_LIST_MAX = 32 };

struct option_list {
  const char *values[OPTION_LIST_MAX];
  size_t count;
};

struct option_row {
  const char *name;  /**< without the dashes; NULL ends the table */
  const char *value; /**< how --help calls it, NULL for a flag */
  const char *help;  /**< lines, ended by LF each */
  enum option_kind kind;
  size_t offset; /**< of the variable in the struct of options */
  unsigned long least, most;
  void (*say)(void);
};

/**
 * Read `argv` into the struct at `out` (`--name value` and `--name=value`). Texts are borrowed from `argv`.
 * Returns 0, OPTIONS_DONE, or EXIT_USAGE after one line on standard error that names the argument.
 */
int options_read(const struct option_row *table, int argc, char **argv, void *out);
/** The options as --help shows them. */
void options_print(const struct option_row *table);
/** One line on standard error; returns EXIT_USAGE. */
int options_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
