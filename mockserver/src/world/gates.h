/**
 * What requests wait for: named gates, and barriers over several services (SEQ-03).
 *
 * Always true: an open gate never closes; a barrier is waiting, then released or broken for ever.
 */
#ifndef MOCK_WORLD_GATES_H
#define MOCK_WORLD_GATES_H

#include <stdbool.h>
#include <stddef.h>

#include "world/journal.h"

struct gate {
  char *name;
  bool open;
  unsigned held;    /**< requests that wait for it now */
  unsigned reached; /**< requests that it held so far */
};

enum { BARRIER_SERVICES = 16 };

struct barrier {
  struct model_service *services[BARRIER_SERVICES];
  bool asked[BARRIER_SERVICES];
  size_t count;
  int kind; /**< of enum request_kind, or -1 for uploads and downloads */
  enum { BARRIER_WAITING, BARRIER_RELEASED, BARRIER_BROKEN } state;
};

struct gates {
  struct gate **gates;
  size_t gate_count;
  struct barrier **barriers;
  size_t barrier_count;
  unsigned held; /**< requests in any gate or barrier */
};

/** The gate of that name, made when it is not there; NULL without memory. */
struct gate *gates_get(struct gates *gates, const char *name);
void gates_open(struct mock_world *world, const char *name);
struct barrier *gates_add_barrier(struct gates *gates, struct model_service *const *services, size_t count,
                                  int kind);
/** The waiting barrier that this request has to pass, or NULL. Its service has asked now. */
struct barrier *gates_find_barrier(struct mock_world *world, const struct journal_entry *entry);
void gates_break(struct mock_world *world, struct barrier *barrier);
/** Open every gate and break every barrier that still waits. */
void gates_lift(struct mock_world *world);
void gates_done(struct gates *gates);

#endif
