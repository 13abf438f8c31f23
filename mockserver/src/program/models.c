#include "program/models.h"

#include <stdio.h>
#include <string.h>

const struct program_model *models_find(const char *name) {
  for (const struct program_model *model = PROGRAM_MODELS; model->name; model++)
    if (strcmp(model->name, name) == 0) return model;
  return NULL;
}

/* The comment lines that the script begins with. */
static void print_comment(const struct program_model *model) {
  const char *line = (const char *)model->text, *end = line + model->len;
  while (end - line > 2 && memcmp(line, "--", 2) == 0) {
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    int len = (int)((stop ? stop : end) - line);
    printf("    %.*s\n", len > 3 ? len - 3 : 0, line + 3);
    line = stop ? stop + 1 : end;
  }
}

void models_print(void) {
  for (const struct program_model *model = PROGRAM_MODELS; model->name; model++) {
    printf("%s\n", model->name);
    print_comment(model);
  }
}

void models_print_text(const struct program_model *model) {
  fwrite(model->text, 1, model->len, stdout);
}

void models_print_stubs(void) {
  models_print_text(&PROGRAM_STUBS);
}
