#include "world/model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world/world.h"

static const struct {
  const char *name;
  enum policy policy;
} POLICIES[] = {{"none", POLICY_NONE}, {"clientwins", POLICY_CLIENT_WINS}, {"serverwins", POLICY_SERVER_WINS}, {"custom", POLICY_CUSTOM}};

static int find_policy(const char *name, enum policy *out, struct base_error *err) {
  for (size_t i = 0; i < sizeof POLICIES / sizeof POLICIES[0]; i++) {
    if (strcmp(POLICIES[i].name, name) != 0) continue;
    *out = POLICIES[i].policy;
    return 0;
  }
  return base_fail(err, MODEL_ERR_INVALID, "W-40",
                   "conflict = \"%.40s\": it is none, clientwins, serverwins or custom", name);
}

static const char *policy_name(enum policy policy) {
  return POLICIES[policy].name;
}

struct model_service *model_find_service(const struct mock_world *world, const char *name) {
  for (size_t i = 0; name && i < world->service_count; i++)
    if (strcmp(world->services[i]->name, name) == 0) return world->services[i];
  return NULL;
}

static const char *short_name(const char *name) {
  const char *dot = strrchr(name, '.');
  return dot ? dot + 1 : name;
}

struct model_object *model_find_object(const struct model_service *service, const char *name) {
  if (!service || !name) return NULL;
  for (size_t i = 0; i < service->object_count; i++)
    if (strcmp(service->objects[i]->name, name) == 0) return service->objects[i];
  for (size_t i = 0; i < service->object_count; i++)
    if (strcmp(short_name(service->objects[i]->name), name) == 0) return service->objects[i];
  return NULL;
}

const struct model_field *model_find_field(const struct model_object *object, const char *name) {
  for (size_t i = 0; name && i < object->field_count; i++)
    if (strcmp(object->fields[i].name, name) == 0) return &object->fields[i];
  return NULL;
}

static int64_t number_option(const cJSON *options, const char *name, int64_t otherwise) {
  int64_t value;
  const cJSON *item = json_find(options, name);
  return item && json_integer(item, &value) ? value : otherwise;
}

static struct model_service *new_service(struct mock_world *world, const char *name) {
  struct model_service *service = calloc(1, sizeof *service);
  struct model_service **list =
      realloc(world->services, (world->service_count + 1) * sizeof(struct model_service *));
  if (list) world->services = list;
  if (!list || !service || !(service->name = strdup(name))) {
    free(service);
    return NULL;
  }
  world->services[world->service_count++] = service;
  return service;
}

int model_add_service(struct mock_world *world, const char *name, const cJSON *options,
                      struct model_service **out, struct base_error *err) {
  enum policy policy = POLICY_NONE;
  const char *conflict = json_find_string(options, "conflict"), *version = json_find_string(options, "version");
  if (conflict && find_policy(conflict, &policy, err) != 0) return err ? err->code : MODEL_ERR_INVALID;
  struct model_service *service = model_find_service(world, name);
  if (!service) service = new_service(world, name);
  char *text = strdup(version ? version : "1.0");
  if (!service || !text) {
    free(text);
    return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  }
  free(service->version);
  service->version = text;
  service->policy = policy;
  service->offline = !cJSON_IsFalse(json_find(options, "offline"));
  service->upload_cache = cJSON_IsTrue(json_find(options, "uploadCache"));
  service->response_wait_ms = number_option(options, "response_wait_ms", 30 * 1000);
  service->resubmit_after_ms = number_option(options, "resubmit_after_ms", 1800 * 1000);
  service->schema++;
  *out = service;
  return 0;
}

/* ---- objects ---- */

static int parse_fields(struct model_object *object, struct base_error *err) {
  const cJSON *list = json_find(object->model, "fields"), *item;
  size_t count = (size_t)cJSON_GetArraySize(list), i = 0;
  if (!cJSON_IsArray(list) || count == 0)
    return base_fail(err, MODEL_ERR_INVALID, "W-8", "object %.60s: `fields` must be a list with a field", object->name);
  object->fields = calloc(count, sizeof *object->fields);
  if (!object->fields) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  object->field_count = count;
  cJSON_ArrayForEach(item, list) {
    struct model_field *field = &object->fields[i++];
    field->name = json_find_string(item, "name");
    field->generated = cJSON_IsTrue(json_find(item, "auto_generated"));
    if (!field->name) return base_fail(err, MODEL_ERR_INVALID, "W-8", "object %.60s: field %zu has no name", object->name, i);
    if (!datatype_find(json_find_string(item, "datatype"), &field->type))
      return base_fail(err, MODEL_ERR_INVALID, "W-8",
                       "object %.60s, field %.60s: datatype is string, number, boolean, date or binary",
                       object->name, field->name);
  }
  return 0;
}

static int parse_keys(struct model_object *object, struct base_error *err) {
  const cJSON *list = json_find(object->model, "key"), *item;
  object->keys = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *object->keys);
  if (!object->keys) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  cJSON_ArrayForEach(item, list) {
    const struct model_field *field = model_find_field(object, cJSON_GetStringValue(item));
    if (!field) return base_fail(err, MODEL_ERR_INVALID, "W-8", "object %.60s: a key column is no field", object->name);
    object->fields[field - object->fields].key = true;
    object->keys[object->key_count++] = (size_t)(field - object->fields);
  }
  object->softdelete = json_find_string(object->model, "softdelete_field");
  return object->key_count ? 0
                           : base_fail(err, MODEL_ERR_INVALID, "W-11", "object %.60s: `key` must name a column", object->name);
}

static void done_model(struct model_object *object) {
  cJSON_Delete(object->model);
  free(object->fields);
  free(object->keys);
}

static void free_object(struct model_object *object) {
  if (!object) return;
  done_model(object);
  free(object->name);
  free(object);
}

static int new_object(const char *name, const cJSON *model, struct model_object **out, struct base_error *err) {
  struct model_object *object = calloc(1, sizeof *object);
  if (!object || !(object->name = strdup(name)) || !(object->model = cJSON_Duplicate(model, true))) {
    free_object(object);
    return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  }
  object->last_generated = 100; /* far from the small keys that scenarios give by hand */
  int status = parse_fields(object, err);
  if (status == 0) status = parse_keys(object, err);
  if (status != 0) free_object(object);
  else *out = object;
  return status;
}

/* The declared object stays where it is: rules, relations and rows point to it. */
static void replace_model(struct model_object *object, struct model_object *fresh) {
  done_model(object);
  object->model = fresh->model;
  object->fields = fresh->fields;
  object->field_count = fresh->field_count;
  object->keys = fresh->keys;
  object->key_count = fresh->key_count;
  object->softdelete = fresh->softdelete;
  free(fresh->name);
  free(fresh);
}

static int append_object(struct model_service *service, struct model_object *object, struct base_error *err) {
  struct model_object **list =
      realloc(service->objects, (service->object_count + 1) * sizeof(struct model_object *));
  if (!list) {
    free_object(object);
    return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  }
  service->objects = list;
  service->objects[service->object_count++] = object;
  object->service = service;
  return 0;
}

int model_add_object(struct mock_world *world, struct model_service *service, const char *name,
                     const cJSON *model, struct model_object **out, struct base_error *err) {
  struct model_object *fresh = NULL, *object = NULL;
  int status = new_object(name, model, &fresh, err);
  if (status != 0) return status;
  for (size_t i = 0; i < service->object_count && !object; i++)
    if (strcmp(service->objects[i]->name, name) == 0) object = service->objects[i];
  if (object) {
    replace_model(object, fresh);
  } else {
    object = fresh;
    object->id = ++world->last_object_id;
    status = append_object(service, object, err);
    if (status != 0) return status;
  }
  service->schema++;
  *out = object;
  return 0;
}

/* ---- relations ---- */

static bool columns_exist(const struct model_object *object, const cJSON *names) {
  const cJSON *item;
  cJSON_ArrayForEach(item, names) {
    if (!model_find_field(object, cJSON_GetStringValue(item))) return false;
  }
  return cJSON_GetArraySize(names) > 0;
}

int model_add_relation(struct model_service *service, struct model_object *from, struct model_object *to,
                       const cJSON *json, struct base_error *err) {
  const cJSON *source = json_find(json, "source_fields"), *target = json_find(json, "target_fields");
  if (!columns_exist(from, source) || !columns_exist(to, target) ||
      cJSON_GetArraySize(source) != cJSON_GetArraySize(target))
    return base_fail(err, MODEL_ERR_INVALID, "W-8",
                     "relation of %.60s and %.60s: source_fields and target_fields must name as many columns that exist",
                     from->name, to->name);
  struct model_relation *list =
      realloc(service->relations, (service->relation_count + 1) * sizeof *list);
  cJSON *copy = cJSON_Duplicate(json, true);
  if (list) service->relations = list;
  if (!list || !copy) {
    cJSON_Delete(copy);
    return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  }
  cJSON_AddStringToObject(copy, "target_object", to->name);
  service->relations[service->relation_count++] = (struct model_relation){from, to, copy};
  service->schema++;
  return 0;
}

void model_free_service(struct model_service *service) {
  if (!service) return;
  for (size_t i = 0; i < service->object_count; i++) free_object(service->objects[i]);
  for (size_t i = 0; i < service->relation_count; i++) cJSON_Delete(service->relations[i].json);
  free(service->objects);
  free(service->relations);
  free(service->version);
  free(service->name);
  free(service);
}

/* ---- metadata (W-8) ---- */

static cJSON *field_metadata(const cJSON *declared) {
  static const char *const FLAGS[] = {"nullable", "auto_generated", "creatable", "updatable"};
  cJSON *field = cJSON_Duplicate(declared, true);
  bool generated = cJSON_IsTrue(json_find(declared, "auto_generated"));
  for (size_t i = 0; i < sizeof FLAGS / sizeof FLAGS[0]; i++)
    if (!json_find(field, FLAGS[i])) cJSON_AddBoolToObject(field, FLAGS[i], i == 1 ? false : i == 3 ? !generated : true);
  return field;
}

static cJSON *relations_metadata(const struct model_object *object) {
  cJSON *list = cJSON_CreateArray();
  const struct model_service *service = object->service;
  for (size_t i = 0; i < service->relation_count; i++)
    if (service->relations[i].from == object)
      cJSON_AddItemToArray(list, cJSON_Duplicate(service->relations[i].json, true));
  return list;
}

static cJSON *default_operations(void) {
  static const char *const NAMES[] = {"get", "create", "update", "partialupdate", "delete"};
  cJSON *operations = cJSON_CreateObject();
  for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) cJSON_AddObjectToObject(operations, NAMES[i]);
  return operations;
}

/* What the model says beyond our own members (delta_context_field, operations as in W-12) is shown as it is. */
static cJSON *object_metadata(const struct model_object *object) {
  cJSON *json = cJSON_Duplicate(object->model, true), *fields = cJSON_CreateArray();
  const cJSON *item;
  cJSON_ArrayForEach(item, json_find(object->model, "fields")) cJSON_AddItemToArray(fields, field_metadata(item));
  cJSON_ReplaceItemInObjectCaseSensitive(json, "fields", fields);
  cJSON_DeleteItemFromObjectCaseSensitive(json, "name");
  cJSON_AddStringToObject(json, "name", short_name(object->name));
  if (!json_find(json, "relationships")) cJSON_AddItemToObject(json, "relationships", relations_metadata(object));
  if (!json_find(json, "operations")) cJSON_AddItemToObject(json, "operations", default_operations());
  return json;
}

static cJSON *find_namespace(cJSON *namespaces, const char *full_name) {
  char name[256];
  const char *dot = strrchr(full_name, '.');
  snprintf(name, sizeof name, "%.*s", dot ? (int)(dot - full_name) : 0, full_name);
  cJSON *space;
  cJSON_ArrayForEach(space, namespaces) {
    if (strcmp(json_find_string(space, "name"), name) == 0) return json_find(space, "objects");
  }
  space = cJSON_CreateObject();
  cJSON_AddStringToObject(space, "name", name);
  cJSON *objects = cJSON_AddArrayToObject(space, "objects");
  cJSON_AddItemToArray(namespaces, space);
  return objects;
}

cJSON *model_metadata(const struct model_service *service) {
  char timestamp[40];
  snprintf(timestamp, sizeof timestamp, "ts-%" PRIu64, service->schema);
  cJSON *json = cJSON_CreateObject();
  cJSON_AddItemToObject(json, "opstatus", json_create_integer(0));
  cJSON_AddStringToObject(json, "timestamp", timestamp);
  cJSON_AddBoolToObject(json, "offline", service->offline);
  cJSON_AddBoolToObject(json, "uploadCache", service->upload_cache);
  cJSON_AddStringToObject(json, "conflict_policy", policy_name(service->policy));
  cJSON *namespaces = cJSON_AddArrayToObject(json, "namespaces");
  for (size_t i = 0; i < service->object_count; i++)
    cJSON_AddItemToArray(find_namespace(namespaces, service->objects[i]->name), object_metadata(service->objects[i]));
  return json;
}
