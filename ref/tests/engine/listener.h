/**
 * Who is called back by a sync or a setup: counts the ends, keeps the last payload and the progress.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include "vmxsync/vmxsync.h"

struct listener {
  int successes, failures, events;
  int events_after_end;
  char *last;     /* payload of the last end */
  char *progress; /* "Sync Started,Upload Started,..." */
  bool record;    /* keep the payloads of the events too */
  char *payloads; /* "[{..},{..}", without the bracket at its end; NULL: none */
};

struct vmx_callbacks listener_callbacks(struct listener *listener);

/** Release what it holds; it is new again, `record` included. */
void listener_reset(struct listener *listener);

/** It was told exactly one end: 0 = success, otherwise the code of the failure. */
int listener_code(const struct listener *listener);

/** The code that the last end, a failure, had. */
int listener_last_code(const struct listener *listener);

/** The payloads of all events as a JSON array, the caller's. */
char *listener_events(const struct listener *listener);

/** The recorded events keep to the order that PRG-02, PRG-06 and API-15 demand. */
void listener_check_progress(const struct listener *listener);

#endif
