#include "protocol/temporary_keys.h"

#include "protocol/edit.h"

bool temporary_value(const struct value *value, int64_t *out) {
  return value_integer(value, out) && *out < 0;
}

/* Of one that comes again the newest counts: a client's counter never goes back (W-16). */
void temporary_add(struct temporary_keys *keys, const struct model_object *object, size_t column, int64_t temporary,
                   int64_t given) {
  const int64_t name[] = {object->id, (int64_t)column, temporary};
  byte_map_put(&keys->given, name, sizeof name, given);
}

static const int64_t *find(const struct temporary_keys *keys, const struct model_object *object,
                           const struct model_field *field, int64_t temporary) {
  const int64_t name[] = {object->id, field - object->fields, temporary};
  return byte_map_find(&keys->given, name, sizeof name);
}

static void resolve_own(const struct temporary_keys *keys, struct edit *edit) {
  int64_t value;
  for (size_t i = 0; i < edit->object->key_count; i++) {
    size_t column = edit->object->keys[i];
    const struct model_field *field = &edit->object->fields[column];
    if (!field->generated || !temporary_value(&edit->columns[column], &value)) continue;
    const int64_t *given = find(keys, edit->object, field, value);
    if (given) edit_set_integer(edit, column, *given);
  }
}

/* `mine` of this record holds the value of `theirs` of the object `other`. One that was resolved is no temporary key any more. */
static const char *resolve_end(const struct temporary_keys *keys, const struct model_object *other, const cJSON *mine,
                               const cJSON *theirs, struct edit *edit) {
  const cJSON *a = mine->child, *b = theirs->child;
  for (; a && b; a = a->next, b = b->next) {
    const struct model_field *field = model_find_field(edit->object, cJSON_GetStringValue(a));
    const struct model_field *target = model_find_field(other, cJSON_GetStringValue(b));
    int64_t value;
    if (!field || !target || !target->generated || !target->key) continue;
    size_t column = (size_t)(field - edit->object->fields);
    if (!temporary_value(&edit->columns[column], &value)) continue;
    const int64_t *given = find(keys, other, target, value);
    if (!given) return field->name;
    edit_set_integer(edit, column, *given);
  }
  return NULL;
}

const char *temporary_resolve(const struct work *work, struct edit *edit) {
  const struct temporary_keys *keys = &work->temporary;
  const struct model_service *service = edit->object->service;
  const char *dangling = NULL;
  resolve_own(keys, edit);
  for (size_t i = 0; i < service->relation_count && !dangling; i++) {
    const struct model_relation *relation = &service->relations[i];
    const cJSON *source = json_find(relation->json, "source_fields"), *target = json_find(relation->json, "target_fields");
    if (relation->from == edit->object) dangling = resolve_end(keys, relation->to, source, target, edit);
    if (relation->to == edit->object && !dangling) dangling = resolve_end(keys, relation->from, target, source, edit);
  }
  return dangling;
}

void temporary_done(struct temporary_keys *keys) {
  byte_map_done(&keys->given);
}
