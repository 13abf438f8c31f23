#include "program/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int options_wrong(const char *format, ...) {
  va_list args;
  fputs("foundry-mock: ", stderr);
  va_start(args, format);
  vfprintf(stderr, format, args);
  va_end(args);
  fputs(" (foundry-mock --help says more)\n", stderr);
  return EXIT_USAGE;
}

static int read_number(const struct option_row *row, const char *text, unsigned long *out) {
  char *end = NULL;
  unsigned long number = strtoul(text, &end, 10);
  if (*end || *text < '0' || *text > '9' || strlen(text) > 19 || number < row->least || number > row->most)
    return options_wrong("--%s takes a number from %lu to %lu, not %s", row->name, row->least, row->most, text);
  *out = number;
  return 0;
}

static int add_value(const struct option_row *row, const char *text, struct option_list *list) {
  if (list->count == OPTION_LIST_MAX) return options_wrong("--%s can be given %d times", row->name, OPTION_LIST_MAX);
  list->values[list->count++] = text;
  return 0;
}

static int store(const struct option_row *row, const char *text, void *out) {
  void *variable = (char *)out + row->offset;
  switch (row->kind) {
  case OPTION_SAY: row->say(); return OPTIONS_DONE;
  case OPTION_FLAG: *(bool *)variable = true; return 0;
  case OPTION_NUMBER: return read_number(row, text, variable);
  case OPTION_LIST: return add_value(row, text, variable);
  default: *(const char **)variable = text; return 0;
  }
}

static const struct option_row *find_row(const struct option_row *table, const char *name, size_t len) {
  for (; table->name; table++)
    if (strlen(table->name) == len && memcmp(table->name, name, len) == 0) return table;
  return NULL;
}

static int refuse_argument(const char *argument) {
  size_t len = strlen(argument);
  bool script = len > 4 && strcmp(argument + len - 4, ".lua") == 0;
  return options_wrong("unexpected argument %s%s", argument, script ? ": a script is given by --script" : "");
}

/* Reads the option at argv[*at] and moves on to the last argument that it took. */
static int read_option(const struct option_row *table, int argc, char **argv, int *at, void *out) {
  const char *argument = strcmp(argv[*at], "-h") == 0 ? "--help" : argv[*at];
  if (strncmp(argument, "--", 2) != 0) return refuse_argument(argument);
  size_t len = strcspn(argument + 2, "=");
  const char *value = argument[2 + len] ? argument + 3 + len : NULL;
  const struct option_row *row = find_row(table, argument + 2, len);
  if (!row) return options_wrong("unknown option %s", argument);
  if (!row->value) return value ? options_wrong("--%s takes no value", row->name) : store(row, NULL, out);
  if (!value && ++*at >= argc) return options_wrong("a value is missing behind --%s", row->name);
  return store(row, value ? value : argv[*at], out);
}

int options_read(const struct option_row *table, int argc, char **argv, void *out) {
  int status = 0;
  for (int at = 1; at < argc && status == 0; at++) status = read_option(table, argc, argv, &at, out);
  return status;
}

void options_print(const struct option_row *table) {
  enum { COLUMN = 24 };
  for (; table->name; table++) {
    char head[64];
    snprintf(head, sizeof head, "  --%s%s%s", table->name, table->value ? " " : "", table->value ? table->value : "");
    const char *line = table->help;
    printf("%-*s", COLUMN, head);
    if (strlen(head) >= COLUMN) printf("\n%*s", COLUMN, "");
    while (*line) {
      size_t len = strcspn(line, "\n");
      printf("%.*s\n%s", (int)len, line, line[len] && line[len + 1] ? "                        " : "");
      line += len + (line[len] == '\n');
    }
  }
}
