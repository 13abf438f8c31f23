/* The metadata of a service (W-8), from what was declared. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "world/model.h"

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
  cJSON_AddStringToObject(json, "name", model_short_name(object->name));
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

void model_timestamp(const struct model_service *service, char out[40]) {
  snprintf(out, 40, "ts-%" PRIu64, service->schema);
}

bool model_knows_timestamp(const struct model_service *service, const char *text) {
  uint64_t number;
  int end = 0;
  return sscanf(text, "ts-%" SCNu64 "%n", &number, &end) == 1 && text[end] == '\0' && number <= service->schema;
}

cJSON *model_metadata(const struct model_service *service) {
  char timestamp[40];
  model_timestamp(service, timestamp);
  cJSON *json = cJSON_CreateObject();
  cJSON_AddItemToObject(json, "opstatus", json_create_integer(0));
  cJSON_AddStringToObject(json, "timestamp", timestamp);
  cJSON_AddBoolToObject(json, "offline", service->offline);
  cJSON_AddBoolToObject(json, "uploadCache", service->upload_cache);
  cJSON_AddStringToObject(json, "conflict_policy", model_policy_name(service->policy));
  cJSON *namespaces = cJSON_AddArrayToObject(json, "namespaces");
  for (size_t i = 0; i < service->object_count; i++)
    cJSON_AddItemToArray(find_namespace(namespaces, service->objects[i]->name), object_metadata(service->objects[i]));
  return json;
}
