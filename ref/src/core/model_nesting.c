/*
 * Which child records may stand nested in an upload (W-12, HIE-01):
 *   operations.<action>.actions[] = {"type":[..],"supportedObjects":[{"name":"Child","actions":[..]}]}
 * An entry whose `type` does not name its operation says nothing of it. A child's actions are of the
 * same form, or plain names; a child that comes without them (or as a plain name) may do anything.
 */
#include "core/model_nesting.h"

#include <string.h>

#include "core/codes.h"

enum { ANY_ACTION = (1u << VMX_ACTION_COUNT) - 1 };

struct reading {
  struct vmx_model *model;
  struct vmx_service *service;
  struct base_error *err;
};

const struct vmx_nesting *vmx_nesting_find(const struct vmx_nesting *list,
                                           const struct vmx_object *child, enum vmx_action action) {
  const struct vmx_nesting *found = NULL;
  for (; list; list = list->next)
    if (list->child == child && list->actions & 1u << action && (!found || !found->inside))
      found = list;
  return found;
}

static unsigned bit_of(const cJSON *name) {
  enum vmx_action action;
  return vmx_action_read(cJSON_GetStringValue(name), &action) ? 1u << action : 0;
}

/* `type`: an array of actions, or one; without it any. */
static unsigned read_types(const cJSON *types) {
  unsigned actions = 0;
  if (!types || cJSON_IsNull(types)) return ANY_ACTION;
  if (!cJSON_IsArray(types)) return bit_of(types);
  for (const cJSON *type = types->child; type; type = type->next) actions |= bit_of(type);
  return actions;
}

/* The child that a parent supports; marks the links between them. NULL: there is no relationship. */
static const struct vmx_object *find_child(struct reading *r, const struct vmx_object *parent,
                                           const char *name) {
  const struct vmx_object *child =
      name ? vmx_service_find_object(r->service, name, strlen(name)) : NULL;
  bool related = false;
  for (size_t i = 0; child && i < r->service->link_count; i++) {
    struct vmx_link *link = &r->service->links[i];
    link->nests = link->nests || (link->parent == parent && link->child == child);
    related = related || (link->parent == parent && link->child == child) ||
              (link->parent == child && link->child == parent);
  }
  return related ? child : NULL;
}

static int read_supported(struct reading *r, const struct vmx_object *parent, const cJSON *list,
                          const struct vmx_nesting **head);

static int add(struct reading *r, const struct vmx_object *child, unsigned actions,
               const cJSON *supported, const struct vmx_nesting **head) {
  struct vmx_nesting *nesting = vmx_arena_alloc(&r->model->arena, sizeof *nesting);
  if (!nesting) return base_fail(r->err, VMX_CODE_SYNC, "", "out of memory");
  *nesting = (struct vmx_nesting){.next = *head, .child = child, .actions = actions};
  *head = nesting;
  return read_supported(r, child, supported, &nesting->inside);
}

static int read_child(struct reading *r, const struct vmx_object *child, const cJSON *actions,
                      const struct vmx_nesting **head) {
  int status = 0;
  if (!cJSON_IsArray(actions)) return add(r, child, ANY_ACTION, NULL, head);
  for (const cJSON *one = actions->child; one && status == 0; one = one->next)
    status = cJSON_IsString(one) ? add(r, child, bit_of(one), NULL, head)
                                 : add(r, child, read_types(json_find(one, "type")),
                                       json_find(one, "supportedObjects"), head);
  return status;
}

/* A column or `_metadata` of that name stands where the children would. */
static bool name_is_taken(const struct vmx_object *parent, const struct vmx_object *child) {
  return strcmp(child->name, "_metadata") == 0 ||
         vmx_object_find_field(parent, child->name, strlen(child->name)) >= 0;
}

static int read_supported(struct reading *r, const struct vmx_object *parent, const cJSON *list,
                          const struct vmx_nesting **head) {
  int status = 0;
  for (const cJSON *one = cJSON_IsArray(list) ? list->child : NULL; one && status == 0;
       one = one->next) {
    const char *name = cJSON_IsString(one) ? one->valuestring : json_find_string(one, "name");
    const struct vmx_object *child = find_child(r, parent, name);
    if (!child) /* HIE-03 */
      return base_fail(r->err, VMX_CODE_NO_RELATION, "W-47",
                       "object %s supports the object \"%s\", to which it has no relationship",
                       parent->name, name ? name : "");
    if (!name_is_taken(parent, child)) status = read_child(r, child, json_find(one, "actions"), head);
  }
  return status;
}

static int read_operation(struct reading *r, const struct vmx_object *object, enum vmx_action action,
                          const cJSON *operation, const struct vmx_nesting **head) {
  const cJSON *actions = json_find(operation, "actions");
  int status = 0;
  for (const cJSON *one = cJSON_IsArray(actions) ? actions->child : NULL; one && status == 0;
       one = one->next)
    if (read_types(json_find(one, "type")) & 1u << action)
      status = read_supported(r, object, json_find(one, "supportedObjects"), head);
  return status;
}

int vmx_nesting_read(struct vmx_model *model, struct vmx_service *service,
                     struct vmx_object *object, const cJSON *operations, struct base_error *err) {
  struct reading reading = {model, service, err};
  int status = 0;
  for (int action = 0; action < VMX_ACTION_COUNT && status == 0; action++)
    status = read_operation(&reading, object, (enum vmx_action)action,
                            json_find(operations, vmx_action_name((enum vmx_action)action)),
                            &object->nests[action]);
  return status;
}
