/*
 * Whatever comes on the port that is no good request gets an answer that says so and stands in the journal, and the
 * server goes on. A server of its own: it takes bodies of 1 MiB, and waits a second for them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "http_client.h"
#include "world_fixture.h"

static const char ORG[] = "/services/data/v1/Org?offline=true";
enum { BODY_MAX = 1024 * 1024 };

static int open_strict(void **state) {
  struct fixture *fixture = calloc(1, sizeof *fixture);
  struct base_error err = {0};
  const struct mock_config config = {.threads = 8, .body_max = BODY_MAX, .request_timeout_ms = 1000};
  assert_int_equal(mock_server_start(&config, &fixture->server, &err), 0);
  if (mock_world_open(fixture->server, "test", &fixture->world, &err) != 0) fail_msg("%s", err.text);
  fixture->url = mock_world_url(fixture->world);
  fixture_do(fixture, "foundry = require 'foundry' org = server:service('Org') employees = org:object('Employee', foundry.model.employee)");
  *state = fixture;
  return 0;
}

static void assert_serves(struct fixture *fixture) {
  struct response response = client_download(fixture->url, ORG, NULL, "{}");
  assert_int_equal(response.status, 200);
  response_done(&response);
}

static void assert_event(struct fixture *fixture, const char *text) {
  mock_world_lock(fixture->world);
  cJSON *journal = mock_world_journal(fixture->world, 0);
  mock_world_unlock(fixture->world);
  const cJSON *entry;
  bool found = false;
  cJSON_ArrayForEach(entry, journal) {
    const char *event = json_find_string(entry, "event");
    found = found || (event && strstr(event, text));
  }
  char *all = json_print(journal);
  if (!found) fail_msg("no event \"%s\" in %s", text, all);
  free(all);
  cJSON_Delete(journal);
}

/* Sends as long as it is taken, and reads to the end of the connection. */
static struct raw_answer send_all(struct fixture *fixture, const char *bytes, size_t len) {
  int client = client_connect(fixture->url);
  while (len > 0) {
    ssize_t sent = send(client, bytes, len, MSG_NOSIGNAL);
    if (sent <= 0) break;
    bytes += sent;
    len -= (size_t)sent;
  }
  struct raw_answer raw = client_read_raw(client);
  close(client);
  return raw;
}

static void assert_answer(struct raw_answer raw, const char *status, const char *text) {
  if (raw.bytes.len < 9 || strncmp(raw.bytes.data + 9, status, 3) != 0 || !strstr(raw.bytes.data, text))
    fail_msg("not %s %s but %s", status, text, base_buf_string(&raw.bytes));
  base_buf_done(&raw.bytes);
}

#define HEAD "POST /w/test/services/data/v1/Org HTTP/1.1\r\nHost: x\r\nX-Http-Method-Override: GET\r\n"

struct refusal {
  const char *bytes, *status, *text;
};

/* The reason, the connection's end, an event that says the same, and the next one is served. */
static void assert_refused(struct fixture *fixture, const struct refusal *refusal) {
  char event[256];
  assert_answer(send_all(fixture, refusal->bytes, strlen(refusal->bytes)), refusal->status, refusal->text);
  snprintf(event, sizeof event, "answered %s: ", refusal->status);
  assert_event(fixture, event);
  assert_event(fixture, refusal->text);
  assert_serves(fixture);
}

static void what_cannot_be_read_is_told_why(void **state) {
  static const struct refusal CASES[] = {
      {"hello server\r\n\r\n", "400", "its first line is no "},
      {"GET\r\n\r\n", "400", "its first line is no "},
      {"GET /w/test/\r\n\r\n", "400", "its first line is no "},
      {"GET /w/te st/ HTTP/1.1\r\n\r\n", "400", "its first line is no "},
      {"GET /w/test/ http/1.1\r\n\r\n", "400", "its first line is no "},
      {"GET /w/test/ HTTP/9.9\r\n\r\n", "505", "HTTP/9.9 is not spoken here"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "501", "an unknown method"},
      {"\x16\x03\x01\x02\r\n\r\n", "400", "this looks like a TLS handshake, and the port speaks plain HTTP"},
      {HEAD "X-A: o\tne\r\n\r\n", "400", "a control byte"},
      {"BREW /w/test/ HTTP/1.1\r\n\r\n", "501", "an unknown method"},
      {"post /w/test/ HTTP/1.1\r\nHost: x\r\n\r\n", "501", "they are written in capitals"},
      {"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n", "400", "is neither a path nor a whole URL"},
      {"GET /w/test/ HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n", "400", "it has no colon"},
      {"GET /w/test/ HTTP/1.1\r\nHost: x\r\nX A: 1\r\n\r\n", "400", "it has no colon"},
      {"GET /w/test/ HTTP/1.1\r\nHost: x\r\nX\xe9: 1\r\n\r\n", "400", "a byte that none may have"}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) assert_refused(*state, &CASES[i]);
}

#define CHUNKS "\r\n2\r\n{}\r\n0\r\n\r\n"

/* RFC 9112, 6.3: two readers of it would not agree where the next request begins. */
static void a_body_without_a_clear_end_is_refused(void **state) {
  static const struct refusal CASES[] = {
      {HEAD "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", "400", "Content-Length is 2 and 3"},
      {HEAD "Content-Length: 3\r\nContent-Length: 2\r\n\r\n{} ", "400", "Content-Length is 3 and 2"},
      {HEAD "Content-Length: 2, 3\r\n\r\n{} ", "400", "Content-Length is 2 and 3"},
      {HEAD "Content-Length: 2,\r\nContent-Length: 2\r\n\r\n{}", "400", "is no number"},
      {HEAD "Content-Length: 2x\r\n\r\n{}", "400", "is no number"},
      {HEAD "Content-Length: 0x2\r\n\r\n{}", "400", "is no number"},
      {HEAD "Content-Length: +2\r\n\r\n{}", "400", "is no number"},
      {HEAD "Content-Length: -1\r\n\r\n{}", "400", "is no number"},
      {HEAD "Content-Length: many\r\n\r\n{}", "400", "is no number"},
      {HEAD "Content-Length:\r\n\r\n{}", "400", "is no number"},
      {HEAD "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n" CHUNKS, "400", "both Content-Length and Transfer-Encoding"},
      {HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" CHUNKS, "400", "two Transfer-Encoding headers"},
      {HEAD "Transfer-Encoding: gzip, chunked\r\n" CHUNKS, "501", "is not understood"},
      {HEAD "Transfer-Encoding: identity\r\n\r\n", "501", "is not understood"},
      {"POST /w/test/x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" CHUNKS, "400", "HTTP/1.0 has no Transfer-Encoding"}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) assert_refused(*state, &CASES[i]);
}

/* The same number twice is one number. */
static void a_length_that_is_repeated_is_one(void **state) {
  static const char *const HEADS[] = {HEAD "Content-Length: 2\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
                                      HEAD "Content-Length: 2 , 2\r\nConnection: close\r\n\r\n{}"};
  for (size_t i = 0; i < 2; i++) assert_answer(send_all(*state, HEADS[i], strlen(HEADS[i])), "200", "\"opstatus\":0");
}

/* Else it would be served without the headers behind the line, and its body taken for the next request. */
static void a_head_with_a_line_that_is_passed_over_is_refused(void **state) {
  static const struct refusal CASES[] = {
      {HEAD "X-A: one\r\n two\r\nContent-Length: 2\r\n\r\n{}", "400", "a folded one"},
      {"POST /w/test/services/data/v1/Org HTTP/1.1\r\n Host: x\r\nContent-Length: 2\r\n\r\n{}", "400", "a folded one"},
      {HEAD ": one\r\nContent-Length: 2\r\n\r\n{}", "400", "a colon"},
      {HEAD "\xc3\xa9: one\r\nContent-Length: 2\r\n\r\n{}", "400", "a byte beyond ASCII"},
      {"GET /w/test/ HTTP/1.1\nHost: x\n folded\nX-B: 1\n\n", "400", "a folded one"},
      {"GET /w/test/ HTTP/1.1\r\nHost: x\n folded\r\nX-B: 1\r\n\r\n", "400", "a folded one"},
      {"\r\n\r\n" HEAD "Content-Length: 2\r\n\r\n{}", "400", "2 empty lines stand in front"},
      {"\n\n\n" HEAD "Content-Length: 2\r\n\r\n{}", "400", "3 empty lines stand in front"},
      {HEAD "X-A : one\r\nContent-Length: 2\r\n\r\n{}", "400", "a blank stands between the header's name"},
      {"GET /w/test/ HTTP/1.1\r\nX-A: 1\r\n\r\n", "400", "no Host header"},
      {HEAD "Host: y\r\nContent-Length: 2\r\n\r\n{}", "400", "two Host headers"}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) assert_refused(*state, &CASES[i]);
  assert_int_equal(fixture_number(*state, "local n = 0 for _, r in ipairs(server:requests()) do n = n + (r.path == '/' and 1 or 0) end return n"), 0);
}

static struct base_buf with_header(size_t len) {
  struct base_buf bytes = BASE_BUF_INIT;
  base_buf_text(&bytes, "POST /w/test/services/data/v1/Org HTTP/1.1\r\nHost: x\r\nX-Http-Method-Override: GET\r\nContent-Length: 2\r\nX-Large: ");
  for (size_t i = 0; i < len; i++) base_buf_char(&bytes, 'a');
  base_buf_text(&bytes, "\r\nConnection: close\r\n\r\n{}");
  return bytes;
}

static void headers_of_any_size_are_taken_or_refused(void **state) {
  struct base_buf large = with_header(900 * 1024), endless = with_header(2 * 1024 * 1024);
  assert_answer(send_all(*state, large.data, large.len), "200", "\"opstatus\":0");
  assert_int_equal(fixture_number(*state, "return #org:downloads()[1].headers['x-large']"), 900 * 1024);
  assert_answer(send_all(*state, endless.data, endless.len), "431", "its head is larger than 1048576 bytes");
  assert_serves(*state);
  assert_event(*state, "no request: answered 431: the request cannot be read: its head is larger than 1048576 bytes");
  base_buf_done(&large);
  base_buf_done(&endless);
}

static struct raw_answer send_headers(struct fixture *fixture, int count) {
  struct base_buf bytes = BASE_BUF_INIT;
  base_buf_text(&bytes, "POST /w/test/services/data/v1/Org HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Http-Method-Override: GET\r\nContent-Length: 2\r\n");
  for (int i = 4; i < count; i++) base_buf_printf(&bytes, "X-%d: %d\r\n", i, i);
  base_buf_text(&bytes, "\r\n{}");
  struct raw_answer raw = send_all(fixture, bytes.data, bytes.len);
  base_buf_done(&bytes);
  return raw;
}

/* None is dropped without a word: all are in the journal, or the request is refused. */
static void a_head_that_does_not_end_is_given_up(void **state) {
  static const char CUT[] = "GET /w/test/ HTTP/1.1\r\nHost: x\r\nX-A";
  assert_answer(send_all(*state, CUT, sizeof CUT - 1), "408", "its head did not come to an end in time");
  assert_event(*state, "answered 408: the request cannot be read: its head");
  int client = client_connect(((struct fixture *)*state)->url);
  assert_int_equal(write(client, CUT, sizeof CUT - 1), sizeof CUT - 1);
  shutdown(client, SHUT_WR);
  assert_answer(client_read_raw(client), "400", "the client stopped sending before the head was whole");
  close(client);
  assert_event(*state, "answered 400: the request cannot be read: the client stopped");
  assert_serves(*state);
}

/* Some clients end a body with a line end that they do not count. */
static void an_empty_line_in_front_of_a_request_is_passed_over(void **state) {
  static const char ONE[] = "\r\n" HEAD "Content-Length: 2\r\n\r\n{}\r\n" HEAD "Content-Length: 2\r\nConnection: close\r\n\r\n{}";
  struct raw_answer raw = send_all(*state, ONE, sizeof ONE - 1);
  char *second = strstr(base_buf_string(&raw.bytes) + 1, "HTTP/1.1 200");
  assert_true(second && strncmp(raw.bytes.data, "HTTP/1.1 200", 12) == 0);
  base_buf_done(&raw.bytes);
  assert_int_equal(fixture_number(*state, "for _, r in ipairs(org:downloads()) do assert(r.body_text == '{}') end return #org:downloads()"), 2);
}

static void more_headers_than_are_taken_are_refused(void **state) {
  assert_answer(send_headers(*state, 63), "200", "\"opstatus\":0");
  assert_int_equal(fixture_number(*state, "local n = 0 for _ in pairs(org:downloads()[1].headers) do n = n + 1 end return n"), 63);
  assert_answer(send_headers(*state, 64), "431", "more than 63 headers");
  assert_answer(send_headers(*state, 500), "431", "more than 63 headers");
  assert_event(*state, "no request: POST /w/test/services/data/v1/Org: answered 431: the request has more than 63 headers");
  assert_serves(*state);
}

/* ---- odd, and served ---- */

#define PATH "/w/test/services/data/v1/Org"
#define OLD "POST " PATH " HTTP/1.0\r\nX-Http-Method-Override: GET\r\n"
#define CLOSE "Connection: close\r\n"

static int count(const char *text, const char *part) {
  int found = 0;
  for (const char *at = text; (at = strstr(at, part)); at++) found++;
  return found;
}

/* Each is a download with the body {}, as the journal has it; the connection ends by itself. */
static void odd_requests_are_served(void **state) {
  static const struct {
    const char *bytes;
    int answers, interim;
  } CASES[] = {{HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n01\r\n}\r\n0\r\nX-Trailer: a\r\nX-Other: b\r\n\r\n", 1, 0},
               {HEAD "Transfer-Encoding: Chunked\r\n" CLOSE CHUNKS, 1, 0},
               {HEAD CLOSE "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", 1, 1},
               {HEAD CLOSE "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n" CHUNKS, 1, 1},
               {OLD "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", 1, 0},
               {OLD "Content-Length: 2\r\n\r\n{}", 1, 0},
               {OLD "Connection: keep-alive\r\nContent-Length: 2\r\n\r\n{}" OLD "Content-Length: 2\r\n\r\n{}", 2, 0},
               {HEAD "Content-Length: 2\r\n\r\n{}" HEAD CLOSE "Content-Length: 2\r\n\r\n{}", 2, 0},
               {HEAD "Transfer-Encoding: chunked\r\n" CHUNKS HEAD CLOSE "Content-Length: 2\r\n\r\n{}", 2, 0},
               {"POST " PATH " HTTP/1.1\nHost: x\nX-Http-Method-Override: GET\nConnection: close\nContent-Length: 2\n\n{}", 1, 0},
               {HEAD CLOSE "X-A: \xc3\xa9\xff\r\nX-B:\r\nX-!#$%&'*+-.^_`|~: 1\r\nContent-Length: 2\r\n\r\n{}", 1, 0}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    struct fixture *fixture = *state;
    fixture_do(fixture, "seen = #org:downloads()");
    struct raw_answer raw = send_all(fixture, CASES[i].bytes, strlen(CASES[i].bytes));
    int good = count(base_buf_string(&raw.bytes), "HTTP/1.1 200 OK\r\n"), interim = count(base_buf_string(&raw.bytes), "HTTP/1.1 100 Continue\r\n");
    if (good != CASES[i].answers || interim != CASES[i].interim) fail_msg("%s\n%s", CASES[i].bytes, base_buf_string(&raw.bytes));
    base_buf_done(&raw.bytes);
    assert_int_equal(fixture_number(fixture, "for i = seen + 1, #org:downloads() do assert(org:downloads()[i].body_text == '{}') end "
                                             "return #org:downloads() - seen"), CASES[i].answers);
  }
}

/* The path is taken as it came: nothing is cut away or made of it before the names in it are decoded, each by itself. */
static void odd_paths_are_what_they_are(void **state) {
  static const struct {
    const char *path;
    int status;
  } CASES[] = {{"/services/data/v1/Org/objects/%45mployee", 200}, {"/services/data/v1/Org/objects%2FEmployee", 404},
               {"/services/data/v1/Org/x/../objects/Employee", 404}, {"/services/data/v1/Org/./objects/Employee", 404},
               {"/services/data/v1/Org//objects/Employee", 404}, {"/../../../etc/passwd", 404},
               {"/services/data/v1/Org/objects/Employee%00", 404}, {"/services/data/v1/Org/objects/Employee%", 404},
               {"/services/data/v1/Org/objects/Employee%zz", 404}, {"/services/data/v1/Org/objects/Employee;a=b", 404},
               {"/services/data/v1/Org/objects/Employee#x", 404}, {"/services/data/v1/Org/objects/Employee/", 404},
               {"/services/data/v1/Org\\objects\\Employee", 404}, {"/services/data/v1/Org/objects/..%2f..%2fetc", 404}};
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    struct response response = client_download(fixture->url, CASES[i].path, NULL, "{}");
    if (response.status != CASES[i].status) fail_msg("%s: %d %s", CASES[i].path, response.status, response.body);
    response_done(&response);
    cJSON *last = fixture_run(fixture, "local all = server:requests() return all[#all].path");
    assert_string_equal(cJSON_GetStringValue(last), CASES[i].path);
    cJSON_Delete(last);
  }
  assert_serves(fixture);
}

static void a_long_query_is_read(void **state) {
  enum { LEN = 100 * 1024 };
  struct base_buf path = BASE_BUF_INIT;
  base_buf_text(&path, "/services/data/v1/Org?%24batchsize=0&a=%00%&&=&b==?&long=");
  for (int i = 0; i < LEN; i++) base_buf_char(&path, 'x');
  struct response response = client_download(((struct fixture *)*state)->url, base_buf_string(&path), NULL, "{}");
  assert_int_equal(response.status, 200);
  response_done(&response);
  base_buf_done(&path);
  assert_int_equal(fixture_number(*state, "return #org:downloads()[1].query.long"), LEN);
}

/* RFC 9112, 3.2.2: a server takes the whole URL, too. */
static void a_target_may_be_a_whole_url(void **state) {
  struct fixture *fixture = *state;
  char bytes[256];
  int len = snprintf(bytes, sizeof bytes, "GET %s/services/metadata/v1/Org HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", fixture->url);
  assert_answer(send_all(fixture, bytes, (size_t)len), "200", "\"Employee\"");
}

static void what_is_meant_for_nobody_here_is_answered_and_journalled(void **state) {
  static const char *const REQUESTS[] = {"OPTIONS * HTTP/1.1\r\n\r\n", "GET http://example.com/w/test/ HTTP/1.1\r\n\r\n"};
  for (size_t i = 0; i < sizeof REQUESTS / sizeof *REQUESTS; i++) {
    char event[64];
    assert_answer(send_all(*state, REQUESTS[i], strlen(REQUESTS[i])), "400", "for another host, or for none");
    snprintf(event, sizeof event, "no request: %.20s", REQUESTS[i]);
    event[strcspn(event, "*x")] = '\0';
    assert_event(*state, event);
  }
  assert_serves(*state);
}

/* ---- bodies ---- */

static const char POST[] = "POST /w/test/services/data/v1/Org HTTP/1.1\r\nHost: x\r\nX-Http-Method-Override: UPLOAD\r\n";

static void a_body_that_does_not_end_is_given_up(void **state) {
  char bytes[256];
  snprintf(bytes, sizeof bytes, "%sContent-Length: 100\r\n\r\n{\"records\":", POST);
  assert_answer(send_all(*state, bytes, strlen(bytes)), "408", "did not come to an end in time");
  assert_event(*state, "no request: POST /w/test/services/data/v1/Org: answered 408");
  snprintf(bytes, sizeof bytes, "%sTransfer-Encoding: chunked\r\n\r\n5\r\n{\"re", POST);
  assert_answer(send_all(*state, bytes, strlen(bytes)), "408", "did not come to an end in time");
  assert_int_equal(fixture_number(*state, "return #server:requests()"), 0);
  assert_serves(*state);
}

static void a_body_that_is_larger_than_is_taken_is_refused(void **state) {
  struct base_buf bytes = BASE_BUF_INIT;
  base_buf_printf(&bytes, "%sContent-Length: 99999999999\r\n\r\n", POST);
  assert_answer(send_all(*state, bytes.data, bytes.len), "413", "larger than is taken"); /* at once, not a byte of it is read */
  assert_event(*state, "answered 413");
  base_buf_clear(&bytes);
  base_buf_printf(&bytes, "%sContent-Length: %d\r\nConnection: close\r\n\r\n", POST, BODY_MAX);
  for (int i = 0; i < BODY_MAX; i++) base_buf_char(&bytes, ' ');
  assert_answer(send_all(*state, bytes.data, bytes.len), "400", "list of records"); /* the largest one is a request */
  assert_serves(*state);
  base_buf_done(&bytes);
}

/* Chunk after chunk: who reads the answer behind the last one has it. */
static void chunks_without_end_are_refused(void **state) {
  struct base_buf bytes = BASE_BUF_INIT;
  base_buf_printf(&bytes, "%sTransfer-Encoding: chunked\r\n\r\n", POST);
  for (int i = 0; i < 48; i++) {
    base_buf_text(&bytes, "10000\r\n");
    for (int k = 0; k < 65536; k++) base_buf_char(&bytes, 'x');
    base_buf_text(&bytes, "\r\n");
  }
  struct raw_answer raw = send_all(*state, bytes.data, bytes.len);
  assert_false(raw.reset);
  assert_answer(raw, "413", "the body is larger than is taken");
  base_buf_done(&bytes);
  assert_serves(*state);
  assert_event(*state, "the body is larger than is taken");
}

static void chunks_that_are_none_are_told_so(void **state) {
  static const char *const BODIES[] = {"2;name=value\r\n{}\r\n0\r\n\r\n", "0x2\r\n{}\r\n0\r\n\r\n", "fffffffffffffffff2\r\n{}\r\n0\r\n\r\n", "zz\r\n{}\r\n0\r\n\r\n", "-2\r\n{}\r\n0\r\n\r\n", "2\r\n{}xx0\r\n\r\n"};
  for (size_t i = 0; i < sizeof BODIES / sizeof *BODIES; i++) {
    struct base_buf bytes = BASE_BUF_INIT;
    base_buf_printf(&bytes, "%sTransfer-Encoding: chunked\r\n\r\n%s", POST, BODIES[i]);
    assert_answer(send_all(*state, bytes.data, bytes.len), "400", "the body's chunks cannot be read");
    base_buf_done(&bytes);
  }
  assert_event(*state, "answered 400: the body's chunks cannot be read");
  assert_serves(*state);
}

static void a_body_that_is_no_json_is_answered(void **state) {
  struct fixture *fixture = *state;
  static const char *const BODIES[] = {"", "nonsense", "{\"records\":[}", "[1,2", "{\"a\":\"\xff\"}", "\"text\"", "{\"records\":{}}"};
  for (size_t i = 0; i < sizeof BODIES / sizeof *BODIES; i++) {
    struct response response = client_upload(fixture->url, ORG, NULL, BODIES[i]);
    assert_int_equal(response.status, 400);
    assert_non_null(strstr(response.body, "list of records"));
    response_done(&response);
  }
  assert_int_equal(fixture_number(fixture, "local n = 0 for _, r in ipairs(org:uploads()) do n = n + (#r.findings > 0 and 1 or 0) end return n"), 7);
  assert_serves(fixture);
}

/* The deepest JSON that is read, through every part of the way: copies, Lua and back, the printed journal. */
static void the_deepest_body_is_read(void **state) {
  struct fixture *fixture = *state;
  enum { LEVELS = 500 };
  char body[2 * LEVELS + 32];
  fixture_do(fixture, "org:on_upload():where(function(r) seen = r return true end):edit(function(answer, request) answer.deep = request.body end)");
  snprintf(body, sizeof body, "{\"records\":[],\"deep\":");
  size_t len = strlen(body);
  memset(body + len, '[', LEVELS);
  memset(body + len + LEVELS, ']', LEVELS);
  strcpy(body + len + 2 * LEVELS, "}");
  struct response response = client_upload(fixture->url, ORG, NULL, body);
  assert_int_equal(response.status, 200);
  assert_non_null(strstr(response.body, "\"deep\":{\"deep\":[[[["));
  response_done(&response);
  fixture_do(fixture, "assert(#foundry.encode(server:requests()[1].body) > 1000)");
  assert_serves(fixture);
}

/* ---- places that are not there ---- */

static void unknown_places_are_answered_and_journalled(void **state) {
  static const struct {
    const char *path, *text;
    bool in_world;
  } CASES[] = {{"/w/test/nowhere", "nothing is served at this path", true},
               {"/w/test/services/data/v1/None", "there is no service of this name: \\\"None\\\"; there is Org", true},
               {"/w/test/services/data/v1/Org/objects/None", "no object of this name: \\\"None\\\"; there is Employee", true},
               {"/w/test/services/metadata/v1/None", "there is no service of this name", true},
               {"/w/other/x", "what an app is given begins with /w/test", false},
               {"/favicon", "there is no world at this path", false},
               {"/mockery", "there is no world at this path", false}};
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    struct response response = client_call(mock_server_url(fixture->server), CASES[i].path, "X-Http-Method-Override: GET\r\n",
                                           strstr(CASES[i].path, "data") ? "{}" : NULL);
    assert_int_equal(response.status, 404);
    if (!strstr(response.body, CASES[i].text)) fail_msg("%s: %s", CASES[i].path, response.body);
    response_done(&response);
    if (!CASES[i].in_world) assert_event(fixture, "is outside of every world");
  }
  assert_int_equal(fixture_number(fixture, "return #server:requests()"), 4);
  assert_serves(fixture);
}

/* ---- scripts ---- */

static void a_hook_that_fails_is_answered_and_journalled(void **state) {
  static const struct {
    const char *script, *text;
  } CASES[] = {{"rule = org:on_download():once():where(function() error('in where') end):opstatus(1)", "in where"},
               {"rule = org:on_download():once():edit(function() error({}) end)", "table"},
               {"rule = org:on_download():once():edit(function() return function() end end)", "test.lua:1: what this function left: a function has no JSON form"},
               {"rule = org:on_download():once():at('arrived', function() local x = nil; return x.y end)", "attempt to index"},
               {"rule = org:on_download():once():edit(function() while true do end end)", "instructions without waiting"},
               {"rule = org:on_download():once():edit(function() local t = {} while true do t[#t + 1] = ('x'):rep(1000000) .. #t end end)", "test.lua:1: in this function: not enough memory"},
               {"rule = org:on_download():once():edit(function() ('a'):rep(1000000):find('.-b') end)", "test.lua:1: ran 100000000 instructions"},
               {"rule = org:on_download():once():edit(function(a) a.self = a end)", "nested deeper"},
               {"local function f() string.gsub('x', 'x', f) end rule = org:on_download():once():edit(f)", "C stack overflow"},
               {"local function f() return 1 + f() end rule = org:on_download():once():edit(f)", "stack overflow"}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    struct fixture *fixture = *state;
    fixture_do(fixture, CASES[i].script);
    struct response response = client_download(fixture->url, ORG, NULL, "{}");
    assert_int_equal(response.status, 500);
    if (!strstr(response.body, CASES[i].text)) fail_msg("%s: %s", CASES[i].script, response.body);
    response_done(&response);
    assert_event(fixture, CASES[i].text);
    fixture_do(fixture, "rule:lift()");
    assert_serves(fixture);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_strict, fixture_close)
      TEST(what_cannot_be_read_is_told_why), TEST(a_body_without_a_clear_end_is_refused), TEST(a_length_that_is_repeated_is_one),
      TEST(a_head_with_a_line_that_is_passed_over_is_refused), TEST(headers_of_any_size_are_taken_or_refused),
      TEST(a_head_that_does_not_end_is_given_up), TEST(an_empty_line_in_front_of_a_request_is_passed_over),
      TEST(more_headers_than_are_taken_are_refused), TEST(odd_requests_are_served), TEST(odd_paths_are_what_they_are), TEST(a_long_query_is_read),
      TEST(a_target_may_be_a_whole_url),
      TEST(what_is_meant_for_nobody_here_is_answered_and_journalled), TEST(a_body_that_does_not_end_is_given_up),
      TEST(a_body_that_is_larger_than_is_taken_is_refused), TEST(chunks_without_end_are_refused), TEST(chunks_that_are_none_are_told_so),
      TEST(a_body_that_is_no_json_is_answered), TEST(the_deepest_body_is_read), TEST(unknown_places_are_answered_and_journalled),
      TEST(a_hook_that_fails_is_answered_and_journalled)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
