#include "session.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "file.h"
#include "foundrymock/mock.h"
#include "protocol.h"
#include "recording.h"
#include "script.h"
#include "tape.h"
#include "timeline.h"
#include "trace.h"

enum { STOP_PATIENCE_MS = 30 * 1000 };

static int64_t monotonic_ms(void) {
  struct base_clock clock = base_clock_system();
  return clock.monotonic_ms(clock.context);
}

/* ---- the testee ---- */

static uint32_t read_capabilities(const cJSON *hello) {
  uint32_t set = 0;
  const cJSON *word;
  cJSON_ArrayForEach(word, json_find(hello, "capabilities")) {
    int row = capability_find(cJSON_GetStringValue(word));
    if (row >= 0) set |= 1U << row;
  }
  return set;
}

int session_read_hello(const cJSON *hello, struct profile *out, struct base_error *err) {
  struct profile profile = {.capabilities = read_capabilities(hello)};
  if (!profile_api_find(json_find_string(hello, "api"), &profile.api) ||
      !profile_channel_find(json_find_string(hello, "channel"), &profile.channel))
    return base_fail(err, 1, "", "the testee's hello names no known API and channel");
  if (!profile_version_read(json_find_string(hello, "apiVersion"), &profile.version))
    return base_fail(err, 1, "", "the testee's hello has an apiVersion that is no version like \"9.5\"");
  *out = profile;
  return 0;
}

/* What the recorded testee said of itself. */
static int take_recorded_testee(const struct session_config *config, struct session_testee *testee, struct base_error *err) {
  cJSON_Delete(testee->hello);
  testee->hello = cJSON_Duplicate(json_find(recording_head(config->recording), "hello"), true);
  return session_read_hello(testee->hello, &testee->profile, err);
}

/* A verdict is about one port. */
static int expect_profile(const struct session_config *config, const struct profile *profile,
                          struct base_error *err) {
  char difference[160];
  if (!config->profile || profile_same(config->profile, profile, difference)) return 0;
  return base_fail(err, TESTEE_ERR_HELLO, "", "%s", difference);
}

int session_start_testee(const struct session_config *config, struct session_testee *testee,
                         struct base_error *err) {
  if (testee->testee) return 0;
  if (config->plays) return take_recorded_testee(config, testee, err);
  int status = testee_start(&config->testee, &testee->testee, err);
  if (status) return status;
  cJSON_Delete(TAKE(testee->hello));
  status = testee_hello(testee->testee, config->limit_ms, &testee->hello, err);
  if (!status) status = session_read_hello(testee->hello, &testee->profile, err);
  if (!status) status = expect_profile(config, &testee->profile, err);
  char problem[256];
  if (status) session_stop_testee(testee, true, problem);
  return status;
}

bool session_stop_testee(struct session_testee *testee, bool kill, char problem[256]) {
  problem[0] = '\0';
  if (!testee->testee) return true;
  if (kill) testee_kill(testee->testee);
  return testee_stop(TAKE(testee->testee), STOP_PATIENCE_MS, problem);
}

static uint64_t world_now(void *context) {
  struct mock_world *world = context;
  mock_world_lock(world);
  uint64_t now = mock_world_now(world);
  mock_world_unlock(world);
  return now;
}

static void world_wake(void *context) {
  struct mock_world *world = context;
  mock_world_lock(world);
  mock_world_notify(world);
  mock_world_unlock(world);
}

static void listen_to(struct session *session) {
  struct testee_listener listener = {world_now, world_wake, session->world};
  testee_listen(session->testee->testee, &listener);
}

int session_revive(struct session *session, struct base_error *err) {
  char problem[256];
  session_stop_testee(session->testee, true, problem);
  int status = session_start_testee(session->config, session->testee, err);
  if (status) return status;
  listen_to(session);
  session->killed = false;
  return 0;
}

/* ---- for the primitives ---- */

uint64_t session_now(struct session *session) {
  if (tape_plays(session->tape)) return tape_now(session->tape, 0);
  uint64_t now = mock_world_now(session->world);
  return session->tape ? tape_now(session->tape, now) : now;
}

void session_end(struct session *session, enum outcome outcome, const char *reason) {
  if (session->over) return;
  session->over = true;
  result_end(session->result, outcome, reason);
  session_event(session, session_now(session), "** %s: %s", outcome_row(outcome)->word, reason);
  mock_world_notify(session->world);
}

void session_check_testee(struct session *session) {
  char text[256], reason[320];
  if (session->killed) return;
  switch (testee_fault(session->testee->testee, text)) {
  case TESTEE_FINE: return;
  case TESTEE_CRASHED:
    snprintf(reason, sizeof reason, "the testee crashed: %s", text);
    session_end(session, OUTCOME_CRASHED, reason);
    return;
  case TESTEE_KILLED:
  case TESTEE_RUBBISH:
  case TESTEE_FLOOD:
    snprintf(reason, sizeof reason, "the adapter broke the protocol: %s", text);
    session_end(session, OUTCOME_ERROR, reason);
    return;
  }
}

static bool is_stopped(const struct session *session) {
  return session->config->stop && *session->config->stop;
}

/* Looks now and then whether the run is to end: a signal wakes nobody. */
static bool wait_until(struct session *session, int64_t until_ms) {
  enum { LOOK_EVERY_MS = 200 };
  bool happened = false;
  for (int64_t now_ms = monotonic_ms(); !happened && now_ms < until_ms && !is_stopped(session); now_ms = monotonic_ms())
    happened = mock_world_wait(session->world, until_ms - now_ms < LOOK_EVERY_MS ? until_ms : now_ms + LOOK_EVERY_MS);
  return happened;
}

void session_wait(struct session *session, const char *what) {
  int64_t now_ms = monotonic_ms();
  int64_t limit_ms = session->limit_ms;
  int64_t until_ms = now_ms + limit_ms < session->give_up_ms ? now_ms + limit_ms : session->give_up_ms;
  bool happened = wait_until(session, until_ms);
  mock_script_waited(session->world);
  if (is_stopped(session)) {
    session_end(session, OUTCOME_SKIPPED, "the run was stopped during it");
    return;
  }
  if (happened && monotonic_ms() < session->give_up_ms) return;
  char reason[320];
  snprintf(reason, sizeof reason, "nothing happened for %" PRId64 ".%" PRId64 " s while waiting for %s",
           limit_ms / 1000, limit_ms % 1000 / 100, what);
  if (happened)
    snprintf(reason, sizeof reason, "the scenario took more than %" PRId64 " s, waiting for %s",
             SESSION_PATIENCE * limit_ms / 1000, what);
  session_end(session, OUTCOME_HUNG, reason);
}

void session_event(struct session *session, uint64_t at, const char *format, ...) {
  char *text = NULL;
  va_list args;
  va_start(args, format);
  int len = vasprintf(&text, format, args);
  va_end(args);
  if (len < 0) return;
  cJSON *event = cJSON_CreateObject();
  cJSON_AddItemToObject(event, "at", json_create_integer((int64_t)at));
  cJSON_AddStringToObject(event, "text", text);
  cJSON_AddItemToArray(session->calls, event);
  free(text);
}

/* The first look counts: later the rules are gone. */
static void keep_unfired(struct session *session) {
  if (!session->unfired && !tape_plays(session->tape)) session->unfired = mock_world_unfired_rules(session->world);
}

void session_lift(struct session *session) {
  keep_unfired(session);
  mock_world_lift_all(session->world);
}

/* ---- before ---- */

static const char *missing_capability(const struct session *session) {
  const cJSON *need;
  cJSON_ArrayForEach(need, json_find(session->scenario->definition, "needs"))
    if (!capability_claimed(&session->testee->profile, need->valuestring)) return need->valuestring;
  return NULL;
}

static bool lists_or_empty(const struct scenario *scenario, const char *list, const char *word) {
  return cJSON_GetArraySize(json_find(scenario->definition, list)) == 0 || scenario_lists(scenario, list, word);
}

/* Is any requirement that it covers one of this profile? `reason` of the last that is not. */
static bool covers_apply(const struct session *session, char reason[160]) {
  const cJSON *id;
  cJSON_ArrayForEach(id, json_find(session->scenario->definition, "covers")) {
    struct requirement_ref ref;
    if (catalogue_find(session->config->catalogue, id->valuestring, &ref) &&
        judge_applies(ref.requirement, &session->testee->profile, reason))
      return true;
  }
  return false;
}

/* Why it is not run, if so. */
static bool leave_out(struct session *session) {
  const struct profile *profile = &session->testee->profile;
  char reason[256];
  const char *capability = missing_capability(session);
  if (!lists_or_empty(session->scenario, "api", profile_api_name(profile->api)) ||
      !lists_or_empty(session->scenario, "channel", profile_channel_name(profile->channel)))
    snprintf(reason, sizeof reason, "not for the API %s on %s", profile_api_name(profile->api),
             profile_channel_name(profile->channel));
  else if (capability) {
    snprintf(reason, sizeof reason, "the testee does not claim the capability %s", capability);
    result_end(session->result, OUTCOME_UNSUPPORTED, reason);
    return true;
  } else if (covers_apply(session, reason)) return false;
  result_end(session->result, OUTCOME_NOT_APPLICABLE, reason);
  return true;
}

/* ---- after ---- */

/* Close the instance: a running sync is aborted. Without the world's lock. */
static void close_instance(struct session *session) {
  CLEANUP(json_free) cJSON *answer = NULL;
  char text[256];
  if (!session->open || session->killed || testee_fault(session->testee->testee, text) != TESTEE_FINE) return;
  if (session->result->outcome == OUTCOME_HUNG || is_stopped(session)) return;
  enum testee_answer kind =
      testee_call(session->testee->testee, "close", NULL, session->config->limit_ms, &answer);
  session->open = false;
  enum testee_fault fault = testee_fault(session->testee->testee, text);
  if (kind == TESTEE_RESULT && fault == TESTEE_FINE) return;
  if (fault == TESTEE_CRASHED) result_end(session->result, OUTCOME_CRASHED, "the testee crashed in close");
  else if (kind == TESTEE_PENDING && fault == TESTEE_FINE)
    result_end(session->result, OUTCOME_HUNG, "the testee did not answer close");
  else result_end(session->result, OUTCOME_ERROR, "the adapter answered close with an error");
}

static void judge_again(struct session *session, struct base_error *err) {
  session->aftermath = true;
  if (script_judge(session->world, err)) {
    char note[400];
    snprintf(note, sizeof note, "the rules that are always on could not be judged: %.300s", err->text);
    result_note(session->result, note);
  }
  session->aftermath = false;
}

static bool ended_by_testee(const struct session *session) {
  enum outcome outcome = session->result->outcome;
  return session->over && (outcome == OUTCOME_WARNED || outcome == OUTCOME_FAILED || outcome == OUTCOME_HUNG);
}

/* a scenario that was ended by what the testee did was watched all the same. What was seen of it so far is judged,
   over a testee that lives; its own outcome stays what it is. */
static void judge_what_was_seen(struct session *session) {
  char text[256];
  struct base_error err = {0};
  if (session->killed || !ended_by_testee(session)) return;
  if (testee_fault(session->testee->testee, text) != TESTEE_FINE) return;
  if (session->tape) {
    cJSON *line = cJSON_CreateObject();
    cJSON_AddTrueToObject(line, "judge");
    tape_add(session->tape, line);
    tape_start(session->tape);
  }
  judge_again(session, &err);
  if (session->tape) tape_stop(session->tape);
}

/* ---- what only the world and the testee can say ---- */

static void add_text(cJSON *object, const char *name, const char *text) {
  if (text) cJSON_AddStringToObject(object, name, text);
}

/* Asked once, when the script is over; a session that is played reads what was answered. */
static void ask_world(struct session *session) {
  char text[256];
  struct base_error err = {0};
  bool was_over = session->over;
  session_check_testee(session);
  keep_unfired(session);
  session->facts = cJSON_CreateObject();
  cJSON_AddTrueToObject(session->facts, "over");
  if (!was_over && session->over) {
    add_text(session->facts, "outcome", outcome_row(session->result->outcome)->word);
    add_text(session->facts, "reason", session->result->reason);
  }
  if (mock_world_script_error(session->world, &err)) add_text(session->facts, "script_error", err.text);
  if (!session->ever_killed && mock_world_client_gave_up(session->world, text)) add_text(session->facts, "gave_up", text);
  add_text(session->facts, "unfired", cJSON_GetStringValue(cJSON_GetArrayItem(session->unfired, 0)));
  if (session->tape) tape_add(session->tape, cJSON_Duplicate(session->facts, true));
}

/* The script must have asked for all that was recorded, unless a verdict ended it sooner than before. */
static void read_world(struct session *session) {
  struct tape *tape = session->tape;
  bool rest = !session->over && !tape_is_at(tape, "over") && !tape_is_at(tape, "now");
  const cJSON *facts = tape_find(tape, "over");
  if (rest || !facts) session_end(session, OUTCOME_ERROR, "the script ends where the recording goes on");
  session->facts = facts ? cJSON_Duplicate(facts, true) : cJSON_CreateObject();
  const char *outcome = json_find_string(session->facts, "outcome"), *reason = json_find_string(session->facts, "reason");
  if (outcome) session_end(session, outcome_find(outcome), reason ? reason : "");
}

/* a failure that a slow machine may have made. */
static void judge_speed(struct session *session) {
  char reason[320];
  bool red = session->result->outcome == OUTCOME_FAILED || session->result->outcome == OUTCOME_WARNED ||
             result_breaks_rule(session->result);
  const char *text = json_find_string(session->facts, "gave_up");
  if (!red || !text) return;
  snprintf(reason, sizeof reason, "machine too slow: %s", text);
  session->result->outcome = OUTCOME_PASSED;
  result_end(session->result, OUTCOME_INCONCLUSIVE, reason);
}

/* A function of a rule failed: its request was answered 500, and what followed proves nothing. */
static void judge_functions(struct session *session) {
  const char *error = json_find_string(session->facts, "script_error");
  if (error) result_end(session->result, OUTCOME_ERROR, error);
}

/* Once a check or a rule was broken, even one that only warns, what the script cannot do afterwards is the testee's
   doing: the suite is at fault only where the testee did all that it should. */
static bool testee_deviated(struct session *session, const char *consequence) {
  if (cJSON_GetArraySize(session->result->findings) == 0 && !result_breaks_rule(session->result)) return false;
  char note[400];
  snprintf(note, sizeof note, "after that: %.380s", consequence);
  result_note(session->result, note);
  return true;
}

static void script_failed(struct session *session, const char *text) {
  if (testee_deviated(session, text))
    session_end(session, OUTCOME_WARNED, "a check that does not count failed, and the scenario could not go on");
  else session_end(session, OUTCOME_ERROR, text);
}

/* A fault that never fired proves nothing. */
static void judge_rules(struct session *session) {
  const char *rule = json_find_string(session->facts, "unfired");
  if (!rule || session->over) return;
  char reason[320];
  snprintf(reason, sizeof reason, "a rule of the scenario never fired: %.240s", rule);
  if (!testee_deviated(session, reason)) result_end(session->result, OUTCOME_ERROR, reason);
}

static void keep_evidence(struct session *session) {
  if (!outcome_row(session->result->outcome)->bad && !result_breaks_rule(session->result)) return;
  CLEANUP(json_free) cJSON *journal = session->journal ? TAKE(session->journal) : mock_world_journal(session->world, 0);
  cJSON_Delete(session->result->timeline);
  session->result->timeline = timeline_merge(journal, session->calls);
  if (!session->testee->testee) return;
  cJSON_Delete(session->result->log);
  session->result->log = testee_log(session->testee->testee);
}

static bool is_always_on(const struct session *session) {
  const cJSON *id;
  cJSON_ArrayForEach(id, json_find(session->scenario->definition, "covers")) {
    struct requirement_ref ref;
    if (catalogue_find(session->config->catalogue, id->valuestring, &ref) && ref.requirement->always)
      return true;
  }
  return false;
}

/* What passes and checked nothing says nothing of the port, save where a rule that is always on judges what it covers. */
static void demand_checks(struct session *session) {
  const struct result *result = session->result;
  bool says_something =
      result->checks > 0 || cJSON_GetArraySize(result->accepted) > 0 || is_always_on(session);
  if (result->outcome != OUTCOME_PASSED || session->history || says_something) return;
  result_end(session->result, OUTCOME_ERROR, "the scenario checks nothing");
}

static void count_warnings(struct result *result) {
  if (result->outcome == OUTCOME_PASSED && cJSON_GetArraySize(result->findings) > 0)
    result_end(result, OUTCOME_WARNED, "a check that does not count failed");
}

/* A testee that is not as it was started is not used again. */
static void part_from_testee(struct session *session) {
  char text[256], problem[256];
  testee_listen(session->testee->testee, NULL);
  bool broken = testee_fault(session->testee->testee, text) != TESTEE_FINE || session->killed ||
                session->open || session->result->outcome == OUTCOME_HUNG;
  if (broken) session_stop_testee(session->testee, true, problem);
}

static void drain_callbacks(struct session *session) {
  cJSON *callback;
  while ((callback = testee_take_callback(session->testee->testee))) {
    int64_t at = 0;
    CLEANUP(free_text) char *text = json_print(callback);
    json_integer(json_find(callback, "at"), &at);
    session_event(session, (uint64_t)at, "   callback that no one looked at: %s", text ? text : "");
    cJSON_Delete(callback);
  }
}

/* ---- one attempt ---- */

static void run_script(struct session *session) {
  struct base_error err = {0};
  mock_world_lock(session->world);
  int status = script_load(session->world, session->config->suite, session, session->scenario->file, &err);
  if (!status) status = script_run(session->world, session->scenario->place, &err);
  if (status && !session->over) script_failed(session, err.text);
  if (tape_plays(session->tape)) read_world(session);
  else ask_world(session);
  judge_functions(session);
  judge_rules(session);
  demand_checks(session);
  count_warnings(session->result);
  judge_speed(session);
  if (session->over) session_lift(session);
  if (session->tape) tape_stop(session->tape);
  mock_world_unlock(session->world);
}

/* ---- recording and playing ---- */

/* Close the instance; whatever comes of it is a line. */
static void close_recorded(struct session *session) {
  enum outcome before = session->result->outcome;
  close_instance(session);
  if (!session->tape || session->result->outcome == before) return;
  cJSON *line = cJSON_CreateObject();
  cJSON_AddStringToObject(line, "close", outcome_row(session->result->outcome)->word);
  cJSON_AddStringToObject(line, "reason", session->result->reason);
  tape_add(session->tape, line);
}

static struct recording_session recorded_session(const struct session *session) {
  const struct history *history = session->history;
  return (struct recording_session){session->scenario->name, history ? history->number : 0, history ? history->tries : 0};
}

/* The last line of the session: what came afterwards, and the evidence. */
static void record_end(struct session *session, int events) {
  cJSON *line = cJSON_CreateObject(), *list = cJSON_CreateArray();
  cJSON_AddTrueToObject(line, "end");
  for (int i = events; i < cJSON_GetArraySize(session->calls); i++)
    cJSON_AddItemToArray(list, cJSON_Duplicate(cJSON_GetArrayItem(session->calls, i), true));
  cJSON_AddItemToObject(line, "events", list);
  cJSON_AddItemToObject(line, "journal", mock_world_journal(session->world, 0));
  if (session->testee->testee) cJSON_AddItemToObject(line, "log", testee_log(session->testee->testee));
  tape_add(session->tape, line);
  recording_add(session->config->recording, recorded_session(session), tape_lines(session->tape));
}

static void play_log(struct session *session, const cJSON *line) {
  const cJSON *log = json_find(line, "log");
  if (!log || (!outcome_row(session->result->outcome)->bad && !result_breaks_rule(session->result))) return;
  cJSON_Delete(session->result->log);
  session->result->log = cJSON_Duplicate(log, true);
}

/* What followed the script, from the tape. */
static void play_rest(struct session *session) {
  struct base_error err = {0};
  if (tape_is_at(session->tape, "close")) {
    const cJSON *line = tape_find(session->tape, "close");
    const char *reason = json_find_string(line, "reason");
    result_end(session->result, outcome_find(line->child->valuestring), reason ? reason : "");
  }
  if (tape_is_at(session->tape, "judge") && ended_by_testee(session)) {
    tape_find(session->tape, "judge");
    judge_again(session, &err);
  }
  const cJSON *line = tape_find(session->tape, "end");
  tape_take_events(session, line);
  session->journal = cJSON_Duplicate(json_find(line, "journal"), true);
  keep_evidence(session);
  play_log(session, line);
}

static void run_played(struct session *session) {
  cJSON *lines = recording_take(session->config->recording, recorded_session(session));
  if (!lines) {
    result_end(session->result, OUTCOME_SKIPPED, "the recorded run has no such session: its verdicts took another way");
    return;
  }
  session->tape = tape_new(lines);
  if (!session->tape) {
    cJSON_Delete(lines);
    result_end(session->result, OUTCOME_ERROR, "out of memory");
    return;
  }
  run_script(session);
  mock_world_lock(session->world);
  play_rest(session);
  mock_world_unlock(session->world);
}

static void run_in_world(struct session *session) {
  testee_begin(session->testee->testee);
  listen_to(session);
  run_script(session);
  int events = cJSON_GetArraySize(session->calls);
  if (session->testee->testee) {
    close_recorded(session);
    mock_world_lock(session->world);
    judge_what_was_seen(session);
    events = cJSON_GetArraySize(session->calls);
    drain_callbacks(session);
    keep_evidence(session);
    mock_world_unlock(session->world);
  }
  if (session->tape) {
    mock_world_lock(session->world);
    record_end(session, events);
    mock_world_unlock(session->world);
  }
  if (session->testee->testee) part_from_testee(session);
  mock_world_close(session->world);
}

static void free_session(struct session *session) {
  if (session->world) mock_world_free(session->world);
  if (session->folder && !session->config->keep) file_remove_folder(session->folder);
  free(session->folder);
  cJSON_Delete(session->calls);
  cJSON_Delete(session->unfired);
  cJSON_Delete(session->facts);
  cJSON_Delete(session->journal);
  tape_free(session->tape);
}

static int open_world(struct session *session, unsigned number, unsigned attempt, struct base_error *err) {
  char name[80];
  if (session->history)
    snprintf(name, sizeof name, "s%u-h%u-%u", number, session->history->number, ++session->history->tries);
  else snprintf(name, sizeof name, "s%u-%u", number, attempt);
  session->folder = file_join(session->config->storage, name);
  if (!session->folder) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  return mock_world_open(session->config->server, name, &session->world, err);
}

/* A port whose own network time-out is long takes that long to notice a server that does not answer. */
static int64_t long_timeout_ms(const cJSON *hello) {
  enum { SHORT_MS = 5000 };
  int64_t fixed = 0, least = 0;
  const cJSON *limits = json_find(hello, "limits");
  json_integer(json_find(limits, "fixedNetworkTimeoutMs"), &fixed);
  json_integer(json_find(limits, "minNetworkTimeoutMs"), &least);
  int64_t longest = fixed > least ? fixed : least;
  return longest > SHORT_MS ? longest : 0;
}

static void run_attempt(const struct session_config *config, const struct scenario *scenario,
                        struct session_testee *testee, unsigned number, unsigned attempt,
                        struct history *history, struct result *result) {
  CLEANUP(free_session) struct session session = {.config = config,
                                                  .scenario = scenario,
                                                  .testee = testee,
                                                  .result = result,
                                                  .history = history,
                                                  .calls = cJSON_CreateArray(),
                                                  .thread = pthread_self()};
  struct base_error err = {0};
  if (session_start_testee(config, testee, &err)) {
    result_end(result, OUTCOME_ERROR, err.text);
    return;
  }
  session.limit_ms = config->limit_ms + long_timeout_ms(testee->hello);
  session.give_up_ms = monotonic_ms() + SESSION_PATIENCE * session.limit_ms;
  if (leave_out(&session)) return;
  trace_line(config->testee.trace, 0, TRACE_SCENARIO, scenario->name, strlen(scenario->name));
  if (config->recording && !config->plays) session.tape = tape_new(NULL);
  if (open_world(&session, number, attempt, &err)) result_end(result, OUTCOME_ERROR, err.text);
  else if (config->plays) run_played(&session);
  else run_in_world(&session);
}

void session_run(const struct session_config *config, const struct scenario *scenario,
                 struct session_testee *testee, unsigned number, struct history *history, struct result *out) {
  int64_t start_ms = monotonic_ms();
  result_init(out);
  if (scenario->error) result_end(out, OUTCOME_ERROR, scenario->error);
  for (unsigned attempt = 1; !scenario->error && attempt <= SESSION_ATTEMPTS; attempt++) {
    result_done(out);
    result_init(out);
    run_attempt(config, scenario, testee, number, attempt, history, out);
    out->attempts = attempt;
    if (out->outcome != OUTCOME_INCONCLUSIVE) break;
  }
  out->duration_ms = monotonic_ms() - start_ms;
}
