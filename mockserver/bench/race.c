#include "race.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "load.h"

struct racer {
  pthread_t thread;
  pthread_barrier_t *start;
  unsigned port;
  const char *path;
  int rounds;
  atomic_int *fired; /* in each round */
};

static void *race(void *context) {
  struct racer *racer = context;
  struct base_buf answer = BASE_BUF_INIT;
  int connection = load_connect(racer->port);
  if (connection < 0) bench_give_up("nobody listens");
  for (int round = 0; round < racer->rounds; round++) {
    struct base_buf request = BASE_BUF_INIT;
    base_buf_printf(&request, "GET %s%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", racer->path, round + 1);
    pthread_barrier_wait(racer->start);
    load_exchange(connection, &request, &answer);
    if (memcmp(answer.data + 9, "503", 3) == 0) atomic_fetch_add(&racer->fired[round], 1);
    base_buf_done(&request);
  }
  close(connection);
  base_buf_done(&answer);
  return NULL;
}

struct race race_run(unsigned port, const char *path, int rounds) {
  struct racer racers[RACE_CONNECTIONS];
  pthread_barrier_t start;
  atomic_int *fired = calloc((size_t)rounds, sizeof *fired);
  struct race outcome = {0, 0};
  if (!fired || pthread_barrier_init(&start, NULL, RACE_CONNECTIONS) != 0) bench_give_up("out of memory");
  for (int i = 0; i < RACE_CONNECTIONS; i++) {
    racers[i] = (struct racer){.start = &start, .port = port, .path = path, .rounds = rounds, .fired = fired};
    if (pthread_create(&racers[i].thread, NULL, race, &racers[i]) != 0) bench_give_up("no thread");
  }
  for (int i = 0; i < RACE_CONNECTIONS; i++) pthread_join(racers[i].thread, NULL);
  for (int round = 0; round < rounds; round++) {
    outcome.twice += atomic_load(&fired[round]) > 1;
    outcome.never += atomic_load(&fired[round]) == 0;
  }
  pthread_barrier_destroy(&start);
  free(fired);
  return outcome;
}
