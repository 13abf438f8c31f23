/* What a server meets on its port beside good requests: nonsense, pieces, crowds, clients that send no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "http_client.h"
#include "world_fixture.h"

static const char ORG[] = "/services/data/v1/Org?offline=true";
static const char GET[] = "Content-Type: application/json\r\nX-Http-Method-Override: GET\r\n";

static void send_bytes(int client, const char *bytes, size_t len) {
  while (len > 0) {
    ssize_t sent = send(client, bytes, len, MSG_NOSIGNAL);
    if (sent <= 0) return; /* the server has had enough */
    bytes += sent;
    len -= (size_t)sent;
  }
}

static void assert_serves(struct fixture *fixture) {
  struct response response = client_download(fixture->url, ORG, NULL, "{}");
  assert_int_equal(response.status, 200);
  response_done(&response);
}

static void assert_no_request(struct fixture *fixture) {
  assert_int_equal(fixture_number(fixture, "return #server:requests()"), 0);
}

/* The status of what comes back, 0 = the connection ended without an answer. */
static int status_of(struct fixture *fixture, const char *bytes, size_t len) {
  int client = client_connect(fixture->url);
  send_bytes(client, bytes, len);
  shutdown(client, SHUT_WR);
  struct response response = client_read(client);
  int status = response.status;
  response_done(&response);
  close(client);
  return status;
}

static void what_is_no_http_is_refused(void **state) {
  static const char *const RUBBISH[] = {"\r\n\r\n", "GET\r\n\r\n", "hello server\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                                        "POST /w/test/x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                                        "POST /w/test/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"};
  for (size_t i = 0; i < sizeof RUBBISH / sizeof *RUBBISH; i++) {
    int status = status_of(*state, RUBBISH[i], strlen(RUBBISH[i]));
    if (status == 200) fail_msg("answered 200: %s", RUBBISH[i]);
  }
  assert_no_request(*state);
  assert_serves(*state);
}

static void endless_headers_are_refused(void **state) {
  enum { LEN = 2 * 1024 * 1024 };
  char *bytes = malloc(LEN);
  assert_non_null(bytes);
  memset(bytes, 'a', LEN);
  memcpy(bytes, "GET /w/test/ HTTP/1.1\r\nX: ", 26);
  assert_int_not_equal(status_of(*state, bytes, LEN), 200);
  free(bytes);
  assert_no_request(*state);
  assert_serves(*state);
}

/* A request that never came whole is none: nothing is executed, nothing stands in the journal. */
static void a_request_that_is_cut_is_none(void **state) {
  static const char CUT[] = "POST /w/test/services/data/v1/Org HTTP/1.1\r\nHost: x\r\nX-Http-Method-Override: UPLOAD\r\n"
                            "Content-Length: 100\r\n\r\n{\"records\":[";
  assert_int_equal(status_of(*state, CUT, sizeof CUT - 1), 400);
  assert_no_request(*state);
  assert_serves(*state);
}

/* RFC 9112, 9.6: a client may close its sending side and still wait for its answer. */
static void a_client_that_sends_no_more_gets_its_answer(void **state) {
  struct fixture *fixture = *state;
  char text[2048] = "", give_up[256];
  fixture_do(fixture, "org:on_download():once():hold('g')");
  int client = client_connect(fixture->url);
  client_send(client, fixture->url, ORG, GET, "{}");
  fixture_do(fixture, "server:gate('g'):reached()");
  shutdown(client, SHUT_WR);
  assert_true(recv(client, text, sizeof text - 1, 0) > 0); /* the server has looked whether it is there */
  assert_int_equal(strncmp(text, "HTTP/1.1 100 Continue\r\n\r\n", 25), 0);
  assert_int_equal(fixture_number(fixture, "return org:downloads()[1].ended and 1 or 0"), 0);
  fixture_do(fixture, "server:gate('g'):open()");
  struct response response = client_read(client);
  assert_int_equal(response.status, 200);
  response_done(&response);
  close(client);
  assert_false(mock_world_client_gave_up(fixture->world, give_up));
}

static void a_hanging_client_that_sends_no_more_hangs_on(void **state) {
  struct fixture *fixture = *state;
  char text[64];
  fixture_do(fixture, "rule = org:on_download():hang()");
  int client = client_connect(fixture->url);
  client_send(client, fixture->url, ORG, GET, "{}");
  fixture_wait(fixture, "return #org:downloads() == 1");
  shutdown(client, SHUT_WR);
  assert_true(recv(client, text, sizeof text, 0) > 0);
  assert_int_equal(fixture_number(fixture, "return org:downloads()[1].ended and 1 or 0"), 0);
  close(client); /* altogether, now */
  fixture_do(fixture, "rule:lift()");
  fixture_wait(fixture, "return org:downloads()[1].ended ~= nil");
}

static void a_hanging_client_that_goes_is_noticed(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():once():hang()");
  int client = client_connect(fixture->url);
  client_send(client, fixture->url, ORG, GET, "{}");
  fixture_wait(fixture, "return #org:downloads() == 1");
  close(client);
  fixture_wait(fixture, "return org:downloads()[1].ended ~= nil");
  assert_serves(fixture);
}

/* Held, hanging and idle connections together stay below the number that is served at one time. */
static void a_crowd_does_not_keep_others_away(void **state) {
  enum { EACH = FIXTURE_THREADS / 3 };
  struct fixture *fixture = *state;
  int clients[3 * EACH];
  fixture_do(fixture, "hang = org:on_download():times(13):hang()\norg:on_upload():hold('g')");
  assert_int_equal(EACH, 13);
  for (int i = 0; i < 3 * EACH; i++) clients[i] = client_connect(fixture->url);
  for (int i = 0; i < EACH; i++) client_send(clients[i], fixture->url, ORG, GET, "{}");
  for (int i = EACH; i < 2 * EACH; i++)
    client_send(clients[i], fixture->url, ORG, "X-Http-Method-Override: UPLOAD\r\n", "{\"records\":[]}");
  fixture_wait(fixture, "return hang:fired() == 13 and server:gate('g'):held() == 13");
  assert_serves(fixture);
  mock_world_close(fixture->world);
  for (int i = 0; i < 3 * EACH; i++) close(clients[i]);
}

/* Nobody waits for ever behind a crowd: when one of it goes, the next is served. */
static void one_more_than_are_served_waits_its_turn(void **state) {
  struct fixture *fixture = *state;
  int clients[FIXTURE_THREADS];
  fixture_do(fixture, "hang = org:on_download():times(40):hang()");
  assert_int_equal(FIXTURE_THREADS, 40);
  for (int i = 0; i < FIXTURE_THREADS; i++) {
    clients[i] = client_connect(fixture->url);
    client_send(clients[i], fixture->url, ORG, GET, "{}");
  }
  fixture_wait(fixture, "return hang:fired() == 40");
  int late = client_connect(fixture->url);
  client_send(late, fixture->url, ORG, GET, "{}");
  close(clients[0]);
  struct response response = client_read(late);
  assert_int_equal(response.status, 200);
  response_done(&response);
  close(late);
  for (int i = 1; i < FIXTURE_THREADS; i++) close(clients[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(what_is_no_http_is_refused), TEST(endless_headers_are_refused), TEST(a_request_that_is_cut_is_none),
      TEST(a_client_that_sends_no_more_gets_its_answer), TEST(a_hanging_client_that_sends_no_more_hangs_on),
      TEST(a_hanging_client_that_goes_is_noticed), TEST(a_crowd_does_not_keep_others_away),
      TEST(one_more_than_are_served_waits_its_turn)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
