/*
 * A journal that was written before, judged again: it becomes the journal of a new world, whose script looks at it and
 * whose rules choose among its requests as if they came now. Nothing is served and nothing is done.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "foundrymock/mock.h"
#include "journal/reader.h"
#include "journal/record.h"
#include "world/world.h"

/* ---- from the file ---- */

struct recall {
  struct mock_world *world;
  unsigned wanted; /* 0 = the last */
  unsigned runs;
};

static int take_item(struct mock_world *world, struct journal_item *item, struct base_error *err) {
  if (!item->entry) return 0; /* a note is for whoever wrote it */
  if (!journal_recall(world, item->entry)) return base_fail(err, JOURNAL_ERR_MEMORY, "", "out of memory");
  item->entry = NULL;
  return 0;
}

/* Of several runs the last one that is wanted stays. */
static int take_run(void *context, struct journal_run *run, struct base_error *err) {
  struct recall *recall = context;
  struct mock_world *world = recall->world;
  const char *url = json_find_string(run->head, "url");
  if (++recall->runs != recall->wanted && recall->wanted != 0) return 0;
  journal_done(&world->journal);
  world->journal = (struct journal){0};
  char *copy = strdup(url);
  if (!copy) return base_fail(err, JOURNAL_ERR_MEMORY, "", "out of memory");
  free(world->url);
  world->url = copy;
  int status = 0;
  for (size_t i = 0; i < run->count && status == 0; i++) status = take_item(world, &run->items[i], err);
  return status;
}

int mock_world_recall(struct mock_world *world, const char *path, unsigned run, struct base_error *err) {
  struct recall recall = {world, run, 0};
  int status = journal_read_runs(path, take_run, &recall, err);
  if (status == 0 && run > recall.runs)
    return base_fail(err, JOURNAL_ERR_FORMAT, "", "the journal %.200s has no run %u: there are %u", path, run, recall.runs);
  return status;
}

/* ---- what there is to say of a request ---- */

static void add_rules(cJSON *json, const struct rule_plan *plan) {
  cJSON *list = plan->count > 0 ? cJSON_AddArrayToObject(json, "rules") : NULL;
  for (size_t i = 0; i < plan->count; i++)
    cJSON_AddItemToArray(list, cJSON_CreateString(base_buf_string(&plan->rules[i]->description)));
}

static cJSON *judgement(const struct journal_entry *entry, const struct rule_plan *plan) {
  cJSON *json = cJSON_CreateObject();
  cJSON_AddItemToObject(json, "seq", json_create_integer((int64_t)entry->seq));
  cJSON_AddStringToObject(json, "kind", REQUEST_KINDS[entry->kind]);
  cJSON_AddStringToObject(json, "target", entry->target);
  if (entry->findings) cJSON_AddItemToObject(json, "findings", cJSON_Duplicate(entry->findings, true));
  add_rules(json, plan);
  if (entry->ended == 0) cJSON_AddTrueToObject(json, "open");
  return json;
}

/* The rules that act on its head alone have their turn first, as they had when it came. */
static int choose(struct mock_world *world, struct journal_entry *entry, struct rule_plan *plan, struct base_error *err) {
  entry->service = model_find_service(world, entry->service_name);
  int status = rules_select(world, entry, true, plan, err);
  return status == 0 && plan->count == 0 ? rules_select(world, entry, false, plan, err) : status;
}

int mock_world_judge(struct mock_world *world, struct cJSON **out, struct base_error *err) {
  CLEANUP(json_free) cJSON *list = cJSON_CreateArray();
  struct rule_plan plan = {0};
  int status = 0;
  for (size_t i = 0; i < world->journal.count && status == 0; i++) {
    struct journal_entry *entry = world->journal.entries[i];
    if (entry->event) continue;
    status = choose(world, entry, &plan, err);
    if (status == 0) cJSON_AddItemToArray(list, judgement(entry, &plan));
  }
  rules_plan_done(&plan);
  if (status == 0) *out = TAKE(list);
  return status;
}
