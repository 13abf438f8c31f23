/**
 * What a rule may do to a request: one row for each action (actions.c).
 */
#ifndef MOCK_WORLD_ACTIONS_H
#define MOCK_WORLD_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"

enum action_kind {
  /* told apart by what they touch: see enum action_phase */
  ACTION_STORE, ACTION_AT, ACTION_REJECT, ACTION_INTERMEDIATE_ERROR, ACTION_FLAT,
  ACTION_HANG, ACTION_HOLD, ACTION_DELAY, ACTION_LINGER,
  ACTION_OPSTATUS, ACTION_STATUS, ACTION_ANSWER, ACTION_REDIRECT, ACTION_BODY, ACTION_DEEP, ACTION_HUGE, ACTION_GARBAGE,
  ACTION_CLOSE, ACTION_CLOSE_UNREAD, ACTION_RESET,
  ACTION_EDIT, ACTION_WITHOUT, ACTION_NULL, ACTION_RENAME, ACTION_RETYPE, ACTION_DROP, ACTION_ADD, ACTION_DOUBLE,
  ACTION_REVERSE, ACTION_LOSE, ACTION_MORE, ACTION_EARLY, ACTION_ALWAYS_MORE, ACTION_ENDLESS, ACTION_EMPTY_PAGES,
  ACTION_HEADER, ACTION_TRUNCATE, ACTION_CUT, ACTION_LENGTH, ACTION_TRICKLE, ACTION_TWICE, ACTION_GZIP,
  ACTION_COUNT
};

enum action_phase {
  PHASE_NONE,   /**< a mark, a point, or something that the back end looks for itself */
  PHASE_WAIT,   /**< before or after the back end: waits */
  PHASE_ANSWER, /**< before or after the back end: ends the request with an answer of its own, or with none */
  PHASE_UNREAD, /**< before the body is read */
  PHASE_EDIT,   /**< changes the back end's answer */
  PHASE_SEND    /**< changes how the answer travels */
};

/** What a report says of an action behind its name. */
enum action_tells {
  TELLS_NAME,   /**< nothing */
  TELLS_NUMBER, /**< status(503) */
  TELLS_TEXT    /**< hold(gate) */
};

struct action_trait {
  const char *name; /**< in scripts and reports */
  enum action_phase phase;
  bool is_fault; /**< of the rules that have one of these only the newest counts */
  bool excuses;  /**< the client of such a request may go away (R-5) */
  enum action_tells tells;
  bool of_records; /**< changes or refuses records, where it finds them (struct rule, `effective`) */
};

struct rule_action {
  enum action_kind kind;
  bool after_store; /**< said after store(): happens to the answer, the back end did its work */
  int function;     /**< reference of a Lua function, 0 = none */
  int64_t number;   /**< opstatus, status, bytes, place, limit, milliseconds, levels or enum rule_point */
  int64_t second;   /**< pause in milliseconds, seed, or a yes */
  char *text;       /**< column, header, message, body, gate */
  size_t text_len;  /**< a body may be any bytes */
  char *more;       /**< object, content type, value of a header, name of a type */
  cJSON *json;      /**< headers, columns to match, a record, a value */
};

extern const struct action_trait ACTION_TRAITS[ACTION_COUNT];

bool action_find(const char *name, enum action_kind *out);
/** Append what reports call it: " status(503)". */
void action_describe(const struct rule_action *action, struct base_buf *out);
/** Does it end the request where it stands? hang() does, too. */
bool action_ends(const struct rule_action *action);
void action_done(struct rule_action *action);

#endif
