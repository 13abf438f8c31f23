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

#include "journal/file.h"
#include "protocol/download.h"
#include "protocol/cors.h"
#include "protocol/metadata.h"
#include "protocol/online.h"
#include "protocol/request.h"
#include "protocol/serving.h"
#include "protocol/unknown.h"
#include "protocol/upload.h"
#include "script/functions.h"
#include "world/memo.h"

enum { OPSTATUS_IN_PROGRESS = 500210 };

void serving_fail(struct serving *s, const struct base_error *err) {
  world_script_failed(s->world, err);
  answer_error(&s->answer, 500, 0, "%s", err->text);
  s->finished = true;
}

void serving_drop(struct serving *s) {
  s->finished = true;
  s->dropped = true;
}

/* ---- rules ---- */

static void describe_rules(struct serving *s) {
  struct base_buf text = BASE_BUF_INIT;
  for (size_t i = 0; i < s->plan.count; i++)
    base_buf_printf(&text, "%s%s", i ? "; " : "", base_buf_string(&s->plan.rules[i]->description));
  if (s->plan.count > 0) s->entry->fault = base_buf_steal(&text);
  base_buf_done(&text);
}

static void choose_rules(struct serving *s, bool unread) {
  struct base_error err = {0};
  if (rules_select(s->world, s->entry, unread, &s->plan, &err) != 0) {
    serving_fail(s, &err);
    return;
  }
  describe_rules(s);
  s->entry->excused = s->entry->excused || rules_excuse(&s->plan);
}

bool serving_has_point(const struct serving *s, enum rule_point point) {
  for (size_t i = 0; i < s->plan.count; i++)
    for (size_t k = 0; k < s->plan.rules[i]->action_count; k++) {
      const struct rule_action *action = &s->plan.rules[i]->actions[k];
      if (action->kind == ACTION_AT && action->number == (int64_t)point) return true;
    }
  return false;
}

static void run_point(struct serving *s, enum rule_point point) {
  struct base_error err = {0};
  cJSON *request = journal_json(s->entry);
  for (size_t i = 0; i < s->plan.count; i++)
    for (size_t k = 0; k < s->plan.rules[i]->action_count; k++) {
      const struct rule_action *action = &s->plan.rules[i]->actions[k];
      if (action->kind != ACTION_AT || action->number != (int64_t)point) continue;
      if (script_action(s->world, action->function, request, &err) != 0) serving_fail(s, &err);
    }
  cJSON_Delete(request);
}

void serving_point(struct serving *s, enum rule_point point) {
  if (serving_has_point(s, point)) run_point(s, point);
}

static void run_actions(struct serving *s, bool after_store) {
  for (size_t i = 0; i < s->plan.count; i++)
    for (size_t k = 0; k < s->plan.rules[i]->action_count && !s->finished; k++) {
      const struct rule_action *action = &s->plan.rules[i]->actions[k];
      enum action_phase phase = ACTION_TRAITS[action->kind].phase;
      if (action->after_store != after_store) continue;
      if (phase == PHASE_WAIT) wait_action(s, s->plan.rules[i], action);
      else if (phase == PHASE_ANSWER) rule_answer(s, s->plan.rules[i], action);
    }
}

/* ---- the back end ---- */

static bool take_stored(struct serving *s) {
  const struct cached_upload *stored =
      upload_cache_answer(&s->world->cache, s->entry->service, s->entry->cache_id, s->world->clock_ms);
  if (!stored) return false;
  answer_text(&s->answer, shared_text_hold(stored->answer));
  s->answer.status = stored->status;
  return true;
}

/* W-46: somebody else is at work on this id; look again for response_wait_ms of virtual time. */
static void wait_for_other(struct serving *s) {
  int64_t until = s->world->clock_ms + s->entry->service->response_wait_ms;
  s->entry->excused = true;
  bool stored = take_stored(s);
  while (!stored && s->world->clock_ms < until && !s->world->closed && wait_client(s)) {
    wait_step(s);
    stored = take_stored(s);
  }
  if (!stored) answer_error(&s->answer, 200, OPSTATUS_IN_PROGRESS, "request %.60s is already in progress", s->entry->cache_id);
}

/* Error answers are kept as well (W-45), also that of a function that failed: else the id would be at work for ever. */
static int execute_upload(struct serving *s, struct base_error *err) {
  if (s->cached && s->upload == UPLOAD_BUSY) {
    wait_for_other(s);
    return 0;
  }
  if (s->cached && take_stored(s)) return 0; /* W-45, UPC-04: the back end is not called again */
  s->entry->executed = true;
  int status = upload_answer(s->world, s->entry, &s->plan, &s->answer, err);
  if (!s->cached) return status;
  if (status != 0) serving_fail(s, err);
  if (!s->answer.shared) answer_share(&s->answer);
  upload_cache_keep(&s->world->cache, s->entry->service, s->entry->cache_id, s->answer.shared, s->answer.status,
                    s->world->clock_ms);
  return 0;
}

static int execute_download(struct serving *s, struct base_error *err) {
  struct shared_text *known = memo_find(s->world, s->entry);
  if (known) {
    s->answer.shared = shared_text_hold(known);
    return 0;
  }
  int findings = cJSON_GetArraySize(s->entry->findings);
  char bc[48] = "";
  int status = download_answer(s->world, s->entry, &s->answer, bc, err);
  if (status == 0 && s->answer.shared) memo_keep(s->world, s->entry, bc, findings, s->answer.shared);
  return status;
}

static void execute(struct serving *s) {
  struct base_error err = {0};
  int status = 0;
  if (s->entry->kind == KIND_UPLOAD) {
    status = execute_upload(s, &err);
  } else {
    s->entry->executed = s->entry->kind != KIND_OTHER;
    if (s->entry->kind == KIND_DOWNLOAD) status = execute_download(s, &err);
    else if (s->entry->kind == KIND_CRUD) status = online_answer(s->entry, &s->answer, &err);
    else if (s->entry->kind == KIND_OTHER) unknown_path(&s->answer);
    else if (s->entry->kind == KIND_METADATA) status = metadata_answer(s->world, s->entry, &s->answer, &err);
    else status = document_answer(s->world, &s->answer, &err);
  }
  if (status != 0) serving_fail(s, &err);
}

/* ---- routing ---- */

static void refuse(struct serving *s, int status, const char *text) {
  answer_error(&s->answer, status, 0, "%s", text);
  s->finished = true;
}

static void not_there(struct serving *s) {
  const struct journal_entry *entry = s->entry;
  if (!entry->service) unknown_service(s->world, entry, &s->answer);
  else if (!entry->object_level) unknown_call(entry, &s->answer);
  else unknown_object(entry, &s->answer);
  s->finished = true;
}

static void require_get(struct serving *s, const char *what) {
  if (http_reads(s->entry->method)) return;
  answer_not_allowed(&s->answer, 0, "GET, HEAD", what);
  s->finished = true;
}

/* Why the claims token is not taken, or NULL (W-7). */
static const char *bad_token(struct serving *s) {
  return tokens_check(&s->world->tokens, journal_foundry_header(s->entry, "authorization"), s->world->clock_ms);
}

#define NO_OVERRIDE "X-Http-Method-Override is to be GET or UPLOAD"
#define NO_OVERRIDE_OR_ROW NO_OVERRIDE "; without it the body is a row to create: a JSON object with its columns"

static void route(struct serving *s) {
  const struct journal_entry *entry = s->entry;
  const char *reason;
  bool sync = entry->kind == KIND_UPLOAD || entry->kind == KIND_DOWNLOAD;
  if (entry->kind == KIND_OTHER) return; /* a rule may have an answer, for a login say */
  if (entry->kind == KIND_DOCUMENT) require_get(s, "the service document");
  else if (!entry->service) not_there(s);
  else if (entry->kind == KIND_METADATA) require_get(s, "metadata");
  else if ((reason = bad_token(s))) refuse(s, 401, reason);
  else if (!sync && strcmp(entry->method, "POST") == 0 && !entry->binary && !online_creates(entry))
    refuse(s, 400, entry->object_level ? NO_OVERRIDE_OR_ROW : NO_OVERRIDE); /* W-5 */
  else if (!sync && !entry->object_level) not_there(s);
  else if (entry->object_level && !model_find_object(entry->service, entry->object_name)) not_there(s);
}

/* What a browser wants to know is said by headers alone. */
static void answer_preflight(struct serving *s) {
  answer_set_text(&s->answer, strdup(""), 0);
  s->finished = true;
}

static void begin_upload(struct serving *s) {
  s->cached = s->entry->kind == KIND_UPLOAD && s->entry->cache_id && s->entry->service->upload_cache;
  if (!s->cached || rules_end_early(&s->plan)) return; /* a fault before the back end: it never came that far */
  s->upload = upload_cache_begin(&s->world->cache, s->entry->service, s->entry->cache_id, s->world->clock_ms);
}

static void find_rules(struct serving *s) {
  if (s->entry->kind == KIND_DOWNLOAD) {
    download_number(s->world, s->entry);
    s->entry->batch = s->entry->page;
  }
  if (rules_is_repetition(&s->world->rules, s->entry)) { /* NET-04 */
    s->entry->fault = strdup("repetition of a request that was closed");
    s->entry->excused = true;
    serving_drop(s);
    return;
  }
  wait_barrier(s);
  if (!s->finished) choose_rules(s, false);
}

static void handle(struct serving *s) {
  if (cors_is_preflight(s->entry)) answer_preflight(s);
  else route(s);
  if (!s->finished) find_rules(s);
  if (s->finished) return;
  serving_point(s, POINT_ARRIVED);
  begin_upload(s);
  run_actions(s, false);
  if (s->finished) return;
  execute(s);
  if (s->cached) world_let_go(s->world); /* a replay may wait for what is kept now */
  else mock_world_notify(s->world);
  if (!s->finished) serving_point(s, POINT_STORED);
  run_actions(s, true);
  if (!s->finished) edit_answer(s);
}

static void serve(struct serving *s) {
  struct base_error err = {0};
  if (s->world->closed) {
    s->entry->after_close = true;
    refuse(s, 410, "this world is closed");
  } else if (journal_file_request(s->world, s->entry, &err) != 0) { /* what cannot be journalled is not done */
    refuse(s, 507, err.text);
  } else {
    handle(s);
  }
  if (s->dropped) send_nothing(s);
  else send_answer(s);
}

/* ---- the entry's life ---- */

static void begin_entry(struct serving *s, struct world_peer *self) {
  *self = (struct world_peer){s->peer, s->world->peers};
  s->world->peers = self;
  s->world->at_work++;
  s->entry->at_work = true;
}

/* The body as more than bytes, which nobody needs any more when the request was served: to be freed without the lock. */
struct read_body {
  cJSON *body, *tree;
  struct json_index upload;
};

static void free_body(struct read_body *read) {
  cJSON_Delete(read->body);
  cJSON_Delete(read->tree);
  json_index_done(&read->upload);
}

static void end_entry(struct serving *s, const struct world_peer *self, struct read_body *read) {
  read->body = s->entry->body;
  read->upload = s->entry->upload;
  s->entry->body = NULL;
  s->entry->upload = (struct json_index){0};
  s->entry->tree = NULL;
  if (!s->entry->recorded) s->entry->left = journal_now(s->world);
  journal_touch(s->world, s->entry);
  if (!s->entry->recorded) journal_file_answer(s->world, s->entry, NULL);
  else if (s->entry->end == END_GONE) journal_file_gone(s->world, s->entry);
  world_log(s->world, s->entry);
  answer_done(&s->answer);
  rules_plan_done(&s->plan);
  cJSON_Delete(s->headers);
  world_remove_waiter(s->world, &s->waiter);
  world_forget_peer(s->world, self);
  s->world->at_work--;
  s->entry->at_work = false;
  mock_world_notify(s->world);
}

/* What needs no lock is done without it: reading the request, freeing what the journal let go. */
void serve_request(struct mock_world *world, struct http_request *request, struct http_peer *peer) {
  struct journal_entry *entry = request_entry(request), *dropped;
  struct serving s = {.world = world, .entry = entry, .peer = peer, .answer = {.status = 200}};
  struct read_body body = {0};
  struct world_peer self;
  if (!entry) return;
  entry->tree = &body.tree;
  mock_world_lock(world);
  if (!journal_add(world, entry)) {
    mock_world_unlock(world);
    journal_free_entry(entry);
    return;
  }
  begin_entry(&s, &self);
  request_place(world, entry);
  mock_world_notify(world);
  serve(&s);
  end_entry(&s, &self, &body);
  dropped = journal_take_dropped(&world->journal);
  mock_world_unlock(world);
  journal_free_dropped(dropped);
  free_body(&body);
}

/* ---- before the body ---- */

static bool refuse_unread(struct serving *s) {
  choose_rules(s, true);
  if (!rules_find(&s->plan, ACTION_CLOSE_UNREAD) && !s->finished) return false;
  s->entry->excused = true;
  if (!s->finished) serving_drop(s);
  return true;
}

/* It gets its place in the journal when it ends here. */
static void end_unread(struct serving *s) {
  struct world_peer self;
  struct read_body body = {0};
  if (!journal_add(s->world, s->entry)) {
    journal_free_entry(s->entry);
    return;
  }
  begin_entry(s, &self);
  journal_file_request(s->world, s->entry, NULL);
  if (s->dropped) send_nothing(s);
  else send_answer(s);
  end_entry(s, &self, &body);
  free_body(&body);
}

bool serve_head(struct mock_world *world, struct http_request *request, struct http_peer *peer) {
  if (atomic_load(&world->rules.unread) == 0) return false;
  request->body_unread = true;
  struct serving s = {.world = world, .entry = request_entry(request), .peer = peer, .answer = {.status = 200}};
  request->body_unread = false;
  if (!s.entry) return false;
  mock_world_lock(world);
  s.entry->arrived = journal_now(world);
  if (!world->closed) request_place(world, s.entry);
  bool ended = !world->closed && refuse_unread(&s);
  if (ended) end_unread(&s);
  else journal_free_entry(s.entry);
  rules_plan_done(&s.plan);
  mock_world_unlock(world);
  return ended;
}
