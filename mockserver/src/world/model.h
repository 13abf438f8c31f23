/**
 * What a world serves: services, their objects and relations, as a scenario declared them.
 *
 * Always true: an object has at least one key column; pointers to services, objects and fields stay
 * valid while the world is open (the fields of an object until its model is declared anew); names are
 * data, never part of a statement or a path.
 */
#ifndef MOCK_WORLD_MODEL_H
#define MOCK_WORLD_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"
#include "world/bytes.h"
#include "world/key.h"
#include "world/row_index.h"

enum policy { POLICY_NONE, POLICY_CLIENT_WINS, POLICY_SERVER_WINS, POLICY_CUSTOM, POLICY_COUNT };

struct model_field {
  const char *name; /**< borrowed from the model's JSON */
  size_t name_len;
  char *label; /**< the name as a member of a JSON object begins: quoted, with its colon */
  size_t label_len;
  enum datatype type;
  unsigned kinds; /**< of values that nothing is wrong with, however they look: datatype_kinds(), without null where it is not allowed */
  unsigned kept;  /**< datatype_kept() */
  size_t length;  /**< that a text may have, in characters; SIZE_MAX = any */
  bool generated; /**< the server gives the value (W-16) */
  bool key;
};

/**
 * Does the member of a JSON text whose name, of `len` bytes, stands at `name` begin as the label of the field? There is
 * a value behind the name.
 */
static inline bool model_field_begins(const struct model_field *field, const char *name, size_t len) {
  return field->name_len == len && bytes_same(name - 1, field->label, field->label_len);
}

struct model_object {
  char *name;    /**< as clients name it: `namespace.object` when there is a namespace (W-3) */
  size_t name_len;
  int64_t id;    /**< of its own in the world */
  struct row_index rows; /**< rows.h */
  cJSON *model;  /**< as declared: what the metadata shows */
  struct model_field *fields;
  size_t field_count;
  uint64_t models; /**< counts them: rows of an older one have other columns */
  size_t *keys; /**< places in `fields`, in the order of the model's `key` */
  size_t key_count;
  bool has_binary;        /**< columns that do not travel in sync (W-15) */
  const char *softdelete; /**< W-26, or NULL */
  bool dropped;           /**< the service has it no more; what points to it stays valid */
  int64_t last_generated; /**< never goes back */
  struct model_service *service;
};

/** Column `source[i]` of `from` holds the same value as column `target[i]` of `to`. */
struct model_relation {
  struct model_object *from, *to;
  cJSON *json; /**< as the metadata shows it */
};

struct model_service {
  char *name;
  bool offline, upload_cache;
  char *version;
  char *base_url; /**< of the listener that the service document names for it, NULL = the world's own */
  bool metadata_there; /**< its metadata as well as its data */
  enum policy policy;
  int64_t response_wait_ms, resubmit_after_ms; /**< W-46 */
  uint64_t revision;                           /**< one for each committed change of a row, from 1: 0 is no delta (W-28) */
  uint64_t schema;                             /**< one for each declaration: the metadata's timestamp */
  struct model_object **objects;
  size_t object_count;
  struct model_object **dropped; /**< kept for what points to them */
  size_t dropped_count;
  struct model_relation *relations;
  size_t relation_count;
  int edit_metadata; /**< reference of a Lua function, 0 = none */
  int on_conflict;   /**< the same: what POLICY_CUSTOM asks (W-40) */
};

struct mock_world;

enum { MODEL_ERR_INVALID = 20 };

/** Declare a service, or give one of that name new options. Fails: MODEL_ERR_INVALID */
int model_add_service(struct mock_world *world, const char *name, const cJSON *options,
                      struct model_service **out, struct base_error *err);
/** Declare an object, or give one of that name a new model: rows stay (SET-03). */
int model_add_object(struct mock_world *world, struct model_service *service, const char *name,
                     const cJSON *model, struct model_object **out, struct base_error *err);
/** Take an object out of its service, with its relations. Its rows are out of reach. Fails: MOCK_ERR_MEMORY */
int model_drop_object(struct model_object *object, struct base_error *err);
int model_add_relation(struct model_service *service, struct model_object *from,
                       struct model_object *to, const cJSON *json, struct base_error *err);

struct model_service *model_find_service(const struct mock_world *world, const char *name);
/** By full name, or by the name without its namespace (W-3). */
struct model_object *model_find_object(const struct model_service *service, const char *name);
/** The same, of a name of `len` bytes; `service` is not NULL. */
struct model_object *model_find_object_named(const struct model_service *service, const char *name, size_t len);
const struct model_field *model_find_field(const struct model_object *object, const char *name);
/** The same, of a name of `len` bytes. */
const struct model_field *model_find_field_named(const struct model_object *object, const char *name, size_t len);

/** The part behind the namespace. */
const char *model_short_name(const char *name);
/** Do both name one object of the service, which may be NULL: the same name, or with its namespace and without (W-3)? */
bool model_same_object(const struct model_service *service, const char *one, const char *other);
const char *model_policy_name(enum policy policy);

void model_free_service(struct model_service *service);

/** The metadata of a service (W-8), the caller's. */
cJSON *model_metadata(const struct model_service *service);
/** Its timestamp now. Opaque to clients. */
void model_timestamp(const struct model_service *service, char out[40]);
/** Was this one given, now or before? */
bool model_knows_timestamp(const struct model_service *service, const char *text);

#endif
