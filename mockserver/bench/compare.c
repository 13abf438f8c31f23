/*
 * Kinds of requests to foundry-mock and to a bare handler, which sends what foundry-mock answered once. In each round
 * every kind is asked of both, one after the other; the ratio of the round is theirs.
 *
 * A page that is asked for again while nothing has changed is made once; so there is a kind of pages that are asked for
 * by more different requests than the mock remembers. Uploads are compared with a floor that keeps their records, too (floor.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "figures.h"
#include "load.h"
#include "process.h"

enum { SMALL, PAGE, FRESH, UPLOAD, STORED, KINDS };
enum { VARIANTS = LOAD_REQUESTS }; /* of a fresh page: batch sizes up to 500 */

static const struct {
  const char *name, *label, *other; /* what it is compared with */
  double goal;                      /* of the rates' ratio; 0 = none */
} TRAITS[KINDS] = {[SMALL] = {"small", "small answer", "bare handler", 0.6},
                   [PAGE] = {"page", "page of 500 records", "bare handler", 0.5},
                   [FRESH] = {"fresh", "page that is made anew", "bare handler", 0},
                   [UPLOAD] = {"upload", "upload of 50 records", "bare handler", 0.4},
                   [STORED] = {"stored", "upload of 50 records", "floor that keeps and answers each", 0.4}};

/* Over so many connections: one client that waits for each answer, as a sync does; and enough to keep two processors busy. */
static const unsigned CONNECTIONS[] = {1, 4};
enum { LOADS = sizeof CONNECTIONS / sizeof CONNECTIONS[0] };

/* 2,000 rows of ten columns; a where() of each rule is asked about every request and says no. */
const char FIGURES_SCRIPT[] =
    "local foundry = require 'foundry'\n"
    "local function never(request) return request.query.never ~= nil end\n"
    "local bench = server:service('Bench', {})\n"
    "local fields = {{name = 'Id', datatype = 'number', nullable = false}}\n"
    "for _, name in ipairs{'Name', 'Street', 'City', 'Phone', 'Notes'} do fields[#fields + 1] = {name = name, datatype = 'string'} end\n"
    "for _, name in ipairs{'Salary', 'Department'} do fields[#fields + 1] = {name = name, datatype = 'number'} end\n"
    "fields[#fields + 1] = {name = 'Active', datatype = 'boolean'}\n"
    "fields[#fields + 1] = {name = 'HiredOn', datatype = 'date'}\n"
    "bench:object('Row', {key = {'Id'}, fields = fields}):generate{count = server.options.rows or 2000}\n"
    "bench:object('Note', foundry.model.note):insert{Id = '1', Text = 'one'}\n"
    "bench:on_download():where(never):status(503)\n"
    "bench:on_upload():where(never):status(503)\n";

/* 50 updates of rows that are there. */
struct base_buf figures_upload_body(void) {
  struct base_buf body = BASE_BUF_INIT;
  base_buf_text(&body, "{\"checksum\":\"\",\"records\":[");
  for (int i = 1; i <= 50; i++)
    base_buf_printf(&body, "%s{\"Id\":%d,\"Name\":\"Ada %d\",\"Street\":\"Main Street %d\",\"City\":\"Karlsruhe\",\"Phone\":\"+1-555-%04d\",\"Salary\":%d.25,"
                    "\"Department\":%d,\"Active\":true,\"HiredOn\":\"2026-01-02\",\"_metadata\":{\"object\":\"Row\",\"action\":\"update\",\"rowId\":%d,"
                    "\"checksum\":\"\",\"ignore_duplicate\":\"false\"}}", i > 1 ? "," : "", i, i, i, i, i, i % 7, i);
  base_buf_text(&body, "]}");
  return body;
}

static const char *const OVERRIDES[KINDS] = {
    [SMALL] = "GET", [PAGE] = "GET", [FRESH] = "GET", [UPLOAD] = "UPLOAD", [STORED] = "UPLOAD"};
static const char *const BARE_PATHS[KINDS] = {[SMALL] = "/s", [PAGE] = "/p", [FRESH] = "/p", [UPLOAD] = "/u", [STORED] = "/v"};

static struct base_buf make_request(int kind, const char *path) {
  char headers[64];
  bool uploads = kind == UPLOAD || kind == STORED;
  struct base_buf upload = figures_upload_body();
  snprintf(headers, sizeof headers, "X-Http-Method-Override: %s\r\n", OVERRIDES[kind]);
  struct base_buf request = load_request(path, headers, uploads ? base_buf_string(&upload) : "{}");
  base_buf_done(&upload);
  return request;
}

/* The requests of a kind, in turns. */
struct requests {
  struct base_buf list[VARIANTS];
  size_t count;
};

static struct requests make_requests(int kind, const char *base) {
  static const char *const PATHS[KINDS] = {[SMALL] = "objects/Note", [PAGE] = "objects/Row?%24batchsize=500",
                                           [FRESH] = "objects/Row?%24batchsize=", [UPLOAD] = "", [STORED] = ""};
  struct requests requests = {.count = kind == FRESH ? VARIANTS : 1};
  for (size_t i = 0; i < requests.count; i++) {
    char path[512];
    snprintf(path, sizeof path, "%s/services/data/v1/Bench%s%s%.0d", base, PATHS[kind][0] ? "/" : "", PATHS[kind],
             kind == FRESH ? 500 - (int)i : 0);
    requests.list[i] = make_request(kind, path);
  }
  return requests;
}

static void free_requests(struct requests *requests) {
  for (size_t i = 0; i < requests->count; i++) base_buf_done(&requests->list[i]);
}

static int find_kind(const char *name) {
  for (int i = 0; i < KINDS; i++)
    if (strcmp(TRAITS[i].name, name) == 0) return i;
  bench_give_up("the kinds are small, page, fresh, upload, stored");
}

struct bench {
  char folder[BENCH_PATH];
  struct process mock;
  struct requests requests[KINDS];
};

static struct bench start_mock(void) {
  struct bench bench = {0};
  char path[BENCH_PATH + 16];
  bench_folder(bench.folder);
  snprintf(path, sizeof path, "%s/bench.lua", bench.folder);
  FILE *file = fopen(path, "w");
  if (!file || fputs(FIGURES_SCRIPT, file) < 0 || fclose(file) != 0) bench_give_up("the script cannot be written");
  bench.mock = process_mock((const char *[]){"--script", path, "--keep", "1000", NULL});
  for (int kind = 0; kind < KINDS; kind++) bench.requests[kind] = make_requests(kind, bench.mock.base);
  return bench;
}

static void stop_mock(struct bench *bench) {
  process_stop(&bench->mock);
  for (int kind = 0; kind < KINDS; kind++) free_requests(&bench->requests[kind]);
  bench_remove(bench->folder);
}

/* The body that the mock answers with; the caller's. */
static char *answer_of(const struct bench *bench, int kind) {
  struct base_buf answer = BASE_BUF_INIT;
  int connection = load_connect(bench->mock.port);
  if (connection < 0) bench_give_up("foundry-mock does not listen");
  size_t body = load_exchange(connection, &bench->requests[kind].list[0], &answer);
  char *text = strdup(answer.data + body);
  close(connection);
  base_buf_done(&answer);
  return text;
}

/* A busy machine gives less time to both, but not always alike: the processor time of the servers tells more then. */
enum figure { RATE, OTHER_RATE, RATIO, COST_US, COST_RATIO, FIGURES };

struct outcome {
  struct bench_series of[FIGURES];
};

static void tell(int kind, unsigned connections, const struct outcome *outcome) {
  const char *label = TRAITS[kind].label, *other = TRAITS[kind].other;
  const struct {
    const char *key, *before, *name, *behind; /* of the label */
    int decimals;
  } TOLD[FIGURES] = {[RATE] = {"rate", "", label, ": foundry-mock, requests/s", 0},
                     [OTHER_RATE] = {"other_rate", "  ", other, "", 0},
                     [RATIO] = {"ratio", "  foundry-mock / ", other, "", 3},
                     [COST_US] = {"cpu_us", "  processor time of a request, us", "", "", 1},
                     [COST_RATIO] = {"cpu_ratio", "    ", other, "'s / foundry-mock's", 3}};
  for (int i = 0; i < FIGURES; i++) {
    char key[64], text[128];
    bool has_goal = i == RATIO && TRAITS[kind].goal > 0;
    snprintf(key, sizeof key, "%s_%s_%u", TRAITS[kind].name, TOLD[i].key, connections);
    snprintf(text, sizeof text, "%s%s%s", TOLD[i].before, TOLD[i].name, TOLD[i].behind);
    bench_tell(&(struct bench_figure){key, text, TOLD[i].decimals, has_goal ? BENCH_AT_LEAST : BENCH_REPORTED, TRAITS[kind].goal},
               &outcome->of[i]);
  }
}

struct turn {
  double rate, cpu_us;
};

static struct turn take_turn(const struct process *process, unsigned connections, const struct base_buf *requests, size_t count, unsigned seconds) {
  double before = process_cpu_s(process);
  struct load load = load_run(process->port, connections, requests, count, seconds);
  double answers = (double)load.answers;
  return (struct turn){answers / load.seconds, (process_cpu_s(process) - before) / answers * 1e6};
}

/* ---- both servers ---- */

struct pair {
  struct bench bench;
  struct process bare;
  struct base_buf bare_requests[KINDS];
};

static struct pair start_pair(void) {
  struct pair pair = {.bench = start_mock()};
  char *answers[] = {answer_of(&pair.bench, SMALL), answer_of(&pair.bench, PAGE), answer_of(&pair.bench, UPLOAD)};
  for (int kind = 0; kind < KINDS; kind++) pair.bare_requests[kind] = make_request(kind, BARE_PATHS[kind]);
  pair.bare = process_bare((const char *const *)answers);
  for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) free(answers[i]);
  return pair;
}

static void stop_pair(struct pair *pair) {
  for (int kind = 0; kind < KINDS; kind++) base_buf_done(&pair->bare_requests[kind]);
  process_stop(&pair->bare);
  stop_mock(&pair->bench);
}

static void take_turns(const struct pair *pair, int kind, unsigned connections, unsigned seconds, struct outcome *outcome) {
  const struct requests *requests = &pair->bench.requests[kind];
  struct turn mock = take_turn(&pair->bench.mock, connections, requests->list, requests->count, seconds);
  struct turn other = take_turn(&pair->bare, connections, &pair->bare_requests[kind], 1, seconds);
  bench_add(&outcome->of[RATE], mock.rate);
  bench_add(&outcome->of[OTHER_RATE], other.rate);
  bench_add(&outcome->of[RATIO], mock.rate / other.rate);
  bench_add(&outcome->of[COST_US], mock.cpu_us);
  bench_add(&outcome->of[COST_RATIO], other.cpu_us / mock.cpu_us);
}

void figures_compare(int rounds, unsigned seconds, const char *only) {
  static struct outcome outcomes[LOADS][KINDS];
  int first = only ? find_kind(only) : 0, last = only ? first : KINDS - 1;
  struct pair pair = start_pair();
  for (int round = 0; round < rounds; round++)
    for (int kind = first; kind <= last; kind++)
      for (int i = 0; i < LOADS; i++) take_turns(&pair, kind, CONNECTIONS[i], seconds, &outcomes[i][kind]);
  for (int i = 0; i < LOADS; i++) {
    char heading[64];
    snprintf(heading, sizeof heading, "beside a bare CivetWeb handler, over %u connection%s", CONNECTIONS[i], i > 0 ? "s" : "");
    bench_heading(heading);
    for (int kind = first; kind <= last; kind++) tell(kind, CONNECTIONS[i], &outcomes[i][kind]);
  }
  stop_pair(&pair);
}

/* ---- for profilers ---- */

void figures_once(const char *kind, unsigned seconds) {
  int found = find_kind(kind);
  struct bench bench = start_mock();
  printf("pid %d\n", (int)bench.mock.pid);
  fflush(stdout);
  struct turn turn = take_turn(&bench.mock, CONNECTIONS[LOADS - 1], bench.requests[found].list, bench.requests[found].count, seconds);
  printf("%s: %.0f requests/s, %.1f us of processor time each\n", kind, turn.rate, turn.cpu_us);
  stop_mock(&bench);
}

static void send_count(const struct process *process, const struct base_buf *requests, size_t kinds, unsigned count) {
  struct base_buf answer = BASE_BUF_INIT;
  int connection = load_connect(process->port);
  if (connection < 0) bench_give_up("a server does not listen");
  for (unsigned i = 0; i < count; i++) load_exchange(connection, &requests[i % kinds], &answer);
  close(connection);
  base_buf_done(&answer);
}

void figures_count(const char *kind, unsigned count) {
  int found = find_kind(kind);
  struct pair pair = start_pair();
  send_count(&pair.bench.mock, pair.bench.requests[found].list, pair.bench.requests[found].count, count);
  send_count(&pair.bare, &pair.bare_requests[found], 1, count);
  stop_pair(&pair);
}
