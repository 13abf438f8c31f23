#include "driver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "samples.h"

static void on_success(void *user, const char *payload) {
  (void)payload;
  *(int *)user = 1;
}

static void on_failure(void *user, const char *payload) {
  (void)user;
  bench_give_up(payload);
}

struct vmx_client *driver_open(unsigned port, const char *folder) {
  char url[64];
  int done = 0;
  snprintf(url, sizeof url, "http://127.0.0.1:%u", port);
  const struct vmx_config config = {
      .size = sizeof config, .service_url = url, .storage = folder, .claims_token = "token"};
  const struct vmx_callbacks callbacks = {on_success, on_failure, NULL, &done};
  struct vmx_client *client = NULL;
  struct base_error err = {0};
  if (vmx_client_open(&config, &client, &err) || vmx_setup(client, NULL, &callbacks, &err) ||
      vmx_client_run(client, &err) || !done)
    bench_give_up(err.text);
  return client;
}

static void on_progress(void *user, const char *payload) {
  (void)user, (void)payload;
}

double driver_sync(struct vmx_client *client, const char *options) {
  int done = 0;
  const struct vmx_callbacks callbacks = {on_success, on_failure, on_progress, &done};
  struct base_error err = {0};
  double start = bench_now_s();
  if (vmx_start_sync(client, VMX_SCOPE_APPLICATION, NULL, options, &callbacks, &err) ||
      vmx_client_run(client, &err) || !done)
    bench_give_up(err.text);
  return bench_now_s() - start;
}

void driver_create(struct vmx_client *client, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    struct sample sample = sample_of(i);
    struct base_error err = {0};
    char columns[SAMPLE_JSON], record[SAMPLE_JSON + 32], *created = NULL;
    sample_columns(&sample, columns);
    snprintf(record, sizeof record, "{\"Id\":%" PRId64 ",%s}", i, columns);
    if (vmx_create(client, "R0", record, NULL, &created, &err)) bench_give_up(err.text);
    free(created);
  }
}

double driver_fresh_sync(unsigned port, const char *options) {
  char folder[BENCH_PATH];
  bench_folder(folder);
  struct vmx_client *client = driver_open(port, folder);
  double seconds = driver_sync(client, options);
  vmx_client_close(client);
  bench_remove(folder);
  return seconds;
}

void driver_prepare_edits(unsigned port, const char *folder, int64_t count) {
  struct vmx_client *client = driver_open(port, folder);
  driver_create(client, count);
  vmx_client_close(client);
}

double driver_upload(unsigned port, const char *prepared, const char *options) {
  char folder[BENCH_PATH], command[2 * BENCH_PATH + 16];
  bench_folder(folder);
  snprintf(command, sizeof command, "cp '%s'/* '%s'", prepared, folder);
  if (system(command) != 0) bench_give_up("the prepared edits cannot be copied");
  struct vmx_client *client = driver_open(port, folder);
  double seconds = driver_sync(client, options);
  vmx_client_close(client);
  bench_remove(folder);
  return seconds;
}
