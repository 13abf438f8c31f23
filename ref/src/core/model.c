/* Finding things in a model, and what binds its services together. Reading is model_read.c's. */
#include "core/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/codes.h"

static const char *const action_names[VMX_ACTION_COUNT] = {[VMX_CREATE] = "create",
                                                           [VMX_UPDATE] = "update",
                                                           [VMX_PARTIAL_UPDATE] = "partialupdate",
                                                           [VMX_DELETE] = "delete"};

const char *vmx_action_name(enum vmx_action action) {
  assert((unsigned)action < VMX_ACTION_COUNT);
  return action_names[action];
}

bool vmx_action_read(const char *name, enum vmx_action *out) {
  for (int i = 0; name && i < VMX_ACTION_COUNT; i++)
    if (strcmp(action_names[i], name) == 0) {
      *out = (enum vmx_action)i;
      return true;
    }
  return false;
}

struct vmx_model *vmx_model_new(void) { return calloc(1, sizeof(struct vmx_model)); }

void vmx_model_free(struct vmx_model *model) {
  if (!model) return;
  vmx_arena_done(&model->arena);
  free(model);
}

struct vmx_service *vmx_model_find_service(const struct vmx_model *model, const char *name) {
  for (size_t i = 0; i < model->service_count; i++)
    if (strcmp(model->services[i].name, name) == 0) return &model->services[i];
  return NULL;
}

static bool equal(const char *name, const char *text, size_t len) {
  return strlen(name) == len && memcmp(name, text, len) == 0;
}

/* W-3: the full name, else the short one where only one object has it. */
static const struct vmx_object *better(const struct vmx_object *object, const char *name,
                                       size_t len, const struct vmx_object **by_short,
                                       size_t *short_count) {
  if (equal(object->name, name, len)) return object;
  if (equal(object->short_name, name, len)) {
    *by_short = object;
    ++*short_count;
  }
  return NULL;
}

const struct vmx_object *vmx_model_find_object(const struct vmx_model *model, const char *name) {
  const struct vmx_object *by_short = NULL, *found;
  size_t short_count = 0, len = strlen(name);
  for (size_t s = 0; s < model->service_count; s++)
    for (size_t i = 0; i < model->services[s].object_count; i++)
      if ((found = better(&model->services[s].objects[i], name, len, &by_short, &short_count)))
        return found;
  return short_count == 1 ? by_short : NULL;
}

const struct vmx_object *vmx_service_find_object(const struct vmx_service *service,
                                                 const char *name, size_t len) {
  const struct vmx_object *by_short = NULL, *found;
  size_t short_count = 0;
  for (size_t i = 0; i < service->object_count; i++)
    if ((found = better(&service->objects[i], name, len, &by_short, &short_count))) return found;
  return short_count == 1 ? by_short : NULL;
}

enum { NAME_MAX_BYTES = 512 }; /* of an escaped name in an answer */

/* The reader's last key or string, without its escapes; NULL: no object has so long a name. */
static const char *token_text(const struct json_reader *reader, char buf[NAME_MAX_BYTES],
                              size_t *len) {
  const char *raw = reader->text + reader->start;
  *len = reader->end - reader->start;
  if (!reader->escaped) return raw;
  if (*len > NAME_MAX_BYTES) return NULL;
  *len = json_unescape(raw, *len, buf);
  return buf;
}

const struct vmx_object *vmx_service_read_object(const struct vmx_service *service,
                                                 const struct json_reader *reader) {
  char buf[NAME_MAX_BYTES];
  size_t len;
  const char *name = token_text(reader, buf, &len);
  return name ? vmx_service_find_object(service, name, len) : NULL;
}

int vmx_object_find_field(const struct vmx_object *object, const char *name, size_t len) {
  for (size_t i = 0; i < object->field_count; i++)
    if (object->fields[i].name_len == len && memcmp(object->fields[i].name, name, len) == 0)
      return (int)i;
  return -1;
}

int vmx_object_read_field(const struct vmx_object *object, const struct json_reader *reader,
                          size_t expected) {
  if (reader->escaped) {
    for (size_t i = 0; i < object->field_count; i++)
      if (json_token_is(reader, object->fields[i].name)) return (int)i;
    return -1;
  }
  const char *name = reader->text + reader->start;
  size_t len = reader->end - reader->start;
  const struct vmx_field *field =
      &object->fields[expected < object->field_count ? expected : 0];
  if (field->name_len == len && memcmp(field->name, name, len) == 0)
    return (int)(field - object->fields);
  return vmx_object_find_field(object, name, len);
}

static bool names_object(const struct vmx_object *object, const char *name, size_t len) {
  return equal(object->name, name, len) || equal(object->short_name, name, len);
}

const struct vmx_object *vmx_object_read_related(const struct vmx_object *object,
                                                 const struct json_reader *reader) {
  char buf[NAME_MAX_BYTES];
  size_t len;
  const char *name = token_text(reader, buf, &len);
  for (size_t i = 0; name && i < object->relationship_count; i++) {
    const struct vmx_relationship *relationship = &object->relationships[i];
    if (names_object(relationship->target, name, len) || equal(relationship->name, name, len))
      return relationship->target;
  }
  for (size_t i = 0; name && i < object->service->link_count; i++) {
    const struct vmx_link *link = &object->service->links[i];
    if (link->parent == object && names_object(link->child, name, len)) return link->child;
  }
  return NULL;
}

bool vmx_object_is_key(const struct vmx_object *object, const size_t *fields, size_t count) {
  if (count != object->key_count) return false;
  for (size_t i = 0; i < count; i++)
    if (!object->fields[fields[i]].key) return false;
  return true;
}

bool vmx_link_parent_key(const struct vmx_link *link, const struct vmx_value *child,
                         struct base_buf *key) {
  struct vmx_value *parent = calloc(link->parent->field_count, sizeof *parent);
  if (!parent) {
    key->failed = true;
    return false;
  }
  for (size_t i = 0; i < link->count; i++)
    parent[link->parent_fields[i]] = child[link->child_fields[i]];
  bool said = vmx_key_text(key, link->parent, parent);
  free(parent);
  return said;
}

static const struct vmx_object *same_name(const struct vmx_model *model,
                                          const struct vmx_object *object) {
  for (size_t s = 0; s < model->service_count; s++)
    for (size_t i = 0; i < model->services[s].object_count; i++) {
      const struct vmx_object *other = &model->services[s].objects[i];
      if (other == object) return NULL;
      if (strcasecmp(other->name, object->name) == 0) return other;
    }
  return NULL;
}

int vmx_model_finish(struct vmx_model *model, struct base_error *err) {
  size_t id = 0;
  for (size_t s = 0; s < model->service_count; s++)
    for (size_t i = 0; i < model->services[s].object_count; i++) {
      struct vmx_object *object = &model->services[s].objects[i];
      const struct vmx_object *other = same_name(model, object);
      if (other) /* SET-04 */
        return base_fail(err, VMX_CODE_METADATA, "W-11",
                         "object %s of service %s has the name of object %s of service %s",
                         object->name, object->service->name, other->name, other->service->name);
      object->id = id++;
    }
  model->object_count = id;
  return 0;
}
