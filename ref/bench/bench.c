/*
 * What the engine costs beside the floor that nobody can go below. Absolute figures move with the hour:
 * each round runs floor and engine one after the other, and what counts is the median of the ratios.
 *
 *   download     records/s of a whole sync (HTTP, decoding, change tracking, delta) ÷ raw SQLite upserts
 *   parallel     four services one after the other ÷ at the same time, each answer 20 ms away
 *   memory       growth of the resident set over a sync of many records
 *   idle         requests of a sync with nothing to do
 */
#include <getopt.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server.h"
#include "vmxsync/vmxsync.h"

enum { ROUNDS_MAX = 99 };

struct settings {
  int rounds;
  int64_t records, many;
  const char *json;
};

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void give_up(const char *what) {
  fprintf(stderr, "vmx-bench: %s\n", what);
  exit(3);
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, by_value);
  return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static char *fresh_folder(void) {
  static char path[64];
  snprintf(path, sizeof path, "/tmp/vmx-bench-XXXXXX");
  if (!mkdtemp(path)) give_up("no folder can be made in /tmp");
  return path;
}

static void remove_folder(const char *path) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", path);
  if (system(command) != 0) give_up("a folder cannot be removed");
}

/* ---- the engine -------------------------------------------------------------------------------- */

static void on_success(void *user, const char *payload) {
  (void)payload;
  *(int *)user = 1;
}

static void on_failure(void *user, const char *payload) {
  (void)user;
  give_up(payload);
}

static struct vmx_client *open_client(const struct bench_server *server, const char *folder) {
  char url[64];
  int done = 0;
  snprintf(url, sizeof url, "http://127.0.0.1:%u", server->port);
  const struct vmx_config config = {
      .size = sizeof config, .service_url = url, .storage = folder, .claims_token = "token"};
  const struct vmx_callbacks callbacks = {on_success, on_failure, NULL, &done};
  struct vmx_client *client = NULL;
  struct base_error err = {0};
  if (vmx_client_open(&config, &client, &err) || vmx_setup(client, NULL, &callbacks, &err) ||
      vmx_client_run(client, &err) || !done)
    give_up(err.text);
  return client;
}

static double time_sync(struct vmx_client *client, const char *options) {
  int done = 0;
  const struct vmx_callbacks callbacks = {on_success, on_failure, NULL, &done};
  struct base_error err = {0};
  double start = now_s();
  if (vmx_start_sync(client, VMX_SCOPE_APPLICATION, NULL, options, &callbacks, &err) ||
      vmx_client_run(client, &err) || !done)
    give_up(err.text);
  return now_s() - start;
}

static double engine_seconds(const struct bench_server *server, const char *options) {
  char *folder = fresh_folder();
  struct vmx_client *client = open_client(server, folder);
  double seconds = time_sync(client, options);
  vmx_client_close(client);
  remove_folder(folder);
  return seconds;
}

/* ---- the floor: prepared upserts of the same rows, one transaction a page ---------------------- */

static void run_sql(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) give_up(sqlite3_errmsg(db));
}

static void bind_row(sqlite3_stmt *upsert, int64_t i) {
  char text[3][40];
  snprintf(text[0], sizeof text[0], "Employee %" PRId64, i);
  snprintf(text[1], sizeof text[1], "Long Street %" PRId64, i % 211);
  snprintf(text[2], sizeof text[2], "+49 721 %" PRId64, i);
  sqlite3_bind_int64(upsert, 1, i);
  sqlite3_bind_text(upsert, 2, text[0], -1, SQLITE_TRANSIENT);
  sqlite3_bind_double(upsert, 3, (double)(1000 + i % 5000) + 0.25);
  sqlite3_bind_int(upsert, 4, 1);
  sqlite3_bind_text(upsert, 5, "2026-01-02T03:04:05Z", -1, SQLITE_STATIC);
  sqlite3_bind_int64(upsert, 6, i % 97);
  sqlite3_bind_text(upsert, 7, "Karlsruhe", -1, SQLITE_STATIC);
  sqlite3_bind_text(upsert, 8, text[1], -1, SQLITE_TRANSIENT);
  sqlite3_bind_text(upsert, 9, text[2], -1, SQLITE_TRANSIENT);
  sqlite3_bind_null(upsert, 10);
}

static double floor_seconds(int64_t records) {
  char *folder = fresh_folder(), path[96];
  snprintf(path, sizeof path, "%s/floor.db", folder);
  sqlite3 *db = NULL;
  sqlite3_stmt *upsert = NULL;
  if (sqlite3_open(path, &db) != SQLITE_OK) give_up("the floor's database cannot be opened");
  run_sql(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
              "CREATE TABLE r(Id INTEGER PRIMARY KEY, Name, Salary, Active, HiredOn, DeptId, City, Street, Phone, Notes)");
  sqlite3_prepare_v2(db, "INSERT INTO r VALUES(?,?,?,?,?,?,?,?,?,?) ON CONFLICT(Id) DO UPDATE SET Name=excluded.Name,"
                         "Salary=excluded.Salary,Active=excluded.Active,HiredOn=excluded.HiredOn,DeptId=excluded.DeptId,"
                         "City=excluded.City,Street=excluded.Street,Phone=excluded.Phone,Notes=excluded.Notes",
                     -1, &upsert, NULL);
  double start = now_s();
  for (int64_t i = 0; i < records; i++) {
    if (i % BENCH_PAGE == 0) run_sql(db, "BEGIN IMMEDIATE");
    bind_row(upsert, i);
    if (sqlite3_step(upsert) != SQLITE_DONE) give_up(sqlite3_errmsg(db));
    sqlite3_reset(upsert);
    if ((i + 1) % BENCH_PAGE == 0 || i + 1 == records) run_sql(db, "COMMIT");
  }
  double seconds = now_s() - start;
  sqlite3_finalize(upsert);
  sqlite3_close(db);
  remove_folder(folder);
  return seconds;
}

/* ---- the measurements ---------------------------------------------------------------------------- */

static struct bench_server serve(unsigned services, int64_t records, unsigned latency_ms) {
  struct bench_server server;
  const struct bench_load load = {services, records, latency_ms};
  if (bench_server_start(&load, &server) != 0) give_up("the bench's server does not start");
  return server;
}

static double download_ratio(const struct settings *settings, double *records_per_s) {
  double ratios[ROUNDS_MAX], speeds[ROUNDS_MAX];
  struct bench_server server = serve(1, settings->records, 0);
  for (int i = 0; i < settings->rounds; i++) {
    double floor = floor_seconds(settings->records), engine = engine_seconds(&server, "{}");
    ratios[i] = floor / engine;
    speeds[i] = (double)settings->records / engine;
  }
  bench_server_stop(&server);
  *records_per_s = median(speeds, settings->rounds);
  return median(ratios, settings->rounds);
}

static double parallel_ratio(const struct settings *settings) {
  double ratios[ROUNDS_MAX];
  struct bench_server server = serve(4, 5 * BENCH_PAGE, 20);
  for (int i = 0; i < settings->rounds; i++) {
    double sequential = engine_seconds(&server, "{\"syncMode\":\"sequential\"}");
    ratios[i] = sequential / engine_seconds(&server, "{\"syncMode\":\"parallel\"}");
  }
  bench_server_stop(&server);
  return median(ratios, settings->rounds);
}

static long resident_kib(const char *name) {
  char line[128];
  long kib = -1;
  size_t len = strlen(name);
  FILE *status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status))
    if (strncmp(line, name, len) == 0) kib = atol(line + len);
  if (status) fclose(status);
  return kib;
}

/* In a process of its own, so that nothing else's memory is counted. */
static double growth_mib(const struct settings *settings) {
  struct bench_server server = serve(1, settings->many, 0);
  int told[2];
  long growth = -1;
  if (pipe(told) != 0) give_up("no pipe");
  pid_t pid = fork();
  if (pid == 0) {
    char *folder = fresh_folder();
    struct vmx_client *client = open_client(&server, folder);
    long before = resident_kib("VmRSS:");
    time_sync(client, "{}");
    growth = resident_kib("VmHWM:") - before;
    vmx_client_close(client);
    remove_folder(folder);
    _exit(write(told[1], &growth, sizeof growth) == (ssize_t)sizeof growth ? 0 : 1);
  }
  close(told[1]);
  if (read(told[0], &growth, sizeof growth) != (ssize_t)sizeof growth) give_up("the memory was not measured");
  waitpid(pid, NULL, 0);
  close(told[0]);
  bench_server_stop(&server);
  return (double)growth / 1024;
}

static int64_t idle_requests(void) {
  struct bench_server server = serve(4, BENCH_PAGE, 0);
  char *folder = fresh_folder();
  struct vmx_client *client = open_client(&server, folder);
  time_sync(client, "{}"); /* four requests: a page each */
  time_sync(client, "{}");
  vmx_client_close(client);
  remove_folder(folder);
  return bench_server_stop(&server) - 4;
}

static void print_help(void) {
  puts("vmx-bench [--rounds N] [--records N] [--many N] [--json FILE]\n\n"
       "Measure the engine beside its floor, in interleaved rounds, and print the medians.\n\n"
       "  --rounds N   rounds of each comparison, 7 when absent\n"
       "  --records N  records of a download, 100000 when absent\n"
       "  --many N     records of the memory measurement, 1000000 when absent\n"
       "  --json FILE  write the figures as JSON\n\n"
       "exit codes: 0 measured, 2 usage, 3 something did not work");
}

static int64_t number(const char *text, int64_t max) {
  char *end;
  int64_t value = strtoll(text, &end, 10);
  if (*end || value < 1 || value > max) {
    fprintf(stderr, "vmx-bench: \"%s\" is no number from 1 to %" PRId64 "\n", text, max);
    exit(2);
  }
  return value;
}

static void read_arguments(int argc, char **argv, struct settings *out) {
  static const struct option known[] = {{"rounds", 1, NULL, 'r'}, {"records", 1, NULL, 'n'}, {"many", 1, NULL, 'm'},
                                        {"json", 1, NULL, 'j'},   {"help", 0, NULL, 'h'},    {0}};
  int letter;
  while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) switch (letter) {
    case 'r': out->rounds = (int)number(optarg, ROUNDS_MAX); break;
    case 'n': out->records = number(optarg, 10000000); break;
    case 'm': out->many = number(optarg, 10000000); break;
    case 'j': out->json = optarg; break;
    case 'h': print_help(); exit(0);
    default: exit(2);
    }
}

static void write_json(const char *path, double download, double speed, double parallel, double growth, int64_t idle) {
  FILE *file = fopen(path, "w");
  if (!file) give_up("the file for the figures cannot be written");
  fprintf(file, "{\"downloadToFloor\":%.3f,\"recordsPerSecond\":%.0f,\"sequentialToParallel\":%.3f,"
                "\"growthMiB\":%.1f,\"idleRequests\":%" PRId64 "}\n", download, speed, parallel, growth, idle);
  if (fclose(file) != 0) give_up("the file for the figures cannot be written");
}

int main(int argc, char **argv) {
  struct settings settings = {.rounds = 7, .records = 100000, .many = 1000000};
  read_arguments(argc, argv, &settings);
  double speed;
  printf("medians of %d interleaved rounds\n\n%-64s %8s  %s\n", settings.rounds, "", "measured", "goal");
  double download = download_ratio(&settings, &speed);
  printf("%-64s %8.2f  >= 0.50\n", "full download / raw SQLite upserts of the same rows", download);
  printf("%-64s %8.0f\n", "  records a second", speed);
  fflush(stdout);
  double parallel = parallel_ratio(&settings);
  printf("%-64s %8.2f  >= 3.5\n", "four services, 20 ms away: sequential / parallel", parallel);
  fflush(stdout);
  double growth = growth_mib(&settings);
  printf("%-50s %12" PRId64 "  %8.1f  < 32\n", "growth of memory in MiB, records:", settings.many, growth);
  int64_t idle = idle_requests();
  printf("%-64s %8" PRId64 "  4\n", "requests of a sync with nothing to do, four services", idle);
  if (settings.json) write_json(settings.json, download, speed, parallel, growth, idle);
  return 0;
}
