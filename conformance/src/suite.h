/**
 * The scenarios of a folder: what each one declares, read once before anything runs.
 *
 * <folder>/<area>/<name>.lua declares scenarios; the folders prelude, lib and stubs declare none. Files
 * are kept as text, so that a run does not depend on what happens to the folder meanwhile. A file that
 * cannot be loaded becomes one scenario whose `error` says why: it fails alone, the others run.
 */
#ifndef CONFORMANCE_SUITE_H
#define CONFORMANCE_SUITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "catalogue.h"

struct cJSON;
struct mock_server;
struct mock_world;
struct lua_State;
struct suite;

struct suite_file {
  char *path; /**< as messages name it */
  char *name; /**< "<area>/<file>" */
  char *text;
  size_t len;
};

struct scenario {
  char *name;                    /**< "<area>/<file>/<title>" */
  const struct suite_file *file; /**< borrowed from the suite */
  int place;                     /**< which of the file's definitions, from 1 */
  struct cJSON *definition;      /**< what it declares: covers, needs, api, channel, tags, timeout, histories */
  char *error;                   /**< why it cannot run, or NULL */
};

enum suite_error { SUITE_ERR_FOLDER = 1, SUITE_ERR_SCRIPT };

/**
 * Read the folder. `fallback` is the product's own scenarios folder, for prelude and lib of a folder
 * that has none. Worlds are opened on `server` to run the files' top level.
 *
 * Owns:  *out is the caller's, released with suite_free(). Borrows the catalogue while it lives.
 * Fails: SUITE_ERR_FOLDER it cannot be read, or holds no scenario; SUITE_ERR_SCRIPT the prelude is broken
 */
int suite_load(const char *folder, const char *fallback, const struct catalogue *catalogue,
               struct mock_server *server, struct suite **out, struct base_error *err);
void suite_free(struct suite *suite);

size_t suite_count(const struct suite *suite);
/** In the order of their names' files, as they stand in the file. */
const struct scenario *suite_row(const struct suite *suite, size_t i);

/** The text of `require "lib.company"` or "prelude/init": <folder>/lib/company.lua, or NULL. Borrowed. */
const struct suite_file *suite_module(const struct suite *suite, const char *name);

/** The source text at "scenarios/cache/replay.lua:81", without the blanks around it; NULL when nothing is there.
 * Owns: the text is the caller's. */
char *suite_line(const struct suite *suite, const char *where);
/** The line of a text that `place`, ":14", names, without the blanks before it; the caller's. NULL: there is none. */
char *suite_text_line(const char *text, const char *place);

/** Words of a list in the definition: does `list` of the scenario hold `word`? */
bool scenario_lists(const struct scenario *scenario, const char *list, const char *word);

#endif
