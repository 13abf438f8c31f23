#include "world/relations.h"

#include <stdlib.h>
#include <string.h>

struct link relations_link(const struct model_service *service, size_t i) {
  const struct model_relation *relation = &service->relations[i];
  const cJSON *source = json_find(relation->json, "source_fields"), *target = json_find(relation->json, "target_fields");
  const char *type = json_find_string(relation->json, "type");
  bool reversed = type && strcmp(type, "ManyToOne") == 0;
  return (struct link){
      .name = json_find_string(relation->json, "name"),
      .type = type,
      .parent = reversed ? relation->to : relation->from,
      .child = reversed ? relation->from : relation->to,
      .parent_columns = reversed ? target : source,
      .child_columns = reversed ? source : target,
      .backend_cascade = cJSON_IsTrue(json_find(relation->json, "cascade")) &&
                         cJSON_IsTrue(json_find(relation->json, "backend_cascade_support")),
  };
}

bool relations_find(const struct model_service *service, const struct model_object *parent,
                    const struct model_object *child, size_t *at, struct link *out) {
  while (*at < service->relation_count) {
    *out = relations_link(service, (*at)++);
    if (out->parent == parent && out->child == child) return true;
  }
  return false;
}

/* `seen` has a place for each link: it is followed once, circles or not. */
static bool descends(const struct model_service *service, const struct model_object *object,
                     const struct model_object *ancestor, bool *seen) {
  for (size_t i = 0; i < service->relation_count; i++) {
    struct link link = relations_link(service, i);
    if (seen[i] || link.child != object || link.parent == object) continue;
    seen[i] = true;
    if (link.parent == ancestor || descends(service, link.parent, ancestor, seen)) return true;
  }
  return false;
}

static bool is_below(const struct model_service *service, const struct model_object *object,
                     const struct model_object *ancestor) {
  bool *seen = calloc(service->relation_count + 1, sizeof *seen);
  bool below = seen && descends(service, object, ancestor, seen);
  free(seen);
  return below;
}

bool relations_is_below(const struct model_service *service, const struct model_object *object,
                        const struct model_object *ancestor) {
  return is_below(service, object, ancestor) && !is_below(service, ancestor, object);
}

bool relations_bytes(const struct model_object *object, const cJSON *columns, const cJSON *record, struct base_buf *out) {
  const cJSON *column;
  base_buf_clear(out);
  cJSON_ArrayForEach(column, columns) {
    const struct model_field *field = model_find_field(object, cJSON_GetStringValue(column));
    if (!field || !key_append(out, json_find(record, field->name), field->type)) return false;
  }
  return out->len > 0;
}

bool relations_joins(const struct link *link, const cJSON *parent, const cJSON *child) {
  struct base_buf one = BASE_BUF_INIT, two = BASE_BUF_INIT;
  bool joins = relations_bytes(link->parent, link->parent_columns, parent, &one) &&
               relations_bytes(link->child, link->child_columns, child, &two) && one.len == two.len &&
               memcmp(one.data, two.data, one.len) == 0;
  base_buf_done(&one);
  base_buf_done(&two);
  return joins;
}
