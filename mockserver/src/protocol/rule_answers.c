/* Answers that a rule gives instead of the back end, and ends without one. Each ends the request. */
#include <stdlib.h>
#include <string.h>

#include "protocol/serving.h"
#include "script/functions.h"

static void copy_text(struct serving *s, const struct rule_action *action) {
  char *text = malloc(action->text_len + 1);
  if (text) memcpy(text, action->text, action->text_len + 1);
  answer_set_text(&s->answer, text, action->text_len);
}

static void answer_status(struct serving *s, const struct rule_action *action) {
  answer_error(&s->answer, (int)action->number, 0, "HTTP status %d by a rule", (int)action->number);
  if (action->text) copy_text(s, action);
  else if (http_has_no_body((int)action->number)) answer_set_text(&s->answer, strdup(""), 0);
  s->answer.headers = action->json;
}

static void answer_body(struct serving *s, const struct rule_action *action) {
  answer_done(&s->answer);
  copy_text(s, action);
  s->answer.type = action->more;
}

/* Takes them. */
static void set_headers(struct serving *s, cJSON *headers) {
  cJSON_Delete(s->headers);
  s->answer.headers = s->headers = headers;
}

/* What the script's function makes of the request. */
static void answer_function(struct serving *s, const struct rule_action *action) {
  struct script_reply reply = {0};
  struct base_error err = {0};
  cJSON *request = journal_json(s->entry);
  int status = script_answer(s->world, action->function, request, &reply, &err);
  cJSON_Delete(request);
  if (status != 0) {
    cJSON_Delete(reply.headers);
    serving_fail(s, &err);
    return;
  }
  answer_done(&s->answer);
  s->answer.status = reply.status;
  answer_set_text(&s->answer, reply.text, reply.len);
  set_headers(s, reply.headers);
}

/* Without a place to go to it leads to itself. */
static void answer_redirect(struct serving *s, const struct rule_action *action) {
  struct base_buf location = BASE_BUF_INIT;
  answer_error(&s->answer, (int)action->number, 0, "redirected by a rule");
  if (action->text) base_buf_text(&location, action->text);
  else base_buf_printf(&location, "%s%s", s->world->url, s->entry->target);
  cJSON *headers = cJSON_CreateObject();
  cJSON_AddStringToObject(headers, "Location", base_buf_string(&location));
  set_headers(s, headers);
  base_buf_done(&location);
}

static void answer_deep(struct serving *s, const struct rule_action *action) {
  struct base_buf text = BASE_BUF_INIT;
  size_t levels = (size_t)action->number;
  answer_done(&s->answer);
  base_buf_text(&text, "{\"opstatus\":0,\"deep\":");
  char *to = base_buf_reserve(&text, 2 * levels + 2);
  if (to) {
    memset(to, '[', levels);
    memset(to + levels, ']', levels);
    base_buf_added(&text, 2 * levels);
    base_buf_char(&text, '}');
  }
  answer_set_text(&s->answer, base_buf_steal(&text), 0);
}

/* Bytes that mean nothing, the same ones for each seed; as the body, or instead of the whole answer. */
static void answer_garbage(struct serving *s, const struct rule_action *action) {
  size_t len = (size_t)action->number;
  uint64_t state = (uint64_t)action->second * 2 + 1;
  char *text = malloc(len + 1);
  answer_done(&s->answer);
  for (size_t i = 0; text && i < len; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    text[i] = (char)(state >> 56);
  }
  if (text) text[len] = '\0';
  answer_set_text(&s->answer, text, len);
  s->answer.raw = !action->more;
}

static void end_connection(struct serving *s, const struct rule *rule, bool reset) {
  rules_remember_closed(&s->world->rules, rule, s->entry);
  s->reset = reset;
  serving_drop(s);
}

void rule_answer(struct serving *s, const struct rule *rule, const struct rule_action *action) {
  s->finished = true;
  switch (action->kind) {
  case ACTION_CLOSE: end_connection(s, rule, false); break;
  case ACTION_RESET: end_connection(s, rule, true); break;
  case ACTION_OPSTATUS: answer_error(&s->answer, 200, action->number, "%s", action->text); break;
  case ACTION_STATUS: answer_status(s, action); break;
  case ACTION_ANSWER: answer_function(s, action); break;
  case ACTION_REDIRECT: answer_redirect(s, action); break;
  case ACTION_BODY: answer_body(s, action); break;
  case ACTION_DEEP: answer_deep(s, action); break;
  case ACTION_GARBAGE: answer_garbage(s, action); break;
  case ACTION_HUGE:
    answer_done(&s->answer);
    s->answer.huge = (size_t)action->number;
    break;
  default: break;
  }
}
