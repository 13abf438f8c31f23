/* What foundry-mock costs by itself: to start, to be there, to end; and how many worlds fit into one server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "figures.h"
#include "foundrymock/mock.h"
#include "load.h"
#include "process.h"

enum { CLIENTS = 50, WORLDS = 1000 };

static const char DOWNLOAD[] = "X-Http-Method-Override: GET\r\n";

/* ---- one program ---- */

static void first_answer(const struct process *mock, struct base_buf *answer) {
  char path[512];
  int connection = load_connect(mock->port);
  snprintf(path, sizeof path, "%s/services/data/v1/Organization?offline=true", mock->base);
  struct base_buf request = load_request(path, DOWNLOAD, "{}");
  load_exchange(connection, &request, answer);
  base_buf_done(&request);
  close(connection);
}

static void measure_program(struct bench_series *start, struct bench_series *memory, struct bench_series *stop) {
  struct base_buf answer = BASE_BUF_INIT;
  int clients[CLIENTS];
  double begin = bench_now_s();
  struct process mock = process_mock((const char *[]){"--model", "organization", NULL});
  first_answer(&mock, &answer);
  bench_add(start, (bench_now_s() - begin) * 1000);
  bench_add(memory, (double)process_resident_kib(&mock) / 1024);
  for (int i = 0; i < CLIENTS; i++) clients[i] = load_connect(mock.port);
  first_answer(&mock, &answer); /* behind all of them */
  bench_add(stop, process_stop(&mock) * 1000);
  for (int i = 0; i < CLIENTS; i++) close(clients[i]);
  base_buf_done(&answer);
}

/* ---- many worlds ---- */

static const char WORLD[] = "local foundry = require 'foundry'\nserver:service('Org'):object('Note', foundry.model.note):insert{Id = '1', Text = '%s'}";

static struct mock_world *open_world(struct mock_server *server, const char *name) {
  struct mock_world *world;
  struct base_error err = {0};
  char script[256];
  snprintf(script, sizeof script, WORLD, name);
  if (mock_world_open(server, name, &world, &err) != 0) bench_give_up(err.text);
  mock_world_lock(world);
  if (mock_script_load(world, script, strlen(script), name, &err) != 0 || mock_script_call(world, 0, 0, &err) != 0) bench_give_up(err.text);
  mock_world_unlock(world);
  return world;
}

/* Each world answers with its own row. */
static void ask_world(int connection, const char *name, struct base_buf *answer) {
  char path[128], expected[64];
  snprintf(path, sizeof path, "/w/%s/services/data/v1/Org/objects/Note", name);
  snprintf(expected, sizeof expected, "\"Text\":\"%s\"", name);
  struct base_buf request = load_request(path, DOWNLOAD, "{}");
  load_exchange(connection, &request, answer);
  if (!strstr(answer->data, expected)) bench_give_up("a world answered with what is not its own");
  base_buf_done(&request);
}

static long own_resident_kib(void) {
  return process_resident_kib(&(struct process){.pid = getpid()});
}

static void measure_worlds(struct bench_series *opened, struct bench_series *memory) {
  static struct mock_world *worlds[WORLDS];
  struct mock_server *server;
  struct base_error err = {0};
  struct base_buf answer = BASE_BUF_INIT;
  char name[32];
  if (mock_server_start(&(struct mock_config){.threads = 8}, &server, &err) != 0) bench_give_up(err.text);
  long before = own_resident_kib();
  double begin = bench_now_s();
  for (int i = 0; i < WORLDS; i++) {
    snprintf(name, sizeof name, "w%d", i);
    worlds[i] = open_world(server, name);
  }
  bench_add(opened, (bench_now_s() - begin) * 1000 / WORLDS);
  int connection = load_connect((unsigned)strtoul(strrchr(mock_server_url(server), ':') + 1, NULL, 10));
  for (int i = 0; i < WORLDS; i++) {
    snprintf(name, sizeof name, "w%d", i);
    ask_world(connection, name, &answer);
  }
  bench_add(memory, (double)(own_resident_kib() - before) / WORLDS);
  close(connection);
  for (int i = 0; i < WORLDS; i++) mock_world_free(worlds[i]);
  mock_server_stop(server);
  base_buf_done(&answer);
}

void figures_alone(int rounds) {
  static struct bench_series start, memory, stop, opened, world_memory;
  static const struct bench_figure FIGURES[] = {
      {"cold_start_ms", "cold start: from exec to the first answer, ms", 1, BENCH_BELOW, 100},
      {"resident_mib", "resident after the first answer, MiB", 1, BENCH_BELOW, 16},
      {"stop_ms", "stop with 50 clients connected, ms", 1, BENCH_BELOW, 15},
      {"world_open_ms", "1,000 worlds at once: opening each, ms", 2, BENCH_REPORTED, 0},
      {"world_kib", "  memory of each after an answer, KiB", 0, BENCH_REPORTED, 0}};
  const struct bench_series *const series[] = {&start, &memory, &stop, &opened, &world_memory};
  for (int i = 0; i < rounds; i++) measure_program(&start, &memory, &stop);
  measure_worlds(&opened, &world_memory);
  bench_heading("foundry-mock by itself");
  for (size_t i = 0; i < sizeof FIGURES / sizeof FIGURES[0]; i++) bench_tell(&FIGURES[i], series[i]);
}
