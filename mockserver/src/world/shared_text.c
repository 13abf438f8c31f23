#include "world/shared_text.h"

#include <stdlib.h>
#include <string.h>

/* The journal keeps many of them: no more memory than they need. */
static char *fitted(char *room, size_t size) {
  char *fit = realloc(room, size);
  return fit ? fit : room;
}

struct shared_text *shared_text_new_in(char *room, size_t begin, size_t len) {
  struct shared_text *text = room ? malloc(sizeof *text) : NULL;
  if (!text) {
    free(room);
    return NULL;
  }
  room = fitted(room, begin + len + 1);
  *text = (struct shared_text){.room = room, .data = room + begin, .len = len, .holders = 1};
  return text;
}

struct shared_text *shared_text_new(char *data) {
  return shared_text_new_in(data, 0, data ? strlen(data) : 0);
}

struct shared_text *shared_text_hold(struct shared_text *text) {
  if (text) text->holders++;
  return text;
}

void shared_text_drop(struct shared_text *text) {
  if (!text || --text->holders > 0) return;
  free(text->room);
  free(text);
}
