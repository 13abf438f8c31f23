/*
 * Run files, or all files of folders, through a fuzz target: the corpus as an ordinary test, and the
 * way to see a finding again. Each input lies in an allocation of its exact size, so that the address
 * sanitizer sees a read beyond it.
 *
 * Exit codes: 0 all ran, 2 usage, 3 a file cannot be read; a finding aborts.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "oracle.h"
#include "spending.h"

static void complain(const char *path) {
  fprintf(stderr, "fuzz replay: %s: %s\n", path, strerror(errno));
  exit(3);
}

static void run_bytes(const char *bytes, size_t len) {
  char *exact = malloc(len ? len : 1);
  if (!exact) complain("an input");
  if (len) memcpy(exact, bytes, len);
  LLVMFuzzerTestOneInput((const uint8_t *)exact, len);
  free(exact);
}

static void run_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) complain(path);
  CLEANUP(base_buf_done) struct base_buf input = BASE_BUF_INIT;
  char block[8192];
  for (size_t got; (got = fread(block, 1, sizeof block, file)) > 0;) base_buf_append(&input, block, got);
  if (ferror(file) || input.failed) complain(path);
  fclose(file);
  fprintf(stderr, "%s\n", path); /* the last line names the input of a finding */
  run_bytes(base_buf_string(&input), input.len);
}

static size_t run_path(const char *path);

static size_t run_folder(const char *path) {
  DIR *folder = opendir(path);
  if (!folder) complain(path);
  size_t count = 0;
  for (const struct dirent *entry; (entry = readdir(folder));) {
    if (entry->d_name[0] == '.') continue;
    CLEANUP(base_buf_done) struct base_buf inner = BASE_BUF_INIT;
    base_buf_printf(&inner, "%s/%s", path, entry->d_name);
    count += run_path(base_buf_string(&inner));
  }
  closedir(folder);
  return count;
}

static size_t run_path(const char *path) {
  struct stat status;
  if (stat(path, &status) != 0) complain(path);
  if (S_ISDIR(status.st_mode)) return run_folder(path);
  run_file(path);
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 2 || argv[1][0] == '-') {
    fprintf(stderr, "usage: %s FILE|FOLDER…\n", argv[0]);
    return 2;
  }
  size_t count = 0;
  for (int i = 1; i < argc; i++) count += run_path(argv[i]);
  printf("%zu inputs, nothing broken\n", count);
  spending_tell();
  return count > 0 ? 0 : 3;
}
