/** foundry-mock without a command. */
#ifndef MOCK_PROGRAM_SERVE_H
#define MOCK_PROGRAM_SERVE_H

/** Serve a world that a script made, until SIGINT or SIGTERM. Returns the exit code. */
int command_serve(int argc, char **argv);

#endif
