/** CivetWeb with a handler in C that does nothing but send. */
#ifndef MOCK_BENCH_BARE_H
#define MOCK_BENCH_BARE_H

/**
 * Serve /s, /p, /u with these texts until SIGTERM, and /v with what the floor answers to an upload (floor.h). The port is
 * written to `port_pipe`. Does not return.
 */
_Noreturn void bare_serve(const char *const answers[3], int port_pipe);

#endif
