/* string.find, match, gmatch and gsub over our own matcher: as in Lua's manual (6.4), with their work counted. */
#include <ctype.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#include "script/budget.h"
#include "script/pattern.h"
#include "script/script.h"

/* The place of a position that may count from the end, from 0 on. */
static size_t place_of(lua_Integer position, size_t len) {
  if (position > 0) return (size_t)position - 1;
  if (position == 0 || position < -(lua_Integer)len) return 0;
  return len - (size_t)-position;
}

/* ---- captures as values ---- */

static void push_capture(const struct matcher *m, int i, const char *start, const char *end) {
  if (i >= m->count && i != 0) luaL_error(m->L, "invalid capture index %%%d", i + 1);
  struct pattern_capture capture = i < m->count ? m->captures[i] : (struct pattern_capture){start, end - start};
  if (capture.len == CAPTURE_OPEN) luaL_error(m->L, "unfinished capture");
  else if (capture.len == CAPTURE_PLACE) lua_pushinteger(m->L, (lua_Integer)(capture.start - m->subject) + 1);
  else lua_pushlstring(m->L, capture.start, (size_t)capture.len);
}

/* Without captures the whole match, unless `start` is NULL. Returns how many. */
static int push_captures(const struct matcher *m, const char *start, const char *end) {
  int count = m->count == 0 && start ? 1 : m->count;
  luaL_checkstack(m->L, count, "too many captures");
  for (int i = 0; i < count; i++) push_capture(m, i, start, end);
  return count;
}

/* ---- find, match ---- */

static bool is_plain(const char *pattern, size_t len) {
  static const char SPECIAL[] = "^$*+?.([%-";
  for (size_t i = 0; i < len; i++)
    if (pattern[i] && strchr(SPECIAL, pattern[i])) return false;
  return true;
}

/* What memmem() does is linear, whatever the texts. */
static int find_plainly(lua_State *L, const char *subject, size_t len, const char *text, size_t text_len, size_t from) {
  budget_charge(L, (len - from + text_len) / 16);
  const char *found = memmem(subject + from, len - from, text, text_len);
  if (!found) {
    luaL_pushfail(L);
    return 1;
  }
  lua_pushinteger(L, (lua_Integer)(found - subject) + 1);
  lua_pushinteger(L, (lua_Integer)(found - subject) + (lua_Integer)text_len);
  return 2;
}

/* The first match from `from` on: its end, and *start. */
static const char *search(struct matcher *m, const char *from, const char *pattern, bool anchored, const char **start) {
  const char *end = NULL;
  for (*start = from; *start <= m->subject_end; ++*start) {
    m->count = 0;
    end = pattern_match(m, *start, pattern);
    if (end || anchored) break;
  }
  pattern_charge(m);
  return end;
}

static int find_or_match(lua_State *L, bool find) {
  size_t len, pattern_len;
  const char *subject = luaL_checklstring(L, 1, &len), *pattern = luaL_checklstring(L, 2, &pattern_len), *start;
  size_t from = place_of(luaL_optinteger(L, 3, 1), len);
  struct matcher m;
  bool anchored = *pattern == '^';
  if (from > len) {
    luaL_pushfail(L);
    return 1;
  }
  if (find && (lua_toboolean(L, 4) || is_plain(pattern, pattern_len))) return find_plainly(L, subject, len, pattern, pattern_len, from);
  pattern_init(&m, L, subject, len, pattern, pattern_len);
  const char *end = search(&m, subject + from, pattern + anchored, anchored, &start);
  if (!end) {
    luaL_pushfail(L);
    return 1;
  }
  if (!find) return push_captures(&m, start, end);
  lua_pushinteger(L, (lua_Integer)(start - subject) + 1);
  lua_pushinteger(L, (lua_Integer)(end - subject));
  return push_captures(&m, NULL, NULL) + 2;
}

static int string_find(lua_State *L) {
  return find_or_match(L, true);
}

static int string_match(lua_State *L) {
  return find_or_match(L, false);
}

/* ---- gmatch ---- */

/* Upvalues of the iterator: subject, pattern, where to go on, the end of the last match (or -1). */
enum { SUBJECT = 1, PATTERN, FROM, LAST };

/* An empty match at the end of the last one does not count. */
static int next_match(lua_State *L) {
  size_t len, pattern_len;
  const char *subject = lua_tolstring(L, lua_upvalueindex(SUBJECT), &len), *start;
  const char *pattern = lua_tolstring(L, lua_upvalueindex(PATTERN), &pattern_len), *end = NULL;
  lua_Integer from = lua_tointeger(L, lua_upvalueindex(FROM)), last = lua_tointeger(L, lua_upvalueindex(LAST));
  struct matcher m;
  pattern_init(&m, L, subject, len, pattern, pattern_len);
  for (; from <= (lua_Integer)len; from = (lua_Integer)(start - subject) + 1) {
    end = search(&m, subject + from, pattern, false, &start);
    if (!end) return 0;
    if (end - subject != last) break;
    end = NULL;
  }
  if (!end) return 0;
  lua_pushinteger(L, (lua_Integer)(end - subject));
  lua_copy(L, -1, lua_upvalueindex(FROM));
  lua_replace(L, lua_upvalueindex(LAST));
  return push_captures(&m, start, end);
}

static int string_gmatch(lua_State *L) {
  size_t len;
  luaL_checklstring(L, 1, &len);
  luaL_checkstring(L, 2);
  size_t from = place_of(luaL_optinteger(L, 3, 1), len);
  lua_settop(L, 2);
  lua_pushinteger(L, from > len ? (lua_Integer)len + 1 : (lua_Integer)from);
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, next_match, 4);
  return 1;
}

/* ---- gsub ---- */

/* "%1 and %%": appended to what is being made. */
static void add_text(struct matcher *m, luaL_Buffer *out, const char *start, const char *end) {
  size_t len;
  const char *text = lua_tolstring(m->L, 3, &len), *text_end = text + len, *percent;
  while ((percent = memchr(text, '%', (size_t)(text_end - text)))) {
    luaL_addlstring(out, text, (size_t)(percent - text));
    unsigned char what = (unsigned char)percent[1];
    if (what == '%') luaL_addchar(out, '%');
    else if (what == '0') luaL_addlstring(out, start, (size_t)(end - start));
    else if (isdigit(what)) {
      push_capture(m, what - '1', start, end);
      luaL_tolstring(m->L, -1, NULL); /* a place is a number */
      lua_remove(m->L, -2);
      luaL_addvalue(out);
    } else luaL_error(m->L, "invalid use of '%c' in replacement string", '%');
    text = percent + 2;
  }
  luaL_addlstring(out, text, (size_t)(text_end - text));
}

/* What stands for one match, by text, table or function. True = it is not what was there. */
static bool add_value(struct matcher *m, luaL_Buffer *out, const char *start, const char *end, int type) {
  lua_State *L = m->L;
  if (type == LUA_TFUNCTION) {
    lua_pushvalue(L, 3);
    lua_call(L, push_captures(m, start, end), 1);
  } else if (type == LUA_TTABLE) {
    push_capture(m, 0, start, end);
    lua_gettable(L, 3);
  } else {
    add_text(m, out, start, end);
    return true;
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    luaL_addlstring(out, start, (size_t)(end - start));
    return false;
  }
  if (!lua_isstring(L, -1)) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  luaL_addvalue(out);
  return true;
}

static void check_replacement(lua_State *L, int type) {
  luaL_argexpected(L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3, "string/function/table");
}

/* What is made of the subject, up to its end. Returns how many matches were replaced; *changed = one by something else. */
static lua_Integer replace_matches(struct matcher *m, luaL_Buffer *out, const char *pattern, lua_Integer most, bool *changed) {
  const char *at = m->subject, *last = NULL, *end;
  bool anchored = *pattern == '^';
  int type = lua_type(m->L, 3);
  lua_Integer count = 0;
  while (count < most) {
    m->count = 0;
    end = pattern_match(m, at, pattern + anchored);
    if (end && end != last) {
      count++;
      *changed = add_value(m, out, at, end, type) || *changed;
      at = last = end;
    } else if (at < m->subject_end) {
      luaL_addchar(out, *at++);
    } else {
      break;
    }
    if (anchored) break;
  }
  luaL_addlstring(out, at, (size_t)(m->subject_end - at));
  return count;
}

static int string_gsub(lua_State *L) {
  size_t len, pattern_len;
  const char *subject = luaL_checklstring(L, 1, &len), *pattern = luaL_checklstring(L, 2, &pattern_len);
  check_replacement(L, lua_type(L, 3));
  lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)len + 1);
  bool changed = false;
  struct matcher m;
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  pattern_init(&m, L, subject, len, pattern, pattern_len);
  lua_Integer count = replace_matches(&m, &out, pattern, most, &changed);
  pattern_charge(&m);
  luaL_pushresult(&out);
  if (!changed) lua_pushvalue(L, 1);
  lua_pushinteger(L, count);
  return 2;
}

void script_add_patterns(lua_State *L) {
  static const luaL_Reg FUNCTIONS[] = {{"find", string_find}, {"match", string_match}, {"gmatch", string_gmatch}, {"gsub", string_gsub}, {NULL, NULL}};
  luaL_setfuncs(L, FUNCTIONS, 0);
}
