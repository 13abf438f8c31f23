/**
 * One record of an upload: what was sent, which row it means, what became of it (W-31 to W-35).
 *
 * A record is read where it stands, in the request's bytes: each column of the model gets its value, and a tree is made
 * for a script that asks.
 *
 * Always true: an edit with an opstatus other than 0 changed nothing; a carrier (W-47) changes nothing
 * either way, save where its row is gone and the conflict policy makes it anew.
 */
#ifndef MOCK_PROTOCOL_EDIT_H
#define MOCK_PROTOCOL_EDIT_H

#include "base/buf.h"
#include "base/json_index.h"
#include "protocol/temporary_keys.h"
#include "world/journal.h"
#include "world/rows.h"
#include "world/rules.h"

enum { OPSTATUS_CONFLICT = 20006, OPSTATUS_BAD_REQUEST = 20001 };

enum verb { VERB_CREATE, VERB_UPDATE, VERB_PARTIAL_UPDATE, VERB_DELETE, VERB_UNKNOWN };
struct verb_name {
  const char *text;
  size_t len;
};
extern const struct verb_name VERB_NAMES[];

/** What is true of the whole request. */
struct work {
  struct mock_world *world;
  struct journal_entry *entry;
  const struct json_index *body; /**< of its bytes */
  const struct rule_plan *plan;
  struct temporary_keys temporary;
  struct byte_map touched; /**< object and key of rows that an earlier record edited -> its verb (W-40, W-48) */
  struct byte_map told;    /**< what column_findings.h has said */
  struct outcome_list *lists; /**< of the answer (outcome.h) */
  struct base_buf scratch;    /**< texts that are looked at and forgotten */
  struct edit *spare;         /**< edits that are over, with the room that they had */
  struct row_place next_row;  /**< behind the row of the last record: mostly that of the next one */
  bool hierarchical; /**< a service-level call to a hierarchical service */
  bool flat;      /**< nested records are answered in a flat list each: a rule wants it */
  int64_t last_row_id; /**< of a flat upload's records */
  int64_t count, failures, first_failure;
};

/** What a record says of itself. */
struct edit_metadata {
  const struct json_item *whole; /**< its `_metadata`; NULL = it has none */
  const struct json_item *object, *action, *row_id, *checksum; /**< NULL = it does not say */
};

/** From `sent` to `opstatus` it is read anew of each record; what follows are rooms that one leaves to the next. */
struct edit {
  const struct json_item *sent;
  struct edit_metadata metadata;
  const char *place;         /**< name of the member that it is nested under, or NULL */
  struct edit *parent;       /**< that it is nested in, or NULL */
  struct model_object *object;
  enum verb verb;
  bool numbered;   /**< its rowId is an integer: */
  int64_t row_id;
  bool carrier;    /**< rowId -1: only there for what nests in it */
  bool listless;   /**< it is known that no member is a list: nothing nests in it */
  struct value *given;   /**< what was sent, a value for each column of the model; edit_find_row() reads it */
  struct value *columns; /**< the same with temporary keys resolved: `given` until one of them changes */
  size_t column_count;
  char *texts;           /**< behind `given`: room for texts without their escapes */
  char (*digits)[24];    /**< behind `columns`: of keys that were given, one for each column */
  cJSON *trees;          /**< of values that are objects or arrays, or NULL */
  cJSON *tree;           /**< edit_tree(), once somebody asked */
  struct row row;       /**< what the server has: row_record() */
  bool exists;          /**< ... and is not deleted */
  bool first;           /**< first edit of the row in this request */
  enum verb answered;   /**< action of the answer */
  struct row_version *stored; /**< the row as it was stored, held; NULL when it was not */
  cJSON *answered_row;  /**< to be answered instead of the row as it now is, or NULL */
  int64_t opstatus;
  struct base_buf key;
  struct base_buf given_room, own_room; /**< where `given` is, and `columns` */
  char errmsg[256]; /**< of an opstatus that is not 0 */
  struct edit *next; /**< among the spare ones */
};

struct edit_metadata edit_read_metadata(const struct json_index *body, const struct json_item *record);
/** What these items of it name; NULL and VERB_UNKNOWN when they name none, or are NULL. */
struct model_object *edit_said_object(struct work *work, const struct json_item *object);
enum verb edit_said_verb(struct work *work, const struct json_item *action);

/** A new edit of the sent record, to be ended; NULL without memory. What is wrong with the record makes it fail. */
struct edit *edit_begin(struct work *work, const struct json_item *sent, struct edit *parent, const char *place);
void edit_end(struct work *work, struct edit *edit);
/** Free the spare edits. */
void edit_free_spare(struct work *work);
/** Read its columns, resolve its keys, give generated ones, find its row. */
void edit_find_row(struct work *work, struct edit *edit);
/** The record as it was sent, for scripts. Borrowed; NULL without memory. */
const cJSON *edit_tree(const struct work *work, struct edit *edit);
/** What the record says of a column, with keys resolved; VALUE_ABSENT where it has none of that number. Borrowed. */
const struct value *edit_column(const struct edit *edit, size_t column);
/** Give a column another value. `value` is to stay as long as the edit. False without memory: then the edit fails. */
bool edit_set(struct edit *edit, size_t column, struct value value);
bool edit_set_integer(struct edit *edit, size_t column, int64_t value);
/** Append the key columns that it has, resolved, as the members of a JSON object. */
void edit_write_key(const struct edit *edit, struct base_buf *out);
void edit_fail(struct edit *edit, int64_t opstatus, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
