/* The wire rules over real HTTP: documents, headers, downloads, uploads, the upload cache. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "wire.h"

/* ---- documents ---- */

/* W-1, W-2 */
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

/* ---- downloads ---- */

/* W-20: a capital in downloads, a string in hasMoreRecords. */
static void a_first_download_has_the_living_rows(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{{EmpId = 1, Name = 'a'}, {EmpId = 2, Name = 'b'}} employees:delete(1)");
  struct response response = download(fixture, ORG, "{}");
  assert_at(response.json, "opstatus", "0");
  assert_at(response.json, "hasMoreRecords", "\"false\"");
  assert_at(response.json, "Objects.0.name", "\"Employee\"");
  assert_null(at(response.json, "Objects.1"));
  assert_at(response.json, "Objects.0.records.0.EmpId", "2");
  assert_at(response.json, "Objects.0.records.0.Notes", "null"); /* full records (W-17) */
  assert_at(response.json, "Objects.0._metadata.recordCount", "1");
  assert_int_equal(strlen(json_find_string(at(response.json, "Objects.0.records.0._metadata"), "checksum")), 16);
  response_done(&response);
}

static void a_delta_brings_what_changed(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{{EmpId = 1, Name = 'a'}, {EmpId = 2, Name = 'b'}, {EmpId = 3, Name = 'c'}}");
  struct response response = download(fixture, ORG, "{}");
  fixture_do(fixture, "employees:delete(1) employees:update(2, {Name = 'B'}) employees:insert{EmpId = 4, Name = 'd'}");
  response = next(fixture, ORG, &response);
  assert_at(response.json, "Objects.0.records.0._metadata.action", "\"delete\"");
  assert_at(response.json, "Objects.0.records.0.EmpId", "1");
  assert_at(response.json, "Objects.0.records.1._metadata.action", "\"update\"");
  assert_at(response.json, "Objects.0.records.2._metadata.action", "\"create\"");
  assert_at(response.json, "Objects.0._metadata.deletedRecords", "1");
  response = next(fixture, ORG, &response);
  assert_null(at(response.json, "Objects.0"));
  response_done(&response);
}

static void an_unknown_delta_counts_as_none_and_is_a_finding(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{EmpId = 1, Name = 'a'}");
  struct response response = download(fixture, ORG, "{\"delta_context\":{\"objs\":{\"Employee\":{\"delta\":\"d1.1.00\"}}}}");
  assert_at(response.json, "Objects.0.records.0.EmpId", "1");
  response_done(&response);
  assert_finding(fixture, "W-28");
}

static void a_delta_belongs_to_its_filter(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{{EmpId = 1, Name = 'a'}, {EmpId = 2, Name = 'b'}}");
  struct response response = download(fixture, "/services/data/v1/Org/objects/Employee?$filter=EmpId%20eq%202", "{}");
  assert_at(response.json, "records.0.EmpId", "2");
  assert_null(at(response.json, "records.1"));
  response = next(fixture, EMPLOYEE, &response);
  assert_at(response.json, "records.0.EmpId", "1");
  response_done(&response);
  assert_finding(fixture, "W-28");
}

static void a_filter_in_the_body_is_cut_at_the_expand(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{{EmpId = 1, Name = '&$expand=x'}, {EmpId = 2, Name = 'b'}}");
  struct response response = download(fixture, ORG,
      "{\"delta_context\":{\"objs\":{\"Employee\":{\"odatastring\":\"$filter=Name eq '&$expand=x'&$expand=Child\"}}}}");
  assert_at(response.json, "Objects.0.records.0.EmpId", "1");
  assert_null(at(response.json, "Objects.0.records.1"));
  response_done(&response);
}

static void a_filter_that_cannot_be_read_filters_nothing(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{{EmpId = 1, Name = 'a'}, {EmpId = 2, Name = 'b'}}");
  struct response response = download(fixture, "/services/data/v1/Org/objects/Employee?$filter=%27", "{}");
  assert_at(response.json, "records.1.EmpId", "2");
  response_done(&response);
  assert_finding(fixture, "W-30");
}

/* W-29: pages in key order by datatype; the last one gives the deltas, fixed by the first. */
static void pages_follow_each_other(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "for i = 1, 5 do employees:insert{EmpId = i * 5, Name = 'n'} end departments:insert{DeptId = 1, Title = 't'}");
  const char path[] = "/services/data/v1/Org?offline=true&%24batchsize=2";
  struct response response = download(fixture, path, "{}");
  assert_at(response.json, "hasMoreRecords", "\"true\"");
  assert_at(response.json, "Objects.0.name", "\"Department\"");
  assert_at(response.json, "Objects.1.records.1.EmpId", "10");
  fixture_do(fixture, "employees:insert{EmpId = 1, Name = 'between'}");
  response = next(fixture, path, &response);
  assert_at(response.json, "Objects.0.name", "\"Employee\"");
  assert_null(at(response.json, "Objects.1"));
  assert_at(response.json, "Objects.0.records.0.EmpId", "15");
  response = next(fixture, path, &response);
  assert_at(response.json, "hasMoreRecords", "\"false\"");
  assert_at(response.json, "Objects.0.records.0.EmpId", "25");
  assert_non_null(at(response.json, "delta_context.objs.Department.delta"));
  response = next(fixture, path, &response);
  assert_at(response.json, "Objects.0.records.0.EmpId", "1");
  response_done(&response);
}

static void the_same_context_gives_the_same_page(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "for i = 1, 3 do employees:insert{EmpId = i, Name = 'n'} end");
  struct response first = download(fixture, "/services/data/v1/Org?offline=true&%24batchsize=2", "{}");
  char *context = json_print(json_find(first.json, "delta_context"));
  char body[512];
  snprintf(body, sizeof body, "{\"delta_context\":%s}", context);
  struct response one = download(fixture, ORG, body);
  fixture_do(fixture, "employees:update(3, {Name = 'later'})");
  struct response two = download(fixture, ORG, body);
  assert_string_equal(one.body, two.body);
  assert_non_null(strstr(one.body, "\"EmpId\":3"));
  fixture_do(fixture, "server.clock:advance('25h')");
  struct response old = download(fixture, ORG, body);
  assert_at(old.json, "opstatus", "20014");
  free(context);
  response_done(&first);
  response_done(&one);
  response_done(&two);
  response_done(&old);
}

/* W-18, W-19: where a client may say what. */
static void contexts_and_queries_have_their_places(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "for i = 1, 3 do employees:insert{EmpId = i, Name = 'n'} end");
  struct response response = download(fixture, "/services/data/v1/Org?offline=true&$filter=EmpId%20eq%201", "{}");
  response_done(&response);
  assert_finding(fixture, "W-18: $filter or $expand in the query");
  response = download(fixture, "/services/data/v1/Org?offline=true&$batchsize=1", "{}");
  char body[300];
  snprintf(body, sizeof body, "{\"delta_context\":{\"objs\":{\"Employee\":{\"bc\":\"%s\"}}}}",
           json_find_string(at(response.json, "delta_context.objs.Employee"), "bc"));
  response = next(fixture, ORG, &response);
  assert_no_finding(fixture);
  response_done(&response);
  response = download(fixture, ORG, body);
  assert_at(response.json, "Objects.0.records.0.EmpId", "2"); /* served all the same */
  response_done(&response);
  assert_finding(fixture, "W-19: the delta_context of a later page is not the one that was given");
}

/* W-26 */
static void soft_deleted_rows_are_deletes_in_deltas_alone(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "s = server:service('Soft'):object('Item', {key = {'Id'}, softdelete_field = 'Gone', fields = {\n"
                      "  {name = 'Id', datatype = 'number'}, {name = 'Gone', datatype = 'boolean'}}})\n"
                      "s:insert{{Id = 1, Gone = '1'}, {Id = 2, Gone = false}}");
  const char path[] = "/services/data/v1/Soft?offline=true";
  struct response response = download(fixture, path, "{}");
  assert_at(response.json, "Objects.0.records.0.Id", "2");
  assert_null(at(response.json, "Objects.0.records.1"));
  fixture_do(fixture, "s:update(2, {Gone = true})");
  response = next(fixture, path, &response);
  assert_at(response.json, "Objects.0.records.0", "{\"Id\":2,\"_metadata\":{\"action\":\"delete\"}}");
  response_done(&response);
}

/* W-27 */
static void an_endless_server_repeats_one_context(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{EmpId = 1, Name = 'a'} org:on_download():always_more(3)");
  struct response response = download(fixture, ORG, "{}");
  char *first = json_print(json_find(response.json, "delta_context"));
  for (int i = 0; i < 2; i++) {
    response = next(fixture, ORG, &response);
    assert_at(response.json, "hasMoreRecords", "\"true\"");
    assert_at(response.json, "delta_context", first);
    assert_at(response.json, "Objects.0.records.0.EmpId", "1");
  }
  response = next(fixture, ORG, &response);
  assert_at(response.json, "hasMoreRecords", "\"false\"");
  free(first);
  response_done(&response);
}

/* ---- uploads ---- */

#define CREATE(id, name, row) \
  "{\"EmpId\":" id ",\"Name\":\"" name "\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"create\",\"rowId\":" row ",\"checksum\":\"\"}}"

/* W-34; W-20: small in uploads */
static void generated_keys_replace_temporary_ones(void **state) {
  struct fixture *fixture = *state;
  struct response response = upload(fixture, NULL,
      CREATE("-1", "Ada", "1") ",{\"EmpId\":-1,\"Name\":\"Ada L\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"update\",\"rowId\":2}},"
      "{\"BoxId\":-1,\"Owner\":-1,\"_metadata\":{\"object\":\"Box\",\"action\":\"create\",\"rowId\":3}}");
  assert_at(response.json, "opstatus", "0");
  assert_at(response.json, "objects.0.records.0.EmpId", "101");
  assert_at(response.json, "objects.0.records.0._EmpId", "-1");
  assert_at(response.json, "objects.0.records.1.EmpId", "101");
  assert_at(response.json, "objects.1.records.0.Owner", "101");
  assert_at(response.json, "_metadata", "{\"recordCount\":3,\"successCount\":3,\"failureCount\":0}");
  response_done(&response);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
}

/* W-31 */
static void records_out_of_the_logs_order_are_a_finding(void **state) {
  struct response response = upload(*state, "X-Voltmx-RequestCacheId: a\r\n", CREATE("-1", "a", "4") "," CREATE("-2", "b", "9"));
  response_done(&response);
  assert_no_finding(*state);
  response = upload(*state, "X-Voltmx-RequestCacheId: b\r\n", CREATE("-1", "a", "9") "," CREATE("-2", "b", "4"));
  response_done(&response);
  assert_finding(*state, "W-31: rowId 4 stands behind 9");
  response = upload(*state, "X-Voltmx-RequestCacheId: c\r\n", CREATE("-1", "a", "4") "," CREATE("-2", "b", "4"));
  response_done(&response);
  assert_finding(*state, "W-31: rowId 4 stands behind 4");
}

/* W-38 */
static void the_opstatus_tells_how_many_failed(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():reject{where = {Name = 'bad'}, opstatus = 777, errmsg = 'no'}");
  struct response some = upload(fixture, NULL, CREATE("-1", "good", "1") "," CREATE("-2", "bad", "2"));
  struct response all = upload(fixture, NULL, CREATE("-3", "bad", "3") "," CREATE("-4", "bad", "4"));
  assert_at(some.json, "opstatus", "500100");
  assert_at(some.json, "objects.0.records.1", "{\"EmpId\":-2,\"_metadata\":{\"rowId\":2,\"opstatus\":777,\"errmsg\":\"no\"}}");
  assert_at(all.json, "opstatus", "777");
  assert_at(all.json, "_metadata.failureCount", "2");
  assert_non_null(at(all.json, "objects.0.records.1"));
  response_done(&some);
  response_done(&all);
}

static void a_child_of_a_refused_parent_is_refused(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():reject{where = function(record) return record.Name == 'bad' end}");
  struct response response = upload(fixture, NULL,
      CREATE("-1", "bad", "1") ",{\"BoxId\":-1,\"Owner\":-1,\"_metadata\":{\"object\":\"Box\",\"action\":\"create\",\"rowId\":2}}");
  assert_at(response.json, "objects.1.records.0._metadata.opstatus", "20006");
  response_done(&response);
  assert_int_equal(fixture_number(fixture, "return #boxes:rows()"), 0);
}

static void left_out_columns_are_null_save_in_a_partialupdate(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "employees:insert{{EmpId = 1, Name = 'a', Notes = 'n'}, {EmpId = 2, Name = 'b', Notes = 'n'}}");
  struct response response = upload(fixture, NULL,
      "{\"EmpId\":1,\"Name\":\"A\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"update\",\"rowId\":1}},"
      "{\"EmpId\":2,\"Name\":\"B\",\"_metadata\":{\"object\":\"Employee\",\"action\":\"partialupdate\",\"rowId\":2}}");
  assert_at(response.json, "objects.0.records.0.Notes", "null");
  assert_at(response.json, "objects.0.records.1.Notes", "\"n\"");
  assert_at(response.json, "objects.0.records.1.Name", "\"B\"");
  response_done(&response);
}

static void intermediate_errors_come_with_good_records(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():intermediate_error('slow printer')");
  struct response response = upload(fixture, NULL, CREATE("-1", "Ada", "1"));
  assert_at(response.json, "objects.0.records.0._metadata.intermediateErrors", "[\"slow printer\"]");
  response_done(&response);
  fixture_do(fixture, "org:on_upload():intermediate_error{code = 7}");
  response = upload(fixture, NULL, CREATE("-2", "Eda", "2"));
  assert_at(response.json, "objects.0.records.0._metadata.intermediateErrors", "[\"slow printer\",{\"code\":7}]");
  response_done(&response);
  fixture_do(fixture, "lone = server:service('Lone') lone:object('Note', foundry.model.note)\n"
                      "lone:on_upload():intermediate_error{code = 7}");
  response = client_upload(fixture->url, "/services/data/v1/Lone", NULL, "{\"records\":[{\"Id\":\"a\",\"Text\":\"t\",\"_metadata\":{\"object\":\"Note\",\"action\":\"create\",\"rowId\":1}}]}");
  assert_at(response.json, "objects.0.records.0._metadata.intermediateErrors", "{\"code\":7}");
  response_done(&response);
}

static void wrong_uploads_are_answered(void **state) {
  struct fixture *fixture = *state;
  struct response text = client_upload(fixture->url, ORG, NULL, "no JSON");
  assert_int_equal(text.status, 400);
  assert_finding(fixture, "W-31");
  struct response object = upload(fixture, NULL, "{\"_metadata\":{\"object\":\"Nope\",\"action\":\"create\",\"rowId\":1}},"
                                                 "{\"EmpId\":1,\"_metadata\":{\"object\":\"Employee\",\"action\":\"eat\",\"rowId\":2}}");
  assert_at(object.json, "_metadata.failureCount", "2");
  response_done(&text);
  response_done(&object);
}

/* ---- the upload cache ---- */

static const char ID[] = "X-Voltmx-RequestCacheId: id-1\r\n";

/* UPC-04, W-45 */
static void a_known_id_gets_the_stored_answer(void **state) {
  struct fixture *fixture = *state;
  struct response one = upload(fixture, ID, CREATE("-1", "Ada", "1"));
  struct response two = upload(fixture, ID, CREATE("-1", "Ada", "1"));
  assert_string_equal(one.body, two.body);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
  cJSON *request = last_request(fixture);
  assert_at(request, "replayed", "true");
  assert_at(request, "executed", "false");
  assert_at(request, "cache_id", "\"id-1\"");
  cJSON_Delete(request);
  fixture_do(fixture, "server.clock:advance('24h')");
  struct response three = upload(fixture, ID, CREATE("-1", "Ada", "1"));
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 2);
  response_done(&one);
  response_done(&two);
  response_done(&three);
}

static void an_id_that_comes_with_something_else_is_a_finding(void **state) {
  struct response one = upload(*state, ID, CREATE("-1", "Ada", "1")), same = upload(*state, ID, CREATE("-1", "Ada", "1"));
  assert_no_finding(*state);
  struct response other = upload(*state, ID, CREATE("-1", "Eva", "1"));
  assert_finding(*state, "W-42: RequestCacheId");
  assert_string_equal(one.body, other.body); /* the kept answer */
  response_done(&one);
  response_done(&same);
  response_done(&other);
}

static void error_answers_of_the_back_end_are_kept(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():once():reject{opstatus = 5}");
  struct response one = upload(fixture, ID, CREATE("-1", "Ada", "1"));
  struct response two = upload(fixture, ID, CREATE("-1", "Ada", "1"));
  assert_at(two.json, "opstatus", "5");
  response_done(&one);
  response_done(&two);
}

static void a_fault_before_the_back_end_keeps_nothing(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():once():status(504)");
  struct response one = client_upload(fixture->url, ORG, ID, "{\"records\":[" CREATE("-1", "Ada", "1") "]}");
  assert_int_equal(one.status, 504);
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 0);
  struct response two = upload(fixture, ID, CREATE("-1", "Ada", "1"));
  assert_at(two.json, "opstatus", "0");
  response_done(&one);
  response_done(&two);
}

static void a_fault_after_store_keeps_the_answer(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():once():store():status(504, {['Retry-After'] = '7'}, {opstatus = 3})");
  struct response one = client_upload(fixture->url, ORG, ID, "{\"records\":[" CREATE("-1", "Ada", "1") "]}");
  assert_int_equal(one.status, 504);
  assert_non_null(strstr(one.head, "Retry-After: 7\r\n"));
  assert_at(one.json, "opstatus", "3");
  struct response two = upload(fixture, ID, CREATE("-1", "Ada", "1"));
  assert_at(two.json, "objects.0.records.0.EmpId", "101");
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 1);
  response_done(&one);
  response_done(&two);
}

static void a_cut_answer_ends_early(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_download():truncate(10)");
  struct response response = download(fixture, ORG, "{}");
  assert_int_equal(response.status, 200);
  assert_false(response.whole);
  assert_int_equal(strlen(response.body), 10);
  response_done(&response);
}

static void missing_and_odd_cache_ids_are_findings(void **state) {
  struct fixture *fixture = *state;
  struct response none = upload(fixture, NULL, CREATE("-1", "Ada", "1"));
  assert_finding(fixture, "W-41");
  struct response odd = upload(fixture, "X-Kony-RequestCacheId: a b\r\n", CREATE("-1", "Ada", "1"));
  assert_finding(fixture, "W-6");
  response_done(&none);
  response_done(&odd);
}

/* C-10 */
static void two_values_of_any_header_are_a_finding(void **state) {
  struct response response = client_download(((struct fixture *)*state)->url, ORG,
                                             "X-Kony-API-Version: 1.0\r\nX-Voltmx-API-Version: 2.0\r\n", "{}");
  assert_int_equal(response.status, 200);
  response_done(&response);
  assert_finding(*state, "W-6: x-voltmx-api-version and x-kony-api-version");
}

/* W-23: a context counts in the scope that it was given for. */
static void a_context_of_another_scope_is_unknown(void **state) {
  fixture_do(*state, "for i = 1, 3 do employees:insert{Name = 'e' .. i} end");
  struct response first = download(*state, "/services/data/v1/Org?offline=true&$batchsize=1", "{}");
  cJSON *body = cJSON_CreateObject();
  cJSON_AddItemToObject(body, "delta_context", cJSON_Duplicate(json_find(first.json, "delta_context"), true));
  char *text = json_print(body);
  struct response other = download(*state, EMPLOYEE, text);
  assert_at(other.json, "opstatus", "20014");
  struct response same = download(*state, ORG, text);
  assert_at(same.json, "opstatus", "0");
  free(text);
  cJSON_Delete(body);
  response_done(&first);
  response_done(&other);
  response_done(&same);
}

/* W-15: what does not travel is not changed by an upload. */
static void an_upload_leaves_binary_columns_alone(void **state) {
  fixture_do(*state, "files = org:object('File', {key = {'Id'}, fields = {{name = 'Id', datatype = 'number'},\n"
                     "{name = 'Name', datatype = 'string'}, {name = 'Data', datatype = 'binary'}}})\n"
                     "files:insert{Id = 1, Name = 'a', Data = 'AAAA'}");
  struct response response = upload(*state, NULL, "{\"Id\":1,\"Name\":\"b\",\"_metadata\":{\"object\":\"File\","
                                                  "\"action\":\"update\",\"rowId\":1,\"checksum\":\"\"}}");
  response_done(&response);
  fixture_do(*state, "local row = files:row(1) assert(row.Name == 'b' and row.Data == 'AAAA')");
}

/* W-45: the id of a refused request is answered as it was, never "in progress". */
static void an_error_status_is_kept_too(void **state) {
  struct fixture *fixture = *state;
  for (int i = 0; i < 2; i++) {
    struct response response = client_upload(fixture->url, ORG, "X-Voltmx-RequestCacheId: a-1\r\n", "{}");
    assert_int_equal(response.status, 400);
    assert_at(response.json, "opstatus", "20001");
    response_done(&response);
  }
  assert_int_equal(fixture_number(fixture, "return org:uploads()[2].executed and 1 or 0"), 0);
}

static void nothing_is_served_below_an_object(void **state) {
  struct response response = download(*state, "/services/data/v1/Org/objects/Employee/more", "{}");
  assert_int_equal(response.status, 404);
  response_done(&response);
}

static void upload_name(struct fixture *fixture, int number) {
  char id[64], record[256];
  snprintf(id, sizeof id, "X-Voltmx-RequestCacheId: id-%d\r\n", number);
  snprintf(record, sizeof record, "{\"EmpId\":-%d,\"Name\":\"e\",\"_metadata\":{\"object\":\"Employee\","
                                  "\"action\":\"create\",\"rowId\":1,\"checksum\":\"\"}}", number);
  struct response response = upload(fixture, id, record);
  response_done(&response);
}

/* A mock that runs for weeks remembers the newest: requests, answers of the upload cache, batch contexts. */
static void a_world_may_remember_the_newest_alone(void **state) {
  struct fixture *fixture = *state;
  mock_world_set_keep(fixture->world, 4);
  for (int i = 1; i <= 6; i++) upload_name(fixture, i);
  assert_int_equal(fixture_number(fixture, "return #server:requests()"), 4);
  assert_int_equal(fixture_number(fixture, "return #server:requests()"), 4); /* known ones are found again */
  fixture_do(fixture, "assert(server:requests()[4].cache_id == 'id-6' and server:requests()[1].cache_id == 'id-3')");
  upload_name(fixture, 6); /* remembered */
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 6);
  upload_name(fixture, 1); /* forgotten: works again */
  assert_int_equal(fixture_number(fixture, "return #employees:rows()"), 7);
  mock_world_lock(fixture->world);
  cJSON *journal = mock_world_journal(fixture->world, 0);
  mock_world_unlock(fixture->world);
  assert_at(journal, "0.event", "\"4 older entries were not kept\"");
  assert_int_equal(cJSON_GetArraySize(journal), 5);
  cJSON_Delete(journal);
}

static void old_contexts_go_where_there_is_a_bound(void **state) {
  struct fixture *fixture = *state;
  mock_world_set_keep(fixture->world, 2);
  fixture_do(fixture, "for i = 1, 3 do employees:insert{Name = 'e' .. i} end");
  struct response first = download(fixture, "/services/data/v1/Org?offline=true&$batchsize=1", "{}");
  cJSON *body = cJSON_CreateObject();
  cJSON_AddItemToObject(body, "delta_context", cJSON_Duplicate(json_find(first.json, "delta_context"), true));
  char *text = json_print(body);
  response_done(&first);
  for (int i = 0; i < 3; i++) {
    char path[80]; /* the same request would get the same answer, with the same context */
    snprintf(path, sizeof path, "/services/data/v1/Org?offline=true&$batchsize=1&again=%d", i);
    struct response response = download(fixture, path, "{}");
    response_done(&response);
  }
  struct response late = download(fixture, ORG, text);
  assert_at(late.json, "opstatus", "20014");
  response_done(&late);
  free(text);
  cJSON_Delete(body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
      TEST(the_service_document_names_the_urls), TEST(the_document_and_the_metadata_can_be_edited),
      TEST(metadata_shows_fields_and_relations), TEST(namespaces_gather_their_objects),
      TEST(a_call_without_override_is_refused), TEST(both_spellings_of_headers_are_read),
      TEST(unknown_paths_are_answered_and_noted), TEST(a_path_outside_of_the_worlds_is_not_found),
      TEST(chunked_bodies_are_read), TEST(a_first_download_has_the_living_rows), TEST(a_delta_brings_what_changed),
      TEST(an_unknown_delta_counts_as_none_and_is_a_finding), TEST(a_delta_belongs_to_its_filter),
      TEST(a_filter_in_the_body_is_cut_at_the_expand), TEST(a_filter_that_cannot_be_read_filters_nothing),
      TEST(pages_follow_each_other), TEST(the_same_context_gives_the_same_page),
      TEST(contexts_and_queries_have_their_places), TEST(soft_deleted_rows_are_deletes_in_deltas_alone), TEST(an_endless_server_repeats_one_context),
      TEST(generated_keys_replace_temporary_ones), TEST(records_out_of_the_logs_order_are_a_finding), TEST(the_opstatus_tells_how_many_failed),
      TEST(a_child_of_a_refused_parent_is_refused), TEST(left_out_columns_are_null_save_in_a_partialupdate),
      TEST(intermediate_errors_come_with_good_records), TEST(wrong_uploads_are_answered),
      TEST(a_known_id_gets_the_stored_answer),
      TEST(an_id_that_comes_with_something_else_is_a_finding), TEST(error_answers_of_the_back_end_are_kept), TEST(a_fault_before_the_back_end_keeps_nothing),
      TEST(a_fault_after_store_keeps_the_answer), TEST(a_cut_answer_ends_early),
      TEST(missing_and_odd_cache_ids_are_findings), TEST(two_values_of_any_header_are_a_finding),
      TEST(a_context_of_another_scope_is_unknown), TEST(an_upload_leaves_binary_columns_alone),
      TEST(an_error_status_is_kept_too), TEST(nothing_is_served_below_an_object),
      TEST(a_world_may_remember_the_newest_alone), TEST(old_contexts_go_where_there_is_a_bound)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
