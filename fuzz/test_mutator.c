/*
 * The mutator on every seed of the folders that it is given: what it makes is JSON where that had stood, fits, and is mostly
 * another input; an input of lines has as many as before; names of the dictionary, which no seed has, come up, and texts
 * with more in them. FUZZ_DICTIONARY names it.
 */
#include <dirent.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "mutator.h"
#include "oracle.h"

enum { ROUNDS = 100, MOST = 4096 };

static struct base_buf made; /* all of it */
static size_t count, changed;

static bool is_json(const char *text, size_t len) {
  CLEANUP(json_free) cJSON *tree = NULL;
  struct base_error err = {0};
  return json_parse(text, len, JSON_LAST_COUNTS, &tree, &err) == 0 || strstr(err.text, "nested too deeply"); /* it may cross that limit */
}

static size_t count_lines(const char *text, size_t len) {
  size_t lines = 0;
  for (size_t i = 0; i < len; i++) lines += text[i] == '\n';
  return lines;
}

static void check_made(const struct base_buf *seed, const uint8_t *out, size_t size) {
  const char *text = (const char *)out;
  MUST(size > 0 && size <= MOST);
  if (is_json(seed->data + 1, seed->len - 1)) MUST(is_json(text + 1, size - 1));
  else MUST(is_json(text, size) || count_lines(text, size) == count_lines(seed->data, seed->len));
  base_buf_append(&made, out, size);
  count++;
  changed += size != seed->len || memcmp(out, base_buf_string(seed), size) != 0;
}

static void mutate(void *mutator, struct base_buf *seed, struct base_buf *other) {
  for (int i = 0; i < ROUNDS; i++) {
    uint8_t *out = NULL;
    size_t size = afl_custom_fuzz(mutator, (uint8_t *)seed->data, seed->len, &out, (uint8_t *)other->data, other->len, MOST);
    MUST(out); /* AFL++ ends otherwise */
    if (size > 0) check_made(seed, out, size);
  }
}

static void read_file(const char *folder, const char *name, struct base_buf *out) {
  char path[512], block[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  MUST(file);
  for (size_t got; (got = fread(block, 1, sizeof block, file)) > 0;) base_buf_append(out, block, got);
  fclose(file);
}

static void mutate_folder(void *mutator, const char *path) {
  DIR *folder = opendir(path);
  CLEANUP(base_buf_done) struct base_buf before = BASE_BUF_INIT;
  MUST(folder);
  for (const struct dirent *entry; (entry = readdir(folder));) {
    CLEANUP(base_buf_done) struct base_buf seed = BASE_BUF_INIT;
    if (entry->d_name[0] == '.') continue;
    read_file(path, entry->d_name, &seed);
    if (seed.len > 0 && before.len > 0) mutate(mutator, &seed, &before);
    base_buf_done(&before);
    base_buf_append(&before, base_buf_string(&seed), seed.len);
  }
  closedir(folder);
}

/* "Ada" with one more character. */
static bool has_longer_text(void) {
  for (const char *at = base_buf_string(&made); (at = strstr(at, "\"Ada")); at++)
    if (at[4] != '"' && at[4] != '\\' && at[5] == '"') return true;
  return false;
}

int main(int argc, char **argv) {
  void *mutator = afl_custom_init(NULL, 1);
  MUST(mutator);
  for (int i = 1; i < argc; i++) mutate_folder(mutator, argv[i]);
  afl_custom_deinit(mutator);
  printf("%zu inputs, %zu of them changed\n", count, changed);
  MUST(count >= ROUNDS && changed > count * 4 / 5);
  MUST(!made.failed && strstr(base_buf_string(&made), "\"uploadBatchSize\":"));
  MUST(has_longer_text());
  base_buf_done(&made);
  return 0;
}
