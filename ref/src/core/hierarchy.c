/* Which node stands where: (a) to (d) and (h) of hierarchy.h. The order of sending is
 * hierarchy_order.c's. */
#include <stdlib.h>
#include <string.h>

#include "core/codes.h"
#include "core/hierarchy_inside.h"

static int no_memory(struct base_error *err) {
  return base_fail(err, VMX_CODE_SYNC, "", "out of memory");
}

struct vmx_hierarchy *vmx_hierarchy_new(const struct vmx_service *service) {
  struct vmx_hierarchy *h = calloc(1, sizeof *h);
  if (!h) return NULL;
  h->service = service;
  h->positions = calloc(service->object_count + 1, sizeof *h->positions);
  if (h->positions && hierarchy_order_objects(service, h->positions)) return h;
  vmx_hierarchy_free(h);
  return NULL;
}

void vmx_hierarchy_free(struct vmx_hierarchy *h) {
  if (!h) return;
  vmx_arena_done(&h->arena);
  free(h->positions);
  free(h->rows);
  free(h);
}

void vmx_hierarchy_begin(struct vmx_hierarchy *h) {
  vmx_arena_clear(&h->arena);
  if (h->row_capacity) memset(h->rows, 0, h->row_capacity * sizeof *h->rows);
  h->row_count = h->node_count = h->root_count = h->taken = 0;
  h->first = h->last = NULL;
  h->roots = NULL;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Where the row stands in the table, or would stand. */
static struct vmx_row_plan **row_place(const struct vmx_hierarchy *h,
                                       const struct vmx_object *object, const char *key) {
  size_t place = (size_t)vmx_row_hash(object, key) & (h->row_capacity - 1);
  for (; h->rows[place]; place = (place + 1) & (h->row_capacity - 1))
    if (h->rows[place]->object == object && strcmp(h->rows[place]->key, key) == 0) break;
  return &h->rows[place];
}

static bool grow_rows(struct vmx_hierarchy *h) {
  if (4 * (h->row_count + 1) <= 3 * h->row_capacity) return true;
  struct vmx_row_plan **old = h->rows;
  size_t old_capacity = h->row_capacity, capacity = old_capacity ? 2 * old_capacity : 64;
  struct vmx_row_plan **rows = calloc(capacity, sizeof *rows);
  if (!rows) return false;
  h->rows = rows;
  h->row_capacity = capacity;
  for (size_t i = 0; i < old_capacity; i++)
    if (old[i]) *row_place(h, old[i]->object, old[i]->key) = old[i];
  free(old);
  return true;
}

/* Finds the row, or begins to know it. NULL without memory. */
static struct vmx_row_plan *row_of(struct vmx_hierarchy *h, const struct vmx_object *object,
                                   const char *key) {
  if (!grow_rows(h)) return NULL;
  struct vmx_row_plan **place = row_place(h, object, key);
  if (*place) return *place;
  struct vmx_row_plan *row = vmx_arena_alloc(&h->arena, sizeof *row);
  const char *copy = row ? vmx_arena_text(&h->arena, key, strlen(key)) : NULL;
  if (!copy) return NULL;
  *row = (struct vmx_row_plan){.object = object, .key = copy};
  h->row_count++;
  return *place = row;
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static struct vmx_node *add_node(struct vmx_hierarchy *h, struct vmx_row_plan *row, int64_t row_id,
                                 enum vmx_action action) {
  struct vmx_node *node = vmx_arena_alloc(&h->arena, sizeof *node);
  if (!node) return NULL;
  *node = (struct vmx_node){.row_id = row_id, .object = row->object, .key = row->key,
                            .action = action, .row = row, .rank = row_id};
  if (h->last) h->last->later = node;
  else h->first = node;
  h->last = node;
  h->node_count++;
  return node;
}

static bool holds_temporary_key(const struct vmx_link *link, const struct vmx_value *row) {
  for (size_t i = 0; i < link->count; i++)
    if (vmx_value_temporary(&row[link->child_fields[i]])) return true;
  return false;
}

static bool refer(struct vmx_hierarchy *h, struct vmx_node *node, const struct vmx_link *link,
                  const char *key, bool temporary) {
  struct vmx_row_reference *reference = vmx_arena_alloc(&h->arena, sizeof *reference);
  struct vmx_row_plan *row = reference ? row_of(h, link->parent, key) : NULL;
  if (!row) return false;
  *reference = (struct vmx_row_reference){.next = node->references, .row = row,
                                          .nests = link->nests, .temporary = temporary};
  node->references = reference;
  return true;
}

static int refer_by_key(struct vmx_hierarchy *h, struct vmx_node *node, const struct vmx_link *link,
                        const struct vmx_value *row, bool temporary, struct base_error *err) {
  struct base_buf key = BASE_BUF_INIT;
  bool named = vmx_link_parent_key(link, row, &key), good = !key.failed;
  if (named && good) good = refer(h, node, link, base_buf_string(&key), temporary);
  base_buf_done(&key);
  return good ? 0 : no_memory(err);
}

static int refer_by_columns(struct vmx_hierarchy *h, struct vmx_node *node,
                            const struct vmx_link *link, const struct vmx_value *row, bool temporary,
                            const struct vmx_row_lookup *lookup, struct base_error *err) {
  char *const *keys = NULL;
  size_t count = 0;
  int status = lookup->parents(lookup->self, link, row, &h->arena, &keys, &count, err);
  for (size_t i = 0; i < count && status == 0; i++)
    if (!refer(h, node, link, keys[i], temporary)) status = no_memory(err);
  return status;
}

/* The rows that the node's row names, as far as they matter for its place. */
static int add_references(struct vmx_hierarchy *h, struct vmx_node *node,
                          const struct vmx_value *row, const struct vmx_row_lookup *lookup,
                          struct base_error *err) {
  int status = 0;
  for (size_t i = 0; i < h->service->link_count && status == 0; i++) {
    const struct vmx_link *link = &h->service->links[i];
    bool temporary = link->child == node->object && holds_temporary_key(link, row);
    if (link->child != node->object || (!link->nests && !temporary)) continue;
    if (vmx_object_is_key(link->parent, link->parent_fields, link->count))
      status = refer_by_key(h, node, link, row, temporary, err);
    else status = refer_by_columns(h, node, link, row, temporary, lookup, err);
  }
  return status;
}

int vmx_hierarchy_offer(struct vmx_hierarchy *h, struct vmx_upload *run,
                        const struct vmx_log_entry *entry, const struct vmx_row_lookup *lookup,
                        struct base_error *err) {
  if (entry->row_id > run->limit_row_id) return 0;
  enum vmx_offer offer = vmx_upload_admit(run, entry);
  if (offer == VMX_OFFER_WAITS) return 0;
  struct vmx_row_plan *row =
      offer == VMX_OFFER_TAKEN ? row_of(h, entry->object, entry->key) : NULL;
  if (!row) return no_memory(err);
  row->mixed = row->mixed || (row->first && row->first->action != entry->action);
  if (row->mixed) return 0; /* (b) */
  struct vmx_node *node = add_node(h, row, entry->row_id, entry->action);
  if (!node) return no_memory(err);
  if (!row->first) row->first = node;
  return add_references(h, node, entry->row, lookup, err);
}

/* ---- places ------------------------------------------------------------------------------------ */

/* The node that a child of the row would stand under; *out NULL: the row is not there. */
static int parent_node(struct vmx_hierarchy *h, struct vmx_row_plan *row,
                       const struct vmx_row_lookup *lookup, struct vmx_node **out,
                       struct base_error *err) {
  const struct vmx_value *content = NULL;
  *out = row->first ? row->first : row->carrier;
  if (*out || row->looked_up) return 0;
  int status = lookup->find(lookup->self, row->object, row->key, &h->arena, &content, err);
  row->looked_up = true;
  if (status != 0 || !content) return status;
  row->carrier = *out = add_node(h, row, VMX_CARRIER, VMX_UPDATE);
  if (!row->carrier) return no_memory(err);
  return add_references(h, row->carrier, content, lookup, err);
}

/* A node that has to be placed before `node` can be. */
static int find_unplaced(struct vmx_hierarchy *h, const struct vmx_node *node,
                         const struct vmx_row_lookup *lookup, struct vmx_node **out,
                         struct base_error *err) {
  struct vmx_node *parent = NULL;
  *out = NULL;
  for (const struct vmx_row_reference *r = node->references; r; r = r->next) {
    if (!r->nests) continue;
    int status = parent_node(h, r->row, lookup, &parent, err);
    if (status != 0) return status;
    if (parent && parent->state == VMX_NODE_NEW) *out = parent;
  }
  return 0;
}

/* What the parent's node says of the child: its object's operation, or where it stands itself. */
static const struct vmx_nesting *find_nesting(const struct vmx_node *parent,
                                              const struct vmx_node *node) {
  const struct vmx_nesting *own =
      vmx_nesting_find(parent->object->nests[parent->action], node->object, node->action);
  const struct vmx_nesting *there = vmx_nesting_find(parent->inside, node->object, node->action);
  return there && (!own || there->inside) ? there : own;
}

/* A node that is still open is above this one already (d). */
static const struct vmx_nesting *may_stand(const struct vmx_node *parent,
                                           const struct vmx_node *node) {
  bool possible = parent && parent->state == VMX_NODE_PLACED && parent->depth < VMX_NESTING_MAX - 1;
  return possible ? find_nesting(parent, node) : NULL;
}

static int two_parents(const struct vmx_node *node, const struct vmx_node *one,
                       const struct vmx_node *other, struct base_error *err) {
  return base_fail(err, VMX_CODE_TWO_PARENTS, "HIE-03",
                   "row %.80s of %s has two parent rows: %.80s of %s and %.80s of %s", node->key,
                   node->object->name, one->key, one->object->name, other->key, other->object->name);
}

/* (c): all nodes that it could stand under are placed. */
static int settle(struct vmx_node *node, struct base_error *err) {
  struct vmx_node *found = NULL;
  for (const struct vmx_row_reference *r = node->references; r; r = r->next) {
    struct vmx_node *parent = r->row->first ? r->row->first : r->row->carrier;
    const struct vmx_nesting *nesting =
        r->nests && r->row != node->row ? may_stand(parent, node) : NULL;
    if (!nesting) continue;
    if (found && found != parent) return two_parents(node, found, parent, err);
    found = parent;
    node->inside = nesting->inside;
  }
  struct vmx_row_plan *row = node->row;
  bool follows = row->first && node != row->first; /* it is not the row's lowest entry */
  row->split = row->split || (follows && found != row->first->parent); /* (b) */
  node->state = row->split ? VMX_NODE_WAITS : VMX_NODE_PLACED;
  if (row->split || !found) return 0;
  node->parent = found;
  node->depth = found->depth + 1;
  return 0;
}

/* Parents first, without recursion: a chain of rows may be long. */
static int place(struct vmx_hierarchy *h, struct vmx_node *node, const struct vmx_row_lookup *lookup,
                 struct base_error *err) {
  int status = 0;
  while (node && status == 0) {
    struct vmx_node *parent = NULL;
    node->state = VMX_NODE_OPEN;
    status = find_unplaced(h, node, lookup, &parent, err);
    if (status != 0) return status;
    if (parent) {
      parent->back = node;
      node = parent;
      continue;
    }
    status = settle(node, err);
    node = node->back;
  }
  return status;
}

/* What is in each tree: entries, and the lowest rowId below a carrier. */
static void count_edits(struct vmx_hierarchy *h) {
  for (struct vmx_node *node = h->first; node; node = node->later) {
    if (node->row_id == VMX_CARRIER || node->state != VMX_NODE_PLACED) continue;
    for (struct vmx_node *above = node; above; above = above->parent) {
      above->edits++;
      if (above->row_id == VMX_CARRIER && (above->rank == VMX_CARRIER || above->rank > node->row_id))
        above->rank = node->row_id;
    }
  }
}

int vmx_hierarchy_plan(struct vmx_hierarchy *h, const struct vmx_row_lookup *lookup,
                       struct base_error *err) {
  int status = 0;
  if (!h->first) return 0;
  if (h->passes++ == VMX_PASSES_MAX) /* (g) */
    return base_fail(err, VMX_CODE_PASSES, "HIE-03",
                     "more than %d passes are needed to upload service %s, row %.80s of %s among others",
                     VMX_PASSES_MAX, h->service->name, h->first->key, h->first->object->name);
  for (struct vmx_node *node = h->first; node && status == 0; node = node->later)
    if (node->state == VMX_NODE_NEW) status = place(h, node, lookup, err);
  if (status != 0) return status;
  count_edits(h);
  return hierarchy_order(h) ? 0 : no_memory(err);
}
