// Options: boundaries and types of each row (OPT-01 to OPT-22).

import assert from 'node:assert/strict';
import test from 'node:test';

import { Schema } from '../sdk/metadata.mjs';
import { readApplicationOptions, readServiceOptions } from '../sdk/options.mjs';
import { metadata } from './helpers.mjs';

const schema = new Schema(new Map([['Org', metadata()]]));
const scope = { service: schema.service('Org') };
const read = (options) => readServiceOptions(options, scope);

test('absent options mean the defaults', () => {
  for (const options of [undefined, null, {}]) {
    assert.deepEqual(read(options), {
      syncType: 'fullSync', uploadBatchSize: 50, downloadBatchSize: 500, getSyncStats: false, filter: new Map(),
      uploadRequestQueryParams: {}, downloadRequestQueryParams: {}, downloadReconciliationRequired: true, removeAfterUpload: [],
    });
  }
});

test('sizes: integers, as numbers or texts; everything else means the default', () => {
  const cases = [[20, 20], ['20', 20], [' +20 ', 20], ['020', 20], [20.5, 50], ['2e1', 50], ['0x14', 50], ['', 50], [null, 50],
    [true, 50], [-1, 50], ['-1', 50], [0, 50], ['99999999999999999999', 50], [{}, 50], [[20], 50]];
  for (const [given, wanted] of cases) assert.equal(read({ uploadBatchSize: given }).uploadBatchSize, wanted, JSON.stringify(given));
  for (const [given, wanted] of [[0, 0], ['0', 0], [-1, 500], ['x', 500]])
    assert.equal(read({ downloadBatchSize: given }).downloadBatchSize, wanted, JSON.stringify(given));
});

test('getSyncStats is true and "true", nothing else', () => {
  for (const given of [true, 'true']) assert.equal(read({ getSyncStats: given }).getSyncStats, true);
  for (const given of [false, 'false', 1, 'TRUE', null]) assert.equal(read({ getSyncStats: given }).getSyncStats, false);
});

test('what cannot be obeyed has its code', () => {
  const cases = [
    [{ syncType: 'FullSync' }, 2477], [{ syncType: null }, 2477], [{ filter: 'x' }, 2472], [{ filter: {} }, 2472],
    [{ filter: { Nobody: 'x' } }, 2472], [{ filter: { Employee: '' } }, 2472], [{ uploadRequestQueryParams: { a: '' } }, 2030],
    [{ uploadRequestQueryParams: { '': 'a' } }, 2030], [{ downloadRequestQueryParams: { $filter: 'a' } }, 2030],
    [{ downloadReconciliationRequired: 'true' }, 2304], ['text', 2482], [[], 2482],
  ];
  for (const [options, code] of cases) assert.throws(() => read(options), { code }, JSON.stringify(options));
  assert.deepEqual(read({ uploadRequestQueryParams: { $filter: 'a' } }).uploadRequestQueryParams, { $filter: 'a' });
});

test('at object level the filter is a text', () => {
  const object = schema.object('Employee');
  assert.equal(readServiceOptions({ filter: 'Id eq 1' }, { ...scope, object }).filter.get(object), 'Id eq 1');
  assert.throws(() => readServiceOptions({ filter: { Employee: 'Id eq 1' } }, { ...scope, object }), { code: 2472 });
});

test('application options: the mode, and each service its own', () => {
  assert.equal(readApplicationOptions({ syncMode: 'Sequential' }, schema).isSequential, true);
  for (const syncMode of [undefined, 'parallel', 'x', 1, null])
    assert.equal(readApplicationOptions({ syncMode }, schema).isSequential, false);
  const own = { getSyncStats: true };
  assert.equal(readApplicationOptions({ objectServicesOptions: { Org: own } }, schema).of('Org'), own);
  for (const objectServicesOptions of ['x', null, { ' Org': {} }, { Org: 'x' }])
    assert.throws(() => readApplicationOptions({ objectServicesOptions }, schema), { code: 2482 });
});
