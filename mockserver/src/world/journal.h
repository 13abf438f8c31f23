/**
 * Every request of a world, in the order of arrival, with what it got; lossless: bodies are bytes, headers
 * keep their order and case.
 *
 * Always true: `seq` ascends; texts are owned by the entry, those of the request in one block, and never change once set; `ended` is set
 * once: when the answer is handed over, or the connection closed. It is set before the last byte
 * leaves, so that whatever the client does because of the answer comes later on the scale (SEQ-01). A world
 * that remembers a bounded number of entries (mock_world_set_keep) lets the oldest go, never one at work.
 */
#ifndef MOCK_WORLD_JOURNAL_H
#define MOCK_WORLD_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_index.h"
#include "world/headers.h"
#include "world/shared_text.h"

enum request_kind { KIND_UPLOAD, KIND_DOWNLOAD, KIND_METADATA, KIND_DOCUMENT, KIND_CRUD, KIND_OTHER };

struct mock_world;
struct model_service;
struct model_object;
struct rule_plan;

/** One moment on three clocks: the world's, one that never goes back, the calendar's. */
struct journal_time {
  int64_t virtual_ms, monotonic_us, wall_ms;
};

/** A header as it is looked up: its name in lower case, its value readable. */
struct journal_header {
  const char *name, *value;
  size_t name_len;
};

/** How the exchange ended on the wire. */
enum journal_end {
  END_NONE,     /**< at work, or the process ended first */
  END_ANSWERED, /**< the whole answer was handed over */
  END_CUT,      /**< a rule let only a part of the answer out */
  END_CLOSED,   /**< closed without an answer */
  END_RESET,    /**< the same, by a reset */
  END_GONE,     /**< the client went first */
  END_COUNT
};

struct journal_entry {
  struct journal_entry *next; /**< among those that were let go */
  uint64_t seq, ended;
  uint64_t revision; /**< of the journal, when the entry was changed last: what a reader has not seen yet */
  struct journal_time arrived, left;
  enum journal_end end;
  char *event; /**< a line about the world instead of a request, or NULL */
  enum request_kind kind;
  struct model_service *service; /**< NULL = the world has none of that name */
  char *block; /**< owned; texts and headers of the request lie in it, and a small body; NULL = behind the entry itself */
  const char *service_name;
  bool object_level;
  const char *object_name; /**< of an object-level request */
  bool binary;    /**< an online call for the content of a binary column */
  const char *method, *path;
  const char *version;  /**< of HTTP: "1.1" */
  const char *target;   /**< path and query as they came, behind /w/NAME */
  cJSON *query; /**< NULL = none: journal_query() */
  struct base_buf header_bytes; /**< as they came: headers.h */
  const struct journal_header *headers;
  size_t header_count;
  struct base_buf body_bytes; /**< of capacity 0: they lie in the block */
  bool body_unread; /**< a rule closed before the body was read */
  cJSON *body;    /**< while it is at work; NULL when the bytes are no JSON, and of an upload: journal_body() */
  struct json_index upload; /**< instead: of an upload's bytes, while it is at work; no item when they are no JSON */
  cJSON **tree;   /**< while it is at work: where journal_body() keeps what it had to make, or NULL */
  const char *cache_id;
  bool replayed, executed, after_close;
  bool at_work; /**< its thread uses it */
  bool recorded; /**< its answer is about to leave, or has left: a journal on disk has it */
  int status; /**< 0 = none */
  struct base_buf answer_headers; /**< as they were to be sent: headers.h */
  struct base_buf answer_bytes; /**< the whole body, of which `sent` says how much left */
  uint64_t generated; /**< instead: so many bytes of a body that was made on the way */
  uint64_t sent;      /**< bytes that were handed over, head included */
  struct shared_text *answer_shared; /**< whose `answer_bytes` these are, or NULL */
  bool answer_failed; /**< its opstatus says so */
  int64_t answer_opstatus; /**< 0 = none, or good */
  char *fault;
  cJSON *findings;
  unsigned page;  /**< downloads: batch number within one sync's download */
  unsigned batch; /**< batch number in its direction, from 1: `page`, or the how manieth upload in a row */
  unsigned attempt; /**< 1, and one more each time the same request comes again after a failure */
  int64_t records; /**< admin/records.h: how many, once somebody asked */
  bool counted;    /**< ... and it stays so */
  bool excused;   /**< a rule made it wait or break: its client may go away (R-5) */
};

struct journal {
  struct journal_entry **entries; /**< within `block`: the oldest go from the front */
  struct journal_entry **block;
  size_t count, capacity; /**< capacity of the block */
  size_t dropped;       /**< so many older entries were let go: the oldest of those that were over */
  uint64_t dropped_seq; /**< the newest of them */
  struct journal_entry *let_go; /**< dropped, and not freed yet */
  uint64_t revision;   /**< counts changes of entries */
  uint64_t sync_ended; /**< order of the last sync's end */
  struct journal_file *file; /**< where it is written as it happens, or NULL */
};

/** The entry, one of malloc()'s, becomes the journal's newest, and arrives now. The oldest goes where the world has a
 *  bound. False without memory: then it stays the caller's. */
bool journal_add(struct mock_world *world, struct journal_entry *entry);
/** An entry of another world, which is over, becomes the newest one under its own seq. False without memory: then it stays the caller's. */
bool journal_recall(struct mock_world *world, struct journal_entry *entry);
/** The entries that were let go, and that are still to be freed: without the lock, when that is at hand. */
struct journal_entry *journal_take_dropped(struct journal *journal);
void journal_free_dropped(struct journal_entry *dropped);
/** NULL is fine. */
void journal_free_entry(struct journal_entry *entry);
/** A line about the world: "gate g opened". */
void journal_event(struct mock_world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** The entries of `old`, which is closed, become the first ones of `world`; its own count on from there. */
void journal_inherit(struct mock_world *world, struct mock_world *old);
void journal_done(struct journal *journal);
/** The entry changed: whoever asks for what is new gets it. */
void journal_touch(struct mock_world *world, struct journal_entry *entry);
struct journal_time journal_now(const struct mock_world *world);
/** What was wrong with the request by the wire rules, with the rule's id first: "W-5: ...". */
void journal_finding(struct journal_entry *entry, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** The bytes of the answer are those of `text`, which is held from now on. */
void journal_share_answer(struct journal_entry *entry, struct shared_text *text);
/** By its seq; NULL = it was let go, or never was. */
struct journal_entry *journal_find(const struct journal *journal, uint64_t seq);
/** Frees what the entry owns and sets it to zero. */
void journal_entry_done(struct journal_entry *entry);
/** The entry in the shape of class Request, the caller's. */
cJSON *journal_json(const struct journal_entry *entry);
/** Make text that can stand in JSON: what is no UTF-8, and U+0000, becomes '?'. Returns `text`. */
char *journal_readable(char *text, size_t len);
/** The body as a tree, NULL when it is none. Borrowed from the entry while that is at work, else from *held, which is
 *  NULL before and the caller's to delete. */
const cJSON *journal_body(const struct journal_entry *entry, cJSON **held);
/** Visit the records of an upload, nested ones flattened in order; ends when `visit` says false, and says so. `object` is
 *  what the record says it is of, else the name that it stands under, or NULL. */
bool journal_each_record(const struct journal_entry *entry,
                         bool (*visit)(void *context, const cJSON *record, const char *object), void *context);
/** The parameters, an object of texts, the caller's. */
cJSON *journal_query(const struct journal_entry *entry);
/** All headers by lower-case name, the caller's. */
cJSON *journal_headers(const struct journal_entry *entry);
/** A header by its lower-case name, of repeated ones the last; NULL when absent. Borrowed. */
const char *journal_header(const struct journal_entry *entry, const char *name);
/** X-Voltmx-`name`, else X-Kony-`name` (W-6). Borrowed. */
const char *journal_foundry_header(const struct journal_entry *entry, const char *name);

extern const char *const REQUEST_KINDS[], *const JOURNAL_ENDS[];
enum { REQUEST_KIND_COUNT = KIND_OTHER + 1 };

#endif
