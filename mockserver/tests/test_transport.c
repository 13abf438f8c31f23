/* How answers travel beside plain HTTP: to browsers (CORS), as gzip (W-7), over TLS, from a port that refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
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

/* ---- TLS ---- */

struct secure {
  SSL_CTX *context;
  SSL *tls;
  int socket;
};

/* `trusted`: PEM of what the client trusts, NULL = nothing. */
static bool connect_tls(struct secure *secure, const char *url, const char *trusted) {
  secure->context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_verify(secure->context, SSL_VERIFY_PEER, NULL);
  if (trusted) {
    BIO *memory = BIO_new_mem_buf(trusted, -1);
    X509 *certificate = PEM_read_bio_X509(memory, NULL, NULL, NULL);
    assert_non_null(certificate);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(secure->context), certificate);
    X509_free(certificate);
    BIO_free(memory);
  }
  secure->tls = SSL_new(secure->context);
  X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(secure->tls), "127.0.0.1");
  secure->socket = client_connect(url);
  SSL_set_fd(secure->tls, secure->socket);
  return SSL_connect(secure->tls) == 1;
}

static void disconnect(struct secure *secure) {
  SSL_free(secure->tls);
  SSL_CTX_free(secure->context);
  close(secure->socket);
}

static void send_secure(struct secure *secure, const char *path) {
  char text[500];
  snprintf(text, sizeof text, "POST /w/test%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Http-Method-Override: GET\r\n"
                              "Content-Length: 2\r\n\r\n{}", path);
  assert_int_equal(SSL_write(secure->tls, text, (int)strlen(text)), (int)strlen(text));
}

/* Until the connection's end, or `enough` is in it. */
static void read_secure(struct secure *secure, const char *enough, struct base_buf *out) {
  char bytes[4096];
  int len;
  while (!(enough && out->len && strstr(out->data, enough)) && (len = SSL_read(secure->tls, bytes, sizeof bytes)) > 0)
    base_buf_append(out, bytes, (size_t)len);
}

static const char *server_certificate(struct fixture *fixture) {
  return mock_server_certificate(fixture->server);
}

static void a_listener_speaks_tls(void **state) {
  struct fixture *fixture = *state;
  struct secure secure;
  struct base_buf answer = BASE_BUF_INIT;
  fixture_do(fixture, "employees:insert{Name = 'Ada'} tls = server:listener('tls_selfsigned') tls:serve(org)");
  cJSON *url = fixture_run(fixture, "return (tls:url():gsub('/w/test$', ''))");
  assert_true(strncmp(cJSON_GetStringValue(url), "https://127.0.0.1:", 18) == 0);
  assert_true(connect_tls(&secure, cJSON_GetStringValue(url), server_certificate(fixture)));
  for (int i = 0; i < 2; i++) { /* the connection stays open */
    base_buf_clear(&answer);
    send_secure(&secure, ORG);
    read_secure(&secure, "\"hasMoreRecords\":\"false\"}", &answer);
    assert_non_null(strstr(base_buf_string(&answer), "\"Name\":\"Ada\""));
  }
  base_buf_done(&answer);
  disconnect(&secure);
  fixture_do(fixture, "assert(#org:downloads() == 2)");
  cJSON_Delete(url);
}

static void nobody_trusts_its_certificate(void **state) {
  struct secure secure;
  cJSON *url = fixture_run(*state, "return (server:listener('tls_selfsigned'):url():gsub('/w/test$', ''))");
  assert_false(connect_tls(&secure, cJSON_GetStringValue(url), NULL));
  disconnect(&secure);
  int plain = client_connect(cJSON_GetStringValue(url)); /* and plain HTTP is nothing there */
  client_send(plain, "", "/", NULL, NULL);
  struct response response = client_read(plain);
  assert_int_equal(response.status, 0);
  response_done(&response);
  close(plain);
  cJSON_Delete(url);
}

/* W-2: the document names the listener for its service alone. */
static void the_document_names_the_listener(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "server:service('Other') tls = server:listener('tls_selfsigned') tls:serve(org)");
  struct response response = client_call(fixture->url, "/authService/100000002/appconfig", NULL, NULL);
  assert_non_null(strstr(json_find_string(at(response.json, "services_meta.Org"), "url"), "https://127.0.0.1:"));
  assert_non_null(strstr(json_find_string(at(response.json, "services_meta.Org"), "metadata_url"), "/w/test/services/metadata/v1/Org"));
  assert_non_null(strstr(json_find_string(at(response.json, "services_meta.Other"), "url"), "http://127.0.0.1:"));
  response_done(&response);
  fixture_do(fixture, "org:serve_here()");
  response = client_call(fixture->url, "/authService/100000002/appconfig", NULL, NULL);
  assert_non_null(strstr(json_find_string(at(response.json, "services_meta.Org"), "url"), "http://127.0.0.1:"));
  response_done(&response);
}

/* What the server does to a connection happens to the client's: a cut answer is cut, a closed one closed. */
static void faults_pass_through_tls(void **state) {
  struct fixture *fixture = *state;
  struct secure secure;
  struct base_buf answer = BASE_BUF_INIT;
  cJSON *url = fixture_run(fixture, "org:on_download():once():truncate(7) return (server:listener('tls_selfsigned'):url():gsub('/w/test$', ''))");
  assert_true(connect_tls(&secure, cJSON_GetStringValue(url), server_certificate(fixture)));
  send_secure(&secure, ORG);
  read_secure(&secure, NULL, &answer);
  assert_int_equal(strlen(strstr(base_buf_string(&answer), "\r\n\r\n") + 4), 7);
  disconnect(&secure);
  base_buf_clear(&answer);
  fixture_do(fixture, "org:on_download():once():close()");
  assert_true(connect_tls(&secure, cJSON_GetStringValue(url), server_certificate(fixture)));
  send_secure(&secure, "/services/data/v1/Org?offline=true&second");
  read_secure(&secure, NULL, &answer);
  assert_int_equal(answer.len, 0);
  char byte;
  assert_int_equal(recv(secure.socket, &byte, 1, 0), 0); /* the connection itself has ended, too */
  disconnect(&secure);
  fixture_do(fixture, "org:on_download():once():reset()");
  assert_true(connect_tls(&secure, cJSON_GetStringValue(url), server_certificate(fixture)));
  send_secure(&secure, "/services/data/v1/Org?offline=true&third");
  errno = 0;
  assert_true(SSL_read(secure.tls, &byte, 1) <= 0);
  assert_int_equal(errno, ECONNRESET);
  disconnect(&secure);
  base_buf_done(&answer);
  cJSON_Delete(url);
}

/* Bodies of many TLS records, both ways. */
static void large_bodies_pass_through_tls(void **state) {
  enum { LEN = 300000 };
  struct fixture *fixture = *state;
  struct secure secure;
  struct base_buf text = BASE_BUF_INIT, answer = BASE_BUF_INIT;
  cJSON *url = fixture_run(fixture, "return (server:listener('tls_selfsigned'):url():gsub('/w/test$', ''))");
  base_buf_printf(&text, "POST /w/test%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n{\"Name\":\"", EMPLOYEE, LEN);
  size_t head = text.len;
  for (size_t at = head; text.len < head - 9 + LEN - 2; at++) base_buf_char(&text, (char)('a' + at % 26));
  base_buf_text(&text, "\"}");
  assert_true(connect_tls(&secure, cJSON_GetStringValue(url), server_certificate(fixture)));
  assert_int_equal(SSL_write(secure.tls, text.data, (int)text.len), (int)text.len);
  read_secure(&secure, "\"Notes\":null}]}", &answer);
  assert_non_null(strstr(base_buf_string(&answer), "HTTP/1.1 200"));
  assert_true(answer.len > LEN);
  assert_int_equal(fixture_number(fixture, "return #employees:row(101).Name"), LEN - 11);
  disconnect(&secure);
  base_buf_done(&text);
  base_buf_done(&answer);
  cJSON_Delete(url);
}

/* A client that goes away is seen through it. */
static void a_client_that_goes_is_seen_through_tls(void **state) {
  struct fixture *fixture = *state;
  struct secure secure;
  cJSON *url = fixture_run(fixture, "org:on_download():hang() return (server:listener('tls_selfsigned'):url():gsub('/w/test$', ''))");
  assert_true(connect_tls(&secure, cJSON_GetStringValue(url), server_certificate(fixture)));
  send_secure(&secure, ORG);
  fixture_wait(fixture, "return #org:downloads() == 1");
  disconnect(&secure);
  fixture_wait(fixture, "return org:downloads()[1].ended ~= nil");
  cJSON_Delete(url);
}

static void a_server_may_speak_tls_alone(void **state) {
  (void)state;
  struct mock_server *server;
  struct mock_world *world;
  struct base_error err = {0};
  struct secure secure;
  struct base_buf answer = BASE_BUF_INIT;
  const struct mock_config config = {.tls = true, .threads = 8};
  assert_int_equal(mock_server_start(&config, &server, &err), 0);
  assert_int_equal(mock_world_open(server, "test", &world, &err), 0);
  assert_true(strncmp(mock_world_url(world), "https://127.0.0.1:", 18) == 0);
  assert_true(connect_tls(&secure, mock_server_url(server), mock_server_certificate(server)));
  send_secure(&secure, "/nowhere");
  read_secure(&secure, "nothing is served", &answer);
  assert_non_null(strstr(base_buf_string(&answer), "HTTP/1.1 404"));
  disconnect(&secure);
  struct mock_server *second = NULL;
  const struct mock_config taken = {.tls = true, .port = (unsigned)atoi(strrchr(mock_server_url(server), ':') + 1)};
  assert_int_equal(mock_server_start(&taken, &second, &err), MOCK_ERR_LISTEN);
  base_buf_done(&answer);
  mock_world_free(world);
  mock_server_stop(server);
}

/* A server ends although clients of its TLS port are connected, idle or hanging. */
static void a_server_stops_with_tls_clients(void **state) {
  struct fixture *fixture = *state;
  struct secure idle, hanging;
  cJSON *url = fixture_run(fixture, "org:on_download():hang() return (server:listener('tls_selfsigned'):url():gsub('/w/test$', ''))");
  assert_true(connect_tls(&idle, cJSON_GetStringValue(url), server_certificate(fixture)));
  assert_true(connect_tls(&hanging, cJSON_GetStringValue(url), server_certificate(fixture)));
  send_secure(&hanging, ORG);
  fixture_wait(fixture, "return #org:downloads() == 1");
  fixture_close(state);
  char byte;
  assert_true(SSL_read(idle.tls, &byte, 1) <= 0 && SSL_read(hanging.tls, &byte, 1) <= 0);
  disconnect(&idle);
  disconnect(&hanging);
  cJSON_Delete(url);
  fixture_open(state);
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
  assert_non_null(strstr(err.text, "it is tls_selfsigned or refused"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(a_browser_may_ask_first), TEST(answers_can_be_read_by_a_page_of_another_origin), TEST(not_every_options_is_a_question_of_a_browser), TEST(other_clients_get_no_such_headers),
      TEST(a_script_may_take_the_permission_away), TEST(a_rule_packs_answers_for_clients_that_take_them),
      TEST(other_clients_get_plain_answers), TEST(a_packed_answer_can_be_cut), TEST(a_listener_speaks_tls),
      TEST(nobody_trusts_its_certificate), TEST(the_document_names_the_listener), TEST(faults_pass_through_tls), TEST(large_bodies_pass_through_tls),
      TEST(a_client_that_goes_is_seen_through_tls), cmocka_unit_test(a_server_may_speak_tls_alone),
      TEST(a_server_stops_with_tls_clients), TEST(a_listener_refuses)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
