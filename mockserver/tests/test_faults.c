/* Every fault as it looks on the wire, by a raw socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "http_client.h"
#include "world_fixture.h"

static const char ORG[] = "/services/data/v1/Org?offline=true", EMPLOYEE[] = "/services/data/v1/Org/objects/Employee";
static const char GET[] = "Content-Type: application/json\r\nX-Http-Method-Override: GET\r\n";
static const char ONE[] = "{\"records\":[{\"EmpId\":-1,\"Name\":\"Ada\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\","
                          "\"rowId\":1,\"checksum\":\"\"}}]}";

/* The bytes of one exchange, to the end of the connection. */
static struct raw_answer exchange(struct fixture *fixture, const char *path, const char *headers, const char *body) {
  int client = client_connect(fixture->url);
  client_send(client, fixture->url, path, headers, body);
  struct raw_answer raw = client_read_raw(client);
  close(client);
  return raw;
}

static struct raw_answer download(struct fixture *fixture, const char *rule) {
  fixture_do(fixture, rule);
  return exchange(fixture, ORG, GET, "{}");
}

/* For answers that do not end their connection by themselves. */
static struct raw_answer last_download(struct fixture *fixture, const char *rule) {
  fixture_do(fixture, rule);
  return exchange(fixture, ORG, "Connection: close\r\nX-Http-Method-Override: GET\r\n", "{}");
}

static const char *body_of(const struct raw_answer *raw) {
  const char *end = raw->bytes.len ? strstr(raw->bytes.data, "\r\n\r\n") : NULL;
  if (!end) fail_msg("no head: %s", base_buf_string(&raw->bytes));
  return end + 4;
}

static size_t body_len(const struct raw_answer *raw) {
  return (size_t)(raw->bytes.data + raw->bytes.len - body_of(raw));
}

static void assert_bytes(struct raw_answer raw, const char *expected, bool reset) {
  if (raw.bytes.len != strlen(expected) || strncmp(base_buf_string(&raw.bytes), expected, raw.bytes.len) != 0)
    fail_msg("%zu bytes: %s", raw.bytes.len, base_buf_string(&raw.bytes));
  assert_int_equal(raw.reset, reset);
  base_buf_done(&raw.bytes);
}

/* How the journal says that request `place` ended: "closed 0", end and bytes. */
static void assert_end(struct fixture *fixture, int place, const char *expected) {
  char script[96];
  snprintf(script, sizeof script, "return org:requests()[%d].ended ~= nil and org:requests()[%d].wire ~= nil", place, place);
  fixture_wait(fixture, script);
  snprintf(script, sizeof script, "local r = org:requests()[%d] return r.wire.ended_by .. ' ' .. r.wire.sent", place);
  cJSON *text = fixture_run(fixture, script);
  assert_string_equal(text->valuestring, expected);
  cJSON_Delete(text);
}

/* ---- answers instead of the back end's ---- */

static void busy_says_when_to_come_again(void **state) {
  static const struct {
    const char *rule, *status, *header;
  } CASES[] = {{"org:on_download():once():busy(7)", "HTTP/1.1 503 ", "\r\nRetry-After: 7\r\n"},
               {"org:on_download():once():too_many('Fri, 31 Dec 1999 23:59:59 GMT')", "HTTP/1.1 429 ", "\r\nRetry-After: Fri, 31 Dec"}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    fixture_do(*state, CASES[i].rule);
    struct response response = client_download(((struct fixture *)*state)->url, ORG, NULL, "{}");
    assert_int_equal(strncmp(response.head, CASES[i].status, strlen(CASES[i].status)), 0);
    assert_non_null(strstr(response.head, CASES[i].header));
    response_done(&response);
  }
}

static void a_redirect_leads_back_to_itself(void **state) {
  struct fixture *fixture = *state;
  char expected[256];
  fixture_do(fixture, "org:on_download():redirect()");
  snprintf(expected, sizeof expected, "\r\nLocation: %s%s\r\n", fixture->url, ORG);
  for (int i = 0; i < 2; i++) {
    struct response response = client_download(fixture->url, ORG, NULL, "{}");
    assert_int_equal(response.status, 302);
    assert_non_null(strstr(response.head, expected));
    response_done(&response);
  }
  fixture_do(fixture, "org:on_download():redirect('http://elsewhere/', 307)");
  struct response response = client_download(fixture->url, ORG, NULL, "{}");
  assert_int_equal(response.status, 307);
  assert_non_null(strstr(response.head, "Location: http://elsewhere/\r\n"));
  response_done(&response);
}

static void empty_is_a_good_answer_without_a_body(void **state) {
  fixture_do(*state, "org:on_download():empty()");
  struct response response = client_download(((struct fixture *)*state)->url, ORG, NULL, "{}");
  assert_int_equal(response.status, 200);
  assert_non_null(strstr(response.head, "Content-Length: 0\r\n"));
  assert_string_equal(response.body, "");
  response_done(&response);
}

static void deep_answers_have_so_many_levels(void **state) {
  enum { LEVELS = 100000 };
  fixture_do(*state, "org:on_download():deep(100000)");
  struct response response = client_download(((struct fixture *)*state)->url, ORG, NULL, "{}");
  const char *first = strchr(response.body, '[');
  assert_int_equal(strspn(first, "["), LEVELS);
  assert_int_equal(strspn(first + LEVELS, "]"), LEVELS);
  assert_string_equal(first + 2 * LEVELS, "}");
  response_done(&response);
}

/* Made on the way: nobody holds it, the journal says how long it was. */
static void a_huge_answer_is_as_long_as_it_says(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():huge(3)");
  struct response response = client_download(fixture->url, ORG, NULL, "{}");
  assert_true(response.whole);
  assert_int_equal(strlen(response.body), 3 * 1024 * 1024);
  assert_int_equal(strlen(json_find_string(response.json, "padding")), 3 * 1024 * 1024 - 27);
  response_done(&response);
  fixture_do(fixture, "local r = org:downloads()[1] assert(r.wire.generated == 3 * 1024 * 1024 and r.answer_text == '')");
}

/* What travels so is huge all the same: cut, in pieces, twice. */
static void a_huge_answer_breaks_off_like_any_other(void **state) {
  enum { BODY = 1024 * 1024 };
  struct raw_answer raw = last_download(*state, "org:on_download():once():huge(1)");
  size_t whole = raw.bytes.len, head = whole - BODY;
  assert_int_equal(body_len(&raw), BODY);
  assert_memory_equal(raw.bytes.data + whole - 3, "x\"}", 3);
  base_buf_done(&raw.bytes);
  static const struct {
    const char *travel;
    size_t len, body;
  } CASES[] = {{"cut(300000)", 300000, 0}, {"cut(5)", 5, 0}, {"truncate(1000)", 0, 1000},
               {"trickle(300000, 1):truncate(700000)", 0, 700000}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    char rule[128];
    snprintf(rule, sizeof rule, "org:on_download():once():huge(1):%s", CASES[i].travel);
    raw = last_download(*state, rule);
    if (CASES[i].len) assert_int_equal(raw.bytes.len, CASES[i].len);
    else assert_int_equal(body_len(&raw), CASES[i].body);
    base_buf_done(&raw.bytes);
  }
  raw = download(*state, "org:on_download():once():huge(1):twice()");
  const char *second = raw.bytes.data + raw.bytes.len / 2;
  assert_int_equal(raw.bytes.len % 2, 0);
  assert_memory_equal(raw.bytes.data, second, raw.bytes.len / 2);
  assert_true(raw.bytes.len >= 2 * (head + BODY));
  base_buf_done(&raw.bytes);
  assert_end(*state, 2, "cut 300000");
}

/* A client takes bytes behind such a head for the next answer; a rule may want just that. */
static void answers_without_a_body_have_none(void **state) {
  static const struct {
    const char *rule, *begin, *end;
  } CASES[] = {{"status(204)", "HTTP/1.1 204 No Content\r\n", "\r\n\r\n"}, {"status(304)", "HTTP/1.1 304 Not Modified\r\n", "\r\n\r\n"},
               {"status(204, nil, 'body')", "HTTP/1.1 204 No Content\r\n", "\r\n\r\nbody"}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    char rule[96];
    snprintf(rule, sizeof rule, "org:on_download():once():%s", CASES[i].rule);
    struct raw_answer raw = last_download(*state, rule);
    const char *text = base_buf_string(&raw.bytes), *end = CASES[i].end;
    assert_int_equal(strncmp(text, CASES[i].begin, strlen(CASES[i].begin)), 0);
    assert_string_equal(text + raw.bytes.len - strlen(end), end);
    assert_int_equal(strstr(text, "Content-Length") != NULL, i == 2);
    base_buf_done(&raw.bytes);
  }
}

static void garbage_is_no_http_or_no_json(void **state) {
  struct raw_answer one = download(*state, "rule = org:on_download():garbage(1000, nil, 5)");
  struct raw_answer two = exchange(*state, ORG, GET, "{}");
  assert_int_equal(one.bytes.len, 1000);
  assert_int_not_equal(strncmp(one.bytes.data, "HTTP", 4), 0);
  assert_memory_equal(one.bytes.data, two.bytes.data, 1000); /* by its seed */
  base_buf_done(&one.bytes);
  base_buf_done(&two.bytes);
  fixture_do(*state, "rule:lift() org:on_download():garbage(64, 'body')");
  struct response response = client_download(((struct fixture *)*state)->url, ORG, NULL, "{}");
  assert_int_equal(response.status, 200);
  assert_non_null(strstr(response.head, "Content-Length: 64\r\n"));
  assert_null(response.json);
  response_done(&response);
}

/* ---- connections ---- */

/* The body never comes, and is not waited for. */
static void close_unread_ends_before_the_body(void **state) {
  struct fixture *fixture = *state;
  static const char HEAD[] = "POST /w/test/services/data/v1/Org HTTP/1.1\r\nHost: x\r\nX-Http-Method-Override: UPLOAD\r\nContent-Length: 100\r\n\r\n";
  fixture_do(fixture, "rule = org:on_upload():once():close_unread()");
  int client = client_connect(fixture->url);
  assert_int_equal(write(client, HEAD, sizeof HEAD - 1), sizeof HEAD - 1);
  struct raw_answer raw = client_read_raw(client);
  close(client);
  assert_int_equal(raw.bytes.len, 0);
  base_buf_done(&raw.bytes);
  assert_end(fixture, 1, "closed 0");
  fixture_do(fixture, "assert(rule:fired() == 1 and org:uploads()[1].body_text == '' and org:uploads()[1].wire.unread)");
  struct response response = client_upload(fixture->url, ORG, NULL, ONE);
  assert_int_equal(response.status, 200);
  response_done(&response);
}

static void close_ends_without_a_byte(void **state) {
  assert_bytes(download(*state, "org:on_download():close()"), "", false);
  assert_end(*state, 1, "closed 0");
}

/* Committed, and the answer is lost: the cache has it for the replay (UPC-04). */
static void close_after_storing_loses_the_answer_alone(void **state) {
  static const char *const HOW[] = {"close", "reset"};
  for (int i = 0; i < 2; i++) {
    char rule[80], headers[160];
    snprintf(rule, sizeof rule, "org:on_upload():once():store():%s()", HOW[i]);
    snprintf(headers, sizeof headers, "X-Http-Method-Override: UPLOAD\r\nX-Voltmx-RequestCacheId: i%d\r\n", i);
    fixture_do(*state, rule);
    assert_bytes(exchange(*state, ORG, headers, ONE), "", i == 1);
    assert_int_equal(fixture_number(*state, "return #employees:rows()"), i + 1);
    fixture_do(*state, "server:sync_ended()");
    int client = client_connect(((struct fixture *)*state)->url);
    client_send(client, ((struct fixture *)*state)->url, ORG, headers, ONE);
    struct response response = client_read(client);
    assert_int_equal(response.status, 200);
    response_done(&response);
    close(client);
    assert_int_equal(fixture_number(*state, "return #employees:rows()"), i + 1);
  }
}

static void reset_is_a_reset(void **state) {
  assert_bytes(download(*state, "org:on_download():reset()"), "", true);
  assert_end(*state, 1, "reset 0");
  fixture_do(*state, "server:sync_ended()"); /* until then a repetition of the request is reset, too (NET-04) */
}

static void a_cut_answer_has_so_many_bytes(void **state) {
  static const int PLACES[] = {0, 1, 8, 17, 40, 200};
  for (int reset = 0; reset < 2; reset++)
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
      char rule[80];
      snprintf(rule, sizeof rule, "org:on_download():once():cut(%d%s)", PLACES[i], reset ? ", 'reset'" : "");
      struct raw_answer raw = download(*state, rule);
      assert_int_equal(raw.bytes.len, PLACES[i]);
      assert_int_equal(strncmp("HTTP/1.1 200 OK\r\n", base_buf_string(&raw.bytes), raw.bytes.len < 17 ? raw.bytes.len : 17), 0);
      assert_int_equal(raw.reset, reset);
      base_buf_done(&raw.bytes);
    }
  assert_end(*state, 4, "cut 17");
}

/* What a client sent on before it saw the end was never read: a server that closes is done with the connection. */
static void nothing_is_read_behind_an_end(void **state) {
  struct fixture *fixture = *state;
  for (int reset = 0; reset < 2; reset++) {
    char rule[80];
    snprintf(rule, sizeof rule, "org:on_download():once():cut(1000000%s)", reset ? ", 'reset'" : "");
    fixture_do(fixture, rule);
    int client = client_connect(fixture->url);
    client_send_twice(client, fixture->url, ORG, GET, "{}");
    struct raw_answer raw = client_read_raw(client);
    close(client);
    base_buf_done(&raw.bytes);
    struct response other = client_download(fixture->url, ORG, NULL, "{}");
    response_done(&other);
  }
  fixture_do(fixture, "assert(#org:downloads() == 4, #org:downloads())");
}

static void a_truncated_answer_has_its_head_and_so_many_bytes(void **state) {
  struct raw_answer raw = download(*state, "org:on_download():truncate(5)");
  assert_int_equal(body_len(&raw), 5);
  assert_true(strtoul(strstr(raw.bytes.data, "Content-Length: ") + 16, NULL, 10) > 5);
  base_buf_done(&raw.bytes);
}

/* A pause between any two pieces: a lower bound, never an upper one. */
static void trickled_bytes_are_slow_and_whole(void **state) {
  struct fixture *fixture = *state;
  enum { PIECE = 64, PAUSE_MS = 5 };
  struct base_clock clock = base_clock_system();
  fixture_do(fixture, "org:on_download():trickle(64, 5)");
  int64_t before = clock.monotonic_ms(clock.context);
  struct response response = client_download(fixture->url, ORG, NULL, "{}");
  int64_t elapsed = clock.monotonic_ms(clock.context) - before;
  int64_t pieces = (int64_t)(strlen(response.head) + strlen(response.body)) / PIECE;
  assert_int_equal(response.status, 200);
  assert_non_null(response.json);
  assert_true(elapsed >= (pieces - 1) * PAUSE_MS);
  response_done(&response);
}

static void a_lingering_answer_takes_its_time(void **state) {
  enum { LINGER_MS = 60 };
  struct base_clock clock = base_clock_system();
  fixture_do(*state, "org:on_download():once():linger(60)");
  int64_t before = clock.monotonic_ms(clock.context);
  struct response response = client_download(((struct fixture *)*state)->url, ORG, NULL, "{}");
  assert_true(clock.monotonic_ms(clock.context) - before >= LINGER_MS);
  assert_int_equal(response.status, 200);
  response_done(&response);
}

static void real_waits_have_a_limit(void **state) {
  struct base_error err = {0};
  fixture_fail(*state, "org:on_download():linger(101)", &err);
  assert_non_null(strstr(err.text, "linger(): at most 100 ms, not 101"));
  fixture_fail(*state, "org:on_download():trickle(1, 101)", &err);
  assert_non_null(strstr(err.text, "trickle(): the pause: at most 100 ms"));
  mock_world_set_linger(((struct fixture *)*state)->world, 60000);
  fixture_do(*state, "org:on_upload():linger(60000)");
}

static void a_delay_waits_for_the_virtual_clock(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():delay('90s')");
  int client = client_connect(fixture->url);
  client_send(client, fixture->url, ORG, GET, "{}");
  fixture_wait(fixture, "return #org:downloads() == 1 and org:downloads()[1].fault ~= nil");
  fixture_do(fixture, "server.clock:advance('89s')");
  fixture_do(fixture, "assert(not org:downloads()[1].executed) server.clock:advance('1s')");
  struct response response = client_read(client);
  assert_int_equal(response.status, 200);
  response_done(&response);
  close(client);
}

/* ---- how it travels ---- */

static void a_wrong_length_is_announced(void **state) {
  static const int OFF[] = {10, -10};
  for (size_t i = 0; i < 2; i++) {
    char rule[80];
    snprintf(rule, sizeof rule, "org:on_download():once():wrong_length(%d)", OFF[i]);
    struct raw_answer raw = download(*state, rule);
    long announced = strtol(strstr(raw.bytes.data, "Content-Length: ") + 16, NULL, 10);
    assert_int_equal(announced - (long)body_len(&raw), OFF[i]);
    base_buf_done(&raw.bytes);
  }
}

static void headers_may_lie(void **state) {
  static const struct {
    const char *rule, *header;
  } CASES[] = {{"claim_encoding()", "\r\nContent-Encoding: gzip\r\n"},
               {"claim_encoding('br')", "\r\nContent-Encoding: br\r\n"},
               {"charset('utf-16')", "\r\nContent-Type: application/json; charset=utf-16\r\n"},
               {"content_type('text/html')", "\r\nContent-Type: text/html\r\n"},
               {"header('X-Twice', '1'):header('X-Twice', '2')", "\r\nX-Twice: 2\r\n"}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    char rule[128];
    snprintf(rule, sizeof rule, "org:on_download():once():%s", CASES[i].rule);
    fixture_do(*state, rule);
    struct response response = client_download(((struct fixture *)*state)->url, ORG, NULL, "{}");
    if (!strstr(response.head, CASES[i].header)) fail_msg("%s: %s", CASES[i].rule, response.head);
    assert_non_null(response.json); /* what it claims to be it is not */
    response_done(&response);
  }
}

static void one_request_may_get_two_answers(void **state) {
  struct raw_answer raw = download(*state, "org:on_download():twice()");
  const char *second = strstr(raw.bytes.data + 1, "HTTP/1.1 200 OK");
  assert_non_null(second);
  size_t half = (size_t)(second - raw.bytes.data);
  assert_int_equal(raw.bytes.len, 2 * half);
  assert_memory_equal(raw.bytes.data, second, half);
  base_buf_done(&raw.bytes);
}

/* ---- a port that answers with bytes ---- */

static char *raw_url(struct fixture *fixture, const char *answer) {
  char script[256];
  snprintf(script, sizeof script, "raw = raw or server:listener('raw') raw:answer(%s) raw:serve(org) "
                                  "return server:document().services_meta.Org.url", answer);
  cJSON *url = fixture_run(fixture, script);
  char *text = strdup(url->valuestring);
  cJSON_Delete(url);
  return text;
}

static struct raw_answer raw_exchange(struct fixture *fixture, const char *answer, bool sends) {
  char *url = raw_url(fixture, answer), base[64];
  snprintf(base, sizeof base, "%.*s", (int)(strstr(url, "/w/") - url), url);
  int client = client_connect(base);
  if (sends) client_send(client, base, "/w/test/services/data/v1/Org", GET, "{}");
  struct raw_answer raw = client_read_raw(client);
  close(client);
  free(url);
  return raw;
}

static void a_raw_port_answers_with_bytes(void **state) {
  assert_bytes(raw_exchange(*state, "'HTTP/1.1 200 OK\\r\\nContent-Le'", true), "HTTP/1.1 200 OK\r\nContent-Le", false);
  assert_bytes(raw_exchange(*state, "'HTT', 'reset'", true), "HTT", true);
  assert_bytes(raw_exchange(*state, "'', 'reset', true", false), "", true);        /* before a byte was read */
  assert_bytes(raw_exchange(*state, "'SSH-2.0', 'close', true", false), "SSH-2.0", false);
  fixture_wait(*state, "return true");
  mock_world_lock(((struct fixture *)*state)->world);
  cJSON *journal = mock_world_journal(((struct fixture *)*state)->world, 0);
  mock_world_unlock(((struct fixture *)*state)->world);
  char *text = json_print(journal);
  assert_non_null(strstr(text, "POST /w/test/services/data/v1/Org HTTP/1.1 ("));
  assert_non_null(strstr(text, "answered with 27 bytes, then closed"));
  assert_non_null(strstr(text, "before a request (0 bytes): answered with 0 bytes, then reset"));
  free(text);
  cJSON_Delete(journal);
}

/* Many at once, silent ones among them; the world's end ends them all. */
static void a_silent_raw_port_keeps_its_connections(void **state) {
  struct fixture *fixture = *state;
  char *url = raw_url(fixture, "'', 'silence'"), base[64];
  int clients[20];
  snprintf(base, sizeof base, "%.*s", (int)(strstr(url, "/w/") - url), url);
  for (int i = 0; i < 20; i++) {
    clients[i] = client_connect(base);
    client_send(clients[i], base, "/w/test/services/data/v1/Org", GET, "{}");
  }
  fixture_wait(fixture, "local n = 0 for _, e in ipairs(server:events()) do n = n + (e:find('nothing more', 1, true) and 1 or 0) end return n == 20");
  fixture_do(fixture, "raw:answer('x')");
  int late = client_connect(base);
  client_send(late, base, "/w/test/services/data/v1/Org", GET, "{}");
  assert_bytes(client_read_raw(late), "x", false);
  close(late);
  close(clients[0]);
  mock_world_free(fixture->world);
  for (int i = 1; i < 20; i++) {
    assert_bytes(client_read_raw(clients[i]), "", false);
    close(clients[i]);
  }
  free(url);
  mock_server_stop(fixture->server);
  free(fixture);
}

/* ---- edits of records ---- */

static cJSON *records_of(cJSON *json) {
  cJSON *part = cJSON_GetArrayItem(json_find(json, "Objects"), 0);
  return json_find(part ? part : json, "records");
}

/* The first record, or the names of the keys, after each edit. */
static void records_are_edited(void **state) {
  static const struct {
    const char *rule, *records;
  } CASES[] = {
      {"without('Notes')", "[1 Ada 5 -][2 Bob 6 -]"},
      {"null_column('Name')", "[1 null 5 n][2 null 6 n]"},
      {"rename_column('Name', 'Title')", "[1 - 5 n][2 - 6 n]"},
      {"retype_column('Salary', 'string')", "[1 Ada \"5\" n][2 Bob \"6\" n]"},
      {"retype_column('Salary', 'array')", "[1 Ada [5] n][2 Bob [6] n]"},
      {"retype_column('Salary', 'object')", "[1 Ada {\"value\":5} n][2 Bob {\"value\":6} n]"},
      {"retype_column('Name', 'number')", "[1 1 5 n][2 1 6 n]"},
      {"retype_column('Name', 'boolean')", "[1 true 5 n][2 true 6 n]"},
      {"drop_record(1)", "[2 Bob 6 n]"},
      {"drop_record()", ""},
      {"drop_record(9)", "[1 Ada 5 n][2 Bob 6 n]"},
      {"double_record(2)", "[1 Ada 5 n][2 Bob 6 n][2 Bob 6 n]"},
      {"double_record()", "[1 Ada 5 n][2 Bob 6 n][1 Ada 5 n][2 Bob 6 n]"},
      {"reverse_records()", "[2 Bob 6 n][1 Ada 5 n]"},
      {"add_record{EmpId = 9, Name = 'New'}", "[1 Ada 5 n][2 Bob 6 n][9 New - -]"},
      {"lose_key(employees)", "[- Ada 5 n][- Bob 6 n]"},
      {"without('Name', 'Department')", "[1 Ada 5 n][2 Bob 6 n]"},
      {"reverse_records():drop_record(1)", "[1 Ada 5 n]"}, /* in the order in which they were said */
  };
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{{EmpId = 1, Name = 'Ada', Salary = 5, Notes = 'n'}, {EmpId = 2, Name = 'Bob', Salary = 6, Notes = 'n'}}");
  for (size_t i = 0; i < 2 * sizeof CASES / sizeof *CASES; i++) {
    char rule[160];
    struct base_buf text = BASE_BUF_INIT;
    snprintf(rule, sizeof rule, "org:on_download():once():%s", CASES[i / 2].rule);
    fixture_do(fixture, rule);
    struct response response = client_download(fixture->url, i % 2 ? EMPLOYEE : ORG, NULL, "{}");
    const cJSON *record;
    cJSON_ArrayForEach(record, records_of(response.json)) {
      static const char *const COLUMNS[] = {"EmpId", "Name", "Salary", "Notes"};
      for (size_t k = 0; k < 4; k++) {
        const cJSON *value = json_find(record, COLUMNS[k]);
        char *printed = !value ? strdup("-") : cJSON_IsString(value) && k != 2 ? strdup(value->valuestring) : json_print(value);
        base_buf_printf(&text, "%s%s", k ? " " : "[", printed);
        free(printed);
      }
      base_buf_text(&text, "]");
    }
    if (strcmp(base_buf_string(&text), CASES[i / 2].records) != 0) fail_msg("%s: %s", CASES[i / 2].rule, base_buf_string(&text));
    base_buf_done(&text);
    response_done(&response);
  }
}

static void members_of_an_upload_answer_are_lost(void **state) {
  static const char *const MEMBERS[] = {"rowId", "checksum", "action"};
  for (size_t i = 0; i < 3; i++) {
    char rule[96];
    snprintf(rule, sizeof rule, "org:on_upload():once():lose('%s')", MEMBERS[i]);
    fixture_do(*state, rule);
    struct response response = client_upload(((struct fixture *)*state)->url, ORG, NULL, ONE);
    const cJSON *part = cJSON_GetArrayItem(json_find(response.json, "objects"), 0);
    const cJSON *metadata = json_find(cJSON_GetArrayItem(json_find(part, "records"), 0), "_metadata");
    for (size_t k = 0; k < 3; k++) assert_int_equal(json_find(metadata, MEMBERS[k]) == NULL, k == i);
    response_done(&response);
  }
}

/* ---- pages ---- */

static void has_more_is_what_a_rule_says(void **state) {
  static const struct {
    const char *value, *text;
  } CASES[] = {{"true", "true"}, {"false", "false"}, {"'true'", "\"true\""}, {"'yes'", "\"yes\""}, {"1", "1"}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    char rule[96];
    snprintf(rule, sizeof rule, "org:on_download():once():more_records(%s)", CASES[i].value);
    fixture_do(*state, rule);
    struct response response = client_download(((struct fixture *)*state)->url, ORG, NULL, "{}");
    char *text = json_print(json_find(response.json, "hasMoreRecords"));
    assert_string_equal(text, CASES[i].text);
    free(text);
    response_done(&response);
  }
  fixture_do(*state, "org:on_download():once():more_records()");
  struct response response = client_download(((struct fixture *)*state)->url, ORG, NULL, "{}");
  assert_null(json_find(response.json, "hasMoreRecords"));
  response_done(&response);
}

/* The next page's request, from the last answer. */
static char *next_page(const cJSON *answer) {
  cJSON *json = cJSON_CreateObject();
  cJSON_AddItemToObject(json, "delta_context", cJSON_Duplicate(json_find(answer, "delta_context"), true));
  char *text = json_print(json);
  cJSON_Delete(json);
  return text;
}

/* Follows the pages: "2+ 2+ 1." is two records and more, two and more, one and the end. At most 6. */
static void assert_pages(struct fixture *fixture, const char *rule, const char *expected, bool same_context) {
  struct base_buf seen = BASE_BUF_INIT;
  char *body = strdup("{}");
  bool more = true;
  fixture_do(fixture, rule);
  for (int i = 0; more && i < 6; i++) {
    struct response response = client_download(fixture->url, "/services/data/v1/Org/objects/Employee?%24batchsize=2", NULL, body);
    const char *text = json_find_string(response.json, "hasMoreRecords");
    more = text && strcmp(text, "true") == 0;
    base_buf_printf(&seen, "%s%d%s", i ? " " : "", cJSON_GetArraySize(json_find(response.json, "records")), more ? "+" : ".");
    char *next = next_page(response.json);
    if (i >= 1 && more) assert_int_equal(strcmp(next, body) == 0, same_context);
    free(body);
    body = next;
    response_done(&response);
  }
  free(body);
  if (strcmp(base_buf_string(&seen), expected) != 0) fail_msg("%s: %s", rule, base_buf_string(&seen));
  base_buf_done(&seen);
}

static void pages_repeat_end_early_or_never_end(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "for i = 1, 5 do employees:insert{EmpId = i, Name = 'x'} end rule = org:on_download():optional()");
  assert_pages(fixture, "rule:lift()", "2+ 2+ 1.", false);
  assert_pages(fixture, "rule = org:on_download():ends_early()", "2.", false);
  assert_pages(fixture, "rule:lift() rule = org:on_download():page(2):always_more()", "2+ 2+ 2+ 2+ 2+ 2+", true);
  assert_pages(fixture, "rule:lift() rule = org:on_download():endless()", "2+ 2+ 2+ 2+ 2+ 2+", false);
  assert_pages(fixture, "rule:lift() rule = org:on_download():empty_pages()", "0+ 0+ 0+ 0+ 0+ 0+", false);
  assert_pages(fixture, "rule:lift() rule = org:on_download():empty_pages(2)", "0+ 0+ 2+ 2+ 1.", false);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(busy_says_when_to_come_again), TEST(a_redirect_leads_back_to_itself), TEST(empty_is_a_good_answer_without_a_body),
      TEST(deep_answers_have_so_many_levels), TEST(a_huge_answer_is_as_long_as_it_says), TEST(a_huge_answer_breaks_off_like_any_other), TEST(answers_without_a_body_have_none),
      TEST(garbage_is_no_http_or_no_json),
      TEST(close_unread_ends_before_the_body), TEST(close_ends_without_a_byte), TEST(close_after_storing_loses_the_answer_alone),
      TEST(reset_is_a_reset), TEST(a_cut_answer_has_so_many_bytes), TEST(nothing_is_read_behind_an_end), TEST(a_truncated_answer_has_its_head_and_so_many_bytes),
      TEST(trickled_bytes_are_slow_and_whole), TEST(a_lingering_answer_takes_its_time), TEST(real_waits_have_a_limit), TEST(a_delay_waits_for_the_virtual_clock),
      TEST(a_wrong_length_is_announced), TEST(headers_may_lie), TEST(one_request_may_get_two_answers),
      TEST(a_raw_port_answers_with_bytes), cmocka_unit_test_setup(a_silent_raw_port_keeps_its_connections, fixture_open),
      TEST(records_are_edited), TEST(members_of_an_upload_answer_are_lost), TEST(has_more_is_what_a_rule_says),
      TEST(pages_repeat_end_early_or_never_end)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
