/* foundry-mock judge: a journal on disk, looked at again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "http_client.h"
#include "world_fixture.h"

#define JOURNAL "judged.ndjson"
static const char ORG[] = "/services/data/v1/Org";

static void write_file(const char *path, const char *content) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(content, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static char *read_all(FILE *file) {
  struct base_buf text = BASE_BUF_INIT;
  char piece[4096];
  assert_non_null(file);
  for (size_t len; (len = fread(piece, 1, sizeof piece, file)) > 0;) base_buf_append(&text, piece, len);
  base_buf_char(&text, '\0');
  return base_buf_steal(&text);
}

/* The exit code; *out has standard output and standard error. */
static int judge(const char *options, char **out) {
  char command[512];
  snprintf(command, sizeof command, "'%s' judge %s 2>&1", MOCK_PROGRAM, options);
  FILE *output = popen(command, "r");
  *out = read_all(output);
  int status = pclose(output);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void assert_judged(const char *options, int status, const char *const *parts) {
  char *text;
  int got = judge(options, &text);
  if (got != status) fail_msg("judge %s: %d, %s", options, got, text);
  for (; *parts; parts++)
    if (!strstr(text, *parts)) fail_msg("judge %s: %s\nhas no %s", options, text, *parts);
  free(text);
}
#define ASSERT_JUDGED(options, status, ...) assert_judged(options, status, (const char *const[]){__VA_ARGS__, NULL})

/* Two downloads, of which garbage answers the second. */
static int open_journal(void **state) {
  fixture_open(state);
  struct fixture *fixture = *state;
  struct base_error err = {0};
  unlink(JOURNAL);
  if (mock_world_journal_file(fixture->world, JOURNAL, &err) != 0) fail_msg("%s", err.text);
  fixture_do(fixture, "org:on_download():nth(2):garbage(50)");
  for (int i = 0; i < 2; i++) {
    struct response response = client_download(fixture->url, ORG, NULL, "{}");
    response_done(&response);
  }
  mock_world_close(fixture->world);
  return 0;
}

static int close_journal(void **state) {
  static const char *const FILES[] = {JOURNAL, "judge.lua", "again.json", "again.har"};
  for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) unlink(FILES[i]);
  return fixture_close(state);
}

static void findings_are_told(void **state) {
  (void)state;
  ASSERT_JUDGED("--journal " JOURNAL, 1, "request 1 (download /services/data/v1/Org): W-18: a service-level download without offline=true\n",
                "requests: 2, findings: 1\n");
}

static void assert_file_is(const char *path, cJSON *json) {
  char *expected = json_print(json);
  FILE *file = fopen(path, "r");
  char *text = read_all(file);
  fclose(file);
  assert_int_equal(strncmp(text, expected, strlen(expected)), 0);
  assert_string_equal(text + strlen(expected), "\n");
  free(text);
  free(expected);
  cJSON_Delete(json);
}

/* The file holds all that the world knew. */
static void it_is_written_as_the_world_itself_would(void **state) {
  struct fixture *fixture = *state;
  ASSERT_JUDGED("--journal " JOURNAL " --json-journal again.json --har again.har", 1, "requests: 2");
  mock_world_lock(fixture->world);
  cJSON *journal = mock_world_journal(fixture->world, 0), *archive = mock_world_har(fixture->world);
  mock_world_unlock(fixture->world);
  assert_file_is("again.json", journal);
  assert_file_is("again.har", archive);
}

static void a_script_says_what_is_wrong(void **state) {
  (void)state;
  write_file("judge.lua", "local org = server:service('Org')\n"
                          "assert(#org:downloads() == 2 and #org:downloads():where(function(r) return r.status end) == 1)\n"
                          "for i, r in ipairs(server:requests()) do assert(i < 2, 'one download is enough') end");
  ASSERT_JUDGED("--journal " JOURNAL " --script judge.lua", 1, "the script failed: judge.lua:3: one download is enough", "requests: 2");
}

static void rules_say_what_they_would_meet(void **state) {
  (void)state;
  write_file("judge.lua", "local org = server:service('Org')\norg:on_download():nth(2):status(503)\norg:on_upload():once():status(504)");
  ASSERT_JUDGED("--journal " JOURNAL " --script judge.lua", 1, "request 3 (download /services/data/v1/Org) meets download rule 1: nth(2) status(503)\n",
                "never came: upload rule 2: times(1) status(504)");
  write_file("judge.lua", "local org = server:service('Org')\norg:on_download():nth(2):status(503)\norg:on_download():nth(1):close_unread()");
  ASSERT_JUDGED("--journal " JOURNAL " --script judge.lua", 1, "request 1 (download /services/data/v1/Org) meets download rule 2: nth(1) close_unread\n",
                "never came: download rule 1: nth(2) status(503)"); /* what closes on the head leaves nothing to the others */
}

static void wrong_usage_and_files_are_told(void **state) {
  (void)state;
  write_file("judge.lua", "no journal\n");
  ASSERT_JUDGED("--help", 0, "--journal FILE");
  ASSERT_JUDGED("", 2, "--journal FILE is missing");
  ASSERT_JUDGED("--journal " JOURNAL " --script nowhere.lua", 2, "nowhere.lua");
  ASSERT_JUDGED("--journal " JOURNAL " --run 2", 3, "has no run 2: there are 1");
  ASSERT_JUDGED("--journal nowhere.ndjson", 3, "nowhere.ndjson cannot be read");
  ASSERT_JUDGED("--journal judge.lua", 3, "judge.lua:1: ");
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_journal, close_journal)
      TEST(findings_are_told), TEST(it_is_written_as_the_world_itself_would), TEST(a_script_says_what_is_wrong),
      TEST(rules_say_what_they_would_meet), TEST(wrong_usage_and_files_are_told)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
