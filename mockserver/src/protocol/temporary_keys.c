#include "protocol/temporary_keys.h"

#include <inttypes.h>
#include <string.h>

#include "base/decimal.h"

bool temporary_value(const cJSON *value, int64_t *out) {
  char scratch[32];
  const char *digits = value_digits(value, scratch);
  return digits && decimal_integer(digits, strlen(digits), out) && *out < 0;
}

static void write_name(struct base_buf *name, const struct model_object *object, const char *column, int64_t temporary) {
  base_buf_printf(name, "%" PRId64 ":%" PRId64 ":%s", object->id, temporary, column);
}

/* Of one that comes again the newest counts: a client's counter never goes back (W-16). */
void temporary_add(struct temporary_keys *keys, const struct model_object *object, const char *column,
                   int64_t temporary, int64_t given) {
  struct base_buf name = BASE_BUF_INIT;
  write_name(&name, object, column, temporary);
  byte_map_put(&keys->given, &name, given);
  base_buf_done(&name);
}

static const int64_t *find(const struct temporary_keys *keys, const struct model_object *object, const char *column,
                           int64_t temporary) {
  struct base_buf name = BASE_BUF_INIT;
  write_name(&name, object, column, temporary);
  const int64_t *given = byte_map_find(&keys->given, &name);
  base_buf_done(&name);
  return given;
}

static void resolve_own(const struct temporary_keys *keys, const struct model_object *object, const cJSON *record,
                        cJSON *resolved) {
  int64_t value;
  for (size_t i = 0; i < object->key_count; i++) {
    const struct model_field *field = &object->fields[object->keys[i]];
    if (!field->generated || !temporary_value(json_find(record, field->name), &value)) continue;
    const int64_t *given = find(keys, object, field->name, value);
    if (given) cJSON_AddItemToObject(resolved, field->name, json_create_integer(*given));
  }
}

/* `mine` of this record holds the value of `theirs` of the object `other`. */
static const char *resolve_end(const struct temporary_keys *keys, const struct model_object *other,
                               const cJSON *mine, const cJSON *theirs, const cJSON *record, cJSON *resolved) {
  const cJSON *a = mine->child, *b = theirs->child;
  for (; a && b; a = a->next, b = b->next) {
    const char *column = cJSON_GetStringValue(a);
    const struct model_field *target = model_find_field(other, cJSON_GetStringValue(b));
    int64_t value;
    if (!column || !target || !target->generated || !target->key) continue;
    if (json_find(resolved, column) || !temporary_value(json_find(record, column), &value)) continue;
    const int64_t *given = find(keys, other, target->name, value);
    if (!given) return column;
    cJSON_AddItemToObject(resolved, column, json_create_integer(*given));
  }
  return NULL;
}

const char *temporary_resolve(const struct temporary_keys *keys, const struct model_object *object, const cJSON *record,
                              cJSON *resolved) {
  const struct model_service *service = object->service;
  const char *dangling = NULL;
  resolve_own(keys, object, record, resolved);
  for (size_t i = 0; i < service->relation_count && !dangling; i++) {
    const struct model_relation *relation = &service->relations[i];
    const cJSON *source = json_find(relation->json, "source_fields"), *target = json_find(relation->json, "target_fields");
    if (relation->from == object) dangling = resolve_end(keys, relation->to, source, target, record, resolved);
    if (relation->to == object && !dangling) dangling = resolve_end(keys, relation->from, target, source, record, resolved);
  }
  return dangling;
}

void temporary_done(struct temporary_keys *keys) {
  byte_map_done(&keys->given);
}
