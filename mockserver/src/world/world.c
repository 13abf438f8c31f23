#include "world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <time.h>

#include "base/clock.h"
#include "http/http.h"
#include "http/raw.h"
#include "protocol/expand.h"
#include "script/script.h"
#include "world/memo.h"
#include "world/pages.h"

static bool is_name(const char *name) {
  static const char LETTERS[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-";
  size_t len = strlen(name);
  return len >= 1 && len <= 60 && strspn(name, LETTERS) == len;
}

static void init_monitor(struct mock_world *world) {
  pthread_mutexattr_t adaptive;
  pthread_condattr_t monotonic;
  pthread_mutexattr_init(&adaptive);
  pthread_mutexattr_settype(&adaptive, PTHREAD_MUTEX_ADAPTIVE_NP); /* most waits are shorter than going to sleep */
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&world->lock, &adaptive);
  pthread_mutexattr_destroy(&adaptive);
  pthread_cond_init(&world->changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
}

static void release(struct mock_world *world) {
  script_close(world);
  rules_done(&world->rules);
  gates_done(&world->gates);
  upload_cache_done(&world->cache);
  pages_done(world);
  expand_forget(world);
  memo_done(world);
  journal_done(&world->journal);
  for (size_t i = 0; i < world->service_count; i++) model_free_service(world->services[i]);
  free(world->services);
  tokens_done(&world->tokens);
  free(world->url);
  pthread_cond_destroy(&world->changed);
  pthread_mutex_destroy(&world->lock);
  free(world);
}

static char *make_url(const struct mock_server *server, const char *name) {
  struct base_buf url = BASE_BUF_INIT;
  base_buf_printf(&url, "%s/w/%s", mock_server_url(server), name);
  return base_buf_steal(&url);
}

/* Everything but its place in the server. */
static int open_world(struct mock_server *server, const char *name, struct mock_world **out, struct base_error *err) {
  struct mock_world *world = calloc(1, sizeof *world);
  if (!world) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  init_monitor(world);
  snprintf(world->name, sizeof world->name, "%s", name);
  world->server = server;
  world->linger_ms = MOCK_LINGER_MS;
  world->rules.repetitions = MOCK_REPETITIONS;
  world->url = make_url(server, name);
  int status = world->url ? 0 : base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  if (status == 0) status = script_open(world, err);
  if (status != 0) release(world);
  else *out = world;
  return status;
}

int mock_world_open(struct mock_server *server, const char *name, struct mock_world **out,
                    struct base_error *err) {
  struct mock_world *world;
  if (!is_name(name))
    return base_fail(err, MOCK_ERR_NAME, "", "world name \"%.80s\": it is made of 1 to 60 of 0-9 A-Z a-z _ -", name);
  int status = open_world(server, name, &world, err);
  if (status == 0 && (status = http_add_world(server, world, err)) != 0) release(world);
  if (status == 0) *out = world;
  return status;
}

int mock_world_open_next(struct mock_world *world, struct mock_world **out, struct base_error *err) {
  int status = open_world(world->server, world->name, out, err);
  if (status == 0) mock_world_set_keep(*out, world->keep);
  return status;
}

/* Who comes meanwhile waits for the lock of `next`, so that its journal begins with the old one. */
void mock_world_take_over(struct mock_world *next, struct mock_world *old) {
  mock_world_lock(next);
  http_replace_world(old->server, old, next);
  mock_world_close(old);
  journal_inherit(next, old);
  journal_event(next, "the script was run anew");
  mock_world_notify(next);
  mock_world_unlock(next);
  mock_world_free(old);
}

void world_forget_peer(struct mock_world *world, const struct world_peer *peer) {
  struct world_peer **at = &world->peers;
  while (*at && *at != peer) at = &(*at)->next;
  if (*at) *at = peer->next;
}

void world_add_waiter(struct mock_world *world, struct world_waiter *waiter) {
  waiter->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  waiter->next = world->waiters;
  world->waiters = waiter;
}

void world_remove_waiter(struct mock_world *world, struct world_waiter *waiter) {
  struct world_waiter **at = &world->waiters;
  while (*at && *at != waiter) at = &(*at)->next;
  if (!*at) return;
  *at = waiter->next;
  if (waiter->event >= 0) close(waiter->event);
}

void world_let_go(struct mock_world *world) {
  for (struct world_waiter *waiter = world->waiters; waiter; waiter = waiter->next)
    if (waiter->event >= 0) eventfd_write(waiter->event, 1);
  mock_world_notify(world);
}

/* Answers under way get a moment to leave; a client that does not read loses its connection. */
static void wait_for_requests(struct mock_world *world) {
  enum { GRACE_MS = 100 };
  struct base_clock clock = base_clock_system();
  int64_t until = clock.monotonic_ms(clock.context) + GRACE_MS;
  while (world->at_work > 0) {
    if (mock_world_wait(world, until)) continue;
    for (struct world_peer *at = world->peers; at; at = at->next) http_peer_close(at->peer);
    until = clock.monotonic_ms(clock.context) + GRACE_MS;
  }
}

void mock_world_close(struct mock_world *world) {
  mock_world_lock(world);
  if (!world->closed) {
    world->closed = true;
    journal_event(world, "world closed");
  }
  world_let_go(world);
  wait_for_requests(world);
  mock_world_unlock(world);
}

void mock_world_free(struct mock_world *world) {
  if (!world) return;
  mock_world_close(world);
  if (world->server) http_remove_world(world->server, world);
  for (size_t i = 0; i < world->raw_count; i++) raw_close(world->raw_ports[i]);
  release(world);
}

const char *mock_world_url(const struct mock_world *world) {
  return world->url;
}

void mock_world_set_keep(struct mock_world *world, size_t count) {
  mock_world_lock(world);
  world->keep = world->cache.keep = count;
  mock_world_unlock(world);
}

void mock_world_set_linger(struct mock_world *world, unsigned limit_ms) {
  mock_world_lock(world);
  world->linger_ms = limit_ms;
  mock_world_unlock(world);
}

void mock_world_set_repetitions(struct mock_world *world, unsigned count) {
  mock_world_lock(world);
  world->rules.repetitions = count;
  mock_world_unlock(world);
}

/* ---- the monitor ---- */

void mock_world_lock(struct mock_world *world) {
  pthread_mutex_lock(&world->lock);
}

void mock_world_unlock(struct mock_world *world) {
  pthread_mutex_unlock(&world->lock);
}

/* Whoever signals between the end of the time and our taking of the lock is not missed. */
bool mock_world_wait(struct mock_world *world, int64_t until_ms) {
  uint64_t before = world->changes;
  struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = (long)(until_ms % 1000) * 1000000};
  return pthread_cond_timedwait(&world->changed, &world->lock, &until) == 0 || world->changes != before;
}

void mock_world_notify(struct mock_world *world) {
  world->changes++;
  pthread_cond_broadcast(&world->changed);
}

uint64_t world_next_order(struct mock_world *world) {
  return ++world->order;
}

uint64_t mock_world_now(struct mock_world *world) {
  return world_next_order(world);
}

void world_clock_advance(struct mock_world *world, int64_t ms) {
  world->clock_ms += ms;
  journal_event(world, "clock advanced by %lld ms", (long long)ms);
  world_let_go(world);
}

/* ---- what a runner asks ---- */

void world_tell(struct mock_world *world, const char *what, const char *text) {
  journal_event(world, "%s%s", what, text);
  if (world->tell) world->tell(world->tell_context, what, text);
}

void mock_world_set_tell(struct mock_world *world, mock_tell *tell, void *context) {
  world->tell = tell;
  world->tell_context = context;
}

void world_log(struct mock_world *world, struct journal_entry *entry) {
  if (world->log_entry) world->log_entry(world, entry);
}

void world_script_failed(struct mock_world *world, const struct base_error *err) {
  if (world->script_error.code == 0) world->script_error = *err;
  world_tell(world, "a rule's function failed: ", err->text);
}

bool mock_world_script_error(struct mock_world *world, struct base_error *err) {
  if (world->script_error.code == 0) return false;
  *err = world->script_error;
  return true;
}

void mock_world_set_deadline(struct mock_world *world, int64_t monotonic_ms,
                             int (*check)(void *context, struct base_error *err), void *context) {
  world->deadline_ms = monotonic_ms;
  world->check = check;
  world->check_context = context;
}

bool mock_world_client_gave_up(struct mock_world *world, char text[256]) {
  if (!world->gave_up[0]) return false;
  if (text) snprintf(text, 256, "%s", world->gave_up);
  return true;
}

/* Requests that were held do their work before anything that comes after the lifting. */
void mock_world_lift_all(struct mock_world *world) {
  rules_lift(&world->rules);
  tokens_refuse(&world->tokens, 0);
  gates_lift(world);
  journal_event(world, "everything lifted");
  world_let_go(world);
  while (world->gates.held > 0 && !world->closed) pthread_cond_wait(&world->changed, &world->lock);
}
