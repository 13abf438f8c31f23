/** CivetWeb with a handler in C that does nothing but send. */
#ifndef MOCK_BENCH_BARE_H
#define MOCK_BENCH_BARE_H

/**
 * Serve /s, /p, /u with these texts until SIGTERM, and /v with the last one, after the least that a server has to do with
 * an upload: its body is parsed, its records are written to SQLite in memory in one transaction. The port is written to
 * `port_pipe`. Does not return.
 */
_Noreturn void bare_serve(const char *const answers[3], int port_pipe);

#endif
