#include "schedule_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "foundrymock/mock.h"
#include "mock_kept.h"
#include "mock_seam.h"
#include "oracle.h"
#include "world/world.h"

#define DECLARED(nest)                                                                             \
  "local organization = server:service('Organization', { uploadCache = true, response_wait_ms = 0 })\n"  \
  "local function fields(...)\n"                                                                   \
  "  local list = { ... }\n"                                                                       \
  "  for _, name in ipairs { 'Name', 'Twin' } do\n"                                                \
  "    list[#list + 1] = { name = name, datatype = 'string', nullable = false, length = 23 }\n"    \
  "  end\n"                                                                                        \
  "  return list\n"                                                                                \
  "end\n"                                                                                          \
  "local function key(name)\n"                                                                     \
  "  return { name = name, datatype = 'number', nullable = false, auto_generated = true }\n"       \
  "end\n"                                                                                          \
  "local teams = organization:object('Team', { key = { 'TeamId' }, fields = fields(key 'TeamId') })\n"  \
  "local members = organization:object('Member', { key = { 'MemberId' },\n"                        \
  "  fields = fields(key 'MemberId', { name = 'TeamId', datatype = 'number', nullable = true }) })\n"  \
  "organization:relate { name = 'members', type = 'OneToMany', from = teams, to = members,\n"      \
  "  source_fields = { 'TeamId' }, target_fields = { 'TeamId' } }\n" nest

static const char flat[] = DECLARED("");
static const char nested[] = DECLARED("organization:nest { parent = teams, child = members }\n");

static const char helpers[] =
    "local foundry = require 'foundry'\n"
    "server:service('Sales'):object('Note', { key = { 'NoteId' }, fields = { key 'NoteId' } })\n"
    "objects = { teams, members }\n"
    "function put(object, old, name)\n"
    "  for _, row in ipairs(objects[object]:rows()) do\n"
    "    local id = object == 1 and row.TeamId or row.MemberId\n"
    "    if row.Name == old then return objects[object]:update(id, { Name = name, Twin = name }) end\n"
    "  end\n"
    "  objects[object]:insert { Name = name, Twin = name }\n"
    "end\n"
    "function rows(object) return foundry.array(objects[object]:rows()) end\n"
    "function reject()\n"
    "  local seen = 0\n"
    "  organization:on_upload():once():reject { opstatus = 20006, errmsg = 'no', where = function()\n"
    "    seen = seen + 1\n"
    "    return seen == 1\n"
    "  end }\n"
    "end\n";

static const struct look {
  bool executed;
  enum net_outcome outcome;
  int status;
  const char *body, *rule;
} looks[] = {
#define SCHEDULE_FAULT_ROW(name, executed, outcome, status, body, rule) {executed, outcome, status, body, rule},
    SCHEDULE_FAULTS(SCHEDULE_FAULT_ROW)
#undef SCHEDULE_FAULT_ROW
};

const char *schedule_fault_rule(enum schedule_fault fault) { return looks[fault].rule; }
const char *schedule_server_script(bool hierarchical) { return hierarchical ? nested : flat; }

/* ---- the data --------------------------------------------------------------------------------------- */

static void run(struct schedule_server *server, const char *script) {
  free(seam_run(server->world, script));
}

void schedule_server_open(struct schedule_server *server, bool hierarchical) {
  CLEANUP(base_buf_done) struct base_buf script = BASE_BUF_INIT;
  base_buf_printf(&script, "%s%s", schedule_server_script(hierarchical), helpers);
  static struct seam_kept kept[2];
  *server = (struct schedule_server){.out = BASE_BUF_INIT};
  server->world = seam_begin(&kept[hierarchical], base_buf_string(&script));
}

void schedule_server_close(struct schedule_server *server) {
  base_buf_done(&server->out);
}

void schedule_server_put(struct schedule_server *server, int object, const char *old, const char *name) {
  char script[120];
  snprintf(script, sizeof script, "put(%d, '%s', '%s')", object + 1, old, name);
  run(server, script);
}

char *schedule_server_rows(struct schedule_server *server, int object) {
  return seam_run(server->world, object ? "return rows(2)" : "return rows(1)");
}

/* ---- requests ---------------------------------------------------------------------------------------- */

void schedule_server_plan(struct schedule_server *server, const enum schedule_fault plan[SCHEDULE_PLAN]) {
  server->planned = 0;
  for (size_t i = 0; i < SCHEDULE_PLAN; i++) server->plan[i] = plan ? plan[i] : FAULT_NONE;
}

/* What the fake network's URLs mean at the mock. */
static const struct {
  const char *begin, *path;
} routes[] = {{"http://f/meta/Org", "/services/metadata/v1/Organization"},
              {"http://f/meta/Sales", "/services/metadata/v1/Sales"},
              {"http://f/Org", "/services/data/v1/Organization"},
              {"http://f/Sales", "/services/data/v1/Sales"}};

/* "UPLOAD http://f/Org/objects/Team?a=1" into method, path and query; `text` holds them. */
static void route(const char *line, struct http_request *to, struct base_buf *text) {
  const char *url = strchr(line, ' ') + 1;
  size_t i = 0;
  while (strncmp(url, routes[i].begin, strlen(routes[i].begin)) != 0) MUST(++i < sizeof routes / sizeof *routes);
  base_buf_printf(text, "%s%s", routes[i].path, url + strlen(routes[i].begin));
  to->method = i < 2 ? "GET" : "POST";
  to->path = base_buf_string(text);
  const char *query = strchr(to->path, '?');
  to->query = query ? query + 1 : "";
}

/* `lines` is changed. */
static void split_headers(char *lines, struct http_request *to) {
  for (char *line = lines, *end; (end = strchr(line, '\n')); line = end + 1) {
    char *colon = strchr(line, ':');
    *end = '\0';
    MUST(colon && to->header_count < HTTP_HEADERS);
    *colon = '\0';
    to->headers[to->header_count++] = (struct http_header){line, colon + 2};
  }
}

static void execute(struct schedule_server *server, const struct fake_request *request) {
  CLEANUP(base_buf_done) struct base_buf path = BASE_BUF_INIT;
  CLEANUP(free_text) char *headers = strdup(request->headers);
  struct http_request to = {.version = "1.1", .body = BASE_BUF_INIT};
  MUST(headers);
  route(request->line, &to, &path);
  split_headers(headers, &to);
  base_buf_append(&to.body, request->body, strlen(request->body));
  base_buf_clear(&server->out);
  MUST(seam_serve(server->world, &to, &server->out) != SEAM_RESET);
  base_buf_done(&to.body);
}

/* W-43 gives up a request whose replay meets a complete error answer: one that was executed would be
 * executed twice, which is documented. So it meets no answer instead. */
static bool was_executed(const struct schedule_server *server, const struct fake_request *request) {
  CLEANUP(free_text) char *id = fake_header(request, "X-Voltmx-RequestCacheId");
  const struct journal *journal = &server->world->journal;
  for (size_t i = 0; id && i < journal->count; i++)
    if (journal->entries[i]->cache_id && journal->entries[i]->executed && strcmp(journal->entries[i]->cache_id, id) == 0)
      return true;
  return false;
}

static enum schedule_fault pick(struct schedule_server *server, const struct fake_request *request) {
  enum schedule_fault fault = server->planned < SCHEDULE_PLAN ? server->plan[server->planned++] : FAULT_NONE;
  bool complete_error = fault == FAULT_UNAVAILABLE || fault == FAULT_ERROR;
  return complete_error && was_executed(server, request) ? FAULT_LOST : fault;
}

/* A rule that did not fire is for this request alone. */
static void lift(struct schedule_server *server) {
  mock_world_lock(server->world);
  mock_world_lift_all(server->world);
  mock_world_unlock(server->world);
}

/* What the mock said, once it is executed. */
static struct net_answer read_answer(const struct schedule_server *server) {
  const char *text = base_buf_string(&server->out), *body = strstr(text, "\r\n\r\n");
  struct net_answer answer = {.outcome = NET_ANSWERED};
  MUST(body && sscanf(text, "HTTP/1.1 %d ", &answer.status) == 1);
  answer.body = body + 4;
  answer.body_len = strlen(answer.body);
  return answer;
}

void schedule_answer(void *self, const struct fake_request *request, struct net_answer *answer) {
  struct schedule_server *server = self;
  bool metadata = strstr(request->line, "/meta/") != NULL;
  enum schedule_fault fault = metadata ? FAULT_NONE : pick(server, request);
  const struct look *look = &looks[fault];
  if (fault == FAULT_REJECTS) run(server, "reject()");
  if (look->executed) execute(server, request);
  if (fault == FAULT_REJECTS) lift(server);
  if (look->executed) *answer = read_answer(server);
  if (fault == FAULT_TRUNCATED) answer->body_len /= 2;
  if (fault == FAULT_NONE || fault == FAULT_TRUNCATED || fault == FAULT_REJECTS) return;
  *answer = (struct net_answer){
      .outcome = look->outcome, .status = look->status, .body = look->body, .body_len = strlen(look->body)};
}
