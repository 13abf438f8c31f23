#include "world/cascade.h"

#include "world/relations.h"
#include "world/world.h"

struct search {
  const struct link *link;
  const cJSON *parent;
  cJSON *found; /* records of the children */
};

static bool collect(void *context, struct row *row) {
  struct search *search = context;
  if (row->deleted || !relations_joins(search->link, search->parent, row_record(row))) return true;
  cJSON_AddItemToArray(search->found, row_take_record(row));
  return true;
}

static int delete_children(const struct link *link, const cJSON *parent, struct base_error *err) {
  struct search search = {link, parent, cJSON_CreateArray()};
  const cJSON *child;
  int status = 0;
  rows_each(link->child, 0, NULL, collect, &search);
  cJSON_ArrayForEach(child, search.found) {
    struct base_buf key = BASE_BUF_INIT;
    struct row row = {0};
    bool living = rows_key(link->child, child, &key) && rows_look(link->child, &key, &row) && !row.deleted;
    if (status == 0 && living) status = cascade_delete(link->child, &key, child, err);
    row_done(&row);
    base_buf_done(&key);
  }
  cJSON_Delete(search.found);
  return status;
}

/* The parent goes first: rows that are each other's children end the recursion. */
int cascade_delete(struct model_object *object, const struct base_buf *key, const cJSON *record, struct base_error *err) {
  int status = rows_delete(object, key, err);
  for (size_t i = 0; i < object->service->relation_count && status == 0; i++) {
    struct link link = relations_link(object->service, i);
    if (link.backend_cascade && link.parent == object) status = delete_children(&link, record, err);
  }
  return status;
}
