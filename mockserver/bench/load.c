#include "load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
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

struct worker {
  pthread_t thread;
  unsigned port;
  const struct base_buf *requests;
  size_t count;
  double until;
  unsigned long answers;
};

static void *work(void *context) {
  struct worker *worker = context;
  struct base_buf answer = BASE_BUF_INIT;
  int connection = load_connect(worker->port);
  if (connection < 0) bench_give_up("nobody listens");
  while (bench_now_s() < worker->until) {
    load_exchange(connection, &worker->requests[worker->answers % worker->count], &answer);
    if (strncmp(answer.data, "HTTP/1.1 200", 12) != 0) bench_give_up("an answer is not 200");
    worker->answers++;
  }
  close(connection);
  base_buf_done(&answer);
  return NULL;
}

struct load load_run(unsigned port, const struct base_buf *requests, size_t count, double seconds) {
  struct worker workers[LOAD_CONNECTIONS];
  unsigned long answers = 0;
  double begin = bench_now_s();
  for (int i = 0; i < LOAD_CONNECTIONS; i++) {
    workers[i] = (struct worker){.port = port, .requests = requests, .count = count, .until = begin + seconds};
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) bench_give_up("no thread");
  }
  for (int i = 0; i < LOAD_CONNECTIONS; i++) {
    pthread_join(workers[i].thread, NULL);
    answers += workers[i].answers;
  }
  return (struct load){answers, bench_now_s() - begin};
}
