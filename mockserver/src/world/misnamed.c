#include "world/misnamed.h"

#include <string.h>

#include "base/cleanup.h"
#include "world/world.h"

enum { NAMES_MAX = 500 };

/* ---- what there is ---- */

static void add_name(struct base_buf *names, const char *name) {
  if (names->len + strlen(name) > NAMES_MAX) return;
  base_buf_printf(names, "%s%s", names->len ? ", " : "", name);
}

void misnamed_list_services(const struct mock_world *world, struct base_buf *names) {
  for (size_t i = 0; i < world->service_count; i++) add_name(names, world->services[i]->name);
}

void misnamed_list_objects(const struct model_service *service, struct base_buf *names) {
  for (size_t i = 0; i < service->object_count; i++) add_name(names, service->objects[i]->name);
}

static void tell_names(struct base_buf *out, const struct base_buf *names) {
  const char *list = base_buf_string(names);
  base_buf_printf(out, "; there %s %s", strchr(list, ',') ? "are" : "is", names->len ? list : "none");
}

/* ---- what is not there ---- */

static bool is_object(const struct model_service *service, const char *name) {
  for (size_t i = 0; i < service->dropped_count; i++)
    if (strcmp(service->dropped[i]->name, name) == 0) return true;
  return model_find_object(service, name) != NULL;
}

/* NULL: of any service. */
static bool has_object(const struct mock_world *world, const struct model_service *service, const char *name) {
  if (service) return is_object(service, name);
  for (size_t i = 0; i < world->service_count; i++)
    if (is_object(world->services[i], name)) return true;
  return false;
}

static bool tell_object(const struct mock_world *world, const struct model_service *service, const char *name,
                        struct base_buf *out) {
  CLEANUP(base_buf_done) struct base_buf names = BASE_BUF_INIT;
  if (has_object(world, service, name)) return false;
  if (service) base_buf_printf(out, "the service %s has no object %s", service->name, name);
  else base_buf_printf(out, "no service has an object %s", name);
  for (size_t i = 0; i < world->service_count; i++)
    if (!service || service == world->services[i]) misnamed_list_objects(world->services[i], &names);
  tell_names(out, &names);
  return true;
}

static bool tell_service(const struct mock_world *world, const char *name, struct base_buf *out) {
  CLEANUP(base_buf_done) struct base_buf names = BASE_BUF_INIT;
  misnamed_list_services(world, &names);
  base_buf_printf(out, "there is no service %s", name);
  tell_names(out, &names);
  return true;
}

/* Of edits of the records of one object: its name. */
static const char *object_of(const struct rule_action *action) {
  return ACTION_TRAITS[action->kind].of_records ? action->more : NULL;
}

bool misnamed_tell(const struct mock_world *world, const struct rule *rule, struct base_buf *out) {
  const char *service = json_find_string(rule->conditions.match, "service"), *object = json_find_string(rule->conditions.match, "object");
  const struct model_service *found = service ? model_find_service(world, service) : NULL;
  if (service && !found) return tell_service(world, service, out);
  if (object && tell_object(world, found, object, out)) return true;
  for (size_t i = 0; i < rule->action_count; i++) {
    const char *name = object_of(&rule->actions[i]);
    if (name && tell_object(world, found, name, out)) return true;
  }
  return false;
}

/* ---- the report ---- */

static void add_line(cJSON *list, struct base_buf *line) {
  cJSON_AddItemToArray(list, cJSON_CreateString(base_buf_string(line)));
  base_buf_clear(line);
}

struct cJSON *mock_world_misnamed(struct mock_world *world) {
  CLEANUP(base_buf_done) struct base_buf line = BASE_BUF_INIT;
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; i < world->service_count; i++) {
    if (world->services[i]->object_count > 0 || world->services[i]->dropped_count > 0) continue;
    base_buf_printf(&line, "the service %s has no objects", world->services[i]->name);
    add_line(list, &line);
  }
  for (size_t i = 0; i < world->rules.count; i++) {
    const struct rule *rule = world->rules.rules[i];
    base_buf_printf(&line, "%s: ", base_buf_string(&rule->description));
    if (!rule->lifted && misnamed_tell(world, rule, &line)) add_line(list, &line);
    base_buf_clear(&line);
  }
  return list;
}
