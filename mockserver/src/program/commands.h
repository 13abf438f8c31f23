/** The commands of foundry-mock; each returns the exit code: 0 well, 2 usage, 3 it failed. */
#ifndef MOCK_PROGRAM_COMMANDS_H
#define MOCK_PROGRAM_COMMANDS_H

#include "foundrymock/mock.h"

/** Serve a world that a script made, until SIGINT or SIGTERM. */
int command_serve(int argc, char **argv);
/** Stand in front of a real Foundry and write down what it answers. */
int command_record(int argc, char **argv);

/** Write the world's journal as JSON to `path`, "-" = standard output. Returns 0 or EXIT_FAILED. */
int program_write_journal(struct mock_world *world, const char *path);

#endif
