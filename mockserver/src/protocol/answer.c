#include "protocol/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* An array in a record holds records of the object that it is named after. */
static void drop_column(cJSON *records, const char *name, const char *column, const char *object) {
  cJSON *record, *member;
  cJSON_ArrayForEach(record, records) {
    if (!object || (name && strcmp(name, object) == 0)) cJSON_DeleteItemFromObjectCaseSensitive(record, column);
    cJSON_ArrayForEach(member, record) {
      if (cJSON_IsArray(member)) drop_column(member, member->string, column, object);
    }
  }
}

void answer_without(cJSON *json, const char *column, const char *object, const char *top) {
  const char *const lists[] = {"Objects", "objects"}; /* of downloads and uploads (W-20) */
  cJSON *part;
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    cJSON_ArrayForEach(part, json_find(json, lists[i]))
      drop_column(json_find(part, "records"), json_find_string(part, "name"), column, object);
  drop_column(json_find(json, "records"), top, column, object);
}
