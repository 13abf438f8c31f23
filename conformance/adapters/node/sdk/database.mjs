// The local database: rows, the log of edits, deltas, cached uploads, counters, as tables of the store.
//
// Always true:
// 1. A row is { local, checksum, pending, server }: `local` is what the app reads (null: deleted), `pending` the rowIds
//    of its log entries in order, `server` the remembered server copy (null: none), which is there while something is
//    pending and at no other time. A row with neither `local` nor pending entries is not stored.
// 2. A log entry is { rowId, object, key, action, values, isMarked }; `key` is the key that its row has now, `values`
//    the whole row after the edit, or before it for a delete (W-31, W-32). Every entry stands in its row's `pending`.
// 3. Counters never go back (W-16).

import { randomUUID } from 'node:crypto';

import { changed } from './json.mjs';
import { equal, keyText } from './values.mjs';

const rowsOf = (object) => `rows ${object.name}`;
const logOf = (service) => `log ${service.name}`;
const deltasOf = (service) => `deltas ${service.name}`;
const cacheOf = (service) => `cache ${service.name}`;
const SERVICES = 'services'; // metadata by service name
const COUNTERS = 'counters';

const deltaKey = (object, filter) => JSON.stringify([object.name, filter ?? '']); // DNL-11

const NO_ROW = { local: null, checksum: '', pending: [] };
const byRowId = (one, other) => one.rowId - other.rowId;

export class Database {
  /** The syncs that run: { objects, limits }. Entries up to the limit of their service go with that sync or wait: they
   *  are not folded into (W-33). */
  running = new Set();

  constructor(store) { this.store = store; }

  commit(change) { return this.store.commit(change); }

  // ---- metadata ----

  metadata() { return new Map(this.store.entries(SERVICES)); }

  saveMetadata(name, answer) { this.store.set(SERVICES, name, answer); }

  // ---- rows ----

  row(object, key) { return this.store.get(rowsOf(object), key) ?? NO_ROW; }

  rows(object) { return this.store.entries(rowsOf(object)).map(([key, row]) => ({ key, ...row })); }

  saveRow(object, key, { local, checksum, pending, server }) {
    const row = pending.length > 0 ? { local, checksum, pending, server } : { local, checksum, pending };
    this.store.set(rowsOf(object), key, local === null && pending.length === 0 ? undefined : row);
  }

  /** What the server has now: `values`, or null when it deleted the row. With pending edits the app's view stays,
   *  unless `overwrites` (W-24). */
  storeServerRow(object, key, values, checksum, overwrites = false) {
    const row = this.row(object, key);
    const isEdited = row.pending.length > 0;
    const local = isEdited && !overwrites ? row.local : values;
    this.saveRow(object, key, { ...row, checksum, server: values, local });
  }

  // ---- the log ----

  entry(service, rowId) { return this.store.get(logOf(service), String(rowId)); }

  log(service) { return this.store.all(logOf(service)).sort(byRowId); }

  entriesOf(object, row) { return row.pending.map((rowId) => this.entry(object.service, rowId)); }

  lastRowId(service) { return this.#counters(service).rowId; }

  /** Log an edit of a row and show it to the app; with `folds` it joins the row's last unsent entry where it can. */
  logEdit(object, key, action, { local, values, isMarked, folds }) {
    const row = this.row(object, key);
    const last = this.entriesOf(object, row).at(-1);
    if (folds && action === 'update' && this.#takesUpdate(object, last, isMarked)) {
      this.saveEntry(object.service, { ...last, values });
      this.saveRow(object, key, { ...row, local });
      return;
    }
    const rowId = this.#next(object.service, 'rowId');
    this.saveEntry(object.service, { rowId, object: object.name, key, action, values, isMarked });
    const server = last ? row.server : row.local; // what the server has, as long as something is pending
    this.saveRow(object, key, { ...row, local, server, pending: [...row.pending, rowId] });
  }

  saveEntry(service, entry) { this.store.set(logOf(service), String(entry.rowId), entry); }

  /** The entries of a row for which `isGone` holds leave the log; with none left the remembered copy is the row. */
  settle(object, key, isGone) {
    const row = this.row(object, key);
    for (const rowId of row.pending.filter(isGone)) this.store.remove(logOf(object.service), String(rowId));
    const pending = row.pending.filter((rowId) => !isGone(rowId));
    const isSettled = pending.length === 0 && row.pending.length > 0;
    this.saveRow(object, key, { ...row, pending, local: isSettled ? row.server : row.local });
  }

  #takesUpdate(object, last, isMarked) {
    return last && last.action !== 'delete' && last.isMarked === isMarked && !this.#isTaken(object, last);
  }

  /** Whether a running sync or a cached upload has the entry. */
  #isTaken(object, { rowId }) {
    const { service } = object;
    const isOf = ({ objects, limits }) => objects.includes(object) && rowId <= limits.get(service);
    return [...this.running].some(isOf) || this.cached(service).some(({ rowIds }) => rowIds.includes(rowId));
  }

  // ---- keys ----

  temporaryKey(service) { return -this.#next(service, 'temporaryKey'); }

  /** Give a row, its log and its children's references the key columns `changes` (W-34). Gives the row's new key. */
  rekey(object, key, changes) {
    const row = this.row(object, key);
    const old = row.local ?? row.server ?? this.entriesOf(object, row).at(-1)?.values;
    if (!old) return key;
    const fresh = keyText(object, changed(old, changes));
    this.#move(object, key, fresh, (values) => values && changed(values, changes));
    for (const edge of object.children) {
      if (edge.parentFields.some((name) => name in changes)) this.#follow(edge, old, changes);
    }
    return fresh;
  }

  #move(object, key, fresh, patch) {
    const row = this.row(object, key);
    for (const entry of this.entriesOf(object, row))
      this.saveEntry(object.service, { ...entry, key: fresh, values: patch(entry.values) });
    const moved = { ...row, local: patch(row.local), server: patch(row.server) };
    if (fresh === key) return this.saveRow(object, key, moved);
    // A row may be there under the new key already: a download was quicker than the answer.
    const there = this.row(object, fresh);
    const remembered = there.pending.length > 0 ? there.server : there.local;
    this.store.remove(rowsOf(object), key);
    return this.saveRow(object, fresh, {
      ...moved, server: moved.server ?? remembered, pending: [...moved.pending, ...there.pending].sort((a, b) => a - b),
    });
  }

  #follow(edge, old, changes) {
    const references = Object.create(null);
    edge.parentFields.forEach((name, i) => { if (name in changes) references[edge.childFields[i]] = changes[name]; });
    const patch = (values) => (values && refersTo(edge, values, old) ? changed(values, references) : values);
    for (const { key, ...row } of this.rows(edge.child)) {
      const holders = [row.local, row.server, ...this.entriesOf(edge.child, row).map((entry) => entry.values)];
      if (!holders.some((values) => values && refersTo(edge, values, old))) continue;
      const isOfKey = edge.child.keyFields.some(({ name }) => name in references);
      if (isOfKey) this.rekey(edge.child, key, references);
      else this.#move(edge.child, key, key, patch);
    }
  }

  /** The parent rows that `values` of a child refer to: [{ key, ...row }]. */
  parentsOf(edge, values) {
    const valuesOf = (row) => row.local ?? row.server ?? this.entriesOf(edge.parent, row).at(-1)?.values;
    return this.#candidates(edge, values).filter((row) => valuesOf(row) && refersTo(edge, values, valuesOf(row)));
  }

  // A reference to the whole key needs no search.
  #candidates({ parent, parentFields, childFields }, values) {
    const isWholeKey = parent.keyFields.every(({ name }) => parentFields.includes(name));
    if (!isWholeKey) return this.rows(parent);
    const wanted = Object.create(null);
    parentFields.forEach((name, i) => { wanted[name] = values[childFields[i]] ?? null; });
    const key = keyText(parent, wanted);
    return [{ key, ...this.row(parent, key) }];
  }

  // ---- deltas ----

  delta(object, filter) { return this.store.get(deltasOf(object.service), deltaKey(object, filter)); }

  saveDelta(object, filter, delta) { this.store.set(deltasOf(object.service), deltaKey(object, filter), delta); }

  forgetDeltas(object) {
    for (const [key] of this.store.entries(deltasOf(object.service)))
      if (JSON.parse(key)[0] === object.name) this.store.remove(deltasOf(object.service), key);
  }

  // ---- cached uploads ----

  /** What was sent and is not settled, in the order of its making: { id, scope, body, query, rowIds }; `scope` is an
   *  object's name, or "" for the service. */
  cached(service) { return this.store.all(cacheOf(service)).sort((one, other) => one.order - other.order); }

  cacheUpload(service, request) {
    const id = randomUUID();
    this.store.set(cacheOf(service), id, { ...request, id, order: this.#next(service, 'request') });
    return id;
  }

  forgetUpload(service, id) { this.store.remove(cacheOf(service), id); }

  forgetUploads(service, isGone) {
    for (const request of this.cached(service)) if (isGone(request)) this.forgetUpload(service, request.id);
  }

  // ---- whole tables ----

  /** Rows, edits, deltas and cached uploads of an object go; counters stay (C-7). */
  clear(object) {
    for (const { key } of this.rows(object)) this.settle(object, key, () => true);
    this.store.clear(rowsOf(object));
    this.forgetDeltas(object);
    this.forgetUploads(object.service, (request) => request.scope === object.name);
  }

  /** All of a service goes, metadata and counters too. */
  drop(service) {
    for (const object of service.objects) this.clear(object);
    for (const table of [logOf(service), deltasOf(service), cacheOf(service)]) this.store.clear(table);
    this.store.remove(COUNTERS, service.name);
    this.store.remove(SERVICES, service.name);
  }

  #counters(service) { return this.store.get(COUNTERS, service.name) ?? { rowId: 0, temporaryKey: 0, request: 0 }; }

  #next(service, counter) {
    const counters = this.#counters(service);
    this.store.set(COUNTERS, service.name, { ...counters, [counter]: counters[counter] + 1 });
    return counters[counter] + 1;
  }
}

/** Whether `child` holds the key of `parent` in the columns of an edge. */
export function refersTo(edge, child, parent) {
  return edge.childFields.every((name, i) => {
    const value = child[name] ?? null;
    return value !== null && equal(edge.child.field(name), value, parent[edge.parentFields[i]] ?? null);
  });
}
