/*
 * Three kinds of requests to foundry-mock and to a bare handler, which sends what foundry-mock answered once. In each
 * round every kind is asked of both, one after the other; the ratio of the round is theirs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "figures.h"
#include "load.h"
#include "process.h"

enum { SMALL, PAGE, UPLOAD, KINDS };

static const char *const NAMES[KINDS] = {"small", "page", "upload"};

/* 2,000 rows of ten columns; a where() of each rule is asked about every request and says no. */
static const char SCRIPT[] =
    "local foundry = require 'foundry'\n"
    "local function never(request) return request.query.never ~= nil end\n"
    "local bench = server:service('Bench', {})\n"
    "local fields = {{name = 'Id', datatype = 'number', nullable = false}}\n"
    "for _, name in ipairs{'Name', 'Street', 'City', 'Phone', 'Notes'} do fields[#fields + 1] = {name = name, datatype = 'string'} end\n"
    "for _, name in ipairs{'Salary', 'Department'} do fields[#fields + 1] = {name = name, datatype = 'number'} end\n"
    "fields[#fields + 1] = {name = 'Active', datatype = 'boolean'}\n"
    "fields[#fields + 1] = {name = 'HiredOn', datatype = 'date'}\n"
    "bench:object('Row', {key = {'Id'}, fields = fields}):generate{count = 2000}\n"
    "bench:object('Note', foundry.model.note):insert{Id = '1', Text = 'one'}\n"
    "bench:on_download():where(never):status(503)\n"
    "bench:on_upload():where(never):status(503)\n";

/* 50 updates of rows that are there. */
static struct base_buf upload_body(void) {
  struct base_buf body = BASE_BUF_INIT;
  base_buf_text(&body, "{\"checksum\":\"\",\"records\":[");
  for (int i = 1; i <= 50; i++)
    base_buf_printf(&body, "%s{\"Id\":%d,\"Name\":\"Ada %d\",\"Street\":\"Main Street %d\",\"City\":\"Karlsruhe\",\"Phone\":\"+1-555-%04d\",\"Salary\":%d.25,"
                    "\"Department\":%d,\"Active\":true,\"HiredOn\":\"2026-01-02\",\"_metadata\":{\"object\":\"Row\",\"action\":\"update\",\"rowId\":%d,"
                    "\"checksum\":\"\",\"ignore_duplicate\":\"false\"}}", i > 1 ? "," : "", i, i, i, i, i, i % 7, i);
  base_buf_text(&body, "]}");
  return body;
}

static struct base_buf make_request(int kind, const char *base, const char *bare) {
  static const char *const PATHS[KINDS] = {"/services/data/v1/Bench/objects/Note", "/services/data/v1/Bench/objects/Row?%24batchsize=500",
                                           "/services/data/v1/Bench"};
  char path[512];
  struct base_buf upload = upload_body();
  snprintf(path, sizeof path, "%s%s", bare ? bare : base, bare ? "" : PATHS[kind]);
  struct base_buf request = load_request(path, kind == UPLOAD ? "X-Http-Method-Override: UPLOAD\r\n" : "X-Http-Method-Override: GET\r\n",
                                         kind == UPLOAD ? base_buf_string(&upload) : "{}");
  base_buf_done(&upload);
  return request;
}

struct bench {
  char folder[BENCH_PATH];
  struct process mock;
  struct base_buf requests[KINDS];
};

static struct bench start_mock(void) {
  struct bench bench = {0};
  char path[BENCH_PATH + 16];
  bench_folder(bench.folder);
  snprintf(path, sizeof path, "%s/bench.lua", bench.folder);
  FILE *file = fopen(path, "w");
  if (!file || fputs(SCRIPT, file) < 0 || fclose(file) != 0) bench_give_up("the script cannot be written");
  bench.mock = process_mock((const char *[]){"--script", path, "--keep", "1000", NULL});
  for (int kind = 0; kind < KINDS; kind++) bench.requests[kind] = make_request(kind, bench.mock.base, NULL);
  return bench;
}

static void stop_mock(struct bench *bench) {
  process_stop(&bench->mock);
  for (int kind = 0; kind < KINDS; kind++) base_buf_done(&bench->requests[kind]);
  bench_remove(bench->folder);
}

/* The body that the mock answers with; the caller's. */
static char *answer_of(const struct bench *bench, int kind) {
  struct base_buf answer = BASE_BUF_INIT;
  int connection = load_connect(bench->mock.port);
  if (connection < 0) bench_give_up("foundry-mock does not listen");
  size_t body = load_exchange(connection, &bench->requests[kind], &answer);
  char *text = strdup(answer.data + body);
  close(connection);
  base_buf_done(&answer);
  return text;
}

static const struct bench_figure RATES[KINDS][2] = {
    {{"mock_small", "small answer: foundry-mock, requests/s", 0, BENCH_REPORTED, 0}, {"bare_small", "  bare handler, requests/s", 0, BENCH_REPORTED, 0}},
    {{"mock_page", "page of 500 records: foundry-mock, requests/s", 0, BENCH_REPORTED, 0}, {"bare_page", "  bare handler, requests/s", 0, BENCH_REPORTED, 0}},
    {{"mock_upload", "upload of 50 records: foundry-mock, requests/s", 0, BENCH_REPORTED, 0}, {"bare_upload", "  bare handler, requests/s", 0, BENCH_REPORTED, 0}}};

static const struct bench_figure RATIOS[KINDS] = {
    {"small_ratio", "  small answer: mock / bare", 2, BENCH_AT_LEAST, 0.6},
    {"page_ratio", "  page of 500 records: mock / bare", 2, BENCH_AT_LEAST, 0.5},
    {"upload_ratio", "  upload of 50 with per-record results: mock / bare", 2, BENCH_AT_LEAST, 0.4}};

void figures_compare(int rounds, double seconds) {
  static struct bench_series rates[KINDS][2], ratios[KINDS];
  struct bench bench = start_mock();
  char *answers[KINDS];
  struct base_buf bare_requests[KINDS];
  for (int kind = 0; kind < KINDS; kind++) {
    answers[kind] = answer_of(&bench, kind);
    bare_requests[kind] = make_request(kind, "", kind == SMALL ? "/s" : kind == PAGE ? "/p" : "/u");
  }
  struct process bare = process_bare((const char *const *)answers);
  for (int round = 0; round < rounds; round++)
    for (int kind = 0; kind < KINDS; kind++) {
      double mock_rate = load_run(bench.mock.port, &bench.requests[kind], seconds);
      double bare_rate = load_run(bare.port, &bare_requests[kind], seconds);
      bench_add(&rates[kind][0], mock_rate);
      bench_add(&rates[kind][1], bare_rate);
      bench_add(&ratios[kind], mock_rate / bare_rate);
    }
  bench_heading("foundry-mock beside a bare CivetWeb handler");
  for (int kind = 0; kind < KINDS; kind++) {
    bench_tell(&RATES[kind][0], &rates[kind][0]);
    bench_tell(&RATES[kind][1], &rates[kind][1]);
    bench_tell(&RATIOS[kind], &ratios[kind]);
    free(answers[kind]);
    base_buf_done(&bare_requests[kind]);
  }
  process_stop(&bare);
  stop_mock(&bench);
}

void figures_once(const char *kind, double seconds) {
  struct bench bench = start_mock();
  int found = -1;
  for (int i = 0; i < KINDS; i++)
    if (strcmp(NAMES[i], kind) == 0) found = i;
  if (found < 0) bench_give_up("the kinds are small, page, upload");
  printf("pid %d\n", (int)bench.mock.pid);
  fflush(stdout);
  printf("%s: %.0f requests/s\n", kind, load_run(bench.mock.port, &bench.requests[found], seconds));
  stop_mock(&bench);
}
