/**
 * Known deviations of a port, in a file that people write:
 *
 *   # Comments and blank lines stay where they are.
 *   [scenario cache/replay/an upload that timed out*]
 *   check   = UPC-02
 *   message = the cache ids come
 *   port    = acme-sdk
 *   version = < 2.1
 *   reason  = sent again too late
 *   link    = https://example.org/issues/17
 *   expires = 2027-01-31
 *
 * [scenario NAME or pattern] lists its failures, those of one check (a requirement or clause) or with a message that
 * begins like this if it says so; [check ID] lists them wherever a check of this requirement breaks; [rule ID] an
 * always-on rule. It counts for the port that gives itself this name, in these versions (< <= = >= >), up to and
 * with the day on which it expires. Reason and link are needed.
 *
 * A listed failure is a *known deviation*. An entry that counts and whose failure did not come is stale, one whose
 * day has passed is expired: both fail the run, so that the list stays true.
 *
 * Threads: one at a time.
 */
#ifndef CONFORMANCE_EXPECTED_H
#define CONFORMANCE_EXPECTED_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "catalogue.h"
#include "result.h"

struct expected;
struct cJSON;

enum expected_error { EXPECTED_ERR_FILE = 1 };

/** Owns: *out, expected_free(). Fails: EXPECTED_ERR_FILE, naming file, line and what is wrong */
int expected_load(const char *path, struct expected **out, struct base_error *err);
int expected_parse(const char *text, size_t len, struct expected **out, struct base_error *err);
void expected_free(struct expected *expected);

/** Fails: EXPECTED_ERR_FILE for the first entry that names no scenario, or no requirement of the catalogue. */
int expected_check(const struct expected *expected, const struct catalogue *catalogue,
                   bool (*exists)(const void *context, const char *glob), const void *context,
                   struct base_error *err);

/** Whom the run is about, and the day ("2026-11-26"): decides which entries count. Texts are borrowed for the call. */
void expected_set_port(struct expected *expected, const char *name, const char *version, const char *today);

/** Judge one result by the entries: it may become known or unexpected. `expected` may be NULL. */
void expected_apply(struct expected *expected, const char *scenario, struct result *result);

/** Why a broken always-on rule is known, or NULL. Borrowed. */
const char *expected_rule(struct expected *expected, const char *id, const char *message);

/**
 * What is wrong with the list itself after a run: an array of {line, entry, problem}, the caller's.
 * `whole`: every scenario was run, so that entries of checks and rules can be called stale, too.
 */
struct cJSON *expected_problems(const struct expected *expected, bool whole);

/**
 * The file as it should be after this run: without the entries that are stale or expired, with one for
 * each failure that was not listed (its reason is still to be written). Every other line stays.
 */
void expected_fixed(const struct expected *expected, bool whole, struct base_buf *out);

/** What expected_fixed() writes as reason and link: a list that holds it is refused (the author has to say why). */
#define EXPECTED_UNWRITTEN "(to be written)"

/** Read a list although reasons are still to be written. */
int expected_load_unfinished(const char *path, struct expected **out, struct base_error *err);

#endif
