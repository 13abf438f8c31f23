#include "world/memo.h"

#include <stdlib.h>
#include <string.h>

#include "world/pages.h"
#include "world/world.h"

enum { MEMO_ANSWERS = 16 };

struct memo_answer {
  const struct model_service *service; /* NULL = the place is free */
  const struct model_object *object;
  char *target;
  struct base_buf body;
  uint64_t revision, schema;
  int64_t clock_ms;
  char *context; /* the batch context that the answer names, or NULL */
  cJSON *findings;
  struct shared_text *text;
};

struct memo {
  struct memo_answer answers[MEMO_ANSWERS];
  size_t next; /* the place that is used next */
};

static void forget(struct memo_answer *answer) {
  free(answer->target);
  free(answer->context);
  base_buf_done(&answer->body);
  cJSON_Delete(answer->findings);
  shared_text_drop(answer->text);
  *answer = (struct memo_answer){0};
}

void memo_done(struct mock_world *world) {
  for (size_t i = 0; world->memo && i < MEMO_ANSWERS; i++) forget(&world->memo->answers[i]);
  free(world->memo);
  world->memo = NULL;
}

static bool is_valid(struct mock_world *world, const struct memo_answer *answer, const struct journal_entry *entry) {
  const struct model_service *service = entry->service;
  if (answer->service != service || answer->revision != service->revision || answer->schema != service->schema) return false;
  if (answer->clock_ms != world->clock_ms || answer->body.len != entry->body_bytes.len) return false;
  if (strcmp(answer->target, entry->target) != 0) return false;
  if (memcmp(base_buf_string(&answer->body), base_buf_string(&entry->body_bytes), answer->body.len) != 0) return false;
  return !answer->context || pages_find(world, service, answer->object, answer->context);
}

static struct memo_answer *find(struct mock_world *world, const struct journal_entry *entry) {
  for (size_t i = 0; world->memo && entry->target && i < MEMO_ANSWERS; i++)
    if (is_valid(world, &world->memo->answers[i], entry)) return &world->memo->answers[i];
  return NULL;
}

/* The findings behind the first `count`. */
static cJSON *later_findings(const struct journal_entry *entry, int count) {
  cJSON *list = cJSON_CreateArray();
  for (const cJSON *item = cJSON_GetArrayItem(entry->findings, count); item; item = item->next)
    cJSON_AddItemToArray(list, cJSON_Duplicate(item, true));
  return list;
}

static struct memo_answer *next_place(struct mock_world *world) {
  if (!world->memo) world->memo = calloc(1, sizeof *world->memo);
  if (!world->memo) return NULL;
  struct memo_answer *place = &world->memo->answers[world->memo->next++ % MEMO_ANSWERS];
  forget(place);
  return place;
}

struct shared_text *memo_find(struct mock_world *world, struct journal_entry *entry) {
  const struct memo_answer *known = find(world, entry);
  const cJSON *finding;
  if (!known) return NULL;
  cJSON_ArrayForEach(finding, known->findings) journal_finding(entry, "%s", finding->valuestring);
  return known->text;
}

void memo_keep(struct mock_world *world, const struct journal_entry *entry, const char *bc, int findings,
               struct shared_text *text) {
  const struct model_service *service = entry->service;
  struct memo_answer *place = entry->target ? next_place(world) : NULL;
  if (!place) return;
  *place = (struct memo_answer){.service = service, .target = strdup(entry->target), .revision = service->revision,
                                .schema = service->schema, .clock_ms = world->clock_ms, .context = bc[0] ? strdup(bc) : NULL,
                                .findings = later_findings(entry, findings), .text = shared_text_hold(text)};
  if (entry->object_level) place->object = model_find_object(service, entry->object_name);
  base_buf_append(&place->body, entry->body_bytes.data, entry->body_bytes.len);
  if (!place->target || place->body.failed) forget(place);
}
