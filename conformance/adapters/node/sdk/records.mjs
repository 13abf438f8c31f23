// Records as they travel: out of the log into an upload's body, and from an answer into values.
//
// Always true: a body is made once and never changed; what it holds is read back from it (sentRecords), so that a
// request that comes out of the cache is understood as the one that was just made (W-42, W-44).

import { isObject, parse, print } from './json.mjs';
import { fromServer, toServer } from './values.mjs';

const ENVELOPE = {
  checksum: '', sessionID: '', echo: [], hasMoreRecords: 'false', abortonError: 'false',
  _metadata: { totalNamespaces: '0', totalRecords: '0', totalObjects: '0', recordCount: '0' },
};
export const CARRIER = -1; // rowId of a record that travels for its children alone (W-47)

/**
 * @typedef {object} Node a record to send
 * @property {object} object its schema
 * @property {string} action
 * @property {object} values the row
 * @property {number} rowId of its log entry, or CARRIER
 * @property {string} checksum the last one that the server gave
 * @property {Node[]} children nested ones, in hierarchical services
 */

/** The text of an upload's body. */
export function uploadBody(roots, { numericBooleans, isNested }) {
  const { echo, ...rest } = ENVELOPE;
  const records = roots.map((node) => recordOf(node, numericBooleans));
  return print({ ...(isNested ? rest : ENVELOPE), records });
}

// W-32: the whole row, nulls left out.
function recordOf({ object, action, values, rowId, checksum, children = [] }, numericBooleans) {
  const record = Object.create(null);
  for (const field of object.synced) {
    const value = values[field.name] ?? null;
    if (value !== null) record[field.name] = toServer(field, value, numericBooleans);
  }
  record._metadata = { object: object.shortName, action, rowId, checksum, ignore_duplicate: 'false' };
  for (const child of children) (record[child.object.shortName] ??= []).push(recordOf(child, numericBooleans));
  return record;
}

/** What a body holds: { object, record, rowId, action } of each record that has a log entry; objects that the service
 *  has no more are left out. */
export function sentRecords(service, body) {
  return parse(body).records.flatMap((record) => walk(service.object(record._metadata.object), record))
    .map(({ object, record }) => ({ object, record, rowId: record._metadata.rowId, action: record._metadata.action }))
    .filter(({ rowId }) => rowId !== CARRIER);
}

/** A record and all that nests in it under the names of related objects: [{ object, record }]. */
export function walk(object, record) {
  if (!object || !isObject(record)) return [];
  const nested = [...new Set(object.children.map(({ child }) => child))].flatMap((child) => {
    const records = record[child.shortName] ?? record[child.name];
    const isColumn = object.field(child.shortName) !== undefined;
    return Array.isArray(records) && !isColumn ? records.flatMap((inner) => walk(child, inner)) : [];
  });
  return [{ object, record }, ...nested];
}

/** A server's record as a row's values, or undefined when a column has no form. */
export function valuesFrom(object, record) {
  const values = Object.create(null);
  for (const field of object.fields) {
    const isSynced = field.datatype !== 'binary';
    values[field.name] = isSynced ? fromServer(field, record[field.name] ?? null) : null;
    if (values[field.name] === undefined) return undefined;
  }
  return values;
}

/** The server's values of a row, with the columns that do not travel as they are in the local one. */
export function keepUnsynced(object, values, local) {
  for (const { name, datatype } of object.fields) if (datatype === 'binary') values[name] = local?.[name] ?? null;
  return values;
}

/** W-17: whether a record lacks a column that a full one has. */
export function isPartial(object, record) {
  return object.demanded.some((field) => !(field.name in record));
}

/** Whether every key column has a value. */
export function hasKey(object, record) {
  return object.keyFields.every((field) => (record[field.name] ?? null) !== null);
}
