/* TLS in front of the mock: a listener beside the plain port, a server that speaks nothing else, faults through it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "wire.h"

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

static void wait_for_event(struct fixture *fixture, const char *text) {
  char script[300];
  snprintf(script, sizeof script, "for _, e in ipairs(server:events()) do if e:find('%s', 1, true) then return true end end return false", text);
  fixture_wait(fixture, script);
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
  wait_for_event(*state, "the TLS connection failed: "); /* the client's alert says why */
  cJSON_Delete(url);
}

/* As it comes from a client whose URL has the wrong scheme. */
static void plain_http_is_told_that_the_port_speaks_tls(void **state) {
  struct fixture *fixture = *state;
  cJSON *url = fixture_run(fixture, "return (server:listener('tls_selfsigned'):url():gsub('/w/test$', ''))");
  int plain = client_connect(cJSON_GetStringValue(url));
  client_send(plain, "", "/w/test/x", "X-Http-Method-Override: GET\r\n", "{}");
  struct raw_answer raw = client_read_raw(plain);
  assert_false(raw.reset);
  assert_int_equal(strncmp(base_buf_string(&raw.bytes), "HTTP/1.1 400 Bad Request\r\n", 26), 0);
  assert_non_null(strstr(raw.bytes.data, "\r\n\r\n{\"errmsg\":\"this is plain HTTP, and the port speaks TLS"));
  base_buf_done(&raw.bytes);
  close(plain);
  wait_for_event(fixture, "answered 400: this is plain HTTP");
  struct secure secure; /* and the port goes on */
  assert_true(connect_tls(&secure, cJSON_GetStringValue(url), server_certificate(fixture)));
  disconnect(&secure);
  cJSON_Delete(url);
}

/* The other way round: a real handshake at the plain port. */
static void tls_is_told_that_the_port_speaks_plain_http(void **state) {
  struct fixture *fixture = *state;
  struct secure secure;
  assert_false(connect_tls(&secure, mock_server_url(fixture->server), NULL));
  disconnect(&secure);
  wait_for_event(fixture, "answered 400: the request cannot be read: this looks like a TLS handshake");
  struct response response = client_download(fixture->url, ORG, NULL, "{}");
  assert_int_equal(response.status, 200);
  response_done(&response);
}

/* A client that goes away in the handshake, or never begins one, is no news. */
static void who_only_connects_is_no_event(void **state) {
  struct fixture *fixture = *state;
  cJSON *url = fixture_run(fixture, "return (server:listener('tls_selfsigned'):url():gsub('/w/test$', ''))");
  int silent = client_connect(cJSON_GetStringValue(url)), begun = client_connect(cJSON_GetStringValue(url));
  assert_int_equal(write(begun, "\x16\x03\x01", 3), 3);
  close(silent);
  close(begun);
  struct secure secure; /* accepted later */
  assert_true(connect_tls(&secure, cJSON_GetStringValue(url), server_certificate(fixture)));
  disconnect(&secure);
  fixture_do(fixture, "for _, e in ipairs(server:events()) do assert(not e:find('no request'), e) end");
  cJSON_Delete(url);
}

/* W-2: the document names the listener for its service alone. */
static void the_document_names_the_listener(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "server:service('Other') tls = server:listener('tls_selfsigned') tls:serve(org)");
  struct response response = client_call(fixture->url, "/authService/100000002/appconfig", NULL, NULL);
  assert_non_null(strstr(json_find_string(at(response.json, "services_meta.Org"), "url"), "https://127.0.0.1:"));
  assert_non_null(strstr(json_find_string(at(response.json, "services_meta.Org"), "metadata_url"), "https://127.0.0.1:"));
  assert_non_null(strstr(json_find_string(at(response.json, "services_meta.Other"), "url"), "http://127.0.0.1:"));
  response_done(&response);
  fixture_do(fixture, "tls:serve(org, {metadata = false})");
  response = client_call(fixture->url, "/authService/100000002/appconfig", NULL, NULL);
  assert_non_null(strstr(json_find_string(at(response.json, "services_meta.Org"), "url"), "https://127.0.0.1:"));
  assert_non_null(strstr(json_find_string(at(response.json, "services_meta.Org"), "metadata_url"), "http://127.0.0.1:"));
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
  int silent = client_connect(cJSON_GetStringValue(url)); /* never shakes hands; accepted before the two that do */
  assert_true(connect_tls(&idle, cJSON_GetStringValue(url), server_certificate(fixture)));
  assert_true(connect_tls(&hanging, cJSON_GetStringValue(url), server_certificate(fixture)));
  send_secure(&hanging, ORG);
  fixture_wait(fixture, "return #org:downloads() == 1");
  fixture_close(state);
  char byte;
  assert_true(SSL_read(idle.tls, &byte, 1) <= 0 && SSL_read(hanging.tls, &byte, 1) <= 0);
  assert_true(recv(silent, &byte, 1, 0) <= 0);
  close(silent);
  disconnect(&idle);
  disconnect(&hanging);
  cJSON_Delete(url);
  fixture_open(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(a_listener_speaks_tls), TEST(nobody_trusts_its_certificate), TEST(plain_http_is_told_that_the_port_speaks_tls),
      TEST(tls_is_told_that_the_port_speaks_plain_http), TEST(who_only_connects_is_no_event), TEST(the_document_names_the_listener),
      TEST(faults_pass_through_tls), TEST(large_bodies_pass_through_tls),
      TEST(a_client_that_goes_is_seen_through_tls), cmocka_unit_test(a_server_may_speak_tls_alone),
      TEST(a_server_stops_with_tls_clients)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
