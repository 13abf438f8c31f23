/*
 * A request as the functions of rules see it. Most look at one member or two, so a member is made when it is looked
 * at. What is seldom asked for makes the whole request, like pairs() and JSON do: then it is a plain table.
 *
 * Always true: as long as members are missing, the table has its seq under SEQ, which is no text, and the metatable
 * CLASS; a request that the journal has let go has no further members.
 */
#include <lauxlib.h>
#include <string.h>

#include "script/script.h"
#include "world/world.h"

/* Keys by their addresses: SEQ of such a table, CLASS of the registry. */
static const char SEQ, CLASS;

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

static void push_query(lua_State *L, const struct journal_entry *entry) {
  if (entry->query) mock_lua_push_json(L, entry->query);
  else lua_newtable(L);
}

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
} MEMBERS[] = {{"body", push_body}, {"query", push_query}, {"headers", push_headers}, {"object", push_object}, {"kind", push_kind},
               {"service", push_service}, {"path", push_path}, {"method", push_method}, {"cache_id", push_cache_id}};

static bool push_member(lua_State *L, const struct journal_entry *entry, const char *name) {
  for (size_t i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0]; i++) {
    if (strcmp(MEMBERS[i].name, name) != 0) continue;
    MEMBERS[i].push(L, entry);
    return true;
  }
  return false;
}

/* ---- the table ---- */

/* Most often it is the one that the function was called for. */
static const struct journal_entry *find_entry(lua_State *L, int index) {
  const struct script *script = script_of(L);
  lua_rawgetp(L, index, &SEQ);
  uint64_t seq = (uint64_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (script->request && script->request->seq == seq) return script->request;
  return journal_find(&script->world->journal, seq);
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
  lua_pushnil(L);
  lua_rawsetp(L, index, &SEQ);
  if (entry) add_members(L, index, entry);
}

void script_complete_request(lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) return;
  bool incomplete = lua_rawgetp(L, LUA_REGISTRYINDEX, &CLASS) == LUA_TTABLE && lua_rawequal(L, -1, -2);
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

void script_add_requests(lua_State *L) {
  static const luaL_Reg METHODS[] = {{"__index", get_member}, {"__pairs", each_member}, {NULL, NULL}};
  luaL_newlib(L, METHODS);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &CLASS);
}

void script_push_request(lua_State *L, const struct journal_entry *entry) {
  enum { MEMBERS_USUAL = 2 }; /* SEQ, and the one that is looked at */
  cJSON **box;
  if (entry->seq == 0) { /* its head alone was read so far */
    box = script_box(L);
    *box = journal_json(entry);
    mock_lua_push_json(L, *box);
    lua_remove(L, -2);
    return;
  }
  lua_createtable(L, 0, MEMBERS_USUAL);
  lua_pushinteger(L, (lua_Integer)entry->seq);
  lua_rawsetp(L, -2, &SEQ);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &CLASS);
  lua_setmetatable(L, -2);
}
