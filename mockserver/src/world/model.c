#include "world/model.h"

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

const char *model_policy_name(enum policy policy) {
  return POLICIES[policy].name;
}

struct model_service *model_find_service(const struct mock_world *world, const char *name) {
  for (size_t i = 0; name && i < world->service_count; i++)
    if (strcmp(world->services[i]->name, name) == 0) return world->services[i];
  return NULL;
}

const char *model_short_name(const char *name) {
  const char *dot = strrchr(name, '.');
  return dot ? dot + 1 : name;
}

bool model_same_object(const struct model_service *service, const char *one, const char *other) {
  if (strcmp(one, other) == 0) return true;
  const struct model_object *object = model_find_object(service, one);
  return object && object == model_find_object(service, other);
}

struct model_object *model_find_object_named(const struct model_service *service, const char *name, size_t len) {
  for (size_t i = 0; i < service->object_count; i++) {
    struct model_object *object = service->objects[i];
    if (object->name_len == len && bytes_same(object->name, name, len)) return object;
  }
  for (size_t i = 0; i < service->object_count; i++) {
    const char *last = model_short_name(service->objects[i]->name);
    if (strlen(last) == len && memcmp(last, name, len) == 0) return service->objects[i];
  }
  return NULL;
}

struct model_object *model_find_object(const struct model_service *service, const char *name) {
  return service && name ? model_find_object_named(service, name, strlen(name)) : NULL;
}

const struct model_field *model_find_field_named(const struct model_object *object, const char *name, size_t len) {
  for (const struct model_field *field = object->fields; field < object->fields + object->field_count; field++)
    if (field->name_len == len && memcmp(field->name, name, len) == 0) return field;
  return NULL;
}

const struct model_field *model_find_field(const struct model_object *object, const char *name) {
  return name ? model_find_field_named(object, name, strlen(name)) : NULL;
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
  service->revision = 1;
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

/* ---- relations that are no more ---- */

static bool columns_exist(const struct model_object *object, const cJSON *names) {
  const cJSON *item;
  cJSON_ArrayForEach(item, names) {
    if (!model_find_field(object, cJSON_GetStringValue(item))) return false;
  }
  return cJSON_GetArraySize(names) > 0;
}

/* Those of dropped objects and columns. */
static void drop_stale_relations(struct model_service *service) {
  size_t kept = 0;
  for (size_t i = 0; i < service->relation_count; i++) {
    struct model_relation relation = service->relations[i];
    bool stale = relation.from->dropped || relation.to->dropped ||
                 !columns_exist(relation.from, json_find(relation.json, "source_fields")) ||
                 !columns_exist(relation.to, json_find(relation.json, "target_fields"));
    if (stale) cJSON_Delete(relation.json);
    else service->relations[kept++] = relation;
  }
  service->relation_count = kept;
}

/* ---- objects ---- */

static void write_label(struct model_field *field) {
  struct base_buf label = BASE_BUF_INIT;
  field->name_len = strlen(field->name);
  json_quote(&label, field->name, field->name_len);
  base_buf_char(&label, ':');
  field->label_len = label.len;
  field->label = base_buf_steal(&label);
}

/* A value that the server gives may be left to it. */
static void read_bounds(struct model_field *field, const cJSON *declared) {
  int64_t length = field->type == TYPE_STRING ? number_option(declared, "length", 0) : 0;
  bool required = cJSON_IsFalse(json_find(declared, "nullable")) && !field->generated && field->type != TYPE_BINARY;
  field->kinds = datatype_kinds(field->type);
  field->kept = datatype_kept(field->type);
  if (required) field->kinds &= ~(1U << VALUE_ABSENT | 1U << VALUE_NULL);
  field->length = length > 0 ? (size_t)length : SIZE_MAX;
}

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
    read_bounds(field, item);
    object->has_binary = object->has_binary || field->type == TYPE_BINARY;
    write_label(field);
    if (!field->label) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
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
  for (size_t i = 0; i < object->field_count; i++) free(object->fields[i].label);
  cJSON_Delete(object->model);
  free(object->fields);
  free(object->keys);
}

static void free_object(struct model_object *object) {
  if (!object) return;
  done_model(object);
  row_index_done(&object->rows);
  free(object->name);
  free(object);
}

static int new_object(const char *name, const cJSON *model, struct model_object **out, struct base_error *err) {
  struct model_object *object = calloc(1, sizeof *object);
  if (!object || !(object->name = strdup(name)) || !(object->model = cJSON_Duplicate(model, true))) {
    free_object(object);
    return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  }
  object->name_len = strlen(name);
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
  object->models++;
  object->fields = fresh->fields;
  object->field_count = fresh->field_count;
  object->keys = fresh->keys;
  object->key_count = fresh->key_count;
  object->has_binary = fresh->has_binary;
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
  drop_stale_relations(service);
  service->schema++;
  *out = object;
  return 0;
}

int model_drop_object(struct model_object *object, struct base_error *err) {
  struct model_service *service = object->service;
  struct model_object **list = realloc(service->dropped, (service->dropped_count + 1) * sizeof(struct model_object *));
  if (!list) return base_fail(err, MOCK_ERR_MEMORY, "", "out of memory");
  service->dropped = list;
  service->dropped[service->dropped_count++] = object;
  object->dropped = true;
  size_t kept = 0;
  for (size_t i = 0; i < service->object_count; i++)
    if (service->objects[i] != object) service->objects[kept++] = service->objects[i];
  service->object_count = kept;
  drop_stale_relations(service);
  service->schema++;
  return 0;
}

/* ---- relations ---- */

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
  for (size_t i = 0; i < service->dropped_count; i++) free_object(service->dropped[i]);
  for (size_t i = 0; i < service->relation_count; i++) cJSON_Delete(service->relations[i].json);
  free(service->objects);
  free(service->dropped);
  free(service->relations);
  free(service->version);
  free(service->base_url);
  free(service->name);
  free(service);
}
