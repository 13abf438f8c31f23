/*
 * A testee that needs no SDK: it behaves, or misbehaves in the one way that its first word names. What it
 * says and does depends on its arguments alone.
 *
 *   good                  every call is answered; startSync succeeds at once
 *   slow-good             the same, callbacks first held back until close (no end comes)
 *   rubbish | echo | wrong-id | wrong-seq | bad-schema | no-version | calls-back
 *   die | die-in METHOD | hang-in METHOD | error-in METHOD CODE
 *   daemon-in METHOD      hangs, and a grandchild of another process group keeps its pipes for a minute
 *   twice                 every call but hello is answered twice
 *   counts-anew           open takes the sequence of callbacks back to its start
 *   flood-line | flood-unended | flood-messages | leak-status
 *   turns-coat            every other process of a parent says that it is of another channel
 *   gives-up              startSync asks for a download and closes the connection before the answer
 *   api API | channel CHANNEL | claims CAPABILITY     may follow: what hello says
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"

struct fake {
  const char *mode, *method, *code;
  const char *api, *channel, *claim;
  char url[256]; /* of the world, from open */
  long long seq;
  bool leave;
};

static void say(const cJSON *message) {
  CLEANUP(free_text) char *text = json_print(message);
  printf("%s\n", text);
  fflush(stdout);
}

static cJSON *start_message(void) {
  cJSON *message = cJSON_CreateObject();
  cJSON_AddStringToObject(message, "jsonrpc", "2.0");
  return message;
}

/* Owns `result`. */
static void answer(const cJSON *call, const char *member, cJSON *result) {
  CLEANUP(json_free) cJSON *message = start_message();
  cJSON_AddItemToObject(message, "id", cJSON_Duplicate(json_find(call, "id"), true));
  cJSON_AddItemToObject(message, member, result);
  say(message);
}

static void answer_error(const cJSON *call, int code, const char *text) {
  cJSON *error = cJSON_CreateObject();
  cJSON_AddNumberToObject(error, "code", code);
  cJSON_AddStringToObject(error, "message", text);
  answer(call, "error", error);
}

static void call_back(struct fake *fake, const char *sync, const char *kind) {
  CLEANUP(json_free) cJSON *message = start_message();
  cJSON_AddStringToObject(message, "method", "callback");
  cJSON *params = cJSON_AddObjectToObject(message, "params");
  cJSON_AddNumberToObject(params, "seq", (double)++fake->seq);
  cJSON_AddStringToObject(params, "sync", sync);
  cJSON_AddStringToObject(params, "kind", kind);
  cJSON_AddItemToObject(params, "payload", cJSON_Parse("{\"successResponse\":{\"Org\":{\"status\":0}}}"));
  say(message);
}

/* A file that is named by the parent is there while one process of two has been. */
static bool is_turn(void) {
  char path[64];
  snprintf(path, sizeof path, "/tmp/fake_testee.%ld", (long)getppid());
  if (unlink(path) == 0) return true;
  FILE *file = fopen(path, "w");
  if (file) fclose(file);
  return false;
}

static cJSON *hello_result(const struct fake *fake) {
  cJSON *result = cJSON_Parse("{\"name\":\"fake\",\"version\":\"1\",\"apiVersion\":\"9.5\","
                              "\"capabilities\":[\"progress\",\"kill\",\"localCrud\"],"
                              "\"limits\":{\"minNetworkTimeoutMs\":100}}");
  if (fake->claim) cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(result, "capabilities"), cJSON_CreateString(fake->claim));
  cJSON_AddStringToObject(result, "api", fake->api);
  cJSON_AddStringToObject(result, "channel", strcmp(fake->mode, "turns-coat") == 0 && is_turn() ? "android" : fake->channel);
  return result;
}

static bool is_mode(const struct fake *fake, const char *mode) { return strcmp(fake->mode, mode) == 0; }

static void block_for_ever(void) {
  int pipes[2];
  char byte;
  if (pipe(pipes) == 0 && read(pipes[0], &byte, 1) == 0) exit(1);
}

/* The one thing that is wrong. Returns true when nothing more is to be said to this call. */
static bool misbehave(struct fake *fake, const char *method, const cJSON *call) {
  bool chosen = fake->method && strcmp(fake->method, method) == 0;
  if (is_mode(fake, "die-in") && chosen) {
    fprintf(stderr, "about to die\n");
    exit(7);
  }
  if (is_mode(fake, "hang-in") && chosen) {
    fprintf(stderr, "about to hang\n");
    block_for_ever();
  }
  if (is_mode(fake, "daemon-in") && chosen) {
    if (fork() == 0) {
      setsid();
      sleep(60);
      _exit(0);
    }
    block_for_ever();
  }
  if (is_mode(fake, "error-in") && chosen) {
    answer_error(call, atoi(fake->code), "as the test wants it");
    return true;
  }
  if (is_mode(fake, "rubbish") && strcmp(method, "hello") != 0) {
    printf("Segmentation fault (not really)\n");
    fflush(stdout);
    return true;
  }
  if (is_mode(fake, "wrong-id") && strcmp(method, "hello") != 0) {
    printf("{\"jsonrpc\":\"2.0\",\"id\":4711,\"result\":{}}\n");
    fflush(stdout);
    return true;
  }
  if (is_mode(fake, "flood-line") && strcmp(method, "hello") != 0) {
    for (int i = 0; i < 100000; i++) putchar('x');
    putchar('\n');
    fflush(stdout);
    return true;
  }
  if (is_mode(fake, "flood-unended") && chosen) {
    for (;;) putchar('x');
  }
  return false;
}

/* http://127.0.0.1:PORT/w/NAME: one download is asked for, and nobody reads the answer. */
static void give_up(const struct fake *fake) {
  char path[128], request[512];
  unsigned port = 0;
  if (sscanf(fake->url, "http://127.0.0.1:%u%127s", &port, path) != 2) exit(6);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  int len = snprintf(request, sizeof request,
                     "POST %s/services/data/v1/Org HTTP/1.1\r\nHost: x\r\nX-Http-Method-Override: GET\r\n"
                     "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", path);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) exit(6);
  if (write(fd, request, (size_t)len) != len) exit(6);
  close(fd);
}

static void start_sync(struct fake *fake, const cJSON *call) {
  const char *sync = json_find_string(json_find(call, "params"), "sync");
  answer(call, "result", cJSON_Parse(is_mode(fake, "bad-schema") ? "{\"began\":true}" : "{\"started\":true}"));
  if (is_mode(fake, "slow-good")) return;
  if (is_mode(fake, "gives-up")) give_up(fake);
  if (is_mode(fake, "wrong-seq")) fake->seq += 5;
  for (int i = 0; is_mode(fake, "flood-messages") && i < 100000; i++) call_back(fake, sync, "progress");
  call_back(fake, sync, "success");
}

static cJSON *result_of(const struct fake *fake, const char *method) {
  static const char *const EMPTY[] = {"open", "close", "bye", "setClaimsToken", "setNetwork"};
  if (strcmp(method, "hello") == 0) return hello_result(fake);
  if (strcmp(method, "cancelSync") == 0) return cJSON_Parse("{\"called\":true}");
  if (strcmp(method, "snapshot") == 0) return cJSON_Parse("{\"objects\":{\"Employee\":[{\"Name\":\"Ada\"}]}}");
  for (size_t i = 0; i < sizeof EMPTY / sizeof *EMPTY; i++)
    if (strcmp(EMPTY[i], method) == 0) return cJSON_CreateObject();
  return cJSON_Parse("{\"outcome\":\"success\",\"payload\":{}}");
}

static void serve(struct fake *fake, const cJSON *call) {
  const char *method = json_find_string(call, "method");
  int64_t protocol = 0;
  json_integer(json_find(json_find(call, "params"), "protocol"), &protocol);
  const char *url = json_find_string(json_find(call, "params"), "serviceUrl");
  if (url) snprintf(fake->url, sizeof fake->url, "%s", url);
  if (misbehave(fake, method, call)) return;
  if (strncmp(method, "doctor", 6) == 0) answer_error(call, -32601, "unknown method");
  else if (strcmp(method, "hello") == 0 && protocol != 1) answer_error(call, -32602, "protocol 1 to 1");
  else if (strcmp(method, "startSync") == 0) start_sync(fake, call);
  else answer(call, "result", result_of(fake, method));
  if (is_mode(fake, "twice") && strcmp(method, "hello") != 0) answer(call, "result", result_of(fake, method));
  if (is_mode(fake, "counts-anew") && strcmp(method, "open") == 0) fake->seq = 0;
  fake->leave = strcmp(method, "bye") == 0;
}

static void read_arguments(int argc, char **argv, struct fake *fake) {
  for (int i = 2; i < argc; i++) {
    if (strcmp(argv[i], "api") == 0 && i + 1 < argc) fake->api = argv[++i];
    else if (strcmp(argv[i], "channel") == 0 && i + 1 < argc) fake->channel = argv[++i];
    else if (strcmp(argv[i], "claims") == 0 && i + 1 < argc) fake->claim = argv[++i];
    else if (!fake->method) fake->method = argv[i];
    else fake->code = argv[i];
  }
}

int main(int argc, char **argv) {
  struct fake fake = {.mode = argc > 1 ? argv[1] : "good", .code = "0", .api = "js", .channel = "web"};
  char *line = NULL;
  size_t room = 0;
  ssize_t len;
  read_arguments(argc, argv, &fake);
  if (is_mode(&fake, "die")) return 9;
  while (!fake.leave && (len = getline(&line, &room, stdin)) > 0) {
    CLEANUP(json_free) cJSON *call = NULL;
    struct base_error err = {0};
    if (is_mode(&fake, "echo")) fputs(line, stdout), fflush(stdout);
    else if (json_parse(line, (size_t)len - 1, JSON_REPEATED_REFUSED, &call, &err)) return 5;
    else serve(&fake, call);
  }
  free(line);
  return is_mode(&fake, "leak-status") ? 23 : 0;
}
