#include "one_shot.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "http_client.h"

enum { THREADS_MAX = 32 };

struct crowd {
  struct fixture *fixture;
  int rounds;
  pthread_barrier_t start, end;
  atomic_int faults;
};

static void *crowd_main(void *context) {
  struct crowd *crowd = context;
  int client = client_connect(crowd->fixture->url);
  for (int round = 0; round < crowd->rounds; round++) {
    pthread_barrier_wait(&crowd->start);
    client_send(client, crowd->fixture->url, "/services/data/v1/Org?offline=true",
                "Content-Type: application/json\r\nX-Http-Method-Override: GET\r\n", "{}");
    struct response response = client_read(client);
    if (response.status == 503) atomic_fetch_add(&crowd->faults, 1);
    response_done(&response);
    pthread_barrier_wait(&crowd->end);
  }
  close(client);
  return NULL;
}

/* Nobody sends while this runs: the threads wait at the barrier. Every seventh round's rule has company. */
static void new_round(struct fixture *fixture, int round) {
  fixture_do(fixture, round % 7 == 0 ? "if rule then rule:lift() end if third then third:lift() end\n"
                                       "rule = org:on_download{level = 'service'}:once():status(503)\n"
                                       "third = org:on_download():nth(3):optional():header('X-Third', 'yes')"
                                     : "if rule then rule:lift() end rule = org:on_download():once():status(503)");
}

struct one_shot_result one_shot_rounds(struct fixture *fixture, int threads, int rounds) {
  struct one_shot_result result = {0};
  struct crowd crowd = {.fixture = fixture, .rounds = rounds};
  pthread_t crowd_threads[THREADS_MAX];
  atomic_init(&crowd.faults, 0);
  pthread_barrier_init(&crowd.start, NULL, (unsigned)threads + 1);
  pthread_barrier_init(&crowd.end, NULL, (unsigned)threads + 1);
  for (int i = 0; i < threads; i++)
    if (pthread_create(&crowd_threads[i], NULL, crowd_main, &crowd) != 0) abort();
  for (; result.rounds < rounds; result.rounds++) {
    atomic_store(&crowd.faults, 0);
    new_round(fixture, result.rounds);
    pthread_barrier_wait(&crowd.start);
    pthread_barrier_wait(&crowd.end);
    int faults = atomic_load(&crowd.faults);
    result.never += faults == 0;
    result.twice += faults > 1;
  }
  for (int i = 0; i < threads; i++) pthread_join(crowd_threads[i], NULL);
  pthread_barrier_destroy(&crowd.start);
  pthread_barrier_destroy(&crowd.end);
  return result;
}
