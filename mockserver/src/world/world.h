/**
 * Inside of a world. One lock guards everything here (mock.h); `changed` is signalled whenever
 * anything happens.
 *
 * Always true, while the lock is free:
 *  1. `order` is larger than the `seq` and `ended` of every journal entry and event.
 *  2. An entry whose request is at work has ended == 0; `at_work` counts those.
 *  3. Rules, gates, barriers and journal entries are never freed before the world is.
 *  4. The Lua state is used by one thread: whoever holds the lock. A rule's function never waits.
 */
#ifndef MOCK_WORLD_WORLD_H
#define MOCK_WORLD_WORLD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "foundrymock/mock.h"
#include "world/gates.h"
#include "world/journal.h"
#include "world/model.h"
#include "world/rules.h"
#include "world/tokens.h"
#include "world/upload_cache.h"

struct page;
struct expand_rows;
struct memo;

/** A request at work, on the stack of its thread. */
struct http_peer;
struct world_peer {
  const struct http_peer *peer;
  struct world_peer *next;
};

/**
 * A request that waits for something other than bytes: a gate, a barrier, the clock, its client's end. Each has an
 * eventfd of its own, so that it can wait for that and its connection in one poll(), costs nothing while it waits,
 * and is not woken by everything that happens in the world.
 */
struct world_waiter {
  int event; /**< -1 = none could be had: it looks again and again */
  struct world_waiter *next;
};

enum { WORLD_RAW_PORTS = 16 };

struct mock_world {
  char name[64];
  char *url;
  struct mock_server *server;
  unsigned pins; /**< requests that hold a pointer to it; guarded by the server's lock */

  pthread_mutex_t lock;
  pthread_cond_t changed;
  uint64_t changes; /**< so often was `changed` signalled */
  bool closed;
  unsigned at_work;
  struct world_peer *peers; /**< of the requests at work */
  struct world_waiter *waiters;
  uint64_t order;   /**< counts arrivals, ends and events */
  int64_t clock_ms; /**< virtual time since the world was opened */

  struct model_service **services;
  size_t service_count;
  int64_t last_object_id;

  size_t keep; /**< journal entries, batch contexts and upload answers that are remembered, each; 0 = all */
  struct journal journal;
  struct gates gates;
  struct rules rules;
  struct upload_cache cache;
  struct page *pages, *oldest_page; /**< batch contexts given out (W-29), the newest first; the end of that list */
  size_t page_count;
  uint64_t last_page;
  struct expand_rows *expanded; /**< rows by what joins them, for nested downloads (expand.c) */
  struct memo *memo; /**< answers that may be given again (memo.h), or NULL */

  struct tokens tokens; /**< that sync and online requests need (W-7) */
  bool no_cors;      /**< browsers get no headers that let them read an answer */
  struct raw_listener *raw_ports[WORLD_RAW_PORTS]; /**< http/raw.h */
  size_t raw_count;
  int hang_status;   /**< hang() answers with this status instead, 0 = it hangs */
  unsigned linger_ms; /**< real waits of rules take at most so long */
  int edit_document; /**< reference of a Lua function, 0 = none */

  struct script *script;
  struct base_error script_error; /**< of the first rule function that failed */
  char gave_up[256];              /**< R-5: the first request whose client went away unasked */
  int64_t deadline_ms;            /**< of waits in scripts, 0 = none */
  int (*check)(void *context, struct base_error *err);
  void *check_context;
  mock_tell *tell; /**< NULL = nobody watches */
  void *tell_context;
  mock_log *log;
  void *log_context;
  void (*log_entry)(struct mock_world *world, struct journal_entry *entry); /**< NULL = nobody watches; admin/log.c */
};

/** The next number on the scale of `seq` and `ended`. */
uint64_t world_next_order(struct mock_world *world);
void world_add_waiter(struct mock_world *world, struct world_waiter *waiter);
/** Fine for one that was never added (all zero). */
void world_remove_waiter(struct mock_world *world, struct world_waiter *waiter);
/** Something that a request may wait for has happened: gate, barrier, clock, lifted rule, kept answer, the world's end. */
void world_let_go(struct mock_world *world);
void world_forget_peer(struct mock_world *world, const struct world_peer *peer);
void world_clock_advance(struct mock_world *world, int64_t ms);
void world_script_failed(struct mock_world *world, const struct base_error *err);
/** The entry is over: a log has it. */
void world_log(struct mock_world *world, struct journal_entry *entry);
/** An event that whoever watches wants to read at once: `what` ends with ": ". */
void world_tell(struct mock_world *world, const char *what, const char *text);

#endif
