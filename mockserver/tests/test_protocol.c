/* The wire rules over real HTTP: documents, headers, paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "wire.h"

/* ---- documents ---- */

/* W-1, W-2; W-11: a name of any text is encoded in them. */
static void the_service_document_names_the_urls(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "server:service('My Shop', {offline = false, version = '2.1'})");
  struct response response = client_call(fixture->url, "/authService/100000002/appconfig", NULL, NULL);
  const cJSON *shop = at(response.json, "services_meta.My Shop");
  assert_int_equal(response.status, 200);
  assert_at(shop, "offline", "false");
  assert_at(response.json, "services_meta.Org.offline", "true");
  assert_at(response.json, "services_meta.Org.version", "\"1.0\"");
  assert_non_null(strstr(json_find_string(shop, "metadata_url"), "/w/test/services/metadata/v1/My%20Shop"));
  assert_at(shop, "version", "\"2.1\"");
  assert_at(response.json, "services_meta.Org.type", "\"objectsvc\"");
  assert_non_null(strstr(json_find_string(shop, "url"), "/w/test/services/data/v1/My%20Shop"));
  response_done(&response);
}

static void the_document_and_the_metadata_can_be_edited(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "server:edit_document(function(doc) doc.services_meta.Org.extra = 1 end)\n"
                      "org:edit_metadata(function() return '' end)");
  struct response document = client_call(fixture->url, "/authService/100000002/appconfig", NULL, NULL);
  struct response metadata = client_call(fixture->url, "/services/metadata/v1/Org", NULL, NULL);
  assert_at(document.json, "services_meta.Org.extra", "1");
  assert_int_equal(metadata.status, 200);
  assert_string_equal(metadata.body, "");
  response_done(&document);
  response_done(&metadata);
}

/* W-8 */
static void metadata_shows_fields_and_relations(void **state) {
  struct fixture *fixture = *state;
  struct response response = client_call(fixture->url, "/services/metadata/v1/Org", NULL, NULL);
  const cJSON *objects = at(response.json, "namespaces.0.objects");
  assert_at(response.json, "uploadCache", "true");
  assert_at(response.json, "conflict_policy", "\"none\"");
  assert_at(objects, "1.name", "\"Employee\"");
  assert_at(objects, "1.key", "[\"EmpId\"]");
  assert_at(objects, "1.fields.0.auto_generated", "true");
  assert_at(objects, "1.fields.1.nullable", "false");
  assert_at(objects, "2.relationships.0.target_object", "\"Employee\"");
  assert_at(objects, "2.relationships.0.type", "\"ManyToOne\"");
  response_done(&response);
  assert_finding(fixture, "X-Voltmx-Service-Version");
}

/* W-3 */
static void namespaces_gather_their_objects(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "local n = server:service('N') n:object('hr.Note', foundry.model.note):insert{Id = 'a', Text = 't'}");
  struct response metadata = client_call(fixture->url, "/services/metadata/v1/N", NULL, NULL);
  assert_at(metadata.json, "namespaces.0.name", "\"hr\"");
  assert_at(metadata.json, "namespaces.0.objects.0.name", "\"Note\"");
  struct response page = download(fixture, "/services/data/v1/N/objects/Note", "{}");
  assert_at(page.json, "records.0.Id", "\"a\"");
  response_done(&page);
  page = download(fixture, "/services/data/v1/N/objects/hr.Note", "{}");
  assert_at(page.json, "records.0.Id", "\"a\"");
  response_done(&page);
  page = download(fixture, "/services/data/v1/N?offline=true", "{\"delta_context\":{\"objs\":{\"Note\":{\"odatastring\":\"$filter=Id eq 'b'\"}}}}");
  assert_at(page.json, "Objects", "[]");
  response_done(&metadata);
  response_done(&page);
}

/* ---- headers and paths ---- */

static void a_call_without_override_is_refused(void **state) {
  struct fixture *fixture = *state;
  struct response response = client_call(fixture->url, ORG, "Content-Type: application/json\r\n", "{}");
  assert_int_equal(response.status, 400);
  response_done(&response);
  assert_finding(fixture, "W-5");
}

static void both_spellings_of_headers_are_read(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "server:require_token('secret')");
  struct response none = client_download(fixture->url, ORG, NULL, "{}");
  struct response kony = client_download(fixture->url, ORG, "X-Kony-Authorization: secret\r\n", "{}");
  struct response both = client_download(fixture->url, ORG, "x-voltmx-authorization: wrong\r\nX-Kony-Authorization: secret\r\n", "{}");
  assert_int_equal(none.status, 401);
  assert_int_equal(kony.status, 200);
  assert_int_equal(both.status, 401);
  assert_finding(fixture, "W-6");
  struct response metadata = client_call(fixture->url, "/services/metadata/v1/Org", NULL, NULL);
  assert_int_equal(metadata.status, 200); /* setup works without a token (API-08) */
  response_done(&none);
  response_done(&kony);
  response_done(&both);
  response_done(&metadata);
}

/* W-7: %XX and + in queries. */
static void unknown_paths_are_answered_and_noted(void **state) {
  struct fixture *fixture = *state;
  struct response response = client_call(fixture->url, "/nothing/here?a=1%26b+c", "Content-Type: text/plain\r\n", "\xff raw");
  assert_int_equal(response.status, 404);
  assert_non_null(response.json);
  cJSON *request = last_request(fixture);
  assert_at(request, "kind", "\"other\"");
  assert_at(request, "query.a", "\"1&b c\"");
  assert_at(request, "body_text", "\"? raw\"");
  cJSON_Delete(request);
  response_done(&response);
}

static void a_path_outside_of_the_worlds_is_not_found(void **state) {
  struct fixture *fixture = *state;
  struct response response = client_call(mock_server_url(fixture->server), "/w/nobody/x", NULL, NULL);
  assert_int_equal(response.status, 404);
  assert_non_null(response.json);
  response_done(&response);
}

/* W-7 */
static void chunked_bodies_are_read(void **state) {
  struct fixture *fixture = *state;
  int client = client_connect(fixture->url);
  client_send(client, fixture->url, ORG,
              "Content-Type: application/json\r\nX-Http-Method-Override: GET\r\nTransfer-Encoding: chunked\r\n"
              "Connection: close\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n", NULL);
  struct response response = client_read(client);
  close(client);
  response_done(&response);
  cJSON *request = last_request(fixture);
  assert_at(request, "method", "\"GET\""); /* the helper sends GET where there is no body of its own */
  assert_at(request, "body_text", "\"{}\"");
  cJSON_Delete(request);
}

/* C-10 */
static void two_values_of_any_header_are_a_finding(void **state) {
  struct response response = client_download(((struct fixture *)*state)->url, ORG,
                                             "X-Kony-API-Version: 1.0\r\nX-Voltmx-API-Version: 2.0\r\n", "{}");
  assert_int_equal(response.status, 200);
  response_done(&response);
  assert_finding(*state, "W-6: x-voltmx-api-version and x-kony-api-version");
}

static void nothing_is_served_below_an_object(void **state) {
  struct response response = download(*state, "/services/data/v1/Org/objects/Employee/more", "{}");
  assert_int_equal(response.status, 404);
  response_done(&response);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(the_service_document_names_the_urls), TEST(the_document_and_the_metadata_can_be_edited),
      TEST(metadata_shows_fields_and_relations), TEST(namespaces_gather_their_objects),
      TEST(a_call_without_override_is_refused), TEST(both_spellings_of_headers_are_read),
      TEST(unknown_paths_are_answered_and_noted), TEST(a_path_outside_of_the_worlds_is_not_found),
      TEST(chunked_bodies_are_read), TEST(two_values_of_any_header_are_a_finding),
      TEST(nothing_is_served_below_an_object)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
