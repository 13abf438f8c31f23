/* The journal on disk: what is written can be read again, byte for byte, whatever happens meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "http_client.h"
#include "journal/base64.h"
#include "journal/record.h"
#include "world_fixture.h"

static const char ORG[] = "/services/data/v1/Org?offline=true", FILE_NAME[] = "test_journal.ndjson";
static const char GET[] = "Content-Type: application/json\r\nX-Http-Method-Override: GET\r\n";
static const char UPLOAD[] = "Content-Type: application/json\r\nX-Http-Method-Override: UPLOAD\r\nX-Voltmx-RequestCacheId: i1\r\n";
static const char ONE[] = "{\"records\":[{\"EmpId\":-1,\"Name\":\"\xc3\x84 \\u0041\",\"_metadata\":{\"object\":\"Employee\","
                          "\"action\":\"create\",\"rowId\":1,\"checksum\":\"\"}}]}";

static int open_with_file(void **state) {
  unlink(FILE_NAME);
  int status = fixture_open(state);
  struct base_error err = {0};
  if (mock_world_journal_file(((struct fixture *)*state)->world, FILE_NAME, &err) != 0) fail_msg("%s", err.text);
  return status;
}

static int close_with_file(void **state) {
  int status = fixture_close(state);
  unlink(FILE_NAME);
  return status;
}

/* One exchange, to the end of whatever comes. */
static void exchange(struct fixture *fixture, const char *path, const char *headers, const char *body, size_t len) {
  char head[512];
  int client = client_connect(fixture->url);
  snprintf(head, sizeof head, "POST /w/test%s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n", path, headers, len);
  assert_true(write(client, head, strlen(head)) > 0);
  if (len > 0) assert_true(write(client, body, len) > 0);
  struct raw_answer raw = client_read_raw(client);
  base_buf_done(&raw.bytes);
  close(client);
}

static cJSON *read_file(const char *path) {
  cJSON *journals = NULL;
  struct base_error err = {0};
  if (mock_journal_read(path, &journals, &err) != 0) fail_msg("%s", err.text);
  return journals;
}

static cJSON *journal_of(struct fixture *fixture) {
  mock_world_lock(fixture->world);
  cJSON *journal = mock_world_journal(fixture->world, 0);
  mock_world_unlock(fixture->world);
  return journal;
}

static void assert_equal_json(const cJSON *one, const cJSON *two) {
  if (json_equal(one, two)) return;
  char *a = json_print(one), *b = json_print(two);
  fail_msg("%s\nis not\n%s", a, b);
}

/* Every kind of end, bytes of every kind: the reader's entries are the world's own. */
static void what_is_written_is_read_again(void **state) {
  struct fixture *fixture = *state;
  exchange(fixture, ORG, UPLOAD, ONE, strlen(ONE));
  exchange(fixture, ORG, UPLOAD, ONE, strlen(ONE)); /* a replay */
  exchange(fixture, ORG, GET, "{}", 2);
  exchange(fixture, "/services/data/v1/Org?a=%2B+b&%ff=%zz", GET, "{\"a\":1e400}", 11);
  exchange(fixture, "/nowhere/\xc3\xa4?x", "X-Case: Kept\r\nx-second:  a: b \r\nX-Raw: \xff\xfe!\r\n", "\0\xff\xfe\r\n\x1b", 6);
  static const char *const FAULTS[] = {"close()", "reset()", "cut(30)", "cut(10, 'reset')", "twice()", "garbage(100)", "garbage(100, 'body')",
                                       "body('\\xff\\0\\n', 'image/png')", "huge(1)", "deep(600)", "status(503, {['Retry-After'] = '1'}, '')",
                                       "wrong_length(7)", "opstatus(8009, 'e')", "without('Name')", "store():close()"};
  for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
    char rule[128];
    snprintf(rule, sizeof rule, "server:sync_ended() org:on_download():once():%s", FAULTS[i]);
    fixture_do(fixture, rule);
    exchange(fixture, ORG, GET, "{}", 2);
  }
  fixture_do(fixture, "server.clock:advance('25h') org:on_upload():once():close_unread()");
  exchange(fixture, ORG, UPLOAD, ONE, 0);
  mock_world_close(fixture->world);
  cJSON *journals = read_file(FILE_NAME), *own = journal_of(fixture);
  const cJSON *entries = json_find(cJSON_GetArrayItem(journals, 0), "entries"), *entry;
  assert_int_equal(cJSON_GetArraySize(entries), cJSON_GetArraySize(own));
  int place = 0;
  cJSON_ArrayForEach(entry, own) assert_equal_json(cJSON_GetArrayItem(entries, place++), entry);
  assert_true(place >= 22);
  cJSON_ArrayForEach(entry, entries) {
    const char *fault = json_find_string(entry, "fault");
    if (fault && strstr(fault, "garbage(100)")) assert_int_equal(strlen(json_find_string(entry, "answer_text")), 100);
  }
  cJSON_Delete(journals);
  cJSON_Delete(own);
}

/* A header's value may be any bytes but NUL and line ends: they come back through the record. */
static void headers_keep_their_bytes(void **state) {
  (void)state;
  struct journal_entry entry = {.kind = KIND_OTHER, .arrived = {0}}, back = {0};
  struct base_error err = {0};
  static const char HEADERS[] = "X-One\0a\0X-Raw\0\xff\xfe!\0x-empty\0";
  entry.header_bytes = (struct base_buf){.data = (char *)(uintptr_t)HEADERS, .len = sizeof HEADERS};
  cJSON *record = record_request(&entry);
  assert_string_equal(cJSON_GetArrayItem(cJSON_GetArrayItem(json_find(record, "headers"), 1), 2)->valuestring, "//4h");
  if (record_read_request(record, &back, &err) != 0) fail_msg("%s", err.text);
  assert_int_equal(back.header_bytes.len, sizeof HEADERS);
  assert_memory_equal(back.header_bytes.data, HEADERS, sizeof HEADERS);
  cJSON_Delete(record);
  journal_entry_done(&entry);
  journal_entry_done(&back);
}

/* Any bytes, as text or base64, and back; and text stays readable in the file. */
static void any_bytes_survive(void **state) {
  (void)state;
  uint32_t seed = 1;
  for (size_t len = 0; len < 300; len++) {
    struct base_buf bytes = BASE_BUF_INIT, text = BASE_BUF_INIT, back = BASE_BUF_INIT;
    for (size_t i = 0; i < len; i++) base_buf_char(&bytes, (char)((seed = seed * 1664525 + 1013904223) >> 24));
    base64_encode(bytes.data, bytes.len, &text);
    assert_true(base64_decode(base_buf_string(&text), text.len, &back));
    assert_int_equal(back.len, len);
    assert_memory_equal(base_buf_string(&back), base_buf_string(&bytes), len);
    base_buf_done(&bytes);
    base_buf_done(&text);
    base_buf_done(&back);
  }
  struct base_buf bytes = BASE_BUF_INIT;
  static const char *const BAD[] = {"A", "AA", "AAA", "AA=A", "====", "A===", "AAAA=", "AB==", "AAB=", "AA\n=", "AA==AAAA", "\xc3\xa4=="};
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
    if (base64_decode(BAD[i], strlen(BAD[i]), &bytes)) fail_msg("%s is no base64", BAD[i]);
  assert_int_equal(bytes.len, 0);
  base_buf_done(&bytes);
}

static void notes_stand_among_the_rest(void **state) {
  struct fixture *fixture = *state;
  struct base_error err = {0};
  cJSON *data = cJSON_CreateString("a callback");
  mock_world_lock(fixture->world);
  assert_int_equal(mock_world_note(fixture->world, "callback", data, &err), 0);
  mock_world_unlock(fixture->world);
  cJSON_Delete(data);
  cJSON *journals = read_file(FILE_NAME);
  const cJSON *entries = json_find(cJSON_GetArrayItem(journals, 0), "entries");
  const cJSON *note = cJSON_GetArrayItem(entries, cJSON_GetArraySize(entries) - 1);
  assert_string_equal(json_find_string(note, "note"), "callback");
  assert_string_equal(json_find_string(note, "data"), "a callback");
  cJSON_Delete(journals);
}

/* It is on disk before anything is done about it. */
static void a_request_at_work_is_on_disk(void **state) {
  struct fixture *fixture = *state;
  fixture_do(fixture, "org:on_upload():hold('g')");
  int client = client_connect(fixture->url);
  client_send(client, fixture->url, ORG, UPLOAD, ONE);
  fixture_do(fixture, "server:gate('g'):reached()");
  cJSON *journals = read_file(FILE_NAME);
  const cJSON *entries = json_find(cJSON_GetArrayItem(journals, 0), "entries");
  const cJSON *last = cJSON_GetArrayItem(entries, cJSON_GetArraySize(entries) - 1);
  assert_string_equal(json_find_string(last, "kind"), "upload");
  assert_null(json_find(last, "ended"));
  assert_int_equal(cJSON_GetArraySize(json_find(last, "records")), 1);
  cJSON_Delete(journals);
  close(client);
  fixture_do(fixture, "server:gate('g'):open()");
}

/* ---- files that are there already ---- */

static void write_file(const char *text) {
  FILE *file = fopen(FILE_NAME, "wb");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static void assert_file(const char *text) {
  char content[256] = "";
  FILE *file = fopen(FILE_NAME, "rb");
  assert_non_null(file);
  content[fread(content, 1, sizeof content - 1, file)] = '\0';
  fclose(file);
  assert_string_equal(content, text);
}

static void a_journal_is_appended_to(void **state) {
  struct fixture *fixture = *state;
  struct base_error err = {0};
  exchange(fixture, ORG, GET, "{}", 2);
  assert_int_equal(mock_world_journal_file(fixture->world, FILE_NAME, &err), 0); /* a second run */
  cJSON *journals = read_file(FILE_NAME);
  assert_int_equal(cJSON_GetArraySize(journals), 2);
  assert_int_equal(cJSON_GetArraySize(json_find(cJSON_GetArrayItem(journals, 1), "entries")), 1); /* what the world remembers */
  cJSON_Delete(journals);
}

static void somebody_elses_file_is_left_alone(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *content, *text;
  } CASES[] = {{"my notes\n", "is there and is no journal"},
               {"{\"type\":\"journal\",\"version\":1}\n{\"type\":\"req", "the last line of test_journal.ndjson is not complete"}};
  for (size_t i = 0; i < 2; i++) {
    struct base_error err = {0};
    write_file(CASES[i].content);
    assert_int_not_equal(mock_world_journal_file(fixture->world, FILE_NAME, &err), 0);
    if (!strstr(err.text, CASES[i].text)) fail_msg("%s", err.text);
    assert_file(CASES[i].content);
  }
  unlink(FILE_NAME);
}

static void a_file_that_cannot_be_written_is_told_at_once(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    const char *path, *text;
  } CASES[] = {{"/nowhere/journal", "/nowhere/journal cannot be opened: No such file or directory"},
               {"/dev/full", "/dev/full cannot be written: No space left on device"},
               {"/proc/self", "/proc/self cannot be opened"}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    struct base_error err = {0};
    assert_int_not_equal(mock_world_journal_file(fixture->world, CASES[i].path, &err), 0);
    if (!strstr(err.text, CASES[i].text)) fail_msg("%s", err.text);
  }
  exchange(fixture, ORG, GET, "{}", 2); /* the world goes on without */
  assert_int_equal(fixture_number(fixture, "return org:downloads()[1].status"), 200);
}

/* The disk is full in the midst of it: nothing is done that is not journalled, and the file ends with a whole line. */
static void a_full_disk_stops_the_work(void **state) {
  struct fixture *fixture = *state;
  struct base_error err = {0};
  struct rlimit old, small;
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  small = (struct rlimit){.rlim_cur = 6000, .rlim_max = old.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  struct response response = {0};
  int done = 0;
  for (; done < 100 && response.status != 507; done++) {
    char headers[160];
    response_done(&response);
    snprintf(headers, sizeof headers, "X-Voltmx-RequestCacheId: id-%d\r\n", done);
    response = client_upload(fixture->url, ORG, headers, ONE);
  }
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  assert_int_equal(response.status, 507);
  assert_non_null(strstr(response.body, "the journal test_journal.ndjson cannot be written: File too large"));
  response_done(&response);
  assert_true(done > 2);
  mock_world_lock(fixture->world);
  assert_true(mock_world_journal_failed(fixture->world, &err));
  mock_world_unlock(fixture->world);
  int64_t rows = fixture_number(fixture, "return #employees:rows()");
  cJSON *journals = read_file(FILE_NAME);
  const cJSON *entry;
  int requests = 0;
  cJSON_ArrayForEach(entry, json_find(cJSON_GetArrayItem(journals, 0), "entries")) requests += json_find(entry, "kind") != NULL;
  assert_int_equal(requests, rows); /* each row's request is there */
  cJSON_Delete(journals);
}

/* ---- the end of the process ---- */

static pid_t spawn_mock(const char *script, char url[128]) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    dup2(ends[1], 1);
    execl(MOCK_PROGRAM, MOCK_PROGRAM, "--script", script, "--journal", FILE_NAME, "--no-reload", (char *)NULL);
    _exit(127);
  }
  close(ends[1]);
  FILE *output = fdopen(ends[0], "r");
  assert_non_null(fgets(url, 128, output));
  url[strcspn(url, "\n")] = '\0';
  fclose(output);
  return pid;
}

/* Each answer that a client has is on disk, in the very moment in which it has the last byte: what follows takes long. */
static void killed_it_loses_nothing(void **state) {
  (void)state;
  static const char SCRIPT[] = "test_journal.lua";
  char url[128];
  unlink(FILE_NAME);
  FILE *script = fopen(SCRIPT, "w");
  assert_non_null(script);
  fputs("org = server:service('Org') org:object('Employee', require('foundry').model.employee)\norg:on_upload():hang()\n"
        "org:on_download():at('answered', function() for _ = 1, 1000000 do end end)\n", script);
  fclose(script);
  pid_t pid = spawn_mock(SCRIPT, url);
  int client = client_connect(url);
  client_send(client, url, ORG, UPLOAD, ONE);
  char admin[160];
  snprintf(admin, sizeof admin, "%.*s", (int)(strstr(url, "/w/") - url), url);
  struct response poll = client_call(admin, "/mock/worlds/mock/requests?kind=upload&wait_ms=60000", NULL, NULL);
  response_done(&poll); /* it is at work */
  for (int i = 0; i < 20; i++) {
    struct response response = client_download(url, ORG, NULL, "{}");
    assert_int_equal(response.status, 200);
    response_done(&response);
  }
  assert_int_equal(kill(pid, SIGKILL), 0);
  waitpid(pid, NULL, 0);
  close(client);
  cJSON *journals = read_file(FILE_NAME);
  const cJSON *entries = json_find(cJSON_GetArrayItem(journals, 0), "entries");
  assert_int_equal(cJSON_GetArraySize(entries), 21);
  assert_null(json_find(cJSON_GetArrayItem(entries, 0), "ended"));
  for (int i = 1; i <= 20; i++) assert_non_null(json_find(cJSON_GetArrayItem(entries, i), "answer"));
  cJSON_Delete(journals);
  unlink(FILE_NAME);
  unlink(SCRIPT);
}

/* The line had said that it leaves whole. */
static void a_client_that_goes_in_the_midst_is_told_behind_its_answer(void **state) {
  struct fixture *fixture = *state;
  char some[1000];
  fixture_do(fixture, "employees:generate{count = 60000}");
  int client = client_connect(fixture->url);
  client_send(client, fixture->url, ORG, GET, "{}");
  assert_true(read(client, some, sizeof some) > 0);
  close(client);
  fixture_settle(fixture);
  cJSON *journals = read_file(FILE_NAME), *own = journal_of(fixture);
  const cJSON *entry = cJSON_GetArrayItem(json_find(cJSON_GetArrayItem(journals, 0), "entries"), 0);
  assert_string_equal(json_find_string(json_find(entry, "wire"), "ended_by"), "gone");
  assert_equal_json(entry, cJSON_GetArrayItem(own, 0));
  cJSON_Delete(journals);
  cJSON_Delete(own);
}

/* ---- the reader ---- */

#define TIME "\"time\":{\"virtual_ms\":0,\"monotonic_us\":1,\"wall\":\"2026-01-02T03:04:05.678Z\"}"
#define HEADER "{\"type\":\"journal\"," TIME ",\"version\":1,\"world\":\"w\",\"url\":\"http://x\"}\n"
#define REQUEST(seq, body) "{\"type\":\"request\",\"seq\":" seq "," TIME ",\"kind\":\"other\",\"method\":\"GET\",\"target\":\"/x\"," \
                           "\"headers\":[],\"body\":" body ",\"replayed\":false,\"findings\":[]}\n"
#define ANSWER(seq) "{\"type\":\"answer\",\"seq\":" seq "," TIME ",\"ended\":9,\"end\":\"closed\",\"sent\":0,\"executed\":false," \
                    "\"after_close\":false,\"excused\":false,\"findings\":[]}\n"

static void good_lines_are_read(void **state) {
  (void)state;
  write_file(HEADER REQUEST("1", "{\"text\":\"\"}") "{\"type\":\"event\",\"seq\":2," TIME ",\"text\":\"e\"}\n" ANSWER("1") HEADER);
  cJSON *journals = read_file(FILE_NAME);
  assert_int_equal(cJSON_GetArraySize(journals), 2);
  assert_int_equal(cJSON_GetArraySize(json_find(cJSON_GetArrayItem(journals, 0), "entries")), 2);
  cJSON_Delete(journals);
  unlink(FILE_NAME);
}

static void bad_lines_are_told_with_their_number(void **state) {
  (void)state;
  static const struct {
    const char *content, *text;
  } CASES[] = {
      {"", "is empty"},
      {"{}\n", ":1: type is missing"},
      {"nonsense\n", ":1: line 1"},
      {"[]\n", ":1: the line is no JSON object"},
      {REQUEST("1", "{\"text\":\"\"}"), ":1: a journal begins with a record of type journal"},
      {"{\"type\":\"journal\"," TIME ",\"version\":2,\"world\":\"w\",\"url\":\"\"}\n", ":1: version 2 of the format"},
      {"{\"type\":\"journal\",\"version\":1,\"world\":\"w\",\"url\":\"\"}\n", ":1: a record of type journal lacks time"},
      {HEADER HEADER "{\"type\":\"what\"}\n", ":3: type is what"},
      {HEADER REQUEST("1", "{\"text\":\"\"}") "{\"type\":\"gone\",\"seq\":1," TIME ",\"sent\":1}\n", ":3: the client of request 1 is gone, which has no answer"},
      {HEADER ANSWER("1"), ":2: an answer to request 1, which is not open"},
      {HEADER REQUEST("1", "{\"text\":\"\"}") ANSWER("1") ANSWER("1"), ":4: an answer to request 1, which is not open"},
      {HEADER REQUEST("2", "{\"text\":\"\"}") REQUEST("2", "{\"text\":\"\"}"), ":3: seq 2 does not come after 2"},
      {HEADER REQUEST("-1", "{\"text\":\"\"}"), ":2: seq of a request is no integer from 0 up"},
      {HEADER REQUEST("1", "{}"), ":2: a body has either text or base64"},
      {HEADER REQUEST("1", "{\"base64\":\"A\"}"), ":2: a body is no base64"},
      {HEADER REQUEST("1", "{\"text\":\"\",\"text\":\"\"}"), ":2: line 1"},
      {HEADER REQUEST("1", "{\"text\":\"\"},\"cache_id\":\"a\""), ":2: cache_id is \"a\", which no header says"},
      {HEADER "{\"type\":\"event\",\"seq\":2," TIME ",\"text\":\"e\",\"more\":1}\n", ":2: a record of type event has no member more"},
      {HEADER "{\"type\":\"event\",\"seq\":2," TIME "}\n", ":2: a record of type event lacks text"},
      {HEADER "{\"type\":\"event\",\"seq\":2,\"time\":{},\"text\":\"e\"}\n", ":2: time has the integers"},
      {HEADER "{\"type\":\"event\",\"seq\":2", ":2: the line is not complete"},
      {HEADER "\n", ":2: "},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    struct base_error err = {0};
    cJSON *journals = NULL;
    write_file(CASES[i].content);
    assert_int_not_equal(mock_journal_read(FILE_NAME, &journals, &err), 0);
    assert_null(journals);
    if (!strstr(err.text, CASES[i].text) || !strstr(err.text, FILE_NAME)) fail_msg("case %zu: %s", i, err.text);
  }
  unlink(FILE_NAME);
  struct base_error err = {0};
  assert_int_not_equal(mock_journal_read(FILE_NAME, NULL, &err), 0);
  assert_non_null(strstr(err.text, "cannot be read: No such file"));
}

/* Cut at each byte, and with each byte changed: an error with a line, or a journal; never more than that. */
static void no_bytes_harm_the_reader(void **state) {
  (void)state;
  static const char GOOD[] = HEADER REQUEST("1", "{\"base64\":\"/w==\"}") ANSWER("1") "{\"type\":\"note\",\"seq\":3," TIME
                             ",\"name\":\"n\",\"data\":[{}]}\n";
  enum { LEN = sizeof GOOD - 1 };
  uint32_t seed = 7;
  int good = 0;
  for (size_t i = 0; i < 2 * LEN; i++) {
    char text[sizeof GOOD];
    struct base_error err = {0};
    cJSON *journals = NULL;
    memcpy(text, GOOD, sizeof GOOD);
    seed = seed * 1664525 + 1013904223;
    if (i < LEN) text[i] = '\0';
    else text[i - LEN] = (char)(seed >> 25 | 1);
    write_file(text);
    if (mock_journal_read(FILE_NAME, &journals, &err) == 0) good++;
    else if (!strstr(err.text, FILE_NAME)) fail_msg("%zu: %s", i, err.text);
    cJSON_Delete(journals);
  }
  assert_in_range(good, 1, LEN); /* those that end with a line, and those whose texts were changed */
  unlink(FILE_NAME);
}

/* ---- the schema says what the reader checks ---- */

static const char *schema_type(const cJSON *property) {
  const char *ref = json_find_string(property, "$ref"), *type = json_find_string(property, "type");
  if (ref) return strcmp(ref, "#/$defs/headers") == 0 ? "array" : "object";
  if (json_find(property, "enum")) return "string";
  return type ? type : json_find(property, "const") ? "integer" : "any";
}

static bool is_listed(const cJSON *list, const char *name) {
  const cJSON *item;
  cJSON_ArrayForEach(item, list) {
    if (strcmp(item->valuestring, name) == 0) return true;
  }
  return false;
}

static void schema_and_reader_agree(void **state) {
  (void)state;
  struct base_buf text = BASE_BUF_INIT;
  cJSON *schema = NULL;
  FILE *file = fopen(MOCK_SCHEMA, "rb");
  assert_non_null(file);
  char *to = base_buf_reserve(&text, 65536);
  base_buf_added(&text, fread(to, 1, 65535, file));
  fclose(file);
  assert_int_equal(json_parse(text.data, text.len, JSON_REPEATED_REFUSED, &schema, NULL), 0);
  int properties = 0, members = 0;
  const cJSON *record;
  cJSON_ArrayForEach(record, json_find(schema, "$defs")) {
    if (json_find(json_find(record, "properties"), "type")) properties += cJSON_GetArraySize(json_find(record, "properties")) - 1;
  }
  for (const struct record_member *member = RECORD_MEMBERS; member->name; member++, members++) {
    record = json_find(json_find(schema, "$defs"), member->record);
    const cJSON *property = json_find(json_find(record, "properties"), member->name);
    if (!property) fail_msg("the schema has no %s.%s", member->record, member->name);
    assert_string_equal(schema_type(property), member->type);
    assert_int_equal(is_listed(json_find(record, "required"), member->name), member->required);
  }
  assert_int_equal(properties, members);
  cJSON_Delete(schema);
  base_buf_done(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_with_file, close_with_file)
      TEST(what_is_written_is_read_again), TEST(notes_stand_among_the_rest), TEST(a_request_at_work_is_on_disk),
      TEST(a_journal_is_appended_to), TEST(somebody_elses_file_is_left_alone), TEST(a_file_that_cannot_be_written_is_told_at_once),
      TEST(a_full_disk_stops_the_work), cmocka_unit_test(any_bytes_survive), cmocka_unit_test(headers_keep_their_bytes), cmocka_unit_test(killed_it_loses_nothing),
      TEST(a_client_that_goes_in_the_midst_is_told_behind_its_answer),
      cmocka_unit_test(good_lines_are_read), cmocka_unit_test(bad_lines_are_told_with_their_number),
      cmocka_unit_test(no_bytes_harm_the_reader), cmocka_unit_test(schema_and_reader_agree)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
