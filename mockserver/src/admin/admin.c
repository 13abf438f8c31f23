/*
 * GET /mock/…: the worlds, what happened in them, what became of their rules. A table of routes; each makes a JSON
 * tree under the world's lock, and it is printed and sent when the lock is free again.
 */
#include "admin/admin.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "admin/listing.h"
#include "base/cleanup.h"
#include "journal/record.h"
#include "protocol/request.h"
#include "world/world.h"

struct admin_answer {
  int status;
  cJSON *json;
};

static struct admin_answer fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
static struct admin_answer fail(int status, const char *format, ...) {
  char text[300];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  cJSON *json = cJSON_CreateObject();
  cJSON_AddStringToObject(json, "errmsg", journal_readable(text, strlen(text)));
  return (struct admin_answer){status, json};
}

static struct admin_answer good(cJSON *json) {
  return (struct admin_answer){200, json};
}

static cJSON *wrap(const char *name, cJSON *item) {
  cJSON *json = cJSON_CreateObject();
  cJSON_AddItemToObject(json, name, item);
  return json;
}

/* ---- routes of a world; under its lock ---- */

struct call {
  struct mock_world *world;
  struct http_peer *peer;
  const cJSON *query;
  const char *rest; /* of the path, behind the route's name */
};

static cJSON *world_json(struct mock_world *world) {
  cJSON *json = cJSON_CreateObject();
  struct base_error err = {0};
  cJSON_AddStringToObject(json, "name", world->name);
  cJSON_AddStringToObject(json, "url", world->url);
  cJSON_AddItemToObject(json, "clock_ms", json_create_integer(world->clock_ms));
  cJSON_AddItemToObject(json, "entries", json_create_integer((int64_t)(world->journal.dropped + world->journal.count)));
  cJSON_AddItemToObject(json, "kept", json_create_integer((int64_t)world->journal.count));
  cJSON_AddItemToObject(json, "at_work", json_create_integer(world->at_work));
  cJSON_AddItemToObject(json, "rules", json_create_integer((int64_t)world->rules.count));
  cJSON_AddItemToObject(json, "cursor", json_create_integer((int64_t)world->journal.revision));
  cJSON_AddBoolToObject(json, "closed", world->closed);
  if (mock_world_journal_failed(world, &err)) cJSON_AddStringToObject(json, "journal_error", err.text);
  cJSON *services = cJSON_AddArrayToObject(json, "services");
  for (size_t i = 0; i < world->service_count; i++)
    cJSON_AddItemToArray(services, cJSON_CreateString(world->services[i]->name));
  return json;
}

static struct admin_answer get_world(const struct call *call) {
  return good(world_json(call->world));
}

static struct admin_answer get_entry(const struct call *call) {
  for (size_t i = 0; i < call->world->journal.count; i++) {
    struct journal_entry *entry = call->world->journal.entries[i];
    char seq[24];
    snprintf(seq, sizeof seq, "%llu", (unsigned long long)entry->seq);
    if (strcmp(seq, call->rest) != 0) continue;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "entry", listing_summary(entry));
    if (entry->event) return good(json);
    cJSON_AddItemToObject(json, "request", record_request(entry));
    if (entry->end != END_NONE && !entry->at_work) cJSON_AddItemToObject(json, "answer", record_answer(entry));
    return good(json);
  }
  return fail(404, "the journal has no entry %.40s, or has let it go", call->rest);
}

static struct admin_answer get_requests(const struct call *call) {
  struct listing listing;
  struct base_error err = {0};
  if (call->rest[0]) return get_entry(call);
  if (listing_read(call->query, &listing, &err) != 0) return fail(400, "%s", err.text);
  return good(listing_wait(call->world, call->peer, &listing));
}

static struct admin_answer get_rules(const struct call *call) {
  return good(wrap("rules", mock_world_rules(call->world)));
}

static struct admin_answer get_near_misses(const struct call *call) {
  cJSON *json = wrap("rules", mock_world_near_misses(call->world));
  cJSON_AddItemToObject(json, "unfired", mock_world_unfired_rules(call->world));
  return good(json);
}

static struct admin_answer get_har(const struct call *call) {
  return good(mock_world_har(call->world));
}

static struct admin_answer get_journal(const struct call *call) {
  return good(wrap("entries", mock_world_journal(call->world, 0)));
}

static const struct route {
  const char *name;
  bool has_rest; /* may have something behind its name */
  struct admin_answer (*get)(const struct call *call);
} ROUTES[] = {
    {"", false, get_world},
    {"requests", true, get_requests},
    {"rules", false, get_rules},
    {"near-misses", false, get_near_misses},
    {"har", false, get_har},
    {"journal", false, get_journal},
};

/* ---- finding the route ---- */

static const struct route *find_route(const char *path, const char **rest) {
  size_t len = strcspn(path, "/");
  *rest = path[len] ? path + len + 1 : path + len;
  for (size_t i = 0; i < sizeof ROUTES / sizeof ROUTES[0]; i++) {
    if (strlen(ROUTES[i].name) != len || strncmp(ROUTES[i].name, path, len) != 0) continue;
    return **rest && !ROUTES[i].has_rest ? NULL : &ROUTES[i];
  }
  return NULL;
}

/* `path` stands behind /mock/worlds/ */
static struct admin_answer ask_world(struct mock_server *server, const char *path, const cJSON *query, struct http_peer *peer) {
  size_t len = strcspn(path, "/");
  const char *rest;
  const struct route *route = find_route(path[len] ? path + len + 1 : path + len, &rest);
  struct mock_world *world = http_pin_world(server, path, len);
  struct admin_answer answer = {0};
  if (!world) answer = fail(404, "there is no world %.*s", (int)(len < 60 ? len : 60), path);
  else if (!route) answer = fail(404, "a world has no %.80s here: see ADMIN.md", path + len);
  if (world && route) {
    mock_world_lock(world);
    answer = route->get(&(struct call){world, peer, query, rest});
    mock_world_unlock(world);
  }
  if (world) http_unpin_world(server, world);
  return answer;
}

static void add_world(void *context, struct mock_world *world) {
  mock_world_lock(world);
  cJSON_AddItemToArray(context, world_json(world));
  mock_world_unlock(world);
}

static struct admin_answer list_worlds(struct mock_server *server) {
  cJSON *json = cJSON_CreateObject();
  cJSON_AddStringToObject(json, "name", "foundry-mock");
  cJSON_AddStringToObject(json, "version", FOUNDRY_MOCK_VERSION);
  cJSON_AddItemToObject(json, "admin", json_create_integer(ADMIN_VERSION));
  http_each_world(server, add_world, cJSON_AddArrayToObject(json, "worlds"));
  return good(json);
}

/* ---- the answer ---- */

static void send_json(struct http_peer *peer, int status, cJSON *json, bool head_only) {
  CLEANUP(free_text) char *text = json_print(json);
  struct base_buf head = BASE_BUF_INIT;
  size_t len = text ? strlen(text) : 0;
  base_buf_printf(&head, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n%sContent-Length: %zu\r\n\r\n",
                  status, http_reason(status), status == 405 ? "Allow: GET, HEAD\r\n" : "", len);
  if (!head_only) base_buf_append(&head, text, len);
  http_peer_send(peer, base_buf_string(&head), head.len);
  base_buf_done(&head);
}

static struct admin_answer ask(struct mock_server *server, const char *path, const struct http_request *request,
                               struct http_peer *peer) {
  static const char WORLDS[] = "/worlds/";
  CLEANUP(json_free) cJSON *query = request_query(request->query);
  if (!http_reads(request->method)) return fail(405, "%.20s: everything under /mock is asked for with GET", request->method);
  if (strcmp(path, "") == 0 || strcmp(path, "/") == 0 || strcmp(path, "/worlds") == 0) return list_worlds(server);
  if (strncmp(path, WORLDS, sizeof WORLDS - 1) == 0) return ask_world(server, path + sizeof WORLDS - 1, query, peer);
  return fail(404, "there is no /mock%.80s: see ADMIN.md", path);
}

bool admin_serve(struct mock_server *server, const char *uri, const struct http_request *request, struct http_peer *peer) {
  static const char PREFIX[] = "/mock";
  size_t len = sizeof PREFIX - 1;
  if (strncmp(uri, PREFIX, len) != 0 || (uri[len] && uri[len] != '/')) return false;
  struct admin_answer answer = ask(server, uri + len, request, peer);
  send_json(peer, answer.status, answer.json, http_is_head(request->method));
  cJSON_Delete(answer.json);
  return true;
}
