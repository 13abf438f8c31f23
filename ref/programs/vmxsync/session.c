#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/decimal.h"
#include "input.h"

/* ---- callbacks ---------------------------------------------------------------------------- */

static void on_end(struct session *session, bool succeeded, const char *payload) {
  free(session->payload);
  session->payload = strdup(payload);
  session->succeeded = succeeded;
  session->ended = true;
}

static void on_success(void *user, const char *payload) { on_end(user, true, payload); }
static void on_failure(void *user, const char *payload) { on_end(user, false, payload); }

static void on_progress(void *user, const char *payload) {
  struct session *session = user;
  CLEANUP(json_free) cJSON *event = NULL;
  if (json_parse(payload, strlen(payload), JSON_REPEATED_REFUSED, &event, NULL) == 0)
    progress_event(&session->progress, event);
}

static struct vmx_callbacks callbacks_of(struct session *session) {
  return (struct vmx_callbacks){on_success, on_failure, on_progress, session};
}

/* Run what was started up to its end. */
static int finish(struct session *session) {
  struct base_error err = {0};
  int status = vmx_client_run(session->client, &err);
  progress_end(&session->progress);
  if (status != 0) return cli_complain(session->arguments, EXIT_ENVIRONMENT, "%s", err.text);
  if (!session->ended || !session->payload)
    return cli_complain(session->arguments, EXIT_ENVIRONMENT, "out of memory");
  return session->succeeded ? EXIT_OK : EXIT_FAILED;
}

/* ---- results ------------------------------------------------------------------------------ */

/* The sentence of a failure's payload, at the place of its API. */
static const char *message_of(const cJSON *payload) {
  const char *message = json_find_string(payload, "message");
  if (!message) message = json_find_string(json_find(payload, "userInfo"), "localizedDescription");
  return message ? message : "failed";
}

static const cJSON *failed_services(const cJSON *payload) {
  const cJSON *failed = json_find(payload, "failureResponse");
  return failed ? failed : json_find(json_find(payload, "userInfo"), "failureResponse");
}

/* What a person at a shell can do about a code, when the flag was not given. */
static const struct {
  int64_t code;
  enum cli_flag flag;
  const char *advice;
} ADVICE[] = {{106, FLAG_TOKEN, ": see --token"}, /* API-08 */
              {2332, FLAG_SERVICE_URL, ": see --service-url"}}; /* SET-01 */

static const char *advice_on(const struct session *session, int64_t code) {
  for (size_t i = 0; i < sizeof ADVICE / sizeof *ADVICE; i++)
    if (ADVICE[i].code == code && !cli_has(session->arguments, ADVICE[i].flag)) return ADVICE[i].advice;
  return "";
}

static void explain_one(const struct session *session, const char *service, const cJSON *failure) {
  int64_t code = 0;
  json_integer(json_find(failure, "code"), &code);
  cli_complain(session->arguments, EXIT_FAILED, "%s%s%s (%lld)%s", service ? service : "", service ? ": " : "",
               message_of(failure), (long long)code, advice_on(session, code));
}

/* One sentence for the failure, one more for each service that failed. */
static void explain(const struct session *session, const char *payload) {
  CLEANUP(json_free) cJSON *failure = NULL;
  if (json_parse(payload, strlen(payload), JSON_LAST_COUNTS, &failure, NULL) != 0) return;
  explain_one(session, NULL, failure);
  const cJSON *services = failed_services(failure);
  for (const cJSON *s = services ? services->child : NULL; s; s = s->next) explain_one(session, s->string, s);
}

static int report(const struct session *session, int code, const char *payload) {
  if (code == EXIT_FAILED) explain(session, payload);
  return cli_result(session->arguments, code, payload);
}

int session_answer(struct session *session, int status, const char *json, const struct base_error *err) {
  if (status == 0) return report(session, EXIT_OK, json ? json : "{}");
  CLEANUP(free_text) char *payload = vmx_error_payload(session->client, err);
  if (!payload) return cli_complain(session->arguments, EXIT_ENVIRONMENT, "%s", err->text);
  return report(session, EXIT_FAILED, payload);
}

/* ---- opening ------------------------------------------------------------------------------ */

static enum vmx_api api_of(const char *text) {
  if (text && strcmp(text, "java") == 0) return VMX_API_JAVA;
  return text && strcmp(text, "objc") == 0 ? VMX_API_OBJC : VMX_API_JS;
}

enum vmx_scope_level session_level(const struct cli_arguments *arguments) {
  const char *text = arguments->values[FLAG_LEVEL];
  if (text && strcmp(text, "service") == 0) return VMX_SCOPE_SERVICE;
  return text && strcmp(text, "object") == 0 ? VMX_SCOPE_OBJECT : VMX_SCOPE_APPLICATION;
}

/* In the environment, not on the command line, which every user of the machine can read. */
static const char *encryption_key(void) {
  const char *key = getenv("VMXSYNC_ENCRYPTION_KEY");
  return key && *key ? key : NULL;
}

static struct vmx_config config_of(const struct cli_arguments *arguments) {
  const char *const *values = arguments->values;
  struct vmx_config config = {.size = sizeof config,
                              .storage = values[FLAG_STORAGE],
                              .service_url = values[FLAG_SERVICE_URL],
                              .app_key = values[FLAG_APP_KEY],
                              .app_secret = values[FLAG_APP_SECRET],
                              .claims_token = values[FLAG_TOKEN],
                              .api = api_of(values[FLAG_API]),
                              .channel = VMX_CHANNEL_ANDROID,
                              .strict_options = cli_has(arguments, FLAG_STRICT),
                              .encryption_key = encryption_key()};
  if (values[FLAG_TIMEOUT])
    decimal_integer(values[FLAG_TIMEOUT], strlen(values[FLAG_TIMEOUT]), &config.network_timeout_ms);
  return config;
}

static int set_up(struct session *session) {
  struct vmx_callbacks callbacks = callbacks_of(session);
  struct base_error err = {0};
  int status = vmx_setup(session->client, NULL, &callbacks, &err);
  if (status != 0) return session_answer(session, status, NULL, &err);
  int code = finish(session);
  if (code == EXIT_FAILED) code = report(session, EXIT_FAILED, session->payload);
  session->ended = false;
  return code;
}

int session_open(struct session *session, const struct cli_arguments *arguments) {
  *session = (struct session){.arguments = arguments};
  session->progress.style = progress_style(cli_has(arguments, FLAG_QUIET));
  const struct vmx_config config = config_of(arguments);
  struct base_error err = {0};
  if (vmx_client_open(&config, &session->client, &err) != 0)
    return cli_complain(arguments, EXIT_ENVIRONMENT, "%s", err.text);
  return 0;
}

int session_begin(struct session *session, const struct cli_arguments *arguments) {
  int status = session_open(session, arguments);
  return status != 0 ? status : set_up(session);
}

void session_close(struct session *session) {
  vmx_client_close(session->client);
  free(session->payload);
  *session = (struct session){0};
}

/* The end of what `status` says was started. */
static int await(struct session *session, int status, const struct base_error *err) {
  if (status != 0) return session_answer(session, status, NULL, err);
  int code = finish(session);
  return code == EXIT_ENVIRONMENT ? code : report(session, code, session->payload);
}

int session_set_up_again(struct session *session, session_setup *setup) {
  struct vmx_callbacks callbacks = callbacks_of(session);
  struct base_error err = {0};
  int status = setup(session->client, NULL, &callbacks, &err);
  return await(session, status, &err);
}

int session_sync(struct session *session, const char *options) {
  const struct cli_arguments *arguments = session->arguments;
  struct vmx_callbacks callbacks = callbacks_of(session);
  struct base_error err = {0};
  int status = vmx_start_sync(session->client, session_level(arguments),
                              arguments->values[FLAG_TARGET], options, &callbacks, &err);
  return await(session, status, &err);
}
