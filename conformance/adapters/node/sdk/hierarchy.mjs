// Nested uploads of hierarchical services: pass after pass, trees of parents with their children (W-47, W-48).
//
// Always true: a log entry stands in one tree of a pass; a tree is never cut; a record is a root only when no parent
// row takes it along. A tree holds rowIds: its records are read from the log when their request is made, because the
// answers of earlier requests replace temporary keys.

import { CODES, fail } from './errors.mjs';
import { CARRIER } from './records.mjs';

const MAX_PASSES = 10;

/** The requests of a sync, each a list of nodes (records.mjs); the next one is made when the last one is stored. */
export function* nestedRequests(run) {
  for (let pass = 1; ; pass += 1) {
    const ready = readyEntries(run);
    if (ready.length === 0) return;
    if (pass > MAX_PASSES) fail(CODES.TOO_MANY_PASSES, `${run.service.name}: more than ${MAX_PASSES} passes`);
    const roots = new Planner(run, ready).roots();
    for (const trees of cut(inOrder(run.service, roots), run.options.uploadBatchSize)) {
      const nodes = materialize(run, trees);
      if (nodes.length > 0) yield nodes;
    }
  }
}

// (a), (b): an entry waits while an earlier one of its row has another action.
function readyEntries(run) {
  const ready = [];
  for (const entry of run.database.log(run.service).filter((each) => run.isInSync(each))) {
    const isAlone = ready.every((other) => !isSameRow(other, entry) || other.action === entry.action);
    if (isAlone && run.isReady(entry, ready)) ready.push(entry);
  }
  return ready;
}

const isSameRow = (one, other) => one.object === other.object && one.key === other.key;

/**
 * @typedef {object} Tree a record of a pass with what nests in it
 * @property {object} object its schema
 * @property {string} key of its row
 * @property {string} action
 * @property {object} values the row
 * @property {number} rowId of its log entry, or CARRIER
 * @property {Tree[]} children
 * @property {Tree} [above] what it nests in
 */

class Planner {
  constructor(run, ready) {
    this.run = run;
    this.entries = ready.map((entry) => this.#tree(run.service.object(entry.object), entry));
    this.carriers = [];
  }

  /** (c), (d): the trees of a pass. */
  roots() {
    for (const tree of this.entries) this.#place(tree);
    return [...this.entries, ...this.carriers].filter((tree) => !tree.above);
  }

  #tree(object, { key, action, values, rowId }) { return { object, key, action, values, rowId, children: [] }; }

  #place(tree) {
    const parents = this.#parentsOf(tree);
    if (parents.length > 1) fail(CODES.TWO_PARENTS, `${tree.object.name} ${tree.key} has several parent rows`);
    if (parents.length === 0) return;
    const parent = this.#listed(parents[0]) ?? this.#carry(parents[0]);
    if (isAbove(tree, parent)) return; // rows that are each other's parents
    tree.above = parent;
    parent.children.push(tree);
  }

  /** The parent rows whose operation takes the record along, each once. */
  #parentsOf({ object, key, action, values }) {
    const { database } = this.run;
    const found = new Map();
    for (const edge of object.parents) {
      for (const { key: parentKey, ...row } of database.parentsOf(edge, values)) {
        const parent = { object: edge.parent, key: parentKey, values: row.local ?? row.server };
        const isItself = edge.parent === object && parentKey === key;
        const as = this.#listed(parent)?.action ?? 'update';
        const isParent = parent.values && !isItself && takesAlong(edge, as, action);
        if (isParent) found.set(`${edge.parent.name} ${parentKey}`, parent);
      }
    }
    return [...found.values()];
  }

  /** The row's lowest ready entry, or the carrier that was made for it. */
  #listed({ object, key }) {
    return [...this.entries, ...this.carriers].find((tree) => tree.object === object && tree.key === key);
  }

  #carry({ object, key, values }) {
    const carrier = this.#tree(object, { key, action: 'update', values, rowId: CARRIER });
    this.carriers.push(carrier);
    this.#place(carrier);
    return carrier;
  }
}

function takesAlong(edge, parentAction, childAction) {
  return edge.parent.carried(parentAction)
    .some(({ child, actions }) => edge.child.isCalled(child) && actions.includes(childAction));
}

function isAbove(tree, other) {
  for (let each = other; each; each = each.above) if (each === tree) return true;
  return false;
}

const entriesOf = (tree) => [...(tree.rowId === CARRIER ? [] : [tree.rowId]), ...tree.children.flatMap(entriesOf)];

// (e): creates and updates with parents' objects first, then deletes with children's objects first.
function inOrder(service, roots) {
  const placeOf = (tree) => {
    const isDelete = tree.action === 'delete';
    const depth = depthOf(tree.object);
    const first = Math.min(...entriesOf(tree));
    return [Number(isDelete), isDelete ? -depth : depth, service.objects.indexOf(tree.object), first];
  };
  const compare = (one, other) => one.map((value, i) => value - other[i]).find((difference) => difference !== 0) ?? 0;
  const placed = roots.map((tree) => ({ tree, place: placeOf(tree) }));
  return placed.sort((one, other) => compare(one.place, other.place)).map(({ tree }) => tree);
}

/** How many objects stand above an object, on the longest way; relationships may run in a circle. */
function depthOf(object, seen = []) {
  const path = [...seen, object];
  const above = object.parents.map(({ parent }) => parent).filter((parent) => !path.includes(parent));
  return Math.max(0, ...above.map((parent) => 1 + depthOf(parent, path)));
}

// (f): as many trees in a request as their entries fit.
function cut(roots, size) {
  const requests = [];
  let count = Infinity;
  for (const tree of roots) {
    const entries = entriesOf(tree).length;
    if (count + entries > size) {
      requests.push([]);
      count = 0;
    }
    requests.at(-1).push(tree);
    count += entries;
  }
  return requests;
}

/** Trees as they go. One of which an entry must wait after all (its parent was refused meanwhile) waits as a whole. */
function materialize(run, trees) {
  const { database, service } = run;
  const together = trees.flatMap(entriesOf).map((rowId) => database.entry(service, rowId)).filter(Boolean);
  const isReady = (rowId) => together.some((entry) => entry.rowId === rowId && run.isReady(entry, together));
  return trees.filter((tree) => {
    const goes = entriesOf(tree).every(isReady);
    if (!goes) entriesOf(tree).forEach((rowId) => run.attempted.add(rowId));
    return goes;
  }).map((tree) => nodeOf(run, tree));
}

function nodeOf(run, tree) {
  const children = tree.children.map((child) => nodeOf(run, child));
  if (tree.rowId !== CARRIER) return { ...run.nodeOf(run.database.entry(run.service, tree.rowId)), children };
  const row = run.database.row(tree.object, tree.key);
  const { object, action, rowId } = tree;
  return { object, action, rowId, values: row.local ?? row.server ?? tree.values, checksum: row.checksum, children };
}
