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

#define OBJECT(name, key, generated)                                                               \
  "{\"name\":\"" name "\",\"key\":[\"" key "\"],\"fields\":[{\"name\":\"" key                       \
  "\",\"datatype\":\"number\",\"nullable\":false,\"auto_generated\":" generated                    \
  ",\"creatable\":true,\"updatable\":false},{\"name\":\"Name\",\"datatype\":\"string\","           \
  "\"length\":50,\"nullable\":false,\"auto_generated\":false,\"creatable\":true,"                  \
  "\"updatable\":true}],\"relationships\":[],\"operations\":{}}"

#define METADATA(object, key, generated, cache)                                                    \
  "{\"opstatus\":0,\"timestamp\":\"t1\",\"offline\":true,\"uploadCache\":" cache                   \
  ",\"conflict_policy\":\"none\",\"namespaces\":[{\"name\":\"\",\"objects\":["                     \
  OBJECT(object, key, generated) "]}]}"

static const char employee_cached[] = METADATA("Employee", "EmpId", "true", "true");
static const char employee_plain[] = METADATA("Employee", "EmpId", "true", "false");
static const char note[] = METADATA("Note", "NoteId", "true", "false");
static const char note_cached[] = METADATA("Note", "NoteId", "true", "true");

const char *const company_employee = employee_cached, *const company_note = note;
const char *const company_note_cached = note_cached;

#define TWO_OBJECTS(cache)                                                                         \
  "{\"opstatus\":0,\"timestamp\":\"t1\",\"offline\":true,\"uploadCache\":" cache                   \
  ",\"namespaces\":[{\"name\":\"\",\"objects\":["                                                  \
  OBJECT("Employee", "EmpId", "true") "," OBJECT("Dept", "DeptId", "false") "]}]}"

const char *const company_two_objects = TWO_OBJECTS("true");
const char *const company_two_objects_plain = TWO_OBJECTS("false");

struct vmx_callbacks company_callbacks(struct company *company) {
  return listener_callbacks(&company->listener);
}

int company_try_open(struct company *company, enum vmx_api api, enum vmx_channel channel,
                     struct base_error *err) {
  struct vmx_environment environment = fake_environment(&company->network);
  const struct vmx_config config = {.storage = company->folder,
                                    .service_document = document,
                                    .encryption_key = company->encryption_key,
                                    .claims_token = "token",
                                    .api = api,
                                    .channel = channel};
  *err = (struct base_error){0};
  company->client = NULL;
  company->network.closed = false;
  return vmx_client_open_over(&config, &environment, &company->client, err);
}

static void open_client(struct company *company, enum vmx_api api, enum vmx_channel channel) {
  struct base_error err;
  if (company_try_open(company, api, channel, &err) != 0) fail_msg("%s", err.text);
}

/* -- opening and closing ---------------------------------------------------------------------------- */

static int begin(struct company *company) {
  strcpy(company->folder, access("/dev/shm", W_OK) == 0 ? "/dev/shm/vmx-engine-XXXXXX" : "/tmp/vmx-engine-XXXXXX");
  if (!mkdtemp(company->folder)) return -1;
  fake_init(&company->network);
  company->listener.record = true;
  open_client(company, VMX_API_JS, VMX_CHANNEL_ANDROID);
  return 0;
}

int company_open(void **state) {
  struct company *company = calloc(1, sizeof *company);
  *state = company;
  return begin(company);
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

static void end(struct company *company) {
  vmx_client_close(company->client);
  fake_done(&company->network);
  listener_reset(&company->listener);
  remove_folder(company->folder);
}

int company_close(void **state) {
  end(*state);
  free(*state);
  return 0;
}

void company_renew(struct company *company) {
  end(company);
  *company = (struct company){0};
  assert_int_equal(begin(company), 0);
}

void company_forget(struct company *company) {
  fake_done(&company->network);
  fake_init(&company->network);
  listener_reset(&company->listener);
}

void company_restart_as(struct company *company, enum vmx_api api, enum vmx_channel channel) {
  vmx_client_close(company->client);
  open_client(company, api, channel);
}

void company_reopen(struct company *company) {
  company->client = NULL;
  company_restart(company, VMX_API_JS);
}

void company_restart(struct company *company, enum vmx_api api) {
  company_restart_as(company, api, VMX_CHANNEL_ANDROID);
}

void company_run(struct company *company) {
  struct base_error err = {0};
  assert_int_equal(vmx_client_run(company->client, &err), 0);
}

/* -- setup ------------------------------------------------------------------------------------------ */

void company_setup_again(struct company *company) {
  struct vmx_callbacks callbacks = company_callbacks(company);
  struct base_error err = {0};
  listener_reset(&company->listener);
  assert_int_equal(vmx_setup(company->client, NULL, &callbacks, &err), 0);
  company_run(company);
  assert_int_equal(listener_code(&company->listener), 0);
}

void company_setup_with(struct company *company, const char *organization, const char *sales) {
  fake_expect(&company->network, "GET http://f/meta/Org", 200, organization);
  fake_expect(&company->network, "GET http://f/meta/Sales", 200, sales);
  company_setup_again(company);
}

void company_setup(struct company *company, bool upload_cache) {
  company_setup_with(company, upload_cache ? employee_cached : employee_plain, note);
}

/* -- sync ------------------------------------------------------------------------------------------- */

static void start(struct company *company, struct listener *listener, enum vmx_scope_level level,
                  const char *target, const char *options) {
  const struct vmx_callbacks callbacks = listener_callbacks(listener);
  CLEANUP(free_text) char *text = options ? look_text("%s", options) : NULL;
  struct base_error err = {0};
  assert_int_equal(vmx_start_sync(company->client, level, target, text, &callbacks, &err), 0);
  assert_int_equal(listener->successes + listener->failures, 0); /* API-11 */
}

int company_sync(struct company *company, enum vmx_scope_level level, const char *target,
                 const char *options) {
  listener_reset(&company->listener);
  start(company, &company->listener, level, target, options);
  company_run(company);
  listener_check_progress(&company->listener);
  return listener_code(&company->listener);
}

int company_sync_org(struct company *company, const char *options) {
  return company_sync(company, VMX_SCOPE_SERVICE, "Organization", options);
}

void company_start(struct company *company, struct listener *listener, enum vmx_scope_level level,
                   const char *target, const char *options) {
  struct base_error err = {0};
  start(company, listener, level, target, options);
  assert_int_equal(vmx_client_step(company->client, 0, NULL, 0, &err), 0);
}

int company_code(const struct company *company) { return listener_last_code(&company->listener); }

void company_told(const struct company *company, const char *text) {
  CLEANUP(free_text) char *wanted = look_text("%s", text);
  if (!strstr(company->listener.last, wanted))
    fail_msg("expected %s in %s", wanted, company->listener.last);
}

void company_payload_is(const struct company *company, const char *path, const char *wanted) {
  look_is(company->listener.last, path, wanted);
}

/* -- rows ------------------------------------------------------------------------------------------- */

void company_create(struct company *company, const char *object, const char *record) {
  CLEANUP(free_text) char *text = look_text("%s", record);
  CLEANUP(free_text) char *created = NULL;
  struct base_error err = {0};
  if (vmx_create(company->client, object, text, NULL, &created, &err) != 0) fail_msg("%s", err.text);
}

void company_hire(struct company *company, const char *name) {
  CLEANUP(free_text) char *record = look_text("{'Name':'%s'}", name);
  company_create(company, "Employee", record);
}

void company_rename(struct company *company, int id, const char *name) {
  CLEANUP(free_text) char *record = look_text("{'EmpId':%d,'Name':'%s'}", id, name);
  struct base_error err = {0};
  if (vmx_update(company->client, "Employee", record, NULL, &err) != 0) fail_msg("%s", err.text);
}

void company_fire(struct company *company, int id) {
  CLEANUP(free_text) char *record = look_text("{'EmpId':%d}", id);
  struct base_error err = {0};
  if (vmx_delete(company->client, "Employee", record, NULL, &err) != 0) fail_msg("%s", err.text);
}

void company_rows_are(struct company *company, const char *object, const char *wanted) {
  CLEANUP(free_text) char *rows = NULL;
  struct base_error err = {0};
  assert_int_equal(vmx_snapshot(company->client, object, &rows, &err), 0);
  look_is(rows, "", wanted);
}

void company_pending_are(struct company *company, const char *object, const char *wanted) {
  CLEANUP(free_text) char *pending = NULL;
  struct base_error err = {0};
  assert_int_equal(vmx_get_pending_records(company->client, object, NULL, &pending, &err), 0);
  look_is(pending, "pendingSyncRecords", wanted);
}
