/*
 * One object, step by step: edits, what of them is pending, a sync with a filter that tells its progress, and
 * one that is cancelled by its own progress callback.
 *
 *   ./object_level SERVICE_URL STORAGE
 */
#include <stdio.h>
#include <string.h>
#include <vmxsync/vmxsync.h>

#define OBJECT "Employee"

struct sync {
  struct vmx_client *client;
  const char *name;
  bool cancel_at_download; /* as soon as the download begins */
};

/* -- callbacks ---------------------------------------------------------------------------------------- */

static void on_success(void *user, const char *payload) {
  const struct sync *sync = user;
  printf("%s: success %s\n", sync->name, payload);
}

static void on_failure(void *user, const char *payload) {
  const struct sync *sync = user;
  printf("%s: failure %s\n", sync->name, payload);
}

static void on_cancelled(void *user, const char *payload) {
  const struct sync *sync = user;
  printf("%s: cancelled %s\n", sync->name, payload);
}

static void on_progress(void *user, const char *payload) {
  struct sync *sync = user;
  const struct vmx_callbacks callbacks = {on_cancelled, on_failure, NULL, sync};
  printf("%s: progress %s\n", sync->name, payload);
  if (!sync->cancel_at_download || !strstr(payload, "\"Download\"")) return;
  sync->cancel_at_download = false;
  vmx_cancel_sync(sync->client, VMX_SCOPE_OBJECT, OBJECT, &callbacks, NULL);
}

/* -- local calls -------------------------------------------------------------------------------------- */

/* A call's answer, as one line. */
static int print(const char *what, int code, char *answer) {
  if (code == 0) printf("%s %s\n", what, answer ? answer : "");
  vmx_free(answer);
  return code;
}

/* One new row, whose name is changed before it was uploaded: both edits go up, in this order. */
static int edit(struct vmx_client *client, struct vmx_error *err) {
  char *answer = NULL;
  int code = vmx_create(client, OBJECT, "{\"Name\":\"Lovelace\",\"DeptId\":1}", NULL, &answer, err);
  code = print("created", code, answer);
  if (code == 0)
    code = vmx_update(client, OBJECT, "{\"Name\":\"Ada\"}", "{\"primaryKeys\":{\"EmpId\":-1}}", err);
  if (code != 0) return code;
  answer = NULL;
  code = vmx_get_pending_records(client, OBJECT, NULL, &answer, err);
  return print("pending", code, answer);
}

static int print_rows(struct vmx_client *client, struct vmx_error *err) {
  char *rows = NULL;
  int code = vmx_get(client, OBJECT, "{\"whereConditionAsAString\":\"DeptId = 1\"}", &rows, err);
  return print("rows", code, rows);
}

/* -- syncs -------------------------------------------------------------------------------------------- */

static int sync_object(struct sync *sync, const char *options, struct vmx_error *err) {
  const struct vmx_callbacks callbacks = {on_success, on_failure, on_progress, sync};
  int code = vmx_start_sync(sync->client, VMX_SCOPE_OBJECT, OBJECT, options, &callbacks, err);
  return code == 0 ? vmx_client_run(sync->client, err) : code;
}

static int set_up(struct vmx_client *client, struct vmx_error *err) {
  struct sync setup = {client, "setup", false};
  const struct vmx_callbacks callbacks = {on_success, on_failure, NULL, &setup};
  int code = vmx_setup(client, NULL, &callbacks, err);
  return code == 0 ? vmx_client_run(client, err) : code;
}

static int run(struct vmx_client *client, struct vmx_error *err) {
  struct sync filtered = {client, "filtered", false}, cancelled = {client, "cancelled", true};
  int code = set_up(client, err);
  if (code == 0) code = edit(client, err);
  if (code == 0)
    code = sync_object(&filtered, "{\"filter\":\"DeptId eq 1\",\"getSyncStats\":true}", err);
  if (code == 0) code = print_rows(client, err);
  if (code == 0)
    code = sync_object(&cancelled, "{\"syncType\":\"downloadOnly\",\"downloadBatchSize\":1}", err);
  return code;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: object_level SERVICE_URL STORAGE\n");
    return 2;
  }
  struct vmx_config config = {
      .size = sizeof config, .service_url = argv[1], .storage = argv[2], .claims_token = "token"};
  struct vmx_client *client = NULL;
  struct vmx_error err = {0};
  int code = vmx_client_open(&config, &client, &err);
  if (code == 0) code = run(client, &err);
  if (code != 0) fprintf(stderr, "%d: %s\n", code, err.text);
  vmx_client_close(client);
  return code == 0 ? 0 : 1;
}
