/** What the two files of the hierarchy share. Everyone else reads hierarchy.h. */
#ifndef VMX_CORE_HIERARCHY_INSIDE_H
#define VMX_CORE_HIERARCHY_INSIDE_H

#include "core/hierarchy.h"

struct vmx_row_plan {
  const struct vmx_object *object;
  const char *key;
  struct vmx_node *first;   /**< of its lowest unsent entry */
  struct vmx_node *carrier;
  bool mixed;               /**< its entries have several actions: later ones wait */
  bool split;               /**< its entries have several parents: later ones wait */
  bool held;                /**< an entry of it waits for the next pass: later ones do as well */
  bool looked_up;
};

/** A row that a node's row names. */
struct vmx_row_reference {
  struct vmx_row_reference *next;
  struct vmx_row_plan *row;
  bool nests;     /**< the node may stand under it */
  bool temporary; /**< by a temporary key */
};

struct vmx_hierarchy {
  const struct vmx_service *service;
  size_t *positions;           /**< by object index: parents' objects first */
  unsigned passes;
  struct vmx_arena arena;      /**< of the pass */
  struct vmx_row_plan **rows;  /**< a hash table, NULL where a place is free */
  size_t row_count;
  size_t row_capacity;         /**< 0 or a power of two, never full */
  struct vmx_node *first, *last;
  size_t node_count;
  struct vmx_node **roots;     /**< in the order of sending */
  size_t root_count, taken;
};

/** Fill positions[object_count] of the service's objects. False without memory. */
bool hierarchy_order_objects(const struct vmx_service *service, size_t *positions);

/** Children lists and roots of the placed nodes, in order: (e). False without memory. */
bool hierarchy_order(struct vmx_hierarchy *hierarchy);

#endif
