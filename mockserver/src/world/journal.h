/**
 * Every request of a world, in the order of arrival, with what it got; lossless.
 *
 * Always true: `seq` ascends; texts are owned by the entry and never change once set; `ended` is set
 * once: when the answer is handed over, or the connection closed. It is set before the last byte
 * leaves, so that whatever the client does because of the answer comes later on the scale (SEQ-01). A world
 * that remembers a bounded number of entries (mock_world_set_keep) lets the oldest go, never one at work.
 */
#ifndef MOCK_WORLD_JOURNAL_H
#define MOCK_WORLD_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

enum request_kind { KIND_UPLOAD, KIND_DOWNLOAD, KIND_METADATA, KIND_DOCUMENT, KIND_CRUD, KIND_OTHER };

struct mock_world;
struct model_service;
struct model_object;
struct rule_plan;

struct journal_entry {
  uint64_t seq, ended;
  char *event; /**< a line about the world instead of a request, or NULL */
  enum request_kind kind;
  struct model_service *service; /**< NULL = the world has none of that name */
  char *service_name;
  bool object_level;
  char *object_name; /**< of an object-level request */
  char *method, *path;
  cJSON *query, *headers;
  char *body_text;
  cJSON *body;    /**< NULL when the text is no JSON */
  cJSON *records; /**< uploads: copies of the records, nested ones flattened in order */
  char *cache_id;
  bool replayed, executed, after_close;
  bool at_work; /**< its thread uses it */
  int status; /**< 0 = none */
  char *answer_text;
  cJSON *answer;
  char *fault;
  cJSON *findings;
  unsigned page;  /**< downloads: batch number within one sync's download */
  bool excused;   /**< a rule made it wait or break: its client may go away (R-5) */
};

struct journal {
  struct journal_entry **entries;
  size_t count, capacity;
  size_t dropped; /**< older entries that were let go: entries[0] is the one number dropped + 1 */
};

/** A new entry, part of the journal already; NULL without memory. The oldest goes where the world has a bound. */
struct journal_entry *journal_add(struct mock_world *world);
/** A line about the world: "gate g opened". */
void journal_event(struct mock_world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** The entries of `old`, which is closed, become the first ones of `world`; its own count on from there. */
void journal_inherit(struct mock_world *world, struct mock_world *old);
void journal_done(struct journal *journal);
/** What was wrong with the request by the wire rules, with the rule's id first: "W-5: ...". */
void journal_finding(struct journal_entry *entry, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** The entry in the shape of class Request, the caller's. */
cJSON *journal_json(const struct journal_entry *entry);
/** A header by its lower-case name; NULL when absent. Borrowed. */
const char *journal_header(const struct journal_entry *entry, const char *name);
/** X-Voltmx-`name`, else X-Kony-`name` (W-6). Borrowed. */
const char *journal_foundry_header(const struct journal_entry *entry, const char *name);

extern const char *const REQUEST_KINDS[];

#endif
