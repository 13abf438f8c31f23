/*
 * The way of one request:
 *
 *   journal -> closed? 410 -> route, token -> barrier -> rules chosen and counted -> point arrived
 *   -> waits and faults said before store() -> back end (upload cache, upload, download, metadata)
 *   -> point stored -> waits and faults said after store() -> edits -> answer
 *
 * Everything runs under the world's lock; waiting and sending release it. A request that is held does
 * its work when it is let go, whether its client still waits or not: a server has no other choice. One
 * that hangs never does more than it did before.
 */
#include "protocol/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "protocol/answer.h"
#include "protocol/download.h"
#include "protocol/metadata.h"
#include "protocol/request.h"
#include "protocol/upload.h"
#include "script/functions.h"
#include "world/rows.h"
#include "world/world.h"

enum { OPSTATUS_IN_PROGRESS = 500210, LOOK_EVERY_MS = 10 };

struct serving {
  struct mock_world *world;
  struct journal_entry *entry;
  struct http_peer *peer;
  struct rule_plan plan;
  struct answer answer;
  enum upload_state upload;
  bool cached;   /* the upload cache has to do with it */
  bool finished; /* no back end and no edits any more: answer, or drop */
  bool dropped;  /* close without an answer */
};

static void finish_with_error(struct serving *s, const struct base_error *err) {
  world_script_failed(s->world, err);
  answer_error(&s->answer, 500, 0, "%s", err->text);
  s->finished = true;
}

static void drop(struct serving *s) {
  s->finished = true;
  s->dropped = true;
}

/* ---- waiting ---- */

static int64_t now_ms(void) {
  struct base_clock clock = base_clock_system();
  return clock.monotonic_ms(clock.context);
}

/* One step of a wait: until something happens, or it is time to look whether the client is still there.
   Sets `ended` when it is not. */
static bool client_waits(struct serving *s) {
  if (s->entry->ended == 0 && http_peer_gone(s->peer)) {
    s->entry->ended = world_next_order(s->world);
    mock_world_notify(s->world);
  }
  return s->entry->ended == 0;
}

static void wait_step(struct serving *s) {
  world_wait_ms(s->world, client_waits(s) ? LOOK_EVERY_MS : 1000);
}

static void hang(struct serving *s, const struct rule *rule) {
  if (s->world->hang_status) { /* a client whose own time-out is too long gets it from a gateway */
    answer_error(&s->answer, s->world->hang_status, 0, "no answer in time");
    s->finished = true;
    return;
  }
  while (!s->world->closed && !rule->lifted && client_waits(s)) wait_step(s);
  drop(s);
}

static void hold(struct serving *s, const char *name) {
  struct gate *gate = gates_get(&s->world->gates, name);
  if (!gate) return;
  gate->held++;
  gate->reached++;
  s->world->gates.held++;
  mock_world_notify(s->world);
  while (!gate->open && !s->world->closed) wait_step(s);
  gate->held--;
  s->world->gates.held--;
  mock_world_notify(s->world);
  if (s->world->closed) drop(s);
}

static void linger(struct serving *s, int64_t ms) {
  int64_t until = now_ms() + ms;
  while (!s->world->closed && now_ms() < until) mock_world_wait(s->world, until);
}

/* SEQ-03: released when each service has asked; broken when a client that waits in it goes away. */
static void pass_barrier(struct serving *s) {
  struct barrier *barrier = gates_find_barrier(s->world, s->entry);
  if (!barrier) return;
  s->entry->excused = true;
  s->world->gates.held++;
  while (barrier->state == BARRIER_WAITING && !s->world->closed) {
    if (client_waits(s)) wait_step(s);
    else gates_break(s->world, barrier);
  }
  s->world->gates.held--;
  mock_world_notify(s->world);
  if (s->world->closed) drop(s);
}

/* ---- rules ---- */

static void describe_rules(struct serving *s) {
  struct base_buf text = BASE_BUF_INIT;
  for (size_t i = 0; i < s->plan.count; i++)
    base_buf_printf(&text, "%s%s", i ? "; " : "", base_buf_string(&s->plan.rules[i]->description));
  if (s->plan.count > 0) s->entry->fault = base_buf_steal(&text);
  base_buf_done(&text);
}

static void choose_rules(struct serving *s) {
  struct base_error err = {0};
  if (rules_select(s->world, s->entry, &s->plan, &err) != 0) {
    finish_with_error(s, &err);
    return;
  }
  describe_rules(s);
  s->entry->excused = s->entry->excused || rules_excuse(&s->plan);
}

static bool has_point(const struct serving *s, enum rule_point point) {
  for (size_t i = 0; i < s->plan.count; i++)
    for (size_t k = 0; k < s->plan.rules[i]->action_count; k++) {
      const struct rule_action *action = &s->plan.rules[i]->actions[k];
      if (action->kind == ACTION_AT && action->number == (int64_t)point) return true;
    }
  return false;
}

static void run_point(struct serving *s, enum rule_point point) {
  struct base_error err = {0};
  if (!has_point(s, point)) return;
  cJSON *request = journal_json(s->entry);
  for (size_t i = 0; i < s->plan.count; i++)
    for (size_t k = 0; k < s->plan.rules[i]->action_count; k++) {
      int function = s->plan.rules[i]->actions[k].function;
      if (s->plan.rules[i]->actions[k].kind != ACTION_AT || s->plan.rules[i]->actions[k].number != (int64_t)point) continue;
      if (script_action(s->world, function, request, &err) != 0) finish_with_error(s, &err);
    }
  cJSON_Delete(request);
}

static void answer_status(struct serving *s, const struct rule_action *action) {
  answer_error(&s->answer, (int)action->number, 0, "HTTP status %d by a rule", (int)action->number);
  if (action->text) s->answer.text = strdup(action->text);
  s->answer.headers = action->json;
}

static void close_now(struct serving *s, const struct rule *rule) {
  rules_remember_closed(&s->world->rules, rule, s->entry);
  drop(s);
}

/* Waits and faults. Those that end the request set `finished`. */
static void run_action(struct serving *s, const struct rule *rule, const struct rule_action *action) {
  switch (action->kind) {
  case ACTION_HANG: hang(s, rule); return;
  case ACTION_HOLD: hold(s, action->text); return;
  case ACTION_LINGER: linger(s, action->number); return;
  case ACTION_CLOSE: close_now(s, rule); return;
  case ACTION_OPSTATUS: answer_error(&s->answer, 200, action->number, "%s", action->text); break;
  case ACTION_STATUS: answer_status(s, action); break;
  case ACTION_BODY:
    answer_done(&s->answer);
    s->answer.text = strdup(action->text);
    s->answer.type = action->more;
    break;
  default: return;
  }
  s->finished = true;
}

static void run_actions(struct serving *s, bool after_store) {
  for (size_t i = 0; i < s->plan.count; i++)
    for (size_t k = 0; k < s->plan.rules[i]->action_count && !s->finished; k++)
      if (s->plan.rules[i]->actions[k].after_store == after_store)
        run_action(s, s->plan.rules[i], &s->plan.rules[i]->actions[k]);
}

/* ---- edits of the answer ---- */

static void run_edit(struct serving *s, const struct rule_action *action, const cJSON *request) {
  struct base_error err = {0};
  if (!s->answer.json || s->answer.text) return;
  if (script_edit(s->world, action->function, &s->answer.json, &s->answer.text, request, &err) != 0)
    finish_with_error(s, &err);
}

static void edit_answer(struct serving *s) {
  cJSON *request = NULL;
  for (size_t i = 0; i < s->plan.count; i++)
    for (size_t k = 0; k < s->plan.rules[i]->action_count && !s->finished; k++) {
      const struct rule_action *action = &s->plan.rules[i]->actions[k];
      if (action->kind == ACTION_EDIT && !request) request = journal_json(s->entry);
      if (action->kind == ACTION_EDIT) run_edit(s, action, request);
      else if (action->kind == ACTION_WITHOUT) answer_without(s->answer.json, action->text, action->more, s->entry->object_name);
      else if (action->kind == ACTION_ALWAYS_MORE && s->plan.rules[i]->fired <= (uint64_t)action->number)
        download_repeat(s->world, s->entry, &s->answer);
      else if (action->kind == ACTION_TRUNCATE) {
        s->answer.cut = true;
        s->answer.cut_at = (size_t)action->number;
      }
    }
  cJSON_Delete(request);
}

/* ---- the back end ---- */

static bool take_stored(struct serving *s) {
  const struct cached_upload *stored =
      upload_cache_answer(&s->world->cache, s->entry->service, s->entry->cache_id, s->world->clock_ms);
  if (!stored) return false;
  answer_json(&s->answer, cJSON_Duplicate(stored->answer, true));
  s->answer.status = stored->status;
  return true;
}

/* W-46: somebody else is at work on this id; look again for response_wait_ms of virtual time. */
static void wait_for_other(struct serving *s) {
  int64_t until = s->world->clock_ms + s->entry->service->response_wait_ms;
  s->entry->excused = true;
  bool stored = take_stored(s);
  while (!stored && s->world->clock_ms < until && !s->world->closed && client_waits(s)) {
    wait_step(s);
    stored = take_stored(s);
  }
  if (!stored) answer_error(&s->answer, 200, OPSTATUS_IN_PROGRESS, "request %.60s is already in progress", s->entry->cache_id);
}

static int execute_upload(struct serving *s, struct base_error *err) {
  if (s->cached && s->upload == UPLOAD_BUSY) {
    wait_for_other(s);
    return 0;
  }
  if (s->cached && take_stored(s)) return 0; /* W-45, UPC-04: the back end is not called again */
  s->entry->executed = true;
  int status = upload_answer(s->world, s->entry, &s->plan, &s->answer, err);
  if (status == 0 && s->cached) /* error answers as well (W-45) */
    upload_cache_keep(&s->world->cache, s->entry->service, s->entry->cache_id, s->answer.json, s->answer.status,
                      s->world->clock_ms);
  return status;
}

static void execute(struct serving *s) {
  struct base_error err = {0};
  int status = 0;
  if (s->entry->kind == KIND_UPLOAD) {
    status = execute_upload(s, &err);
  } else {
    s->entry->executed = true;
    if (s->entry->kind == KIND_DOWNLOAD) status = download_answer(s->world, s->entry, &s->answer, &err);
    else if (s->entry->kind == KIND_METADATA) status = metadata_answer(s->world, s->entry, &s->answer, &err);
    else status = document_answer(s->world, &s->answer, &err);
  }
  if (status != 0) finish_with_error(s, &err);
}

/* ---- routing ---- */

static void refuse(struct serving *s, int status, const char *text) {
  answer_error(&s->answer, status, 0, "%s", text);
  s->finished = true;
}

/* Why the claims token is not taken, or NULL (W-7). */
static const char *bad_token(struct serving *s) {
  return tokens_check(&s->world->tokens, journal_foundry_header(s->entry, "authorization"), s->world->clock_ms);
}

static void route(struct serving *s) {
  const struct journal_entry *entry = s->entry;
  const char *reason;
  bool get = strcmp(entry->method, "GET") == 0;
  bool sync = entry->kind == KIND_UPLOAD || entry->kind == KIND_DOWNLOAD;
  if (entry->kind == KIND_OTHER) refuse(s, 404, "nothing is served at this path");
  else if (entry->kind == KIND_DOCUMENT) { if (!get) refuse(s, 405, "the service document is asked for with GET"); }
  else if (!entry->service) refuse(s, 404, "there is no service of this name");
  else if (entry->kind == KIND_METADATA) { if (!get) refuse(s, 405, "metadata is asked for with GET"); }
  else if ((reason = bad_token(s))) refuse(s, 401, reason);
  else if (!sync && strcmp(entry->method, "POST") == 0) refuse(s, 400, "X-Http-Method-Override is to be GET or UPLOAD"); /* W-5 */
  else if (!sync) refuse(s, 501, "online calls are not served");
  else if (entry->object_level && !model_find_object(entry->service, entry->object_name)) refuse(s, 404, "the service has no object of this name");
}

static void begin_upload(struct serving *s) {
  s->cached = s->entry->kind == KIND_UPLOAD && s->entry->cache_id && s->entry->service->upload_cache;
  if (!s->cached || rules_end_early(&s->plan)) return; /* a fault before the back end: it never came that far */
  s->upload = upload_cache_begin(&s->world->cache, s->entry->service, s->entry->cache_id, s->world->clock_ms);
}

static void find_rules(struct serving *s) {
  if (s->entry->kind == KIND_DOWNLOAD) download_number(s->world, s->entry);
  if (rules_is_repetition(&s->world->rules, s->entry)) { /* NET-04 */
    s->entry->fault = strdup("repetition of a request that was closed");
    s->entry->excused = true;
    drop(s);
    return;
  }
  pass_barrier(s);
  if (!s->finished) choose_rules(s);
}

static void handle(struct serving *s) {
  route(s);
  if (!s->finished) find_rules(s);
  if (s->finished) return;
  run_point(s, POINT_ARRIVED);
  begin_upload(s);
  run_actions(s, false);
  if (s->finished) return;
  execute(s);
  mock_world_notify(s->world);
  if (!s->finished) run_point(s, POINT_STORED);
  run_actions(s, true);
  if (!s->finished) edit_answer(s);
}

/* ---- the answer's way out ---- */

static const char *reason(int status) {
  static const struct {
    int status;
    const char *text;
  } REASONS[] = {{200, "OK"}, {400, "Bad Request"}, {401, "Unauthorized"}, {404, "Not Found"}, {408, "Request Timeout"},
                 {410, "Gone"}, {429, "Too Many Requests"}, {500, "Internal Server Error"}, {503, "Service Unavailable"},
                 {504, "Gateway Timeout"}};
  for (size_t i = 0; i < sizeof REASONS / sizeof REASONS[0]; i++)
    if (REASONS[i].status == status) return REASONS[i].text;
  return "Status";
}

static void write_head(const struct answer *answer, size_t body_len, bool close, struct base_buf *out) {
  const cJSON *header;
  bool typed = false;
  base_buf_printf(out, "HTTP/1.1 %d %s\r\nContent-Length: %zu\r\n", answer->status, reason(answer->status), body_len);
  cJSON_ArrayForEach(header, answer->headers) {
    if (!cJSON_IsString(header)) continue;
    base_buf_printf(out, "%s: %s\r\n", header->string, header->valuestring);
    typed = typed || strcasecmp(header->string, "Content-Type") == 0;
  }
  if (!typed) base_buf_printf(out, "Content-Type: %s\r\n", answer->type ? answer->type : "application/json");
  base_buf_text(out, close ? "Connection: close\r\n\r\n" : "\r\n");
}

/* A journal is JSON, whatever bytes a rule sent. */
static char *readable(const char *text) {
  char *copy = strdup(text);
  size_t len = copy ? strlen(copy) : 0;
  for (size_t i = 0; i < len;) {
    size_t size = utf8_length(copy + i, len - i);
    if (size == 0) copy[i++] = '?';
    else i += size;
  }
  return copy;
}

/* The bytes of the whole answer, noted in the journal. Header and body are one piece. */
static void write_answer(struct serving *s, struct base_buf *out) {
  struct answer *answer = &s->answer;
  char *printed = answer->text ? NULL : json_print(answer->json);
  const char *body = answer->text ? answer->text : printed ? printed : "";
  size_t len = strlen(body);
  s->entry->status = answer->status;
  s->entry->answer_text = readable(body);
  if (!answer->text) s->entry->answer = answer->json, answer->json = NULL;
  else if (json_parse(body, len, JSON_LAST_COUNTS, &s->entry->answer, NULL) != 0) s->entry->answer = NULL;
  bool close = answer->cut || answer->status == 401; /* CivetWeb closes behind a 401 */
  write_head(answer, len, close, out);
  base_buf_append(out, body, answer->cut && answer->cut_at < len ? answer->cut_at : len);
  free(printed);
}

static void note_given_up(struct serving *s) {
  if (s->entry->excused || s->world->closed || s->world->gave_up[0]) return;
  snprintf(s->world->gave_up, sizeof s->world->gave_up, "the client closed the connection on request %llu (%s %.120s)",
           (unsigned long long)s->entry->seq, s->entry->method, s->entry->path);
}

static bool send_unlocked(struct serving *s, const char *bytes, size_t len) {
  mock_world_unlock(s->world);
  bool sent = http_peer_send(s->peer, bytes, len);
  mock_world_lock(s->world);
  return sent;
}

static void send_answer(struct serving *s) {
  struct base_buf out = BASE_BUF_INIT;
  size_t first = 0;
  bool sent = true;
  write_answer(s, &out);
  if (has_point(s, POINT_FIRST_BYTE) && out.len > 0) {
    first = 1;
    sent = send_unlocked(s, out.data, first);
    run_point(s, POINT_FIRST_BYTE);
  }
  if (!client_waits(s)) sent = false;
  else s->entry->ended = world_next_order(s->world);
  if (sent) sent = send_unlocked(s, out.data + first, out.len - first);
  if (!sent) note_given_up(s);
  if (!sent || s->answer.cut || s->answer.status == 401) http_peer_close(s->peer);
  base_buf_done(&out);
  if (sent) run_point(s, POINT_ANSWERED);
}

static void close_without_answer(struct serving *s) {
  if (s->entry->ended == 0) s->entry->ended = world_next_order(s->world);
  http_peer_close(s->peer);
}

static void serve(struct serving *s) {
  if (s->world->closed) {
    s->entry->after_close = true;
    refuse(s, 410, "this world is closed");
  } else {
    handle(s);
  }
  if (s->dropped) close_without_answer(s);
  else send_answer(s);
}

void serve_request(struct mock_world *world, const struct http_request *request, struct http_peer *peer) {
  mock_world_lock(world);
  struct journal_entry *entry = journal_add(world);
  if (entry) {
    struct world_peer self = {peer, world->peers};
    struct serving s = {.world = world, .entry = entry, .peer = peer, .answer = {.status = 200}};
    world->peers = &self;
    world->at_work++;
    entry->at_work = true;
    request_read(world, request, entry);
    mock_world_notify(world);
    serve(&s);
    answer_done(&s.answer);
    world_forget_peer(world, &self);
    world->at_work--;
    entry->at_work = false;
    mock_world_notify(world);
  }
  mock_world_unlock(world);
}
