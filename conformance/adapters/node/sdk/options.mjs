// The options of startSync: one row each, and what becomes of a value that cannot be obeyed.
//
// Always true: options are read before anything is sent. A service's own options that cannot be obeyed are that
// service's failure (CBK-02); those of the application call are the call's.

import { CODES, fail } from './errors.mjs';
import { isObject } from './json.mjs';

/** OPT-08: an integer, or text of one with blanks around; anything else, and what overflows, is no number. */
function integer(value) {
  const number = typeof value === 'string' && /^\s*[+-]?[0-9]+\s*$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? number : undefined;
}

const RESERVED = ['$batchsize', '$filter', '$expand', 'offline']; // the client's own parameters of a download (W-18)

function queryParams(value, name) {
  if (!isObject(value)) fail(CODES.NETWORK, `${name} must be an object`);
  for (const [key, text] of Object.entries(value)) {
    if (key === '' || typeof text !== 'string' || text === '')
      fail(CODES.NETWORK, `${name}: "${key}" must be a text that is not empty`);
    if (name.startsWith('download') && RESERVED.includes(key))
      fail(CODES.NETWORK, `${name}: ${key} is the client's own`);
  }
  return value;
}

function syncType(value) {
  if (!['fullSync', 'uploadOnly', 'downloadOnly'].includes(value)) fail(CODES.SYNC_TYPE, `syncType "${value}" is none`);
  return value;
}

/** Filters by object name; at object level the option is the filter itself (OPT-12, OPT-13). */
function filter(value, name, scope) {
  if (!scope.object && !isObject(value)) fail(CODES.FILTER, 'filter must be an object of texts by object name');
  const filters = scope.object ? [[scope.object.name, value]] : Object.entries(value);
  if (filters.length === 0) fail(CODES.FILTER, 'filter is empty');
  return new Map(filters.map(([object, text]) => {
    const known = scope.service.object(object);
    if (!known || typeof text !== 'string' || text === '')
      fail(CODES.FILTER, `filter: "${object}" is no object with a text`);
    return [known, text];
  }));
}

function boolean(value, name) {
  if (typeof value !== 'boolean') fail(CODES.LOCAL_OPTIONS, `${name} must be true or false`);
  return value;
}

// read(value, name, scope) of a value that is given; `or` when it is absent.
const SERVICE_OPTIONS = {
  syncType: { or: 'fullSync', read: syncType },
  uploadBatchSize: { or: 50, read: (value) => (integer(value) > 0 ? integer(value) : 50) },
  downloadBatchSize: { or: 500, read: (value) => (integer(value) >= 0 ? integer(value) : 500) },
  getSyncStats: { or: false, read: (value) => value === true || value === 'true' },
  filter: { or: new Map(), read: filter },
  uploadRequestQueryParams: { or: {}, read: queryParams },
  downloadRequestQueryParams: { or: {}, read: queryParams },
  downloadReconciliationRequired: { or: true, read: boolean },
  removeAfterUpload: { or: [], read: (value) => (Array.isArray(value) ? value : []) },
};

/**
 * The options of one service, or of one object of it.
 * @param {unknown} options what the application passed; undefined and null mean none
 * @param {{service: object, object?: object}} scope
 */
export function readServiceOptions(options, scope) {
  if (!isObject(options ?? {})) fail(CODES.APP_OPTIONS, 'options must be an object');
  const values = {};
  for (const [name, { or, read }] of Object.entries(SERVICE_OPTIONS))
    values[name] = options?.[name] === undefined ? or : read(options[name], name, scope);
  return values;
}

/**
 * The options of an application-level call.
 * Throws 2482.
 * @returns {{isSequential: boolean, of: (service: string) => unknown}} `of`: a service's own, not read yet
 */
export function readApplicationOptions(options, schema) {
  if (!isObject(options ?? {})) fail(CODES.APP_OPTIONS, 'options must be an object');
  const services = options?.objectServicesOptions;
  if (services !== undefined && !isObject(services)) fail(CODES.APP_OPTIONS, 'objectServicesOptions must be an object');
  for (const [name, value] of Object.entries(services ?? {})) {
    if (!schema.services.some((service) => service.name === name) || !isObject(value))
      fail(CODES.APP_OPTIONS, `objectServicesOptions: "${name}" is no object service with an object of options`);
  }
  const { syncMode } = options ?? {};
  return {
    isSequential: typeof syncMode === 'string' && syncMode.toLowerCase() === 'sequential',
    of: (service) => services?.[service],
  };
}
