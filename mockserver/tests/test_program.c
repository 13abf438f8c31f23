/* foundry-mock as a person meets it: exit codes, sentences, serving until a signal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "http_client.h"

struct process {
  pid_t pid;
  FILE *output; /* standard output and standard error */
};

/* `errors`: where standard error goes, -1 = along with standard output. */
static struct process spawn_with(const char *const *arguments, int errors) {
  const char *argv[16] = {MOCK_PROGRAM};
  int ends[2], count = 1;
  while (*arguments) argv[count++] = *arguments++;
  assert_int_equal(pipe(ends), 0);
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    dup2(ends[1], 1);
    dup2(errors >= 0 ? errors : ends[1], 2);
    close(ends[0]);
    close(ends[1]);
    execv(MOCK_PROGRAM, (char *const *)(const void *)argv);
    _exit(127);
  }
  close(ends[1]);
  return (struct process){pid, fdopen(ends[0], "r")};
}

static struct process spawn(const char *const *arguments) {
  return spawn_with(arguments, -1);
}

/* Reads to the end; the exit code. */
static int finish(struct process *process, char text[4096]) {
  int status = 0;
  text[fread(text, 1, 4095, process->output)] = '\0';
  fclose(process->output);
  assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* As a person ends it. */
static void end(struct process *process, char text[4096]) {
  kill(process->pid, SIGTERM);
  assert_int_equal(finish(process, text), 0);
}

static int run(char text[4096], const char *const *arguments) {
  struct process process = spawn(arguments);
  return finish(&process, text);
}

/* A file in the tests' folder with this content. */
static void write_script(const char *path, const char *content) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_int_equal(fputs(content, file) >= 0, 1);
  assert_int_equal(fclose(file), 0);
}

static void help_and_version_end_well(void **state) {
  char text[4096];
  (void)state;
  assert_int_equal(run(text, (const char *[]){"--help", NULL}), 0);
  assert_non_null(strstr(text, "--json-journal"));
  assert_int_equal(run(text, (const char *[]){"--version", NULL}), 0);
  assert_non_null(strstr(text, "foundry-mock "));
}

static void wrong_usage_is_2(void **state) {
  char text[4096];
  (void)state;
  assert_int_equal(run(text, (const char *[]){NULL}), 2);
  assert_non_null(strstr(text, "--model NAME or --script FILE is missing"));
  assert_int_equal(run(text, (const char *[]){"--model", "organization", "--script", "x.lua", NULL}), 2);
  assert_non_null(strstr(text, "exclude each other"));
  assert_int_equal(run(text, (const char *[]){"--model", "nothing", NULL}), 2);
  assert_non_null(strstr(text, "--list-models"));
  assert_int_equal(run(text, (const char *[]){"--model", "large", "--rows=2000000", NULL}), 2);
  assert_non_null(strstr(text, "from 0 to 1000000, not 2000000"));
  assert_int_equal(run(text, (const char *[]){"--model", NULL}), 2);
  assert_non_null(strstr(text, "a value is missing behind --model"));
  assert_int_equal(run(text, (const char *[]){"--no-reload=yes", NULL}), 2);
  assert_non_null(strstr(text, "--no-reload takes no value"));
  assert_int_equal(run(text, (const char *[]){"serve", NULL}), 2);
  assert_non_null(strstr(text, "unexpected argument serve"));
  assert_int_equal(run(text, (const char *[]){"mine.lua", NULL}), 2);
  assert_non_null(strstr(text, "unexpected argument mine.lua: a script is given by --script"));
  assert_int_equal(run(text, (const char *[]){"--script", "x.lua", "--port", "many", NULL}), 2);
  assert_non_null(strstr(text, "many"));
  assert_int_equal(run(text, (const char *[]){"--script", "x.lua", "--keep", "-1", NULL}), 2);
  assert_non_null(strstr(text, "--keep takes a number"));
  assert_int_equal(run(text, (const char *[]){"--script", "x.lua", "--connections", "0", NULL}), 2);
  assert_non_null(strstr(text, "--connections takes a number"));
  assert_int_equal(run(text, (const char *[]){"--banana", NULL}), 2);
  assert_non_null(strstr(text, "--banana"));
}

static void a_missing_script_is_2(void **state) {
  char text[4096];
  (void)state;
  assert_int_equal(run(text, (const char *[]){"--script", "/nowhere/x.lua", NULL}), 2);
  assert_non_null(strstr(text, "cannot read the script /nowhere/x.lua"));
}

/* Not at the end, when all that happened would be lost. */
static void a_file_that_cannot_be_written_is_3_at_once(void **state) {
  char text[4096];
  (void)state;
  assert_int_equal(run(text, (const char *[]){"--model", "organization", "--har", "/nowhere/x.har", NULL}), 3);
  assert_non_null(strstr(text, "/nowhere/x.har cannot be written: No such file"));
  assert_int_equal(run(text, (const char *[]){"--model", "organization", "--json-journal", "/proc", NULL}), 3);
  assert_non_null(strstr(text, "/proc cannot be written: Is a directory"));
}

static void a_faulty_script_is_3(void **state) {
  char text[4096];
  (void)state;
  write_script("faulty.lua", "server:service('Org')\nserver:nothing()\n");
  assert_int_equal(run(text, (const char *[]){"--script", "faulty.lua", NULL}), 3);
  assert_non_null(strstr(text, "faulty.lua:2:"));
  write_script("scenario.lua", "scenario 'one' { covers = {}, run = function(t) end }\n"); /* the same stubs, the other program */
  assert_int_equal(run(text, (const char *[]){"--script", "scenario.lua", NULL}), 3);
  assert_non_null(strstr(text, "scenario.lua:1: scenarios are run by foundrycheck"));
  write_script("syntax.lua", "server:service(\n");
  assert_int_equal(run(text, (const char *[]){"--script", "syntax.lua", NULL}), 3);
  assert_non_null(strstr(text, "syntax.lua:"));
  write_script("endless.lua", "while true do end\n");
  assert_int_equal(run(text, (const char *[]){"--script", "endless.lua", NULL}), 3);
  assert_non_null(strstr(text, "endless.lua:1:"));
  write_script("waiting.lua", "\nserver:gate('g'):reached()\n"); /* nobody could come */
  assert_int_equal(run(text, (const char *[]){"--script", "waiting.lua", NULL}), 3);
  assert_non_null(strstr(text, "waiting.lua:2: a script of foundry-mock cannot wait"));
}

static void a_script_without_services_is_told(void **state) {
  char text[4096], line[256];
  (void)state;
  write_script("nothing.lua", "print('hello')\n");
  struct process process = spawn((const char *[]){"--script", "nothing.lua", NULL});
  assert_non_null(fgets(line, sizeof line, process.output));
  assert_string_equal(line, "foundry-mock: print: hello\n");
  assert_non_null(fgets(line, sizeof line, process.output));
  assert_string_equal(line, "foundry-mock: print: the script declares no service\n");
  assert_non_null(fgets(line, sizeof line, process.output)); /* it serves all the same */
  end(&process, text);
}

/* As soon as the script was run, with all that was made before it came to its end. */
static void names_that_nothing_has_are_told_at_once(void **state) {
  char text[4096], line[256];
  (void)state;
  write_script("misnamed.lua", "local org = server:service('Org')\norg:on_upload{object = 'Not'}:status(503)\norg:on_upload{object = 'Note'}:status(503)\n"
                               "org:object('Note', require('foundry').model.note)\n");
  struct process process = spawn((const char *[]){"--script", "misnamed.lua", NULL});
  assert_non_null(fgets(line, sizeof line, process.output));
  assert_string_equal(line, "foundry-mock: upload rule 1: status(503): the service Org has no object Not; there is Note\n");
  assert_non_null(fgets(line, sizeof line, process.output));
  assert_int_equal(strncmp(line, "http://", 7), 0);
  end(&process, text);
  assert_non_null(strstr(text, "never came: upload rule 1: status(503) of service Org: fired 0 times, matched 0 requests; the service Org has no object Not"));
}

static struct process serve_example(char base[256], const char *port) {
  struct process process =
      spawn((const char *[]){"--script", MOCK_EXAMPLE, "--port", port, "--json-journal", "journal.json", NULL});
  assert_non_null(fgets(base, 256, process.output));
  base[strcspn(base, "\n")] = '\0';
  if (strncmp(base, "http://127.0.0.1:", 17) != 0) fail_msg("%s", base);
  return process;
}

static void the_example_is_served_until_a_signal(void **state) {
  char base[256], text[4096];
  (void)state;
  struct process process = serve_example(base, "0");
  struct response response = client_download(base, "/services/data/v1/Organization?offline=true", NULL, "{}");
  assert_non_null(strstr(response.body, "\"Grace\""));
  response_done(&response);
  end(&process, text);
  assert_non_null(strstr(text, "/authService/100000002/appconfig"));
  FILE *journal = fopen("journal.json", "r");
  assert_non_null(journal);
  assert_true(fread(text, 1, sizeof text - 1, journal) > 2);
  assert_int_equal(text[0], '[');
  fclose(journal);
}

static void the_port_may_speak_tls(void **state) {
  char base[256], text[4096];
  (void)state;
  struct process process = spawn((const char *[]){"--script", MOCK_EXAMPLE, "--tls", "--certificate", "certificate.pem", NULL});
  assert_non_null(fgets(base, sizeof base, process.output));
  if (strncmp(base, "https://127.0.0.1:", 18) != 0) fail_msg("%s", base);
  FILE *file = fopen("certificate.pem", "r");
  assert_non_null(file);
  assert_non_null(fgets(text, sizeof text, file));
  assert_string_equal(text, "-----BEGIN CERTIFICATE-----\n");
  fclose(file);
  end(&process, text);
  assert_int_equal(run(text, (const char *[]){"--script", MOCK_EXAMPLE, "--certificate", "x.pem", NULL}), 2);
  assert_non_null(strstr(text, "--certificate needs --tls"));
  assert_int_equal(run(text, (const char *[]){"--script", MOCK_EXAMPLE, "--tls", "--certificate", "/nowhere/x.pem", NULL}), 3);
  assert_non_null(strstr(text, "/nowhere/x.pem"));
}

static struct process serve_script(char base[256], const char *path) {
  struct process process = spawn((const char *[]){"--script", path, "--json-journal", "journal.json", NULL});
  char document[256];
  assert_non_null(fgets(base, 256, process.output));
  for (int i = 0; i < 2; i++) assert_non_null(fgets(document, sizeof document, process.output)); /* and the inspector */
  if (strstr(document, "/w/") || strncmp(document, base, strlen(document) - 1) != 0) fail_msg("no inspector: %s", document);
  base[strcspn(base, "\n")] = '\0';
  return process;
}

static void assert_serves(const char *base, const char *text) {
  struct response response = client_download(base, "/services/data/v1/Org?offline=true", NULL, "{}");
  if (response.status != 200 || !strstr(response.body, text)) fail_msg("%d %s", response.status, response.body);
  response_done(&response);
}

static void expect_line(struct process *process, const char *text) {
  char line[1024];
  assert_non_null(fgets(line, sizeof line, process->output));
  if (!strstr(line, text)) fail_msg("%s", line);
}

static const char NOTES[] = "local foundry = require 'foundry'\nlocal org = server:service('Org')\n"
                            "local notes = org:object('Note', foundry.model.note)\nnotes:insert{Id = '1', Text = '%s'}\n%s";

static void write_notes(const char *path, const char *text, const char *more) {
  char script[1024];
  snprintf(script, sizeof script, NOTES, text, more);
  write_script(path, script);
}

/* What is waited for is the line that the program says about it. */
static void a_changed_script_is_run_anew(void **state) {
  char base[256], text[4096];
  (void)state;
  write_notes("notes.lua", "first", "");
  struct process process = serve_script(base, "notes.lua");
  assert_serves(base, "first");
  write_notes("notes.tmp", "second", ""); /* as editors do it */
  assert_int_equal(rename("notes.tmp", "notes.lua"), 0);
  expect_line(&process, "notes.lua changed and was run again");
  assert_serves(base, "second");
  write_notes("notes.lua", "third", "org:nothing()\n");
  expect_line(&process, "the old one stays at work: notes.lua:5:");
  assert_serves(base, "second");
  write_notes("notes.lua", "fourth", "");
  expect_line(&process, "changed and was run again");
  assert_serves(base, "fourth");
  end(&process, text);
}

static void point_to(const char *link, const char *target) {
  assert_int_equal(symlink(target, "new.link"), 0);
  assert_int_equal(rename("new.link", link), 0);
}

static void expect_reload(struct process *process, const char *base, const char *text) {
  expect_line(process, "changed and was run again");
  assert_serves(base, text);
}

/* A link to a file elsewhere: written in place, replaced by a rename there, and the link led to another one. */
static void a_script_behind_a_link_is_run_anew(void **state) {
  char base[256], text[4096];
  (void)state;
  assert_int_equal(mkdir("real", 0700), 0);
  write_notes("real/notes.lua", "first", "");
  point_to("linked.lua", "again.lua"); /* over two links */
  point_to("again.lua", "real/notes.lua");
  struct process process = serve_script(base, "linked.lua");
  assert_serves(base, "first");
  write_notes("real/notes.lua", "second", "");
  expect_reload(&process, base, "second");
  write_notes("real/notes.tmp", "third", "");
  assert_int_equal(rename("real/notes.tmp", "real/notes.lua"), 0);
  expect_reload(&process, base, "third");
  write_notes("real/other.lua", "fourth", "");
  point_to("again.lua", "real/other.lua");
  expect_reload(&process, base, "fourth");
  write_notes("real/notes.lua", "elsewhere", ""); /* it is not on the way any more */
  write_notes("real/other.lua", "fifth", "");
  expect_reload(&process, base, "fifth");
  assert_int_equal(unlink("linked.lua"), 0); /* and no longer there: what was read serves on */
  assert_serves(base, "fifth");
  assert_int_equal(symlink("real/notes.lua", "linked.lua"), 0);
  expect_reload(&process, base, "elsewhere");
  end(&process, text);
}

/* As Kubernetes changes a ConfigMap: the file never changes, a link of folders on its way does. */
static void a_script_in_a_folder_that_is_swapped_is_run_anew(void **state) {
  char base[256], text[4096];
  (void)state;
  for (int i = 1; i <= 3; i++) {
    char folder[16], file[32], note[16];
    snprintf(folder, sizeof folder, "version%d", i);
    snprintf(file, sizeof file, "%s/notes.lua", folder);
    snprintf(note, sizeof note, "number %d", i);
    assert_int_equal(mkdir(folder, 0700), 0);
    write_notes(file, note, "");
  }
  point_to("data", "version1");
  point_to("mounted.lua", "data/notes.lua");
  struct process process = serve_script(base, "mounted.lua");
  assert_serves(base, "number 1");
  point_to("data", "version2");
  expect_reload(&process, base, "number 2");
  point_to("data", "version3");
  expect_reload(&process, base, "number 3");
  assert_int_equal(rename("version3", "away"), 0);
  assert_int_equal(rename("version2", "version3"), 0); /* the folder itself is another one */
  expect_reload(&process, base, "number 2");
  end(&process, text);
}

/* Who writes a script sees at once what it prints and where it fails, not when the program ends. */
static void what_a_script_says_is_told_at_once(void **state) {
  char base[256], text[4096];
  (void)state;
  write_notes("notes.lua", "first", "org:on_download{batch = 1}:at('arrived', function(r) print(r.kind) end)\n"
                                    "org:on_download():edit(function(answer)\n  answer.no.member = 1\nend)\n");
  struct process process = serve_script(base, "notes.lua");
  struct response response = client_download(base, "/services/data/v1/Org?offline=true", NULL, "{}");
  assert_int_equal(response.status, 500);
  response_done(&response);
  expect_line(&process, "foundry-mock: print: download");
  expect_line(&process, "foundry-mock: a rule's function failed: notes.lua:7: attempt to index a nil value");
  write_notes("notes.lua", "second", "server:gate('g'):reached()\n");
  expect_line(&process, "the old one stays at work: notes.lua:5: a script of foundry-mock cannot wait");
  end(&process, text);
}

static const char LOGGED[] = "local foundry = require 'foundry'\nlocal org = server:service('Org')\n"
                             "org:object('Note', foundry.model.note):insert{ { Id = '1' }, { Id = '2' } }\n"
                             "org:on_upload():close()\norg:on_upload():once():status(504)\n";

/* A line comes when its request is over, which the client knows a little earlier: each is waited for. */
static void each_request_is_a_line_of_the_log(void **state) {
  char base[256], text[4096], line[1024];
  (void)state;
  write_script("logged.lua", LOGGED);
  struct process process = spawn((const char *[]){"--script", "logged.lua", "--log", NULL});
  for (int i = 0; i < 3; i++) assert_non_null(fgets(i == 0 ? base : line, 256, process.output));
  base[strcspn(base, "\n")] = '\0';
  assert_serves(base, "\"recordCount\":2");
  expect_line(&process, "200     download      2 records");
  struct response response = client_upload(base, "/services/data/v1/Org", NULL, "{\"records\":[{\"_metadata\":{\"rowId\":1}}]}");
  response_done(&response);
  expect_line(&process, "504     upload        1 record ");
  response = client_download(base, "/services/data/v1/Org", NULL, "{}");
  response_done(&response);
  expect_line(&process, "  finding W-18: ");
  response = client_upload(base, "/services/data/v1/Org?x=%1b", NULL, "{\"records\":[]}");
  assert_int_equal(response.status, 0);
  response_done(&response);
  assert_non_null(fgets(line, sizeof line, process.output));
  int hour, minute, second, milliseconds, used = 0;
  assert_int_equal(sscanf(line, "%2d:%2d:%2d.%3d  %n", &hour, &minute, &second, &milliseconds, &used), 4);
  if (strncmp(line + used, "closed  upload        0 records", 31) != 0 || !strstr(line, " ms  POST /services/data/v1/Org?x=%1b  ") || !strstr(line, "  fault upload rule 1: close"))
    fail_msg("%s", line);
  assert_null(strchr(line, '\033')); /* no terminal, no colours */
  response = client_call(base, "/../nowhere", NULL, NULL);
  response_done(&response);
  expect_line(&process, "404     other         0 records");
  int client = client_connect(base);
  assert_int_equal(write(client, "nonsense\r\n\r\n", 12), 12);
  expect_line(&process, "no request: answered 400: the request cannot be read");
  close(client);
  write_script("logged.lua", LOGGED); /* the next world is logged as well */
  expect_line(&process, "run again");
  assert_serves(base, "\"recordCount\":2");
  expect_line(&process, "200     download      2 records");
  end(&process, text);
}

/* Reads a terminal until this is on it. */
static void expect_on_terminal(int terminal, const char *text) {
  struct base_buf seen = BASE_BUF_INIT;
  char bytes[512];
  ssize_t len;
  while (!strstr(base_buf_string(&seen), text) && (len = read(terminal, bytes, sizeof bytes)) > 0)
    base_buf_append(&seen, bytes, (size_t)len);
  bool coloured = strstr(base_buf_string(&seen), "\033[") != NULL, wanted = !getenv("NO_COLOR");
  if (!strstr(base_buf_string(&seen), text) || coloured != wanted) fail_msg("%s: %s", text, base_buf_string(&seen));
  base_buf_done(&seen);
}

static void the_log_has_colours_on_a_terminal_alone(void **state) {
  char base[256], text[4096];
  (void)state;
  write_script("logged.lua", LOGGED);
  setenv("TERM", "xterm", 1);
  for (int i = 0; i < 2; i++) {
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    int errors = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(errors >= 0);
    if (i == 1) setenv("NO_COLOR", "1", 1);
    else unsetenv("NO_COLOR");
    struct process process = spawn_with((const char *[]){"--script", "logged.lua", "--log", NULL}, errors);
    assert_non_null(fgets(base, sizeof base, process.output));
    base[strcspn(base, "\n")] = '\0';
    assert_serves(base, "\"recordCount\":2");
    expect_on_terminal(terminal, "download      2 records");
    end(&process, text);
    close(errors);
    close(terminal);
  }
}

/* An embedded world also ends an HTTP stack's repetitions; here an app that tries again is a new request. */
static void once_is_one_request(void **state) {
  char base[256], text[4096];
  (void)state;
  write_notes("notes.lua", "kept", "org:on_download():once():close()\norg:on_download():once():reset()\n");
  struct process process = serve_script(base, "notes.lua");
  for (int i = 0; i < 2; i++) {
    struct response response = client_download(base, "/services/data/v1/Org?offline=true", NULL, "{}");
    assert_int_equal(response.status, 0);
    response_done(&response);
  }
  assert_serves(base, "kept");
  end(&process, text);
}

/* A fault that found nothing to do tested nothing. */
static void what_rules_did_not_do_is_told_at_the_end(void **state) {
  static const char *const IDLE[] = {"without(Txt)", "lose(rowId)", "drop"}, *const BUSY[] = {"without(Text)", "retype(Text)", "double"};
  char base[256], text[4096];
  (void)state;
  write_notes("notes.lua", "kept", "org:on_download():without('Txt')\norg:on_download():lose_row_id()\norg:on_download():drop_record(2)\n"
                                   "org:on_download():retype_column('Text', 'number')\norg:on_download():double_record(1)\n"
                                   "org:on_download():without('Text')\norg:on_upload():once():status(503)\n");
  struct process process = serve_script(base, "notes.lua");
  struct response response = client_download(base, "/services/data/v1/Org?offline=true", NULL, "{}");
  assert_int_equal(response.status, 200);
  response_done(&response);
  end(&process, text);
  assert_non_null(strstr(text, "foundry-mock: never came: upload rule 7: times(1) status(503)"));
  for (size_t i = 0; i < 3; i++) {
    char line[128];
    snprintf(line, sizeof line, "foundry-mock: changed nothing: download rule %zu: %s\n", i + 1, IDLE[i]);
    if (!strstr(text, line)) fail_msg("%s is missing: %s", line, text);
    if (strstr(text, BUSY[i])) fail_msg("%s: %s", BUSY[i], text);
  }
}

static cJSON *read_journal(const char *path) {
  struct base_buf text = BASE_BUF_INIT;
  char chunk[4096];
  cJSON *journal = NULL;
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  for (size_t len; (len = fread(chunk, 1, sizeof chunk, file)) > 0;) base_buf_append(&text, chunk, len);
  fclose(file);
  assert_int_equal(json_parse(base_buf_string(&text), text.len, JSON_REPEATED_REFUSED, &journal, NULL), 0);
  base_buf_done(&text);
  return journal;
}

static void the_journal_goes_on_when_the_script_changes(void **state) {
  char base[256], text[4096];
  int64_t last = 0, seq, requests = 0;
  (void)state;
  write_notes("notes.lua", "first", "");
  struct process process = serve_script(base, "notes.lua");
  assert_serves(base, "first");
  write_notes("notes.lua", "second", "server.clock:advance('1s')\n");
  expect_line(&process, "run again");
  assert_serves(base, "second");
  end(&process, text);
  cJSON *journal = read_journal("journal.json"), *entry;
  cJSON_ArrayForEach(entry, journal) {
    assert_true(json_integer(json_find(entry, "seq"), &seq) && seq > last);
    last = seq;
    requests += json_find(entry, "kind") != NULL;
  }
  assert_int_equal(requests, 2);
  cJSON_Delete(journal);
}

/* A request that waits in the old world is let go; its client sees the connection end. */
static void a_change_lets_hanging_requests_go(void **state) {
  char base[256], text[4096];
  (void)state;
  write_notes("notes.lua", "first", "org:on_download():hang()\n");
  struct process process = serve_script(base, "notes.lua");
  int client = client_connect(base);
  client_send(client, base, "/services/data/v1/Org?offline=true", "Content-Type: application/json\r\nX-Http-Method-Override: GET\r\n", "{}");
  write_notes("notes.lua", "second", "");
  expect_line(&process, "run again");
  struct response response = client_read(client);
  if (response.status != 0 && response.status != 200) fail_msg("%d %s", response.status, response.body);
  response_done(&response);
  close(client);
  assert_serves(base, "second");
  end(&process, text);
}

static void models_are_part_of_the_program(void **state) {
  static const struct {
    const char *model, *service, *text;
  } MODELS[] = {{"organization", "Organization", "\"Grace\""}, {"sales", "Sales", "\"name\":\"OrderItem\""},
                {"sales", "Catalog", "\"recordCount\":25"}, {"large", "Inventory", "\"recordCount\":7"},
                {"trouble", "Organization", "\"recordCount\":7"}};
  char base[256], text[4096], path[128];
  (void)state;
  assert_int_equal(run(text, (const char *[]){"--list-models", NULL}), 0);
  for (size_t i = 0; i < sizeof MODELS / sizeof MODELS[0]; i++) {
    assert_non_null(strstr(text, MODELS[i].model));
    struct process process = spawn((const char *[]){"--model", MODELS[i].model, "--rows=7", "--seed", "3", NULL});
    assert_non_null(fgets(base, sizeof base, process.output));
    base[strcspn(base, "\n")] = '\0';
    snprintf(path, sizeof path, "/services/data/v1/%s?offline=true", MODELS[i].service);
    struct response response = client_download(base, path, NULL, "{}");
    if (!response.body || !strstr(response.body, MODELS[i].text)) fail_msg("%s: %s", MODELS[i].model, response.body);
    response_done(&response);
    kill(process.pid, SIGTERM);
    char rest[4096];
    assert_int_equal(finish(&process, rest), 0);
  }
}

/* What the program has in itself, byte for byte. */
static void assert_prints(const char *const *arguments, const char *path) {
  struct process process = spawn(arguments);
  FILE *file = fopen(path, "r");
  int expected, actual, status;
  assert_non_null(file);
  do {
    expected = fgetc(file);
    actual = fgetc(process.output);
    assert_int_equal(actual, expected);
  } while (expected != EOF);
  fclose(file);
  fclose(process.output);
  assert_int_equal(waitpid(process.pid, &status, 0), process.pid);
  assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_script_begins_with_a_model_and_the_reference(void **state) {
  char text[4096];
  (void)state;
  assert_prints((const char *[]){"--print-model", "organization", NULL}, MOCK_EXAMPLE);
  assert_prints((const char *[]){"--stubs", NULL}, MOCK_STUBS);
  assert_int_equal(run(text, (const char *[]){"--print-model", "nothing", NULL}), 2);
  assert_non_null(strstr(text, "--list-models"));
}

static void record_needs_an_upstream_and_a_new_file(void **state) {
  char text[4096];
  (void)state;
  assert_int_equal(run(text, (const char *[]){"record", "--help", NULL}), 0);
  assert_non_null(strstr(text, "--upstream URL"));
  assert_int_equal(run(text, (const char *[]){"record", NULL}), 2);
  assert_non_null(strstr(text, "--upstream URL is missing"));
  write_script("taken.lua", "");
  assert_int_equal(run(text, (const char *[]){"record", "--upstream", "http://127.0.0.1:1", "--script", "taken.lua", NULL}), 2);
  assert_non_null(strstr(text, "taken.lua is there already"));
  assert_int_equal(run(text, (const char *[]){"record", "--upstream", "elsewhere", "--script", "new.lua", NULL}), 2);
  assert_non_null(strstr(text, "is no URL"));
}

/* What was recorded is served by the program itself, with the rows that were seen; the journal is on disk. */
static void a_recorded_script_is_served(void **state) {
  char upstream[256], base[256], text[4096], line[512];
  (void)state;
  remove("recorded.lua");
  remove("recorded.ndjson");
  struct process first = serve_example(upstream, "0");
  struct process recorder =
      spawn((const char *[]){"record", "--upstream", upstream, "--script", "recorded.lua", "--journal", "recorded.ndjson", NULL});
  assert_non_null(fgets(base, sizeof base, recorder.output));
  base[strcspn(base, "\n")] = '\0';
  struct response response = client_call(base, "/services/metadata/v1/Organization", "X-Http-Method-Override: GET\r\nCookie: S3CRET\r\n", NULL);
  assert_int_equal(response.status, 200);
  response_done(&response);
  response = client_download(base, "/services/data/v1/Organization?offline=true", NULL, "{}");
  response_done(&response);
  kill(recorder.pid, SIGTERM);
  assert_int_equal(finish(&recorder, text), 0);
  assert_non_null(strstr(text, "foundry-mock --script recorded.lua serves it"));
  kill(first.pid, SIGTERM);
  assert_int_equal(finish(&first, text), 0);
  struct process again = spawn((const char *[]){"--script", "recorded.lua", NULL});
  assert_non_null(fgets(base, sizeof base, again.output));
  base[strcspn(base, "\n")] = '\0';
  response = client_download(base, "/services/data/v1/Organization?offline=true", NULL, "{}");
  assert_non_null(strstr(response.body, "\"Grace\""));
  response_done(&response);
  kill(again.pid, SIGTERM);
  assert_int_equal(finish(&again, text), 0);
  FILE *journal = fopen("recorded.ndjson", "r");
  int lines = 0;
  assert_non_null(journal);
  while (fgets(line, sizeof line, journal)) {
    assert_null(strstr(line, "S3CRET"));
    lines += strstr(line, "\"type\":") != NULL;
  }
  fclose(journal);
  assert_true(lines >= 5); /* its head, two requests, two answers */
}

/* 500 connections, half of them idle, half waiting for answers that never come: one more is served. */
static void many_connections_keep_nobody_away(void **state) {
  enum { CLIENTS = 500 };
  static const char HANGING[] = "local foundry = require 'foundry'\nlocal org = server:service('Org')\n"
                                "org:object('Note', foundry.model.note)\norg:on_download{level = 'object'}:hang()\n";
  char base[256], text[4096];
  int clients[CLIENTS];
  (void)state;
  write_script("hanging.lua", HANGING);
  struct process process = spawn((const char *[]){"--script", "hanging.lua", NULL});
  assert_non_null(fgets(base, sizeof base, process.output));
  base[strcspn(base, "\n")] = '\0';
  for (int i = 0; i < CLIENTS; i++) {
    clients[i] = client_connect(base);
    if (i % 2) client_send(clients[i], base, "/services/data/v1/Org/objects/Note", "X-Http-Method-Override: GET\r\n", "{}");
  }
  struct response response = client_download(base, "/services/data/v1/Org?offline=true", NULL, "{}");
  assert_int_equal(response.status, 200);
  response_done(&response);
  end(&process, text);
  for (int i = 0; i < CLIENTS; i++) close(clients[i]);
}

static void a_taken_port_is_3(void **state) {
  char base[256], text[4096];
  (void)state;
  struct process first = serve_example(base, "0");
  char *port = strrchr(base, ':') + 1;
  port[strcspn(port, "/")] = '\0';
  assert_int_equal(run(text, (const char *[]){"--script", MOCK_EXAMPLE, "--port", port, NULL}), 3);
  assert_non_null(strstr(text, port));
  kill(first.pid, SIGINT);
  assert_int_equal(finish(&first, text), 0);
}

/* ---- a folder of their own, which goes with them ---- */

static int enter_folder(void **state) {
  static char folder[] = "/tmp/test_mock_program.XXXXXX";
  *state = mkdtemp(folder);
  return *state && chdir(folder) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *state, int kind, struct FTW *place) {
  (void)state, (void)kind;
  return place->level == 0 ? 0 : remove(path);
}

static int remove_folder(void **state) {
  if (nftw(".", remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0) return -1;
  return chdir("/") == 0 ? rmdir(*state) : -1;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(help_and_version_end_well), cmocka_unit_test(wrong_usage_is_2),
      cmocka_unit_test(a_missing_script_is_2), cmocka_unit_test(a_faulty_script_is_3), cmocka_unit_test(a_script_without_services_is_told), cmocka_unit_test(names_that_nothing_has_are_told_at_once), cmocka_unit_test(a_file_that_cannot_be_written_is_3_at_once),
      cmocka_unit_test(the_example_is_served_until_a_signal), cmocka_unit_test(the_port_may_speak_tls), cmocka_unit_test(a_taken_port_is_3),
      cmocka_unit_test(models_are_part_of_the_program),
      cmocka_unit_test(a_script_begins_with_a_model_and_the_reference), cmocka_unit_test(a_changed_script_is_run_anew),
      cmocka_unit_test(a_script_behind_a_link_is_run_anew), cmocka_unit_test(a_script_in_a_folder_that_is_swapped_is_run_anew),
      cmocka_unit_test(what_a_script_says_is_told_at_once), cmocka_unit_test(each_request_is_a_line_of_the_log), cmocka_unit_test(the_log_has_colours_on_a_terminal_alone),
      cmocka_unit_test(once_is_one_request), cmocka_unit_test(what_rules_did_not_do_is_told_at_the_end),
      cmocka_unit_test(the_journal_goes_on_when_the_script_changes), cmocka_unit_test(a_change_lets_hanging_requests_go),
      cmocka_unit_test(record_needs_an_upstream_and_a_new_file), cmocka_unit_test(a_recorded_script_is_served),
      cmocka_unit_test(many_connections_keep_nobody_away)};
  return cmocka_run_group_tests(tests, enter_folder, remove_folder);
}
