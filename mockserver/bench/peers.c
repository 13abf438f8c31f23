/*
 * foundry-mock beside other mock servers: the same requests, the same bytes as answers, in the same interleaved rounds.
 *
 * Each peer serves canned answers that configure.js gives it, which is the least that it can do; foundry-mock decides in Lua,
 * reads rows, stores uploads. All of them keep a journal of requests, as they do unless told otherwise. Each lives through all
 * rounds, after a while of load that nobody measures: its code is compiled and warm.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "figures.h"
#include "load.h"
#include "process.h"
#include "race.h"

enum { SMALL, PAGE, UPLOAD, KINDS, PEERS_MAX = 5, COLD_ROUNDS_MAX = 5, CONNECTIONS = 4, RACE_ROUNDS = 600, PATIENCE_S = 120 };

/* How each is started, in its folder; PORT and ADMIN are replaced. The first is foundry-mock. */
static const struct peer {
  const char *key, *name, *program, *argv[16];
} PEERS[PEERS_MAX] = {
    {"foundry_mock", "foundry-mock", NULL, {NULL}},
    {"wiremock", "WireMock 3.13", "node_modules/wiremock/build/wiremock-standalone-3.13.2.jar",
     {"java", "-jar", "PROGRAM", "--port", "PORT", "--root-dir", "wiremock", "--max-request-journal-entries", "1000", "--disable-banner", NULL}},
    {"mockserver", "MockServer 8.0", "node_modules/mockserver-node/mockserver-netty-8.0.0-jar-with-dependencies.jar",
     {"java", "-Dmockserver.serverPort=PORT", "-Dmockserver.initializationJsonPath=mockserver.json", "-Dmockserver.maxLogEntries=1000",
      "-Dmockserver.logLevel=WARN", "-jar", "PROGRAM", NULL}},
    {"mountebank", "mountebank 2.9", "node_modules/mountebank/bin/mb",
     {"node", "PROGRAM", "start", "--port", "ADMIN", "--configfile", "mountebank.json", "--noParse", "--nologfile", "--loglevel", "warn", NULL}},
    {"mockoon", "Mockoon 9.9", "node_modules/@mockoon/cli/bin/run.js",
     {"node", "PROGRAM", "start", "--data", "mockoon.json", "--port", "PORT", "--disable-log-to-file", "--max-transaction-logs", "1000", NULL}}};

/* Behind the script of the other comparison: single rows have a where() too, and there is a fault for each race. */
static const char RACES[] =
    "bench:on_online():where(never):status(503)\n"
    "for round = 1, %d do bench:on_online{query = {round = tostring(round)}}:once():status(503) end\n";

struct peers {
  const char *folder; /* where they are installed */
  char mock_folder[BENCH_PATH];
  char base[256]; /* of foundry-mock, and in the paths of the others too */
  const struct peer *systems[PEERS_MAX]; /* those that are there; foundry-mock is the first */
  struct process processes[PEERS_MAX];
  unsigned ports[PEERS_MAX];
  int count;
  struct base_buf requests[KINDS];
};

/* ---- starting ---- */

static unsigned free_port(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof at;
  int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(probe, (struct sockaddr *)&at, sizeof at) != 0 || getsockname(probe, (struct sockaddr *)&at, &size) != 0) bench_give_up("no free port");
  close(probe);
  return ntohs(at.sin_port);
}

static void replace(char *argument, size_t size, const char *word, const char *by) {
  char *at = strstr(argument, word), rest[128];
  if (!at) return;
  snprintf(rest, sizeof rest, "%s", at + strlen(word));
  snprintf(at, size - (size_t)(at - argument), "%s%s", by, rest);
}

/* In the child: what it says goes to a file beside it. It ends with us, however that comes. */
static _Noreturn void become(const struct peer *peer, const char *folder, unsigned port, unsigned admin) {
  char arguments[16][256], ports[2][16], log[64], *argv[17] = {NULL};
  snprintf(ports[0], sizeof ports[0], "%u", port);
  snprintf(ports[1], sizeof ports[1], "%u", admin);
  for (int i = 0; peer->argv[i]; i++) {
    argv[i] = arguments[i];
    snprintf(argv[i], sizeof arguments[i], "%s", peer->argv[i]);
    replace(argv[i], sizeof arguments[i], "PROGRAM", peer->program);
    replace(argv[i], sizeof arguments[i], "PORT", ports[0]);
    replace(argv[i], sizeof arguments[i], "ADMIN", ports[1]);
  }
  snprintf(log, sizeof log, "%s.log", peer->key);
  int output = chdir(folder) == 0 ? open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
  if (output < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) _exit(127);
  dup2(output, 1);
  dup2(output, 2);
  execvp(argv[0], argv);
  _exit(127);
}

/* Two of them read their port from a file. */
static unsigned port_of(const struct peers *peers, const char *key) {
  for (int i = 0; i < peers->count; i++)
    if (strcmp(peers->systems[i]->key, key) == 0) return peers->ports[i];
  return 0;
}

static void configure(struct peers *peers, int races) {
  char command[1024];
  for (int i = 0; i < peers->count; i++) peers->ports[i] = free_port();
  snprintf(command, sizeof command, "cd '%s' && node configure.js . '%s/services/data/v1/Bench' %d %u %u", peers->folder, peers->base, races,
           port_of(peers, "mountebank"), port_of(peers, "mockoon"));
  if (system(command) != 0) bench_give_up("configure.js failed");
}

/* True when the request is answered with 200. */
static bool answers(unsigned port, const struct base_buf *request) {
  char head[16] = "";
  int connection = load_connect(port);
  if (connection < 0) return false;
  bool good = write(connection, request->data, request->len) == (ssize_t)request->len && read(connection, head, 12) == 12 && memcmp(head + 9, "200", 3) == 0;
  close(connection);
  return good;
}

static void wait_for(unsigned port, const struct peer *peer, const struct base_buf *request) {
  double until = bench_now_s() + PATIENCE_S;
  while (!answers(port, request)) {
    if (bench_now_s() > until) bench_give_up(peer->name);
    poll(NULL, 0, 2);
  }
}

static struct process start_mock(const struct peers *peers) {
  char path[BENCH_PATH + 16];
  snprintf(path, sizeof path, "%s/bench.lua", peers->mock_folder);
  return process_mock((const char *[]){"--script", path, "--rows", "500", "--keep", "1000", NULL});
}

/* Until its first answer. */
static struct process start(const struct peers *peers, int i) {
  struct process process = {.port = peers->ports[i]};
  unsigned admin = free_port();
  if (i == 0) process = start_mock(peers);
  else process.pid = fork();
  if (process.pid == 0) become(peers->systems[i], peers->folder, process.port, admin);
  wait_for(process.port, peers->systems[i], &peers->requests[SMALL]);
  return process;
}

static void write_script(const struct peers *peers, int races) {
  char path[BENCH_PATH + 16];
  snprintf(path, sizeof path, "%s/bench.lua", peers->mock_folder);
  FILE *file = fopen(path, "w");
  if (!file || fputs(FIGURES_SCRIPT, file) < 0 || fprintf(file, RACES, races) < 0 || fclose(file) != 0) bench_give_up("the script cannot be written");
}

static void start_all(struct peers *peers, int races) {
  write_script(peers, races);
  configure(peers, races);
  for (int i = 0; i < peers->count; i++) peers->processes[i] = start(peers, i);
}

static void stop_all(struct peers *peers) {
  for (int i = 0; i < peers->count; i++) process_stop(&peers->processes[i]);
}

/* ---- what they are asked ---- */

static void make_requests(struct peers *peers) {
  char path[400];
  struct base_buf upload = figures_upload_body(), *small = &peers->requests[SMALL];
  *small = (struct base_buf)BASE_BUF_INIT;
  base_buf_printf(small, "GET %s/services/data/v1/Bench/objects/Note HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", peers->base);
  snprintf(path, sizeof path, "%s/services/data/v1/Bench/objects/Row?%%24batchsize=500", peers->base);
  peers->requests[PAGE] = load_request(path, "X-Http-Method-Override: GET\r\n", "{}");
  snprintf(path, sizeof path, "%s/services/data/v1/Bench", peers->base);
  peers->requests[UPLOAD] = load_request(path, "X-Http-Method-Override: UPLOAD\r\n", base_buf_string(&upload));
  base_buf_done(&upload);
}

/* What foundry-mock answers is what the others are given to say. */
static void save_answers(const struct peers *peers) {
  static const char *const NAMES[KINDS] = {"small", "page", "upload"};
  struct base_buf answer = BASE_BUF_INIT;
  int connection = load_connect(peers->processes[0].port);
  for (int kind = 0; kind < KINDS; kind++) {
    char path[512];
    size_t body = load_exchange(connection, &peers->requests[kind], &answer);
    snprintf(path, sizeof path, "%s/%s", peers->folder, NAMES[kind]);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(answer.data + body, 1, answer.len - body, file) != answer.len - body || fclose(file) != 0) bench_give_up("an answer cannot be written");
  }
  close(connection);
  base_buf_done(&answer);
}

static bool is_there(const struct peers *peers, const struct peer *peer) {
  char command[512];
  snprintf(command, sizeof command, "command -v %s >/dev/null && test -e '%s/%s'", peer->argv[0], peers->folder, peer->program);
  return system(command) == 0;
}

static void find_peers(struct peers *peers) {
  peers->systems[peers->count++] = &PEERS[0];
  for (int i = 1; i < PEERS_MAX; i++) {
    if (is_there(peers, &PEERS[i])) peers->systems[peers->count++] = &PEERS[i];
    else printf("%s is left out: %s or %s is not there\n", PEERS[i].name, PEERS[i].argv[0], PEERS[i].program);
  }
}

static void prepare(struct peers *peers) {
  bench_folder(peers->mock_folder);
  find_peers(peers);
  write_script(peers, 0);
  peers->processes[0] = start_mock(peers);
  snprintf(peers->base, sizeof peers->base, "%s", peers->processes[0].base);
  make_requests(peers);
  save_answers(peers);
  process_stop(&peers->processes[0]);
}

/* ---- figures ---- */

static void tell(const struct peer *peer, const char *key, const char *label, int decimals, const struct bench_series *series) {
  char whole_key[128], whole_label[128];
  snprintf(whole_key, sizeof whole_key, "%s_%s", key, peer->key);
  snprintf(whole_label, sizeof whole_label, "%s%s", label, peer->name);
  bench_tell(&(struct bench_figure){.key = whole_key, .label = whole_label, .decimals = decimals}, series);
}

struct cold {
  struct bench_series start_ms, start_ratio, memory_mib;
};

static void measure_cold(struct peers *peers, struct cold cold[PEERS_MAX]) {
  double mock = 0;
  configure(peers, 0);
  for (int i = 0; i < peers->count; i++) {
    double begin = bench_now_s();
    struct process process = start(peers, i);
    double took = bench_now_s() - begin;
    if (i == 0) mock = took;
    bench_add(&cold[i].start_ms, took * 1000);
    bench_add(&cold[i].start_ratio, took / mock);
    bench_add(&cold[i].memory_mib, (double)process_resident_kib(&process) / 1024);
    process_stop(&process);
  }
}

static void tell_cold(struct peers *peers, int rounds) {
  static struct cold cold[PEERS_MAX];
  for (int round = 0; round < rounds && round < COLD_ROUNDS_MAX; round++) measure_cold(peers, cold);
  for (int i = 0; i < peers->count; i++) {
    tell(peers->systems[i], "cold_start_ms", "from exec to the first answer, ms: ", 0, &cold[i].start_ms);
    if (i > 0) tell(peers->systems[i], "cold_start_ratio", "  divided by foundry-mock's: ", 0, &cold[i].start_ratio);
  }
  for (int i = 0; i < peers->count; i++) tell(peers->systems[i], "resident_mib", "resident after it, MiB: ", 1, &cold[i].memory_mib);
}

/* The processor time of a request says more than the rate where others use the machine too. */
struct turn {
  double rate, cpu_us;
};

struct outcome {
  struct bench_series rate, cpu_us, rate_ratio, cpu_ratio;
};

static struct turn take_turn(const struct peers *peers, int system, int kind, unsigned seconds) {
  double cpu = process_cpu_s(&peers->processes[system]);
  struct load load = load_run(peers->processes[system].port, CONNECTIONS, &peers->requests[kind], 1, seconds);
  cpu = process_cpu_s(&peers->processes[system]) - cpu;
  if (load.answers == 0) load.answers = 1; /* which flatters it */
  return (struct turn){(double)load.answers / load.seconds, cpu * 1e6 / (double)load.answers};
}

static void run_round(const struct peers *peers, unsigned seconds, struct outcome outcomes[KINDS][PEERS_MAX]) {
  for (int kind = 0; kind < KINDS; kind++) {
    struct turn mock = {0};
    for (int i = 0; i < peers->count; i++) {
      struct turn turn = take_turn(peers, i, kind, seconds);
      if (i == 0) mock = turn;
      bench_add(&outcomes[kind][i].rate, turn.rate);
      bench_add(&outcomes[kind][i].cpu_us, turn.cpu_us);
      bench_add(&outcomes[kind][i].rate_ratio, mock.rate / turn.rate);
      bench_add(&outcomes[kind][i].cpu_ratio, turn.cpu_us / mock.cpu_us);
    }
  }
}

static void tell_kind(const struct peers *peers, int kind, const struct outcome outcomes[PEERS_MAX]) {
  static const char *const KEYS[KINDS][4] = {{"small", "small_cpu_us", "small_ratio", "small_cpu_ratio"},
                                             {"page", "page_cpu_us", "page_ratio", "page_cpu_ratio"},
                                             {"upload", "upload_cpu_us", "upload_ratio", "upload_cpu_ratio"}};
  static const char *const LABELS[KINDS] = {"small GET, requests/s: ", "page of 500, requests/s: ", "upload of 50, requests/s: "};
  for (int i = 0; i < peers->count; i++) {
    tell(peers->systems[i], KEYS[kind][0], LABELS[kind], 0, &outcomes[i].rate);
    tell(peers->systems[i], KEYS[kind][1], "  processor time of one, us: ", 0, &outcomes[i].cpu_us);
    if (i == 0) continue;
    tell(peers->systems[i], KEYS[kind][2], "  rate, foundry-mock / ", 1, &outcomes[i].rate_ratio);
    tell(peers->systems[i], KEYS[kind][3], "  processor time, divided by foundry-mock's: ", 1, &outcomes[i].cpu_ratio);
  }
}

static void tell_load(struct peers *peers, int rounds, unsigned seconds) {
  static struct outcome outcomes[KINDS][PEERS_MAX];
  enum { WARM_S = 3 };
  start_all(peers, 0);
  for (int i = 0; i < peers->count; i++)
    for (int kind = 0; kind < KINDS; kind++) take_turn(peers, i, kind, WARM_S);
  for (int round = 0; round < rounds; round++) run_round(peers, seconds, outcomes);
  for (int kind = 0; kind < KINDS; kind++) tell_kind(peers, kind, outcomes[kind]);
  stop_all(peers);
}

static void tell_races(struct peers *peers, int races) {
  static struct bench_series twice[PEERS_MAX], never[PEERS_MAX];
  char path[300];
  snprintf(path, sizeof path, "%s/services/data/v1/Bench/objects/Note?round=", peers->base);
  start_all(peers, races);
  for (int i = 0; i < peers->count; i++) {
    struct race race = race_run(peers->processes[i].port, i == 0 ? path : "/race/", races);
    bench_add(&twice[i], race.twice);
    bench_add(&never[i], race.never);
  }
  printf("a one-shot fault met by %d requests at once, %d rounds:\n", RACE_CONNECTIONS, races);
  for (int i = 0; i < peers->count; i++) tell(peers->systems[i], "fired_twice", "rounds in which it fired twice or more: ", 0, &twice[i]);
  for (int i = 0; i < peers->count; i++) tell(peers->systems[i], "never_fired", "rounds in which it never fired: ", 0, &never[i]);
  stop_all(peers);
}

void figures_peers(const char *folder, int rounds, unsigned seconds) {
  struct peers peers = {.folder = folder};
  bench_heading("foundry-mock beside other mock servers");
  prepare(&peers);
  tell_cold(&peers, rounds);
  tell_load(&peers, rounds, seconds);
  tell_races(&peers, RACE_ROUNDS);
  for (int kind = 0; kind < KINDS; kind++) base_buf_done(&peers.requests[kind]);
  bench_remove(peers.mock_folder);
}
