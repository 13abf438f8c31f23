/* foundry-mock record: what passes, what is written down, and that the script serves what the upstream served. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "http_client.h"
#include "record/origins.h"
#include "record/record.h"
#include "record/redact.h"
#include "world_fixture.h"

static const char *const FIELDS[] = {"Salary", "X-Device"};

/* `fields`: how many of FIELDS are secret. */
static struct record *record_secretly(const char *url, size_t fields) {
  struct record *record = NULL;
  struct base_error err = {0};
  const struct record_config config = {.upstream = url, .threads = 8, .fields = FIELDS, .field_count = fields};
  if (record_start(&config, &record, &err) != 0) fail_msg("%s", err.text);
  return record;
}

static struct record *record_upstream(const char *url) {
  return record_secretly(url, 0);
}

/* ---- secrets ---- */

static void secrets_go_out_of_json_at_any_depth(void **state) {
  static const struct redact REDACT = {FIELDS, 2};
  static const struct {
    const char *given, *kept;
  } CASES[] = {
      {"{\"a\":1,\"Password\":\"x\"}", "{\"a\":1,\"Password\":\"(redacted)\"}"},
      {"[{\"b\":{\"CLAIMS_TOKEN\":{\"value\":\"x\"}}}]", "[{\"b\":{\"CLAIMS_TOKEN\":\"(redacted)\"}}]"},
      {"{\"salary\":12345678901234567890.5,\"n\":12345678901234567890.50}", "{\"salary\":\"(redacted)\",\"n\":12345678901234567890.50}"},
      {"{\"token\":null,\"secret\":\"\"}", "{\"token\":null,\"secret\":\"\"}"},
      {"{ \"spaces\" : 1 }", "{ \"spaces\" : 1 }"},
      {"no JSON", "no JSON"}};
  (void)state;
  for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
    struct base_buf given = BASE_BUF_INIT, kept = BASE_BUF_INIT;
    base_buf_text(&given, CASES[i].given);
    redact_body(&REDACT, &given, true, &kept);
    assert_string_equal(base_buf_string(&kept), CASES[i].kept);
    base_buf_done(&given);
    base_buf_done(&kept);
  }
}

static void secrets_go_out_of_queries_and_headers(void **state) {
  static const struct redact REDACT = {FIELDS, 2};
  static const char *const SECRET[] = {"authorization", "X-KONY-APP-SECRET", "x-voltmx-authorization", "Cookie", "set-cookie", "x-device"};
  static const char *const PLAIN[] = {"Content-Type", "X-Voltmx-RequestCacheId", "Accept"};
  struct base_buf query = BASE_BUF_INIT;
  (void)state;
  redact_query(&REDACT, "a=1&to%6ben=x%26y&b&access_token=z&", &query);
  assert_string_equal(base_buf_string(&query), "a=1&to%6ben=%28redacted%29&b&access_token=%28redacted%29&");
  base_buf_done(&query);
  for (size_t i = 0; i < sizeof SECRET / sizeof SECRET[0]; i++) assert_true(redact_header(&REDACT, SECRET[i]));
  for (size_t i = 0; i < sizeof PLAIN / sizeof PLAIN[0]; i++) assert_false(redact_header(&REDACT, PLAIN[i]));
}

static char *journal_text(struct record *record) {
  mock_world_lock(record_world(record));
  cJSON *journal = mock_world_journal(record_world(record), 0);
  mock_world_unlock(record_world(record));
  char *text = json_print(journal);
  cJSON_Delete(journal);
  return text;
}

static void nothing_that_is_written_holds_a_secret(void **state) {
  struct fixture *fixture = *state;
  struct base_error err = {0};
  char *script = NULL;
  fixture_do(fixture, "employees:insert{Name = 'Ada', Salary = 77777}");
  struct record *record = record_secretly(fixture->url, 1);
  struct response response = client_download(record_url(record), "/services/data/v1/Org?offline=true&token=S3CRET",
                                             "X-Voltmx-Authorization: S3CRET\r\nX-Kony-App-Key: S3CRET\r\nCookie: S3CRET\r\n", "{\"password\":\"S3CRET\"}");
  assert_non_null(strstr(response.body, "77777")); /* the client gets all of it */
  response_done(&response);
  response = client_call(record_url(record), "/authService/100000002/login", "", "userid=u&password=S3CRET");
  response_done(&response);
  response = client_call(record_url(record), "/services/metadata/v1/Org", "X-Http-Method-Override: GET\r\n", NULL);
  response_done(&response);
  char *journal = journal_text(record);
  assert_int_equal(record_script(record, &script, &err), 0);
  assert_null(strstr(journal, "S3CRET"));
  assert_null(strstr(journal, "77777"));
  assert_null(strstr(script, "S3CRET"));
  assert_null(strstr(script, "77777"));
  assert_non_null(strstr(journal, "(redacted)"));
  assert_non_null(strstr(journal, "(24 bytes, not kept)"));
  free(journal);
  free(script);
  record_stop(record);
}

/* ---- addresses ---- */

static void addresses_of_a_document_become_ours(void **state) {
  struct origins origins;
  cJSON *document = NULL;
  const char *rest;
  (void)state;
  assert_true(origins_init(&origins, "https://foundry.example.com:444/base/"));
  origins.own = "http://127.0.0.1:1";
  static const char TEXT[] = "{\"selflink\":\"https://foundry.example.com:444/base/authService/100000002/appconfig\",\"list\":[\"HTTPS://other.example.com/a?b=c\"],"
                             "\"x\":{\"url\":\"https://foundry.example.com:444/baseball/y\"},\"text\":\"see https://foundry.example.com\",\"id\":\"urn:x\"}";
  assert_int_equal(json_parse(TEXT, sizeof TEXT - 1, JSON_REPEATED_REFUSED, &document, NULL), 0);
  origins_rewrite(&origins, document);
  char *text = json_print(document);
  assert_string_equal(text, "{\"selflink\":\"http://127.0.0.1:1/authService/100000002/appconfig\",\"list\":[\"http://127.0.0.1:1/@1/a?b=c\"],"
                            "\"x\":{\"url\":\"http://127.0.0.1:1/@2/baseball/y\"},\"text\":\"see https://foundry.example.com\",\"id\":\"urn:x\"}");
  free(text);
  cJSON_Delete(document);
  static const struct {
    const char *path, *url, *rest;
  } CASES[] = {{"/services/data/v1/A", "https://foundry.example.com:444/base/services/data/v1/A", "/services/data/v1/A"},
               {"/@1/a", "HTTPS://other.example.com/a", "/a"}, {"/@2/b/c", "https://foundry.example.com:444/b/c", "/b/c"}};
  for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
    char *url = origins_resolve(&origins, CASES[i].path, &rest);
    assert_string_equal(url, CASES[i].url);
    assert_string_equal(rest, CASES[i].rest);
    free(url);
  }
  assert_null(origins_resolve(&origins, "/@3/a", &rest));
  origins_done(&origins);
}

static void what_is_no_url_is_refused(void **state) {
  static const char *const URLS[] = {"", "foundry.example.com", "ftp://x/", "http://", "http:///a", "https://x/?a=b"};
  struct record *record = NULL;
  (void)state;
  for (size_t i = 0; i < sizeof URLS / sizeof URLS[0]; i++) {
    struct base_error err = {0};
    const struct record_config config = {.upstream = URLS[i]};
    assert_int_equal(record_start(&config, &record, &err), RECORD_ERR_UPSTREAM);
    assert_non_null(strstr(err.text, "is no URL"));
  }
}

/* ---- passing ---- */

static void the_document_leads_to_the_recorder(void **state) {
  struct fixture *fixture = *state;
  struct record *record = record_upstream(fixture->url);
  char expected[256];
  struct response response = client_call(record_url(record), "/authService/100000002/appconfig", "", NULL);
  snprintf(expected, sizeof expected, "%s/services/data/v1/Org", record_url(record));
  assert_string_equal(json_find_string(json_find(json_find(response.json, "services_meta"), "Org"), "url"), expected);
  assert_null(strstr(response.body, fixture->url));
  response_done(&response);
  record_stop(record);
}

static void bytes_headers_and_status_pass_as_they_are(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():once():body('\\xff\\xfe no text', 'image/png')\n"
                      "org:on_download():nth(2):status(429, {['Retry-After'] = '7', ['X-Mine'] = 'a: b'}, 'slow down')");
  struct record *record = record_upstream(fixture->url);
  struct response response = client_download(record_url(record), "/services/data/v1/Org?offline=true", NULL, "{}");
  assert_string_equal(response.body, "\xff\xfe no text");
  assert_non_null(strstr(response.head, "Content-Type: image/png\r\n"));
  response_done(&response);
  response = client_download(record_url(record), "/services/data/v1/Org?offline=true", NULL, "{}");
  assert_int_equal(response.status, 429);
  assert_string_equal(response.body, "slow down");
  assert_non_null(strstr(response.head, "Retry-After: 7\r\n"));
  assert_non_null(strstr(response.head, "X-Mine: a: b\r\n"));
  response_done(&response);
  char *journal = journal_text(record);
  assert_non_null(strstr(journal, "?? no text"));
  free(journal);
  record_stop(record);
}

static void what_the_client_says_arrives(void **state) {
  struct fixture *fixture = *state;
  struct record *record = record_upstream(fixture->url);
  struct response response = client_upload(record_url(record), "/services/data/v1/Org?a=%2B+b", "X-Voltmx-RequestCacheId: id-1\r\nX-Empty:\r\n",
                                           "{\"records\":[]}");
  assert_int_equal(response.status, 200);
  response_done(&response);
  fixture_do(fixture, "local request = org:uploads()[1]\n"
                      "assert(request.cache_id == 'id-1') assert(request.query.a == '+ b') assert(request.body_text == '{\"records\":[]}')\n"
                      "assert(request.headers['x-empty'] == '') assert(request.headers['content-type'] == 'application/json')");
  record_stop(record);
}

static void an_upstream_that_is_not_there_is_502_and_named(void **state) {
  struct record *record = record_upstream("http://127.0.0.1:1/x");
  (void)state;
  struct response response = client_call(record_url(record), "/authService/100000002/appconfig", "", NULL);
  assert_int_equal(response.status, 502);
  assert_non_null(strstr(json_find_string(response.json, "errmsg"), "http://127.0.0.1:1/x/authService"));
  response_done(&response);
  record_stop(record);
}

/* The next answer on the connection begins where the head ended. */
static void an_answer_to_head_has_no_body(void **state) {
  struct record *gone = record_upstream("http://127.0.0.1:1/x"), *record = record_upstream(((struct fixture *)*state)->url);
  struct record *const RECORDS[] = {record, gone};
  for (int i = 0; i < 2; i++) {
    int client = client_connect(record_url(RECORDS[i]));
    client_send_bytes(client, record_url(RECORDS[i]), "HEAD", "/authService/100000002/appconfig", "", NULL, 0);
    client_send_bytes(client, record_url(RECORDS[i]), "GET", "/authService/100000002/appconfig", "Connection: close\r\n", NULL, 0);
    struct raw_answer raw = client_read_raw(client);
    const char *end = strstr(base_buf_string(&raw.bytes), "\r\n\r\n");
    if (!end || strncmp(end + 4, i == 0 ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 502 Bad Gateway\r\n", 17) != 0) fail_msg("%s", base_buf_string(&raw.bytes));
    base_buf_done(&raw.bytes);
    close(client);
    record_stop(RECORDS[i]);
  }
}

static void a_call_under_way_does_not_keep_the_recorder(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():hang()");
  struct record *record = record_upstream(fixture->url);
  int client = client_connect(record_url(record));
  client_send(client, record_url(record), "/services/data/v1/Org?offline=true", "X-Http-Method-Override: GET\r\n", "{}");
  fixture_wait(fixture, "return org:downloads():count() == 1");
  record_stop(record);
  close(client);
}

/* ---- round trip ---- */

static void call(const char *base, const char *path, const char *override, const char *id, const char *body, int status) {
  char headers[256];
  snprintf(headers, sizeof headers, "Content-Type: application/json\r\nX-Http-Method-Override: %s\r\n%s%s%s", override,
           id ? "X-Voltmx-RequestCacheId: " : "", id ? id : "", id ? "\r\n" : "");
  struct response response = client_call(base, path, headers, body);
  if (response.status != status) fail_msg("%s: %d %s", path, response.status, response.body);
  response_done(&response);
}

/* What an app's syncs do: document, metadata, pages, uploads with failures, deltas. */
static void use(const char *base) {
  call(base, "/authService/100000002/appconfig", "GET", NULL, NULL, 200);
  call(base, "/services/metadata/v1/Org", "GET", NULL, NULL, 200);
  call(base, "/services/data/v1/Org?offline=true", "GET", NULL, "{}", 503);
  call(base, "/services/data/v1/Org?offline=true", "GET", NULL, "{}", 200);
  call(base, "/services/data/v1/Org/objects/Box", "GET", NULL, "{}", 200);
  call(base, "/services/data/v1/Org", "UPLOAD", "u-1",
       "{\"records\":[{\"EmpId\":-1,\"Name\":\"new\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":1,\"checksum\":\"\"}},"
       "{\"BoxId\":-1,\"Owner\":-1,\"_metadata\":{\"object\":\"Box\",\"action\":\"create\",\"rowId\":2,\"checksum\":\"\"}},"
       "{\"EmpId\":-2,\"Name\":\"bad\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":3,\"checksum\":\"\"}},"
       "{\"EmpId\":2,\"_metadata\":{\"object\":\"Employee\",\"action\":\"delete\",\"rowId\":4,\"checksum\":\"\"}},"
       "{\"EmpId\":1,\"Salary\":\"1.50\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"partialupdate\",\"rowId\":5,\"checksum\":\"\"}}]}",
       200);
}

/* What a new installation gets, without what only this world knows: deltas and revisions. */
static char *everything(const char *base) {
  struct base_buf all = BASE_BUF_INIT;
  static const char *const PATHS[] = {"/services/metadata/v1/Org", "/services/data/v1/Org?offline=true"};
  for (int i = 0; i < 2; i++) {
    struct response response = i == 0 ? client_call(base, PATHS[i], "Content-Type: application/json\r\nX-Http-Method-Override: GET\r\n", NULL)
                                      : client_download(base, PATHS[i], NULL, "{}");
    assert_int_equal(response.status, 200);
    cJSON_DeleteItemFromObjectCaseSensitive(response.json, "delta_context");
    cJSON_DeleteItemFromObjectCaseSensitive(response.json, "timestamp");
    char *text = json_print(response.json);
    base_buf_text(&all, text);
    free(text);
    response_done(&response);
  }
  return base_buf_steal(&all);
}

static void load(struct mock_world *world, const char *script) {
  struct base_error err = {0};
  mock_world_lock(world);
  if (mock_script_load(world, script, strlen(script), "recorded.lua", &err) != 0 || mock_script_call(world, 0, 0, &err) != 0)
    fail_msg("%s\n%s", err.text, script);
  mock_world_unlock(world);
}

/* Says where two texts begin to differ. */
static void assert_same_text(const char *a, const char *b) {
  size_t at = 0;
  while (a[at] && a[at] == b[at]) at++;
  size_t from = at > 80 ? at - 80 : 0;
  if (a[at] || b[at]) fail_msg("the upstream served\n…%.200s\nthe script serves\n…%.200s", a + from, b + from);
}

/* Metadata compared as JSON: the order of members is nobody's matter. */
static void assert_served_alike(const char *upstream, const char *served) {
  char *one = everything(upstream), *other = everything(served);
  cJSON *a = NULL, *b = NULL;
  char *a_rows = strstr(one, "}{") + 1, *b_rows = strstr(other, "}{") + 1;
  assert_int_equal(json_parse(one, (size_t)(a_rows - one), JSON_LAST_COUNTS, &a, NULL), 0);
  assert_int_equal(json_parse(other, (size_t)(b_rows - other), JSON_LAST_COUNTS, &b, NULL), 0);
  if (!json_equal(a, b)) assert_same_text(one, other);
  assert_same_text(a_rows, b_rows);
  cJSON_Delete(a);
  cJSON_Delete(b);
  free(one);
  free(other);
}

static void the_script_serves_what_the_upstream_served(void **state) {
  struct fixture *fixture = *state;
  struct base_error err = {0};
  struct mock_world *world;
  char *script = NULL;
  fixture_do(fixture, "departments:generate{count = 3}\nemployees:insert{{EmpId = 1, Name = 'Ada \"q\" \\\\ \\n\\1 😀', Salary = '12.30'}, {EmpId = 2, Name = 'gone'}}\n"
                      "employees:generate{count = 20, columns = {Name = 'unicode', Salary = 'large', DeptId = 'money'}}\n"
                      "boxes:insert{{Owner = 1}, {}}\n"
                      "org:on_download():once():status(503, nil, 'later')\norg:on_upload():reject{where = {Name = 'bad'}, opstatus = 20077, errmsg = 'no \"bad\" ones'}");
  struct record *record = record_upstream(fixture->url);
  use(record_url(record));
  assert_int_equal(record_script(record, &script, &err), 0);
  record_stop(record);
  assert_int_equal(mock_world_open(fixture->server, "again", &world, &err), 0);
  load(world, script);
  struct response response = client_download(mock_world_url(world), "/services/data/v1/Org?offline=true", NULL, "{}");
  assert_int_equal(response.status, 503); /* the error that was seen, at its place */
  assert_string_equal(response.body, "later");
  response_done(&response);
  response = client_upload(mock_world_url(world), "/services/data/v1/Org", "X-Voltmx-RequestCacheId: v-1\r\n",
                           "{\"records\":[{\"EmpId\":-9,\"Name\":\"bad\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":3,\"checksum\":\"\"}}]}");
  assert_non_null(strstr(response.body, "20077"));
  assert_non_null(strstr(response.body, "no \\\"bad\\\" ones"));
  response_done(&response);
  assert_served_alike(fixture->url, mock_world_url(world));
  mock_world_free(world);
  free(script);
}

/* Boxes nest in the employee who owns them, in downloads ($expand) and in uploads. */
static void nested_records_are_rows_of_their_own(void **state) {
  struct fixture *fixture = *state;
  struct base_error err = {0};
  struct mock_world *world;
  char *script = NULL;
  fixture_do(fixture, "org:nest{parent = employees, child = boxes}\nemployees:expand 'Box'\nemployees:generate(4)\nboxes:generate{count = 9, nulls = 0}");
  struct record *record = record_upstream(fixture->url);
  const char *base = record_url(record);
  call(base, "/services/metadata/v1/Org", "GET", NULL, NULL, 200);
  call(base, "/services/data/v1/Org/objects/Employee?$expand=Box", "GET", NULL, "{}", 200);
  call(base, "/services/data/v1/Org", "UPLOAD", "n-1",
       "{\"records\":[{\"EmpId\":-1,\"Name\":\"new\",\"Box\":[{\"BoxId\":-1,\"Owner\":-1,\"_metadata\":{\"object\":\"Box\",\"action\":\"create\",\"rowId\":2,\"checksum\":\"\"}}],"
       "\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":1,\"checksum\":\"\"}}]}",
       200);
  assert_int_equal(record_script(record, &script, &err), 0);
  record_stop(record);
  assert_int_equal(mock_world_open(fixture->server, "again", &world, &err), 0);
  load(world, script);
  assert_served_alike(fixture->url, mock_world_url(world));
  mock_world_free(world);
  free(script);
}

static void what_was_not_seen_is_said(void **state) {
  struct fixture *fixture = *state;
  struct base_error err = {0};
  char *script = NULL;
  struct record *record = record_upstream(fixture->url);
  call(record_url(record), "/services/data/v1/Org?offline=true", "GET", NULL, "{}", 200);
  assert_int_equal(record_script(record, &script, &err), 0);
  assert_non_null(strstr(script, "-- Org: its metadata was not seen"));
  free(script);
  record_stop(record);
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(secrets_go_out_of_json_at_any_depth), cmocka_unit_test(secrets_go_out_of_queries_and_headers),
      TEST(nothing_that_is_written_holds_a_secret), cmocka_unit_test(addresses_of_a_document_become_ours),
      cmocka_unit_test(what_is_no_url_is_refused), TEST(the_document_leads_to_the_recorder),
      TEST(bytes_headers_and_status_pass_as_they_are), TEST(what_the_client_says_arrives),
      cmocka_unit_test(an_upstream_that_is_not_there_is_502_and_named), TEST(an_answer_to_head_has_no_body), TEST(a_call_under_way_does_not_keep_the_recorder),
      TEST(the_script_serves_what_the_upstream_served), TEST(nested_records_are_rows_of_their_own),
      TEST(what_was_not_seen_is_said)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
