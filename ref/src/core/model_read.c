/* Service document and metadata from JSON (W-1, W-2, W-8..W-12); what nests is model_nesting.c's. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "core/codes.h"
#include "core/model.h"
#include "core/model_nesting.h"

/* What the functions below hand around. */
struct reading {
  struct vmx_model *model;
  struct vmx_service *service;
  struct base_error *err;
};

static int no_memory(struct base_error *err) {
  return base_fail(err, VMX_CODE_SYNC, "", "out of memory");
}

static const char *copy(struct vmx_model *model, const char *text) {
  return vmx_arena_text(&model->arena, text, strlen(text));
}

/* ---- service document ------------------------------------------------------------------------ */

static bool is_object_service(const cJSON *entry) {
  const char *type = json_find_string(entry, "type");
  return type && strcmp(type, "objectsvc") == 0;
}

static int read_service(struct vmx_model *model, const cJSON *entry, struct vmx_service *out,
                        struct base_error *err) {
  const char *url = json_find_string(entry, "url");
  const char *metadata_url = json_find_string(entry, "metadata_url");
  const char *version = json_find_string(entry, "version");
  if (!url || !*url || !metadata_url || !*metadata_url)
    return base_fail(err, VMX_CODE_METADATA, "W-1",
                     "the service document gives service %s no %s", entry->string,
                     !url || !*url ? "url" : "metadata_url");
  *out = (struct vmx_service){.name = copy(model, entry->string),
                              .url = copy(model, url),
                              .metadata_url = copy(model, metadata_url),
                              .version = version ? copy(model, version) : NULL,
                              .offline = !cJSON_IsFalse(json_find(entry, "offline"))};
  bool complete = out->name && out->url && out->metadata_url && (!version || out->version);
  return complete ? 0 : no_memory(err);
}

/* What json_parse() said becomes the failure of `what`: bad metadata, or no memory. */
static int no_tree(int problem, const char *what, const char *name, struct base_error *err) {
  int code = problem == JSON_ERR_MEMORY ? VMX_CODE_SYNC : VMX_CODE_METADATA;
  base_fail_within(err, "%s%s", what, name);
  if (err) err->code = code;
  return code;
}

int vmx_model_read_document(struct vmx_model *model, const char *text, size_t len,
                            struct base_error *err) {
  CLEANUP(json_free) cJSON *root = NULL;
  int problem = json_parse(text, len, JSON_REPEATED_REFUSED, &root, err);
  if (problem != 0) return no_tree(problem, "the service document", "", err);
  const cJSON *map = json_find(root, "services_meta");
  if (!cJSON_IsObject(map))
    return base_fail(err, VMX_CODE_METADATA, "W-1", "the service document has no services_meta");
  model->document = vmx_arena_text(&model->arena, text, len);
  model->document_len = len;
  model->services = vmx_arena_array(&model->arena, (size_t)cJSON_GetArraySize(map),
                                    sizeof *model->services);
  if (!model->document || !model->services) return no_memory(err);
  for (const cJSON *entry = map->child; entry; entry = entry->next) {
    if (!is_object_service(entry)) continue;
    int status = read_service(model, entry, &model->services[model->service_count], err);
    if (status != 0) return status;
    model->service_count++;
  }
  return 0;
}

/* ---- fields and keys ------------------------------------------------------------------------- */

static enum vmx_datatype datatype_of(const cJSON *entry) {
  static const struct {
    const char *name;
    enum vmx_datatype datatype;
  } names[] = {{"number", VMX_NUMBER},
               {"boolean", VMX_BOOLEAN},
               {"date", VMX_DATE},
               {"binary", VMX_BINARY}};
  const char *name = json_find_string(entry, "datatype");
  for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
    if (strcasecmp(names[i].name, name) == 0) return names[i].datatype;
  return VMX_STRING;
}

static int check_field_name(struct reading *r, const struct vmx_object *object, const char *name) {
  if (!name || !*name)
    return base_fail(r->err, VMX_CODE_FIELD_EMPTY, "W-10", "object %s has a field without a name",
                     object->name);
  if (strcasecmp(name, "_metadata") == 0)
    return base_fail(r->err, VMX_CODE_METADATA, "W-11", "object %s has a field called %s",
                     object->name, name);
  for (size_t i = 0; i < object->field_count; i++)
    if (strcasecmp(object->fields[i].name, name) == 0)
      return base_fail(r->err, VMX_CODE_METADATA, "W-11",
                       "object %s has fields %s and %s, one name without regard to case",
                       object->name, object->fields[i].name, name);
  return 0;
}

static int read_field(struct reading *r, const cJSON *entry, const char *softdelete,
                      struct vmx_object *object) {
  const char *name = json_find_string(entry, "name");
  int status = check_field_name(r, object, name);
  if (status != 0) return status;
  struct vmx_field *field = &object->fields[object->field_count];
  field->name = copy(r->model, name);
  if (!field->name) return no_memory(r->err);
  field->name_len = strlen(name);
  field->datatype = datatype_of(entry);
  int64_t length = 0;
  const cJSON *given = json_find(entry, "length");
  if (given && json_integer(given, &length) && length > 0) field->length = length;
  field->nullable = !cJSON_IsFalse(json_find(entry, "nullable"));
  field->auto_generated = cJSON_IsTrue(json_find(entry, "auto_generated"));
  field->creatable = !cJSON_IsFalse(json_find(entry, "creatable"));
  field->updatable = !cJSON_IsFalse(json_find(entry, "updatable"));
  field->travels = field->datatype != VMX_BINARY;
  field->required = field->travels && !(softdelete && strcmp(softdelete, name) == 0); /* W-17 */
  object->field_count++;
  if (field->auto_generated && field->datatype == VMX_STRING)
    return base_fail(r->err, VMX_CODE_METADATA_KEYS, "W-11",
                     "%s.%s is a generated string, which does not exist", object->name, name);
  return 0;
}

static int read_fields(struct reading *r, const cJSON *entry, struct vmx_object *object) {
  const cJSON *fields = json_find(entry, "fields");
  size_t count = cJSON_IsArray(fields) ? (size_t)cJSON_GetArraySize(fields) : 0;
  if (count == 0)
    return base_fail(r->err, VMX_CODE_NO_FIELDS, "W-10", "object %s has no fields", object->name);
  object->fields = vmx_arena_array(&r->model->arena, count, sizeof *object->fields);
  if (!object->fields) return no_memory(r->err);
  const char *softdelete = json_find_string(entry, "softdelete_field");
  int status = 0;
  for (const cJSON *field = fields->child; field && status == 0; field = field->next)
    status = read_field(r, field, softdelete, object);
  return status;
}

static int add_key_field(struct reading *r, struct vmx_object *object, size_t *key,
                         const cJSON *name) {
  const char *text = cJSON_GetStringValue(name);
  int index = text ? vmx_object_find_field(object, text, strlen(text)) : -1;
  if (index < 0)
    return base_fail(r->err, VMX_CODE_NO_KEY, "W-10", "the key of object %s names no field of it",
                     object->name);
  if (object->fields[index].key || !object->fields[index].travels)
    return base_fail(r->err, VMX_CODE_METADATA_KEYS, "W-11", "%s.%s cannot be %s", object->name,
                     text, object->fields[index].key ? "twice in the key" : "a key: it is binary");
  object->fields[index].key = true;
  key[object->key_count++] = (size_t)index;
  return 0;
}

static int read_key(struct reading *r, const cJSON *entry, struct vmx_object *object) {
  const cJSON *names = json_find(entry, "key");
  size_t count = cJSON_IsArray(names) ? (size_t)cJSON_GetArraySize(names) : 0;
  if (count == 0)
    return base_fail(r->err, VMX_CODE_NO_KEY, "W-10", "object %s has no key", object->name);
  size_t *key = vmx_arena_array(&r->model->arena, count, sizeof *key), generated = 0;
  if (!key) return no_memory(r->err);
  object->key = key;
  for (const cJSON *name = names->child; name; name = name->next) {
    int status = add_key_field(r, object, key, name);
    if (status != 0) return status;
    generated += object->fields[key[object->key_count - 1]].auto_generated;
  }
  if (generated > 1)
    return base_fail(r->err, VMX_CODE_METADATA_KEYS, "W-11",
                     "the key of object %s has more than one generated column", object->name);
  return 0;
}

/* ---- objects --------------------------------------------------------------------------------- */

/* W-12: an action of the operation's list names supported objects. */
static bool supports_objects(const cJSON *operation) {
  const cJSON *actions = json_find(operation, "actions");
  for (const cJSON *action = cJSON_IsArray(actions) ? actions->child : NULL; action;
       action = action->next) {
    const cJSON *supported = json_find(action, "supportedObjects");
    if (cJSON_IsArray(supported) && supported->child) return true;
  }
  return false;
}

static int read_operations(struct reading *r, const cJSON *entry, struct vmx_object *object) {
  const cJSON *operations = json_find(entry, "operations");
  const char *expand = json_find_string(json_find(operations, "get"), "$expand");
  if (expand && *expand && !(object->expand = copy(r->model, expand))) return no_memory(r->err);
  for (const cJSON *one = cJSON_IsObject(operations) ? operations->child : NULL; one;
       one = one->next)
    if (strcmp(one->string, "get") != 0 && supports_objects(one)) r->service->hierarchical = true;
  return 0;
}

static int name_object(struct reading *r, const char *namespace_name, const cJSON *entry,
                       struct vmx_object *object) {
  const char *name = json_find_string(entry, "name");
  if (!name || !*name)
    return base_fail(r->err, VMX_CODE_OBJECT_EMPTY, "W-10",
                     "service %s has an object without a name", r->service->name);
  size_t prefix = *namespace_name ? strlen(namespace_name) + 1 : 0, len = strlen(name);
  char *full = vmx_arena_alloc(&r->model->arena, prefix + len + 1);
  if (!full) return no_memory(r->err);
  snprintf(full, prefix + len + 1, "%s%s%s", namespace_name, prefix ? "." : "", name);
  object->name = full;
  object->short_name = full + prefix;
  return 0;
}

static int read_object(struct reading *r, const char *namespace_name, const cJSON *entry) {
  struct vmx_service *service = r->service;
  struct vmx_object *object = &service->objects[service->object_count];
  object->service = service;
  object->index = service->object_count;
  int status = name_object(r, namespace_name, entry, object);
  if (status == 0) status = read_fields(r, entry, object);
  if (status == 0) status = read_key(r, entry, object);
  if (status == 0) status = read_operations(r, entry, object);
  if (status == 0) service->object_count++;
  return status;
}

/* ---- relationships --------------------------------------------------------------------------- */

static int read_pair_side(struct reading *r, const struct vmx_object *object, const char *relation,
                          const struct vmx_object *side, const cJSON *names, size_t count,
                          const size_t **out) {
  size_t *fields = vmx_arena_array(&r->model->arena, count, sizeof *fields), i = 0;
  if (!fields) return no_memory(r->err);
  for (const cJSON *name = names->child; name; name = name->next, i++) {
    const char *text = cJSON_GetStringValue(name);
    int index = text ? vmx_object_find_field(side, text, strlen(text)) : -1;
    if (index < 0)
      return base_fail(r->err, VMX_CODE_RELATION_TARGET, "W-10",
                       "relationship %s of object %s names the field \"%s\", which %s has not",
                       relation, object->name, text ? text : "", side->name);
    fields[i] = (size_t)index;
  }
  *out = fields;
  return 0;
}

static int read_relationship_type(struct reading *r, const struct vmx_object *object,
                                  const cJSON *entry, struct vmx_relationship *out) {
  static const char *const names[] = {[VMX_ONE_TO_MANY] = "OneToMany",
                                      [VMX_MANY_TO_ONE] = "ManyToOne",
                                      [VMX_ONE_TO_ONE] = "OneToOne"};
  const char *type = json_find_string(entry, "type");
  for (size_t i = 0; type && i < 3; i++)
    if (strcmp(names[i], type) == 0) {
      out->type = (enum vmx_relationship_type)i;
      return 0;
    }
  return base_fail(r->err, VMX_CODE_RELATION_TYPE, "W-10",
                   "relationship %s of object %s has the type \"%s\"", out->name, object->name,
                   type ? type : "");
}

/* Both sides name as many fields, one at least. W-47: in a hierarchical service that has a code of its
 * own (HIE-03). */
static int check_pairs(struct reading *r, const struct vmx_object *object,
                       const struct vmx_relationship *relationship, const cJSON *sources,
                       const cJSON *targets) {
  int source_count = cJSON_IsArray(sources) ? cJSON_GetArraySize(sources) : 0;
  int target_count = cJSON_IsArray(targets) ? cJSON_GetArraySize(targets) : 0;
  if (source_count == target_count && source_count > 0) return 0;
  if (source_count != target_count && r->service->hierarchical)
    return base_fail(r->err, VMX_CODE_KEY_COUNTS, "W-47",
                     "relationship %s of object %s pairs %d fields with %d of %s", relationship->name,
                     object->name, source_count, target_count, relationship->target->name);
  return base_fail(r->err, VMX_CODE_RELATION_TARGET, "W-10",
                   "relationship %s of object %s does not pair its fields", relationship->name,
                   object->name);
}

static int read_relationship(struct reading *r, struct vmx_object *object, const cJSON *entry) {
  struct vmx_relationship *out = &object->relationships[object->relationship_count];
  const char *name = json_find_string(entry, "name");
  const char *target = json_find_string(entry, "target_object");
  out->name = copy(r->model, name ? name : "");
  if (!out->name) return no_memory(r->err);
  int status = read_relationship_type(r, object, entry, out);
  if (status != 0) return status;
  out->target = target ? vmx_service_find_object(r->service, target, strlen(target)) : NULL;
  if (!out->target)
    return base_fail(r->err, VMX_CODE_RELATION_TARGET, "W-10",
                     "relationship %s of object %s names an unknown object", out->name, object->name);
  const cJSON *sources = json_find(entry, "source_fields");
  const cJSON *targets = json_find(entry, "target_fields");
  status = check_pairs(r, object, out, sources, targets);
  if (status != 0) return status;
  out->count = (size_t)cJSON_GetArraySize(sources);
  out->cascade = cJSON_IsTrue(json_find(entry, "cascade"));
  out->backend_cascade_support = cJSON_IsTrue(json_find(entry, "backend_cascade_support"));
  status = read_pair_side(r, object, out->name, object, sources, out->count, &out->source_fields);
  if (status == 0)
    status = read_pair_side(r, object, out->name, out->target, targets, out->count,
                            &out->target_fields);
  if (status == 0) object->relationship_count++;
  return status;
}

static int read_relationships(struct reading *r, struct vmx_object *object, const cJSON *entry) {
  const cJSON *list = json_find(entry, "relationships");
  size_t count = cJSON_IsArray(list) ? (size_t)cJSON_GetArraySize(list) : 0;
  object->relationships = vmx_arena_array(&r->model->arena, count, sizeof *object->relationships);
  if (!object->relationships) return no_memory(r->err);
  int status = 0;
  for (const cJSON *one = count ? list->child : NULL; one && status == 0; one = one->next)
    status = read_relationship(r, object, one);
  return status;
}

/* Of a one-to-one relationship the child is the side that does not bring its whole key. */
static bool declared_by_child(const struct vmx_object *object,
                              const struct vmx_relationship *relationship) {
  if (relationship->type != VMX_ONE_TO_ONE) return relationship->type == VMX_MANY_TO_ONE;
  return !vmx_object_is_key(object, relationship->source_fields, relationship->count) &&
         vmx_object_is_key(relationship->target, relationship->target_fields, relationship->count);
}

static void add_link(struct vmx_service *service, const struct vmx_object *object,
                     const struct vmx_relationship *from) {
  bool child = declared_by_child(object, from);
  service->links[service->link_count++] = (struct vmx_link){
      .child = child ? object : from->target,
      .parent = child ? from->target : object,
      .count = from->count,
      .child_fields = child ? from->source_fields : from->target_fields,
      .parent_fields = child ? from->target_fields : from->source_fields,
      .cascade = from->cascade,
      .backend_cascade_support = from->backend_cascade_support};
}

static int make_links(struct reading *r) {
  struct vmx_service *service = r->service;
  size_t count = 0;
  for (size_t i = 0; i < service->object_count; i++) count += service->objects[i].relationship_count;
  service->links = vmx_arena_array(&r->model->arena, count, sizeof *service->links);
  if (!service->links) return no_memory(r->err);
  for (size_t i = 0; i < service->object_count; i++)
    for (size_t k = 0; k < service->objects[i].relationship_count; k++)
      add_link(service, &service->objects[i], &service->objects[i].relationships[k]);
  return 0;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static size_t count_objects(const cJSON *namespaces) {
  size_t count = 0;
  for (const cJSON *one = namespaces->child; one; one = one->next)
    count += (size_t)cJSON_GetArraySize(json_find(one, "objects"));
  return count;
}

static int read_nesting(struct reading *r, struct vmx_object *object, const cJSON *entry) {
  return vmx_nesting_read(r->model, r->service, object, json_find(entry, "operations"), r->err);
}

/* What is read of an object once all are there. */
typedef int read_more(struct reading *r, struct vmx_object *object, const cJSON *entry);

/* Reads each object of the metadata (`more` NULL), or more of each. */
static int read_namespaces(struct reading *r, const cJSON *namespaces, read_more *more) {
  size_t index = 0;
  for (const cJSON *one = namespaces->child; one; one = one->next) {
    const char *name = json_find_string(one, "name");
    const cJSON *objects = json_find(one, "objects");
    for (const cJSON *entry = cJSON_IsArray(objects) ? objects->child : NULL; entry;
         entry = entry->next) {
      int status = more ? more(r, &r->service->objects[index++], entry)
                        : read_object(r, name ? name : "", entry);
      if (status != 0) return status;
    }
  }
  return 0;
}

static int read_timestamp(struct reading *r, const cJSON *root) {
  char scratch[32];
  const cJSON *timestamp = json_find(root, "timestamp");
  const char *text = cJSON_GetStringValue(timestamp);
  if (timestamp && json_is_number(timestamp)) text = json_number_text(timestamp, scratch);
  if (!text || !*text)
    return base_fail(r->err, VMX_CODE_NO_TIMESTAMP, "W-10",
                     "the metadata of service %s has no timestamp", r->service->name);
  r->service->timestamp = copy(r->model, text);
  return r->service->timestamp ? 0 : no_memory(r->err);
}

/* SET-06: what a service must have to be synced, told in the order of W-10. */
static int read_root(struct reading *r, const cJSON *root) {
  int status = read_timestamp(r, root);
  if (status != 0) return status;
  const cJSON *namespaces = json_find(root, "namespaces");
  if (!cJSON_IsArray(namespaces) || !namespaces->child)
    return base_fail(r->err, VMX_CODE_NO_NAMESPACES, "W-10",
                     "the metadata of service %s has no namespaces", r->service->name);
  size_t count = count_objects(namespaces);
  if (count == 0)
    return base_fail(r->err, VMX_CODE_NO_OBJECTS, "W-10",
                     "the metadata of service %s has no objects", r->service->name);
  r->service->upload_cache = cJSON_IsTrue(json_find(root, "uploadCache")); /* W-9 */
  r->service->objects = vmx_arena_array(&r->model->arena, count, sizeof *r->service->objects);
  if (!r->service->objects) return no_memory(r->err);
  status = read_namespaces(r, namespaces, NULL);
  if (status == 0) status = read_namespaces(r, namespaces, read_relationships);
  if (status == 0) status = make_links(r);
  return status == 0 ? read_namespaces(r, namespaces, read_nesting) : status;
}

static bool blank(const char *text, size_t len) {
  return strspn(text, " \t\r\n") >= len;
}

int vmx_model_read_metadata(struct vmx_model *model, struct vmx_service *service, const char *text,
                            size_t len, struct base_error *err) {
  CLEANUP(json_free) cJSON *root = NULL;
  char *kept = vmx_arena_text(&model->arena, text, len);
  if (!kept) return no_memory(err);
  if (len == 0 || blank(kept, len))
    return base_fail(err, VMX_CODE_METADATA_EMPTY, "W-10", "the metadata of service %s is empty",
                     service->name);
  int problem = json_parse(kept, len, JSON_REPEATED_REFUSED, &root, err);
  if (problem != 0) return no_tree(problem, "the metadata of service ", service->name, err);
  service->metadata = kept;
  service->metadata_len = len;
  struct reading reading = {.model = model, .service = service, .err = err};
  return read_root(&reading, root);
}
