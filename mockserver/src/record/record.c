/*
 * One request: journal its redacted form -> forward -> journal the redacted answer -> learn -> answer.
 * The world's lock is held for the journal alone, never while the upstream is waited for.
 */
#include "record/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "http/http.h"
#include "journal/file.h"
#include "protocol/request.h"
#include "record/origins.h"
#include "record/redact.h"
#include "record/upstream.h"
#include "script/call.h"
#include "world/world.h"

static const char DOCUMENT[] = "/authService/100000002/appconfig";

struct record {
  struct mock_server *server;
  struct mock_world *world;
  struct origins origins;
  struct upstream upstream;
  struct redact redact;
};

static void free_buf(struct base_buf *buf) {
  base_buf_done(buf);
}

/* ---- the journal ---- */

/* Bodies are kept of what object services say; a login's, say, never. */
static bool is_kept(const char *path) {
  return strncmp(path, "/services/data/", 15) == 0 || strncmp(path, "/services/metadata/", 19) == 0 ||
         strcmp(path, DOCUMENT) == 0;
}

static void copy_headers(const struct record *record, const struct http_request *from, struct http_request *to) {
  for (size_t i = 0; i < from->header_count; i++) {
    to->headers[i] = from->headers[i];
    if (redact_header(&record->redact, from->headers[i].name)) to->headers[i].value = REDACTED;
  }
  to->header_count = from->header_count;
}

/* NULL without memory. */
static struct journal_entry *add_entry(struct mock_world *world, struct http_request *request) {
  struct journal_entry *entry = request_entry(request);
  if (!entry) return NULL;
  mock_world_lock(world);
  bool added = journal_add(world, entry);
  if (added) {
    entry->at_work = true;
    request_place(world, entry);
    cJSON_Delete(entry->findings); /* they would be about a world that knows no services */
    entry->findings = NULL;
    journal_file_request(world, entry, NULL);
    mock_world_notify(world);
  }
  mock_world_unlock(world);
  if (added) return entry;
  journal_free_entry(entry);
  return NULL;
}

/* The request as it may be written down, at work. */
static struct journal_entry *note_request(struct record *record, const struct http_request *request, const char *path) {
  CLEANUP(free_buf) struct base_buf query = BASE_BUF_INIT;
  struct http_request redacted = {.method = request->method, .path = path, .body = {.max = HTTP_BODY_MAX}};
  redact_query(&record->redact, request->query, &query);
  redacted.query = base_buf_string(&query);
  copy_headers(record, request, &redacted);
  redact_body(&record->redact, &request->body, is_kept(path), &redacted.body);
  struct journal_entry *entry = add_entry(record->world, &redacted);
  base_buf_done(&redacted.body);
  return entry;
}

/* The upstream's lines as pairs; secrets are out of them. */
static void read_answer_headers(const struct record *record, const struct base_buf *lines, struct base_buf *out) {
  const char *line = base_buf_string(lines);
  while (*line) {
    size_t len = strcspn(line, "\r\n"), name_len = strcspn(line, ":");
    CLEANUP(free_text) char *name = strndup(line, name_len);
    const char *start = line + (name_len < len ? name_len + 1 : len);
    start += strspn(start, " \t");
    CLEANUP(free_text) char *value = start < line + len ? strndup(start, (size_t)(line + len - start)) : strdup("");
    if (name && value) headers_add(out, name, redact_header(&record->redact, name) ? REDACTED : value);
    line += len + strspn(line + len, "\r\n");
  }
}

static void fill_answer(struct record *record, struct journal_entry *entry, const struct upstream_answer *answer, bool kept) {
  CLEANUP(free_buf) struct base_buf body = {.max = HTTP_BODY_MAX};
  redact_body(&record->redact, &answer->body, kept, &body);
  entry->status = answer->status;
  base_buf_append(&entry->answer_bytes, body.data, body.len);
  read_answer_headers(record, &answer->headers, &entry->answer_headers);
  entry->sent = answer->body.len;
  entry->end = END_ANSWERED;
  entry->executed = true;
}

/* `answer` NULL: there was none, because of `err`. */
static void note_answer(struct record *record, struct journal_entry *entry, const struct upstream_answer *answer,
                        const struct base_error *err) {
  struct base_error failed = {0};
  mock_world_lock(record->world);
  if (answer) fill_answer(record, entry, answer, is_kept(entry->path ? entry->path : ""));
  else {
    entry->fault = strdup(err->text);
    entry->end = END_CLOSED;
  }
  entry->ended = world_next_order(record->world);
  entry->left = journal_now(record->world);
  entry->at_work = false;
  journal_touch(record->world, entry);
  journal_file_answer(record->world, entry, NULL);
  CLEANUP(json_free) cJSON *json = journal_json(entry);
  if (script_call(record->world, "learn", json, NULL, &failed) != 0) world_script_failed(record->world, &failed);
  mock_world_notify(record->world);
  mock_world_unlock(record->world);
}

/* ---- answers ---- */

/* An answer to HEAD has no body, and how long that would be is not known here: it may stay unsaid (RFC 9110, 9.3.2). */
static void send_answer(const struct http_request *request, struct http_peer *peer, int status, const char *headers, const struct base_buf *body) {
  CLEANUP(free_buf) struct base_buf out = BASE_BUF_INIT;
  bool head = http_is_head(request->method);
  base_buf_printf(&out, "HTTP/1.1 %d %s\r\n%s", status, http_reason(status), headers);
  if (!head) base_buf_printf(&out, "Content-Length: %zu\r\n", body->len);
  if (status == 401) base_buf_text(&out, "Connection: close\r\n"); /* CivetWeb closes behind a 401 */
  base_buf_text(&out, "\r\n");
  if (!head) base_buf_append(&out, body->data, body->len);
  http_peer_send(peer, out.data, out.len);
  if (status == 401) http_peer_close(peer);
}

static void send_failure(const struct http_request *request, struct http_peer *peer, int status, const char *text) {
  CLEANUP(free_buf) struct base_buf body = BASE_BUF_INIT;
  base_buf_text(&body, "{\"errmsg\":");
  json_quote(&body, text, strlen(text));
  base_buf_char(&body, '}');
  send_answer(request, peer, status, "Content-Type: application/json\r\n", &body);
}

/* Our address in the place of theirs, so that the app's next calls come here. */
static void rewrite_document(struct record *record, struct base_buf *body) {
  cJSON *document = NULL;
  if (json_parse(base_buf_string(body), body->len, JSON_LAST_COUNTS, &document, NULL) != 0) return;
  origins_rewrite(&record->origins, document);
  CLEANUP(free_text) char *text = json_print(document);
  cJSON_Delete(document);
  if (!text) return;
  base_buf_clear(body);
  base_buf_text(body, text);
}

/* ---- one request ---- */

static void forward(struct record *record, const char *url, const char *path, const struct http_request *request,
                    struct http_peer *peer, struct journal_entry *entry) {
  struct upstream_answer answer;
  struct base_error err = {0};
  if (upstream_call(&record->upstream, url, request, &answer, &err) != 0) {
    note_answer(record, entry, NULL, &err);
    send_failure(request, peer, 502, err.text);
    return;
  }
  note_answer(record, entry, &answer, NULL);
  if (strcmp(path, DOCUMENT) == 0) rewrite_document(record, &answer.body);
  send_answer(request, peer, answer.status, base_buf_string(&answer.headers), &answer.body);
  upstream_answer_done(&answer);
}

static void serve(void *context, struct http_request *request, struct http_peer *peer) {
  struct record *record = context;
  CLEANUP(free_buf) struct base_buf full = BASE_BUF_INIT;
  CLEANUP(free_text) char *path = strndup(request->path, strcspn(request->path, "?"));
  const char *rest = path;
  CLEANUP(free_text) char *url = path ? origins_resolve(&record->origins, path, &rest) : NULL;
  if (!url) {
    send_failure(request, peer, 404, "no address of a service document stands for this path");
    return;
  }
  base_buf_printf(&full, request->query[0] ? "%s?%s" : "%s", url, request->query);
  struct journal_entry *entry = note_request(record, request, rest);
  if (entry) forward(record, base_buf_string(&full), rest, request, peer, entry);
  else send_failure(request, peer, 500, "out of memory");
}

/* ---- start and stop ---- */

static int open_server(struct record *record, const struct record_config *config, struct base_error *err) {
  struct mock_config server = {.port = config->port, .threads = config->threads};
  int status = mock_server_start(&server, &record->server, err);
  if (status == 0) status = mock_world_open(record->server, "record", &record->world, err);
  if (status != 0) return status;
  mock_world_set_keep(record->world, config->keep);
  record->origins.own = mock_server_url(record->server);
  http_set_site(record->server, serve, record);
  return 0;
}

int record_start(const struct record_config *config, struct record **out, struct base_error *err) {
  struct record *record = calloc(1, sizeof *record);
  if (!record) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  record->redact = (struct redact){config->fields, config->field_count};
  upstream_init(&record->upstream, config->insecure);
  int status = 0;
  if (!origins_init(&record->origins, config->upstream))
    status = base_fail(err, RECORD_ERR_UPSTREAM, "", "\"%.200s\" is no URL like https://host:port/path", config->upstream);
  if (status == 0) status = open_server(record, config, err);
  if (status == 0) *out = record;
  else record_stop(record);
  return status;
}

const char *record_url(const struct record *record) {
  return mock_server_url(record->server);
}

struct mock_world *record_world(struct record *record) {
  return record->world;
}

void record_close(struct record *record) {
  atomic_store(&record->upstream.stopped, true);
  mock_server_stop(record->server);
  record->server = NULL;
}

int record_script(struct record *record, char **out, struct base_error *err) {
  CLEANUP(json_free) cJSON *origin = cJSON_CreateString(record->origins.upstream);
  mock_world_lock(record->world);
  int status = script_call(record->world, "learned", origin, out, err);
  mock_world_unlock(record->world);
  return status;
}

void record_stop(struct record *record) {
  if (!record) return;
  if (record->server) record_close(record);
  mock_world_free(record->world);
  origins_done(&record->origins);
  upstream_done(&record->upstream);
  free(record);
}
