/** The script that a world is made from: a file, or a model that is part of the program. */
#ifndef MOCK_PROGRAM_SCRIPT_FILE_H
#define MOCK_PROGRAM_SCRIPT_FILE_H

#include "base/buf.h"
#include "foundrymock/mock.h"

/** Returns 0, or EXIT_USAGE after a line on standard error. */
int script_file_read(const char *path, struct base_buf *text);
/**
 * Run the script in a new world, which has `rows` and `seed` (negative = not given) in server.options. What it prints, and
 * each rule's function that fails later, is a line on standard error.
 * Returns 0, or EXIT_FAILED after a line on standard error that begins with `complaint`.
 */
int script_file_run(struct mock_world *world, const char *name, const struct base_buf *text, long long rows,
                    long long seed, const char *complaint);

#endif
