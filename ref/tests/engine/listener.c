#include "listener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"

static cJSON *parse(const char *text) {
  cJSON *tree = NULL;
  assert_int_equal(json_parse(text, strlen(text), JSON_REPEATED_REFUSED, &tree, NULL), 0);
  return tree;
}

static void keep_end(struct listener *listener, const char *payload) {
  free(listener->last);
  listener->last = strdup(payload);
}

static void on_success(void *user, const char *payload) {
  struct listener *listener = user;
  listener->successes++;
  keep_end(listener, payload);
}

static void on_failure(void *user, const char *payload) {
  struct listener *listener = user;
  listener->failures++;
  keep_end(listener, payload);
}

/* *list, a text, gets `more` behind `separator`, or behind `first` when it is the first. */
static void extend(char **list, const char *first, const char *separator, const char *more) {
  char *longer = NULL;
  assert_true(asprintf(&longer, "%s%s%s", *list ? *list : "", *list ? separator : first, more) > 0);
  free(*list);
  *list = longer;
}

static void on_progress(void *user, const char *payload) {
  struct listener *listener = user;
  CLEANUP(json_free) cJSON *event = parse(payload);
  char name[64];
  snprintf(name, sizeof name, "%s %s", json_find_string(event, "phase"),
           json_find_string(event, "state"));
  extend(&listener->progress, "", ",", name);
  if (listener->record) extend(&listener->payloads, "[", ",", payload);
  listener->events++;
  if (listener->successes + listener->failures > 0) listener->events_after_end++;
}

struct vmx_callbacks listener_callbacks(struct listener *listener) {
  return (struct vmx_callbacks){on_success, on_failure, on_progress, listener};
}

void listener_reset(struct listener *listener) {
  free(listener->last);
  free(listener->progress);
  free(listener->payloads);
  *listener = (struct listener){.record = listener->record};
}

int listener_last_code(const struct listener *listener) {
  CLEANUP(json_free) cJSON *payload = parse(listener->last);
  int64_t code = 0;
  assert_true(json_integer(json_find(payload, "code"), &code)); /* CBK-04 */
  assert_int_not_equal(code, 0);
  return (int)code;
}

int listener_code(const struct listener *listener) {
  assert_int_equal(listener->successes + listener->failures, 1); /* API-03 */
  assert_int_equal(listener->events_after_end, 0);               /* API-15 */
  return listener->successes ? 0 : listener_last_code(listener);
}

char *listener_events(const struct listener *listener) {
  char *events = NULL;
  assert_true(asprintf(&events, "%s]", listener->payloads ? listener->payloads : "[") > 0);
  return events;
}

/* -- the order of events ---------------------------------------------------------------------------- */

/* What was told under one name. */
struct track {
  const char *name;
  const char *open; /* "Upload" or "Download" while such a block is open */
  bool started, ended, downloads;
};

static const char *name_of(const cJSON *event) {
  const char *service = json_find_string(event, "objectServiceName");
  const char *name = service ? service : json_find_string(event, "name");
  if (!name) fail_msg("PRG-01: an event without a name");
  return name;
}

static void follow_sync(struct track *track, const char *state) {
  if (strcmp(state, "Started") == 0) {
    assert_false(track->started);
    track->started = true;
    return;
  }
  assert_string_equal(state, "Ended");
  assert_null(track->open); /* PRG-06: whatever began has ended */
  track->ended = true;
}

static void follow_block(struct track *track, const char *phase, const char *state) {
  bool download = strcmp(phase, "Download") == 0;
  if (!download) assert_string_equal(phase, "Upload");
  if (strcmp(state, "Started") == 0) {
    assert_null(track->open); /* blocks do not overlap */
    if (!download) assert_false(track->downloads); /* uploads before downloads */
    track->downloads = track->downloads || download;
    track->open = download ? "Download" : "Upload";
    return;
  }
  assert_non_null(track->open); /* PRG-06: never without Started */
  assert_string_equal(track->open, phase);
  if (strcmp(state, "Ended") == 0) track->open = NULL;
  else assert_string_equal(state, "InProgress");
}

static void follow(struct track *track, const cJSON *event) {
  const char *phase = json_find_string(event, "phase"), *state = json_find_string(event, "state");
  assert_non_null(phase);
  assert_non_null(state);
  assert_false(track->ended); /* one Sync Ended, after all others */
  if (strcmp(phase, "Sync") == 0) {
    follow_sync(track, state);
    return;
  }
  assert_true(track->started); /* one Sync Started, before all others */
  follow_block(track, phase, state);
}

void listener_check_progress(const struct listener *listener) {
  enum { NAMES_MAX = 8 };
  struct track tracks[NAMES_MAX] = {{0}};
  CLEANUP(free_text) char *text = listener_events(listener);
  CLEANUP(json_free) cJSON *events = parse(text);
  for (const cJSON *event = events->child; event; event = event->next) {
    const char *name = name_of(event);
    size_t i = 0;
    while (i < NAMES_MAX - 1 && tracks[i].name && strcmp(tracks[i].name, name) != 0) i++;
    tracks[i].name = name;
    follow(&tracks[i], event);
  }
  for (size_t i = 0; i < NAMES_MAX && tracks[i].name; i++)
    assert_true(tracks[i].ended); /* what was told as started is told as ended */
}
