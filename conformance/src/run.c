#include "run.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "property.h"

struct run {
  const struct run_config *config;
  struct result *results;
  size_t *order;    /* indices of scenarios, the long ones first */
  unsigned *rounds; /* finished ones, for each scenario */
  pthread_mutex_t mutex;
  size_t next; /* job: round * count + place in order */
  size_t told; /* scenarios whose end was told */
  bool failed; /* some round of some scenario was not good */
  char problem[256];
};

struct worker {
  struct run *run;
  struct session_testee testee;
  pthread_t thread;
  bool started;
};

static size_t job_count(const struct run *run) { return run->config->count * run->config->repeat; }

static bool take_job(struct run *run, size_t *job) {
  pthread_mutex_lock(&run->mutex);
  bool stopped = (run->config->stop && *run->config->stop) || (run->failed && run->config->until_fail);
  bool found = !stopped && run->next < job_count(run);
  if (found) *job = run->next++;
  pthread_mutex_unlock(&run->mutex);
  return found;
}

/* Tell the ends that are due, in order. */
static void tell(struct run *run) {
  const struct run_config *config = run->config;
  while (run->told < config->count && run->rounds[run->told] == config->repeat) {
    config->done(config->context, run->told, &run->results[run->told]);
    run->told++;
  }
}

static void put_result(struct run *run, size_t i, struct result *result) {
  pthread_mutex_lock(&run->mutex);
  const struct outcome_row *row = outcome_row(result->outcome);
  result->bad = row->exit_code != 0 || row->bad;
  run->failed = run->failed || result->bad;
  if (run->rounds[i]++ == 0) run->results[i] = *result;
  else result_merge(&run->results[i], result);
  tell(run);
  pthread_mutex_unlock(&run->mutex);
}

static void keep_problem(struct run *run, const char *problem) {
  pthread_mutex_lock(&run->mutex);
  if (!run->problem[0]) snprintf(run->problem, sizeof run->problem, "%s", problem);
  pthread_mutex_unlock(&run->mutex);
}

static void run_scenario(const struct session_config *config, const struct scenario *scenario,
                         struct session_testee *testee, unsigned number, struct result *out) {
  if (property_is(scenario) && !scenario->error) property_run(config, scenario, testee, number, out);
  else session_run(config, scenario, testee, number, NULL, out);
}

static void *work(void *context) {
  struct worker *worker = context;
  struct run *run = worker->run;
  size_t job;
  char problem[256];
  while (take_job(run, &job)) {
    struct result result;
    size_t i = run->order[job % run->config->count];
    run_scenario(&run->config->session, run->config->scenarios[i], &worker->testee, (unsigned)job + 1, &result);
    put_result(run, i, &result);
  }
  if (!session_stop_testee(&worker->testee, false, problem)) keep_problem(run, problem);
  cJSON_Delete(worker->testee.hello);
  return NULL;
}

/* Fisher and Yates, over the numbers of splitmix64. */
static void shuffle(size_t *order, size_t count, uint64_t seed) {
  for (size_t left = count; left > 1; left--) {
    uint64_t random = seed += 0x9E3779B97F4A7C15u;
    random = (random ^ random >> 30) * 0xBF58476D1CE4E5B9u;
    random = (random ^ random >> 27) * 0x94D049BB133111EBu;
    size_t other = (random ^ random >> 31) % left, kept = order[left - 1];
    order[left - 1] = order[other];
    order[other] = kept;
  }
}

static void make_order(struct run *run) {
  size_t at = 0;
  for (int wanted = 1; wanted >= 0; wanted--)
    for (size_t i = 0; i < run->config->count; i++)
      if (scenario_lists(run->config->scenarios[i], "tags", "hang") == (wanted == 1)) run->order[at++] = i;
  if (run->config->shuffle) shuffle(run->order, run->config->count, run->config->session.seed);
}

/* A run that was stopped leaves scenarios behind. */
static void fill_rest(struct run *run) {
  for (size_t i = 0; i < run->config->count; i++) {
    if (run->rounds[i] == 0) {
      result_init(&run->results[i]);
      result_end(&run->results[i], OUTCOME_SKIPPED, run->failed && run->config->until_fail
                                                        ? "a round was not good before it"
                                                        : "the run was stopped before it");
    }
    run->rounds[i] = run->config->repeat;
  }
  tell(run);
}

static void work_together(struct run *run, struct worker *workers, unsigned count) {
  for (unsigned i = 1; i < count; i++) {
    workers[i].run = run;
    workers[i].started = pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0;
  }
  work(&workers[0]);
  for (unsigned i = 1; i < count; i++)
    if (workers[i].started) pthread_join(workers[i].thread, NULL);
}

void run_all(const struct run_config *config, struct session_testee *first, struct result *results,
             char problem[256]) {
  struct run run = {.config = config, .results = results};
  size_t jobs = job_count(&run);
  unsigned count = config->threads < jobs ? config->threads : jobs ? (unsigned)jobs : 1;
  struct worker *workers = calloc(count, sizeof *workers);
  run.order = calloc(config->count + 1, sizeof *run.order);
  run.rounds = calloc(config->count + 1, sizeof *run.rounds);
  pthread_mutex_init(&run.mutex, NULL);
  if (workers && run.order && run.rounds) {
    make_order(&run);
    workers[0] = (struct worker){.run = &run, .testee = *first};
    *first = (struct session_testee){0};
    work_together(&run, workers, count);
    fill_rest(&run);
  } else snprintf(run.problem, sizeof run.problem, "out of memory");
  snprintf(problem, 256, "%s", run.problem);
  pthread_mutex_destroy(&run.mutex);
  free(workers);
  free(run.order);
  free(run.rounds);
}
