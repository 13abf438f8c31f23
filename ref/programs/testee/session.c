#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct listener {
  struct listener *next, **link; /* place in session->listeners */
  struct session *session;
  enum listener_kind kind;
  char *name;
  bool answered; /* a call has its answer */
};

/* -- callbacks ----------------------------------------------------------------------------------- */

struct listener *session_listen(struct session *session, enum listener_kind kind,
                                const char *name) {
  struct listener *listener = calloc(1, sizeof *listener);
  char *copy = name ? strdup(name) : NULL;
  if (!listener || (name && !copy)) {
    free(listener);
    free(copy);
    return NULL;
  }
  *listener = (struct listener){.next = session->listeners,
                                .link = &session->listeners,
                                .session = session,
                                .kind = kind,
                                .name = copy};
  if (listener->next) listener->next->link = &listener->next;
  session->listeners = listener;
  return listener;
}

void session_unlisten(struct listener *listener) {
  *listener->link = listener->next;
  if (listener->next) listener->next->link = listener->link;
  free(listener->name);
  free(listener);
}

/* A sync's or cancel's callback: the payload goes through untouched. */
static void notify(struct listener *listener, const char *kind, const char *payload) {
  struct base_buf params = BASE_BUF_INIT;
  const char *role = listener->kind == LISTEN_SYNC ? "sync" : "cancel";
  base_buf_printf(&params, "{\"seq\":%lld,\"%s\":", (long long)++listener->session->seq, role);
  json_quote(&params, listener->name, strlen(listener->name));
  base_buf_printf(&params, ",\"kind\":\"%s\",\"payload\":", kind);
  base_buf_text(&params, payload);
  base_buf_char(&params, '}');
  rpc_notify("callback", base_buf_string(&params));
  base_buf_done(&params);
}

/* A call that waited for its end. */
static void answer_call(const struct listener *listener, const char *outcome,
                        const char *payload) {
  struct base_buf result = BASE_BUF_INIT;
  base_buf_printf(&result, "{\"outcome\":\"%s\",\"payload\":", outcome);
  base_buf_text(&result, payload);
  base_buf_char(&result, '}');
  rpc_answer(listener->name, base_buf_string(&result));
  base_buf_done(&result);
}

static void hear(struct listener *listener, const char *kind, const char *payload) {
  if (listener->kind != LISTEN_CALL) {
    notify(listener, kind, payload);
    return;
  }
  listener->answered = true;
  answer_call(listener, kind, payload);
}

/* The listener stays until close, so that a second end would be heard, too. */
static void on_success(void *user, const char *payload) { hear(user, "success", payload); }
static void on_failure(void *user, const char *payload) { hear(user, "failure", payload); }
static void on_progress(void *user, const char *payload) { hear(user, "progress", payload); }

struct vmx_callbacks session_callbacks(struct listener *listener) {
  return (struct vmx_callbacks){on_success, on_failure, on_progress, listener};
}

void session_close(struct session *session) {
  vmx_client_close(session->client);
  session->client = NULL;
  for (struct listener *listener; (listener = session->listeners);) {
    if (listener->kind == LISTEN_CALL && !listener->answered)
      rpc_error(listener->name, RPC_FAILED, "the client was closed before the call had ended");
    session_unlisten(listener);
  }
}

/* -- identity ------------------------------------------------------------------------------------ */

static void identity_done(struct identity *identity) {
  free(identity->token);
  free(identity->next);
  *identity = (struct identity){0};
}

/* `error` is whatever the scenario says: a code, a text, or an object with code and message. */
static void read_error(const cJSON *error, struct base_error *out) {
  int64_t code = 0;
  const char *text = json_find_string(error, "message");
  if (!error || cJSON_IsNull(error)) return;
  if (!json_integer(error, &code)) json_integer(json_find(error, "code"), &code);
  if (code < INT32_MIN || code > INT32_MAX || code == 0) code = 106;
  if (!text) text = cJSON_IsString(error) ? error->valuestring : "the identity layer refuses";
  base_fail(out, (int)code, "API-08", "%s", text);
}

static bool copy_member(char **out, const cJSON *params, const char *name) {
  const char *text = json_find_string(params, name);
  *out = text ? strdup(text) : NULL;
  return !text || *out;
}

bool session_set_identity(struct session *session, const cJSON *params) {
  struct identity *identity = &session->identity;
  identity_done(identity);
  if (!params) return true;
  identity->has_next = json_find(params, "next") != NULL;
  read_error(json_find(params, "error"), &identity->error);
  return copy_member(&identity->token, params, "token") &&
         copy_member(&identity->next, params, "next");
}

/* W-7: after a 401 the scripted next token is given, once. */
static void renew(struct identity *identity) {
  if (!identity->has_next && identity->error.code == 0) return;
  free(identity->token);
  identity->token = TAKE(identity->next);
  identity->has_next = false;
}

static const char *on_token(void *user, bool again, struct base_error *err) {
  struct session *session = user;
  if (again) renew(&session->identity);
  if (!session->identity.token && session->identity.error.code != 0)
    *err = session->identity.error;
  return session->identity.token;
}

struct vmx_identity session_identity(struct session *session) {
  return (struct vmx_identity){on_token, session};
}
