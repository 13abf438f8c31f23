#include "company.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"

static const char document[] =
    "{\"services_meta\":{"
    "\"Organization\":{\"type\":\"objectsvc\",\"url\":\"http://f/Org\",\"metadata_url\":\"http://f/meta/Org\",\"version\":\"1.0\"},"
    "\"Sales\":{\"type\":\"objectsvc\",\"url\":\"http://f/Sales\",\"metadata_url\":\"http://f/meta/Sales\",\"version\":\"1.0\"},"
    "\"Online\":{\"type\":\"objectsvc\",\"url\":\"http://f/On\",\"metadata_url\":\"http://f/meta/On\",\"version\":\"1.0\",\"offline\":false}}}";

#define METADATA(object, key, generated, cache)                                                    \
  "{\"opstatus\":0,\"timestamp\":\"t1\",\"offline\":true,\"uploadCache\":" cache                   \
  ",\"conflict_policy\":\"none\",\"namespaces\":[{\"name\":\"\",\"objects\":[{\"name\":\"" object   \
  "\",\"key\":[\"" key "\"],\"fields\":[{\"name\":\"" key                                          \
  "\",\"datatype\":\"number\",\"nullable\":false,\"auto_generated\":" generated                    \
  ",\"creatable\":true,\"updatable\":false},{\"name\":\"Name\",\"datatype\":\"string\","           \
  "\"length\":50,\"nullable\":false,\"auto_generated\":false,\"creatable\":true,"                  \
  "\"updatable\":true}],\"relationships\":[],\"operations\":{}}]}]}"

static const char employee_cached[] = METADATA("Employee", "EmpId", "true", "true");
static const char employee_plain[] = METADATA("Employee", "EmpId", "true", "false");
static const char note[] = METADATA("Note", "NoteId", "true", "false");

const char *const company_employee = employee_cached, *const company_note = note;

static void ended(struct listener *listener, const char *payload) {
  free(listener->last);
  listener->last = strdup(payload);
}

static void on_success(void *user, const char *payload) {
  struct listener *listener = user;
  listener->successes++;
  ended(listener, payload);
}

static void on_failure(void *user, const char *payload) {
  struct listener *listener = user;
  listener->failures++;
  ended(listener, payload);
}

static void on_progress(void *user, const char *payload) {
  struct listener *listener = user;
  CLEANUP(json_free) cJSON *event = NULL;
  char *longer = NULL;
  assert_int_equal(json_parse(payload, strlen(payload), JSON_REPEATED_REFUSED, &event, NULL), 0);
  assert_true(asprintf(&longer, "%s%s%s %s", listener->progress ? listener->progress : "",
                       listener->progress ? "," : "", json_find_string(event, "phase"),
                       json_find_string(event, "state")) > 0);
  free(listener->progress);
  listener->progress = longer;
  listener->events++;
  if (listener->successes + listener->failures > 0) listener->events_after_end++;
}

struct vmx_callbacks company_callbacks(struct company *company) {
  return (struct vmx_callbacks){on_success, on_failure, on_progress, &company->listener};
}

static void listener_reset(struct listener *listener) {
  free(listener->last);
  free(listener->progress);
  *listener = (struct listener){0};
}

static void open_client(struct company *company, enum vmx_api api) {
  struct vmx_environment environment = fake_environment(&company->network);
  const struct vmx_config config = {.storage = company->folder,
                                    .service_document = document,
                                    .claims_token = "token",
                                    .api = api};
  struct base_error err = {0};
  assert_int_equal(vmx_client_open_over(&config, &environment, &company->client, &err), 0);
}

int company_open(void **state) {
  struct company *company = calloc(1, sizeof *company);
  strcpy(company->folder, access("/dev/shm", W_OK) == 0 ? "/dev/shm/vmx-engine-XXXXXX" : "/tmp/vmx-engine-XXXXXX");
  if (!mkdtemp(company->folder)) return -1;
  fake_init(&company->network);
  open_client(company, VMX_API_JS);
  *state = company;
  return 0;
}

static void remove_folder(const char *folder) {
  static const char *const names[] = {"/offline.db", "/offline.db-wal", "/offline.db-shm"};
  char path[96];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(path, sizeof path, "%s%s", folder, names[i]);
    unlink(path);
  }
  rmdir(folder);
}

int company_close(void **state) {
  struct company *company = *state;
  vmx_client_close(company->client);
  fake_done(&company->network);
  listener_reset(&company->listener);
  remove_folder(company->folder);
  free(company);
  return 0;
}

void company_restart(struct company *company, enum vmx_api api) {
  vmx_client_close(company->client);
  company->network.closed = false;
  open_client(company, api);
}

static void run(struct company *company) {
  struct base_error err = {0};
  assert_int_equal(vmx_client_run(company->client, &err), 0);
}

void company_setup(struct company *company, bool upload_cache) {
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  fake_expect(&company->network, "GET http://f/meta/Org", 200,
              upload_cache ? employee_cached : employee_plain);
  fake_expect(&company->network, "GET http://f/meta/Sales", 200, note);
  listener_reset(&company->listener);
  assert_int_equal(vmx_setup(company->client, NULL, &callbacks, &err), 0);
  run(company);
  assert_int_equal(company->listener.successes, 1);
}

int company_sync(struct company *company, enum vmx_scope_level level, const char *target,
                 const char *options) {
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  listener_reset(&company->listener);
  assert_int_equal(
      vmx_start_sync(company->client, level, target, options, &callbacks, &err), 0);
  assert_int_equal(company->listener.successes + company->listener.failures, 0); /* API-11 */
  run(company);
  assert_int_equal(company->listener.successes + company->listener.failures, 1); /* API-03 */
  assert_int_equal(company->listener.events_after_end, 0);
  return company->listener.successes ? 0 : company_code(company);
}

int company_code(const struct company *company) {
  CLEANUP(json_free) cJSON *payload = NULL;
  int64_t code = 0;
  const char *text = company->listener.last;
  assert_int_equal(json_parse(text, strlen(text), JSON_REPEATED_REFUSED, &payload, NULL), 0);
  assert_true(json_integer(json_find(payload, "code"), &code));
  return (int)code;
}

void company_hire(struct company *company, const char *name) {
  CLEANUP(free_text) char *record = NULL;
  CLEANUP(free_text) char *created = NULL;
  struct base_error err = {0};
  assert_true(asprintf(&record, "{\"Name\":\"%s\"}", name) > 0);
  assert_int_equal(vmx_create(company->client, "Employee", record, NULL, &created, &err), 0);
}

void company_told(const struct company *company, const char *text) {
  if (!strstr(company->listener.last, text))
    fail_msg("expected %s in %s", text, company->listener.last);
}
