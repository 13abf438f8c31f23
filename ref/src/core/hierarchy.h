/**
 * Planning the upload of a hierarchical service (wire.md 9), pass by pass and without I/O: entries of
 * the log come in, rows are looked up through functions of the store, requests come out as a forest of
 * nodes. The plan holds rowIds, not contents: an answer re-keys what is sent after it, so a record is
 * read when its request is written.
 *
 *   vmx_hierarchy_new -> { vmx_hierarchy_begin -> { vmx_hierarchy_offer } -> vmx_hierarchy_plan
 *                          -> { vmx_hierarchy_take } until it gives 0 } until a pass has no node
 *
 * Always true of a pass (W-48, HIE-02):
 *  (a) It was offered the unsent entries up to the sync's limit, in rowId order; those that have to
 *      wait for another sync (W-33) have no node.
 *  (b) An entry has a node unless an earlier unsent entry of its row has another action, or stands
 *      under another parent: edits of one row keep their order (W-32).
 *  (c) A node stands under a node of its parent row when exactly one parent row is there (as an edit of
 *      this pass, locally, or as remembered copy) and the operation for the parent node's action lists
 *      the child with the node's action. The parent's node is the one of its lowest entry, else a
 *      carrier: the row as the server knows it, without edits that wait (UPL-04, UPL-10); carriers
 *      stand under their parents likewise. Two such parent rows are an error: the child is never made
 *      a root.
 *  (d) Any other node is a root; so is one deeper than VMX_NESTING_MAX, or above itself.
 *  (e) Roots stand in the order of sending: creates and updates, parents' objects first, ties by the
 *      metadata's order, then by rowId; then deletes, children's objects first. What creates a row
 *      goes before whatever holds its temporary key, wherever that puts it: the server resolves the
 *      key in later records alone (W-34). Children stand like roots, deletes among them. Where no
 *      order serves everybody, vmx_node_waits() says who has to wait for the next pass.
 *  (f) A request is as many roots as fit the batch size by their entries, one at least; no root is cut.
 *  (g) What has no node waits for the next pass. There are VMX_PASSES_MAX of them.
 *  (h) Each entry has one node, each row one carrier; a carrier has an entry below it.
 */
#ifndef VMX_CORE_HIERARCHY_H
#define VMX_CORE_HIERARCHY_H

#include "core/upload.h"

enum { VMX_NESTING_MAX = 64, VMX_PASSES_MAX = 10 };

struct vmx_row_plan; /* what a pass knows of one row */
struct vmx_row_reference;

/** One record of a request. Readers need the first part. */
struct vmx_node {
  int64_t row_id;              /**< VMX_CARRIER: its row's content, without an edit */
  const struct vmx_object *object;
  const char *key;             /**< when the pass was planned; of a carrier it does not change */
  enum vmx_action action;
  struct vmx_node *children;   /**< in the order of writing, each object's together */
  struct vmx_node *next;       /**< sibling */
  size_t edits;                /**< entries in its tree, itself included */
  unsigned depth;              /**< 0: a root */
  bool written;                /**< set by whoever puts it into a request */

  /* planning */
  struct vmx_node *parent, *last_child;
  struct vmx_node *later;      /* the node that was made after it */
  struct vmx_node *back;       /* who waits for it to be placed or sent */
  struct vmx_node *scan;       /* of a root: where the look for its dependencies stands */
  struct vmx_row_plan *row;
  struct vmx_row_reference *references;
  const struct vmx_nesting *inside; /* what may stand in it because of where it stands (W-12) */
  int64_t rank;                /* its rowId; of a carrier the lowest below it */
  enum { VMX_NODE_NEW, VMX_NODE_OPEN, VMX_NODE_PLACED, VMX_NODE_WAITS, VMX_NODE_SENDING, VMX_NODE_SENT } state;
};

/** How rows are looked up: functions of the store, which return 0 or a code with `err` filled. */
struct vmx_row_lookup {
  void *self;

  /** The row as the server knows it: its remembered copy, or the local row. *row NULL: it is not there. */
  int (*find)(void *self, const struct vmx_object *object, const char *key, struct vmx_arena *arena,
              const struct vmx_value **row, struct base_error *err);

  /** Keys of the rows that a child names through a link that is not to the parent's key. */
  int (*parents)(void *self, const struct vmx_link *link, const struct vmx_value *child,
                 struct vmx_arena *arena, char *const **keys, size_t *count,
                 struct base_error *err);
};

struct vmx_hierarchy;

/** The passes of one sync of the service, which is borrowed. NULL without memory. */
struct vmx_hierarchy *vmx_hierarchy_new(const struct vmx_service *service);
void vmx_hierarchy_free(struct vmx_hierarchy *hierarchy);

/** Forget the last pass. */
void vmx_hierarchy_begin(struct vmx_hierarchy *hierarchy);

/** Offer the next unsent entry, row_id ascending: (a), (b). Fails: 2460 out of memory; the lookup's */
int vmx_hierarchy_offer(struct vmx_hierarchy *hierarchy, struct vmx_upload *run,
                        const struct vmx_log_entry *entry, const struct vmx_row_lookup *lookup,
                        struct base_error *err);

/**
 * Make the forest of what was offered: (c), (d), (e).
 * Fails: 2468 a child has two parent rows; 2469 more than VMX_PASSES_MAX passes (HIE-03); 2460 out of
 *        memory; the lookup's
 */
int vmx_hierarchy_plan(struct vmx_hierarchy *hierarchy, const struct vmx_row_lookup *lookup,
                       struct base_error *err);

/**
 * Asked in the order of writing: does it name a temporary key whose row is created in this pass, and not
 * written yet? Then it waits for the next pass, with later entries of its row; what stands below it need
 * not, and goes as a root (UPL-12: two trees may need each other).
 */
bool vmx_node_waits(struct vmx_node *node);

/** The roots of the next request, *roots borrowed until the next pass: (f). 0: the pass is over. */
size_t vmx_hierarchy_take(struct vmx_hierarchy *hierarchy, int64_t batch_size,
                          struct vmx_node *const **roots);

#endif
