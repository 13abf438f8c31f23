#include "protocol/temporary_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

bool temporary_value(const cJSON *value, int64_t *out) {
  char scratch[32];
  const char *digits = value_digits(value, scratch);
  return digits && decimal_integer(digits, strlen(digits), out) && *out < 0;
}

void temporary_add(struct temporary_keys *keys, const struct model_object *object, const char *column,
                   int64_t temporary, int64_t given) {
  if (keys->count == keys->capacity) {
    size_t capacity = keys->capacity ? keys->capacity * 2 : 16;
    struct temporary_key *list = realloc(keys->keys, capacity * sizeof *list);
    if (!list) return;
    keys->keys = list;
    keys->capacity = capacity;
  }
  keys->keys[keys->count++] = (struct temporary_key){object, column, temporary, given};
}

/* The newest counts: a client's counter never goes back (W-16). */
static const struct temporary_key *find(const struct temporary_keys *keys, const struct model_object *object,
                                        const char *column, int64_t temporary) {
  for (size_t i = keys->count; i-- > 0;) {
    const struct temporary_key *key = &keys->keys[i];
    if (key->object == object && key->temporary == temporary && strcmp(key->column, column) == 0) return key;
  }
  return NULL;
}

static void replace(cJSON *record, const char *column, int64_t given) {
  cJSON_ReplaceItemInObjectCaseSensitive(record, column, json_create_integer(given));
}

static void resolve_own(const struct temporary_keys *keys, const struct model_object *object, cJSON *record) {
  int64_t value;
  for (size_t i = 0; i < object->key_count; i++) {
    const struct model_field *field = &object->fields[object->keys[i]];
    if (!field->generated || !temporary_value(json_find(record, field->name), &value)) continue;
    const struct temporary_key *key = find(keys, object, field->name, value);
    if (key) replace(record, field->name, key->given);
  }
}

/* `mine` of this record holds the value of `theirs` of the object `other`. */
static const char *resolve_end(const struct temporary_keys *keys, const struct model_object *other,
                               const cJSON *mine, const cJSON *theirs, cJSON *record) {
  const cJSON *a = mine->child, *b = theirs->child;
  for (; a && b; a = a->next, b = b->next) {
    const char *column = cJSON_GetStringValue(a);
    const struct model_field *target = model_find_field(other, cJSON_GetStringValue(b));
    int64_t value;
    if (!column || !target || !target->generated || !target->key) continue;
    if (!temporary_value(json_find(record, column), &value)) continue;
    const struct temporary_key *key = find(keys, other, target->name, value);
    if (!key) return column;
    replace(record, column, key->given);
  }
  return NULL;
}

const char *temporary_resolve(const struct temporary_keys *keys, const struct model_object *object, cJSON *record) {
  const struct model_service *service = object->service;
  const char *dangling = NULL;
  resolve_own(keys, object, record);
  for (size_t i = 0; i < service->relation_count && !dangling; i++) {
    const struct model_relation *relation = &service->relations[i];
    const cJSON *source = json_find(relation->json, "source_fields"), *target = json_find(relation->json, "target_fields");
    if (relation->from == object) dangling = resolve_end(keys, relation->to, source, target, record);
    if (relation->to == object && !dangling) dangling = resolve_end(keys, relation->from, target, source, record);
  }
  return dangling;
}

void temporary_done(struct temporary_keys *keys) {
  free(keys->keys);
}
