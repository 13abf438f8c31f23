#include "world/gates.h"

#include <stdlib.h>
#include <string.h>

#include "world/world.h"

static struct gate *find_gate(struct gates *gates, const char *name) {
  for (size_t i = 0; i < gates->gate_count; i++)
    if (strcmp(gates->gates[i]->name, name) == 0) return gates->gates[i];
  return NULL;
}

struct gate *gates_get(struct gates *gates, const char *name) {
  struct gate *gate = find_gate(gates, name);
  if (gate) return gate;
  struct gate **list = realloc(gates->gates, (gates->gate_count + 1) * sizeof(struct gate *));
  if (list) gates->gates = list;
  gate = calloc(1, sizeof *gate);
  if (!list || !gate || !(gate->name = strdup(name))) {
    free(gate);
    return NULL;
  }
  return gates->gates[gates->gate_count++] = gate;
}

void gates_open(struct mock_world *world, const char *name) {
  struct gate *gate = gates_get(&world->gates, name);
  if (!gate || gate->open) return;
  gate->open = true;
  journal_event(world, "gate %s opened", name);
  world_let_go(world);
}

struct barrier *gates_add_barrier(struct gates *gates, struct model_service *const *services, size_t count,
                                  int kind) {
  struct barrier **list = realloc(gates->barriers, (gates->barrier_count + 1) * sizeof(struct barrier *));
  if (list) gates->barriers = list;
  struct barrier *barrier = calloc(1, sizeof *barrier);
  if (!list || !barrier) {
    free(barrier);
    return NULL;
  }
  barrier->count = count;
  barrier->kind = kind;
  for (size_t i = 0; i < count; i++) barrier->services[i] = services[i];
  return gates->barriers[gates->barrier_count++] = barrier;
}

static bool has_asked(struct barrier *barrier, const struct model_service *service) {
  for (size_t i = 0; i < barrier->count; i++) {
    if (barrier->services[i] != service) continue;
    barrier->asked[i] = true;
    return true;
  }
  return false;
}

static bool all_asked(const struct barrier *barrier) {
  for (size_t i = 0; i < barrier->count; i++)
    if (!barrier->asked[i]) return false;
  return true;
}

static bool is_concerned(const struct barrier *barrier, const struct journal_entry *entry) {
  if (barrier->state != BARRIER_WAITING) return false;
  if (entry->kind != KIND_UPLOAD && entry->kind != KIND_DOWNLOAD) return false;
  return barrier->kind < 0 || (int)entry->kind == barrier->kind;
}

struct barrier *gates_find_barrier(struct mock_world *world, const struct journal_entry *entry) {
  for (size_t i = 0; i < world->gates.barrier_count; i++) {
    struct barrier *barrier = world->gates.barriers[i];
    if (!is_concerned(barrier, entry) || !has_asked(barrier, entry->service)) continue;
    if (!all_asked(barrier)) return barrier;
    barrier->state = BARRIER_RELEASED;
    journal_event(world, "barrier released");
    world_let_go(world);
  }
  return NULL;
}

void gates_break(struct mock_world *world, struct barrier *barrier) {
  if (barrier->state != BARRIER_WAITING) return;
  barrier->state = BARRIER_BROKEN;
  journal_event(world, "barrier broken");
  world_let_go(world);
}

void gates_lift(struct mock_world *world) {
  for (size_t i = 0; i < world->gates.gate_count; i++) world->gates.gates[i]->open = true;
  for (size_t i = 0; i < world->gates.barrier_count; i++) gates_break(world, world->gates.barriers[i]);
  world_let_go(world);
}

void gates_done(struct gates *gates) {
  for (size_t i = 0; i < gates->gate_count; i++) {
    free(gates->gates[i]->name);
    free(gates->gates[i]);
  }
  for (size_t i = 0; i < gates->barrier_count; i++) free(gates->barriers[i]);
  free(gates->gates);
  free(gates->barriers);
}
