/**
 * The catalogue of requirements, read from requirements.json and checked once.
 *
 * Always true of a loaded catalogue: every id is unique; every level, basis, API and channel is a known
 * word; a clause has a level, a basis and a sentence of its own. Text is borrowed from the parsed file,
 * which the catalogue keeps.
 */
#ifndef CONFORMANCE_CATALOGUE_H
#define CONFORMANCE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "profile.h"

struct cJSON;

enum requirement_level { LEVEL_MUST, LEVEL_SHOULD, LEVEL_MAY, LEVELS };

/** Where a requirement comes from: a set of these bits. */
enum requirement_basis {
  BASIS_DOCUMENTED = 1,
  BASIS_WEB = 2,
  BASIS_IOS = 4,
  BASIS_WINDOWS = 8,
  BASIS_JS = 16,
  BASIS_OURS = 32
};

/** What can be broken: a requirement as a whole, or a clause of it. */
struct requirement_rule {
  enum requirement_level level;
  unsigned basis;
  const char *title;
};

struct requirement_clause {
  const char *name;
  struct requirement_rule rule;
};

struct requirement {
  const char *id;
  struct requirement_rule rule;
  const char *source;
  bool always;                  /**< watched in every scenario (R-3) */
  const char *proof;            /**< NULL, or what proves it where no scenario can, and why */
  unsigned apis, channels;      /**< bit masks; all bits when it holds everywhere */
  struct profile_version since; /**< 0.0 = ever */
  const struct cJSON *accepted; /**< name -> sentence (R-2), or NULL */
  struct requirement_clause *clauses;
  size_t clause_count;
};

struct catalogue;

enum catalogue_error { CATALOGUE_ERR_FILE = 1, CATALOGUE_ERR_CONTENT };

/**
 * Owns:  *out is the caller's, released with catalogue_free().
 * Fails: CATALOGUE_ERR_FILE it cannot be read; CATALOGUE_ERR_CONTENT, naming the entry and what is wrong
 */
int catalogue_load(const char *path, struct catalogue **out, struct base_error *err);
int catalogue_parse(const char *text, size_t len, struct catalogue **out, struct base_error *err);
void catalogue_free(struct catalogue *catalogue);

size_t catalogue_count(const struct catalogue *catalogue);
const struct requirement *catalogue_row(const struct catalogue *catalogue, size_t i);

/** What a check's id names: "UPC-06" or "UPC-06/order". */
struct requirement_ref {
  const struct requirement *requirement;
  const struct requirement_rule *rule;
};

/** False when there is no such requirement or clause. */
bool catalogue_find(const struct catalogue *catalogue, const char *id, struct requirement_ref *out);

const char *requirement_level_name(enum requirement_level level);
/** "D, O:web" */
void requirement_basis_text(unsigned basis, char out[48]);

#endif
