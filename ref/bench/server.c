/*
 * Foundry's side of the bench. Everything that can be made before the first request is.
 *
 * The context of page k is {"objs":{"R0":{"bc":"k"}}}; a delta asks for what is new: nothing. An upload is
 * answered with the records as they came: its text is copied up to each record's `_metadata`.
 */
#include "server.h"

#include <civetweb.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "bench.h"
#include "samples.h"

struct pages {
  struct base_buf *items; /* the records of page k, with commas between them */
  int64_t count;
};

struct canned {
  struct bench_load load;
  unsigned port;
  struct pages records, documents;
  atomic_llong requests;
};

typedef size_t (*writer)(const struct sample *, char[SAMPLE_JSON]);

static struct pages make_pages(int64_t records, writer write_one) {
  struct pages pages = {.count = (records + BENCH_PAGE - 1) / BENCH_PAGE};
  pages.items = calloc((size_t)pages.count + 1, sizeof *pages.items);
  if (!pages.items) bench_give_up("out of memory for the pages");
  for (int64_t i = 0; i < records; i++) {
    struct base_buf *page = &pages.items[i / BENCH_PAGE];
    struct sample sample = sample_of(i);
    char text[SAMPLE_JSON];
    size_t len = write_one(&sample, text);
    if (page->len > 0) base_buf_char(page, ',');
    base_buf_append(page, text, len);
  }
  return pages;
}

/* ---- answers ----------------------------------------------------------------------------------- */

static void linger(unsigned ms) {
  struct timespec wait = {ms / 1000, (long)(ms % 1000) * 1000000};
  nanosleep(&wait, NULL);
}

/* Head and body leave in one write: two of them cost 40 ms (Nagle). Takes the body. */
static int answer(struct mg_connection *connection, struct base_buf *body) {
  struct base_buf whole = BASE_BUF_INIT;
  base_buf_printf(&whole, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", body->len);
  base_buf_append(&whole, base_buf_string(body), body->len);
  if (whole.failed || body->failed) bench_give_up("out of memory for an answer");
  mg_write(connection, whole.data, whole.len);
  base_buf_done(&whole);
  base_buf_done(body);
  return 200;
}

static struct base_buf read_body(struct mg_connection *connection) {
  struct base_buf body = BASE_BUF_INIT;
  for (;;) {
    char *room = base_buf_reserve(&body, 65536);
    int got = room ? mg_read(connection, room, 65536) : -1;
    if (got <= 0) return body;
    base_buf_added(&body, (size_t)got);
  }
}

static int service_of(struct mg_connection *connection) {
  const char *uri = mg_get_request_info(connection)->local_uri, *last = strrchr(uri, 'S');
  return last ? atoi(last + 1) : 0;
}

static int on_document(struct mg_connection *connection, void *context) {
  const struct canned *canned = context;
  struct base_buf body = BASE_BUF_INIT;
  base_buf_text(&body, "{\"name\":\"bench\",\"services_meta\":{");
  for (unsigned s = 0; s < canned->load.services; s++)
    base_buf_printf(&body,
                    "%s\"S%u\":{\"type\":\"objectsvc\",\"version\":\"1.0\",\"offline\":true,"
                    "\"url\":\"http://127.0.0.1:%u/services/data/v1/S%u\","
                    "\"metadata_url\":\"http://127.0.0.1:%u/services/metadata/v1/S%u\"}",
                    s ? "," : "", s, canned->port, s, canned->port, s);
  base_buf_text(&body, "}}");
  return answer(connection, &body);
}

static int on_metadata(struct mg_connection *connection, void *context) {
  static const char *const columns[][2] = {
      {"Name", "string"}, {"Salary", "number"}, {"Active", "boolean"}, {"HiredOn", "date"}, {"DeptId", "number"},
      {"City", "string"}, {"Street", "string"}, {"Phone", "string"},   {"Notes", "string"}};
  const struct canned *canned = context;
  struct base_buf body = BASE_BUF_INIT;
  base_buf_printf(&body,
                  "{\"opstatus\":0,\"timestamp\":\"1\",\"offline\":true,\"uploadCache\":%s,"
                  "\"namespaces\":[{\"name\":\"\",\"objects\":[{\"name\":\"R%d\",\"key\":[\"Id\"],"
                  "\"fields\":[{\"name\":\"Id\",\"datatype\":\"number\",\"nullable\":false}",
                  canned->load.upload_cache ? "true" : "false", service_of(connection));
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    base_buf_printf(&body, ",{\"name\":\"%s\",\"datatype\":\"%s\",\"nullable\":true}", columns[i][0], columns[i][1]);
  base_buf_text(&body, "]}]}]}");
  return answer(connection, &body);
}

static struct base_buf download(const struct canned *canned, int service, const char *asked) {
  struct base_buf body = BASE_BUF_INIT;
  const char *mark = strstr(asked, "\"bc\":\"");
  int64_t page = mark ? strtoll(mark + 6, NULL, 10) : 0;
  bool nothing_new = !mark && strstr(asked, "\"delta\"");
  bool more = !nothing_new && page + 1 < canned->records.count;
  base_buf_text(&body, "{\"opstatus\":0,\"Objects\":[");
  if (!nothing_new) {
    base_buf_printf(&body, "{\"name\":\"R%d\",\"opstatus\":0,\"records\":[", service);
    base_buf_append(&body, base_buf_string(&canned->records.items[page]), canned->records.items[page].len);
    base_buf_text(&body, "]}");
  }
  base_buf_printf(&body, "],\"delta_context\":{\"objs\":{\"R%d\":{\"%s\":\"%" PRId64 "\"}}}%s}", service,
                  more ? "bc" : "delta", page + 1, more ? ",\"hasMoreRecords\":\"true\"" : "");
  return body;
}

/* A create leaves out its null column, an answer has it (W-17, W-32). */
static struct base_buf upload(int service, const char *asked) {
  static const char row_id[] = "\"rowId\":", metadata[] = "\"_metadata\":";
  struct base_buf body = BASE_BUF_INIT;
  const char *at = strstr(asked, "\"records\":[");
  base_buf_printf(&body, "{\"opstatus\":0,\"_metadata\":{},\"objects\":[{\"name\":\"R%d\",\"records\":[", service);
  for (at = at ? at + 11 : ""; *at == '{' || *at == ',';) {
    if (*at == ',') at++;
    const char *end = strstr(at, metadata);
    const char *id = end ? strstr(end, row_id) : NULL;
    if (!id) break;
    if (body.data[body.len - 1] == '}') base_buf_char(&body, ',');
    base_buf_append(&body, at, (size_t)(end - at));
    base_buf_printf(&body, "\"Notes\":null,\"_metadata\":{\"rowId\":%lld,\"checksum\":\"0123456789abcdef\",\"opstatus\":0}}",
                    strtoll(id + sizeof row_id - 1, NULL, 10));
    const char *close = strstr(id, "}}");
    at = close ? close + 2 : "";
  }
  base_buf_text(&body, "]}]}");
  return body;
}

static int on_sync(struct mg_connection *connection, void *context) {
  struct canned *canned = context;
  const char *verb = mg_get_header(connection, "X-Http-Method-Override");
  struct base_buf asked = read_body(connection);
  struct base_buf body = verb && strcmp(verb, "UPLOAD") == 0
                             ? upload(service_of(connection), base_buf_string(&asked))
                             : download(canned, service_of(connection), base_buf_string(&asked));
  base_buf_done(&asked);
  if (canned->load.latency_ms) linger(canned->load.latency_ms);
  atomic_fetch_add(&canned->requests, 1);
  return answer(connection, &body);
}

/* GET /peers/K: page K. POST /peers: taken, whatever it is. */
static int on_peer(struct mg_connection *connection, void *context) {
  const struct canned *canned = context;
  const struct mg_request_info *info = mg_get_request_info(connection);
  struct base_buf body = BASE_BUF_INIT, asked = read_body(connection);
  int64_t page = strtoll(info->local_uri + sizeof "/peers" - 1 + (info->local_uri[6] == '/'), NULL, 10);
  base_buf_done(&asked);
  base_buf_text(&body, "{\"records\":[");
  if (strcmp(info->request_method, "GET") == 0 && page >= 0 && page < canned->documents.count)
    base_buf_append(&body, canned->documents.items[page].data, canned->documents.items[page].len);
  base_buf_printf(&body, "],\"more\":%s}", page + 1 < canned->documents.count ? "true" : "false");
  return answer(connection, &body);
}

/* ---- the process ------------------------------------------------------------------------------- */

void bench_serve(const struct bench_load *load) {
  static struct canned canned;
  static const char *const options[] = {"listening_ports", "127.0.0.1:0", "num_threads", "8", "tcp_nodelay", "1",
                                        "enable_keep_alive", "yes", "keep_alive_timeout_ms", "60000", NULL};
  static const struct mg_callbacks callbacks;
  canned.load = *load;
  canned.records = make_pages(load->records, sample_record);
  canned.documents = make_pages(load->services == 1 && load->records <= 100000 ? load->records : 0, sample_document);
  struct mg_context *server = mg_start(&callbacks, NULL, (const char **)(uintptr_t)options);
  struct mg_server_port port;
  if (!server || mg_get_server_ports(server, 1, &port) != 1) bench_give_up("the bench's server does not start");
  canned.port = (unsigned)port.port;
  mg_set_request_handler(server, "/authService", on_document, &canned);
  mg_set_request_handler(server, "/services/metadata", on_metadata, &canned);
  mg_set_request_handler(server, "/services/data", on_sync, &canned);
  mg_set_request_handler(server, "/peers", on_peer, &canned);
  printf("%u\n", canned.port);
  fflush(stdout);
  while (getchar() != EOF) continue;
  printf("%lld\n", atomic_load(&canned.requests));
  fflush(stdout);
  _exit(0);
}

struct bench_server bench_server_start(const struct bench_load *load) {
  char numbers[4][24];
  snprintf(numbers[0], sizeof numbers[0], "%u", load->services);
  snprintf(numbers[1], sizeof numbers[1], "%" PRId64, load->records);
  snprintf(numbers[2], sizeof numbers[2], "%u", load->latency_ms);
  snprintf(numbers[3], sizeof numbers[3], "%d", load->upload_cache);
  const char *argv[] = {NULL, "serve", numbers[0], numbers[1], numbers[2], numbers[3], NULL};
  struct bench_server server = {.process = bench_start(NULL, argv)};
  if (fscanf(server.process.told, "%u", &server.port) != 1) bench_give_up("the bench's server does not start");
  return server;
}

int64_t bench_server_stop(struct bench_server *server) {
  int64_t requests = -1;
  bench_end(&server->process, &requests);
  return requests;
}
