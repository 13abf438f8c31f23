/*
 * Random histories of edits, syncs, faults, restarts and killed processes against a model server, from
 * fixed seeds. After every step each edit is visible to the application; in the end, with the faults
 * lifted, both sides hold the same rows, each edit once (UPL-12, UPC-04, LOC-02).
 *
 *   FOUNDRYCHECK_HISTORIES=500  that many histories instead
 *   FOUNDRYCHECK_SEED=17        that history alone, step by step
 *
 * Every second history's service is hierarchical: passes, carriers, answers in both forms (HIE-02).
 *
 * An entity's name tells who it is and how often it was changed ("e12.3"). The server changes only rows
 * that the client has not edited, so that it is always known who wins.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "dying.h"
#include "model_server.h"

enum { HISTORIES = 40, STEPS = 30, ENTITIES_MAX = 64, NAME_SIZE = 24 };

struct entity {
  int object;
  int version;
  int team; /* entity, -1: none */
  bool ours; /* the client has edited it */
  bool deleted;
  int64_t server_key; /* of those that the server made */
};

struct history {
  struct company *company;
  struct model_server *server;
  struct entity entities[ENTITIES_MAX];
  int count;
  uint64_t random;
  bool tell;
};

static const char *const object_names[] = {"Team", "Member"};
static const char *const key_names[] = {"TeamId", "MemberId"};

static int below(struct history *h, int limit) {
  return (int)model_random(&h->random, (uint64_t)limit);
}

static void tell(const struct history *h, const char *what, const char *detail) {
  if (h->tell) fprintf(stderr, "  %s %s\n", what, detail);
}

static void write_name(const struct history *h, int entity, char name[NAME_SIZE]) {
  snprintf(name, NAME_SIZE, "e%d.%d", entity, h->entities[entity].version);
}

/* -- what the client sees --------------------------------------------------------------------------------- */

static cJSON *snapshot(const struct history *h, int object) {
  CLEANUP(free_text) char *rows = NULL;
  struct base_error err = {0};
  cJSON *tree = NULL;
  assert_int_equal(vmx_snapshot(h->company->client, object_names[object], &rows, &err), 0);
  assert_int_equal(json_parse(rows, strlen(rows), JSON_REPEATED_REFUSED, &tree, NULL), 0);
  return tree;
}

static int entity_of(const cJSON *row) {
  int entity = -1;
  const char *name = json_find_string(row, "Name");
  assert_non_null(name);
  assert_int_equal(sscanf(name, "e%d.", &entity), 1);
  return entity;
}

/* The key under which the client knows an entity; 0: it does not. */
static int64_t key_of(const struct history *h, int entity) {
  int object = h->entities[entity].object;
  CLEANUP(json_free) cJSON *rows = snapshot(h, object);
  int64_t key = 0;
  for (const cJSON *row = rows->child; row; row = row->next)
    if (entity_of(row) == entity) json_integer(json_find(row, key_names[object]), &key);
  return key;
}

/* A random entity that the client sees, or -1. */
static int pick(struct history *h, int object) {
  CLEANUP(json_free) cJSON *rows = snapshot(h, object);
  int count = cJSON_GetArraySize(rows);
  return count ? entity_of(cJSON_GetArrayItem(rows, below(h, count))) : -1;
}

/* -- edits -------------------------------------------------------------------------------------------------- */

static int new_entity(struct history *h, int object, int team) {
  assert_true(h->count < ENTITIES_MAX);
  h->entities[h->count] = (struct entity){.object = object, .team = team};
  return h->count++;
}

/* {"Name":..,"TeamId":..}, with the key when it is not 0. */
static char *record_of(const struct history *h, int entity, int64_t key) {
  const struct entity *e = &h->entities[entity];
  char name[NAME_SIZE];
  write_name(h, entity, name);
  CLEANUP(free_text) char *own =
      key ? look_text(",'%s':%lld", key_names[e->object], (long long)key) : strdup("");
  CLEANUP(free_text) char *team =
      e->team >= 0 ? look_text(",'TeamId':%lld", (long long)key_of(h, e->team)) : strdup("");
  return look_text("{'Name':'%s'%s%s}", name, own, team);
}

static void create(struct history *h) {
  if (h->count == ENTITIES_MAX) return;
  int object = below(h, 3) ? MODEL_MEMBER : MODEL_TEAM;
  int team = object == MODEL_MEMBER && below(h, 4) ? pick(h, MODEL_TEAM) : -1;
  int entity = new_entity(h, object, team);
  h->entities[entity].ours = true;
  CLEANUP(free_text) char *record = record_of(h, entity, 0);
  tell(h, "create", record);
  company_create(h->company, object_names[object], record);
}

static void change(struct history *h) {
  static const char *const options[] = {NULL, "{\"trackIntermediateUpdates\":false}",
                                        "{\"markForUpload\":false}"};
  int entity = pick(h, below(h, 2));
  struct base_error err = {0};
  if (entity < 0) return;
  struct entity *e = &h->entities[entity];
  e->version++;
  e->ours = true;
  int team = e->object == MODEL_MEMBER && below(h, 2) ? pick(h, MODEL_TEAM) : -1;
  if (team >= 0) e->team = team;
  CLEANUP(free_text) char *record = record_of(h, entity, key_of(h, entity));
  tell(h, "change", record);
  if (vmx_update(h->company->client, object_names[e->object], record, options[below(h, 3)], &err) != 0)
    fail_msg("%s", err.text);
}

/* Members only: a team may be needed by one. */
static void delete_member(struct history *h) {
  int entity = pick(h, MODEL_MEMBER);
  struct base_error err = {0};
  if (entity < 0) return;
  struct entity *e = &h->entities[entity];
  e->ours = e->deleted = true;
  CLEANUP(free_text) char *record = look_text("{'MemberId':%lld}", (long long)key_of(h, entity));
  tell(h, "delete", record);
  if (vmx_delete(h->company->client, "Member", record, NULL, &err) != 0) fail_msg("%s", err.text);
}

static void change_at_server(struct history *h) {
  char name[NAME_SIZE];
  int entity = h->count ? below(h, h->count) : 0;
  bool known = h->count > 0 && !h->entities[entity].ours && h->entities[entity].server_key;
  if (!known && h->count == ENTITIES_MAX) return;
  if (known) h->entities[entity].version++;
  else entity = new_entity(h, below(h, 2), -1);
  struct entity *e = &h->entities[entity];
  write_name(h, entity, name);
  tell(h, "server", name);
  if (known) model_put(h->server, e->object, e->server_key, name, 0);
  else e->server_key = model_add(h->server, e->object, name, 0);
}

/* -- syncs --------------------------------------------------------------------------------------------------- */

static struct {
  enum vmx_scope_level level;
  const char *target;
  char options[120];
} next_sync; /* what the next sync, perhaps a child's, will do */

static void choose_sync(struct history *h) {
  static const char *const types[] = {"fullSync", "fullSync", "uploadOnly", "downloadOnly"};
  int scope = below(h, 4);
  next_sync.level = scope < 2 ? VMX_SCOPE_SERVICE : VMX_SCOPE_OBJECT;
  next_sync.target = scope < 2 ? "Organization" : object_names[scope - 2];
  snprintf(next_sync.options, sizeof next_sync.options,
           "{'syncType':'%s','uploadBatchSize':%d,'downloadBatchSize':%d,'preserveBatchContext':%s}",
           types[below(h, 4)], 1 + below(h, 4), below(h, 4), below(h, 2) ? "true" : "false");
}

static void run_sync(struct company *company) {
  company_sync(company, next_sync.level, next_sync.target, next_sync.options);
}

static void sync_with_faults(struct history *h) {
  choose_sync(h);
  h->server->fault_percent = (unsigned)below(h, 60);
  tell(h, next_sync.target, next_sync.options);
  run_sync(h->company);
  if (h->tell && h->company->listener.failures) tell(h, "-> ", h->company->listener.last);
  model_lift(h->server);
}

static void killed_sync(struct history *h) {
  int commits = below(h, 3) ? 1 + below(h, 12) : 0;
  choose_sync(h);
  tell(h, "killed", next_sync.options);
  if (commits == 0)
    model_fail(h->server, 1 + (size_t)below(h, 4), below(h, 2) ? MODEL_KILL : MODEL_KILL_LATER);
  dying_at_work(h->company, run_sync, commits);
  company_setup_again(h->company);
  model_lift(h->server);
}

static void restart(struct history *h) {
  tell(h, "restart", "");
  company_restart(h->company, VMX_API_JS);
  company_setup_again(h->company);
}

/* Changed while a sync runs: the edit is not in it (UPL-10). */
static void sync_and_edit(struct history *h) {
  struct listener listener = {0};
  choose_sync(h);
  tell(h, "start", next_sync.options);
  h->server->fault_percent = (unsigned)below(h, 40);
  company_start(h->company, &listener, next_sync.level, next_sync.target, next_sync.options);
  create(h);
  change(h);
  company_run(h->company);
  listener_code(&listener);
  listener_reset(&listener);
  model_lift(h->server);
}

static void step(struct history *h) {
  static void (*const steps[])(struct history *) = {
      create,           create,           change,      change,  change,        delete_member,
      change_at_server, sync_with_faults, killed_sync, restart, sync_and_edit, sync_with_faults};
  steps[below(h, (int)(sizeof steps / sizeof *steps))](h);
}

/* -- what must hold ---------------------------------------------------------------------------------------------- */

/* After every step: the client sees each of its own edits. */
static void edits_are_visible(const struct history *h) {
  for (int i = 0; i < h->count; i++) {
    char name[NAME_SIZE];
    bool seen = false;
    const struct entity *e = &h->entities[i];
    if (!e->ours) continue;
    CLEANUP(json_free) cJSON *rows = snapshot(h, e->object);
    write_name(h, i, name);
    for (const cJSON *row = rows->child; row; row = row->next)
      seen = seen || strcmp(json_find_string(row, "Name"), name) == 0;
    if (seen == e->deleted) fail_msg("%s is %s", name, seen ? "back" : "gone");
  }
}

static bool anything_pending(const struct history *h) {
  bool any = false;
  for (int i = 0; i < MODEL_OBJECTS; i++) {
    CLEANUP(free_text) char *pending = NULL;
    struct base_error err = {0};
    assert_int_equal(
        vmx_get_pending_records(h->company->client, object_names[i], NULL, &pending, &err), 0);
    any = any || look_count(pending, "pendingSyncRecords") > 0;
  }
  return any;
}

/* One sync, and another one where the answer that a killed process left holds a rejection (W-33). */
static void drain(struct history *h) {
  struct base_error err = {0};
  tell(h, "drain", "");
  for (int i = 0; i < MODEL_OBJECTS; i++)
    assert_int_equal(vmx_mark_for_upload(h->company->client, object_names[i], NULL, &err), 0);
  assert_int_equal(company_sync_org(h->company, NULL), 0);
  if (anything_pending(h)) assert_int_equal(company_sync_org(h->company, NULL), 0);
  assert_false(anything_pending(h));
}

static void both_sides_agree(const struct history *h) {
  for (int i = 0; i < h->count; i++) {
    char name[NAME_SIZE];
    write_name(h, i, name);
    size_t wanted = h->entities[i].deleted ? 0 : 1;
    if (model_count(h->server, name) != wanted)
      fail_msg("the server has %s %zu times", name, model_count(h->server, name));
  }
  for (int i = 0; i < MODEL_OBJECTS; i++) {
    CLEANUP(free_text) char *rows = model_rows(h->server, i);
    company_rows_are(h->company, object_names[i], rows);
  }
}

/* A member is in the team that the client gave it. */
static void teams_are_right(const struct history *h) {
  CLEANUP(json_free) cJSON *members = snapshot(h, MODEL_MEMBER);
  for (const cJSON *row = members->child; row; row = row->next) {
    int team = h->entities[entity_of(row)].team;
    int64_t key = 0;
    json_integer(json_find(row, "TeamId"), &key);
    assert_int_equal(key, team < 0 ? 0 : key_of(h, team));
  }
}

static void run_history(struct company *company, struct model_server *server, uint64_t seed,
                        bool telling) {
  struct history h = {.company = company, .server = server, .random = seed * 2654435761u, .tell = telling};
  server->hierarchical = seed % 2 == 0;
  model_init(server, seed);
  company_renew(company);
  company_setup_with(company, model_metadata_of(server), company_note);
  fake_serve(&company->network, model_answer, server);
  for (int i = 0; i < STEPS; i++) {
    step(&h);
    assert_string_equal(server->problem, "");
    edits_are_visible(&h);
  }
  drain(&h);
  both_sides_agree(&h);
  teams_are_right(&h);
}

static uint64_t number_in(const char *variable, uint64_t standard) {
  const char *text = getenv(variable);
  return text ? strtoull(text, NULL, 10) : standard;
}

static void no_history_loses_or_doubles_an_edit(void **state) {
  struct model_server *server = model_new();
  uint64_t only = number_in("FOUNDRYCHECK_SEED", 0);
  uint64_t histories = number_in("FOUNDRYCHECK_HISTORIES", HISTORIES);
  for (uint64_t seed = 1; seed <= histories && !only; seed++) {
    print_message("seed %llu\n", (unsigned long long)seed);
    run_history(*state, server, seed, false);
  }
  if (only) run_history(*state, server, only, true);
  model_free(server);
}

int main(void) {
  const struct CMUnitTest tests[] = {WITH_COMPANY(no_history_loses_or_doubles_an_edit)};
  dying_install();
  return cmocka_run_group_tests_name("engine/histories", tests, NULL, NULL);
}
