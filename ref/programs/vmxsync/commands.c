#include "commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/options.h" /* the table that `vmxsync options` prints: the one look inside the library */
#include "input.h"
#include "session.h"

/* ---- JSON arguments ----------------------------------------------------------------------- */

/* The text of a flag, NULL when it was not given. Its bytes reach the engine unchecked, save a NUL. */
static int raw_text(const struct cli_arguments *arguments, enum cli_flag flag, char **out) {
  size_t len = 0;
  int status = cli_read(arguments, flag, out, &len);
  if (status != 0 || !*out || strlen(*out) == len) return status;
  return cli_complain(arguments, EXIT_USAGE, "%s holds a NUL byte", arguments->values[flag]);
}

/* The same for what must be a JSON object before the engine is asked. */
static int object_text(const struct cli_arguments *arguments, enum cli_flag flag, const char *what, char **out) {
  int status = raw_text(arguments, flag, out);
  if (status != 0 || !*out) return status;
  CLEANUP(json_free) cJSON *tree = NULL;
  struct base_error err = {0};
  if (json_parse(*out, strlen(*out), JSON_REPEATED_REFUSED, &tree, &err) != 0)
    return cli_complain(arguments, EXIT_USAGE, "%s cannot be read: %s", what, err.text);
  if (cJSON_IsObject(tree)) return 0;
  return cli_complain(arguments, EXIT_USAGE, "%s must be a JSON object", what);
}

/* ---- sync --------------------------------------------------------------------------------- */

int command_sync(const struct cli_arguments *arguments) {
  CLEANUP(free_text) char *options = NULL;
  int status = raw_text(arguments, FLAG_OPTIONS, &options);
  if (status != 0) return status;
  CLEANUP(session_close) struct session session = {0};
  status = session_open(&session, arguments);
  return status != 0 ? status : session_sync(&session, options);
}

/* ---- local calls -------------------------------------------------------------------------- */

/* What a local call works on. `answer` is its JSON, owned; NULL: there is none. */
struct local {
  struct vmx_client *client;
  const char *object, *record, *options;
  char *answer;
};

typedef int local_call(struct local *local, struct base_error *err);

static int call_create(struct local *local, struct base_error *err) {
  return vmx_create(local->client, local->object, local->record, local->options, &local->answer, err);
}

static int call_update(struct local *local, struct base_error *err) {
  return vmx_update(local->client, local->object, local->record, local->options, err);
}

static int call_delete(struct local *local, struct base_error *err) {
  return vmx_delete(local->client, local->object, local->record, local->options, err);
}

static int call_get(struct local *local, struct base_error *err) {
  return vmx_get(local->client, local->object, local->options, &local->answer, err);
}

static int call_pending(struct local *local, struct base_error *err) {
  return vmx_get_pending_records(local->client, local->object, local->options, &local->answer, err);
}

static int run_local(const struct cli_arguments *arguments, local_call *call) {
  CLEANUP(free_text) char *record = NULL, *options = NULL;
  int status = object_text(arguments, FLAG_RECORD, "--record", &record);
  if (status == 0) status = object_text(arguments, FLAG_OPTIONS, "--options", &options);
  if (status != 0) return status;
  CLEANUP(session_close) struct session session = {0};
  status = session_open(&session, arguments);
  if (status != 0) return status;
  struct local local = {session.client, arguments->values[FLAG_OBJECT], record, options, NULL};
  struct base_error err = {0};
  status = call(&local, &err);
  int code = session_answer(&session, status, local.answer, &err);
  free(local.answer);
  return code;
}

int command_create(const struct cli_arguments *arguments) { return run_local(arguments, call_create); }
int command_update(const struct cli_arguments *arguments) { return run_local(arguments, call_update); }
int command_delete(const struct cli_arguments *arguments) { return run_local(arguments, call_delete); }
int command_get(const struct cli_arguments *arguments) { return run_local(arguments, call_get); }
int command_pending(const struct cli_arguments *arguments) { return run_local(arguments, call_pending); }

/* ---- options ------------------------------------------------------------------------------ */

int command_options(const struct cli_arguments *arguments) {
  if (cli_has(arguments, FLAG_MARKDOWN) && cli_has(arguments, FLAG_DICT))
    return cli_complain(arguments, EXIT_USAGE, "--markdown and --dict exclude each other");
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  if (cli_has(arguments, FLAG_MARKDOWN)) vmx_options_markdown(&text);
  else if (cli_has(arguments, FLAG_DICT)) vmx_options_dictionary(&text);
  else vmx_options_help(&text);
  if (text.failed) return cli_complain(arguments, EXIT_ENVIRONMENT, "out of memory");
  fputs(base_buf_string(&text), stdout);
  return EXIT_OK;
}
