#include "protocol/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void answer_done(struct answer *answer) {
  cJSON_Delete(answer->json);
  free(answer->text);
  *answer = (struct answer){.status = 200};
}

void answer_json(struct answer *answer, cJSON *json) {
  answer_done(answer);
  answer->json = json;
}

void answer_error(struct answer *answer, int status, int64_t opstatus, const char *format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  cJSON *json = cJSON_CreateObject();
  if (opstatus) cJSON_AddItemToObject(json, "opstatus", json_create_integer(opstatus));
  cJSON_AddStringToObject(json, "errmsg", text);
  answer_json(answer, json);
  answer->status = status;
}
