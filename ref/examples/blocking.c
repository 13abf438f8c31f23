/*
 * The smallest whole program on libvmxsync: set up, make one edit, sync, read the rows back.
 *
 *   cc blocking.c $(pkg-config --cflags --libs vmxsync) -o blocking
 *   ./blocking SERVICE_URL STORAGE
 */
#include <stdio.h>
#include <vmxsync/vmxsync.h>

struct outcome {
  int successes, failures;
};

static void on_success(void *user, const char *payload) {
  struct outcome *outcome = user;
  outcome->successes++;
  printf("success %s\n", payload);
}

static void on_failure(void *user, const char *payload) {
  struct outcome *outcome = user;
  outcome->failures++;
  printf("failure %s\n", payload);
}

static void on_progress(void *user, const char *payload) {
  (void)user;
  printf("progress %s\n", payload);
}

/* What a call refuses is returned; what setup and sync end in is counted in `outcome`. */
static int sync_once(struct vmx_client *client, struct outcome *outcome, struct vmx_error *err) {
  struct vmx_callbacks callbacks = {on_success, on_failure, on_progress, outcome};
  int code = vmx_setup(client, NULL, &callbacks, err);
  if (code == 0) code = vmx_client_run(client, err);
  if (code != 0 || outcome->failures > 0) return code;

  char *created = NULL, *rows = NULL;
  code = vmx_create(client, "Employee", "{\"Name\":\"Ada\"}", NULL, &created, err);
  vmx_free(created);
  if (code == 0)
    code = vmx_start_sync(client, VMX_SCOPE_APPLICATION, NULL, "{\"syncMode\":\"parallel\"}", &callbacks, err);
  if (code == 0) code = vmx_client_run(client, err);
  if (code == 0) code = vmx_snapshot(client, "Employee", &rows, err);
  if (code == 0) printf("rows %s\n", rows);
  vmx_free(rows);
  return code;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: blocking SERVICE_URL STORAGE\n");
    return 2;
  }
  struct vmx_config config = {
      .size = sizeof config, .service_url = argv[1], .storage = argv[2], .claims_token = "token"};
  struct vmx_client *client = NULL;
  struct vmx_error err = {0};
  struct outcome outcome = {0, 0};
  int code = vmx_client_open(&config, &client, &err);
  if (code == 0) code = sync_once(client, &outcome, &err);
  if (code != 0) fprintf(stderr, "%d: %s\n", code, err.text);
  vmx_client_close(client);
  return code == 0 && outcome.failures == 0 ? 0 : 1;
}
