#include "load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

int load_connect(unsigned port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int one = 1, connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(connection, (struct sockaddr *)&to, sizeof to) == 0) return connection;
  close(connection);
  return -1;
}

struct base_buf load_request(const char *path, const char *headers, const char *body) {
  struct base_buf request = BASE_BUF_INIT;
  base_buf_printf(&request, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n%s",
                  path, headers, strlen(body), body);
  return request;
}

static void send_all(int connection, const struct base_buf *request) {
  for (size_t sent = 0; sent < request->len;) {
    ssize_t len = send(connection, request->data + sent, request->len - sent, MSG_NOSIGNAL);
    if (len <= 0) bench_give_up("a request cannot be sent");
    sent += (size_t)len;
  }
}

static void read_more(int connection, struct base_buf *answer) {
  enum { ROOM = 256 * 1024 };
  char *room = base_buf_reserve(answer, ROOM);
  ssize_t len = room ? recv(connection, room, ROOM, 0) : -1;
  if (len <= 0) bench_give_up("a connection ended before the answer did");
  base_buf_added(answer, (size_t)len);
}

static size_t body_length(const char *head) {
  const char *length = strcasestr(head, "Content-Length:");
  return length ? strtoul(length + 15, NULL, 10) : 0;
}

size_t load_exchange(int connection, const struct base_buf *request, struct base_buf *answer) {
  const char *end = NULL;
  base_buf_clear(answer);
  send_all(connection, request);
  while (!end) {
    read_more(connection, answer);
    end = strstr(base_buf_string(answer), "\r\n\r\n");
  }
  size_t head = (size_t)(end - answer->data) + 4, whole = head + body_length(answer->data);
  while (answer->len < whole) read_more(connection, answer);
  return head;
}

/* ---- wrk ---- */

static void write_request(const char *path, const struct base_buf *request) {
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(request->data, 1, request->len, file) != request->len || fclose(file) != 0) bench_give_up("a request cannot be written");
}

/* What load.lua says last. */
static struct load read_told(FILE *told) {
  char line[256];
  unsigned long answers = 0, us = 0, failed = 1;
  bool ended = false;
  while (fgets(line, sizeof line, told)) ended = sscanf(line, "told: %lu answers in %lu us, %lu failed", &answers, &us, &failed) == 3 || ended;
  if (!ended) bench_give_up("wrk does not run: is it installed (Debian: apt-get install wrk)?");
  if (failed > 0) bench_give_up("a request failed, or an answer is not 200");
  return (struct load){answers, (double)us / 1e6};
}

struct load load_run(unsigned port, unsigned connections, const struct base_buf *requests, size_t count, unsigned seconds) {
  enum { OPTIONS = 9 };
  char folder[BENCH_PATH], url[64], duration[16], kept[16];
  char paths[LOAD_REQUESTS][BENCH_PATH + 32];
  snprintf(url, sizeof url, "http://127.0.0.1:%u/", port);
  snprintf(duration, sizeof duration, "-d%us", seconds);
  snprintf(kept, sizeof kept, "-c%u", connections);
  const char *argv[OPTIONS + LOAD_REQUESTS + 2] = {"wrk", connections > 1 ? "-t2" : "-t1", kept, duration, "--timeout", "60s", "-s" LOAD_SCRIPT, url, "--"};
  bench_folder(folder);
  for (size_t i = 0; i < count; i++) {
    snprintf(paths[i], sizeof paths[i], "%s/%zu", folder, i);
    write_request(paths[i], &requests[i]);
    argv[OPTIONS + i] = paths[i];
  }
  struct bench_process wrk = bench_start(NULL, argv);
  struct load load = read_told(wrk.told);
  bench_end(&wrk, NULL);
  bench_remove(folder);
  return load;
}
