#include "protocol/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world/model.h"

void answer_done(struct answer *answer) {
  cJSON_Delete(answer->json);
  free(answer->text);
  shared_text_drop(answer->shared);
  *answer = (struct answer){.status = 200};
}

bool answer_opstatus_failed(int64_t opstatus) {
  return opstatus != 0 && (opstatus < 500100 || opstatus > 500200);
}

int64_t answer_opstatus(const cJSON *json) {
  int64_t opstatus = 0;
  return json_integer(json_find(json, "opstatus"), &opstatus) ? opstatus : 0;
}

bool answer_says_failed(const cJSON *json) {
  int64_t opstatus = 0;
  const cJSON *given = json_find(json, "opstatus");
  return given && (!json_integer(given, &opstatus) || answer_opstatus_failed(opstatus));
}

void answer_share(struct answer *answer) {
  answer->shared = shared_text_new(json_print(answer->json));
  if (!answer->shared) return;
  answer->shared->failed = answer_says_failed(answer->json);
  answer->shared->opstatus = answer_opstatus(answer->json);
}

void answer_text(struct answer *answer, struct shared_text *text) {
  answer_done(answer);
  answer->shared = text;
}

void answer_unshare(struct answer *answer) {
  struct shared_text *shared = answer->shared;
  if (!shared) return;
  if (!answer->json && json_parse(shared->data, shared->len, JSON_LAST_COUNTS, &answer->json, NULL) != 0) answer->json = NULL;
  answer->shared = NULL;
  shared_text_drop(shared);
}

void answer_set_text(struct answer *answer, char *text, size_t len) {
  free(answer->text);
  answer->text = text;
  answer->text_len = len;
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

void answer_not_allowed(struct answer *answer, int64_t opstatus, const char *allow, const char *what) {
  answer_error(answer, 405, opstatus, "%.80s: the methods are %s", what, allow);
  answer->allow = allow;
}

struct lists {
  const struct model_service *service;
  const char *object;
  void (*visit)(void *context, cJSON *records);
  void *context;
};

/* An array in a record holds records of the object that it is named after. */
static void visit_list(const struct lists *lists, cJSON *records, const char *name) {
  cJSON *record, *member;
  cJSON_ArrayForEach(record, records) {
    cJSON_ArrayForEach(member, record) {
      if (cJSON_IsArray(member)) visit_list(lists, member, member->string);
    }
  }
  if (cJSON_IsArray(records) && (!lists->object || (name && model_same_object(lists->service, lists->object, name))))
    lists->visit(lists->context, records);
}

void answer_each_list(cJSON *json, const struct model_service *service, const char *object, const char *top,
                      void (*visit)(void *context, cJSON *records), void *context) {
  const struct lists lists = {service, object, visit, context};
  const char *const names[] = {"Objects", "objects"}; /* of downloads and uploads (W-20) */
  cJSON *part;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    cJSON_ArrayForEach(part, json_find(json, names[i])) visit_list(&lists, json_find(part, "records"), json_find_string(part, "name"));
  visit_list(&lists, json_find(json, "records"), top);
}
