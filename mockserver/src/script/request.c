/*
 * A request as the functions of rules see it. Most look at one member or two, so a member is made when it is looked
 * at. What is seldom asked for makes the whole request, like pairs() and JSON do: then it is a plain table.
 *
 * Always true: as long as members are missing, "mock.requests" (weak) has the table's seq, and its metatable is
 * "mock.request"; a request that the journal has let go has no further members.
 */
#include <lauxlib.h>
#include <string.h>

#include "script/script.h"
#include "world/world.h"

/* ---- single members ---- */

static void push_text(lua_State *L, const char *text) {
  if (text) lua_pushstring(L, text);
  else lua_pushnil(L);
}

static void push_method(lua_State *L, const struct journal_entry *entry) { push_text(L, entry->method); }
static void push_path(lua_State *L, const struct journal_entry *entry) { push_text(L, entry->path); }
static void push_kind(lua_State *L, const struct journal_entry *entry) { push_text(L, REQUEST_KINDS[entry->kind]); }
static void push_service(lua_State *L, const struct journal_entry *entry) { push_text(L, entry->service_name); }
static void push_object(lua_State *L, const struct journal_entry *entry) { push_text(L, entry->object_name); }
static void push_cache_id(lua_State *L, const struct journal_entry *entry) { push_text(L, entry->cache_id); }
static void push_query(lua_State *L, const struct journal_entry *entry) { mock_lua_push_json(L, entry->query); }

static void push_body(lua_State *L, const struct journal_entry *entry) {
  cJSON **box = script_box(L);
  mock_lua_push_json(L, journal_body(entry, box));
  lua_remove(L, -2);
}

static void push_headers(lua_State *L, const struct journal_entry *entry) {
  cJSON **box = script_box(L);
  *box = journal_headers(entry);
  mock_lua_push_json(L, *box);
  lua_remove(L, -2);
}

static const struct {
  const char *name;
  void (*push)(lua_State *L, const struct journal_entry *entry);
} MEMBERS[] = {{"method", push_method}, {"path", push_path}, {"kind", push_kind}, {"service", push_service}, {"object", push_object},
               {"cache_id", push_cache_id}, {"query", push_query}, {"headers", push_headers}, {"body", push_body}};

static bool push_member(lua_State *L, const struct journal_entry *entry, const char *name) {
  for (size_t i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0]; i++) {
    if (strcmp(MEMBERS[i].name, name) != 0) continue;
    MEMBERS[i].push(L, entry);
    return true;
  }
  return false;
}

/* ---- the table ---- */

static const struct journal_entry *find_entry(lua_State *L, int index) {
  lua_getfield(L, LUA_REGISTRYINDEX, "mock.requests");
  lua_pushvalue(L, index);
  lua_rawget(L, -2);
  const struct journal_entry *entry = journal_find(&script_of(L)->world->journal, (uint64_t)lua_tointeger(L, -1));
  lua_pop(L, 2);
  return entry;
}

/* Members that are there already stay: a function may have changed them. */
static void add_members(lua_State *L, int index, const struct journal_entry *entry) {
  cJSON **box = script_box(L);
  *box = journal_json(entry);
  for (const cJSON *member = (*box)->child; member; member = member->next) {
    lua_pushstring(L, member->string);
    lua_pushvalue(L, -1);
    bool known = lua_rawget(L, index) != LUA_TNIL;
    lua_pop(L, 1);
    if (known) {
      lua_pop(L, 1);
      continue;
    }
    mock_lua_push_json(L, member);
    lua_rawset(L, index);
  }
  lua_pop(L, 1);
}

static void complete(lua_State *L, int index) {
  const struct journal_entry *entry = find_entry(L, index);
  lua_pushnil(L);
  lua_setmetatable(L, index);
  if (entry) add_members(L, index, entry);
}

void script_complete_request(lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) return;
  bool incomplete = luaL_getmetatable(L, "mock.request") == LUA_TTABLE && lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  if (incomplete) complete(L, index);
}

/* request[name], which is not there yet */
static int get_member(lua_State *L) {
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
  const struct journal_entry *entry = name ? find_entry(L, 1) : NULL;
  if (!entry) return 0;
  if (!push_member(L, entry, name)) {
    complete(L, 1);
    lua_pushvalue(L, 2);
    lua_rawget(L, 1);
    return 1;
  }
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -2);
  lua_rawset(L, 1);
  return 1;
}

static int each_member(lua_State *L) {
  complete(L, 1);
  lua_getglobal(L, "next");
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

/* The table of tables, whose keys are weak. */
static void push_seqs(lua_State *L) {
  if (lua_getfield(L, LUA_REGISTRYINDEX, "mock.requests") == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_newtable(L);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, "mock.requests");
}

static void set_class(lua_State *L) {
  static const luaL_Reg METHODS[] = {{"__index", get_member}, {"__pairs", each_member}, {NULL, NULL}};
  if (luaL_newmetatable(L, "mock.request")) luaL_setfuncs(L, METHODS, 0);
  lua_setmetatable(L, -2);
}

void script_push_request(lua_State *L, const struct journal_entry *entry) {
  cJSON **box;
  if (!journal_find(&script_of(L)->world->journal, entry->seq)) { /* its head alone was read so far */
    box = script_box(L);
    *box = journal_json(entry);
    mock_lua_push_json(L, *box);
    lua_remove(L, -2);
    return;
  }
  lua_newtable(L);
  push_seqs(L);
  lua_pushvalue(L, -2);
  lua_pushinteger(L, (lua_Integer)entry->seq);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  set_class(L);
}
