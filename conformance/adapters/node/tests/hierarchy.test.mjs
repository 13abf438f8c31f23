// Nested uploads: what stands in what, in which order, in which request (W-47, W-48).

import assert from 'node:assert/strict';
import test from 'node:test';

import { department, employee, folder, metadata, openClient, recordsOf, sync } from './helpers.mjs';

const ALL = ['create', 'update', 'delete'];
const takes = (child) => Object.fromEntries(ALL.map((action) =>
  [action, { actions: [{ supportedObjects: [{ name: child, actions: ALL }] }] }]));
const NESTED = metadata([employee(), { ...department(), operations: takes('Employee') }], { uploadCache: false });

/** "create Department(create Employee *update Employee)": a star for a carrier. */
function shape(record) {
  const { object, action, rowId } = record._metadata;
  const inside = (record.Employee ?? []).map(shape).join(' ');
  return `${rowId === -1 ? '*' : ''}${action} ${object}${inside && `(${inside})`}`;
}

/** A client of the hierarchical service; `shapes` are its requests. Nothing of them is answered: all stays pending. */
async function opened(t, answer = () => ({ opstatus: 0, objects: [] })) {
  const shapes = [];
  const client = await openClient(t, folder(t), (request) => {
    shapes.push(recordsOf(request).map(shape).join(' '));
    return answer(request);
  }, NESTED);
  return { client, shapes, local: client.local };
}

test('children stand in their parent, whatever the order of the edits', async (t) => {
  const { client, shapes, local } = await opened(t);
  local.create('Employee', { Name: 'loose' });
  const { DeptId } = local.create('Department', { Title: 'sales' });
  local.create('Employee', { Name: 'Ada', DeptId });
  await sync(client);
  assert.deepEqual(shapes, ['create Department(create Employee) create Employee']);
});

test('a tree is never cut, and requests hold as many as fit', async (t) => {
  const { client, shapes, local } = await opened(t);
  for (const count of [2, 0, 0, 1, 0]) {
    const { DeptId } = local.create('Department', { Title: 'd' });
    for (let i = 0; i < count; i += 1) local.create('Employee', { Name: 'e', DeptId });
  }
  await sync(client, { objectServicesOptions: { Org: { uploadBatchSize: 2 } } });
  assert.deepEqual(shapes, [
    'create Department(create Employee create Employee)', 'create Department create Department',
    'create Department(create Employee)', 'create Department',
  ]);
});

test('a parent without an edit is carried, and a deferred one holds its children back', async (t) => {
  const { client, shapes, local } = await opened(t);
  local.create('Department', { Title: 'known', DeptId: 7 }, { trackChanges: false });
  local.create('Employee', { Name: 'Ada', DeptId: 7 });
  const { DeptId } = local.create('Department', { Title: 'later' }, { markForUpload: false });
  local.create('Employee', { Name: 'Eve', DeptId });
  await sync(client);
  assert.deepEqual(shapes, ['*update Department(create Employee)']);
});

test('at object level everything is flat', async (t) => {
  const { client, shapes, local } = await opened(t);
  local.create('Department', { Title: 'known', DeptId: 7 }, { trackChanges: false });
  local.create('Employee', { Name: 'Ada', DeptId: 7 });
  await new Promise((resolve) => { client.startObjectSync('Employee', {}, resolve, resolve); });
  assert.deepEqual(shapes, ['create Employee']);
});

test('rows that are each other\'s parents end in a request, not in a circle', async (t) => {
  const boss = { type: 'OneToMany', target_object: 'Employee', source_fields: ['Id'], target_fields: ['DeptId'] };
  const circular = metadata([employee({ operations: takes('Employee'), relationships: [boss] })], { uploadCache: false });
  const shapes = [];
  const client = await openClient(t, folder(t), (request) => {
    shapes.push(recordsOf(request).map(shape).join(' '));
    return { opstatus: 0, objects: [] };
  }, circular);
  for (const Id of [1, 2]) client.local.create('Employee', { Id, Name: 'e', DeptId: 3 - Id }, { trackChanges: false });
  for (const Id of [1, 2]) client.local.update('Employee', { Name: 'f' }, { primaryKeys: { Id } });
  await sync(client);
  assert.deepEqual(shapes, ['update Employee(update Employee)']);
});
