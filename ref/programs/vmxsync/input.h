/** What comes in from files and goes out to them: JSON arguments, the result. */
#ifndef VMXSYNC_INPUT_H
#define VMXSYNC_INPUT_H

#include "arguments.h"
#include "base/json.h"

/**
 * The bytes of a JSON argument: the text itself when it begins with '{', '[' or '"' (blanks before it
 * aside), else the file of that name, "-" being standard input. They are not checked: options of any shape go to
 * the engine as they are.
 *
 * Owns:  *out is the caller's (free()), NUL-terminated behind *len. NULL when the flag was not given.
 * Fails: an exit code, the reason printed
 */
int cli_read(const struct cli_arguments *arguments, enum cli_flag flag, char **out, size_t *len);

/** The end of the program: `code`, or EXIT_ENVIRONMENT when what was printed did not arrive. */
int cli_printed(const struct cli_arguments *arguments, int code);

/** Print the result as one line, and write it to --json's file. Returns `code`, or EXIT_ENVIRONMENT. */
int cli_result(const struct cli_arguments *arguments, int code, const char *json);

#endif
