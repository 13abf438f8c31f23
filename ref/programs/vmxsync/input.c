#include "input.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

enum { INPUT_MAX = 64 * 1024 * 1024 };

static void close_file(FILE **file) {
  if (*file && *file != stdin) fclose(*file);
}

static int read_file(const struct cli_arguments *arguments, const char *path, char **out, size_t *len) {
  CLEANUP(close_file) FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
  if (!file)
    return cli_complain(arguments, EXIT_ENVIRONMENT, "%s cannot be opened: %s", path, strerror(errno));
  CLEANUP(base_buf_done) struct base_buf text = {.max = INPUT_MAX};
  char block[16384];
  for (size_t got; !text.failed && (got = fread(block, 1, sizeof block, file)) > 0;)
    base_buf_append(&text, block, got);
  if (ferror(file))
    return cli_complain(arguments, EXIT_ENVIRONMENT, "%s cannot be read: %s", path, strerror(errno));
  size_t read = text.len;
  char *bytes = base_buf_steal(&text);
  if (!bytes) return cli_complain(arguments, EXIT_ENVIRONMENT, "%s is larger than 64 MiB", path);
  *out = bytes;
  *len = read;
  return 0;
}

int cli_read(const struct cli_arguments *arguments, enum cli_flag flag, char **out, size_t *len) {
  const char *value = arguments->values[flag];
  if (!value) return 0;
  const char first = value[strspn(value, " \t\r\n")];
  if (first != '{' && first != '[' && first != '"') return read_file(arguments, value, out, len);
  *out = strdup(value);
  if (!*out) return cli_complain(arguments, EXIT_ENVIRONMENT, "out of memory");
  *len = strlen(value);
  return 0;
}

static int write_file(const struct cli_arguments *arguments, const char *path, const char *json) {
  CLEANUP(close_file) FILE *file = fopen(path, "wb");
  if (file && fprintf(file, "%s\n", json) >= 0 && fflush(file) == 0) return 0;
  return cli_complain(arguments, EXIT_ENVIRONMENT, "%s cannot be written: %s", path, strerror(errno));
}

int cli_printed(const struct cli_arguments *arguments, int code) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return code;
  return cli_complain(arguments, EXIT_ENVIRONMENT, "standard output cannot be written: %s", strerror(errno));
}

int cli_result(const struct cli_arguments *arguments, int code, const char *json) {
  puts(json);
  if (!cli_has(arguments, FLAG_JSON)) return code;
  int status = write_file(arguments, arguments->values[FLAG_JSON], json);
  return status ? status : code;
}
