// Metadata: each fault has its code, and an edge told by both sides is one (W-8 to W-12).

import assert from 'node:assert/strict';
import test from 'node:test';

import { checkMetadata, Schema } from '../sdk/metadata.mjs';
import { department, employee, metadata } from './helpers.mjs';

const key = (changes) => employee({ fields: [{ name: 'Id', datatype: 'number', ...changes }] });

test('faults have their codes', () => {
  const cases = [
    [null, 2342], [{}, 2342], [metadata([], { timestamp: undefined }), 2341], [metadata([], { namespaces: [] }), 2344],
    [metadata([]), 2345], [metadata([{ ...employee(), name: '' }]), 2400], [metadata([employee({ fields: [] })]), 2349],
    [metadata([employee({ key: [] })]), 2356], [metadata([employee({ key: ['Nothing'] })]), 2356],
    [metadata([key({ name: '' })]), 2409], [metadata([key({ name: 7 })]), 2409],
    [metadata([key({ datatype: 'string', auto_generated: true })]), 2339],
    [metadata([employee({ fields: [{ name: 'Id' }, { name: 'ID' }] })]), 2330],
    [metadata([employee({ fields: [{ name: 'Id' }, { name: '_metadata' }] })]), 2330],
    [metadata([employee({ relationships: [{ type: 'ManyToNobody' }] })]), 2346], [metadata([department()]), 2338],
    [metadata([employee(), department({ target_fields: ['Id', 'DeptId'] })]), 2467],
    [metadata([employee({ operations: { create: { actions: [{ supportedObjects: [{ name: 'Department' }] }] } } })]), 2466],
  ];
  for (const [answer, code] of cases) assert.throws(() => checkMetadata('Org', answer), { code }, JSON.stringify(answer));
  checkMetadata('Org', metadata());
});

test('shapes that nobody foresaw are left out, or told', () => {
  for (const odd of [null, 7, 'text', []]) {
    checkMetadata('Org', metadata([employee({ relationships: odd, operations: odd })]));
    assert.throws(() => checkMetadata('Org', metadata([], { namespaces: [odd] })), { name: 'Error' });
  }
});

test('an object of one name in two services is told', () => {
  assert.throws(() => new Schema(new Map([['A', metadata()], ['B', metadata([employee({ name: 'employee' })])]])), { code: 2330 });
});

test('an edge is found from both ends, once, also when both tell of it', () => {
  const back = { type: 'ManyToOne', target_object: 'Department', source_fields: ['DeptId'], target_fields: ['DeptId'] };
  const schema = new Schema(new Map([['Org', metadata([employee({ relationships: [back] }), department()])]]));
  assert.equal(schema.object('Employee').parents.length, 1);
  assert.equal(schema.object('Department').children.length, 1);
  assert.equal(schema.object('Department').children[0].cascade, true);
});

test('objects of a namespace are found by both names, in metadata too', () => {
  const chief = { ...department({ target_object: 'hr.Employee' }),
    operations: { create: { actions: [{ supportedObjects: [{ name: 'Employee', actions: ['create'] }] }] } } };
  const answer = metadata([], { namespaces: [{ name: 'hr', objects: [chief, employee()] }] });
  checkMetadata('Org', answer);
  const schema = new Schema(new Map([['Org', answer]]));
  assert.equal(schema.object('hr.Employee'), schema.object('Employee'));
  assert.equal(schema.object('Employee').name, 'hr.Employee');
  assert.equal(schema.object('Department').children[0].child, schema.object('Employee'));
});
