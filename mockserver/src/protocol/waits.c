/* What a request waits for: gates, the virtual clock, other services, its client's patience. */
#include "base/clock.h"
#include "protocol/serving.h"

enum { LOOK_EVERY_MS = 10, WAIT_AT_MOST_MS = 1000 };

static int64_t now_ms(void) {
  struct base_clock clock = base_clock_system();
  return clock.monotonic_ms(clock.context);
}

bool wait_client(struct serving *s) {
  if (s->entry->ended == 0 && http_peer_gone(s->peer)) {
    s->entry->ended = world_next_order(s->world);
    s->entry->end = END_GONE;
    journal_touch(s->world, s->entry);
    mock_world_notify(s->world);
  }
  return s->entry->ended == 0;
}

/* A client that is there wakes us by its end, one that sends no more is looked for, one that is gone is left alone. */
void wait_step(struct serving *s) {
  bool there = wait_client(s);
  if (!s->waits) world_add_waiter(s->world, &s->waiter);
  s->waits = true;
  bool looks = s->waiter.event < 0 || (there && s->peer->half_closed);
  mock_world_unlock(s->world);
  http_peer_wait(s->peer, s->waiter.event, looks ? LOOK_EVERY_MS : WAIT_AT_MOST_MS);
  mock_world_lock(s->world);
}

static void hang(struct serving *s, const struct rule *rule) {
  if (s->world->hang_status) { /* a client whose own time-out is too long gets it from a gateway */
    answer_error(&s->answer, s->world->hang_status, 0, "no answer in time");
    s->finished = true;
    return;
  }
  while (!s->world->closed && !rule->lifted && wait_client(s)) wait_step(s);
  serving_drop(s);
}

static void hold(struct serving *s, const char *name) {
  struct gate *gate = gates_get(&s->world->gates, name);
  if (!gate) return;
  gate->held++;
  gate->reached++;
  s->world->gates.held++;
  mock_world_notify(s->world);
  while (!gate->open && !s->world->closed) wait_step(s);
  gate->held--;
  s->world->gates.held--;
  mock_world_notify(s->world);
  if (s->world->closed) serving_drop(s);
}

/* Until the virtual clock has moved on so far; a script moves it. */
static void delay(struct serving *s, const struct rule *rule, int64_t ms) {
  int64_t until = s->world->clock_ms + ms;
  s->world->gates.held++;
  mock_world_notify(s->world);
  while (s->world->clock_ms < until && !s->world->closed && !rule->lifted) wait_step(s);
  s->world->gates.held--;
  mock_world_notify(s->world);
  if (s->world->closed) serving_drop(s);
}

static void linger(struct serving *s, int64_t ms) {
  int64_t until = now_ms() + ms;
  while (!s->world->closed && now_ms() < until) mock_world_wait(s->world, until);
}

void wait_action(struct serving *s, const struct rule *rule, const struct rule_action *action) {
  switch (action->kind) {
  case ACTION_HANG: hang(s, rule); break;
  case ACTION_HOLD: hold(s, action->text); break;
  case ACTION_DELAY: delay(s, rule, action->number); break;
  default: linger(s, action->number);
  }
}

/* SEQ-03: released when each service has asked; broken when a client that waits in it goes away. */
void wait_barrier(struct serving *s) {
  struct barrier *barrier = gates_find_barrier(s->world, s->entry);
  if (!barrier) return;
  s->entry->excused = true;
  s->world->gates.held++;
  while (barrier->state == BARRIER_WAITING && !s->world->closed) {
    if (wait_client(s)) wait_step(s);
    else gates_break(s->world, barrier);
  }
  s->world->gates.held--;
  mock_world_notify(s->world);
  if (s->world->closed) serving_drop(s);
}
