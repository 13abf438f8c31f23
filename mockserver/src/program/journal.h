/** The journal at the end of a program. */
#ifndef MOCK_PROGRAM_JOURNAL_H
#define MOCK_PROGRAM_JOURNAL_H

#include "foundrymock/mock.h"

/** Can this file be written when the time comes? What is in it stays; NULL and "-" are fine. Returns 0 or EXIT_FAILED, and tells. */
int program_check_output(const char *path);
/** Write the world's journal as JSON to `path`, "-" = standard output. Returns 0 or EXIT_FAILED. */
int program_write_journal(struct mock_world *world, const char *path);
/** The same as an HTTP archive. */
int program_write_archive(struct mock_world *world, const char *path);

#endif
