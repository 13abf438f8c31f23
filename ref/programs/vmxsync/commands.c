#include "commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/local_options.h" /* the tables that `vmxsync options` prints: */
#include "core/options.h"       /* the one look inside the library */
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
  status = session_begin(&session, arguments);
  return status != 0 ? status : session_sync(&session, options);
}

/* ---- local calls -------------------------------------------------------------------------- */

/* What a local call works on. `answer` is its JSON, owned; NULL: there is none. */
struct local {
  struct vmx_client *client;
  const struct cli_arguments *arguments;
  const char *object;
  char *record, *options, *keys; /* owned */
  char *answer;
};

typedef int local_call(struct local *local, struct base_error *err);

static void local_done(struct local *local) {
  free(local->record);
  free(local->options);
  free(local->keys);
  free(local->answer);
}

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

static int call_select(struct local *local, struct base_error *err) {
  return vmx_execute_select_query(local->client, local->arguments->values[FLAG_QUERY], &local->answer, err);
}

static int call_pending(struct local *local, struct base_error *err) {
  return vmx_get_pending_records(local->client, local->object, local->options, &local->answer, err);
}

static int call_mark(struct local *local, struct base_error *err) {
  return vmx_mark_for_upload(local->client, local->object, local->options, err);
}

static int call_rollback(struct local *local, struct base_error *err) {
  return vmx_rollback(local->client, session_level(local->arguments), local->arguments->values[FLAG_TARGET],
                      local->keys, err);
}

static int call_clear(struct local *local, struct base_error *err) {
  return vmx_clear_offline_data(local->client, session_level(local->arguments),
                                local->arguments->values[FLAG_TARGET], err);
}

static int run_local(const struct cli_arguments *arguments, local_call *call) {
  CLEANUP(local_done) struct local local = {.arguments = arguments, .object = arguments->values[FLAG_OBJECT]};
  int status = object_text(arguments, FLAG_RECORD, "--record", &local.record);
  if (status == 0) status = object_text(arguments, FLAG_OPTIONS, "--options", &local.options);
  if (status == 0) status = object_text(arguments, FLAG_KEYS, "--keys", &local.keys);
  if (status != 0) return status;
  CLEANUP(session_close) struct session session = {0};
  status = session_begin(&session, arguments);
  if (status != 0) return status;
  struct base_error err = {0};
  local.client = session.client;
  status = call(&local, &err);
  return session_answer(&session, status, local.answer, &err);
}

int command_create(const struct cli_arguments *arguments) { return run_local(arguments, call_create); }
int command_update(const struct cli_arguments *arguments) { return run_local(arguments, call_update); }
int command_delete(const struct cli_arguments *arguments) { return run_local(arguments, call_delete); }
int command_get(const struct cli_arguments *arguments) { return run_local(arguments, call_get); }
int command_select(const struct cli_arguments *arguments) { return run_local(arguments, call_select); }
int command_pending(const struct cli_arguments *arguments) { return run_local(arguments, call_pending); }
int command_mark(const struct cli_arguments *arguments) { return run_local(arguments, call_mark); }
int command_rollback(const struct cli_arguments *arguments) { return run_local(arguments, call_rollback); }
int command_clear(const struct cli_arguments *arguments) { return run_local(arguments, call_clear); }

/* Without a setup: what cannot be set up any more can be dropped all the same. */
int command_drop(const struct cli_arguments *arguments) {
  CLEANUP(session_close) struct session session = {0};
  int status = session_open(&session, arguments);
  if (status != 0) return status;
  struct base_error err = {0};
  status = vmx_drop(session.client, &err);
  return session_answer(&session, status, NULL, &err);
}

/* ---- the schema ---------------------------------------------------------------------------- */

static int set_up_again(const struct cli_arguments *arguments, session_setup *setup) {
  CLEANUP(session_close) struct session session = {0};
  int status = session_begin(&session, arguments);
  return status != 0 ? status : session_set_up_again(&session, setup);
}

int command_refresh(const struct cli_arguments *arguments) { return set_up_again(arguments, vmx_incremental_setup); }
int command_reset(const struct cli_arguments *arguments) { return set_up_again(arguments, vmx_reset); }

/* ---- options ------------------------------------------------------------------------------ */

/* Each option with the commands that take it. */
static void local_help(struct base_buf *out) {
  static const struct {
    unsigned call;
    const char *command;
  } calls[] = {{VMX_LOCAL_CREATE, "create"}, {VMX_LOCAL_UPDATE, "update"}, {VMX_LOCAL_DELETE, "delete"},
               {VMX_LOCAL_GET, "get"},       {VMX_LOCAL_MARK, "mark"},     {VMX_LOCAL_PENDING, "pending"}};
  size_t count;
  const struct vmx_local_option_row *rows = vmx_local_option_rows(&count);
  for (size_t i = 0; i < count; i++) {
    base_buf_printf(out, "%s (%s; ", rows[i].key, rows[i].value);
    const char *before = "";
    for (size_t k = 0; k < sizeof calls / sizeof *calls; k++) {
      if (!(rows[i].calls & calls[k].call)) continue;
      base_buf_printf(out, "%s%s", before, calls[k].command);
      before = ", ";
    }
    base_buf_printf(out, ")\n    %s\n", rows[i].help);
  }
}

int command_options(const struct cli_arguments *arguments) {
  if (cli_has(arguments, FLAG_LOCAL) && (cli_has(arguments, FLAG_MARKDOWN) || cli_has(arguments, FLAG_DICT)))
    return cli_complain(arguments, EXIT_USAGE, "--local stands alone");
  if (cli_has(arguments, FLAG_MARKDOWN) && cli_has(arguments, FLAG_DICT))
    return cli_complain(arguments, EXIT_USAGE, "--markdown and --dict exclude each other");
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  if (cli_has(arguments, FLAG_LOCAL)) local_help(&text);
  else if (cli_has(arguments, FLAG_MARKDOWN)) vmx_options_markdown(&text);
  else if (cli_has(arguments, FLAG_DICT)) vmx_options_dictionary(&text);
  else vmx_options_help(&text);
  if (text.failed) return cli_complain(arguments, EXIT_ENVIRONMENT, "out of memory");
  fputs(base_buf_string(&text), stdout);
  return EXIT_OK;
}
