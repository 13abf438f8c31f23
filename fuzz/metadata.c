/*
 * Target: the service document and the metadata of services, up to the finished model. The first byte
 * chooses: bit 0 clear, the rest is the metadata of the only service of a fixed document; set, the
 * rest is the service document.
 *
 * Held (wire.md W-1..W-12): a refusal has a code of the list and says why in one line of UTF-8; a
 * finished model keeps the invariants of core/model.h; object names are unique in any ASCII case; an
 * object is found again by its full name; reading the same text twice gives the same.
 */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "core/codes.h"
#include "core/model.h"
#include "oracle.h"
#include "spending.h"

/* Of reading up to the model. */
static const struct spending most = {.steps = 20000, .steps_each = 250, .bytes = 48 * 1024, .bytes_each = 100};

static const char document[] =
    "{\"services_meta\":{\"Org\":{\"type\":\"objectsvc\",\"url\":\"http://h/services/data/v1/Org\","
    "\"metadata_url\":\"http://h/services/metadata/v1/Org\",\"version\":\"1.0\"}}}";

static void check_refusal(int status, const struct base_error *err) {
  MUST(err->code == status && vmx_code_find(status));
  MUST(err->text[0] && utf8_valid(err->text, strlen(err->text)));
  MUST(!strchr(err->text, '\n'));
}

static void check_indices(const size_t *indices, size_t count, const struct vmx_object *object) {
  for (size_t i = 0; i < count; i++) MUST(indices[i] < object->field_count);
}

static void check_fields(const struct vmx_object *object) {
  MUST(object->field_count > 0 && object->key_count > 0);
  check_indices(object->key, object->key_count, object);
  for (size_t i = 0; i < object->key_count; i++) MUST(object->fields[object->key[i]].key);
  for (size_t i = 0; i < object->field_count; i++) {
    const struct vmx_field *field = &object->fields[i];
    MUST(field->name_len > 0 && strlen(field->name) == field->name_len);
    MUST(vmx_object_find_field(object, field->name, field->name_len) == (int)i);
    MUST(!field->travels || field->datatype != VMX_BINARY);
  }
}

static void check_links(const struct vmx_service *service) {
  for (size_t i = 0; i < service->link_count; i++) {
    const struct vmx_link *link = &service->links[i];
    check_indices(link->child_fields, link->count, link->child);
    check_indices(link->parent_fields, link->count, link->parent);
  }
}

/* W-12, W-47: what nests is related, and has a name of its own in the record. */
static void check_nesting(const struct vmx_object *parent, const struct vmx_nesting *list) {
  for (; list; list = list->next) {
    const struct vmx_service *service = parent->service;
    bool related = false;
    for (size_t i = 0; i < service->link_count; i++) {
      const struct vmx_link *link = &service->links[i];
      related = related || (link->parent == parent && link->child == list->child && link->nests) ||
                (link->parent == list->child && link->child == parent);
    }
    MUST(related && vmx_object_find_field(parent, list->child->name, strlen(list->child->name)) < 0);
    check_nesting(list->child, list->inside);
  }
}

/* W-11 */
static void check_names(const struct vmx_object *object) {
  size_t generated = 0;
  for (size_t i = 0; i < object->key_count; i++) generated += object->fields[object->key[i]].auto_generated;
  MUST(generated <= 1);
  for (size_t i = 0; i < object->field_count; i++) {
    const struct vmx_field *field = &object->fields[i];
    MUST(strcasecmp(field->name, "_metadata") != 0);
    MUST(!field->auto_generated || field->datatype != VMX_STRING);
    for (size_t k = 0; k < i; k++) MUST(strcasecmp(object->fields[k].name, field->name) != 0);
  }
}

static void check_unique(const struct vmx_model *model, const struct vmx_object *object) {
  for (size_t s = 0; s < model->service_count; s++)
    for (size_t i = 0; i < model->services[s].object_count; i++) {
      const struct vmx_object *other = &model->services[s].objects[i];
      if (other != object) MUST(strcasecmp(other->name, object->name) != 0);
    }
}

static void check_object(const struct vmx_model *model, const struct vmx_object *object, size_t id) {
  MUST(object->id == id && object->service);
  MUST(strlen(object->short_name) <= strlen(object->name));
  MUST(vmx_model_find_object(model, object->name) == object);
  check_names(object);
  check_fields(object);
  check_unique(model, object);
  for (int action = 0; action < VMX_ACTION_COUNT; action++)
    check_nesting(object, object->nests[action]);
  for (size_t i = 0; i < object->relationship_count; i++) {
    const struct vmx_relationship *relationship = &object->relationships[i];
    check_indices(relationship->source_fields, relationship->count, object);
    check_indices(relationship->target_fields, relationship->count, relationship->target);
  }
}

static void check_model(const struct vmx_model *model) {
  size_t id = 0;
  for (size_t s = 0; s < model->service_count; s++) {
    const struct vmx_service *service = &model->services[s];
    MUST(vmx_model_find_service(model, service->name) == service);
    for (size_t i = 0; i < service->object_count; i++) {
      MUST(service->objects[i].index == i && service->objects[i].service == service);
      check_object(model, &service->objects[i], id++);
    }
    check_links(service);
  }
  MUST(model->object_count == id);
}

/* Reads up to the finished model; the code of the first refusal. */
static int read_all(struct vmx_model *model, const char *text, size_t len, bool is_document,
                    struct base_error *err) {
  int status = is_document ? vmx_model_read_document(model, text, len, err)
                           : vmx_model_read_document(model, document, sizeof document - 1, err);
  if (status == 0 && !is_document)
    status = vmx_model_read_metadata(model, &model->services[0], text, len, err);
  return status == 0 ? vmx_model_finish(model, err) : status;
}

static int run_once(const char *text, size_t len, bool is_document, struct base_error *err) {
  CLEANUP(vmx_model_cleanup) struct vmx_model *model = vmx_model_new();
  MUST(model);
  spending_begin();
  int status = read_all(model, text, len, is_document, err);
  spending_end(&most, len);
  if (status != 0) check_refusal(status, err);
  else check_model(model);
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  struct base_error first = {0}, second = {0};
  const char *text = (const char *)data + 1;
  bool is_document = data[0] & 1;
  MUST(run_once(text, size - 1, is_document, &first) == run_once(text, size - 1, is_document, &second));
  MUST(strcmp(first.text, second.text) == 0);
  return 0;
}
