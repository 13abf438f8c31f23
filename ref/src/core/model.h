/**
 * What setup learned: the services of the service document (W-1, W-2) and the objects, fields and
 * relationships of their metadata (W-8..W-12). Pure: texts in, structs out.
 *
 * Always true of a model on which vmx_model_finish() succeeded:
 *  - names of objects are unique over all services, also without regard to ASCII case (W-11);
 *  - each object has a field and a key; key[] ascends over distinct fields, and every index is valid;
 *  - objects[i].id counts from 0 over all services, in their order;
 *  - everything that is reachable lives in the model's arena, until vmx_model_free().
 */
#ifndef VMX_CORE_MODEL_H
#define VMX_CORE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/arena.h"
#include "core/value.h"

/** What an edit does to a row; an object's operations have these names (W-8, W-32). */
enum vmx_action { VMX_CREATE, VMX_UPDATE, VMX_PARTIAL_UPDATE, VMX_DELETE, VMX_ACTION_COUNT };

/** "create", "update", "partialupdate", "delete". */
const char *vmx_action_name(enum vmx_action action);

/** False: `name` (may be NULL) is no action's. */
bool vmx_action_read(const char *name, enum vmx_action *out);

struct vmx_field {
  const char *name;
  size_t name_len;
  enum vmx_datatype datatype;
  int64_t length; /**< characters; 0: no limit */
  bool nullable, auto_generated, creatable, updatable;
  bool key;
  bool travels;  /**< false for binary columns (W-15) */
  bool required; /**< a record without it is partial (W-17) */
};

enum vmx_relationship_type { VMX_ONE_TO_MANY, VMX_MANY_TO_ONE, VMX_ONE_TO_ONE };

struct vmx_relationship {
  const char *name;
  enum vmx_relationship_type type;
  const struct vmx_object *target;
  size_t count;                /**< pairs of fields */
  const size_t *source_fields; /**< indices into the declaring object's fields */
  const size_t *target_fields;
  bool cascade, backend_cascade_support;
};

/** A relationship seen from the foreign key: child_fields hold the values of parent_fields. */
struct vmx_link {
  const struct vmx_object *child, *parent;
  size_t count;
  const size_t *child_fields, *parent_fields;
  bool cascade, backend_cascade_support;
  bool nests; /**< some operation lists the child in the parent: see struct vmx_nesting */
};

/** One thing that may stand nested in a record (W-12); a list by `next`. */
struct vmx_nesting {
  const struct vmx_nesting *next;
  const struct vmx_object *child;
  unsigned actions;                 /**< bit a: the child's record may have the action a */
  const struct vmx_nesting *inside; /**< what may stand in it there, apart from what its own object lists */
};

struct vmx_service;

struct vmx_object {
  const char *name;       /**< "namespace.object", or the short name when the namespace is empty */
  const char *short_name; /**< the part behind the namespace; points into `name` */
  const struct vmx_service *service;
  size_t id;    /**< from 0 over the whole model */
  size_t index; /**< in service->objects */
  struct vmx_field *fields;
  size_t field_count;
  const size_t *key; /**< indices of the key fields, in the metadata's order */
  size_t key_count;
  const char *expand; /**< operations.get.$expand, or NULL */
  struct vmx_relationship *relationships;
  size_t relationship_count;
  const struct vmx_nesting *nests[VMX_ACTION_COUNT]; /**< by the action of this object's record */
};

struct vmx_service {
  const char *name, *url, *metadata_url;
  const char *version;  /**< or NULL */
  bool offline;         /**< false: left out of offline sync (W-1) */
  bool upload_cache;    /**< W-9: absent is off */
  bool hierarchical;    /**< W-12 */
  const char *metadata; /**< the text as it came, for storing; NULL before it was read */
  size_t metadata_len;
  const char *timestamp;
  struct vmx_object *objects;
  size_t object_count;
  struct vmx_link *links; /**< of all the service's objects */
  size_t link_count;
};

struct vmx_model {
  struct vmx_arena arena;
  const char *document; /**< the service document as it came */
  size_t document_len;
  struct vmx_service *services; /**< object services only, in the document's order */
  size_t service_count;
  size_t object_count; /**< after vmx_model_finish() */
};

/** NULL without memory. */
struct vmx_model *vmx_model_new(void);
void vmx_model_free(struct vmx_model *model);
static inline void vmx_model_cleanup(struct vmx_model **model) { vmx_model_free(*model); }

/**
 * Read the service document: fills model->services, without objects.
 * Fails: 2330 it is no JSON, or an entry lacks its type's url; 2460 out of memory
 */
int vmx_model_read_document(struct vmx_model *model, const char *text, size_t len,
                            struct base_error *err);

/**
 * Read the metadata of one service of the model.
 * Fails: W-10's codes, each naming object and field; 2330, 2339 for W-11; 2460 out of memory
 */
int vmx_model_read_metadata(struct vmx_model *model, struct vmx_service *service, const char *text,
                            size_t len, struct base_error *err);

/** Check what binds the services together and number the objects. Fails: 2330 naming both (W-11) */
int vmx_model_finish(struct vmx_model *model, struct base_error *err);

/** NULL when there is none. */
struct vmx_service *vmx_model_find_service(const struct vmx_model *model, const char *name);

/** By full name, or by short name when it is unique in the model; case-sensitive (W-3, OPT-19). */
const struct vmx_object *vmx_model_find_object(const struct vmx_model *model, const char *name);
const struct vmx_object *vmx_service_find_object(const struct vmx_service *service,
                                                 const char *name, size_t len);

/** The object that the reader's last key or string names, escapes honoured; NULL: none. */
const struct vmx_object *vmx_service_read_object(const struct vmx_service *service,
                                                 const struct json_reader *reader);

/** Index of the field, or -1. Case-sensitive. */
int vmx_object_find_field(const struct vmx_object *object, const char *name, size_t len);

/** The same for the key that the reader stands at. Most records name their fields in the same order: the
 *  field at `expected` is tried first, any number will do. */
int vmx_object_read_field(const struct vmx_object *object, const struct json_reader *reader,
                          size_t expected);

/**
 * The object whose records may stand nested in a downloaded record of `object` under the reader's last
 * key: a relationship has that name, or that target (DNL-13). NULL: none.
 */
const struct vmx_object *vmx_object_read_related(const struct vmx_object *object,
                                                 const struct json_reader *reader);

/** Are these fields the object's whole key? */
bool vmx_object_is_key(const struct vmx_object *object, const size_t *fields, size_t count);

/**
 * Append the key text of the row that `child` names through the link; false when its columns do not
 * say it. Without memory `key` has failed.
 */
bool vmx_link_parent_key(const struct vmx_link *link, const struct vmx_value *child,
                         struct base_buf *key);

/** What the list says of the child with this action; NULL: nothing. */
const struct vmx_nesting *vmx_nesting_find(const struct vmx_nesting *list,
                                           const struct vmx_object *child, enum vmx_action action);

#endif
