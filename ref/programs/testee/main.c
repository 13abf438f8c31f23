/*
 * vmxsync-testee: the reference engine as a testee of foundrycheck. Requests come on standard input,
 * answers and notifications go to standard output, complaints to standard error. One thread: it
 * waits for the input and for the client's network at one place.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"

enum { EXIT_FINE = 0, EXIT_USAGE = 2, EXIT_BROKEN = 3 };

static const char usage[] =
    "usage: vmxsync-testee [--api js|java|objc] [--channel android|ios|windows|web]\n"
    "\n"
    "The reference engine behind the testee protocol: JSON-RPC 2.0, one object a line, on standard\n"
    "input and output. foundrycheck starts it.\n"
    "\n"
    "  --api NAME      whose payloads the callbacks get (default js)\n"
    "  --channel NAME  the channel it is judged on; web has no progress events (default android)\n"
    "  --help          this text\n"
    "  --version       the version\n";

/* Index of `word` among `words`, or -1 with a sentence. */
static int find_word(const char *flag, const char *word, const char *const *words) {
  for (int i = 0; word && words[i]; i++)
    if (strcmp(words[i], word) == 0) return i;
  fprintf(stderr, "vmxsync-testee: %s: \"%s\" is no choice; see --help\n", flag, word ? word : "");
  return -1;
}

/* Reads argv into the session. Returns -1 to go on, or the exit code. */
static int read_arguments(int argc, char **argv, struct session *session) {
  static const char *const apis[] = {"js", "java", "objc", NULL};
  static const char *const channels[] = {"android", "ios", "windows", "web", NULL};
  for (int i = 1; i < argc; i += 2) {
    bool api = strcmp(argv[i], "--api") == 0, channel = strcmp(argv[i], "--channel") == 0;
    if (strcmp(argv[i], "--help") == 0) return fputs(usage, stdout), EXIT_FINE;
    if (strcmp(argv[i], "--version") == 0)
      return printf("vmxsync-testee %s\n", vmx_version()), EXIT_FINE;
    if (!api && !channel) {
      fprintf(stderr, "vmxsync-testee: unknown argument \"%s\"; see --help\n", argv[i]);
      return EXIT_USAGE;
    }
    int found = find_word(argv[i], i + 1 < argc ? argv[i + 1] : NULL, api ? apis : channels);
    if (found < 0) return EXIT_USAGE;
    if (api) session->api = (enum vmx_api)found;
    else session->channel = (enum vmx_channel)found;
  }
  return -1;
}

/* Waits until there is input; meanwhile the client moves. False: something is broken. */
static bool wait_for_input(struct session *session, bool *readable) {
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  struct base_error err = {0};
  *readable = false;
  if (!session->client) {
    if (poll(&input, 1, -1) < 0 && errno != EINTR) return false;
    *readable = input.revents != 0;
    return true;
  }
  if (vmx_client_step(session->client, -1, &input, 1, &err) != 0) {
    fprintf(stderr, "vmxsync-testee: %d %s\n", err.code, err.text);
    return false;
  }
  *readable = input.revents != 0;
  return true;
}

static void handle_lines(struct session *session, struct rpc_input *input) {
  size_t len = 0;
  for (const char *line; !session->bye && (line = rpc_next_line(input, &len));)
    calls_handle_line(session, line, len);
}

static int serve(struct session *session) {
  struct rpc_input input = {.from = 0};
  bool fine = true, readable;
  while (fine && !session->bye && !input.ended) {
    fine = wait_for_input(session, &readable);
    if (fine && readable) rpc_read(&input, STDIN_FILENO);
    if (fine) handle_lines(session, &input);
  }
  base_buf_done(&input.bytes);
  return fine ? EXIT_FINE : EXIT_BROKEN;
}

int main(int argc, char **argv) {
  struct session session = {.api = VMX_API_JS, .channel = VMX_CHANNEL_ANDROID};
  int code = read_arguments(argc, argv, &session);
  if (code >= 0) return code;
  signal(SIGPIPE, SIG_IGN); /* a runner that is gone shows as the end of the input */
  code = serve(&session);
  session_close(&session);
  session_set_identity(&session, NULL);
  return code;
}
