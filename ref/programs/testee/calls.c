/*
 * From a message to a call of libvmxsync and back. Options and records travel as text: what the
 * scenario wrote is what the engine gets, digits included.
 *
 * Always true: a request with an id gets exactly one answer: at once, or (setup, incrementalSetup,
 * reset) when the engine calls back.
 */
#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

struct call {
  struct session *session;
  const char *id;      /* JSON text, NULL for a notification */
  const cJSON *params; /* an object, or NULL */
};

/* -- parameters and results ---------------------------------------------------------------------- */

static const char *text_param(const struct call *call, const char *name) {
  return json_find_string(call->params, name);
}

/* A member as JSON text, the caller's; NULL when it is absent: null and absent stay apart. */
static char *json_param(const struct call *call, const char *name) {
  const cJSON *member = json_find(call->params, name);
  return member ? json_print(member) : NULL;
}

static bool require_text(const struct call *call, const char *name) {
  if (text_param(call, name)) return true;
  rpc_error(call->id, RPC_BAD_PARAMS, "params.%s is missing or no string", name);
  return false;
}

static bool require_client(const struct call *call) {
  if (call->session->client) return true;
  rpc_error(call->id, RPC_FAILED, "no client is open");
  return false;
}

static void answer_outcome(const struct call *call, const char *outcome, const char *payload) {
  struct base_buf result = BASE_BUF_INIT;
  base_buf_printf(&result, "{\"outcome\":\"%s\",\"payload\":", outcome);
  base_buf_text(&result, payload);
  base_buf_char(&result, '}');
  rpc_answer(call->id, base_buf_string(&result));
  base_buf_done(&result);
}

static void answer_failure(const struct call *call, const struct base_error *err) {
  CLEANUP(free_text) char *payload = vmx_error_payload(call->session->client, err);
  answer_outcome(call, "failure", payload ? payload : "null");
}

/* `payload` is what the engine gave, NULL for calls that give nothing. */
static void answer_local(const struct call *call, const char *payload,
                         const struct base_error *err) {
  if (err->code != 0) answer_failure(call, err);
  else answer_outcome(call, "success", payload ? payload : "{}");
}

/* -- the process and the client ------------------------------------------------------------------- */

static const char *const api_words[] = {"js", "java", "objc"};
static const char *const channel_words[] = {"android", "ios", "windows", "web"};

/* Told honestly: what is not here is not done. */
static const char *const capabilities[] = {
    "cancelSync", "objectLevel", "serviceLevel", "uploadCache", "hierarchy", "preserveBatchContext",
    "kill", "restart", "localCrud", "editsDuringSync", "rawOptions", "int64", "largeRecords", "identity",
    "network"};

static void call_hello(const struct call *call) {
  struct base_buf result = BASE_BUF_INIT;
  int64_t protocol = 0;
  if (!json_integer(json_find(call->params, "protocol"), &protocol) || protocol != 1) {
    rpc_error(call->id, RPC_BAD_PARAMS, "params.protocol: supported are 1 to 1");
    return;
  }
  base_buf_printf(&result,
                  "{\"name\":\"vmxsync\",\"version\":\"%s\",\"apiVersion\":\"9.5\",\"api\":\"%s\","
                  "\"channel\":\"%s\",\"limits\":{\"minNetworkTimeoutMs\":1},\"capabilities\":[",
                  vmx_version(), api_words[call->session->api],
                  channel_words[call->session->channel]);
  if (call->session->channel != VMX_CHANNEL_WEB) base_buf_text(&result, "\"progress\",");
  for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++)
    base_buf_printf(&result, "%s\"%s\"", i ? "," : "", capabilities[i]);
  base_buf_text(&result, "]}");
  rpc_answer(call->id, base_buf_string(&result));
  base_buf_done(&result);
}

/* C-12: `fresh` says that nothing may be found: the database and SQLite's companions of it go. */
static void empty_storage(const char *folder) {
  static const char *const names[] = {"offline.db", "offline.db-wal", "offline.db-shm",
                                      "offline.db-journal"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    CLEANUP(free_text) char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, names[i]) < 0) path = NULL;
    if (path) unlink(path);
  }
}

static bool set_first_token(const struct call *call) {
  CLEANUP(json_free) cJSON *params = cJSON_CreateObject();
  const char *token = text_param(call, "claimsToken");
  if (!params || (token && !cJSON_AddStringToObject(params, "token", token))) return false;
  return session_set_identity(call->session, params);
}

static void call_open(const struct call *call) {
  struct session *session = call->session;
  struct base_error err = {0};
  int64_t timeout_ms = 0;
  if (!require_text(call, "storage")) return;
  session_close(session);
  json_integer(json_find(call->params, "networkTimeoutMs"), &timeout_ms);
  if (cJSON_IsTrue(json_find(call->params, "fresh"))) empty_storage(text_param(call, "storage"));
  if (!set_first_token(call)) {
    rpc_error(call->id, RPC_FAILED, "out of memory");
    return;
  }
  const char *url = text_param(call, "serviceUrl");
  CLEANUP(free_text) char *document = json_param(call, "serviceDocument");
  const char *key = getenv("VMXSYNC_ENCRYPTION_KEY"); /* the suite over an encrypted database */
  struct vmx_config config = {.size = sizeof config,
                              .storage = text_param(call, "storage"),
                              .service_url = url,
                              .service_document = url ? NULL : document, /* as a real SDK: fetched */
                              .app_key = text_param(call, "appKey"),
                              .app_secret = text_param(call, "appSecret"),
                              .identity = session_identity(session),
                              .network_timeout_ms = timeout_ms,
                              .api = session->api,
                              .channel = session->channel,
                              .encryption_key = key && *key ? key : NULL};
  if (vmx_client_open(&config, &session->client, &err) == 0) rpc_answer(call->id, "{}");
  else rpc_error(call->id, RPC_FAILED, "open: %d %s", err.code, err.text);
}

static void call_close(const struct call *call) {
  session_close(call->session);
  rpc_answer(call->id, "{}");
}

static void call_bye(const struct call *call) {
  session_close(call->session);
  call->session->bye = true;
  rpc_answer(call->id, "{}");
}

static void call_set_claims_token(const struct call *call) {
  if (session_set_identity(call->session, call->params)) rpc_answer(call->id, "{}");
  else rpc_error(call->id, RPC_FAILED, "out of memory");
}

static void call_set_network(const struct call *call) {
  const cJSON *online = json_find(call->params, "online");
  if (!require_client(call)) return;
  if (!cJSON_IsBool(online)) {
    rpc_error(call->id, RPC_BAD_PARAMS, "params.online is missing or no boolean");
    return;
  }
  vmx_client_set_online(call->session->client, cJSON_IsTrue(online));
  rpc_answer(call->id, "{}");
}

/* -- asynchronous calls --------------------------------------------------------------------------- */

typedef int (*setup_function)(struct vmx_client *client, const char *options,
                              const struct vmx_callbacks *callbacks, struct base_error *err);

static void start_setup(const struct call *call, setup_function function) {
  struct base_error err = {0};
  CLEANUP(free_text) char *options = json_param(call, "options");
  if (!require_client(call)) return;
  struct listener *listener = session_listen(call->session, LISTEN_CALL, call->id);
  if (!listener) {
    rpc_error(call->id, RPC_FAILED, "out of memory");
    return;
  }
  struct vmx_callbacks callbacks = session_callbacks(listener);
  if (function(call->session->client, options, &callbacks, &err) == 0) return;
  session_unlisten(listener);
  answer_failure(call, &err);
}

static void call_setup(const struct call *call) { start_setup(call, vmx_setup); }
static void call_incremental_setup(const struct call *call) {
  start_setup(call, vmx_incremental_setup);
}
static void call_reset(const struct call *call) { start_setup(call, vmx_reset); }

static bool read_level(const struct call *call, enum vmx_scope_level *level) {
  static const char *const words[] = {"application", "objectService", "object", "record"};
  const char *word = text_param(call, "level");
  for (size_t i = 0; word && i < sizeof words / sizeof *words; i++)
    if (strcmp(words[i], word) == 0) {
      *level = i == 3 ? VMX_SCOPE_OBJECT : (enum vmx_scope_level)i;
      return true;
    }
  rpc_error(call->id, RPC_BAD_PARAMS,
            "params.level is none of application, objectService, object, record");
  return false;
}

static bool wants(const struct call *call, const char *kind) {
  const cJSON *kinds = json_find(call->params, "callbacks");
  const cJSON *item;
  if (!kinds) return true;
  cJSON_ArrayForEach(item, kinds) {
    if (cJSON_IsString(item) && strcmp(item->valuestring, kind) == 0) return true;
  }
  return false;
}

static struct vmx_callbacks wanted_callbacks(const struct call *call, struct listener *listener) {
  struct vmx_callbacks callbacks = session_callbacks(listener);
  if (!wants(call, "success")) callbacks.success = NULL;
  if (!wants(call, "failure")) callbacks.failure = NULL;
  if (!wants(call, "progress")) callbacks.progress = NULL;
  return callbacks;
}

static void answer_refused(const struct call *call, const struct base_error *err) {
  struct base_buf result = BASE_BUF_INIT;
  CLEANUP(free_text) char *payload = vmx_error_payload(call->session->client, err);
  base_buf_text(&result, "{\"refused\":true,\"payload\":");
  base_buf_text(&result, payload ? payload : "null");
  base_buf_char(&result, '}');
  rpc_answer(call->id, base_buf_string(&result));
  base_buf_done(&result);
}

/* The answer is written before anything of this sync can be told: callbacks come in steps (API-11). */
static void call_start_sync(const struct call *call) {
  struct base_error err = {0};
  enum vmx_scope_level level;
  CLEANUP(free_text) char *options = json_param(call, "options");
  const char *raw = text_param(call, "optionsRaw");
  if (!require_client(call) || !require_text(call, "sync") || !read_level(call, &level)) return;
  struct listener *listener = session_listen(call->session, LISTEN_SYNC, text_param(call, "sync"));
  if (!listener) {
    rpc_error(call->id, RPC_FAILED, "out of memory");
    return;
  }
  struct vmx_callbacks callbacks = wanted_callbacks(call, listener);
  if (vmx_start_sync(call->session->client, level, text_param(call, "target"), raw ? raw : options,
                     &callbacks, &err) == 0) {
    rpc_answer(call->id, "{\"started\":true}");
    return;
  }
  session_unlisten(listener);
  answer_refused(call, &err);
}

static void call_cancel_sync(const struct call *call) {
  struct base_error err = {0};
  enum vmx_scope_level level;
  if (!require_client(call) || !require_text(call, "cancel") || !read_level(call, &level)) return;
  struct listener *listener =
      session_listen(call->session, LISTEN_CANCEL, text_param(call, "cancel"));
  if (!listener) {
    rpc_error(call->id, RPC_FAILED, "out of memory");
    return;
  }
  struct vmx_callbacks callbacks = session_callbacks(listener);
  if (vmx_cancel_sync(call->session->client, level, text_param(call, "target"), &callbacks, &err) ==
      0) {
    rpc_answer(call->id, "{\"called\":true}");
    return;
  }
  session_unlisten(listener);
  rpc_error(call->id, RPC_BAD_PARAMS, "cancelSync: %d %s", err.code, err.text);
}

/* -- local calls ---------------------------------------------------------------------------------- */

static void call_create(const struct call *call) {
  struct base_error err = {0};
  CLEANUP(free_text) char *record = json_param(call, "record");
  CLEANUP(free_text) char *options = json_param(call, "options");
  CLEANUP(free_text) char *created = NULL;
  if (!require_client(call) || !require_text(call, "object")) return;
  vmx_create(call->session->client, text_param(call, "object"), record, options, &created, &err);
  answer_local(call, created, &err);
}

static void call_update(const struct call *call) {
  struct base_error err = {0};
  CLEANUP(free_text) char *record = json_param(call, "record");
  CLEANUP(free_text) char *options = json_param(call, "options");
  if (!require_client(call) || !require_text(call, "object")) return;
  vmx_update(call->session->client, text_param(call, "object"), record, options, &err);
  answer_local(call, NULL, &err);
}

static void call_delete(const struct call *call) {
  struct base_error err = {0};
  CLEANUP(free_text) char *record = json_param(call, "record");
  CLEANUP(free_text) char *options = json_param(call, "options");
  if (!require_client(call) || !require_text(call, "object")) return;
  vmx_delete(call->session->client, text_param(call, "object"), record, options, &err);
  answer_local(call, NULL, &err);
}

static void call_get(const struct call *call) {
  struct base_error err = {0};
  CLEANUP(free_text) char *options = json_param(call, "options");
  CLEANUP(free_text) char *rows = NULL;
  if (!require_client(call) || !require_text(call, "object")) return;
  vmx_get(call->session->client, text_param(call, "object"), options, &rows, &err);
  answer_local(call, rows, &err);
}

static void call_pending(const struct call *call) {
  struct base_error err = {0};
  CLEANUP(free_text) char *options = json_param(call, "options");
  CLEANUP(free_text) char *pending = NULL;
  if (!require_client(call) || !require_text(call, "object")) return;
  vmx_get_pending_records(call->session->client, text_param(call, "object"), options, &pending,
                          &err);
  answer_local(call, pending, &err);
}

static void call_mark_for_upload(const struct call *call) {
  struct base_error err = {0};
  CLEANUP(free_text) char *options = json_param(call, "options");
  if (!require_client(call) || !require_text(call, "object")) return;
  vmx_mark_for_upload(call->session->client, text_param(call, "object"), options, &err);
  answer_local(call, NULL, &err);
}

static void call_rollback(const struct call *call) {
  struct base_error err = {0};
  enum vmx_scope_level level;
  CLEANUP(free_text) char *keys = json_param(call, "primaryKeys");
  if (!require_client(call) || !read_level(call, &level)) return;
  vmx_rollback(call->session->client, level, text_param(call, "target"), keys, &err);
  answer_local(call, NULL, &err);
}

static void call_clear_offline_data(const struct call *call) {
  struct base_error err = {0};
  enum vmx_scope_level level;
  if (!require_client(call) || !read_level(call, &level)) return;
  vmx_clear_offline_data(call->session->client, level, text_param(call, "target"), &err);
  answer_local(call, NULL, &err);
}

static void call_drop(const struct call *call) {
  struct base_error err = {0};
  if (!require_client(call)) return;
  vmx_drop(call->session->client, &err);
  answer_local(call, NULL, &err);
}

static bool append_snapshot(const struct call *call, const char *object, struct base_buf *out) {
  struct base_error err = {0};
  CLEANUP(free_text) char *rows = NULL;
  if (vmx_snapshot(call->session->client, object, &rows, &err) != 0) {
    rpc_error(call->id, RPC_FAILED, "snapshot of %s: %d %s", object, err.code, err.text);
    return false;
  }
  json_quote(out, object, strlen(object));
  base_buf_char(out, ':');
  base_buf_text(out, rows);
  return true;
}

static void call_snapshot(const struct call *call) {
  struct base_buf result = BASE_BUF_INIT;
  const cJSON *objects = json_find(call->params, "objects");
  const cJSON *object;
  bool fine = true;
  if (!require_client(call)) return;
  base_buf_text(&result, "{\"objects\":{");
  cJSON_ArrayForEach(object, objects) {
    if (!fine) break;
    if (object != objects->child) base_buf_char(&result, ',');
    fine = append_snapshot(call, cJSON_IsString(object) ? object->valuestring : "", &result);
  }
  base_buf_text(&result, "}}");
  if (fine) rpc_answer(call->id, base_buf_string(&result));
  base_buf_done(&result);
}

/* -- dispatch ------------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  void (*function)(const struct call *call);
} methods[] = {
    {"hello", call_hello},
    {"open", call_open},
    {"setup", call_setup},
    {"incrementalSetup", call_incremental_setup},
    {"reset", call_reset},
    {"drop", call_drop},
    {"startSync", call_start_sync},
    {"cancelSync", call_cancel_sync},
    {"create", call_create},
    {"update", call_update},
    {"delete", call_delete},
    {"get", call_get},
    {"markForUpload", call_mark_for_upload},
    {"getPendingRecordsForUpload", call_pending},
    {"rollback", call_rollback},
    {"clearOfflineData", call_clear_offline_data},
    {"snapshot", call_snapshot},
    {"setClaimsToken", call_set_claims_token},
    {"setNetwork", call_set_network},
    {"close", call_close},
    {"bye", call_bye},
};

static void dispatch(const struct call *call, const char *method) {
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    if (strcmp(methods[i].name, method) == 0) {
      methods[i].function(call);
      return;
    }
  rpc_error(call->id, RPC_UNKNOWN_METHOD, "unknown method %s", method);
}

static void handle_message(struct session *session, const cJSON *message) {
  const cJSON *id = json_find(message, "id");
  const cJSON *params = json_find(message, "params");
  const char *method = json_find_string(message, "method");
  CLEANUP(free_text) char *id_text = id ? json_print(id) : NULL;
  if (id && !id_text) rpc_error("null", RPC_FAILED, "out of memory");
  else if (!method)
    rpc_error(id_text ? id_text : "null", RPC_INVALID, "the message is no request: no method");
  else if (params && !cJSON_IsObject(params))
    rpc_error(id_text, RPC_BAD_PARAMS, "params is no object");
  else dispatch(&(struct call){session, id_text, params}, method);
}

void calls_handle_line(struct session *session, const char *line, size_t len) {
  CLEANUP(json_free) cJSON *message = NULL;
  struct base_error err = {0};
  if (strspn(line, " \t\r") == len) return;
  if (json_parse(line, len, JSON_LAST_COUNTS, &message, &err) != 0)
    rpc_error("null", RPC_PARSE, "the message is no JSON: %s", err.text);
  else if (!cJSON_IsObject(message))
    rpc_error("null", RPC_INVALID, "the message is no object");
  else handle_message(session, message);
}
