/**
 * Relations as links: which object is the parent, which the child, and which columns join their rows.
 *
 * Always true: the two lists of columns of a link are as long, and name columns that exist; the parent is
 * the one side of a OneToMany or ManyToOne relation, and the declaring object of a OneToOne.
 */
#ifndef MOCK_WORLD_RELATIONS_H
#define MOCK_WORLD_RELATIONS_H

#include "world/model.h"

struct link {
  const char *name; /**< of the relation, or NULL */
  const char *type; /**< as the metadata shows it */
  struct model_object *parent, *child;
  const cJSON *parent_columns, *child_columns; /**< lists of names, pair by pair */
  bool backend_cascade; /**< deleting the parent deletes its children here, without a word of the client */
};

/** Link number `i` of the service (from 0, below relation_count). */
struct link relations_link(const struct model_service *service, size_t i);
/** The next link of these two at or behind place *at, which is moved behind it. False = there is none. */
bool relations_find(const struct model_service *service, const struct model_object *parent,
                    const struct model_object *child, size_t *at, struct link *out);
/** Is `object` below `ancestor` by one or more links, and not above it too? */
bool relations_is_below(const struct model_service *service, const struct model_object *object,
                        const struct model_object *ancestor);

/** The ordered bytes of the record's columns (as key_append() makes them); false when one has no value. */
bool relations_bytes(const struct model_object *object, const cJSON *columns, const cJSON *record, struct base_buf *out);
/** Does the link join these two records? */
bool relations_joins(const struct link *link, const cJSON *parent, const cJSON *child);

#endif
