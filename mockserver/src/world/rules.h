/**
 * Rules: which requests, and what happens to them.
 *
 * One request may meet several rules. They compose in the order in which they were made: every edit,
 * every wait, every point. Of the rules that end a request in a fault of their own (ACTION_IS_FAULT)
 * only the newest counts, and the others neither act nor count as fired.
 *
 * Always true: selecting and counting happen in one step under the world's lock, so a rule that is to
 * fire once fires once, however many requests come at the same time.
 */
#ifndef MOCK_WORLD_RULES_H
#define MOCK_WORLD_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "world/journal.h"

enum action_kind {
  ACTION_EDIT, ACTION_WITHOUT, ACTION_OPSTATUS, ACTION_STATUS, ACTION_BODY, ACTION_TRUNCATE, ACTION_REJECT,
  ACTION_INTERMEDIATE_ERROR, ACTION_ALWAYS_MORE, ACTION_STORE, ACTION_HANG, ACTION_HOLD, ACTION_LINGER,
  ACTION_CLOSE, ACTION_AT, ACTION_FLAT,
  ACTION_COUNT
};

enum rule_point { POINT_ARRIVED, POINT_STORED, POINT_FIRST_BYTE, POINT_ANSWERED, POINT_COUNT };

struct rule_action {
  enum action_kind kind;
  bool after_store; /**< said after store(): happens to the answer, the back end did its work */
  int function;     /**< reference of a Lua function, 0 = none */
  int64_t number;   /**< opstatus, status, bytes, limit, milliseconds or enum rule_point */
  char *text;       /**< column, message, body, gate */
  char *more;       /**< object, content type */
  cJSON *json;      /**< headers, columns to match */
};

struct rule {
  size_t id; /**< from 1, in the order of making */
  struct model_service *service;
  enum request_kind kind;
  char *object;
  int level, filter;   /**< -1 = any, else false or true: object level; has a filter */
  int64_t times, nth;  /**< 0 = no limit; 0 = any */
  unsigned page;       /**< 0 = any */
  bool replays, optional, lifted, storing;
  int where;           /**< reference of a Lua function, 0 = none */
  uint64_t matched, fired;
  struct rule_action *actions;
  size_t action_count;
  struct base_buf description;
};

enum { RULES_REPETITIONS = 5, RULES_CLOSED = 16 };

struct rules {
  struct rule **rules;
  size_t count;
  struct { /**< requests whose connection close() closed in the running sync (NET-04) */
    const struct journal_entry *entry;
    const struct rule *rule; /**< whose close() it was */
    unsigned repetitions;
  } closed[RULES_CLOSED];
  size_t closed_count;
};

enum { PLAN_RULES = 64 };

/** The rules that a request meets, in the order in which they were made. */
struct rule_plan {
  struct rule *rules[PLAN_RULES];
  size_t count;
};

struct rule *rules_add(struct rules *rules, struct model_service *service, enum request_kind kind);
/** A new action of the rule, zeroed save kind and after_store; NULL without memory. */
struct rule_action *rules_add_action(struct rule *rule, enum action_kind kind);
bool rules_find_action(const char *name, enum action_kind *out);
bool rules_find_point(const char *name, enum rule_point *out);

/** Choose and count. Fails: MOCK_ERR_SCRIPT a where() function failed; then nothing was counted as fired. */
int rules_select(struct mock_world *world, const struct journal_entry *entry, struct rule_plan *plan,
                 struct base_error *err);
/** Does the plan end the request before the back end sees it? */
bool rules_end_early(const struct rule_plan *plan);
/** Has any rule of the plan something that makes a client wait or breaks its connection? */
bool rules_excuse(const struct rule_plan *plan);

/** close() applies to immediate repetitions of the request too, until the sync ends or its rule is lifted. */
void rules_remember_closed(struct rules *rules, const struct rule *rule, const struct journal_entry *entry);
/** The journal lets go of this entry. */
void rules_forget_entry(struct rules *rules, const struct journal_entry *entry);
bool rules_is_repetition(struct rules *rules, const struct journal_entry *entry);
void rules_forget_closed(struct rules *rules);

void rules_lift_rule(struct rules *rules, struct rule *rule);
void rules_lift(struct rules *rules);
void rules_done(struct rules *rules);

#endif
