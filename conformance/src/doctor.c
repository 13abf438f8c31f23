#include "doctor.h"

#include <inttypes.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "file.h"
#include "foundrymock/mock.h"
#include "protocol.h"

enum { TIMEOUT_MS = 60 * 1000, STOP_MS = 30 * 1000 };

struct visit {
  const struct session_config *config;
  struct testee *testee;
  struct mock_world *world;
  cJSON *hello, *document;
  struct profile profile;
  char storage[4096];
  bool used;         /* `storage` was open before */
  char problem[400]; /* of the probe that runs; "" = none */
  char note[400];    /* what is worth knowing of it although it is well; "" = nothing */
};

__attribute__((format(printf, 2, 3))) static bool say(struct visit *visit, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(visit->problem, sizeof visit->problem, format, args);
  va_end(args);
  return false;
}

static bool say_broken(struct visit *visit, const char *method) {
  char text[256];
  if (testee_fault(visit->testee, text) != TESTEE_FINE) return say(visit, "%s: %s", method, text);
  return say(visit, "%s was not answered within %" PRId64 " s", method, visit->config->limit_ms / 1000);
}

/* A call that must give a result; it is the caller's. NULL after saying why. */
static cJSON *call(struct visit *visit, const char *method, const cJSON *params) {
  cJSON *value = NULL;
  enum testee_answer answer = testee_call(visit->testee, method, params, visit->config->limit_ms, &value);
  if (answer == TESTEE_RESULT) return value;
  const char *message = json_find_string(value, "message");
  if (answer == TESTEE_PENDING) say_broken(visit, method);
  else say(visit, "%s was answered with an error: %s", method, message ? message : "without a message");
  cJSON_Delete(value);
  return NULL;
}

static bool call_good(struct visit *visit, const char *method, const cJSON *params) {
  CLEANUP(json_free) cJSON *value = call(visit, method, params);
  return value != NULL;
}

/* setup, create …: the outcome must be success. */
static bool call_success(struct visit *visit, const char *method, const cJSON *params) {
  CLEANUP(json_free) cJSON *value = call(visit, method, params);
  if (!value) return false;
  if (strcmp(json_find_string(value, "outcome"), "success") == 0) return true;
  CLEANUP(free_text) char *payload = json_print(json_find(value, "payload"));
  return say(visit, "%s ended in failure: %.200s", method, payload ? payload : "");
}

/* A call that must be answered with this error. */
static bool call_error(struct visit *visit, const char *method, const cJSON *params, int64_t wanted) {
  CLEANUP(json_free) cJSON *value = NULL;
  int64_t code = 0;
  enum testee_answer answer = testee_call(visit->testee, method, params, visit->config->limit_ms, &value);
  if (answer == TESTEE_PENDING) return say_broken(visit, method);
  json_integer(json_find(value, "code"), &code);
  if (answer == TESTEE_ERROR && code == wanted) return true;
  return say(visit, "it must answer with error %" PRId64 ", and did not", wanted);
}

/* ---- the probes, in their order ---- */

/* A newer adapter may claim more than this runner knows; a name that is written wrong looks the same. */
static void note_unknown_capabilities(struct visit *visit) {
  const cJSON *word;
  cJSON_ArrayForEach(word, json_find(visit->hello, "capabilities")) {
    CLEANUP(free_text) char *text = json_print(word);
    if (capability_find(cJSON_GetStringValue(word)) >= 0) continue;
    snprintf(visit->note, sizeof visit->note,
             "it claims %.80s, which is no capability of the protocol and is ignored", text ? text : "");
  }
}

static bool probe_hello(struct visit *visit) {
  struct base_error err = {0};
  if (testee_start(&visit->config->testee, &visit->testee, &err) ||
      testee_hello(visit->testee, visit->config->limit_ms, &visit->hello, &err) ||
      session_read_hello(visit->hello, &visit->profile, &err))
    return say(visit, "%s", err.text);
  note_unknown_capabilities(visit);
  return true;
}

static bool probe_unknown_method(struct visit *visit) {
  return call_error(visit, "doctorUnknown", NULL, PROTOCOL_METHOD_NOT_FOUND);
}

static bool probe_unknown_protocol(struct visit *visit) {
  CLEANUP(json_free) cJSON *params = cJSON_CreateObject();
  cJSON_AddNumberToObject(params, "protocol", 999);
  cJSON_AddStringToObject(params, "suite", "foundrycheck " CONFORMANCE_VERSION);
  return call_error(visit, "hello", params, PROTOCOL_INVALID_PARAMS);
}

static bool probe_world(struct visit *visit) {
  static const char SCRIPT[] = "local foundry = require 'foundry'\n"
                               "local service = server:service('Doctor', {})\n"
                               "service:object('Employee', foundry.model.employee):insert{ Name = 'Ada' }\n"
                               "return server:document()\n";
  struct base_error err = {0};
  if (mock_world_open(visit->config->server, "doctor", &visit->world, &err)) return say(visit, "%s", err.text);
  mock_world_lock(visit->world);
  lua_State *L = mock_world_lua(visit->world);
  int status = mock_script_load(visit->world, SCRIPT, sizeof SCRIPT - 1, "doctor", &err);
  if (!status) status = mock_script_call(visit->world, 0, 1, &err);
  if (!status) visit->document = mock_lua_read_json(L, -1, &err);
  mock_world_unlock(visit->world);
  return visit->document ? true : say(visit, "the mock Foundry: %s", err.text);
}

static cJSON *open_params(struct visit *visit) {
  char url[512];
  cJSON *params = cJSON_CreateObject();
  snprintf(url, sizeof url, "%s/authService/100000002/appconfig", mock_world_url(visit->world));
  cJSON_AddStringToObject(params, "storage", visit->storage);
  cJSON_AddBoolToObject(params, "fresh", !visit->used);
  cJSON_AddStringToObject(params, "serviceUrl", url);
  cJSON_AddItemToObject(params, "serviceDocument", cJSON_Duplicate(visit->document, true));
  cJSON_AddStringToObject(params, "appKey", "doctor");
  cJSON_AddStringToObject(params, "appSecret", "doctor");
  cJSON_AddStringToObject(params, "claimsToken", "doctor");
  cJSON_AddNumberToObject(params, "networkTimeoutMs", TIMEOUT_MS);
  cJSON_AddNumberToObject(params, "aMemberThatNobodyKnows", 1);
  return params;
}

static bool open_instance(struct visit *visit) {
  CLEANUP(json_free) cJSON *params = open_params(visit);
  bool good = call_good(visit, "open", params);
  visit->used = true;
  return good;
}

static bool open_new_storage(struct visit *visit, const char *name) {
  struct base_error err = {0};
  snprintf(visit->storage, sizeof visit->storage, "%s/%s", visit->config->storage, name);
  visit->used = false;
  return file_make_folder(visit->storage, &err) ? say(visit, "%s", err.text) : open_instance(visit);
}

static bool probe_open(struct visit *visit) { return open_new_storage(visit, "doctor"); }

static bool probe_setup(struct visit *visit) {
  CLEANUP(json_free) cJSON *params = cJSON_CreateObject();
  cJSON_AddItemToObject(params, "options", cJSON_CreateObject());
  return call_success(visit, "setup", params);
}

static bool await_end(struct visit *visit) {
  struct base_clock clock = base_clock_system();
  int64_t until_ms = clock.monotonic_ms(clock.context) + visit->config->limit_ms;
  for (;;) {
    char text[256];
    CLEANUP(json_free) cJSON *callback = testee_take_callback(visit->testee);
    const char *kind = json_find_string(callback, "kind");
    if (kind && strcmp(kind, "success") == 0) return true;
    if (kind && strcmp(kind, "failure") == 0) {
      CLEANUP(free_text) char *payload = json_print(json_find(callback, "payload"));
      return say(visit, "the sync failed: %.200s", payload ? payload : "");
    }
    if (callback) continue;
    if (testee_fault(visit->testee, text) != TESTEE_FINE) return say(visit, "while syncing: %s", text);
    if (!testee_wait(visit->testee, until_ms))
      return say(visit, "no success or failure callback came within %" PRId64 " s", visit->config->limit_ms / 1000);
  }
}

static bool probe_sync(struct visit *visit) {
  CLEANUP(json_free) cJSON *params = cJSON_CreateObject();
  cJSON_AddStringToObject(params, "sync", "s1");
  cJSON_AddStringToObject(params, "level", "application");
  cJSON_AddItemToObject(params, "options", cJSON_CreateObject());
  cJSON *callbacks = cJSON_AddArrayToObject(params, "callbacks");
  cJSON_AddItemToArray(callbacks, cJSON_CreateString("success"));
  cJSON_AddItemToArray(callbacks, cJSON_CreateString("failure"));
  CLEANUP(json_free) cJSON *answer = call(visit, "startSync", params);
  if (!answer) return false;
  if (json_find(answer, "refused")) return say(visit, "startSync with good options was refused");
  return await_end(visit);
}

static bool probe_snapshot(struct visit *visit) {
  CLEANUP(json_free) cJSON *params = cJSON_CreateObject();
  cJSON_AddItemToArray(cJSON_AddArrayToObject(params, "objects"), cJSON_CreateString("Employee"));
  CLEANUP(json_free) cJSON *answer = call(visit, "snapshot", params);
  if (!answer) return false;
  const cJSON *rows = json_find(json_find(answer, "objects"), "Employee");
  const char *name = json_find_string(cJSON_GetArrayItem(rows, 0), "Name");
  bool good = cJSON_GetArraySize(rows) == 1 && name && strcmp(name, "Ada") == 0;
  return good ? true : say(visit, "the snapshot does not hold the one row that was downloaded");
}

static bool probe_close(struct visit *visit) { return call_good(visit, "close", NULL); }

/* A process serves many scenarios: with `restart` over the storage of the last one, else over one of its own. */
static bool probe_open_again(struct visit *visit) {
  bool restarts = capability_claimed(&visit->profile, "restart");
  return (restarts ? open_instance(visit) : open_new_storage(visit, "again")) && probe_setup(visit) &&
         (!restarts || probe_snapshot(visit)) && probe_sync(visit) && probe_snapshot(visit) &&
         probe_close(visit);
}

static bool probe_bye(struct visit *visit) {
  char problem[256];
  return testee_stop(TAKE(visit->testee), STOP_MS, problem) ? true : say(visit, "%s", problem);
}

static const struct {
  const char *name;
  bool (*run)(struct visit *visit);
} PROBES[] = {{"it starts and says hello", probe_hello},
              {"a small Foundry stands ready", probe_world},
              {"an unknown call is answered -32601", probe_unknown_method},
              {"an unknown protocol version is answered -32602", probe_unknown_protocol},
              {"open works, unknown members are ignored", probe_open},
              {"setup reads document and metadata", probe_setup},
              {"startSync syncs and its callback arrives", probe_sync},
              {"snapshot shows the downloaded row", probe_snapshot},
              {"close is answered", probe_close},
              {"a second open in the same process works, seq goes on", probe_open_again},
              {"bye ends the process with status 0", probe_bye}};

static void leave(struct visit *visit) {
  char problem[256];
  if (visit->testee) testee_kill(visit->testee);
  testee_stop(visit->testee, STOP_MS, problem);
  if (visit->world) mock_world_close(visit->world);
  if (visit->world) mock_world_free(visit->world);
  cJSON_Delete(visit->hello);
  cJSON_Delete(visit->document);
}

static cJSON *make_entry(const char *name, bool ok, const char *problem, const char *note) {
  cJSON *entry = cJSON_CreateObject();
  cJSON_AddStringToObject(entry, "probe", name);
  cJSON_AddBoolToObject(entry, "ok", ok);
  if (!ok) cJSON_AddStringToObject(entry, "message", problem);
  if (*note) cJSON_AddStringToObject(entry, "note", note);
  return entry;
}

struct cJSON *doctor_examine(const struct session_config *config) {
  CLEANUP(free_text) char *memory = calloc(1, sizeof(struct visit));
  struct visit *visit = (struct visit *)(void *)memory;
  cJSON *probes = cJSON_CreateArray();
  if (!visit) return probes;
  visit->config = config;
  bool well = true;
  for (size_t i = 0; i < sizeof PROBES / sizeof *PROBES && well; i++) {
    visit->note[0] = '\0';
    well = PROBES[i].run(visit);
    cJSON_AddItemToArray(probes, make_entry(PROBES[i].name, well, visit->problem, visit->note));
  }
  leave(visit);
  return probes;
}

bool doctor_is_well(const struct cJSON *probes) {
  const cJSON *probe;
  cJSON_ArrayForEach(probe, probes) if (!cJSON_IsTrue(json_find(probe, "ok"))) return false;
  return cJSON_GetArraySize(probes) > 0;
}
