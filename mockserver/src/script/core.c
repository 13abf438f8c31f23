/*
 * The C primitives under the Lua layer (mockserver/lua); those of rules stand in core_rules.c. Services, objects and rules are numbers here,
 * checked at each use; whatever can fail does so before anything is left half done, and errors are
 * raised only when nothing is owned but by Lua.
 */
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "protocol/metadata.h"
#include "script/arguments.h"
#include "world/cascade.h"
#include "world/rows.h"
#include "world/world.h"

/* ---- model ---- */

static int core_service(lua_State *L) {
  struct mock_world *world = world_of(L);
  struct base_error err = {0};
  struct model_service *service;
  const char *name = luaL_checkstring(L, 1);
  check_status(L, model_add_service(world, name, check_json(L, 2, "service(): the options"), &service, &err), &err);
  for (size_t i = 0; i < world->service_count; i++)
    if (world->services[i] == service) lua_pushinteger(L, (lua_Integer)i + 1);
  return 1;
}

static int core_object(lua_State *L) {
  struct base_error err = {0};
  struct model_object *object;
  struct model_service *service = check_service(L, 1);
  const char *name = luaL_checkstring(L, 2);
  check_status(L, model_add_object(world_of(L), service, name, check_json(L, 3, "object(): the model"), &object, &err), &err);
  lua_pushinteger(L, object->id);
  return 1;
}

static int core_relate(lua_State *L) {
  struct base_error err = {0};
  struct model_service *service = check_service(L, 1);
  struct model_object *from = check_object(L, 2), *to = check_object(L, 3);
  return check_status(L, model_add_relation(service, from, to, check_json(L, 4, "relate(): the relation"), &err), &err);
}

/* ---- rows ---- */

static void free_key(struct base_buf *key) {
  base_buf_done(key);
}

/* A key is a value, for objects with one key column, or {column = value}. */
static bool read_key(const struct model_object *object, const cJSON *given, struct base_buf *key) {
  if (cJSON_IsObject(given)) return rows_key(object, given, key);
  return object->key_count == 1 && given && key_append(key, given, object->fields[object->keys[0]].type);
}

static void check_columns(lua_State *L, const struct model_object *object, const cJSON *row) {
  const cJSON *column;
  if (!cJSON_IsObject(row)) luaL_error(L, "object %s: a row is a table of columns", object->name);
  cJSON_ArrayForEach(column, row) {
    if (!model_find_field(object, column->string)) luaL_error(L, "object %s has no column %s", object->name, column->string);
  }
}

/* core.insert(object, row, its number in a list) -> the row as it is stored */
static int core_insert(lua_State *L) {
  struct base_error err = {0};
  struct model_object *object = check_object(L, 1);
  char what[48] = "insert(): the row";
  if (lua_isinteger(L, 3)) snprintf(what, sizeof what, "insert(): row %lld", (long long)lua_tointeger(L, 3));
  cJSON *given = check_json(L, 2, what), **record = script_box(L);
  check_columns(L, object, given);
  rows_generate(object, given);
  *record = rows_record(object, given, NULL);
  check_status(L, rows_put(object, *record, &err), &err);
  mock_world_notify(world_of(L));
  mock_lua_push_json(L, *record);
  return 1;
}

/* core.made(): a batch of a bounded number of rows was made, which is work and no endless loop */
static int core_made(lua_State *L) {
  mock_script_waited(world_of(L));
  return 0;
}

/* Finds the living row; its record becomes Lua's to free. */
static bool find_living(const struct model_object *object, const cJSON *given, cJSON **record) {
  struct row row = {0};
  struct base_buf key = BASE_BUF_INIT;
  bool found = read_key(object, given, &key) && rows_find(object, &key, &row) && !row.deleted;
  base_buf_done(&key);
  if (found) *record = row.record;
  else row_done(&row);
  return found;
}

static int core_update(lua_State *L) {
  struct base_error err = {0};
  struct model_object *object = check_object(L, 1);
  const cJSON *key = check_json(L, 2, "update(): the key"), *changes = check_json(L, 3, "update(): the changes");
  cJSON **old = script_box(L), **record = script_box(L);
  check_columns(L, object, changes);
  if (!find_living(object, key, old)) return luaL_error(L, "object %s has no row of that key", object->name);
  *record = rows_record(object, changes, *old);
  return check_status(L, rows_put(object, *record, &err), &err);
}

static int delete_row(struct model_object *object, const cJSON *given, struct base_error *err) {
  __attribute__((cleanup(free_key))) struct base_buf key = BASE_BUF_INIT;
  if (!read_key(object, given, &key)) return base_fail(err, ROWS_ERR_KEY, "", "object %.60s: a key column has no value", object->name);
  __attribute__((cleanup(row_done))) struct row row = {0};
  if (!rows_find(object, &key, &row)) return rows_delete(object, &key, err); /* says what is missing */
  return cascade_delete(object, &key, row.record, err);
}

static int core_delete(lua_State *L) {
  struct base_error err = {0};
  struct model_object *object = check_object(L, 1);
  return check_status(L, delete_row(object, check_json(L, 2, "delete(): the key"), &err), &err);
}

static int core_row(lua_State *L) {
  struct model_object *object = check_object(L, 1);
  const cJSON *key = check_json(L, 2, "row(): the key");
  cJSON **record = script_box(L);
  if (!find_living(object, key, record)) return 0;
  mock_lua_push_json(L, *record);
  return 1;
}

static bool collect_row(void *context, struct row *row) {
  if (row->deleted) return true;
  cJSON_AddItemToArray(context, row_take_record(row));
  return true;
}

static int core_rows(lua_State *L) {
  struct model_object *object = check_object(L, 1);
  cJSON **list = script_box(L);
  *list = cJSON_CreateArray();
  rows_each(object, 0, NULL, collect_row, *list);
  mock_lua_push_json(L, *list);
  return 1;
}

/* ---- gates, barriers, clock, waiting ---- */

static int core_gate_open(lua_State *L) {
  gates_open(world_of(L), luaL_checkstring(L, 1));
  return 0;
}

/* -> requests held now, requests held so far */
static int core_gate_held(lua_State *L) {
  const struct gate *gate = gates_get(&world_of(L)->gates, luaL_checkstring(L, 1));
  lua_pushinteger(L, gate ? gate->held : 0);
  lua_pushinteger(L, gate ? gate->reached : 0);
  return 2;
}

static int core_barrier(lua_State *L) {
  struct mock_world *world = world_of(L);
  struct model_service *services[BARRIER_SERVICES];
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer kind = luaL_checkinteger(L, 2);
  size_t count = lua_rawlen(L, 1);
  luaL_argcheck(L, count >= 1 && count <= BARRIER_SERVICES, 1, "from 1 to 16 services");
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, 1, (lua_Integer)i + 1);
    services[i] = check_service(L, -1);
  }
  if (!gates_add_barrier(&world->gates, services, count, (int)kind)) return luaL_error(L, "out of memory");
  lua_pushinteger(L, (lua_Integer)world->gates.barrier_count);
  return 1;
}

static int core_barrier_released(lua_State *L) {
  const struct gates *gates = &world_of(L)->gates;
  lua_Integer id = luaL_checkinteger(L, 1);
  luaL_argcheck(L, id >= 1 && (size_t)id <= gates->barrier_count, 1, "no barrier");
  lua_pushboolean(L, gates->barriers[id - 1]->state == BARRIER_RELEASED);
  return 1;
}

static int core_clock_advance(lua_State *L) {
  world_clock_advance(world_of(L), (int64_t)luaL_checkinteger(L, 1));
  return 0;
}

static int core_clock_now(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)world_of(L)->clock_ms);
  return 1;
}

static int wait_once(struct mock_world *world, struct base_error *err) {
  enum { NO_DEADLINE_STEP_MS = 60 * 1000 };
  struct base_clock clock = base_clock_system();
  int64_t now = clock.monotonic_ms(clock.context);
  if (world->closed) return base_fail(err, MOCK_ERR_SCRIPT, "", "the world was closed while the script waited");
  if (world->deadline_ms && now >= world->deadline_ms)
    return base_fail(err, MOCK_ERR_SCRIPT, "", "waited until the time limit of the run");
  mock_world_wait(world, world->deadline_ms ? world->deadline_ms : now + NO_DEADLINE_STEP_MS);
  mock_script_waited(world);
  return 0;
}

static int check_wait(struct mock_world *world, struct base_error *err) {
  return world->check ? world->check(world->check_context, err) : 0;
}

/* core.wait(): until something happens in the world */
static int core_wait(lua_State *L) {
  struct base_error err = {0};
  struct mock_world *world = world_of(L);
  if (script_of(L)->in_rule) return luaL_error(L, "a function of a rule must not wait");
  check_status(L, check_wait(world, &err), &err);
  check_status(L, wait_once(world, &err), &err);
  return check_status(L, check_wait(world, &err), &err);
}

/* ---- journal ---- */

/* One that was recalled (mock_world_recall()) knows its service by name alone. */
static bool is_of(const struct journal_entry *entry, const struct model_service *service) {
  if (entry->service || !entry->service_name) return entry->service == service;
  return strcmp(entry->service_name, service->name) == 0;
}

/* core.find(kind or nil, service or nil) -> list of the seq of requests, events left out */
static int core_find(lua_State *L) {
  const struct journal *journal = &world_of(L)->journal;
  const char *kind = luaL_optstring(L, 1, NULL);
  const struct model_service *service = lua_isnoneornil(L, 2) ? NULL : check_service(L, 2);
  lua_newtable(L);
  lua_Integer count = 0;
  for (size_t i = 0; i < journal->count; i++) {
    const struct journal_entry *entry = journal->entries[i];
    if (entry->event || (service && !is_of(entry, service))) continue;
    if (kind && strcmp(REQUEST_KINDS[entry->kind], kind) != 0) continue;
    lua_pushinteger(L, (lua_Integer)entry->seq);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/* core.events() -> the texts of events */
static int core_events(lua_State *L) {
  const struct journal *journal = &world_of(L)->journal;
  lua_newtable(L);
  lua_Integer count = 0;
  for (size_t i = 0; i < journal->count; i++) {
    if (!journal->entries[i]->event) continue;
    lua_pushstring(L, journal->entries[i]->event);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/* core.request(seq) -> the request, is it complete? */
static int core_request(lua_State *L) {
  const struct journal_entry *entry = journal_find(&world_of(L)->journal, (uint64_t)luaL_checkinteger(L, 1));
  luaL_argcheck(L, entry, 1, "this request was not kept");
  push_tree(L, journal_json(entry));
  lua_pushboolean(L, entry->ended != 0 && (entry->status != 0 || world_of(L)->at_work == 0));
  return 2;
}

/* core.dropped() -> the seq of the newest request that the journal has let go */
static int core_dropped(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)world_of(L)->journal.dropped_seq);
  return 1;
}

/* ---- the rest of the world ---- */

static int core_edit_document(lua_State *L) {
  world_of(L)->edit_document = check_function(L, 1);
  return 0;
}

static int core_edit_metadata(lua_State *L) {
  struct model_service *service = check_service(L, 1);
  service->edit_metadata = check_function(L, 2);
  service->schema++;
  return 0;
}

static int core_document(lua_State *L) {
  return push_tree(L, document_make(world_of(L)));
}

/* core.hang_as(status): 0 = hang() hangs */
static int core_hang_as(lua_State *L) {
  lua_Integer status = luaL_checkinteger(L, 1);
  luaL_argcheck(L, status == 0 || (status >= 400 && status <= 599), 1, "0, or a status from 400 to 599");
  world_of(L)->hang_status = (int)status;
  return 0;
}

static int core_url(lua_State *L) {
  lua_pushstring(L, world_of(L)->url);
  return 1;
}

static int core_encode(lua_State *L) {
  luaL_checkany(L, 1);
  if (lua_isnil(L, 1)) return luaL_error(L, "nil has no JSON form");
  char *text = json_print(check_json(L, 1, "encode(): the value"));
  if (!text) return luaL_error(L, "out of memory");
  lua_pushstring(L, text);
  free(text);
  return 1;
}

static int core_decode(lua_State *L) {
  struct base_error err = {0};
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  cJSON **box = script_box(L);
  check_status(L, json_parse(text, len, JSON_LAST_COUNTS, box, &err), &err);
  mock_lua_push_json(L, *box);
  return 1;
}

/* core.publish(foundry): what `require "foundry"` gives, with its null and array marks */
static int core_publish(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, "foundry");
  return 0;
}

static int null_text(lua_State *L) {
  lua_pushliteral(L, "null");
  return 1;
}

static void push_null(lua_State *L) {
  lua_newuserdatauv(L, 0, 0);
  lua_newtable(L);
  lua_pushcfunction(L, null_text);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, "null");
  lua_setfield(L, -2, "__name");
  lua_setmetatable(L, -2);
}

static const luaL_Reg CORE[] = {
    {"service", core_service}, {"object", core_object}, {"relate", core_relate}, {"insert", core_insert}, {"made", core_made},
    {"update", core_update}, {"delete", core_delete}, {"row", core_row}, {"rows", core_rows},
    {"gate_open", core_gate_open},
    {"gate_held", core_gate_held}, {"barrier", core_barrier}, {"barrier_released", core_barrier_released},
    {"clock_advance", core_clock_advance}, {"clock_now", core_clock_now}, {"wait", core_wait},
    {"find", core_find}, {"events", core_events}, {"request", core_request}, {"dropped", core_dropped}, {"edit_document", core_edit_document},
    {"edit_metadata", core_edit_metadata}, {"document", core_document},
    {"hang_as", core_hang_as}, {"url", core_url}, {"encode", core_encode}, {"decode", core_decode}, {"publish", core_publish}, {NULL, NULL}};

void script_push_core(lua_State *L) {
  luaL_newlib(L, CORE);
  script_add_protocol(L);
  script_add_rules(L);
  script_add_inspect(L);
  push_null(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, "foundry.null");
  lua_setfield(L, -2, "null");
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, "foundry.array");
  lua_setfield(L, -2, "array");
}
