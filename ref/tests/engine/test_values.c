/*
 * Values on all their ways: from the application into the database and up, from a page or an answer into the
 * database and to the application; through a restart, an edit of their row, a cached request and its replay
 * (DNL-12, W-14, W-15). Deltas and batch contexts go back byte for byte (W-19, DNL-02).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "core/codes.h"
#include "company.h"

enum { MEGABYTE = 1 << 20 };

#define FIELD(name, type) ",{\"name\":\"" name "\",\"datatype\":\"" type "\",\"nullable\":true,\"creatable\":true,\"updatable\":true}"

/* A thing has a column of each datatype; its key is the application's. */
static const char things[] =
    "{\"opstatus\":0,\"timestamp\":\"t1\",\"offline\":true,\"uploadCache\":true,\"namespaces\":[{\"name\":\"\","
    "\"objects\":[{\"name\":\"Thing\",\"key\":[\"Id\"],\"fields\":[{\"name\":\"Id\",\"datatype\":\"string\","
    "\"nullable\":false,\"creatable\":true,\"updatable\":false}" FIELD("Text", "string") FIELD("Number", "number")
    FIELD("Flag", "boolean") FIELD("Day", "date") FIELD("Other", "string") "],"
    "\"relationships\":[],\"operations\":{}}]}]}";

static void begin(struct company *company) {
  company_renew(company);
  company_setup_with(company, things, company_note);
}

static void restart(struct company *company) {
  company_restart(company, VMX_API_JS);
  company_setup_again(company);
}

/* printf as it is: in these texts ' is a value like any other. */
__attribute__((format(printf, 1, 2))) static char *print(const char *format, ...) {
  char *text = NULL;
  va_list args;
  va_start(args, format);
  assert_true(vasprintf(&text, format, args) >= 0);
  va_end(args);
  return text;
}

/* -- the values: as they come, and as they are given from then on -------------------------------------------- */

struct value {
  const char *column, *in, *out; /* JSON; out NULL: as it came */
};

static const struct value values[] = {
    {"Text", "\"\"", NULL},
    {"Text", "null", NULL},
    {"Text", "\" \"", NULL},
    {"Text", "\"null\"", NULL},
    {"Text", "\"0\"", NULL},
    {"Text", "\"1e5\"", NULL},
    {"Text", "\"\\u0001\\u001f\\u007f\"", "\"\\u0001\\u001f\x7f\""},
    {"Text", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
    {"Text", "\"it's; DROP TABLE vmx_log; -- %s %n ?1 :a @b $c\"", NULL},
    {"Text", "\"\xc3\xa9 e\xcc\x81 \xe2\x80\x8f\xd7\x90\"", NULL}, /* composed, combining, right to left */
    {"Text", "\"\xf0\x9f\x98\x80\"", NULL},
    {"Text", "\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
    {"Text", "\"\\uDBFF\\uDFFF\"", "\"\xf4\x8f\xbf\xbf\""},        /* U+10FFFF */
    {"Text", "\"\\ufeff\\uffff\"", "\"\xef\xbb\xbf\xef\xbf\xbf\""}, /* a byte order mark, no character */
    {"Text", "\"\\u00e9\\u2028\"", "\"\xc3\xa9\xe2\x80\xa8\""},
    {"Number", "0", NULL},
    {"Number", "-0", NULL},
    {"Number", "null", NULL},
    {"Number", "9007199254740993", NULL},
    {"Number", "9223372036854775807", NULL},
    {"Number", "-9223372036854775808", NULL},
    {"Number", "18446744073709551616", NULL},
    {"Number", "12345678901234567890123456789012345678901234567890", NULL},
    {"Number", "0.10", NULL},
    {"Number", "1.0", NULL},
    {"Number", "-0.000000000000000000001", NULL},
    {"Number", "1E2", NULL},
    {"Number", "1e+400", NULL},
    {"Number", "3.141592653589793238462643383279", NULL},
    {"Number", "\"19\"", "19"},
    {"Number", "\"0.50\"", "0.50"},
    {"Flag", "true", "1"},
    {"Flag", "false", "0"},
    {"Flag", "1", NULL},
    {"Flag", "0", NULL},
    {"Flag", "\"true\"", "1"},
    {"Flag", "\"0\"", "0"},
    {"Flag", "null", NULL},
    {"Day", "\"2024-02-29T23:59:59.999+14:00\"", NULL},
    {"Day", "\"\"", NULL},
    {"Day", "\"0000-00-00\"", NULL},
    {"Day", "\"no day at all\"", NULL},
};
enum { VALUES = sizeof values / sizeof *values };

static const char *out_of(const struct value *value) { return value->out ? value->out : value->in; }

/* The application reads the value; `other`: of the column beside it, as JSON. */
static void is_read(struct company *company, const struct value *value) {
  CLEANUP(free_text) char *rows = NULL;
  CLEANUP(free_text) char *wanted = print("\"%s\":%s,", value->column, out_of(value));
  struct base_error err = {0};
  assert_int_equal(vmx_snapshot(company->client, "Thing", &rows, &err), 0);
  if (!strstr(rows, wanted)) fail_msg("no %.300s in %.300s", wanted, rows);
}

/* Nulls are left out of what is sent (W-32). */
static void is_sent(const struct fake_request *request, const struct value *value) {
  CLEANUP(free_text) char *wanted = print("\"%s\":%s,", value->column, out_of(value));
  CLEANUP(free_text) char *name = print("\"%s\":", value->column);
  bool null = strcmp(out_of(value), "null") == 0;
  if (strstr(request->body, null ? name : wanted) ? null : !null)
    fail_msg("%.300s and %.300s", wanted, request->body);
}

/* A hung upload, a restart, the replay: the same bytes both times. */
static void is_sent_and_replayed(struct company *company, const struct value *value) {
  size_t first = company->network.request_count;
  for (int i = 0; i < 2; i++) {
    fake_expect_outcome(&company->network, "UPLOAD", NET_TIMEOUT);
    assert_int_equal(company_sync_org(company, NULL), 2032);
    restart(company);
  }
  is_sent(fake_request(&company->network, first), value);
  CLEANUP(free_text) char *body = strdup(fake_request(&company->network, first)->body);
  assert_string_equal(fake_request(&company->network, first + 1)->body, body);
}

/* -- the ways ------------------------------------------------------------------------------------------------ */

static void create(struct company *company, const struct value *value) {
  CLEANUP(free_text) char *record = print("{\"Id\":\"a\",\"%s\":%s,\"Other\":\"o\"}", value->column, value->in);
  CLEANUP(free_text) char *created = NULL;
  struct base_error err = {0};
  if (vmx_create(company->client, "Thing", record, NULL, &created, &err) != 0)
    fail_msg("%s: %s", value->in, err.text);
}

static void touch(struct company *company) {
  struct base_error err = {0};
  assert_int_equal(vmx_update(company->client, "Thing", "{\"Id\":\"a\",\"Other\":\"p\"}", NULL, &err), 0);
}

static void from_the_application(struct company *company, const struct value *value) {
  begin(company);
  create(company, value);
  is_read(company, value);
  restart(company);
  touch(company);
  is_read(company, value);
  is_sent_and_replayed(company, value);
}

/* A whole record, the other columns null. */
static char *record_of(const struct value *value, const char *metadata) {
  static const char *const columns[] = {"Text", "Number", "Flag", "Day"};
  struct base_buf out = BASE_BUF_INIT;
  base_buf_text(&out, "{\"Id\":\"a\",\"Other\":\"o\"");
  for (size_t i = 0; i < 4; i++)
    base_buf_printf(&out, ",\"%s\":%s", columns[i], strcmp(columns[i], value->column) == 0 ? value->in : "null");
  base_buf_printf(&out, ",\"_metadata\":{%s}}", metadata);
  return base_buf_steal(&out);
}

static char *page_of(const struct value *value) {
  CLEANUP(free_text) char *record = record_of(value, "\"action\":\"create\"");
  return print("{\"opstatus\":0,\"Objects\":[{\"name\":\"Thing\",\"records\":[%s]}],\"delta_context\":{\"objs\":{}}}", record);
}

static void from_a_page(struct company *company, const struct value *value) {
  begin(company);
  CLEANUP(free_text) char *page = page_of(value);
  fake_expect(&company->network, "GET http://f/Org?", 200, page);
  assert_int_equal(company_sync_org(company, NULL), 0);
  is_read(company, value);
  restart(company);
  is_read(company, value);
  touch(company);
  is_sent_and_replayed(company, value);
}

static void from_an_answer(struct company *company, const struct value *value) {
  begin(company);
  CLEANUP(free_text) char *created = NULL;
  CLEANUP(free_text) char *record = record_of(value, "\"rowId\":1,\"opstatus\":0");
  CLEANUP(free_text) char *answer = print("{\"opstatus\":0,\"_metadata\":{},\"objects\":[{\"name\":\"Thing\",\"records\":[%s]}]}", record);
  struct base_error err = {0};
  assert_int_equal(vmx_create(company->client, "Thing", "{\"Id\":\"a\",\"Other\":\"o\"}", NULL, &created, &err), 0);
  fake_expect(&company->network, "UPLOAD", 200, answer);
  fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync_org(company, NULL), 0);
  is_read(company, value);
  touch(company);
  is_sent_and_replayed(company, value);
}

/* An edit that is taken back brings the remembered copy, value for value. */
static void from_a_rollback(struct company *company, const struct value *value) {
  begin(company);
  CLEANUP(free_text) char *page = page_of(value);
  CLEANUP(free_text) char *nulls = print("{\"Id\":\"a\",\"%s\":null}", value->column);
  struct base_error err = {0};
  fake_expect(&company->network, "GET http://f/Org?", 200, page);
  assert_int_equal(company_sync_org(company, NULL), 0);
  assert_int_equal(vmx_update(company->client, "Thing", nulls, NULL, &err), 0);
  restart(company);
  assert_int_equal(vmx_rollback(company->client, VMX_SCOPE_OBJECT, "Thing", NULL, &err), 0);
  is_read(company, value);
}

typedef void way(struct company *company, const struct value *value);
static way *const ways[] = {from_the_application, from_a_page, from_an_answer, from_a_rollback};

static void every_value_goes_every_way(void **state) {
  for (size_t i = 0; i < VALUES; i++)
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) ways[k](*state, &values[i]);
}

static char *megabyte_of(const char *piece) {
  struct base_buf out = BASE_BUF_INIT;
  base_buf_char(&out, '"');
  while (out.len < MEGABYTE) base_buf_text(&out, piece);
  base_buf_char(&out, '"');
  return base_buf_steal(&out);
}

/* DNL-12: of letters, of characters of four bytes, of what needs an escape. */
static void a_megabyte_goes_every_way(void **state) {
  static const char *const pieces[] = {"x", "\xf0\x9f\x98\x80", "\\\\\\n"};
  for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
    CLEANUP(free_text) char *text = megabyte_of(pieces[i]);
    const struct value value = {"Text", text, NULL};
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) ways[k](*state, &value);
  }
}

/* -- values that are none --------------------------------------------------------------------------------------- */

static const struct {
  const char *in, *says;
} broken[] = {{"\"a\\u0000b\"", "U+0000"},
              {"\"\\ud83d\"", "lone surrogate"},
              {"\"\\ude00\"", "lone surrogate"},
              {"\"\\ud83d\\ud83d\"", "lone surrogate"},
              {"\"\\ud83dx\"", "lone surrogate"},
              {"\"\xed\xa0\xbd\"", "malformed UTF-8"}, /* a surrogate in bytes */
              {"\"\xff\"", "malformed UTF-8"},
              {"\"\xc0\x80\"", "malformed UTF-8"},     /* a long zero */
              {"\"a\tb\"", "control character"},
              {"01", "leading zero"},
              {"NaN", "not a value"}};
enum { BROKEN = sizeof broken / sizeof *broken };

static void tells(const char *text, size_t i) {
  if (!strstr(text, broken[i].says)) fail_msg("%s: %s", broken[i].in, text);
}

/* NET-02: nothing of the page is stored, what was there stays, the error says what is wrong. */
static void a_page_with_a_broken_value_is_refused(void **state) {
  struct company *company = *state;
  for (size_t i = 0; i < BROKEN; i++) {
    const struct value value = {"Text", broken[i].in, NULL};
    begin(company);
    create(company, &(struct value){"Text", "\"mine\"", NULL});
    CLEANUP(free_text) char *page = page_of(&value);
    fake_expect(&company->network, "GET http://f/Org?", 200, page);
    int code = company_sync_org(company, "{'syncType':'downloadOnly'}");
    assert_true(code == 2037 || code == 2474);
    tells(company->listener.last, i);
    is_read(company, &(struct value){"Text", "\"mine\"", NULL});
    company_pending_are(company, "Thing", "[{'Id':'a'}]");
  }
}

/* The edit stays, and with an upload cache the request too: the server may have executed it. */
static void an_answer_with_a_broken_value_loses_no_edit(void **state) {
  struct company *company = *state;
  for (size_t i = 0; i < BROKEN; i++) {
    const struct value value = {"Text", broken[i].in, NULL};
    begin(company);
    create(company, &(struct value){"Text", "\"mine\"", NULL});
    CLEANUP(free_text) char *record = record_of(&value, "\"rowId\":1,\"opstatus\":0");
    CLEANUP(free_text) char *answer = print("{\"opstatus\":0,\"_metadata\":{},\"objects\":[{\"name\":\"Thing\",\"records\":[%s]}]}", record);
    fake_expect(&company->network, "UPLOAD", 200, answer);
    assert_int_equal(company_sync_org(company, NULL), 2037);
    tells(company->listener.last, i);
    is_read(company, &(struct value){"Text", "\"mine\"", NULL});
    is_sent_and_replayed(company, &(struct value){"Text", "\"mine\"", NULL});
  }
}

static void an_edit_with_a_broken_value_changes_nothing(void **state) {
  struct company *company = *state;
  for (size_t i = 0; i < BROKEN; i++) {
    begin(company);
    create(company, &(struct value){"Text", "\"mine\"", NULL});
    CLEANUP(free_text) char *record = print("{\"Id\":\"a\",\"Text\":%s}", broken[i].in);
    struct base_error err = {0};
    int code = vmx_update(company->client, "Thing", record, NULL, &err);
    assert_non_null(vmx_code_find(code));
    tells(err.text, i);
    is_read(company, &(struct value){"Text", "\"mine\"", NULL});
  }
}

/* -- deltas and contexts ----------------------------------------------------------------------------------------- */

static const char *const opaque[] = {"\"\"", "\" \\u002f\\/ \\ud83d\\ude00 \xf0\x9f\x98\x80 \\u0001 '\\\"' \"", "\"%s%n?1\"",
                                     "\"}],\\\"objs\\\":{\"", "\"1.0\""};

static char *last_page(const char *delta) {
  return print("{\"opstatus\":0,\"Objects\":[],\"delta_context\":{\"objs\":{\"Thing\":{\"delta\":%s}}}}", delta);
}

/* W-19: the next sync sends the delta as it came, through a restart. */
static void delta_comes_back(struct company *company, const char *delta) {
  begin(company);
  CLEANUP(free_text) char *page = last_page(delta);
  CLEANUP(free_text) char *wanted = print("\"delta\":%s", delta);
  fake_expect(&company->network, "GET http://f/Org?", 200, page);
  fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync_org(company, NULL), 0);
  restart(company);
  assert_int_equal(company_sync_org(company, NULL), 0);
  const char *body = fake_request(&company->network, company->network.request_count - 1)->body;
  if (!strstr(body, wanted)) fail_msg("no %.200s in %.200s", wanted, body);
}

static void a_delta_goes_back_byte_for_byte(void **state) {
  CLEANUP(free_text) char *megabyte = megabyte_of("\\u00e9\xc3\xa9");
  for (size_t i = 0; i < sizeof opaque / sizeof *opaque; i++) delta_comes_back(*state, opaque[i]);
  delta_comes_back(*state, megabyte);
}

/* W-19, W-23: to the next page, and, kept, to the first one after a restart. */
static void context_comes_back(struct company *company, const char *context) {
  static const char options[] = "{'preserveBatchContext':true}";
  begin(company);
  CLEANUP(free_text) char *page = print("{\"opstatus\":0,\"Objects\":[],\"delta_context\":%s,\"hasMoreRecords\":\"true\"}", context);
  CLEANUP(free_text) char *wanted = print("{\"delta_context\":%s}", context);
  fake_expect(&company->network, "GET http://f/Org?", 200, page);
  fake_expect_outcome(&company->network, "GET http://f/Org?", NET_TIMEOUT);
  assert_int_equal(company_sync_org(company, options), 2032);
  restart(company);
  fake_expect(&company->network, "GET http://f/Org?", 200, COMPANY_NOTHING);
  assert_int_equal(company_sync_org(company, options), 0);
  for (size_t i = 1; i <= 2; i++)
    assert_string_equal(fake_request(&company->network, company->network.request_count - i)->body, wanted);
}

static void a_context_goes_back_byte_for_byte(void **state) {
  static const char *const contexts[] = {
      "{\"objs\":{\"Thing\":{\"bc\":\"b1\"}}}", "{ \"objs\" : {\"Thing\":{ \"bc\" :\"b1\" , \"batchid\":\"7\"}} }",
      "{\"objs\":{\"Thing\":{\"bc\":1.50,\"x\":[null,true,{\"y\":1e5}],\"\":\"\\u002f\"}},\"nextBatchId\":9007199254740993}",
      "{\"objs\":{\"Thing\":{\"bc\":\"\\ud83d\\ude00 \xf0\x9f\x98\x80 ' \\\" \\\\ %s ?1\"},\"Unknown\":{\"bc\":\"z\"}}}"};
  CLEANUP(free_text) char *megabyte = megabyte_of("\\u00e9\xc3\xa9");
  CLEANUP(free_text) char *large = print("{\"objs\":{\"Thing\":{\"bc\":%s}}}", megabyte);
  for (size_t i = 0; i < sizeof contexts / sizeof *contexts; i++) context_comes_back(*state, contexts[i]);
  context_comes_back(*state, large);
}

int main(void) {
  const struct CMUnitTest tests[] = {WITH_COMPANY(every_value_goes_every_way),
                                     WITH_COMPANY(a_megabyte_goes_every_way),
                                     WITH_COMPANY(a_page_with_a_broken_value_is_refused),
                                     WITH_COMPANY(an_answer_with_a_broken_value_loses_no_edit),
                                     WITH_COMPANY(an_edit_with_a_broken_value_changes_nothing),
                                     WITH_COMPANY(a_delta_goes_back_byte_for_byte),
                                     WITH_COMPANY(a_context_goes_back_byte_for_byte)};
  return cmocka_run_group_tests_name("engine/values", tests, NULL, NULL);
}
