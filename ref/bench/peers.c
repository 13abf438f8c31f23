/*
 * The engine beside other sync engines. Each peer is a process that lives through all rounds, so that its
 * code is compiled and warm, and does what peers/loop.js says: pull or push the same records, from and to
 * the same server, into a fresh database, and tell its seconds.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "driver.h"
#include "sections.h"
#include "server.h"

enum { DOWNLOAD, UPLOAD, DIRECTIONS };
static const char *const verbs[] = {"pull", "push"};

struct peer {
  const char *program, *key;
  double goals[DIRECTIONS]; /* 0: none */
  struct bench_process process;
  char name[64];
  struct bench_series ratios[DIRECTIONS], speeds[DIRECTIONS];
};

static void read_line(struct peer *peer, char *line, size_t size) {
  if (!fgets(line, (int)size, peer->process.told)) bench_give_up("a peer ended: what it said stands above");
  line[strcspn(line, "\n")] = '\0';
  if (strncmp(line, "failed", 6) == 0) bench_give_up(line);
}

static void start_peer(struct peer *peer, const char *folder) {
  const char *argv[] = {"node", "loop.js", peer->program, NULL};
  peer->process = bench_start(folder, argv);
  read_line(peer, peer->name, sizeof peer->name);
}

static double ask(struct peer *peer, const char *verb, unsigned port, int64_t records) {
  char line[256];
  fprintf(peer->process.asked, "%s http://127.0.0.1:%u/peers %" PRId64 "\n", verb, port, records);
  fflush(peer->process.asked);
  read_line(peer, line, sizeof line);
  return strtod(line, NULL);
}

/* One round: the engine, then each peer, in both directions. */
static void run_round(struct peer *peers, size_t count, unsigned port, const char *edits, int64_t records,
                      struct bench_series speeds[DIRECTIONS]) {
  double engine[DIRECTIONS] = {driver_fresh_sync(port, "{}"), driver_upload(port, edits, DRIVER_UPLOAD_ONLY("500"))};
  for (int way = 0; way < DIRECTIONS; way++) {
    bench_add(&speeds[way], (double)records / engine[way]);
    for (size_t i = 0; i < count; i++) {
      double seconds = ask(&peers[i], verbs[way], port, records);
      bench_add(&peers[i].ratios[way], seconds / engine[way]);
      bench_add(&peers[i].speeds[way], (double)records / seconds);
    }
  }
}

static void tell(const char *key, const char *label, int decimals, double goal, const struct bench_series *series) {
  bench_tell(&(struct bench_figure){key, label, decimals, goal > 0 ? BENCH_AT_LEAST : BENCH_REPORTED, goal}, series);
}

static void tell_peer(const struct peer *peer, int way) {
  char key[96], label[96];
  snprintf(key, sizeof key, "%sTo%s", way == DOWNLOAD ? "download" : "upload", peer->key);
  snprintf(label, sizeof label, "%s / %s of %s", way == DOWNLOAD ? "download" : "upload", verbs[way], peer->name);
  tell(key, label, 2, peer->goals[way], &peer->ratios[way]);
  snprintf(key, sizeof key, "%s%sRecordsPerSecond", verbs[way], peer->key);
  snprintf(label, sizeof label, "  records a second, %s", peer->name);
  tell(key, label, 0, 0, &peer->speeds[way]);
}

static void tell_all(const struct peer *peers, size_t count, const struct bench_series speeds[DIRECTIONS]) {
  tell("peersDownloadRecordsPerSecond", "download, records a second, engine", 0, 0, &speeds[DOWNLOAD]);
  for (size_t i = 0; i < count; i++) tell_peer(&peers[i], DOWNLOAD);
  tell("peersUploadRecordsPerSecond", "upload, records a second, engine", 0, 0, &speeds[UPLOAD]);
  for (size_t i = 0; i < count; i++) tell_peer(&peers[i], UPLOAD);
}

void bench_peers(const struct bench_settings *settings) {
  static struct peer peers[] = {{.program = "watermelondb.js", .key = "WatermelonDB", .goals = {4, 2}},
                                {.program = "rxdb.js", .key = "RxDB"},
                                {.program = "pouchdb.js", .key = "PouchDB"}};
  enum { COUNT = sizeof peers / sizeof *peers };
  struct bench_series speeds[DIRECTIONS] = {0};
  char edits[BENCH_PATH];
  if (!settings->peers) bench_give_up("--peers names no folder: ci/bench peers installs them");
  bench_heading("peers");
  struct bench_server server =
      bench_server_start(&(struct bench_load){.services = 1, .records = settings->peer_records});
  for (size_t i = 0; i < COUNT; i++) start_peer(&peers[i], settings->peers);
  bench_folder(edits);
  driver_prepare_edits(server.port, edits, settings->peer_records);
  for (int round = 0; round < settings->rounds; round++)
    run_round(peers, COUNT, server.port, edits, settings->peer_records, speeds);
  for (size_t i = 0; i < COUNT; i++) bench_end(&peers[i].process, NULL);
  bench_remove(edits);
  bench_server_stop(&server);
  tell_all(peers, COUNT, speeds);
}
