/*
 * Target: a byte string is a schedule of edits, syncs, faults, restarts and crashes against the engine and the
 * mock, in one process and on virtual time. Bit 0 of the first byte makes the service hierarchical; then each
 * step takes a byte that says what (modulo the number of steps) and those that it needs; where the bytes end,
 * zeros follow.
 *
 * Held after every step: the application sees each of its own edits, and no row of which a part is old; the
 * server had no reason to complain. In the end, with the faults over, both sides hold the same rows, each
 * edit once, and nothing is pending (UPL-12, UPC-04, LOC-02).
 *
 * A row's name tells who it is and how often it was changed ("e12.3"). The server changes only rows that the
 * application has not edited, so that it is always known who wins.
 *
 * FUZZ_SCENARIO=FILE writes the schedule as a scenario in Lua as well; FUZZ_TELL=1 prints it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "company.h"
#include "oracle.h"
#include "schedule_device.h"
#include "schedule_lua.h"
#include "schedule_server.h"
#include "spending.h"

/* Of one step. */
static const struct spending most = {.steps = 5000000, .bytes = 50 * 1024 * 1024};

enum { STEPS_MAX = 40, ENTITIES_MAX = 48, NAME_SIZE = 24, TEAM = 0, MEMBER = 1, OBJECTS = 2 };

struct entity {
  int object, version;
  int team;           /* entity, -1: none */
  bool ours, deleted; /* the application has edited it; deleted it */
};

struct schedule {
  const uint8_t *bytes, *end;
  struct company *company;
  struct schedule_server server;
  struct schedule_lua lua;
  struct entity entities[ENTITIES_MAX];
  int count;
};

static const char *const object_names[] = {"Team", "Member"};
static const char *const key_names[] = {"TeamId", "MemberId"};

static unsigned next_byte(struct schedule *s) { return s->bytes < s->end ? *s->bytes++ : 0; }
static int below(struct schedule *s, int limit) { return (int)(next_byte(s) % (unsigned)limit); }

static void write_name(const struct schedule *s, int entity, char name[NAME_SIZE]) {
  snprintf(name, NAME_SIZE, "e%d.%d", entity, s->entities[entity].version);
}

/* ---- what the application sees ----------------------------------------------------------------------- */

static cJSON *snapshot(const struct schedule *s, int object) {
  CLEANUP(free_text) char *rows = NULL;
  struct base_error err = {0};
  cJSON *tree = NULL;
  MUST(vmx_snapshot(s->company->client, object_names[object], &rows, &err) == 0);
  MUST(json_parse(rows, strlen(rows), JSON_REPEATED_REFUSED, &tree, NULL) == 0);
  return tree;
}

static int entity_of(const cJSON *row) {
  int entity = -1;
  const char *name = json_find_string(row, "Name"), *twin = json_find_string(row, "Twin");
  MUST(name && twin && sscanf(name, "e%d.", &entity) == 1);
  MUST(strcmp(name, twin) == 0); /* no row is of two versions */
  return entity;
}

static int64_t number_of(const cJSON *row, const char *name) {
  int64_t number = 0;
  json_integer(json_find(row, name), &number);
  return number;
}

/* The key under which the application knows an entity; 0: it does not. */
static int64_t key_of(const struct schedule *s, int entity) {
  int object = s->entities[entity].object;
  CLEANUP(json_free) cJSON *rows = snapshot(s, object);
  for (const cJSON *row = rows->child; row; row = row->next)
    if (entity_of(row) == entity) return number_of(row, key_names[object]);
  return 0;
}

/* One of the entities that the application sees, or -1. */
static int pick(struct schedule *s, int object) {
  CLEANUP(json_free) cJSON *rows = snapshot(s, object);
  int count = cJSON_GetArraySize(rows), place = below(s, 256);
  return count ? entity_of(cJSON_GetArrayItem(rows, place % count)) : -1;
}

/* ---- edits --------------------------------------------------------------------------------------------- */

static int new_entity(struct schedule *s, int object, int team) {
  s->entities[s->count] = (struct entity){.object = object, .team = team};
  return s->count++;
}

/* {"Name":..,"Twin":..,"TeamId":..}, with the key when it is not 0. */
static char *record_of(const struct schedule *s, int entity, int64_t key) {
  const struct entity *e = &s->entities[entity];
  char name[NAME_SIZE];
  write_name(s, entity, name);
  CLEANUP(free_text) char *own = key ? look_text(",'%s':%lld", key_names[e->object], (long long)key) : strdup("");
  CLEANUP(free_text) char *team = e->team >= 0 ? look_text(",'TeamId':%lld", (long long)key_of(s, e->team)) : strdup("");
  return look_text("{'Name':'%s','Twin':'%s'%s%s}", name, name, own, team);
}

static void create(struct schedule *s) {
  if (s->count == ENTITIES_MAX) return;
  int object = below(s, 3) ? MEMBER : TEAM;
  int team = object == MEMBER ? pick(s, TEAM) : -1;
  int entity = new_entity(s, object, team);
  s->entities[entity].ours = true;
  CLEANUP(free_text) char *record = record_of(s, entity, 0);
  char name[NAME_SIZE];
  write_name(s, entity, name);
  lua_edit(&s->lua, LUA_CREATE, object_names[object], entity, name, team);
  company_create(s->company, object_names[object], record);
}

static void change(struct schedule *s) {
  static const char *const options[] = {NULL, "{\"trackIntermediateUpdates\":false}", "{\"markForUpload\":false}"};
  int how = below(s, 12), object = how & 1, entity = pick(s, object);
  struct base_error err = {0};
  if (entity < 0) return;
  struct entity *e = &s->entities[entity];
  e->version++;
  e->ours = true;
  int team = object == MEMBER && (how & 2) ? pick(s, TEAM) : -1;
  if (team >= 0) e->team = team;
  CLEANUP(free_text) char *record = record_of(s, entity, key_of(s, entity));
  char name[NAME_SIZE];
  write_name(s, entity, name);
  lua_edit(&s->lua, how / 4 == 2 ? LUA_DEFER : LUA_CHANGE, object_names[object], entity, name, e->team);
  MUST(vmx_update(s->company->client, object_names[object], record, options[how / 4], &err) == 0);
}

/* Members only: a team may be needed by one. */
static void delete_member(struct schedule *s) {
  int entity = pick(s, MEMBER);
  struct base_error err = {0};
  if (entity < 0) return;
  struct entity *e = &s->entities[entity];
  e->ours = e->deleted = true;
  CLEANUP(free_text) char *record = look_text("{'MemberId':%lld}", (long long)key_of(s, entity));
  lua_edit(&s->lua, LUA_DELETE, "Member", entity, "", -1);
  MUST(vmx_delete(s->company->client, "Member", record, NULL, &err) == 0);
}

static void change_at_server(struct schedule *s) {
  char old[NAME_SIZE] = "", name[NAME_SIZE];
  int chosen = below(s, 256), entity = s->count ? chosen % s->count : 0;
  bool known = s->count > 0 && !s->entities[entity].ours;
  if (!known && s->count == ENTITIES_MAX) return;
  if (known) {
    write_name(s, entity, old);
    s->entities[entity].version++;
  } else entity = new_entity(s, chosen & 1, -1);
  write_name(s, entity, name);
  lua_server(&s->lua, s->entities[entity].object, entity, name);
  schedule_server_put(&s->server, s->entities[entity].object, old, name);
}

/* ---- syncs --------------------------------------------------------------------------------------------- */

struct sync {
  enum vmx_scope_level level;
  const char *target;
  char options[140];
};

static void plan_faults(struct schedule *s) {
  enum schedule_fault plan[SCHEDULE_PLAN];
  unsigned bits = next_byte(s);
  for (size_t i = 0; i < SCHEDULE_PLAN; i++)
    plan[i] = bits & (1u << i) ? (enum schedule_fault)below(s, SCHEDULE_FAULT_COUNT) : FAULT_NONE;
  lua_faults(&s->lua, plan);
  schedule_server_plan(&s->server, plan);
}

static struct sync choose_sync(struct schedule *s) {
  static const char *const types[] = {"fullSync", "fullSync", "uploadOnly", "downloadOnly"};
  int scope = below(s, 4), sizes = below(s, 32), type = below(s, 4);
  struct sync sync = {.level = scope < 2 ? VMX_SCOPE_SERVICE : VMX_SCOPE_OBJECT,
                      .target = scope < 2 ? "Organization" : object_names[scope - 2]};
  snprintf(sync.options, sizeof sync.options,
           "{'syncType':'%s','uploadBatchSize':%d,'downloadBatchSize':%d,'preserveBatchContext':%s}", types[type],
           1 + sizes % 4, sizes / 4 % 4, sizes / 16 ? "true" : "false");
  plan_faults(s);
  lua_sync(&s->lua, scope < 2 ? "" : sync.target, types[type], 1 + sizes % 4, sizes / 4 % 4, sizes / 16 != 0);
  return sync;
}

/* All is well from now on. `met`: requests that came and that a scenario will see as well. */
static void end_sync(struct schedule *s, size_t met) {
  lua_met(&s->lua, met);
  schedule_server_plan(&s->server, NULL);
}

static void plain_sync(struct schedule *s) {
  struct sync sync = choose_sync(s);
  company_sync(s->company, sync.level, sync.target, sync.options);
  end_sync(s, s->server.planned);
}

/* Changed while a sync runs: the edit is not in it (UPL-10). */
static void sync_and_edit(struct schedule *s) {
  struct listener listener = {0};
  struct sync sync = choose_sync(s);
  company_start(s->company, &listener, sync.level, sync.target, sync.options);
  create(s);
  change(s);
  company_run(s->company);
  listener_code(&listener);
  listener_reset(&listener);
  end_sync(s, s->server.planned);
}

static void restart(struct schedule *s) {
  lua_line(&s->lua, "app:restart()");
  device_restart(s->company);
}

/* ---- a crash ------------------------------------------------------------------------------------------- */

/* Requests that have left reach the server, although nobody hears its answers. */
static void deliver_waiting(struct schedule *s) {
  const struct fake_network *network = &s->company->network;
  for (size_t i = 0; i < network->waiting_count; i++) {
    struct net_answer ignored;
    schedule_answer(&s->server, &network->requests[network->waiting[i] - 1], &ignored);
  }
}

static void crash(struct schedule *s) {
  struct listener listener = {0};
  struct base_error err = {0};
  unsigned moment = next_byte(s);
  lua_crash(&s->lua, moment & 1);
  struct sync sync = choose_sync(s);
  company_start(s->company, &listener, sync.level, sync.target, sync.options);
  for (unsigned i = 0; i < moment / 2 % 8 && s->company->network.waiting_count > 0; i++)
    MUST(vmx_client_step(s->company->client, 0, NULL, 0, &err) == 0);
  if (moment & 1) deliver_waiting(s);
  device_crash(s->company);
  listener_reset(&listener);
  lua_line(&s->lua, "revive()");
  end_sync(s, 0); /* there the process ends with its first request */
}

/* ---- what must hold --------------------------------------------------------------------------------------- */

/* The application sees each of its own edits. */
static void edits_are_visible(const struct schedule *s) {
  CLEANUP(json_free) cJSON *teams = snapshot(s, TEAM), *members = snapshot(s, MEMBER);
  for (int i = 0; i < s->count; i++) {
    char name[NAME_SIZE];
    size_t seen = 0;
    if (!s->entities[i].ours) continue;
    write_name(s, i, name);
    for (const cJSON *row = (s->entities[i].object ? members : teams)->child; row; row = row->next)
      seen += strcmp(json_find_string(row, "Name"), name) == 0;
    if (seen != (s->entities[i].deleted ? 0 : 1)) fprintf(stderr, "%s is seen %zu times\n", name, seen);
    MUST(seen == (s->entities[i].deleted ? 0 : 1));
  }
}

static bool anything_pending(const struct schedule *s) {
  bool any = false;
  for (int i = 0; i < OBJECTS; i++) {
    CLEANUP(free_text) char *pending = NULL;
    struct base_error err = {0};
    MUST(vmx_get_pending_records(s->company->client, object_names[i], NULL, &pending, &err) == 0);
    any = any || look_count(pending, "pendingSyncRecords") > 0;
  }
  return any;
}

/* More than one sync where an answer that is kept holds a rejection (W-33). */
static void drain(struct schedule *s) {
  struct base_error err = {0};
  int code = 0;
  for (int i = 0; i < OBJECTS; i++) MUST(vmx_mark_for_upload(s->company->client, object_names[i], NULL, &err) == 0);
  for (int i = 0; i < 3 && (i == 0 || code != 0 || anything_pending(s)); i++) code = company_sync_org(s->company, NULL);
  if (code != 0) fprintf(stderr, "the last sync ended with %d\n", code);
  MUST(code == 0 && !anything_pending(s));
}

static const cJSON *find_row(const cJSON *rows, const char *name) {
  for (const cJSON *row = rows->child; row; row = row->next)
    if (strcmp(json_find_string(row, "Name"), name) == 0) return row;
  return NULL;
}

/* Row for row, and each entity as often as it must be there; members in the team that they were given. */
static void sides_agree(struct schedule *s, int object) {
  CLEANUP(free_text) char *text = schedule_server_rows(&s->server, object);
  CLEANUP(json_free) cJSON *ours = snapshot(s, object), *theirs = NULL;
  int alive = 0;
  MUST(json_parse(text, strlen(text), JSON_REPEATED_REFUSED, &theirs, NULL) == 0);
  for (int i = 0; i < s->count; i++) {
    char name[NAME_SIZE];
    const struct entity *e = &s->entities[i];
    if (e->object != object || e->deleted) continue;
    write_name(s, i, name);
    const cJSON *mine = find_row(ours, name), *other = find_row(theirs, name);
    if (!mine || !other) fprintf(stderr, "%s is not on %s side\n", name, mine ? "the server's" : "the application's");
    MUST(mine && other && number_of(mine, key_names[object]) == number_of(other, key_names[object]));
    MUST(strcmp(json_find_string(other, "Twin"), name) == 0);
    MUST(number_of(mine, "TeamId") == number_of(other, "TeamId") || object == TEAM);
    if (object == MEMBER) MUST(number_of(mine, "TeamId") == (e->team >= 0 ? key_of(s, e->team) : 0));
    alive++;
  }
  MUST(cJSON_GetArraySize(ours) == alive && cJSON_GetArraySize(theirs) == alive);
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static void (*const steps[])(struct schedule *) = {create,     change,  delete_member, change_at_server,
                                                   plain_sync, restart, sync_and_edit, crash};
enum { STEPS = sizeof steps / sizeof *steps };

static void play(struct schedule *s) {
  for (int i = 0; i < STEPS_MAX && s->bytes < s->end; i++) {
    spending_begin();
    steps[below(s, STEPS)](s);
    spending_end(&most, 0);
    edits_are_visible(s);
  }
  drain(s);
  lua_end(&s->lua);
  sides_agree(s, TEAM);
  sides_agree(s, MEMBER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  setenv("CMOCKA_TEST_ABORT", "1", 1); /* the engine's test support fails by cmocka */
  bool hierarchical = data[0] & 1;
  struct schedule s = {.bytes = data + 1, .end = data + size};
  schedule_server_open(&s.server, hierarchical);
  s.company = device_begin(hierarchical, schedule_answer, &s.server);
  lua_begin(&s.lua, schedule_server_script(hierarchical));
  play(&s);
  lua_done(&s.lua);
  device_done(s.company);
  schedule_server_close(&s.server);
  return 0;
}
