#include "server.h"

#include <civetweb.h>
#include <inttypes.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct canned {
  struct bench_load load;
  unsigned port;
  char **pages; /* records of page k as JSON text, made once */
  size_t *page_len;
  int64_t page_count;
  atomic_llong downloads;
};

static void linger(unsigned ms) {
  struct timespec wait = {ms / 1000, (long)(ms % 1000) * 1000000};
  nanosleep(&wait, NULL);
}

static void send_json(struct mg_connection *connection, const char *body, size_t len) {
  char head[160];
  int head_len = snprintf(head, sizeof head,
                          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", len);
  char *whole = malloc((size_t)head_len + len);
  if (!whole) abort();
  memcpy(whole, head, (size_t)head_len);
  memcpy(whole + head_len, body, len);
  mg_write(connection, whole, (size_t)head_len + len); /* one write: two of them cost 40 ms */
  free(whole);
}

void bench_record_json(char *out, size_t size, int64_t i, int64_t *len) {
  *len = snprintf(out, size,
                  "{\"Id\":%" PRId64 ",\"Name\":\"Employee %" PRId64 "\",\"Salary\":%" PRId64 ".25,\"Active\":1,"
                  "\"HiredOn\":\"2026-01-02T03:04:05Z\",\"DeptId\":%" PRId64 ",\"City\":\"Karlsruhe\","
                  "\"Street\":\"Long Street %" PRId64 "\",\"Phone\":\"+49 721 %" PRId64 "\",\"Notes\":null,"
                  "\"_metadata\":{\"action\":\"create\",\"checksum\":\"%016" PRIx64 "\"}}",
                  i, i, 1000 + i % 5000, i % 97, i % 211, i, (uint64_t)i * 2654435761u);
}

/* Pages without the object's name around them: all services share them. */
static void make_pages(struct canned *canned) {
  canned->page_count = (canned->load.records + BENCH_PAGE - 1) / BENCH_PAGE;
  canned->pages = calloc((size_t)canned->page_count, sizeof *canned->pages);
  canned->page_len = calloc((size_t)canned->page_count, sizeof *canned->page_len);
  for (int64_t page = 0; page < canned->page_count; page++) {
    char *text = malloc((size_t)BENCH_PAGE * 400), record[400];
    if (!text) abort();
    size_t len = 0;
    for (int64_t i = page * BENCH_PAGE; i < (page + 1) * BENCH_PAGE && i < canned->load.records; i++) {
      int64_t record_len;
      bench_record_json(record, sizeof record, i, &record_len);
      if (len > 0) text[len++] = ',';
      memcpy(text + len, record, (size_t)record_len);
      len += (size_t)record_len;
    }
    canned->pages[page] = text;
    canned->page_len[page] = len;
  }
}

static int on_document(struct mg_connection *connection, void *context) {
  const struct canned *canned = context;
  char body[4096];
  int len = snprintf(body, sizeof body, "{\"name\":\"bench\",\"services_meta\":{");
  for (unsigned s = 0; s < canned->load.services; s++)
    len += snprintf(body + len, sizeof body - (size_t)len,
                    "%s\"S%u\":{\"type\":\"objectsvc\",\"version\":\"1.0\",\"offline\":true,"
                    "\"url\":\"http://127.0.0.1:%u/services/data/v1/S%u\","
                    "\"metadata_url\":\"http://127.0.0.1:%u/services/metadata/v1/S%u\"}",
                    s ? "," : "", s, canned->port, s, canned->port, s);
  len += snprintf(body + len, sizeof body - (size_t)len, "}}");
  send_json(connection, body, (size_t)len);
  return 200;
}

static int service_of(struct mg_connection *connection) {
  const char *uri = mg_get_request_info(connection)->local_uri, *last = strrchr(uri, 'S');
  return last ? atoi(last + 1) : 0;
}

static int on_metadata(struct mg_connection *connection, void *context) {
  (void)context;
  static const char *const columns[][2] = {{"Name", "string"}, {"Salary", "number"}, {"Active", "boolean"},
                                           {"HiredOn", "date"}, {"DeptId", "number"}, {"City", "string"},
                                           {"Street", "string"}, {"Phone", "string"}, {"Notes", "string"}};
  char body[2048];
  int len = snprintf(body, sizeof body,
                     "{\"opstatus\":0,\"timestamp\":\"1\",\"offline\":true,\"namespaces\":[{\"name\":\"\",\"objects\":[{"
                     "\"name\":\"R%d\",\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\","
                     "\"nullable\":false}", service_of(connection));
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    len += snprintf(body + len, sizeof body - (size_t)len, ",{\"name\":\"%s\",\"datatype\":\"%s\",\"nullable\":true}",
                    columns[i][0], columns[i][1]);
  len += snprintf(body + len, sizeof body - (size_t)len, "]}]}]}");
  send_json(connection, body, (size_t)len);
  return 200;
}

/* The context of page k is {"objs":{"R0":{"bc":"k"}}}; a delta asks for what is new: nothing. */
static int on_download(struct mg_connection *connection, void *context) {
  struct canned *canned = context;
  char asked[512] = "";
  int got = mg_read(connection, asked, sizeof asked - 1);
  if (got > 0) asked[got] = '\0';
  const char *mark = strstr(asked, "\"bc\":\"");
  int64_t page = mark ? strtoll(mark + 6, NULL, 10) : 0;
  bool nothing_new = !mark && strstr(asked, "\"delta\"");
  int service = service_of(connection);
  size_t records = nothing_new ? 0 : canned->page_len[page];
  char *body = malloc(records + 512);
  if (!body) abort();
  int len = snprintf(body, 256, "{\"opstatus\":0,\"Objects\":[%s", nothing_new ? "" : "{\"name\":\"R");
  if (!nothing_new) len += snprintf(body + len, 64, "%d\",\"opstatus\":0,\"records\":[", service);
  memcpy(body + len, nothing_new ? "" : canned->pages[page], records);
  len += (int)records;
  bool more = !nothing_new && page + 1 < canned->page_count;
  len += snprintf(body + len, 256, "%s],\"delta_context\":{\"objs\":{\"R%d\":{\"%s\":\"%" PRId64 "\"}}}%s}",
                  nothing_new ? "" : "]}", service, more ? "bc" : "delta", page + 1,
                  more ? ",\"hasMoreRecords\":\"true\"" : "");
  if (canned->load.latency_ms) linger(canned->load.latency_ms);
  atomic_fetch_add(&canned->downloads, 1);
  send_json(connection, body, (size_t)len);
  free(body);
  return 200;
}

static void serve(struct canned *canned, int ready_fd, int stop_fd) {
  const char *options[] = {"listening_ports", "127.0.0.1:0", "num_threads", "8", "tcp_nodelay", "1",
                           "enable_keep_alive", "yes", "keep_alive_timeout_ms", "60000", NULL};
  struct mg_callbacks callbacks = {0};
  make_pages(canned);
  struct mg_context *server = mg_start(&callbacks, NULL, options);
  struct mg_server_port port;
  if (!server || mg_get_server_ports(server, 1, &port) != 1) _exit(1);
  canned->port = (unsigned)port.port;
  mg_set_request_handler(server, "/authService", on_document, canned);
  mg_set_request_handler(server, "/services/metadata", on_metadata, canned);
  mg_set_request_handler(server, "/services/data", on_download, canned);
  if (write(ready_fd, &canned->port, sizeof canned->port) < 0) _exit(1);
  struct pollfd stop = {.fd = stop_fd, .events = POLLIN};
  while (poll(&stop, 1, -1) < 0) continue;
  int64_t downloads = atomic_load(&canned->downloads);
  if (write(ready_fd, &downloads, sizeof downloads) < 0) _exit(1);
  _exit(0);
}

int bench_server_start(const struct bench_load *load, struct bench_server *out) {
  int pair[2][2]; /* [0]: the child tells; [1]: its end closes */
  if (pipe(pair[0]) != 0 || pipe(pair[1]) != 0) return -1;
  pid_t pid = fork();
  if (pid < 0) return -1;
  if (pid == 0) {
    close(pair[1][1]);
    struct canned canned = {.load = *load};
    serve(&canned, pair[0][1], pair[1][0]);
  }
  close(pair[0][1]);
  close(pair[1][0]);
  *out = (struct bench_server){.pid = pid, .stop_fd = pair[1][1]};
  if (read(pair[0][0], &out->port, sizeof out->port) != (ssize_t)sizeof out->port) return -1;
  out->tell_fd = pair[0][0];
  return 0;
}

int64_t bench_server_stop(struct bench_server *server) {
  int64_t downloads = -1;
  close(server->stop_fd);
  if (read(server->tell_fd, &downloads, sizeof downloads) != (ssize_t)sizeof downloads) downloads = -1;
  close(server->tell_fd);
  waitpid(server->pid, NULL, 0);
  return downloads;
}
