/* What waits and what is let go: hang, hold, barriers, closed connections, the end of a world. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_client.h"
#include "world_fixture.h"

static const char ORG[] = "/services/data/v1/Org?offline=true", SALES[] = "/services/data/v1/Sales?offline=true";
static const char GET[] = "Content-Type: application/json\r\nX-Http-Method-Override: GET\r\n";
static const char UPLOAD[] = "Content-Type: application/json\r\nX-Http-Method-Override: UPLOAD\r\nX-Voltmx-RequestCacheId: i1\r\n";
static const char ONE[] = "{\"records\":[{\"EmpId\":-1,\"Name\":\"Ada\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\","
                          "\"rowId\":1,\"checksum\":\"\"}}]}";

static int start(struct fixture *fixture, const char *path, const char *headers, const char *body) {
  int client = client_connect(fixture->url);
  client_send(client, fixture->url, path, headers, body);
  return client;
}

static int finish(int client) {
  struct response response = client_read(client);
  int status = response.status;
  response_done(&response);
  close(client);
  return status;
}

static bool gave_up(struct fixture *fixture) {
  char text[256];
  mock_world_lock(fixture->world);
  bool result = mock_world_client_gave_up(fixture->world, text);
  mock_world_unlock(fixture->world);
  return result;
}

/* UPC-02: it arrives and is stored, the answer never comes; the replay gets it. */
static void a_stored_upload_that_hangs_is_answered_at_its_replay(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():once():store():hang()");
  int client = start(fixture, ORG, UPLOAD, ONE);
  fixture_wait(fixture, "return #employees:rows() == 1");
  close(client);
  fixture_wait(fixture, "return org:uploads()[1].ended ~= nil");
  assert_int_equal(finish(start(fixture, ORG, UPLOAD, ONE)), 200);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
  assert_false(gave_up(fixture));
}

static void a_hang_before_the_back_end_stores_nothing(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "rule = org:on_upload():once():hang()");
  int client = start(fixture, ORG, UPLOAD, ONE);
  fixture_wait(fixture, "return rule:fired() == 1");
  close(client);
  fixture_wait(fixture, "return org:uploads()[1].ended ~= nil");
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 0);
  assert_int_equal(finish(start(fixture, ORG, UPLOAD, ONE)), 200);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
}

/* For ports whose network time-out is fixed and long. */
static void a_hang_may_be_a_gateway_time_out(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "server:hang_as(504)\norg:on_upload():once():store():hang()");
  assert_int_equal(finish(start(fixture, ORG, UPLOAD, ONE)), 504);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
  assert_int_equal(finish(start(fixture, ORG, UPLOAD, ONE)), 200); /* the stored answer */
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
}

static void a_gate_holds_until_it_opens(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():hold('g')");
  int client = start(fixture, ORG, GET, "{}");
  fixture_do(fixture, "server:gate('g'):reached()");
  assert_int_equal(fixture_number(fixture, "return server:gate('g'):held()"), 1);
  fixture_do(fixture, "assert(not org:downloads()[1].ended) server:gate('g'):open()");
  assert_int_equal(finish(client), 200);
  assert_int_equal(finish(start(fixture, ORG, GET, "{}")), 200); /* and all that come later */
}

/* UPC-10, W-46: a replay of a request that is still at work. */
static void a_replay_of_a_running_upload_is_told_so(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():once():hold('g')");
  int first = start(fixture, ORG, UPLOAD, ONE);
  fixture_do(fixture, "server:gate('g'):reached()");
  close(first);
  int second = start(fixture, ORG, UPLOAD, ONE);
  struct response busy = client_read(second);
  close(second);
  int64_t opstatus = 0;
  assert_true(json_integer(json_find(busy.json, "opstatus"), &opstatus));
  assert_int_equal(opstatus, 500210);
  response_done(&busy);
  fixture_do(fixture, "server:gate('g'):open()");
  fixture_wait(fixture, "return org:uploads()[1].executed");
  assert_int_equal(finish(start(fixture, ORG, UPLOAD, ONE)), 200);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
}

/* W-46: within response_wait_ms of virtual time the replay looks for the answer again and again. */
static void a_replay_waits_for_the_answer(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "server:service('Org', {uploadCache = true, response_wait_ms = 30000}) org:on_upload():once():hold('g')");
  int first = start(fixture, ORG, UPLOAD, ONE);
  fixture_do(fixture, "server:gate('g'):reached()");
  int second = start(fixture, ORG, UPLOAD, ONE);
  fixture_wait(fixture, "return #org:uploads() == 2");
  fixture_do(fixture, "server.clock:advance('29999ms') assert(not org:uploads()[2].ended) server:gate('g'):open()");
  struct response one = client_read(first), two = client_read(second);
  assert_string_equal(one.body, two.body);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
  response_done(&one);
  response_done(&two);
  close(first);
  close(second);
}

static void a_replay_that_waited_in_vain_is_told_so(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "server:service('Org', {uploadCache = true, response_wait_ms = 30000}) org:on_upload():once():hold('g')");
  int first = start(fixture, ORG, UPLOAD, ONE);
  fixture_do(fixture, "server:gate('g'):reached()");
  int second = start(fixture, ORG, UPLOAD, ONE);
  fixture_wait(fixture, "return #org:uploads() == 2");
  fixture_do(fixture, "server.clock:advance('30s')");
  struct response two = client_read(second);
  assert_non_null(strstr(two.body, "500210"));
  response_done(&two);
  close(second);
  fixture_do(fixture, "server:gate('g'):open()");
  assert_int_equal(finish(first), 200);
}

static void a_request_may_be_submitted_again_after_its_time(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():once():hold('g')");
  int first = start(fixture, ORG, UPLOAD, ONE);
  fixture_do(fixture, "server:gate('g'):reached() server.clock:advance('30min')");
  assert_int_equal(finish(start(fixture, ORG, UPLOAD, ONE)), 200);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
  fixture_do(fixture, "server:gate('g'):open()");
  assert_int_equal(finish(first), 200); /* the stored answer: the back end works once */
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
}

/* SEQ-03 */
static void a_barrier_releases_when_each_has_asked(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "sales = server:service('Sales') sales:object('Note', foundry.model.note)\n"
                      "barrier = server:barrier({org, sales}, 'download')");
  int one = start(fixture, ORG, GET, "{}");
  fixture_wait(fixture, "return #org:downloads() == 1");
  fixture_do(fixture, "assert(not barrier:released())");
  int two = start(fixture, SALES, GET, "{}");
  assert_int_equal(finish(one), 200);
  assert_int_equal(finish(two), 200);
  fixture_do(fixture, "assert(barrier:released())");
}

static void a_barrier_breaks_when_one_goes_away(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "sales = server:service('Sales') sales:object('Note', foundry.model.note)\n"
                      "barrier = server:barrier{org, sales}");
  int one = start(fixture, ORG, GET, "{}");
  fixture_wait(fixture, "return #org:downloads() == 1");
  close(one);
  fixture_wait(fixture, "return org:downloads()[1].ended ~= nil");
  assert_int_equal(finish(start(fixture, SALES, GET, "{}")), 200);
  fixture_do(fixture, "assert(not barrier:released())");
  assert_false(gave_up(fixture));
}

/* NET-04: HTTP stacks repeat by themselves; the sync's end makes the same request a new one. */
static void a_closed_request_stays_closed_until_the_sync_ends(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():once():close()");
  assert_int_equal(finish(start(fixture, ORG, GET, "{}")), 0);
  assert_int_equal(finish(start(fixture, ORG, GET, "{}")), 0);
  fixture_do(fixture, "server:sync_ended()");
  assert_int_equal(finish(start(fixture, ORG, GET, "{}")), 200);
  assert_false(gave_up(fixture));
}

/* Setup is no sync: a scenario that lifts the rule wants the same metadata request to be answered. */
static void a_lifted_close_is_forgotten(void **state) {
  struct fixture *fixture = *state;
  const char *const headers = "X-Http-Method-Override: GET\r\nX-Voltmx-Service-Version: 2.0\r\n";
  fixture_do(fixture, "rule = org:on_metadata():close()\norg:on_download():once():close()");
  int client = client_connect(fixture->url);
  client_send(client, fixture->url, "/services/metadata/v1/Org", headers, NULL);
  assert_int_equal(finish(client), 0);
  assert_int_equal(finish(start(fixture, ORG, GET, "{}")), 0);
  fixture_do(fixture, "rule:lift()");
  client = client_connect(fixture->url);
  client_send(client, fixture->url, "/services/metadata/v1/Org", headers, NULL);
  assert_int_equal(finish(client), 200);
  assert_int_equal(finish(start(fixture, ORG, GET, "{}")), 0); /* the other rule's stays */
}

/* nobody told this client to wait, and it is gone before its answer. */
static void a_client_that_gives_up_is_noticed(void **state) {
  struct fixture *fixture = *state;
  mock_world_lock(fixture->world); /* the answer cannot be made meanwhile */
  int client = start(fixture, ORG, GET, "{}");
  close(client);
  mock_world_unlock(fixture->world);
  fixture_wait(fixture, "return #org:downloads() == 1 and org:downloads()[1].ended ~= nil");
  mock_world_close(fixture->world);
  assert_true(gave_up(fixture));
}

static void a_client_that_is_answered_and_leaves_did_not_give_up(void **state) {
  struct fixture *fixture = *state;
  assert_int_equal(finish(start(fixture, ORG, GET, "{}")), 200);
  mock_world_close(fixture->world);
  assert_false(gave_up(fixture));
}

static void one_connection_serves_many_requests(void **state) {
  struct fixture *fixture = *state;
  int client = client_connect(fixture->url);
  for (int i = 0; i < 3; i++) {
    client_send(client, fixture->url, ORG, GET, "{}");
    struct response response = client_read(client);
    assert_int_equal(response.status, 200);
    response_done(&response);
  }
  close(client);
}

enum { HANGING = 20 };

static void a_world_closes_with_hanging_clients(void **state) {
  struct fixture *fixture = *state;
  int clients[HANGING];
  fixture_do(fixture, "org:on_download():hang()");
  for (int i = 0; i < HANGING; i++) clients[i] = start(fixture, ORG, GET, "{}");
  fixture_wait(fixture, "return #org:downloads() == 20");
  mock_world_close(fixture->world);
  for (int i = 0; i < HANGING; i++) assert_int_equal(finish(clients[i]), 0);
}

static void a_closed_world_answers_gone_and_keeps_its_journal(void **state) {
  struct fixture *fixture = *state;
  mock_world_close(fixture->world);
  assert_int_equal(finish(start(fixture, ORG, GET, "{}")), 410);
  mock_world_close(fixture->world); /* waits for the request's end */
  mock_world_lock(fixture->world);
  cJSON *journal = mock_world_journal(fixture->world, 0);
  mock_world_unlock(fixture->world);
  const cJSON *last = cJSON_GetArrayItem(journal, cJSON_GetArraySize(journal) - 1);
  assert_true(cJSON_IsTrue(json_find(last, "after_close")));
  cJSON_Delete(journal);
}

/* UPL-12: the drain. Held requests do their work first, hanging ones end. */
static void lifting_lets_everything_go(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():hold('never')\norg:on_download():hang()");
  int held = start(fixture, ORG, UPLOAD, ONE), hanging = start(fixture, ORG, GET, "{}");
  fixture_wait(fixture, "return server:gate('never'):held() == 1 and #org:downloads() == 1");
  mock_world_lock(fixture->world);
  mock_world_lift_all(fixture->world);
  mock_world_unlock(fixture->world);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
  assert_int_equal(finish(held), 200);
  assert_int_equal(finish(hanging), 0);
  assert_int_equal(finish(start(fixture, ORG, GET, "{}")), 200);
}

static void a_server_stops_with_idle_clients(void **state) {
  struct fixture *fixture = *state;
  int idle = client_connect(fixture->url);
  client_send(idle, fixture->url, ORG, GET, "{}");
  struct response response = client_read(idle);
  assert_int_equal(response.status, 200);
  response_done(&response);
  mock_server_stop(fixture->server);
  response = client_read(idle);
  assert_int_equal(response.status, 0);
  close(idle);
  mock_world_free(fixture->world); /* still its owner's */
  free(fixture);
}

static void waits_end_at_the_deadline(void **state) {
  struct fixture *fixture = *state;
  struct base_error err = {0};
  mock_world_lock(fixture->world);
  mock_world_set_deadline(fixture->world, 1, NULL, NULL);
  mock_world_unlock(fixture->world);
  fixture_fail(fixture, "server:gate('g'):reached()", &err);
  assert_non_null(strstr(err.text, "time limit"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(a_stored_upload_that_hangs_is_answered_at_its_replay), TEST(a_hang_before_the_back_end_stores_nothing),
      TEST(a_hang_may_be_a_gateway_time_out),
      TEST(a_gate_holds_until_it_opens), TEST(a_replay_of_a_running_upload_is_told_so),
      TEST(a_replay_waits_for_the_answer), TEST(a_replay_that_waited_in_vain_is_told_so),
      TEST(a_request_may_be_submitted_again_after_its_time), TEST(a_barrier_releases_when_each_has_asked),
      TEST(a_barrier_breaks_when_one_goes_away), TEST(a_closed_request_stays_closed_until_the_sync_ends),
      TEST(a_lifted_close_is_forgotten),
      TEST(a_client_that_gives_up_is_noticed), TEST(a_client_that_is_answered_and_leaves_did_not_give_up),
      TEST(one_connection_serves_many_requests), TEST(a_world_closes_with_hanging_clients),
      TEST(a_closed_world_answers_gone_and_keeps_its_journal), TEST(lifting_lets_everything_go),
      TEST(waits_end_at_the_deadline),
      cmocka_unit_test_setup(a_server_stops_with_idle_clients, fixture_open)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
