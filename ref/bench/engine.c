/* The engine beside its floors: each round runs both, one after the other, and the ratios are compared. */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "driver.h"
#include "floor.h"
#include "sections.h"
#include "server.h"

/* The engine's default (OPT-06). */
#define UPLOAD_BATCH_TEXT "50"
enum { UPLOAD_BATCH = 50 };

static void compare_downloads(const struct bench_settings *settings) {
  static const struct bench_figure to_floor = {"downloadToFloor", "full download / raw upserts of the same records", 2,
                                               BENCH_AT_LEAST, 0.50};
  static const struct bench_figure speed = {"downloadRecordsPerSecond", "  records a second, engine", 0, BENCH_REPORTED, 0};
  static const struct bench_figure floor_speed = {"upsertsPerSecond", "  records a second, raw upserts", 0, BENCH_REPORTED, 0};
  struct bench_series ratios = {0}, speeds = {0}, floors = {0};
  struct sample *samples = samples_new(settings->records);
  struct bench_server server = bench_server_start(&(struct bench_load){.services = 1, .records = settings->records});
  for (int i = 0; i < settings->rounds; i++) {
    double raw = floor_download(samples, settings->records), engine = driver_fresh_sync(server.port, "{}");
    bench_add(&ratios, raw / engine);
    bench_add(&speeds, (double)settings->records / engine);
    bench_add(&floors, (double)settings->records / raw);
  }
  bench_server_stop(&server);
  free(samples);
  bench_tell(&to_floor, &ratios);
  bench_tell(&speed, &speeds);
  bench_tell(&floor_speed, &floors);
}

static void compare_modes(const struct bench_settings *settings) {
  static const struct bench_figure figure = {"sequentialToParallel", "four services, 20 ms away: sequential / parallel", 2,
                                             BENCH_AT_LEAST, 3.5};
  struct bench_series ratios = {0};
  struct bench_server server =
      bench_server_start(&(struct bench_load){.services = 4, .records = 5 * BENCH_PAGE, .latency_ms = 20});
  for (int i = 0; i < settings->rounds; i++) {
    double sequential = driver_fresh_sync(server.port, "{\"syncMode\":\"sequential\"}");
    bench_add(&ratios, sequential / driver_fresh_sync(server.port, "{\"syncMode\":\"parallel\"}"));
  }
  bench_server_stop(&server);
  bench_tell(&figure, &ratios);
}

/* ---- uploads ----------------------------------------------------------------------------------- */

struct upload_case {
  bool cache;
  struct bench_figure to_floor, speed;
};

static void compare_uploads(const struct bench_settings *settings, const struct upload_case *one) {
  char prepared[BENCH_PATH];
  struct bench_series ratios = {0}, speeds = {0};
  struct sample *samples = samples_new(settings->edits);
  struct bench_server server = bench_server_start(&(struct bench_load){.services = 1, .upload_cache = one->cache});
  bench_folder(prepared);
  driver_prepare_edits(server.port, prepared, settings->edits);
  for (int i = 0; i < settings->rounds; i++) {
    double raw = floor_upload(server.port, samples, settings->edits, UPLOAD_BATCH);
    double engine = driver_upload(server.port, prepared, DRIVER_UPLOAD_ONLY(UPLOAD_BATCH_TEXT));
    bench_add(&ratios, raw / engine);
    bench_add(&speeds, (double)settings->edits / engine);
  }
  bench_remove(prepared);
  bench_server_stop(&server);
  free(samples);
  bench_tell(&one->to_floor, &ratios);
  bench_tell(&one->speed, &speeds);
}

/* ---- memory ------------------------------------------------------------------------------------ */

static long memory_kib(const char *name) {
  char line[128];
  long kib = -1;
  size_t len = strlen(name);
  FILE *status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status))
    if (strncmp(line, name, len) == 0) kib = atol(line + len);
  if (status) fclose(status);
  return kib;
}

void bench_watch(unsigned port) {
  char folder[BENCH_PATH];
  bench_folder(folder);
  struct vmx_client *client = driver_open(port, folder);
  long before = memory_kib("VmRSS:");
  driver_sync(client, "{}");
  printf("%ld\n", memory_kib("VmHWM:") - before);
  vmx_client_close(client);
  bench_remove(folder);
}

/* In a process of its own, so that nothing else's memory is counted. */
static double growth_mib(unsigned port) {
  char digits[16];
  int64_t kib = 0;
  snprintf(digits, sizeof digits, "%u", port);
  const char *argv[] = {NULL, "watch", digits, NULL};
  struct bench_process process = bench_start(NULL, argv);
  bench_end(&process, &kib);
  return (double)kib / 1024;
}

static void watch_memory(const struct bench_settings *settings) {
  char label[64];
  snprintf(label, sizeof label, "growth of resident memory, %" PRId64 " records, MiB", settings->many);
  const struct bench_figure figure = {"growthMiB", label, 1, BENCH_BELOW, 32};
  struct bench_series growth = {0};
  struct bench_server server = bench_server_start(&(struct bench_load){.services = 1, .records = settings->many});
  bench_add(&growth, growth_mib(server.port));
  bench_server_stop(&server);
  bench_tell(&figure, &growth);
}

/* ---- nothing to do ----------------------------------------------------------------------------- */

/* SQLite calls back at the end of each statement of every connection that is opened from here on. */
static int64_t rows_scanned;

static int on_statement(unsigned type, void *context, void *statement, void *elapsed) {
  (void)type, (void)context, (void)elapsed;
  rows_scanned += sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
  return 0;
}

static int on_connection(sqlite3 *db, const char **problem, const void *api) {
  (void)problem, (void)api;
  return sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE, on_statement, NULL);
}

static void count_idle(void) {
  static const struct bench_figure requests = {"idleRequests", "nothing to sync, four services: requests", 0, BENCH_EXACTLY, 4};
  static const struct bench_figure scans = {"idleRowsScanned", "nothing to sync, four services: rows read by table scans", 0,
                                            BENCH_EXACTLY, 0};
  struct bench_series told = {0}, scanned = {0};
  char folder[BENCH_PATH];
  bench_folder(folder);
  sqlite3_auto_extension((void (*)(void))on_connection);
  struct bench_server server = bench_server_start(&(struct bench_load){.services = 4, .records = BENCH_PAGE});
  struct vmx_client *client = driver_open(server.port, folder);
  driver_sync(client, "{}"); /* four requests: a page each */
  rows_scanned = 0;
  driver_sync(client, "{}");
  bench_add(&scanned, (double)rows_scanned);
  vmx_client_close(client);
  sqlite3_reset_auto_extension();
  bench_remove(folder);
  bench_add(&told, (double)(bench_server_stop(&server) - 4));
  bench_tell(&requests, &told);
  bench_tell(&scans, &scanned);
}

void bench_engine(const struct bench_settings *settings) {
  static const struct upload_case uploads[] = {
      {false, {"uploadToFloor", "upload / raw log, HTTP, upserts", 2, BENCH_REPORTED, 0},
       {"uploadRecordsPerSecond", "  records a second", 0, BENCH_REPORTED, 0}},
      {true, {"cachedUploadToFloor", "upload with upload cache / the same", 2, BENCH_REPORTED, 0},
       {"cachedUploadRecordsPerSecond", "  records a second", 0, BENCH_REPORTED, 0}}};
  bench_heading("engine");
  compare_downloads(settings);
  compare_modes(settings);
  for (size_t i = 0; i < sizeof uploads / sizeof *uploads; i++) compare_uploads(settings, &uploads[i]);
  watch_memory(settings);
  count_idle();
}

/* ---- for a profiler ---------------------------------------------------------------------------- */

static void upload_once(int64_t records) {
  char prepared[BENCH_PATH];
  struct bench_server server = bench_server_start(&(struct bench_load){.services = 1});
  bench_folder(prepared);
  driver_prepare_edits(server.port, prepared, records);
  driver_upload(server.port, prepared, DRIVER_UPLOAD_ONLY(UPLOAD_BATCH_TEXT));
  bench_remove(prepared);
  bench_server_stop(&server);
}

void bench_once(const char *what, int64_t records) {
  if (strcmp(what, "upload") == 0) {
    upload_once(records);
  } else if (strcmp(what, "download") == 0) {
    struct bench_server server = bench_server_start(&(struct bench_load){.services = 1, .records = records});
    driver_fresh_sync(server.port, "{}");
    bench_server_stop(&server);
  } else if (strcmp(what, "upsert") == 0) {
    struct sample *samples = samples_new(records);
    floor_download(samples, records);
    free(samples);
  } else {
    bench_give_up("download, upload and upsert can be profiled");
  }
}
