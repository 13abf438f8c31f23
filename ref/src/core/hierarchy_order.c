/* In what order the nodes of a pass are sent: (e) and (f) of hierarchy.h. */
#include <stdlib.h>

#include "core/hierarchy_inside.h"

/* ---- objects ----------------------------------------------------------------------------------- */

static bool is_below(const struct vmx_link *link) { return link->child != link->parent; }

/* The first object that all its parents' objects stand before; object_count: none. */
static size_t next_object(const struct vmx_service *service, const size_t *parents_left,
                          const bool *placed) {
  size_t i = 0;
  while (i < service->object_count && (placed[i] || parents_left[i] > 0)) i++;
  return i;
}

/*
 * Parents' objects first, ties by the metadata's order. Objects that are above themselves, and what is
 * below those, share the last position: among them the log's order is the one that serves everybody.
 */
static void place_objects(const struct vmx_service *service, size_t *positions,
                          size_t *parents_left, bool *placed) {
  size_t object, position = 0;
  for (size_t i = 0; i < service->link_count; i++)
    if (is_below(&service->links[i])) parents_left[service->links[i].child->index]++;
  while ((object = next_object(service, parents_left, placed)) < service->object_count) {
    placed[object] = true;
    positions[object] = position++;
    for (size_t i = 0; i < service->link_count; i++)
      if (service->links[i].parent->index == object && is_below(&service->links[i]))
        parents_left[service->links[i].child->index]--;
  }
  for (size_t i = 0; i < service->object_count; i++)
    if (!placed[i]) positions[i] = position;
}

bool hierarchy_order_objects(const struct vmx_service *service, size_t *positions) {
  size_t *parents_left = calloc(service->object_count + 1, sizeof *parents_left);
  bool *placed = calloc(service->object_count + 1, sizeof *placed);
  bool good = parents_left && placed;
  if (good) place_objects(service, positions, parents_left, placed);
  free(parents_left);
  free(placed);
  return good;
}

/* ---- nodes ------------------------------------------------------------------------------------- */

/* A node and what it is sorted by. */
struct place {
  struct vmx_node *node;
  size_t position;
  bool root, deleted;
};

/* Roots by (e), children by object and rowId. A position that several objects share says nothing of
 * children: those of one object stand together. */
static int by_place(const void *a, const void *b) {
  const struct place *x = a, *y = b;
  if (x->root != y->root) return x->root ? -1 : 1;
  if (x->root && x->deleted != y->deleted) return x->deleted ? 1 : -1;
  if (x->position != y->position)
    return (x->position < y->position) != (x->root && x->deleted) ? -1 : 1;
  if (!x->root && x->node->object != y->node->object)
    return x->node->object->index < y->node->object->index ? -1 : 1;
  return x->node->rank < y->node->rank ? -1 : x->node->rank > y->node->rank;
}

static struct place *sort_nodes(struct vmx_hierarchy *h, size_t *count) {
  struct place *places = calloc(h->node_count + 1, sizeof *places);
  *count = 0;
  if (!places) return NULL;
  for (struct vmx_node *node = h->first; node; node = node->later)
    if (node->edits > 0) /* placed, and no carrier of nothing (h) */
      places[(*count)++] = (struct place){.node = node,
                                          .position = h->positions[node->object->index],
                                          .root = !node->parent,
                                          .deleted = node->action == VMX_DELETE};
  qsort(places, *count, sizeof *places, by_place);
  return places;
}

static void append_child(struct vmx_node *parent, struct vmx_node *node) {
  if (parent->last_child) parent->last_child->next = node;
  else parent->children = node;
  parent->last_child = node;
}

/* ---- temporary keys ---------------------------------------------------------------------------- */

static struct vmx_node *root_of(struct vmx_node *node) {
  while (node->parent) node = node->parent;
  return node;
}

/* The node behind `node` in the tree of `root`, or NULL. */
static struct vmx_node *step(const struct vmx_node *root, struct vmx_node *node) {
  if (node->children) return node->children;
  while (node != root && !node->next) node = node->parent;
  return node == root ? NULL : node->next;
}

/* The node that creates the row which the reference names by a temporary key, or NULL. */
static struct vmx_node *maker_of(const struct vmx_row_reference *reference) {
  struct vmx_node *first = reference->temporary ? reference->row->first : NULL;
  return first && first->action == VMX_CREATE ? first : NULL;
}

bool vmx_node_waits(struct vmx_node *node) {
  bool waits = node->row->held; /* behind an earlier entry of its row (W-32) */
  for (const struct vmx_row_reference *r = node->references; r && !waits; r = r->next) {
    const struct vmx_node *maker = maker_of(r);
    waits = maker && !maker->written;
  }
  return node->row->held = waits;
}

/* A root that creates a row whose temporary key the tree holds, and that was not sent yet. */
static struct vmx_node *next_dependency(struct vmx_node *root) {
  for (; root->scan; root->scan = step(root, root->scan))
    for (const struct vmx_row_reference *r = root->scan->references; r; r = r->next) {
      struct vmx_node *maker = maker_of(r);
      if (maker) maker = root_of(maker);
      if (maker && maker->state == VMX_NODE_PLACED) return maker;
    }
  return NULL;
}

/* W-34: first what the root depends on; of roots that depend on each other the first stays so. */
static void send(struct vmx_hierarchy *h, struct vmx_node *root) {
  root->back = NULL;
  while (root) {
    if (root->state == VMX_NODE_PLACED) root->scan = root;
    root->state = VMX_NODE_SENDING;
    struct vmx_node *maker = next_dependency(root);
    if (maker) {
      maker->back = root;
      root = maker;
      continue;
    }
    root->state = VMX_NODE_SENT;
    h->roots[h->root_count++] = root;
    root = root->back;
  }
}

bool hierarchy_order(struct vmx_hierarchy *h) {
  size_t count = 0, roots = 0;
  struct place *places = sort_nodes(h, &count);
  h->roots = places ? vmx_arena_array(&h->arena, count, sizeof(struct vmx_node *)) : NULL;
  for (size_t i = 0; h->roots && i < count; i++)
    if (places[i].root) roots++;
    else append_child(places[i].node->parent, places[i].node);
  for (size_t i = 0; h->roots && i < roots; i++)
    if (places[i].node->state == VMX_NODE_PLACED) send(h, places[i].node);
  free(places);
  return h->roots != NULL;
}

size_t vmx_hierarchy_take(struct vmx_hierarchy *h, int64_t batch_size,
                          struct vmx_node *const **roots) {
  size_t first = h->taken, edits = 0;
  *roots = h->roots ? h->roots + first : NULL;
  for (; h->taken < h->root_count; h->taken++) {
    edits += h->roots[h->taken]->edits;
    if (h->taken > first && edits > (size_t)batch_size) break;
  }
  return h->taken - first;
}
