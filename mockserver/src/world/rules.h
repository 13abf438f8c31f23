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

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "world/actions.h"
#include "world/conditions.h"
#include "world/journal.h"

enum rule_point { POINT_ARRIVED, POINT_STORED, POINT_FIRST_BYTE, POINT_ANSWERED, POINT_COUNT };

/** Why a request that met all conditions was left alone: bits behind those of the conditions. */
enum { MISS_WHERE = CONDITIONS_MAX, MISS_NTH, MISS_TIMES, MISS_PROBABILITY, MISS_NEWER, MISS_COUNT };

/** A request that did not make a rule fire. */
struct rule_miss {
  uint64_t seq;    /**< 0 = none */
  uint32_t failed; /**< a bit for each condition that it failed */
  int count;       /**< of those that ask for something of the request: the counters say nothing of how near it was */
  uint64_t matched; /**< how many matched before, for nth() */
};

enum { RULE_MISSES = 3 };

struct rule {
  size_t id; /**< from 1, in the order of making */
  struct conditions conditions;
  int where;                    /**< reference of a Lua function, 0 = none */
  int64_t times, nth;           /**< 0 = no limit; 0 = any */
  double probability;           /**< 0 = always */
  uint64_t seed;                /**< of the dice: the k-th matching request gets the k-th throw */
  bool optional, lifted, storing;
  bool unread;                  /**< acts before the body is read */
  bool effective;               /**< one of its edits of records, or refusals, changed an answer */
  uint64_t matched, fired;
  struct rule_miss misses[RULE_MISSES]; /**< the nearest ones, while it has never fired */
  struct rule_action *actions;
  size_t action_count;
  struct base_buf description;
};

enum { RULES_CLOSED = 16 };

struct rules {
  struct rule **rules;
  size_t count;
  struct rule **active; /**< those that are not lifted, in the order of making: what a request is compared with */
  size_t active_count;
  atomic_size_t unread; /**< how many act before the body is read; may be looked at without the lock */
  struct { /**< requests whose connection close() closed in the running sync (NET-04) */
    const struct journal_entry *entry;
    const struct rule *rule; /**< whose close() it was */
    unsigned repetitions;
  } closed[RULES_CLOSED];
  size_t closed_count;
  unsigned repetitions; /**< of a closed request, which are closed as well; 0 = each request is a new one */
};

/** The rules that a request meets, in the order in which they were made. */
struct rule_plan {
  struct rule **rules;
  size_t count;
};

/**
 * A new rule for the requests that `match` describes (conditions.h).
 * Fails: CONDITIONS_ERR_MATCH; MOCK_ERR_MEMORY
 */
int rules_add(struct rules *rules, const cJSON *match, struct rule **out, struct base_error *err);
/** A new action of the rule, zeroed save kind and after_store; NULL without memory. */
struct rule_action *rules_add_action(struct rules *rules, struct rule *rule, enum action_kind kind);
bool rules_find_point(const char *name, enum rule_point *out);

/**
 * Choose and count, in one step. `unread`: of those that act before the body is read, else of the others.
 * The plan begins as {0} and ends with rules_plan_done().
 * Fails: MOCK_ERR_SCRIPT a where() function failed; MOCK_ERR_MEMORY. Then nothing was counted as fired.
 */
int rules_select(struct mock_world *world, const struct journal_entry *entry, bool unread, struct rule_plan *plan,
                 struct base_error *err);
void rules_plan_done(struct rule_plan *plan);
/** The first action of that kind in the plan, NULL when there is none. */
const struct rule_action *rules_find(const struct rule_plan *plan, enum action_kind kind);
/** Does the plan end the request before the back end sees it? */
bool rules_end_early(const struct rule_plan *plan);
/** Has any rule of the plan something that makes a client wait or breaks its connection? */
bool rules_excuse(const struct rule_plan *plan);

/** close() and reset() apply to immediate repetitions of the request too, until the sync ends or the rule is lifted. */
void rules_remember_closed(struct rules *rules, const struct rule *rule, const struct journal_entry *entry);
/** The journal lets go of this entry. */
void rules_forget_entry(struct rules *rules, const struct journal_entry *entry);
bool rules_is_repetition(struct rules *rules, const struct journal_entry *entry);
void rules_forget_closed(struct rules *rules);

void rules_lift_rule(struct rules *rules, struct rule *rule);
/** A lifted rule is at work again. */
void rules_restore_rule(struct rules *rules, struct rule *rule);
void rules_lift(struct rules *rules);
void rules_done(struct rules *rules);

#endif
