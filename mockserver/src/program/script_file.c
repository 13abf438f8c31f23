#include "program/script_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "program/options.h"

enum { SCRIPT_MAX = 16 * 1024 * 1024 };

static void close_file(FILE **file) {
  if (*file) fclose(*file);
}

int script_file_read(const char *path, struct base_buf *text) {
  CLEANUP(close_file) FILE *file = fopen(path, "rb");
  text->max = SCRIPT_MAX;
  while (file && !text->failed && !feof(file) && !ferror(file)) {
    char *to = base_buf_reserve(text, 65536);
    size_t len = to ? fread(to, 1, 65536, file) : 0;
    if (to) base_buf_added(text, len);
  }
  if (file && !ferror(file) && !text->failed) return 0;
  fprintf(stderr, "foundry-mock: cannot read the script %s: %s\n", path,
          text->failed ? "it is larger than 16 MiB" : strerror(errno));
  return EXIT_USAGE;
}

static int run_text(struct mock_world *world, const char *name, const char *text, size_t len, struct base_error *err) {
  int status = mock_script_load(world, text, len, name, err);
  return status == 0 ? mock_script_call(world, 0, 0, err) : status;
}

/* Requests are served when the script has come to its end: whatever it waits for would never happen. */
static int refuse_wait(void *context, struct base_error *err) {
  (void)context;
  return base_fail(err, MOCK_ERR_SCRIPT, "", "a script of foundry-mock cannot wait: it ends before the first request is served "
                                             "(rule:at() runs a function when one comes)");
}

/* It may be meant so; whoever forgot it looks for the reason in the app. */
static const char NO_SERVICE[] = "if not next(server:document().services_meta) and #server:requests() == 0 then print('the script declares no service') end";

static void tell_line(void *context, const char *what, const char *text) {
  (void)context;
  fprintf(stderr, "foundry-mock: %s%s\n", what, text);
}

/* So are these, for a rule may be made before what it names; a misspelt name shows here. */
static void tell_misnamed(struct mock_world *world) {
  CLEANUP(json_free) cJSON *lines = mock_world_misnamed(world);
  const cJSON *line;
  cJSON_ArrayForEach(line, lines) fprintf(stderr, "foundry-mock: %s\n", line->valuestring);
}

int script_file_run(struct mock_world *world, const char *name, const struct base_buf *text, long long rows,
                    long long seed, const char *complaint) {
  struct base_error err = {0};
  char options[512];
  snprintf(options, sizeof options, "local rows, seed = %lld, %lld\nserver.options = "
           "{ rows = rows >= 0 and rows or nil, seed = seed >= 0 and seed or nil }\n"
           "function scenario() error('scenarios are run by foundrycheck; a script of foundry-mock declares services', 2) end "
           "property = scenario", rows, seed);
  mock_world_lock(world);
  mock_world_set_deadline(world, 0, refuse_wait, NULL);
  mock_world_set_tell(world, tell_line, NULL);
  int status = run_text(world, "options", options, strlen(options), &err);
  if (status == 0) status = run_text(world, name, base_buf_string(text), text->len, &err);
  if (status == 0) status = run_text(world, "services", NO_SERVICE, strlen(NO_SERVICE), &err);
  if (status == 0) tell_misnamed(world);
  mock_world_unlock(world);
  if (status == 0) return 0;
  fprintf(stderr, "foundry-mock: %s: %s\n", complaint, err.text);
  return EXIT_FAILED;
}
