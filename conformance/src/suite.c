#include "suite.h"

#include <dirent.h>
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "file.h"
#include "foundrymock/mock.h"
#include "profile.h"
#include "script.h"

enum { HISTORIES_MAX = 100000 };

struct suite {
  const struct catalogue *catalogue;
  struct suite_file **files;   /* with scenarios, in the order of their names */
  struct suite_file **modules; /* of prelude and lib; name = "prelude.init" */
  size_t file_count, module_count;
  struct scenario *rows;
  size_t count;
};

static const char *const NOT_AREAS[] = {"prelude", "lib", "stubs"};
static const char *const MODULE_FOLDERS[] = {"prelude", "lib"};

static void free_file(struct suite_file *file) {
  if (!file) return;
  free(file->path);
  free(file->name);
  free(file->text);
  free(file);
}

static void free_files(struct suite_file **files, size_t count) {
  for (size_t i = 0; i < count; i++) free_file(files[i]);
  free(files);
}

static void free_scenario(struct scenario *scenario) {
  free(scenario->name);
  free(scenario->error);
  cJSON_Delete(scenario->definition);
}

void suite_free(struct suite *suite) {
  if (!suite) return;
  for (size_t i = 0; i < suite->count; i++) free_scenario(&suite->rows[i]);
  free(suite->rows);
  free_files(suite->files, suite->file_count);
  free_files(suite->modules, suite->module_count);
  free(suite);
}

static void drop_suite(struct suite **suite) { suite_free(*suite); }

static int no_memory(struct base_error *err) {
  return base_fail(err, SUITE_ERR_FOLDER, "", "out of memory");
}

/* ---- files ---- */

static const char *last_part(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash && slash[1] ? slash + 1 : path;
}

static bool ends_in_lua(const char *name) {
  size_t len = strlen(name);
  return len > 4 && strcmp(name + len - 4, ".lua") == 0 && name[0] != '.';
}

static int lua_entry(const struct dirent *entry) { return ends_in_lua(entry->d_name); }
static int any_entry(const struct dirent *entry) { return entry->d_name[0] != '.'; }

/* <folder>/<area>/<entry>; `name` becomes "<area><between><entry without .lua>". */
static struct suite_file *read_one(const char *folder, const char *area, const char *entry, char between,
                                   struct base_error *err) {
  CLEANUP(base_buf_done) struct base_buf text = BASE_BUF_INIT;
  char path[4096];
  snprintf(path, sizeof path, "%s/%s/%s", folder, area, entry);
  if (file_read(path, &text, err)) return NULL;
  struct suite_file *file = calloc(1, sizeof *file);
  if (!file) return NULL;
  int shown = asprintf(&file->path, "%s/%s/%s", last_part(folder), area, entry);
  int named = asprintf(&file->name, "%s%c%.*s", area, between, (int)(strlen(entry) - 4), entry);
  file->len = text.len;
  file->text = base_buf_steal(&text);
  if (shown >= 0 && named >= 0 && file->text) return file;
  free_file(file);
  no_memory(err);
  return NULL;
}

static int append_file(struct suite_file ***list, size_t *count, struct suite_file *file,
                       struct base_error *err) {
  if (!file) return SUITE_ERR_FOLDER;
  struct suite_file **grown = realloc(*list, (*count + 1) * sizeof **list);
  if (!grown) {
    free_file(file);
    return no_memory(err);
  }
  *list = grown;
  grown[(*count)++] = file;
  return 0;
}

static void free_entries(struct dirent **entries, int count) {
  for (int i = 0; i < count; i++) free(entries[i]);
  free(entries);
}

/* All .lua files of one folder below `folder`. One that is not there is empty. */
static int read_area(const char *folder, const char *area, char between, struct suite_file ***list,
                     size_t *count, struct base_error *err) {
  char path[4096];
  struct dirent **entries = NULL;
  snprintf(path, sizeof path, "%s/%s", folder, area);
  if (!file_is_folder(path)) return 0;
  int found = scandir(path, &entries, lua_entry, alphasort);
  if (found < 0) return base_fail(err, SUITE_ERR_FOLDER, "", "cannot read %s: %s", path, strerror(errno));
  int status = 0;
  for (int i = 0; i < found && !status; i++)
    status = append_file(list, count, read_one(folder, area, entries[i]->d_name, between, err), err);
  free_entries(entries, found);
  return status;
}

static bool is_area(const char *name) {
  for (size_t i = 0; i < sizeof NOT_AREAS / sizeof *NOT_AREAS; i++)
    if (strcmp(name, NOT_AREAS[i]) == 0) return false;
  return true;
}

static int read_areas(struct suite *suite, const char *folder, struct base_error *err) {
  struct dirent **entries = NULL;
  int found = scandir(folder, &entries, any_entry, alphasort);
  if (found < 0)
    return base_fail(err, SUITE_ERR_FOLDER, "", "cannot read the scenarios folder %s: %s", folder,
                     strerror(errno));
  int status = 0;
  for (int i = 0; i < found && !status; i++)
    if (is_area(entries[i]->d_name))
      status = read_area(folder, entries[i]->d_name, '/', &suite->files, &suite->file_count, err);
  free_entries(entries, found);
  return status;
}

static int read_modules(struct suite *suite, const char *folder, const char *fallback,
                        struct base_error *err) {
  int status = 0;
  for (size_t i = 0; i < sizeof MODULE_FOLDERS / sizeof *MODULE_FOLDERS && !status; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, MODULE_FOLDERS[i]);
    const char *from = file_is_folder(path) || !fallback ? folder : fallback;
    status = read_area(from, MODULE_FOLDERS[i], '.', &suite->modules, &suite->module_count, err);
  }
  return status;
}

const struct suite_file *suite_module(const struct suite *suite, const char *name) {
  char full[256];
  snprintf(full, sizeof full, "prelude.%s", name);
  for (size_t i = 0; i < suite->module_count; i++)
    if (strcmp(suite->modules[i]->name, name) == 0 || strcmp(suite->modules[i]->name, full) == 0)
      return suite->modules[i];
  return NULL;
}

/* `where` goes on with ":LINE". */
static const struct suite_file *file_at(struct suite_file *const *files, size_t count, const char *where) {
  for (size_t i = 0; i < count; i++) {
    size_t len = strlen(files[i]->path);
    if (strncmp(files[i]->path, where, len) == 0 && where[len] == ':') return files[i];
  }
  return NULL;
}

char *suite_line(const struct suite *suite, const char *where) {
  const struct suite_file *file = file_at(suite->files, suite->file_count, where);
  if (!file) file = file_at(suite->modules, suite->module_count, where);
  return file ? suite_text_line(file->text, where + strlen(file->path)) : NULL;
}

char *suite_text_line(const char *text, const char *place) {
  for (long left = strtol(place + 1, NULL, 10); text && left > 1; left--)
    text = (text = strchr(text, '\n')) ? text + 1 : NULL;
  if (!text) return NULL;
  text += strspn(text, " \t");
  size_t len = strcspn(text, "\r\n");
  return len > 0 ? strndup(text, len) : NULL;
}

/* ---- definitions ---- */

static struct scenario *append_scenario(struct suite *suite, const struct suite_file *file,
                                        const char *title) {
  struct scenario *grown = realloc(suite->rows, (suite->count + 1) * sizeof *grown);
  if (!grown) return NULL;
  suite->rows = grown;
  struct scenario *row = &grown[suite->count];
  *row = (struct scenario){.file = file, .definition = cJSON_CreateObject()};
  if (asprintf(&row->name, "%s%s%s", file->name, title ? "/" : "", title ? title : "") < 0) return NULL;
  suite->count++;
  return row;
}

__attribute__((format(printf, 2, 3))) static void set_error(struct scenario *row, const char *format, ...) {
  if (row->error) return;
  va_list args;
  va_start(args, format);
  if (vasprintf(&row->error, format, args) < 0) row->error = NULL;
  va_end(args);
}

static bool known_requirement(const struct suite *suite, const char *word) {
  struct requirement_ref ref;
  return catalogue_find(suite->catalogue, word, &ref);
}
static bool known_capability(const struct suite *suite, const char *word) {
  (void)suite;
  return capability_find(word) >= 0;
}
static bool known_api(const struct suite *suite, const char *word) {
  (void)suite;
  enum profile_api api;
  return profile_api_find(word, &api);
}
static bool known_channel(const struct suite *suite, const char *word) {
  (void)suite;
  enum profile_channel channel;
  return profile_channel_find(word, &channel);
}
static bool any_word(const struct suite *suite, const char *word) {
  (void)suite;
  return *word != '\0';
}

/* The lists that a definition may have. */
static const struct {
  const char *name;
  bool (*known)(const struct suite *suite, const char *word);
  const char *kind;
} LISTS[] = {{"covers", known_requirement, "requirement of the catalogue"},
             {"needs", known_capability, "capability of the testee protocol"},
             {"api", known_api, "API"},
             {"channel", known_channel, "channel"},
             {"tags", any_word, "word"}};
enum { LIST_COUNT = sizeof LISTS / sizeof *LISTS };

/* The list on the stack's top. */
static void read_list(lua_State *L, const struct suite *suite, struct scenario *row, size_t which) {
  cJSON *list = cJSON_AddArrayToObject(row->definition, LISTS[which].name);
  if (!lua_istable(L, -1)) {
    set_error(row, "%s is no list", LISTS[which].name);
    return;
  }
  for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -1); i++) {
    lua_rawgeti(L, -1, i);
    const char *word = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    if (!LISTS[which].known(suite, word))
      set_error(row, "%s names \"%s\", which is no %s", LISTS[which].name, word, LISTS[which].kind);
    cJSON_AddItemToArray(list, cJSON_CreateString(word));
    lua_pop(L, 1);
  }
}

static void read_timeout(lua_State *L, struct scenario *row) {
  lua_Integer timeout = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
  if (timeout < 2000) set_error(row, "timeout must be an integer of at least 2000 ms (R-5)");
  cJSON_AddItemToObject(row->definition, "timeout", json_create_integer(timeout));
}

/* Of a property; the prelude gives those that name none a number. */
static void read_histories(lua_State *L, struct scenario *row) {
  lua_Integer count = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
  if (count < 1 || count > HISTORIES_MAX) set_error(row, "histories must be a whole number from 1 to %d", HISTORIES_MAX);
  cJSON_AddItemToObject(row->definition, "histories", json_create_integer(count));
}

/* `file` and `line` are the prelude's: where the author wrote it. */
static bool is_plain_member(const char *key) {
  static const char *const NAMES[] = {"run", "title", "file", "line"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    if (strcmp(NAMES[i], key) == 0) return true;
  return false;
}

/* One member of the definition: its value is on the stack's top. */
static void read_member(lua_State *L, const struct suite *suite, struct scenario *row, const char *key) {
  for (size_t i = 0; i < LIST_COUNT; i++)
    if (strcmp(LISTS[i].name, key) == 0) {
      read_list(L, suite, row, i);
      return;
    }
  if (strcmp(key, "timeout") == 0) read_timeout(L, row);
  else if (strcmp(key, "histories") == 0) read_histories(L, row);
  else if (strcmp(key, "run") == 0 && !lua_isfunction(L, -1)) set_error(row, "run is no function");
  else if (!is_plain_member(key)) set_error(row, "a scenario has no member \"%s\"", key);
}

/* The definition on the stack's top. */
static void read_definition(lua_State *L, const struct suite *suite, struct scenario *row) {
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    if (lua_type(L, -2) == LUA_TSTRING) read_member(L, suite, row, lua_tostring(L, -2));
    else set_error(row, "a scenario's members have names");
    lua_pop(L, 1);
  }
  if (cJSON_GetArraySize(json_find(row->definition, "covers")) == 0)
    set_error(row, "covers names no requirement");
  lua_getfield(L, -1, "run");
  if (!lua_isfunction(L, -1)) set_error(row, "it has no function run");
  lua_pop(L, 1);
}

static bool is_name_taken(const struct suite *suite, const char *name) {
  for (size_t i = 0; i + 1 < suite->count; i++)
    if (strcmp(suite->rows[i].name, name) == 0) return true;
  return false;
}

/* runner.scenarios[place] */
static int read_scenario(lua_State *L, struct suite *suite, const struct suite_file *file, int place,
                         struct base_error *err) {
  lua_rawgeti(L, -1, place);
  if (!lua_istable(L, -1)) {
    lua_pop(L, 1);
    return base_fail(err, SUITE_ERR_SCRIPT, "", "runner.scenarios holds something that is no table");
  }
  lua_getfield(L, -1, "title");
  const char *title = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
  struct scenario *row = append_scenario(suite, file, title);
  lua_pop(L, 1);
  if (!row) return no_memory(err);
  row->place = place;
  if (is_name_taken(suite, row->name)) set_error(row, "the file declares this title twice");
  read_definition(L, suite, row);
  lua_pop(L, 1);
  return 0;
}

static int read_scenarios(lua_State *L, struct suite *suite, const struct suite_file *file,
                          struct base_error *err) {
  lua_getglobal(L, "runner");
  lua_getfield(L, -1, "scenarios");
  int count = lua_istable(L, -1) ? (int)lua_rawlen(L, -1) : 0, status = 0;
  for (int i = 1; i <= count && !status; i++) status = read_scenario(L, suite, file, i, err);
  lua_pop(L, 2);
  if (count == 0 && !status) {
    struct scenario *row = append_scenario(suite, file, NULL);
    if (row) set_error(row, "%s declares no scenario: one is scenario \"what must hold\" { … }", file->path);
  }
  return status;
}

static void index_broken(struct suite *suite, const struct suite_file *file, const char *why) {
  struct scenario *row = append_scenario(suite, file, NULL);
  if (row) set_error(row, "%s", why);
}

static int index_file(struct suite *suite, struct mock_server *server, size_t number,
                      struct base_error *err) {
  struct mock_world *world = NULL;
  struct base_error problem = {0};
  char name[32];
  const struct suite_file *file = suite->files[number];
  snprintf(name, sizeof name, "index-%zu", number);
  if (mock_world_open(server, name, &world, err)) return err->code = SUITE_ERR_SCRIPT;
  mock_world_lock(world);
  int status = 0;
  if (script_load(world, suite, NULL, file, &problem)) index_broken(suite, file, problem.text);
  else status = read_scenarios(mock_world_lua(world), suite, file, err);
  mock_world_unlock(world);
  mock_world_close(world);
  mock_world_free(world);
  return status;
}

/* The prelude alone: when it is broken nothing can run. */
static int check_prelude(struct suite *suite, struct mock_server *server, struct base_error *err) {
  struct mock_world *world = NULL;
  if (mock_world_open(server, "index-prelude", &world, err)) return err->code = SUITE_ERR_SCRIPT;
  mock_world_lock(world);
  int status = script_load(world, suite, NULL, NULL, err) ? SUITE_ERR_SCRIPT : 0;
  mock_world_unlock(world);
  mock_world_close(world);
  mock_world_free(world);
  return status;
}

int suite_load(const char *folder, const char *fallback, const struct catalogue *catalogue,
               struct mock_server *server, struct suite **out, struct base_error *err) {
  CLEANUP(drop_suite) struct suite *suite = calloc(1, sizeof *suite);
  if (!suite) return no_memory(err);
  suite->catalogue = catalogue;
  int status = read_areas(suite, folder, err);
  if (!status) status = read_modules(suite, folder, fallback, err);
  if (!status && suite->file_count == 0)
    status = base_fail(err, SUITE_ERR_FOLDER, "", "%s holds no scenario: <area>/<name>.lua is looked for", folder);
  if (!status) status = check_prelude(suite, server, err);
  for (size_t i = 0; i < suite->file_count && !status; i++) status = index_file(suite, server, i, err);
  if (!status) *out = TAKE(suite);
  return status;
}

size_t suite_count(const struct suite *suite) { return suite->count; }
const struct scenario *suite_row(const struct suite *suite, size_t i) { return &suite->rows[i]; }

bool scenario_lists(const struct scenario *scenario, const char *list, const char *word) {
  const cJSON *item;
  cJSON_ArrayForEach(item, json_find(scenario->definition, list))
    if (strcmp(item->valuestring, word) == 0) return true;
  return false;
}
