#include "world/shared_text.h"

#include <stdlib.h>
#include <string.h>

/* The journal keeps many of them: no more memory than they need. */
static char *fitted(char *data, size_t len) {
  char *fit = realloc(data, len + 1);
  return fit ? fit : data;
}

struct shared_text *shared_text_new(char *data) {
  struct shared_text *text = data ? malloc(sizeof *text) : NULL;
  size_t len = text ? strlen(data) : 0;
  if (text) *text = (struct shared_text){.data = fitted(data, len), .len = len, .holders = 1};
  else free(data);
  return text;
}

struct shared_text *shared_text_hold(struct shared_text *text) {
  if (text) text->holders++;
  return text;
}

void shared_text_drop(struct shared_text *text) {
  if (!text || --text->holders > 0) return;
  free(text->data);
  free(text);
}
