/* How answers travel to browsers (CORS) and as gzip (W-7), and a port that refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "wire.h"

#define ORIGIN "Origin: http://app.example\r\n"

static void assert_header(const struct response *response, const char *line) {
  if (!strstr(response->head, line)) fail_msg("no \"%s\" in:\n%s", line, response->head);
}

static void assert_no_header(const struct response *response, const char *part) {
  if (strstr(response->head, part)) fail_msg("\"%s\" in:\n%s", part, response->head);
}

/* ---- browsers ---- */

static struct response preflight(struct fixture *fixture, const char *path) {
  return client_request(fixture->url, "OPTIONS", path,
                        ORIGIN "Access-Control-Request-Method: POST\r\n"
                        "Access-Control-Request-Headers: content-type,x-http-method-override,x-voltmx-authorization\r\n", NULL, 0);
}

static void a_browser_may_ask_first(void **state) {
  static const char *const PATHS[] = {"/services/data/v1/Org?offline=true", "/services/metadata/v1/Org", "/authService/100000002/appconfig",
                                      "/services/data/v1/Org/objects/Employee", "/services/data/v1/Org/binary/Employee"};
  fixture_do(*state, "server:require_token('t') org:on_request():status(500)");
  for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
    struct response response = preflight(*state, PATHS[i]);
    assert_int_equal(response.status, 200);
    assert_header(&response, "Access-Control-Allow-Origin: http://app.example\r\n");
    assert_header(&response, "Access-Control-Allow-Credentials: true\r\n");
    assert_header(&response, "Access-Control-Allow-Headers: content-type,x-http-method-override,x-voltmx-authorization\r\n");
    assert_header(&response, "Access-Control-Allow-Methods: GET, POST, PUT, PATCH, DELETE, OPTIONS\r\n");
    assert_header(&response, "Vary: Origin\r\n");
    response_done(&response);
    assert_no_finding(*state); /* it is no call of a client: no token, no rules, no findings */
  }
  fixture_do(*state, "assert(#org:metadata_requests() == 0 and #server:requests() == 5)");
}

static void answers_can_be_read_by_a_page_of_another_origin(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():once():status(503, {['Retry-After'] = '7', ['X-Voltmx-Odd'] = 'x', ['Set-Cookie'] = 'c'})");
  struct response busy = client_download(fixture->url, ORG, ORIGIN, "{}");
  assert_int_equal(busy.status, 503);
  assert_header(&busy, "Access-Control-Allow-Origin: http://app.example\r\n");
  assert_header(&busy, "Access-Control-Expose-Headers: Retry-After, ");
  assert_header(&busy, ", X-Voltmx-Odd\r\n");
  assert_header(&busy, "Retry-After: 7\r\n");
  assert_no_header(&busy, "Access-Control-Allow-Methods");
  struct response good = client_download(fixture->url, ORG, ORIGIN, "{}");
  assert_int_equal(good.status, 200);
  assert_header(&good, "Access-Control-Allow-Origin: http://app.example\r\n");
  fixture_do(fixture, "server:require_token('t')");
  struct response refused = client_download(fixture->url, ORG, ORIGIN, "{}");
  assert_int_equal(refused.status, 401); /* a page is to see that */
  assert_header(&refused, "Access-Control-Allow-Origin: http://app.example\r\n");
  response_done(&busy);
  response_done(&good);
  response_done(&refused);
}

/* OPTIONS that asks for nothing is a request as any other. */
static void not_every_options_is_a_question_of_a_browser(void **state) {
  struct response response = client_request(((struct fixture *)*state)->url, "OPTIONS", EMPLOYEE, ORIGIN, NULL, 0);
  assert_int_equal(response.status, 405);
  response_done(&response);
  cJSON *request = last_request(*state);
  assert_at(request, "kind", "\"crud\"");
  cJSON_Delete(request);
}

static void other_clients_get_no_such_headers(void **state) {
  struct response response = client_download(((struct fixture *)*state)->url, ORG, NULL, "{}");
  assert_no_header(&response, "Access-Control");
  response_done(&response);
}

static void a_script_may_take_the_permission_away(void **state) {
  fixture_do(*state, "server:cors(false)");
  struct response asked = preflight(*state, ORG), page = client_download(((struct fixture *)*state)->url, ORG, ORIGIN, "{}");
  assert_no_header(&asked, "Access-Control");
  assert_no_header(&page, "Access-Control");
  response_done(&asked);
  response_done(&page);
  fixture_do(*state, "server:cors(true)");
  asked = preflight(*state, ORG);
  assert_header(&asked, "Access-Control-Allow-Origin");
  response_done(&asked);
}

/* ---- gzip ---- */

static char *unpack(const struct response *response) {
  z_stream stream = {.next_in = (Bytef *)response->body, .avail_in = (uInt)response->body_len};
  char *text = calloc(1, 100000);
  assert_non_null(text);
  assert_int_equal(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
  stream.next_out = (Bytef *)text;
  stream.avail_out = 99999;
  assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
  assert_int_equal(stream.avail_in, 0);
  inflateEnd(&stream);
  return text;
}

/* W-7: packed on the wire, plain in the journal. */
static void a_rule_packs_answers_for_clients_that_take_them(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "for i = 1, 50 do employees:insert{Name = 'somebody'} end");
  struct response plain = client_download(fixture->url, ORG, "Accept-Encoding: gzip\r\n", "{}");
  assert_no_header(&plain, "Content-Encoding");
  fixture_do(fixture, "org:on_download():gzip()");
  struct response packed = client_download(fixture->url, ORG, "Accept-Encoding: deflate, gzip;q=0.5\r\n", "{}");
  assert_header(&packed, "Content-Encoding: gzip\r\n");
  assert_true(packed.whole && packed.body_len * 3 < plain.body_len);
  char *text = unpack(&packed);
  assert_string_equal(text, plain.body);
  free(text);
  fixture_do(fixture, "local all = org:downloads() assert(all[1].answer_text == all[2].answer_text)");
  response_done(&plain);
  response_done(&packed);
}

static void other_clients_get_plain_answers(void **state) {
  static const char *const HEADERS[] = {NULL, "Accept-Encoding: br, deflate\r\n", "Accept-Encoding: gzip;q=0\r\n", "Accept-Encoding: xgzip\r\n"};
  fixture_do(*state, "org:on_download():gzip()");
  for (size_t i = 0; i < 4; i++) {
    struct response response = client_download(((struct fixture *)*state)->url, ORG, HEADERS[i], "{}");
    assert_no_header(&response, "Content-Encoding");
    assert_at(response.json, "opstatus", "0");
    response_done(&response);
  }
  struct response any = client_download(((struct fixture *)*state)->url, ORG, "Accept-Encoding: *\r\n", "{}");
  assert_header(&any, "Content-Encoding: gzip\r\n");
  response_done(&any);
}

static void a_packed_answer_can_be_cut(void **state) {
  fixture_do(*state, "org:on_download():gzip():truncate(10)");
  struct response response = client_download(((struct fixture *)*state)->url, ORG, "Accept-Encoding: gzip\r\n", "{}");
  assert_false(response.whole);
  assert_int_equal(response.body_len, 10);
  response_done(&response);
}

/* ---- a port that refuses ---- */

static void a_listener_refuses(void **state) {
  cJSON *port = fixture_run(*state, "return tonumber(server:listener('refused'):url():match(':(%d+)/'))");
  int64_t number = 0;
  assert_true(json_integer(port, &number));
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int client = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_not_equal(connect(client, (struct sockaddr *)&to, sizeof to), 0);
  assert_int_equal(errno, ECONNREFUSED);
  close(client);
  cJSON_Delete(port);
  struct base_error err = {0};
  fixture_fail(*state, "server:listener('other')", &err);
  assert_non_null(strstr(err.text, "it is tls_selfsigned, refused or raw"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(a_browser_may_ask_first), TEST(answers_can_be_read_by_a_page_of_another_origin), TEST(not_every_options_is_a_question_of_a_browser),
      TEST(other_clients_get_no_such_headers),
      TEST(a_script_may_take_the_permission_away), TEST(a_rule_packs_answers_for_clients_that_take_them),
      TEST(other_clients_get_plain_answers), TEST(a_packed_answer_can_be_cut), TEST(a_listener_refuses)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
