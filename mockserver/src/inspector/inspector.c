/*
 * GET /, /inspector, /inspector/… : the page's files. POST /inspector/api/WORLD: one question as JSON, answered by
 * lua/inspector.lua under the world's lock.
 *
 * Always true: a question changes nothing unless it came with Content-Type: application/json, which pages of other
 * sites cannot send without being asked first, and nobody answers that question.
 */
#include "inspector/inspector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "script/call.h"
#include "world/world.h"

static void free_buf(struct base_buf *buf) {
  base_buf_done(buf);
}

static const char API[] = "/inspector/api/";

static bool is_question(const struct http_request *request) {
  return strncmp(request->path, API, sizeof API - 1) == 0;
}

static const char *allow_of(const struct http_request *request) {
  return is_question(request) ? "Allow: POST\r\n" : "Allow: GET, HEAD\r\n";
}

static void send_bytes(const struct http_request *request, struct http_peer *peer, int status, const char *type, const void *bytes, size_t len) {
  CLEANUP(free_buf) struct base_buf out = BASE_BUF_INIT;
  base_buf_printf(&out,
                  "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n"
                  "%sX-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'self'; img-src data:\r\n\r\n",
                  status, http_reason(status), type, len, status == 405 ? allow_of(request) : "");
  if (!http_is_head(request->method)) base_buf_append(&out, bytes, len);
  http_peer_send(peer, base_buf_string(&out), out.len);
}

static void send_error(const struct http_request *request, struct http_peer *peer, int status, const char *text) {
  CLEANUP(free_buf) struct base_buf body = BASE_BUF_INIT;
  base_buf_text(&body, "{\"errmsg\":");
  json_quote(&body, text, strlen(text));
  base_buf_char(&body, '}');
  send_bytes(request, peer, status, "application/json", base_buf_string(&body), body.len);
}

/* ---- questions ---- */

static bool is_json(const struct http_request *request) {
  for (size_t i = 0; i < request->header_count; i++)
    if (strcasecmp(request->headers[i].name, "Content-Type") == 0)
      return strncasecmp(request->headers[i].value, "application/json", 16) == 0;
  return false;
}

/* A person reads it: without our own place in front, and the way that the error took behind. */
static const char *plain_text(char *text) {
  char *way = strstr(text, "; traceback: "), *place = strncmp(text, "mock/", 5) == 0 ? strstr(text, ": ") : NULL;
  if (way) *way = '\0';
  return place ? place + 2 : text;
}

static void ask_world(struct mock_world *world, const struct http_request *request, struct http_peer *peer) {
  struct base_error err = {0};
  CLEANUP(json_free) cJSON *question = NULL;
  CLEANUP(free_text) char *answer = NULL;
  if (json_parse(base_buf_string(&request->body), request->body.len, JSON_LAST_COUNTS, &question, &err) != 0) {
    send_error(request, peer, 400, err.text);
    return;
  }
  mock_world_lock(world);
  int status = world->closed ? base_fail(&err, 1, "", "the world is closed") : script_call(world, "inspect", question, &answer, &err);
  mock_world_notify(world);
  mock_world_unlock(world);
  if (status != 0) send_error(request, peer, 400, plain_text(err.text));
  else send_bytes(request, peer, 200, "application/json", answer, strlen(answer));
}

static void serve_question(struct mock_server *server, const char *name, const struct http_request *request,
                           struct http_peer *peer) {
  if (strcmp(request->method, "POST") != 0) {
    send_error(request, peer, 405, "questions are asked with POST");
    return;
  }
  if (!is_json(request)) {
    send_error(request, peer, 415, "Content-Type is to be application/json");
    return;
  }
  struct mock_world *world = http_pin_world(server, name, strcspn(name, "?"));
  if (world) ask_world(world, request, peer);
  else send_error(request, peer, 404, "there is no world of this name");
  if (world) http_unpin_world(server, world);
}

/* ---- the page ---- */

static const struct inspector_file *find_file(const char *path, size_t len) {
  for (const struct inspector_file *file = INSPECTOR_FILES; file->path; file++)
    if (strlen(file->path) == len && memcmp(file->path, path, len) == 0) return file;
  return NULL;
}

bool inspector_serve(struct mock_server *server, const struct http_request *request, struct http_peer *peer) {
  if (is_question(request)) {
    serve_question(server, request->path + sizeof API - 1, request, peer);
    return true;
  }
  const struct inspector_file *file = find_file(request->path, strcspn(request->path, "?"));
  if (!file) return false;
  if (http_reads(request->method)) send_bytes(request, peer, 200, file->type, file->text, file->len);
  else send_error(request, peer, 405, "the page is asked for with GET");
  return true;
}
