#include "engine/setup.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "core/codes.h"
#include "engine/exchange.h"
#include "engine/identity.h"
#include "engine/notice.h"
#include "engine/sync.h"

/* The metadata of one service on its way. */
struct fetch {
  struct vmx_setup_run *run;
  struct vmx_service *service;
  struct vmx_exchange exchange;
  struct base_error err; /* code 0: read, or still under way */
};

struct vmx_setup_run {
  struct vmx_setup_run *next; /* among the ended ones */
  struct vmx_client *client;
  enum vmx_setup_kind kind;
  struct vmx_callbacks callbacks;
  enum vmx_boolean_form boolean_form;
  struct vmx_model *model; /* what is being read; handed over at the end */
  struct vmx_exchange document;
  struct base_buf document_url;
  struct fetch *fetches;
  size_t fetch_count, fetches_left;
  bool begun;
};

/* -- the end ------------------------------------------------------------------------------------- */

/* Before the callback, which may start the next setup; the memory goes when the step is over. */
static void retire(struct vmx_setup_run *run) {
  struct vmx_client *client = run->client;
  client->setup = NULL;
  run->next = client->ended_setups;
  client->ended_setups = run;
}

static void succeed(struct vmx_setup_run *run) {
  retire(run);
  run->client->ready = true;
  cJSON *payload = cJSON_CreateObject();
  if (payload) cJSON_AddNumberToObject(payload, "status", 0);
  vmx_deliver_end(&run->callbacks, false, payload);
}

static void fail(struct vmx_setup_run *run, const struct base_error *err) {
  retire(run);
  vmx_deliver_end(&run->callbacks, true, vmx_error_tree(run->client, err));
}

/* W-10: 2332 names the services that were read and those that were not. */
static void add_services(cJSON *user_info, const struct vmx_setup_run *run) {
  cJSON *good = cJSON_AddObjectToObject(user_info, "successfulObjectServices");
  cJSON *bad = cJSON_AddObjectToObject(user_info, "failedObjectServices");
  for (size_t i = 0; good && bad && i < run->fetch_count; i++) {
    const struct fetch *fetch = &run->fetches[i];
    if (fetch->err.code == 0) cJSON_AddItemToObject(good, fetch->service->name, cJSON_CreateObject());
    else cJSON_AddItemToObject(bad, fetch->service->name, vmx_error_tree(run->client, &fetch->err));
  }
}

static void fail_services(struct vmx_setup_run *run, const struct fetch *first) {
  struct base_error err = {0};
  base_fail(&err, VMX_CODE_SETUP, "W-10", "object service %s: %s", first->service->name,
            first->err.text);
  cJSON *payload = vmx_error_tree(run->client, &err);
  cJSON *user_info = json_find(payload, "userInfo");
  if (payload && !user_info) user_info = cJSON_AddObjectToObject(payload, "userInfo");
  if (user_info) add_services(user_info, run);
  retire(run);
  vmx_deliver_end(&run->callbacks, true, payload);
}

/* The store borrows the new model from here on, so the old one can go. */
static int take_over(struct vmx_setup_run *run, struct base_error *err) {
  struct vmx_client *client = run->client;
  int code = vmx_store_save_setup(client->store, run->model, err);
  if (code != 0) return code;
  vmx_model_free(client->model);
  client->model = TAKE(run->model);
  return 0;
}

static const struct fetch *find_failed(const struct vmx_setup_run *run) {
  for (size_t i = 0; i < run->fetch_count; i++)
    if (run->fetches[i].err.code != 0) return &run->fetches[i];
  return NULL;
}

static void finish(struct vmx_setup_run *run) {
  const struct fetch *failed = find_failed(run);
  struct base_error err = {0};
  if (failed) {
    fail_services(run, failed);
    return;
  }
  int code = vmx_model_finish(run->model, &err);
  if (code == 0 && run->kind == VMX_SETUP_RESET) /* W-51, C-7: the fetch was good; structure stays */
    code = vmx_store_clear(run->client->store, NULL, NULL, &err);
  else if (code == 0) code = take_over(run, &err);
  if (code != 0) {
    fail(run, &err);
    return;
  }
  vmx_store_set_boolean_form(run->client->store, run->boolean_form);
  succeed(run);
}

/* -- fetching ------------------------------------------------------------------------------------ */

/* An empty body is the metadata's own fault (2342), any other answer is judged as everywhere. */
static int judge(const struct vmx_exchange_result *result, struct base_error *err) {
  const struct vmx_answer *answer = &result->answer;
  if (result->err.code != 0) return base_fail(err, result->err.code, "API-08", "%s", result->err.text);
  bool empty = answer->transport == VMX_ANSWERED && answer->status >= 200 &&
               answer->status <= 299 && answer->len == 0;
  return empty ? 0 : vmx_answer_judge(VMX_CALL_METADATA, answer, err).code;
}

static void on_metadata(void *context, const struct vmx_exchange_result *result) {
  struct fetch *fetch = context;
  struct vmx_setup_run *run = fetch->run;
  int code = judge(result, &fetch->err);
  if (code == 0)
    code = vmx_model_read_metadata(run->model, fetch->service, result->answer.body,
                                   result->answer.len, &fetch->err);
  assert(code == fetch->err.code);
  if (--run->fetches_left == 0) finish(run);
}

static void fetch_metadata(struct fetch *fetch) {
  const struct vmx_exchange_request request = {.kind = VMX_SEND_METADATA,
                                               .url = fetch->service->metadata_url,
                                               .version = fetch->service->version};
  vmx_exchange_send(&fetch->exchange, &request);
}

static bool prepare_fetches(struct vmx_setup_run *run) {
  run->fetches = calloc(run->model->service_count + 1, sizeof *run->fetches);
  if (!run->fetches) return false;
  for (size_t i = 0; i < run->model->service_count; i++) {
    struct vmx_service *service = &run->model->services[i];
    if (!service->offline) continue; /* W-1 */
    struct fetch *fetch = &run->fetches[run->fetch_count++];
    *fetch = (struct fetch){.run = run, .service = service};
    fetch->exchange =
        (struct vmx_exchange){.client = run->client, .done = on_metadata, .context = fetch};
  }
  return true;
}

static void fetch_all(struct vmx_setup_run *run) {
  struct base_error err = {0};
  if (!prepare_fetches(run)) {
    base_fail(&err, VMX_CODE_SYNC, "W-8", "out of memory");
    fail(run, &err);
    return;
  }
  run->fetches_left = run->fetch_count;
  for (size_t i = 0; i < run->fetch_count; i++) fetch_metadata(&run->fetches[i]);
  if (run->fetch_count == 0) finish(run);
}

static void read_document(struct vmx_setup_run *run, const char *text, size_t len) {
  struct base_error err = {0};
  run->model = vmx_model_new();
  if (!run->model) base_fail(&err, VMX_CODE_SYNC, "W-1", "out of memory");
  else vmx_model_read_document(run->model, text, len, &err);
  if (err.code != 0) fail(run, &err);
  else fetch_all(run);
}

static void on_document(void *context, const struct vmx_exchange_result *result) {
  struct vmx_setup_run *run = context;
  struct base_error err = {0};
  if (judge(result, &err) != 0) {
    base_fail_within(&err, "service document");
    fail(run, &err);
    return;
  }
  read_document(run, result->answer.body, result->answer.len);
}

/* W-1: the document's own URL, or the base that it stands under. */
static void write_document_url(struct base_buf *out, const char *url) {
  static const char name[] = "/appconfig", path[] = "/authService/100000002/appconfig";
  size_t len = strlen(url);
  bool whole = len >= sizeof name - 1 && strcmp(url + len - (sizeof name - 1), name) == 0;
  while (!whole && len > 0 && url[len - 1] == '/') len--;
  base_buf_append(out, url, len);
  if (!whole) base_buf_text(out, path);
}

/* The token is sent when one is known; setup works without (API-08). */
static void fetch_document(struct vmx_setup_run *run) {
  struct vmx_client *client = run->client;
  struct base_error ignored = {0};
  vmx_identity_ask(client, false, &ignored);
  if (client->service_document) {
    read_document(run, client->service_document, strlen(client->service_document));
    return;
  }
  run->document = (struct vmx_exchange){.client = client, .done = on_document, .context = run};
  write_document_url(&run->document_url, client->service_url);
  const struct vmx_exchange_request request = {.kind = VMX_SEND_DOCUMENT,
                                               .url = base_buf_string(&run->document_url)};
  vmx_exchange_send(&run->document, &request);
}

/* -- the start ----------------------------------------------------------------------------------- */

/* The database was opened with its key before, in the config: setup may only name the same one. */
static int check_key(const struct vmx_client *client, const cJSON *options,
                     struct base_error *err) {
  const cJSON *key = json_find(options, "deviceDbEncryptionKey");
  if (!key || cJSON_IsNull(key)) return 0;
  if (cJSON_IsString(key)) return vmx_store_check_key(client->store, key->valuestring, err);
  return base_fail(err, VMX_CODE_PASSPHRASE, "SET-01", "deviceDbEncryptionKey is no string");
}

/* SET-05: anything but false and "false" keeps booleans numeric. */
static int read_options(const struct vmx_client *client, const char *text,
                        enum vmx_boolean_form *form, struct base_error *err) {
  CLEANUP(json_free) cJSON *options = NULL;
  struct base_error why = {0};
  *form = VMX_BOOLEAN_NUMERIC;
  if (!text) return 0;
  if (json_parse(text, strlen(text), JSON_REPEATED_REFUSED, &options, &why) != 0)
    return base_fail(err, VMX_CODE_OPTION, "SET-05", "setup options: %s", why.text);
  if (cJSON_IsNull(options)) return 0;
  if (!cJSON_IsObject(options))
    return base_fail(err, VMX_CODE_OPTION, "SET-05", "the setup options are no object");
  const cJSON *numeric = json_find(options, "treatBooleanFieldValuesAsNumeric");
  const char *word = json_find_string(options, "treatBooleanFieldValuesAsNumeric");
  if (cJSON_IsFalse(numeric) || (word && strcmp(word, "false") == 0)) *form = VMX_BOOLEAN_LITERAL;
  return check_key(client, options, err);
}

/* SET-01, API-09: the database remembers an earlier setup. */
static int load_known(struct vmx_client *client, struct base_error *err) {
  struct vmx_model *model = NULL;
  if (client->ready) return 0;
  int code = vmx_store_load_setup(client->store, &model, err);
  if (code != 0 || !model) return code;
  vmx_model_free(client->model);
  client->model = model;
  client->ready = true;
  return 0;
}

static int check_source(const struct vmx_client *client, struct base_error *err) {
  if (client->service_url || client->service_document) return 0;
  return base_fail(err, VMX_CODE_SETUP, "SET-01",
                   "neither a service URL nor a service document was given");
}

/* May this setup begin, and what does the database know? */
static int check_start(struct vmx_client *client, enum vmx_setup_kind kind,
                       struct base_error *err) {
  if (client->setup)
    return base_fail(err, VMX_CODE_BUSY, "W-51", "another setup or reset runs");
  if (kind != VMX_SETUP_FIRST && vmx_sync_runs(client, NULL, NULL))
    return base_fail(err, VMX_CODE_BUSY, "W-51", "a sync runs");
  int code = load_known(client, err);
  if (code != 0) return code;
  if (kind == VMX_SETUP_FIRST) return client->ready ? 0 : check_source(client, err);
  if (kind == VMX_SETUP_RESET && !client->ready) /* an incremental setup may be the first (SET-03) */
    return base_fail(err, VMX_CODE_NO_SETUP, "SET-02", "there was no setup before");
  return check_source(client, err);
}

static int new_run(struct vmx_client *client, enum vmx_setup_kind kind, enum vmx_boolean_form form,
                   const struct vmx_callbacks *callbacks, struct base_error *err) {
  struct vmx_setup_run *run = calloc(1, sizeof *run);
  if (!run) return base_fail(err, VMX_CODE_SYNC, "W-8", "out of memory");
  run->client = client;
  run->kind = kind;
  run->boolean_form = form;
  run->callbacks = *callbacks;
  client->setup = run;
  return 0;
}

int vmx_setup_start(struct vmx_client *client, enum vmx_setup_kind kind, const char *options,
                    const struct vmx_callbacks *callbacks, struct base_error *err) {
  enum vmx_boolean_form form;
  struct base_error failure = {0};
  int code = vmx_callbacks_check(callbacks, err);
  if (code != 0) return code;
  if (read_options(client, options, &form, &failure) != 0 || check_start(client, kind, &failure) != 0)
    return vmx_notice_failure(client, callbacks, &failure, err);
  return new_run(client, kind, form, callbacks, err);
}

bool vmx_setup_begin(struct vmx_client *client) {
  struct vmx_setup_run *run = client->setup;
  if (!run || run->begun) return false;
  run->begun = true;
  if (run->kind != VMX_SETUP_FIRST || !client->ready) {
    fetch_document(run);
    return true;
  }
  vmx_store_set_boolean_form(client->store, run->boolean_form); /* nothing is sent: SET-01 */
  succeed(run);
  return true;
}

static void run_free(struct vmx_setup_run *run) {
  vmx_exchange_abort(&run->document);
  for (size_t i = 0; i < run->fetch_count; i++) vmx_exchange_abort(&run->fetches[i].exchange);
  base_buf_done(&run->document_url);
  vmx_model_free(run->model);
  free(run->fetches);
  free(run);
}

void vmx_setup_sweep(struct vmx_client *client, bool abort) {
  if (abort && client->setup) retire(client->setup);
  for (struct vmx_setup_run *run; (run = client->ended_setups);) {
    client->ended_setups = run->next;
    run_free(run);
  }
}
