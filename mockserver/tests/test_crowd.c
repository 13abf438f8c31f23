/*
 * Half of 500 connections hang, the others are served at full speed: what hangs costs nothing. The numbers are printed;
 * a test of speed has no bound in time: what is checked is that everybody is served and that waiting takes no turns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "http_client.h"
#include "world_fixture.h"

enum { CONNECTIONS = 500, HANGING = CONNECTIONS / 2, ROUNDS = 8, REQUESTS = ROUNDS * HANGING };

static const char PATH[] = "/services/data/v1/Org?offline=true", HANG[] = "X-Http-Method-Override: UPLOAD\r\n",
                  GET[] = "X-Http-Method-Override: GET\r\n";

static int open_crowd(void **state) {
  struct fixture *fixture = calloc(1, sizeof *fixture);
  struct base_error err = {0};
  const struct mock_config config = {.threads = CONNECTIONS + 8};
  struct rlimit files;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
  assert_true(files.rlim_cur >= 3 * CONNECTIONS);
  assert_int_equal(mock_server_start(&config, &fixture->server, &err), 0);
  if (mock_world_open(fixture->server, "test", &fixture->world, &err) != 0) fail_msg("%s", err.text);
  fixture->url = mock_world_url(fixture->world);
  fixture_do(fixture, "org = server:service('Org') org:object('Employee', require('foundry').model.employee) hang = org:on_upload():hang()");
  *state = fixture;
  return 0;
}

/* Each of the other connections in turn; microseconds for a request. */
static double serve_round(struct fixture *fixture, const int *clients, int count) {
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (int i = 0; i < REQUESTS; i++) {
    client_send(clients[i % count], fixture->url, PATH, GET, "{}");
    struct response response = client_read(clients[i % count]);
    assert_int_equal(response.status, 200);
    response_done(&response);
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  return ((double)(end.tv_sec - begin.tv_sec) * 1e6 + (double)(end.tv_nsec - begin.tv_nsec) / 1e3) / REQUESTS;
}

static double processor_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void those_that_hang_do_not_slow_the_others(void **state) {
  struct fixture *fixture = *state;
  int clients[CONNECTIONS];
  for (int i = HANGING; i < CONNECTIONS; i++) clients[i] = client_connect(fixture->url);
  double alone = serve_round(fixture, clients + HANGING, HANGING);
  for (int i = 0; i < HANGING; i++) {
    clients[i] = client_connect(fixture->url);
    client_send(clients[i], fixture->url, PATH, HANG, "{\"records\":[]}");
  }
  fixture_wait(fixture, "return hang:fired() == 250");
  double beside = serve_round(fixture, clients + HANGING, HANGING);
  print_message("%d connections, %d of them hanging: %.0f us a request, %.0f us without those that hang\n", CONNECTIONS, HANGING,
                beside, alone);
  close(clients[0]); /* and whoever leaves is noticed, by event */
  fixture_wait(fixture, "local n = 0 for _, r in ipairs(org:uploads()) do n = n + (r.ended and 1 or 0) end return n == 1");
  fixture_do(fixture, "hang:lift()");
  fixture_wait(fixture, "for _, r in ipairs(org:uploads()) do if not r.ended then return false end end return true");
  for (int i = 1; i < CONNECTIONS; i++) close(clients[i]);
}

/* What hangs looks at nothing. Processor time, which no other work on the machine lengthens. */
static void what_hangs_takes_no_processor(void **state) {
  struct fixture *fixture = *state;
  int clients[HANGING];
  for (int i = 0; i < HANGING; i++) {
    clients[i] = client_connect(fixture->url);
    client_send(clients[i], fixture->url, PATH, HANG, "{\"records\":[]}");
  }
  fixture_wait(fixture, "return hang:fired() == 250");
  double before = processor_seconds();
  mock_world_lock(fixture->world);
  struct base_clock clock = base_clock_system();
  int64_t until = clock.monotonic_ms(clock.context) + 500;
  while (mock_world_wait(fixture->world, until)) continue;
  mock_world_unlock(fixture->world);
  double used = processor_seconds() - before;
  print_message("%d hanging connections: %.1f ms of processor time in 500 ms\n", HANGING, used * 1000);
  assert_true(used < 0.02); /* looking every 10 ms takes many times that */
  for (int i = 0; i < HANGING; i++) close(clients[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(those_that_hang_do_not_slow_the_others, open_crowd, fixture_close),
      cmocka_unit_test_setup_teardown(what_hangs_takes_no_processor, open_crowd, fixture_close)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
