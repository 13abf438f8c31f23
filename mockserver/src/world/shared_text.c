#include "world/shared_text.h"

#include <stdlib.h>
#include <string.h>

struct shared_text *shared_text_new(char *data) {
  struct shared_text *text = data ? malloc(sizeof *text) : NULL;
  if (text) *text = (struct shared_text){.data = data, .len = strlen(data), .holders = 1};
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
